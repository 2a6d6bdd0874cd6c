//! What would have to change for a school to come into the next better or worse category, and what would settle it.
//!
//! The answer rests on the same tests as the category. Known values of the current year can change; context cannot:
//! comparators (`nat_x`, `floor_x` and the like, and every figure that a test compares with), earlier years, numbers of
//! months or years that pass by themselves, and values that say that a question does not concern the school. What is
//! unknown can be found out, context included. A fact that can be known in several ways is looked for in one of them: the
//! way that is known, or the one that lacks the fewest values.
//!
//! The smallest set changes the fewest indicators; of these the one with the fewest facts to find out, then the one with
//! the least size in all: points of numbers, steps along the declared order of choices, 1 for flags. A number moves to the
//! nearest figure that passes: exactly to a bound that is inclusive, else one step beyond it, which is 0.1 (or a smaller
//! decimal, if the school's own figure shows more digits), and 1 for whole numbers. Nothing is proposed that breaks a
//! constraint of the framework. The school is settled afterwards whatever the values are that stay unknown.
//!
//! Alternatives differ in the indicators that change, and none includes all those of another one. The search is exact:
//! nothing smaller exists than what is listed. It stops after 200,000 steps from state to state for one category, or 300
//! sets, or 1,500,000 steps, in which sets are checked against everything that stays unknown; then `exact` is false unless the
//! smallest set was found before.
//!
//! Published figures (`nat_x`, `la_x`, `la_target_x`, `floor_x`, `benchmark_x`) are no properties of a school. Where one is
//! missing, sets that hold whatever it turns out to be come first; only if there are none is it among what is to be found
//! out, and a note says that it is not in the data.

mod adversary;
mod bound;
mod cost;
mod facts;
mod finding;
mod numbers;
mod program;
mod published;
mod report;
mod search;
mod slots;
mod solve;
mod state;

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{Cond, Value};
use super::evaluate::Truths;
use super::logic::Truth;
use super::options::{Invalid, Options, OutOfForce};
use super::policy::Rule;
use super::resolve::{Domain, Origin};
use super::result::Status;
use super::{Assignment, assign};
use crate::error::{Error, Result};
use crate::table::{Column, Table};
use facts::{Facts, Kind};
use report::{Alternative, Report};
use search::Found;
use slots::Slot;
use solve::{Solver, prepare};

/// The pupils that percentages are shares of.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cohort {
    /// Not known: changes are not given in pupils.
    #[default]
    Unknown,
    /// So many for every percentage but those of lessons, sessions and schools.
    All(f64),
    /// So many by indicator.
    By(BTreeMap<String, f64>),
}

/// Choices for [`Assignment::what_would_change`].
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeOptions {
    /// Most alternatives for each category.
    pub limit: usize,
    /// The pupils that percentages are shares of.
    pub cohort: Cohort,
    /// Further indicators that cannot change.
    pub fixed: Vec<String>,
}

impl Default for ChangeOptions {
    fn default() -> Self {
        Self { limit: 5, cohort: Cohort::Unknown, fixed: Vec::new() }
    }
}

/// What would change the category of a school.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// One row per alternative and indicator, see [`Assignment::what_would_change`].
    pub table: Table,
    /// What has to be said about what is not in the table: why there is no better category, that a search was cut off.
    pub notes: Vec<String>,
    /// The same in plain English.
    pub words: String,
}

/// Where a change leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
    Settle,
}

impl Direction {
    const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Settle => "settle",
        }
    }
}

/// A school, ready to be asked what leads where.
struct View<'a> {
    row: usize,
    facts: &'a Facts<'a>,
    slots: &'a [Slot],
    /// By item: whether it takes part in deciding.
    deciding: Vec<bool>,
    solver: Solver<'a>,
}

/// What a search for a category came to.
struct Attempt {
    found: Vec<Alternative>,
    /// Whether nothing smaller exists, or nothing at all.
    exact: bool,
    /// Sets of up to so many changes were all looked at.
    looked_at: u16,
}

