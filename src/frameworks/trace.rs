//! The trace: every test of every school with the value read, what it was compared with, and the result.

use std::sync::Arc;

use super::Assignment;
use super::condition::{Base, Bound, Check, Leaf, Value};
use super::describe;
use super::evaluate;
use super::inputs::Origin as ValueOrigin;
use super::logic::Truth;
use super::resolve::{Item, Origin};
use super::rows::FastMap;
use crate::columns::Kind;
use crate::error::Result;
use crate::table::{Coded, Coder, Column, Table};

/// Columns of the trace.
pub const COLUMNS: [(&str, Kind); 18] = [
    ("urn", Kind::Integer),
    ("year", Kind::Integer),
    ("criterion", Kind::Text),
    ("category", Kind::Text),
    ("role", Kind::Text),
    ("result", Kind::Text),
    ("indicator", Kind::Text),
    ("value", Kind::Text),
    ("source", Kind::Text),
    ("test", Kind::Text),
    ("lower", Kind::Number),
    ("upper", Kind::Number),
    ("comparator", Kind::Text),
    ("comparator_value", Kind::Number),
    ("comparator_source", Kind::Text),
    ("passed", Kind::Text),
    ("decides", Kind::Flag),
    ("line", Kind::Integer),
];

/// The word for a criterion that is not asked of the school: its position after the words of truth.
const NOT_APPLICABLE: u32 = 3;

/// The words of truth in their order, and one more.
fn truth_words() -> Vec<Arc<str>> {
    [Truth::False, Truth::Unknown, Truth::True]
        .map(Truth::name)
        .into_iter()
        .chain(["not_applicable"])
        .map(Arc::from)
        .collect()
}

/// What a stretch of a column of the trace holds: one cell for each school. Stretches that are equal hold the same cells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Stretch {
    /// The schools.
    Urn,
    /// Their years.
    Year,
    /// One word, or none, for all schools.
    Word(Option<Arc<str>>),
    /// One answer for all schools.
    Flag(bool),
    /// One whole number for all schools.
    Whole(u32),
    /// One number (its bits), or none, for all schools.
    Number(Option<u64>),
    /// The value of a variable plus a number (its bits).
    Sum(usize, u64),
    /// The value of a variable in words.
    Value(usize),
    /// Where it came from.
    Source(usize),
    /// Whether an item holds.
    Result(usize),
    /// Whether a test (by position) is passed.
    Passed(usize),
}

/// The trace of some rows of an assignment, one test after the other.
pub struct Trace<'a> {
    assignment: &'a Assignment,
    rows: &'a [usize],
    tests: Vec<&'a Leaf>,
    /// By test: what each column holds.
    stretches: Vec<[Stretch; COLUMNS.len()]>,
}

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
        self.trace_stretches(rows).table()
    }

    /// The trace of some rows as stretches, from which it is put together.
    #[must_use]
    pub fn trace_stretches<'a>(&'a self, rows: &'a [usize]) -> Trace<'a> {
        let resolved = &self.plan.resolved;
        let mut trace = Trace { assignment: self, rows, tests: Vec::new(), stretches: Vec::new() };
        let asked = resolved.asked(self.phase_position);
        let roles = resolved.roles();
        for (position, item) in resolved.items.iter().enumerate() {
            if item.phases & asked == 0 || item.is_definition() {
                continue;
            }
            let mut own: Vec<&Leaf> = Vec::new();
            resolved.each_leaf_of(item, &mut own);
            let mut beside: Vec<&Leaf> = Vec::new();
            for cond in item.applies.iter().chain(&item.also) {
                cond.each_leaf(&mut |leaf| beside.push(leaf));
            }
            let role = roles.get(position).copied().unwrap_or("informs");
            let leaves = own.into_iter().map(|leaf| (leaf, true)).chain(beside.into_iter().map(|leaf| (leaf, false)));
            for (leaf, decides) in leaves {
                trace.add(position, item, role, leaf, decides);
            }
        }
        trace
    }
}

