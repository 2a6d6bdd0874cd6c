//! Thresholds, indicators, items, and how they become a category.

use std::collections::{BTreeMap, HashMap};

use super::super::condition::Cond;
use super::super::model::{Adjust, DatasetRule, Indicator, Name, Node, Threshold, ValueType};
use super::{
    Changes, Domain, Effect, Item, Origin, Request, Resolved, ResolvedAdjust, ResolvedIndicator, ResolvedPoints,
    ResolvedRule, ResolvedThreshold, Resolver,
};
use crate::error::{Error, Result};

/// The entries of a keyed table in the order of the file.
pub fn in_file_order<V>(map: &BTreeMap<Name, V>) -> Vec<(&Name, &V)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

impl<'a> Resolver<'a> {
    pub(super) fn new(request: &Request<'a>, changes: Changes<'a>) -> Result<Self> {
        let (source, file) = (request.source, request.file);
        let mut resolver = Self {
            source,
            file,
            out: Resolved {
                categories: file.category.iter().map(|category| category.id.get_ref().clone()).collect(),
                phases: file.framework.phases.iter().map(|phase| phase.get_ref().clone()).collect(),
                thresholds: Vec::new(),
                indicators: Vec::new(),
                vars: Vec::new(),
                items: Vec::new(),
                combined: vec![None; file.framework.phases.len()],
                constraints: Vec::new(),
                rule: ResolvedRule::Points(ResolvedPoints { measures: Vec::new(), bands: Vec::new() }),
                results: Vec::new(),
                support_active: Vec::new(),
                charge: None,
                figures: BTreeMap::new(),
                adjust: Vec::new(),
                rules: Vec::new(),
                support_cumulative: false,
                used_by: Vec::new(),
                comparisons: Vec::new(),
            },
            changes,
            dropped: request.dropped,
            added: request.added,
            threshold_index: HashMap::new(),
            indicator_index: HashMap::new(),
            var_index: HashMap::new(),
            item_index: HashMap::new(),
            sizes: Vec::new(),
            parts_in_all: 0,
            user: String::new(),
        };
        resolver.thresholds(request.overrides)?;
        resolver.indicators()?;
        Ok(resolver)
    }

    pub(super) fn thresholds(&mut self, overrides: &BTreeMap<String, f64>) -> Result<()> {
        for (name, threshold) in in_file_order(&self.file.thresholds) {
            let Threshold { value, unit, line, basis, text } = threshold;
            let Some(line) = *line else {
                let message = format!("threshold '{}' has no source: key 'line' is missing", name.get_ref());
                return Err(self.source.error(&name.span(), message));
            };
            let key = name.get_ref();
            let in_force = overrides.get(key).or_else(|| self.changes.thresholds.get(key.as_str())).unwrap_or(value);
            if !in_force.is_finite() {
                return Err(self.source.error(&name.span(), format!("threshold '{key}' must be a finite number")));
            }
            self.threshold_index.insert(key.clone(), self.out.thresholds.len());
            self.out.thresholds.push(ResolvedThreshold {
                name: key.clone(),
                value: *in_force,
                written: *value,
                unit: unit.clone(),
                line,
                basis: *basis,
                text: text.clone(),
                at: self.source.line(name.span().start),
            });
        }
        self.out.used_by = vec![Vec::new(); self.out.thresholds.len()];
        Ok(())
    }

    pub(super) fn indicators(&mut self) -> Result<()> {
        for (name, indicator) in in_file_order(&self.file.indicators) {
            let key = name.get_ref();
            if self.threshold_index.contains_key(key) {
                let message = format!("'{key}' is the name of a threshold and of an indicator");
                return Err(self.source.error(&name.span(), message));
            }
            let domain = domain(indicator).map_err(|message| self.source.error(&name.span(), message))?;
            let aliases = self.aliases(name, indicator, &domain)?;
            self.indicator_index.insert(key.clone(), self.out.indicators.len());
            self.out.indicators.push(ResolvedIndicator {
                name: key.clone(),
                domain,
                aliases,
                unit: indicator.unit.clone(),
                text: indicator.text.clone(),
                at: self.source.line(name.span().start),
            });
        }
        Ok(())
    }

