//! What an unknown value may turn out to be to the same effect, in words.

use std::collections::BTreeSet;

use super::super::condition::{Base, Bound, Check, Cond, Leaf, Value, within};
use super::super::describe;
use super::super::resolve::Resolved;
use super::facts::{Facts, Kind};
use super::numbers::{Scale, clean, sorted};
use super::slots::Slot;

/// One value to be found out, beside the others of its set.
pub struct Finding<'a> {
    facts: &'a Facts<'a>,
    slot: &'a Slot,
    var: usize,
    value: Value,
    given: &'a [(usize, Value)],
}

/// One end of a test as a test of the variable: on which side of a bound it has to lie.
struct Side<'a> {
    /// What it is compared with, and what is added to that.
    base: Base,
    offset: f64,
    /// Whether the variable has to lie above it.
    lower: bool,
    bound: &'a Bound,
}

impl<'a> Finding<'a> {
    /// A value of a set of changes.
    pub const fn new(
        facts: &'a Facts<'a>,
        slot: &'a Slot,
        var: usize,
        value: Value,
        given: &'a [(usize, Value)],
    ) -> Self {
        Self { facts, slot, var, value, given }
    }

    /// The values in words.
    pub fn words(&self) -> String {
        let tests = tests_of(self.facts, self.var);
        if !matches!(self.value, Value::Number(_)) {
            let passes = |value: Value| -> Vec<bool> {
                tests.iter().map(|leaf| leaf.truth(|_| value).known() == Some(true)).collect()
            };
            let wanted = passes(self.value);
            let values = self.slot.values(self.var);
            let names = values.iter().filter(|value| passes(**value) == wanted);
            let names: Vec<String> =
                names.filter_map(|value| describe::value(self.facts.resolved, self.var, *value)).collect();
            return describe::either(&names.iter().map(String::as_str).collect::<Vec<_>>());
        }
        if self.follows_another() {
            return describe::value(self.facts.resolved, self.var, self.value).unwrap_or_default();
        }
        let said = self.compared(&tests);
        let limits = self.limits(&tests, self.var);
        let wanted = self.does(&tests, self.value);
        let alone = range(&self.samples(&limits), self.value, &limits, |value| self.does(&tests, value) == wanted);
        match alone {
            None if said.is_empty() => "any number".to_owned(),
            alone => alone.into_iter().chain(said).collect::<Vec<_>>().join(" and "),
        }
    }

    /// Whether an earlier finding is compared with the same unknown value. Only one of two can be as wide as that allows
    /// while the other one stays where it is.
    fn follows_another(&self) -> bool {
        let mine = self.unknown_beside(self.var);
        let earlier = self.given.iter().map(|(var, _)| *var).filter(|var| *var < self.var);
        earlier
            .filter(|var| self.facts.kind(*var) == Kind::Find)
            .any(|var| !self.unknown_beside(var).is_disjoint(&mine))
    }

    /// The variables that stay unknown and that a variable is compared with.
    fn unknown_beside(&self, var: usize) -> BTreeSet<usize> {
        let tests = tests_of(self.facts, var);
        let bounds = tests.iter().flat_map(|leaf| sides(leaf, var)).filter_map(|side| match side.base {
            Base::Var(other) if self.other(other).is_none() => Some(other),
            _ => None,
        });
        bounds.collect()
    }

    /// The numbers that a variable is compared with, for the one to be found out less those that are found as well. What stays unknown
    /// stands for the ends of what it may be, and for what it is compared with itself.
    fn limits(&self, tests: &[&Leaf], var: usize) -> Vec<f64> {
        let mut found = Vec::new();
        let apart = |side: &Side| var != self.var || !self.is_found_too(side);
        for side in tests.iter().flat_map(|leaf| sides(leaf, var)).filter(apart) {
            let numbers = match side.base {
                Base::Constant(number) => vec![number],
                Base::Var(other) => match self.other(other) {
                    Some(number) => vec![number],
                    None if var == self.var => {
                        let ends = self.scale(other).map_or_else(Vec::new, |scale| scale.ends().collect());
                        self.limits(&tests_of(self.facts, other), other).into_iter().chain(ends).collect()
                    }
                    None if other == self.var => Vec::new(),
                    None => numbers(self.slot.values(other)),
                },
            };
            found.extend(numbers.into_iter().map(|number| clean(number + side.offset)));
        }
        sorted(found)
    }

    fn scale(&self, var: usize) -> Option<Scale> {
        self.facts.resolved.var_indicator(var).and_then(|indicator| Scale::new(&indicator.domain, None))
    }

