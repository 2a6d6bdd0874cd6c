//! Percentile bands: drawn on columns of floats and texts, kept as JSON text.

use pyo3::prelude::*;
use pyo3_polars::PySeries;

use super::rules::{direction, word};
use crate::bands::{AtCut, BandScheme, PercentileBands};
use crate::error::{Error, Result};
use crate::frames::{keys_from, numbers_from};

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
pub fn fit_percentile_bands(
    py: Python<'_>,
    values: PySeries,
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
        let mut bands = PercentileBands::fit(&values, keys.as_deref(), scheme, direction, source)?;
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
