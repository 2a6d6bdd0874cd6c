//! Boundary cases: for every threshold and every condition that compares something with it a made-up school at the
//! threshold, just under it and just over it.
//!
//! The schools are made from the conditions; what is expected of them has to come from the document.

mod clauses;
mod points;
mod rules;
mod school;
mod sides;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::condition::{Cond, Value};
use super::evaluate;
use super::inputs::{Inputs, RowEnv};
use super::listing::{Texts, text};
use super::logic::Truth;
use super::options::Invalid;
use super::resolve::{Domain, Resolved};
use super::{Framework, Plan};
use crate::error::{Error, Result};
use crate::table::{Column, Table};
use rules::Rule;
use school::School;

/// Most comparisons times indicators: there is a school for each side of a comparison and a column for each indicator.
const MAX_CELLS: usize = 2_000_000;

/// Urn of the first made-up school.
const FIRST_URN: i64 = 100_000;

/// Where a value lies with regard to a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Under,
    At,
    Over,
}

impl Side {
    const ALL: [Self; 3] = [Self::Under, Self::At, Self::Over];

    const fn name(self) -> &'static str {
        match self {
            Self::Under => "under",
            Self::At => "at",
            Self::Over => "over",
        }
    }
}

/// What is asked of the school of a case.
#[derive(Debug, Clone)]
enum Asked {
    /// A comparison, and the clause it is part of.
    Test { comparison: Cond, clause: Arc<Cond> },
    /// A comparison that is no condition of a clause.
    Rule(Rule),
}

/// One case.
#[derive(Debug, Clone)]
struct Case {
    threshold: Option<usize>,
    clause: String,
    list: &'static str,
    line: Option<u32>,
    phase: usize,
    compared: &'static str,
    indicator: Option<String>,
    side: Side,
    reading: f64,
    of: Option<usize>,
    comparator: Option<(String, f64)>,
    asked: Asked,
    known: BTreeMap<String, Known>,
}

impl Case {
    /// Whether it asks the same of the same school as the case of another phase.
    fn repeats(&self, earlier: &Self) -> bool {
        (self.threshold, self.side, &self.clause, self.compared)
            == (earlier.threshold, earlier.side, &earlier.clause, earlier.compared)
            && (&self.indicator, &self.known) == (&earlier.indicator, &earlier.known)
            && (self.reading, self.of) == (earlier.reading, earlier.of)
    }
}

/// A value of a made-up school.
#[derive(Debug, Clone, PartialEq)]
enum Known {
    Flag(bool),
    Word(String),
    Number(f64),
}

/// Boundary cases with the schools they are about.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundaryCases {
    /// One row per case, see [`Framework::boundary_cases`].
    pub cases: Table,
    /// One row per case with the same `urn`: what is known about its school, a column per indicator.
    pub schools: Table,
}

impl Framework {
    /// For every threshold and every condition that compares something with it a school at the threshold, just under it and
    /// just over it, about which no more is known than the comparison takes. Comparisons with a comparator alone (at or above
    /// the national figure) are there too, without a threshold.
    ///
    /// Columns of `cases`: `urn`, `threshold`, `value` (of the threshold), `clause` and `list` (criterion, definition, flag,
    /// dataset, constraint, gate, require, adjust, result, measure, `best_fit`, gates, points, charge), `compared` (lower,
    /// upper: a bound of the value; years, parts: how many of `of` hold; points; units), `indicator`, `side` (under, at,
    /// over), `reading` (the value given to the indicator, or how many), `of`, `comparator` and `comparator_value` (where the
    /// bound is a comparator; the threshold is its margin), `passed` (of the comparison) and `result` (of the clause): true,
    /// false or unknown; `phase`, `line`.
    ///
    /// Just under and over is a step of 0.1 for numbers, or finer where the limit has more decimals, and of 1 for whole
    /// numbers. Values that an indicator cannot have are left out, and so are schools that contradict a constraint, unless
    /// the constraint is what the case is about.
    ///
    /// ```
    /// let framework = schoolframe::frameworks::Framework::load("southend_2017")?;
    /// let made = framework.boundary_cases()?;
    /// assert_eq!(made.cases.height(), made.schools.height());
    /// assert!(made.schools.get("performance_percentile_national").is_some());
    /// # Ok::<(), schoolframe::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Input`] for a framework whose cases would be too many.
    pub fn boundary_cases(&self) -> Result<BoundaryCases> {
        let (comparisons, indicators) = (self.resolved.comparisons.len(), self.resolved.indicators.len());
        if comparisons.saturating_mul(indicators) > MAX_CELLS {
            return Err(Error::Input(format!(
                "boundary cases are made for at most {MAX_CELLS} comparisons times indicators; {} has {comparisons} times \
                 {indicators}",
                self.id()
            )));
        }
        let mut answered: Vec<(Case, Truth, Truth)> = Vec::new();
        for phase in 0..self.resolved.phases.len() {
            let plan = self.plan(phase)?;
            let mut cases = self.comparisons(&plan.resolved, phase);
            cases.extend(self.rule_cases(&plan, phase));
            cases.retain(|case| !answered.iter().any(|(earlier, ..)| case.repeats(earlier)));
            if !cases.is_empty() {
                answered.extend(self.answer(&plan, cases, phase)?);
            }
        }
        answered.sort_by_key(|(case, ..)| case.threshold.unwrap_or(usize::MAX));
        let known: Vec<&BTreeMap<String, Known>> = answered.iter().map(|(case, ..)| &case.known).collect();
        Ok(BoundaryCases { cases: self.table(&answered)?, schools: schools(&known)? })
    }

