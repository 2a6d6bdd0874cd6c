//! Percentile bands: cuts drawn on a reference population and applied anywhere.

use serde::{Deserialize, Serialize};

use super::Direction;
use crate::error::{Error, Result};
use crate::numbers::{decimal_difference, present, weighted_quantile};

/// On which side of a cut a value lies that equals it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtCut {
    /// With the higher values: "the 75th percentile and above".
    #[default]
    Higher,
    /// With the lower values, as the Department for Education's local authority tool does.
    Lower,
}

/// How percentile bands are drawn: where the cuts lie and what the bands are called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandScheme {
    /// Name of the scheme.
    pub name: String,
    /// Rising percentiles between 0 and 100 at which the values are cut.
    pub percentiles: Vec<f64>,
    /// One label more than there are cuts, best band first.
    pub labels: Vec<String>,
    /// Where a value on a cut belongs.
    pub at_cut: AtCut,
}

impl BandScheme {
    /// Names of the schemes that come with the crate.
    pub const NAMES: [&'static str; 7] =
        ["quartiles", "quintiles", "deciles", "thirds", "lait_quartiles", "southend_2017", "staffordshire_2008"];

    /// A scheme by name.
    ///
    /// `quartiles`, `quintiles` and `deciles` have bands `1` (best) to 4, 5 and 10; `thirds` has
    /// `high`, `middle` and `low`; `lait_quartiles` has `A` (best) to `D`
    /// with a value on a cut in the lower-valued band; `southend_2017` has `upper_quartile` (75th percentile and above),
    /// `middle` and `lower_quartile` (under the 25th); `staffordshire_2008` has bands `1` to `4`, lower edge inclusive.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the names that exist.
    pub fn named(name: &str) -> Result<Self> {
        let numbered = |bands: u32| {
            let cuts = (1..bands).map(|cut| 100.0 * f64::from(cut) / f64::from(bands)).collect();
            let labels = (1..=bands).map(|band| band.to_string()).collect();
            (cuts, labels, AtCut::Higher)
        };
        let (percentiles, labels, at_cut): (Vec<f64>, Vec<String>, AtCut) = match name {
            "quartiles" | "staffordshire_2008" => numbered(4),
            "quintiles" => numbered(5),
            "deciles" => numbered(10),
            "thirds" => {
                (vec![100.0 / 3.0, 200.0 / 3.0], ["high", "middle", "low"].map(str::to_owned).to_vec(), AtCut::Higher)
            }
            "lait_quartiles" => {
                (vec![25.0, 50.0, 75.0], ["A", "B", "C", "D"].map(str::to_owned).to_vec(), AtCut::Lower)
            }
            "southend_2017" => (
                vec![25.0, 75.0],
                ["upper_quartile", "middle", "lower_quartile"].map(str::to_owned).to_vec(),
                AtCut::Higher,
            ),
            _ => return Err(Error::unknown("band scheme", name, Self::NAMES)),
        };
        Ok(Self { name: name.to_owned(), percentiles, labels, at_cut })
    }

    /// A scheme of the caller's own.
    ///
    /// # Errors
    /// [`Error::Input`] unless the percentiles rise strictly within 0..100 and there is one label more, none twice.
    pub fn new(name: &str, percentiles: Vec<f64>, labels: Vec<String>, at_cut: AtCut) -> Result<Self> {
        let inside = percentiles.iter().all(|cut| *cut > 0.0 && *cut < 100.0);
        let rising = percentiles.windows(2).all(|pair| matches!(pair, [low, high] if low < high));
        if percentiles.is_empty() || !inside || !rising {
            return Err(Error::Input(format!("percentiles must rise strictly between 0 and 100, not {percentiles:?}")));
        }
        if labels.len() != percentiles.len() + 1 {
            return Err(Error::Input(format!(
                "{} percentiles make {} bands, but {} labels were given",
                percentiles.len(),
                percentiles.len() + 1,
                labels.len()
            )));
        }
        for (i, label) in labels.iter().enumerate() {
            if labels.iter().take(i).any(|earlier| earlier == label) {
                return Err(Error::Input(format!("label '{label}' is given to two bands")));
            }
        }
        if labels.len() > 100 {
            return Err(Error::Input(format!("at most 100 bands can be drawn, not {}", labels.len())));
        }
        Ok(Self { name: name.to_owned(), percentiles, labels, at_cut })
    }
}

/// Cut points of one reference group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupCuts {
    /// The group, `None` when the bands are not drawn by group.
    pub key: Option<String>,
    /// Values that were present when the cuts were drawn.
    pub n: usize,
    /// Rising cut points in the unit of the measure.
    pub cuts: Vec<f64>,
}