impl<'a> Trace<'a> {
    /// Schools of a stretch.
    #[must_use]
    pub const fn schools(&self) -> usize {
        self.rows.len()
    }

    /// The stretches of a column (by position), one for each test.
    pub fn column(&self, position: usize) -> impl Iterator<Item = &Stretch> {
        self.stretches.iter().filter_map(move |test| test.get(position))
    }

    fn add(&mut self, position: usize, item: &'a Item, role: &str, leaf: &'a Leaf, decides: bool) {
        let resolved = &self.assignment.plan.resolved;
        let word = |text: &str| Stretch::Word(Some(Arc::from(text)));
        let category = match item.origin {
            Origin::Criterion(at) => {
                self.assignment.framework.file.criterion.get(at).map(|row| Arc::from(row.category.get_ref().as_str()))
            }
            _ => None,
        };
        let [lower, upper] = match &leaf.check {
            Check::Range(lower, upper) => [lower.as_ref(), upper.as_ref()],
            Check::Values(_) => [None, None],
        };
        let comparator = [lower, upper].into_iter().flatten().find_map(|bound| match bound.base {
            Base::Var(var) => Some(var),
            Base::Constant(_) => None,
        });
        let limit = |bound: Option<&Bound>| match bound.map(|bound| (bound.base, bound.offset)) {
            None => Stretch::Number(None),
            Some((Base::Constant(constant), offset)) => Stretch::Number(Some((constant + offset).to_bits())),
            Some((Base::Var(var), offset)) => Stretch::Sum(var, offset.to_bits()),
        };
        self.stretches.push([
            Stretch::Urn,
            Stretch::Year,
            word(&item.id),
            Stretch::Word(category),
            word(role),
            Stretch::Result(position),
            word(&resolved.var_name(leaf.var)),
            Stretch::Value(leaf.var),
            Stretch::Source(leaf.var),
            word(&describe::check(resolved, leaf)),
            limit(lower),
            limit(upper),
            comparator.map_or(Stretch::Word(None), |var| word(&resolved.var_name(var))),
            comparator.map_or(Stretch::Number(None), |var| Stretch::Sum(var, 0.0_f64.to_bits())),
            comparator.map_or(Stretch::Word(None), Stretch::Source),
            Stretch::Passed(self.tests.len()),
            Stretch::Flag(decides),
            Stretch::Whole(item.line),
        ]);
        self.tests.push(leaf);
    }

    /// The cells of a stretch.
    #[must_use]
    pub fn cells(&self, stretch: &Stretch) -> Column {
        let Assignment { inputs, truths, applies, .. } = self.assignment;
        let all = self.rows.len();
        let number = |var: usize, more: f64| {
            let value = move |row: &usize| match inputs.value(var, *row) {
                Value::Number(number) => Some(number + more),
                _ => None,
            };
            Column::Number(self.rows.iter().map(value).collect())
        };
        match stretch {
            Stretch::Urn => Column::Integer(self.rows.iter().map(|row| inputs.urn.get(*row).copied()).collect()),
            Stretch::Year => Column::Integer(self.rows.iter().map(|row| inputs.year(*row)).collect()),
            Stretch::Word(word) => {
                let labels: Vec<Arc<str>> = word.iter().map(Arc::clone).collect();
                Column::Coded(Coded { labels, codes: vec![word.as_ref().map(|_| 0); all] })
            }
            Stretch::Flag(flag) => Column::Flag(vec![Some(*flag); all]),
            Stretch::Whole(whole) => Column::Integer(vec![Some(i64::from(*whole)); all]),
            Stretch::Number(bits) => Column::Number(vec![bits.map(f64::from_bits); all]),
            Stretch::Sum(var, more) => number(*var, f64::from_bits(*more)),
            Stretch::Value(var) => self.values(*var),
            Stretch::Source(var) => self.sources(*var),
            Stretch::Result(item) => {
                let truths = truths.get(*item);
                let applies = applies.get(*item).and_then(Option::as_ref);
                self.worded(truth_words(), |row| {
                    let aside = applies.and_then(|applies| applies.get(row)) == Some(&Truth::False);
                    let truth = truths.and_then(|truths| truths.get(row)).copied().unwrap_or(Truth::Unknown);
                    Some(if aside { NOT_APPLICABLE } else { truth as u32 })
                })
            }
            Stretch::Passed(test) => {
                let Some(leaf) = self.tests.get(*test) else { return self.worded(Vec::new(), |_| None) };
                // All schools at once, or each on its own.
                let column = (all == inputs.height()).then(|| evaluate::leaf(leaf, inputs));
                self.worded(truth_words(), |row| {
                    let truth = match &column {
                        Some(column) => column.get(row).copied().unwrap_or(Truth::Unknown),
                        None => leaf.truth(|var| inputs.value(var, row)),
                    };
                    Some(truth as u32)
                })
            }
        }
    }

