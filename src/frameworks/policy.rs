//! From counts of criteria met to a category: best fit by share, then adjustments. One table holds the outcome of every
//! state that can occur, so that a school's outcome is a look-up.

use super::condition::Cond;
use super::model::{Decision, Denominator, Tie};
use super::resolve::{Effect, Resolved};
use crate::error::{Error, Result};

/// Most states a framework may have: the product of the numbers of counted criteria, doubled by each adjustment.
const MAX_STATES: usize = 1 << 24;

/// What a school's criteria lead to when all of them are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// The category; `None` if no category has a criterion that is met.
    pub category: Option<usize>,
    /// The category without what a person has to decide.
    pub without: Option<usize>,
    /// Whether a person has to decide.
    pub candidate: bool,
    /// Whether more than half of the criteria of the best fitting category are met.
    pub majority: bool,
}

/// What an element adds to the state of a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adds {
    /// One met criterion to a category of best fit.
    Count(usize),
    /// Sets this bit when it holds.
    BitIfTrue(usize),
    /// Sets this bit when it does not hold.
    BitIfFalse(usize),
}

/// A condition that takes part in deciding.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// When it holds.
    pub cond: Cond,
    /// What it adds.
    pub adds: Adds,
}

/// A step of the state: counts are added, bits are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Step {
    /// Added to the position of the counts.
    pub offset: usize,
    /// Bits set.
    pub bits: u32,
}

impl Step {
    /// Both steps.
    #[must_use]
    pub const fn then(self, other: Self) -> Self {
        Self { offset: self.offset + other.offset, bits: self.bits | other.bits }
    }
}

/// The policy of a framework for one phase, with the outcome of every state.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Conditions that take part in deciding.
    pub elements: Vec<Element>,
    /// Number of counted criteria by category of best fit.
    pub totals: Vec<usize>,
    /// Category of each member of best fit.
    pub members: Vec<usize>,
    /// Distance between two counts of a member in a state.
    pub strides: Vec<usize>,
    /// Number of count states.
    pub states: usize,
    /// Number of bit patterns.
    pub layers: usize,
    /// Distinct outcomes.
    pub outcomes: Vec<Outcome>,
    /// Position of the outcome by layer and count state.
    pub outcome_of: Vec<u8>,
    denominator: Denominator,
    tie: Tie,
    majority: f64,
    adjust: Vec<(Truthful, Effect, Decision, Vec<usize>)>,
}

/// How the truth of an adjustment follows from its bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truthful {
    /// It applies if the bit is set.
    Set,
    /// It applies if the bit is not set.
    Clear,
}

impl Policy {
    /// The policy for a phase (position); criteria of other phases do not count.
    ///
    /// # Errors
    /// [`Error::Input`] if the framework has too many states to be worked out.
    pub fn new(resolved: &Resolved, phase: usize) -> Result<Self> {
        let in_phase = |item: usize| resolved.items.get(item).is_some_and(|item| item.phases >> phase & 1 == 1);
        let mut policy = Self {
            elements: Vec::new(),
            totals: Vec::new(),
            members: Vec::new(),
            strides: Vec::new(),
            states: 1,
            layers: 1,
            outcomes: Vec::new(),
            outcome_of: Vec::new(),
            denominator: resolved.denominator,
            tie: resolved.tie,
            majority: resolved.majority,
            adjust: Vec::new(),
        };
        for (member, fit) in resolved.members.iter().enumerate() {
            let items: Vec<usize> = fit.items.iter().copied().filter(|item| in_phase(*item)).collect();
            policy.members.push(fit.category);
            policy.totals.push(items.len());
            policy.strides.push(policy.states);
            policy.states = policy.states.saturating_mul(items.len() + 1);
            let elements = items.into_iter().map(|item| Element { cond: Cond::Item(item), adds: Adds::Count(member) });
            policy.elements.extend(elements);
        }
        for (bit, adjust) in resolved.adjust.iter().enumerate() {
            let (parts, truthful, adds) = match &adjust.cond {
                Cond::Any(parts) => (parts.clone(), Truthful::Set, Adds::BitIfTrue(bit)),
                Cond::All(parts) => (parts.clone(), Truthful::Clear, Adds::BitIfFalse(bit)),
                other => (vec![other.clone()], Truthful::Set, Adds::BitIfTrue(bit)),
            };
            policy.elements.extend(parts.into_iter().map(|cond| Element { cond, adds }));
            policy.adjust.push((truthful, adjust.effect, adjust.decision, adjust.from.clone()));
        }
        if resolved.adjust.len() >= 16 || policy.states.saturating_mul(1 << resolved.adjust.len()) > MAX_STATES {
            let message = "the framework has too many counted criteria or adjustments to work out what is possible";
            return Err(Error::Input(message.to_owned()));
        }
        policy.layers = 1 << resolved.adjust.len();
        policy.tabulate()?;
        Ok(policy)
    }

