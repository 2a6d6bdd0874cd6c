//! What lint says of all schools, against going through all of them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use schoolframe::error::Error;
use schoolframe::frameworks::Framework;

use super::check::{Case, case, completions, table};
use super::conditions::{Cond, School, VARS, World, values};
use super::frameworks::{BOTH, CATEGORIES, Effect, PHASES, Plan};
use super::rules::{Fit, Gates, Rule, for_phase};

/// Most schools that are gone through.
const MOST_SCHOOLS: usize = 3000;

/// A framework whose schools can all be gone through: its conditions read few things.
pub fn small(rule: impl Strategy<Value = Rule>) -> impl Strategy<Value = Case> {
    let few = |mut case: Case| {
        let plan = &mut case.plan;
        let narrow = |cond: &mut Cond| *cond = cond.clone().of_few();
        plan.items.0.iter_mut().for_each(|item| {
            narrow(&mut item.test);
            item.applies.iter_mut().for_each(narrow);
        });
        plan.adjusts.iter_mut().for_each(|adjust| narrow(&mut adjust.when));
        plan.rule.each_cond_mut(&mut |cond| narrow(cond));
        case
    };
    case(rule).prop_map(few).prop_filter("too many schools", |case| {
        case.plan.reads().into_iter().map(|var| values(var).len()).product::<usize>() <= MOST_SCHOOLS
    })
}

/// Every school of which everything that is read is known.
fn all_schools(plan: &Plan) -> Vec<School> {
    let mut found: Vec<School> = vec![(0..VARS.len()).map(|var| Some(values(var)[0])).collect()];
    for var in plan.reads() {
        let with = |school: &School, value: i32| {
            let mut school = school.clone();
            school[var] = Some(value);
            school
        };
        found = found.iter().flat_map(|school| values(var).into_iter().map(move |value| with(school, value))).collect();
    }
    found
}

struct Findings(Vec<[String; 3]>);

impl Findings {
    fn of(framework: &Framework) -> Result<Self, TestCaseError> {
        let lint = match framework.lint() {
            Err(Error::Input(message)) if message.contains("too many counts") => {
                return Err(TestCaseError::reject(message));
            }
            lint => lint.unwrap(),
        };
        let text = |name: &str, row| lint.column(name).unwrap().text(row).unwrap().to_owned();
        Ok(Self((0..lint.height()).map(|row| ["rule", "subject", "message"].map(|name| text(name, row))).collect()))
    }

    /// Subject and message of every finding of a rule.
    fn about(&self, rule: &str) -> Vec<(&str, &str)> {
        self.0.iter().filter(|row| row[0] == rule).map(|row| (row[1].as_str(), row[2].as_str())).collect()
    }

    /// Whether something is said of a subject in a phase.
    fn says(&self, rule: &str, subject: &str, phase: usize) -> bool {
        self.about(rule).iter().any(|(about, message)| *about == subject && is_in(message, phase))
    }
}

/// Whether a message is about a phase: about all, unless it ends with those that it is about.
fn is_in(message: &str, phase: usize) -> bool {
    message
        .rsplit_once(" (in ")
        .is_none_or(|(_, phases)| phases.trim_end_matches(')').split(", ").any(|name| name == PHASES[phase]))
}

/// What is true of the schools of a phase.
struct Truths {
    both: BTreeSet<(usize, usize)>,
    none: bool,
}

fn pair(better: usize, worse: usize) -> String {
    format!("{} and {}", CATEGORIES[better], CATEGORIES[worse])
}

/// What lint says about categories and clauses must be what going through all schools gives.
pub fn agrees(case: &Case) -> Result<(), TestCaseError> {
    let plan = &case.plan;
    let framework = Framework::from_toml(&plan.toml(), "random.toml").unwrap();
    let framework = if plan.skip { framework.with_reading("YEARS", "B").unwrap() } else { framework };
    let findings = Findings::of(&framework)?;
    prop_assert!(findings.about("not_worked_out").is_empty());
    let schools = all_schools(plan);
    for (phase, name) in PHASES.iter().enumerate().take(BOTH) {
        let truths = truths(plan, &schools, phase);
        for better in 0..CATEGORIES.len() {
            for worse in better + 1..CATEGORIES.len() {
                let found = findings.about("both_true").into_iter().any(|(subject, message)| {
                    subject == pair(better, worse) && !message.contains("majority") && is_in(message, phase)
                });
                prop_assert_eq!(found, truths.both.contains(&(better, worse)), "{} in {}", pair(better, worse), name);
            }
        }
        prop_assert_eq!(findings.says("none_true", "x", phase), truths.none, "no category in {}", name);
    }
    if let Rule::Gates(gates) = &plan.rule {
        deciding_gates(case, gates, &schools, &findings)?;
    }
    never_decisive(plan, &framework, &schools, &findings)
}

/// Whether an adjustment gives a category to schools without one.
fn gives_one(plan: &Plan, world: &World, phase: usize) -> bool {
    plan.adjusts.iter().any(|adjust| {
        let here = adjust.phases.is_empty() || adjust.phases.contains(&phase);
        let gives = match adjust.effect {
            Effect::To(_) => adjust.from.is_empty() || adjust.if_none,
            Effect::NoBetterThan(_) | Effect::NoWorseThan(_) => adjust.if_none,
            Effect::Moves(_) => false,
        };
        here && gives && !adjust.may && plan.items.holds(&adjust.when, world, phase, false)
    })
}

