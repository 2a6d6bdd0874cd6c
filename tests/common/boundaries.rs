//! The stored boundary cases against what the library makes and says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use schoolframe::frameworks::Framework;
use schoolframe::table::{Column, Table};
use serde::Deserialize;
use toml::Value;

use crate::cases::{Readings, Row, cell, results, schools};
use crate::coverage::compared_with;
use crate::tables::text;

/// The stored cases of one framework.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub framework: String,
    #[serde(rename = "use")]
    pub uses: Vec<Use>,
}

/// One comparison with a threshold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Missing where the bound is a comparator itself.
    pub threshold: Option<String>,
    pub value: Option<f64>,
    pub clause: String,
    pub list: String,
    pub compared: String,
    pub indicator: Option<String>,
    pub of: Option<i64>,
    pub comparator: Option<String>,
    pub comparator_value: Option<f64>,
    pub phase: String,
    pub line: Option<i64>,
    #[serde(default)]
    pub readings: Readings,
    /// The operative words of the paper.
    pub words: String,
    pub case: Vec<Case>,
}

/// A school on one side of it, with what was worked out by hand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub side: String,
    pub reading: f64,
    pub passed: String,
    pub result: String,
    pub school: Row,
}

/// What is asked: everything of a case but the results.
type Asked = (String, Row);

/// Every file of boundary cases.
pub fn files() -> Vec<File> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/boundaries");
    Framework::names()
        .into_iter()
        .map(|name| {
            let text = std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
            toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
        })
        .collect()
}

fn under(file: &File, readings: &Readings) -> Framework {
    let framework = Framework::load(&file.framework).unwrap();
    readings.iter().fold(framework, |framework, (reading, option)| framework.with_reading(reading, option).unwrap())
}

/// The made cases of a framework with what is said of each: passed, result.
fn made(framework: &Framework) -> Vec<(Asked, [String; 2])> {
    let made = framework.boundary_cases().unwrap();
    let shown = |name: &str, row: usize| match cell(made.cases.column(name).unwrap(), row) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let known = |row: usize| -> Row {
        let columns = made.schools.names().iter().zip(made.schools.columns()).filter(|(name, _)| *name != "urn");
        let values = columns.map(|(name, column)| (name.clone(), cell(column, row)));
        values.filter(|(_, value)| *value != Value::String(String::new())).collect()
    };
    let asked = |row: usize| KEYS.map(|name| shown(name, row)).join("|");
    (0..made.cases.height())
        .map(|row| ((asked(row), known(row)), ["passed", "result"].map(|name| text(&made.cases, name, row))))
        .collect()
}

/// What tells cases apart beside their schools.
const KEYS: [&str; 13] = [
    "threshold",
    "value",
    "clause",
    "list",
    "compared",
    "indicator",
    "of",
    "comparator",
    "comparator_value",
    "phase",
    "line",
    "side",
    "reading",
];

fn asked(row: &Use, case: &Case) -> Asked {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |value: Option<f64>| value.map(|value| Value::Float(value).to_string()).unwrap_or_default();
    let parts = [
        text(&row.threshold),
        number(row.value),
        row.clause.clone(),
        row.list.clone(),
        row.compared.clone(),
        text(&row.indicator),
        row.of.map(|of| of.to_string()).unwrap_or_default(),
        text(&row.comparator),
        number(row.comparator_value),
        row.phase.clone(),
        row.line.map(|line| line.to_string()).unwrap_or_default(),
        case.side.clone(),
        number(Some(case.reading)),
    ];
    (parts.join("|"), case.school.clone())
}

fn name(file: &File, row: &Use, case: &Case) -> String {
    format!(
        "{}: {} with {} ({}, {} {} {})",
        file.framework,
        row.clause,
        row.threshold.as_ref().or(row.comparator.as_ref()).map_or("", String::as_str),
        row.words,
        row.indicator.as_deref().unwrap_or(&row.compared),
        case.side,
        case.reading
    )
}

