//! Conditions after names have become numbers, and their evaluation: on columns, and on one school.

use super::logic::Truth;

/// A condition on the variables of a school.
#[derive(Debug, Clone, PartialEq)]
pub enum Cond {
    /// Settled.
    Known(bool),
    /// Holds when that item (criterion, flag, data rule) holds.
    Item(usize),
    /// A test of one variable.
    Leaf(Leaf),
    /// All hold.
    All(Vec<Cond>),
    /// One holds.
    Any(Vec<Cond>),
    /// Does not hold.
    Not(Box<Cond>),
    /// At least so many hold.
    AtLeast(Needed, Vec<Cond>),
    /// The first that is known.
    FirstKnown(Vec<Cond>),
    /// All of those that are known hold, and one is known.
    AllHeld(Vec<Cond>),
    /// Is known to hold: unknown counts as no.
    IsKnown(Box<Cond>),
}

/// How many parts of a list must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Needed {
    /// So many.
    Count(usize),
    /// More than this share, in per cent, of those that are asked.
    MoreThan(f64),
}

impl Needed {
    /// How many of so many parts.
    #[must_use]
    pub fn of(self, parts: usize) -> usize {
        match self {
            Self::Count(count) => count,
            #[expect(clippy::cast_precision_loss, reason = "a handful of parts")]
            Self::MoreThan(share) => {
                (1..=parts).find(|held| *held as f64 * 100.0 > share * parts as f64).unwrap_or(parts)
            }
        }
    }
}

/// A test of one variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The variable: an indicator in one year.
    pub var: usize,
    /// What is asked of it.
    pub check: Check,
}

/// What is asked of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// Its value is one of these; bit `i` stands for the `i`-th allowed value.
    Values(u64),
    /// It lies between these.
    Range(Option<Bound>, Option<Bound>),
}

/// One end of a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// A number or another variable.
    pub base: Base,
    /// Added to it.
    pub offset: f64,
    /// Whether the bound itself is outside.
    pub strict: bool,
    /// The threshold it was written with, for the trace.
    pub threshold: Option<usize>,
}

/// What a number is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Base {
    /// A number.
    Constant(f64),
    /// A comparator.
    Var(usize),
}

/// Value of a variable for one school.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Not known.
    Missing,
    /// Position among the allowed values; for flags 0 is false and 1 is true.
    Code(u8),
    /// A number.
    Number(f64),
}

/// Where values and the truth of items come from.
pub trait Env {
    /// The value of a variable.
    fn value(&self, var: usize) -> Value;
    /// The condition of an item.
    fn item(&self, item: usize) -> &Cond;
}

/// Whether `value` is on the right side of a bound; both are compared as decimals, as in
/// [`crate::numbers::decimal_difference`]: what rounds to zero at nine decimals is no difference. The rounding itself is left
/// out, it took most of the time of a test.
#[must_use]
pub fn within(value: f64, bound: f64, strict: bool, lower: bool) -> bool {
    let scaled = (value - bound) * 1e9;
    match (lower, strict) {
        (true, true) => scaled >= 0.5,
        (true, false) => scaled > -0.5,
        (false, true) => scaled <= -0.5,
        (false, false) => scaled < 0.5,
    }
}

impl Bound {
    /// The number the bound stands for, `None` if its comparator is missing.
    pub fn number(&self, value: impl Fn(usize) -> Value) -> Option<f64> {
        match self.base {
            Base::Constant(constant) => Some(constant + self.offset),
            Base::Var(var) => match value(var) {
                Value::Number(number) => Some(number + self.offset),
                _ => None,
            },
        }
    }
}

impl Leaf {
    /// Whether the test is passed.
    pub fn truth(&self, value: impl Fn(usize) -> Value) -> Truth {
        match (&self.check, value(self.var)) {
            (Check::Values(mask), Value::Code(code)) => Truth::of(Some(mask >> code & 1 == 1)),
            (Check::Range(lower, upper), Value::Number(number)) => {
                let side = |bound: &Option<Bound>, is_lower| match bound {
                    None => Truth::True,
                    Some(bound) => {
                        Truth::of(bound.number(&value).map(|limit| within(number, limit, bound.strict, is_lower)))
                    }
                };
                side(lower, true).and(side(upper, false))
            }
            _ => Truth::Unknown,
        }
    }

