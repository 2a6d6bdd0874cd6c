//! Percentile rank of every value among all.

use serde::{Deserialize, Serialize};

use super::Direction;
use crate::error::{Error, Result};
use crate::numbers::present;

/// How a percentile rank is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RankMethod {
    /// `100 * (W_worse + W_tied / 2) / W`, 100 is best; the only one that takes weights.
    #[default]
    Midpoint,
    /// `100 * worse / (n - 1)`, 100 is best: the best value has 100, the worst 0.
    Strict,
    /// `ceil(100 * r / n)`, 1 is best, with `r` the average rank (1 = best): the 1 to 100 scale of Ofsted's inspection
    /// data summary report. Its own tie rule is not published; average ranks are this crate's choice.
    Idsr,
}

/// Percentile rank of every value among all values that are present.
///
/// Missing and NaN values have no rank and do not count; equal values share a rank. With `weights`, a pair with a missing
/// weight counts as missing. A group with fewer than `min_group` values that count has no ranks at all: a percentile of a
/// handful of schools says less than their order.
///
/// # Errors
/// [`Error::Input`] for weights with a method other than [`RankMethod::Midpoint`], for a negative or infinite weight, or
/// for weights of another length.
///
/// ```
/// use schoolframe::bands::{percentile_rank, Direction, RankMethod};
/// let values = [Some(1.0), Some(2.0), Some(2.0), None, Some(3.0)];
/// let ranks = percentile_rank(&values, None, Direction::HigherBetter, RankMethod::Midpoint, 2).unwrap();
/// assert_eq!(ranks, [Some(12.5), Some(50.0), Some(50.0), None, Some(87.5)]);
/// ```
pub fn percentile_rank(
    values: &[Option<f64>],
    weights: Option<&[Option<f64>]>,
    direction: Direction,
    method: RankMethod,
    min_group: usize,
) -> Result<Vec<Option<f64>>> {
    let mut held = weighted_values(values, weights, method)?;
    let mut ranks = vec![None; values.len()];
    let n = held.len();
    if n == 0 || n < min_group {
        return Ok(ranks);
    }
    held.sort_unstable_by(|a, b| {
        let order = a.value.total_cmp(&b.value).then(a.row.cmp(&b.row));
        if direction == Direction::LowerBetter { b.value.total_cmp(&a.value).then(a.row.cmp(&b.row)) } else { order }
    });
    let total: f64 = held.iter().map(|item| item.weight).sum();
    let (mut worse_count, mut worse_weight) = (0_usize, 0.0_f64);
    for ties in held.chunk_by(|a, b| a.value.total_cmp(&b.value).is_eq()) {
        let tied_weight: f64 = ties.iter().map(|item| item.weight).sum();
        let rank = match method {
            RankMethod::Midpoint if total > 0.0 => Some(100.0 * (worse_weight + tied_weight / 2.0) / total),
            RankMethod::Midpoint => None,
            RankMethod::Strict => (n > 1).then(|| 100.0 * count(worse_count) / count(n - 1)),
            RankMethod::Idsr => {
                // Twice the average rank from the top is a whole number, so the ceiling is exact.
                let best = n - worse_count - ties.len() + 1;
                let twice = 2 * best + ties.len() - 1;
                Some(count((100 * twice).div_ceil(2 * n)))
            }
        };
        for item in ties {
            if let Some(slot) = ranks.get_mut(item.row) {
                *slot = rank;
            }
        }
        worse_count += ties.len();
        worse_weight += tied_weight;
    }
    Ok(ranks)
}

struct Weighted {
    row: usize,
    value: f64,
    weight: f64,
}

