//! Reading single cells of result tables.

use schoolframe::table::{Column, Table};
use toml::Value;

/// The text of a cell; empty where it is missing.
pub fn text(table: &Table, column: &str, row: usize) -> String {
    table.column(column).unwrap().text(row).unwrap_or_default().to_owned()
}

/// The list in a cell.
pub fn list(table: &Table, column: &str, row: usize) -> Vec<String> {
    match table.column(column).unwrap() {
        Column::TextList(values) => values[row].clone().unwrap(),
        _ => panic!("{column} holds no lists"),
    }
}

/// A cell as a case file would write it: an empty text stands for a missing value.
pub fn cell(column: &Column, row: usize) -> Value {
    let value = match column {
        Column::Number(values) => values[row].map(Value::Float),
        Column::Integer(values) => values[row].map(Value::Integer),
        Column::Flag(values) => values[row].map(Value::Boolean),
        Column::TextList(values) => {
            values[row].as_ref().map(|texts| Value::Array(texts.iter().cloned().map(Value::String).collect()))
        }
        other => other.text(row).map(|text| Value::String(text.to_owned())),
    };
    value.unwrap_or_else(|| Value::String(String::new()))
}
