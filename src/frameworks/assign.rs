//! Categories for a table of schools.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::complete::{Problem, Views};
use super::condition::{Cond, Leaf};
use super::dimension::Known;
use super::evaluate;
use super::inputs::{Columns, Inputs, RowEnv};
use super::logic::Truth;
use super::options::Options;
use super::policy::{Count, Decided, Meaning, Outcome, Policy, Rule, Step, Use};
use super::possible::problems;
use super::reach::{NO_CATEGORY, Reach};
use super::resolve::Resolved;
use super::rows::{self, FastMap};
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
    /// Outcomes that are possible, in order.
    pub outcomes: Vec<Outcome>,
    /// For best fit: whether the category is certain to have a majority; `None` if that is open.
    pub majority: Option<bool>,
    /// Unknown values, the most decisive first; empty when the category is settled.
    pub deciding: Vec<Deciding>,
    /// Whether `outcomes` are exact or may be too many.
    pub exact: bool,
}

/// What is known about a school.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Criteria met, known and set aside by group.
    pub counts: Vec<Count>,
    /// What the evidence held leads to before adjustments.
    pub decided: Decided,
    /// The outcome on the evidence held.
    pub leading: Outcome,
    /// Adjustments that apply on it, by position among those in use.
    pub applied: Vec<usize>,
}

/// Elements that share variables, whatever is known.
struct Component<'a> {
    elements: Vec<usize>,
    vars: Vec<usize>,
    /// Tests that the elements rest on.
    tests: Vec<&'a Leaf>,
}

/// Assigns categories to the rows of a table.
///
/// # Errors
/// As [`Framework::assign_with`].
pub fn assign(framework: &Framework, table: &Table, phase: &str, options: Options) -> Result<Assignment> {
    let phase_position = framework.resolved.phase(phase)?;
    let plan = framework.plan(phase_position)?;
    let (policy, resolved) = (&plan.policy, &plan.resolved);
    let references = framework.figures(phase_position);
    let wanted = read_by_items(resolved, phase_position);
    let mut inputs = Inputs::read(table, resolved, &references, &wanted, options.invalid)?;
    framework.check_years(&mut inputs, options.out_of_force)?;
    let truths = evaluate::items(resolved, &inputs);
    framework.check_constraints(resolved, phase_position, &mut inputs, &truths, options.invalid)?;
    let of_item = |item: usize| truths.get(item).map(Vec::as_slice);
    let height = inputs.height();
    let applies = rows::each_column(resolved.items.len(), height, |item| {
        let cond = resolved.items.get(item)?.applies.as_ref()?;
        Some(evaluate::column(cond, &inputs, &of_item))
    });
    let by_element = rows::each_column(policy.elements.len(), height, |element| {
        policy.elements.get(element).map(|element| evaluate::column(&element.cond, &inputs, &of_item))
    });
    let by_element: Vec<Vec<Truth>> = by_element.into_iter().flatten().collect();
    let condition = |cond: Option<&Cond>| match cond {
        Some(cond) => evaluate::column(cond, &inputs, &of_item),
        None => vec![Truth::True; height],
    };
    let following = resolved.results.iter();
    let following = following.map(|result| result.rules.iter().map(|rule| condition(rule.when.as_ref())).collect());
    let following: Vec<Vec<Vec<Truth>>> = following.collect();
    let components = components(policy, resolved, &inputs);
    let passed_over = Verdict { outcomes: Vec::new(), majority: None, deciding: Vec::new(), exact: true };
    let decided = rows::in_parts(height, |rows| {
        let mut memo = Memo::default();
        let passed_over = Arc::new(passed_over.clone());
        let mut verdicts: Vec<Arc<Verdict>> = Vec::with_capacity(rows.len());
        let mut evidence: Vec<Arc<Evidence>> = Vec::with_capacity(rows.len());
        for row in rows {
            evidence.push(on_evidence(policy, &truths, &applies, &by_element, row, &mut memo));
            verdicts.push(if inputs.refusal(row).is_some() {
                Arc::clone(&passed_over)
            } else {
                verdict(policy, &by_element, &components, &inputs, resolved, row, &mut memo)
            });
        }
        (verdicts, evidence)
    });
    let mut verdicts: Vec<Arc<Verdict>> = Vec::with_capacity(height);
    let mut evidence: Vec<Arc<Evidence>> = Vec::with_capacity(height);
    for (some_verdicts, some_evidence) in decided {
        verdicts.extend(some_verdicts);
        evidence.extend(some_evidence);
    }
    let parts = resolved.combined.get(phase_position).and_then(Option::as_ref).map(|(of, _)| of.clone());
    let parts = parts.unwrap_or_default().into_iter().filter_map(|part| resolved.phases.get(part));
    let parts = parts.map(|part| assign(framework, table, part, options)).collect::<Result<_>>()?;
    Ok(Assignment {
        framework: framework.clone(),
        phase: phase.to_owned(),
        phase_position,
        columns: Columns::of(table, resolved),
        references,
        plan,
        inputs,
        truths,
        applies,
        by_element,
        following,
        verdicts,
        evidence,
        parts,
    })
}

