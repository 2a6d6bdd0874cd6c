//! Batch functions for Python: any object of the Arrow C data interface in, one out.

use arrow::array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow::pyarrow::FromPyArrow;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use super::frameworks::PyFramework;
use crate::bands::PercentileBands;
use crate::batches;
use crate::error::{Error, Result};

/// Record batches that Python reads through the Arrow C interface as a stream.
#[pyclass(frozen, module = "schoolframe._native")]
pub struct ArrowStream {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl ArrowStream {
    pub(super) fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { schema, batches }
    }
}

#[pymethods]
impl ArrowStream {
    /// The batches as a stream. The interface allows a producer to keep to its own schema; the consumer then casts.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches: Vec<Result<RecordBatch, ArrowError>> = self.batches.iter().cloned().map(Ok).collect();
        let reader = RecordBatchIterator::new(batches, self.schema.clone());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
    }

    /// The schema alone.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.schema)
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn __repr__(&self) -> String {
        format!("ArrowStream({} rows: {})", self.__len__(), names(&self.schema))
    }
}

/// One record batch that Python reads through the Arrow C interface as an array.
#[pyclass(frozen, module = "schoolframe._native")]
pub struct ArrowBatch(RecordBatch);

#[pymethods]
impl ArrowBatch {
    /// Schema and array of the batch.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        drop(requested_schema);
        let data = arrow::array::Array::to_data(&arrow::array::StructArray::from(self.0.clone()));
        let array = PyCapsule::new_with_value(py, FFI_ArrowArray::new(&data), c"arrow_array")?;
        PyTuple::new(py, [self.__arrow_c_schema__(py)?, array])
    }

    /// The schema alone.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.0.schema())
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    fn __repr__(&self) -> String {
        format!("ArrowBatch({} rows: {})", self.0.num_rows(), names(&self.0.schema()))
    }
}

fn schema_capsule<'py>(py: Python<'py>, schema: &SchemaRef) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(schema.as_ref()).map_err(Error::from)?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

fn names(schema: &SchemaRef) -> String {
    schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ")
}

/// A result of the kind that was given.
#[derive(IntoPyObject)]
pub enum ArrowResult {
    /// For an array.
    Batch(ArrowBatch),
    /// For a stream.
    Stream(ArrowStream),
}

/// What was given: one batch, or the batches of a stream with their schema.
enum Given {
    Batch(RecordBatch),
    Stream(SchemaRef, Vec<RecordBatch>),
}

fn read(data: &Bound<'_, PyAny>) -> PyResult<Given> {
    if data.hasattr("__arrow_c_array__")? {
        return Ok(Given::Batch(RecordBatch::from_pyarrow_bound(data)?));
    }
    if !data.hasattr("__arrow_c_stream__")? {
        let name = data.get_type().qualname()?;
        return Err(Error::Input(format!(
            "an object of the Arrow C data interface is needed (__arrow_c_stream__ or __arrow_c_array__), not {name}"
        ))
        .into());
    }
    let reader = RecordBatchStreamReader::from_pyarrow_bound(data)?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(Error::from)?;
    Ok(Given::Stream(schema, batches))
}

/// Applies `compute` to a batch, or to every batch of a stream; a stream without batches is treated as one empty batch, so
/// that the columns are right.
fn each(
    data: &Bound<'_, PyAny>,
    compute: impl Fn(&RecordBatch) -> Result<RecordBatch> + Send + Sync,
) -> PyResult<ArrowResult> {
    match read(data)? {
        Given::Batch(batch) => Ok(ArrowResult::Batch(ArrowBatch(data.py().detach(|| compute(&batch))?))),
        Given::Stream(schema, mut batches) => {
            if batches.is_empty() {
                batches.push(RecordBatch::new_empty(schema));
            }
            let batches = data.py().detach(|| batches.iter().map(compute).collect::<Result<Vec<_>>>())?;
            let schema = batches.first().map(RecordBatch::schema).ok_or_else(|| Error::Input("no batch".to_owned()))?;
            Ok(ArrowResult::Stream(ArrowStream::new(schema, batches)))
        }
    }
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
pub fn batch_percentile_band(data: &Bound<'_, PyAny>, value: &str, bands: &str, output: &str) -> PyResult<ArrowResult> {
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

/// Categories of the schools of a batch, or of all batches of a stream taken together.
#[pyfunction]
pub fn batch_assign(data: &Bound<'_, PyAny>, framework: &Bound<'_, PyFramework>, phase: &str) -> PyResult<ArrowResult> {
    let framework = &framework.get().0;
    let py = data.py();
    match read(data)? {
        Given::Batch(batch) => {
            let schema = batch.schema();
            let result = py.detach(|| batches::assign(&schema, &[batch], framework, phase))?;
            Ok(ArrowResult::Batch(ArrowBatch(result)))
        }
        Given::Stream(schema, parts) => {
            let result = py.detach(|| batches::assign(&schema, &parts, framework, phase))?;
            Ok(ArrowResult::Stream(ArrowStream::new(result.schema(), vec![result])))
        }
    }
}
