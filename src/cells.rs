//! One cell of a published table: a number, a code that says why there is none, or a text.
//!
//! School tables are published as text in which `61%`, `68.30%`, `1,234` and `-0.3` stand beside `SUPP`, `NE` or `z`.
//! [`parse_cell`] tells them apart; [`Code`] keeps apart what the codes mean, because suppressed, not applicable, not
//! published and not held are different answers. [`TableReader`] applies the same rule to a whole CSV file.

mod codes;
mod columns;
mod records;
mod table;

pub use codes::{Code, Meaning};
pub use columns::{Column, Kind, TextColumn};
pub use records::{Record, split_records};
pub use table::{Extra, Key, LastRecord, Odd, Part, Table, TableError, TableReader};

/// What one cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// A finite number; percentages are on the scale 0-100.
    Number(f64),
    /// A known code, blank included.
    Code(Code),
    /// Neither a number nor a known code.
    Text,
}

/// Powers of ten that a double holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Below this bound (2^53) every whole number is a double.
const EXACT_WHOLE: u64 = 9_007_199_254_740_992;

/// Says what the text of a cell means.
///
/// White space around the text does not count. A number is an optional sign (`+`, `-`, U+2212 or an en dash), digits
/// with or without thousands separators in groups of three (`1,234`), an optional fraction and exponent, and an
/// optional percent sign, which changes nothing: `61%` is 61. The value is the double nearest to the decimal text.
/// Codes are those of [`Code`]; DfE codes of two letters or more are known in any case, one-letter codes in lower case
/// only, and the codes of the statistical services also in brackets (`[c]`).
///
/// ```
/// use schoolframe::cells::{Cell, Code, parse_cell};
///
/// assert_eq!(parse_cell("68.30%"), Cell::Number(68.3));
/// assert_eq!(parse_cell("1,234"), Cell::Number(1234.0));
/// assert_eq!(parse_cell("SUPP"), Cell::Code(Code::Supp));
/// assert_eq!(parse_cell(" "), Cell::Code(Code::Space));
/// assert_eq!(parse_cell("11-16"), Cell::Text);
/// ```
#[must_use]
pub fn parse_cell(text: &str) -> Cell {
    parse_bytes(text.as_bytes())
}

/// [`parse_cell`] on the bytes of a UTF-8 text.
#[inline]
pub(crate) fn parse_bytes(bytes: &[u8]) -> Cell {
    match plain_number(bytes) {
        Some(number) => Cell::Number(number),
        None => parse_any(bytes),
    }
}

/// Reads what most cells are: a sign or none, up to fifteen digits with or without a fraction, a percent sign or none.
#[inline]
fn plain_number(bytes: &[u8]) -> Option<f64> {
    let (negative, body) = match bytes {
        [b'-', body @ ..] => (true, body),
        _ => (false, bytes),
    };
    let body = match body {
        [body @ .., b'%'] => body,
        _ => body,
    };
    if body.is_empty() || body.len() > 15 {
        return None;
    }
    let mut digits = 0_u32;
    let mut whole = 0_u64;
    let mut decimals = None;
    for byte in body {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            whole = whole * 10 + u64::from(digit);
            digits += 1;
            decimals = decimals.map(|count: usize| count + 1);
        } else if *byte == b'.' && decimals.is_none() {
            decimals = Some(0);
        } else {
            return None;
        }
    }
    if digits == 0 {
        return None;
    }
    #[allow(clippy::cast_precision_loss)] // fifteen digits are below 2^53
    let magnitude = match decimals {
        None | Some(0) => whole as f64,
        Some(count) => whole as f64 / EXACT_POWERS.get(count)?,
    };
    Some(if negative && whole > 0 { -magnitude } else { magnitude })
}

/// The rest: codes, texts and numbers in any other form.
fn parse_any(bytes: &[u8]) -> Cell {
    if let Some(code) = Code::frequent(bytes) {
        return Cell::Code(code);
    }
    let trimmed = trim(bytes);
    match trimmed.first() {
        None => Cell::Code(if bytes.is_empty() { Code::Blank } else { Code::Space }),
        Some(b'0'..=b'9' | b'-' | b'+' | b'.' | 0xe2) => match parse_number(trimmed) {
            Some(number) => Cell::Number(number),
            None => Code::from_bytes(trimmed).map_or(Cell::Text, Cell::Code),
        },
        Some(_) => Code::from_bytes(trimmed).map_or(Cell::Text, Cell::Code),
    }
}

/// Removes ASCII white space and no-break spaces from both ends.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    loop {
        match bytes {
            [first, rest @ ..] if first.is_ascii_whitespace() => bytes = rest,
            [0xc2, 0xa0, rest @ ..] => bytes = rest,
            _ => break,
        }
    }
    loop {
        match bytes {
            [rest @ .., last] if last.is_ascii_whitespace() => bytes = rest,
            [rest @ .., 0xc2, 0xa0] => bytes = rest,
            _ => return bytes,
        }
    }
}

