//! Every completion of a school against the result of the library.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use schoolframe::error::Error;
use schoolframe::frameworks::Framework;
use schoolframe::table::{Column, Table};

use super::conditions::{Kind, ONE, School, VARS, World, is_answer, school, values};
use super::frameworks::{BOTH, CATEGORIES, Outcome, PHASES, Plan, plan};
use super::rules::Rule;

/// Most completions of a school; what is unknown beyond that is filled in beforehand.
const MOST_COMPLETIONS: usize = 4000;

pub struct Case {
    pub plan: Plan,
    pub schools: Vec<(Vec<i32>, Vec<bool>)>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.plan.toml();
        let (_, rest) = text.split_once("[indicators]").unwrap_or_default();
        write!(formatter, "{rest}\nyears passed over: {}\n{:?}", self.plan.skip, self.schools)
    }
}

/// A framework with this kind of rule, and some schools.
pub fn case(rule: impl Strategy<Value = Rule>) -> impl Strategy<Value = Case> {
    (plan(rule), prop::collection::vec(school(), 1..4)).prop_map(|(plan, schools)| Case { plan, schools })
}

/// What is known about a school: as drawn, and more as soon as too many ways would be left to fill in the rest.
fn known(drawn: &(Vec<i32>, Vec<bool>), reads: &BTreeSet<usize>) -> School {
    let mut ways = 1;
    let (filled, known) = drawn;
    filled
        .iter()
        .zip(known)
        .enumerate()
        .map(|(var, (value, known))| {
            if *known {
                return Some(*value);
            }
            let more = if reads.contains(&var) { ways * values(var).len() } else { ways };
            if more > MOST_COMPLETIONS {
                return Some(*value);
            }
            ways = more;
            None
        })
        .collect()
}

/// All completions of what is read, as values of the unknown variables with what they lead to.
pub fn completions(
    plan: &Plan,
    base: &School,
    reads: &BTreeSet<usize>,
    phase: usize,
) -> (Vec<usize>, Vec<(School, Outcome)>) {
    let open: Vec<usize> = reads.iter().copied().filter(|var| base[*var].is_none()).collect();
    let mut found = vec![base.clone()];
    for var in &open {
        let with = |school: &School, value: i32| {
            let mut school = school.clone();
            school[*var] = Some(value);
            school
        };
        found =
            found.iter().flat_map(|school| values(*var).into_iter().map(move |value| with(school, value))).collect();
    }
    let found = found
        .into_iter()
        .map(|school| {
            let outcome = plan.outcome(base, &school, phase);
            (school, outcome)
        })
        .collect();
    (open, found)
}

pub fn table(schools: &[School]) -> Table {
    let mut columns = vec![("urn".to_owned(), Column::Integer((1..).take(schools.len()).map(Some).collect()))];
    for (var, (name, kind)) in VARS.iter().enumerate() {
        let of = schools.iter().map(|school| school[var]);
        let column = match kind {
            Kind::Choice => Column::Text(of.map(|value| value.map(|value| format!("v{value}"))).collect()),
            Kind::Flag => Column::Flag(of.map(|value| value.map(|value| value == 1)).collect()),
            Kind::Number => {
                Column::Number(of.map(|value| value.map(|value| f64::from(value) / f64::from(ONE))).collect())
            }
            Kind::Count => Column::Integer(of.map(|value| value.map(|value| i64::from(value / ONE))).collect()),
        };
        columns.push(((*name).to_owned(), column));
    }
    Table::new(columns).unwrap()
}

pub fn list(table: &Table, name: &str, row: usize) -> Vec<String> {
    table.column(name).unwrap().list(row).unwrap().to_vec()
}

pub fn flag(table: &Table, name: &str, row: usize) -> Option<bool> {
    match table.column(name).unwrap() {
        Column::Flag(values) => values[row],
        _ => panic!("{name} holds no flags"),
    }
}

fn distinct<T: Ord>(outcomes: &[(School, Outcome)], of: impl Fn(&Outcome) -> T) -> BTreeSet<T> {
    outcomes.iter().map(|(_, outcome)| of(outcome)).collect()
}

/// The only one, if there is only one.
fn only<T: Ord + Copy>(all: &BTreeSet<T>) -> Option<T> {
    if all.len() == 1 { all.first().copied() } else { None }
}

/// Whether too few of the known descriptors of a settled category hold.
fn in_conflict(plan: &Plan, base: &School, outcomes: &[(School, Outcome)], phase: usize) -> bool {
    let Rule::Gates(gates) = &plan.rule else { return false };
    let Some(Some(before)) = only(&distinct(outcomes, |outcome| outcome.before)) else { return false };
    if !gates.conflict || phase == BOTH {
        return false;
    }
    let conds = plan.items.in_phase(phase);
    let world = World { items: &conds, base, filled: base, skip: plan.skip };
    let asked = gates.descriptors(before, &plan.items, phase);
    let asked = asked.into_iter().filter(|at| plan.items.known_to_count(*at, &world, phase) == Some(true));
    let known: Vec<bool> = asked.filter_map(|at| world.known(&conds[at])).collect();
    2 * known.iter().filter(|holds| **holds).count() < known.len()
}

