//! Frameworks on polars frames.

use polars::prelude::*;

use super::convert::{column_from, frame_from};
use crate::error::Result;
use crate::frameworks::{Assignment, Framework, Options};
use crate::table::{Column, Table};

/// The columns of a frame that a framework reads, with `urn` and `year`. A column that is read must be of a type that can be;
/// others may be of any type and are left out.
///
/// # Errors
/// [`crate::error::Error::Input`] naming the column and its type.
pub fn evidence_from(frame: &DataFrame, framework: &Framework) -> Result<Table> {
    let mut columns: Vec<(String, Column)> = Vec::new();
    for column in frame.columns() {
        let name = column.name().as_str();
        if matches!(name, "urn" | "year") || framework.reads(name) {
            columns.push((name.to_owned(), column_from(column.as_materialized_series())?));
        }
    }
    Table::new(columns)
}

/// Categories of the schools of a frame, all of one phase.
///
/// # Errors
/// As [`Framework::assign`] and [`evidence_from`].
pub fn assign(frame: &DataFrame, framework: &Framework, phase: &str, options: Options) -> Result<Assignment> {
    framework.assign_with(&evidence_from(frame, framework)?, phase, options)
}

/// The result of [`assign`] as a frame.
///
/// # Errors
/// [`crate::error::Error::Input`] if polars refuses the columns.
pub fn assignment_frame(assignment: &Assignment) -> Result<DataFrame> {
    frame_from(assignment.frame()?)
}
