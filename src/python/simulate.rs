//! Invented pupils: drawn in the core, handed over as columns.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, NamedFrom, NamedFromOwned, Series};
use pyo3::prelude::*;
use pyo3_polars::PyDataFrame;

use crate::error::{Error, Result};
use crate::estimates::{
    Given, InventedPupils, InventedSchools, OUTCOMES, SimulationSize, simulate, simulation_parameters,
};

fn changed(parameters: &str) -> Result<BTreeMap<String, Given>> {
    serde_json::from_str(parameters).map_err(|error| Error::Input(format!("parameters: {error}")))
}

/// The parameters as JSON text, with those of the caller, an object of numbers or lists of numbers, in their place.
#[pyfunction]
pub fn simulation_parameters_json(parameters: &str) -> Result<String> {
    let (listed, _) = simulation_parameters(&changed(parameters)?)?;
    serde_json::to_string(&listed).map_err(|error| Error::Input(error.to_string()))
}

/// Invented pupils, and the schools they are in with their true effects.
#[pyfunction]
pub fn simulate_pupils(
    py: Python<'_>,
    schools: usize,
    pupils: (u32, u32),
    years: Vec<i32>,
    seed: u64,
    parameters: &str,
) -> Result<(PyDataFrame, PyDataFrame)> {
    py.detach(|| {
        let (_, values) = simulation_parameters(&changed(parameters)?)?;
        let (pupils, schools) = simulate(&SimulationSize { schools, pupils, years, seed }, &values)?;
        Ok((PyDataFrame(pupil_frame(pupils)?), PyDataFrame(school_frame(schools)?)))
    })
}

fn pupil_frame(pupils: InventedPupils) -> Result<DataFrame> {
    let rows = pupils.urn.len();
    let [english, maths, science] = pupils.grades;
    let columns = [
        Series::from_vec("urn".into(), pupils.urn),
        Series::from_vec("year".into(), pupils.year),
        Series::from_vec("ks2".into(), pupils.ks2),
        Series::new("girl".into(), pupils.girl),
        Series::from_vec("month_of_birth".into(), pupils.month),
        Series::new("fsm".into(), pupils.fsm),
        Series::from_vec("attainment_8".into(), pupils.attainment_8),
        Series::from_vec("english".into(), english),
        Series::from_vec("maths".into(), maths),
        Series::from_vec("science".into(), science),
    ];
    Ok(DataFrame::new(rows, columns.map(Into::into).to_vec())?)
}

fn school_frame(schools: InventedSchools) -> Result<DataFrame> {
    let rows = schools.urn.len();
    let mut columns = vec![
        Series::from_vec("urn".into(), schools.urn),
        Series::from_vec("year".into(), schools.year),
        Series::from_vec("pupils".into(), schools.pupils),
        Series::from_vec("ks2".into(), schools.ks2),
        Series::from_vec("fsm".into(), schools.fsm),
    ];
    let effects = OUTCOMES.iter().zip(schools.effects);
    columns.extend(effects.map(|(name, effect)| Series::from_vec(format!("{name}_effect").into(), effect)));
    Ok(DataFrame::new(rows, columns.into_iter().map(Into::into).collect())?)
}
