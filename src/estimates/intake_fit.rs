//! The regression behind estimates of schools: known sampling variances, one variance between schools.

use crate::effects::matrix::{Cholesky, Triangle, add_outer, dot, quadratic, zeros};
use crate::effects::search::{Least, Point, least};
use crate::effects::{ShrinkageMethod, count};
use crate::error::{Error, Result};

/// Share of a column's variance that must be its own.
const OWN: f64 = 1e-9;

/// Schools: rows of the design, outcomes, and the sampling variance of each outcome.
pub(super) struct Schools {
    /// Rows of the design, the first entry 1.
    pub rows: Vec<Vec<f64>>,
    /// Outcomes.
    pub outcome: Vec<f64>,
    /// Sampling variances, above 0.
    pub sampling: Vec<f64>,
}

/// What the regression learned.
pub(super) struct Regression {
    /// Variance between schools.
    pub tau2: f64,
    /// Coefficients.
    pub coefficients: Vec<f64>,
    /// Their covariance.
    pub covariance: Triangle,
    /// Outcome minus fitted value of each school.
    pub residuals: Vec<f64>,
}

impl Schools {
    /// Fits `outcome = row * b + u + e`, `var u = tau2`, `var e` the sampling variance, `b` weighted by `1 / (tau2 + v)`.
    ///
    /// # Errors
    /// [`Error::Input`] naming the first of `terms` that follows from those before it, for too few schools, or where no variance
    /// between schools can be found.
    pub fn fit(&self, method: ShrinkageMethod, terms: &[String]) -> Result<Regression> {
        let size = self.rows.first().map_or(0, Vec::len);
        if self.rows.len() <= size {
            return Err(Error::Input(format!(
                "intake: {} coefficients need more schools than that, and {} count",
                size,
                self.rows.len()
            )));
        }
        if let Err(at) = Cholesky::of(&self.products(|_| 1.0), OWN) {
            let name = terms.get(at).map_or("the intercept", String::as_str);
            return Err(Error::Input(format!("intake: '{name}' follows from the columns before it; leave one out")));
        }
        let tau2 = match method {
            ShrinkageMethod::Moments => self.moments(size),
            ShrinkageMethod::Reml => self.restricted(),
        };
        let tau2 = tau2.ok_or_else(|| {
            Error::Input("intake: no variance between schools can be found; the outcomes spread too far".to_owned())
        })?;
        let (factor, coefficients) = self.solve(tau2).ok_or_else(|| {
            Error::Input("intake: the coefficients cannot be worked out; the columns are too much alike".to_owned())
        })?;
        let residuals = self.residuals(&coefficients);
        Ok(Regression { tau2, covariance: inverse(&factor, size), coefficients, residuals })
    }

    fn products(&self, weight: impl Fn(f64) -> f64) -> Triangle {
        let mut sums = zeros(self.rows.first().map_or(0, Vec::len));
        for (row, sampling) in self.rows.iter().zip(&self.sampling) {
            add_outer(&mut sums, row, weight(*sampling));
        }
        sums
    }

    /// Factor of `X'WX` and the coefficients.
    fn solve(&self, tau2: f64) -> Option<(Cholesky, Vec<f64>)> {
        self.weighted(|sampling| 1.0 / (tau2 + sampling))
    }

    fn weighted(&self, weight: impl Fn(f64) -> f64) -> Option<(Cholesky, Vec<f64>)> {
        let factor = Cholesky::of(&self.products(&weight), 0.0).ok()?;
        let mut moments = vec![0.0; self.rows.first().map_or(0, Vec::len)];
        for ((row, outcome), sampling) in self.rows.iter().zip(&self.outcome).zip(&self.sampling) {
            let part = weight(*sampling) * outcome;
            for (sum, value) in moments.iter_mut().zip(row) {
                *sum += part * value;
            }
        }
        let coefficients = factor.backward(&factor.forward(&moments));
        Some((factor, coefficients))
    }

    fn residuals(&self, coefficients: &[f64]) -> Vec<f64> {
        self.rows.iter().zip(&self.outcome).map(|(row, outcome)| outcome - dot(row, coefficients)).collect()
    }

