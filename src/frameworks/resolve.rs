//! From a parsed file and the chosen readings to numbers: every name looked up, every rule of the format checked.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use toml::Spanned;

use super::condition::{Base, Bound, Check, Cond, Leaf};
use super::model::{
    Adjust, AdjustChange, Basis, Choice, Condition, DatasetRule, Decide, Decision, Denominator, File, Indicator, Literal,
    Name, Node, Test, Threshold, Tie, ValueType,
};
use super::parse::Source;
use crate::error::{Error, Result};

/// Version of the file format that is read.
pub const FORMAT: u32 = 1;

/// Most years a test may look at.
const MAX_YEARS: u8 = 10;

/// The allowed values of an indicator.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// False, true.
    Flag,
    /// These words or numbers.
    Choice(Vec<String>),
    /// Numbers within these limits.
    Number {
        /// Least possible number.
        min: f64,
        /// Greatest possible number.
        max: f64,
        /// Whether only whole numbers are possible.
        whole: bool,
    },
    /// Anything; never tested.
    Text,
}

/// An indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedIndicator {
    /// Name, also of the column.
    pub name: String,
    /// Allowed values.
    pub domain: Domain,
    /// Unit of a number.
    pub unit: Option<String>,
    /// What it is.
    pub text: String,
    /// Line of the file.
    pub at: usize,
}

impl ResolvedIndicator {
    /// How an allowed value is written.
    #[must_use]
    pub fn value_name(&self, code: u8) -> &str {
        match &self.domain {
            Domain::Flag if code == 0 => "false",
            Domain::Flag => "true",
            Domain::Choice(values) => values.get(usize::from(code)).map_or("", String::as_str),
            _ => "",
        }
    }
}

/// An indicator in one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Var {
    /// Position of the indicator.
    pub indicator: usize,
    /// Years before.
    pub back: u8,
}

/// A threshold in force.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedThreshold {
    /// Name.
    pub name: String,
    /// The number in force.
    pub value: f64,
    /// The number in the file.
    pub written: f64,
    /// Its unit.
    pub unit: String,
    /// Line of the document.
    pub line: u32,
    /// Whether the document prints it.
    pub basis: Basis,
    /// What it is for.
    pub text: String,
    /// Line of the file.
    pub at: usize,
}

/// Which list of the file an item stands in, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `[[criterion]]`
    Criterion(usize),
    /// `[[flag]]`
    Flag(usize),
    /// `[[dataset]]` with a test
    Dataset(usize),
}

/// Something that is true or not of a school.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Name.
    pub id: String,
    /// Where it stands.
    pub origin: Origin,
    /// When it holds.
    pub cond: Cond,
    /// Facts that are shown beside it.
    pub also: Vec<Cond>,
    /// Bit `i` is set if it holds for the `i`-th phase.
    pub phases: u64,
    /// Line of the document.
    pub line: u32,
    /// Line of the file.
    pub at: usize,
}

/// A category that takes part in best fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Position of the category.
    pub category: usize,
    /// Items that count.
    pub items: Vec<usize>,
}

/// What an adjustment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Leads to this category.
    To(usize),
    /// Leads to this category from any better one.
    NoBetterThan(usize),
}

/// An adjustment in use.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedAdjust {
    /// Name.
    pub id: String,
    /// When it applies.
    pub cond: Cond,
    /// Categories it starts from; any if empty.
    pub from: Vec<usize>,
    /// What it does.
    pub effect: Effect,
    /// Who decides.
    pub decision: Decision,
    /// Position in the file.
    pub position: usize,
}

