//! Records of a comma separated file: quoted cells with line breaks in them, any line end, lines counted.

use std::borrow::Cow;

use super::table::TableError;

/// Where one cell stands in the bytes; without its quotes, escaped quotes still doubled.
///
/// Places are 32 bits wide to keep the cells of many rows in the nearest memory: a piece of a file is never as long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    start: u32,
    length: u32,
    escaped: bool,
}

impl Field {
    fn new(start: usize, end: usize, escaped: bool) -> Self {
        let narrow = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Self { start: narrow(start), length: narrow(end - start), escaped }
    }

    /// The cell itself.
    #[inline]
    pub(crate) fn of<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let start = self.start as usize;
        let raw = bytes.get(start..start + self.length as usize).unwrap_or_default();
        if self.escaped { Cow::Owned(unescaped(raw)) } else { Cow::Borrowed(raw) }
    }
}

/// Halves doubled quotes.
fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut cell = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, tail @ ..] = rest {
        cell.push(*first);
        rest = match (first, tail) {
            (b'"', [b'"', after @ ..]) => after,
            _ => tail,
        };
    }
    cell
}

/// How far one call of [`scan`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// One record was read; the next begins at `next`, `lines` line ends further on.
    Record { next: usize, lines: u32, terminated: bool },
    /// The bytes end before the record does.
    Incomplete,
}

/// Adds the cells of the record that begins at `start` to `fields`.
///
/// A record ends at `\n`, `\r\n` or `\r` outside quotes. If `last` is false, a record that the bytes do not end is
/// incomplete; otherwise the end of the bytes ends it too.
pub(crate) fn scan(
    bytes: &[u8],
    start: usize,
    delimiter: u8,
    last: bool,
    line: u32,
    fields: &mut Vec<Field>,
) -> Result<Scan, TableError> {
    let mut lines = 0_u32;
    let mut at = start;
    loop {
        let field_start = at;
        let end;
        if bytes.get(at) == Some(&b'"') {
            let Some((closing, breaks, escaped)) = closing_quote(bytes, at + 1) else {
                return if last { Err(TableError::OpenQuote { line: line + lines }) } else { Ok(Scan::Incomplete) };
            };
            fields.push(Field::new(field_start + 1, closing, escaped));
            lines += breaks;
            end = closing + 1;
        } else {
            end = cell_end(bytes, at, delimiter);
            fields.push(Field::new(field_start, end, false));
        }
        match bytes.get(end) {
            Some(byte) if *byte == delimiter => at = end + 1,
            Some(b'\n') => return Ok(Scan::Record { next: end + 1, lines: lines + 1, terminated: true }),
            Some(b'\r') => {
                return Ok(match bytes.get(end + 1) {
                    Some(b'\n') => Scan::Record { next: end + 2, lines: lines + 1, terminated: true },
                    None if !last => Scan::Incomplete,
                    _ => Scan::Record { next: end + 1, lines: lines + 1, terminated: true },
                });
            }
            Some(_) => return Err(TableError::AfterQuote { line: line + lines }),
            None if !last => return Ok(Scan::Incomplete),
            None => return Ok(Scan::Record { next: end, lines, terminated: false }),
        }
    }
}

/// Finds the end of a cell without quotes: the next delimiter or line end, or the end of the bytes.
///
/// Eight bytes are looked at together. In `found` the highest bit of a byte is set if the byte is the delimiter or at
/// most `\r`; a borrow can set more bits, but only above the lowest one, which is the one that is used.
#[inline]
fn cell_end(bytes: &[u8], start: usize, delimiter: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = start;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let other = word ^ (ONES * u64::from(delimiter));
        let found = ((other.wrapping_sub(ONES) & !other) | (word.wrapping_sub(ONES * 0x0e) & !word)) & HIGH;
        if found == 0 {
            at += 8;
            continue;
        }
        at += (found.trailing_zeros() / 8) as usize;
        match bytes.get(at) {
            // A tab or another control character inside the cell.
            Some(byte) if *byte != delimiter && *byte != b'\n' && *byte != b'\r' => at += 1,
            _ => return at,
        }
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| **byte != delimiter && **byte != b'\n' && **byte != b'\r').count()
}

/// Finds the quote that closes a cell; gives its place, the line breaks before it and whether quotes are escaped.
fn closing_quote(bytes: &[u8], start: usize) -> Option<(usize, u32, bool)> {
    let mut breaks = 0_u32;
    let mut escaped = false;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' if bytes.get(at + 1) == Some(&b'"') => {
                escaped = true;
                at += 1;
            }
            b'"' => return Some((at, breaks, escaped)),
            b'\n' => breaks += 1,
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => breaks += 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The cells of some rows that were scanned one after the other.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) fields: &'a [Field],
    /// For each row, where its cells end in `fields`.
    pub(crate) ends: &'a [usize],
}

