//! Attainment 8 and estimates on whole columns, for the polars expressions.

use std::sync::Arc;

use super::attainment::{AttainmentRule, Slots};
use super::estimates::{EstimateTable, Estimates, Place};
use crate::columns::{Kind, Numbers, height};
use crate::error::{Error, MAX_EXAMPLES, Result};
use crate::numbers::present;
use crate::table::{Coded, Column, Table};

/// Names and kinds of the columns that [`attainment_8`] returns.
pub const ATTAINMENT: [(&str, Kind); 7] = [
    ("english", Kind::Number),
    ("maths", Kind::Number),
    ("ebacc", Kind::Number),
    ("open", Kind::Number),
    ("attainment_8", Kind::Number),
    ("ebacc_filled", Kind::Integer),
    ("open_filled", Kind::Integer),
];

/// Columns of points, the two core subjects first.
#[derive(Debug, Clone, Copy)]
pub struct SlotColumns<'a> {
    /// The better of English language and literature.
    pub english: &'a Numbers,
    /// Mathematics.
    pub maths: &'a Numbers,
    /// Subjects of the English Baccalaureate.
    pub ebacc: &'a [Numbers],
    /// Further subjects.
    pub open: &'a [Numbers],
}

/// Attainment 8 of every row, columns [`ATTAINMENT`]; all missing for a pupil without points in any slot, see
/// [`AttainmentRule::attainment`]. `double` says whether both English subjects were taken; one value stands for every row.
///
/// # Errors
/// [`Error::Input`] for points outside the scale and for inputs that cannot be aligned.
pub fn attainment_8(slots: SlotColumns, double: &[Option<bool>], rule: &AttainmentRule) -> Result<Table> {
    let inputs: Vec<&Numbers> = [slots.english, slots.maths].into_iter().chain(slots.ebacc).chain(slots.open).collect();
    for column in &inputs {
        let outside = |value: &f64| *value < rule.lowest || *value > rule.highest;
        refuse(column, &format!("points must lie between {} and {}", rule.lowest, rule.highest), outside)?;
    }
    let mut lengths: Vec<(&str, usize)> =
        inputs.iter().map(|input| (input.name.as_str(), input.values.len())).collect();
    lengths.push(("english_double", double.len()));
    let at = |columns: &[Numbers], row: usize| columns.iter().map(|column| column.at(row)).collect::<Vec<_>>();
    let found: Vec<_> = (0..height(&lengths)?)
        .map(|row| {
            rule.attainment(&Slots {
                english: slots.english.at(row),
                double: double.get(if double.len() == 1 { 0 } else { row }).copied().flatten(),
                maths: slots.maths.at(row),
                ebacc: &at(slots.ebacc, row),
                open: &at(slots.open, row),
            })
        })
        .collect();
    let columns = [
        Column::Number(found.iter().map(|row| row.and_then(|row| row.english)).collect()),
        Column::Number(found.iter().map(|row| row.map(|row| row.maths)).collect()),
        Column::Number(found.iter().map(|row| row.map(|row| row.ebacc)).collect()),
        Column::Number(found.iter().map(|row| row.map(|row| row.open)).collect()),
        Column::Number(found.iter().map(|row| row.and_then(|row| row.attainment_8)).collect()),
        Column::Integer(found.iter().map(|row| row.map(|row| row.ebacc_filled)).collect()),
        Column::Integer(found.iter().map(|row| row.map(|row| row.open_filled)).collect()),
    ];
    Table::new(ATTAINMENT.map(|(name, _)| name).into_iter().zip(columns))
}

/// Names and kinds of the columns that [`estimates`] returns: `group`, `status`, and one for each outcome.
#[must_use]
pub fn estimate_fields(table: &EstimateTable) -> Vec<(String, Kind)> {
    let outcomes = table.outcomes.iter().map(|outcome| (outcome.name.clone(), Kind::Number));
    [("group".to_owned(), Kind::Integer), ("status".to_owned(), Kind::Text)].into_iter().chain(outcomes).collect()
}

