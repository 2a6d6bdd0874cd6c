//! Conditions on whole columns: one pass per test.

use std::sync::Arc;

use super::condition::{Base, Bound, Check, Cond, Leaf, Value, within};
use super::inputs::{Inputs, Values};
use super::logic::Truth;
use super::resolve::Resolved;
use super::rows;

/// The truth of a condition for every row. Conditions that say the same share it.
pub type Truths = Arc<Vec<Truth>>;

/// The truth of every item for every row.
#[must_use]
pub fn items(resolved: &Resolved, inputs: &Inputs) -> Vec<Truths> {
    // Most items refer to no other one.
    let mut done: Vec<Option<Truths>> = rows::each_column(resolved.items.len(), inputs.height(), |item| {
        let cond = &resolved.items.get(item)?.cond;
        let mut alone = true;
        cond.each_item(&mut |_| alone = false);
        alone.then(|| column(cond, inputs, &|_| None))
    });
    for item in 0..resolved.items.len() {
        ensure(item, resolved, inputs, &mut done);
    }
    done.into_iter().map(Option::unwrap_or_default).collect()
}

fn ensure(item: usize, resolved: &Resolved, inputs: &Inputs, done: &mut [Option<Truths>]) {
    if done.get(item).is_none_or(Option::is_some) {
        return;
    }
    let Some(cond) = resolved.items.get(item).map(|item| &item.cond) else { return };
    let mut needed = Vec::new();
    cond.each_item(&mut |other| needed.push(other));
    for other in needed {
        ensure(other, resolved, inputs, done);
    }
    let column = column(cond, inputs, &|other| done.get(other).and_then(Option::as_ref));
    if let Some(slot) = done.get_mut(item) {
        *slot = Some(column);
    }
}

/// The truth of a condition for every row; `items` gives the columns of items it refers to.
pub fn column<'a>(cond: &Cond, inputs: &Inputs, items: &impl Fn(usize) -> Option<&'a Truths>) -> Truths {
    let height = inputs.height();
    let part = |part: &Cond| column(part, inputs, items);
    Arc::new(match cond {
        Cond::Item(item) => {
            return items(*item).map_or_else(|| Arc::new(vec![Truth::Unknown; height]), Arc::clone);
        }
        Cond::Known(known) => vec![Truth::of(Some(*known)); height],
        Cond::Leaf(test) => leaf(test, inputs),
        Cond::All(parts) => joined(height, Truth::True, parts.iter().map(part), Truth::and),
        Cond::Any(parts) => joined(height, Truth::False, parts.iter().map(part), Truth::or),
        Cond::FirstKnown(parts) => {
            let first_known = |first: Truth, next| if first.is_unknown() { next } else { first };
            joined(height, Truth::Unknown, parts.iter().map(part), first_known)
        }
        Cond::AllHeld(parts) => joined(height, Truth::Unknown, parts.iter().map(part), Truth::and_if_known),
        Cond::IsKnown(inner) => part(inner).iter().map(|truth| Truth::of(Some(*truth == Truth::True))).collect(),
        Cond::Not(inner) => part(inner).iter().map(|truth| !*truth).collect(),
        Cond::AtLeast(needed, parts) => {
            let mut counts = vec![(0_u32, 0_u32); height];
            for truths in parts.iter().map(part) {
                for ((held, unknown), truth) in counts.iter_mut().zip(truths.iter()) {
                    *held += u32::from(*truth == Truth::True);
                    *unknown += u32::from(truth.is_unknown());
                }
            }
            let needed = needed.of(parts.len());
            let at_least = |(held, unknown)| Truth::at_least(needed, held as usize, unknown as usize);
            counts.into_iter().map(at_least).collect()
        }
    })
}

/// The parts of a condition joined, row by row.
fn joined(
    height: usize,
    start: Truth,
    parts: impl Iterator<Item = Truths>,
    join: impl Fn(Truth, Truth) -> Truth,
) -> Vec<Truth> {
    let mut all = vec![start; height];
    for part in parts {
        for (truth, other) in all.iter_mut().zip(part.iter()) {
            *truth = join(*truth, *other);
        }
    }
    all
}

/// The truth of a test for every row.
pub fn leaf(test: &Leaf, inputs: &Inputs) -> Vec<Truth> {
    match (&test.check, inputs.values.get(test.var)) {
        (Check::Values(mask), Some(Values::Codes(codes))) => {
            // A code of a missing value lies beyond all bits.
            let truths: [Truth; 256] = std::array::from_fn(|code| match u32::try_from(code) {
                Ok(code) if code < u64::BITS => Truth::of(Some(mask >> code & 1 == 1)),
                _ => Truth::Unknown,
            });
            codes.iter().map(|code| truths.get(usize::from(*code)).copied().unwrap_or(Truth::Unknown)).collect()
        }
        (Check::Range(lower, upper), Some(Values::Numbers(numbers))) => {
            let side = |bound: &Option<Bound>, lower| bound.as_ref().map(|bound| beside(numbers, bound, lower, inputs));
            match (side(lower, true), side(upper, false)) {
                (Some(mut above), Some(below)) => {
                    for (truth, other) in above.iter_mut().zip(below) {
                        *truth = truth.and(other);
                    }
                    above
                }
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => numbers.iter().map(|number| known_if(true, *number)).collect(),
            }
        }
        _ => (0..inputs.height()).map(|row| test.truth(|var| inputs.value(var, row))).collect(),
    }
}

/// Whether numbers are on the right side of a bound.
fn beside(numbers: &[f64], bound: &Bound, lower: bool, inputs: &Inputs) -> Vec<Truth> {
    let truth = |number: f64, limit: f64| known_if(within(number, limit, bound.strict, lower), number - limit);
    match bound.base {
        Base::Constant(constant) => {
            let limit = constant + bound.offset;
            numbers.iter().map(|number| truth(*number, limit)).collect()
        }
        Base::Var(var) => match inputs.values.get(var) {
            Some(Values::Numbers(others)) => {
                numbers.iter().zip(others).map(|(number, other)| truth(*number, other + bound.offset)).collect()
            }
            _ => vec![Truth::Unknown; numbers.len()],
        },
    }
}

/// The truth of what was asked of a number, unknown if that is missing.
fn known_if(held: bool, number: f64) -> Truth {
    if number.is_nan() { Truth::Unknown } else { Truth::of(Some(held)) }
}

/// Adds what the tests of a row say, and what is left of those that are open, to `key`: rows with equal keys differ in
/// nothing that a condition on these tests, or what is left of it, can tell apart.
pub fn key(tests: &[&Leaf], vars: &[usize], inputs: &Inputs, row: usize, key: &mut Vec<u8>) {
    let value = |var: usize| inputs.value(var, row);
    key.extend(vars.iter().map(|var| u8::from(value(*var) == Value::Missing)));
    for test in tests {
        let truth = test.truth(value);
        key.push(truth as u8);
        if truth.is_unknown() {
            // One of two numbers is known: it is what the other one will be compared with.
            for var in test.vars() {
                if let Value::Number(number) = value(var) {
                    key.extend(number.to_bits().to_le_bytes());
                }
            }
        }
    }
}
