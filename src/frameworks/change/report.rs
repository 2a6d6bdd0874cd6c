//! Sets of changes as a table and in words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::Assignment;
use super::super::condition::Value;
use super::super::describe;
use super::super::resolve::Domain;
use super::super::result::Status;
use super::cost::Cost;
use super::facts::{Facts, Kind};
use super::finding::Finding;
use super::slots::Slot;
use super::{Attempt, ChangeOptions, Changes, Cohort, Direction, published};
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
        let to = match slot {
            Some(slot) if kind == Kind::Find => Finding::new(facts, slot, var, value, given).words(),
            _ => describe::value(resolved, var, value).unwrap_or_default(),
        };
        Self { var, kind, from: describe::value(resolved, var, held), to, change, criteria }
    }
}

/// `2 changes`, `1 finding`, `1 change and 2 findings`.
fn asked(cost: Cost) -> String {
    let some = |many: u16, one: &str| match many {
        0 => None,
        1 => Some(format!("1 {one}")),
        many => Some(format!("{many} {one}s")),
    };
    let changes = some(cost.changes.saturating_sub(cost.found), "change");
    [changes, some(cost.found, "finding")].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// A direction in words.
const fn how(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "Up to",
        Direction::Down => "Down to",
        Direction::Settle => "Settled into",
    }
}

/// Collects alternatives.
pub struct Report<'a> {
    assignment: &'a Assignment,
    row: usize,
    options: &'a ChangeOptions,
    notes: Vec<String>,
    found: Vec<(Direction, usize, bool, Vec<Alternative>)>,
    /// Whether some category is only reached with published figures.
    rests_on_published: bool,
}

impl<'a> Report<'a> {
    /// For a row.
    pub const fn new(assignment: &'a Assignment, row: usize, options: &'a ChangeOptions) -> Self {
        Self { assignment, row, options, notes: Vec::new(), found: Vec::new(), rests_on_published: false }
    }

    /// The name of a category.
    fn name(&self, at: usize) -> &'a str {
        self.assignment.framework.resolved.categories.get(at).map_or("", String::as_str)
    }

    /// Something to be said beside the table.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// What was asked for.
    pub const fn options(&self) -> &'a ChangeOptions {
        self.options
    }

    /// What leads to a category; `published` are the published figures that are missing.
    pub fn add(&mut self, direction: Direction, target: usize, attempt: Attempt, published: &BTreeSet<usize>) {
        if attempt.found.is_empty() && !attempt.exact {
            self.cut_off(direction, target, attempt.looked_at);
        }
        let vars = attempt.found.iter().flat_map(|one| one.rows.iter().map(|row| row.var));
        let figures: BTreeSet<usize> = vars.filter(|var| published.contains(var)).collect();
        if !figures.is_empty() {
            self.rests_on_published = true;
            self.needs_published(direction, target, &figures, attempt.exact);
        }
        self.found.push((direction, target, attempt.exact, attempt.found));
    }

    /// Whether no set of changes rests on published figures that are missing.
    pub const fn is_without_published(&self) -> bool {
        !self.rests_on_published
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

    /// No findings settle the school into a category.
    pub fn stays_open(&mut self, target: usize) {
        let target = self.name(target);
        self.note(format!("No findings settle the school into {target}."));
    }

    /// A category is only reached with figures that others publish and that are not known.
    fn needs_published(&mut self, direction: Direction, target: usize, figures: &BTreeSet<usize>, certain: bool) {
        let resolved = &self.assignment.framework.resolved;
        let (named, are) = (published::named(resolved, figures), if figures.len() == 1 { "is" } else { "are" });
        let alone =
            if certain { "nothing about the school alone does it" } else { "nothing about the school alone was found" };
        self.note(format!("{} {}: {alone}; {named} {are} not in the data.", how(direction), self.name(target)));
    }

    /// Published figures that are not known bear on the answer.
    pub fn lacks_published(&mut self, figures: &BTreeSet<usize>) {
        let resolved = &self.assignment.framework.resolved;
        let named = published::named(resolved, figures);
        let (are, them) = if figures.len() == 1 { ("is", "it") } else { ("are", "them") };
        let mut note = format!("{named} {are} not in the data; with {them} less may be enough.");
        note.replace_range(..1, &note.get(..1).unwrap_or_default().to_uppercase());
        self.note(note);
    }

    /// The search for a category came to no end.
    pub fn cut_off(&mut self, direction: Direction, target: usize, looked_at: u16) {
        let target = self.name(target);
        let what = match direction {
            Direction::Settle => "settles the school into",
            Direction::Up | Direction::Down => "leads to",
        };
        if looked_at == 0 {
            self.note(format!("Nothing was found that {what} {target}; not everything was looked at."));
            return;
        }
        let asked = match (direction, looked_at) {
            (Direction::Settle, 1) => "finding",
            (Direction::Settle, _) => "findings",
            (_, 1) => "change",
            _ => "changes",
        };
        self.note(format!("No set of up to {looked_at} {asked} {what} {target}; larger sets were not all looked at."));
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

    fn is_published(&self, row: &Row) -> bool {
        let resolved = &self.assignment.framework.resolved;
        resolved.var_indicator(row.var).is_some_and(|known| published::comparator(resolved, &known.name).is_some())
    }

    fn line(&self, row: &Row) -> String {
        let name = self.assignment.framework.resolved.var_name(row.var);
        let mut text = match (&row.from, row.kind) {
            (Some(from), Kind::Change | Kind::Fixed) => format!("{name} from {from} to {}", row.to),
            _ if self.is_published(row) => format!("{name}, not in the data, if it is {}", row.to),
            _ => format!("{name}, unknown now, found to be {}", row.to),
        };
        if let (Some(change), Some(unit)) = (row.change, self.unit(row)) {
            let flag = self.assignment.framework.resolved.var_indicator(row.var).map(|known| &known.domain);
            match flag {
                Some(Domain::Flag) => {}
                Some(Domain::Number { whole, .. }) => {
                    let which = match (change < 0.0, whole) {
                        (true, true) => "fewer",
                        (true, false) => "less",
                        (false, _) => "more",
                    };
                    let one = change.abs().total_cmp(&1.0).is_eq();
                    let unit = if one { unit.strip_suffix('s').unwrap_or(&unit) } else { &unit };
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
            let _ = writeln!(text, "\n{} {}:", how(*direction), self.name(*target));
            for (at, alternative) in (1..).zip(found) {
                let candidate = match alternative.status {
                    Status::Candidate => ", once a person decides so",
                    Status::Conflict => ", although most of what describes it does not hold",
                    _ => "",
                };
                let _ = writeln!(text, "  {at}. {}{candidate}", asked(alternative.cost));
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
