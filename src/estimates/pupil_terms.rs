//! Terms of an estimate: what a pupil starts from, what is known of the pupil, and the columns that follow.

use serde::{Deserialize, Serialize};

use crate::effects::{Covariate, PriorShape, prior_basis};
use crate::error::{Error, Result};
use crate::progress::NOISE;

/// The code of a value that is missing, or of a group without pupils.
pub const NO_CODE: u32 = u32::MAX;

/// How an outcome follows prior attainment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StartShape {
    /// A natural cubic spline with these knots.
    Spline(Vec<f64>),
    /// Group means: a value belongs to the first group whose upper end is not below it.
    Groups {
        /// Rising upper ends of the groups.
        upper: Vec<f64>,
        /// Places of the groups that have pupils; the first of them is the reference.
        filled: Vec<usize>,
    },
}

/// A column of prior attainment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartTerm {
    /// Column.
    pub column: String,
    /// How the outcome follows it.
    pub shape: StartShape,
    /// Lowest value that an estimate is made for.
    pub low: f64,
    /// Highest value that an estimate is made for.
    pub high: f64,
    /// Ends of the scale, where they are named: a value off it is an error.
    pub scale: Option<(f64, f64)>,
}

/// A column of prior attainment before a fit, which adds the ends that an estimate is made between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Column.
    pub column: String,
    /// How the outcome follows it.
    pub shape: StartShape,
    /// Lowest value that groups are for, where it is known.
    pub lowest: Option<f64>,
    /// Ends of the scale, where they are named.
    pub scale: Option<(f64, f64)>,
}

impl Start {
    /// The term with its ends, from the sorted values of the pupils. Groups reach to their own ends.
    pub(super) fn term(&self, sorted: &[f64], min_group: u64) -> StartTerm {
        let (low, high) = ends(sorted, min_group);
        let end = match &self.shape {
            StartShape::Spline(_) => None,
            StartShape::Groups { upper, filled } => filled.last().and_then(|group| upper.get(*group)).copied(),
        };
        StartTerm {
            column: self.column.clone(),
            shape: self.shape.clone(),
            low: self.lowest.unwrap_or(low),
            high: end.unwrap_or(high),
            scale: self.scale,
        }
    }
}

/// A column of context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ContextTerm {
    /// Numbers that count as they are.
    Numbers(String),
    /// Month of birth, 1 for September to 12 for August, that counts as a number.
    Month(String),
    /// Words: one term for each level but the first.
    Words {
        /// Column.
        column: String,
        /// Levels, the reference first.
        levels: Vec<String>,
    },
}

/// Values of a column of context.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ContextValues<'a> {
    /// Numbers, NaN where they are missing.
    Numbers(&'a [f64]),
    /// Places of levels, [`NO_CODE`] where they are missing.
    Codes(&'a [u32]),
}

impl ContextValues<'_> {
    /// Number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Codes(codes) => codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the value of a row is missing.
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Numbers(values) => values.get(row).is_none_or(|value| value.is_nan()),
            Self::Codes(codes) => codes.get(row).is_none_or(|code| *code == NO_CODE),
        }
    }
}

/// Columns that follow from prior attainment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum StartColumns<'a> {
    /// The values themselves, and the bends of a spline.
    Basis(&'a [f64], Vec<Vec<f64>>),
    Codes(Vec<u32>, u32),
}

impl StartTerm {
    /// Checks shape and ends.
    ///
    /// # Errors
    /// [`Error::Input`] naming the column.
    pub fn check(&self) -> Result<()> {
        let refuse = |why: String| Err(Error::Input(format!("prior: column '{}': {why}", self.column)));
        match &self.shape {
            StartShape::Spline(knots) => PriorShape::Spline { knots: knots.clone() }.check()?,
            StartShape::Groups { upper, filled } => {
                if !(rising(upper) && upper.iter().all(|end| end.is_finite())) {
                    return refuse(format!("upper ends of groups must be finite and rise, not {upper:?}"));
                }
                if filled.len() < 2 || !rising(filled) || filled.iter().any(|group| *group >= upper.len()) {
                    return refuse("two or more groups with pupils are needed".to_owned());
                }
            }
        }
        if !(self.low <= self.high && self.scale.is_none_or(|(low, high)| low < high)) {
            return refuse("its ends are in the wrong order".to_owned());
        }
        Ok(())
    }

