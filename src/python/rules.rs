//! Rules of the expressions: checked here, when the expression is built, and passed to it as JSON text.

use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bands::{Direction, RankMethod};
use crate::coding::{AtThreshold, CodingRule, Unit};
use crate::error::{Error, Result};
use crate::estimates::{AtTop, Order, Step, SteppingRule};
use crate::gap_index::GapIndexRule;
use crate::gaps::{GapMethod, GapRule};
use crate::plugin::{GapSettings, RankRule};
use crate::progress::ProgressBandScheme;
use crate::significance::NormalRule;

/// One of the words that an argument may have.
pub(super) fn word<T: DeserializeOwned>(argument: &'static str, word: &str, words: &[&str]) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|_| Error::unknown(argument, word, words.iter().copied()))
}

pub(super) fn direction(name: &str) -> Result<Direction> {
    word("direction", name, &["higher_better", "lower_better"])
}

pub(super) fn json<T: Serialize>(rule: &T) -> Result<String> {
    serde_json::to_string(rule).map_err(|error| Error::Input(format!("the rule cannot be written: {error}")))
}

/// Thresholds of progress bands.
#[pyfunction]
pub fn progress_band_rule(well_above: f64, well_below: f64, well_below_inclusive: bool) -> Result<String> {
    json(&ProgressBandScheme::new(well_above, well_below, well_below_inclusive)?)
}

/// Coding against the national figure.
#[pyfunction]
pub fn coding_rule(
    threshold: f64,
    unit: &str,
    at_threshold: &str,
    direction: Option<&str>,
    turn_sign: bool,
) -> Result<String> {
    let unit: Unit = word("unit", unit, &["points", "relative"])?;
    let at_threshold: AtThreshold = word("at_threshold", at_threshold, &["outside", "in_line"])?;
    let direction = direction.map(self::direction).transpose()?;
    json(&CodingRule::new(threshold, unit, at_threshold, direction, turn_sign)?)
}

/// Stepping to the next benchmark.
#[pyfunction]
pub fn stepping_rule(step: &str, at_top: &str, order: &str) -> Result<String> {
    let step: Step = word("step", step, &["next", "last"])?;
    let at_top: AtTop = word("at_top", at_top, &["none", "benchmark", "actual"])?;
    let order: Order = word("order", order, &["refuse", "sort"])?;
    json(&SteppingRule { step, at_top, order })
}

/// Percentile rank.
#[pyfunction]
pub fn rank_rule(direction: &str, method: &str, min_group: usize) -> Result<String> {
    let direction = self::direction(direction)?;
    let method: RankMethod = word("method", method, &["midpoint", "strict", "idsr"])?;
    json(&RankRule { direction, method, min_group })
}

/// Gap between two groups, or between a group and a fixed figure.
#[pyfunction]
pub fn gap_rule(method: &str, confidence: f64, min_group: u32, fixed: bool) -> Result<String> {
    let method: GapMethod = word("method", method, &["known_sd", "welch", "proportion"])?;
    json(&GapSettings { rule: GapRule::new(method, confidence, min_group)?, fixed })
}

/// Gap index.
#[pyfunction]
pub fn gap_index_rule(confidence: f64, min_group: u64) -> Result<String> {
    json(&GapIndexRule::new(confidence, min_group)?)
}

/// Interval and test of an estimate from its standard error.
#[pyfunction]
pub fn normal_rule(confidence: f64) -> Result<String> {
    json(&NormalRule::new(confidence)?)
}
