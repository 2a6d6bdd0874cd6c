//! Every row of the ledger of criteria is in the framework file, with its line, kind, category and indicators.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use schoolframe::frameworks::Framework;
use schoolframe::table::{Column, Table};

/// Framework, prefix of its ids in the ledger, number of rows there.
const FRAMEWORKS: [(&str, &str, usize); 1] = [("southend_2017", "SOU17-", 184)];

/// Rows whose file entry differs from the ledger, with the reason.
const EXCEPTIONS: [(&str, &str, &str); 3] = [
    ("SOU17-ALL-RULE-11", "category", "held as the flag formal_action, which stands beside every category"),
    (
        "SOU17-ALL-RULE-03",
        "indicators",
        "its number is the threshold red_visits; nobody holds visits as a school indicator",
    ),
    ("SOU17-ALL-RULE-14", "indicators", "its number is the threshold improvement_terms"),
];

/// Names of the ledger that stand for a list of columns, not for one.
const LISTS: [&str; 5] = ["value", "national_value", "actual", "gaps", "support_model"];

#[expect(clippy::print_stdout, reason = "the reason why nothing was checked")]
fn ledger() -> Option<Vec<BTreeMap<String, String>>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("SCHOOLFRAME_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let path = shared.join("reference/criteria.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not checked: {} is not there (set SCHOOLFRAME_SHARED)", path.display());
        return None;
    };
    let mut records = records(&text).into_iter();
    let header = records.next().unwrap();
    Some(records.map(|record| header.iter().cloned().zip(record).collect()).collect())
}

/// Records of a comma-separated file with quoted fields.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            '\r' if !quoted => {}
            other => field.push(other),
        }
    }
    records
}

/// Names in the indicators column: values in braces and units in brackets are left out.
fn indicators(cell: &str) -> Vec<String> {
    let mut names = String::new();
    let mut depth = 0;
    for letter in cell.chars() {
        match letter {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            other if depth == 0 => names.push(other),
            _ => {}
        }
    }
    let separated = names.replace(" or ", ",").replace(" and ", ",").replace(';', ",");
    let found = separated.split(',').map(|name| name.trim().to_owned());
    found.filter(|name| !name.is_empty() && !LISTS.contains(&name.as_str())).collect()
}

fn text(table: &Table, column: &str, row: usize) -> String {
    table.column(column).unwrap().text(row).unwrap_or_default().to_owned()
}

fn list(table: &Table, column: &str, row: usize) -> Vec<String> {
    match table.column(column).unwrap() {
        Column::TextList(values) => values[row].clone().unwrap(),
        _ => panic!("{column} holds no lists"),
    }
}

fn excepted(id: &str, what: &str) -> bool {
    EXCEPTIONS.iter().any(|(known, field, _)| *known == id && *field == what)
}

#[test]
fn every_row_of_the_ledger_is_represented() {
    let Some(ledger) = ledger() else { return };
    for (name, prefix, count) in FRAMEWORKS {
        let rows: Vec<_> = ledger.iter().filter(|row| row["id"].starts_with(prefix)).collect();
        assert_eq!(rows.len(), count, "rows of {name} in the ledger");
        let criteria = Framework::load(name).unwrap().criteria().unwrap();
        let held: BTreeMap<String, usize> =
            (0..criteria.height()).map(|row| (text(&criteria, "id", row), row)).collect();
        let missing: Vec<&str> =
            rows.iter().map(|row| row["id"].as_str()).filter(|id| !held.contains_key(*id)).collect();
        assert!(missing.is_empty(), "{name} lacks {} rows of the ledger: {}", missing.len(), missing.join(", "));
        let extra: Vec<&String> = held.keys().filter(|id| !rows.iter().any(|row| row["id"] == **id)).collect();
        assert!(extra.is_empty(), "{name} has rows that the ledger does not have: {extra:?}");
        let Column::Integer(lines) = criteria.column("line").unwrap() else { panic!() };
        for row in rows {
            let (id, at) = (&row["id"], held[&row["id"]]);
            assert_eq!(lines[at].map(|line| line.to_string()).as_ref(), Some(&row["line"]), "line of {id}");
            assert_eq!(text(&criteria, "kind", at), row["kind"], "kind of {id}");
            let category = text(&criteria, "category", at);
            if text(&criteria, "list", at) == "criterion" && !excepted(id, "category") {
                assert_eq!(category, row["category"], "category of {id}");
            }
            if excepted(id, "indicators") {
                continue;
            }
            let own = list(&criteria, "indicators", at);
            let lacking: Vec<String> =
                indicators(&row["indicators"]).into_iter().filter(|one| !own.contains(one)).collect();
            assert!(lacking.is_empty(), "{id} reads {own:?} and not {lacking:?}");
        }
    }
}

