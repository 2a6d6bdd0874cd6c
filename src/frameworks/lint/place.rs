//! Names of clauses with the line of the file they stand in.

use super::super::model::{BestFit, Decide, Gates, Name, Points};
use crate::frameworks::Framework;

/// A name and its line.
pub type Place = (String, usize);

fn of(framework: &Framework, name: Option<&Name>) -> Place {
    let known = |name: &Name| (name.get_ref().clone(), framework.source.line(name.span().start));
    name.map_or_else(|| (String::new(), 1), known)
}

/// The rules as they are written: of the whole, or of one side of a matrix (0 for rows, 1 for columns).
fn written(framework: &Framework, side: usize) -> (Option<&BestFit>, Option<&Gates>, Option<&Points>) {
    match &framework.file.decide {
        Decide::BestFit(fit) => (Some(fit), None, None),
        Decide::Gates(gates) => (None, Some(gates), None),
        Decide::Points(points) => (None, None, Some(points)),
        Decide::Matrix(matrix) => {
            let sub = if side == 0 { &matrix.rows } else { &matrix.columns };
            (sub.best_fit.as_ref(), sub.gates.as_ref(), sub.points.as_ref())
        }
    }
}

/// A gate by its position in the file.
pub fn gate(framework: &Framework, side: usize, position: usize) -> Place {
    of(framework, written(framework, side).1.and_then(|gates| gates.gate.get(position)).map(|gate| &gate.id))
}

/// A contest by its position in the file.
pub fn contest(framework: &Framework, side: usize, position: usize) -> Place {
    of(framework, written(framework, side).1.and_then(|gates| gates.contest.get(position)).map(|contest| &contest.id))
}

/// A category (or level) that criteria count for.
pub fn counted(framework: &Framework, side: usize, category: &str) -> Place {
    let fit = written(framework, side).0;
    of(framework, fit.and_then(|fit| fit.count.keys().find(|name| name.get_ref() == category)))
}

/// A score by the name of its measure and its position there.
pub fn score(framework: &Framework, side: usize, measure: &str, position: usize) -> Place {
    let points = written(framework, side).2;
    let measure = points.and_then(|points| points.measure.iter().find(|row| row.id.get_ref() == measure));
    let (_, at) = of(framework, measure.and_then(|row| row.score.get(position)).map(|score| &score.points));
    (measure.map_or_else(String::new, |row| format!("{}, score {}", row.id.get_ref(), position + 1)), at)
}

/// An adjustment by its position in the file.
pub fn adjust(framework: &Framework, position: usize) -> Place {
    of(framework, framework.file.adjust.get(position).map(|row| &row.id))
}

/// A rule of another result by its position in the file.
pub fn result_rule(framework: &Framework, result: usize, position: usize) -> Place {
    let rule = framework.file.result.get(result).and_then(|row| row.rule.get(position));
    of(framework, rule.map(|rule| &rule.id))
}
