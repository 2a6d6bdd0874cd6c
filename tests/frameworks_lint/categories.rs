//! Categories that are true at once, and schools for which none is.

use schoolframe::frameworks::Framework;

use super::{
    FAILS, HEAD, LOW, PASSES, SAFE, TOP, UNSAFE, adjust, best_fit, criterion, framework, gate, gates, lint, pair, said,
};

#[test]
fn both_true_of_gates() {
    let at_once = gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", LOW)));
    assert_eq!(
        said("both_true", &at_once),
        pair(
            "Green and Red",
            "gates g (Green) and r (Red) hold at once, for example where safe = true, grade = 3; the order of preference \
             gives Green"
        )
    );
    let worst = at_once.replace("[decide.gates]\n", "[decide.gates]\nprefer = \"worst\"\n");
    assert!(said("both_true", &worst)[0].1.ends_with("the order of preference gives Red"));
    let line = lint(&framework(&at_once)).into_iter().find(|finding| finding.rule == "both_true").unwrap().line;
    let text = format!("{HEAD}{at_once}");
    assert_eq!(text.lines().nth(usize::try_from(line).unwrap() - 1), Some("id = \"r\""));

    let apart = gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", UNSAFE)));
    assert!(said("both_true", &apart).is_empty());
    let by_number = gates(&(gate("g", "Green", PASSES) + &gate("r", "Red", FAILS)));
    assert!(said("both_true", &by_number).is_empty());
    let nested = gates(&(gate("g", "Green", &format!("{{ all = [{SAFE}, {LOW}] }}")) + &gate("r", "Red", LOW)));
    assert!(said("both_true", &nested)[0].1.contains("; Green never holds without Red; "));
}

