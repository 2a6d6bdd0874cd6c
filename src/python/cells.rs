//! Cells of published tables for Python: a reader that is fed a file piece by piece, and the list of codes.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, LargeStringArray, RecordBatch, RecordBatchOptions, UInt8Array, UInt32Array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use pyo3::exceptions::{PyUnicodeError, PyValueError};
use pyo3::prelude::*;

use super::arrow::ArrowStream;
use crate::cells::{Code, Column, Key, Kind, Part, Table, TableError, TableReader, TextColumn};

/// A text that is not UTF-8 is a `UnicodeError`, so that another encoding can be tried; the rest is a `ValueError`.
fn raised(error: &TableError) -> PyErr {
    let message = error.to_string();
    match error {
        TableError::Encoding { .. } => PyUnicodeError::new_err(message),
        TableError::OpenQuote { .. } | TableError::AfterQuote { .. } => PyValueError::new_err(message),
    }
}

fn broken(error: &ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// A record of a file: its line, its end in bytes, the line after it, its cells.
type Record = (u32, usize, u32, Vec<String>);

/// Index of the column that says to which part a row belongs, the values with their parts, and the part of any other.
type PartKey = (usize, Vec<(String, usize)>, usize);

/// Every code of cells: its number, its text if it has one text, its meaning.
#[pyfunction]
pub fn cell_codes() -> Vec<(u8, Option<&'static str>, &'static str)> {
    Code::ALL.iter().map(|code| (code.number(), code.text(), code.meaning().name())).collect()
}

/// Splits up to `limit` records off the beginning of a file: line, end in bytes, next line, cells.
#[pyfunction]
pub fn split_records(data: &[u8], delimiter: u8, limit: usize, last: bool) -> PyResult<Vec<Record>> {
    let records = crate::cells::split_records(data, delimiter, limit, last).map_err(|error| raised(&error))?;
    Ok(records.into_iter().map(|record| (record.line, record.next, record.next_line, record.cells)).collect())
}

/// Reads the records of a table from pieces of a file.
#[pyclass(module = "schoolframe._native")]
pub struct CellReader {
    reader: Option<TableReader>,
    names: Vec<String>,
}

#[pymethods]
impl CellReader {
    /// `kinds` has one letter for each column: skip, number, text, label, auto. `key` is the index of the column that
    /// says to which part a row belongs, the values with their parts, and the part of any other value.
    #[new]
    #[pyo3(signature = (names, kinds, key, delimiter, line, rows))]
    fn new(
        names: Vec<String>,
        kinds: &str,
        key: Option<PartKey>,
        delimiter: u8,
        line: u32,
        rows: usize,
    ) -> PyResult<Self> {
        let kinds: Option<Vec<Kind>> = kinds.bytes().map(Kind::from_letter).collect();
        let kinds = kinds
            .filter(|kinds| kinds.len() == names.len())
            .ok_or_else(|| PyValueError::new_err("kinds: one of the letters s, n, t, l, a is needed for each name"))?;
        let key = key.map(|(column, values, other)| Key { column, values, other });
        Ok(Self { reader: Some(TableReader::new(kinds, key, delimiter, line, rows)), names })
    }

    /// Reads the records that are complete with this piece.
    fn feed(&mut self, py: Python<'_>, data: &[u8]) -> PyResult<()> {
        let reader = self.reader.as_mut().ok_or_else(finished)?;
        py.detach(|| reader.feed(data)).map_err(|error| raised(&error))
    }

    /// Reads what is left and gives the table.
    fn finish(&mut self, py: Python<'_>) -> PyResult<CellTable> {
        let reader = self.reader.take().ok_or_else(finished)?;
        let names = std::mem::take(&mut self.names);
        py.detach(|| CellTable::new(reader.finish().map_err(|error| raised(&error))?, &names))
    }
}

fn finished() -> PyErr {
    PyValueError::new_err("the reader is finished")
}

/// A table that was read.
#[pyclass(frozen, module = "schoolframe._native")]
pub struct CellTable {
    parts: Vec<[RecordBatch; 3]>,
    kinds: String,
    odd: Vec<(usize, usize, usize, u32, u8, String)>,
    extra: Vec<(u32, usize, String)>,
    last: Option<(u32, usize, usize, bool, bool)>,
}

#[pymethods]
impl CellTable {
    /// For each part: the lines of its rows, the values, and the codes of those columns that have any.
    fn parts(&self) -> Vec<(ArrowStream, ArrowStream, ArrowStream)> {
        let result = |batch: &RecordBatch| ArrowStream::new(batch.schema(), vec![batch.clone()]);
        self.parts.iter().map(|[lines, values, codes]| (result(lines), result(values), result(codes))).collect()
    }

    /// The kind of each column after its content has decided.
    #[getter]
    fn kinds(&self) -> &str {
        &self.kinds
    }

    /// Cells whose code does not stand for their very text: part, row, column, line, code, text.
    #[getter]
    fn odd(&self) -> Vec<(usize, usize, usize, u32, u8, String)> {
        self.odd.clone()
    }

    /// Rows with text beyond the header: line, cells, the first such text.
    #[getter]
    fn extra(&self) -> Vec<(u32, usize, String)> {
        self.extra.clone()
    }

    /// The last record: line, cells, part, whether a line end follows, whether another record has as many cells.
    #[getter]
    fn last(&self) -> Option<(u32, usize, usize, bool, bool)> {
        self.last
    }
}

impl CellTable {
    fn new(table: Table, names: &[String]) -> PyResult<Self> {
        let kinds = table
            .kinds
            .iter()
            .map(|kind| match kind {
                Kind::Skip => 's',
                Kind::Number | Kind::Auto => 'n',
                Kind::Text => 't',
                Kind::Label => 'l',
            })
            .collect();
        let parts: Result<Vec<_>, ArrowError> = table.parts.into_iter().map(|part| batches(part, names)).collect();
        let odd = table.odd.into_iter();
        let extra = table.extra.into_iter();
        Ok(Self {
            parts: parts.map_err(|error| broken(&error))?,
            kinds,
            odd: odd.map(|odd| (odd.part, odd.row, odd.column, odd.line, odd.code.number(), odd.text)).collect(),
            extra: extra.map(|extra| (extra.line, extra.cells, extra.text)).collect(),
            last: table.last.map(|last| (last.line, last.cells, last.part, last.terminated, last.shape_recurs)),
        })
    }
}

/// The lines, values and codes of a part; the memory of the columns is passed on, not copied.
fn batches(part: Part, names: &[String]) -> Result<[RecordBatch; 3], ArrowError> {
    let rows = part.lines.len();
    let mut values: Vec<(&str, ArrayRef)> = Vec::with_capacity(names.len());
    let mut codes: Vec<(&str, ArrayRef)> = Vec::with_capacity(names.len());
    for (name, column) in names.iter().zip(part.columns) {
        let (array, column_codes): (ArrayRef, Vec<u8>) = match column {
            Column::Skipped => continue,
            Column::Numbers { values, codes } => {
                let nulls = (!codes.is_empty()).then(|| codes.iter().map(|code| *code == 0).collect::<BooleanBuffer>());
                (Arc::new(Float64Array::try_new(ScalarBuffer::from(values), nulls.map(NullBuffer::new))?), codes)
            }
            Column::Texts(TextColumn { offsets, data, valid, codes }) => {
                let nulls = NullBuffer::new(valid.into_iter().collect::<BooleanBuffer>());
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                (Arc::new(LargeStringArray::try_new(offsets, Buffer::from_vec(data), Some(nulls))?), codes)
            }
        };
        values.push((name, array));
        if !column_codes.is_empty() {
            codes.push((name, Arc::new(UInt8Array::from(column_codes))));
        }
    }
    let lines: ArrayRef = Arc::new(UInt32Array::from(part.lines));
    Ok([batch(vec![("line", lines)], rows)?, batch(values, rows)?, batch(codes, rows)?])
}

fn batch(columns: Vec<(&str, ArrayRef)>, rows: usize) -> Result<RecordBatch, ArrowError> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
}
