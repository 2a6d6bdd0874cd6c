//! Rules of the file format that need no names looked up: distinct ids, lines inside the document, readings that say
//! something.

use std::collections::HashMap;
use std::ops::Range;

use super::model::{DatasetRule, Decide, File, Name};
use super::parse::Source;
use super::resolve::{FORMAT, changes_something, gates_of};
use crate::error::Result;

/// Checks a parsed file.
///
/// # Errors
/// [`crate::error::Error::File`] with the line of the first rule that is broken.
pub fn verify(source: &Source, file: &File) -> Result<()> {
    if *file.format.get_ref() != FORMAT {
        let message = format!("format {} is not known; this version reads format {FORMAT}", file.format.get_ref());
        return Err(source.error(&file.format.span(), message));
    }
    if file.category.len() < 2 || file.category.len() > 32 {
        return Err(source.error(&(0..0), "a framework needs from 2 to 32 categories"));
    }
    if file.framework.phases.len() > 63 {
        return Err(source.error(&(0..0), "a framework may have at most 63 phases"));
    }
    refuse_many(source, file)?;
    distinct(source, "category", file.category.iter().map(|row| &row.id))?;
    distinct(source, "phase", file.framework.phases.iter())?;
    distinct(source, "adjustment", file.adjust.iter().map(|row| &row.id))?;
    distinct(source, "reading", file.reading.iter().map(|row| &row.id))?;
    distinct(source, "register", file.register.iter().map(|row| &row.id))?;
    for phase in &file.framework.phases {
        let asked = |phases: &[Name]| phases.is_empty() || phases.contains(phase);
        distinct(source, "flag name", file.flag.iter().filter(|row| asked(&row.phases)).map(|row| &row.name))?;
    }
    distinct(source, "gate", gates_of(&file.decide).map(|gate| &gate.id))?;
    distinct(source, "constraint", file.constraint.iter().map(|row| &row.id))?;
    distinct(source, "combined phase", file.combine.iter().map(|row| &row.phase))?;
    distinct(source, "result", file.result.iter().map(|row| &row.id))?;
    for result in &file.result {
        distinct(source, "value", result.values.iter())?;
    }
    for row in &file.combine {
        distinct(source, "phase", row.of.iter())?;
    }
    distinct(source, "column", file.dataset.iter().filter_map(|row| row.name.as_ref()))?;
    distinct(source, "id", rows(file).map(|(name, _)| name))?;
    for (name, line) in rows(file) {
        inside(source, file, &name.span(), line)?;
    }
    for (name, threshold) in &file.thresholds {
        inside(source, file, &name.span(), threshold.line.unwrap_or(1))?;
    }
    for row in &file.adjust {
        inside(source, file, &row.id.span(), row.line)?;
    }
    for row in &file.reference {
        if !row.value.is_finite() {
            let message = format!("figure '{}' must be a finite number", row.indicator.get_ref());
            return Err(source.error(&row.indicator.span(), message));
        }
        inside(source, file, &row.indicator.span(), row.line)?;
    }
    for row in &file.category {
        inside(source, file, &row.id.span(), row.line)?;
    }
    for row in &file.dataset {
        if row.name.is_none() && matches!(row.rule, Some(DatasetRule::Test(_) | DatasetRule::NextBenchmark(_))) {
            let message = "a dataset row with a test or an estimate needs the key 'name': the column it fills";
            return Err(source.error(&row.id.span(), message));
        }
    }
    readings(source, file)
}

/// Most entries of a file: rows of all lists, thresholds, indicators and printed figures together.
const MAX_ENTRIES: usize = 10_000;

/// Most options of all readings together; each is checked by applying it.
const MAX_OPTIONS: usize = 200;

/// Refuses a file with more entries than any framework.
fn refuse_many(source: &Source, file: &File) -> Result<()> {
    let names = file.thresholds.keys().chain(file.indicators.keys());
    let rows = rows(file).map(|(name, _)| name).chain(names).chain(file.reference.iter().map(|row| &row.indicator));
    let rows = rows.chain(file.adjust.iter().map(|row| &row.id)).chain(file.constraint.iter().map(|row| &row.id));
    let columns = file.register.iter().flat_map(|row| &row.column).filter_map(|column| column.dataset.as_ref());
    let mut rows = rows.chain(names_of_rule(&file.decide)).chain(columns);
    if let Some(name) = rows.nth(MAX_ENTRIES) {
        return Err(source.error(&name.span(), format!("a framework may have at most {MAX_ENTRIES} entries in all")));
    }
    let mut options = file.reading.iter().flat_map(|reading| reading.options.keys());
    match options.nth(MAX_OPTIONS) {
        Some(name) => {
            let message = format!("the readings of a framework may have at most {MAX_OPTIONS} options in all");
            Err(source.error(&name.span(), message))
        }
        None => Ok(()),
    }
}

