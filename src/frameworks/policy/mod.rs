//! From conditions to a category: what each condition adds to the state of a school, and what a state leads to.

mod build;
mod decide;

pub use decide::{Count, Decided};

use super::condition::Cond;
use super::model::{ContestBy, Decision, Denominator, Needs, Tie};
use super::resolve::Effect;

/// Most sums a framework may keep: counts of best fit and of contests, points.
pub const MAX_SUMS: usize = 16;

/// Sums of a state.
pub type Sums = [u16; MAX_SUMS];

/// What a school's evidence leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Outcome {
    /// The category; `None` if none fits.
    pub category: Option<usize>,
    /// The category without what a person has to decide.
    pub without: Option<usize>,
    /// Whether a person has to decide.
    pub candidate: bool,
    /// Whether more than half of the criteria of the best fitting category are met; `None` without best fit.
    pub majority: Option<bool>,
    /// Position of the word shown beside it.
    pub mark: Option<usize>,
    /// The category before adjustments.
    pub fitting: Option<usize>,
}

/// What a condition is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A criterion that counts for a group.
    Count(usize),
    /// Whether a criterion of a group is asked of this school.
    Applies(usize),
    /// A part of the condition behind this bit.
    Bit(usize),
    /// Points of a measure.
    Points,
}

/// A condition that takes part in deciding.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// When it holds.
    pub cond: Cond,
    /// What it is for.
    pub usage: Use,
    /// What it adds when it holds.
    pub if_true: Step,
    /// What it adds when it does not hold.
    pub if_false: Step,
}

/// A state of a school, or a step to one: sums are added, bits are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Step {
    /// Bits set.
    pub bits: u64,
    /// Sums.
    pub sums: Sums,
}

impl Step {
    /// Both steps.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.bits |= other.bits;
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            *sum = sum.saturating_add(more);
        }
        self
    }

    /// A step that adds to one sum.
    #[must_use]
    pub fn adding(sum: usize, amount: u16) -> Self {
        let mut step = Self::default();
        if let Some(slot) = step.sums.get_mut(sum) {
            *slot = amount;
        }
        step
    }

    /// One of the sums.
    #[must_use]
    pub fn sum(&self, sum: usize) -> u16 {
        self.sums.get(sum).copied().unwrap_or(0)
    }
}

/// Criteria that are counted together and shown as met, failed and unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Position of the category they describe; `None` for a level of a matrix.
    pub category: Option<usize>,
    /// The criteria.
    pub items: Vec<usize>,
    /// Start of the names of its columns; without one it is not shown.
    pub column: Option<String>,
}

/// How the truth of a condition follows from its bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It holds if the bit is set.
    Set,
    /// It holds if the bit is not set.
    Clear,
}

/// A category that takes part in best fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Position of the category (or level).
    pub category: usize,
    /// Its criteria, by position of the group.
    pub group: usize,
    /// Number of its criteria.
    pub total: usize,
    /// Sum that counts the criteria met.
    pub met: usize,
    /// Sum that counts the criteria that are not asked of this school.
    pub set_aside: Option<usize>,
    /// Bits of the condition without which it cannot win.
    pub require: Vec<usize>,
}

/// Best fit by share.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The categories, the best first.
    pub members: Vec<Member>,
    denominator: Denominator,
    tie: Tie,
    needs: Needs,
    majority: f64,
}

/// A gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateBit {
    /// Position in the file.
    pub position: usize,
    /// Position of the category (or level).
    pub category: usize,
    /// Bits that must all hold.
    pub bits: Vec<usize>,
    /// Position of the word shown beside it.
    pub mark: Option<usize>,
}

/// Shares of descriptors that settle a contest, or one of the two categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContestRule {
    between: [usize; 2],
    by: ContestBy,
    tie: Tie,
    /// Counts of the two.
    members: [Member; 2],
}

/// Gates.
#[derive(Debug, Clone, PartialEq)]
pub struct GateRule {
    /// The gates in the order in which they are asked.
    pub gates: Vec<GateBit>,
    contests: Vec<ContestRule>,
    /// Descriptors by category: category, group.
    pub descriptors: Vec<(usize, usize)>,
    /// A share of known descriptors below this, in per cent, is a conflict.
    pub conflict: Option<f64>,
}

/// Points.
#[derive(Debug, Clone, PartialEq)]
pub struct PointRule {
    sum: usize,
    /// Points of the sum 0.
    base: f64,
    /// Points of one step of the sum.
    unit: f64,
    /// Category and least points, the best first.
    bands: Vec<(usize, Option<f64>)>,
}

/// How a state leads to a category.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Best fit.
    Fit(Fit),
    /// Gates.
    Gates(GateRule),
    /// Points.
    Points(PointRule),
    /// Two results looked up in a table.
    Matrix(Box<[Rule; 2]>, Vec<Vec<usize>>),
    /// The worst of several.
    Worse(Vec<Part>),
    /// No category of its own.
    Separate(Vec<Part>),
}

/// The rule of a phase that another one is made of, with what may change its category.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// How a state leads to its category.
    pub rule: Rule,
    /// What may change it after that, in order.
    pub adjust: Vec<Adjustment>,
}

/// An adjustment with its bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    /// Position among the adjustments in use.
    pub position: usize,
    /// Bits that must all hold.
    pub bits: Vec<usize>,
    effect: Effect,
    decision: Decision,
    from: Vec<usize>,
    if_none: bool,
}

/// The policy of a framework for one phase.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Conditions that take part in deciding.
    pub elements: Vec<Element>,
    /// Criteria that are counted and shown.
    pub groups: Vec<Group>,
    /// How the truth of each bit is read.
    pub bits: Vec<Meaning>,
    /// How a state leads to a category.
    pub rule: Rule,
    /// What may change it after that, in order.
    pub adjust: Vec<Adjustment>,
    /// Words shown beside results.
    pub marks: Vec<String>,
    /// Number of categories.
    categories: usize,
}

impl Policy {
    /// What an element adds when it is true or false.
    #[must_use]
    pub const fn step(element: &Element, truth: bool) -> Step {
        if truth { element.if_true } else { element.if_false }
    }

    /// Whether the phase is made of others.
    #[must_use]
    pub const fn is_combined(&self) -> bool {
        matches!(self.rule, Rule::Worse(_) | Rule::Separate(_))
    }

    /// The members of best fit at the top, each of which is looked at on its own.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match &self.rule {
            Rule::Fit(fit) => &fit.members,
            _ => &[],
        }
    }

    /// An outcome for every category and for none: what is left when the states are too many to be followed.
    #[must_use]
    pub fn anything(&self) -> Vec<Outcome> {
        let category = |category| Outcome { category, ..Outcome::default() };
        std::iter::once(None).chain((0..self.categories).map(Some)).map(category).collect()
    }
}
