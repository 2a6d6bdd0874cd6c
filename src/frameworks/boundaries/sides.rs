//! Cases of conditions that compare with a threshold: values at a bound, years and parts that hold.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::Framework;
use super::super::condition::{Base, Bound, Check, Cond, Leaf, Needed, Value};
use super::super::resolve::{Compared, Comparison, Domain, Resolved, Var};
use super::clauses::Clause;
use super::school::{School, rounded};
use super::{Asked, Case, Side, known};

/// Most decimals of a limit that a step is made finer for.
const MAX_DECIMALS: i32 = 6;

/// The tests of one indicator in each of its years.
fn years(cond: &Cond) -> Vec<&Leaf> {
    match cond {
        Cond::Leaf(leaf) => vec![leaf],
        Cond::All(parts) | Cond::AllHeld(parts) => parts.iter().flat_map(years).collect(),
        _ => Vec::new(),
    }
}

/// Whether a condition is another one or has it among its parts.
fn contains(cond: &Cond, part: &Cond) -> bool {
    cond == part
        || match cond {
            Cond::Known(_) | Cond::Item(_) | Cond::Leaf(_) => false,
            Cond::Not(inner) | Cond::IsKnown(inner) => contains(inner, part),
            Cond::All(parts)
            | Cond::Any(parts)
            | Cond::AtLeast(_, parts)
            | Cond::FirstKnown(parts)
            | Cond::AllHeld(parts) => parts.iter().any(|inner| contains(inner, part)),
        }
}

/// Numbers just under a limit, at it and just over it; none at it where only whole numbers are possible and it is none.
pub fn around(limit: f64, whole: bool) -> Vec<(Side, f64)> {
    if whole {
        let at = (limit.fract() == 0.0).then_some((Side::At, limit));
        let (under, over) = ((Side::Under, limit.ceil() - 1.0), (Side::Over, limit.floor() + 1.0));
        return [Some(under), at, Some(over)].into_iter().flatten().collect();
    }
    let fine = |digits: &i32| rounded(limit * 10_f64.powi(*digits)).fract() == 0.0;
    let step = 10_f64.powi(-(1..MAX_DECIMALS).find(fine).unwrap_or(MAX_DECIMALS));
    let of = |side: Side| match side {
        Side::Under => rounded(limit - step),
        Side::At => limit,
        Side::Over => rounded(limit + step),
    };
    Side::ALL.map(|side| (side, of(side))).into()
}

/// How many of so many lie just under a share in per cent, at it and just over it.
#[expect(clippy::cast_precision_loss, reason = "a framework has far fewer than 2^52 parts")]
pub fn around_share(share: f64, of: usize) -> Vec<(Side, usize)> {
    let holding = |held: &usize| *held as f64 * 100.0;
    let limit = share * of as f64;
    let under = (0..=of).rev().find(|held| holding(held) < limit).map(|held| (Side::Under, held));
    let over = (0..=of).find(|held| holding(held) > limit).map(|held| (Side::Over, held));
    let at = (0..=of).find(|held| rounded(holding(held) - limit) == 0.0).map(|held| (Side::At, held));
    [under, at, over].into_iter().flatten().collect()
}

impl Framework {
    /// The phase in which a condition is looked at: the first it holds for, one that is made of others last.
    pub(super) fn phase_of(&self, phases: u64) -> Option<usize> {
        let holds = |phase: &usize| self.resolved.asked(*phase) & phases != 0;
        let single = |phase: &usize| self.resolved.combined.get(*phase).is_none_or(Option::is_none);
        let all = 0..self.resolved.phases.len();
        all.clone().filter(single).find(holds).or_else(|| all.clone().find(holds))
    }

    /// Cases of the conditions that are looked at in a phase.
    pub(super) fn comparisons(&self, resolved: &Resolved, phase: usize) -> Vec<Case> {
        let clauses = self.clauses(resolved);
        let asked = resolved.asked(phase);
        let keep = |item: usize| resolved.items.get(item).is_some_and(|item| item.phases & asked != 0);
        // A long clause is held once, however many cases ask about it.
        let mut named: HashMap<&str, Vec<(&Clause, Arc<Cond>)>> = HashMap::new();
        for clause in &clauses {
            named.entry(&clause.id).or_default().push((clause, Arc::new(clause.cond.clone())));
        }
        let mut cases = Vec::new();
        for comparison in &resolved.comparisons {
            let Some(cond) = comparison.cond.keeping(&keep) else { continue };
            let known = named.get(comparison.user.as_str()).map_or(&[][..], Vec::as_slice);
            let clause = known.iter().find(|(clause, _)| contains(clause.cond, &cond)).or_else(|| known.first());
            let clause = clause.filter(|(clause, _)| self.phase_of(clause.phases) == Some(phase));
            let Some((clause, whole)) = clause else { continue };
            let maker = Maker { resolved, phase, clause, whole, comparison, cond: &cond };
            cases.extend(match comparison.compared {
                Compared::Lower | Compared::Upper => maker.values(),
                Compared::Years => maker.years(),
                Compared::Parts => maker.parts(),
            });
        }
        cases
    }
}

/// Makes the cases of one comparison.
struct Maker<'a> {
    resolved: &'a Resolved,
    phase: usize,
    clause: &'a Clause<'a>,
    /// The condition of the clause.
    whole: &'a Arc<Cond>,
    comparison: &'a Comparison,
    cond: &'a Cond,
}

