//! From a parsed file and the chosen readings to numbers: every name looked up, every rule of the format checked.

mod changes;
mod conditions;
mod following;
mod limits;
mod lookups;
mod names;
mod resolver;
mod rules;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use changes::changes_something;
pub use rules::gates_of;

use super::condition::{Cond, Leaf};
use super::model::{
    AdjustChange, Basis, ChargeChange, Combination, ContestBy, DatasetRule, Decision, Denominator, Descriptors, File,
    Name, Needs, Node, Prefer, ResultChange, Rounding, Tie,
};
use super::parse::Source;
use crate::error::{Error, Result};

/// Version of the file format that is read.
pub const FORMAT: u32 = 1;

/// Prefixes of comparators, with what they stand for.
pub const COMPARATORS: [(&str, &str); 5] = [
    ("nat_", "National figure"),
    ("la_target_", "Target of the authority"),
    ("la_", "Figure of the authority"),
    ("floor_", "Floor standard"),
    ("benchmark_", "Benchmark"),
];

/// Most years a test may look at.
const MAX_YEARS: u8 = 10;

/// The allowed values of an indicator.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// False, true.
    Flag,
    /// These words or numbers.
    Choice(Vec<String>),
    /// Numbers within these limits.
    Number {
        /// Least possible number.
        min: f64,
        /// Greatest possible number.
        max: f64,
        /// Whether only whole numbers are possible.
        whole: bool,
    },
    /// Anything; never tested.
    Text,
}

impl Domain {
    /// Whether numbers are allowed.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Number { .. })
    }
}

/// An indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedIndicator {
    /// Name, also of the column.
    pub name: String,
    /// Allowed values.
    pub domain: Domain,
    /// Further values that are accepted, with the position of the allowed value they count as.
    pub aliases: Vec<(String, u8)>,
    /// Unit of a number.
    pub unit: Option<String>,
    /// What it is.
    pub text: String,
    /// Line of the file.
    pub at: usize,
}

impl ResolvedIndicator {
    /// How an allowed value is written.
    #[must_use]
    pub fn value_name(&self, code: u8) -> &str {
        match &self.domain {
            Domain::Flag if code == 0 => "false",
            Domain::Flag => "true",
            Domain::Choice(values) => values.get(usize::from(code)).map_or("", String::as_str),
            _ => "",
        }
    }
}

/// An indicator in one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Var {
    /// Position of the indicator.
    pub indicator: usize,
    /// Years before.
    pub back: u8,
}

/// A threshold in force.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedThreshold {
    /// Name.
    pub name: String,
    /// The number in force.
    pub value: f64,
    /// The number in the file.
    pub written: f64,
    /// Its unit.
    pub unit: String,
    /// Line of the document.
    pub line: u32,
    /// Whether the document prints it.
    pub basis: Basis,
    /// What it is for.
    pub text: String,
    /// Line of the file.
    pub at: usize,
}

/// Which list of the file an item stands in, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `[[criterion]]`
    Criterion(usize),
    /// `[[flag]]`
    Flag(usize),
    /// `[[dataset]]` with a test
    Dataset(usize),
    /// `[[definition]]`
    Definition(usize),
}

/// Something that is true or not of a school.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Name.
    pub id: String,
    /// Where it stands.
    pub origin: Origin,
    /// When it holds.
    pub cond: Cond,
    /// For which schools it is asked; all if missing.
    pub applies: Option<Cond>,
    /// Facts that are shown beside it.
    pub also: Vec<Cond>,
    /// Bit `i` is set if it holds for the `i`-th phase.
    pub phases: u64,
    /// Line of the document.
    pub line: u32,
    /// Line of the file.
    pub at: usize,
}

impl Item {
    /// Whether it is no statement of its own.
    #[must_use]
    pub const fn is_definition(&self) -> bool {
        matches!(self.origin, Origin::Definition(_))
    }
}

/// A category that takes part in best fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Position of the category (or level).
    pub category: usize,
    /// Items that count.
    pub items: Vec<usize>,
}

/// Best fit by share.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedFit {
    /// Categories in order, with what counts for them.
    pub members: Vec<Counted>,
    /// What the share is taken of.
    pub denominator: Denominator,
    /// Which category wins a tie.
    pub tie: Tie,
    /// What a category needs to win.
    pub needs: Needs,
    /// A share above this, in per cent, is a majority.
    pub majority: f64,
    /// Conditions without which a category cannot win.
    pub require: Vec<(usize, Cond)>,
}

