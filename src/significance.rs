//! Interval and test of an estimate from its standard error alone.

use serde::{Deserialize, Serialize};

use crate::columns::{Kind, Numbers, height};
use crate::error::{Error, Result};
use crate::gaps::{normal_p_value, normal_quantile};
use crate::numbers::present;
use crate::table::{Column, Table};

/// Level of the interval of a normal estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormalRule {
    /// Level of the interval, 0.95 for 95 %.
    pub confidence: f64,
}

/// Interval and test of an estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalTest {
    /// Lower end of the interval.
    pub ci_low: f64,
    /// Upper end of the interval.
    pub ci_high: f64,
    /// The estimate in standard errors.
    pub statistic: f64,
    /// Two-sided probability of a statistic at least as far from 0 when the true value is 0.
    pub p_value: f64,
}

impl NormalRule {
    /// A rule with its settings checked.
    ///
    /// # Errors
    /// [`Error::Input`] unless `0 < confidence < 1`.
    pub fn new(confidence: f64) -> Result<Self> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::Input(format!("confidence must lie between 0 and 1, not {confidence}")));
        }
        Ok(Self { confidence })
    }

    /// `estimate -+ z se` with the exact normal quantile, `estimate / se` and its two-sided probability; `None` where a
    /// part is missing or there is no error to test against.
    ///
    /// ```
    /// use schoolframe::significance::NormalRule;
    /// let test = NormalRule::new(0.95).unwrap().test(Some(-0.5), Some(0.25)).unwrap();
    /// assert_eq!(test.statistic, -2.0);
    /// assert!((test.ci_high + 0.010_009).abs() < 1e-6);
    /// ```
    #[must_use]
    pub fn test(&self, estimate: Option<f64>, se: Option<f64>) -> Option<NormalTest> {
        let (estimate, se) = (present(estimate)?, present(se)?);
        let possible = estimate.is_finite() && se.is_finite() && se > 0.0;
        possible.then(|| {
            let half = normal_quantile(self.confidence) * se;
            let statistic = estimate / se;
            NormalTest {
                ci_low: estimate - half,
                ci_high: estimate + half,
                statistic,
                p_value: normal_p_value(statistic),
            }
        })
    }
}

/// Names and kinds of the columns that [`normal_test`] returns.
pub const NORMAL_TEST: [(&str, Kind); 4] =
    [("ci_low", Kind::Number), ("ci_high", Kind::Number), ("statistic", Kind::Number), ("p_value", Kind::Number)];

/// Interval and test of every row, columns [`NORMAL_TEST`].
///
/// # Errors
/// [`Error::Input`] for inputs that cannot be aligned.
pub fn normal_test(estimate: Numbers, se: Numbers, rule: &NormalRule) -> Result<Table> {
    let rows = height(&[(estimate.name.as_str(), estimate.values.len()), (se.name.as_str(), se.values.len())])?;
    let pairs = estimate.broadcast(rows).into_iter().zip(se.broadcast(rows));
    let tests: Vec<Option<NormalTest>> = pairs.map(|(estimate, se)| rule.test(estimate, se)).collect();
    let column =
        |read: fn(&NormalTest) -> f64| Column::Number(tests.iter().map(|test| test.as_ref().map(read)).collect());
    let columns = [
        column(|test| test.ci_low),
        column(|test| test.ci_high),
        column(|test| test.statistic),
        column(|test| test.p_value),
    ];
    Table::new(NORMAL_TEST.map(|(name, _)| name).into_iter().zip(columns))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_missing_has_no_test() {
        let rule = NormalRule::new(0.9).unwrap();
        for (estimate, se) in
            [(None, Some(1.0)), (Some(1.0), None), (Some(1.0), Some(0.0)), (Some(f64::NAN), Some(1.0))]
        {
            assert_eq!(rule.test(estimate, se), None);
        }
        assert!(NormalRule::new(0.0).is_err() && NormalRule::new(1.0).is_err() && NormalRule::new(f64::NAN).is_err());
    }

    #[test]
    fn columns_are_aligned() {
        let column = |name: &str, values: &[f64]| Numbers {
            name: name.into(),
            values: values.iter().copied().map(Some).collect(),
        };
        let rule = NormalRule::new(0.95).unwrap();
        let table = normal_test(column("slope", &[0.0, 1.0]), column("se", &[1.0]), &rule).unwrap();
        assert_eq!(table.column("statistic"), Ok(&Column::Number(vec![Some(0.0), Some(1.0)])));
        assert!(normal_test(column("a", &[0.0, 1.0]), column("b", &[1.0, 1.0, 1.0]), &rule).is_err());
    }

    proptest! {
        #[test]
        fn the_interval_excludes_zero_where_the_probability_is_small(estimate in -9.0..9.0f64, se in 0.01..9.0f64) {
            let test = NormalRule::new(0.95).unwrap().test(Some(estimate), Some(se)).unwrap();
            prop_assume!((test.p_value - 0.05).abs() > 1e-9);
            prop_assert_eq!(test.p_value < 0.05, test.ci_low > 0.0 || test.ci_high < 0.0);
        }
    }
}