/// A framework with names turned into numbers, under the chosen readings.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// Category codes, the best first.
    pub categories: Vec<String>,
    /// Phases.
    pub phases: Vec<String>,
    /// Thresholds in the order of the file.
    pub thresholds: Vec<ResolvedThreshold>,
    /// Indicators in the order of the file.
    pub indicators: Vec<ResolvedIndicator>,
    /// Indicators in the years that are asked for.
    pub vars: Vec<Var>,
    /// Criteria, flags and data tests.
    pub items: Vec<Item>,
    /// Categories of best fit in order.
    pub members: Vec<Member>,
    /// What the share is taken of.
    pub denominator: Denominator,
    /// Which category wins a tie.
    pub tie: Tie,
    /// A share above this, in per cent, is a majority.
    pub majority: f64,
    /// Adjustments in use, in order.
    pub adjust: Vec<ResolvedAdjust>,
    /// Rule of each dataset row.
    pub rules: Vec<Option<DatasetRule>>,
    /// Whether the support of a category includes that of the one it adds to.
    pub support_cumulative: bool,
    /// Thresholds that something uses.
    pub used_thresholds: Vec<bool>,
}

impl Resolved {
    /// The name of a variable as a column: `x`, `x_y1`, `x_y2`.
    #[must_use]
    pub fn var_name(&self, var: usize) -> String {
        let Some(Var { indicator, back }) = self.vars.get(var).copied() else { return String::new() };
        let name = self.indicators.get(indicator).map_or("", |indicator| indicator.name.as_str());
        if back == 0 { name.to_owned() } else { format!("{name}_y{back}") }
    }

    /// The indicator of a variable.
    #[must_use]
    pub fn var_indicator(&self, var: usize) -> Option<&ResolvedIndicator> {
        self.indicators.get(self.vars.get(var)?.indicator)
    }

    /// Position of a phase.
    ///
    /// # Errors
    /// [`Error::Unknown`] if the framework does not speak of that phase.
    pub fn phase(&self, phase: &str) -> Result<usize> {
        self.phases
            .iter()
            .position(|known| known == phase)
            .ok_or_else(|| Error::unknown("phase", phase, self.phases.iter().map(String::as_str)))
    }
}

/// A framework file with its readings and changed thresholds.
pub struct Request<'a> {
    /// Where the file came from.
    pub source: &'a Source,
    /// The parsed file.
    pub file: &'a File,
    /// Chosen option by reading.
    pub readings: &'a BTreeMap<String, String>,
    /// Changed thresholds by name.
    pub overrides: &'a BTreeMap<String, f64>,
}

/// What the chosen readings change.
#[derive(Default)]
struct Changes<'a> {
    thresholds: BTreeMap<&'a str, f64>,
    tests: BTreeMap<&'a str, &'a Node>,
    add: Vec<(&'a Name, &'a Name)>,
    remove: Vec<(&'a Name, &'a Name)>,
    denominator: Option<Denominator>,
    adjust: BTreeMap<&'a str, Vec<&'a AdjustChange>>,
    dataset: BTreeMap<&'a str, &'a DatasetRule>,
    support_cumulative: Option<bool>,
}

impl<'a> Request<'a> {
    /// Turns names into numbers and checks every rule of the format.
    ///
    /// # Errors
    /// [`Error::File`] with the line of whatever is wrong; [`Error::Input`] if two readings change the same thing.
    pub fn resolve(&self) -> Result<Resolved> {
        let changes = self.changes()?;
        let mut resolver = Resolver::new(self, changes)?;
        resolver.items()?;
        resolver.finish()
    }

