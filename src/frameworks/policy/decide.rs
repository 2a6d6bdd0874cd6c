//! What a state, or the evidence held, leads to.

use super::super::logic::Truth;
use super::super::model::{ContestBy, Decision, Denominator, Needs, Tie};
use super::super::resolve::Effect;
use super::{Adjustment, ContestRule, Fit, GateRule, Meaning, Member, Outcome, Part, PointRule, Policy, Rule, Step};
use crate::numbers::decimal_difference;

/// What is asked of a state or of evidence.
trait View {
    /// Criteria met, and what their share is taken of.
    fn share(&self, member: &Member, denominator: Denominator) -> (usize, usize);
    /// Whether the condition of a bit is known to hold.
    fn holds(&self, bit: usize) -> bool;
    /// Whether the condition of a bit is known not to hold.
    fn fails(&self, bit: usize) -> bool;
    /// Whether all of several are known to hold.
    fn all_hold(&self, bits: &[usize]) -> bool {
        bits.iter().all(|bit| self.holds(*bit))
    }
    /// A sum of points, in steps.
    fn points(&self, sum: usize) -> u16;
}

/// What a rule leads to before adjustments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decided {
    /// The category (or level).
    pub category: Option<usize>,
    /// For best fit: whether it has a majority.
    pub majority: Option<bool>,
    /// Position of the word shown beside it.
    pub mark: Option<usize>,
    /// For best fit: the member that won.
    pub member: Option<usize>,
    /// For a combined phase: whether a person has to decide in one of the phases it is made of.
    pub candidate: bool,
    /// The category without that decision.
    pub without: Option<usize>,
}

/// A state in which everything is known.
struct Complete<'a> {
    state: Step,
    bits: &'a [Meaning],
}

impl View for Complete<'_> {
    fn share(&self, member: &Member, _: Denominator) -> (usize, usize) {
        let aside = member.set_aside.map_or(0, |sum| usize::from(self.state.sum(sum)));
        (usize::from(self.state.sum(member.met)), member.total.saturating_sub(aside))
    }

    fn holds(&self, bit: usize) -> bool {
        (self.state.bits >> bit & 1 == 1) == (self.bits.get(bit) == Some(&Meaning::Set))
    }

    fn fails(&self, bit: usize) -> bool {
        !self.holds(bit)
    }

    fn points(&self, sum: usize) -> u16 {
        self.state.sum(sum)
    }
}

/// Counts of a group on the evidence held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Count {
    /// Criteria met.
    pub met: u16,
    /// Criteria known to be met or not.
    pub known: u16,
    /// Criteria known not to be asked of this school.
    pub set_aside: u16,
    /// Criteria in all.
    pub total: u16,
}

impl Count {
    /// What a share is taken of.
    #[must_use]
    pub const fn of(self, denominator: Denominator) -> usize {
        match denominator {
            Denominator::Known => self.known as usize,
            Denominator::All => self.total.saturating_sub(self.set_aside) as usize,
        }
    }
}

/// The evidence held: counts by group, the truth of every bit, the sums of what is known.
struct Held<'a> {
    counts: &'a [Count],
    bits: &'a [Truth],
    known: Step,
}

impl View for Held<'_> {
    fn share(&self, member: &Member, denominator: Denominator) -> (usize, usize) {
        self.counts.get(member.group).map_or((0, 0), |count| (usize::from(count.met), count.of(denominator)))
    }

    fn holds(&self, bit: usize) -> bool {
        self.bits.get(bit) == Some(&Truth::True)
    }

    fn fails(&self, bit: usize) -> bool {
        self.bits.get(bit) == Some(&Truth::False)
    }

    fn points(&self, sum: usize) -> u16 {
        self.known.sum(sum)
    }
}

impl Policy {
    /// What a state in which everything is known leads to, and the member of best fit that won.
    #[must_use]
    pub fn outcome(&self, state: Step) -> (Option<usize>, Outcome) {
        let view = Complete { state, bits: &self.bits };
        let decided = self.rule.decide(&view);
        (decided.member, adjusted(decided, &self.adjust, &view, &mut |_| ()))
    }

