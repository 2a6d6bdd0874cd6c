//! Batch functions for Python: any object of the Arrow C data interface in, one out.

use arrow::array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow::pyarrow::FromPyArrow;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::bands::PercentileBands;
use crate::batches;
use crate::error::{Error, Result};

/// Record batches that Python reads through the Arrow C interface.
#[pyclass(frozen, module = "schoolframe._native")]
pub struct ArrowResult {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

#[pymethods]
impl ArrowResult {
    /// The batches as a stream.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface allows a producer to pass its own schema; the consumer then casts.
        drop(requested_schema);
        let batches: Vec<Result<RecordBatch, ArrowError>> = self.batches.iter().cloned().map(Ok).collect();
        let reader = RecordBatchIterator::new(batches, self.schema.clone());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
    }

    /// The schema alone.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.schema.as_ref()).map_err(Error::from)?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// The batch, when there is exactly one.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        drop(requested_schema);
        let [batch] = self.batches.as_slice() else {
            let message = format!("{} batches are not one array; read them as a stream", self.batches.len());
            return Err(Error::Input(message).into());
        };
        let data = arrow::array::Array::to_data(&arrow::array::StructArray::from(batch.clone()));
        let array = PyCapsule::new_with_value(py, FFI_ArrowArray::new(&data), c"arrow_array")?;
        PyTuple::new(py, [self.__arrow_c_schema__(py)?, array])
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn __repr__(&self) -> String {
        let names: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        format!("ArrowResult({} rows: {})", self.__len__(), names.join(", "))
    }
}

/// The batches of an object: its stream, or its single array.
fn read(data: &Bound<'_, PyAny>) -> PyResult<(SchemaRef, Vec<RecordBatch>)> {
    if data.hasattr("__arrow_c_stream__")? {
        let reader = RecordBatchStreamReader::from_pyarrow_bound(data)?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>().map_err(Error::from)?;
        return Ok((schema, batches));
    }
    if data.hasattr("__arrow_c_array__")? {
        let batch = RecordBatch::from_pyarrow_bound(data)?;
        return Ok((batch.schema(), vec![batch]));
    }
    let name = data.get_type().qualname()?;
    Err(Error::Input(format!(
        "an object of the Arrow C data interface is needed (__arrow_c_stream__ or __arrow_c_array__), not {name}"
    ))
    .into())
}

/// Applies `compute` to every batch; an object without batches is treated as one empty batch, so that the columns are right.
fn each(
    data: &Bound<'_, PyAny>,
    compute: impl Fn(&RecordBatch) -> Result<RecordBatch> + Send + Sync,
) -> PyResult<ArrowResult> {
    let (schema, mut batches) = read(data)?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    let batches = data.py().detach(|| batches.iter().map(compute).collect::<Result<Vec<_>>>())?;
    let schema = batches.first().map(RecordBatch::schema).ok_or_else(|| Error::Input("no batch".to_owned()))?;
    Ok(ArrowResult { schema, batches })
}

fn rule<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Input(format!("the rule cannot be read: {error}")))
}

/// Progress bands of a batch; `rule` is the text of `progress_band_rule`.
#[pyfunction]
pub fn batch_progress_band(
    data: &Bound<'_, PyAny>,
    score: &str,
    lower: &str,
    upper: &str,
    rule: &str,
    output: &str,
) -> PyResult<ArrowResult> {
    let scheme = self::rule(rule)?;
    each(data, |batch| batches::progress_band(batch, [score, lower, upper], &scheme, output))
}

/// Percentile bands of a batch; `bands` is the text of `fit_percentile_bands`.
#[pyfunction]
pub fn batch_percentile_band(
    data: &Bound<'_, PyAny>,
    value: &str,
    bands: &str,
    output: &str,
) -> PyResult<ArrowResult> {
    let bands = PercentileBands::from_json(bands)?;
    each(data, |batch| batches::percentile_band(batch, value, &bands, output))
}

/// Codes of a batch; `rule` is the text of `coding_rule`.
#[pyfunction]
pub fn batch_code_against_national(
    data: &Bound<'_, PyAny>,
    value: &str,
    national: &str,
    rule: &str,
    output: &str,
) -> PyResult<ArrowResult> {
    let coding = self::rule(rule)?;
    each(data, |batch| batches::code_against_national(batch, [value, national], &coding, output))
}

/// Next benchmarks of a batch; `rule` is the text of `stepping_rule`.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "one argument a column")]
pub fn batch_next_benchmark(
    data: &Bound<'_, PyAny>,
    actual: &str,
    fft50: &str,
    fft20: &str,
    fft5: &str,
    rule: &str,
    output: &str,
) -> PyResult<ArrowResult> {
    let stepping = self::rule(rule)?;
    each(data, |batch| batches::next_benchmark(batch, [actual, fft50, fft20, fft5], stepping, output))
}
