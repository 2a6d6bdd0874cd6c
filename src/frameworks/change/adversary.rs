//! Whether a category follows whatever the values are that stay unknown, and if not, ways to fill them in that lead
//! elsewhere.

use std::cell::Cell;
use std::collections::HashMap;

use super::super::condition::Value;
use super::super::policy::{Fit, Policy, Rule, Step};
use super::facts::{Facts, Kind};
use super::program::Program;
use super::slots::Slot;
use super::state::{Filling, Layout, category_of, winner_of};

/// Most states that are followed where none can be left out.
const MAX_STATES: usize = 20_000;

/// Most steps from state to state for one category.
const MAX_STEPS: usize = 1_500_000;

/// What follows with some values unknown.
pub enum Verdict {
    /// The category, whatever they are.
    Settled,
    /// Under each of these something else.
    Open(Vec<Filling>),
    /// There are too many ways to fill them in.
    Unclear,
}

/// Fills in what stays unknown.
pub struct Adversary<'a> {
    facts: &'a Facts<'a>,
    slots: &'a [Slot],
    layout: Layout<'a>,
    /// A value for everything unknown.
    any: Filling,
    /// Steps that are left for the category that is looked at.
    left: Cell<usize>,
}

/// What a slot can turn out to be: what that adds, and the values.
type Turn = Vec<(Vec<u64>, Vec<(usize, Value)>)>;

/// A state with the way that leads to it: turn after turn the position taken.
#[derive(Clone)]
struct Way {
    state: Vec<u64>,
    taken: Vec<usize>,
    weight: i64,
}

/// What is to become as large as possible: the weight of each sum.
type Weights = Vec<(usize, i64)>;

impl<'a> Adversary<'a> {
    /// For a school.
    pub fn new(facts: &'a Facts<'a>, program: &'a Program, slots: &'a [Slot]) -> Self {
        let any = super::program::any_value(facts, slots);
        let layout = Layout::new(facts, program, slots, 1);
        Self { facts, slots, layout, any, left: Cell::new(MAX_STEPS) }
    }

    /// Begins with another category.
    pub fn begin(&self) {
        self.left.set(MAX_STEPS);
    }

    /// Whether no step is left for the category that is looked at.
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// A way to fill in everything.
    pub fn any(&self) -> Filling {
        self.any.clone()
    }

    /// What follows once some values are as given.
    pub fn verdict(&self, given: &[(usize, Value)], category: usize) -> Verdict {
        let mut start = self.layout.start();
        let mut turns: Vec<Turn> = Vec::new();
        for (at, slot) in self.slots.iter().enumerate() {
            let Some(fills) = slot.fills(self.facts, given) else { return Verdict::Unclear };
            let mut turn: Turn = Vec::new();
            for fill in fills {
                let filling = self.filling(fill.iter().copied());
                let Some(adds) = self.layout.adds(at, given, &[filling]) else { continue };
                if !turn.iter().any(|(known, _)| *known == adds) {
                    turn.push((adds, fill));
                }
            }
            match turn.as_slice() {
                [(only, _)] => {
                    let mut both = Vec::new();
                    self.layout.join(&start, only, &mut both);
                    start = both;
                }
                _ => turns.push(turn),
            }
        }
        let policy = self.facts.policy;
        if let (Rule::Fit(fit), 1) = (&policy.rule, self.facts.lenses.len()) {
            let (mut open, mixed) = self.against(policy, fit, &start, &turns, category);
            if !open.is_empty() || !mixed {
                open.sort_by_key(|(category, _)| *category);
                let open: Vec<Filling> = open.into_iter().map(|(_, filling)| filling).collect();
                return if open.is_empty() { Verdict::Settled } else { Verdict::Open(open) };
            }
        }
        self.every(&start, &turns, category)
    }

