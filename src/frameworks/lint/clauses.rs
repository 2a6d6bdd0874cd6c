//! What was seen of a clause in each phase that asks for it.

use std::collections::BTreeMap;

use super::place::Place;
use super::{Finding, Report};

/// What is known about a clause in one phase.
pub enum Seen {
    /// It can decide, or it could not be worked out.
    Decides,
    /// It cannot, for this reason.
    Never(&'static str, String),
}

/// Clauses by place: name, line of the file, what was seen in each phase.
#[derive(Default)]
pub struct Clauses(BTreeMap<(u8, usize, usize), (String, usize, Vec<Seen>)>);

impl Clauses {
    /// Notes what was seen of a clause; `key` says which: its kind, and where it stands.
    pub fn add(&mut self, key: (u8, usize, usize), (id, at): Place, seen: Seen) {
        self.0.entry(key).or_insert_with(|| (id, at, Vec::new())).2.push(seen);
    }

    /// The clauses that decide in no phase that asks for them.
    pub fn report(self, report: &mut Report) {
        for (id, at, seen) in self.0.into_values() {
            if seen.iter().any(|seen| matches!(seen, Seen::Decides)) {
                continue;
            }
            if let Some(Seen::Never(rule, message)) = seen.into_iter().next() {
                report.add(Finding { rule, subject: id, at, message });
            }
        }
    }
}
