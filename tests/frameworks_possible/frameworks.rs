//! Random small frameworks as files, and what they mean.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::conditions::{Cond, Kind, LIMITS, ONE, School, VARS, World, cond};
use super::rules::{Phases, Rule, for_phase, hundredths, phases, tenths, written};

pub const CATEGORIES: [&str; 4] = ["A", "B", "C", "D"];
/// Two phases, and one that is made of both.
pub const PHASES: [&str; 3] = ["left", "right", "both"];
pub const BOTH: usize = 2;

/// A criterion or a definition; it names items before it only.
#[derive(Debug, Clone)]
pub struct Item {
    pub test: Cond,
    /// A criterion: for which schools it is asked.
    pub applies: Option<Cond>,
    pub definition: bool,
    pub phases: Phases,
}

#[derive(Debug, Clone)]
pub struct Items(pub Vec<Item>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    To(usize),
    NoBetterThan(usize),
    NoWorseThan(usize),
    Moves([usize; 4]),
}

#[derive(Debug, Clone)]
pub struct Adjust {
    pub when: Cond,
    pub effect: Effect,
    pub from: BTreeSet<usize>,
    pub if_none: bool,
    /// An unknown condition is taken as not holding.
    pub unknown_is_no: bool,
    pub may: bool,
    pub phases: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub items: Items,
    pub rule: Rule,
    pub adjusts: Vec<Adjust>,
    /// Years that are missing are passed over.
    pub skip: bool,
    /// Both phases side by side, without a result for the whole.
    pub separate: bool,
}

/// What a completion leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    pub category: Option<usize>,
    /// The category if no person decides anything.
    pub otherwise: Option<usize>,
    pub majority: Option<bool>,
    pub gate: Option<usize>,
    /// The category before adjustments.
    pub before: Option<usize>,
}

impl Items {
    pub fn id(&self, at: usize) -> String {
        let at = at % self.0.len();
        format!("{}{at}", if self.0[at].definition { "def" } else { "crit" })
    }

    /// Whether an item is asked in a phase.
    pub fn asked(&self, at: usize, phase: usize) -> bool {
        for_phase(&self.0[at].phases, phase)
    }

    /// Conditions of the items as far as a phase asks for them: one that loses everything does not hold.
    pub fn in_phase(&self, phase: usize) -> Vec<Cond> {
        self.0
            .iter()
            .map(|item| item.test.asked(&|at| self.asked(at, phase)).unwrap_or(Cond::Any(Vec::new())))
            .collect()
    }

    /// Whether a condition holds as far as a phase asks for it; `empty` says what holds if nothing is left of it.
    pub fn holds(&self, cond: &Cond, world: &World, phase: usize, empty: bool) -> bool {
        cond.asked(&|at| self.asked(at, phase)).map_or(empty, |cond| world.holds(&cond))
    }

    /// Whether a criterion is asked of this school in a phase.
    pub fn counts(&self, at: usize, world: &World, phase: usize) -> bool {
        self.asked(at, phase) && self.0[at].applies.as_ref().is_none_or(|cond| self.holds(cond, world, phase, true))
    }

    /// Whether a criterion is known to be asked, by what was known before.
    pub fn known_to_count(&self, at: usize, world: &World, phase: usize) -> Option<bool> {
        let applies = self.0[at].applies.as_ref().and_then(|cond| cond.asked(&|at| self.asked(at, phase)));
        if self.asked(at, phase) { applies.map_or(Some(true), |cond| world.known(&cond)) } else { Some(false) }
    }
}

impl Adjust {
    fn holds(&self, items: &Items, world: &World, phase: usize) -> bool {
        match self.when.asked(&|at| items.asked(at, phase)) {
            None => false,
            Some(when) if self.unknown_is_no => world.seen(&when),
            Some(when) => world.holds(&when),
        }
    }

