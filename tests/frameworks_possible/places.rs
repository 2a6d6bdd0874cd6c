//! Going through the conditions, items and numbers of a rule.

use std::collections::BTreeSet;

use super::conditions::Cond;
use super::rules::Rule;

impl Rule {
    /// Calls `visit` for every condition.
    pub fn each_cond<'a>(&'a self, visit: &mut dyn FnMut(&'a Cond)) {
        match self {
            Self::Fit(fit) => fit.require.iter().flatten().for_each(visit),
            Self::Gates(gates) => gates.gates.iter().for_each(|gate| visit(&gate.when)),
            Self::Points(points) => {
                points.measures.iter().flat_map(|measure| &measure.scores).for_each(|(when, _)| visit(when));
            }
            Self::Matrix(parts, _) => parts.iter().for_each(|(_, rule)| rule.each_cond(visit)),
        }
    }

    /// Calls `visit` for every condition, to change it.
    pub fn each_cond_mut(&mut self, visit: &mut dyn FnMut(&mut Cond)) {
        match self {
            Self::Fit(fit) => fit.require.iter_mut().flatten().for_each(visit),
            Self::Gates(gates) => gates.gates.iter_mut().for_each(|gate| visit(&mut gate.when)),
            Self::Points(points) => {
                points.measures.iter_mut().flat_map(|measure| &mut measure.scores).for_each(|(when, _)| visit(when));
            }
            Self::Matrix(parts, _) => parts.iter_mut().for_each(|(_, rule)| rule.each_cond_mut(visit)),
        }
    }

    /// Puts names of items in order: conditions name one of `all`, what counts or describes is one of `criteria`, once.
    pub fn place(&mut self, all: usize, criteria: &[usize]) {
        let some = |items: &mut Vec<usize>| {
            let distinct: BTreeSet<usize> = items.iter().map(|at| criteria[at % criteria.len()]).collect();
            *items = distinct.into_iter().collect();
        };
        let before = |cond: &mut Cond| *cond = cond.clone().before(all);
        match self {
            Self::Fit(fit) => {
                fit.count.iter_mut().flatten().for_each(some);
                fit.require.iter_mut().flatten().for_each(before);
            }
            Self::Gates(gates) => {
                for gate in &mut gates.gates {
                    before(&mut gate.when);
                    some(&mut gate.descriptors);
                }
            }
            Self::Points(points) => {
                points.measures.iter_mut().flat_map(|measure| &mut measure.scores).for_each(|(when, _)| before(when));
            }
            Self::Matrix(parts, _) => parts.iter_mut().for_each(|(_, rule)| rule.place(all, criteria)),
        }
    }

    /// The numbers of points and bands (hundredths) and of weights (tenths, marked).
    pub fn numbers(&self, found: &mut BTreeSet<(bool, i64)>) {
        match self {
            Self::Fit(_) | Self::Gates(_) => {}
            Self::Points(points) => {
                for measure in &points.measures {
                    found.extend(measure.weight.map(|weight| (true, weight)));
                    found.extend(measure.scores.iter().map(|(_, points)| (false, *points)));
                }
                found.extend(points.bands.iter().map(|(_, least)| (false, *least)));
            }
            Self::Matrix(parts, _) => parts.iter().for_each(|(_, rule)| rule.numbers(found)),
        }
    }
}
