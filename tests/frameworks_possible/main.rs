//! What is possible when values are unknown, against going through every completion by brute force.
//!
//! Random small frameworks with every kind of rule are written out as files. The oracle evaluates the same conditions from
//! its own structures for every way to fill in the unknown values (numbers on a grid finer than the limits), and applies
//! the rule and the adjustments in its own words.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::struct_field_names,
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "helpers of tests"
)]

mod check;
mod conditions;
mod frameworks;
mod lint;
mod places;
mod rules;

use check::{agrees, case};
use frameworks::BOTH;
use proptest::prelude::*;

/// So many frameworks of each kind; chosen so that the whole takes less than a minute unoptimised.
/// `PROPTEST_CASES` asks for more.
fn cases(cases: u32) -> ProptestConfig {
    let more = std::env::var_os("PROPTEST_CASES").is_some();
    let wanted = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if more { wanted } else { ProptestConfig { cases, ..wanted } }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn best_fit(case in case(rules::fit(4))) {
        agrees(&case, 0)?;
    }

    #[test]
    fn gates(case in case(rules::gates(4))) {
        agrees(&case, 0)?;
    }

    #[test]
    fn points(case in case(rules::points(4))) {
        agrees(&case, 0)?;
    }

    #[test]
    fn matrices(case in case(rules::matrix(4))) {
        agrees(&case, 0)?;
    }

    #[test]
    fn both_phases_by_best_fit(case in case(rules::fit(4))) {
        agrees(&case, BOTH)?;
    }

    #[test]
    fn both_phases_by_other_rules(case in case(prop_oneof![rules::gates(4), rules::points(4), rules::matrix(3)])) {
        agrees(&case, BOTH)?;
    }
}

proptest! {
    // Every framework is gone through for every school.
    #![proptest_config(cases(50))]

    #[test]
    fn lint_of_gates(case in lint::small(rules::gates(4))) {
        lint::agrees(&case)?;
    }

    #[test]
    fn lint_of_best_fit(case in lint::small(rules::fit(4))) {
        lint::agrees(&case)?;
    }

    #[test]
    fn lint_of_other_rules(case in lint::small(prop_oneof![rules::points(4), rules::matrix(3)])) {
        lint::agrees(&case)?;
    }
}
