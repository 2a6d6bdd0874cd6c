//! The few numeric rules that every measure shares: what counts as missing, decimal comparison, quantiles.

/// The value, unless it is missing; NaN counts as missing.
#[must_use]
pub fn present(value: Option<f64>) -> Option<f64> {
    value.filter(|number| !number.is_nan())
}

/// Difference of two published decimals, free of binary noise.
///
/// 65.1 - 60.1 is 5 on paper and 4.999999999999993 in binary. The difference is rounded to nine decimals, far finer than
/// anything that is published and far coarser than the noise.
///
/// ```
/// use schoolframe::numbers::decimal_difference;
/// assert_eq!(decimal_difference(65.1, 60.1), 5.0);
/// assert_eq!(decimal_difference(65.099_999, 60.1), 4.999_999);
/// ```
#[must_use]
pub fn decimal_difference(a: f64, b: f64) -> f64 {
    const SCALE: f64 = 1e9;
    let difference = a - b;
    let rounded = (difference * SCALE).round() / SCALE;
    if rounded.is_finite() { rounded } else { difference }
}

/// `value` rounded to `decimals` places, halves away from zero, judged on its shortest decimal text.
///
/// 2.675 is rounded as it is printed, to 2.68, and not as the binary 2.67499999999999982 behind it. Infinite values and NaN
/// stay what they are; there is no minus before a zero.
///
/// ```
/// use schoolframe::numbers::round_half_up;
/// assert_eq!(round_half_up(2.675, 2), 2.68);
/// assert_eq!(round_half_up(-0.125, 2), -0.13);
/// assert_eq!(round_half_up(0.5, 0), 1.0);
/// ```
#[must_use]
pub fn round_half_up(value: f64, decimals: usize) -> f64 {
    if !value.is_finite() {
        return value;
    }
    let text = value.abs().to_string();
    let Some((whole, fraction)) = text.split_once('.') else { return value + 0.0 };
    let Some(next) = fraction.as_bytes().get(decimals) else { return value };
    let kept = fraction.get(..decimals).unwrap_or_default();
    let mut digits: Vec<u8> = whole.bytes().chain(kept.bytes()).collect();
    if *next >= b'5' {
        add_one(&mut digits);
    }
    let point = digits.len() - decimals;
    let rounded: String = digits.iter().map(|digit| char::from(*digit)).collect();
    let (whole, fraction) = rounded.split_at(point);
    let size: f64 = format!("{whole}.{fraction}").parse().unwrap_or(value);
    if value < 0.0 && size > 0.0 { -size } else { size }
}

/// Adds one to the last of the decimal digits.
fn add_one(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return;
        }
    }
    digits.insert(0, b'1');
}

/// Quantile of sorted values by linear interpolation (type 7: R's default, numpy's `linear`), `None` if there is none.
///
/// With `n` values, `h = (n - 1) * probability`, the result is `x[floor h] + (h - floor h) * (x[floor h + 1] - x[floor h])`.
/// `probability` is clamped to 0..1.
///
/// ```
/// use schoolframe::numbers::quantile;
/// assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.25), Some(1.75));
/// ```
#[must_use]
pub fn quantile(sorted: &[f64], probability: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "a school count is far below 2^52")]
    let position = last as f64 * probability.clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "position lies in 0..=last")]
    let below = position.floor() as usize;
    let low = *sorted.get(below)?;
    let high = *sorted.get((below + 1).min(last))?;
    Some(low + (position - position.floor()) * (high - low))
}

/// [`quantile`] of sorted values that each count a whole number of times: the quantile of the list in which every value
/// stands as often as its weight says. Weights of 1 give [`quantile`].
///
/// ```
/// use schoolframe::numbers::{quantile, weighted_quantile};
/// let weighted = weighted_quantile(&[(1.0, 1.0), (2.0, 3.0), (8.0, 1.0)], 0.8);
/// assert_eq!(weighted, quantile(&[1.0, 2.0, 2.0, 2.0, 8.0], 0.8));
/// ```
#[must_use]
pub fn weighted_quantile(sorted: &[(f64, f64)], probability: f64) -> Option<f64> {
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let last = total - 1.0;
    if last.is_nan() || last < 0.0 {
        return None;
    }
    let position = last * probability.clamp(0.0, 1.0);
    let at = |place: f64| {
        let mut passed = 0.0;
        let reached = |(value, weight): &(f64, f64)| {
            passed += weight;
            (passed > place).then_some(*value)
        };
        sorted.iter().find_map(reached)
    };
    let low = at(position.floor())?;
    let high = at((position.floor() + 1.0).min(last))?;
    Some(low + (position - position.floor()) * (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "the rule promises the exact decimal")]
    fn decimals_are_compared_as_printed() {
        assert_eq!(decimal_difference(65.1, 60.1), 5.0);
        assert_eq!(decimal_difference(0.3, 0.1), 0.2);
        assert_eq!(decimal_difference(f64::INFINITY, 1.0), f64::INFINITY);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the rule promises the nearest float of a decimal")]
    fn halves_go_away_from_zero_as_they_are_printed() {
        let cases: [(f64, usize, f64); 14] = [
            (0.125, 2, 0.13),
            (2.675, 2, 2.68),
            (1.005, 2, 1.01),
            (-1.005, 2, -1.01),
            (0.5, 0, 1.0),
            (1.5, 0, 2.0),
            (2.5, 0, 3.0),
            (2.499_999, 0, 2.0),
            (99.95, 1, 100.0),
            (9.999, 2, 10.0),
            (12.0, 3, 12.0),
            (1e22, 2, 1e22),
            (5e-324, 2, 0.0),
            (0.29, 2, 0.29),
        ];
        for (value, decimals, expected) in cases {
            assert_eq!(round_half_up(value, decimals), expected, "{value}");
        }
        assert!(round_half_up(-0.001, 2).is_sign_positive());
        assert!(round_half_up(-0.0, 2).is_sign_positive());
        assert!(round_half_up(f64::NAN, 1).is_nan());
        assert_eq!(round_half_up(f64::NEG_INFINITY, 1), f64::NEG_INFINITY);
    }

    #[test]
    fn quantiles_are_type_7() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 10.0], 1.0), Some(10.0));
        assert_eq!(quantile(&[0.0, 10.0], 0.75), Some(7.5));
    }

    #[test]
    fn weighted_quantiles_are_those_of_the_repeated_values() {
        let weighted = [(1.0, 2.0), (5.0, 1.0), (7.0, 4.0)];
        let repeated = [1.0, 1.0, 5.0, 7.0, 7.0, 7.0, 7.0];
        for percent in 0..=100 {
            let probability = f64::from(percent) / 100.0;
            assert_eq!(weighted_quantile(&weighted, probability), quantile(&repeated, probability));
        }
        assert_eq!(weighted_quantile(&[], 0.5), None);
        assert_eq!(weighted_quantile(&[(3.0, 0.0)], 0.5), None);
    }

    #[test]
    fn nan_is_missing() {
        assert_eq!(present(Some(f64::NAN)), None);
        assert_eq!(present(Some(1.0)), Some(1.0));
        assert_eq!(present(None), None);
    }
}
