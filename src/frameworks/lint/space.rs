//! All schools there may be, as numbered values of unknowns: what conditions can tell apart, no more.

use std::collections::{BTreeSet, HashMap};

use super::super::condition::{Check, Cond, Env, Leaf, Value};
use super::super::dimension::{Known, dimensions};
use super::super::logic::Truth;
use super::super::resolve::{Domain, Resolved};
use super::expr::Expr;
use super::solve::Ties;

/// Most values of one unknown.
pub const MAX_VALUES: usize = 128;

/// Where the value of an unknown comes from.
#[derive(Debug, Clone)]
enum Origin {
    /// A choice or flag: the variable.
    Codes(usize),
    /// Numbers that are compared with each other: the variables, and for each value a number for each of them.
    Numbers(Vec<usize>, Vec<Vec<f64>>),
    /// A test whose numbers could not be told apart, taken as holding or not whatever the others.
    Loose,
    /// Which way of holding a fact is the first that is known.
    Way,
}

/// The unknowns of a phase.
pub struct Space<'a> {
    resolved: &'a Resolved,
    /// Values of each unknown, a bit for each.
    pub all: Vec<u128>,
    /// The same for a school of which every value is known: the first way to hold a fact counts.
    pub complete: Vec<u128>,
    origins: Vec<Origin>,
    /// Unknown of a choice or flag.
    codes: HashMap<usize, usize>,
    /// Tests of a number with the unknown and the values that pass.
    ranges: HashMap<usize, Vec<(&'a Leaf, usize, u128)>>,
    /// Ways to hold a fact that were met before.
    ways: Vec<(&'a Cond, usize)>,
    /// Conditions that are taken as they come.
    loose: Vec<(&'a Cond, usize)>,
}

/// A school of which nothing is known.
struct Nothing;

impl Env for Nothing {
    fn value(&self, _: usize) -> Value {
        Value::Missing
    }

    fn item(&self, _: usize) -> &Cond {
        &Cond::Known(false)
    }
}

/// What numbers that are compared with each other can be told apart by: the variables, for each value a number for each of
/// them, and for each test the values that pass.
#[derive(Clone)]
struct Numbers {
    vars: Vec<usize>,
    samples: Vec<Vec<f64>>,
    passed: Vec<u128>,
}

/// Numbers that were worked out already, by their tests; phases share them. `None` where they could not be told apart.
#[derive(Default)]
pub struct Met(Vec<(Vec<Leaf>, Option<Numbers>)>);

impl Met {
    fn of(&mut self, resolved: &Resolved, leaves: &[&Leaf]) -> Option<Numbers> {
        let known = self.0.iter().find(|(known, _)| known.iter().eq(leaves.iter().copied()));
        if let Some((_, found)) = known {
            return found.clone();
        }
        let found = Self::work_out(resolved, leaves);
        self.0.push((leaves.iter().map(|leaf| (*leaf).clone()).collect(), found.clone()));
        found
    }

    fn work_out(resolved: &Resolved, leaves: &[&Leaf]) -> Option<Numbers> {
        let mut vars: Vec<usize> = leaves.iter().flat_map(|leaf| leaf.vars()).collect();
        vars.sort_unstable();
        vars.dedup();
        let conds: Vec<Cond> = leaves.iter().map(|leaf| Cond::Leaf((*leaf).clone())).collect();
        let refs: Vec<&Cond> = conds.iter().collect();
        let found = dimensions(resolved, &refs, &vars, &Nothing, &mut Known::default())?;
        let one = found.iter().next()?;
        let passed = conds.iter().map(|cond| match cond {
            Cond::Leaf(leaf) => found.passed(leaf).map(|(_, passed)| passed),
            _ => None,
        });
        let passed = passed.collect::<Option<Vec<u128>>>()?;
        Some(Numbers { vars: one.vars.clone(), samples: one.samples.clone(), passed })
    }
}

impl<'a> Space<'a> {
    /// The unknowns that some tests ask for.
    pub fn new(resolved: &'a Resolved, tests: &[&'a Leaf], met: &mut Met) -> Self {
        let mut space = Self {
            resolved,
            all: Vec::new(),
            complete: Vec::new(),
            origins: Vec::new(),
            codes: HashMap::new(),
            ranges: HashMap::new(),
            ways: Vec::new(),
            loose: Vec::new(),
        };
        let mut ties = Ties::default();
        let mut numeric: Vec<&Leaf> = Vec::new();
        for leaf in tests {
            match leaf.check {
                Check::Values(_) => space.choice(leaf.var),
                Check::Range(..) => {
                    leaf.vars().for_each(|var| ties.tie(leaf.var, var));
                    numeric.push(leaf);
                }
            }
        }
        let mut groups: Vec<(usize, Vec<&Leaf>)> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        for leaf in numeric {
            let root = ties.root(leaf.var);
            let at = *places.entry(root).or_insert_with(|| {
                groups.push((root, Vec::new()));
                groups.len() - 1
            });
            if let Some((_, group)) = groups.get_mut(at) {
                group.push(leaf);
            }
        }
        for (_, group) in groups {
            space.numbers(distinct(group), met);
        }
        space
    }

    fn add(&mut self, values: usize, origin: Origin) -> usize {
        let all = if values >= MAX_VALUES { u128::MAX } else { (1 << values) - 1 };
        self.all.push(all);
        self.complete.push(all);
        self.origins.push(origin);
        self.all.len() - 1
    }

    fn choice(&mut self, var: usize) {
        let values = match self.resolved.var_indicator(var).map(|known| &known.domain) {
            Some(Domain::Choice(values)) => values.len(),
            _ => 2,
        };
        if !self.codes.contains_key(&var) {
            let unknown = self.add(values, Origin::Codes(var));
            self.codes.insert(var, unknown);
        }
    }

    /// Numbers that tests compare with each other.
    fn numbers(&mut self, leaves: Vec<&'a Leaf>, met: &mut Met) {
        if let Some(Numbers { vars, samples, passed }) = met.of(self.resolved, &leaves) {
            let unknown = self.add(samples.len(), Origin::Numbers(vars, samples));
            for (leaf, passed) in leaves.into_iter().zip(passed) {
                self.ranges.entry(leaf.var).or_default().push((leaf, unknown, passed));
            }
        } else {
            for leaf in leaves {
                let unknown = self.add(2, Origin::Loose);
                self.ranges.entry(leaf.var).or_default().push((leaf, unknown, 0b10));
            }
        }
    }

    /// The unknown of a test, and the values that pass.
    pub fn passed(&self, leaf: &Leaf) -> Option<(usize, u128)> {
        match leaf.check {
            Check::Values(mask) => self.codes.get(&leaf.var).map(|unknown| (*unknown, u128::from(mask))),
            Check::Range(..) => {
                let known = self.ranges.get(&leaf.var)?;
                known.iter().find(|(other, ..)| same(other, leaf)).map(|(_, unknown, passed)| (*unknown, *passed))
            }
        }
    }

    /// The unknown that says which of several ways to hold a fact is known first. Of a school of which every value is known
    /// it is the one at `complete`.
    pub fn way(&mut self, cond: &'a Cond, ways: usize, complete: usize) -> usize {
        if let Some((_, unknown)) = self.ways.iter().find(|(known, _)| *known == cond) {
            return *unknown;
        }
        let unknown = self.add(ways, Origin::Way);
        if let Some(slot) = self.complete.get_mut(unknown) {
            *slot = 1 << complete;
        }
        self.ways.push((cond, unknown));
        unknown
    }

    /// The unknown of a condition that is taken as holding (its second value) or not, whatever the others.
    pub fn loose(&mut self, cond: &'a Cond) -> usize {
        if let Some((_, unknown)) = self.loose.iter().find(|(known, _)| *known == cond) {
            return *unknown;
        }
        let unknown = self.add(2, Origin::Loose);
        self.loose.push((cond, unknown));
        unknown
    }

    /// Whether every value of an unknown is one that a school can have.
    pub fn is_real(&self, unknown: usize) -> bool {
        !matches!(self.origins.get(unknown), Some(Origin::Loose))
    }

    /// The values that an example needs for a condition, as they are written in a file: `x = good`. `None` if they are too
    /// many to read.
    pub fn written(&self, example: &[u128], of: &Expr) -> Option<String> {
        /// Most values that are shown.
        const MOST: usize = 8;
        let mut words = Vec::new();
        let both = example.iter().zip(&self.complete).zip(&self.origins).enumerate();
        let mut asked = BTreeSet::new();
        of.each(&mut |unknown, _| _ = asked.insert(unknown));
        for (unknown, ((left, _), origin)) in both.filter(|(at, ((left, all), _))| left != all && asked.contains(at)) {
            let first = left.trailing_zeros();
            match origin {
                Origin::Codes(var) => {
                    let code = u8::try_from(first).unwrap_or(u8::MAX);
                    let value = self.resolved.var_indicator(*var).map_or("", |indicator| indicator.value_name(code));
                    words.push(format!("{} = {value}", self.resolved.var_name(*var)));
                }
                Origin::Numbers(vars, samples) => {
                    let Some(sample) = samples.get(first as usize) else { continue };
                    let values = vars.iter().zip(self.rounded(unknown, first, vars, sample));
                    words.extend(values.map(|(var, value)| format!("{} = {value}", self.resolved.var_name(*var))));
                }
                Origin::Loose | Origin::Way => {}
            }
        }
        if words.len() > MOST { None } else { Some(words.join(", ")) }
    }

    /// Numbers with as few digits as pass the same tests.
    fn rounded(&self, unknown: usize, at: u32, vars: &[usize], sample: &[f64]) -> Vec<f64> {
        let tests = || self.ranges.values().flatten().filter(|(_, other, _)| *other == unknown);
        let fits = |numbers: &[f64]| {
            let value = |var: usize| {
                let position = vars.iter().position(|known| *known == var);
                position
                    .and_then(|position| numbers.get(position))
                    .map_or(Value::Missing, |number| Value::Number(*number))
            };
            let inside = vars.iter().zip(numbers).all(|(var, number)| {
                match self.resolved.var_indicator(*var).map(|known| &known.domain) {
                    Some(Domain::Number { min, max, whole }) => {
                        number >= min && number <= max && (!whole || number.fract() == 0.0)
                    }
                    _ => false,
                }
            });
            inside && tests().all(|(leaf, _, passed)| leaf.truth(value) == Truth::of(Some(passed >> at & 1 == 1)))
        };
        let digits = |digits: i32| -> Vec<f64> {
            let scale = 10_f64.powi(digits);
            sample.iter().map(|number| (number * scale).round() / scale).collect()
        };
        (0..4).map(digits).find(|numbers| fits(numbers)).unwrap_or_else(|| sample.to_vec())
    }
}

/// Whether two tests ask the same, whatever thresholds their numbers come from.
fn same(one: &Leaf, other: &Leaf) -> bool {
    let ends = |leaf: &Leaf| match &leaf.check {
        Check::Values(_) => [None, None],
        Check::Range(lower, upper) => {
            [lower, upper].map(|bound| bound.as_ref().map(|bound| (bound.base, bound.offset, bound.strict)))
        }
    };
    one.var == other.var && ends(one) == ends(other)
}

/// Each test once.
fn distinct(leaves: Vec<&Leaf>) -> Vec<&Leaf> {
    let mut found: Vec<&Leaf> = Vec::new();
    for leaf in leaves {
        if !found.iter().any(|known| same(known, leaf)) {
            found.push(leaf);
        }
    }
    found
}
