//! Estimates of pupils: models are fitted on columns of floats and codes, and kept as JSON text.
#![expect(clippy::needless_pass_by_value, reason = "extracted from Python")]

use pyo3::prelude::*;
use pyo3_polars::PySeries;

use super::rules::word;
use crate::error::{Error, Result};
use crate::estimates::{ContextTerm, ContextValues, EstimatePupils, EstimateRule, EstimateSettings, PupilModel, Start};

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Input(format!("the text cannot be read: {error}")))
}

/// Fits the model of one outcome; `starts` and `contexts` are JSON texts of the terms of the columns beside them.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are those of the Python function")]
pub fn fit_pupil_estimates(
    py: Python<'_>,
    outcome: PySeries,
    priors: Vec<PySeries>,
    starts: &str,
    columns: Vec<PySeries>,
    contexts: &str,
    school: PySeries,
    schools: usize,
    grades: Vec<String>,
    method: &str,
    min_school: u64,
    min_group: u64,
    shrink: bool,
) -> Result<String> {
    let method = word("method", method, &["reml", "ml", "moments"])?;
    let starts: Vec<Start> = parsed(starts)?;
    let contexts: Vec<ContextTerm> = parsed(contexts)?;
    py.detach(|| {
        let starts = starts
            .into_iter()
            .zip(&priors)
            .map(|(term, series)| Ok((term, series.as_ref().f64()?.cont_slice()?)))
            .collect::<Result<Vec<_>>>()?;
        let contexts = contexts
            .into_iter()
            .zip(&columns)
            .map(|(term, series)| {
                let values = match term {
                    ContextTerm::Words { .. } => ContextValues::Codes(series.as_ref().u32()?.cont_slice()?),
                    _ => ContextValues::Numbers(series.as_ref().f64()?.cont_slice()?),
                };
                Ok((term, values))
            })
            .collect::<Result<Vec<_>>>()?;
        let pupils = EstimatePupils {
            outcome_name: outcome.as_ref().name().to_string(),
            outcome: outcome.as_ref().f64()?.cont_slice()?,
            starts,
            contexts,
            school: school.as_ref().u32()?.cont_slice()?,
            schools,
            grades,
        };
        PupilModel::fit(&pupils, &EstimateSettings { method, min_school, min_group, shrink })?.to_json()
    })
}

/// Checks the text of a model and returns the names of its terms.
#[pyfunction]
pub fn pupil_estimate_terms(text: &str) -> Result<Vec<String>> {
    Ok(PupilModel::from_json(text)?.terms())
}

/// The rule of an expression: a model, ranks of schools, the level of intervals, and what becomes of pupils without prior
/// attainment.
#[pyfunction]
pub fn pupil_estimate_rule(model: &str, levels: Vec<u32>, confidence: f64, wider: bool) -> Result<String> {
    let rule = EstimateRule { model: PupilModel::from_json(model)?, levels, confidence, wider };
    rule.check()?;
    serde_json::to_string(&rule).map_err(|error| Error::Input(error.to_string()))
}
