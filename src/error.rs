//! The one error type of the crate. Messages name file, line, column, value, rule and count; plain text, singular and
//! plural right, at most [`MAX_EXAMPLES`] examples.

use thiserror::Error;

/// How many examples of a broken rule a message shows.
pub const MAX_EXAMPLES: usize = 5;

/// Longest name, in letters, that is taken for the slip of another one.
const MAX_SLIP: usize = 200;

/// How many names that exist a message lists before it keeps to the nearest.
const MAX_NAMES: usize = 40;

/// Result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by what the caller has to mend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// A column, value or argument breaks a stated rule.
    #[error("{0}")]
    Input(String),
    /// A name does not exist; the message lists what does.
    #[error("{}", unknown_message(kind, name, available))]
    Unknown {
        /// What the name should be, for instance `framework`.
        kind: &'static str,
        /// The name as given.
        name: String,
        /// The names that exist, in their natural order.
        available: Vec<String>,
    },
    /// A framework or parameter file is wrong.
    #[error("{file}, line {line}: {message}")]
    File {
        /// File name as given, or the name of the embedded file.
        file: String,
        /// Line of the file, the first is 1.
        line: usize,
        /// The rule that was broken.
        message: String,
    },
}

impl Error {
    /// An [`Error::Input`] about the values of one column: the rule, how many rows break it and the first few of them.
    ///
    /// `examples` are shown as they are, at most [`MAX_EXAMPLES`].
    ///
    /// ```
    /// use schoolframe::error::Error;
    /// let error = Error::values("p8", "must be a finite number", 1, ["NaN at row 3"]);
    /// assert_eq!(error.to_string(), "column 'p8': must be a finite number; 1 value breaks this rule: NaN at row 3");
    /// ```
    pub fn values<I, S>(column: &str, rule: &str, count: usize, examples: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut shown = String::new();
        for (i, example) in examples.into_iter().take(MAX_EXAMPLES).enumerate() {
            if i > 0 {
                shown.push_str("; ");
            }
            shown.push_str(example.as_ref());
        }
        let more = if count > MAX_EXAMPLES { "; ..." } else { "" };
        let verb = if count == 1 { "value breaks" } else { "values break" };
        Self::Input(format!("column '{column}': {rule}; {count} {verb} this rule: {shown}{more}"))
    }

    /// An [`Error::Unknown`] from the names that exist.
    pub fn unknown<I, S>(kind: &'static str, name: &str, available: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self::Unknown { kind, name: name.to_owned(), available: available.into_iter().map(Into::into).collect() }
    }
}

/// The name in `available` nearest to `name` by edit distance (letter case is ignored), if one is near enough to be a
/// slip: at most a third of the letters differ.
///
/// ```
/// use schoolframe::error::nearest;
/// assert_eq!(nearest("southend_2O17", &["southend_2011", "southend_2017"]), Some("southend_2017"));
/// assert_eq!(nearest("leeds", &["southend_2017"]), None);
/// ```
#[must_use]
pub fn nearest<'a, S: AsRef<str>>(name: &str, available: &'a [S]) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    if wanted.len() > MAX_SLIP {
        return None;
    }
    let short = |candidate: &&'a S| candidate.as_ref().len() <= MAX_SLIP * 4;
    available
        .iter()
        .filter(short)
        .map(|candidate| {
            let other: Vec<char> = candidate.as_ref().to_lowercase().chars().collect();
            let limit = wanted.len().max(other.len()) / 3;
            (edit_distance(&wanted, &other), limit, candidate.as_ref())
        })
        .filter(|(distance, limit, _)| distance <= limit)
        .min_by_key(|(distance, _, _)| *distance)
        .map(|(_, _, candidate)| candidate)
}

fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (to, above) in b.iter().zip(row.iter_mut().skip(1)) {
            let cost = (diagonal + usize::from(from != to)).min(left + 1).min(*above + 1);
            diagonal = *above;
            *above = cost;
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

fn unknown_message(kind: &str, name: &str, available: &[String]) -> String {
    let hint = nearest(name, available).map(|near| format!(" Did you mean '{near}'?")).unwrap_or_default();
    if available.is_empty() {
        return format!("{kind} '{name}' does not exist, and there is none to choose from.");
    }
    if available.len() <= MAX_NAMES {
        return format!("{kind} '{name}' does not exist.{hint} There are: {}.", available.join(", "));
    }
    // A long list helps nobody: the nearest names, and how many more there are.
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    let distance = |other: &str| edit_distance(&wanted, &other.to_lowercase().chars().collect::<Vec<_>>());
    let mut near: Vec<&String> = available.iter().collect();
    near.sort_by_key(|other| distance(other));
    let shown: Vec<&str> = near.iter().take(MAX_NAMES / 4).map(|name| name.as_str()).collect();
    let more = available.len() - shown.len();
    format!("{kind} '{name}' does not exist.{hint} The nearest are: {}; there are {more} more.", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_errors_count_and_shorten() {
        let error = Error::values("p8", "must be finite", 7, (1..=7).map(|row| format!("row {row}")));
        assert_eq!(
            error.to_string(),
            "column 'p8': must be finite; 7 values break this rule: row 1; row 2; row 3; row 4; row 5; ..."
        );
    }

    #[test]
    fn unknown_names_list_what_exists_and_the_nearest() {
        let error = Error::unknown("framework", "southend2017", ["southend_2011", "southend_2017"]);
        assert_eq!(
            error.to_string(),
            "framework 'southend2017' does not exist. Did you mean 'southend_2017'? There are: southend_2011, southend_2017."
        );
        assert_eq!(
            Error::unknown("reading", "x", Vec::<String>::new()).to_string(),
            "reading 'x' does not exist, and there is none to choose from."
        );
    }

    #[test]
    fn a_long_list_of_names_is_cut_to_the_nearest() {
        let names: Vec<String> = (0..41).map(|number| format!("indicator_{number}")).collect();
        let message = Error::unknown("indicator", "indicator_4O", names).to_string();
        assert!(message.contains("The nearest are: indicator_4, "), "{message}");
        assert!(message.ends_with("; there are 31 more."), "{message}");
    }

    #[test]
    fn distance_is_levenshtein() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(edit_distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(edit_distance(&[], &chars("abc")), 3);
        assert_eq!(edit_distance(&chars("same"), &chars("same")), 0);
    }
}
