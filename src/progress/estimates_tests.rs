use proptest::prelude::*;

use super::super::bundled::{grouping, table};
use super::*;

fn own(upper: &[f64]) -> EstimateTable {
    let groups = upper.len();
    EstimateTable {
        format: 1,
        measure: "progress_from_cat4".into(),
        prior: "cat4".into(),
        year: Some(2025),
        version: None,
        population: None,
        source: None,
        status: Status::Fitted,
        lowest: None,
        upper: upper.to_vec(),
        outcomes: vec![Outcome {
            name: "a8".into(),
            score: "progress_from_cat4".into(),
            divisor: 10.0,
            mean: vec![None; groups],
            n: None,
            sd: None,
            minimum: None,
            sd_multiple: None,
        }],
        rows: None,
        limit_rows: None,
    }
}

#[test]
fn a_pupil_belongs_to_the_first_group_whose_end_is_not_below() {
    let table = table("p8", 2024, None).unwrap();
    let cases = [
        (59.0, Place::Group(0)),
        (58.5, Place::Outside),
        (82.0, Place::Group(0)),
        (82.5, Place::Group(1)),
        (115.0, Place::Group(28)),
        (115.5, Place::Group(29)),
        (119.5, Place::Group(33)),
        (120.0, Place::Group(33)),
        (120.5, Place::Outside),
        (f64::NAN, Place::Missing),
        (f64::INFINITY, Place::Outside),
        (105.000_000_000_1, Place::Group(18)),
    ];
    for (prior, place) in cases {
        assert_eq!(table.place(prior), place, "{prior}");
    }
    let fine = own(&grouping("ks2_fine_level").unwrap().upper);
    // 2.8 worked out in binary is a little more than 2.8.
    assert_eq!(fine.place(0.1 + 2.7), Place::Group(3));
    assert_eq!(fine.place(-5.0), Place::Group(0));
    assert_eq!(fine.place(5.9), Place::Outside);
}

#[test]
fn means_numbers_and_spreads_of_pupils() {
    let table = own(&[1.0, 2.0, 3.0]);
    let prior = [0.5, 1.0, 2.0, f64::NAN, 2.0, 9.0];
    let fitted = table.fit(&prior, &[&[10.0, 20.0, 5.0, 7.0, f64::NAN, 1.0]]).unwrap();
    let outcome = &fitted.outcomes[0];
    assert_eq!(outcome.mean, [Some(15.0), Some(5.0), None]);
    assert_eq!(outcome.n, Some(vec![2, 1, 0]));
    assert_eq!(outcome.sd, Some(vec![Some(50.0_f64.sqrt()), None, None]));
    assert_eq!(EstimateTable::from_json(&fitted.to_json().unwrap()), Ok(fitted.clone()));
    assert!(fitted.fit(&prior, &[&[1.0]]).is_err());
}

#[test]
fn a_score_below_its_limit_is_raised_to_it() {
    let mut table = own(&[1.0, 2.0]);
    table.outcomes[0].mean = vec![Some(40.0), Some(50.0)];
    table.outcomes[0].minimum = Some(vec![Some(20.0), None]);
    let ready = Estimates::new(&table, &["a8"]).unwrap();
    assert_eq!(ready.score(0, 0, 10.0), (-3.0, -2.0));
    assert_eq!(ready.score(0, 0, 20.0), (-2.0, -2.0));
    assert_eq!(ready.score(0, 1, 10.0), (-4.0, -4.0));
    assert!(ready.score(0, 2, 10.0).0.is_nan() && ready.score(1, 0, 1.0).0.is_nan());
    assert!(Estimates::new(&table, &["a9"]).is_err());
}

/// Something that makes a good table a bad one.
type Damage = fn(&mut EstimateTable);

