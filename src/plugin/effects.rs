//! Shrunken scores and funnel positions as expressions.
#![expect(clippy::needless_pass_by_value, reason = "the macro of pyo3-polars wants it so")]

use polars::prelude::*;
use pyo3_polars::derive::polars_expr;

use super::{Settings, input, named_after_first, numbers, structured};
use crate::effects::{FunnelLimits, SHRUNKEN, Shrinkage, funnel_columns, funnel_positions, shrunken};
use crate::frames::{dtype_of, keys_from, struct_from};

fn shrunken_field(fields: &[Field]) -> PolarsResult<Field> {
    structured(fields, &SHRUNKEN)
}

fn funnel_field(fields: &[Field], kwargs: Settings) -> PolarsResult<Field> {
    let columns = funnel_columns(&FunnelLimits::from_json(&kwargs.rule)?);
    let columns = columns.iter().map(|(name, kind)| Field::new(name.into(), dtype_of(*kind))).collect();
    named_after_first(fields, DataType::Struct(columns))
}

#[polars_expr(output_type_func=shrunken_field)]
fn shrink(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let (score, n) = (numbers(inputs, 0)?, numbers(inputs, 1)?);
    let keys = if inputs.len() > 2 { Some(keys_from(input(inputs, 2)?)?) } else { None };
    let keys: Option<Vec<Option<&str>>> = keys.as_ref().map(|keys| keys.iter().collect());
    Ok(struct_from(&score.name, &shrunken(&score, &n, keys.as_deref(), &Shrinkage::from_json(&kwargs.rule)?)?)?)
}

#[polars_expr(output_type_func_with_kwargs=funnel_field)]
fn funnel_position(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let (score, n) = (numbers(inputs, 0)?, numbers(inputs, 1)?);
    Ok(struct_from(&score.name, &funnel_positions(&score, &n, &FunnelLimits::from_json(&kwargs.rule)?)?)?)
}
