//! Linear programs with bounded variables: the least and the greatest value of one variable under equations.
//!
//! A dense tableau, primal simplex, two phases. After the first phase every further question starts from the last answer.

/// What counts as 0.
const TINY: f64 = 1e-9;
/// Steps by steepest descent before Bland's rule, which cannot cycle, takes over.
const STEEP: usize = 400;
/// Steps after which a question is given up.
const MOST: usize = 40_000;

/// Equations `sum of coefficient * variable = right side` with `0 <= variable <= upper`.
pub(super) struct Program {
    rows: Vec<Vec<f64>>,
    right: Vec<f64>,
    /// Variable that each row gives; `None` for the artificial one of the first phase.
    basis: Vec<Option<usize>>,
    upper: Vec<f64>,
    /// Whether a variable is counted down from its upper bound.
    turned: Vec<bool>,
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Answer {
    Least(f64),
    Unbounded,
    GivenUp,
}

enum Leaving {
    /// The entering variable goes to its other bound.
    Entering,
    /// The variable of the row goes to 0.
    AtZero(usize),
    /// The variable of the row goes to its upper bound.
    AtUpper(usize),
}

impl Program {
    /// Sets the program up at a solution; `None` if there is none.
    pub fn new(mut rows: Vec<Vec<f64>>, mut right: Vec<f64>, upper: Vec<f64>) -> Option<Self> {
        for (row, right) in rows.iter_mut().zip(&mut right) {
            if *right < 0.0 {
                *right = -*right;
                row.iter_mut().for_each(|value| *value = -*value);
            }
        }
        let mut cost = vec![0.0; upper.len()];
        for row in &rows {
            cost.iter_mut().zip(row).for_each(|(cost, value)| *cost -= value);
        }
        let (basis, turned) = (vec![None; rows.len()], vec![false; upper.len()]);
        let mut program = Self { rows, right, basis, upper, turned };
        if !program.descend(&mut cost, true) {
            return None;
        }
        let wrong: f64 =
            program.basis.iter().zip(&program.right).filter(|(base, _)| base.is_none()).map(|(_, value)| value).sum();
        (wrong < 1e-6).then_some(program)
    }

    /// Value of every variable at the current solution.
    pub fn values(&self) -> Vec<f64> {
        let mut values = vec![0.0; self.upper.len()];
        for (base, right) in self.basis.iter().zip(&self.right) {
            if let Some(value) = base.and_then(|base| values.get_mut(base)) {
                *value = *right;
            }
        }
        for ((value, upper), turned) in values.iter_mut().zip(&self.upper).zip(&self.turned) {
            if *turned {
                *value = upper - *value;
            }
        }
        values
    }

    /// The least value of a variable, or with `greatest` the greatest one.
    pub fn ask(&mut self, variable: usize, greatest: bool) -> Answer {
        let turned = self.turned.get(variable).copied().unwrap_or(false);
        let sign = if greatest == turned { 1.0 } else { -1.0 };
        let mut cost = vec![0.0; self.upper.len()];
        match self.basis.iter().position(|base| *base == Some(variable)).and_then(|at| self.rows.get(at)) {
            Some(row) => cost.iter_mut().zip(row).for_each(|(cost, value)| *cost = -sign * value),
            None => cost.iter_mut().skip(variable).take(1).for_each(|cost| *cost = sign),
        }
        cost.iter_mut()
            .skip(variable)
            .take(1)
            .filter(|_| self.basis.contains(&Some(variable)))
            .for_each(|cost| *cost = 0.0);
        if !self.descend(&mut cost, false) {
            // Without bound, or too many steps: the two are told apart by the direction that was left.
            return if cost.iter().any(|cost| *cost < -TINY) { Answer::Unbounded } else { Answer::GivenUp };
        }
        Answer::Least(self.values().get(variable).copied().unwrap_or(0.0))
    }

    /// Lowers the cost as far as it goes; false if it has no bound or takes too long.
    fn descend(&mut self, cost: &mut [f64], first_phase: bool) -> bool {
        for step in 0..MOST {
            let Some(entering) = entering(cost, step < STEEP) else { return true };
            let Some(leaving) = self.leaving(entering, first_phase) else { return false };
            match leaving {
                Leaving::Entering => self.turn(entering, cost),
                Leaving::AtZero(row) => self.pivot(row, entering, cost),
                Leaving::AtUpper(row) => {
                    self.turn_basic(row);
                    self.pivot(row, entering, cost);
                }
            }
        }
        cost.fill(0.0);
        false
    }

