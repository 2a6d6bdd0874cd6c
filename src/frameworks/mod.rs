//! Categorisation frameworks: a council paper as a file, and its rules applied to schools.
//!
//! A framework file (see `docs/frameworks.md`) declares categories, indicators, thresholds, criteria and how criteria
//! become a category. [`Framework`] holds one under chosen readings; [`Framework::assign`] gives an [`Assignment`] with
//! the category of each school, what is still possible where evidence is missing, and the trace of every test.
//!
//! ```
//! use schoolframe::frameworks::Framework;
//! use schoolframe::table::{Column, Table};
//!
//! let framework = Framework::load("southend_2017")?;
//! let schools = Table::new([
//!     ("urn", Column::Integer(vec![Some(100_000)])),
//!     ("safety_threatened", Column::Flag(vec![Some(true)])),
//! ])?;
//! let result = framework.assign(&schools, "primary")?;
//! assert_eq!(result.frame()?.column("category")?.text(0), Some("Blue"));
//! assert_eq!(result.frame()?.column("status")?.text(0), Some("candidate"));
//! # Ok::<(), schoolframe::error::Error>(())
//! ```

mod assign;
mod boundaries;
mod change;
mod charge;
mod complete;
mod condition;
mod dataset;
mod describe;
mod dimension;
mod evaluate;
mod explain;
mod following;
mod inputs;
mod ledger;
mod lint;
mod listing;
mod logic;
mod model;
mod names;
mod options;
mod papers;
mod parse;
mod policy;
mod possible;
mod reach;
mod resolve;
mod result;
mod rows;
mod settle;
mod states;
mod steps;
mod support;
mod tally;
mod trace;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

pub use boundaries::BoundaryCases;
pub use change::{ChangeOptions, Changes, Cohort};
pub use charge::Charged;
pub use logic::Truth;
pub use options::{Invalid, Options, OutOfForce};
pub use result::{Status, Summary};
pub use trace::{COLUMNS as TRACE, Stretch, Trace};

use crate::error::{Error, Result};
use crate::table::Table;
use assign::{Evidence, Verdict};
use evaluate::Truths;
use inputs::{Columns, Inputs, References};
use model::File;
use parse::Source;
use policy::Policy;
use resolve::{Request, Resolved};
use rows::Shared;
#[cfg(feature = "polars")]
pub(crate) use rows::each_column;
pub(crate) use rows::in_parts;

/// Frameworks embedded in the library: name, file name, text.
const EMBEDDED: [(&str, &str, &str); 5] = [
    ("southend_2011", "southend_2011.toml", include_str!("data/southend_2011.toml")),
    ("southend_2017", "southend_2017.toml", include_str!("data/southend_2017.toml")),
    ("reading_2016", "reading_2016.toml", include_str!("data/reading_2016.toml")),
    ("derby_winners", "derby_winners.toml", include_str!("data/derby_winners.toml")),
    ("staffordshire_2008", "staffordshire_2008.toml", include_str!("data/staffordshire_2008.toml")),
];

/// A framework under chosen readings and thresholds.
#[derive(Debug, Clone)]
pub struct Framework {
    source: Arc<Source>,
    file: Arc<File>,
    readings: BTreeMap<String, String>,
    overrides: BTreeMap<String, f64>,
    /// Clauses left out.
    dropped: BTreeSet<String>,
    /// Further criteria that count, by category.
    added: Vec<(String, String)>,
    resolved: Arc<Resolved>,
    /// Options (reading, letter) that change nothing, known from reading the file; `None` once something was changed.
    idle: Option<Arc<[(String, String)]>>,
    /// Worked out once for each phase.
    plans: Arc<[OnceLock<Result<Arc<Plan>>>]>,
}

/// The rules and the policy of a phase.
#[derive(Debug)]
struct Plan {
    /// The rules without what is not asked in this phase.
    resolved: Resolved,
    policy: Policy,
}

/// Categories of the schools of a table under one framework.
#[derive(Debug, Clone)]
pub struct Assignment {
    framework: Framework,
    phase: String,
    phase_position: usize,
    columns: Columns,
    references: References,
    plan: Arc<Plan>,
    inputs: Inputs,
    truths: Vec<Truths>,
    /// By item: whether it is asked of each school, where that depends on the school.
    applies: Vec<Option<Truths>>,
    by_element: Vec<Truths>,
    /// Truth of every rule of every other result.
    following: Vec<Vec<Truths>>,
    verdicts: Shared<Verdict>,
    evidence: Shared<Evidence>,
    /// For a combined phase: the assignment under each phase it is made of.
    parts: Vec<Assignment>,
}

/// What differs from the file.
#[derive(Default)]
struct Changed {
    readings: BTreeMap<String, String>,
    overrides: BTreeMap<String, f64>,
    dropped: BTreeSet<String>,
    added: Vec<(String, String)>,
}

