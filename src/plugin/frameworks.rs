//! Category assignment as an expression, row by row.
#![expect(clippy::needless_pass_by_value, reason = "the macro of pyo3-polars wants it so")]

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use polars::prelude::*;
use pyo3_polars::derive::polars_expr;
use serde::Deserialize;

use super::{Settings, named_after_first};
use crate::error::{Error, Result};
use crate::frames::{column_from, dtype_of_column, struct_from};
use crate::frameworks::Framework;
use crate::table::{Column, Table};

/// What the expression is given: the framework's text, the choices made, the phase and the names of the inputs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssignRule {
    text: String,
    file_name: String,
    readings: BTreeMap<String, String>,
    thresholds: BTreeMap<String, f64>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    added: Vec<(String, String)>,
    phase: String,
    columns: Vec<String>,
}

/// The framework that was built last, with the settings it was built from: polars calls once for every group.
static LAST: Mutex<Option<(String, Framework)>> = Mutex::new(None);

/// The framework of the settings, built anew only when they change.
fn framework(settings: &Settings, rule: &AssignRule) -> Result<Framework> {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, framework)) = &*last
        && *known == settings.rule
    {
        return Ok(framework.clone());
    }
    let framework = rule.framework()?;
    *last = Some((settings.rule.clone(), framework.clone()));
    Ok(framework)
}

impl AssignRule {
    fn framework(&self) -> Result<Framework> {
        let mut framework = Framework::from_toml(&self.text, &self.file_name)?;
        for (reading, option) in &self.readings {
            framework = framework.with_reading(reading, option)?;
        }
        for (name, value) in &self.thresholds {
            framework = framework.with_threshold(name, *value)?;
        }
        for id in &self.without {
            framework = framework.without(id)?;
        }
        for (category, id) in &self.added {
            framework = framework.counting(category, id)?;
        }
        Ok(framework)
    }

    /// Assigns every row by itself: the rows are numbered in place of URNs, so none is taken for another's earlier year.
    fn assign(&self, framework: &Framework, columns: Vec<Column>, height: usize) -> Result<Table> {
        let numbers = (0..height).map(|row| i64::try_from(row).ok()).collect();
        let urn = ("urn".to_owned(), Column::Integer(numbers));
        let evidence = self.columns.iter().cloned().zip(columns);
        let result = framework.assign(&Table::new(std::iter::once(urn).chain(evidence))?, &self.phase)?.frame()?;
        let (names, columns) = result.into_parts();
        let kept = names.into_iter().zip(columns).filter(|(name, _)| !matches!(name.as_str(), "urn" | "year"));
        Table::new(kept)
    }
}

fn assign_field(fields: &[Field], kwargs: Settings) -> PolarsResult<Field> {
    let rule: AssignRule = kwargs.rule()?;
    // The columns of a result do not depend on the evidence.
    let (names, columns) = rule.assign(&framework(&kwargs, &rule)?, Vec::new(), 0)?.into_parts();
    let parts = names.iter().zip(&columns).map(|(name, column)| Field::new(name.into(), dtype_of_column(column)));
    named_after_first(fields, DataType::Struct(parts.collect()))
}

#[polars_expr(output_type_func_with_kwargs=assign_field)]
fn assign(inputs: &[Series], kwargs: Settings) -> PolarsResult<Series> {
    let rule: AssignRule = kwargs.rule()?;
    let lengths: Vec<(&str, usize)> = inputs.iter().map(|input| (input.name().as_str(), input.len())).collect();
    let height = crate::columns::height(&lengths)?;
    let columns = inputs
        .iter()
        .map(|input| {
            let whole = if input.len() == height { input.clone() } else { input.new_from_index(0, height) };
            column_from(&whole)
        })
        .collect::<Result<Vec<_>>>()?;
    let name = inputs.first().map(|input| input.name().clone());
    let name = name.ok_or_else(|| Error::Input("an input is needed".to_owned()))?;
    Ok(struct_from(&name, &rule.assign(&framework(&kwargs, &rule)?, columns, height)?)?)
}
