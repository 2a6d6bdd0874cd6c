//! The columns of a table read as the variables of a framework: values checked, years looked up.

use std::collections::HashMap;

use super::condition::{Cond, Env, Value};
use super::options::Invalid;
use super::resolve::{Domain, Resolved, ResolvedIndicator, Var};
use super::rows::{self, FastMap};
use crate::error::{Error, Result};
use crate::table::{Column, Table};

/// A missing code.
const MISSING: u8 = u8::MAX;

/// Values of one variable, row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// No source at all: unknown for every row.
    Absent,
    /// Positions among the allowed values.
    Codes(Vec<u8>),
    /// Numbers; NaN is missing.
    Numbers(Vec<f64>),
}

/// Where the value of a variable came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Not known.
    None,
    /// A column of this row.
    Column,
    /// An earlier row of the same school.
    EarlierRow,
    /// A figure printed in the document, by position.
    Document(usize),
}

/// A table read as variables.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// School of each row.
    pub urn: Vec<i64>,
    /// Year of each row, if the table has that column.
    pub year: Option<Vec<Option<i64>>>,
    /// Values by variable.
    pub values: Vec<Values>,
    /// Indicator columns the framework asks for and the table does not have.
    pub absent: Vec<String>,
    /// Columns of the table the framework does not know.
    pub unused: Vec<String>,
    /// Why a row is passed over, if it is.
    pub refused: Vec<Option<String>>,
}

