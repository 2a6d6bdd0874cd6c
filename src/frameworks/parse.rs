//! From the text of a framework file to [`File`], with the line and the nearest valid key in every error.

use std::ops::Range;

use super::model::File;
use crate::error::{Error, Result, nearest};

/// A framework file with what is needed to speak about its lines.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name of the file in messages.
    pub file: String,
    /// Its text.
    pub text: String,
    starts: Vec<usize>,
}

impl Source {
    /// The text of a file under the name that messages use.
    #[must_use]
    pub fn new(file: &str, text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file: file.to_owned(), text: text.to_owned(), starts }
    }

    /// The line of a byte of the text, the first is 1.
    #[must_use]
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).max(1)
    }

    /// An error at a place of the file.
    #[must_use]
    pub fn error(&self, span: &Range<usize>, message: impl Into<String>) -> Error {
        Error::File { file: self.file.clone(), line: self.line(span.start), message: message.into() }
    }

    /// An error about a name that does not exist, with the nearest one.
    pub fn unknown<S: AsRef<str>>(&self, span: &Range<usize>, kind: &str, name: &str, available: &[S]) -> Error {
        let hint = nearest(name, available).map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        self.error(span, format!("{kind} '{name}' is not defined{hint}"))
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Error::File`] with the line for text that is not TOML, an unknown, missing or repeated key, or a value of the
    /// wrong type.
    pub fn parse(&self) -> Result<File> {
        toml::from_str(&self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            self.error(&span, readable(error.message()))
        })
    }
}

/// The message of the TOML reader in the words of the other messages.
fn readable(message: &str) -> String {
    for (start, what) in [("unknown field `", "key"), ("unknown variant `", "value")] {
        let Some((name, rest)) = message.strip_prefix(start).and_then(|rest| rest.split_once('`')) else { continue };
        let allowed: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        let hint = nearest(name, &allowed).map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        return format!("unknown {what} '{name}'{hint} (allowed here: {})", allowed.join(", "));
    }
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return format!("key '{name}' is missing");
    }
    if message.starts_with("wanted exactly 1 element") {
        return "only one of the possible keys is allowed here".to_owned();
    }
    message.replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_from_one() {
        let source = Source::new("x.toml", "a\nbc\n\nd");
        assert_eq!([0, 1, 2, 4, 5, 6].map(|at| source.line(at)), [1, 1, 2, 2, 3, 4]);
    }

    #[test]
    fn messages_of_the_reader_are_reworded() {
        assert_eq!(
            readable("unknown field `treshold`, expected `threshold` or `value`"),
            "unknown key 'treshold'; did you mean 'threshold'? (allowed here: threshold, value)"
        );
        assert_eq!(
            readable("unknown variant `judgment`, expected one of `data`, `judgement`"),
            "unknown value 'judgment'; did you mean 'judgement'? (allowed here: data, judgement)"
        );
        assert_eq!(readable("missing field `line`"), "key 'line' is missing");
        assert_eq!(readable("duplicate key"), "duplicate key");
    }
}
