//! Similar schools: the nearest ones by several features at once.

use crate::error::{Error, Result};
use crate::frameworks::in_parts;

/// Distances are told apart to this many parts of 1: what differs by less is binary noise, and ties.
const SCALE: f64 = 1e9;

/// Schools whose sums are worked on at a time.
const BLOCK: usize = 1024;

/// One school found near another one. Schools are rows of the features, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The school that was asked about.
    pub school: usize,
    /// The school found.
    pub neighbour: usize,
    /// 1 for the nearest.
    pub rank: usize,
    /// Distance, rounded to nine decimals.
    pub distance: f64,
    /// Number of features that both schools have.
    pub features: usize,
    /// Whether a school that is not among those found has the same distance as the last one found.
    pub tie_at_end: bool,
}

/// The `k` nearest other schools of every school, nearest first; the earlier row first among equal distances.
///
/// `features` holds one column per feature, already divided by its scale; NaN is missing. With `z` the scaled features,
/// `w` their weights and `S` the features that both schools have,
///
/// ```text
/// distance = sqrt( sum over S of w (z_a - z_b)^2 / sum over S of w )
/// ```
///
/// Two schools that share fewer than `least_shared` features are not compared. A school has fewer than `k` neighbours
/// where fewer can be compared with it. The answer does not depend on the number of threads.
///
/// # Errors
/// [`Error::Input`] for columns of different length, another number of weights than columns, an infinite value, a weight
/// that is not above 0, no feature, or a `k` or `least_shared` of 0.
///
/// ```
/// use schoolframe::similar::nearest;
/// let near = nearest(&[vec![0.0, 1.0, 3.0]], &[1.0], 1, 1).unwrap();
/// assert_eq!(near.iter().map(|one| (one.neighbour, one.distance)).collect::<Vec<_>>(), [(1, 1.0), (0, 1.0), (1, 2.0)]);
/// ```
pub fn nearest(features: &[Vec<f64>], weights: &[f64], k: usize, least_shared: usize) -> Result<Vec<Neighbour>> {
    let height = check(features, weights, k, least_shared)?;
    let complete = least_shared <= features.len() && features.iter().flatten().all(|value| !value.is_nan());
    let least_shared = f64::from(u32::try_from(least_shared).unwrap_or(u32::MAX));
    let space = Space { features, weights, k, least_shared, height, complete };
    let parts = in_parts(height, |rows| {
        let mut work = Work::new(height);
        rows.flat_map(|school| space.of_school(school, &mut work)).collect::<Vec<_>>()
    });
    Ok(parts.into_iter().flatten().collect())
}

fn check(features: &[Vec<f64>], weights: &[f64], k: usize, least_shared: usize) -> Result<usize> {
    let Some(first) = features.first() else { return Err(Error::Input("at least one feature is needed".to_owned())) };
    if k == 0 || least_shared == 0 {
        return Err(Error::Input("k and the number of shared features must be at least 1".to_owned()));
    }
    if weights.len() != features.len() || weights.iter().any(|weight| !(weight.is_finite() && *weight > 0.0)) {
        return Err(Error::Input(format!("a weight above 0 is needed for each of {} features", features.len())));
    }
    if features.iter().any(|column| column.len() != first.len()) {
        return Err(Error::Input("features must have the same number of rows".to_owned()));
    }
    if features.iter().flatten().any(|value| value.is_infinite()) {
        return Err(Error::Input("features must be finite".to_owned()));
    }
    Ok(first.len())
}

struct Space<'a> {
    features: &'a [Vec<f64>],
    weights: &'a [f64],
    k: usize,
    /// A whole number; a float because it is compared with sums of many pairs at once.
    least_shared: f64,
    height: usize,
    /// Whether no feature is missing anywhere.
    complete: bool,
}

/// Buffers of one thread, one entry per school.
struct Work {
    squares: Vec<f64>,
    shared_weight: Vec<f64>,
    shared: Vec<f64>,
    nearest: Vec<f64>,
    found: Vec<(f64, usize)>,
}

impl Work {
    fn new(height: usize) -> Self {
        Self {
            squares: vec![0.0; height],
            shared_weight: vec![0.0; height],
            shared: vec![0.0; height],
            nearest: Vec::new(),
            found: Vec::new(),
        }
    }
}

