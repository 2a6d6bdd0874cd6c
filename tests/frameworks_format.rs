//! The file format: what is refused, with file, line and the nearest valid name.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use schoolframe::frameworks::Framework;
use schoolframe::table::{Column, Table};

const GOOD: &str = r#"format = 1
[framework]
id = "sample"
title = "Sample"
authority = "Sample council"
years = [2018, 2019]
document = "sample text"
lines = 20
phases = ["primary", "secondary"]

[[category]]
id = "Good"
label = "Good"
meaning = "Good"
line = 1
[[category]]
id = "Poor"
label = "Poor"
meaning = "Poor"
line = 2

[thresholds.majority]
value = 50
unit = "%"
line = 3
basis = "document"
text = "Majority"
[thresholds.high]
value = 60
unit = "%"
line = 4
basis = "document"
text = "High attainment"

[indicators]
grade = { type = "choice", values = [1, 2, 3, 4], text = "Grade" }
attainment_pct = { type = "number", unit = "%", min = 0, max = 100, text = "Attainment" }
concern = { type = "flag", text = "Concern" }

[[criterion]]
id = "G-1"
category = "Good"
part = "table"
line = 5
kind = "inspection"
text = "Graded good"
test = { indicator = "grade", one_of = [1, 2] }
[[criterion]]
id = "G-2"
category = "Good"
part = "table"
line = 6
kind = "data"
text = "High attainment"
test = { indicator = "attainment_pct", at_least = "high" }
[[criterion]]
id = "P-1"
category = "Poor"
part = "table"
line = 7
kind = "judgement"
text = "Concern"
test = { indicator = "concern", is = true }

[decide.best_fit]
denominator = "known"
tie = "lower"
majority = "majority"
line = 8
[decide.best_fit.count]
Good = ["G-1", "G-2"]
Poor = ["P-1"]

[[reading]]
id = "R-HIGH"
question = "How high?"
default = "A"
reason = "It is printed"
[reading.options.A]
text = "60"
[reading.options.B]
text = "70"
thresholds = { high = 70 }
"#;

