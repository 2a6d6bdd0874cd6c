//! Coefficients, variances and effects of schools by likelihood or by the method of moments, for what is built on them.

use serde::{Deserialize, Serialize};

use super::fit::{INTERCEPT, check};
use super::matrix::{Cholesky, dot, quadratic};
use super::model::{Likelihood, ModelSettings, Pupils, RandomIntercept, natural_units};
use super::moments::{Covariate, Moments, count};
use crate::error::{Error, Result};

/// How the variances between and within schools are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchoolMethod {
    /// Restricted likelihood.
    #[default]
    Reml,
    /// Full likelihood.
    Ml,
    /// Moments of the residuals of ordinary least squares.
    Moments,
}

/// What a fit says of a school.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FittedSchool {
    /// Pupils.
    pub n: u64,
    /// Mean of outcome minus prediction from the covariates.
    pub mean_residual: f64,
    /// The mean residual shrunk towards 0.
    pub effect: f64,
}

/// Coefficients, variances and schools. It is a step towards something else: schools of any size have their figures.
#[derive(Debug, Clone, PartialEq)]
pub struct SchoolFit {
    /// Coefficients, the intercept first. The intercept is that of a school whose effect is 0, the mean of schools.
    pub coefficients: Vec<f64>,
    /// Covariances of the coefficients, lower triangle by row.
    pub covariance: Vec<Vec<f64>>,
    /// Variance between schools.
    pub between: f64,
    /// Variance within schools.
    pub within: f64,
    /// Schools in the order of their numbers.
    pub schools: Vec<FittedSchool>,
}

/// The mean residual of a school of `n` pupils drawn towards `mean` by `between / (between + within / n)`.
pub(super) fn drawn_in(residual: f64, n: f64, mean: f64, between: f64, within: f64) -> f64 {
    let reliability = between / (between + within / n);
    mean + reliability * (residual - mean)
}

impl SchoolFit {
    /// Fits pupils in schools.
    ///
    /// By likelihood as [`RandomIntercept::fit`]. By moments, with `r` the residuals of ordinary least squares and `rbar_j`
    /// their mean in school j: `within` is the pooled variance of `r` within schools (divisor pupils minus schools),
    /// `between = max(0, var(rbar_j) - mean_j(within / n_j))` (the variance with schools minus 1), and
    /// `effect_j = B_j (rbar_j - rbar)`, `B_j = between / (between + within / n_j)`; the mean `rbar` of schools is added to
    /// the intercept. Errors of coefficients allow for the schools: `A (within X'X + between sum_j n_j^2 xbar_j xbar_j') A`,
    /// `A = (X'X)^-1`.
    ///
    /// # Errors
    /// As [`RandomIntercept::fit`].
    ///
    /// ```
    /// use schoolframe::effects::{Pupils, SchoolFit, SchoolMethod};
    /// let outcome = [1.0, 3.0, 4.0, 6.0, 7.0, 9.0];
    /// let schools = ["Ash", "Birch", "Cedar"].map(String::from).to_vec();
    /// let pupils =
    ///     Pupils { outcome_name: "y".into(), outcome: &outcome, terms: vec![], school: &[0, 0, 1, 1, 2, 2], schools };
    /// let fit = SchoolFit::of(&pupils, SchoolMethod::Moments).unwrap();
    /// assert!((fit.within - 2.0).abs() < 1e-12 && (fit.between - 8.0).abs() < 1e-12);
    /// assert!((fit.schools[2].effect - 8.0 / 9.0 * 3.0).abs() < 1e-12);
    /// ```
    pub fn of(pupils: &Pupils, method: SchoolMethod) -> Result<Self> {
        let method = match method {
            SchoolMethod::Moments => return Self::by_moments(pupils),
            SchoolMethod::Reml => Likelihood::Reml,
            SchoolMethod::Ml => Likelihood::Ml,
        };
        let settings = ModelSettings { method, min_group: 0, ..ModelSettings::default() };
        let model = RandomIntercept::fit(pupils, &settings)?;
        let school = |one: &super::SchoolEffect| {
            let figures = one.figures.map(|figures| (figures.mean_residual, figures.effect));
            let (mean_residual, effect) = figures.unwrap_or_default();
            FittedSchool { n: one.n, mean_residual, effect }
        };
        Ok(Self {
            coefficients: model.coefficients.iter().map(|one| one.estimate).collect(),
            covariance: model.covariance,
            between: model.between,
            within: model.within,
            schools: model.effects.iter().map(school).collect(),
        })
    }

