//! Assignments: input that is refused, the trace, explanations, listings, changed thresholds, provenance.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use schoolframe::frameworks::{Framework, Status};
use schoolframe::table::{Column, Table};

fn southend() -> Framework {
    Framework::load("southend_2017").unwrap()
}

fn urns(count: i64) -> Column {
    Column::Integer((0..count).map(|at| Some(100_000 + at)).collect())
}

fn table(columns: Vec<(&str, Column)>) -> Table {
    Table::new(columns).unwrap()
}

fn refused(columns: Vec<(&str, Column)>) -> String {
    southend().assign(&table(columns), "primary").err().unwrap().to_string()
}

fn texts(table: &Table, column: &str) -> Vec<String> {
    let column = table.column(column).unwrap();
    (0..table.height()).map(|row| column.text(row).unwrap_or_default().to_owned()).collect()
}

fn numbers(table: &Table, column: &str) -> Vec<Option<f64>> {
    match table.column(column).unwrap() {
        Column::Number(values) => values.clone(),
        other => panic!("{column} holds {}", other.kind()),
    }
}

fn lists(table: &Table, column: &str) -> Vec<Vec<String>> {
    let column = table.column(column).unwrap();
    (0..column.len()).map(|row| column.list(row).unwrap().to_vec()).collect()
}

fn words(values: &[&str]) -> Column {
    Column::Text(values.iter().map(|value| Some((*value).to_owned()).filter(|value| !value.is_empty())).collect())
}

#[test]
fn values_outside_the_allowed_ones_are_refused_with_examples() {
    assert_eq!(
        refused(vec![("urn", urns(1)), ("ofsted_overall", Column::Integer(vec![Some(7)]))]),
        "column 'ofsted_overall': must be one of 1, 2, 3, 4; 1 value breaks this rule: 7 (urn 100000)"
    );
    let seven = (0..7).map(|at| Some(f64::from(at) + 140.0)).collect();
    assert_eq!(
        refused(vec![("urn", urns(7)), ("expected_progress_eng_pct", Column::Number(seven))]),
        "column 'expected_progress_eng_pct': must be a finite number from 0 to 100; 7 values break this rule: 140 (urn \
         100000); 141 (urn 100001); 142 (urn 100002); 143 (urn 100003); 144 (urn 100004); ..."
    );
    let message = refused(vec![("urn", urns(1)), ("progress_em", Column::Number(vec![Some(f64::NAN)]))]);
    assert_eq!(message, "column 'progress_em': must be a finite number; 1 value breaks this rule: NaN (urn 100000)");
    let message = refused(vec![("urn", urns(2)), ("joint_judgement", words(&["Fragile", "fragile"]))]);
    assert!(
        message.ends_with(
            "must be one of securely_good, fragile, inadequate; 1 value breaks this rule: Fragile (urn 100000)"
        ),
        "{message}"
    );
    let message = refused(vec![("urn", urns(1)), ("consecutive_ri_count", Column::Number(vec![Some(1.5)]))]);
    assert!(message.contains("must be a whole number of at least 0"), "{message}");
    let message = refused(vec![("urn", urns(1)), ("safety_threatened", Column::Integer(vec![Some(2)]))]);
    assert!(message.contains("must be true or false (or 1 or 0); 1 value breaks this rule: 2"), "{message}");
    let message =
        refused(vec![("urn", urns(1)), ("performance_percentile_national_y1", Column::Number(vec![Some(101.0)]))]);
    assert!(message.starts_with("column 'performance_percentile_national_y1'"), "{message}");
}

#[test]
fn columns_of_the_wrong_kind_are_refused() {
    for (name, column, expected) in [
        (
            "safety_threatened",
            words(&["yes"]),
            "column 'safety_threatened' must hold true or false (or 1 or 0), it holds text",
        ),
        ("progress_em", words(&["0.1"]), "column 'progress_em' must hold numbers, it holds text"),
        (
            "ofsted_overall",
            Column::Flag(vec![Some(true)]),
            "column 'ofsted_overall' must hold text or whole numbers, it holds true or false",
        ),
        ("year", words(&["2018"]), "column 'year' must hold whole numbers, it holds text"),
    ] {
        assert_eq!(refused(vec![("urn", urns(1)), (name, column)]), expected);
    }
    let message = refused(vec![("ofsted_overall", Column::Integer(vec![Some(1)]))]);
    assert!(message.starts_with("column 'urn' does not exist"), "{message}");
    let message = refused(vec![("urn", Column::Integer(vec![Some(1), None]))]);
    assert_eq!(message, "column 'urn': must not be missing; 1 value breaks this rule: row 1");
    let twice = Column::Integer(vec![Some(1), Some(1)]);
    let message = refused(vec![("urn", twice.clone())]);
    assert_eq!(message, "column 'urn': must occur once (there is no column 'year'); 1 value breaks this rule: 1");
    let message = refused(vec![("urn", twice), ("year", Column::Integer(vec![Some(2018), Some(2018)]))]);
    assert_eq!(message, "column 'urn': must occur once a year; 1 value breaks this rule: 1 in 2018");
}

