//! The model of pupils against formulas, and what it refuses.

use proptest::prelude::*;

use super::pupil_fit::{EstimatePupils, EstimateSettings};
use super::*;
use crate::effects::{PriorShape, SchoolMethod, prior_basis};

/// Pupils in schools whose outcome follows from whole numbers alone.
struct Made {
    prior: Vec<f64>,
    sex: Vec<u32>,
    month: Vec<f64>,
    outcome: Vec<f64>,
    school: Vec<u32>,
    schools: usize,
}

fn made(schools: u32, size: u32) -> Made {
    let rows = 0..schools * size;
    let noise = |row: u32| f64::from((row.wrapping_mul(2_654_435_761)) >> 16) / 65_536.0 - 0.5;
    let school: Vec<u32> = rows.clone().map(|row| row / size).collect();
    let prior: Vec<f64> = rows.clone().map(|row| 80.0 + f64::from((row * 37) % 81) / 2.0).collect();
    let sex: Vec<u32> = rows.clone().map(|row| (row * 7 / 3) % 2).collect();
    let month: Vec<f64> = rows.clone().map(|row| f64::from(1 + (row * 5) % 12)).collect();
    let outcome = rows
        .map(|row| {
            let at = row as usize;
            0.5 * prior[at] + 2.0 * f64::from(sex[at]) - 0.1 * month[at] + f64::from((row / size) % 5) - 2.0
                + 6.0 * noise(row)
        })
        .collect();
    Made { prior, sex, month, outcome, school, schools: schools as usize }
}

fn start(shape: StartShape) -> Start {
    Start { column: "ks2".into(), shape, lowest: None, scale: None }
}

fn spline() -> StartShape {
    StartShape::Spline(vec![82.0, 91.0, 100.0, 109.0, 118.0])
}

fn pupils(made: &Made, shape: StartShape) -> EstimatePupils<'_> {
    let levels = vec!["F".to_owned(), "M".to_owned()];
    EstimatePupils {
        outcome_name: "a8".into(),
        outcome: &made.outcome,
        starts: vec![(start(shape), &made.prior)],
        contexts: vec![
            (ContextTerm::Words { column: "sex".into(), levels }, ContextValues::Codes(&made.sex)),
            (ContextTerm::Month("month".into()), ContextValues::Numbers(&made.month)),
        ],
        school: &made.school,
        schools: made.schools,
        grades: vec![],
    }
}

/// A model says the same when it is read back, but for the last binary digits of its figures.
fn read_back(model: &PupilModel) {
    let again = PupilModel::from_json(&model.to_json().unwrap()).unwrap();
    assert_eq!((again.terms(), again.pupils, &again.starts), (model.terms(), model.pupils, &model.starts));
    for (found, expected) in again.coefficients.iter().zip(&model.coefficients) {
        assert!((found - expected).abs() <= 1e-14 * expected.abs());
    }
}

fn rule(model: PupilModel, levels: &[u32]) -> EstimateRule {
    EstimateRule { model, levels: levels.to_vec(), confidence: 0.8, wider: false }
}

fn numbers<'a>(found: &'a [(String, Figures)], name: &str) -> &'a [f64] {
    match found.iter().find(|(field, _)| field == name) {
        Some((_, Figures::Numbers(values))) => values,
        _ => panic!("{name}"),
    }
}

fn words(found: &[(String, Figures)], name: &str) -> Vec<Option<String>> {
    match found.iter().find(|(field, _)| field == name) {
        Some((_, Figures::Words(column))) => (0..column.len()).map(|row| column.text(row).map(str::to_owned)).collect(),
        _ => panic!("{name}"),
    }
}

