//! The worked cases of `tests/cases/*.toml`: for each framework what a value meets, complete schools, edges of every
//! threshold, and both sides of every reading.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

#[path = "common/boundaries.rs"]
mod boundaries;
#[path = "common/cases.rs"]
mod cases;
#[path = "common/check.rs"]
mod check;
#[path = "common/coverage.rs"]
mod coverage;
#[path = "common/tables.rs"]
mod tables;

use std::collections::BTreeSet;

use schoolframe::frameworks::{Framework, Options, OutOfForce, Status};
use schoolframe::table::{Column, Table};

use cases::{allowed_values, files, values_alone};

/// Fails with everything that was found, one line each.
fn none_of(faults: &[String]) {
    let many = if faults.len() == 1 { "fault" } else { "faults" };
    assert!(faults.is_empty(), "{} {many}:\n{}", faults.len(), faults.join("\n"));
}

fn whole(values: &[i64]) -> Column {
    Column::Integer(values.iter().copied().map(Some).collect())
}

#[test]
fn there_are_cases_for_every_framework() {
    let held: Vec<String> = files().into_iter().map(|file| file.framework).collect();
    let mut known = Framework::names();
    known.sort_unstable();
    assert_eq!(held, known);
}

#[test]
fn values_meet_the_criteria_they_are_listed_for() {
    let mut faults = Vec::new();
    for file in files() {
        let (framework, alone) = (file.load(), values_alone(&file));
        for (indicator, meets) in &file.values {
            let Some(allowed) = allowed_values(&framework, indicator) else {
                faults.push(format!("{}: {indicator} is not declared", file.framework));
                continue;
            };
            let written: BTreeSet<&String> = meets.keys().collect();
            let declared: BTreeSet<&String> = allowed.iter().map(|(value, _)| value).collect();
            if written != declared {
                faults.push(format!("{}: {indicator}: values {written:?}, not {declared:?}", file.framework));
            }
            for (value, _) in &allowed {
                let Some(ids) = meets.get(value) else { continue };
                let by_phase = &alone[&(indicator.clone(), value.clone())];
                let met = by_phase.iter().flatten().filter(|(_, result)| *result == "true");
                let met: BTreeSet<String> = met.map(|(id, _)| id.clone()).collect();
                let wanted: BTreeSet<String> = ids.iter().map(|id| file.id(id)).collect();
                let lacking: Vec<&String> = wanted.difference(&met).collect();
                let further: Vec<&String> = met.difference(&wanted).collect();
                if !lacking.is_empty() {
                    faults.push(format!("{}: {indicator} = {value} does not meet {lacking:?}", file.framework));
                }
                if !further.is_empty() {
                    faults.push(format!("{}: {indicator} = {value} also meets {further:?}", file.framework));
                }
            }
        }
    }
    none_of(&faults);
}

#[test]
fn cases_hold() {
    let mut faults = Vec::new();
    for file in files() {
        let mut names = BTreeSet::new();
        let mut add = |name: &str, found: Vec<String>| {
            if !names.insert(name.to_owned()) {
                faults.push(format!("{}: two cases are called '{name}'", file.framework));
            }
            faults.extend((!found.is_empty()).then(|| format!("{}: {name}: {}", file.framework, found.join("; "))));
        };
        for case in &file.case {
            add(&case.name, check::case(&file, case));
        }
        for charge in &file.charge {
            add(&charge.name, check::charge(&file, charge));
        }
    }
    none_of(&faults);
}

#[test]
fn years_out_of_force_are_refused_unless_asked_for() {
    let of = |year: i64| Table::new([("urn", whole(&[100_000])), ("year", whole(&[year]))]).unwrap();
    for file in files() {
        let framework = file.load();
        let (first, last) = framework.data_years();
        let phase = &framework.phases()[0];
        for year in [first, last] {
            assert!(framework.assign(&of(year), phase).is_ok(), "{}: {year}", file.framework);
        }
        for year in [first - 1, last + 1] {
            let error = framework.assign(&of(year), phase).err().unwrap().to_string();
            let rule = format!("must be from {first} to {last}");
            assert!(error.contains(&rule) && error.contains(&format!("{year} (urn 100000)")), "{error}");
            let status = |out_of_force: OutOfForce| {
                let options = Options { out_of_force, ..Options::default() };
                framework.assign_with(&of(year), phase, options).unwrap().summary(0).status
            };
            assert_eq!(status(OutOfForce::PassOver), Status::Invalid, "{}: {year}", file.framework);
            assert_ne!(status(OutOfForce::Allow), Status::Invalid, "{}: {year}", file.framework);
        }
    }
}

#[test]
fn every_test_is_seen_to_pass_and_to_fail() {
    none_of(&files().iter().flat_map(coverage::unseen_results).collect::<Vec<_>>());
}

#[test]
fn every_threshold_has_cases_at_under_and_over_it() {
    none_of(&files().iter().flat_map(coverage::untried_sides).collect::<Vec<_>>());
}

#[test]
fn a_case_at_a_threshold_turns_when_the_threshold_moves() {
    none_of(&files().iter().flat_map(coverage::immovable_edges).collect::<Vec<_>>());
}

#[test]
fn every_option_of_every_reading_has_a_case_with_another_answer() {
    none_of(&files().iter().flat_map(coverage::idle_options).collect::<Vec<_>>());
}

#[test]
fn boundary_cases_are_made_as_stored_and_come_out_as_worked_out_by_hand() {
    none_of(&boundaries::files().iter().flat_map(boundaries::unlike_made).collect::<Vec<_>>());
}

#[test]
fn boundary_cases_hold() {
    none_of(&boundaries::files().iter().flat_map(boundaries::unlike_answers).collect::<Vec<_>>());
}

#[test]
fn every_threshold_has_a_boundary_case() {
    none_of(&boundaries::files().iter().flat_map(boundaries::without_cases).collect::<Vec<_>>());
}