    /// Prasad and Rao: `(sum r^2 - sum v (1 - h)) / (J - p)`, `r` and the leverages `h` of ordinary least squares.
    fn moments(&self, size: usize) -> Option<f64> {
        let (factor, coefficients) = self.weighted(|_| 1.0)?;
        let inverse = inverse(&factor, size);
        let mut excess = 0.0;
        for ((row, residual), sampling) in self.rows.iter().zip(self.residuals(&coefficients)).zip(&self.sampling) {
            excess += residual * residual - sampling * (1.0 - quadratic(&inverse, row));
        }
        let free = count(self.rows.len() - size);
        Some((excess / free).max(0.0))
    }

    /// The `tau2` that makes `sum ln(tau2 + v) + ln |X'WX| + sum w r^2` least.
    fn restricted(&self) -> Option<f64> {
        let unit = self.sampling.iter().sum::<f64>() / count(self.sampling.len());
        let criterion = |ratio: f64| {
            let tau2 = ratio * unit;
            let (factor, coefficients) = self.solve(tau2)?;
            let (mut value, mut slope) = (factor.log_determinant(), 0.0);
            for (residual, sampling) in self.residuals(&coefficients).iter().zip(&self.sampling) {
                let weight = 1.0 / (tau2 + sampling);
                let distance = weight * residual * residual;
                value += (tau2 + sampling).ln() + distance;
                slope += weight - weight * distance;
            }
            slope -= factor.trace_of_inverse_times(&self.products(|sampling| (tau2 + sampling).powi(-2)));
            value.is_finite().then_some(Point { value, slope: slope * unit })
        };
        match least(criterion) {
            Some(Least::At(ratio)) => Some(ratio * unit),
            _ => None,
        }
    }
}

/// The inverse of the matrix whose factor is given.
fn inverse(factor: &Cholesky, size: usize) -> Triangle {
    let column = |at: usize| {
        let unit: Vec<f64> = (0..size).map(|row| f64::from(u8::from(row == at))).collect();
        factor.backward(&factor.forward(&unit)).into_iter().take(at + 1).collect()
    };
    (0..size).map(column).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn schools(given: &[(f64, f64, f64)]) -> Schools {
        Schools {
            rows: given.iter().map(|(x, _, _)| vec![1.0, *x]).collect(),
            outcome: given.iter().map(|(_, y, _)| *y).collect(),
            sampling: given.iter().map(|(_, _, v)| *v).collect(),
        }
    }

    #[test]
    fn a_column_that_follows_from_another_is_named() {
        let mut doubled = schools(&[(1.0, 2.0, 0.1), (2.0, 3.0, 0.1), (4.0, 3.0, 0.1), (5.0, 7.0, 0.1)]);
        for row in &mut doubled.rows {
            let twice = 2.0 * row[1];
            row.push(twice);
        }
        let names = ["intercept", "fsm", "fsm twice"].map(str::to_owned);
        let refused = doubled.fit(ShrinkageMethod::Reml, &names).err().unwrap().to_string();
        assert!(refused.contains("'fsm twice'"), "{refused}");
    }

    proptest! {
        #[test]
        fn the_likelihood_is_least_and_the_normal_equations_hold(
            given in prop::collection::vec((-2.0..2.0f64, -3.0..3.0f64, 0.05..1.0f64), 6..30)
        ) {
            let data = schools(&given);
            let names = ["intercept", "x"].map(str::to_owned);
            let Ok(found) = data.fit(ShrinkageMethod::Reml, &names) else { return Ok(()) };
            let value = |tau2: f64| {
                let (factor, coefficients) = data.solve(tau2).unwrap();
                let fit: f64 = data.residuals(&coefficients).iter().zip(&data.sampling)
                    .map(|(r, v)| (tau2 + v).ln() + r * r / (tau2 + v)).sum();
                fit + factor.log_determinant()
            };
            for factor in [0.0, 0.5, 0.9, 1.1, 2.0, 10.0] {
                prop_assert!(value(found.tau2) <= value(found.tau2 * factor) + 1e-9);
            }
            prop_assert!(value(found.tau2) <= value(found.tau2 + 0.1) + 1e-9);
            for column in 0..2 {
                let sum: f64 = data.rows.iter().zip(&found.residuals).zip(&data.sampling)
                    .map(|((row, r), v)| row[column] * r / (found.tau2 + v)).sum();
                prop_assert!(sum.abs() < 1e-6, "{}", sum);
            }
        }
    }
}
