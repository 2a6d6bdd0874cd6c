//! How criteria become a category, step by step, as a table.

use super::condition::Cond;
use super::listing::{Texts, text};
use super::model::{Combination, ContestBy, Decide, Decision, Denominator, Descriptors, Needs, Prefer, Tie};
use super::resolve::{Effect, ResolvedFit, ResolvedGates, ResolvedPoints, ResolvedRule};
use super::{Framework, describe};
use crate::error::Result;
use crate::table::{Column, Table};

/// Rows of the listing.
struct Steps {
    texts: Texts,
    from: Vec<Option<Vec<String>>>,
    descriptors: Vec<Option<Vec<String>>>,
    phases: Vec<Option<Vec<String>>>,
    lines: Vec<Option<i64>>,
}

/// One row of the listing.
struct Row<'a> {
    step: &'a str,
    what: &'a str,
    category: Option<String>,
    must: bool,
    condition: Option<String>,
    words: String,
    note: Option<String>,
    from: Vec<String>,
    descriptors: Vec<String>,
    phases: Vec<String>,
    line: Option<u32>,
}

impl Default for Row<'_> {
    fn default() -> Self {
        let (step, what, words) = ("", "", String::new());
        let (from, descriptors, phases) = (Vec::new(), Vec::new(), Vec::new());
        let (category, condition, note, line) = (None, None, None, None);
        Self { step, what, category, must: true, condition, words, note, from, descriptors, phases, line }
    }
}

impl Steps {
    fn add(&mut self, row: Row) {
        let decision = text(if row.must { "must" } else { "may" });
        self.texts.push([
            text(row.step),
            text(row.what),
            row.category,
            decision,
            row.condition,
            Some(row.words),
            row.note,
        ]);
        self.from.push(Some(row.from));
        self.descriptors.push(Some(row.descriptors));
        self.phases.push(Some(row.phases));
        self.lines.push(row.line.map(i64::from));
    }
}

