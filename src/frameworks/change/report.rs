//! Sets of changes as a table and in words.

use std::fmt::Write as _;

use super::super::Assignment;
use super::super::condition::{Cond, Env as _, Leaf, Value};
use super::super::describe;
use super::super::logic::Truth;
use super::super::resolve::{Domain, Resolved};
use super::super::result::Status;
use super::cost::Cost;
use super::facts::{Facts, Kind};
use super::slots::Slot;
use super::{ChangeOptions, Changes, Cohort, Direction};
use crate::error::Result;
use crate::numbers::decimal_difference;
use crate::table::{Column, Table};

/// Starts of the names of percentages that are no shares of pupils: of lessons, sessions, schools.
const NOT_OF_PUPILS: [&str; 5] = ["teach_", "attendance", "overall_absence", "good_plus", "exclusion"];

/// A set of changes with what follows.
pub struct Alternative {
    /// The status the school would have.
    pub status: Status,
    /// What it asks for.
    pub cost: Cost,
    /// The indicators.
    pub rows: Vec<Row>,
}

/// One indicator of a set of changes.
pub struct Row {
    var: usize,
    kind: Kind,
    from: Option<String>,
    to: String,
    change: Option<f64>,
    criteria: Vec<String>,
}

impl Row {
    /// The change of a variable, beside the others of its set.
    pub fn new(
        facts: &Facts,
        slot: Option<&Slot>,
        var: usize,
        value: Value,
        given: &[(usize, Value)],
        criteria: Vec<String>,
    ) -> Self {
        let resolved = facts.resolved;
        let held = facts.inputs.value(var, facts.row);
        let kind = facts.kind(var);
        let change = match (held, value) {
            (Value::Number(from), Value::Number(to)) => Some(decimal_difference(to, from)),
            (Value::Code(from), Value::Code(to)) => Some(f64::from(from.abs_diff(to))),
            _ => None,
        };
        let plain = || describe::value(resolved, var, value).unwrap_or_default();
        let to = if kind == Kind::Find { alike(facts, slot, var, value, given) } else { plain() };
        Self { var, kind, from: describe::value(resolved, var, held), to, change, criteria }
    }
}

/// Everything that an unknown value may turn out to be to the same effect, in words.
fn alike(facts: &Facts, slot: Option<&Slot>, var: usize, value: Value, given: &[(usize, Value)]) -> String {
    let resolved = facts.resolved;
    let plain = || describe::value(resolved, var, value).unwrap_or_default();
    let Some(slot) = slot else { return plain() };
    let tests = tests(facts, var);
    if slot.vars.len() > 1 && matches!(value, Value::Number(_)) {
        let env = facts.seen(resolved, given);
        let compared = tests.iter().filter(|leaf| leaf.vars().count() > 1);
        let mut said: Vec<String> = Vec::new();
        for leaf in compared {
            let text = match leaf.truth(|var| env.value(var)) {
                Truth::True => describe::leaf(resolved, leaf),
                Truth::False => format!("not {}", describe::leaf(resolved, leaf)),
                Truth::Unknown => continue,
            };
            if !said.contains(&text) {
                said.push(text);
            }
        }
        return if said.is_empty() { plain() } else { said.join("; ") };
    }
    let passes = |value: Value| -> Vec<Truth> {
        let read = |other: usize| if other == var { value } else { facts.inputs.value(other, facts.row) };
        tests.iter().map(|leaf| leaf.truth(read)).collect()
    };
    let wanted = passes(value);
    let values = slot.values(var);
    if matches!(value, Value::Number(_)) {
        return range(&values, value, slot.limits(var), |value| passes(value) == wanted);
    }
    let names = values.iter().filter(|value| passes(**value) == wanted);
    let names: Vec<String> = names.filter_map(|value| describe::value(resolved, var, *value)).collect();
    describe::either(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The tests that read a variable and take part in deciding.
fn tests<'a>(facts: &'a Facts, var: usize) -> Vec<&'a Leaf> {
    fn add<'a>(cond: &'a Cond, resolved: &'a Resolved, var: usize, found: &mut Vec<&'a Leaf>) {
        cond.each_leaf(&mut |leaf| {
            if leaf.vars().any(|known| known == var) && !found.contains(&leaf) {
                found.push(leaf);
            }
        });
        let mut items = Vec::new();
        cond.each_item(&mut |item| items.push(item));
        for item in items.into_iter().filter_map(|item| resolved.items.get(item)) {
            add(&item.cond, resolved, var, found);
        }
    }
    let mut found = Vec::new();
    for lens in &facts.lenses {
        for element in &lens.policy.elements {
            add(&element.cond, lens.resolved, var, &mut found);
        }
    }
    found
}

