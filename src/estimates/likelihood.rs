//! The likelihood of a cumulative logit on standardised columns: its value, slope and curvature at one point.
//!
//! With `F` the logistic function, `a = eta - cut_y` and `b = eta - cut_(y+1)`, the chance of grade `y` is
//! `F(a) - F(b) = F(a) * F(-b) * (1 - exp(-(cut_(y+1) - cut_y)))`. The last factor is the same for every pupil with the
//! grade, so the logarithm is a sum of parts without cancellation, each of them concave.

use crate::effects::matrix::{Triangle, dot, zeros};
use crate::effects::moments::{BLOCK, Covariate, count};

/// Grades and columns of the pupils, and how the columns are standardised.
pub(super) struct Data<'a> {
    pub columns: &'a [(&'a str, Covariate<'a>)],
    pub centre: &'a [f64],
    pub scale: &'a [f64],
    pub codes: &'a [u32],
    /// Pupils with each grade.
    pub sizes: &'a [f64],
}

/// Value, slope and curvature of the log-likelihood: cuts first, coefficients after them.
pub(super) struct Point {
    pub value: f64,
    pub gradient: Vec<f64>,
    /// Minus the second derivatives.
    pub information: Triangle,
}

/// Sums over pupils. The first and the last cut are those at minus and plus infinity, and keep 0.
struct Sums {
    value: f64,
    cut_slopes: Vec<f64>,
    cut_weights: Vec<f64>,
    slopes: Vec<f64>,
    /// Of each column with each cut.
    cross: Vec<Vec<f64>>,
    squares: Triangle,
}

/// What one block of rows needs, kept from block to block.
struct Block {
    values: Vec<Vec<f64>>,
    eta: Vec<f64>,
    slope: Vec<f64>,
    below: Vec<f64>,
    above: Vec<f64>,
    weighted: Vec<f64>,
}

impl Point {
    /// The likelihood at cuts and coefficients; `None` where the cuts do not rise or a figure is not finite. Rows are summed
    /// in their order, block by block.
    pub fn at(data: &Data, cuts: &[f64], coefficients: &[f64]) -> Option<Self> {
        let bounds: Vec<f64> =
            std::iter::once(f64::NEG_INFINITY).chain(cuts.iter().copied()).chain([f64::INFINITY]).collect();
        let gaps: Vec<f64> = cuts.iter().zip(cuts.iter().skip(1)).map(|(low, high)| high - low).collect();
        if gaps.iter().any(|gap| gap.is_nan() || *gap <= 0.0) {
            return None;
        }
        let width = coefficients.len();
        let mut sums = Sums {
            value: 0.0,
            cut_slopes: vec![0.0; bounds.len()],
            cut_weights: vec![0.0; bounds.len()],
            slopes: vec![0.0; width],
            cross: vec![vec![0.0; bounds.len()]; width],
            squares: zeros(width),
        };
        let empty = || Vec::with_capacity(BLOCK);
        let mut block = Block {
            values: vec![empty(); width],
            eta: empty(),
            slope: empty(),
            below: empty(),
            above: empty(),
            weighted: empty(),
        };
        for (at, codes) in data.codes.chunks(BLOCK).enumerate() {
            block.read(data, at * BLOCK, codes.len(), coefficients);
            sums.add(&mut block, codes, &bounds);
        }
        Some(sums.point(data, &gaps)).filter(|point| point.value.is_finite())
    }
}

impl Block {
    /// Puts in standardised columns and the linear predictor of some rows.
    fn read(&mut self, data: &Data, start: usize, length: usize, coefficients: &[f64]) {
        self.eta.clear();
        self.eta.resize(length, 0.0);
        let parts = data.columns.iter().zip(data.centre).zip(data.scale);
        for ((values, coefficient), (((_, column), centre), scale)) in
            self.values.iter_mut().zip(coefficients).zip(parts)
        {
            column.fill(start..start + length, values);
            let factor = 1.0 / scale;
            for (value, eta) in values.iter_mut().zip(&mut self.eta) {
                *value = (*value - centre) * factor;
                *eta += coefficient * *value;
            }
        }
    }
}

