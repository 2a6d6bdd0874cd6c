//! Bands, ranks, codes, benchmarks and gaps as expressions.
#![expect(clippy::needless_pass_by_value, reason = "the macro of pyo3-polars wants it so")]

use polars::prelude::*;
use pyo3_polars::derive::polars_expr;
use serde::{Deserialize, Serialize};

use super::{Settings, input, named_after_first, numbers, structured};
use crate::bands::{Direction, PercentileBands, RankMethod, percentile_rank as rank};
use crate::columns::{self, BENCHMARK, CODED, GAP, GroupColumns};
use crate::frames::{keys_from, series_from, struct_from};
use crate::gap_index::{GAP_INDEX, GapIndexRule, gap_index_of};
use crate::gaps::GapRule;
use crate::significance::{NORMAL_TEST, NormalRule, normal_test as tested};
use crate::table::Column;

/// Settings of a percentile rank.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankRule {
    pub direction: Direction,
    pub method: RankMethod,
    pub min_group: usize,
}

/// Settings of a gap: the rule, and whether B is a fixed figure.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapSettings {
    pub rule: GapRule,
    pub fixed: bool,
}

fn band_field(fields: &[Field]) -> PolarsResult<Field> {
    named_after_first(fields, DataType::Int64)
}

fn number_field(fields: &[Field]) -> PolarsResult<Field> {
    named_after_first(fields, DataType::Float64)
}

fn coded_field(fields: &[Field]) -> PolarsResult<Field> {
    structured(fields, &CODED)
}

fn benchmark_field(fields: &[Field]) -> PolarsResult<Field> {
    structured(fields, &BENCHMARK)
}

fn gap_field(fields: &[Field]) -> PolarsResult<Field> {
    structured(fields, &GAP)
}

fn normal_test_field(fields: &[Field]) -> PolarsResult<Field> {
    structured(fields, &NORMAL_TEST)
}

fn gap_index_field(fields: &[Field]) -> PolarsResult<Field> {
    structured(fields, &GAP_INDEX)
}

#[polars_expr(output_type_func=band_field)]
fn progress_band(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let (score, lower, upper) = (numbers(inputs, 0)?, numbers(inputs, 1)?, numbers(inputs, 2)?);
    let bands = columns::progress_band(&score, &lower, &upper, &kwargs.rule()?)?;
    Ok(series_from(&score.name, &bands))
}

/// Values as they are ranked. A column of floats is checked where it stands and handed back without a copy; polars turns
/// its NaN into missing values faster than a loop here.
#[polars_expr(output_type_func=number_field)]
fn finite_numbers(inputs: &[Series]) -> PolarsResult<Series> {
    let given = input(inputs, 0)?;
    if let Ok(floats) = given.f64()
        && floats.downcast_iter().all(|chunk| chunk.values().iter().all(|value| !value.is_infinite()))
    {
        return Ok(given.clone());
    }
    let values = numbers(inputs, 0)?;
    Ok(series_from(&values.name, &columns::finite(&values)?))
}

#[polars_expr(output_type_func=number_field)]
fn round_half_up(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let value = numbers(inputs, 0)?;
    Ok(series_from(&value.name, &columns::round_half_up(&value, kwargs.rule()?)?))
}

#[polars_expr(output_type_func=number_field)]
fn round_counts(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let count = numbers(inputs, 0)?;
    Ok(series_from(&count.name, &columns::round_counts(&count, kwargs.rule()?)?))
}

#[polars_expr(output_type_func=number_field)]
fn percentile_rank(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let values = numbers(inputs, 0)?;
    let weights = if inputs.len() > 1 { Some(numbers(inputs, 1)?) } else { None };
    let rule: RankRule = kwargs.rule()?;
    let weights = weights.map(|weights| weights.broadcast(values.values.len()));
    let ranks = rank(&values.values, weights.as_deref(), rule.direction, rule.method, rule.min_group)?;
    Ok(series_from(&values.name, &Column::Number(ranks)))
}

#[polars_expr(output_type_func=band_field)]
fn percentile_band(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let value = numbers(inputs, 0)?;
    let bands = PercentileBands::from_json(&kwargs.rule)?;
    let keys = if inputs.len() > 1 { Some(keys_from(input(inputs, 1)?)?) } else { None };
    let keys: Option<Vec<Option<&str>>> = keys.as_ref().map(|keys| keys.iter().collect());
    Ok(series_from(&value.name, &columns::percentile_band(&value, keys.as_deref(), &bands)?))
}

#[polars_expr(output_type_func=coded_field)]
fn code_against_national(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let value = numbers(inputs, 0)?;
    let coded = columns::code_against_national(&value, &numbers(inputs, 1)?, &kwargs.rule()?)?;
    Ok(struct_from(&value.name, &coded)?)
}

#[polars_expr(output_type_func=benchmark_field)]
fn next_benchmark(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let actual = numbers(inputs, 0)?;
    let (fft50, fft20, fft5) = (numbers(inputs, 1)?, numbers(inputs, 2)?, numbers(inputs, 3)?);
    let next = columns::next_benchmark_of(&actual, [&fft50, &fft20, &fft5], kwargs.rule()?)?;
    Ok(struct_from(&actual.name, &next)?)
}

#[polars_expr(output_type_func=gap_field)]
fn gap(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let (mean_a, n_a, sd_a) = (numbers(inputs, 0)?, numbers(inputs, 1)?, numbers(inputs, 2)?);
    let (mean_b, n_b, sd_b) = (numbers(inputs, 3)?, numbers(inputs, 4)?, numbers(inputs, 5)?);
    let settings: GapSettings = kwargs.rule()?;
    let a = GroupColumns { mean: &mean_a, n: &n_a, sd: &sd_a };
    let b = GroupColumns { mean: &mean_b, n: &n_b, sd: &sd_b };
    Ok(struct_from(&mean_a.name, &columns::gap(a, b, settings.fixed, &numbers(inputs, 6)?, &settings.rule)?)?)
}

#[polars_expr(output_type_func=gap_index_field)]
fn gap_index(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let (level, group, other) = (numbers(inputs, 0)?, numbers(inputs, 1)?, numbers(inputs, 2)?);
    let rule: GapIndexRule = kwargs.rule()?;
    Ok(struct_from(&level.name, &gap_index_of(&level, &group, &other, &rule)?)?)
}

#[polars_expr(output_type_func=normal_test_field)]
fn normal_test(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let (estimate, se) = (numbers(inputs, 0)?, numbers(inputs, 1)?);
    let rule: NormalRule = kwargs.rule()?;
    Ok(struct_from(&estimate.name.clone(), &tested(estimate, se, &rule)?)?)
}
