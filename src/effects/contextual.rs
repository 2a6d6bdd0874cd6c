//! Shapes of prior attainment for contextual value added: powers and natural cubic splines.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How an outcome follows prior attainment. A shape is learned once and keeps its numbers, so that it can be applied again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PriorShape {
    /// Powers of the distance from `centre`, from 1 to `degree`.
    Powers {
        /// What is taken off before powers are raised.
        centre: f64,
        /// Highest power.
        degree: u32,
    },
    /// A natural cubic spline: straight beyond the outer knots.
    Spline {
        /// Rising knots, three or more.
        knots: Vec<f64>,
    },
}

impl PriorShape {
    /// Checks the shape.
    ///
    /// # Errors
    /// [`Error::Input`] for a degree outside 1 to 5, or fewer than three knots, or knots that do not rise.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Powers { centre, degree } if centre.is_finite() && (1..=5).contains(degree) => Ok(()),
            Self::Powers { degree, .. } => Err(Error::Input(format!("degree: 1 to 5 is needed, not {degree}"))),
            Self::Spline { knots } => {
                let rising = knots.windows(2).all(|pair| matches!(pair, [low, high] if low < high));
                if knots.len() >= 3 && rising && knots.iter().all(|knot| knot.is_finite()) {
                    return Ok(());
                }
                Err(Error::Input(format!("three or more knots that rise are needed, not {knots:?}")))
            }
        }
    }
}

/// The columns of a shape, the straight one first.
///
/// A spline with knots `t_1 .. t_K` has the columns `x` and, for `k = 1 .. K - 2`, with `p(u) = max(u, 0)^3`,
/// `(p(x - t_k) - p(x - t_{K-1}) (t_K - t_k) / (t_K - t_{K-1}) + p(x - t_K) (t_{K-1} - t_k) / (t_K - t_{K-1})) / (t_K - t_1)^2`.
///
/// # Errors
/// As [`PriorShape::check`].
///
/// ```
/// use schoolframe::effects::{PriorShape, prior_basis};
/// let powers = prior_basis(&[98.0, 104.0], &PriorShape::Powers { centre: 100.0, degree: 2 }).unwrap();
/// assert_eq!(powers, [vec![-2.0, 4.0], vec![4.0, 16.0]]);
/// ```
pub fn prior_basis(values: &[f64], shape: &PriorShape) -> Result<Vec<Vec<f64>>> {
    shape.check()?;
    match shape {
        PriorShape::Powers { centre, degree } => {
            let power = |power: u32| {
                let power = i32::try_from(power).unwrap_or(1);
                values.iter().map(|value| (value - centre).powi(power)).collect()
            };
            Ok((1..=*degree).map(power).collect())
        }
        PriorShape::Spline { knots } => {
            let [inner @ .., before, last] = knots.as_slice() else { return Ok(Vec::new()) };
            let first = inner.first().copied().unwrap_or(*before);
            let cube = |distance: f64| distance.max(0.0).powi(3);
            let (gap, span) = (last - before, (last - first).powi(2));
            let bend = |knot: &f64| {
                let own = |value: &f64| {
                    let drawn = cube(value - before) * (last - knot) - cube(value - last) * (before - knot);
                    (cube(value - knot) - drawn / gap) / span
                };
                values.iter().map(own).collect()
            };
            Ok(std::iter::once(values.to_vec()).chain(inner.iter().map(bend)).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splines_are_straight_outside_their_knots_and_smooth_at_them() {
        let shape = PriorShape::Spline { knots: vec![85.0, 95.0, 104.0, 110.0, 116.0] };
        let basis = |x: &[f64]| prior_basis(x, &shape).unwrap();
        assert_eq!(basis(&[100.0]).len(), 4);
        for column in basis(&[60.0, 70.0, 80.0]).iter().skip(1) {
            assert!(column.iter().all(|value| value.abs() < 1e-12));
        }
        for column in basis(&[120.0, 130.0, 140.0]) {
            assert!((column[0] - 2.0 * column[1] + column[2]).abs() < 1e-9, "{column:?}");
        }
        for column in basis(&[104.0 - 1e-4, 104.0, 104.0 + 1e-4]) {
            assert!((column[2] - 2.0 * column[1] + column[0]).abs() < 1e-7);
        }
    }

    #[test]
    fn shapes_that_cannot_be_are_refused() {
        assert!(PriorShape::Powers { centre: 0.0, degree: 0 }.check().is_err());
        assert!(PriorShape::Powers { centre: 0.0, degree: 6 }.check().is_err());
        assert!(PriorShape::Spline { knots: vec![1.0, 2.0] }.check().is_err());
        assert!(prior_basis(&[1.0], &PriorShape::Spline { knots: vec![1.0, 3.0, 2.0] }).is_err());
    }
}
