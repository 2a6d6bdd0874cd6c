//! Frameworks on polars frames.

use std::collections::HashMap;

use polars::prelude::*;

use super::convert::{column_from, dtype_of, frame_from, series_from};
use crate::error::Result;
use crate::frameworks::{Assignment, Framework, Options, Stretch, TRACE, Trace, each_column};
use crate::table::{Column, Table};

/// The columns of a frame that a framework reads, with `urn` and `year`. A column that is read must be of a type that can be;
/// others may be of any type and are left out.
///
/// # Errors
/// [`crate::error::Error::Input`] naming the column and its type.
pub fn evidence_from(frame: &DataFrame, framework: &Framework) -> Result<Table> {
    let wanted = frame.columns().iter().map(|column| (column.name().as_str(), column.as_materialized_series()));
    let wanted: Vec<(&str, &Series)> =
        wanted.filter(|(name, _)| matches!(*name, "urn" | "year") || framework.reads(name)).collect();
    let columns = each_column(wanted.len(), frame.height(), |at| wanted.get(at).map(|(_, series)| column_from(series)));
    let columns = columns.into_iter().flatten().collect::<Result<Vec<Column>>>()?;
    Table::new(wanted.into_iter().map(|(name, _)| name).zip(columns))
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
    frame_from(&assignment.frame()?)
}

/// The trace of all rows of an assignment. Columns hold one chunk for each test, and equal chunks share their memory.
///
/// # Errors
/// [`crate::error::Error::Input`] if polars refuses the columns.
pub fn trace_frame(assignment: &Assignment) -> Result<DataFrame> {
    let rows: Vec<usize> = (0..assignment.height()).collect();
    let trace = assignment.trace_stretches(&rows);
    let mut position: HashMap<&Stretch, usize> = HashMap::new();
    let mut distinct: Vec<&Stretch> = Vec::new();
    for stretch in (0..TRACE.len()).flat_map(|column| trace.column(column)) {
        position.entry(stretch).or_insert_with(|| {
            distinct.push(stretch);
            distinct.len() - 1
        });
    }
    let chunks = each_column(distinct.len(), rows.len(), |at| distinct.get(at).map(|stretch| chunk(&trace, stretch)));
    let mut columns = Vec::with_capacity(TRACE.len());
    let mut height = 0;
    for (at, (name, kind)) in TRACE.iter().enumerate() {
        let mut whole = Series::new_empty(PlSmallStr::EMPTY, &dtype_of(*kind));
        for stretch in trace.column(at) {
            if let Some(Some(chunk)) = position.get(stretch).and_then(|at| chunks.get(*at)) {
                whole.append(chunk)?;
            }
        }
        height = whole.len();
        columns.push(whole.with_name(PlSmallStr::from(*name)).into());
    }
    Ok(DataFrame::new(height, columns)?)
}

/// The cells of a stretch as a chunk.
fn chunk(trace: &Trace, stretch: &Stretch) -> Series {
    let (name, schools) = (PlSmallStr::EMPTY, trace.schools());
    match stretch {
        Stretch::Word(Some(word)) => StringChunked::full(name, word, schools).into_series(),
        Stretch::Word(None) => StringChunked::full_null(name, schools).into_series(),
        Stretch::Number(Some(bits)) => Float64Chunked::full(name, f64::from_bits(*bits), schools).into_series(),
        Stretch::Number(None) => Float64Chunked::full_null(name, schools).into_series(),
        Stretch::Whole(whole) => Int64Chunked::full(name, i64::from(*whole), schools).into_series(),
        Stretch::Flag(flag) => BooleanChunked::full(name, *flag, schools).into_series(),
        other => series_from("", &trace.cells(other)),
    }
}