impl Sums {
    fn add(&mut self, block: &mut Block, codes: &[u32], bounds: &[f64]) {
        let Block { values, eta, slope, below, above, weighted } = block;
        for part in [&mut *slope, &mut *below, &mut *above] {
            part.clear();
        }
        for (eta, code) in eta.iter().zip(codes) {
            let code = *code as usize;
            let bound = |at: usize| bounds.get(at).copied().unwrap_or(f64::NAN);
            let (under, over) = ((bound(code) - eta).exp(), (eta - bound(code + 1)).exp());
            // u = F(a) and v = F(-b); their counterparts are F(-a) and F(b).
            let (u, v) = (1.0 / (1.0 + under), 1.0 / (1.0 + over));
            let (fails, passes) = (under * u, over * v);
            self.value += (u * v).ln();
            slope.push(fails - passes);
            below.push(fails * u);
            above.push(passes * v);
            add_to(&mut self.cut_slopes, code, -fails);
            add_to(&mut self.cut_slopes, code + 1, passes);
            add_to(&mut self.cut_weights, code, fails * u);
            add_to(&mut self.cut_weights, code + 1, passes * v);
        }
        for (at, own) in values.iter().enumerate() {
            if let (Some(sum), Some(cross)) = (self.slopes.get_mut(at), self.cross.get_mut(at)) {
                *sum += dot(slope, own);
                for (((value, low), high), code) in own.iter().zip(&*below).zip(&*above).zip(codes) {
                    let code = *code as usize;
                    add_to(cross, code, low * value);
                    add_to(cross, code + 1, high * value);
                }
            }
            weighted.clear();
            weighted.extend(own.iter().zip(&*below).zip(&*above).map(|((value, low), high)| (low + high) * value));
            if let Some(row) = self.squares.get_mut(at) {
                for (cell, other) in row.iter_mut().zip(values.iter()) {
                    *cell += dot(weighted, other);
                }
            }
        }
    }

    /// Puts the sums together with what depends on the cuts alone: the part of the gap between neighbouring cuts.
    fn point(mut self, data: &Data, gaps: &[f64]) -> Point {
        let mut between = vec![0.0; gaps.len()];
        for (at, ((gap, size), between)) in gaps.iter().zip(data.sizes.iter().skip(1)).zip(&mut between).enumerate() {
            let pull = 1.0 / gap.exp_m1();
            self.value += size * (-(-gap).exp_m1()).ln();
            *between = size * pull * (1.0 + pull);
            for (cut, slope) in [(at + 1, -size * pull), (at + 2, size * pull)] {
                add_to(&mut self.cut_slopes, cut, slope);
                add_to(&mut self.cut_weights, cut, *between);
            }
        }
        let inner = 1..self.cut_slopes.len() - 1;
        let cut_slopes = self.cut_slopes.get(inner.clone()).unwrap_or_default();
        let mut information = zeros(cut_slopes.len());
        let weights = self.cut_weights.get(inner.clone()).unwrap_or_default();
        for (at, (row, weight)) in information.iter_mut().zip(weights).enumerate() {
            add_to(row, at, *weight);
            if let Some(before) = at.checked_sub(1) {
                add_to(row, before, -between.get(before).copied().unwrap_or_default());
            }
        }
        for (cross, squares) in self.cross.iter().zip(&self.squares) {
            let cuts = cross.get(inner.clone()).unwrap_or_default().iter().map(|sum| -sum);
            information.push(cuts.chain(squares.iter().copied()).collect());
        }
        let gradient = cut_slopes.iter().chain(&self.slopes).copied().collect();
        Point { value: self.value, gradient, information }
    }
}

fn add_to(cells: &mut [f64], at: usize, value: f64) {
    if let Some(cell) = cells.get_mut(at) {
        *cell += value;
    }
}

/// Cuts that give every grade its share without any column.
pub(super) fn cuts_of_shares(sizes: &[f64], pupils: usize) -> Vec<f64> {
    let mut below = 0.0;
    let cut = |size: &f64| {
        below += size;
        (below / (count(pupils) - below)).ln()
    };
    sizes.iter().take(sizes.len().saturating_sub(1)).map(cut).collect()
}