/// The message for the good file with one piece replaced; the piece must occur.
fn fault(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "'{from}' is not in the sample");
    match Framework::from_toml(&GOOD.replacen(from, to, 1), "sample.toml") {
        Ok(_) => panic!("'{to}' was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_sample_is_good() {
    let framework = Framework::from_toml(GOOD, "sample.toml").unwrap();
    assert_eq!((framework.id(), framework.category_ids()), ("sample", &["Good".to_owned(), "Poor".to_owned()][..]));
}

#[test]
fn unknown_keys_are_refused_with_line_and_nearest() {
    let message = fault("[[criterion]]\nid = \"G-1\"\ncategory", "[[criterion]]\nid = \"G-1\"\ncatgory");
    assert!(
        message.starts_with("sample.toml, line 42: unknown key 'catgory'; did you mean 'category'? (allowed here: id,"),
        "{message}"
    );
    let message = fault("at_least = \"high\"", "at_leats = \"high\"");
    assert!(message.starts_with("sample.toml, line 55: unknown key 'at_leats'; did you mean 'at_least'?"), "{message}");
    let message = fault("basis = \"document\"\ntext = \"High", "basis = \"document\"\nnote = \"High");
    assert!(
        message.starts_with("sample.toml, line 33: unknown key 'note' (allowed here: value, unit, line, basis, text)"),
        "{message}"
    );
    let message = fault("kind = \"judgement\"", "kind = \"judgment\"");
    assert!(
        message.starts_with("sample.toml, line 61: unknown value 'judgment'; did you mean 'judgement'?"),
        "{message}"
    );
    let message = fault("[decide.best_fit]", "[decide.bestfit]");
    assert_eq!(message, "sample.toml, line 65: only one of the possible keys is allowed here");
    let message = Framework::from_toml(&GOOD.replace("best_fit", "bestfit"), "sample.toml").err().unwrap().to_string();
    assert!(
        message.starts_with("sample.toml, line 65: unknown value 'bestfit'; did you mean 'best_fit'?"),
        "{message}"
    );
}

#[test]
fn missing_and_repeated_keys_are_refused() {
    assert_eq!(fault("value = 60\n", ""), "sample.toml, line 28: key 'value' is missing");
    assert_eq!(fault("value = 60\n", "value = 60\nvalue = 61\n"), "sample.toml, line 30: duplicate key");
    assert_eq!(
        fault("unit = \"%\"\nline = 4\n", "unit = \"%\"\n"),
        "sample.toml, line 28: threshold 'high' has no source: key 'line' is missing"
    );
    assert_eq!(fault("[thresholds.high]", "[thresholds.majority]"), "sample.toml, line 28: duplicate key");
    assert_eq!(fault("id = \"G-2\"", "id = \"G-1\""), "sample.toml, line 49: id 'G-1' is already used in line 41");
    assert_eq!(
        fault("id = \"Poor\"", "id = \"Good\""),
        "sample.toml, line 17: category 'Good' is already used in line 12"
    );
    assert_eq!(
        fault("format = 1", "format = 2"),
        "sample.toml, line 1: format 2 is not known; this version reads format 1"
    );
    assert!(fault("lines = 20", "lines = \"20\"").starts_with("sample.toml, line 8: invalid type"));
    assert!(fault("format = 1", "format 1").starts_with("sample.toml, line 1: "));
}

#[test]
fn names_that_do_not_exist_are_refused_with_the_nearest() {
    for (from, to, expected) in [
        (
            "indicator = \"grade\"",
            "indicator = \"grades\"",
            "line 47: indicator 'grades' is not defined; did you mean 'grade'?",
        ),
        (
            "at_least = \"high\"",
            "at_least = \"hgh\"",
            "line 55: threshold or comparator 'hgh' is not defined; did you mean 'high'?",
        ),
        (
            "at_least = \"high\"",
            "at_least = \"nat_attainment\"",
            "line 55: threshold or comparator 'nat_attainment' is not defined",
        ),
        ("one_of = [1, 2]", "one_of = [1, 7]", "line 47: value of 'grade' '7' is not defined"),
        (
            "Good = [\"G-1\", \"G-2\"]",
            "Good = [\"G-1\", \"G-22\"]",
            "line 71: criterion 'G-22' is not defined; did you mean 'G-2'?",
        ),
        ("Poor = [\"P-1\"]", "Pour = [\"P-1\"]", "line 72: category 'Pour' is not defined; did you mean 'Poor'?"),
        (
            "majority = \"majority\"",
            "majority = \"majorty\"",
            "line 68: threshold 'majorty' is not defined; did you mean 'majority'?",
        ),
        ("category = \"Poor\"", "category = \"Por\"", "line 58: category 'Por' is not defined; did you mean 'Poor'?"),
        (
            "thresholds = { high = 70 }",
            "thresholds = { hugh = 70 }",
            "line 83: threshold 'hugh' is not defined; did you mean 'high'?",
        ),
        ("default = \"A\"", "default = \"C\"", "line 77: option 'C' is not defined"),
        (
            "kind = \"judgement\"",
            "phases = [\"primry\"]\nkind = \"judgement\"",
            "line 61: phase 'primry' is not defined; did you mean 'primary'?",
        ),
        (
            "test = { indicator = \"concern\", is = true }",
            "test = { all = [\"G-1\", \"G-3\"] }",
            "line 63: criterion 'G-3' is not defined",
        ),
    ] {
        let message = fault(from, to);
        assert!(message.starts_with(&format!("sample.toml, {expected}")), "{to}: {message}");
    }
}

#[test]
fn tests_must_fit_their_indicator() {
    for (to, expected) in [
        ("{ indicator = \"attainment_pct\", is = 60 }", "'attainment_pct' holds no list of values"),
        ("{ indicator = \"grade\", at_least = \"high\" }", "'grade' holds no number"),
        ("{ indicator = \"concern\", is = \"yes\" }", "'concern' is true or false, not 'yes'"),
        ("{ indicator = \"attainment_pct\" }", "the test of 'attainment_pct' needs exactly one of"),
        (
            "{ indicator = \"attainment_pct\", at_least = \"high\", above = \"high\" }",
            "'above' and 'at_least' exclude each other",
        ),
        ("{ indicator = \"attainment_pct\", at_least = \"high\", all = [\"G-1\"] }", "a test needs exactly one of"),
        ("{ at_least = \"high\" }", "a test needs exactly one of"),
        ("{ not = \"G-1\", at_least = \"high\" }", "a comparison needs the key 'indicator'"),
        ("{ at_least_k = \"high\" }", "'of' goes together with 'at_least_k' or 'more_than_share'"),
        (
            "{ at_least_k = \"high\", of = [\"G-1\"] }",
            "threshold 'high' must be a whole number from 1 to 1 here, not 60",
        ),
        (
            "{ indicator = \"attainment_pct\", at_least = \"high\", every_year = \"high\" }",
            "threshold 'high' must be a whole number from 1 to 10",
        ),
        (
            "{ indicator = \"attainment_pct\", at_least = \"high\", plus = \"high\", minus = \"high\" }",
            "'plus' and 'minus' exclude",
        ),
        (
            "{ indicator = \"attainment_pct\", at_least = \"high\", below = \"high\", plus = \"high\" }",
            "'plus' and 'minus' need a comparison with one bound",
        ),
        ("{ indicator = \"attainment_pct\", at_least = \"concern\" }", "comparator 'concern' holds no number"),
        ("{ any = [] }", "a list of conditions must not be empty"),
        ("\"G-2\"", "'G-2' refers to itself"),
        ("{ not = { all = [\"P-1\"] } }", ""),
    ] {
        let from = "{ indicator = \"attainment_pct\", at_least = \"high\" }";
        if expected.is_empty() {
            Framework::from_toml(&GOOD.replacen(from, to, 1), "sample.toml").unwrap();
            continue;
        }
        let message = fault(from, to);
        assert!(message.contains(expected), "{to}: {message}");
        assert!(message.starts_with("sample.toml, line "), "{to}: {message}");
    }
}

#[test]
fn declarations_must_make_sense() {
    for (from, to, expected) in [
        ("values = [1, 2, 3, 4]", "values = [1]", "line 36: a choice needs from 2 to 64 distinct 'values'"),
        ("values = [1, 2, 3, 4]", "values = [1, 2, 2]", "line 36: a choice needs from 2 to 64 distinct 'values'"),
        ("min = 0, max = 100", "min = 100, max = 0", "line 37: 'min' must be less than 'max'"),
        (
            "concern = { type = \"flag\"",
            "concern = { type = \"flag\", min = 0",
            "line 38: 'min' and 'max' are for numbers",
        ),
        (
            "concern = { type = \"flag\"",
            "concern = { type = \"flag\", values = [1, 2]",
            "line 38: 'values' are for choices",
        ),
        ("concern = {", "high = {", "line 38: 'high' is the name of a threshold and of an indicator"),
        (
            "values = [1, 2, 3, 4]",
            "values = [1, 2, 3, 4], aliases = { x = 7 }",
            "line 36: value of 'grade' '7' is not defined",
        ),
        (
            "values = [1, 2, 3, 4]",
            "values = [1, 2, 3, 4], aliases = { 3 = 4 }",
            "line 36: '3' is a value of 'grade' already",
        ),
        ("line = 7\nkind", "line = 21\nkind", "line 57: line 21 lies outside the document, which has 20 lines"),
        ("value = 60", "value = nan", "line 28: threshold 'high' must be a finite number"),
        (
            "Good = [\"G-1\", \"G-2\"]",
            "Good = [\"G-1\", \"G-1\"]",
            "line 71: criterion 'G-1' is counted twice for Good",
        ),
        (
            "text = \"60\"",
            "text = \"60\"\nthresholds = { high = 60 }",
            "line 79: the default option of R-HIGH must change nothing",
        ),
        ("thresholds = { high = 70 }\n", "", "line 81: option B of R-HIGH changes nothing"),
    ] {
        let message = fault(from, to);
        assert!(message.starts_with(&format!("sample.toml, {expected}")), "{to}: {message}");
    }
}

#[test]
fn two_readings_may_not_change_the_same_thing() {
    let second = GOOD[GOOD.find("[[reading]]").unwrap()..].replace("R-HIGH", "R-HIGHER").replace("70", "80");
    let framework = Framework::from_toml(&format!("{GOOD}{second}"), "sample.toml").unwrap();
    let one = framework.with_reading("R-HIGH", "B").unwrap();
    let both = one.with_reading("R-HIGHER", "B").err().unwrap().to_string();
    assert_eq!(both, "readings R-HIGH and R-HIGHER both change threshold high; choose the default of one of them");
}

#[test]
fn adjustments_are_checked() {
    let with = |lines: &str| {
        let text = format!("{GOOD}\n[[adjust]]\nid = \"cap\"\ntext = \"x\"\nline = 9\nwhen = \"P-1\"\n{lines}\n");
        Framework::from_toml(&text, "sample.toml").map(|_| ()).map_err(|error| error.to_string())
    };
    with("to = \"Poor\"\ndecision = \"must\"").unwrap();
    let either = "sample.toml, line 86: an adjustment needs exactly one of: to, no_better_than, no_worse_than, moves";
    assert_eq!(with("decision = \"must\"").unwrap_err(), either);
    assert_eq!(with("to = \"Poor\"\nno_better_than = \"Poor\"\ndecision = \"must\"").unwrap_err(), either);
    let message = with("to = \"Poor\"\nfrom = [\"Goood\"]\ndecision = \"may\"").unwrap_err();
    assert!(message.ends_with("line 91: category 'Goood' is not defined; did you mean 'Good'?"), "{message}");
}

#[test]
fn unknown_names_of_the_interface_list_what_exists() {
    let message = Framework::load("southend2017").err().unwrap().to_string();
    assert_eq!(
        message,
        "framework 'southend2017' does not exist. Did you mean 'southend_2017'? There are: southend_2011, southend_2017, reading_2016, derby_winners, staffordshire_2008."
    );
    let framework = Framework::load("southend_2017").unwrap();
    let message = framework.with_reading("AMB-S17-MJA", "B").err().unwrap().to_string();
    assert!(
        message.starts_with(
            "reading 'AMB-S17-MJA' does not exist. Did you mean 'AMB-S17-MAJ'? There are: AMB-S17-MAJ, AMB-S17-BLUE,"
        ),
        "{message}"
    );
    let message = framework.with_reading("AMB-S17-MAJ", "Z").err().unwrap().to_string();
    assert_eq!(message, "reading option 'Z' does not exist. There are: A, B.");
    let message = framework.with_threshold("close_margn", 4.0).err().unwrap().to_string();
    assert!(message.starts_with("threshold 'close_margn' does not exist. Did you mean 'close_margin'?"), "{message}");
    let school = Table::new([("urn", Column::Integer(vec![Some(1)]))]).unwrap();
    let message = framework.assign(&school, "primry").err().unwrap().to_string();
    assert_eq!(
        message,
        "phase 'primry' does not exist. Did you mean 'primary'? There are: infant, junior, primary, secondary, special."
    );
    let message = framework.with_threshold("percentile_years", 2.5).err().unwrap().to_string();
    assert!(
        message.contains("threshold 'percentile_years' must be a whole number from 1 to 10 here, not 2.5"),
        "{message}"
    );
}
