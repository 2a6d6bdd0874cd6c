//! From a parsed file and the chosen readings to numbers: every name looked up, every rule of the format checked.

mod changes;
mod conditions;
mod lookups;
mod names;
mod resolver;

use std::collections::{BTreeMap, HashMap};

pub use changes::changes_something;

use super::condition::Cond;
use super::model::{AdjustChange, Basis, DatasetRule, Decision, Denominator, File, Name, Node, Tie};
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
    /// Facts that are shown beside it.
    pub also: Vec<Cond>,
    /// Bit `i` is set if it holds for the `i`-th phase.
    pub phases: u64,
    /// Line of the document.
    pub line: u32,
    /// Line of the file.
    pub at: usize,
}

/// A category that takes part in best fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Position of the category.
    pub category: usize,
    /// Items that count.
    pub items: Vec<usize>,
}

/// What an adjustment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Leads to this category.
    To(usize),
    /// Leads to this category from any better one.
    NoBetterThan(usize),
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
    /// Who decides.
    pub decision: Decision,
    /// Position in the file.
    pub position: usize,
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
    /// Categories of best fit in order.
    pub members: Vec<Member>,
    /// What the share is taken of.
    pub denominator: Denominator,
    /// Which category wins a tie.
    pub tie: Tie,
    /// A share above this, in per cent, is a majority.
    pub majority: f64,
    /// Adjustments in use, in order.
    pub adjust: Vec<ResolvedAdjust>,
    /// Rule of each dataset row.
    pub rules: Vec<Option<DatasetRule>>,
    /// Whether the support of a category includes that of the one it adds to.
    pub support_cumulative: bool,
    /// What uses each threshold.
    pub used_by: Vec<Vec<String>>,
}

impl Resolved {
    /// The name of a variable as a column: `x`, `x_y1`, `x_y2`.
    #[must_use]
    pub fn var_name(&self, var: usize) -> String {
        let Some(Var { indicator, back }) = self.vars.get(var).copied() else { return String::new() };
        let name = self.indicators.get(indicator).map_or("", |indicator| indicator.name.as_str());
        if back == 0 { name.to_owned() } else { format!("{name}_y{back}") }
    }

    /// The indicator of a variable.
    #[must_use]
    pub fn var_indicator(&self, var: usize) -> Option<&ResolvedIndicator> {
        self.indicators.get(self.vars.get(var)?.indicator)
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
}

/// What the chosen readings change.
#[derive(Default)]
struct Changes<'a> {
    thresholds: BTreeMap<&'a str, f64>,
    tests: BTreeMap<&'a str, &'a Node>,
    add: Vec<(&'a Name, &'a Name)>,
    remove: Vec<(&'a Name, &'a Name)>,
    denominator: Option<Denominator>,
    adjust: BTreeMap<&'a str, Vec<&'a AdjustChange>>,
    dataset: BTreeMap<&'a str, &'a DatasetRule>,
    support_cumulative: Option<bool>,
}

/// A resolution under way.
struct Resolver<'a> {
    source: &'a Source,
    file: &'a File,
    changes: Changes<'a>,
    out: Resolved,
    threshold_index: HashMap<String, usize>,
    indicator_index: HashMap<String, usize>,
    var_index: HashMap<Var, usize>,
    item_index: HashMap<String, usize>,
    /// What is being resolved, for `used_by`.
    user: String,
}
