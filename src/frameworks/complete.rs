//! What the completions of a group of unknown values lead to, without going through all of them.
//!
//! The values that stand for an unknown (see [`super::dimension`]) are numbered, so that an open condition becomes an
//! expression over sets of such numbers. One unknown after the other is fixed; what that settles drops out, and what falls
//! apart is solved apart and combined. Values that no open condition can tell apart are fixed together.

use std::collections::HashMap;

use super::condition::Cond;
use super::dimension::Dimensions;
use super::policy::{Element, Policy, Step};
use super::reach::{Target, keep_best};

/// Most times a value is fixed before the open conditions are taken as independent.
const MAX_FIXED: usize = 20_000;

/// A condition over numbered values of unknowns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Expr {
    /// Settled.
    Known(bool),
    /// Holds for these values of an unknown.
    Values(usize, u128),
    /// All hold.
    All(Vec<Expr>),
    /// One holds.
    Any(Vec<Expr>),
    /// Does not hold.
    Not(Box<Expr>),
    /// At least so many hold.
    AtLeast(usize, Vec<Expr>),
}

/// An unknown, or several that are filled in together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Unknown {
    /// The variables.
    vars: Vec<usize>,
    /// All values that stand for it.
    all: u128,
    /// By variable, for each different answer: the values that remain.
    answers: Vec<Vec<u128>>,
}

/// Open conditions (position of the element, condition) with the unknowns they wait for. Schools with equal problems have
/// equal results, whatever their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Problem {
    unknowns: Vec<Unknown>,
    open: Vec<(usize, Expr)>,
    /// Open conditions by variable.
    weights: Vec<(usize, usize)>,
    /// Whether the unknowns could be numbered; if not, the conditions are taken as independent.
    numbered: bool,
}

/// Steps by what they are looked at for.
pub type Views = Vec<(Target, Vec<Step>)>;

impl Problem {
    /// The problem of open conditions (element, what is left of its condition) on some unknown variables.
    pub fn new(
        open: &[(usize, Cond)],
        vars: &[usize],
        weight: impl Fn(usize) -> usize,
        dimensions: Option<&Dimensions>,
    ) -> Self {
        let weights = vars.iter().map(|var| (*var, weight(*var))).collect();
        let Some(dimensions) = dimensions else { return Self::independent(open, weights) };
        let exprs: Option<Vec<(usize, Expr)>> =
            open.iter().map(|(element, cond)| Some((*element, expr(cond, dimensions)?))).collect();
        let Some(exprs) = exprs else { return Self::independent(open, weights) };
        let unknowns =
            dimensions.iter().map(|one| Unknown { vars: one.vars.clone(), all: one.all, answers: one.answers.clone() });
        Self { unknowns: unknowns.collect(), open: exprs, weights, numbered: true }
    }

    /// Conditions of which nothing is known but that they are open.
    fn independent(open: &[(usize, Cond)], weights: Vec<(usize, usize)>) -> Self {
        let open = open.iter().map(|(element, _)| (*element, Expr::Known(false))).collect();
        Self { unknowns: Vec::new(), open, weights, numbered: false }
    }

    /// The steps that completions lead to, and whether they are exact or may be too many.
    pub fn steps(&self, policy: &Policy) -> (Views, bool) {
        let mut exact = self.numbered;
        let views = Target::all(policy).into_iter().map(|target| {
            let mut solver = Solver { policy, target, fixed: 0, memo: HashMap::new() };
            let steps =
                if self.numbered { solver.solve(&self.open, &self.domains()) } else { solver.either_way(&self.open) };
            exact &= solver.fixed <= MAX_FIXED;
            (target, steps)
        });
        let views: Views = views.collect();
        (views, exact)
    }

