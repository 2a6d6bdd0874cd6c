//! Reading a whole table from pieces of a file, straight into columns, so that the text is never in memory at once.

use std::collections::HashMap;

use super::codes::Code;
use super::columns::{Builder, Column, Kind};
use super::records::{Field, Rows, Scan, scan};
use super::trim;

/// Rows that are split into cells before the columns take theirs: few enough for their cells to stay in near memory.
const BLOCK: usize = 32;

/// Longest piece of a file that is read at once.
const PIECE: usize = 1 << 20;

/// Why a file is not a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The file ends inside quotes.
    #[error("line {line}: a quote is opened and never closed; the file is truncated or damaged")]
    OpenQuote {
        /// Physical line, the first is 1.
        line: u32,
    },
    /// There is text between a closing quote and the end of the cell.
    #[error("line {line}: text follows the closing quote of a cell")]
    AfterQuote {
        /// Physical line, the first is 1.
        line: u32,
    },
    /// The bytes are not UTF-8.
    #[error("line {line}: the text is not UTF-8")]
    Encoding {
        /// Physical line, the first is 1.
        line: u32,
    },
}

/// The column that says to which part of the table a row belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Index of the column.
    pub column: usize,
    /// Values, without white space around them, with the index of their part; the first part is the largest one.
    pub values: Vec<(String, usize)>,
    /// The part of every other value.
    pub other: usize,
}

/// A cell whose text cannot be told from its code: an unknown text, or a code in unusual spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// Index of the part.
    pub part: usize,
    /// Row within the part, from 0.
    pub row: usize,
    /// Index of the column.
    pub column: usize,
    /// Physical line, the first is 1.
    pub line: u32,
    /// The code that the cell was given.
    pub code: Code,
    /// The cell as it stands in the file.
    pub text: String,
}

/// A cell that is not blank and stands beyond the last column of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// Physical line, the first is 1.
    pub line: u32,
    /// Cells in the row.
    pub cells: usize,
    /// The first such cell.
    pub text: String,
}

/// The last record of the file, which shows whether the file was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRecord {
    /// Physical line, the first is 1.
    pub line: u32,
    /// Cells in the record.
    pub cells: usize,
    /// Index of its part.
    pub part: usize,
    /// Whether a line end follows.
    pub terminated: bool,
    /// Whether another record has as many cells.
    pub shape_recurs: bool,
}

/// The rows that share a part, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Physical line on which each row begins.
    pub lines: Vec<u32>,
    /// One column for each column of the header.
    pub columns: Vec<Column>,
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The rows by part.
    pub parts: Vec<Part>,
    /// Kinds of the columns after the content has decided: never [`Kind::Auto`].
    pub kinds: Vec<Kind>,
    /// Cells whose text cannot be told from their code, in the order of the file.
    pub odd: Vec<Odd>,
    /// Rows with text beyond the header, in the order of the file.
    pub extra: Vec<Extra>,
    /// The last record; `None` if there is none.
    pub last: Option<LastRecord>,
}

/// Fills the columns of a table from pieces of a file, after the header.
///
/// Rows may be shorter than the header (the missing cells get [`Code::Absent`]) or longer (cells that are not blank are
/// reported). Rows without any text are passed over. Nothing is refused here but a file that cannot be split into
/// cells: what an unknown text or value of the key means is for the caller to say.
#[derive(Debug)]
pub struct TableReader {
    kinds: Vec<Kind>,
    key: Option<Key>,
    delimiter: u8,
    line: u32,
    lines: Vec<Vec<u32>>,
    columns: Vec<Vec<Builder>>,
    odd: Vec<Odd>,
    extra: Vec<Extra>,
    shapes: HashMap<usize, usize>,
    last: Option<LastRecord>,
    pending: Vec<u8>,
}

/// Rows of one part that wait for the columns.
#[derive(Debug, Default)]
struct Block {
    fields: Vec<Field>,
    ends: Vec<usize>,
    lines: Vec<u32>,
    part: usize,
}

impl Block {
    fn clear(&mut self) {
        self.fields.clear();
        self.ends.clear();
        self.lines.clear();
    }
}

impl TableReader {
    /// A reader for records that begin on physical line `line`; `rows` is the number of rows to make room for.
    #[must_use]
    pub fn new(kinds: Vec<Kind>, key: Option<Key>, delimiter: u8, line: u32, rows: usize) -> Self {
        let parts =
            key.as_ref().map_or(1, |key| key.values.iter().map(|(_, part)| part + 1).fold(key.other + 1, usize::max));
        let room = |part: usize| if part == 0 { rows } else { 0 };
        Self {
            lines: (0..parts).map(|part| Vec::with_capacity(room(part))).collect(),
            columns: (0..parts)
                .map(|part| kinds.iter().map(|kind| Builder::new(*kind, room(part))).collect())
                .collect(),
            kinds,
            key,
            delimiter,
            line,
            odd: Vec::new(),
            extra: Vec::new(),
            shapes: HashMap::new(),
            last: None,
            pending: Vec::new(),
        }
    }

