//! Random schools, what may change about them, and what may be found out.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;
use schoolframe::table::{Column, Table};

use super::conditions::{Cond, Kind, ONE, VARS, World, cond, school};
use super::frameworks::{Plan, plan};
use super::rules::Rule;

/// A value by variable: codes of choices and flags, numbers; missing if it is not known.
pub type Values = Vec<Option<f64>>;

pub struct Case {
    pub plan: Plan,
    /// What cannot be true of a school, if anything.
    pub constraint: Option<Cond>,
    pub school: Values,
    /// Variables that are said to stay as they are.
    pub fixed: BTreeSet<usize>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.toml();
        let (_, rest) = text.split_once("[indicators]").unwrap_or_default();
        let known = VARS.iter().zip(&self.school).filter_map(|((name, _), value)| value.map(|value| (name, value)));
        let known: Vec<String> = known.map(|(name, value)| format!("{name} = {value}")).collect();
        let fixed: Vec<&str> = self.fixed.iter().map(|var| VARS[*var].0).collect();
        write!(formatter, "{rest}\nyears passed over: {}\n{}\nfixed: {fixed:?}", self.plan.skip, known.join(", "))
    }
}

impl Case {
    /// The file.
    pub fn toml(&self) -> String {
        let mut text = self.plan.toml();
        if let Some(cond) = &self.constraint {
            let never = |_: usize| String::new();
            let _ = writeln!(text, "[[constraint]]\nid = \"never\"\ntext = \"x\"\ntest = {}", cond.toml(&never));
        }
        text
    }

    /// Whether a variable is a published figure that is not known.
    pub fn is_missing_figure(&self, var: usize) -> bool {
        VARS[var].0.starts_with("nat_") && self.school[var].is_none()
    }
}

/// A framework with this kind of rule, and a school of which most is known or most is not.
pub fn case(rule: impl Strategy<Value = Rule>) -> impl Strategy<Value = Case> {
    let known = prop_oneof![
        3 => prop::collection::vec(prop::bool::weighted(0.95), VARS.len()),
        3 => prop::collection::vec(prop::bool::weighted(0.7), VARS.len()),
        1 => prop::collection::vec(prop::bool::weighted(0.4), VARS.len()),
    ];
    let fixed = prop::collection::vec(prop::bool::weighted(0.3), VARS.len());
    let halves = prop::collection::vec(any::<bool>(), VARS.len());
    // A condition without names of items.
    let constraint = prop::option::weighted(0.3, cond().prop_map(|cond| cond.before(0)));
    (plan(rule), constraint, school(), known, fixed, halves).prop_map(
        |(plan, constraint, (filled, _), known, fixed, halves)| {
            let value = |var: usize| {
                let whole = f64::from(filled[var]);
                match VARS[var].1 {
                    Kind::Choice | Kind::Flag => whole,
                    Kind::Number if halves[var] && filled[var] > 0 => whole / f64::from(ONE) - 0.5,
                    Kind::Number | Kind::Count => whole / f64::from(ONE),
                }
            };
            let school = (0..VARS.len()).map(|var| known[var].then(|| value(var))).collect();
            let fixed = (0..VARS.len()).filter(|var| fixed[*var] && !is_context(*var)).collect();
            Case { plan, constraint, school, fixed }
        },
    )
}

/// Whether a variable is context: figures of others, earlier years.
pub fn is_context(var: usize) -> bool {
    VARS[var].0.starts_with("nat_") || VARS[var].0.ends_with("_y1")
}

/// The table with these schools.
pub fn table(schools: &[Values]) -> Table {
    let mut columns = vec![("urn".to_owned(), Column::Integer((1..).take(schools.len()).map(Some).collect()))];
    for (var, (name, kind)) in VARS.iter().enumerate() {
        let of = schools.iter().map(|school| school[var]);
        let column = match kind {
            Kind::Choice => Column::Text(of.map(|value| value.map(|value| format!("v{value}"))).collect()),
            Kind::Flag => Column::Flag(of.map(|value| value.map(|value| value > 0.5)).collect()),
            Kind::Number | Kind::Count => Column::Number(of.collect()),
        };
        columns.push(((*name).to_owned(), column));
    }
    Table::new(columns).unwrap()
}

/// Whether some fact that can be known in several ways is not known in all of them. What is unknown is then looked for in
/// one of the ways only, so smaller sets than those listed may exist.
pub fn has_open_ways(case: &Case) -> bool {
    let items: Vec<Cond> = case.plan.items.0.iter().map(|item| item.test.clone()).collect();
    let world = World { items: &items, base: &Vec::new(), filled: &Vec::new(), skip: case.plan.skip };
    let mut conds: Vec<&Cond> = items.iter().collect();
    conds.extend(case.plan.items.0.iter().filter_map(|item| item.applies.as_ref()));
    conds.extend(case.plan.adjusts.iter().map(|adjust| &adjust.when));
    conds.extend(&case.constraint);
    case.plan.rule.each_cond(&mut |cond| conds.push(cond));
    conds.into_iter().any(|cond| open_ways(case, &world, cond))
}

fn open_ways(case: &Case, world: &World, cond: &Cond) -> bool {
    match cond {
        Cond::FirstKnown(parts) if parts.len() > 1 => {
            world.reads(cond).into_iter().any(|var| case.school[var].is_none())
        }
        Cond::FirstKnown(parts) | Cond::All(parts) | Cond::Any(parts) | Cond::TwoOf(parts) | Cond::MostOf(parts) => {
            parts.iter().any(|part| open_ways(case, world, part))
        }
        Cond::Not(part) => open_ways(case, world, part),
        _ => false,
    }
}
