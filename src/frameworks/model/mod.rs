//! What a framework file may say. Every struct refuses keys it does not know; names keep their place in the file, so that
//! each error can tell its line.

mod dataset;
mod following;
mod policy;
mod reading;
mod support;
mod test;

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

pub use dataset::{Against, Dataset, DatasetRule, Register};
pub use following::ResultRow;
pub use policy::{
    Adjust, BestFit, Combination, Combine, ContestBy, Decide, Decision, Denominator, Descriptors, Gate, Gates, Matrix,
    Needs, Points, Prefer, SubRule, Tie, WhenUnknown,
};
pub use reading::{AdjustChange, ChargeChange, Choice, MissingYears, Reading, ResultChange};
pub use support::{Bound, Capacity, Charge, Funding, Per, Quantity, Rounding, Support, SupportModel};
pub use test::{Condition, Literal, Test};

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
    /// Named conditions that are no statements of their own.
    #[serde(default)]
    pub definition: Vec<Definition>,
    /// What cannot be true of a school; values that break it are refused.
    #[serde(default)]
    pub constraint: Vec<Constraint>,
    /// How criteria become a category.
    pub decide: Decide,
    /// Phases that are made of others.
    #[serde(default)]
    pub combine: Vec<Combine>,
    /// What may change the category after that, in order.
    #[serde(default)]
    pub adjust: Vec<Adjust>,
    /// Statements that inform without deciding.
    #[serde(default)]
    pub flag: Vec<Flag>,
    /// What else follows for a school: a level of support, a stage of concern.
    #[serde(default)]
    pub result: Vec<ResultRow>,
    /// Where the document can be read in two ways.
    #[serde(default)]
    pub reading: Vec<Reading>,
    /// How the support of the categories builds up.
    #[serde(default)]
    pub support_model: Option<SupportModel>,
    /// What each category is offered.
    #[serde(default)]
    pub support: Vec<Support>,
    /// What a school pays for what it receives.
    #[serde(default)]
    pub charge: Option<Charge>,
    /// What the authority has to give.
    #[serde(default)]
    pub capacity: Vec<Capacity>,
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
    /// Values of wider scales that are accepted, with the value of this scale they count as.
    #[serde(default)]
    pub aliases: BTreeMap<Name, Spanned<Literal>>,
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
    /// Calendar year in which the academic year ends; without it the figure holds for the current year of any school.
    #[serde(default)]
    pub year: Option<i32>,
    /// The figure.
    pub value: f64,
    /// Line of the document.
    pub line: u32,
    /// Phases it holds for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
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
    /// For which schools it is asked; for the others it is neither met nor failed. All if missing.
    #[serde(default)]
    pub applies: Option<Node>,
    /// Further facts of the same statement that are shown and do not decide.
    #[serde(default)]
    pub also: Vec<Node>,
    /// Remarks on the reading.
    #[serde(default)]
    pub note: Option<String>,
}

/// A named condition that is no statement of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Name, used like the id of a criterion.
    pub id: Name,
    /// Line of the document.
    pub line: u32,
    /// Last line, if it runs over several.
    #[serde(default)]
    pub last_line: Option<u32>,
    /// What it means.
    pub text: String,
    /// Phases it holds for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// When it holds.
    pub test: Node,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// What cannot be true of a school.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// Name.
    pub id: Name,
    /// The rule in words.
    pub text: String,
    /// Phases it holds for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// What must hold where it is known.
    pub test: Node,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
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
    /// When it is raised.
    pub test: Node,
    /// Further facts of the same statement that are shown and do not decide.
    #[serde(default)]
    pub also: Vec<Node>,
    /// Remarks on the reading.
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
    /// Who does what.
    Roles,
    /// Who pays.
    Funding,
    /// How a school leaves a category or a stage.
    Exit,
    /// What happens when school and authority differ.
    Dispute,
    /// Federations, trusts, boards: changes in how a school is run.
    Structure,
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
            Self::Roles => "roles",
            Self::Funding => "funding",
            Self::Exit => "exit",
            Self::Dispute => "dispute",
            Self::Structure => "structure",
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
    /// Phases it is for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// How much of what.
    #[serde(default)]
    pub quantity: Vec<Quantity>,
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
    /// Last line, if it runs over several.
    #[serde(default)]
    pub last_line: Option<u32>,
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
    /// Thresholds, where it has several numbers.
    #[serde(default)]
    pub thresholds: Vec<Name>,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}
