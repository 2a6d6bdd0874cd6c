//! The library's sets of changes against all that were tried.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use schoolframe::error::Error;
use schoolframe::frameworks::{ChangeOptions, Changes, Framework, Status};

use super::answers::{Answer, answers};
use super::brute::{Cost, Tried, options, results, tried};
use super::conditions::VARS;
use super::frameworks::{CATEGORIES, PHASES};
use super::phrases::{all_values, allows};
use super::schools::{Case, Values, has_open_ways, is_context, table};

/// Sets with more changes than the smallest are listed up to this many more.
const FURTHER: usize = 2;

/// Most ways in which the words for findings are tried out.
const MOST_MEANINGS: usize = 300;

/// Most of them that are kept in between, before what later words exclude is dropped.
const MOST_KEPT: usize = 5000;

/// The library and brute force must say the same.
pub fn agrees(case: &Case, phase: usize) -> Result<(), TestCaseError> {
    let framework = Framework::from_toml(&case.toml(), "random.toml").unwrap();
    let framework = if case.plan.skip { framework.with_reading("YEARS", "B").unwrap() } else { framework };
    let assignment = match framework.assign_with(&table(std::slice::from_ref(&case.school)), PHASES[phase], options()) {
        Err(Error::Input(message)) if message.contains("too many counts") => {
            return Err(TestCaseError::reject(message));
        }
        result => result.unwrap(),
    };
    let fixed = case.fixed.iter().map(|var| VARS[*var].0.to_owned()).collect();
    let asked = ChangeOptions { limit: 1000, fixed, ..ChangeOptions::default() };
    let changes = assignment.what_would_change(1, None, &asked).unwrap();
    let found = answers(&changes);
    prop_assert!(!found.is_empty() || !changes.notes.is_empty(), "neither rows nor a note");
    let summary = assignment.summary(0);
    if summary.status == Status::Invalid || (summary.status == Status::Undetermined && summary.possible.is_empty()) {
        prop_assert!(found.is_empty(), "rows for a school that nothing can be said about");
        return Ok(());
    }
    for answer in &found {
        leads_there(case, &framework, PHASES[phase], answer)?;
    }
    if case.plan.separate && phase == 2 || has_open_ways(case) {
        return Ok(());
    }
    let settled = summary.status != Status::Undetermined;
    let tried = tried(case, &framework, PHASES[phase], settled);
    let directions: Vec<(&str, Vec<usize>)> = if settled {
        let here = summary.category.unwrap();
        vec![("up", (0..here).rev().collect()), ("down", (here + 1..CATEGORIES.len()).collect())]
    } else {
        summary.possible.iter().map(|target| ("settle", vec![*target])).collect()
    };
    for (direction, targets) in directions {
        let of: Vec<&Answer> =
            found.iter().filter(|one| one.direction == direction && targets.contains(&one.target)).collect();
        smallest(case, &changes, &tried, &targets, &of)?;
    }
    Ok(())
}

