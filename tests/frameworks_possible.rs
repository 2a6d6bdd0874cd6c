//! What is possible when values are unknown, against going through every completion by brute force.
//!
//! Random small frameworks are written out as TOML; the oracle evaluates the same conditions from its own structures, for
//! every way to fill in the unknown values (numbers on a grid finer than the thresholds), and applies best fit and the
//! adjustments in its own words.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;
use schoolframe::frameworks::Framework;
use schoolframe::table::{Column, Table};

/// Choices `c0` to `c2` have three values, flags `f0` and `f1` two; numbers `n0`, `n1` and the comparator `nat_n0` run from
/// 0 to 4.
const CHOICES: usize = 3;
const FLAGS: usize = 2;
const NUMBERS: usize = 2;
const GRID: [f64; 9] = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0];
const THRESHOLDS: [f64; 3] = [1.0, 2.0, 3.0];
const CATEGORIES: [&str; 4] = ["A", "B", "C", "D"];

#[derive(Debug, Clone)]
enum Cond {
    Choice(usize, Vec<usize>),
    Flag(usize, bool),
    Above(usize, usize),
    AtLeast(usize, usize),
    Below(usize, usize),
    /// `n0` at least `nat_n0`, perhaps less a margin of 1.
    AgainstNational(bool),
    All(Vec<Cond>),
    Any(Vec<Cond>),
    Not(Box<Cond>),
    TwoOf(Vec<Cond>),
}

#[derive(Debug, Clone)]
struct School {
    choices: Vec<Option<usize>>,
    flags: Vec<Option<bool>>,
    numbers: Vec<Option<f64>>,
    national: Option<f64>,
}

#[derive(Debug, Clone)]
struct Adjust {
    parts: Vec<Cond>,
    any: bool,
    to: Option<usize>,
    no_better: usize,
    may: bool,
    from: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Case {
    criteria: Vec<Vec<Cond>>,
    adjusts: Vec<Adjust>,
    tie_lower: bool,
    schools: Vec<School>,
}

fn leaf() -> impl Strategy<Value = Cond> {
    prop_oneof![
        (0..CHOICES, prop::collection::btree_set(0..3_usize, 1..3))
            .prop_map(|(at, set)| Cond::Choice(at, set.into_iter().collect())),
        (0..FLAGS, any::<bool>()).prop_map(|(at, value)| Cond::Flag(at, value)),
        (0..NUMBERS, 0..3_usize).prop_map(|(at, limit)| Cond::Above(at, limit)),
        (0..NUMBERS, 0..3_usize).prop_map(|(at, limit)| Cond::AtLeast(at, limit)),
        (0..NUMBERS, 0..3_usize).prop_map(|(at, limit)| Cond::Below(at, limit)),
        any::<bool>().prop_map(Cond::AgainstNational),
    ]
}

fn cond() -> impl Strategy<Value = Cond> {
    leaf().prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Cond::All),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Cond::Any),
            inner.clone().prop_map(|part| Cond::Not(Box::new(part))),
            prop::collection::vec(inner, 2..4).prop_map(Cond::TwoOf),
        ]
    })
}

fn school() -> impl Strategy<Value = School> {
    let number = || prop::option::weighted(0.6, prop::sample::select(GRID.to_vec()));
    (
        prop::collection::vec(prop::option::weighted(0.6, 0..3_usize), CHOICES),
        prop::collection::vec(prop::option::weighted(0.6, any::<bool>()), FLAGS),
        prop::collection::vec(number(), NUMBERS),
        number(),
    )
        .prop_map(|(choices, flags, numbers, national)| School { choices, flags, numbers, national })
}

fn adjust() -> impl Strategy<Value = Adjust> {
    (
        prop::collection::vec(cond(), 1..3),
        any::<bool>(),
        prop::option::of(0..4_usize),
        0..4_usize,
        any::<bool>(),
        prop::collection::btree_set(0..4_usize, 0..3),
    )
        .prop_map(|(parts, any, to, no_better, may, from)| Adjust {
            parts,
            any,
            to,
            no_better,
            may,
            from: from.into_iter().collect(),
        })
}