impl Assignment {
    /// The smallest changes that move a school to the next better and to the next worse category; for a school whose
    /// category is open, what would settle it into each possible one. Without a year the latest one is taken.
    ///
    /// The next category is the nearest one in the order of the file that some change leads to.
    ///
    /// Columns: `urn`, `year`, `direction` (up, down, settle), `target` (category), `status` the school would have,
    /// `alternative` (1 is the smallest), `changes` (indicators in all), `found` (those of them to be found out), `size`
    /// (points and steps in all), `kind` (change, `find_out`), `indicator`, `from` (missing where unknown), `to`, `change`
    /// (points with their sign; steps for choices), `unit`, `pupils` (more, or fewer if negative: the pupils times the
    /// points over 100, rounded up to a whole pupil), `criteria` (those whose result changes through this indicator),
    /// `exact` (nothing smaller exists).
    ///
    /// # Errors
    /// [`Error::Input`] if the school, or the school in that year, is not in the table, for a limit of 0 and pupils that
    /// are not a positive number or belong to no percentage; [`Error::Unknown`] for an indicator that does not exist.
    pub fn what_would_change(&self, urn: i64, year: Option<i64>, options: &ChangeOptions) -> Result<Changes> {
        let row = self.row(urn, year)?;
        let fixed = self.check_options(options)?;
        let mut report = Report::new(self, row, options);
        let summary = self.summary(row);
        if let Some(reason) = self.nothing_to_say(row, summary.status, summary.possible.is_empty()) {
            report.note(reason);
            return report.finish();
        }
        let settle = summary.status == Status::Undetermined;
        let facts = Facts::new(self, row, settle, &fixed);
        let (slots, program) = prepare(&facts);
        let missing = published::missing(&facts);
        let solver = Solver::new(&facts, &slots, &program);
        let view = View { row, facts: &facts, slots: &slots, deciding: self.deciding_items(), solver };
        if settle && !facts.kinds.contains(&Kind::Find) {
            report.note(format!("{} Nothing is left to find out.", self.reason(row)));
        } else if settle {
            self.settling(&view, &summary.possible, &missing, &mut report);
        } else if let Some(here) = summary.category {
            let reachable = self.plan.policy.reachable();
            let better: Vec<usize> = reachable.iter().copied().filter(|at| *at < here).rev().collect();
            let worse: Vec<usize> = reachable.iter().copied().filter(|at| *at > here).collect();
            self.moving(&view, Direction::Up, &better, &missing, &mut report);
            self.moving(&view, Direction::Down, &worse, &missing, &mut report);
        }
        let bearing = published::open(&facts, &missing);
        if !bearing.is_empty() && report.is_without_published() {
            report.lacks_published(&bearing);
        }
        report.finish()
    }

    /// What settles an open school into each category: first without the published figures that are missing.
    fn settling(&self, view: &View, targets: &[usize], missing: &BTreeSet<usize>, report: &mut Report) {
        for target in targets {
            let mut attempt = self.attempt(view, *target, missing, report.options());
            if attempt.found.is_empty() && !missing.is_empty() {
                let exact = attempt.exact;
                attempt = self.attempt(view, *target, &BTreeSet::new(), report.options());
                attempt.exact &= exact;
            }
            if attempt.found.is_empty() && attempt.exact {
                report.stays_open(*target);
            }
            report.add(Direction::Settle, *target, attempt, missing);
        }
    }