/// Group of prior attainment (from 1) and average of each outcome, with a status: `ok`, `prior_missing`,
/// `prior_outside` (the table) or `no_estimate` (no outcome has an average in that group).
///
/// # Errors
/// [`Error::Input`] for an infinite prior attainment.
pub fn estimates(prior: &Numbers, table: &EstimateTable) -> Result<Table> {
    finite(prior)?;
    let names: Vec<&str> = table.outcomes.iter().map(|outcome| outcome.name.as_str()).collect();
    let ready = Estimates::new(table, &names)?;
    let places = places(prior, &ready);
    let group = |place: &Place| if let Place::Group(group) = place { Some(*group) } else { None };
    let groups = places.iter().map(|place| group(place).and_then(|group| i64::try_from(group + 1).ok())).collect();
    let mut columns = vec![
        ("group", Column::Integer(groups)),
        ("status", statuses(places.iter().map(|place| status(&ready, *place)))),
    ];
    for (outcome, name) in names.iter().enumerate() {
        let means = places.iter().map(|place| ready.mean(outcome, group(place)?)).collect();
        columns.push((name, Column::Number(means)));
    }
    Table::new(columns)
}

/// Names and kinds of the columns that [`scores`] returns: `status`, and one for each outcome.
///
/// # Errors
/// As [`EstimateTable::outcome`].
pub fn score_fields(table: &EstimateTable, outcomes: &[String]) -> Result<Vec<(String, Kind)>> {
    let mut fields = vec![("status".to_owned(), Kind::Text)];
    for name in outcomes {
        fields.push((table.outcome(name)?.score.clone(), Kind::Number));
    }
    Ok(fields)
}

/// Scores of pupils, `(points - average) / divisor` for each of the named outcomes, whose points are in `points`. The
/// status is that of [`estimates`], and `outcome_missing` where every outcome is.
///
/// # Errors
/// [`Error::Input`] for infinite values and inputs that cannot be aligned; as [`EstimateTable::outcome`].
pub fn scores(prior: &Numbers, points: &[Numbers], outcomes: &[String], table: &EstimateTable) -> Result<Table> {
    let inputs: Vec<&Numbers> = std::iter::once(prior).chain(points).collect();
    inputs.iter().try_for_each(|column| finite(column))?;
    let lengths: Vec<(&str, usize)> = inputs.iter().map(|input| (input.name.as_str(), input.values.len())).collect();
    let height = height(&lengths)?;
    let ready = Estimates::new(table, outcomes)?;
    let places = places(prior, &ready);
    let place = |row: usize| places.get(if places.len() == 1 { 0 } else { row }).copied().unwrap_or(Place::Missing);
    let mut known = vec![false; height];
    let mut columns = Vec::with_capacity(outcomes.len() + 1);
    for (outcome, column) in points.iter().enumerate() {
        let scores: Vec<Option<f64>> = (0..height)
            .map(|row| {
                let Place::Group(group) = place(row) else { return None };
                present(Some(ready.score(outcome, group, present(column.at(row))?).0))
            })
            .collect();
        known.iter_mut().zip(&scores).for_each(|(known, score)| *known |= score.is_some());
        columns.push(Column::Number(scores));
    }
    let status = statuses(known.iter().enumerate().map(|(row, known)| match status(&ready, place(row)) {
        Standing::Ok if !known => Standing::OutcomeMissing,
        standing => standing,
    }));
    let names = score_fields(table, outcomes)?.into_iter().map(|(name, _)| name);
    Table::new(names.zip(std::iter::once(status).chain(columns)))
}

/// Why a pupil has an estimate or a score, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Ok,
    PriorMissing,
    PriorOutside,
    NoEstimate,
    OutcomeMissing,
}

/// The words for [`Standing`], in its order.
const WORDS: [&str; 5] = ["ok", "prior_missing", "prior_outside", "no_estimate", "outcome_missing"];