    fn by_moments(pupils: &Pupils) -> Result<Self> {
        let names = || std::iter::once(INTERCEPT).chain(pupils.terms.iter().map(|term| term.name.as_str()));
        let names: Vec<&str> = names().chain([pupils.outcome_name.as_str()]).collect();
        let outcome = (pupils.outcome_name.as_str(), Covariate::Numbers(pupils.outcome));
        let columns: Vec<(&str, Covariate)> =
            pupils.terms.iter().map(|term| (term.name.as_str(), term.values)).chain([outcome]).collect();
        let moments = Moments::of(&columns, pupils.school, pupils.schools.len())?;
        check(&moments, &names)?;
        let unsolved =
            |_| Error::Input("the equations of the model cannot be solved: the covariates are too alike".to_owned());
        let (factor, mut last) = Cholesky::of(&moments.total(), 0.0).map_err(unsolved)?.split_last();
        last.pop();
        let standard = factor.backward(&last);
        let mut residual: Vec<f64> = standard.iter().map(|value| -value).collect();
        residual.push(1.0);
        let number = count(moments.sizes.len());
        let within = quadratic(&moments.within, &residual) / (count(moments.rows) - number);
        if within <= 1e-12 {
            return Err(Error::Input(
                "the outcome has no spread within schools that the covariates do not explain".to_owned(),
            ));
        }
        let means: Vec<(f64, f64)> = moments.schools().map(|(size, means)| (size, dot(&residual, means))).collect();
        let mean = means.iter().map(|(_, own)| own).sum::<f64>() / number;
        let variance = means.iter().map(|(_, own)| (own - mean).powi(2)).sum::<f64>() / (number - 1.0);
        let sampling = means.iter().map(|(size, _)| within / size).sum::<f64>() / number;
        let between = (variance - sampling).max(0.0);

        let scale = moments.scale.last().copied().unwrap_or(1.0);
        let centre = moments.centre.last().copied().unwrap_or_default();
        let turned = natural_units(&moments);
        let mut coefficients: Vec<f64> = turned.iter().map(|row| scale * dot(row, &standard)).collect();
        if let Some(intercept) = coefficients.first_mut() {
            *intercept += centre + scale * mean;
        }
        let halves: Vec<Vec<f64>> = turned.iter().map(|row| factor.forward(row)).collect();
        let solved: Vec<Vec<f64>> = halves.iter().map(|half| factor.backward(half)).collect();
        let between_part = |a: &[f64], b: &[f64]| {
            moments.schools().map(|(size, means)| size * size * dot(a, means) * dot(b, means)).sum::<f64>()
        };
        let cell = |row: usize, column: usize| -> Option<f64> {
            let own = within * dot(halves.get(row)?, halves.get(column)?);
            Some(scale.powi(2) * (own + between * between_part(solved.get(row)?, solved.get(column)?)))
        };
        let covariance =
            (0..turned.len()).map(|row| (0..=row).filter_map(|column| cell(row, column)).collect()).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of pupils")]
        let school = |(size, own): &(f64, f64)| {
            let effect = drawn_in(own - mean, *size, 0.0, between, within);
            FittedSchool { n: *size as u64, mean_residual: scale * (own - mean), effect: scale * effect }
        };
        let schools = means.iter().map(school).collect();
        Ok(Self { coefficients, covariance, between: between * scale.powi(2), within: within * scale.powi(2), schools })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::effects::Term;

    /// Worked examples from published Progress 8 scores of 2018/19: mean -0.0144, tau2 0.2114, sd 1.2827.
    #[test]
    fn published_scores_are_drawn_in_as_worked_by_hand() {
        let (mean, between, within) = (-0.0144, 0.2114, 1.2827_f64.powi(2));
        for (score, n, reliability, expected) in
            [(0.60, 40.0, 0.8371, 0.4999), (0.60, 180.0, 0.9586, 0.5745), (-0.80, 25.0, 0.7626, -0.6135)]
        {
            let found = drawn_in(score, n, mean, between, within);
            assert!((found - expected).abs() < 6e-5, "{found}");
            assert!((((found - mean) / (score - mean)) - reliability).abs() < 6e-5);
        }
    }

    proptest! {
        // In equal schools without covariates moments and restricted likelihood are one.
        #[test]
        fn equal_schools_give_what_the_restricted_likelihood_gives(
            noise in prop::collection::vec(-1.0..1.0f64, 60), level in prop::collection::vec(-1.0..1.0f64, 12),
        ) {
            let outcome: Vec<f64> =
                noise.chunks(5).zip(&level).flat_map(|(part, own)| part.iter().map(move |e| 50.0 + own + e)).collect();
            let school: Vec<u32> = (0..60).map(|row| row / 5).collect();
            let schools: Vec<String> = (0..12).map(|number| number.to_string()).collect();
            let pupils = Pupils { outcome_name: "y".into(), outcome: &outcome, terms: vec![], school: &school, schools };
            let moments = SchoolFit::of(&pupils, SchoolMethod::Moments).unwrap();
            let likelihood = SchoolFit::of(&pupils, SchoolMethod::Reml).unwrap();
            let near = |a: f64, b: f64| (a - b).abs() < 1e-6 * (1.0 + b.abs());
            if likelihood.between > 1e-6 {
                prop_assert!(near(moments.between, likelihood.between) && near(moments.within, likelihood.within));
                prop_assert!(near(moments.covariance[0][0], likelihood.covariance[0][0]));
                for (a, b) in moments.schools.iter().zip(&likelihood.schools) {
                    prop_assert!(near(a.effect, b.effect) && near(a.mean_residual, b.mean_residual));
                }
            } else {
                prop_assert!(moments.between < 1e-6);
            }
        }

        // A covariate that says nothing changes nothing but by what it takes up; its error is that of least squares.
        #[test]
        fn effects_are_centred_on_the_mean_school(noise in prop::collection::vec(-1.0..1.0f64, 60)) {
            let school: Vec<u32> = (0..60).map(|row| [0, 0, 0, 1, 1, 2][row % 6]).collect();
            let prior: Vec<f64> = (0..60_u32).map(|row| f64::from(row * 7 % 23)).collect();
            let outcome: Vec<f64> = noise.iter().zip(&prior).zip(&school).map(|((e, x), s)| e + 0.5 * x + f64::from(*s)).collect();
            let schools = ["a", "b", "c"].map(String::from).to_vec();
            let terms = vec![Term::numbers("x", &prior)];
            let pupils = Pupils { outcome_name: "y".into(), outcome: &outcome, terms, school: &school, schools };
            let fit = SchoolFit::of(&pupils, SchoolMethod::Moments).unwrap();
            prop_assert!(fit.schools.iter().map(|school| school.mean_residual).sum::<f64>().abs() < 1e-9);
            prop_assert!(fit.covariance[1][1] > 0.0);
        }
    }
}
