//! Dated reference parameters: national figures, standard deviations and thresholds, each with its source, unit and
//! the days it holds for. The data are in `data/*.toml`, one file per family, embedded in the library.
//!
//! A year is the calendar year in which the academic year ends: 2019 is 1 September 2018 to 31 August 2019. There is no
//! default: a year without a value is an error that lists the years that have one.

mod model;

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::OnceLock;

use serde_json::json;

use model::File;
pub use model::{Day, Parameter, Source, Status, Value, Version};

use crate::error::{Error, Result};

/// The embedded families: file name and text.
const FILES: [(&str, &str); 9] = [
    ("progress8.toml", include_str!("data/progress8.toml")),
    ("ks2_progress.toml", include_str!("data/ks2_progress.toml")),
    ("national_ks4.toml", include_str!("data/national_ks4.toml")),
    ("national_ks2.toml", include_str!("data/national_ks2.toml")),
    ("national_attendance.toml", include_str!("data/national_attendance.toml")),
    ("floor_and_coasting.toml", include_str!("data/floor_and_coasting.toml")),
    ("disclosure.toml", include_str!("data/disclosure.toml")),
    ("prior_attainment.toml", include_str!("data/prior_attainment.toml")),
    ("ks1_points.toml", include_str!("data/ks1_points.toml")),
];

/// What a value is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A whole academic year, named by the calendar year in which it ends.
    Year(i32),
    /// One day.
    Day(Day),
}

impl When {
    const fn span(self) -> (Day, Day) {
        match self {
            Self::Year(year) => Day::academic_year(year),
            Self::Day(day) => (day, day),
        }
    }
}

impl FromStr for When {
    type Err = Error;

    /// Reads `2019` as an academic year and `2019-03-01` as a day.
    fn from_str(text: &str) -> Result<Self> {
        match text.parse::<i32>() {
            Ok(year) if text.len() == 4 => Ok(Self::Year(year)),
            _ => Day::from_str(text).map(Self::Day),
        }
    }
}

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year}"),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

/// All parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    items: Vec<Parameter>,
    index: HashMap<String, usize>,
}

