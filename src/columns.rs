//! The measures on whole columns: what the polars expressions and the Arrow batches both call.
//!
//! Inputs are aligned first: a column of one row stands for every row, any other difference in length is an error. A
//! broken rule is reported once, with the number of rows that break it and the first of them.

use crate::bands::PercentileBands;
use crate::coding::CodingRule;
use crate::error::{Error, MAX_EXAMPLES, Result};
use crate::estimates::{SteppingRule, next_benchmark};
use crate::gaps::{GapRule, Group, Reference};
use crate::numbers::{self, present};
use crate::progress::ProgressBandScheme;
use crate::table::{Coder, Column, Table};

/// A named input column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// Name, for messages.
    pub name: String,
    /// Values; one value stands for every row.
    pub values: Vec<Option<f64>>,
}

impl Numbers {
    /// The value of a row.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<f64> {
        let row = if self.values.len() == 1 { 0 } else { row };
        self.values.get(row).copied().flatten()
    }

    /// The values, with a single one repeated for `height` rows.
    #[must_use]
    pub fn broadcast(self, height: usize) -> Vec<Option<f64>> {
        if self.values.len() == 1 { vec![self.at(0); height] } else { self.values }
    }
}

/// Common length of the inputs.
///
/// # Errors
/// [`Error::Input`] naming every column and its length, unless all lengths other than 1 are equal.
pub fn height(lengths: &[(&str, usize)]) -> Result<usize> {
    let mut height = 1;
    for (_, length) in lengths {
        if *length != 1 {
            if height != 1 && height != *length {
                let all: Vec<String> = lengths.iter().map(|(name, length)| format!("'{name}' has {length}")).collect();
                return Err(Error::Input(format!(
                    "columns of different length cannot be joined row by row (a single row would stand for all): {}",
                    all.join(", ")
                )));
            }
            height = *length;
        }
    }
    Ok(height)
}

fn height_of(inputs: &[&Numbers]) -> Result<usize> {
    let lengths: Vec<(&str, usize)> = inputs.iter().map(|input| (input.name.as_str(), input.values.len())).collect();
    height(&lengths)
}

/// Calls `compute` for every row; gathers the rows that break a rule into one error about `column`.
pub(crate) fn by_row<T>(
    height: usize,
    column: &str,
    inputs: &[&Numbers],
    compute: impl Fn(usize) -> Result<T, &'static str>,
) -> Result<Vec<T>> {
    let mut results = Vec::with_capacity(height);
    let mut broken: Option<&'static str> = None;
    let mut count = 0;
    let mut examples = Vec::new();
    for row in 0..height {
        match compute(row) {
            Ok(result) => results.push(result),
            Err(rule) => {
                // One message speaks of one rule, the first that is broken.
                if *broken.get_or_insert(rule) == rule {
                    count += 1;
                    if examples.len() < MAX_EXAMPLES {
                        examples.push(describe(row, inputs));
                    }
                }
            }
        }
    }
    match broken {
        Some(rule) => Err(Error::values(column, rule, count, examples)),
        None => Ok(results),
    }
}

/// The values of a row. Its number is left out: polars hands large frames over in parts, and it would count within one.
fn describe(row: usize, inputs: &[&Numbers]) -> String {
    // A lone missing value is an input that was not given.
    let values: Vec<String> = inputs
        .iter()
        .filter(|input| input.values != [None])
        .map(|input| {
            format!("{} {}", input.name, input.at(row).map_or("missing".to_owned(), |value| value.to_string()))
        })
        .collect();
    values.join(", ")
}

/// The values as they are ranked: NaN is missing, infinite values are refused.
///
/// # Errors
/// [`Error::Input`] for infinite values.
pub fn finite(value: &Numbers) -> Result<Column> {
    let finite = by_row(value.values.len(), &value.name, &[value], |row| match present(value.at(row)) {
        Some(number) if number.is_infinite() => Err("must be a finite number"),
        number => Ok(number),
    })?;
    Ok(Column::Number(finite))
}

