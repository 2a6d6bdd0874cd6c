//! What else follows for a school, as it is written.

use serde::Deserialize;

use super::policy::{must, yes};
use super::{Decision, Kind, Name, Node, WhenUnknown};

/// Something else that follows for a school: a level of support, a stage of concern.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultRow {
    /// Name, also of the column.
    pub id: Name,
    /// Line of the document.
    pub line: u32,
    /// What it is.
    pub text: String,
    /// Its values.
    pub values: Vec<Name>,
    /// What leads to which value, in order: the first that applies counts.
    pub rule: Vec<FollowingRule>,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// What leads to a value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowingRule {
    /// Name, the same as in the ledger of criteria where that has one.
    pub id: Name,
    /// Line of the document.
    pub line: u32,
    /// Last line, if it runs over several.
    #[serde(default)]
    pub last_line: Option<u32>,
    /// The rule in our words.
    pub text: String,
    /// The value it leads to.
    pub value: Name,
    /// Only for these categories; for any (and for none) if empty.
    #[serde(default)]
    pub categories: Vec<Name>,
    /// When it applies.
    #[serde(default)]
    pub when: Option<Node>,
    /// What an unknown condition does.
    #[serde(default)]
    pub unknown: WhenUnknown,
    /// Who or what settles it; a rule about people if missing.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Phases it holds for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// Who decides.
    #[serde(default = "must")]
    pub decision: Decision,
    /// Whether it is in use; a reading may switch it on or off.
    #[serde(default = "yes")]
    pub active: bool,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}
