//! What a school pays for what it receives, and what the authority has to give.

use super::Framework;
use super::listing::{Texts, names, text};
use super::model::Rounding;
use crate::error::{Error, Result};
use crate::numbers::decimal_difference;
use crate::table::{Column, Table};

/// What a school pays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Charged {
    /// How many it pays for.
    pub pays: f64,
    /// Pounds.
    pub amount: f64,
    /// Whether the table is applied to a phase that it is not written for.
    pub marked: bool,
}

impl Framework {
    /// What a school of a phase pays for so many days (or whatever the charge counts): the band that covers them gives the
    /// number the school pays for, times the rate. A number between two bands of whole days belongs to the one above, to the
    /// one below, or pays in proportion, as the readings say.
    ///
    /// # Errors
    /// [`Error::Input`] if the framework has no charge, has none for this phase, or the number is negative or not finite.
    ///
    /// ```
    /// let framework = schoolframe::frameworks::Framework::load("staffordshire_2008")?;
    /// let charged = framework.charge(23.0, "secondary")?;
    /// assert_eq!((charged.pays, charged.amount), (4.0, 1920.0));
    /// # Ok::<(), schoolframe::error::Error>(())
    /// ```
    pub fn charge(&self, units: f64, phase: &str) -> Result<Charged> {
        self.resolved.phase(phase)?;
        let Some(charge) = &self.resolved.charge else {
            return Err(Error::Input(format!("{} says nothing about what schools pay", self.id())));
        };
        if !units.is_finite() || units < 0.0 {
            return Err(Error::Input(format!("the number to be charged must be 0 or more, not {units}")));
        }
        let written = charge.phases.is_empty() || charge.phases.iter().any(|known| known == phase);
        let marked = charge.marked_phases.iter().any(|known| known == phase);
        if !written && !marked {
            let message = format!("the charge of {} is not written for phase '{phase}'", self.id());
            return Err(Error::Input(message));
        }
        let pays = match charge.rounding {
            Rounding::Up => band(&charge.bands, units),
            Rounding::Down => band(&charge.bands, units.floor()),
            Rounding::ProRata => {
                let (below, above) = (band(&charge.bands, units.floor()), band(&charge.bands, units.ceil()));
                below + (above - below) * (units - units.floor())
            }
        };
        Ok(Charged { pays, amount: pays * charge.rate, marked: !written })
    }

    /// The bands of the charge: `id`, `charge`, `unit`, `rounding`, `text`, `note`, `above`, `up_to` (missing for the last), `pays`, `rate`, `phases`,
    /// `marked_phases`, `charge_line`, `line`. Empty without a charge.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn charges(&self) -> Result<Table> {
        let mut texts = Texts::new(&["id", "charge", "unit", "rounding", "text", "note"]);
        let mut above = Vec::new();
        let mut up_to = Vec::new();
        let mut pays = Vec::new();
        let mut rates = Vec::new();
        let mut phases = Vec::new();
        let mut marked = Vec::new();
        let mut lines = Vec::new();
        let mut charge_lines = Vec::new();
        if let (Some(charge), Some(resolved)) = (&self.file.charge, &self.resolved.charge) {
            let mut below = None;
            for (row, (end, paid)) in charge.band.iter().zip(&resolved.bands) {
                let rounding = resolved.rounding.name();
                texts.push([
                    text(row.id.get_ref()),
                    text(charge.id.get_ref()),
                    text(charge.unit.name()),
                    text(rounding),
                    row.text.clone(),
                    charge.note.clone(),
                ]);
                above.push(below);
                up_to.push(*end);
                below = *end;
                pays.push(Some(*paid));
                rates.push(Some(resolved.rate));
                phases.push(Some(resolved.phases.clone()));
                marked.push(Some(resolved.marked_phases.clone()));
                lines.push(Some(i64::from(row.line)));
                charge_lines.push(Some(i64::from(charge.line)));
            }
        }
        let mut columns = texts.columns();
        columns.push(("above".to_owned(), Column::Number(above)));
        columns.push(("up_to".to_owned(), Column::Number(up_to)));
        columns.push(("pays".to_owned(), Column::Number(pays)));
        columns.push(("rate".to_owned(), Column::Number(rates)));
        columns.push(("phases".to_owned(), Column::TextList(phases)));
        columns.push(("marked_phases".to_owned(), Column::TextList(marked)));
        columns.push(("charge_line".to_owned(), Column::Integer(charge_lines)));
        columns.push(("line".to_owned(), Column::Integer(lines)));
        Table::new(columns)
    }

    /// What the authority has to give, needs or spends: `id`, `kind` (available, needed, budget), `unit`, `per`, `text`,
    /// `note`, `amount`, `line`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn capacity(&self) -> Result<Table> {
        let mut texts = Texts::new(&["id", "kind", "unit", "per", "text", "note"]);
        let mut amounts = Vec::new();
        let mut lines = Vec::new();
        for row in &self.file.capacity {
            let (unit, per) = (text(row.unit.name()), text(row.per.name()));
            let kind = text(row.kind.name());
            texts.push([text(row.id.get_ref()), kind, unit, per, text(&row.text), row.note.clone()]);
            let name = row.amount.get_ref();
            amounts.push(self.resolved.thresholds.iter().find(|known| known.name == *name).map(|known| known.value));
            lines.push(Some(i64::from(row.line)));
        }
        let mut columns = texts.columns();
        columns.push(("amount".to_owned(), Column::Number(amounts)));
        columns.push(("line".to_owned(), Column::Integer(lines)));
        Table::new(columns)
    }

    /// What cannot be true of a school: `id`, `text`, `test`, `note`, `phases` (all if empty).
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn constraints(&self) -> Result<Table> {
        let mut texts = Texts::new(&["id", "text", "test", "note"]);
        let mut phases = Vec::new();
        for row in &self.resolved.constraints {
            let Some(written) = self.file.constraint.get(row.position) else { continue };
            let test = super::describe::condition(&self.resolved, &row.cond);
            texts.push([text(written.id.get_ref()), text(&written.text), Some(test), written.note.clone()]);
            phases.push(names(&written.phases));
        }
        let mut columns = texts.columns();
        columns.push(("phases".to_owned(), Column::TextList(phases)));
        Table::new(columns)
    }

    /// What else follows for a school: `result`, `text`, `note`, `values` (in order), `line`. Its rules are steps of
    /// [`Framework::policy`].
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn results(&self) -> Result<Table> {
        let mut texts = Texts::new(&["result", "text", "note"]);
        let mut values = Vec::new();
        let mut lines = Vec::new();
        for row in &self.file.result {
            texts.push([text(row.id.get_ref()), text(&row.text), row.note.clone()]);
            values.push(names(&row.values));
            lines.push(Some(i64::from(row.line)));
        }
        let mut columns = texts.columns();
        columns.push(("values".to_owned(), Column::TextList(values)));
        columns.push(("line".to_owned(), Column::Integer(lines)));
        Table::new(columns)
    }
}

/// What is paid in the first band that reaches so far.
fn band(bands: &[(Option<f64>, f64)], units: f64) -> f64 {
    let found = bands.iter().find(|(up_to, _)| up_to.is_none_or(|up_to| decimal_difference(units, up_to) <= 0.0));
    found.map_or(0.0, |(_, pays)| *pays)
}
