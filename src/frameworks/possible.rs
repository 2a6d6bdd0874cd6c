//! Which outcomes are still possible when some values are unknown: exactly those that some way of filling in the unknown
//! values leads to.
//!
//! Criteria share variables, so completions run over values, not over criteria. Variables that no open condition ties
//! together are independent: each such group is gone through on its own, its distinct steps (counts added, bits set) are
//! kept, and the groups are combined by shifting bitmaps of reachable states.

use std::collections::{BTreeSet, HashMap};

use super::condition::{Base, Check, Cond, Env, Leaf, Value};
use super::logic::Truth;
use super::policy::{Adds, Policy, Step};
use super::resolve::{Domain, Resolved};

/// Most ways to fill in the values of one group before its parts are taken as independent.
pub const MAX_COMPLETIONS: usize = 100_000;

/// A group of unknown variables that open conditions tie together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    /// The distinct steps that its completions lead to.
    pub steps: Vec<Step>,
    /// For each unknown variable: its number of open conditions and the steps left by each different answer.
    pub answers: Vec<(usize, usize, Vec<Vec<Step>>)>,
    /// Whether `steps` are exactly the steps of the completions, or may be more.
    pub exact: bool,
}

/// An environment with some variables filled in.
struct Filled<'a, E> {
    base: &'a E,
    vars: &'a [usize],
    values: &'a [Value],
}

impl<E: Env> Env for Filled<'_, E> {
    fn value(&self, var: usize) -> Value {
        match self.vars.iter().position(|known| *known == var) {
            Some(position) => self.values.get(position).copied().unwrap_or(Value::Missing),
            None => self.base.value(var),
        }
    }

    fn item(&self, item: usize) -> &Cond {
        self.base.item(item)
    }
}

/// The groups of one school among the given elements (positions in the policy).
pub fn groups(policy: &Policy, resolved: &Resolved, elements: &[usize], env: &impl Env) -> (Step, Vec<Group>) {
    let mut settled = Step::default();
    let mut open: Vec<(Adds, Cond, Vec<usize>)> = Vec::new();
    for element in elements.iter().filter_map(|element| policy.elements.get(*element)) {
        let cond = element.cond.simplify(env);
        if let Cond::Known(truth) = cond {
            settled = settled.then(policy.step(element.adds, truth));
            continue;
        }
        let mut vars = Vec::new();
        cond.collect_vars(env, &mut vars);
        vars.retain(|var| env.value(*var) == Value::Missing);
        vars.sort_unstable();
        vars.dedup();
        open.push((element.adds, cond, vars));
    }
    let mut groups = Vec::new();
    while let Some(first) = open.pop() {
        let mut vars: BTreeSet<usize> = first.2.iter().copied().collect();
        let mut part = vec![first];
        while let Some(position) = open.iter().position(|(_, _, other)| other.iter().any(|var| vars.contains(var))) {
            let next = open.swap_remove(position);
            vars.extend(next.2.iter().copied());
            part.push(next);
        }
        groups.push(complete(policy, resolved, &part, &vars.into_iter().collect::<Vec<_>>(), env));
    }
    (settled, groups)
}

/// Goes through every completion of a group.
fn complete(policy: &Policy, resolved: &Resolved, part: &[(Adds, Cond, Vec<usize>)], vars: &[usize], env: &impl Env) -> Group {
    let weight = |var: usize| part.iter().filter(|(_, _, vars)| vars.contains(&var)).count();
    let candidates = candidates(resolved, part, vars, env);
    let total = candidates.iter().flatten().try_fold(1_usize, |total, values| total.checked_mul(values.len()));
    let (Some(candidates), Some(1..=MAX_COMPLETIONS)) = (candidates.as_ref(), total) else {
        return independent(policy, part, vars, weight);
    };
    let mut position = vec![0_usize; vars.len()];
    let mut values: Vec<Value> = candidates.iter().map(|values| values.first().copied().unwrap_or(Value::Missing)).collect();
    let mut steps = BTreeSet::new();
    let mut answers: Vec<Vec<BTreeSet<Step>>> = candidates.iter().map(|values| vec![BTreeSet::new(); values.len()]).collect();
    loop {
        let filled = Filled { base: env, vars, values: &values };
        let step = part.iter().fold(Step::default(), |step, (adds, cond, _)| {
            step.then(policy.step(*adds, cond.truth(&filled) == Truth::True))
        });
        steps.insert(step);
        for (by_value, at) in answers.iter_mut().zip(&position) {
            if let Some(set) = by_value.get_mut(*at) {
                set.insert(step);
            }
        }
        let mut advanced = false;
        for ((at, value), values) in position.iter_mut().zip(values.iter_mut()).zip(candidates) {
            *at += 1;
            advanced = *at < values.len();
            if !advanced {
                *at = 0;
            }
            *value = values.get(*at).copied().unwrap_or(Value::Missing);
            if advanced {
                break;
            }
        }
        if !advanced {
            break;
        }
    }
    let answers = vars.iter().zip(answers).map(|(var, by_value)| {
        let distinct: BTreeSet<Vec<Step>> = by_value.into_iter().map(|set| set.into_iter().collect()).collect();
        (*var, weight(*var), distinct.into_iter().collect())
    });
    Group { steps: steps.into_iter().collect(), answers: answers.collect(), exact: true }
}

