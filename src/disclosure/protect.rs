//! Complementary suppression: for every hidden cell, a second table that agrees with all that is shown.

use super::Status;
use super::paths::{Loss, Moves, Search, Step, left, loss};
use super::system::{Line, State, System};

/// No slot.
const NONE: usize = usize::MAX;

/// Steps that lead to another possible table, and what hiding them loses.
struct Way {
    steps: Vec<Step>,
    loss: Loss,
}

/// Hides slots until every hidden one is protected; returns those that cannot be.
pub(super) fn protect(system: &mut System) -> Vec<usize> {
    let mut proven = vec![false; system.len()];
    let mut failed = Vec::new();
    loop {
        let mut changed = hide_small_unions(system);
        for at in 0..system.len() {
            let hidden =
                matches!(system.slot(at).state, State::Known(Status::Primary | Status::Complementary | Status::Source));
            if !hidden || proven.get(at).copied().unwrap_or(true) {
                continue;
            }
            changed = true;
            if !widen(system, at, &mut proven) {
                failed.push(at);
            }
            if let Some(proven) = proven.get_mut(at) {
                *proven = true;
            }
        }
        if !changed {
            return failed;
        }
    }
}

/// Where hidden cells under a shown total hold 1 to `minimum` - 1 pupils together, hides the next smallest, or the total.
fn hide_small_unions(system: &mut System) -> bool {
    let mut changed = false;
    for line in system.lines().to_vec() {
        while let Some(next) = small_union(system, &line) {
            system.hide(next);
            changed = true;
        }
    }
    changed
}

/// The slot to hide next, if the hidden parts of the line are a small group.
fn small_union(system: &System, line: &Line) -> Option<usize> {
    let total = system.slot(line.total);
    let shared = line.total >= system.shared() && system.groupings() > 1;
    // A total of a school that is not printed can follow from another grouping.
    let known = total.state == State::Known(Status::Shown) || (shared && total.state == State::Unpublished);
    let shown: i64 =
        line.parts.iter().filter(|at| is_shown(system, **at)).filter_map(|at| system.slot(*at).value).sum();
    let hidden = total.value.filter(|_| known)? - shown;
    if hidden < 1 || hidden >= system.rule.minimum {
        return None;
    }
    let smallest = line
        .parts
        .iter()
        .filter(|at| is_shown(system, **at))
        .filter_map(|at| system.slot(*at).value.filter(|value| *value > 0).map(|value| (value, *at)))
        .min();
    let own_total = (total.state == State::Known(Status::Shown)).then_some(line.total);
    smallest.map(|(_, at)| at).or(own_total)
}

fn is_shown(system: &System, at: usize) -> bool {
    matches!(system.slot(at).state, State::Known(Status::Shown) | State::Absent)
}

/// Finds possible tables in which the slot lies far enough apart; returns whether there are any.
fn widen(system: &mut System, at: usize, proven: &mut [bool]) -> bool {
    let primary = system.slot(at).state == State::Known(Status::Primary);
    let wanted = if primary { system.rule.protection } else { 1 };
    let (mut raised, mut lowered) = (Moves::new(), Moves::new());
    for _ in 0..wanted {
        let up = find(system, at, true, &raised);
        let free = up.as_ref().is_some_and(|way| way.loss.is_nothing());
        let down = if free { None } else { find(system, at, false, &lowered) };
        let (way, moves) = match (up, down) {
            (Some(up), Some(down)) if down.loss < up.loss => (down, &mut lowered),
            (Some(up), _) => (up, &mut raised),
            (None, Some(down)) => (down, &mut lowered),
            (None, None) => return false,
        };
        for (slot, by) in way.steps {
            system.hide(slot);
            *moves.entry(slot).or_default() += by;
            let enough = system.rule.protection == 1 || system.slot(slot).state != State::Known(Status::Primary);
            if let Some(proven) = proven.get_mut(slot) {
                *proven |= enough;
            }
        }
    }
    true
}

/// The way of least loss that moves a slot by one.
fn find(system: &System, at: usize, up: bool, moves: &Moves) -> Option<Way> {
    if left(system, moves, at, up) < 1 {
        return None;
    }
    let linked = system.groupings() > 1;
    if linked && at >= system.shared() {
        return shift(system, at, up, moves);
    }
    within(system, at, up, moves).or_else(|| if linked { shift(system, at, up, moves) } else { None })
}

/// A closed way through the table of the slot. Where groupings share totals, the totals stay as they are.
fn within(system: &System, at: usize, up: bool, moves: &Moves) -> Option<Way> {
    let place = system.place_of(at);
    let along = up == (system.sign(place) > 0);
    let margin = system.groupings() == 1;
    let search = Search { system, grouping: place.grouping, moves, without: at, backwards: false, margin };
    let (row, column) = (place.row, search.column(place.column));
    let (start, goal) = if along { (column, row) } else { (row, column) };
    let tree = search.from(start, Some(goal));
    let loss = tree.loss(goal)?.plus(loss(system, at)?);
    let mut steps = tree.steps(goal);
    steps.push((at, if up { 1 } else { -1 }));
    Some(Way { steps, loss })
}

/// Moves a pupil between two columns in every grouping at once, totals included; the slot is on the way.
fn shift(system: &System, at: usize, up: bool, moves: &Moves) -> Option<Way> {
    let place = system.place_of(at);
    let column = place.column;
    let total = system.shared() + column;
    let own = if at == total { NONE } else { at };
    let signed = |at: usize, along: bool| {
        let up = along == (system.sign(system.place_of(at)) > 0);
        (at, if up { 1 } else { -1 })
    };
    // Over the shared row the pupil runs one way, through the groupings the other.
    let total_along = if own == NONE { up == (system.sign(place) > 0) } else { up != (system.sign(place) > 0) };
    let fixed = [total].into_iter().map(|at| signed(at, total_along));
    let mut steps: Vec<Step> = fixed.collect();
    let mut base = Loss::default();
    for (slot, by) in &steps {
        if left(system, moves, *slot, *by > 0) < 1 {
            return None;
        }
        base = base.plus(loss(system, *slot)?);
    }
    if own != NONE {
        steps.push((own, if up { 1 } else { -1 }));
        base = base.plus(loss(system, own)?);
    }
    let searches: Vec<(Search, usize)> = (0..system.groupings())
        .map(|grouping| {
            let search = Search { system, grouping, moves, without: own, backwards: !total_along, margin: false };
            let forced = own != NONE && grouping == place.grouping;
            let start = if forced { place.row } else { search.column(column) };
            (search, start)
        })
        .collect();
    let trees: Vec<_> = searches.iter().map(|(search, start)| search.from(*start, None)).collect();
    let mut best: Option<(Loss, usize)> = None;
    for other in (0..=system.schools).filter(|other| *other != column) {
        let (slot, by) = signed(system.shared() + other, !total_along);
        if left(system, moves, slot, by > 0) < 1 {
            continue;
        }
        let Some(mut sum) = loss(system, slot).map(|lost| lost.plus(base)) else { continue };
        let mut complete = true;
        for ((search, _), tree) in searches.iter().zip(&trees) {
            match tree.loss(search.column(other)) {
                Some(lost) => sum = sum.plus(lost),
                None => complete = false,
            }
        }
        if complete && best.is_none_or(|(known, _)| sum < known) {
            best = Some((sum, other));
        }
    }
    let (loss, other) = best?;
    steps.push(signed(system.shared() + other, !total_along));
    for ((search, _), tree) in searches.iter().zip(&trees) {
        steps.extend(tree.steps(search.column(other)));
    }
    Some(Way { steps, loss })
}