fn weighted_values(
    values: &[Option<f64>],
    weights: Option<&[Option<f64>]>,
    method: RankMethod,
) -> Result<Vec<Weighted>> {
    // Adding 0 turns -0 into 0, which total_cmp would keep apart.
    let held = values.iter().enumerate().filter_map(|(row, value)| present(*value).map(|value| (row, value + 0.0)));
    let Some(weights) = weights else {
        return Ok(held.map(|(row, value)| Weighted { row, value, weight: 1.0 }).collect());
    };
    if method != RankMethod::Midpoint {
        return Err(Error::Input("weights need the method 'midpoint'; the other methods count schools".to_owned()));
    }
    if weights.len() != values.len() {
        return Err(Error::Input(format!("{} weights were given for {} values", weights.len(), values.len())));
    }
    let bad: Vec<String> = weights
        .iter()
        .enumerate()
        .filter_map(|(row, weight)| present(*weight).map(|weight| (row, weight)))
        .filter(|(_, weight)| *weight < 0.0 || weight.is_infinite())
        .map(|(row, weight)| format!("{weight} at row {row}"))
        .collect();
    if !bad.is_empty() {
        return Err(Error::values("weights", "a weight must be finite and not negative", bad.len(), &bad));
    }
    Ok(held
        .filter_map(|(row, value)| {
            let weight = present(weights.get(row).copied().flatten())?;
            Some(Weighted { row, value, weight })
        })
        .collect())
}

#[expect(clippy::cast_precision_loss, reason = "a school count is far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks(values: &[f64], direction: Direction, method: RankMethod) -> Vec<f64> {
        let values: Vec<_> = values.iter().copied().map(Some).collect();
        percentile_rank(&values, None, direction, method, 1).unwrap().into_iter().flatten().collect()
    }

    #[test]
    fn ranks_share_ties_and_follow_the_direction() {
        use Direction::{HigherBetter, LowerBetter};
        assert_eq!(ranks(&[1.0, 2.0, 2.0, 3.0], HigherBetter, RankMethod::Midpoint), [12.5, 50.0, 50.0, 87.5]);
        assert_eq!(ranks(&[1.0, 2.0, 2.0, 3.0], LowerBetter, RankMethod::Midpoint), [87.5, 50.0, 50.0, 12.5]);
        assert_eq!(ranks(&[1.0, 2.0, 3.0], HigherBetter, RankMethod::Strict), [0.0, 50.0, 100.0]);
        assert_eq!(ranks(&[1.0, 2.0, 2.0, 3.0], HigherBetter, RankMethod::Idsr), [100.0, 63.0, 63.0, 25.0]);
        assert_eq!(ranks(&[0.0, -0.0], HigherBetter, RankMethod::Midpoint), [50.0, 50.0]);
    }

    #[test]
    fn idsr_ranks_run_from_1_to_100() {
        let values: Vec<f64> = (0..200).map(f64::from).collect();
        let ranks = ranks(&values, Direction::HigherBetter, RankMethod::Idsr);
        assert_eq!((ranks[199], ranks[198], ranks[197], ranks[0]), (1.0, 1.0, 2.0, 100.0));
    }

    #[test]
    fn small_groups_and_bad_weights_have_no_rank() {
        let values = [Some(1.0), Some(2.0), None, Some(f64::NAN)];
        let rank = |weights, method, min| percentile_rank(&values, weights, Direction::HigherBetter, method, min);
        assert_eq!(rank(None, RankMethod::Midpoint, 3).unwrap(), [None; 4]);
        assert_eq!(rank(None, RankMethod::Midpoint, 2).unwrap(), [Some(25.0), Some(75.0), None, None]);
        let weights = [Some(3.0), Some(1.0), Some(1.0), Some(1.0)];
        assert_eq!(rank(Some(&weights), RankMethod::Midpoint, 1).unwrap(), [Some(37.5), Some(87.5), None, None]);
        assert!(rank(Some(&weights), RankMethod::Idsr, 1).is_err());
        assert!(rank(Some(&[Some(-1.0); 4]), RankMethod::Midpoint, 1).is_err());
        assert!(rank(Some(&[Some(1.0)]), RankMethod::Midpoint, 1).is_err());
        assert_eq!(rank(Some(&[Some(0.0); 4]), RankMethod::Midpoint, 1).unwrap(), [None; 4]);
    }
}