    /// Names of its terms.
    pub(super) fn names(&self) -> Vec<String> {
        let name = &self.column;
        match &self.shape {
            StartShape::Spline(knots) => {
                let bends = (2..knots.len()).map(|at| format!("{name} spline {at}"));
                std::iter::once(name.clone()).chain(bends).collect()
            }
            StartShape::Groups { upper, filled } => {
                let end = |group: &usize| upper.get(*group).copied().unwrap_or_default();
                filled.iter().skip(1).map(|group| format!("{name} to {}", end(group))).collect()
            }
        }
    }

    /// Whether an estimate is made for a value.
    pub(super) fn covers(&self, value: f64) -> bool {
        let inside = between((self.low, self.high), value);
        match &self.shape {
            StartShape::Spline(_) => inside,
            StartShape::Groups { upper, filled } => inside && place(upper, filled, value) != NO_CODE,
        }
    }

    pub(super) fn columns<'a>(&self, values: &'a [f64]) -> Result<StartColumns<'a>> {
        match &self.shape {
            StartShape::Spline(knots) => {
                let mut basis = prior_basis(values, &PriorShape::Spline { knots: knots.clone() })?;
                // The first column of a basis is the values, which are there.
                Ok(StartColumns::Basis(values, basis.split_off(1.min(basis.len()))))
            }
            StartShape::Groups { upper, filled } => {
                let codes = values.iter().map(|value| place(upper, filled, *value)).collect();
                Ok(StartColumns::Codes(codes, u32::try_from(filled.len()).unwrap_or(NO_CODE)))
            }
        }
    }
}

fn rising<T: PartialOrd>(values: &[T]) -> bool {
    values.windows(2).all(|pair| matches!(pair, [low, high] if low < high))
}

/// The ends that estimates are made between, of sorted values: `min_group` pupils have the lower end or less, and as many the
/// upper end or more.
pub(super) fn ends(sorted: &[f64], min_group: u64) -> (f64, f64) {
    let few = usize::try_from(min_group.max(1)).unwrap_or(usize::MAX) - 1;
    let low = sorted.get(few).copied();
    let high = sorted.len().checked_sub(few.saturating_add(1)).and_then(|at| sorted.get(at)).copied();
    (low.unwrap_or(f64::NAN), high.unwrap_or(f64::NAN))
}

/// Whether a value lies between two ends, which are inside. Text may change their last binary digit.
pub(super) fn between((low, high): (f64, f64), value: f64) -> bool {
    let noise = |end: f64| NOISE.max(1e-14 * end.abs());
    low - noise(low) <= value && value <= high + noise(high)
}

/// The group of a value; ends are compared as decimals, as those of published tables are.
fn group_of(upper: &[f64], value: f64) -> usize {
    upper.partition_point(|end| end + NOISE < value)
}

/// The place of a value's group among the groups with pupils.
fn place(upper: &[f64], filled: &[usize], value: f64) -> u32 {
    let found = filled.binary_search(&group_of(upper, value)).ok().and_then(|at| u32::try_from(at).ok());
    found.unwrap_or(NO_CODE)
}

impl ContextTerm {
    /// Name of the column.
    #[must_use]
    pub fn column(&self) -> &str {
        match self {
            Self::Numbers(column) | Self::Month(column) | Self::Words { column, .. } => column,
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Numbers(column) | Self::Month(column) => vec![column.clone()],
            Self::Words { column, levels } => levels.iter().skip(1).map(|level| format!("{column}: {level}")).collect(),
        }
    }

    /// Whether a level stands twice.
    pub(super) fn is_doubled(&self) -> bool {
        let Self::Words { levels, .. } = self else { return false };
        levels.iter().enumerate().any(|(at, level)| levels.iter().take(at).any(|one| one == level))
    }

    /// The place of a level, [`NO_CODE`] for a missing one.
    ///
    /// # Errors
    /// [`Error::Input`] for a level that the model does not know, with those it does.
    pub fn code(&self, value: Option<&str>) -> Result<u32> {
        let (Self::Words { column, levels }, Some(value)) = (self, value) else { return Ok(NO_CODE) };
        let found = levels.iter().position(|level| level == value).and_then(|at| u32::try_from(at).ok());
        found.ok_or_else(|| {
            let known = levels.join(", ");
            Error::Input(format!(
                "column '{column}' holds the level '{value}', which the model does not know; it knows {known}"
            ))
        })
    }
}

