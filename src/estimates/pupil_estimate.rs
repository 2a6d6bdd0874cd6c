//! Estimates of pupils from a fitted model, row by row.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::outlook::{Outlook, Scale};
use super::pupil::{Benchmark, PupilModel};
use super::pupil_terms::{ContextTerm, ContextValues, StartColumns, between, covariates};
use crate::effects::matrix::{dot, quadratic};
use crate::effects::moments::BLOCK;
use crate::effects::{Covariate, multiplier};
use crate::error::{Error, MAX_EXAMPLES, Result};
use crate::table::{Coded, Column};

/// What is asked of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstimateRule {
    /// The model.
    pub model: PupilModel,
    /// Ranks of schools, 1 to 99.
    pub levels: Vec<u32>,
    /// Share of outcomes that an interval holds.
    pub confidence: f64,
    /// Whether pupils without prior attainment get the wider answer of all pupils.
    pub wider: bool,
}

/// Columns of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Figures {
    /// Numbers, NaN where there is none.
    Numbers(Vec<f64>),
    /// Words.
    Words(Column),
    /// So many numbers a row, NaN where there are none.
    Lists(usize, Vec<f64>),
}

/// Type of a column of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureKind {
    /// Numbers.
    Number,
    /// Words.
    Word,
    /// Lists of numbers.
    Numbers,
}

/// Words for what became of a row, in the order of their codes.
const STATUS: [&str; 6] =
    ["ok", "prior_missing", "prior_outside", "covariate_missing", "covariate_outside", "all_pupils"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok = 0,
    PriorMissing = 1,
    PriorOutside = 2,
    CovariateMissing = 3,
    CovariateOutside = 4,
    AllPupils = 5,
}

impl EstimateRule {
    /// Checks levels and confidence.
    ///
    /// # Errors
    /// [`Error::Input`] naming what is wrong.
    pub fn check(&self) -> Result<()> {
        if self.levels.is_empty() || self.levels.iter().any(|level| self.model.benchmark(*level).is_none()) {
            return Err(Error::Input(format!("levels: ranks of 1 to 99 are needed, not {:?}", self.levels)));
        }
        if self.confidence > 0.0 && self.confidence < 1.0 {
            return Ok(());
        }
        Err(Error::Input(format!("confidence must lie between 0 and 1, not {}", self.confidence)))
    }

