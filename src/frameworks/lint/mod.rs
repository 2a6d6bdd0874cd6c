//! What a reader of a framework file should look at: numbers without a printed source, criteria that cannot tell
//! categories apart, values that no category rewards, categories that are true at once or not at all, clauses that never
//! decide, rules that change nothing.

mod categories;
mod clauses;
mod criteria;
mod decisive;
mod expr;
mod front;
mod numbers;
mod place;
mod policy;
mod scene;
mod shadows;
mod solve;
mod space;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use super::Framework;
use super::policy::Policy;
use super::resolve::Resolved;
use crate::error::Result;
use crate::table::{Column, Table};
use clauses::Clauses;
use scene::Scene;
use solve::Work;
use space::Met;

/// One finding.
struct Finding {
    rule: &'static str,
    subject: String,
    at: usize,
    message: String,
}

/// Findings so far.
#[derive(Default)]
struct Report {
    rows: Vec<Finding>,
    /// Findings of single phases, with these as bits.
    of_phases: Vec<(Finding, u64)>,
    /// Pairs of categories that can both have a majority, with the line of the first and the phases as bits.
    majorities: Vec<(String, usize, u64)>,
}

impl Report {
    fn add(&mut self, finding: Finding) {
        self.rows.push(finding);
    }

    /// Adds what is true in some phases; the message is that of the first of them.
    fn in_phase(&mut self, scene: &Scene, rule: &'static str, subject: String, at: usize, message: String) {
        let bits = scene.phase_bits();
        match self.of_phases.iter_mut().find(|(known, _)| known.rule == rule && known.subject == subject) {
            Some((_, known)) => *known |= bits,
            None => self.of_phases.push((Finding { rule, subject, at, message }, bits)),
        }
    }

    /// Adds that two categories can both have a majority in a phase.
    fn majorities(&mut self, scene: &Scene, pair: String, at: usize) {
        let bits = scene.phase_bits();
        match self.majorities.iter_mut().find(|(known, ..)| *known == pair) {
            Some((_, _, known)) => *known |= bits,
            None => self.majorities.push((pair, at, bits)),
        }
    }

    /// Moves what is true in some phases to the other findings, with the phases where it is not true in all.
    fn close(&mut self, resolved: &Resolved) {
        let alone = |phase: &usize| resolved.combined.get(*phase).is_none_or(Option::is_none);
        let phases: Vec<usize> = (0..resolved.phases.len()).filter(alone).collect();
        let within = |bits: u64| {
            let here = phases.iter().filter(|phase| bits >> *phase & 1 == 1);
            let here: Vec<&str> = here.filter_map(|phase| resolved.phases.get(*phase).map(String::as_str)).collect();
            if here.len() < phases.len() { format!(" (in {})", here.join(", ")) } else { String::new() }
        };
        if let Some((first, at, _)) = self.majorities.first() {
            // One finding for all of them: that shares overlap is in the nature of best fit.
            let pairs: Vec<String> =
                self.majorities.iter().map(|(pair, _, bits)| format!("{pair}{}", within(*bits))).collect();
            let subject = if pairs.len() == 1 { first.clone() } else { "several categories".to_owned() };
            let message =
                format!("two categories can have a majority at once and the higher share wins: {}", pairs.join(", "));
            self.rows.push(Finding { rule: "both_true", subject, at: *at, message });
        }
        for (mut finding, bits) in self.of_phases.drain(..) {
            finding.message += &within(bits);
            self.rows.push(finding);
        }
    }
}

impl Framework {
    /// Findings about the framework under its chosen readings: `rule`, `subject`, `message`, `file_line`.
    ///
    /// | rule | finding |
    /// |---|---|
    /// | `default_threshold` | the document has a word, not a number |
    /// | `threshold_without_source` | the number in force was given by [`Framework::with_threshold`] |
    /// | `unused_threshold`, `unused_indicator` | nothing reads it |
    /// | `unused_criterion` | no category counts it and nothing else refers to it |
    /// | `not_counted` | it does not count although others of its part and category do |
    /// | `other_category` | it counts for a category it does not describe |
    /// | `same_test` | criteria of two categories, or two of one, that always hold together |
    /// | `overlap`, `unrewarded_value` | a value that counts for two categories, or for none |
    /// | `both_true` | two categories are true of some school of which every value is known |
    /// | `none_true` | no category is true of some school of which every value is known |
    /// | `shadowed` | a gate, score, adjustment or rule of a result that holds only where another one decides |
    /// | `never_decisive` | a criterion or clause that changes the category of no school |
    /// | `adjustment_without_effect` | it leaves every category it starts from as it is |
    /// | `category_out_of_reach` | nothing leads to it |
    /// | `reading_without_effect` | an option that changes nothing under the other readings |
    /// | `not_worked_out` | a question about schools that would take too long |
    ///
    /// What is said of schools holds for every value they may have, within limits and constraints; see
    /// `docs/frameworks.md` for what each rule finds and what it does not.
    ///
    /// # Errors
    /// [`crate::error::Error::Input`] if the framework has too many states to be worked out.
    pub fn lint(&self) -> Result<Table> {
        let mut report = Report::default();
        numbers::check(self, &mut report);
        criteria::check(self, &mut report);
        values::check(self, &mut report);
        policy::check(self, &mut report);
        self.lint_schools(&mut report)?;
        let findings = report.rows;
        let text =
            |of: fn(&Finding) -> String| Column::Text(findings.iter().map(|finding| Some(of(finding))).collect());
        let lines = findings.iter().map(|finding| i64::try_from(finding.at).ok()).collect();
        Table::new([
            ("rule", text(|finding| finding.rule.to_owned())),
            ("subject", text(|finding| finding.subject.clone())),
            ("message", text(|finding| finding.message.clone())),
            ("file_line", Column::Integer(lines)),
        ])
    }

    /// What is true of some school, or of none.
    fn lint_schools(&self, report: &mut Report) -> Result<()> {
        let mut work = Work::default();
        let mut clauses = Clauses::default();
        let mut reached = BTreeSet::new();
        let mut met = Met::default();
        for phases in self.distinct_phases() {
            let Some(phase) = phases.first().copied() else { continue };
            let resolved = self.resolved.for_phase(phase);
            reached.extend(Policy::new(&resolved, phase)?.reachable());
            let mut scene = Scene::new(&resolved, phases, &mut met);
            if scene.decides() {
                categories::check(self, &mut scene, &mut work, report);
                shadows::of_rules(self, &mut scene, &mut work, &mut clauses);
            }
            shadows::of_adjustments(self, &mut scene, &mut work, &mut clauses);
            shadows::of_results(self, &mut scene, &mut work, &mut clauses);
            decisive::check(&mut scene, &mut work, &mut clauses);
        }
        policy::out_of_reach(self, &reached, report);
        report.close(&self.resolved);
        clauses.report(&self.resolved, report);
        if work.gave_up {
            let message = "some questions about schools would take too long: both_true, none_true, shadowed and \
                           never_decisive may be incomplete"
                .to_owned();
            report.add(Finding { rule: "not_worked_out", subject: self.id().to_owned(), at: 1, message });
        }
        Ok(())
    }

    /// Phases in groups that ask for the same things.
    fn distinct_phases(&self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
        for phase in 0..self.resolved.phases.len() {
            groups.entry(self.resolved.signature(phase)).or_default().push(phase);
        }
        let mut found: Vec<Vec<usize>> = groups.into_values().collect();
        found.sort_unstable();
        found
    }
}
