"""The gap index against Mann and Whitney's test of scipy, the bootstrap, and published grades."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats

import schoolframe as sf
from _pupils import pupils

GRADES = ["U", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
PUPILS = pupils()
MATHS = (
    [5256, 14828, 19742, 23624, 29472, 21241, 10963, 7084, 4535, 1775],
    [3198, 12871, 24698, 42912, 82281, 85440, 57861, 44854, 37272, 20083],
)
ENGLISH = (
    [4498, 8538, 16238, 33421, 24383, 21815, 16028, 7179, 3676, 1516],
    [3217, 6760, 18070, 60319, 68704, 83526, 80892, 46991, 27969, 14306],
)


def table(group: list[int], other: list[int]) -> pl.DataFrame:
    return pl.DataFrame({"grade": range(len(group)), "dis": group, "oth": other})


def spread(counts: pl.DataFrame) -> pl.DataFrame:
    """The pupils behind a table of counts."""
    group = counts.select("grade", n="dis", fsm=pl.lit(value=True))
    other = counts.select("grade", n="oth", fsm=pl.lit(value=False))
    both = pl.concat([group, other])
    return both.select(pl.col("grade", "fsm").repeat_by("n").explode())


def only(measured: sf.Measured) -> dict[str, Any]:
    return measured.frame.row(0, named=True)


@pytest.mark.parametrize(
    ("counts", "superiority", "index"), [(MATHS, 0.68210, 3.642), (ENGLISH, 0.66935, 3.387)], ids=["maths", "english"]
)
def test_worked_examples_of_2023(counts: tuple[list[int], list[int]], superiority: float, index: float) -> None:
    row = only(sf.gap_index_from_counts(table(*counts), "grade", "dis", "oth"))
    assert row["superiority"] == pytest.approx(superiority, abs=5e-6)
    assert row["index"] == pytest.approx(index, abs=5e-4)
    assert row["index"] == pytest.approx(20 * (row["superiority"] - 0.5), rel=1e-12)
    by_ranks = 20 * (row["reference_rank"] - row["group_rank"]) / (row["group_n"] + row["reference_n"])
    assert row["index"] == pytest.approx(by_ranks, rel=1e-12)
    assert row["ci_low"] < row["index"] < row["ci_high"]


def test_published_grades_of_2023_from_the_file(data: Path) -> None:
    """The file holds grades by prior attainment; all of it together is the golden example."""
    path = data / "estimates" / "transition_matrices_2023_grades_9to1.csv.gz"
    grades = pl.read_csv(path, infer_schema=False).filter(subjects="Mathematics", characteristic_type="Disadvantage")
    grades = grades.filter(pl.col("KS2_Prior") != "Total")
    counts = grades.unpivot([f"num_{grade}" for grade in GRADES], index="characteristic_value").with_columns(
        grade=pl.col("variable").str.strip_prefix("num_").cast(pl.Enum(GRADES)), n=pl.col("value").cast(pl.Int64)
    )
    pairs = counts.group_by("grade").agg(
        pl.col("n").filter(pl.col("characteristic_value") == "Disadvantaged Pupils").sum().alias("disadvantaged"),
        pl.col("n").filter(pl.col("characteristic_value") != "Disadvantaged Pupils").sum().alias("other"),
    )
    assert pairs.sort("grade")["disadvantaged"].to_list() == MATHS[0]
    row = only(sf.gap_index_from_counts(pairs, "grade", "disadvantaged", "other"))
    assert (row["group_n"], row["reference_n"]) == (138_520, 411_470)
    assert row["index"] == pytest.approx(3.642, abs=5e-4)


def test_pupils_and_their_counts_give_the_same_to_the_last_bit() -> None:
    counts = table([3, 4, 0, 9], [1, 2, 8, 20])
    people = spread(counts)
    from_counts = sf.gap_index_from_counts(counts, "grade", "dis", "oth").frame.drop("measure", "group", "reference")
    from_pupils = sf.gap_index(people, "grade", "fsm").frame.drop("measure", "group", "reference")
    assert_frame_equal(from_pupils, from_counts, check_exact=True)
    split = pl.concat([counts.head(2), counts.head(2), counts]).with_columns(
        pl.Series("dis", [1, 1, 1, 1, 1, 2, 0, 9]), pl.Series("oth", [0, 1, 1, 0, 0, 1, 8, 20])
    )
    assert_frame_equal(
        sf.gap_index_from_counts(split, "grade", "dis", "oth").frame.drop("measure", "group", "reference"), from_counts
    )


@given(st.lists(st.integers(0, 8), min_size=6, max_size=60), st.lists(st.integers(0, 8), min_size=6, max_size=60))
@settings(deadline=None)
def test_any_scores_against_scipy(group: list[int], other: list[int]) -> None:
    frame = pl.DataFrame({"x": group + other, "g": ["in"] * len(group) + ["out"] * len(other)})
    row = only(sf.gap_index(frame, "x", "g", member="in"))
    test = stats.mannwhitneyu(other, group, method="asymptotic", use_continuity=False)
    assert row["superiority"] == pytest.approx(test.statistic / (len(group) * len(other)), abs=1e-12)
    ranks = stats.rankdata(group + other)
    assert row["group_rank"] == pytest.approx(np.mean(ranks[: len(group)]))
    assert row["reference_rank"] == pytest.approx(np.mean(ranks[len(group) :]))
    if len(set(group + other)) > 1:
        assert row["p_value"] == pytest.approx(test.pvalue, rel=1e-6, abs=1e-12)
    else:
        assert (row["index"], row["p_value"], row["status"]) == (0.0, None, "no_error")
    # The variance of DeLong, straight from its definition.
    a, b = np.array(other), np.array(group)
    wins = (a[:, None] > b[None, :]) + 0.5 * (a[:, None] == b[None, :])
    se = 20 * np.sqrt(np.var(wins.mean(axis=1), ddof=1) / len(a) + np.var(wins.mean(axis=0), ddof=1) / len(b))
    if row["status"] == "ok":
        assert row["se"] == pytest.approx(se)
        assert row["ci_low"] == pytest.approx(max(row["index"] - stats.norm.ppf(0.975) * se, -10))
    else:
        assert se == pytest.approx(0, abs=1e-12)


def test_the_standard_error_is_that_of_the_bootstrap() -> None:
    random = np.random.default_rng(2)
    group, other = np.round(random.normal(0, 2, 150)), np.round(random.normal(0.8, 1.5, 400))
    frame = pl.DataFrame({"x": np.concatenate([group, other]), "g": [True] * 150 + [False] * 400})
    row = only(sf.gap_index(frame, "x", "g"))
    drawn = []
    for _ in range(1_500):
        a, b = random.choice(other, 400), random.choice(group, 150)
        drawn.append(20 * (stats.mannwhitneyu(a, b).statistic / (400 * 150) - 0.5))
    assert row["se"] == pytest.approx(np.std(drawn), rel=0.06)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.12)


def test_only_the_order_of_scores_counts() -> None:
    plain = sf.gap_index(PUPILS, "p8", "fsm")
    bent = sf.gap_index(PUPILS.with_columns(pl.col("p8").exp()), "p8", "fsm")
    assert_frame_equal(plain.frame, bent.frame, check_exact=True)


def test_places_and_years_are_ranked_on_their_own() -> None:
    frame = pupils(years=(2018, 2019))
    found = sf.gap_index(frame, "p8", "fsm", by="la").frame
    assert found.select("la", "year").rows() == [
        (la, year) for la in ("301", "302", "303", "304") for year in (2018, 2019)
    ]
    for row in found.rows(named=True):
        part = frame.filter(la=row["la"], year=row["year"]).drop("year", "la")
        alone = sf.gap_index(part, "p8", "fsm").frame
        assert found.filter(la=row["la"], year=row["year"]).drop("la", "year").equals(alone)


def test_the_account_adds_up() -> None:
    found = sf.gap_index(PUPILS, "p8", "ethnicity", member="Black", by="la")
    assert found.rows["rows"].sum() == PUPILS.height
    assert found.used == PUPILS.drop_nulls(["p8", "ethnicity"]).height
    assert found.frame.select(pl.sum("group_n") + pl.sum("reference_n")).item() == found.used
    assert "positive where the group is behind" in found.notes[0]


@pytest.mark.parametrize(("n", "status"), [(0, "missing"), (5, "below_minimum"), (6, "ok"), (7, "ok")])
def test_the_smallest_group_that_is_shown(n: int, status: str) -> None:
    frame = pl.DataFrame({"x": [*range(n), *range(2, 12)], "g": [1] * n + [0] * 10})
    row = (
        only(sf.gap_index(frame, "x", "g", member=1))
        if n
        else only(sf.gap_index_from_counts(pl.DataFrame({"x": [1, 2], "a": [0, 0], "b": [5, 5]}), "x", "a", "b"))
    )
    assert (row["status"], row["group_n"]) == (status, n)
    assert (row["index"] is None) is (status != "ok")


def test_groups_that_do_not_overlap_have_the_ends_of_the_scale_and_no_interval() -> None:
    row = only(sf.gap_index_from_counts(table([9, 0], [0, 12]), "grade", "dis", "oth"))
    assert (row["index"], row["superiority"], row["se"], row["ci_low"], row["status"]) == (
        10.0,
        1.0,
        None,
        None,
        "no_error",
    )
    assert row["p_value"] < 0.001


def test_frames_without_pupils() -> None:
    assert only(sf.gap_index(PUPILS.clear(), "p8", "fsm"))["status"] == "missing"
    assert sf.gap_index(PUPILS.clear(), "p8", "fsm", by="la").frame.height == 0
    nothing = sf.gap_index(PUPILS.with_columns(p8=pl.lit(None, dtype=pl.Float64)), "p8", "fsm")
    assert nothing.rows.rows() == [("used", 0), ("p8 is missing", PUPILS.height)]


COUNTS = table([3, 4], [5, 6])


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (COUNTS.with_columns(dis=pl.Series([3, None])), "'dis' must hold numbers of pupils, .* missing \\(row 1\\)"),
        (COUNTS.with_columns(dis=pl.Series([3, -1])), "'dis' must hold numbers of pupils, .* -1.0 \\(row 1\\)"),
        (COUNTS.with_columns(oth=pl.Series([3.0, 0.5])), "'oth' must hold numbers of pupils, .* 0.5 \\(row 1\\)"),
        (COUNTS.with_columns(grade=pl.Series(["U", "1"])), "'grade' must hold numbers or an Enum .* holds String"),
        (COUNTS.with_columns(grade=pl.Series([1, None])), "'grade' and the keys must not be missing; .* row 1"),
        (COUNTS.with_columns(grade=pl.Series([1.0, float("inf")])), "'grade' must hold finite numbers"),
        (COUNTS.with_columns(dis=pl.Series(["3", "4"])), "'dis' must hold numbers or true and false, it holds String"),
    ],
)
def test_counts_that_cannot_be_are_refused(frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(sf.exceptions.InputError, match=message):
        sf.gap_index_from_counts(frame, "grade", "dis", "oth")


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(sf.exceptions.UnknownNameError, match="member: group of 'fsm' 'yes' does not exist"):
        sf.gap_index(PUPILS, "p8", "fsm", member="yes")
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'p9' is not there"):
        sf.gap_index(PUPILS, "p9", "fsm")
    with pytest.raises(sf.exceptions.InputError, match="'ethnicity' must hold numbers"):
        sf.gap_index(PUPILS, "ethnicity", "fsm")
    with pytest.raises(sf.exceptions.InputError, match=r"'pupil' must name one row; .*: pupil P0 \(rows 0, 1200\)"):
        sf.gap_index(pl.concat([PUPILS, PUPILS.head(1)]), "p8", "fsm", pupil="pupil")
    with pytest.raises(sf.exceptions.InputError, match="confidence must lie between 0 and 1, not 95"):
        sf.gap_index(PUPILS, "p8", "fsm", confidence=95)
    with pytest.raises(sf.exceptions.InputError, match="min_group: a whole number"):
        sf.gap_index(PUPILS, "p8", "fsm", min_group=-1)
    with pytest.raises(sf.exceptions.InputError, match="by: the name 'p8' stands for something else"):
        sf.gap_index(PUPILS, "p8", "fsm", by="p8")
