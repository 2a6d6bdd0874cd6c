//! A random-intercept model: pupils in schools, one variance between schools and one within.

use serde::{Deserialize, Serialize};

use super::fit::{INTERCEPT, Solution, check, solve};
use super::matrix::dot;
use super::moments::{Covariate, Moments};
use super::{Estimate, check_confidence};
use crate::error::{Error, Result};

/// Which likelihood is made greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// The restricted likelihood, which allows for the coefficients that were estimated too.
    #[default]
    Reml,
    /// The full likelihood.
    Ml,
}

/// A covariate with its name and, for a level of a column of words, what it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Term<'a> {
    /// Name in results.
    pub name: String,
    /// Column the term comes from.
    pub column: String,
    /// Level and reference level, for a column of words.
    pub level: Option<(String, String)>,
    /// Values.
    pub values: Covariate<'a>,
}

impl<'a> Term<'a> {
    /// A column of numbers.
    #[must_use]
    pub fn numbers(name: &str, values: &'a [f64]) -> Self {
        Self { name: name.to_owned(), column: name.to_owned(), level: None, values: Covariate::Numbers(values) }
    }
}

/// Pupils with their schools, complete: rows with a missing value are left out before.
#[derive(Debug, Clone, PartialEq)]
pub struct Pupils<'a> {
    /// Name of the outcome.
    pub outcome_name: String,
    /// Outcome of every pupil.
    pub outcome: &'a [f64],
    /// Covariates; the intercept is always there beside them.
    pub terms: Vec<Term<'a>>,
    /// School of every pupil, a number that counts from 0 into `schools`.
    pub school: &'a [u32],
    /// Names of the schools.
    pub schools: Vec<String>,
}

/// Settings of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSettings {
    /// Which likelihood is made greatest.
    pub method: Likelihood,
    /// Level of the intervals.
    pub confidence: f64,
    /// Fewest pupils a school must have for its effect to be shown; smaller schools count in the fit all the same.
    pub min_group: u64,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self { method: Likelihood::Reml, confidence: 0.95, min_group: 6 }
    }
}

/// A coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficient {
    /// Name.
    pub term: String,
    /// Column it belongs to; the intercept belongs to none.
    pub column: Option<String>,
    /// Level, for a column of words.
    pub level: Option<String>,
    /// The level that the coefficient compares with.
    pub reference: Option<String>,
    /// Estimate.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
}

/// What a model says of a school.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolEffect {
    /// The school.
    pub school: String,
    /// Pupils.
    pub n: u64,
    /// Figures; `None` for a school with too few pupils to be shown, and for one that is not shown to protect it.
    pub figures: Option<EffectFigures>,
}

impl SchoolEffect {
    /// `ok`, `below_minimum` for a school of fewer than `min_group` pupils, or `complementary` for a larger one that is
    /// not shown because the smaller ones could be worked out beside it.
    ///
    /// ```
    /// use schoolframe::effects::SchoolEffect;
    /// let hidden = |n| SchoolEffect { school: "Ash".into(), n, figures: None };
    /// assert_eq!(hidden(5).status(6), "below_minimum");
    /// assert_eq!(hidden(6).status(6), "complementary");
    /// ```
    #[must_use]
    pub const fn status(&self, min_group: u64) -> &'static str {
        match self.figures {
            Some(_) => "ok",
            None if self.n < min_group => "below_minimum",
            None => "complementary",
        }
    }
}

/// The figures of a school.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectFigures {
    /// Mean of outcome minus prediction from the covariates.
    pub mean_residual: f64,
    /// The mean residual shrunk towards 0: the best linear unbiased prediction of the school's effect.
    pub effect: f64,
    /// Standard deviation of the school's effect given the data, the coefficients and variances taken as known.
    pub se: f64,
    /// Share of the mean residual that is kept.
    pub reliability: f64,
}

/// A fitted model. It holds figures of schools and of the whole, none of pupils.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomIntercept {
    /// Version of this format.
    pub format: u32,
    /// Which likelihood was made greatest.
    pub method: Likelihood,
    /// Name of the outcome.
    pub outcome: String,
    /// Level of the intervals.
    pub confidence: f64,
    /// Fewest pupils a school must have to be shown.
    pub min_group: u64,
    /// Pupils the model was fitted on.
    pub pupils: u64,
    /// Coefficients, the intercept first.
    pub coefficients: Vec<Coefficient>,
    /// Covariances of the coefficients, lower triangle by row.
    pub covariance: Vec<Vec<f64>>,
    /// Variance between schools.
    pub between: f64,
    /// Variance within schools.
    pub within: f64,
    /// Logarithm of the likelihood, or of the restricted likelihood.
    pub log_likelihood: f64,
    /// Schools in the order they were given.
    pub effects: Vec<SchoolEffect>,
}

impl RandomIntercept {
    /// Format version that this crate writes and reads.
    pub const FORMAT: u32 = 1;

