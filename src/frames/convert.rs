//! Between polars columns and the plain columns of the core.

use polars::prelude::*;

use crate::columns::{Kind, Numbers};
use crate::error::{Error, MAX_EXAMPLES, Result};
use crate::estimates::Figures;
use crate::frameworks::each_column;
use crate::progress::{Codes, code, code_whole, combine};
use crate::table::{Coder, Column, Table};

impl From<Error> for PolarsError {
    fn from(error: Error) -> Self {
        // The C interface of plugins cannot carry a NUL inside a message.
        Self::ComputeError(error.to_string().replace('\0', "\u{fffd}").into())
    }
}

impl From<PolarsError> for Error {
    fn from(error: PolarsError) -> Self {
        Self::Input(error.to_string())
    }
}

/// Numbers of a column: any integer, float or decimal type; a column of nulls only counts as numbers.
///
/// # Errors
/// [`Error::Input`] naming the column and its type for every other type.
pub fn numbers_from(series: &Series) -> Result<Numbers> {
    let dtype = series.dtype();
    if !(dtype.is_primitive_numeric() || dtype.is_decimal() || *dtype == DataType::Null) {
        return Err(Error::Input(format!("column '{}' must hold numbers, not {dtype}", series.name())));
    }
    Ok(Numbers { name: series.name().to_string(), values: doubles(series)?.iter().collect() })
}

/// The column as numbers of 64 bits. One of 32 bits holds decimals: its 3.1 becomes 3.1 and not 3.0999999, so that it stays
/// on its side of a threshold.
fn doubles(series: &Series) -> Result<Float64Chunked> {
    if *series.dtype() == DataType::Float32 {
        let exact = |value: f32| value.to_string().parse().unwrap_or(f64::from(value));
        let values = series.f32()?.iter().map(|value| value.map(exact));
        return Ok(Float64Chunked::from_iter_options(series.name().clone(), values));
    }
    Ok(series.cast(&DataType::Float64)?.f64()?.clone())
}

/// Numbers of a column in one piece, NaN where they are missing; a column of floats without gaps is not copied.
///
/// # Errors
/// [`Error::Input`] as [`numbers_from`], and for infinite values, with their rows.
pub fn floats_from(series: &Series) -> Result<Float64Chunked> {
    let dtype = series.dtype();
    if !(dtype.is_primitive_numeric() || dtype.is_decimal() || *dtype == DataType::Null) {
        return Err(Error::Input(format!("column '{}' must hold numbers, not {dtype}", series.name())));
    }
    let floats = doubles(series)?;
    let whole = if floats.null_count() == 0 {
        floats.rechunk().into_owned()
    } else {
        let values = floats.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        Float64Chunked::from_vec(series.name().clone(), values)
    };
    let values = whole.cont_slice()?;
    // Written as a fold, because a search that may end early cannot look at several values at once.
    if !values.iter().fold(false, |any, value| any | value.is_infinite()) {
        return Ok(whole);
    }
    let infinite = || values.iter().enumerate().filter(|(_, value)| value.is_infinite());
    let examples = infinite().take(MAX_EXAMPLES).map(|(row, value)| format!("{value} at row {row}"));
    Err(Error::values(series.name(), "must be a finite number", infinite().count(), examples))
}

/// Numbers for groups of rows that share a key in every column: whole numbers, texts, categories, booleans.
///
/// # Errors
/// [`Error::Input`] naming the column and its type for every other type.
pub fn codes_from(keys: &[Series], height: usize) -> Result<Codes> {
    let mut found = None;
    for key in keys {
        let codes = match key.dtype() {
            dtype if dtype.is_integer() => {
                let whole = key.strict_cast(&DataType::Int64)?;
                let whole = whole.i64()?;
                code_whole(|| whole.iter())?
            }
            dtype if dtype.is_categorical() || dtype.is_enum() => {
                let whole = key.to_physical_repr().cast(&DataType::Int64)?;
                let whole = whole.i64()?;
                code_whole(|| whole.iter())?
            }
            DataType::Boolean => code(key.bool()?.iter())?,
            _ => code(keys_from(key)?.iter())?,
        };
        found = Some(match found {
            None => codes,
            Some(before) => combine(&before, &codes)?,
        });
    }
    Ok(found.unwrap_or_else(|| Codes::of_all(height)))
}

