//! School percentiles of progress, FFT-style (not FFT data): where the school in the middle, the top fifth and so on lie.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::effects::{Shrinkage, ShrinkageGroup, ShrinkageRule};
use crate::error::{Error, Result};
use crate::numbers::quantile;

/// Ranks that a table of benchmarks holds: 1 to 99.
pub(crate) const RANKS: u8 = 99;
/// Fewest schools from which the top twentieth can be told.
pub(super) const FEWEST_SCHOOLS: u64 = 20;
/// The word for scores that differ by no more than chance.
const NO_SPREAD: &str = "no_spread";

/// The type-7 quantiles `1 - r / 100` of values, for the ranks `r` from 1, the best, to 99.
pub(crate) fn by_rank(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    (1..=RANKS).filter_map(|rank| quantile(&values, f64::from(100 - rank) / 100.0)).collect()
}

/// Refuses ranks that are not 1 to 99, come twice, or are none at all.
///
/// # Errors
/// [`Error::Input`] naming the first rank that breaks the rule.
pub fn check_ranks(ranks: &[u8]) -> Result<()> {
    if ranks.is_empty() {
        return Err(Error::Input("levels: name at least one rank from 1 to 99".to_owned()));
    }
    for (at, rank) in ranks.iter().enumerate() {
        if !(1..=RANKS).contains(rank) {
            return Err(Error::Input(format!("levels: a rank from 1, the best, to 99 is needed, not {rank}")));
        }
        if ranks.iter().take(at).any(|earlier| earlier == rank) {
            return Err(Error::Input(format!("levels: name each rank once, not {rank} twice")));
        }
    }
    Ok(())
}

/// The value of a rank in a table that [`by_rank`] made.
pub(crate) fn at_rank(values: &[f64], rank: u8) -> Option<f64> {
    values.get(usize::from(rank).checked_sub(1)?).copied()
}

/// Scores of the schools of a group at each rank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankedScores {
    /// Name of the group, `None` without groups.
    pub key: Option<String>,
    /// Published scores at the ranks 1 to 99.
    pub raw: Vec<f64>,
    /// Shrunken scores at the ranks 1 to 99.
    pub shrunken: Vec<f64>,
}

/// Percentiles of schools, learned from a population and ready to place any school.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolBenchmarks {
    /// The shrinkage of the same schools.
    pub shrinkage: Shrinkage,
    /// Whether the benchmarks are those of shrunken scores.
    pub shrink: bool,
    /// One for each group of the shrinkage, in its order.
    pub groups: Vec<RankedScores>,
}

/// Where a school stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Shrunken score.
    pub shrunken: f64,
    /// Its standard error.
    pub se: f64,
    /// For each rank asked, the chance that the school's true score reaches the benchmark; `None` without spread.
    pub chances: Option<Vec<f64>>,
    /// The best rank that is reached with a chance of at least one half.
    pub level: Option<u8>,
}

impl SchoolBenchmarks {
    /// Learns shrinkage and percentiles from `(score, n)` of schools with at least `min_school` pupils; `rule.min_group` is the
    /// fewest pupils of a school that is placed later.
    ///
    /// # Errors
    /// As [`Shrinkage::fit`], and [`Error::Input`] for a group of fewer than 20 schools that count.
    ///
    /// ```
    /// use schoolframe::effects::{ShrinkageMethod, ShrinkageRule};
    /// use schoolframe::estimates::SchoolBenchmarks;
    /// let rule = ShrinkageRule::new(ShrinkageMethod::Moments, 1.2827, 6, 0.95).unwrap();
    /// let scores: Vec<Option<f64>> = (0..41).map(|school| Some(f64::from(school) / 20.0 - 1.0)).collect();
    /// let n = vec![Some(150.0); 41];
    /// let benchmarks = SchoolBenchmarks::fit(&scores, &n, None, rule, 11, true).unwrap();
    /// assert!((benchmarks.groups[0].raw[19] - 0.6).abs() < 1e-9); // rank 20: the quantile 0.8
    /// let (standing, status) = benchmarks.standing(0, Some(0.7), Some(150.0), &[50, 20, 5]).unwrap();
    /// assert_eq!((standing.unwrap().level, status), (Some(20), "ok"));
    /// ```
    pub fn fit(
        scores: &[Option<f64>],
        n: &[Option<f64>],
        keys: Option<&[Option<&str>]>,
        rule: ShrinkageRule,
        min_school: u64,
        shrink: bool,
    ) -> Result<Self> {
        let counted = ShrinkageRule { min_group: min_school.max(rule.min_group), ..rule };
        let mut shrinkage = Shrinkage::fit(scores, n, keys, counted)?;
        let mut groups = Vec::with_capacity(shrinkage.groups.len());
        for group in &shrinkage.groups {
            groups.push(ranked(&shrinkage, group, scores, n, keys)?);
        }
        shrinkage.rule.min_group = rule.min_group;
        Ok(Self { shrinkage, shrink, groups })
    }

