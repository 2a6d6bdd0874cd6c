//! Conditions of random frameworks: as they are written in a file, and what they mean.
//!
//! Numbers are whole sixths, so that three numbers find room in every order between two limits, all of which are whole.

use proptest::prelude::*;

/// What a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Choice,
    Flag,
    Number,
    Count,
}

/// Columns of the table.
pub const VARS: [(&str, Kind); 13] = [
    ("c0", Kind::Choice),
    ("c1", Kind::Choice),
    ("c2", Kind::Choice),
    ("f0", Kind::Flag),
    ("f1", Kind::Flag),
    ("f2", Kind::Flag),
    ("f0_y1", Kind::Flag),
    ("n0", Kind::Number),
    ("n1", Kind::Number),
    ("nat_n0", Kind::Number),
    ("n0_y1", Kind::Number),
    ("k0", Kind::Count),
    ("nat_k0", Kind::Count),
];
const FLAG: usize = 3;
const FLAG_BEFORE: usize = 6;
const NUMBER: usize = 7;
const OTHER_NUMBER: usize = 8;
const NATIONAL: usize = 9;
const NUMBER_BEFORE: usize = 10;
const COUNT: usize = 11;
const NATIONAL_COUNT: usize = 12;

/// Sixths in 1; numbers run from 0 to 3.
pub const ONE: i32 = 6;
pub const MOST: i32 = 3 * ONE;

/// Names and values (in sixths) of the limits that tests name.
pub const LIMITS: [(&str, i32); 2] = [("t0", ONE), ("t1", 2 * ONE)];

/// A value of a variable for one school; missing if it is not known.
pub type School = Vec<Option<i32>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Above,
    AtLeast,
    Below,
    AtMost,
}

#[derive(Debug, Clone, Copy)]
pub enum Bound {
    Limit(usize),
    Var(usize),
}

#[derive(Debug, Clone)]
pub enum Cond {
    /// The variable holds one of these values.
    OneOf(usize, Vec<i32>),
    /// The flag `f0` has this value this year and last year.
    FlagBothYears(bool),
    /// A number against a bound, so many ones added to it.
    Compare(usize, Op, Bound, i32),
    /// From the first limit to the second, each perhaps left out.
    Between(usize, bool, bool),
    /// `n0` against a limit, this year and last year.
    NumberBothYears(Op, usize),
    /// A criterion or definition, by its place among the items.
    Item(usize),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    TwoOf(Vec<Self>),
    MostOf(Vec<Self>),
    FirstKnown(Vec<Self>),
}

impl Op {
    const fn key(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::AtLeast => "at_least",
            Self::Below => "below",
            Self::AtMost => "at_most",
        }
    }

    const fn passes(self, value: i32, bound: i32) -> bool {
        match self {
            Self::Above => value > bound,
            Self::AtLeast => value >= bound,
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
        }
    }
}

/// What a condition means for a school whose unknowns are filled in: `base` is what was known before, `filled` has a value
/// for everything.
pub struct World<'a> {
    /// Conditions of the items, as far as the phase asks for them.
    pub items: &'a [Cond],
    pub base: &'a School,
    pub filled: &'a School,
    /// Whether a year that is missing is passed over.
    pub skip: bool,
}