    fn filling(&self, values: impl IntoIterator<Item = (usize, Value)>) -> Filling {
        let mut filling = self.any.clone();
        for (var, value) in values {
            if let Some(slot) = filling.get_mut(var) {
                *slot = value;
            }
        }
        filling
    }

    fn filled(&self, turns: &[Turn], way: &Way) -> Filling {
        let taken = turns.iter().zip(&way.taken).filter_map(|(turn, at)| turn.get(*at));
        self.filling(taken.flat_map(|(_, fill)| fill.iter().copied()))
    }

    /// Follows every state; of two ways that `key` does not tell apart the heavier one stays.
    fn follow(
        &self,
        start: &[u64],
        turns: &[Turn],
        weights: &Weights,
        key: impl Fn(&[u64]) -> Vec<u64>,
    ) -> Option<Vec<Way>> {
        let weigh = |state: &[u64]| -> i64 {
            weights.iter().map(|(sum, weight)| i64::from(self.layout.sum(state, 0, *sum)) * weight).sum()
        };
        let mut ways = vec![Way { state: start.to_vec(), taken: Vec::new(), weight: weigh(start) }];
        for turn in turns {
            self.left.set(self.left.get().saturating_sub(ways.len() * turn.len()));
            if self.is_spent() {
                return None;
            }
            let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
            let mut next: Vec<Way> = Vec::new();
            let gains: Vec<i64> = turn.iter().map(|(adds, _)| weigh(adds)).collect();
            let mut state = Vec::new();
            for way in &ways {
                for (at, ((adds, _), gain)) in turn.iter().zip(&gains).enumerate() {
                    self.layout.join(&way.state, adds, &mut state);
                    let weight = way.weight + gain;
                    let place = *known.entry(key(&state)).or_insert(next.len());
                    let take = |taken: &[usize]| taken.iter().copied().chain(std::iter::once(at)).collect();
                    match next.get_mut(place) {
                        Some(held) if held.weight >= weight => {}
                        Some(held) => *held = Way { state: state.clone(), taken: take(&way.taken), weight },
                        None => next.push(Way { state: state.clone(), taken: take(&way.taken), weight }),
                    }
                }
            }
            if next.len() > MAX_STATES {
                return None;
            }
            ways = next;
        }
        Some(ways)
    }

    /// For best fit: the ways that serve one category against another one best. They show every way in which the
    /// category does not follow, unless it may follow from several that are the best fit (`true`).
    fn against(
        &self,
        policy: &Policy,
        fit: &Fit,
        start: &[u64],
        turns: &[Turn],
        category: usize,
    ) -> (Vec<(Option<usize>, Filling)>, bool) {
        let aside: Vec<usize> = fit.members.iter().filter_map(|member| member.set_aside).collect();
        let met: Vec<usize> = fit.members.iter().map(|member| member.met).collect();
        let set_aside = |state: &[u64]| -> Vec<u64> {
            aside.iter().map(|sum| u64::from(self.layout.sum(state, 0, *sum))).collect()
        };
        // What is not a number of criteria met is kept apart; how many are set aside says what shares are taken of.
        let apart = |state: &[u64]| self.layout.without_sums(state, &met);
        let Some(asides) = self.follow(start, turns, &Vec::new(), set_aside) else { return (Vec::new(), true) };
        let mut open: HashMap<Option<usize>, (i64, Filling)> = HashMap::new();
        let mut mixed = false;
        for of in asides.iter().map(|way| set_aside(&way.state)) {
            let totals: Vec<i64> = fit
                .members
                .iter()
                .map(|member| {
                    let less = member.set_aside.and_then(|sum| aside.iter().position(|known| *known == sum));
                    let less = less.and_then(|at| of.get(at)).copied().unwrap_or(0);
                    i64::try_from(member.total).unwrap_or(0) - i64::try_from(less).unwrap_or(0)
                })
                .collect();
            let mut aims: Vec<Weights> = vec![met.iter().map(|sum| (*sum, -1)).collect()];
            for (one, total) in met.iter().zip(&totals) {
                for (other, other_total) in met.iter().zip(&totals).filter(|(other, _)| *other != one) {
                    aims.push(vec![(*one, -*other_total), (*other, *total)]);
                }
            }
            for (aim, weights) in aims.iter().enumerate() {
                let Some(ways) = self.follow(start, turns, weights, apart) else { return (Vec::new(), true) };
                for way in ways.iter().filter(|way| set_aside(&way.state) == of) {
                    let Some(state) = self.layout.settle(&way.state) else { continue };
                    let Some((_, _, step)) = self.layout.steps(&state).next() else { continue };
                    if aim == 0 {
                        mixed |= is_mixed(policy, fit, step, category);
                    }
                    let found = category_of(policy, step);
                    if found == Some(category) {
                        continue;
                    }
                    let better = open.get(&found).is_none_or(|(weight, _)| *weight < way.weight);
                    if better {
                        open.insert(found, (way.weight, self.filled(turns, way)));
                    }
                }
            }
        }
        (open.into_iter().map(|(category, (_, filling))| (category, filling)).collect(), mixed)
    }

