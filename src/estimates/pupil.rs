//! What similar pupils go on to do: a model of an outcome, with the progress of schools at every rank.

use serde::{Deserialize, Serialize};

use super::pupil_fit::LEAST_SCHOOLS;
use super::pupil_terms::{ContextTerm, StartTerm};
use crate::error::{Error, Result};

/// Ranks that benchmarks are kept for: 1, the best, to 99.
pub const RANKS: usize = 99;

/// How far outcomes lie from what is expected, at one place of prior attainment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpreadPoint {
    /// Mean prior attainment of the pupils.
    pub prior: f64,
    /// Standard deviation within schools.
    pub sd: f64,
    /// Pupils.
    pub pupils: u64,
}

/// A benchmark: the progress of the school at a rank.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// Distance from the typical school, in the unit of the outcome.
    pub progress: f64,
    /// Standard error, from the number of schools.
    pub se: f64,
}

/// Grades of an outcome that is ordered: `Pr(grade g or better) = logistic(eta + weight * progress - cut_g)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradePart {
    /// Grades in rising order.
    pub grades: Vec<String>,
    /// Places of the grades that pupils of the fit have.
    pub seen: Vec<usize>,
    /// Cuts between the grades that were seen, rising.
    pub cuts: Vec<f64>,
    /// Coefficients of the terms, without an intercept.
    pub coefficients: Vec<f64>,
    /// Logits for one grade of a school's progress.
    pub weight: f64,
    /// Share of all pupils with each grade or better.
    pub shares: Vec<f64>,
}

/// A fitted model of one outcome. It holds figures of the whole, none of single pupils, and schools only as ranks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PupilModel {
    /// Version of this format.
    pub format: u32,
    /// Outcome.
    pub outcome: String,
    /// Prior attainment; the spread follows the first.
    pub starts: Vec<StartTerm>,
    /// Context.
    pub contexts: Vec<ContextTerm>,
    /// Lowest and highest value that an estimate is made for, of each context that is a number on no scale of its own.
    pub context_ends: Vec<Option<(f64, f64)>>,
    /// Coefficients, the intercept first: that of the typical school.
    pub coefficients: Vec<f64>,
    /// Covariances of the coefficients, lower triangle by row.
    pub covariance: Vec<Vec<f64>>,
    /// Variance between schools.
    pub between: f64,
    /// Variance within schools.
    pub within: f64,
    /// Pupils of the fit.
    pub pupils: u64,
    /// Schools of the fit.
    pub schools: u64,
    /// Schools that the benchmarks rest on.
    pub ranked: u64,
    /// Mean of the outcome over all pupils.
    pub mean: f64,
    /// Standard deviation of the outcome over all pupils.
    pub sd: f64,
    /// Progress at the ranks 1 to 99.
    pub benchmarks: Vec<Benchmark>,
    /// Spread within schools along the first prior attainment, in rising order.
    pub spread: Vec<SpreadPoint>,
    /// Grades, for an ordered outcome.
    pub grades: Option<GradePart>,
}

impl PupilModel {
    /// Format version that this crate writes and reads.
    pub const FORMAT: u32 = 1;

    /// Names of the terms, the intercept first.
    #[must_use]
    pub fn terms(&self) -> Vec<String> {
        std::iter::once("intercept".to_owned()).chain(term_names(&self.starts, &self.contexts)).collect()
    }

    /// The benchmark of a rank; there are those of 1 to 99.
    #[must_use]
    pub fn benchmark(&self, rank: u32) -> Option<Benchmark> {
        self.benchmarks.get((rank as usize).checked_sub(1)?).copied()
    }

    /// Standard deviation within schools at a value of the first prior attainment: linear between the points, flat outside.
    #[must_use]
    pub fn spread_at(&self, prior: f64) -> f64 {
        let at = self.spread.partition_point(|point| point.prior < prior);
        match (at.checked_sub(1).and_then(|before| self.spread.get(before)), self.spread.get(at)) {
            (Some(low), Some(high)) => low.sd + (high.sd - low.sd) * (prior - low.prior) / (high.prior - low.prior),
            (Some(only), None) | (None, Some(only)) => only.sd,
            (None, None) => self.within.sqrt(),
        }
    }

    /// The model as JSON text.
    ///
    /// # Errors
    /// [`Error::Input`] if a figure is not finite.
    pub fn to_json(&self) -> Result<String> {
        self.check()?;
        serde_json::to_string(self).map_err(|error| Error::Input(error.to_string()))
    }

    /// A model from the text that [`Self::to_json`] wrote, its rules checked again.
    ///
    /// # Errors
    /// [`Error::Input`] for any other text.
    pub fn from_json(text: &str) -> Result<Self> {
        let refuse = |why: String| Error::Input(format!("this text holds no model of estimates: {why}"));
        let model: Self = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        model.check().map_err(|error| refuse(error.to_string()))?;
        Ok(model)
    }