    /// What an element adds when it is true or false.
    #[must_use]
    pub fn step(&self, adds: Adds, truth: bool) -> Step {
        match (adds, truth) {
            (Adds::Count(member), true) => Step { offset: self.strides.get(member).copied().unwrap_or(0), bits: 0 },
            (Adds::BitIfTrue(bit), true) | (Adds::BitIfFalse(bit), false) => Step { offset: 0, bits: 1 << bit },
            _ => Step::default(),
        }
    }

    /// Position of the outcome of a state.
    #[must_use]
    pub fn outcome(&self, state: Step) -> usize {
        self.outcome_of
            .get(state.bits as usize * self.states + state.offset)
            .map_or(0, |position| usize::from(*position))
    }

    fn tabulate(&mut self) -> Result<()> {
        let mut table = Vec::with_capacity(self.layers * self.states);
        for bits in 0..self.layers {
            for state in 0..self.states {
                let met: Vec<usize> =
                    self.strides.iter().zip(&self.totals).map(|(stride, total)| state / stride % (total + 1)).collect();
                let applies =
                    |adjust: usize, truthful: Truthful| (bits >> adjust & 1 == 1) == (truthful == Truthful::Set);
                let outcome = self.decide(&met, &self.totals, applies);
                let position = self.outcomes.iter().position(|known| *known == outcome).unwrap_or_else(|| {
                    self.outcomes.push(outcome);
                    self.outcomes.len() - 1
                });
                let Ok(code) = u8::try_from(position) else {
                    return Err(Error::Input("the framework has too many distinct outcomes".to_owned()));
                };
                table.push(code);
            }
        }
        if self.outcomes.len() > 128 {
            return Err(Error::Input("the framework has too many distinct outcomes".to_owned()));
        }
        self.outcome_of = table;
        Ok(())
    }

    /// What the share of a member is taken of, given how many of its criteria are known.
    #[must_use]
    pub fn of(&self, known: usize, member: usize) -> usize {
        match self.denominator {
            Denominator::Known => known,
            Denominator::All => self.totals.get(member).copied().unwrap_or(0),
        }
    }

    /// The outcome on the evidence held: shares of the known criteria (or of all, as the policy says), and the
    /// adjustments whose condition is known to hold.
    #[must_use]
    pub fn on_evidence(&self, met: &[usize], known: &[usize], applies: &[bool]) -> Outcome {
        let of = match self.denominator {
            Denominator::Known => known,
            Denominator::All => &self.totals,
        };
        self.decide(met, of, |adjust, _| applies.get(adjust).copied().unwrap_or(false))
    }

    fn decide(&self, met: &[usize], of: &[usize], applies: impl Fn(usize, Truthful) -> bool) -> Outcome {
        let best = self.best(met, of);
        #[expect(clippy::cast_precision_loss, reason = "a framework has far fewer than 2^52 criteria")]
        let majority = best.is_some_and(|(_, met, of)| met as f64 * 100.0 > self.majority * of as f64);
        let mut category = best.map(|(category, _, _)| category);
        let mut without = None;
        let mut candidate = false;
        for (position, (truthful, effect, decision, from)) in self.adjust.iter().enumerate() {
            if !applies(position, *truthful) || !(from.is_empty() || category.is_some_and(|here| from.contains(&here)))
            {
                continue;
            }
            let next = match effect {
                Effect::To(to) => Some(*to),
                Effect::NoBetterThan(limit) => category.map(|here| here.max(*limit)),
            };
            if *decision == Decision::May && next != category {
                if !candidate {
                    without = category;
                }
                candidate = true;
            }
            category = next;
        }
        Outcome { category, without, candidate, majority }
    }

    /// The member with the highest share of criteria met, with its counts; `None` if none has a criterion that is met.
    fn best(&self, met: &[usize], of: &[usize]) -> Option<(usize, usize, usize)> {
        let mut best: Option<(usize, usize, usize)> = None;
        for ((category, met), of) in self.members.iter().zip(met).zip(of) {
            if *met == 0 || *of == 0 {
                continue;
            }
            let wins = best.is_none_or(|(_, best_met, best_of)| {
                let (here, there) = (met * best_of, best_met * of);
                here > there || (here == there && self.tie == Tie::Lower)
            });
            if wins {
                best = Some((*category, *met, *of));
            }
        }
        best
    }
}
