//! Gaps between two groups of pupils, or between a group and a fixed figure, with interval and test.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::error::{Error, Result};
use crate::numbers::present;

/// How the interval and the test of a gap are worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapMethod {
    /// Means with one known pupil-level standard deviation: `se = sd * sqrt(1/n_a + 1/n_b)`, z test. The method of the
    /// published progress intervals, and like them it takes 1.96 for 95 %.
    KnownSd,
    /// Means with a standard deviation of their own: Welch's t test and interval.
    Welch,
    /// Percentages: Newcombe's interval from Wilson's, z test with the pooled proportion.
    Proportion,
}

impl GapMethod {
    /// The word used in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KnownSd => "known_sd",
            Self::Welch => "welch",
            Self::Proportion => "proportion",
        }
    }
}

/// One group: its mean or percentage, its pupils and, for [`GapMethod::Welch`], its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Group {
    /// Mean score, or percentage from 0 to 100.
    pub mean: Option<f64>,
    /// Pupils the mean is taken over.
    pub n: Option<f64>,
    /// Standard deviation of pupils within the group.
    pub sd: Option<f64>,
}

/// What a group is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reference {
    /// Another group, with a sampling error of its own.
    Group(Group),
    /// A figure taken as fixed, such as a national mean of half a million pupils.
    Fixed(Option<f64>),
}

/// Settings shared by all gaps of one call.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapRule {
    /// Method of interval and test.
    pub method: GapMethod,
    /// Level of the interval, 0.95 for 95 %.
    pub confidence: f64,
    /// Fewest pupils a group must have; a gap with a smaller group is not shown.
    pub min_group: u32,
}

/// Why a gap has no figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GapStatus {
    /// It has.
    Ok,
    /// A mean or a pupil number is missing.
    Missing,
    /// A group is smaller than the minimum.
    BelowMinimum,
    /// The gap is known, but its error is not: a standard deviation is missing, or both groups have no spread at all.
    NoError,
}

impl GapStatus {
    /// The word used in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::BelowMinimum => "below_minimum",
            Self::NoError => "no_error",
        }
    }
}

/// A gap, group A minus group B.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// A minus B, in the unit of the means.
    pub gap: Option<f64>,
    /// Standard error of the gap.
    pub se: Option<f64>,
    /// Lower end of the interval.
    pub ci_low: Option<f64>,
    /// Upper end of the interval.
    pub ci_high: Option<f64>,
    /// z, or t for Welch's method.
    pub statistic: Option<f64>,
    /// Two-sided probability of a statistic at least as far from 0 when there is no gap.
    pub p_value: Option<f64>,
    /// Why figures are missing.
    pub status: GapStatus,
}

impl Gap {
    const fn without(status: GapStatus, gap: Option<f64>) -> Self {
        Self { gap, se: None, ci_low: None, ci_high: None, statistic: None, p_value: None, status }
    }
}