/// Progress bands as published codes, see [`ProgressBandScheme::band`].
///
/// # Errors
/// [`Error::Input`] for rows with a score outside its limits, or inputs that cannot be aligned.
pub fn progress_band(score: &Numbers, lower: &Numbers, upper: &Numbers, scheme: &ProgressBandScheme) -> Result<Column> {
    let inputs = [score, lower, upper];
    let bands = by_row(height_of(&inputs)?, &score.name, &inputs, |row| {
        scheme.band(score.at(row), lower.at(row), upper.at(row)).map(|band| band.map(|band| i64::from(band.code())))
    })?;
    Ok(Column::Integer(bands))
}

/// Values rounded half away from zero, see [`numbers::round_half_up`].
///
/// # Errors
/// [`Error::Input`] for infinite values.
pub fn round_half_up(value: &Numbers, decimals: usize) -> Result<Column> {
    let rounded = by_row(value.values.len(), &value.name, &[value], |row| match present(value.at(row)) {
        Some(value) if value.is_infinite() => Err("must be a finite number"),
        value => Ok(value.map(|value| numbers::round_half_up(value, decimals))),
    })?;
    Ok(Column::Number(rounded))
}

/// Counts rounded to the nearest multiple of `base`, halves up.
///
/// # Errors
/// [`Error::Input`] for values that are no whole numbers from 0.
pub fn round_counts(count: &Numbers, base: f64) -> Result<Column> {
    let rounded = by_row(count.values.len(), &count.name, &[count], |row| match present(count.at(row)) {
        Some(value) if !(value.is_finite() && value >= 0.0 && value.fract() == 0.0) => {
            Err("must be a count, a whole number from 0")
        }
        value => Ok(value.map(|value| numbers::round_half_up(value / base, 0) * base)),
    })?;
    Ok(Column::Number(rounded))
}

/// Percentile bands as numbers, 1 is best, see [`PercentileBands::apply`].
///
/// # Errors
/// As [`PercentileBands::apply`], for infinite values, and inputs that cannot be aligned.
pub fn percentile_band(value: &Numbers, keys: Option<&[Option<&str>]>, bands: &PercentileBands) -> Result<Column> {
    finite(value)?;
    let Some(keys) = keys else { return bands.apply(&value.values, None).map(Column::Integer) };
    let height = height(&[(value.name.as_str(), value.values.len()), ("group", keys.len())])?;
    let values: Vec<_> = (0..height).map(|row| value.at(row)).collect();
    let keys: Vec<_> =
        (0..height).map(|row| keys.get(if keys.len() == 1 { 0 } else { row }).copied().flatten()).collect();
    bands.apply(&values, Some(&keys)).map(Column::Integer)
}

/// Names and kinds of the columns that [`code_against_national`] returns.
pub const CODED: [(&str, Kind); 3] = [("difference", Kind::Number), ("code", Kind::Text), ("adverse", Kind::Flag)];
/// Names and kinds of the columns that [`next_benchmark_of`] returns.
pub const BENCHMARK: [(&str, Kind); 3] = [("estimate", Kind::Number), ("level", Kind::Integer), ("state", Kind::Text)];
/// Names and kinds of the columns that [`gap`] returns.
pub const GAP: [(&str, Kind); 7] = [
    ("gap", Kind::Number),
    ("se", Kind::Number),
    ("ci_low", Kind::Number),
    ("ci_high", Kind::Number),
    ("statistic", Kind::Number),
    ("p_value", Kind::Number),
    ("status", Kind::Text),
];

/// Kind of a result column, as [`Column`] has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Column::Number`].
    Number,
    /// [`Column::Integer`].
    Integer,
    /// [`Column::Coded`].
    Text,
    /// [`Column::Flag`].
    Flag,
}

/// Codes against the national figure, columns [`CODED`]; all three missing where there is no code.
///
/// # Errors
/// [`Error::Input`] for infinite values, and inputs that cannot be aligned.
pub fn code_against_national(value: &Numbers, national: &Numbers, rule: &CodingRule) -> Result<Table> {
    finite(value)?;
    finite(national)?;
    let height = height_of(&[value, national])?;
    let coded: Vec<_> = (0..height).map(|row| rule.code(value.at(row), national.at(row))).collect();
    table(
        CODED.map(|(name, _)| name),
        [
            Column::Number(coded.iter().map(|row| row.map(|row| row.difference)).collect()),
            words(coded.iter().map(|row| row.map(|row| row.code.name()))),
            Column::Flag(coded.iter().map(|row| row.and_then(|row| row.adverse)).collect()),
        ],
    )
}

