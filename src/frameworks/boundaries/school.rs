//! A school made up so that a condition holds or fails, with no more known about it than that takes.

use std::collections::BTreeMap;

use super::super::condition::{Base, Bound, Check, Cond, Env, Leaf, Value};
use super::super::logic::Truth;
use super::super::resolve::{Domain, Resolved};

/// Distance from a limit of a value that is meant to lie clear of it; less where the values allowed leave no room.
const CLEAR: [f64; 3] = [1.0, 0.1, 0.01];

/// A middle for numbers without an end: so far from the end they have.
const INWARDS: f64 = 10.0;

/// What is known about a made-up school.
#[derive(Debug, Clone)]
pub struct School<'a> {
    resolved: &'a Resolved,
    values: BTreeMap<usize, Value>,
}

impl Env for School<'_> {
    fn value(&self, var: usize) -> Value {
        self.values.get(&var).copied().unwrap_or(Value::Missing)
    }

    fn item(&self, item: usize) -> &Cond {
        self.resolved.items.get(item).map_or(&Cond::Known(false), |item| &item.cond)
    }
}

impl<'a> School<'a> {
    /// A school about which nothing is known.
    #[must_use]
    pub const fn new(resolved: &'a Resolved) -> Self {
        Self { resolved, values: BTreeMap::new() }
    }

    /// What is known, by variable.
    #[must_use]
    pub const fn values(&self) -> &BTreeMap<usize, Value> {
        &self.values
    }

    /// Gives a number a value; false if it is not allowed or another value is known.
    pub fn give(&mut self, var: usize, number: f64) -> bool {
        match self.value(var) {
            Value::Missing if self.allows(var, number) => {
                self.values.insert(var, Value::Number(number));
                true
            }
            known => known == Value::Number(number),
        }
    }

    /// Gives the comparators of a test that are not known a value in the middle of those allowed.
    pub fn give_comparators(&mut self, leaf: &Leaf) -> bool {
        let comparators: Vec<usize> = leaf.vars().skip(1).collect();
        comparators.into_iter().filter(|var| *var != leaf.var).all(|var| {
            self.value(var) != Value::Missing || self.middle(var).is_some_and(|middle| self.give(var, middle))
        })
    }

    /// Makes a condition hold or fail; false, and nothing changed, if no way is found.
    pub fn make(&mut self, cond: &Cond, wanted: bool) -> bool {
        if let Some(known) = cond.truth(self).known() {
            return known == wanted;
        }
        let before = self.values.clone();
        let made = match cond {
            Cond::Known(_) => false,
            Cond::Item(item) => {
                let cond = self.item(*item).clone();
                self.make(&cond, wanted)
            }
            Cond::Leaf(leaf) => self.make_test(leaf, wanted),
            Cond::Not(part) => self.make(part, !wanted),
            Cond::IsKnown(part) => self.make(part, wanted),
            Cond::All(parts) | Cond::AllHeld(parts) if wanted => parts.iter().all(|part| self.make(part, true)),
            Cond::Any(parts) if !wanted => parts.iter().all(|part| self.make(part, false)),
            Cond::All(parts) | Cond::AllHeld(parts) | Cond::Any(parts) | Cond::FirstKnown(parts) => {
                parts.iter().any(|part| self.make(part, wanted))
            }
            Cond::AtLeast(_, parts) => parts.iter().any(|part| {
                self.make(part, wanted);
                cond.truth(self) == Truth::of(Some(wanted))
            }),
        };
        let made = made && cond.truth(self) == Truth::of(Some(wanted));
        if !made {
            self.values = before;
        }
        made
    }

    /// Makes so many parts of a list hold, the first ones if that can be, and the others fail.
    pub fn make_so_many(&mut self, parts: &[Cond], holding: usize) -> bool {
        let before = self.values.clone();
        (0..parts.len().max(1)).any(|start| {
            self.values.clone_from(&before);
            let (late, early) = parts.split_at(start.min(parts.len()));
            let mut turned = early.iter().chain(late).enumerate();
            turned.all(|(at, part)| self.make(part, at < holding))
        })
    }

