//! How far the shares of two categories of best fit can rise together.

use super::expr::Expr;
use super::solve::{Work, apart_by};

/// Most parts of conditions that are looked at for one pair.
const MAX_WORK: usize = 400_000;

/// A criterion that counts for one of two categories.
#[derive(Debug, Clone)]
pub struct Counts {
    /// Which of the two.
    pub side: usize,
    /// When it is asked.
    pub asked: Expr,
    /// When it is asked and met.
    pub met: Expr,
}

/// What a criterion adds: so much if it is met, so much if it is asked and not met.
pub type Weights = (i64, i64);

/// The best pairs of sums that schools can reach; `None` if it would take too long to say.
pub fn front(
    criteria: &[Counts],
    given: &[Expr],
    weights: Weights,
    domains: &[u128],
    work: &mut Work,
) -> Option<Vec<[i64; 2]>> {
    let mut search = Front { weights, work: 0 };
    let found = if work.is_spent() { None } else { search.of(criteria, given, domains) };
    work.spend(search.work);
    work.gave_up |= found.is_none();
    found
}

struct Front {
    weights: Weights,
    work: usize,
}

/// Something still open: a criterion, or what must hold.
#[derive(Clone)]
enum Open {
    Counts(Counts),
    Given(Expr),
}

impl Open {
    fn each(&self, visit: &mut impl FnMut(usize, u128)) {
        match self {
            Self::Counts(counts) => {
                counts.asked.each(visit);
                counts.met.each(visit);
            }
            Self::Given(expr) => expr.each(visit),
        }
    }
}

impl Front {
    fn of(&mut self, criteria: &[Counts], given: &[Expr], domains: &[u128]) -> Option<Vec<[i64; 2]>> {
        if self.work > MAX_WORK {
            return None;
        }
        let mut settled = [0; 2];
        let mut open = Vec::new();
        for expr in given {
            match expr.within(domains, &mut self.work) {
                Expr::Known(true) => {}
                Expr::Known(false) => return Some(Vec::new()),
                other => open.push(Open::Given(other)),
            }
        }
        for criterion in criteria {
            let asked = criterion.asked.within(domains, &mut self.work);
            let met = criterion.met.within(domains, &mut self.work);
            let adds = match (&asked, &met) {
                (_, Expr::Known(true)) => self.weights.0,
                (Expr::Known(true), Expr::Known(false)) => self.weights.1,
                (Expr::Known(false), _) => 0,
                _ => {
                    open.push(Open::Counts(Counts { side: criterion.side, asked, met }));
                    continue;
                }
            };
            settled.iter_mut().skip(criterion.side).take(1).for_each(|sum| *sum += adds);
        }
        let mut found = vec![settled];
        for part in apart_by(open, |open, visit| open.each(&mut |unknown, _| visit(unknown))) {
            let here = self.part(part, domains)?;
            let sums = found.iter().flat_map(|one| here.iter().map(move |[a, b]| [one[0] + a, one[1] + b]));
            found = best(sums.collect());
        }
        Some(found)
    }

    /// Conditions that share unknowns: the one that most of them ask for is fixed.
    fn part(&mut self, part: Vec<Open>, domains: &[u128]) -> Option<Vec<[i64; 2]>> {
        let mut asked: Vec<(usize, usize)> = Vec::new();
        for open in &part {
            open.each(&mut |unknown, _| match asked.iter_mut().find(|(known, _)| *known == unknown) {
                Some((_, times)) => *times += 1,
                None => asked.push((unknown, 1)),
            });
        }
        let (most, _) = asked.into_iter().max_by_key(|(unknown, times)| (*times, usize::MAX - unknown))?;
        let mut classes = vec![domains.get(most).copied().unwrap_or(0)];
        for open in &part {
            open.each(&mut |unknown, passed| {
                if unknown == most {
                    classes =
                        classes.iter().flat_map(|set| [set & passed, set & !passed]).filter(|set| *set != 0).collect();
                }
            });
        }
        let mut criteria = Vec::new();
        let mut given = Vec::new();
        for open in part {
            match open {
                Open::Counts(counts) => criteria.push(counts),
                Open::Given(expr) => given.push(expr),
            }
        }
        let mut found = Vec::new();
        let mut left = domains.to_vec();
        for class in classes {
            left.iter_mut().skip(most).take(1).for_each(|domain| *domain = class);
            found.extend(self.of(&criteria, &given, &left)?);
        }
        Some(best(found))
    }
}

/// Pairs that no other pair reaches in both.
fn best(mut pairs: Vec<[i64; 2]>) -> Vec<[i64; 2]> {
    pairs.sort_unstable_by(|a, b| b.cmp(a));
    let mut kept: Vec<[i64; 2]> = Vec::new();
    for pair in pairs {
        if kept.last().is_none_or(|last| pair[1] > last[1]) {
            kept.push(pair);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_that_exclude_each_other_are_not_added_up() {
        let leaf = |unknown, passed| Expr::Values(unknown, passed);
        let counts = |side, met| Counts { side, asked: Expr::Known(true), met };
        // Two facts that count for either category, one that counts for both.
        let criteria = [
            counts(0, leaf(0, 0b01)),
            counts(1, leaf(0, 0b10)),
            counts(0, leaf(1, 0b01)),
            counts(1, leaf(1, 0b10)),
            counts(0, leaf(2, 0b01)),
            counts(1, leaf(2, 0b01)),
        ];
        let found = front(&criteria, &[], (1, 0), &[3, 3, 3], &mut Work::default()).unwrap();
        assert_eq!(found, [[3, 1], [2, 2], [1, 3]]);
        let given = [Expr::Any(vec![leaf(0, 0b10), leaf(2, 0b10)])];
        assert_eq!(front(&criteria, &given, (1, 0), &[3, 3, 3], &mut Work::default()).unwrap(), [[2, 2], [1, 3]]);
    }
}
