//! The trace: every test of every school with the value read, what it was compared with, and the result.

use super::Assignment;
use super::condition::{Base, Check, Leaf};
use super::describe;
use super::inputs::{Origin as ValueOrigin, RowEnv};
use super::logic::Truth;
use super::resolve::{Item, Origin};
use crate::error::Result;
use crate::table::{Coder, Column, Table};

impl Assignment {
    /// One row for each school, criterion and test of one indicator in one year.
    ///
    /// Columns: `urn`, `year`, `criterion`, `category`, `role`, `result` (of the criterion: true, false,
    /// unknown, `not_applicable`),
    /// `indicator` (with `_y1` for the year before), `value`, `source` (column, earlier row, or line of the document),
    /// `test`, `lower` and `upper` (the numbers compared with, margins included), `comparator`, `comparator_value`,
    /// `comparator_source`, `passed` (of this test), `decides` (whether the test is part of the criterion or shown beside
    /// it), `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn trace(&self) -> Result<Table> {
        let rows: Vec<usize> = (0..self.inputs.height()).collect();
        self.trace_of(&rows)
    }

    /// The trace of some rows only.
    ///
    /// # Errors
    /// As [`Assignment::trace`].
    pub fn trace_of(&self, rows: &[usize]) -> Result<Table> {
        let mut out = Rows::default();
        let asked = self.plan.resolved.asked(self.phase_position);
        let roles = self.plan.resolved.roles();
        for (position, item) in self.plan.resolved.items.iter().enumerate() {
            if item.phases & asked == 0 || item.is_definition() {
                continue;
            }
            let mut leaves: Vec<(&Leaf, bool)> = Vec::new();
            let mut own = Vec::new();
            self.plan.resolved.each_leaf_of(item, &mut own);
            leaves.extend(own.into_iter().map(|leaf| (leaf, true)));
            if let Some(applies) = &item.applies {
                applies.each_leaf(&mut |leaf| leaves.push((leaf, false)));
            }
            for also in &item.also {
                also.each_leaf(&mut |leaf| leaves.push((leaf, false)));
            }
            let role = roles.get(position).copied().unwrap_or("informs");
            self.item_rows(&mut out, position, role, item, &leaves, rows);
        }
        out.finish()
    }

    fn item_rows(
        &self,
        out: &mut Rows,
        position: usize,
        role: &str,
        item: &Item,
        leaves: &[(&Leaf, bool)],
        rows: &[usize],
    ) {
        let resolved = &self.plan.resolved;
        let category = match item.origin {
            Origin::Criterion(at) => self.framework.file.criterion.get(at).map(|row| row.category.get_ref().as_str()),
            _ => None,
        };
        let codes = (out.criterion.code(&item.id), category.map(|name| out.category.code(name)), out.role.code(role));
        let truths = self.truths.get(position);
        let applies = self.applies.get(position).and_then(Option::as_ref);
        for (leaf, decides) in leaves {
            let indicator = out.indicator.code(&resolved.var_name(leaf.var));
            let test = out.test.code(&describe::check(resolved, leaf));
            let comparator = match &leaf.check {
                Check::Range(lower, upper) => [lower, upper].into_iter().flatten().find_map(|bound| match bound.base {
                    Base::Var(var) => Some(var),
                    Base::Constant(_) => None,
                }),
                Check::Values(_) => None,
            };
            let comparator_name = comparator.map(|var| out.comparator.code(&resolved.var_name(var)));
            for row in rows {
                let env = RowEnv { inputs: &self.inputs, resolved, row: *row };
                let value = |var: usize| self.inputs.value(var, *row);
                out.urn.push(self.inputs.urn.get(*row).copied());
                out.year.push(self.inputs.year(*row));
                out.criterion.push_code(Some(codes.0));
                out.category.push_code(codes.1);
                out.role.push_code(Some(codes.2));
                let aside = applies.and_then(|applies| applies.get(*row)) == Some(&Truth::False);
                let truth = truths.and_then(|truths| truths.get(*row)).copied().unwrap_or(Truth::Unknown);
                out.result.push(Some(if aside { "not_applicable" } else { truth.name() }));
                out.indicator.push_code(Some(indicator));
                out.value.push(describe::value(resolved, leaf.var, value(leaf.var)).as_deref());
                out.source.push(self.source(leaf.var, *row).as_deref());
                out.test.push_code(Some(test));
                let number =
                    |bound: &Option<super::condition::Bound>| bound.as_ref().and_then(|bound| bound.number(value));
                let (lower, upper) = match &leaf.check {
                    Check::Range(lower, upper) => (number(lower), number(upper)),
                    Check::Values(_) => (None, None),
                };
                out.lower.push(lower);
                out.upper.push(upper);
                out.comparator.push_code(comparator_name);
                let held = comparator.map(value);
                out.comparator_value.push(match held {
                    Some(super::condition::Value::Number(number)) => Some(number),
                    _ => None,
                });
                out.comparator_source.push(comparator.and_then(|var| self.source(var, *row)).as_deref());
                let passed = leaf.truth(|var| super::condition::Env::value(&env, var));
                out.passed.push(Some(passed.name()));
                out.decides.push(Some(*decides));
                out.line.push(Some(i64::from(item.line)));
            }
        }
    }

    /// Where a value came from, in words.
    fn source(&self, var: usize, row: usize) -> Option<String> {
        let references = &self.references;
        match self.inputs.origin(&self.columns, &self.framework.resolved, references, var, row) {
            ValueOrigin::None => None,
            ValueOrigin::Column => Some("column".to_owned()),
            ValueOrigin::EarlierRow => Some("earlier row".to_owned()),
            ValueOrigin::Document(at) => {
                self.framework.file.reference.get(at).map(|row| format!("document, line {}", row.line))
            }
        }
    }
}

#[derive(Default)]
struct Rows {
    urn: Vec<Option<i64>>,
    year: Vec<Option<i64>>,
    criterion: Coder,
    category: Coder,
    role: Coder,
    result: Coder,
    indicator: Coder,
    value: Coder,
    source: Coder,
    test: Coder,
    lower: Vec<Option<f64>>,
    upper: Vec<Option<f64>>,
    comparator: Coder,
    comparator_value: Vec<Option<f64>>,
    comparator_source: Coder,
    passed: Coder,
    decides: Vec<Option<bool>>,
    line: Vec<Option<i64>>,
}

impl Rows {
    fn finish(self) -> Result<Table> {
        Table::new([
            ("urn", Column::Integer(self.urn)),
            ("year", Column::Integer(self.year)),
            ("criterion", self.criterion.finish()),
            ("category", self.category.finish()),
            ("role", self.role.finish()),
            ("result", self.result.finish()),
            ("indicator", self.indicator.finish()),
            ("value", self.value.finish()),
            ("source", self.source.finish()),
            ("test", self.test.finish()),
            ("lower", Column::Number(self.lower)),
            ("upper", Column::Number(self.upper)),
            ("comparator", self.comparator.finish()),
            ("comparator_value", Column::Number(self.comparator_value)),
            ("comparator_source", self.comparator_source.finish()),
            ("passed", self.passed.finish()),
            ("decides", Column::Flag(self.decides)),
            ("line", Column::Integer(self.line)),
        ])
    }
}
