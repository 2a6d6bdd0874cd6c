//! What a random-intercept model needs to know of its pupils: sums of squares within schools, and each school's means.

use std::ops::Range;

use super::matrix::{Triangle, add_outer, dot, zeros};
use crate::error::{Error, Result};

/// Rows that are read at a time: a block of every column stays in the processor's cache.
pub(crate) const BLOCK: usize = 512;

/// A covariate, one value for each pupil.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Covariate<'a> {
    /// Finite numbers.
    Numbers(&'a [f64]),
    /// 1 where the code is this level, 0 elsewhere.
    Level {
        /// The level of every pupil.
        codes: &'a [u32],
        /// The level that counts 1.
        level: u32,
    },
}

impl Covariate<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Level { codes, .. } => codes.len(),
        }
    }

    /// Puts the values of some rows into `block`.
    pub(crate) fn fill(&self, rows: Range<usize>, block: &mut Vec<f64>) {
        block.clear();
        match self {
            Self::Numbers(values) => block.extend_from_slice(values.get(rows).unwrap_or_default()),
            Self::Level { codes, level } => {
                let codes = codes.get(rows).unwrap_or_default();
                block.extend(codes.iter().map(|code| f64::from(u8::from(code == level))));
            }
        }
    }
}

/// Moments of standardised columns: the intercept, the covariates and, last, the outcome.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    /// Pupils.
    pub rows: usize,
    /// Columns, intercept and outcome included.
    pub width: usize,
    /// Sums of squares and products of deviations from the school's mean.
    pub within: Triangle,
    /// Pupils of each school.
    pub sizes: Vec<f64>,
    /// Means of each school, `width` numbers a school.
    pub means: Vec<f64>,
    /// Mean of each column before it was standardised, the intercept's is 0.
    pub centre: Vec<f64>,
    /// Standard deviation of each column before it was standardised, the intercept's is 1; 0 for a column that does not
    /// vary.
    pub scale: Vec<f64>,
}

impl Moments {
    /// Reads the columns twice: once for the means, once for the deviations. `school` holds numbers below `schools`.
    pub fn of(columns: &[(&str, Covariate)], school: &[u32], schools: usize) -> Result<Self> {
        let rows = school.len();
        let width = columns.len() + 1;
        for (name, column) in columns {
            if column.len() != rows {
                let length = column.len();
                return Err(Error::Input(format!("column '{name}' has {length} rows, there are {rows} pupils")));
            }
        }
        let mut sizes = vec![0.0; schools];
        for code in school {
            *size_of(&mut sizes, *code)? += 1.0;
        }
        let (mut centre, mut scale, mut by_school) = (vec![0.0], vec![1.0], Vec::with_capacity(columns.len()));
        for (name, column) in columns {
            let (mean, spread, means) = means_of(name, *column, school, &sizes)?;
            centre.push(mean);
            scale.push(spread);
            by_school.push(means);
        }
        let within = within(columns, school, &by_school, &scale);
        let mut means = Vec::with_capacity(schools * width);
        for at in 0..schools {
            means.push(1.0);
            for ((own, mean), spread) in by_school.iter().zip(centre.iter().skip(1)).zip(scale.iter().skip(1)) {
                means.push((own.get(at).copied().unwrap_or_default() - mean) / divisor(*spread));
            }
        }
        Ok(Self { rows, width, within, sizes, means, centre, scale })
    }

    /// Pupils and means of each school.
    pub fn schools(&self) -> impl Iterator<Item = (f64, &[f64])> {
        self.sizes.iter().copied().zip(self.means.chunks_exact(self.width))
    }

    /// Sums of squares and products over all pupils.
    pub fn total(&self) -> Triangle {
        let mut total = self.within.clone();
        for (size, means) in self.schools() {
            add_outer(&mut total, means, size);
        }
        total
    }
}

fn size_of(sizes: &mut [f64], code: u32) -> Result<&mut f64> {
    let schools = sizes.len();
    sizes
        .get_mut(code as usize)
        .ok_or_else(|| Error::Input(format!("school {code}: numbers of schools must lie below {schools}")))
}

/// A spread that can be divided by; columns that do not vary are refused later, by name.
fn divisor(spread: f64) -> f64 {
    if spread > 0.0 { spread } else { 1.0 }
}

