//! The computations on polars frames, for Rust. The Python package uses the same conversions.

mod convert;

pub use convert::{column_from, dtype_of, frame_from, keys_from, numbers_from, series_from, struct_from, table_from};