impl Inputs {
    /// Number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.urn.len()
    }

    /// Value of a variable in a row.
    #[must_use]
    pub fn value(&self, var: usize, row: usize) -> Value {
        match self.values.get(var) {
            Some(Values::Codes(codes)) => match codes.get(row) {
                None | Some(&MISSING) => Value::Missing,
                Some(code) => Value::Code(*code),
            },
            Some(Values::Numbers(numbers)) => match numbers.get(row) {
                Some(number) if !number.is_nan() => Value::Number(*number),
                _ => Value::Missing,
            },
            _ => Value::Missing,
        }
    }

    /// Notes why a row is passed over; the first reason stays.
    pub fn refuse(&mut self, row: usize, reason: String) {
        self.refused.resize(self.urn.len(), None);
        if let Some(slot) = self.refused.get_mut(row)
            && slot.is_none()
        {
            *slot = Some(reason);
        }
    }

    /// Why a row is passed over, if it is.
    #[must_use]
    pub fn refusal(&self, row: usize) -> Option<&str> {
        self.refused.get(row)?.as_deref()
    }

    /// Year of a row.
    #[must_use]
    pub fn year(&self, row: usize) -> Option<i64> {
        self.year.as_ref()?.get(row).copied().flatten()
    }

    /// Where the values of a variable came from, row by row, for the trace.
    pub fn origins<'a>(
        &'a self,
        columns: &'a Columns,
        resolved: &Resolved,
        references: &'a References,
        var: usize,
    ) -> impl Fn(usize) -> Origin + 'a {
        let own = columns.held.get(&resolved.var_name(var));
        let Var { indicator, back } = resolved.vars.get(var).copied().unwrap_or(Var { indicator: usize::MAX, back: 0 });
        let base = resolved.indicators.get(indicator).is_some_and(|known| columns.held.contains_key(&known.name));
        let held = move |row: usize| match own {
            None => false,
            Some(None) => true,
            Some(Some(rows)) => rows.get(row).copied().unwrap_or(false),
        };
        move |row| {
            if self.value(var, row) == Value::Missing {
                return Origin::None;
            }
            if held(row) {
                return Origin::Column;
            }
            match references.find(indicator, self.year(row), back) {
                Some((position, _)) if back == 0 => Origin::Document(position),
                _ if back == 0 => Origin::Column,
                Some((position, _)) if !base => Origin::Document(position),
                _ => Origin::EarlierRow,
            }
        }
    }

    /// Reads a table.
    ///
    /// A column `x` holds the current year, `x_y1` and `x_y2` one and two years before. Where such a column is absent or
    /// missing, the row of the same `urn` with the earlier `year` is used, and for figures printed in the document their
    /// value for that year. `wanted` tells which variables are reported as absent.
    ///
    /// # Errors
    /// [`Error::Input`] for a missing or repeated key, a column of the wrong kind, or a value that is not allowed.
    pub fn read(
        table: &Table,
        resolved: &Resolved,
        references: &References,
        wanted: &[bool],
        invalid: Invalid,
    ) -> Result<Self> {
        let urn = whole(table.column("urn")?, "urn")?;
        let missing = urn.iter().filter(|value| value.is_none()).count();
        if missing > 0 {
            let rows = urn.iter().enumerate().filter(|(_, value)| value.is_none());
            return Err(Error::values(
                "urn",
                "must not be missing",
                missing,
                rows.map(|(row, _)| format!("row {row}")),
            ));
        }
        let urn: Vec<i64> = urn.into_iter().flatten().collect();
        let year = table.get("year").map(|column| whole(column, "year")).transpose()?;
        let order = ordered(&urn, year.as_deref())?;
        let backs = resolved.vars.iter().map(|var| usize::from(var.back)).max().unwrap_or(0);
        let earlier_rows =
            rows::each_column(backs, urn.len(), |back| earlier(&urn, year.as_deref()?, &order, back + 1));
        let mut inputs = Self {
            urn,
            year,
            values: Vec::with_capacity(resolved.vars.len()),
            absent: Vec::new(),
            unused: Vec::new(),
            refused: Vec::new(),
        };
        let mut known: HashMap<&str, Values> = HashMap::new();
        let mut read: Vec<(&String, &Column, &ResolvedIndicator)> = Vec::new();
        for (name, column) in table.names().iter().zip(table.columns()) {
            match indicator_of(name, resolved).and_then(|at| resolved.indicators.get(at)) {
                Some(indicator) => read.push((name, column, indicator)),
                None if matches!(name.as_str(), "urn" | "year" | "phase") => {}
                None => inputs.unused.push(name.clone()),
            }
        }
        let height = inputs.height();
        let decoded = rows::each_column(read.len(), height, |at| {
            read.get(at).map(|(name, column, indicator)| decode(column, indicator, name, height))
        });
        for ((name, _, indicator), decoded) in read.into_iter().zip(decoded.into_iter().flatten()) {
            {
                let (values, wrong) = decoded?;
                if !wrong.is_empty() && invalid == Invalid::Refuse {
                    let examples = wrong.iter().map(|(row, value)| match inputs.urn.get(*row) {
                        Some(urn) => format!("{value} (urn {urn})"),
                        None => value.clone(),
                    });
                    return Err(Error::values(name, &rule(&indicator.domain), wrong.len(), examples));
                }
                for (row, value) in wrong {
                    inputs.refuse(row, format!("{name} {value}: {}", rule(&indicator.domain)));
                }
                known.insert(name, values);
            }
        }
        for (var, Var { indicator, back }) in resolved.vars.iter().enumerate() {
            let name = resolved.var_name(var);
            let base = resolved.indicators.get(*indicator).map_or("", |indicator| indicator.name.as_str());
            let earlier = *back > 0 && inputs.year.is_some() && known.contains_key(base);
            let held = known.contains_key(name.as_str()) || earlier || references.has(*indicator);
            if !held && wanted.get(var).copied().unwrap_or(false) {
                inputs.absent.push(name);
            }
        }
        // Earlier years look at the columns of the current one, which are taken over after them.
        let name_of = |var: usize| resolved.var_name(var);
        let mut values = rows::each_column(resolved.vars.len(), height, |var| {
            let Some(Var { indicator, back }) = resolved.vars.get(var).copied().filter(|var| var.back > 0) else {
                return Values::Absent;
            };
            let own = known.get(name_of(var).as_str()).cloned();
            let base = resolved.indicators.get(indicator).map_or("", |indicator| indicator.name.as_str());
            let before = usize::from(back).checked_sub(1).and_then(|back| earlier_rows.get(back)?.as_deref());
            let earlier = before.and_then(|rows| Some((rows, known.get(base)?)));
            inputs.assemble(own, earlier, references, indicator, back)
        });
        let current = values.iter_mut().zip(&resolved.vars).enumerate().filter(|(_, (_, var))| var.back == 0);
        for (at, (values, var)) in current {
            let own = known.remove(name_of(at).as_str());
            *values = inputs.assemble(own, None, references, var.indicator, 0);
        }
        inputs.values = values;
        Ok(inputs)
    }

    /// Values of a variable: of its own column, else of the earlier rows (and the column of that name), else printed.
    fn assemble(
        &self,
        own: Option<Values>,
        earlier: Option<(&[u32], &Values)>,
        references: &References,
        indicator: usize,
        back: u8,
    ) -> Values {
        let mut values = match (own, earlier) {
            (Some(own), _) => own,
            (None, Some((_, Values::Codes(codes)))) => Values::Codes(vec![MISSING; codes.len()]),
            (None, Some((_, Values::Numbers(numbers)))) => Values::Numbers(vec![f64::NAN; numbers.len()]),
            _ if references.has(indicator) => Values::Numbers(vec![f64::NAN; self.height()]),
            _ => return Values::Absent,
        };
        match (&mut values, earlier) {
            (Values::Codes(codes), Some((rows, Values::Codes(others)))) => {
                for (code, from) in codes.iter_mut().zip(rows).filter(|(code, _)| **code == MISSING) {
                    if let Some(other) = others.get(*from as usize) {
                        *code = *other;
                    }
                }
            }
            (Values::Numbers(numbers), Some((rows, Values::Numbers(others)))) => {
                for (number, from) in numbers.iter_mut().zip(rows).filter(|(number, _)| number.is_nan()) {
                    if let Some(other) = others.get(*from as usize) {
                        *number = *other;
                    }
                }
            }
            _ => {}
        }
        if let Values::Numbers(numbers) = &mut values
            && references.has(indicator)
        {
            for (row, number) in numbers.iter_mut().enumerate().filter(|(_, number)| number.is_nan()) {
                if let Some((_, printed)) = references.find(indicator, self.year(row), back) {
                    *number = printed;
                }
            }
        }
        values
    }
}

