//! The codes that stand in published tables where a number is missing, with what they mean.

/// What a code says about the missing number. Several codes may mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The cell is empty, or the row ends before it.
    Blank,
    /// Withheld because too few pupils are behind it.
    Suppressed,
    /// The measure does not apply to this school, group or year.
    NotApplicable,
    /// Nobody was entered.
    NoEntries,
    /// Not published for this kind of school.
    NotPublished,
    /// The school is too new to have results.
    NewSchool,
    /// Fewer than half of the pupils are in the measure.
    LowCoverage,
    /// Above 0 and below 0.5 %.
    SmallPercentage,
    /// Withheld because it is unreliable.
    Redacted,
    /// The school was not eligible for the measure.
    NotEligible,
    /// The value is not held.
    NotAvailable,
    /// Above 0 but 0 after rounding.
    RoundsToZero,
    /// Of low reliability.
    LowReliability,
    /// An average stands here.
    Average,
    /// The series breaks here.
    BreakInSeries,
    /// Estimated.
    Estimated,
    /// A forecast.
    Forecast,
    /// Provisional.
    Provisional,
    /// Revised.
    Revised,
    /// A total stands here.
    Total,
    /// None were recorded.
    NoneRecorded,
    /// Neither a number nor a known code.
    Unknown,
}

impl Meaning {
    /// The name used in frames.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Suppressed => "suppressed",
            Self::NotApplicable => "not_applicable",
            Self::NoEntries => "no_entries",
            Self::NotPublished => "not_published",
            Self::NewSchool => "new_school",
            Self::LowCoverage => "low_coverage",
            Self::SmallPercentage => "small_percentage",
            Self::Redacted => "redacted",
            Self::NotEligible => "not_eligible",
            Self::NotAvailable => "not_available",
            Self::RoundsToZero => "rounds_to_zero",
            Self::LowReliability => "low_reliability",
            Self::Average => "average",
            Self::BreakInSeries => "break_in_series",
            Self::Estimated => "estimated",
            Self::Forecast => "forecast",
            Self::Provisional => "provisional",
            Self::Revised => "revised",
            Self::Total => "total",
            Self::NoneRecorded => "none_recorded",
            Self::Unknown => "unknown",
        }
    }
}

/// Builds the enum, its table and its lookups from one list, so that number, text and meaning cannot drift apart.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:expr, $meaning:ident;)+) => {
        /// A code by its text. The numbers are stable: they stand in compact columns of one byte, where 0 is a number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Code {
            $(
                $(#[$doc])*
                #[doc = concat!("Number ", stringify!($number), " in compact columns.")]
                $name = $number,
            )+
        }

        impl Code {
            /// Every code, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The text that stands for the code in files; `None` where there is no one text.
            #[must_use]
            pub const fn text(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// What the code says.
            #[must_use]
            pub const fn meaning(self) -> Meaning {
                match self {
                    $(Self::$name => Meaning::$meaning,)+
                }
            }
        }
    };
}

codes! {
    /// An empty cell.
    Blank = 1, Some(""), Blank;
    /// A cell of white space.
    Space = 2, Some(" "), Blank;
    /// A cell that the row is too short to have.
    Absent = 3, None, Blank;
    Supp = 4, Some("SUPP"), Suppressed;
    SuppMat = 5, Some("SUPPMAT"), Suppressed;
    Na = 6, Some("NA"), NotApplicable;
    Ne = 7, Some("NE"), NoEntries;
    Np = 8, Some("NP"), NotPublished;
    New = 9, Some("NEW"), NewSchool;
    LowCov = 10, Some("LOWCOV"), LowCoverage;
    Sp = 11, Some("SP"), SmallPercentage;
    Re = 12, Some("RE"), Redacted;
    Nelig = 13, Some("NELIG"), NotEligible;
    Null = 14, Some("NULL"), NotAvailable;
    Unavail = 15, Some("UNAVAIL"), NotAvailable;
    NotAvail = 16, Some("NOT AVAIL"), NotAvailable;
    NSlashA = 17, Some("N/A"), NotApplicable;
    HashNa = 18, Some("#N/A"), NotAvailable;
    Nan = 19, Some("NAN"), NotAvailable;
    Z = 20, Some("z"), NotApplicable;
    C = 21, Some("c"), Suppressed;
    X = 22, Some("x"), NotAvailable;
    K = 23, Some("k"), RoundsToZero;
    Low = 24, Some("low"), RoundsToZero;
    U = 25, Some("u"), LowReliability;
    Colon = 26, Some(":"), NotAvailable;
    DotDot = 27, Some(".."), NotAvailable;
    Dot = 28, Some("."), NotApplicable;
    Dash = 29, Some("-"), NotAvailable;
    Star = 30, Some("*"), Suppressed;
    A = 31, Some("a"), Average;
    B = 32, Some("b"), BreakInSeries;
    E = 33, Some("e"), Estimated;
    F = 34, Some("f"), Forecast;
    P = 35, Some("p"), Provisional;
    R = 36, Some("r"), Revised;
    T = 37, Some("t"), Total;
    W = 38, Some("w"), NoneRecorded;
    /// A text that is neither a number nor a known code.
    Unknown = 255, None, Unknown;
}

