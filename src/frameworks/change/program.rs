//! The rules of a school taken apart: what each slot adds to the state of the school, whatever the other slots do.
//!
//! A condition that reads one slot only adds its step directly. A condition over several slots is followed by marks: for
//! a list all of which must hold, whether one part fails; for a list one of which must hold, whether one part holds; for
//! a number of parts, how many hold.

use std::collections::BTreeSet;

use super::super::condition::{Cond, Value};
use super::super::logic::Truth;
use super::super::policy::{MAX_SUMS, Policy, Step};
use super::super::resolve::Resolved;
use super::facts::{Facts, Kind, Ways};
use super::slots::Slot;

/// A condition over several slots.
#[derive(Debug, Clone)]
pub enum Node {
    /// Settled.
    Known(bool),
    /// Holds if this mark is not set and all parts hold.
    All(usize, Vec<Node>),
    /// Holds if this mark is set or one part holds.
    Any(usize, Vec<Node>),
    /// Holds if this count and the parts that hold come to so many.
    AtLeast(usize, usize, Vec<Node>),
    /// A condition over one slot, before its parent takes it up.
    Atom(usize, bool),
}

/// What the truth of a condition over one slot adds.
#[derive(Debug, Clone)]
pub enum Effect {
    /// A step when it holds, another one when it does not; boxed, as a step is large.
    Step(Box<[Step; 2]>),
    /// Sets a mark when its truth is this; whether that means that a part of a list holds.
    Mark(usize, bool, bool),
    /// Adds one to a count when its truth is this.
    Count(usize, bool),
    /// Breaks a constraint unless its truth is this, or unknown.
    Must(bool),
}

/// A condition over one slot.
#[derive(Debug, Clone)]
pub struct Atom {
    /// The slot.
    pub slot: usize,
    /// The condition.
    pub cond: Cond,
    /// What it adds.
    pub effects: Vec<Effect>,
}

/// The conditions of one phase, or the constraints.
#[derive(Debug, Default)]
pub struct Section {
    /// Conditions over one slot.
    pub atoms: Vec<Atom>,
    /// What is settled whatever changes.
    pub base: Step,
    /// Conditions over several slots, with what they add when they hold and when they do not.
    pub nodes: Vec<(Node, [Step; 2])>,
    /// Number of marks.
    pub marks: usize,
    /// Number of counts.
    pub counts: usize,
    /// Nodes of items, to share them: item, whether it is negated, node.
    known: Vec<(usize, bool, Node)>,
}

/// The rules of a school, taken apart.
pub struct Program {
    /// By lens.
    pub sections: Vec<Section>,
    /// Conditions that must not be broken.
    pub constraints: Section,
}

struct Builder<'a> {
    facts: &'a Facts<'a>,
    slots: &'a [Slot],
    resolved: &'a Resolved,
    section: Section,
}

impl Program {
    /// Takes the rules apart.
    pub fn new(facts: &Facts, slots: &[Slot]) -> Self {
        let sections = facts.lenses.iter().map(|lens| {
            let mut builder = Builder { facts, slots, resolved: lens.resolved, section: Section::default() };
            for element in &lens.policy.elements {
                builder.add(&element.cond, [Policy::step(element, false), Policy::step(element, true)]);
            }
            builder.section
        });
        let sections = sections.collect();
        let mut builder = Builder { facts, slots, resolved: facts.resolved, section: Section::default() };
        for (_, cond) in &facts.constraints {
            match builder.node(cond, false) {
                Node::Known(_) => {}
                Node::Atom(atom, negated) => builder.effect(atom, Effect::Must(!negated)),
                node => builder.section.nodes.push((node, [Step::default(); 2])),
            }
        }
        Self { sections, constraints: builder.section }
    }
}

