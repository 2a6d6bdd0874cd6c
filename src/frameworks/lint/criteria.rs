//! Criteria that nothing uses, that count for a category they do not describe, or that cannot tell categories apart.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::condition::Cond;
use super::super::model::{Condition, Criterion, Kind, Node};
use super::super::resolve::Origin;
use super::{Finding, Report};
use crate::frameworks::Framework;

/// Looks at every criterion.
pub fn check(framework: &Framework, report: &mut Report) {
    let resolved = &framework.resolved;
    let counted = resolved.rule.counted();
    let row_of = |item: usize| match resolved.items.get(item)?.origin {
        Origin::Criterion(position) => framework.file.criterion.get(position),
        _ => None,
    };
    let line = |row: &Criterion| framework.source.line(row.id.span().start);
    for (category, item) in &counted {
        let (Some(row), Some(name)) = (row_of(*item), resolved.categories.get(*category)) else { continue };
        if row.category.get_ref() != name {
            let message = format!("counts for {name} and describes {}", row.category.get_ref());
            let subject = row.id.get_ref().clone();
            report.add(Finding { rule: "other_category", subject, at: line(row), message });
        }
    }
    let counts: HashSet<usize> = counted.iter().map(|(_, item)| *item).collect();
    let beside: HashSet<(&str, &str)> = counts
        .iter()
        .filter_map(|item| row_of(*item))
        .map(|row| (row.part.as_str(), row.category.get_ref().as_str()))
        .collect();
    let used = used(framework);
    let adjusts: HashSet<usize> = resolved.adjust.iter().flat_map(|adjust| items_of(&adjust.cond)).collect();
    // Parts of the paper that only inform: one finding for each.
    let mut parts: BTreeMap<&str, (bool, Vec<usize>)> = BTreeMap::new();
    for (item, row) in (0..resolved.items.len()).filter_map(|item| Some((item, row_of(item)?))) {
        let (in_use, lines) = parts.entry(row.part.as_str()).or_default();
        *in_use |= counts.contains(&item) || used.contains(&item);
        lines.push(line(row));
    }
    parts.retain(|_, (in_use, lines)| !*in_use && lines.len() > 1);
    for (part, (_, lines)) in &parts {
        let at = lines.first().copied().unwrap_or(1);
        let message = format!("none of its {} criteria is counted, and nothing else refers to them", lines.len());
        report.add(Finding { rule: "unused_criterion", subject: (*part).to_owned(), at, message });
    }
    for (item, row) in (0..resolved.items.len()).filter_map(|item| Some((item, row_of(item)?))) {
        if framework.dropped.contains(row.id.get_ref())
            || counts.contains(&item)
            || parts.contains_key(row.part.as_str())
        {
            continue;
        }
        let category = row.category.get_ref();
        let others_count = beside.contains(&(row.part.as_str(), category.as_str()));
        let mut add = |rule, message: String| {
            report.add(Finding { rule, subject: row.id.get_ref().clone(), at: line(row), message });
        };
        if others_count && !adjusts.contains(&item) {
            add("not_counted", format!("does not count for {category} although others of {} do", row.part));
        } else if !used.contains(&item) && matches!(row.kind, Kind::Data | Kind::Judgement | Kind::Inspection) {
            add("unused_criterion", "no category counts it and nothing else refers to it".to_owned());
        }
    }
    same_tests(framework, &counted, report);
}

/// Counted criteria with the same test.
fn same_tests(framework: &Framework, counted: &[(usize, usize)], report: &mut Report) {
    let resolved = &framework.resolved;
    // Only tests of the same variables can be the same.
    let mut by_vars: HashMap<Vec<usize>, Vec<usize>> = HashMap::new();
    for (_, second) in counted {
        let Some(b) = resolved.items.get(*second) else { continue };
        let mut vars = items_of(&b.cond);
        b.cond.each_leaf(&mut |leaf| vars.push(leaf.var));
        let alike = by_vars.entry(vars).or_default();
        for a in alike.iter().filter_map(|first| resolved.items.get(*first)).filter(|a| a.cond == b.cond) {
            let message = format!("always holds together with {}: it cannot tell them apart", a.id);
            report.add(Finding { rule: "same_test", subject: b.id.clone(), at: b.at, message });
        }
        alike.push(*second);
    }
}

fn items_of(cond: &Cond) -> Vec<usize> {
    let mut found = Vec::new();
    cond.each_item(&mut |item| found.push(item));
    found
}

/// Items that anything refers to: rules, adjustments, results, constraints, other items, descriptors, options of readings.
fn used(framework: &Framework) -> BTreeSet<usize> {
    let resolved = &framework.resolved;
    let mut found: BTreeSet<usize> = resolved.rule.descriptors().into_iter().map(|(_, item)| item).collect();
    let mut add = |cond: &Cond| found.extend(items_of(cond));
    resolved.rule.each_cond(&mut |cond| add(cond));
    resolved.adjust.iter().for_each(|row| add(&row.cond));
    resolved.constraints.iter().for_each(|row| add(&row.cond));
    resolved.results.iter().flat_map(|row| &row.rules).filter_map(|rule| rule.when.as_ref()).for_each(&mut add);
    for item in &resolved.items {
        std::iter::once(&item.cond).chain(&item.applies).chain(&item.also).for_each(&mut add);
    }
    let mut names: HashSet<&str> = HashSet::new();
    for choice in framework.file.reading.iter().flat_map(|reading| reading.options.values()) {
        names.extend(choice.count_add.values().flatten().map(|id| id.get_ref().as_str()));
        choice.tests.values().chain(choice.require.values()).for_each(|node| named(node, &mut names));
    }
    let by_name = resolved.items.iter().enumerate().filter(|(_, item)| names.contains(item.id.as_str()));
    found.extend(by_name.map(|(at, _)| at));
    found
}

/// The names of criteria in a condition as it is written.
fn named<'a>(node: &'a Node, names: &mut HashSet<&'a str>) {
    match node.get_ref() {
        Condition::Criterion(id) => {
            names.insert(id);
        }
        Condition::Test(test) => {
            let lists = [&test.all, &test.any, &test.of, &test.first_known];
            lists.into_iter().flatten().flatten().chain(&test.not).for_each(|part| named(part, names));
        }
    }
}
