//! The result of one school in words.

use std::fmt::Write as _;

use super::Assignment;
use super::condition::Leaf;
use super::describe;
use super::logic::Truth;
use super::policy::Adds;
use crate::error::{Error, Result};

impl Assignment {
    /// The result of one school: category, reason, every criterion that counts or adjusts with the values read, flags and
    /// support. Without a year the latest one is taken.
    ///
    /// # Errors
    /// [`Error::Input`] if the school, or the school in that year, is not in the table.
    pub fn explain(&self, urn: i64, year: Option<i64>) -> Result<String> {
        let rows = self.inputs.urn.iter().enumerate().filter(|(_, known)| **known == urn).map(|(row, _)| row);
        let chosen = rows
            .filter(|row| year.is_none() || self.inputs.year(*row) == year)
            .max_by_key(|row| self.inputs.year(*row));
        let Some(row) = chosen else {
            let when = year.map_or_else(String::new, |year| format!(" in {year}"));
            return Err(Error::Input(format!("school {urn}{when} is not in the table")));
        };
        let mut text = String::new();
        let when = self.inputs.year(row).map_or_else(String::new, |year| format!(", {year}"));
        let header = &self.framework.file.framework;
        let _ = writeln!(text, "{urn}{when} ({}) under {} ({})", self.phase, header.title, header.authority);
        let _ = writeln!(text, "{}", self.reason(row));
        for (member, category) in self.plan.policy.members.iter().enumerate() {
            self.section(&mut text, *category, row, |adds| adds == Adds::Count(member));
        }
        for (bit, adjust) in self.framework.resolved.adjust.iter().enumerate() {
            let Some(written) = self.framework.file.adjust.get(adjust.position) else { continue };
            let _ = writeln!(text, "\n{} (line {}):", written.text, written.line);
            self.list(&mut text, row, |adds| matches!(adds, Adds::BitIfTrue(at) | Adds::BitIfFalse(at) if at == bit));
        }
        let (raised, unchecked) = self.flags(row);
        let _ = writeln!(text, "\nFlags: {}", if raised.is_empty() { "none".to_owned() } else { raised.join(", ") });
        if !unchecked.is_empty() {
            let _ = writeln!(text, "Flags not checked: {}", unchecked.join(", "));
        }
        if let Some(category) = self.summary(row).category {
            let _ = writeln!(text, "\nSupport:");
            for (support, _) in self.framework.support_of(category) {
                let _ = writeln!(text, "  {}", support.text);
            }
        }
        Ok(text)
    }

    fn section(&self, text: &mut String, category: usize, row: usize, of: impl Fn(Adds) -> bool) {
        let Some(written) = self.framework.file.category.get(category) else { return };
        let _ = writeln!(text, "\n{}, {}:", written.id.get_ref(), written.label);
        self.list(text, row, of);
    }

    fn list(&self, text: &mut String, row: usize, of: impl Fn(Adds) -> bool) {
        let resolved = &self.framework.resolved;
        for (element, truths) in self.plan.policy.elements.iter().zip(&self.by_element) {
            if !of(element.adds) {
                continue;
            }
            let mark = match truths.get(row) {
                Some(Truth::True) => "met",
                Some(Truth::False) => "not met",
                _ => "unknown",
            };
            let mut items = Vec::new();
            element.cond.each_item(&mut |item| items.push(item));
            for item in items.iter().filter_map(|item| resolved.items.get(*item)) {
                let mut leaves: Vec<&Leaf> = Vec::new();
                item.cond.each_leaf(&mut |leaf| leaves.push(leaf));
                let values: Vec<String> = leaves
                    .iter()
                    .map(|leaf| {
                        let value = describe::value(resolved, leaf.var, self.inputs.value(leaf.var, row));
                        let value = value.unwrap_or_else(|| "unknown".to_owned());
                        format!(
                            "{} = {value}, needed: {}",
                            resolved.var_name(leaf.var),
                            describe::check(resolved, leaf)
                        )
                    })
                    .collect();
                let words = self.framework.text_of(item);
                let _ = writeln!(text, "  {mark:<8}{}  {words} [{}]", item.id, values.join("; "));
            }
        }
    }
}
