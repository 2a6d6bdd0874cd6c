//! Funnel limits: how far a school's score may lie from a target by chance, with allowance for over-dispersion.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, DiscreteCDF};

use super::funnel_rule::{FunnelRule, Measure, Overdispersion, check_target};
use super::multiplier;
use super::shrinkage::{BELOW_MINIMUM, MISSING, OK};
use crate::error::{Error, Result};
use crate::numbers::decimal_difference;

/// Funnel limits learned from schools, ready to be applied to any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelLimits {
    /// Version of this format.
    pub format: u32,
    /// Settings.
    pub rule: FunnelRule,
    /// The score that schools are held against.
    pub target: f64,
    /// Whether the target was given, and not worked out from the schools.
    pub target_given: bool,
    /// Schools that count.
    pub schools: u64,
    /// Their pupils.
    pub pupils: f64,
    /// Schools that over-dispersion was estimated on: fewer than all where tails are trimmed.
    pub phi_schools: u64,
    /// Spiegelhalter's over-dispersion: the mean of the squared z scores, 1 where there is chance alone.
    pub phi: f64,
    /// Variance between schools beyond chance, by moments.
    pub tau2: f64,
}

/// Where a school lies in the funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelPosition {
    /// Lower and upper limit at each level.
    pub limits: Vec<(f64, f64)>,
    /// Distance from the target in standard errors.
    pub z: f64,
    /// The same with the allowance for over-dispersion.
    pub z_adjusted: f64,
    /// The outermost limits that the score lies beyond: number of the level, and whether above; `None` within all.
    pub beyond: Option<(usize, bool)>,
}

impl FunnelLimits {
    /// Format version that this crate writes and reads.
    pub const FORMAT: u32 = 1;

    /// Learns target and over-dispersion from the schools.
    ///
    /// Without a target it is `sum(n * score) / sum(n)`. With `z_j = (score_j - target) / se_j` and the farthest z drawn in
    /// or left out, `phi = mean(z^2)` over `I` schools and
    /// `tau2 = max(0, (I phi - (I - 1)) / (sum w - sum w^2 / sum w))`, `w = 1 / se^2`.
    /// Schools with a missing score or number, or fewer pupils than the minimum, do not count.
    ///
    /// # Errors
    /// [`Error::Input`] for impossible values, a target that is none, no school that counts, or fewer than two where
    /// over-dispersion is to be estimated.
    ///
    /// ```
    /// use schoolframe::effects::{FunnelLimits, FunnelRule, Measure, Overdispersion, Tails};
    /// let rule = FunnelRule::new(
    ///     Measure::Mean { sd: 1.28 }, Overdispersion::None, (Tails::Winsorise, 0.1), vec![0.95, 0.998], 6,
    /// ).unwrap();
    /// let limits = FunnelLimits::fit(&[Some(0.6), Some(-0.1)], &[Some(64.0), Some(100.0)], Some(0.0), rule).unwrap();
    /// let (position, _) = limits.position(Some(0.6), Some(64.0)).unwrap();
    /// let position = position.unwrap();
    /// assert!((position.limits[0].1 - 1.96 * 1.28 / 8.0).abs() < 1e-12);
    /// assert_eq!(limits.rule.class(position.beyond), "above_99.8");
    /// ```
    pub fn fit(scores: &[Option<f64>], n: &[Option<f64>], target: Option<f64>, rule: FunnelRule) -> Result<Self> {
        if scores.len() != n.len() {
            return Err(Error::Input("a score and a number of pupils are needed for every school".to_owned()));
        }
        let mut schools = Vec::new();
        for (row, (score, n)) in scores.iter().zip(n).enumerate() {
            let school = rule.check(*score, *n).map_err(|why| Error::Input(format!("row {row}: {why}")))?;
            schools.extend(school.filter(|school| rule.large_enough(school.n)));
        }
        if schools.is_empty() {
            return Err(Error::Input("funnel limits need a school with a score and enough pupils".to_owned()));
        }
        let pupils: f64 = schools.iter().map(|school| school.n).sum();
        let centre = schools.iter().map(|school| school.n * school.score).sum::<f64>() / pupils;
        let given = target.is_some();
        let target = target.unwrap_or(centre);
        check_target(&rule, target)?;
        let (phi_schools, phi, tau2) = rule.dispersion(&schools, target)?;
        if rule.overdispersion != Overdispersion::None && phi_schools < 2 {
            return Err(Error::Input("over-dispersion needs at least 2 schools that count".to_owned()));
        }
        Ok(Self {
            format: Self::FORMAT,
            rule,
            target,
            target_given: given,
            schools: schools.len() as u64,
            pupils,
            phi_schools: phi_schools as u64,
            phi,
            tau2,
        })
    }

