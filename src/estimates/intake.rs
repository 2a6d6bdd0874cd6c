//! What schools with a given intake go on to reach: a regression over schools with known sampling variances.
//!
//! Expected for intake; not the progress of pupils.

use serde::{Deserialize, Serialize};

use super::benchmarks::{FEWEST_SCHOOLS, at_rank, by_rank, falls};
use super::intake_columns::{IntakeColumn, IntakeValues, OutcomeUnit, Unusable};
use super::intake_fit::{Regression, Schools};
use crate::effects::matrix::{Triangle, dot, quadratic};
use crate::effects::{Estimate, ShrinkageMethod, count};
use crate::error::{Error, Result};
use crate::numbers::present;

/// Times that the variances of percentages are worked out anew from the fitted ones; the third time changes the sixth digit.
const ROUNDS: usize = 3;

/// A regression over schools, ready to be applied to any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeModel {
    /// Unit of the outcome.
    pub unit: OutcomeUnit,
    /// How the variance between schools was estimated.
    pub method: ShrinkageMethod,
    /// Fewest pupils of a school that is given an estimate.
    pub min_group: u64,
    /// Columns of the intake.
    pub columns: Vec<IntakeColumn>,
    /// Coefficients of the standardised columns, the intercept first.
    pub coefficients: Vec<f64>,
    /// Their covariance, lower triangle.
    pub covariance: Triangle,
    /// Schools that count.
    pub schools: u64,
    /// Variance between schools with the same intake.
    pub tau2: f64,
    /// Variance between schools without regard to intake, by the same method.
    pub tau2_of_all: f64,
    /// Mean of the sampling variances.
    pub sampling_variance: f64,
    /// `sqrt(sum r^2 / (J - p))` of the residuals, on the scale of the regression.
    pub residual_sd: f64,
    /// `1 - sum r^2 / sum (y - mean y)^2`, schools unweighted, on the scale of the regression.
    pub r2: f64,
    /// Shrunken residuals at the ranks 1 to 99, on the scale of the regression.
    pub benchmarks: Vec<f64>,
}

/// A value with the ends of its interval.
pub type Interval = [f64; 3];

/// What is expected of a school.
#[derive(Debug, Clone, PartialEq)]
pub struct SchoolEstimate {
    /// What schools with this intake reach, whatever their effect: value, low, high.
    pub expected: Interval,
    /// The same in a school at each rank asked; chance and error of the coefficients alone.
    pub levels: Vec<Interval>,
}