impl Space<'_> {
    fn of_school(&self, school: usize, work: &mut Work) -> Vec<Neighbour> {
        self.mean_squares(school, work);
        let Some(last) = self.last_square(work) else { return Vec::new() };
        // Everything that rounds to the last distance or to a smaller one.
        let reach = (last.sqrt() + 1.0 / SCALE).powi(2);
        work.found.clear();
        work.found.extend(
            work.squares
                .iter()
                .enumerate()
                .filter(|(_, square)| **square <= reach)
                .map(|(row, square)| ((square.sqrt() * SCALE).round() / SCALE, row)),
        );
        work.found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let end = work.found.get(self.k.saturating_sub(1)).zip(work.found.get(self.k));
        let tie_at_end = end.is_some_and(|(last, next)| last.0.total_cmp(&next.0).is_eq());
        let neighbour = |(at, (distance, row)): (usize, &(f64, usize))| Neighbour {
            school,
            neighbour: *row,
            rank: at + 1,
            distance: *distance,
            features: self.shared(school, *row),
            tie_at_end,
        };
        work.found.iter().take(self.k).enumerate().map(neighbour).collect()
    }

    /// Fills `squares` with the weighted mean of squared differences from one school; NaN where there is no comparison.
    fn mean_squares(&self, school: usize, work: &mut Work) {
        work.squares.fill(0.0);
        if self.complete {
            self.mean_squares_of_all(school, work);
        } else {
            self.mean_squares_of_shared(school, work);
        }
        if let Some(own) = work.squares.get_mut(school) {
            *own = f64::NAN;
        }
    }

    /// Without missing features nothing has to be counted.
    fn mean_squares_of_all(&self, school: usize, work: &mut Work) {
        let total: f64 = self.weights.iter().sum();
        // Block by block, so that the sums stay in the nearest memory while all features are added.
        for (block, squares) in work.squares.chunks_mut(BLOCK).enumerate() {
            for (column, weight) in self.features.iter().zip(self.weights) {
                let own = column.get(school).copied().unwrap_or(f64::NAN);
                let values = column.chunks(BLOCK).nth(block).unwrap_or_default();
                for (square, value) in squares.iter_mut().zip(values) {
                    let difference = value - own;
                    *square += weight * difference * difference;
                }
            }
        }
        work.squares.iter_mut().for_each(|square| *square /= total);
    }

    fn mean_squares_of_shared(&self, school: usize, work: &mut Work) {
        work.shared_weight.fill(0.0);
        work.shared.fill(0.0);
        let sums = work.squares.chunks_mut(BLOCK).zip(work.shared_weight.chunks_mut(BLOCK));
        for (block, ((squares, shared_weights), shared)) in sums.zip(work.shared.chunks_mut(BLOCK)).enumerate() {
            for (column, weight) in self.features.iter().zip(self.weights) {
                let own = column.get(school).copied().unwrap_or(f64::NAN);
                if own.is_nan() {
                    continue;
                }
                let values = column.chunks(BLOCK).nth(block).unwrap_or_default();
                let slots = squares.iter_mut().zip(shared_weights.iter_mut()).zip(shared.iter_mut());
                for (((square, shared_weight), shared), value) in slots.zip(values) {
                    let difference = value - own;
                    let there = !difference.is_nan();
                    *square += if there { weight * difference * difference } else { 0.0 };
                    *shared_weight += if there { *weight } else { 0.0 };
                    *shared += if there { 1.0 } else { 0.0 };
                }
            }
            for ((square, shared_weight), shared) in squares.iter_mut().zip(shared_weights).zip(shared) {
                *square = if *shared < self.least_shared { f64::NAN } else { *square / *shared_weight };
            }
        }
    }

    /// Number of features that two schools both have.
    fn shared(&self, school: usize, other: usize) -> usize {
        let there =
            |column: &&Vec<f64>| [school, other].iter().all(|row| column.get(*row).is_some_and(|v| !v.is_nan()));
        self.features.iter().filter(there).count()
    }

    /// The `k`-th smallest of the squares, or the largest where there are fewer; `None` where there is none.
    fn last_square(&self, work: &mut Work) -> Option<f64> {
        let (squares, nearest) = (&work.squares, &mut work.nearest);
        nearest.clear();
        let wanted = self.k.min(self.height);
        let room = 2 * wanted + 64;
        let mut limit = f64::INFINITY;
        for square in squares {
            // NaN is not below the limit.
            if *square < limit {
                nearest.push(*square);
                if nearest.len() >= room {
                    limit = smallest(nearest, wanted);
                }
            }
        }
        if nearest.len() > wanted {
            return Some(smallest(nearest, wanted));
        }
        nearest.iter().copied().max_by(f64::total_cmp)
    }
}

