//! Evidence and verdict of the rows of a table: worked out once for rows in the same state.

use std::collections::HashMap;

use super::assign::{Evidence, Verdict};
use super::complete::Problem;
use super::condition::{Cond, Leaf};
use super::dimension::Known;
use super::evaluate::{self, Truths};
use super::inputs::{Inputs, RowEnv};
use super::logic::Truth;
use super::policy::{Policy, Step};
use super::possible::problems;
use super::resolve::Resolved;
use super::rows::{FastMap, Shared};
use super::settle::{Group, number, settle};
use super::tally::{BLOCK, Tally};

/// What the rows of a table are judged by.
pub struct Judged<'a> {
    /// The policy of the phase.
    pub policy: &'a Policy,
    /// The rules of the phase.
    pub resolved: &'a Resolved,
    /// The values.
    pub inputs: &'a Inputs,
    /// Truth of every item.
    pub truths: &'a [Truths],
    /// Whether an item is asked of the school, where that depends on it.
    pub applies: &'a [Option<Truths>],
    /// Truth of every element of the policy.
    pub by_element: &'a [Truths],
    /// The elements, those that share variables together.
    pub components: Vec<Component<'a>>,
    /// Whether it is asked which unknown values would decide.
    pub deciding: bool,
}

/// Elements that share variables, whatever is known.
pub struct Component<'a> {
    elements: Vec<usize>,
    vars: Vec<usize>,
    /// Tests that the elements rest on.
    tests: Vec<&'a Leaf>,
}

/// The step and the groups of a component whose values are partly unknown.
type Opened = (Step, Vec<u32>);

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
    /// Number of the verdict by state and groups.
    verdicts: FastMap<(Step, Vec<u32>), u32>,
    /// Number of the evidence by what the elements add up to.
    evidence: FastMap<Vec<u8>, u32>,
    /// By number of the evidence: number of the verdict of rows of which nothing is unknown.
    complete: Vec<Option<u32>>,
    /// Space for the key of a component.
    key: Vec<u8>,
}

impl Judged<'_> {
    /// Verdict and evidence of consecutive rows.
    pub fn rows(&self, rows: std::ops::Range<usize>) -> (Shared<Verdict>, Shared<Evidence>) {
        let mut memo = Memo::default();
        // The verdict of rows that are passed over.
        let mut verdicts = vec![Verdict { outcomes: Vec::new(), majority: None, deciding: Vec::new(), exact: true }];
        let mut evidence: Vec<Evidence> = Vec::new();
        let (mut verdict_of, mut evidence_of) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        let mut tally = Tally::new(self.policy);
        let mut key = Vec::new();
        for start in rows.clone().step_by(BLOCK) {
            let block = start..(start + BLOCK).min(rows.end);
            tally.count(self.policy, self.truths, self.applies, self.by_element, block.clone());
            for (at, row) in block.enumerate() {
                key.clear();
                tally.key(at, &mut key);
                let here = match memo.evidence.get(&key) {
                    Some(known) => *known,
                    None => {
                        let next = u32::try_from(evidence.len()).unwrap_or(u32::MAX);
                        evidence.push(tally.evidence(self.policy, at));
                        memo.evidence.insert(key.clone(), next);
                        memo.complete.push(None);
                        next
                    }
                };
                evidence_of.push(here);
                verdict_of.push(if self.inputs.refusal(row).is_some() {
                    0
                } else if tally.is_open(at) {
                    self.open_verdict(row, &mut memo, &mut verdicts)
                } else {
                    self.complete_verdict(row, here, &mut memo, &mut verdicts)
                });
            }
        }
        (Shared::new(verdicts, verdict_of), Shared::new(evidence, evidence_of))
    }

    fn truth(&self, element: usize, row: usize) -> Truth {
        self.by_element.get(element).and_then(|truths| truths.get(row)).copied().unwrap_or(Truth::Unknown)
    }

    /// The verdict of a row of which nothing is unknown that takes part in deciding. It follows from the evidence, but
    /// for a combined phase: there a criterion may be another condition on each side.
    fn complete_verdict(&self, row: usize, evidence: u32, memo: &mut Memo, verdicts: &mut Vec<Verdict>) -> u32 {
        if !self.policy.is_combined()
            && let Some(Some(known)) = memo.complete.get(evidence as usize)
        {
            return *known;
        }
        let mut state = Step::default();
        for (position, element) in self.policy.elements.iter().enumerate() {
            if let Some(truth) = self.truth(position, row).known() {
                state = state.then(Policy::step(element, truth));
            }
        }
        let found = self.shared(state, Vec::new(), memo, verdicts);
        if let Some(known) = memo.complete.get_mut(evidence as usize) {
            *known = Some(found);
        }
        found
    }

    /// The number of the verdict from a state with open problems.
    fn shared(&self, state: Step, open: Vec<u32>, memo: &mut Memo, verdicts: &mut Vec<Verdict>) -> u32 {
        let state_and_groups = (state, open);
        if let Some(known) = memo.verdicts.get(&state_and_groups) {
            return *known;
        }
        let parts: Vec<&Group> = state_and_groups.1.iter().filter_map(|id| memo.groups.get(*id as usize)).collect();
        verdicts.push(settle(self.policy, state, &parts, self.deciding));
        let number = u32::try_from(verdicts.len() - 1).unwrap_or(u32::MAX);
        memo.verdicts.insert(state_and_groups, number);
        number
    }

    /// The verdict of a row with something unknown.
    fn open_verdict(&self, row: usize, memo: &mut Memo, verdicts: &mut Vec<Verdict>) -> u32 {
        let Self { policy, resolved, inputs, .. } = *self;
        let mut state = Step::default();
        let mut open: Vec<u32> = Vec::new();
        memo.open.resize_with(self.components.len(), FastMap::default);
        for (component, known) in self.components.iter().zip(&mut memo.open) {
            let mut step = Step::default();
            let mut unknown = false;
            for element in &component.elements {
                match (self.truth(*element, row).known(), policy.elements.get(*element)) {
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
                let truth = |element: usize| self.truth(element, row);
                let (step, found) = problems(policy, resolved, &component.elements, truth, &env, &mut memo.dimensions);
                let ids = found
                    .into_iter()
                    .map(|problem| number(policy, &mut memo.groups, &mut memo.known, problem))
                    .collect();
                (step, ids)
            });
            state = state.then(*step);
            open.extend_from_slice(ids);
        }
        // Not sorted by number: those follow from the rows before, and a result follows from its own row alone.
        self.shared(state, open, memo, verdicts)
    }
}

/// The elements of a policy, those that share variables together.
pub fn components<'a>(policy: &'a Policy, resolved: &'a Resolved, inputs: &Inputs) -> Vec<Component<'a>> {
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
