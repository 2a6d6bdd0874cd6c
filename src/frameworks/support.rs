//! What each category is offered.

use super::listing::{Texts, names, text};
use super::model::{Bound, Decision, Funding, Per, Quantity, Support};
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
            let rows = self.file.support.iter().zip(&self.resolved.support_active).filter(|(_, active)| **active);
            let here = rows.filter(|(row, _)| row.all_categories().any(|name| name.get_ref() == list));
            found.extend(here.map(|(row, _)| (row, list)));
        }
        found
    }

    /// Support that is given by other results and not by a category.
    pub(super) fn support_by_result(&self) -> impl Iterator<Item = &Support> {
        let rows = self.file.support.iter().zip(&self.resolved.support_active);
        rows.filter(|(row, active)| **active && row.all_categories().next().is_none()).map(|(row, _)| row)
    }

    /// Support under the chosen readings: `category` (missing where another result gives it), `id`, `from` (the category
    /// whose list it stands in), `text`, `funding`, `decision` (must: it follows; may: a person decides), `variant`, `results`
    /// (other results it needs), `quantity` (in words), `phases`, `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn support(&self) -> Result<Table> {
        let mut texts = Texts::new(&["category", "id", "from", "text", "funding", "decision", "variant"]);
        let mut results = Vec::new();
        let mut quantities = Vec::new();
        let mut phases = Vec::new();
        let mut lines = Vec::new();
        let mut add = |row: &Support, category: Option<&String>, list: Option<&str>| {
            texts.push([
                category.cloned(),
                text(row.id.get_ref()),
                list.map(str::to_owned),
                text(&row.text),
                row.funding.map(|funding| funding.name().to_owned()),
                text(if row.decision == Decision::Must { "must" } else { "may" }),
                row.variant.as_ref().map(|name| name.get_ref().clone()),
            ]);
            results.push(Some(needed(row)));
            quantities.push(Some(row.quantity.iter().map(|quantity| self.quantity(quantity)).collect()));
            phases.push(names(&row.phases));
            lines.push(Some(i64::from(row.line)));
        };
        for (at, category) in self.resolved.categories.iter().enumerate() {
            for (row, list) in self.support_of(at) {
                add(row, Some(category), Some(list));
            }
        }
        for row in self.support_by_result() {
            add(row, None, None);
        }
        let mut columns = texts.columns();
        columns.push(("results".to_owned(), Column::TextList(results)));
        columns.push(("quantity".to_owned(), Column::TextList(quantities)));
        columns.push(("phases".to_owned(), Column::TextList(phases)));
        columns.push(("line".to_owned(), Column::Integer(lines)));
        Table::new(columns)
    }

    /// The number behind a quantity.
    pub(super) fn amount(&self, quantity: &Quantity) -> f64 {
        let name = quantity.amount.get_ref();
        self.resolved.thresholds.iter().find(|known| known.name == *name).map_or(f64::NAN, |known| known.value)
    }

    /// A quantity in words.
    pub(super) fn quantity(&self, quantity: &Quantity) -> String {
        let bound = match quantity.bound {
            Bound::Exactly => "",
            Bound::AtLeast => "at least ",
            Bound::AtMost => "at most ",
        };
        let amount = self.amount(quantity);
        let unit = quantity.unit.name().replace('_', " ");
        let unit = match unit.strip_suffix('s') {
            Some(one) if (amount - 1.0).abs() < f64::EPSILON => one.to_owned(),
            _ => unit,
        };
        let per = quantity.per.name().replace('_', " ");
        let per = if quantity.per == Per::Once { per } else { format!("per {per}") };
        format!("{bound}{amount} {unit} {per}")
    }

    /// The numbers of support, one row each: `id`, `category`, `unit`, `bound` (exactly, `at_least`, `at_most`), `per`, `variant`,
    /// `decision`, `funding`, `amount`, `times_a_year` (missing where it does not follow the school year), `results`, `phases`,
    /// `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn quantities(&self) -> Result<Table> {
        let mut texts = Texts::new(&["id", "category", "unit", "bound", "per", "variant", "decision", "funding"]);
        let mut amounts = Vec::new();
        let mut times = Vec::new();
        let mut results = Vec::new();
        let mut phases = Vec::new();
        let mut lines = Vec::new();
        let mut add = |row: &Support, category: Option<&String>| {
            for quantity in &row.quantity {
                texts.push([
                    text(row.id.get_ref()),
                    category.cloned(),
                    text(quantity.unit.name()),
                    text(quantity.bound.name()),
                    text(quantity.per.name()),
                    row.variant.as_ref().map(|name| name.get_ref().clone()),
                    text(if row.decision == Decision::Must { "must" } else { "may" }),
                    row.funding.map(|funding| funding.name().to_owned()),
                ]);
                amounts.push(Some(self.amount(quantity)));
                times.push(quantity.per.times_a_year());
                results.push(Some(needed(row)));
                phases.push(names(&row.phases));
                lines.push(Some(i64::from(row.line)));
            }
        };
        for (at, category) in self.resolved.categories.iter().enumerate() {
            for (row, _) in self.support_of(at) {
                add(row, Some(category));
            }
        }
        for row in self.support_by_result() {
            add(row, None);
        }
        let mut columns = texts.columns();
        columns.push(("amount".to_owned(), Column::Number(amounts)));
        columns.push(("times_a_year".to_owned(), Column::Number(times)));
        columns.push(("results".to_owned(), Column::TextList(results)));
        columns.push(("phases".to_owned(), Column::TextList(phases)));
        columns.push(("line".to_owned(), Column::Integer(lines)));
        Table::new(columns)
    }
}

