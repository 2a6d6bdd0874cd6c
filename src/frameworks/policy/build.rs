//! The policy of one phase from the rules of a framework.

use std::collections::HashMap;

use super::super::condition::Cond;
use super::super::model::{Combination, Prefer};
use super::super::resolve::{Resolved, ResolvedContest, ResolvedFit, ResolvedGates, ResolvedPoints, ResolvedRule};
use super::{
    Adjustment, ContestRule, Element, Fit, GateBit, GateRule, Group, MAX_SUMS, Meaning, Member, Part, PointRule,
    Policy, Rule, Step, Use,
};
use crate::error::{Error, Result};

/// Most conditions that are followed on their own: gates, adjustments, requirements.
const MAX_BITS: usize = 64;

/// Most parts of a condition that is written out for a side of a combined phase.
const MAX_PARTS: usize = 10_000;

/// Digits after the point that scores may have.
const MAX_DECIMALS: i32 = 4;

/// Points that are certainly too many; far below what whole numbers hold.
const LARGEST_POINTS: f64 = 1e15;

struct Builder<'a> {
    resolved: &'a Resolved,
    /// For a phase that another one is made of: the rules without what it does not ask for.
    side: Option<Resolved>,
    /// Items that are another condition there, written out.
    written_out: HashMap<usize, Cond>,
    /// Bits of the phases whose items are asked.
    phases: u64,
    elements: Vec<Element>,
    groups: Vec<Group>,
    bits: Vec<Meaning>,
    marks: Vec<String>,
    sums: usize,
}

impl Policy {
    /// The policy for a phase (position); criteria of other phases do not count.
    ///
    /// # Errors
    /// [`Error::Input`] if the framework has too many counts, gates or adjustments to be followed.
    pub fn new(resolved: &Resolved, phase: usize) -> Result<Self> {
        let mut builder = Builder {
            resolved,
            side: None,
            written_out: HashMap::new(),
            phases: resolved.asked(phase),
            elements: Vec::new(),
            groups: Vec::new(),
            bits: Vec::new(),
            marks: Vec::new(),
            sums: 0,
        };
        let rule = match resolved.combined.get(phase).and_then(Option::as_ref) {
            Some((of, combination)) => {
                let mut parts = Vec::new();
                for part in of {
                    builder.phases = 1 << part;
                    let name = resolved.phases.get(*part).map_or("", String::as_str);
                    let side = resolved.for_phase(*part);
                    builder.side = Some(side.clone());
                    builder.written_out.clear();
                    let rule = builder.rule(&side.rule, true, &format!("{name}_"))?;
                    parts.push(Part { rule, adjust: builder.adjustments(1 << part, 0)? });
                    builder.side = None;
                }
                builder.phases = resolved.asked(phase);
                match combination {
                    Combination::Worse => Rule::Worse(parts),
                    Combination::Separate => Rule::Separate(parts),
                }
            }
            None => builder.rule(&resolved.rule, true, "")?,
        };
        // Each phase that this one is made of has its own adjustments; only what is written for the whole is left.
        let own = 1 << phase;
        let adjust = builder.adjustments(own, builder.phases & !own)?;
        Ok(Self {
            elements: builder.elements,
            groups: builder.groups,
            bits: builder.bits,
            rule,
            adjust,
            marks: builder.marks,
            categories: resolved.categories.len(),
        })
    }
}

fn too_many() -> Error {
    Error::Input("the framework has too many counts, gates or adjustments to work out what is possible".to_owned())
}

