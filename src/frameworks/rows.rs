//! Work on many rows: on all cores, and once for rows that are alike.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::table::{CodedLists, Coder, Column};

/// Fewest rows that are worth a thread of their own.
const FEW: usize = 512;

/// Number of threads: `POLARS_MAX_THREADS` if it is set, else what the machine has.
fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| {
        let asked = std::env::var("POLARS_MAX_THREADS").ok().and_then(|number| number.parse().ok());
        asked.filter(|number| *number > 0).unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
    })
}

/// The results of `work` on consecutive parts of so many rows, in order.
pub fn in_parts<T: Send>(height: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    parts_of(height, threads().min(height / FEW), work)
}

/// As [`in_parts`], on so many threads.
fn parts_of<T: Send>(height: usize, threads: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let size = height.div_ceil(threads.max(1));
    if threads < 2 {
        return vec![work(0..height)];
    }
    thread::scope(|scope| {
        let work = &work;
        let starts = (0..height).step_by(size);
        let others: Vec<_> =
            starts.skip(1).map(|start| scope.spawn(move || work(start..(start + size).min(height)))).collect();
        let mut done = vec![work(0..size)];
        for other in others {
            match other.join() {
                Ok(part) => done.push(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}

/// The result of `work` for each of so many columns of a table of so many rows, in order.
pub fn each_column<T: Send>(columns: usize, height: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = if height < FEW { 1 } else { threads().min(columns) };
    let next = AtomicUsize::new(0);
    let some = |_: Range<usize>| {
        // The next column that nobody has taken: columns differ in how much work they are.
        let mut done: Vec<(usize, T)> = Vec::new();
        while let Some(column) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|column| *column < columns) {
            done.push((column, work(column)));
        }
        done
    };
    let mut done: Vec<(usize, T)> = parts_of(threads, threads, some).into_iter().flatten().collect();
    done.sort_unstable_by_key(|(column, _)| *column);
    done.into_iter().map(|(_, done)| done).collect()
}

/// Results that rows share: each of them once, and which one every row has.
#[derive(Debug, Clone)]
pub struct Shared<T> {
    distinct: Vec<T>,
    of_rows: Vec<u32>,
}

impl<T> Shared<T> {
    /// Distinct results, and which one every row has.
    pub const fn new(distinct: Vec<T>, of_rows: Vec<u32>) -> Self {
        Self { distinct, of_rows }
    }

    /// Consecutive parts as one; what two parts both hold stands in it twice.
    pub fn joined(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self { distinct: Vec::new(), of_rows: Vec::new() };
        for part in parts {
            let before = number(all.distinct.len());
            all.of_rows.extend(part.of_rows.into_iter().map(|at| at.saturating_add(before)));
            all.distinct.extend(part.distinct);
        }
        all
    }

    /// The result of a row.
    pub fn get(&self, row: usize) -> Option<&T> {
        self.distinct.get(self.at(row) as usize)
    }

    /// The number of the result of a row.
    pub fn at(&self, row: usize) -> u32 {
        self.of_rows.get(row).copied().unwrap_or(u32::MAX)
    }

    /// The result of every row.
    pub fn iter(&self) -> impl Iterator<Item = Option<&T>> {
        self.of_rows.iter().map(|at| self.distinct.get(*at as usize))
    }
}

/// Rows that are alike: the first of each kind, and the kind of every row. Kinds are numbered by their first row.
#[derive(Debug, Clone, Default)]
pub struct Alike {
    /// A row of each kind.
    pub first: Vec<usize>,
    /// The kind of each row.
    pub kinds: Vec<u32>,
}

/// Kinds of consecutive rows, numbered by their first row.
struct Part<K> {
    found: FastMap<K, u32>,
    first: Vec<usize>,
    kinds: Vec<u32>,
}

impl<K: Hash + Eq> Part<K> {
    fn new(rows: usize) -> Self {
        Self { found: FastMap::default(), first: Vec::new(), kinds: Vec::with_capacity(rows) }
    }

    /// A row with a key that no row before had.
    fn add(&mut self, key: K, row: usize) {
        let kind = number(self.first.len());
        self.found.insert(key, kind);
        self.first.push(row);
        self.kinds.push(kind);
    }
}

impl Alike {
    /// Rows with the same key are alike; `key` adds the key of a row to an empty buffer.
    pub fn by(height: usize, key: impl Fn(usize, &mut Vec<u8>) + Sync) -> Self {
        Self::merged(in_parts(height, |rows| {
            let mut part: Part<Vec<u8>> = Part::new(rows.len());
            let mut buffer = Vec::new();
            // Where nothing tells rows apart their keys are empty: looking those up took most of the time.
            let mut empty: Option<u32> = None;
            for row in rows {
                buffer.clear();
                key(row, &mut buffer);
                let known = if buffer.is_empty() { empty } else { part.found.get(&buffer).copied() };
                match known {
                    Some(kind) => part.kinds.push(kind),
                    None => part.add(buffer.clone(), row),
                }
                if buffer.is_empty() {
                    empty = part.kinds.last().copied();
                }
            }
            part
        }))
    }

    /// Rows with the same two numbers are alike.
    pub fn by_numbers(height: usize, numbers: impl Fn(usize) -> (u32, u32) + Sync) -> Self {
        Self::merged(in_parts(height, |rows| {
            let mut part: Part<(u32, u32)> = Part::new(rows.len());
            for row in rows {
                let key = numbers(row);
                match part.found.get(&key) {
                    Some(kind) => part.kinds.push(*kind),
                    None => part.add(key, row),
                }
            }
            part
        }))
    }

    fn merged<K: Hash + Eq>(parts: Vec<Part<K>>) -> Self {
        let mut parts = parts.into_iter();
        let Some(Part { found: mut known, first, kinds }) = parts.next() else { return Self::default() };
        let mut all = Self { first, kinds };
        for part in parts {
            let mut keys: Vec<(u32, K)> = part.found.into_iter().map(|(key, kind)| (kind, key)).collect();
            keys.sort_unstable_by_key(|(kind, _)| *kind);
            let renumbered: Vec<u32> = keys
                .into_iter()
                .zip(part.first)
                .map(|((_, key), row)| {
                    let next = number(all.first.len());
                    let kind = *known.entry(key).or_insert(next);
                    if kind == next {
                        all.first.push(row);
                    }
                    kind
                })
                .collect();
            let kinds = part.kinds.into_iter();
            all.kinds.extend(kinds.map(|kind| renumbered.get(kind as usize).copied().unwrap_or(u32::MAX)));
        }
        all
    }

    /// The kind of a row.
    pub fn kind(&self, row: usize) -> u32 {
        self.kinds.get(row).copied().unwrap_or(u32::MAX)
    }

    /// A column of texts, given the text of each kind.
    pub fn texts<T: AsRef<str>>(&self, of_kinds: impl IntoIterator<Item = Option<T>>) -> Column {
        let mut coder = Coder::default();
        let codes: Vec<Option<u32>> =
            of_kinds.into_iter().map(|text| text.map(|text| coder.code(text.as_ref()))).collect();
        coder.finish_with(self.values(&codes))
    }

    /// A column of lists, given the list of each kind.
    pub fn lists(&self, of_kinds: impl IntoIterator<Item = Vec<String>>) -> Column {
        let mut known: HashMap<Vec<String>, u32> = HashMap::new();
        let mut lists = Vec::new();
        let mut codes = Vec::new();
        for list in of_kinds {
            let next = number(lists.len());
            let code = *known.entry(list).or_insert_with_key(|list| {
                lists.push(list.clone());
                next
            });
            codes.push(code);
        }
        let codes = self.kinds.iter().map(|kind| codes.get(*kind as usize).copied().unwrap_or(u32::MAX)).collect();
        Column::CodedLists(CodedLists { lists, codes })
    }

    /// The value of every row, given the value of each kind.
    pub fn values<T: Copy>(&self, of_kinds: &[Option<T>]) -> Vec<Option<T>> {
        self.kinds.iter().map(|kind| of_kinds.get(*kind as usize).copied().flatten()).collect()
    }

    /// The result of `work` for the first row of each kind.
    pub fn each<T: Send>(&self, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let parts = in_parts(self.first.len(), |kinds| {
            self.first.get(kinds).into_iter().flatten().map(|row| work(*row)).collect::<Vec<T>>()
        });
        parts.into_iter().flatten().collect()
    }
}

fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// A map with [`FastHasher`].
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// Hashes eight bytes with one multiplication. The keys here are states of schools, not chosen by an adversary, and the hash
/// of the standard library took a third of the time of an assignment.
#[derive(Debug, Clone, Copy, Default)]
pub struct FastHasher(u64);

impl FastHasher {
    const fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        self.add(u64::from_le_bytes(last) ^ bytes.len() as u64);
    }

    fn write_u64(&mut self, word: u64) {
        self.add(word);
    }

    fn write_u32(&mut self, word: u32) {
        self.add(u64::from(word));
    }

    fn write_u8(&mut self, word: u8) {
        self.add(u64::from(word));
    }

    fn write_usize(&mut self, word: usize) {
        self.add(word as u64);
    }

    fn finish(&self) -> u64 {
        // The table takes the top bits and the bottom ones.
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_depend_on_the_number_of_threads() {
        for height in [0, 1, 511, 512, 5_000] {
            for threads in 0..6 {
                let parts = parts_of(height, threads.min(height), Iterator::collect::<Vec<_>>);
                assert_eq!(parts.concat(), (0..height).collect::<Vec<_>>(), "{height} rows, {threads} threads");
            }
        }
    }

    #[test]
    fn rows_that_are_alike_are_numbered_by_their_first_row() {
        let alike = Alike::by(5_000, |row, key| key.push(u8::try_from(row * 7 % 11).unwrap_or(0)));
        assert_eq!(alike.first, (0..11).collect::<Vec<_>>());
        assert!((0..5_000).all(|row| alike.kind(row) as usize == row % 11));
    }
}
