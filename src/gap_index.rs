//! The gap index: how far apart two groups of pupils stand in one order of merit, from -10 to 10.
//!
//! All pupils are ranked together, lowest first, with average ranks for ties. With mean ranks `R_other` and `R_group`:
//!
//! `index = 20 (R_other - R_group) / N = 20 (P - 0.5)`
//!
//! where `P` is the probability that a random other pupil stands above a random pupil of the group, ties counted half.
//! Both forms are the same number: `P` is Mann and Whitney's statistic divided by the number of pairs. Pupils enter as
//! counts by level, so a table of grades is as exact as the list of its pupils.

use serde::{Deserialize, Serialize};

use crate::columns::{Kind, Numbers, height};
use crate::error::{Error, MAX_EXAMPLES, Result};
use crate::gaps::{GapStatus, normal_p_value, normal_quantile};
use crate::table::{Coded, Column, Table};

/// Width of the scale: ranks run over 1, the index over 20.
const SCALE: f64 = 20.0;

/// Most pupils of one group; the products of counts then stay within whole numbers of 128 bits.
const MOST: u64 = 1 << 53;

/// Settings of a gap index.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapIndexRule {
    /// Level of the interval, 0.95 for 95 %.
    pub confidence: f64,
    /// Fewest pupils a group must have; the index of a smaller group is not shown.
    pub min_group: u64,
}

/// The pupils of both groups who have one score or grade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The score; only its order counts. Finite.
    pub value: f64,
    /// Pupils of the group the gap is about.
    pub group: u64,
    /// Other pupils.
    pub other: u64,
}

/// A gap index with its interval and test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GapIndex {
    /// Pupils in the group.
    pub group_n: u64,
    /// Other pupils.
    pub reference_n: u64,
    /// Mean rank of the group, 1 is the lowest pupil.
    pub group_rank: Option<f64>,
    /// Mean rank of the other pupils.
    pub reference_rank: Option<f64>,
    /// Probability that a random other pupil stands above a random pupil of the group, ties counted half.
    pub superiority: Option<f64>,
    /// The index; positive where the group is behind.
    pub index: Option<f64>,
    /// Standard error of the index.
    pub se: Option<f64>,
    /// Lower end of the interval.
    pub ci_low: Option<f64>,
    /// Upper end of the interval.
    pub ci_high: Option<f64>,
    /// z of Mann and Whitney's test, corrected for ties, not for continuity.
    pub statistic: Option<f64>,
    /// Two-sided probability of a statistic at least as far from 0 when both groups have the same distribution.
    pub p_value: Option<f64>,
    /// Why figures are missing.
    pub status: GapStatus,
}