impl World<'_> {
    /// Whether a condition holds once everything is filled in.
    pub fn holds(&self, cond: &Cond) -> bool {
        match cond {
            Cond::OneOf(var, values) => values.contains(&self.filled[*var].unwrap()),
            Cond::Compare(var, op, bound, more) => {
                let bound = match bound {
                    Bound::Limit(at) => LIMITS[*at].1,
                    Bound::Var(var) => self.filled[*var].unwrap(),
                };
                op.passes(self.filled[*var].unwrap(), bound + more * ONE)
            }
            Cond::Between(var, without_first, without_last) => {
                let value = self.filled[*var].unwrap();
                let (first, last) = (LIMITS[0].1, LIMITS[1].1);
                (if *without_first { value > first } else { value >= first })
                    && (if *without_last { value < last } else { value <= last })
            }
            Cond::FlagBothYears(_) | Cond::NumberBothYears(..) => self.both_years(&years(cond)),
            Cond::Item(at) => self.holds(&self.items[*at]),
            Cond::All(parts) => !parts.iter().any(|part| !self.holds(part)),
            Cond::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Cond::Not(part) => !self.holds(part),
            Cond::TwoOf(parts) => self.count(parts) >= 2,
            Cond::MostOf(parts) => 2 * self.count(parts) > parts.len(),
            // The same fact held in several ways: the first way that is known tells. While none is, the fact is found out
            // in the way for which the fewest values are missing.
            Cond::FirstKnown(parts) => parts.iter().find_map(|part| self.known(part)).unwrap_or_else(|| {
                let missing =
                    |part: &Cond| self.reads(part).into_iter().filter(|var| self.base[*var].is_none()).count();
                let least = parts.iter().map(missing).min().unwrap();
                self.holds(parts.iter().find(|part| missing(part) == least).unwrap())
            }),
        }
    }

    fn count(&self, parts: &[Cond]) -> usize {
        parts.iter().filter(|part| self.holds(part)).count()
    }

    fn both_years(&self, years: &[Cond; 2]) -> bool {
        if !self.skip {
            return years.iter().all(|year| self.holds(year));
        }
        // Judged on the years held; while there is none, this year is what there is to find out.
        let held: Vec<bool> = years.iter().filter_map(|year| self.known(year)).collect();
        if held.is_empty() { self.holds(&years[0]) } else { held.into_iter().all(|year| year) }
    }

    /// Whether a condition is known to hold, or known not to hold, by what was known before.
    pub fn known(&self, cond: &Cond) -> Option<bool> {
        let parts = |parts: &[Cond]| -> (usize, usize, usize) {
            let seen: Vec<Option<bool>> = parts.iter().map(|part| self.known(part)).collect();
            let of = |wanted| seen.iter().filter(|one| **one == wanted).count();
            (of(Some(true)), of(Some(false)), seen.len())
        };
        // So many must hold: they do already, or too few are left.
        let enough = |list: &[Cond], needed: usize| {
            let (hold, fail, all) = parts(list);
            if hold >= needed {
                Some(true)
            } else if all - fail < needed {
                Some(false)
            } else {
                None
            }
        };
        match cond {
            Cond::OneOf(..) | Cond::Compare(..) | Cond::Between(..) => {
                if self.reads(cond).into_iter().all(|var| self.base[var].is_some()) {
                    return Some(World { filled: self.base, ..*self }.holds(cond));
                }
                None
            }
            Cond::FlagBothYears(_) | Cond::NumberBothYears(..) => {
                let years = years(cond);
                let (hold, fail, _) = parts(&years);
                match (hold, fail) {
                    (_, 1..) => Some(false),
                    (2, _) => Some(true),
                    (1, _) if self.skip => Some(true),
                    _ => None,
                }
            }
            Cond::Item(at) => self.known(&self.items[*at]),
            Cond::All(list) => enough(list, list.len()),
            Cond::Any(list) => enough(list, 1),
            Cond::Not(part) => self.known(part).map(|known| !known),
            Cond::TwoOf(list) => enough(list, 2),
            Cond::MostOf(list) => enough(list, list.len() / 2 + 1),
            Cond::FirstKnown(list) => list.iter().find_map(|part| self.known(part)),
        }
    }

    /// A condition that is taken as not holding until it is known to hold, each part of a list by itself.
    pub fn seen(&self, cond: &Cond) -> bool {
        match cond {
            Cond::All(parts) => parts.iter().all(|part| self.seen(part)),
            Cond::Any(parts) => parts.iter().any(|part| self.seen(part)),
            other => self.known(other) == Some(true),
        }
    }

    /// The variables that a condition reads.
    pub fn reads(&self, cond: &Cond) -> Vec<usize> {
        let mut found = Vec::new();
        self.collect(cond, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn collect(&self, cond: &Cond, found: &mut Vec<usize>) {
        match cond {
            Cond::OneOf(var, _) | Cond::Between(var, ..) => found.push(*var),
            Cond::Compare(var, _, bound, _) => {
                found.push(*var);
                if let Bound::Var(other) = bound {
                    found.push(*other);
                }
            }
            Cond::FlagBothYears(_) => found.extend([FLAG, FLAG_BEFORE]),
            Cond::NumberBothYears(..) => found.extend([NUMBER, NUMBER_BEFORE]),
            Cond::Item(at) => self.collect(&self.items[*at], found),
            Cond::Not(part) => self.collect(part, found),
            Cond::All(parts)
            | Cond::Any(parts)
            | Cond::TwoOf(parts)
            | Cond::MostOf(parts)
            | Cond::FirstKnown(parts) => {
                parts.iter().for_each(|part| self.collect(part, found));
            }
        }
    }
}

/// A rule over two years as a test of each.
fn years(cond: &Cond) -> [Cond; 2] {
    match cond {
        Cond::FlagBothYears(value) => [FLAG, FLAG_BEFORE].map(|var| Cond::OneOf(var, vec![i32::from(*value)])),
        Cond::NumberBothYears(op, at) => {
            [NUMBER, NUMBER_BEFORE].map(|var| Cond::Compare(var, *op, Bound::Limit(*at), 0))
        }
        other => [other.clone(), other.clone()],
    }
}

impl Cond {
    /// The condition without the items that are not asked, each of which drops out of its list; nothing if nothing is left.
    pub fn asked(&self, asked: &dyn Fn(usize) -> bool) -> Option<Self> {
        let list = |parts: &[Self]| {
            let left: Vec<Self> = parts.iter().filter_map(|part| part.asked(asked)).collect();
            if left.is_empty() { None } else { Some(left) }
        };
        match self {
            Self::Item(at) if !asked(*at) => None,
            Self::All(parts) => list(parts).map(Self::All),
            Self::Any(parts) => list(parts).map(Self::Any),
            Self::TwoOf(parts) => list(parts).map(Self::TwoOf),
            Self::MostOf(parts) => list(parts).map(Self::MostOf),
            Self::FirstKnown(parts) => list(parts).map(Self::FirstKnown),
            Self::Not(part) => part.asked(asked).map(|part| Self::Not(Box::new(part))),
            other => Some(other.clone()),
        }
    }

    /// The condition with the names of items turned into places before `last`, a flag where there is none.
    pub fn before(self, last: usize) -> Self {
        let list = |parts: Vec<Self>| parts.into_iter().map(|part| part.before(last)).collect();
        match self {
            Self::Item(_) if last == 0 => Self::OneOf(FLAG, vec![1]),
            Self::Item(at) => Self::Item(at % last),
            Self::All(parts) => Self::All(list(parts)),
            Self::Any(parts) => Self::Any(list(parts)),
            Self::TwoOf(parts) => Self::TwoOf(list(parts)),
            Self::MostOf(parts) => Self::MostOf(list(parts)),
            Self::FirstKnown(parts) => Self::FirstKnown(list(parts)),
            Self::Not(part) => Self::Not(Box::new(part.before(last))),
            other => other,
        }
    }

    /// The same about fewer things: two choices, one flag, one number and its national figure, one count.
    pub fn of_few(self) -> Self {
        let list = |parts: Vec<Self>| parts.into_iter().map(Self::of_few).collect();
        let few = |var: usize| match var {
            OTHER_NUMBER => NUMBER,
            FLAG.. if VARS[var].1 == Kind::Flag && var != FLAG_BEFORE => FLAG,
            _ if var < FLAG => var % 2,
            _ => var,
        };
        match self {
            Self::OneOf(var, values) => Self::OneOf(few(var), values),
            Self::Compare(var, op, Bound::Var(_), more) if few(var) == NUMBER => {
                Self::Compare(NUMBER, op, Bound::Var(NATIONAL), more)
            }
            Self::Compare(var, op, Bound::Var(_), more) => Self::Compare(few(var), op, Bound::Limit(0), more),
            Self::Compare(var, op, bound, more) => Self::Compare(few(var), op, bound, more),
            Self::Between(var, first, last) => Self::Between(few(var), first, last),
            Self::NumberBothYears(op, at) => Self::Compare(NUMBER, op, Bound::Limit(at), 0),
            Self::All(parts) => Self::All(list(parts)),
            Self::Any(parts) => Self::Any(list(parts)),
            Self::TwoOf(parts) => Self::TwoOf(list(parts)),
            Self::MostOf(parts) => Self::MostOf(list(parts)),
            Self::FirstKnown(parts) => Self::FirstKnown(list(parts)),
            Self::Not(part) => Self::Not(Box::new(part.of_few())),
            other => other,
        }
    }

    /// As it is written in a file.
    pub fn toml(&self, id: &dyn Fn(usize) -> String) -> String {
        let list = |parts: &[Self]| parts.iter().map(|part| part.toml(id)).collect::<Vec<_>>().join(", ");
        let test = |var: usize, rest: String| format!("{{ indicator = \"{}\", {rest} }}", VARS[var].0);
        match self {
            Self::OneOf(var, values) if VARS[*var].1 == Kind::Choice => {
                let words: Vec<String> = values.iter().map(|value| format!("\"v{value}\"")).collect();
                test(*var, format!("one_of = [{}]", words.join(", ")))
            }
            Self::OneOf(var, values) => test(*var, format!("is = {}", values[0] == 1)),
            Self::FlagBothYears(value) => test(FLAG, format!("is = {value}, every_year = \"two\"")),
            Self::Compare(var, op, bound, more) => {
                let name = match bound {
                    Bound::Limit(at) => LIMITS[*at].0,
                    Bound::Var(var) => VARS[*var].0,
                };
                let margin = match more {
                    0 => "",
                    1 => ", plus = \"margin\"",
                    _ => ", minus = \"margin\"",
                };
                test(*var, format!("{} = \"{name}\"{margin}", op.key()))
            }
            Self::Between(var, without_first, without_last) => {
                let first = if *without_first { "above" } else { "at_least" };
                let last = if *without_last { "below" } else { "at_most" };
                test(*var, format!("{first} = \"t0\", {last} = \"t1\""))
            }
            Self::NumberBothYears(op, at) => {
                test(NUMBER, format!("{} = \"{}\", every_year = \"two\"", op.key(), LIMITS[*at].0))
            }
            Self::Item(at) => format!("\"{}\"", id(*at)),
            Self::All(parts) => format!("{{ all = [{}] }}", list(parts)),
            Self::Any(parts) => format!("{{ any = [{}] }}", list(parts)),
            Self::Not(part) => format!("{{ not = {} }}", part.toml(id)),
            Self::TwoOf(parts) => format!("{{ at_least_k = \"two\", of = [{}] }}", list(parts)),
            Self::MostOf(parts) => format!("{{ more_than_share = \"half\", of = [{}] }}", list(parts)),
            Self::FirstKnown(parts) => format!("{{ first_known = [{}] }}", list(parts)),
        }
    }
}

fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(vec![Op::Above, Op::AtLeast, Op::Below, Op::AtMost])
}

