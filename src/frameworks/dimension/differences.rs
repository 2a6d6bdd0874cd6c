//! What is known about the differences of some numbers.
//!
//! Numbers are counted in billionths, the precision to which decimals are compared, so that "greater than" is "at least a
//! billionth more". Place 0 stands for the number 0.

/// Billionths in 1.
pub const ONE: i128 = 1_000_000_000;

/// Largest number that is told apart from its neighbours by a billionth, with room for sums of several.
const LARGEST: f64 = 1e18;

/// A number in billionths; `None` if it is too large.
#[must_use]
pub fn units(number: f64) -> Option<i128> {
    if number.is_nan() || number.abs() > LARGEST {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 1e27, far below the limits of i128")]
    let whole = number.trunc() as i128;
    #[expect(clippy::cast_possible_truncation, reason = "at most a billion")]
    let part = (number.fract() * 1e9).round() as i128;
    Some(whole * ONE + part)
}

/// For every two numbers how much greater than the other each one is at least. All that follows from what was added is
/// drawn, so that what is not excluded is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differences {
    /// Least difference of the number in the row and the one in the column; `None` if there is none.
    least: Vec<Option<i128>>,
    whole: Vec<bool>,
}

impl Differences {
    /// So many numbers of which nothing is known, in places from 1.
    #[must_use]
    pub fn new(numbers: usize) -> Self {
        let size = numbers + 1;
        let least = (0..size * size).map(|at| if at % (size + 1) == 0 { Some(0) } else { None }).collect();
        let whole = (0..size).map(|place| place == 0).collect();
        Self { least, whole }
    }

    /// Says that a number is a whole one.
    pub fn set_whole(&mut self, place: usize) {
        if let Some(whole) = self.whole.get_mut(place) {
            *whole = true;
        }
    }

    fn both_whole(&self, one: usize, other: usize) -> bool {
        [one, other].into_iter().all(|place| self.whole.get(place) == Some(&true))
    }

    /// The least possible difference of two numbers that is not less: between whole numbers a whole one.
    #[must_use]
    pub fn rounded(&self, greater: usize, less: usize, by: i128) -> i128 {
        if self.both_whole(greater, less) { -((-by).div_euclid(ONE)) * ONE } else { by }
    }

    /// How far apart the possible differences of two numbers are.
    #[must_use]
    pub fn step(&self, one: usize, other: usize) -> i128 {
        if self.both_whole(one, other) { ONE } else { 1 }
    }

    fn get(&self, greater: usize, less: usize) -> Option<i128> {
        self.least.get(greater * self.whole.len() + less).copied().flatten()
    }

    /// Whether a number is certain to be at least so much greater than another.
    #[must_use]
    pub fn at_least(&self, greater: usize, less: usize, by: i128) -> bool {
        self.get(greater, less).is_some_and(|least| least >= by)
    }

    /// Says that a number is at least so much greater than another, and draws what follows. False if that is impossible.
    #[must_use]
    pub fn add(&mut self, greater: usize, less: usize, by: i128) -> bool {
        let mut more = vec![(greater, less, by)];
        while let Some((greater, less, by)) = more.pop() {
            let by = self.rounded(greater, less, by);
            if self.at_least(greater, less, by) {
                continue;
            }
            if self.get(less, greater).is_some_and(|back| by + back > 0) {
                return false;
            }
            let size = self.whole.len();
            for from in 0..size {
                let Some(before) = self.get(from, greater) else { continue };
                for to in 0..size {
                    let Some(after) = self.get(less, to) else { continue };
                    let follows = before + by + after;
                    let rounded = self.rounded(from, to, follows);
                    if rounded > follows {
                        // Of two whole numbers that a third one ties together.
                        more.push((from, to, rounded));
                    }
                    if let Some(least) = self.least.get_mut(from * size + to)
                        && least.is_none_or(|least| least < follows)
                    {
                        *least = Some(follows);
                    }
                }
            }
        }
        true
    }

    /// The least and the greatest value of a number.
    #[must_use]
    pub fn interval(&self, place: usize) -> (Option<i128>, Option<i128>) {
        (self.get(place, 0), self.get(0, place).map(|least| -least))
    }

    /// Numbers of which everything that is known holds, as far from its limits as they can be chosen one by one, whole
    /// numbers first.
    #[must_use]
    pub fn sample(&self) -> Option<Vec<f64>> {
        let size = self.whole.len();
        let mut fixed = self.clone();
        for whole in [true, false] {
            for place in (1..size).filter(|place| self.whole.get(*place) == Some(&whole)) {
                let value = match fixed.interval(place) {
                    (Some(low), Some(high)) => low + fixed.rounded(place, 0, (high - low) / 2),
                    (Some(low), None) => low + ONE,
                    (None, Some(high)) => high - ONE,
                    (None, None) => 0,
                };
                if !(fixed.add(place, 0, value) && fixed.add(0, place, -value)) {
                    return None;
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "checked by the caller")]
        let number = |units: i128| (units / ONE) as f64 + (units % ONE) as f64 / 1e9;
        (1..size).map(|place| fixed.get(place, 0).map(number)).collect()
    }
}