impl GapIndexRule {
    /// A rule with its settings checked.
    ///
    /// # Errors
    /// [`Error::Input`] unless `0 < confidence < 1`.
    pub fn new(confidence: f64, min_group: u64) -> Result<Self> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::Input(format!("confidence must lie between 0 and 1, not {confidence}")));
        }
        Ok(Self { confidence, min_group })
    }

    /// The index of counts by level, in any order; levels of equal value are joined.
    ///
    /// The standard error is that of E. `DeLong` and others (1988): with the share of the group that each
    /// other pupil stands above, `V`, and the share of the others that stands above each pupil of the group, `W` (ties
    /// counted half), `var P = var(V) / n_other + var(W) / n_group`. The interval is `index -+ z 20 se(P)`, cut at the
    /// ends of the scale. Where the groups do not overlap at all the standard error is 0 and no interval is given.
    ///
    /// # Errors
    /// [`Error::Input`] for a level that is not finite, or more than 2^53 pupils.
    ///
    /// ```
    /// use schoolframe::gap_index::{GapIndexRule, Level};
    /// let levels = [Level { value: 1.0, group: 3, other: 1 }, Level { value: 2.0, group: 1, other: 3 }];
    /// let found = GapIndexRule::new(0.95, 1).unwrap().index(&levels).unwrap();
    /// assert_eq!(found.superiority, Some(0.75));
    /// assert_eq!(found.index, Some(5.0));
    /// ```
    pub fn index(&self, levels: &[Level]) -> Result<GapIndex> {
        let levels = joined(levels)?;
        let total = |count: fn(&Level) -> u64| {
            levels.iter().try_fold(0_u64, |sum, level| sum.checked_add(count(level))).filter(|sum| *sum <= MOST)
        };
        let (Some(group_n), Some(reference_n)) = (total(|level| level.group), total(|level| level.other)) else {
            return Err(Error::Input(format!("a gap index counts at most {MOST} pupils of a group")));
        };
        let smallest = group_n.min(reference_n);
        if smallest == 0 {
            return Ok(GapIndex::without(GapStatus::Missing, group_n, reference_n));
        }
        if smallest < self.min_group {
            return Ok(GapIndex::without(GapStatus::BelowMinimum, group_n, reference_n));
        }
        Ok(self.of_ordered(&levels, group_n, reference_n))
    }

    fn of_ordered(&self, levels: &[Level], group_n: u64, reference_n: u64) -> GapIndex {
        let (n_group, n_other) = (float(group_n.into()), float(reference_n.into()));
        let n = n_group + n_other;
        let (mut group_below, mut other_below) = (0_u128, 0_u128);
        // Twice the sums, so that halves of ties stay whole numbers.
        let (mut pairs, mut group_ranks, mut other_ranks) = (0_u128, 0_u128, 0_u128);
        let mut ties = 0.0;
        for level in levels {
            let (group, other) = (u128::from(level.group), u128::from(level.other));
            let rank = 2 * (group_below + other_below) + group + other + 1;
            pairs += other * (2 * group_below + group);
            group_ranks += group * rank;
            other_ranks += other * rank;
            let tied = float(group + other);
            ties += tied * (tied * tied - 1.0);
            group_below += group;
            other_below += other;
        }
        let group_rank = float(group_ranks) / (2.0 * n_group);
        let reference_rank = float(other_ranks) / (2.0 * n_other);
        let superiority = float(pairs) / (2.0 * n_group * n_other);
        let index = SCALE * (superiority - 0.5);
        let null_variance = n_group * n_other / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
        let statistic = (null_variance > 0.0).then(|| (superiority - 0.5) * n_group * n_other / null_variance.sqrt());
        let se = delong(levels, group_n, reference_n, superiority).map(|variance| SCALE * variance.sqrt());
        let se = se.filter(|se| *se > 0.0);
        let half = se.map(|se| normal_quantile(self.confidence) * se);
        GapIndex {
            group_n,
            reference_n,
            group_rank: Some(group_rank),
            reference_rank: Some(reference_rank),
            superiority: Some(superiority),
            index: Some(index),
            se,
            ci_low: half.map(|half| (index - half).max(-SCALE / 2.0)),
            ci_high: half.map(|half| (index + half).min(SCALE / 2.0)),
            statistic,
            p_value: statistic.map(normal_p_value),
            status: if se.is_some() { GapStatus::Ok } else { GapStatus::NoError },
        }
    }
}

impl GapIndex {
    const fn without(status: GapStatus, group_n: u64, reference_n: u64) -> Self {
        Self {
            group_n,
            reference_n,
            group_rank: None,
            reference_rank: None,
            superiority: None,
            index: None,
            se: None,
            ci_low: None,
            ci_high: None,
            statistic: None,
            p_value: None,
            status,
        }
    }
}

/// The levels in ascending order, those of equal value as one, those without pupils left out.
fn joined(levels: &[Level]) -> Result<Vec<Level>> {
    let mut sorted: Vec<Level> = levels.iter().copied().filter(|level| level.group > 0 || level.other > 0).collect();
    if let Some(odd) = sorted.iter().find(|level| !level.value.is_finite()) {
        return Err(Error::Input(format!("a score must be a finite number, not {}", odd.value)));
    }
    sorted.sort_by(|a, b| a.value.total_cmp(&b.value));
    let mut joined: Vec<Level> = Vec::with_capacity(sorted.len());
    for level in sorted {
        match joined.last_mut() {
            // 0 and -0 are one score.
            #[expect(clippy::float_cmp, reason = "a tie is the same score")]
            Some(last) if last.value == level.value => {
                last.group = last.group.saturating_add(level.group);
                last.other = last.other.saturating_add(level.other);
            }
            _ => joined.push(level),
        }
    }
    Ok(joined)
}

/// Variance of the probability of superiority; `None` for a group of one pupil.
fn delong(levels: &[Level], group_n: u64, reference_n: u64, superiority: f64) -> Option<f64> {
    if group_n < 2 || reference_n < 2 {
        return None;
    }
    let (n_group, n_other) = (float(group_n.into()), float(reference_n.into()));
    let (mut group_below, mut other_below) = (0.0, 0.0);
    let (mut of_group, mut of_other) = (0.0, 0.0);
    for level in levels {
        let (group, other) = (float(level.group.into()), float(level.other.into()));
        let above_group = (group_below + group / 2.0) / n_group;
        let below_others = (n_other - other_below - other / 2.0) / n_other;
        of_other += other * (above_group - superiority).powi(2);
        of_group += group * (below_others - superiority).powi(2);
        group_below += group;
        other_below += other;
    }
    Some(of_other / (n_other - 1.0) / n_other + of_group / (n_group - 1.0) / n_group)
}

