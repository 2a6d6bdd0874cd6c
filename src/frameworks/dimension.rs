//! Values that stand for all values of the unknown variables of a group of conditions.
//!
//! A choice has its allowed values. For numbers, what matters is only which tests they pass: numbers that are compared
//! with each other are sampled together at every limit, between the limits and beyond them, and one sample is kept for
//! each different set of tests passed.

use std::collections::{BTreeSet, HashMap};

use super::condition::{Base, Check, Cond, Env, Leaf, Value};
use super::logic::Truth;
use super::resolve::{Domain, Resolved};

/// Most samples of numbers that are compared with each other.
const MAX_SAMPLES: usize = 20_000;

/// Variables that are filled in together.
pub struct Dimension {
    /// The variables.
    pub vars: Vec<usize>,
    /// The combinations of values that can be told apart.
    pub tuples: Vec<Vec<Value>>,
    /// By variable, for each different answer: the tuples that remain.
    pub answers: Vec<Vec<Vec<usize>>>,
}

/// The dimensions of unknown variables under some conditions; `None` if no finite choice is known to be enough.
pub fn dimensions(resolved: &Resolved, conds: &[&Cond], vars: &[usize], env: &impl Env) -> Option<Vec<Dimension>> {
    let mut found = Vec::new();
    let mut numeric = Vec::new();
    for var in vars {
        let codes: u8 = match &resolved.var_indicator(*var)?.domain {
            Domain::Flag => 2,
            Domain::Choice(values) => u8::try_from(values.len()).ok()?,
            Domain::Number { .. } => {
                numeric.push(*var);
                continue;
            }
            Domain::Text => return None,
        };
        found.push(Dimension {
            vars: vec![*var],
            tuples: (0..codes).map(|code| vec![Value::Code(code)]).collect(),
            answers: vec![(0..usize::from(codes)).map(|at| vec![at]).collect()],
        });
    }
    let mut leaves: Vec<&Leaf> = Vec::new();
    for cond in conds {
        cond.each_leaf(&mut |leaf| leaves.push(leaf));
    }
    while let Some(first) = numeric.pop() {
        let mut tied = vec![first];
        let mut tests: Vec<&Leaf> = Vec::new();
        loop {
            let (here, rest): (Vec<&Leaf>, Vec<&Leaf>) =
                leaves.into_iter().partition(|leaf| leaf.vars().any(|var| tied.contains(&var)));
            leaves = rest;
            let more: BTreeSet<usize> = here.iter().flat_map(|leaf| leaf.vars()).filter(|var| numeric.contains(var)).collect();
            tests.extend(here);
            if more.is_empty() {
                break;
            }
            numeric.retain(|var| !more.contains(var));
            tied.extend(more);
        }
        found.push(numbers(resolved, &tied, &tests, env)?);
    }
    Some(found)
}

/// The dimension of numbers that are compared with each other.
fn numbers(resolved: &Resolved, vars: &[usize], tests: &[&Leaf], env: &impl Env) -> Option<Dimension> {
    let points = points(resolved, vars, tests, env)?;
    let total = points.iter().try_fold(1_usize, |total, own| total.checked_mul(own.len()))?;
    if total == 0 || total > MAX_SAMPLES {
        return None;
    }
    let mut tuples: Vec<Vec<Value>> = Vec::new();
    let mut known: HashMap<Vec<Truth>, usize> = HashMap::new();
    let mut remaining: Vec<Vec<BTreeSet<usize>>> = points.iter().map(|own| vec![BTreeSet::new(); own.len()]).collect();
    for sample in 0..total {
        let mut rest = sample;
        let mut at = Vec::with_capacity(points.len());
        let mut values = Vec::with_capacity(points.len());
        for own in &points {
            at.push(rest % own.len());
            values.push(Value::Number(*own.get(rest % own.len())?));
            rest /= own.len();
        }
        let value = |var: usize| {
            let position = vars.iter().position(|known| *known == var);
            position.and_then(|position| values.get(position).copied()).unwrap_or_else(|| env.value(var))
        };
        let passed: Vec<Truth> = tests.iter().map(|test| test.truth(value)).collect();
        let tuple = *known.entry(passed).or_insert_with(|| {
            tuples.push(values.clone());
            tuples.len() - 1
        });
        for (sets, at) in remaining.iter_mut().zip(at) {
            if let Some(set) = sets.get_mut(at) {
                set.insert(tuple);
            }
        }
    }
    let answers = remaining.into_iter().map(|sets| {
        let distinct: BTreeSet<Vec<usize>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
        distinct.into_iter().collect()
    });
    Some(Dimension { vars: vars.to_vec(), tuples, answers: answers.collect() })
}

