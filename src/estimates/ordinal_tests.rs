//! The cumulative logit against closed forms, its own likelihood worked out another way, and what it refuses.

use proptest::prelude::*;

use super::*;

/// Numbers that look random and are the same everywhere.
fn noise(rows: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(1_u32 << 31)
    };
    (0..rows).map(|_| next()).collect()
}

/// Grades 0 to 3 that follow a column, with logistic noise.
fn grades(x: &[f64], seed: u64) -> Vec<u32> {
    let draw = |(x, u): (&f64, f64)| {
        let latent = 1.5 * x + (u.max(1e-9) / (1.0 - u.min(1.0 - 1e-9))).ln();
        [-1.0, 0.5, 2.0].iter().map(|cut| u32::from(latent >= *cut)).sum()
    };
    x.iter().zip(noise(x.len(), seed)).map(draw).collect()
}

fn refused(columns: &[(&str, Covariate)], codes: &[u32], grades: usize) -> String {
    CumulativeLogit::fit(columns, codes, grades).unwrap_err().to_string()
}

/// The log-likelihood straight from its definition.
fn plain(model: &CumulativeLogit, columns: &[&[f64]], codes: &[u32]) -> f64 {
    let one = |(row, code): (usize, &u32)| {
        let eta: f64 = columns.iter().zip(&model.coefficients).map(|(column, b)| b * column[row]).sum();
        let mut reached = vec![1.0];
        reached.extend(model.cuts.iter().map(|cut| 1.0 / (1.0 + (cut - eta).exp())));
        reached.push(0.0);
        (reached[*code as usize] - reached[*code as usize + 1]).ln()
    };
    codes.iter().enumerate().map(one).sum()
}

#[test]
fn without_columns_the_chances_are_the_shares() {
    let codes = [0, 0, 0, 1, 1, 2, 2, 2, 2, 2];
    let model = CumulativeLogit::fit(&[], &codes, 3).unwrap();
    for (found, expected) in model.chances(0.0).iter().zip([0.7, 0.5]) {
        assert!((found - expected).abs() < 1e-12);
    }
    // Variance of a logit is 1 / (n p (1 - p)).
    assert!((model.covariance[0][0] - 1.0 / 2.1).abs() < 1e-10 && (model.covariance[1][1] - 0.4).abs() < 1e-10);
    let expected = 3.0 * 0.3_f64.ln() + 2.0 * 0.2_f64.ln() + 5.0 * 0.5_f64.ln();
    assert!((model.log_likelihood - expected).abs() < 1e-12);
}

#[test]
fn two_grades_and_two_groups_give_the_log_odds_ratio() {
    // 30 of 40 pass in one group, 20 of 60 in the other.
    let group: Vec<u32> = (0..100).map(|row| u32::from(row >= 40)).collect();
    let codes: Vec<u32> = (0..100).map(|row| u32::from(if row < 40 { row < 30 } else { row < 60 })).collect();
    let column = [("group", Covariate::Level { codes: &group, level: 1 })];
    let model = CumulativeLogit::fit(&column, &codes, 2).unwrap();
    assert!((model.cuts[0] + 3_f64.ln()).abs() < 1e-12);
    assert!((model.coefficients[0] - (0.5_f64.ln() - 3_f64.ln())).abs() < 1e-12);
    let variance = 1.0 / 30.0 + 1.0 / 10.0 + 1.0 / 20.0 + 1.0 / 40.0;
    assert!((model.covariance[1][1] - variance).abs() < 1e-10);
}

#[test]
fn columns_that_separate_are_refused_by_name() {
    let x: Vec<f64> = (0..60).map(f64::from).collect();
    let other = noise(60, 3);
    let split: Vec<u32> = (0..60).map(|row| row / 20).collect();
    let columns = [("other", Covariate::Numbers(&other)), ("x", Covariate::Numbers(&x))];
    let message = refused(&columns, &split, 3);
    assert!(message.starts_with("'x' separates the grades"), "{message}");
    // Quasi-complete: the pupils of one level all have the lowest grade.
    let mut codes = grades(&x.iter().map(|x| x / 30.0 - 1.0).collect::<Vec<_>>(), 11);
    let level: Vec<u32> = (0..60).map(|row| u32::from(row < 4)).collect();
    codes[..4].fill(0);
    let columns = [("x", Covariate::Numbers(&x)), ("level", Covariate::Level { codes: &level, level: 1 })];
    let message = refused(&columns, &codes, 4);
    assert!(message.starts_with("'level' separates the grades"), "{message}");
    // One exception is enough for an estimate.
    codes[0] = 2;
    assert!(CumulativeLogit::fit(&columns, &codes, 4).is_ok());
    // A middle grade alone separates nothing: its chance has a greatest value.
    codes[..4].fill(1);
    let model = CumulativeLogit::fit(&columns, &codes, 4).unwrap();
    assert!(model.coefficients.iter().all(|value| value.abs() < 10.0));
}

