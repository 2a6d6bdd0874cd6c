//! How random frameworks turn criteria into a category: written in a file, and in the oracle's own words.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::conditions::{Cond, World, cond};
use super::frameworks::{Items, PHASES};

/// Which phases something is for; all if neither is named.
pub type Phases = Vec<usize>;

pub fn phases() -> impl Strategy<Value = Phases> {
    prop_oneof![5 => Just(Vec::new()), 1 => Just(vec![0]), 1 => Just(vec![1])]
}

pub fn for_phase(phases: &Phases, phase: usize) -> bool {
    phases.is_empty() || phases.contains(&phase)
}

/// What a rule leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Result {
    pub level: Option<usize>,
    /// Whether best fit has a majority.
    pub majority: Option<bool>,
    /// The gate that it rests on.
    pub gate: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct Fit {
    /// Items that count, by level; a level without an entry takes no part.
    pub count: Vec<Option<Vec<usize>>>,
    pub require: Vec<Option<Cond>>,
    pub tie: usize,
    pub all_needed: bool,
    pub of_all: bool,
}

#[derive(Debug, Clone)]
pub struct Gate {
    pub level: usize,
    pub when: Cond,
    pub descriptors: Vec<usize>,
    pub phases: Phases,
    pub marked: bool,
}

#[derive(Debug, Clone)]
pub struct Contest {
    pub between: [usize; 2],
    pub by: usize,
    pub higher_wins_tie: bool,
}

#[derive(Debug, Clone)]
pub struct Gates {
    pub gates: Vec<Gate>,
    pub contests: Vec<Contest>,
    pub worst: bool,
    pub require: bool,
    pub conflict: bool,
}

/// Points in hundredths, weights in tenths.
#[derive(Debug, Clone)]
pub struct Measure {
    pub scores: Vec<(Cond, i64)>,
    pub weight: Option<i64>,
    pub phases: Phases,
}

#[derive(Debug, Clone)]
pub struct Points {
    pub measures: Vec<Measure>,
    /// Levels with the least sum in hundredths; the last one has none.
    pub bands: Vec<(usize, i64)>,
}

#[derive(Debug, Clone)]
pub enum Rule {
    Fit(Fit),
    Gates(Gates),
    Points(Points),
    Matrix(Box<[(usize, Rule); 2]>, Vec<Vec<usize>>),
}

const TIES: [&str; 3] = ["lower", "higher", "lower_unless_full"];
const BY: [&str; 3] = ["descriptors", "lower", "higher"];

