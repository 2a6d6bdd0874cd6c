//! A school's own projections against what happened, and against an estimate.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::effects::{count, multiplier};
use crate::gaps::{t_quantile, wilson};
use crate::numbers::decimal_difference;

/// A projection beside what happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// What was projected.
    pub projected: f64,
    /// What happened.
    pub actual: f64,
    /// Pupils that the two are figures of, if they are not one pupil's.
    pub n: Option<f64>,
}

impl Projection {
    /// Projected minus actual, as decimals.
    fn difference(&self) -> f64 {
        decimal_difference(self.projected, self.actual)
    }
}

/// Pupils that a group surely holds: those of its largest row, for rows may be subjects of the same pupils; where no number is said,
/// one a row.
fn pupils(rows: &[Projection]) -> f64 {
    let said =
        rows.iter().filter_map(|row| row.n).fold(None, |most: Option<f64>, n| Some(most.map_or(n, |most| most.max(n))));
    said.unwrap_or_else(|| count(rows.len()))
}

/// Mean and standard deviation (`n - 1`) of values; the latter from two values on.
fn moments(values: &[f64]) -> (f64, Option<f64>) {
    let size = count(values.len());
    let mean = values.iter().sum::<f64>() / size;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (values.len() > 1).then(|| (squares / (size - 1.0)).sqrt()))
}

/// How the accuracy of projections is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AccuracyRule {
    /// Level of the intervals.
    pub confidence: f64,
    /// Largest distance that counts as within, itself included.
    pub within: Option<f64>,
    /// Standard deviation of pupils, where rows are means of pupils.
    pub sd: Option<f64>,
    /// Fewest pupils of a group that is shown.
    pub min_group: u64,
}

/// How projections of a group turned out; what cannot be had is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Accuracy {
    /// Mean of projected minus actual.
    pub bias: Option<f64>,
    /// Its standard error.
    pub bias_se: Option<f64>,
    /// Lower end of its interval.
    pub bias_low: Option<f64>,
    /// Upper end.
    pub bias_high: Option<f64>,
    /// Two-sided probability of a bias at least as far from 0.
    pub p_value: Option<f64>,
    /// Standard deviation of the differences.
    pub spread: Option<f64>,
    /// Standard deviation that chance alone gives the differences.
    pub chance: Option<f64>,
    /// Mean absolute difference.
    pub mae: Option<f64>,
    /// Root of the mean squared difference.
    pub rmse: Option<f64>,
    /// Slope of actual on projected.
    pub slope: Option<f64>,
    /// Its standard error.
    pub slope_se: Option<f64>,
    /// Intercept of actual on projected.
    pub intercept: Option<f64>,
    /// Its standard error.
    pub intercept_se: Option<f64>,
    /// Correlation of actual and projected.
    pub correlation: Option<f64>,
    /// Share of rows within the distance, in per cent.
    pub within: Option<f64>,
}

/// The accuracy of projections, and the word for its state: `ok`; `below_minimum` (fewer pupils than the minimum: nothing is shown);
/// `one_row` (no spread, no line); `two_rows` (a line without a standard error); `no_line` (one and the same projection in all
/// rows).
///
/// ```
/// use schoolframe::estimates::{AccuracyRule, Projection, projection_accuracy};
/// let rule = AccuracyRule { confidence: 0.95, within: Some(5.0), sd: None, min_group: 1 };
/// let rows = [(60.0, 58.0), (50.0, 55.0), (70.0, 61.0)].map(|(projected, actual)| Projection { projected, actual, n: None });
/// let (found, status) = projection_accuracy(&rows, &rule);
/// assert_eq!((found.bias, status), (Some(2.0), "ok"));
/// ```
#[must_use]
pub fn projection_accuracy(rows: &[Projection], rule: &AccuracyRule) -> (Accuracy, &'static str) {
    #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
    let least = rule.min_group.max(1) as f64;
    if pupils(rows) < least {
        return (Accuracy::default(), "below_minimum");
    }
    let differences: Vec<f64> = rows.iter().map(Projection::difference).collect();
    let size = count(rows.len());
    let (bias, spread) = moments(&differences);
    let chance = rule.sd.and_then(|sd| {
        let variances: Option<Vec<f64>> = rows.iter().map(|row| row.n.map(|n| sd * sd / n)).collect();
        variances.map(|variances| (variances.iter().sum::<f64>() / size).sqrt())
    });
    let mut found = Accuracy {
        bias: Some(bias),
        spread,
        chance,
        mae: Some(differences.iter().map(|value| value.abs()).sum::<f64>() / size),
        rmse: Some((differences.iter().map(|value| value * value).sum::<f64>() / size).sqrt()),
        within: rule
            .within
            .map(|within| 100.0 * count(differences.iter().filter(|value| value.abs() <= within).count()) / size),
        ..Accuracy::default()
    };
    if let Some(spread) = spread {
        found.test(bias, spread / size.sqrt(), size - 1.0, rule.confidence);
    }
    if rows.len() < 2 {
        return (found, "one_row");
    }
    let status = match (found.line(rows), rows.len()) {
        (false, _) => "no_line",
        (true, 2) => "two_rows",
        (true, _) => "ok",
    };
    (found, status)
}

