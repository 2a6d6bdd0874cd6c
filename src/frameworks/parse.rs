//! From the text of a framework file to [`File`], with the line and the nearest valid key in every error.

use std::ops::Range;

use super::model::File;
use crate::error::{Error, Result, nearest};

/// Largest file that is read, in bytes: more than twenty times the longest one that comes with the library.
const MAX_BYTES: usize = 4_000_000;

/// Most tables in tables, lists in lists and parts of one dotted key.
const MAX_DEPTH: usize = 64;

/// Refuses a text that is larger or nested deeper than any framework, before anything is built from it.
///
/// # Errors
/// [`Error::File`] with the line at which it becomes too much.
pub fn refuse_large(file: &str, text: &str) -> Result<()> {
    let refuse = |at: usize, message: String| {
        let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        Err(Error::File { file: file.to_owned(), line, message })
    };
    if text.len() > MAX_BYTES {
        return refuse(MAX_BYTES, format!("a framework file may have at most {MAX_BYTES} bytes"));
    }
    match too_deep(text.as_bytes()) {
        Some(at) => refuse(at, format!("tables, lists and dotted keys may be nested at most {MAX_DEPTH} deep")),
        None => Ok(()),
    }
}

/// Where a text becomes nested too deeply. Brackets and dots count outside of quotes and remarks only.
fn too_deep(text: &[u8]) -> Option<usize> {
    // By open bracket: itself and the dots of the key before it.
    let mut open: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut dots = 0;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'[' | b'{' => {
                open.push(1 + dots);
                depth += 1 + dots;
                dots = 0;
            }
            b']' | b'}' => {
                depth -= open.pop().unwrap_or(0);
                dots = 0;
            }
            b'.' => dots += 1,
            b',' | b'\n' => dots = 0,
            b'#' => {
                at += text.iter().skip(at).take_while(|byte| **byte != b'\n').count();
                continue;
            }
            b'"' | b'\'' => at = end_of_quote(text, at, *byte),
            _ => {}
        }
        if depth + dots > MAX_DEPTH {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The last byte of the quoted text that begins here; the end of the text if it is not closed.
fn end_of_quote(text: &[u8], start: usize, quote: u8) -> usize {
    let long = text.get(start + 1) == Some(&quote) && text.get(start + 2) == Some(&quote);
    let mut at = start + if long { 3 } else { 1 };
    while let Some(byte) = text.get(at) {
        let closed =
            *byte == quote && (!long || (text.get(at + 1) == Some(&quote) && text.get(at + 2) == Some(&quote)));
        match byte {
            // Another key cannot follow in the text of a line that is not closed; the reader says what is wrong.
            b'\n' if !long => return at,
            b'\\' if quote == b'"' => at += 1,
            _ if closed => return at + if long { 2 } else { 0 },
            _ => {}
        }
        at += 1;
    }
    at
}

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
