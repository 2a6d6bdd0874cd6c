//! The rest of the paper as tables: process rules, data rows, printed registers and figures.

use super::listing::{Texts, names, text};
use super::model::{Against, DatasetRule, Process, Reference};
use super::{Framework, describe};
use crate::error::Result;
use crate::table::{Column, Table};

impl Framework {
    /// Data the document asks for: `id`, `column` (that [`Framework::dataset`] fills), `text`, `rule` (code,
    /// `next_benchmark`, gaps, test), `parameters` (under the chosen readings), `rule_of` (the row whose rule covers it),
    /// `note`, `indicators`, `compared_with`, `phases` (all if empty), `years` (shown), `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn datasets(&self) -> Result<Table> {
        let rows = &self.file.dataset;
        let mut texts = Texts::new(&["id", "column", "text", "rule", "parameters", "rule_of", "note"]);
        for (row, rule) in rows.iter().zip(&self.resolved.rules) {
            let (rule, parameters) = match rule {
                None => (None, None),
                Some(DatasetRule::Code(code)) => {
                    let name = code.threshold.get_ref();
                    let threshold = self.resolved.thresholds.iter().find(|known| known.name == *name);
                    let value = threshold.map_or(f64::NAN, |threshold| threshold.value);
                    let words = format!(
                        "threshold {value}, unit {:?}, at threshold {:?}, turn sign {}",
                        code.unit, code.at_threshold, code.turn_sign
                    );
                    (text("code"), Some(words))
                }
                Some(DatasetRule::NextBenchmark(step)) => {
                    let words = format!("step {:?}, at top {:?}, order {:?}", step.step, step.at_top, step.order);
                    (text("next_benchmark"), Some(words))
                }
                Some(DatasetRule::Gaps(gaps)) => {
                    let words = gaps.gaps.iter().map(|gap| {
                        let (of, minus) = (gap.of.get_ref(), gap.minus.get_ref());
                        let (first, second) = if gaps.turned.contains(&gap.name) { (minus, of) } else { (of, minus) };
                        format!("{} = {first} - {second}", gap.name.get_ref())
                    });
                    (text("gaps"), Some(words.collect::<Vec<_>>().join("; ")))
                }
                Some(DatasetRule::Test(_)) => {
                    let item = self.resolved.items.iter().find(|item| item.id == *row.id.get_ref());
                    (text("test"), item.map(|item| describe::condition(&self.resolved, &item.cond)))
                }
            };
            texts.push([
                text(row.id.get_ref()),
                row.name.as_ref().map(|name| name.get_ref().clone()),
                text(&row.text),
                rule,
                parameters.map(|words| words.to_lowercase()),
                row.rule_of.as_ref().map(|name| name.get_ref().clone()),
                row.note.clone(),
            ]);
        }
        let against = |row: &[Against]| Some(row.iter().map(|against| against.name().to_owned()).collect());
        let mut columns = texts.columns();
        columns
            .push(("indicators".to_owned(), Column::TextList(rows.iter().map(|row| names(&row.indicators)).collect())));
        columns.push((
            "compared_with".to_owned(),
            Column::TextList(rows.iter().map(|row| against(&row.compared_with)).collect()),
        ));
        columns.push(("phases".to_owned(), Column::TextList(rows.iter().map(|row| names(&row.phases)).collect())));
        columns.push(("years".to_owned(), Column::Integer(rows.iter().map(|row| row.years.map(i64::from)).collect())));
        columns.push(("line".to_owned(), Column::Integer(rows.iter().map(|row| Some(i64::from(row.line))).collect())));
        Table::new(columns)
    }

    /// Rules about people, dates and decisions: `id`, `topic`, `text`, `when`, `who`, `threshold`, `note`, `quantity` (in
    /// words), `phases` and `categories` (all if empty), `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn process(&self) -> Result<Table> {
        let rows = &self.file.process;
        let mut texts = Texts::new(&["id", "topic", "text", "when", "who", "threshold", "note"]);
        for row in rows {
            texts.push([
                text(row.id.get_ref()),
                text(row.topic.name()),
                text(&row.text),
                row.when.clone(),
                row.who.clone(),
                row.threshold.as_ref().map(|name| name.get_ref().clone()),
                row.note.clone(),
            ]);
        }
        let quantities = |row: &Process| Some(row.quantity.iter().map(|quantity| self.quantity(quantity)).collect());
        let mut columns = texts.columns();
        columns.push(("quantity".to_owned(), Column::TextList(rows.iter().map(quantities).collect())));
        columns.push(("phases".to_owned(), Column::TextList(rows.iter().map(|row| names(&row.phases)).collect())));
        columns
            .push(("categories".to_owned(), Column::TextList(rows.iter().map(|row| names(&row.categories)).collect())));
        columns.push(("line".to_owned(), Column::Integer(rows.iter().map(|row| Some(i64::from(row.line))).collect())));
        Table::new(columns)
    }

    /// Columns of the printed registers in order: `register`, `title`, `heading`, `indicator`, `dataset` (row of the
    /// dataset it belongs to), `note`, `register_note`, `years_before`, `phases`, `register_line` (of the title), `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn registers(&self) -> Result<Table> {
        let mut texts = Texts::new(&["register", "title", "heading", "indicator", "dataset", "note", "register_note"]);
        let mut years = Vec::new();
        let mut phases = Vec::new();
        let mut lines = Vec::new();
        let mut titled = Vec::new();
        for register in &self.file.register {
            for column in &register.column {
                texts.push([
                    text(register.id.get_ref()),
                    text(&register.title),
                    text(&column.heading),
                    column.indicator.as_ref().map(|name| name.get_ref().clone()),
                    column.dataset.as_ref().map(|name| name.get_ref().clone()),
                    column.note.clone(),
                    register.note.clone(),
                ]);
                years.push(Some(i64::from(column.years_before)));
                phases.push(names(&register.phases));
                lines.push(Some(i64::from(column.line)));
                titled.push(Some(i64::from(register.line)));
            }
        }
        let mut columns = texts.columns();
        columns.push(("years_before".to_owned(), Column::Integer(years)));
        columns.push(("phases".to_owned(), Column::TextList(phases)));
        columns.push(("register_line".to_owned(), Column::Integer(titled)));
        columns.push(("line".to_owned(), Column::Integer(lines)));
        Table::new(columns)
    }

    /// Figures printed in the document: `indicator`, `year` (missing: the current year of any school), `value`, `note`, `phases`, `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn references(&self) -> Result<Table> {
        let rows = &self.file.reference;
        let value =
            |row: &Reference| Some(self.resolved.figures.get(row.indicator.get_ref()).copied().unwrap_or(row.value));
        let text_of = |row: &Reference| Some(row.indicator.get_ref().clone());
        Table::new([
            ("indicator", Column::Text(rows.iter().map(text_of).collect())),
            ("year", Column::Integer(rows.iter().map(|row| row.year.map(i64::from)).collect())),
            ("value", Column::Number(rows.iter().map(value).collect())),
            ("note", Column::Text(rows.iter().map(|row| row.note.clone()).collect())),
            ("phases", Column::TextList(rows.iter().map(|row| names(&row.phases)).collect())),
            ("line", Column::Integer(rows.iter().map(|row| Some(i64::from(row.line))).collect())),
        ])
    }
}
