//! Disclosure control: cells as columns of numbers, one row each.

use pyo3::prelude::*;

use crate::disclosure::{Cell, Limits, Rule, Seen, attack, suppress};
use crate::error::{Error, Result};

/// Grouping, group, school, count, whether it is withheld, and its limits with whether it has to be hidden.
type Row = (usize, Option<usize>, Option<usize>, Option<i64>, bool, Option<(i64, i64, bool)>);
/// Grouping, group, school, total, sum of the parts.
type Broken = (usize, Option<usize>, Option<usize>, i64, i64);

fn cell((grouping, group, school, count, withheld, limits): Row) -> Cell {
    let limits = limits.map(|(low, high, small)| Limits { low, high, small });
    Cell { grouping, group, school, count, withheld, limits }
}

/// Status of every cell; positions of cells that are not protected; totals that do not add up.
#[pyfunction]
pub fn suppress_cells(
    py: Python<'_>,
    rows: Vec<Row>,
    minimum: i64,
    protection: i64,
    complementary: bool,
) -> Result<(Vec<&'static str>, Vec<usize>, Vec<Broken>)> {
    let rule = Rule::new(minimum, protection, complementary)?;
    let outcome = py.detach(|| suppress(&rows.into_iter().map(cell).collect::<Vec<_>>(), rule))?;
    let broken = outcome.imbalances.iter().map(|one| (one.grouping, one.group, one.school, one.total, one.parts));
    Ok((outcome.statuses.iter().map(|status| status.name()).collect(), outcome.unprotected, broken.collect()))
}

/// Least and greatest count that every cell can have.
#[pyfunction]
pub fn attack_cells(py: Python<'_>, rows: Vec<Row>, small: Vec<bool>, minimum: i64) -> Result<Vec<(i64, Option<i64>)>> {
    if rows.len() != small.len() {
        return Err(Error::Input(format!("{} cells were given, and {} marks", rows.len(), small.len())));
    }
    let seen: Vec<Seen> = rows.into_iter().zip(small).map(|(row, small)| Seen { cell: cell(row), small }).collect();
    Ok(py.detach(|| attack(&seen, minimum))?.into_iter().map(|range| (range.low, range.high)).collect())
}
