//! Which columns of a frame a framework reads.

use super::Framework;
use super::resolve::Domain;

/// What may stand before an indicator in the name of a comparator.
const COMPARATORS: [&str; 4] = ["nat_", "la_target_", "floor_", "benchmark_"];
/// What may stand after an indicator in the name of an earlier year.
const EARLIER: [&str; 2] = ["_y1", "_y2"];

impl Framework {
    /// Whether a column of that name is read as evidence: an indicator, one of its comparators, or an earlier year of
    /// either. Indicators that are shown and never read (dates, words of the authority's own) do not count.
    ///
    /// ```
    /// let framework = schoolframe::frameworks::Framework::load("southend_2017")?;
    /// assert!(framework.reads("coasting_status") && framework.reads("nat_a8_y1"));
    /// assert!(!framework.reads("ofsted_date") && !framework.reads("school_name"));
    /// # Ok::<(), schoolframe::error::Error>(())
    /// ```
    #[must_use]
    pub fn reads(&self, column: &str) -> bool {
        let name = EARLIER.iter().find_map(|suffix| column.strip_suffix(suffix)).unwrap_or(column);
        let known = |name: &str| {
            self.resolved
                .indicators
                .iter()
                .any(|indicator| indicator.name == name && !matches!(indicator.domain, Domain::Text))
        };
        known(column) || known(name) || COMPARATORS.iter().any(|prefix| name.strip_prefix(prefix).is_some_and(known))
    }
}