#[expect(clippy::cast_precision_loss, reason = "the last bit of a count of more than 2^53 pairs is below any error")]
fn float(count: u128) -> f64 {
    count as f64
}

/// Names and kinds of the columns that [`gap_index_of`] returns.
pub const GAP_INDEX: [(&str, Kind); 12] = [
    ("group_n", Kind::Integer),
    ("reference_n", Kind::Integer),
    ("group_rank", Kind::Number),
    ("reference_rank", Kind::Number),
    ("superiority", Kind::Number),
    ("index", Kind::Number),
    ("se", Kind::Number),
    ("ci_low", Kind::Number),
    ("ci_high", Kind::Number),
    ("statistic", Kind::Number),
    ("p_value", Kind::Number),
    ("status", Kind::Text),
];

/// The index of columns of levels and counts: one row, columns [`GAP_INDEX`].
///
/// # Errors
/// [`Error::Input`] for a missing or infinite level, a count that is missing, negative or not whole, or inputs that
/// cannot be aligned.
pub fn gap_index_of(level: &Numbers, group: &Numbers, other: &Numbers, rule: &GapIndexRule) -> Result<Table> {
    let rows = height(&[
        (level.name.as_str(), level.values.len()),
        (group.name.as_str(), group.values.len()),
        (other.name.as_str(), other.values.len()),
    ])?;
    let levels: Vec<Level> = finite(level)?
        .into_iter()
        .zip(counts(group, rows)?)
        .zip(counts(other, rows)?)
        .map(|((value, group), other)| Level { value, group, other })
        .collect();
    let found = rule.index(&levels)?;
    let whole = |count: u64| Column::Integer(vec![i64::try_from(count).ok()]);
    let number = |value: Option<f64>| Column::Number(vec![value]);
    let status = Column::Coded(Coded { labels: vec![found.status.name().into()], codes: vec![Some(0)] });
    let columns = [
        whole(found.group_n),
        whole(found.reference_n),
        number(found.group_rank),
        number(found.reference_rank),
        number(found.superiority),
        number(found.index),
        number(found.se),
        number(found.ci_low),
        number(found.ci_high),
        number(found.statistic),
        number(found.p_value),
        status,
    ];
    Table::new(GAP_INDEX.map(|(name, _)| name).into_iter().zip(columns))
}

fn finite(column: &Numbers) -> Result<Vec<f64>> {
    checked(column, column.values.clone(), "must hold finite numbers", |value| value.is_finite().then_some(value))
}

fn counts(column: &Numbers, rows: usize) -> Result<Vec<u64>> {
    checked(
        column,
        column.clone().broadcast(rows),
        "must hold counts of pupils, whole numbers from 0 to 2^53",
        |value| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number from 0 to 2^53"
            )]
            #[expect(clippy::cast_precision_loss, reason = "2^53 is a float")]
            (value >= 0.0 && value <= MOST as f64 && value.fract() == 0.0).then_some(value as u64)
        },
    )
}

