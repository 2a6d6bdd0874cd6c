//! What is known about a school, which of it can change, and which unknown values can be found out.

use std::collections::BTreeSet;

use super::super::Assignment;
use super::super::condition::{Base, Check, Cond, Env, Leaf, Value};
use super::super::inputs::Inputs;
use super::super::policy::Policy;
use super::super::resolve::{Domain, Resolved};
use super::published::comparator;

/// Units of time: such a number passes by itself.
const TIMES: [&str; 5] = ["days", "weeks", "months", "terms", "years"];

/// The value of a choice for a school that the question does not concern.
pub const NOT_APPLICABLE: &str = "not_applicable";

/// What can be done about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Fixed,
    /// It is known and can change.
    Change,
    /// It is unknown and can be found out.
    Find,
}

/// The rules of one phase.
pub struct Lens<'a> {
    /// How conditions become a category.
    pub policy: &'a Policy,
    /// The conditions.
    pub resolved: &'a Resolved,
}

/// One school, with what can be done about each of its values.
pub struct Facts<'a> {
    /// The values.
    pub inputs: &'a Inputs,
    /// The row.
    pub row: usize,
    /// The policy of the phase.
    pub policy: &'a Policy,
    /// The rules of the phase.
    pub resolved: &'a Resolved,
    /// The rules of the phase, then of each phase it is made of where one of them could stay open.
    pub lenses: Vec<Lens<'a>>,
    /// By variable: what can be done about it.
    pub kinds: Vec<Kind>,
    /// What cannot be true of a school, where it reads something that can change or be found out.
    pub constraints: Vec<(usize, &'a Cond)>,
}

/// A school with some values replaced, and perhaps every unknown one filled in.
pub struct Seen<'a> {
    /// The values.
    pub inputs: &'a Inputs,
    /// The row.
    pub row: usize,
    /// The conditions.
    pub resolved: &'a Resolved,
    /// Values that take the place of what the row holds.
    pub given: &'a [(usize, Value)],
    /// By variable: the value where nothing is known.
    pub fill: Option<&'a [Value]>,
}

impl Env for Seen<'_> {
    fn value(&self, var: usize) -> Value {
        let given = self.given.iter().find(|(known, _)| *known == var).map(|(_, value)| *value);
        match given.unwrap_or_else(|| self.inputs.value(var, self.row)) {
            Value::Missing => self.fill.and_then(|fill| fill.get(var)).copied().unwrap_or(Value::Missing),
            known => known,
        }
    }

    fn item(&self, item: usize) -> &Cond {
        self.resolved.items.get(item).map_or(&Cond::Known(false), |item| &item.cond)
    }
}

/// Which of several ways to know a fact are looked into.
pub enum Ways<'a> {
    /// This one; the others are never known, or not asked for.
    One(&'a Cond),
    /// Which one counts depends on what is found out.
    Several,
}

impl<'a> Facts<'a> {
    /// The facts of a row. Known values can change unless `settle` is set; `fixed` names indicators (positions) that
    /// stay as they are.
    pub fn new(assignment: &'a Assignment, row: usize, settle: bool, fixed: &[usize]) -> Self {
        let lens = |one: &'a Assignment| Lens { policy: &one.plan.policy, resolved: &one.plan.resolved };
        let (inputs, resolved, policy) = (&assignment.inputs, &assignment.plan.resolved, &assignment.plan.policy);
        let mut facts = Self {
            inputs,
            row,
            policy,
            resolved,
            lenses: std::iter::once(assignment).chain(&assignment.parts).map(lens).collect(),
            kinds: vec![Kind::Fixed; resolved.vars.len()],
            constraints: Vec::new(),
        };
        let context = context(resolved, policy);
        let changeable = |var: usize| {
            let Some(known) = resolved.vars.get(var) else { return false };
            let asked = match (inputs.value(var, row), resolved.var_indicator(var)) {
                (Value::Code(code), Some(indicator)) => indicator.value_name(code) != NOT_APPLICABLE,
                _ => true,
            };
            let context = context.get(var).copied().unwrap_or(true);
            !settle && asked && known.back == 0 && !fixed.contains(&known.indicator) && !context
        };
        // A way to know a fact that cannot become known is left out, which may leave out further ones.
        loop {
            let mut read = BTreeSet::new();
            for lens in &facts.lenses {
                for element in &lens.policy.elements {
                    facts.read(&element.cond, lens.resolved, &mut read);
                }
            }
            let before = facts.kinds.clone();
            for var in read {
                facts.set(var, changeable(var));
            }
            if facts.kinds == before {
                break;
            }
        }
        facts.add_constraints(resolved, resolved.asked(assignment.phase_position), &changeable);
        // With everything known a phase stays open only if nothing fits it, and then an adjustment alone leads anywhere.
        if !facts.kinds.contains(&Kind::Find) && policy.adjust.is_empty() {
            facts.lenses.truncate(1);
        }
        facts
    }

    /// Constraints that read something that can change, and what else they read: to keep one, another value may have to
    /// change too.
    fn add_constraints(&mut self, resolved: &'a Resolved, asked: u64, changeable: &impl Fn(usize) -> bool) {
        let mut rest: Vec<_> = resolved.constraints.iter().filter(|row| row.phases & asked != 0).collect();
        loop {
            let before = rest.len();
            let mut left = Vec::new();
            for constraint in rest {
                let mut vars = Vec::new();
                constraint.cond.collect_vars(&self.seen(resolved, &[]), &mut vars);
                if vars.iter().all(|var| self.kind(*var) == Kind::Fixed) {
                    left.push(constraint);
                    continue;
                }
                for var in vars {
                    if self.known(var) {
                        self.set(var, changeable(var));
                    }
                }
                self.constraints.push((constraint.position, &constraint.cond));
            }
            if left.len() == before {
                return;
            }
            rest = left;
        }
    }