    fn step(&self, here: Option<usize>) -> Option<usize> {
        let starts = match here {
            Some(category) => self.from.is_empty() || self.from.contains(&category),
            None => self.from.is_empty() || self.if_none,
        };
        if !starts {
            return here;
        }
        let or_none = |limit: usize| if self.if_none { Some(limit) } else { None };
        match (self.effect, here) {
            (Effect::To(to), _) => Some(to),
            (Effect::NoBetterThan(limit) | Effect::NoWorseThan(limit), None) => or_none(limit),
            (Effect::NoBetterThan(limit), Some(here)) => Some(here.max(limit)),
            (Effect::NoWorseThan(limit), Some(here)) => Some(here.min(limit)),
            (Effect::Moves(to), here) => here.map(|here| to[here]),
        }
    }
}

impl Plan {
    /// What a school whose values are all filled in comes to in a phase.
    pub fn outcome(&self, base: &School, filled: &School, phase: usize) -> Outcome {
        if phase == BOTH {
            return self.outcome_of_both(base, filled);
        }
        let conds = self.items.in_phase(phase);
        let world = World { items: &conds, base, filled, skip: self.skip };
        let result = self.rule.result(&self.items, &world, phase);
        let mut outcome = Outcome {
            category: result.level,
            otherwise: result.level,
            majority: result.majority,
            gate: result.gate,
            before: result.level,
        };
        for adjust in self.adjusts.iter().filter(|adjust| adjust.phases.is_empty() || adjust.phases.contains(&phase)) {
            outcome.adjust(adjust, adjust.holds(&self.items, &world, phase));
        }
        outcome
    }

    /// The worse of the two, or nothing while one of them is nothing; what is written for the whole alone follows.
    fn outcome_of_both(&self, base: &School, filled: &School) -> Outcome {
        let sides = [0, 1].map(|phase| self.outcome(base, filled, phase));
        let worse = |of: fn(&Outcome) -> Option<usize>| of(&sides[0]).zip(of(&sides[1])).map(|(a, b)| a.max(b));
        let category = if self.separate { None } else { worse(|side| side.category) };
        let otherwise = if self.separate { None } else { worse(|side| side.otherwise) };
        let gate = sides.iter().filter(|side| side.category == category).find_map(|side| side.gate);
        let mut outcome = Outcome { category, otherwise, majority: None, gate, before: category };
        // Every item that one of the phases asks for.
        let asked = |at: usize| self.items.asked(at, 0) || self.items.asked(at, 1);
        let conds: Vec<Cond> =
            self.items.0.iter().map(|item| item.test.asked(&asked).unwrap_or(Cond::Any(Vec::new()))).collect();
        let world = World { items: &conds, base, filled, skip: self.skip };
        let own = |adjust: &&Adjust| adjust.phases.contains(&BOTH) && adjust.phases.len() == 1;
        for adjust in self.adjusts.iter().filter(own) {
            let holds = match adjust.when.asked(&asked) {
                None => false,
                Some(when) if adjust.unknown_is_no => world.seen(&when),
                Some(when) => world.holds(&when),
            };
            outcome.adjust(adjust, holds);
        }
        outcome
    }

    /// The variables that something reads which may decide.
    pub fn reads(&self) -> BTreeSet<usize> {
        let conds: Vec<Cond> = self.items.0.iter().map(|item| item.test.clone()).collect();
        let nothing: School = vec![None; VARS.len()];
        let world = World { items: &conds, base: &nothing, filled: &nothing, skip: self.skip };
        let applies = self.items.0.iter().filter_map(|item| item.applies.as_ref());
        let mut all: Vec<&Cond> =
            conds.iter().chain(applies).chain(self.adjusts.iter().map(|adjust| &adjust.when)).collect();
        self.rule.each_cond(&mut |cond| all.push(cond));
        all.into_iter().flat_map(|cond| world.reads(cond)).collect()
    }