/// A gate in use.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedGate {
    /// Position in the file.
    pub position: usize,
    /// Position of the category (or level).
    pub category: usize,
    /// Bit `i` is set if it holds for the `i`-th phase.
    pub phases: u64,
    /// When it holds.
    pub cond: Cond,
    /// Criteria that describe the category beside it.
    pub descriptors: Vec<usize>,
    /// Word shown beside a result that rests on it.
    pub mark: Option<String>,
}

/// How two gates that hold at once are settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedContest {
    /// The two categories, the better first.
    pub between: [usize; 2],
    /// What settles it.
    pub by: ContestBy,
    /// Which one wins a tie of descriptors.
    pub tie: Tie,
}

/// Gates.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedGates {
    /// Which category is taken when the gates of several hold.
    pub prefer: Prefer,
    /// What descriptors do.
    pub descriptors: Descriptors,
    /// A share of known descriptors below this, in per cent, is a conflict.
    pub conflict: Option<f64>,
    /// The gates in use.
    pub gates: Vec<ResolvedGate>,
    /// How two gates that hold at once are settled.
    pub contests: Vec<ResolvedContest>,
}

/// Something that gives points.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedMeasure {
    /// Name.
    pub id: String,
    /// Bit `i` is set if it holds for the `i`-th phase.
    pub phases: u64,
    /// Conditions with their points times the weight; the first that holds counts.
    pub scores: Vec<(Cond, f64)>,
}

/// Points.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedPoints {
    /// What gives points.
    pub measures: Vec<ResolvedMeasure>,
    /// Category (or level) and least sum, the best first.
    pub bands: Vec<(usize, Option<f64>)>,
}

/// How criteria become a category.
#[derive(Debug, Clone, PartialEq)]
pub enum ResolvedRule {
    /// Best fit.
    BestFit(ResolvedFit),
    /// Gates.
    Gates(ResolvedGates),
    /// Points.
    Points(ResolvedPoints),
    /// Two results looked up in a table.
    Matrix {
        /// Levels and rule of the rows.
        rows: (Vec<String>, Box<Self>),
        /// Levels and rule of the columns.
        columns: (Vec<String>, Box<Self>),
        /// Category by row and column.
        table: Vec<Vec<usize>>,
    },
}

impl ResolvedRule {
    /// Calls `visit` for every condition with what it is for: the name of a gate, a measure, a requirement.
    pub fn each_cond<'a>(&'a self, visit: &mut impl FnMut(&'a Cond)) {
        match self {
            Self::BestFit(fit) => fit.require.iter().for_each(|(_, cond)| visit(cond)),
            Self::Gates(gates) => gates.gates.iter().for_each(|gate| visit(&gate.cond)),
            Self::Points(points) => {
                points.measures.iter().flat_map(|measure| &measure.scores).for_each(|(cond, _)| visit(cond));
            }
            Self::Matrix { rows, columns, .. } => {
                rows.1.each_cond(visit);
                columns.1.each_cond(visit);
            }
        }
    }

    /// Calls `visit` for the phases (as bits) of every gate and measure.
    fn each_phases(&self, visit: &mut impl FnMut(u64)) {
        match self {
            Self::BestFit(_) => {}
            Self::Gates(gates) => gates.gates.iter().for_each(|gate| visit(gate.phases)),
            Self::Points(points) => points.measures.iter().for_each(|measure| visit(measure.phases)),
            Self::Matrix { rows, columns, .. } => {
                rows.1.each_phases(visit);
                columns.1.each_phases(visit);
            }
        }
    }

    /// Applies `narrow` to every condition, with what a condition of which nothing is left says.
    fn narrow(&mut self, narrow: &impl Fn(&mut Cond, bool)) {
        match self {
            Self::BestFit(fit) => fit.require.iter_mut().for_each(|(_, cond)| narrow(cond, true)),
            Self::Gates(gates) => gates.gates.iter_mut().for_each(|gate| narrow(&mut gate.cond, false)),
            Self::Points(points) => {
                let scores = points.measures.iter_mut().flat_map(|measure| &mut measure.scores);
                scores.for_each(|(cond, _)| narrow(cond, false));
            }
            Self::Matrix { rows, columns, .. } => {
                rows.1.narrow(narrow);
                columns.1.narrow(narrow);
            }
        }
    }