#[test]
fn both_true_names_the_contest_and_the_phases() {
    let contest = |by: &str| {
        let contest = format!(
            "[[decide.gates.contest]]\nid = \"k\"\nbetween = [\"Green\", \"Red\"]\nby = \"{by}\"\ntie = \"lower\"\nline = 1\n"
        );
        said("both_true", &gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", LOW) + &contest)))[0].1.clone()
    };
    assert!(contest("descriptors").ends_with("; k settles it by the descriptors that are met"));
    assert!(contest("lower").ends_with("; k gives Red"));
    assert!(contest("higher").ends_with("; k gives Green"));
    let one = gate("r", "Red", LOW).replace("line = 1", "line = 1\nphases = [\"secondary\"]");
    let found = said("both_true", &gates(&(gate("g", "Green", SAFE) + &one)));
    assert!(found[0].1.ends_with("(in secondary)"), "{found:?}");
}

#[test]
fn what_no_school_can_have_is_no_example() {
    // Values that a constraint refuses.
    let constraint =
        format!("[[constraint]]\nid = \"k\"\ntext = \"x\"\ntest = {{ not = {{ all = [{SAFE}, {LOW}] }} }}\n");
    let both = gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", LOW)));
    assert!(said("both_true", &(constraint + &both)).is_empty());
    // Numbers beyond their limits.
    let beyond = gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", PASSES)));
    let narrow = format!("{HEAD}{beyond}").replace("max = 100", "max = 59");
    let framework = Framework::from_toml(&narrow, "small.toml").unwrap();
    assert!(lint(&framework).iter().any(|finding| finding.rule == "never_decisive" && finding.subject == "r"));
    assert!(!lint(&framework).iter().any(|finding| finding.rule == "both_true"));
}

#[test]
fn both_true_of_best_fit() {
    let criteria = criterion("a", "Green", SAFE) + &criterion("b", "Red", LOW);
    assert_eq!(
        said("both_true", &best_fit("", &["a"], &["b"], &criteria)),
        pair(
            "Green and Red",
            "every criterion of both is met, for example where safe = true, grade = 3; of two full ones Red is taken"
        )
    );
    let criteria = criterion("a", "Green", SAFE) + &criterion("b", "Red", UNSAFE);
    assert!(said("both_true", &best_fit("", &["a"], &["b"], &criteria)).is_empty());
    // Two of three each, the third excludes.
    let criteria = [("a", SAFE), ("b", PASSES), ("c", TOP)].map(|(id, test)| criterion(id, "Green", test)).concat()
        + &[
            ("d", UNSAFE),
            ("e", r#"{ indicator = "pass", above = "half" }"#),
            ("f", r#"{ indicator = "grade", one_of = [2, 3] }"#),
        ]
        .map(|(id, test)| criterion(id, "Red", test))
        .concat();
    assert_eq!(
        said("both_true", &best_fit("", &["a", "b", "c"], &["d", "e", "f"], &criteria)),
        pair("Green and Red", "two categories can have a majority at once and the higher share wins: Green and Red")
    );
    assert!(
        said("both_true", &best_fit("needs = \"all\"\n", &["a", "b", "c"], &["d", "e", "f"], &criteria)).is_empty()
    );
}

#[test]
fn a_majority_is_taken_of_what_is_asked() {
    // Of Green only `a` is asked where `b` cannot be met.
    let green = criterion("a", "Green", SAFE)
        + &criterion("b", "Green", PASSES).replace("test =", &format!("applies = {PASSES}\ntest ="))
        + &criterion("c", "Green", TOP).replace("test =", &format!("applies = {TOP}\ntest ="));
    let red = criterion("d", "Red", FAILS) + &criterion("e", "Red", LOW) + &criterion("f", "Red", UNSAFE);
    let found = said("both_true", &best_fit("", &["a", "b", "c"], &["d", "e", "f"], &(green + &red)));
    assert_eq!(found.len(), 1);
}

#[test]
fn none_true_of_gates() {
    let open = gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", &format!("{{ all = [{UNSAFE}, {LOW}] }}"))));
    assert_eq!(
        said("none_true", &open),
        pair("small", "no gate holds and there is no category, for example where safe = false, grade = 1")
    );
    assert!(said("none_true", &gates(&(gate("g", "Green", SAFE) + &gate("r", "Red", UNSAFE)))).is_empty());
    // An adjustment that gives a category where there is none.
    let gives = adjust("a", UNSAFE, "to = \"Red\"");
    assert!(said("none_true", &(gives.clone() + &open)).is_empty());
    let leaves = gives.replace("to = \"Red\"", "from = [\"Green\"]\nto = \"Red\"");
    assert_eq!(said("none_true", &(leaves + &open)).len(), 1);
    let asks = gives.replace("must", "may");
    assert_eq!(said("none_true", &(asks + &open)).len(), 1, "a person may decide otherwise");
}

#[test]
fn none_true_of_best_fit() {
    let criteria = criterion("a", "Green", SAFE) + &criterion("b", "Red", LOW);
    assert_eq!(
        said("none_true", &best_fit("", &["a"], &["b"], &criteria)),
        pair(
            "small",
            "no counted criterion is met and there is no category, for example where safe = false, grade = 1"
        )
    );
    let criteria = criterion("a", "Green", SAFE) + &criterion("b", "Red", UNSAFE) + &criterion("c", "Red", LOW);
    assert!(said("none_true", &best_fit("", &["a"], &["b", "c"], &criteria)).is_empty());
    assert_eq!(
        said("none_true", &best_fit("needs = \"all\"\n", &["a"], &["b", "c"], &criteria)),
        pair(
            "small",
            "no category has all of its criteria met and there is no category, for example where safe = false, grade = 1"
        )
    );
}

#[test]
fn a_matrix_is_looked_at_side_by_side() {
    let rest = format!(
        "{}[decide.matrix]\nline = 1\ntable = [[\"Green\", \"Red\"], [\"Red\", \"Red\"]]\n\
         [decide.matrix.rows]\nlevels = [\"high\", \"low\"]\n[decide.matrix.rows.gates]\nline = 1\n\
         [[decide.matrix.rows.gates.gate]]\nid = \"h\"\ncategory = \"high\"\nline = 1\nwhen = \"c\"\n\
         [[decide.matrix.rows.gates.gate]]\nid = \"l\"\ncategory = \"low\"\nline = 1\nwhen = {LOW}\n\
         [decide.matrix.columns]\nlevels = [\"up\", \"down\"]\n[decide.matrix.columns.points]\nline = 1\n\
         [[decide.matrix.columns.points.measure]]\nid = \"m\"\nline = 1\ntext = \"x\"\n\
         [[decide.matrix.columns.points.measure.score]]\nwhen = {PASSES}\npoints = \"good\"\n\
         [[decide.matrix.columns.points.band]]\ncategory = \"up\"\nat_least = \"half\"\n\
         [[decide.matrix.columns.points.band]]\ncategory = \"down\"\n",
        criterion("c", "Green", SAFE)
    );
    assert_eq!(said("both_true", &rest)[0].0, "high and low");
    assert_eq!(
        said("none_true", &rest),
        pair("small", "no gate holds and there is no row, for example where safe = false, grade = 1")
    );
}