    /// The file.
    pub fn toml(&self) -> String {
        let mut text = String::from(
            "format = 1\n[framework]\nid = \"x\"\ntitle = \"x\"\nauthority = \"x\"\nyears = [2018, 2018]\n\
             document = \"x\"\nlines = 9\nphases = [\"left\", \"right\", \"both\"]\n",
        );
        for name in CATEGORIES {
            let _ = writeln!(text, "[[category]]\nid = \"{name}\"\nlabel = \"x\"\nmeaning = \"x\"\nline = 1");
        }
        let mut threshold = |name: &str, value: String| {
            let _ = writeln!(
                text,
                "[thresholds.{name}]\nvalue = {value}\nunit = \"x\"\nline = 1\nbasis = \"document\"\ntext = \"x\""
            );
        };
        for (name, value) in LIMITS {
            threshold(name, (value / ONE).to_string());
        }
        threshold("margin", "1".to_owned());
        threshold("two", "2".to_owned());
        threshold("half", "50".to_owned());
        let mut points = BTreeSet::new();
        self.rule.numbers(&mut points);
        for (is_weight, value) in points {
            let (name, scale) = if is_weight { (tenths(value), 10) } else { (hundredths(value), 100) };
            let sign = if value < 0 { "-" } else { "" };
            let digits = if scale == 10 { 1 } else { 2 };
            threshold(&name, format!("{sign}{}.{:0digits$}", value.abs() / scale, value.abs() % scale));
        }
        text += "[indicators]\n";
        for (name, kind) in VARS.iter().filter(|(name, _)| !name.ends_with("_y1") && !name.starts_with("nat_")) {
            let kind = match kind {
                Kind::Choice => "\"choice\", values = [\"v0\", \"v1\", \"v2\"]",
                Kind::Flag => "\"flag\"",
                Kind::Number => "\"number\", min = 0, max = 3",
                Kind::Count => "\"count\", max = 3",
            };
            let _ = writeln!(text, "{name} = {{ type = {kind}, text = \"x\" }}");
        }
        let id = |at: usize| self.items.id(at);
        for (at, item) in self.items.0.iter().enumerate() {
            let head = if item.definition {
                "[[definition]]\n".to_owned()
            } else {
                "[[criterion]]\ncategory = \"A\"\npart = \"x\"\nkind = \"data\"\n".to_owned()
            };
            let applies =
                item.applies.as_ref().map_or_else(String::new, |cond| format!("applies = {}\n", cond.toml(&id)));
            let _ = writeln!(
                text,
                "{head}id = \"{}\"\nline = 1\ntext = \"x\"\ntest = {}\n{applies}{}",
                id(at),
                item.test.toml(&id),
                written(&item.phases)
            );
        }
        let names: Vec<String> = CATEGORIES.iter().map(|name| (*name).to_owned()).collect();
        text += &self.rule.toml("decide", &names, &self.items);
        let combination = if self.separate { "separate" } else { "worse" };
        let _ = writeln!(
            text,
            "[[combine]]\nid = \"whole\"\nphase = \"both\"\nof = [\"left\", \"right\"]\nrule = \"{combination}\"\nline = 1"
        );
        for (at, adjust) in self.adjusts.iter().enumerate() {
            text += &adjust.toml(at, &id);
        }
        text + "[[reading]]\nid = \"YEARS\"\nquestion = \"x\"\ndefault = \"A\"\nreason = \"x\"\n[reading.options.A]\n\
                text = \"x\"\n[reading.options.B]\ntext = \"x\"\nmissing_years = \"skip\"\n"
    }
}

impl Outcome {
    fn adjust(&mut self, adjust: &Adjust, holds: bool) {
        if holds {
            self.category = adjust.step(self.category);
            if !adjust.may {
                self.otherwise = adjust.step(self.otherwise);
            }
        }
    }
}

