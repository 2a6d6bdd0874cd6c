//! Values of a choice or flag that count for two categories, or for none.

use std::collections::HashMap;

use super::super::condition::{Check, Cond};
use super::super::resolve::{Domain, Resolved};
use super::{Finding, Report};
use crate::frameworks::Framework;

/// Looks at every indicator that counted criteria ask for by itself.
pub fn check(framework: &Framework, report: &mut Report) {
    let resolved = &framework.resolved;
    let tests = single_tests(resolved);
    for (position, indicator) in resolved.indicators.iter().enumerate() {
        let Some(users) = tests.get(&position) else { continue };
        let size = match &indicator.domain {
            Domain::Flag => 2,
            Domain::Choice(values) => u8::try_from(values.len()).unwrap_or(u8::MAX),
            _ => continue,
        };
        let mut add =
            |rule, message| report.add(Finding { rule, subject: indicator.name.clone(), at: indicator.at, message });
        let mut unrewarded = Vec::new();
        for code in 0..size {
            let meets: Vec<&Single> = users.iter().filter(|test| test.values >> code & 1 == 1).collect();
            let value = indicator.value_name(code);
            if meets.is_empty() {
                unrewarded.push(value);
            }
            if let [first, .., last] = meets.as_slice()
                && first.category != last.category
                && first.values != last.values
            {
                let ids: Vec<&str> =
                    meets.iter().filter_map(|test| Some(resolved.items.get(test.item)?.id.as_str())).collect();
                add("overlap", format!("{value} counts for {}", ids.join(" and ")));
            }
        }
        if matches!(indicator.domain, Domain::Choice(_)) && !unrewarded.is_empty() {
            add("unrewarded_value", format!("no category counts {}", unrewarded.join(", ")));
        }
    }
}

/// A counted criterion that tests nothing but one indicator of this year.
struct Single {
    category: usize,
    item: usize,
    values: u64,
}

fn single_tests(resolved: &Resolved) -> HashMap<usize, Vec<Single>> {
    let mut found: HashMap<usize, Vec<Single>> = HashMap::new();
    for (category, item) in resolved.rule.counted() {
        if let Some(Cond::Leaf(leaf)) = resolved.items.get(item).map(|item| &item.cond)
            && let Check::Values(values) = leaf.check
            && let Some(var) = resolved.vars.get(leaf.var).filter(|var| var.back == 0)
        {
            found.entry(var.indicator).or_default().push(Single { category, item, values });
        }
    }
    found
}
