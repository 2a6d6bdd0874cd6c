//! The vocabulary of indicators and the dated reference values, as JSON text.

use pyo3::prelude::*;

use crate::error::Result;
use crate::{indicators, parameters};

/// Every indicator, a JSON array.
#[pyfunction]
pub fn indicators_json() -> Result<String> {
    indicators::indicators_json()
}

/// What a column name stands for: indicator, comparator, years before.
#[pyfunction]
pub fn resolve_indicator_json(name: &str) -> Result<String> {
    indicators::resolve_json(name)
}

/// Every reference value, a JSON array.
#[pyfunction]
pub fn reference_values_json() -> Result<String> {
    parameters::reference_values_json()
}

/// One reference value, a JSON object.
#[pyfunction]
#[pyo3(signature = (name, when, version=None, allow_unverified=false))]
pub fn reference_value_json(name: &str, when: &str, version: Option<&str>, allow_unverified: bool) -> Result<String> {
    parameters::reference_value_json(name, when, version, allow_unverified)
}
