//! What somebody can work out about hidden counts, who knows all that is shown, that totals add up, that counts are whole
//! and not negative, and that a small group has 1 to `minimum` - 1 pupils.

use std::collections::BTreeMap;

use super::simplex::{Answer, Program};
use super::system::{FAR, Line, State, System};
use super::{Cell, Rule, systems};
use crate::error::{Error, Result};

/// A cell as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Where it stands, and its count if that is shown. `withheld` says that it is hidden; a count that is neither
    /// shown nor hidden is missing.
    pub cell: Cell,
    /// Whether it is known to be a small group.
    pub small: bool,
}

/// The counts that a cell can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The least.
    pub low: i64,
    /// The greatest; `None` if nothing bounds it.
    pub high: Option<i64>,
}

/// Works out the range of every cell.
///
/// Bounds are carried from line to line first; what is still open is a linear program for each cell. For one grouping the
/// ranges are exact: such tables are networks, where the extremes are whole numbers. For several groupings a range is that
/// of real numbers, rounded inwards.
///
/// # Errors
/// [`Error::Input`] if no table agrees with what is shown, or as [`super::suppress`].
///
/// ```
/// use schoolframe::disclosure::{Cell, Range, Seen, attack};
/// let cell = |group, count: Option<i64>| Cell { grouping: 0, group, school: Some(0), count, withheld: count.is_none(), limits: None };
/// let school = [
///     Seen { cell: cell(Some(0), None), small: true },
///     Seen { cell: cell(Some(1), Some(30)), small: false },
///     Seen { cell: cell(None, Some(34)), small: false },
/// ];
/// assert_eq!(attack(&school, 6)?.first(), Some(&Range { low: 4, high: Some(4) }));
/// # Ok::<(), schoolframe::error::Error>(())
/// ```
pub fn attack(seen: &[Seen], minimum: i64) -> Result<Vec<Range>> {
    let rule = Rule::new(minimum, 1, true)?;
    let mut ranges = vec![Range { low: 0, high: None }; seen.len()];
    let cells: Vec<Cell> = seen.iter().map(|one| one.cell).collect();
    for (rows, part) in systems(&cells) {
        let system = System::new(&part, rule)?;
        let mut bounds = first_bounds(&system, minimum, &rows, seen);
        carry(&system, &mut bounds)?;
        for component in components(&system, &bounds) {
            solve(&component, &mut bounds)?;
        }
        for (row, at) in rows.iter().zip(system.rows()) {
            if let (Some(range), Some((low, high))) = (ranges.get_mut(*row), bounds.get(*at)) {
                *range = Range { low: *low, high: (*high < FAR).then_some(*high) };
            }
        }
    }
    Ok(ranges)
}

type Bounds = Vec<(i64, i64)>;

fn contradiction() -> Error {
    Error::Input("no table of whole, non-negative counts agrees with what is shown; check totals and groups".to_owned())
}

fn first_bounds(system: &System, minimum: i64, rows: &[usize], seen: &[Seen]) -> Bounds {
    let mut bounds: Bounds = (0..system.len())
        .map(|at| match (system.slot(at).state, system.slot(at).value) {
            (State::Known(_) | State::Absent, Some(value)) => (value, value),
            _ => (0, FAR),
        })
        .collect();
    for (row, at) in rows.iter().zip(system.rows()) {
        let Some(one) = seen.get(*row).filter(|one| one.cell.withheld) else { continue };
        let (low, high) = match one.cell.limits {
            Some(limits) => (limits.low, limits.high),
            None if one.small => (1, minimum - 1),
            None => continue,
        };
        if let Some(bound) = bounds.get_mut(*at) {
            *bound = (bound.0.max(low), bound.1.min(high));
        }
    }
    bounds
}

fn of(bounds: &Bounds, at: usize) -> (i64, i64) {
    bounds.get(at).copied().unwrap_or((0, 0))
}

/// Rounds of narrowing. Most tables need few; one that creeps is left to the linear programs.
const ROUNDS: usize = 64;

/// Narrows bounds along the lines until nothing changes.
fn carry(system: &System, bounds: &mut Bounds) -> Result<()> {
    for _ in 0..ROUNDS {
        let mut changed = false;
        for line in system.lines() {
            changed |= carry_line(line, bounds)?;
        }
        if !changed {
            break;
        }
    }
    Ok(())
}

/// Narrows the cells of a line by its others. The sums are those from before: they hold all the more afterwards.
fn carry_line(line: &Line, bounds: &mut Bounds) -> Result<bool> {
    let low: i64 = line.parts.iter().map(|at| of(bounds, *at).0).sum();
    let open = line.parts.iter().filter(|at| of(bounds, **at).1 >= FAR).count();
    let high: i64 = line.parts.iter().map(|at| of(bounds, *at).1).filter(|high| *high < FAR).sum();
    let total = of(bounds, line.total);
    let total = (total.0.max(low), if open == 0 { total.1.min(high) } else { total.1 });
    let mut changed = set(bounds, line.total, total)?;
    for at in &line.parts {
        let own = of(bounds, *at);
        let others_low = low - own.0;
        let upper = if total.1 >= FAR { own.1 } else { own.1.min(total.1 - others_low) };
        let others_high = match (open, own.1 >= FAR) {
            (0, false) => Some(high - own.1),
            (1, true) => Some(high),
            _ => None,
        };
        let lower = others_high.map_or(own.0, |others| own.0.max(total.0 - others));
        changed |= set(bounds, *at, (lower, upper))?;
    }
    Ok(changed)
}

