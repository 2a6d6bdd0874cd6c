//! Empirical Bayes shrinkage of school scores with a known spread of pupils.

use serde::{Deserialize, Serialize};

use super::moments::count;
use super::search::{Least, Point, least};
use super::{check_confidence, multiplier};
use crate::error::{Error, Result};
use crate::numbers::present;

/// How the variance between schools is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShrinkageMethod {
    /// Variance of the scores minus their mean sampling variance, not below 0; the mean is that of schools, unweighted.
    #[default]
    Moments,
    /// Restricted maximum likelihood; the mean weights each school by `1 / (tau2 + sd^2 / n)`.
    Reml,
}

/// Settings of a shrinkage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShrinkageRule {
    /// How the variance between schools is estimated.
    pub method: ShrinkageMethod,
    /// Standard deviation of pupils within a school.
    pub sd: f64,
    /// Fewest pupils of a school that counts and is shown.
    pub min_group: u64,
    /// Level of the intervals.
    pub confidence: f64,
}

/// What a group of schools has in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShrinkageGroup {
    /// Name of the group, `None` without groups.
    pub key: Option<String>,
    /// Schools that count.
    pub schools: u64,
    /// Their pupils.
    pub pupils: f64,
    /// Mean score that others are drawn towards.
    pub mean: f64,
    /// Variance of the scores.
    pub variance: f64,
    /// Mean of the sampling variances `sd^2 / n`.
    pub sampling_variance: f64,
    /// Variance between schools.
    pub tau2: f64,
}

/// Shrinkage learned from schools, ready to be applied to any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shrinkage {
    /// Version of this format.
    pub format: u32,
    /// Settings.
    pub rule: ShrinkageRule,
    /// One for each group, in order of first appearance.
    pub groups: Vec<ShrinkageGroup>,
}

/// A shrunken score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shrunken {
    /// `mean + reliability * (score - mean)`.
    pub shrunken: f64,
    /// `tau2 / (tau2 + sd^2 / n)`.
    pub reliability: f64,
    /// `sqrt(reliability * sd^2 / n)`.
    pub se: f64,
    /// Lower end of the interval.
    pub ci_low: f64,
    /// Upper end of the interval.
    pub ci_high: f64,
}

/// Why a school has no figures; the word used in results.
pub(super) const MISSING: &str = "missing";
/// The word for a school under the minimum.
pub(super) const BELOW_MINIMUM: &str = "below_minimum";
/// The word for a school with figures.
pub(super) const OK: &str = "ok";

/// A finite score and number of pupils; `Ok(None)` if one is missing.
///
/// # Errors
/// The rule that an impossible value breaks.
pub(super) fn checked(score: Option<f64>, n: Option<f64>) -> Result<Option<(f64, f64)>, &'static str> {
    if present(score).is_some_and(f64::is_infinite) {
        return Err("a score must be finite");
    }
    if present(n).is_some_and(|n| !(n >= 0.0 && n.is_finite())) {
        return Err("a number of pupils must be finite and not negative");
    }
    Ok(present(score).zip(present(n)))
}

impl ShrinkageRule {
    /// Settings, checked.
    ///
    /// # Errors
    /// [`Error::Input`] unless `sd` is finite and above 0 and `0 < confidence < 1`.
    pub fn new(method: ShrinkageMethod, sd: f64, min_group: u64, confidence: f64) -> Result<Self> {
        if !(sd > 0.0 && sd.is_finite()) {
            return Err(Error::Input(format!("sd: a finite number above 0 is needed, not {sd}")));
        }
        check_confidence(confidence)?;
        Ok(Self { method, sd, min_group, confidence })
    }

    fn large_enough(&self, n: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
        let minimum = self.min_group.max(1) as f64;
        n >= minimum
    }
}

/// Scores and numbers of pupils of a group with its name.
type Members = (Option<String>, Vec<(f64, f64)>);

impl Shrinkage {
    /// Format version that this crate writes and reads.
    pub const FORMAT: u32 = 1;

