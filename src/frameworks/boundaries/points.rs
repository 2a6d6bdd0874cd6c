//! Cases of the sums that lead to a category: measures so placed that their points add up to a band's least sum, or to the
//! nearest sum below or above it that can be had.

use super::super::condition::{Cond, Env, within};
use super::super::logic::Truth;
use super::super::model::{Decide, Points};
use super::super::resolve::{ResolvedMeasure, ResolvedPoints, ResolvedRule};
use super::super::{Framework, Plan};
use super::rules::Rule;
use super::school::{School, rounded};
use super::{Asked, Case, Side, known};

/// Most ways to give points that are looked at.
const MOST_WAYS: usize = 100_000;

/// Most schools that are tried for one case.
const MOST_TRIED: usize = 500;

/// The scores of each measure with their points.
pub type Scores = Vec<Vec<(Cond, f64)>>;

/// Whether the points of a school reach a least sum; unknown while the score of a measure is.
pub fn reaches(scores: &Scores, least: f64, env: &impl Env) -> Truth {
    let mut sum = 0.0;
    for measure in scores {
        for (cond, points) in measure {
            match cond.truth(env) {
                Truth::True => {
                    sum += points;
                    break;
                }
                Truth::False => {}
                Truth::Unknown => return Truth::Unknown,
            }
        }
    }
    Truth::of(Some(within(sum, least, false, true)))
}

/// Which score of each measure holds, the number of scores standing for none, with the sum of the points.
fn ways(scores: &Scores) -> Vec<(Vec<usize>, f64)> {
    let mut all = vec![(Vec::new(), 0.0)];
    for measure in scores {
        let points = || measure.iter().map(|(_, points)| *points).chain([0.0]).enumerate();
        let longer = |(way, sum): &(Vec<usize>, f64)| {
            let (way, sum) = (way.clone(), *sum);
            points().map(move |(score, points)| {
                let mut way = way.clone();
                way.push(score);
                (way, rounded(sum + points))
            })
        };
        all = all.iter().flat_map(|way| longer(way).collect::<Vec<_>>()).take(MOST_WAYS).collect();
    }
    all
}

/// A school with the given score of each measure.
fn make<'a>(mut school: School<'a>, scores: &Scores, way: &[usize]) -> Option<School<'a>> {
    let made = scores.iter().zip(way).all(|(measure, wanted)| {
        measure.iter().take(wanted + 1).enumerate().all(|(at, (cond, _))| school.make(cond, at == *wanted))
    });
    made.then_some(school)
}

impl Framework {
    /// Cases of every rule of points, those of a matrix included.
    pub(super) fn points_around(&self, plan: &Plan, phase: usize) -> Vec<Case> {
        let mut rules: Vec<(&Points, &ResolvedPoints, &[String])> = Vec::new();
        match (&self.file.decide, &plan.resolved.rule) {
            (Decide::Points(written), ResolvedRule::Points(rule)) => {
                rules.push((written, rule, &plan.resolved.categories));
            }
            (Decide::Matrix(matrix), ResolvedRule::Matrix { rows, columns, .. }) => {
                for (sub, (levels, rule)) in [(&matrix.rows, rows), (&matrix.columns, columns)] {
                    if let (Some(written), ResolvedRule::Points(rule)) = (&sub.points, &**rule) {
                        rules.push((written, rule, levels));
                    }
                }
            }
            _ => {}
        }
        let asked = plan.resolved.asked(phase);
        let here = |measure: &&ResolvedMeasure| measure.phases & asked != 0;
        let mut cases = Vec::new();
        for (written, rule, levels) in rules {
            let scores: Scores = rule.measures.iter().filter(here).map(|measure| measure.scores.clone()).collect();
            let ways = ways(&scores);
            for (band, (level, least)) in written.band.iter().zip(&rule.bands) {
                let threshold = band.at_least.as_ref().and_then(|name| self.threshold_at(name));
                let (Some(threshold), Some(least)) = (threshold, least) else { continue };
                for side in Side::ALL {
                    let Some((sum, school)) = nearest(plan, &scores, &ways, *least, side) else { continue };
                    cases.push(Case {
                        threshold: Some(threshold),
                        clause: levels.get(*level).cloned().unwrap_or_default(),
                        list: "points",
                        line: Some(written.line),
                        phase,
                        compared: "points",
                        indicator: None,
                        side,
                        reading: sum,
                        of: None,
                        comparator: None,
                        asked: Asked::Rule(Rule::Points(scores.clone(), *least)),
                        known: known(&plan.resolved, &school),
                    });
                }
            }
        }
        cases
    }
}

/// The school whose sum lies on that side of a least sum and nearest to it.
fn nearest<'a>(
    plan: &'a Plan,
    scores: &Scores,
    ways: &[(Vec<usize>, f64)],
    least: f64,
    side: Side,
) -> Option<(f64, School<'a>)> {
    let mut near: Vec<(&Vec<usize>, f64)> = ways
        .iter()
        .map(|(way, sum)| (way, *sum))
        .filter(|(_, sum)| match side {
            Side::Under => *sum < least,
            Side::At => rounded(sum - least) == 0.0,
            Side::Over => *sum > least,
        })
        .collect();
    near.sort_by(|(_, one), (_, other)| (one - least).abs().total_cmp(&(other - least).abs()));
    let tried = near.into_iter().take(MOST_TRIED);
    let mut made = tried.filter_map(|(way, sum)| Some((sum, make(School::new(&plan.resolved), scores, way)?)));
    made.next()
}
