//! Conditions on whole columns: one pass per test.

use super::condition::{Base, Check, Cond, Leaf, Value, within};
use super::inputs::{Inputs, Values};
use super::logic::Truth;
use super::resolve::Resolved;
use super::rows;

/// The truth of every item for every row.
#[must_use]
pub fn items(resolved: &Resolved, inputs: &Inputs) -> Vec<Vec<Truth>> {
    // Most items refer to no other one.
    let mut done: Vec<Option<Vec<Truth>>> = rows::each_column(resolved.items.len(), inputs.height(), |item| {
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

fn ensure(item: usize, resolved: &Resolved, inputs: &Inputs, done: &mut [Option<Vec<Truth>>]) {
    if done.get(item).is_none_or(Option::is_some) {
        return;
    }
    let Some(cond) = resolved.items.get(item).map(|item| &item.cond) else { return };
    let mut needed = Vec::new();
    cond.each_item(&mut |other| needed.push(other));
    for other in needed {
        ensure(other, resolved, inputs, done);
    }
    let column = column(cond, inputs, &|other| done.get(other).and_then(Option::as_deref));
    if let Some(slot) = done.get_mut(item) {
        *slot = Some(column);
    }
}

/// The truth of a condition for every row; `items` gives the columns of items it refers to.
pub fn column<'a>(cond: &Cond, inputs: &Inputs, items: &impl Fn(usize) -> Option<&'a [Truth]>) -> Vec<Truth> {
    let height = inputs.height();
    let fold = |parts: &[Cond], start: Truth, join: fn(Truth, Truth) -> Truth| {
        let mut all = vec![start; height];
        for part in parts {
            for (truth, other) in all.iter_mut().zip(column(part, inputs, items)) {
                *truth = join(*truth, other);
            }
        }
        all
    };
    match cond {
        Cond::Known(known) => vec![Truth::of(Some(*known)); height],
        Cond::Item(item) => items(*item).map_or_else(|| vec![Truth::Unknown; height], <[Truth]>::to_vec),
        Cond::Leaf(test) => leaf(test, inputs),
        Cond::All(parts) => fold(parts, Truth::True, Truth::and),
        Cond::Any(parts) => fold(parts, Truth::False, Truth::or),
        Cond::FirstKnown(parts) => {
            fold(parts, Truth::Unknown, |first, next| if first.is_unknown() { next } else { first })
        }
        Cond::AllHeld(parts) => fold(parts, Truth::Unknown, Truth::and_if_known),
        Cond::IsKnown(part) => {
            column(part, inputs, items).into_iter().map(|truth| Truth::of(Some(truth == Truth::True))).collect()
        }
        Cond::Not(part) => column(part, inputs, items).into_iter().map(|truth| !truth).collect(),
        Cond::AtLeast(needed, parts) => {
            let mut counts = vec![(0_usize, 0_usize); height];
            for part in parts {
                for ((held, unknown), truth) in counts.iter_mut().zip(column(part, inputs, items)) {
                    *held += usize::from(truth == Truth::True);
                    *unknown += usize::from(truth.is_unknown());
                }
            }
            counts.into_iter().map(|(held, unknown)| Truth::at_least(needed.of(parts.len()), held, unknown)).collect()
        }
    }
}

fn leaf(test: &Leaf, inputs: &Inputs) -> Vec<Truth> {
    let height = inputs.height();
    match (&test.check, inputs.values.get(test.var)) {
        (Check::Values(mask), Some(Values::Codes(codes))) => {
            let of = |code: &u8| match code {
                &u8::MAX => Truth::Unknown,
                code => Truth::of(Some(mask >> code & 1 == 1)),
            };
            codes.iter().map(of).collect()
        }
        (Check::Range(lower, upper), Some(Values::Numbers(numbers))) => {
            let constant = |bound: &Option<super::condition::Bound>| match bound {
                None => Some(None),
                Some(bound) => match bound.base {
                    Base::Constant(number) => Some(Some((number + bound.offset, bound.strict))),
                    Base::Var(_) => None,
                },
            };
            let (Some(low), Some(high)) = (constant(lower), constant(upper)) else {
                return (0..height).map(|row| test.truth(|var| inputs.value(var, row))).collect();
            };
            let of = |number: &f64| {
                if number.is_nan() {
                    return Truth::Unknown;
                }
                let above = low.is_none_or(|(limit, strict)| within(*number, limit, strict, true));
                let below = high.is_none_or(|(limit, strict)| within(*number, limit, strict, false));
                Truth::of(Some(above && below))
            };
            numbers.iter().map(of).collect()
        }
        _ => (0..height).map(|row| test.truth(|var| inputs.value(var, row))).collect(),
    }
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
