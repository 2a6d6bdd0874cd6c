//! The result of one school in words.

use std::fmt::Write as _;

use super::Assignment;
use super::condition::Leaf;
use super::describe;
use super::inputs::RowEnv;
use super::logic::Truth;
use super::policy::Use;
use super::resolve::ResolvedRule;
use crate::error::{Error, Result};

impl Assignment {
    /// The row of a school; without a year the latest one.
    ///
    /// # Errors
    /// [`Error::Input`] if the school, or the school in that year, is not in the table.
    pub fn row(&self, urn: i64, year: Option<i64>) -> Result<usize> {
        let rows = self.inputs.urn.iter().enumerate().filter(|(_, known)| **known == urn).map(|(row, _)| row);
        let chosen = rows
            .filter(|row| year.is_none() || self.inputs.year(*row) == year)
            .max_by_key(|row| self.inputs.year(*row));
        chosen.ok_or_else(|| {
            let when = year.map_or_else(String::new, |year| format!(" in {year}"));
            Error::Input(format!("school {urn}{when} is not in the table"))
        })
    }

    /// The result of one school: category, reason, every criterion that counts or adjusts with the values read, flags and
    /// support. Without a year the latest one is taken.
    ///
    /// # Errors
    /// [`Error::Input`] if the school, or the school in that year, is not in the table.
    pub fn explain(&self, urn: i64, year: Option<i64>) -> Result<String> {
        let row = self.row(urn, year)?;
        let mut text = String::new();
        let when = self.inputs.year(row).map_or_else(String::new, |year| format!(", {year}"));
        let header = &self.framework.file.framework;
        let _ = writeln!(text, "{urn}{when} ({}) under {} ({})", self.phase, header.title, header.authority);
        let _ = writeln!(text, "{}", self.reason(row));
        for part in &self.parts {
            let _ = writeln!(text, "{}: {}", part.phase, part.reason(row));
        }
        for group in self.plan.policy.groups.iter().filter(|group| group.column.is_some()) {
            let category = group.category.and_then(|at| self.framework.file.category.get(at));
            let Some(written) = category else { continue };
            let _ = writeln!(text, "\n{}, {}:", written.id.get_ref(), written.label);
            for item in &group.items {
                self.statement(&mut text, row, *item);
            }
        }
        self.rule(&mut text, &self.plan.resolved.rule, &self.plan.resolved.categories, row);
        for adjustment in &self.plan.policy.adjust {
            let position = self.plan.resolved.adjust.get(adjustment.position).map(|adjust| adjust.position);
            let Some(written) = position.and_then(|at| self.framework.file.adjust.get(at)) else { continue };
            let _ = writeln!(text, "\n{} (line {}):", written.text, written.line);
            self.list(&mut text, row, &adjustment.bits);
        }
        for (at, result) in self.plan.resolved.results.iter().enumerate() {
            let Some(found) = self.following(at, row) else {
                let _ = writeln!(text, "\n{}: open", result.id);
                continue;
            };
            let value = found.value.and_then(|value| result.values.get(value)).map_or("none", String::as_str);
            let decides = if found.by_decision { ", once a person decides so" } else { "" };
            let rule = found.rule.and_then(|rule| self.framework.file.result.get(at)?.rule.get(rule));
            let why = rule.map_or_else(String::new, |rule| format!(" ({}, line {})", rule.text, rule.line));
            let _ = writeln!(text, "\n{}: {value}{decides}{why}", result.id);
        }
        let (raised, unchecked) = self.flags(row);
        let _ = writeln!(text, "\nFlags: {}", if raised.is_empty() { "none".to_owned() } else { raised.join(", ") });
        if !unchecked.is_empty() {
            let _ = writeln!(text, "Flags not checked: {}", unchecked.join(", "));
        }
        let support = self.support_rows(row);
        if !support.is_empty() {
            let _ = writeln!(text, "\nSupport:");
            for (support, _) in support {
                let much = support.quantity.iter().map(|quantity| self.framework.quantity(quantity));
                let much = much.collect::<Vec<_>>().join(", ");
                let much = if much.is_empty() { much } else { format!(" ({much})") };
                let _ = writeln!(text, "  {}{much}", support.text);
            }
        }
        Ok(text)
    }

