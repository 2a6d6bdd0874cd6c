//! Percentile bands: drawn on columns of floats and texts, kept as JSON text.

use pyo3::prelude::*;
use pyo3_polars::{PyDataFrame, PySeries};

use super::rules::{direction, word};
use crate::bands::{AtCut, BandScheme, PercentileBands};
use crate::error::{Error, Result};
use crate::frames::{frame_from, keys_from, numbers_from};
use crate::similar::{Neighbour, nearest};
use crate::table::{Column, Table};

/// A band scheme as JSON text: by name, or from percentiles and labels.
#[pyfunction]
#[pyo3(signature = (name, percentiles=None, labels=None, at_cut="higher"))]
pub fn band_scheme(
    name: &str,
    percentiles: Option<Vec<f64>>,
    labels: Option<Vec<String>>,
    at_cut: &str,
) -> Result<String> {
    let scheme = match (percentiles, labels) {
        (None, None) => BandScheme::named(name)?,
        (Some(percentiles), Some(labels)) => {
            let at_cut: AtCut = word("at_cut", at_cut, &["higher", "lower"])?;
            BandScheme::new(name, percentiles, labels, at_cut)?
        }
        _ => return Err(Error::Input("percentiles and labels are given both or neither".to_owned())),
    };
    serde_json::to_string(&scheme).map_err(|error| Error::Input(error.to_string()))
}

/// Draws percentile bands; `scheme` is the text of `band_scheme`.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
#[expect(clippy::too_many_arguments, reason = "each is an argument of its own in Python")]
pub fn fit_percentile_bands(
    py: Python<'_>,
    values: PySeries,
    weights: Option<PySeries>,
    keys: Option<PySeries>,
    scheme: &str,
    direction: &str,
    source: Option<String>,
    by: Vec<String>,
) -> Result<String> {
    let scheme: BandScheme = serde_json::from_str(scheme).map_err(|error| Error::Input(error.to_string()))?;
    let direction = self::direction(direction)?;
    py.detach(|| {
        let column = values.as_ref().name().to_string();
        let values = numbers_from(values.as_ref())?.values;
        let keys = keys.as_ref().map(|keys| keys_from(keys.as_ref())).transpose()?;
        let keys: Option<Vec<Option<&str>>> = keys.as_ref().map(|keys| keys.iter().collect());
        let weights = weights.as_ref().map(|weights| numbers_from(weights.as_ref())).transpose()?;
        let weighted = weights.as_ref().map(|weights| weights.values.as_slice());
        let mut bands = PercentileBands::fit(&values, weighted, keys.as_deref(), scheme, direction, source)?;
        bands.weights = weights.map(|weights| weights.name);
        bands.column = (!column.is_empty()).then_some(column);
        bands.by = by;
        bands.to_json()
    })
}

/// Checks the text of percentile bands and gives it back in its normal form.
#[pyfunction]
pub fn read_percentile_bands(text: &str) -> Result<String> {
    PercentileBands::from_json(text)?.to_json()
}

/// The nearest other rows of every row, see [`nearest`]: columns `school`, `neighbour`, `rank`, `distance`, `features` and
/// `tie_at_end`.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
pub fn nearest_rows(
    py: Python<'_>,
    features: Vec<PySeries>,
    weights: Vec<f64>,
    k: usize,
    least_shared: usize,
) -> Result<PyDataFrame> {
    py.detach(|| {
        let missing = |value: Option<f64>| value.unwrap_or(f64::NAN);
        let features: Vec<Vec<f64>> = features
            .iter()
            .map(|column| Ok(numbers_from(column.as_ref())?.values.into_iter().map(missing).collect()))
            .collect::<Result<_>>()?;
        let near = nearest(&features, &weights, k, least_shared)?;
        let whole =
            |of: fn(&Neighbour) -> usize| Column::Integer(near.iter().map(|one| i64::try_from(of(one)).ok()).collect());
        let table = Table::new([
            ("school", whole(|one| one.school)),
            ("neighbour", whole(|one| one.neighbour)),
            ("rank", whole(|one| one.rank)),
            ("distance", Column::Number(near.iter().map(|one| Some(one.distance)).collect())),
            ("features", whole(|one| one.features)),
            ("tie_at_end", Column::Flag(near.iter().map(|one| Some(one.tie_at_end)).collect())),
        ])?;
        Ok(PyDataFrame(frame_from(&table)?))
    })
}
