//! Tables of random counts: no hidden cell may be worked out. The attack knows nothing of how cells were chosen.

use proptest::prelude::*;

use super::*;

const RULE: Rule = Rule { minimum: 6, protection: 1, complementary: true };

fn cell(grouping: usize, group: Option<usize>, school: Option<usize>, count: i64) -> Cell {
    Cell { grouping, group, school, count: Some(count), withheld: false, limits: None }
}

/// Groups by schools for each grouping, with the totals that are asked for. Groupings share the first one's school totals:
/// the last group of each takes the difference, and schools grow where that would be negative.
fn tables(groupings: &[Vec<Vec<i64>>], over_groups: bool, over_schools: bool) -> Vec<Cell> {
    let schools = groupings[0][0].len();
    let sums = |table: &Vec<Vec<i64>>, school: usize| table.iter().map(|row| row[school]).sum::<i64>();
    let totals: Vec<i64> =
        (0..schools).map(|school| groupings.iter().map(|table| sums(table, school)).max().unwrap()).collect();
    let mut cells = Vec::new();
    for (k, table) in groupings.iter().enumerate() {
        let mut table = table.clone();
        for (school, total) in totals.iter().enumerate() {
            let difference = total - sums(&table, school);
            table.last_mut().unwrap()[school] += difference;
        }
        for (g, row) in table.iter().enumerate() {
            cells.extend(row.iter().enumerate().map(|(s, count)| cell(k, Some(g), Some(s), *count)));
            if over_schools {
                cells.push(cell(k, Some(g), None, row.iter().sum()));
            }
        }
    }
    if over_groups {
        cells.extend(totals.iter().enumerate().map(|(s, count)| cell(0, None, Some(s), *count)));
        if over_schools {
            cells.push(cell(0, None, None, totals.iter().sum()));
        }
    }
    cells
}

fn seen(cells: &[Cell], statuses: &[Status]) -> Vec<Seen> {
    cells
        .iter()
        .zip(statuses)
        .map(|(cell, status)| {
            let shown = *status == Status::Shown;
            let count = cell.count.filter(|_| shown);
            Seen { cell: Cell { count, withheld: !shown, ..*cell }, small: *status == Status::Primary }
        })
        .collect()
}

fn pinned(cells: &[Cell], statuses: &[Status]) -> Vec<(usize, Range)> {
    let ranges = attack(&seen(cells, statuses), 6).unwrap();
    let hidden = ranges.into_iter().enumerate().filter(|(row, _)| statuses[*row] != Status::Shown);
    hidden.filter(|(_, range)| range.high == Some(range.low)).collect()
}

/// Where a whole cohort is small, its groups can fill it: five groups of one pupil are known from the rule alone.
fn has_small_total(cells: &[Cell]) -> bool {
    cells.iter().any(|cell| (cell.group.is_none() || cell.school.is_none()) && (1..6).contains(&cell.count.unwrap()))
}

fn counts() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 0..8_i64, 2 => 0..40_i64, 1 => Just(0_i64)]
}

