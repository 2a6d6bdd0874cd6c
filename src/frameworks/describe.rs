//! Conditions, values and results in words.

use super::condition::{Base, Bound, Check, Cond, Leaf, Value};
use super::resolve::Resolved;

/// A value as it is shown: the allowed word, or the number.
#[must_use]
pub fn value(resolved: &Resolved, var: usize, value: Value) -> Option<String> {
    match value {
        Value::Missing => None,
        Value::Code(code) => resolved.var_indicator(var).map(|indicator| indicator.value_name(code).to_owned()),
        Value::Number(number) => Some(number.to_string()),
    }
}

/// A condition in words.
#[must_use]
pub fn condition(resolved: &Resolved, cond: &Cond) -> String {
    let join = |parts: &[Cond], word: &str| {
        let texts: Vec<String> = parts
            .iter()
            .map(|part| match part {
                Cond::All(_) | Cond::Any(_) | Cond::AtLeast(..) | Cond::FirstKnown(_) | Cond::AllHeld(_) => {
                    format!("({})", condition(resolved, part))
                }
                _ => condition(resolved, part),
            })
            .collect();
        texts.join(word)
    };
    match cond {
        Cond::Known(known) => known.to_string(),
        Cond::Item(item) => resolved.items.get(*item).map(|item| item.id.clone()).unwrap_or_default(),
        Cond::Leaf(test) => leaf(resolved, test),
        Cond::All(parts) => join(parts, " and "),
        Cond::Any(parts) => join(parts, " or "),
        Cond::Not(part) => format!("not ({})", condition(resolved, part)),
        Cond::AtLeast(needed, parts) => format!("at least {} of: {}", needed.of(parts.len()), join(parts, "; ")),
        Cond::FirstKnown(parts) => format!("the first that is known of: {}", join(parts, "; ")),
        Cond::AllHeld(parts) => format!("those that are known of: {}", join(parts, "; ")),
        Cond::IsKnown(part) => condition(resolved, part),
    }
}

/// A test in words.
#[must_use]
pub fn leaf(resolved: &Resolved, test: &Leaf) -> String {
    format!("{} {}", resolved.var_name(test.var), check(resolved, test))
}

/// What a test asks of its variable, in words.
#[must_use]
pub fn check(resolved: &Resolved, test: &Leaf) -> String {
    match &test.check {
        Check::Values(mask) => {
            let names: Vec<&str> = match resolved.var_indicator(test.var) {
                Some(indicator) => {
                    (0..64).filter(|code| mask >> code & 1 == 1).map(|code| indicator.value_name(code)).collect()
                }
                None => Vec::new(),
            };
            match names.as_slice() {
                [only] => format!("is {only}"),
                several => format!("is one of {}", several.join(", ")),
            }
        }
        Check::Range(lower, upper) => {
            let side = |bound: &Option<Bound>, strict: &str, loose: &str| {
                bound.as_ref().map(|bound| {
                    format!("{} {}", if bound.strict { strict } else { loose }, self::bound(resolved, bound))
                })
            };
            let sides = [side(lower, "above", "at least"), side(upper, "below", "at most")];
            sides.into_iter().flatten().collect::<Vec<_>>().join(" and ")
        }
    }
}

/// One end of a range in words.
#[must_use]
pub fn bound(resolved: &Resolved, bound: &Bound) -> String {
    match bound.base {
        Base::Constant(constant) => (constant + bound.offset).to_string(),
        Base::Var(var) => {
            let name = resolved.var_name(var);
            if bound.offset == 0.0 {
                name
            } else if bound.offset > 0.0 {
                format!("{name} + {}", bound.offset)
            } else {
                format!("{name} - {}", -bound.offset)
            }
        }
    }
}

/// Words joined by commas and a last "or".
#[must_use]
pub fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
