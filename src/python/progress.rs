//! Estimates by prior attainment, kept as JSON text, and scores of groups of pupils.

use polars::prelude::{DataFrame, Series};
use pyo3::prelude::*;
use pyo3_polars::{PyDataFrame, PySeries};

use super::rules::{json, word};
use crate::error::{Error, Result};
use crate::frames::{codes_from, floats_from, frame_from};
use crate::plugin::{AttainmentSettings, ScoreSettings};
use crate::progress::{self, AttainmentRule, EstimateTable, Estimates, NoEntries, Totals};
use crate::table::{Column, Table};

/// Settings of Attainment 8.
#[pyfunction]
pub fn attainment_rule(lowest: f64, highest: f64, no_entries: &str, ebacc: usize) -> Result<String> {
    if !(lowest.is_finite() && highest.is_finite() && lowest < highest) {
        return Err(Error::Input(format!("points: two rising numbers are needed, not {lowest} and {highest}")));
    }
    let no_entries: NoEntries = word("no_entries", no_entries, &["missing", "zero"])?;
    json(&AttainmentSettings { rule: AttainmentRule { lowest, highest, no_entries }, ebacc })
}

/// A table that comes with the crate.
#[pyfunction]
#[pyo3(signature = (measure, year, version=None))]
pub fn bundled_estimates(measure: &str, year: i32, version: Option<&str>) -> Result<String> {
    progress::table(measure, year, version)?.to_json()
}

/// Checks the text of a table and gives it back in its normal form.
#[pyfunction]
pub fn read_estimates(text: &str) -> Result<String> {
    EstimateTable::from_json(text)?.to_json()
}

/// Whether a table starts from anything but national results of the key stage before.
#[pyfunction]
pub fn estimates_are_proxy(text: &str) -> Result<bool> {
    Ok(EstimateTable::from_json(text)?.proxy())
}

/// The published measure that a name claims to be, if it claims one.
#[pyfunction]
pub fn claimed_measure(name: &str) -> Option<&'static str> {
    progress::claim(name).map(progress::Claim::name)
}

/// A named grouping: its lowest prior attainment, its upper ends, and whether it was read in a primary source.
#[pyfunction]
pub fn prior_grouping(name: &str) -> Result<(Option<f64>, Vec<f64>, bool)> {
    let found = progress::grouping(name)?;
    Ok((found.lowest, found.upper.clone(), found.status == progress::Status::P))
}

/// Fills the averages of a table from pupils; `outcomes` are the columns of its outcomes, in order.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
pub fn fit_estimates(py: Python<'_>, table: &str, prior: PySeries, outcomes: Vec<PySeries>) -> Result<String> {
    let table = EstimateTable::from_json(table)?;
    py.detach(|| {
        let prior = floats_from(prior.as_ref())?;
        let points = outcomes.iter().map(|column| floats_from(column.as_ref())).collect::<Result<Vec<_>>>()?;
        let points = points.iter().map(|column| Ok(column.cont_slice()?)).collect::<Result<Vec<_>>>()?;
        table.fit(prior.cont_slice()?, &points)?.to_json()
    })
}

/// Settings of scores: a table and the outcomes that are measured.
#[pyfunction]
pub fn score_rule(table: &str, outcomes: Vec<String>) -> Result<String> {
    let table = EstimateTable::from_json(table)?;
    outcomes.iter().try_for_each(|name| table.outcome(name).map(|_| ()))?;
    json(&ScoreSettings { table, outcomes })
}

/// Sums of the scores of groups of pupils, one row for each outcome and group; first row of each group; pupils left out
/// by reason; prior attainment outside the table, with its row; standard deviation of each outcome's scores.
type GroupScores = (PyDataFrame, Vec<u32>, Vec<(String, u64)>, Vec<(usize, f64)>, Vec<Option<f64>>);

/// Scores of groups of pupils. `rule` is the text of `score_rule`, `keys` the columns that make the groups.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
pub fn group_scores(
    py: Python<'_>,
    rule: &str,
    keys: Vec<PySeries>,
    prior: PySeries,
    points: Vec<PySeries>,
) -> Result<GroupScores> {
    let settings: ScoreSettings =
        serde_json::from_str(rule).map_err(|error| Error::Input(format!("the rule cannot be read: {error}")))?;
    py.detach(|| {
        let prior = floats_from(prior.as_ref())?;
        let points = points.iter().map(|column| floats_from(column.as_ref())).collect::<Result<Vec<_>>>()?;
        let points = points.iter().map(|column| Ok(column.cont_slice()?)).collect::<Result<Vec<_>>>()?;
        let keys: Vec<Series> = keys.into_iter().map(Into::into).collect();
        let codes = codes_from(&keys, prior.len())?;
        let estimates = Estimates::new(&settings.table, &settings.outcomes)?;
        let found = progress::totals(&estimates, &codes, prior.cont_slice()?, &points)?;
        let left_out = left_out(&found);
        let sd = found.outcomes.iter().map(|outcome| outcome.sd).collect();
        Ok((PyDataFrame(sums(&found)?), codes.first, left_out, found.left_out.outside, sd))
    })
}

fn left_out(found: &Totals) -> Vec<(String, u64)> {
    let out = &found.left_out;
    [
        ("group_missing", out.group_missing),
        ("prior_missing", out.prior_missing),
        ("prior_outside", out.prior_outside),
        ("no_estimate", out.no_estimate),
        ("outcome_missing", out.outcome_missing),
    ]
    .map(|(reason, pupils)| (reason.to_owned(), pupils))
    .to_vec()
}

/// One row for each outcome and group, outcome by outcome.
fn sums(found: &Totals) -> Result<DataFrame> {
    let cells = || found.outcomes.iter().flat_map(|outcome| &outcome.cells);
    let cohort = std::iter::repeat_n(&found.cohort, found.outcomes.len()).flatten();
    frame_from(&Table::new([
        ("n_cohort", Column::Integer(cohort.map(|pupils| Some(i64::from(*pupils))).collect())),
        ("n", Column::Integer(cells().map(|cell| Some(i64::from(cell.n))).collect())),
        ("n_adjusted", Column::Integer(cells().map(|cell| Some(i64::from(cell.n_adjusted))).collect())),
        ("sum", Column::Number(cells().map(|cell| Some(cell.sum)).collect())),
        ("sum_unadjusted", Column::Number(cells().map(|cell| Some(cell.sum_unadjusted)).collect())),
    ])?)
}
