//! The types of a parameter file and the rules of one entry.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Day {
    year: i32,
    month: u8,
    of_month: u8,
}

impl Day {
    /// The day, if it exists in the Gregorian calendar.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, of_month: day })
    }

    /// First and last day of the academic year that ends in `year`: 1 September of the year before to 31 August.
    #[must_use]
    pub const fn academic_year(year: i32) -> (Self, Self) {
        (Self { year: year - 1, month: 9, of_month: 1 }, Self { year, month: 8, of_month: 31 })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.of_month)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl FromStr for Day {
    type Err = Error;

    /// Reads `yyyy-mm-dd`.
    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let day = match parts.as_slice() {
            [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
                match (year.parse(), month.parse(), day.parse()) {
                    (Ok(year), Ok(month), Ok(day)) => Self::new(year, month, day),
                    _ => None,
                }
            }
            _ => None,
        };
        day.ok_or_else(|| Error::Input(format!("date '{text}': a date is written yyyy-mm-dd and must exist")))
    }
}

/// How final a published figure is; later is more final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// Published in the autumn after the results.
    Provisional,
    /// After the checking exercise.
    Revised,
    /// The last version.
    Final,
}

impl Version {
    /// All versions, the least final first.
    pub const ALL: [Self; 3] = [Self::Provisional, Self::Revised, Self::Final];

    /// The name used in files and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Revised => "revised",
            Self::Final => "final",
        }
    }

    /// The version with this name.
    ///
    /// # Errors
    /// [`Error::Unknown`] for any other word.
    pub fn named(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|version| version.name() == name)
            .ok_or_else(|| Error::unknown("version", name, Self::ALL.map(Self::name)))
    }
}

/// How a figure was established.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Read in a primary source.
    P,
    /// Computed from published files by a stated method.
    C,
    /// Read in a secondary source only: unverified, used on request.
    S,
}

impl Status {
    /// Whether the figure may be used without asking for unverified ones.
    #[must_use]
    pub const fn verified(self) -> bool {
        matches!(self, Self::P | Self::C)
    }
}

/// Where a figure was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Title of the publication.
    pub title: String,
    /// The document or file.
    pub document: String,
    /// Page, row, table or regulation.
    pub page: String,
}

/// A parameter file: one family of parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) family: String,
    #[serde(rename = "title")]
    pub(super) _title: String,
    pub(super) source: BTreeMap<String, Source>,
    pub(super) parameter: Vec<toml::Spanned<Raw>>,
}

/// One parameter as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) unit: String,
    #[serde(default)]
    pub(super) note: Option<String>,
    pub(super) value: Vec<RawValue>,
}

/// One value as it stands in the file: `year`, or `from` and `to`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawValue {
    #[serde(default)]
    pub(super) year: Option<i32>,
    #[serde(default)]
    pub(super) from: Option<toml::value::Datetime>,
    #[serde(default)]
    pub(super) to: Option<toml::value::Datetime>,
    pub(super) value: f64,
    #[serde(default)]
    pub(super) version: Option<Version>,
    #[serde(default)]
    pub(super) tolerance: Option<f64>,
    pub(super) status: Status,
    pub(super) source: String,
    #[serde(default)]
    pub(super) page: Option<String>,
    #[serde(default)]
    pub(super) note: Option<String>,
}

/// A dated value with its source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Value {
    /// First day it holds for.
    pub from: Day,
    /// Last day it holds for.
    pub to: Day,
    /// The results year, if it is the figure of one academic year.
    pub year: Option<i32>,
    /// Version of the publication; none for a rule.
    pub version: Option<Version>,
    /// The value.
    pub value: f64,
    /// Largest difference from the exact value, where it is known only so far.
    pub tolerance: Option<f64>,
    /// How it was established.
    pub status: Status,
    /// Where it was read.
    pub source: Source,
    /// Anything the reader should know.
    pub note: Option<String>,
}

/// A dated parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// What it is, in words.
    pub label: String,
    /// Unit of the value.
    pub unit: String,
    /// The family (file) it is in.
    pub family: String,
    /// Anything the reader should know.
    pub note: Option<String>,
    /// The values in the order of the file.
    pub values: Vec<Value>,
}

impl Value {
    /// The years or days it holds for, with the version, for messages.
    pub(super) fn when(&self) -> String {
        let span = self.year.map_or_else(|| format!("{} to {}", self.from, self.to), |year| year.to_string());
        let version = self.version.map(|version| format!(" ({})", version.name())).unwrap_or_default();
        let mark = if self.status.verified() { "" } else { " [unverified]" };
        format!("{span}{version}{mark}")
    }
}

impl RawValue {
    fn span(&self) -> Result<(Day, Day), String> {
        match (self.year, &self.from, &self.to) {
            (Some(year), None, None) if (1990..=2100).contains(&year) => Ok(Day::academic_year(year)),
            (None, Some(from), Some(to)) => match (day_of(from), day_of(to)) {
                (Some(from), Some(to)) if from <= to => Ok((from, to)),
                (Some(from), Some(to)) => Err(format!("from {from} is after to {to}")),
                _ => Err("from and to are dates, yyyy-mm-dd".to_owned()),
            },
            (Some(year), None, None) => Err(format!("year {year} is not between 1990 and 2100")),
            _ => Err("a value has year, or from and to".to_owned()),
        }
    }

    fn build(&self, sources: &BTreeMap<String, Source>) -> Result<Value, String> {
        let (from, to) = self.span()?;
        let mut source = sources
            .get(&self.source)
            .cloned()
            .ok_or_else(|| format!("source '{}' is not described in the file", self.source))?;
        if let Some(page) = &self.page {
            source.page.clone_from(page);
        }
        if [&source.title, &source.document, &source.page].iter().any(|text| text.trim().is_empty()) {
            return Err(format!("source '{}' needs title, document and page", self.source));
        }
        if !self.value.is_finite() || self.tolerance.is_some_and(|t| !t.is_finite() || t < 0.0) {
            return Err("value and tolerance are finite numbers, a tolerance is not negative".to_owned());
        }
        let Self { year, version, value, tolerance, status, ref note, .. } = *self;
        Ok(Value { from, to, year, version, value, tolerance, status, source, note: note.clone() })
    }
}

impl Raw {
    /// The parameter, or the first rule it breaks.
    pub(super) fn build(self, family: &str, sources: &BTreeMap<String, Source>) -> Result<Parameter, String> {
        let name = self.name;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Err(format!("parameter '{name}': a name has small letters, digits and underscores only"));
        }
        let mut values: Vec<Value> = Vec::with_capacity(self.value.len());
        for raw in &self.value {
            let value = raw.build(sources).map_err(|fault| format!("parameter '{name}': {fault}"))?;
            let clash = values.iter().find(|v| v.version == value.version && v.from <= value.to && value.from <= v.to);
            if let Some(other) = clash {
                return Err(format!("parameter '{name}': {} overlaps {}", value.when(), other.when()));
            }
            values.push(value);
        }
        if values.is_empty() || self.label.trim().is_empty() || self.unit.trim().is_empty() {
            return Err(format!("parameter '{name}': label, unit and at least one value are needed"));
        }
        Ok(Parameter { name, label: self.label, unit: self.unit, family: family.to_owned(), note: self.note, values })
    }
}

fn day_of(datetime: &toml::value::Datetime) -> Option<Day> {
    match (&datetime.date, &datetime.time) {
        (Some(date), None) => Day::new(i32::from(date.year), date.month, date.day),
        _ => None,
    }
}