impl Builder<'_> {
    fn add(&mut self, cond: &Cond, steps: [Step; 2]) {
        match self.node(cond, false) {
            Node::Known(truth) => {
                let [if_false, if_true] = steps;
                self.section.base = self.section.base.then(if truth { if_true } else { if_false });
            }
            Node::Atom(atom, negated) => {
                let [if_false, if_true] = steps;
                let steps = if negated { [if_true, if_false] } else { steps };
                self.effect(atom, Effect::Step(Box::new(steps)));
            }
            node => self.section.nodes.push((node, steps)),
        }
    }

    fn effect(&mut self, atom: usize, effect: Effect) {
        if let Some(atom) = self.section.atoms.get_mut(atom) {
            atom.effects.push(effect);
        }
    }

    /// A condition, or its negation, in terms of slots.
    fn node(&mut self, cond: &Cond, negated: bool) -> Node {
        let free: BTreeSet<usize> = self.facts.free(cond, self.resolved);
        let mut slots = (0..self.slots.len())
            .filter(|slot| self.slots.get(*slot).is_some_and(|slot| slot.vars.iter().any(|var| free.contains(var))));
        match (slots.next(), slots.next()) {
            (None, _) => {
                let truth = cond.truth(&self.facts.seen(self.resolved, &[]));
                return match truth {
                    // A constraint is not broken by what stays unknown.
                    Truth::Unknown => Node::Known(true),
                    truth => Node::Known((truth == Truth::True) != negated),
                };
            }
            (Some(slot), None) => return self.atom(slot, cond, negated),
            _ => {}
        }
        match cond {
            Cond::Item(item) => {
                let known = self.section.known.iter().find(|(known, as_not, _)| known == item && *as_not == negated);
                if let Some((_, _, node)) = known {
                    return node.clone();
                }
                let Some(row) = self.resolved.items.get(*item) else { return Node::Known(negated) };
                let node = self.node(&row.cond, negated);
                self.section.known.push((*item, negated, node.clone()));
                node
            }
            Cond::Not(part) => self.node(part, !negated),
            Cond::IsKnown(part) => self.node(part, negated),
            Cond::FirstKnown(parts) => match self.facts.ways(parts, self.resolved) {
                Ways::One(part) => self.node(part, negated),
                Ways::Several => Node::Known(negated),
            },
            Cond::All(parts) | Cond::AllHeld(parts) => self.list(parts, negated, negated),
            Cond::Any(parts) => self.list(parts, negated, !negated),
            Cond::AtLeast(needed, parts) => {
                // Not at least k of n: at least n - k + 1 of the others.
                let needed = needed.of(parts.len());
                let needed = if negated { (parts.len() + 1).saturating_sub(needed) } else { needed };
                let count = self.section.counts;
                self.section.counts += 1;
                let mut left = needed;
                let mut nodes = Vec::new();
                for part in parts {
                    match self.node(part, negated) {
                        Node::Atom(atom, as_not) => self.effect(atom, Effect::Count(count, !as_not)),
                        Node::Known(true) => left = left.saturating_sub(1),
                        Node::Known(false) => {}
                        node => nodes.push(node),
                    }
                }
                Node::AtLeast(left, count, nodes)
            }
            Cond::Known(_) | Cond::Leaf(_) => Node::Known(negated),
        }
    }

    /// A list that holds when all of its parts do, or when one does.
    fn list(&mut self, parts: &[Cond], negated: bool, any: bool) -> Node {
        let mark = self.section.marks;
        self.section.marks += 1;
        let mut nodes = Vec::new();
        for part in parts {
            match self.node(part, negated) {
                // The mark of "any" is set by a part that holds, the mark of "all" by one that fails.
                Node::Atom(atom, as_not) => self.effect(atom, Effect::Mark(mark, any != as_not, any)),
                Node::Known(truth) if truth == any => return Node::Known(any),
                Node::Known(_) => {}
                node => nodes.push(node),
            }
        }
        if any { Node::Any(mark, nodes) } else { Node::All(mark, nodes) }
    }

    fn atom(&mut self, slot: usize, cond: &Cond, negated: bool) -> Node {
        let atoms = &mut self.section.atoms;
        let known = atoms.iter().position(|atom| atom.slot == slot && atom.cond == *cond);
        let at = known.unwrap_or_else(|| {
            atoms.push(Atom { slot, cond: cond.clone(), effects: Vec::new() });
            atoms.len() - 1
        });
        Node::Atom(at, negated)
    }
}

impl Node {
    /// Whether it holds, given its marks and counts.
    pub fn holds(&self, mark: &impl Fn(usize) -> bool, count: &impl Fn(usize) -> u16) -> bool {
        match self {
            Self::Known(known) => *known,
            Self::All(at, parts) => !mark(*at) && parts.iter().all(|part| part.holds(mark, count)),
            Self::Any(at, parts) => mark(*at) || parts.iter().any(|part| part.holds(mark, count)),
            Self::AtLeast(needed, at, parts) => {
                let held = parts.iter().filter(|part| part.holds(mark, count)).count();
                usize::from(count(*at)) + held >= *needed
            }
            Self::Atom(..) => false,
        }
    }
}

/// A value for everything that is unknown and can be found out.
pub fn any_value(facts: &Facts, slots: &[Slot]) -> Vec<Value> {
    let mut fill = vec![Value::Missing; facts.kinds.len()];
    for slot in slots {
        for var in slot.vars.iter().filter(|var| facts.kind(**var) == Kind::Find) {
            if let (Some(held), Some(value)) = (fill.get_mut(*var), slot.values(*var).first()) {
                *held = *value;
            }
        }
    }
    fill
}

/// Sums that a policy uses, those that nothing adds to included.
pub fn sums_used(section: &Section, policy: &Policy) -> usize {
    let steps = policy.elements.iter().flat_map(|element| [element.if_false, element.if_true]);
    let last = |step: Step| step.sums.iter().rposition(|sum| *sum != 0).map_or(0, |at| at + 1);
    let counted = policy.members().iter().flat_map(|member| [Some(member.met), member.set_aside]);
    let counted = counted.flatten().map(|sum| sum + 1).max().unwrap_or(0);
    steps.map(last).max().unwrap_or(0).max(last(section.base)).max(counted).min(MAX_SUMS)
}