    /// Values that stand for everything that some limits can tell apart, and the value itself.
    fn samples(&self, limits: &[f64]) -> Vec<Value> {
        let mut all = self.scale(self.var).map_or_else(Vec::new, |scale| scale.samples(limits));
        all.extend(numbers(vec![self.value]));
        sorted(all).into_iter().map(Value::Number).collect()
    }

    /// The value of another variable: as given, as held; `None` if it stays unknown.
    fn other(&self, var: usize) -> Option<f64> {
        let given = self.given.iter().find(|(known, _)| *known == var).map(|(_, value)| *value);
        match given.unwrap_or_else(|| self.facts.inputs.value(var, self.facts.row)) {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Whether the bound of a side is to be found out as well.
    fn is_found_too(&self, side: &Side) -> bool {
        let Base::Var(other) = side.base else { return false };
        self.facts.kind(other) == Kind::Find && self.given.iter().any(|(known, _)| *known == other)
    }

    /// Whether a value lies on the right side; where what it is compared with stays unknown, for each value that may be.
    fn holds(&self, side: &Side, value: f64) -> Vec<bool> {
        match side.base {
            Base::Constant(number) => vec![side.holds(value, number)],
            Base::Var(other) => {
                let others = self.other(other).map_or_else(|| numbers(self.slot.values(other)), |known| vec![known]);
                others.into_iter().map(|number| side.holds(value, number)).collect()
            }
        }
    }

    /// What a value does: the tests it passes that know of nothing else, and for each variable that stays unknown what
    /// both may do together. Tests whose bound is to be found out as well are left out.
    fn does(&self, tests: &[&Leaf], value: Value) -> (Vec<bool>, Vec<BTreeSet<Vec<bool>>>) {
        let Value::Number(value) = value else { return Default::default() };
        let mut passes = Vec::new();
        let mut unknown = BTreeSet::new();
        for leaf in tests {
            let sides = sides(leaf, self.var);
            let mut alone = Vec::new();
            for side in &sides {
                match side.base {
                    Base::Var(other) if self.other(other).is_none() => {
                        unknown.insert(other);
                    }
                    _ if self.is_found_too(side) => {}
                    _ => alone.extend(self.holds(side, value)),
                }
            }
            // Such a test is passed or not, whichever of its ends it fails.
            if alone.len() == sides.len() {
                passes.push(alone.iter().all(|holds| *holds));
            } else {
                passes.extend(alone);
            }
        }
        (passes, unknown.into_iter().map(|other| self.together(tests, value, other)).collect())
    }

    /// The ends of tests that a value and another variable, which stays unknown, may pass together.
    fn together(&self, tests: &[&Leaf], value: f64, other: usize) -> BTreeSet<Vec<bool>> {
        let shared: Vec<Side> = tests.iter().flat_map(|leaf| sides(leaf, self.var)).collect();
        let shared: Vec<&Side> = shared.iter().filter(|side| side.base == Base::Var(other)).collect();
        let of_other = tests_of(self.facts, other);
        let mut limits = self.limits(&of_other, other);
        limits.extend(shared.iter().map(|side| clean(value - side.offset)));
        let samples = self.scale(other).map_or_else(Vec::new, |scale| scale.samples(&limits));
        let alone: Vec<Side> = of_other.iter().flat_map(|leaf| sides(leaf, other)).collect();
        let alone: Vec<&Side> = alone.iter().filter(|side| side.base != Base::Var(self.var)).collect();
        let ends = |number: f64| {
            let shared = shared.iter().map(|side| side.holds(value, number));
            shared.chain(alone.iter().flat_map(|side| self.holds(side, number))).collect()
        };
        samples.into_iter().map(ends).collect()
    }

    /// What tests ask of the variable and others that are to be found out as well.
    fn compared(&self, tests: &[&Leaf]) -> Vec<String> {
        let Value::Number(number) = self.value else { return Vec::new() };
        let mut found: Vec<(&str, String)> = Vec::new();
        for leaf in tests {
            let sides = sides(leaf, self.var);
            let holds = |side: &Side| self.holds(side, number).iter().all(|holds| *holds);
            let all = sides.iter().all(holds);
            // Of a test that is failed, one end that fails says enough.
            let failed = sides.iter().position(|side| !holds(side));
            for (at, side) in sides.iter().enumerate() {
                if self.is_found_too(side) && (all || failed == Some(at)) {
                    let said = self.said(side, all);
                    if !found.contains(&said) {
                        found.push(said);
                    }
                }
            }
        }
        let both = |bound: &String| ["at least", "at most"].map(|word| (word, bound.clone()));
        let is_equal = |bound: &String| both(bound).iter().all(|end| found.contains(end));
        let mut words: Vec<String> = Vec::new();
        for (word, bound) in &found {
            let text = if is_equal(bound) { bound.clone() } else { format!("{word} {bound}") };
            if !words.contains(&text) {
                words.push(text);
            }
        }
        words
    }

    fn said(&self, side: &Side, holds: bool) -> (&'static str, String) {
        let words = match (side.lower == holds, side.bound.strict == holds) {
            (true, true) => "above",
            (true, false) => "at least",
            (false, true) => "below",
            (false, false) => "at most",
        };
        let bound = Bound { base: side.base, offset: side.offset, ..side.bound.clone() };
        (words, describe::bound(self.facts.resolved, &bound))
    }
}

impl Side<'_> {
    fn holds(&self, value: f64, bound: f64) -> bool {
        within(value, bound + self.offset, self.bound.strict, self.lower)
    }
}

/// The ends of a test, seen from a variable; a test of another variable that has this one as a bound is turned round, and
/// its ends that do not concern this one are left out.
fn sides(leaf: &Leaf, var: usize) -> Vec<Side<'_>> {
    let Check::Range(lower, upper) = &leaf.check else { return Vec::new() };
    let ends = [(lower, true), (upper, false)];
    let ends = ends.into_iter().filter_map(|(bound, lower)| bound.as_ref().map(|bound| (bound, lower)));
    ends.filter_map(|(bound, lower)| {
        if leaf.var == var {
            return Some(Side { base: bound.base, offset: bound.offset, lower, bound });
        }
        let turned = Side { base: Base::Var(leaf.var), offset: -bound.offset, lower: !lower, bound };
        (bound.base == Base::Var(var)).then_some(turned)
    })
    .collect()
}

