//! How criteria become a category, as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Name, Node};

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