/// Every open condition either way, whatever the others: never too few outcomes, perhaps too many.
fn independent(
    policy: &Policy,
    part: &[(Adds, Cond, Vec<usize>)],
    vars: &[usize],
    weight: impl Fn(usize) -> usize,
) -> Group {
    let mut steps = BTreeSet::from([Step::default()]);
    for (adds, _, _) in part {
        let either = [policy.step(*adds, false), policy.step(*adds, true)];
        steps = steps.iter().flat_map(|step| either.map(|other| step.then(other))).collect();
    }
    let answers = vars.iter().map(|var| (*var, weight(*var), Vec::new())).collect();
    Group { steps: steps.into_iter().collect(), answers, exact: false }
}

/// Values that stand for all values of each variable: every allowed code, and for numbers each limit that is asked about
/// with points on either side of it. `None` if no finite choice is known to be enough.
fn candidates(
    resolved: &Resolved,
    part: &[(Adds, Cond, Vec<usize>)],
    vars: &[usize],
    env: &impl Env,
) -> Option<Vec<Vec<Value>>> {
    let domain = |var: usize| resolved.var_indicator(var).map(|indicator| &indicator.domain);
    let numeric: Vec<usize> =
        vars.iter().copied().filter(|var| matches!(domain(*var), Some(Domain::Number { .. }))).collect();
    let points = if numeric.is_empty() { HashMap::new() } else { points(part, &numeric, env, domain)? };
    let mut all = Vec::with_capacity(vars.len());
    for var in vars {
        all.push(match domain(*var)? {
            Domain::Flag => vec![Value::Code(0), Value::Code(1)],
            Domain::Choice(values) => (0..).zip(values).map(|(code, _)| Value::Code(code)).collect(),
            Domain::Number { .. } => points.get(var)?.iter().map(|point| Value::Number(*point)).collect(),
            Domain::Text => return None,
        });
    }
    Some(all)
}

/// Sample points of unknown numbers, by variable. Numbers that are compared with each other share their limits.
fn points<'a>(
    part: &[(Adds, Cond, Vec<usize>)],
    numeric: &[usize],
    env: &impl Env,
    domain: impl Fn(usize) -> Option<&'a Domain>,
) -> Option<HashMap<usize, Vec<f64>>> {
    let mut leaves: Vec<&Leaf> = Vec::new();
    for (_, cond, _) in part {
        cond.each_leaf(&mut |leaf| leaves.push(leaf));
    }
    let mut limits: Vec<f64> = Vec::new();
    let mut offsets: Vec<f64> = Vec::new();
    let mut tied: BTreeSet<usize> = BTreeSet::new();
    for leaf in leaves {
        let Check::Range(lower, upper) = &leaf.check else { continue };
        for bound in [lower, upper].into_iter().flatten() {
            match bound.base {
                Base::Constant(constant) => limits.push(constant + bound.offset),
                Base::Var(var) => match env.value(leaf.var) {
                    Value::Number(number) => limits.push(number - bound.offset),
                    _ => {
                        offsets.push(bound.offset);
                        tied.extend([leaf.var, var]);
                    }
                },
            }
        }
    }
    let spread = offsets.iter().any(|offset| *offset != 0.0);
    let same = offsets.windows(2).all(|pair| pair.first() == pair.last());
    if spread && (tied.len() > 2 || !same) {
        return None;
    }
    for var in numeric {
        if let Some(Domain::Number { min, max, .. }) = domain(*var) {
            limits.extend([min, max].into_iter().filter(|limit| limit.is_finite()));
            if !tied.is_empty() && matches!(domain(*var), Some(Domain::Number { whole: true, .. })) && tied.contains(var) {
                return None;
            }
        }
    }
    if let Some(offset) = offsets.first().filter(|offset| **offset != 0.0) {
        let shifted: Vec<f64> = limits.iter().flat_map(|limit| [limit + offset, limit - offset]).collect();
        limits.extend(shifted);
        limits.extend([0.0, *offset].into_iter().filter(|_| limits.is_empty()));
    }
    if limits.is_empty() {
        limits.push(0.0);
    }
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    let inner = tied.len().max(1);
    let mut grid = Vec::new();
    let reach = offsets.iter().fold(1.0_f64, |reach, offset| reach.max(offset.abs() * 2.0));
    #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
    let part_of = |index: usize| index as f64 / (inner + 1) as f64;
    let (first, last) = (limits.first().copied()?, limits.last().copied()?);
    grid.extend((1..=inner).map(|index| first - reach * part_of(index)));
    for (position, limit) in limits.iter().enumerate() {
        grid.push(*limit);
        if let Some(next) = limits.get(position + 1) {
            grid.extend((1..=inner).map(|index| limit + (next - limit) * part_of(index)));
        }
    }
    grid.extend((1..=inner).map(|index| last + reach * part_of(index)));
    let mut points = HashMap::new();
    for var in numeric {
        let Some(Domain::Number { min, max, whole }) = domain(*var) else { return None };
        let mut own: Vec<f64> = if *whole {
            grid.iter().flat_map(|point| [point.floor() - 1.0, point.floor(), point.ceil(), point.ceil() + 1.0]).collect()
        } else {
            grid.clone()
        };
        own.retain(|point| point >= min && point <= max);
        own.sort_by(f64::total_cmp);
        own.dedup();
        points.insert(*var, own);
    }
    Some(points)
}

