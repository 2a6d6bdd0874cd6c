//! What the words for a finding allow.

use super::conditions::{Kind, VARS};
use super::schools::Values;

/// Values of a variable that the table may hold, in a grid finer than the figures of these schools.
pub fn all_values(var: usize) -> Vec<f64> {
    match VARS[var].1 {
        Kind::Choice => vec![0.0, 1.0, 2.0],
        Kind::Flag => vec![0.0, 1.0],
        Kind::Count => vec![0.0, 1.0, 2.0, 3.0],
        Kind::Number => (0..=60).map(|twentieth| f64::from(twentieth) / 20.0).collect(),
    }
}

/// Whether the words allow a value, given the other values of the school.
pub fn allows(words: &str, var: usize, school: &Values) -> bool {
    let value = school[var].unwrap();
    match VARS[var].1 {
        Kind::Choice => names(words).contains(&format!("v{value}").as_str()),
        Kind::Flag => names(words).contains(&if value > 0.5 { "true" } else { "false" }),
        Kind::Number | Kind::Count => words.split(" and ").all(|test| passes(test, value, school)),
    }
}

fn names(words: &str) -> Vec<&str> {
    words.split(", ").flat_map(|part| part.split(" or ")).collect()
}

/// `at least 1`, `below nat_n0 - 1`, `2`, `any number`.
fn passes(test: &str, value: f64, school: &Values) -> bool {
    if test == "any number" {
        return true;
    }
    let ends: [(&str, fn(f64) -> bool); 4] = [
        ("at least ", |over| over > -1e-9),
        ("at most ", |over| over < 1e-9),
        ("above ", |over| over > 1e-9),
        ("below ", |over| over < -1e-9),
    ];
    let found = ends.iter().find_map(|(word, holds)| test.strip_prefix(word).map(|bound| (bound, holds)));
    let Some((bound, holds)) = found else { return (number(test, school) - value).abs() < 1e-9 };
    let (base, offset) = match (bound.split_once(" + "), bound.split_once(" - ")) {
        (Some((base, offset)), _) => (base, number(offset, school)),
        (_, Some((base, offset))) => (base, -number(offset, school)),
        _ => (bound, 0.0),
    };
    holds(value - number(base, school) - offset)
}

fn number(text: &str, school: &Values) -> f64 {
    let var = VARS.iter().position(|(name, _)| *name == text);
    var.map_or_else(|| text.parse().unwrap_or_else(|_| panic!("no number: {text}")), |var| school[var].unwrap())
}