/// Mean and standard deviation of a column, and its mean in each school.
fn means_of(name: &str, column: Covariate, school: &[u32], sizes: &[f64]) -> Result<(f64, f64, Vec<f64>)> {
    let mut sums = vec![0.0; sizes.len()];
    let mut block = Vec::with_capacity(BLOCK);
    let mut total = 0.0;
    for_blocks(school, |rows, schools| {
        column.fill(rows, &mut block);
        for (value, code) in block.iter().zip(schools) {
            if let Some(sum) = sums.get_mut(*code as usize) {
                *sum += value;
            }
        }
        total += block.iter().sum::<f64>();
    });
    if !total.is_finite() {
        return Err(Error::Input(format!("column '{name}': every value must be a finite number of ordinary size")));
    }
    let mean = total / count(school.len());
    let mut squares = 0.0;
    let mut largest = 0.0_f64;
    for_blocks(school, |rows, _| {
        column.fill(rows, &mut block);
        squares += block.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        largest = block.iter().fold(largest, |largest, value| largest.max(value.abs()));
    });
    let spread = (squares / count(school.len())).sqrt();
    // Rounding of the mean alone leaves a spread in the last binary digits of the values.
    let spread = if spread <= 1e-13 * largest { 0.0 } else { spread };
    let means = sums.iter().zip(sizes).map(|(sum, size)| if *size > 0.0 { sum / size } else { mean }).collect();
    Ok((mean, spread, means))
}

fn within(columns: &[(&str, Covariate)], school: &[u32], by_school: &[Vec<f64>], scale: &[f64]) -> Triangle {
    let mut triangle = zeros(columns.len() + 1);
    let mut blocks: Vec<Vec<f64>> = vec![Vec::with_capacity(BLOCK); columns.len()];
    for_blocks(school, |rows, schools| {
        let parts = blocks.iter_mut().zip(columns).zip(by_school).zip(scale.iter().skip(1));
        for (((block, (_, column)), means), spread) in parts {
            column.fill(rows.clone(), block);
            let factor = 1.0 / divisor(*spread);
            for (value, code) in block.iter_mut().zip(schools) {
                *value = (*value - means.get(*code as usize).copied().unwrap_or_default()) * factor;
            }
        }
        // The intercept does not vary within schools: its row and column stay 0.
        for (row, block) in triangle.iter_mut().skip(1).zip(&blocks) {
            for (cell, other) in row.iter_mut().skip(1).zip(&blocks) {
                *cell += dot(block, other);
            }
        }
    });
    triangle
}

fn for_blocks(school: &[u32], mut act: impl FnMut(Range<usize>, &[u32])) {
    for (at, part) in school.chunks(BLOCK).enumerate() {
        let start = at * BLOCK;
        act(start..start + part.len(), part);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
pub(crate) fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_within_and_between_make_the_total() {
        let x: Vec<f64> = (0..1200_u32).map(|row| f64::from(row * row % 97)).collect();
        let y: Vec<f64> = (0..1200_u32).map(|row| 1e6 + f64::from(row % 13)).collect();
        let school: Vec<u32> = (0..1200).map(|row| row % 7).collect();
        let columns = [("x", Covariate::Numbers(&x)), ("y", Covariate::Numbers(&y))];
        let moments = Moments::of(&columns, &school, 7).unwrap();
        let total = moments.total();
        assert!((total[0][0] - 1200.0).abs() < 1e-9);
        assert!(total[1][0].abs() < 1e-7 && total[2][0].abs() < 1e-6);
        assert!((total[1][1] - 1200.0).abs() < 1e-8 && (total[2][2] - 1200.0).abs() < 1e-6);
        assert!(moments.within[1][1] < total[1][1]);
    }

    #[test]
    fn levels_count_one_and_zero() {
        let codes = [0, 1, 1, 2];
        let moments = Moments::of(&[("b", Covariate::Level { codes: &codes, level: 1 })], &[0, 0, 1, 1], 2).unwrap();
        assert!((moments.centre[1] - 0.5).abs() < 1e-15);
        let wrong = Moments::of(&[("b", Covariate::Numbers(&[1.0]))], &[0, 0], 1).unwrap_err();
        assert_eq!(wrong.to_string(), "column 'b' has 1 rows, there are 2 pupils");
        let wrong = Moments::of(&[("b", Covariate::Numbers(&[1.0]))], &[3], 1).unwrap_err();
        assert_eq!(wrong.to_string(), "school 3: numbers of schools must lie below 1");
    }
}
