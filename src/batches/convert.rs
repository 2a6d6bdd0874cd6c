//! Between Arrow arrays and the plain columns of the core.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListBuilder, RecordBatch, StringArray,
    StringBuilder, StructArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};
use arrow::error::ArrowError;

use crate::columns::Numbers;
use crate::error::{Error, Result};
use crate::table::{Coder, Column, Table};

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        Self::Input(error.to_string())
    }
}

fn is_decimal(dtype: &DataType) -> bool {
    matches!(
        dtype,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..)
    )
}

fn is_text(dtype: &DataType) -> bool {
    match dtype {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Numbers of a column: any integer, float or decimal type; a column of nulls only counts as numbers.
///
/// # Errors
/// [`Error::Input`] naming the column and its type for every other type.
pub fn numbers_from(name: &str, array: &ArrayRef) -> Result<Numbers> {
    let dtype = array.data_type();
    if !(dtype.is_numeric() || is_decimal(dtype) || *dtype == DataType::Null) {
        return Err(Error::Input(format!("column '{name}' must hold numbers, not {dtype}")));
    }
    let floats = cast(array, &DataType::Float64)?;
    Ok(Numbers { name: name.to_owned(), values: floats.as_primitive::<Float64Type>().iter().collect() })
}

/// Texts of a column that names groups: strings, whole numbers, booleans, dictionaries of strings.
///
/// # Errors
/// [`Error::Input`] naming the column and its type for every other type.
pub fn keys_from(name: &str, array: &ArrayRef) -> Result<Vec<Option<String>>> {
    let dtype = array.data_type();
    if !(is_text(dtype) || dtype.is_integer() || matches!(dtype, DataType::Boolean | DataType::Null)) {
        return Err(Error::Input(format!(
            "column '{name}' must hold texts or whole numbers to name groups, not {dtype}"
        )));
    }
    let texts = cast(array, &DataType::Utf8)?;
    Ok(texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect())
}

/// A column of the core from an Arrow array.
///
/// # Errors
/// [`Error::Input`] naming the column and its type for a type that has no counterpart.
pub fn column_from(name: &str, array: &ArrayRef) -> Result<Column> {
    match array.data_type() {
        DataType::Boolean => Ok(Column::Flag(array.as_boolean().iter().collect())),
        dtype if dtype.is_integer() => {
            let whole = cast(array, &DataType::Int64)?;
            if whole.null_count() != array.null_count() {
                return Err(Error::Input(format!("column '{name}' holds whole numbers too large to be read")));
            }
            Ok(Column::Integer(whole.as_primitive::<Int64Type>().iter().collect()))
        }
        dtype if dtype.is_floating() || is_decimal(dtype) => Ok(Column::Number(numbers_from(name, array)?.values)),
        DataType::Null => Ok(Column::Text(vec![None; array.len()])),
        dtype if is_text(dtype) => {
            let texts = cast(array, &DataType::Utf8)?;
            let mut coder = Coder::default();
            texts.as_string::<i32>().iter().for_each(|text| coder.push(text));
            Ok(coder.finish())
        }
        dtype => Err(Error::Input(format!("column '{name}' of type {dtype} cannot be read"))),
    }
}

/// An Arrow array from a column of the core.
#[must_use]
pub fn array_from(column: Column) -> ArrayRef {
    match column {
        Column::Number(values) => Arc::new(Float64Array::from(values)),
        Column::Integer(values) => Arc::new(Int64Array::from(values)),
        Column::Flag(values) => Arc::new(BooleanArray::from(values)),
        Column::Text(values) => Arc::new(values.iter().map(Option::as_deref).collect::<StringArray>()),
        Column::Coded(coded) => Arc::new((0..coded.codes.len()).map(|row| coded.get(row)).collect::<StringArray>()),
        Column::TextList(values) => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for list in &values {
                if let Some(list) = list {
                    for text in list {
                        lists.values().append_value(text);
                    }
                }
                lists.append(list.is_some());
            }
            Arc::new(lists.finish())
        }
        Column::CodedLists(coded) => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for code in coded.codes {
                for text in coded.lists.get(code as usize).into_iter().flatten() {
                    lists.values().append_value(text);
                }
                lists.append(true);
            }
            Arc::new(lists.finish())
        }
    }
}

fn fields_and_arrays(table: Table) -> (Vec<Field>, Vec<ArrayRef>) {
    let (names, columns) = table.into_parts();
    names
        .into_iter()
        .zip(columns)
        .map(|(name, column)| {
            let array = array_from(column);
            (Field::new(name, array.data_type().clone(), true), array)
        })
        .unzip()
}

/// A record batch from a table of the core.
///
/// # Errors
/// [`Error::Input`] if Arrow refuses the columns.
pub fn batch_from(table: Table) -> Result<RecordBatch> {
    let (fields, arrays) = fields_and_arrays(table);
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

/// A struct array from a table of the core.
///
/// # Errors
/// [`Error::Input`] if Arrow refuses the columns.
pub fn struct_from(table: Table) -> Result<ArrayRef> {
    let (fields, arrays) = fields_and_arrays(table);
    Ok(Arc::new(StructArray::try_new(fields.into(), arrays, None)?))
}
