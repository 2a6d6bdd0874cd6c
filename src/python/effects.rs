//! School effects: models and limits are fitted on columns of floats and codes, and kept as JSON text.
#![expect(clippy::needless_pass_by_value, reason = "extracted from Python")]

use polars::prelude::{DataFrame, NamedFromOwned, Series};
use pyo3::prelude::*;
use pyo3_polars::{PyDataFrame, PySeries};

use super::rules::word;
use crate::columns::words;
use crate::effects::{
    Covariate, Estimate, FunnelLimits, FunnelRule, Likelihood, Measure, ModelSettings, Overdispersion, PriorShape,
    Pupils, RandomIntercept, Shrinkage, ShrinkageRule, Tails, Term, prior_basis as basis,
};
use crate::error::{Error, Result};
use crate::frames::{frame_from, keys_from, numbers_from};
use crate::table::{Column, Table};

/// A term as Python names it: its name, its column, the number of its values among the columns that are handed over, and
/// the code, the name and the reference of a level.
type TermGiven = (String, String, usize, Option<(u32, String, String)>);

/// The values of a term: floats without gaps, or a level of a column of codes.
fn covariate<'a>(columns: &'a [PySeries], term: &TermGiven) -> Result<Covariate<'a>> {
    let series = columns.get(term.2).ok_or_else(|| Error::Input(format!("term '{}' has no column", term.0)))?.as_ref();
    match &term.3 {
        None => Ok(Covariate::Numbers(series.f64()?.cont_slice()?)),
        Some((level, _, _)) => Ok(Covariate::Level { codes: series.u32()?.cont_slice()?, level: *level }),
    }
}

/// Fits a random-intercept model on complete rows.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are those of the Python function")]
pub fn fit_random_intercept(
    py: Python<'_>,
    outcome: PySeries,
    columns: Vec<PySeries>,
    terms: Vec<TermGiven>,
    school: PySeries,
    schools: Vec<String>,
    method: &str,
    confidence: f64,
    min_group: u64,
) -> Result<String> {
    let method: Likelihood = word("method", method, &["reml", "ml"])?;
    py.detach(|| {
        let terms = terms
            .iter()
            .map(|given| {
                let level = given.3.as_ref().map(|(_, level, reference)| (level.clone(), reference.clone()));
                let values = covariate(&columns, given)?;
                Ok(Term { name: given.0.clone(), column: given.1.clone(), level, values })
            })
            .collect::<Result<_>>()?;
        let pupils = Pupils {
            outcome_name: outcome.as_ref().name().to_string(),
            outcome: outcome.as_ref().f64()?.cont_slice()?,
            terms,
            school: school.as_ref().u32()?.cont_slice()?,
            schools,
        };
        RandomIntercept::fit(&pupils, &ModelSettings { method, confidence, min_group })?.to_json()
    })
}

/// Checks the text of a random-intercept model.
#[pyfunction]
pub fn check_random_intercept(text: &str) -> Result<()> {
    RandomIntercept::from_json(text).map(|_| ())
}

/// The coefficients of a model.
#[pyfunction]
pub fn random_intercept_coefficients(text: &str) -> Result<PyDataFrame> {
    let model = RandomIntercept::from_json(text)?;
    let all = &model.coefficients;
    let texts = |of: fn(&crate::effects::Coefficient) -> Option<String>| Column::Text(all.iter().map(of).collect());
    let estimates: Vec<Estimate> = model.estimates().map(|(_, estimate)| estimate).collect();
    let figures = |of: fn(&Estimate) -> f64| Column::Number(estimates.iter().map(|one| Some(of(one))).collect());
    let table = Table::new([
        ("term", texts(|one| Some(one.term.clone()))),
        ("column", texts(|one| one.column.clone())),
        ("level", texts(|one| one.level.clone())),
        ("reference", texts(|one| one.reference.clone())),
        ("estimate", figures(|one| one.estimate)),
        ("se", figures(|one| one.se)),
        ("z", figures(|one| one.z)),
        ("p_value", figures(|one| one.p_value)),
        ("ci_low", figures(|one| one.ci_low)),
        ("ci_high", figures(|one| one.ci_high)),
    ])?;
    Ok(PyDataFrame(frame_from(&table)?))
}