/// One direction: `found` are the sets listed, `targets` the categories there, the nearest first.
fn smallest(
    case: &Case,
    changes: &Changes,
    tried: &Tried,
    targets: &[usize],
    found: &[&Answer],
) -> Result<(), TestCaseError> {
    // What is unknown and looked at together can be too much to be gone through; what was looked at is said.
    let cut: Vec<&String> = changes.notes.iter().filter(|note| note.contains("looked at")).collect();
    let exact = found.iter().all(|one| one.exact) && cut.is_empty();
    let unknown = case.plan.reads().iter().any(|var| case.school[*var].is_none());
    prop_assert!(exact || unknown, "not exact: {found:?} {:?}", changes.notes);
    if !exact {
        for target in targets {
            let about = format!(" {};", CATEGORIES[*target]);
            let note = cut.iter().find(|note| note.contains(&about) && note.starts_with("No set"));
            let most = note.and_then(|note| note.split(' ').find_map(|word| word.parse::<usize>().ok()));
            let smaller = tried.ways(*target, true).values().find(|cost| most.is_some_and(|most| cost.0 <= most));
            prop_assert!(smaller.is_none(), "{smaller:?} is smaller: {note:?}");
        }
        return Ok(());
    }
    let Some(first) = found.first() else {
        for target in targets {
            let missed = tried.ways(*target, true);
            prop_assert!(missed.is_empty(), "nothing for {}: {missed:?}; {:?}", CATEGORIES[*target], changes.notes);
        }
        return Ok(());
    };
    let figures = found.iter().any(|one| one.vars().iter().any(|var| case.is_missing_figure(*var)));
    let nearer = targets.iter().take_while(|target| **target != first.target);
    for target in nearer {
        let missed = tried.ways(*target, figures);
        prop_assert!(missed.is_empty(), "{} is nearer: {missed:?}", CATEGORIES[*target]);
    }
    if figures {
        for target in targets {
            let missed = tried.ways(*target, false);
            prop_assert!(missed.is_empty(), "{} needs no published figures: {missed:?}", CATEGORIES[*target]);
        }
    }
    let costs: Vec<_> = found.iter().map(|one| one.cost).collect();
    prop_assert!(costs.is_sorted(), "in the order of their cost: {costs:?}");
    for one in found {
        prop_assert_eq!(one.target, first.target, "one category in a direction");
        let includes = found.iter().filter(|other| other.vars().is_subset(&one.vars())).count();
        prop_assert_eq!(includes, 1, "a set includes another one: {:?}", one);
    }
    let ways = tried.ways(first.target, figures);
    for (vars, cost) in ways.iter().filter(|(_, cost)| cost.0 <= first.cost.0 + FURTHER) {
        let listed = found.iter().find(|one| one.vars() == *vars);
        // Beside a published figure that is to be found out a number moves near it, not by the least it could.
        let cost_of = |cost: Cost| if figures { (cost.0, cost.1, 0) } else { cost };
        let listed = listed.map(|one| cost_of(one.cost));
        prop_assert_eq!(listed, Some(cost_of(*cost)), "cost of {:?}", names(vars));
    }
    for one in found.iter().filter(|one| one.cost.0 <= tried.up_to) {
        prop_assert!(ways.contains_key(&one.vars()), "not found by brute force: {:?}", one);
    }
    Ok(())
}

fn names(vars: &BTreeSet<usize>) -> Vec<&'static str> {
    vars.iter().map(|var| VARS[*var].0).collect()
}

/// A set of changes leads to its category and status, whatever of what the words allow is found out; context and what is
/// fixed is left alone.
fn leads_there(case: &Case, framework: &Framework, phase: &str, answer: &Answer) -> Result<(), TestCaseError> {
    let mut schools: Vec<Values> = vec![case.school.clone()];
    for row in &answer.rows {
        let held = case.school[row.var];
        prop_assert_eq!(row.find, held.is_none(), "{} is known or not", VARS[row.var].0);
        if !row.find {
            prop_assert!(!is_context(row.var) && !case.fixed.contains(&row.var), "{} is fixed", VARS[row.var].0);
            let text = row.from.clone().unwrap();
            let now = value(row.var, &text);
            prop_assert!((now - held.unwrap()).abs() < 1e-9, "from {text} of {}", VARS[row.var].0);
        }
        let mut values = if row.find { all_values(row.var) } else { vec![value(row.var, &row.to)] };
        values.extend(row.to.split(" and ").filter_map(|words| words.parse::<f64>().ok()).filter(|_| row.find));
        let with = |school: &Values, value: f64| {
            let mut school = school.clone();
            school[row.var] = Some(value);
            school
        };
        let fits = |school: &Values| answer.rows.iter().all(|row| !row.find || allows(&row.to, row.var, school));
        schools = schools
            .iter()
            .flat_map(|school| values.iter().map(move |value| with(school, *value)))
            .filter(fits)
            .collect();
        schools = thinned(schools, MOST_KEPT);
    }
    schools = thinned(schools, MOST_MEANINGS);
    prop_assert!(!schools.is_empty(), "the words allow nothing: {answer:?}");
    for (school, result) in schools.iter().zip(results(framework, &schools, phase)) {
        if result.is_some_and(|(_, status)| status == Status::Invalid) {
            continue; // What breaks a constraint is not found.
        }
        let result = result.map(|(category, status)| (CATEGORIES[category], status.name()));
        let said = Some((CATEGORIES[answer.target], answer.status.as_str()));
        prop_assert_eq!(result, said, "{:?} leads elsewhere: {:?}", answer, school);
    }
    Ok(())
}

/// At most so many of them, evenly spread.
fn thinned(schools: Vec<Values>, most: usize) -> Vec<Values> {
    let step = schools.len().div_ceil(most).max(1);
    schools.into_iter().step_by(step).collect()
}

fn value(var: usize, text: &str) -> f64 {
    match text {
        "true" => 1.0,
        "false" => 0.0,
        _ => text.strip_prefix('v').unwrap_or(text).parse().unwrap_or_else(|_| panic!("{}: {text}", VARS[var].0)),
    }
}
