//! Ordered grades: a cumulative logit is fitted on columns of floats and kept as JSON text.
#![expect(clippy::needless_pass_by_value, reason = "extracted from Python")]

use pyo3::prelude::*;
use pyo3_polars::PySeries;

use crate::effects::Covariate;
use crate::error::{Error, Result};
use crate::estimates::CumulativeLogit;

/// Fits a cumulative logit on complete rows: columns of floats that are named as they are, codes of grades from 0.
#[pyfunction]
pub fn fit_cumulative_logit(py: Python<'_>, columns: Vec<PySeries>, codes: PySeries, grades: usize) -> Result<String> {
    py.detach(|| {
        let columns = columns
            .iter()
            .map(|PySeries(column)| Ok((column.name().as_str(), Covariate::Numbers(column.f64()?.cont_slice()?))))
            .collect::<Result<Vec<_>>>()?;
        let model = CumulativeLogit::fit(&columns, codes.as_ref().u32()?.cont_slice()?, grades)?;
        serde_json::to_string(&model).map_err(|error| Error::Input(error.to_string()))
    })
}
