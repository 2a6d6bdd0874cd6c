//! Each rule of lint on a small framework with the fault and without it, and what lint says of the embedded frameworks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod categories;

use std::collections::BTreeMap;

use schoolframe::frameworks::Framework;
use schoolframe::table::Column;

/// Two categories, some facts and thresholds; everything that follows is added to it.
const HEAD: &str = r#"format = 1
[framework]
id = "small"
title = "x"
authority = "x"
years = [2018, 2018]
document = "x"
lines = 9
phases = ["primary", "secondary"]
[[category]]
id = "Green"
label = "x"
meaning = "x"
line = 1
[[category]]
id = "Red"
label = "x"
meaning = "x"
line = 1
[thresholds.half]
value = 50
unit = "x"
line = 1
basis = "document"
text = "x"
[thresholds.good]
value = 60
unit = "x"
line = 1
basis = "document"
text = "x"
[indicators]
safe = { type = "flag", text = "x" }
grade = { type = "choice", values = [1, 2, 3, 4], text = "x" }
pass = { type = "number", min = 0, max = 100, text = "x" }
"#;

const SAFE: &str = r#"{ indicator = "safe", is = true }"#;
const UNSAFE: &str = r#"{ indicator = "safe", is = false }"#;
const PASSES: &str = r#"{ indicator = "pass", at_least = "good" }"#;
const FAILS: &str = r#"{ indicator = "pass", below = "good" }"#;
const TOP: &str = r#"{ indicator = "grade", one_of = [1, 2] }"#;
const LOW: &str = r#"{ indicator = "grade", one_of = [3, 4] }"#;

struct Finding {
    rule: String,
    subject: String,
    message: String,
    line: i64,
}

fn lint(framework: &Framework) -> Vec<Finding> {
    let table = framework.lint().unwrap();
    let text = |name: &str, row| table.column(name).unwrap().text(row).unwrap().to_owned();
    let Column::Integer(lines) = table.column("file_line").unwrap() else { panic!("lines are whole numbers") };
    let finding = |row: usize| Finding {
        rule: text("rule", row),
        subject: text("subject", row),
        message: text("message", row),
        line: lines.get(row).copied().flatten().unwrap(),
    };
    (0..table.height()).map(finding).collect()
}

fn framework(rest: &str) -> Framework {
    Framework::from_toml(&format!("{HEAD}{rest}"), "small.toml").unwrap()
}

/// Subject and message of what a rule says about a framework with these parts.
fn said(rule: &str, rest: &str) -> Vec<(String, String)> {
    let found = lint(&framework(rest)).into_iter().filter(|finding| finding.rule == rule);
    found.map(|finding| (finding.subject, finding.message)).collect()
}

fn pair(subject: &str, message: &str) -> Vec<(String, String)> {
    vec![(subject.to_owned(), message.to_owned())]
}

fn criterion(id: &str, category: &str, test: &str) -> String {
    format!(
        "[[criterion]]\nid = \"{id}\"\ncategory = \"{category}\"\npart = \"x\"\nline = 1\nkind = \"data\"\ntext = \"x\"\ntest = {test}\n"
    )
}

fn gate(id: &str, category: &str, when: &str) -> String {
    format!("[[decide.gates.gate]]\nid = \"{id}\"\ncategory = \"{category}\"\nline = 1\nwhen = {when}\n")
}

/// Gates, with a criterion so that the file is complete.
fn gates(rest: &str) -> String {
    format!("{}[decide.gates]\nline = 1\n{rest}", criterion("c", "Green", SAFE))
}

fn best_fit(keys: &str, green: &[&str], red: &[&str], criteria: &str) -> String {
    let list = |ids: &[&str]| ids.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(", ");
    format!(
        "{criteria}[decide.best_fit]\ndenominator = \"known\"\ntie = \"lower\"\nmajority = \"half\"\nline = 1\n{keys}\
         [decide.best_fit.count]\nGreen = [{}]\nRed = [{}]\n",
        list(green),
        list(red)
    )
}

fn adjust(id: &str, when: &str, effect: &str) -> String {
    format!("[[adjust]]\nid = \"{id}\"\ntext = \"x\"\nline = 1\nwhen = {when}\n{effect}\ndecision = \"must\"\n")
}

