//! What a framework is made of, and which columns of a frame it reads.

use super::Framework;
use super::inputs::without_years;
use super::resolve::{COMPARATORS, Domain};

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
        let known = |name: &str| {
            let mut readable = self.resolved.indicators.iter().filter(|indicator| indicator.domain != Domain::Text);
            readable.any(|indicator| indicator.name == name)
        };
        let comparator =
            |name: &str| COMPARATORS.iter().any(|(prefix, _)| name.strip_prefix(prefix).is_some_and(known));
        [Some(column), without_years(column)].into_iter().flatten().any(|name| known(name) || comparator(name))
    }

    /// Phases that are made of others, with these.
    #[must_use]
    pub fn combined(&self) -> Vec<(String, Vec<String>)> {
        let name = |at: &usize| self.resolved.phases.get(*at).cloned().unwrap_or_default();
        let rows = self.resolved.phases.iter().zip(&self.resolved.combined);
        rows.filter_map(|(phase, of)| Some((phase.clone(), of.as_ref()?.0.iter().map(name).collect()))).collect()
    }

    /// Text of the framework file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// Name of the framework file, as messages show it.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.source.file
    }

    /// Thresholds that were given another value, by name.
    #[must_use]
    pub fn changed_thresholds(&self) -> Vec<(&str, f64)> {
        self.overrides.iter().map(|(name, value)| (name.as_str(), *value)).collect()
    }
}
