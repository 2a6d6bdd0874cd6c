//! Benchmarks and estimates of schools, and the accuracy of projections: fitted on columns of floats, kept as JSON text.
#![expect(clippy::needless_pass_by_value, reason = "extracted from Python")]

use pyo3::prelude::*;
use pyo3_polars::{PyDataFrame, PySeries};

use super::rules::{json, word};
use crate::columns::words;
use crate::effects::{Estimate, ShrinkageRule};
use crate::error::{Error, Result};
use crate::estimates::{
    Accuracy, AccuracyRule, IntakeCoefficient, IntakeColumn, IntakeModel, IntakeRule, IntakeValues, MatchRule,
    OutcomeUnit, PredictionMatch, Projection, SchoolBenchmarks, StandingRule, predictions_match as matched,
    projection_accuracy as accuracy,
};
use crate::frames::{frame_from, keys_from, numbers_from};
use crate::table::{Column, Table};

fn floats(series: &PySeries) -> Result<&[f64]> {
    Ok(series.as_ref().f64()?.cont_slice()?)
}

/// Learns percentiles of schools from scores and numbers of pupils.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are those of the Python function")]
pub fn fit_school_benchmarks(
    py: Python<'_>,
    score: PySeries,
    n: PySeries,
    keys: Option<PySeries>,
    method: &str,
    sd: f64,
    min_school: u64,
    min_group: u64,
    shrink: bool,
) -> Result<String> {
    let rule = ShrinkageRule::new(word("method", method, &["moments", "reml"])?, sd, min_group, 0.95)?;
    py.detach(|| {
        let keys = keys.as_ref().map(|keys| keys_from(keys.as_ref())).transpose()?;
        let keys: Option<Vec<Option<&str>>> = keys.as_ref().map(|keys| keys.iter().collect());
        let (score, n) = (numbers_from(score.as_ref())?.values, numbers_from(n.as_ref())?.values);
        SchoolBenchmarks::fit(&score, &n, keys.as_deref(), rule, min_school, shrink)?.to_json()
    })
}

/// Benchmarks and ranks as the rule of an expression, checked.
#[pyfunction]
pub fn standing_rule(benchmarks: &str, ranks: Vec<u8>) -> Result<String> {
    let rule = StandingRule { benchmarks: SchoolBenchmarks::from_json(benchmarks)?, ranks };
    rule.check()?;
    json(&rule)
}

/// Fits a regression of schools on their intake; a column without levels holds numbers, one with levels the places of words.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are those of the Python function")]
pub fn fit_intake_model(
    py: Python<'_>,
    outcome: PySeries,
    n: PySeries,
    columns: Vec<(String, PySeries, Option<Vec<String>>)>,
    percentage: bool,
    sd: Option<f64>,
    method: &str,
    min_group: u64,
) -> Result<String> {
    let unit = OutcomeUnit::new(percentage, sd)?;
    let method = word("method", method, &["reml", "moments"])?;
    py.detach(|| {
        let columns = columns
            .iter()
            .map(|(name, series, levels)| {
                let values = floats(series)?;
                let column = match levels {
                    None => IntakeColumn::numbers(name, values)?,
                    Some(levels) => IntakeColumn { name: name.clone(), values: IntakeValues::Levels(levels.clone()) },
                };
                Ok((column, values.to_vec()))
            })
            .collect::<Result<_>>()?;
        IntakeModel::fit(floats(&outcome)?, floats(&n)?, columns, unit, method, min_group)?.to_json()
    })
}

/// Model, ranks and confidence as the rule of an expression, checked.
#[pyfunction]
pub fn intake_rule(model: &str, levels: Vec<u8>, confidence: f64) -> Result<String> {
    let rule = IntakeRule { model: IntakeModel::from_json(model)?, levels, confidence };
    rule.check()?;
    json(&rule)
}

/// The coefficients of a regression of schools on their intake.
#[pyfunction]
pub fn intake_coefficients(model: &str) -> Result<PyDataFrame> {
    let all = IntakeModel::from_json(model)?.estimates();
    let texts = |of: fn(&IntakeCoefficient) -> Option<String>| Column::Text(all.iter().map(of).collect());
    let figures = |of: fn(&Estimate) -> f64| Column::Number(all.iter().map(|one| Some(of(&one.estimate))).collect());
    let table = Table::new([
        ("term", texts(|one| Some(one.term.clone()))),
        ("column", texts(|one| one.column.clone())),
        ("level", texts(|one| one.level.clone())),
        ("reference", texts(|one| one.reference.clone())),
        ("estimate", figures(|one| one.estimate)),
        ("se", figures(|one| one.se)),
        ("z", figures(|one| one.z)),
        ("p_value", figures(|one| one.p_value)),
        ("ci_low", figures(|one| one.ci_low)),
        ("ci_high", figures(|one| one.ci_high)),
    ])?;
    Ok(PyDataFrame(frame_from(&table)?))
}

