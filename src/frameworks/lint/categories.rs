//! Categories that are true at once, and schools for which none is.

use super::super::condition::Needed;
use super::super::model::{ContestBy, Needs, Prefer, Tie};
use super::super::resolve::{Effect, ResolvedFit, ResolvedGates, ResolvedRule};
use super::expr::Expr;
use super::front::{Counts, front};
use super::scene::Scene;
use super::solve::{Answer, Work};
use super::{Report, place};
use crate::frameworks::Framework;
use crate::frameworks::model::Decision;

/// A rule with the names of its levels: the categories, or the levels of one side of a matrix.
pub struct Levels<'a> {
    pub rule: &'a ResolvedRule,
    pub names: &'a [String],
    /// What the rule gives: category, row, column.
    pub word: &'static str,
    /// 1 for the columns of a matrix, otherwise 0.
    pub side: usize,
}

/// The rules of a framework that lead to categories or levels.
pub fn rules<'a>(scene: &Scene<'a>) -> Vec<Levels<'a>> {
    match &scene.resolved.rule {
        ResolvedRule::Matrix { rows, columns, .. } => vec![
            Levels { rule: &rows.1, names: &rows.0, word: "row", side: 0 },
            Levels { rule: &columns.1, names: &columns.0, word: "column", side: 1 },
        ],
        rule => vec![Levels { rule, names: &scene.resolved.categories, word: "category", side: 0 }],
    }
}

/// Looks for both faults in one phase.
pub fn check(framework: &Framework, scene: &mut Scene, work: &mut Work, report: &mut Report) {
    for levels in rules(scene) {
        match levels.rule {
            ResolvedRule::Gates(gates) => gates_at_once(framework, scene, &levels, gates, work, report),
            ResolvedRule::BestFit(fit) => best_fit(framework, scene, &levels, fit, work, report),
            // A sum of points always lies in one band; a matrix has no matrix for a side.
            ResolvedRule::Points(_) | ResolvedRule::Matrix { .. } => {}
        }
    }
}

/// A school of which every value is known and for which something holds.
fn example(scene: &Scene, expr: &Expr, work: &mut Work) -> Option<Vec<u128>> {
    let expr = Expr::all([scene.given.clone(), expr.clone()]);
    if !scene.is_real(&expr) {
        work.gave_up = true;
        return None;
    }
    match work.ask(&expr, &scene.space.complete) {
        Answer::Example(example) => Some(example),
        Answer::Never | Answer::Open => None,
    }
}

/// What an example needs for a condition, in words, after a comma.
fn written(scene: &Scene, example: &[u128], of: &Expr) -> String {
    match scene.space.written(example, of) {
        Some(values) if !values.is_empty() => format!(", for example where {values}"),
        _ => String::new(),
    }
}

fn gates_at_once<'a>(
    framework: &Framework,
    scene: &mut Scene<'a>,
    levels: &Levels<'a>,
    rule: &'a ResolvedGates,
    work: &mut Work,
    report: &mut Report,
) {
    let asked = scene.asked();
    let mut gates = Vec::new();
    for gate in rule.gates.iter().filter(|gate| gate.phases & asked != 0) {
        gates.push((gate, scene.expr(&gate.cond, None)));
    }
    let name = |level: usize| levels.names.get(level).map_or("", String::as_str);
    for better in 0..levels.names.len() {
        for worse in better + 1..levels.names.len() {
            let holds = |level| {
                Expr::any(gates.iter().filter(|(gate, _)| gate.category == level).map(|(_, expr)| expr.clone()))
            };
            let both = Expr::all([holds(better), holds(worse)]);
            let Some(found) = example(scene, &both, work) else { continue };
            let held = |level| {
                let mut here = gates.iter().filter(|(gate, _)| gate.category == level);
                let holding = here.clone().find(|(_, expr)| expr.within(&found, &mut 0) == Expr::Known(true));
                holding.or_else(|| here.next()).map(|(gate, _)| *gate)
            };
            let (Some(one), Some(other)) = (held(better), held(worse)) else { continue };
            let ids = [one, other].map(|gate| place::gate(framework, levels.side, gate.position));
            let settled = match rule.contests.iter().position(|contest| contest.between == [better, worse]) {
                Some(at) => settled_by_contest(framework, rule, levels, at),
                None => {
                    let wins = if rule.prefer == Prefer::Best { better } else { worse };
                    format!("the order of preference gives {}", name(wins))
                }
            };
            let alone = Expr::all([scene.given.clone(), holds(better), scene.not(&holds(worse))]);
            let nested = if work.never(&alone, &scene.space.complete) {
                format!("; {} never holds without {}", name(better), name(worse))
            } else {
                String::new()
            };
            let message = format!(
                "gates {} ({}) and {} ({}) hold at once{}{nested}; {settled}",
                ids[0].0,
                name(better),
                ids[1].0,
                name(worse),
                written(scene, &found, &both)
            );
            report.in_phase(scene, "both_true", format!("{} and {}", name(better), name(worse)), ids[1].1, message);
        }
    }
    let none = Expr::all(gates.iter().map(|(_, expr)| scene.not(expr)));
    let at = gates.first().map_or(1, |(gate, _)| place::gate(framework, levels.side, gate.position).1);
    nothing_holds(framework, scene, levels, none, ("no gate holds", at), work, report);
}

