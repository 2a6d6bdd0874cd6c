//! Figures that others publish: national ones, those of the authority, floors, benchmarks. They are no properties of a
//! school, so finding one out is proposed only where nothing else will do.

use std::collections::BTreeSet;

use super::super::resolve::{COMPARATORS, Resolved};
use super::facts::{Facts, Kind};

/// Most figures that a note names.
const MAX_NAMED: usize = 3;

/// What kind of figure an indicator is, and the name of the one it is compared with, if it is published.
pub fn comparator<'a>(resolved: &'a Resolved, indicator: &'a str) -> Option<(&'static str, &'a str)> {
    COMPARATORS.iter().find_map(|(prefix, kind)| {
        let of = indicator.strip_prefix(prefix)?;
        resolved.indicators.iter().any(|indicator| indicator.name == of).then_some((*kind, of))
    })
}

/// The published figures that are unknown and that the rules of the school's phase read.
pub fn missing(facts: &Facts) -> BTreeSet<usize> {
    let published = |var: usize| {
        facts.resolved.var_indicator(var).is_some_and(|known| comparator(facts.resolved, &known.name).is_some())
    };
    (0..facts.kinds.len()).filter(|var| facts.kind(*var) == Kind::Find && published(*var)).collect()
}

/// Those of them that bear on something that is still open.
pub fn open(facts: &Facts, missing: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut vars = Vec::new();
    for lens in &facts.lenses {
        let env = facts.seen(lens.resolved, &[]);
        for element in &lens.policy.elements {
            element.cond.simplify(&env).collect_vars(&env, &mut vars);
        }
    }
    vars.into_iter().filter(|var| missing.contains(var)).collect()
}

/// Such figures in words, at most a few of them.
pub fn named(resolved: &Resolved, vars: &BTreeSet<usize>) -> String {
    let mut words: Vec<String> = vars.iter().take(MAX_NAMED).map(|var| one(resolved, *var)).collect();
    match vars.len().saturating_sub(MAX_NAMED) {
        0 => {}
        1 => words.push("one more figure".to_owned()),
        more => words.push(format!("{more} more figures")),
    }
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `the national figure for x (nat_x)`.
fn one(resolved: &Resolved, var: usize) -> String {
    let name = resolved.var_name(var);
    let kind = resolved.var_indicator(var).and_then(|known| comparator(resolved, &known.name));
    let Some((kind, of)) = kind else { return name };
    let when = match resolved.vars.get(var).map_or(0, |var| var.back) {
        0 => String::new(),
        1 => ", one year earlier".to_owned(),
        years => format!(", {years} years earlier"),
    };
    format!("the {} for {of}{when} ({name})", kind.to_lowercase())
}