    /// What can be done about a variable.
    pub fn kind(&self, var: usize) -> Kind {
        self.kinds.get(var).copied().unwrap_or(Kind::Fixed)
    }

    /// Whether a variable has a value.
    pub fn known(&self, var: usize) -> bool {
        self.inputs.value(var, self.row) != Value::Missing
    }

    /// The school with some values replaced.
    pub fn seen<'b>(&'b self, resolved: &'b Resolved, given: &'b [(usize, Value)]) -> Seen<'b> {
        Seen { inputs: self.inputs, row: self.row, resolved, given, fill: None }
    }

    fn set(&mut self, var: usize, changeable: bool) {
        let kind = match (self.known(var), changeable) {
            (false, _) => Kind::Find,
            (true, true) => Kind::Change,
            (true, false) => Kind::Fixed,
        };
        if let Some(slot) = self.kinds.get_mut(var) {
            *slot = kind;
        }
    }

    /// The variables that a condition reads, less the ways to know a fact that are not looked into.
    fn read(&self, cond: &Cond, resolved: &Resolved, found: &mut BTreeSet<usize>) {
        match cond {
            Cond::Known(_) => {}
            Cond::Leaf(leaf) => found.extend(leaf.vars()),
            Cond::Item(item) => {
                if let Some(item) = resolved.items.get(*item) {
                    self.read(&item.cond, resolved, found);
                }
            }
            Cond::Not(part) | Cond::IsKnown(part) => self.read(part, resolved, found),
            Cond::FirstKnown(parts) => match self.ways(parts, resolved) {
                Ways::One(part) => self.read(part, resolved, found),
                Ways::Several => {
                    for part in parts.iter().filter(|part| !self.stays_unknown(part, resolved)) {
                        self.read(part, resolved, found);
                    }
                }
            },
            Cond::All(parts) | Cond::Any(parts) | Cond::AtLeast(_, parts) | Cond::AllHeld(parts) => {
                for part in parts {
                    self.read(part, resolved, found);
                }
            }
        }
    }

    /// Which ways to know a fact are looked into: where one is known for certain, no other is asked for; where none is
    /// known, the one that lacks the fewest values.
    pub fn ways<'b>(&self, parts: &'b [Cond], resolved: &Resolved) -> Ways<'b> {
        let env = self.seen(resolved, &[]);
        let lacks = |part: &Cond| {
            let mut vars = Vec::new();
            part.collect_vars(&env, &mut vars);
            vars.sort_unstable();
            vars.dedup();
            vars.iter().filter(|var| !self.known(**var)).count()
        };
        let open: Vec<&Cond> = parts.iter().filter(|part| !self.stays_unknown(part, resolved)).collect();
        match open.as_slice() {
            [first, ..] if lacks(first) == 0 => Ways::One(first),
            [only] if !only.truth(&env).is_unknown() => Ways::One(only),
            _ if parts.iter().all(|part| part.truth(&env).is_unknown()) => {
                parts.iter().min_by_key(|part| lacks(part)).map_or(Ways::Several, Ways::One)
            }
            _ => Ways::Several,
        }
    }

    /// Whether a test reads something that is unknown and that nothing else asks for.
    fn stays_unknown(&self, part: &Cond, resolved: &Resolved) -> bool {
        match part {
            Cond::Leaf(leaf) => leaf.vars().any(|var| !self.known(var) && self.kind(var) != Kind::Find),
            Cond::Item(item) => resolved.items.get(*item).is_some_and(|item| self.stays_unknown(&item.cond, resolved)),
            _ => false,
        }
    }

    /// The variables of a condition that can change or be found out.
    pub fn free(&self, cond: &Cond, resolved: &Resolved) -> BTreeSet<usize> {
        let mut vars = Vec::new();
        cond.collect_vars(&self.seen(resolved, &[]), &mut vars);
        vars.into_iter().filter(|var| self.kind(*var) != Kind::Fixed).collect()
    }
}

/// By variable: whether it is context that nobody can change: comparators by name or by use, and what time alone moves.
fn context(resolved: &Resolved, policy: &Policy) -> Vec<bool> {
    let timed = |unit: Option<&String>| unit.is_some_and(|unit| TIMES.contains(&unit.as_str()));
    let mut found: Vec<bool> = (0..resolved.vars.len())
        .map(|var| {
            resolved.var_indicator(var).is_none_or(|indicator| {
                comparator(resolved, &indicator.name).is_some()
                    || timed(indicator.unit.as_ref())
                    || indicator.domain == Domain::Text
            })
        })
        .collect();
    let mut compared = |leaf: &Leaf| {
        let Check::Range(lower, upper) = &leaf.check else { return };
        for bound in [lower, upper].into_iter().flatten() {
            if let Base::Var(var) = bound.base
                && let Some(slot) = found.get_mut(var)
            {
                *slot = true;
            }
        }
    };
    let items = resolved.items.iter().flat_map(|item| std::iter::once(&item.cond).chain(&item.applies));
    for cond in items.chain(policy.elements.iter().map(|element| &element.cond)) {
        cond.each_leaf(&mut compared);
    }
    found
}
