//! How much a set of changes asks for.

/// Parts of one point, or of one step, that sizes are counted in; sizes add up without binary noise.
const PARTS: f64 = 1e6;

/// The price of a set of changes: fewer changes are cheaper, then fewer facts to find out, then the smaller size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cost {
    /// Indicators changed or found out.
    pub changes: u16,
    /// Those of them that are unknown now.
    pub found: u16,
    /// Points and steps in all, in millionths.
    size: u64,
}

impl Cost {
    /// The price of one known value that moves by so much.
    #[must_use]
    pub fn change(by: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at least 0; far too large saturates"
        )]
        let size = (by.abs() * PARTS).round() as u64;
        Self { changes: 1, found: 0, size }
    }

    /// The price of one unknown value that is found out.
    #[must_use]
    pub const fn find() -> Self {
        Self { changes: 1, found: 1, size: 0 }
    }

    /// Both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            changes: self.changes.saturating_add(other.changes),
            found: self.found.saturating_add(other.found),
            size: self.size.saturating_add(other.size),
        }
    }

    /// Points and steps in all.
    #[must_use]
    pub fn size(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52 parts")]
        let size = self.size as f64;
        size / PARTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_changes_then_fewer_facts_then_less_in_all() {
        let [small, large, fact] = [Cost::change(0.1), Cost::change(30.0), Cost::find()];
        assert!(small < large && large < fact && fact < small.plus(small));
        assert!((0..3).fold(Cost::default(), |sum, _| sum.plus(small)) == Cost { changes: 3, ..Cost::change(0.3) });
    }
}
