//! Percentile ranks and percentile bands: one tie rule, one edge rule, the direction always declared.

mod cuts;
mod rank;

use serde::{Deserialize, Serialize};

pub use cuts::{AtCut, BandScheme, GroupCuts, KEY_SEPARATOR, PercentileBands};
pub use rank::{RankMethod, percentile_rank};

/// Which end of a measure is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better: attainment, progress.
    HigherBetter,
    /// Less is better: absence, exclusions.
    LowerBetter,
}
