//! Attainment 8 of one pupil from the points of its slots.

use serde::{Deserialize, Serialize};

use crate::numbers::present;

/// What a pupil without points in any slot has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoEntries {
    /// Nothing: a pupil who took no examination cannot be told from one whose results are not held.
    #[default]
    Missing,
    /// No points in every element, as a pupil at the end of the key stage who entered nothing.
    Zero,
}

/// The scale of points and the treatment of pupils without any.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttainmentRule {
    /// Fewest points that a filled slot may have.
    pub lowest: f64,
    /// Most points that a slot may have.
    pub highest: f64,
    /// What a pupil without points in any slot has.
    pub no_entries: NoEntries,
}

/// Points of one pupil before any weighting; a missing value is an empty slot.
#[derive(Debug, Clone, Copy)]
pub struct Slots<'a> {
    /// The better of English language and literature.
    pub english: Option<f64>,
    /// Whether both language and literature were taken; missing where that is not known.
    pub double: Option<bool>,
    /// Mathematics.
    pub maths: Option<f64>,
    /// Up to three subjects of the English Baccalaureate.
    pub ebacc: &'a [Option<f64>],
    /// Up to three further subjects.
    pub open: &'a [Option<f64>],
}

/// Attainment 8 of one pupil with its elements, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attainment {
    /// English, doubled where both were taken; missing where that is not known and matters.
    pub english: Option<f64>,
    /// Mathematics, doubled.
    pub maths: f64,
    /// Sum of the English Baccalaureate slots.
    pub ebacc: f64,
    /// Sum of the open slots.
    pub open: f64,
    /// The sum of the four elements; missing where the English element is.
    pub attainment_8: Option<f64>,
    /// How many English Baccalaureate slots are filled.
    pub ebacc_filled: i64,
    /// How many open slots are filled.
    pub open_filled: i64,
}

impl AttainmentRule {
    /// Attainment 8 of one pupil: `w * English + 2 * maths + sum of EBacc + sum of open`, `w` = 2 where both English
    /// language and literature were taken, else 1. An empty slot has no points; NaN counts as empty.
    ///
    /// `None` for a pupil whose slots are all empty, unless the rule says that such a pupil has 0.
    ///
    /// ```
    /// use schoolframe::progress::{AttainmentRule, NoEntries, Slots};
    /// let rule = AttainmentRule { lowest: 0.0, highest: 9.0, no_entries: NoEntries::Missing };
    /// let some = [Some(5.0), Some(4.0), None];
    /// let slots = Slots { english: Some(6.0), double: Some(true), maths: Some(5.0), ebacc: &some, open: &some };
    /// assert_eq!(rule.attainment(&slots).and_then(|found| found.attainment_8), Some(40.0));
    /// ```
    #[must_use]
    pub fn attainment(&self, slots: &Slots) -> Option<Attainment> {
        let (english, maths) = (present(slots.english), present(slots.maths));
        let (ebacc, ebacc_filled) = sum(slots.ebacc);
        let (open, open_filled) = sum(slots.open);
        let empty = english.is_none() && maths.is_none() && ebacc_filled == 0 && open_filled == 0;
        if empty && self.no_entries == NoEntries::Missing {
            return None;
        }
        let english = match (english.unwrap_or(0.0), slots.double) {
            (points, Some(double)) => Some(if double { 2.0 * points } else { points }),
            // Nothing doubled is nothing.
            (0.0, None) => Some(0.0),
            (_, None) => None,
        };
        let maths = 2.0 * maths.unwrap_or(0.0);
        let attainment_8 = english.map(|english| english + maths + ebacc + open);
        Some(Attainment { english, maths, ebacc, open, attainment_8, ebacc_filled, open_filled })
    }
}

fn sum(slots: &[Option<f64>]) -> (f64, i64) {
    slots.iter().filter_map(|slot| present(*slot)).fold((0.0, 0), |(sum, filled), points| (sum + points, filled + 1))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "sums of grades are whole")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: AttainmentRule = AttainmentRule { lowest: 0.0, highest: 9.0, no_entries: NoEntries::Missing };

    fn of(english: Option<f64>, double: Option<bool>, maths: Option<f64>, rest: &[Option<f64>]) -> Option<Attainment> {
        RULE.attainment(&Slots { english, double, maths, ebacc: rest, open: rest })
    }

    #[test]
    fn english_counts_double_only_where_both_were_taken() {
        let rest = [Some(4.0), Some(3.0), Some(f64::NAN)];
        let both = of(Some(6.0), Some(true), Some(5.0), &rest).unwrap();
        assert_eq!((both.english, both.maths, both.ebacc, both.open), (Some(12.0), 10.0, 7.0, 7.0));
        assert_eq!((both.attainment_8, both.ebacc_filled, both.open_filled), (Some(36.0), 2, 2));
        assert_eq!(of(Some(6.0), Some(false), Some(5.0), &rest).unwrap().attainment_8, Some(30.0));
        let unknown = of(Some(6.0), None, Some(5.0), &rest).unwrap();
        assert_eq!((unknown.english, unknown.attainment_8, unknown.maths), (None, None, 10.0));
        assert_eq!(of(None, None, Some(5.0), &rest).unwrap().attainment_8, Some(24.0));
    }

    #[test]
    fn a_pupil_without_any_points_is_not_known_unless_said_so() {
        assert_eq!(of(None, Some(true), None, &[None, Some(f64::NAN)]), None);
        let zero = AttainmentRule { no_entries: NoEntries::Zero, ..RULE };
        let none = Slots { english: None, double: None, maths: None, ebacc: &[], open: &[] };
        assert_eq!(zero.attainment(&none).unwrap().attainment_8, Some(0.0));
        assert_eq!(of(Some(0.0), Some(true), None, &[]).unwrap().attainment_8, Some(0.0));
    }

    proptest! {
        #[test]
        fn the_elements_add_up_and_never_pass_ten_times_the_best_grade(
            grades in prop::collection::vec(prop::option::of(0..=9u8), 8), double: bool,
        ) {
            let points: Vec<Option<f64>> = grades.iter().map(|grade| grade.map(f64::from)).collect();
            let slots = Slots {
                english: points[0], double: Some(double), maths: points[1], ebacc: &points[2..5], open: &points[5..],
            };
            if let Some(found) = RULE.attainment(&slots) {
                let total = found.attainment_8.unwrap();
                prop_assert_eq!(total, found.english.unwrap() + found.maths + found.ebacc + found.open);
                let best = points.iter().flatten().copied().fold(0.0, f64::max);
                prop_assert!(total <= 10.0 * best);
            } else {
                prop_assert!(points.iter().all(Option::is_none));
            }
        }
    }
}
