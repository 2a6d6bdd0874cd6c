//! Attainment 8, estimates and scores of pupils as expressions.
#![expect(clippy::needless_pass_by_value, reason = "the macro of pyo3-polars wants it so")]

use polars::prelude::*;
use pyo3_polars::derive::polars_expr;
use serde::{Deserialize, Serialize};

use super::{Settings, input, named_after_first, numbers, structured};
use crate::columns::{Kind, Numbers};
use crate::error::{Error, Result};
use crate::frames::{dtype_of, numbers_from, struct_from};
use crate::progress::columns::{self, ATTAINMENT, SlotColumns, estimate_fields, score_fields};
use crate::progress::{AttainmentRule, EstimateTable};

/// Settings of Attainment 8: the rule, and how many of the inputs are slots of the English Baccalaureate.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttainmentSettings {
    pub rule: AttainmentRule,
    pub ebacc: usize,
}

/// Settings of scores: the table, and the outcomes in the order of the inputs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreSettings {
    pub table: EstimateTable,
    pub outcomes: Vec<String>,
}

fn attainment_field(fields: &[Field]) -> PolarsResult<Field> {
    structured(fields, &ATTAINMENT)
}

fn fields_of(fields: &[Field], columns: &[(String, Kind)]) -> PolarsResult<Field> {
    let columns = columns.iter().map(|(name, kind)| Field::new(name.into(), dtype_of(*kind))).collect();
    named_after_first(fields, DataType::Struct(columns))
}

fn estimate_field(fields: &[Field], kwargs: Settings) -> PolarsResult<Field> {
    fields_of(fields, &estimate_fields(&kwargs.rule()?))
}

fn score_field(fields: &[Field], kwargs: Settings) -> PolarsResult<Field> {
    let settings: ScoreSettings = kwargs.rule()?;
    fields_of(fields, &score_fields(&settings.table, &settings.outcomes)?)
}

fn flags(series: &Series) -> Result<Vec<Option<bool>>> {
    match series.dtype() {
        DataType::Boolean => Ok(series.bool()?.iter().collect()),
        DataType::Null => Ok(vec![None; series.len()]),
        dtype => Err(Error::Input(format!("column '{}' must hold true or false, not {dtype}", series.name()))),
    }
}

#[polars_expr(output_type_func=attainment_field)]
fn attainment_8(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let (english, maths, double) = (numbers(inputs, 0)?, numbers(inputs, 1)?, flags(input(inputs, 2)?)?);
    let rest = inputs.iter().skip(3).map(numbers_from).collect::<Result<Vec<Numbers>>>()?;
    let settings: AttainmentSettings = kwargs.rule()?;
    let (ebacc, open) = rest.split_at(settings.ebacc.min(rest.len()));
    let slots = SlotColumns { english: &english, maths: &maths, ebacc, open };
    Ok(struct_from(&english.name, &columns::attainment_8(slots, &double, &settings.rule)?)?)
}

#[polars_expr(output_type_func_with_kwargs=estimate_field)]
fn prior_estimates(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let prior = numbers(inputs, 0)?;
    Ok(struct_from(&prior.name, &columns::estimates(&prior, &kwargs.rule()?)?)?)
}

#[polars_expr(output_type_func_with_kwargs=score_field)]
fn pupil_scores(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let prior = numbers(inputs, 0)?;
    let points = inputs.iter().skip(1).map(numbers_from).collect::<Result<Vec<Numbers>>>()?;
    let settings: ScoreSettings = kwargs.rule()?;
    Ok(struct_from(&prior.name, &columns::scores(&prior, &points, &settings.outcomes, &settings.table)?)?)
}
