//! Values that stand for all values of the unknown variables of a group of conditions.
//!
//! A choice has its allowed values. For numbers, what matters is only which tests they pass: numbers that are compared
//! with each other are taken together, by the sets of tests that they can pass at once.

mod differences;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::condition::{Base, Bound, Check, Cond, Env, Leaf, Value};
use super::logic::Truth;
use super::resolve::{Domain, Resolved};
use crate::numbers::decimal_difference;
use differences::{Differences, units};

/// Most numbers that are compared with each other, directly or through others. Each comparison of a cell is weighed against
/// every other, so the work grows with the cube of their number; papers compare two or three.
const MAX_TIED: usize = 16;

/// Most bounds on numbers that are compared with each other, and most ways in which they may come out together. Going
/// through them takes some tenths of a second.
const MAX_BOUNDS: usize = 1024;
const MAX_CELLS: usize = 4096;

/// Most values that stand for one dimension; they are kept as the bits of a number.
const MAX_VALUES: usize = 128;

/// Variables that are filled in together, by values that stand for all others.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The variables.
    pub vars: Vec<usize>,
    /// All values, a bit for each.
    pub all: u128,
    /// By variable, for each different answer: the values that remain.
    pub answers: Vec<Vec<u128>>,
    /// For numbers: by value, a number for each variable.
    pub samples: Vec<Vec<f64>>,
    /// For tests of numbers, in the order in which they were given: the values that pass.
    passed: Vec<u128>,
}

/// Dimensions of numbers that were worked out already, by their variables and tests: schools share them.
#[derive(Default)]
pub struct Known(HashMap<Vec<u64>, Option<Rc<Dimension>>>);

/// The dimensions of unknown variables, with the tests of each one that is about numbers.
pub struct Dimensions<'a>(Vec<(Rc<Dimension>, Vec<&'a Leaf>)>);

impl Dimensions<'_> {
    /// The dimensions.
    pub fn iter(&self) -> impl Iterator<Item = &Dimension> {
        self.0.iter().map(|(one, _)| one.as_ref())
    }

    /// The dimension that a test asks about, and the values that pass.
    pub fn passed(&self, leaf: &Leaf) -> Option<(usize, u128)> {
        for (position, (dimension, tests)) in self.0.iter().enumerate() {
            match &leaf.check {
                Check::Values(mask) if dimension.vars.contains(&leaf.var) => {
                    return Some((position, u128::from(*mask) & dimension.all));
                }
                Check::Values(_) => {}
                Check::Range(..) => {
                    if let Some(at) = tests.iter().position(|test| std::ptr::eq(*test, leaf)) {
                        return Some((position, dimension.passed.get(at).copied()?));
                    }
                }
            }
        }
        None
    }
}

/// The dimensions of unknown variables under some conditions; `None` if no finite choice is known to be enough.
pub fn dimensions<'a>(
    resolved: &Resolved,
    conds: &[&'a Cond],
    vars: &[usize],
    env: &impl Env,
    known: &mut Known,
) -> Option<Dimensions<'a>> {
    let mut found = Vec::new();
    let mut numeric = Vec::new();
    for var in vars {
        let codes: u32 = match &resolved.var_indicator(*var)?.domain {
            Domain::Flag => 2,
            Domain::Choice(values) => u32::try_from(values.len()).ok()?,
            Domain::Number { .. } => {
                numeric.push(*var);
                continue;
            }
            Domain::Text => return None,
        };
        let answers = vec![(0..codes).map(|code| 1 << code).collect()];
        let one =
            Dimension { vars: vec![*var], all: (1 << codes) - 1, answers, samples: Vec::new(), passed: Vec::new() };
        found.push((Rc::new(one), Vec::new()));
    }
    let mut leaves: Vec<&Leaf> = Vec::new();
    for cond in conds {
        cond.each_leaf(&mut |leaf| leaves.push(leaf));
    }
    leaves.retain(|leaf| leaf.vars().any(|var| numeric.contains(&var)));
    while let Some(first) = numeric.pop() {
        let mut tied = vec![first];
        let mut tests: Vec<&Leaf> = Vec::new();
        loop {
            let (here, rest): (Vec<&Leaf>, Vec<&Leaf>) =
                leaves.into_iter().partition(|leaf| leaf.vars().any(|var| tied.contains(&var)));
            leaves = rest;
            let more: BTreeSet<usize> =
                here.iter().flat_map(|leaf| leaf.vars()).filter(|var| numeric.contains(var)).collect();
            tests.extend(here);
            if more.is_empty() {
                break;
            }
            numeric.retain(|var| !more.contains(var));
            tied.extend(more);
        }
        let work = || numbers(resolved, &tied, &tests, env).map(Rc::new);
        let one = known.0.entry(key(resolved, &tied, &tests, env)).or_insert_with(work).clone();
        found.push((one?, tests));
    }
    Some(Dimensions(found))
}

