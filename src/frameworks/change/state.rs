//! States of a school as words: bits that are set and sums that add up, for every way to fill in what is unknown that is
//! kept in view.

use super::super::condition::{Cond, Value};
use super::super::logic::Truth;
use super::super::policy::{Policy, Step};
use super::facts::{Facts, Seen};
use super::program::{Effect, Node, Program, Section, sums_used};
use super::slots::Slot;

/// Sums in one word.
const LANES: usize = 4;

/// Bits of one sum.
const WIDTH: usize = 16;

/// A way to fill in every unknown value, by variable.
pub type Filling = Vec<Value>;

/// Where the words of one section stand.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// First word of its bits: those of the policy, then marks.
    bits: usize,
    marks: usize,
    /// First word of its sums: those of the policy, then counts.
    sums: usize,
    policy_sums: usize,
    counts: usize,
}

impl Part {
    const fn bit_words(&self) -> usize {
        1 + self.marks.div_ceil(64)
    }

    const fn sum_words(&self) -> usize {
        (self.policy_sums + self.counts).div_ceil(LANES)
    }
}

/// Where everything stands in the words of a state.
pub struct Layout<'a> {
    facts: &'a Facts<'a>,
    program: &'a Program,
    shared: Part,
    /// By filling, and within it by lens.
    parts: Vec<Part>,
    /// Words of bits; the words after them hold sums.
    bit_words: usize,
    words: usize,
    /// By section (lens, then constraints) and slot: the conditions that read it.
    atoms: Vec<Vec<Vec<usize>>>,
}

impl<'a> Layout<'a> {
    /// The layout for so many fillings.
    pub fn new(facts: &'a Facts<'a>, program: &'a Program, slots: &[Slot], fillings: usize) -> Self {
        let lenses = facts.lenses.iter().zip(&program.sections);
        let sizes: Vec<(usize, usize, usize)> =
            lenses.map(|(lens, section)| (section.marks, sums_used(section, lens.policy), section.counts)).collect();
        let mut bits = 0;
        let mut place = |marks: usize, policy_sums: usize, counts: usize| {
            let part = Part { bits, marks, sums: 0, policy_sums, counts };
            bits += part.bit_words();
            part
        };
        let mut shared = place(program.constraints.marks, 0, program.constraints.counts);
        let mut parts: Vec<Part> = (0..fillings)
            .flat_map(|_| sizes.iter().copied())
            .map(|(marks, sums, counts)| place(marks, sums, counts))
            .collect();
        let mut words = bits;
        for part in std::iter::once(&mut shared).chain(&mut parts) {
            part.sums = words;
            words += part.sum_words();
        }
        let by_slot = |section: &Section| {
            let mut found = vec![Vec::new(); slots.len()];
            for (at, atom) in section.atoms.iter().enumerate() {
                if let Some(list) = found.get_mut(atom.slot) {
                    list.push(at);
                }
            }
            found
        };
        let sections = program.sections.iter().chain(std::iter::once(&program.constraints));
        Self { facts, program, shared, parts, bit_words: bits, words, atoms: sections.map(by_slot).collect() }
    }

    /// Words of a state.
    pub const fn words(&self) -> usize {
        self.words
    }

    /// Both: bits are set, sums are added.
    pub fn join(&self, state: &[u64], other: &[u64], into: &mut Vec<u64>) {
        into.clear();
        for (at, (one, more)) in state.iter().zip(other).enumerate() {
            into.push(if at < self.bit_words { one | more } else { one + more });
        }
    }

    /// The state before any slot has added to it.
    pub fn start(&self) -> Vec<u64> {
        let mut state = vec![0; self.words];
        for (part, (section, _)) in self.parts.iter().zip(self.sections().cycle()) {
            add(&mut state, part, section.base);
        }
        state
    }

    fn sections(&self) -> impl Iterator<Item = (&'a Section, &'a Policy)> + Clone {
        self.program.sections.iter().zip(self.facts.lenses.iter().map(|lens| lens.policy))
    }