impl Accuracy {
    fn test(&mut self, bias: f64, se: f64, freedom: f64, confidence: f64) {
        self.bias_se = Some(se);
        let half = t_quantile(confidence, freedom).map(|factor| factor * se);
        (self.bias_low, self.bias_high) = (half.map(|half| bias - half), half.map(|half| bias + half));
        // Equal differences leave nothing to test against.
        if se > 0.0 {
            let student = StudentsT::new(0.0, 1.0, freedom).ok();
            self.p_value = student.map(|student| 2.0 * student.cdf(-(bias / se).abs()));
        }
    }

    /// Ordinary least squares of actual on projected; false where the projections do not differ.
    fn line(&mut self, rows: &[Projection]) -> bool {
        let size = count(rows.len());
        let x = rows.iter().map(|row| row.projected).sum::<f64>() / size;
        let y = rows.iter().map(|row| row.actual).sum::<f64>() / size;
        let sum = |of: &dyn Fn(&Projection) -> f64| rows.iter().map(of).sum::<f64>();
        let xx = sum(&|row| (row.projected - x).powi(2));
        let yy = sum(&|row| (row.actual - y).powi(2));
        let xy = sum(&|row| (row.projected - x) * (row.actual - y));
        // Equal decimals can leave a trace of rounding.
        let alike = |squares: f64, mean: f64| squares <= size * (1e-12 * mean.abs()).powi(2);
        if alike(xx, x) {
            return false;
        }
        let slope = xy / xx;
        let intercept = y - slope * x;
        (self.slope, self.intercept) = (Some(slope), Some(intercept));
        if !alike(yy, y) {
            self.correlation = Some((xy / (xx * yy).sqrt()).clamp(-1.0, 1.0));
        }
        if rows.len() > 2 {
            let rest = sum(&|row| (row.actual - intercept - slope * row.projected).powi(2)) / (size - 2.0);
            self.slope_se = Some((rest / xx).sqrt());
            self.intercept_se = Some((rest * (1.0 / size + x * x / xx)).sqrt());
        }
        true
    }
}

/// What has to lie within the distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchOf {
    /// The mean distance of projected and actual.
    Absolute,
    /// The mean of projected minus actual: errors up and down cancel.
    Signed,
}

/// When predictions match.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchRule {
    /// Largest distance that still is a match.
    pub within: f64,
    /// Level of the interval; its half on each side is the level of each one-sided test.
    pub confidence: f64,
    /// What has to lie within.
    pub of: MatchOf,
    /// Standard deviation of pupils; `None` for percentages of pupils.
    pub sd: Option<f64>,
    /// Fewest pupils of a group that is shown.
    pub min_group: u64,
}

/// Whether predictions and outcomes match.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PredictionMatch {
    /// Mean distance, or mean of projected minus actual.
    pub difference: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// `close`, `varied`, or nothing where it is open.
    pub verdict: Option<&'static str>,
}

