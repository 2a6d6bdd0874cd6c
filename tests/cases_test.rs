//! The worked cases of `tests/cases/*.toml`: for each framework what a value meets, complete schools, edges of every
//! threshold, and both sides of every reading.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use schoolframe::frameworks::{Assignment, Framework};
use schoolframe::table::{Column, Table};
use serde::Deserialize;
use toml::Value;

type Row = BTreeMap<String, Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    framework: String,
    prefix: String,
    values: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    profiles: BTreeMap<String, Row>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    base: Option<String>,
    phase: Option<String>,
    year: Option<i64>,
    threshold: Option<String>,
    side: Option<String>,
    #[serde(default)]
    readings: BTreeMap<String, String>,
    #[serde(default)]
    with: Row,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    earlier: Vec<Row>,
    expect: Expect,
}

/// An empty text stands for a missing value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    category: Option<String>,
    status: Option<String>,
    possible: Option<Vec<String>>,
    leading: Option<String>,
    otherwise: Option<String>,
    best_fit: Option<Value>,
    exact: Option<bool>,
    met: Option<BTreeMap<String, i64>>,
    shares: Option<BTreeMap<String, f64>>,
    criteria: Option<BTreeMap<String, String>>,
    /// Names that come first, in this order; an empty list stands for none.
    deciding: Option<Vec<String>>,
    adjustments: Option<Vec<String>>,
    flags: Option<Vec<String>>,
    flags_unchecked: Option<Vec<String>>,
    support: Option<Vec<String>>,
    dataset: Option<BTreeMap<String, Value>>,
    /// Part of the message of the error that `dataset` gives.
    error: Option<String>,
}

fn files() -> Vec<(PathBuf, File)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let read = |path: &PathBuf| toml::from_str(&std::fs::read_to_string(path).unwrap());
    paths
        .iter()
        .map(|path| (path.clone(), read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))))
        .collect()
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
fn table(rows: &[Row]) -> Table {
    let names: BTreeSet<&String> = rows.iter().flat_map(BTreeMap::keys).collect();
    let mut columns = vec![("urn".to_owned(), Column::Integer(vec![Some(100_000); rows.len()]))];
    for name in names {
        let values: Vec<Option<&Value>> = rows.iter().map(|row| row.get(name)).collect();
        columns.push((name.clone(), column(&values)));
    }
    Table::new(columns).unwrap()
}

fn profile(file: &File, name: &str) -> Row {
    let own = file.profiles.get(name).unwrap_or_else(|| panic!("profile '{name}' does not exist"));
    let mut row = own.get("based_on").and_then(Value::as_str).map_or_else(Row::new, |base| profile(file, base));
    row.extend(own.iter().filter(|(key, _)| *key != "based_on").map(|(key, value)| (key.clone(), value.clone())));
    row
}

fn school(file: &File, case: &Case) -> Table {
    let mut current = case.base.as_ref().map_or_else(Row::new, |name| profile(file, name));
    current.extend(case.with.clone());
    for name in &case.without {
        assert!(current.remove(name).is_some(), "{}: '{name}' is not in the profile", case.name);
    }
    if let Some(year) = case.year {
        current.insert("year".to_owned(), Value::Integer(year));
    }
    let mut rows = vec![current];
    rows.extend(case.earlier.clone());
    table(&rows)
}

fn framework(file: &File, case: &Case) -> Framework {
    let start = Framework::load(&file.framework).unwrap();
    case.readings.iter().fold(start, |framework, (reading, option)| framework.with_reading(reading, option).unwrap())
}

fn text(frame: &Table, name: &str) -> String {
    frame.column(name).unwrap().text(0).unwrap_or_default().to_owned()
}

fn list(frame: &Table, name: &str) -> Vec<String> {
    match frame.column(name).unwrap() {
        Column::TextList(values) => values[0].clone().unwrap(),
        _ => panic!("{name} holds no lists"),
    }
}

/// The first value of a column as a case file would write it.
fn first(column: &Column) -> Value {
    match column {
        Column::Number(values) => values[0].map(Value::Float),
        Column::Integer(values) => values[0].map(Value::Integer),
        Column::Flag(values) => values[0].map(Value::Boolean),
        other => other.text(0).map(|text| Value::String(text.to_owned())),
    }
    .unwrap_or_else(|| Value::String(String::new()))
}

/// Result of every criterion of the first row.
fn results(result: &Assignment) -> BTreeMap<String, String> {
    let trace = result.trace_of(&[0]).unwrap();
    let (ids, truths) = (trace.column("criterion").unwrap(), trace.column("result").unwrap());
    (0..trace.height()).map(|row| (ids.text(row).unwrap().to_owned(), truths.text(row).unwrap().to_owned())).collect()
}