impl GapRule {
    /// A rule with its settings checked.
    ///
    /// # Errors
    /// [`Error::Input`] unless `0 < confidence < 1`.
    pub fn new(method: GapMethod, confidence: f64, min_group: u32) -> Result<Self> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::Input(format!("confidence must lie between 0 and 1, not {confidence}")));
        }
        Ok(Self { method, confidence, min_group })
    }

    /// The gap `a - b`. `known_sd` is used by [`GapMethod::KnownSd`] only.
    ///
    /// A missing or NaN mean or number gives [`GapStatus::Missing`]; a group under the minimum (or of no pupils)
    /// [`GapStatus::BelowMinimum`] and no figures at all; a missing error the gap without interval.
    ///
    /// # Errors
    /// The rule that is broken by an impossible value.
    ///
    /// ```
    /// use schoolframe::gaps::{GapMethod, GapRule, Group, Reference};
    /// let rule = GapRule::new(GapMethod::KnownSd, 0.95, 6).unwrap();
    /// let disadvantaged = Group { mean: Some(-0.4), n: Some(20.0), sd: None };
    /// let other = Group { mean: Some(0.1), n: Some(100.0), sd: None };
    /// let gap = rule.gap(disadvantaged, Reference::Group(other), Some(1.2827)).unwrap();
    /// assert!((gap.statistic.unwrap() + 1.591).abs() < 0.001);
    /// ```
    pub fn gap(&self, a: Group, b: Reference, known_sd: Option<f64>) -> Result<Gap, &'static str> {
        self.check(&a)?;
        let known_sd = present(known_sd);
        if known_sd.is_some_and(|sd| !(sd > 0.0 && sd.is_finite())) {
            return Err("a known standard deviation must be finite and above 0");
        }
        let (b, fixed) = match b {
            Reference::Group(group) => (group, false),
            Reference::Fixed(mean) => (Group { mean, n: None, sd: None }, true),
        };
        if fixed {
            self.check_mean(b.mean)?;
        } else {
            self.check(&b)?;
        }
        let (Some(mean_a), Some(mean_b), Some(n_a)) = (present(a.mean), present(b.mean), present(a.n)) else {
            return Ok(Gap::without(GapStatus::Missing, None));
        };
        let n_b = if fixed { None } else { present(b.n) };
        if !fixed && n_b.is_none() {
            return Ok(Gap::without(GapStatus::Missing, None));
        }
        let minimum = f64::from(self.min_group.max(1));
        if n_a < minimum || n_b.is_some_and(|n| n < minimum) {
            return Ok(Gap::without(GapStatus::BelowMinimum, None));
        }
        let gap = mean_a - mean_b;
        let found = match self.method {
            GapMethod::KnownSd => known_sd.map(|sd| self.known_sd(gap, n_a, n_b, sd)),
            GapMethod::Welch => self.welch(gap, n_a, present(a.sd), n_b, present(b.sd), fixed),
            GapMethod::Proportion => Some(self.proportion(mean_a / 100.0, n_a, mean_b / 100.0, n_b)),
        };
        Ok(found.unwrap_or(Gap::without(GapStatus::NoError, Some(gap))))
    }

    fn check(&self, group: &Group) -> Result<(), &'static str> {
        if present(group.n).is_some_and(|n| !(n >= 0.0 && n.is_finite())) {
            return Err("a number of pupils must be finite and not negative");
        }
        if present(group.sd).is_some_and(|sd| !(sd >= 0.0 && sd.is_finite())) {
            return Err("a standard deviation must be finite and not negative");
        }
        self.check_mean(group.mean)
    }

    fn check_mean(&self, mean: Option<f64>) -> Result<(), &'static str> {
        match present(mean) {
            Some(mean) if mean.is_infinite() => Err("a mean must be finite"),
            Some(mean) if self.method == GapMethod::Proportion && !(0.0..=100.0).contains(&mean) => {
                Err("a percentage must lie between 0 and 100")
            }
            _ => Ok(()),
        }
    }

    fn known_sd(&self, gap: f64, n_a: f64, n_b: Option<f64>, sd: f64) -> Gap {
        let se = sd * (1.0 / n_a + n_b.map_or(0.0, |n| 1.0 / n)).sqrt();
        // The published intervals are drawn with 1.96, not with the exact normal quantile.
        let z = if (self.confidence - 0.95).abs() < 1e-12 { 1.96 } else { normal_quantile(self.confidence) };
        let statistic = gap / se;
        Gap {
            gap: Some(gap),
            se: Some(se),
            ci_low: Some(gap - z * se),
            ci_high: Some(gap + z * se),
            statistic: Some(statistic),
            p_value: Some(normal_p_value(statistic)),
            status: GapStatus::Ok,
        }
    }

    fn welch(
        &self,
        gap: f64,
        n_a: f64,
        sd_a: Option<f64>,
        n_b: Option<f64>,
        sd_b: Option<f64>,
        fixed: bool,
    ) -> Option<Gap> {
        let (var_a, df_a) = (sd_a?.powi(2) / n_a, n_a - 1.0);
        let (var_b, df_b) = match n_b {
            Some(n_b) => (sd_b?.powi(2) / n_b, n_b - 1.0),
            None if fixed => (0.0, 1.0),
            None => return None,
        };
        let variance = var_a + var_b;
        let term_b = if var_b > 0.0 { var_b.powi(2) / df_b } else { 0.0 };
        let term_a = if var_a > 0.0 { var_a.powi(2) / df_a } else { 0.0 };
        let freedom = variance.powi(2) / (term_a + term_b);
        if !(variance > 0.0 && freedom.is_finite() && freedom > 0.0) {
            return None;
        }
        let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
        let se = variance.sqrt();
        let t = t_quantile(self.confidence, freedom)?;
        let statistic = gap / se;
        Some(Gap {
            gap: Some(gap),
            se: Some(se),
            ci_low: Some(gap - t * se),
            ci_high: Some(gap + t * se),
            statistic: Some(statistic),
            p_value: Some((2.0 * student.cdf(-statistic.abs())).min(1.0)),
            status: GapStatus::Ok,
        })
    }

    /// Percentages, here as proportions; the results are percentage points.
    fn proportion(&self, p_a: f64, n_a: f64, p_b: f64, n_b: Option<f64>) -> Gap {
        let z = normal_quantile(self.confidence);
        let gap = p_a - p_b;
        let (low_a, high_a) = wilson(p_a, n_a, z);
        let (se, low, high, null_variance) = match n_b {
            None => ((p_a * (1.0 - p_a) / n_a).sqrt(), low_a - p_b, high_a - p_b, p_b * (1.0 - p_b) / n_a),
            Some(n_b) => {
                let (low_b, high_b) = wilson(p_b, n_b, z);
                let pooled = (p_a * n_a + p_b * n_b) / (n_a + n_b);
                (
                    (p_a * (1.0 - p_a) / n_a + p_b * (1.0 - p_b) / n_b).sqrt(),
                    gap - ((p_a - low_a).powi(2) + (high_b - p_b).powi(2)).sqrt(),
                    gap + ((high_a - p_a).powi(2) + (p_b - low_b).powi(2)).sqrt(),
                    pooled * (1.0 - pooled) * (1.0 / n_a + 1.0 / n_b),
                )
            }
        };
        // All or none of the pupils in both groups: there is an interval, but nothing to test.
        let statistic = (null_variance > 0.0).then(|| gap / null_variance.sqrt());
        Gap {
            gap: Some(100.0 * gap),
            se: Some(100.0 * se),
            ci_low: Some(100.0 * low),
            ci_high: Some(100.0 * high),
            statistic,
            p_value: statistic.map(normal_p_value),
            status: GapStatus::Ok,
        }
    }
}

