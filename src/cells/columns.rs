//! Columns as they are filled cell by cell: numbers with a code beside them, or texts.

use std::borrow::Cow;

use super::codes::Code;
use super::records::Rows;
use super::{Cell, parse_bytes, trim};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Left out.
    Skip,
    /// Numbers; any other text than a code is reported.
    Number,
    /// Texts in which the codes of the Department count (a level such as `4B`, or `SUPP`).
    Text,
    /// Names, addresses and types: every text is a value, blank is null, nothing is a code.
    Label,
    /// Decided by the content: texts if no cell is a number, or if fewer than nine in ten of the cells that are not
    /// codes are numbers; otherwise numbers.
    Auto,
}

impl Kind {
    /// The kind by its letter: `s`kip, `n`umber, `t`ext, `l`abel, `a`uto.
    #[must_use]
    pub const fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b's' => Some(Self::Skip),
            b'n' => Some(Self::Number),
            b't' => Some(Self::Text),
            b'l' => Some(Self::Label),
            b'a' => Some(Self::Auto),
            _ => None,
        }
    }
}

/// A finished column of one part of the table.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// The column was skipped.
    Skipped,
    /// Numbers.
    Numbers {
        /// The numbers; 0 where there is none.
        values: Vec<f64>,
        /// The code of each cell, 0 for a number; empty if no cell has a code.
        codes: Vec<u8>,
    },
    /// Texts.
    Texts(TextColumn),
}

/// Texts end to end, with the place where each begins (one more place than there are texts).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextColumn {
    /// Where each text begins, and after the last one where it ends.
    pub offsets: Vec<i64>,
    /// The texts.
    pub data: Vec<u8>,
    /// False where there is no text.
    pub valid: Vec<bool>,
    /// As for numbers.
    pub codes: Vec<u8>,
}

/// A column of codes that takes no room until there is a code.
#[derive(Debug, Default)]
struct Codes(Vec<u8>);

impl Codes {
    /// Adds the code of the row after `rows` rows; 0 is no code.
    #[inline]
    fn push(&mut self, code: u8, rows: usize, capacity: usize) {
        if self.0.is_empty() {
            if code == 0 {
                return;
            }
            self.0.reserve_exact(capacity.max(rows + 1));
            self.0.resize(rows, 0);
        }
        self.0.push(code);
    }
}

#[derive(Debug)]
struct Numbers {
    values: Vec<f64>,
    codes: Codes,
}

impl Numbers {
    #[inline]
    fn push(&mut self, number: f64, code: u8) {
        self.codes.push(code, self.values.len(), self.values.capacity());
        self.values.push(number);
    }

    /// Adds a cell; gives its code as [`Builder::push`] does.
    #[inline]
    fn push_cell(&mut self, cell: &[u8]) -> Option<Code> {
        if let Some(code) = Code::frequent(cell) {
            self.push(0.0, code.number());
            return None;
        }
        let code = match parse_bytes(cell) {
            Cell::Number(number) => {
                self.push(number, 0);
                return None;
            }
            Cell::Code(code) => code,
            Cell::Text => Code::Unknown,
        };
        self.push(0.0, code.number());
        odd(code, cell)
    }

    fn extend(&mut self, rows: &Rows<'_>, column: usize, kept: &mut Vec<(usize, Code)>) {
        for row in 0..rows.len() {
            match rows.cell(row, column) {
                Some(Cow::Borrowed(cell)) => kept.extend(self.push_cell(cell).map(|code| (row, code))),
                Some(Cow::Owned(cell)) => kept.extend(self.push_cell(&cell).map(|code| (row, code))),
                None => self.push(0.0, Code::Absent.number()),
            }
        }
    }
}

#[derive(Debug)]
struct Texts {
    offsets: Vec<i64>,
    data: Vec<u8>,
    valid: Vec<bool>,
    codes: Codes,
}

/// A column being filled.
#[derive(Debug)]
pub(crate) struct Builder {
    kind: Kind,
    numbers: Option<Numbers>,
    texts: Option<Texts>,
    /// Cells that are numbers and cells that are neither numbers nor codes; counted for [`Kind::Auto`].
    pub(crate) counts: (usize, usize),
}