    /// What a choice of a slot adds; `None` if it breaks a constraint.
    pub fn adds(&self, slot: usize, given: &[(usize, Value)], fillings: &[Filling]) -> Option<Vec<u64>> {
        let mut state = vec![0; self.words];
        self.check(slot, given, &mut state)?;
        let lenses = self.facts.lenses.len();
        for (lens, (section, _)) in self.sections().enumerate() {
            let Some(resolved) = self.facts.lenses.get(lens).map(|lens| lens.resolved) else { continue };
            let seen = Seen { inputs: self.facts.inputs, row: self.facts.row, resolved, given, fill: None };
            for atom in self.atoms_of(lens, slot, section) {
                let known = atom.cond.truth(&seen).known();
                let left = if known.is_none() { atom.cond.simplify(&seen) } else { Cond::Known(false) };
                for (at, fill) in fillings.iter().enumerate() {
                    let Some(part) = self.parts.get(at * lenses + lens) else { continue };
                    let truth = known.unwrap_or_else(|| left.truth(&Seen { fill: Some(fill), ..seen }) == Truth::True);
                    for effect in &atom.effects {
                        apply(&mut state, part, effect, truth);
                    }
                }
            }
        }
        Some(state)
    }

    fn atoms_of<'b>(
        &'b self,
        section: usize,
        slot: usize,
        of: &'a Section,
    ) -> impl Iterator<Item = &'a super::program::Atom> + use<'a, 'b> {
        let list = self.atoms.get(section).and_then(|slots| slots.get(slot));
        list.into_iter().flatten().filter_map(|at| of.atoms.get(*at))
    }

    /// Whether a choice keeps the constraints of its slot, with what it adds to the others.
    fn check(&self, slot: usize, given: &[(usize, Value)], state: &mut [u64]) -> Option<()> {
        let section = &self.program.constraints;
        let seen = self.facts.seen(self.facts.resolved, given);
        for atom in self.atoms_of(self.program.sections.len(), slot, section) {
            let truth = atom.cond.truth(&seen).known();
            for effect in &atom.effects {
                match (effect, truth) {
                    (Effect::Must(must), Some(truth)) if truth != *must => return None,
                    // What is unknown breaks nothing: a part that holds is taken to hold, one that fails not to fail.
                    (Effect::Mark(_, when, holds), None) if *holds => apply(state, &self.shared, effect, *when),
                    (Effect::Count(_, when), None) => apply(state, &self.shared, effect, *when),
                    (_, Some(truth)) => apply(state, &self.shared, effect, truth),
                    _ => {}
                }
            }
        }
        Some(())
    }

    /// The state with every condition over several slots settled; `None` if it breaks a constraint.
    pub fn settle(&self, state: &[u64]) -> Option<Vec<u64>> {
        let shared = &self.shared;
        let kept =
            |node: &Node| node.holds(&|mark| marked(state, shared, mark), &|count| counted(state, shared, count));
        if !self.program.constraints.nodes.iter().all(|(node, _)| kept(node)) {
            return None;
        }
        let mut found = vec![0; self.words];
        for (part, (section, _)) in self.parts.iter().zip(self.sections().cycle()) {
            add(&mut found, part, step(state, part));
            for (node, [if_false, if_true]) in &section.nodes {
                let holds = node.holds(&|mark| marked(state, part, mark), &|count| counted(state, part, count));
                add(&mut found, part, if holds { *if_true } else { *if_false });
            }
        }
        Some(found)
    }

    /// The steps of a settled state under each filling, by lens.
    pub fn steps<'b>(&'b self, state: &'b [u64]) -> impl Iterator<Item = (usize, &'a Policy, Step)> + use<'a, 'b> {
        let lenses = self.facts.lenses.iter().map(|lens| lens.policy).enumerate().cycle();
        self.parts.iter().zip(lenses).map(|(part, (lens, policy))| (lens, policy, step(state, part)))
    }

    /// A sum of the phase under a filling.
    pub fn sum(&self, state: &[u64], filling: usize, at: usize) -> u16 {
        self.parts.get(filling * self.facts.lenses.len()).map_or(0, |part| sum(state, part, at))
    }

    /// A state without some sums of the phase, under one filling.
    pub fn without_sums(&self, state: &[u64], sums: &[usize]) -> Vec<u64> {
        let mut left = state.to_vec();
        for at in sums {
            if let Some(word) = self.parts.first().and_then(|part| left.get_mut(part.sums + at / LANES)) {
                *word &= !(0xffff << (at % LANES * WIDTH));
            }
        }
        left
    }

    /// Whether a settled state leads to a category under every filling. Each phase that this one is made of must be
    /// settled too.
    pub fn leads_to(&self, state: &[u64], category: usize) -> bool {
        let mut of_parts: Vec<Option<usize>> = vec![None; self.facts.lenses.len()];
        self.steps(state).all(|(lens, policy, step)| {
            let found = category_of(policy, step);
            if lens == 0 {
                return found == Some(category);
            }
            let Some(before) = of_parts.get_mut(lens) else { return false };
            let same = found.is_some() && before.is_none_or(|before| Some(before) == found);
            *before = found;
            same
        })
    }

    /// Takes the numbers of criteria met out of what a choice adds: the rest, and these numbers alone. `met` are the sums
    /// that count them.
    pub fn split(&self, adds: &[u64], met: &[usize]) -> (Vec<u64>, Vec<u64>) {
        let mut counted = vec![0; adds.len()];
        for part in &self.parts {
            for at in met {
                let word = part.sums + at / LANES;
                let lane = 0xffff << (at % LANES * WIDTH);
                if let (Some(into), Some(from)) = (counted.get_mut(word), adds.get(word)) {
                    *into |= from & lane;
                }
            }
        }
        (adds.iter().zip(&counted).map(|(all, counted)| all & !counted).collect(), counted)
    }

    /// Whether what a choice adds, beside what another one adds, is the number of criteria met and nothing else; `met`
    /// are the sums that count them.
    pub fn only_meets(&self, one: &[u64], other: &[u64], met: &[usize]) -> bool {
        one.iter().zip(other).enumerate().all(|(at, (one, other))| {
            if one == other {
                return true;
            }
            if at < self.bit_words {
                return false;
            }
            let Some(part) = self.parts.iter().find(|part| (part.sums..part.sums + part.sum_words()).contains(&at))
            else {
                return false;
            };
            (0..LANES).all(|lane| {
                let differs = (one ^ other) >> (lane * WIDTH) & 0xffff != 0;
                !differs || met.contains(&((at - part.sums) * LANES + lane))
            })
        })
    }
}