    /// For each unknown variable that can make a difference: its number of open conditions and, for each different answer,
    /// the steps that remain.
    pub fn answers(&self, policy: &Policy) -> Vec<(usize, usize, Vec<Views>)> {
        let weight = |var: usize| self.weights.iter().find(|(known, _)| *known == var).map_or(0, |(_, open)| *open);
        if !self.numbered {
            return self.weights.iter().map(|(var, open)| (*var, *open, Vec::new())).collect();
        }
        let mut found = Vec::new();
        let mut solvers: Vec<Solver> = Target::all(policy)
            .into_iter()
            .map(|target| Solver { policy, target, fixed: 0, memo: HashMap::new() })
            .collect();
        for (position, unknown) in self.unknowns.iter().enumerate() {
            if classes(&self.open, position, unknown.all).len() < 2 {
                continue;
            }
            for (var, answers) in unknown.vars.iter().zip(&unknown.answers) {
                if answers.len() < 2 {
                    continue;
                }
                let after = |answer: &u128, solvers: &mut Vec<Solver>| -> Views {
                    let mut domains = self.domains();
                    if let Some(domain) = domains.get_mut(position) {
                        *domain = *answer;
                    }
                    let open: Vec<(usize, Expr)> =
                        self.open.iter().map(|(element, expr)| (*element, expr.within(position, *answer))).collect();
                    solvers.iter_mut().map(|solver| (solver.target, solver.solve(&open, &domains))).collect()
                };
                let after = answers.iter().map(|answer| after(answer, &mut solvers)).collect();
                found.push((*var, weight(*var), after));
            }
        }
        found.sort_unstable_by_key(|(var, _, _)| *var);
        found
    }

    fn domains(&self) -> Vec<u128> {
        self.unknowns.iter().map(|unknown| unknown.all).collect()
    }
}

/// A condition over the values of unknowns; `None` if it holds something that cannot be numbered.
fn expr(cond: &Cond, dimensions: &Dimensions) -> Option<Expr> {
    let list = |parts: &[Cond]| parts.iter().map(|part| expr(part, dimensions)).collect::<Option<Vec<Expr>>>();
    Some(match cond {
        Cond::Known(known) => Expr::Known(*known),
        Cond::Leaf(leaf) => {
            let (unknown, passed) = dimensions.passed(leaf)?;
            Expr::Values(unknown, passed)
        }
        Cond::All(parts) => Expr::All(list(parts)?).settle(),
        Cond::Any(parts) => Expr::Any(list(parts)?).settle(),
        Cond::Not(part) => Expr::Not(Box::new(expr(part, dimensions)?)).settle(),
        Cond::AtLeast(needed, parts) => Expr::AtLeast(needed.of(parts.len()), list(parts)?).settle(),
        Cond::Item(_) | Cond::FirstKnown(_) | Cond::AllHeld(_) | Cond::IsKnown(_) => return None,
    })
}

impl Expr {
    /// With its parts settled as far as they are known.
    fn settle(self) -> Self {
        match self {
            Self::All(parts) if parts.contains(&Self::Known(false)) => Self::Known(false),
            Self::All(mut parts) => {
                parts.retain(|part| *part != Self::Known(true));
                if parts.is_empty() { Self::Known(true) } else { Self::All(parts) }
            }
            Self::Any(parts) if parts.contains(&Self::Known(true)) => Self::Known(true),
            Self::Any(mut parts) => {
                parts.retain(|part| *part != Self::Known(false));
                if parts.is_empty() { Self::Known(false) } else { Self::Any(parts) }
            }
            Self::Not(part) => match *part {
                Self::Known(known) => Self::Known(!known),
                other => Self::Not(Box::new(other)),
            },
            Self::AtLeast(needed, mut parts) => {
                let held = parts.iter().filter(|part| **part == Self::Known(true)).count();
                parts.retain(|part| !matches!(part, Self::Known(_)));
                let needed = needed.saturating_sub(held);
                if needed == 0 {
                    Self::Known(true)
                } else if parts.len() < needed {
                    Self::Known(false)
                } else {
                    Self::AtLeast(needed, parts)
                }
            }
            other => other,
        }
    }

    /// When one unknown has one of these values: settled where they all agree, otherwise with only them left.
    fn within(&self, unknown: usize, left: u128) -> Self {
        let list = |parts: &[Self]| parts.iter().map(|part| part.within(unknown, left)).collect::<Vec<Self>>();
        match self {
            Self::Values(own, passed) if *own == unknown => match passed & left {
                0 => Self::Known(false),
                some if some == left => Self::Known(true),
                some => Self::Values(unknown, some),
            },
            Self::Known(_) | Self::Values(..) => self.clone(),
            Self::All(parts) => Self::All(list(parts)).settle(),
            Self::Any(parts) => Self::Any(list(parts)).settle(),
            Self::Not(part) => Self::Not(Box::new(part.within(unknown, left))).settle(),
            Self::AtLeast(needed, parts) => Self::AtLeast(*needed, list(parts)).settle(),
        }
    }