#[test]
fn a_framework_without_faults_has_no_finding() {
    let rest = gates(
        &(gate("g", "Green", &format!("{{ all = [\"c\", {PASSES}, {TOP}] }}"))
            + &gate("r", "Red", &format!("{{ not = {{ all = [\"c\", {PASSES}, {TOP}] }} }}"))),
    );
    let rest = rest.replace("[decide.gates]", &format!("{}[decide.gates]", adjust("a", LOW, "to = \"Red\"")));
    let found = lint(&framework(&rest));
    let rules: Vec<&str> = found.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["unused_threshold"], "half is for best fit");
}

#[test]
fn shadowed_gates() {
    let behind = gates(
        &(gate("g", "Green", &format!("{{ any = [{SAFE}, {PASSES}] }}"))
            + &gate("r", "Red", &format!("{{ all = [{SAFE}, {LOW}] }}"))),
    );
    assert_eq!(said("shadowed", &behind), pair("r", "it can never decide: whenever it holds, so does g"));
    let worst = behind.replace("[decide.gates]\n", "[decide.gates]\nprefer = \"worst\"\n");
    assert!(said("shadowed", &worst).is_empty());
    let between = gates(&(gate("a", "Green", SAFE) + &gate("b", "Green", UNSAFE) + &gate("r", "Red", LOW)));
    assert_eq!(said("shadowed", &between), pair("r", "it can never decide: whenever it holds, so does one of a, b"));
    // In a contest the worse category may win.
    let contest = "[[decide.gates.contest]]\nid = \"k\"\nbetween = [\"Green\", \"Red\"]\nby = \"lower\"\ntie = \"lower\"\nline = 1\n";
    assert!(said("shadowed", &(behind + contest)).is_empty());
    // It decides where the other one is not asked.
    let elsewhere = gate("g", "Green", SAFE).replace("line = 1", "line = 1\nphases = [\"primary\"]");
    assert!(said("shadowed", &gates(&(elsewhere + &gate("r", "Red", SAFE)))).is_empty());
}

#[test]
fn a_fact_that_can_be_held_in_two_ways_may_be_held_in_the_second() {
    let fact = format!("{{ first_known = [{SAFE}, {PASSES}] }}");
    // The first way is the one that counts where both are known, but it may be missing.
    let rest = gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", &fact)));
    assert!(said("shadowed", &rest).is_empty());
    let rest = gates(&(gate("g", "Green", &format!("{{ any = [{SAFE}, {PASSES}] }}")) + &gate("r", "Red", &fact)));
    assert_eq!(said("shadowed", &rest).len(), 1);
}

#[test]
fn shadowed_scores_adjustments_and_results() {
    let points = |second: &str| {
        format!(
            "{}[decide.points]\nline = 1\n[[decide.points.measure]]\nid = \"m\"\nline = 1\ntext = \"x\"\n\
             [[decide.points.measure.score]]\nwhen = {TOP}\npoints = \"good\"\n\
             [[decide.points.measure.score]]\nwhen = {second}\npoints = \"half\"\n\
             [[decide.points.band]]\ncategory = \"Green\"\nat_least = \"half\"\n[[decide.points.band]]\ncategory = \"Red\"\n",
            criterion("c", "Green", SAFE)
        )
    };
    let second = r#"{ indicator = "grade", is = 2 }"#;
    assert_eq!(
        said("shadowed", &points(second)),
        pair("m, score 2", "it can never decide: whenever it holds, so does score 1")
    );
    assert!(said("shadowed", &points(LOW)).is_empty());

    let plain = gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", UNSAFE)));
    let overridden =
        adjust("a", &format!("{{ all = [{PASSES}, {TOP}] }}"), "to = \"Green\"") + &adjust("b", TOP, "to = \"Red\"");
    assert_eq!(
        said("shadowed", &(overridden.clone() + &plain)),
        pair("a", "it can never decide: whenever it holds, so does b")
    );
    assert!(said("shadowed", &(overridden.replace("to = \"Red\"", "no_better_than = \"Red\"") + &plain)).is_empty());

    let rule = |id: &str, more: &str| {
        format!("[[result.rule]]\nid = \"{id}\"\nline = 1\ntext = \"x\"\nvalue = \"yes\"\n{more}")
    };
    let result = |second: &str| {
        let rules = rule("one", &format!("when = {LOW}\n")) + second;
        format!("[[result]]\nid = \"help\"\nline = 1\ntext = \"x\"\nvalues = [\"yes\"]\n{rules}{plain}")
    };
    let hidden = rule("two", &format!("when = {{ all = [{LOW}, {SAFE}] }}\n"));
    assert_eq!(said("shadowed", &result(&hidden)), pair("two", "it can never decide: whenever it holds, so does one"));
    assert!(said("shadowed", &result(&rule("two", ""))).is_empty());
}