/// The projections of each group, in row order.
fn grouped(
    projected: &PySeries,
    actual: &PySeries,
    n: Option<&PySeries>,
    group: &PySeries,
    groups: usize,
) -> Result<Vec<Vec<Projection>>> {
    let mut found: Vec<Vec<Projection>> = vec![Vec::new(); groups];
    let (projected, actual) = (floats(projected)?, floats(actual)?);
    let n = n.map(floats).transpose()?;
    for (row, group) in group.as_ref().u32()?.iter().enumerate() {
        let members = group.and_then(|group| found.get_mut(group as usize));
        let values = (projected.get(row), actual.get(row), members);
        let (Some(projected), Some(actual), Some(members)) = values else {
            return Err(Error::Input(format!("row {row}: a projection, an outcome and a group are needed")));
        };
        let n = n.and_then(|n| n.get(row).copied());
        members.push(Projection { projected: *projected, actual: *actual, n });
    }
    Ok(found)
}

/// Accuracy of the projections of groups, one row for each group.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are those of the Python function")]
pub fn projection_accuracy(
    py: Python<'_>,
    projected: PySeries,
    actual: PySeries,
    n: Option<PySeries>,
    group: PySeries,
    groups: usize,
    confidence: f64,
    within: Option<f64>,
    sd: Option<f64>,
    min_group: u64,
) -> Result<PyDataFrame> {
    let rule = AccuracyRule { confidence, within, sd, min_group };
    py.detach(|| {
        let rows = grouped(&projected, &actual, n.as_ref(), &group, groups)?;
        let all: Vec<(Accuracy, &'static str)> = rows.iter().map(|rows| accuracy(rows, &rule)).collect();
        let figures =
            |of: fn(&Accuracy) -> Option<f64>| Column::Number(all.iter().map(|(found, _)| of(found)).collect());
        let table = Table::new([
            ("bias", figures(|found| found.bias)),
            ("bias_se", figures(|found| found.bias_se)),
            ("bias_low", figures(|found| found.bias_low)),
            ("bias_high", figures(|found| found.bias_high)),
            ("p_value", figures(|found| found.p_value)),
            ("spread", figures(|found| found.spread)),
            ("chance", figures(|found| found.chance)),
            ("mae", figures(|found| found.mae)),
            ("rmse", figures(|found| found.rmse)),
            ("slope", figures(|found| found.slope)),
            ("slope_se", figures(|found| found.slope_se)),
            ("intercept", figures(|found| found.intercept)),
            ("intercept_se", figures(|found| found.intercept_se)),
            ("correlation", figures(|found| found.correlation)),
            ("within", figures(|found| found.within)),
            ("status", words(all.iter().map(|(_, status)| Some(*status)))),
        ])?;
        Ok(PyDataFrame(frame_from(&table)?))
    })
}

/// Whether the predictions of groups match their outcomes, one row for each group.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are those of the Python function")]
pub fn predictions_match(
    py: Python<'_>,
    projected: PySeries,
    actual: PySeries,
    n: Option<PySeries>,
    group: PySeries,
    groups: usize,
    within: f64,
    confidence: f64,
    of: &str,
    sd: Option<f64>,
    min_group: u64,
) -> Result<PyDataFrame> {
    let rule = MatchRule { within, confidence, of: word("of", of, &["absolute", "signed"])?, sd, min_group };
    py.detach(|| {
        let rows = grouped(&projected, &actual, n.as_ref(), &group, groups)?;
        let all: Vec<(PredictionMatch, &'static str)> = rows.iter().map(|rows| matched(rows, &rule)).collect();
        let figures =
            |of: fn(&PredictionMatch) -> Option<f64>| Column::Number(all.iter().map(|(found, _)| of(found)).collect());
        let table = Table::new([
            ("difference", figures(|found| found.difference)),
            ("low", figures(|found| found.low)),
            ("high", figures(|found| found.high)),
            ("predictions_match", words(all.iter().map(|(found, _)| found.verdict))),
            ("status", words(all.iter().map(|(_, status)| Some(*status)))),
        ])?;
        Ok(PyDataFrame(frame_from(&table)?))
    })
}