    /// Items that count, by category or level.
    #[must_use]
    pub fn counted(&self) -> Vec<(usize, usize)> {
        match self {
            Self::BestFit(fit) => {
                fit.members.iter().flat_map(|member| member.items.iter().map(|item| (member.category, *item))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Items that describe a category beside its gate.
    #[must_use]
    pub fn descriptors(&self) -> Vec<(usize, usize)> {
        match self {
            Self::Gates(gates) => {
                gates.gates.iter().flat_map(|gate| gate.descriptors.iter().map(|item| (gate.category, *item))).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What an adjustment does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Leads to this category.
    To(usize),
    /// Leads to this category from any better one.
    NoBetterThan(usize),
    /// Leads to this category from any worse one.
    NoWorseThan(usize),
    /// Leads from each of these categories to another.
    Moves(Vec<(usize, usize)>),
}

/// An adjustment in use.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedAdjust {
    /// Name.
    pub id: String,
    /// When it applies.
    pub cond: Cond,
    /// Categories it starts from; any if empty.
    pub from: Vec<usize>,
    /// What it does.
    pub effect: Effect,
    /// Whether it also gives a category where none fits.
    pub if_none: bool,
    /// Bit `i` is set if it holds for the `i`-th phase.
    pub phases: u64,
    /// Who decides.
    pub decision: Decision,
    /// Position in the file.
    pub position: usize,
}

/// What leads to a value of another result.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedFollowing {
    /// Position in the file.
    pub position: usize,
    /// Position of the value.
    pub value: usize,
    /// Categories it is for; any (and none) if empty.
    pub categories: Vec<usize>,
    /// When it applies.
    pub when: Option<Cond>,
    /// Bit `i` is set if it holds for the `i`-th phase.
    pub phases: u64,
    /// Who decides.
    pub decision: Decision,
}

/// Another result.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedResult {
    /// Name, also of the column.
    pub id: String,
    /// Its values.
    pub values: Vec<String>,
    /// Rules in use, in order.
    pub rules: Vec<ResolvedFollowing>,
}

/// What a school pays.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedCharge {
    /// Pounds for one.
    pub rate: f64,
    /// What happens between two bands.
    pub rounding: Rounding,
    /// Phases it is written for; all if empty.
    pub phases: Vec<String>,
    /// Phases it is applied to as well, with a mark.
    pub marked_phases: Vec<String>,
    /// Most that a band covers and what the school pays for, the least first.
    pub bands: Vec<(Option<f64>, f64)>,
}

/// What cannot be true of a school.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedConstraint {
    /// Position in the file.
    pub position: usize,
    /// Bit `i` is set if it holds for the `i`-th phase.
    pub phases: u64,
    /// What must hold where it is known.
    pub cond: Cond,
}

/// What is compared in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The lower bound of a value, or the margin of that bound.
    Lower,
    /// The upper bound of a value, or the margin of that bound.
    Upper,
    /// Years in which a test must hold.
    Years,
    /// Parts, or per cent of the parts, that must hold.
    Parts,
}

/// A condition that compares something with a threshold, or a value with a comparator.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Position of the threshold; without one the bound is a comparator itself.
    pub threshold: Option<usize>,
    /// What the condition belongs to: a criterion, a gate, an adjustment and so on.
    pub user: String,
    /// How the threshold is used.
    pub compared: Compared,
    /// The condition, with all its years and parts.
    pub cond: Cond,
}

/// A framework with names turned into numbers, under the chosen readings.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// Category codes, the best first.
    pub categories: Vec<String>,
    /// Phases.
    pub phases: Vec<String>,
    /// Thresholds in the order of the file.
    pub thresholds: Vec<ResolvedThreshold>,
    /// Indicators in the order of the file.
    pub indicators: Vec<ResolvedIndicator>,
    /// Indicators in the years that are asked for.
    pub vars: Vec<Var>,
    /// Criteria, flags and data tests.
    pub items: Vec<Item>,
    /// For each phase that is made of others: these, and how their results are put together.
    pub combined: Vec<Option<(Vec<usize>, Combination)>>,
    /// What cannot be true of a school.
    pub constraints: Vec<ResolvedConstraint>,
    /// How criteria become a category.
    pub rule: ResolvedRule,
    /// Adjustments in use, in order.
    pub adjust: Vec<ResolvedAdjust>,
    /// What else follows for a school.
    pub results: Vec<ResolvedResult>,
    /// Whether each support row is in use.
    pub support_active: Vec<bool>,
    /// What a school pays.
    pub charge: Option<ResolvedCharge>,
    /// Printed figures that a reading changed.
    pub figures: BTreeMap<String, f64>,
    /// Rule of each dataset row.
    pub rules: Vec<Option<DatasetRule>>,
    /// Whether the support of a category includes that of the one it adds to.
    pub support_cumulative: bool,
    /// What uses each threshold.
    pub used_by: Vec<Vec<String>>,
    /// Conditions that compare something with a threshold or a comparator, each once.
    pub comparisons: Vec<Comparison>,
}

