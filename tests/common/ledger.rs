//! The ledger of criteria, the list of open readings, and the exceptions from them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

/// A row of the ledger by column.
pub type Row = BTreeMap<String, String>;

/// What a framework file holds otherwise than the ledger, and where the ledger is wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceptions {
    #[serde(default)]
    pub exception: Vec<Exception>,
    #[serde(default)]
    pub fault: Vec<Fault>,
}

/// A row of the ledger that the file holds differently.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub id: String,
    pub what: What,
    pub reason: String,
}

/// In what respect.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Missing,
    Line,
    Kind,
    Category,
    Indicators,
    Role,
}

/// An error of the ledger.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub id: String,
    pub seed_line: i64,
    pub what: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file beside the project, or nothing, with the reason on standard output.
#[expect(clippy::print_stdout, reason = "the reason why nothing was checked")]
pub fn shared(path: &str) -> Option<String> {
    let folder = std::env::var_os("SCHOOLFRAME_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = folder.join(path);
    let text = std::fs::read(&path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if text.is_none() {
        println!("not checked: {} is not there (set SCHOOLFRAME_SHARED)", path.display());
    }
    text
}

/// The rows of the ledger.
pub fn ledger() -> Option<Vec<Row>> {
    let text = shared("reference/criteria.csv")?;
    let mut records = records(&text).into_iter();
    let header = records.next().unwrap();
    Some(records.map(|record| header.iter().cloned().zip(record).collect()).collect())
}

/// The exceptions of a framework.
pub fn exceptions(framework: &str) -> Exceptions {
    let path = root().join(format!("tests/ledger/{framework}.toml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The exceptions of a framework and which of them were needed.
pub struct Excepted {
    framework: &'static str,
    rows: BTreeMap<(String, What), bool>,
    pub faults: Vec<String>,
}

impl Excepted {
    pub fn new(framework: &'static str) -> Self {
        let mut rows = BTreeMap::new();
        let mut faults = Vec::new();
        for row in exceptions(framework).exception {
            if row.reason.trim().is_empty() {
                faults.push(format!("{framework}: the exception of {} has no reason", row.id));
            }
            let key = (row.id, row.what);
            if rows.contains_key(&key) {
                faults.push(format!(
                    "{framework}: two exceptions for {} of {}",
                    format!("{:?}", key.1).to_lowercase(),
                    key.0
                ));
            }
            rows.insert(key, false);
        }
        Self { framework, rows, faults }
    }

    /// Notes a difference from the ledger; it is a fault where no exception is made for it.
    pub fn differs(&mut self, id: &str, what: What, fault: impl FnOnce() -> String) {
        match self.rows.get_mut(&(id.to_owned(), what)) {
            Some(used) => *used = true,
            None => self.faults.push(format!("{}: {id}: {}", self.framework, fault())),
        }
    }

    /// The faults, with the exceptions of these respects that except nothing.
    pub fn finish(self, respects: &[What]) -> Vec<String> {
        let mut faults = self.faults;
        for ((id, what), used) in self.rows {
            if !used && respects.contains(&what) {
                let what = format!("{what:?}").to_lowercase();
                faults.push(format!("{}: {id}: the exception for {what} excepts nothing", self.framework));
            }
        }
        faults
    }
}

/// Records of a comma-separated file with quoted fields.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            '\r' if !quoted => {}
            other => field.push(other),
        }
    }
    records
}

/// Names of the ledger that stand for a list of columns, not for one.
pub const LISTS: [&str; 5] = ["value", "national_value", "actual", "gaps", "support_model"];

/// Names in the indicators column: values (in braces, and the word for a provision that a school does not have) and units
/// in brackets are left out.
pub fn indicators(cell: &str) -> Vec<String> {
    let mut names = String::new();
    let mut depth = 0;
    for letter in cell.chars() {
        match letter {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            other if depth == 0 => names.push(other),
            _ => {}
        }
    }
    let plain = names.replace(" or not_applicable", "");
    let separated = plain.replace(" or ", ",").replace(" and ", ",").replace(';', ",");
    let found = separated.split(',').map(|name| name.trim().to_owned());
    found.filter(|name| !name.is_empty() && !LISTS.contains(&name.as_str())).collect()
}

/// Identifiers of readings in a text.
pub fn readings_named(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    words.filter(|word| word.starts_with("AMB-")).map(str::to_owned).collect()
}

/// What the expression over the numbers of a group asks of one of them: `counts`, `descriptor`, `adjusts`, `may adjust` or
/// `gate`; nothing for a number that it does not name, and for lists that only help to read others.
pub fn duty(group: &str, number: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 7] = [
        ("MAJORITY", "counts"),
        ("BEST_FIT", "counts"),
        ("IF_APPLICABLE", "counts"),
        ("QUAL", "descriptor"),
        ("SUFFICIENT", "adjusts"),
        ("MAY", "may adjust"),
        ("ANY", "adjusts"),
    ];
    if group.contains("reading aid") {
        return None;
    }
    let wanted: u32 = number.parse().ok()?;
    let mut around: Vec<Option<&'static str>> = Vec::new();
    let mut last = None;
    let mut word = String::new();
    let mut range = None;
    for letter in group.chars().chain([' ']) {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            word.push(letter);
            continue;
        }
        if let Ok(here) = word.parse::<u32>() {
            let start = range.take().unwrap_or(here);
            if (start..=here).contains(&wanted) {
                return Some(around.iter().rev().flatten().next().copied().unwrap_or("gate"));
            }
            last = Some(here);
        } else if !word.is_empty() {
            last = None;
        }
        match letter {
            '(' => around.push(WORDS.iter().find(|(known, _)| *known == word).map(|(_, duty)| *duty)),
            ')' => drop(around.pop()),
            '.' => range = range.or(last),
            // Words after the expression are no part of it.
            ';' if !group.contains("; SUFFICIENT") && !group.contains("; MAY") => return None,
            _ => {}
        }
        word.clear();
    }
    None
}