impl Parameters {
    /// The embedded parameters, parsed once.
    ///
    /// # Errors
    /// [`Error::File`] if an embedded file breaks a rule; a test keeps that from happening.
    pub fn load() -> Result<&'static Self> {
        static PARSED: OnceLock<Result<Parameters>> = OnceLock::new();
        PARSED.get_or_init(|| Self::parse(&FILES)).as_ref().map_err(Clone::clone)
    }

    /// Reads parameters from the texts of TOML files, given as pairs of file name and text.
    ///
    /// # Errors
    /// [`Error::File`] with file and line: not TOML, an unknown or duplicate key, a name used twice in all files, a
    /// value without a described source, without a year or with both a year and days, or overlapping another one of the
    /// same version.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self> {
        let mut items: Vec<Parameter> = Vec::new();
        let mut index = HashMap::new();
        for (name, text) in files {
            let fail = |offset: usize, message: String| {
                let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
                Error::File { file: (*name).to_owned(), line, message }
            };
            let file: File = toml::from_str(text)
                .map_err(|error| fail(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
            for entry in file.parameter {
                let offset = entry.span().start;
                let item = entry.into_inner().build(&file.family, &file.source).map_err(|fault| fail(offset, fault))?;
                if index.insert(item.name.clone(), items.len()).is_some() {
                    return Err(fail(offset, format!("parameter '{}' is defined twice", item.name)));
                }
                items.push(item);
            }
        }
        Ok(Self { items, index })
    }

    /// All parameters, family by family.
    #[must_use]
    pub fn all(&self) -> &[Parameter] {
        &self.items
    }

    /// The parameter with this name.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name and the names that exist.
    pub fn get(&self, name: &str) -> Result<&Parameter> {
        self.index
            .get(name)
            .and_then(|position| self.items.get(*position))
            .ok_or_else(|| Error::unknown("reference value", name, self.items.iter().map(|item| item.name.as_str())))
    }

    /// The value of `name` for a year or a day.
    ///
    /// A value answers if it holds for the whole of `when`, both ends included. Without `version` the most final value
    /// that may be used answers: only verified ones (status P or C) unless `allow_unverified`.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name that does not exist; [`Error::Input`] if no value holds for `when`, none has the
    /// version, or only unverified ones do. The message lists what exists.
    ///
    /// ```
    /// use schoolframe::parameters::{Parameters, When};
    /// let parameters = Parameters::load()?;
    /// let sd = parameters.lookup("p8_sd", When::Year(2019), None, false)?;
    /// assert!((sd.value - 1.2827).abs() < 1e-9);
    /// assert!(parameters.lookup("p8_sd", When::Year(2020), None, false).is_err());
    /// # Ok::<(), schoolframe::error::Error>(())
    /// ```
    pub fn lookup(&self, name: &str, when: When, version: Option<Version>, allow_unverified: bool) -> Result<&Value> {
        let parameter = self.get(name)?;
        let (from, to) = when.span();
        let held: Vec<&Value> = parameter.values.iter().filter(|v| v.from <= from && to <= v.to).collect();
        if held.is_empty() {
            let list = list(&parameter.values.iter().collect::<Vec<_>>());
            return Err(Error::Input(format!("reference value '{name}' has no value for {when}; there are: {list}")));
        }
        let chosen: Vec<&Value> = held.iter().copied().filter(|v| version.is_none() || v.version == version).collect();
        if chosen.is_empty() {
            let wanted = version.map_or("", Version::name);
            let list = list(&held);
            return Err(Error::Input(format!(
                "reference value '{name}' has no {wanted} version for {when}; there are: {list}"
            )));
        }
        chosen
            .iter()
            .copied()
            .filter(|value| allow_unverified || value.status.verified())
            .max_by_key(|value| value.version)
            .ok_or_else(|| {
                Error::Input(format!(
                    "reference value '{name}' for {when} is not verified (read in a secondary source: {}); \
                     allow_unverified=True uses it all the same",
                    chosen.first().map_or("", |value| value.source.title.as_str())
                ))
            })
    }

    /// All values as a JSON array, one object per value, with the name, label, unit, family and note of its parameter.
    #[must_use]
    pub fn to_json(&self) -> String {
        let rows = self.items.iter().flat_map(|item| item.values.iter().map(|value| record(item, value)));
        serde_json::Value::Array(rows.collect()).to_string()
    }
}

/// All embedded values as a JSON array; see [`Parameters::to_json`].
///
/// # Errors
/// As [`Parameters::load`].
pub fn reference_values_json() -> Result<String> {
    Parameters::load().map(Parameters::to_json)
}

/// One embedded value as a JSON object, for `when` a year (`2019`) or a day (`2019-03-01`).
///
/// # Errors
/// As [`Parameters::lookup`], and [`Error::Unknown`] for an unknown version.
pub fn reference_value_json(name: &str, when: &str, version: Option<&str>, allow_unverified: bool) -> Result<String> {
    let parameters = Parameters::load()?;
    let version = version.map(Version::named).transpose()?;
    let value = parameters.lookup(name, when.parse()?, version, allow_unverified)?;
    Ok(record(parameters.get(name)?, value).to_string())
}

fn record(item: &Parameter, value: &Value) -> serde_json::Value {
    json!({
        "name": item.name,
        "label": item.label,
        "unit": item.unit,
        "family": item.family,
        "from": value.from,
        "to": value.to,
        "year": value.year,
        "version": value.version,
        "value": value.value,
        "tolerance": value.tolerance,
        "status": value.status,
        "verified": value.status.verified(),
        "source_title": value.source.title,
        "source_document": value.source.document,
        "source_page": value.source.page,
        "note": value.note.as_ref().or(item.note.as_ref()),
    })
}

fn list(values: &[&Value]) -> String {
    values.iter().map(|value| value.when()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the values stand in the files as they are compared")]
mod tests;
