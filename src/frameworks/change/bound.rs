//! For best fit: how many changes a state still needs at least, to leave out states that cannot come to anything.
//!
//! Once every bit is settled, a category wins against another one if the difference of their shares is not negative. Each
//! slot that is left adds at most its greatest gain, so the greatest gains of the slots left tell how many are needed.

use std::collections::HashMap;

use super::super::policy::{Member, Policy, Rule, Step};
use super::search::Turn;
use super::state::{Layout, category_of, winner_of};

/// Two categories: the one that is to win, and another one.
#[derive(Debug)]
struct Pair {
    met: [usize; 2],
    of: [i64; 2],
    /// Least difference with which the first wins.
    need: i64,
    /// By turn: the difference that the turns from there add without changes, and with one, two and more changes.
    gains: Vec<Vec<i64>>,
}

/// What a school's bits leave open.
#[derive(Debug)]
enum Form {
    /// Nothing can be said.
    Free,
    /// One of these has to win, each against these others; empty if the category is out of reach.
    Winners(Vec<Vec<Pair>>),
}

/// Least numbers of changes.
pub struct Bound<'a> {
    layout: &'a Layout<'a>,
    policy: &'a Policy,
    members: &'a [Member],
    category: usize,
    /// Forms by filling, bits and criteria set aside.
    known: HashMap<(usize, u64, Vec<u16>), usize>,
    forms: Vec<Form>,
    /// Forms of all fillings together.
    groups: Vec<Vec<usize>>,
    known_groups: HashMap<Vec<usize>, u32>,
}

impl<'a> Bound<'a> {
    /// For a policy and the category that is sought.
    pub fn new(layout: &'a Layout<'a>, policy: &'a Policy, category: usize) -> Self {
        Self {
            layout,
            policy,
            members: policy.members(),
            category,
            known: HashMap::new(),
            forms: Vec::new(),
            groups: Vec::new(),
            known_groups: HashMap::new(),
        }
    }

    /// What the bits of a settled state leave open, given the turns that are left.
    pub fn group(&mut self, state: &[u64], turns: &[Turn]) -> u32 {
        if !matches!(self.policy.rule, Rule::Fit(_)) {
            return u32::MAX;
        }
        let layout = self.layout;
        let steps: Vec<Step> = layout.steps(state).map(|(_, _, step)| step).collect();
        let mut group = Vec::with_capacity(steps.len());
        for (filling, step) in steps.into_iter().enumerate() {
            let aside = |member: &Member| member.set_aside.map_or(0, |sum| step.sum(sum));
            let key = (filling, step.bits, self.members.iter().map(aside).collect::<Vec<u16>>());
            let form = if let Some(form) = self.known.get(&key) {
                *form
            } else {
                self.forms.push(self.form(filling, step, turns));
                self.known.insert(key, self.forms.len() - 1);
                self.forms.len() - 1
            };
            group.push(form);
        }
        let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let known = *self.known_groups.entry(group.clone()).or_insert(next);
        if known == next {
            self.groups.push(group);
        }
        known
    }

    /// The least number of changes with which a state can lead to the category; `None` if none will do.
    pub fn least(&self, group: u32, state: &[u64], turn: usize) -> Option<u16> {
        let Some(group) = self.groups.get(group as usize) else { return Some(0) };
        let mut least = 0;
        for (filling, form) in group.iter().enumerate() {
            if let Some(Form::Winners(winners)) = self.forms.get(*form) {
                let of = |pairs: &Vec<Pair>| {
                    pairs
                        .iter()
                        .map(|pair| pair.least(self.layout, state, filling, turn))
                        .try_fold(0, |all, one| one.map(|one| one.max(all)))
                };
                least = least.max(winners.iter().filter_map(of).min()?);
            }
        }
        Some(least)
    }

    fn form(&self, filling: usize, step: Step, turns: &[Turn]) -> Form {
        let total = |member: &Member| {
            let aside = member.set_aside.map_or(0, |sum| usize::from(step.sum(sum)));
            u16::try_from(member.total.saturating_sub(aside)).unwrap_or(u16::MAX)
        };
        let with = |full: &[&Member]| {
            let mut state = step;
            for member in self.members {
                let met = if full.iter().any(|one| one.met == member.met) { total(member) } else { 0 };
                if let Some(sum) = state.sums.get_mut(member.met) {
                    *sum = met;
                }
            }
            state
        };
        let leads = |state: Step| category_of(self.policy, state) == Some(self.category);
        if leads(with(&[])) {
            return Form::Free;
        }
        let won = |full: &[&Member]| winner_of(self.policy, with(full));
        let able: Vec<(usize, &Member)> =
            self.members.iter().enumerate().filter(|(at, member)| won(&[member]) == Some(*at)).collect();
        let mut winners = Vec::new();
        for (at, winner) in able.iter().filter(|(_, member)| leads(with(&[member]))) {
            let others = able.iter().filter(|(other, _)| other != at);
            let pairs = others.map(|(other, member)| {
                // A worse category that wins a tie at 100% wins every tie; else a tie may do.
                let loses = other > at && won(&[winner, member]) == Some(*other);
                let of = [i64::from(total(winner)), i64::from(total(member))];
                let mut pair = Pair { met: [winner.met, member.met], of, need: i64::from(loses), gains: Vec::new() };
                pair.measure(self.layout, filling, turns);
                pair
            });
            winners.push(pairs.collect());
        }
        Form::Winners(winners)
    }
}

impl Pair {
    fn difference(&self, layout: &Layout, state: &[u64], filling: usize) -> i64 {
        let [one, other] = self.met.map(|sum| i64::from(layout.sum(state, filling, sum)));
        let [of_one, of_other] = self.of;
        one * of_other - other * of_one
    }

    fn measure(&mut self, layout: &Layout, filling: usize, turns: &[Turn]) {
        let mut gains: Vec<i64> = Vec::new();
        let mut still = 0;
        let mut found = vec![vec![0]];
        for turn in turns.iter().rev() {
            let all = turn.moves.iter().map(|one| self.difference(layout, &one.adds, filling));
            let unchanged = turn.moves.first().map_or(0, |one| self.difference(layout, &one.adds, filling));
            let gain = all.max().unwrap_or(0) - unchanged;
            still += unchanged;
            if gain > 0 {
                gains.insert(gains.partition_point(|other| *other >= gain), gain);
            }
            // All of them, however many changes are looked at: whether a state needs more than those or cannot come to
            // anything are two answers.
            let sums = gains.iter().scan(still, |sum, gain| {
                *sum += gain;
                Some(*sum)
            });
            found.push(std::iter::once(still).chain(sums).collect());
        }
        found.reverse();
        self.gains = found;
    }

    fn least(&self, layout: &Layout, state: &[u64], filling: usize, turn: usize) -> Option<u16> {
        let needed = self.need - self.difference(layout, state, filling);
        let changes = self.gains.get(turn)?.iter().position(|gain| *gain >= needed)?;
        u16::try_from(changes).ok()
    }
}
