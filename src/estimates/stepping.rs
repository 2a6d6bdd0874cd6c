//! The next benchmark a school has not reached.

use serde::{Deserialize, Serialize};

use crate::numbers::present;

/// Which benchmark a school that lies between two of them is given. The paper says "that will be the estimate".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The benchmark not yet reached (reading A of AMB-S17-FFT-THAT).
    #[default]
    Next,
    /// The last benchmark reached (reading B); under FFT50 still FFT50.
    Last,
}

/// What a school at or above FFT5 is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtTop {
    /// No estimate (reading A of AMB-S17-FFT5).
    #[default]
    None,
    /// The FFT5 benchmark itself (reading B).
    Benchmark,
    /// The school's own result (the other half of reading B).
    Actual,
}

/// What is done with benchmarks in the wrong order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// They are invalid input (reading A of AMB-S17-FFT-ORDER).
    #[default]
    Refuse,
    /// They are sorted first (reading B).
    Sort,
}

/// How the stepping rule is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SteppingRule {
    /// Which benchmark is the estimate.
    pub step: Step,
    /// What follows at FFT5.
    pub at_top: AtTop,
    /// What is done with a wrong order.
    pub order: Order,
}

/// Where the result stands among the benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Under FFT50.
    BelowFft50,
    /// At or above FFT50, under FFT20.
    ReachedFft50,
    /// At or above FFT20, under FFT5.
    ReachedFft20,
    /// At or above FFT5.
    AtOrAboveFft5,
}

impl State {
    /// The word used in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BelowFft50 => "below_fft50",
            Self::ReachedFft50 => "reached_fft50",
            Self::ReachedFft20 => "reached_fft20",
            Self::AtOrAboveFft5 => "at_or_above_fft5",
        }
    }
}

/// The estimate, the level it belongs to, and the state it follows from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextBenchmark {
    /// The indicative estimate, missing at the top under [`AtTop::None`].
    pub estimate: Option<f64>,
    /// 50, 20 or 5, missing where the estimate is.
    pub level: Option<i64>,
    /// Where the result stands.
    pub state: State,
}

/// The rule that benchmarks have to keep.
pub const ORDER_RULE: &str = "benchmarks must rise, fft50 <= fft20 <= fft5";

/// The benchmark a school steps to.
///
/// A benchmark is reached when `actual >= benchmark`. Under FFT50 the estimate is FFT50, from FFT50 it is FFT20, from
/// FFT20 it is FFT5. A missing (or NaN) result gives `None`; so does a missing benchmark that is needed to tell: reaching a
/// higher benchmark proves that the lower ones are reached, and missing the lowest settles the rest.
///
/// # Errors
/// [`ORDER_RULE`] when the known benchmarks do not rise and `rule.order` is [`Order::Refuse`].
///
/// ```
/// use schoolframe::estimates::{next_benchmark, SteppingRule};
/// let next = next_benchmark(Some(62.0), [Some(60.0), Some(66.0), Some(74.0)], SteppingRule::default());
/// let next = next.unwrap().unwrap();
/// assert_eq!((next.estimate, next.level, next.state.name()), (Some(66.0), Some(20), "reached_fft50"));
/// ```
pub fn next_benchmark(
    actual: Option<f64>,
    benchmarks: [Option<f64>; 3],
    rule: SteppingRule,
) -> Result<Option<NextBenchmark>, &'static str> {
    let [fft50, fft20, fft5] = in_order(benchmarks.map(present), rule.order)?;
    let Some(actual) = present(actual) else { return Ok(None) };
    let reached = |benchmark: Option<f64>| benchmark.map(|value| actual >= value);
    let (at50, at20, at5) = (reached(fft50), reached(fft20), reached(fft5));

    let state = if at5 == Some(true) {
        State::AtOrAboveFft5
    } else if at20 == Some(true) {
        if at5.is_none() {
            return Ok(None);
        }
        State::ReachedFft20
    } else if at50 == Some(true) {
        if at20.is_none() {
            return Ok(None);
        }
        State::ReachedFft50
    } else if at50 == Some(false) {
        State::BelowFft50
    } else {
        return Ok(None);
    };

    let (estimate, level) = match (state, rule.step) {
        (State::BelowFft50, _) | (State::ReachedFft50, Step::Last) => (fft50, Some(50)),
        (State::ReachedFft50, Step::Next) | (State::ReachedFft20, Step::Last) => (fft20, Some(20)),
        (State::ReachedFft20, Step::Next) => (fft5, Some(5)),
        (State::AtOrAboveFft5, _) => match rule.at_top {
            AtTop::None => (None, None),
            AtTop::Benchmark => (fft5, Some(5)),
            AtTop::Actual => (Some(actual), Some(5)),
        },
    };
    // Reading "last" can ask for a benchmark that the state did not need.
    let level = if estimate.is_some() { level } else { None };
    Ok(Some(NextBenchmark { estimate, level, state }))
}

