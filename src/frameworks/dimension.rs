//! Values that stand for all values of the unknown variables of a group of conditions.
//!
//! A choice has its allowed values. For numbers, what matters is only which tests they pass: numbers that are compared
//! with each other are sampled together at every limit, between the limits and beyond them, and one sample is kept for
//! each different set of tests passed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::condition::{Base, Bound, Check, Cond, Env, Leaf, Value};
use super::logic::Truth;
use super::resolve::{Domain, Resolved};
use crate::numbers::decimal_difference;

/// Most samples of numbers that are compared with each other.
const MAX_SAMPLES: usize = 20_000;

/// Most values that stand for one dimension; they are kept as the bits of a number.
const MAX_VALUES: usize = 128;

/// Variables that are filled in together, by values that stand for all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// The variables.
    pub vars: Vec<usize>,
    /// All values, a bit for each.
    pub all: u128,
    /// By variable, for each different answer: the values that remain.
    pub answers: Vec<Vec<u128>>,
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
        let one = Dimension { vars: vec![*var], all: (1 << codes) - 1, answers, passed: Vec::new() };
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

/// The dimension of numbers that are compared with each other.
///
/// With one unknown number this is exact. Several that are compared directly take every order among as many points between
/// two limits as there are numbers. Two that are compared at distances (`x` with `y - 5`) are sampled one after the other:
/// the limits of the second follow from the value of the first. Anything else gives `None`.
fn numbers(resolved: &Resolved, vars: &[usize], tests: &[&Leaf], env: &impl Env) -> Option<Dimension> {
    let space = Space::new(resolved, vars, tests, env)?;
    let mut answers = Vec::new();
    let mut known: HashMap<Vec<Truth>, usize> = HashMap::new();
    for leading in 0..vars.len() {
        let mut remaining: BTreeMap<u64, u128> = BTreeMap::new();
        for sample in space.samples(leading)? {
            let value = |var: usize| {
                let position = vars.iter().position(|known| *known == var);
                let own = position.and_then(|position| sample.get(position));
                own.map_or_else(|| env.value(var), |number| Value::Number(*number))
            };
            let passed: Vec<Truth> = tests.iter().map(|test| test.truth(value)).collect();
            let next = known.len();
            let at = *known.entry(passed).or_insert(next);
            if at >= MAX_VALUES {
                return None;
            }
            *remaining.entry(sample.get(leading)?.to_bits()).or_default() |= 1 << at;
        }
        let distinct: BTreeSet<u128> = remaining.into_values().collect();
        answers.push(distinct.into_iter().collect());
    }
    let mut passed = vec![0_u128; tests.len()];
    let mut all = 0;
    for (truths, at) in &known {
        all |= 1 << at;
        for (set, truth) in passed.iter_mut().zip(truths) {
            match truth {
                Truth::True => *set |= 1 << at,
                Truth::False => {}
                Truth::Unknown => return None,
            }
        }
    }
    if all == 0 { None } else { Some(Dimension { vars: vars.to_vec(), all, answers, passed }) }
}

/// What numbers that are compared with each other can be, and what they are compared with.
struct Space {
    /// Least and greatest possible number, and whether only whole numbers are possible, by variable.
    domains: Vec<(f64, f64, bool)>,
    /// Numbers they are compared with, and the ends of what is possible.
    limits: Vec<f64>,
    /// Distances at which they are compared with each other.
    distances: Vec<f64>,
}

impl Space {
    fn new(resolved: &Resolved, vars: &[usize], tests: &[&Leaf], env: &impl Env) -> Option<Self> {
        let mut space = Self { domains: Vec::new(), limits: Vec::new(), distances: Vec::new() };
        for test in tests {
            let Check::Range(lower, upper) = &test.check else { return None };
            for bound in [lower, upper].into_iter().flatten() {
                match (bound.base, env.value(test.var)) {
                    (Base::Constant(constant), _) => space.limits.push(constant + bound.offset),
                    (Base::Var(_), Value::Number(number)) => space.limits.push(number - bound.offset),
                    (Base::Var(_), _) => space.distances.push(bound.offset),
                }
            }
        }
        for var in vars {
            let Domain::Number { min, max, whole } = &resolved.var_indicator(*var)?.domain else { return None };
            if *whole && vars.len() > 1 {
                return None;
            }
            space.limits.extend([*min, *max].into_iter().filter(|limit| limit.is_finite()));
            space.domains.push((*min, *max, *whole));
        }
        if space.limits.is_empty() {
            space.limits.push(0.0);
        }
        space.distances.retain(|distance| *distance != 0.0);
        if space.distances.is_empty() || vars.len() == 2 { Some(space) } else { None }
    }

    /// Samples of all variables that leave out nothing that the variable `leading` and the tests can tell apart.
    fn samples(&self, leading: usize) -> Option<Vec<Vec<f64>>> {
        if self.distances.is_empty() {
            let own: Vec<Vec<f64>> =
                self.domains.iter().map(|domain| inside(&grid(&self.limits, self.domains.len()), *domain)).collect();
            let total = own.iter().try_fold(1_usize, |total, own| total.checked_mul(own.len()))?;
            if total > MAX_SAMPLES {
                return None;
            }
            let mut samples: Vec<Vec<f64>> = vec![Vec::new()];
            for own in own {
                let longer = samples.iter().flat_map(|sample| {
                    own.iter().map(|number| sample.iter().copied().chain(std::iter::once(*number)).collect())
                });
                samples = longer.collect();
            }
            return Some(samples);
        }
        let (first, second) = (*self.domains.get(leading)?, *self.domains.get(1 - leading)?);
        let around =
            |number: f64| self.distances.iter().flat_map(move |distance| [number + distance, number - distance]);
        let mut limits = self.limits.clone();
        limits.extend(self.limits.iter().flat_map(|limit| around(*limit)));
        let mut samples = Vec::new();
        for number in inside(&grid(&limits, 1), first) {
            let mut others = self.limits.clone();
            others.push(number);
            others.extend(around(number));
            for other in inside(&grid(&others, 1), second) {
                samples.push(if leading == 0 { vec![number, other] } else { vec![other, number] });
            }
            if samples.len() > MAX_SAMPLES {
                return None;
            }
        }
        Some(samples)
    }
}

/// The points of a grid that are possible values; for whole numbers, the whole numbers around them.
fn inside(grid: &[f64], (min, max, whole): (f64, f64, bool)) -> Vec<f64> {
    let mut own: Vec<f64> = if whole {
        let near = |point: &f64| [point.floor() - 1.0, point.floor(), point.ceil(), point.ceil() + 1.0];
        grid.iter().flat_map(near).collect()
    } else {
        grid.to_vec()
    };
    own.retain(|point| *point >= min && *point <= max);
    own.sort_by(f64::total_cmp);
    own.dedup();
    own
}

/// The limits in order, with `inner` points between two of them and as many within 1 beyond the first and the last.
fn grid(limits: &[f64], inner: usize) -> Vec<f64> {
    let mut limits = limits.to_vec();
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
    let part = |index: usize| index as f64 / (inner + 1) as f64;
    let mut grid = Vec::new();
    for (position, limit) in limits.iter().enumerate() {
        if position == 0 {
            grid.extend((1..=inner).map(|index| limit - part(index)));
        }
        grid.push(*limit);
        let width = limits.get(position + 1).map_or(1.0, |next| next - limit);
        grid.extend((1..=inner).map(|index| limit + width * part(index)));
    }
    grid
}
