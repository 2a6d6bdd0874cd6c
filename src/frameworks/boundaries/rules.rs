//! Cases of thresholds that no condition names: the share that is a majority, the share below which descriptors contradict,
//! codes against the national figure, bands of a charge.

use super::super::condition::{Cond, within};
use super::super::inputs::RowEnv;
use super::super::logic::Truth;
use super::super::model::{DatasetRule, Decide, Name};
use super::super::policy::{Count, Rule as Policy};
use super::super::resolve::{Domain, Resolved};
use super::super::{Framework, Plan};
use super::points::{Scores, reaches};
use super::school::{School, rounded};
use super::sides::{around, around_share};
use super::{Asked, Case, known};
use crate::bands::Direction;
use crate::coding::{Code, CodingRule, Unit};

/// A comparison that is no condition.
#[derive(Debug, Clone)]
pub enum Rule {
    /// Whether the share of the criteria of a member of best fit (position) is a majority.
    Majority(usize),
    /// Whether the share of the known descriptors of a group (position) is below this, in per cent.
    Conflict(usize, f64),
    /// Whether a value is coded like this against a national figure.
    Code(CodingRule, Code),
    /// Whether the end of a band, in units, covers as many.
    Charge(usize),
    /// Whether the points of the measures reach a least sum.
    Points(Scores, f64),
}

/// Criteria of a group that are met and known, as they are counted for a school.
fn count(plan: &Plan, group: usize, env: &RowEnv<'_>) -> Count {
    let items = plan.policy.groups.get(group).map(|group| group.items.as_slice()).unwrap_or_default();
    let mut count = Count { total: u16::try_from(items.len()).unwrap_or(u16::MAX), ..Count::default() };
    for item in items.iter().filter_map(|item| plan.resolved.items.get(*item)) {
        match (item.applies.as_ref().map_or(Truth::True, |cond| cond.truth(env)), item.cond.truth(env)) {
            (Truth::False, _) => count.set_aside += 1,
            (Truth::Unknown, _) | (_, Truth::Unknown) => {}
            (Truth::True, met) => {
                count.known += 1;
                count.met += u16::from(met == Truth::True);
            }
        }
    }
    count
}

impl Framework {
    /// Whether a school passes such a comparison.
    pub(super) fn passes(&self, rule: &Rule, case: &Case, plan: &Plan, env: &RowEnv<'_>) -> Truth {
        Truth::of(match rule {
            Rule::Majority(member) => match &plan.policy.rule {
                Policy::Fit(fit) => fit.members.get(*member).map(|member| {
                    let count = count(plan, member.group, env);
                    fit.is_majority(count.met, count.of(plan.policy.denominator()))
                }),
                _ => None,
            },
            Rule::Conflict(group, share) => {
                let count = count(plan, *group, env);
                Some(f64::from(count.met) * 100.0 < share * f64::from(count.known))
            }
            Rule::Code(coding, code) => {
                let national = case.comparator.as_ref().map(|(_, national)| *national);
                coding.code(Some(case.reading), national).map(|coded| coded.code == *code)
            }
            Rule::Charge(band) => self.resolved.charge.as_ref().and_then(|charge| {
                let phase = self.resolved.phases.get(case.phase)?;
                let (_, pays) = charge.bands.get(*band)?;
                Some(within(self.charge(case.reading, phase).ok()?.pays, *pays, false, false))
            }),
            Rule::Points(scores, least) => return reaches(scores, *least, env),
        })
    }

    /// Cases of such rules that are looked at in a phase.
    pub(super) fn rule_cases(&self, plan: &Plan, phase: usize) -> Vec<Case> {
        let mut cases = self.shares_around(plan, phase);
        cases.extend(self.points_around(plan, phase));
        cases.extend(self.codes_around(&plan.resolved, phase));
        cases.extend(self.charges_around(&plan.resolved, phase));
        cases
    }

    pub(super) fn threshold_at(&self, name: &Name) -> Option<usize> {
        self.resolved.thresholds.iter().position(|known| known.name == *name.get_ref())
    }

    /// How many criteria of a category are met.
    fn shares_around(&self, plan: &Plan, phase: usize) -> Vec<Case> {
        let (resolved, policy) = (&plan.resolved, &plan.policy);
        let mut found = Vec::new();
        match (&policy.rule, &self.file.decide) {
            (Policy::Fit(fit), Decide::BestFit(written)) => {
                for (position, member) in fit.members.iter().enumerate() {
                    let rule = Rule::Majority(position);
                    found.push((&written.majority, written.line, "best_fit", member.category, member.group, rule));
                }
            }
            (Policy::Gates(rule), Decide::Gates(written)) => {
                for (category, group) in &rule.descriptors {
                    if let (Some(name), Some(share)) = (&written.conflict, rule.conflict) {
                        let rule = Rule::Conflict(*group, share);
                        found.push((name, written.line, "gates", *category, *group, rule));
                    }
                }
            }
            _ => {}
        }
        let mut cases = Vec::new();
        for (name, line, list, category, group, rule) in found {
            let Some(threshold) = self.threshold_at(name) else { continue };
            let share = resolved.thresholds.get(threshold).map_or(f64::NAN, |known| known.value);
            let items = policy.groups.get(group).map(|group| group.items.as_slice()).unwrap_or_default();
            // A criterion that is asked of some schools only counts once it is known to be asked.
            let applies = |item: &usize| resolved.items.get(*item).and_then(|item| item.applies.clone());
            let mut asked = School::new(resolved);
            if !items.iter().filter_map(applies).all(|cond| asked.make(&cond, true)) {
                continue;
            }
            let parts: Vec<Cond> = items.iter().map(|item| Cond::Item(*item)).collect();
            if parts.is_empty() {
                continue;
            }
            for (side, holding) in around_share(share, parts.len()) {
                let mut school = asked.clone();
                if !school.make_so_many(&parts, holding) {
                    continue;
                }
                cases.push(Case {
                    threshold: Some(threshold),
                    clause: resolved.categories.get(category).cloned().unwrap_or_default(),
                    list,
                    line: Some(line),
                    phase,
                    compared: "parts",
                    indicator: None,
                    side,
                    #[expect(clippy::cast_precision_loss, reason = "a handful of criteria")]
                    reading: holding as f64,
                    of: Some(parts.len()),
                    comparator: None,
                    asked: Asked::Rule(rule.clone()),
                    known: known(resolved, &school),
                });
            }
        }
        cases
    }