/// Which columns of the table hold a value in a row; kept for the trace.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// By name; without rows, values of that name come from nowhere else.
    held: HashMap<String, Option<Vec<bool>>>,
}

impl Columns {
    /// Notes where the columns of indicators hold values.
    #[must_use]
    pub fn of(table: &Table, resolved: &Resolved, references: &References) -> Self {
        let mut held = HashMap::new();
        for (name, column) in table.names().iter().zip(table.columns()) {
            let Some(position) = indicator_of(name, resolved) else { continue };
            let known = resolved.indicators.get(position).is_some_and(|indicator| indicator.name == *name);
            let alone = known && !references.has(position);
            held.insert(name.clone(), if alone { None } else { Some(held_rows(column)) });
        }
        Self { held }
    }
}

fn held_rows(column: &Column) -> Vec<bool> {
    match column {
        Column::Number(values) => values.iter().map(Option::is_some).collect(),
        Column::Integer(values) => values.iter().map(Option::is_some).collect(),
        Column::Text(values) => values.iter().map(Option::is_some).collect(),
        Column::Coded(coded) => coded.codes.iter().map(Option::is_some).collect(),
        Column::Flag(values) => values.iter().map(Option::is_some).collect(),
        Column::TextList(values) => values.iter().map(Option::is_some).collect(),
        Column::CodedLists(coded) => vec![true; coded.codes.len()],
    }
}

/// Dated figures printed in the document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct References {
    figures: HashMap<(usize, i64), (usize, f64)>,
    /// Figures without a year: they hold for the current year of any school.
    current: HashMap<usize, (usize, f64)>,
}

impl References {
    /// The figures of a framework: indicator, year, position in the file, value.
    pub fn new(figures: impl IntoIterator<Item = (usize, Option<i64>, usize, f64)>) -> Self {
        let mut found = Self::default();
        for (indicator, year, at, value) in figures {
            match year {
                Some(year) => found.figures.insert((indicator, year), (at, value)),
                None => found.current.insert(indicator, (at, value)),
            };
        }
        found
    }

    /// The figure of an indicator for a school's year, so many years back.
    fn find(&self, indicator: usize, year: Option<i64>, back: u8) -> Option<(usize, f64)> {
        let dated = year.and_then(|year| self.figures.get(&(indicator, year - i64::from(back))));
        dated.or_else(|| if back == 0 { self.current.get(&indicator) } else { None }).copied()
    }

    fn has(&self, indicator: usize) -> bool {
        self.current.contains_key(&indicator) || self.figures.keys().any(|(known, _)| *known == indicator)
    }
}

/// One school as an environment for conditions.
pub struct RowEnv<'a> {
    /// The values.
    pub inputs: &'a Inputs,
    /// The items.
    pub resolved: &'a Resolved,
    /// The row.
    pub row: usize,
}

impl Env for RowEnv<'_> {
    fn value(&self, var: usize) -> Value {
        self.inputs.value(var, self.row)
    }

    fn item(&self, item: usize) -> &Cond {
        self.resolved.items.get(item).map_or(&Cond::Known(false), |item| &item.cond)
    }
}

/// The name of a column without the suffix of an earlier year (`_y1`), if it has one.
pub fn without_years(name: &str) -> Option<&str> {
    let (base, years) = name.rsplit_once("_y")?;
    let counted = !years.is_empty() && years.bytes().all(|byte| byte.is_ascii_digit());
    counted.then_some(base)
}

