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
    fn quantiles_are_type_7() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 10.0], 1.0), Some(10.0));
        assert_eq!(quantile(&[0.0, 10.0], 0.75), Some(7.5));
    }

    #[test]
    fn nan_is_missing() {
        assert_eq!(present(Some(f64::NAN)), None);
        assert_eq!(present(Some(1.0)), Some(1.0));
        assert_eq!(present(None), None);
    }
}