/// Texts of a column that names groups: strings, whole numbers, booleans, categories.
///
/// # Errors
/// [`Error::Input`] naming the column and its type for every other type.
pub fn keys_from(series: &Series) -> Result<StringChunked> {
    let dtype = series.dtype();
    let textual = dtype.is_string() || dtype.is_categorical() || dtype.is_enum();
    if !(textual || dtype.is_integer() || *dtype == DataType::Boolean || *dtype == DataType::Null) {
        return Err(Error::Input(format!(
            "column '{}' must hold texts or whole numbers to name groups, not {dtype}",
            series.name()
        )));
    }
    Ok(series.cast(&DataType::String)?.str()?.clone())
}

/// A column of the core from a polars column.
///
/// # Errors
/// [`Error::Input`] naming the column and its type for a type that has no counterpart.
pub fn column_from(series: &Series) -> Result<Column> {
    match series.dtype() {
        DataType::Boolean => Ok(Column::Flag(series.bool()?.iter().collect())),
        dtype if dtype.is_integer() => {
            Ok(Column::Integer(series.strict_cast(&DataType::Int64)?.i64()?.iter().collect()))
        }
        dtype if dtype.is_float() || dtype.is_decimal() => Ok(Column::Number(numbers_from(series)?.values)),
        DataType::Null => Ok(Column::Text(vec![None; series.len()])),
        dtype if dtype.is_string() || dtype.is_categorical() || dtype.is_enum() => {
            Ok(texts(series.cast(&DataType::String)?.str()?))
        }
        dtype => Err(Error::Input(format!("column '{}' of type {dtype} cannot be read", series.name()))),
    }
}

fn texts(values: &StringChunked) -> Column {
    let mut coder = Coder::default();
    values.iter().for_each(|value| coder.push(value));
    coder.finish()
}

/// A polars column from a column of the core.
pub fn series_from(name: &str, column: &Column) -> Series {
    let name = PlSmallStr::from(name);
    match column {
        // Where nothing is missing the values are taken over as they stand.
        Column::Number(values) => match values.iter().copied().collect() {
            Some(values) => Float64Chunked::from_vec(name, values).into_series(),
            None => Series::new(name, values.as_slice()),
        },
        Column::Integer(values) => match values.iter().copied().collect() {
            Some(values) => Int64Chunked::from_vec(name, values).into_series(),
            None => Series::new(name, values.as_slice()),
        },
        Column::Flag(values) => Series::new(name, values.as_slice()),
        Column::Text(values) => {
            let values: StringChunked = values.iter().map(Option::as_deref).collect();
            values.with_name(name).into_series()
        }
        Column::Coded(coded) => {
            let labels: StringChunked = coded.labels.iter().map(|label| Some(label.as_ref())).collect();
            gathered(name, &labels.into_series(), coded.codes.iter().copied())
        }
        Column::TextList(values) => lists_from(name, values.iter().map(Option::as_deref)),
        Column::CodedLists(coded) => {
            let lists = lists_from(PlSmallStr::EMPTY, coded.lists.iter().map(|list| Some(list.as_slice())));
            gathered(name, &lists, coded.codes.iter().copied().map(Some))
        }
    }
}

fn lists_from<'a>(name: PlSmallStr, lists: impl ExactSizeIterator<Item = Option<&'a [String]>> + Clone) -> Series {
    let total = lists.clone().flatten().map(<[String]>::len).sum();
    let mut builder = ListStringChunkedBuilder::new(name, lists.len(), total);
    for list in lists {
        match list {
            Some(list) => builder.append_values_iter(list.iter().map(String::as_str)),
            None => builder.append_null(),
        }
    }
    builder.finish().into_series()
}