fn case() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec(prop::collection::vec(cond(), 1..4), 3),
        prop::collection::vec(adjust(), 0..3),
        any::<bool>(),
        prop::collection::vec(school(), 1..5),
    )
        .prop_map(|(criteria, adjusts, tie_lower, schools)| Case { criteria, adjusts, tie_lower, schools })
}

fn toml(cond: &Cond) -> String {
    let list = |parts: &[Cond]| parts.iter().map(toml).collect::<Vec<_>>().join(", ");
    match cond {
        Cond::Choice(at, values) => {
            let values: Vec<String> = values.iter().map(|value| format!("\"v{value}\"")).collect();
            format!("{{ indicator = \"c{at}\", one_of = [{}] }}", values.join(", "))
        }
        Cond::Flag(at, value) => format!("{{ indicator = \"f{at}\", is = {value} }}"),
        Cond::Above(at, limit) => format!("{{ indicator = \"n{at}\", above = \"t{limit}\" }}"),
        Cond::AtLeast(at, limit) => format!("{{ indicator = \"n{at}\", at_least = \"t{limit}\" }}"),
        Cond::Below(at, limit) => format!("{{ indicator = \"n{at}\", below = \"t{limit}\" }}"),
        Cond::AgainstNational(false) => "{ indicator = \"n0\", at_least = \"nat_n0\" }".to_owned(),
        Cond::AgainstNational(true) => "{ indicator = \"n0\", at_least = \"nat_n0\", minus = \"margin\" }".to_owned(),
        Cond::All(parts) => format!("{{ all = [{}] }}", list(parts)),
        Cond::Any(parts) => format!("{{ any = [{}] }}", list(parts)),
        Cond::Not(part) => format!("{{ not = {} }}", toml(part)),
        Cond::TwoOf(parts) => format!("{{ at_least_k = \"two\", of = [{}] }}", list(parts)),
    }
}

fn file(case: &Case) -> String {
    let mut text = String::from(
        "format = 1\n[framework]\nid = \"x\"\ntitle = \"x\"\nauthority = \"x\"\nyears = [2018, 2018]\ndocument = \"x\"\n\
         lines = 9\nphases = [\"primary\"]\n",
    );
    for name in CATEGORIES {
        let _ = writeln!(text, "[[category]]\nid = \"{name}\"\nlabel = \"x\"\nmeaning = \"x\"\nline = 1");
    }
    let threshold = |name: &str, value: f64| {
        format!("[thresholds.{name}]\nvalue = {value}\nunit = \"x\"\nline = 1\nbasis = \"document\"\ntext = \"x\"\n")
    };
    for (at, value) in THRESHOLDS.iter().enumerate() {
        text += &threshold(&format!("t{at}"), *value);
    }
    text += &threshold("margin", 1.0);
    text += &threshold("two", 2.0);
    text += &threshold("majority", 50.0);
    text += "[indicators]\n";
    for at in 0..CHOICES {
        let _ = writeln!(text, "c{at} = {{ type = \"choice\", values = [\"v0\", \"v1\", \"v2\"], text = \"x\" }}");
    }
    for at in 0..FLAGS {
        let _ = writeln!(text, "f{at} = {{ type = \"flag\", text = \"x\" }}");
    }
    for at in 0..NUMBERS {
        let _ = writeln!(text, "n{at} = {{ type = \"number\", min = 0, max = 4, text = \"x\" }}");
    }
    for (category, conds) in CATEGORIES.iter().zip(&case.criteria) {
        for (at, cond) in conds.iter().enumerate() {
            let _ = writeln!(
                text,
                "[[criterion]]\nid = \"{category}{at}\"\ncategory = \"{category}\"\npart = \"x\"\nline = 1\nkind = \"data\"\n\
                 text = \"x\"\ntest = {}",
                toml(cond)
            );
        }
    }
    let tie = if case.tie_lower { "lower" } else { "higher" };
    let _ = writeln!(
        text,
        "[decide.best_fit]\ndenominator = \"known\"\ntie = \"{tie}\"\nmajority = \"majority\"\nline = 1\n\
         [decide.best_fit.count]"
    );
    for (category, conds) in CATEGORIES.iter().zip(&case.criteria) {
        let ids: Vec<String> = (0..conds.len()).map(|at| format!("\"{category}{at}\"")).collect();
        let _ = writeln!(text, "{category} = [{}]", ids.join(", "));
    }
    for (at, adjust) in case.adjusts.iter().enumerate() {
        let parts: Vec<String> = adjust.parts.iter().map(toml).collect();
        let effect = match adjust.to {
            Some(to) => format!("to = \"{}\"", CATEGORIES[to]),
            None => format!("no_better_than = \"{}\"", CATEGORIES[adjust.no_better]),
        };
        let from: Vec<String> = adjust.from.iter().map(|at| format!("\"{}\"", CATEGORIES[*at])).collect();
        let _ = writeln!(
            text,
            "[[adjust]]\nid = \"adjust{at}\"\ntext = \"x\"\nline = 1\nwhen = {{ {} = [{}] }}\n{effect}\nfrom = [{}]\n\
             decision = \"{}\"",
            if adjust.any { "any" } else { "all" },
            parts.join(", "),
            from.join(", "),
            if adjust.may { "may" } else { "must" }
        );
    }
    text
}