fn set(bounds: &mut Bounds, at: usize, (low, high): (i64, i64)) -> Result<bool> {
    if low > high {
        return Err(contradiction());
    }
    let Some(bound) = bounds.get_mut(at) else { return Ok(false) };
    let changed = *bound != (low, high);
    *bound = (low, high);
    Ok(changed)
}

/// Slots that are still open and hang together, with their lines.
struct Component {
    slots: Vec<usize>,
    lines: Vec<Line>,
}

/// The slot that stands for all that hang together with `at`.
fn root(leader: &mut [usize], mut at: usize) -> usize {
    while let Some(next) = leader.get(at).copied().filter(|next| *next != at) {
        let above = leader.get(next).copied().unwrap_or(next);
        if let Some(own) = leader.get_mut(at) {
            *own = above;
        }
        at = next;
    }
    at
}

fn components(system: &System, bounds: &Bounds) -> Vec<Component> {
    let is_open = |at: &usize| of(bounds, *at).0 < of(bounds, *at).1;
    let mut leader: Vec<usize> = (0..system.len()).collect();
    let open_of =
        |line: &Line| -> Vec<usize> { line.parts.iter().copied().chain([line.total]).filter(is_open).collect() };
    for line in system.lines() {
        let open = open_of(line);
        for pair in open.windows(2) {
            if let [one, other] = pair {
                let (one, other) = (root(&mut leader, *one), root(&mut leader, *other));
                if let Some(own) = leader.get_mut(one.max(other)) {
                    *own = one.min(other);
                }
            }
        }
    }
    let mut found: BTreeMap<usize, Component> = BTreeMap::new();
    for at in (0..system.len()).filter(is_open) {
        let root = root(&mut leader, at);
        found.entry(root).or_insert_with(|| Component { slots: Vec::new(), lines: Vec::new() }).slots.push(at);
    }
    for line in system.lines() {
        if let Some(first) = open_of(line).first() {
            let root = root(&mut leader, *first);
            if let Some(component) = found.get_mut(&root) {
                component.lines.push(line.clone());
            }
        }
    }
    found.into_values().filter(|component| !component.lines.is_empty()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts are at most 2^40")]
fn float(value: i64) -> f64 {
    if value >= FAR { f64::INFINITY } else { value as f64 }
}

#[expect(clippy::cast_possible_truncation, reason = "counts are at most 2^40")]
fn whole(value: f64) -> i64 {
    value as i64
}

/// Narrows the bounds of a component to the ranges of its linear programs.
fn solve(component: &Component, bounds: &mut Bounds) -> Result<()> {
    let column: BTreeMap<usize, usize> = component.slots.iter().enumerate().map(|(column, at)| (*at, column)).collect();
    let (mut rows, mut right) = (Vec::new(), Vec::new());
    for line in &component.lines {
        let mut row = vec![0.0; component.slots.len()];
        let mut constant = 0;
        let parts = line.parts.iter().map(|at| (*at, 1_i64)).chain([(line.total, -1)]);
        for (at, factor) in parts {
            constant -= factor * of(bounds, at).0;
            if let Some(value) = column.get(&at).and_then(|column| row.get_mut(*column)) {
                *value += float(factor);
            }
        }
        rows.push(row);
        right.push(float(constant));
    }
    let low: Vec<i64> = component.slots.iter().map(|at| of(bounds, *at).0).collect();
    let high: Vec<i64> = component.slots.iter().map(|at| of(bounds, *at).1).collect();
    let upper = low.iter().zip(&high).map(|(low, high)| if *high >= FAR { f64::INFINITY } else { float(high - low) });
    let mut program = Program::new(rows, right, upper.collect()).ok_or_else(contradiction)?;
    let start = program.values();
    let mut extremes: Vec<(f64, f64)> = start.iter().map(|value| (*value, *value)).collect();
    for variable in 0..component.slots.len() {
        for greatest in [false, true] {
            let (least, most) = extremes.get(variable).copied().unwrap_or((0.0, 0.0));
            let room = high
                .get(variable)
                .zip(low.get(variable))
                .map_or(f64::INFINITY, |(high, low)| if *high >= FAR { f64::INFINITY } else { float(high - low) });
            if (greatest && most >= room - 1e-6) || (!greatest && least <= 1e-6) {
                continue;
            }
            match program.ask(variable, greatest) {
                Answer::Least(_) => {}
                Answer::Unbounded => {
                    if let Some(extreme) = extremes.get_mut(variable) {
                        extreme.1 = f64::INFINITY;
                    }
                }
                Answer::GivenUp => {
                    return Err(Error::Input("the ranges of these tables take too long to work out".to_owned()));
                }
            }
            for (extreme, value) in extremes.iter_mut().zip(program.values()) {
                *extreme = (extreme.0.min(value), extreme.1.max(value));
            }
        }
    }
    for ((at, (least, most)), low) in component.slots.iter().zip(extremes).zip(low) {
        let most = if most.is_finite() { low + whole((most + 1e-6).floor()) } else { FAR };
        set(bounds, *at, (low + whole((least - 1e-6).ceil()), most))?;
    }
    Ok(())
}