/// The position of the indicator a column holds: `x`, `x_y1`, `x_y2` and so on.
fn indicator_of(name: &str, resolved: &Resolved) -> Option<usize> {
    let exact = |name: &str| resolved.indicators.iter().position(|indicator| indicator.name == name);
    exact(name).or_else(|| exact(without_years(name)?))
}

fn whole(column: &Column, name: &str) -> Result<Vec<Option<i64>>> {
    match column {
        Column::Integer(values) => Ok(values.clone()),
        Column::Number(values) => {
            let bad = |value: &f64| value.fract() != 0.0 || value.abs() > 9e15;
            let wrong: Vec<&f64> = values.iter().flatten().filter(|value| bad(value)).collect();
            if !wrong.is_empty() {
                return Err(Error::values(
                    name,
                    "must be a whole number",
                    wrong.len(),
                    wrong.iter().map(ToString::to_string),
                ));
            }
            #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number below 9e15")]
            Ok(values.iter().map(|value| value.map(|value| value as i64)).collect())
        }
        Column::Text(values) if is_blank(column) => Ok(vec![None; values.len()]),
        Column::Coded(coded) if is_blank(column) => Ok(vec![None; coded.codes.len()]),
        other => Err(Error::Input(format!("column '{name}' must hold whole numbers, it holds {}", other.kind()))),
    }
}

/// The rows in the order of schools and years; a school may occur once in a year.
fn ordered(urn: &[i64], year: Option<&[Option<i64>]>) -> Result<Vec<u32>> {
    let key = |row: u32| {
        let year = year.and_then(|year| year.get(row as usize).copied().flatten());
        (urn.get(row as usize).copied(), year)
    };
    let mut order: Vec<u32> = (0..).zip(urn).map(|(row, _)| row).collect();
    if !order.is_sorted_by_key(|row| key(*row)) {
        order.sort_unstable_by_key(|row| (key(*row), *row));
    }
    let pairs = order.iter().zip(order.iter().skip(1));
    let mut repeated: Vec<u32> =
        pairs.filter(|(one, other)| key(**one) == key(**other)).map(|(_, other)| *other).collect();
    if repeated.is_empty() {
        return Ok(order);
    }
    repeated.sort_unstable();
    let named = repeated.iter().map(|row| match key(*row) {
        (urn, Some(year)) => format!("{} in {year}", urn.unwrap_or_default()),
        (urn, None) => urn.unwrap_or_default().to_string(),
    });
    let rule = if year.is_some() { "must occur once a year" } else { "must occur once (there is no column 'year')" };
    Err(Error::values("urn", rule, repeated.len(), named))
}

/// For each row the row of the same school so many years before; a number beyond all rows if there is none.
fn earlier(urn: &[i64], year: &[Option<i64>], order: &[u32], back: usize) -> Option<Vec<u32>> {
    let back = i64::try_from(back).ok()?;
    let key = |row: u32| Some((*urn.get(row as usize)?, (*year.get(row as usize)?)?));
    let mut found = vec![u32::MAX; urn.len()];
    for (position, row) in order.iter().enumerate() {
        let Some((urn, year)) = key(*row) else { continue };
        // The years of a school come one after the other, each once.
        let before = order.get(..position).unwrap_or_default().iter().rev();
        let wanted = before
            .take_while(|other| key(**other).is_some_and(|(own, then)| own == urn && then >= year.saturating_sub(back)))
            .find(|other| key(**other) == Some((urn, year.saturating_sub(back))));
        if let (Some(slot), Some(wanted)) = (found.get_mut(*row as usize), wanted) {
            *slot = *wanted;
        }
    }
    Some(found)
}

/// Whether a column of texts holds none at all. A column without a single value often has no type of its own (an empty
/// column of a sheet, a null literal), so it says nothing about the kind of values it is meant for.
fn is_blank(column: &Column) -> bool {
    match column {
        Column::Text(values) => values.iter().all(Option::is_none),
        Column::Coded(coded) => coded.codes.iter().all(Option::is_none),
        _ => false,
    }
}

/// Values that are not allowed: row and value.
type Wrong = Vec<(usize, String)>;