impl Rule {
    /// The rule as it is written, under a table of that name; `levels` are the names of its levels.
    pub fn toml(&self, table: &str, levels: &[String], items: &Items) -> String {
        let mut text = String::new();
        let id = |at: usize| items.id(at);
        match self {
            Self::Fit(fit) => {
                let tie = TIES[fit.tie];
                let needs = if fit.all_needed { "all" } else { "highest_share" };
                let of = if fit.of_all { "all" } else { "known" };
                let _ = writeln!(
                    text,
                    "[{table}.best_fit]\ndenominator = \"{of}\"\ntie = \"{tie}\"\nneeds = \"{needs}\"\nmajority = \"half\"\n\
                     line = 1\n[{table}.best_fit.count]"
                );
                for (level, count) in levels.iter().zip(&fit.count) {
                    if let Some(count) = count {
                        let ids: Vec<String> = count.iter().map(|at| format!("\"{}\"", id(*at))).collect();
                        let _ = writeln!(text, "{level} = [{}]", ids.join(", "));
                    }
                }
                let _ = writeln!(text, "[{table}.best_fit.require]");
                for ((level, require), _) in
                    levels.iter().zip(&fit.require).zip(&fit.count).filter(|(_, count)| count.is_some())
                {
                    if let Some(require) = require {
                        let _ = writeln!(text, "{level} = {}", require.toml(&id));
                    }
                }
            }
            Self::Gates(gates) => {
                let prefer = if gates.worst { "worst" } else { "best" };
                let descriptors = if gates.require { "require" } else { "mark" };
                let conflict = if gates.conflict { "conflict = \"half\"\n" } else { "" };
                let _ = writeln!(
                    text,
                    "[{table}.gates]\nline = 1\nprefer = \"{prefer}\"\ndescriptors = \"{descriptors}\"\n{conflict}"
                );
                for (at, gate) in gates.gates.iter().enumerate() {
                    let ids: Vec<String> = gate.descriptors.iter().map(|at| format!("\"{}\"", id(*at))).collect();
                    let mark = if gate.marked { format!("mark = \"mark{at}\"\n") } else { String::new() };
                    let _ = writeln!(
                        text,
                        "[[{table}.gates.gate]]\nid = \"{}-gate{at}\"\ncategory = \"{}\"\nline = 1\nwhen = {}\n\
                         descriptors = [{}]\n{}{mark}",
                        table.replace('.', "-"),
                        levels[gate.level],
                        gate.when.toml(&id),
                        ids.join(", "),
                        written(&gate.phases)
                    );
                }
                for (at, contest) in gates.contests.iter().enumerate() {
                    let [better, worse] = contest.between.map(|level| &levels[level]);
                    let tie = if contest.higher_wins_tie { "higher" } else { "lower" };
                    let _ = writeln!(
                        text,
                        "[[{table}.gates.contest]]\nid = \"{}-contest{at}\"\nbetween = [\"{better}\", \"{worse}\"]\n\
                         by = \"{}\"\ntie = \"{tie}\"\nline = 1",
                        table.replace('.', "-"),
                        BY[contest.by]
                    );
                }
            }
            Self::Points(points) => {
                let _ = writeln!(text, "[{table}.points]\nline = 1");
                for (at, measure) in points.measures.iter().enumerate() {
                    let weight =
                        measure.weight.map_or_else(String::new, |weight| format!("weight = \"{}\"\n", tenths(weight)));
                    let _ = writeln!(
                        text,
                        "[[{table}.points.measure]]\nid = \"{}-m{at}\"\nline = 1\ntext = \"x\"\n{weight}{}",
                        table.replace('.', "-"),
                        written(&measure.phases)
                    );
                    for (when, score) in &measure.scores {
                        let _ = writeln!(
                            text,
                            "[[{table}.points.measure.score]]\nwhen = {}\npoints = \"{}\"",
                            when.toml(&id),
                            hundredths(*score)
                        );
                    }
                }
                for (at, (level, least)) in points.bands.iter().enumerate() {
                    let _ = writeln!(text, "[[{table}.points.band]]\ncategory = \"{}\"", levels[*level]);
                    if at + 1 < points.bands.len() {
                        let _ = writeln!(text, "at_least = \"{}\"", hundredths(*least));
                    }
                }
            }
            Self::Matrix(parts, cells) => {
                let rows: Vec<String> = cells
                    .iter()
                    .map(|row| {
                        let cells: Vec<String> = row.iter().map(|at| format!("\"{}\"", levels[*at])).collect();
                        format!("[{}]", cells.join(", "))
                    })
                    .collect();
                let _ = writeln!(text, "[{table}.matrix]\nline = 1\ntable = [{}]", rows.join(", "));
                for ((count, rule), name) in parts.iter().zip(["rows", "columns"]) {
                    let names: Vec<String> = (0..*count).map(|at| format!("{name}{at}")).collect();
                    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
                    let _ = writeln!(text, "[{table}.matrix.{name}]\nlevels = [{}]", quoted.join(", "));
                    text += &rule.toml(&format!("{table}.matrix.{name}"), &names, items);
                }
            }
        }
        text
    }

    /// What the rule leads to in a phase.
    pub fn result(&self, items: &Items, world: &World, phase: usize) -> Result {
        match self {
            Self::Fit(fit) => fit.result(items, world, phase),
            Self::Gates(gates) => gates.result(items, world, phase),
            Self::Points(points) => Result { level: Some(points.level(items, world, phase)), ..Result::default() },
            Self::Matrix(parts, cells) => {
                let [row, column] = [&parts[0], &parts[1]].map(|(_, rule)| rule.result(items, world, phase).level);
                Result { level: row.zip(column).map(|(row, column)| cells[row][column]), ..Result::default() }
            }
        }
    }
}