#[test]
fn never_decisive_clauses() {
    let never = format!("{{ all = [{TOP}, {LOW}] }}");
    let rest = gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", &never) + &gate("s", "Red", UNSAFE)));
    assert_eq!(said("never_decisive", &rest), pair("r", "its condition can never hold"));
    let rest = gates(&(gate("g", "Green", "\"c\"") + &gate("r", "Red", UNSAFE)));
    assert!(said("never_decisive", &rest).is_empty());
    // Without the criterion every school has the same category.
    let rest = gates(&(gate("g", "Green", &format!("{{ any = [{SAFE}, \"c\"] }}")) + &gate("r", "Red", UNSAFE)));
    assert_eq!(said("never_decisive", &rest), pair("c", "every school has the same category without it"));
    // ... unless an adjustment asks for it.
    let asks = adjust("a", "\"c\"", "to = \"Red\"");
    assert!(said("never_decisive", &(asks + &rest)).is_empty());
}

#[test]
fn never_decisive_criteria_of_best_fit() {
    let said_of = |test: &str, applies: &str| {
        let criteria = criterion("a", "Green", SAFE)
            + &criterion("b", "Red", LOW)
            + &criterion("d", "Red", test).replace("test =", &format!("{applies}test ="));
        said("never_decisive", &best_fit("", &["a"], &["b", "d"], &criteria))
    };
    assert!(said_of(UNSAFE, "").is_empty());
    assert_eq!(said_of(&format!("{{ all = [{TOP}, {LOW}] }}"), ""), pair("d", "no school can meet it"));
    assert_eq!(said_of(&format!("{{ any = [{TOP}, {LOW}] }}"), ""), pair("d", "every school meets it"));
    assert_eq!(said_of(TOP, &format!("applies = {TOP}\n")), pair("d", "every school meets it"));
    let nobody = format!("applies = {{ all = [{TOP}, {LOW}] }}\n");
    assert_eq!(said_of(UNSAFE, &nobody), pair("d", "it is asked of no school"));
}

#[test]
fn a_clause_that_fails_for_different_reasons_in_two_phases_gives_both() {
    let definition = format!(
        "[[definition]]\nid = \"d\"\nline = 1\ntext = \"x\"\nphases = [\"primary\"]\ntest = {PASSES}\n{}",
        criterion("e", "Green", "{ any = [\"d\"] }")
    );
    let rest = definition
        + &gates(&(gate("g", "Green", &format!("{{ any = [{PASSES}, \"e\"] }}")) + &gate("r", "Red", FAILS)));
    assert_eq!(
        said("never_decisive", &rest),
        pair("e", "every school has the same category without it (in primary); no school can meet it (in secondary)")
    );
}

#[test]
fn unused_criteria_and_those_that_do_not_count() {
    let counted = criterion("a", "Green", SAFE) + &criterion("b", "Red", UNSAFE);
    let other = |part: &str, kind: &str| {
        let row = criterion("d", "Red", LOW)
            .replace("part = \"x\"", &format!("part = \"{part}\""))
            .replace("\"data\"", &format!("\"{kind}\""));
        best_fit("", &["a"], &["b"], &(counted.clone() + &row))
    };
    assert_eq!(
        said("unused_criterion", &other("y", "judgement")),
        pair("d", "no category counts it and nothing else refers to it")
    );
    assert!(said("not_counted", &other("y", "judgement")).is_empty());
    assert!(said("unused_criterion", &other("y", "context_flag")).is_empty());
    assert_eq!(said("not_counted", &other("x", "data")), pair("d", "does not count for Red although others of x do"));
    assert!(said("unused_criterion", &other("x", "data")).is_empty());
    let used = adjust("k", "\"d\"", "to = \"Red\"");
    assert!(said("unused_criterion", &(other("y", "data") + &used)).is_empty());
    let read = "[[reading]]\nid = \"R\"\nquestion = \"x\"\ndefault = \"A\"\nreason = \"x\"\n[reading.options.A]\ntext = \"x\"\n\
                [reading.options.B]\ntext = \"x\"\ncount_add = { Red = [\"d\"] }\n";
    assert!(said("unused_criterion", &(other("y", "data") + read)).is_empty(), "another reading counts it");
    // A part of the paper that only informs is one finding.
    let part = |id: &str| criterion(id, "Red", LOW).replace("part = \"x\"", "part = \"annex\"");
    assert_eq!(
        said("unused_criterion", &best_fit("", &["a"], &["b"], &(counted.clone() + &part("d") + &part("e")))),
        pair("annex", "none of its 2 criteria is counted, and nothing else refers to them")
    );
}

