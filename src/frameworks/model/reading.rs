//! Readings as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Combination, ContestBy, DatasetRule, Denominator, Descriptors, Name, Needs, Node, Rounding, Tie};

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
    /// Gates switched on or off.
    #[serde(default)]
    pub gate: BTreeMap<Name, Switch>,
    /// Changes of contests.
    #[serde(default)]
    pub contest: BTreeMap<Name, ContestChange>,
    /// What the descriptors of gates do.
    #[serde(default)]
    pub gates_descriptors: Option<Descriptors>,
    /// What a category needs to win best fit.
    #[serde(default)]
    pub needs: Option<Needs>,
    /// Which category wins a tie of best fit.
    #[serde(default)]
    pub tie: Option<Tie>,
    /// Conditions without which a category cannot win best fit.
    #[serde(default)]
    pub require: BTreeMap<Name, Node>,
    /// Changes of the rules of other results.
    #[serde(default)]
    pub result: BTreeMap<Name, ResultChange>,
    /// Other printed figures.
    #[serde(default)]
    pub references: BTreeMap<Name, f64>,
    /// How the phases of a combined phase are put together.
    #[serde(default)]
    pub combine: BTreeMap<Name, Combination>,
    /// How a rule over several years treats the years that are missing.
    #[serde(default)]
    pub missing_years: Option<MissingYears>,
    /// Changes of the charge.
    #[serde(default)]
    pub charge: Option<ChargeChange>,
    /// Support switched on or off.
    #[serde(default)]
    pub support: BTreeMap<Name, Switch>,
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
    /// The category it leads to.
    #[serde(default)]
    pub to: Option<Name>,
}

/// Whether something is in use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// Whether it is in use.
    pub active: bool,
}

/// What a reading changes in a contest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestChange {
    /// What settles it.
    pub by: ContestBy,
}

/// What a reading changes in a rule of another result.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultChange {
    /// Whether it is in use.
    #[serde(default)]
    pub active: Option<bool>,
    /// The value it leads to.
    #[serde(default)]
    pub value: Option<Name>,
}

/// What a reading changes in the charge.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeChange {
    /// What happens between two bands.
    #[serde(default)]
    pub rounding: Option<Rounding>,
    /// Threshold: pounds for one.
    #[serde(default)]
    pub rate: Option<Name>,
    /// Phases it is applied to as well, with a mark.
    #[serde(default)]
    pub marked_phases: Option<Vec<Name>>,
}

/// How a rule over several years treats the years that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingYears {
    /// They leave the rule open unless a known year fails.
    Open,
    /// The rule is judged on the years held.
    Skip,
}