fn holds(cond: &Cond, school: &School) -> bool {
    let number = |at: usize| school.numbers[at].unwrap();
    match cond {
        Cond::Choice(at, values) => values.contains(&school.choices[*at].unwrap()),
        Cond::Flag(at, value) => school.flags[*at].unwrap() == *value,
        Cond::Above(at, limit) => number(*at) > THRESHOLDS[*limit],
        Cond::AtLeast(at, limit) => number(*at) >= THRESHOLDS[*limit],
        Cond::Below(at, limit) => number(*at) < THRESHOLDS[*limit],
        Cond::AgainstNational(margin) => number(0) >= school.national.unwrap() - if *margin { 1.0 } else { 0.0 },
        Cond::All(parts) => parts.iter().all(|part| holds(part, school)),
        Cond::Any(parts) => parts.iter().any(|part| holds(part, school)),
        Cond::Not(part) => !holds(part, school),
        Cond::TwoOf(parts) => parts.iter().filter(|part| holds(part, school)).count() >= 2,
    }
}

/// Category (none if no criterion holds) and whether a person decides.
fn decide(case: &Case, school: &School) -> (Option<usize>, bool) {
    let mut best: Option<(usize, usize, usize)> = None;
    for (category, conds) in case.criteria.iter().enumerate() {
        let met = conds.iter().filter(|cond| holds(cond, school)).count();
        let wins = best.is_none_or(|(_, other, of)| {
            let (here, there) = (met * of, other * conds.len());
            here > there || (here == there && case.tie_lower)
        });
        if met > 0 && wins {
            best = Some((category, met, conds.len()));
        }
    }
    let mut category = best.map(|(category, _, _)| category);
    let mut candidate = false;
    for adjust in &case.adjusts {
        let mut parts = adjust.parts.iter().map(|part| holds(part, school));
        let applies = if adjust.any { parts.any(|part| part) } else { parts.all(|part| part) };
        let starts = adjust.from.is_empty() || category.is_some_and(|here| adjust.from.contains(&here));
        if !(applies && starts) {
            continue;
        }
        let next = match adjust.to {
            Some(to) => Some(to),
            None => category.map(|here| here.max(adjust.no_better)),
        };
        candidate |= adjust.may && next != category;
        category = next;
    }
    (category, candidate)
}

/// The choices, flags and numbers that some condition of the case reads.
fn reads(case: &Case) -> BTreeSet<(u8, usize)> {
    fn add(cond: &Cond, found: &mut BTreeSet<(u8, usize)>) {
        match cond {
            Cond::Choice(at, _) => {
                found.insert((0, *at));
            }
            Cond::Flag(at, _) => {
                found.insert((1, *at));
            }
            Cond::Above(at, _) | Cond::AtLeast(at, _) | Cond::Below(at, _) => {
                found.insert((2, *at));
            }
            Cond::AgainstNational(_) => {
                found.extend([(2, 0), (3, 0)]);
            }
            Cond::All(parts) | Cond::Any(parts) | Cond::TwoOf(parts) => parts.iter().for_each(|part| add(part, found)),
            Cond::Not(part) => add(part, found),
        }
    }
    let mut found = BTreeSet::new();
    for cond in case.criteria.iter().flatten().chain(case.adjusts.iter().flat_map(|adjust| &adjust.parts)) {
        add(cond, &mut found);
    }
    found
}