impl Builder<'_> {
    /// Adds an element; on a side of a combined phase, with items written out that are another condition there.
    fn element(&mut self, element: Element) -> Result<()> {
        let cond = match &self.side {
            Some(side) => {
                let mut parts = 0;
                written_out(&element.cond, side, self.resolved, &mut self.written_out, &mut parts)
                    .ok_or_else(too_many)?
            }
            None => element.cond,
        };
        self.elements.push(Element { cond, ..element });
        Ok(())
    }

    /// The rules that are built from: of the phase, or of the side that is being built.
    fn source(&self) -> &Resolved {
        self.side.as_ref().unwrap_or(self.resolved)
    }

    fn rule(&mut self, rule: &ResolvedRule, shown: bool, prefix: &str) -> Result<Rule> {
        Ok(match rule {
            ResolvedRule::BestFit(fit) => Rule::Fit(self.fit(fit, shown, prefix)?),
            ResolvedRule::Gates(gates) => Rule::Gates(self.gates(gates, shown, prefix)?),
            ResolvedRule::Points(points) => Rule::Points(self.points(points)?),
            ResolvedRule::Matrix { rows, columns, table } => {
                let rows = self.rule(&rows.1, false, prefix)?;
                let columns = self.rule(&columns.1, false, prefix)?;
                Rule::Matrix(Box::new([rows, columns]), table.clone())
            }
        })
    }

    /// Adjustments of a phase (as a bit), less those that other phases have made already.
    fn adjustments(&mut self, phase: u64, done: u64) -> Result<Vec<Adjustment>> {
        let rows = self.side.as_ref().map_or_else(|| self.resolved.adjust.clone(), |side| side.adjust.clone());
        let mut found = Vec::new();
        for (position, row) in rows.iter().enumerate() {
            if row.phases & phase == 0 || row.phases & done != 0 {
                continue;
            }
            let bits = self.bits(&row.cond)?;
            let (effect, from) = (row.effect.clone(), row.from.clone());
            found.push(Adjustment { position, bits, effect, decision: row.decision, from, if_none: row.if_none });
        }
        Ok(found)
    }

    fn in_phase(&self, item: usize) -> bool {
        self.resolved.items.get(item).is_some_and(|item| item.phases & self.phases != 0)
    }

    fn sum(&mut self) -> Result<usize> {
        self.sums += 1;
        if self.sums > MAX_SUMS { Err(too_many()) } else { Ok(self.sums - 1) }
    }

    /// Bits that hold together when a condition holds. Alternatives within a conjunction get a bit of their own, so that
    /// their unknown values stay apart.
    fn bits(&mut self, cond: &Cond) -> Result<Vec<usize>> {
        let Cond::All(parts) = cond else { return Ok(vec![self.bit(cond)?]) };
        let (alternatives, rest): (Vec<&Cond>, Vec<&Cond>) =
            parts.iter().partition(|part| matches!(part, Cond::Any(_)));
        if alternatives.is_empty() {
            return Ok(vec![self.bit(cond)?]);
        }
        let mut bits = Vec::new();
        if !rest.is_empty() {
            bits.push(self.bit(&Cond::All(rest.into_iter().cloned().collect()))?);
        }
        for part in alternatives {
            bits.push(self.bit(part)?);
        }
        Ok(bits)
    }

    fn bit(&mut self, cond: &Cond) -> Result<usize> {
        let bit = self.bits.len();
        if bit >= MAX_BITS {
            return Err(too_many());
        }
        let set = Step { bits: 1 << bit, ..Step::default() };
        let (parts, meaning) = match cond {
            Cond::Any(parts) => (parts.clone(), Meaning::Set),
            Cond::All(parts) => (parts.clone(), Meaning::Clear),
            other => (vec![other.clone()], Meaning::Set),
        };
        self.bits.push(meaning);
        let (if_true, if_false) = match meaning {
            Meaning::Set => (set, Step::default()),
            Meaning::Clear => (Step::default(), set),
        };
        for cond in parts {
            self.element(Element { cond, usage: Use::Bit(bit), if_true, if_false })?;
        }
        Ok(bit)
    }

    /// A group of criteria; `column` starts the names of its columns.
    fn group(&mut self, category: usize, items: Vec<usize>, shown: bool, prefix: &str) -> usize {
        let name = self.resolved.categories.get(category).map(|name| name.to_lowercase()).unwrap_or_default();
        self.groups.push(Group {
            category: shown.then_some(category),
            items,
            column: shown.then(|| format!("{prefix}{name}")),
        });
        self.groups.len() - 1
    }

    /// Counts the criteria of a group in the state.
    fn counted(&mut self, group: usize, category: usize) -> Result<Member> {
        let items = self.groups.get(group).map(|group| group.items.clone()).unwrap_or_default();
        let met = self.sum()?;
        let conditional = |item: &usize| self.source().items.get(*item).and_then(|item| item.applies.clone());
        let set_aside = if items.iter().any(|item| conditional(item).is_some()) { Some(self.sum()?) } else { None };
        for item in &items {
            let applies = self.source().items.get(*item).and_then(|item| item.applies.clone());
            let cond = match &applies {
                Some(applies) => Cond::All(vec![applies.clone(), Cond::Item(*item)]),
                None => Cond::Item(*item),
            };
            self.element(Element {
                cond,
                usage: Use::Count(group),
                if_true: Step::adding(met, 1),
                if_false: Step::default(),
            })?;
            if let (Some(cond), Some(sum)) = (applies, set_aside) {
                self.element(Element {
                    cond,
                    usage: Use::Applies(group),
                    if_true: Step::default(),
                    if_false: Step::adding(sum, 1),
                })?;
            }
        }
        Ok(Member { category, group, total: items.len(), met, set_aside, require: Vec::new() })
    }

    fn fit(&mut self, fit: &ResolvedFit, shown: bool, prefix: &str) -> Result<Fit> {
        let mut members = Vec::new();
        for row in &fit.members {
            let items: Vec<usize> = row.items.iter().copied().filter(|item| self.in_phase(*item)).collect();
            let group = self.group(row.category, items, shown, prefix);
            let mut member = self.counted(group, row.category)?;
            if let Some((_, cond)) = fit.require.iter().find(|(category, _)| *category == row.category) {
                member.require = self.bits(cond)?;
            }
            members.push(member);
        }
        let (denominator, tie, needs, majority) = (fit.denominator, fit.tie, fit.needs, fit.majority);
        Ok(Fit { members, denominator, tie, needs, majority })
    }

    fn gates(&mut self, rule: &ResolvedGates, shown: bool, prefix: &str) -> Result<GateRule> {
        let mut gates = Vec::new();
        let mut described: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut read: Vec<(usize, Vec<usize>)> = Vec::new();
        let asked: Vec<_> = rule.gates.iter().filter(|gate| gate.phases & self.phases != 0).collect();
        for gate in asked {
            let bits = self.bits(&gate.cond)?;
            let mark = gate.mark.as_ref().map(|word| self.mark(word));
            gates.push(GateBit { position: gate.position, category: gate.category, bits, mark });
            let mut items = Vec::new();
            gate.cond.each_item(&mut |item| self.statements(item, &mut items));
            items.extend(&gate.descriptors);
            let asked = |items: Vec<usize>| items.into_iter().filter(|item| self.in_phase(*item)).collect();
            merge(&mut read, gate.category, asked(items));
            merge(&mut described, gate.category, asked(gate.descriptors.clone()));
        }
        match rule.prefer {
            Prefer::Best => gates.sort_by_key(|gate| gate.category),
            Prefer::Worst => gates.sort_by_key(|gate| std::cmp::Reverse(gate.category)),
        }
        read.sort_by_key(|(category, _)| *category);
        for (category, items) in read {
            self.group(category, items, shown, prefix);
        }
        let mut descriptors = Vec::new();
        for (category, items) in described.into_iter().filter(|(_, items)| !items.is_empty()) {
            let group = self.group(category, items, false, prefix);
            descriptors.push((category, group));
        }
        let mut contests = Vec::new();
        for ResolvedContest { between, by, tie } in &rule.contests {
            let mut members = Vec::new();
            for category in between {
                let known = descriptors.iter().find(|(other, _)| other == category).map(|(_, group)| *group);
                let group = known.unwrap_or_else(|| self.group(*category, Vec::new(), false, prefix));
                members.push(self.counted(group, *category)?);
            }
            if let Ok(members) = <[Member; 2]>::try_from(members) {
                contests.push(ContestRule { between: *between, by: *by, tie: *tie, members });
            }
        }
        Ok(GateRule { gates, contests, descriptors, conflict: rule.conflict })
    }

    /// The criteria behind an item: itself, or those that a definition names.
    fn statements(&self, item: usize, found: &mut Vec<usize>) {
        let Some(row) = self.resolved.items.get(item) else { return };
        if row.is_definition() {
            row.cond.each_item(&mut |other| self.statements(other, found));
        } else if !found.contains(&item) {
            found.push(item);
        }
    }

    fn mark(&mut self, word: &str) -> usize {
        self.marks.iter().position(|known| known == word).unwrap_or_else(|| {
            self.marks.push(word.to_owned());
            self.marks.len() - 1
        })
    }

    /// Points become whole steps: multiplied by the least power of ten that makes all of them whole, divided by what they
    /// have in common, and moved so that none is negative.
    fn points(&mut self, rule: &ResolvedPoints) -> Result<PointRule> {
        let measures: Vec<_> = rule.measures.iter().filter(|measure| measure.phases & self.phases != 0).collect();
        let all = measures.iter().flat_map(|measure| measure.scores.iter().map(|(_, points)| *points));
        let scale = (0..=MAX_DECIMALS).map(|digits| 10_f64.powi(digits)).find(|scale| {
            all.clone().all(|points| (points * scale - (points * scale).round()).abs() < 1e-9 * scale.max(1.0))
        });
        let Some(scale) = scale else {
            let message = format!("points times weights may have at most {MAX_DECIMALS} digits after the point");
            return Err(Error::Input(message));
        };
        if all.clone().any(|points| (points * scale).abs() > LARGEST_POINTS) {
            return Err(too_fine());
        }
        #[expect(clippy::cast_possible_truncation, reason = "rounded, and refused above if it is too large")]
        let whole = |points: f64| (points * scale).round() as i64;
        let common = all.clone().map(whole).fold(0, greatest_common_divisor).max(1);
        let sum = self.sum()?;
        let mut base = 0;
        let mut most = 0_i64;
        for measure in measures {
            let points: Vec<i64> = measure.scores.iter().map(|(_, points)| whole(*points) / common).collect();
            let low = points.iter().copied().min().unwrap_or(0).min(0);
            base += low;
            most = most.saturating_add(points.iter().copied().max().unwrap_or(0).max(0).saturating_sub(low));
            let above = |points: i64| u16::try_from(points.saturating_sub(low)).map_err(|_| too_fine());
            let mut before: Vec<Cond> = Vec::new();
            for ((cond, _), points) in measure.scores.iter().zip(&points) {
                let mut parts: Vec<Cond> = before.iter().map(|cond| Cond::Not(Box::new(cond.clone()))).collect();
                parts.push(cond.clone());
                before.push(cond.clone());
                self.element(Element {
                    cond: if parts.len() == 1 { cond.clone() } else { Cond::All(parts) },
                    usage: Use::Points,
                    if_true: Step::adding(sum, above(*points)?),
                    if_false: Step::default(),
                })?;
            }
            if low < 0 {
                self.element(Element {
                    cond: Cond::Any(before),
                    usage: Use::Points,
                    if_true: Step::default(),
                    if_false: Step::adding(sum, above(0)?),
                })?;
            }
        }
        if most > i64::from(u16::MAX) {
            return Err(too_fine());
        }
        #[expect(clippy::cast_precision_loss, reason = "at most 65535 steps")]
        let unit = common as f64 / scale;
        #[expect(clippy::cast_precision_loss, reason = "at most 65535 steps")]
        let base = base as f64 * unit;
        Ok(PointRule { sum, base, unit, bands: rule.bands.clone() })
    }
}