    /// The cases of a phase with what is said of their schools: whether the comparison is passed, and the clause met.
    fn answer(&self, plan: &Plan, cases: Vec<Case>, phase: usize) -> Result<Vec<(Case, Truth, Truth)>> {
        let known: Vec<&BTreeMap<String, Known>> = cases.iter().map(|case| &case.known).collect();
        let (table, resolved) = (schools(&known)?, &plan.resolved);
        let mut inputs = Inputs::read(&table, resolved, &self.figures(phase), &[], Invalid::PassOver)?;
        let truths = evaluate::items(resolved, &inputs);
        self.check_constraints(resolved, phase, &mut inputs, &truths, Invalid::PassOver)?;
        let mut answered = Vec::new();
        for (row, case) in cases.into_iter().enumerate() {
            // A constraint has to be seen to fail; nothing else can be asked of a school that there cannot be.
            if case.list != "constraint" && inputs.refusal(row).is_some() {
                continue;
            }
            let env = RowEnv { inputs: &inputs, resolved, row };
            let (passed, result) = match &case.asked {
                Asked::Test { comparison, clause } => (comparison.truth(&env), clause.truth(&env)),
                Asked::Rule(rule) => {
                    let passed = self.passes(rule, &case, plan, &env);
                    (passed, passed)
                }
            };
            answered.push((case, passed, result));
        }
        Ok(answered)
    }

    fn table(&self, rows: &[(Case, Truth, Truth)]) -> Result<Table> {
        let threshold = |case: &Case| self.resolved.thresholds.get(case.threshold?);
        let mut texts = Texts::new(&[
            "threshold",
            "clause",
            "list",
            "compared",
            "indicator",
            "side",
            "comparator",
            "passed",
            "result",
            "phase",
        ]);
        for (case, passed, result) in rows {
            texts.push([
                threshold(case).map(|threshold| threshold.name.clone()),
                text(&case.clause),
                text(case.list),
                text(case.compared),
                case.indicator.clone(),
                text(case.side.name()),
                case.comparator.as_ref().map(|(name, _)| name.clone()),
                text(passed.name()),
                text(result.name()),
                self.resolved.phases.get(case.phase).cloned(),
            ]);
        }
        let number =
            |of: &dyn Fn(&Case) -> Option<f64>| Column::Number(rows.iter().map(|(case, ..)| of(case)).collect());
        let whole =
            |of: &dyn Fn(&Case) -> Option<i64>| Column::Integer(rows.iter().map(|(case, ..)| of(case)).collect());
        let mut columns = texts.columns();
        columns.insert(0, ("urn".to_owned(), Column::Integer((FIRST_URN..).take(rows.len()).map(Some).collect())));
        columns.insert(2, ("value".to_owned(), number(&|case| threshold(case).map(|threshold| threshold.value))));
        columns.insert(8, ("reading".to_owned(), number(&|case| Some(case.reading))));
        columns.insert(9, ("of".to_owned(), whole(&|case| case.of.and_then(|of| i64::try_from(of).ok()))));
        let comparator = number(&|case| case.comparator.as_ref().map(|(_, value)| *value));
        columns.insert(11, ("comparator_value".to_owned(), comparator));
        columns.push(("line".to_owned(), whole(&|case| case.line.map(i64::from))));
        Table::new(columns)
    }
}

/// A table of made-up schools, a column for every indicator that one of them has.
fn schools(rows: &[&BTreeMap<String, Known>]) -> Result<Table> {
    let names: BTreeSet<&String> = rows.iter().flat_map(|row| row.keys()).collect();
    let urns = (FIRST_URN..).take(rows.len()).map(Some).collect();
    let mut columns = vec![("urn".to_owned(), Column::Integer(urns))];
    for name in names {
        let values = || rows.iter().map(|row| row.get(name));
        let column = match values().flatten().next() {
            Some(Known::Flag(_)) => Column::Flag(
                values().map(|value| if let Some(Known::Flag(flag)) = value { Some(*flag) } else { None }).collect(),
            ),
            Some(Known::Word(_)) => Column::Text(
                values()
                    .map(|value| if let Some(Known::Word(word)) = value { Some(word.clone()) } else { None })
                    .collect(),
            ),
            _ => Column::Number(
                values()
                    .map(|value| if let Some(Known::Number(number)) = value { Some(*number) } else { None })
                    .collect(),
            ),
        };
        columns.push((name.clone(), column));
    }
    Table::new(columns)
}

/// What is known about a made-up school, by name of the column.
fn known(resolved: &Resolved, school: &School<'_>) -> BTreeMap<String, Known> {
    let values = school.values().iter();
    let of = |var: usize, value: Value| {
        let indicator = resolved.var_indicator(var)?;
        Some(match (value, &indicator.domain) {
            (Value::Number(number), _) => Known::Number(school::rounded(number)),
            (Value::Code(code), Domain::Flag) => Known::Flag(code == 1),
            (Value::Code(code), _) => Known::Word(indicator.value_name(code).to_owned()),
            (Value::Missing, _) => return None,
        })
    };
    values.filter_map(|(var, value)| Some((resolved.var_name(*var), of(*var, *value)?))).collect()
}
