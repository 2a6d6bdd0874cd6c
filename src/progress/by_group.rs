//! Scores of groups of pupils: sums that means and intervals follow from.
//!
//! Every outcome is summed by itself, in the order of the rows. Outcomes share the cores, so the sums are the same for any
//! number of them.

use std::thread;

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

/// Sums of one outcome.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sums {
    /// One cell for each group.
    pub cells: Vec<Cell>,
    /// Standard deviation (n - 1) of the scores of all pupils, none below its limit.
    pub sd: Option<f64>,
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
    /// The sums of each outcome.
    pub outcomes: Vec<Sums>,
    /// Pupils that were left out.
    pub left_out: LeftOut,
}

/// Place of a pupil that has no group of prior attainment, or belongs to no group of pupils.
const NOWHERE: u32 = u32::MAX;

/// Sums of the scores of each group of pupils. `codes` says which group a pupil belongs to, `points` holds one column for
/// each outcome of `estimates`; NaN is missing.
///
/// # Errors
/// [`Error::Input`] for columns of another length or number.
pub fn totals(estimates: &Estimates, codes: &Codes, prior: &[f64], points: &[&[f64]]) -> Result<Totals> {
    let height = codes.codes.len();
    let wrong = points.len() != estimates.outcomes() || points.iter().any(|column| column.len() != height);
    if prior.len() != height || wrong {
        return Err(Error::Input("estimates: every column needs a value for each pupil".to_owned()));
    }
    let mut found = Totals { cohort: vec![0; codes.first.len()], ..Totals::default() };
    let places = places(estimates, codes, prior, &mut found);
    let sum = |outcome: usize, column: &[f64]| sums(estimates, outcome, codes, &places, column);
    found.outcomes = thread::scope(|scope| {
        let jobs: Vec<_> =
            points.iter().enumerate().map(|(outcome, column)| scope.spawn(move || sum(outcome, column))).collect();
        jobs.into_iter().map(|job| job.join().unwrap_or_default()).collect()
    });
    without_score(estimates, &places, points, &mut found);
    Ok(found)
}

/// The group of prior attainment of every pupil that belongs to a group of pupils; counts the others.
fn places(estimates: &Estimates, codes: &Codes, prior: &[f64], found: &mut Totals) -> Vec<u32> {
    let mut place = |(row, (code, prior)): (usize, (&u32, &f64))| {
        let Some(cohort) = found.cohort.get_mut(*code as usize) else {
            found.left_out.group_missing += 1;
            return NOWHERE;
        };
        *cohort += 1;
        match estimates.place(*prior) {
            Place::Missing => found.left_out.prior_missing += 1,
            Place::Outside => {
                found.left_out.prior_outside += 1;
                if found.left_out.outside.len() < MAX_EXAMPLES {
                    found.left_out.outside.push((row, *prior));
                }
            }
            Place::Group(group) => return u32::try_from(group).unwrap_or(NOWHERE),
        }
        NOWHERE
    };
    codes.codes.iter().zip(prior).enumerate().map(&mut place).collect()
}

fn sums(estimates: &Estimates, outcome: usize, codes: &Codes, places: &[u32], points: &[f64]) -> Sums {
    let mut cells = vec![Cell::default(); codes.first.len()];
    let mut squares = 0.0;
    for ((code, place), points) in codes.codes.iter().zip(places).zip(points) {
        let (score, adjusted) = estimates.score(outcome, *place as usize, *points);
        if score.is_nan() {
            continue;
        }
        let Some(cell) = cells.get_mut(*code as usize) else { continue };
        cell.n += 1;
        cell.n_adjusted += u32::from(adjusted > score);
        cell.sum += adjusted;
        cell.sum_unadjusted += score;
        squares += adjusted * adjusted;
    }
    let sd = spread(&cells, squares);
    Sums { cells, sd }
}

/// Standard deviation of all scores. They lie around 0, so their squares may be summed as they are.
fn spread(cells: &[Cell], squares: f64) -> Option<f64> {
    let (n, sum) = cells.iter().fold((0.0, 0.0), |(n, sum), cell| (n + f64::from(cell.n), sum + cell.sum));
    (n > 1.0).then(|| ((squares - sum * sum / n) / (n - 1.0)).max(0.0).sqrt())
}

/// Counts the pupils with prior attainment that have no score all the same.
fn without_score(estimates: &Estimates, places: &[u32], points: &[&[f64]], found: &mut Totals) {
    let placed = places.iter().filter(|place| **place != NOWHERE).count() as u64;
    let scored = |sums: &Sums| sums.cells.iter().map(|cell| u64::from(cell.n)).sum::<u64>();
    if found.outcomes.iter().any(|sums| scored(sums) == placed) {
        return;
    }
    for (row, place) in places.iter().enumerate().filter(|(_, place)| **place != NOWHERE) {
        let outcomes =
            || (0..estimates.outcomes()).filter(|outcome| estimates.mean(*outcome, *place as usize).is_some());
        let present =
            |outcome: usize| points.get(outcome).and_then(|column| column.get(row)).is_some_and(|at| !at.is_nan());
        if outcomes().next().is_none() {
            found.left_out.no_estimate += 1;
        } else if !outcomes().any(present) {
            found.left_out.outcome_missing += 1;
        }
    }
}

#[cfg(test)]
#[path = "by_group_tests.rs"]
mod tests;
