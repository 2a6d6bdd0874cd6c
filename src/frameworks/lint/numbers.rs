//! Numbers without a printed source, and names that nothing reads.

use super::super::model::Basis;
use super::{Finding, Report};
use crate::frameworks::Framework;

/// Looks at thresholds and indicators.
pub fn check(framework: &Framework, report: &mut Report) {
    let resolved = &framework.resolved;
    for (threshold, users) in resolved.thresholds.iter().zip(&resolved.used_by) {
        let mut add = |rule, message: String| {
            report.add(Finding { rule, subject: threshold.name.clone(), at: threshold.at, message });
        };
        if threshold.basis == Basis::Default {
            add(
                "default_threshold",
                format!("line {} prints no number; the default is {}", threshold.line, threshold.written),
            );
        }
        if let Some(value) = framework.overrides.get(&threshold.name) {
            let message = format!("{value} is your number, no line prints it; the file has {}", threshold.written);
            add("threshold_without_source", message);
        }
        if users.is_empty() {
            add("unused_threshold", "nothing compares with it".to_owned());
        }
    }
    let mut tested = vec![false; resolved.indicators.len()];
    for var in &resolved.vars {
        tested.iter_mut().skip(var.indicator).take(1).for_each(|known| *known = true);
    }
    for (indicator, tested) in resolved.indicators.iter().zip(tested) {
        if !tested && !is_listed(framework, &indicator.name) {
            let (subject, at) = (indicator.name.clone(), indicator.at);
            report.add(Finding { rule: "unused_indicator", subject, at, message: "nothing reads it".to_owned() });
        }
    }
}

/// Whether a dataset row, register, target or printed figure names an indicator.
fn is_listed(framework: &Framework, name: &str) -> bool {
    let file = &framework.file;
    let datasets = file.dataset.iter().flat_map(|row| &row.indicators);
    let registers = file.register.iter().flat_map(|row| &row.column).filter_map(|column| column.indicator.as_ref());
    let targets = file.target.iter().flat_map(|row| &row.indicators);
    let figures = file.reference.iter().map(|row| &row.indicator);
    datasets.chain(registers).chain(targets).chain(figures).any(|listed| listed.get_ref() == name)
}