    /// What leads to the nearest category in one direction: first without the published figures that are missing.
    fn moving(
        &self,
        view: &View,
        direction: Direction,
        targets: &[usize],
        missing: &BTreeSet<usize>,
        report: &mut Report,
    ) {
        if targets.is_empty() {
            report.at_the_end(direction);
            return;
        }
        let nothing = BTreeSet::new();
        let passes = if missing.is_empty() { vec![&nothing] } else { vec![missing, &nothing] };
        // Whether it is certain that nothing leads there without published figures.
        let mut certain = true;
        for (pass, aside) in passes.iter().enumerate() {
            let mut exact = certain;
            let mut tried = Vec::new();
            for target in targets {
                let mut attempt = self.attempt(view, *target, aside, report.options());
                attempt.exact &= certain;
                exact &= attempt.exact;
                let any = !attempt.found.is_empty();
                tried.push((*target, attempt));
                if any {
                    break;
                }
            }
            let any = tried.last().is_some_and(|(_, attempt)| !attempt.found.is_empty());
            if any || pass + 1 == passes.len() {
                for (target, attempt) in tried {
                    report.add(direction, target, attempt, missing);
                }
                if !any && exact {
                    report.no_way(direction);
                }
                return;
            }
            certain = exact;
        }
    }

    /// The smallest sets of changes that lead to a category, without some variables.
    fn attempt(&self, view: &View, target: usize, aside: &BTreeSet<usize>, options: &ChangeOptions) -> Attempt {
        let mut alternatives = Vec::new();
        let solved = view.solver.solve(target, options.limit, aside, |found| {
            let after = self.after(view.row, found).filter(|after| after.settles(target));
            let Some(after) = after else { return false };
            alternatives.push(self.alternative(view, found, &after));
            true
        });
        Attempt { found: alternatives, exact: solved.exact, looked_at: solved.looked_at }
    }

    /// The same in plain English.
    ///
    /// # Errors
    /// As [`Assignment::what_would_change`].
    pub fn change_words(&self, urn: i64, year: Option<i64>, options: &ChangeOptions) -> Result<String> {
        self.what_would_change(urn, year, options).map(|changes| changes.words)
    }

    /// Why nothing can be said about a row, if that is so.
    fn nothing_to_say(&self, row: usize, status: Status, none_possible: bool) -> Option<String> {
        if status == Status::Invalid {
            return Some(self.reason(row));
        }
        if matches!(self.plan.policy.rule, Rule::Separate(_)) {
            return Some("The phases it is made of have no category in common.".to_owned());
        }
        (status == Status::Undetermined && none_possible)
            .then(|| format!("{} Nothing that is unknown would lead to a category.", self.reason(row)))
    }

    /// The positions of the indicators that cannot change.
    fn check_options(&self, options: &ChangeOptions) -> Result<Vec<usize>> {
        let resolved = &self.framework.resolved;
        let position = |name: &str| {
            let known = resolved.indicators.iter().position(|indicator| indicator.name == name);
            known.ok_or_else(|| {
                Error::unknown("indicator", name, resolved.indicators.iter().map(|indicator| indicator.name.as_str()))
            })
        };
        if options.limit == 0 {
            return Err(Error::Input("limit: must be at least 1".to_owned()));
        }
        let pupils = |of: &str, pupils: f64| {
            if pupils.is_finite() && pupils > 0.0 {
                return Ok(());
            }
            Err(Error::Input(format!("cohort{of}: must be a positive number of pupils, not {pupils}")))
        };
        match &options.cohort {
            Cohort::Unknown => {}
            Cohort::All(many) => pupils("", *many)?,
            Cohort::By(by) => {
                for (name, many) in by {
                    pupils(&format!(" of {name}"), *many)?;
                    let known = resolved.indicators.get(position(name)?);
                    if known.is_none_or(|indicator| indicator.unit.as_deref() != Some("%")) {
                        let message =
                            format!("cohort: '{name}' is no percentage, so it has no pupils it is a share of");
                        return Err(Error::Input(message));
                    }
                }
            }
        }
        options.fixed.iter().map(|name| position(name)).collect()
    }

