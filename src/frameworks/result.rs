//! The result of an assignment as tables and in words.

use super::Assignment;
use super::assign::categories;
use super::describe::either;
use super::logic::Truth;
use super::policy::{Adds, Outcome};
use super::reach::NO_CATEGORY;
use super::resolve::Origin;
use crate::error::Result;
use crate::table::{Coder, Column, Table};

/// What is said about a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Every way to fill in what is unknown leads to the same category.
    Determined,
    /// More than one category is possible.
    Undetermined,
    /// The category follows once a person decides so.
    Candidate,
    /// The evidence fits no category.
    Conflict,
}

impl Status {
    /// The word used in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Determined => "determined",
            Self::Undetermined => "undetermined",
            Self::Candidate => "candidate",
            Self::Conflict => "conflict",
        }
    }
}

/// The result for one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// What is said.
    pub status: Status,
    /// Position of the category, if there is one.
    pub category: Option<usize>,
    /// Positions of the categories still possible, the best first.
    pub possible: Vec<usize>,
    /// The category on the evidence held.
    pub leading: Option<usize>,
    /// For a candidate: the category without what a person has to decide, if it is settled.
    pub otherwise: Option<usize>,
    /// Whether the category was chosen without a majority; `None` if that is open.
    pub best_fit: Option<bool>,
}

impl Assignment {
    /// The result of a row.
    #[must_use]
    pub fn summary(&self, row: usize) -> Summary {
        let outcomes = self.verdicts.get(row).map_or(0, |verdict| verdict.outcomes);
        let found = categories(&self.plan.policy, outcomes);
        let possible: Vec<usize> =
            (0..self.framework.resolved.categories.len()).filter(|at| found >> at & 1 == 1).collect();
        let reached: Vec<&Outcome> = self
            .plan
            .policy
            .outcomes
            .iter()
            .enumerate()
            .filter(|(position, _)| outcomes >> position & 1 == 1)
            .map(|(_, outcome)| outcome)
            .collect();
        let status = match (possible.len(), found >> NO_CATEGORY & 1 == 1) {
            (0, _) => Status::Conflict,
            (1, false) if reached.iter().any(|outcome| outcome.candidate) => Status::Candidate,
            (1, false) => Status::Determined,
            _ => Status::Undetermined,
        };
        let settled = matches!(status, Status::Determined | Status::Candidate);
        let same = |of: fn(&Outcome) -> Option<usize>| {
            let first = reached.first().map(|outcome| of(outcome))?;
            if reached.iter().all(|outcome| of(outcome) == first) { first } else { None }
        };
        let majority = |wanted: bool| reached.iter().all(|outcome| outcome.majority == wanted);
        let best_fit = match (settled, majority(true), majority(false)) {
            (true, true, false) => Some(false),
            (true, false, true) => Some(true),
            _ => None,
        };
        Summary {
            status,
            category: if settled { possible.first().copied() } else { None },
            leading: self.evidence.get(row).and_then(|evidence| evidence.leading.category),
            otherwise: if status == Status::Candidate { same(|outcome| outcome.without) } else { None },
            best_fit,
            possible,
        }
    }

    fn category_name(&self, position: usize) -> &str {
        self.framework.resolved.categories.get(position).map_or("", String::as_str)
    }

    /// Names of the flags of a row: raised, and not checked because a value is missing.
    #[must_use]
    pub fn flags(&self, row: usize) -> (Vec<&str>, Vec<&str>) {
        let mut raised = Vec::new();
        let mut unchecked = Vec::new();
        for (item, truths) in self.framework.resolved.items.iter().zip(&self.truths) {
            let Origin::Flag(position) = item.origin else { continue };
            let Some(flag) = self.framework.file.flag.get(position) else { continue };
            match truths.get(row) {
                Some(Truth::True) => raised.push(flag.name.get_ref().as_str()),
                Some(Truth::Unknown) => unchecked.push(flag.name.get_ref().as_str()),
                _ => {}
            }
        }
        (raised, unchecked)
    }

    /// Adjustments whose condition is known to hold, with the criteria that make it hold.
    #[must_use]
    pub fn adjustments(&self, row: usize) -> Vec<(&str, Vec<&str>)> {
        let resolved = &self.framework.resolved;
        let mut found = Vec::new();
        for (bit, adjust) in resolved.adjust.iter().enumerate() {
            let mut truth = None;
            let mut ids = Vec::new();
            for (element, truths) in self.plan.policy.elements.iter().zip(&self.by_element) {
                let here = truths.get(row).copied().unwrap_or(Truth::Unknown);
                truth = match element.adds {
                    Adds::BitIfTrue(other) if other == bit => Some(truth.map_or(here, |truth: Truth| truth.or(here))),
                    Adds::BitIfFalse(other) if other == bit => Some(truth.map_or(here, |truth: Truth| truth.and(here))),
                    _ => continue,
                };
                if here == Truth::True {
                    element
                        .cond
                        .each_item(&mut |item| ids.extend(resolved.items.get(item).map(|item| item.id.as_str())));
                }
            }
            if truth == Some(Truth::True) {
                found.push((adjust.id.as_str(), ids));
            }
        }
        found
    }