    fn leaving(&self, entering: usize, first_phase: bool) -> Option<Leaving> {
        let mut most = self.upper.get(entering).copied().unwrap_or(f64::INFINITY);
        let mut leaving = most.is_finite().then_some(Leaving::Entering);
        let mut name = usize::MAX;
        for (at, ((row, right), base)) in self.rows.iter().zip(&self.right).zip(&self.basis).enumerate() {
            let slope = row.get(entering).copied().unwrap_or(0.0);
            let (room, at_zero) = if slope > TINY {
                (right / slope, true)
            } else if slope < -TINY {
                let upper = match base {
                    Some(base) => self.upper.get(*base).copied().unwrap_or(f64::INFINITY),
                    None if first_phase => f64::INFINITY,
                    None => 0.0,
                };
                ((upper - right) / -slope, false)
            } else {
                continue;
            };
            let room = room.max(0.0);
            let this = base.unwrap_or(0);
            if room < most - TINY || (room <= most + TINY && leaving.is_some() && this < name && name != usize::MAX) {
                most = room.min(most);
                name = this;
                leaving = Some(if at_zero { Leaving::AtZero(at) } else { Leaving::AtUpper(at) });
            }
        }
        leaving
    }

    /// Counts a variable outside the basis from its other bound.
    fn turn(&mut self, variable: usize, cost: &mut [f64]) {
        let upper = self.upper.get(variable).copied().unwrap_or(0.0);
        for (row, right) in self.rows.iter_mut().zip(&mut self.right) {
            if let Some(value) = row.get_mut(variable) {
                *right -= *value * upper;
                *value = -*value;
            }
        }
        cost.iter_mut().skip(variable).take(1).for_each(|cost| *cost = -*cost);
        self.turned.iter_mut().skip(variable).take(1).for_each(|turned| *turned = !*turned);
    }

    /// Counts the variable of a row from its other bound. An artificial one has the upper bound 0.
    fn turn_basic(&mut self, at: usize) {
        let base = self.basis.get(at).copied().flatten();
        let upper = base.and_then(|base| self.upper.get(base)).copied().unwrap_or(0.0);
        if let (Some(row), Some(right)) = (self.rows.get_mut(at), self.right.get_mut(at)) {
            row.iter_mut().for_each(|value| *value = -*value);
            if let Some(own) = base.and_then(|base| row.get_mut(base)) {
                *own = 1.0;
            }
            *right = upper - *right;
        }
        if let Some(turned) = base.and_then(|base| self.turned.get_mut(base)) {
            *turned = !*turned;
        }
    }

    fn pivot(&mut self, at: usize, entering: usize, cost: &mut [f64]) {
        let Some(mut row) = self.rows.get_mut(at).map(std::mem::take) else { return };
        let divisor = row.get(entering).copied().unwrap_or(1.0);
        row.iter_mut().for_each(|value| *value /= divisor);
        let mut own = 0.0;
        if let Some(right) = self.right.get_mut(at) {
            *right /= divisor;
            own = *right;
        }
        for (other, right) in self.rows.iter_mut().zip(&mut self.right) {
            let factor = other.get(entering).copied().unwrap_or(0.0);
            if factor != 0.0 {
                subtract(other, &row, factor);
                *right -= factor * own;
                if right.abs() < TINY {
                    *right = 0.0;
                }
            }
        }
        let factor = cost.get(entering).copied().unwrap_or(0.0);
        subtract(cost, &row, factor);
        if let Some(place) = self.rows.get_mut(at) {
            *place = row;
        }
        if let Some(base) = self.basis.get_mut(at) {
            *base = Some(entering);
        }
    }
}

fn subtract(from: &mut [f64], row: &[f64], factor: f64) {
    for (value, by) in from.iter_mut().zip(row) {
        if *by != 0.0 {
            *value -= factor * by;
            if value.abs() < TINY {
                *value = 0.0;
            }
        }
    }
}

/// The variable that lowers the cost: the steepest, or the first.
fn entering(cost: &[f64], steepest: bool) -> Option<usize> {
    let mut found: Option<(usize, f64)> = None;
    for (at, value) in cost.iter().enumerate() {
        if *value < -TINY && found.is_none_or(|(_, least)| *value < least) {
            found = Some((at, *value));
            if !steepest {
                break;
            }
        }
    }
    found.map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_variable() {
        // x + y = 7, y + z = 5, x <= 5, z <= 3
        let rows = vec![vec![1.0, 1.0, 0.0], vec![0.0, 1.0, 1.0]];
        let mut program = Program::new(rows, vec![7.0, 5.0], vec![5.0, f64::INFINITY, 3.0]).unwrap();
        assert_eq!(program.ask(0, false), Answer::Least(2.0));
        assert_eq!(program.ask(0, true), Answer::Least(5.0));
        assert_eq!(program.ask(1, false), Answer::Least(2.0));
        assert_eq!(program.ask(1, true), Answer::Least(5.0));
        assert_eq!(program.ask(2, true), Answer::Least(3.0));
    }

    #[test]
    fn no_solution_and_no_bound() {
        assert!(Program::new(vec![vec![1.0, 1.0]], vec![7.0], vec![3.0, 3.0]).is_none());
        let mut open = Program::new(vec![vec![1.0, -1.0]], vec![0.0], vec![f64::INFINITY; 2]).unwrap();
        assert_eq!(open.ask(0, false), Answer::Least(0.0));
        assert_eq!(open.ask(0, true), Answer::Unbounded);
    }
}