#[test]
fn flags_may_be_zero_and_one_and_choices_may_be_numbers() {
    let result = southend()
        .assign(
            &table(vec![
                ("urn", Column::Number(vec![Some(1.0), Some(2.0), Some(3.0)])),
                ("safety_threatened", Column::Number(vec![Some(1.0), Some(0.0), None])),
                ("ofsted_overall", Column::Number(vec![Some(2.0), Some(3.0), None])),
                ("current_progress", words(&["substantial_sustained", "failing", ""])),
            ]),
            "primary",
        )
        .unwrap();
    let frame = result.frame().unwrap();
    assert_eq!(texts(&frame, "category"), ["Blue", "", ""]);
    assert_eq!(lists(&frame, "flags"), [vec![], vec!["requires_improvement"], vec![]]);
    let trace = result.trace().unwrap();
    let at = |id: &str, urn: usize| {
        (0..trace.height())
            .filter(|row| trace.column("criterion").unwrap().text(*row) == Some(id))
            .map(|row| texts(&trace, "result")[row].clone())
            .nth(urn)
            .unwrap()
    };
    assert_eq!([0, 1, 2].map(|row| at("SOU17-ALL-Green-04", row)), ["true", "false", "unknown"]);
}

#[test]
fn an_empty_table_gives_empty_results() {
    let result = southend().assign(&table(vec![("urn", Column::Integer(vec![]))]), "secondary").unwrap();
    assert_eq!(result.frame().unwrap().height(), 0);
    assert_eq!(result.trace().unwrap().height(), 0);
    assert_eq!(result.support().unwrap().height(), 0);
    assert_eq!(result.deciding_table().unwrap().height(), 0);
}

#[test]
fn columns_that_are_asked_for_and_not_there_are_listed() {
    let school = table(vec![("urn", urns(1)), ("ofsted_overall", Column::Integer(vec![Some(2)])), ("x", urns(1))]);
    let result = southend().assign(&school, "primary").unwrap();
    assert!(!result.absent().contains(&"ofsted_overall".to_owned()));
    for name in
        ["joint_judgement", "nat_expected_progress_eng_pct", "performance_percentile_national_y2", "ks2_exp_rwm_pct"]
    {
        assert!(result.absent().contains(&name.to_owned()), "{name}: {:?}", result.absent());
    }
    assert!(!result.absent().contains(&"p8_ci_low".to_owned()), "a primary school has no Progress 8");
    assert_eq!(result.unused(), ["x"]);
    let secondary = southend().assign(&school, "secondary").unwrap();
    assert!(secondary.absent().contains(&"p8_ci_low".to_owned()));
}

