//! Fits a model of estimates: expected outcome, schools, their ranks, the spread along prior attainment, and grades.

use super::ordinal::CumulativeLogit;
use super::pupil::{Benchmark, GradePart, PupilModel, RANKS, SpreadPoint, term_names};
use super::pupil_terms::{ContextTerm, ContextValues, Start, covariates, ends};
use crate::effects::moments::{BLOCK, count};
use crate::effects::{Covariate, FittedSchool, Pupils, SchoolFit, SchoolMethod, Term};
use crate::error::{Error, Result};
use crate::numbers::quantile;

/// Fewest schools that ranks mean anything for.
pub const LEAST_SCHOOLS: usize = 11;
/// Fewest pupils of a tenth whose spread stands on its own.
const LEAST_OF_TENTH: u64 = 30;

/// Pupils with every value: rows with a missing one are left out before.
#[derive(Debug, Clone)]
pub struct EstimatePupils<'a> {
    /// Name of the outcome.
    pub outcome_name: String,
    /// Outcome; of an ordered one the place of the grade, from 0.
    pub outcome: &'a [f64],
    /// Prior attainment.
    pub starts: Vec<(Start, &'a [f64])>,
    /// Context.
    pub contexts: Vec<(ContextTerm, ContextValues<'a>)>,
    /// School of every pupil, a number below `schools`.
    pub school: &'a [u32],
    /// Number of schools.
    pub schools: usize,
    /// Grades in rising order, for an ordered outcome.
    pub grades: Vec<String>,
}

/// Settings of a fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EstimateSettings {
    /// How variances are estimated.
    pub method: SchoolMethod,
    /// Fewest pupils of a school whose progress counts in the ranks.
    pub min_school: u64,
    /// Fewest pupils that anything kept rests on.
    pub min_group: u64,
    /// Whether ranks are those of shrunken effects, or of mean residuals as they are.
    pub shrink: bool,
}

impl Default for EstimateSettings {
    fn default() -> Self {
        Self { method: SchoolMethod::Reml, min_school: 11, min_group: 6, shrink: true }
    }
}

impl PupilModel {
    /// Fits the model of one outcome.
    ///
    /// Expected outcome and effects of schools as [`SchoolFit::of`]. Benchmarks are type 7 quantiles `1 - r / 100` of the
    /// effects of schools with at least `min_school` pupils, each school counting once. The standard error of a benchmark is
    /// half the distance between the quantiles one standard error of a share, `sqrt(p (1 - p) / schools)`, to either side.
    /// The spread is that of outcomes about their school's mean by tenth of the first prior attainment, each square counting
    /// `n / (n - 1)` in a school of n. An estimate is made for prior attainment, and context in numbers, that at least
    /// `min_group` pupils have or stay below, and as many have or pass.
    ///
    /// # Errors
    /// [`Error::Input`] for columns of different length, too few schools, terms that cannot be told apart, and context in
    /// numbers or grades that fewer than `min_group` pupils have; the outcome is named.
    ///
    /// ```
    /// use schoolframe::estimates::{EstimatePupils, EstimateSettings, PupilModel, Start, StartShape};
    /// let rows = 0..240_u32;
    /// let prior: Vec<f64> = rows.clone().map(|row| 90.0 + f64::from(row * 7 % 29)).collect();
    /// let school: Vec<u32> = rows.clone().map(|row| row % 12).collect();
    /// let noise = |row: u32| f64::from(row % 12) / 4.0 + f64::from(row * 11 % 13) / 3.0;
    /// let outcome: Vec<f64> = rows.map(|row| f64::from(row * 7 % 29) / 2.0 + noise(row)).collect();
    /// let shape = StartShape::Spline(vec![91.0, 97.0, 104.0, 111.0, 117.0]);
    /// let pupils = EstimatePupils {
    ///     outcome_name: "a8".into(),
    ///     outcome: &outcome,
    ///     starts: vec![(Start { column: "ks2".into(), shape, lowest: None, scale: None }, &prior)],
    ///     contexts: vec![],
    ///     school: &school,
    ///     schools: 12,
    ///     grades: vec![],
    /// };
    /// let model = PupilModel::fit(&pupils, &EstimateSettings::default()).unwrap();
    /// assert!(model.benchmark(5).unwrap().progress > model.benchmark(50).unwrap().progress);
    /// ```
    pub fn fit(pupils: &EstimatePupils, settings: &EstimateSettings) -> Result<Self> {
        fitted(pupils, settings).map_err(|error| match error {
            Error::Input(why) => Error::Input(format!("outcome '{}': {why}", pupils.outcome_name)),
            other => other,
        })
    }
}