#[test]
fn a_column_that_all_but_separates_is_not_said_to_separate() {
    // Two exceptions beside the one cut: a finite estimate exists, far from any that means something.
    let x: Vec<f64> = (0..20_000_u32).map(|row| f64::from(row) / 10.0).collect();
    let mut codes: Vec<u32> = (0..20_000).map(|row| u32::from(row >= 10_000)).collect();
    codes.swap(9_999, 10_000);
    match CumulativeLogit::fit(&[("x", Covariate::Numbers(&x))], &codes, 2) {
        Ok(model) => assert!(model.coefficients[0] > 1.0),
        Err(error) => assert!(error.to_string().contains("separates the grades, or nearly"), "{error}"),
    }
}

#[test]
fn two_columns_that_separate_together_are_both_named() {
    let (a, b) = (noise(80, 5), noise(80, 6));
    let codes: Vec<u32> = a.iter().zip(&b).map(|(a, b)| u32::from(a + b > 1.0)).collect();
    let message = refused(&[("a", Covariate::Numbers(&a)), ("b", Covariate::Numbers(&b))], &codes, 2);
    assert!(message.starts_with("'a', 'b' together separate the grades"), "{message}");
}

#[test]
fn a_rare_exception_in_a_large_column_has_an_estimate() {
    let level: Vec<u32> = (0..200_000).map(|row| u32::from(row % 2 == 0)).collect();
    let codes: Vec<u32> =
        (0..200_000).map(|row| if row % 2 == 0 { u32::from(row == 0) } else { row % 3 % 2 }).collect();
    let model = CumulativeLogit::fit(&[("level", Covariate::Level { codes: &level, level: 1 })], &codes, 2).unwrap();
    assert!((model.coefficients[0] - model.cuts[0] - (1.0 / 99_999_f64).ln()).abs() < 1e-8);
}

#[test]
fn what_cannot_be_told_is_refused() {
    let x = noise(40, 1);
    let codes = grades(&x, 2);
    let double: Vec<f64> = x.iter().map(|x| 3.0 - 2.0 * x).collect();
    let columns = |name, values| [("x", Covariate::Numbers(&x)), (name, Covariate::Numbers(values))];
    assert!(refused(&columns("double", &double), &codes, 4).starts_with("'double' follows from 'x'"));
    assert!(refused(&columns("flat", &[2.0; 40]), &codes, 4).starts_with("'flat' has the same value"));
    assert_eq!(refused(&columns("short", &[2.0]), &codes, 4), "column 'short' has 1 rows, there are 40 pupils");
    assert!(refused(&columns("hole", &[f64::NAN; 40]), &codes, 4).contains("must be a finite number"));
    assert!(refused(&[], &codes, 5).starts_with("grade 4 (counted from 0) has no pupils"));
    assert!(refused(&[], &[1, 1, 3], 4).starts_with("grades 0, 2 (counted from 0) have no pupils"));
    assert_eq!(refused(&[], &codes, 3), "grade 3: numbers of grades must lie below 3");
    assert!(refused(&[], &[0], 1).starts_with("ordered grades: two or more"));
    assert_eq!(
        refused(&[], &[0, 1], 3),
        "grade 2 (counted from 0) has no pupils, so nothing is known of the chance; leave it out of the grades or join it with its neighbour"
    );
    assert_eq!(refused(&[], &[0, 1, 2], 4).split(' ').nth(1), Some("3"));
    assert_eq!(
        refused(&[("x", Covariate::Numbers(&[1.0, 2.0]))], &[0, 1], 2),
        "2 cuts and coefficients cannot be told from 2 pupils"
    );
}

