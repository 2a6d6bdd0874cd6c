//! What a state of a school and its open problems leave possible, and which unknown values would decide.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::assign::{Deciding, Verdict};
use super::complete::{Problem, Views};
use super::policy::{Outcome, Policy, Rule, Step};
use super::reach::{NO_CATEGORY, Reach};

/// A problem with its steps; what its answers would leave is worked out when it is asked for.
pub struct Group {
    problem: Problem,
    steps: Views,
    exact: bool,
    answers: OnceLock<Vec<(usize, usize, Vec<Views>)>>,
}

/// The position of a problem among `groups`; it is worked out when it is met first.
pub fn number(policy: &Policy, groups: &mut Vec<Group>, known: &mut HashMap<Problem, u32>, problem: Problem) -> u32 {
    if let Some(position) = known.get(&problem) {
        return *position;
    }
    let position = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    let (steps, exact) = problem.steps(policy);
    groups.push(Group { problem: problem.clone(), steps, exact, answers: OnceLock::new() });
    known.insert(problem, position);
    position
}

/// What is possible from a state, given the problems that are open, and if `asked` which unknown values would decide.
pub fn settle(policy: &Policy, state: Step, parts: &[&Group], asked: bool) -> Verdict {
    if parts.is_empty() {
        let (_, outcome) = policy.outcome(state);
        return Verdict { majority: outcome.majority, outcomes: vec![outcome], deciding: Vec::new(), exact: true };
    }
    let start = Reach::start(policy, state);
    let all = parts.iter().fold(start.clone(), |reach, group| reach.extend(policy, &group.steps));
    let outcomes = all.outcomes(policy);
    let exact = !all.overflow() && parts.iter().all(|group| group.exact);
    let total = categories(&outcomes).count_ones();
    let mut deciding = Vec::new();
    if total > 1 && asked {
        each_left_out(policy, parts, &start, &mut |group, others| {
            // Answers of different unknowns leave the same few steps, so each step is looked at once.
            let mut after: HashMap<(usize, Step), u64> = HashMap::new();
            for (var, open, answers) in group.answers.get_or_init(|| group.problem.answers(policy)) {
                let left = answers.iter().map(|views| {
                    let mut found = 0;
                    for (view, (_, steps)) in views.iter().enumerate() {
                        for step in steps {
                            let categories = || others.categories_after(policy, view, *step);
                            found |= *after.entry((view, *step)).or_insert_with(categories);
                        }
                    }
                    found.count_ones().min(total)
                });
                let left: Vec<u32> = left.collect();
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
    let majority = majority(policy, state, parts, &outcomes);
    Verdict { outcomes, majority, deciding, exact }
}

/// Whether the best fitting category is certain to have a majority, or not to have one. The outcomes reached show the
/// largest counts; the least ones are added up here.
fn majority(policy: &Policy, state: Step, parts: &[&Group], outcomes: &[Outcome]) -> Option<bool> {
    let Rule::Fit(fit) = &policy.rule else { return None };
    if outcomes.iter().all(|outcome| outcome.majority == Some(false)) {
        return Some(false);
    }
    let least = parts.iter().fold(state, |state, group| {
        let mut least: Option<Step> = None;
        for step in group.steps.iter().flat_map(|(_, steps)| steps) {
            let so_far = least.get_or_insert(*step);
            for (sum, other) in so_far.sums.iter_mut().zip(step.sums) {
                *sum = (*sum).min(other);
            }
        }
        state.then(least.unwrap_or_default())
    });
    let certain = |category: usize| {
        let mut members = fit.members.iter().filter(|member| member.category == category);
        members.all(|member| {
            let aside = member.set_aside.map_or(0, |sum| usize::from(least.sum(sum)));
            fit.is_majority(least.sum(member.met), member.total.saturating_sub(aside))
        })
    };
    let won = |outcome: &Outcome| outcome.majority == Some(true) && outcome.fitting.is_some_and(certain);
    if !outcomes.is_empty() && outcomes.iter().all(won) { Some(true) } else { None }
}

/// Calls `visit` with every group and what the other groups reach, without starting anew for each.
fn each_left_out(policy: &Policy, parts: &[&Group], reach: &Reach, visit: &mut impl FnMut(&Group, &Reach)) {
    if let [only] = parts {
        visit(only, reach);
        return;
    }
    let (left, right) = parts.split_at(parts.len() / 2);
    if left.is_empty() {
        return;
    }
    let with = |reach: &Reach, parts: &[&Group]| {
        parts.iter().fold(reach.clone(), |reach, group| reach.extend(policy, &group.steps))
    };
    each_left_out(policy, left, &with(reach, right), visit);
    each_left_out(policy, right, &with(reach, left), visit);
}

/// The categories of outcomes as a set of positions; the position after the last category stands for none.
#[must_use]
pub fn categories(outcomes: &[Outcome]) -> u64 {
    outcomes.iter().fold(0, |found, outcome| found | 1 << outcome.category.unwrap_or(NO_CATEGORY))
}
