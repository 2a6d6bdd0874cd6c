//! What a framework file may say. Every struct refuses keys it does not know; names keep their place in the file, so that
//! each error can tell its line.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::coding::{AtThreshold, Unit};
use crate::estimates::{AtTop, Order, Step};

/// A name with its place in the file.
pub type Name = Spanned<String>;

/// A condition with its place in the file.
pub type Node = Spanned<Condition>;

/// A framework file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Version of the file format.
    pub format: Spanned<u32>,
    /// Who decided what, for which years and schools.
    pub framework: Header,
    /// Categories, the best first.
    pub category: Vec<Category>,
    /// Numbers that tests compare with, by name.
    #[serde(default)]
    pub thresholds: BTreeMap<Name, Threshold>,
    /// What is known about a school, by name.
    pub indicators: BTreeMap<Name, Indicator>,
    /// Dated figures printed in the document.
    #[serde(default)]
    pub reference: Vec<Reference>,
    /// The statements of the document that a school meets or not.
    pub criterion: Vec<Criterion>,
    /// How criteria become a category.
    pub decide: Decide,
    /// What may change the category after that, in order.
    #[serde(default)]
    pub adjust: Vec<Adjust>,
    /// Statements that inform without deciding.
    #[serde(default)]
    pub flag: Vec<Flag>,
    /// Where the document can be read in two ways.
    #[serde(default)]
    pub reading: Vec<Reading>,
    /// How the support of the categories builds up.
    #[serde(default)]
    pub support_model: Option<SupportModel>,
    /// What each category is offered.
    #[serde(default)]
    pub support: Vec<Support>,
    /// Data the document asks for, and how it treats them.
    #[serde(default)]
    pub dataset: Vec<Dataset>,
    /// Printed registers: which columns in which order.
    #[serde(default)]
    pub register: Vec<Register>,
    /// Rules about people, dates and decisions.
    #[serde(default)]
    pub process: Vec<Process>,
    /// Targets the authority set itself.
    #[serde(default)]
    pub target: Vec<Target>,
}

/// Identity of a framework.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Name by which it is loaded.
    pub id: String,
    /// Title of the document.
    pub title: String,
    /// The authority that decided it.
    pub authority: String,
    /// First and last academic year in force, each by the calendar year in which it ends.
    pub years: [i32; 2],
    /// How the lines of the file count: which text of the document.
    pub document: String,
    /// Number of lines of that text; no line may lie beyond.
    pub lines: u32,
    /// Phases the framework speaks of.
    pub phases: Vec<Name>,
    /// Remarks on the document as a whole.
    #[serde(default)]
    pub note: Option<String>,
}

/// A category.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Short code.
    pub id: Name,
    /// Name in the document.
    pub label: String,
    /// What it means.
    pub meaning: String,
    /// Colour word of the document.
    #[serde(default)]
    pub colour: Option<String>,
    /// Line of the document.
    pub line: u32,
}

/// Where a number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The document prints it.
    Document,
    /// The document uses a word without a number; the value is a default that the analyst may change.
    Default,
}

impl Basis {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Default => "default",
        }
    }
}

/// A number that tests compare with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// Line of the document it rests on.
    pub line: Option<u32>,
    /// Whether the document prints it.
    pub basis: Basis,
    /// What it is for.
    pub text: String,
}

/// The kind of values of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// True or false.
    Flag,
    /// One of a list.
    Choice,
    /// A number.
    Number,
    /// A whole number from 0.
    Count,
    /// A date or free text; carried along, never tested.
    Text,
}

/// Something known about a school.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// The kind of values.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// Allowed values of a choice.
    #[serde(default)]
    pub values: Vec<Literal>,
    /// Unit of a number.
    #[serde(default)]
    pub unit: Option<String>,
    /// Least possible number.
    #[serde(default)]
    pub min: Option<f64>,
    /// Greatest possible number.
    #[serde(default)]
    pub max: Option<f64>,
    /// What it is.
    pub text: String,
}

/// A figure printed in the document, used where no column gives one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The comparator.
    pub indicator: Name,
    /// Calendar year in which the academic year ends.
    pub year: i32,
    /// The figure.
    pub value: f64,
    /// Line of the document.
    pub line: u32,
    /// Remarks, for instance a misprint.
    #[serde(default)]
    pub note: Option<String>,
}

