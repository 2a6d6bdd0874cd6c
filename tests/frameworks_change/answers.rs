//! What the library says, read from its table.

use std::collections::BTreeSet;

use schoolframe::frameworks::Changes;
use schoolframe::table::Column;

use super::conditions::VARS;
use super::frameworks::CATEGORIES;

/// A set of changes that the library lists.
#[derive(Debug, Clone)]
pub struct Answer {
    pub direction: String,
    pub target: usize,
    pub status: String,
    pub cost: (usize, usize, i64),
    pub exact: bool,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub var: usize,
    pub find: bool,
    pub from: Option<String>,
    pub to: String,
}

impl Answer {
    pub fn vars(&self) -> BTreeSet<usize> {
        self.rows.iter().map(|row| row.var).collect()
    }
}

/// The sets of changes in the order of the table.
pub fn answers(changes: &Changes) -> Vec<Answer> {
    let table = &changes.table;
    let text = |name: &str, row: usize| table.column(name).unwrap().text(row).map(str::to_owned);
    let whole = |name: &str, row: usize| match table.column(name).unwrap() {
        Column::Integer(values) => usize::try_from(values[row].unwrap()).unwrap(),
        _ => panic!("{name} holds no whole numbers"),
    };
    let mut found: Vec<(usize, Answer)> = Vec::new();
    for at in 0..table.height() {
        let (Column::Number(sizes), Column::Flag(exact)) =
            (table.column("size").unwrap(), table.column("exact").unwrap())
        else {
            panic!("size is a number and exact a flag");
        };
        let target = text("target", at).unwrap();
        let indicator = text("indicator", at).unwrap();
        let row = Row {
            var: VARS.iter().position(|(name, _)| *name == indicator).unwrap(),
            find: text("kind", at).unwrap() == "find_out",
            from: text("from", at),
            to: text("to", at).unwrap(),
        };
        #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
        let answer = Answer {
            direction: text("direction", at).unwrap(),
            target: CATEGORIES.iter().position(|name| **name == target).unwrap(),
            status: text("status", at).unwrap(),
            cost: (whole("changes", at), whole("found", at), (sizes[at].unwrap() * 1000.0).round() as i64),
            exact: exact[at].unwrap(),
            rows: vec![row.clone()],
        };
        let alternative = whole("alternative", at);
        match found.last_mut() {
            Some((number, last)) if *number == alternative && last.target == answer.target => last.rows.push(row),
            _ => found.push((alternative, answer)),
        }
    }
    found.into_iter().map(|(_, answer)| answer).collect()
}