impl IntakeModel {
    /// Fits outcomes of schools on their intake. Rows are complete: the caller leaves out schools with gaps or too few pupils.
    /// `columns` hold the numbers, or the places of words among their levels.
    ///
    /// With `v_j` the sampling variance of school `j`: `y_j = x_j'b + u_j + e_j`, `var u = tau2`, `var e_j = v_j`, `b` weighted by
    /// `1 / (tau2 + v_j)`; `tau2` by restricted likelihood or by moments (Prasad and Rao). The benchmarks are type-7 quantiles of
    /// `tau2 / (tau2 + v_j) * (y_j - x_j'b)`. The `v_j` of a percentage is that of the fitted one: with the school's own it would be
    /// largest for the most extreme schools, and the variance between schools too small.
    ///
    /// # Errors
    /// [`Error::Input`] for columns that follow from others, fewer schools than coefficients or than 20, from which the top twentieth
    /// can be told, or outcomes without a variance to be found.
    ///
    /// ```
    /// use schoolframe::effects::ShrinkageMethod;
    /// use schoolframe::estimates::{IntakeColumn, IntakeModel, OutcomeUnit};
    /// let fsm: Vec<f64> = (0..40).map(f64::from).collect();
    /// let a8: Vec<f64> = fsm.iter().enumerate().map(|(at, fsm)| 55.0 - 0.3 * fsm + (at * 7 % 5) as f64).collect();
    /// let unit = OutcomeUnit::new(false, Some(14.5)).unwrap();
    /// let columns = vec![(IntakeColumn::numbers("fsm", &fsm).unwrap(), fsm.clone())];
    /// let model = IntakeModel::fit(&a8, &[150.0; 40], columns, unit, ShrinkageMethod::Reml, 6).unwrap();
    /// let (found, status) = model.estimate(&[Some(20.0)], Some(150.0), &[50], 1.2816).unwrap();
    /// assert!((found.unwrap().expected[0] - 51.0).abs() < 1.0);
    /// assert_eq!(status, "ok");
    /// ```
    pub fn fit(
        outcome: &[f64],
        n: &[f64],
        columns: Vec<(IntakeColumn, Vec<f64>)>,
        unit: OutcomeUnit,
        method: ShrinkageMethod,
        min_group: u64,
    ) -> Result<Self> {
        let (columns, values): (Vec<IntakeColumn>, Vec<Vec<f64>>) = columns.into_iter().unzip();
        if outcome.len() != n.len() || values.iter().any(|column| column.len() != outcome.len()) {
            return Err(Error::Input(
                "an outcome, a number of pupils and the intake are needed for every school".to_owned(),
            ));
        }
        let mut rows = vec![vec![1.0]; outcome.len()];
        for (column, values) in columns.iter().zip(&values) {
            for (row, value) in rows.iter_mut().zip(values) {
                column.enter(*value, row).map_err(|_| {
                    Error::Input(format!("intake: column '{}' holds {value}, which is none of its values", column.name))
                })?;
            }
        }
        let y: Vec<f64> = outcome.iter().zip(n).map(|(outcome, n)| unit.observed(*outcome, *n)).collect();
        let mean = y.iter().sum::<f64>() / count(y.len());
        let total: f64 = y.iter().map(|value| (value - mean).powi(2)).sum();
        if total <= 0.0 {
            return Err(Error::Input("outcome: every school that counts has the same outcome".to_owned()));
        }
        let size = rows.first().map_or(0, Vec::len);
        let terms: Vec<String> = std::iter::once("the intercept".to_owned())
            .chain(columns.iter().flat_map(IntakeColumn::terms).map(|(term, _, _)| term))
            .collect();
        let start = unit.pooled(outcome, n);
        let sampling: Vec<f64> = n.iter().map(|n| unit.sampling(start, *n)).collect();
        let alone = Schools { rows: vec![vec![1.0]; y.len()], outcome: y.clone(), sampling: sampling.clone() };
        let mut schools = Schools { rows, outcome: y, sampling };
        let mut found = schools.fit(method, &terms)?;
        if (outcome.len() as u64) < FEWEST_SCHOOLS {
            return Err(Error::Input(format!(
                "schools: the levels of estimates need at least {FEWEST_SCHOOLS} schools that count, and {} do",
                outcome.len()
            )));
        }
        if unit == OutcomeUnit::Percentage {
            for _ in 0..ROUNDS {
                let fitted = schools.outcome.iter().zip(&found.residuals).map(|(outcome, residual)| outcome - residual);
                schools.sampling = fitted.zip(n).map(|(fitted, n)| unit.sampling(fitted, *n)).collect();
                found = schools.fit(method, &terms)?;
            }
        }
        let rest: f64 = found.residuals.iter().map(|residual| residual * residual).sum();
        Ok(Self {
            unit,
            method,
            min_group,
            columns,
            schools: outcome.len() as u64,
            tau2_of_all: alone.fit(method, &terms)?.tau2,
            sampling_variance: schools.sampling.iter().sum::<f64>() / count(schools.sampling.len()),
            residual_sd: (rest / count(outcome.len() - size)).sqrt(),
            r2: 1.0 - rest / total,
            benchmarks: by_rank(shrunken(&found, &schools.sampling)),
            tau2: found.tau2,
            coefficients: found.coefficients,
            covariance: found.covariance,
        })
    }