    /// The variables it reads: its own, then its comparators.
    pub fn vars(&self) -> impl Iterator<Item = usize> + '_ {
        let bounds = match &self.check {
            Check::Values(_) => [None, None],
            Check::Range(lower, upper) => [lower.as_ref(), upper.as_ref()],
        };
        let comparators = bounds.into_iter().flatten().filter_map(|bound| match bound.base {
            Base::Var(var) => Some(var),
            Base::Constant(_) => None,
        });
        std::iter::once(self.var).chain(comparators)
    }
}

impl Cond {
    /// Kleene truth for one school.
    pub fn truth(&self, env: &impl Env) -> Truth {
        match self {
            Self::Known(known) => Truth::of(Some(*known)),
            Self::Item(item) => env.item(*item).truth(env),
            Self::Leaf(leaf) => leaf.truth(|var| env.value(var)),
            Self::All(parts) => parts.iter().fold(Truth::True, |truth, part| truth.and(part.truth(env))),
            Self::Any(parts) => parts.iter().fold(Truth::False, |truth, part| truth.or(part.truth(env))),
            Self::Not(part) => !part.truth(env),
            Self::AtLeast(needed, parts) => {
                let mut held = 0;
                let mut unknown = 0;
                for part in parts {
                    match part.truth(env) {
                        Truth::True => held += 1,
                        Truth::Unknown => unknown += 1,
                        Truth::False => {}
                    }
                }
                Truth::at_least(needed.of(parts.len()), held, unknown)
            }
            Self::FirstKnown(parts) => {
                parts.iter().map(|part| part.truth(env)).find(|truth| !truth.is_unknown()).unwrap_or(Truth::Unknown)
            }
            Self::AllHeld(parts) => parts.iter().map(|part| part.truth(env)).fold(Truth::Unknown, Truth::and_if_known),
            Self::IsKnown(part) => Truth::of(Some(part.truth(env) == Truth::True)),
        }
    }

    /// The same condition with everything settled that the known values settle, items written out, and comparators that
    /// are known turned into numbers. Where several ways to hold a fact are all unknown, the one with the fewest missing
    /// values is kept.
    pub fn simplify(&self, env: &impl Env) -> Self {
        if let Some(known) = self.truth(env).known() {
            return Self::Known(known);
        }
        match self {
            Self::Known(known) => Self::Known(*known),
            Self::Item(item) => env.item(*item).simplify(env),
            Self::Leaf(leaf) => Self::Leaf(leaf.with_numbers(env)),
            Self::All(parts) => {
                let open = parts.iter().map(|part| part.simplify(env)).filter(|part| *part != Self::Known(true));
                Self::All(open.collect())
            }
            Self::Any(parts) => {
                let open = parts.iter().map(|part| part.simplify(env)).filter(|part| *part != Self::Known(false));
                Self::Any(open.collect())
            }
            Self::Not(part) => Self::Not(Box::new(part.simplify(env))),
            Self::AtLeast(needed, parts) => {
                let needed = needed.of(parts.len());
                let parts: Vec<Self> = parts.iter().map(|part| part.simplify(env)).collect();
                let held = parts.iter().filter(|part| **part == Self::Known(true)).count();
                let open = parts.into_iter().filter(|part| !matches!(part, Self::Known(_))).collect();
                Self::AtLeast(Needed::Count(needed.saturating_sub(held)), open)
            }
            Self::FirstKnown(parts) => {
                let missing = |part: &Self| {
                    let mut vars = Vec::new();
                    part.collect_vars(env, &mut vars);
                    vars.sort_unstable();
                    vars.dedup();
                    vars.iter().filter(|var| env.value(**var) == Value::Missing).count()
                };
                match parts.iter().min_by_key(|part| missing(part)) {
                    Some(part) => part.simplify(env),
                    None => Self::Known(false),
                }
            }
            // None of them is known: the first, this year, is what there is to find out.
            Self::AllHeld(parts) => parts.first().map_or(Self::Known(false), |part| part.simplify(env)),
            // Known already, unless it is unknown, which counts as no.
            Self::IsKnown(_) => Self::Known(false),
        }
    }