#[test]
fn the_trace_tells_value_bound_and_source() {
    let number = |value| Column::Number(vec![Some(value)]);
    let school = table(vec![
        ("urn", urns(1)),
        ("year", Column::Integer(vec![Some(2018)])),
        ("expected_progress_eng_pct", number(84.0)),
        ("nat_expected_progress_eng_pct", number(90.0)),
        ("joint_judgement", words(&["fragile"])),
    ]);
    let trace = southend().assign(&school, "primary").unwrap().trace().unwrap();
    let rows = |id: &str| {
        let ids = texts(&trace, "criterion");
        (0..trace.height()).filter(|row| ids[*row] == id).collect::<Vec<_>>()
    };
    let row = rows("SOU17-ALL-Green-05")[0];
    let cell = |column: &str| texts(&trace, column)[row].clone();
    assert_eq!(
        [
            "category",
            "role",
            "result",
            "indicator",
            "value",
            "source",
            "test",
            "comparator",
            "comparator_source",
            "passed"
        ]
        .map(cell),
        [
            "Green",
            "counts",
            "false",
            "expected_progress_eng_pct",
            "84",
            "column",
            "at least nat_expected_progress_eng_pct - 5",
            "nat_expected_progress_eng_pct",
            "column",
            "false"
        ]
    );
    assert_eq!((numbers(&trace, "lower")[row], numbers(&trace, "comparator_value")[row]), (Some(85.0), Some(90.0)));
    let Column::Integer(lines) = trace.column("line").unwrap() else { panic!() };
    assert_eq!(lines[row], Some(451));
    // The two limbs of Green 05 decide, the sentence on disadvantaged pupils is shown beside them.
    let Column::Flag(decides) = trace.column("decides").unwrap() else { panic!() };
    let shown: Vec<Option<bool>> = rows("SOU17-ALL-Green-05").iter().map(|row| decides[*row]).collect();
    assert_eq!(shown, [Some(true), Some(true), Some(false), Some(false)]);
    let roles: Vec<String> =
        ["SOU17-ALL-Red-01", "SOU17-ALL-Blue-05", "SOU17-ALL-GreenII-05", "SOU17-ALL-FLAG-01", "SOU17-ALL-DATA-13"]
            .iter()
            .map(|id| texts(&trace, "role")[rows(id)[0]].clone())
            .collect();
    assert_eq!(roles, ["counts and adjusts", "adjusts", "informs", "flag", "register"]);
    assert!(rows("SOU17-ALL-DATA-14").is_empty(), "rows of other phases are left out");
}

#[test]
fn the_trace_tells_earlier_rows_and_printed_figures_apart() {
    let schools = table(vec![
        ("urn", Column::Integer(vec![Some(1), Some(1)])),
        ("year", Column::Integer(vec![Some(2017), Some(2016)])),
        ("p8_ci_low", Column::Number(vec![Some(-0.02), Some(0.1)])),
        ("performance_percentile_national", Column::Number(vec![Some(80.0), Some(81.0)])),
    ]);
    let framework = southend().with_reading("AMB-S17-P8-AVERAGE", "B").unwrap();
    let trace = framework.assign(&schools, "secondary").unwrap().trace_of(&[0]).unwrap();
    let found = |indicator: &str, column: &str| {
        let at = texts(&trace, "indicator").iter().position(|name| name == indicator).unwrap();
        texts(&trace, column)[at].clone()
    };
    assert_eq!(found("performance_percentile_national_y1", "source"), "earlier row");
    assert_eq!(found("performance_percentile_national_y1", "value"), "81");
    assert_eq!(found("performance_percentile_national_y2", "source"), "");
    assert_eq!(found("p8_ci_low", "comparator_source"), "document, line 500");
    assert_eq!(found("p8_ci_low", "result"), "true");
}

#[test]
fn explanations_are_readable() {
    let schools = table(vec![
        ("urn", Column::Integer(vec![Some(1), Some(1)])),
        ("year", Column::Integer(vec![Some(2018), Some(2017)])),
        ("safety_threatened", Column::Flag(vec![Some(true), None])),
        ("flag_new_head", Column::Flag(vec![Some(true), None])),
    ]);
    let result = southend().assign(&schools, "primary").unwrap();
    let text = result.explain(1, None).unwrap();
    for line in [
        "1, 2018 (primary) under School Performance and Intervention Strategy 2017-19 (Southend-on-Sea Borough Council)",
        "Blue if a person decides so. In force: blue_trigger (SOU17-ALL-Blue-07). Without that decision the category is open. \
         Criteria met: Green: 0 of 0, Amber: 0 of 0, Red: 0 of 0.",
        "  met       SOU17-ALL-Blue-07  Safety of pupils or staff threatened [safety_threatened = true, needed: is true]",
        "Flags: new_head",
        "  Warning notice",
    ] {
        assert!(text.lines().any(|known| known == line), "'{line}' is not in:\n{text}");
    }
    let text = result.explain(1, Some(2017)).unwrap();
    assert!(text.contains("1, 2017") && text.contains("Undetermined: Green, Amber, Red or Blue possible."), "{text}");
    assert_eq!(result.explain(2, None).err().unwrap().to_string(), "school 2 is not in the table");
    assert_eq!(result.explain(1, Some(2016)).err().unwrap().to_string(), "school 1 in 2016 is not in the table");
}

