//! Categories for a table of schools.

use std::collections::HashMap;
use std::sync::Arc;

use super::condition::{Base, Check};
use super::evaluate;
use super::inputs::{Columns, Inputs, RowEnv};
use super::logic::Truth;
use super::policy::{Adds, Outcome, Policy, Step};
use super::possible::{Group, groups};
use super::reach::{Masks, NO_CATEGORY, Reach};
use super::resolve::Resolved;
use super::{Assignment, Framework};
use crate::error::Result;
use crate::table::Table;

/// An unknown value and what knowing it would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Deciding {
    /// The variable.
    pub var: usize,
    /// Categories that remain possible under the answer that leaves the fewest.
    pub fewest_left: u32,
    /// Categories removed, averaged over its different answers.
    pub removed: f64,
    /// Number of open conditions it takes part in.
    pub open: usize,
}

/// What is possible for a school; shared by schools in the same state.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Outcomes that are possible, as a set of positions.
    pub outcomes: u128,
    /// Unknown values, the most decisive first; empty when the category is settled.
    pub deciding: Vec<Deciding>,
    /// Whether `outcomes` are exact or may be too many.
    pub exact: bool,
}

/// What is known about a school.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Met criteria by category of best fit.
    pub met: Vec<usize>,
    /// Known criteria by category of best fit.
    pub known: Vec<usize>,
    /// The outcome on the evidence held.
    pub leading: Outcome,
}

/// Elements that share variables, whatever is known.
struct Component {
    elements: Vec<usize>,
    vars: Vec<usize>,
}

/// Assigns categories to the rows of a table.
///
/// # Errors
/// As [`Framework::assign`].
pub fn assign(framework: &Framework, table: &Table, phase: &str) -> Result<Assignment> {
    let resolved = &framework.resolved;
    let phase_position = resolved.phase(phase)?;
    let plan = framework.plan(phase_position)?;
    let (policy, masks) = (&plan.policy, &plan.masks);
    let references = framework.figures(phase_position);
    let inputs = Inputs::read(table, resolved, &references, &read_by_items(resolved, phase_position))?;
    let truths = evaluate::items(resolved, &inputs);
    let by_element: Vec<Vec<Truth>> = policy
        .elements
        .iter()
        .map(|element| evaluate::column(&element.cond, &inputs, &|item| truths.get(item).map(Vec::as_slice)))
        .collect();
    let components = components(policy, resolved, &inputs);
    let limits = limits(resolved);
    let mut memo = Memo::default();
    let mut verdicts: Vec<Arc<Verdict>> = Vec::with_capacity(inputs.height());
    let mut evidence = Vec::with_capacity(inputs.height());
    for row in 0..inputs.height() {
        evidence.push(on_evidence(policy, &by_element, row));
        verdicts.push(verdict(policy, masks, &by_element, &components, &limits, &inputs, resolved, row, &mut memo));
    }
    Ok(Assignment {
        framework: framework.clone(),
        phase: phase.to_owned(),
        phase_position,
        columns: Columns::of(table, resolved),
        references,
        plan,
        inputs,
        truths,
        by_element,
        verdicts,
        evidence,
    })
}

/// Which variables the items of a phase read.
fn read_by_items(resolved: &Resolved, phase: usize) -> Vec<bool> {
    let mut read = vec![false; resolved.vars.len()];
    for item in resolved.items.iter().filter(|item| item.phases >> phase & 1 == 1) {
        for cond in std::iter::once(&item.cond).chain(&item.also) {
            cond.each_leaf(&mut |leaf| {
                for var in leaf.vars() {
                    if let Some(read) = read.get_mut(var) {
                        *read = true;
                    }
                }
            });
        }
    }
    read
}

/// The step and the groups of a component whose values are partly unknown.
type Opened = (Step, Vec<u32>);

/// Results that rows share.
#[derive(Default)]
struct Memo {
    /// Step and groups by component and key of its values.
    open: Vec<HashMap<Vec<u64>, Opened>>,
    /// Distinct groups.
    groups: Vec<Group>,
    /// Their positions.
    known: HashMap<Group, u32>,
    /// Verdict by state and groups.
    verdicts: HashMap<(Step, Vec<u32>), Arc<Verdict>>,
}