    /// Names and types of the columns of a result.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, FigureKind)> {
        let mut found = Vec::new();
        for stem in self.stems() {
            found.extend(["", "_low", "_high"].map(|end| (format!("{stem}{end}"), FigureKind::Number)));
            if self.model.grades.is_some() && stem != "expected" {
                found.push((format!("{stem}_headline"), FigureKind::Word));
                found.push((format!("{stem}_chances"), FigureKind::Numbers));
            }
        }
        found.push(("status".to_owned(), FigureKind::Word));
        found
    }

    fn stems(&self) -> impl Iterator<Item = String> {
        std::iter::once("expected".to_owned()).chain(self.levels.iter().map(|level| format!("fft{level}")))
    }

    /// Estimates of pupils from their prior attainment and context, in the order of the model, all of equal length.
    ///
    /// # Errors
    /// [`Error::Input`] for columns that are not those of the model, values off a named scale, or months that are none.
    pub fn estimate(&self, priors: &[&[f64]], contexts: &[ContextValues]) -> Result<Vec<(String, Figures)>> {
        self.check()?;
        let model = &self.model;
        let rows = priors.first().map_or(0, |values| values.len());
        let fits = priors.len() == model.starts.len()
            && contexts.len() == model.contexts.len()
            && priors.iter().all(|values| values.len() == rows)
            && contexts.iter().all(|values| values.len() == rows);
        if !fits {
            return Err(Error::Input(
                "one column for each of those of the model is needed, of equal length".to_owned(),
            ));
        }
        self.check_values(priors, contexts)?;
        let status: Vec<Status> = (0..rows).map(|row| self.status(row, priors, contexts)).collect();
        let starts: Vec<StartColumns> =
            model.starts.iter().zip(priors).map(|(term, values)| term.columns(values)).collect::<Result<_>>()?;
        let known: Vec<(&ContextTerm, ContextValues)> = model.contexts.iter().zip(contexts.iter().copied()).collect();
        let covariates = covariates(&starts, &known)?;
        let first = priors.first().copied().unwrap_or_default();
        let figures = match &model.grades {
            None => self.points(first, &covariates, &status),
            Some(_) => self.graded(&covariates, &status),
        };
        let mut found: Vec<(String, Figures)> = self.fields().into_iter().map(|(name, _)| name).zip(figures).collect();
        let labels = STATUS.map(Arc::from).to_vec();
        let codes = status.iter().map(|status| Some(*status as u32)).collect();
        found.push(("status".to_owned(), Figures::Words(Column::Coded(Coded { labels, codes }))));
        Ok(found)
    }

    fn check_values(&self, priors: &[&[f64]], contexts: &[ContextValues]) -> Result<()> {
        for (term, values) in self.model.starts.iter().zip(priors) {
            if let Some((low, high)) = term.scale {
                let rule = format!("must lie from {low} to {high}, the scale of prior attainment");
                refuse(&term.column, &rule, values, |value| value < low || value > high)?;
            }
        }
        for (term, values) in self.model.contexts.iter().zip(contexts) {
            if let (ContextTerm::Month(column), ContextValues::Numbers(values)) = (term, values) {
                let rule = "must be a month of birth from 1 (September) to 12 (August)";
                refuse(column, rule, values, |value| !(1.0..=12.0).contains(&value) || value.fract() != 0.0)?;
            }
        }
        Ok(())
    }

    fn status(&self, row: usize, priors: &[&[f64]], contexts: &[ContextValues]) -> Status {
        let value = |values: &&[f64]| values.get(row).copied().unwrap_or(f64::NAN);
        if priors.iter().any(|values| value(values).is_nan()) {
            return if self.wider { Status::AllPupils } else { Status::PriorMissing };
        }
        if !self.model.starts.iter().zip(priors).all(|(term, values)| term.covers(value(values))) {
            return Status::PriorOutside;
        }
        if contexts.iter().any(|values| values.is_missing(row)) {
            return Status::CovariateMissing;
        }
        let beyond = |(values, ends): (&ContextValues, &Option<(f64, f64)>)| match (values, ends) {
            (ContextValues::Numbers(values), Some(ends)) => !values.get(row).is_some_and(|one| between(*ends, *one)),
            _ => false,
        };
        if contexts.iter().zip(&self.model.context_ends).any(beyond) {
            return Status::CovariateOutside;
        }
        Status::Ok
    }

    fn targets(&self) -> Vec<Benchmark> {
        self.levels.iter().filter_map(|level| self.model.benchmark(*level)).collect()
    }

    /// Estimates of an outcome in points.
    fn points(&self, first: &[f64], covariates: &[Covariate], status: &[Status]) -> Vec<Figures> {
        let (model, targets, z) = (&self.model, self.targets(), multiplier(self.confidence));
        let mut found = vec![vec![f64::NAN; status.len()]; 3 * (targets.len() + 1)];
        let mut put = |row: usize, middle: f64, own: f64, error: f64, schools: f64| {
            let expected = (middle, own + error + schools);
            let ranked = targets.iter().map(|target| (middle + target.progress, own + error + target.se.powi(2)));
            for (columns, (value, variance)) in found.chunks_mut(3).zip(std::iter::once(expected).chain(ranked)) {
                let half = z * variance.sqrt();
                for (column, figure) in columns.iter_mut().zip([value, value - half, value + half]) {
                    if let Some(cell) = column.get_mut(row) {
                        *cell = figure;
                    }
                }
            }
        };
        let whole = model.sd.powi(2);
        let alone = (whole - model.between).max(model.within);
        each_row(covariates, status.len(), |row, terms| match status.get(row) {
            Some(Status::Ok) => {
                let spread = model.spread_at(first.get(row).copied().unwrap_or(f64::NAN));
                let middle = dot(&model.coefficients, terms);
                let error = quadratic(&model.covariance, terms).max(0.0);
                put(row, middle, spread.powi(2), error, model.between);
            }
            Some(Status::AllPupils) => put(row, model.mean, alone, 0.0, whole - alone),
            _ => {}
        });
        found.into_iter().map(Figures::Numbers).collect()
    }

    /// Estimates of an outcome in grades.
    fn graded(&self, covariates: &[Covariate], status: &[Status]) -> Vec<Figures> {
        let model = &self.model;
        let Some(part) = &model.grades else { return Vec::new() };
        let scale = Scale::new(part, model.between);
        let shifts: Vec<f64> = self.targets().iter().map(|target| part.weight * target.progress).collect();
        let mut outlooks: Vec<Columns> = (0..=shifts.len())
            .map(|at| Columns::new(status.len(), if at == 0 { 0 } else { part.grades.len() }))
            .collect();
        let labels: Vec<Arc<str>> = part.grades.iter().map(|grade| Arc::from(grade.as_str())).collect();
        let mut outlook = Outlook::new(part.grades.len());
        each_row(covariates, status.len(), |row, terms| {
            let wider = match status.get(row) {
                Some(Status::Ok) => false,
                Some(Status::AllPupils) => true,
                _ => return,
            };
            let eta = dot(&part.coefficients, terms.get(1..).unwrap_or_default());
            for (at, columns) in outlooks.iter_mut().enumerate() {
                match (at.checked_sub(1).and_then(|level| shifts.get(level)), wider) {
                    (None, false) => scale.over_schools(eta, &mut outlook),
                    (None, true) => scale.shares(0.0, &mut outlook),
                    (Some(shift), false) => scale.at(eta + shift, &mut outlook),
                    (Some(shift), true) => scale.shares(*shift, &mut outlook),
                }
                columns.put(row, &outlook, self.confidence);
            }
        });
        outlooks.into_iter().flat_map(|columns| columns.figures(&labels)).collect()
    }
}

