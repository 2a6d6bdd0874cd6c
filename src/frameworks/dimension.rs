//! Values that stand for all values of the unknown variables of a group of conditions.
//!
//! A choice has its allowed values. For numbers, what matters is only which tests they pass: numbers that are compared
//! with each other are sampled together at every limit, between the limits and beyond them, and one sample is kept for
//! each different set of tests passed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
            let more: BTreeSet<usize> =
                here.iter().flat_map(|leaf| leaf.vars()).filter(|var| numeric.contains(var)).collect();
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
///
/// With one unknown number this is exact. Several that are compared directly take every order among as many points between
/// two limits as there are numbers. Two that are compared at distances (`x` with `y - 5`) are sampled one after the other:
/// the limits of the second follow from the value of the first. Anything else gives `None`.
fn numbers(resolved: &Resolved, vars: &[usize], tests: &[&Leaf], env: &impl Env) -> Option<Dimension> {
    let space = Space::new(resolved, vars, tests, env)?;
    let mut dimension = Dimension { vars: vars.to_vec(), tuples: Vec::new(), answers: Vec::new() };
    let mut known: HashMap<Vec<Truth>, usize> = HashMap::new();
    for leading in 0..vars.len() {
        let mut remaining: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
        for sample in space.samples(leading)? {
            let value = |var: usize| {
                let position = vars.iter().position(|known| *known == var);
                let own = position.and_then(|position| sample.get(position));
                own.map_or_else(|| env.value(var), |number| Value::Number(*number))
            };
            let passed: Vec<Truth> = tests.iter().map(|test| test.truth(value)).collect();
            let tuple = *known.entry(passed).or_insert_with(|| {
                dimension.tuples.push(sample.iter().map(|number| Value::Number(*number)).collect());
                dimension.tuples.len() - 1
            });
            remaining.entry(sample.get(leading)?.to_bits()).or_default().insert(tuple);
        }
        let distinct: BTreeSet<Vec<usize>> = remaining.into_values().map(|set| set.into_iter().collect()).collect();
        dimension.answers.push(distinct.into_iter().collect());
    }
    if dimension.tuples.is_empty() { None } else { Some(dimension) }
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
