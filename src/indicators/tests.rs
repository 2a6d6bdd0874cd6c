use super::*;

fn minimal(extra: &str) -> String {
    format!(
        "[[indicator]]\nname = \"x_pct\"\nlabel = \"X\"\nkind = \"number\"\nunit = \"%\"\npolarity = \"none\"\n\
         scope = \"school\"\nevidence = \"held\"\n{extra}"
    )
}

fn message(text: &str) -> String {
    match Indicators::parse(text, "t.toml") {
        Ok(_) => "parsed".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_embedded_vocabulary_parses_and_every_name_resolves() -> Result<()> {
    let vocabulary = Indicators::load()?;
    assert!(vocabulary.all().len() > 300, "{} indicators", vocabulary.all().len());
    for item in vocabulary.all() {
        assert_eq!(vocabulary.resolve(&item.name)?.indicator, item);
        assert_eq!(vocabulary.resolve(&format!("nat_{}_y2", item.name))?.comparator, Some(Comparator::National));
    }
    Ok(())
}

#[test]
fn columns_of_the_published_tables_are_where_their_dictionaries_put_them() -> Result<()> {
    let vocabulary = Indicators::load()?;
    let column = |name: &str, table: Table, year: i32| -> Result<Option<String>> {
        let sources = &vocabulary.get(name)?.sources;
        let found =
            sources.iter().find(|s| s.table == table && s.from <= year && year <= s.to && s.substitute.is_none());
        Ok(found.map(|source| source.columns.join("+")))
    };
    for (name, table, year, wanted) in [
        ("p8", Table::Ks4, 2018, Some("P8MEA")),
        ("p8_ci_low", Table::Ks4, 2018, Some("P8CILOW")),
        ("ks4_em_95_pct", Table::Ks4, 2017, Some("PTL2BASICS_95")),
        ("ks4_em_95_pct", Table::Ks4, 2016, None),
        ("ks4_em_94_pct", Table::Ks4, 2016, Some("PTL2BASICS_LL_PTQ_EE")),
        ("ks4_5ac_em_pct", Table::Ks4, 2018, None),
        ("ks2_exp_writing_pct", Table::Ks2, 2019, Some("PTWRITTA_EXP")),
        ("ks2_progress_reading", Table::Ks2, 2015, None),
        ("ks2_2lp_mat_pct", Table::Ks2, 2013, Some("PT2MATH12")),
        ("ks2_2lp_eng_pct", Table::Ks2, 2013, None),
        ("persistent_absence_pct", Table::Absence, 2015, None),
        ("sen_cohort", Table::Ks4, 2017, Some("SENSE4+SENAPK4")),
        ("disadv_cohort", Table::Ks2, 2019, Some("TFSM6CLA1A")),
    ] {
        assert_eq!(column(name, table, year)?.as_deref(), wanted, "{name} {year}");
    }
    Ok(())
}

#[test]
fn a_name_keeps_its_values_apart_by_framework() -> Result<()> {
    let capacity = Indicators::load()?.get("capacity_to_improve")?;
    assert_eq!(capacity.values_for("southend_2017"), ["good", "limited", "poor"]);
    assert_eq!(capacity.values_for("staffordshire_2008"), ["good", "limited"]);
    assert_eq!(capacity.values_for("derby_winners"), ["true", "false"]);
    let progress = Indicators::load()?.get("current_progress")?;
    assert_eq!(progress.equivalents.get("failing").map(Vec::as_slice), Some(&["underachieving".to_owned()][..]));
    Ok(())
}

#[test]
fn a_name_is_taken_apart_from_the_right_end() -> Result<()> {
    let vocabulary = Indicators::load()?;
    let parts = |name: &str| -> Result<(String, Option<Comparator>, u8)> {
        let column = vocabulary.resolve(name)?;
        Ok((column.indicator.name.clone(), column.comparator, column.years_before))
    };
    assert_eq!(parts("p8_y2")?, ("p8".to_owned(), None, 2));
    assert_eq!(parts("floor_ks2_l4em_pct")?, ("ks2_l4em_pct".to_owned(), Some(Comparator::Floor), 0));
    assert_eq!(parts("floor_pct")?, ("floor_pct".to_owned(), None, 0));
    assert_eq!(parts("la_target_ks1_em_pct_y1")?, ("ks1_em_pct".to_owned(), Some(Comparator::LaTarget), 1));
    assert_eq!(parts("benchmark_eyfs_ks1_prog_eng")?, ("eyfs_ks1_prog_eng".to_owned(), Some(Comparator::Benchmark), 0));
    assert_eq!(parts("national_value")?, ("national_value".to_owned(), None, 0));
    let error = vocabulary.resolve("p8_y3").map(|_| ()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.starts_with("indicator 'p8_y3' does not exist."), "{error}");
    Ok(())
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let error = Indicators::load().and_then(|v| v.get("ks2_exp_rmw_pct").cloned()).err().map(|e| e.to_string());
    assert!(error.is_some_and(|text| text.contains("Did you mean 'ks2_exp_rwm_pct'?")));
}

#[test]
fn a_broken_file_is_refused_with_its_line() {
    assert_eq!(message(&minimal("")), "parsed");
    for (text, wanted) in [
        (minimal("color = 1\n"), "t.toml, line 9: unknown field `color`"),
        (minimal("label = \"again\"\n"), "t.toml, line 9: duplicate key"),
        (
            minimal("minimum = 5.0\nmaximum = 5.0\n"),
            "t.toml, line 1: indicator 'x_pct': minimum 5 is not below maximum 5",
        ),
        (format!("{}\n{}", minimal(""), minimal("")), "t.toml, line 10: indicator 'x_pct' is defined twice"),
        (minimal("").replace("x_pct", "X-pct"), "t.toml, line 1: indicator 'X-pct': a name has"),
        (minimal("members = [\"p8\"]\n"), "t.toml, line 1: indicator 'x_pct': members belong to a list"),
        (
            minimal("").replace("unit = \"%\"\n", ""),
            "t.toml, line 1: indicator 'x_pct': a number or count needs a unit",
        ),
        (minimal("").replace("number", "grade"), "t.toml, line 1: indicator 'x_pct': a category or grade needs values"),
        (
            minimal("").replace("held", "published"),
            "t.toml, line 1: indicator 'x_pct': a published indicator needs a source",
        ),
        (minimal("").replace("held", "derived"), "t.toml, line 1: indicator 'x_pct': a rule belongs to a derived"),
        (
            minimal("source = [{ table = \"ks2\", columns = [\"A\"], from = 2018, to = 2017 }]\n")
                .replace("held", "published"),
            "t.toml, line 1: indicator 'x_pct': source A has years 2018 to 2017",
        ),
        (
            minimal("source = [{ table = \"ks2\", columns = [\"A\", \"B\"], from = 2016, to = 2017 }]\n")
                .replace("held", "published"),
            "t.toml, line 1: indicator 'x_pct': a source has one column",
        ),
        (
            minimal("source = [{ table = \"ks2\", columns = [\"A\"], from = 2016, to = 2017 }]\n"),
            "t.toml, line 1: indicator 'x_pct': a source makes it published or derived",
        ),
        (
            minimal("members = [\"nothing\"]\n").replace("number", "list"),
            "t.toml, line 1: indicator 'x_pct': 'nothing', which it names, is not an indicator",
        ),
    ] {
        let got = message(&text);
        assert!(got.starts_with(wanted), "wanted: {wanted}\n   got: {got}");
    }
}

#[test]
fn nothing_judged_has_a_source() -> Result<()> {
    for item in Indicators::load()?.all() {
        if matches!(item.evidence, Evidence::Judged | Evidence::Held | Evidence::Process) {
            assert!(item.sources.is_empty(), "{}", item.name);
        }
    }
    Ok(())
}

#[test]
fn the_json_has_one_object_per_indicator() -> Result<()> {
    let text = indicators_json()?;
    let parsed: serde_json::Value = serde_json::from_str(&text).map_err(|e| Error::Input(e.to_string()))?;
    assert_eq!(parsed.as_array().map(Vec::len), Some(Indicators::load()?.all().len()));
    assert_eq!(resolve_json("nat_p8_y1")?, r#"{"comparator":"national","indicator":"p8","years_before":1}"#);
    Ok(())
}
