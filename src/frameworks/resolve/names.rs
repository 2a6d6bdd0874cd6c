//! Names in the lists that take no part in deciding.

use super::super::model::{DatasetRule, Name};
use super::Resolver;
use crate::error::Result;

impl Resolver<'_> {
    /// Every name that a reading changes must exist.
    pub(super) fn names_of_changes(&mut self) -> Result<()> {
        self.user.clear();
        let adjust: Vec<&str> = self.file.adjust.iter().map(|row| row.id.get_ref().as_str()).collect();
        let dataset: Vec<&str> = self.file.dataset.iter().map(|row| row.id.get_ref().as_str()).collect();
        for choice in self.file.reading.iter().flat_map(|reading| reading.options.values()) {
            for name in choice.thresholds.keys() {
                self.threshold(name)?;
            }
            for name in choice.tests.keys() {
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
            self.position(&row.category, "category", &self.out.categories)?;
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
            if let Some(name) = &row.threshold {
                self.threshold(name)?;
            }
        }
        for row in &file.target {
            self.user.clone_from(row.id.get_ref());
            for name in &row.indicators {
                self.indicator(name)?;
            }
            if let Some(name) = &row.threshold {
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