/// Every school that fills in one unknown value of those that are read; empty if nothing is unknown.
fn fill(school: &School, read: &BTreeSet<(u8, usize)>, numbers: &[f64]) -> Option<(String, Vec<School>)> {
    for (kind, at) in read {
        let with = |change: &dyn Fn(&mut School)| {
            let mut filled = school.clone();
            change(&mut filled);
            filled
        };
        match kind {
            0 if school.choices[*at].is_none() => {
                return Some((format!("c{at}"), (0..3).map(|value| with(&|s| s.choices[*at] = Some(value))).collect()));
            }
            1 if school.flags[*at].is_none() => {
                return Some((
                    format!("f{at}"),
                    [false, true].map(|value| with(&|s| s.flags[*at] = Some(value))).to_vec(),
                ));
            }
            2 if school.numbers[*at].is_none() => {
                let values = numbers.iter().map(|value| with(&|s| s.numbers[*at] = Some(*value)));
                return Some((format!("n{at}"), values.collect()));
            }
            3 if school.national.is_none() => {
                let values = numbers.iter().map(|value| with(&|s| s.national = Some(*value)));
                return Some(("nat_n0".to_owned(), values.collect()));
            }
            _ => {}
        }
    }
    None
}

/// Quarters from 0 to 4: finer than limits on halves and a margin of 1.
fn fine() -> Vec<f64> {
    (0..=16).map(|quarter| f64::from(quarter) / 4.0).collect()
}

fn completions(
    case: &Case,
    school: &School,
    read: &BTreeSet<(u8, usize)>,
    found: &mut BTreeSet<(Option<usize>, bool)>,
) {
    match fill(school, read, &fine()) {
        None => {
            found.insert(decide(case, school));
        }
        Some((_, filled)) => filled.iter().for_each(|school| completions(case, school, read, found)),
    }
}

/// For every unknown value: the fewest categories that one answer leaves.
fn fewest_left(case: &Case, school: &School, read: &BTreeSet<(u8, usize)>) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for item in read {
        let only = BTreeSet::from([*item]);
        // Halves: what is compared with this answer is filled in on quarters, which must lie between two answers.
        if let Some((name, filled)) = fill(school, &only, &GRID) {
            let left = filled.iter().map(|school| {
                let mut outcomes = BTreeSet::new();
                completions(case, school, read, &mut outcomes);
                outcomes.into_iter().map(|(category, _)| category).collect::<BTreeSet<_>>().len()
            });
            found.push((name, left.min().unwrap()));
        }
    }
    found
}

fn table(schools: &[School]) -> Table {
    let mut columns = vec![("urn".to_owned(), Column::Integer((1..).take(schools.len()).map(Some).collect()))];
    for at in 0..CHOICES {
        let values = schools.iter().map(|school| school.choices[at].map(|value| format!("v{value}")));
        columns.push((format!("c{at}"), Column::Text(values.collect())));
    }
    for at in 0..FLAGS {
        columns.push((format!("f{at}"), Column::Flag(schools.iter().map(|school| school.flags[at]).collect())));
    }
    for at in 0..NUMBERS {
        columns.push((format!("n{at}"), Column::Number(schools.iter().map(|school| school.numbers[at]).collect())));
    }
    columns.push(("nat_n0".to_owned(), Column::Number(schools.iter().map(|school| school.national).collect())));
    Table::new(columns).unwrap()
}