impl<'a> Rows<'a> {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cells of a row.
    #[inline]
    pub(crate) fn row(&self, row: usize) -> &'a [Field] {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(row).copied().unwrap_or(start);
        self.fields.get(start..end).unwrap_or_default()
    }

    /// A cell; `None` if the row is too short to have it.
    #[inline]
    pub(crate) fn cell(&self, row: usize, column: usize) -> Option<Cow<'a, [u8]>> {
        self.row(row).get(column).map(|field| field.of(self.bytes))
    }
}

/// One record with its cells as text, as [`split_records`] gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Physical line on which the record begins; the first is 1.
    pub line: u32,
    /// Where the next record begins, in bytes.
    pub next: usize,
    /// Physical line on which the next record begins.
    pub next_line: u32,
    /// The cells.
    pub cells: Vec<String>,
}

/// Splits up to `limit` records off the beginning of a file; used to find the header.
///
/// A UTF-8 byte order mark is passed over. If `last` is false the bytes are the beginning of a longer file, and a
/// record that they do not end is left out.
///
/// # Errors
///
/// [`TableError::OpenQuote`], [`TableError::AfterQuote`] and [`TableError::Encoding`].
pub fn split_records(bytes: &[u8], delimiter: u8, limit: usize, last: bool) -> Result<Vec<Record>, TableError> {
    let mut records = Vec::new();
    let mut fields = Vec::new();
    let mut at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut line = 1_u32;
    while records.len() < limit && at < bytes.len() {
        fields.clear();
        match scan(bytes, at, delimiter, last, line, &mut fields)? {
            Scan::Incomplete => break,
            Scan::Record { next, lines, .. } => {
                let cells: Result<Vec<String>, _> =
                    fields.iter().map(|field| String::from_utf8(field.of(bytes).into_owned())).collect();
                let cells = cells.map_err(|_| TableError::Encoding { line })?;
                records.push(Record { line, next, next_line: line + lines, cells });
                at = next;
                line += lines;
            }
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        split_records(text.as_bytes(), b',', 99, true).unwrap().into_iter().map(|record| record.cells).collect()
    }

    #[test]
    fn every_line_end() {
        let expected = vec![vec!["a", "b"], vec!["1", ""], vec!["2", "3"]];
        for text in ["a,b\n1,\n2,3\n", "a,b\r\n1,\r\n2,3", "a,b\r1,\r2,3\r", "\u{feff}a,b\n1,\n2,3"] {
            assert_eq!(cells(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_are_physical() {
        let text = "\"a\r\nb\",c\r\n1,\"x\ny\"\n2,3\n";
        let records = split_records(text.as_bytes(), b',', 99, true).unwrap();
        assert_eq!(records.iter().map(|record| record.line).collect::<Vec<_>>(), [1, 3, 5]);
        assert_eq!(records[0].cells, ["a\r\nb", "c"]);
        assert_eq!(records[1].cells, ["1", "x\ny"]);
        assert_eq!(records[2].next, text.len());
    }

    #[test]
    fn quotes() {
        assert_eq!(cells("\"a \"\"b\"\"\",\"\"\n"), [["a \"b\"", ""]]);
        assert_eq!(cells("x\"y,z\n"), [["x\"y", "z"]]);
        assert_eq!(split_records(b"a\n\"b\nc", b',', 9, true), Err(TableError::OpenQuote { line: 2 }));
        assert_eq!(split_records(b"a\n\"b\"c\n", b',', 9, true), Err(TableError::AfterQuote { line: 2 }));
    }

    #[test]
    fn a_beginning_leaves_out_what_it_does_not_end() {
        for (text, complete) in [("a\nb", 1), ("a\r", 0), ("a\r\nb\r\n", 2), ("\"a\nb", 0), ("", 0)] {
            assert_eq!(split_records(text.as_bytes(), b',', 9, false).unwrap().len(), complete, "{text:?}");
        }
    }

    #[test]
    fn another_encoding_is_named() {
        assert_eq!(split_records(b"a\nSt Anne\x92s\n", b',', 9, true), Err(TableError::Encoding { line: 2 }));
    }

    #[test]
    fn the_end_of_a_cell_is_found_wherever_it_stands() {
        for length in 0..40 {
            for end in [",", "\n", "\r", ""] {
                let text = format!("{}{end}xxxxxxxxx,", "ab\tc".repeat(10).get(..length).unwrap());
                let expected = if end.is_empty() { length + 9 } else { length };
                assert_eq!(cell_end(text.as_bytes(), 0, b','), expected, "{text:?}");
            }
        }
        assert_eq!(cell_end("é\u{2212},".repeat(9).as_bytes(), 0, b','), 5);
        assert_eq!(cell_end(b"a;b,c", 0, b';'), 1);
    }

    proptest! {
        #[test]
        fn written_cells_read_back(table in prop::collection::vec(prop::collection::vec("[a-z\",\r\n ]{0,6}", 2..4), 1..5)) {
            let text: String = table
                .iter()
                .map(|row| row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(",") + "\r\n")
                .collect();
            prop_assert_eq!(cells(&text), table);
        }
    }
}