impl Fit {
    fn result(&self, items: &Items, world: &World, phase: usize) -> Result {
        // Level, criteria met, criteria asked of this school.
        let mut fits: Vec<(usize, usize, usize)> = Vec::new();
        for (level, count) in self.count.iter().enumerate() {
            let Some(count) = count else { continue };
            let asked: Vec<usize> = count.iter().copied().filter(|at| items.counts(*at, world, phase)).collect();
            let met = asked.iter().filter(|at| world.holds(&Cond::Item(**at))).count();
            let allowed = self.require[level].as_ref().is_none_or(|cond| items.holds(cond, world, phase, true));
            if met > 0 && allowed {
                fits.push((level, met, asked.len()));
            }
        }
        let winner = if self.all_needed {
            fits.iter().find(|(_, met, of)| met == of).copied()
        } else {
            let best = |a: &(usize, usize, usize), b: &(usize, usize, usize)| (a.1 * b.2).cmp(&(b.1 * a.2));
            let share = fits.iter().max_by(|a, b| best(a, b)).copied();
            share.and_then(|top| {
                let mut equal = fits.iter().filter(|fit| best(fit, &top).is_eq());
                let higher = TIES[self.tie] == "higher" || (TIES[self.tie] == "lower_unless_full" && top.1 == top.2);
                if higher { equal.next().copied() } else { equal.next_back().copied() }
            })
        };
        let majority = winner.map(|(_, met, of)| 2 * met > of);
        Result { level: winner.map(|(level, _, _)| level), majority, gate: None }
    }
}

impl Gates {
    /// The descriptors of a level that are asked in a phase.
    pub fn descriptors(&self, level: usize, items: &Items, phase: usize) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for gate in self.gates.iter().filter(|gate| gate.level == level && for_phase(&gate.phases, phase)) {
            for at in &gate.descriptors {
                if items.asked(*at, phase) && !found.contains(at) {
                    found.push(*at);
                }
            }
        }
        found
    }

    /// Whether a gate holds in a phase.
    pub fn is_open(&self, gate: &Gate, items: &Items, world: &World, phase: usize) -> bool {
        if !for_phase(&gate.phases, phase) {
            false
        } else if self.require && !gate.descriptors.is_empty() {
            // The descriptors stand in one list with the condition.
            let all: Vec<Cond> =
                std::iter::once(gate.when.clone()).chain(gate.descriptors.iter().map(|at| Cond::Item(*at))).collect();
            items.holds(&Cond::All(all), world, phase, false)
        } else {
            items.holds(&gate.when, world, phase, false)
        }
    }

    fn result(&self, items: &Items, world: &World, phase: usize) -> Result {
        let open = |gate: &Gate| self.is_open(gate, items, world, phase);
        // For each level the first of its gates that holds.
        let levels = 1 + self.gates.iter().map(|gate| gate.level).max().unwrap_or(0);
        let first = |level: usize| self.gates.iter().position(|gate| gate.level == level && open(gate));
        let mut holding = (0..levels).filter_map(|level| Some((level, first(level)?)));
        let chosen = if self.worst { holding.next_back() } else { holding.next() };
        let Some((mut level, _)) = chosen else { return Result::default() };
        for contest in &self.contests {
            let [better, worse] = contest.between;
            if first(better).is_none() || first(worse).is_none() || !contest.between.contains(&level) {
                continue;
            }
            level = match BY[contest.by] {
                "lower" => worse,
                "higher" => better,
                _ => {
                    let [a, b] = contest.between.map(|level| {
                        let all = self.descriptors(level, items, phase);
                        let asked: Vec<&usize> = all.iter().filter(|at| items.counts(**at, world, phase)).collect();
                        let met = asked.iter().filter(|at| world.holds(&Cond::Item(***at))).count();
                        (met, asked.len().max(1))
                    });
                    match (a.0 * b.1).cmp(&(b.0 * a.1)) {
                        std::cmp::Ordering::Greater => better,
                        std::cmp::Ordering::Less => worse,
                        std::cmp::Ordering::Equal if contest.higher_wins_tie => better,
                        std::cmp::Ordering::Equal => worse,
                    }
                }
            };
        }
        Result { level: Some(level), majority: None, gate: first(level) }
    }
}