#[test]
fn thresholds_without_source() {
    let rest = gates(&gate("g", "Green", PASSES));
    let whole = format!("{HEAD}{rest}");
    let bare = whole.replacen("unit = \"x\"\nline = 1\n", "unit = \"x\"\n", 1);
    let said_by = Framework::from_toml(&bare, "small.toml").unwrap_err().to_string();
    assert_eq!(said_by, "small.toml, line 20: threshold 'half' has no source: key 'line' is missing");
    let default = whole.replacen("basis = \"document\"", "basis = \"default\"", 1);
    let found = lint(&Framework::from_toml(&default, "small.toml").unwrap());
    let found: Vec<_> = found.iter().filter(|finding| finding.rule == "default_threshold").collect();
    assert_eq!((found.len(), found[0].subject.as_str(), found[0].line), (1, "half", 20));
    assert_eq!(found[0].message, "line 1 prints no number; the default is 50");
    let changed = framework(&rest).with_threshold("good", 70.0).unwrap();
    let found = lint(&changed);
    let found: Vec<_> = found.iter().filter(|finding| finding.rule == "threshold_without_source").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "70 is your number, no line prints it; the file has 60");
}

#[test]
fn adjustments_and_readings_without_effect() {
    let plain = gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", UNSAFE)));
    let row = |effect: &str| said("adjustment_without_effect", &(adjust("a", LOW, effect) + &plain)).len();
    assert_eq!(row("from = [\"Red\"]\nto = \"Red\""), 1);
    assert_eq!(row("from = [\"Red\"]\nto = \"Red\"\nif_none = true"), 0);
    assert_eq!(row("from = [\"Red\"]\nno_better_than = \"Red\""), 1);
    assert_eq!(row("no_better_than = \"Red\""), 0);
    assert_eq!(row("no_worse_than = \"Red\""), 1);
    assert_eq!(row("moves = { Red = \"Red\" }"), 1);
    assert_eq!(row("to = \"Red\""), 0);
    let reading = |value: &str| {
        let option = format!("[reading.options.B]\ntext = \"x\"\nthresholds = {{ good = {value} }}\n");
        format!(
            "{plain}[[reading]]\nid = \"R\"\nquestion = \"x\"\ndefault = \"A\"\nreason = \"x\"\n[reading.options.A]\ntext = \"x\"\n{option}"
        )
    };
    assert_eq!(
        said("reading_without_effect", &reading("60")),
        pair("R", "option B changes nothing under the other readings")
    );
    assert!(said("reading_without_effect", &reading("61")).is_empty());
    // The same of a framework that was changed, where nothing is known from reading the file.
    let changed = framework(&reading("60")).with_threshold("half", 40.0).unwrap();
    assert!(lint(&changed).iter().any(|finding| finding.rule == "reading_without_effect"));
}

/// Findings by rule; docs/frameworks.md says how to read those that come from the paper itself.
#[test]
fn the_embedded_frameworks_say_what_their_papers_say() {
    let counts = |name: &str| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for finding in lint(&Framework::load(name).unwrap()) {
            *counts.entry(finding.rule).or_default() += 1;
        }
        counts
    };
    let expected = |rows: &[(&str, usize)]| -> BTreeMap<String, usize> {
        rows.iter().map(|(rule, count)| ((*rule).to_owned(), *count)).collect()
    };
    assert_eq!(
        counts("southend_2011"),
        expected(&[
            ("both_true", 7),
            ("default_threshold", 3),
            ("none_true", 1),
            ("unused_criterion", 8),
            ("unused_threshold", 6)
        ])
    );
    assert_eq!(
        counts("southend_2017"),
        expected(&[
            ("both_true", 1),
            ("default_threshold", 9),
            ("not_counted", 3),
            ("same_test", 1),
            ("unrewarded_value", 12),
            ("unused_criterion", 9),
        ])
    );
    assert_eq!(
        counts("reading_2016"),
        expected(&[("both_true", 1), ("default_threshold", 2), ("unrewarded_value", 8)])
    );
    assert_eq!(
        counts("derby_winners"),
        expected(&[
            ("both_true", 5),
            ("default_threshold", 9),
            ("none_true", 1),
            ("same_test", 4),
            ("unrewarded_value", 12)
        ])
    );
    assert_eq!(
        counts("staffordshire_2008"),
        expected(&[("both_true", 1), ("default_threshold", 2), ("unrewarded_value", 2), ("unused_threshold", 1)])
    );
}
