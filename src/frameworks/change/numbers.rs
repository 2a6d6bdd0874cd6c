//! The numbers that a value can change to, or that stand for what may be found out.

use super::super::resolve::Domain;

/// Most digits after the point that a value is taken to show.
const MAX_DECIMALS: i32 = 6;

/// Least and greatest possible number, and the digits after the point that a school's figure shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    min: f64,
    max: f64,
    /// Steps to one point.
    per_point: f64,
    whole: bool,
}

/// A number free of binary noise.
pub fn clean(number: f64) -> f64 {
    const SCALE: f64 = 1e9;
    let rounded = (number * SCALE).round() / SCALE;
    if rounded.is_finite() { rounded } else { number }
}

fn decimals(number: f64) -> i32 {
    let text = number.to_string();
    let shown = text.split_once('.').map_or(0, |(_, digits)| digits.len());
    i32::try_from(shown).unwrap_or(MAX_DECIMALS).min(MAX_DECIMALS)
}

impl Scale {
    /// The scale of an indicator: whole numbers, or one digit after the point, or as many as `own` shows.
    pub fn new(domain: &Domain, own: Option<f64>) -> Option<Self> {
        let Domain::Number { min, max, whole } = domain else { return None };
        let digits = if *whole { 0 } else { own.map_or(1, decimals).max(1) };
        Some(Self { min: *min, max: *max, per_point: 10_f64.powi(digits), whole: *whole })
    }

    /// Whether a school can have this number.
    pub fn holds(&self, number: f64) -> bool {
        number >= self.min && number <= self.max && (!self.whole || number.fract() == 0.0)
    }

    /// The ends of what is possible.
    pub fn ends(&self) -> impl Iterator<Item = f64> {
        [self.min, self.max].into_iter().filter(|end| end.is_finite())
    }

    /// The next figure above a number.
    pub fn above(&self, number: f64) -> f64 {
        ((number * self.per_point + 1e-6).floor() + 1.0) / self.per_point
    }

    /// The next figure below a number.
    pub fn below(&self, number: f64) -> f64 {
        ((number * self.per_point - 1e-6).ceil() - 1.0) / self.per_point
    }

    /// The figures nearest to some limits: on them, next above and next below.
    pub fn near(&self, limits: &[f64]) -> Vec<f64> {
        let mut found: Vec<f64> =
            limits.iter().flat_map(|limit| [*limit, self.above(*limit), self.below(*limit)]).collect();
        found.retain(|number| self.holds(*number));
        sorted(found)
    }

    /// Points that stand for every number that some limits can tell apart: the limits, between them, beyond them.
    pub fn samples(&self, limits: &[f64]) -> Vec<f64> {
        let mut limits = limits.to_vec();
        limits.extend(self.ends());
        if limits.is_empty() {
            limits.push(0.0);
        }
        let limits = sorted(limits);
        let mut found = Vec::new();
        for (at, limit) in limits.iter().enumerate() {
            if at == 0 {
                found.push(limit - 1.0);
            }
            found.push(*limit);
            found.push(limits.get(at + 1).map_or(limit + 1.0, |next| f64::midpoint(*limit, *next)));
        }
        if self.whole {
            found = found.iter().flat_map(|point| [point.floor(), point.ceil()]).collect();
            found.extend(limits.iter().flat_map(|limit| [limit.floor() - 1.0, limit.ceil() + 1.0]));
        }
        found.retain(|number| self.holds(*number));
        sorted(found)
    }
}

/// Numbers in order, each once.
pub fn sorted(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_figure_is_one_step_of_the_figure_shown() {
        let percent = Domain::Number { min: 0.0, max: 100.0, whole: false };
        let scale = |own: f64| Scale::new(&percent, Some(own)).unwrap();
        assert_eq!((scale(52.0).above(55.0), scale(52.0).below(55.0)), (55.1, 54.9));
        assert_eq!((scale(52.37).above(55.0), scale(52.37).below(55.0)), (55.01, 54.99));
        assert_eq!((scale(52.0).above(55.25), scale(52.0).below(55.25)), (55.3, 55.2));
        assert_eq!(scale(52.0).near(&[100.0]), [99.9, 100.0]);
        let count = Scale::new(&Domain::Number { min: 0.0, max: f64::INFINITY, whole: true }, Some(3.0)).unwrap();
        assert_eq!(count.near(&[2.5, 4.0]), [2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn samples_lie_on_between_and_beyond_limits() {
        let any = Domain::Number { min: f64::NEG_INFINITY, max: 10.0, whole: false };
        assert_eq!(Scale::new(&any, None).unwrap().samples(&[4.0]), [3.0, 4.0, 7.0, 10.0]);
    }
}
