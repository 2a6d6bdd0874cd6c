//! Outcomes and intake of schools as the regression sees them.

use serde::{Deserialize, Serialize};

use crate::effects::count;
use crate::error::{Error, Result};

/// What the outcome of a school is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OutcomeUnit {
    /// A mean over pupils who spread with this standard deviation.
    Points {
        /// Standard deviation of pupils within a school.
        sd: f64,
    },
    /// A percentage of pupils, 0 to 100; the regression is over its empirical logit.
    Percentage,
}

impl OutcomeUnit {
    /// A unit, checked: means need an `sd` above 0, percentages none.
    ///
    /// # Errors
    /// [`Error::Input`] for any other `sd`.
    pub fn new(percentage: bool, sd: Option<f64>) -> Result<Self> {
        match (percentage, sd) {
            (true, None) => Ok(Self::Percentage),
            (false, Some(sd)) if sd > 0.0 && sd.is_finite() => Ok(Self::Points { sd }),
            (false, Some(sd)) => Err(Error::Input(format!("sd: a finite number above 0 is needed, not {sd}"))),
            (false, None) => {
                Err(Error::Input("sd: outcomes in points need the spread of pupils in a school".to_owned()))
            }
            (true, Some(_)) => {
                Err(Error::Input("sd: percentages take none; their spread follows from them".to_owned()))
            }
        }
    }

    /// An outcome on the scale of the regression; half a pupil more on each side keeps 0 and 100 per cent finite.
    pub(super) fn observed(self, outcome: f64, n: f64) -> f64 {
        match self {
            Self::Points { .. } => outcome,
            Self::Percentage => logit(n * outcome / 100.0, n),
        }
    }

    /// The outcome of all pupils together, on the scale of the regression.
    pub(super) fn pooled(self, outcome: &[f64], n: &[f64]) -> f64 {
        let pupils = n.iter().sum::<f64>();
        let sum = outcome.iter().zip(n).map(|(outcome, n)| outcome * n).sum::<f64>();
        match self {
            Self::Points { .. } => sum / pupils,
            Self::Percentage => logit(sum / 100.0, pupils),
        }
    }

    /// The sampling variance that a school of `n` pupils has about `fitted`.
    pub(super) fn sampling(self, fitted: f64, n: f64) -> f64 {
        match self {
            Self::Points { sd } => sd * sd / n,
            Self::Percentage => {
                let share = logistic(fitted);
                1.0 / (n * share * (1.0 - share))
            }
        }
    }

    /// A value of the regression in the unit of the outcome.
    pub(super) fn shown(self, fitted: f64) -> f64 {
        match self {
            Self::Points { .. } => fitted,
            Self::Percentage => 100.0 * logistic(fitted),
        }
    }
}

fn logit(reached: f64, n: f64) -> f64 {
    ((reached + 0.5) / (n - reached + 0.5)).ln()
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

/// The values that a column of the intake had in the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum IntakeValues {
    /// Numbers, from the lowest to the highest; they enter as `(value - centre) / scale`.
    Range {
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// Mean of the schools.
        centre: f64,
        /// Standard deviation of the schools.
        scale: f64,
    },
    /// Words, the reference first; a value is the place of its word.
    Levels(Vec<String>),
}

/// A column of the intake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeColumn {
    /// Name of the column.
    pub name: String,
    /// Its values.
    pub values: IntakeValues,
}

/// Why a value cannot be used.
pub(super) enum Unusable {
    /// A number beyond those of the fit.
    Outside,
    /// A word that the fit did not meet.
    Unknown,
}

impl IntakeColumn {
    /// A column of numbers, with what its values say.
    ///
    /// # Errors
    /// [`Error::Input`] if all values are one.
    pub fn numbers(name: &str, values: &[f64]) -> Result<Self> {
        let size = count(values.len());
        let centre = values.iter().sum::<f64>() / size;
        let scale = (values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / size).sqrt();
        let (low, high) =
            values.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        if low >= high || scale <= 0.0 || !scale.is_finite() {
            return Err(Error::Input(format!("intake: column '{name}' is {low} in every school that counts")));
        }
        Ok(Self { name: name.to_owned(), values: IntakeValues::Range { low, high, centre, scale } })
    }

    /// Terms that the column becomes: its name, or the words after the reference.
    pub(super) fn terms(&self) -> Vec<(String, Option<String>, Option<String>)> {
        match &self.values {
            IntakeValues::Range { .. } => vec![(self.name.clone(), None, None)],
            IntakeValues::Levels(levels) => levels
                .iter()
                .skip(1)
                .map(|level| (format!("{}: {level}", self.name), Some(level.clone()), levels.first().cloned()))
                .collect(),
        }
    }

    /// Adds the terms of a value to a row of the design.
    pub(super) fn enter(&self, value: f64, row: &mut Vec<f64>) -> Result<(), Unusable> {
        match &self.values {
            IntakeValues::Range { low, high, centre, scale } => {
                // Text may change the last digit of a number.
                let slack = 1e-12 * low.abs().max(high.abs());
                if value < low - slack || value > high + slack {
                    return Err(Unusable::Outside);
                }
                row.push((value - centre) / scale);
            }
            IntakeValues::Levels(levels) => {
                let is = |place: usize| (count(place) - value).abs() < f64::EPSILON;
                if !(0..levels.len()).any(is) {
                    return Err(Unusable::Unknown);
                }
                row.extend((1..levels.len()).map(|place| f64::from(u8::from(is(place)))));
            }
        }
        Ok(())
    }

    /// Whether the column can have come from a fit.
    pub(super) fn valid(&self) -> bool {
        match &self.values {
            IntakeValues::Range { low, high, centre, scale } => {
                low.is_finite()
                    && high.is_finite()
                    && centre.is_finite()
                    && low < high
                    && *scale > 0.0
                    && scale.is_finite()
            }
            IntakeValues::Levels(levels) => levels.len() > 1,
        }
    }
}
