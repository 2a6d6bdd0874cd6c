//! Coding of an indicator against the national figure: above, in line, below.

use serde::{Deserialize, Serialize};

use crate::bands::Direction;
use crate::error::{Error, Result};
use crate::numbers::{decimal_difference, present};

/// What the threshold is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Points of the indicator (reading A of AMB-S17-THR-UNIT).
    #[default]
    Points,
    /// Per cent of the national value (reading B).
    Relative,
}

/// Where a difference lies that equals the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtThreshold {
    /// Above or below (reading A of AMB-S17-THR-EQ).
    #[default]
    Outside,
    /// In line (reading B).
    InLine,
}

/// How an indicator is coded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodingRule {
    /// Size of a difference that matters, in `unit`.
    pub threshold: f64,
    /// What the threshold is measured in.
    pub unit: Unit,
    /// Where the threshold itself lies.
    pub at_threshold: AtThreshold,
    /// Which end is the good one; without it nothing is marked adverse.
    pub direction: Option<Direction>,
    /// Whether the code tells better from worse instead of higher from lower (reading B of AMB-S17-THR-DIR): "above" is
    /// then better than national also where less is better.
    pub turn_sign: bool,
}

/// The three codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Above the national figure by the threshold.
    Above,
    /// Nearer to it than the threshold.
    InLine,
    /// Below it by the threshold.
    Below,
}

impl Code {
    /// The word used in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::InLine => "in_line",
            Self::Below => "below",
        }
    }
}

/// A coded indicator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coded {
    /// Value minus national figure, in points.
    pub difference: f64,
    /// The code.
    pub code: Code,
    /// Whether the code is on the bad side; missing without a direction.
    pub adverse: Option<bool>,
}

impl CodingRule {
    /// A rule with its threshold checked.
    ///
    /// # Errors
    /// [`Error::Input`] if the threshold is not finite or not above 0, or if the sign is to be turned without a direction.
    pub fn new(
        threshold: f64,
        unit: Unit,
        at_threshold: AtThreshold,
        direction: Option<Direction>,
        turn_sign: bool,
    ) -> Result<Self> {
        if !(threshold.is_finite() && threshold > 0.0) {
            return Err(Error::Input(format!("threshold must be a finite number above 0, not {threshold}")));
        }
        if turn_sign && direction.is_none() {
            return Err(Error::Input("turn_sign needs a direction".to_owned()));
        }
        Ok(Self { threshold, unit, at_threshold, direction, turn_sign })
    }

    /// Codes one value; `None` if it or the national figure is missing or NaN, or if a relative threshold has a national
    /// figure of 0.
    ///
    /// The difference is taken in decimal, so that 65.1 against 60.1 is exactly 5.
    ///
    /// ```
    /// use schoolframe::coding::{AtThreshold, Code, CodingRule, Unit};
    /// let rule = CodingRule::new(5.0, Unit::Points, AtThreshold::Outside, None, false).unwrap();
    /// assert_eq!(rule.code(Some(65.1), Some(60.1)).map(|coded| coded.code), Some(Code::Above));
    /// ```
    #[must_use]
    pub fn code(&self, value: Option<f64>, national: Option<f64>) -> Option<Coded> {
        let (value, national) = (present(value)?, present(national)?);
        let difference = decimal_difference(value, national);
        if difference.is_nan() {
            return None;
        }
        let limit = match self.unit {
            Unit::Points => self.threshold,
            Unit::Relative if national == 0.0 => return None,
            Unit::Relative => national.abs() * self.threshold / 100.0,
        };
        let beyond = decimal_difference(difference.abs(), limit);
        let outside = match self.at_threshold {
            AtThreshold::Outside => beyond >= 0.0,
            AtThreshold::InLine => beyond > 0.0,
        };
        let lower_better = self.direction == Some(Direction::LowerBetter);
        let higher = difference > 0.0;
        let code = match (outside, higher != (self.turn_sign && lower_better)) {
            (false, _) => Code::InLine,
            (true, true) => Code::Above,
            (true, false) => Code::Below,
        };
        let adverse = self.direction.map(|_| outside && (higher == lower_better));
        Some(Coded { difference, code, adverse })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(unit: Unit, at_threshold: AtThreshold, direction: Option<Direction>, turn_sign: bool) -> CodingRule {
        CodingRule::new(5.0, unit, at_threshold, direction, turn_sign).unwrap()
    }

    fn code(rule: CodingRule, value: f64, national: f64) -> (&'static str, Option<bool>) {
        let coded = rule.code(Some(value), Some(national)).unwrap();
        (coded.code.name(), coded.adverse)
    }

    #[test]
    fn exactly_five_points_in_decimal() {
        let points = rule(Unit::Points, AtThreshold::Outside, None, false);
        assert_eq!(code(points, 65.1, 60.1), ("above", None));
        assert_eq!(code(points, 65.0, 60.1), ("in_line", None));
        assert_eq!(code(points, 65.2, 60.1), ("above", None));
        assert_eq!(code(points, 55.1, 60.1), ("below", None));
        assert_eq!(code(points, 55.2, 60.1), ("in_line", None));
        let in_line = rule(Unit::Points, AtThreshold::InLine, None, false);
        assert_eq!(code(in_line, 65.1, 60.1), ("in_line", None));
        assert_eq!(code(in_line, 65.2, 60.1), ("above", None));
    }

    #[test]
    fn relative_thresholds_scale_with_the_national_figure() {
        let relative = rule(Unit::Relative, AtThreshold::Outside, None, false);
        assert_eq!(code(relative, 63.0, 60.0), ("above", None));
        assert_eq!(code(relative, 62.9, 60.0), ("in_line", None));
        assert_eq!(code(relative, 57.0, 60.0), ("below", None));
        assert_eq!(relative.code(Some(1.0), Some(0.0)), None);
    }

    #[test]
    fn direction_marks_what_is_adverse_and_may_turn_the_code() {
        let absence = rule(Unit::Points, AtThreshold::Outside, Some(Direction::LowerBetter), false);
        assert_eq!(code(absence, 12.0, 5.0), ("above", Some(true)));
        assert_eq!(code(absence, 0.0, 5.0), ("below", Some(false)));
        assert_eq!(code(absence, 6.0, 5.0), ("in_line", Some(false)));
        let turned = rule(Unit::Points, AtThreshold::Outside, Some(Direction::LowerBetter), true);
        assert_eq!(code(turned, 12.0, 5.0), ("below", Some(true)));
        let attainment = rule(Unit::Points, AtThreshold::Outside, Some(Direction::HigherBetter), true);
        assert_eq!(code(attainment, 50.0, 60.0), ("below", Some(true)));
    }

    #[test]
    fn missing_values_have_no_code_and_bad_rules_are_refused() {
        let points = rule(Unit::Points, AtThreshold::Outside, None, false);
        assert_eq!(points.code(None, Some(1.0)), None);
        assert_eq!(points.code(Some(1.0), Some(f64::NAN)), None);
        assert_eq!(points.code(Some(f64::INFINITY), Some(f64::INFINITY)), None);
        assert!(CodingRule::new(0.0, Unit::Points, AtThreshold::Outside, None, false).is_err());
        assert!(CodingRule::new(f64::NAN, Unit::Points, AtThreshold::Outside, None, false).is_err());
        assert!(CodingRule::new(5.0, Unit::Points, AtThreshold::Outside, None, true).is_err());
    }
}
