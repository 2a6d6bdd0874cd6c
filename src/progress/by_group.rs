//! Scores of groups of pupils in one pass over the pupils: sums that means and intervals follow from.

use super::codes::Codes;
use super::estimates::{Estimates, Place};
use crate::error::{Error, MAX_EXAMPLES, Result};

/// Sums of one outcome in one group of pupils.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cell {
    /// Pupils with a score.
    pub n: u32,
    /// Pupils whose score was raised to the limit.
    pub n_adjusted: u32,
    /// Sum of the scores, none below its limit.
    pub sum: f64,
    /// Sum of the scores as they are.
    pub sum_unadjusted: f64,
}

/// Why pupils count in no score. Every pupil stands under the first reason that applies, in this order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeftOut {
    /// The group is missing.
    pub group_missing: u64,
    /// The prior attainment is missing.
    pub prior_missing: u64,
    /// The prior attainment lies outside the table.
    pub prior_outside: u64,
    /// No outcome has an average in the group of prior attainment.
    pub no_estimate: u64,
    /// Every outcome is missing.
    pub outcome_missing: u64,
    /// The first few rows with a prior attainment outside the table, and its value.
    pub outside: Vec<(usize, f64)>,
}

/// Sums of all groups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Totals {
    /// Pupils in each group, with or without a score.
    pub cohort: Vec<u32>,
    /// One cell for each group and outcome, group by group.
    pub cells: Vec<Cell>,
    /// Standard deviation (n - 1) of the scores of all pupils, none below its limit, for each outcome.
    pub sd: Vec<Option<f64>>,
    /// Pupils that were left out.
    pub left_out: LeftOut,
}

/// Sums of the scores of each group of pupils. `codes` says which group a pupil belongs to, `points` holds one column for
/// each outcome of `estimates`; NaN is missing.
///
/// # Errors
/// [`Error::Input`] for columns of another length or number.
pub fn totals(estimates: &Estimates, codes: &Codes, prior: &[f64], points: &[&[f64]]) -> Result<Totals> {
    let height = codes.codes.len();
    let outcomes = estimates.outcomes();
    if prior.len() != height || points.len() != outcomes || points.iter().any(|column| column.len() != height) {
        return Err(Error::Input("estimates: every column needs a value for each pupil".to_owned()));
    }
    let mut found = Totals {
        cohort: vec![0; codes.first.len()],
        cells: vec![Cell::default(); codes.first.len() * outcomes],
        ..Totals::default()
    };
    let mut squares = vec![0.0; outcomes];
    for (row, (code, prior)) in codes.codes.iter().zip(prior).enumerate() {
        let group = *code as usize;
        let Some(cohort) = found.cohort.get_mut(group) else {
            found.left_out.group_missing += 1;
            continue;
        };
        *cohort += 1;
        let band = match estimates.place(*prior) {
            Place::Missing => {
                found.left_out.prior_missing += 1;
                continue;
            }
            Place::Outside => {
                found.left_out.prior_outside += 1;
                if found.left_out.outside.len() < MAX_EXAMPLES {
                    found.left_out.outside.push((row, *prior));
                }
                continue;
            }
            Place::Group(band) => band,
        };
        let cells = found.cells.get_mut(group * outcomes..(group + 1) * outcomes).unwrap_or_default();
        let mut used = false;
        for (outcome, ((cell, column), squares)) in cells.iter_mut().zip(points).zip(&mut squares).enumerate() {
            let (score, adjusted) = estimates.score(outcome, band, column.get(row).copied().unwrap_or(f64::NAN));
            if score.is_nan() {
                continue;
            }
            used = true;
            cell.n += 1;
            cell.n_adjusted += u32::from(adjusted > score);
            cell.sum += adjusted;
            cell.sum_unadjusted += score;
            *squares += adjusted * adjusted;
        }
        if !used {
            let any = (0..outcomes).any(|outcome| estimates.mean(outcome, band).is_some());
            *(if any { &mut found.left_out.outcome_missing } else { &mut found.left_out.no_estimate }) += 1;
        }
    }
    found.sd = squares
        .iter()
        .enumerate()
        .map(|(outcome, squares)| spread(&found.cells, outcome, outcomes, *squares))
        .collect();
    Ok(found)
}

/// Standard deviation of all scores. They lie around 0, so their squares may be summed as they are.
fn spread(cells: &[Cell], outcome: usize, outcomes: usize, squares: f64) -> Option<f64> {
    let of_outcome = cells.iter().skip(outcome).step_by(outcomes.max(1));
    let (n, sum) = of_outcome.fold((0.0, 0.0), |(n, sum), cell| (n + f64::from(cell.n), sum + cell.sum));
    (n > 1.0).then(|| ((squares - sum * sum / n) / (n - 1.0)).max(0.0).sqrt())
}

#[cfg(test)]
#[path = "by_group_tests.rs"]
mod tests;