/// The distinct values put where the rows hold them; texts are not copied. Codes beyond the values are missing.
fn gathered(name: PlSmallStr, distinct: &Series, codes: impl Iterator<Item = Option<u32>>) -> Series {
    let codes: IdxCa = codes.map(|code| code.filter(|code| (*code as usize) < distinct.len())).collect();
    let found = distinct.take(&codes);
    let missing = |_| Series::full_null(PlSmallStr::EMPTY, codes.len(), distinct.dtype());
    found.unwrap_or_else(missing).with_name(name)
}

/// A polars frame from a table of the core.
///
/// # Errors
/// [`Error::Input`] if polars refuses the columns.
pub fn frame_from(table: &Table) -> Result<DataFrame> {
    let (names, columns) = (table.names(), table.columns());
    let columns = each_column(columns.len(), table.height(), |at| {
        let (name, column) = (names.get(at)?, columns.get(at)?);
        Some(series_from(name, column).into())
    });
    Ok(DataFrame::new(table.height(), columns.into_iter().flatten().collect())?)
}

/// A struct column from a table of the core.
///
/// # Errors
/// [`Error::Input`] if polars refuses the columns.
pub fn struct_from(name: &str, table: &Table) -> Result<Series> {
    let height = table.height();
    let (names, columns) = (table.names(), table.columns());
    let fields: Vec<Series> = names.iter().zip(columns).map(|(field, column)| series_from(field, column)).collect();
    Ok(StructChunked::from_series(PlSmallStr::from(name), height, fields.iter())?.into_series())
}

/// A struct column from the figures of estimates.
///
/// # Errors
/// [`Error::Input`] if polars refuses the columns.
pub fn figures_from(name: &str, height: usize, figures: Vec<(String, Figures)>) -> Result<Series> {
    let series = |(field, figures): (String, Figures)| match figures {
        Figures::Numbers(values) => doubles_from(field.as_str().into(), values).into_series(),
        Figures::Words(column) => series_from(&field, &column),
        Figures::Lists(width, values) => number_lists_from(field.as_str().into(), width, height, &values),
    };
    let fields: Vec<Series> = figures.into_iter().map(series).collect();
    Ok(StructChunked::from_series(PlSmallStr::from(name), height, fields.iter())?.into_series())
}

/// Numbers that are missing where they are NaN.
fn doubles_from(name: PlSmallStr, values: Vec<f64>) -> Float64Chunked {
    if values.iter().any(|value| value.is_nan()) {
        let values = values.iter().map(|value| (!value.is_nan()).then_some(*value));
        return Float64Chunked::from_iter_options(name, values);
    }
    Float64Chunked::from_vec(name, values)
}

/// Lists of so many numbers a row, missing where the first is NaN.
fn number_lists_from(name: PlSmallStr, width: usize, height: usize, values: &[f64]) -> Series {
    let mut builder = ListPrimitiveChunkedBuilder::<Float64Type>::new(name, height, values.len(), DataType::Float64);
    for list in values.chunks(width.max(1)) {
        if list.first().is_some_and(|value| value.is_nan()) {
            builder.append_null();
        } else {
            builder.append_slice(list);
        }
    }
    builder.finish().into_series()
}

/// The polars type of a result column.
#[must_use]
pub const fn dtype_of(kind: Kind) -> DataType {
    match kind {
        Kind::Number => DataType::Float64,
        Kind::Integer => DataType::Int64,
        Kind::Text => DataType::String,
        Kind::Flag => DataType::Boolean,
    }
}

/// The polars type of a column of the core.
#[must_use]
pub fn dtype_of_column(column: &Column) -> DataType {
    match column {
        Column::Number(_) => DataType::Float64,
        Column::Integer(_) => DataType::Int64,
        Column::Text(_) | Column::Coded(_) => DataType::String,
        Column::Flag(_) => DataType::Boolean,
        Column::TextList(_) | Column::CodedLists(_) => DataType::List(Box::new(DataType::String)),
    }
}