/// A condition with the items written out that are another condition on one side of a combined phase than on the whole;
/// `None` if that makes it too long.
fn written_out(
    cond: &Cond,
    side: &Resolved,
    whole: &Resolved,
    known: &mut HashMap<usize, Cond>,
    parts: &mut usize,
) -> Option<Cond> {
    *parts += 1;
    if *parts > MAX_PARTS {
        return None;
    }
    let mut list = |conds: &[Cond]| -> Option<Vec<Cond>> {
        conds.iter().map(|cond| written_out(cond, side, whole, known, parts)).collect()
    };
    Some(match cond {
        Cond::Known(_) | Cond::Leaf(_) => cond.clone(),
        Cond::All(conds) => Cond::All(list(conds)?),
        Cond::Any(conds) => Cond::Any(list(conds)?),
        Cond::AtLeast(needed, conds) => Cond::AtLeast(*needed, list(conds)?),
        Cond::FirstKnown(conds) => Cond::FirstKnown(list(conds)?),
        Cond::AllHeld(conds) => Cond::AllHeld(list(conds)?),
        Cond::Not(part) => Cond::Not(Box::new(written_out(part, side, whole, known, parts)?)),
        Cond::IsKnown(part) => Cond::IsKnown(Box::new(written_out(part, side, whole, known, parts)?)),
        Cond::Item(item) => {
            if let Some(known) = known.get(item) {
                return Some(known.clone());
            }
            let (here, there) = (side.items.get(*item)?, whole.items.get(*item)?);
            let own = written_out(&here.cond, side, whole, known, parts)?;
            let own = if own == there.cond { Cond::Item(*item) } else { own };
            known.insert(*item, own.clone());
            own
        }
    })
}

fn too_fine() -> Error {
    Error::Input("the points of the framework have more than 65535 steps".to_owned())
}

const fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    #[expect(clippy::cast_possible_wrap, reason = "points are far below 2^63")]
    let found = a as i64;
    found
}

fn merge(rows: &mut Vec<(usize, Vec<usize>)>, category: usize, items: Vec<usize>) {
    let position = rows.iter().position(|(known, _)| *known == category).unwrap_or_else(|| {
        rows.push((category, Vec::new()));
        rows.len() - 1
    });
    if let Some((_, known)) = rows.get_mut(position) {
        for item in items {
            if !known.contains(&item) {
                known.push(item);
            }
        }
    }
}