impl Adjust {
    fn toml(&self, at: usize, id: &dyn Fn(usize) -> String) -> String {
        let effect = match self.effect {
            Effect::To(to) => format!("to = \"{}\"", CATEGORIES[to]),
            Effect::NoBetterThan(limit) => format!("no_better_than = \"{}\"", CATEGORIES[limit]),
            Effect::NoWorseThan(limit) => format!("no_worse_than = \"{}\"", CATEGORIES[limit]),
            Effect::Moves(to) => {
                let moves = CATEGORIES.iter().zip(to).map(|(from, to)| format!("{from} = \"{}\"", CATEGORIES[to]));
                format!("moves = {{ {} }}", moves.collect::<Vec<_>>().join(", "))
            }
        };
        let from: Vec<String> = self.from.iter().map(|at| format!("\"{}\"", CATEGORIES[*at])).collect();
        format!(
            "[[adjust]]\nid = \"adjust{at}\"\ntext = \"x\"\nline = 1\nwhen = {}\n{effect}\nfrom = [{}]\nif_none = {}\n\
             unknown = \"{}\"\ndecision = \"{}\"\n{}",
            self.when.toml(id),
            from.join(", "),
            self.if_none,
            if self.unknown_is_no { "no" } else { "open" },
            if self.may { "may" } else { "must" },
            written(&self.phases.iter().copied().collect())
        )
    }
}

fn item() -> impl Strategy<Value = Item> {
    (cond(), prop::option::weighted(0.25, cond()), prop::bool::weighted(0.35), phases()).prop_map(
        |(test, applies, definition, phases)| Item {
            test,
            applies: applies.filter(|_| !definition),
            definition,
            phases,
        },
    )
}

fn adjust() -> impl Strategy<Value = Adjust> {
    let effect = prop_oneof![
        (0..4_usize).prop_map(Effect::To),
        (0..4_usize).prop_map(Effect::NoBetterThan),
        (0..4_usize).prop_map(Effect::NoWorseThan),
        prop::array::uniform4(0..4_usize).prop_map(Effect::Moves),
    ];
    (
        cond(),
        effect,
        prop::collection::btree_set(0..4_usize, 0..3),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.25),
        prop::bool::weighted(0.3),
        prop_oneof![4 => Just(BTreeSet::new()), 2 => prop::collection::btree_set(0..3_usize, 1..2)],
    )
        .prop_map(|(when, effect, from, if_none, unknown_is_no, may, phases)| Adjust {
            when,
            effect,
            from,
            if_none,
            unknown_is_no,
            may,
            phases,
        })
}

/// A framework with this kind of rule.
pub fn plan(rule: impl Strategy<Value = Rule>) -> impl Strategy<Value = Plan> {
    (
        prop::collection::vec(item(), 3..9),
        rule,
        prop::collection::vec(adjust(), 0..3),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.15),
    )
        .prop_map(|(items, rule, adjusts, skip, separate)| Plan::new(items, rule, adjusts, skip, separate))
}

impl Plan {
    /// With the places of items put in order: each names items before it, rules name any, criteria where they count.
    fn new(items: Vec<Item>, mut rule: Rule, adjusts: Vec<Adjust>, skip: bool, separate: bool) -> Self {
        let mut items: Vec<Item> = items
            .into_iter()
            .enumerate()
            .map(|(at, item)| Item {
                test: item.test.before(at),
                applies: item.applies.map(|cond| cond.before(at)),
                ..item
            })
            .collect();
        items.push(Item { test: Cond::OneOf(0, vec![0]), applies: None, definition: false, phases: Vec::new() });
        let criteria: Vec<usize> = (0..items.len()).filter(|at| !items[*at].definition).collect();
        let all = items.len();
        rule.place(all, &criteria);
        let adjusts = adjusts.into_iter().map(|adjust| Adjust { when: adjust.when.before(all), ..adjust }).collect();
        Self { items: Items(items), rule, adjusts, skip, separate }
    }
}