    pub(super) fn aliases(&self, name: &Name, indicator: &Indicator, domain: &Domain) -> Result<Vec<(String, u8)>> {
        let mut aliases = Vec::new();
        for (alias, value) in &indicator.aliases {
            let Domain::Choice(allowed) = domain else {
                return Err(self.source.error(&alias.span(), "'aliases' are for choices"));
            };
            let target = value.get_ref().to_string();
            let Some(position) = allowed.iter().position(|known| *known == target) else {
                let kind = format!("value of '{}'", name.get_ref());
                return Err(self.source.unknown(&value.span(), &kind, &target, allowed));
            };
            if allowed.contains(alias.get_ref()) {
                let message = format!("'{}' is a value of '{}' already", alias.get_ref(), name.get_ref());
                return Err(self.source.error(&alias.span(), message));
            }
            aliases.push((alias.get_ref().clone(), u8::try_from(position).unwrap_or(u8::MAX)));
        }
        Ok(aliases)
    }

    /// Bits of the phases named; all if none is named.
    pub(super) fn phase_bits(&self, phases: &[Name]) -> Result<u64> {
        let mut mask = 0;
        for phase in phases {
            mask |= 1 << self.position(phase, "phase", &self.out.phases)?;
        }
        Ok(if phases.is_empty() { u64::MAX } else { mask })
    }

    /// Criteria, flags, data tests and definitions: first their names, then their conditions.
    pub(super) fn items(&mut self) -> Result<()> {
        let mut pending: Vec<(&Node, Option<&Node>, &[Node])> = Vec::new();
        for (position, row) in self.file.criterion.iter().enumerate() {
            self.position(&row.category, "category", &self.out.categories)?;
            let phases = self.phase_bits(&row.phases)?;
            self.declare(&row.id, Origin::Criterion(position), phases, row.line);
            pending.push((&row.test, row.applies.as_ref(), &row.also));
        }
        for (position, row) in self.file.flag.iter().enumerate() {
            let phases = self.phase_bits(&row.phases)?;
            self.declare(&row.id, Origin::Flag(position), phases, row.line);
            pending.push((&row.test, None, &row.also));
        }
        for (position, row) in self.file.dataset.iter().enumerate() {
            let rule = self.changes.dataset.get(row.id.get_ref().as_str()).copied().or(row.rule.as_ref());
            self.out.rules.push(rule.cloned());
            if let Some(DatasetRule::Test(test)) = &row.rule {
                let phases = self.phase_bits(&row.phases)?;
                self.declare(&row.id, Origin::Dataset(position), phases, row.line);
                pending.push((test, None, &[]));
            }
        }
        for (position, row) in self.file.definition.iter().enumerate() {
            let phases = self.phase_bits(&row.phases)?;
            self.declare(&row.id, Origin::Definition(position), phases, row.line);
            pending.push((&row.test, None, &[]));
        }
        for (item, (test, applies, also)) in pending.into_iter().enumerate() {
            let id = self.out.items.get(item).map(|item| item.id.clone()).unwrap_or_default();
            let test = self.changes.tests.get(id.as_str()).copied().unwrap_or(test);
            self.user.clone_from(&id);
            let cond = self.condition(test)?;
            let applies = applies.map(|node| self.condition(node)).transpose()?;
            let also = also.iter().map(|node| self.condition(node)).collect::<Result<_>>()?;
            if let Some(item) = self.out.items.get_mut(item) {
                item.cond = cond;
                item.applies = applies;
                item.also = also;
            }
        }
        self.refuse_cycles()?;
        self.dropped_exist()
    }

    /// Every clause that is left out must be there.
    fn dropped_exist(&self) -> Result<()> {
        if self.dropped.is_empty() {
            return Ok(());
        }
        let file = self.file;
        let gates = super::rules::gates_of(&file.decide).map(|gate| gate.id.get_ref().as_str());
        let adjusts = file.adjust.iter().map(|row| row.id.get_ref().as_str());
        let results = file.result.iter().flat_map(|row| row.rule.iter().map(|rule| rule.id.get_ref().as_str()));
        let items = self.out.items.iter().map(|item| item.id.as_str());
        let known: Vec<&str> = items.chain(gates).chain(adjusts).chain(results).collect();
        match self.dropped.iter().find(|id| !known.contains(&id.as_str())) {
            Some(id) => Err(Error::unknown("clause", id, known)),
            None => Ok(()),
        }
    }