#[test]
fn values_meet_the_criteria_they_are_listed_for() {
    for (path, file) in files() {
        let framework = Framework::load(&file.framework).unwrap();
        let listing = framework.indicators().unwrap();
        for (indicator, meets) in &file.values {
            let row =
                (0..listing.height()).find(|row| listing.column("indicator").unwrap().text(*row) == Some(indicator));
            let Column::TextList(values) = listing.column("values").unwrap() else { panic!() };
            let allowed = values[row.unwrap()].clone().unwrap();
            let written: BTreeSet<&String> = meets.keys().collect();
            let flags = BTreeSet::from(["false".to_owned(), "true".to_owned()]);
            let expected: BTreeSet<&String> =
                if allowed.is_empty() { flags.iter().collect() } else { allowed.iter().collect() };
            assert_eq!(written, expected, "{}: values of {indicator}", path.display());
            for (value, ids) in meets {
                let typed = match value.as_str() {
                    "true" => Value::Boolean(true),
                    "false" => Value::Boolean(false),
                    text => text.parse().map_or_else(|_| Value::String(text.to_owned()), Value::Integer),
                };
                let school = table(&[Row::from([(indicator.clone(), typed)])]);
                let mut met = BTreeSet::new();
                for phase in framework.phases() {
                    let held = results(&framework.assign(&school, phase).unwrap());
                    met.extend(held.into_iter().filter(|(_, result)| result == "true").map(|(id, _)| id));
                }
                let wanted: BTreeSet<String> = ids.iter().map(|id| format!("{}{id}", file.prefix)).collect();
                assert_eq!(met, wanted, "{}: {indicator} = {value}", path.display());
            }
        }
    }
}

#[test]
fn cases_hold() {
    for (path, file) in files() {
        let mut names = BTreeSet::new();
        for case in &file.case {
            assert!(names.insert(&case.name), "{}: two cases are called '{}'", path.display(), case.name);
            check(&file, case);
        }
    }
}

fn check(file: &File, case: &Case) {
    let (framework, school) = (framework(file, case), school(file, case));
    let phase = case.phase.as_deref().unwrap_or("primary");
    let expect = &case.expect;
    let name = &case.name;
    let result = framework.assign(&school, phase).unwrap_or_else(|error| panic!("{name}: {error}"));
    let frame = result.frame().unwrap();
    for (column, expected) in [
        ("category", &expect.category),
        ("status", &expect.status),
        ("leading", &expect.leading),
        ("otherwise", &expect.otherwise),
    ] {
        if let Some(expected) = expected {
            assert_eq!(&text(&frame, column), expected, "{name}: {column}; {}", text(&frame, "reason"));
        }
    }
    for (column, expected) in [
        ("possible", &expect.possible),
        ("adjustments", &expect.adjustments),
        ("flags", &expect.flags),
        ("flags_unchecked", &expect.flags_unchecked),
    ] {
        if let Some(expected) = expected {
            let held = list(&frame, column);
            let subset =
                column == "flags_unchecked" && expected.iter().all(|flag| held.contains(flag)) && !expected.is_empty();
            assert!(&held == expected || subset, "{name}: {column} is {held:?}, not {expected:?}");
        }
    }
    if let Some(expected) = &expect.deciding {
        let held = list(&frame, "deciding");
        let shown: Vec<&String> = held.iter().take(expected.len().max(usize::from(expected.is_empty()))).collect();
        assert_eq!(shown, expected.iter().collect::<Vec<_>>(), "{name}: deciding");
    }
    if let Some(expected) = &expect.best_fit {
        let Column::Flag(held) = frame.column("best_fit").unwrap() else { panic!() };
        assert_eq!(held[0], expected.as_bool(), "{name}: best_fit");
    }
    if let Some(expected) = expect.exact {
        assert_eq!(first(frame.column("exact").unwrap()), Value::Boolean(expected), "{name}: exact");
    }
    for (category, expected) in expect.met.iter().flatten() {
        let column = format!("{}_met", category.to_lowercase());
        assert_eq!(first(frame.column(&column).unwrap()), Value::Integer(*expected), "{name}: {column}");
    }
    for (category, expected) in expect.shares.iter().flatten() {
        let column = format!("{}_share", category.to_lowercase());
        let held = first(frame.column(&column).unwrap()).as_float().unwrap();
        assert!((held - expected).abs() < 0.005, "{name}: {column} is {held}, not {expected}");
    }
    let held = results(&result);
    for (id, expected) in expect.criteria.iter().flatten() {
        let id = format!("{}{id}", file.prefix);
        assert_eq!(held.get(&id), Some(expected), "{name}: {id}");
    }
    if let Some(expected) = &expect.support {
        let support = result.support().unwrap();
        let ids: Vec<String> = (0..support.height())
            .filter_map(|row| support.column("id").unwrap().text(row).map(str::to_owned))
            .collect();
        let wanted: Vec<String> = expected.iter().map(|id| format!("{}{id}", file.prefix)).collect();
        assert_eq!(ids, wanted, "{name}: support");
    }
    match (&expect.error, framework.dataset(&school, phase)) {
        (Some(expected), Err(error)) => assert!(error.to_string().contains(expected), "{name}: {error}"),
        (Some(expected), Ok(_)) => panic!("{name}: no error, not '{expected}'"),
        (None, dataset) => {
            let dataset = dataset.unwrap_or_else(|error| panic!("{name}: {error}"));
            for (column, expected) in expect.dataset.iter().flatten() {
                assert_eq!(&first(dataset.column(column).unwrap()), expected, "{name}: {column}");
            }
        }
    }
}

