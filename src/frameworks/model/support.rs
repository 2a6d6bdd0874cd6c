//! Support, charges and capacity as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::policy::yes;
use super::{Decision, Name};

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
    #[serde(default)]
    pub category: Option<Name>,
    /// Categories, where there are several.
    #[serde(default)]
    pub categories: Vec<Name>,
    /// Values of other results that it is given for, by result.
    #[serde(default)]
    pub results: BTreeMap<Name, Name>,
    /// Phases it is for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// Line of the document.
    pub line: u32,
    /// Last line, if it runs over several.
    #[serde(default)]
    pub last_line: Option<u32>,
    /// The offer in our words.
    pub text: String,
    /// Who pays, where the document says so.
    #[serde(default)]
    pub funding: Option<Funding>,
    /// Whether it follows or may follow.
    pub decision: Decision,
    /// How much of what.
    #[serde(default)]
    pub quantity: Vec<Quantity>,
    /// Given only where the analyst says so, for instance to schools that bought a package.
    #[serde(default)]
    pub variant: Option<Name>,
    /// Whether it is in use; a reading may switch it on or off.
    #[serde(default = "yes")]
    pub active: bool,
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
    /// By the authority.
    Authority,
}

impl Funding {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Charged => "charged",
            Self::Matched => "matched",
            Self::ChargedOrMatched => "charged_or_matched",
            Self::Authority => "authority",
        }
    }
}

impl Support {
    /// The categories it is for.
    pub fn all_categories(&self) -> impl Iterator<Item = &Name> {
        self.category.iter().chain(&self.categories)
    }
}

/// How much of what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// Threshold that carries the number.
    pub amount: Name,
    /// Of what.
    pub unit: SupportUnit,
    /// Whether it is exactly so much.
    pub bound: Bound,
    /// In which time.
    pub per: Per,
}

/// What support is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupportUnit {
    /// Visits.
    Visits,
    /// Days of work.
    Days,
    /// Working days, for deadlines.
    WorkingDays,
    /// How many times.
    Times,
    /// Meetings.
    Meetings,
    /// Pounds.
    Pounds,
    /// Weeks.
    Weeks,
    /// Terms.
    Terms,
    /// Months.
    Months,
    /// Years.
    Years,
    /// Schools.
    Schools,
}

impl SupportUnit {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visits => "visits",
            Self::Days => "days",
            Self::WorkingDays => "working_days",
            Self::Times => "times",
            Self::Meetings => "meetings",
            Self::Pounds => "pounds",
            Self::Weeks => "weeks",
            Self::Terms => "terms",
            Self::Months => "months",
            Self::Years => "years",
            Self::Schools => "schools",
        }
    }
}

/// Whether a quantity is exact, a least or a most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// So much.
    Exactly,
    /// So much or more.
    AtLeast,
    /// So much or less.
    AtMost,
}

impl Bound {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exactly => "exactly",
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
        }
    }
}

/// The time a quantity is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// A school year.
    Year,
    /// A term.
    Term,
    /// Half a term.
    HalfTerm,
    /// A month.
    Month,
    /// A week.
    Week,
    /// Once.
    Once,
    /// Each case.
    Case,
}

impl Per {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Term => "term",
            Self::HalfTerm => "half_term",
            Self::Month => "month",
            Self::Week => "week",
            Self::Once => "once",
            Self::Case => "case",
        }
    }

    /// How often it comes round in a school year of three terms; `None` where it does not follow the year.
    #[must_use]
    pub const fn times_a_year(self) -> Option<f64> {
        match self {
            Self::Year => Some(1.0),
            Self::Term => Some(3.0),
            Self::HalfTerm => Some(6.0),
            Self::Month | Self::Week | Self::Once | Self::Case => None,
        }
    }
}

/// What a school pays for what it receives, in bands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Name.
    pub id: Name,
    /// What is counted.
    pub unit: SupportUnit,
    /// Threshold: pounds for one of them.
    pub rate: Name,
    /// What happens between two bands.
    pub rounding: Rounding,
    /// Phases it is written for; all if empty.
    #[serde(default)]
    pub phases: Vec<Name>,
    /// Phases it is applied to as well, with a mark.
    #[serde(default)]
    pub marked_phases: Vec<Name>,
    /// Line of the document.
    pub line: u32,
    /// Bands, the least first.
    pub band: Vec<ChargeBand>,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}

/// A band of a charge.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeBand {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// Threshold: the most it covers; the last band has none.
    #[serde(default)]
    pub up_to: Option<Name>,
    /// Threshold: how many the school pays for.
    pub pays: Name,
    /// Line of the document.
    pub line: u32,
    /// The band in our words.
    #[serde(default)]
    pub text: Option<String>,
}

/// What happens to an amount between two bands of whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// It belongs to the band above.
    Up,
    /// It belongs to the band below.
    Down,
    /// The payment rises evenly between the two bands.
    ProRata,
}

impl Rounding {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::ProRata => "pro_rata",
        }
    }
}

/// What a figure under capacity stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapacityKind {
    /// What there is to give.
    #[default]
    Available,
    /// What the work is reckoned to take, whether or not it is there.
    Needed,
    /// A line of the budget: money spent, earned or to be saved.
    Budget,
}

impl CapacityKind {
    /// The word used in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Needed => "needed",
            Self::Budget => "budget",
        }
    }
}

/// What the authority has to give, needs, or spends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// Name, the same as in the ledger of criteria.
    pub id: Name,
    /// Whether it is there, needed, or a line of the budget.
    #[serde(default)]
    pub kind: CapacityKind,
    /// What is counted.
    pub unit: SupportUnit,
    /// Threshold that carries the number.
    pub amount: Name,
    /// In which time.
    pub per: Per,
    /// Line of the document.
    pub line: u32,
    /// What it is, in our words.
    pub text: String,
    /// Remarks.
    #[serde(default)]
    pub note: Option<String>,
}
