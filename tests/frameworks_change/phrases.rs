//! What the words for a finding allow.

use super::conditions::{Kind, VARS};
use super::schools::Values;

/// Whether a difference is on the right side.
type Holds = fn(f64) -> bool;

/// Values of a variable that the table may hold, in a grid finer than the figures of these schools.
pub fn all_values(var: usize) -> Vec<f64> {
    match VARS[var].1 {
        Kind::Choice => vec![0.0, 1.0, 2.0],
        Kind::Flag => vec![0.0, 1.0],
        Kind::Count => vec![0.0, 1.0, 2.0, 3.0],
        Kind::Number => (0..=60).map(|twentieth| f64::from(twentieth) / 20.0).collect(),
    }
}

/// Whether the words allow a value, given the other values of the school; what they say about values that are still
/// missing is passed over.
pub fn allows(words: &str, var: usize, school: &Values) -> bool {
    let Some(value) = school[var] else { return true };
    match VARS[var].1 {
        Kind::Choice => names(words).contains(&format!("v{value}").as_str()),
        Kind::Flag => names(words).contains(&if value > 0.5 { "true" } else { "false" }),
        Kind::Number | Kind::Count => words.split(" and ").all(|test| passes(test, value, school).unwrap_or(true)),
    }
}

fn names(words: &str) -> Vec<&str> {
    words.split(", ").flat_map(|part| part.split(" or ")).collect()
}

/// `at least 1`, `below nat_n0 - 1`, `2`, `nat_n0`, `any number`; nothing if it speaks of a value that is missing.
fn passes(test: &str, value: f64, school: &Values) -> Option<bool> {
    if test == "any number" {
        return Some(true);
    }
    let ends: [(&str, Holds); 4] = [
        ("at least ", |over| over > -1e-9),
        ("at most ", |over| over < 1e-9),
        ("above ", |over| over > 1e-9),
        ("below ", |over| over < -1e-9),
    ];
    let found = ends.iter().find_map(|(word, holds)| test.strip_prefix(word).map(|bound| (bound, holds)));
    let equal: Holds = |over| over.abs() < 1e-9;
    let (bound, holds) = found.unwrap_or((test, &equal));
    let (base, offset) = match (bound.split_once(" + "), bound.split_once(" - ")) {
        (Some((base, offset)), _) => (base, number(offset, school)?),
        (_, Some((base, offset))) => (base, -number(offset, school)?),
        _ => (bound, 0.0),
    };
    Some(holds(value - number(base, school)? - offset))
}

fn number(text: &str, school: &Values) -> Option<f64> {
    let var = VARS.iter().position(|(name, _)| *name == text);
    var.map_or_else(|| Some(text.parse().unwrap_or_else(|_| panic!("no number: {text}"))), |var| school[var])
}