    /// A column of words; `code` gives the position of the word of a row.
    fn worded(&self, labels: Vec<Arc<str>>, code: impl Fn(usize) -> Option<u32>) -> Column {
        Column::Coded(Coded { labels, codes: self.rows.iter().map(|row| code(*row)).collect() })
    }

    /// The values of a variable in words, each distinct one written once.
    fn values(&self, var: usize) -> Column {
        let resolved = &self.assignment.plan.resolved;
        let mut coder = Coder::default();
        let mut known: FastMap<u64, Option<u32>> = FastMap::default();
        let code = |row: &usize| {
            let value = self.assignment.inputs.value(var, *row);
            let key = match value {
                Value::Missing => return None,
                Value::Code(code) => u64::from(code),
                Value::Number(number) => number.to_bits(),
            };
            let write = || describe::value(resolved, var, value).map(|text| coder.code(&text));
            *known.entry(key).or_insert_with(write)
        };
        let codes = self.rows.iter().map(code).collect();
        coder.finish_with(codes)
    }

    /// Where the values of a variable came from, in words.
    fn sources(&self, var: usize) -> Column {
        let Assignment { inputs, columns, framework, references, .. } = self.assignment;
        let origin = inputs.origins(columns, &framework.resolved, references, var);
        let printed = framework.file.reference.iter().map(|row| Arc::from(format!("document, line {}", row.line)));
        let labels = [Arc::from("column"), Arc::from("earlier row")].into_iter().chain(printed).collect();
        self.worded(labels, |row| match origin(row) {
            ValueOrigin::None => None,
            ValueOrigin::Column => Some(0),
            ValueOrigin::EarlierRow => Some(1),
            ValueOrigin::Document(at) => u32::try_from(at).ok().map(|at| at + 2),
        })
    }

    fn table(&self) -> Result<Table> {
        let columns = COLUMNS.iter().enumerate();
        Table::new(columns.map(|(position, (name, kind))| (*name, self.whole_column(position, *kind))))
    }

    /// The stretches of a column, one after the other.
    fn whole_column(&self, position: usize, kind: Kind) -> Column {
        let cells = self.column(position).map(|stretch| self.cells(stretch));
        match kind {
            Kind::Number => Column::Number(
                cells.flat_map(|cells| if let Column::Number(found) = cells { found } else { Vec::new() }).collect(),
            ),
            Kind::Integer => Column::Integer(
                cells.flat_map(|cells| if let Column::Integer(found) = cells { found } else { Vec::new() }).collect(),
            ),
            Kind::Flag => Column::Flag(
                cells.flat_map(|cells| if let Column::Flag(found) = cells { found } else { Vec::new() }).collect(),
            ),
            Kind::Text => {
                let mut coder = Coder::default();
                let mut codes = Vec::new();
                for cells in cells {
                    if let Column::Coded(found) = cells {
                        let known: Vec<u32> = found.labels.iter().map(|label| coder.code(label)).collect();
                        codes.extend(found.codes.iter().map(|code| known.get((*code)? as usize).copied()));
                    }
                }
                coder.finish_with(codes)
            }
        }
    }
}
