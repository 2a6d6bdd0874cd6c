//! Which outcomes are still possible when some values are unknown: exactly those that some way of filling in the unknown
//! values leads to.
//!
//! Criteria share variables, so completions run over values, not over criteria. Variables that no open condition ties
//! together are independent: each such group is gone through on its own, its distinct steps (counts added, bits set) are
//! kept, and the groups are combined by following every state that can be reached.

use std::collections::BTreeSet;

use super::condition::{Cond, Env, Value};
use super::dimension::dimensions;
use super::logic::Truth;
use super::policy::{Element, Policy, Step};
use super::resolve::Resolved;

/// Most ways to fill in the values of one group before its parts are taken as independent.
pub const MAX_COMPLETIONS: usize = 100_000;

/// A group of unknown variables that open conditions tie together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    /// The distinct steps that its completions lead to.
    pub steps: Vec<Step>,
    /// For each unknown variable that makes a difference: its number of open conditions and the steps left by each
    /// different answer.
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

/// An open condition: what it adds, what is left of it, the unknown variables it waits for.
type Open<'a> = (&'a Element, Cond, Vec<usize>);

/// The groups of one school among the given elements (positions in the policy).
pub fn groups(policy: &Policy, resolved: &Resolved, elements: &[usize], env: &impl Env) -> (Step, Vec<Group>) {
    let mut settled = Step::default();
    let mut open: Vec<Open> = Vec::new();
    for element in elements.iter().filter_map(|element| policy.elements.get(*element)) {
        let cond = element.cond.simplify(env);
        if let Cond::Known(truth) = cond {
            settled = settled.then(Policy::step(element, truth));
            continue;
        }
        let mut vars = Vec::new();
        cond.collect_vars(env, &mut vars);
        vars.retain(|var| env.value(*var) == Value::Missing);
        vars.sort_unstable();
        vars.dedup();
        open.push((element, cond, vars));
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
        groups.push(complete(resolved, &part, &vars.into_iter().collect::<Vec<_>>(), env));
    }
    (settled, groups)
}

/// Goes through every completion of a group.
fn complete(resolved: &Resolved, part: &[Open], vars: &[usize], env: &impl Env) -> Group {
    let weight = |var: usize| part.iter().filter(|(_, _, vars)| vars.contains(&var)).count();
    let conds: Vec<&Cond> = part.iter().map(|(_, cond, _)| cond).collect();
    let dimensions = dimensions(resolved, &conds, vars, env);
    let total = dimensions.iter().flatten().try_fold(1_usize, |total, one| total.checked_mul(one.tuples.len()));
    let (Some(dimensions), Some(1..=MAX_COMPLETIONS)) = (dimensions.as_ref(), total) else {
        return independent(part, vars, weight);
    };
    let total = total.unwrap_or_default();
    let vars: Vec<usize> = dimensions.iter().flat_map(|one| one.vars.iter().copied()).collect();
    let mut values: Vec<Value> = Vec::new();
    let mut steps = Vec::with_capacity(total);
    for completion in 0..total {
        values.clear();
        let mut rest = completion;
        for one in dimensions {
            values.extend(one.tuples.get(rest % one.tuples.len()).into_iter().flatten());
            rest /= one.tuples.len();
        }
        let filled = Filled { base: env, vars: &vars, values: &values };
        steps.push(part.iter().fold(Step::default(), |step, (element, cond, _)| {
            step.then(Policy::step(element, cond.truth(&filled) == Truth::True))
        }));
    }
    let mut answers = Vec::new();
    let mut stride = 1;
    for one in dimensions {
        let size = one.tuples.len();
        let mut by_tuple = vec![BTreeSet::new(); size];
        let mut matters = false;
        for (completion, step) in steps.iter().enumerate() {
            let tuple = completion / stride % size;
            matters |= steps.get(completion - tuple * stride) != Some(step);
            if let Some(set) = by_tuple.get_mut(tuple) {
                set.insert(*step);
            }
        }
        stride *= size;
        for (var, by_answer) in one.vars.iter().zip(&one.answers).filter(|_| matters) {
            let distinct: BTreeSet<Vec<Step>> = by_answer
                .iter()
                .map(|tuples| {
                    let sets = tuples.iter().filter_map(|tuple| by_tuple.get(*tuple)).flatten();
                    sets.copied().collect::<BTreeSet<Step>>().into_iter().collect()
                })
                .collect();
            answers.push((*var, weight(*var), distinct.into_iter().collect()));
        }
    }
    answers.sort_unstable();
    let distinct: BTreeSet<Step> = steps.into_iter().collect();
    Group { steps: distinct.into_iter().collect(), answers, exact: true }
}

/// Every open condition either way, whatever the others: never too few outcomes, perhaps too many.
fn independent(part: &[Open], vars: &[usize], weight: impl Fn(usize) -> usize) -> Group {
    let mut steps = BTreeSet::from([Step::default()]);
    for (element, _, _) in part {
        let either = [element.if_false, element.if_true];
        steps = steps.iter().flat_map(|step| either.map(|other| step.then(other))).collect();
    }
    let answers = vars.iter().map(|var| (*var, weight(*var), Vec::new())).collect();
    Group { steps: steps.into_iter().collect(), answers, exact: false }
}
