//! The computations on Arrow record batches: a batch in, the same batch with the result as one more column out. No polars.

mod convert;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema, SchemaRef};

pub use convert::{array_from, batch_from, keys_from, numbers_from};

use crate::bands::{KEY_SEPARATOR, PercentileBands};
use crate::coding::CodingRule;
use crate::columns;
use crate::error::{Error, Result};
use crate::estimates::SteppingRule;
use crate::frameworks::Framework;
use crate::progress::ProgressBandScheme;
use crate::table::{Column, Table};

/// Adds the progress band (a whole number, 1 to 5) of a score with its limits as column `output`.
///
/// # Errors
/// As [`columns::progress_band`]; [`Error::Unknown`] for a column that is not there; [`Error::Input`] if `output` is.
pub fn progress_band(
    batch: &RecordBatch,
    [score, lower, upper]: [&str; 3],
    scheme: &ProgressBandScheme,
    output: &str,
) -> Result<RecordBatch> {
    let (score, lower, upper) = (numbers(batch, score)?, numbers(batch, lower)?, numbers(batch, upper)?);
    with_column(batch, output, array_from(columns::progress_band(&score, &lower, &upper, scheme)?))
}

/// Adds the percentile band (a whole number, 1 is best) of a value as column `output`; bands drawn by group need the
/// columns they were drawn by.
///
/// # Errors
/// As [`columns::percentile_band`] and [`progress_band`].
pub fn percentile_band(batch: &RecordBatch, value: &str, bands: &PercentileBands, output: &str) -> Result<RecordBatch> {
    let keys = joined_keys(batch, &bands.by)?;
    let keys: Option<Vec<Option<&str>>> = keys.as_ref().map(|keys| keys.iter().map(Option::as_deref).collect());
    let banded = columns::percentile_band(&numbers(batch, value)?, keys.as_deref(), bands)?;
    with_column(batch, output, array_from(banded))
}

/// Adds the code of a value against the national figure as struct column `output`, see [`columns::CODED`].
///
/// # Errors
/// As [`columns::code_against_national`] and [`progress_band`].
pub fn code_against_national(
    batch: &RecordBatch,
    [value, national]: [&str; 2],
    rule: &CodingRule,
    output: &str,
) -> Result<RecordBatch> {
    let coded = columns::code_against_national(&numbers(batch, value)?, &numbers(batch, national)?, rule)?;
    with_column(batch, output, convert::struct_from(coded)?)
}

/// Adds the next benchmark of a result as struct column `output`, see [`columns::BENCHMARK`].
///
/// # Errors
/// As [`columns::next_benchmark_of`] and [`progress_band`].
pub fn next_benchmark(
    batch: &RecordBatch,
    [actual, fft50, fft20, fft5]: [&str; 4],
    rule: SteppingRule,
    output: &str,
) -> Result<RecordBatch> {
    let actual = numbers(batch, actual)?;
    let (fft50, fft20, fft5) = (numbers(batch, fft50)?, numbers(batch, fft20)?, numbers(batch, fft5)?);
    let next = columns::next_benchmark_of(&actual, [&fft50, &fft20, &fft5], rule)?;
    with_column(batch, output, convert::struct_from(next)?)
}

/// Categories of the schools of some batches, all of one phase, one row per row; see [`Framework::assign`]. The batches are
/// one table in parts, so that a school finds its earlier years wherever the table was cut.
///
/// # Errors
/// As [`Framework::assign`]; [`Error::Input`] for a column that is read and has a type that cannot be.
pub fn assign(schema: &SchemaRef, batches: &[RecordBatch], framework: &Framework, phase: &str) -> Result<RecordBatch> {
    let batch = concat_batches(schema, batches)?;
    let mut evidence: Vec<(String, Column)> = Vec::new();
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let name = field.name().as_str();
        if matches!(name, "urn" | "year") || framework.reads(name) {
            evidence.push((name.to_owned(), convert::column_from(name, array)?));
        }
    }
    batch_from(framework.assign(&Table::new(evidence)?, phase)?.frame()?)
}

/// One key per row from the group columns; missing if any of them is.
fn joined_keys(batch: &RecordBatch, by: &[String]) -> Result<Option<Vec<Option<String>>>> {
    let mut names = by.iter();
    let Some(first) = names.next() else { return Ok(None) };
    let mut keys = keys_from(first, column(batch, first)?)?;
    for name in names {
        let more = keys_from(name, column(batch, name)?)?;
        for (key, more) in keys.iter_mut().zip(more) {
            *key = key.take().zip(more).map(|(key, more)| format!("{key}{KEY_SEPARATOR}{more}"));
        }
    }
    Ok(Some(keys))
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    batch
        .column_by_name(name)
        .ok_or_else(|| Error::unknown("column", name, batch.schema().fields().iter().map(|field| field.name().clone())))
}

fn numbers(batch: &RecordBatch, name: &str) -> Result<columns::Numbers> {
    numbers_from(name, column(batch, name)?)
}

fn with_column(batch: &RecordBatch, name: &str, array: ArrayRef) -> Result<RecordBatch> {
    if batch.column_by_name(name).is_some() {
        return Err(Error::Input(format!("output column '{name}' is in the batch already")));
    }
    let schema = batch.schema();
    let mut fields = schema.fields().to_vec();
    fields.push(Arc::new(Field::new(name, array.data_type().clone(), true)));
    let mut arrays = batch.columns().to_vec();
    arrays.push(array);
    let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
    RecordBatch::try_new(Arc::new(schema), arrays).map_err(Into::into)
}
