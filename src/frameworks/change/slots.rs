//! The values that can take the place of what is known, in slots: variables that have to be looked at together.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::super::condition::{Base, Check, Cond, Leaf, Value};
use super::super::resolve::{Domain, Resolved};
use super::cost::Cost;
use super::facts::{Facts, Kind, NOT_APPLICABLE, Ways};
use super::numbers::{Scale, clean, sorted};
use crate::numbers::decimal_difference;

/// Most choices that one slot offers.
const MAX_CHOICES: usize = 4096;

/// Most values of one variable that is compared with others.
const MAX_VALUES: usize = 64;

/// What a slot can come to: new values of some of its variables, and their price.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Variables and their new values.
    pub given: Vec<(usize, Value)>,
    /// What it asks for.
    pub cost: Cost,
}

/// A value that a variable can take.
#[derive(Debug, Clone, Copy)]
struct Offer {
    value: Value,
    cost: Cost,
    /// Only of use because another variable of the slot takes a value.
    follows: bool,
}

/// Variables that are looked at together.
#[derive(Debug, Default)]
pub struct Slot {
    /// The variables.
    pub vars: Vec<usize>,
    offers: Vec<Vec<Offer>>,
    ties: Vec<Tie>,
    /// What it can come to; the first is that nothing changes.
    pub choices: Vec<Choice>,
    /// Every set of at most so many changes is among the choices.
    pub deepest: u16,
    /// Whether the values of every variable are all that can be told apart.
    pub complete: bool,
}

/// A number that is compared with another one at a distance: the first with the second plus the distance.
#[derive(Debug, Clone, Copy)]
struct Tie {
    first: usize,
    second: usize,
    distance: f64,
}

/// The tests of a school's rules.
#[derive(Default)]
struct Tests {
    seen: HashSet<*const Leaf>,
    limits: BTreeMap<usize, Vec<f64>>,
    ties: Vec<Tie>,
    /// Variables that go together.
    together: Vec<BTreeSet<usize>>,
}

/// The slots of a school.
pub fn slots(facts: &Facts) -> Vec<Slot> {
    let mut tests = Tests::default();
    for lens in &facts.lenses {
        for element in &lens.policy.elements {
            tests.add(facts, &element.cond, lens.resolved);
        }
    }
    for (_, cond) in &facts.constraints {
        tests.add(facts, cond, facts.resolved);
    }
    let mut left: BTreeSet<usize> = (0..facts.kinds.len()).filter(|var| facts.kind(*var) != Kind::Fixed).collect();
    let mut found = Vec::new();
    while let Some(first) = left.pop_first() {
        let mut vars = BTreeSet::from([first]);
        loop {
            let before = vars.len();
            for set in tests.together.iter().filter(|set| !set.is_disjoint(&vars)).cloned().collect::<Vec<_>>() {
                vars.extend(set);
            }
            if vars.len() == before {
                break;
            }
        }
        left.retain(|var| !vars.contains(var));
        found.push(Slot::new(facts, vars.into_iter().collect(), &tests));
    }
    found
}

impl Tests {
    fn add(&mut self, facts: &Facts, cond: &Cond, resolved: &Resolved) {
        match cond {
            Cond::Known(_) => {}
            Cond::Leaf(leaf) => self.leaf(facts, leaf),
            Cond::Item(item) => {
                if let Some(item) = resolved.items.get(*item) {
                    self.add(facts, &item.cond, resolved);
                }
            }
            Cond::Not(part) => self.add(facts, part, resolved),
            Cond::IsKnown(part) => {
                self.add(facts, part, resolved);
                self.joined(facts, cond, resolved);
            }
            Cond::FirstKnown(parts) => {
                for part in parts {
                    self.add(facts, part, resolved);
                }
                if let Ways::Several = facts.ways(parts, resolved) {
                    self.joined(facts, cond, resolved);
                }
            }
            Cond::AllHeld(parts) => {
                for part in parts {
                    self.add(facts, part, resolved);
                }
                self.joined(facts, cond, resolved);
            }
            Cond::All(parts) | Cond::Any(parts) | Cond::AtLeast(_, parts) => {
                for part in parts {
                    self.add(facts, part, resolved);
                }
            }
        }
    }

    /// What can be found out for a condition that asks whether something is known goes together.
    fn joined(&mut self, facts: &Facts, cond: &Cond, resolved: &Resolved) {
        let free = facts.free(cond, resolved);
        if free.len() > 1 && free.iter().any(|var| facts.kind(*var) == Kind::Find) && !self.together.contains(&free) {
            self.together.push(free);
        }
    }