impl Builder {
    pub(crate) fn new(kind: Kind, rows: usize) -> Self {
        let numbers = matches!(kind, Kind::Number | Kind::Auto)
            .then(|| Numbers { values: Vec::with_capacity(rows), codes: Codes::default() });
        let texts = matches!(kind, Kind::Text | Kind::Label | Kind::Auto).then(|| {
            let mut offsets = Vec::with_capacity(rows + 1);
            offsets.push(0);
            Texts { offsets, data: Vec::new(), valid: Vec::with_capacity(rows), codes: Codes::default() }
        });
        Self { kind, numbers, texts, counts: (0, 0) }
    }

    /// Adds the cells of this column in some rows; keeps the row and code of those whose text is not that of the code.
    pub(crate) fn extend(&mut self, rows: &Rows<'_>, column: usize, kept: &mut Vec<(usize, Code)>) {
        match (self.kind, &mut self.numbers) {
            (Kind::Skip, _) => return,
            (Kind::Number, Some(numbers)) => return numbers.extend(rows, column, kept),
            _ => {}
        }
        for row in 0..rows.len() {
            match rows.cell(row, column) {
                Some(cell) => {
                    if let Some(code) = self.push(&cell) {
                        kept.push((row, code));
                    }
                }
                None => self.push_absent(),
            }
        }
    }

    /// Adds a cell; gives its code if the code does not stand for the very text of the cell, so that it must be kept.
    #[inline]
    pub(crate) fn push(&mut self, cell: &[u8]) -> Option<Code> {
        match self.kind {
            Kind::Skip => None,
            Kind::Number => self.numbers.as_mut().and_then(|numbers| numbers.push_cell(cell)),
            Kind::Label => {
                let text = trim(cell);
                self.push_text((!text.is_empty()).then_some(text), 0);
                None
            }
            Kind::Text => {
                let code = text_code(cell);
                self.push_text(code.is_none().then(|| trim(cell)), code.map_or(0, Code::number));
                code.and_then(|code| odd(code, cell))
            }
            Kind::Auto => {
                let as_text = text_code(cell);
                self.push_text(as_text.is_none().then(|| trim(cell)), as_text.map_or(0, Code::number));
                match parse_bytes(cell) {
                    Cell::Number(number) => {
                        self.counts.0 += 1;
                        self.push_number(number, 0);
                        None
                    }
                    Cell::Code(code) => {
                        self.push_number(0.0, code.number());
                        odd(code, cell)
                    }
                    Cell::Text => {
                        self.counts.1 += 1;
                        self.push_number(0.0, Code::Unknown.number());
                        odd(Code::Unknown, cell)
                    }
                }
            }
        }
    }

    /// Adds the cell of a row that is too short to have it.
    pub(crate) fn push_absent(&mut self) {
        let code = Code::Absent.number();
        if self.numbers.is_some() {
            self.push_number(0.0, code);
        }
        if self.texts.is_some() {
            self.push_text(None, if self.kind == Kind::Label { 0 } else { code });
        }
    }

    /// Whether a column with these counts over all parts holds texts (see [`Kind::Auto`]).
    pub(crate) fn holds_texts(kind: Kind, (numbers, texts): (usize, usize)) -> bool {
        match kind {
            Kind::Text | Kind::Label => true,
            Kind::Number | Kind::Skip => false,
            Kind::Auto => texts > 0 && numbers < texts.saturating_mul(9),
        }
    }

    pub(crate) fn finish(self, as_texts: bool) -> Column {
        match (self.numbers, self.texts) {
            (_, Some(texts)) if as_texts => Column::Texts(TextColumn {
                offsets: texts.offsets,
                data: texts.data,
                valid: texts.valid,
                codes: texts.codes.0,
            }),
            (Some(numbers), _) => Column::Numbers { values: numbers.values, codes: numbers.codes.0 },
            _ => Column::Skipped,
        }
    }

