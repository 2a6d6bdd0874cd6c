//! The least value of a criterion over a variance that cannot be negative: the border 0 included, several dips allowed.

/// Steps per power of ten of the grid on which dips are looked for.
const PER_DECADE: i32 = 4;
/// Powers of ten that the grid spans on either side of 1.
const DECADES: i32 = 8;
/// Halvings of a dip's bracket: it spans a quarter of a decade, and doubles carry 52 binary digits.
const HALVINGS: usize = 60;

/// Value and slope of a criterion at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// Value of the criterion.
    pub value: f64,
    /// Its derivative.
    pub slope: f64,
}

/// Where a criterion is least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Least {
    /// At this point; 0 is the border.
    At(f64),
    /// Still falling at the end of the grid.
    Beyond,
}

/// Finds where `criterion` is least on 0 and above. The argument is scaled so that 1 is an ordinary value.
///
/// The slope is followed over a grid from 1e-8 to 1e8; each change from falling to rising is narrowed by halving, and the
/// lowest of them wins, the smaller argument in a tie. `None` if the criterion cannot be worked out.
pub(crate) fn least(criterion: impl Fn(f64) -> Option<Point>) -> Option<Least> {
    let mut at = 0.0;
    let mut before = criterion(at)?;
    let mut found: Option<(f64, f64)> = (before.slope >= 0.0).then_some((at, before.value));
    for step in (-DECADES * PER_DECADE)..=(DECADES * PER_DECADE) {
        let next = 10_f64.powf(f64::from(step) / f64::from(PER_DECADE));
        let point = criterion(next)?;
        if before.slope < 0.0 && point.slope >= 0.0 {
            let dip = narrowed(at, next, &criterion)?;
            let value = criterion(dip)?.value;
            if found.is_none_or(|(_, least)| value < least) {
                found = Some((dip, value));
            }
        }
        (at, before) = (next, point);
    }
    match found {
        Some((dip, value)) if before.slope >= 0.0 || value <= before.value => Some(Least::At(dip)),
        _ => Some(Least::Beyond),
    }
}

fn narrowed(mut low: f64, mut high: f64, criterion: &impl Fn(f64) -> Option<Point>) -> Option<f64> {
    for _ in 0..HALVINGS {
        let middle = if low > 0.0 { (low * high).sqrt() } else { f64::midpoint(low, high) };
        if middle <= low || middle >= high {
            break;
        }
        if criterion(middle)?.slope < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dips_borders_and_endless_falls() {
        let bowl = |centre: f64| move |x: f64| Some(Point { value: (x - centre).powi(2), slope: 2.0 * (x - centre) });
        let Some(Least::At(found)) = least(bowl(0.37)) else { panic!() };
        assert!((found - 0.37).abs() < 1e-14);
        assert_eq!(least(bowl(-1.0)), Some(Least::At(0.0)));
        assert_eq!(least(|x| Some(Point { value: -x, slope: -1.0 })), Some(Least::Beyond));
        assert_eq!(least(|_| None), None);
    }

    #[test]
    fn the_lower_of_two_dips_wins() {
        // Dips at 1 and 100 on a logarithmic scale, the second one lower by `lead`.
        let two = |lead: f64| {
            move |x: f64| {
                let t = x.max(1e-12).ln();
                let far = 100_f64.ln();
                let value = t.powi(2) * (t - far).powi(2) - lead * t;
                let slope = 2.0 * t * (t - far).powi(2) + 2.0 * t.powi(2) * (t - far) - lead;
                Some(Point { value, slope: slope / x.max(1e-12) })
            }
        };
        let Some(Least::At(found)) = least(two(0.5)) else { panic!() };
        assert!((50.0..200.0).contains(&found), "{found}");
        let Some(Least::At(found)) = least(two(-0.5)) else { panic!() };
        assert!((0.5..2.0).contains(&found), "{found}");
    }
}