fn statuses(rows: impl Iterator<Item = Standing>) -> Column {
    let labels = WORDS.iter().map(|word| Arc::from(*word)).collect();
    Column::Coded(Coded { labels, codes: rows.map(|standing| Some(standing as u32)).collect() })
}

fn places(prior: &Numbers, ready: &Estimates) -> Vec<Place> {
    prior.values.iter().map(|value| ready.place(value.unwrap_or(f64::NAN))).collect()
}

fn status(ready: &Estimates, place: Place) -> Standing {
    match place {
        Place::Missing => Standing::PriorMissing,
        Place::Outside => Standing::PriorOutside,
        Place::Group(group) if (0..ready.outcomes()).any(|outcome| ready.mean(outcome, group).is_some()) => {
            Standing::Ok
        }
        Place::Group(_) => Standing::NoEstimate,
    }
}

/// Refuses a column with infinite values.
///
/// # Errors
/// [`Error::Input`] naming column, rule, number and values.
pub fn finite(column: &Numbers) -> Result<()> {
    refuse(column, "must be a finite number", |value| value.is_infinite())
}

fn refuse(column: &Numbers, rule: &str, broken: impl Fn(&f64) -> bool) -> Result<()> {
    let found = || column.values.iter().flatten().filter(|value| broken(value));
    match found().count() {
        0 => Ok(()),
        count => Err(Error::values(&column.name, rule, count, found().take(MAX_EXAMPLES).map(f64::to_string))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{NoEntries, table};

    fn numbers(name: &str, values: &[Option<f64>]) -> Numbers {
        Numbers { name: name.into(), values: values.to_vec() }
    }

    #[test]
    fn points_outside_the_scale_are_named_with_their_column() {
        let rule = AttainmentRule { lowest: 0.0, highest: 9.0, no_entries: NoEntries::Missing };
        let (english, maths) = (numbers("e", &[Some(5.0), None]), numbers("m", &[Some(5.0)]));
        let ebacc = [numbers("history", &[Some(9.5), Some(-1.0)])];
        let slots = SlotColumns { english: &english, maths: &maths, ebacc: &ebacc, open: &[] };
        let error = attainment_8(slots, &[Some(true)], &rule).unwrap_err().to_string();
        assert_eq!(error, "column 'history': points must lie between 0 and 9; 2 values break this rule: 9.5; -1");
        let good = attainment_8(SlotColumns { ebacc: &[], ..slots }, &[Some(true)], &rule).unwrap();
        assert_eq!(good.column("attainment_8"), Ok(&Column::Number(vec![Some(20.0), Some(10.0)])));
        let error = attainment_8(SlotColumns { ebacc: &[], ..slots }, &[None; 3], &rule).unwrap_err();
        assert!(error.to_string().contains("'english_double' has 3"));
    }

    #[test]
    fn every_row_keeps_a_status() {
        let table = table("p8", 2023, None).unwrap();
        let prior = numbers("prior", &[Some(105.0), None, Some(12.0), Some(130.0), Some(59.0)]);
        let found = estimates(&prior, &table).unwrap();
        assert_eq!(found.column("group"), Ok(&Column::Integer(vec![Some(19), None, None, None, Some(1)])));
        let status = found.column("status").unwrap();
        let words: Vec<_> = (0..5).map(|row| status.text(row).unwrap()).collect();
        assert_eq!(words, ["ok", "prior_missing", "prior_outside", "prior_outside", "ok"]);
        let points = [numbers("a8", &[Some(52.0), Some(52.0), None, Some(1.0), None])];
        let found = scores(&prior, &points, &["attainment_8".to_owned()], &table).unwrap();
        let Ok(Column::Number(scores)) = found.column("p8") else { panic!("no scores") };
        assert!((scores[0].unwrap() - 0.645).abs() < 1e-12);
        assert_eq!(scores[1..], [None; 4]);
        let status = found.column("status").unwrap();
        assert_eq!(status.text(4), Some("outcome_missing"));
        assert!(estimates(&numbers("prior", &[Some(f64::INFINITY)]), &table).is_err());
    }
}
