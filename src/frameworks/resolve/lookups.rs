//! Names to positions, with the nearest name in every error.

use std::ops::Range;

use super::super::condition::Cond;
use super::super::model::Name;
use super::{COMPARATORS, Compared, Comparison, Domain, ResolvedIndicator, Resolver, Var};
use crate::error::Result;

/// Comparisons of a clause that are looked through for one that says the same; a clause may have thousands.
const MAX_REPEATS: usize = 64;

impl Resolver<'_> {
    pub(super) fn position<S: AsRef<str>>(&self, name: &Name, kind: &str, available: &[S]) -> Result<usize> {
        available
            .iter()
            .position(|known| known.as_ref() == name.get_ref())
            .ok_or_else(|| self.source.unknown(&name.span(), kind, name.get_ref(), available))
    }

    pub(super) fn item(&self, id: &Name) -> Result<usize> {
        self.item_by(id.get_ref(), &id.span())
    }

    pub(super) fn item_by(&self, id: &str, span: &Range<usize>) -> Result<usize> {
        self.item_index.get(id).copied().ok_or_else(|| {
            let available: Vec<&str> = self.out.items.iter().map(|item| item.id.as_str()).collect();
            self.source.unknown(span, "criterion", id, &available)
        })
    }

    pub(super) fn indicator(&mut self, name: &Name) -> Result<usize> {
        self.known_indicator(name.get_ref()).ok_or_else(|| {
            let available: Vec<&str> = self.out.indicators.iter().map(|indicator| indicator.name.as_str()).collect();
            self.source.unknown(&name.span(), "indicator", name.get_ref(), &available)
        })
    }

    /// A number that a data rule reads in the current year.
    pub(super) fn number(&mut self, name: &Name) -> Result<usize> {
        let indicator = self.indicator(name)?;
        if !matches!(self.out.indicators.get(indicator).map(|known| &known.domain), Some(Domain::Number { .. })) {
            return Err(self.source.error(&name.span(), format!("'{}' holds no number", name.get_ref())));
        }
        Ok(self.var(indicator, 0))
    }

    /// A declared indicator, or a comparator of a declared number: `nat_x`, `la_x`, `la_target_x`, `floor_x`,
    /// `benchmark_x`.
    pub(super) fn known_indicator(&mut self, name: &str) -> Option<usize> {
        if let Some(position) = self.indicator_index.get(name) {
            return Some(*position);
        }
        let (what, base) = COMPARATORS
            .iter()
            .filter_map(|(prefix, what)| Some((what, name.strip_prefix(prefix)?)))
            .find(|(_, base)| self.indicator_index.contains_key(*base))?;
        let declared = self.out.indicators.get(*self.indicator_index.get(base)?)?;
        if !matches!(declared.domain, Domain::Number { .. }) {
            return None;
        }
        let comparator =
            ResolvedIndicator { name: name.to_owned(), text: format!("{what}: {}", declared.text), ..declared.clone() };
        let position = self.out.indicators.len();
        self.indicator_index.insert(name.to_owned(), position);
        self.out.indicators.push(comparator);
        Some(position)
    }

    pub(super) fn threshold_position(&mut self, name: &Name) -> Result<usize> {
        let Some(position) = self.threshold_index.get(name.get_ref()).copied() else {
            let available: Vec<&str> = self.out.thresholds.iter().map(|threshold| threshold.name.as_str()).collect();
            return Err(self.source.unknown(&name.span(), "threshold", name.get_ref(), &available));
        };
        if let Some(users) = self.out.used_by.get_mut(position)
            && !self.user.is_empty()
            && !users.contains(&self.user)
        {
            users.push(self.user.clone());
        }
        Ok(position)
    }

    pub(super) fn threshold(&mut self, name: &Name) -> Result<f64> {
        let position = self.threshold_position(name)?;
        Ok(self.out.thresholds.get(position).map_or(f64::NAN, |threshold| threshold.value))
    }

    /// Notes that a condition compares something with a threshold, or with a comparator if the name is no threshold.
    pub(super) fn compares(&mut self, name: &Name, compared: Compared, cond: &Cond) {
        let threshold = self.threshold_index.get(name.get_ref()).copied();
        let comparison = Comparison { threshold, user: self.user.clone(), compared, cond: cond.clone() };
        // A clause is resolved as a whole, so that its comparisons stand at the end.
        let own = self.out.comparisons.iter().rev().take_while(|known| known.user == comparison.user);
        if !own.take(MAX_REPEATS).any(|known| *known == comparison) {
            self.out.comparisons.push(comparison);
        }
    }

    /// A threshold that counts something.
    pub(super) fn whole(&mut self, name: &Name, least: u8, most: u8) -> Result<u8> {
        let value = self.threshold(name)?;
        if value.fract() == 0.0 && value >= f64::from(least) && value <= f64::from(most) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in u8")]
            return Ok(value as u8);
        }
        let message =
            format!("threshold '{}' must be a whole number from {least} to {most} here, not {value}", name.get_ref());
        Err(self.source.error(&name.span(), message))
    }

    pub(super) fn var(&mut self, indicator: usize, back: u8) -> usize {
        let var = Var { indicator, back };
        let next = self.out.vars.len();
        let position = *self.var_index.entry(var).or_insert(next);
        if position == next {
            self.out.vars.push(var);
        }
        position
    }
}
