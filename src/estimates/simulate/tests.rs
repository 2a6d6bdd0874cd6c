use super::parameters::CUTS;
use super::*;
use crate::effects::moments::count;
use std::collections::BTreeMap;

fn values(changed: &[(&str, f64)]) -> SimulationValues {
    let changed: BTreeMap<_, _> = changed.iter().map(|(name, value)| ((*name).into(), Given::One(*value))).collect();
    simulation_parameters(&changed).unwrap().1
}

fn size(schools: usize, pupils: (u32, u32), years: &[i32], seed: u64) -> SimulationSize {
    SimulationSize { schools, pupils, years: years.to_vec(), seed }
}

#[test]
fn the_same_seed_gives_the_same_pupils_and_more_schools_leave_the_first() {
    let values = values(&[]);
    let (pupils, schools) = simulate(&size(20, (5, 300), &[2018, 2019], 4), &values).unwrap();
    let again = simulate(&size(20, (5, 300), &[2018, 2019], 4), &values).unwrap();
    // NaN is not equal to itself, so the text is compared.
    assert_eq!(format!("{again:?}"), format!("{:?}", (&pupils, &schools)));
    let (more, _) = simulate(&size(30, (5, 300), &[2018, 2019], 4), &values).unwrap();
    assert!(more.attainment_8.starts_with(&pupils.attainment_8));
    let (other, _) = simulate(&size(20, (5, 300), &[2018, 2019], 5), &values).unwrap();
    assert_ne!(other.attainment_8, pupils.attainment_8);
}

#[test]
fn the_stream_is_pinned() {
    let (pupils, schools) = simulate(&size(2, (5, 300), &[2019], 1), &values(&[])).unwrap();
    assert_eq!(schools.urn, [900_000_001, 900_000_002]);
    assert_eq!(schools.pupils, [16, 57]);
    assert_eq!(format!("{:?}", &pupils.ks2[..4]), "[106.0, 107.0, 96.0, 104.0]");
    assert_eq!(pupils.grades[1][..8], [4, 6, 3, 4, 3, 2, 2, 7]);
}

#[test]
fn values_keep_their_scales() {
    let (pupils, schools) = simulate(&size(300, (5, 300), &[2019], 11), &values(&[])).unwrap();
    let scores = pupils.ks2.iter().filter(|score| !score.is_nan());
    assert!(scores.clone().all(|score| (80.0..=120.0).contains(score) && (score * 2.0).fract() == 0.0));
    assert!(pupils.month.iter().all(|month| (1..=12).contains(month)));
    assert!(pupils.grades.iter().flatten().all(|grade| (0..=9).contains(grade)));
    let (low, high) = (schools.pupils.iter().min().unwrap(), schools.pupils.iter().max().unwrap());
    assert!(*low >= 5 && *low <= 8 && *high <= 300 && *high > 280, "{low} to {high}");
    let missing = count(pupils.ks2.iter().filter(|score| score.is_nan()).count()) / count(pupils.ks2.len());
    assert!((missing - 0.05).abs() < 0.01, "{missing}");
}

#[test]
fn noise_is_logistic_where_the_normal_is() {
    assert!(logistic_noise(0.0).abs() < 1e-15);
    // Phi(1.959963985) = 0.975, whose logit is ln 39.
    assert!((logistic_noise(1.959_963_984_540_054) - 39.0_f64.ln()).abs() < 1e-9);
    assert!((logistic_noise(-1.959_963_984_540_054) + 39.0_f64.ln()).abs() < 1e-9);
    assert!(logistic_noise(9.0).is_finite() && logistic_noise(-9.0).is_finite());
}

#[test]
fn effects_persist_as_asked() {
    let correlation = |persistence: f64, gap: i32| {
        let values = values(&[("persistence", persistence)]);
        let (_, schools) = simulate(&size(4000, (1, 1), &[2019 - gap, 2019], 3), &values).unwrap();
        let pairs: Vec<_> = schools.effects[0].chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let square = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
        square(&|(a, b)| a * b) / (square(&|(a, _)| a * a) * square(&|(_, b)| b * b)).sqrt()
    };
    // The standard error of a correlation r of 4,000 schools is (1 - r^2) / 63.
    for (persistence, gap) in [(0.85, 1), (0.5, 1), (0.85, 3), (0.0, 1)] {
        let truth = f64::powi(persistence, gap);
        assert!((correlation(persistence, gap) - truth).abs() < 4.0 * (1.0 - truth * truth) / 63.0);
    }
    assert!((correlation(1.0, 1) - 1.0).abs() < 1e-12);
    assert!((correlation(0.85, 1) - 0.5).abs() > 4.0 * (1.0 - 0.25) / 63.0);
}

#[test]
fn what_cannot_be_made_is_named() {
    let refused = |size: &SimulationSize| simulate(size, &values(&[])).unwrap_err().to_string();
    assert_eq!(refused(&size(0, (5, 6), &[2019], 0)), "schools: at least one is needed");
    assert!(refused(&size(1, (0, 6), &[2019], 0)).ends_with("not 0 to 6"));
    assert!(refused(&size(1, (7, 6), &[2019], 0)).ends_with("not 7 to 6"));
    assert!(refused(&size(1, (5, 6), &[2019, 2019], 0)).contains("rising years"));
    assert!(refused(&size(1, (5, 6), &[], 0)).contains("rising years"));
    assert!(refused(&size(1_000_000, (5, 300), &[2019], 0)).contains("at most 20000000"));
    let changed = |name: &str, value: Given| simulation_parameters(&BTreeMap::from([(name.to_owned(), value)]));
    let refused = |name, value| changed(name, value).unwrap_err().to_string();
    assert!(refused("a8_sdd", Given::One(1.0)).contains("Did you mean 'a8_sd'"));
    assert_eq!(refused("girls", Given::One(1.1)), "parameters: 'girls' must lie within 0 to 1, not at 1.1");
    assert!(refused("girls", Given::One(f64::NAN)).contains("not at NaN"));
    assert!(refused("girls", Given::Several(vec![0.5, 0.5])).contains("takes one number, not 2"));
    assert!(refused("maths_cuts", Given::Several(vec![0.0; CUTS])).contains("must rise"));
    assert!(changed("girls", Given::One(1.0)).is_ok());
    let (listed, _) = changed("girls", Given::One(0.4)).unwrap();
    let girls = listed.iter().find(|one| one.name == "girls").unwrap();
    assert_eq!((girls.value.numbers(), girls.source.as_str()), ([0.4].as_slice(), "given by the caller"));
}
