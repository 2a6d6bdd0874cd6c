//! Standing and estimates of schools on whole columns: what the expressions call.

use serde::{Deserialize, Serialize};

use super::benchmarks::{SchoolBenchmarks, Standing, check_ranks};
use super::intake::{IntakeModel, Interval, SchoolEstimate};
use crate::columns::{Kind, Numbers, by_row, height, words};
use crate::effects::multiplier;
use crate::error::{Error, Result};
use crate::table::{Column, Table};

/// Placing of schools among benchmarks, at some ranks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingRule {
    /// The benchmarks.
    pub benchmarks: SchoolBenchmarks,
    /// Ranks asked.
    pub ranks: Vec<u8>,
}

impl StandingRule {
    /// Checks the benchmarks and the ranks.
    ///
    /// # Errors
    /// [`Error::Input`] with the first rule that is broken.
    pub fn check(&self) -> Result<()> {
        check_ranks(&self.ranks)?;
        self.benchmarks.check()
    }

    /// Names and kinds of the columns that [`Self::standings`] returns.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, Kind)> {
        let mut columns = vec![("shrunken".to_owned(), Kind::Number), ("se".to_owned(), Kind::Number)];
        columns.extend(self.ranks.iter().map(|rank| (format!("chance_top_{rank}"), Kind::Number)));
        columns.push(("level".to_owned(), Kind::Integer));
        columns.push(("status".to_owned(), Kind::Text));
        columns
    }

    /// Where schools stand, columns [`Self::columns`]; a school whose key is missing is `missing`.
    ///
    /// # Errors
    /// [`Error::Input`] for rows with impossible values, inputs that cannot be aligned, or a group that was not there in the fit.
    pub fn standings(&self, score: &Numbers, n: &Numbers, keys: Option<&[Option<&str>]>) -> Result<Table> {
        let mut lengths = vec![(score.name.as_str(), score.values.len()), (n.name.as_str(), n.values.len())];
        lengths.extend(keys.map(|keys| ("group", keys.len())));
        let height = height(&lengths)?;
        let groups: Vec<Option<usize>> = match keys {
            None => vec![self.benchmarks.group(None)],
            Some(keys) => keys.iter().map(|key| key.map(|key| self.known(key)).transpose()).collect::<Result<_>>()?,
        };
        let group = |row: usize| groups.get(if groups.len() == 1 { 0 } else { row }).copied().flatten();
        let rows = by_row(height, &score.name, &[score, n], |row| match group(row) {
            Some(group) => self.benchmarks.standing(group, score.at(row), n.at(row), &self.ranks),
            None => Ok((None, "missing")),
        })?;
        let column = |of: &dyn Fn(&Standing) -> Option<f64>| {
            Column::Number(rows.iter().map(|(found, _)| of(found.as_ref()?)).collect())
        };
        let mut columns = vec![column(&|found| Some(found.shrunken)), column(&|found| Some(found.se))];
        for at in 0..self.ranks.len() {
            columns.push(column(&|found| found.chances.as_ref()?.get(at).copied()));
        }
        columns.push(Column::Integer(rows.iter().map(|(found, _)| found.as_ref()?.level.map(i64::from)).collect()));
        columns.push(words(rows.iter().map(|(_, status)| Some(*status))));
        Table::new(self.columns().into_iter().map(|(name, _)| name).zip(columns))
    }

    fn known(&self, key: &str) -> Result<usize> {
        let names = self.benchmarks.groups.iter().filter_map(|group| group.key.as_deref());
        self.benchmarks.group(Some(key)).ok_or_else(|| Error::unknown("group", key, names))
    }
}

/// Estimates of schools at some ranks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeRule {
    /// The model.
    pub model: IntakeModel,
    /// Ranks asked.
    pub levels: Vec<u8>,
    /// Level of the intervals.
    pub confidence: f64,
}

impl IntakeRule {
    /// Checks the model, the ranks and the confidence.
    ///
    /// # Errors
    /// [`Error::Input`] with the first rule that is broken.
    pub fn check(&self) -> Result<()> {
        check_ranks(&self.levels)?;
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(Error::Input(format!("confidence must lie between 0 and 1, not {}", self.confidence)));
        }
        self.model.check()
    }

    /// Names and kinds of the columns that [`Self::estimates`] returns: what is expected, each rank, the status.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, Kind)> {
        let mut columns = Vec::new();
        for name in std::iter::once("expected".to_owned()).chain(self.levels.iter().map(|level| format!("fft{level}")))
        {
            let ends = [format!("{name}_low"), format!("{name}_high")];
            columns.extend(std::iter::once(name).chain(ends).map(|name| (name, Kind::Number)));
        }
        columns.push(("status".to_owned(), Kind::Text));
        columns
    }

    /// What is expected of schools, columns [`Self::columns`]. `intake` holds the numbers, or the places of words, in the order of
    /// the model.
    ///
    /// # Errors
    /// [`Error::Input`] for rows with impossible values, or inputs that cannot be aligned.
    pub fn estimates(&self, n: &Numbers, intake: &[Numbers]) -> Result<Table> {
        let inputs: Vec<&Numbers> = std::iter::once(n).chain(intake).collect();
        let lengths: Vec<(&str, usize)> =
            inputs.iter().map(|input| (input.name.as_str(), input.values.len())).collect();
        let half = multiplier(self.confidence);
        let rows = by_row(height(&lengths)?, &n.name, &inputs, |row| {
            let values: Vec<Option<f64>> = intake.iter().map(|column| column.at(row)).collect();
            self.model.estimate(&values, n.at(row), &self.levels, half)
        })?;
        let column = |of: &dyn Fn(&SchoolEstimate) -> Option<Interval>, part: usize| {
            Column::Number(rows.iter().map(|(found, _)| of(found.as_ref()?)?.get(part).copied()).collect())
        };
        let mut columns: Vec<Column> = (0..3).map(|part| column(&|found| Some(found.expected), part)).collect();
        for at in 0..self.levels.len() {
            columns.extend((0..3).map(|part| column(&|found| found.levels.get(at).copied(), part)));
        }
        columns.push(words(rows.iter().map(|(_, status)| Some(*status))));
        Table::new(self.columns().into_iter().map(|(name, _)| name).zip(columns))
    }
}
