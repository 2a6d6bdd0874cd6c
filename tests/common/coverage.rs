//! What the cases of a framework leave out.

use std::collections::{BTreeMap, BTreeSet};

use schoolframe::frameworks::Framework;
use schoolframe::table::{Column, Table};

use crate::cases::{Case, Exception, File, Readings, Side, cell, results, values_alone};
use crate::check::amounts;
use crate::tables::{list, text};

/// Lists whose numbers are printed and no test compares with them.
const NOT_TESTED: [&str; 6] = ["process", "support", "target", "capacity", "charge", "combine"];

/// The options of the readings that are not the default.
fn other_options(framework: &Framework) -> Vec<(String, String)> {
    let readings = framework.readings().unwrap();
    let Column::Flag(default) = readings.column("default").unwrap() else { panic!("default is a flag") };
    let rows = (0..readings.height()).filter(|row| default[*row] != Some(true));
    rows.map(|row| (text(&readings, "reading", row), text(&readings, "option", row))).collect()
}

/// Which exceptions of a kind have been used; those that were not are faults.
struct Used<'a> {
    file: &'a File,
    of_kind: Vec<&'a Exception>,
    needed: Vec<bool>,
}

impl<'a> Used<'a> {
    fn new(file: &'a File, is_of_kind: impl Fn(&Exception) -> bool) -> Self {
        let of_kind: Vec<&Exception> = file.exception.iter().filter(|row| is_of_kind(row)).collect();
        let needed = vec![false; of_kind.len()];
        Self { file, of_kind, needed }
    }

    fn covers(&mut self, meant: impl Fn(&Exception) -> bool) -> bool {
        let found = self.of_kind.iter().position(|row| meant(row) && !row.reason.trim().is_empty());
        found.inspect(|at| self.needed[*at] = true).is_some()
    }

    fn idle(&self) -> impl Iterator<Item = String> {
        let idle = self.of_kind.iter().zip(&self.needed).filter(|(_, needed)| !**needed);
        idle.map(|(row, _)| format!("{}: the exception '{}' excepts nothing", self.file.framework, row.reason))
    }
}

/// Criteria and flags that are not seen to hold, or not seen to fail.
pub fn unseen_results(file: &File) -> Vec<String> {
    let framework = file.load();
    let listing = framework.criteria().unwrap();
    let tested: BTreeSet<String> = (0..listing.height())
        .filter(|row| listing.column("test").unwrap().text(*row).is_some())
        .filter(|row| text(&listing, "list", *row) != "definition")
        .map(|row| text(&listing, "id", row))
        .collect();
    let mut seen: BTreeSet<(String, bool)> = BTreeSet::new();
    for ((indicator, _), by_phase) in values_alone(file) {
        let named: BTreeSet<String> = file.values[indicator].values().flatten().map(|id| file.id(id)).collect();
        let held = by_phase.iter().flatten().filter(|(id, _)| named.contains(*id));
        seen.extend(held.filter_map(|(id, result)| Some((id.clone(), result.parse::<bool>().ok()?))));
    }
    for (id, result) in file.case.iter().flat_map(|case| case.expect.criteria.iter().flatten()) {
        seen.extend(result.parse::<bool>().map(|result| (file.id(id), result)));
    }
    let mut exceptions = Used::new(file, |row| row.criterion.is_some());
    let mut faults = Vec::new();
    for id in tested {
        for result in [true, false] {
            let one = (id.clone(), result);
            let meant = |row: &Exception| {
                row.criterion.as_ref().is_some_and(|short| file.id(short) == id) && row.result == Some(result)
            };
            if !seen.contains(&one) && !exceptions.covers(meant) {
                faults.push(format!("{}: no case where {id} is {result}", file.framework));
            }
        }
    }
    faults.extend(exceptions.idle());
    faults
}

/// Thresholds that a test compares with, under the default readings or another option.
pub fn compared_with(framework: &Framework) -> BTreeSet<String> {
    let listing = framework.criteria().unwrap();
    let lists: BTreeMap<String, String> =
        (0..listing.height()).map(|row| (text(&listing, "id", row), text(&listing, "list", row))).collect();
    let charges = framework.charges().unwrap();
    let charges: Vec<String> = (0..charges.height()).map(|row| text(&charges, "charge", row)).collect();
    let rule_of_data: BTreeSet<String> = (0..listing.height())
        .filter(|row| text(&listing, "list", *row) == "dataset" && text(&listing, "test", *row).is_empty())
        .map(|row| text(&listing, "id", row))
        .collect();
    let tests = |user: &String| {
        !charges.contains(user)
            && !rule_of_data.contains(user)
            && lists.get(user).is_none_or(|list| !NOT_TESTED.contains(&list.as_str()))
    };
    let options = other_options(framework);
    let others = options.iter().map(|(reading, option)| framework.with_reading(reading, option).unwrap());
    let mut found = BTreeSet::new();
    for framework in others.chain([framework.clone()]) {
        let thresholds = framework.thresholds().unwrap();
        let rows = (0..thresholds.height()).filter(|row| list(&thresholds, "used_by", *row).iter().any(tests));
        found.extend(rows.map(|row| text(&thresholds, "name", row)));
    }
    found
}

