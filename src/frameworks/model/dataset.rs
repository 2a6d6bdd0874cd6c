//! Data and registers as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Kind, Name, Node};
use crate::coding::{AtThreshold, Unit};
use crate::estimates::{AtTop, Order, Step};

/// Data the document asks for, and how it treats them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// Name of the column that its test fills.
    #[serde(default)]
    pub name: Option<Name>,
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
    /// The row whose rule covers this one too.
    #[serde(default)]
    pub rule_of: Option<Name>,
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
    /// The result that steps up, by phase.
    pub actual: BTreeMap<Name, Name>,
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