impl Points {
    fn level(&self, items: &Items, world: &World, phase: usize) -> usize {
        let mut thousandths = 0;
        for measure in self.measures.iter().filter(|measure| for_phase(&measure.phases, phase)) {
            let score = measure.scores.iter().find(|(when, _)| items.holds(when, world, phase, false));
            thousandths += score.map_or(0, |(_, points)| points * measure.weight.unwrap_or(10));
        }
        let (last, others) = self.bands.split_last().unwrap();
        others.iter().find(|(_, least)| thousandths >= least * 10).unwrap_or(last).0
    }
}

/// `phases = [...]`, nothing if it is for all.
pub fn written(phases: &Phases) -> String {
    let names: Vec<String> = phases.iter().map(|phase| format!("\"{}\"", PHASES[*phase])).collect();
    if names.is_empty() { String::new() } else { format!("phases = [{}]\n", names.join(", ")) }
}

/// The name of a threshold of so many hundredths or tenths.
pub fn hundredths(number: i64) -> String {
    format!("h{}", number.to_string().replace('-', "m"))
}

pub fn tenths(number: i64) -> String {
    format!("w{}", number.to_string().replace('-', "m"))
}

fn some_items() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::btree_set(0..64_usize, 0..3).prop_map(|set| set.into_iter().collect())
}

/// Best fit over so many levels.
pub fn fit(levels: usize) -> impl Strategy<Value = Rule> {
    let count = prop::option::weighted(0.9, prop::collection::vec(0..64_usize, 0..4));
    (
        prop::collection::vec(count, levels),
        prop::collection::vec(prop::option::weighted(0.2, cond()), levels),
        0..3_usize,
        prop::bool::weighted(0.25),
        any::<bool>(),
    )
        .prop_map(|(count, require, tie, all_needed, of_all)| {
            Rule::Fit(Fit { count, require, tie, all_needed, of_all })
        })
}

/// Gates to so many levels.
pub fn gates(levels: usize) -> impl Strategy<Value = Rule> {
    let gate = (0..levels, cond(), some_items(), phases(), prop::bool::weighted(0.3))
        .prop_map(|(level, when, descriptors, phases, marked)| Gate { level, when, descriptors, phases, marked });
    let contest =
        (0..levels, 1..levels, 0..3_usize, any::<bool>()).prop_map(move |(first, apart, by, higher_wins_tie)| {
            let second = (first + apart) % levels;
            Contest { between: [first.min(second), first.max(second)], by, higher_wins_tie }
        });
    (
        prop::collection::vec(gate, 1..6),
        prop::collection::vec(contest, 0..3),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.7),
    )
        .prop_map(|(gates, contests, worst, require, conflict)| {
            Rule::Gates(Gates { gates, contests, worst, require, conflict })
        })
}

/// Points cut into so many levels.
pub fn points(levels: usize) -> impl Strategy<Value = Rule> {
    let score = (cond(), prop::sample::select(vec![-150_i64, -100, -25, 0, 25, 50, 100, 125, 200, 300]));
    let measure = (
        prop::collection::vec(score, 1..4),
        prop::option::weighted(0.5, prop::sample::select(vec![-10_i64, 5, 15, 20, 0])),
        phases(),
    )
        .prop_map(|(scores, weight, phases)| Measure { scores, weight, phases });
    let bands =
        prop::collection::btree_set(prop::sample::select(vec![-100_i64, -25, 0, 50, 100, 125, 250, 300]), 0..levels);
    (prop::collection::vec(measure, 1..4), bands, prop::collection::vec(0..levels, levels)).prop_map(
        |(measures, bands, at)| {
            let falling = bands.into_iter().rev().chain(std::iter::once(0));
            Rule::Points(Points { measures, bands: at.into_iter().zip(falling).collect() })
        },
    )
}

/// A table of two results of any kind.
pub fn matrix(levels: usize) -> impl Strategy<Value = Rule> {
    let side = || {
        (2..4_usize).prop_flat_map(|count| {
            let rule = prop_oneof![fit(count), gates(count), points(count)];
            rule.prop_map(move |rule| (count, rule))
        })
    };
    (side(), side(), prop::collection::vec(prop::collection::vec(0..levels, 3), 3)).prop_map(
        |(rows, columns, cells)| {
            let cells = cells.into_iter().take(rows.0).map(|row| row.into_iter().take(columns.0).collect()).collect();
            Rule::Matrix(Box::new([rows, columns]), cells)
        },
    )
}