fn in_order(benchmarks: [Option<f64>; 3], order: Order) -> Result<[Option<f64>; 3], &'static str> {
    let mut known: Vec<f64> = benchmarks.iter().flatten().copied().collect();
    if known.is_sorted() {
        return Ok(benchmarks);
    }
    if order == Order::Refuse {
        return Err(ORDER_RULE);
    }
    known.sort_by(f64::total_cmp);
    let mut sorted = known.into_iter();
    Ok(benchmarks.map(|benchmark| benchmark.and_then(|_| sorted.next())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEVELS: [Option<f64>; 3] = [Some(60.0), Some(66.0), Some(74.0)];

    fn step(
        actual: f64,
        benchmarks: [Option<f64>; 3],
        rule: SteppingRule,
    ) -> Option<(Option<f64>, Option<i64>, &'static str)> {
        next_benchmark(Some(actual), benchmarks, rule)
            .unwrap()
            .map(|next| (next.estimate, next.level, next.state.name()))
    }

    #[test]
    fn a_benchmark_is_reached_when_equalled() {
        let rule = SteppingRule::default();
        assert_eq!(step(59.9, LEVELS, rule), Some((Some(60.0), Some(50), "below_fft50")));
        assert_eq!(step(60.0, LEVELS, rule), Some((Some(66.0), Some(20), "reached_fft50")));
        assert_eq!(step(65.9, LEVELS, rule), Some((Some(66.0), Some(20), "reached_fft50")));
        assert_eq!(step(66.0, LEVELS, rule), Some((Some(74.0), Some(5), "reached_fft20")));
        assert_eq!(step(73.9, LEVELS, rule), Some((Some(74.0), Some(5), "reached_fft20")));
        assert_eq!(step(74.0, LEVELS, rule), Some((None, None, "at_or_above_fft5")));
    }

    #[test]
    fn readings_change_the_answer() {
        let last = SteppingRule { step: Step::Last, ..SteppingRule::default() };
        assert_eq!(step(50.0, LEVELS, last), Some((Some(60.0), Some(50), "below_fft50")));
        assert_eq!(step(62.0, LEVELS, last), Some((Some(60.0), Some(50), "reached_fft50")));
        assert_eq!(step(70.0, LEVELS, last), Some((Some(66.0), Some(20), "reached_fft20")));
        let hold = |at_top| SteppingRule { at_top, ..SteppingRule::default() };
        assert_eq!(step(80.0, LEVELS, hold(AtTop::Benchmark)), Some((Some(74.0), Some(5), "at_or_above_fft5")));
        assert_eq!(step(80.0, LEVELS, hold(AtTop::Actual)), Some((Some(80.0), Some(5), "at_or_above_fft5")));
    }

    #[test]
    fn a_wrong_order_is_refused_or_sorted() {
        let wrong = [Some(66.0), Some(60.0), Some(74.0)];
        assert_eq!(next_benchmark(Some(62.0), wrong, SteppingRule::default()), Err(ORDER_RULE));
        assert_eq!(next_benchmark(None, wrong, SteppingRule::default()), Err(ORDER_RULE));
        let sort = SteppingRule { order: Order::Sort, ..SteppingRule::default() };
        assert_eq!(step(62.0, wrong, sort), Some((Some(66.0), Some(20), "reached_fft50")));
    }

    #[test]
    fn only_a_needed_benchmark_is_needed() {
        let rule = SteppingRule::default();
        assert_eq!(step(50.0, [Some(60.0), None, None], rule), Some((Some(60.0), Some(50), "below_fft50")));
        assert_eq!(step(62.0, [Some(60.0), None, Some(74.0)], rule), None);
        assert_eq!(step(62.0, [None, Some(66.0), Some(74.0)], rule), None);
        assert_eq!(step(70.0, [None, Some(66.0), Some(74.0)], rule), Some((Some(74.0), Some(5), "reached_fft20")));
        assert_eq!(step(80.0, [None, None, Some(74.0)], rule), Some((None, None, "at_or_above_fft5")));
        assert_eq!(next_benchmark(None, LEVELS, rule), Ok(None));
        assert_eq!(next_benchmark(Some(f64::NAN), LEVELS, rule), Ok(None));
        let last = SteppingRule { step: Step::Last, ..rule };
        assert_eq!(step(70.0, [Some(60.0), Some(66.0), None], last), None);
    }

    proptest! {
        #[test]
        fn the_next_estimate_is_never_below_the_result(actual in 0.0..100.0f64, mut levels in prop::array::uniform3(0.0..100.0f64)) {
            levels.sort_by(f64::total_cmp);
            let next = next_benchmark(Some(actual), levels.map(Some), SteppingRule::default()).unwrap().unwrap();
            match next.estimate {
                Some(estimate) => prop_assert!(estimate > actual),
                None => prop_assert!(actual >= levels[2]),
            }
        }
    }
}