/// The numbers around one of the samples that do the same, in words.
fn range(values: &[Value], value: Value, limits: &[f64], same: impl Fn(Value) -> bool) -> String {
    let number = |at: usize| match values.get(at) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let Some(at) = values.iter().position(|known| *known == value) else { return String::new() };
    let alike = |at: &usize| values.get(*at).is_some_and(|value| same(*value));
    let first = (0..=at).rev().take_while(alike).last().unwrap_or(at);
    let last = (at..values.len()).take_while(alike).last().unwrap_or(at);
    let end = |at: usize, beyond: Option<usize>, inclusive: &str, strict: &str| {
        let beyond = beyond.and_then(number)?;
        let here = number(at)?;
        // A sample between two limits stands for what lies beyond the one outside it.
        Some(if limits.contains(&here) || here.fract() == 0.0 && beyond.fract() == 0.0 && !limits.contains(&beyond) {
            format!("{inclusive} {here}")
        } else {
            format!("{strict} {beyond}")
        })
    };
    let low = end(first, first.checked_sub(1), "at least", "above");
    let high = end(last, Some(last + 1), "at most", "below");
    if let (true, Some(only)) = (first == last && low == number(at).map(|here| format!("at least {here}")), number(at))
        && high == Some(format!("at most {only}"))
    {
        return only.to_string();
    }
    match (low, high) {
        (None, None) => "any number".to_owned(),
        (Some(one), None) | (None, Some(one)) => one,
        (Some(low), Some(high)) => format!("{low} and {high}"),
    }
}

/// Collects alternatives.
pub struct Report<'a> {
    assignment: &'a Assignment,
    row: usize,
    options: &'a ChangeOptions,
    notes: Vec<String>,
    found: Vec<(Direction, usize, bool, Vec<Alternative>)>,
}

impl<'a> Report<'a> {
    /// For a row.
    pub const fn new(assignment: &'a Assignment, row: usize, options: &'a ChangeOptions) -> Self {
        Self { assignment, row, options, notes: Vec::new(), found: Vec::new() }
    }