fn truths(plan: &Plan, schools: &[School], phase: usize) -> Truths {
    let conds = plan.items.in_phase(phase);
    let mut truths = Truths { both: BTreeSet::new(), none: false };
    for school in schools {
        let world = World { items: &conds, base: school, filled: school, skip: plan.skip };
        let levels: Vec<usize> = match &plan.rule {
            Rule::Gates(gates) => {
                let open = gates.gates.iter().filter(|gate| gates.is_open(gate, &plan.items, &world, phase));
                open.map(|gate| gate.level).collect()
            }
            Rule::Fit(fit) => {
                (0..CATEGORIES.len()).filter(|level| fit.is_full(*level, &plan.items, &world, phase)).collect()
            }
            Rule::Points(_) | Rule::Matrix(..) => Vec::new(),
        };
        for (better, worse) in levels.iter().flat_map(|one| levels.iter().map(move |other| (*one, *other))) {
            if better < worse {
                truths.both.insert((better, worse));
            }
        }
        let nothing = plan.rule.result(&plan.items, &world, phase).level.is_none();
        truths.none |= nothing && !gives_one(plan, &world, phase);
    }
    truths
}

/// A gate that is said never to decide decides for no school, also where values are missing. One of which that is not said
/// decides for some school, as far as lint looks.
fn deciding_gates(case: &Case, gates: &Gates, schools: &[School], findings: &Findings) -> Result<(), TestCaseError> {
    let plan = &case.plan;
    let said: BTreeMap<&str, &str> =
        ["shadowed", "never_decisive"].into_iter().flat_map(|rule| findings.about(rule)).collect();
    let mut decides = vec![false; gates.gates.len()];
    let reads = plan.reads();
    for phase in 0..BOTH {
        for school in schools {
            if let Some(gate) = plan.outcome(school, school, phase).gate {
                decides[gate] = true;
            }
        }
        for (values, known) in &case.schools {
            let base: School = values
                .iter()
                .zip(known)
                .enumerate()
                .map(|(var, (value, known))| (*known || !reads.contains(&var)).then_some(*value))
                .collect();
            for (_, outcome) in completions(plan, &base, &reads, phase).1 {
                if let Some(gate) = outcome.gate {
                    decides[gate] = true;
                }
            }
        }
    }
    let text = plan.toml();
    let whole = gates.contests.is_empty() && !plan.skip && !text.contains("first_known");
    for (at, decides) in decides.into_iter().enumerate() {
        let message = said.get(format!("decide-gate{at}").as_str());
        let asked = (0..BOTH).any(|phase| for_phase(&gates.gates[at].phases, phase));
        prop_assert!(!(decides && message.is_some()), "gate {} decides, and it is said: {:?}", at, message);
        prop_assert!(decides || !whole || !asked || message.is_some(), "gate {} never decides", at);
    }
    Ok(())
}

/// A criterion that is said never to decide: the category of no school depends on it.
fn never_decisive(
    plan: &Plan,
    framework: &Framework,
    schools: &[School],
    findings: &Findings,
) -> Result<(), TestCaseError> {
    for (subject, message) in findings.about("never_decisive") {
        let Some(item) = (0..plan.items.0.len()).find(|at| plan.items.id(*at) == subject) else { continue };
        for reason in message.split("; ") {
            for phase in (0..BOTH).filter(|phase| is_in(reason, *phase)) {
                same_for_all(plan, schools, (item, phase), reason)?;
            }
            // Both phases follow from each of them.
            if reason.starts_with("every school has the same category without it") && message == reason {
                // A list that is left too short for the number it asks for cannot be read any more.
                let Ok(without) = framework.without(subject) else { continue };
                for phase in PHASES.iter().enumerate().filter(|(phase, _)| is_in(reason, *phase)).map(|(_, name)| *name)
                {
                    let categories = |framework: &Framework| {
                        let frame = framework.assign(&table(schools), phase).unwrap().frame().unwrap();
                        let category = |row| frame.column("category").unwrap().text(row).map(str::to_owned);
                        (0..schools.len()).map(category).collect::<Vec<_>>()
                    };
                    prop_assert_eq!(categories(framework), categories(&without), "without {} in {}", subject, phase);
                }
            }
        }
    }
    Ok(())
}

/// A criterion that is said to be the same for every school is, in a phase.
fn same_for_all(
    plan: &Plan,
    schools: &[School],
    (item, phase): (usize, usize),
    reason: &str,
) -> Result<(), TestCaseError> {
    let conds = plan.items.in_phase(phase);
    for school in schools {
        let world = World { items: &conds, base: school, filled: school, skip: plan.skip };
        let counts = plan.items.counts(item, &world, phase);
        let met = world.holds(&conds[item]);
        let same = if reason.starts_with("no school can meet it") {
            !counts || !met
        } else if reason.starts_with("every school meets it") {
            !counts || met
        } else if reason.starts_with("it is asked of no school") {
            !counts
        } else {
            true
        };
        prop_assert!(same, "{} of {} in {}", reason, plan.items.id(item), PHASES[phase]);
    }
    Ok(())
}

impl Fit {
    /// Whether every criterion that is asked of a school for a level is met, and one is, and what it requires holds.
    fn is_full(&self, level: usize, items: &super::frameworks::Items, world: &World, phase: usize) -> bool {
        let Some(Some(count)) = self.count.get(level) else { return false };
        let asked: Vec<usize> = count.iter().copied().filter(|at| items.counts(*at, world, phase)).collect();
        let require = self.require.get(level).and_then(Option::as_ref);
        !asked.is_empty()
            && asked.iter().all(|at| world.holds(&world.items[*at]))
            && require.is_none_or(|cond| items.holds(cond, world, phase, true))
    }
}
