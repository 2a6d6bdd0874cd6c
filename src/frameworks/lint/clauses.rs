//! What was seen of a clause in each phase that asks for it.

use std::collections::BTreeMap;

use super::super::resolve::Resolved;
use super::place::Place;
use super::scene::Scene;
use super::{Finding, Report};

/// What is known about a clause in one phase.
#[derive(Clone, PartialEq)]
pub enum Seen {
    /// It can decide, or it could not be worked out.
    Decides,
    /// It cannot: the rule of lint that says so, and why.
    Never(&'static str, String),
}

/// Which clause: its kind, and where it stands.
pub type Key = (u8, usize, usize);

/// A clause, with what was seen in phases (as bits).
struct Clause {
    place: Place,
    /// The phases that ask for it, as bits.
    asked: u64,
    seen: Vec<(Seen, u64)>,
}

/// Clauses by kind and place.
#[derive(Default)]
pub struct Clauses(BTreeMap<Key, Clause>);

impl Clauses {
    /// Whether a clause is known to decide in another phase, so that nothing more needs to be asked about it.
    pub fn decides(&self, key: Key) -> bool {
        self.0.get(&key).is_some_and(|clause| clause.seen.iter().any(|(seen, _)| *seen == Seen::Decides))
    }

    /// Notes what was seen of a clause: `key` says which, with its place and the phases (as bits) that ask for it.
    pub fn add(&mut self, scene: &Scene, key: Key, (place, asked): (Place, u64), seen: Seen) {
        let bits = scene.phase_bits();
        let clause = self.0.entry(key).or_insert_with(|| Clause { place, asked, seen: Vec::new() });
        match clause.seen.iter_mut().find(|(known, _)| *known == seen) {
            Some((_, known)) => *known |= bits,
            None => clause.seen.push((seen, bits)),
        }
    }

    /// The clauses that decide in no phase that asks for them.
    pub fn report(self, resolved: &Resolved, report: &mut Report) {
        let alone = resolved.combined.iter().enumerate().filter(|(_, of)| of.is_none());
        let alone: u64 = alone.fold(0, |bits, (phase, _)| bits | 1 << phase);
        for Clause { place: (subject, at), asked, seen } in self.0.into_values() {
            let phases = |bits: u64| {
                let here = resolved.phases.iter().enumerate().filter(|(phase, _)| bits >> phase & 1 == 1);
                here.map(|(_, name)| name.as_str()).collect::<Vec<&str>>().join(", ")
            };
            let reasons: Option<Vec<(&'static str, String)>> = match seen.as_slice() {
                [(Seen::Never(rule, why), bits)] if asked & alone & !bits == 0 => Some(vec![(rule, why.clone())]),
                several => several
                    .iter()
                    .map(|(seen, bits)| match seen {
                        Seen::Never(rule, why) => Some((*rule, format!("{why} (in {})", phases(*bits)))),
                        Seen::Decides => None,
                    })
                    .collect(),
            };
            let Some(reasons) = reasons else { continue };
            let Some((rule, _)) = reasons.first() else { continue };
            let message = reasons.iter().map(|(_, why)| why.as_str()).collect::<Vec<&str>>().join("; ");
            report.add(Finding { rule, subject, at, message });
        }
    }
}
