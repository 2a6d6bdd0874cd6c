use super::*;

const HEAD: &str = "family = \"t\"\ntitle = \"T\"\n[source.a]\ntitle = \"A\"\ndocument = \"d\"\npage = \"1\"\n";

fn file(values: &str) -> String {
    format!("{HEAD}[[parameter]]\nname = \"x\"\nlabel = \"X\"\nunit = \"points\"\nvalue = [\n{values}]\n")
}

fn load(text: &str) -> Result<Parameters> {
    Parameters::parse(&[("t.toml", text)])
}

fn message<T>(result: Result<T>) -> String {
    result.err().map_or_else(|| "no error".to_owned(), |error| error.to_string())
}

#[test]
fn every_embedded_value_has_a_source_and_a_unit() -> Result<()> {
    let parameters = Parameters::load()?;
    assert!(parameters.all().len() > 100, "{} parameters", parameters.all().len());
    for item in parameters.all() {
        assert!(!item.unit.is_empty() && !item.label.is_empty(), "{}", item.name);
        for value in &item.values {
            let Source { title, document, page } = &value.source;
            assert!(!title.is_empty() && !document.is_empty() && !page.is_empty(), "{} {}", item.name, value.when());
            assert!(value.tolerance.is_none() || value.status == Status::C, "{} {}", item.name, value.when());
        }
    }
    Ok(())
}

#[test]
fn thresholds_and_figures_are_those_of_their_sources() -> Result<()> {
    let parameters = Parameters::load()?;
    for (name, year, wanted) in [
        ("p8_sd", 2023, 1.414_023),
        ("p8_sd", 2024, 1.416_28),
        ("p8_sd_maths", 2022, 1.530_366),
        ("p8_band_well_above", 2019, 0.5),
        ("ks2_progress_reading_band_well_above", 2018, 3.1),
        ("ks2_progress_maths_band_well_below", 2019, -3.2),
        ("coasting_p8", 2017, -0.25),
        ("nat_ks2_exp_rwm_pct", 2016, 53.0),
        ("nat_ks2_exp_rwm_pct", 2019, 65.0),
        ("nat_p8_non_disadvantaged", 2017, 0.11),
        ("nat_ks2_l4em_pct", 2011, 74.0),
        ("median_ks2_2lp_writing_pct", 2015, 97.0),
        ("nat_gap_index_ks4", 2019, 3.70),
        ("suppression_minimum", 2018, 6.0),
    ] {
        let value = parameters.lookup(name, When::Year(year), None, false)?;
        assert!((value.value - wanted).abs() < 1e-12, "{name} {year}: {}", value.value);
    }
    Ok(())
}

#[test]
fn the_most_final_version_answers_unless_one_is_named() -> Result<()> {
    let parameters = Parameters::load()?;
    let value = |version| parameters.lookup("p8_sd", When::Year(2022), version, false).map(|v| v.value);
    assert_eq!(value(None)?, 1.408_359);
    assert_eq!(value(Some(Version::Provisional))?, 1.408_708);
    assert_eq!(
        message(value(Some(Version::Final))),
        "reference value 'p8_sd' has no final version for 2022; there are: 2022 (provisional), 2022 (revised)"
    );
    Ok(())
}

#[test]
fn a_year_without_a_value_lists_those_that_have_one() -> Result<()> {
    let parameters = Parameters::load()?;
    for year in [2020, 2021, 2025, 1999] {
        let text = message(parameters.lookup("p8_sd", When::Year(year), None, false));
        assert!(
            text.starts_with(&format!("reference value 'p8_sd' has no value for {year}; there are: 2016")),
            "{text}"
        );
    }
    let text = message(parameters.lookup("p8_sdd", When::Year(2019), None, false));
    assert!(text.starts_with("reference value 'p8_sdd' does not exist. Did you mean 'p8_sd'?"), "{text}");
    Ok(())
}

#[test]
fn unverified_values_need_to_be_asked_for() -> Result<()> {
    let parameters = Parameters::load()?;
    let text = message(parameters.lookup("floor_p8", When::Year(2017), None, false));
    assert!(text.contains("is not verified") && text.contains("allow_unverified=True"), "{text}");
    assert_eq!(parameters.lookup("floor_p8", When::Year(2017), None, true)?.value, -0.5);
    Ok(())
}

#[test]
fn a_verified_value_is_preferred_to_a_later_unverified_one() -> Result<()> {
    let parameters = load(&file(
        "{ year = 2019, version = \"provisional\", value = 1, status = \"P\", source = \"a\" },\n\
         { year = 2019, version = \"revised\", value = 2, status = \"S\", source = \"a\" },\n",
    ))?;
    assert_eq!(parameters.lookup("x", When::Year(2019), None, false)?.value, 1.0);
    assert_eq!(parameters.lookup("x", When::Year(2019), None, true)?.value, 2.0);
    let text = message(parameters.lookup("x", When::Year(2019), Some(Version::Revised), false));
    assert!(text.contains("is not verified"), "{text}");
    Ok(())
}