    /// Fits `y_ij = x_ij' b + u_j + e_ij`, `u_j ~ N(0, between)`, `e_ij ~ N(0, within)`.
    ///
    /// The (restricted) likelihood is a function of `between / within` alone; its greatest value is looked for from 0 on,
    /// so that schools which do not differ give `between = 0`. The school's effect is
    /// `u_j = reliability_j * mean_residual_j`, `reliability_j = between / (between + within / n_j)`, its standard
    /// deviation `sqrt(between * (1 - reliability_j))`: given the coefficients, as lme4's `condVar` has it.
    ///
    /// # Errors
    /// [`Error::Input`] for values that are not finite, columns of different length, fewer than two schools, schools of a
    /// single pupil only, covariates that do not vary or follow from others, or an outcome without spread within schools.
    ///
    /// ```
    /// use schoolframe::effects::{ModelSettings, Pupils, RandomIntercept, Term};
    /// let prior = [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0];
    /// let outcome = [2.1, 2.9, 4.0, 5.2, 0.8, 2.1, 3.2, 3.9, 4.1, 4.8, 6.1, 7.2];
    /// let pupils = Pupils {
    ///     outcome_name: "outcome".into(),
    ///     outcome: &outcome,
    ///     terms: vec![Term::numbers("prior", &prior)],
    ///     school: &[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2],
    ///     schools: ["Ash", "Birch", "Cedar"].map(String::from).to_vec(),
    /// };
    /// let settings = ModelSettings { min_group: 4, ..ModelSettings::default() };
    /// let model = RandomIntercept::fit(&pupils, &settings).unwrap();
    /// assert!((model.coefficients[1].estimate - 1.0467).abs() < 1e-4);
    /// assert!(model.between > 10.0 * model.within);
    /// ```
    pub fn fit(pupils: &Pupils, settings: &ModelSettings) -> Result<Self> {
        check_confidence(settings.confidence)?;
        let names = || std::iter::once(INTERCEPT).chain(pupils.terms.iter().map(|term| term.name.as_str()));
        let names: Vec<&str> = names().chain([pupils.outcome_name.as_str()]).collect();
        let outcome = (pupils.outcome_name.as_str(), Covariate::Numbers(pupils.outcome));
        let columns: Vec<(&str, Covariate)> =
            pupils.terms.iter().map(|term| (term.name.as_str(), term.values)).chain([outcome]).collect();
        let moments = Moments::of(&columns, pupils.school, pupils.schools.len())?;
        check(&moments, &names)?;
        let solution = solve(&moments, settings.method)?;
        Ok(Self::described(pupils, settings, &moments, &solution))
    }

    fn described(pupils: &Pupils, settings: &ModelSettings, moments: &Moments, solution: &Solution) -> Self {
        let spread = moments.scale.last().copied().unwrap_or(1.0);
        let within = solution.within * spread.powi(2);
        let between = solution.ratio * within;
        let (estimates, covariance) = unscaled(moments, solution, within);
        let variance =
            |at: usize| covariance.get(at).and_then(|row: &Vec<f64>| row.last()).copied().unwrap_or_default();
        let mut terms = vec![(INTERCEPT.to_owned(), None, None, None)];
        for term in &pupils.terms {
            let (level, reference) = term.level.clone().unzip();
            terms.push((term.name.clone(), Some(term.column.clone()), level, reference));
        }
        let coefficients = terms
            .into_iter()
            .zip(estimates)
            .enumerate()
            .map(|(at, ((term, column, level, reference), estimate))| {
                let se = variance(at).sqrt();
                Coefficient { term, column, level, reference, estimate, se }
            })
            .collect();
        let mut effects: Vec<SchoolEffect> = pupils
            .schools
            .iter()
            .zip(moments.schools())
            .map(|(school, (size, means))| {
                let fitted = dot(&solution.coefficients, means);
                let outcome = means.last().copied().unwrap_or_default();
                let mean_residual = spread * (outcome - fitted);
                let reliability = solution.ratio * size / (1.0 + solution.ratio * size);
                let figures = EffectFigures {
                    mean_residual,
                    effect: reliability * mean_residual + 0.0,
                    se: (between * (1.0 - reliability)).sqrt(),
                    reliability,
                };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of pupils")]
                let n = size as u64;
                SchoolEffect { school: school.clone(), n, figures: (n >= settings.min_group).then_some(figures) }
            })
            .collect();
        protect(&mut effects, settings.min_group);
        Self {
            format: Self::FORMAT,
            method: settings.method,
            outcome: pupils.outcome_name.clone(),
            confidence: settings.confidence,
            min_group: settings.min_group,
            pupils: moments.rows as u64,
            coefficients,
            covariance,
            between,
            within,
            log_likelihood: solution.log_likelihood,
            effects,
        }
    }

    /// Share of the variance that lies between schools: the intra-class correlation.
    #[must_use]
    pub fn intraclass_correlation(&self) -> f64 {
        self.between / (self.between + self.within)
    }