/// Keeps the `wanted` smallest values and returns the largest of them.
fn smallest(values: &mut Vec<f64>, wanted: usize) -> f64 {
    let (_, last, _) = values.select_nth_unstable_by(wanted.saturating_sub(1), f64::total_cmp);
    let last = *last;
    values.truncate(wanted);
    last
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(near: &[Neighbour]) -> Vec<(usize, usize, usize, f64)> {
        near.iter().map(|one| (one.school, one.neighbour, one.rank, one.distance)).collect()
    }

    #[test]
    fn distances_are_weighted_root_mean_squares() {
        let near = nearest(&[vec![0.0, 3.0], vec![0.0, 4.0]], &[1.0, 1.0], 5, 2).unwrap();
        assert_eq!(found(&near), [(0, 1, 1, 3.535_533_906), (1, 0, 1, 3.535_533_906)]);
        let near = nearest(&[vec![0.0, 3.0], vec![0.0, 4.0]], &[3.0, 1.0], 5, 2).unwrap();
        assert!(near.iter().all(|one| (one.distance - 3.278_719_262).abs() < 1e-12 && one.features == 2));
    }

    #[test]
    fn missing_features_are_left_out_of_the_pair() {
        let nan = f64::NAN;
        let features = [vec![0.0, 1.0, nan, nan], vec![0.0, nan, 2.0, nan]];
        let near = nearest(&features, &[1.0, 1.0], 3, 1).unwrap();
        assert_eq!(found(&near), [(0, 1, 1, 1.0), (0, 2, 2, 2.0), (1, 0, 1, 1.0), (2, 0, 1, 2.0)]);
        assert!(near.iter().all(|one| one.features == 1));
        assert!(nearest(&features, &[1.0, 1.0], 3, 2).unwrap().is_empty());
    }

    #[test]
    fn equal_distances_keep_the_order_of_rows_and_say_that_the_end_is_a_tie() {
        let near = nearest(&[vec![0.0, 1.0, -1.0, 1.0, 5.0]], &[1.0], 2, 1).unwrap();
        let of_first: Vec<_> = near.iter().filter(|one| one.school == 0).collect();
        assert_eq!(of_first.iter().map(|one| one.neighbour).collect::<Vec<_>>(), [1, 2]);
        assert!(of_first.iter().all(|one| one.tie_at_end));
        let near = nearest(&[vec![0.0, 1.0, -1.0, 1.0, 5.0]], &[1.0], 3, 1).unwrap();
        assert!(near.iter().filter(|one| one.school == 0).all(|one| !one.tie_at_end));
    }

    #[test]
    fn bad_arguments_are_refused() {
        assert!(nearest(&[], &[], 1, 1).is_err());
        for (weights, k, least) in [(vec![1.0], 0, 1), (vec![1.0], 1, 0), (vec![0.0], 1, 1), (vec![], 1, 1)] {
            assert!(nearest(&[vec![0.0, 1.0]], &weights, k, least).is_err());
        }
        assert!(nearest(&[vec![0.0], vec![0.0, 1.0]], &[1.0, 1.0], 1, 1).is_err());
        assert!(nearest(&[vec![0.0, f64::INFINITY]], &[1.0], 1, 1).is_err());
        assert_eq!(nearest(&[vec![]], &[1.0], 1, 1), Ok(vec![]));
        assert_eq!(nearest(&[vec![1.0]], &[1.0], 1, 1), Ok(vec![]));
    }

    #[test]
    fn many_schools_on_several_threads_equal_one_school_at_a_time() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from((state >> 60) as u32)
        };
        let features: Vec<Vec<f64>> = (0..3).map(|_| (0..2_000).map(|_| next()).collect()).collect();
        let space = Space {
            features: &features,
            weights: &[1.0, 2.0, 0.5],
            k: 7,
            least_shared: 3.0,
            height: 2_000,
            complete: true,
        };
        let mut work = Work::new(2_000);
        let alone: Vec<_> = (0..2_000).flat_map(|school| space.of_school(school, &mut work)).collect();
        assert_eq!(nearest(&features, &[1.0, 2.0, 0.5], 7, 3).unwrap(), alone);
        let space = Space { complete: false, ..space };
        let mut work = Work::new(2_000);
        let counted: Vec<_> = (0..2_000).flat_map(|school| space.of_school(school, &mut work)).collect();
        assert_eq!(counted, alone);
    }

    proptest! {
        #[test]
        fn equal_to_sorting_all_pairs(
            rows in prop::collection::vec((0..6i32, 0..6i32), 2..40), k in 1..8usize,
        ) {
            let features = [
                rows.iter().map(|row| f64::from(row.0)).collect::<Vec<_>>(),
                rows.iter().map(|row| f64::from(row.1)).collect::<Vec<_>>(),
            ];
            let near = nearest(&features, &[1.0, 1.0], k, 2).unwrap();
            for (school, own) in rows.iter().enumerate() {
                let mut others: Vec<(i32, usize)> = rows.iter().enumerate().filter(|(row, _)| *row != school)
                    .map(|(row, other)| ((own.0 - other.0).pow(2) + (own.1 - other.1).pow(2), row)).collect();
                others.sort_unstable();
                others.truncate(k);
                let got: Vec<_> = near.iter().filter(|one| one.school == school).map(|one| one.neighbour).collect();
                prop_assert_eq!(got, others.iter().map(|other| other.1).collect::<Vec<_>>());
            }
        }
    }
}
