//! What follows beside the category: other results, constraints, support, charges; with names turned into numbers.

use super::super::model::{Charge, Quantity};
use super::{ResolvedCharge, ResolvedConstraint, ResolvedFollowing, ResolvedResult, Resolver};
use crate::error::Result;

impl Resolver<'_> {
    pub(super) fn following(&mut self) -> Result<()> {
        self.constraints()?;
        self.results()?;
        let file = self.file;
        for row in &file.support {
            let active = self.changes.support.get(row.id.get_ref().as_str()).copied().unwrap_or(row.active);
            self.out.support_active.push(active);
        }
        self.out.figures = self.changes.figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        if let Some(charge) = &file.charge {
            self.out.charge = Some(self.charge(charge)?);
        }
        for row in &file.capacity {
            self.user.clone_from(row.id.get_ref());
            self.threshold(&row.amount)?;
        }
        for row in &file.support {
            self.user.clone_from(row.id.get_ref());
            self.quantities(&row.quantity)?;
        }
        for row in &file.process {
            self.user.clone_from(row.id.get_ref());
            self.quantities(&row.quantity)?;
        }
        Ok(())
    }

    fn quantities(&mut self, rows: &[Quantity]) -> Result<()> {
        for row in rows {
            let amount = self.threshold(&row.amount)?;
            if amount < 0.0 {
                let message = format!("'{}' is {amount}; a quantity cannot be negative", row.amount.get_ref());
                return Err(self.source.error(&row.amount.span(), message));
            }
        }
        Ok(())
    }

    fn constraints(&mut self) -> Result<()> {
        for (position, row) in self.file.constraint.iter().enumerate() {
            self.user.clone_from(row.id.get_ref());
            let phases = self.phase_bits(&row.phases)?;
            let test = self.changes.tests.get(row.id.get_ref().as_str()).copied().unwrap_or(&row.test);
            let cond = self.whole_condition(test)?;
            self.out.constraints.push(ResolvedConstraint { position, phases, cond });
        }
        Ok(())
    }

    fn results(&mut self) -> Result<()> {
        for row in &self.file.result {
            let values: Vec<String> = row.values.iter().map(|value| value.get_ref().clone()).collect();
            let mut rules = Vec::new();
            for (position, rule) in row.rule.iter().enumerate() {
                let mut value = &rule.value;
                let mut active = rule.active;
                for change in self.changes.results.get(rule.id.get_ref().as_str()).into_iter().flatten() {
                    active = change.active.unwrap_or(active);
                    value = change.value.as_ref().unwrap_or(value);
                }
                self.user.clone_from(rule.id.get_ref());
                let value = self.position(value, "value", &values)?;
                let categories = rule.categories.iter();
                let categories = categories.map(|name| self.position(name, "category", &self.out.categories));
                let categories = categories.collect::<Result<_>>()?;
                let phases = self.phase_bits(&rule.phases)?;
                let when = rule.when.as_ref().map(|node| self.condition_when(node, rule.unknown)).transpose()?;
                if active && !self.dropped.contains(rule.id.get_ref()) {
                    let decision = rule.decision;
                    rules.push(ResolvedFollowing { position, value, categories, when, phases, decision });
                }
            }
            self.out.results.push(ResolvedResult { id: row.id.get_ref().clone(), values, rules });
        }
        Ok(())
    }

    fn charge(&mut self, charge: &Charge) -> Result<ResolvedCharge> {
        let mut rounding = charge.rounding;
        let mut rate = &charge.rate;
        let mut marked = &charge.marked_phases;
        for change in &self.changes.charge {
            rounding = change.rounding.unwrap_or(rounding);
            rate = change.rate.as_ref().unwrap_or(rate);
            marked = change.marked_phases.as_ref().unwrap_or(marked);
        }
        self.user.clone_from(charge.id.get_ref());
        let rate = self.threshold(rate)?;
        for phase in charge.phases.iter().chain(marked) {
            self.position(phase, "phase", &self.out.phases)?;
        }
        let mut bands: Vec<(Option<f64>, f64)> = Vec::new();
        for (at, band) in charge.band.iter().enumerate() {
            self.user.clone_from(band.id.get_ref());
            let up_to = band.up_to.as_ref().map(|name| self.threshold(name)).transpose()?;
            let pays = self.threshold(&band.pays)?;
            let rises = bands.last().is_none_or(|(below, _)| match (below, up_to) {
                (Some(below), Some(up_to)) => up_to > *below,
                (below, _) => below.is_some(),
            });
            if up_to.is_none() != (at + 1 == charge.band.len()) || !rises {
                let message = "bands need 'up_to' from the lowest to the highest; only the last has none";
                return Err(self.source.error(&band.id.span(), message));
            }
            bands.push((up_to, pays));
        }
        let names = |names: &[super::Name]| names.iter().map(|name| name.get_ref().clone()).collect();
        Ok(ResolvedCharge { rate, rounding, phases: names(&charge.phases), marked_phases: names(marked), bands })
    }
}