    /// Learns the mean and the variance between schools of each group from `(score, n)`.
    ///
    /// With `v_j = sd^2 / n_j`: by moments `tau2 = max(0, var(score) - mean(v))`, the variance with `n - 1`; by restricted
    /// likelihood `tau2` makes `sum ln(tau2 + v_j) + ln sum w_j + sum w_j (score_j - mean)^2`, `w_j = 1 / (tau2 + v_j)`,
    /// least. Schools with a missing score or number, a missing group, or fewer pupils than the minimum do not count.
    ///
    /// # Errors
    /// [`Error::Input`] for impossible values, or a group with fewer than two schools that count.
    ///
    /// ```
    /// use schoolframe::effects::{Shrinkage, ShrinkageMethod, ShrinkageRule};
    /// let rule = ShrinkageRule::new(ShrinkageMethod::Moments, 1.2827, 6, 0.95).unwrap();
    /// let (scores, n) = ([0.6, -0.8, 0.1, 0.3].map(Some), [40.0, 25.0, 180.0, 4.0].map(Some));
    /// let shrinkage = Shrinkage::fit(&scores, &n, None, rule).unwrap();
    /// assert_eq!(shrinkage.groups[0].schools, 3);
    /// let school = shrinkage.shrink(&shrinkage.groups[0], Some(0.6), Some(40.0)).unwrap().0.unwrap();
    /// assert!(school.shrunken < 0.6 && school.ci_low < school.shrunken);
    /// ```
    pub fn fit(
        scores: &[Option<f64>],
        n: &[Option<f64>],
        keys: Option<&[Option<&str>]>,
        rule: ShrinkageRule,
    ) -> Result<Self> {
        if scores.len() != n.len() || keys.is_some_and(|keys| keys.len() != scores.len()) {
            return Err(Error::Input("a score, a number of pupils and a group are needed for every school".to_owned()));
        }
        let mut groups: Vec<Members> = Vec::new();
        let mut index = std::collections::HashMap::new();
        for (row, (score, n)) in scores.iter().zip(n).enumerate() {
            let school = checked(*score, *n).map_err(|why| Error::Input(format!("row {row}: {why}")))?;
            let key = match keys {
                None => None,
                Some(keys) => match keys.get(row).copied().flatten() {
                    None => continue,
                    some => some,
                },
            };
            let Some((score, n)) = school.filter(|(_, n)| rule.large_enough(*n)) else { continue };
            let at = *index.entry(key).or_insert_with(|| {
                groups.push((key.map(str::to_owned), Vec::new()));
                groups.len() - 1
            });
            if let Some((_, members)) = groups.get_mut(at) {
                members.push((score, n));
            }
        }
        if groups.is_empty() {
            return Err(too_few(0, None));
        }
        let groups = groups.into_iter().map(|(key, members)| rule.learn(key, &members)).collect::<Result<_>>()?;
        Ok(Self { format: Self::FORMAT, rule, groups })
    }

    /// The group of that name, if there is one.
    #[must_use]
    pub fn group(&self, key: Option<&str>) -> Option<&ShrinkageGroup> {
        self.groups.iter().find(|group| group.key.as_deref() == key)
    }

    /// A school's score drawn towards the mean of its group, and the word for its state: `ok`, `missing` or
    /// `below_minimum`.
    ///
    /// # Errors
    /// The rule that an impossible value breaks.
    pub fn shrink(
        &self,
        group: &ShrinkageGroup,
        score: Option<f64>,
        n: Option<f64>,
    ) -> Result<(Option<Shrunken>, &'static str), &'static str> {
        let Some((score, n)) = checked(score, n)? else { return Ok((None, MISSING)) };
        if !self.rule.large_enough(n) {
            return Ok((None, BELOW_MINIMUM));
        }
        let sampling = self.rule.sd.powi(2) / n;
        let reliability = group.tau2 / (group.tau2 + sampling);
        let shrunken = group.mean + reliability * (score - group.mean);
        let se = (reliability * sampling).sqrt();
        let half = multiplier(self.rule.confidence) * se;
        let found = Shrunken { shrunken, reliability, se, ci_low: shrunken - half, ci_high: shrunken + half };
        Ok((Some(found), OK))
    }

    /// The shrinkage as JSON text.
    ///
    /// # Errors
    /// [`Error::Input`] if a figure is not finite.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Input(error.to_string()))
    }