fn on_evidence(policy: &Policy, by_element: &[Vec<Truth>], row: usize) -> Evidence {
    let mut met = vec![0; policy.members.len()];
    let mut known = met.clone();
    let mut applies: Vec<Option<Truth>> = Vec::new();
    for (element, truths) in policy.elements.iter().zip(by_element) {
        let truth = truths.get(row).copied().unwrap_or(Truth::Unknown);
        match element.adds {
            Adds::Count(member) => {
                if let (Some(met), Some(known)) = (met.get_mut(member), known.get_mut(member)) {
                    *met += usize::from(truth == Truth::True);
                    *known += usize::from(!truth.is_unknown());
                }
            }
            Adds::BitIfTrue(bit) | Adds::BitIfFalse(bit) => {
                applies.resize(applies.len().max(bit + 1), None);
                if let Some(so_far) = applies.get_mut(bit) {
                    *so_far = Some(match (*so_far, element.adds) {
                        (None, _) => truth,
                        (Some(before), Adds::BitIfTrue(_)) => before.or(truth),
                        (Some(before), _) => before.and(truth),
                    });
                }
            }
        }
    }
    let applies: Vec<bool> = applies.into_iter().map(|truth| truth == Some(Truth::True)).collect();
    let leading = policy.on_evidence(&met, &known, &applies);
    Evidence { met, known, leading }
}

#[expect(clippy::too_many_arguments, reason = "the loop body of `assign`")]
fn verdict(
    policy: &Policy,
    masks: &Masks,
    by_element: &[Vec<Truth>],
    components: &[Component],
    limits: &[Option<Vec<f64>>],
    inputs: &Inputs,
    resolved: &Resolved,
    row: usize,
    memo: &mut Memo,
) -> Arc<Verdict> {
    let mut state = Step::default();
    let mut open: Vec<u32> = Vec::new();
    memo.open.resize_with(components.len(), HashMap::new);
    for (component, known) in components.iter().zip(&mut memo.open) {
        let mut step = Step::default();
        let mut unknown = false;
        for element in &component.elements {
            let truth = by_element.get(*element).and_then(|truths| truths.get(row)).copied().unwrap_or(Truth::Unknown);
            match (truth.known(), policy.elements.get(*element)) {
                (Some(truth), Some(element)) => step = step.then(policy.step(element.adds, truth)),
                _ => unknown = true,
            }
        }
        if !unknown {
            state = state.then(step);
            continue;
        }
        let limit = |var: usize| limits.get(var).and_then(Option::as_deref);
        let key: Vec<u64> =
            component.vars.iter().map(|var| evaluate::key(inputs.value(*var, row), limit(*var))).collect();
        let (step, ids) = known.entry(key).or_insert_with(|| {
            let env = RowEnv { inputs, resolved, row };
            let (step, found) = groups(policy, resolved, &component.elements, &env);
            let ids = found.into_iter().map(|group| number(&mut memo.groups, &mut memo.known, group)).collect();
            (step, ids)
        });
        state = state.then(*step);
        open.extend_from_slice(ids);
    }
    open.sort_unstable();
    if let Some(verdict) = memo.verdicts.get(&(state, open.clone())) {
        return Arc::clone(verdict);
    }
    let parts: Vec<&Group> = open.iter().filter_map(|id| memo.groups.get(*id as usize)).collect();
    let verdict = Arc::new(settle(policy, masks, state, &parts));
    memo.verdicts.insert((state, open), Arc::clone(&verdict));
    verdict
}

fn number(groups: &mut Vec<Group>, known: &mut HashMap<Group, u32>, group: Group) -> u32 {
    if let Some(position) = known.get(&group) {
        return *position;
    }
    let position = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    groups.push(group.clone());
    known.insert(group, position);
    position
}