impl Framework {
    /// Names of the embedded frameworks.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        EMBEDDED.iter().map(|(name, _, _)| *name).collect()
    }

    /// An embedded framework by name, under its default readings. Its file is read once.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the names that exist and the nearest one.
    pub fn load(name: &str) -> Result<Self> {
        static READ: [OnceLock<Result<Framework>>; EMBEDDED.len()] = [const { OnceLock::new() }; EMBEDDED.len()];
        match EMBEDDED.iter().zip(&READ).find(|((known, _, _), _)| *known == name) {
            Some(((_, file, text), read)) => read.get_or_init(|| Self::from_toml(text, file)).clone(),
            None => Err(Error::unknown("framework", name, Self::names())),
        }
    }

    /// A framework from the text of a file; `file_name` is used in messages.
    ///
    /// # Errors
    /// [`Error::File`] with the line of the first rule of the format that is broken, or at which the file becomes too large.
    pub fn from_toml(text: &str, file_name: &str) -> Result<Self> {
        parse::refuse_large(file_name, text)?;
        let source = Arc::new(Source::new(file_name, text));
        let file = Arc::new(source.parse()?);
        verify::verify(&source, &file)?;
        let framework = Self::build(source, file, Changed::default())?;
        let idle = framework.idle_options(Err)?.into();
        Ok(Self { idle: Some(idle), ..framework })
    }

    fn build(source: Arc<Source>, file: Arc<File>, changed: Changed) -> Result<Self> {
        let Changed { readings, overrides, dropped, added } = changed;
        let request = Request {
            source: &source,
            file: &file,
            readings: &readings,
            overrides: &overrides,
            dropped: &dropped,
            added: &added,
        };
        let resolved = Arc::new(request.resolve()?);
        let plans = resolved.phases.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { source, file, readings, overrides, dropped, added, resolved, idle: None, plans })
    }

    /// Options other than the chosen ones that change nothing. `refused` says what to do about one that cannot be applied.
    fn idle_options(&self, refused: impl Fn(Error) -> Result<()>) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        for (reading, (id, chosen)) in self.file.reading.iter().zip(self.chosen()) {
            for letter in reading.options.keys().filter(|letter| letter.get_ref() != chosen) {
                match self.with_reading(id, letter.get_ref()) {
                    Ok(other) if other.resolved == self.resolved => {
                        found.push((id.to_owned(), letter.get_ref().clone()));
                    }
                    Ok(_) => {}
                    Err(error) => refused(error)?,
                }
            }
        }
        Ok(found)
    }

    /// The same framework with something changed.
    fn changing(&self, change: impl FnOnce(&mut Changed)) -> Result<Self> {
        let mut changed = Changed {
            readings: self.readings.clone(),
            overrides: self.overrides.clone(),
            dropped: self.dropped.clone(),
            added: self.added.clone(),
        };
        change(&mut changed);
        Self::build(Arc::clone(&self.source), Arc::clone(&self.file), changed)
    }

    /// The policy of a phase (position).
    fn plan(&self, phase: usize) -> Result<Arc<Plan>> {
        let build = || {
            let resolved = self.resolved.for_phase(phase);
            let policy = Policy::new(&resolved, phase)?;
            Ok(Arc::new(Plan { resolved, policy }))
        };
        self.plans.get(phase).map_or_else(build, |plan| plan.get_or_init(build).clone())
    }

    /// The figures printed in the document for a phase (position).
    fn figures(&self, phase: usize) -> References {
        let bits = self.resolved.asked(phase);
        let phases = self.resolved.phases.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        let asked: Vec<&String> = phases.map(|(_, name)| name).collect();
        let rows = self.file.reference.iter().enumerate();
        let rows = rows.filter(|(_, row)| {
            row.phases.is_empty() || row.phases.iter().any(|known| asked.contains(&known.get_ref()))
        });
        References::new(rows.filter_map(|(position, row)| {
            let name = row.indicator.get_ref();
            let indicator = self.resolved.indicators.iter().position(|known| known.name == *name)?;
            let value = self.resolved.figures.get(name).copied().unwrap_or(row.value);
            Some((indicator, row.year.map(i64::from), position, value))
        }))
    }

    /// The same framework under another option of a reading.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a reading or option that does not exist; [`Error::Input`] if another chosen reading changes
    /// the same thing.
    pub fn with_reading(&self, id: &str, option: &str) -> Result<Self> {
        let Some(reading) = self.file.reading.iter().find(|reading| reading.id.get_ref() == id) else {
            let known = self.file.reading.iter().map(|reading| reading.id.get_ref().as_str());
            return Err(Error::unknown("reading", id, known));
        };
        if !reading.options.keys().any(|letter| letter.get_ref() == option) {
            let known = reading.options.keys().map(|letter| letter.get_ref().as_str());
            return Err(Error::unknown("reading option", option, known));
        }
        self.changing(|changed| {
            changed.readings.insert(id.to_owned(), option.to_owned());
        })
    }

    /// The same framework with another value of a threshold; it wins over the readings.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a threshold that does not exist, [`Error::File`] for a value that its use does not allow.
    pub fn with_threshold(&self, name: &str, value: f64) -> Result<Self> {
        if !self.resolved.thresholds.iter().any(|threshold| threshold.name == name) {
            let known = self.resolved.thresholds.iter().map(|threshold| threshold.name.as_str());
            return Err(Error::unknown("threshold", name, known));
        }
        self.changing(|changed| {
            changed.overrides.insert(name.to_owned(), value);
        })
    }

    /// The same framework without a clause: a criterion, a gate, an adjustment or a rule of a result. In a list of
    /// conditions it drops out; where it stands alone it does not hold.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a clause that does not exist.
    pub fn without(&self, id: &str) -> Result<Self> {
        self.changing(|changed| {
            changed.dropped.insert(id.to_owned());
        })
    }

    /// The same framework with more entries in its file, and a criterion that counts for a category of best fit.
    ///
    /// # Errors
    /// [`Error::File`] for text that breaks the format, with the line counted on from the end of the file;
    /// [`Error::Unknown`] for a category that counts no criteria.
    pub fn with_clause(&self, text: &str, counts_for: Option<(&str, &str)>) -> Result<Self> {
        let whole = format!("{}\n{text}\n", self.source.text.trim_end());
        let extended = Self::from_toml(&whole, &self.source.file)?;
        let (readings, overrides) = (self.readings.clone(), self.overrides.clone());
        let mut added = self.added.clone();
        added.extend(counts_for.map(|(category, id)| (category.to_owned(), id.to_owned())));
        let changed = Changed { readings, overrides, dropped: self.dropped.clone(), added };
        Self::build(extended.source, extended.file, changed)
    }

    /// The same framework with a criterion of its file that counts for one more category.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a category that counts no criteria, [`Error::File`] for a criterion that is not there.
    pub fn counting(&self, category: &str, id: &str) -> Result<Self> {
        self.changing(|changed| changed.added.push((category.to_owned(), id.to_owned())))
    }

    /// Clauses that were left out.
    #[must_use]
    pub fn dropped(&self) -> Vec<&str> {
        self.dropped.iter().map(String::as_str).collect()
    }

    /// Criteria that were made to count: category, criterion.
    #[must_use]
    pub fn added(&self) -> &[(String, String)] {
        &self.added
    }

    /// Hash of the file, the chosen readings and the changed thresholds, as 16 hexadecimal digits (FNV-1a, 64 bits). It
    /// tells versions apart; it is no protection against forgery.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let mut add = |bytes: &[u8]| {
            for byte in bytes.iter().chain(&[0xff]) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        add(self.source.text.as_bytes());
        for (reading, option) in self.chosen() {
            add(reading.as_bytes());
            add(option.as_bytes());
        }
        for (name, value) in &self.overrides {
            add(name.as_bytes());
            add(&value.to_le_bytes());
        }
        for id in &self.dropped {
            add(b"without");
            add(id.as_bytes());
        }
        for (category, id) in &self.added {
            add(category.as_bytes());
            add(id.as_bytes());
        }
        format!("{hash:016x}")
    }

    /// Categories for the schools of a table, all of one phase.
    ///
    /// The table has a column `urn`, perhaps `year`, and columns named after indicators; see `docs/frameworks.md` for how
    /// earlier years, comparators and missing values are read. Indicators without a column are unknown for every school.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a phase the framework does not speak of, [`Error::Input`] for values that are not allowed, values
    /// that contradict each other, and years in which the framework was not in force.
    pub fn assign(&self, table: &Table, phase: &str) -> Result<Assignment> {
        self.assign_with(table, phase, Options::default())
    }

    /// As [`Framework::assign`], with a choice of what to do with rows that break a rule.
    ///
    /// # Errors
    /// As [`Framework::assign`], less what `options` pass over.
    pub fn assign_with(&self, table: &Table, phase: &str, options: Options) -> Result<Assignment> {
        assign::assign(self, table, phase, options, true)
    }
}

impl Assignment {
    /// The framework that was used.
    #[must_use]
    pub const fn framework(&self) -> &Framework {
        &self.framework
    }

    /// The phase of the schools.
    #[must_use]
    pub fn phase(&self) -> &str {
        &self.phase
    }

    /// Columns that the framework asks for and the table does not have, in the order of the criteria.
    #[must_use]
    pub fn absent(&self) -> &[String] {
        &self.inputs.absent
    }

    /// Columns of the table that the framework does not know.
    #[must_use]
    pub fn unused(&self) -> &[String] {
        &self.inputs.unused
    }

    /// Number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.inputs.height()
    }
}