    /// Checks everything that estimates rest on.
    ///
    /// # Errors
    /// [`Error::Input`] naming what is wrong.
    pub fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::Input(format!("outcome '{}': {why}", self.outcome)));
        if self.format != Self::FORMAT {
            return refuse(&format!("its format is {}, not {}", self.format, Self::FORMAT));
        }
        self.starts.iter().try_for_each(StartTerm::check)?;
        let width = self.terms().len();
        let square =
            self.covariance.len() == width && self.covariance.iter().enumerate().all(|(at, row)| row.len() == at + 1);
        if self.starts.is_empty() || self.coefficients.len() != width || !square {
            return refuse("it needs prior attainment, a coefficient for each term and their covariances");
        }
        let figures = self.coefficients.iter().chain(self.covariance.iter().flatten());
        let figures = figures.chain(self.benchmarks.iter().flat_map(|one| [&one.progress, &one.se]));
        let figures = figures.chain([&self.between, &self.within, &self.mean, &self.sd]);
        if !figures.copied().all(f64::is_finite) {
            return refuse("a figure is not finite");
        }
        if !(self.between >= 0.0 && self.within > 0.0 && self.sd >= 0.0 && self.is_covariance()) {
            return refuse("variances must be positive, and no covariance larger than they allow");
        }
        if self.ranked < LEAST_SCHOOLS as u64 || self.schools < self.ranked || self.pupils < self.schools {
            return refuse("the numbers of pupils, schools and schools with a rank do not fit together");
        }
        let ended = |(term, ends): (&ContextTerm, &Option<(f64, f64)>)| match (term, ends) {
            (ContextTerm::Numbers(_), Some((low, high))) => low < high && high.is_finite() && low.is_finite(),
            (ContextTerm::Month(_) | ContextTerm::Words { .. }, None) => true,
            _ => false,
        };
        if self.context_ends.len() != self.contexts.len()
            || !self.contexts.iter().zip(&self.context_ends).all(ended)
            || self.contexts.iter().any(ContextTerm::is_doubled)
        {
            return refuse("context needs the ends of its numbers, and each level of its words once");
        }
        // Figures that are read from text may be off in their last binary digit.
        let no_better = |worse: f64, better: f64| worse <= better + 1e-12 * (1.0 + better.abs());
        let falling = self
            .benchmarks
            .windows(2)
            .all(|pair| matches!(pair, [better, worse] if no_better(worse.progress, better.progress)));
        if self.benchmarks.len() != RANKS || !falling || self.benchmarks.iter().any(|one| one.se < 0.0) {
            return refuse("benchmarks of the ranks 1 to 99 that do not rise are needed");
        }
        let ordered = self.spread.windows(2).all(|pair| matches!(pair, [low, high] if low.prior < high.prior));
        if self.spread.is_empty()
            || !ordered
            || self.spread.iter().any(|point| !(point.sd >= 0.0 && point.sd.is_finite()))
        {
            return refuse("the spread needs points that rise");
        }
        self.grades.as_ref().map_or(Ok(()), |part| {
            if part.fits(width - 1) { Ok(()) } else { refuse("its grades, cuts and shares do not fit together") }
        })
    }
}

impl PupilModel {
    /// Whether every covariance is one that its two variances allow.
    fn is_covariance(&self) -> bool {
        let variance = |at: usize| self.covariance.get(at).and_then(|row| row.last()).copied().unwrap_or(f64::NAN);
        let allowed =
            |(row, at): (usize, usize), value: f64| value.abs() <= (variance(row) * variance(at)).sqrt() * (1.0 + 1e-9);
        self.covariance.iter().enumerate().all(|(row, values)| {
            variance(row) >= 0.0 && values.iter().enumerate().all(|(at, value)| allowed((row, at), *value))
        })
    }
}

impl GradePart {
    fn fits(&self, terms: usize) -> bool {
        let rising = |pair: &[f64]| matches!(pair, [low, high] if low < high);
        let seen = self.seen.windows(2).all(|pair| matches!(pair, [low, high] if low < high))
            && self.seen.iter().all(|grade| *grade < self.grades.len());
        seen && self.seen.len() >= 2
            && self.cuts.len() + 1 == self.seen.len()
            && self.cuts.windows(2).all(rising)
            && self.coefficients.len() == terms
            && self.shares.len() == self.grades.len()
            && self.cuts.iter().chain(&self.coefficients).chain([&self.weight]).copied().all(f64::is_finite)
            && self.weight >= 0.0
            && self.shares.first().is_some_and(|share| *share >= 1.0)
            && self.shares.iter().all(|share| (0.0..=1.0).contains(share))
            && self.shares.windows(2).all(|pair| matches!(pair, [lower, higher] if lower >= higher))
            && self.grades.iter().enumerate().all(|(at, grade)| !self.grades.iter().take(at).any(|one| one == grade))
    }
}

/// Names of the terms beside the intercept.
pub(super) fn term_names(starts: &[StartTerm], contexts: &[ContextTerm]) -> Vec<String> {
    starts.iter().flat_map(StartTerm::names).chain(contexts.iter().flat_map(ContextTerm::names)).collect()
}
