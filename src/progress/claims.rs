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

/// The published measure that a name claims to be, in any spelling: `P8`, `Progress 8`, `my_p8`, `prog-8`, `p8_maths`.
///
/// ```
/// use schoolframe::progress::{Claim, claim};
/// assert_eq!(claim("Progress-8 (CAT)"), Some(Claim::Progress8));
/// assert_eq!(claim("progress_from_cat4"), None);
/// ```
#[must_use]
pub fn claim(name: &str) -> Option<Claim> {
    let lower = name.to_lowercase();
    let letters: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut words = lower.split(|letter: char| !letter.is_ascii_alphanumeric());
    let spelt = ["progress8", "progresseight", "prog8", "progeight"].iter().any(|word| letters.contains(word));
    let short = words.any(|word| word.starts_with("p8") || word.ends_with("p8"));
    if spelt || short || letters.starts_with("p8") || letters.ends_with("p8") {
        return Some(Claim::Progress8);
    }
    let ks2 = ["ks2progress", "keystage2progress", "ks2prog", "ks1toks2"].iter().any(|word| letters.contains(word));
    ks2.then_some(Claim::Ks2Progress)
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
        for name in ["ks2_progress", "KS2 Progress (reading)", "key stage 2 progress", "ks2_prog"] {
            assert_eq!(claim(name), Some(Claim::Ks2Progress), "{name}");
        }
        for name in
            ["progress_from_cat4", "progress_from_ks1_points", "value_added", "progress_from_ks2_scaled_score", ""]
        {
            assert_eq!(claim(name), None, "{name}");
        }
    }
}
