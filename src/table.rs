//! The plain columnar table of the core: what framework functions take and give. Frames and record batches are
//! converted at the border.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::{Error, Result};

/// Text that repeats: every row holds the number of a label.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coded {
    /// The distinct texts.
    pub labels: Vec<Arc<str>>,
    /// Index into `labels` per row; `None` is a missing value.
    pub codes: Vec<Option<u32>>,
}

impl Coded {
    /// The text of a row, `None` if it is missing or the row does not exist.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = (*self.codes.get(row)?)?;
        self.labels.get(code as usize).map(AsRef::as_ref)
    }
}

/// Lists of text that repeat: every row holds the number of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodedLists {
    /// The distinct lists.
    pub lists: Vec<Vec<String>>,
    /// Index into `lists` per row.
    pub codes: Vec<u32>,
}

/// One column; `None` is a missing value.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers.
    Number(Vec<Option<f64>>),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Text.
    Text(Vec<Option<String>>),
    /// Text that repeats.
    Coded(Coded),
    /// True or false.
    Flag(Vec<Option<bool>>),
    /// Lists of text.
    TextList(Vec<Option<Vec<String>>>),
    /// Lists of text that repeat.
    CodedLists(CodedLists),
}

impl Column {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Coded(coded) => coded.codes.len(),
            Self::Flag(values) => values.len(),
            Self::TextList(values) => values.len(),
            Self::CodedLists(coded) => coded.codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The word for the kind of values in messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "numbers",
            Self::Integer(_) => "whole numbers",
            Self::Text(_) | Self::Coded(_) => "text",
            Self::Flag(_) => "true or false",
            Self::TextList(_) | Self::CodedLists(_) => "lists of text",
        }
    }

    /// The text of a row of a text column; `None` if it is missing, or if the column holds something else.
    #[must_use]
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(values) => values.get(row)?.as_deref(),
            Self::Coded(coded) => coded.get(row),
            _ => None,
        }
    }

    /// The list of a row of a column of lists; `None` if it is missing, or if the column holds something else.
    #[must_use]
    pub fn list(&self, row: usize) -> Option<&[String]> {
        match self {
            Self::TextList(values) => values.get(row)?.as_deref(),
            Self::CodedLists(coded) => coded.lists.get(*coded.codes.get(row)? as usize).map(Vec::as_slice),
            _ => None,
        }
    }
}

/// Columns of equal length with distinct names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Column>,
    height: usize,
}

impl Table {
    /// A table from named columns.
    ///
    /// # Errors
    /// [`Error::Input`] if a name occurs twice or two columns differ in length.
    ///
    /// ```
    /// use schoolframe::table::{Column, Table};
    /// let table = Table::new([("urn", Column::Integer(vec![Some(100_000)]))]).unwrap();
    /// assert_eq!((table.height(), table.names()), (1, &["urn".to_owned()][..]));
    /// ```
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = (S, Column)>) -> Result<Self> {
        let mut table = Self::default();
        let mut seen = HashSet::new();
        for (name, column) in columns {
            let name = name.into();
            if !seen.insert(name.clone()) {
                return Err(Error::Input(format!("column '{name}' occurs twice")));
            }
            if table.columns.is_empty() {
                table.height = column.len();
            } else if column.len() != table.height {
                return Err(Error::Input(format!(
                    "column '{name}' has {} rows, the columns before it have {}",
                    column.len(),
                    table.height
                )));
            }
            table.names.push(name);
            table.columns.push(column);
        }
        Ok(table)
    }

    /// Number of rows.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Column names in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Columns in order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Names and columns, taken apart.
    #[must_use]
    pub fn into_parts(self) -> (Vec<String>, Vec<Column>) {
        (self.names, self.columns)
    }

    /// The column of that name, if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Column> {
        let position = self.names.iter().position(|known| known == name)?;
        self.columns.get(position)
    }

    /// The column of that name.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the names that exist and the nearest one.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.get(name).ok_or_else(|| Error::unknown("column", name, self.names.iter().map(String::as_str)))
    }
}

/// Collects repeated text into a [`Coded`] column.
#[derive(Debug, Default)]
pub(crate) struct Coder {
    known: std::collections::HashMap<Arc<str>, u32>,
    column: Coded,
}

impl Coder {
    /// The code of a text, new or known.
    pub(crate) fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.known.get(text) {
            return *code;
        }
        let label: Arc<str> = Arc::from(text);
        let code = u32::try_from(self.column.labels.len()).unwrap_or(u32::MAX);
        self.column.labels.push(Arc::clone(&label));
        self.known.insert(label, code);
        code
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, text: Option<&str>) {
        let code = text.map(|text| self.code(text));
        self.column.codes.push(code);
    }

    /// The column of rows whose codes were got before.
    pub(crate) fn finish_with(self, codes: Vec<Option<u32>>) -> Column {
        Column::Coded(Coded { codes, ..self.column })
    }

    /// The finished column.
    pub(crate) fn finish(self) -> Column {
        Column::Coded(self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_names_are_checked() {
        let short = Table::new([("a", Column::Flag(vec![None])), ("b", Column::Flag(vec![]))]);
        assert_eq!(
            short.err().map(|error| error.to_string()).as_deref(),
            Some("column 'b' has 0 rows, the columns before it have 1")
        );
        let twice = Table::new([("a", Column::Flag(vec![])), ("a", Column::Flag(vec![]))]);
        assert_eq!(twice.err().map(|error| error.to_string()).as_deref(), Some("column 'a' occurs twice"));
    }

    #[test]
    fn a_missing_column_is_named_with_the_nearest() {
        let table = Table::new([("category", Column::Flag(vec![])), ("urn", Column::Integer(vec![]))]).unwrap();
        assert_eq!(
            table.column("catgory").err().map(|error| error.to_string()).as_deref(),
            Some("column 'catgory' does not exist. Did you mean 'category'? There are: category, urn.")
        );
    }

    #[test]
    fn coded_text_reads_like_text() {
        let mut coder = Coder::default();
        for text in [Some("a"), None, Some("b"), Some("a")] {
            coder.push(text);
        }
        let column = coder.finish();
        assert_eq!(
            (0..5).map(|row| column.text(row)).collect::<Vec<_>>(),
            [Some("a"), None, Some("b"), Some("a"), None]
        );
        assert_eq!((column.len(), column.kind()), (4, "text"));
    }
}
