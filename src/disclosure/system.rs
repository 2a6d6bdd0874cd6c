//! Cells of linked tables: where they stand, which equations bind them, how far each can move.
//!
//! Every grouping is a table of groups by schools with a margin on each side. The margin over groups, the totals of the
//! schools and of all schools, is shared by the groupings.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, Imbalance, Limits, MAX_COUNT, Rule, Status};
use crate::error::{Error, Result};

/// More than any cell can move.
pub(super) const FAR: i64 = i64::MAX / 8;

/// What is known of a slot of the tables, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No such group in the school: everybody knows that it is 0.
    Absent,
    /// A total that nobody is given.
    Unpublished,
    Known(Status),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub state: State,
    pub value: Option<i64>,
    pub limits: Option<Limits>,
}

/// An equation: the parts add up to the total.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub parts: Vec<usize>,
    pub total: usize,
    pub grouping: usize,
    pub group: Option<usize>,
    pub school: Option<usize>,
}

/// Where a slot stands in the table of its grouping: row `groups` and column `schools` are the margins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub grouping: usize,
    pub row: usize,
    pub column: usize,
}

/// Tables that are protected together.
pub(super) struct System {
    pub rule: Rule,
    pub schools: usize,
    groups: Vec<usize>,
    bases: Vec<usize>,
    slots: Vec<Slot>,
    rows: Vec<usize>,
    lines: Vec<Line>,
}

impl System {
    pub fn new(cells: &[Cell], rule: Rule) -> Result<Self> {
        // Numbers of groups and schools are made dense: a part of the cells of a caller is a system too.
        let mut names: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut places: BTreeSet<usize> = BTreeSet::new();
        for cell in cells {
            let known = names.entry(cell.grouping).or_default();
            known.extend(cell.group);
            places.extend(cell.school);
        }
        // A grouping that only repeats totals is none, unless there is no other.
        if names.values().any(|known| !known.is_empty()) {
            names.retain(|_, known| !known.is_empty());
        }
        let schools = places.len();
        let groups: Vec<usize> = names.values().map(BTreeSet::len).collect();
        let mut bases = Vec::with_capacity(groups.len() + 1);
        let mut next = 0;
        for count in &groups {
            bases.push(next);
            next += count * (schools + 1);
        }
        bases.push(next);
        let mut system = Self {
            rule,
            schools,
            groups,
            bases,
            slots: vec![Slot { state: State::Unpublished, value: None, limits: None }; next + schools + 1],
            rows: Vec::with_capacity(cells.len()),
            lines: Vec::new(),
        };
        for at in 0..next {
            if at % (schools + 1) != schools {
                system.set(at, State::Absent, Some(0));
            }
        }
        let grouping_at: BTreeMap<usize, usize> = names.keys().enumerate().map(|(at, name)| (*name, at)).collect();
        let school_at: BTreeMap<usize, usize> = places.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        for cell in cells {
            let grouping = grouping_at.get(&cell.grouping).copied().unwrap_or(0);
            let row = cell.group.and_then(|group| names.get(&cell.grouping)?.iter().position(|known| *known == group));
            let column = cell.school.and_then(|school| school_at.get(&school).copied()).unwrap_or(schools);
            let at = system.slot_at(Place { grouping, row: row.unwrap_or_else(|| system.groups(grouping)), column });
            system.place(cell, at)?;
            system.rows.push(at);
        }
        system.lines = system.make_lines();
        system.work_out_totals();
        Ok(system)
    }

    fn place(&mut self, cell: &Cell, at: usize) -> Result<()> {
        if let Some(count) = cell.count.filter(|count| !(0..=MAX_COUNT).contains(count)) {
            return Err(Error::Input(format!("a count must lie between 0 and {MAX_COUNT}; one is {count}")));
        }
        let status = match cell.count {
            _ if cell.withheld => Status::Source,
            None => Status::Missing,
            Some(count) => {
                let small = cell.limits.map_or(count > 0 && count < self.rule.minimum, |limits| limits.small);
                if small { Status::Primary } else { Status::Shown }
            }
        };
        let total = cell.group.is_none();
        if total && status == Status::Missing {
            return Ok(()); // a total that is not known is not published
        }
        let before = self.slot(at);
        match before.state {
            State::Absent | State::Unpublished => {}
            State::Known(known) if total && known == status && before.value == cell.count => return Ok(()),
            State::Known(_) => {
                let values = format!("{:?} and {:?}", before.value, cell.count);
                return Err(Error::Input(format!("a cell is given twice, with the counts {values}")));
            }
        }
        self.set(at, State::Known(status), cell.count);
        if let Some(slot) = self.slots.get_mut(at) {
            slot.limits = cell.limits;
        }
        Ok(())
    }

