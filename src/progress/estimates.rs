//! Estimates by prior attainment: what pupils with the same start achieved, and how far a pupil is from it.

use serde::{Deserialize, Serialize};

use super::bundled::without;
use super::claims::{Claim, claim};
use crate::error::{Error, Result};

/// Where the averages of a table come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Read in a primary source.
    P,
    /// Computed from published files.
    C,
    /// Read in a secondary source.
    S,
    /// Worked out from pupils by this package.
    #[serde(rename = "fitted")]
    Fitted,
    /// Given by the caller.
    #[serde(rename = "supplied")]
    Supplied,
}

/// The averages of one outcome, one for each group of prior attainment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Name of the outcome, which is the column that holds its points.
    pub name: String,
    /// Name of the score.
    pub score: String,
    /// What the difference in points is divided by: 10 for Attainment 8, 1 for a scaled score.
    pub divisor: f64,
    /// Average points of each group; missing where the group had no pupil.
    pub mean: Vec<Option<f64>>,
    /// Pupils behind each average.
    pub n: Option<Vec<u64>>,
    /// Standard deviation of the points in each group.
    pub sd: Option<Vec<Option<f64>>>,
    /// Fewest points that count in the average of a school; fewer are raised to it.
    pub minimum: Option<Vec<Option<f64>>>,
    /// How many standard deviations under the average the minimum lies, where it was set so.
    pub sd_multiple: Option<f64>,
}

/// Averages of outcomes by group of prior attainment, ready to be applied to any pupils.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstimateTable {
    /// Version of this format.
    pub format: u32,
    /// Name of the measure.
    pub measure: String,
    /// Name of the prior attainment.
    pub prior: String,
    /// Results year of the averages.
    pub year: Option<i32>,
    /// Version of the publication.
    pub version: Option<String>,
    /// Whose averages they are, in words.
    pub population: Option<String>,
    /// Where they were read, in words.
    pub source: Option<String>,
    /// How they were established.
    pub status: Status,
    /// Lowest prior attainment that the table is for; none if the first group has no lower end.
    pub lowest: Option<f64>,
    /// Rising upper ends of the groups, each inside its group.
    pub upper: Vec<f64>,
    /// The outcomes.
    pub outcomes: Vec<Outcome>,
    /// How every pupil was used that the averages were worked out from: `used`, or why not, with their number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<(String, u64)>>,
    /// The same of the pupils that limits were set by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_rows: Option<Vec<(String, u64)>>,
}

/// Where a prior attainment stands in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The prior attainment is missing or NaN.
    Missing,
    /// It lies below the lowest or above the highest that the table is for.
    Outside,
    /// Index of its group, from 0.
    Group(usize),
}

/// Ends are compared as decimals: differences under half of the ninth decimal are binary noise.
pub(crate) const NOISE: f64 = 5e-10;

/// Most groups that a table may have.
const MOST_GROUPS: usize = 10_000;

impl EstimateTable {
    /// Format version that this crate writes and reads.
    pub const FORMAT: u32 = 1;

