//! Ordered grades: a cumulative logit with proportional odds.

use serde::{Deserialize, Serialize};

use super::likelihood::{Data, Point, cuts_of_shares};
use crate::effects::fit::{ALIASED, INTERCEPT, aliased};
use crate::effects::matrix::{Cholesky, dot};
use crate::effects::moments::{Covariate, Moments};
use crate::error::{Error, Result};

/// Steps of Newton's method. A likelihood with a greatest value takes about eight; where a column separates the grades,
/// every step goes one logit further and none is the last.
const STEPS: usize = 30;
/// Halvings of one step.
const HALVINGS: usize = 40;
/// The fit is done when the next step would be this part of a standard error, squared.
const DONE: f64 = 1e-16;
/// Share of the largest step among the coefficients that a column must have to be named as separating.
const RUNS_ALONG: f64 = 0.2;

/// A fitted cumulative logit: `Pr(Y >= g) = logistic(eta - cut_g)` for `g` from 1, with `eta = x' b` in the natural units of
/// the columns. It holds figures of all pupils together, none of single ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CumulativeLogit {
    /// Rising, one less than there are grades.
    pub cuts: Vec<f64>,
    /// One for each column.
    pub coefficients: Vec<f64>,
    /// Covariances of cuts and coefficients, in this order, from the observed information: lower triangle by row.
    pub covariance: Vec<Vec<f64>>,
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Pupils the model was fitted on.
    pub pupils: u64,
}

impl CumulativeLogit {
    /// Fits the model by maximum likelihood. `codes` hold the grade of each pupil, 0 the lowest, below `grades`; `columns`
    /// hold complete rows and no constant, which the cuts are.
    ///
    /// Newton's method on standardised columns with the observed information, steps halved where the likelihood would fall.
    /// The likelihood is concave, so there is one greatest value or none. One thread sums the rows in their order, so the
    /// answer is the same on any number of processors.
    ///
    /// # Errors
    /// [`Error::Input`] for columns of different length or with values that are not finite, a code that is no grade, fewer
    /// than two grades, a grade that no pupil has (its chance would be 0 by fiat, not by evidence), a column that does not
    /// vary or follows from others, fewer pupils than parameters, or a column that separates the grades: where pupils of
    /// some values never have the grades of others, the likelihood has no greatest value; where they hardly ever do, it has
    /// one that 30 steps do not reach.
    ///
    /// ```
    /// use schoolframe::effects::Covariate;
    /// use schoolframe::estimates::CumulativeLogit;
    /// let prior = [90.0, 92.0, 95.0, 98.0, 100.0, 103.0, 105.0, 108.0, 111.0, 115.0];
    /// let grade = [0, 1, 0, 1, 0, 1, 2, 1, 2, 2];
    /// let model = CumulativeLogit::fit(&[("prior", Covariate::Numbers(&prior))], &grade, 3).unwrap();
    /// assert!(model.coefficients[0] > 0.0 && model.cuts[0] < model.cuts[1]);
    /// let chances = model.chances(model.coefficients[0] * 104.0);
    /// assert!(chances[0] > 0.5 && chances[1] < 0.5); // of grade 1 or better, of grade 2
    /// ```
    pub fn fit(columns: &[(&str, Covariate)], codes: &[u32], grades: usize) -> Result<Self> {
        let sizes = sizes(codes, grades)?;
        // All pupils as one school: the spread within it is the whole spread.
        let moments = Moments::of(columns, &vec![0; codes.len()], 1)?;
        check(&moments, columns, grades - 1)?;
        let (centre, scale) = (moments.centre.get(1..), moments.scale.get(1..));
        let (centre, scale) = (centre.unwrap_or_default(), scale.unwrap_or_default());
        let data = Data { columns, centre, scale, codes, sizes: &sizes };
        let mut at: Vec<f64> = cuts_of_shares(&sizes, codes.len());
        at.resize(at.len() + columns.len(), 0.0);
        let (at, point, factor) = climb(&data, at, grades - 1)?;
        Ok(Self::described(&data, &at, &factor, point.value, grades - 1))
    }

