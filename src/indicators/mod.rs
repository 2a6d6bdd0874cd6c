//! The vocabulary of indicators: every name a framework may ask for, what it means, and which column of which
//! published file it comes from. The data are in `data/indicators.toml`, embedded in the library.
//!
//! A column of an indicator frame is called either by an indicator's name (`p8`), by a name with a year suffix
//! (`p8_y1`, `p8_y2`: one and two years before), or by a comparator (`nat_p8`, `la_target_p8`, `floor_p8`,
//! `benchmark_p8`), which may carry a year suffix too. [`Indicators::resolve`] reads all of them.

mod model;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Serialize;

pub use model::{Combine, Evidence, Indicator, Kind, Polarity, Scope, Source, Table};
use model::{File, line_of};

use crate::error::{Error, Result};

/// The vocabulary file as it is embedded.
const TEXT: &str = include_str!("data/indicators.toml");

/// Name of the embedded file in messages.
const FILE: &str = "indicators.toml";

/// What a column holds besides the school's own value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparator {
    /// `nat_x`: the national figure.
    National,
    /// `la_target_x`: the target the local authority set.
    LaTarget,
    /// `floor_x`: the floor standard.
    Floor,
    /// `benchmark_x`: a benchmark set in the framework or agreed beside it.
    Benchmark,
}

impl Comparator {
    /// All comparators with the prefix that marks them in a column name.
    pub const PREFIXES: [(&'static str, Self); 4] = [
        ("nat_", Self::National),
        ("la_target_", Self::LaTarget),
        ("floor_", Self::Floor),
        ("benchmark_", Self::Benchmark),
    ];
}

/// A column name taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolved<'a> {
    /// The indicator that the column is about.
    pub indicator: &'a Indicator,
    /// The comparator, or none for the school's own value.
    pub comparator: Option<Comparator>,
    /// 0 for the current year, 1 for `_y1`, 2 for `_y2`.
    pub years_before: u8,
}

/// The vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicators {
    items: Vec<Indicator>,
    index: HashMap<String, usize>,
}