#[test]
fn an_estimate_is_the_linear_predictor_plus_the_progress_of_the_rank() {
    let made = made(40, 30);
    let model = PupilModel::fit(&pupils(&made, spline()), &EstimateSettings::default()).unwrap();
    assert_eq!(model.terms(), ["intercept", "ks2", "ks2 spline 2", "ks2 spline 3", "ks2 spline 4", "sex: M", "month"]);
    assert_eq!((model.pupils, model.schools, model.ranked), (1200, 40, 40));
    read_back(&model);
    let rule = rule(model.clone(), &[50, 20, 5]);
    let (prior, sex, month) = ([100.0, 90.5], [1, 0], [3.0, 12.0]);
    let found = rule.estimate(&[&prior], &[ContextValues::Codes(&sex), ContextValues::Numbers(&month)]).unwrap();
    let basis = prior_basis(&prior, &PriorShape::Spline { knots: vec![82.0, 91.0, 100.0, 109.0, 118.0] }).unwrap();
    for row in 0..2 {
        let x: Vec<f64> = std::iter::once(1.0)
            .chain(basis.iter().map(|column| column[row]))
            .chain([f64::from(sex[row]), month[row]])
            .collect();
        let middle: f64 = x.iter().zip(&model.coefficients).map(|(x, b)| x * b).sum();
        assert!((numbers(&found, "expected")[row] - middle).abs() < 1e-9);
        for level in [50, 20, 5] {
            let benchmark = model.benchmark(level).unwrap();
            assert!((numbers(&found, &format!("fft{level}"))[row] - middle - benchmark.progress).abs() < 1e-9);
        }
        let error: f64 = (0..x.len())
            .map(|i| (0..x.len()).map(|j| x[i] * x[j] * model.covariance[i.max(j)][i.min(j)]).sum::<f64>())
            .sum();
        let sd = model.spread_at(prior[row]);
        let half = 1.281_551_565_545 * (sd * sd + model.between + error).sqrt();
        assert!((numbers(&found, "expected_high")[row] - middle - half).abs() < 1e-6);
        let se = model.benchmark(5).unwrap().se;
        let half = 1.281_551_565_545 * (sd * sd + error + se * se).sqrt();
        assert!((numbers(&found, "fft5")[row] - numbers(&found, "fft5_low")[row] - half).abs() < 1e-6);
    }
    assert_eq!(words(&found, "status"), [Some("ok".to_owned()), Some("ok".to_owned())]);
}

#[test]
fn group_means_are_the_means_of_groups_where_schools_do_not_differ() {
    let mut made = made(12, 40);
    // Each school has the same pupils, so its effect is 0 and least squares gives the means of the groups.
    for row in 0..made.outcome.len() {
        let place = row % 40;
        made.prior[row] = 90.0 + crate::effects::moments::count(place);
        made.outcome[row] = if place < 10 { 1.0 } else { 3.0 } + if row % 2 == 0 { 0.5 } else { -0.5 };
    }
    let shape = StartShape::Groups { upper: vec![99.0, 129.0], filled: vec![0, 1] };
    let mut given = pupils(&made, shape);
    given.contexts.clear();
    let model = PupilModel::fit(&given, &EstimateSettings::default()).unwrap();
    assert!(model.between < 1e-9 && model.benchmark(5).unwrap().progress.abs() < 1e-6);
    let found = rule(model, &[50]).estimate(&[&[99.0, 99.5]], &[]).unwrap();
    assert!((numbers(&found, "expected")[0] - 1.0).abs() < 1e-9 && (numbers(&found, "expected")[1] - 3.0).abs() < 1e-9);
}