/// Every term as a covariate, in the order of their names.
pub(super) fn covariates<'a>(
    starts: &'a [StartColumns<'a>],
    contexts: &[(&ContextTerm, ContextValues<'a>)],
) -> Result<Vec<Covariate<'a>>> {
    let mut found = Vec::new();
    for start in starts {
        match start {
            StartColumns::Basis(values, bends) => {
                found.push(Covariate::Numbers(values));
                found.extend(bends.iter().map(|column| Covariate::Numbers(column)));
            }
            StartColumns::Codes(codes, levels) => {
                found.extend((1..*levels).map(|level| Covariate::Level { codes, level }));
            }
        }
    }
    for (term, values) in contexts {
        match (term, values) {
            (ContextTerm::Words { levels, .. }, ContextValues::Codes(codes)) => {
                let levels = u32::try_from(levels.len()).unwrap_or_default();
                found.extend((1..levels).map(|level| Covariate::Level { codes: *codes, level }));
            }
            (ContextTerm::Numbers(_) | ContextTerm::Month(_), ContextValues::Numbers(values)) => {
                found.push(Covariate::Numbers(*values));
            }
            _ => return Err(Error::Input(format!("column '{}' is not of the type of the fit", term.column()))),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(upper: &[f64], filled: &[usize]) -> StartTerm {
        let shape = StartShape::Groups { upper: upper.to_vec(), filled: filled.to_vec() };
        StartTerm { column: "ks2".into(), shape, low: 59.0, high: 120.0, scale: None }
    }

    #[test]
    fn an_upper_end_lies_in_its_group() {
        let term = groups(&[95.5, 99.5, 120.0], &[0, 1, 2]);
        term.check().unwrap();
        assert_eq!(term.columns(&[95.5, 95.6, 120.0]).unwrap(), StartColumns::Codes(vec![0, 1, 2], 3));
        assert!(term.covers(59.0) && term.covers(120.0) && !term.covers(120.5) && !term.covers(f64::NAN));
        assert_eq!(term.names(), ["ks2 to 99.5", "ks2 to 120"]);
        // An end that is a decimal of nine digits holds the third that it stands for.
        let thirds = groups(&[70.333_333_333, 80.666_666_667], &[0, 1]);
        assert_eq!(thirds.columns(&[211.0 / 3.0, 242.0 / 3.0]).unwrap(), StartColumns::Codes(vec![0, 1], 2));
    }

    #[test]
    fn ends_hold_what_text_made_of_them() {
        let sorted: Vec<f64> = (0..20).map(f64::from).collect();
        assert_eq!((ends(&sorted, 6), ends(&sorted, 0)), ((5.0, 14.0), (0.0, 19.0)));
        for end in [80.5, 1e-3, 0.1 + 0.2, -7.3, 123_456_789.1, 1e15 / 7.0] {
            let (below, above) = (end * (1.0 - f64::EPSILON), end * (1.0 + f64::EPSILON));
            for value in [below, end, above] {
                assert!(between((end, 1e18), value) && between((-1e18, end), value));
            }
        }
        assert!(!between((59.0, 120.0), 58.999_999) && !between((59.0, 120.0), 120.000_001));
        assert!(!between((59.0, 120.0), f64::NAN));
    }

    #[test]
    fn a_group_without_pupils_has_no_estimate() {
        let term = groups(&[95.5, 99.5, 120.0], &[0, 2]);
        assert!(!term.covers(97.0) && term.covers(95.0) && term.covers(100.0));
        assert_eq!(term.columns(&[97.0, 100.0]).unwrap(), StartColumns::Codes(vec![NO_CODE, 1], 2));
    }

    #[test]
    fn shapes_that_cannot_be_are_refused() {
        assert!(groups(&[99.5, 95.5], &[0, 1]).check().unwrap_err().to_string().contains("must be finite and rise"));
        assert!(groups(&[95.5, 99.5], &[1]).check().unwrap_err().to_string().contains("two or more groups"));
        assert!(groups(&[95.5, 99.5], &[0, 2]).check().is_err());
        let spline = StartTerm { shape: StartShape::Spline(vec![1.0, 2.0]), ..groups(&[1.0, 2.0], &[0, 1]) };
        assert!(spline.check().is_err());
        let turned = StartTerm { low: 121.0, ..groups(&[95.5, 99.5], &[0, 1]) };
        assert!(turned.check().unwrap_err().to_string().contains("wrong order"));
    }

    #[test]
    fn levels_have_places_and_others_are_refused() {
        let term = ContextTerm::Words { column: "sex".into(), levels: vec!["F".into(), "M".into()] };
        assert_eq!((term.code(Some("M")).unwrap(), term.code(None).unwrap()), (1, NO_CODE));
        assert!(term.code(Some("X")).unwrap_err().to_string().ends_with("it knows F, M"));
        assert_eq!(term.names(), ["sex: M"]);
    }
}
