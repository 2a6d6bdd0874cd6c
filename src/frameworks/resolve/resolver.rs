//! Thresholds, indicators, items, and how they become a category.

use std::collections::{BTreeMap, HashMap};

use super::super::condition::Cond;
use super::super::model::{Adjust, DatasetRule, Decide, Denominator, Indicator, Name, Node, Threshold, Tie, ValueType};
use super::{
    Changes, Domain, Effect, Item, Member, Origin, Request, Resolved, ResolvedAdjust, ResolvedIndicator,
    ResolvedThreshold, Resolver,
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
                members: Vec::new(),
                denominator: Denominator::Known,
                tie: Tie::Lower,
                majority: 50.0,
                adjust: Vec::new(),
                rules: Vec::new(),
                support_cumulative: false,
                used_by: Vec::new(),
            },
            changes,
            threshold_index: HashMap::new(),
            indicator_index: HashMap::new(),
            var_index: HashMap::new(),
            item_index: HashMap::new(),
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

    /// Criteria, flags and data tests: first their names, then their conditions.
    pub(super) fn items(&mut self) -> Result<()> {
        let all = |phases: &[Name], resolver: &Self| -> Result<u64> {
            let mut mask = 0;
            for phase in phases {
                mask |= 1 << resolver.position(phase, "phase", &resolver.out.phases)?;
            }
            Ok(if phases.is_empty() { u64::MAX } else { mask })
        };
        let mut pending: Vec<(&Node, &[Node])> = Vec::new();
        for (position, row) in self.file.criterion.iter().enumerate() {
            self.position(&row.category, "category", &self.out.categories)?;
            let phases = all(&row.phases, self)?;
            self.declare(&row.id, Origin::Criterion(position), phases, row.line);
            pending.push((&row.test, &row.also));
        }
        for (position, row) in self.file.flag.iter().enumerate() {
            self.declare(&row.id, Origin::Flag(position), u64::MAX, row.line);
            pending.push((&row.test, &row.also));
        }
        for (position, row) in self.file.dataset.iter().enumerate() {
            let rule = self.changes.dataset.get(row.id.get_ref().as_str()).copied().or(row.rule.as_ref());
            self.out.rules.push(rule.cloned());
            if let Some(DatasetRule::Test(test)) = &row.rule {
                let phases = all(&row.phases, self)?;
                self.declare(&row.id, Origin::Dataset(position), phases, row.line);
                pending.push((test, &[]));
            }
        }
        for (item, (test, also)) in pending.into_iter().enumerate() {
            let id = self.out.items.get(item).map(|item| item.id.clone()).unwrap_or_default();
            let test = self.changes.tests.get(id.as_str()).copied().unwrap_or(test);
            self.user.clone_from(&id);
            let cond = self.condition(test)?;
            let also = also.iter().map(|node| self.condition(node)).collect::<Result<_>>()?;
            if let Some(item) = self.out.items.get_mut(item) {
                item.cond = cond;
                item.also = also;
            }
        }
        for start in 0..self.out.items.len() {
            self.refuse_cycles(start)?;
        }
        Ok(())
    }

    pub(super) fn declare(&mut self, id: &Name, origin: Origin, phases: u64, line: u32) {
        self.item_index.insert(id.get_ref().clone(), self.out.items.len());
        self.out.items.push(Item {
            id: id.get_ref().clone(),
            origin,
            cond: Cond::Known(false),
            also: Vec::new(),
            phases,
            line,
            at: self.source.line(id.span().start),
        });
    }

    pub(super) fn refuse_cycles(&self, start: usize) -> Result<()> {
        let mut open = vec![start];
        let mut seen = vec![false; self.out.items.len()];
        while let Some(item) = open.pop() {
            let Some(here) = self.out.items.get(item) else { continue };
            let mut next = Vec::new();
            here.cond.each_item(&mut |other| next.push(other));
            for other in next {
                if other == start {
                    let message = format!("criterion '{}' refers to itself", here.id);
                    return Err(Error::File { file: self.source.file.clone(), line: here.at, message });
                }
                if let Some(known) = seen.get_mut(other)
                    && !*known
                {
                    *known = true;
                    open.push(other);
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Resolved> {
        let Decide::BestFit(fit) = &self.file.decide;
        "best_fit".clone_into(&mut self.user);
        self.out.denominator = self.changes.denominator.unwrap_or(fit.denominator);
        self.out.tie = fit.tie;
        self.out.majority = self.threshold(&fit.majority)?;
        for (category, ids) in &fit.count {
            let category_position = self.position(category, "category", &self.out.categories)?;
            let mut items = Vec::new();
            let removed = |id: &str| {
                self.changes
                    .remove
                    .iter()
                    .any(|(from, item)| from.get_ref() == category.get_ref() && item.get_ref() == id)
            };
            let added = self.changes.add.iter().filter(|(to, _)| to.get_ref() == category.get_ref()).map(|(_, id)| *id);
            for id in ids.iter().chain(added) {
                let item = self.item(id)?;
                if items.contains(&item) {
                    let message = format!("criterion '{}' is counted twice for {}", id.get_ref(), category.get_ref());
                    return Err(self.source.error(&id.span(), message));
                }
                if !removed(id.get_ref()) {
                    items.push(item);
                }
            }
            self.out.members.push(Member { category: category_position, items });
        }
        for (category, _) in self.changes.add.iter().chain(&self.changes.remove) {
            if !fit.count.keys().any(|known| known.get_ref() == category.get_ref()) {
                let known: Vec<&str> = fit.count.keys().map(|name| name.get_ref().as_str()).collect();
                return Err(self.source.unknown(&category.span(), "counted category", category.get_ref(), &known));
            }
        }
        self.out.members.sort_by_key(|member| member.category);
        for (position, row) in self.file.adjust.iter().enumerate() {
            self.adjust(position, row)?;
        }
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
        let mut active = row.active;
        for change in self.changes.adjust.get(row.id.get_ref().as_str()).into_iter().flatten() {
            from = change.from.as_ref().unwrap_or(from);
            active = change.active.unwrap_or(active);
        }
        let effect = match (&row.to, &row.no_better_than) {
            (Some(to), None) => Effect::To(self.position(to, "category", &self.out.categories)?),
            (None, Some(limit)) => Effect::NoBetterThan(self.position(limit, "category", &self.out.categories)?),
            _ => {
                let message = "an adjustment needs either 'to' or 'no_better_than'";
                return Err(self.source.error(&row.id.span(), message));
            }
        };
        self.user.clone_from(row.id.get_ref());
        let cond = self.condition(&row.when)?;
        let from =
            from.iter().map(|name| self.position(name, "category", &self.out.categories)).collect::<Result<_>>()?;
        if active {
            let id = row.id.get_ref().clone();
            self.out.adjust.push(ResolvedAdjust { id, cond, from, effect, decision: row.decision, position });
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
            let words: Vec<String> = values.iter().map(ToString::to_string).collect();
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