#[test]
fn both_ends_of_a_span_are_inside_and_a_year_needs_the_whole_year() -> Result<()> {
    let parameters =
        load(&file("{ from = 2015-09-01, to = 2018-08-31, value = 1, status = \"P\", source = \"a\" },\n"))?;
    let held = |when: &str| parameters.lookup("x", when.parse()?, None, false).map(|v| v.value);
    for when in ["2015-09-01", "2018-08-31", "2016", "2018"] {
        assert_eq!(held(when)?, 1.0, "{when}");
    }
    for when in ["2015-08-31", "2018-09-01", "2015", "2019"] {
        assert_eq!(
            message(held(when)),
            format!("reference value 'x' has no value for {when}; there are: 2015-09-01 to 2018-08-31")
        );
    }
    let parameters =
        load(&file("{ from = 2016-01-01, to = 2018-08-31, value = 1, status = \"P\", source = \"a\" },\n"))?;
    assert!(parameters.lookup("x", When::Year(2016), None, false).is_err());
    assert!(parameters.lookup("x", When::Year(2017), None, false).is_ok());
    Ok(())
}

#[test]
fn a_broken_file_is_refused_with_its_line() {
    let good = "{ year = 2019, value = 1, status = \"P\", source = \"a\" },\n";
    assert!(load(&file(good)).is_ok());
    for (text, wanted) in [
        (file(&good.replace("value", "valeu")), "t.toml, line 12: unknown field `valeu`"),
        (file(&format!("{good}{good}")), "t.toml, line 7: parameter 'x': 2019 overlaps 2019"),
        (file(&good.replace("\"a\"", "\"b\"")), "t.toml, line 7: parameter 'x': source 'b' is not described"),
        (file(&good.replace("year = 2019, ", "")), "t.toml, line 7: parameter 'x': a value has year, or from and to"),
        (
            file(&good.replace("year = 2019", "year = 2019, from = 2018-09-01, to = 2019-08-31")),
            "t.toml, line 7: parameter 'x': a value has year, or from and to",
        ),
        (
            file(&good.replace("year = 2019", "from = 2019-09-01, to = 2018-08-31")),
            "t.toml, line 7: parameter 'x': from 2019-09-01 is after to 2018-08-31",
        ),
        (file(&good.replace("\"P\"", "\"GK\"")), "t.toml, line 12: unknown variant `GK`"),
        (file(&good.replace(", source = \"a\"", "")), "t.toml, line 12: missing field `source`"),
        (
            file(&good.replace("value = 1", "value = nan")),
            "t.toml, line 7: parameter 'x': value and tolerance are finite",
        ),
        (file(good).replace("page = \"1\"\n", ""), "t.toml, line 3: missing field `page`"),
        (
            file(good).replace("unit = \"points\"\n", "unit = \"points\"\nunit = \"%\"\n"),
            "t.toml, line 11: duplicate key",
        ),
        (file(""), "t.toml, line 7: parameter 'x': label, unit and at least one value are needed"),
    ] {
        let got = message(load(&text));
        assert!(got.starts_with(wanted), "wanted: {wanted}\n   got: {got}");
    }
    let twice = Parameters::parse(&[("a.toml", &file(good)), ("b.toml", &file(good))]);
    assert_eq!(message(twice), "b.toml, line 7: parameter 'x' is defined twice");
}

#[test]
fn days_are_read_strictly() {
    for text in
        ["2019-2-1", "2019-02-29", "2019-13-01", "2019-00-10", "19-01-01", "2019-01-32", "today", "20190301", ""]
    {
        assert_eq!(
            message(text.parse::<When>()),
            format!("date '{text}': a date is written yyyy-mm-dd and must exist")
        );
    }
    assert!("2020-02-29".parse::<Day>().is_ok() && "2000-02-29".parse::<Day>().is_ok());
    assert!("1900-02-29".parse::<Day>().is_err());
}

#[test]
fn json_carries_value_and_source() -> Result<()> {
    let text = reference_value_json("nat_p8", "2019", None, false)?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| Error::Input(e.to_string()))?;
    assert_eq!(value["value"], -0.03);
    assert_eq!(value["from"], "2018-09-01");
    assert_eq!(value["version"], "final");
    assert_eq!(value["verified"], true);
    assert!(value["source_page"].as_str().is_some_and(|page| page.contains("RECTYPE 7")));
    let all: serde_json::Value =
        serde_json::from_str(&reference_values_json()?).map_err(|e| Error::Input(e.to_string()))?;
    let count: usize = Parameters::load()?.all().iter().map(|item| item.values.len()).sum();
    assert_eq!(all.as_array().map(Vec::len), Some(count));
    let text = message(reference_value_json("nat_p8", "2019", Some("draft"), false));
    assert!(text.starts_with("version 'draft' does not exist."), "{text}");
    Ok(())
}
