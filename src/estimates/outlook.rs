//! The outlook of a pupil on ordered grades: the chance of each grade or better, and what is read off it.

use super::pupil::GradePart;
use crate::effects::moments::count;

/// Points and weights of the Gauss-Hermite rule of nine points, for a standard normal variable: abscissae times the root of
/// 2, weights divided by the root of pi. Abramowitz and Stegun (1964), table 25.10.
const POINTS: [(f64, f64); 9] = [
    (-4.512_745_863_399_783_5, 2.234_584_400_774_657_6e-5),
    (-3.205_429_002_856_470_3, 2.789_141_321_231_765_3e-3),
    (-2.076_847_978_677_83, 4.991_640_676_521_791e-2),
    (-1.023_255_663_789_132_6, 0.244_097_502_894_939_4),
    (0.0, 0.406_349_206_349_206_4),
    (1.023_255_663_789_132_6, 0.244_097_502_894_939_4),
    (2.076_847_978_677_83, 4.991_640_676_521_791e-2),
    (3.205_429_002_856_470_3, 2.789_141_321_231_765_3e-3),
    (4.512_745_863_399_783_5, 2.234_584_400_774_657_6e-5),
];

/// Chances of each grade or better, the lowest grade first, whose chance is 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outlook {
    chances: Vec<f64>,
}

impl Outlook {
    pub fn new(grades: usize) -> Self {
        Self { chances: vec![1.0; grades] }
    }

    pub fn chances(&self) -> &[f64] {
        &self.chances
    }

    /// Mean place of the grade, counted from 0.
    pub fn mean(&self) -> f64 {
        self.chances.iter().skip(1).sum()
    }

    /// The highest grade with a chance of at least 0.5 of it or better.
    pub fn headline(&self) -> usize {
        self.chances.iter().skip(1).take_while(|chance| **chance >= 0.5).count()
    }

    /// The grades that leave at most `(1 - confidence) / 2` to either side. Grades come in steps, so they hold the
    /// confidence or more.
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let tail = (1.0 - confidence) / 2.0;
        // The lower one is had or passed with a chance of 1 - tail or more, the upper one passed with no more than the tail.
        let reached = |chance: &&f64| **chance >= 1.0 - tail;
        let likely = |chance: &&f64| **chance > tail;
        let above = || self.chances.iter().skip(1);
        (count(above().take_while(reached).count()), count(above().take_while(likely).count()))
    }
}

/// What turns a linear predictor into chances.
pub(super) struct Scale<'a> {
    part: &'a GradePart,
    /// The cut that odds are counted from, so that they are numbers of ordinary size whatever the units.
    middle: f64,
    /// `exp(cut - middle)` of each grade above the lowest, of the next grade that was seen; infinite above the last of them.
    odds: Vec<f64>,
    /// Shifts of schools and their weights.
    schools: Vec<(f64, f64)>,
}

impl<'a> Scale<'a> {
    /// `between` is the variance between schools in grades.
    pub fn new(part: &'a GradePart, between: f64) -> Self {
        let middle = part.cuts.get(part.cuts.len() / 2).copied().unwrap_or_default();
        let odds = |grade: usize| match part.seen.partition_point(|seen| *seen < grade) {
            0 => 0.0,
            place => part.cuts.get(place - 1).map_or(f64::INFINITY, |cut| (cut - middle).exp()),
        };
        let spread = part.weight.abs() * between.sqrt();
        let schools = POINTS.map(|(point, weight)| (point * spread, weight));
        let schools = if spread > 0.0 { schools.to_vec() } else { vec![(0.0, 1.0)] };
        Self { part, middle, odds: (1..part.grades.len()).map(odds).collect(), schools }
    }

    /// Chances at a linear predictor: `1 / (1 + exp(cut - eta))`.
    pub fn at(&self, eta: f64, outlook: &mut Outlook) {
        let shrunk = (self.middle - eta).exp();
        for (chance, odds) in outlook.chances.iter_mut().skip(1).zip(&self.odds) {
            *chance = 1.0 / (1.0 + odds * shrunk);
        }
    }

    /// Chances over schools whose progress is normal about the typical school's.
    pub fn over_schools(&self, eta: f64, outlook: &mut Outlook) {
        outlook.chances.iter_mut().skip(1).for_each(|chance| *chance = 0.0);
        for (shift, weight) in &self.schools {
            let shrunk = (self.middle - eta - shift).exp();
            for (chance, odds) in outlook.chances.iter_mut().skip(1).zip(&self.odds) {
                *chance += weight / (1.0 + odds * shrunk);
            }
        }
    }