/// A group with the values and weights of its members.
type Members = (Option<String>, Vec<(f64, f64)>);

/// Joins the texts of several group columns into one key; it does not occur in texts.
pub const KEY_SEPARATOR: char = '\u{1f}';

/// Percentile bands drawn on a reference population, ready to be applied to anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PercentileBands {
    /// Version of this format.
    pub format: u32,
    /// How the bands are drawn.
    pub scheme: BandScheme,
    /// Which end is the good one.
    pub direction: Direction,
    /// What the bands were drawn on, in words, if the caller said so.
    pub source: Option<String>,
    /// Name of the column the bands were drawn on, if it had one.
    pub column: Option<String>,
    /// Name of the column of weights, if the values were weighted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Names of the columns that make the groups, empty when the bands are not drawn by group.
    pub by: Vec<String>,
    /// One entry per group, in order of first appearance.
    pub groups: Vec<GroupCuts>,
}

impl PercentileBands {
    /// Format version that this crate writes and reads.
    pub const FORMAT: u32 = 1;

    /// Draws the cuts as type 7 quantiles of the values present, for each group apart.
    ///
    /// A value whose key is missing belongs to no group. `keys` is empty when the bands are not drawn by group. Weights are
    /// whole numbers, for instance pupils: each value counts that many times, see [`weighted_quantile`]; a value without a
    /// weight, or with weight 0, does not count.
    ///
    /// # Errors
    /// [`Error::Input`] if `keys` or `weights` has another length than `values`, for a group with fewer values than bands,
    /// an infinite value, or a weight that is negative or no whole number.
    pub fn fit(
        values: &[Option<f64>],
        weights: Option<&[Option<f64>]>,
        keys: Option<&[Option<&str>]>,
        scheme: BandScheme,
        direction: Direction,
        source: Option<String>,
    ) -> Result<Self> {
        if keys.is_some_and(|keys| keys.len() != values.len()) {
            return Err(Error::Input("a key is needed for every value".to_owned()));
        }
        let weight_of = checked_weights(values.len(), weights)?;
        let mut groups: Vec<Members> = Vec::new();
        let mut index = std::collections::HashMap::new();
        let infinite: Vec<String> = values
            .iter()
            .enumerate()
            .filter_map(|(row, value)| {
                value.filter(|value| value.is_infinite()).map(|value| format!("{value} at row {row}"))
            })
            .collect();
        if !infinite.is_empty() {
            return Err(Error::values("values", "bands need finite values", infinite.len(), &infinite));
        }
        for (row, value) in values.iter().enumerate() {
            let (Some(value), Some(weight)) = (present(*value), weight_of(row)) else { continue };
            let key = match keys {
                None => None,
                Some(keys) => match keys.get(row).copied().flatten() {
                    None => continue,
                    some => some,
                },
            };
            let at = *index.entry(key).or_insert_with(|| {
                groups.push((key.map(str::to_owned), Vec::new()));
                groups.len() - 1
            });
            if let Some((_, members)) = groups.get_mut(at) {
                members.push((value + 0.0, weight));
            }
        }
        let bands = scheme.labels.len();
        if groups.is_empty() {
            return Err(Error::Input(format!("{bands} bands need at least {bands} values, and none is present")));
        }
        let groups = groups
            .into_iter()
            .map(|(key, mut members)| {
                if members.len() < bands {
                    let of = key.as_deref().map(|key| format!(" of group '{key}'")).unwrap_or_default();
                    return Err(Error::Input(format!(
                        "{bands} bands need at least {bands} values, and {}{of} are present",
                        members.len()
                    )));
                }
                members.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                let cut_at = |percentile: &f64| weighted_quantile(&members, percentile / 100.0);
                let cuts = scheme.percentiles.iter().filter_map(cut_at).collect();
                Ok(GroupCuts { key, n: members.len(), cuts })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            format: Self::FORMAT,
            scheme,
            direction,
            source,
            column: None,
            weights: None,
            by: Vec::new(),
            groups,
        })
    }

