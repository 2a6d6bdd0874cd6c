//! Categories that nothing leads to, adjustments and readings that change nothing.

use std::collections::BTreeSet;

use super::super::resolve::{Effect, ResolvedAdjust};
use super::{Finding, Report, place};
use crate::frameworks::Framework;

/// Looks at adjustments and readings.
pub fn check(framework: &Framework, report: &mut Report) {
    let resolved = &framework.resolved;
    for row in resolved.adjust.iter().filter(|row| leads_nowhere(row, resolved.categories.len())) {
        let (subject, at) = place::adjust(framework, row.position);
        let message = "it leaves every category it starts from as it is".to_owned();
        report.add(Finding { rule: "adjustment_without_effect", subject, at, message });
    }
    readings(framework, report);
}

/// Categories that the policies of no phase lead to.
pub fn out_of_reach(framework: &Framework, reached: &BTreeSet<usize>, report: &mut Report) {
    for (_, row) in framework.file.category.iter().enumerate().filter(|(at, _)| !reached.contains(at)) {
        let at = framework.source.line(row.id.span().start);
        let message = "no combination of criteria leads to it".to_owned();
        report.add(Finding { rule: "category_out_of_reach", subject: row.id.get_ref().clone(), at, message });
    }
}

/// Whether an adjustment changes none of the categories it starts from.
fn leads_nowhere(row: &ResolvedAdjust, categories: usize) -> bool {
    let starts = |category: &usize| row.from.is_empty() || row.from.contains(category);
    let gives_one = row.if_none && !matches!(row.effect, Effect::Moves(_));
    let stays = |here: usize| match &row.effect {
        Effect::To(to) => *to == here,
        Effect::NoBetterThan(limit) => here >= *limit,
        Effect::NoWorseThan(limit) => here <= *limit,
        Effect::Moves(moves) => moves.iter().find(|(from, _)| *from == here).is_none_or(|(_, to)| *to == here),
    };
    !gives_one && (0..categories).filter(starts).all(stays)
}

fn readings(framework: &Framework, report: &mut Report) {
    let idle = match &framework.idle {
        Some(known) => known.to_vec(),
        // One that cannot be applied together with the chosen ones is passed over.
        None => framework.idle_options(|_| Ok(())).unwrap_or_default(),
    };
    for (id, letter) in idle {
        let reading = framework.file.reading.iter().find(|reading| reading.id.get_ref() == &id);
        let name = reading.and_then(|reading| reading.options.keys().find(|name| name.get_ref() == &letter));
        let at = name.map_or(1, |name| framework.source.line(name.span().start));
        let message = format!("option {letter} changes nothing under the other readings");
        report.add(Finding { rule: "reading_without_effect", subject: id, at, message });
    }
}