    /// Names of the unknown values of a row, the most decisive first.
    #[must_use]
    pub fn deciding(&self, row: usize) -> Vec<String> {
        let Some(verdict) = self.verdicts.get(row) else { return Vec::new() };
        verdict.deciding.iter().map(|item| self.framework.resolved.var_name(item.var)).collect()
    }

    /// What each unknown value would do, the most decisive first: `urn`, `year`, `rank`, `indicator`, `fewest_left`
    /// (categories that remain possible under the answer that leaves the fewest), `removed` (categories removed, averaged
    /// over its different answers), `open_conditions` (criteria and adjustments that wait for it). Schools whose category
    /// is settled have no rows.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn deciding_table(&self) -> Result<Table> {
        let mut urn = Vec::new();
        let mut year = Vec::new();
        let mut rank = Vec::new();
        let mut indicator = Coder::default();
        let mut fewest = Vec::new();
        let mut removed = Vec::new();
        let mut open = Vec::new();
        for (row, verdict) in self.verdicts.iter().enumerate() {
            for (position, item) in (1..).zip(&verdict.deciding) {
                urn.push(self.inputs.urn.get(row).copied());
                year.push(self.inputs.year(row));
                rank.push(Some(position));
                indicator.push(Some(&self.framework.resolved.var_name(item.var)));
                fewest.push(Some(i64::from(item.fewest_left)));
                removed.push(Some(item.removed));
                open.push(i64::try_from(item.open).ok());
            }
        }
        Table::new([
            ("urn", Column::Integer(urn)),
            ("year", Column::Integer(year)),
            ("rank", Column::Integer(rank)),
            ("indicator", indicator.finish()),
            ("fewest_left", Column::Integer(fewest)),
            ("removed", Column::Number(removed)),
            ("open_conditions", Column::Integer(open)),
        ])
    }

    /// One row per school and year of the input, in its order.
    ///
    /// Columns: `urn`, `year`, `phase`, `category` (missing unless the status is determined or candidate), `status`,
    /// `possible` (best first), `leading` (category on the evidence held, however little), `otherwise` (for candidates),
    /// `best_fit` (chosen without a majority), `deciding` (unknown values, the most decisive first), then for each
    /// category of best fit `..._met`, `..._failed`, `..._unknown` (numbers of criteria) and `..._share` (per cent met, of
    /// what the policy says), `adjustments`, `flags`, `flags_unchecked`, `exact` (whether `possible` is exact), `reason`.
    ///
    /// # Errors
    /// None in practice; the table is checked like any other.
    pub fn frame(&self) -> Result<Table> {
        let height = self.inputs.height();
        let resolved = &self.framework.resolved;
        let mut category = Coder::default();
        let mut status = Coder::default();
        let mut leading = Coder::default();
        let mut otherwise = Coder::default();
        let mut phase = Coder::default();
        let mut possible = Vec::with_capacity(height);
        let mut best_fit = Vec::with_capacity(height);
        let mut deciding = Vec::with_capacity(height);
        let mut adjustments = Vec::with_capacity(height);
        let mut flags = Vec::with_capacity(height);
        let mut unchecked = Vec::with_capacity(height);
        let mut exact = Vec::with_capacity(height);
        let mut reason = Vec::with_capacity(height);
        for row in 0..height {
            let summary = self.summary(row);
            category.push(summary.category.map(|at| self.category_name(at)));
            status.push(Some(summary.status.name()));
            leading.push(summary.leading.map(|at| self.category_name(at)));
            otherwise.push(summary.otherwise.map(|at| self.category_name(at)));
            phase.push(Some(&self.phase));
            possible.push(Some(summary.possible.iter().map(|at| self.category_name(*at).to_owned()).collect()));
            best_fit.push(summary.best_fit);
            deciding.push(Some(self.deciding(row)));
            adjustments.push(Some(self.adjustments(row).iter().map(|(id, _)| (*id).to_owned()).collect()));
            let (raised, open) = self.flags(row);
            flags.push(Some(raised.into_iter().map(str::to_owned).collect()));
            unchecked.push(Some(open.into_iter().map(str::to_owned).collect()));
            exact.push(self.verdicts.get(row).map(|verdict| verdict.exact));
            reason.push(Some(self.reason(row)));
        }
        let mut columns = vec![
            ("urn".to_owned(), Column::Integer(self.inputs.urn.iter().copied().map(Some).collect())),
            ("year".to_owned(), Column::Integer((0..height).map(|row| self.inputs.year(row)).collect())),
            ("phase".to_owned(), phase.finish()),
            ("category".to_owned(), category.finish()),
            ("status".to_owned(), status.finish()),
            ("possible".to_owned(), Column::TextList(possible)),
            ("leading".to_owned(), leading.finish()),
            ("otherwise".to_owned(), otherwise.finish()),
            ("best_fit".to_owned(), Column::Flag(best_fit)),
            ("deciding".to_owned(), Column::TextList(deciding)),
        ];
        for (member, at) in self.plan.policy.members.iter().enumerate() {
            let name = resolved.categories.get(*at).map(|name| name.to_lowercase()).unwrap_or_default();
            let total = self.plan.policy.totals.get(member).copied().unwrap_or(0);
            let count = |of: fn(usize, usize, usize) -> usize| {
                let values = self.evidence.iter().map(|evidence| {
                    let met = evidence.met.get(member).copied().unwrap_or(0);
                    let known = evidence.known.get(member).copied().unwrap_or(0);
                    i64::try_from(of(met, known, total)).ok()
                });
                Column::Integer(values.collect())
            };
            columns.push((format!("{name}_met"), count(|met, _, _| met)));
            columns.push((format!("{name}_failed"), count(|met, known, _| known - met)));
            columns.push((format!("{name}_unknown"), count(|_, known, total| total - known)));
            let share = (0..height).map(|row| self.share(row, member));
            columns.push((format!("{name}_share"), Column::Number(share.collect())));
        }
        columns.extend([
            ("adjustments".to_owned(), Column::TextList(adjustments)),
            ("flags".to_owned(), Column::TextList(flags)),
            ("flags_unchecked".to_owned(), Column::TextList(unchecked)),
            ("exact".to_owned(), Column::Flag(exact)),
            ("reason".to_owned(), Column::Text(reason)),
        ]);
        Table::new(columns)
    }

    /// Share of criteria met in per cent; `None` if there is nothing to take a share of.
    fn share(&self, row: usize, member: usize) -> Option<f64> {
        let evidence = self.evidence.get(row)?;
        let met = *evidence.met.get(member)?;
        let of = self.plan.policy.of(*evidence.known.get(member)?, member);
        #[expect(clippy::cast_precision_loss, reason = "a framework has far fewer than 2^52 criteria")]
        if of == 0 { None } else { Some(100.0 * met as f64 / of as f64) }
    }

    /// Why a row has its result, in a sentence or two.
    #[must_use]
    pub fn reason(&self, row: usize) -> String {
        let summary = self.summary(row);
        let Some(evidence) = self.evidence.get(row) else { return String::new() };
        let counts: Vec<String> = self
            .plan
            .policy
            .members
            .iter()
            .enumerate()
            .map(|(member, at)| {
                let met = evidence.met.get(member).copied().unwrap_or(0);
                let known = evidence.known.get(member).copied().unwrap_or(0);
                format!("{} {met} of {}", self.category_name(*at), self.plan.policy.of(known, member))
            })
            .collect();
        let counts = format!("Criteria met: {}.", counts.join(", "));
        let held = self.adjustments(row);
        let because: Vec<String> = held
            .iter()
            .map(|(id, items)| if items.is_empty() { (*id).to_owned() } else { format!("{id} ({})", items.join(", ")) })
            .collect();
        let because = if because.is_empty() { String::new() } else { format!(" In force: {}.", because.join("; ")) };
        let names: Vec<&str> = summary.possible.iter().map(|at| self.category_name(*at)).collect();
        match summary.status {
            Status::Determined => {
                let fit = match summary.best_fit {
                    Some(true) => " Best fit: no category has a majority.",
                    _ => "",
                };
                format!("{}. {counts}{fit}{because}", either(&names))
            }
            Status::Candidate => {
                let otherwise = summary.otherwise.map_or_else(
                    || " Without that decision the category is open.".to_owned(),
                    |at| format!(" Without that decision: {}.", self.category_name(at)),
                );
                format!("{} if a person decides so.{because}{otherwise} {counts}", either(&names))
            }
            Status::Undetermined => {
                let unknown: usize =
                    evidence.known.iter().zip(&self.plan.policy.totals).map(|(known, total)| total - known).sum();
                let total: usize = self.plan.policy.totals.iter().sum();
                let deciding = self.deciding(row);
                let first: Vec<&str> = deciding.iter().take(3).map(String::as_str).collect();
                format!(
                    "Undetermined: {} possible. {unknown} of {total} counted criteria unknown. {counts}{because} Find out \
                     first: {}.",
                    either(&names),
                    first.join(", ")
                )
            }
            Status::Conflict => format!("No category fits. {counts}{because}"),
        }
    }
}
