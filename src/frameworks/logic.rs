//! Three-valued logic after Kleene: unknown is neither true nor false.

/// False, unknown or true, stored in one byte. In this order a conjunction is the least of its parts and a disjunction the
/// greatest, which whole columns are joined by at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Truth {
    /// Known not to hold.
    False = 0,
    /// Not known.
    Unknown = 1,
    /// Known to hold.
    True = 2,
}

impl Truth {
    /// The truth of a known value, unknown for a missing one.
    #[must_use]
    pub fn of(value: Option<bool>) -> Self {
        match value {
            Some(true) => Self::True,
            Some(false) => Self::False,
            None => Self::Unknown,
        }
    }

    /// The known value, `None` if unknown.
    #[must_use]
    pub const fn known(self) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Unknown => None,
        }
    }

    /// Whether it is unknown.
    #[must_use]
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// False if either is false, else unknown if either is unknown, else true.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        if (self as u8) < other as u8 { self } else { other }
    }

    /// True if either is true, else unknown if either is unknown, else false.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        if (self as u8) > other as u8 { self } else { other }
    }

    /// The conjunction of those that are known; unknown only if neither is.
    #[must_use]
    pub const fn and_if_known(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, other) => other,
            (this, Self::Unknown) => this,
            (this, other) => this.and(other),
        }
    }

    /// Whether at least `needed` of the parts hold, given how many are known to hold and how many are unknown.
    ///
    /// True if `held >= needed`, false if `held + unknown < needed`, else unknown.
    #[must_use]
    pub const fn at_least(needed: usize, held: usize, unknown: usize) -> Self {
        if held >= needed {
            Self::True
        } else if held + unknown < needed {
            Self::False
        } else {
            Self::Unknown
        }
    }

    /// The word used in traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{False, True, Unknown};
    use super::*;

    const ALL: [Truth; 3] = [False, True, Unknown];

    /// What a truth value may turn out to be.
    fn completions(truth: Truth) -> Vec<bool> {
        truth.known().map_or_else(|| vec![false, true], |known| vec![known])
    }

    fn summary(values: &[bool]) -> Truth {
        match (values.contains(&true), values.contains(&false)) {
            (true, false) => True,
            (false, true) => False,
            _ => Unknown,
        }
    }

    #[test]
    fn connectives_agree_with_their_completions() {
        for a in ALL {
            assert_eq!(!a, summary(&completions(a).iter().map(|x| !x).collect::<Vec<_>>()));
            for b in ALL {
                let pairs: Vec<(bool, bool)> =
                    completions(a).into_iter().flat_map(|x| completions(b).into_iter().map(move |y| (x, y))).collect();
                assert_eq!(
                    a.and(b),
                    summary(&pairs.iter().map(|(x, y)| *x && *y).collect::<Vec<_>>()),
                    "{a:?} and {b:?}"
                );
                assert_eq!(
                    a.or(b),
                    summary(&pairs.iter().map(|(x, y)| *x || *y).collect::<Vec<_>>()),
                    "{a:?} or {b:?}"
                );
            }
        }
    }

    #[test]
    fn at_least_is_decided_as_early_as_possible() {
        assert_eq!(Truth::at_least(2, 2, 5), True);
        assert_eq!(Truth::at_least(2, 1, 0), False);
        assert_eq!(Truth::at_least(2, 1, 1), Unknown);
        assert_eq!(Truth::at_least(2, 0, 1), False);
        assert_eq!(Truth::at_least(0, 0, 0), True);
    }
}