/// The library and all completions must say the same of every school of a case in a phase.
pub fn agrees(case: &Case, phase: usize) -> Result<(), TestCaseError> {
    let plan = &case.plan;
    let framework = Framework::from_toml(&plan.toml(), "random.toml").unwrap();
    let framework = if plan.skip { framework.with_reading("YEARS", "B").unwrap() } else { framework };
    let reads = plan.reads();
    let schools: Vec<School> = case.schools.iter().map(|drawn| known(drawn, &reads)).collect();
    let result = match framework.assign(&table(&schools), PHASES[phase]) {
        // A limit that the documentation names.
        Err(Error::Input(message)) if message.contains("too many counts") => {
            return Err(TestCaseError::reject(message));
        }
        result => result.unwrap(),
    };
    let frame = result.frame().unwrap();
    let left = fewest_left(&result.deciding_table().unwrap());
    for (row, base) in schools.iter().enumerate() {
        let (open, outcomes) = completions(plan, base, &reads, phase);
        let categories = distinct(&outcomes, |outcome| outcome.category);
        let expected: Vec<&str> = categories.iter().flatten().map(|at| CATEGORIES[*at]).collect();
        prop_assert_eq!(flag(&frame, "exact", row), Some(true), "exact of row {}", row);
        prop_assert_eq!(&list(&frame, "possible", row), &expected, "possible of row {}: {:?}", row, base);
        let part_open = phase == BOTH
            && [0, 1].into_iter().any(|side| {
                let (_, outcomes) = completions(plan, base, &reads, side);
                only(&distinct(&outcomes, |outcome| outcome.category)).flatten().is_none()
            });
        let status = match only(&categories).flatten() {
            None => "undetermined",
            Some(_) if part_open => "undetermined",
            Some(_) if outcomes.iter().any(|(_, outcome)| outcome.category != outcome.otherwise) => "candidate",
            Some(_) if in_conflict(plan, base, &outcomes, phase) => "conflict",
            Some(_) => "determined",
        };
        let given = frame.column("status").unwrap().text(row).unwrap();
        // For both phases the descriptors of each speak for themselves; that is tested on each.
        let given = if phase == BOTH && given == "conflict" { "determined" } else { given };
        prop_assert_eq!(given, status, "status of row {}: {:?}", row, base);
        let settled = status != "undetermined";
        prop_assert_eq!(
            frame.column("category").unwrap().text(row),
            expected.first().copied().filter(|_| settled),
            "category of row {}",
            row
        );
        let otherwise = only(&distinct(&outcomes, |outcome| outcome.otherwise)).flatten();
        let otherwise = otherwise.filter(|_| status == "candidate").map(|at| CATEGORIES[at]);
        prop_assert_eq!(frame.column("otherwise").unwrap().text(row), otherwise, "otherwise of row {}", row);
        let majorities = distinct(&outcomes, |outcome| outcome.majority);
        match flag(&frame, "best_fit", row) {
            Some(fit) => prop_assert_eq!(only(&majorities), Some(Some(!fit)), "best_fit of row {}", row),
            None => prop_assert!(
                !settled || outcomes.len() > 1 || only(&majorities) == Some(None),
                "best_fit of row {} is open",
                row
            ),
        }
        let gates = distinct(&outcomes, |outcome| outcome.gate);
        if let (Rule::Gates(rule), true, true) = (&plan.rule, settled, phase != BOTH) {
            let mark = |gate: &Option<usize>| gate.filter(|at| rule.gates[*at].marked).map(|at| format!("mark{at}"));
            let marks: BTreeSet<Option<String>> = gates.iter().map(mark).collect();
            let mark = if marks.len() == 1 { marks.first().unwrap().as_deref() } else { None };
            let given = frame.column("mark").ok().and_then(|column| column.text(row));
            prop_assert_eq!(given, mark, "mark of row {}", row);
        }
        let urn = i64::try_from(row).unwrap() + 1;
        if categories.len() < 2 {
            prop_assert!(list(&frame, "deciding", row).is_empty(), "nothing is left to decide in row {}", row);
            continue;
        }
        for var in open {
            let mut by_answer: BTreeMap<i32, BTreeSet<Option<usize>>> = BTreeMap::new();
            for (school, outcome) in outcomes.iter().filter(|(school, _)| is_answer(var, school[var].unwrap())) {
                by_answer.entry(school[var].unwrap()).or_default().insert(outcome.category);
            }
            let fewest = by_answer.values().map(BTreeSet::len).min().unwrap();
            let given = left.get(&(urn, VARS[var].0.to_owned())).copied().unwrap_or(categories.len());
            prop_assert_eq!(given, fewest, "fewest categories left by {} in row {}: {:?}", VARS[var].0, row, base);
        }
    }
    Ok(())
}

/// The fewest categories left by one answer, by school and indicator.
fn fewest_left(deciding: &Table) -> BTreeMap<(i64, String), usize> {
    let (Column::Integer(urns), Column::Integer(left)) =
        (deciding.column("urn").unwrap(), deciding.column("fewest_left").unwrap())
    else {
        panic!("urn and fewest_left are whole numbers")
    };
    let indicator = deciding.column("indicator").unwrap();
    (0..deciding.height())
        .map(|at| {
            let name = indicator.text(at).unwrap().to_owned();
            ((urns[at].unwrap(), name), usize::try_from(left[at].unwrap()).unwrap())
        })
        .collect()
}
