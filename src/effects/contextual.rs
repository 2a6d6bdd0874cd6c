//! Contextual value added: shapes of prior attainment and the intake of schools, to be put beside the context of pupils in a
//! random-intercept model. The school's effect plus a centre is its contextual value added.
//!
//! ```
//! use schoolframe::effects::{
//!     Covariate, ModelSettings, PriorShape, Pupils, RandomIntercept, Term, prior_basis, school_intake,
//! };
//! let school: Vec<u32> = (0..80).map(|row| row / 10).collect();
//! let prior: Vec<f64> = (0..80_u32).map(|row| 90.0 + f64::from((7 * row) % 23)).collect();
//! let fsm: Vec<u32> = (0..80).map(|row| u32::from(row % 4 == 0)).collect();
//! let outcome: Vec<f64> = prior
//!     .iter()
//!     .zip(&fsm)
//!     .zip(&school)
//!     .enumerate()
//!     .map(|(row, ((prior, fsm), school))| {
//!         0.5 * prior - 3.0 * f64::from(*fsm) + f64::from(school % 3) + f64::from(row as u32 * 5 % 7)
//!     })
//!     .collect();
//! let shape = prior_basis(&prior, &PriorShape::Powers { centre: 100.0, degree: 2 }).unwrap();
//! let (mean, spread) = school_intake(&prior, &school, 8).unwrap();
//! let level = Some(("yes".to_owned(), "no".to_owned()));
//! let fsm = Term { name: "fsm: yes".into(), column: "fsm".into(), level, values: Covariate::Level { codes: &fsm, level: 1 } };
//! let pupils = Pupils {
//!     outcome_name: "outcome".into(),
//!     outcome: &outcome,
//!     terms: vec![
//!         Term::numbers("prior", &shape[0]),
//!         Term::numbers("prior^2", &shape[1]),
//!         fsm,
//!         Term::numbers("school mean", &mean),
//!         Term::numbers("school spread", &spread),
//!     ],
//!     school: &school,
//!     schools: (1..=8).map(|number| format!("School {number}")).collect(),
//! };
//! let model = RandomIntercept::fit(&pupils, &ModelSettings::default()).unwrap();
//! let first = model.effects[0].figures.unwrap();
//! let (value_added, half) = (1000.0 + first.effect, 1.96 * first.se);
//! assert!((990.0..1010.0).contains(&value_added) && half >= 0.0);
//! assert!((model.coefficients[3].estimate + 3.0).abs() < 1.0);
//! ```

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

/// Mean and standard deviation (`n - 1`) of prior attainment in each pupil's school, one value for each pupil.
///
/// # Errors
/// [`Error::Input`] for columns of different length, a school beyond `schools`, or a school of a single pupil, which has no
/// spread.
///
/// ```
/// use schoolframe::effects::school_intake;
/// let (mean, spread) = school_intake(&[98.0, 102.0, 100.0, 104.0], &[0, 0, 1, 1], 2).unwrap();
/// assert_eq!(mean, [100.0, 100.0, 102.0, 102.0]);
/// assert!((spread[0] - 8_f64.sqrt()).abs() < 1e-12);
/// ```
pub fn school_intake(values: &[f64], school: &[u32], schools: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    if values.len() != school.len() {
        return Err(Error::Input(format!("{} values were given for {} pupils", values.len(), school.len())));
    }
    let beyond = |code: u32| Error::Input(format!("school {code}: numbers of schools must lie below {schools}"));
    let mut sums = vec![(0.0, 0.0, 0.0); schools];
    for (value, code) in values.iter().zip(school) {
        let (size, sum, _) = sums.get_mut(*code as usize).ok_or_else(|| beyond(*code))?;
        *size += 1.0;
        *sum += value;
    }
    for (value, code) in values.iter().zip(school) {
        let (size, sum, squares) = sums.get_mut(*code as usize).ok_or_else(|| beyond(*code))?;
        *squares += (value - *sum / *size).powi(2);
    }
    let (mut means, mut spreads) = (Vec::with_capacity(values.len()), Vec::with_capacity(values.len()));
    for code in school {
        let (size, sum, squares) = *sums.get(*code as usize).ok_or_else(|| beyond(*code))?;
        if size < 2.0 {
            return Err(Error::Input(format!(
                "school {code} has a single pupil, whose prior attainment has no spread"
            )));
        }
        means.push(sum / size);
        spreads.push((squares / (size - 1.0)).sqrt());
    }
    Ok((means, spreads))
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
    fn intakes_that_cannot_be_are_refused() {
        assert!(school_intake(&[1.0], &[0, 0], 1).unwrap_err().to_string().starts_with("1 values were given for 2"));
        assert!(school_intake(&[1.0, 2.0], &[0, 5], 2).unwrap_err().to_string().contains("must lie below 2"));
        assert!(
            school_intake(&[1.0, 2.0], &[0, 1], 2).unwrap_err().to_string().contains("school 0 has a single pupil")
        );
    }

    #[test]
    fn shapes_that_cannot_be_are_refused() {
        assert!(PriorShape::Powers { centre: 0.0, degree: 0 }.check().is_err());
        assert!(PriorShape::Powers { centre: 0.0, degree: 6 }.check().is_err());
        assert!(PriorShape::Spline { knots: vec![1.0, 2.0] }.check().is_err());
        assert!(prior_basis(&[1.0], &PriorShape::Spline { knots: vec![1.0, 3.0, 2.0] }).is_err());
    }
}