/// Next benchmarks, columns [`BENCHMARK`]; all three missing where the state cannot be told.
///
/// # Errors
/// [`Error::Input`] for rows with benchmarks in the wrong order, or inputs that cannot be aligned.
pub fn next_benchmark_of(actual: &Numbers, [fft50, fft20, fft5]: [&Numbers; 3], rule: SteppingRule) -> Result<Table> {
    let inputs = [actual, fft50, fft20, fft5];
    let next = by_row(height_of(&inputs)?, &fft50.name, &[fft50, fft20, fft5], |row| {
        next_benchmark(actual.at(row), [fft50.at(row), fft20.at(row), fft5.at(row)], rule)
    })?;
    table(
        BENCHMARK.map(|(name, _)| name),
        [
            Column::Number(next.iter().map(|row| row.and_then(|row| row.estimate)).collect()),
            Column::Integer(next.iter().map(|row| row.and_then(|row| row.level)).collect()),
            words(next.iter().map(|row| row.map(|row| row.state.name()))),
        ],
    )
}

/// The columns that describe a group.
#[derive(Debug, Clone, Copy)]
pub struct GroupColumns<'a> {
    /// Mean or percentage.
    pub mean: &'a Numbers,
    /// Pupils.
    pub n: &'a Numbers,
    /// Standard deviation of pupils.
    pub sd: &'a Numbers,
}

impl GroupColumns<'_> {
    fn at(&self, row: usize) -> Group {
        Group { mean: self.mean.at(row), n: self.n.at(row), sd: self.sd.at(row) }
    }
}

/// Gaps between group A and group B, or, with `fixed`, between group A and the fixed figure `b.mean`; columns [`GAP`].
///
/// # Errors
/// [`Error::Input`] for rows with impossible values, or inputs that cannot be aligned.
pub fn gap(a: GroupColumns, b: GroupColumns, fixed: bool, known_sd: &Numbers, rule: &GapRule) -> Result<Table> {
    let inputs = [a.mean, a.n, a.sd, b.mean, b.n, b.sd, known_sd];
    let gaps = by_row(height_of(&inputs)?, &a.mean.name, &inputs, |row| {
        let reference = if fixed { Reference::Fixed(b.mean.at(row)) } else { Reference::Group(b.at(row)) };
        rule.gap(a.at(row), reference, known_sd.at(row))
    })?;
    table(
        GAP.map(|(name, _)| name),
        [
            Column::Number(gaps.iter().map(|row| row.gap).collect()),
            Column::Number(gaps.iter().map(|row| row.se).collect()),
            Column::Number(gaps.iter().map(|row| row.ci_low).collect()),
            Column::Number(gaps.iter().map(|row| row.ci_high).collect()),
            Column::Number(gaps.iter().map(|row| row.statistic).collect()),
            Column::Number(gaps.iter().map(|row| row.p_value).collect()),
            words(gaps.iter().map(|row| Some(row.status.name()))),
        ],
    )
}

fn table<const N: usize>(names: [&str; N], columns: [Column; N]) -> Result<Table> {
    Table::new(names.into_iter().zip(columns))
}

