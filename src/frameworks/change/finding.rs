//! What an unknown value may turn out to be to the same effect, in words.

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
    /// Whether the bound is the lower one for the variable.
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
        let tests = tests(self.facts, self.var);
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
        let mut said: Vec<String> = Vec::new();
        for leaf in &tests {
            for text in self.compared(leaf) {
                if !said.contains(&text) {
                    said.push(text);
                }
            }
        }
        let limits = self.limits(&tests);
        let wanted = self.passes(&tests, self.value);
        let values = self.samples(&limits);
        let alone = range(&values, self.value, &limits, |value| self.passes(&tests, value) == wanted);
        match alone {
            None if said.is_empty() => "any number".to_owned(),
            alone => alone.into_iter().chain(said).collect::<Vec<_>>().join(" and "),
        }
    }

    /// The numbers that tests compare it with; those of values that stay unknown each stand for a limit.
    fn limits(&self, tests: &[&Leaf]) -> Vec<f64> {
        let mut found = Vec::new();
        for side in tests.iter().flat_map(|leaf| self.sides(leaf)).filter(|side| !self.is_found_too(side)) {
            match side.base {
                Base::Constant(number) => found.push(clean(number + side.offset)),
                Base::Var(other) => found.extend(self.numbers(other).iter().map(|number| clean(number + side.offset))),
            }
        }
        sorted(found)
    }

    /// Values that stand for everything that some limits can tell apart, and the value itself.
    fn samples(&self, limits: &[f64]) -> Vec<Value> {
        let indicator = self.facts.resolved.var_indicator(self.var);
        let scale = indicator.and_then(|indicator| Scale::new(&indicator.domain, None));
        let mut numbers = scale.map_or_else(Vec::new, |scale| scale.samples(limits));
        if let Value::Number(number) = self.value {
            numbers.push(number);
        }
        sorted(numbers).into_iter().map(Value::Number).collect()
    }

    /// The value of another variable, or every one that it may have while it stays unknown.
    fn numbers(&self, var: usize) -> Vec<f64> {
        let number = |value: &Value| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        };
        match self.other(var) {
            Some(known) => vec![known],
            None => self.slot.values(var).iter().filter_map(number).collect(),
        }
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

    /// The ends of a test, seen from the variable; a test of another variable that has this one as a bound is turned
    /// round, and its ends that do not concern this one are left out.
    fn sides<'b>(&self, leaf: &'b Leaf) -> Vec<Side<'b>> {
        let Check::Range(lower, upper) = &leaf.check else { return Vec::new() };
        let ends = [(lower, true), (upper, false)];
        let ends = ends.into_iter().filter_map(|(bound, lower)| bound.as_ref().map(|bound| (bound, lower)));
        ends.filter_map(|(bound, lower)| {
            if leaf.var == self.var {
                return Some(Side { base: bound.base, offset: bound.offset, lower, bound });
            }
            let turned = Side { base: Base::Var(leaf.var), offset: -bound.offset, lower: !lower, bound };
            (bound.base == Base::Var(self.var)).then_some(turned)
        })
        .collect()
    }

    /// Whether a value lies on the right side; where what it is compared with stays unknown, for each value that may be.
    fn holds(&self, side: &Side, value: f64) -> Vec<bool> {
        let over = |number: f64| within(value, number + side.offset, side.bound.strict, side.lower);
        match side.base {
            Base::Constant(number) => vec![over(number)],
            Base::Var(other) => self.numbers(other).into_iter().map(over).collect(),
        }
    }

    /// The ends of the tests that a value passes, without those whose bound is to be found out as well.
    fn passes(&self, tests: &[&Leaf], value: Value) -> Vec<Vec<bool>> {
        let Value::Number(number) = value else { return Vec::new() };
        let mut found = Vec::new();
        for leaf in tests {
            let sides = self.sides(leaf);
            let alone: Vec<&Side> = sides.iter().filter(|side| !self.is_found_too(side)).collect();
            let ends = alone.iter().map(|side| self.holds(side, number));
            // A test that knows of nothing else is passed or not, whichever of its ends it fails.
            if alone.len() == sides.len() && alone.iter().all(|side| self.holds(side, number).len() == 1) {
                found.push(vec![ends.flatten().all(|holds| holds)]);
            } else {
                found.extend(ends);
            }
        }
        found
    }

    /// What a test asks of the variable and another one that is to be found out as well.
    fn compared(&self, leaf: &Leaf) -> Vec<String> {
        let Value::Number(number) = self.value else { return Vec::new() };
        let sides = self.sides(leaf);
        let holds = |side: &Side| self.holds(side, number).iter().all(|holds| *holds);
        let all = sides.iter().all(holds);
        // Of a test that is failed, one end that fails says enough.
        let failed = sides.iter().position(|side| !holds(side));
        sides
            .iter()
            .enumerate()
            .filter(|(at, side)| self.is_found_too(side) && (all || failed == Some(*at)))
            .map(|(_, side)| self.said(side, all))
            .collect()
    }

    fn said(&self, side: &Side, holds: bool) -> String {
        let words = match (side.lower == holds, side.bound.strict == holds) {
            (true, true) => "above",
            (true, false) => "at least",
            (false, true) => "below",
            (false, false) => "at most",
        };
        let bound = Bound { base: side.base, offset: side.offset, ..side.bound.clone() };
        format!("{words} {}", describe::bound(self.facts.resolved, &bound))
    }
}

/// The tests that read a variable and take part in deciding.
fn tests<'a>(facts: &'a Facts, var: usize) -> Vec<&'a Leaf> {
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