impl Maker<'_> {
    fn case(&self, side: Side, reading: f64, school: &School<'_>) -> Case {
        Case {
            threshold: self.comparison.threshold,
            clause: self.clause.id.clone(),
            list: self.clause.list,
            line: self.clause.line,
            phase: self.phase,
            compared: match self.comparison.compared {
                Compared::Lower => "lower",
                Compared::Upper => "upper",
                Compared::Years => "years",
                Compared::Parts => "parts",
            },
            indicator: None,
            side,
            reading,
            of: None,
            comparator: None,
            asked: Asked::Test { comparison: self.cond.clone(), clause: Arc::clone(self.whole) },
            known: known(self.resolved, school),
        }
    }

    /// The value of this year around the bound; the test holds in the years before.
    fn values(&self) -> Vec<Case> {
        let mut years = years(self.cond).into_iter();
        let Some(Leaf { var, check: Check::Range(lower, upper) }) = years.next() else { return Vec::new() };
        let earlier: Vec<Cond> = years.map(|leaf| Cond::Leaf(leaf.clone())).collect();
        let bound = if self.comparison.compared == Compared::Lower { lower } else { upper };
        let Some(bound) = bound else { return Vec::new() };
        let mut school = School::new(self.resolved);
        let this_year = Leaf { var: *var, check: Check::Range(lower.clone(), upper.clone()) };
        if !school.give_comparators(&this_year) {
            return Vec::new();
        }
        let whole = matches!(
            self.resolved.var_indicator(*var).map(|known| &known.domain),
            Some(Domain::Number { whole: true, .. })
        );
        let Some(limit) = number(bound, &school) else { return Vec::new() };
        let mut cases = Vec::new();
        for (side, reading) in around(rounded(limit), whole) {
            let mut school = school.clone();
            if school.give(*var, reading) && earlier.iter().all(|year| school.make(year, true)) {
                let mut case = self.case(side, reading, &school);
                case.indicator = Some(self.resolved.var_name(*var));
                case.comparator = comparator(self.resolved, bound, &school);
                cases.push(case);
            }
        }
        cases
    }

    /// The test holds this year and in so many years before.
    fn years(&self) -> Vec<Case> {
        let written = years(self.cond);
        let (Some(first), Some(last)) = (written.first(), written.last()) else { return Vec::new() };
        // One year more than the condition asks for has variables that it does not know.
        let mut longer = self.resolved.clone();
        let further = one_year_back(last, &mut longer);
        let all: Vec<Cond> = written.iter().map(|leaf| (*leaf).clone()).chain([further]).map(Cond::Leaf).collect();
        let asked = written.len();
        let mut cases = Vec::new();
        for (side, holding) in [(Side::Under, asked - 1), (Side::At, asked), (Side::Over, asked + 1)] {
            let mut school = School::new(&longer);
            let mut looked_at = all.iter().take(holding.max(asked)).enumerate();
            if looked_at.all(|(at, year)| school.make(year, at < holding)) {
                #[expect(clippy::cast_precision_loss, reason = "a handful of years")]
                let mut case = self.case(side, holding as f64, &school);
                case.known = known(&longer, &school);
                case.indicator = Some(self.resolved.var_name(first.var));
                case.of = Some(asked);
                cases.push(case);
            }
        }
        cases
    }

    /// So many parts of the list hold and the others do not.
    fn parts(&self) -> Vec<Case> {
        let Cond::AtLeast(needed, parts) = self.cond else { return Vec::new() };
        let counts = match needed {
            Needed::MoreThan(share) => around_share(*share, parts.len()),
            Needed::Count(count) => {
                let sides = [(Side::Under, count - 1), (Side::At, *count), (Side::Over, count + 1)];
                sides.into_iter().filter(|(_, holding)| *holding <= parts.len()).collect()
            }
        };
        let mut cases = Vec::new();
        for (side, holding) in counts {
            let mut school = School::new(self.resolved);
            if school.make_so_many(parts, holding) {
                #[expect(clippy::cast_precision_loss, reason = "a handful of parts")]
                let mut case = self.case(side, holding as f64, &school);
                case.of = Some(parts.len());
                cases.push(case);
            }
        }
        cases
    }
}

/// The number a bound stands for at a school.
fn number(bound: &Bound, school: &School<'_>) -> Option<f64> {
    bound.number(|var| school.values().get(&var).copied().unwrap_or(Value::Missing))
}

/// Name and value of the comparator of a bound, if it has one.
fn comparator(resolved: &Resolved, bound: &Bound, school: &School<'_>) -> Option<(String, f64)> {
    let Base::Var(var) = bound.base else { return None };
    let without = Bound { offset: 0.0, ..bound.clone() };
    Some((resolved.var_name(var), number(&without, school)?))
}

/// The same test a year earlier, its comparators included.
fn one_year_back(leaf: &Leaf, resolved: &mut Resolved) -> Leaf {
    let mut earlier = |var: usize| {
        let Some(Var { indicator, back }) = resolved.vars.get(var).copied() else { return var };
        let wanted = Var { indicator, back: back + 1 };
        resolved.vars.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            resolved.vars.push(wanted);
            resolved.vars.len() - 1
        })
    };
    let var = earlier(leaf.var);
    let mut shifted = |bound: &Option<Bound>| {
        bound.as_ref().map(|bound| match bound.base {
            Base::Var(var) => Bound { base: Base::Var(earlier(var)), ..bound.clone() },
            Base::Constant(_) => bound.clone(),
        })
    };
    let check = match &leaf.check {
        Check::Values(mask) => Check::Values(*mask),
        Check::Range(lower, upper) => Check::Range(shifted(lower), shifted(upper)),
    };
    Leaf { var, check }
}
