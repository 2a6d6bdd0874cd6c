//! One case against what the library says.

use std::collections::BTreeMap;
use std::fmt::Debug;

use schoolframe::error::Result;
use schoolframe::frameworks::{Assignment, Framework};
use schoolframe::table::Table;
use toml::Value;

use crate::cases::{Case, Charge, Expect, File, cell, results};
use crate::tables::{list, text};

/// What does not hold, in words.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn same<T: PartialEq + Debug>(&mut self, what: &str, held: &T, expected: &T) {
        if held != expected {
            self.0.push(format!("{what} is {held:?}, not {expected:?}"));
        }
    }

    fn cell(&mut self, frame: &Table, column: &str, expected: &Value) {
        match frame.column(column) {
            Ok(held) => self.same(column, &cell(held, 0), expected),
            Err(error) => self.0.push(error.to_string()),
        }
    }

    fn refused<T>(&mut self, result: Result<T>, expected: &str) {
        match result {
            Ok(_) => self.0.push(format!("no error, not '{expected}'")),
            Err(error) if error.to_string().contains(expected) => {}
            Err(error) => self.0.push(format!("the error is '{error}', not '{expected}'")),
        }
    }
}

/// What of a case does not hold.
pub fn case(file: &File, case: &Case) -> Vec<String> {
    let mut faults = Faults::default();
    let expect = &case.expect;
    let framework = match file.under(&case.readings) {
        Ok(framework) => framework,
        Err(error) => return vec![error.to_string()],
    };
    let school = file.school(case);
    let result = framework.assign(&school, &case.phase);
    if let Some(refused) = &expect.refused {
        faults.refused(result, refused);
        return faults.0;
    }
    let result = match result {
        Ok(result) => result,
        Err(error) => return vec![error.to_string()],
    };
    let frame = result.frame().unwrap();
    frame_holds(&mut faults, &frame, expect);
    let held = results(&result, 0);
    for (id, expected) in expect.criteria.iter().flatten() {
        let held = held.get(&file.id(id)).map_or("not there", String::as_str);
        faults.same(id, &held, &expected.as_str());
    }
    support_holds(&mut faults, file, &framework, &result, expect);
    let dataset = framework.dataset(&school, &case.phase);
    if let Some(expected) = &expect.error {
        faults.refused(dataset, expected);
    } else {
        match dataset {
            Ok(dataset) => {
                for (column, expected) in expect.dataset.iter().flatten() {
                    faults.cell(&dataset, column, expected);
                }
            }
            Err(error) => faults.0.push(format!("dataset: {error}")),
        }
    }
    if !faults.0.is_empty() {
        faults.0.push(format!("({})", text(&frame, "reason", 0)));
    }
    faults.0
}

fn frame_holds(faults: &mut Faults, frame: &Table, expect: &Expect) {
    for (column, expected) in [
        ("category", &expect.category),
        ("status", &expect.status),
        ("leading", &expect.leading),
        ("otherwise", &expect.otherwise),
        ("mark", &expect.mark),
        ("descriptors", &expect.descriptors),
    ] {
        if let Some(expected) = expected {
            faults.cell(frame, column, &Value::String(expected.clone()));
        }
    }
    for (column, expected) in
        [("possible", &expect.possible), ("adjustments", &expect.adjustments), ("flags", &expect.flags)]
    {
        if let Some(expected) = expected {
            faults.same(column, &list(frame, column, 0), expected);
        }
    }
    if let Some(expected) = &expect.flags_unchecked {
        let mut held = list(frame, "flags_unchecked", 0);
        if !expected.is_empty() {
            held.retain(|flag| expected.contains(flag));
        }
        faults.same("flags_unchecked", &held, expected);
    }
    if let Some(expected) = &expect.deciding {
        let mut held = list(frame, "deciding", 0);
        held.truncate(expected.len().max(usize::from(expected.is_empty())));
        faults.same("deciding", &held, expected);
    }
    if let Some(expected) = &expect.best_fit {
        let open = || Value::String(String::new());
        faults.cell(frame, "best_fit", &expected.as_bool().map_or_else(open, Value::Boolean));
    }
    if let Some(expected) = expect.exact {
        faults.cell(frame, "exact", &Value::Boolean(expected));
    }
    for (category, expected) in expect.met.iter().flatten() {
        faults.cell(frame, &format!("{}_met", category.to_lowercase()), &Value::Integer(*expected));
    }
    for (category, expected) in expect.shares.iter().flatten() {
        let column = format!("{}_share", category.to_lowercase());
        let held = frame.column(&column).ok().and_then(|column| cell(column, 0).as_float());
        if held.is_none_or(|held| (held - expected).abs() >= 0.005) {
            faults.0.push(format!("{column} is {held:?}, not {expected}"));
        }
    }
    for (phase, expected) in expect.sides.iter().flatten() {
        faults.cell(frame, &format!("{phase}_category"), &Value::String(expected.clone()));
    }
    for (column, expected) in expect.results.iter().flatten() {
        faults.cell(frame, column, expected);
    }
}

fn support_holds(faults: &mut Faults, file: &File, framework: &Framework, result: &Assignment, expect: &Expect) {
    if let Some(expected) = &expect.support {
        let support = result.support().unwrap();
        let held: Vec<String> = (0..support.height()).map(|row| text(&support, "id", row)).collect();
        let expected: Vec<String> = expected.iter().map(|id| file.id(id)).collect();
        faults.same("support", &held, &expected);
    }
    let held = amounts(framework);
    for (id, expected) in expect.amounts.iter().flatten() {
        let held = held.get(&file.id(id)).cloned().unwrap_or_default();
        faults.same(&format!("amounts of {id}"), &held, expected);
    }
}

/// The amounts of every row of support; where it stands in the lists of several categories, those in the first.
pub fn amounts(framework: &Framework) -> BTreeMap<String, Vec<f64>> {
    let quantities = framework.quantities().unwrap();
    let mut found: BTreeMap<String, (String, Vec<f64>)> = BTreeMap::new();
    for row in 0..quantities.height() {
        let category = text(&quantities, "category", row);
        let amount = cell(quantities.column("amount").unwrap(), row).as_float().unwrap();
        let (first, amounts) = found.entry(text(&quantities, "id", row)).or_insert((category.clone(), Vec::new()));
        if *first == category {
            amounts.push(amount);
        }
    }
    found.into_iter().map(|(id, (_, amounts))| (id, amounts)).collect()
}

/// What of a charge does not hold.
pub fn charge(file: &File, case: &Charge) -> Vec<String> {
    let mut faults = Faults::default();
    let framework = match file.under(&case.readings) {
        Ok(framework) => framework,
        Err(error) => return vec![error.to_string()],
    };
    let missing = Value::String(String::new());
    let charged = framework.charge(case.days, &case.phase);
    if case.pays == missing || case.refused.is_some() {
        faults.refused(charged, case.refused.as_deref().unwrap_or("is not written for phase"));
        return faults.0;
    }
    match charged {
        Ok(charged) => {
            faults.same("pays", &Value::Float(charged.pays), &case.pays);
            faults.same("amount", &Value::Float(charged.amount), &case.amount);
            faults.same("marked", &Value::Boolean(charged.marked), &case.marked);
        }
        Err(error) => faults.0.push(error.to_string()),
    }
    faults.0
}
