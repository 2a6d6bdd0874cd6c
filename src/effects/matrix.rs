//! Small symmetric matrices: lower triangles by row, Cholesky factors, solutions.

/// Lower triangle of a symmetric matrix, row by row: row `i` holds `i + 1` numbers.
pub(crate) type Triangle = Vec<Vec<f64>>;

/// A triangle of zeros.
pub(crate) fn zeros(size: usize) -> Triangle {
    (1..=size).map(|length| vec![0.0; length]).collect()
}

/// Adds `weight * vector * vector'`.
pub(crate) fn add_outer(triangle: &mut Triangle, vector: &[f64], weight: f64) {
    for (row, value) in triangle.iter_mut().zip(vector) {
        let factor = weight * value;
        for (cell, other) in row.iter_mut().zip(vector) {
            *cell += factor * other;
        }
    }
}

/// Sum of products.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `vector' * triangle * vector`.
pub(crate) fn quadratic(triangle: &Triangle, vector: &[f64]) -> f64 {
    let row_sum = |(row, value): (&Vec<f64>, &f64)| {
        let diagonal = row.last().copied().unwrap_or_default();
        // The part under the diagonal counts twice, the diagonal once.
        value * (2.0 * dot(row, vector) - diagonal * value)
    };
    triangle.iter().zip(vector).map(row_sum).sum()
}

/// The factor `L` of a positive definite matrix `L L'`.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    rows: Triangle,
}

impl Cholesky {
    /// Factorises a matrix; `Err` holds the first row that follows from the rows before it: its pivot is not above
    /// `tolerance` times its diagonal.
    pub fn of(matrix: &Triangle, tolerance: f64) -> Result<Self, usize> {
        let mut rows: Triangle = Vec::with_capacity(matrix.len());
        for (at, source) in matrix.iter().enumerate() {
            let mut row = Vec::with_capacity(at + 1);
            for (earlier, value) in rows.iter().zip(source) {
                let rest = value - dot(&row, earlier);
                row.push(rest / diagonal(earlier));
            }
            let own = diagonal(source);
            let pivot = own - dot(&row, &row);
            if pivot.is_nan() || pivot <= tolerance * own {
                return Err(at);
            }
            row.push(pivot.sqrt());
            rows.push(row);
        }
        Ok(Self { rows })
    }

    /// The solution of `L x = b`.
    pub fn forward(&self, b: &[f64]) -> Vec<f64> {
        let mut solution = Vec::with_capacity(self.rows.len());
        for (row, value) in self.rows.iter().zip(b) {
            let rest = value - dot(&solution, row);
            solution.push(rest / diagonal(row));
        }
        solution
    }

    /// The solution of `L' x = b`.
    pub fn backward(&self, b: &[f64]) -> Vec<f64> {
        let mut rest = b.to_vec();
        let mut solution = Vec::with_capacity(self.rows.len());
        for (at, row) in self.rows.iter().enumerate().rev() {
            let value = rest.get(at).copied().unwrap_or_default() / diagonal(row);
            for (earlier, factor) in rest.iter_mut().zip(row).take(at) {
                *earlier -= factor * value;
            }
            solution.push(value);
        }
        solution.reverse();
        solution
    }

    /// The logarithm of the determinant of `L L'`.
    pub fn log_determinant(&self) -> f64 {
        self.rows.iter().map(|row| 2.0 * diagonal(row).ln()).sum()
    }

    /// Takes the last row off: the factor of all but the last row and column, and that row.
    pub fn split_last(mut self) -> (Self, Vec<f64>) {
        let last = self.rows.pop().unwrap_or_default();
        (self, last)
    }

    /// `trace((L L')^-1 * other)`.
    pub fn trace_of_inverse_times(&self, other: &Triangle) -> f64 {
        let size = self.rows.len();
        let unit = |at: usize| (0..size).map(|row| f64::from(u8::from(row == at))).collect::<Vec<_>>();
        let column = |(at, row): (usize, &Vec<f64>)| {
            let inverse = self.backward(&self.forward(&unit(at)));
            2.0 * dot(row, &inverse) - diagonal(row) * inverse.get(at).copied().unwrap_or_default()
        };
        other.iter().take(size).enumerate().map(column).sum()
    }
}

fn diagonal(row: &[f64]) -> f64 {
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `B B' + I` for a random `B` is positive definite.
    fn positive(values: &[f64], size: usize) -> Triangle {
        let mut matrix = zeros(size);
        for row in values.chunks(size) {
            add_outer(&mut matrix, row, 1.0);
        }
        for row in &mut matrix {
            *row.last_mut().unwrap() += 1.0;
        }
        matrix
    }

    fn full(matrix: &Triangle, row: usize, column: usize) -> f64 {
        matrix[row.max(column)][row.min(column)]
    }

    #[test]
    fn a_row_that_follows_from_others_is_named() {
        let matrix = vec![vec![1.0], vec![2.0, 4.0], vec![0.0, 0.0, 1.0]];
        assert_eq!(Cholesky::of(&matrix, 1e-9).unwrap_err(), 1);
        assert_eq!(Cholesky::of(&vec![vec![f64::NAN]], 0.0).unwrap_err(), 0);
    }

    proptest! {
        #[test]
        fn solutions_solve(values in prop::collection::vec(-3.0..3.0f64, 16), b in prop::collection::vec(-3.0..3.0f64, 4)) {
            let matrix = positive(&values, 4);
            let factor = Cholesky::of(&matrix, 0.0).unwrap();
            let x = factor.backward(&factor.forward(&b));
            for (row, expected) in b.iter().enumerate() {
                let found: f64 = (0..4).map(|column| full(&matrix, row, column) * x[column]).sum();
                prop_assert!((found - expected).abs() < 1e-9);
            }
            let form: f64 = (0..4).map(|i| (0..4).map(|j| x[i] * full(&matrix, i, j) * x[j]).sum::<f64>()).sum();
            prop_assert!((quadratic(&matrix, &x) - form).abs() < 1e-9 * (1.0 + form.abs()));
            prop_assert!((factor.trace_of_inverse_times(&matrix) - 4.0).abs() < 1e-9);
        }
    }
}
