//! The way of least loss through one table.
//!
//! Rows and columns are stations, cells the tracks between them. A closed way that moves its cells up from rows to columns
//! and down from columns to rows leaves every line of the table in balance.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::Status;
use super::system::{Place, State, System};

/// What it costs to hide the cells of a way, dearest first; then the number of steps, so that the shortest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Loss {
    totals: u32,
    zeros: u32,
    pupils: i64,
    steps: u32,
}

impl Loss {
    /// Whether nothing has to be hidden.
    pub const fn is_nothing(self) -> bool {
        self.totals == 0 && self.zeros == 0 && self.pupils == 0
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            totals: self.totals + other.totals,
            zeros: self.zeros + other.zeros,
            pupils: self.pupils + other.pupils,
            steps: self.steps + other.steps,
        }
    }
}

/// How far slots have moved from the true table.
pub(super) type Moves = BTreeMap<usize, i64>;

/// A step of a way: the slot, and by how much it moves.
pub(super) type Step = (usize, i64);

/// What remains for a slot to move, after it has moved.
pub(super) fn left(system: &System, moves: &Moves, at: usize, up: bool) -> i64 {
    let moved = if moves.is_empty() { 0 } else { moves.get(&at).copied().unwrap_or(0) };
    system.reach(at, up) - if up { moved } else { -moved }
}

/// What is lost by hiding a slot; `None` if that cannot be done.
pub(super) fn loss(system: &System, at: usize) -> Option<Loss> {
    let slot = system.slot(at);
    let place = system.place_of(at);
    match slot.state {
        State::Absent | State::Known(Status::Missing) => None,
        State::Known(Status::Shown) => {
            let pupils = slot.value.unwrap_or(0);
            let total = place.row == system.groups(place.grouping) || place.column == system.schools;
            let zero = pupils == 0 && !total;
            Some(Loss { totals: u32::from(total), zeros: u32::from(zero), pupils, steps: 1 })
        }
        _ => Some(Loss { steps: 1, ..Loss::default() }),
    }
}

/// A search through the table of one grouping.
pub(super) struct Search<'a> {
    pub system: &'a System,
    pub grouping: usize,
    pub moves: &'a Moves,
    /// A slot that must not be used.
    pub without: usize,
    /// Whether ways are followed from their end to their beginning.
    pub backwards: bool,
    /// Whether the margin that groupings share may move.
    pub margin: bool,
}

/// Least losses from one station to the others, and the steps there.
pub(super) struct Tree {
    best: Vec<Option<Loss>>,
    from: Vec<Option<(usize, Step)>>,
}

impl Tree {
    pub fn loss(&self, station: usize) -> Option<Loss> {
        self.best.get(station).copied().flatten()
    }

    /// The steps of the way to a station.
    pub fn steps(&self, mut station: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some((before, step)) = self.from.get(station).copied().flatten() {
            steps.push(step);
            station = before;
        }
        steps
    }
}

impl Search<'_> {
    /// Station of a column; that of a row is its number.
    pub fn column(&self, column: usize) -> usize {
        self.system.groups(self.grouping) + 1 + column
    }

    /// Least losses from a station, by Dijkstra's algorithm; ends early at `goal`.
    pub fn from(&self, start: usize, goal: Option<usize>) -> Tree {
        let groups = self.system.groups(self.grouping);
        let stations = groups + 1 + self.system.schools + 1;
        let mut tree = Tree { best: vec![None; stations], from: vec![None; stations] };
        let mut done = vec![false; stations];
        let mut heap = BinaryHeap::from([Reverse((Loss::default(), start))]);
        if let Some(best) = tree.best.get_mut(start) {
            *best = Some(Loss::default());
        }
        while let Some(Reverse((so_far, station))) = heap.pop() {
            match done.get_mut(station) {
                Some(done) if !*done => *done = true,
                _ => continue,
            }
            if goal == Some(station) {
                break;
            }
            let is_row = station <= groups;
            let others = if is_row { groups + 1..stations } else { 0..groups + usize::from(self.margin) };
            for other in others {
                if done.get(other).copied().unwrap_or(true) {
                    continue;
                }
                let (row, column) = if is_row { (station, other - groups - 1) } else { (other, station - groups - 1) };
                let place = Place { grouping: self.grouping, row, column };
                let Some((step, lost)) = self.step(place, is_row != self.backwards) else { continue };
                let sum = so_far.plus(lost);
                if let Some(best) = tree.best.get_mut(other)
                    && best.is_none_or(|known| sum < known)
                {
                    *best = Some(sum);
                    if let Some(from) = tree.from.get_mut(other) {
                        *from = Some((station, step));
                    }
                    heap.push(Reverse((sum, other)));
                }
            }
        }
        tree
    }

    /// The step over a cell, from its row to its column if `along`, with its loss; `None` if the cell cannot move so.
    pub fn step(&self, place: Place, along: bool) -> Option<(Step, Loss)> {
        let at = self.system.slot_at(place);
        let up = along == (self.system.sign(place) > 0);
        if at == self.without || left(self.system, self.moves, at, up) < 1 {
            return None;
        }
        Some(((at, if up { 1 } else { -1 }), loss(self.system, at)?))
    }
}