fn fitted(pupils: &EstimatePupils, settings: &EstimateSettings) -> Result<PupilModel> {
    let rows = pupils.outcome.len();
    let lengths = pupils.starts.iter().map(|(_, values)| values.len());
    if lengths.chain(pupils.contexts.iter().map(|(_, values)| values.len())).any(|length| length != rows) {
        return Err(Error::Input(format!("every column needs {rows} rows, as the outcome has")));
    }
    if pupils.starts.is_empty() || rows == 0 {
        return Err(Error::Input("pupils with prior attainment are needed".to_owned()));
    }
    let (mut cuts, mut terms, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for (start, values) in &pupils.starts {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        if cuts.is_empty() {
            cuts = (1..10).filter_map(|tenth| quantile(&sorted, f64::from(tenth) / 10.0)).collect();
        }
        let term = start.term(&sorted, settings.min_group);
        term.check()?;
        starts.push(term.columns(values)?);
        terms.push(term);
    }
    let contexts: Vec<(&ContextTerm, ContextValues)> =
        pupils.contexts.iter().map(|(term, values)| (term, *values)).collect();
    let covariates = covariates(&starts, &contexts)?;
    let context_ends = pupils.contexts.iter().map(|(term, values)| context_ends(term, *values, settings.min_group));
    let context_ends = context_ends.collect::<Result<Vec<_>>>()?;
    let known: Vec<ContextTerm> = pupils.contexts.iter().map(|(term, _)| term.clone()).collect();
    let names = term_names(&terms, &known);
    let columns: Vec<(String, Covariate)> = names.into_iter().zip(covariates.iter().copied()).collect();

    let fit = school_fit(pupils, &columns, settings.method)?;
    let ranked = ranked(&fit.schools, settings)?;
    let residuals = residuals(pupils, &fit.coefficients, &covariates);
    let first = pupils.starts.first().map(|(_, values)| *values).unwrap_or_default();
    let least = LEAST_OF_TENTH.max(settings.min_group);
    let spread = spread(first, &cuts, &residuals, pupils, least)
        .ok_or_else(|| Error::Input("too few pupils in schools of two or more for a spread".to_owned()))?;
    let grades = if pupils.grades.is_empty() {
        None
    } else {
        Some(grade_part(pupils, columns, &fit.schools, settings.min_group)?)
    };
    let size = count(rows);
    let mean = pupils.outcome.iter().sum::<f64>() / size;
    let squares: f64 = pupils.outcome.iter().map(|value| (value - mean).powi(2)).sum();
    let model = PupilModel {
        format: PupilModel::FORMAT,
        outcome: pupils.outcome_name.clone(),
        starts: terms,
        contexts: known,
        context_ends,
        coefficients: fit.coefficients,
        covariance: fit.covariance,
        between: fit.between,
        within: fit.within,
        pupils: rows as u64,
        schools: pupils.schools as u64,
        ranked: ranked.len() as u64,
        mean,
        sd: (squares / (size - 1.0)).sqrt(),
        benchmarks: benchmarks(&ranked),
        spread,
        grades,
    };
    model.check()?;
    Ok(model)
}

/// The ends of a context of numbers. A coefficient that rests on few pupils says what they reached.
fn context_ends(term: &ContextTerm, values: ContextValues, min_group: u64) -> Result<Option<(f64, f64)>> {
    let (ContextTerm::Numbers(column), ContextValues::Numbers(values)) = (term, values) else { return Ok(None) };
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, high) = ends(&sorted, min_group);
    // A column that does not vary is refused with the other columns.
    if low < high || sorted.first() == sorted.last() {
        return Ok(Some((low, high)));
    }
    Err(Error::Input(format!(
        "context: column '{column}': fewer than {min_group} pupils have less than {low}, and fewer have more; leave it out, or \
         lower min_group"
    )))
}