/// A test of one fact, or the name of an item.
fn leaf() -> impl Strategy<Value = Cond> {
    let more = || prop::sample::select(vec![0, 0, -1, 1]);
    let numbers = vec![NUMBER, NUMBER, OTHER_NUMBER, NATIONAL, COUNT];
    prop_oneof![
        4 => (0..FLAG, prop::collection::btree_set(0..3_i32, 1..3))
            .prop_map(|(var, set)| Cond::OneOf(var, set.into_iter().collect())),
        3 => (FLAG..FLAG_BEFORE, 0..2_i32).prop_map(|(var, value)| Cond::OneOf(var, vec![value])),
        2 => (prop::sample::select(numbers.clone()), op(), 0..2_usize, more())
            .prop_map(|(var, op, at, more)| Cond::Compare(var, op, Bound::Limit(at), more)),
        2 => (prop::sample::select(vec![NUMBER, OTHER_NUMBER]), op(), more())
            .prop_map(|(var, op, more)| Cond::Compare(var, op, Bound::Var(NATIONAL), more)),
        1 => (op(), more()).prop_map(|(op, more)| Cond::Compare(COUNT, op, Bound::Var(NATIONAL_COUNT), more)),
        1 => (op(), more()).prop_map(|(op, more)| Cond::Compare(NUMBER, op, Bound::Var(NUMBER_BEFORE), more)),
        1 => (prop::sample::select(numbers), any::<bool>(), any::<bool>())
            .prop_map(|(var, first, last)| Cond::Between(var, first, last)),
        1 => any::<bool>().prop_map(Cond::FlagBothYears),
        1 => (op(), 0..2_usize).prop_map(|(op, at)| Cond::NumberBothYears(op, at)),
        4 => (0..64_usize).prop_map(Cond::Item),
    ]
}