    /// What is expected of a school with these values of the intake and `n` pupils, with intervals of `multiplier` standard
    /// errors, and the word for its state: `ok`, `intake_missing`, `n_missing`, `below_minimum`, `intake_outside` (a number beyond
    /// those of the fit) or `intake_unknown` (a word that the fit did not meet).
    ///
    /// # Errors
    /// The rule that an impossible value breaks.
    pub fn estimate(
        &self,
        values: &[Option<f64>],
        n: Option<f64>,
        levels: &[u8],
        multiplier: f64,
    ) -> Result<(Option<SchoolEstimate>, &'static str), &'static str> {
        let n = present(n);
        if n.is_some_and(|n| !(n >= 0.0 && n.is_finite() && n.fract() == 0.0)) {
            return Err("a number of pupils must be a whole number from 0");
        }
        let Some(values) = values.iter().map(|value| present(*value)).collect::<Option<Vec<f64>>>() else {
            return Ok((None, "intake_missing"));
        };
        if values.iter().any(|value| value.is_infinite()) {
            return Err("intake must be finite");
        }
        let Some(n) = n else { return Ok((None, "n_missing")) };
        #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
        if n < self.min_group.max(1) as f64 {
            return Ok((None, "below_minimum"));
        }
        let mut row = vec![1.0];
        for (column, value) in self.columns.iter().zip(values) {
            match column.enter(value, &mut row) {
                Ok(()) => {}
                Err(Unusable::Outside) => return Ok((None, "intake_outside")),
                Err(Unusable::Unknown) => return Ok((None, "intake_unknown")),
            }
        }
        let fitted = dot(&row, &self.coefficients);
        let error = quadratic(&self.covariance, &row);
        let interval = |centre: f64, variance: f64| {
            let half = multiplier * (variance + self.unit.sampling(centre, n)).sqrt();
            [centre, centre - half, centre + half].map(|value| self.unit.shown(value))
        };
        let expected = interval(fitted, error + self.tau2);
        let benchmark = |level: &u8| at_rank(&self.benchmarks, *level).map(|delta| interval(fitted + delta, error));
        Ok((Some(SchoolEstimate { expected, levels: levels.iter().filter_map(benchmark).collect() }), "ok"))
    }

    /// The coefficients in the units of their columns, the intercept first, at which every number of the intake is 0: term, column,
    /// level, reference, and estimate with 95 % interval.
    #[must_use]
    pub fn estimates(&self) -> Vec<IntakeCoefficient> {
        let mut zero = vec![1.0];
        let mut found = Vec::new();
        for column in &self.columns {
            for (term, level, reference) in column.terms() {
                let (own, at_zero) = match &column.values {
                    IntakeValues::Range { centre, scale, .. } => (1.0 / scale, -centre / scale),
                    IntakeValues::Levels(_) => (1.0, 0.0),
                };
                let at = zero.len();
                zero.push(at_zero);
                let estimate = self.coefficients.get(at).copied().unwrap_or_default() * own;
                let variance = self.covariance.get(at).and_then(|row| row.get(at)).copied().unwrap_or_default();
                let estimate = Estimate::new(estimate, variance.sqrt() * own, 0.95);
                found.push(IntakeCoefficient { term, column: Some(column.name.clone()), level, reference, estimate });
            }
        }
        let estimate = dot(&zero, &self.coefficients);
        let estimate = Estimate::new(estimate, quadratic(&self.covariance, &zero).sqrt(), 0.95);
        let intercept =
            IntakeCoefficient { term: "intercept".to_owned(), column: None, level: None, reference: None, estimate };
        found.insert(0, intercept);
        found
    }

    /// The model as JSON text.
    ///
    /// # Errors
    /// [`Error::Input`] if a figure is not finite.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Input(error.to_string()))
    }

    /// A model from the text that [`Self::to_json`] wrote, every rule checked again.
    ///
    /// # Errors
    /// [`Error::Input`] for any other text.
    pub fn from_json(text: &str) -> Result<Self> {
        let found: Self = serde_json::from_str(text)
            .map_err(|error| Error::Input(format!("this text holds no model of schools: {error}")))?;
        found.check()?;
        Ok(found)
    }

    /// Checks every rule of a model that was read from text.
    ///
    /// # Errors
    /// [`Error::Input`] with the first rule that is broken.
    pub fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::Input(format!("this text holds no model of schools: {why}")));
        let (percentage, sd) = match self.unit {
            OutcomeUnit::Percentage => (true, None),
            OutcomeUnit::Points { sd } => (false, Some(sd)),
        };
        OutcomeUnit::new(percentage, sd)?;
        let size = 1 + self.columns.iter().map(|column| column.terms().len()).sum::<usize>();
        let triangle = self.covariance.iter().enumerate().all(|(at, row)| row.len() == at + 1);
        if self.columns.is_empty() || self.coefficients.len() != size || self.covariance.len() != size || !triangle {
            return refuse("a coefficient and a row of their covariance are needed for every term");
        }
        if !self.columns.iter().all(IntakeColumn::valid) {
            return refuse("a column of the intake needs a range, or a reference and other words");
        }
        let variances = [self.tau2, self.tau2_of_all, self.sampling_variance, self.residual_sd];
        if !variances.iter().all(|value| *value >= 0.0 && value.is_finite()) || !falls(&self.benchmarks) {
            return refuse("variances must not be negative, and 99 benchmarks must not rise");
        }
        Ok(())
    }
}

/// A coefficient in the unit of its column.
#[derive(Debug, Clone, PartialEq)]
pub struct IntakeCoefficient {
    /// Name of the term.
    pub term: String,
    /// Column, `None` for the intercept.
    pub column: Option<String>,
    /// Word, for a column of words.
    pub level: Option<String>,
    /// Word that it is compared with.
    pub reference: Option<String>,
    /// Estimate with test and 95 % interval.
    pub estimate: Estimate,
}

