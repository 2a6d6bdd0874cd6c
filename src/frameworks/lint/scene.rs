//! One phase as lint sees it: every condition over all schools there may be.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::super::condition::{Cond, Leaf};
use super::super::resolve::{Resolved, ResolvedAdjust};
use super::expr::Expr;
use super::space::{MAX_VALUES, Met, Space};

/// The conditions of a phase.
pub struct Scene<'a> {
    pub resolved: &'a Resolved,
    pub space: Space<'a>,
    /// Positions of the phases that ask for the same things.
    pub phases: Vec<usize>,
    /// Items written out.
    items: HashMap<usize, Expr>,
    /// By condition: the items that it refers to, through others too.
    behind: HashMap<*const Cond, Rc<HashSet<usize>>>,
    /// What is true of every school.
    pub given: Expr,
}

/// An item that is left out: it drops out of every list that names it, and does not hold where it stands alone.
pub type LeftOut = Option<usize>;

impl<'a> Scene<'a> {
    /// The conditions of a phase (position) whose rules are given, less what it does not ask for.
    pub fn new(resolved: &'a Resolved, phases: Vec<usize>, met: &mut Met) -> Self {
        let mut tests: Vec<&'a Leaf> = Vec::new();
        each_cond(resolved, &mut |cond| cond.each_leaf(&mut |leaf| tests.push(leaf)));
        let space = Space::new(resolved, &tests, met);
        let mut scene =
            Self { resolved, space, phases, items: HashMap::new(), behind: HashMap::new(), given: Expr::Known(true) };
        let asked = scene.asked();
        let given = resolved.constraints.iter().filter(|row| row.phases & asked != 0);
        let given: Vec<Expr> = given.map(|row| scene.expr(&row.cond, None)).collect();
        scene.given = Expr::all(given);
        scene
    }

    /// Whether the phase has rules of its own that lead to a category; one that is made of others has theirs.
    pub fn decides(&self) -> bool {
        let combined = self.phases.first().and_then(|phase| self.resolved.combined.get(*phase));
        combined.is_none_or(Option::is_none)
    }