    /// Adds every variable it reads to `vars`, items included.
    pub fn collect_vars(&self, env: &impl Env, vars: &mut Vec<usize>) {
        match self {
            Self::Known(_) => {}
            Self::Item(item) => env.item(*item).collect_vars(env, vars),
            Self::Leaf(leaf) => vars.extend(leaf.vars()),
            Self::Not(part) | Self::IsKnown(part) => part.collect_vars(env, vars),
            Self::All(parts)
            | Self::Any(parts)
            | Self::AtLeast(_, parts)
            | Self::FirstKnown(parts)
            | Self::AllHeld(parts) => {
                for part in parts {
                    part.collect_vars(env, vars);
                }
            }
        }
    }

    /// Number of its parts, items not written out.
    #[must_use]
    pub fn parts(&self) -> usize {
        match self {
            Self::Known(_) | Self::Item(_) | Self::Leaf(_) => 1,
            Self::Not(part) | Self::IsKnown(part) => 1 + part.parts(),
            Self::All(parts)
            | Self::Any(parts)
            | Self::AtLeast(_, parts)
            | Self::FirstKnown(parts)
            | Self::AllHeld(parts) => 1 + parts.iter().map(Self::parts).sum::<usize>(),
        }
    }

    /// Calls `visit` for every test of a variable, items not included.
    pub fn each_leaf<'a>(&'a self, visit: &mut impl FnMut(&'a Leaf)) {
        match self {
            Self::Known(_) | Self::Item(_) => {}
            Self::Leaf(leaf) => visit(leaf),
            Self::Not(part) | Self::IsKnown(part) => part.each_leaf(visit),
            Self::All(parts)
            | Self::Any(parts)
            | Self::AtLeast(_, parts)
            | Self::FirstKnown(parts)
            | Self::AllHeld(parts) => {
                for part in parts {
                    part.each_leaf(visit);
                }
            }
        }
    }

    /// The same condition without the items that `keep` leaves out: they drop out of their list. `None` if
    /// nothing is left.
    #[must_use]
    pub fn keeping(&self, keep: &impl Fn(usize) -> bool) -> Option<Self> {
        let list = |parts: &[Self]| -> Option<Vec<Self>> {
            let left: Vec<Self> = parts.iter().filter_map(|part| part.keeping(keep)).collect();
            if left.is_empty() { None } else { Some(left) }
        };
        match self {
            Self::Item(item) if !keep(*item) => None,
            Self::Known(_) | Self::Item(_) | Self::Leaf(_) => Some(self.clone()),
            Self::All(parts) => list(parts).map(Self::All),
            Self::Any(parts) => list(parts).map(Self::Any),
            Self::Not(part) => part.keeping(keep).map(|part| Self::Not(Box::new(part))),
            Self::IsKnown(part) => part.keeping(keep).map(|part| Self::IsKnown(Box::new(part))),
            Self::AtLeast(needed, parts) => list(parts).map(|left| Self::AtLeast(*needed, left)),
            Self::FirstKnown(parts) => list(parts).map(Self::FirstKnown),
            Self::AllHeld(parts) => list(parts).map(Self::AllHeld),
        }
    }

    /// Calls `visit` for every item it refers to.
    pub fn each_item(&self, visit: &mut impl FnMut(usize)) {
        match self {
            Self::Known(_) | Self::Leaf(_) => {}
            Self::Item(item) => visit(*item),
            Self::Not(part) | Self::IsKnown(part) => part.each_item(visit),
            Self::All(parts)
            | Self::Any(parts)
            | Self::AtLeast(_, parts)
            | Self::FirstKnown(parts)
            | Self::AllHeld(parts) => {
                for part in parts {
                    part.each_item(visit);
                }
            }
        }
    }
}

impl Leaf {
    fn with_numbers(&self, env: &impl Env) -> Self {
        let settle = |bound: &Option<Bound>| {
            bound.as_ref().map(|bound| match bound.number(|var| env.value(var)) {
                Some(number) => Bound { base: Base::Constant(number), offset: 0.0, ..bound.clone() },
                None => bound.clone(),
            })
        };
        match &self.check {
            Check::Values(_) => self.clone(),
            Check::Range(lower, upper) => Self { var: self.var, check: Check::Range(settle(lower), settle(upper)) },
        }
    }
}
