//! What each category is offered.

use super::listing::{Texts, text};
use super::model::{Decision, Funding, Support};
use super::{Assignment, Framework};
use crate::error::Result;
use crate::table::{Coder, Column, Table};

impl Framework {
    /// Support of a category under the chosen readings, with the category whose list it stands in.
    pub(super) fn support_of(&self, category: usize) -> Vec<(&Support, &str)> {
        let mut chain: Vec<&str> = Vec::new();
        let mut here = self.resolved.categories.get(category).map(String::as_str);
        while let Some(name) = here.filter(|name| !chain.contains(name)) {
            chain.push(name);
            let model = self.file.support_model.as_ref().filter(|_| self.resolved.support_cumulative);
            here = model.and_then(|model| {
                let next = model.adds_to.iter().find(|(from, _)| from.get_ref() == name);
                next.map(|(_, to)| to.get_ref().as_str())
            });
        }
        let mut found = Vec::new();
        for list in chain.into_iter().rev() {
            found.extend(self.file.support.iter().filter(|row| row.category.get_ref() == list).map(|row| (row, list)));
        }
        found
    }

    /// Support of every category under the chosen readings: `category`, `id`, `from` (the category whose list it stands
    /// in), `text`, `funding`, `decision` (must: it follows; may: a person decides), `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn support(&self) -> Result<Table> {
        let mut texts = Texts::new(&["category", "id", "from", "text", "funding", "decision"]);
        let mut lines = Vec::new();
        for (at, category) in self.resolved.categories.iter().enumerate() {
            for (row, list) in self.support_of(at) {
                texts.push([
                    text(category),
                    text(row.id.get_ref()),
                    text(list),
                    text(&row.text),
                    row.funding.map(|funding| funding.name().to_owned()),
                    text(if row.decision == Decision::Must { "must" } else { "may" }),
                ]);
                lines.push(Some(i64::from(row.line)));
            }
        }
        let mut columns = texts.columns();
        columns.push(("line".to_owned(), Column::Integer(lines)));
        Table::new(columns)
    }
}

impl Assignment {
    /// Support that follows for each school with a category: `urn`, `year`, `category`, `id`, `from`, `text`, `funding`,
    /// `decision`, `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn support(&self) -> Result<Table> {
        let mut coders: [Coder; 6] = Default::default();
        let mut urns = Vec::new();
        let mut years = Vec::new();
        let mut lines = Vec::new();
        for row in 0..self.inputs.height() {
            let Some(category) = self.summary(row).category else { continue };
            let name = self.framework.resolved.categories.get(category).map(String::as_str);
            for (support, list) in self.framework.support_of(category) {
                urns.push(self.inputs.urn.get(row).copied());
                years.push(self.inputs.year(row));
                lines.push(Some(i64::from(support.line)));
                let decision = if support.decision == Decision::Must { "must" } else { "may" };
                let funding = support.funding.map(Funding::name);
                let texts =
                    [name, Some(support.id.get_ref()), Some(list), Some(&support.text), funding, Some(decision)];
                for (coder, text) in coders.iter_mut().zip(texts) {
                    coder.push(text);
                }
            }
        }
        let [category, id, from, words, funding, decision] = coders;
        Table::new([
            ("urn", Column::Integer(urns)),
            ("year", Column::Integer(years)),
            ("category", category.finish()),
            ("id", id.finish()),
            ("from", from.finish()),
            ("text", words.finish()),
            ("funding", funding.finish()),
            ("decision", decision.finish()),
            ("line", Column::Integer(lines)),
        ])
    }
}