    /// Slot of every cell, in the order the cells were given.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub fn groupings(&self) -> usize {
        self.groups.len()
    }

    pub fn groups(&self, grouping: usize) -> usize {
        self.groups.get(grouping).copied().unwrap_or(0)
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn slot(&self, at: usize) -> Slot {
        self.slots.get(at).copied().unwrap_or(Slot { state: State::Absent, value: Some(0), limits: None })
    }

    fn set(&mut self, at: usize, state: State, value: Option<i64>) {
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { state, value, limits: slot.limits };
        }
    }

    /// Hides a slot that was shown.
    pub fn hide(&mut self, at: usize) {
        if let Some(slot) = self.slots.get_mut(at)
            && slot.state == State::Known(Status::Shown)
        {
            slot.state = State::Known(Status::Complementary);
        }
    }

    /// Status of a cell; a total that is not known is missing.
    pub fn status(&self, at: usize) -> Status {
        match self.slot(at).state {
            State::Known(status) => status,
            State::Absent | State::Unpublished => Status::Missing,
        }
    }

    pub fn slot_at(&self, place: Place) -> usize {
        if place.row >= self.groups(place.grouping) {
            return self.shared() + place.column;
        }
        let base = self.bases.get(place.grouping).copied().unwrap_or(0);
        base + place.row * (self.schools + 1) + place.column
    }

    /// First slot of the margin that the groupings share.
    pub fn shared(&self) -> usize {
        self.bases.last().copied().unwrap_or(0)
    }

    pub fn place_of(&self, at: usize) -> Place {
        if at >= self.shared() {
            return Place { grouping: 0, row: self.groups(0), column: at - self.shared() };
        }
        let grouping =
            self.bases.iter().rposition(|base| *base <= at).unwrap_or(0).min(self.groupings().saturating_sub(1));
        let within = at - self.bases.get(grouping).copied().unwrap_or(0);
        Place { grouping, row: within / (self.schools + 1), column: within % (self.schools + 1) }
    }

    /// How far a slot may move up or down while everything stays possible to one who knows the rule.
    ///
    /// A count that the source withheld is taken as at least 1. A count that is missing does not move: whoever knows it
    /// must not learn more.
    pub fn reach(&self, at: usize, up: bool) -> i64 {
        let Slot { state, value, limits } = self.slot(at);
        match (state, value) {
            (State::Absent | State::Known(Status::Missing), _) => 0,
            (State::Unpublished, _) => FAR,
            (State::Known(_), Some(value)) if limits.is_some() => {
                limits.map_or(0, |limits| if up { limits.high - value } else { value - limits.low }).max(0)
            }
            (State::Known(Status::Primary), Some(value)) if up => self.rule.minimum - 1 - value,
            (State::Known(Status::Primary), Some(value)) => value - 1,
            (State::Known(_), _) if up => FAR,
            (State::Known(_), Some(value)) => value,
            (State::Known(_), None) => 1,
        }
    }

    /// 1 in the body and the grand total, -1 in the margins: with these signs every line of a table adds up to 0.
    pub fn sign(&self, place: Place) -> i64 {
        if (place.row == self.groups(place.grouping)) == (place.column == self.schools) { 1 } else { -1 }
    }

    fn make_lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let last = self.schools;
        for grouping in 0..self.groupings() {
            let groups = self.groups(grouping);
            for row in 0..groups {
                lines.push(Line {
                    parts: (0..last).map(|column| self.slot_at(Place { grouping, row, column })).collect(),
                    total: self.slot_at(Place { grouping, row, column: last }),
                    grouping,
                    group: Some(row),
                    school: None,
                });
            }
            for column in (0..=last).filter(|_| groups > 0) {
                lines.push(Line {
                    parts: (0..groups).map(|row| self.slot_at(Place { grouping, row, column })).collect(),
                    total: self.shared() + column,
                    grouping,
                    group: None,
                    school: (column < last).then_some(column),
                });
            }
        }
        lines.push(Line {
            parts: (0..last).map(|column| self.shared() + column).collect(),
            total: self.shared() + last,
            grouping: 0,
            group: None,
            school: None,
        });
        lines
    }

    /// Sum of the parts, if all of them are known.
    pub fn sum(&self, line: &Line) -> Option<i64> {
        line.parts.iter().map(|at| self.slot(*at).value).sum()
    }

    /// Gives totals that are not published the value that follows; margins before the grand total, which rests on them.
    fn work_out_totals(&mut self) {
        for line in self.lines.clone() {
            if self.slot(line.total).state == State::Unpublished
                && self.slot(line.total).value.is_none()
                && let Some(sum) = self.sum(&line)
            {
                self.set(line.total, State::Unpublished, Some(sum));
            }
        }
    }

    /// Lines whose known parts do not fit their total. Totals that were only worked out follow the others.
    pub fn imbalances(&self) -> Vec<Imbalance> {
        let mut found = Vec::new();
        let mut worked_out = Vec::new();
        for line in &self.lines {
            let Some(total) = self.slot(line.total).value else { continue };
            let parts: i64 = line.parts.iter().filter_map(|at| self.slot(*at).value).sum();
            let whole = self.sum(line).is_some();
            if parts > total || (whole && parts != total) {
                let Line { grouping, group, school, .. } = *line;
                let published = self.slot(line.total).state != State::Unpublished;
                let wrong = if published { &mut found } else { &mut worked_out };
                wrong.push(Imbalance { grouping, group, school, total, parts });
            }
        }
        if found.is_empty() { worked_out } else { found }
    }
}