    /// Band of one value, 1 is best; `None` if the value is missing or NaN. Values and cuts are compared as decimals: a cut
    /// worked out as -0.8899999999999999 is the published score -0.89.
    #[must_use]
    pub fn band(&self, group: &GroupCuts, value: Option<f64>) -> Option<i64> {
        let value = present(value)?;
        let passed = |cut: &&f64| {
            let beyond = decimal_difference(value, **cut);
            match self.scheme.at_cut {
                AtCut::Higher => beyond >= 0.0,
                AtCut::Lower => beyond > 0.0,
            }
        };
        let position = group.cuts.iter().filter(passed).count();
        let band = match self.direction {
            Direction::HigherBetter => group.cuts.len() - position,
            Direction::LowerBetter => position,
        };
        i64::try_from(band + 1).ok()
    }

    /// Bands of many values, 1 is best.
    ///
    /// # Errors
    /// [`Error::Input`] if keys are needed and not given or given and not needed; [`Error::Unknown`] for a key that was not
    /// there when the bands were drawn.
    pub fn apply(&self, values: &[Option<f64>], keys: Option<&[Option<&str>]>) -> Result<Vec<Option<i64>>> {
        let by_group = self.groups.iter().any(|group| group.key.is_some());
        match (keys, by_group) {
            (None, false) => {
                let Some(group) = self.groups.first() else { return Ok(vec![None; values.len()]) };
                Ok(values.iter().map(|value| self.band(group, *value)).collect())
            }
            (Some(keys), true) if keys.len() == values.len() => {
                let index: std::collections::HashMap<&str, &GroupCuts> =
                    self.groups.iter().filter_map(|group| Some((group.key.as_deref()?, group))).collect();
                values
                    .iter()
                    .zip(keys)
                    .map(|(value, key)| {
                        let Some(key) = key else { return Ok(None) };
                        let group = index.get(key).ok_or_else(|| {
                            Error::unknown("group", key, self.groups.iter().filter_map(|group| group.key.clone()))
                        })?;
                        Ok(self.band(group, *value))
                    })
                    .collect()
            }
            (Some(_), true) => Err(Error::Input("a key is needed for every value".to_owned())),
            (None, true) => {
                Err(Error::Input("these bands were drawn by group: the group columns are needed".to_owned()))
            }
            (Some(_), false) => {
                Err(Error::Input("these bands were not drawn by group: no group column can be used".to_owned()))
            }
        }
    }

    /// Label of a band number.
    #[must_use]
    pub fn label(&self, band: i64) -> Option<&str> {
        let index = usize::try_from(band).ok()?.checked_sub(1)?;
        self.scheme.labels.get(index).map(String::as_str)
    }

    /// The bands as JSON text.
    ///
    /// # Errors
    /// [`Error::Input`] if the text cannot be written.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Input(format!("bands cannot be written as JSON: {error}")))
    }

    /// Bands from JSON text, with every rule of [`BandScheme::new`] checked again.
    ///
    /// # Errors
    /// [`Error::Input`] naming line and column for text that is not what [`Self::to_json`] writes.
    pub fn from_json(text: &str) -> Result<Self> {
        let bands: Self = serde_json::from_str(text)
            .map_err(|error| Error::Input(format!("this text does not hold percentile bands: {error}")))?;
        if bands.format != Self::FORMAT {
            return Err(Error::Input(format!(
                "percentile bands of format {} cannot be read, only of format {}",
                bands.format,
                Self::FORMAT
            )));
        }
        let scheme = &bands.scheme;
        BandScheme::new(&scheme.name, scheme.percentiles.clone(), scheme.labels.clone(), scheme.at_cut)?;
        let keyed = bands.groups.iter().filter(|group| group.key.is_some()).count();
        let distinct: std::collections::HashSet<_> = bands.groups.iter().map(|group| &group.key).collect();
        let expected = if bands.by.is_empty() { 0 } else { bands.groups.len() };
        if bands.groups.is_empty() || distinct.len() != bands.groups.len() || keyed != expected {
            return Err(Error::Input(format!(
                "percentile bands need {}, not {} groups of which {keyed} are named and {} differ",
                if bands.by.is_empty() { "one group without a name" } else { "groups with distinct names" },
                bands.groups.len(),
                distinct.len()
            )));
        }
        for group in &bands.groups {
            if group.cuts.len() != scheme.percentiles.len() || !group.cuts.is_sorted() {
                return Err(Error::Input(format!("{} rising cuts are needed in each group", scheme.percentiles.len())));
            }
        }
        Ok(bands)
    }
}