    fn changes(&self) -> Result<Changes<'a>> {
        let mut changes = Changes::default();
        let mut owner: HashMap<String, &str> = HashMap::new();
        let mut claim = |what: String, reading: &'a str| match owner.insert(what.clone(), reading) {
            Some(earlier) if earlier != reading => Err(Error::Input(format!(
                "readings {earlier} and {reading} both change {what}; choose the default of one of them"
            ))),
            _ => Ok(()),
        };
        for reading in &self.file.reading {
            let id = reading.id.get_ref().as_str();
            let chosen = self.readings.get(id).unwrap_or_else(|| reading.default.get_ref());
            let Some((_, choice)) = reading.options.iter().find(|(letter, _)| letter.get_ref() == chosen) else { continue };
            for (name, value) in &choice.thresholds {
                claim(format!("threshold {}", name.get_ref()), id)?;
                changes.thresholds.insert(name.get_ref(), *value);
            }
            for (name, test) in &choice.tests {
                claim(format!("the test of {}", name.get_ref()), id)?;
                changes.tests.insert(name.get_ref(), test);
            }
            for (name, rule) in &choice.dataset {
                claim(format!("the rule of {}", name.get_ref()), id)?;
                changes.dataset.insert(name.get_ref(), rule);
            }
            for (name, change) in &choice.adjust {
                if change.from.is_some() {
                    claim(format!("where {} starts from", name.get_ref()), id)?;
                }
                if change.active.is_some() {
                    claim(format!("whether {} is in use", name.get_ref()), id)?;
                }
                changes.adjust.entry(name.get_ref()).or_default().push(change);
            }
            for (category, ids) in &choice.count_add {
                changes.add.extend(ids.iter().map(|item| (category, item)));
            }
            for (category, ids) in &choice.count_remove {
                changes.remove.extend(ids.iter().map(|item| (category, item)));
            }
            if let Some(denominator) = choice.denominator {
                claim("what the share is taken of".to_owned(), id)?;
                changes.denominator = Some(denominator);
            }
            if let Some(cumulative) = choice.support_cumulative {
                claim("whether support is cumulative".to_owned(), id)?;
                changes.support_cumulative = Some(cumulative);
            }
        }
        Ok(changes)
    }
}

/// Whether an option changes anything.
#[must_use]
pub fn changes_something(choice: &Choice) -> bool {
    !(choice.thresholds.is_empty()
        && choice.tests.is_empty()
        && choice.count_add.is_empty()
        && choice.count_remove.is_empty()
        && choice.denominator.is_none()
        && choice.adjust.is_empty()
        && choice.dataset.is_empty()
        && choice.support_cumulative.is_none())
}

struct Resolver<'a> {
    source: &'a Source,
    file: &'a File,
    changes: Changes<'a>,
    out: Resolved,
    threshold_index: HashMap<String, usize>,
    indicator_index: HashMap<String, usize>,
    var_index: HashMap<Var, usize>,
    item_index: HashMap<String, usize>,
}

/// The entries of a keyed table in the order of the file.
pub fn in_file_order<V>(map: &BTreeMap<Name, V>) -> Vec<(&Name, &V)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