/// The names of gates, contests and scores.
fn names_of_rule(decide: &Decide) -> Vec<&Name> {
    let (gates, points) = match decide {
        Decide::BestFit(_) => (Vec::new(), Vec::new()),
        Decide::Gates(gates) => (vec![gates], Vec::new()),
        Decide::Points(points) => (Vec::new(), vec![points]),
        Decide::Matrix(matrix) => {
            let sides = [&matrix.rows, &matrix.columns];
            let gates = sides.iter().filter_map(|side| side.gates.as_ref()).collect();
            (gates, sides.iter().filter_map(|side| side.points.as_ref()).collect())
        }
    };
    let gates = gates.into_iter().flat_map(|gates| {
        gates.gate.iter().map(|gate| &gate.id).chain(gates.contest.iter().map(|contest| &contest.id))
    });
    let scores = points
        .into_iter()
        .flat_map(|points| &points.measure)
        .flat_map(|measure| std::iter::once(&measure.id).chain(measure.score.iter().map(|score| &score.points)));
    gates.chain(scores).collect()
}

/// Every row that stands for a row of the ledger, with the line of the document it rests on.
pub fn rows(file: &File) -> impl Iterator<Item = (&Name, u32)> {
    let end = |line: u32, last: Option<u32>| last.unwrap_or(line).max(line);
    let criteria = file.criterion.iter().map(move |row| (&row.id, end(row.line, row.last_line)));
    criteria
        .chain(file.flag.iter().map(move |row| (&row.id, end(row.line, row.last_line))))
        .chain(file.dataset.iter().map(move |row| (&row.id, end(row.line, row.last_line))))
        .chain(file.process.iter().map(move |row| (&row.id, end(row.line, row.last_line))))
        .chain(file.target.iter().map(move |row| (&row.id, end(row.line, row.last_line))))
        .chain(file.support.iter().map(move |row| (&row.id, end(row.line, row.last_line))))
        .chain(file.definition.iter().map(move |row| (&row.id, end(row.line, row.last_line))))
        .chain(file.combine.iter().map(|row| (&row.id, row.line)))
        .chain(file.result.iter().flat_map(|row| &row.rule).map(move |row| (&row.id, end(row.line, row.last_line))))
        .chain(file.charge.iter().flat_map(|row| &row.band).map(|row| (&row.id, row.line)))
        .chain(file.capacity.iter().map(|row| (&row.id, row.line)))
}

fn distinct<'a>(source: &Source, kind: &str, names: impl Iterator<Item = &'a Name>) -> Result<()> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for name in names {
        let line = source.line(name.span().start);
        if let Some(first) = seen.insert(name.get_ref(), line) {
            let message = format!("{kind} '{}' is already used in line {first}", name.get_ref());
            return Err(source.error(&name.span(), message));
        }
    }
    Ok(())
}

fn inside(source: &Source, file: &File, span: &Range<usize>, line: u32) -> Result<()> {
    if line == 0 || line > file.framework.lines {
        let message = format!("line {line} lies outside the document, which has {} lines", file.framework.lines);
        return Err(source.error(span, message));
    }
    Ok(())
}

fn readings(source: &Source, file: &File) -> Result<()> {
    for reading in &file.reading {
        let letters: Vec<&str> = reading.options.keys().map(|letter| letter.get_ref().as_str()).collect();
        if !letters.contains(&reading.default.get_ref().as_str()) {
            return Err(source.unknown(&reading.default.span(), "option", reading.default.get_ref(), &letters));
        }
        for (letter, choice) in &reading.options {
            let is_default = letter.get_ref() == reading.default.get_ref();
            let id = reading.id.get_ref();
            if is_default && changes_something(choice) {
                let message = format!("the default option of {id} must change nothing: the file is written in it");
                return Err(source.error(&letter.span(), message));
            }
            if !is_default && !changes_something(choice) {
                let message = format!("option {} of {id} changes nothing", letter.get_ref());
                return Err(source.error(&letter.span(), message));
            }
        }
    }
    Ok(())
}