/// The weight of a row, 1 without weights; `None` for a row that does not count.
fn checked_weights(height: usize, weights: Option<&[Option<f64>]>) -> Result<impl Fn(usize) -> Option<f64>> {
    if let Some(weights) = weights {
        if weights.len() != height {
            return Err(Error::Input(format!("{} weights were given for {height} values", weights.len())));
        }
        let given = weights.iter().enumerate().filter_map(|(row, weight)| Some((row, present(*weight)?)));
        let broken: Vec<String> = given
            .filter(|(_, weight)| !(weight.is_finite() && *weight >= 0.0 && weight.fract() == 0.0))
            .map(|(row, weight)| format!("{weight} at row {row}"))
            .collect();
        if !broken.is_empty() {
            let rule = "a weight of bands must be a whole number and not negative";
            return Err(Error::values("weights", rule, broken.len(), &broken));
        }
    }
    Ok(move |row: usize| match weights {
        None => Some(1.0),
        Some(weights) => present(weights.get(row).copied().flatten()).filter(|weight| *weight > 0.0),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fitted(values: &[f64], scheme: &str, direction: Direction) -> PercentileBands {
        let values: Vec<_> = values.iter().copied().map(Some).collect();
        PercentileBands::fit(&values, None, None, BandScheme::named(scheme).unwrap(), direction, None).unwrap()
    }

    fn bands(fitted: &PercentileBands, values: &[f64]) -> Vec<i64> {
        let values: Vec<_> = values.iter().copied().map(Some).collect();
        fitted.apply(&values, None).unwrap().into_iter().flatten().collect()
    }

    #[test]
    fn a_value_on_a_cut_falls_where_the_scheme_says() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        let quartiles = fitted(&values, "quartiles", Direction::HigherBetter);
        assert_eq!(bands(&quartiles, &[24.9, 25.0, 49.9, 50.0, 74.9, 75.0, 101.0]), [4, 3, 3, 2, 2, 1, 1]);
        let lower = fitted(&values, "quartiles", Direction::LowerBetter);
        assert_eq!(bands(&lower, &[24.9, 25.0, 75.0]), [1, 2, 4]);
        let lait = fitted(&values, "lait_quartiles", Direction::HigherBetter);
        assert_eq!(bands(&lait, &[25.0, 25.1, 75.0, 75.1]), [4, 3, 2, 1]);
        let lait_low = fitted(&values, "lait_quartiles", Direction::LowerBetter);
        assert_eq!(bands(&lait_low, &[25.0, 25.1, 75.0, 75.1]), [1, 2, 3, 4]);
        let southend = fitted(&values, "southend_2017", Direction::HigherBetter);
        assert_eq!(bands(&southend, &[24.9, 25.0, 74.9, 75.0]), [3, 2, 2, 1]);
        assert_eq!(southend.label(1), Some("upper_quartile"));
        assert_eq!(southend.label(4), None);
    }

    #[test]
    fn a_cut_is_compared_as_the_decimal_it_stands_for() {
        let bands = fitted(&[-1.0, -0.89, -0.5, 0.1, 0.4], "quartiles", Direction::HigherBetter);
        let noisy = GroupCuts { key: None, n: 5, cuts: vec![-0.889_999_999_999_999_9, 0.1, 0.4] };
        assert_eq!(bands.band(&noisy, Some(-0.89)), Some(3));
        assert_eq!(bands.band(&noisy, Some(-0.8901)), Some(4));
    }

    #[test]
    fn groups_are_kept_apart_and_unknown_groups_refused() {
        let values: Vec<_> = (0..8).map(|value| Some(f64::from(value))).collect();
        let keys: Vec<_> = (0..8).map(|row| Some(if row < 4 { "2018" } else { "2019" })).collect();
        let scheme = BandScheme::new("halves", vec![50.0], vec!["top".into(), "bottom".into()], AtCut::Higher).unwrap();
        let halves = PercentileBands::fit(&values, None, Some(&keys), scheme, Direction::HigherBetter, None).unwrap();
        assert_eq!(halves.groups.iter().map(|group| group.cuts[0]).collect::<Vec<_>>(), [1.5, 5.5]);
        let mut halves = halves;
        halves.by = vec!["year".to_owned()];
        let at = |value, key| halves.apply(&[Some(value)], Some(&[key]));
        assert_eq!(at(3.0, Some("2018")).unwrap(), [Some(1)]);
        assert_eq!(at(3.0, Some("2019")).unwrap(), [Some(2)]);
        assert_eq!(at(3.0, None).unwrap(), [None]);
        assert!(at(3.0, Some("2020")).unwrap_err().to_string().contains("2018, 2019"));
        assert!(halves.apply(&[Some(1.0)], None).is_err());
        let back = PercentileBands::from_json(&halves.to_json().unwrap()).unwrap();
        assert_eq!(back, halves);
    }

    #[test]
    fn bad_schemes_and_bad_json_are_refused() {
        let labels = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        for (cuts, count) in [(vec![], 1), (vec![0.0], 2), (vec![100.0], 2), (vec![50.0, 25.0], 3), (vec![50.0], 3)] {
            assert!(BandScheme::new("x", cuts, labels(count), AtCut::Higher).is_err());
        }
        assert!(BandScheme::new("x", vec![50.0], vec!["a".into(), "a".into()], AtCut::Higher).is_err());
        assert!(BandScheme::named("quartile").unwrap_err().to_string().contains("Did you mean 'quartiles'?"));
        let bands = fitted(&[1.0, 2.0, 3.0, 4.0], "quartiles", Direction::HigherBetter);
        for damage in [
            PercentileBands { groups: Vec::new(), ..bands.clone() },
            PercentileBands { groups: [&bands.groups[..], &bands.groups[..]].concat(), ..bands.clone() },
            PercentileBands { by: vec!["year".to_owned()], ..bands.clone() },
        ] {
            assert!(PercentileBands::from_json(&damage.to_json().unwrap()).is_err());
        }
        let error = PercentileBands::from_json("{\"format\":1,\"typo\":2}").unwrap_err().to_string();
        assert!(error.contains("typo"), "{error}");
        let none: [Option<f64>; 2] = [None, Some(1.0)];
        let scheme = BandScheme::named("quartiles").unwrap();
        assert!(PercentileBands::fit(&none, None, None, scheme, Direction::HigherBetter, None).is_err());
    }

    #[test]
    fn weights_repeat_values_and_old_artefacts_are_read() {
        let values = [Some(1.0), Some(2.0), Some(3.0), Some(9.0), Some(10.0)];
        let fit = |weights: &[Option<f64>]| {
            let scheme =
                BandScheme::new("halves", vec![50.0], vec!["top".into(), "low".into()], AtCut::Higher).unwrap();
            PercentileBands::fit(&values, Some(weights), None, scheme, Direction::HigherBetter, None)
        };
        let got = fit(&[Some(1.0), Some(1.0), Some(4.0), Some(0.0), None]).unwrap();
        assert_eq!((got.groups[0].n, got.groups[0].cuts.clone()), (3, vec![3.0]));
        for weight in [-1.0, 0.5, f64::INFINITY] {
            let error = fit(&[Some(weight), Some(1.0), Some(1.0), Some(1.0), Some(1.0)]).unwrap_err().to_string();
            assert!(error.contains("whole number"), "{error}");
        }
        assert!(fit(&[Some(1.0)]).is_err());
        assert!(!got.to_json().unwrap().contains("weights"));
    }

    proptest! {
        #[test]
        fn equal_values_share_a_band_and_better_values_never_have_a_worse_one(
            values in prop::collection::vec(-5..5i32, 5..60), scheme in prop::sample::select(BandScheme::NAMES.to_vec()),
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            prop_assume!(values.len() >= BandScheme::named(scheme).unwrap().labels.len());
            for direction in [Direction::HigherBetter, Direction::LowerBetter] {
                let got = bands(&fitted(&values, scheme, direction), &values);
                for (a, band_a) in values.iter().zip(&got) {
                    for (b, band_b) in values.iter().zip(&got) {
                        let better = if direction == Direction::HigherBetter { a > b } else { a < b };
                        prop_assert!(a.total_cmp(b).is_ne() || band_a == band_b);
                        prop_assert!(!better || band_a <= band_b);
                    }
                }
            }
        }
    }
}
