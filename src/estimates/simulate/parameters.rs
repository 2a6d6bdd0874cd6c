//! What invented pupils are made of: values with unit, meaning and source, some of them replaced by the caller.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};

/// The embedded values.
const FILE: &str = include_str!("../data/simulation.toml");

/// How many cuts a subject with grades 0 to 9 has.
pub const CUTS: usize = 9;

/// The values themselves; the meaning of each is in [`SimulationParameter::meaning`].
#[allow(missing_docs, reason = "each field is described in the file that it is read from")]
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationValues {
    pub ks2_mean: f64,
    pub ks2_sd: f64,
    pub ks2_school_sd: f64,
    pub ks2_fsm: f64,
    pub ks2_missing: f64,
    pub girls: f64,
    pub fsm: f64,
    pub fsm_school_sd: f64,
    pub intake_correlation: f64,
    pub a8_at_105: f64,
    pub a8_slope: f64,
    pub a8_curve: f64,
    pub a8_girl: f64,
    pub a8_month: f64,
    pub a8_fsm: f64,
    pub a8_sd: f64,
    pub a8_school_sd: f64,
    pub english_slope: f64,
    pub maths_slope: f64,
    pub science_slope: f64,
    pub english_cuts: [f64; CUTS],
    pub maths_cuts: [f64; CUTS],
    pub science_cuts: [f64; CUTS],
    pub english_girl: f64,
    pub maths_girl: f64,
    pub science_girl: f64,
    pub grade_month: f64,
    pub grade_fsm: f64,
    pub grade_school_sd: f64,
    pub pupil_correlation: f64,
    pub school_correlation: f64,
    pub persistence: f64,
}

/// One parameter as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationParameter {
    /// Its name.
    pub name: String,
    /// What it is counted in.
    pub unit: String,
    /// What it stands for.
    pub meaning: String,
    /// A number, or the nine cuts of a subject.
    pub value: Given,
    /// Smallest value that it may have.
    pub least: f64,
    /// Largest value that it may have.
    pub most: f64,
    /// Where the value comes from.
    pub source: String,
}

/// A number or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Given {
    /// One number.
    One(f64),
    /// Several.
    Several(Vec<f64>),
}

impl Given {
    /// The numbers.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        match self {
            Self::One(number) => std::slice::from_ref(number),
            Self::Several(numbers) => numbers,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    parameter: Vec<SimulationParameter>,
}

/// The parameters with the caller's values in place of those of the file, and the values alone.
///
/// # Errors
/// [`Error::Unknown`] for a name that does not exist; [`Error::Input`] for a value outside its range, one number where
/// several are needed or the other way round, and cuts that do not rise.
pub fn simulation_parameters(
    changed: &BTreeMap<String, Given>,
) -> Result<(Vec<SimulationParameter>, SimulationValues)> {
    let broken = |error: &dyn std::fmt::Display| Error::Input(format!("parameters of the simulation: {error}"));
    let mut parameters = toml::from_str::<File>(FILE).map_err(|error| broken(&error))?.parameter;
    let named = |name: &&String| parameters.iter().all(|one| one.name != **name);
    if let Some(unknown) = changed.keys().find(named) {
        return Err(Error::unknown("parameter", unknown, parameters.iter().map(|one| one.name.clone())));
    }
    for parameter in &mut parameters {
        if let Some(value) = changed.get(&parameter.name) {
            check(parameter, value)?;
            parameter.value = value.clone();
            "given by the caller".clone_into(&mut parameter.source);
        }
    }
    let object = parameters.iter().map(|one| Ok((one.name.clone(), serde_json::to_value(&one.value)?)));
    let object = object.collect::<serde_json::Result<serde_json::Map<_, _>>>().map_err(|error| broken(&error))?;
    let values = serde_json::from_value(Value::Object(object)).map_err(|error| broken(&error))?;
    Ok((parameters, values))
}

fn check(parameter: &SimulationParameter, value: &Given) -> Result<()> {
    let SimulationParameter { name, least, most, .. } = parameter;
    let wanted = parameter.value.numbers().len();
    let numbers = value.numbers();
    if numbers.len() != wanted {
        let given = numbers.len();
        let takes = if wanted == 1 { "one number".to_owned() } else { format!("{wanted} numbers") };
        return Err(Error::Input(format!("parameters: '{name}' takes {takes}, not {given}")));
    }
    if let Some(wrong) = numbers.iter().find(|number| !(*least..=*most).contains(*number)) {
        return Err(Error::Input(format!("parameters: '{name}' must lie within {least} to {most}, not at {wrong}")));
    }
    if numbers.windows(2).any(|pair| matches!(pair, [low, high] if low >= high)) {
        return Err(Error::Input(format!("parameters: the cuts '{name}' must rise, not be {numbers:?}")));
    }
    Ok(())
}
