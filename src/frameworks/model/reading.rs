//! Readings as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{DatasetRule, Denominator, Name, Node};

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
