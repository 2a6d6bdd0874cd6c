//! Framework files that are made to hurt: too large, too deep, in circles, full of numbers that are none. Each is refused
//! with file, line and rule, or loads; none panics, overflows the stack or grows without bound.

#![allow(clippy::unwrap_used, clippy::panic, clippy::format_collect, reason = "helpers of tests")]

use std::fmt::Write as _;

use schoolframe::error::Error;
use schoolframe::frameworks::Framework;

/// A stack as small as the one of a thread that a program starts without asking for more.
const STACK: usize = 2 << 20;

/// What reading a text comes to, on a small stack; everything that comes of it is dropped there too.
fn read<T: Send + 'static>(text: String, then: impl FnOnce(Result<Framework, Error>) -> T + Send + 'static) -> T {
    let work = move || then(Framework::from_toml(&text, "hostile.toml"));
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

/// Line and message with which a text is refused.
fn refused(text: String) -> (usize, String) {
    read(text, |result| match result {
        Err(Error::File { file, line, message }) => {
            assert_eq!(file, "hostile.toml");
            (line, message)
        }
        Err(other) => panic!("not an error about the file: {other}"),
        Ok(_) => panic!("it was read"),
    })
}

/// A text that loads and is looked through by lint.
fn findings(text: String) -> Vec<String> {
    read(text, |result| {
        let lint = result.unwrap().lint().unwrap();
        let rules = lint.column("rule").unwrap();
        (0..lint.height()).map(|row| rules.text(row).unwrap().to_owned()).collect()
    })
}

/// The start of a file with two categories and a flag.
const HEAD: &str = r#"format = 1
[framework]
id = "x"
title = "x"
authority = "x"
years = [2018, 2018]
document = "x"
lines = 9
phases = ["all"]
[[category]]
id = "A"
label = "x"
meaning = "x"
line = 1
[[category]]
id = "B"
label = "x"
meaning = "x"
line = 1
[thresholds.t]
value = 1.0
unit = "x"
line = 1
basis = "document"
text = "x"
[indicators]
f = { type = "flag", text = "x" }
n = { type = "number", text = "x" }
"#;

const FLAG: &str = r#"{ indicator = "f", is = true }"#;

fn criterion(id: &str, test: &str) -> String {
    format!(
        "[[criterion]]\nid = \"{id}\"\ncategory = \"A\"\npart = \"x\"\nline = 1\nkind = \"data\"\ntext = \"x\"\ntest = {test}\n"
    )
}

fn definition(id: &str, test: &str) -> String {
    format!("[[definition]]\nid = \"{id}\"\nline = 1\ntext = \"x\"\ntest = {test}\n")
}

fn gate(id: &str, category: &str, when: &str) -> String {
    format!("[[decide.gates.gate]]\nid = \"{id}\"\ncategory = \"{category}\"\nline = 1\nwhen = {when}\n")
}

/// A file whose one gate rests on the criterion `c`.
fn with_gate(parts: &str) -> String {
    format!("{HEAD}{parts}[decide.gates]\nline = 1\n{}", gate("g", "A", "\"c\""))
}

fn with_test(test: &str) -> String {
    with_gate(&criterion("c", test))
}

fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

#[test]
fn a_plain_file_loads() {
    assert_eq!(
        findings(with_test(FLAG)),
        ["unused_threshold", "unused_indicator", "category_out_of_reach", "none_true"]
    );
}

#[test]
fn deep_nesting_is_refused_where_it_becomes_too_deep() {
    let deep = 100_000;
    let not = format!("{}{FLAG}{}", "{ not = ".repeat(deep), " }".repeat(deep));
    let any = format!("{}{FLAG}{}", "{ any = [".repeat(deep), "] }".repeat(deep));
    let open = "[".repeat(deep);
    let both = format!("{}{FLAG}{}", format!("{{ {}not = ", "not.".repeat(60)).repeat(60), " }".repeat(60));
    for test in [not, any, open, format!("{{ {}not = \"c\" }}", "not.".repeat(deep)), both] {
        let text = with_test(&test);
        let (line, message) = refused(text.clone());
        assert_eq!(line, line_of(&text, "test = "), "{message}");
        assert_eq!(message, "tables, lists and dotted keys may be nested at most 64 deep");
    }
    let keys = [
        format!("a{} = 1\n", ".a".repeat(deep)),
        format!("[a{}]\n", ".a".repeat(deep)),
        format!("[[a{}]]\n", ".a".repeat(deep)),
    ];
    for key in keys {
        let text = format!("{HEAD}{key}");
        assert_eq!(refused(text).1, "tables, lists and dotted keys may be nested at most 64 deep");
    }
}

#[test]
fn nesting_that_is_read_is_worked_out() {
    for depth in [1, 10, 29] {
        let test = format!("{}{FLAG}{}", "{ any = [".repeat(depth), "] }".repeat(depth));
        assert!(findings(with_test(&test)).contains(&"none_true".to_owned()), "{depth}");
    }
    let (_, message) = refused(with_test(&format!("{}{FLAG}{}", "{ any = [".repeat(40), "] }".repeat(40))));
    assert!(message.contains("nested"), "{message}");
}

#[test]
fn brackets_and_dots_in_texts_and_remarks_are_none() {
    let marks = "[{.".repeat(100);
    let text = with_test(FLAG)
        .replace("title = \"x\"", &format!("title = \"{marks} \\\" {marks}\" # {marks}"))
        .replace("document = \"x\"", &format!("document = '{marks}'"))
        .replace("authority = \"x\"", &format!("authority = \"\"\"\n{marks}\n\"{marks}\"\n\"\"\""))
        .replace("unit = \"x\"", &format!("unit = '''\n{marks}''{marks}\n'''"));
    assert!(read(text, |result| result.is_ok()));
}

#[test]
fn a_criterion_that_refers_to_itself_is_refused() {
    let text = with_test("\"c\"");
    assert_eq!(refused(text.clone()), (line_of(&text, "id = \"c\""), "'c' refers to itself".to_owned()));
}

#[test]
fn chains_and_circles_of_definitions_are_refused() {
    let long = 5000;
    let chain = |last: &str| {
        let mut parts = criterion("c", "\"d0\"");
        for at in 1..long {
            parts += &definition(&format!("d{}", at - 1), &format!("\"d{at}\""));
        }
        with_gate(&(parts + &definition(&format!("d{}", long - 1), last)))
    };
    let (line, message) = refused(chain("\"d0\""));
    assert!(message.ends_with("refers to itself"), "{message}");
    assert!(line > 30);
    let (_, message) = refused(chain(FLAG));
    assert!(message.ends_with("rests on more than 64 definitions, one on the other"), "{message}");
}

#[test]
fn a_hundred_thousand_definitions_are_too_many() {
    let mut parts = criterion("c", FLAG);
    for at in 0..30_000 {
        parts += &definition(&format!("d{at}"), FLAG);
    }
    assert_eq!(refused(with_gate(&parts)).1, "a framework may have at most 10000 entries in all");
    for at in 30_000..100_000 {
        parts += &definition(&format!("d{at}"), FLAG);
    }
    let (line, message) = refused(with_gate(&parts));
    assert_eq!(message, "a framework file may have at most 4000000 bytes");
    assert!(line > 100_000);
}

#[test]
fn a_million_criteria_are_refused_before_they_are_read() {
    let mut text = String::from(HEAD);
    for at in 0..1_000_000 {
        let _ = writeln!(text, "[[criterion]]\nid = \"c{at}\"");
    }
    let (line, message) = refused(text);
    assert_eq!(message, "a framework file may have at most 4000000 bytes");
    assert!(line > 200_000);
}

#[test]
fn a_million_parts_of_one_condition_are_refused() {
    let parts = |count: usize| format!("{{ any = [{}] }}", "\"f\",".repeat(count).replace("\"f\"", "\"d\""));
    let text = |count: usize| with_gate(&(criterion("c", &parts(count)) + &definition("d", FLAG)));
    for count in [10_000, 900_000] {
        let text = text(count);
        let (line, message) = refused(text.clone());
        assert_eq!((line, message.as_str()), (line_of(&text, "test = "), "a condition may have at most 5000 parts"));
    }
    assert!(refused(text(1_000_000)).1.contains("bytes"));
    assert!(findings(text(2000)).contains(&"none_true".to_owned()));
}

#[test]
fn doubling_through_definitions_is_refused() {
    let mut parts = criterion("c", "\"d59\"") + &definition("d0", FLAG);
    for at in 1..60 {
        let below = at - 1;
        parts += &definition(&format!("d{at}"), &format!("{{ all = [\"d{below}\", \"d{below}\"] }}"));
    }
    let text = with_gate(&parts);
    let (line, message) = refused(text.clone());
    assert_eq!(message, "a condition may have at most 5000 parts with all that it refers to written out");
    // 1, 5, 13, ...: what stands in a list counts, and what is behind it.
    assert_eq!(line, line_of(&text, "id = \"d11\""));
}

#[test]
fn conditions_that_are_too_many_together_are_refused() {
    let mut parts = criterion("c", "\"d0\"");
    for at in 0..60 {
        parts += &definition(&format!("d{at}"), &format!("{{ any = [{}] }}", format!("{FLAG},").repeat(1000)));
    }
    let (_, message) = refused(with_gate(&parts));
    assert!(message.starts_with("the conditions of a framework may have at most 50000 parts in all"), "{message}");
}

#[test]
fn sixty_three_phases_load_and_sixty_four_do_not() {
    let phases = |count: usize| {
        let names: Vec<String> = (0..count).map(|at| format!("\"p{at}\"")).collect();
        let mut parts = String::new();
        for at in 0..count {
            parts += &criterion(&format!("c{at}"), FLAG).replace("kind", &format!("phases = [\"p{at}\"]\nkind"));
        }
        with_gate(&(parts + &criterion("c", FLAG)))
            .replace("phases = [\"all\"]", &format!("phases = [{}]", names.join(", ")))
    };
    assert!(findings(phases(63)).contains(&"none_true".to_owned()));
    assert_eq!(refused(phases(64)).1, "a framework may have at most 63 phases");
}

#[test]
fn many_categories_with_many_gates_are_worked_out_or_refused() {
    let gates = |categories: usize, count: usize| {
        let mut text = HEAD.replace("[thresholds.t]", "CATEGORIES[thresholds.t]");
        let more: String = (2..categories)
            .map(|at| format!("[[category]]\nid = \"C{at}\"\nlabel = \"x\"\nmeaning = \"x\"\nline = 1\n"))
            .collect();
        text = text.replace("CATEGORIES", &more);
        for at in 0..count {
            let _ = writeln!(text, "f{at} = {{ type = \"flag\", text = \"x\" }}");
        }
        text += &criterion("c", FLAG);
        text += "[decide.gates]\nline = 1\n";
        for at in 0..count {
            let category = 2 + at % (categories - 2);
            // Each gate rests on a sixth of the flags.
            let of: Vec<String> = (0..count)
                .filter(|other| (other * (at + 3)) % 6 == 0)
                .map(|other| format!("{{ indicator = \"f{other}\", is = true }}"))
                .collect();
            text += &gate(
                &format!("g{at}"),
                &format!("C{category}"),
                &format!("{{ at_least_k = \"t\", of = [{}] }}", of.join(", ")),
            );
        }
        text
    };
    let found = findings(gates(32, 60));
    assert!(found.contains(&"none_true".to_owned()));
    assert!(found.iter().filter(|rule| *rule == "both_true").count() > 100);
    let said = read(gates(32, 200), |result| result.unwrap().lint().unwrap_err().to_string());
    assert_eq!(said, "the framework has too many counts, gates or adjustments to work out what is possible");
    assert!(refused(gates(33, 40)).1.starts_with("a framework needs from 2 to 32 categories"));
}

#[test]
fn a_framework_as_large_as_allowed_is_looked_through() {
    let count = 4900;
    let mut text = HEAD.to_owned();
    for at in 0..count {
        let _ = writeln!(text, "f{at} = {{ type = \"flag\", text = \"x\" }}");
    }
    let mut ids = [Vec::new(), Vec::new()];
    for at in 0..count {
        text += &criterion(&format!("c{at}"), &format!("{{ indicator = \"f{at}\", is = true }}"));
        ids[at % 2].push(format!("\"c{at}\""));
    }
    let _ = write!(
        text,
        "[decide.best_fit]\ndenominator = \"known\"\ntie = \"lower\"\nmajority = \"t\"\nline = 1\n[decide.best_fit.count]\n\
         A = [{}]\nB = [{}]\n",
        ids[0].join(", "),
        ids[1].join(", ")
    );
    let found = findings(text);
    assert!(found.contains(&"both_true".to_owned()) && found.contains(&"none_true".to_owned()));
}

#[test]
fn questions_that_take_too_long_are_left_open_and_say_so() {
    // Eleven into ten places: whether both gates can hold at once takes a search through all of them.
    let mut text = HEAD.to_owned();
    for at in 0..132 {
        let _ = writeln!(text, "f{at} = {{ type = \"flag\", text = \"x\" }}");
    }
    text += &criterion("c", FLAG);
    let is =
        |pigeon: usize, place: usize, yes: bool| format!("{{ indicator = \"f{}\", is = {yes} }}", pigeon * 11 + place);
    let somewhere: Vec<String> = (0..12)
        .map(|pigeon| {
            format!("{{ any = [{}] }}", (0..11).map(|place| is(pigeon, place, true)).collect::<Vec<_>>().join(", "))
        })
        .collect();
    let mut alone = Vec::new();
    for place in 0..11 {
        for (one, other) in (0..12).flat_map(|one| (0..one).map(move |other| (one, other))) {
            alone.push(format!("{{ any = [{}, {}] }}", is(one, place, false), is(other, place, false)));
        }
    }
    text += &definition("somewhere", &format!("{{ all = [{}] }}", somewhere.join(", ")));
    text += &definition("alone", &format!("{{ all = [{}] }}", alone.join(", ")));
    text += "[decide.gates]\nline = 1\n";
    text += &gate("g", "A", "\"somewhere\"");
    text += &gate("h", "B", "\"alone\"");
    assert!(findings(text).contains(&"not_worked_out".to_owned()));
}

#[test]
fn numbers_that_are_none_are_refused() {
    let plain = with_test(FLAG);
    for value in ["nan", "inf", "-inf", "1e999"] {
        let text = plain.replace("value = 1.0", &format!("value = {value}"));
        let (line, message) = refused(text.clone());
        assert_eq!(line, line_of(&text, if value == "1e999" { value } else { "[thresholds.t]" }), "{message}");
    }
    for range in ["min = nan", "max = nan", "min = inf", "max = -inf", "min = 2, max = 1"] {
        let text = plain.replace("n = { type = \"number\"", &format!("n = {{ type = \"number\", {range}"));
        assert!(refused(text).1.contains("'min' must be less than 'max'"), "{range}");
    }
    for value in ["nan", "inf"] {
        let figure = format!("[[reference]]\nindicator = \"nat_n\"\nvalue = {value}\nline = 1\n[decide.gates]");
        let (_, message) = refused(plain.replace("[decide.gates]", &figure));
        assert_eq!(message, "figure 'nat_n' must be a finite number");
    }
}

#[test]
fn huge_numbers_are_compared_or_left_open() {
    for value in ["1.7e308", "-1.7e308", "1e300", "4e-320", "9223372036854775807.0"] {
        for test in ["at_least = \"t\"", "above = \"nat_n\", plus = \"t\"", "below = \"t\", minus = \"t\""] {
            let text = with_test(&format!("{{ indicator = \"n\", {test} }}"))
                .replace("value = 1.0", &format!("value = {value}"));
            let rules = findings(text);
            assert!(!rules.contains(&"unused_threshold".to_owned()), "{value} {test}: {rules:?}");
        }
    }
    let points = format!(
        "{HEAD}{}[decide.points]\nline = 1\n[[decide.points.measure]]\nid = \"m\"\nline = 1\ntext = \"x\"\n[[decide.points.measure.score]]\n\
         when = \"c\"\npoints = \"t\"\n[[decide.points.band]]\ncategory = \"A\"\nat_least = \"t\"\n[[decide.points.band]]\ncategory = \"B\"\n",
        criterion("c", FLAG)
    );
    for value in ["1.7e308", "-1.7e308", "1e15", "-9.3e18"] {
        let text = points.replace("value = 1.0", &format!("value = {value}"));
        let said =
            read(text, |result| result.unwrap().lint().map(|lint| lint.height()).map_err(|error| error.to_string()));
        assert!(said.is_ok() || said.as_ref().unwrap_err().contains("points"), "{value}: {said:?}");
    }
}

#[test]
fn years_and_lines_at_the_ends_of_their_range() {
    for years in ["-2147483648, 2147483647", "2147483647, 2147483647", "2018, -2147483648"] {
        let text = with_test(FLAG).replace("2018, 2018", years);
        assert!(read(text, |result| result.is_ok_and(|framework| framework.lint().is_ok())), "{years}");
    }
    for years in ["2147483648, 1", "1.5, 2", "\"a\", 2"] {
        let text = with_test(FLAG).replace("2018, 2018", years);
        assert_eq!(refused(text).0, 6, "{years}");
    }
    for line in ["0", "10", "4294967296", "-1"] {
        let text = with_test(FLAG).replace("part = \"x\"\nline = 1", &format!("part = \"x\"\nline = {line}"));
        assert!(refused(text).0 > 27, "{line}");
    }
}

#[test]
fn texts_that_are_no_framework() {
    assert_eq!(refused(String::new()), (1, "key 'format' is missing".to_owned()));
    for text in
        ["\0", "format = 1\n\0", "\u{feff}\u{feff}", "= = =", "\"", "'''", "[", "]", "[[", "a = \"\\", "\r", "\u{202e}"]
    {
        assert!(refused(text.to_owned()).0 >= 1, "{text:?}");
    }
    let (line, _) = refused(with_test(FLAG).replace("title = \"x\"", "title = \"\0\""));
    assert_eq!(line, 4);
}

#[test]
fn long_names_are_refused_without_looking_for_their_like() {
    let name = "c".repeat(1_000_000);
    let text = with_gate(&(criterion("c", &format!("\"{name}\"")) + &criterion(&name.replace('c', "d"), FLAG)));
    assert!(refused(text).1.ends_with("is not defined"));
}

#[test]
fn long_lists_of_other_things_are_refused_or_read() {
    let plain = with_test(FLAG);
    let values: Vec<String> = (0..200_000).map(|at| at.to_string()).collect();
    let choice = format!("n = {{ type = \"choice\", values = [{}], text = \"x\" }}", values.join(","));
    let (_, message) = refused(plain.replace("n = { type = \"number\", text = \"x\" }", &choice));
    assert_eq!(message, "a choice needs from 2 to 64 distinct 'values'");

    let phases = format!("phases = [{}]\nkind", "\"all\",".repeat(400_000));
    assert!(read(plain.replace("kind", &phases), |result| result.is_ok()));

    let combined = format!(
        "[[combine]]\nid = \"w\"\nphase = \"b\"\nof = [{}]\nrule = \"worse\"\nline = 1\n[decide.gates]",
        "\"all\",".repeat(100_000)
    );
    let text = plain.replace("phases = [\"all\"]", "phases = [\"all\", \"b\"]").replace("[decide.gates]", &combined);
    assert!(refused(text).1.starts_with("phase 'all' is already used in line "));

    let options: String =
        (0..300).map(|at| format!("[reading.options.o{at}]\ntext = \"x\"\nthresholds = {{ t = {at} }}\n")).collect();
    let reading = format!("[[reading]]\nid = \"R\"\nquestion = \"x\"\ndefault = \"o0\"\nreason = \"x\"\n{options}");
    assert_eq!(refused(plain + &reading).1, "the readings of a framework may have at most 200 options in all");
}