    /// Reads the records that are complete with these bytes; the rest waits for the next piece.
    ///
    /// # Errors
    ///
    /// [`TableError`] if the bytes cannot be split into cells or are not UTF-8.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), TableError> {
        for piece in bytes.chunks(PIECE) {
            if self.pending.is_empty() {
                let consumed = self.read(piece, false)?;
                self.pending.extend_from_slice(piece.get(consumed..).unwrap_or_default());
            } else {
                let mut joined = std::mem::take(&mut self.pending);
                joined.extend_from_slice(piece);
                let consumed = self.read(&joined, false)?;
                joined.drain(..consumed);
                self.pending = joined;
            }
        }
        Ok(())
    }

    /// Reads what is left and gives the table.
    ///
    /// # Errors
    ///
    /// As [`TableReader::feed`].
    pub fn finish(mut self) -> Result<Table, TableError> {
        let rest = std::mem::take(&mut self.pending);
        self.read(&rest, true)?;
        let as_texts: Vec<bool> = self
            .kinds
            .iter()
            .enumerate()
            .map(|(index, kind)| {
                let counts = self
                    .columns
                    .iter()
                    .filter_map(|part| part.get(index))
                    .fold((0, 0), |sum, builder| (sum.0 + builder.counts.0, sum.1 + builder.counts.1));
                Builder::holds_texts(*kind, counts)
            })
            .collect();
        let kinds: Vec<Kind> = self
            .kinds
            .iter()
            .zip(&as_texts)
            .map(|(kind, texts)| match (kind, texts) {
                (Kind::Auto, true) => Kind::Text,
                (Kind::Auto, false) => Kind::Number,
                (kind, _) => *kind,
            })
            .collect();
        let decided: Vec<bool> =
            self.kinds.iter().zip(&as_texts).map(|(kind, texts)| *kind == Kind::Auto && *texts).collect();
        // Blocks give the odd cells column by column; the order of the file is by row.
        self.odd.sort_by_key(|odd| (odd.line, odd.column));
        // In a column that turned out to hold texts only the codes that count there stay odd.
        self.odd.retain(|odd| !decided.get(odd.column).copied().unwrap_or(false) || odd.code.counts_in_texts());
        let parts = self
            .lines
            .into_iter()
            .zip(self.columns)
            .map(|(lines, builders)| Part {
                lines,
                columns: builders.into_iter().zip(&as_texts).map(|(builder, texts)| builder.finish(*texts)).collect(),
            })
            .collect();
        let shapes = self.shapes;
        let last = self
            .last
            .map(|last| LastRecord { shape_recurs: shapes.get(&last.cells).is_some_and(|count| *count > 1), ..last });
        Ok(Table { parts, kinds, odd: self.odd, extra: self.extra, last })
    }

    /// Reads the complete records of `bytes` and gives the place where they end.
    fn read(&mut self, bytes: &[u8], last: bool) -> Result<usize, TableError> {
        let mut block = Block::default();
        let mut at = 0;
        while at < bytes.len() {
            let before = block.fields.len();
            let scanned = scan(bytes, at, self.delimiter, last, self.line, &mut block.fields)?;
            let Scan::Record { next, lines, terminated } = scanned else {
                block.fields.truncate(before);
                break;
            };
            if std::str::from_utf8(bytes.get(at..next).unwrap_or_default()).is_err() {
                return Err(TableError::Encoding { line: self.line });
            }
            let fields = block.fields.get(before..).unwrap_or_default();
            let blank = |field: &Field| trim(&field.of(bytes)).is_empty();
            if fields.first().is_none_or(blank) && fields.iter().all(blank) {
                block.fields.truncate(before);
            } else {
                let part = self.part_of(bytes, fields);
                let cells = fields.len();
                *self.shapes.entry(cells).or_default() += 1;
                self.last = Some(LastRecord { line: self.line, cells, part, terminated, shape_recurs: false });
                if part != block.part || block.ends.len() >= BLOCK {
                    let record = block.fields.split_off(before);
                    self.push(bytes, &block);
                    block.clear();
                    block.fields.extend_from_slice(&record);
                    block.part = part;
                }
                block.ends.push(block.fields.len());
                block.lines.push(self.line);
            }
            self.line += lines;
            at = next;
        }
        self.push(bytes, &block);
        Ok(at)
    }

    /// Gives the rows of a block to the columns.
    fn push(&mut self, bytes: &[u8], block: &Block) {
        let rows = Rows { bytes, fields: &block.fields, ends: &block.ends };
        let (Some(lines), Some(builders)) = (self.lines.get_mut(block.part), self.columns.get_mut(block.part)) else {
            return;
        };
        let first = lines.len();
        let mut kept = Vec::new();
        for (column, builder) in builders.iter_mut().enumerate() {
            builder.extend(&rows, column, &mut kept);
            for (row, code) in kept.drain(..) {
                let cell = rows.cell(row, column).unwrap_or_default();
                let text = String::from_utf8_lossy(&cell).into_owned();
                let line = block.lines.get(row).copied().unwrap_or_default();
                self.odd.push(Odd { part: block.part, row: first + row, column, line, code, text });
            }
        }
        lines.extend_from_slice(&block.lines);
        for (row, line) in block.lines.iter().enumerate() {
            let fields = rows.row(row);
            let beyond = fields.get(self.kinds.len()..).unwrap_or_default();
            if let Some(cell) = beyond.iter().map(|field| field.of(bytes)).find(|cell| !trim(cell).is_empty()) {
                let text = String::from_utf8_lossy(&cell).into_owned();
                self.extra.push(Extra { line: *line, cells: fields.len(), text });
            }
        }
    }

    fn part_of(&self, bytes: &[u8], fields: &[Field]) -> usize {
        let Some(key) = &self.key else { return 0 };
        let cell = fields.get(key.column).map(|field| field.of(bytes)).unwrap_or_default();
        let text = trim(&cell);
        key.values.iter().find(|(value, _)| value.as_bytes() == text).map_or(key.other, |(_, part)| *part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "1,10,4B\r\n3,SUPP\r\n2,12%,\"x\ny\"\r\n\r\n,,\r\n9,oh,NA,, z\r\n1,7,3A";

    fn reader(kind: Kind) -> TableReader {
        let values = vec![("1".to_owned(), 0), ("2".to_owned(), 0), ("3".to_owned(), 1)];
        TableReader::new(vec![Kind::Label, Kind::Number, kind], Some(Key { column: 0, values, other: 2 }), b',', 2, 4)
    }

    fn whole(text: &str, kind: Kind) -> Table {
        let mut reader = reader(kind);
        reader.feed(text.as_bytes()).unwrap();
        reader.finish().unwrap()
    }

    #[test]
    fn rows_go_to_their_parts_with_their_lines() {
        let table = whole(TEXT, Kind::Text);
        let lines: Vec<&[u32]> = table.parts.iter().map(|part| part.lines.as_slice()).collect();
        assert_eq!(lines, [&[2, 4, 9][..], &[3], &[8]]);
        assert_eq!(table.parts[0].columns[1], Column::Numbers { values: vec![10.0, 12.0, 7.0], codes: vec![] });
        assert_eq!(table.parts[1].columns[1], Column::Numbers { values: vec![0.0], codes: vec![Code::Supp.number()] });
        let Column::Texts(texts) = &table.parts[0].columns[2] else { panic!("not texts") };
        assert_eq!(texts.data, b"4Bx\ny3A");
    }

    #[test]
    fn what_is_odd_is_reported_with_its_line() {
        let table = whole(TEXT, Kind::Auto);
        let expected = Odd { part: 2, row: 0, column: 1, line: 8, code: Code::Unknown, text: "oh".to_owned() };
        assert_eq!(table.odd, [expected]);
        assert_eq!(table.extra, [Extra { line: 8, cells: 5, text: " z".to_owned() }]);
        assert_eq!(table.kinds, [Kind::Label, Kind::Number, Kind::Text]);
    }

    #[test]
    fn the_last_record_shows_whether_the_file_was_cut() {
        let last = whole(TEXT, Kind::Text).last.unwrap();
        assert_eq!(last, LastRecord { line: 9, cells: 3, part: 0, terminated: false, shape_recurs: true });
        let cut = whole(TEXT.get(..TEXT.len() - 3).unwrap(), Kind::Text).last.unwrap();
        assert_eq!((cut.cells, cut.shape_recurs), (2, true));
        assert!(whole("1,2,3\n", Kind::Text).last.unwrap().terminated);
    }

    #[test]
    fn a_file_that_ends_inside_quotes_is_refused() {
        let mut reader = reader(Kind::Text);
        reader.feed(b"1,2,\"x\n").unwrap();
        assert_eq!(reader.finish().unwrap_err(), TableError::OpenQuote { line: 2 });
    }

    #[test]
    fn another_encoding_is_refused() {
        let mut reader = reader(Kind::Text);
        assert_eq!(reader.feed(b"1,2,x\n1,2,\xe9\n"), Err(TableError::Encoding { line: 3 }));
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(size in 1_usize..12) {
            for kind in [Kind::Auto, Kind::Text, Kind::Skip] {
                let mut pieces = reader(kind);
                for piece in TEXT.as_bytes().chunks(size) {
                    pieces.feed(piece).unwrap();
                }
                prop_assert_eq!(pieces.finish().unwrap(), whole(TEXT, kind));
            }
        }
    }
}