impl<'a> Resolver<'a> {
    fn new(request: &Request<'a>, changes: Changes<'a>) -> Result<Self> {
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
                used_thresholds: Vec::new(),
            },
            changes,
            threshold_index: HashMap::new(),
            indicator_index: HashMap::new(),
            var_index: HashMap::new(),
            item_index: HashMap::new(),
        };
        resolver.thresholds(request.overrides)?;
        resolver.indicators()?;
        Ok(resolver)
    }

    fn thresholds(&mut self, overrides: &BTreeMap<String, f64>) -> Result<()> {
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
        self.out.used_thresholds = vec![false; self.out.thresholds.len()];
        Ok(())
    }

    fn indicators(&mut self) -> Result<()> {
        for (name, indicator) in in_file_order(&self.file.indicators) {
            let key = name.get_ref();
            if self.threshold_index.contains_key(key) {
                let message = format!("'{key}' is the name of a threshold and of an indicator");
                return Err(self.source.error(&name.span(), message));
            }
            let domain = domain(indicator).map_err(|message| self.source.error(&name.span(), message))?;
            self.indicator_index.insert(key.clone(), self.out.indicators.len());
            self.out.indicators.push(ResolvedIndicator {
                name: key.clone(),
                domain,
                unit: indicator.unit.clone(),
                text: indicator.text.clone(),
                at: self.source.line(name.span().start),
            });
        }
        Ok(())
    }

    /// Criteria, flags and data tests: first their names, then their conditions.
    fn items(&mut self) -> Result<()> {
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

    fn declare(&mut self, id: &Name, origin: Origin, phases: u64, line: u32) {
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

    fn refuse_cycles(&self, start: usize) -> Result<()> {
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

    fn finish(mut self) -> Result<Resolved> {
        let Decide::BestFit(fit) = &self.file.decide;
        self.out.denominator = self.changes.denominator.unwrap_or(fit.denominator);
        self.out.tie = fit.tie;
        self.out.majority = self.threshold(&fit.majority)?;
        for (category, ids) in &fit.count {
            let category_position = self.position(category, "category", &self.out.categories)?;
            let mut items = Vec::new();
            let removed = |id: &str| {
                self.changes.remove.iter().any(|(from, item)| from.get_ref() == category.get_ref() && item.get_ref() == id)
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

    fn adjust(&mut self, position: usize, row: &'a Adjust) -> Result<()> {
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
        let cond = self.condition(&row.when)?;
        let from = from
            .iter()
            .map(|name| self.position(name, "category", &self.out.categories))
            .collect::<Result<_>>()?;
        if active {
            let id = row.id.get_ref().clone();
            self.out.adjust.push(ResolvedAdjust { id, cond, from, effect, decision: row.decision, position });
        }
        Ok(())
    }

    /// Every name that a reading changes must exist.
    fn names_of_changes(&mut self) -> Result<()> {
        let adjust: Vec<&str> = self.file.adjust.iter().map(|row| row.id.get_ref().as_str()).collect();
        let dataset: Vec<&str> = self.file.dataset.iter().map(|row| row.id.get_ref().as_str()).collect();
        for choice in self.file.reading.iter().flat_map(|reading| reading.options.values()) {
            for name in choice.thresholds.keys() {
                self.threshold(name)?;
            }
            for name in choice.tests.keys() {
                self.item(name)?;
            }
            for name in choice.adjust.keys() {
                self.position(name, "adjustment", &adjust)?;
            }
            for name in choice.dataset.keys() {
                self.position(name, "dataset row", &dataset)?;
            }
        }
        Ok(())
    }

    /// Names in lists that take no part in deciding.
    fn names_elsewhere(&mut self) -> Result<()> {
        let file = self.file;
        let datasets: Vec<&str> = file.dataset.iter().map(|row| row.id.get_ref().as_str()).collect();
        for row in &file.dataset {
            for name in &row.indicators {
                self.indicator(name)?;
            }
            if row.rule.is_some() || self.changes.dataset.contains_key(row.id.get_ref().as_str()) {
                let rule = self.changes.dataset.get(row.id.get_ref().as_str()).copied().or(row.rule.as_ref());
                self.names_of_rule(rule)?;
            }
        }
        for register in &file.register {
            for phase in &register.phases {
                self.position(phase, "phase", &self.out.phases)?;
            }
            for column in &register.column {
                if let Some(name) = &column.indicator {
                    self.indicator(name)?;
                }
                if let Some(name) = &column.dataset {
                    self.position(name, "dataset row", &datasets)?;
                }
            }
        }
        for row in &file.support {
            self.position(&row.category, "category", &self.out.categories)?;
        }
        for (category, base) in file.support_model.iter().flat_map(|model| &model.adds_to) {
            self.position(category, "category", &self.out.categories)?;
            self.position(base, "category", &self.out.categories)?;
        }
        for row in &file.process {
            for category in &row.categories {
                self.position(category, "category", &self.out.categories)?;
            }
            if let Some(name) = &row.threshold {
                self.threshold(name)?;
            }
        }
        for row in &file.target {
            for name in &row.indicators {
                self.indicator(name)?;
            }
            if let Some(name) = &row.threshold {
                self.threshold(name)?;
            }
        }
        for row in &file.reference {
            self.indicator(&row.indicator)?;
        }
        Ok(())
    }

    fn names_of_rule(&mut self, rule: Option<&DatasetRule>) -> Result<()> {
        match rule {
            Some(DatasetRule::Code(code)) => {
                self.threshold(&code.threshold)?;
                for name in &code.lower_is_better {
                    self.indicator(name)?;
                }
            }
            Some(DatasetRule::NextBenchmark(step)) => {
                for name in step.actual.iter().chain(&step.benchmarks) {
                    self.indicator(name)?;
                }
            }
            Some(DatasetRule::Gaps(gaps)) => {
                let names: Vec<&str> = gaps.gaps.iter().map(|gap| gap.name.get_ref().as_str()).collect();
                for gap in &gaps.gaps {
                    self.indicator(&gap.of)?;
                    self.indicator(&gap.minus)?;
                }
                for name in &gaps.turned {
                    self.position(name, "gap", &names)?;
                }
            }
            Some(DatasetRule::Test(_)) | None => {}
        }
        Ok(())
    }

    fn position<S: AsRef<str>>(&self, name: &Name, kind: &str, available: &[S]) -> Result<usize> {
        available
            .iter()
            .position(|known| known.as_ref() == name.get_ref())
            .ok_or_else(|| self.source.unknown(&name.span(), kind, name.get_ref(), available))
    }

    fn item(&self, id: &Name) -> Result<usize> {
        self.item_by(id.get_ref(), &id.span())
    }

    fn item_by(&self, id: &str, span: &Range<usize>) -> Result<usize> {
        self.item_index.get(id).copied().ok_or_else(|| {
            let available: Vec<&str> = self.out.items.iter().map(|item| item.id.as_str()).collect();
            self.source.unknown(span, "criterion", id, &available)
        })
    }

    fn indicator(&self, name: &Name) -> Result<usize> {
        self.indicator_index.get(name.get_ref()).copied().ok_or_else(|| {
            let available: Vec<&str> = self.out.indicators.iter().map(|indicator| indicator.name.as_str()).collect();
            self.source.unknown(&name.span(), "indicator", name.get_ref(), &available)
        })
    }

    fn threshold_position(&mut self, name: &Name) -> Result<usize> {
        let Some(position) = self.threshold_index.get(name.get_ref()).copied() else {
            let available: Vec<&str> = self.out.thresholds.iter().map(|threshold| threshold.name.as_str()).collect();
            return Err(self.source.unknown(&name.span(), "threshold", name.get_ref(), &available));
        };
        if let Some(used) = self.out.used_thresholds.get_mut(position) {
            *used = true;
        }
        Ok(position)
    }

    fn threshold(&mut self, name: &Name) -> Result<f64> {
        let position = self.threshold_position(name)?;
        Ok(self.out.thresholds.get(position).map_or(f64::NAN, |threshold| threshold.value))
    }

    /// A threshold that counts something.
    fn whole(&mut self, name: &Name, least: u8, most: u8) -> Result<u8> {
        let value = self.threshold(name)?;
        if value.fract() == 0.0 && value >= f64::from(least) && value <= f64::from(most) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in u8")]
            return Ok(value as u8);
        }
        let message = format!("threshold '{}' must be a whole number from {least} to {most} here, not {value}", name.get_ref());
        Err(self.source.error(&name.span(), message))
    }

    fn var(&mut self, indicator: usize, back: u8) -> usize {
        let var = Var { indicator, back };
        let next = self.out.vars.len();
        let position = *self.var_index.entry(var).or_insert(next);
        if position == next {
            self.out.vars.push(var);
        }
        position
    }

    fn condition(&mut self, node: &Node) -> Result<Cond> {
        match node.get_ref() {
            Condition::Criterion(id) => Ok(Cond::Item(self.item_by(id, &node.span())?)),
            Condition::Test(test) => self.test(test, &node.span()),
        }
    }

    fn parts(&mut self, nodes: &[Node], span: &Range<usize>) -> Result<Vec<Cond>> {
        if nodes.is_empty() {
            return Err(self.source.error(span, "a list of conditions must not be empty"));
        }
        nodes.iter().map(|node| self.condition(node)).collect()
    }

    fn test(&mut self, test: &Test, span: &Range<usize>) -> Result<Cond> {
        let forms = [
            test.indicator.is_some(),
            test.all.is_some(),
            test.any.is_some(),
            test.not.is_some(),
            test.at_least_k.is_some(),
            test.first_known.is_some(),
        ];
        if forms.iter().filter(|form| **form).count() != 1 {
            let message = "a test needs exactly one of: indicator, all, any, not, at_least_k, first_known";
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
        if test.of.is_some() != test.at_least_k.is_some() {
            return Err(self.source.error(span, "'at_least_k' and 'of' go together"));
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
            return Ok(Cond::AtLeast(usize::from(self.whole(needed, 1, most)?), parts));
        }
        self.leaf(test, span)
    }

    fn leaf(&mut self, test: &Test, span: &Range<usize>) -> Result<Cond> {
        let Some(name) = &test.indicator else {
            return Err(self.source.error(span, "a comparison needs the key 'indicator'"));
        };
        let indicator = self.indicator(name)?;
        let domain = self.out.indicators.get(indicator).map_or(Domain::Text, |known| known.domain.clone());
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
                if !matches!(domain, Domain::Number { .. }) {
                    let message = format!("'{}' holds no number; use 'is' or 'one_of'", name.get_ref());
                    return Err(self.source.error(&name.span(), message));
                }
                self.range(test, back, span)?
            } else {
                let one = test.is.as_ref().map(std::slice::from_ref);
                let values = one.or(test.one_of.as_deref()).unwrap_or_default();
                Check::Values(self.values(name, &domain, values)?)
            };
            leaves.push(Cond::Leaf(Leaf { var: self.var(indicator, back), check }));
        }
        Ok(match (leaves.len(), leaves.pop()) {
            (1, Some(leaf)) => leaf,
            (_, last) => Cond::All(leaves.into_iter().chain(last).collect()),
        })
    }

    fn values(&self, name: &Name, domain: &Domain, values: &[Spanned<Literal>]) -> Result<u64> {
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
                    let message = format!("'{}' holds no list of values; use at_least, above, at_most, below", name.get_ref());
                    return Err(self.source.error(&value.span(), message));
                }
            };
            mask |= 1 << bit;
        }
        Ok(mask)
    }

    fn range(&mut self, test: &Test, back: u8, span: &Range<usize>) -> Result<Check> {
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

    fn bound(&mut self, name: &Name, strict: bool, offset: f64, back: u8) -> Result<Bound> {
        if self.threshold_index.contains_key(name.get_ref()) {
            let position = self.threshold_position(name)?;
            let value = self.out.thresholds.get(position).map_or(f64::NAN, |threshold| threshold.value);
            return Ok(Bound { base: Base::Constant(value), offset, strict, threshold: Some(position) });
        }
        let Some(indicator) = self.indicator_index.get(name.get_ref()).copied() else {
            let names = self.out.thresholds.iter().map(|threshold| threshold.name.as_str());
            let available: Vec<&str> =
                names.chain(self.out.indicators.iter().map(|indicator| indicator.name.as_str())).collect();
            return Err(self.source.unknown(&name.span(), "threshold or comparator", name.get_ref(), &available));
        };
        if !matches!(self.out.indicators.get(indicator).map(|known| &known.domain), Some(Domain::Number { .. })) {
            return Err(self.source.error(&name.span(), format!("comparator '{}' holds no number", name.get_ref())));
        }
        Ok(Bound { base: Base::Var(self.var(indicator, back)), offset, strict, threshold: None })
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
            let distinct = words.iter().enumerate().all(|(at, word)| words.iter().position(|other| other == word) == Some(at));
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