#[test]
fn counted_criteria_are_those_of_the_ledger() {
    let Some(ledger) = ledger() else { return };
    let framework = Framework::load("southend_2017").unwrap();
    let criteria = framework.criteria().unwrap();
    for row in 0..criteria.height() {
        let (id, role) = (text(&criteria, "id", row), text(&criteria, "role", row));
        let group = &ledger.iter().find(|known| known["id"] == id).unwrap()["group"];
        let process = text(&criteria, "kind", row) == "process";
        // Amber 16 stands behind MAJORITY(01..15): a permission, outside the count.
        let counts = group.starts_with("MAJORITY") && !process && id != "SOU17-ALL-Amber-16";
        assert_eq!(role.starts_with("counts"), counts, "{id} is '{role}', its group is {group}");
        assert_eq!(role == "adjusts", group.starts_with("ANY(01..08)"), "{id} is '{role}', its group is {group}");
    }
}

#[test]
fn readings_of_the_ledger_are_switchable() {
    let Some(ledger) = ledger() else { return };
    let framework = Framework::load("southend_2017").unwrap();
    let known: Vec<&str> = framework.chosen().into_iter().map(|(reading, _)| reading).collect();
    let named = ledger.iter().filter(|row| row["framework"] == "southend_2017").flat_map(|row| {
        let words = row["ambiguity"].split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
        words.filter(|word| word.starts_with("AMB-")).map(str::to_owned).collect::<Vec<_>>()
    });
    let missing: Vec<String> = named.filter(|reading| !known.contains(&reading.as_str())).collect();
    assert!(missing.is_empty(), "readings named in the ledger and not in the file: {missing:?}");
}

#[test]
fn declarations_agree_with_the_vocabulary() {
    let vocabulary = schoolframe::indicators::Indicators::load().unwrap();
    for (name, _, _) in FRAMEWORKS {
        let declared = Framework::load(name).unwrap().indicators().unwrap();
        let (Column::Number(low), Column::Number(high)) =
            (declared.column("minimum").unwrap(), declared.column("maximum").unwrap())
        else {
            panic!("limits are numbers")
        };
        let mut unknown = Vec::new();
        for row in 0..declared.height() {
            let indicator = text(&declared, "indicator", row);
            let Ok(found) = vocabulary.resolve(&indicator) else {
                unknown.push(indicator);
                continue;
            };
            let values = list(&declared, "values", row);
            let beyond: Vec<&String> = values.iter().filter(|value| !found.indicator.values.contains(value)).collect();
            assert!(beyond.is_empty(), "{indicator} has values {beyond:?} that the vocabulary does not have");
            if found.comparator.is_none() {
                // Grades are declared as lists of values, which have no limits.
                let own = found.indicator;
                let limits = if own.values.is_empty() { (own.minimum, own.maximum) } else { (None, None) };
                assert_eq!((low[row], high[row]), limits, "limits of {indicator}");
            }
        }
        // Measures of the printed registers that no published file holds, and figures of the authority.
        let known = |name: &String| name.starts_with("la_") || name.contains("ks1_exp_rwm_pct_");
        unknown.retain(|name| !known(name));
        assert!(unknown.is_empty(), "{name} declares indicators that the vocabulary does not have: {unknown:?}");
    }
}
