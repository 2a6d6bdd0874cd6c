//! The likelihood of a random-intercept model as a function of one number, the ratio of its two variances.

use super::matrix::{Cholesky, Triangle, add_outer, quadratic, zeros};
use super::model::Likelihood;
use super::moments::{Moments, count};
use super::search::{Least, Point, least};
use crate::error::{Error, Result};

/// A standardised column counts as a combination of earlier ones if less than this share of its variance is its own.
pub(crate) const ALIASED: f64 = 1e-9;
/// Ratio of variances at which schools differ so much that nothing is left to differ within them.
const FARTHEST: f64 = 1e8;

/// A fitted model in the units of the standardised columns.
pub(super) struct Solution {
    /// Variance between schools over variance within schools.
    pub ratio: f64,
    /// Variance within schools.
    pub within: f64,
    /// Coefficients, the intercept first.
    pub coefficients: Vec<f64>,
    /// Factor of the information of the coefficients, for a variance within schools of 1.
    pub information: Cholesky,
    /// Logarithm of the (restricted) likelihood.
    pub log_likelihood: f64,
}

/// Refuses designs that leave a coefficient or a variance undetermined, and names what is to blame.
pub(super) fn check(moments: &Moments, names: &[&str]) -> Result<()> {
    let present = moments.sizes.iter().filter(|size| **size > 0.0).count();
    if present < 2 {
        return Err(Error::Input(format!("a model with a variance between schools needs 2 schools, not {present}")));
    }
    if moments.sizes.iter().all(|size| *size <= 1.0) {
        return Err(Error::Input(
            "every school has a single pupil, so the variances between and within schools cannot be told apart".into(),
        ));
    }
    for (name, spread) in names.iter().zip(&moments.scale).skip(1) {
        if *spread <= 0.0 {
            return Err(Error::Input(format!("'{name}' has the same value in every row that counts")));
        }
    }
    let coefficients = moments.width - 1;
    if moments.rows <= coefficients {
        let pupils = moments.rows;
        return Err(Error::Input(format!("{coefficients} coefficients cannot be told from {pupils} pupils")));
    }
    let total = moments.total();
    if let Err(at) = Cholesky::of(&total, ALIASED) {
        return Err(Error::Input(aliased(&total, at, names)));
    }
    let constant = |row: &Vec<f64>| row.last().is_some_and(|own| *own <= ALIASED * count(moments.rows));
    let school_level = moments.within.iter().take(coefficients).filter(|row| constant(row)).count();
    if school_level >= present {
        return Err(Error::Input(format!(
            "{school_level} coefficients that do not vary within schools, the intercept among them, cannot be told from \
             {present} schools"
        )));
    }
    Ok(())
}

/// What to say of the first column that follows from the columns before it.
pub(crate) fn aliased(total: &Triangle, at: usize, names: &[&str]) -> String {
    let name = names.get(at).copied().unwrap_or_default();
    let earlier: Triangle = total.iter().take(at).cloned().collect();
    let target = total.get(at).cloned().unwrap_or_default();
    let weights = Cholesky::of(&earlier, 0.0).map(|factor| factor.backward(&factor.forward(&target)));
    let from: Vec<String> = weights
        .unwrap_or_default()
        .iter()
        .zip(names)
        .filter(|(weight, name)| weight.abs() > 1e-4 && **name != INTERCEPT)
        .map(|(_, name)| format!("'{name}'"))
        .collect();
    let listed = from.join(", ");
    if at + 1 == names.len() {
        return format!("the outcome '{name}' follows without error from {listed}: there is nothing to estimate");
    }
    format!("'{name}' follows from {listed}, so their coefficients cannot be told apart; leave one of them out")
}

/// Name of the constant term.
pub(crate) const INTERCEPT: &str = "intercept";

/// Finds the ratio of variances with the greatest likelihood, and what follows from it.
pub(super) fn solve(moments: &Moments, method: Likelihood) -> Result<Solution> {
    let nothing_within = || {
        Error::Input(
            "the outcome has no spread within schools that the covariates do not explain, so its variances cannot be \
             told apart"
                .to_owned(),
        )
    };
    let unsolved =
        || Error::Input("the equations of the model cannot be solved: the covariates are too alike".to_owned());
    let farthest = Profile::at(moments, FARTHEST, method).ok_or_else(nothing_within)?;
    if farthest.remainder <= 1e-12 * count(moments.rows) {
        return Err(nothing_within());
    }
    let criterion = |ratio: f64| Profile::at(moments, ratio, method).map(|profile| profile.point);
    let ratio = match least(criterion).ok_or_else(unsolved)? {
        Least::At(ratio) => ratio,
        Least::Beyond => return Err(nothing_within()),
    };
    let profile = Profile::at(moments, ratio, method).ok_or_else(unsolved)?;
    Ok(profile.solution(moments, ratio, method))
}

/// The likelihood at one ratio of variances.
///
/// With `a_j = n_j / (1 + n_j * ratio)` and the columns `z = (1, x, y)`, everything follows from the factor of
/// `S = W + sum_j a_j * mean_j(z) * mean_j(z)'`, `W` being the products within schools.
struct Profile {
    point: Point,
    factor: Cholesky,
    coefficients: Vec<f64>,
    remainder: f64,
    log_spread: f64,
}

impl Profile {
    fn at(moments: &Moments, ratio: f64, method: Likelihood) -> Option<Self> {
        let mut system = moments.within.clone();
        let mut change = zeros(moments.width);
        let (mut log_spread, mut slope) = (0.0, 0.0);
        for (size, means) in moments.schools() {
            let grown = 1.0 + size * ratio;
            let weight = size / grown;
            add_outer(&mut system, means, weight);
            add_outer(&mut change, means, weight * weight);
            log_spread += grown.ln();
            slope += weight;
        }
        let (factor, mut last) = Cholesky::of(&system, 0.0).ok()?.split_last();
        let remainder = last.pop()?.powi(2);
        let coefficients = factor.backward(&last);
        let free = degrees(moments, method);
        let mut residual: Vec<f64> = coefficients.iter().map(|value| -value).collect();
        residual.push(1.0);
        // The remainder is least in the coefficients, so only its own change with the ratio counts.
        slope -= free * quadratic(&change, &residual) / remainder;
        let mut value = free * (remainder / free).ln() + log_spread;
        if method == Likelihood::Reml {
            value += factor.log_determinant();
            slope -= factor.trace_of_inverse_times(&change);
        }
        let point = Point { value, slope };
        point.value.is_finite().then_some(Self { point, factor, coefficients, remainder, log_spread })
    }

    fn solution(self, moments: &Moments, ratio: f64, method: Likelihood) -> Solution {
        let free = degrees(moments, method);
        let outcome = moments.scale.last().copied().unwrap_or(1.0);
        let scales = moments.scale.iter().take(moments.width - 1);
        let mut twice = free * (1.0 + (std::f64::consts::TAU * self.remainder / free * outcome.powi(2)).ln());
        twice += self.log_spread;
        if method == Likelihood::Reml {
            twice += self.factor.log_determinant() + scales.map(|scale| 2.0 * scale.ln()).sum::<f64>();
        }
        Solution {
            ratio,
            within: self.remainder / free,
            coefficients: self.coefficients,
            information: self.factor,
            log_likelihood: -0.5 * twice,
        }
    }
}

fn degrees(moments: &Moments, method: Likelihood) -> f64 {
    match method {
        Likelihood::Reml => count(moments.rows) - count(moments.width - 1),
        Likelihood::Ml => count(moments.rows),
    }
}
