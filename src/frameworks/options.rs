//! What is done with rows that break a rule: refused as a whole, or passed over with the reason.

use super::Framework;
use super::evaluate::{self, Truths};
use super::inputs::Inputs;
use super::logic::Truth;
use super::resolve::Resolved;
use crate::error::{Error, Result};

/// What a value that is not allowed does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Invalid {
    /// The table is refused.
    #[default]
    Refuse,
    /// The row has no category; its reason names the value and the rule.
    PassOver,
}

/// What a year does in which the framework was not in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutOfForce {
    /// The table is refused. Rows of years before are allowed for schools that have a row in force: they are read as their
    /// earlier years and have no category of their own.
    #[default]
    Refuse,
    /// The row has no category; its reason says so.
    PassOver,
    /// The rules are applied as in any other year.
    Allow,
}

/// Choices for an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// What a value that is not allowed does.
    pub invalid: Invalid,
    /// What a year out of force does.
    pub out_of_force: OutOfForce,
}

impl Framework {
    /// First and last year of data the framework is applied to: the results of the summer before it came into force, to
    /// those of its last year.
    #[must_use]
    pub fn data_years(&self) -> (i64, i64) {
        let [first, last] = self.years();
        (i64::from(first) - 1, i64::from(last))
    }

    /// Notes the rows of years out of force, or refuses them.
    pub(super) fn check_years(&self, inputs: &mut Inputs, out_of_force: OutOfForce) -> Result<()> {
        let (first, last) = self.data_years();
        if out_of_force == OutOfForce::Allow || inputs.year.is_none() {
            return Ok(());
        }
        let within = |year: i64| year >= first && year <= last;
        let mut in_force: Vec<i64> = (0..inputs.height())
            .filter(|row| inputs.year(*row).is_some_and(within))
            .filter_map(|row| inputs.urn.get(row).copied())
            .collect();
        in_force.sort_unstable();
        let mut wrong = Vec::new();
        for row in 0..inputs.height() {
            let (Some(year), Some(urn)) = (inputs.year(row), inputs.urn.get(row).copied()) else { continue };
            if within(year) {
                continue;
            }
            if year < first && in_force.binary_search(&urn).is_ok() {
                inputs.refuse(
                    row,
                    format!("{year} lies before the years of the framework; read as an earlier year only"),
                );
            } else if out_of_force == OutOfForce::Refuse {
                wrong.push(format!("{year} (urn {urn})"));
            } else {
                inputs.refuse(row, format!("{year} lies outside the years of the framework ({first} to {last})"));
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let rule = format!("must be from {first} to {last}, the years of data {} is in force for", self.id());
        Err(Error::values("year", &rule, wrong.len(), wrong))
    }

    /// Notes the rows whose values contradict each other, or refuses them.
    pub(super) fn check_constraints(
        &self,
        resolved: &Resolved,
        phase: usize,
        inputs: &mut Inputs,
        truths: &[Truths],
        invalid: Invalid,
    ) -> Result<()> {
        let asked = resolved.asked(phase);
        for constraint in resolved.constraints.iter().filter(|row| row.phases & asked != 0) {
            let Some(written) = self.file.constraint.get(constraint.position) else { continue };
            let held = evaluate::column(&constraint.cond, inputs, &|item| truths.get(item));
            let mut wrong = Vec::new();
            for row in held.iter().enumerate().filter(|(_, truth)| **truth == Truth::False).map(|(row, _)| row) {
                let mut leaves = Vec::new();
                constraint.cond.each_leaf(&mut |leaf| leaves.push(leaf));
                let mut vars: Vec<usize> = leaves.iter().flat_map(|leaf| leaf.vars()).collect();
                vars.sort_unstable();
                vars.dedup();
                let values: Vec<String> = vars
                    .into_iter()
                    .filter_map(|var| {
                        let value = super::describe::value(resolved, var, inputs.value(var, row))?;
                        Some(format!("{} {value}", resolved.var_name(var)))
                    })
                    .collect();
                let urn = inputs.urn.get(row).copied().unwrap_or_default();
                wrong.push((row, format!("{} (urn {urn})", values.join(", "))));
            }
            if wrong.is_empty() {
                continue;
            }
            if invalid == Invalid::Refuse {
                let examples: Vec<&str> = wrong.iter().take(5).map(|(_, values)| values.as_str()).collect();
                let schools =
                    if wrong.len() == 1 { "1 row breaks".to_owned() } else { format!("{} rows break", wrong.len()) };
                return Err(Error::Input(format!(
                    "{schools} the rule {}: {} ({})",
                    written.id.get_ref(),
                    written.text,
                    examples.join("; ")
                )));
            }
            for (row, values) in wrong {
                inputs.refuse(row, format!("{values}: {}", written.text));
            }
        }
        Ok(())
    }
}
