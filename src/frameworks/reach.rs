//! Sets of reachable states as bitmaps: one bit for each combination of counts, one bitmap for each bit pattern.

use super::policy::{Policy, Step};

/// Position of "no category" in a set of categories.
pub const NO_CATEGORY: usize = 63;

/// Bitmaps of reachable count states, one after the other for each bit pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    words: usize,
    /// Words of each bitmap that may hold anything; the others are zero.
    top: usize,
    map: Vec<u64>,
    used: Vec<bool>,
}

impl Reach {
    /// One state.
    #[must_use]
    pub fn start(policy: &Policy, state: Step) -> Self {
        let words = policy.states.div_ceil(64);
        let map = vec![0; words * policy.layers];
        let mut reach = Self { words, top: state.offset / 64 + 1, map, used: vec![false; policy.layers] };
        let layer = state.bits as usize;
        if let Some(word) = reach.map.get_mut(layer * words + state.offset / 64) {
            *word |= 1 << (state.offset % 64);
        }
        if let Some(used) = reach.used.get_mut(layer) {
            *used = true;
        }
        reach
    }

    /// Every state followed by every step.
    #[must_use]
    pub fn extend(&self, steps: &[Step]) -> Self {
        let furthest = steps.iter().map(|step| step.offset).max().unwrap_or(0);
        let top = (self.top + furthest / 64 + 1).min(self.words);
        let mut next =
            Self { words: self.words, top, map: vec![0; self.map.len()], used: vec![false; self.used.len()] };
        for (layer, source) in self.layers() {
            for step in steps {
                let to = layer | step.bits as usize;
                if let Some(target) = next.map.get_mut(to * self.words..(to + 1) * self.words) {
                    or_shifted(target, source, step.offset);
                }
                if let Some(used) = next.used.get_mut(to) {
                    *used = true;
                }
            }
        }
        next
    }

    fn layers(&self) -> impl Iterator<Item = (usize, &[u64])> {
        let maps = self.map.chunks_exact(self.words).enumerate();
        let used = maps.zip(&self.used).filter(|(_, used)| **used);
        used.map(|((layer, map), _)| (layer, map.get(..self.top).unwrap_or(map)))
    }

    /// The outcomes that are reached, as a set of positions.
    #[must_use]
    pub fn outcomes(&self, masks: &Masks) -> u128 {
        let mut found = 0;
        for (layer, map) in self.layers() {
            for (outcome, mask) in masks.outcomes.get(layer).into_iter().flatten() {
                if found >> outcome & 1 == 0 && map.iter().zip(mask).any(|(word, mask)| word & mask != 0) {
                    found |= 1 << outcome;
                }
            }
        }
        found
    }

    /// The categories that are reached after one more step, as a set of positions.
    #[must_use]
    pub fn categories_after(&self, step: Step, masks: &Masks) -> u64 {
        let mut found = 0;
        for (layer, map) in self.layers() {
            for (category, mask) in masks.categories.get(layer | step.bits as usize).into_iter().flatten() {
                if found >> category & 1 == 0 && shifted_meets(map, step.offset, mask) {
                    found |= 1 << category;
                }
            }
        }
        found
    }
}

/// Adds a bitmap moved up by `shift` to another one. Without a carry from word to word, so that the loop can run on
/// several words at once.
fn or_shifted(target: &mut [u64], source: &[u64], shift: usize) {
    let (words, bits) = (shift / 64, shift % 64);
    let Some(target) = target.get_mut(words..) else { return };
    if bits == 0 {
        for (to, from) in target.iter_mut().zip(source) {
            *to |= from;
        }
        return;
    }
    let (Some((first, rest)), Some((lowest, above))) = (target.split_first_mut(), source.split_first()) else { return };
    *first |= lowest << bits;
    for ((to, from), below) in rest.iter_mut().zip(above).zip(source) {
        *to |= from << bits | below >> (64 - bits);
    }
    if let (Some(to), Some(last)) = (rest.get_mut(above.len()), source.last()) {
        *to |= last >> (64 - bits);
    }
}

/// Whether a bitmap moved up by `shift` shares a bit with a mask.
fn shifted_meets(source: &[u64], shift: usize, mask: &[u64]) -> bool {
    let (words, bits) = (shift / 64, shift % 64);
    let Some(mask) = mask.get(words..) else { return false };
    if bits == 0 {
        return mask.iter().zip(source).any(|(mask, from)| mask & from != 0);
    }
    let low = mask.iter().zip(source).any(|(mask, from)| mask & (from << bits) != 0);
    low || mask.iter().skip(1).zip(source).any(|(mask, from)| mask & (from >> (64 - bits)) != 0)
}

/// Position and bitmap of states, for each bit pattern.
type ByLayer = Vec<Vec<(usize, Vec<u64>)>>;

/// Bitmaps of the states of each outcome and of each category, by bit pattern.
#[derive(Debug, Clone)]
pub struct Masks {
    outcomes: ByLayer,
    categories: ByLayer,
}

impl Masks {
    /// The bitmaps of a policy.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let category = |outcome: usize| policy.outcomes.get(outcome).and_then(|outcome| outcome.category);
        Self {
            outcomes: by_layer(policy, |outcome| outcome),
            categories: by_layer(policy, |outcome| category(outcome).unwrap_or(NO_CATEGORY)),
        }
    }
}

fn by_layer(policy: &Policy, group: impl Fn(usize) -> usize) -> ByLayer {
    let words = policy.states.div_ceil(64);
    let mut layers = vec![Vec::new(); policy.layers];
    for (bits, layer) in layers.iter_mut().enumerate() {
        let mut maps: Vec<(usize, Vec<u64>)> = Vec::new();
        for state in 0..policy.states {
            let bits = u32::try_from(bits).unwrap_or_default();
            let key = group(policy.outcome(Step { offset: state, bits }));
            let position = maps.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                maps.push((key, vec![0; words]));
                maps.len() - 1
            });
            if let Some(word) = maps.get_mut(position).and_then(|(_, map)| map.get_mut(state / 64)) {
                *word |= 1 << (state % 64);
            }
        }
        *layer = maps;
    }
    layers
}
