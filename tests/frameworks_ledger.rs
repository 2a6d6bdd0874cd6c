//! Every row of the ledger of criteria is in the framework files, with its line, kind, category and indicators; what the
//! files ask for is in the vocabulary.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

#[path = "common/ledger.rs"]
mod ledger;
#[path = "common/tables.rs"]
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use schoolframe::frameworks::Framework;
use schoolframe::indicators::{Indicator, Indicators, Kind, Scope};
use schoolframe::table::{Column, Table};

use ledger::{Excepted, LISTS, What, duty, exceptions, indicators, ledger, readings_named, shared};
use tables::{list, text};

/// Framework, prefix of its ids in the ledger, number of rows there.
const FRAMEWORKS: [(&str, &str, usize); 5] = [
    ("southend_2011", "SOU11-", 317),
    ("southend_2017", "SOU17-", 184),
    ("reading_2016", "RDG16-", 95),
    ("derby_winners", "DER-", 105),
    ("staffordshire_2008", "STA08-", 98),
];

/// Open readings that the reference lists.
const OPEN_READINGS: usize = 41;

/// Names of the vocabulary that stand for other columns, or for what is given beside the columns.
const STAND_INS: [&str; 2] = ["phase", "all_infant_and_junior_indicators"];

/// Fails with everything that was found, one line each.
fn none_of(faults: &[String]) {
    let many = if faults.len() == 1 { "fault" } else { "faults" };
    assert!(faults.is_empty(), "{} {many}:\n{}", faults.len(), faults.join("\n"));
}