impl Resolved {
    /// The name of a variable as a column: `x`, `x_y1`, `x_y2`.
    #[must_use]
    pub fn var_name(&self, var: usize) -> String {
        let Some(Var { indicator, back }) = self.vars.get(var).copied() else { return String::new() };
        let name = self.indicators.get(indicator).map_or("", |indicator| indicator.name.as_str());
        if back == 0 { name.to_owned() } else { format!("{name}_y{back}") }
    }

    /// The tests of an item, those of the definitions it rests on included.
    pub fn each_leaf_of<'a>(&'a self, item: &'a Item, leaves: &mut Vec<&'a Leaf>) {
        item.cond.each_leaf(&mut |leaf| {
            if !leaves.contains(&leaf) {
                leaves.push(leaf);
            }
        });
        let mut behind = Vec::new();
        item.cond.each_item(&mut |other| behind.push(other));
        for other in behind.into_iter().filter_map(|other| self.items.get(other)).filter(|other| other.is_definition())
        {
            self.each_leaf_of(other, leaves);
        }
    }

    /// What each item does: counts, gate, descriptor, adjusts (several joined by "and"), flag, register, informs.
    #[must_use]
    pub fn roles(&self) -> Vec<&'static str> {
        let mut counts = vec![false; self.items.len()];
        let mut gates = counts.clone();
        let mut describes = counts.clone();
        let mut adjusts = counts.clone();
        let set = |list: &mut Vec<bool>, item: usize| list.get_mut(item).iter_mut().for_each(|slot| **slot = true);
        self.rule.counted().iter().for_each(|(_, item)| set(&mut counts, *item));
        self.rule.descriptors().iter().for_each(|(_, item)| set(&mut describes, *item));
        self.rule.each_cond(&mut |cond| self.behind(cond, &mut gates));
        for adjust in &self.adjust {
            self.behind(&adjust.cond, &mut adjusts);
        }
        let role = |at: usize, item: &Item| {
            let is = |list: &[bool]| list.get(at).copied().unwrap_or(false);
            // Under descriptors that are required the gate names them too.
            match (is(&counts), is(&gates) && !is(&describes), is(&describes), is(&adjusts), item.origin) {
                (true, _, _, true, _) => "counts and adjusts",
                (true, ..) => "counts",
                (_, true, _, true, _) => "gate and adjusts",
                (_, true, ..) => "gate",
                (_, _, true, true, _) => "descriptor and adjusts",
                (_, _, true, ..) => "descriptor",
                (_, _, _, true, _) => "adjusts",
                (.., Origin::Flag(_)) => "flag",
                (.., Origin::Dataset(_)) => "register",
                _ => "informs",
            }
        };
        self.items.iter().enumerate().map(|(at, item)| role(at, item)).collect()
    }

    /// Marks every item that a condition rests on, through definitions too.
    fn behind(&self, cond: &Cond, found: &mut Vec<bool>) {
        let mut next = Vec::new();
        cond.each_item(&mut |item| next.push(item));
        for item in next {
            match found.get_mut(item) {
                Some(known) if !*known => *known = true,
                _ => continue,
            }
            if let Some(item) = self.items.get(item).filter(|item| item.is_definition()) {
                self.behind(&item.cond, found);
            }
        }
    }

    /// The indicator of a variable.
    #[must_use]
    pub fn var_indicator(&self, var: usize) -> Option<&ResolvedIndicator> {
        self.indicators.get(self.vars.get(var)?.indicator)
    }

    /// The phases whose items are asked of a school of this phase (position), as bits: itself and those it is made of.
    #[must_use]
    pub fn asked(&self, phase: usize) -> u64 {
        let of = self.combined.get(phase).and_then(Option::as_ref).map(|(of, _)| of.as_slice()).unwrap_or_default();
        of.iter().fold(1 << phase, |bits, part| bits | 1 << part)
    }

    /// What a phase (position) asks for, whether it does so alone, one after the other: phases that are alike here have the
    /// same rules.
    #[must_use]
    pub fn signature(&self, phase: usize) -> Vec<bool> {
        let asked = self.asked(phase);
        let mut found = vec![asked.count_ones() > 1];
        let mut add = |phases: u64| found.push(phases & asked != 0);
        self.items.iter().for_each(|item| add(item.phases));
        self.adjust.iter().for_each(|row| add(row.phases));
        self.constraints.iter().for_each(|row| add(row.phases));
        self.results.iter().flat_map(|row| &row.rules).for_each(|rule| add(rule.phases));
        self.rule.each_phases(&mut add);
        found
    }

    /// The same rules without what is not asked in a phase (position): such an item drops out of every list of conditions
    /// that names it.
    #[must_use]
    pub fn for_phase(&self, phase: usize) -> Self {
        let asked = self.asked(phase);
        let keep = |item: usize| self.items.get(item).is_some_and(|item| item.phases & asked != 0);
        let mut here = self.clone();
        let narrow = |cond: &mut Cond, empty: bool| *cond = cond.keeping(&keep).unwrap_or(Cond::Known(empty));
        for item in &mut here.items {
            narrow(&mut item.cond, false);
            item.applies.iter_mut().for_each(|cond| narrow(cond, true));
            item.also.iter_mut().for_each(|cond| narrow(cond, false));
        }
        for adjust in &mut here.adjust {
            narrow(&mut adjust.cond, false);
        }
        for rule in here.results.iter_mut().flat_map(|result| &mut result.rules) {
            rule.when.iter_mut().for_each(|cond| narrow(cond, false));
        }
        here.rule.narrow(&narrow);
        here
    }

    /// Position of a phase.
    ///
    /// # Errors
    /// [`Error::Unknown`] if the framework does not speak of that phase.
    pub fn phase(&self, phase: &str) -> Result<usize> {
        self.phases
            .iter()
            .position(|known| known == phase)
            .ok_or_else(|| Error::unknown("phase", phase, self.phases.iter().map(String::as_str)))
    }
}