/// What a dimension of numbers follows from: its variables, its tests, and in which order the numbers lie that these hold.
/// Only where unknowns are compared at a distance, or are whole, do the numbers themselves matter.
fn key(resolved: &Resolved, vars: &[usize], tests: &[&Leaf], env: &impl Env) -> Vec<u64> {
    let mut exact = false;
    let mut limits: Vec<f64> = Vec::new();
    for var in vars {
        if let Some(Domain::Number { min, max, whole }) = resolved.var_indicator(*var).map(|known| &known.domain) {
            exact |= *whole;
            limits.extend([*min, *max]);
        }
    }
    // A number that a bound stands for, or the distance of two unknowns.
    let number = |test: &Leaf, bound: &Bound| match (bound.base, env.value(test.var)) {
        (Base::Constant(constant), _) => Ok(constant + bound.offset),
        (Base::Var(_), Value::Number(number)) => Ok(number - bound.offset),
        (Base::Var(var), _) => Err((var, bound.offset)),
    };
    let bounds = |test: &Leaf| match &test.check {
        Check::Range(lower, upper) => [lower.clone(), upper.clone()],
        Check::Values(_) => [None, None],
    };
    for (test, bound) in
        tests.iter().flat_map(|test| bounds(test).into_iter().flatten().map(move |bound| (test, bound)))
    {
        match number(test, &bound) {
            Ok(limit) => limits.push(limit),
            Err((_, distance)) => exact |= distance != 0.0,
        }
    }
    limits.sort_by(f64::total_cmp);
    limits.dedup_by(|a, b| decimal_difference(*a, *b) == 0.0);
    let place = |number: f64| {
        let below = limits.partition_point(|limit| decimal_difference(*limit, number) < 0.0);
        if exact { number.to_bits() } else { below as u64 }
    };
    let mut key: Vec<u64> = vec![u64::from(exact)];
    for var in vars {
        key.push(*var as u64);
        if let Some(Domain::Number { min, max, .. }) = resolved.var_indicator(*var).map(|known| &known.domain) {
            key.extend([place(*min), place(*max)]);
        }
    }
    for test in tests {
        key.extend([u64::MAX, test.var as u64, u64::from(env.value(test.var) == Value::Missing)]);
        for bound in bounds(test) {
            match bound.map(|bound| (number(test, &bound), bound.base, bound.strict)) {
                None => key.push(0),
                Some((Ok(limit), base, strict)) => {
                    let var = if let Base::Var(var) = base { var as u64 } else { u64::MAX };
                    key.extend([1, place(limit), var, u64::from(strict)]);
                }
                Some((Err((var, distance)), _, strict)) => {
                    key.extend([2, var as u64, distance.to_bits(), u64::from(strict)]);
                }
            }
        }
    }
    key
}

/// A test of numbers: the differences it asks for, by position, and whether what is known of it already holds.
struct Asked {
    known: bool,
    differences: Vec<usize>,
}

impl Asked {
    fn passed(&self, held: &[bool]) -> bool {
        self.known && self.differences.iter().all(|at| held.get(*at) == Some(&true))
    }
}

/// The first bound that is open; those before it are added to `held`.
fn next(here: &Differences, bounds: &[(usize, usize, i128)], held: &mut Vec<bool>) -> Option<(usize, usize, i128)> {
    while let Some((greater, less, by)) = bounds.get(held.len()).copied() {
        if here.at_least(greater, less, by) {
            held.push(true);
        } else if here.at_least(less, greater, here.step(greater, less) - by) {
            held.push(false);
        } else {
            return Some((greater, less, by));
        }
    }
    None
}

