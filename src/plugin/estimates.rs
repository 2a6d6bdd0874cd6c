//! Estimates of pupils as an expression.
#![expect(clippy::needless_pass_by_value, reason = "the macro of pyo3-polars wants it so")]

use polars::prelude::*;
use pyo3_polars::derive::polars_expr;

use super::{Settings, input, named_after_first};
use crate::columns::height;
use crate::error::Result;
use crate::estimates::{ContextTerm, ContextValues, EstimateRule, FigureKind};
use crate::frames::{figures_from, floats_from, keys_from};

fn dtype_of(kind: FigureKind) -> DataType {
    match kind {
        FigureKind::Number => DataType::Float64,
        FigureKind::Word => DataType::String,
        FigureKind::Numbers => DataType::List(Box::new(DataType::Float64)),
    }
}

fn estimate_field(fields: &[Field], kwargs: Settings) -> PolarsResult<Field> {
    let rule: EstimateRule = kwargs.rule()?;
    let columns = rule.fields().into_iter().map(|(name, kind)| Field::new(name.into(), dtype_of(kind))).collect();
    named_after_first(fields, DataType::Struct(columns))
}

/// Values of a column of the model, one for each row.
enum Read {
    Numbers(Float64Chunked),
    Codes(Vec<u32>),
}

impl Read {
    fn given(&self) -> PolarsResult<ContextValues<'_>> {
        match self {
            Self::Numbers(values) => Ok(ContextValues::Numbers(values.cont_slice()?)),
            Self::Codes(codes) => Ok(ContextValues::Codes(codes)),
        }
    }
}

fn read_numbers(series: &Series, rows: usize) -> Result<Float64Chunked> {
    let values = floats_from(series)?;
    Ok(if values.len() == rows { values } else { values.new_from_index(0, rows) })
}

fn read(term: &ContextTerm, series: &Series, rows: usize) -> Result<Read> {
    if !matches!(term, ContextTerm::Words { .. }) {
        return read_numbers(series, rows).map(Read::Numbers);
    }
    let texts = keys_from(series)?;
    let codes = texts.iter().map(|text| term.code(text)).collect::<Result<Vec<u32>>>()?;
    Ok(Read::Codes(if codes.len() == rows { codes } else { codes.repeat(rows) }))
}

#[polars_expr(output_type_func_with_kwargs=estimate_field)]
fn pupil_estimates(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let rule: EstimateRule = kwargs.rule()?;
    rule.model.check()?;
    let lengths: Vec<(&str, usize)> = inputs.iter().map(|series| (series.name().as_str(), series.len())).collect();
    let rows = height(&lengths)?;
    let starts = rule.model.starts.len();
    let priors = (0..starts).map(|at| read_numbers(input(inputs, at)?, rows)).collect::<Result<Vec<_>>>()?;
    let contexts = rule.model.contexts.iter().enumerate();
    let contexts =
        contexts.map(|(at, term)| read(term, input(inputs, starts + at)?, rows)).collect::<Result<Vec<Read>>>()?;
    let priors = priors.iter().map(|values| values.cont_slice()).collect::<PolarsResult<Vec<_>>>()?;
    let contexts = contexts.iter().map(Read::given).collect::<PolarsResult<Vec<_>>>()?;
    let figures = rule.estimate(&priors, &contexts)?;
    Ok(figures_from(input(inputs, 0)?.name(), rows, figures)?)
}
