//! Every row of the document that the file holds, as one table.

use std::collections::HashMap;

use super::condition::{Cond, Leaf};
use super::listing::{Texts, names, text};
use super::model::{Kind, Name};
use super::resolve::Item;
use super::{Framework, describe, verify};
use crate::error::Result;
use crate::table::{Column, Table};

/// One row of the table.
struct Row<'a> {
    id: &'a Name,
    list: &'a str,
    category: Option<&'a Name>,
    part: Option<&'a str>,
    aspect: Option<&'a str>,
    role: &'a str,
    kind: Kind,
    words: &'a str,
    note: Option<&'a str>,
    /// Indicators, where no item reads them.
    indicators: Vec<String>,
    phases: Option<Vec<String>>,
    line: u32,
}

impl<'a> Row<'a> {
    /// A row of a list that is about people, dates or support.
    const fn of(list: &'a str, id: &'a Name, words: &'a str, line: u32) -> Self {
        Self {
            id,
            list,
            category: None,
            part: None,
            aspect: None,
            role: list,
            kind: Kind::Process,
            words,
            note: None,
            indicators: Vec::new(),
            phases: None,
            line,
        }
    }
}

impl Framework {
    /// Every row of the document that the file holds, by the ids of the ledger of criteria.
    ///
    /// Columns: `id`, `list` (criterion, flag, dataset, process, target, support, combine, result, charge, capacity,
    /// definition), `category`, `part`, `aspect`, `role` (counts, gate, descriptor, adjusts, informs, flag, register, or the
    /// list), `kind`, `text`, `test`, `note`, `also` (facts shown beside it), `applies` (for which schools it is asked),
    /// `indicators`, `phases` (all if empty), `line`, `last_line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn criteria(&self) -> Result<Table> {
        let mut texts =
            Texts::new(&["id", "list", "category", "part", "aspect", "role", "kind", "text", "test", "note"]);
        let (mut also, mut applies, mut indicators) = (Vec::new(), Vec::new(), Vec::new());
        let (mut phases, mut lines, mut last_lines) = (Vec::new(), Vec::new(), Vec::new());
        let items: HashMap<&str, &Item> = self.resolved.items.iter().map(|item| (item.id.as_str(), item)).collect();
        let ends: HashMap<&str, u32> = verify::rows(&self.file).map(|(id, end)| (id.get_ref().as_str(), end)).collect();
        let words = |cond: &Cond| describe::condition(&self.resolved, cond);
        for row in self.statements().into_iter().chain(self.rules_of_process()) {
            let id = row.id.get_ref().as_str();
            let item = items.get(id).copied();
            let used = match item {
                Some(item) if row.indicators.is_empty() => self.indicators_of(item),
                _ => row.indicators,
            };
            texts.push([
                text(id),
                text(row.list),
                row.category.map(|name| name.get_ref().clone()),
                row.part.map(str::to_owned),
                row.aspect.map(str::to_owned),
                text(row.role),
                text(row.kind.name()),
                text(row.words),
                item.map(|item| words(&item.cond)),
                row.note.map(str::to_owned),
            ]);
            also.push(Some(item.map_or_else(Vec::new, |item| item.also.iter().map(words).collect())));
            applies.push(item.and_then(|item| item.applies.as_ref()).map(words));
            indicators.push(Some(used));
            phases.push(Some(row.phases.unwrap_or_default()));
            lines.push(Some(i64::from(row.line)));
            last_lines.push(ends.get(id).map(|end| i64::from(*end)));
        }
        let mut columns = texts.columns();
        columns.push(("also".to_owned(), Column::TextList(also)));
        columns.push(("applies".to_owned(), Column::Text(applies)));
        columns.push(("indicators".to_owned(), Column::TextList(indicators)));
        columns.push(("phases".to_owned(), Column::TextList(phases)));
        columns.push(("line".to_owned(), Column::Integer(lines)));
        columns.push(("last_line".to_owned(), Column::Integer(last_lines)));
        Table::new(columns)
    }

    /// Criteria, flags and data.
    fn statements(&self) -> Vec<Row<'_>> {
        let roles = self.resolved.roles();
        let role = |id: &Name| {
            let at = self.resolved.items.iter().position(|item| item.id == *id.get_ref());
            at.and_then(|at| roles.get(at).copied()).unwrap_or("informs")
        };
        let mut rows: Vec<Row> = Vec::new();
        rows.extend(self.file.criterion.iter().map(|row| Row {
            category: Some(&row.category),
            part: Some(&row.part),
            aspect: row.aspect.as_deref(),
            role: role(&row.id),
            kind: row.kind,
            note: row.note.as_deref(),
            phases: names(&row.phases),
            ..Row::of("criterion", &row.id, &row.text, row.line)
        }));
        rows.extend(self.file.flag.iter().map(|row| Row {
            kind: row.kind,
            note: row.note.as_deref(),
            phases: names(&row.phases),
            ..Row::of("flag", &row.id, &row.text, row.line)
        }));
        rows.extend(self.file.dataset.iter().map(|row| Row {
            role: "register",
            kind: row.kind,
            note: row.note.as_deref(),
            indicators: row.indicators.iter().map(|name| name.get_ref().clone()).collect(),
            phases: names(&row.phases),
            ..Row::of("dataset", &row.id, &row.text, row.line)
        }));
        rows
    }

    /// Rules about people, dates, targets, support and money, and definitions.
    fn rules_of_process(&self) -> Vec<Row<'_>> {
        let mut rows: Vec<Row> = Vec::new();
        rows.extend(self.file.process.iter().map(|row| Row {
            note: row.note.as_deref(),
            phases: names(&row.phases),
            ..Row::of("process", &row.id, &row.text, row.line)
        }));
        rows.extend(self.file.target.iter().map(|row| Row {
            kind: row.kind,
            note: row.note.as_deref(),
            indicators: row.indicators.iter().map(|name| name.get_ref().clone()).collect(),
            ..Row::of("target", &row.id, &row.text, row.line)
        }));
        rows.extend(self.file.support.iter().map(|row| Row {
            note: row.note.as_deref(),
            phases: names(&row.phases),
            ..Row::of("support", &row.id, &row.text, row.line)
        }));
        rows.extend(self.file.combine.iter().map(|row| Row {
            note: row.note.as_deref(),
            phases: Some(vec![row.phase.get_ref().clone()]),
            ..Row::of("combine", &row.id, "The rules of several phases are applied", row.line)
        }));
        rows.extend(self.file.result.iter().flat_map(|result| &result.rule).map(|row| Row {
            kind: row.kind.unwrap_or(Kind::Process),
            note: row.note.as_deref(),
            indicators: self.indicators_of_result(row.id.get_ref()),
            phases: names(&row.phases),
            ..Row::of("result", &row.id, &row.text, row.line)
        }));
        rows.extend(self.file.charge.iter().flat_map(|charge| charge.band.iter().map(move |band| (charge, band))).map(
            |(charge, row)| Row {
                phases: names(&charge.phases),
                ..Row::of("charge", &row.id, row.text.as_deref().unwrap_or("A band of what the school pays"), row.line)
            },
        ));
        rows.extend(
            self.file
                .capacity
                .iter()
                .map(|row| Row { note: row.note.as_deref(), ..Row::of("capacity", &row.id, &row.text, row.line) }),
        );
        rows.extend(self.file.definition.iter().map(|row| Row {
            note: row.note.as_deref(),
            phases: names(&row.phases),
            ..Row::of("definition", &row.id, &row.text, row.line)
        }));
        rows
    }

    /// The columns that an item reads.
    fn indicators_of(&self, item: &Item) -> Vec<String> {
        let mut leaves: Vec<&Leaf> = Vec::new();
        self.resolved.each_leaf_of(item, &mut leaves);
        for cond in item.also.iter().chain(&item.applies) {
            cond.each_leaf(&mut |leaf| leaves.push(leaf));
        }
        let mut found: Vec<String> = Vec::new();
        for var in leaves.iter().flat_map(|leaf| leaf.vars()) {
            let name = self.resolved.var_name(var);
            if !found.contains(&name) {
                found.push(name);
            }
        }
        found
    }

    /// The columns that a rule of another result reads.
    fn indicators_of_result(&self, id: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (result, written) in self.resolved.results.iter().zip(&self.file.result) {
            for rule in &result.rules {
                if written.rule.get(rule.position).is_none_or(|row| row.id.get_ref() != id) {
                    continue;
                }
                let mut leaves = Vec::new();
                if let Some(when) = &rule.when {
                    when.each_leaf(&mut |leaf| leaves.push(leaf));
                }
                found.extend(leaves.iter().flat_map(|leaf| leaf.vars()).map(|var| self.resolved.var_name(var)));
            }
        }
        found.dedup();
        found
    }
}
