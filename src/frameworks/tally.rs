//! What the conditions of a policy add up to, for a block of rows: column by column, so that a block stays in the cache.

use std::ops::Range;

use super::assign::Evidence;
use super::evaluate::Truths;
use super::logic::Truth;
use super::policy::{Count, Meaning, Policy, Step, Use};

/// Rows that are counted together.
pub const BLOCK: usize = 2_048;

/// Counts of a block of rows.
pub struct Tally {
    /// By group: criteria met, known and set aside of each row.
    counts: Vec<Counts>,
    /// By bit: the truth of its condition, missing if nothing stands behind it.
    bits: Vec<Option<Vec<Truth>>>,
    /// Points of what is known; empty if the policy has none.
    points: Vec<Step>,
    /// Whether a condition that takes part in deciding is unknown.
    open: Vec<bool>,
}

#[derive(Default)]
struct Counts {
    total: u16,
    met: Vec<u16>,
    known: Vec<u16>,
    set_aside: Vec<u16>,
}

impl Tally {
    /// Space for the counts of a policy.
    pub fn new(policy: &Policy) -> Self {
        let total = |items: usize| u16::try_from(items).unwrap_or(u16::MAX);
        let counts = policy.groups.iter().map(|group| Counts { total: total(group.items.len()), ..Counts::default() });
        let bits = policy.bits.iter().map(|_| None);
        Self { counts: counts.collect(), bits: bits.collect(), points: Vec::new(), open: Vec::new() }
    }

    /// Counts a block of rows.
    pub fn count(
        &mut self,
        policy: &Policy,
        truths: &[Truths],
        applies: &[Option<Truths>],
        by_element: &[Truths],
        block: Range<usize>,
    ) {
        for (group, counts) in policy.groups.iter().zip(&mut self.counts) {
            for column in [&mut counts.met, &mut counts.known, &mut counts.set_aside] {
                column.clear();
                column.resize(block.len(), 0);
            }
            for item in &group.items {
                let Some(truths) = truths.get(*item) else { continue };
                match applies.get(*item).and_then(Option::as_ref) {
                    None => counts.add(truths.get(block.clone()).unwrap_or_default()),
                    Some(asked) => counts.add_if(
                        truths.get(block.clone()).unwrap_or_default(),
                        asked.get(block.clone()).unwrap_or_default(),
                    ),
                }
            }
        }
        self.bits.iter_mut().for_each(|bit| *bit = None);
        self.points.clear();
        self.open.clear();
        self.open.resize(block.len(), false);
        for (element, truths) in policy.elements.iter().zip(by_element) {
            let truths = truths.get(block.clone()).unwrap_or_default();
            for (open, truth) in self.open.iter_mut().zip(truths) {
                *open |= truth.is_unknown();
            }
            match element.usage {
                Use::Bit(bit) => {
                    if let Some((so_far, meaning)) = self.bits.get_mut(bit).zip(policy.bits.get(bit)) {
                        match (so_far, meaning) {
                            (none @ None, _) => *none = Some(truths.to_vec()),
                            (Some(before), Meaning::Clear) => join(before, truths, Truth::and),
                            (Some(before), Meaning::Set) => join(before, truths, Truth::or),
                        }
                    }
                }
                Use::Points => {
                    self.points.resize(block.len(), Step::default());
                    for (points, truth) in self.points.iter_mut().zip(truths) {
                        if let Some(truth) = truth.known() {
                            *points = points.then(Policy::step(element, truth));
                        }
                    }
                }
                Use::Count(_) | Use::Applies(_) => {}
            }
        }
    }

    /// Whether a condition that takes part in deciding is unknown in a row of the block.
    pub fn is_open(&self, at: usize) -> bool {
        self.open.get(at).copied().unwrap_or(true)
    }

    /// Adds to `key` what the evidence of a row of the block follows from.
    pub fn key(&self, at: usize, key: &mut Vec<u8>) {
        let of = |column: &[u16]| column.get(at).copied().unwrap_or(0).to_le_bytes();
        for counts in &self.counts {
            key.extend(of(&counts.met));
            key.extend(of(&counts.known));
            key.extend(of(&counts.set_aside));
        }
        key.extend(self.bits.iter().map(|bit| bit.as_ref().and_then(|bit| bit.get(at)).map_or(u8::MAX, |t| *t as u8)));
        if let Some(points) = self.points.get(at) {
            key.extend(points.sums.iter().flat_map(|sum| sum.to_le_bytes()));
        }
    }

    /// The evidence of a row of the block.
    pub fn evidence(&self, policy: &Policy, at: usize) -> Evidence {
        let of = |column: &[u16]| column.get(at).copied().unwrap_or(0);
        let counts = self.counts.iter().map(|counts| Count {
            met: of(&counts.met),
            known: of(&counts.known),
            set_aside: of(&counts.set_aside),
            total: counts.total,
        });
        let counts: Vec<Count> = counts.collect();
        let bit = |bit: &Option<Vec<Truth>>| bit.as_ref().and_then(|bit| bit.get(at)).copied();
        let bits: Vec<Truth> = self.bits.iter().map(|known| bit(known).unwrap_or(Truth::Unknown)).collect();
        let points = self.points.get(at).copied().unwrap_or_default();
        let (decided, leading, applied) = policy.on_evidence(&counts, &bits, points);
        Evidence { counts, decided, leading, applied }
    }
}

impl Counts {
    /// Counts a criterion that is asked of every school.
    fn add(&mut self, truths: &[Truth]) {
        for (met, truth) in self.met.iter_mut().zip(truths) {
            *met += u16::from(*truth == Truth::True);
        }
        for (known, truth) in self.known.iter_mut().zip(truths) {
            *known += u16::from(!truth.is_unknown());
        }
    }

    /// Counts a criterion where it is asked.
    fn add_if(&mut self, truths: &[Truth], asked: &[Truth]) {
        for (met, (truth, asked)) in self.met.iter_mut().zip(truths.iter().zip(asked)) {
            *met += u16::from(*asked == Truth::True && *truth == Truth::True);
        }
        for (known, (truth, asked)) in self.known.iter_mut().zip(truths.iter().zip(asked)) {
            *known += u16::from(*asked == Truth::True && !truth.is_unknown());
        }
        for (aside, asked) in self.set_aside.iter_mut().zip(asked) {
            *aside += u16::from(*asked == Truth::False);
        }
    }
}

fn join(all: &mut [Truth], more: &[Truth], join: impl Fn(Truth, Truth) -> Truth) {
    for (truth, other) in all.iter_mut().zip(more) {
        *truth = join(*truth, *other);
    }
}