    #[inline]
    fn push_number(&mut self, number: f64, code: u8) {
        if let Some(numbers) = &mut self.numbers {
            numbers.push(number, code);
        }
    }

    fn push_text(&mut self, text: Option<&[u8]>, code: u8) {
        if let Some(texts) = &mut self.texts {
            texts.codes.push(code, texts.valid.len(), texts.valid.capacity());
            texts.valid.push(text.is_some());
            texts.data.extend_from_slice(text.unwrap_or_default());
            texts.offsets.push(i64::try_from(texts.data.len()).unwrap_or(i64::MAX));
        }
    }
}

/// The code, if the cell has another text than the code stands for.
fn odd(code: Code, cell: &[u8]) -> Option<Code> {
    (code.text().map(str::as_bytes) != Some(cell)).then_some(code)
}

/// The code of a cell of a column of texts.
fn text_code(cell: &[u8]) -> Option<Code> {
    match trim(cell) {
        [] => Some(if cell.is_empty() { Code::Blank } else { Code::Space }),
        text => Code::from_bytes(text).filter(|code| code.counts_in_texts()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(kind: Kind, cells: &[&str]) -> (Column, Vec<Option<Code>>) {
        let mut builder = Builder::new(kind, 1);
        let kept = cells.iter().map(|cell| builder.push(cell.as_bytes())).collect();
        builder.push_absent();
        let as_texts = Builder::holds_texts(kind, builder.counts);
        (builder.finish(as_texts), kept)
    }

    #[test]
    fn numbers_have_codes_beside_them() {
        let (column, kept) = filled(Kind::Number, &["1", "SUPP", "supp", "two", "5%"]);
        let codes = vec![0, Code::Supp.number(), Code::Supp.number(), 255, 0, Code::Absent.number()];
        assert_eq!(column, Column::Numbers { values: vec![1.0, 0.0, 0.0, 0.0, 5.0, 0.0], codes });
        assert_eq!(kept, [None, None, Some(Code::Supp), Some(Code::Unknown), None]);
    }

    #[test]
    fn no_code_takes_no_room() {
        let mut builder = Builder::new(Kind::Number, 2);
        builder.push(b"1");
        builder.push(b"2");
        assert_eq!(builder.finish(false), Column::Numbers { values: vec![1.0, 2.0], codes: vec![] });
    }

    #[test]
    fn labels_keep_every_text() {
        let (column, kept) = filled(Kind::Label, &["None", "NA", " Surrey ", " ", "z"]);
        let Column::Texts(texts) = column else { panic!("not texts") };
        assert_eq!(texts.data, b"NoneNASurreyz");
        assert_eq!(texts.offsets, [0, 4, 6, 12, 12, 13, 13]);
        assert_eq!(texts.valid, [true, true, true, false, true, false]);
        assert_eq!((texts.codes, kept), (vec![], vec![None; 5]));
    }

    #[test]
    fn texts_know_the_codes_of_the_department() {
        let (column, _) = filled(Kind::Text, &["4B", "SUPP", "z", ""]);
        let Column::Texts(texts) = column else { panic!("not texts") };
        assert_eq!(texts.data, b"4Bz");
        assert_eq!(texts.codes, [0, Code::Supp.number(), 0, Code::Blank.number(), Code::Absent.number()]);
    }

    #[test]
    fn content_decides_at_nine_in_ten() {
        for (counts, texts) in [
            ((0, 0), false),
            ((5, 0), false),
            ((0, 1), true),
            ((8, 1), true),
            ((9, 1), false),
            ((17, 2), true),
            ((18, 2), false),
        ] {
            assert_eq!(Builder::holds_texts(Kind::Auto, counts), texts, "{counts:?}");
        }
        let (column, _) = filled(Kind::Auto, &["4B", "12", "SUPP"]);
        let Column::Texts(texts) = column else { panic!("not texts") };
        assert_eq!(texts.data, b"4B12");
        let (column, _) = filled(Kind::Auto, &["12", "SUPP"]);
        assert!(matches!(column, Column::Numbers { .. }));
    }
}
