//! The conditions of a framework by the name they are listed under.

use super::super::Framework;
use super::super::condition::Cond;
use super::super::model::{BestFit, Decide, Gates, Points};
use super::super::resolve::{Origin, Resolved, ResolvedRule};

/// A named condition.
#[derive(Debug, Clone)]
pub struct Clause<'a> {
    /// Name; of a requirement of best fit `require` and its category.
    pub id: String,
    /// Which list of the file it stands in.
    pub list: &'static str,
    /// Line of the document.
    pub line: Option<u32>,
    /// Bit `i` is set if it holds for the `i`-th phase.
    pub phases: u64,
    /// When it holds.
    pub cond: &'a Cond,
}

/// A rule of the file beside the resolved one.
struct Written<'a> {
    best_fit: Option<&'a BestFit>,
    gates: Option<&'a Gates>,
    points: Option<&'a Points>,
    /// The categories or levels it leads to.
    levels: &'a [String],
}

impl Framework {
    /// Every named condition that is in use.
    pub(super) fn clauses<'a>(&'a self, resolved: &'a Resolved) -> Vec<Clause<'a>> {
        let mut found = Vec::new();
        for item in &resolved.items {
            let list = match item.origin {
                Origin::Criterion(_) => "criterion",
                Origin::Flag(_) => "flag",
                Origin::Dataset(_) => "dataset",
                Origin::Definition(_) => "definition",
            };
            found.push(Clause {
                id: item.id.clone(),
                list,
                line: Some(item.line),
                phases: item.phases,
                cond: &item.cond,
            });
        }
        for constraint in &resolved.constraints {
            if let Some(row) = self.file.constraint.get(constraint.position) {
                let (id, phases, cond) = (row.id.get_ref().clone(), constraint.phases, &constraint.cond);
                found.push(Clause { id, list: "constraint", line: None, phases, cond });
            }
        }
        for adjust in &resolved.adjust {
            let line = self.file.adjust.get(adjust.position).map(|row| row.line);
            let (id, phases, cond) = (adjust.id.clone(), adjust.phases, &adjust.cond);
            found.push(Clause { id, list: "adjust", line, phases, cond });
        }
        for (row, result) in self.file.result.iter().zip(&resolved.results) {
            for rule in &result.rules {
                if let (Some(written), Some(cond)) = (row.rule.get(rule.position), &rule.when) {
                    let (id, line) = (written.id.get_ref().clone(), Some(written.line));
                    found.push(Clause { id, list: "result", line, phases: rule.phases, cond });
                }
            }
        }
        for (written, rule) in self.written_rules(resolved) {
            written.clauses(rule, &mut found);
        }
        found
    }

    /// The rules that lead to a category, those of a matrix included, as they are written and as they are used.
    fn written_rules<'a>(&'a self, resolved: &'a Resolved) -> Vec<(Written<'a>, &'a ResolvedRule)> {
        let (mut best_fit, mut gates, mut points) = (None, None, None);
        match (&self.file.decide, &resolved.rule) {
            (Decide::Matrix(matrix), ResolvedRule::Matrix { rows, columns, .. }) => {
                let sides = [(&matrix.rows, rows), (&matrix.columns, columns)];
                return sides
                    .map(|(sub, (levels, rule))| {
                        let written = Written {
                            best_fit: sub.best_fit.as_ref(),
                            gates: sub.gates.as_ref(),
                            points: sub.points.as_ref(),
                            levels,
                        };
                        (written, &**rule)
                    })
                    .into();
            }
            (Decide::BestFit(rule), _) => best_fit = Some(rule),
            (Decide::Gates(rule), _) => gates = Some(rule),
            (Decide::Points(rule), _) => points = Some(rule),
            (Decide::Matrix(_), _) => {}
        }
        vec![(Written { best_fit, gates, points, levels: &resolved.categories }, &resolved.rule)]
    }
}

impl<'a> Written<'a> {
    fn clauses(&self, rule: &'a ResolvedRule, found: &mut Vec<Clause<'a>>) {
        match rule {
            ResolvedRule::BestFit(fit) => {
                let Some(written) = self.best_fit else { return };
                for (category, cond) in &fit.require {
                    let name = self.levels.get(*category).map_or("", String::as_str);
                    let (id, line) = (format!("require {name}"), Some(written.line));
                    found.push(Clause { id, list: "require", line, phases: u64::MAX, cond });
                }
            }
            ResolvedRule::Gates(gates) => {
                for gate in &gates.gates {
                    if let Some(row) = self.gates.and_then(|written| written.gate.get(gate.position)) {
                        let (id, line) = (row.id.get_ref().clone(), Some(row.line));
                        found.push(Clause { id, list: "gate", line, phases: gate.phases, cond: &gate.cond });
                    }
                }
            }
            ResolvedRule::Points(points) => {
                let written = self.points.map(|written| written.measure.as_slice()).unwrap_or_default();
                for (row, measure) in written.iter().zip(&points.measures) {
                    for (cond, _) in &measure.scores {
                        let (id, line) = (row.id.get_ref().clone(), Some(row.line));
                        found.push(Clause { id, list: "measure", line, phases: measure.phases, cond });
                    }
                }
            }
            ResolvedRule::Matrix { .. } => {}
        }
    }
}
