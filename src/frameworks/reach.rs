//! States that some way of filling in the unknown values leads to.
//!
//! For best fit each category is looked at on its own: of two states with the same bits, one that gives the category no
//! fewer criteria and the others no more can do nothing worse for it, so the other one is dropped. What is left is small,
//! and whether the category can win is exact. A further view looks for states in which none wins. Other rules keep every
//! distinct state.

use std::collections::HashSet;

use super::complete::Views;
use super::policy::{Member, Outcome, Policy, Step};

/// Position of "no category" in a set of categories.
pub const NO_CATEGORY: usize = 63;

/// Most states that are followed; beyond them anything counts as possible.
const MAX_STATES: usize = 20_000;

/// What states are looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Every outcome.
    Anything,
    /// That this member of best fit wins.
    Member(usize),
    /// That no member of best fit wins.
    Nobody,
}

/// States that can be reached, by what they are looked at for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// States by what they are looked at for.
    views: Vec<(Target, Vec<Step>)>,
    /// Whether the states became too many.
    overflow: bool,
}

impl Target {
    /// What the states of a policy are looked at for.
    #[must_use]
    pub fn all(policy: &Policy) -> Vec<Self> {
        let members = 0..policy.members().len();
        if members.is_empty() {
            vec![Self::Anything]
        } else {
            members.map(Self::Member).chain(std::iter::once(Self::Nobody)).collect()
        }
    }

    /// Whether a state is one of those that are looked for, and what it leads to.
    fn sought(self, policy: &Policy, state: Step) -> (bool, Outcome) {
        let (member, outcome) = policy.outcome(state);
        let sought = match self {
            Self::Anything => true,
            Self::Member(sought) => member == Some(sought),
            Self::Nobody => member.is_none(),
        };
        (sought, outcome)
    }
}

impl Reach {
    /// One state.
    #[must_use]
    pub fn start(policy: &Policy, state: Step) -> Self {
        Self { views: Target::all(policy).into_iter().map(|target| (target, vec![state])).collect(), overflow: false }
    }

    /// Every state followed by every step, each view with its own steps.
    #[must_use]
    pub fn extend(&self, policy: &Policy, steps: &Views) -> Self {
        let mut overflow = self.overflow;
        let mut views = Vec::with_capacity(self.views.len());
        for ((target, states), (_, steps)) in self.views.iter().zip(steps) {
            if overflow || states.len() * steps.len() > MAX_STATES {
                overflow = true;
                views.push((*target, Vec::new()));
                continue;
            }
            let next = states.iter().flat_map(|state| steps.iter().map(|step| state.then(*step))).collect();
            views.push((*target, keep_best(next, *target, policy.members())));
        }
        Self { views, overflow }
    }

    /// Whether the states became too many to be followed.
    #[must_use]
    pub const fn overflow(&self) -> bool {
        self.overflow
    }

    /// The outcomes that are reached, in order.
    #[must_use]
    pub fn outcomes(&self, policy: &Policy) -> Vec<Outcome> {
        if self.overflow {
            return policy.anything();
        }
        let mut found: Vec<Outcome> = Vec::new();
        self.each(policy, &mut |outcome| {
            if !found.contains(&outcome) {
                found.push(outcome);
            }
        });
        found.sort_unstable();
        found
    }

    /// The categories that one view reaches after one more step, as a set of positions.
    #[must_use]
    pub fn categories_after(&self, policy: &Policy, view: usize, step: Step) -> u64 {
        if self.overflow {
            return u64::MAX;
        }
        let mut found = 0;
        if let Some((target, states)) = self.views.get(view) {
            for state in states {
                let (sought, outcome) = target.sought(policy, state.then(step));
                if sought {
                    found |= 1 << outcome.category.unwrap_or(NO_CATEGORY);
                }
            }
        }
        found
    }

    /// Calls `visit` for the outcome of every state in which what it is looked at for comes true.
    fn each(&self, policy: &Policy, visit: &mut impl FnMut(Outcome)) {
        for (target, states) in &self.views {
            for state in states {
                let (sought, outcome) = target.sought(policy, *state);
                if sought {
                    visit(outcome);
                }
            }
        }
    }
}

/// Distinct steps, without those that another one makes needless for what they are looked at for.
pub fn keep_best(mut steps: Vec<Step>, target: Target, members: &[Member]) -> Vec<Step> {
    if steps.len() > 64 {
        let mut seen: HashSet<Step> = HashSet::with_capacity(steps.len());
        steps.retain(|step| seen.insert(*step));
    }
    if target == Target::Anything {
        steps.sort_unstable();
        steps.dedup();
        return steps;
    }
    let mut kept: Vec<Step> = Vec::new();
    for step in steps {
        if kept.iter().any(|other| serves(other, &step, target, members)) {
            continue;
        }
        kept.retain(|other| !serves(&step, other, target, members));
        kept.push(step);
    }
    kept
}

/// Whether `one` does everything that `other` does: no fewer criteria for the member that is to win, no more for the others.
fn serves(one: &Step, other: &Step, target: Target, members: &[Member]) -> bool {
    one.bits == other.bits
        && members.iter().enumerate().all(|(position, member)| {
            let sums = std::iter::once(member.met).chain(member.set_aside);
            let own = target == Target::Member(position);
            sums.map(|sum| (one.sum(sum), other.sum(sum))).all(|(a, b)| if own { a >= b } else { a <= b })
        })
}
