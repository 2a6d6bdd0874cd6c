//! What a reader of a framework file should look at: numbers without a printed source, criteria that cannot tell
//! categories apart, values that no category rewards, rules that change nothing.

use super::Framework;
use super::condition::{Check, Cond};
use super::model::Basis;
use super::resolve::{Domain, Resolved};
use crate::error::Result;
use crate::table::{Column, Table};

/// One finding.
struct Finding {
    rule: &'static str,
    subject: String,
    at: usize,
    message: String,
}

impl Framework {
    /// Findings about the framework under its chosen readings: `rule`, `subject`, `message`, `file_line`.
    ///
    /// Rules: `default_threshold` (the document has a word, not a number), `unused_threshold`, `unused_indicator`,
    /// `not_counted` (a criterion that does not count although others of its part and category do), `other_category` (a
    /// criterion that counts for a category it does not describe), `same_test` (criteria of two categories, or two of one,
    /// that always hold together), `overlap` (a value that counts for two categories), `unrewarded_value` (a value that
    /// counts for none), `adjustment_without_effect`, `category_out_of_reach`, `reading_without_effect`.
    ///
    /// # Errors
    /// [`crate::error::Error::Input`] if the framework has too many states to be worked out.
    pub fn lint(&self) -> Result<Table> {
        let mut findings = Vec::new();
        self.lint_numbers(&mut findings);
        self.lint_criteria(&mut findings);
        self.lint_values(&mut findings);
        self.lint_policy(&mut findings)?;
        self.lint_readings(&mut findings);
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

    fn lint_numbers(&self, findings: &mut Vec<Finding>) {
        let resolved = &self.resolved;
        for (threshold, users) in resolved.thresholds.iter().zip(&resolved.used_by) {
            let mut add = |rule, message: String| {
                findings.push(Finding { rule, subject: threshold.name.clone(), at: threshold.at, message });
            };
            if threshold.basis == Basis::Default {
                add(
                    "default_threshold",
                    format!("line {} prints no number; the default is {}", threshold.line, threshold.written),
                );
            }
            if users.is_empty() {
                add("unused_threshold", "nothing compares with it".to_owned());
            }
        }
        for (position, indicator) in resolved.indicators.iter().enumerate() {
            let tested = resolved.vars.iter().any(|var| var.indicator == position);
            if !tested && !self.is_listed(&indicator.name) {
                let message = "nothing reads it".to_owned();
                findings.push(Finding {
                    rule: "unused_indicator",
                    subject: indicator.name.clone(),
                    at: indicator.at,
                    message,
                });
            }
        }
    }

    /// Whether a dataset row, register, target or printed figure names an indicator.
    fn is_listed(&self, name: &str) -> bool {
        let file = &self.file;
        let datasets = file.dataset.iter().flat_map(|row| &row.indicators);
        let registers = file.register.iter().flat_map(|row| &row.column).filter_map(|column| column.indicator.as_ref());
        let targets = file.target.iter().flat_map(|row| &row.indicators);
        let figures = file.reference.iter().map(|row| &row.indicator);
        datasets.chain(registers).chain(targets).chain(figures).any(|listed| listed.get_ref() == name)
    }

    fn lint_criteria(&self, findings: &mut Vec<Finding>) {
        let resolved = &self.resolved;
        let counted = resolved.rule.counted();
        let row_of = |item: usize| {
            resolved
                .items
                .get(item)
                .and_then(|item| self.file.criterion.iter().find(|row| *row.id.get_ref() == item.id))
        };
        for (category, item) in &counted {
            let (Some(row), Some(name)) = (row_of(*item), resolved.categories.get(*category)) else { continue };
            if row.category.get_ref() != name {
                let message = format!("counts for {name} and describes {}", row.category.get_ref());
                let at = self.source.line(row.id.span().start);
                findings.push(Finding { rule: "other_category", subject: row.id.get_ref().clone(), at, message });
            }
        }
        for row in &self.file.criterion {
            let Some(item) = resolved.items.iter().position(|item| item.id == *row.id.get_ref()) else { continue };
            let beside = counted.iter().filter_map(|(_, other)| row_of(*other));
            let others =
                beside.filter(|other| other.part == row.part && other.category.get_ref() == row.category.get_ref());
            let adjusts = resolved.adjust.iter().any(|adjust| {
                let mut found = false;
                adjust.cond.each_item(&mut |other| found |= other == item);
                found
            });
            if others.count() > 0 && !adjusts && !counted.iter().any(|(_, known)| *known == item) {
                let message =
                    format!("does not count for {} although others of {} do", row.category.get_ref(), row.part);
                let at = self.source.line(row.id.span().start);
                findings.push(Finding { rule: "not_counted", subject: row.id.get_ref().clone(), at, message });
            }
        }
        for (position, (_, first)) in counted.iter().enumerate() {
            for (_, second) in counted.iter().skip(position + 1) {
                let (Some(a), Some(b)) = (resolved.items.get(*first), resolved.items.get(*second)) else { continue };
                if a.cond == b.cond {
                    let message = format!("always holds together with {}: it cannot tell them apart", a.id);
                    findings.push(Finding { rule: "same_test", subject: b.id.clone(), at: b.at, message });
                }
            }
        }
    }

    /// Values of a choice or flag that count for two categories, or for none.
    fn lint_values(&self, findings: &mut Vec<Finding>) {
        let resolved = &self.resolved;
        for (position, indicator) in resolved.indicators.iter().enumerate() {
            let size = match &indicator.domain {
                Domain::Flag => 2,
                Domain::Choice(values) => u8::try_from(values.len()).unwrap_or(u8::MAX),
                _ => continue,
            };
            let users = single_tests(resolved, position);
            if users.is_empty() {
                continue;
            }
            let mut unrewarded = Vec::new();
            for code in 0..size {
                let meets: Vec<&(usize, usize, u64)> =
                    users.iter().filter(|(_, _, mask)| mask >> code & 1 == 1).collect();
                let value = indicator.value_name(code);
                if meets.is_empty() {
                    unrewarded.push(value);
                }
                if let [first, .., last] = meets.as_slice()
                    && first.0 != last.0
                    && first.2 != last.2
                {
                    let ids: Vec<&str> =
                        meets.iter().filter_map(|(_, item, _)| Some(resolved.items.get(*item)?.id.as_str())).collect();
                    let message = format!("{value} counts for {}", ids.join(" and "));
                    findings.push(Finding {
                        rule: "overlap",
                        subject: indicator.name.clone(),
                        at: indicator.at,
                        message,
                    });
                }
            }
            let choice = matches!(indicator.domain, Domain::Choice(_));
            if choice && !unrewarded.is_empty() {
                let message = format!("no category counts {}", unrewarded.join(", "));
                findings.push(Finding {
                    rule: "unrewarded_value",
                    subject: indicator.name.clone(),
                    at: indicator.at,
                    message,
                });
            }
        }
    }

    /// Categories that nothing leads to.
    fn lint_policy(&self, findings: &mut Vec<Finding>) -> Result<()> {
        let mut reached = vec![false; self.resolved.categories.len()];
        for phase in 0..self.resolved.phases.len() {
            for category in self.plan(phase)?.policy.reachable() {
                if let Some(known) = reached.get_mut(category) {
                    *known = true;
                }
            }
        }
        for (row, _) in self.file.category.iter().zip(reached).filter(|(_, reached)| !reached) {
            let at = self.source.line(row.id.span().start);
            let message = "no combination of criteria leads to it".to_owned();
            let subject = row.id.get_ref().clone();
            findings.push(Finding { rule: "category_out_of_reach", subject, at, message });
        }
        Ok(())
    }

    fn lint_readings(&self, findings: &mut Vec<Finding>) {
        for (reading, (_, chosen)) in self.file.reading.iter().zip(self.chosen()) {
            for letter in reading.options.keys().filter(|letter| letter.get_ref() != chosen) {
                let other = self.with_reading(reading.id.get_ref(), letter.get_ref());
                if other.is_ok_and(|other| other.resolved == self.resolved) {
                    let at = self.source.line(letter.span().start);
                    let message = format!("option {} changes nothing under the other readings", letter.get_ref());
                    let subject = reading.id.get_ref().clone();
                    findings.push(Finding { rule: "reading_without_effect", subject, at, message });
                }
            }
        }
    }
}

/// Counted criteria that test nothing but one indicator of this year: category, item, values.
fn single_tests(resolved: &Resolved, indicator: usize) -> Vec<(usize, usize, u64)> {
    let mut found = Vec::new();
    for (category, item) in resolved.rule.counted() {
        if let Some(Cond::Leaf(leaf)) = resolved.items.get(item).map(|item| &item.cond)
            && let Check::Values(mask) = leaf.check
            && resolved.vars.get(leaf.var).is_some_and(|var| var.indicator == indicator && var.back == 0)
        {
            found.push((category, item, mask));
        }
    }
    found
}