/// The schools of a model.
#[pyfunction]
pub fn random_intercept_effects(text: &str) -> Result<PyDataFrame> {
    let model = RandomIntercept::from_json(text)?;
    let all = &model.effects;
    let figures = |of: &dyn Fn(&crate::effects::EffectFigures) -> f64| {
        Column::Number(all.iter().map(|school| school.figures.as_ref().map(of)).collect())
    };
    let interval = |one: &crate::effects::EffectFigures| Estimate::new(one.effect, one.se, model.confidence);
    let count = |school: &crate::effects::SchoolEffect| i64::try_from(school.n).ok();
    let table = Table::new([
        ("school", Column::Text(all.iter().map(|school| Some(school.school.clone())).collect())),
        ("n", Column::Integer(all.iter().map(count).collect())),
        ("mean_residual", figures(&|one| one.mean_residual)),
        ("effect", figures(&|one| one.effect)),
        ("se", figures(&|one| one.se)),
        ("ci_low", figures(&|one| interval(one).ci_low)),
        ("ci_high", figures(&|one| interval(one).ci_high)),
        ("reliability", figures(&|one| one.reliability)),
        ("status", words(all.iter().map(|school| Some(school.status(model.min_group))))),
    ])?;
    Ok(PyDataFrame(frame_from(&table)?))
}

/// Predictions from the covariates, and the variance that comes from the coefficients.
#[pyfunction]
pub fn predict_random_intercept(
    py: Python<'_>,
    text: &str,
    columns: Vec<PySeries>,
    terms: Vec<TermGiven>,
    rows: usize,
) -> Result<PyDataFrame> {
    py.detach(|| {
        let model = RandomIntercept::from_json(text)?;
        let covariates = terms.iter().map(|term| covariate(&columns, term)).collect::<Result<Vec<_>>>()?;
        let (fixed, variance): (Vec<f64>, Vec<f64>) = model.predict(&covariates, rows)?.into_iter().unzip();
        let columns = [Series::from_vec("fixed".into(), fixed), Series::from_vec("variance".into(), variance)];
        Ok(PyDataFrame(DataFrame::new(rows, columns.map(Into::into).to_vec())?))
    })
}

/// The columns of a shape of prior attainment; `shape` is JSON text.
#[pyfunction]
pub fn prior_basis(py: Python<'_>, values: PySeries, shape: &str) -> Result<Vec<PySeries>> {
    let shape: PriorShape = serde_json::from_str(shape).map_err(|error| Error::Input(error.to_string()))?;
    py.detach(|| {
        let columns = basis(values.as_ref().f64()?.cont_slice()?, &shape)?;
        Ok(columns.into_iter().map(|column| PySeries(Series::from_vec("".into(), column))).collect())
    })
}

/// Learns shrinkage from scores and numbers of pupils.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are those of the Python function")]
pub fn fit_shrinkage(
    py: Python<'_>,
    score: PySeries,
    n: PySeries,
    keys: Option<PySeries>,
    method: &str,
    sd: f64,
    min_group: u64,
    confidence: f64,
) -> Result<String> {
    let rule = ShrinkageRule::new(word("method", method, &["moments", "reml"])?, sd, min_group, confidence)?;
    py.detach(|| {
        let keys = keys.as_ref().map(|keys| keys_from(keys.as_ref())).transpose()?;
        let keys: Option<Vec<Option<&str>>> = keys.as_ref().map(|keys| keys.iter().collect());
        let (score, n) = (numbers_from(score.as_ref())?.values, numbers_from(n.as_ref())?.values);
        Shrinkage::fit(&score, &n, keys.as_deref(), rule)?.to_json()
    })
}

/// Checks the text of a shrinkage.
#[pyfunction]
pub fn check_shrinkage(text: &str) -> Result<()> {
    Shrinkage::from_json(text).map(|_| ())
}

/// Learns funnel limits; without `sd` the scores are percentages.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the arguments are those of the Python function")]
pub fn fit_funnel(
    py: Python<'_>,
    score: PySeries,
    n: PySeries,
    target: Option<f64>,
    sd: Option<f64>,
    exact: bool,
    overdispersion: &str,
    tails: &str,
    share: f64,
    levels: Vec<f64>,
    min_group: u64,
) -> Result<String> {
    let measure = sd.map_or(Measure::Percentage { exact }, |sd| Measure::Mean { sd });
    let overdispersion: Overdispersion =
        word("overdispersion", overdispersion, &["none", "additive", "multiplicative"])?;
    let tails: Tails = word("tails", tails, &["winsorise", "trim"])?;
    let rule = FunnelRule::new(measure, overdispersion, (tails, share), levels, min_group)?;
    py.detach(|| {
        let (score, n) = (numbers_from(score.as_ref())?.values, numbers_from(n.as_ref())?.values);
        FunnelLimits::fit(&score, &n, target, rule)?.to_json()
    })
}

/// Checks the text of funnel limits.
#[pyfunction]
pub fn check_funnel(text: &str) -> Result<()> {
    FunnelLimits::from_json(text).map(|_| ())
}

/// Standard errors on either side of an estimate.
#[pyfunction]
pub fn normal_multiplier(confidence: f64) -> f64 {
    crate::effects::multiplier(confidence)
}