#[test]
fn rows_without_an_estimate_say_why() {
    let made = made(40, 30);
    let model = PupilModel::fit(&pupils(&made, spline()), &EstimateSettings::default()).unwrap();
    let (low, high) = (model.starts[0].low, model.starts[0].high);
    let prior = [f64::NAN, low - 0.5, low, high, high + 0.5, 100.0, 100.0];
    let (sex, month) = ([0, 0, 0, 0, 0, NO_CODE, 1], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, f64::NAN]);
    let contexts = [ContextValues::Codes(&sex), ContextValues::Numbers(&month)];
    let mut rule = rule(model, &[50]);
    let found = rule.estimate(&[&prior], &contexts).unwrap();
    let expected =
        ["prior_missing", "prior_outside", "ok", "ok", "prior_outside", "covariate_missing", "covariate_missing"];
    assert_eq!(words(&found, "status"), expected.map(|word| Some(word.to_owned())));
    for (status, value) in expected.iter().zip(numbers(&found, "fft50")) {
        assert_eq!(*status == "ok", value.is_finite());
    }
    rule.wider = true;
    let found = rule.estimate(&[&prior], &contexts).unwrap();
    assert_eq!(words(&found, "status")[0].as_deref(), Some("all_pupils"));
    let half = 1.281_551_565_545 * rule.model.sd;
    assert!((numbers(&found, "expected")[0] - rule.model.mean).abs() < 1e-12);
    assert!((numbers(&found, "expected_low")[0] - rule.model.mean + half).abs() < 1e-6);
}

#[test]
fn values_off_the_scale_and_months_that_are_none_are_errors() {
    let made = made(40, 30);
    let mut given = pupils(&made, spline());
    given.starts[0].0.scale = Some((59.0, 120.0));
    let model = PupilModel::fit(&given, &EstimateSettings::default()).unwrap();
    let rule = rule(model, &[50]);
    let estimate = |prior: f64, month: f64| {
        rule.estimate(&[&[prior]], &[ContextValues::Codes(&[0]), ContextValues::Numbers(&[month])])
    };
    assert!(estimate(120.0, 12.0).is_ok() && estimate(59.0, 1.0).is_ok());
    for (prior, month, told) in [
        (120.5, 1.0, "'ks2': must lie from 59 to 120, the scale of prior attainment; 1 value breaks this rule: 120.5"),
        (58.5, 1.0, "'ks2'"),
        (100.0, 13.0, "'month': must be a month of birth"),
        (100.0, 0.0, "'month'"),
        (100.0, 1.5, "'month'"),
    ] {
        assert!(estimate(prior, month).unwrap_err().to_string().contains(told), "{prior} {month}");
    }
}

#[test]
fn too_few_schools_have_no_ranks() {
    let made = made(12, 11);
    assert!(PupilModel::fit(&pupils(&made, spline()), &EstimateSettings::default()).is_ok());
    let settings = EstimateSettings { min_school: 12, ..EstimateSettings::default() };
    let error = PupilModel::fit(&pupils(&made, spline()), &settings).unwrap_err().to_string();
    assert_eq!(
        error,
        "outcome 'a8': 0 schools have at least 12 pupils that count; benchmarks are ranks of schools and need 11"
    );
    let ten = self::made(10, 11);
    assert!(PupilModel::fit(&pupils(&ten, spline()), &EstimateSettings::default()).is_err());
}

#[test]
fn ends_of_prior_attainment_rest_on_as_many_pupils_as_a_group_needs() {
    let mut made = made(40, 30);
    (made.prior[0], made.prior[1]) = (10.0, 11.0);
    let model =
        PupilModel::fit(&pupils(&made, spline()), &EstimateSettings { min_group: 2, ..EstimateSettings::default() });
    assert_eq!(model.unwrap().starts[0].low.to_bits(), 11.0_f64.to_bits());
    let model =
        PupilModel::fit(&pupils(&made, spline()), &EstimateSettings { min_group: 3, ..EstimateSettings::default() });
    assert_eq!(model.unwrap().starts[0].low.to_bits(), 80.0_f64.to_bits());
}