/// A framework file with its readings and changed thresholds.
pub struct Request<'a> {
    /// Where the file came from.
    pub source: &'a Source,
    /// The parsed file.
    pub file: &'a File,
    /// Chosen option by reading.
    pub readings: &'a BTreeMap<String, String>,
    /// Changed thresholds by name.
    pub overrides: &'a BTreeMap<String, f64>,
    /// Clauses left out: criteria, gates, adjustments, rules of results.
    pub dropped: &'a BTreeSet<String>,
    /// Further criteria that count for a category: category, criterion.
    pub added: &'a [(String, String)],
}

/// What the chosen readings change.
#[derive(Default)]
struct Changes<'a> {
    thresholds: BTreeMap<&'a str, f64>,
    tests: BTreeMap<&'a str, &'a Node>,
    add: Vec<(&'a Name, &'a Name)>,
    remove: Vec<(&'a Name, &'a Name)>,
    denominator: Option<Denominator>,
    needs: Option<Needs>,
    tie: Option<Tie>,
    require: BTreeMap<&'a str, &'a Node>,
    gates: BTreeMap<&'a str, bool>,
    contests: BTreeMap<&'a str, ContestBy>,
    descriptors: Option<Descriptors>,
    adjust: BTreeMap<&'a str, Vec<&'a AdjustChange>>,
    results: BTreeMap<&'a str, Vec<&'a ResultChange>>,
    figures: BTreeMap<&'a str, f64>,
    combine: BTreeMap<&'a str, Combination>,
    skip_missing_years: bool,
    charge: Vec<&'a ChargeChange>,
    support: BTreeMap<&'a str, bool>,
    dataset: BTreeMap<&'a str, &'a DatasetRule>,
    support_cumulative: Option<bool>,
    /// Names of what is changed, with the place, to be checked once everything is known.
    names: Vec<(&'static str, &'a Name)>,
}

/// A resolution under way.
struct Resolver<'a> {
    source: &'a Source,
    file: &'a File,
    changes: Changes<'a>,
    dropped: &'a BTreeSet<String>,
    added: &'a [(String, String)],
    out: Resolved,
    threshold_index: HashMap<String, usize>,
    indicator_index: HashMap<String, usize>,
    var_index: HashMap<Var, usize>,
    item_index: HashMap<String, usize>,
    /// By item: parts of its conditions, with all that they refer to written out.
    sizes: Vec<usize>,
    /// Parts of all conditions so far.
    parts_in_all: usize,
    /// What is being resolved, for `used_by`.
    user: String,
}