    /// The name of a category.
    fn name(&self, at: usize) -> &'a str {
        self.assignment.framework.resolved.categories.get(at).map_or("", String::as_str)
    }

    /// Something to be said beside the table.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The alternatives for a category.
    pub fn add(&mut self, direction: Direction, target: usize, exact: bool, found: Vec<Alternative>) {
        self.found.push((direction, target, exact, found));
    }

    /// There is no better or no worse category.
    pub fn at_the_end(&mut self, direction: Direction) {
        let which = if direction == Direction::Up { "better" } else { "worse" };
        self.note(format!("There is no {which} category for this phase."));
    }

    /// No change leads further in this direction.
    pub fn no_way(&mut self, direction: Direction) {
        let which = if direction == Direction::Up { "better" } else { "worse" };
        self.note(format!("No change of what can change leads to a {which} category."));
    }

    /// The search for a category came to no end.
    pub fn cut_off(&mut self, direction: Direction, target: usize, looked_at: u16) {
        let target = self.name(target);
        let what = match direction {
            Direction::Settle => "settles the school into",
            Direction::Up | Direction::Down => "leads to",
        };
        let changes = if looked_at == 1 { "change" } else { "changes" };
        self.note(format!(
            "No set of up to {looked_at} {changes} {what} {target}; larger sets were not all looked at."
        ));
    }

    /// The unit of a change.
    fn unit(&self, row: &Row) -> Option<String> {
        let indicator = self.assignment.framework.resolved.var_indicator(row.var)?;
        let one = row.change == Some(1.0);
        match (&indicator.domain, row.kind) {
            (_, Kind::Find) => None,
            (Domain::Flag | Domain::Choice(_) | Domain::Text, _) => Some(if one { "step" } else { "steps" }.to_owned()),
            (Domain::Number { .. }, _) => Some(match indicator.unit.as_deref() {
                Some("%") => "percentage points".to_owned(),
                Some(unit) => unit.to_owned(),
                None => "points".to_owned(),
            }),
        }
    }

    /// How many more pupils a change of a percentage stands for, rounded up to whole pupils.
    fn pupils(&self, row: &Row) -> Option<i64> {
        let indicator = self.assignment.framework.resolved.var_indicator(row.var)?;
        if row.kind != Kind::Change || indicator.unit.as_deref() != Some("%") {
            return None;
        }
        let of = match &self.options.cohort {
            Cohort::Unknown => return None,
            Cohort::All(_) if NOT_OF_PUPILS.iter().any(|start| indicator.name.starts_with(start)) => return None,
            Cohort::All(many) => *many,
            Cohort::By(by) => *by.get(&indicator.name)?,
        };
        let change = row.change?;
        // Free of binary noise: 10 points of 30 pupils are 3 pupils, not 4.
        let pupils = decimal_difference(of * change.abs() / 100.0, 0.0).ceil();
        #[expect(clippy::cast_possible_truncation, reason = "a number of pupils")]
        let pupils = pupils as i64;
        Some(if change < 0.0 { -pupils } else { pupils })
    }

    fn line(&self, row: &Row) -> String {
        let name = self.assignment.framework.resolved.var_name(row.var);
        let mut text = match (&row.from, row.kind) {
            (Some(from), Kind::Change | Kind::Fixed) => format!("{name} from {from} to {}", row.to),
            _ => format!("{name}, unknown now, found to be {}", row.to),
        };
        if let (Some(change), Some(unit)) = (row.change, self.unit(row)) {
            let flag = self.assignment.framework.resolved.var_indicator(row.var).map(|known| &known.domain);
            match flag {
                Some(Domain::Flag) => {}
                Some(Domain::Number { .. }) => {
                    let which = if change < 0.0 { "less" } else { "more" };
                    let _ = write!(text, " ({} {unit} {which}", change.abs());
                    if let Some(pupils) = self.pupils(row) {
                        let which = if change < 0.0 { "fewer" } else { "more" };
                        let noun = if pupils.abs() == 1 { "pupil" } else { "pupils" };
                        let _ = write!(text, ", {} {noun} {which}", pupils.abs());
                    }
                    text.push(')');
                }
                _ => {
                    let _ = write!(text, " ({change} {unit})");
                }
            }
        }
        if !row.criteria.is_empty() {
            let _ = write!(text, " [{}]", row.criteria.join(", "));
        }
        text
    }

    fn words(&self) -> String {
        let (assignment, row) = (self.assignment, self.row);
        let mut text = String::new();
        let urn = assignment.inputs.urn.get(row).copied().unwrap_or_default();
        let when = assignment.inputs.year(row).map_or_else(String::new, |year| format!(", {year}"));
        let header = &assignment.framework.file.framework;
        let _ = writeln!(text, "{urn}{when} ({}) under {} ({})", assignment.phase, header.title, header.authority);
        let summary = assignment.summary(row);
        let names: Vec<&str> = summary.possible.iter().map(|at| self.name(*at)).collect();
        let status = summary.status.name();
        let now = if names.is_empty() { "no category".to_owned() } else { describe::either(&names) };
        let _ = writeln!(text, "Now: {now} ({status})");
        for (direction, target, exact, found) in self.found.iter().filter(|(.., found)| !found.is_empty()) {
            let how = match direction {
                Direction::Up => "Up to",
                Direction::Down => "Down to",
                Direction::Settle => "Settled into",
            };
            let _ = writeln!(text, "\n{how} {}:", self.name(*target));
            for (at, alternative) in (1..).zip(found) {
                let candidate = match alternative.status {
                    Status::Candidate => ", once a person decides so",
                    Status::Conflict => ", although most of what describes it does not hold",
                    _ => "",
                };
                let changes = if alternative.cost.changes == 1 { "change" } else { "changes" };
                let _ = writeln!(text, "  {at}. {} {changes}{candidate}", alternative.cost.changes);
                for row in &alternative.rows {
                    let _ = writeln!(text, "     {}", self.line(row));
                }
            }
            if !exact {
                let _ = writeln!(text, "  The search was cut off: a smaller set may exist.");
            }
        }
        if !self.notes.is_empty() {
            let _ = writeln!(text, "\n{}", self.notes.join("\n"));
        }
        text
    }

    /// The table, with the words.
    pub fn finish(self) -> Result<Changes> {
        let words = self.words();
        let (assignment, at) = (self.assignment, self.row);
        let mut whole: [Vec<Option<i64>>; 5] = Default::default();
        let mut numbers: [Vec<Option<f64>>; 2] = Default::default();
        let mut texts: [Vec<Option<String>>; 8] = Default::default();
        let (mut pupils, mut criteria, mut certain) = (Vec::new(), Vec::new(), Vec::new());
        let text = |value: &str| Some(value.to_owned());
        for (direction, target, exact, found) in &self.found {
            for (alternative, one) in (1..).zip(found) {
                for row in &one.rows {
                    let kind = if row.kind == Kind::Find { "find_out" } else { "change" };
                    let values = [
                        assignment.inputs.urn.get(at).copied(),
                        assignment.inputs.year(at),
                        Some(alternative),
                        Some(i64::from(one.cost.changes)),
                        Some(i64::from(one.cost.found)),
                    ];
                    whole.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
                    let values = [Some(one.cost.size()), row.change];
                    numbers.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
                    let values = [
                        text(direction.name()),
                        text(self.name(*target)),
                        text(one.status.name()),
                        text(kind),
                        Some(assignment.framework.resolved.var_name(row.var)),
                        row.from.clone(),
                        text(&row.to),
                        self.unit(row),
                    ];
                    texts.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
                    pupils.push(self.pupils(row));
                    criteria.push(Some(row.criteria.clone()));
                    certain.push(Some(*exact));
                }
            }
        }
        let [urn, year, alternative, changes, found] = whole.map(Column::Integer);
        let [size, change] = numbers.map(Column::Number);
        let [direction, target, status, kind, indicator, from, to, unit] = texts.map(Column::Text);
        let table = Table::new([
            ("urn", urn),
            ("year", year),
            ("direction", direction),
            ("target", target),
            ("status", status),
            ("alternative", alternative),
            ("changes", changes),
            ("found", found),
            ("size", size),
            ("kind", kind),
            ("indicator", indicator),
            ("from", from),
            ("to", to),
            ("change", change),
            ("unit", unit),
            ("pupils", Column::Integer(pupils)),
            ("criteria", Column::TextList(criteria)),
            ("exact", Column::Flag(certain)),
        ])?;
        Ok(Changes { table, notes: self.notes, words })
    }
}