/// Sample points of each variable: every limit, points between and beyond the limits, all within what is possible.
///
/// With one unknown number this is exact. With several that are only compared directly, as many points between two limits
/// as there are numbers realise every order. With two numbers compared at one distance (`x` with `y - 5`), the limits of
/// one are limits of the other at that distance. Anything else gives `None`.
fn points(resolved: &Resolved, vars: &[usize], tests: &[&Leaf], env: &impl Env) -> Option<Vec<Vec<f64>>> {
    let mut limits: Vec<f64> = Vec::new();
    let mut distances: Vec<f64> = Vec::new();
    for test in tests {
        let Check::Range(lower, upper) = &test.check else { return None };
        for bound in [lower, upper].into_iter().flatten() {
            match (bound.base, env.value(test.var)) {
                (Base::Constant(constant), _) => limits.push(constant + bound.offset),
                (Base::Var(_), Value::Number(number)) => limits.push(number - bound.offset),
                (Base::Var(_), _) => distances.push(bound.offset),
            }
        }
    }
    distances.sort_by(f64::total_cmp);
    distances.dedup();
    let distance = distances.iter().copied().find(|distance| *distance != 0.0);
    if distance.is_some() && (vars.len() > 2 || distances.len() > 1) {
        return None;
    }
    let mut domains = Vec::with_capacity(vars.len());
    for var in vars {
        let Domain::Number { min, max, whole } = &resolved.var_indicator(*var)?.domain else { return None };
        if *whole && vars.len() > 1 {
            return None;
        }
        limits.extend([*min, *max].into_iter().filter(|limit| limit.is_finite()));
        domains.push((*min, *max, *whole));
    }
    if limits.is_empty() {
        limits.push(0.0);
    }
    if let Some(distance) = distance {
        let shifted: Vec<f64> = limits.iter().flat_map(|limit| [limit + distance, limit - distance]).collect();
        limits.extend(shifted);
    }
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    let grid = grid(&limits, vars.len(), 1.0 + 2.0 * distance.unwrap_or(0.0).abs());
    let own = domains.into_iter().map(|(min, max, whole)| {
        let mut own: Vec<f64> = if whole {
            let near = |point: &f64| [point.floor() - 1.0, point.floor(), point.ceil(), point.ceil() + 1.0];
            grid.iter().flat_map(near).collect()
        } else {
            grid.clone()
        };
        own.retain(|point| *point >= min && *point <= max);
        own.sort_by(f64::total_cmp);
        own.dedup();
        own
    });
    Some(own.collect())
}

/// The limits, with `inner` points between two of them and within `reach` beyond the first and the last.
fn grid(limits: &[f64], inner: usize, reach: f64) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
    let part = |index: usize| index as f64 / (inner + 1) as f64;
    let mut grid = Vec::new();
    for (position, limit) in limits.iter().enumerate() {
        if position == 0 {
            grid.extend((1..=inner).map(|index| limit - reach * part(index)));
        }
        grid.push(*limit);
        let width = limits.get(position + 1).map_or(reach, |next| next - limit);
        grid.extend((1..=inner).map(|index| limit + width * part(index)));
    }
    grid
}
