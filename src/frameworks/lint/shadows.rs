//! Clauses that can never be the one that decides, and clauses whose condition can never hold.
//!
//! What is said of a clause is said of every school and phase that asks for it, also where values are missing: a way of
//! holding a fact counts that is known first, whichever that is.

use std::collections::BTreeSet;

use super::super::model::{Decision, Prefer};
use super::super::resolve::{Effect, ResolvedAdjust, ResolvedGates, ResolvedPoints, ResolvedResult, ResolvedRule};
use super::categories::{Levels, rules};
use super::clauses::{Clauses, Seen};
use super::expr::Expr;
use super::place;
use super::scene::Scene;
use super::solve::Work;
use crate::frameworks::Framework;

/// Whether a clause can decide: it holds and none of those before it does. `before` names what stands in its way.
fn seen(scene: &Scene, cond: &Expr, before: &[Expr], names: impl FnOnce() -> String, work: &mut Work) -> Seen {
    let given = [scene.given.clone(), cond.clone()];
    if work.never(&Expr::all(given.clone()), &scene.space.all) {
        return Seen::Never("never_decisive", "its condition can never hold".to_owned());
    }
    if before.is_empty() {
        return Seen::Decides;
    }
    let first = Expr::all(given.into_iter().chain(before.iter().map(|other| scene.not(other))));
    if work.never(&first, &scene.space.all) {
        return Seen::Never("shadowed", format!("it can never decide: whenever it holds, so does {}", names()));
    }
    Seen::Decides
}

/// Those of some conditions that hold whenever another one does, or all of them if it takes several.
fn those_that_hold(scene: &Scene, cond: &Expr, before: &[(String, Expr)], work: &mut Work) -> String {
    let alone = before.iter().find(|(_, other)| {
        let without = Expr::all([scene.given.clone(), cond.clone(), scene.not(other)]);
        work.never(&without, &scene.space.all)
    });
    match alone {
        Some((id, _)) => id.clone(),
        None => {
            let ids: Vec<&str> = before.iter().map(|(id, _)| id.as_str()).collect();
            format!("one of {}", ids.join(", "))
        }
    }
}

/// Gates, scores and requirements of one phase.
pub fn of_rules(framework: &Framework, scene: &mut Scene, work: &mut Work, clauses: &mut Clauses) {
    for levels in rules(scene) {
        match levels.rule {
            ResolvedRule::Gates(rule) => of_gates(framework, scene, (&levels, rule), work, clauses),
            ResolvedRule::Points(rule) => of_points(framework, scene, (&levels, rule), work, clauses),
            ResolvedRule::BestFit(_) | ResolvedRule::Matrix { .. } => {}
        }
    }
}

fn of_gates<'a>(
    framework: &Framework,
    scene: &mut Scene<'a>,
    (levels, rule): (&Levels<'a>, &'a ResolvedGates),
    work: &mut Work,
    clauses: &mut Clauses,
) {
    let asked = scene.asked();
    let mut gates: Vec<_> = rule.gates.iter().filter(|gate| gate.phases & asked != 0).collect();
    match rule.prefer {
        Prefer::Best => gates.sort_by_key(|gate| gate.category),
        Prefer::Worst => gates.sort_by_key(|gate| std::cmp::Reverse(gate.category)),
    }
    let contested: BTreeSet<usize> = rule.contests.iter().flat_map(|contest| contest.between).collect();
    let exprs: Vec<Expr> = gates.iter().map(|gate| scene.expr(&gate.cond, None)).collect();
    for (at, (gate, cond)) in gates.iter().zip(&exprs).enumerate() {
        let key = (0, levels.side, gate.position);
        if clauses.decides(key) {
            continue;
        }
        // A category in a contest may win although the gate of another one stands before it.
        let stands = |other: usize| other == gate.category || !contested.contains(&gate.category);
        let before: Vec<(String, Expr)> = gates
            .iter()
            .zip(&exprs)
            .take(at)
            .filter(|(other, _)| stands(other.category))
            .map(|(other, expr)| (place::gate(framework, levels.side, other.position).0, expr.clone()))
            .collect();
        let others: Vec<Expr> = before.iter().map(|(_, expr)| expr.clone()).collect();
        let mut naming = Work::default();
        let names = || those_that_hold(scene, cond, &before, &mut naming);
        let seen = seen(scene, cond, &others, names, work);
        let place = place::gate(framework, levels.side, gate.position);
        clauses.add(scene, key, (place, gate.phases), seen);
    }
}

