//! The random-intercept model against formulas that hold for equal schools, and what it refuses.

use proptest::prelude::*;

use super::moments::count;
use super::*;

fn schools(number: usize) -> Vec<String> {
    (0..number).map(|school| format!("School {school}")).collect()
}

fn pupils<'a>(outcome: &'a [f64], terms: Vec<Term<'a>>, school: &'a [u32], number: usize) -> Pupils<'a> {
    Pupils { outcome_name: "y".into(), outcome, terms, school, schools: schools(number) }
}

fn settings(method: Likelihood) -> ModelSettings {
    ModelSettings { method, min_group: 1, ..ModelSettings::default() }
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * (1.0 + expected.abs()), "{found} is not {expected}");
}

/// Mean squares between and within equal schools of `size` pupils.
fn mean_squares(outcome: &[f64], size: usize) -> (f64, f64) {
    let means: Vec<f64> = outcome.chunks(size).map(|school| school.iter().sum::<f64>() / count(size)).collect();
    let number = count(means.len());
    let grand = means.iter().sum::<f64>() / number;
    let between = count(size) * means.iter().map(|mean| (mean - grand).powi(2)).sum::<f64>() / (number - 1.0);
    let deviations =
        outcome.chunks(size).zip(&means).flat_map(|(school, mean)| school.iter().map(move |y| (y - mean).powi(2)));
    (between, deviations.sum::<f64>() / (count(outcome.len()) - number))
}

proptest! {
    // In equal schools without covariates the restricted estimates are those of the analysis of variance.
    #[test]
    fn equal_schools_give_the_analysis_of_variance(
        noise in prop::collection::vec(-1.0..1.0f64, 60), means in prop::collection::vec(-1.0..1.0f64, 12),
    ) {
        let outcome: Vec<f64> = noise.chunks(5).zip(&means).flat_map(|(part, mean)| part.iter().map(move |e| 50.0 + mean + e)).collect();
        let school: Vec<u32> = (0..60).map(|row| row / 5).collect();
        let (msb, msw) = mean_squares(&outcome, 5);
        let model = RandomIntercept::fit(&pupils(&outcome, vec![], &school, 12), &settings(Likelihood::Reml)).unwrap();
        if msb > msw * 1.001 {
            near(model.within, msw, 1e-8);
            near(model.between, (msb - msw) / 5.0, 1e-7);
            near(model.coefficients[0].se, (msb / 60.0).sqrt(), 1e-7);
            let full = RandomIntercept::fit(&pupils(&outcome, vec![], &school, 12), &settings(Likelihood::Ml)).unwrap();
            let expected = (msb * 11.0 / 12.0 - msw) / 5.0;
            near(full.between, expected.max(0.0), 1e-6);
        } else if msb < msw {
            prop_assert!(model.between <= 0.0);
            prop_assert!(model.effects.iter().all(|school| school.figures.unwrap().effect.abs() < 1e-12));
        }
        let total: f64 = model.effects.iter().map(|school| school.figures.unwrap().mean_residual).sum();
        prop_assert!(total.abs() < 1e-9);
    }

    // Units and origins of columns change coefficients as arithmetic says, and nothing else.
    #[test]
    fn units_do_not_matter(x in prop::collection::vec(-1.0..1.0f64, 40), e in prop::collection::vec(-1.0..1.0f64, 40)) {
        let school: Vec<u32> = (0..40).map(|row| row % 7).collect();
        let outcome: Vec<f64> = x.iter().zip(&e).zip(&school).map(|((x, e), s)| x + e + f64::from(*s)).collect();
        let moved: Vec<f64> = x.iter().map(|x| 1000.0 + 0.01 * x).collect();
        let plain = RandomIntercept::fit(&pupils(&outcome, vec![Term::numbers("x", &x)], &school, 7), &settings(Likelihood::Ml)).unwrap();
        let other = RandomIntercept::fit(&pupils(&outcome, vec![Term::numbers("x", &moved)], &school, 7), &settings(Likelihood::Ml)).unwrap();
        near(other.coefficients[1].estimate, 100.0 * plain.coefficients[1].estimate, 1e-6);
        near(other.coefficients[1].se, 100.0 * plain.coefficients[1].se, 1e-6);
        near(other.between, plain.between, 1e-6);
        near(other.log_likelihood, plain.log_likelihood, 1e-8);
        let predicted = other.predict(&[Covariate::Numbers(&moved)], 40).unwrap();
        let same = plain.predict(&[Covariate::Numbers(&x)], 40).unwrap();
        for (other, plain) in predicted.iter().zip(same) {
            near(other.0, plain.0, 1e-6);
            near(other.1, plain.1, 1e-4);
        }
    }
}

