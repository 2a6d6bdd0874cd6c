//! The result of an assignment as tables and in words.

use super::Assignment;
use super::assign::Evidence;
use super::describe::either;
use super::evaluate::Truths;
use super::logic::Truth;
use super::policy::{Count, Outcome, Use};
use super::reach::NO_CATEGORY;
use super::resolve::Origin;
use super::rows::Alike;
use super::settle::categories;
use crate::error::Result;
use crate::table::{Coder, Column, Table};

/// What is said about a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Every way to fill in what is unknown leads to the same category.
    Determined,
    /// More than one category is possible, or the evidence fits none.
    Undetermined,
    /// The category follows once a person decides so.
    Candidate,
    /// The category follows, and most of what describes it does not hold.
    Conflict,
    /// The row breaks a rule and was passed over.
    Invalid,
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
            Self::Invalid => "invalid",
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
    /// Position of the word that the file puts beside the result.
    pub mark: Option<usize>,
    /// Whether the known descriptors bear the category out.
    pub descriptors: Option<Described>,
}

/// Whether what describes a category holds where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Described {
    /// All of it.
    Clean,
    /// Some of it.
    Mixed,
    /// Too little of it.
    Conflict,
}

impl Described {
    /// The word used in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Mixed => "mixed",
            Self::Conflict => "conflict",
        }
    }
}

/// Rows that are alike, by what is asked of them.
struct Cases {
    verdict: Alike,
    summary: Alike,
    adjust: Alike,
    reason: Alike,
    /// The result of each kind of `summary`.
    summaries: Vec<Summary>,
    /// The same for each phase that this one is made of.
    parts: Vec<Cases>,
}

fn truth_byte(truths: &[Truth], row: usize) -> u8 {
    truths.get(row).copied().unwrap_or(Truth::Unknown) as u8
}

impl Summary {
    const fn invalid() -> Self {
        Self {
            status: Status::Invalid,
            category: None,
            possible: Vec::new(),
            leading: None,
            otherwise: None,
            best_fit: None,
            mark: None,
            descriptors: None,
        }
    }
}

impl Assignment {
    /// The result of a row.
    #[must_use]
    pub fn summary(&self, row: usize) -> Summary {
        let parts: Vec<Summary> = self.parts.iter().map(|part| part.summary(row)).collect();
        self.summary_with(row, &parts)
    }

    /// The result of a row, given that of each phase that this one is made of.
    fn summary_with(&self, row: usize, parts: &[Summary]) -> Summary {
        if self.inputs.refusal(row).is_some() {
            return Summary::invalid();
        }
        let none = Vec::new();
        let verdict = self.verdicts.get(row);
        let reached = verdict.map_or(&none, |verdict| &verdict.outcomes);
        let found = categories(reached);
        let possible: Vec<usize> =
            (0..self.framework.resolved.categories.len()).filter(|at| found >> at & 1 == 1).collect();
        let same = |of: fn(&Outcome) -> Option<usize>| {
            let first = reached.first().and_then(of);
            if reached.iter().all(|outcome| of(outcome) == first) { first } else { None }
        };
        let descriptors = self.descriptors(row, same(|outcome| outcome.fitting), parts);
        let status = match (possible.len(), found >> NO_CATEGORY & 1 == 1) {
            // Both sets of criteria apply: while one of them is open, so is the whole.
            _ if parts.iter().any(|part| part.status == Status::Undetermined) => Status::Undetermined,
            (1, false) if reached.iter().any(|outcome| outcome.candidate) => Status::Candidate,
            (1, false) if descriptors == Some(Described::Conflict) => Status::Conflict,
            (1, false) => Status::Determined,
            _ => Status::Undetermined,
        };
        let settled = status != Status::Undetermined;
        let majority = verdict.and_then(|verdict| verdict.majority);
        Summary {
            status,
            category: if settled { possible.first().copied() } else { None },
            leading: self.evidence.get(row).and_then(|evidence| evidence.leading.category),
            otherwise: if status == Status::Candidate { same(|outcome| outcome.without) } else { None },
            best_fit: if settled { majority.map(|majority| !majority) } else { None },
            mark: if settled { same(|outcome| outcome.mark) } else { None },
            descriptors: if settled { descriptors } else { None },
            possible,
        }
    }

