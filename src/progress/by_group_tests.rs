use proptest::prelude::*;

use super::super::bundled::table;
use super::super::codes::code_whole;
use super::*;

#[test]
fn every_pupil_counts_once_or_stands_under_one_reason() {
    let mut table = table("p8", 2023, None).unwrap();
    table.outcomes[0].mean[2] = None;
    table.outcomes[0].minimum = Some(vec![Some(5.0); 34]);
    let ready = Estimates::new(&table, &["attainment_8"]).unwrap();
    let keys = [Some(1), Some(1), None, Some(2), Some(2), Some(2), Some(1), Some(2)];
    let prior = [105.0, f64::NAN, 105.0, 130.0, 105.0, 87.0, 80.0, 12.0];
    let points = [52.0, 50.0, 50.0, 50.0, f64::NAN, 30.0, 1.0, 20.0];
    let found = totals(&ready, &code_whole(|| keys.into_iter()).unwrap(), &prior, &[&points]).unwrap();
    assert_eq!(found.cohort, [3, 4]);
    let cells = &found.outcomes[0].cells;
    assert_eq!((cells[0].n, cells[0].n_adjusted, cells[1].n), (2, 1, 0));
    assert!((cells[0].sum - (0.645 + (5.0 - 15.86) / 10.0)).abs() < 1e-12);
    assert!((cells[0].sum_unadjusted - (0.645 + (1.0 - 15.86) / 10.0)).abs() < 1e-12);
    let out = &found.left_out;
    assert_eq!((out.group_missing, out.prior_missing, out.prior_outside), (1, 1, 2));
    assert_eq!((out.no_estimate, out.outcome_missing), (1, 1));
    assert_eq!(out.outside, [(3, 130.0), (7, 12.0)]);
    assert!(totals(&ready, &Codes::of_all(2), &prior, &[&points]).is_err());
}

proptest! {
    #[test]
    fn sums_and_spread_agree_with_a_plain_loop(
        pupils in prop::collection::vec((0..4i64, 59.0..120.0f64, 0.0..90.0f64), 2..80),
    ) {
        let table = table("p8", 2024, None).unwrap();
        let ready = Estimates::new(&table, &["attainment_8"]).unwrap();
        let codes = code_whole(|| pupils.iter().map(|(key, _, _)| Some(*key))).unwrap();
        let prior: Vec<f64> = pupils.iter().map(|(_, prior, _)| *prior).collect();
        let points: Vec<f64> = pupils.iter().map(|(_, _, points)| *points).collect();
        let found = totals(&ready, &codes, &prior, &[&points]).unwrap();
        let scores: Vec<f64> = prior.iter().zip(&points).map(|(prior, points)| {
            let Place::Group(group) = ready.place(*prior) else { panic!("outside") };
            ready.score(0, group, *points).0
        }).collect();
        for (group, first) in codes.first.iter().enumerate() {
            let key = pupils[*first as usize].0;
            let members = pupils.iter().zip(&scores).filter(|((one, _, _), _)| *one == key).map(|(_, score)| score);
            let sum: f64 = members.sum();
            prop_assert!((found.outcomes[0].cells[group].sum - sum).abs() < 1e-9);
        }
        let n = f64::from(u32::try_from(scores.len()).unwrap());
        let mean = scores.iter().sum::<f64>() / n;
        let sd = (scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        prop_assert!((found.outcomes[0].sd.unwrap() - sd).abs() < 1e-9);
    }
}