    fn make_test(&mut self, leaf: &Leaf, wanted: bool) -> bool {
        match &leaf.check {
            Check::Values(mask) => {
                let codes = match self.resolved.var_indicator(leaf.var).map(|known| &known.domain) {
                    Some(Domain::Flag) => 2,
                    Some(Domain::Choice(values)) => u8::try_from(values.len()).unwrap_or(u8::MAX),
                    _ => 0,
                };
                let code = (0..codes).find(|code| (mask >> code & 1 == 1) == wanted);
                code.is_some_and(|code| self.values.insert(leaf.var, Value::Code(code)).is_none())
            }
            Check::Range(lower, upper) => match self.value(leaf.var) {
                Value::Number(number) => self.make_comparators(leaf, [lower, upper], number, wanted),
                _ => self.make_number(leaf, [lower, upper], wanted),
            },
        }
    }

    /// Finds a value for the number tested.
    fn make_number(&mut self, leaf: &Leaf, bounds: [&Option<Bound>; 2], wanted: bool) -> bool {
        if !self.give_comparators(leaf) {
            return false;
        }
        let limits: Vec<f64> =
            bounds.into_iter().flatten().filter_map(|bound| bound.number(|var| self.value(var))).collect();
        self.try_each(leaf, leaf.var, &around(&limits), wanted)
    }

    /// Finds values for the comparators of a number that is known.
    fn make_comparators(&mut self, leaf: &Leaf, bounds: [&Option<Bound>; 2], number: f64, wanted: bool) -> bool {
        bounds.into_iter().flatten().any(|bound| match bound.base {
            Base::Var(var) if self.value(var) == Value::Missing => {
                self.try_each(leaf, var, &around(&[number - bound.offset]), wanted)
            }
            _ => false,
        })
    }

    /// Gives a variable the first of several numbers under which the test comes out as wanted.
    fn try_each(&mut self, leaf: &Leaf, var: usize, numbers: &[f64], wanted: bool) -> bool {
        numbers.iter().any(|number| {
            let given = self.give(var, *number);
            let right = given && leaf.truth(|var| self.value(var)) == Truth::of(Some(wanted));
            if given && !right {
                self.values.remove(&var);
            }
            right
        })
    }

    fn allows(&self, var: usize, number: f64) -> bool {
        match self.resolved.var_indicator(var).map(|known| &known.domain) {
            Some(Domain::Number { min, max, whole }) => {
                number >= *min && number <= *max && (!whole || number.fract() == 0.0)
            }
            _ => false,
        }
    }

    /// A number in the middle of those allowed.
    #[must_use]
    pub fn middle(&self, var: usize) -> Option<f64> {
        let Domain::Number { min, max, .. } = self.resolved.var_indicator(var)?.domain else { return None };
        let middle = match (min.is_finite(), max.is_finite()) {
            (true, true) => f64::midpoint(min, max),
            (true, false) => min + INWARDS,
            (false, true) => max - INWARDS,
            (false, false) => 0.0,
        };
        Some(if self.allows(var, middle.round()) { middle.round() } else { middle })
    }
}

/// Numbers clear of some limits, the limits themselves, and the middle between two.
fn around(limits: &[f64]) -> Vec<f64> {
    let clear = CLEAR.iter().flat_map(|step| limits.iter().flat_map(move |limit| [limit + step, limit - step]));
    let mut numbers: Vec<f64> = clear.collect();
    numbers.extend(limits);
    if let [first, second] = limits {
        numbers.push(f64::midpoint(*first, *second));
    }
    numbers.into_iter().map(rounded).collect()
}

/// A decimal without the noise of sums.
#[must_use]
pub fn rounded(number: f64) -> f64 {
    crate::numbers::decimal_difference(number, 0.0)
}