fn school_fit(pupils: &EstimatePupils, columns: &[(String, Covariate)], method: SchoolMethod) -> Result<SchoolFit> {
    let terms = columns.iter().map(|(name, values)| {
        let values = *values;
        Term { name: name.clone(), column: name.clone(), level: None, values }
    });
    let given = Pupils {
        outcome_name: pupils.outcome_name.clone(),
        outcome: pupils.outcome,
        terms: terms.collect(),
        school: pupils.school,
        schools: vec![String::new(); pupils.schools],
    };
    SchoolFit::of(&given, method)
}

/// Sorted progress of the schools that count in the ranks.
fn ranked(schools: &[FittedSchool], settings: &EstimateSettings) -> Result<Vec<f64>> {
    let progress = |school: &FittedSchool| if settings.shrink { school.effect } else { school.mean_residual };
    let mut found: Vec<f64> = schools.iter().filter(|school| school.n >= settings.min_school).map(progress).collect();
    if found.len() < LEAST_SCHOOLS {
        let (there, least) = (found.len(), settings.min_school);
        let schools = if there == 1 { "school has" } else { "schools have" };
        return Err(Error::Input(format!(
            "{there} {schools} at least {least} pupils that count; benchmarks are ranks of schools and need {LEAST_SCHOOLS}"
        )));
    }
    found.sort_unstable_by(f64::total_cmp);
    Ok(found)
}

fn benchmarks(sorted: &[f64]) -> Vec<Benchmark> {
    let at = |probability: f64| quantile(sorted, probability).unwrap_or_default();
    let benchmark = |rank: u32| {
        let share = 1.0 - f64::from(rank) / 100.0;
        let error = (share * (1.0 - share) / count(sorted.len())).sqrt();
        Benchmark { progress: at(share), se: (at(share + error) - at(share - error)) / 2.0 }
    };
    (1..=u32::try_from(RANKS).unwrap_or_default()).map(benchmark).collect()
}

/// Outcome minus what is expected in the typical school.
fn residuals(pupils: &EstimatePupils, coefficients: &[f64], covariates: &[Covariate]) -> Vec<f64> {
    let intercept = coefficients.first().copied().unwrap_or_default();
    let mut found: Vec<f64> = pupils.outcome.iter().map(|value| value - intercept).collect();
    let mut block = Vec::with_capacity(BLOCK);
    for (at, part) in found.chunks_mut(BLOCK).enumerate() {
        let rows = at * BLOCK..at * BLOCK + part.len();
        for (covariate, coefficient) in covariates.iter().zip(coefficients.iter().skip(1)) {
            covariate.fill(rows.clone(), &mut block);
            for (residual, value) in part.iter_mut().zip(&block) {
                *residual -= coefficient * value;
            }
        }
    }
    found
}

/// What is added up of a tenth.
#[derive(Debug, Clone, Copy, Default)]
struct Tenth {
    pupils: u64,
    prior: f64,
    squares: f64,
}

impl Tenth {
    fn with(self, other: Self) -> Self {
        Self {
            pupils: self.pupils + other.pupils,
            prior: self.prior + other.prior,
            squares: self.squares + other.squares,
        }
    }

    fn point(self) -> SpreadPoint {
        #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
        let size = self.pupils as f64;
        SpreadPoint { prior: self.prior / size, sd: (self.squares / size).sqrt(), pupils: self.pupils }
    }
}

