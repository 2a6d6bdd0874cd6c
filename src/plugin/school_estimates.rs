//! Standing of schools among benchmarks and estimates of schools as expressions.
#![expect(clippy::needless_pass_by_value, reason = "the macro of pyo3-polars wants it so")]

use polars::prelude::*;
use pyo3_polars::derive::polars_expr;

use super::{Settings, input, named_after_first, numbers};
use crate::columns::{Kind, Numbers};
use crate::error::Result;
use crate::estimates::{IntakeRule, StandingRule};
use crate::frames::{dtype_of, keys_from, struct_from};

fn fields_of(fields: &[Field], columns: &[(String, Kind)]) -> PolarsResult<Field> {
    let columns = columns.iter().map(|(name, kind)| Field::new(name.into(), dtype_of(*kind))).collect();
    named_after_first(fields, DataType::Struct(columns))
}

fn standing_field(fields: &[Field], kwargs: Settings) -> PolarsResult<Field> {
    fields_of(fields, &kwargs.rule::<StandingRule>()?.columns())
}

fn intake_field(fields: &[Field], kwargs: Settings) -> PolarsResult<Field> {
    fields_of(fields, &kwargs.rule::<IntakeRule>()?.columns())
}

#[polars_expr(output_type_func_with_kwargs=standing_field)]
fn school_standing(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let (score, n) = (numbers(inputs, 0)?, numbers(inputs, 1)?);
    let keys = if inputs.len() > 2 { Some(keys_from(input(inputs, 2)?)?) } else { None };
    let keys: Option<Vec<Option<&str>>> = keys.as_ref().map(|keys| keys.iter().collect());
    let rule: StandingRule = kwargs.rule()?;
    Ok(struct_from(&score.name, &rule.standings(&score, &n, keys.as_deref())?)?)
}

#[polars_expr(output_type_func_with_kwargs=intake_field)]
fn school_estimate(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let n = numbers(inputs, 0)?;
    let intake: Vec<Numbers> = (1..inputs.len()).map(|at| numbers(inputs, at)).collect::<Result<_>>()?;
    let rule: IntakeRule = kwargs.rule()?;
    Ok(struct_from(&n.name, &rule.estimates(&n, &intake)?)?)
}
