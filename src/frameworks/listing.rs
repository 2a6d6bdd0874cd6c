//! What a framework says, as tables.

use std::collections::BTreeSet;

use super::Framework;
use super::condition::{Cond, Leaf};
use super::model::Name;
use super::resolve::{Domain, Item, Origin};
use crate::error::Result;
use crate::table::{Column, Table};

/// Collects rows of text columns.
#[derive(Default)]
pub(super) struct Texts {
    names: Vec<&'static str>,
    columns: Vec<Vec<Option<String>>>,
}

impl Texts {
    pub(super) fn new(names: &[&'static str]) -> Self {
        Self { names: names.to_vec(), columns: vec![Vec::new(); names.len()] }
    }

    pub(super) fn push(&mut self, row: impl IntoIterator<Item = Option<String>>) {
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value);
        }
    }

    pub(super) fn columns(self) -> Vec<(String, Column)> {
        let names = self.names.into_iter().map(str::to_owned);
        names.zip(self.columns.into_iter().map(Column::Text)).collect()
    }
}

/// A text that is there.
#[expect(clippy::unnecessary_wraps, reason = "a cell of a column of text, which may be missing")]
pub(super) fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// Names as text.
#[expect(clippy::unnecessary_wraps, reason = "a cell of a column of lists, which may be missing")]
pub(super) fn names(names: &[Name]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| name.get_ref().clone()).collect())
}