    /// The coefficients with test and interval, in order.
    pub fn estimates(&self) -> impl Iterator<Item = (&str, Estimate)> {
        let level = self.confidence;
        self.coefficients.iter().map(move |one| (one.term.as_str(), Estimate::new(one.estimate, one.se, level)))
    }

    /// Predictions from the covariates alone, and the variance of each that comes from the coefficients' own error.
    ///
    /// # Errors
    /// [`Error::Input`] unless there is one column for each term beside the intercept, all of equal length.
    pub fn predict(&self, terms: &[Covariate], rows: usize) -> Result<Vec<(f64, f64)>> {
        if terms.len() + 1 != self.coefficients.len() || terms.iter().any(|term| term.len() != rows) {
            let wanted = self.coefficients.len() - 1;
            return Err(Error::Input(format!("{wanted} columns of {rows} rows are needed, one for each term")));
        }
        let estimates: Vec<f64> = self.coefficients.iter().map(|one| one.estimate).collect();
        let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(rows); terms.len()];
        for (column, term) in columns.iter_mut().zip(terms) {
            term.fill(0..rows, column);
        }
        let mut row = Vec::with_capacity(estimates.len());
        let predicted = (0..rows).map(|at| {
            row.clear();
            row.push(1.0);
            row.extend(columns.iter().map(|column| column.get(at).copied().unwrap_or_default()));
            (dot(&estimates, &row), super::matrix::quadratic(&self.covariance, &row))
        });
        Ok(predicted.collect())
    }

    /// The model as JSON text.
    ///
    /// # Errors
    /// [`Error::Input`] if a figure is not finite.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Input(error.to_string()))
    }

    /// A model from the text that [`Self::to_json`] wrote.
    ///
    /// # Errors
    /// [`Error::Input`] for any other text.
    pub fn from_json(text: &str) -> Result<Self> {
        let refuse = |why: &str| Error::Input(format!("this text holds no random-intercept model: {why}"));
        let model: Self = serde_json::from_str(text).map_err(|error| refuse(&error.to_string()))?;
        if model.format != Self::FORMAT {
            return Err(refuse(&format!("its format is {}, not {}", model.format, Self::FORMAT)));
        }
        check_confidence(model.confidence)?;
        let square = model.covariance.len() == model.coefficients.len()
            && model.covariance.iter().enumerate().all(|(at, row)| row.len() == at + 1);
        if model.coefficients.is_empty() || !square {
            return Err(refuse("it needs a coefficient and a triangle of covariances"));
        }
        if !(model.between >= 0.0 && model.within > 0.0) {
            return Err(refuse("variances must be positive"));
        }
        Ok(model)
    }
}

/// Hides one more school, the smallest of those shown (of equals the first), where the hidden ones have fewer pupils
/// together than the minimum.
///
/// The coefficients make the weighted residuals of all schools add up to 0, so the residual of a single hidden school
/// would follow from those shown.
fn protect(effects: &mut [SchoolEffect], min_group: u64) {
    let hidden: u64 = effects.iter().filter(|one| one.figures.is_none()).map(|one| one.n).sum();
    if (1..min_group).contains(&hidden)
        && let Some(next) = effects.iter_mut().filter(|one| one.figures.is_some()).min_by_key(|one| one.n)
    {
        next.figures = None;
    }
}

/// Coefficients and covariances in the units of the columns as they were given.
fn unscaled(moments: &Moments, solution: &Solution, within: f64) -> (Vec<f64>, Vec<Vec<f64>>) {
    let outcome_scale = moments.scale.last().copied().unwrap_or(1.0);
    let outcome_mean = moments.centre.last().copied().unwrap_or_default();
    let turned = natural_units(moments);
    let estimates = turned
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let own = outcome_scale * dot(row, &solution.coefficients);
            if at == 0 { outcome_mean + own } else { own }
        })
        .collect();
    let halves: Vec<Vec<f64>> = turned.iter().map(|row| solution.information.forward(row)).collect();
    let covariance = halves
        .iter()
        .enumerate()
        .map(|(at, row)| halves.iter().take(at + 1).map(|other| within * dot(row, other)).collect())
        .collect();
    (estimates, covariance)
}

/// Row k turns the coefficients of standardised columns into coefficient k of the columns as they were given, but for the
/// scale of the outcome: the intercept takes up the means.
pub(super) fn natural_units(moments: &Moments) -> Vec<Vec<f64>> {
    let size = moments.width - 1;
    let columns = || moments.centre.iter().zip(&moments.scale).take(size);
    let turned = |row: usize| {
        columns()
            .enumerate()
            .map(|(at, (centre, scale))| match (row, at) {
                (0, 0) => 1.0,
                (0, _) => -centre / scale,
                _ if row == at => 1.0 / scale,
                _ => 0.0,
            })
            .collect()
    };
    (0..size).map(turned).collect()
}