/// Tests whether predictions and outcomes match, and says the state: `ok`; `open` (the interval reaches over the edge);
/// `no_interval` (one row, and no number of pupils to tell chance from); `below_minimum`.
///
/// `close` if the interval lies in `-within..=within`, `varied` if it lies wholly outside. From two rows on the interval is
/// `mean -+ t * s / sqrt(rows)` over the rows, `s / sqrt(rows)` not under what chance among the pupils gives; with one row it is that of
/// the outcome of `n` pupils.
///
/// ```
/// use schoolframe::estimates::{MatchOf, MatchRule, Projection, predictions_match};
/// let rule = MatchRule { within: 5.0, confidence: 0.9, of: MatchOf::Absolute, sd: None, min_group: 6 };
/// let one = |n| predictions_match(&[Projection { projected: 70.0, actual: 69.0, n: Some(n) }], &rule);
/// assert_eq!((one(1000.0).0.verdict, one(1000.0).1), (Some("close"), "ok"));
/// assert_eq!((one(60.0).0.verdict, one(60.0).1), (None, "open"));
/// ```
#[must_use]
pub fn predictions_match(rows: &[Projection], rule: &MatchRule) -> (PredictionMatch, &'static str) {
    #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
    let least = rule.min_group.max(1) as f64;
    if rows.is_empty() || pupils(rows) < least {
        return (PredictionMatch::default(), "below_minimum");
    }
    let signed: Vec<f64> = rows.iter().map(Projection::difference).collect();
    let differences = match rule.of {
        MatchOf::Absolute => signed.iter().map(|value| value.abs()).collect(),
        MatchOf::Signed => signed,
    };
    let (difference, spread) = moments(&differences);
    let mut found = PredictionMatch { difference: Some(difference), ..PredictionMatch::default() };
    let interval = match (rows, spread) {
        ([row], _) => rule.of_one(row),
        (_, Some(spread)) => rule.of_several(rows, difference, spread),
        _ => None,
    };
    let Some((low, high)) = interval else { return (found, "no_interval") };
    (found.low, found.high) = (Some(low), Some(high));
    found.verdict = if low >= -rule.within && high <= rule.within {
        Some("close")
    } else if low > rule.within || high < -rule.within {
        Some("varied")
    } else {
        None
    };
    (found, if found.verdict.is_some() { "ok" } else { "open" })
}

impl MatchRule {
    fn of_one(&self, row: &Projection) -> Option<(f64, f64)> {
        let n = row.n.filter(|n| *n > 0.0)?;
        let z = multiplier(self.confidence);
        let (low, high) = match self.sd {
            Some(sd) => {
                let half = z * sd / n.sqrt();
                (row.actual - half, row.actual + half)
            }
            None => {
                let (low, high) = wilson(row.actual / 100.0, n, z);
                (100.0 * low, 100.0 * high)
            }
        };
        let (low, high) = (decimal_difference(row.projected, high), decimal_difference(row.projected, low));
        match self.of {
            MatchOf::Signed => Some((low, high)),
            MatchOf::Absolute if low <= 0.0 && high >= 0.0 => Some((0.0, high.max(-low))),
            MatchOf::Absolute => Some((low.abs().min(high.abs()), low.abs().max(high.abs()))),
        }
    }

    fn of_several(&self, rows: &[Projection], mean: f64, spread: f64) -> Option<(f64, f64)> {
        let size = count(rows.len());
        let chance: Option<Vec<f64>> = rows.iter().map(|row| self.chance(row)).collect();
        let chance = chance.map_or(0.0, |variances| variances.iter().sum::<f64>().sqrt() / size);
        let half = t_quantile(self.confidence, size - 1.0)? * (spread / size.sqrt()).max(chance);
        let low = decimal_difference(mean, half);
        let low = if self.of == MatchOf::Absolute { low.max(0.0) } else { low };
        Some((low, decimal_difference(mean, -half)))
    }