impl Framework {
    /// Name by which the framework is loaded.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.file.framework.id
    }

    /// Title of the document.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.file.framework.title
    }

    /// The authority that decided it.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.file.framework.authority
    }

    /// First and last academic year in force, by the calendar year in which they end.
    #[must_use]
    pub fn years(&self) -> [i32; 2] {
        self.file.framework.years
    }

    /// Phases it speaks of.
    #[must_use]
    pub fn phases(&self) -> &[String] {
        &self.resolved.phases
    }

    /// Category codes, the best first.
    #[must_use]
    pub fn category_ids(&self) -> &[String] {
        &self.resolved.categories
    }

    /// Remarks on the document as a whole.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.file.framework.note.as_deref()
    }

    /// The document whose lines are cited.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.file.framework.document
    }

    /// Number of lines of the document.
    #[must_use]
    pub fn lines(&self) -> u32 {
        self.file.framework.lines
    }

    /// Chosen option of every reading.
    #[must_use]
    pub fn chosen(&self) -> Vec<(&str, &str)> {
        let of = |id: &str, default: &'_ str| self.readings.get(id).cloned().unwrap_or_else(|| default.to_owned());
        self.file
            .reading
            .iter()
            .map(|reading| {
                let chosen = of(reading.id.get_ref(), reading.default.get_ref());
                let letter = reading.options.keys().find(|letter| *letter.get_ref() == chosen);
                (reading.id.get_ref().as_str(), letter.map_or("", |letter| letter.get_ref().as_str()))
            })
            .collect()
    }

    /// Categories, the best first: `category`, `label`, `meaning`, `colour`, `counted` (number of criteria that count or
    /// describe it, missing for none), `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn categories(&self) -> Result<Table> {
        let rows = &self.file.category;
        let counted = |at: usize| {
            let rows = self.resolved.rule.counted().into_iter().chain(self.resolved.rule.descriptors());
            let here: BTreeSet<usize> = rows.filter(|(category, _)| *category == at).map(|(_, item)| item).collect();
            if here.is_empty() { None } else { i64::try_from(here.len()).ok() }
        };
        let mut columns = Texts::new(&["category", "label", "meaning", "colour"]);
        for row in rows {
            columns.push([text(row.id.get_ref()), text(&row.label), text(&row.meaning), row.colour.clone()]);
        }
        let mut columns = columns.columns();
        columns.push(("counted".to_owned(), Column::Integer((0..rows.len()).map(counted).collect())));
        columns.push(("line".to_owned(), Column::Integer(rows.iter().map(|row| Some(i64::from(row.line))).collect())));
        Table::new(columns)
    }

    /// The words of an item.
    pub(super) fn text_of(&self, item: &Item) -> &str {
        match item.origin {
            Origin::Criterion(at) => self.file.criterion.get(at).map_or("", |row| &row.text),
            Origin::Flag(at) => self.file.flag.get(at).map_or("", |row| &row.text),
            Origin::Dataset(at) => self.file.dataset.get(at).map_or("", |row| &row.text),
            Origin::Definition(at) => self.file.definition.get(at).map_or("", |row| &row.text),
        }
    }

    /// Every number that a rule compares with: `name`, `value` (in force), `written` (in the file), `unit`, `basis`
    /// (document: printed; default: the document has a word without a number), `text`, `used_by`, `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn thresholds(&self) -> Result<Table> {
        let rows = &self.resolved.thresholds;
        let mut texts = Texts::new(&["name", "unit", "basis", "text"]);
        for row in rows {
            texts.push([text(&row.name), text(&row.unit), text(row.basis.name()), text(&row.text)]);
        }
        let mut columns = texts.columns();
        columns.insert(1, ("value".to_owned(), Column::Number(rows.iter().map(|row| Some(row.value)).collect())));
        columns.insert(2, ("written".to_owned(), Column::Number(rows.iter().map(|row| Some(row.written)).collect())));
        let users = self.resolved.used_by.iter().map(|users| Some(users.clone())).collect();
        columns.push(("used_by".to_owned(), Column::TextList(users)));
        columns.push(("line".to_owned(), Column::Integer(rows.iter().map(|row| Some(i64::from(row.line))).collect())));
        Table::new(columns)
    }

    /// The options of every reading: `reading`, `question`, `reason` (for the default), `option`, `text`, `default`,
    /// `chosen`, `changes` (what the option changes).
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn readings(&self) -> Result<Table> {
        let mut texts = Texts::new(&["reading", "question", "reason", "option", "text"]);
        let mut default = Vec::new();
        let mut chosen = Vec::new();
        let mut changes = Vec::new();
        for (reading, (_, in_force)) in self.file.reading.iter().zip(self.chosen()) {
            for (letter, choice) in &reading.options {
                texts.push([
                    text(reading.id.get_ref()),
                    text(&reading.question),
                    text(&reading.reason),
                    text(letter.get_ref()),
                    text(&choice.text),
                ]);
                default.push(Some(letter.get_ref() == reading.default.get_ref()));
                chosen.push(Some(letter.get_ref() == in_force));
                let keys = |names: Vec<&Name>| names.into_iter().map(|name| name.get_ref().clone()).collect::<Vec<_>>();
                let mut what = keys(choice.thresholds.keys().collect());
                what.extend(keys(choice.tests.keys().collect()));
                what.extend(keys(choice.count_add.values().flatten().collect()));
                what.extend(keys(choice.count_remove.values().flatten().collect()));
                what.extend(keys(choice.adjust.keys().collect()));
                what.extend(keys(choice.dataset.keys().collect()));
                what.extend(keys(choice.gate.keys().chain(choice.contest.keys()).collect()));
                what.extend(keys(choice.require.keys().chain(choice.result.keys()).collect()));
                what.extend(keys(choice.references.keys().chain(choice.combine.keys()).collect()));
                what.extend(keys(choice.support.keys().collect()));
                what.extend(choice.gates_descriptors.map(|_| "descriptors".to_owned()));
                what.extend(choice.needs.map(|_| "needs".to_owned()));
                what.extend(choice.tie.map(|_| "tie".to_owned()));
                what.extend(choice.missing_years.map(|_| "missing_years".to_owned()));
                what.extend(choice.charge.as_ref().map(|_| "charge".to_owned()));
                what.extend(choice.denominator.map(|_| "denominator".to_owned()));
                what.extend(choice.support_cumulative.map(|_| "support_model".to_owned()));
                changes.push(Some(what));
            }
        }
        let mut columns = texts.columns();
        columns.push(("default".to_owned(), Column::Flag(default)));
        columns.push(("chosen".to_owned(), Column::Flag(chosen)));
        columns.push(("changes".to_owned(), Column::TextList(changes)));
        Table::new(columns)
    }

    /// The indicators: `indicator`, `type` (flag, choice, number, count, text), `unit`, `text`, `values`, `minimum`,
    /// `maximum`, `decides` (whether a counted criterion or an adjustment reads it).
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn indicators(&self) -> Result<Table> {
        let rows = &self.resolved.indicators;
        let mut texts = Texts::new(&["indicator", "type", "unit", "text"]);
        let mut values = Vec::new();
        let mut minimum = Vec::new();
        let mut maximum = Vec::new();
        for row in rows {
            let finite = |number: f64| Some(number).filter(|number| number.is_finite());
            let (kind, allowed, low, high) = match &row.domain {
                Domain::Flag => ("flag", Vec::new(), None, None),
                Domain::Choice(allowed) => ("choice", allowed.clone(), None, None),
                Domain::Number { min, max, whole: true } => ("count", Vec::new(), finite(*min), finite(*max)),
                Domain::Number { min, max, whole: false } => ("number", Vec::new(), finite(*min), finite(*max)),
                Domain::Text => ("text", Vec::new(), None, None),
            };
            texts.push([text(&row.name), text(kind), row.unit.clone(), text(&row.text)]);
            values.push(Some(allowed));
            minimum.push(low);
            maximum.push(high);
        }
        let deciding = self.deciding_indicators();
        let mut columns = texts.columns();
        columns.push(("values".to_owned(), Column::TextList(values)));
        columns.push(("minimum".to_owned(), Column::Number(minimum)));
        columns.push(("maximum".to_owned(), Column::Number(maximum)));
        columns.push((
            "decides".to_owned(),
            Column::Flag((0..rows.len()).map(|at| Some(deciding.contains(&at))).collect()),
        ));
        Table::new(columns)
    }

    /// Positions of indicators that a counted criterion or an adjustment reads.
    fn deciding_indicators(&self) -> Vec<usize> {
        let rule = &self.resolved.rule;
        let counted = rule.counted().into_iter().chain(rule.descriptors());
        let mut items: Vec<usize> = counted.map(|(_, item)| item).collect();
        let mut leaves: Vec<&Leaf> = Vec::new();
        let mut conds: Vec<&Cond> = self.resolved.adjust.iter().map(|adjust| &adjust.cond).collect();
        rule.each_cond(&mut |cond| conds.push(cond));
        for cond in conds {
            cond.each_item(&mut |item| items.push(item));
            cond.each_leaf(&mut |leaf| leaves.push(leaf));
        }
        let mut next = 0;
        while let Some(item) = items.get(next).and_then(|item| self.resolved.items.get(*item)) {
            item.cond.each_leaf(&mut |leaf| leaves.push(leaf));
            let mut more = Vec::new();
            item.cond.each_item(&mut |other| more.push(other));
            more.retain(|other| !items.contains(other));
            items.extend(more);
            next += 1;
        }
        let vars = leaves.iter().flat_map(|leaf| leaf.vars()).filter_map(|var| self.resolved.vars.get(var));
        vars.map(|var| var.indicator).collect()
    }
}
