//! Effects of schools: random-intercept models, empirical Bayes shrinkage, funnel limits.
//!
//! A school's mean is part chance. Models and shrinkage keep the part that its number of pupils supports; funnel limits say
//! which means lie farther from a target than chance and the ordinary differences between schools explain.

mod columns;
pub mod contextual;
pub(crate) mod fit;
mod funnel;
mod funnel_rule;
pub(crate) mod matrix;
mod model;
pub(crate) mod moments;
mod school_fit;
pub(crate) mod search;
mod shrinkage;
#[cfg(test)]
mod tests;

use statrs::distribution::{ContinuousCDF, Normal};

pub use columns::{SHRUNKEN, funnel_columns, funnel_positions, shrunken};
pub use contextual::{PriorShape, prior_basis, school_intake};
pub use funnel::{FunnelLimits, FunnelPosition};
pub use funnel_rule::{FunnelRule, Measure, Overdispersion, SchoolScore, Tails};
pub use model::{Coefficient, EffectFigures, Likelihood, ModelSettings, Pupils, RandomIntercept, SchoolEffect, Term};
pub use moments::Covariate;
pub(crate) use moments::count;
pub use school_fit::{FittedSchool, SchoolFit, SchoolMethod};
pub use shrinkage::{Shrinkage, ShrinkageGroup, ShrinkageMethod, ShrinkageRule, Shrunken};

use crate::error::{Error, Result};

/// An estimate with its standard error, test and interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Estimate.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided probability of a z at least as far from 0 under the normal distribution.
    pub p_value: f64,
    /// Lower end of the interval.
    pub ci_low: f64,
    /// Upper end of the interval.
    pub ci_high: f64,
}

impl Estimate {
    /// An estimate with its normal interval at a level of confidence.
    #[must_use]
    pub fn new(estimate: f64, se: f64, confidence: f64) -> Self {
        let (z, half) = (estimate / se, multiplier(confidence) * se);
        let p_value = 2.0 * Normal::standard().sf(z.abs());
        Self { estimate, se, z, p_value, ci_low: estimate - half, ci_high: estimate + half }
    }
}

/// Standard errors on either side of an estimate. For 95 % it is 1.96, as in published intervals.
#[must_use]
pub fn multiplier(confidence: f64) -> f64 {
    if (confidence - 0.95).abs() < 1e-12 { 1.96 } else { Normal::standard().inverse_cdf(0.5 + confidence / 2.0) }
}

fn check_confidence(confidence: f64) -> Result<()> {
    if confidence > 0.0 && confidence < 1.0 {
        return Ok(());
    }
    Err(Error::Input(format!("confidence must lie between 0 and 1, not {confidence}")))
}