/// The other results that support needs, as `result=value`.
fn needed(row: &Support) -> Vec<String> {
    row.results.iter().map(|(result, value)| format!("{}={}", result.get_ref(), value.get_ref())).collect()
}

impl Assignment {
    /// Support that follows for a row, with the category whose list it stands in. Without a category what other results
    /// give is left.
    pub(super) fn support_rows(&self, row: usize) -> Vec<(&Support, &str)> {
        let resolved = &self.plan.resolved;
        let asked = resolved.asked(self.phase_position);
        let phases = |name: &String| {
            resolved.phases.iter().position(|known| known == name).is_some_and(|at| asked >> at & 1 == 1)
        };
        let given = |support: &Support| {
            (support.phases.is_empty() || support.phases.iter().any(|name| phases(name.get_ref())))
                && support.results.iter().all(|(result, value)| {
                    let at = resolved.results.iter().position(|known| known.id == *result.get_ref());
                    at.and_then(|at| self.following_value(at, row)) == Some(value.get_ref())
                })
        };
        if self.inputs.refusal(row).is_some() {
            return Vec::new();
        }
        let mut found =
            self.summary(row).category.map_or_else(Vec::new, |category| self.framework.support_of(category));
        found.extend(self.framework.support_by_result().map(|row| (row, "")));
        found.retain(|(row, _)| given(row));
        found
    }

    /// Support that follows for each school, by its category or by another result: `urn`, `year`, `category`, `id`, `from`, `text`, `funding`,
    /// `decision`, `variant`, `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn support(&self) -> Result<Table> {
        let mut coders: [Coder; 7] = Default::default();
        let mut urns = Vec::new();
        let mut years = Vec::new();
        let mut lines = Vec::new();
        for row in 0..self.inputs.height() {
            let category = self.summary(row).category;
            let name = category.and_then(|at| self.framework.resolved.categories.get(at)).map(String::as_str);
            for (support, list) in self.support_rows(row) {
                urns.push(self.inputs.urn.get(row).copied());
                years.push(self.inputs.year(row));
                lines.push(Some(i64::from(support.line)));
                let decision = if support.decision == Decision::Must { "must" } else { "may" };
                let funding = support.funding.map(Funding::name);
                let variant = support.variant.as_ref().map(|name| name.get_ref().as_str());
                let list = Some(list).filter(|list| !list.is_empty());
                let id = Some(support.id.get_ref().as_str());
                let texts = [name, id, list, Some(support.text.as_str()), funding, Some(decision), variant];
                for (coder, text) in coders.iter_mut().zip(texts) {
                    coder.push(text);
                }
            }
        }
        let [category, id, from, words, funding, decision, variant] = coders;
        Table::new([
            ("urn", Column::Integer(urns)),
            ("year", Column::Integer(years)),
            ("category", category.finish()),
            ("id", id.finish()),
            ("from", from.finish()),
            ("text", words.finish()),
            ("funding", funding.finish()),
            ("decision", decision.finish()),
            ("variant", variant.finish()),
            ("line", Column::Integer(lines)),
        ])
    }
}
