//! The types of the vocabulary file and the rules of one entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The file: a list of indicators.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) indicator: Vec<toml::Spanned<Indicator>>,
}

/// What kind of value an indicator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A measured number with a unit.
    Number,
    /// A whole number of things.
    Count,
    /// A grade on a numbered scale, 1 is best.
    Grade,
    /// One of a few words.
    Category,
    /// True or false.
    Flag,
    /// A calendar date.
    Date,
    /// A name that stands for several indicators.
    List,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// A higher value, or true, is better.
    HigherBetter,
    /// A lower value, or false, is better.
    LowerBetter,
    /// The words are listed from best to worst.
    FirstBetter,
    /// Neither.
    None,
}

/// What an indicator is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One school in one year.
    School,
    /// A local authority in one year.
    Authority,
    /// A quantity in a rule about people, dates, support or money.
    Rule,
    /// Something a framework gives out.
    Result,
}

/// How an indicator becomes known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A column of a published file.
    Published,
    /// Computed from published columns by an exact rule.
    Derived,
    /// A figure that the school or the authority holds and nobody publishes by school.
    Held,
    /// Somebody's judgement. Never filled by a machine.
    Judged,
    /// A fact about the procedure: dates, visits, days, money, support.
    Process,
}

/// The published table a column is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Key stage 2 performance tables.
    Ks2,
    /// Key stage 4 performance tables.
    Ks4,
    /// School level absence.
    Absence,
    /// School level exclusions.
    Exclusions,
    /// School census.
    Census,
    /// Graded inspections.
    Inspections,
    /// School register.
    Register,
}

/// How several columns become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The sum; unknown as soon as one part is unknown.
    Sum,
}

/// Where an indicator is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The table.
    pub table: Table,
    /// The column, or several to be combined.
    pub columns: Vec<String>,
    /// How several columns become one value.
    #[serde(default)]
    pub combine: Option<Combine>,
    /// First results year (the calendar year in which the academic year ends) with this column.
    pub from: i32,
    /// Last results year known to have it.
    pub to: i32,
    /// The years in which the column was seen in a file or its dictionary.
    #[serde(default)]
    pub checked: Vec<i32>,
    /// Set if the column measures something near, not the same; says what. Never used unless asked for.
    #[serde(default)]
    pub substitute: Option<String>,
    /// Anything the reader should know.
    #[serde(default)]
    pub note: Option<String>,
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// The name, also the column name.
    pub name: String,
    /// What it is, in words.
    pub label: String,
    /// Kind of value.
    pub kind: Kind,
    /// Unit of a number or count.
    #[serde(default)]
    pub unit: Option<String>,
    /// Which way is better.
    pub polarity: Polarity,
    /// What it is about.
    pub scope: Scope,
    /// How it becomes known.
    pub evidence: Evidence,
    /// The phases it exists in; empty for every phase.
    #[serde(default)]
    pub phases: Vec<String>,
    /// Smallest possible value.
    #[serde(default)]
    pub minimum: Option<f64>,
    /// Largest possible value.
    #[serde(default)]
    pub maximum: Option<f64>,
    /// The words or grades allowed, the union over the frameworks.
    #[serde(default)]
    pub values: Vec<String>,
    /// The words or grades a framework uses where they differ from `values`.
    #[serde(default)]
    pub framework_values: BTreeMap<String, Vec<String>>,
    /// Words of one framework in the words of the others: each stands for one of those listed.
    #[serde(default)]
    pub equivalents: BTreeMap<String, Vec<String>>,
    /// Whether "not applicable" is a value of its own (a school without a sixth form).
    #[serde(default)]
    pub not_applicable: bool,
    /// The frameworks that ask for it.
    #[serde(default)]
    pub frameworks: Vec<String>,
    /// For a list: the indicators it stands for.
    #[serde(default)]
    pub members: Vec<String>,
    /// The name of the same quantity in another framework; either may be filled from the other.
    #[serde(default)]
    pub same_as: Option<String>,
    /// The flag of which this one is the opposite.
    #[serde(default)]
    pub opposite_of: Option<String>,
    /// For a derived indicator: the rule in words.
    #[serde(default)]
    pub rule: Option<String>,
    /// Anything the reader should know.
    #[serde(default)]
    pub note: Option<String>,
    /// Where it is published, in order of precedence.
    #[serde(default, rename(deserialize = "source"))]
    pub sources: Vec<Source>,
}

impl Indicator {
    /// The values that `framework` allows: its own list where it has one, else the common one.
    #[must_use]
    pub fn values_for(&self, framework: &str) -> &[String] {
        self.framework_values.get(framework).unwrap_or(&self.values)
    }

    /// The first rule this entry breaks, in words.
    pub(super) fn fault(&self) -> Option<String> {
        let name = &self.name;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Some(format!("indicator '{name}': a name has small letters, digits and underscores only"));
        }
        if self.label.trim().is_empty() {
            return Some(format!("indicator '{name}': label is empty"));
        }
        let worded = matches!(self.kind, Kind::Category | Kind::Grade);
        if worded && self.scope != Scope::Result && self.values.is_empty() {
            return Some(format!("indicator '{name}': a category or grade needs values"));
        }
        if matches!(self.kind, Kind::Number | Kind::Count) && self.unit.is_none() {
            return Some(format!("indicator '{name}': a number or count needs a unit"));
        }
        if (self.kind == Kind::List) == self.members.is_empty() {
            return Some(format!("indicator '{name}': members belong to a list, and a list needs them"));
        }
        if let (Some(low), Some(high)) = (self.minimum, self.maximum)
            && low >= high
        {
            return Some(format!("indicator '{name}': minimum {low} is not below maximum {high}"));
        }
        if (self.evidence == Evidence::Derived) != self.rule.is_some() {
            return Some(format!("indicator '{name}': a rule belongs to a derived indicator, which needs one"));
        }
        if self.sources.is_empty() && self.evidence == Evidence::Published {
            return Some(format!("indicator '{name}': a published indicator needs a source"));
        }
        for source in &self.sources {
            if matches!(self.evidence, Evidence::Judged | Evidence::Process | Evidence::Held) {
                return Some(format!("indicator '{name}': a source makes it published or derived"));
            }
            if source.columns.is_empty() || (source.columns.len() > 1) != source.combine.is_some() {
                return Some(format!(
                    "indicator '{name}': a source has one column, or several and how to combine them"
                ));
            }
            if source.from > source.to || source.checked.iter().any(|year| !(source.from..=source.to).contains(year)) {
                return Some(format!(
                    "indicator '{name}': source {} has years {} to {} and checked years {:?}",
                    source.columns.join("+"),
                    source.from,
                    source.to,
                    source.checked
                ));
            }
        }
        None
    }
}

/// The line, from 1, of the byte at `offset`.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