/// Bitmaps of reachable count states, one for each bit pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    layers: Vec<Option<Vec<u64>>>,
}

impl Reach {
    /// One state.
    #[must_use]
    pub fn start(policy: &Policy, state: Step) -> Self {
        let mut layers = vec![None; policy.layers];
        let mut map = vec![0_u64; policy.states.div_ceil(64)];
        if let Some(word) = map.get_mut(state.offset / 64) {
            *word |= 1 << (state.offset % 64);
        }
        if let Some(layer) = layers.get_mut(state.bits as usize) {
            *layer = Some(map);
        }
        Self { layers }
    }

    /// Every state followed by every step.
    #[must_use]
    pub fn extend(&self, steps: &[Step]) -> Self {
        let mut layers: Vec<Option<Vec<u64>>> = vec![None; self.layers.len()];
        for (bits, map) in self.layers.iter().enumerate() {
            let Some(map) = map else { continue };
            for step in steps {
                if let Some(target) = layers.get_mut(bits | step.bits as usize) {
                    let target = target.get_or_insert_with(|| vec![0; map.len()]);
                    or_shifted(target, map, step.offset);
                }
            }
        }
        Self { layers }
    }

    /// The outcomes that are reached, as a set of positions.
    #[must_use]
    pub fn outcomes(&self, masks: &Masks) -> u128 {
        let mut found = 0;
        for (bits, map) in self.layers.iter().enumerate() {
            let (Some(map), Some(by_outcome)) = (map, masks.layers.get(bits)) else { continue };
            for (outcome, mask) in by_outcome {
                if found >> outcome & 1 == 0 && map.iter().zip(mask).any(|(word, mask)| word & mask != 0) {
                    found |= 1 << outcome;
                }
            }
        }
        found
    }
}

fn or_shifted(target: &mut [u64], source: &[u64], shift: usize) {
    let (words, bits) = (shift / 64, shift % 64);
    let Some(target) = target.get_mut(words..) else { return };
    if bits == 0 {
        for (to, from) in target.iter_mut().zip(source) {
            *to |= from;
        }
    } else {
        let mut carry = 0;
        for (to, from) in target.iter_mut().zip(source) {
            *to |= from << bits | carry;
            carry = from >> (64 - bits);
        }
    }
}

/// Bitmaps of the states of each outcome, by bit pattern.
#[derive(Debug, Clone)]
pub struct Masks {
    layers: Vec<Vec<(usize, Vec<u64>)>>,
}

impl Masks {
    /// The bitmaps of a policy.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let words = policy.states.div_ceil(64);
        let mut layers = vec![Vec::new(); policy.layers];
        for (bits, layer) in layers.iter_mut().enumerate() {
            let mut by_outcome: Vec<(usize, Vec<u64>)> = Vec::new();
            for state in 0..policy.states {
                let code = u32::try_from(bits).unwrap_or_default();
                let outcome = policy.outcome(Step { offset: state, bits: code });
                let position = by_outcome.iter().position(|(known, _)| *known == outcome).unwrap_or_else(|| {
                    by_outcome.push((outcome, vec![0; words]));
                    by_outcome.len() - 1
                });
                if let Some(word) = by_outcome.get_mut(position).and_then(|(_, map)| map.get_mut(state / 64)) {
                    *word |= 1 << (state % 64);
                }
            }
            *layer = by_outcome;
        }
        Self { layers }
    }
}