#[test]
fn context_beyond_that_of_the_fit_has_no_estimate() {
    let made = made(40, 30);
    let mut income: Vec<f64> = (0..1200_u32).map(|row| f64::from(row * 13 % 101) / 7.0).collect();
    let term = || ContextTerm::Numbers("income".into());
    income[3] = 900.0;
    let mut given = pupils(&made, spline());
    given.contexts = vec![(term(), ContextValues::Numbers(&income))];
    let model = PupilModel::fit(&given, &EstimateSettings::default()).unwrap();
    let (low, high) = model.context_ends[0].unwrap();
    assert!((low, high) == (0.0, 100.0 / 7.0), "{low} {high}");
    let found = rule(PupilModel::from_json(&model.to_json().unwrap()).unwrap(), &[50])
        .estimate(&[&[100.0; 5]], &[ContextValues::Numbers(&[low, high, low - 0.1, high + 0.1, f64::NAN])])
        .unwrap();
    let expected = ["ok", "ok", "covariate_outside", "covariate_outside", "covariate_missing"];
    assert_eq!(words(&found, "status"), expected.map(|word| Some(word.to_owned())));
    assert!(numbers(&found, "expected")[2].is_nan());

    // Pupils so few that the coefficient would be theirs alone.
    let mut flag = vec![0.0; 1200];
    flag.iter_mut().step_by(7).take(6).for_each(|value| *value = 1.0);
    given.contexts = vec![(term(), ContextValues::Numbers(&flag))];
    assert!(PupilModel::fit(&given, &EstimateSettings::default()).is_ok());
    let mut flag = flag.clone();
    flag[0] = 0.0;
    given.contexts = vec![(term(), ContextValues::Numbers(&flag))];
    let error = PupilModel::fit(&given, &EstimateSettings::default()).unwrap_err().to_string();
    assert!(error.contains("column 'income': fewer than 6 pupils have less than 0, and fewer have more"), "{error}");
}

#[test]
fn texts_that_are_no_models_are_refused() {
    let made = made(40, 30);
    let model = PupilModel::fit(&pupils(&made, spline()), &EstimateSettings::default()).unwrap();
    let broken = |change: fn(&mut PupilModel)| {
        let mut model = model.clone();
        change(&mut model);
        model.check()
    };
    assert!(broken(|_| ()).is_ok());
    assert!(broken(|model| model.format = 2).is_err());
    assert!(broken(|model| model.benchmarks.truncate(98)).is_err());
    assert!(broken(|model| model.benchmarks.reverse()).is_err());
    assert!(broken(|model| model.coefficients.push(0.0)).is_err());
    assert!(broken(|model| model.within = 0.0).is_err());
    assert!(broken(|model| model.between = f64::NAN).is_err());
    assert!(broken(|model| model.spread.reverse()).is_err());
    assert!(broken(|model| model.starts[0].low = 200.0).is_err());
    assert!(broken(|model| model.covariance[0][0] = -1.0).is_err());
    assert!(broken(|model| model.covariance[6][0] = 1e3).is_err());
    assert!(broken(|model| model.ranked = 10).is_err());
    assert!(broken(|model| model.schools = 39).is_err());
    assert!(broken(|model| model.pupils = 39).is_err());
    assert!(broken(|model| model.context_ends.truncate(1)).is_err());
    assert!(broken(|model| model.context_ends[1] = Some((1.0, 12.0))).is_err());
    assert!(
        broken(|model| {
            let levels = vec!["F".to_owned(), "F".to_owned()];
            model.contexts[0] = ContextTerm::Words { column: "sex".into(), levels };
        })
        .is_err()
    );
    assert!(PupilModel::from_json("{}").unwrap_err().to_string().starts_with("this text holds no model"));
}

fn graded(made: &Made) -> (Vec<f64>, Vec<String>) {
    let grades = made.outcome.iter().map(|points| ((points - 38.0) / 3.0).clamp(0.0, 9.0).floor()).collect();
    (grades, (0..10).map(|grade| grade.to_string()).collect())
}