    /// A shrinkage from the text that [`Self::to_json`] wrote, its rules checked again.
    ///
    /// # Errors
    /// [`Error::Input`] for any other text.
    pub fn from_json(text: &str) -> Result<Self> {
        let refuse = |why: &str| Error::Input(format!("this text holds no shrinkage: {why}"));
        let found: Self = serde_json::from_str(text).map_err(|error| refuse(&error.to_string()))?;
        if found.format != Self::FORMAT {
            return Err(refuse(&format!("its format is {}, not {}", found.format, Self::FORMAT)));
        }
        let rule = found.rule;
        ShrinkageRule::new(rule.method, rule.sd, rule.min_group, rule.confidence)?;
        if found.groups.is_empty() || found.groups.iter().any(|group| !(group.tau2 >= 0.0 && group.mean.is_finite())) {
            return Err(refuse("every group needs a mean and a variance that is not negative"));
        }
        Ok(found)
    }
}

impl ShrinkageRule {
    fn learn(&self, key: Option<String>, schools: &[(f64, f64)]) -> Result<ShrinkageGroup> {
        if schools.len() < 2 {
            return Err(too_few(schools.len(), key.as_deref()));
        }
        let size = count(schools.len());
        let mean = schools.iter().map(|(score, _)| score).sum::<f64>() / size;
        let variance = schools.iter().map(|(score, _)| (score - mean).powi(2)).sum::<f64>() / (size - 1.0);
        let sampling: Vec<f64> = schools.iter().map(|(_, n)| self.sd.powi(2) / n).collect();
        let sampling_variance = sampling.iter().sum::<f64>() / size;
        let pupils = schools.iter().map(|(_, n)| n).sum();
        let (mean, tau2) = match self.method {
            ShrinkageMethod::Moments => (mean, (variance - sampling_variance).max(0.0)),
            ShrinkageMethod::Reml => restricted(schools, &sampling, sampling_variance)?,
        };
        Ok(ShrinkageGroup { key, schools: schools.len() as u64, pupils, mean, variance, sampling_variance, tau2 })
    }
}

/// Mean and variance between schools by restricted likelihood.
fn restricted(schools: &[(f64, f64)], sampling: &[f64], unit: f64) -> Result<(f64, f64)> {
    let weighted = |tau2: f64| {
        let (mut weights, mut scores) = (0.0, 0.0);
        for ((score, _), sampling) in schools.iter().zip(sampling) {
            weights += 1.0 / (tau2 + sampling);
            scores += score / (tau2 + sampling);
        }
        (weights, scores / weights)
    };
    let criterion = |ratio: f64| {
        let tau2 = ratio * unit;
        let (weights, mean) = weighted(tau2);
        let (mut value, mut slope, mut squares) = (weights.ln(), 0.0, 0.0);
        for ((score, _), sampling) in schools.iter().zip(sampling) {
            let weight = 1.0 / (tau2 + sampling);
            let distance = weight * (score - mean).powi(2);
            value += (tau2 + sampling).ln() + distance;
            slope += weight - weight * distance;
            squares += weight * weight;
        }
        slope -= squares / weights;
        value.is_finite().then_some(Point { value, slope: slope * unit })
    };
    match least(criterion) {
        Some(Least::At(ratio)) => Ok((weighted(ratio * unit).1, ratio * unit)),
        _ => Err(Error::Input(
            "the scores spread too far beside sd for a variance between schools to be found".to_owned(),
        )),
    }
}