fn shrunken(found: &Regression, sampling: &[f64]) -> Vec<f64> {
    found.residuals.iter().zip(sampling).map(|(residual, v)| found.tau2 / (found.tau2 + v) * residual).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(unit: OutcomeUnit, outcome: fn(f64) -> f64) -> IntakeModel {
        let fsm: Vec<f64> = (0..60).map(f64::from).collect();
        let words: Vec<f64> = (0..60).map(|at| f64::from(at % 3)).collect();
        let y: Vec<f64> = fsm.iter().zip(&words).map(|(fsm, word)| outcome(fsm + 2.0 * word)).collect();
        let gender = IntakeColumn {
            name: "gender".to_owned(),
            values: IntakeValues::Levels(["mixed", "boys", "girls"].map(str::to_owned).to_vec()),
        };
        let columns = vec![(IntakeColumn::numbers("fsm", &fsm).unwrap(), fsm), (gender, words)];
        IntakeModel::fit(&y, &[120.0; 60], columns, unit, ShrinkageMethod::Reml, 6).unwrap()
    }

    #[test]
    fn coefficients_stand_in_the_units_of_their_columns() {
        let model = model(OutcomeUnit::Points { sd: 10.0 }, |x| 60.0 - 0.5 * x);
        let found = model.estimates();
        let names: Vec<&str> = found.iter().map(|one| one.term.as_str()).collect();
        assert_eq!(names, ["intercept", "fsm", "gender: boys", "gender: girls"]);
        for (one, expected) in found.iter().zip([60.0, -0.5, -1.0, -2.0]) {
            assert!((one.estimate.estimate - expected).abs() < 1e-9, "{one:?}");
        }
        assert!(model.tau2.abs() < 1e-12 && (model.r2 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn levels_need_twenty_schools() {
        let fitted = |schools: u32| {
            let fsm: Vec<f64> = (0..schools).map(f64::from).collect();
            let y: Vec<f64> = fsm.iter().map(|fsm| 60.0 - fsm + (fsm * 7.0) % 5.0).collect();
            let columns = vec![(IntakeColumn::numbers("fsm", &fsm).unwrap(), fsm)];
            let n = vec![120.0; y.len()];
            IntakeModel::fit(&y, &n, columns, OutcomeUnit::Points { sd: 10.0 }, ShrinkageMethod::Reml, 6)
        };
        assert!(fitted(20).is_ok());
        let refused = fitted(19).unwrap_err().to_string();
        assert!(refused.contains("at least 20 schools that count, and 19 do"), "{refused}");
    }

    #[test]
    fn states_of_schools() {
        let model = model(OutcomeUnit::Points { sd: 10.0 }, |x| 60.0 - 0.5 * x);
        let status =
            |fsm: f64, gender: f64, n: f64| model.estimate(&[Some(fsm), Some(gender)], Some(n), &[50], 1.28).unwrap().1;
        assert_eq!((status(0.0, 0.0, 6.0), status(59.0, 2.0, 5.0)), ("ok", "below_minimum"));
        assert_eq!((status(-0.001, 0.0, 50.0), status(59.001, 0.0, 50.0)), ("intake_outside", "intake_outside"));
        assert_eq!((status(59.0, 0.0, 50.0), status(59.000_000_01, 0.0, 50.0)), ("ok", "intake_outside"));
        assert_eq!((status(5.0, -1.0, 50.0), status(5.0, 3.0, 50.0)), ("intake_unknown", "intake_unknown"));
        assert_eq!(status(f64::NAN, 0.0, 50.0), "intake_missing");
        assert_eq!(model.estimate(&[Some(5.0), Some(0.0)], None, &[50], 1.28).unwrap().1, "n_missing");
        assert!(model.estimate(&[Some(5.0), Some(0.0)], Some(7.5), &[50], 1.28).is_err());
        assert!(model.estimate(&[Some(f64::INFINITY), Some(0.0)], Some(7.0), &[50], 1.28).is_err());
    }

    #[test]
    fn percentages_stay_percentages() {
        let model = model(OutcomeUnit::Percentage, |x| 100.0 - 1.5 * x);
        for fsm in [0.0, 30.0, 59.0] {
            let found = model.estimate(&[Some(fsm), Some(0.0)], Some(10.0), &[50, 20, 5], 2.6).unwrap().0.unwrap();
            for [value, low, high] in found.levels.iter().chain([&found.expected]) {
                assert!(0.0 < *low && low <= value && value <= high && *high < 100.0);
            }
            assert!(found.levels.iter().map(|level| level[0]).is_sorted());
        }
    }

    #[test]
    fn texts_are_checked_again() {
        let found = model(OutcomeUnit::Percentage, |x| 90.0 - x);
        let again = IntakeModel::from_json(&found.to_json().unwrap()).unwrap();
        assert!(again.coefficients.iter().zip(&found.coefficients).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(again.columns[1], found.columns[1]);
        let broken: [fn(&mut IntakeModel); 5] = [
            |model| model.tau2 = -1.0,
            |model| model.coefficients.truncate(2),
            |model| model.benchmarks.truncate(5),
            |model| model.columns.clear(),
            |model| model.unit = OutcomeUnit::Points { sd: 0.0 },
        ];
        for (at, breaks) in broken.into_iter().enumerate() {
            let mut wrong = model(OutcomeUnit::Percentage, |x| 90.0 - x + (x * 7.0) % 5.0);
            breaks(&mut wrong);
            assert!(wrong.check().is_err(), "{at}");
        }
    }
}
