//! What the chosen readings change, and that no two change the same thing.

use std::collections::HashMap;

use super::super::model::{Choice, MissingYears};
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
                if change.to.is_some() {
                    claim(format!("where {} leads", name.get_ref()), id)?;
                }
                changes.adjust.entry(name.get_ref()).or_default().push(change);
            }
            for (category, ids) in &choice.count_add {
                changes.add.extend(ids.iter().map(|item| (category, item)));
            }
            for (category, ids) in &choice.count_remove {
                changes.remove.extend(ids.iter().map(|item| (category, item)));
            }
            rules(&mut changes, choice, &mut |what| claim(what, id))?;
            following(&mut changes, choice, &mut |what| claim(what, id))?;
            if let Some(cumulative) = choice.support_cumulative {
                claim("whether support is cumulative".to_owned(), id)?;
                changes.support_cumulative = Some(cumulative);
            }
        }
        Ok(changes)
    }
}

/// Notes that something is changed, or refuses it if another reading changes it too.
type Claim<'c> = dyn FnMut(String) -> Result<()> + 'c;

/// What a choice changes in how criteria become a category.
fn rules<'a>(changes: &mut Changes<'a>, choice: &'a Choice, claim: &mut Claim) -> Result<()> {
    if let Some(denominator) = choice.denominator {
        claim("what the share is taken of".to_owned())?;
        changes.denominator = Some(denominator);
    }
    if let Some(needs) = choice.needs {
        claim("what a category needs to win".to_owned())?;
        changes.needs = Some(needs);
    }
    if let Some(tie) = choice.tie {
        claim("which category wins a tie".to_owned())?;
        changes.tie = Some(tie);
    }
    for (name, node) in &choice.require {
        claim(format!("what {} requires", name.get_ref()))?;
        changes.require.insert(name.get_ref(), node);
        changes.names.push(("category", name));
    }
    for (name, switch) in &choice.gate {
        claim(format!("whether gate {} is in use", name.get_ref()))?;
        changes.gates.insert(name.get_ref(), switch.active);
        changes.names.push(("gate", name));
    }
    for (name, change) in &choice.contest {
        claim(format!("what settles {}", name.get_ref()))?;
        changes.contests.insert(name.get_ref(), change.by);
        changes.names.push(("contest", name));
    }
    if let Some(descriptors) = choice.gates_descriptors {
        claim("what descriptors do".to_owned())?;
        changes.descriptors = Some(descriptors);
    }
    Ok(())
}

/// What a choice changes in what follows beside the category.
fn following<'a>(changes: &mut Changes<'a>, choice: &'a Choice, claim: &mut Claim) -> Result<()> {
    for (name, change) in &choice.result {
        if change.active.is_some() {
            claim(format!("whether {} is in use", name.get_ref()))?;
        }
        if change.value.is_some() {
            claim(format!("the value of {}", name.get_ref()))?;
        }
        changes.results.entry(name.get_ref()).or_default().push(change);
        changes.names.push(("rule of a result", name));
    }
    for (name, value) in &choice.references {
        claim(format!("figure {}", name.get_ref()))?;
        changes.figures.insert(name.get_ref(), *value);
        changes.names.push(("printed figure", name));
    }
    for (name, combination) in &choice.combine {
        claim(format!("how {} is put together", name.get_ref()))?;
        changes.combine.insert(name.get_ref(), *combination);
        changes.names.push(("combined phase", name));
    }
    if let Some(missing) = choice.missing_years {
        claim("what a missing year does".to_owned())?;
        changes.skip_missing_years = missing == MissingYears::Skip;
    }
    if let Some(charge) = &choice.charge {
        if charge.rounding.is_some() {
            claim("what happens between two bands of the charge".to_owned())?;
        }
        if charge.rate.is_some() {
            claim("the rate of the charge".to_owned())?;
        }
        if charge.marked_phases.is_some() {
            claim("the phases of the charge".to_owned())?;
        }
        changes.charge.push(charge);
    }
    for (name, switch) in &choice.support {
        claim(format!("whether {} is in use", name.get_ref()))?;
        changes.support.insert(name.get_ref(), switch.active);
        changes.names.push(("support", name));
    }
    Ok(())
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
        && choice.support_cumulative.is_none()
        && choice.gate.is_empty()
        && choice.contest.is_empty()
        && choice.gates_descriptors.is_none()
        && choice.needs.is_none()
        && choice.tie.is_none()
        && choice.require.is_empty()
        && choice.result.is_empty()
        && choice.references.is_empty()
        && choice.combine.is_empty()
        && choice.missing_years.is_none()
        && choice.charge.is_none()
        && choice.support.is_empty())
}
