//! Names in the lists that take no part in deciding.

use super::super::model::{DatasetRule, Decide, Name};
use super::Resolver;
use crate::error::Result;

impl Resolver<'_> {
    /// Every name that a reading changes must exist.
    pub(super) fn names_of_changes(&mut self) -> Result<()> {
        self.user.clear();
        let adjust: Vec<&str> = self.file.adjust.iter().map(|row| row.id.get_ref().as_str()).collect();
        let dataset: Vec<&str> = self.file.dataset.iter().map(|row| row.id.get_ref().as_str()).collect();
        let constraints: Vec<&str> = self.file.constraint.iter().map(|row| row.id.get_ref().as_str()).collect();
        for (kind, name) in std::mem::take(&mut self.changes.names) {
            let known = self.names_of_kind(kind);
            self.position(name, kind, &known)?;
        }
        for choice in self.file.reading.iter().flat_map(|reading| reading.options.values()) {
            for name in choice.thresholds.keys() {
                self.threshold(name)?;
            }
            for name in choice.tests.keys().filter(|name| !constraints.contains(&name.get_ref().as_str())) {
                self.item(name)?;
            }
            for name in choice.adjust.keys() {
                self.position(name, "adjustment", &adjust)?;
            }
            for name in choice.dataset.keys() {
                self.position(name, "dataset row", &dataset)?;
            }
        }
        Ok(())
    }

    /// The names of one kind of thing that a reading may change.
    fn names_of_kind(&self, kind: &str) -> Vec<String> {
        let file = self.file;
        let names = |names: Vec<&Name>| names.into_iter().map(|name| name.get_ref().clone()).collect();
        match kind {
            "gate" => names(super::rules::gates_of(&file.decide).map(|gate| &gate.id).collect()),
            "contest" => match &file.decide {
                Decide::Gates(gates) => names(gates.contest.iter().map(|contest| &contest.id).collect()),
                _ => Vec::new(),
            },
            "category" => self.out.categories.clone(),
            "rule of a result" => names(file.result.iter().flat_map(|row| &row.rule).map(|rule| &rule.id).collect()),
            "printed figure" => names(file.reference.iter().map(|row| &row.indicator).collect()),
            "combined phase" => names(file.combine.iter().map(|row| &row.phase).collect()),
            _ => names(file.support.iter().map(|row| &row.id).collect()),
        }
    }

    /// Names in lists that take no part in deciding.
    pub(super) fn names_elsewhere(&mut self) -> Result<()> {
        let file = self.file;
        let datasets: Vec<&str> = file.dataset.iter().map(|row| row.id.get_ref().as_str()).collect();
        for row in &file.dataset {
            self.user.clone_from(row.id.get_ref());
            for name in &row.indicators {
                self.indicator(name)?;
            }
            if let Some(name) = &row.rule_of {
                self.position(name, "dataset row", &datasets)?;
            }
            if row.rule.is_some() || self.changes.dataset.contains_key(row.id.get_ref().as_str()) {
                let rule = self.changes.dataset.get(row.id.get_ref().as_str()).copied().or(row.rule.as_ref());
                self.names_of_rule(rule, &row.indicators)?;
            }
        }
        for register in &file.register {
            for phase in &register.phases {
                self.position(phase, "phase", &self.out.phases)?;
            }
            for column in &register.column {
                if let Some(name) = &column.indicator {
                    self.indicator(name)?;
                }
                if let Some(name) = &column.dataset {
                    self.position(name, "dataset row", &datasets)?;
                }
            }
        }
        for row in &file.support {
            for category in row.all_categories() {
                self.position(category, "category", &self.out.categories)?;
            }
            for (result, value) in &row.results {
                let results: Vec<&str> = self.out.results.iter().map(|row| row.id.as_str()).collect();
                let at = self.position(result, "result", &results)?;
                let values = self.out.results.get(at).map(|row| row.values.clone()).unwrap_or_default();
                self.position(value, "value", &values)?;
            }
            for phase in &row.phases {
                self.position(phase, "phase", &self.out.phases)?;
            }
            if row.all_categories().next().is_none() && row.results.is_empty() {
                let message = "support is for a category, for categories, or for values of results";
                return Err(self.source.error(&row.id.span(), message));
            }
        }
        for (category, base) in file.support_model.iter().flat_map(|model| &model.adds_to) {
            self.position(category, "category", &self.out.categories)?;
            self.position(base, "category", &self.out.categories)?;
        }
        for row in &file.process {
            self.user.clone_from(row.id.get_ref());
            for category in &row.categories {
                self.position(category, "category", &self.out.categories)?;
            }
            for phase in &row.phases {
                self.position(phase, "phase", &self.out.phases)?;
            }
            if let Some(name) = &row.threshold {
                self.threshold(name)?;
            }
        }
        for row in &file.target {
            self.user.clone_from(row.id.get_ref());
            for name in &row.indicators {
                self.indicator(name)?;
            }
            for name in row.threshold.iter().chain(&row.thresholds) {
                self.threshold(name)?;
            }
        }
        for row in &file.reference {
            self.indicator(&row.indicator)?;
            for phase in &row.phases {
                self.position(phase, "phase", &self.out.phases)?;
            }
        }
        Ok(())
    }

    pub(super) fn names_of_rule(&mut self, rule: Option<&DatasetRule>, indicators: &[Name]) -> Result<()> {
        match rule {
            Some(DatasetRule::Code(code)) => {
                self.threshold(&code.threshold)?;
                for name in indicators {
                    self.number(name)?;
                    let national = name.clone().into_inner();
                    if let Some(national) = self.known_indicator(&format!("nat_{national}")) {
                        self.var(national, 0);
                    }
                }
                for name in &code.lower_is_better {
                    self.indicator(name)?;
                }
            }
            Some(DatasetRule::NextBenchmark(step)) => {
                for (phase, name) in &step.actual {
                    self.position(phase, "phase", &self.out.phases)?;
                    self.number(name)?;
                }
                for name in &step.benchmarks {
                    self.number(name)?;
                }
            }
            Some(DatasetRule::Gaps(gaps)) => {
                let names: Vec<&str> = gaps.gaps.iter().map(|gap| gap.name.get_ref().as_str()).collect();
                for gap in &gaps.gaps {
                    self.number(&gap.of)?;
                    self.number(&gap.minus)?;
                }
                for name in &gaps.turned {
                    self.position(name, "gap", &names)?;
                }
            }
            Some(DatasetRule::Test(_)) | None => {}
        }
        Ok(())
    }
}