#[test]
fn whatever_breaks_a_rule_is_refused_with_the_rule() {
    let good = own(&[1.0, 2.0]);
    assert_eq!(good.check(), Ok(()));
    let cases: [(Damage, &str); 19] = [
        (|t| t.format = 2, "format 2"),
        (|t| t.upper = vec![], "1 to 10000 groups"),
        (|t| t.upper = vec![2.0, 1.0], "must rise strictly, and 1 follows 2"),
        (|t| t.upper = vec![1.0, 1.0], "must rise strictly"),
        (|t| t.upper = vec![1.0, f64::NAN], "finite numbers, not NaN"),
        (|t| t.lowest = Some(1.5), "lies above the first upper end"),
        (|t| t.outcomes.clear(), "at least one outcome"),
        (|t| t.measure = " ".into(), "needs a name"),
        (|t| t.outcomes[0].divisor = 0.0, "divisor"),
        (|t| t.outcomes[0].mean = vec![None], "one mean for each of the 2 groups"),
        (|t| t.outcomes[0].mean[0] = Some(f64::INFINITY), "finite number, not inf"),
        (|t| t.outcomes[0].n = Some(vec![1]), "one n for each"),
        (|t| t.outcomes[0].sd = Some(vec![Some(-1.0), None]), "below 0"),
        (|t| t.outcomes[0].sd_multiple = Some(0.0), "multiple"),
        (|t| t.outcomes[0].score = "status".into(), "two columns of results"),
        (|t| t.outcomes[0].name = "group".into(), "two columns of estimates"),
        (|t| t.outcomes.push(t.outcomes[0].clone()), "two columns of results"),
        (|t| t.measure = "Progress 8 (CAT)".into(), "starts from key stage 2 results"),
        (|t| t.measure = "progress".into(), "its name must say so, such as 'progress_from_cat4'"),
    ];
    for (damage, message) in cases {
        let mut table = good.clone();
        damage(&mut table);
        let error = table.check().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let mut table = good.clone();
    (table.outcomes[0].mean[0], table.outcomes[0].minimum) = (Some(1.0), Some(vec![Some(2.0), None]));
    assert!(table.check().unwrap_err().to_string().contains("lies above its mean"));
    let error = EstimateTable::from_json("{\"format\":1,\"typo\":2}").unwrap_err().to_string();
    assert!(error.contains("typo"), "{error}");
    let twice = good.to_json().unwrap().replacen("\"format\":1", "\"format\":1,\"format\":1", 1);
    assert!(EstimateTable::from_json(&twice).unwrap_err().to_string().contains("duplicate field"));
}

#[test]
fn published_names_need_the_published_start_and_a_year_that_has_the_measure() {
    let mut table = own(&[1.0, 2.0]);
    (table.measure, table.prior) = ("p8".into(), "ks2_scaled_score".into());
    assert!(table.check().unwrap_err().to_string().contains("there is no Progress 8 for 2025"));
    table.year = Some(2024);
    table.outcomes[0].score = "p8".into();
    assert_eq!(table.check(), Ok(()));
    assert!(!table.proxy());
    table.prior = "ks1_points".into();
    assert!(table.check().is_err());
    table.measure = "progress_from_ks1_points".into();
    assert!(table.check().unwrap_err().to_string().contains("'p8' is called by the name of a published measure"));
    table.outcomes[0].score = "progress_from_ks1_points".into();
    assert_eq!(table.check(), Ok(()));
    assert!(table.proxy());
    (table.measure, table.outcomes[0].score) = ("ks2_progress".into(), "ks2_progress_maths".into());
    assert!(table.check().unwrap_err().to_string().contains("no key stage 2 progress for 2024"));
    table.year = Some(2023);
    assert_eq!(table.check(), Ok(()));
    assert!(!table.proxy());
}

proptest! {
    #[test]
    fn scores_of_the_fitted_pupils_average_nought_in_each_group(
        pupils in prop::collection::vec((0..6u8, -50.0..50.0f64), 1..120), divisor in 0.5..20.0f64,
    ) {
        let mut table = own(&[1.0, 3.0, 5.0]);
        table.outcomes[0].divisor = divisor;
        let prior: Vec<f64> = pupils.iter().map(|(prior, _)| f64::from(*prior)).collect();
        let points: Vec<f64> = pupils.iter().map(|(_, points)| *points).collect();
        let fitted = table.fit(&prior, &[&points]).unwrap();
        let ready = Estimates::new(&fitted, &["a8"]).unwrap();
        for group in 0..3 {
            let members = prior.iter().zip(&points).filter(|(prior, _)| fitted.place(**prior) == Place::Group(group));
            let sum: f64 = members.map(|(_, points)| ready.score(0, group, *points).0).sum();
            prop_assert!(sum.abs() < 1e-7);
        }
    }
}
