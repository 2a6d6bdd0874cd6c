//! Disclosure control of counts: which cells of tables with totals must not be shown.
//!
//! A count of 1 to `minimum` - 1 is hidden (primary suppression); 0 may be shown. Totals give single hidden cells away,
//! so further cells are hidden (complementary suppression), until three things hold:
//!
//! 1. **No hidden cell can be recomputed.** For each there are two tables of whole, non-negative numbers that agree with
//!    everything shown, have 1 to `minimum` - 1 in every primary cell, and differ in that cell: by `protection` at least
//!    in a primary one, by 1 in any other. The second table is found, not assumed, so this is a proof for each cell.
//! 2. **What is hidden together is no small group either:** in a line whose total is shown, the hidden cells hold 0 or
//!    at least `minimum` pupils.
//! 3. **Little is lost:** a total is hidden only if nothing else helps, a cell of 0 before a total, and else the cells
//!    with fewest pupils.
//!
//! Tables of one cohort that are split in several ways (by disadvantage, by sex) are one system: they share the totals of
//! the schools.
//!
//! | file | subject |
//! |---|---|
//! | `system` | the cells, their equations, and how far each can move |
//! | `paths` | the way of least loss through one table |
//! | `protect` | the search for the second table |
//! | `attack` | what can be worked out from what is shown |
//! | `simplex` | the linear programs behind it |

mod attack;
mod paths;
mod protect;
mod simplex;
mod system;
#[cfg(test)]
mod tests;

pub use attack::{Range, Seen, attack};

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use system::System;

/// Largest count that is taken.
pub const MAX_COUNT: i64 = 1 << 40;

/// One published count: a group of a grouping in a school. `None` stands for the total over groups, or over schools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Which way of splitting the pupils, from 0.
    pub grouping: usize,
    /// Which group of it, from 0; `None` for all pupils.
    pub group: Option<usize>,
    /// Which school, from 0; `None` for all schools.
    pub school: Option<usize>,
    /// The count; `None` where it is not known.
    pub count: Option<i64>,
    /// Whether its source withheld it: it stays hidden, and what would give it away goes with it.
    pub withheld: bool,
    /// What is known of the count beside the tables; `None` for a number of pupils.
    pub limits: Option<Limits>,
}

/// What is known of a count beside the tables: a numerator lies between 0 and its number of pupils.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Least count.
    pub low: i64,
    /// Greatest count.
    pub high: i64,
    /// Whether the count has to be hidden; if not, it may be shown whatever its size.
    pub small: bool,
}

/// What may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Smallest count that may be shown beside 0.
    pub minimum: i64,
    /// Width that the range of a primary cell must have at least, 1 to `minimum` - 2.
    pub protection: i64,
    /// Whether to hide further cells so that totals give nothing away.
    pub complementary: bool,
}

impl Rule {
    /// A rule, checked.
    ///
    /// # Errors
    /// [`Error::Input`] for a minimum under 3, or a protection that is not 1 to `minimum` - 2.
    pub fn new(minimum: i64, protection: i64, complementary: bool) -> Result<Self> {
        if !(3..=MAX_COUNT).contains(&minimum) {
            return Err(Error::Input(format!(
                "minimum: a whole number from 3 is needed, not {minimum}; under 3, a suppressed count could only be 1"
            )));
        }
        if !(1..=minimum - 2).contains(&protection) {
            return Err(Error::Input(format!(
                "protection: a whole number from 1 to {} is needed, not {protection}; suppressed counts lie between 1 and {}",
                minimum - 2,
                minimum - 1
            )));
        }
        Ok(Self { minimum, protection, complementary })
    }
}

/// What becomes of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Shown.
    Shown,
    /// Hidden: a small group.
    Primary,
    /// Hidden: it would give another cell away.
    Complementary,
    /// Hidden by the source.
    Source,
    /// Not known, and not withheld.
    Missing,
}

impl Status {
    /// The word used in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Primary => "primary",
            Self::Complementary => "complementary",
            Self::Source => "source",
            Self::Missing => "missing",
        }
    }
}

/// A total that its parts do not add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imbalance {
    /// The grouping.
    pub grouping: usize,
    /// The group whose schools were added up; `None` if the groups of a school were.
    pub group: Option<usize>,
    /// The school; `None` for all schools.
    pub school: Option<usize>,
    /// The total.
    pub total: i64,
    /// What the known parts add up to.
    pub parts: i64,
}

/// What a suppression did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// One status for each cell, in the order given.
    pub statuses: Vec<Status>,
    /// Positions of cells for which no second table was found. There are some only where a whole cohort is small, so that
    /// the rule alone gives its groups away, or where `protection` is more than the totals leave.
    pub unprotected: Vec<usize>,
    /// Totals that do not add up; if there are any, nothing else is given.
    pub imbalances: Vec<Imbalance>,
}

/// Decides for every cell whether it may be shown.
///
/// Cells that are not given are 0 if they are a group in a school, and not published if they are a total. Without any
/// cell over all schools, every school is a system of its own.
///
/// # Errors
/// [`Error::Input`] for a negative or enormous count, or a cell that is given twice; the total of a school may be given
/// once in every grouping, with one value.
///
/// ```
/// use schoolframe::disclosure::{Cell, Rule, Status, suppress};
/// let cell = |group, count| Cell { grouping: 0, group, school: Some(0), count: Some(count), withheld: false, limits: None };
/// let school = [cell(Some(0), 4), cell(Some(1), 30), cell(Some(2), 50), cell(None, 84)];
/// let outcome = suppress(&school, Rule::new(6, 1, true)?)?;
/// assert_eq!(outcome.statuses, [Status::Primary, Status::Complementary, Status::Shown, Status::Shown]);
/// # Ok::<(), schoolframe::error::Error>(())
/// ```
pub fn suppress(cells: &[Cell], rule: Rule) -> Result<Outcome> {
    let mut outcome = Outcome { statuses: vec![Status::Missing; cells.len()], ..Outcome::default() };
    for (rows, part) in systems(cells) {
        let mut system = System::new(&part, rule)?;
        outcome.imbalances.extend(system.imbalances());
        if !outcome.imbalances.is_empty() {
            continue;
        }
        let unprotected = if rule.complementary { protect::protect(&mut system) } else { Vec::new() };
        for (row, at) in rows.into_iter().zip(system.rows()) {
            if let Some(status) = outcome.statuses.get_mut(row) {
                *status = system.status(*at);
            }
            if unprotected.contains(at) {
                outcome.unprotected.push(row);
            }
        }
    }
    Ok(outcome)
}

/// The cells by system, each with its row: all of them, or school by school where no total links the schools.
fn systems(cells: &[Cell]) -> Vec<(Vec<usize>, Vec<Cell>)> {
    let linked = cells.iter().any(|cell| cell.school.is_none());
    let mut found: BTreeMap<Option<usize>, (Vec<usize>, Vec<Cell>)> = BTreeMap::new();
    for (row, cell) in cells.iter().enumerate() {
        let (rows, part) = found.entry(if linked { None } else { cell.school }).or_default();
        rows.push(row);
        part.push(*cell);
    }
    found.into_values().collect()
}
