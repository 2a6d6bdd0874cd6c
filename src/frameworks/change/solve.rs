//! The cheapest sets of changes that settle a school into a category, with what is left unknown taken into account.
//!
//! A set of changes has to lead to the category under every way to fill in what stays unknown. The search keeps a few of
//! these ways in view; a set that it finds is checked against all of them, and a way that leads elsewhere is added to
//! those in view while there is room. So nothing cheaper than what passes the check has been missed.

use std::collections::{BTreeSet, HashSet};

use super::super::condition::Value;
use super::adversary::{Adversary, Verdict};
use super::facts::Facts;
use super::program::Program;
use super::search::{Found, Search};
use super::slots::{Slot, slots};
use super::state::{Filling, Layout};

/// Most steps from state to state for one category.
const MAX_WORK: usize = 200_000;

/// Most ways that are followed back for one category.
const MAX_FOLLOWED: usize = 40_000;

/// Most ways to fill in what stays unknown that are kept in view.
const MAX_FILLINGS: usize = 16;

/// Most sets of changes that are checked against every way to fill in the rest, for one category.
const MAX_CHECKED: usize = 300;

/// Most sets that turn out to lead elsewhere once they are tried out, for one category.
const MAX_TRIED: usize = 100;

/// Sets with more changes than the smallest are listed up to this many more.
const FURTHER: u16 = 2;

/// A school, ready to be searched.
pub struct Solver<'a> {
    facts: &'a Facts<'a>,
    slots: &'a [Slot],
    program: &'a Program,
    adversary: Adversary<'a>,
}

/// What a search came to.
#[derive(Debug, Default)]
pub struct Solved {
    /// Sets of changes, the cheapest first; none includes the indicators of another one.
    pub found: Vec<Found>,
    /// Whether it is certain that nothing cheaper exists than what was found, and nothing at all where nothing was.
    pub exact: bool,
    /// Sets of up to so many changes were all looked at.
    pub looked_at: u16,
}

/// The slots of a school and its rules taken apart.
pub fn prepare(facts: &Facts) -> (Vec<Slot>, Program) {
    let slots = slots(facts);
    let program = Program::new(facts, &slots);
    (slots, program)
}

impl<'a> Solver<'a> {
    /// For a school.
    pub fn new(facts: &'a Facts<'a>, slots: &'a [Slot], program: &'a Program) -> Self {
        Self { facts, slots, program, adversary: Adversary::new(facts, program, slots) }
    }

    /// The cheapest sets of changes that lead to a category, at most so many, without the variables in `aside`. `accept`
    /// has the last word.
    pub fn solve(
        &self,
        category: usize,
        limit: usize,
        aside: &BTreeSet<usize>,
        mut accept: impl FnMut(&Found) -> bool,
    ) -> Solved {
        let complete = self.slots.iter().all(|slot| slot.complete);
        let mut solved = Solved { exact: complete, ..Solved::default() };
        let open = self.adversary.is_open();
        self.adversary.begin();
        let mut fillings = vec![self.adversary.any()];
        if open {
            match self.adversary.verdict(&[], category) {
                Verdict::Open(found) => fillings = found,
                Verdict::Settled => {}
                Verdict::Unclear => solved.exact = false,
            }
        }
        let mut without: BTreeSet<usize> = aside.clone();
        let mut held: Vec<BTreeSet<usize>> = Vec::new();
        let (mut work, mut followed) = (MAX_WORK, MAX_FOLLOWED);
        let mut most = 1;
        // Sets of more changes than this cannot all be told to lead elsewhere.
        let mut certain =
            if complete { self.slots.iter().map(|slot| slot.deepest).min().unwrap_or(u16::MAX) } else { 0 };
        let mut refused: HashSet<Vec<(usize, u64)>> = HashSet::new();
        let (mut checked, mut tried) = (0, 0);
        'prepared: loop {
            let layout = Layout::new(self.facts, self.program, self.slots, fillings.len());
            let search = Search::new(&layout, self.slots, self.facts.policy, &fillings, category, &without);
            loop {
                let Some(ways) = search.ways(most, &mut work) else {
                    solved.exact &= !solved.found.is_empty();
                    return solved;
                };
                solved.exact &= !solved.found.is_empty() || self.slots.iter().all(|slot| slot.deepest >= most);
                let mut cheapest = ways.cheapest(most);
                while let Some(found) = cheapest.next(&held, &mut followed) {
                    if refused.contains(&key(&found)) {
                        continue;
                    }
                    checked += 1;
                    if checked > MAX_CHECKED || (open && self.adversary.is_spent()) {
                        solved.exact &= !solved.found.is_empty();
                        return solved;
                    }
                    let verdict = if open { self.adversary.verdict(&found.given, category) } else { Verdict::Settled };
                    match verdict {
                        Verdict::Open(more) => {
                            let room = MAX_FILLINGS.saturating_sub(fillings.len());
                            let new: Vec<Filling> = more.into_iter().filter(|one| !fillings.contains(one)).collect();
                            // One that is in view already should have kept the set from being found.
                            solved.exact &= !new.is_empty();
                            if room > 0 && !new.is_empty() {
                                fillings.extend(new.into_iter().take(room));
                                continue 'prepared;
                            }
                            refused.insert(key(&found));
                        }
                        Verdict::Settled | Verdict::Unclear if accept(&found) => {
                            held.push(found.vars());
                            solved.found.push(found);
                            if solved.found.len() >= limit {
                                return solved;
                            }
                        }
                        Verdict::Settled | Verdict::Unclear => {
                            solved.exact &= !solved.found.is_empty();
                            certain = certain.min(found.cost.changes.saturating_sub(1));
                            refused.insert(key(&found));
                            tried += 1;
                            if tried > MAX_TRIED {
                                return solved;
                            }
                        }
                    }
                }
                if followed == 0 {
                    solved.exact &= !solved.found.is_empty();
                    return solved;
                }
                let Some(beyond) = ways.beyond else { return solved };
                let first = solved.found.first().map(|found| found.cost.changes);
                most = if first.is_some() { most + 1 } else { beyond.max(most + 1) };
                // Sets between the two cannot lead there.
                solved.looked_at = certain.min(most - 1);
                if first.is_some_and(|first| most > first + FURTHER) {
                    return solved;
                }
                let singles = held.iter().filter(|vars| vars.len() == 1).flatten().copied();
                let singles: BTreeSet<usize> = singles.chain(aside.iter().copied()).collect();
                if singles != without {
                    without = singles;
                    continue 'prepared;
                }
            }
        }
    }
}

/// A set of changes by its values.
fn key(found: &Found) -> Vec<(usize, u64)> {
    let bits = |value: Value| match value {
        Value::Missing => u64::MAX,
        Value::Code(code) => u64::from(code),
        Value::Number(number) => number.to_bits(),
    };
    found.given.iter().map(|(var, value)| (*var, bits(*value))).collect()
}
