//! The computations on polars frames, for Rust. The Python package uses the same conversions.

mod convert;
mod frameworks;

pub use convert::{
    codes_from, column_from, dtype_of, dtype_of_column, figures_from, floats_from, frame_from, keys_from, numbers_from,
    series_from, struct_from,
};
pub use frameworks::{assign, assignment_frame, evidence_from, trace_frame};