fn load(name: &str) -> Framework {
    Framework::load(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn line(table: &Table, row: usize) -> Option<i64> {
    match table.column("line").unwrap() {
        Column::Integer(lines) => lines[row],
        _ => panic!("lines are whole numbers"),
    }
}

#[test]
fn every_row_of_the_ledger_is_represented() {
    let Some(ledger) = ledger() else { return };
    assert_eq!(ledger.len(), FRAMEWORKS.iter().map(|(_, _, count)| count).sum::<usize>(), "rows of the ledger");
    let mut faults = Vec::new();
    for (name, prefix, count) in FRAMEWORKS {
        let rows: Vec<_> = ledger.iter().filter(|row| row["id"].starts_with(prefix)).collect();
        assert_eq!(rows.len(), count, "rows of {name} in the ledger");
        let mut excepted = Excepted::new(name);
        let criteria = load(name).criteria().unwrap();
        let mut held: BTreeMap<String, usize> = BTreeMap::new();
        for row in 0..criteria.height() {
            if let Some(before) = held.insert(text(&criteria, "id", row), row) {
                faults.push(format!("{name}: {} stands twice", text(&criteria, "id", before)));
            }
        }
        let in_ledger: BTreeSet<&str> = rows.iter().map(|row| row["id"].as_str()).collect();
        for (id, row) in &held {
            // What the paper says and the ledger lacks has ids of its own, as has what stands for a whole group of the ledger;
            // definitions are no statements of the paper.
            let group = in_ledger.iter().any(|known| known.rsplit_once('-').is_some_and(|(group, _)| group == id));
            let own = id.starts_with(&format!("{prefix}X-")) || text(&criteria, "list", *row) == "definition" || group;
            if !own && !in_ledger.contains(id.as_str()) {
                faults.push(format!("{name}: {id} is not in the ledger"));
            }
        }
        for row in rows {
            let id = &row["id"];
            let Some(at) = held.get(id).copied() else {
                excepted.differs(id, What::Missing, || "is not in the file".to_owned());
                continue;
            };
            let mut same = |what: What, held: String, expected: &String| {
                if held != *expected {
                    let word = format!("{what:?}").to_lowercase();
                    excepted.differs(id, what, || format!("{word} is '{held}', in the ledger '{expected}'"));
                }
            };
            same(What::Line, line(&criteria, at).map(|line| line.to_string()).unwrap_or_default(), &row["line"]);
            same(What::Kind, text(&criteria, "kind", at), &row["kind"]);
            if text(&criteria, "list", at) == "criterion" {
                same(What::Category, text(&criteria, "category", at), &row["category"]);
            }
            let own = list(&criteria, "indicators", at);
            let lacking: Vec<String> =
                indicators(&row["indicators"]).into_iter().filter(|one| !own.contains(one)).collect();
            if !lacking.is_empty() {
                excepted.differs(id, What::Indicators, || format!("reads {own:?} and not {lacking:?}"));
            }
        }
        faults.extend(excepted.finish(&[What::Missing, What::Line, What::Kind, What::Category, What::Indicators]));
    }
    none_of(&faults);
}

#[test]
fn statements_do_what_their_group_in_the_ledger_says() {
    let Some(ledger) = ledger() else { return };
    let mut faults = Vec::new();
    for (name, _, _) in FRAMEWORKS {
        let mut excepted = Excepted::new(name);
        let criteria = load(name).criteria().unwrap();
        let roles: BTreeMap<String, String> = (0..criteria.height())
            .filter(|row| text(&criteria, "list", *row) == "criterion" && text(&criteria, "kind", *row) != "process")
            .map(|row| (text(&criteria, "id", row), text(&criteria, "role", row)))
            .collect();
        let has_gates = roles.values().any(|role| role.starts_with("gate"));
        for row in ledger.iter().filter(|row| roles.contains_key(&row["id"])) {
            let (id, role, group) = (&row["id"], &roles[&row["id"]], &row["group"]);
            let number = id.rsplit('-').next().unwrap();
            let expected = match duty(group, number) {
                // Beside the majority or best fit a bare number is one of the conditions of an override.
                Some("gate") if !has_gates => Some("adjusts"),
                other => other,
            };
            let does = |word: &str| role.split(" and ").any(|part| part == word);
            let exactly =
                ["counts", "gate", "descriptor"].into_iter().all(|word| does(word) == (expected == Some(word)));
            // What counts may also stand behind an override of another list.
            let adjusts = match expected {
                Some("adjusts") => does("adjusts"),
                None => !does("adjusts"),
                _ => true,
            };
            if !exactly || !adjusts {
                excepted.differs(id, What::Role, || {
                    format!("its role is '{role}', the group '{group}' says {}", expected.unwrap_or("neither"))
                });
            }
        }
        faults.extend(excepted.finish(&[What::Role]));
    }
    none_of(&faults);
}

#[test]
fn groups_of_the_ledger_are_read() {
    for (group, number, expected) in [
        ("(01) AND QUAL(02,03)", "01", Some("gate")),
        ("(01) AND QUAL(02,03)", "03", Some("descriptor")),
        ("((01 BUT (02 AND 03)) OR 04) AND QUAL(07)", "03", Some("gate")),
        ("(01) AND QUAL(02) ; SUFFICIENT(06 OR 07)", "07", Some("adjusts")),
        ("MAJORITY(01..15)", "15", Some("counts")),
        ("MAJORITY(01..15)", "16", None),
        ("BEST_FIT(01..10,14) + IF_APPLICABLE(11,12,13)", "12", Some("counts")),
        ("BEST_FIT(01..09) ; 10 duty, 11 definition", "10", None),
        ("MAY(ANY(01..07)) AND 08 ; SUFFICIENT(09)", "05", Some("adjusts")),
        ("MAY(ANY(01..07)) AND 08 ; SUFFICIENT(09)", "08", Some("gate")),
        ("MAY(ANY(01..07)) AND 08 ; SUFFICIENT(09)", "09", Some("adjusts")),
        ("(01) AND QUAL(02) ; MAY(06 OR 07)", "06", Some("may adjust")),
        ("BEST_FIT(with appendix I)", "01", None),
        ("BEST_FIT(01..10), reading aid to appendix I", "01", None),
    ] {
        assert_eq!(duty(group, number), expected, "{number} in {group}");
    }
}

#[test]
fn open_readings_are_switchable_and_default_to_their_first_option() {
    let (Some(ledger), Some(reference)) = (ledger(), shared("reference/FRAMEWORKS.md")) else { return };
    let section = reference.split("\n## ").find(|part| part.starts_with("7. ")).unwrap();
    let listed = section.lines().filter_map(|line| line.strip_prefix("| AMB-")?.split(' ').next());
    let listed: BTreeSet<String> = listed.map(|rest| format!("AMB-{rest}")).collect();
    assert_eq!(listed.len(), OPEN_READINGS, "{listed:?}");
    let mut faults = Vec::new();
    let mut held: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (name, _, _) in FRAMEWORKS {
        let framework = load(name);
        let readings = framework.readings().unwrap();
        let (Column::Flag(default), Column::Flag(chosen)) =
            (readings.column("default").unwrap(), readings.column("chosen").unwrap())
        else {
            panic!("default and chosen are flags")
        };
        for row in 0..readings.height() {
            let (reading, option) = (text(&readings, "reading", row), text(&readings, "option", row));
            if default[row] != Some(option == "A") || chosen[row] != default[row] {
                faults.push(format!("{name}: {reading}: the default is not option A"));
            }
            if option == "B" {
                held.entry(reading).or_default().insert(name);
            }
        }
    }
    for (prefix, name) in [("S11", FRAMEWORKS[0].0), ("S17", FRAMEWORKS[1].0), ("RDG", FRAMEWORKS[2].0)]
        .into_iter()
        .chain([("DER", FRAMEWORKS[3].0), ("STA", FRAMEWORKS[4].0)])
    {
        let own = listed.iter().filter(|reading| reading.starts_with(&format!("AMB-{prefix}-")));
        faults.extend(
            own.filter(|reading| held.get(*reading) != Some(&BTreeSet::from([name])))
                .map(|reading| format!("{reading} is not a reading of {name}, or of others as well")),
        );
    }
    for (name, _, _) in FRAMEWORKS {
        let rows = ledger.iter().filter(|row| row["framework"] == name);
        let named: BTreeSet<String> = rows.flat_map(|row| readings_named(&row["ambiguity"])).collect();
        let lacking = named.iter().filter(|reading| !held.get(*reading).is_some_and(|names| names.contains(name)));
        faults.extend(lacking.map(|reading| format!("{name}: {reading}, which the ledger names, is not a reading")));
    }
    faults.extend(
        listed.iter().filter(|reading| !held.contains_key(*reading)).map(|reading| format!("{reading} is nowhere")),
    );
    none_of(&faults);
}

#[test]
fn faults_found_in_the_ledger_are_about_its_rows() {
    let Some(ledger) = ledger() else { return };
    let mut faults = Vec::new();
    for (name, _, _) in FRAMEWORKS {
        let rows: BTreeMap<&str, &str> = ledger
            .iter()
            .filter(|row| row["framework"] == name)
            .map(|row| (row["id"].as_str(), row["source_file"].as_str()))
            .collect();
        for fault in exceptions(name).fault {
            let Some(source) = rows.get(fault.id.as_str()) else {
                faults.push(format!("{name}: a fault is about {}, which is not in the ledger", fault.id));
                continue;
            };
            let Some(seed) = shared(&format!("seeds/{source}")) else { return };
            let cited = usize::try_from(fault.seed_line - 1).ok().and_then(|line| seed.lines().nth(line));
            if cited.is_none_or(|line| line.trim().is_empty()) || fault.what.trim().is_empty() {
                faults
                    .push(format!("{name}: the fault of {} cites line {}, which is empty", fault.id, fault.seed_line));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn cited_lines_hold_text() {
    let Some(ledger) = ledger() else { return };
    let mut faults = Vec::new();
    for (name, _, _) in FRAMEWORKS {
        let framework = load(name);
        let source = &ledger.iter().find(|row| row["framework"] == name).unwrap()["source_file"];
        let Some(seed) = shared(&format!("seeds/{source}")) else { return };
        let lines: Vec<&str> = seed.lines().collect();
        for (table, id) in [
            (framework.criteria().unwrap(), "id"),
            (framework.thresholds().unwrap(), "name"),
            (framework.categories().unwrap(), "category"),
            (framework.support().unwrap(), "id"),
        ] {
            for row in 0..table.height() {
                let cited = line(&table, row).and_then(|line| lines.get(usize::try_from(line - 1).ok()?));
                if cited.is_none_or(|line| line.trim().is_empty()) {
                    let id = text(&table, id, row);
                    faults.push(format!("{name}: {id} cites line {:?}, which is empty", line(&table, row)));
                }
            }
        }
    }
    none_of(&faults);
}

/// Whether values of a declared type are values of a kind of the vocabulary.
fn same_kind(declared: &str, indicator: &Indicator, values: &[String]) -> bool {
    match indicator.kind {
        Kind::Number => declared == "number",
        Kind::Count => declared == "count",
        Kind::Flag => declared == "flag",
        Kind::Date => declared == "text",
        Kind::Category | Kind::Grade if values == ["true", "false"] => declared == "flag",
        // A free text of a printed register, of which no values are printed.
        Kind::Category if values == ["not_printed"] => declared == "text",
        Kind::Category | Kind::Grade => declared == "choice",
        Kind::List => false,
    }
}

#[test]
fn declarations_agree_with_the_vocabulary() {
    let vocabulary = Indicators::load().unwrap();
    let mut faults = Vec::new();
    for (name, _, _) in FRAMEWORKS {
        let declared = load(name).indicators().unwrap();
        let (Column::Number(low), Column::Number(high)) =
            (declared.column("minimum").unwrap(), declared.column("maximum").unwrap())
        else {
            panic!("limits are numbers")
        };
        let mut asked_for = BTreeSet::new();
        for row in 0..declared.height() {
            let indicator = text(&declared, "indicator", row);
            // Figures of the authority are comparators of the same measure.
            let measure = indicator.strip_prefix("la_").filter(|rest| vocabulary.resolve(rest).is_ok());
            let measure = measure.filter(|_| vocabulary.resolve(&indicator).is_err());
            let Ok(found) = vocabulary.resolve(measure.unwrap_or(&indicator)) else {
                faults.push(format!("{name}: {indicator} is not in the vocabulary"));
                continue;
            };
            let (own, kind) = (found.indicator, text(&declared, "type", row));
            if found.comparator.is_some() || measure.is_some() {
                if !matches!(own.kind, Kind::Number | Kind::Count) {
                    faults.push(format!("{name}: {indicator} compares with what is no number"));
                }
                continue;
            }
            asked_for.insert(own.name.clone());
            if !same_kind(&kind, own, own.values_for(name)) {
                faults.push(format!("{name}: {indicator} is a {kind}, in the vocabulary {:?}", own.kind));
            }
            if kind == "choice" {
                let held: BTreeSet<String> = list(&declared, "values", row).into_iter().collect();
                let mut expected: BTreeSet<String> = own.values_for(name).iter().cloned().collect();
                expected.extend(own.not_applicable.then(|| "not_applicable".to_owned()));
                if held != expected {
                    faults.push(format!("{name}: {indicator} has the values {held:?}, in the vocabulary {expected:?}"));
                }
            } else if kind != "flag" && kind != "text" && (low[row], high[row]) != (own.minimum, own.maximum) {
                faults.push(format!("{name}: {indicator} has other limits than in the vocabulary"));
            }
        }
        let of_schools = vocabulary.all().iter().filter(|own| own.scope == Scope::School && own.kind != Kind::List);
        for own in of_schools.filter(|own| ![&LISTS[..], &STAND_INS].concat().contains(&own.name.as_str())) {
            let (asked, listed) = (asked_for.contains(&own.name), own.frameworks.iter().any(|known| known == name));
            if asked != listed {
                let not = |holds: bool| if holds { "" } else { "not " };
                let (asked, listed) = (not(asked), not(listed));
                faults.push(format!("{name}: {} is {asked}declared and {listed}listed in the vocabulary", own.name));
            }
        }
    }
    none_of(&faults);
}