/// A condition, nested up to three levels deep.
pub fn cond() -> impl Strategy<Value = Cond> {
    leaf().prop_recursive(3, 8, 3, |inner| {
        let list = |least: usize| prop::collection::vec(inner.clone(), least..4);
        prop_oneof![
            2 => list(1).prop_map(Cond::All),
            2 => list(1).prop_map(Cond::Any),
            1 => inner.clone().prop_map(|part| Cond::Not(Box::new(part))),
            1 => list(2).prop_map(Cond::TwoOf),
            1 => list(1).prop_map(Cond::MostOf),
            1 => list(1).prop_map(Cond::FirstKnown),
        ]
    })
}

/// What is known about a school, and what would fill the rest.
pub fn school() -> impl Strategy<Value = (Vec<i32>, Vec<bool>)> {
    let values: Vec<_> = VARS
        .iter()
        .map(|(_, kind)| match kind {
            Kind::Choice => (0..3_i32).boxed(),
            Kind::Flag => (0..2_i32).boxed(),
            Kind::Number | Kind::Count => (0..=3_i32).prop_map(|whole| whole * ONE).boxed(),
        })
        .collect();
    (values, prop::collection::vec(prop::bool::weighted(0.55), VARS.len()))
}

/// Everything that a variable may hold; of a number whole and half ones first, which is what its answers are told apart by.
pub fn values(var: usize) -> Vec<i32> {
    match VARS[var].1 {
        Kind::Choice => (0..3).collect(),
        Kind::Flag => (0..2).collect(),
        Kind::Number => (0..=MOST).collect(),
        Kind::Count => (0..=MOST / ONE).map(|whole| whole * ONE).collect(),
    }
}

/// Whether a value stands for an answer: between them there is room for the other numbers.
pub fn is_answer(var: usize, value: i32) -> bool {
    VARS[var].1 != Kind::Number || value % (ONE / 2) == 0
}