    /// Calls `visit` for every test: unknown and values that pass.
    fn each(&self, visit: &mut impl FnMut(usize, u128)) {
        match self {
            Self::Known(_) => {}
            Self::Values(unknown, passed) => visit(*unknown, *passed),
            Self::Not(part) => part.each(visit),
            Self::All(parts) | Self::Any(parts) | Self::AtLeast(_, parts) => {
                parts.iter().for_each(|part| part.each(visit));
            }
        }
    }
}

/// The values of an unknown in sets that no open condition can tell apart.
fn classes(open: &[(usize, Expr)], unknown: usize, domain: u128) -> Vec<u128> {
    let mut found = vec![domain];
    for (_, expr) in open {
        expr.each(&mut |own, passed| {
            if own == unknown {
                let halves: Vec<u128> = found.iter().flat_map(|set| [set & passed, set & !passed]).collect();
                found = halves.into_iter().filter(|set| *set != 0).collect();
            }
        });
    }
    found
}

struct Solver<'a> {
    policy: &'a Policy,
    target: Target,
    /// How often a value was fixed.
    fixed: usize,
    memo: HashMap<Vec<(usize, Expr)>, Vec<Step>>,
}

impl Solver<'_> {
    fn element(&self, position: usize) -> Option<&Element> {
        self.policy.elements.get(position)
    }

    /// The steps of open conditions.
    fn solve(&mut self, open: &[(usize, Expr)], domains: &[u128]) -> Vec<Step> {
        let mut settled = Step::default();
        let mut rest: Vec<(usize, Expr, Vec<usize>)> = Vec::with_capacity(open.len());
        for (position, expr) in open {
            if let Expr::Known(truth) = expr {
                if let Some(element) = self.element(*position) {
                    settled = settled.then(Policy::step(element, *truth));
                }
                continue;
            }
            let mut unknowns = Vec::new();
            expr.each(&mut |unknown, _| unknowns.push(unknown));
            rest.push((*position, expr.clone(), unknowns));
        }
        let mut found = vec![settled];
        while let Some((position, expr, mut unknowns)) = rest.pop() {
            let mut part = vec![(position, expr)];
            while let Some(at) = rest.iter().position(|(_, _, other)| other.iter().any(|one| unknowns.contains(one))) {
                let (position, expr, more) = rest.swap_remove(at);
                part.push((position, expr));
                unknowns.extend(more);
            }
            part.sort_by_key(|(element, _)| *element);
            let steps = self.part(part, &unknowns, domains);
            let both = found.iter().flat_map(|one| steps.iter().map(|step| one.then(*step))).collect();
            found = keep_best(both, self.target, self.policy.members());
        }
        found
    }

    /// The steps of conditions that share unknowns: the unknown that most of them test is fixed.
    fn part(&mut self, open: Vec<(usize, Expr)>, unknowns: &[usize], domains: &[u128]) -> Vec<Step> {
        if let Some(known) = self.memo.get(&open) {
            return known.clone();
        }
        if self.fixed > MAX_FIXED {
            return self.either_way(&open);
        }
        let tests = |unknown: &usize| unknowns.iter().filter(|other| *other == unknown).count();
        let Some(most) = unknowns.iter().copied().max_by_key(|unknown| (tests(unknown), usize::MAX - unknown)) else {
            return Vec::new();
        };
        let domain = domains.get(most).copied().unwrap_or(0);
        let mut found = Vec::new();
        for class in classes(&open, most, domain) {
            self.fixed += 1;
            let left: Vec<(usize, Expr)> =
                open.iter().map(|(element, expr)| (*element, expr.within(most, class))).collect();
            found.extend(self.solve(&left, domains));
        }
        let found = keep_best(found, self.target, self.policy.members());
        self.memo.insert(open, found.clone());
        found
    }

    /// Every open condition either way, whatever the others: never too few steps, perhaps too many.
    fn either_way(&self, open: &[(usize, Expr)]) -> Vec<Step> {
        let mut found = vec![Step::default()];
        for element in open.iter().filter_map(|(position, _)| self.element(*position)) {
            let either = [element.if_false, element.if_true];
            let both = found.iter().flat_map(|step| either.map(|other| step.then(other))).collect();
            found = keep_best(both, self.target, self.policy.members());
        }
        found
    }
}