/// Wilson's interval of a proportion, `(p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)`.
#[must_use]
pub fn wilson(p: f64, n: f64, z: f64) -> (f64, f64) {
    let scale = 1.0 + z * z / n;
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0))
}

/// Degrees of freedom above which the quantile of t is taken from its expansion, which is then exact to 12 digits.
const MANY_DEGREES: f64 = 1000.0;

/// Standard errors on either side of a mean, by Student's t with `freedom` degrees of freedom, not necessarily whole; `None`
/// without any.
pub(crate) fn t_quantile(confidence: f64, freedom: f64) -> Option<f64> {
    if freedom > MANY_DEGREES {
        return Some(t_quantile_of_many(normal_quantile(confidence), freedom));
    }
    Some(StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.5 + confidence / 2.0))
}

/// Quantile of t from that of the normal distribution, for many degrees of freedom `f`: the expansion of Cornish and Fisher
/// in powers of `1 / f` up to the fourth. The search that serves for few degrees ends too early for many.
fn t_quantile_of_many(z: f64, f: f64) -> f64 {
    let square = z * z;
    let first = (square + 1.0) / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    let fourth = ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0) / 92_160.0;
    z * (1.0 + (first + (second + (third + fourth / f) / f) / f) / f)
}

pub(crate) fn normal_quantile(confidence: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + confidence / 2.0)
}

