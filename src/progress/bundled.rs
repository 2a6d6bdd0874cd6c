//! What comes with the crate: tables of estimates, named groupings of prior attainment, and years without a measure.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::claims::{Claim, claim};
use super::estimates::{EstimateTable, Outcome, Status};
use crate::error::{Error, Result};

const FILE: &str = "p8.toml";
const TEXT: &str = include_str!("data/p8.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    measure: String,
    prior: String,
    population: String,
    status: Status,
    outcome: Vec<Named>,
    table: Vec<Averages>,
    without: Vec<Without>,
    grouping: Vec<Grouping>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    score: String,
    divisor: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct Averages {
    year: i32,
    version: String,
    source: String,
    lowest: Option<f64>,
    upper: Vec<f64>,
    #[serde(flatten)]
    means: BTreeMap<String, Vec<f64>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Without {
    measure: String,
    years: Vec<i32>,
    reason: String,
    #[serde(rename = "status")]
    _status: Status,
    source: String,
}

/// A named grouping of prior attainment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grouping {
    /// Its name, which is that of the prior attainment.
    pub name: String,
    /// How it was established.
    pub status: Status,
    /// Where it was read.
    pub source: String,
    /// Lowest prior attainment it is for.
    pub lowest: Option<f64>,
    /// Upper ends, each inside its group.
    pub upper: Vec<f64>,
}

fn file() -> Result<&'static File> {
    static PARSED: OnceLock<Result<File>> = OnceLock::new();
    let parse = || {
        toml::from_str(TEXT).map_err(|error| Error::File {
            file: FILE.to_owned(),
            line: error
                .span()
                .map_or(1, |span| TEXT.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1),
            message: error.message().to_owned(),
        })
    };
    PARSED.get_or_init(parse).as_ref().map_err(Clone::clone)
}

/// The bundled table of a measure for a results year; without `version` the only one of that year.
///
/// # Errors
/// [`Error::Unknown`] for a measure without bundled tables; [`Error::Input`] for a year or version without one, with the
/// reason where the year has no such measure, and the years there are.
pub fn table(measure: &str, year: i32, version: Option<&str>) -> Result<EstimateTable> {
    let file = file()?;
    if measure != file.measure {
        return Err(Error::unknown("measure with bundled estimates", measure, [file.measure.as_str()]));
    }
    let there = || {
        let listed: Vec<String> = file.table.iter().map(|table| format!("{} {}", table.year, table.version)).collect();
        listed.join(", ")
    };
    if let Some(found) = claim(measure)
        && let Some(why) = without(found, year)?
    {
        return Err(Error::Input(format!("estimates: {why} Tables are bundled for {}.", there())));
    }
    let found = file.table.iter().find(|table| table.year == year && version.is_none_or(|one| one == table.version));
    let Some(found) = found else {
        let version = version.map(|version| format!(" {version}")).unwrap_or_default();
        return Err(Error::Input(format!(
            "estimates: no table of {measure} is bundled for {year}{version}; there are: {}. A table of one's own is made \
             by fit or from_frame.",
            there()
        )));
    };
    let outcomes = file.outcome.iter().map(|named| {
        let means = found.means.get(&named.name).into_iter().flatten().copied().map(Some).collect();
        Outcome {
            name: named.name.clone(),
            score: named.score.clone(),
            divisor: named.divisor,
            mean: means,
            n: None,
            sd: None,
            minimum: None,
            sd_multiple: None,
        }
    });
    let table = EstimateTable {
        format: EstimateTable::FORMAT,
        measure: file.measure.clone(),
        prior: file.prior.clone(),
        year: Some(found.year),
        version: Some(found.version.clone()),
        population: Some(file.population.clone()),
        source: Some(found.source.clone()),
        status: file.status,
        lowest: found.lowest,
        upper: found.upper.clone(),
        outcomes: outcomes.collect(),
        rows: None,
        limit_rows: None,
    };
    table.check()?;
    Ok(table)
}

/// Why a year has no such measure, in a sentence; `None` if nothing is known against it.
///
/// # Errors
/// [`Error::File`] if the embedded file cannot be read; a test keeps that from happening.
pub fn without(claim: Claim, year: i32) -> Result<Option<String>> {
    let found = file()?.without.iter().find(|one| one.measure == claim.name() && one.years.contains(&year));
    Ok(found.map(|one| {
        let measure = match claim {
            Claim::Progress8 => "Progress 8",
            Claim::Ks2Progress => "key stage 2 progress",
        };
        format!(
            "there is no {measure} for {year}: {} ({}). Progress from another start, such as a cognitive test, can be measured \
             by a table fitted to it, under a name of its own.",
            one.reason, one.source
        )
    }))
}

/// The named grouping of prior attainment.
///
/// # Errors
/// [`Error::Unknown`] with the names there are.
pub fn grouping(name: &str) -> Result<&'static Grouping> {
    let file = file()?;
    let found = file.grouping.iter().find(|grouping| grouping.name == name);
    found.ok_or_else(|| Error::unknown("grouping", name, file.grouping.iter().map(|grouping| grouping.name.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_tables_of_34_groups_whose_elements_add_up() {
        for (year, version) in [(2022, "revised"), (2023, "revised"), (2024, "provisional")] {
            let table = table("p8", year, Some(version)).unwrap();
            assert_eq!(table.upper, grouping("ks2_scaled_score").unwrap().upper);
            for group in 0..34 {
                let mean = |name: &str| table.outcome(name).unwrap().mean[group].unwrap();
                let sum = mean("english") + mean("maths") + mean("ebacc") + mean("open");
                assert!((sum - mean("attainment_8")).abs() < 0.0201, "{year} group {}", group + 1);
            }
        }
        assert_eq!(table("p8", 2023, None).unwrap().outcome("attainment_8").unwrap().mean[18], Some(45.55));
    }

    #[test]
    fn years_without_a_measure_say_why_and_others_say_what_exists() {
        for year in [2020, 2021, 2025, 2026] {
            let error = table("p8", year, None).unwrap_err().to_string();
            assert!(error.contains(&format!("there is no Progress 8 for {year}")), "{error}");
            assert!(error.contains("2022 revised, 2023 revised, 2024 provisional"), "{error}");
        }
        let error = table("p8", 2019, None).unwrap_err().to_string();
        assert!(error.contains("no table of p8 is bundled for 2019; there are: 2022 revised"), "{error}");
        assert!(table("p8", 2024, Some("revised")).is_err());
        assert!(table("ks2_progress", 2019, None).is_err());
        assert!(without(Claim::Ks2Progress, 2024).unwrap().is_some());
        assert!(without(Claim::Ks2Progress, 2026).unwrap().is_none());
    }

    #[test]
    fn the_fine_levels_are_34() {
        let fine = grouping("ks2_fine_level").unwrap();
        assert_eq!((fine.upper.len(), fine.status), (34, Status::S));
        assert!(grouping("ks2").unwrap_err().to_string().contains("ks2_scaled_score, ks2_fine_level"));
    }
}