    /// Checks every rule of a table.
    ///
    /// # Errors
    /// [`Error::Input`] for ends that do not rise, lists of the wrong length, numbers that are not finite, names given
    /// twice, and a measure that is called by a published name but starts from other prior attainment or is of a year
    /// that has no such measure.
    pub fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::Input(format!("estimates: {message}")));
        if self.format != Self::FORMAT {
            return wrong(format!("format {} cannot be read, only format {}", self.format, Self::FORMAT));
        }
        for (what, name) in [("measure", &self.measure), ("prior attainment", &self.prior)] {
            if name.trim().is_empty() {
                return wrong(format!("the {what} needs a name"));
            }
        }
        let groups = self.upper.len();
        if groups == 0 || groups > MOST_GROUPS {
            return wrong(format!("1 to {MOST_GROUPS} groups of prior attainment are needed, not {groups}"));
        }
        if let Some(end) = self.upper.iter().chain(&self.lowest).find(|end| !end.is_finite()) {
            return wrong(format!("the ends of the groups must be finite numbers, not {end}"));
        }
        for pair in self.upper.windows(2) {
            if let [below, above] = pair
                && *above - *below <= NOISE
            {
                return wrong(format!("the upper ends of the groups must rise strictly, and {above} follows {below}"));
            }
        }
        if let (Some(lowest), Some(first)) = (self.lowest, self.upper.first())
            && lowest > *first
        {
            return wrong(format!("the lowest prior attainment {lowest} lies above the first upper end {first}"));
        }
        if self.outcomes.is_empty() {
            return wrong("at least one outcome is needed".to_owned());
        }
        let mut names: Vec<&str> = vec!["status", "group"];
        for outcome in &self.outcomes {
            outcome.check(groups)?;
            if names.contains(&outcome.score.as_str()) {
                return wrong(format!("two columns of results would be called '{}'", outcome.score));
            }
            names.push(&outcome.score);
        }
        for (index, outcome) in self.outcomes.iter().enumerate() {
            if ["status", "group"].contains(&outcome.name.as_str())
                || self.outcomes.iter().take(index).any(|earlier| earlier.name == outcome.name)
            {
                return wrong(format!("two columns of estimates would be called '{}'", outcome.name));
            }
        }
        self.check_claims()
    }

    fn check_claims(&self) -> Result<()> {
        let of_measure = claim(&self.measure);
        for name in std::iter::once(&self.measure).chain(self.outcomes.iter().map(|outcome| &outcome.score)) {
            let Some(found) = claim(name) else { continue };
            if !found.priors().contains(&self.prior.as_str()) {
                return Err(Error::Input(format!(
                    "estimates: '{name}' is called by the name of a published measure that starts from {} ({}), and this \
                     table starts from '{}'; a proxy needs a name of its own, such as 'progress_from_{}'",
                    found.starts_from(),
                    found.priors().join(", "),
                    self.prior,
                    self.prior
                )));
            }
            if let Some(why) = self.year.map(|year| without(found, year)).transpose()?.flatten() {
                return Err(Error::Input(format!("estimates: '{name}': {why}")));
            }
        }
        let published =
            [Claim::Progress8, Claim::Ks2Progress].iter().any(|claim| claim.priors().contains(&self.prior.as_str()));
        if of_measure.is_none() && !published && !self.measure.contains(&self.prior) {
            return Err(Error::Input(format!(
                "estimates: the measure '{}' starts from '{}', which are no national results of an earlier key stage; its \
                 name must say so, such as 'progress_from_{}'",
                self.measure, self.prior, self.prior
            )));
        }
        Ok(())
    }

    /// Whether the table starts from anything but national results of the key stage before.
    #[must_use]
    pub fn proxy(&self) -> bool {
        claim(&self.measure).is_none() && !Claim::Progress8.priors().contains(&self.prior.as_str())
    }

    /// Where a prior attainment stands: in the first group whose upper end is not below it.
    ///
    /// ```
    /// use schoolframe::progress::{Place, table};
    /// let table = table("p8", 2023, None)?;
    /// assert_eq!(table.place(105.0), Place::Group(18));
    /// assert_eq!(table.place(105.5), Place::Group(19));
    /// assert_eq!(table.place(130.0), Place::Outside);
    /// # Ok::<(), schoolframe::error::Error>(())
    /// ```
    #[must_use]
    pub fn place(&self, prior: f64) -> Place {
        place(&self.upper, self.lowest, prior)
    }

    /// The outcome of that name.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the outcomes there are.
    pub fn outcome(&self, name: &str) -> Result<&Outcome> {
        let found = self.outcomes.iter().find(|outcome| outcome.name == name);
        found.ok_or_else(|| Error::unknown("outcome", name, self.outcomes.iter().map(|outcome| outcome.name.as_str())))
    }

    /// The table as JSON text.
    ///
    /// # Errors
    /// [`Error::Input`] if the text cannot be written.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Input(format!("estimates cannot be written: {error}")))
    }

    /// A table from JSON text, with every rule checked.
    ///
    /// # Errors
    /// [`Error::Input`] naming line and column for text that does not hold a table, and as [`Self::check`].
    pub fn from_json(text: &str) -> Result<Self> {
        let table: Self = serde_json::from_str(text)
            .map_err(|error| Error::Input(format!("this text does not hold estimates: {error}")))?;
        table.check()?;
        Ok(table)
    }
}

fn place(upper: &[f64], lowest: Option<f64>, prior: f64) -> Place {
    if prior.is_nan() {
        return Place::Missing;
    }
    if lowest.is_some_and(|lowest| prior < lowest - NOISE) {
        return Place::Outside;
    }
    let group = upper.partition_point(|end| end + NOISE < prior);
    if group == upper.len() { Place::Outside } else { Place::Group(group) }
}

