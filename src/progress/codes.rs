//! Numbers for groups of rows: every distinct key gets one, in order of first appearance.

use std::collections::HashMap;
use std::hash::Hash;

use crate::error::{Error, Result};

/// A number for the group of every row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Codes {
    /// Number of the group of each row; [`Codes::MISSING`] where the key is missing.
    pub codes: Vec<u32>,
    /// First row of each group.
    pub first: Vec<u32>,
}

impl Codes {
    /// Stands for a missing key.
    pub const MISSING: u32 = u32::MAX;

    /// One group that every row belongs to.
    #[must_use]
    pub fn of_all(height: usize) -> Self {
        Self { codes: vec![0; height], first: if height == 0 { Vec::new() } else { vec![0] } }
    }

    fn of<K>(keys: impl Iterator<Item = Option<K>>, mut number: impl FnMut(K, u32) -> Option<u32>) -> Result<Self> {
        let mut found = Self { codes: Vec::with_capacity(keys.size_hint().0), first: Vec::new() };
        for key in keys {
            let code = match key {
                None => Self::MISSING,
                Some(key) => {
                    let next = count(found.first.len())?;
                    match number(key, next) {
                        Some(known) => known,
                        None => {
                            found.first.push(count(found.codes.len())?);
                            next
                        }
                    }
                }
            };
            found.codes.push(code);
        }
        Ok(found)
    }
}

fn count(number: usize) -> Result<u32> {
    u32::try_from(number)
        .ok()
        .filter(|number| *number < Codes::MISSING)
        .ok_or_else(|| Error::Input("more than four thousand million rows cannot be grouped".to_owned()))
}

/// Numbers for keys of any kind.
///
/// # Errors
/// [`Error::Input`] for more rows than 32 bits can count.
///
/// ```
/// use schoolframe::progress::{Codes, code};
/// let codes = code(["b", "a", "b"].map(Some).into_iter())?;
/// assert_eq!((codes.codes, codes.first), (vec![0, 1, 0], vec![0, 1]));
/// # Ok::<(), schoolframe::error::Error>(())
/// ```
pub fn code<K: Hash + Eq>(keys: impl Iterator<Item = Option<K>>) -> Result<Codes> {
    let mut known: HashMap<K, u32> = HashMap::new();
    Codes::of(keys, |key, next| match known.entry(key) {
        std::collections::hash_map::Entry::Occupied(entry) => Some(*entry.get()),
        std::collections::hash_map::Entry::Vacant(entry) => {
            entry.insert(next);
            None
        }
    })
}

/// Widest span of whole numbers that is looked up in a list instead of by hashing: all URNs lie well within it.
const WIDEST: usize = 1 << 21;

/// Numbers for whole numbers; fast where they lie close together, as URNs do. `keys` is called twice, once to find the
/// ends.
///
/// # Errors
/// As [`code`].
pub fn code_whole<I: Iterator<Item = Option<i64>>>(keys: impl Fn() -> I) -> Result<Codes> {
    let ends = keys().flatten().fold(None, |ends: Option<(i64, i64)>, key| {
        Some(ends.map_or((key, key), |(least, most)| (least.min(key), most.max(key))))
    });
    let Some((least, most)) = ends else { return code(keys()) };
    let span = most.checked_sub(least).and_then(|span| usize::try_from(span).ok());
    let Some(span) = span.filter(|span| *span < WIDEST) else { return code(keys()) };
    let mut known = vec![Codes::MISSING; span + 1];
    Codes::of(keys(), |key, next| {
        let place = usize::try_from(key - least).ok().and_then(|place| known.get_mut(place))?;
        if *place == Codes::MISSING {
            *place = next;
            return None;
        }
        Some(*place)
    })
}

/// Numbers for pairs of keys; missing where either is.
///
/// # Errors
/// As [`code`].
pub fn combine(a: &Codes, b: &Codes) -> Result<Codes> {
    let width = i64::from(count(b.first.len())?);
    let pair = |(a, b): (&u32, &u32)| {
        (*a != Codes::MISSING && *b != Codes::MISSING).then(|| i64::from(*a).saturating_mul(width) + i64::from(*b))
    };
    code_whole(|| a.codes.iter().zip(&b.codes).map(pair))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn missing_keys_belong_to_no_group() {
        let codes = code_whole(|| [Some(5), None, Some(-3), Some(5)].into_iter()).unwrap();
        assert_eq!((codes.codes, codes.first), (vec![0, Codes::MISSING, 1, 0], vec![0, 2]));
        assert_eq!(code_whole(std::iter::empty).unwrap(), Codes::default());
        assert_eq!(Codes::of_all(2), Codes { codes: vec![0, 0], first: vec![0] });
    }

    proptest! {
        #[test]
        fn listing_and_hashing_agree_and_pairs_are_pairs(
            keys in prop::collection::vec((prop::option::of(-4..4i64), prop::option::of(0..3i64)), 0..60),
            far: bool,
        ) {
            let stretch = |key: i64| if far { key * 1_000_000_007 } else { key };
            let first = || keys.iter().map(|(a, _)| a.map(stretch));
            let a = code_whole(first).unwrap();
            prop_assert_eq!(&a, &code(first()).unwrap());
            let b = code_whole(|| keys.iter().map(|(_, b)| *b)).unwrap();
            let pairs = code(keys.iter().map(|(a, b)| Some(((*a)?, (*b)?)))).unwrap();
            prop_assert_eq!(combine(&a, &b).unwrap(), pairs);
        }
    }
}
