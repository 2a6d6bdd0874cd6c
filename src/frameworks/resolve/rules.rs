//! How criteria become a category, with names turned into numbers.

use std::collections::HashSet;

use toml::Spanned;

use super::super::condition::Cond;
use super::super::model::{BestFit, Decide, Descriptors, Gate, Gates, Matrix, Name, Points, SubRule};
use super::{
    Counted, ResolvedContest, ResolvedFit, ResolvedGate, ResolvedGates, ResolvedMeasure, ResolvedPoints, ResolvedRule,
    Resolver,
};
use crate::error::Result;

/// Every gate of a file, also those of a matrix.
pub fn gates_of(decide: &Decide) -> impl Iterator<Item = &Gate> {
    let rules: Vec<&Gates> = match decide {
        Decide::Gates(gates) => vec![gates],
        Decide::Matrix(matrix) => {
            [&matrix.rows, &matrix.columns].into_iter().filter_map(|sub| sub.gates.as_ref()).collect()
        }
        Decide::BestFit(_) | Decide::Points(_) => Vec::new(),
    };
    rules.into_iter().flat_map(|gates| &gates.gate)
}

impl Resolver<'_> {
    /// Phases that are made of others.
    pub(super) fn combined(&mut self) -> Result<()> {
        for row in &self.file.combine {
            let phase = self.position(&row.phase, "phase", &self.out.phases)?;
            let of =
                row.of.iter().map(|name| self.position(name, "phase", &self.out.phases)).collect::<Result<Vec<_>>>()?;
            let made_of_itself = of.contains(&phase)
                || of.iter().any(|part| {
                    self.file.combine.iter().any(|other| self.out.phases.get(*part) == Some(other.phase.get_ref()))
                });
            if of.len() < 2 || made_of_itself {
                let message = "a combined phase needs two or more others, none of them combined";
                return Err(self.source.error(&row.id.span(), message));
            }
            let rule = self.changes.combine.get(row.phase.get_ref().as_str()).copied().unwrap_or(row.rule);
            if let Some(slot) = self.out.combined.get_mut(phase) {
                *slot = Some((of, rule));
            }
        }
        Ok(())
    }

    pub(super) fn decide(&mut self) -> Result<ResolvedRule> {
        let file = self.file;
        let categories = self.out.categories.clone();
        match &file.decide {
            Decide::BestFit(fit) => self.best_fit(fit, &categories, true).map(ResolvedRule::BestFit),
            Decide::Gates(gates) => self.gates(gates, &categories).map(ResolvedRule::Gates),
            Decide::Points(points) => self.points(points, &categories).map(ResolvedRule::Points),
            Decide::Matrix(matrix) => self.matrix(matrix),
        }
    }

    fn best_fit(&mut self, fit: &BestFit, levels: &[String], top: bool) -> Result<ResolvedFit> {
        "best_fit".clone_into(&mut self.user);
        let majority = self.threshold(&fit.majority)?;
        let mut members = Vec::new();
        for (category, ids) in &fit.count {
            let position = self.position(category, "category", levels)?;
            let here = |(name, _): &&(&Name, &Name)| name.get_ref() == category.get_ref();
            let removed: HashSet<&str> =
                self.changes.remove.iter().filter(here).map(|(_, id)| id.get_ref().as_str()).collect();
            let mut items = Vec::new();
            let mut counted = HashSet::new();
            for id in ids.iter().chain(self.changes.add.iter().filter(here).map(|(_, id)| *id)) {
                let item = self.item(id)?;
                if !counted.insert(item) {
                    let message = format!("criterion '{}' is counted twice for {}", id.get_ref(), category.get_ref());
                    return Err(self.source.error(&id.span(), message));
                }
                if !removed.contains(id.get_ref().as_str()) && !self.dropped.contains(id.get_ref()) {
                    items.push(item);
                }
            }
            for (_, id) in self.added.iter().filter(|(name, _)| top && name == category.get_ref()) {
                let item = self.item_by(id, &category.span())?;
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            members.push(Counted { category: position, items });
        }
        let counted: Vec<&str> = fit.count.keys().map(|name| name.get_ref().as_str()).collect();
        for (category, _) in self.changes.add.iter().chain(&self.changes.remove).filter(|_| top) {
            self.position(category, "counted category", &counted)?;
        }
        if let Some((name, _)) = self.added.iter().find(|(name, _)| top && !counted.contains(&name.as_str())) {
            return Err(crate::error::Error::unknown("counted category", name, counted));
        }
        members.sort_by_key(|member| member.category);
        let mut require = Vec::new();
        for category in fit.count.keys() {
            let name = category.get_ref().as_str();
            let changed = if top { self.changes.require.get(name).copied() } else { None };
            if let Some(node) =
                changed.or_else(|| fit.require.iter().find(|(known, _)| known.get_ref() == name).map(|(_, node)| node))
            {
                self.user = format!("require {name}");
                require.push((self.position(category, "category", levels)?, self.whole_condition(node)?));
            }
        }
        for name in fit.require.keys() {
            self.position(name, "counted category", &counted)?;
        }
        Ok(ResolvedFit {
            members,
            denominator: self.changes.denominator.filter(|_| top).unwrap_or(fit.denominator),
            tie: self.changes.tie.filter(|_| top).unwrap_or(fit.tie),
            needs: self.changes.needs.filter(|_| top).unwrap_or(fit.needs),
            majority,
            require,
        })
    }

    fn gates(&mut self, gates: &Gates, levels: &[String]) -> Result<ResolvedGates> {
        "gates".clone_into(&mut self.user);
        let conflict = gates.conflict.as_ref().map(|name| self.threshold(name)).transpose()?;
        let mode = self.changes.descriptors.unwrap_or(gates.descriptors);
        let mut found = Vec::new();
        for (position, gate) in gates.gate.iter().enumerate() {
            let category = self.position(&gate.category, "category", levels)?;
            let phases = self.phase_bits(&gate.phases)?;
            self.user.clone_from(gate.id.get_ref());
            let cond = self.condition(&gate.when)?;
            let mut descriptors = Vec::new();
            for id in &gate.descriptors {
                let item = self.item(id)?;
                if !self.dropped.contains(id.get_ref()) {
                    descriptors.push(item);
                }
            }
            let cond = match mode {
                Descriptors::Require if !descriptors.is_empty() => {
                    Cond::All(std::iter::once(cond).chain(descriptors.iter().map(|item| Cond::Item(*item))).collect())
                }
                _ => cond,
            };
            self.refuse_large(&cond, &gate.when.span())?;
            let active = self.changes.gates.get(gate.id.get_ref().as_str()).copied().unwrap_or(gate.active);
            if active && !self.dropped.contains(gate.id.get_ref()) {
                found.push(ResolvedGate { position, category, phases, cond, descriptors, mark: gate.mark.clone() });
            }
        }
        let mut contests = Vec::new();
        for contest in &gates.contest {
            let mut between = [0; 2];
            for (slot, name) in between.iter_mut().zip(&contest.between) {
                *slot = self.position(name, "category", levels)?;
            }
            let [better, worse] = between;
            if better >= worse {
                return Err(self.source.error(&contest.id.span(), "'between' names the better category first"));
            }
            let by = self.changes.contests.get(contest.id.get_ref().as_str()).copied().unwrap_or(contest.by);
            contests.push(ResolvedContest { between, by, tie: contest.tie });
        }
        Ok(ResolvedGates { prefer: gates.prefer, descriptors: mode, conflict, gates: found, contests })
    }

    fn points(&mut self, points: &Points, levels: &[String]) -> Result<ResolvedPoints> {
        let mut measures = Vec::new();
        for measure in &points.measure {
            self.user.clone_from(measure.id.get_ref());
            let weight = measure.weight.as_ref().map_or(Ok(1.0), |name| self.threshold(name))?;
            let mut scores = Vec::new();
            for score in &measure.score {
                let cond = self.whole_condition(&score.when)?;
                scores.push((cond, self.threshold(&score.points)? * weight));
            }
            let phases = self.phase_bits(&measure.phases)?;
            measures.push(ResolvedMeasure { id: measure.id.get_ref().clone(), phases, scores });
        }
        let mut bands: Vec<(usize, Option<f64>)> = Vec::new();
        "points".clone_into(&mut self.user);
        for (at, band) in points.band.iter().enumerate() {
            let category = self.position(&band.category, "category", levels)?;
            let least = band.at_least.as_ref().map(|name| self.threshold(name)).transpose()?;
            let is_last = at + 1 == points.band.len();
            let falls = bands.last().is_none_or(|(_, above)| match (above, least) {
                (Some(above), Some(least)) => least < *above,
                (above, _) => above.is_some(),
            });
            if least.is_none() != is_last || !falls {
                let message = "bands need 'at_least' from the highest to the lowest; only the last has none";
                return Err(self.source.error(&band.category.span(), message));
            }
            bands.push((category, least));
        }
        Ok(ResolvedPoints { measures, bands })
    }

    fn matrix(&mut self, matrix: &Matrix) -> Result<ResolvedRule> {
        let rows = self.sub_rule(&matrix.rows)?;
        let columns = self.sub_rule(&matrix.columns)?;
        let place = |row: Option<&Vec<Name>>| row.and_then(|row| row.first()).map_or(0..0, Spanned::span);
        if matrix.table.len() != rows.0.len() {
            let message = format!("the table has {} rows, the row levels are {}", matrix.table.len(), rows.0.len());
            return Err(self.source.error(&place(matrix.table.first()), message));
        }
        let mut table = Vec::new();
        for row in &matrix.table {
            if row.len() != columns.0.len() {
                let message =
                    format!("a row of the table has {} cells, the column levels are {}", row.len(), columns.0.len());
                return Err(self.source.error(&place(Some(row)), message));
            }
            table.push(
                row.iter().map(|name| self.position(name, "category", &self.out.categories)).collect::<Result<_>>()?,
            );
        }
        Ok(ResolvedRule::Matrix { rows, columns, table })
    }

    fn sub_rule(&mut self, sub: &SubRule) -> Result<(Vec<String>, Box<ResolvedRule>)> {
        let levels: Vec<String> = sub.levels.iter().map(|name| name.get_ref().clone()).collect();
        let rule = match (&sub.best_fit, &sub.gates, &sub.points) {
            (Some(fit), None, None) => ResolvedRule::BestFit(self.best_fit(fit, &levels, false)?),
            (None, Some(gates), None) => ResolvedRule::Gates(self.gates(gates, &levels)?),
            (None, None, Some(points)) => ResolvedRule::Points(self.points(points, &levels)?),
            _ => {
                let place = sub.levels.first().map_or(0..0, Spanned::span);
                return Err(self.source.error(&place, "rows and columns need exactly one of: best_fit, gates, points"));
            }
        };
        Ok((levels, Box::new(rule)))
    }
}