/// Which variables the items of a phase read.
fn read_by_items(resolved: &Resolved, phase: usize) -> Vec<bool> {
    let mut read = vec![false; resolved.vars.len()];
    let asked = resolved.asked(phase);
    for item in resolved.items.iter().filter(|item| item.phases & asked != 0) {
        for cond in std::iter::once(&item.cond).chain(&item.applies).chain(&item.also) {
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

/// A problem with its steps; what its answers would leave is worked out when it is asked for.
struct Group {
    problem: Problem,
    steps: Views,
    exact: bool,
    answers: OnceLock<Vec<(usize, usize, Vec<Views>)>>,
}

/// Results that rows share.
#[derive(Default)]
struct Memo {
    /// Step and groups by component and key of its tests.
    open: Vec<FastMap<Vec<u8>, Opened>>,
    /// Values that stand for numbers, worked out.
    dimensions: Known,
    /// Distinct problems, worked out.
    groups: Vec<Group>,
    /// Their positions.
    known: HashMap<Problem, u32>,
    /// Verdict by state and groups.
    verdicts: FastMap<(Step, Vec<u32>), Arc<Verdict>>,
    /// Evidence by counts and truths.
    evidence: FastMap<Vec<u8>, Arc<Evidence>>,
    /// Space for the keys of a row.
    key: Vec<u8>,
    counts: Vec<Count>,
    bits: Vec<Option<Truth>>,
}

fn on_evidence(
    policy: &Policy,
    truths: &[Vec<Truth>],
    applies: &[Option<Vec<Truth>>],
    by_element: &[Vec<Truth>],
    row: usize,
    memo: &mut Memo,
) -> Arc<Evidence> {
    let at = |truths: Option<&Vec<Truth>>| truths.and_then(|truths| truths.get(row)).copied().unwrap_or(Truth::Unknown);
    let Memo { evidence, key, counts, bits, .. } = memo;
    counts.clear();
    counts.extend(policy.groups.iter().map(|group| {
        let mut count = Count { total: u16::try_from(group.items.len()).unwrap_or(u16::MAX), ..Count::default() };
        for item in &group.items {
            let asked = applies.get(*item).and_then(Option::as_ref).map_or(Truth::True, |asked| at(Some(asked)));
            match (asked, at(truths.get(*item))) {
                (Truth::False, _) => count.set_aside += 1,
                (Truth::Unknown, _) | (_, Truth::Unknown) => {}
                (Truth::True, met) => {
                    count.known += 1;
                    count.met += u16::from(met == Truth::True);
                }
            }
        }
        count
    }));
    bits.clear();
    bits.resize(policy.bits.len(), None);
    let mut known = Step::default();
    for (element, truths) in policy.elements.iter().zip(by_element) {
        let truth = at(Some(truths));
        match element.usage {
            Use::Bit(bit) => {
                if let Some((so_far, meaning)) = bits.get_mut(bit).zip(policy.bits.get(bit)) {
                    *so_far = Some(match (*so_far, meaning) {
                        (None, _) => truth,
                        (Some(before), Meaning::Clear) => before.and(truth),
                        (Some(before), Meaning::Set) => before.or(truth),
                    });
                }
            }
            Use::Points => {
                if let Some(truth) = truth.known() {
                    known = known.then(Policy::step(element, truth));
                }
            }
            Use::Count(_) | Use::Applies(_) => {}
        }
    }
    key.clear();
    for count in counts.iter() {
        for number in [count.met, count.known, count.set_aside] {
            key.extend(number.to_le_bytes());
        }
    }
    key.extend(bits.iter().map(|truth| truth.map_or(u8::MAX, |truth| truth as u8)));
    key.extend(known.sums.iter().flat_map(|sum| sum.to_le_bytes()));
    if let Some(known) = evidence.get(key) {
        return Arc::clone(known);
    }
    let bits: Vec<Truth> = bits.iter().map(|truth| truth.unwrap_or(Truth::Unknown)).collect();
    let (decided, leading, applied) = policy.on_evidence(counts, &bits, known);
    let found = Arc::new(Evidence { counts: counts.clone(), decided, leading, applied });
    evidence.insert(key.clone(), Arc::clone(&found));
    found
}

fn verdict(
    policy: &Policy,
    by_element: &[Vec<Truth>],
    components: &[Component],
    inputs: &Inputs,
    resolved: &Resolved,
    row: usize,
    memo: &mut Memo,
) -> Arc<Verdict> {
    let mut state = Step::default();
    let mut open: Vec<u32> = Vec::new();
    memo.open.resize_with(components.len(), FastMap::default);
    for (component, known) in components.iter().zip(&mut memo.open) {
        let mut step = Step::default();
        let mut unknown = false;
        for element in &component.elements {
            let truth = by_element.get(*element).and_then(|truths| truths.get(row)).copied().unwrap_or(Truth::Unknown);
            match (truth.known(), policy.elements.get(*element)) {
                (Some(truth), Some(element)) => step = step.then(Policy::step(element, truth)),
                _ => unknown = true,
            }
        }
        if !unknown {
            state = state.then(step);
            continue;
        }
        memo.key.clear();
        evaluate::key(&component.tests, &component.vars, inputs, row, &mut memo.key);
        if let Some((step, ids)) = known.get(&memo.key) {
            state = state.then(*step);
            open.extend_from_slice(ids);
            continue;
        }
        let (step, ids) = known.entry(memo.key.clone()).or_insert_with(|| {
            let env = RowEnv { inputs, resolved, row };
            let truth = |element: usize| {
                by_element.get(element).and_then(|truths| truths.get(row)).copied().unwrap_or(Truth::Unknown)
            };
            let (step, found) = problems(policy, resolved, &component.elements, truth, &env, &mut memo.dimensions);
            let ids =
                found.into_iter().map(|problem| number(policy, &mut memo.groups, &mut memo.known, problem)).collect();
            (step, ids)
        });
        state = state.then(*step);
        open.extend_from_slice(ids);
    }
    // Not sorted by number: those follow from the rows before, and a result follows from its own row alone.
    let state_and_groups = (state, open);
    if let Some(verdict) = memo.verdicts.get(&state_and_groups) {
        return Arc::clone(verdict);
    }
    let (state, open) = state_and_groups;
    let parts: Vec<&Group> = open.iter().filter_map(|id| memo.groups.get(*id as usize)).collect();
    let verdict = Arc::new(settle(policy, state, &parts));
    memo.verdicts.insert((state, open), Arc::clone(&verdict));
    verdict
}

fn number(policy: &Policy, groups: &mut Vec<Group>, known: &mut HashMap<Problem, u32>, problem: Problem) -> u32 {
    if let Some(position) = known.get(&problem) {
        return *position;
    }
    let position = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    let (steps, exact) = problem.steps(policy);
    groups.push(Group { problem: problem.clone(), steps, exact, answers: OnceLock::new() });
    known.insert(problem, position);
    position
}

fn settle(policy: &Policy, state: Step, parts: &[&Group]) -> Verdict {
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
    if total > 1 {
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

fn components<'a>(policy: &'a Policy, resolved: &'a Resolved, inputs: &Inputs) -> Vec<Component<'a>> {
    let env = RowEnv { inputs, resolved, row: 0 };
    let mut components: Vec<Component<'a>> = Vec::new();
    for (position, element) in policy.elements.iter().enumerate() {
        let mut vars = Vec::new();
        element.cond.collect_vars(&env, &mut vars);
        let mut tests = Vec::new();
        tests_of(&element.cond, resolved, &mut tests);
        let mut joined = Component { elements: vec![position], vars, tests };
        let mut kept = Vec::with_capacity(components.len());
        for component in components {
            if component.vars.iter().any(|var| joined.vars.contains(var)) {
                joined.elements.extend(component.elements);
                joined.vars.extend(component.vars);
                joined.tests.extend(component.tests);
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
    for component in &mut components {
        let mut distinct: Vec<&Leaf> = Vec::new();
        for test in std::mem::take(&mut component.tests) {
            if !distinct.contains(&test) {
                distinct.push(test);
            }
        }
        component.tests = distinct;
    }
    components
}

/// Adds the tests that a condition rests on, items included.
fn tests_of<'a>(cond: &'a Cond, resolved: &'a Resolved, tests: &mut Vec<&'a Leaf>) {
    cond.each_leaf(&mut |leaf| tests.push(leaf));
    let mut items = Vec::new();
    cond.each_item(&mut |item| items.push(item));
    for item in items.into_iter().filter_map(|item| resolved.items.get(item)) {
        tests_of(&item.cond, resolved, tests);
    }
}
