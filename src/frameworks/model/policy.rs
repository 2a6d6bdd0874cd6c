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
    /// The best category one of whose gates holds.
    Gates(Gates),
    /// Points, summed and cut into bands.
    Points(Points),
    /// Two results looked up in a table.
    Matrix(Box<Matrix>),
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
    /// The lower one, but the higher one if all its criteria are met.
    LowerUnlessFull,
}

/// What a category needs to win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// The highest share.
    #[default]
    HighestShare,
    /// Every criterion; the best such category wins.
    All,
}

/// Best fit by share.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestFit {
    /// What the share is taken of.
    pub denominator: Denominator,
    /// Which category wins a tie.
    pub tie: Tie,
    /// What a category needs to win.
    #[serde(default)]
    pub needs: Needs,
    /// Threshold in per cent: a share above it is a majority.
    pub majority: Name,
    /// Line of the document.
    pub line: u32,
    /// Criteria that count, by category.
    pub count: BTreeMap<Name, Vec<Name>>,
    /// Conditions without which a category cannot win.
    #[serde(default)]
    pub require: BTreeMap<Name, Node>,
}

/// What the descriptors of a gate do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Descriptors {
    /// They mark the result clean, mixed or conflict.
    Mark,
    /// All of them must hold for the gate to hold.
    Require,
}

/// Which category is taken when the gates of several hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prefer {
    /// The best.
    #[default]
    Best,
    /// The worst.
    Worst,
}

/// Gates: conditions that lead to a category.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    /// Line of the document.
    pub line: u32,
    /// Which category is taken when the gates of several hold.
    #[serde(default)]
    pub prefer: Prefer,
    /// What descriptors do.
    #[serde(default = "mark")]
    pub descriptors: Descriptors,
    /// Threshold in per cent: a share of known descriptors below it is a conflict.
    #[serde(default)]
    pub conflict: Option<Name>,
    /// The gates.
    pub gate: Vec<Gate>,
    /// Where two gates that hold at once are settled by other means.
    #[serde(default)]
    pub contest: Vec<Contest>,
}

/// A condition that leads to a category.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Name.
    pub id: Name,
    /// The category (or level) it leads to.
    pub category: Name,
    /// Phases it holds for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// Line of the document.
    pub line: u32,
    /// When it holds.
    pub when: Node,
    /// Criteria that describe the category beside the gate.
    #[serde(default)]
    pub descriptors: Vec<Name>,
    /// Word shown beside a result that rests on this gate.
    #[serde(default)]
    pub mark: Option<String>,
    /// Whether it is in use; a reading may switch it on or off.
    #[serde(default = "yes")]
    pub active: bool,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// How two gates that hold at once are settled.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contest {
    /// Name.
    pub id: Name,
    /// The two categories, the better first.
    pub between: [Name; 2],
    /// What settles it.
    pub by: ContestBy,
    /// Which one wins a tie of descriptors.
    pub tie: Tie,
    /// Line of the document.
    pub line: u32,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// What settles a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContestBy {
    /// The higher share of descriptors met.
    Descriptors,
    /// The category further from the best.
    Lower,
    /// The category nearer to the best.
    Higher,
}

/// Points, summed and cut into bands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// Line of the document.
    pub line: u32,
    /// What gives points.
    pub measure: Vec<Measure>,
    /// Bands of the sum, the best category first.
    pub band: Vec<PointsBand>,
}

/// Something that gives points.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Name.
    pub id: Name,
    /// Line of the document.
    pub line: u32,
    /// What it is.
    pub text: String,
    /// Threshold that its points are multiplied with.
    #[serde(default)]
    pub weight: Option<Name>,
    /// Phases it holds for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// Scores; the first whose condition holds counts, none gives 0.
    pub score: Vec<Score>,
}

/// Points for a condition.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// When they are given.
    pub when: Node,
    /// Threshold: how many.
    pub points: Name,
}

/// A band of a sum of points.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsBand {
    /// The category (or level).
    pub category: Name,
    /// Threshold: the least sum; the last band has none.
    #[serde(default)]
    pub at_least: Option<Name>,
}

/// Two results looked up in a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// Line of the document.
    pub line: u32,
    /// The result that chooses the row.
    pub rows: SubRule,
    /// The result that chooses the column.
    pub columns: SubRule,
    /// Category by row and column.
    pub table: Vec<Vec<Name>>,
}

/// A result over its own levels; exactly one of the rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubRule {
    /// Its levels, the best first.
    pub levels: Vec<Name>,
    /// Best fit over the levels.
    #[serde(default)]
    pub best_fit: Option<BestFit>,
    /// Gates that lead to the levels.
    #[serde(default)]
    pub gates: Option<Gates>,
    /// Points cut into the levels.
    #[serde(default)]
    pub points: Option<Points>,
}

/// A phase that is made of others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combine {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// The phase.
    pub phase: Name,
    /// The phases whose rules are applied.
    pub of: Vec<Name>,
    /// How their results are put together.
    pub rule: Combination,
    /// Line of the document.
    pub line: u32,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// How the results of several phases are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combination {
    /// The worst of them; none if one of them is none.
    Worse,
    /// Not at all: each is reported.
    Separate,
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

/// A change of the category after the criteria have led to one; exactly one effect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// Name.
    pub id: Name,
    /// What the document says, in our words.
    pub text: String,
    /// Line of the document.
    pub line: u32,
    /// Phases it holds for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
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
    /// The worst category still open.
    #[serde(default)]
    pub no_worse_than: Option<Name>,
    /// The category each category leads to.
    #[serde(default)]
    pub moves: BTreeMap<Name, Name>,
    /// Whether it also gives a category where none fits.
    #[serde(default)]
    pub if_none: bool,
    /// What an unknown condition does.
    #[serde(default)]
    pub unknown: WhenUnknown,
    /// Who decides.
    pub decision: Decision,
    /// Whether it is in use; a reading may switch it on or off.
    #[serde(default = "yes")]
    pub active: bool,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// What an unknown condition does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnknown {
    /// It leaves the result open.
    #[default]
    Open,
    /// It is taken as not holding until it is known to hold.
    No,
}

pub const fn yes() -> bool {
    true
}

pub const fn must() -> Decision {
    Decision::Must
}

const fn mark() -> Descriptors {
    Descriptors::Mark
}