/// Spread within schools by tenth; tenths of fewer than `least` pupils are joined to the next, the last to the one before.
fn spread(
    prior: &[f64],
    cuts: &[f64],
    residuals: &[f64],
    pupils: &EstimatePupils,
    least: u64,
) -> Option<Vec<SpreadPoint>> {
    let mut schools = vec![(0.0, 0.0); pupils.schools];
    for (residual, code) in residuals.iter().zip(pupils.school) {
        let (size, sum) = schools.get_mut(*code as usize)?;
        *size += 1.0;
        *sum += residual;
    }
    let mut tenths = vec![Tenth::default(); cuts.len() + 1];
    for ((residual, code), prior) in residuals.iter().zip(pupils.school).zip(prior) {
        let (size, sum) = *schools.get(*code as usize)?;
        if size < 2.0 {
            continue;
        }
        let tenth = tenths.get_mut(cuts.partition_point(|cut| cut < prior))?;
        tenth.pupils += 1;
        tenth.prior += prior;
        tenth.squares += (residual - sum / size).powi(2) * size / (size - 1.0);
    }
    let mut joined: Vec<Tenth> = Vec::new();
    let mut open = Tenth::default();
    for tenth in tenths {
        open = open.with(tenth);
        if open.pupils >= least {
            joined.push(std::mem::take(&mut open));
        }
    }
    if open.pupils > 0 {
        let before = joined.pop().unwrap_or_default();
        joined.push(before.with(open));
    }
    let points: Vec<SpreadPoint> = joined.into_iter().map(Tenth::point).collect();
    (!points.is_empty()).then_some(points)
}

fn grade_part(
    pupils: &EstimatePupils,
    columns: Vec<(String, Covariate)>,
    schools: &[FittedSchool],
    min_group: u64,
) -> Result<GradePart> {
    let grades = pupils.grades.clone();
    let mut counts = vec![0_u64; grades.len()];
    for place in pupils.outcome {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places of grades")]
        let held = counts.get_mut(*place as usize);
        *held.ok_or_else(|| Error::Input(format!("grade {place} is not among the {} grades", grades.len())))? += 1;
    }
    let few = |count: &u64| (1..min_group).contains(count);
    let small: Vec<String> = grades
        .iter()
        .zip(&counts)
        .filter(|(_, count)| few(count))
        .map(|(grade, count)| format!("'{grade}' ({count})"))
        .collect();
    if !small.is_empty() {
        return Err(Error::Input(format!(
            "fewer than {min_group} pupils have these grades: {}; join them with the next ones, or lower min_group",
            small.join(", ")
        )));
    }
    let seen: Vec<usize> = counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(grade, _)| grade).collect();
    if seen.len() < 2 {
        return Err(Error::Input("all pupils have one grade; two or more are needed".to_owned()));
    }
    let dense = |place: &f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places of grades")]
        let found = seen.binary_search(&(*place as usize)).unwrap_or_default();
        u32::try_from(found).unwrap_or_default()
    };
    let codes: Vec<u32> = pupils.outcome.iter().map(dense).collect();
    // Schools that do not differ have no effect that could be turned into logits.
    let differ = schools.iter().any(|school| school.effect != 0.0);
    let effect = |code: &u32| schools.get(*code as usize).map_or(0.0, |school| school.effect);
    let effects: Vec<f64> = if differ { pupils.school.iter().map(effect).collect() } else { Vec::new() };
    let mut given: Vec<(&str, Covariate)> = columns.iter().map(|(name, values)| (name.as_str(), *values)).collect();
    if differ {
        given.push(("effect of the school", Covariate::Numbers(&effects)));
    }
    let fit = CumulativeLogit::fit(&given, &codes, seen.len())?;
    let mut coefficients = fit.coefficients;
    let weight = if differ { coefficients.pop().unwrap_or_default() } else { 0.0 };
    let size = count(pupils.outcome.len());
    let share = |grade: usize| {
        let better: u64 = counts.iter().skip(grade).sum();
        #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
        let better = better as f64;
        better / size
    };
    let shares = (0..grades.len()).map(share).collect();
    Ok(GradePart { grades, seen, cuts: fit.cuts, coefficients, weight, shares })
}
