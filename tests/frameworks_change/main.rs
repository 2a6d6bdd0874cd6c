//! What would change a school's category, against trying out every small set of changes.
//!
//! The frameworks are those of the test of possible categories. A set of changes is tried by putting its values into the
//! table and assigning again; what may change, what may be found out and what a set costs is worked out here in own words.

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

#[allow(dead_code, reason = "shared with another test")]
#[path = "../frameworks_possible/conditions.rs"]
mod conditions;
#[allow(dead_code, reason = "shared with another test")]
#[path = "../frameworks_possible/frameworks.rs"]
mod frameworks;
#[allow(dead_code, reason = "shared with another test")]
#[path = "../frameworks_possible/places.rs"]
mod places;
#[allow(dead_code, reason = "shared with another test")]
#[path = "../frameworks_possible/rules.rs"]
mod rules;

mod answers;
mod brute;
mod check;
mod phrases;
mod schools;

use check::agrees;
use frameworks::BOTH;
use proptest::prelude::*;
use schools::case;

/// So many frameworks of each kind; chosen so that the whole takes less than 40 seconds unoptimised.
/// `PROPTEST_CASES` asks for more.
fn cases(cases: u32) -> ProptestConfig {
    let more = std::env::var_os("PROPTEST_CASES").is_some();
    let wanted = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if more { wanted } else { ProptestConfig { cases, ..wanted } }
}

proptest! {
    #![proptest_config(cases(80))]

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