fn settled_by_contest(framework: &Framework, rule: &ResolvedGates, levels: &Levels, at: usize) -> String {
    let id = place::contest(framework, levels.side, at).0;
    let Some(contest) = rule.contests.get(at) else { return String::new() };
    let name =
        |side: usize| contest.between.get(side).and_then(|level| levels.names.get(*level)).map_or("", String::as_str);
    match contest.by {
        ContestBy::Descriptors => format!("{id} settles it by the descriptors that are met"),
        ContestBy::Lower => format!("{id} gives {}", name(1)),
        ContestBy::Higher => format!("{id} gives {}", name(0)),
    }
}

/// Reports a school for which nothing holds, unless an adjustment gives it a category all the same.
fn nothing_holds<'a>(
    framework: &Framework,
    scene: &mut Scene<'a>,
    levels: &Levels<'a>,
    none: Expr,
    (what, at): (&str, usize),
    work: &mut Work,
    report: &mut Report,
) {
    let mut parts = vec![none];
    for adjust in scene.adjustments().into_iter().filter(|row| row.decision == Decision::Must) {
        let gives = match adjust.effect {
            Effect::To(_) => adjust.from.is_empty() || adjust.if_none,
            Effect::NoBetterThan(_) | Effect::NoWorseThan(_) => adjust.if_none,
            Effect::Moves(_) => false,
        };
        if gives {
            let holds = scene.expr(&adjust.cond, None);
            parts.push(scene.not(&holds));
        }
    }
    let nothing = Expr::all(parts);
    if let Some(found) = example(scene, &nothing, work) {
        let message = format!("{what} and there is no {}{}", levels.word, written(scene, &found, &nothing));
        report.in_phase(scene, "none_true", framework.id().to_owned(), at, message);
    }
}

/// A category of best fit with its conditions.
struct Fitting {
    level: usize,
    /// For each criterion: when it is asked, when it is met.
    criteria: Vec<(Expr, Expr)>,
    require: Expr,
}

impl Fitting {
    fn full(&self, scene: &Scene) -> Expr {
        let every = self.criteria.iter().map(|(asked, met)| Expr::any([scene.not(asked), met.clone()]));
        let one = Expr::any(self.criteria.iter().map(|(_, met)| met.clone()));
        Expr::all(every.chain([one, self.require.clone()]))
    }
}