fn groupings() -> impl Strategy<Value = Vec<Vec<Vec<i64>>>> {
    (1..6_usize).prop_flat_map(|schools| {
        let table = (1..7_usize)
            .prop_flat_map(move |groups| prop::collection::vec(prop::collection::vec(counts(), schools), groups));
        prop::collection::vec(table, 1..4)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_hidden_is_determined(tables_ in groupings(), over_groups: bool, over_schools: bool) {
        let cells = tables(&tables_, over_groups, over_schools);
        let outcome = suppress(&cells, RULE).unwrap();
        prop_assert!(outcome.imbalances.is_empty());
        prop_assert!(outcome.unprotected.is_empty() || has_small_total(&cells));
        for (cell, status) in cells.iter().zip(&outcome.statuses) {
            prop_assert_eq!((1..6).contains(&cell.count.unwrap()), *status == Status::Primary);
        }
        for (row, range) in pinned(&cells, &outcome.statuses) {
            prop_assert!(outcome.unprotected.contains(&row), "{row} {range:?}\n{cells:?}\n{:?}", outcome.statuses);
        }
    }

    #[test]
    fn protection_is_the_width_of_the_range(tables_ in groupings(), protection in 1..=4_i64) {
        let cells = tables(&tables_, true, true);
        let rule = Rule::new(6, protection, true).unwrap();
        let outcome = suppress(&cells, rule).unwrap();
        let ranges = attack(&seen(&cells, &outcome.statuses), 6).unwrap();
        for (row, status) in outcome.statuses.iter().enumerate() {
            if *status == Status::Primary && !outcome.unprotected.contains(&row) {
                let width = ranges[row].high.unwrap() - ranges[row].low;
                prop_assert!(width >= protection, "{width} {:?}", cells[row]);
            }
        }
        prop_assert!(outcome.unprotected.is_empty() || has_small_total(&cells));
    }

    #[test]
    fn the_answer_does_not_rest_on_the_order_of_rows(tables_ in groupings(), turn in 0..50_usize) {
        let cells = tables(&tables_, true, true);
        let mut turned = cells.clone();
        let by = turn % cells.len();
        turned.rotate_left(by);
        let mut statuses = suppress(&turned, RULE).unwrap().statuses;
        statuses.rotate_right(by);
        prop_assert_eq!(suppress(&cells, RULE).unwrap().statuses, statuses);
    }

    #[test]
    fn hidden_parts_of_a_shown_total_are_no_small_group(table in prop::collection::vec(counts(), 2..7)) {
        let table: Vec<Vec<i64>> = table.into_iter().map(|count| vec![count]).collect();
        let cells = tables(&[table], true, false);
        let statuses = suppress(&cells, RULE).unwrap().statuses;
        let (total, parts) = cells.split_last().unwrap();
        if statuses.last() == Some(&Status::Shown) {
            let hidden: i64 = parts.iter().zip(&statuses).filter(|(_, s)| **s != Status::Shown).map(|(c, _)| c.count.unwrap()).sum();
            prop_assert!(hidden == 0 || hidden >= 6, "{hidden} of {total:?}");
        }
    }
}

fn school(counts: &[i64]) -> Vec<Status> {
    let mut cells: Vec<Cell> = counts.iter().enumerate().map(|(g, count)| cell(0, Some(g), Some(0), *count)).collect();
    cells.push(cell(0, None, Some(0), counts.iter().sum()));
    suppress(&cells, RULE).unwrap().statuses
}

#[test]
fn the_next_smallest_group_goes_with_a_small_one() {
    use Status::{Complementary as C, Primary as P, Shown as S};
    assert_eq!(school(&[5, 30, 50]), [P, C, S, S]);
    assert_eq!(school(&[6, 30, 50]), [S, S, S, S]);
    assert_eq!(school(&[1, 90]), [P, C, S]);
    assert_eq!(school(&[0, 90]), [S, S, S]);
    // A group of 0 is no partner while there is another.
    assert_eq!(school(&[3, 0, 40]), [P, S, C, S]);
    // Two small groups of 5 together are a small group.
    assert_eq!(school(&[3, 2, 40]), [P, P, C, S]);
    assert_eq!(school(&[3, 3, 40]), [P, P, S, S]);
    // The cohort itself is small; 0 goes with it only if it has to.
    assert_eq!(school(&[2, 1]), [P, P, P]);
    // Equal groups: the first.
    assert_eq!(school(&[4, 20, 20]), [P, C, S, S]);
}

#[test]
fn a_cohort_that_the_rule_alone_gives_away_is_reported() {
    let cells = tables(&[vec![vec![1]; 5]], true, false);
    let outcome = suppress(&cells, RULE).unwrap();
    assert_eq!(outcome.statuses, [Status::Primary; 6]);
    assert_eq!(outcome.unprotected, [0, 1, 2, 3, 4, 5]);
    let cells = tables(&[vec![vec![1]; 4]], true, false);
    assert!(suppress(&cells, RULE).unwrap().unprotected.is_empty());
}

#[test]
fn ten_groups_of_four_hundred_schools_are_done() {
    let table: Vec<Vec<i64>> =
        (0..10_i64).map(|g| (0..400_i64).map(|s| (g * 37 + s * 101 + g * s) % 53).collect()).collect();
    let cells = tables(&[table], true, true);
    let outcome = suppress(&cells, RULE).unwrap();
    assert!(outcome.unprotected.is_empty());
    assert!(pinned(&cells, &outcome.statuses).is_empty());
}

#[test]
fn without_complementary_suppression_the_attack_succeeds() {
    let cells = tables(&[vec![vec![4], vec![30], vec![50]]], true, false);
    let plain = suppress(&cells, Rule { complementary: false, ..RULE }).unwrap().statuses;
    assert_eq!(pinned(&cells, &plain).len(), 1);
    assert!(pinned(&cells, &suppress(&cells, RULE).unwrap().statuses).is_empty());
}

#[test]
fn a_count_withheld_by_its_source_is_kept_hidden() {
    let mut cells = tables(&[vec![vec![9, 30, 40], vec![50, 60, 70]]], true, true);
    cells[0] = Cell { count: None, withheld: true, ..cells[0] };
    let statuses = suppress(&cells, RULE).unwrap().statuses;
    assert_eq!(statuses[0], Status::Source);
    assert!(pinned(&cells, &statuses).is_empty());
    assert_eq!(statuses.iter().filter(|status| **status == Status::Complementary).count(), 3);
}

#[test]
fn totals_that_do_not_add_up_are_named() {
    let mut cells = tables(&[vec![vec![9, 30], vec![50, 60]]], true, false);
    cells.last_mut().unwrap().count = Some(91);
    let outcome = suppress(&cells, RULE).unwrap();
    assert_eq!(outcome.imbalances, [Imbalance { grouping: 0, group: None, school: Some(0), total: 91, parts: 90 }]);
}

#[test]
fn rules_and_counts_are_checked() {
    assert!(Rule::new(2, 1, true).is_err());
    assert!(Rule::new(3, 1, true).is_ok());
    assert!(Rule::new(6, 0, true).is_err());
    assert!(Rule::new(6, 5, true).is_err());
    let twice = [cell(0, Some(0), Some(0), 7), cell(0, Some(0), Some(0), 7)];
    assert!(suppress(&twice, RULE).unwrap_err().to_string().contains("given twice"));
    assert!(suppress(&[cell(0, Some(0), Some(0), -1)], RULE).is_err());
    assert_eq!(suppress(&[], RULE).unwrap(), Outcome::default());
}

#[test]
fn numerators_stay_within_their_pupils() {
    // 3 and 6 of 6 pupils, 20 of 40: the second cannot rise, so the first cannot fall by it alone.
    let limits = |high, small| Some(Limits { low: i64::from(small), high, small });
    let cells = [
        Cell { limits: limits(5, true), ..cell(0, Some(0), Some(0), 3) },
        Cell { limits: limits(6, false), ..cell(0, Some(1), Some(0), 6) },
        Cell { limits: limits(40, false), ..cell(0, Some(2), Some(0), 20) },
        Cell { limits: limits(52, false), ..cell(0, None, Some(0), 29) },
    ];
    let statuses = suppress(&cells, RULE).unwrap().statuses;
    assert_eq!(statuses, [Status::Primary, Status::Complementary, Status::Shown, Status::Shown]);
    let ranges = attack(&seen(&cells, &statuses), 6).unwrap();
    assert_eq!(ranges[0], Range { low: 3, high: Some(5) });
    assert_eq!(ranges[1], Range { low: 4, high: Some(6) });
    let full = Cell { limits: limits(6, false), ..cell(0, Some(1), Some(0), 5) };
    let small = Cell { limits: limits(5, true), ..cell(0, Some(0), Some(0), 5) };
    let total = Cell { limits: limits(12, false), ..cell(0, None, Some(0), 10) };
    assert!(suppress(&[small, full, total], RULE).unwrap().unprotected.is_empty());
}

#[test]
fn totals_that_contradict_each_other_are_found_at_once() {
    // Rows add up to one more than columns; bounds alone would creep towards it for a billion rounds.
    let many = 1_000_000_000;
    let mut seen = Vec::new();
    for group in 0..2 {
        for school in 0..2 {
            let cell = Cell { count: None, withheld: true, ..cell(0, Some(group), Some(school), 0) };
            seen.push(Seen { cell, small: false });
        }
        seen.push(Seen { cell: cell(0, Some(group), None, many), small: false });
    }
    seen.push(Seen { cell: cell(0, None, Some(0), many), small: false });
    seen.push(Seen { cell: cell(0, None, Some(1), many), small: false });
    assert_eq!(attack(&seen, 6).unwrap()[0], Range { low: 0, high: Some(many) });
    seen.last_mut().unwrap().cell.count = Some(many + 1);
    assert!(attack(&seen, 6).unwrap_err().to_string().contains("no table of whole, non-negative counts"));
}