    /// Every state that can be reached.
    fn every(&self, start: &[u64], turns: &[Turn], category: usize) -> Verdict {
        let Some(ways) = self.follow(start, turns, &Vec::new(), <[u64]>::to_vec) else { return Verdict::Unclear };
        let mut open: Vec<(Option<usize>, Filling)> = Vec::new();
        // Of each phase that this one is made of: the first category, to be the only one.
        let mut first: Vec<Option<(Option<usize>, usize)>> = vec![None; self.facts.lenses.len()];
        for (position, way) in ways.iter().enumerate() {
            let Some(state) = self.layout.settle(&way.state) else { continue };
            for (lens, policy, step) in self.layout.steps(&state) {
                let found = category_of(policy, step);
                if lens == 0 {
                    if found != Some(category) && !open.iter().any(|(known, _)| *known == found) {
                        open.push((found, self.filled(turns, way)));
                    }
                    continue;
                }
                let Some(known) = first.get_mut(lens) else { continue };
                let (held, at) = *known.get_or_insert((found, position));
                if held != found || found.is_none() {
                    let both = [Some(way), ways.get(at)];
                    open.extend(both.into_iter().flatten().map(|way| (found, self.filled(turns, way))));
                    if open.len() > 4 {
                        break;
                    }
                }
            }
            if open.len() > 4 {
                break;
            }
        }
        let mut fillings: Vec<Filling> = Vec::new();
        for (_, filling) in open {
            if !fillings.contains(&filling) {
                fillings.push(filling);
            }
        }
        if fillings.is_empty() { Verdict::Settled } else { Verdict::Open(fillings) }
    }

    /// Whether anything that can be found out is unknown.
    pub fn is_open(&self) -> bool {
        self.facts.kinds.contains(&Kind::Find)
    }
}

/// Whether the category follows from several that may be the best fit, but not from all of them.
fn is_mixed(policy: &Policy, fit: &Fit, step: Step, category: usize) -> bool {
    let outcomes = fit.members.iter().enumerate().filter_map(|(at, member)| {
        let mut alone = step;
        for other in &fit.members {
            if let Some(sum) = alone.sums.get_mut(other.met) {
                let aside = member.set_aside.map_or(0, |sum| usize::from(step.sum(sum)));
                let total = u16::try_from(member.total.saturating_sub(aside)).unwrap_or(u16::MAX);
                *sum = if other.met == member.met { total } else { 0 };
            }
        }
        (winner_of(policy, alone) == Some(at)).then(|| category_of(policy, alone) == Some(category))
    });
    let outcomes: Vec<bool> = outcomes.collect();
    let leading = outcomes.iter().filter(|leads| **leads).count();
    leading > 1 && leading < outcomes.len()
}