    pub(super) fn declare(&mut self, id: &Name, origin: Origin, phases: u64, line: u32) {
        self.item_index.insert(id.get_ref().clone(), self.out.items.len());
        self.out.items.push(Item {
            id: id.get_ref().clone(),
            origin,
            cond: Cond::Known(false),
            applies: None,
            also: Vec::new(),
            phases,
            line,
            at: self.source.line(id.span().start),
        });
    }

    pub(super) fn finish(mut self) -> Result<Resolved> {
        self.combined()?;
        self.out.rule = self.decide()?;
        for (position, row) in self.file.adjust.iter().enumerate() {
            self.adjust(position, row)?;
        }
        self.following()?;
        self.out.support_cumulative = self
            .changes
            .support_cumulative
            .unwrap_or_else(|| self.file.support_model.as_ref().is_some_and(|model| model.cumulative));
        self.names_of_changes()?;
        self.names_elsewhere()?;
        Ok(self.out)
    }

    pub(super) fn adjust(&mut self, position: usize, row: &'a Adjust) -> Result<()> {
        let mut from = &row.from;
        let mut active = row.active && !self.dropped.contains(row.id.get_ref());
        let mut to = &row.to;
        for change in self.changes.adjust.get(row.id.get_ref().as_str()).into_iter().flatten() {
            from = change.from.as_ref().unwrap_or(from);
            active = change.active.unwrap_or(active) && !self.dropped.contains(row.id.get_ref());
            if change.to.is_some() {
                to = &change.to;
            }
        }
        let category = |name: &Name| self.position(name, "category", &self.out.categories);
        let effect = match (to, &row.no_better_than, &row.no_worse_than, row.moves.is_empty()) {
            (Some(to), None, None, true) => Effect::To(category(to)?),
            (None, Some(limit), None, true) => Effect::NoBetterThan(category(limit)?),
            (None, None, Some(limit), true) => Effect::NoWorseThan(category(limit)?),
            (None, None, None, false) => {
                let moves = row.moves.iter().map(|(from, to)| Ok((category(from)?, category(to)?)));
                Effect::Moves(moves.collect::<Result<_>>()?)
            }
            _ => {
                let message = "an adjustment needs exactly one of: to, no_better_than, no_worse_than, moves";
                return Err(self.source.error(&row.id.span(), message));
            }
        };
        let from = from.iter().map(category).collect::<Result<_>>()?;
        let phases = self.phase_bits(&row.phases)?;
        self.user.clone_from(row.id.get_ref());
        let cond = self.condition_when(&row.when, row.unknown)?;
        if active {
            self.out.adjust.push(ResolvedAdjust {
                id: row.id.get_ref().clone(),
                cond,
                from,
                effect,
                if_none: row.if_none,
                phases,
                decision: row.decision,
                position,
            });
        }
        Ok(())
    }
}

/// The allowed values of an indicator, or what is wrong with its declaration.
fn domain(indicator: &Indicator) -> Result<Domain, String> {
    let Indicator { value_type, values, min, max, .. } = indicator;
    let numeric = matches!(value_type, ValueType::Number | ValueType::Count);
    if !numeric && (min.is_some() || max.is_some()) {
        return Err("'min' and 'max' are for numbers".to_owned());
    }
    if *value_type != ValueType::Choice && !values.is_empty() {
        return Err("'values' are for choices".to_owned());
    }
    match value_type {
        ValueType::Flag => Ok(Domain::Flag),
        ValueType::Text => Ok(Domain::Text),
        ValueType::Choice => {
            let words: Vec<String> = values.iter().take(65).map(ToString::to_string).collect();
            let distinct =
                words.iter().enumerate().all(|(at, word)| words.iter().position(|other| other == word) == Some(at));
            if words.len() < 2 || words.len() > 64 || !distinct {
                return Err("a choice needs from 2 to 64 distinct 'values'".to_owned());
            }
            Ok(Domain::Choice(words))
        }
        ValueType::Number | ValueType::Count => {
            let whole = *value_type == ValueType::Count;
            let low = min.unwrap_or(if whole { 0.0 } else { f64::NEG_INFINITY });
            let high = max.unwrap_or(f64::INFINITY);
            if low.is_nan() || high.is_nan() || low >= high {
                return Err("'min' must be less than 'max'".to_owned());
            }
            Ok(Domain::Number { min: low, max: high, whole })
        }
    }
}