fn numbers(values: Vec<Value>) -> Vec<f64> {
    let number = |value| match value {
        Value::Number(number) => Some(number),
        _ => None,
    };
    values.into_iter().filter_map(number).collect()
}

/// The tests that read a variable and take part in deciding.
fn tests_of<'a>(facts: &'a Facts, var: usize) -> Vec<&'a Leaf> {
    fn add<'a>(cond: &'a Cond, resolved: &'a Resolved, var: usize, found: &mut Vec<&'a Leaf>) {
        cond.each_leaf(&mut |leaf| {
            if leaf.vars().any(|known| known == var) && !found.contains(&leaf) {
                found.push(leaf);
            }
        });
        let mut items = Vec::new();
        cond.each_item(&mut |item| items.push(item));
        for item in items.into_iter().filter_map(|item| resolved.items.get(item)) {
            add(&item.cond, resolved, var, found);
        }
    }
    let mut found = Vec::new();
    for lens in &facts.lenses {
        for element in &lens.policy.elements {
            add(&element.cond, lens.resolved, var, &mut found);
        }
        // Whether descriptors bear the category out is part of the status.
        if lens.policy.rule.is_described() {
            let items = lens.policy.groups.iter().flat_map(|group| &group.items);
            for item in items.filter_map(|item| lens.resolved.items.get(*item)) {
                std::iter::once(&item.cond).chain(&item.applies).for_each(|cond| {
                    add(cond, lens.resolved, var, &mut found);
                });
            }
        }
    }
    found
}

/// The numbers around one of the samples that do the same, in words; `None` if every number does.
fn range(values: &[Value], value: Value, limits: &[f64], same: impl Fn(Value) -> bool) -> Option<String> {
    let number = |at: usize| match values.get(at) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let at = values.iter().position(|known| *known == value)?;
    let alike = |at: &usize| values.get(*at).is_some_and(|value| same(*value));
    let first = (0..=at).rev().take_while(alike).last().unwrap_or(at);
    let last = (at..values.len()).take_while(alike).last().unwrap_or(at);
    let end = |at: usize, beyond: Option<usize>, inclusive: &str, strict: &str| {
        let beyond = beyond.and_then(number)?;
        let here = number(at)?;
        // A sample between two limits stands for what lies beyond the one outside it.
        Some(if limits.contains(&here) || here.fract() == 0.0 && beyond.fract() == 0.0 && !limits.contains(&beyond) {
            format!("{inclusive} {here}")
        } else {
            format!("{strict} {beyond}")
        })
    };
    let low = end(first, first.checked_sub(1), "at least", "above");
    let high = end(last, Some(last + 1), "at most", "below");
    match (low, high) {
        (None, None) => None,
        (Some(_), Some(_)) if first == last && limits.contains(&number(at)?) => Some(number(at)?.to_string()),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (Some(low), Some(high)) => Some(format!("{low} and {high}")),
    }
}
