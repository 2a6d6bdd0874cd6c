//! Conditions that refer to each other: not in a circle, not in too long a chain, and not so that writing them out would
//! take more room than any paper needs. What is refused here cannot make the rest of the library slow.

use std::ops::Range;

use super::super::condition::Cond;
use super::super::model::Node;
use super::{Item, Resolver};
use crate::error::{Error, Result};

/// Longest chain of definitions that name each other.
const MAX_DEPTH: usize = 64;

/// Most parts of a condition with all it refers to written out.
const MAX_PARTS: usize = 5000;

/// Most parts of all conditions of a file together, written out.
const MAX_PARTS_IN_ALL: usize = 50_000;

impl Resolver<'_> {
    /// A condition that stands for itself (a gate, an adjustment), once the items are known.
    pub(super) fn whole_condition(&mut self, node: &Node) -> Result<Cond> {
        let cond = self.condition(node)?;
        self.refuse_large(&cond, &node.span())?;
        Ok(cond)
    }

    /// Refuses a condition that is too large with all that it refers to written out.
    pub(super) fn refuse_large(&mut self, cond: &Cond, span: &Range<usize>) -> Result<()> {
        let parts = self.parts_of(cond);
        self.count_parts(parts, |source, message| source.error(span, message))
    }

    /// Refuses a list that is longer than any condition may be.
    pub(super) fn refuse_long(&self, parts: usize, span: &Range<usize>) -> Result<()> {
        if parts > MAX_PARTS {
            return Err(self.source.error(span, format!("a condition may have at most {MAX_PARTS} parts")));
        }
        Ok(())
    }

    /// Definitions and criteria may name each other, but not in a circle, and not in a chain too long to follow.
    pub(super) fn refuse_cycles(&mut self) -> Result<()> {
        let items = self.out.items.len();
        let mut depth: Vec<Option<usize>> = vec![None; items];
        let mut on_path = vec![false; items];
        self.sizes = vec![0; items];
        let mut open: Vec<(usize, bool)> = (0..items).map(|item| (item, false)).collect();
        while let Some((item, done)) = open.pop() {
            let Some(here) = self.out.items.get(item) else { continue };
            let refuse = |message: String| Err(Error::File { file: self.source.file.clone(), line: here.at, message });
            if depth.get(item).is_some_and(Option::is_some) {
                continue;
            }
            let next = refers_to(here);
            if done {
                let deepest = next.iter().filter_map(|other| depth.get(*other).copied().flatten()).max().unwrap_or(0);
                if deepest >= MAX_DEPTH {
                    return refuse(format!(
                        "'{}' rests on more than {MAX_DEPTH} definitions, one on the other",
                        here.id
                    ));
                }
                let parts = conds_of(here).map(|cond| self.parts_of(cond)).fold(0, usize::saturating_add);
                let (file, line) = (self.source.file.clone(), here.at);
                self.count_parts(parts, |_, message| Error::File { file, line, message })?;
                if let (Some(depth), Some(path), Some(size)) =
                    (depth.get_mut(item), on_path.get_mut(item), self.sizes.get_mut(item))
                {
                    *depth = Some(deepest + 1);
                    *path = false;
                    *size = parts;
                }
                continue;
            }
            if on_path.get(item).copied().unwrap_or(false) {
                return refuse(format!("'{}' refers to itself", here.id));
            }
            if let Some(path) = on_path.get_mut(item) {
                *path = true;
            }
            open.push((item, true));
            for other in next {
                if on_path.get(other).copied().unwrap_or(false) {
                    return refuse(format!("'{}' refers to itself", here.id));
                }
                if depth.get(other).is_some_and(Option::is_none) {
                    open.push((other, false));
                }
            }
        }
        Ok(())
    }

    /// Parts of a condition, with the items it refers to written out.
    fn parts_of(&self, cond: &Cond) -> usize {
        let mut parts = cond.parts();
        cond.each_item(&mut |item| parts = parts.saturating_add(self.sizes.get(item).copied().unwrap_or(0)));
        parts
    }

    fn count_parts(&mut self, parts: usize, error: impl FnOnce(&super::Source, String) -> Error) -> Result<()> {
        self.parts_in_all = self.parts_in_all.saturating_add(parts);
        let message = if parts > MAX_PARTS {
            format!("a condition may have at most {MAX_PARTS} parts with all that it refers to written out")
        } else if self.parts_in_all > MAX_PARTS_IN_ALL {
            format!(
                "the conditions of a framework may have at most {MAX_PARTS_IN_ALL} parts in all, with all that they refer \
                 to written out"
            )
        } else {
            return Ok(());
        };
        Err(error(self.source, message))
    }
}

fn conds_of(item: &Item) -> impl Iterator<Item = &Cond> {
    std::iter::once(&item.cond).chain(&item.applies).chain(&item.also)
}

/// The items that an item refers to, each once.
fn refers_to(item: &Item) -> Vec<usize> {
    let mut next = Vec::new();
    for cond in conds_of(item) {
        cond.each_item(&mut |other| next.push(other));
    }
    next.sort_unstable();
    next.dedup();
    next
}
