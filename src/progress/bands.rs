//! Published bands of progress scores: a score, its confidence interval and two outer thresholds.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::numbers::present;

/// Band of a progress score, as the Department for Education codes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(i8)]
pub enum ProgressBand {
    /// 1, well above average.
    WellAbove = 1,
    /// 2, above average.
    Above = 2,
    /// 3, average: the interval holds 0.
    Average = 3,
    /// 4, below average.
    Below = 4,
    /// 5, well below average.
    WellBelow = 5,
}

impl ProgressBand {
    /// The published code, 1 (well above) to 5 (well below).
    #[must_use]
    pub const fn code(self) -> i8 {
        self as i8
    }
}

/// The two outer thresholds of a set of bands.
///
/// A score equal to `well_above` is well above. Whether a score equal to `well_below` is well below is set by
/// `well_below_inclusive`: it is not for Progress 8 (-0.50 is "below"), and it is for key stage 2 (the thresholds there
/// are the outermost scores published with the end band).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgressBandScheme {
    /// Lowest score of the band "well above".
    pub well_above: f64,
    /// Edge of the band "well below".
    pub well_below: f64,
    /// Whether a score on the edge `well_below` belongs to the band "well below".
    pub well_below_inclusive: bool,
}

impl ProgressBandScheme {
    /// Progress 8, every year from 2016 to 2024: +0.5 and over is well above, under -0.5 is well below.
    pub const PROGRESS_8: Self = Self { well_above: 0.5, well_below: -0.5, well_below_inclusive: false };

    /// A scheme with its thresholds checked.
    ///
    /// # Errors
    /// [`Error::Input`] if a threshold is not finite, or if not `well_below` < 0 < `well_above`.
    pub fn new(well_above: f64, well_below: f64, well_below_inclusive: bool) -> Result<Self> {
        if !(well_above.is_finite() && well_below.is_finite() && well_below < 0.0 && well_above > 0.0) {
            return Err(Error::Input(format!(
                "progress bands need well_below < 0 < well_above, not {well_below} and {well_above}"
            )));
        }
        Ok(Self { well_above, well_below, well_below_inclusive })
    }

    /// Band of one score with its confidence limits; `None` if any of the three is missing or NaN.
    ///
    /// In this order: `lower <= 0 <= upper` is average; above it `score >= well_above` is well above, otherwise above;
    /// below it a score past `well_below` is well below, otherwise below. The values are compared as they are given: pass
    /// published values to reproduce published bands.
    ///
    /// # Errors
    /// The rule that is broken, if the three are not in the order `lower <= score <= upper`.
    ///
    /// ```
    /// use schoolframe::progress::{ProgressBand, ProgressBandScheme};
    /// let band = |score, lower, upper| ProgressBandScheme::PROGRESS_8.band(Some(score), Some(lower), Some(upper));
    /// assert_eq!(band(0.50, 0.20, 0.80), Ok(Some(ProgressBand::WellAbove)));
    /// assert_eq!(band(-0.50, -0.80, -0.20), Ok(Some(ProgressBand::Below)));
    /// assert_eq!(band(0.74, 0.00, 1.48), Ok(Some(ProgressBand::Average)));
    /// ```
    pub fn band(
        &self,
        score: Option<f64>,
        lower: Option<f64>,
        upper: Option<f64>,
    ) -> Result<Option<ProgressBand>, &'static str> {
        let (Some(score), Some(lower), Some(upper)) = (present(score), present(lower), present(upper)) else {
            return Ok(None);
        };
        if !(lower <= score && score <= upper) {
            return Err(INTERVAL_RULE);
        }
        let below = if self.well_below_inclusive { score <= self.well_below } else { score < self.well_below };
        Ok(Some(if lower <= 0.0 && upper >= 0.0 {
            ProgressBand::Average
        } else if lower > 0.0 {
            if score >= self.well_above { ProgressBand::WellAbove } else { ProgressBand::Above }
        } else if below {
            ProgressBand::WellBelow
        } else {
            ProgressBand::Below
        }))
    }
}

/// The rule that a score and its limits have to keep.
pub const INTERVAL_RULE: &str = "a score must lie within its limits, lower <= score <= upper";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn band(scheme: &ProgressBandScheme, score: f64, lower: f64, upper: f64) -> i8 {
        scheme.band(Some(score), Some(lower), Some(upper)).unwrap().unwrap().code()
    }

    #[test]
    fn progress_8_ends_are_asymmetric() {
        let p8 = ProgressBandScheme::PROGRESS_8;
        assert_eq!(band(&p8, 0.50, 0.01, 0.99), 1);
        assert_eq!(band(&p8, 0.49, 0.01, 0.97), 2);
        assert_eq!(band(&p8, 0.50, 0.00, 1.00), 3);
        assert_eq!(band(&p8, -0.50, -0.99, -0.01), 4);
        assert_eq!(band(&p8, -0.51, -1.00, -0.01), 5);
        assert_eq!(band(&p8, -0.51, -1.02, 0.00), 3);
    }

    #[test]
    fn key_stage_2_ends_are_inclusive() {
        let reading = ProgressBandScheme::new(3.2, -2.9, true).unwrap();
        assert_eq!(band(&reading, 3.2, 1.0, 5.4), 1);
        assert_eq!(band(&reading, 3.1, 1.0, 5.2), 2);
        assert_eq!(band(&reading, -2.9, -5.0, -0.8), 5);
        assert_eq!(band(&reading, -2.8, -5.0, -0.6), 4);
        assert_eq!(band(&reading, 1.2, 0.0, 2.4), 3);
    }

    #[test]
    fn missing_stays_missing_and_impossible_limits_are_refused() {
        let p8 = ProgressBandScheme::PROGRESS_8;
        assert_eq!(p8.band(None, Some(0.0), Some(1.0)), Ok(None));
        assert_eq!(p8.band(Some(f64::NAN), Some(0.0), Some(1.0)), Ok(None));
        assert_eq!(p8.band(Some(0.3), Some(0.4), Some(0.5)), Err(INTERVAL_RULE));
        assert!(ProgressBandScheme::new(0.5, 0.5, false).is_err());
        assert!(ProgressBandScheme::new(f64::INFINITY, -0.5, false).is_err());
    }

    proptest! {
        #[test]
        fn a_higher_score_with_the_same_width_never_has_a_worse_band(
            score in -3.0..3.0f64, step in 0.0..2.0f64, half in 0.01..1.0f64,
        ) {
            let p8 = ProgressBandScheme::PROGRESS_8;
            let at = |value: f64| band(&p8, value, value - half, value + half);
            prop_assert!(at(score + step) <= at(score));
        }
    }
}