fn best_fit<'a>(
    framework: &Framework,
    scene: &mut Scene<'a>,
    levels: &Levels<'a>,
    fit: &'a ResolvedFit,
    work: &mut Work,
    report: &mut Report,
) {
    let asked = scene.asked();
    let mut members = Vec::new();
    for member in &fit.members {
        let mut criteria = Vec::new();
        for item in &member.items {
            let Some(row) = scene.resolved.items.get(*item).filter(|row| row.phases & asked != 0) else { continue };
            let applies = row.applies.as_ref().map_or(Expr::Known(true), |cond| scene.expr(cond, None));
            let met = Expr::all([applies.clone(), scene.item(*item)]);
            criteria.push((applies, met));
        }
        let require = fit.require.iter().find(|(level, _)| *level == member.category);
        let require = require.map_or(Expr::Known(true), |(_, cond)| scene.expr(cond, None));
        members.push(Fitting { level: member.category, criteria, require });
    }
    let name = |level: usize| levels.names.get(level).map_or("", String::as_str);
    for (at, better) in members.iter().enumerate() {
        for worse in members.iter().skip(at + 1) {
            let subject = format!("{} and {}", name(better.level), name(worse.level));
            let line = place::counted(framework, levels.side, name(worse.level)).1;
            let full = Expr::all([better.full(scene), worse.full(scene)]);
            if let Some(found) = example(scene, &full, work) {
                let wins = if fit.needs == Needs::HighestShare && fit.tie == Tie::Lower { worse } else { better };
                let message = format!(
                    "every criterion of both is met{}; of two full ones {} is taken",
                    written(scene, &found, &full),
                    name(wins.level)
                );
                report.in_phase(scene, "both_true", subject, line, message);
            } else if fit.needs == Needs::HighestShare && both_have_a_majority(scene, fit, [better, worse], work) {
                report.majorities(scene, subject, line);
            }
        }
    }
    let out = |member: &Fitting| match fit.needs {
        Needs::All => scene.not(&member.full(scene)),
        Needs::HighestShare => {
            Expr::any([Expr::all(member.criteria.iter().map(|(_, met)| scene.not(met))), scene.not(&member.require)])
        }
    };
    let none = Expr::all(members.iter().map(out).collect::<Vec<Expr>>());
    let what = match fit.needs {
        Needs::All => "no category has all of its criteria met",
        Needs::HighestShare if fit.require.is_empty() => "no counted criterion is met",
        Needs::HighestShare => "no counted criterion is met of a category whose requirement holds",
    };
    let at = members.first().map_or(1, |member| place::counted(framework, levels.side, name(member.level)).1);
    nothing_holds(framework, scene, levels, none, (what, at), work, report);
}

fn both_have_a_majority(scene: &Scene, fit: &ResolvedFit, members: [&Fitting; 2], work: &mut Work) -> bool {
    if fit.majority >= 100.0 {
        return false;
    }
    let given = Expr::all(std::iter::once(&scene.given).chain(members.iter().map(|member| &member.require)).cloned());
    let needed = |member: &&Fitting| {
        let all = member.criteria.len();
        let least = Needed::MoreThan(fit.majority).of(all);
        Expr::at_least(least, member.criteria.iter().map(|(_, met)| met.clone()))
    };
    // As if all criteria were asked: what is met then is a majority of fewer, too.
    let enough = Expr::all(members.iter().map(needed).chain([given.clone()]));
    let always_asked =
        members.iter().all(|member| member.criteria.iter().all(|(asked, _)| *asked == Expr::Known(true)));
    if !scene.is_real(&enough) {
        work.gave_up = true;
        return false;
    }
    match work.ask(&enough, &scene.space.complete) {
        Answer::Example(_) => return !members.iter().any(|member| member.criteria.is_empty()),
        Answer::Never if always_asked => return false,
        Answer::Never | Answer::Open => {}
    }
    // In millionths of a per cent: what a criterion adds to 100 times those met less the majority of those asked.
    #[expect(clippy::cast_possible_truncation, reason = "limited to what fits")]
    let majority = (fit.majority * 1e6).round().clamp(-1e14, 1e14) as i64;
    let criteria: Vec<Counts> = members
        .iter()
        .enumerate()
        .flat_map(|(side, member)| {
            member.criteria.iter().map(move |(asked, met)| Counts { side, asked: asked.clone(), met: met.clone() })
        })
        .collect();
    let weights = (100_000_000_i64.saturating_sub(majority), majority.saturating_neg());
    let pairs = front(&criteria, &[given], weights, &scene.space.complete, work);
    pairs.is_some_and(|pairs| pairs.iter().any(|pair| pair.iter().all(|sum| *sum > 0)))
}