    /// What the evidence held leads to, with the adjustments (positions) that apply: shares of the known criteria (or of all, as the policy says), conditions that are
    /// known to hold.
    #[must_use]
    pub fn on_evidence(&self, counts: &[Count], bits: &[Truth], known: Step) -> (Decided, Outcome, Vec<usize>) {
        let view = Held { counts, bits, known };
        let decided = self.rule.decide(&view);
        let mut applied = Vec::new();
        let outcome = adjusted(decided, &self.adjust, &view, &mut |position| applied.push(position));
        (decided, outcome, applied)
    }

    /// The denominator of best fit at the top.
    #[must_use]
    pub const fn denominator(&self) -> Denominator {
        match &self.rule {
            Rule::Fit(fit) => fit.denominator,
            _ => Denominator::Known,
        }
    }

    /// Categories that the rule or an adjustment may lead to.
    #[must_use]
    pub fn reachable(&self) -> Vec<usize> {
        let mut found = self.rule.leads_to();
        found.extend(self.adjust.iter().flat_map(Adjustment::leads_to));
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// What a rule leads to after adjustments.
fn adjusted(decided: Decided, adjust: &[Adjustment], view: &impl View, applied: &mut impl FnMut(usize)) -> Outcome {
    let Decided { mut category, majority, mark, without, candidate, .. } = decided;
    let mut without = if candidate { without } else { category };
    for adjust in adjust.iter().filter(|adjust| view.all_hold(&adjust.bits)) {
        if let Some(next) = adjust.next(category) {
            applied(adjust.position);
            category = next;
        }
        if adjust.decision == Decision::Must {
            without = adjust.next(without).unwrap_or(without);
        }
    }
    Outcome { category, without, candidate: without != category, majority, mark, fitting: decided.category }
}

impl Adjustment {
    /// Where it leads from a category, or from none; `None` if it does not start there.
    fn next(&self, category: Option<usize>) -> Option<Option<usize>> {
        let starts = self.from.is_empty() || category.is_some_and(|here| self.from.contains(&here));
        if !(starts || (category.is_none() && self.if_none)) {
            return None;
        }
        let none = |limit: usize| if self.if_none { Some(limit) } else { None };
        match &self.effect {
            Effect::To(to) => Some(Some(*to)),
            Effect::NoBetterThan(limit) => Some(category.map_or(none(*limit), |here| Some(here.max(*limit)))),
            Effect::NoWorseThan(limit) => Some(category.map_or(none(*limit), |here| Some(here.min(*limit)))),
            Effect::Moves(moves) => {
                let (_, to) = moves.iter().find(|(from, _)| category == Some(*from))?;
                Some(Some(*to))
            }
        }
    }

    /// Categories it may lead to.
    fn leads_to(&self) -> Vec<usize> {
        match &self.effect {
            Effect::To(to) | Effect::NoBetterThan(to) | Effect::NoWorseThan(to) => vec![*to],
            Effect::Moves(moves) => moves.iter().map(|(_, to)| *to).collect(),
        }
    }
}

impl Rule {
    fn decide(&self, view: &impl View) -> Decided {
        match self {
            Self::Fit(fit) => fit.decide(view),
            Self::Gates(gates) => gates.decide(view),
            Self::Points(points) => Decided { category: points.decide(view), ..Decided::default() },
            Self::Matrix(parts, table) => {
                let [row, column] = parts.as_ref();
                let (row, column) = (row.decide(view).category, column.decide(view).category);
                let cell = row.zip(column).and_then(|(row, column)| table.get(row)?.get(column).copied());
                Decided { category: cell, ..Decided::default() }
            }
            Self::Worse(parts) => {
                let found = parts.iter().map(|part| adjusted(part.rule.decide(view), &part.adjust, view, &mut |_| ()));
                let found: Vec<Outcome> = found.collect();
                let worst = |of: fn(&Outcome) -> Option<usize>| {
                    found.iter().map(of).collect::<Option<Vec<usize>>>().and_then(|all| all.into_iter().max())
                };
                let category = worst(|part| part.category);
                let without = worst(|part| part.without);
                let mark = found.iter().filter(|part| part.category == category).find_map(|part| part.mark);
                Decided { category, mark, without, candidate: without != category, ..Decided::default() }
            }
            Self::Separate(_) => Decided::default(),
        }
    }

    /// Categories (or levels) it may lead to.
    fn leads_to(&self) -> Vec<usize> {
        match self {
            Self::Fit(fit) => {
                fit.members.iter().filter(|member| member.total > 0).map(|member| member.category).collect()
            }
            Self::Gates(gates) => gates.gates.iter().map(|gate| gate.category).collect(),
            Self::Points(points) => points.bands.iter().map(|(category, _)| *category).collect(),
            Self::Matrix(_, table) => table.iter().flatten().copied().collect(),
            Self::Worse(parts) | Self::Separate(parts) => {
                let one = |part: &Part| {
                    let mut found = part.rule.leads_to();
                    found.extend(part.adjust.iter().flat_map(Adjustment::leads_to));
                    found
                };
                parts.iter().flat_map(one).collect()
            }
        }
    }

    /// Whether descriptors bear results out.
    pub fn is_described(&self) -> bool {
        match self {
            Self::Gates(gates) => !gates.descriptors.is_empty() && gates.conflict.is_some(),
            Self::Worse(parts) | Self::Separate(parts) => parts.iter().any(|part| part.rule.is_described()),
            _ => false,
        }
    }

    /// The shares of descriptors that speak for or against a category: group and the share below which they contradict.
    pub fn descriptors(&self, category: usize) -> Vec<(usize, f64)> {
        match self {
            Self::Gates(gates) => {
                let here = gates.descriptors.iter().filter(|(known, _)| *known == category);
                here.filter_map(|(_, group)| Some((*group, gates.conflict?))).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Fit {
    fn decide(&self, view: &impl View) -> Decided {
        let mut best: Option<(usize, usize, usize)> = None;
        for (position, member) in self.members.iter().enumerate() {
            let (met, of) = view.share(member, self.denominator);
            if met == 0 || of == 0 || member.require.iter().any(|bit| view.fails(*bit)) {
                continue;
            }
            let wins = match self.needs {
                Needs::All => best.is_none() && met == of,
                Needs::HighestShare => best.is_none_or(|(_, best_met, best_of)| {
                    let (here, there) = (met * best_of, best_met * of);
                    here > there || (here == there && self.lower_wins(best_met == best_of))
                }),
            };
            if wins {
                best = Some((position, met, of));
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a framework has far fewer than 2^52 criteria")]
        let majority = best.map(|(_, met, of)| met as f64 * 100.0 > self.majority * of as f64);
        let member = best.map(|(member, _, _)| member);
        let category = member.and_then(|member| self.members.get(member)).map(|member| member.category);
        Decided { category, majority, member, ..Decided::default() }
    }

    const fn lower_wins(&self, full: bool) -> bool {
        match self.tie {
            Tie::Lower => true,
            Tie::Higher => false,
            Tie::LowerUnlessFull => !full,
        }
    }

    /// Whether so many criteria met of so many are a majority.
    pub fn is_majority(&self, met: u16, of: usize) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a framework has far fewer than 2^52 criteria")]
        let of = of as f64;
        f64::from(met) * 100.0 > self.majority * of
    }
}

impl GateRule {
    fn decide(&self, view: &impl View) -> Decided {
        let held =
            |category: usize| self.gates.iter().find(|gate| gate.category == category && view.all_hold(&gate.bits));
        let Some(mut gate) = self.gates.iter().find(|gate| view.all_hold(&gate.bits)) else {
            return Decided::default();
        };
        for contest in &self.contests {
            if let [Some(better), Some(worse)] = contest.between.map(held)
                && contest.between.contains(&gate.category)
            {
                gate = if contest.worse_wins(view) { worse } else { better };
            }
        }
        Decided { category: Some(gate.category), mark: gate.mark, ..Decided::default() }
    }
}

impl ContestRule {
    fn worse_wins(&self, view: &impl View) -> bool {
        match self.by {
            ContestBy::Lower => true,
            ContestBy::Higher => false,
            ContestBy::Descriptors => {
                let [better, worse] = [&self.members[0], &self.members[1]].map(|member| {
                    let (met, of) = view.share(member, Denominator::Known);
                    (met, of.max(1))
                });
                let (for_worse, for_better) = (worse.0 * better.1, better.0 * worse.1);
                for_worse > for_better || (for_worse == for_better && self.tie != Tie::Higher)
            }
        }
    }
}

impl PointRule {
    fn decide(&self, view: &impl View) -> Option<usize> {
        let points = f64::from(view.points(self.sum)) * self.unit + self.base;
        let band =
            self.bands.iter().find(|(_, least)| least.is_none_or(|least| decimal_difference(points, least) >= 0.0));
        band.map(|(category, _)| *category)
    }
}