fn settle(policy: &Policy, masks: &Masks, state: Step, parts: &[&Group]) -> Verdict {
    if parts.is_empty() {
        return Verdict { outcomes: 1 << policy.outcome(state), deciding: Vec::new(), exact: true };
    }
    let start = Reach::start(policy, state);
    let all = parts.iter().fold(start.clone(), |reach, group| reach.extend(&group.steps));
    let outcomes = all.outcomes(masks);
    let exact = parts.iter().all(|group| group.exact);
    let total = categories(policy, outcomes).count_ones();
    let mut deciding = Vec::new();
    if total > 1 {
        each_left_out(parts, &start, &mut |group, others| {
            let by_step: HashMap<Step, u64> =
                group.steps.iter().map(|step| (*step, others.categories_after(*step, masks))).collect();
            for (var, open, answers) in &group.answers {
                let left: Vec<u32> = answers
                    .iter()
                    .map(|steps| {
                        steps.iter().filter_map(|step| by_step.get(step)).fold(0, |all, one| all | one).count_ones()
                    })
                    .collect();
                let fewest_left = left.iter().copied().min().unwrap_or(total);
                let removed: u32 = left.iter().map(|left| total - left).sum();
                #[expect(clippy::cast_precision_loss, reason = "a handful of answers")]
                let removed = f64::from(removed) / left.len().max(1) as f64;
                deciding.push(Deciding { var: *var, fewest_left, removed, open: *open });
            }
        });
        deciding.sort_by(|a, b| {
            let by_answer = a.fewest_left.cmp(&b.fewest_left).then(b.removed.total_cmp(&a.removed));
            by_answer.then(b.open.cmp(&a.open)).then(a.var.cmp(&b.var))
        });
    }
    Verdict { outcomes, deciding, exact }
}

/// Calls `visit` with every group and what the other groups reach, without starting anew for each.
fn each_left_out(parts: &[&Group], reach: &Reach, visit: &mut impl FnMut(&Group, &Reach)) {
    if let [only] = parts {
        visit(only, reach);
        return;
    }
    let (left, right) = parts.split_at(parts.len() / 2);
    if left.is_empty() {
        return;
    }
    let with =
        |reach: &Reach, parts: &[&Group]| parts.iter().fold(reach.clone(), |reach, group| reach.extend(&group.steps));
    each_left_out(left, &with(reach, right), visit);
    each_left_out(right, &with(reach, left), visit);
}

/// The categories of a set of outcomes as a set of positions; the position after the last category stands for none.
#[must_use]
pub fn categories(policy: &Policy, outcomes: u128) -> u64 {
    let mut found = 0;
    for (position, outcome) in policy.outcomes.iter().enumerate() {
        if outcomes >> position & 1 == 1 {
            found |= 1 << outcome.category.unwrap_or(NO_CATEGORY);
        }
    }
    found
}

fn components(policy: &Policy, resolved: &Resolved, inputs: &Inputs) -> Vec<Component> {
    let env = RowEnv { inputs, resolved, row: 0 };
    let mut components: Vec<Component> = Vec::new();
    for (position, element) in policy.elements.iter().enumerate() {
        let mut vars = Vec::new();
        element.cond.collect_vars(&env, &mut vars);
        let mut joined = Component { elements: vec![position], vars };
        let mut kept = Vec::with_capacity(components.len());
        for component in components {
            if component.vars.iter().any(|var| joined.vars.contains(var)) {
                joined.elements.extend(component.elements);
                joined.vars.extend(component.vars);
            } else {
                kept.push(component);
            }
        }
        joined.elements.sort_unstable();
        joined.vars.sort_unstable();
        joined.vars.dedup();
        kept.push(joined);
        components = kept;
    }
    components
}

/// For each variable that is only ever compared with numbers: these numbers. Values between the same two of them cannot
/// be told apart.
fn limits(resolved: &Resolved) -> Vec<Option<Vec<f64>>> {
    let mut limits: Vec<Option<Vec<f64>>> = vec![Some(Vec::new()); resolved.vars.len()];
    let conds = resolved.items.iter().map(|item| &item.cond).chain(resolved.adjust.iter().map(|adjust| &adjust.cond));
    for cond in conds {
        cond.each_leaf(&mut |leaf| {
            let Check::Range(lower, upper) = &leaf.check else { return };
            for bound in [lower, upper].into_iter().flatten() {
                match bound.base {
                    Base::Constant(constant) => {
                        if let Some(Some(known)) = limits.get_mut(leaf.var) {
                            known.push(constant + bound.offset);
                        }
                    }
                    Base::Var(var) => {
                        for tied in [leaf.var, var] {
                            if let Some(known) = limits.get_mut(tied) {
                                *known = None;
                            }
                        }
                    }
                }
            }
        });
    }
    limits
}
