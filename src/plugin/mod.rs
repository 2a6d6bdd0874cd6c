//! Polars expressions. Each shell reads its inputs, calls one function of the core and names the result after the first
//! input; the core aligns the inputs and checks their values.

mod cells;
mod effects;
mod estimates;
mod frameworks;
mod measures;
mod progress;
mod school_estimates;

pub use measures::{GapSettings, RankRule};
pub use progress::{AttainmentSettings, ScoreSettings};

use polars::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::columns::Kind;
use crate::error::{Error, Result};
use crate::frames::{dtype_of, numbers_from};

/// What every expression is given beside its inputs: its rule as JSON text, checked when the expression was built.
#[derive(Deserialize)]
struct Settings {
    rule: String,
}

impl Settings {
    fn rule<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.rule).map_err(|error| Error::Input(format!("the rule cannot be read: {error}")))
    }
}

/// The input at `index`.
fn input(inputs: &[Series], index: usize) -> Result<&Series> {
    inputs.get(index).ok_or_else(|| Error::Input(format!("input {index} is missing")))
}

/// The input at `index` as numbers.
fn numbers(inputs: &[Series], index: usize) -> Result<crate::columns::Numbers> {
    numbers_from(input(inputs, index)?)
}

/// Field of a result named after the first input.
fn named_after_first(fields: &[Field], dtype: DataType) -> PolarsResult<Field> {
    let first = fields.first().ok_or_else(|| Error::Input("an input is needed".to_owned()))?;
    Ok(Field::new(first.name().clone(), dtype))
}

fn structured(fields: &[Field], columns: &[(&str, Kind)]) -> PolarsResult<Field> {
    let columns = columns.iter().map(|(name, kind)| Field::new((*name).into(), dtype_of(*kind))).collect();
    named_after_first(fields, DataType::Struct(columns))
}