impl Framework {
    /// How criteria become a category, step by step: `step`, `what` (`best_fit`, require, gate, contest, measure, band, matrix,
    /// combine, to, `no_better_than`, `no_worse_than`, moves, result, support), `category` (or level, or value), `decision` (must,
    /// may), `condition`, `text`, `note`, `from` (categories it starts from; any if empty), `descriptors` (of a gate), `phases` (all if empty), `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn policy(&self) -> Result<Table> {
        let mut steps = Steps {
            texts: Texts::new(&["step", "what", "category", "decision", "condition", "text", "note"]),
            from: Vec::new(),
            descriptors: Vec::new(),
            phases: Vec::new(),
            lines: Vec::new(),
        };
        self.rule_steps(&mut steps);
        for row in &self.file.combine {
            let phase = self.resolved.phases.iter().position(|known| known == row.phase.get_ref());
            let rule =
                phase.and_then(|at| self.resolved.combined.get(at)?.as_ref()).map_or(row.rule, |(_, rule)| *rule);
            let of: Vec<&str> = row.of.iter().map(|name| name.get_ref().as_str()).collect();
            let words = match rule {
                Combination::Worse => format!("The worse of {}; none if one of them has none", of.join(" and ")),
                Combination::Separate => format!("{} are reported; there is no category for both", of.join(" and ")),
            };
            let phases = vec![row.phase.get_ref().clone()];
            let (step, line) = (row.id.get_ref(), Some(row.line));
            let note = row.note.clone();
            steps.add(Row { step, what: "combine", words, note, phases, line, ..Row::default() });
        }
        self.adjust_steps(&mut steps);
        self.result_steps(&mut steps);
        if let Some(model) = &self.file.support_model {
            let cumulative = self.resolved.support_cumulative;
            let words = if cumulative {
                "Support adds to that of other categories"
            } else {
                "Each list of support stands alone"
            };
            let note = model.note.as_ref().map_or_else(String::new, |note| format!(". {note}"));
            let (words, line) = (format!("{words}{note}"), Some(model.line));
            steps.add(Row { step: "support", what: "support", words, line, ..Row::default() });
        }
        let mut columns = steps.texts.columns();
        columns.push(("from".to_owned(), Column::TextList(steps.from)));
        columns.push(("descriptors".to_owned(), Column::TextList(steps.descriptors)));
        columns.push(("phases".to_owned(), Column::TextList(steps.phases)));
        columns.push(("line".to_owned(), Column::Integer(steps.lines)));
        Table::new(columns)
    }

    fn words(&self, cond: &Cond) -> String {
        describe::condition(&self.resolved, cond)
    }

    fn phase_names(&self, bits: u64) -> Vec<String> {
        if bits == u64::MAX {
            return Vec::new();
        }
        self.resolved
            .phases
            .iter()
            .enumerate()
            .filter(|(at, _)| bits >> at & 1 == 1)
            .map(|(_, name)| name.clone())
            .collect()
    }

    fn rule_steps(&self, steps: &mut Steps) {
        let categories = &self.resolved.categories;
        match (&self.resolved.rule, &self.file.decide) {
            (ResolvedRule::BestFit(fit), Decide::BestFit(written)) => {
                self.fit_steps(steps, fit, categories, Some(written.line));
            }
            (ResolvedRule::Gates(gates), Decide::Gates(written)) => {
                self.gate_steps(steps, gates, written, categories);
            }
            (ResolvedRule::Points(points), Decide::Points(written)) => {
                self.point_steps(steps, points, written, categories);
            }
            (ResolvedRule::Matrix { rows, columns, table }, Decide::Matrix(written)) => {
                for ((levels, rule), sub) in [(rows, &written.rows), (columns, &written.columns)] {
                    match (&**rule, &sub.best_fit, &sub.gates, &sub.points) {
                        (ResolvedRule::BestFit(fit), Some(line), _, _) => {
                            self.fit_steps(steps, fit, levels, Some(line.line));
                        }
                        (ResolvedRule::Gates(gates), _, Some(sub), _) => self.gate_steps(steps, gates, sub, levels),
                        (ResolvedRule::Points(points), _, _, Some(sub)) => self.point_steps(steps, points, sub, levels),
                        _ => {}
                    }
                }
                for (level, cells) in rows.0.iter().zip(table) {
                    for (column, cell) in columns.0.iter().zip(cells) {
                        let category = categories.get(*cell).cloned();
                        let words = format!("{level} with {column}");
                        let line = Some(written.line);
                        steps.add(Row { step: "matrix", what: "matrix", category, words, line, ..Row::default() });
                    }
                }
            }
            _ => {}
        }
    }

    fn fit_steps(&self, steps: &mut Steps, fit: &ResolvedFit, levels: &[String], line: Option<u32>) {
        let of = match fit.denominator {
            Denominator::Known => "known criteria met",
            Denominator::All => "all its criteria met",
        };
        let tie = match fit.tie {
            Tie::Lower => "the lower category wins a tie",
            Tie::Higher => "the higher category wins a tie",
            Tie::LowerUnlessFull => "the lower category wins a tie, unless the higher one is fully met",
        };
        let words = match fit.needs {
            Needs::All => "The best category all of whose counted criteria are met".to_owned(),
            Needs::HighestShare => format!(
                "The category with the highest share of {of}; {tie}; a share above {}% is a majority",
                fit.majority
            ),
        };
        steps.add(Row { step: "best_fit", what: "best_fit", words, line, ..Row::default() });
        for (category, cond) in &fit.require {
            let (category, condition) = (levels.get(*category).cloned(), Some(self.words(cond)));
            let words = "Without it the category cannot win".to_owned();
            steps.add(Row { step: "require", what: "require", category, condition, words, line, ..Row::default() });
        }
    }

    fn gate_steps(&self, steps: &mut Steps, gates: &ResolvedGates, written: &super::model::Gates, levels: &[String]) {
        let which = match gates.prefer {
            Prefer::Best => "best",
            Prefer::Worst => "worst",
        };
        let descriptors = match (gates.descriptors, gates.conflict) {
            (Descriptors::Require, _) => "; all descriptors of a gate must hold too".to_owned(),
            (Descriptors::Mark, Some(share)) => {
                format!(
                    "; the result is a conflict if less than {share}% of the known descriptors of its category hold"
                )
            }
            (Descriptors::Mark, None) => String::new(),
        };
        let words = format!("The {which} category one of whose gates holds{descriptors}");
        steps.add(Row { step: "gates", what: "gates", words, line: Some(written.line), ..Row::default() });
        for gate in &gates.gates {
            let Some(row) = written.gate.get(gate.position) else { continue };
            let words = gate.mark.as_ref().map_or_else(String::new, |mark| format!("shown as {mark}"));
            steps.add(Row {
                step: row.id.get_ref(),
                what: "gate",
                category: levels.get(gate.category).cloned(),
                condition: Some(self.words(&gate.cond)),
                words,
                note: row.note.clone(),
                descriptors: row.descriptors.iter().map(|id| id.get_ref().clone()).collect(),
                phases: self.phase_names(gate.phases),
                line: Some(row.line),
                ..Row::default()
            });
        }
        for (contest, row) in gates.contests.iter().zip(&written.contest) {
            let [better, worse] = contest.between.map(|at| levels.get(at).cloned().unwrap_or_default());
            let words = match contest.by {
                ContestBy::Descriptors => {
                    let tie = if contest.tie == Tie::Higher { &better } else { &worse };
                    format!(
                        "Where the gates of {better} and {worse} both hold: the higher share of descriptors, a tie gives {tie}"
                    )
                }
                ContestBy::Lower => format!("Where the gates of {better} and {worse} both hold: {worse}"),
                ContestBy::Higher => format!("Where the gates of {better} and {worse} both hold: {better}"),
            };
            let step = row.id.get_ref();
            let (note, line) = (row.note.clone(), Some(row.line));
            steps.add(Row { step, what: "contest", words, note, line, ..Row::default() });
        }
    }

    fn point_steps(
        &self,
        steps: &mut Steps,
        points: &ResolvedPoints,
        written: &super::model::Points,
        levels: &[String],
    ) {
        for (measure, row) in points.measures.iter().zip(&written.measure) {
            for (cond, score) in &measure.scores {
                steps.add(Row {
                    step: row.id.get_ref(),
                    what: "measure",
                    condition: Some(self.words(cond)),
                    words: format!("{}: {score} points", row.text),
                    phases: self.phase_names(measure.phases),
                    line: Some(row.line),
                    ..Row::default()
                });
            }
        }
        for (category, least) in &points.bands {
            let words = least.map_or_else(|| "fewer points".to_owned(), |least| format!("{least} points or more"));
            let (category, line) = (levels.get(*category).cloned(), Some(written.line));
            steps.add(Row { step: "band", what: "band", category, words, line, ..Row::default() });
        }
    }

    fn adjust_steps(&self, steps: &mut Steps) {
        let name = |at: usize| self.resolved.categories.get(at).cloned();
        for adjust in &self.resolved.adjust {
            let Some(row) = self.file.adjust.get(adjust.position) else { continue };
            let (what, category) = match &adjust.effect {
                Effect::To(to) => ("to", name(*to)),
                Effect::NoBetterThan(limit) => ("no_better_than", name(*limit)),
                Effect::NoWorseThan(limit) => ("no_worse_than", name(*limit)),
                Effect::Moves(moves) => {
                    let pairs =
                        moves.iter().filter_map(|(from, to)| Some(format!("{} to {}", name(*from)?, name(*to)?)));
                    ("moves", Some(pairs.collect::<Vec<_>>().join(", ")))
                }
            };
            steps.add(Row {
                step: &adjust.id,
                what,
                category,
                must: adjust.decision == Decision::Must,
                condition: Some(self.words(&adjust.cond)),
                words: row.text.clone(),
                note: row.note.clone(),
                from: adjust.from.iter().filter_map(|at| name(*at)).collect(),
                phases: self.phase_names(adjust.phases),
                line: Some(row.line),
                ..Row::default()
            });
        }
    }

    fn result_steps(&self, steps: &mut Steps) {
        for (result, written) in self.resolved.results.iter().zip(&self.file.result) {
            for rule in &result.rules {
                let Some(row) = written.rule.get(rule.position) else { continue };
                let from = rule.categories.iter().filter_map(|at| self.resolved.categories.get(*at).cloned());
                steps.add(Row {
                    step: row.id.get_ref(),
                    what: "result",
                    category: result.values.get(rule.value).map(|value| format!("{} {value}", result.id)),
                    must: rule.decision == Decision::Must,
                    condition: rule.when.as_ref().map(|cond| self.words(cond)),
                    words: row.text.clone(),
                    note: row.note.clone(),
                    from: from.collect(),
                    phases: self.phase_names(rule.phases),
                    line: Some(row.line),
                    ..Row::default()
                });
            }
        }
    }
}
