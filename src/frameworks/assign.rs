//! Categories for a table of schools.

use std::sync::Arc;

use super::condition::Cond;
use super::evaluate::{self, Truths};
use super::inputs::{Columns, Inputs};
use super::logic::Truth;
use super::options::Options;
use super::policy::{Count, Decided, Outcome};
use super::resolve::Resolved;
use super::rows::{self, Shared};
use super::states::{Judged, components};
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

/// What is possible for a school.
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

/// Assigns categories to the rows of a table; if `deciding`, with the unknown values that would decide.
///
/// # Errors
/// As [`Framework::assign_with`].
pub fn assign(
    framework: &Framework,
    table: &Table,
    phase: &str,
    options: Options,
    deciding: bool,
) -> Result<Assignment> {
    let phase_position = framework.resolved.phase(phase)?;
    let plan = framework.plan(phase_position)?;
    let (policy, resolved) = (&plan.policy, &plan.resolved);
    let references = framework.figures(phase_position);
    let wanted = read_by_items(resolved, phase_position);
    let mut inputs = Inputs::read(table, resolved, &references, &wanted, options.invalid)?;
    framework.check_years(&mut inputs, options.out_of_force)?;
    let truths = evaluate::items(resolved, &inputs);
    framework.check_constraints(resolved, phase_position, &mut inputs, &truths, options.invalid)?;
    let of_item = |item: usize| truths.get(item);
    let height = inputs.height();
    let applies = rows::each_column(resolved.items.len(), height, |item| {
        let cond = resolved.items.get(item)?.applies.as_ref()?;
        Some(evaluate::column(cond, &inputs, &of_item))
    });
    let by_element = rows::each_column(policy.elements.len(), height, |element| {
        policy.elements.get(element).map(|element| evaluate::column(&element.cond, &inputs, &of_item))
    });
    let by_element: Vec<Truths> = by_element.into_iter().flatten().collect();
    let condition = |cond: Option<&Cond>| match cond {
        Some(cond) => evaluate::column(cond, &inputs, &of_item),
        None => Arc::new(vec![Truth::True; height]),
    };
    let following = resolved.results.iter();
    let following = following.map(|result| result.rules.iter().map(|rule| condition(rule.when.as_ref())).collect());
    let following: Vec<Vec<Truths>> = following.collect();
    let components = components(policy, resolved, &inputs);
    let judged = Judged {
        policy,
        resolved,
        inputs: &inputs,
        truths: &truths,
        applies: &applies,
        by_element: &by_element,
        components,
        deciding,
    };
    let (verdicts, evidence): (Vec<_>, Vec<_>) = rows::in_parts(height, |rows| judged.rows(rows)).into_iter().unzip();
    let (verdicts, evidence) = (Shared::joined(verdicts), Shared::joined(evidence));
    let parts = resolved.combined.get(phase_position).and_then(Option::as_ref).map(|(of, _)| of.clone());
    let parts = parts.unwrap_or_default().into_iter().filter_map(|part| resolved.phases.get(part));
    let parts = parts.map(|part| assign(framework, table, part, options, deciding)).collect::<Result<_>>()?;
    Ok(Assignment {
        framework: framework.clone(),
        phase: phase.to_owned(),
        phase_position,
        columns: Columns::of(table, resolved, &references),
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
