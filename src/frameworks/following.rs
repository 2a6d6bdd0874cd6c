//! What else follows for a school beside its category: a level of support, a stage of concern.

use super::Assignment;
use super::logic::Truth;
use super::model::Decision;

/// A value of another result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    /// Position of the value; `None` if no rule gives one.
    pub value: Option<usize>,
    /// Whether a person decides.
    pub by_decision: bool,
    /// Position of the rule in the file.
    pub rule: Option<usize>,
}

impl Assignment {
    /// The value of another result (position) for a row, whatever category of the possible ones it turns out to be in and
    /// however what is unknown turns out; `None` if that leaves it open.
    #[must_use]
    pub fn following(&self, result: usize, row: usize) -> Option<Following> {
        if self.inputs.refusal(row).is_some() {
            return None;
        }
        let possible = self.summary(row).possible;
        let categories: Vec<Option<usize>> =
            if possible.is_empty() { vec![None] } else { possible.into_iter().map(Some).collect() };
        let mut found: Option<Following> = None;
        for category in categories {
            for following in self.under(result, row, category) {
                match found {
                    None => found = Some(following),
                    Some(known) if known.value == following.value && known.by_decision == following.by_decision => {}
                    Some(_) => return None,
                }
            }
        }
        found
    }

    /// What a result may be under one category.
    fn under(&self, result: usize, row: usize, category: Option<usize>) -> Vec<Following> {
        let mut found = Vec::new();
        let Some(rules) = self.plan.resolved.results.get(result).map(|result| &result.rules) else { return found };
        let asked = self.plan.resolved.asked(self.phase_position);
        for (at, rule) in rules.iter().enumerate() {
            let here = rule.categories.is_empty() || category.is_some_and(|here| rule.categories.contains(&here));
            if !here || rule.phases & asked == 0 {
                continue;
            }
            let truths = self.following.get(result).and_then(|rules| rules.get(at));
            let truth = truths.and_then(|truths| truths.get(row)).copied().unwrap_or(Truth::Unknown);
            if truth == Truth::False {
                continue;
            }
            let by_decision = rule.decision == Decision::May;
            found.push(Following { value: Some(rule.value), by_decision, rule: Some(rule.position) });
            if truth == Truth::True {
                return found;
            }
        }
        found.push(Following { value: None, by_decision: false, rule: None });
        found
    }

    /// The word for a value of another result.
    #[must_use]
    pub fn following_value(&self, result: usize, row: usize) -> Option<&str> {
        let value = self.following(result, row)?.value?;
        self.plan.resolved.results.get(result)?.values.get(value).map(String::as_str)
    }
}
