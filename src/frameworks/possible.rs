//! Which outcomes are still possible when some values are unknown: exactly those that some way of filling in the unknown
//! values leads to.
//!
//! Criteria share variables, so completions run over values, not over criteria. Variables that no open condition ties
//! together are independent: each such group is a problem of its own. Its distinct steps (counts added, bits set) are
//! worked out once for all schools that share it, and the groups are combined by following the states that can be reached.

use std::collections::BTreeSet;

use super::complete::Problem;
use super::condition::{Cond, Env, Value};
use super::dimension::{Known, dimensions};
use super::logic::Truth;
use super::policy::{Policy, Step};
use super::resolve::Resolved;

/// An open condition: position of the element, what is left of its condition, the unknown variables it waits for.
type Open = (usize, Cond, Vec<usize>);

/// The problems of one school among the given elements (positions in the policy), and the step that is settled. `truth`
/// gives the truth of an element where it is known already.
pub fn problems(
    policy: &Policy,
    resolved: &Resolved,
    elements: &[usize],
    truth: impl Fn(usize) -> Truth,
    env: &impl Env,
    known: &mut Known,
) -> (Step, Vec<Problem>) {
    let mut settled = Step::default();
    let mut open: Vec<Open> = Vec::new();
    for position in elements {
        let Some(element) = policy.elements.get(*position) else { continue };
        let cond = match truth(*position).known() {
            Some(truth) => Cond::Known(truth),
            None => element.cond.simplify(env),
        };
        if let Cond::Known(truth) = cond {
            settled = settled.then(Policy::step(element, truth));
            continue;
        }
        let mut vars = Vec::new();
        cond.collect_vars(env, &mut vars);
        vars.retain(|var| env.value(*var) == Value::Missing);
        vars.sort_unstable();
        vars.dedup();
        open.push((*position, cond, vars));
    }
    let mut found = Vec::new();
    while let Some((position, cond, vars)) = open.pop() {
        let mut all: BTreeSet<usize> = vars.iter().copied().collect();
        let mut weights = vars;
        let mut part = vec![(position, cond)];
        while let Some(at) = open.iter().position(|(_, _, other)| other.iter().any(|var| all.contains(var))) {
            let (position, cond, vars) = open.swap_remove(at);
            all.extend(vars.iter().copied());
            weights.extend(vars);
            part.push((position, cond));
        }
        part.sort_by_key(|(element, _)| *element);
        let conds: Vec<&Cond> = part.iter().map(|(_, cond)| cond).collect();
        let vars: Vec<usize> = all.into_iter().collect();
        let dimensions = dimensions(resolved, &conds, &vars, env, known);
        let weight = |var: usize| weights.iter().filter(|known| **known == var).count();
        found.push(Problem::new(&part, &vars, weight, dimensions.as_ref()));
    }
    (settled, found)
}