impl Code {
    /// The number that stands for the code in compact columns.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether the code also counts in a column of texts, where `z` or `-` may be a value.
    #[must_use]
    pub const fn counts_in_texts(self) -> bool {
        (self as u8) <= (Self::HashNa as u8)
    }

    /// The code of a cell that has exactly the text of one of the frequent codes.
    #[inline]
    pub(crate) const fn frequent(cell: &[u8]) -> Option<Self> {
        match cell {
            b"" => Some(Self::Blank),
            b"SUPP" => Some(Self::Supp),
            b"NP" => Some(Self::Np),
            b"NA" => Some(Self::Na),
            b"NE" => Some(Self::Ne),
            b" " => Some(Self::Space),
            _ => None,
        }
    }

    /// The code of a trimmed text that is not empty, if it is one.
    pub(crate) fn from_bytes(text: &[u8]) -> Option<Self> {
        match text {
            [one] => Self::of_one(*one),
            b".." => Some(Self::DotDot),
            b"low" => Some(Self::Low),
            // The codes of official statistics in brackets.
            [b'[', inner @ .., b']'] => match inner {
                [one] if one.is_ascii_lowercase() => Self::of_one(*one),
                b"low" => Some(Self::Low),
                _ => None,
            },
            _ => Self::of_word(text),
        }
    }

    const fn of_one(letter: u8) -> Option<Self> {
        match letter {
            b'z' => Some(Self::Z),
            b'c' => Some(Self::C),
            b'x' => Some(Self::X),
            b'k' => Some(Self::K),
            b'u' => Some(Self::U),
            b':' => Some(Self::Colon),
            b'.' => Some(Self::Dot),
            b'-' => Some(Self::Dash),
            b'*' => Some(Self::Star),
            b'a' => Some(Self::A),
            b'b' => Some(Self::B),
            b'e' => Some(Self::E),
            b'f' => Some(Self::F),
            b'p' => Some(Self::P),
            b'r' => Some(Self::R),
            b't' => Some(Self::T),
            b'w' => Some(Self::W),
            _ => None,
        }
    }

    /// The words, in capitals or not.
    fn of_word(text: &[u8]) -> Option<Self> {
        const LONGEST: usize = 9;
        if text.len() > LONGEST {
            return None;
        }
        Self::ALL.iter().copied().find(|code| {
            code.text()
                .is_some_and(|word| word.len() > 1 && *code != Self::Low && word.as_bytes().eq_ignore_ascii_case(text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cell, parse_cell};
    use super::*;

    #[test]
    fn every_code_reads_back_from_its_own_text() {
        for code in Code::ALL {
            if let Some(text) = code.text() {
                assert_eq!(parse_cell(text), Cell::Code(*code), "{text:?}");
            }
        }
    }

    #[test]
    fn numbers_are_unique_and_never_zero() {
        let mut numbers: Vec<u8> = Code::ALL.iter().map(|code| code.number()).collect();
        assert!(numbers.iter().all(|number| *number > 0));
        numbers.dedup();
        assert_eq!(numbers.len(), Code::ALL.len());
    }

    #[test]
    fn published_meanings() {
        let cases = [
            ("SUPP", "suppressed"),
            ("NE", "no_entries"),
            ("NA", "not_applicable"),
            ("NEW", "new_school"),
            ("NP", "not_published"),
            ("LOWCOV", "low_coverage"),
            ("SP", "small_percentage"),
            ("RE", "redacted"),
            ("NELIG", "not_eligible"),
            ("SUPPMAT", "suppressed"),
            ("NULL", "not_available"),
            ("z", "not_applicable"),
            ("c", "suppressed"),
            ("x", "not_available"),
            ("k", "rounds_to_zero"),
            ("low", "rounds_to_zero"),
            ("u", "low_reliability"),
            (":", "not_available"),
            ("w", "none_recorded"),
            ("", "blank"),
            (" ", "blank"),
        ];
        for (text, meaning) in cases {
            match parse_cell(text) {
                Cell::Code(code) => assert_eq!(code.meaning().name(), meaning, "{text:?}"),
                other => panic!("{text:?} is {other:?}"),
            }
        }
    }

    #[test]
    fn words_in_any_case_letters_in_lower_case_only() {
        assert_eq!(parse_cell("supp"), Cell::Code(Code::Supp));
        assert_eq!(parse_cell("LowCov"), Cell::Code(Code::LowCov));
        assert_eq!(parse_cell("n/a"), Cell::Code(Code::NSlashA));
        assert_eq!(parse_cell("[c]"), Cell::Code(Code::C));
        assert_eq!(parse_cell("[low]"), Cell::Code(Code::Low));
        for text in ["Z", "C", "R", "LOW", "[C]", "[SUPP]", "None", "Average", "SUPPS", "N", "NOT AVAILABLE"] {
            assert_eq!(parse_cell(text), Cell::Text, "{text:?}");
        }
    }

    #[test]
    fn one_letter_codes_do_not_count_in_texts() {
        assert!(Code::Supp.counts_in_texts() && Code::Blank.counts_in_texts() && Code::NSlashA.counts_in_texts());
        assert!(!Code::Z.counts_in_texts() && !Code::Dash.counts_in_texts() && !Code::Nan.counts_in_texts());
    }
}