/// A model of schools with these numbers of pupils.
fn of_sizes(sizes: &[usize]) -> RandomIntercept {
    let school: Vec<u32> = sizes.iter().zip(0..).flat_map(|(size, code)| std::iter::repeat_n(code, *size)).collect();
    let outcome: Vec<f64> = (0..u32::try_from(school.len()).unwrap()).map(|row| f64::from(row * row % 11)).collect();
    RandomIntercept::fit(&pupils(&outcome, vec![], &school, sizes.len()), &ModelSettings::default()).unwrap()
}

fn statuses(sizes: &[usize]) -> Vec<&'static str> {
    of_sizes(sizes).effects.iter().map(|school| school.status(6)).collect()
}

#[test]
fn small_schools_count_and_are_not_shown() {
    let model = of_sizes(&[3, 3, 6, 15]);
    assert_eq!(
        model.effects.iter().map(|school| (school.n, school.figures.is_some())).collect::<Vec<_>>(),
        [(3, false), (3, false), (6, true), (15, true)]
    );
    assert_eq!(model.pupils, 27);
    let back = RandomIntercept::from_json(&model.to_json().unwrap()).unwrap();
    assert_eq!(back.effects.len(), 4);
    near(back.within, model.within, 1e-14);
}

// The residuals of all schools, each with its reliability, add up to 0: one that is hidden would follow from the others.
#[test]
fn small_schools_cannot_be_worked_out_from_the_others() {
    assert_eq!(statuses(&[5, 7, 7, 15]), ["below_minimum", "complementary", "ok", "ok"]);
    assert_eq!(statuses(&[2, 3, 15, 7]), ["below_minimum", "below_minimum", "ok", "complementary"]);
    assert_eq!(statuses(&[3, 3, 15, 7]), ["below_minimum", "below_minimum", "ok", "ok"]);
    assert_eq!(statuses(&[6, 7, 15]), ["ok", "ok", "ok"]);
    assert_eq!(statuses(&[2, 3]), ["below_minimum", "below_minimum"]);
}

#[test]
fn what_cannot_be_told_apart_is_named() {
    let outcome: Vec<f64> = (0..12_u32).map(|row| f64::from(row * row % 7)).collect();
    let x: Vec<f64> = (0..12_u32).map(|row| f64::from(row % 5)).collect();
    let twice: Vec<f64> = x.iter().map(|x| 3.0 - 2.0 * x).collect();
    let same = [1.0 / 3.0; 12];
    let school: Vec<u32> = (0..12).map(|row| row / 3).collect();
    let message = |outcome: &[f64], terms: Vec<Term>, school: &[u32], number| {
        RandomIntercept::fit(&pupils(outcome, terms, school, number), &ModelSettings::default())
            .unwrap_err()
            .to_string()
    };
    let both = || vec![Term::numbers("x", &x), Term::numbers("twice", &twice)];
    assert_eq!(
        message(&outcome, both(), &school, 4),
        "'twice' follows from 'x', so their coefficients cannot be told apart; leave one of them out"
    );
    assert_eq!(
        message(&outcome, vec![Term::numbers("same", &same)], &school, 4),
        "'same' has the same value in every row that counts"
    );
    assert_eq!(message(&same, vec![], &school, 4), "'y' has the same value in every row that counts");
    assert!(message(&twice, vec![Term::numbers("x", &x)], &school, 4).contains("follows without error from 'x'"));
    assert!(message(&outcome, vec![], &[0; 12], 1).contains("needs 2 schools, not 1"));
    let alone: Vec<u32> = (0..12).collect();
    assert!(message(&outcome, vec![], &alone, 12).contains("every school has a single pupil"));
    let by_school: Vec<f64> = school.iter().map(|school| f64::from(school * school)).collect();
    assert!(message(&by_school, vec![], &school, 4).contains("no spread within schools"));
    let two: Vec<u32> = (0..12).map(|row| row / 6).collect();
    let level: Vec<f64> = two.iter().map(|school| f64::from(*school)).collect();
    assert!(message(&outcome, vec![Term::numbers("level", &level)], &two, 2).contains("cannot be told from 2 schools"));
    let infinite = [f64::INFINITY; 12];
    assert!(message(&infinite, vec![], &school, 4).contains("column 'y': every value must be a finite number"));
}