fn of_points<'a>(
    framework: &Framework,
    scene: &mut Scene<'a>,
    (levels, rule): (&Levels<'a>, &'a ResolvedPoints),
    work: &mut Work,
    clauses: &mut Clauses,
) {
    let asked = scene.asked();
    for (at, measure) in rule.measures.iter().enumerate().filter(|(_, measure)| measure.phases & asked != 0) {
        let mut before: Vec<(String, Expr)> = Vec::new();
        for (position, (cond, _)) in measure.scores.iter().enumerate() {
            let cond = scene.expr(cond, None);
            let others: Vec<Expr> = before.iter().map(|(_, expr)| expr.clone()).collect();
            let mut naming = Work::default();
            let names = || those_that_hold(scene, &cond, &before, &mut naming);
            let seen = seen(scene, &cond, &others, names, work);
            let score = place::score(framework, levels.side, &measure.id, position);
            clauses.add(scene, (1, 2 * at + levels.side, position), (score, measure.phases), seen);
            before.push((format!("score {}", position + 1), cond));
        }
    }
}

/// Adjustments of one phase: one that a later one always overrides, or that repeats the one just before it.
pub fn of_adjustments(framework: &Framework, scene: &mut Scene, work: &mut Work, clauses: &mut Clauses) {
    let rows = scene.adjustments();
    let exprs: Vec<Expr> = rows.iter().map(|row| scene.expr(&row.cond, None)).collect();
    for (at, (row, cond)) in rows.iter().zip(&exprs).enumerate() {
        let key = (2, 0, row.position);
        if clauses.decides(key) {
            continue;
        }
        let overrides = |other: &ResolvedAdjust| {
            other.from.is_empty() && matches!(other.effect, Effect::To(_)) && other.decision == Decision::Must
        };
        let later = rows.iter().zip(&exprs).skip(at + 1).filter(|(other, _)| overrides(other));
        let repeats = |other: &ResolvedAdjust| {
            other.effect == row.effect
                && other.from == row.from
                && other.if_none == row.if_none
                && other.decision == row.decision
                && !matches!(row.effect, Effect::Moves(_))
        };
        let just_before = rows.iter().zip(&exprs).take(at).next_back().filter(|(other, _)| repeats(other));
        let before: Vec<(String, Expr)> =
            later.chain(just_before).map(|(other, expr)| (other.id.clone(), expr.clone())).collect();
        let others: Vec<Expr> = before.iter().map(|(_, expr)| expr.clone()).collect();
        let mut naming = Work::default();
        let names = || those_that_hold(scene, cond, &before, &mut naming);
        let seen = seen(scene, cond, &others, names, work);
        clauses.add(scene, key, (place::adjust(framework, row.position), row.phases), seen);
    }
}

/// Rules of other results of one phase.
pub fn of_results(framework: &Framework, scene: &mut Scene, work: &mut Work, clauses: &mut Clauses) {
    let resolved = scene.resolved;
    for (result, row) in resolved.results.iter().enumerate() {
        of_result(framework, scene, (result, row), work, clauses);
    }
}

fn of_result<'a>(
    framework: &Framework,
    scene: &mut Scene<'a>,
    (result, row): (usize, &'a ResolvedResult),
    work: &mut Work,
    clauses: &mut Clauses,
) {
    let asked = scene.asked();
    let rules: Vec<_> = row.rules.iter().filter(|rule| rule.phases & asked != 0).collect();
    let exprs: Vec<Expr> =
        rules.iter().map(|rule| rule.when.as_ref().map_or(Expr::Known(true), |cond| scene.expr(cond, None))).collect();
    for (at, (rule, cond)) in rules.iter().zip(&exprs).enumerate() {
        let key = (3, result, rule.position);
        if clauses.decides(key) {
            continue;
        }
        // For each category the rule is for (any, and none, if it names none): the rules before it that are for it too.
        let every = (0..scene.resolved.categories.len()).map(Some).chain([None]);
        let categories: Vec<Option<usize>> = if rule.categories.is_empty() {
            every.collect()
        } else {
            rule.categories.iter().copied().map(Some).collect()
        };
        let mut last = Seen::Decides;
        for category in categories {
            let is_for = |other: &[usize]| other.is_empty() || category.is_some_and(|here| other.contains(&here));
            let before: Vec<(String, Expr)> = rules
                .iter()
                .zip(&exprs)
                .take(at)
                .filter(|(other, _)| is_for(&other.categories))
                .map(|(other, expr)| (place::result_rule(framework, result, other.position).0, expr.clone()))
                .collect();
            let others: Vec<Expr> = before.iter().map(|(_, expr)| expr.clone()).collect();
            let mut naming = Work::default();
            let names = || those_that_hold(scene, cond, &before, &mut naming);
            last = seen(scene, cond, &others, names, work);
            if matches!(last, Seen::Decides) {
                break;
            }
        }
        clauses.add(scene, key, (place::result_rule(framework, result, rule.position), rule.phases), last);
    }
}