#[test]
fn a_changed_threshold_changes_what_uses_it() {
    let school = table(vec![("urn", urns(1)), ("performance_drop", Column::Number(vec![Some(4.0)]))]);
    let flags = |framework: &Framework| lists(&framework.assign(&school, "primary").unwrap().frame().unwrap(), "flags");
    let changed = southend().with_threshold("drop_size", 4.0).unwrap();
    assert_eq!((flags(&southend()), flags(&changed)), (vec![vec![]], vec![vec!["performance_drop".to_owned()]]));
    let listing = changed.thresholds().unwrap();
    let row = texts(&listing, "name").iter().position(|name| name == "drop_size").unwrap();
    assert_eq!((numbers(&listing, "value")[row], numbers(&listing, "written")[row]), (Some(4.0), Some(5.0)));
    assert_eq!(lists(&listing, "used_by")[row], ["SOU17-ALL-FLAG-06"]);
    // A changed threshold stays when a reading is switched, and wins over one that changes it too.
    let both = southend().with_threshold("middle_low", 40.0).unwrap().with_reading("AMB-S17-MIDDLE", "B").unwrap();
    let listing = both.thresholds().unwrap();
    let value = |name: &str| {
        numbers(&listing, "value")[texts(&listing, "name").iter().position(|known| known == name).unwrap()]
    };
    assert_eq!((value("middle_low"), value("middle_high")), (Some(40.0), Some(66.666_666_666_666_67)));
}

#[test]
fn the_hash_follows_text_readings_and_thresholds() {
    let framework = southend();
    let hashes = [
        framework.hash(),
        framework.with_reading("AMB-S17-BLUE", "B").unwrap().hash(),
        framework.with_threshold("drop_size", 4.0).unwrap().hash(),
        framework.with_threshold("drop_size", 6.0).unwrap().hash(),
    ];
    for (at, hash) in hashes.iter().enumerate() {
        assert_eq!(hash.len(), 16);
        assert!(!hashes[..at].contains(hash));
    }
    assert_eq!(framework.with_reading("AMB-S17-BLUE", "A").unwrap().hash(), framework.hash());
}

#[test]
fn support_follows_the_category() {
    let framework = southend();
    let support = framework.support().unwrap();
    let of = |category: &str| {
        let categories = texts(&support, "category");
        (0..support.height()).filter(|row| categories[*row] == category).count()
    };
    assert_eq!(["Green", "Amber", "Red", "Blue"].map(of), [9, 15, 18, 13]);
    let alone = framework.with_reading("AMB-S17-CUMUL", "B").unwrap().support().unwrap();
    assert_eq!(alone.height(), 22);
    let fundings = texts(&support, "funding");
    let ids = texts(&support, "id");
    let funding = |id: &str| fundings[ids.iter().position(|known| known == id).unwrap()].clone();
    assert_eq!(
        ["SUPGreen-02", "SUPGreen-05", "SUPGreen-06", "SUPAmber-04", "SUPRed-03"]
            .map(|id| funding(&format!("SOU17-ALL-{id}"))),
        ["", "charged", "charged", "matched", "charged_or_matched"]
    );
}

#[test]
fn listings_hold_the_whole_paper() {
    let framework = southend();
    assert_eq!(framework.categories().unwrap().height(), 4);
    assert_eq!(framework.criteria().unwrap().height(), 184);
    assert_eq!(framework.datasets().unwrap().height(), 25);
    assert_eq!(framework.process().unwrap().height(), 18);
    assert_eq!(framework.registers().unwrap().height(), 12 + 18 + 19 + 23);
    let policy = framework.policy().unwrap();
    assert_eq!(texts(&policy, "step"), ["best_fit", "ofsted_category_red", "blue_trigger", "support"]);
    let figures = framework.references().unwrap();
    let Column::Integer(years) = figures.column("year").unwrap() else { panic!() };
    let row = (0..figures.height())
        .find(|row| {
            texts(&figures, "indicator")[*row] == "la_ks1_exp_rwm_pct_disadvantaged" && years[*row] == Some(2017)
        })
        .unwrap();
    assert_eq!(numbers(&figures, "value")[row], Some(51.0));
    let chosen = framework.with_reading("AMB-S17-2RI", "B").unwrap();
    assert!(chosen.chosen().contains(&("AMB-S17-2RI", "B")) && chosen.chosen().contains(&("AMB-S17-MAJ", "A")));
}