fn too_few(schools: usize, key: Option<&str>) -> Error {
    let of = key.map(|key| format!(" of group '{key}'")).unwrap_or_default();
    Error::Input(format!("a variance between schools needs at least 2 schools that count, and {schools}{of} do"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(method: ShrinkageMethod) -> ShrinkageRule {
        ShrinkageRule::new(method, 1.2827, 6, 0.95).unwrap()
    }

    fn with(mean: f64, tau2: f64) -> Shrinkage {
        let group =
            ShrinkageGroup { key: None, schools: 3180, pupils: 0.0, mean, variance: 0.0, sampling_variance: 0.0, tau2 };
        Shrinkage { format: 1, rule: rule(ShrinkageMethod::Moments), groups: vec![group] }
    }

    #[test]
    fn worked_examples_of_progress_8_in_2019() {
        let shrinkage = with(-0.0144, 0.2114);
        for (score, n, reliability, expected) in
            [(0.60, 40.0, 0.8371, 0.4999), (0.60, 180.0, 0.9586, 0.5745), (-0.80, 25.0, 0.7626, -0.6135)]
        {
            let found = shrinkage.shrink(&shrinkage.groups[0], Some(score), Some(n)).unwrap().0.unwrap();
            assert!((found.reliability - reliability).abs() < 6e-5, "{}", found.reliability);
            assert!((found.shrunken - expected).abs() < 6e-5, "{}", found.shrunken);
        }
    }

    #[test]
    fn the_minimum_and_missing_values() {
        let shrinkage = with(0.0, 0.2);
        let state = |score, n| shrinkage.shrink(&shrinkage.groups[0], score, n).unwrap().1;
        assert_eq!(state(Some(0.1), Some(5.0)), BELOW_MINIMUM);
        assert_eq!(state(Some(0.1), Some(6.0)), OK);
        assert_eq!(state(Some(f64::NAN), Some(6.0)), MISSING);
        assert_eq!(state(Some(0.1), None), MISSING);
        assert!(shrinkage.shrink(&shrinkage.groups[0], Some(f64::INFINITY), Some(9.0)).is_err());
        assert!(shrinkage.shrink(&shrinkage.groups[0], Some(0.0), Some(-1.0)).is_err());
    }

    #[test]
    fn schools_that_do_not_differ_are_drawn_to_the_mean() {
        for method in [ShrinkageMethod::Moments, ShrinkageMethod::Reml] {
            let (scores, n) = ([0.1, 0.1, 0.1, 0.1].map(Some), [30.0, 40.0, 50.0, 60.0].map(Some));
            let shrinkage = Shrinkage::fit(&scores, &n, None, rule(method)).unwrap();
            assert!(shrinkage.groups[0].tau2.abs() < 1e-15);
            let found = shrinkage.shrink(&shrinkage.groups[0], Some(3.0), Some(30.0)).unwrap().0.unwrap();
            assert!((found.shrunken - 0.1).abs() < 1e-12 && found.se.abs() < 1e-12);
        }
        let one = Shrinkage::fit(&[Some(0.1)], &[Some(30.0)], None, rule(ShrinkageMethod::Moments));
        assert!(one.unwrap_err().to_string().contains("at least 2 schools that count, and 1 do"));
    }

    #[test]
    fn groups_learn_apart_and_the_text_reads_back() {
        let scores = [0.1, 0.9, -0.5, 2.0, 2.1, 2.4].map(Some);
        let keys = ["a", "a", "a", "b", "b", "b"].map(Some);
        let shrinkage = Shrinkage::fit(&scores, &[Some(90.0); 6], Some(&keys), rule(ShrinkageMethod::Moments)).unwrap();
        assert!(shrinkage.group(Some("b")).unwrap().mean > 2.0 && shrinkage.group(Some("c")).is_none());
        let back = Shrinkage::from_json(&shrinkage.to_json().unwrap()).unwrap();
        assert!((back.groups[1].tau2 - shrinkage.groups[1].tau2).abs() < 1e-15 && back.rule == shrinkage.rule);
        assert!(Shrinkage::from_json("{}").is_err());
    }

    proptest! {
        #[test]
        fn shrunken_scores_lie_between_score_and_mean(
            scores in prop::collection::vec(-2.0..2.0f64, 3..40), n in prop::collection::vec(6.0..300.0f64, 40),
        ) {
            for method in [ShrinkageMethod::Moments, ShrinkageMethod::Reml] {
                let given: Vec<_> = scores.iter().copied().map(Some).collect();
                let pupils: Vec<_> = n.iter().copied().take(scores.len()).map(Some).collect();
                let shrinkage = Shrinkage::fit(&given, &pupils, None, rule(method)).unwrap();
                let group = &shrinkage.groups[0];
                for (score, n) in given.iter().zip(&pupils) {
                    let found = shrinkage.shrink(group, *score, *n).unwrap().0.unwrap();
                    let (low, high) = (score.unwrap().min(group.mean), score.unwrap().max(group.mean));
                    prop_assert!(found.shrunken >= low - 1e-12 && found.shrunken <= high + 1e-12);
                    prop_assert!((0.0..1.0).contains(&found.reliability));
                }
            }
        }
    }
}