/// Reads a trimmed number; `None` if the bytes are anything else.
fn parse_number(bytes: &[u8]) -> Option<f64> {
    let (negative, mut rest) = match bytes {
        [b'-', rest @ ..] | [0xe2, 0x88, 0x92, rest @ ..] | [0xe2, 0x80, 0x93, rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    let body = rest;
    let mut whole: u64 = 0;
    let mut digits = 0_usize;
    let mut decimals = 0_usize;
    // Digits since the last thousands separator; the first group may be short, later ones must have three.
    let mut group = 0_usize;
    let mut separated = false;
    let mut fraction = false;
    let mut exponent = false;
    while let [byte, tail @ ..] = rest {
        match byte {
            b'0'..=b'9' => {
                whole = whole.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
                digits += 1;
                group += 1;
                decimals += usize::from(fraction);
            }
            b',' if !fraction && (if separated { group == 3 } else { (1..=3).contains(&group) }) => {
                separated = true;
                group = 0;
            }
            b'.' if !fraction => {
                if separated && group != 3 {
                    return None;
                }
                fraction = true;
            }
            b'e' | b'E' if digits > 0 => {
                exponent = true;
                rest = exponent_end(tail)?;
                break;
            }
            _ => break,
        }
        rest = tail;
    }
    if digits == 0 || (separated && !fraction && group != 3) {
        return None;
    }
    let consumed = body.len() - rest.len();
    if !matches!(trim(rest), [] | [b'%']) {
        return None;
    }
    let magnitude = match EXACT_POWERS.get(decimals) {
        #[allow(clippy::cast_precision_loss)] // exact below 2^53
        Some(power) if !exponent && whole < EXACT_WHOLE => whole as f64 / power,
        _ => correctly_rounded(body.get(..consumed)?)?,
    };
    // Zero has no sign: `-0.0` is what rounding leaves of a small negative number.
    Some(if negative && magnitude > 0.0 { -magnitude } else { magnitude })
}

/// Skips the digits of an exponent; `None` if there are none.
fn exponent_end(bytes: &[u8]) -> Option<&[u8]> {
    let digits = match bytes {
        [b'+' | b'-', rest @ ..] => rest,
        _ => bytes,
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 { None } else { digits.get(count..) }
}

/// The slow way for long or exponential numbers; `None` beyond the range of a double.
fn correctly_rounded(bytes: &[u8]) -> Option<f64> {
    let text: String = std::str::from_utf8(bytes).ok()?.chars().filter(|letter| *letter != ',').collect();
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> f64 {
        match parse_cell(text) {
            Cell::Number(number) => number,
            other => panic!("{text:?} is {other:?}, not a number"),
        }
    }

    #[test]
    #[allow(clippy::float_cmp)]
    fn numbers_of_every_published_form() {
        let cases: [(&str, f64); 27] = [
            ("61%", 61.0),
            ("68.30%", 68.3),
            ("0%", 0.0),
            ("100%", 100.0),
            ("61 %", 61.0),
            (" 61% ", 61.0),
            ("1,234", 1234.0),
            ("1,234,567.8", 1_234_567.8),
            ("605874", 605_874.0),
            ("+0.3", 0.3),
            ("-0.3", -0.3),
            ("\u{2212}0.3", -0.3),
            ("\u{2013}4", -4.0),
            ("-.5", -0.5),
            ("5.", 5.0),
            ("\u{a0}7\u{a0}", 7.0),
            ("7.0000000000000007E-2", 0.07),
            ("1e3", 1000.0),
            ("0.1", 0.1),
            ("0.30000000000000004", 0.300_000_000_000_000_04),
            ("12345678901234567890", 12_345_678_901_234_567_890.0),
            ("1,234%", 1234.0),
            ("007", 7.0),
            ("-0", 0.0),
            ("105.0", 105.0),
            ("\t3.5\r", 3.5),
            ("0.0000000000000000000000001", 1e-25),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text:?}");
        }
    }

    #[test]
    fn texts_that_only_look_like_numbers() {
        for text in [
            "4-11",
            "12,5",
            "1,23",
            "1234,567",
            ",123",
            "1,,234",
            "1.2.3",
            "--1",
            "+-1",
            "1 2",
            "0x10",
            "inf",
            "12%%",
            "%",
            "1e",
            "1e+",
            "5A",
            "4B",
            "01/09/2018",
            "1,234.5.6",
            "12,34.5",
            "1,2345",
            "E14000953",
            "RH1 3PU",
            "1e999",
            "\u{2212}",
            "3\u{2212}4",
        ] {
            assert_eq!(parse_cell(text), Cell::Text, "{text:?}");
        }
    }

    #[test]
    fn blanks_are_told_apart() {
        assert_eq!(parse_cell(""), Cell::Code(Code::Blank));
        assert_eq!(parse_cell(" "), Cell::Code(Code::Space));
        assert_eq!(parse_cell("\t "), Cell::Code(Code::Space));
        assert_eq!(parse_cell("\u{a0}"), Cell::Code(Code::Space));
    }

    #[test]
    fn a_lone_sign_is_the_legacy_code() {
        assert_eq!(parse_cell("-"), Cell::Code(Code::Dash));
        assert_eq!(parse_cell("."), Cell::Code(Code::Dot));
        assert_eq!(parse_cell(".."), Cell::Code(Code::DotDot));
        assert_eq!(parse_cell("+"), Cell::Text);
    }

    proptest! {
        #[test]
        fn any_double_reads_back(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            prop_assert_eq!(parse_cell(&format!("{value}")), Cell::Number(value));
            prop_assert_eq!(parse_cell(&format!("{value:e}%")), Cell::Number(value));
        }

        #[test]
        fn short_decimals_are_the_nearest_double(whole in 0_u32..100_000, decimals in 0_u32..1000) {
            let text = format!("{whole}.{decimals:03}");
            prop_assert_eq!(parse_cell(&text), Cell::Number(text.parse().unwrap()));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = parse_cell(&text);
        }

        #[test]
        fn surrounding_space_never_matters(text in "[A-Za-z0-9%.,+-]{1,9}", left in "[ \t]{0,3}", right in "[ \t\r]{0,3}") {
            prop_assert_eq!(parse_cell(&format!("{left}{text}{right}")), parse_cell(&text));
        }
    }
}
