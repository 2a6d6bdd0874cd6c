//! Criteria that never decide: met by no school or by every school, or such that each school has the same category
//! without them.

use std::collections::BTreeSet;

use super::super::condition::Cond;
use super::super::model::{ContestBy, Prefer};
use super::super::resolve::{ResolvedGates, ResolvedRule};
use super::categories::{Levels, rules};
use super::clauses::{Clauses, Seen};
use super::expr::Expr;
use super::scene::Scene;
use super::solve::Work;

/// Looks at every criterion that takes part in deciding in one phase.
pub fn check(scene: &mut Scene, work: &mut Work, clauses: &mut Clauses) {
    let asked = scene.asked();
    let resolved = scene.resolved;
    let counted: BTreeSet<usize> = rules(scene)
        .iter()
        .flat_map(|levels| levels.rule.counted())
        .map(|(_, item)| item)
        .filter(|_| scene.decides())
        .collect();
    let rests = behind_counts(scene);
    let named = named(scene);
    for (item, row) in resolved.items.iter().enumerate() {
        let counts = counted.contains(&item);
        if work.is_spent() {
            return;
        }
        if row.is_definition() || row.phases & asked == 0 || !(counts || named.contains(&item)) {
            continue;
        }
        let key = (4, 0, item);
        if clauses.decides(key) {
            continue;
        }
        let seen = match constant(scene, item, counts, work) {
            Some(message) => Seen::Never("never_decisive", message.to_owned()),
            None if counts || rests.contains(&item) || changes_something(scene, item, work) => Seen::Decides,
            None => {
                let message = "every school has the same category without it".to_owned();
                Seen::Never("never_decisive", message)
            }
        };
        clauses.add(scene, key, ((row.id.clone(), row.at), row.phases), seen);
    }
}

/// The items that counts rest on, through others too: criteria of best fit, descriptors that settle a contest. What a
/// single one of them changes is not worked out.
fn behind_counts(scene: &Scene) -> BTreeSet<usize> {
    let mut open: Vec<usize> = Vec::new();
    for levels in rules(scene) {
        open.extend(levels.rule.counted().into_iter().map(|(_, item)| item));
        if let ResolvedRule::Gates(rule) = levels.rule
            && rule.contests.iter().any(|contest| contest.by == ContestBy::Descriptors)
        {
            open.extend(rule.gates.iter().flat_map(|gate| gate.descriptors.iter().copied()));
        }
    }
    let mut found = BTreeSet::new();
    while let Some(item) = open.pop() {
        if found.insert(item)
            && let Some(row) = scene.resolved.items.get(item)
        {
            let mut add = |cond: &Cond| cond.each_item(&mut |other| open.push(other));
            add(&row.cond);
            row.applies.iter().for_each(add);
        }
    }
    found
}

/// The items that the rules or the adjustments of a phase rest on, through others too.
fn named(scene: &Scene) -> BTreeSet<usize> {
    let mut open: Vec<usize> = Vec::new();
    if scene.decides() {
        scene.resolved.rule.each_cond(&mut |cond| cond.each_item(&mut |item| open.push(item)));
    }
    for row in scene.adjustments() {
        row.cond.each_item(&mut |item| open.push(item));
    }
    let mut found = BTreeSet::new();
    while let Some(item) = open.pop() {
        if found.insert(item)
            && let Some(row) = scene.resolved.items.get(item)
        {
            row.cond.each_item(&mut |other| open.push(other));
        }
    }
    found
}

/// What is wrong with a criterion that is the same for every school it is asked of.
fn constant(scene: &mut Scene, item: usize, counts: bool, work: &mut Work) -> Option<&'static str> {
    let resolved = scene.resolved;
    let applies = resolved.items.get(item).and_then(|row| row.applies.as_ref()).filter(|_| counts);
    let applies = applies.map_or(Expr::Known(true), |cond| scene.expr(cond, None));
    let met = scene.item(item);
    let asked = Expr::all([scene.given.clone(), applies]);
    let all = &scene.space.all;
    if work.never(&Expr::all([asked.clone(), met.clone()]), all) {
        let never_asked = work.never(&asked, all);
        return Some(if never_asked { "it is asked of no school" } else { "no school can meet it" });
    }
    work.never(&Expr::all([asked, scene.not(&met)]), all).then_some("every school meets it")
}

/// Whether some school may have another category without an item.
fn changes_something(scene: &mut Scene, item: usize, work: &mut Work) -> bool {
    for row in scene.adjustments() {
        if differs(scene, &row.cond, item, work) {
            return true;
        }
    }
    scene.decides()
        && rules(scene).iter().any(|levels| match levels.rule {
            ResolvedRule::Gates(rule) => gates_change(scene, levels, rule, item, work),
            rule => conds_of(rule).into_iter().any(|cond| differs(scene, cond, item, work)),
        })
}

fn conds_of(rule: &ResolvedRule) -> Vec<&Cond> {
    let mut found = Vec::new();
    rule.each_cond(&mut |cond| found.push(cond));
    found
}

/// A condition with and without an item.
fn both<'a>(scene: &mut Scene<'a>, cond: &'a Cond, item: usize) -> [Expr; 2] {
    let with = scene.expr(cond, None);
    let without = if scene.refers_to(cond, item) { scene.expr(cond, Some(item)) } else { with.clone() };
    [with, without]
}

/// Whether a condition may hold for a school with an item and not without it, or the other way round.
fn differs<'a>(scene: &mut Scene<'a>, cond: &'a Cond, item: usize, work: &mut Work) -> bool {
    let pair = both(scene, cond, item);
    pair.iter().for_each(|expr| expr.each(&mut |_, _| work.spend(1)));
    pair[0] != pair[1] && !work.never(&apart(scene, &pair), &scene.space.all)
}

/// That one of two conditions holds and the other does not.
fn apart(scene: &Scene, [one, other]: &[Expr; 2]) -> Expr {
    let either = Expr::any([Expr::all([one.clone(), scene.not(other)]), Expr::all([scene.not(one), other.clone()])]);
    Expr::all([scene.given.clone(), either])
}

/// Whether the first category one of whose gates holds may be another one without an item.
fn gates_change<'a>(
    scene: &mut Scene<'a>,
    levels: &Levels<'a>,
    rule: &'a ResolvedGates,
    item: usize,
    work: &mut Work,
) -> bool {
    let asked = scene.asked();
    let gates: Vec<_> = rule.gates.iter().filter(|gate| gate.phases & asked != 0).collect();
    if !gates.iter().any(|gate| scene.refers_to(&gate.cond, item)) {
        return false;
    }
    if !rule.contests.is_empty() {
        return gates.iter().any(|gate| differs(scene, &gate.cond, item, work));
    }
    let mut order: Vec<usize> = (0..levels.names.len()).collect();
    if rule.prefer == Prefer::Worst {
        order.reverse();
    }
    let mut before: Vec<Expr> = Vec::new();
    for level in order {
        let mut holds = [Vec::new(), Vec::new()];
        for gate in gates.iter().filter(|gate| gate.category == level) {
            let pair = both(scene, &gate.cond, item);
            pair.iter().for_each(|expr| expr.each(&mut |_, _| work.spend(1)));
            holds.iter_mut().zip(pair).for_each(|(list, expr)| list.push(expr));
        }
        let holds = holds.map(Expr::any);
        if holds[0] != holds[1] {
            let parts = before.iter().cloned().chain([apart(scene, &holds)]);
            if !work.never(&Expr::all(parts), &scene.space.all) {
                return true;
            }
        }
        before.extend(holds.iter().map(|expr| scene.not(expr)));
        before.dedup();
    }
    false
}
