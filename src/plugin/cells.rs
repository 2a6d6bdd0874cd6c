//! Cells of published tables as an expression.

use polars::prelude::*;
use pyo3_polars::derive::polars_expr;

use super::{input, named_after_first};
use crate::cells::{Cell, Code, parse_cell};
use crate::error::Error;

fn cell_field(fields: &[Field]) -> PolarsResult<Field> {
    let parts = vec![Field::new("value".into(), DataType::Float64), Field::new("code".into(), DataType::UInt8)];
    named_after_first(fields, DataType::Struct(parts))
}

#[polars_expr(output_type_func=cell_field)]
fn parse_cells(inputs: &[Series]) -> PolarsResult<Series> {
    let cells = input(inputs, 0)?;
    if !(cells.dtype().is_string() || *cells.dtype() == DataType::Null) {
        let message = format!("column '{}' must hold texts, not {}", cells.name(), cells.dtype());
        return Err(Error::Input(message).into());
    }
    let texts = cells.cast(&DataType::String)?;
    let parsed = texts.str()?.iter().map(|cell| match cell.map(parse_cell) {
        None => (None, Code::Blank.number()),
        Some(Cell::Number(value)) => (Some(value), 0),
        Some(Cell::Code(code)) => (None, code.number()),
        Some(Cell::Text) => (None, Code::Unknown.number()),
    });
    let (values, codes): (Vec<Option<f64>>, Vec<u8>) = parsed.unzip();
    let fields = [Series::new("value".into(), values), Series::new("code".into(), codes)];
    Ok(StructChunked::from_series(cells.name().clone(), texts.len(), fields.iter())?.into_series())
}