    /// Variance that chance among its pupils gives an outcome. A percentage is taken with one more pupil on each side, so that 0 and
    /// 100 leave some.
    fn chance(&self, row: &Projection) -> Option<f64> {
        let n = row.n.filter(|n| *n > 0.0)?;
        Some(match self.sd {
            Some(sd) => sd * sd / n,
            None => {
                let share = (n * row.actual / 100.0 + 1.0) / (n + 2.0);
                10_000.0 * share * (1.0 - share) / n
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: AccuracyRule = AccuracyRule { confidence: 0.95, within: Some(5.0), sd: None, min_group: 1 };
    const MATCH: MatchRule = MatchRule { within: 5.0, confidence: 0.9, of: MatchOf::Absolute, sd: None, min_group: 1 };

    fn rows(pairs: &[(f64, f64)]) -> Vec<Projection> {
        pairs.iter().map(|(projected, actual)| Projection { projected: *projected, actual: *actual, n: None }).collect()
    }

    #[test]
    fn what_cannot_be_had_has_a_word() {
        let status = |pairs: &[(f64, f64)]| projection_accuracy(&rows(pairs), &RULE).1;
        assert_eq!(status(&[]), "below_minimum");
        assert_eq!(status(&[(1.0, 2.0)]), "one_row");
        assert_eq!(status(&[(1.0, 2.0), (3.0, 4.0)]), "two_rows");
        assert_eq!(status(&[(0.1, 2.0), (0.1, 4.0), (0.1, 5.0)]), "no_line");
        assert_eq!(status(&[(1.0, 2.0), (3.0, 4.0), (3.0, 5.0)]), "ok");
        let least = AccuracyRule { min_group: 6, ..RULE };
        let of = |n: f64| projection_accuracy(&[Projection { projected: 1.0, actual: 2.0, n: Some(n) }], &least).1;
        assert_eq!((of(5.0), of(6.0)), ("below_minimum", "one_row"));
        // Two pupils in four subjects stay two pupils.
        let subjects = |n: f64| {
            let rows = [Projection { projected: 1.0, actual: 2.0, n: Some(n) }; 4];
            (projection_accuracy(&rows, &least).1, predictions_match(&rows, &MatchRule { min_group: 6, ..MATCH }).1)
        };
        assert_eq!(subjects(5.0), ("below_minimum", "below_minimum"));
        assert_eq!(subjects(6.0).0, "no_line");
    }

    #[test]
    fn the_edge_of_within_counts() {
        let share = |actual: f64| projection_accuracy(&rows(&[(65.1, actual)]), &RULE).0.within;
        assert_eq!((share(60.1), share(60.09)), (Some(100.0), Some(0.0)));
    }

    #[test]
    fn an_interval_on_the_edge_is_a_match() {
        // Two equal distances leave no spread: the interval is the distance itself.
        let verdict =
            |distance: f64| predictions_match(&rows(&[(60.0 + distance, 60.0), (40.0, 40.0 + distance)]), &MATCH);
        assert_eq!(verdict(5.0).0.verdict, Some("close"));
        assert_eq!(verdict(5.001).0.verdict, Some("varied"));
        let signed = MatchRule { of: MatchOf::Signed, ..MATCH };
        let found = predictions_match(&rows(&[(65.0, 60.0), (40.0, 45.0), (50.0, 50.0)]), &signed);
        assert_eq!((found.0.difference, found.0.verdict, found.1), (Some(0.0), None, "open"));
    }

    #[test]
    fn one_row_needs_its_pupils() {
        assert_eq!(predictions_match(&rows(&[(60.0, 60.0)]), &MATCH).1, "no_interval");
        let one =
            |projected: f64, n: f64| predictions_match(&[Projection { projected, actual: 100.0, n: Some(n) }], &MATCH);
        // All 20 pupils reached it, and still chance leaves the outcome open.
        assert_eq!(one(100.0, 20.0).1, "open");
        assert_eq!(one(100.0, 200.0).0.verdict, Some("close"));
        assert_eq!(one(60.0, 20.0).0.verdict, Some("varied"));
    }

    proptest! {
        #[test]
        fn figures_fit_together(pairs in prop::collection::vec((0.0..100.0f64, 0.0..100.0f64), 3..20)) {
            let (found, _) = projection_accuracy(&rows(&pairs), &RULE);
            let (bias, rmse, mae) = (found.bias.unwrap(), found.rmse.unwrap(), found.mae.unwrap());
            prop_assert!(bias.abs() <= mae + 1e-9 && mae <= rmse + 1e-9);
            let size = count(pairs.len());
            let parts = bias * bias + found.spread.unwrap().powi(2) * (size - 1.0) / size;
            prop_assert!((rmse * rmse - parts).abs() < 1e-6 * (1.0 + parts));
            prop_assert!(found.correlation.is_none_or(|value| value.abs() <= 1.0));
            let absolute = predictions_match(&rows(&pairs), &MATCH).0;
            prop_assert!(absolute.low.unwrap() <= mae && mae <= absolute.high.unwrap());
        }
    }
}