/// Stored cases that the library does not make, or of which it says something else; made cases that are not stored.
pub fn unlike_made(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    let readings: BTreeSet<&Readings> = file.uses.iter().map(|row| &row.readings).collect();
    for readings in readings {
        let mut made = made(&under(file, readings));
        for row in file.uses.iter().filter(|row| row.readings == *readings) {
            for case in &row.case {
                let wanted = asked(row, case);
                let Some(at) = made.iter().position(|(asked, _)| *asked == wanted) else {
                    faults.push(format!("{}: is not made", name(file, row, case)));
                    continue;
                };
                let (_, held) = made.swap_remove(at);
                let expected = [case.passed.clone(), case.result.clone()];
                if held != expected {
                    faults.push(format!("{}: passed, result are {held:?}, not {expected:?}", name(file, row, case)));
                }
            }
        }
        if readings.is_empty() {
            faults.extend(made.iter().map(|((asked, _), _)| format!("{}: not stored: {asked}", file.framework)));
        }
    }
    faults
}

/// Stored cases to which `assign` or `dataset` answers something else.
pub fn unlike_answers(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    let together: BTreeSet<(&Readings, &String)> = file.uses.iter().map(|row| (&row.readings, &row.phase)).collect();
    for (readings, phase) in together {
        let framework = under(file, readings);
        let here = file.uses.iter().filter(|row| row.readings == *readings && row.phase == *phase);
        let shown = here.filter(|row| ["criterion", "flag", "dataset", "best_fit"].contains(&row.list.as_str()));
        let cases: Vec<(&Use, &Case)> = shown.flat_map(|row| row.case.iter().map(move |case| (row, case))).collect();
        let known: Vec<Row> = cases.iter().map(|(_, case)| case.school.clone()).collect();
        let table = schools(&known);
        let assigned = framework.assign(&table, phase).unwrap();
        let (frame, dataset) = (assigned.frame().unwrap(), framework.dataset(&table, phase).unwrap());
        for (at, (row, case)) in cases.into_iter().enumerate() {
            let held = match row.list.as_str() {
                "dataset" => coded(row, &dataset, at),
                "best_fit" => majority(row, &frame, at),
                _ => results(&assigned, at)[&row.clause].clone(),
            };
            if held != case.result {
                faults.push(format!("{}: is {held}, not {}", name(file, row, case), case.result));
            }
        }
    }
    faults
}

/// The answer of a data rule: whether the indicator is coded on that side of the national figure, or its own column.
fn coded(row: &Use, dataset: &Table, at: usize) -> String {
    let indicator = row.indicator.as_deref().unwrap_or_default();
    if row.comparator.as_ref().is_some_and(|name| *name == format!("nat_{indicator}"))
        && let Ok(column) = dataset.column(&format!("{indicator}_code"))
    {
        let wanted = if row.compared == "lower" { "above" } else { "below" };
        return (column.text(at) == Some(wanted)).to_string();
    }
    let flags = dataset.names().iter().zip(dataset.columns()).filter_map(|(name, column)| match column {
        Column::Flag(values) if !name.ends_with("_adverse") => values[at],
        _ => None,
    });
    let flags: Vec<bool> = flags.collect();
    assert_eq!(flags.len(), 1, "{}: one test is known", row.clause);
    flags[0].to_string()
}

/// Whether the share of a category that is shown is a majority.
fn majority(row: &Use, frame: &Table, at: usize) -> String {
    let share = cell(frame.column(&format!("{}_share", row.clause.to_lowercase())).unwrap(), at);
    (share.as_float().unwrap() > row.value.unwrap()).to_string()
}

/// Thresholds that a test compares with and that no stored case is about.
pub fn without_cases(file: &File) -> Vec<String> {
    let stored: BTreeSet<&String> = file.uses.iter().filter_map(|row| row.threshold.as_ref()).collect();
    let compared = compared_with(&Framework::load(&file.framework).unwrap());
    let lacking = compared.iter().filter(|threshold| !stored.contains(threshold));
    lacking.map(|threshold| format!("{}: no boundary case of threshold {threshold}", file.framework)).collect()
}