    /// Points with the scores that give them, and the two results of a matrix; other rules show in their criteria.
    fn rule(&self, text: &mut String, rule: &ResolvedRule, levels: &[String], row: usize) {
        let resolved = &self.plan.resolved;
        let asked = resolved.asked(self.phase_position);
        let env = RowEnv { inputs: &self.inputs, resolved, row };
        match rule {
            ResolvedRule::Points(points) => {
                let _ = writeln!(text, "\nPoints:");
                for measure in points.measures.iter().filter(|measure| measure.phases & asked != 0) {
                    let mut open = false;
                    let mut given = 0.0;
                    for (cond, score) in &measure.scores {
                        match cond.truth(&env) {
                            Truth::True => {
                                given = *score;
                                break;
                            }
                            Truth::Unknown => open = true,
                            Truth::False => {}
                        }
                    }
                    let given = if open { "open".to_owned() } else { given.to_string() };
                    let _ = writeln!(text, "  {}: {given}", measure.id);
                }
                let bands = points.bands.iter().filter_map(|(level, least)| {
                    let least = least.map_or_else(|| "below that".to_owned(), |least| format!("from {least}"));
                    Some(format!("{} {least}", levels.get(*level)?))
                });
                let _ = writeln!(text, "  bands: {}", bands.collect::<Vec<_>>().join(", "));
            }
            ResolvedRule::Matrix { rows, columns, .. } => {
                for (levels, part) in [rows, columns] {
                    self.rule(text, part, levels, row);
                }
            }
            ResolvedRule::Gates(gates) if levels != resolved.categories.as_slice() => {
                let _ = writeln!(text, "\nLevels:");
                for gate in gates.gates.iter().filter(|gate| gate.phases & asked != 0) {
                    let mark = match gate.cond.truth(&env) {
                        Truth::True => "holds",
                        Truth::False => "does not hold",
                        Truth::Unknown => "unknown",
                    };
                    let level = levels.get(gate.category).map_or("", String::as_str);
                    let _ = writeln!(text, "  {level}: {mark} [{}]", describe::condition(resolved, &gate.cond));
                }
            }
            ResolvedRule::BestFit(_) | ResolvedRule::Gates(_) => {}
        }
    }

    /// A criterion of a group.
    fn statement(&self, text: &mut String, row: usize, item: usize) {
        let asked = self.applies.get(item).and_then(Option::as_ref).and_then(|asked| asked.get(row)).copied();
        let mark = match (asked, self.truths.get(item).and_then(|truths| truths.get(row))) {
            (Some(Truth::False), _) => "not asked",
            (_, Some(Truth::True)) => "met",
            (_, Some(Truth::False)) => "not met",
            _ => "unknown",
        };
        self.line(text, row, item, mark);
    }

    /// The parts of the condition behind some bits.
    fn list(&self, text: &mut String, row: usize, bits: &[usize]) {
        for (element, truths) in self.plan.policy.elements.iter().zip(&self.by_element) {
            if !matches!(element.usage, Use::Bit(bit) if bits.contains(&bit)) {
                continue;
            }
            let mark = match truths.get(row) {
                Some(Truth::True) => "met",
                Some(Truth::False) => "not met",
                _ => "unknown",
            };
            let mut items = Vec::new();
            element.cond.each_item(&mut |item| items.push(item));
            for item in &items {
                self.line(text, row, *item, mark);
            }
            if items.is_empty() {
                let _ = writeln!(text, "  {mark:<9} {}", describe::condition(&self.plan.resolved, &element.cond));
            }
        }
    }

    fn line(&self, text: &mut String, row: usize, item: usize, mark: &str) {
        let resolved = &self.plan.resolved;
        let Some(item) = resolved.items.get(item) else { return };
        let mut leaves: Vec<&Leaf> = Vec::new();
        resolved.each_leaf_of(item, &mut leaves);
        let values: Vec<String> = leaves
            .iter()
            .map(|leaf| {
                let value = describe::value(resolved, leaf.var, self.inputs.value(leaf.var, row));
                let value = value.unwrap_or_else(|| "unknown".to_owned());
                format!("{} = {value}, needed: {}", resolved.var_name(leaf.var), describe::check(resolved, leaf))
            })
            .collect();
        let words = self.framework.text_of(item);
        let _ = writeln!(text, "  {mark:<9} {}  {words} [{}]", item.id, values.join("; "));
    }
}