pub(crate) fn normal_p_value(z: f64) -> f64 {
    (2.0 * Normal::standard().cdf(-z.abs())).min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn group(mean: f64, n: f64, sd: f64) -> Group {
        Group { mean: Some(mean), n: Some(n), sd: Some(sd) }
    }

    fn rule(method: GapMethod) -> GapRule {
        GapRule::new(method, 0.95, 6).unwrap()
    }

    fn near(found: Option<f64>, expected: f64, tolerance: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }

    #[test]
    fn known_standard_deviation_worked_example() {
        let gap = rule(GapMethod::KnownSd)
            .gap(group(-0.4, 20.0, 0.0), Reference::Group(group(0.1, 100.0, 0.0)), Some(1.2827))
            .unwrap();
        near(gap.gap, -0.5, 1e-12);
        near(gap.se, 0.3142, 5e-5);
        near(gap.statistic, -1.591, 5e-4);
        near(gap.ci_low, -1.116, 5e-4);
        near(gap.ci_high, 0.116, 5e-4);
        near(gap.p_value, 0.1115, 5e-4);
    }

    #[test]
    fn a_fixed_figure_has_no_error_of_its_own() {
        let gap =
            rule(GapMethod::KnownSd).gap(group(-0.26, 25.0, 0.0), Reference::Fixed(Some(0.11)), Some(1.25)).unwrap();
        near(gap.gap, -0.37, 1e-12);
        near(gap.se, 0.25, 1e-12);
    }

    #[test]
    fn welch_takes_each_group_s_own_spread() {
        let a = group(4.0, 6.0, 8.0_f64.sqrt());
        let b = group(6.0, 7.0, (32.0 / 3.0_f64).sqrt());
        let gap = rule(GapMethod::Welch).gap(a, Reference::Group(b), None).unwrap();
        let variance: f64 = 8.0 / 6.0 + 32.0 / 21.0;
        near(gap.se, variance.sqrt(), 1e-12);
        near(gap.statistic, -2.0 / variance.sqrt(), 1e-12);
        let alone = rule(GapMethod::Welch).gap(a, Reference::Fixed(Some(6.0)), None).unwrap();
        near(alone.se, (8.0 / 6.0_f64).sqrt(), 1e-12);
    }

    // Quantiles of t at 0.975, from scipy.stats.t.ppf.
    #[test]
    fn quantiles_of_t_for_many_degrees_of_freedom() {
        for (n, quantile) in [
            (1001.0, 1.962_339_080_826_408_3),
            (1002.0, 1.962_336_705_280_879_8),
            (100_001.0, 1.959_987_707_534_609_5),
            (10_000_001.0, 1.959_964_221_767_205),
        ] {
            let a = group(1.0, n, 1.0);
            let gap = rule(GapMethod::Welch).gap(a, Reference::Fixed(Some(0.0)), None).unwrap();
            near(gap.ci_high.map(|high| (high - 1.0) * n.sqrt()), quantile, 1e-9);
        }
    }

    // Newcombe (1998), method 10, 56/70 against 48/80: 0.0524 to 0.3339.
    #[test]
    fn newcombe_interval() {
        let gap = rule(GapMethod::Proportion)
            .gap(group(80.0, 70.0, 0.0), Reference::Group(group(60.0, 80.0, 0.0)), None)
            .unwrap();
        near(gap.ci_low, 5.24, 0.005);
        near(gap.ci_high, 33.39, 0.005);
        let none = rule(GapMethod::Proportion)
            .gap(group(0.0, 10.0, 0.0), Reference::Group(group(0.0, 20.0, 0.0)), None)
            .unwrap();
        assert_eq!((none.gap, none.statistic, none.p_value), (Some(0.0), None, None));
        assert!(none.ci_low.unwrap() < 0.0 && none.ci_high.unwrap() > 0.0);
    }

    #[test]
    fn small_groups_are_not_shown_and_missing_ones_not_invented() {
        let known = rule(GapMethod::KnownSd);
        let b = Reference::Group(group(0.1, 100.0, 0.0));
        let five = known.gap(group(-0.4, 5.0, 0.0), b, Some(1.2)).unwrap();
        assert_eq!((five.gap, five.status), (None, GapStatus::BelowMinimum));
        assert_eq!(known.gap(group(-0.4, 6.0, 0.0), b, Some(1.2)).unwrap().status, GapStatus::Ok);
        let missing = known.gap(Group { mean: None, n: Some(20.0), sd: None }, b, Some(1.2)).unwrap();
        assert_eq!((missing.gap, missing.status), (None, GapStatus::Missing));
        let unsure = known.gap(group(-0.4, 20.0, 0.0), b, None).unwrap();
        assert_eq!((unsure.gap, unsure.se, unsure.status), (Some(-0.5), None, GapStatus::NoError));
        let flat = rule(GapMethod::Welch).gap(group(1.0, 10.0, 0.0), Reference::Group(group(2.0, 10.0, 0.0)), None);
        assert_eq!(flat.unwrap().status, GapStatus::NoError);
    }

    #[test]
    fn impossible_values_are_refused() {
        let percent = rule(GapMethod::Proportion);
        let b = Reference::Group(group(50.0, 100.0, 0.0));
        assert!(percent.gap(group(100.1, 20.0, 0.0), b, None).is_err());
        assert!(percent.gap(group(100.0, -1.0, 0.0), b, None).is_err());
        assert!(percent.gap(group(10.0, 20.0, 0.0), Reference::Fixed(Some(-1.0)), None).is_err());
        let known = rule(GapMethod::KnownSd);
        assert!(known.gap(group(f64::INFINITY, 20.0, 0.0), b, Some(1.0)).is_err());
        assert!(known.gap(group(1.0, 20.0, -1.0), b, Some(1.0)).is_err());
        assert!(known.gap(group(1.0, 20.0, 1.0), b, Some(0.0)).is_err());
        assert!(GapRule::new(GapMethod::Welch, 1.0, 6).is_err());
    }

    proptest! {
        #[test]
        fn intervals_hold_the_gap_and_swap_sides(
            a in 0.0..100.0f64, b in 0.0..100.0f64, n_a in 6.0..300.0f64, n_b in 6.0..300.0f64, sd in 0.1..20.0f64,
        ) {
            for method in [GapMethod::KnownSd, GapMethod::Welch, GapMethod::Proportion] {
                let forth = rule(method).gap(group(a, n_a, sd), Reference::Group(group(b, n_b, sd)), Some(sd)).unwrap();
                let back = rule(method).gap(group(b, n_b, sd), Reference::Group(group(a, n_a, sd)), Some(sd)).unwrap();
                let (low, high) = (forth.ci_low.unwrap(), forth.ci_high.unwrap());
                prop_assert!(low <= a - b + 1e-9 && high >= a - b - 1e-9);
                prop_assert!((low + back.ci_high.unwrap()).abs() < 1e-6);
                prop_assert!((high + back.ci_low.unwrap()).abs() < 1e-6);
                prop_assert!((0.0..=1.0).contains(&forth.p_value.unwrap_or(1.0)));
            }
        }
    }
}