#[test]
fn gaps_of_the_printed_registers_are_what_the_figures_give() {
    // Secondary register, authority (line 514): -0.5 and 0.26, gap -0.76.
    let school = table(vec![
        ("urn", urns(1)),
        ("p8_disadvantaged", Column::Number(vec![Some(-0.5)])),
        ("p8_non_disadvantaged", Column::Number(vec![Some(0.26)])),
    ]);
    let dataset = southend().dataset(&school, "secondary").unwrap();
    assert_eq!(numbers(&dataset, "p8_gap_disadvantaged"), [Some(-0.76)]);
}

#[test]
fn lint_finds_what_a_reader_should_know() {
    let findings = |framework: &Framework| {
        let lint = framework.lint().unwrap();
        texts(&lint, "rule").into_iter().zip(texts(&lint, "subject")).collect::<Vec<_>>()
    };
    let known = findings(&southend());
    let has = |known: &[(String, String)], rule: &str, subject: &str| {
        known.iter().any(|(found, about)| found == rule && about == subject)
    };
    assert!(has(&known, "default_threshold", "close_margin"));
    assert!(has(&known, "same_test", "SOU17-ALL-Amber-12"));
    assert!(has(&known, "not_counted", "SOU17-ALL-Green-14"));
    assert!(has(&known, "unrewarded_value", "self_evaluation"));
    let rules = ["unused_threshold", "unused_indicator", "other_category", "overlap", "adjustment_without_effect"];
    for rule in rules.iter().chain(&["category_out_of_reach", "reading_without_effect"]) {
        assert!(!known.iter().any(|(found, _)| found == rule), "{rule}: {known:?}");
    }
    let nested = findings(&southend().with_reading("AMB-BESTFIT-NEST", "B").unwrap());
    assert!(has(&nested, "overlap", "behaviour_management"), "{nested:?}");
}

#[test]
fn summaries_are_there_without_a_table() {
    let school = table(vec![("urn", urns(1)), ("management_breakdown", Column::Flag(vec![Some(true)]))]);
    let result = southend().assign(&school, "special").unwrap();
    let summary = result.summary(0);
    assert_eq!((summary.status, summary.category, summary.possible.as_slice()), (Status::Candidate, Some(3), &[3][..]));
    assert_eq!((result.height(), result.phase(), result.framework().id()), (1, "special", "southend_2017"));
}

#[test]
fn a_national_figure_that_makes_no_difference_is_not_asked_for() {
    // 98% is close to any national figure, so nothing about it is open although the criterion itself is unknown.
    let school = table(vec![
        ("urn", urns(1)),
        ("expected_progress_eng_pct", Column::Number(vec![Some(98.0)])),
        ("expected_progress_mat_pct", Column::Number(vec![Some(10.0)])),
    ]);
    let result = southend().assign(&school, "primary").unwrap();
    let asked = &lists(&result.frame().unwrap(), "deciding")[0];
    assert!(!asked.contains(&"nat_expected_progress_eng_pct".to_owned()), "{asked:?}");
    assert!(asked.contains(&"nat_expected_progress_mat_pct".to_owned()), "{asked:?}");
}

#[test]
fn a_column_without_a_value_is_unknown_whatever_its_type() {
    // An empty column of a sheet or a null literal arrives as texts, all missing.
    let blank = || Column::Text(vec![None]);
    let school = table(vec![
        ("urn", urns(1)),
        ("year", blank()),
        ("safety_threatened", blank()),
        ("p8", blank()),
        ("coasting_status", blank()),
        ("ofsted_overall", blank()),
    ]);
    let frame = southend().assign(&school, "secondary").unwrap().frame().unwrap();
    assert_eq!(lists(&frame, "possible"), [["Green", "Amber", "Red", "Blue"]]);
    assert!(lists(&frame, "deciding")[0].contains(&"safety_threatened".to_owned()));
    let said = refused(vec![("urn", urns(1)), ("safety_threatened", words(&["yes"]))]);
    assert_eq!(said, "column 'safety_threatened' must hold true or false (or 1 or 0), it holds text");
    let said = refused(vec![("urn", blank())]);
    assert_eq!(said, "column 'urn': must not be missing; 1 value breaks this rule: row 0");
}