#[test]
fn every_test_is_seen_to_pass_and_to_fail() {
    for (path, file) in files() {
        let framework = Framework::load(&file.framework).unwrap();
        let listing = framework.criteria().unwrap();
        let ids = listing.column("id").unwrap();
        let tested: BTreeSet<String> = (0..listing.height())
            .filter(|row| listing.column("test").unwrap().text(*row).is_some())
            .map(|row| ids.text(row).unwrap().to_owned())
            .collect();
        let mut seen: BTreeSet<(String, bool)> = BTreeSet::new();
        for (indicator, meets) in &file.values {
            let tests: Vec<&String> = meets.values().flatten().collect();
            for (value, met) in meets {
                seen.extend(met.iter().map(|id| (format!("{}{id}", file.prefix), true)));
                let typed = match value.as_str() {
                    "true" => Value::Boolean(true),
                    "false" => Value::Boolean(false),
                    text => text.parse().map_or_else(|_| Value::String(text.to_owned()), Value::Integer),
                };
                let school = table(&[Row::from([(indicator.clone(), typed)])]);
                for phase in framework.phases() {
                    let failed = results(&framework.assign(&school, phase).unwrap());
                    let listed = |id: &String| tests.iter().any(|test| format!("{}{test}", file.prefix) == *id);
                    seen.extend(
                        failed
                            .into_iter()
                            .filter(|(id, result)| result == "false" && listed(id))
                            .map(|(id, _)| (id, false)),
                    );
                }
            }
        }
        for case in &file.case {
            for (id, result) in case.expect.criteria.iter().flatten() {
                if let Ok(result) = result.parse::<bool>() {
                    seen.insert((format!("{}{id}", file.prefix), result));
                }
            }
        }
        let missing: Vec<String> = tested
            .iter()
            .flat_map(|id| [true, false].map(|result| (id.clone(), result)))
            .filter(|one| !seen.contains(one))
            .map(|(id, result)| format!("{id} {result}"))
            .collect();
        assert!(missing.is_empty(), "{}: no case where the criterion is: {}", path.display(), missing.join(", "));
    }
}

#[test]
fn every_threshold_has_cases_at_under_and_over_it() {
    for (path, file) in files() {
        let framework = Framework::load(&file.framework).unwrap();
        let thresholds = framework.thresholds().unwrap();
        let sides: BTreeSet<(&str, &str)> =
            file.case.iter().filter_map(|case| Some((case.threshold.as_deref()?, case.side.as_deref()?))).collect();
        let listing = framework.criteria().unwrap();
        let (ids, tests) = (listing.column("id").unwrap(), listing.column("test").unwrap());
        let tested: BTreeSet<&str> =
            (0..listing.height()).filter(|row| tests.text(*row).is_some()).filter_map(|row| ids.text(row)).collect();
        let Column::TextList(users) = thresholds.column("used_by").unwrap() else { panic!() };
        for (row, users) in users.iter().enumerate() {
            let name = thresholds.column("name").unwrap().text(row).unwrap();
            let used = users.iter().flatten().any(|user| tested.contains(user.as_str()) || user == "best_fit");
            let under_a_reading = name == "no_gap";
            for side in ["at", "under", "over"] {
                let covered = sides.contains(&(name, side));
                assert!(covered || !(used || under_a_reading), "{}: no case {side} threshold {name}", path.display());
            }
        }
        for (name, _) in sides {
            let known = (0..thresholds.height()).any(|row| thresholds.column("name").unwrap().text(row) == Some(name));
            assert!(known, "{}: threshold {name} does not exist", path.display());
        }
    }
}

#[test]
fn every_option_of_every_reading_has_a_case_with_another_answer() {
    for (path, file) in files() {
        let framework = Framework::load(&file.framework).unwrap();
        let readings = framework.readings().unwrap();
        let Column::Flag(default) = readings.column("default").unwrap() else { panic!() };
        for (row, is_default) in default.iter().enumerate() {
            let reading = readings.column("reading").unwrap().text(row).unwrap();
            let option = readings.column("option").unwrap().text(row).unwrap();
            if *is_default == Some(true) {
                continue;
            }
            let own = BTreeMap::from([(reading.to_owned(), option.to_owned())]);
            let differs = file.case.iter().filter(|case| case.readings == own).any(|case| {
                let (school, phase) = (school(&file, case), case.phase.as_deref().unwrap_or("primary"));
                let other = framework.with_reading(reading, option).unwrap();
                let (a, b) = (framework.assign(&school, phase).unwrap(), other.assign(&school, phase).unwrap());
                results(&a) != results(&b)
                    || a.frame().unwrap() != b.frame().unwrap()
                    || a.support().unwrap() != b.support().unwrap()
                    || framework.dataset(&school, phase).ok() != other.dataset(&school, phase).ok()
            });
            assert!(differs, "{}: no case in which {reading} {option} gives another answer", path.display());
        }
    }
}
