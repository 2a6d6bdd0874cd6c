//! Every small set of changes, tried out.

use std::collections::{BTreeMap, BTreeSet};

use schoolframe::frameworks::{Framework, Invalid, Options, OutOfForce, Status};

use super::conditions::{Kind, MOST, ONE, VARS};
use super::schools::{Case, Values, is_context, table};

/// Most sets that are tried for one school.
const MOST_TRIED: usize = 4000;

/// What a set of changes costs: indicators, those of them to be found out, thousandths of points and steps.
pub type Cost = (usize, usize, i64);

/// Sets of variables that lead to a category, none of which includes another one, each at its least cost.
pub type Ways = BTreeMap<BTreeSet<usize>, Cost>;

/// What all sets up to a number of changes lead to.
pub struct Tried {
    /// Up to so many changes were tried.
    pub up_to: usize,
    /// By category: without published figures that are missing, and with them.
    ways: Vec<[Ways; 2]>,
}

impl Tried {
    pub fn ways(&self, category: usize, with_figures: bool) -> &Ways {
        &self.ways[category][usize::from(with_figures)]
    }
}

pub fn options() -> Options {
    Options { invalid: Invalid::PassOver, out_of_force: OutOfForce::Allow }
}

/// What each of several schools comes to; nothing while it is open. What breaks a constraint has no category to speak of.
pub fn results(framework: &Framework, schools: &[Values], phase: &str) -> Vec<Option<(usize, Status)>> {
    let assignment = framework.assign_with(&table(schools), phase, options()).unwrap();
    (0..schools.len())
        .map(|row| {
            let summary = assignment.summary(row);
            match summary.status {
                Status::Undetermined => None,
                Status::Invalid => Some((0, Status::Invalid)),
                status => summary.category.map(|category| (category, status)),
            }
        })
        .collect()
}

/// Values that a variable can take instead; of numbers those that the tests of these frameworks tell apart: on every limit,
/// one step of a figure beside it, between; closer to the limits for what is unknown.
pub fn others(var: usize, held: Option<f64>) -> Vec<f64> {
    let most = MOST / ONE;
    let all: Vec<f64> = match VARS[var].1 {
        Kind::Choice => vec![0.0, 1.0, 2.0],
        Kind::Flag => vec![0.0, 1.0],
        Kind::Count => (0..=most).map(f64::from).collect(),
        Kind::Number => {
            let near = if held.is_some() { [0, 20, 80, 100, 120, 180] } else { [0, 10, 90, 100, 110, 190] };
            let hundredths = (0..=most).flat_map(|whole| near.map(|part| whole * 200 + part));
            hundredths.filter(|number| *number <= most * 200).map(|number| f64::from(number) / 200.0).collect()
        }
    };
    all.into_iter().filter(|value| held.is_none_or(|held| (held - value).abs() > 1e-9)).collect()
}

/// What taking a value costs beside the number of changes.
fn price(held: Option<f64>, value: f64) -> (usize, i64) {
    #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
    held.map_or((1, 0), |held| (0, ((value - held).abs() * 1000.0).round() as i64))
}

/// Tries every set of changes of a school, as far as there are not too many of them; `settled` is what it comes to now.
pub fn tried(case: &Case, framework: &Framework, phase: &str, settled: bool) -> Tried {
    let reads = case.plan.reads();
    let free: Vec<usize> = reads
        .into_iter()
        .chain(case.constraint.iter().flat_map(|_| 0..VARS.len()))
        .collect::<BTreeSet<usize>>()
        .into_iter()
        .filter(|var| match case.school[*var] {
            None => true,
            Some(_) => settled && !is_context(*var) && !case.fixed.contains(var),
        })
        .collect();
    let mut tried = Tried { up_to: 0, ways: vec![Default::default(); 4] };
    let mut sets: Vec<(Vec<(usize, f64)>, usize)> = vec![(Vec::new(), 0)];
    let mut total = 0;
    for changes in 1..=free.len() {
        let mut longer = Vec::new();
        for (set, next) in &sets {
            for (at, var) in free.iter().enumerate().skip(*next) {
                for value in others(*var, case.school[*var]) {
                    longer.push((set.iter().copied().chain([(*var, value)]).collect::<Vec<_>>(), at + 1));
                }
            }
            if total + longer.len() > MOST_TRIED {
                return tried;
            }
        }
        total += longer.len();
        sets = longer;
        tried.up_to = changes;
        let schools: Vec<Values> = sets
            .iter()
            .map(|(set, _)| {
                let mut school = case.school.clone();
                set.iter().for_each(|(var, value)| school[*var] = Some(*value));
                school
            })
            .collect();
        for ((set, _), result) in sets.iter().zip(results(framework, &schools, phase)) {
            let Some((category, _)) = result.filter(|(_, status)| *status != Status::Invalid) else { continue };
            let vars: BTreeSet<usize> = set.iter().map(|(var, _)| *var).collect();
            let prices = set.iter().map(|(var, value)| price(case.school[*var], *value));
            let (found, size) = prices.fold((0, 0), |(found, size), (one, more)| (found + one, size + more));
            let figures = vars.iter().any(|var| case.is_missing_figure(*var));
            for (with_figures, ways) in tried.ways[category].iter_mut().enumerate() {
                if (figures && with_figures == 0) || ways.keys().any(|known| known.is_subset(&vars) && *known != vars) {
                    continue;
                }
                let cost = ways.entry(vars.clone()).or_insert((changes, found, size));
                *cost = (*cost).min((changes, found, size));
            }
        }
    }
    tried
}