    /// Whether the known descriptors of a category bear it out; `None` if it has none or none of them is known.
    /// For a combined phase those of the phases that the category comes from speak.
    fn descriptors(&self, row: usize, category: Option<usize>, parts: &[Summary]) -> Option<Described> {
        if !parts.is_empty() {
            let here = parts.iter().filter(|part| part.category == category);
            return here.filter_map(|part| part.descriptors).max();
        }
        let evidence = self.evidence.get(row)?;
        let mut found = None;
        for (group, least) in self.plan.policy.rule.descriptors(category?) {
            let count = evidence.counts.get(group).filter(|count| count.known > 0)?;
            let here = if count.met == count.known {
                Described::Clean
            } else if f64::from(count.met) * 100.0 < least * f64::from(count.known) {
                Described::Conflict
            } else {
                Described::Mixed
            };
            found = found.max(Some(here));
        }
        found
    }

    fn category_name(&self, position: usize) -> &str {
        self.framework.resolved.categories.get(position).map_or("", String::as_str)
    }

    /// Names of the flags of a row: raised, and not checked because a value is missing.
    #[must_use]
    pub fn flags(&self, row: usize) -> (Vec<&str>, Vec<&str>) {
        let mut raised = Vec::new();
        let mut unchecked = Vec::new();
        let asked = self.plan.resolved.asked(self.phase_position);
        for (item, truths) in self.plan.resolved.items.iter().zip(&self.truths) {
            let Origin::Flag(position) = item.origin else { continue };
            let Some(flag) = self.framework.file.flag.get(position).filter(|_| item.phases & asked != 0) else {
                continue;
            };
            let name = flag.name.get_ref().as_str();
            let list = match truths.get(row) {
                Some(Truth::True) => &mut raised,
                Some(Truth::Unknown) => &mut unchecked,
                _ => continue,
            };
            if !list.contains(&name) {
                list.push(name);
            }
        }
        unchecked.retain(|name| !raised.contains(name));
        (raised, unchecked)
    }

    /// Adjustments whose condition is known to hold, with the criteria that make it hold.
    #[must_use]
    pub fn adjustments(&self, row: usize) -> Vec<(&str, Vec<&str>)> {
        let resolved = &self.plan.resolved;
        let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
        for (id, ids) in self.parts.iter().flat_map(|part| part.adjustments(row)) {
            match found.iter_mut().find(|(known, _)| *known == id) {
                Some((_, known)) => known.extend(ids),
                None => found.push((id, ids)),
            }
        }
        let applied = self.evidence.get(row).map_or(&[][..], |evidence| &evidence.applied);
        for adjustment in self.plan.policy.adjust.iter().filter(|one| applied.contains(&one.position)) {
            let Some(adjust) = resolved.adjust.get(adjustment.position) else { continue };
            let mut ids: Vec<&str> = Vec::new();
            adjustment.bits.iter().for_each(|bit| self.held_behind(*bit, row, &mut ids));
            found.push((adjust.id.as_str(), ids));
        }
        found
    }