    /// The number of the group of that name, if there is one.
    #[must_use]
    pub fn group(&self, key: Option<&str>) -> Option<usize> {
        self.groups.iter().position(|group| group.key.as_deref() == key)
    }

    /// Where a school of a group stands, and the word for its state: `ok`, `missing`, `below_minimum`, or `no_spread` where the
    /// scores of the population differ by no more than chance, so that no school can be told from another.
    ///
    /// The true score is taken as normal about the shrunken score with its standard error; `chances` are its tails from each
    /// benchmark up.
    ///
    /// # Errors
    /// The rule that an impossible value breaks.
    pub fn standing(
        &self,
        group: usize,
        score: Option<f64>,
        n: Option<f64>,
        ranks: &[u8],
    ) -> Result<(Option<Standing>, &'static str), &'static str> {
        let (Some(of), Some(scores)) = (self.shrinkage.groups.get(group), self.groups.get(group)) else {
            return Err("the group must be one of the fit");
        };
        let (found, status) = self.shrinkage.shrink(of, score, n)?;
        let Some(found) = found else { return Ok((None, status)) };
        let (shrunken, se) = (found.shrunken, found.se);
        if of.tau2 <= 0.0 {
            return Ok((Some(Standing { shrunken, se, chances: None, level: None }), NO_SPREAD));
        }
        let benchmarks = if self.shrink { &scores.shrunken } else { &scores.raw };
        let normal = Normal::standard();
        let chance = |rank: &u8| at_rank(benchmarks, *rank).map(|benchmark| normal.sf((benchmark - shrunken) / se));
        let chances: Vec<f64> = ranks.iter().filter_map(chance).collect();
        let reached = ranks.iter().zip(&chances).filter(|(_, chance)| **chance >= 0.5).map(|(rank, _)| *rank);
        Ok((Some(Standing { shrunken, se, level: reached.min(), chances: Some(chances) }), status))
    }

    /// The benchmarks as JSON text.
    ///
    /// # Errors
    /// [`Error::Input`] if a figure is not finite.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Input(error.to_string()))
    }

    /// Checks every rule of benchmarks that were read from text.
    ///
    /// # Errors
    /// [`Error::Input`] with the first rule that is broken.
    pub fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::Input(format!("this text holds no school benchmarks: {why}")));
        Shrinkage::from_json(&self.shrinkage.to_json()?)?;
        let keys = |groups: &[RankedScores]| groups.iter().map(|group| group.key.clone()).collect::<Vec<_>>();
        if keys(&self.groups) != self.shrinkage.groups.iter().map(|group| group.key.clone()).collect::<Vec<_>>() {
            return refuse("its groups are not those of its shrinkage");
        }
        for scores in self.groups.iter().flat_map(|group| [&group.raw, &group.shrunken]) {
            if !falls(scores) {
                return refuse("99 finite scores are needed that do not rise from rank 1 to rank 99");
            }
        }
        Ok(())
    }

    /// Benchmarks from the text that [`Self::to_json`] wrote, every rule checked again.
    ///
    /// # Errors
    /// [`Error::Input`] for any other text.
    pub fn from_json(text: &str) -> Result<Self> {
        let found: Self = serde_json::from_str(text)
            .map_err(|error| Error::Input(format!("this text holds no school benchmarks: {error}")))?;
        found.check()?;
        Ok(found)
    }
}

/// Whether values are a table that [`by_rank`] can have made; text may change the last digit of a number.
pub(crate) fn falls(values: &[f64]) -> bool {
    let mut pairs = values.iter().zip(values.iter().skip(1));
    values.len() == usize::from(RANKS)
        && values.iter().all(|value| value.is_finite())
        && pairs.all(|(better, worse)| worse - better <= 1e-12 * better.abs())
}