fn checked<T>(
    column: &Numbers,
    values: Vec<Option<f64>>,
    rule: &str,
    read: impl Fn(f64) -> Option<T>,
) -> Result<Vec<T>> {
    let mut broken = Vec::new();
    let mut read_values = Vec::with_capacity(values.len());
    for value in values {
        match value.and_then(&read) {
            Some(found) => read_values.push(found),
            None => broken.push(value),
        }
    }
    if broken.is_empty() {
        return Ok(read_values);
    }
    let shown = broken.iter().take(MAX_EXAMPLES);
    let shown = shown.map(|value| value.map_or("missing".to_owned(), |value| value.to_string()));
    Err(Error::values(&column.name, rule, broken.len(), shown))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule() -> GapIndexRule {
        GapIndexRule::new(0.95, 6).unwrap()
    }

    fn levels(group: &[u64], other: &[u64]) -> Vec<Level> {
        group
            .iter()
            .zip(other)
            .zip(0_u32..)
            .map(|((g, o), at)| Level { value: at.into(), group: *g, other: *o })
            .collect()
    }

    fn near(found: Option<f64>, expected: f64, tolerance: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }

    // Grades U to 9 of 2022/23, disadvantaged and other pupils of England.
    #[test]
    fn mathematics_and_english_language_of_2023() {
        let maths = rule()
            .index(&levels(
                &[5256, 14828, 19742, 23624, 29472, 21241, 10963, 7084, 4535, 1775],
                &[3198, 12871, 24698, 42912, 82281, 85440, 57861, 44854, 37272, 20083],
            ))
            .unwrap();
        assert_eq!((maths.group_n, maths.reference_n), (138_520, 411_470));
        near(maths.superiority, 0.68210, 5e-6);
        near(maths.index, 3.642, 5e-4);
        let english = rule()
            .index(&levels(
                &[4498, 8538, 16238, 33421, 24383, 21815, 16028, 7179, 3676, 1516],
                &[3217, 6760, 18070, 60319, 68704, 83526, 80892, 46991, 27969, 14306],
            ))
            .unwrap();
        near(english.superiority, 0.66935, 5e-6);
        near(english.index, 3.387, 5e-4);
    }

    #[test]
    fn no_overlap_has_no_error_and_the_ends_of_the_scale() {
        let found = rule().index(&levels(&[6, 0], &[0, 7])).unwrap();
        assert_eq!((found.index, found.se, found.ci_low), (Some(10.0), None, None));
        assert_eq!(found.status, GapStatus::NoError);
        assert!(found.p_value.unwrap() < 0.01);
        assert_eq!(rule().index(&levels(&[0, 6], &[7, 0])).unwrap().index, Some(-10.0));
        let same = rule().index(&levels(&[6], &[7])).unwrap();
        assert_eq!((same.index, same.statistic, same.status), (Some(0.0), None, GapStatus::NoError));
    }

    #[test]
    fn small_and_empty_groups_are_not_shown() {
        let five = rule().index(&levels(&[3, 2], &[4, 4])).unwrap();
        assert_eq!((five.index, five.group_n, five.status), (None, 5, GapStatus::BelowMinimum));
        assert_eq!(rule().index(&levels(&[3, 3], &[4, 4])).unwrap().status, GapStatus::Ok);
        assert_eq!(rule().index(&levels(&[3, 3], &[3, 2])).unwrap().status, GapStatus::BelowMinimum);
        assert_eq!(rule().index(&levels(&[0, 0], &[4, 4])).unwrap().status, GapStatus::Missing);
        assert_eq!(rule().index(&[]).unwrap().status, GapStatus::Missing);
    }

    #[test]
    fn impossible_values_are_refused() {
        assert!(GapIndexRule::new(1.0, 6).is_err());
        let infinite = [Level { value: f64::INFINITY, group: 6, other: 6 }];
        assert!(rule().index(&infinite).unwrap_err().to_string().contains("not inf"));
        let many = [Level { value: 1.0, group: u64::MAX, other: 6 }, Level { value: 2.0, group: 6, other: 6 }];
        assert!(rule().index(&many).is_err());
        let column = |name: &str, values: &[f64]| Numbers {
            name: name.into(),
            values: values.iter().copied().map(Some).collect(),
        };
        let (grade, counts) = (column("grade", &[1.0, 2.0]), column("n", &[7.0, 8.0]));
        let half = gap_index_of(&grade, &column("fsm", &[7.5, -1.0]), &counts, &rule()).unwrap_err();
        assert_eq!(
            half.to_string(),
            "column 'fsm': must hold counts of pupils, whole numbers from 0 to 2^53; 2 values break this rule: 7.5; -1"
        );
        let table = gap_index_of(&grade, &counts, &counts, &rule()).unwrap();
        assert_eq!(table.column("index"), Ok(&Column::Number(vec![Some(0.0)])));
        assert_eq!(table.column("status").unwrap().text(0), Some("ok"));
    }

    proptest! {
        #[test]
        fn both_forms_are_one_number_and_sides_swap(counts in prop::collection::vec((0_u64..50, 0_u64..50), 1..12)) {
            let forth: Vec<Level> = levels(
                &counts.iter().map(|c| c.0).collect::<Vec<_>>(), &counts.iter().map(|c| c.1).collect::<Vec<_>>());
            let swapped: Vec<Level> =
                forth.iter().rev().map(|l| Level { group: l.other, other: l.group, ..*l }).collect();
            let (a, b) = (rule().index(&forth).unwrap(), rule().index(&swapped).unwrap());
            prop_assert_eq!(a.status, b.status);
            if let (Some(index), Some(back)) = (a.index, b.index) {
                let n = float(u128::from(a.group_n + a.reference_n));
                let by_ranks = 20.0 * (a.reference_rank.unwrap() - a.group_rank.unwrap()) / n;
                prop_assert!((index - by_ranks).abs() < 1e-9);
                prop_assert!((index + back).abs() < 1e-9);
                prop_assert!(index.abs() <= 10.0);
                if let Some(low) = a.ci_low { prop_assert!((low + b.ci_high.unwrap()).abs() < 1e-9); }
            }
        }
    }
}