    /// The adjustments of the phase in order. Those of the phases that another one is made of are made there.
    pub fn adjustments(&self) -> Vec<&'a ResolvedAdjust> {
        let own = self.phases.first().map_or(0, |phase| 1 << phase);
        let done = self.asked() & !own;
        self.resolved.adjust.iter().filter(|row| row.phases & own != 0 && row.phases & done == 0).collect()
    }

    /// Its phases as bits.
    pub fn phase_bits(&self) -> u64 {
        self.phases.iter().fold(0, |bits, phase| bits | 1 << phase)
    }

    /// The phases whose items are asked, as bits.
    pub fn asked(&self) -> u64 {
        self.phases.first().map_or(0, |phase| self.resolved.asked(*phase))
    }

    /// A condition with all that it refers to written out.
    pub fn expr(&mut self, cond: &'a Cond, without: LeftOut) -> Expr {
        let resolved = self.resolved;
        let left = |cond: &&Cond| !matches!((cond, without), (Cond::Item(item), Some(left_out)) if *item == left_out);
        let mut list =
            |conds: &'a [Cond]| conds.iter().filter(left).map(|cond| self.expr(cond, without)).collect::<Vec<Expr>>();
        match cond {
            Cond::Known(known) => Expr::Known(*known),
            Cond::Leaf(leaf) => match self.space.passed(leaf) {
                Some((unknown, passed)) => {
                    let all = self.space.all.get(unknown).copied().unwrap_or(0);
                    match passed & all {
                        0 => Expr::Known(false),
                        some if some == all => Expr::Known(true),
                        some => Expr::Values(unknown, some),
                    }
                }
                None => Expr::Known(false),
            },
            Cond::All(conds) => Expr::all(list(conds)),
            Cond::Any(conds) => Expr::any(list(conds)),
            Cond::AtLeast(needed, conds) => {
                let parts = list(conds);
                Expr::at_least(needed.of(parts.len()), parts)
            }
            Cond::Not(part) => self.expr(part, without).negated(&self.space.all),
            // Too many ways; or one of them is left out, and what is then the first to be known is not followed.
            Cond::FirstKnown(conds) if conds.len() > MAX_VALUES || !conds.iter().all(|cond| left(&cond)) => {
                Expr::Values(self.space.loose(cond), 0b10)
            }
            // One of the ways is the first that is known.
            Cond::FirstKnown(conds) => {
                let unknown = self.space.way(cond, conds.len(), 0);
                let ways: Vec<Expr> = conds
                    .iter()
                    .zip(0_u32..)
                    .map(|(part, at)| Expr::all([self.settled(unknown, 1 << at), self.expr(part, without)]))
                    .collect();
                Expr::any(ways)
            }
            // Any of the years may be missing.
            Cond::AllHeld(conds) => {
                let parts: Vec<Expr> = conds
                    .iter()
                    .map(|part| {
                        let unknown = self.space.way(part, 2, 1);
                        Expr::any([self.settled(unknown, 0b01), self.expr(part, without)])
                    })
                    .collect();
                Expr::all(parts)
            }
            Cond::IsKnown(part) => {
                let unknown = self.space.way(cond, 2, 1);
                Expr::all([self.settled(unknown, 0b10), self.expr(part, without)])
            }
            Cond::Item(item) => match without {
                Some(left_out) if left_out == *item => Expr::Known(false),
                Some(left_out) if self.rests_on(*item, left_out) => {
                    resolved.items.get(*item).map_or(Expr::Known(false), |item| self.expr(&item.cond, without))
                }
                _ => self.item(*item),
            },
        }
    }

    /// An item, written out.
    pub fn item(&mut self, item: usize) -> Expr {
        if let Some(known) = self.items.get(&item) {
            return known.clone();
        }
        let resolved = self.resolved;
        let expr = resolved.items.get(item).map_or(Expr::Known(false), |item| self.expr(&item.cond, None));
        self.items.insert(item, expr.clone());
        expr
    }

    /// That an unknown has one of these values.
    fn settled(&self, unknown: usize, passed: u128) -> Expr {
        match self.space.all.get(unknown) {
            Some(all) if *all == passed => Expr::Known(true),
            _ => Expr::Values(unknown, passed),
        }
    }

    /// What holds when a condition does not.
    pub fn not(&self, expr: &Expr) -> Expr {
        expr.negated(&self.space.all)
    }

    /// Whether a condition refers to an item, through others too.
    pub fn refers_to(&mut self, cond: &'a Cond, wanted: usize) -> bool {
        self.behind(cond).contains(&wanted)
    }

    fn rests_on(&mut self, item: usize, wanted: usize) -> bool {
        let resolved = self.resolved;
        resolved.items.get(item).is_some_and(|row| self.refers_to(&row.cond, wanted))
    }

    /// The items that a condition refers to, through others too.
    fn behind(&mut self, cond: &'a Cond) -> Rc<HashSet<usize>> {
        let key = std::ptr::from_ref(cond);
        if let Some(known) = self.behind.get(&key) {
            return Rc::clone(known);
        }
        let resolved = self.resolved;
        let mut found = HashSet::new();
        let mut next = Vec::new();
        cond.each_item(&mut |item| next.push(item));
        for item in next {
            if found.insert(item)
                && let Some(row) = resolved.items.get(item)
            {
                found.extend(self.behind(&row.cond).iter());
            }
        }
        let found = Rc::new(found);
        self.behind.insert(key, Rc::clone(&found));
        found
    }

    /// Whether every test of a condition is one that the values of a school settle.
    pub fn is_real(&self, expr: &Expr) -> bool {
        let mut real = true;
        expr.each(&mut |unknown, _| real &= self.space.is_real(unknown));
        real
    }
}

/// Calls `visit` for every condition of the rules.
fn each_cond<'a>(resolved: &'a Resolved, visit: &mut impl FnMut(&'a Cond)) {
    for item in &resolved.items {
        visit(&item.cond);
        item.applies.iter().for_each(&mut *visit);
    }
    resolved.rule.each_cond(visit);
    resolved.adjust.iter().for_each(|row| visit(&row.cond));
    resolved.constraints.iter().for_each(|row| visit(&row.cond));
    resolved.results.iter().flat_map(|row| &row.rules).filter_map(|rule| rule.when.as_ref()).for_each(visit);
}