/// Who or what settles a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Computed from data.
    Data,
    /// A person's judgement.
    Judgement,
    /// The inspectorate's finding.
    Inspection,
    /// Context that never decides by itself.
    ContextFlag,
    /// A rule about people, dates or support.
    Process,
}

impl Kind {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Judgement => "judgement",
            Self::Inspection => "inspection",
            Self::ContextFlag => "context_flag",
            Self::Process => "process",
        }
    }
}

/// A statement that a school meets or not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// Category whose description it is part of.
    pub category: Name,
    /// Part of the document, for instance an appendix.
    pub part: String,
    /// Aspect within that part, where the document names one.
    #[serde(default)]
    pub aspect: Option<String>,
    /// Line of the document.
    pub line: u32,
    /// Last line, if it runs over several.
    #[serde(default)]
    pub last_line: Option<u32>,
    /// Who or what settles it.
    pub kind: Kind,
    /// The statement in our words.
    pub text: String,
    /// Phases it holds for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// When it is met.
    pub test: Node,
    /// Further facts of the same statement that are shown and do not decide.
    #[serde(default)]
    pub also: Vec<Node>,
    /// Remarks on the reading.
    #[serde(default)]
    pub note: Option<String>,
}

/// The id of a criterion, or a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Holds when that criterion is met.
    Criterion(String),
    /// Holds when the test is passed.
    Test(Box<Test>),
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;

        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Condition;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the id of a criterion or a test in braces")
            }

            fn visit_str<E: serde::de::Error>(self, id: &str) -> Result<Self::Value, E> {
                Ok(Condition::Criterion(id.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Test::deserialize(MapAccessDeserializer::new(map)).map(|test| Condition::Test(Box::new(test)))
            }
        }

        deserializer.deserialize_any(NodeVisitor)
    }
}

/// A test: either of one indicator, or a combination; exactly one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Test {
    /// The indicator that is tested.
    pub indicator: Option<Name>,
    /// Equals this value.
    pub is: Option<Spanned<Literal>>,
    /// Equals one of these values.
    pub one_of: Option<Vec<Spanned<Literal>>>,
    /// Greater than a threshold or a comparator.
    pub above: Option<Name>,
    /// Greater than or equal.
    pub at_least: Option<Name>,
    /// Less than.
    pub below: Option<Name>,
    /// Less than or equal.
    pub at_most: Option<Name>,
    /// Threshold added to the bound.
    pub plus: Option<Name>,
    /// Threshold taken from the bound.
    pub minus: Option<Name>,
    /// Threshold that counts years: the test must hold in this year and each of the years before.
    pub every_year: Option<Name>,
    /// All must hold.
    pub all: Option<Vec<Node>>,
    /// One must hold.
    pub any: Option<Vec<Node>>,
    /// Must not hold.
    pub not: Option<Node>,
    /// Threshold that counts parts: at least so many of `of` must hold.
    pub at_least_k: Option<Name>,
    /// The parts of `at_least_k`.
    pub of: Option<Vec<Node>>,
    /// Ways to hold the same fact: the first that is known counts.
    pub first_known: Option<Vec<Node>>,
}

/// A value of a flag or choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A word.
    Text(String),
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(value) => value.fmt(formatter),
            Self::Integer(value) => value.fmt(formatter),
            Self::Text(value) => value.fmt(formatter),
        }
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LiteralVisitor;

        impl Visitor<'_> for LiteralVisitor {
            type Value = Literal;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a word, a whole number, true or false")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Literal::Flag(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Literal::Integer(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Literal::Text(value.to_owned()))
            }
        }

        deserializer.deserialize_any(LiteralVisitor)
    }
}

/// How criteria become a category.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decide {
    /// The category whose criteria are met to the highest share.
    BestFit(BestFit),
}

/// What the share is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denominator {
    /// The counted criteria that are known.
    Known,
    /// All counted criteria; the unknown ones lower the share.
    All,
}

/// Which category wins a tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// The one further from the best.
    Lower,
    /// The one nearer to the best.
    Higher,
}

/// Best fit by share.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestFit {
    /// What the share is taken of.
    pub denominator: Denominator,
    /// Which category wins a tie.
    pub tie: Tie,
    /// Threshold in per cent: a share above it is a majority.
    pub majority: Name,
    /// Line of the document.
    pub line: u32,
    /// Criteria that count, by category.
    pub count: BTreeMap<Name, Vec<Name>>,
}

/// Who decides whether an adjustment is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The rule does.
    Must,
    /// A person does: the school is a candidate.
    May,
}