fn list(table: &Table, name: &str, row: usize) -> Vec<String> {
    match table.column(name).unwrap() {
        Column::TextList(values) => values[row].clone().unwrap(),
        _ => panic!("{name} holds no lists"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn possible_categories_are_those_of_some_completion(case in case()) {
        let framework = Framework::from_toml(&file(&case), "random.toml").unwrap();
        let result = framework.assign(&table(&case.schools), "primary").unwrap();
        let frame = result.frame().unwrap();
        let deciding = result.deciding_table().unwrap();
        let read = reads(&case);
        for (row, school) in case.schools.iter().enumerate() {
            let mut outcomes = BTreeSet::new();
            completions(&case, school, &read, &mut outcomes);
            let categories: BTreeSet<Option<usize>> = outcomes.iter().map(|(category, _)| *category).collect();
            let expected: Vec<&str> = categories.iter().flatten().map(|at| CATEGORIES[*at]).collect();
            let Column::Flag(exact) = frame.column("exact").unwrap() else { panic!() };
            let possible = list(&frame, "possible", row);
            prop_assert_eq!(exact[row], Some(true));
            prop_assert_eq!(&possible, &expected, "{:?}", school);
            let status = match (categories.len(), categories.iter().next().unwrap()) {
                (1, None) => "undetermined",
                (1, Some(_)) if outcomes.iter().any(|(_, candidate)| *candidate) => "candidate",
                (1, Some(_)) => "determined",
                _ => "undetermined",
            };
            prop_assert_eq!(frame.column("status").unwrap().text(row), Some(status));
            let settled = matches!(status, "determined" | "candidate");
            prop_assert_eq!(frame.column("category").unwrap().text(row), expected.first().copied().filter(|_| settled));
            if categories.len() > 1 {
                for (name, fewest) in fewest_left(&case, school, &read) {
                    prop_assert_eq!(left_by(&deciding, row, &name).unwrap_or(categories.len()), fewest, "{}", name);
                }
            } else {
                prop_assert!(list(&frame, "deciding", row).is_empty());
            }
        }
    }
}

/// The fewest categories left by one answer about an indicator, if it is listed for that row.
fn left_by(deciding: &Table, row: usize, name: &str) -> Option<usize> {
    let (Column::Integer(urns), Column::Integer(left)) =
        (deciding.column("urn").unwrap(), deciding.column("fewest_left").unwrap())
    else {
        panic!("urn and fewest_left are whole numbers")
    };
    let urn = i64::try_from(row).unwrap() + 1;
    let indicator = deciding.column("indicator").unwrap();
    let at = (0..deciding.height()).find(|at| urns[*at] == Some(urn) && indicator.text(*at) == Some(name))?;
    usize::try_from(left[at].unwrap()).ok()
}

#[test]
fn three_unknown_numbers_at_a_distance_give_too_many_rather_than_too_few() {
    let leaf = Cond::AgainstNational(true);
    let case = Case {
        criteria: vec![vec![leaf.clone()], vec![Cond::Not(Box::new(leaf))], vec![Cond::Flag(0, true)]],
        adjusts: Vec::new(),
        tie_lower: true,
        schools: Vec::new(),
    };
    // n1 at least nat_n0 - 1 as well: three numbers, two of them at a distance from the third.
    let text = file(&case).replace(
        "id = \"C0\"\ncategory = \"C\"\npart = \"x\"\nline = 1\nkind = \"data\"\ntext = \"x\"\ntest = { indicator = \"f0\", is = true }",
        "id = \"C0\"\ncategory = \"C\"\npart = \"x\"\nline = 1\nkind = \"data\"\ntext = \"x\"\n\
         test = { indicator = \"n1\", at_least = \"nat_n0\", minus = \"margin\" }",
    );
    assert!(text.contains("n1\", at_least = \"nat_n0\""));
    let framework = Framework::from_toml(&text, "three.toml").unwrap();
    let unknown = School { choices: vec![None; 3], flags: vec![None; 2], numbers: vec![None; 2], national: None };
    let frame = framework.assign(&table(&[unknown]), "primary").unwrap().frame().unwrap();
    assert_eq!(list(&frame, "possible", 0), ["A", "B", "C"]);
    let Column::Flag(exact) = frame.column("exact").unwrap() else { panic!() };
    assert_eq!(exact, &[Some(false)]);
}