    fn leaf(&mut self, facts: &Facts, leaf: &Leaf) {
        if !self.seen.insert(leaf) {
            return;
        }
        let Check::Range(lower, upper) = &leaf.check else { return };
        for bound in [lower, upper].into_iter().flatten() {
            let number = |var: usize| match facts.inputs.value(var, facts.row) {
                Value::Number(number) => Some(number),
                _ => None,
            };
            match bound.base {
                Base::Constant(constant) => self.limit(leaf.var, constant + bound.offset),
                Base::Var(second) => match (facts.kind(leaf.var), facts.kind(second)) {
                    (Kind::Fixed, Kind::Fixed) => {}
                    (_, Kind::Fixed) => {
                        if let Some(number) = number(second) {
                            self.limit(leaf.var, number + bound.offset);
                        }
                    }
                    (Kind::Fixed, _) => {
                        if let Some(number) = number(leaf.var) {
                            self.limit(second, number - bound.offset);
                        }
                    }
                    _ => {
                        self.ties.push(Tie { first: leaf.var, second, distance: bound.offset });
                        self.together.push(BTreeSet::from([leaf.var, second]));
                    }
                },
            }
        }
    }

    fn limit(&mut self, var: usize, limit: f64) {
        self.limits.entry(var).or_default().push(clean(limit));
    }
}

/// A number of a slot while its values are worked out.
struct Axis {
    var: usize,
    scale: Scale,
    /// The number held; `None` if it is unknown.
    own: Option<f64>,
    limits: Vec<f64>,
    /// Numbers that follow from values of others.
    follow: Vec<f64>,
}

impl Axis {
    /// Its numbers: where it is known those nearest to each limit, else one for everything that can be told apart.
    fn numbers(&self) -> Vec<f64> {
        match self.own {
            Some(own) => {
                let mut near = self.scale.near(&self.limits);
                near.push(own);
                sorted(near)
            }
            None => self.scale.samples(&self.limits),
        }
    }
}

impl Slot {
    fn new(facts: &Facts, vars: Vec<usize>, tests: &Tests) -> Self {
        let ties = tests.ties.iter().filter(|tie| vars.contains(&tie.first)).copied().collect();
        let mut slot = Self { offers: vec![Vec::new(); vars.len()], vars, ties, complete: true, ..Self::default() };
        let axes = slot.axes(facts, tests);
        for (var, offers) in slot.vars.iter().zip(&mut slot.offers) {
            let held = facts.inputs.value(*var, facts.row);
            if let Some(axis) = axes.iter().find(|axis| axis.var == *var) {
                numbers(axis, offers);
            } else {
                codes(facts.resolved, *var, held, offers);
            }
        }
        slot.choose();
        slot
    }

    /// The numbers of the slot, with the limits that follow from those they are compared with.
    fn axes(&mut self, facts: &Facts, tests: &Tests) -> Vec<Axis> {
        let axis = |var: &usize| {
            let own = match facts.inputs.value(*var, facts.row) {
                Value::Number(number) => Some(number),
                _ => None,
            };
            let scale = Scale::new(&facts.resolved.var_indicator(*var)?.domain, own)?;
            let limits = sorted(tests.limits.get(var).cloned().unwrap_or_default());
            Some(Axis { var: *var, scale, own, limits, follow: Vec::new() })
        };
        let mut axes: Vec<Axis> = self.vars.iter().filter_map(axis).collect();
        self.add_limits_of_unknown(&mut axes);
        for _ in 1..axes.len() {
            let now: Vec<(usize, Vec<f64>)> = axes
                .iter()
                .map(|axis| (axis.var, sorted(axis.numbers().into_iter().chain(axis.follow.iter().copied()).collect())))
                .collect();
            let numbers_of = |var: usize| now.iter().find(|(known, _)| *known == var).map(|(_, numbers)| numbers);
            for tie in &self.ties {
                for (to, from, distance) in
                    [(tie.first, tie.second, tie.distance), (tie.second, tie.first, -tie.distance)]
                {
                    let Some(axis) = axes.iter_mut().find(|axis| axis.var == to) else { continue };
                    let more: Vec<f64> =
                        numbers_of(from).into_iter().flatten().map(|number| clean(number + distance)).collect();
                    let into = if axis.own.is_some() { &mut axis.follow } else { &mut axis.limits };
                    let near = if axis.own.is_some() { axis.scale.near(&more) } else { more };
                    let all = sorted(into.iter().copied().chain(near).collect());
                    if all.len() > MAX_VALUES {
                        self.complete = false;
                    } else {
                        *into = all;
                    }
                }
            }
        }
        axes
    }

    /// A known number that is compared with one that stays unknown can be moved beyond everything that the other one may
    /// be, or beyond what decides something else about it.
    fn add_limits_of_unknown(&self, axes: &mut [Axis]) {
        let of_unknown = |var: usize, axes: &[Axis]| -> Vec<f64> {
            let axis = axes.iter().find(|axis| axis.var == var && axis.own.is_none());
            axis.into_iter().flat_map(|axis| axis.limits.iter().copied().chain(axis.scale.ends())).collect()
        };
        for tie in &self.ties {
            for (to, from, distance) in [(tie.first, tie.second, tie.distance), (tie.second, tie.first, -tie.distance)]
            {
                let more = of_unknown(from, axes);
                if let Some(axis) = axes.iter_mut().find(|axis| axis.var == to && axis.own.is_some()) {
                    let more = more.into_iter().map(|number| clean(number + distance));
                    axis.limits = sorted(axis.limits.iter().copied().chain(more).collect());
                }
            }
        }
    }