/// A change of the category after best fit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// Name.
    pub id: Name,
    /// What the document says, in our words.
    pub text: String,
    /// Line of the document.
    pub line: u32,
    /// When it applies.
    pub when: Node,
    /// Only from these categories; from any if empty.
    #[serde(default)]
    pub from: Vec<Name>,
    /// The category it leads to.
    #[serde(default)]
    pub to: Option<Name>,
    /// The best category still open.
    #[serde(default)]
    pub no_better_than: Option<Name>,
    /// Who decides.
    pub decision: Decision,
    /// Whether it is in use; a reading may switch it on or off.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}

/// A statement that informs without deciding.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// Short name used in results.
    pub name: Name,
    /// Line of the document.
    pub line: u32,
    /// Who or what settles it.
    pub kind: Kind,
    /// The statement in our words.
    pub text: String,
    /// When it is raised.
    pub test: Node,
    /// Further facts of the same statement that are shown and do not decide.
    #[serde(default)]
    pub also: Vec<Node>,
    /// Remarks on the reading.
    #[serde(default)]
    pub note: Option<String>,
}

/// A place where the document can be read in more than one way.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Name.
    pub id: Name,
    /// What is open.
    pub question: String,
    /// The option that the rest of the file is written in.
    pub default: Name,
    /// Why that is the default.
    pub reason: String,
    /// The options by letter.
    pub options: BTreeMap<Name, Choice>,
}

/// One option of a reading: what it says and what it changes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// New values of thresholds.
    #[serde(default)]
    pub thresholds: BTreeMap<Name, f64>,
    /// New tests of criteria, flags or data.
    #[serde(default)]
    pub tests: BTreeMap<Name, Node>,
    /// Criteria that count as well, by category.
    #[serde(default)]
    pub count_add: BTreeMap<Name, Vec<Name>>,
    /// Criteria that no longer count, by category.
    #[serde(default)]
    pub count_remove: BTreeMap<Name, Vec<Name>>,
    /// What the share is taken of.
    #[serde(default)]
    pub denominator: Option<Denominator>,
    /// Changes of adjustments.
    #[serde(default)]
    pub adjust: BTreeMap<Name, AdjustChange>,
    /// New rules of data.
    #[serde(default)]
    pub dataset: BTreeMap<Name, DatasetRule>,
    /// Whether the support of a category includes that of the one it adds to.
    #[serde(default)]
    pub support_cumulative: Option<bool>,
}

/// What a reading changes in an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustChange {
    /// Only from these categories.
    #[serde(default)]
    pub from: Option<Vec<Name>>,
    /// Whether it is in use.
    #[serde(default)]
    pub active: Option<bool>,
}

/// How the support of the categories builds up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportModel {
    /// Whether the support of a category includes that of the one it adds to.
    pub cumulative: bool,
    /// Line of the document.
    pub line: u32,
    /// The category each category adds to.
    #[serde(default)]
    pub adds_to: BTreeMap<Name, Name>,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// What a category is offered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// Category.
    pub category: Name,
    /// Line of the document.
    pub line: u32,
    /// The offer in our words.
    pub text: String,
    /// Who pays, where the document says so.
    #[serde(default)]
    pub funding: Option<Funding>,
    /// Whether it follows or may follow.
    pub decision: Decision,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// Who pays for support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Funding {
    /// At a cost to the school.
    Charged,
    /// Matched, or from the school to school fund.
    Matched,
    /// Either of them.
    ChargedOrMatched,
}

impl Funding {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Charged => "charged",
            Self::Matched => "matched",
            Self::ChargedOrMatched => "charged_or_matched",
        }
    }
}

/// Data the document asks for, and how it treats them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// Line of the document.
    pub line: u32,
    /// Last line, if it runs over several.
    #[serde(default)]
    pub last_line: Option<u32>,
    /// Who or what settles it.
    pub kind: Kind,
    /// What is asked for, in our words.
    pub text: String,
    /// Phases it holds for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// The indicators.
    pub indicators: Vec<Name>,
    /// What they are compared with.
    #[serde(default)]
    pub compared_with: Vec<Against>,
    /// How many years are shown.
    #[serde(default)]
    pub years: Option<u8>,
    /// What is computed from them.
    #[serde(default)]
    pub rule: Option<DatasetRule>,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// What data are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The national figure.
    National,
    /// The figure of the authority.
    La,
    /// Schools in similar contexts.
    Similar,
    /// Other pupils of the school.
    Peers,
    /// The school's earlier years.
    OwnPrior,
    /// A benchmark.
    Benchmark,
    /// The floor standard.
    Floor,
}