fn ranked(
    shrinkage: &Shrinkage,
    group: &ShrinkageGroup,
    scores: &[Option<f64>],
    n: &[Option<f64>],
    keys: Option<&[Option<&str>]>,
) -> Result<RankedScores> {
    if group.schools < FEWEST_SCHOOLS {
        let of = group.key.as_deref().map(|key| format!(" of group '{key}'")).unwrap_or_default();
        return Err(Error::Input(format!(
            "benchmarks need at least {FEWEST_SCHOOLS} schools that count, and {}{of} do",
            group.schools
        )));
    }
    let (mut raw, mut shrunken) = (Vec::new(), Vec::new());
    for (row, (score, n)) in scores.iter().zip(n).enumerate() {
        if keys.is_some_and(|keys| keys.get(row).copied().flatten() != group.key.as_deref()) {
            continue;
        }
        let (found, _) =
            shrinkage.shrink(group, *score, *n).map_err(|why| Error::Input(format!("row {row}: {why}")))?;
        if let (Some(found), Some(score)) = (found, score) {
            raw.push(*score);
            shrunken.push(found.shrunken);
        }
    }
    Ok(RankedScores { key: group.key.clone(), raw: by_rank(raw), shrunken: by_rank(shrunken) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::ShrinkageMethod;

    fn rule(sd: f64) -> ShrinkageRule {
        ShrinkageRule::new(ShrinkageMethod::Moments, sd, 6, 0.95).unwrap()
    }

    fn spread(schools: u32) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
        ((0..schools).map(|at| Some(f64::from(at) / 10.0)).collect(), vec![Some(100.0); schools as usize])
    }

    #[test]
    fn a_population_of_twenty_is_the_smallest() {
        let (scores, n) = spread(20);
        assert!(SchoolBenchmarks::fit(&scores, &n, None, rule(1.0), 11, true).is_ok());
        let (scores, n) = spread(19);
        let refused = SchoolBenchmarks::fit(&scores, &n, None, rule(1.0), 11, true).unwrap_err().to_string();
        assert_eq!(refused, "benchmarks need at least 20 schools that count, and 19 do");
    }

    #[test]
    fn a_school_at_a_benchmark_has_an_even_chance_and_reaches_it() {
        let (scores, n) = spread(101);
        let found = SchoolBenchmarks::fit(&scores, &n, None, rule(1.0), 11, true).unwrap();
        // Rank 20 of 0.0, 0.1 .. 10.0 is the school with 8.0: its own shrunken score is the benchmark.
        let at = |score: f64| found.standing(0, Some(score), Some(100.0), &[50, 20, 5]).unwrap().0.unwrap();
        assert!((at(8.0).chances.unwrap()[1] - 0.5).abs() < 1e-12);
        assert_eq!(at(8.001).level, Some(20));
        assert_eq!(at(7.999).level, Some(50));
        assert_eq!(at(4.9).level, None);
        assert_eq!(at(9.6).level, Some(5));
    }

    #[test]
    fn schools_that_do_not_differ_have_no_rank() {
        let scores = vec![Some(0.1); 25];
        let n = vec![Some(30.0); 25];
        let found = SchoolBenchmarks::fit(&scores, &n, None, rule(1.0), 11, true).unwrap();
        let (standing, status) = found.standing(0, Some(3.0), Some(30.0), &[50]).unwrap();
        assert_eq!((standing.unwrap().chances, status), (None, "no_spread"));
    }

    #[test]
    fn ranks_and_texts_are_checked() {
        for wrong in [&[][..], &[0], &[100], &[20, 50, 20]] {
            assert!(check_ranks(wrong).is_err());
        }
        assert!(check_ranks(&[99, 1, 50]).is_ok());
        let (scores, n) = spread(30);
        let found = SchoolBenchmarks::fit(&scores, &n, None, rule(1.0), 11, true).unwrap();
        let again = SchoolBenchmarks::from_json(&found.to_json().unwrap()).unwrap();
        assert!(again.groups[0].raw.iter().zip(&found.groups[0].raw).all(|(a, b)| (a - b).abs() < 1e-12));
        let mut wrong = found.clone();
        wrong.groups[0].raw.swap(0, 98);
        assert!(wrong.check().is_err());
        let mut wrong = found;
        wrong.groups[0].key = Some("a".to_owned());
        assert!(wrong.check().is_err());
    }
}
