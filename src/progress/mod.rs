//! Progress of pupils: Attainment 8 from its slots, estimates by prior attainment, scores of pupils and of groups of
//! pupils, and the published bands of such scores.

mod attainment;
mod bands;
mod bundled;
mod by_group;
mod claims;
mod codes;
pub mod columns;
mod estimates;
mod fitting;

pub use attainment::{Attainment, AttainmentRule, NoEntries, Slots};
pub use bands::{INTERVAL_RULE, ProgressBand, ProgressBandScheme};
pub use bundled::{Grouping, grouping, table};
pub use by_group::{Cell, LeftOut, Sums, Totals, totals};
pub use claims::{Claim, claim};
pub use codes::{Codes, code, code_whole, combine};
pub(crate) use estimates::NOISE;
pub use estimates::{EstimateTable, Estimates, Outcome, Place, Status};