impl Against {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::La => "la",
            Self::Similar => "similar",
            Self::Peers => "peers",
            Self::OwnPrior => "own_prior",
            Self::Benchmark => "benchmark",
            Self::Floor => "floor",
        }
    }
}

/// What is computed from a dataset row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatasetRule {
    /// Coded above, in line or below the national figure ([`crate::coding::CodingRule`]).
    Code(CodeRule),
    /// The next benchmark a school has not reached ([`crate::estimates::next_benchmark`]).
    NextBenchmark(StepRule),
    /// Differences of two groups.
    Gaps(GapsRule),
    /// A test that holds or not.
    Test(Node),
}

/// Parameters of the coding against the national figure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRule {
    /// Threshold: the size of a difference that matters.
    pub threshold: Name,
    /// What the threshold is measured in.
    pub unit: Unit,
    /// Where a difference lies that equals the threshold.
    pub at_threshold: AtThreshold,
    /// Whether "above" means better instead of higher.
    pub turn_sign: bool,
    /// Indicators for which less is better.
    pub lower_is_better: Vec<Name>,
}

/// Parameters of the stepping rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRule {
    /// The result that steps up.
    pub actual: Vec<Name>,
    /// The benchmarks, the lowest first.
    pub benchmarks: [Name; 3],
    /// Which benchmark is the estimate.
    pub step: Step,
    /// What follows at the top.
    pub at_top: AtTop,
    /// What is done with a wrong order.
    pub order: Order,
}

/// Differences of two groups, first minus second.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapsRule {
    /// The differences.
    pub gaps: Vec<GapColumn>,
    /// Names of differences shown with the opposite sign.
    pub turned: Vec<Name>,
}

/// One difference of two groups.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapColumn {
    /// Name of the difference.
    pub name: Name,
    /// The group of interest.
    pub of: Name,
    /// The group it is compared with.
    pub minus: Name,
}

/// A printed register.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Name.
    pub id: Name,
    /// Title as printed.
    pub title: String,
    /// Phases it is for.
    pub phases: Vec<Name>,
    /// Line of the document.
    pub line: u32,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
    /// Columns in printed order.
    pub column: Vec<RegisterColumn>,
}

/// A column of a printed register.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterColumn {
    /// Heading in our words.
    pub heading: String,
    /// The indicator it shows, where there is one.
    #[serde(default)]
    pub indicator: Option<Name>,
    /// Years before the year of the register.
    #[serde(default)]
    pub years_before: u8,
    /// Line of the document.
    pub line: u32,
    /// Dataset row it belongs to.
    #[serde(default)]
    pub dataset: Option<Name>,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// What a process rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// How a category is decided, confirmed and agreed.
    Categorisation,
    /// How a school changes category or leaves a stage.
    Movement,
    /// The yearly cycle.
    Calendar,
    /// Visits and meetings.
    Monitoring,
    /// Formal powers.
    Intervention,
    /// How data are handled.
    Data,
    /// What follows for a school.
    Support,
}

impl Topic {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Categorisation => "categorisation",
            Self::Movement => "movement",
            Self::Calendar => "calendar",
            Self::Monitoring => "monitoring",
            Self::Intervention => "intervention",
            Self::Data => "data",
            Self::Support => "support",
        }
    }
}

/// A rule about people, dates or decisions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// Line of the document.
    pub line: u32,
    /// Last line, if it runs over several.
    #[serde(default)]
    pub last_line: Option<u32>,
    /// What it is about.
    pub topic: Topic,
    /// The rule in our words.
    pub text: String,
    /// When in the year, where the document says so.
    #[serde(default)]
    pub when: Option<String>,
    /// Who acts, where the document says so.
    #[serde(default)]
    pub who: Option<String>,
    /// Categories it is for; all if empty.
    #[serde(default)]
    pub categories: Vec<Name>,
    /// Threshold that carries its number.
    #[serde(default)]
    pub threshold: Option<Name>,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// A target of the authority.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// Line of the document.
    pub line: u32,
    /// Who or what settles it.
    pub kind: Kind,
    /// The target in our words.
    pub text: String,
    /// Measures of the authority, where the document names them.
    #[serde(default)]
    pub indicators: Vec<Name>,
    /// Threshold that carries its number.
    #[serde(default)]
    pub threshold: Option<Name>,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}
