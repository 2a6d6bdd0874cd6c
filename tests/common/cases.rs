//! The files of worked cases: what they hold, and the schools they describe.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;

use schoolframe::error::Result;
use schoolframe::frameworks::{Assignment, Framework};
use schoolframe::table::{Column, Table};
use serde::Deserialize;
use toml::Value;

use crate::tables::{list, text};

/// Values of columns by name.
pub type Row = BTreeMap<String, Value>;

/// Chosen option by reading.
pub type Readings = BTreeMap<String, String>;

/// The cases of one framework.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub framework: String,
    /// Start of every id, left out in the file.
    pub prefix: String,
    /// By indicator and value: what is met when nothing else is known.
    pub values: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    pub profiles: BTreeMap<String, Row>,
    pub case: Vec<Case>,
    #[serde(default)]
    pub charge: Vec<Charge>,
    #[serde(default)]
    pub exception: Vec<Exception>,
}

/// One school and what is said about it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub base: Option<String>,
    #[serde(default = "primary")]
    pub phase: String,
    pub year: Option<i64>,
    pub threshold: Option<String>,
    pub side: Option<Side>,
    #[serde(default)]
    pub readings: Readings,
    #[serde(default)]
    pub with: Row,
    #[serde(default)]
    pub without: Vec<String>,
    #[serde(default)]
    pub earlier: Vec<Row>,
    pub expect: Expect,
}

/// Where a value lies with regard to a threshold.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    At,
    Under,
    Over,
}

/// What is expected; an empty text stands for a missing value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub category: Option<String>,
    pub status: Option<String>,
    pub possible: Option<Vec<String>>,
    pub leading: Option<String>,
    pub otherwise: Option<String>,
    pub mark: Option<String>,
    pub descriptors: Option<String>,
    /// True, false or "open".
    pub best_fit: Option<Value>,
    pub exact: Option<bool>,
    pub met: Option<BTreeMap<String, i64>>,
    pub shares: Option<BTreeMap<String, f64>>,
    pub criteria: Option<BTreeMap<String, String>>,
    /// Names that come first, in this order; an empty list stands for none.
    pub deciding: Option<Vec<String>>,
    pub adjustments: Option<Vec<String>>,
    pub flags: Option<Vec<String>>,
    /// Some of the flags that were not checked; an empty list stands for none.
    pub flags_unchecked: Option<Vec<String>>,
    pub support: Option<Vec<String>>,
    /// Columns of the other results.
    pub results: Option<Row>,
    /// For a combined phase: the category under each phase it is made of.
    pub sides: Option<BTreeMap<String, String>>,
    /// By row of support: its amounts.
    pub amounts: Option<BTreeMap<String, Vec<f64>>>,
    pub dataset: Option<Row>,
    /// Part of the message of the error that `dataset` gives.
    pub error: Option<String>,
    /// Part of the message of the error that `assign` gives.
    pub refused: Option<String>,
}

/// What a school pays; empty where the charge does not hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    pub name: String,
    pub phase: String,
    pub days: f64,
    #[serde(default)]
    pub readings: Readings,
    pub pays: Value,
    pub amount: Value,
    pub marked: Value,
    /// Part of the message where the charge does not hold.
    pub refused: Option<String>,
}

/// A case that there cannot be: the side of a threshold, or a criterion with a result.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub threshold: Option<String>,
    pub side: Option<Side>,
    pub criterion: Option<String>,
    pub result: Option<bool>,
    pub reason: String,
}

fn primary() -> String {
    "primary".to_owned()
}

/// Every file of cases.
pub fn files() -> Vec<File> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let read = |path: &PathBuf| toml::from_str(&std::fs::read_to_string(path).unwrap());
    paths.iter().map(|path| read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).collect()
}

/// A column of the right type from values of a case file.
fn column(values: &[Option<&Value>]) -> Column {
    match values.iter().flatten().next() {
        Some(Value::Boolean(_)) => Column::Flag(values.iter().map(|value| value.and_then(Value::as_bool)).collect()),
        Some(Value::Integer(_)) => {
            Column::Integer(values.iter().map(|value| value.and_then(Value::as_integer)).collect())
        }
        Some(Value::Float(_)) => Column::Number(values.iter().map(|value| value.and_then(Value::as_float)).collect()),
        _ => Column::Text(values.iter().map(|value| value.and_then(Value::as_str).map(str::to_owned)).collect()),
    }
}

/// One school, the current row first.
fn school(rows: &[Row]) -> Table {
    table(rows, vec![Some(100_000); rows.len()])
}

/// One school a row.
pub fn schools(rows: &[Row]) -> Table {
    table(rows, (100_000..).take(rows.len()).map(Some).collect())
}

fn table(rows: &[Row], urns: Vec<Option<i64>>) -> Table {
    let names: BTreeSet<&String> = rows.iter().flat_map(BTreeMap::keys).collect();
    let mut columns = vec![("urn".to_owned(), Column::Integer(urns))];
    for name in names {
        let values: Vec<Option<&Value>> = rows.iter().map(|row| row.get(name)).collect();
        columns.push((name.clone(), column(&values)));
    }
    Table::new(columns).unwrap()
}

impl File {
    /// The framework under its default readings.
    pub fn load(&self) -> Framework {
        Framework::load(&self.framework).unwrap_or_else(|error| panic!("{}: {error}", self.framework))
    }