impl Indicators {
    /// The embedded vocabulary, parsed once.
    ///
    /// # Errors
    /// [`Error::File`] if the embedded file breaks a rule; a test keeps that from happening.
    pub fn load() -> Result<&'static Self> {
        static PARSED: OnceLock<Result<Indicators>> = OnceLock::new();
        PARSED.get_or_init(|| Self::parse(TEXT, FILE)).as_ref().map_err(Clone::clone)
    }

    /// Reads a vocabulary from the text of a TOML file; `file` names it in messages.
    ///
    /// # Errors
    /// [`Error::File`] with the line: not TOML, an unknown or duplicate key, a name used twice or spelt otherwise than
    /// in small letters, digits and underscores, a category or grade without values, limits in the wrong order, a
    /// source without a column or with years in the wrong order, a list without members, a reference to another
    /// indicator that does not exist.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        let parsed: File = toml::from_str(text).map_err(|error| Error::File {
            file: file.to_owned(),
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            message: error.message().to_owned(),
        })?;
        let mut items = Vec::with_capacity(parsed.indicator.len());
        let mut index = HashMap::with_capacity(parsed.indicator.len());
        let mut lines = Vec::with_capacity(parsed.indicator.len());
        for entry in parsed.indicator {
            let line = line_of(text, entry.span().start);
            let item = entry.into_inner();
            let fault = item.fault().or_else(|| {
                index.contains_key(&item.name).then(|| format!("indicator '{}' is defined twice", item.name))
            });
            if let Some(message) = fault {
                return Err(Error::File { file: file.to_owned(), line, message });
            }
            index.insert(item.name.clone(), items.len());
            items.push(item);
            lines.push(line);
        }
        let vocabulary = Self { items, index };
        for (item, line) in vocabulary.items.iter().zip(lines) {
            let others = item.members.iter().chain(&item.same_as).chain(&item.opposite_of);
            if let Some(other) = others.into_iter().find(|other| vocabulary.resolve(other).is_err()) {
                let message = format!("indicator '{}': '{other}', which it names, is not an indicator", item.name);
                return Err(Error::File { file: file.to_owned(), line, message });
            }
        }
        Ok(vocabulary)
    }

    /// All indicators in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Indicator] {
        &self.items
    }

    /// The indicator with exactly this name.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name and the names that exist.
    ///
    /// ```
    /// use schoolframe::indicators::Indicators;
    /// let vocabulary = Indicators::load()?;
    /// assert_eq!(vocabulary.get("p8")?.sources.first().map(|source| source.columns.join("+")).as_deref(), Some("P8MEA"));
    /// assert!(vocabulary.get("p9").is_err());
    /// # Ok::<(), schoolframe::error::Error>(())
    /// ```
    pub fn get(&self, name: &str) -> Result<&Indicator> {
        self.find(name).ok_or_else(|| self.unknown(name))
    }

    /// Takes a column name apart: an indicator, its comparator and its year suffix.
    ///
    /// An indicator whose own name starts like a comparator (`floor_pct`, `national_value`) is found as it stands.
    ///
    /// # Errors
    /// [`Error::Unknown`] if what is left of the name is no indicator.
    ///
    /// ```
    /// use schoolframe::indicators::{Comparator, Indicators};
    /// let column = Indicators::load()?.resolve("nat_ks2_exp_rwm_pct_y1")?;
    /// assert_eq!(column.indicator.name, "ks2_exp_rwm_pct");
    /// assert_eq!((column.comparator, column.years_before), (Some(Comparator::National), 1));
    /// # Ok::<(), schoolframe::error::Error>(())
    /// ```
    pub fn resolve(&self, name: &str) -> Result<Resolved<'_>> {
        let (stem, years_before) = split_year(name);
        for (base, years_before) in [(name, 0), (stem, years_before)] {
            if let Some(indicator) = self.find(base) {
                return Ok(Resolved { indicator, comparator: None, years_before });
            }
            for (prefix, comparator) in Comparator::PREFIXES {
                if let Some(indicator) = base.strip_prefix(prefix).and_then(|rest| self.find(rest)) {
                    return Ok(Resolved { indicator, comparator: Some(comparator), years_before });
                }
            }
        }
        Err(self.unknown(name))
    }

    /// The vocabulary as a JSON array, one object per indicator, with the fields of [`Indicator`].
    ///
    /// # Errors
    /// [`Error::Input`] if a value cannot be written as JSON; the embedded file has none.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(&self.items).map_err(|error| Error::Input(format!("indicators: {error}")))
    }

    fn find(&self, name: &str) -> Option<&Indicator> {
        self.index.get(name).and_then(|position| self.items.get(*position))
    }

    fn unknown(&self, name: &str) -> Error {
        Error::unknown("indicator", name, self.items.iter().map(|item| item.name.as_str()))
    }
}

/// The embedded vocabulary as a JSON array; see [`Indicators::to_json`].
///
/// # Errors
/// As [`Indicators::load`] and [`Indicators::to_json`].
pub fn indicators_json() -> Result<String> {
    Indicators::load()?.to_json()
}

/// What a column name means, as a JSON object with `indicator`, `comparator` (or null) and `years_before`.
///
/// # Errors
/// [`Error::Unknown`] as [`Indicators::resolve`].
pub fn resolve_json(name: &str) -> Result<String> {
    let column = Indicators::load()?.resolve(name)?;
    let value = serde_json::json!({
        "indicator": column.indicator.name,
        "comparator": column.comparator,
        "years_before": column.years_before,
    });
    Ok(value.to_string())
}

fn split_year(name: &str) -> (&str, u8) {
    for (suffix, years) in [("_y1", 1), ("_y2", 2)] {
        if let Some(stem) = name.strip_suffix(suffix) {
            return (stem, years);
        }
    }
    (name, 0)
}

#[cfg(test)]
mod tests;