/// The values of a column, missing where they are not allowed, and those that are not.
fn decode(column: &Column, indicator: &ResolvedIndicator, name: &str, height: usize) -> Result<(Values, Wrong)> {
    let mut wrong: Wrong = Vec::new();
    let values = match &indicator.domain {
        Domain::Text => Values::Absent,
        Domain::Flag if is_blank(column) => Values::Codes(vec![MISSING; height]),
        Domain::Number { .. } if is_blank(column) => Values::Numbers(vec![f64::NAN; height]),
        Domain::Flag | Domain::Choice(_) => Values::Codes(codes(column, name, indicator, &mut wrong)?),
        Domain::Number { min, max, whole } => {
            let mut numbers: Vec<f64> = match column {
                Column::Number(values) => values.iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
                #[expect(clippy::cast_precision_loss, reason = "counts and percentages are far below 2^52")]
                Column::Integer(values) => {
                    values.iter().map(|value| value.map_or(f64::NAN, |value| value as f64)).collect()
                }
                other => return Err(kind_error(name, "numbers", other)),
            };
            let held = |row: usize| match column {
                Column::Number(values) => values.get(row).is_some_and(Option::is_some),
                _ => true,
            };
            for (row, value) in numbers.iter_mut().enumerate() {
                let allowed = value.is_finite() && *value >= *min && *value <= *max && (!whole || value.fract() == 0.0);
                if !allowed && !(value.is_nan() && (!held(row) || matches!(column, Column::Integer(_)))) {
                    wrong.push((row, value.to_string()));
                    *value = f64::NAN;
                }
            }
            Values::Numbers(numbers)
        }
    };
    Ok((values, wrong))
}

fn kind_error(name: &str, wanted: &str, column: &Column) -> Error {
    Error::Input(format!("column '{name}' must hold {wanted}, it holds {}", column.kind()))
}

/// The rule a value must keep, in words.
fn rule(domain: &Domain) -> String {
    match domain {
        Domain::Flag => "must be true or false (or 1 or 0)".to_owned(),
        Domain::Choice(values) => format!("must be one of {}", values.join(", ")),
        Domain::Number { min, max, whole } => {
            let what = if *whole { "a whole number" } else { "a finite number" };
            match (min.is_finite(), max.is_finite()) {
                (true, true) => format!("must be {what} from {min} to {max}"),
                (true, false) => format!("must be {what} of at least {min}"),
                (false, true) => format!("must be {what} of at most {max}"),
                (false, false) => format!("must be {what}"),
            }
        }
        Domain::Text => String::new(),
    }
}

/// Positions of values among the allowed ones; rows with another value go to `wrong`.
fn codes(column: &Column, name: &str, indicator: &ResolvedIndicator, wrong: &mut Wrong) -> Result<Vec<u8>> {
    let flag = indicator.domain == Domain::Flag;
    let mut allowed: HashMap<&str, u8> = match &indicator.domain {
        Domain::Choice(values) => values.iter().zip(0..).map(|(value, code)| (value.as_str(), code)).collect(),
        _ => HashMap::from([("0", 0), ("1", 1)]),
    };
    allowed.extend(indicator.aliases.iter().map(|(alias, code)| (alias.as_str(), *code)));
    let mut code = |row: usize, text: Option<&str>| {
        let Some(text) = text else { return MISSING };
        allowed.get(text).copied().unwrap_or_else(|| {
            wrong.push((row, text.to_owned()));
            MISSING
        })
    };
    match column {
        Column::Flag(values) if flag => Ok(values.iter().map(|value| value.map_or(MISSING, u8::from)).collect()),
        Column::Number(values) => {
            // Numbers repeat; each one is written out once.
            let mut texts: FastMap<u64, String> = FastMap::default();
            let rows = values.iter().enumerate();
            Ok(rows
                .map(|(row, value)| {
                    let text = value.map(|value| texts.entry(value.to_bits()).or_insert_with(|| value.to_string()));
                    code(row, text.map(|text| text.as_str()))
                })
                .collect())
        }
        Column::Integer(values) => {
            let mut texts: FastMap<i64, String> = FastMap::default();
            let rows = values.iter().enumerate();
            Ok(rows
                .map(|(row, value)| {
                    let text = value.map(|value| texts.entry(value).or_insert_with(|| value.to_string()));
                    code(row, text.map(|text| text.as_str()))
                })
                .collect())
        }
        Column::Text(values) if !flag => {
            Ok(values.iter().enumerate().map(|(row, value)| code(row, value.as_deref())).collect())
        }
        Column::Coded(coded) if !flag => {
            let known: Vec<Option<u8>> =
                coded.labels.iter().map(|label| allowed.get(label.as_ref()).copied()).collect();
            let rows = coded.codes.iter().enumerate();
            Ok(rows
                .map(|(row, label)| match label.and_then(|label| known.get(label as usize).copied().flatten()) {
                    Some(known) => known,
                    None => code(row, coded.get(row)),
                })
                .collect())
        }
        other if flag => Err(kind_error(name, "true or false (or 1 or 0)", other)),
        other => Err(kind_error(name, "text or whole numbers", other)),
    }
}