#[test]
fn grades_of_a_rank_are_shifted_by_its_progress_in_logits() {
    let made = made(60, 60);
    let (outcome, grades) = graded(&made);
    let mut given = pupils(&made, spline());
    (given.outcome, given.grades) = (&outcome, grades);
    let model = PupilModel::fit(&given, &EstimateSettings::default()).unwrap();
    let part = model.grades.clone().unwrap();
    assert!(part.weight > 0.0 && part.cuts.len() == part.seen.len() - 1);
    read_back(&model);
    let broken = |change: fn(&mut GradePart)| {
        let mut model = model.clone();
        model.grades.iter_mut().for_each(change);
        model.check()
    };
    assert!(broken(|_| ()).is_ok());
    assert!(broken(|part| part.weight = -part.weight).is_err());
    assert!(broken(|part| part.shares[0] = 0.9).is_err());
    assert!(broken(|part| part.shares.swap(2, 6)).is_err());
    assert!(broken(|part| part.grades[1] = part.grades[0].clone()).is_err());
    let found = rule(model.clone(), &[50, 5])
        .estimate(&[&[100.0]], &[ContextValues::Codes(&[1]), ContextValues::Numbers(&[6.0])])
        .unwrap();
    let chances = |name: &str| match found.iter().find(|(field, _)| field == name) {
        Some((_, Figures::Lists(10, values))) => values.clone(),
        _ => panic!(),
    };
    let logit = |chance: f64| (chance / (1.0 - chance)).ln();
    let shift = part.weight * (model.benchmark(5).unwrap().progress - model.benchmark(50).unwrap().progress);
    for (five, fifty) in chances("fft5_chances").iter().zip(chances("fft50_chances")).skip(1) {
        if fifty > 1e-6 && fifty < 1.0 - 1e-6 {
            assert!((logit(*five) - logit(fifty) - shift).abs() < 1e-6);
        }
    }
    let mean: f64 = chances("fft50_chances").iter().skip(1).sum();
    assert!((numbers(&found, "fft50")[0] - mean).abs() < 1e-12);
    let headline = chances("fft50_chances").iter().skip(1).filter(|chance| **chance >= 0.5).count();
    assert_eq!(words(&found, "fft50_headline"), [Some(headline.to_string())]);
}

#[test]
fn grades_that_few_pupils_have_are_refused() {
    let made = made(60, 60);
    let (mut outcome, grades) = graded(&made);
    outcome.iter_mut().filter(|grade| **grade >= 9.0).for_each(|grade| *grade = 8.0);
    outcome.iter_mut().take(5).for_each(|grade| *grade = 9.0);
    let fit = |outcome: &[f64]| {
        let mut given = pupils(&made, spline());
        (given.outcome, given.grades) = (outcome, grades.clone());
        PupilModel::fit(&given, &EstimateSettings::default())
    };
    let error = fit(&outcome).unwrap_err().to_string();
    assert!(error.contains("fewer than 6 pupils have these grades: '9' (5)"), "{error}");
    outcome[5] = 9.0;
    assert!(fit(&outcome).is_ok());
}

proptest! {
    // By either method and over raw or shrunken effects a better rank is never lower, and raw effects spread more.
    #[test]
    fn ranks_rise_and_raw_effects_spread_more(schools in 11..30_u32, size in 11..20_u32, moments in any::<bool>()) {
        let made = made(schools, size);
        let method = if moments { SchoolMethod::Moments } else { SchoolMethod::Reml };
        let fit = |shrink| {
            PupilModel::fit(&pupils(&made, spline()), &EstimateSettings { method, shrink, ..EstimateSettings::default() }).unwrap()
        };
        let (shrunken, raw) = (fit(true), fit(false));
        let range = |model: &PupilModel| model.benchmark(1).unwrap().progress - model.benchmark(99).unwrap().progress;
        prop_assert!(range(&shrunken) <= range(&raw) + 1e-9);
        for rank in 1..99 {
            prop_assert!(raw.benchmark(rank).unwrap().progress >= raw.benchmark(rank + 1).unwrap().progress);
        }
        prop_assert!(raw.benchmark(0).is_none() && raw.benchmark(100).is_none());
    }
}
