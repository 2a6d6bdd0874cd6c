//! Frameworks and assignments.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3_polars::PyDataFrame;

use crate::error::{Error, Result};
use crate::frames::{assign, evidence_from, frame_from, trace_frame};
use crate::frameworks::{Assignment, ChangeOptions, Cohort, Framework, Invalid, Options, OutOfForce};
use crate::table::Table;

fn frame(table: Result<Table>) -> Result<PyDataFrame> {
    Ok(PyDataFrame(frame_from(&table?)?))
}

/// A framework under chosen readings and thresholds.
#[pyclass(frozen, name = "Framework", module = "schoolframe._native")]
pub struct PyFramework(pub(super) Framework);

#[pymethods]
impl PyFramework {
    /// Names of the frameworks that come with the library.
    #[staticmethod]
    fn names() -> Vec<&'static str> {
        Framework::names()
    }

    /// A framework that comes with the library.
    #[staticmethod]
    fn load(name: &str) -> Result<Self> {
        Framework::load(name).map(Self)
    }

    /// A framework from the text of a file.
    #[staticmethod]
    fn from_toml(text: &str, file_name: &str) -> Result<Self> {
        Framework::from_toml(text, file_name).map(Self)
    }

    /// The same under another option of a reading.
    fn with_reading(&self, reading: &str, option: &str) -> Result<Self> {
        self.0.with_reading(reading, option).map(Self)
    }

    /// The same with another value of a threshold.
    fn with_threshold(&self, name: &str, value: f64) -> Result<Self> {
        self.0.with_threshold(name, value).map(Self)
    }

    /// Categories of the schools of a frame.
    #[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
    #[pyo3(signature = (schools, phase, invalid="raise", out_of_force="raise"))]
    fn assign(
        &self,
        py: Python<'_>,
        schools: PyDataFrame,
        phase: &str,
        invalid: &str,
        out_of_force: &str,
    ) -> Result<PyAssignment> {
        let options = Options {
            invalid: match invalid {
                "raise" => Invalid::Refuse,
                "null" => Invalid::PassOver,
                other => return Err(Error::unknown("choice for invalid", other, ["raise", "null"])),
            },
            out_of_force: match out_of_force {
                "raise" => OutOfForce::Refuse,
                "null" => OutOfForce::PassOver,
                "allow" => OutOfForce::Allow,
                other => return Err(Error::unknown("choice for out_of_force", other, ["raise", "null", "allow"])),
            },
        };
        py.detach(|| assign(&schools.0, &self.0, phase, options)).map(PyAssignment)
    }

    /// The same without a clause.
    fn without(&self, clause: &str) -> Result<Self> {
        self.0.without(clause).map(Self)
    }

    /// The same with more entries in its file, and a criterion of them that counts for a category.
    #[pyo3(signature = (text, counts_for=None))]
    #[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
    fn with_clause(&self, text: &str, counts_for: Option<(String, String)>) -> Result<Self> {
        let counts_for = counts_for.as_ref().map(|(category, id)| (category.as_str(), id.as_str()));
        self.0.with_clause(text, counts_for).map(Self)
    }

    /// Clauses that were left out.
    fn dropped(&self) -> Vec<String> {
        self.0.dropped().into_iter().map(str::to_owned).collect()
    }

    /// Criteria that were made to count: category, criterion.
    fn added(&self) -> Vec<(String, String)> {
        self.0.added().to_vec()
    }

    /// What a school pays: how many it pays for, pounds, whether the table is not written for the phase.
    fn charge(&self, units: f64, phase: &str) -> Result<(f64, f64, bool)> {
        self.0.charge(units, phase).map(|charged| (charged.pays, charged.amount, charged.marked))
    }

    /// Phases that are made of others, with these.
    fn combined(&self) -> Vec<(String, Vec<String>)> {
        self.0.combined()
    }

    /// What the framework computes from data without deciding.
    #[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
    fn dataset(&self, py: Python<'_>, schools: PyDataFrame, phase: &str) -> Result<PyDataFrame> {
        py.detach(|| frame(evidence_from(&schools.0, &self.0).and_then(|table| self.0.dataset(&table, phase))))
    }

    /// Boundary cases of every threshold, and their schools.
    fn boundary_cases(&self, py: Python<'_>) -> Result<(PyDataFrame, PyDataFrame)> {
        let made = py.detach(|| self.0.boundary_cases())?;
        Ok((frame(Ok(made.cases))?, frame(Ok(made.schools))?))
    }

    /// Whether a column of that name is read as evidence.
    fn reads(&self, column: &str) -> bool {
        self.0.reads(column)
    }

    /// Readings and the options in force.
    fn chosen(&self) -> Vec<(String, String)> {
        self.0.chosen().into_iter().map(|(reading, option)| (reading.to_owned(), option.to_owned())).collect()
    }

    /// Hash of text, readings and thresholds.
    fn hash(&self) -> String {
        self.0.hash()
    }

    /// Thresholds that were given another value.
    fn changed_thresholds(&self) -> Vec<(String, f64)> {
        self.0.changed_thresholds().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    #[getter]
    fn file_name(&self) -> &str {
        self.0.file_name()
    }

    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    #[getter]
    fn title(&self) -> &str {
        self.0.title()
    }

    #[getter]
    fn authority(&self) -> &str {
        self.0.authority()
    }

    #[getter]
    fn document(&self) -> &str {
        self.0.document()
    }

    #[getter]
    fn lines(&self) -> u32 {
        self.0.lines()
    }

    #[getter]
    fn note(&self) -> Option<&str> {
        self.0.note()
    }

    #[getter]
    fn years(&self) -> (i32, i32) {
        let [first, last] = self.0.years();
        (first, last)
    }

    #[getter]
    fn phases(&self) -> Vec<String> {
        self.0.phases().to_vec()
    }

    #[getter]
    fn category_ids(&self) -> Vec<String> {
        self.0.category_ids().to_vec()
    }

    /// One of the listings of the framework as a frame.
    fn listing(&self, name: &str) -> Result<PyDataFrame> {
        let framework = &self.0;
        frame(match name {
            "categories" => framework.categories(),
            "criteria" => framework.criteria(),
            "thresholds" => framework.thresholds(),
            "readings" => framework.readings(),
            "indicators" => framework.indicators(),
            "support" => framework.support(),
            "policy" => framework.policy(),
            "datasets" => framework.datasets(),
            "process" => framework.process(),
            "registers" => framework.registers(),
            "references" => framework.references(),
            "lint" => framework.lint(),
            "quantities" => framework.quantities(),
            "charges" => framework.charges(),
            "capacity" => framework.capacity(),
            "constraints" => framework.constraints(),
            "results" => framework.results(),
            _ => Err(Error::unknown(
                "listing",
                name,
                [
                    "categories",
                    "criteria",
                    "thresholds",
                    "readings",
                    "indicators",
                    "support",
                    "policy",
                    "datasets",
                    "process",
                    "registers",
                    "references",
                    "lint",
                    "quantities",
                    "charges",
                    "capacity",
                    "constraints",
                    "results",
                ],
            )),
        })
    }
}