    /// Values around the distance from the national figure that is coded.
    fn codes_around(&self, resolved: &Resolved, phase: usize) -> Vec<Case> {
        let mut cases = Vec::new();
        for (row, rule) in self.file.dataset.iter().zip(&resolved.rules) {
            let Some(DatasetRule::Code(code)) = rule else { continue };
            let phases = row.phases.iter().filter_map(|name| self.resolved.phase(name.get_ref()).ok());
            let phases = phases.fold(0, |bits, phase| bits | 1 << phase);
            let here = self.phase_of(if phases == 0 { u64::MAX } else { phases }) == Some(phase);
            let Some(threshold) = self.threshold_at(&code.threshold).filter(|_| here) else { continue };
            let size = resolved.thresholds.get(threshold).map_or(f64::NAN, |known| known.value);
            for name in &row.indicators {
                let lower = code.lower_is_better.contains(name);
                let direction = if lower { Direction::LowerBetter } else { Direction::HigherBetter };
                let coding = CodingRule::new(size, code.unit, code.at_threshold, Some(direction), code.turn_sign);
                let Ok(coding) = coding else { continue };
                let place = |name: &str| {
                    let indicator = resolved.indicators.iter().position(|known| known.name == name)?;
                    resolved.vars.iter().position(|var| var.indicator == indicator && var.back == 0)
                };
                let national = format!("nat_{}", name.get_ref());
                let (Some(var), Some(comparator)) = (place(name.get_ref()), place(&national)) else { continue };
                let mut school = School::new(resolved);
                let Some(middle) = school.middle(comparator) else { continue };
                if !school.give(comparator, middle) {
                    continue;
                }
                let distance = match code.unit {
                    Unit::Points => size,
                    Unit::Relative => middle.abs() * size / 100.0,
                };
                let whole = matches!(
                    resolved.var_indicator(var).map(|known| &known.domain),
                    Some(Domain::Number { whole: true, .. })
                );
                let turned = code.turn_sign && lower;
                let [high, low] = if turned { [Code::Below, Code::Above] } else { [Code::Above, Code::Below] };
                for (compared, word, limit) in [("lower", high, middle + distance), ("upper", low, middle - distance)] {
                    for (side, reading) in around(rounded(limit), whole) {
                        let mut school = school.clone();
                        if !school.give(var, reading) {
                            continue;
                        }
                        cases.push(Case {
                            threshold: Some(threshold),
                            clause: row.id.get_ref().clone(),
                            list: "dataset",
                            line: Some(row.line),
                            phase,
                            compared,
                            indicator: Some(name.get_ref().clone()),
                            side,
                            reading,
                            of: None,
                            comparator: Some((national.clone(), middle)),
                            asked: Asked::Rule(Rule::Code(coding, word)),
                            known: known(resolved, &school),
                        });
                    }
                }
            }
        }
        cases
    }

    /// Units around the end of every band of a charge.
    fn charges_around(&self, resolved: &Resolved, phase: usize) -> Vec<Case> {
        let Some(charge) = &self.file.charge else { return Vec::new() };
        let written = |known: &usize| {
            let name = resolved.phases.get(*known);
            charge.phases.is_empty() || charge.phases.iter().any(|phase| Some(phase.get_ref()) == name)
        };
        if (0..resolved.phases.len()).find(written) != Some(phase) {
            return Vec::new();
        }
        let mut cases = Vec::new();
        for (position, band) in charge.band.iter().enumerate() {
            let Some(threshold) = band.up_to.as_ref().and_then(|name| self.threshold_at(name)) else { continue };
            let end = resolved.thresholds.get(threshold).map_or(f64::NAN, |known| known.value);
            for (side, reading) in around(end, true).into_iter().filter(|(_, reading)| *reading >= 0.0) {
                cases.push(Case {
                    threshold: Some(threshold),
                    clause: band.id.get_ref().clone(),
                    list: "charge",
                    line: Some(band.line),
                    phase,
                    compared: "units",
                    indicator: None,
                    side,
                    reading,
                    of: None,
                    comparator: None,
                    asked: Asked::Rule(Rule::Charge(position)),
                    known: std::collections::BTreeMap::new(),
                });
            }
        }
        cases
    }
}