    /// Where a school lies, and the word for its state: `ok`, `missing` or `below_minimum`. A score on a limit is within
    /// it; the two are compared as decimals.
    ///
    /// # Errors
    /// The rule that an impossible value breaks.
    pub fn position(
        &self,
        score: Option<f64>,
        n: Option<f64>,
    ) -> Result<(Option<FunnelPosition>, &'static str), &'static str> {
        let Some(school) = self.rule.check(score, n)? else { return Ok((None, MISSING)) };
        if !self.rule.large_enough(school.n) {
            return Ok((None, BELOW_MINIMUM));
        }
        let limits = self.limits(school.n);
        let distance = school.score - self.target;
        let beyond = |(at, (low, high)): (usize, &(f64, f64))| {
            let above = decimal_difference(school.score, *high) > 0.0;
            let below = decimal_difference(school.score, *low) < 0.0;
            (above || below).then_some((at, above))
        };
        let outermost = limits.iter().enumerate().filter_map(beyond).next_back();
        let position = FunnelPosition {
            z: distance / self.rule.error_of(self.target, school.n),
            z_adjusted: distance / self.error_of(school.n),
            beyond: outermost,
            limits,
        };
        Ok((Some(position), OK))
    }

    /// Lower and upper limit at each level for a school of `n` pupils.
    #[must_use]
    pub fn limits(&self, n: f64) -> Vec<(f64, f64)> {
        self.rule
            .levels
            .iter()
            .map(|level| match self.rule.measure {
                Measure::Percentage { exact: true } => {
                    (exact_limit(self.target, n, 0.5 - level / 2.0), exact_limit(self.target, n, 0.5 + level / 2.0))
                }
                measure => {
                    let half = multiplier(*level) * self.error_of(n);
                    let (low, high) = (self.target - half, self.target + half);
                    let bounded = matches!(measure, Measure::Percentage { .. });
                    if bounded { (low.max(0.0), high.min(100.0)) } else { (low, high) }
                }
            })
            .collect()
    }

    /// The standard error with the allowance for over-dispersion.
    fn error_of(&self, n: f64) -> f64 {
        let own = self.rule.error_of(self.target, n);
        match self.rule.overdispersion {
            Overdispersion::None => own,
            Overdispersion::Additive => (own * own + self.tau2).sqrt(),
            Overdispersion::Multiplicative => own * self.phi.max(1.0).sqrt(),
        }
    }

    /// The limits as JSON text.
    ///
    /// # Errors
    /// [`Error::Input`] if a figure is not finite.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Input(error.to_string()))
    }

    /// Limits from the text that [`Self::to_json`] wrote, its rules checked again.
    ///
    /// # Errors
    /// [`Error::Input`] for any other text.
    pub fn from_json(text: &str) -> Result<Self> {
        let refuse = |why: &str| Error::Input(format!("this text holds no funnel limits: {why}"));
        let found: Self = serde_json::from_str(text).map_err(|error| refuse(&error.to_string()))?;
        if found.format != Self::FORMAT {
            return Err(refuse(&format!("its format is {}, not {}", found.format, Self::FORMAT)));
        }
        let rule = found.rule.clone();
        FunnelRule::new(rule.measure, rule.overdispersion, (rule.tails, rule.share), rule.levels, rule.min_group)?;
        check_target(&found.rule, found.target)?;
        if !(found.phi >= 0.0 && found.tau2 >= 0.0) {
            return Err(refuse("phi and tau2 must not be negative"));
        }
        Ok(found)
    }
}

