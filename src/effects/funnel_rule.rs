//! Settings of funnel limits, and what over-dispersion they find in schools.

use serde::{Deserialize, Serialize};

use super::moments::count;
use super::shrinkage::checked;
use crate::error::{Error, Result};
use crate::numbers::quantile;

/// What the scores are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// Means of pupils with this standard deviation: standard error `sd / sqrt(n)`.
    Mean {
        /// Standard deviation of pupils.
        sd: f64,
    },
    /// Percentages of pupils, 0 to 100: standard error `sqrt(p (100 - p) / n)` at the target `p`.
    Percentage {
        /// Limits from the binomial distribution itself instead of its normal approximation.
        exact: bool,
    },
}

/// How scores that differ by more than chance widen the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overdispersion {
    /// Not at all.
    None,
    /// A variance between schools is added: `sqrt(se^2 + tau2)`.
    Additive,
    /// All standard errors are stretched: `se * sqrt(phi)`, never shortened.
    Multiplicative,
}

/// What is done with the farthest scores before over-dispersion is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tails {
    /// They are drawn in to the quantiles.
    Winsorise,
    /// They are left out.
    Trim,
}

/// Settings of funnel limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelRule {
    /// What the scores are.
    pub measure: Measure,
    /// How over-dispersion is allowed for.
    pub overdispersion: Overdispersion,
    /// What is done with the farthest scores.
    pub tails: Tails,
    /// Share of the scores on each side that counts as farthest.
    pub share: f64,
    /// Rising levels of the limits, such as 0.95 and 0.998.
    pub levels: Vec<f64>,
    /// Fewest pupils of a school that counts and is shown.
    pub min_group: u64,
}

/// A score and number of pupils that count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SchoolScore {
    /// Mean or percentage.
    pub score: f64,
    /// Pupils.
    pub n: f64,
}

impl FunnelRule {
    /// Settings, checked.
    ///
    /// # Errors
    /// [`Error::Input`] for a spread that is not above 0, a share outside 0 to 0.5, levels that do not rise between 0 and 1,
    /// or exact limits with an allowance for over-dispersion, which they cannot have.
    pub fn new(
        measure: Measure,
        overdispersion: Overdispersion,
        (tails, share): (Tails, f64),
        levels: Vec<f64>,
        min_group: u64,
    ) -> Result<Self> {
        let refuse = |message: String| Err(Error::Input(message));
        match measure {
            Measure::Mean { sd } if !(sd > 0.0 && sd.is_finite()) => {
                return refuse(format!("sd: a finite number above 0 is needed, not {sd}"));
            }
            Measure::Percentage { exact: true } if overdispersion != Overdispersion::None => {
                return refuse(
                    "exact limits are those of chance alone, they cannot allow for over-dispersion".to_owned(),
                );
            }
            _ => {}
        }
        if !(0.0..0.5).contains(&share) {
            return refuse(format!("the share of farthest scores must lie from 0 to under 0.5, not {share}"));
        }
        let inside = levels.iter().all(|level| *level > 0.0 && *level < 1.0);
        let rising = levels.windows(2).all(|pair| matches!(pair, [low, high] if low < high));
        if levels.is_empty() || !inside || !rising {
            return refuse(format!("levels must rise between 0 and 1, not {levels:?}"));
        }
        Ok(Self { measure, overdispersion, tails, share, levels, min_group })
    }

    pub(super) fn check(&self, score: Option<f64>, n: Option<f64>) -> Result<Option<SchoolScore>, &'static str> {
        let Some((score, n)) = checked(score, n)? else { return Ok(None) };
        if let Measure::Percentage { exact } = self.measure {
            if !(0.0..=100.0).contains(&score) {
                return Err("a percentage must lie between 0 and 100");
            }
            if exact && n.fract() != 0.0 {
                return Err("exact limits need a whole number of pupils");
            }
        }
        Ok(Some(SchoolScore { score, n }))
    }

    pub(super) fn large_enough(&self, n: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
        let minimum = self.min_group.max(1) as f64;
        n >= minimum
    }

    pub(super) fn error_of(&self, target: f64, n: f64) -> f64 {
        match self.measure {
            Measure::Mean { sd } => sd / n.sqrt(),
            Measure::Percentage { .. } => (target * (100.0 - target) / n).sqrt(),
        }
    }

    /// Names of the levels, such as `95` and `99.8`.
    #[must_use]
    pub fn level_names(&self) -> Vec<String> {
        self.levels.iter().map(|level| format!("{}", (level * 1e10).round() / 1e8)).collect()
    }

    /// The word for a position: `within`, or for instance `above_99.8`.
    #[must_use]
    pub fn class(&self, beyond: Option<(usize, bool)>) -> String {
        let Some((at, above)) = beyond else { return "within".to_owned() };
        let name = self.level_names().into_iter().nth(at).unwrap_or_default();
        format!("{}_{name}", if above { "above" } else { "below" })
    }
}

impl FunnelRule {
    /// Schools used, phi and tau2.
    ///
    /// # Errors
    /// [`Error::Input`] if a score lies so far from the target that its distance is no finite number.
    pub(super) fn dispersion(&self, schools: &[SchoolScore], target: f64) -> Result<(usize, f64, f64)> {
        let z_of = |school: &SchoolScore| (school.score - target) / self.error_of(target, school.n);
        let mut sorted: Vec<f64> = schools.iter().map(z_of).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        if let Some(far) = schools.iter().find(|school| !z_of(school).powi(2).is_finite()) {
            return Err(too_far(far.score, target));
        }
        let low = quantile(&sorted, self.share).unwrap_or_default();
        let high = quantile(&sorted, 1.0 - self.share).unwrap_or_default();
        let (mut used, mut squares, mut weights, mut weights_squared) = (0_usize, 0.0, 0.0, 0.0);
        for school in schools {
            let z = z_of(school);
            if self.tails == Tails::Trim && !(low..=high).contains(&z) {
                continue;
            }
            let weight = self.error_of(target, school.n).powi(-2);
            used += 1;
            squares += z.clamp(low, high).powi(2);
            weights += weight;
            weights_squared += weight * weight;
        }
        let phi = squares / count(used);
        let spare = weights - weights_squared / weights;
        let tau2 = if used < 2 { 0.0 } else { ((squares - (count(used) - 1.0)) / spare).max(0.0) };
        if !squares.is_finite() || !tau2.is_finite() {
            let away = |score: &f64| (score - target).abs();
            let far = schools.iter().map(|school| school.score).max_by(|a, b| away(a).total_cmp(&away(b)));
            return Err(too_far(far.unwrap_or(target), target));
        }
        Ok((used, phi, tau2))
    }
}

fn too_far(score: f64, target: f64) -> Error {
    Error::Input(format!(
        "target: the scores must lie near enough for their distance to be squared; {score} is too far from {target}"
    ))
}

pub(super) fn check_target(rule: &FunnelRule, target: f64) -> Result<()> {
    let inside = match rule.measure {
        Measure::Mean { .. } => target.is_finite(),
        Measure::Percentage { .. } => target > 0.0 && target < 100.0,
    };
    if inside {
        return Ok(());
    }
    let needed = match rule.measure {
        Measure::Mean { .. } => "a finite number",
        Measure::Percentage { .. } => "a percentage above 0 and below 100",
    };
    Err(Error::Input(format!("target: {needed} is needed, not {target}")))
}
