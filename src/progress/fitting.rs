//! Estimates worked out from pupils: mean, standard deviation and number of pupils in each group of prior attainment.

use super::estimates::{EstimateTable, Place};
use crate::error::{Error, Result};

/// Running mean and sum of squares (Welford), in the order of the rows: the same on every machine.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
    fn add(&mut self, value: f64) {
        self.n += 1;
        let difference = value - self.mean;
        self.mean += difference / self.n as f64;
        self.squares += difference * (value - self.mean);
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of pupils is far below 2^52")]
    fn sd(&self) -> Option<f64> {
        (self.n > 1).then(|| (self.squares / (self.n - 1) as f64).sqrt())
    }
}

impl EstimateTable {
    /// Fills the averages of a table from pupils: for each outcome and group `mean`, `n` and `sd` (with n - 1) of the
    /// pupils that have both a prior attainment inside the table and the outcome. NaN is missing. `outcomes` holds the
    /// points of each outcome of the table, in its order.
    ///
    /// # Errors
    /// [`Error::Input`] for columns of another length or number, and as [`Self::check`].
    pub fn fit(mut self, prior: &[f64], outcomes: &[&[f64]]) -> Result<Self> {
        if outcomes.len() != self.outcomes.len() || outcomes.iter().any(|points| points.len() != prior.len()) {
            return Err(Error::Input("estimates: one column of points is needed for each outcome".to_owned()));
        }
        let groups = self.upper.len();
        let places: Vec<Place> = prior.iter().map(|value| self.place(*value)).collect();
        for (outcome, points) in self.outcomes.iter_mut().zip(outcomes) {
            let mut moments = vec![Moments::default(); groups];
            for (place, value) in places.iter().zip(*points) {
                if let Place::Group(group) = place
                    && !value.is_nan()
                    && let Some(group) = moments.get_mut(*group)
                {
                    group.add(*value);
                }
            }
            outcome.mean = moments.iter().map(|group| (group.n > 0).then_some(group.mean)).collect();
            outcome.n = Some(moments.iter().map(|group| group.n).collect());
            outcome.sd = Some(moments.iter().map(Moments::sd).collect());
        }
        self.check()?;
        Ok(self)
    }
}