    /// Every combination of at most `deepest` changes.
    fn choose(&mut self) {
        // How many combinations there are of each number of changes.
        let mut ways = vec![1_usize];
        for offers in &self.offers {
            ways.push(0);
            for changes in (1..ways.len()).rev() {
                let more = ways.get(changes - 1).copied().unwrap_or(0).saturating_mul(offers.len());
                if let Some(here) = ways.get_mut(changes) {
                    *here = here.saturating_add(more);
                }
            }
        }
        let mut total = 0_usize;
        let fits = |many: &&usize| {
            total = total.saturating_add(**many);
            total <= MAX_CHOICES
        };
        let depth = ways.iter().take_while(fits).count().saturating_sub(1).max(1);
        self.deepest = if depth + 1 >= ways.len() { u16::MAX } else { u16::try_from(depth).unwrap_or(u16::MAX) };
        let mut found = vec![(Choice { given: Vec::new(), cost: Cost::default() }, false)];
        for (var, offers) in self.vars.iter().zip(&self.offers) {
            let shorter = found.len();
            for at in 0..shorter {
                let Some((base, follows)) = found.get(at).filter(|(base, _)| base.given.len() < depth).cloned() else {
                    continue;
                };
                for offer in offers {
                    let mut given = base.given.clone();
                    given.push((*var, offer.value));
                    let choice = Choice { given, cost: base.cost.plus(offer.cost) };
                    found.push((choice, follows || offer.follows));
                }
            }
        }
        self.choices = found
            .into_iter()
            .filter(|(choice, follows)| !follows || self.is_tight(choice))
            .map(|(one, _)| one)
            .collect();
    }

    /// Whether every value that only follows from another one has that other one beside it.
    fn is_tight(&self, choice: &Choice) -> bool {
        let number = |var: usize| {
            choice.given.iter().find(|(known, _)| *known == var).and_then(|(_, value)| match value {
                Value::Number(number) => Some(*number),
                _ => None,
            })
        };
        choice.given.iter().all(|(var, value)| {
            let offers = self.vars.iter().zip(&self.offers).find(|(known, _)| *known == var).map(|(_, offers)| offers);
            let offer = offers.into_iter().flatten().find(|offer| offer.value == *value);
            if !offer.is_some_and(|offer| offer.follows) {
                return true;
            }
            let Some(here) = number(*var) else { return true };
            self.ties.iter().any(|tie| {
                let (other, distance) = match (tie.first == *var, tie.second == *var) {
                    (true, _) => (tie.second, tie.distance),
                    (_, true) => (tie.first, -tie.distance),
                    _ => return false,
                };
                // Within two points: on the other value, or the next figure beside it.
                number(other).is_some_and(|other| decimal_difference(here, other + distance).abs() <= 1.0)
            })
        })
    }

    /// Every way to fill in what is unknown beside some given values; `None` if there are too many.
    pub fn fills(&self, facts: &Facts, given: &[(usize, Value)]) -> Option<Vec<Vec<(usize, Value)>>> {
        let mut found: Vec<Vec<(usize, Value)>> = vec![Vec::new()];
        for (var, offers) in self.vars.iter().zip(&self.offers) {
            if facts.kind(*var) != Kind::Find || given.iter().any(|(known, _)| known == var) {
                continue;
            }
            if found.len().saturating_mul(offers.len()) > MAX_CHOICES {
                return None;
            }
            let longer = found.iter().flat_map(|fill| {
                offers.iter().map(|offer| fill.iter().copied().chain(std::iter::once((*var, offer.value))).collect())
            });
            found = longer.collect();
        }
        Some(found)
    }

    /// The values that a variable can take, in order.
    pub fn values(&self, var: usize) -> Vec<Value> {
        let offers = self.vars.iter().zip(&self.offers).find(|(known, _)| **known == var);
        offers.map(|(_, offers)| offers.iter().map(|offer| offer.value).collect()).unwrap_or_default()
    }
}

fn numbers(axis: &Axis, offers: &mut Vec<Offer>) {
    let own = axis.numbers();
    let follow = axis.follow.iter().filter(|number| !own.contains(number)).map(|number| (*number, true));
    for (number, follows) in own.iter().map(|number| (*number, false)).chain(follow) {
        let cost = match axis.own {
            None => Cost::find(),
            Some(held) => match decimal_difference(number, held) {
                0.0 => continue,
                by => Cost::change(by),
            },
        };
        offers.push(Offer { value: Value::Number(number), cost, follows });
    }
}

fn codes(resolved: &Resolved, var: usize, held: Value, offers: &mut Vec<Offer>) {
    let Some(indicator) = resolved.var_indicator(var) else { return };
    let many = match &indicator.domain {
        Domain::Flag => 2,
        Domain::Choice(values) => u8::try_from(values.len()).unwrap_or(u8::MAX),
        Domain::Number { .. } | Domain::Text => 0,
    };
    for code in 0..many {
        let cost = match held {
            Value::Code(known) if known == code || indicator.value_name(code) == NOT_APPLICABLE => continue,
            Value::Code(known) => Cost::change(f64::from(known.abs_diff(code))),
            _ => Cost::find(),
        };
        offers.push(Offer { value: Value::Code(code), cost, follows: false });
    }
}
