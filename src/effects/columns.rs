//! Shrinkage and funnel positions on whole columns: what the expressions call.

use super::funnel::FunnelLimits;
use super::shrinkage::{Shrinkage, ShrinkageGroup, Shrunken};
use crate::columns::{Kind, Numbers, by_row, height, words};
use crate::error::{Error, Result};
use crate::table::{Coder, Column, Table};

/// Names and kinds of the columns that [`shrunken`] returns.
pub const SHRUNKEN: [(&str, Kind); 6] = [
    ("shrunken", Kind::Number),
    ("reliability", Kind::Number),
    ("se", Kind::Number),
    ("ci_low", Kind::Number),
    ("ci_high", Kind::Number),
    ("status", Kind::Text),
];

/// Shrunken scores, columns [`SHRUNKEN`]. `keys` name the group of each school where there are groups; a school whose key is
/// missing is `missing`.
///
/// # Errors
/// [`Error::Input`] for rows with impossible values, inputs that cannot be aligned, or a group that was not there when the
/// shrinkage was learned.
pub fn shrunken(score: &Numbers, n: &Numbers, keys: Option<&[Option<&str>]>, shrinkage: &Shrinkage) -> Result<Table> {
    let mut lengths = vec![(score.name.as_str(), score.values.len()), (n.name.as_str(), n.values.len())];
    lengths.extend(keys.map(|keys| ("group", keys.len())));
    let height = height(&lengths)?;
    let groups: Vec<Option<&ShrinkageGroup>> = match keys {
        None => vec![shrinkage.group(None)],
        Some(keys) => keys.iter().map(|key| key.map(|key| known(shrinkage, key)).transpose()).collect::<Result<_>>()?,
    };
    let group = |row: usize| groups.get(if groups.len() == 1 { 0 } else { row }).copied().flatten();
    let rows = by_row(height, &score.name, &[score, n], |row| match group(row) {
        Some(group) => shrinkage.shrink(group, score.at(row), n.at(row)),
        None => Ok((None, super::shrinkage::MISSING)),
    })?;
    let column =
        |of: fn(&Shrunken) -> f64| Column::Number(rows.iter().map(|(found, _)| found.as_ref().map(of)).collect());
    let columns = [
        column(|found| found.shrunken),
        column(|found| found.reliability),
        column(|found| found.se),
        column(|found| found.ci_low),
        column(|found| found.ci_high),
        words(rows.iter().map(|(_, status)| Some(*status))),
    ];
    Table::new(SHRUNKEN.map(|(name, _)| name).into_iter().zip(columns))
}

fn known<'a>(shrinkage: &'a Shrinkage, key: &str) -> Result<&'a ShrinkageGroup> {
    let names = shrinkage.groups.iter().filter_map(|group| group.key.as_deref());
    shrinkage.group(Some(key)).ok_or_else(|| Error::unknown("group", key, names))
}

/// Names and kinds of the columns that [`funnel_positions`] returns: a pair of limits for each level, the distances, the
/// class and the status.
#[must_use]
pub fn funnel_columns(limits: &FunnelLimits) -> Vec<(String, Kind)> {
    let pairs = limits.rule.level_names();
    let pairs = pairs.iter().flat_map(|name| [format!("low_{name}"), format!("high_{name}")]);
    let mut columns: Vec<(String, Kind)> = pairs.map(|name| (name, Kind::Number)).collect();
    columns.extend(["z", "z_adjusted"].map(|name| (name.to_owned(), Kind::Number)));
    columns.extend(["class", "status"].map(|name| (name.to_owned(), Kind::Text)));
    columns
}

/// Where schools lie in the funnel, columns [`funnel_columns`].
///
/// # Errors
/// [`Error::Input`] for rows with impossible values, or inputs that cannot be aligned.
pub fn funnel_positions(score: &Numbers, n: &Numbers, limits: &FunnelLimits) -> Result<Table> {
    let height = height(&[(score.name.as_str(), score.values.len()), (n.name.as_str(), n.values.len())])?;
    let rows = by_row(height, &score.name, &[score, n], |row| limits.position(score.at(row), n.at(row)))?;
    let mut columns = Vec::new();
    for level in 0..limits.rule.levels.len() {
        let pair = |row: &Option<super::FunnelPosition>| row.as_ref().and_then(|row| row.limits.get(level).copied());
        columns.push(Column::Number(rows.iter().map(|(row, _)| pair(row).map(|(low, _)| low)).collect()));
        columns.push(Column::Number(rows.iter().map(|(row, _)| pair(row).map(|(_, high)| high)).collect()));
    }
    columns.push(Column::Number(rows.iter().map(|(row, _)| row.as_ref().map(|row| row.z)).collect()));
    columns.push(Column::Number(rows.iter().map(|(row, _)| row.as_ref().map(|row| row.z_adjusted)).collect()));
    let mut classes = Coder::default();
    for (row, _) in &rows {
        classes.push(row.as_ref().map(|row| limits.rule.class(row.beyond)).as_deref());
    }
    columns.push(classes.finish());
    columns.push(words(rows.iter().map(|(_, status)| Some(*status))));
    Table::new(funnel_columns(limits).into_iter().map(|(name, _)| name).zip(columns))
}
