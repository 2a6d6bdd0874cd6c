//! States that some way of filling in the unknown values leads to.
//!
//! For best fit each category is looked at on its own: of two states with the same bits, one that gives the category no
//! fewer criteria and the others no more can do nothing worse for it, so the other one is dropped. What is left is small,
//! and whether the category can win is exact. A further view looks for states in which none wins. Other rules keep every
//! distinct state.

use std::collections::HashSet;

use super::policy::{Member, Outcome, Policy, Step};

/// Position of "no category" in a set of categories.
pub const NO_CATEGORY: usize = 63;

/// Most states that are followed; beyond them anything counts as possible.
const MAX_STATES: usize = 20_000;

/// What states are looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
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

impl Reach {
    /// One state.
    #[must_use]
    pub fn start(policy: &Policy, state: Step) -> Self {
        let members = 0..policy.members().len();
        let targets: Vec<Target> = if members.is_empty() {
            vec![Target::Anything]
        } else {
            members.map(Target::Member).chain(std::iter::once(Target::Nobody)).collect()
        };
        Self { views: targets.into_iter().map(|target| (target, vec![state])).collect(), overflow: false }
    }

    /// Every state followed by every step.
    #[must_use]
    pub fn extend(&self, policy: &Policy, steps: &[Step]) -> Self {
        let mut overflow = self.overflow;
        let mut views = Vec::with_capacity(self.views.len());
        for (target, states) in &self.views {
            let target = *target;
            let steps = keep_best(steps.to_vec(), target, policy.members());
            if overflow || states.len() * steps.len() > MAX_STATES {
                overflow = true;
                views.push((target, Vec::new()));
                continue;
            }
            let next = states.iter().flat_map(|state| steps.iter().map(|step| state.then(*step))).collect();
            views.push((target, keep_best(next, target, policy.members())));
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
        self.each(policy, Step::default(), &mut |outcome| {
            if !found.contains(&outcome) {
                found.push(outcome);
            }
        });
        found.sort_unstable();
        found
    }

    /// The categories that are reached after one more step, as a set of positions.
    #[must_use]
    pub fn categories_after(&self, policy: &Policy, step: Step) -> u64 {
        if self.overflow {
            return u64::MAX;
        }
        let mut found = 0;
        self.each(policy, step, &mut |outcome| found |= 1 << outcome.category.unwrap_or(NO_CATEGORY));
        found
    }

    /// Calls `visit` for the outcome of every state in which the category that is looked at wins, or none does.
    fn each(&self, policy: &Policy, step: Step, visit: &mut impl FnMut(Outcome)) {
        for (target, states) in &self.views {
            for state in states {
                let state = state.then(step);
                let sought = match target {
                    Target::Anything => true,
                    Target::Member(member) => policy.decided(state).member == Some(*member),
                    Target::Nobody => policy.decided(state).member.is_none(),
                };
                if sought {
                    visit(policy.outcome(state));
                }
            }
        }
    }
}

/// Distinct steps, without those that another one makes needless for what they are looked at for.
fn keep_best(mut steps: Vec<Step>, target: Target, members: &[Member]) -> Vec<Step> {
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