/// Columns of one stem of a graded outcome.
struct Columns {
    numbers: [Vec<f64>; 3],
    headline: Vec<Option<u32>>,
    chances: Vec<f64>,
    grades: usize,
}

impl Columns {
    fn new(rows: usize, grades: usize) -> Self {
        let numbers = || vec![f64::NAN; rows];
        let headline = if grades == 0 { Vec::new() } else { vec![None; rows] };
        Self { numbers: [numbers(), numbers(), numbers()], headline, chances: vec![f64::NAN; rows * grades], grades }
    }

    fn put(&mut self, row: usize, outlook: &Outlook, confidence: f64) {
        let (low, high) = outlook.interval(confidence);
        for (column, figure) in self.numbers.iter_mut().zip([outlook.mean(), low, high]) {
            if let Some(cell) = column.get_mut(row) {
                *cell = figure;
            }
        }
        if let Some(cell) = self.headline.get_mut(row) {
            *cell = u32::try_from(outlook.headline()).ok();
        }
        if let Some(cells) = self.chances.get_mut(row * self.grades..(row + 1) * self.grades) {
            cells.iter_mut().zip(outlook.chances()).for_each(|(cell, chance)| *cell = *chance);
        }
    }

    fn figures(self, labels: &[Arc<str>]) -> Vec<Figures> {
        let mut found: Vec<Figures> = self.numbers.into_iter().map(Figures::Numbers).collect();
        if self.grades > 0 {
            let words = Coded { labels: labels.to_vec(), codes: self.headline };
            found.extend([Figures::Words(Column::Coded(words)), Figures::Lists(self.grades, self.chances)]);
        }
        found
    }
}

/// Calls `act` with the values of the terms of every row, the intercept's 1 first.
fn each_row(covariates: &[Covariate], rows: usize, mut act: impl FnMut(usize, &[f64])) {
    let mut blocks: Vec<Vec<f64>> = vec![Vec::with_capacity(BLOCK); covariates.len()];
    let mut terms = vec![1.0; covariates.len() + 1];
    for start in (0..rows).step_by(BLOCK) {
        let end = (start + BLOCK).min(rows);
        for (block, covariate) in blocks.iter_mut().zip(covariates) {
            covariate.fill(start..end, block);
        }
        for row in start..end {
            for (term, block) in terms.iter_mut().skip(1).zip(&blocks) {
                *term = block.get(row - start).copied().unwrap_or(f64::NAN);
            }
            act(row, &terms);
        }
    }
}

fn refuse(column: &str, rule: &str, values: &[f64], broken: impl Fn(f64) -> bool) -> Result<()> {
    let wrong = || values.iter().filter(|value| broken(**value));
    let count = values.iter().filter(|value| !value.is_nan() && broken(**value)).count();
    if count == 0 {
        return Ok(());
    }
    let examples = wrong().filter(|value| !value.is_nan()).take(MAX_EXAMPLES).map(f64::to_string);
    Err(Error::values(column, rule, count, examples))
}