/// Categories of the schools of a frame under one framework.
#[pyclass(frozen, name = "Assignment", module = "schoolframe._native")]
pub struct PyAssignment(Assignment);

#[pymethods]
impl PyAssignment {
    /// One row per school and year.
    fn frame(&self, py: Python<'_>) -> Result<PyDataFrame> {
        py.detach(|| frame(self.0.frame()))
    }

    /// One row per school, year and criterion; of some rows only, when they are given.
    #[pyo3(signature = (rows=None))]
    #[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
    fn trace(&self, py: Python<'_>, rows: Option<Vec<usize>>) -> Result<PyDataFrame> {
        py.detach(|| match &rows {
            Some(rows) => frame(self.0.trace_of(rows)),
            None => trace_frame(&self.0).map(PyDataFrame),
        })
    }

    /// One row per school, year and unknown value, the most decisive first.
    fn deciding(&self, py: Python<'_>) -> Result<PyDataFrame> {
        py.detach(|| frame(self.0.deciding_table()))
    }

    /// One row per school, year and item of support.
    fn support(&self, py: Python<'_>) -> Result<PyDataFrame> {
        py.detach(|| frame(self.0.support()))
    }

    /// The result for a school in words.
    #[pyo3(signature = (urn, year=None))]
    fn explain(&self, urn: i64, year: Option<i64>) -> Result<String> {
        self.0.explain(urn, year)
    }

    /// The smallest changes that move a school: table, what is said beside it, the same in words.
    #[pyo3(signature = (urn, year=None, limit=5, pupils=None, pupils_by=None, fixed=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of a method in Python")]
    fn what_would_change(
        &self,
        py: Python<'_>,
        urn: i64,
        year: Option<i64>,
        limit: usize,
        pupils: Option<f64>,
        pupils_by: Option<BTreeMap<String, f64>>,
        fixed: Option<Vec<String>>,
    ) -> Result<(PyDataFrame, Vec<String>, String)> {
        let cohort = match (pupils, pupils_by) {
            (_, Some(by)) => Cohort::By(by),
            (Some(all), None) => Cohort::All(all),
            (None, None) => Cohort::Unknown,
        };
        let options = ChangeOptions { limit, cohort, fixed: fixed.unwrap_or_default() };
        let changes = py.detach(|| self.0.what_would_change(urn, year, &options))?;
        Ok((frame(Ok(changes.table))?, changes.notes, changes.words))
    }

    /// The row of a school; without a year the latest one.
    #[pyo3(signature = (urn, year=None))]
    fn row(&self, urn: i64, year: Option<i64>) -> Result<usize> {
        self.0.row(urn, year)
    }

    /// Columns that the framework asks for and the frame does not have.
    fn absent(&self) -> Vec<String> {
        self.0.absent().to_vec()
    }

    #[getter]
    fn phase(&self) -> &str {
        self.0.phase()
    }

    #[getter]
    fn height(&self) -> usize {
        self.0.height()
    }
}
