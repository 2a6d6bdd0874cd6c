//! What the chosen readings change, and that no two change the same thing.

use std::collections::HashMap;

use super::super::model::Choice;
use super::{Changes, Request, Resolved, Resolver};
use crate::error::{Error, Result};

impl<'a> Request<'a> {
    /// Turns names into numbers and checks every rule of the format.
    ///
    /// # Errors
    /// [`Error::File`] with the line of whatever is wrong; [`Error::Input`] if two readings change the same thing.
    pub fn resolve(&self) -> Result<Resolved> {
        let changes = self.changes()?;
        let mut resolver = Resolver::new(self, changes)?;
        resolver.items()?;
        resolver.finish()
    }

    fn changes(&self) -> Result<Changes<'a>> {
        let mut changes = Changes::default();
        let mut owner: HashMap<String, &str> = HashMap::new();
        let mut claim = |what: String, reading: &'a str| match owner.insert(what.clone(), reading) {
            Some(earlier) if earlier != reading => Err(Error::Input(format!(
                "readings {earlier} and {reading} both change {what}; choose the default of one of them"
            ))),
            _ => Ok(()),
        };
        for reading in &self.file.reading {
            let id = reading.id.get_ref().as_str();
            let chosen = self.readings.get(id).unwrap_or_else(|| reading.default.get_ref());
            let Some((_, choice)) = reading.options.iter().find(|(letter, _)| letter.get_ref() == chosen) else {
                continue;
            };
            for (name, value) in &choice.thresholds {
                claim(format!("threshold {}", name.get_ref()), id)?;
                changes.thresholds.insert(name.get_ref(), *value);
            }
            for (name, test) in &choice.tests {
                claim(format!("the test of {}", name.get_ref()), id)?;
                changes.tests.insert(name.get_ref(), test);
            }
            for (name, rule) in &choice.dataset {
                claim(format!("the rule of {}", name.get_ref()), id)?;
                changes.dataset.insert(name.get_ref(), rule);
            }
            for (name, change) in &choice.adjust {
                if change.from.is_some() {
                    claim(format!("where {} starts from", name.get_ref()), id)?;
                }
                if change.active.is_some() {
                    claim(format!("whether {} is in use", name.get_ref()), id)?;
                }
                changes.adjust.entry(name.get_ref()).or_default().push(change);
            }
            for (category, ids) in &choice.count_add {
                changes.add.extend(ids.iter().map(|item| (category, item)));
            }
            for (category, ids) in &choice.count_remove {
                changes.remove.extend(ids.iter().map(|item| (category, item)));
            }
            if let Some(denominator) = choice.denominator {
                claim("what the share is taken of".to_owned(), id)?;
                changes.denominator = Some(denominator);
            }
            if let Some(cumulative) = choice.support_cumulative {
                claim("whether support is cumulative".to_owned(), id)?;
                changes.support_cumulative = Some(cumulative);
            }
        }
        Ok(changes)
    }
}

/// Whether an option changes anything.
#[must_use]
pub fn changes_something(choice: &Choice) -> bool {
    !(choice.thresholds.is_empty()
        && choice.tests.is_empty()
        && choice.count_add.is_empty()
        && choice.count_remove.is_empty()
        && choice.denominator.is_none()
        && choice.adjust.is_empty()
        && choice.dataset.is_empty()
        && choice.support_cumulative.is_none())
}
