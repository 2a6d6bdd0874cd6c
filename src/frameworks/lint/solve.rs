//! Whether conditions can hold together, and for which values.

use std::collections::BTreeMap;

use super::expr::Expr;

/// Most parts of conditions that are looked at for one question.
const MAX_WORK: usize = 400_000;

/// Most parts that are looked at for all questions about a framework; a second or so of work.
const MAX_WORK_IN_ALL: usize = 20_000_000;

/// Whether there is a school for which something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// For none.
    Never,
    /// For one with these values left of each unknown; any of them will do.
    Example(Vec<u128>),
    /// It would take too long to say.
    Open,
}

/// What was spent on questions so far.
#[derive(Debug, Default)]
pub struct Work {
    spent: usize,
    /// Whether a question was left open.
    pub gave_up: bool,
}

struct TooLong;

impl Work {
    /// Whether a condition can hold when each unknown has one of the values of its domain.
    pub fn ask(&mut self, expr: &Expr, domains: &[u128]) -> Answer {
        if self.is_spent() {
            return Answer::Open;
        }
        let mut search = Search { work: domains.len() / 8, budget: MAX_WORK };
        let mut left = domains.to_vec();
        let found = search.holds(vec![expr.clone()], &mut left);
        self.spent += search.work;
        match found {
            Ok(true) => Answer::Example(left),
            Ok(false) => Answer::Never,
            Err(TooLong) => {
                self.gave_up = true;
                Answer::Open
            }
        }
    }

    /// Whether nothing more is to be asked.
    pub fn is_spent(&mut self) -> bool {
        let spent = self.spent > MAX_WORK_IN_ALL;
        self.gave_up |= spent;
        spent
    }

    /// Notes that so many parts were looked at.
    pub fn spend(&mut self, parts: usize) {
        self.spent += parts;
    }

    /// Whether it is certain that a condition cannot hold.
    pub fn never(&mut self, expr: &Expr, domains: &[u128]) -> bool {
        self.ask(expr, domains) == Answer::Never
    }
}

struct Search {
    work: usize,
    budget: usize,
}