    /// The framework under readings.
    pub fn under(&self, readings: &Readings) -> Result<Framework> {
        let mut chosen = readings.iter();
        chosen.try_fold(self.load(), |framework, (reading, option)| framework.with_reading(reading, option))
    }

    /// The whole id.
    pub fn id(&self, short: &str) -> String {
        format!("{}{short}", self.prefix)
    }

    fn profile(&self, name: &str) -> Row {
        let own = self.profiles.get(name).unwrap_or_else(|| panic!("profile '{name}' does not exist"));
        let mut row = own.get("based_on").and_then(Value::as_str).map_or_else(Row::new, |base| self.profile(base));
        row.extend(own.iter().filter(|(key, _)| *key != "based_on").map(|(key, value)| (key.clone(), value.clone())));
        row
    }

    /// The school of a case.
    pub fn school(&self, case: &Case) -> Table {
        let mut current = case.base.as_ref().map_or_else(Row::new, |name| self.profile(name));
        current.extend(case.with.clone());
        for name in &case.without {
            assert!(current.remove(name).is_some(), "{}: '{name}' is not in the profile", case.name);
        }
        if let Some(year) = case.year {
            current.insert("year".to_owned(), Value::Integer(year));
        }
        let mut rows = vec![current];
        rows.extend(case.earlier.clone());
        school(&rows)
    }
}

/// Values that an indicator may have, as they stand in case files, with the type that a column of them has.
pub fn allowed_values(framework: &Framework, indicator: &str) -> Option<Vec<(String, Value)>> {
    let listing = framework.indicators().unwrap();
    let row = (0..listing.height()).find(|row| text(&listing, "indicator", *row) == indicator)?;
    let values = list(&listing, "values", row);
    if values.is_empty() {
        return Some([false, true].map(|flag| (flag.to_string(), Value::Boolean(flag))).into());
    }
    let grades: Option<Vec<i64>> = values.iter().map(|value| value.parse().ok()).collect();
    let typed: Vec<Value> = match grades {
        Some(grades) => grades.into_iter().map(Value::Integer).collect(),
        None => values.iter().cloned().map(Value::String).collect(),
    };
    Some(values.into_iter().zip(typed).collect())
}

/// Phases that differ in what they ask for: one of each set of phases that every entry names together.
pub fn distinct_phases(framework: &Framework) -> Vec<String> {
    let criteria = framework.criteria().unwrap();
    let tested = (0..criteria.height())
        .filter(|row| ["criterion", "flag", "dataset", "definition"].contains(&text(&criteria, "list", *row).as_str()));
    let named: BTreeSet<Vec<String>> = tested.map(|row| list(&criteria, "phases", row)).collect();
    let mut seen = BTreeSet::new();
    let asks = |phase: &String| named.iter().map(|phases| phases.contains(phase)).collect::<Vec<bool>>();
    framework.phases().iter().filter(|phase| seen.insert(asks(phase))).cloned().collect()
}

/// Result of every criterion and flag by indicator and value, in every phase, when nothing else is known.
pub type Alone = BTreeMap<(String, String), Vec<BTreeMap<String, String>>>;

/// What each value listed in the file gives on its own, for indicators that are declared.
fn alone(file: &File) -> Alone {
    let framework = file.load();
    let mut keys = Vec::new();
    let mut rows = Vec::new();
    for indicator in file.values.keys() {
        for (value, typed) in allowed_values(&framework, indicator).unwrap_or_default() {
            keys.push((indicator.clone(), value));
            rows.push(Row::from([(indicator.clone(), typed)]));
        }
    }
    let mut found = Alone::new();
    for phase in distinct_phases(&framework) {
        let assigned = framework.assign(&schools(&rows), &phase).unwrap();
        for (at, key) in keys.iter().enumerate() {
            found.entry(key.clone()).or_default().push(results(&assigned, at));
        }
    }
    found
}

/// As [`alone`], worked out once.
pub fn values_alone(file: &File) -> &'static Alone {
    static FOUND: Mutex<BTreeMap<String, &'static Alone>> = Mutex::new(BTreeMap::new());
    let mut found = FOUND.lock().unwrap();
    found.entry(file.framework.clone()).or_insert_with(|| Box::leak(Box::new(alone(file))))
}

/// Result of every criterion and flag of a row.
pub fn results(result: &Assignment, row: usize) -> BTreeMap<String, String> {
    let trace = result.trace_of(&[row]).unwrap();
    (0..trace.height()).map(|row| (text(&trace, "criterion", row), text(&trace, "result", row))).collect()
}

/// A cell as a case file would write it: an empty text stands for a missing value.
pub fn cell(column: &Column, row: usize) -> Value {
    let value = match column {
        Column::Number(values) => values[row].map(Value::Float),
        Column::Integer(values) => values[row].map(Value::Integer),
        Column::Flag(values) => values[row].map(Value::Boolean),
        Column::TextList(values) => {
            values[row].as_ref().map(|texts| Value::Array(texts.iter().cloned().map(Value::String).collect()))
        }
        column @ Column::CodedLists(_) => {
            column.list(row).map(|texts| Value::Array(texts.iter().cloned().map(Value::String).collect()))
        }
        other => other.text(row).map(|text| Value::String(text.to_owned())),
    };
    value.unwrap_or_else(|| Value::String(String::new()))
}
