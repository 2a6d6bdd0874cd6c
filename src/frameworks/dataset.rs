//! What a framework computes from data without deciding: codes against national, indicative estimates, gaps, tests of the
//! register.

use super::Framework;
use super::condition::Value;
use super::evaluate;
use super::inputs::Inputs;
use super::model::{Dataset, DatasetRule, Name};
use super::options::Invalid;
use super::resolve::Var;
use crate::bands::Direction;
use crate::coding::CodingRule;
use crate::error::{Error, Result};
use crate::estimates::{SteppingRule, next_benchmark};
use crate::numbers::decimal_difference;
use crate::table::{Coder, Column, Table};

/// A rule of a framework file could not be applied; the resolver rules this out.
fn broken(row: &Dataset) -> Error {
    Error::Input(format!("the rule of {} cannot be applied", row.id.get_ref()))
}

impl Framework {
    /// What the framework computes from data without deciding, one row per row of the table.
    ///
    /// Columns: `urn`, `year`; for each indicator that is coded and that the table has, `..._code` (above, `in_line`, below,
    /// [`CodingRule`]) and `..._adverse`; `indicative_estimate` with `..._level` and `..._state`
    /// ([`next_benchmark`]); the gaps; the tests of the register as true, false or missing. National figures come from
    /// columns `nat_...` or from those printed in the document for the year.
    ///
    /// # Errors
    /// As [`Framework::assign`]; [`Error::Input`] for benchmarks in the wrong order, unless a reading sorts them.
    pub fn dataset(&self, table: &Table, phase: &str) -> Result<Table> {
        let phase_position = self.resolved.phase(phase)?;
        let inputs = Inputs::read(table, &self.resolved, &self.figures(phase_position), &[], Invalid::Refuse)?;
        let truths = evaluate::items(&self.resolved, &inputs);
        let mut columns = vec![
            ("urn".to_owned(), Column::Integer(inputs.urn.iter().copied().map(Some).collect())),
            ("year".to_owned(), Column::Integer((0..inputs.height()).map(|row| inputs.year(row)).collect())),
        ];
        for (row, rule) in self.file.dataset.iter().zip(&self.resolved.rules) {
            if !(row.phases.is_empty() || row.phases.iter().any(|known| known.get_ref() == phase)) {
                continue;
            }
            let name = row.name.as_ref().map(|name| name.get_ref().clone()).unwrap_or_default();
            match rule {
                None => {}
                Some(DatasetRule::Code(_)) => self.codes(row, rule.as_ref(), table, &inputs, &mut columns)?,
                Some(DatasetRule::NextBenchmark(step)) => {
                    let Some((_, actual)) = step.actual.iter().find(|(of, _)| of.get_ref() == phase) else { continue };
                    let rule = SteppingRule { step: step.step, at_top: step.at_top, order: step.order };
                    let benchmarks = step.benchmarks.each_ref().map(|name| self.numbers(name, &inputs));
                    columns.extend(estimates(&name, &inputs, &self.numbers(actual, &inputs), &benchmarks, rule)?);
                }
                Some(DatasetRule::Gaps(gaps)) => {
                    for gap in &gaps.gaps {
                        let turned = gaps.turned.contains(&gap.name);
                        let (of, minus) = (self.numbers(&gap.of, &inputs), self.numbers(&gap.minus, &inputs));
                        let values = of.iter().zip(&minus).map(|(of, minus)| {
                            let difference = decimal_difference((*of)?, (*minus)?);
                            Some(if turned { -difference } else { difference })
                        });
                        columns.push((gap.name.get_ref().clone(), Column::Number(values.collect())));
                    }
                }
                Some(DatasetRule::Test(_)) => {
                    let item = self.resolved.items.iter().position(|item| item.id == *row.id.get_ref());
                    let truth = item.and_then(|item| truths.get(item)).ok_or_else(|| broken(row))?;
                    columns.push((name, Column::Flag(truth.iter().map(|truth| truth.known()).collect())));
                }
            }
        }
        Table::new(columns)
    }

    /// Values of a number in the current year.
    fn numbers(&self, name: &Name, inputs: &Inputs) -> Vec<Option<f64>> {
        self.numbers_of(name.get_ref(), inputs)
    }

    fn numbers_of(&self, name: &str, inputs: &Inputs) -> Vec<Option<f64>> {
        let indicator = self.resolved.indicators.iter().position(|known| known.name == name);
        let var = indicator
            .and_then(|indicator| self.resolved.vars.iter().position(|var| *var == Var { indicator, back: 0 }));
        let number = |row| match var.map(|var| inputs.value(var, row)) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        };
        (0..inputs.height()).map(number).collect()
    }

    fn codes(
        &self,
        row: &Dataset,
        rule: Option<&DatasetRule>,
        table: &Table,
        inputs: &Inputs,
        columns: &mut Vec<(String, Column)>,
    ) -> Result<()> {
        let Some(DatasetRule::Code(code)) = rule else { return Err(broken(row)) };
        let threshold = self.resolved.thresholds.iter().find(|known| known.name == *code.threshold.get_ref());
        let threshold = threshold.ok_or_else(|| broken(row))?.value;
        for name in row.indicators.iter().filter(|name| table.get(name.get_ref()).is_some()) {
            let lower = code.lower_is_better.contains(name);
            let direction = if lower { Direction::LowerBetter } else { Direction::HigherBetter };
            let rule = CodingRule::new(threshold, code.unit, code.at_threshold, Some(direction), code.turn_sign)?;
            let national = self.numbers_of(&format!("nat_{}", name.get_ref()), inputs);
            let mut words = Coder::default();
            let mut adverse = Vec::with_capacity(inputs.height());
            for (value, national) in self.numbers(name, inputs).into_iter().zip(national) {
                let coded = rule.code(value, national);
                words.push(coded.map(|coded| coded.code.name()));
                adverse.push(coded.and_then(|coded| coded.adverse));
            }
            columns.push((format!("{}_code", name.get_ref()), words.finish()));
            columns.push((format!("{}_adverse", name.get_ref()), Column::Flag(adverse)));
        }
        Ok(())
    }
}

fn estimates(
    name: &str,
    inputs: &Inputs,
    actual: &[Option<f64>],
    benchmarks: &[Vec<Option<f64>>; 3],
    rule: SteppingRule,
) -> Result<Vec<(String, Column)>> {
    let mut values = Vec::with_capacity(actual.len());
    let mut levels = Vec::with_capacity(actual.len());
    let mut states = Coder::default();
    let mut wrong = Vec::new();
    for (row, actual) in actual.iter().enumerate() {
        let here = benchmarks.each_ref().map(|values| values.get(row).copied().flatten());
        let next = next_benchmark(*actual, here, rule).unwrap_or_else(|_| {
            wrong.push(row);
            None
        });
        values.push(next.and_then(|next| next.estimate));
        levels.push(next.and_then(|next| next.level));
        states.push(next.map(|next| next.state.name()));
    }
    if !wrong.is_empty() {
        let examples = wrong.iter().map(|row| format!("urn {}", inputs.urn.get(*row).copied().unwrap_or_default()));
        return Err(Error::values(name, crate::estimates::ORDER_RULE, wrong.len(), examples));
    }
    Ok(vec![
        (name.to_owned(), Column::Number(values)),
        (format!("{name}_level"), Column::Integer(levels)),
        (format!("{name}_state"), states.finish()),
    ])
}