impl Outcome {
    fn check(&self, groups: usize) -> Result<()> {
        let wrong = |message: String| Err(Error::Input(format!("estimates: outcome '{}': {message}", self.name)));
        if self.name.trim().is_empty() || self.score.trim().is_empty() {
            return wrong("the outcome and its score need a name".to_owned());
        }
        if !(self.divisor.is_finite() && self.divisor > 0.0) {
            return wrong(format!("the divisor must be a finite number above 0, not {}", self.divisor));
        }
        if self.sd_multiple.is_some_and(|multiple| !(multiple.is_finite() && multiple > 0.0)) {
            return wrong("the multiple of the standard deviation must be a finite number above 0".to_owned());
        }
        let lists = [("mean", Some(&self.mean)), ("sd", self.sd.as_ref()), ("minimum", self.minimum.as_ref())];
        for (what, list) in lists {
            let Some(list) = list else { continue };
            if list.len() != groups {
                return wrong(format!("one {what} for each of the {groups} groups is needed, not {}", list.len()));
            }
            if let Some(value) = list.iter().flatten().find(|value| !value.is_finite()) {
                return wrong(format!("each {what} must be a finite number, not {value}"));
            }
        }
        if self.n.as_ref().is_some_and(|n| n.len() != groups) {
            return wrong(format!("one n for each of the {groups} groups is needed"));
        }
        if let Some(sd) = self.sd.iter().flatten().flatten().find(|sd| **sd < 0.0) {
            return wrong(format!("a standard deviation cannot be below 0, and one is {sd}"));
        }
        for (group, (mean, minimum)) in self.mean.iter().zip(self.minimum.iter().flatten()).enumerate() {
            if let (Some(mean), Some(minimum)) = (mean, minimum)
                && minimum > mean
            {
                return wrong(format!("the minimum {minimum} of group {} lies above its mean {mean}", group + 1));
            }
        }
        Ok(())
    }
}

/// A table made ready for many pupils.
#[derive(Debug, Clone)]
pub struct Estimates {
    upper: Vec<f64>,
    lowest: Option<f64>,
    outcomes: Vec<Ready>,
}

/// Mean and lowest score of each group; NaN where there is no mean, minus infinity where there is no limit.
#[derive(Debug, Clone)]
struct Ready {
    divisor: f64,
    groups: Vec<(f64, f64)>,
}

impl Estimates {
    /// Makes the named outcomes of a table ready.
    ///
    /// # Errors
    /// As [`EstimateTable::outcome`].
    pub fn new<S: AsRef<str>>(table: &EstimateTable, outcomes: &[S]) -> Result<Self> {
        let ready = |name: &S| {
            let outcome = table.outcome(name.as_ref())?;
            let minimum = |group: usize| outcome.minimum.as_ref()?.get(group).copied().flatten();
            let groups = outcome.mean.iter().enumerate().map(|(group, mean)| match (mean, minimum(group)) {
                (Some(mean), Some(minimum)) => (*mean, (minimum - mean) / outcome.divisor),
                (mean, _) => (mean.unwrap_or(f64::NAN), f64::NEG_INFINITY),
            });
            Ok(Ready { divisor: outcome.divisor, groups: groups.collect() })
        };
        let outcomes = outcomes.iter().map(ready).collect::<Result<_>>()?;
        Ok(Self { upper: table.upper.clone(), lowest: table.lowest, outcomes })
    }

    /// How many outcomes there are.
    #[must_use]
    pub fn outcomes(&self) -> usize {
        self.outcomes.len()
    }

    /// Where a prior attainment stands.
    #[must_use]
    pub fn place(&self, prior: f64) -> Place {
        place(&self.upper, self.lowest, prior)
    }

    /// The average of an outcome in a group.
    #[must_use]
    pub fn mean(&self, outcome: usize, group: usize) -> Option<f64> {
        let (mean, _) = self.outcomes.get(outcome)?.groups.get(group)?;
        (!mean.is_nan()).then_some(*mean)
    }

    /// Score of a pupil, and the same not below the limit: `(points - mean) / divisor`. NaN where the points or the mean
    /// are missing.
    #[must_use]
    pub fn score(&self, outcome: usize, group: usize, points: f64) -> (f64, f64) {
        let Some(ready) = self.outcomes.get(outcome) else { return (f64::NAN, f64::NAN) };
        let Some((mean, lowest)) = ready.groups.get(group) else { return (f64::NAN, f64::NAN) };
        let score = (points - mean) / ready.divisor;
        (score, if score < *lowest { *lowest } else { score })
    }
}

#[cfg(test)]
#[path = "estimates_tests.rs"]
mod tests;
