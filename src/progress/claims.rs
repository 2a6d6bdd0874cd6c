//! Which names claim to be a published measure. A measure that starts from other prior attainment than the published one
//! may be useful, but it must not be called by the published name.

/// A published measure of progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Progress 8: key stage 2 results to the end of key stage 4.
    Progress8,
    /// Key stage 2 progress: key stage 1 results to the end of key stage 2.
    Ks2Progress,
}

impl Claim {
    /// Name of the measure in tables, and in the list of years without one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Progress8 => "p8",
            Self::Ks2Progress => "ks2_progress",
        }
    }

    /// What the measure starts from, in words.
    #[must_use]
    pub const fn starts_from(self) -> &'static str {
        match self {
            Self::Progress8 => "key stage 2 results",
            Self::Ks2Progress => "key stage 1 results",
        }
    }

    /// Names of prior attainment that the measure may start from.
    #[must_use]
    pub const fn priors(self) -> &'static [&'static str] {
        match self {
            Self::Progress8 => &["ks2_scaled_score", "ks2_fine_level"],
            Self::Ks2Progress => &["ks1_points"],
        }
    }
}

/// The published measure that a name claims to be, in any spelling: `P8`, `Progress 8`, `my_p8`, `prog-8`, `p8_maths`,
/// `p08`, `P₈`, `Progress VIII`, `progress_score_8`. Words that end in p, as in `group8` and `step_8`, claim nothing.
///
/// ```
/// use schoolframe::progress::{Claim, claim};
/// assert_eq!(claim("Progress-8 (CAT)"), Some(Claim::Progress8));
/// assert_eq!(claim("progress_from_cat4"), None);
/// ```
#[must_use]
pub fn claim(name: &str) -> Option<Claim> {
    let parts = parts(name);
    let letters = parts.concat();
    let spelt =
        ["progress8", "progresseight", "progressviii", "prog8", "progeight"].iter().any(|word| letters.contains(word));
    if spelt || says_progress_8(&parts) {
        return Some(Claim::Progress8);
    }
    let ks2 = ["ks2progress", "keystage2progress", "ks2prog", "ks1toks2"].iter().any(|word| letters.contains(word));
    ks2.then_some(Claim::Ks2Progress)
}

/// Words that may stand between the progress and the 8.
const BETWEEN: [&str; 4] = ["score", "scores", "measure", "measures"];

/// Whether a word for progress is followed by an 8.
fn says_progress_8(parts: &[String]) -> bool {
    let mut after = false;
    for part in parts {
        if after && part == "8" {
            return true;
        }
        after = progress(part) || (after && BETWEEN.contains(&part.as_str()));
    }
    false
}

/// Whether letters say progress: `p`, `progress`, `myprog`, `catp`. English words that end in a p have a vowel before it.
fn progress(part: &str) -> bool {
    let before = part.strip_suffix('p').map(|rest| rest.chars().next_back());
    before.is_some_and(|last| last.is_none_or(|letter| !"aeiou".contains(letter)))
        || part.ends_with("prog")
        || part.ends_with("progress")
}

/// The runs of letters and of digits in a name, in lower case, with an 8 for every way to write eight.
fn parts(name: &str) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    let mut last = ' ';
    for letter in name.chars().map(plain) {
        if letter.is_ascii_alphanumeric() {
            let goes_on = last.is_ascii_alphanumeric()
                && last.is_ascii_digit() == letter.is_ascii_digit()
                && !(last.is_ascii_lowercase() && letter.is_ascii_uppercase());
            match runs.last_mut() {
                Some(run) if goes_on => run.push(letter.to_ascii_lowercase()),
                _ => runs.push(letter.to_ascii_lowercase().to_string()),
            }
        }
        last = letter;
    }
    let eight = |run: &String| matches!(run.trim_start_matches('0'), "8" | "eight" | "viii");
    runs.into_iter().map(|run| if eight(&run) { "8".to_owned() } else { run }).collect()
}

/// A letter or digit of full width, or a digit below or above the line, as the plain one.
fn plain(letter: char) -> char {
    let code = u32::from(letter);
    let plain = match code {
        0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0),
        0x2080..=0x2089 => char::from_digit(code - 0x2080, 10),
        0x2070 | 0x2074..=0x2079 => char::from_digit(code - 0x2070, 10),
        0x2167 | 0x2177 | 0x2467 => Some('8'),
        _ => None,
    };
    plain.unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_published_name_is_found() {
        for name in
            ["p8", "P8", "P-8", "p 8", "Progress 8", "PROGRESS_8", "progress eight", "p8_cat4", "cat_p8", "Prog8"]
        {
            assert_eq!(claim(name), Some(Claim::Progress8), "{name}");
        }
        for name in [
            "p08",
            "Progress viii",
            "PROGRESS VIII",
            "Progress Ⅷ",
            "progress_score_8",
            "P₈",
            "P⁸",
            "ｐ８",
            "Ｐrogress ８",
            "myP8",
            "myp8",
            "catp8_maths",
            "pro-gress 8",
            "progressEight",
            "p_8",
            "ks4p8",
            "pEight",
            "progresseight",
        ] {
            assert_eq!(claim(name), Some(Claim::Progress8), "{name}");
        }
        for name in ["ks2_progress", "KS2 Progress (reading)", "key stage 2 progress", "ks2_prog"] {
            assert_eq!(claim(name), Some(Claim::Ks2Progress), "{name}");
        }
        for name in
            ["progress_from_cat4", "progress_from_ks1_points", "value_added", "progress_from_ks2_scaled_score", ""]
        {
            assert_eq!(claim(name), None, "{name}");
        }
        for name in ["group8", "group_8", "step8", "Top 8", "p80", "p85_cat4", "progress_from_cat8", "attainment8", "8"]
        {
            assert_eq!(claim(name), None, "{name}");
        }
    }
}
