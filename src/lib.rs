//! School improvement frameworks on dataframes.
//!
//! The core is pure: it computes progress gaps, indicative estimates, bands and categories from slices and small
//! structs, and knows neither polars nor Python. Feature `polars` adds the same computations on polars frames,
//! `arrow` on record batches, `python` the bindings.

pub mod bands;
pub mod cells;
pub mod coding;
pub mod columns;
pub mod disclosure;
pub mod effects;
pub mod error;
pub mod estimates;
pub mod frameworks;
pub mod gap_index;
pub mod gaps;
pub mod indicators;
pub mod numbers;
pub mod parameters;
pub mod progress;
pub mod significance;
pub mod similar;
pub mod table;

#[cfg(feature = "arrow")]
pub mod batches;
#[cfg(feature = "polars")]
pub mod frames;
#[cfg(feature = "python")]
mod plugin;
#[cfg(feature = "python")]
mod python;