/// Sides of thresholds on which there is no case, and thresholds of cases that do not exist.
pub fn untried_sides(file: &File) -> Vec<String> {
    let framework = file.load();
    let mut faults = Vec::new();
    for case in &file.case {
        if case.threshold.is_some() != case.side.is_some() {
            faults.push(format!("{}: {}: a threshold needs a side", file.framework, case.name));
        }
    }
    let of = |case: &Case| Some((case.threshold.clone()?, case.side?));
    let sides: BTreeSet<(String, Side)> = file.case.iter().filter_map(of).collect();
    let mut exceptions = Used::new(file, |row| row.threshold.is_some());
    for name in compared_with(&framework) {
        for side in [Side::At, Side::Under, Side::Over] {
            let meant = |row: &Exception| row.threshold.as_ref() == Some(&name) && row.side == Some(side);
            if !sides.contains(&(name.clone(), side)) && !exceptions.covers(meant) {
                faults.push(format!("{}: no case {side:?} threshold {name}", file.framework));
            }
        }
    }
    let thresholds = framework.thresholds().unwrap();
    for (name, _) in sides {
        if !(0..thresholds.height()).any(|row| text(&thresholds, "name", row) == name) {
            faults.push(format!("{}: threshold {name} does not exist", file.framework));
        }
    }
    faults.extend(exceptions.idle());
    faults
}

/// Everything that is said about the school of a case.
#[derive(PartialEq)]
struct Answer {
    frame: Table,
    criteria: BTreeMap<String, String>,
    support: Table,
    dataset: Option<Table>,
}

fn answer(framework: &Framework, file: &File, case: &Case) -> Option<Answer> {
    let school = file.school(case);
    let result = framework.assign(&school, &case.phase).ok()?;
    Some(Answer {
        frame: result.frame().unwrap(),
        criteria: results(&result, 0),
        support: result.support().unwrap(),
        dataset: framework.dataset(&school, &case.phase).ok(),
    })
}

/// Thresholds none of whose cases gives another answer once the threshold is a little higher or lower: at the edge by a
/// hundredth (numbers) or by one (counts), under and over it by one.
pub fn immovable_edges(file: &File) -> Vec<String> {
    let mut turns: BTreeMap<&String, bool> = BTreeMap::new();
    for case in &file.case {
        let (Some(name), Some(side)) = (&case.threshold, case.side) else { continue };
        let turned = turns.entry(name).or_default();
        if *turned {
            continue;
        }
        let framework = file.under(&case.readings).unwrap();
        let thresholds = framework.thresholds().unwrap();
        let Some(row) = (0..thresholds.height()).find(|row| text(&thresholds, "name", *row) == *name) else { continue };
        let value = cell(thresholds.column("value").unwrap(), row).as_float().unwrap();
        let before = answer(&framework, file, case);
        let counts = framework.with_threshold(name, value + 0.01).is_err();
        let step = if counts || side != Side::At { 1.0 } else { 0.01 };
        *turned = [-step, step].iter().any(|step| {
            let moved = framework.with_threshold(name, value + step);
            moved.is_ok_and(|moved| answer(&moved, file, case) != before)
        });
    }
    let idle = turns.into_iter().filter(|(_, turned)| !turned);
    idle.map(|(name, _)| format!("{}: no case at threshold {name} depends on it", file.framework)).collect()
}

/// Options of readings under which no case gives another answer.
pub fn idle_options(file: &File) -> Vec<String> {
    let framework = file.load();
    let mut faults = Vec::new();
    for (reading, option) in other_options(&framework) {
        let other = framework.with_reading(&reading, &option).unwrap();
        let own = Readings::from([(reading.clone(), option.clone())]);
        let by_case = file.case.iter().filter(|case| case.readings == own).any(|case| {
            let of_support = case.expect.amounts.is_some() && amounts(&framework) != amounts(&other);
            of_support || answer(&framework, file, case) != answer(&other, file, case)
        });
        let by_charge = file
            .charge
            .iter()
            .filter(|case| case.readings == own)
            .any(|case| framework.charge(case.days, &case.phase).ok() != other.charge(case.days, &case.phase).ok());
        if !by_case && !by_charge {
            faults.push(format!("{}: no case in which {reading} {option} gives another answer", file.framework));
        }
    }
    faults
}