    /// The school after some changes, assigned anew.
    fn after(&self, row: usize, found: &Found) -> Option<Self> {
        let resolved = &self.framework.resolved;
        let mut columns = vec![("urn".to_owned(), Column::Integer(vec![self.inputs.urn.get(row).copied()]))];
        for var in 0..resolved.vars.len() {
            let given = found.given.iter().find(|(known, _)| *known == var).map(|(_, value)| *value);
            let column = match given.unwrap_or_else(|| self.inputs.value(var, row)) {
                Value::Missing => continue,
                Value::Number(number) => Column::Number(vec![Some(number)]),
                Value::Code(code) => match resolved.var_indicator(var)?.domain {
                    Domain::Flag => Column::Flag(vec![Some(code == 1)]),
                    _ => Column::Text(vec![Some(resolved.var_indicator(var)?.value_name(code).to_owned())]),
                },
            };
            columns.push((resolved.var_name(var), column));
        }
        let options = Options { invalid: Invalid::PassOver, out_of_force: OutOfForce::Allow };
        let table = Table::new(columns).ok()?;
        assign::assign(&self.framework, &table, &self.phase, options, false).ok()
    }

    /// Whether its only row has this category.
    fn settles(&self, category: usize) -> bool {
        let summary = self.summary(0);
        !matches!(summary.status, Status::Undetermined | Status::Invalid) && summary.category == Some(category)
    }

    fn alternative(&self, view: &View, found: &Found, after: &Self) -> Alternative {
        let View { row, facts, slots, deciding, .. } = view;
        let rows = found.given.iter().map(|(var, value)| {
            let slot = slots.iter().find(|slot| slot.vars.contains(var));
            let criteria = self.criteria_through(*row, facts, *var, &found.given, (after, deciding));
            report::Row::new(facts, slot, *var, *value, &found.given, criteria)
        });
        Alternative { status: after.summary(0).status, cost: found.cost, rows: rows.collect() }
    }

    /// Criteria whose result changes and that read a variable; else the constraints that the change keeps.
    fn criteria_through(
        &self,
        row: usize,
        facts: &Facts,
        var: usize,
        given: &[(usize, Value)],
        (after, deciding): (&Self, &[bool]),
    ) -> Vec<String> {
        let resolved = &self.plan.resolved;
        let asked = resolved.asked(self.phase_position);
        let env = facts.seen(resolved, &[]);
        let reads = |cond: &Cond| {
            let mut vars = Vec::new();
            cond.collect_vars(&env, &mut vars);
            vars.contains(&var)
        };
        let result = |of: &Self, item: usize, row: usize| {
            let at = |list: Option<&Truths>| list.and_then(|list| list.get(row)).copied();
            (at(of.truths.get(item)), of.applies.get(item).and_then(|applies| at(applies.as_ref())))
        };
        let mut found = Vec::new();
        for (at, item) in resolved.items.iter().enumerate() {
            let statement = matches!(item.origin, Origin::Criterion(_)) && item.phases & asked != 0;
            if statement && deciding.get(at) == Some(&true) && result(self, at, row) != result(after, at, 0) {
                let read = std::iter::once(&item.cond).chain(&item.applies).any(reads);
                if read {
                    found.push(item.id.clone());
                }
            }
        }
        if found.is_empty() {
            let rest: Vec<(usize, Value)> = given.iter().filter(|(known, _)| *known != var).copied().collect();
            let broken = |cond: &Cond| cond.truth(&facts.seen(resolved, &rest)) == Truth::False;
            let kept = facts.constraints.iter().filter(|(_, cond)| broken(cond));
            let ids = kept.filter_map(|(at, _)| self.framework.file.constraint.get(*at));
            found.extend(ids.map(|constraint| constraint.id.get_ref().clone()));
        }
        found
    }

    /// By item: whether it takes part in deciding, by itself or through others.
    fn deciding_items(&self) -> Vec<bool> {
        let items = &self.plan.resolved.items;
        let mut found = vec![false; items.len()];
        let mut open = Vec::new();
        for element in &self.plan.policy.elements {
            element.cond.each_item(&mut |item| open.push(item));
        }
        while let Some(item) = open.pop() {
            if let Some(seen) = found.get_mut(item).filter(|seen| !**seen) {
                *seen = true;
                items.iter().skip(item).take(1).for_each(|item| item.cond.each_item(&mut |other| open.push(other)));
            }
        }
        found
    }
}
