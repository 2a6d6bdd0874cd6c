//! Reading single cells of result tables.

use schoolframe::table::Table;

/// The text of a cell; empty where it is missing.
pub fn text(table: &Table, column: &str, row: usize) -> String {
    table.column(column).unwrap().text(row).unwrap_or_default().to_owned()
}

/// The list in a cell.
pub fn list(table: &Table, column: &str, row: usize) -> Vec<String> {
    table.column(column).unwrap().list(row).unwrap().to_vec()
}