/// The category that a state in which everything is known leads to.
pub fn category_of(policy: &Policy, state: Step) -> Option<usize> {
    policy.outcome(state).1.category
}

/// The member of best fit that wins in such a state.
pub fn winner_of(policy: &Policy, state: Step) -> Option<usize> {
    policy.outcome(state).0
}

fn apply(state: &mut [u64], part: &Part, effect: &Effect, truth: bool) {
    match effect {
        Effect::Step(steps) => {
            let [if_false, if_true] = **steps;
            add(state, part, if truth { if_true } else { if_false });
        }
        Effect::Mark(mark, when, _) if *when == truth => {
            if let Some(word) = state.get_mut(part.bits + 1 + mark / 64) {
                *word |= 1 << (mark % 64);
            }
        }
        Effect::Count(count, when) if *when == truth => add_sum(state, part, part.policy_sums + count, 1),
        _ => {}
    }
}

fn add(state: &mut [u64], part: &Part, step: Step) {
    if let Some(word) = state.get_mut(part.bits) {
        *word |= step.bits;
    }
    for (sum, amount) in step.sums.iter().enumerate().filter(|(_, amount)| **amount != 0) {
        add_sum(state, part, sum, *amount);
    }
}

fn add_sum(state: &mut [u64], part: &Part, sum: usize, amount: u16) {
    if let Some(word) = state.get_mut(part.sums + sum / LANES) {
        *word += u64::from(amount) << (sum % LANES * WIDTH);
    }
}

fn sum(state: &[u64], part: &Part, sum: usize) -> u16 {
    let word = state.get(part.sums + sum / LANES).copied().unwrap_or(0);
    u16::try_from(word >> (sum % LANES * WIDTH) & 0xffff).unwrap_or(u16::MAX)
}

fn step(state: &[u64], part: &Part) -> Step {
    let mut step = Step { bits: state.get(part.bits).copied().unwrap_or(0), ..Step::default() };
    for (at, slot) in step.sums.iter_mut().enumerate().take(part.policy_sums) {
        *slot = sum(state, part, at);
    }
    step
}

fn marked(state: &[u64], part: &Part, mark: usize) -> bool {
    state.get(part.bits + 1 + mark / 64).is_some_and(|word| word >> (mark % 64) & 1 == 1)
}

fn counted(state: &[u64], part: &Part, count: usize) -> u16 {
    sum(state, part, part.policy_sums + count)
}