    /// Turns cuts and coefficients of standardised columns into natural units.
    fn described(data: &Data, at: &[f64], factor: &Cholesky, value: f64, cuts: usize) -> Self {
        let width = at.len() - cuts;
        let units = || data.centre.iter().zip(data.scale);
        // Row k turns the standardised parameters into parameter k: the cuts take up the means.
        let turned = |row: usize| -> Vec<f64> {
            let own = |column: usize| f64::from(u8::from(row == column));
            let coefficients = units()
                .enumerate()
                .map(|(column, (centre, scale))| if row < cuts { centre / scale } else { own(cuts + column) / scale });
            (0..cuts).map(own).chain(coefficients).collect()
        };
        let rows: Vec<Vec<f64>> = (0..cuts + width).map(turned).collect();
        let mut natural = rows.iter().map(|row| dot(row, at) + 0.0);
        let halves: Vec<Vec<f64>> = rows.iter().map(|row| factor.forward(row)).collect();
        let covariances =
            |(at, row): (usize, &Vec<f64>)| halves.iter().take(at + 1).map(|other| dot(row, other)).collect();
        Self {
            cuts: natural.by_ref().take(cuts).collect(),
            coefficients: natural.collect(),
            covariance: halves.iter().enumerate().map(covariances).collect(),
            log_likelihood: value,
            pupils: data.codes.len() as u64,
        }
    }

    /// Checks what a text may have changed: cuts that rise, finite figures, a triangle of covariances that fits.
    ///
    /// # Errors
    /// [`Error::Input`] naming the rule.
    pub fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::Input(format!("this is no cumulative logit: {why}")));
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        if self.cuts.is_empty() || !self.cuts.windows(2).all(|pair| matches!(pair, [low, high] if low < high)) {
            return refuse("its cuts must rise, and there must be one");
        }
        if !(finite(&self.cuts) && finite(&self.coefficients) && self.log_likelihood.is_finite()) {
            return refuse("its figures must be finite");
        }
        let size = self.cuts.len() + self.coefficients.len();
        let triangle = self.covariance.iter().enumerate().all(|(at, row)| row.len() == at + 1 && finite(row));
        if self.covariance.len() != size || !triangle {
            return refuse("it needs a triangle of covariances of its cuts and coefficients");
        }
        Ok(())
    }

    /// The chances of each grade or better, from the second lowest grade up, at a linear predictor: they fall, and that of
    /// the lowest grade or better is 1 and left out.
    #[must_use]
    pub fn chances(&self, eta: f64) -> Vec<f64> {
        let mut chances = Vec::with_capacity(self.cuts.len());
        self.chances_into(&[eta], &mut chances);
        chances
    }

    /// [`Self::chances`] of many pupils, one pupil after the other, into a buffer that is emptied first: no allocation once
    /// it has its size.
    pub fn chances_into(&self, etas: &[f64], chances: &mut Vec<f64>) {
        chances.clear();
        chances.extend(etas.iter().flat_map(|eta| self.cuts.iter().map(move |cut| logistic(eta - cut))));
    }
}

/// `1 / (1 + exp(-x))`.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Pupils with each grade.
fn sizes(codes: &[u32], grades: usize) -> Result<Vec<f64>> {
    if grades < 2 {
        return Err(Error::Input(format!("ordered grades: two or more are needed, not {grades}")));
    }
    let mut sizes = vec![0.0; grades];
    for code in codes {
        let size = sizes.get_mut(*code as usize);
        *size.ok_or_else(|| Error::Input(format!("grade {code}: numbers of grades must lie below {grades}")))? += 1.0;
    }
    let empty: Vec<String> =
        sizes.iter().enumerate().filter(|(_, size)| **size <= 0.0).map(|(grade, _)| grade.to_string()).collect();
    if empty.is_empty() {
        return Ok(sizes);
    }
    let (noun, verb) = if empty.len() == 1 { ("grade", "has") } else { ("grades", "have") };
    let listed = empty.join(", ");
    Err(Error::Input(format!(
        "{noun} {listed} (counted from 0) {verb} no pupils, so nothing is known of the chance; leave it out of the grades \
         or join it with its neighbour"
    )))
}