    /// Shares of all pupils, shifted on the logit scale.
    pub fn shares(&self, shift: f64, outlook: &mut Outlook) {
        let shrunk = (-shift).exp();
        for (chance, share) in outlook.chances.iter_mut().zip(&self.part.shares).skip(1) {
            *chance = share / (share + (1.0 - share) * shrunk);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(grades: usize, seen: &[usize], cuts: &[f64]) -> GradePart {
        GradePart {
            grades: (0..grades).map(|grade| grade.to_string()).collect(),
            seen: seen.to_vec(),
            cuts: cuts.to_vec(),
            coefficients: vec![],
            weight: 2.0,
            shares: (0..grades).map(|grade| 1.0 - count(grade) / count(grades)).collect(),
        }
    }

    fn outlook(chances: &[f64]) -> Outlook {
        Outlook { chances: chances.to_vec() }
    }

    #[test]
    fn the_rule_integrates_powers_of_a_normal_variable() {
        for (power, expected) in [(0, 1.0), (1, 0.0), (2, 1.0), (4, 3.0), (6, 15.0), (8, 105.0), (16, 2_027_025.0)] {
            let found: f64 = POINTS.iter().map(|(point, weight)| weight * point.powi(power)).sum();
            assert!((found - expected).abs() < 1e-8 * (1.0 + expected), "{power}: {found}");
        }
    }

    /// National chances in mathematics, 2022/23: key stage 2 score 100 to 102 gives a headline of 4.
    #[test]
    fn the_headline_is_the_highest_grade_with_an_even_chance() {
        let of = |counts: &[u32], total: u32| {
            let better = |grade: usize| f64::from(counts.iter().skip(grade).sum::<u32>()) / f64::from(total);
            outlook(&(0..10).map(|grade| if grade == 0 { 1.0 } else { better(grade) }).collect::<Vec<_>>())
        };
        let low = of(&[527, 2398, 6454, 12858, 19108, 11439, 3335, 1260, 410, 66], 58428);
        assert!((low.chances()[4] - 0.6096).abs() < 5e-5 && (low.chances()[5] - 0.2826).abs() < 5e-5);
        assert_eq!(low.headline(), 4);
        assert_eq!(of(&[325, 1134, 3201, 8550, 23228, 26251, 13877, 7470, 3136, 590], 88250).headline(), 5);
        assert_eq!(of(&[88, 185, 516, 1633, 7425, 15425, 18049, 17025, 14670, 5884], 81152).headline(), 6);
        assert_eq!(outlook(&[1.0, 0.5, 0.2]).headline(), 1);
        assert_eq!(outlook(&[1.0, 0.499_999, 0.2]).headline(), 0);
    }

    #[test]
    fn an_interval_of_grades_leaves_no_more_than_its_tails() {
        assert_eq!(outlook(&[1.0, 0.875, 0.5, 0.125]).interval(0.75), (1.0, 2.0));
        assert_eq!(outlook(&[1.0, 0.874_999, 0.5, 0.125_001]).interval(0.75), (0.0, 3.0));
        assert_eq!(outlook(&[1.0, 0.0, 0.0]).interval(0.8), (0.0, 0.0));
    }

    #[test]
    fn a_grade_that_nobody_had_has_the_chance_of_the_next_one() {
        let part = part(5, &[1, 3], &[0.7]);
        let scale = Scale::new(&part, 0.0);
        let mut found = Outlook::new(5);
        scale.at(0.7, &mut found);
        assert_eq!(found.chances(), [1.0, 1.0, 0.5, 0.5, 0.0]);
        scale.over_schools(0.7, &mut found);
        assert_eq!(found.chances(), [1.0, 1.0, 0.5, 0.5, 0.0]);
    }

    proptest! {
        #[test]
        fn chances_fall_and_intervals_hold(
            eta in -30.0..30.0f64, cuts in prop::collection::vec(0.01..3.0f64, 9), between in 0.0..2.0f64, confidence in 0.01..0.99f64,
        ) {
            let cuts: Vec<f64> = cuts.iter().scan(-8.0, |at, step| { *at += step; Some(*at) }).collect();
            let part = part(10, &(0..10).collect::<Vec<_>>(), &cuts);
            let scale = Scale::new(&part, between);
            let mut found = Outlook::new(10);
            for which in 0..3 {
                match which {
                    0 => scale.at(eta, &mut found),
                    1 => scale.over_schools(eta, &mut found),
                    _ => scale.shares(eta, &mut found),
                }
                prop_assert!(found.chances().windows(2).all(|pair| pair[0] + 1e-12 >= pair[1] && pair[1] >= 0.0));
                let (low, high) = found.interval(confidence);
                let at_least = |grade: f64| (0..10).zip(found.chances()).find(|(place, _)| count(*place) >= grade).map_or(0.0, |(_, chance)| *chance);
                prop_assert!(low <= high);
                prop_assert!(at_least(low) - at_least(high + 1.0) >= confidence - 1e-9);
            }
        }

        // Over schools of equal progress the chances are those of the typical school; over others they are drawn to 0.5.
        #[test]
        fn schools_that_differ_draw_chances_to_even(eta in -5.0..5.0f64, between in 0.01..1.0f64) {
            let part = part(2, &[0, 1], &[0.0]);
            let (mut typical, mut over) = (Outlook::new(2), Outlook::new(2));
            let scale = Scale::new(&part, between);
            scale.at(eta, &mut typical);
            scale.over_schools(eta, &mut over);
            prop_assert!((over.chances()[1] - 0.5).abs() <= (typical.chances()[1] - 0.5).abs() + 1e-9);
        }
    }
}