#[test]
fn texts_are_checked_again() {
    let x = noise(200, 1);
    let model = CumulativeLogit::fit(&[("x", Covariate::Numbers(&x))], &grades(&x, 2), 4).unwrap();
    let text = serde_json::to_string(&model).unwrap();
    let again: CumulativeLogit = serde_json::from_str(&text).unwrap();
    assert_eq!(again.check(), Ok(()));
    assert!(again.cuts.iter().zip(&model.cuts).all(|(again, cut)| (again - cut).abs() < 1e-12));
    let swapped = CumulativeLogit { cuts: model.cuts.iter().rev().copied().collect(), ..model.clone() };
    assert!(swapped.check().unwrap_err().to_string().contains("must rise"));
    let cut = CumulativeLogit { coefficients: vec![], ..model.clone() };
    assert!(cut.check().unwrap_err().to_string().contains("triangle"));
    let wild = CumulativeLogit { log_likelihood: f64::NAN, ..model };
    assert!(wild.check().unwrap_err().to_string().contains("finite"));
}

proptest! {
    // At the estimates the likelihood is level in every direction, and its value is that of the definition.
    #[test]
    fn the_slope_is_zero_at_the_estimates(seed in 1_u64..100_000) {
        let x = noise(400, seed);
        let z: Vec<f64> = noise(400, seed + 1).iter().map(|z| 2.0 * z).collect();
        let codes = grades(&x, seed + 2);
        let columns = [("x", Covariate::Numbers(&x)), ("z", Covariate::Numbers(&z))];
        let model = CumulativeLogit::fit(&columns, &codes, 4).unwrap();
        let own = plain(&model, &[&x, &z], &codes);
        prop_assert!((own - model.log_likelihood).abs() < 1e-8 * own.abs());
        // A step of a hundredth of a standard error in each direction changes the value by 1e-4 / 2 at most, and downwards.
        for at in 0..5 {
            let spread = model.covariance[at][at].sqrt();
            for way in [-0.01, 0.01] {
                let mut other = model.clone();
                let cell = if at < 3 { &mut other.cuts[at] } else { &mut other.coefficients[at - 3] };
                *cell += way * spread;
                let fall = own - plain(&other, &[&x, &z], &codes);
                prop_assert!(fall > 0.0, "{at} {way}: {fall}");
            }
            let moved = |way: f64| {
                let mut other = model.clone();
                let cell = if at < 3 { &mut other.cuts[at] } else { &mut other.coefficients[at - 3] };
                *cell += way * spread;
                plain(&other, &[&x, &z], &codes)
            };
            let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            prop_assert!(slope.abs() < 1e-4, "{at}: {slope}");
        }
    }

    // Units, origins and the order of the grades change parameters as arithmetic says, and nothing else.
    #[test]
    fn units_and_directions_do_not_matter(seed in 1_u64..100_000) {
        let x = noise(300, seed);
        let codes = grades(&x, seed + 2);
        let fit = |x: &[f64], codes: &[u32]| CumulativeLogit::fit(&[("x", Covariate::Numbers(x))], codes, 4).unwrap();
        let model = fit(&x, &codes);
        let moved = fit(&x.iter().map(|x| 50.0 - 0.01 * x).collect::<Vec<_>>(), &codes);
        prop_assert!((moved.coefficients[0] + 100.0 * model.coefficients[0]).abs() < 1e-6 * moved.coefficients[0].abs());
        let turned = fit(&x, &codes.iter().map(|code| 3 - code).collect::<Vec<_>>());
        prop_assert!((turned.coefficients[0] + model.coefficients[0]).abs() < 1e-8);
        prop_assert!((turned.cuts[0] + model.cuts[2]).abs() < 1e-8);
        for x in [0.1, 0.9] {
            let (plain, same) = (model.chances(model.coefficients[0] * x), moved.chances(moved.coefficients[0] * (50.0 - 0.01 * x)));
            prop_assert!(plain.iter().zip(&same).all(|(a, b)| (a - b).abs() < 1e-9));
            prop_assert!(plain.windows(2).all(|pair| pair[0] > pair[1]));
        }
    }
}