impl Search {
    /// Whether all parts can hold; `domains` is narrowed to values for which they do.
    fn holds(&mut self, parts: Vec<Expr>, domains: &mut Vec<u128>) -> Result<bool, TooLong> {
        let Some(parts) = self.propagate(parts, domains)? else { return Ok(false) };
        for part in apart_by(parts, |part, visit| part.each(&mut |unknown, _| visit(unknown))) {
            if !self.branch(&part, domains)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Draws what follows from parts that leave no choice; `None` if they exclude each other.
    fn propagate(&mut self, parts: Vec<Expr>, domains: &mut [u128]) -> Result<Option<Vec<Expr>>, TooLong> {
        let mut parts = parts;
        loop {
            let mut open = Vec::with_capacity(parts.len());
            let mut narrowed = false;
            for part in parts {
                if self.work > self.budget {
                    return Err(TooLong);
                }
                let left = match part.within(domains, &mut self.work) {
                    Expr::All(parts) => parts,
                    other => vec![other],
                };
                for part in left {
                    match part {
                        Expr::Known(true) => {}
                        Expr::Known(false) => return Ok(None),
                        Expr::Values(unknown, passed) => {
                            if let Some(domain) = domains.get_mut(unknown) {
                                // Two tests of one unknown may come from one part.
                                *domain &= passed;
                                narrowed = true;
                                if *domain == 0 {
                                    return Ok(None);
                                }
                            }
                        }
                        other => open.push(other),
                    }
                }
            }
            if !narrowed {
                return Ok(Some(open));
            }
            parts = open;
        }
    }

    /// Tries a test of the unknown that is asked most often either way.
    fn branch(&mut self, parts: &[Expr], domains: &mut Vec<u128>) -> Result<bool, TooLong> {
        let mut asked: Vec<(usize, u128)> = Vec::new();
        for part in parts {
            part.each(&mut |unknown, passed| asked.push((unknown, passed)));
        }
        self.work += asked.len();
        asked.sort_unstable();
        let runs = asked.chunk_by(|one, other| one == other).filter_map(|run| Some((*run.first()?, run.len())));
        let most = runs.max_by_key(|((unknown, _), times)| (*times, usize::MAX - unknown));
        let Some(((unknown, passed), _)) = most else { return Ok(true) };
        let domain = domains.get(unknown).copied().unwrap_or(0);
        for half in [domain & passed, domain & !passed] {
            let mut left = domains.clone();
            if let Some(slot) = left.get_mut(unknown) {
                *slot = half;
            }
            if half != 0 && self.holds(parts.to_vec(), &mut left)? {
                *domains = left;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Parts in groups that share no unknown; `each` calls its visitor for the unknowns of a part.
pub fn apart_by<T>(parts: Vec<T>, each: impl Fn(&T, &mut dyn FnMut(usize))) -> Vec<Vec<T>> {
    let mut ties = Ties::default();
    let firsts: Vec<Option<usize>> = parts
        .iter()
        .map(|part| {
            let mut first = None;
            each(part, &mut |unknown| ties.tie(*first.get_or_insert(unknown), unknown));
            first
        })
        .collect();
    let mut groups: BTreeMap<usize, Vec<T>> = BTreeMap::new();
    for (part, first) in parts.into_iter().zip(firsts) {
        groups.entry(first.map_or(usize::MAX, |first| ties.root(first))).or_default().push(part);
    }
    groups.into_values().collect()
}

/// Which numbers belong together: each with one that stands for it, or for another one that does.
#[derive(Default)]
pub struct Ties(Vec<usize>);

impl Ties {
    /// The number that stands for all that belong to this one.
    pub fn root(&mut self, of: usize) -> usize {
        self.0.extend(self.0.len()..=of);
        let mut root = of;
        while let Some(next) = self.0.get(root).copied().filter(|next| *next != root) {
            // Half the way for the next time.
            let after = self.0.get(next).copied().unwrap_or(next);
            self.0.iter_mut().skip(root).take(1).for_each(|slot| *slot = after);
            root = after;
        }
        root
    }

    /// Says that two numbers belong together.
    pub fn tie(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0.iter_mut().skip(one.max(other)).take(1).for_each(|slot| *slot = one.min(other));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(unknown: usize, passed: u128) -> Expr {
        Expr::Values(unknown, passed)
    }

    #[test]
    fn an_example_makes_it_hold_and_never_means_never() {
        let domains = [0b11, 0b11, 0b111];
        let parity = |a, b| {
            Expr::Any(vec![Expr::All(vec![leaf(0, a), leaf(1, b)]), Expr::All(vec![leaf(0, 3 - a), leaf(1, 3 - b)])])
        };
        let both = Expr::All(vec![parity(1, 1), leaf(2, 0b100)]);
        let Answer::Example(found) = Work::default().ask(&both, &domains) else { panic!("it can hold") };
        assert_eq!(both.within(&found, &mut 0), Expr::Known(true));
        assert!(Work::default().never(&Expr::All(vec![parity(1, 1), parity(1, 2)]), &domains));
    }

    #[test]
    fn a_question_that_is_too_long_stays_open() {
        // Eleven into ten places, written so that nothing follows at once.
        let mut parts = Vec::new();
        let unknown = |pigeon: usize, place: usize| pigeon * 10 + place;
        for pigeon in 0..11 {
            parts.push(Expr::Any((0..10).map(|place| leaf(unknown(pigeon, place), 2)).collect()));
        }
        for place in 0..10 {
            for (one, other) in (0..11).flat_map(|one| (0..one).map(move |other| (one, other))) {
                parts.push(Expr::Any(vec![leaf(unknown(one, place), 1), leaf(unknown(other, place), 1)]));
            }
        }
        let mut work = Work::default();
        assert_eq!(work.ask(&Expr::All(parts), &[3; 110]), Answer::Open);
        assert!(work.gave_up);
    }
}