    /// The criteria that make the condition of a bit hold.
    fn held_behind<'a>(&'a self, bit: usize, row: usize, ids: &mut Vec<&'a str>) {
        let resolved = &self.plan.resolved;
        for (element, truths) in self.plan.policy.elements.iter().zip(&self.by_element) {
            if element.usage == Use::Bit(bit) && truths.get(row) == Some(&Truth::True) {
                element.cond.each_item(&mut |item| ids.extend(resolved.items.get(item).map(|item| item.id.as_str())));
            }
        }
    }

    /// Names of the unknown values of a row, the most decisive first.
    #[must_use]
    pub fn deciding(&self, row: usize) -> Vec<String> {
        let Some(verdict) = self.verdicts.get(row).filter(|_| self.inputs.refusal(row).is_none()) else {
            return Vec::new();
        };
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
        let assigned = self.verdicts.iter().enumerate().filter(|(row, _)| self.inputs.refusal(*row).is_none());
        for (row, verdict) in assigned.filter_map(|(row, verdict)| Some((row, verdict?))) {
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
        let policy = &self.plan.policy;
        let cases = self.cases();
        let name = |at: Option<usize>| at.map(|at| self.category_name(at));
        let summaries = &cases.summaries;
        let flag =
            |of: fn(&Summary) -> Option<bool>| cases.summary.values(&summaries.iter().map(of).collect::<Vec<_>>());
        let names = |found: Vec<&str>| found.into_iter().map(str::to_owned).collect::<Vec<String>>();
        let verdict = &cases.verdict;
        let exact = verdict.each(|row| self.verdicts.get(row).map(|verdict| verdict.exact));
        let mut columns = vec![
            ("urn".to_owned(), Column::Integer(self.inputs.urn.iter().copied().map(Some).collect())),
            ("year".to_owned(), Column::Integer((0..height).map(|row| self.inputs.year(row)).collect())),
            ("phase".to_owned(), cases.summary.texts(summaries.iter().map(|_| Some(self.phase.as_str())))),
        ];
        columns.extend(self.result_columns(&cases).map(|(name, column)| (name.to_owned(), column)));
        columns.extend([
            ("leading".to_owned(), cases.summary.texts(summaries.iter().map(|summary| name(summary.leading)))),
            ("otherwise".to_owned(), cases.summary.texts(summaries.iter().map(|summary| name(summary.otherwise)))),
            ("best_fit".to_owned(), Column::Flag(flag(|summary| summary.best_fit))),
            ("deciding".to_owned(), verdict.lists(verdict.each(|row| self.deciding(row)))),
        ]);
        self.count_columns(&mut columns);
        for (part, cases) in self.parts.iter().zip(&cases.parts) {
            for (name, column) in self.result_columns(cases) {
                columns.push((format!("{}_{name}", part.phase), column));
            }
        }
        for (at, result) in self.framework.resolved.results.iter().enumerate() {
            let rules = self.following.get(at).map_or(&[][..], Vec::as_slice);
            let alike = Alike::by(height, |row, key| {
                key.extend(cases.summary.kind(row).to_le_bytes());
                key.extend(rules.iter().map(|truths| truth_byte(truths, row)));
            });
            let found = alike.each(|row| self.following(at, row));
            let by_decision = found.iter().map(|found| found.filter(|found| found.value.is_some()));
            let by_decision: Vec<Option<bool>> =
                by_decision.map(|found| found.map(|found| found.by_decision)).collect();
            let values = self.plan.resolved.results.get(at).map_or(&[][..], |result| result.values.as_slice());
            let texts = found.iter().map(|found| values.get((*found)?.value?).map(String::as_str));
            columns.push((result.id.clone(), alike.texts(texts)));
            columns.push((format!("{}_by_decision", result.id), Column::Flag(alike.values(&by_decision))));
        }
        if !policy.marks.is_empty() || policy.rule.is_described() {
            let mark = |summary: &Summary| summary.mark.and_then(|at| policy.marks.get(at)).map(String::as_str);
            columns.push(("mark".to_owned(), cases.summary.texts(summaries.iter().map(mark))));
            columns.push((
                "descriptors".to_owned(),
                cases.summary.texts(summaries.iter().map(|summary| summary.descriptors.map(Described::name))),
            ));
        }
        let adjust = &cases.adjust;
        let adjustments = adjust.each(|row| names(self.adjustments(row).iter().map(|(id, _)| *id).collect()));
        let flagged = self.flag_kinds();
        let flags = flagged.each(|row| self.flags(row));
        let (raised, open): (Vec<_>, Vec<_>) =
            flags.into_iter().map(|(raised, open)| (names(raised), names(open))).unzip();
        let reasons = cases.reason.each(|row| {
            let at = cases.summary.kind(row) as usize;
            summaries.get(at).map(|summary| self.reason_of(row, summary))
        });
        columns.extend([
            ("adjustments".to_owned(), adjust.lists(adjustments)),
            ("flags".to_owned(), flagged.lists(raised)),
            ("flags_unchecked".to_owned(), flagged.lists(open)),
            ("exact".to_owned(), Column::Flag(verdict.values(&exact))),
            ("reason".to_owned(), cases.reason.texts(reasons.iter().map(Option::as_deref))),
        ]);
        Table::new(columns)
    }

    /// Category, status and possible categories.
    fn result_columns(&self, cases: &Cases) -> [(&'static str, Column); 3] {
        let summaries = cases.summaries.iter();
        let category = summaries.clone().map(|summary| summary.category.map(|at| self.category_name(at)));
        let names = |summary: &Summary| summary.possible.iter().map(|at| self.category_name(*at).to_owned()).collect();
        [
            ("category", cases.summary.texts(category)),
            ("status", cases.summary.texts(summaries.clone().map(|summary| Some(summary.status.name())))),
            ("possible", cases.summary.lists(summaries.map(names))),
        ]
    }

    /// Rows whose flags are alike.
    fn flag_kinds(&self) -> Alike {
        let asked = self.plan.resolved.asked(self.phase_position);
        let items = self.plan.resolved.items.iter().zip(&self.truths);
        let flags = items.filter(|(item, _)| matches!(item.origin, Origin::Flag(_)) && item.phases & asked != 0);
        let flags: Vec<&Truths> = flags.map(|(_, truths)| truths).collect();
        Alike::by(self.inputs.height(), |row, key| key.extend(flags.iter().map(|truths| truth_byte(truths, row))))
    }

    /// Rows that are alike in what the columns of [`Assignment::frame`] follow from.
    fn cases(&self) -> Cases {
        let height = self.inputs.height();
        let parts: Vec<Cases> = self.parts.iter().map(Self::cases).collect();
        let refused = |row: usize| self.inputs.refusal(row).is_some();
        let verdict = Alike::by_numbers(height, |row| (self.verdicts.at(row), u32::from(refused(row))));
        let own = Alike::by_numbers(height, |row| (self.verdicts.at(row), self.evidence.at(row)));
        // For a combined phase the results of its phases count as well.
        let summary = parts
            .iter()
            .fold(own, |summary, part| Alike::by_numbers(height, |row| (summary.kind(row), part.summary.kind(row))));
        let policy = &self.plan.policy;
        let bits: Vec<usize> = policy.adjust.iter().flat_map(|adjust| adjust.bits.iter().copied()).collect();
        let elements = policy.elements.iter().zip(&self.by_element);
        let used = elements.filter(|(element, _)| matches!(element.usage, Use::Bit(bit) if bits.contains(&bit)));
        let used: Vec<&Truths> = used.map(|(_, truths)| truths).collect();
        let adjust = Alike::by(height, |row, key| {
            let applied = self.evidence.get(row).map_or(&[][..], |evidence| &evidence.applied);
            key.extend(applied.len().to_le_bytes());
            applied.iter().for_each(|adjust| key.extend(adjust.to_le_bytes()));
            key.extend(used.iter().map(|truths| truth_byte(truths, row)));
            parts.iter().for_each(|part| key.extend(part.adjust.kind(row).to_le_bytes()));
        });
        let reason = Alike::by_numbers(height, |row| {
            // Each row that is passed over has a reason of its own.
            let passed_over = u32::try_from(row).map_or(u32::MAX, |row| u32::MAX - row);
            (summary.kind(row), if refused(row) { passed_over } else { adjust.kind(row) })
        });
        let summaries = summary.each(|row| {
            let part = |part: &Cases| part.summaries.get(part.summary.kind(row) as usize).cloned();
            let of_parts: Vec<Summary> = parts.iter().filter_map(part).collect();
            self.summary_with(row, &of_parts)
        });
        Cases { verdict, summary, adjust, reason, summaries, parts }
    }

    /// Criteria met, failed and unknown, and the share met, of every group that is shown.
    fn count_columns(&self, columns: &mut Vec<(String, Column)>) {
        let policy = &self.plan.policy;
        for (group, name) in
            policy.groups.iter().enumerate().filter_map(|(at, group)| Some((at, group.column.as_ref()?)))
        {
            let count = |evidence: &Evidence| evidence.counts.get(group).copied();
            let counts = self.evidence.iter().map(|evidence| evidence.and_then(count).unwrap_or_default());
            let counts: Vec<Count> = counts.collect();
            let whole = |of: fn(&Count) -> u16| {
                Column::Integer(counts.iter().map(|count| Some(i64::from(of(count)))).collect())
            };
            columns.push((format!("{name}_met"), whole(|count| count.met)));
            columns.push((format!("{name}_failed"), whole(|count| count.known - count.met)));
            columns.push((format!("{name}_unknown"), whole(|count| count.total - count.known - count.set_aside)));
            let share = |count: &Count| match count.of(policy.denominator()) {
                0 => None,
                #[expect(clippy::cast_precision_loss, reason = "a framework has far fewer than 2^52 criteria")]
                of => Some(100.0 * f64::from(count.met) / of as f64),
            };
            columns.push((format!("{name}_share"), Column::Number(counts.iter().map(share).collect())));
        }
    }

    /// Why a row has its result, in a sentence or two.
    #[must_use]
    pub fn reason(&self, row: usize) -> String {
        self.reason_of(row, &self.summary(row))
    }

    /// As [`Assignment::reason`], given the result.
    fn reason_of(&self, row: usize, summary: &Summary) -> String {
        let Some(evidence) = self.evidence.get(row) else { return String::new() };
        let policy = &self.plan.policy;
        let counts: Vec<String> = policy
            .groups
            .iter()
            .zip(&evidence.counts)
            .filter(|(group, _)| group.column.is_some())
            .filter_map(|(group, count)| {
                // In a combined phase each category has a count for each phase.
                let name = self.category_name(group.category?);
                let column = group.column.as_ref().filter(|_| !self.parts.is_empty());
                let side = column.and_then(|column| column.strip_suffix(&name.to_lowercase())).unwrap_or_default();
                let side = side.replace('_', " ");
                let of = count.of(policy.denominator());
                Some(format!("{side}{name}: {} of {of}", count.met))
            })
            .collect();
        let counts = if counts.is_empty() { String::new() } else { format!("Criteria met: {}.", counts.join(", ")) };
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
            Status::Invalid => format!("Not assigned: {}.", self.inputs.refusal(row).unwrap_or_default()),
            Status::Undetermined if names.is_empty() => format!("No category fits. {counts}{because}"),
            Status::Undetermined => {
                let shown = || evidence.counts.iter().zip(&policy.groups).filter(|(_, group)| group.column.is_some());
                let unknown: u16 = shown().map(|(count, _)| count.total - count.known - count.set_aside).sum();
                let total: u16 = shown().map(|(count, _)| count.total - count.set_aside).sum();
                let open = if total == 0 { String::new() } else { format!(" {unknown} of {total} criteria unknown.") };
                let deciding = self.deciding(row);
                let first: Vec<&str> = deciding.iter().take(3).map(String::as_str).collect();
                let first =
                    if first.is_empty() { String::new() } else { format!(" Find out first: {}.", first.join(", ")) };
                let sides = self.parts.iter().filter(|part| part.summary(row).status == Status::Undetermined);
                let sides: Vec<&str> = sides.map(|part| part.phase.as_str()).collect();
                let sides = if sides.is_empty() {
                    String::new()
                } else {
                    format!(" Open while {} is open.", sides.join(" and "))
                };
                let none = categories(self.verdicts.get(row).map_or(&[][..], |verdict| &verdict.outcomes));
                let none = if none >> NO_CATEGORY & 1 == 1 { " or none" } else { "" };
                format!("Undetermined: {}{none} possible.{sides}{open} {counts}{because}{first}", either(&names))
            }
            Status::Conflict => {
                format!("{}, but most of what describes it does not hold. {counts}{because}", either(&names))
            }
        }
    }
}