/// The percentage of `n` pupils at a cumulative probability of the binomial distribution, interpolated between counts.
///
/// With `r` the least count whose cumulative probability reaches `p`, it is
/// `(r - (F(r) - p) / (F(r) - F(r - 1))) / n`.
fn exact_limit(target: f64, n: f64, p: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of pupils")]
    let size = n as u64;
    let Ok(binomial) = Binomial::new(target / 100.0, size) else { return target };
    let (mut below, mut reached) = (0, size);
    // The least count whose cumulative probability reaches p, by halving.
    while below < reached {
        let middle = u64::midpoint(below, reached);
        if binomial.cdf(middle) >= p { reached = middle } else { below = middle + 1 }
    }
    let upper = binomial.cdf(reached);
    let lower = if reached == 0 { 0.0 } else { binomial.cdf(reached - 1) };
    #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
    let counted = reached as f64;
    (100.0 * (counted - (upper - p) / (upper - lower)) / n).clamp(0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::funnel_rule::Tails;
    use super::*;

    fn rule(measure: Measure, overdispersion: Overdispersion, tails: Tails, share: f64) -> FunnelRule {
        FunnelRule::new(measure, overdispersion, (tails, share), vec![0.95, 0.998], 6).unwrap()
    }

    const MEAN: Measure = Measure::Mean { sd: 1.25 };

    #[test]
    fn a_score_on_a_limit_is_within_it() {
        let rule = rule(MEAN, Overdispersion::None, Tails::Winsorise, 0.1);
        let limits = FunnelLimits::fit(&[Some(0.0)], &[Some(25.0)], Some(0.0), rule).unwrap();
        let high = limits.limits(25.0)[0].1;
        let class = |score: f64| {
            let position = limits.position(Some(score), Some(25.0)).unwrap().0.unwrap();
            limits.rule.class(position.beyond)
        };
        assert!((high - 0.49).abs() < 1e-12);
        assert_eq!([high, high + 2e-9, -high, -high - 2e-9].map(class), ["within", "above_95", "within", "below_95"]);
        assert_eq!([2.0, -2.0].map(class), ["above_99.8", "below_99.8"]);
    }

    #[test]
    fn overdispersion_by_hand() {
        // Standard errors 0.25 and 0.125; z = 4, 0, -8, 2.
        let (scores, n) = ([1.0, 0.0, -1.0, 0.25].map(Some), [25.0, 25.0, 100.0, 100.0].map(Some));
        let fit = |overdispersion, tails, share| {
            FunnelLimits::fit(&scores, &n, Some(0.0), rule(MEAN, overdispersion, tails, share)).unwrap()
        };
        let whole = fit(Overdispersion::Additive, Tails::Winsorise, 0.0);
        assert!((whole.phi - 21.0).abs() < 1e-12);
        assert!((whole.tau2 - (84.0 - 3.0) / (160.0 - 8704.0 / 160.0)).abs() < 1e-12);
        let position = whole.position(Some(1.0), Some(25.0)).unwrap().0.unwrap();
        assert!((position.z - 4.0).abs() < 1e-12);
        assert!((position.z_adjusted - 1.0 / (0.0625 + whole.tau2).sqrt()).abs() < 1e-12);
        let stretched = fit(Overdispersion::Multiplicative, Tails::Winsorise, 0.0);
        assert!(
            (stretched.position(Some(1.0), Some(25.0)).unwrap().0.unwrap().z_adjusted - 4.0 / 21_f64.sqrt()).abs()
                < 1e-12
        );
        let trimmed = fit(Overdispersion::Additive, Tails::Trim, 0.25);
        assert_eq!(trimmed.phi_schools, 2);
        assert!((trimmed.phi - 2.0).abs() < 1e-12);
    }

    #[test]
    fn exact_limits_enclose_their_share_of_the_binomial() {
        let rule = rule(Measure::Percentage { exact: true }, Overdispersion::None, Tails::Winsorise, 0.1);
        let limits = FunnelLimits::fit(&[Some(60.0)], &[Some(20.0)], Some(60.0), rule).unwrap();
        let (low, high) = limits.limits(20.0)[0];
        let binomial = Binomial::new(0.6, 20).unwrap();
        // The quantiles at 2.5 % and 97.5 % are counts 8 and 16; interpolation stays within one count below them.
        assert!(binomial.cdf(7) < 0.025 && binomial.cdf(8) >= 0.025);
        assert!(binomial.cdf(15) < 0.975 && binomial.cdf(16) >= 0.975);
        assert!((35.0..=40.0).contains(&low) && (75.0..=80.0).contains(&high), "{low} {high}");
        assert!(limits.position(Some(60.0), Some(20.5)).is_err());
        assert!(limits.position(Some(101.0), Some(20.0)).is_err());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let bad = |measure, share, levels: &[f64]| {
            FunnelRule::new(measure, Overdispersion::Additive, (Tails::Trim, share), levels.to_vec(), 6).is_err()
        };
        assert!(bad(Measure::Mean { sd: 0.0 }, 0.1, &[0.95]) && bad(Measure::Percentage { exact: true }, 0.1, &[0.95]));
        assert!(bad(MEAN, 0.5, &[0.95]) && bad(MEAN, 0.1, &[0.998, 0.95]) && bad(MEAN, 0.1, &[]));
        let percent = rule(Measure::Percentage { exact: false }, Overdispersion::None, Tails::Trim, 0.1);
        assert!(FunnelLimits::fit(&[Some(100.0)], &[Some(20.0)], None, percent).is_err());
        let alone = rule(MEAN, Overdispersion::Additive, Tails::Trim, 0.1);
        assert!(FunnelLimits::fit(&[Some(1.0)], &[Some(20.0)], None, alone.clone()).is_err());
        let (scores, n) = ([0.1, -0.2, 0.3].map(Some), [40.0, 50.0, 60.0].map(Some));
        for target in [1e308, 1e200, -1e308] {
            let far = FunnelLimits::fit(&scores, &n, Some(target), alone.clone()).unwrap_err().to_string();
            assert!(far.starts_with("target: the scores must lie near enough"), "{far}");
        }
        let few = FunnelLimits::fit(&[Some(1.0)], &[Some(5.0)], None, alone);
        assert_eq!(few.unwrap_err().to_string(), "funnel limits need a school with a score and enough pupils");
    }

    proptest! {
        #[test]
        fn limits_narrow_with_pupils_and_the_text_reads_back(
            scores in prop::collection::vec(5.0..95.0f64, 4..30), n in prop::collection::vec(6_u32..300, 30),
        ) {
            let given: Vec<_> = scores.iter().copied().map(Some).collect();
            let pupils: Vec<_> = n.iter().take(scores.len()).map(|n| Some(f64::from(*n))).collect();
            for overdispersion in [Overdispersion::None, Overdispersion::Additive, Overdispersion::Multiplicative] {
                let rule = rule(Measure::Percentage { exact: false }, overdispersion, Tails::Winsorise, 0.1);
                let limits = FunnelLimits::fit(&given, &pupils, None, rule).unwrap();
                let (few, many) = (limits.limits(10.0), limits.limits(200.0));
                prop_assert!(few[0].0 <= many[0].0 && many[0].1 <= few[0].1);
                prop_assert!(few[1].0 <= few[0].0 && few[0].1 <= few[1].1);
                let back = FunnelLimits::from_json(&limits.to_json().unwrap()).unwrap();
                prop_assert!((back.tau2 - limits.tau2).abs() <= 1e-12 * limits.tau2 && back.rule == limits.rule);
            }
        }
    }
}
