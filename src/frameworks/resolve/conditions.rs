//! Tests of the file to conditions on variables.

use std::ops::Range;

use toml::Spanned;

use super::super::condition::{Base, Bound, Check, Cond, Leaf, Needed};
use super::super::model::{Condition, Literal, Name, Node, Test, WhenUnknown};
use super::{Compared, Domain, MAX_YEARS, Resolver};
use crate::error::Result;

impl Resolver<'_> {
    pub(super) fn condition(&mut self, node: &Node) -> Result<Cond> {
        match node.get_ref() {
            Condition::Criterion(id) => {
                let item = self.item_by(id, &node.span())?;
                Ok(if self.dropped.contains(id) { Cond::Known(false) } else { Cond::Item(item) })
            }
            Condition::Test(test) => self.test(test, &node.span()),
        }
    }

    pub(super) fn parts(&mut self, nodes: &[Node], span: &Range<usize>) -> Result<Vec<Cond>> {
        if nodes.is_empty() {
            return Err(self.source.error(span, "a list of conditions must not be empty"));
        }
        self.refuse_long(nodes.len(), span)?;
        let left_out = |node: &&Node| matches!(node.get_ref(), Condition::Criterion(id) if self.dropped.contains(id));
        let kept: Vec<&Node> = nodes.iter().filter(|node| !left_out(node)).collect();
        kept.into_iter().map(|node| self.condition(node)).collect()
    }

    /// A condition whose unknown counts as no, if it is written so.
    pub(super) fn condition_when(&mut self, node: &Node, unknown: WhenUnknown) -> Result<Cond> {
        let cond = self.whole_condition(node)?;
        Ok(match unknown {
            WhenUnknown::Open => cond,
            WhenUnknown::No => known(cond),
        })
    }

    pub(super) fn test(&mut self, test: &Test, span: &Range<usize>) -> Result<Cond> {
        let forms = [
            test.indicator.is_some(),
            test.all.is_some(),
            test.any.is_some(),
            test.not.is_some(),
            test.at_least_k.is_some(),
            test.more_than_share.is_some(),
            test.first_known.is_some(),
        ];
        if forms.iter().filter(|form| **form).count() != 1 {
            let message = "a test needs exactly one of: indicator, all, any, not, at_least_k, more_than_share, \
                           first_known";
            return Err(self.source.error(span, message));
        }
        let about_one = test.is.is_some()
            || test.one_of.is_some()
            || test.above.is_some()
            || test.at_least.is_some()
            || test.below.is_some()
            || test.at_most.is_some()
            || test.plus.is_some()
            || test.minus.is_some()
            || test.every_year.is_some();
        if test.indicator.is_none() && about_one {
            return Err(self.source.error(span, "a comparison needs the key 'indicator'"));
        }
        if test.of.is_some() != (test.at_least_k.is_some() || test.more_than_share.is_some()) {
            return Err(self.source.error(span, "'of' goes together with 'at_least_k' or 'more_than_share'"));
        }
        if let Some(parts) = &test.all {
            return Ok(Cond::All(self.parts(parts, span)?));
        }
        if let Some(parts) = &test.any {
            return Ok(Cond::Any(self.parts(parts, span)?));
        }
        if let Some(parts) = &test.first_known {
            return Ok(Cond::FirstKnown(self.parts(parts, span)?));
        }
        if let Some(part) = &test.not {
            return Ok(Cond::Not(Box::new(self.condition(part)?)));
        }
        if let (Some(needed), Some(of)) = (&test.at_least_k, &test.of) {
            let parts = self.parts(of, span)?;
            let most = u8::try_from(parts.len()).unwrap_or(u8::MAX);
            let cond = Cond::AtLeast(Needed::Count(usize::from(self.whole(needed, 1, most)?)), parts);
            self.compares(needed, Compared::Parts, &cond);
            return Ok(cond);
        }
        if let (Some(name), Some(of)) = (&test.more_than_share, &test.of) {
            let parts = self.parts(of, span)?;
            let share = self.threshold(name)?;
            if !(0.0..100.0).contains(&share) {
                return Err(self
                    .source
                    .error(span, format!("a share must be from 0 to less than 100 per cent, not {share}")));
            }
            let cond = Cond::AtLeast(Needed::MoreThan(share), parts);
            self.compares(name, Compared::Parts, &cond);
            return Ok(cond);
        }
        self.leaf(test, span)
    }

    pub(super) fn leaf(&mut self, test: &Test, span: &Range<usize>) -> Result<Cond> {
        let Some(name) = &test.indicator else {
            return Err(self.source.error(span, "a comparison needs the key 'indicator'"));
        };
        let indicator = self.indicator(name)?;
        let numeric = self.out.indicators.get(indicator).is_some_and(|known| known.domain.is_number());
        let ranged = test.above.is_some() || test.at_least.is_some() || test.below.is_some() || test.at_most.is_some();
        if u8::from(test.is.is_some()) + u8::from(test.one_of.is_some()) + u8::from(ranged) != 1 {
            let message = format!(
                "the test of '{}' needs exactly one of: is, one_of, or a comparison (above, at_least, below, at_most)",
                name.get_ref()
            );
            return Err(self.source.error(span, message));
        }
        let years = match &test.every_year {
            Some(count) => self.whole(count, 1, MAX_YEARS)?,
            None => 1,
        };
        let mut leaves = Vec::new();
        for back in 0..years {
            let check = if ranged {
                if !numeric {
                    let message = format!("'{}' holds no number; use 'is' or 'one_of'", name.get_ref());
                    return Err(self.source.error(&name.span(), message));
                }
                self.range(test, back, span)?
            } else {
                let one = test.is.as_ref().map(std::slice::from_ref);
                let values = one.or(test.one_of.as_deref()).unwrap_or_default();
                let domain = self.out.indicators.get(indicator).map_or(&Domain::Text, |known| &known.domain);
                Check::Values(self.values(name, domain, values)?)
            };
            leaves.push(Cond::Leaf(Leaf { var: self.var(indicator, back), check }));
        }
        let cond = match (leaves.len(), leaves.pop()) {
            (1, Some(leaf)) => leaf,
            (_, last) if self.changes.skip_missing_years => Cond::AllHeld(leaves.into_iter().chain(last).collect()),
            (_, last) => Cond::All(leaves.into_iter().chain(last).collect()),
        };
        for (bound, compared) in [
            (&test.above, Compared::Lower),
            (&test.at_least, Compared::Lower),
            (&test.below, Compared::Upper),
            (&test.at_most, Compared::Upper),
        ] {
            // The margin of a comparator is what it is compared with; of a threshold both are.
            let margin = bound.as_ref().and(test.plus.as_ref().or(test.minus.as_ref()));
            let own =
                bound.as_ref().filter(|name| margin.is_none() || self.threshold_index.contains_key(name.get_ref()));
            for name in own.into_iter().chain(margin) {
                self.compares(name, compared, &cond);
            }
        }
        if let Some(count) = &test.every_year {
            self.compares(count, Compared::Years, &cond);
        }
        Ok(cond)
    }

    pub(super) fn values(&self, name: &Name, domain: &Domain, values: &[Spanned<Literal>]) -> Result<u64> {
        let mut mask = 0;
        for value in values {
            let bit = match (domain, value.get_ref()) {
                (Domain::Flag, Literal::Flag(flag)) => usize::from(*flag),
                (Domain::Flag, _) => {
                    let message = format!("'{}' is true or false, not '{}'", name.get_ref(), value.get_ref());
                    return Err(self.source.error(&value.span(), message));
                }
                (Domain::Choice(allowed), literal) => {
                    let text = literal.to_string();
                    let Some(bit) = allowed.iter().position(|known| *known == text) else {
                        let kind = format!("value of '{}'", name.get_ref());
                        return Err(self.source.unknown(&value.span(), &kind, &text, allowed));
                    };
                    bit
                }
                _ => {
                    let message =
                        format!("'{}' holds no list of values; use at_least, above, at_most, below", name.get_ref());
                    return Err(self.source.error(&value.span(), message));
                }
            };
            mask |= 1 << bit;
        }
        Ok(mask)
    }

    pub(super) fn range(&mut self, test: &Test, back: u8, span: &Range<usize>) -> Result<Check> {
        let margin = match (&test.plus, &test.minus) {
            (None, None) => 0.0,
            (Some(plus), None) => self.threshold(plus)?,
            (None, Some(minus)) => -self.threshold(minus)?,
            (Some(_), Some(_)) => return Err(self.source.error(span, "'plus' and 'minus' exclude each other")),
        };
        let lower = match (&test.above, &test.at_least) {
            (None, None) => None,
            (Some(above), None) => Some(self.bound(above, true, margin, back)?),
            (None, Some(least)) => Some(self.bound(least, false, margin, back)?),
            (Some(_), Some(_)) => return Err(self.source.error(span, "'above' and 'at_least' exclude each other")),
        };
        let upper = match (&test.below, &test.at_most) {
            (None, None) => None,
            (Some(below), None) => Some(self.bound(below, true, margin, back)?),
            (None, Some(most)) => Some(self.bound(most, false, margin, back)?),
            (Some(_), Some(_)) => return Err(self.source.error(span, "'below' and 'at_most' exclude each other")),
        };
        if margin != 0.0 && lower.is_some() && upper.is_some() {
            return Err(self.source.error(span, "'plus' and 'minus' need a comparison with one bound"));
        }
        Ok(Check::Range(lower, upper))
    }

    pub(super) fn bound(&mut self, name: &Name, strict: bool, offset: f64, back: u8) -> Result<Bound> {
        if self.threshold_index.contains_key(name.get_ref()) {
            let position = self.threshold_position(name)?;
            let value = self.out.thresholds.get(position).map_or(f64::NAN, |threshold| threshold.value);
            return Ok(Bound { base: Base::Constant(value), offset, strict, threshold: Some(position) });
        }
        let mut years = back;
        let mut found = self.known_indicator(name.get_ref());
        if found.is_none()
            && let Some((base, earlier)) = name.get_ref().rsplit_once("_y")
            && let Ok(earlier @ 1..=MAX_YEARS) = earlier.parse::<u8>()
        {
            found = self.known_indicator(base);
            years += earlier;
        }
        let Some(indicator) = found else {
            let names = self.out.thresholds.iter().map(|threshold| threshold.name.as_str());
            let available: Vec<&str> =
                names.chain(self.out.indicators.iter().map(|indicator| indicator.name.as_str())).collect();
            return Err(self.source.unknown(&name.span(), "threshold or comparator", name.get_ref(), &available));
        };
        if !matches!(self.out.indicators.get(indicator).map(|known| &known.domain), Some(Domain::Number { .. })) {
            return Err(self.source.error(&name.span(), format!("comparator '{}' holds no number", name.get_ref())));
        }
        Ok(Bound { base: Base::Var(self.var(indicator, years)), offset, strict, threshold: None })
    }
}

/// A condition whose unknown counts as no. Of a list each part by itself, so that the parts stay apart.
fn known(cond: Cond) -> Cond {
    match cond {
        Cond::Any(parts) => Cond::Any(parts.into_iter().map(known).collect()),
        Cond::All(parts) => Cond::All(parts.into_iter().map(known).collect()),
        other => Cond::IsKnown(Box::new(other)),
    }
}