/// Refuses columns that leave a coefficient undetermined.
fn check(moments: &Moments, columns: &[(&str, Covariate)], cuts: usize) -> Result<()> {
    for ((name, _), spread) in columns.iter().zip(moments.scale.iter().skip(1)) {
        if *spread <= 0.0 {
            return Err(Error::Input(format!("'{name}' has the same value in every row that counts")));
        }
    }
    let (parameters, pupils) = (cuts + columns.len(), moments.rows);
    if pupils <= parameters {
        return Err(Error::Input(format!("{parameters} cuts and coefficients cannot be told from {pupils} pupils")));
    }
    let total = moments.total();
    if let Err(at) = Cholesky::of(&total, ALIASED) {
        // The end of the list is the outcome's in a linear model; here it is nobody's.
        let names: Vec<&str> =
            std::iter::once(INTERCEPT).chain(columns.iter().map(|(name, _)| *name)).chain([""]).collect();
        return Err(Error::Input(aliased(&total, at, &names)));
    }
    Ok(())
}

/// Goes up to the greatest likelihood: the parameters, the likelihood there and the factor of its information.
fn climb(data: &Data, start: Vec<f64>, cuts: usize) -> Result<(Vec<f64>, Point, Cholesky)> {
    let of = |at: &[f64]| {
        let (cuts, coefficients) = at.split_at(cuts);
        Point::at(data, cuts, coefficients)
    };
    let unsolved =
        || Error::Input("the likelihood of the grades cannot be worked out: the columns are too alike".to_owned());
    let mut at = start;
    let mut point = of(&at).ok_or_else(unsolved)?;
    let mut step: Vec<f64> = Vec::new();
    for _ in 0..STEPS {
        let Ok(factor) = Cholesky::of(&point.information, 0.0) else { break };
        step = factor.backward(&factor.forward(&point.gradient));
        let rise = dot(&step, &point.gradient);
        if rise <= DONE {
            return Ok((at, point, factor));
        }
        // Close to the top the rise is smaller than the noise of the sum, and full steps are safe.
        let enough = if rise < 1e-6 { f64::NEG_INFINITY } else { point.value };
        let tried = (0..HALVINGS).find_map(|halvings| {
            let part = 0.5_f64.powi(i32::try_from(halvings).unwrap_or(i32::MAX));
            let next: Vec<f64> = at.iter().zip(&step).map(|(value, step)| value + part * step).collect();
            of(&next).filter(|point| point.value > enough).map(|point| (next, point))
        });
        let Some(next) = tried else { break };
        (at, point) = next;
    }
    Err(step.get(cuts..).filter(|step| !step.is_empty()).map_or_else(unsolved, |step| separated(data, step)))
}

/// What to say where the coefficients run away: the columns along which they run.
fn separated(data: &Data, step: &[f64]) -> Error {
    let largest = step.iter().fold(0.0_f64, |largest, step| largest.max(step.abs()));
    let runs = data.columns.iter().zip(step).filter(|(_, step)| step.abs() >= RUNS_ALONG * largest);
    let names: Vec<String> = runs.map(|((name, _), _)| format!("'{name}'")).collect();
    let listed = names.join(", ");
    let (verb, whose) = if names.len() > 1 { ("together separate", "their") } else { ("separates", "its") };
    Error::Input(format!(
        "{listed} {verb} the grades, or nearly: pupils of some values never, or hardly ever, have the grades of others, so \
         {whose} coefficient cannot be told from an infinite one; leave the column out or join its level with another"
    ))
}

#[cfg(test)]
#[path = "ordinal_tests.rs"]
mod tests;