/// The dimension of numbers that are compared with each other.
///
/// Every bound of a test says that one number is at least so much greater than another one, or than 0. Each bound is taken
/// either way as far as the others allow; what is left are the cells into which the bounds cut the space of the numbers.
/// In a cell every number runs over an interval, so its answers are told apart by the ends of these intervals. `None` if
/// there are too many cells, or numbers too large to be told apart by a billionth.
fn numbers(resolved: &Resolved, vars: &[usize], tests: &[&Leaf], env: &impl Env) -> Option<Dimension> {
    if vars.len() > MAX_TIED {
        return None;
    }
    let mut start = Differences::new(vars.len());
    for (at, var) in (1..).zip(vars) {
        let Domain::Number { min, max, whole } = &resolved.var_indicator(*var)?.domain else { return None };
        if *whole {
            start.set_whole(at);
        }
        let within = (!min.is_finite() || start.add(at, 0, units(*min)?))
            && (!max.is_finite() || start.add(0, at, -units(*max)?));
        if !within {
            return None;
        }
    }
    let mut bounds: Vec<(usize, usize, i128)> = Vec::new();
    let steps: Vec<i128> = (1..=vars.len()).map(|at| start.step(at, 0)).collect();
    let asked: Vec<Asked> =
        tests.iter().map(|test| ask(test, vars, env, &start, &mut bounds)).collect::<Option<_>>()?;
    if bounds.len() > MAX_BOUNDS {
        return None;
    }
    let mut cells: BTreeMap<Vec<bool>, Vec<Differences>> = BTreeMap::new();
    let mut found = 0;
    let mut open: Vec<(Differences, Vec<bool>)> = vec![(start, Vec::new())];
    while let Some((here, mut held)) = open.pop() {
        let Some((greater, less, by)) = next(&here, &bounds, &mut held) else {
            found += 1;
            if found > MAX_CELLS {
                return None;
            }
            let passed = asked.iter().map(|test| test.passed(&held)).collect();
            cells.entry(passed).or_default().push(here);
            continue;
        };
        let not = here.step(greater, less) - by;
        let (mut above, mut below) = (here.clone(), here);
        if above.add(greater, less, by) {
            open.push((above, held.iter().copied().chain([true]).collect()));
        }
        if below.add(less, greater, not) {
            open.push((below, held.into_iter().chain([false]).collect()));
        }
    }
    if cells.len() > MAX_VALUES {
        return None;
    }
    let passed = vec![0; tests.len()];
    let mut dimension = Dimension { vars: vars.to_vec(), all: 0, answers: Vec::new(), samples: Vec::new(), passed };
    for (at, (passed, parts)) in cells.iter().enumerate() {
        let sample = parts.first()?.sample()?;
        let value = |var: usize| {
            let own = vars.iter().position(|known| *known == var).and_then(|position| sample.get(position));
            own.map_or_else(|| env.value(var), |number| Value::Number(*number))
        };
        dimension.all |= 1 << at;
        for ((test, passed), set) in tests.iter().zip(passed).zip(&mut dimension.passed) {
            // Numbers so large or so near that binary fractions cannot hold them apart.
            if test.truth(value) != Truth::of(Some(*passed)) {
                return None;
            }
            *set |= u128::from(*passed) << at;
        }
        dimension.samples.push(sample);
    }
    dimension.answers = steps.into_iter().zip(1..).map(|(step, at)| answers(&cells, at, step)).collect();
    if dimension.all == 0 { None } else { Some(dimension) }
}

/// The bounds of a test as differences; those that are new are added to `bounds`.
fn ask(
    test: &Leaf,
    vars: &[usize],
    env: &impl Env,
    start: &Differences,
    bounds: &mut Vec<(usize, usize, i128)>,
) -> Option<Asked> {
    let Check::Range(lower, upper) = &test.check else { return None };
    let position = |var: usize| -> Option<(usize, i128)> {
        match env.value(var) {
            Value::Number(number) => Some((0, units(number)?)),
            _ => Some((vars.iter().position(|known| *known == var)? + 1, 0)),
        }
    };
    let mut asked = Asked { known: true, differences: Vec::new() };
    let (own, own_value) = position(test.var)?;
    let sides = [(lower, true), (upper, false)];
    for (bound, is_lower) in sides.into_iter().filter_map(|(bound, is_lower)| Some((bound.as_ref()?, is_lower))) {
        let (base, base_value) = limit(bound, position)?;
        // own - base, known parts included, is at least (or at most) so much.
        let by = base_value - own_value;
        let (greater, less, by) = if is_lower { (own, base, by) } else { (base, own, -by) };
        let by = if bound.strict { by + 1 } else { by };
        if greater == less {
            asked.known &= by <= 0;
            continue;
        }
        let by = start.rounded(greater, less, by);
        let wanted = (greater, less, by);
        let at = bounds.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            bounds.push(wanted);
            bounds.len() - 1
        });
        asked.differences.push(at);
    }
    Some(asked)
}

/// What a bound stands for: a number (0 or a variable, by position) and what is added to it.
fn limit(bound: &Bound, position: impl Fn(usize) -> Option<(usize, i128)>) -> Option<(usize, i128)> {
    match bound.base {
        Base::Constant(constant) => Some((0, units(constant + bound.offset)?)),
        Base::Var(var) => {
            let (base, value) = position(var)?;
            Some((base, value + units(bound.offset)?))
        }
    }
}

/// For each different answer about one number: the cells that remain.
fn answers(cells: &BTreeMap<Vec<bool>, Vec<Differences>>, place: usize, step: i128) -> Vec<u128> {
    let parts = cells.values().enumerate().flat_map(|(cell, parts)| parts.iter().map(move |part| (cell, part)));
    let intervals: Vec<(usize, Option<i128>, Option<i128>)> = parts
        .map(|(cell, part)| {
            let (low, high) = part.interval(place);
            (cell, low, high)
        })
        .collect();
    let ends = intervals.iter().flat_map(|(_, low, high)| [*low, high.map(|high| high + step)]);
    let mut starts: BTreeSet<i128> = ends.flatten().collect();
    starts.insert(starts.first().map_or(0, |first| first - step));
    let mut distinct: BTreeSet<u128> = BTreeSet::new();
    for point in starts {
        let here = intervals
            .iter()
            .filter(|(_, low, high)| low.is_none_or(|low| low <= point) && high.is_none_or(|high| point <= high));
        distinct.insert(here.fold(0, |set, (cell, _, _)| set | 1 << cell));
    }
    distinct.remove(&0);
    distinct.into_iter().collect()
}