pub(crate) fn words(rows: impl Iterator<Item = Option<&'static str>>) -> Column {
    let mut coder = Coder::default();
    rows.for_each(|word| coder.push(word));
    coder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coding::{AtThreshold, Unit};
    use crate::gaps::GapMethod;

    fn numbers(name: &str, values: &[f64]) -> Numbers {
        Numbers { name: name.into(), values: values.iter().copied().map(Some).collect() }
    }

    #[test]
    fn one_row_stands_for_all_and_other_lengths_are_refused() {
        let rule = CodingRule::new(5.0, Unit::Points, AtThreshold::Outside, None, false).unwrap();
        let table = code_against_national(&numbers("a", &[50.0, 60.0, 70.0]), &numbers("n", &[60.0]), &rule).unwrap();
        let codes = table.column("code").unwrap();
        assert_eq!([0, 1, 2].map(|row| codes.text(row).unwrap()), ["below", "in_line", "above"]);
        let error = code_against_national(&numbers("a", &[1.0, 2.0, 3.0]), &numbers("n", &[1.0, 2.0]), &rule);
        assert!(error.unwrap_err().to_string().ends_with("'a' has 3, 'n' has 2"));
        assert_eq!(height(&[("a", 1), ("b", 0)]), Ok(0));
        assert!(height(&[("a", 0), ("b", 2)]).is_err());
    }

    #[test]
    fn counts_are_rounded_to_a_base() {
        let counts = numbers("n", &[0.0, 2.0, 3.0, 7.0, 8.0, 12.0, 13.0]);
        let expected = [0.0, 0.0, 5.0, 5.0, 10.0, 10.0, 15.0].map(Some).to_vec();
        assert_eq!(round_counts(&counts, 5.0), Ok(Column::Number(expected)));
        assert_eq!(round_counts(&numbers("n", &[5.0, 15.0]), 10.0), Ok(Column::Number(vec![Some(10.0), Some(20.0)])));
        for wrong in [-1.0, 2.5, f64::INFINITY] {
            assert!(round_counts(&numbers("n", &[wrong]), 5.0).is_err());
        }
        assert_eq!(round_half_up(&numbers("x", &[f64::NAN, 0.125]), 2), Ok(Column::Number(vec![None, Some(0.13)])));
        assert!(round_half_up(&numbers("x", &[f64::INFINITY]), 2).is_err());
    }

    #[test]
    fn broken_rows_are_counted_and_shown() {
        let score = numbers("p8", &[0.1, 0.9, 0.9]);
        let error =
            progress_band(&score, &numbers("lo", &[0.0]), &numbers("hi", &[0.5]), &ProgressBandScheme::PROGRESS_8);
        assert_eq!(
            error.unwrap_err().to_string(),
            "column 'p8': a score must lie within its limits, lower <= score <= upper; 2 values break this rule: \
             p8 0.9, lo 0, hi 0.5; p8 0.9, lo 0, hi 0.5"
        );
    }

    #[test]
    fn finite_numbers_pass_and_infinite_ones_are_named() {
        let given = numbers("p8", &[0.5, f64::NAN]);
        assert_eq!(finite(&given), Ok(Column::Number(vec![Some(0.5), None])));
        assert_eq!(
            finite(&numbers("p8", &[0.5, f64::NEG_INFINITY])).unwrap_err().to_string(),
            "column 'p8': must be a finite number; 1 value breaks this rule: p8 -inf"
        );
    }

    #[test]
    fn infinite_values_have_no_code_and_no_band() {
        let rule = CodingRule::new(5.0, Unit::Points, AtThreshold::Outside, None, false).unwrap();
        let (fine, wrong) = (numbers("pct", &[50.0]), numbers("england", &[60.0, f64::INFINITY]));
        let said = "column 'england': must be a finite number; 1 value breaks this rule: england inf";
        assert_eq!(code_against_national(&fine, &wrong, &rule).unwrap_err().to_string(), said);
        assert_eq!(code_against_national(&wrong, &fine, &rule).unwrap_err().to_string(), said);
        let scheme = crate::bands::BandScheme::named("quartiles").unwrap();
        let values = [1.0, 2.0, 3.0, 4.0].map(Some);
        let bands =
            PercentileBands::fit(&values, None, None, scheme, crate::bands::Direction::HigherBetter, None).unwrap();
        assert_eq!(percentile_band(&wrong, None, &bands).unwrap_err().to_string(), said);
    }

    #[test]
    fn gaps_of_columns() {
        let rule = GapRule::new(GapMethod::KnownSd, 0.95, 6).unwrap();
        let (none, n) = (Numbers { name: "sd".into(), values: vec![None] }, numbers("n", &[20.0, 5.0]));
        let mean = numbers("a", &[-0.4, -0.4]);
        let national = numbers("b", &[0.1]);
        let a = GroupColumns { mean: &mean, n: &n, sd: &none };
        let b = GroupColumns { mean: &national, n: &none, sd: &none };
        let table = gap(a, b, true, &numbers("sd", &[1.2827]), &rule).unwrap();
        assert_eq!(table.names(), GAP.map(|(name, _)| name));
        assert_eq!(table.column("gap"), Ok(&Column::Number(vec![Some(-0.5), None])));
    }
}
