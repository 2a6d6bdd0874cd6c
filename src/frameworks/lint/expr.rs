//! Conditions over numbered values of unknowns, without negations: what does not hold is written as what holds instead.

/// A condition: which values of which unknowns it holds for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// Settled.
    Known(bool),
    /// Holds for these values (bits) of an unknown.
    Values(usize, u128),
    /// All hold.
    All(Vec<Expr>),
    /// One holds.
    Any(Vec<Expr>),
    /// At least so many hold.
    AtLeast(usize, Vec<Expr>),
}

impl Expr {
    /// With its parts settled as far as they are known.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Known(true) => {}
                Self::Known(false) => return part,
                Self::All(more) => kept.extend(more),
                other => kept.push(other),
            }
        }
        match (kept.len(), kept.pop()) {
            (_, None) => Self::Known(true),
            (1, Some(only)) => only,
            (_, Some(last)) => {
                kept.push(last);
                Self::All(kept)
            }
        }
    }

    /// With its parts settled as far as they are known.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Known(false) => {}
                Self::Known(true) => return part,
                Self::Any(more) => kept.extend(more),
                other => kept.push(other),
            }
        }
        match (kept.len(), kept.pop()) {
            (_, None) => Self::Known(false),
            (1, Some(only)) => only,
            (_, Some(last)) => {
                kept.push(last);
                Self::Any(kept)
            }
        }
    }

    /// With its parts settled as far as they are known.
    #[must_use]
    pub fn at_least(needed: usize, parts: impl IntoIterator<Item = Self>) -> Self {
        let mut needed = needed;
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Known(true) => needed = needed.saturating_sub(1),
                Self::Known(false) => {}
                other => kept.push(other),
            }
        }
        match needed {
            0 => Self::Known(true),
            1 => Self::any(kept),
            _ if kept.len() < needed => Self::Known(false),
            _ if kept.len() == needed => Self::all(kept),
            _ => Self::AtLeast(needed, kept),
        }
    }

    /// What holds when it does not; `all` are the values of each unknown.
    #[must_use]
    pub fn negated(&self, all: &[u128]) -> Self {
        let list = |parts: &[Self]| parts.iter().map(|part| part.negated(all)).collect::<Vec<Self>>();
        match self {
            Self::Known(known) => Self::Known(!known),
            Self::Values(unknown, passed) => {
                let rest = all.get(*unknown).copied().unwrap_or(0) & !passed;
                if rest == 0 { Self::Known(false) } else { Self::Values(*unknown, rest) }
            }
            Self::All(parts) => Self::any(list(parts)),
            Self::Any(parts) => Self::all(list(parts)),
            Self::AtLeast(needed, parts) => Self::at_least((parts.len() + 1).saturating_sub(*needed), list(parts)),
        }
    }

    /// With only these values of each unknown left; `work` counts the parts that were looked at.
    #[must_use]
    pub fn within(&self, domains: &[u128], work: &mut usize) -> Self {
        *work += 1;
        match self {
            Self::Known(_) => self.clone(),
            Self::Values(unknown, passed) => {
                let left = domains.get(*unknown).copied().unwrap_or(0);
                match passed & left {
                    0 => Self::Known(false),
                    some if some == left => Self::Known(true),
                    some => Self::Values(*unknown, some),
                }
            }
            Self::All(parts) => Self::all(parts.iter().map(|part| part.within(domains, work))),
            Self::Any(parts) => Self::any(parts.iter().map(|part| part.within(domains, work))),
            Self::AtLeast(needed, parts) => {
                Self::at_least(*needed, parts.iter().map(|part| part.within(domains, work)).collect::<Vec<_>>())
            }
        }
    }

    /// Calls `visit` for every test: unknown and values that pass.
    pub fn each(&self, visit: &mut impl FnMut(usize, u128)) {
        match self {
            Self::Known(_) => {}
            Self::Values(unknown, passed) => visit(*unknown, *passed),
            Self::All(parts) | Self::Any(parts) | Self::AtLeast(_, parts) => {
                parts.iter().for_each(|part| part.each(visit));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it holds for one value of each unknown.
    fn holds(expr: &Expr, at: &[u128]) -> bool {
        expr.within(at, &mut 0) == Expr::Known(true)
    }

    #[test]
    fn what_is_negated_holds_for_the_other_values() {
        let all = [0b111, 0b11, 0b11];
        let leaf = |unknown, passed| Expr::Values(unknown, passed);
        let exprs = [
            Expr::Any(vec![leaf(0, 0b1), Expr::All(vec![leaf(1, 0b1), leaf(2, 0b10)])]),
            Expr::AtLeast(2, vec![leaf(0, 0b110), leaf(1, 0b1), leaf(2, 0b10)]),
            Expr::All(vec![Expr::AtLeast(2, vec![leaf(0, 0b10), leaf(1, 0b1), leaf(2, 0b1)]), leaf(0, 0b11)]),
            Expr::Known(true),
        ];
        for expr in &exprs {
            let negated = expr.negated(&all);
            for a in [1, 2, 4] {
                for b in [1, 2] {
                    for c in [1, 2] {
                        assert_ne!(holds(expr, &[a, b, c]), holds(&negated, &[a, b, c]), "{expr:?} at {a} {b} {c}");
                    }
                }
            }
        }
    }
}
