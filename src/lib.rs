//! School improvement frameworks on dataframes.
//!
//! The core is pure: it computes progress gaps, indicative estimates, bands and categories from slices and small
//! structs, and knows neither polars nor Python. Feature `polars` adds the same computations on polars frames,
//! `arrow` on record batches, `python` the bindings.

pub mod bands;
pub mod coding;
pub mod columns;
pub mod error;
pub mod estimates;
pub mod gaps;
pub mod numbers;
pub mod progress;
pub mod table;
