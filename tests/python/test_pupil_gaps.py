"""Gaps from pupils against numpy and scipy, school by school; thresholds, missing values, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats

import schoolframe as sf
from _pupils import ETHNICITIES, outcomes, pupils, welch

PUPILS = pupils()
FIGURES = ("group_mean", "group_n", "reference_mean", "reference_n", "gap", "ci_low", "ci_high", "statistic", "p_value")


def rows(measured: sf.Measured) -> list[dict[str, Any]]:
    return measured.frame.rows(named=True)


def same(row: dict[str, Any], expected: dict[str, float]) -> None:
    for name in FIGURES:
        assert row[name] == pytest.approx(expected[name], rel=1e-8, abs=1e-10), (name, row)


def test_within_schools_against_the_rest_is_welch_of_scipy() -> None:
    found = sf.pupil_gaps(PUPILS, "p8", group="fsm")
    assert found.frame.height == 24
    for row in rows(found):
        a = outcomes(PUPILS, "p8", urn=row["urn"], fsm=row["group"] == "true")
        b = outcomes(PUPILS, "p8", urn=row["urn"], fsm=row["group"] != "true")
        same(row, welch(a, b))
        assert (row["status"], row["method"], row["reference"]) == ("ok", "welch", "other pupils")
        assert row["group_sd"] == pytest.approx(np.std(a, ddof=1))
        assert row["gap_sd"] == pytest.approx(row["gap"] / np.std(outcomes(PUPILS, "p8"), ddof=1))
        assert row["significant"] is (row["ci_low"] > 0 or row["ci_high"] < 0)


@pytest.mark.parametrize("comparison", ["national_other", "authority", "neighbours"])
@pytest.mark.parametrize("against", ["rest", "White"])
def test_pools_are_the_pupils_they_say(comparison: Any, against: str) -> None:
    near = pl.DataFrame(
        {"la": ["301", "301", "302", "303", "304"], "neighbour_la": ["302", "303", "304", "304", "301"]}
    )
    found = sf.pupil_gaps(
        PUPILS,
        "p8",
        group="ethnicity",
        comparison=comparison,
        against=against,
        neighbours=near,
        min_group=2,
    )
    assert found.frame.height == 12 * (4 if against == "rest" else 3)
    for row in found.frame.filter(status="ok").rows(named=True):
        authority = str(301 + (row["urn"] - 100_000) % 4)
        place = {
            "national_other": pl.lit(value=True),
            "authority": pl.col("la") == authority,
            "neighbours": pl.col("la").is_in(near.filter(la=authority)["neighbour_la"].to_list()),
        }[comparison]
        wanted = pl.col("ethnicity") != row["group"] if against == "rest" else pl.col("ethnicity") == against
        a = outcomes(PUPILS, "p8", urn=row["urn"], ethnicity=row["group"])
        same(row, welch(a, outcomes(PUPILS.filter(place, wanted), "p8")))
    assert found.frame.filter(status="ok").height > 30


def test_every_pair_of_groups_once() -> None:
    found = sf.pupil_gaps(PUPILS, "p8", group="ethnicity", against="pairs", by=None, year=None)
    pairs = found.frame.select("group", "reference").rows()
    assert pairs == [(a, b) for a in ETHNICITIES for b in ETHNICITIES if a < b]
    for row in rows(found):
        a, b = (outcomes(PUPILS, "p8", ethnicity=row[name]) for name in ("group", "reference"))
        same(row, welch(a, b))


@pytest.mark.parametrize("comparison", ["within_school", "national_other", "authority"])
def test_a_group_against_all_pupils_is_part_of_them(comparison: Any) -> None:
    """The gap to everybody, and the standard error of a linear combination of two independent means."""
    found = sf.pupil_gaps(PUPILS, "p8", group="fsm", comparison=comparison, against="all")
    for row in rows(found):
        place: dict[str, Any] = {
            "within_school": {"urn": row["urn"]},
            "national_other": {},
            "authority": {"la": str(301 + (row["urn"] - 100_000) % 4)},
        }[comparison]
        own = (pl.col("urn") == row["urn"]) & (pl.col("fsm") == (row["group"] == "true"))
        everybody = outcomes(PUPILS.filter(pl.col("fsm").is_not_null()), "p8", **place)
        a = outcomes(PUPILS.filter(own), "p8")
        outside = outcomes(PUPILS.filter(~own), "p8", **place)
        assert len(a) + len(outside) == len(everybody) == row["reference_n"]
        assert row["reference_mean"] == pytest.approx(np.mean(everybody))
        assert row["gap"] == pytest.approx(np.mean(a) - np.mean(everybody))
        # a - all = a (1 - k) - outside (1 - k), k the share of the group
        rest = len(outside) / len(everybody)
        se = rest * np.sqrt(np.var(a, ddof=1) / len(a) + np.var(outside, ddof=1) / len(outside))
        assert row["se"] == pytest.approx(se)
        assert row["p_value"] == pytest.approx(welch(a, outside)["p_value"])


def test_the_standard_error_against_all_pupils_is_that_of_repeated_samples() -> None:
    random = np.random.default_rng(3)
    gaps = []
    for _ in range(4_000):
        a, b = random.normal(0, 1, 20), random.normal(0.3, 1, 60)
        gaps.append(a.mean() - np.concatenate([a, b]).mean())
    frame = pl.DataFrame({"g": ["a"] * 20 + ["b"] * 60, "x": [*random.normal(0, 1, 20), *random.normal(0.3, 1, 60)]})
    found = sf.pupil_gaps(frame, "x", group="g", by=None, against="all", known_sd=1.0, report=["a"])
    assert found.frame["se"][0] == pytest.approx(np.std(gaps), rel=0.05)
    naive = np.sqrt(1 / 20 + 1 / 80)
    assert found.frame["se"][0] < 0.8 * naive


def test_known_spread_and_a_national_figure() -> None:
    found = sf.pupil_gaps(
        PUPILS, "p8", group="fsm", known_sd=1.25, comparison=["within_school", "national_other"], national={True: 0.13}
    )
    for row in rows(found):
        n, other = row["group_n"], row["reference_n"]
        if row["comparison"] == "within_school":
            assert row["se"] == pytest.approx(1.25 * np.sqrt(1 / n + 1 / other))
        elif row["group"] == "true":
            assert row["reference_mean"] == 0.13
            assert (other, row["se"]) == (None, pytest.approx(1.25 / np.sqrt(n)))
            assert row["p_value"] == pytest.approx(2 * stats.norm.sf(abs(row["gap"]) / row["se"]), rel=1e-6)
        else:
            assert (row["status"], row["gap"]) == ("no_reference", None)
        if row["gap"] is not None:
            assert row["gap_sd"] == pytest.approx(row["gap"] / 1.25)
            assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * 1.96 * row["se"])


def test_shares_are_percentages_with_newcombe_s_interval() -> None:
    statsmodels = pytest.importorskip("statsmodels.stats.proportion", reason="statsmodels is the oracle")
    found = sf.pupil_gaps(PUPILS, "passed", group="fsm")
    for row in rows(found):
        a = outcomes(PUPILS, "passed", urn=row["urn"], fsm=row["group"] == "true")
        b = outcomes(PUPILS, "passed", urn=row["urn"], fsm=row["group"] != "true")
        low, high = statsmodels.confint_proportions_2indep(
            a.sum(), len(a), b.sum(), len(b), method="newcomb", compare="diff"
        )
        assert row["gap"] == pytest.approx(100 * (a.mean() - b.mean()))
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((100 * low, 100 * high), abs=1e-6)
        assert (row["method"], row["gap_sd"]) == ("proportion", None)
    ones = PUPILS.with_columns(pl.col("passed").cast(pl.Int8))
    hundreds = PUPILS.with_columns(pl.col("passed").cast(pl.Float64) * 100)
    for other in (ones, hundreds):
        assert_frame_equal(sf.pupil_gaps(other, "passed", group="fsm", method="proportion").frame, found.frame)


def test_several_characteristics_are_stacked_and_the_account_adds_up() -> None:
    found = sf.pupil_gaps(PUPILS, "p8", group=["fsm", "ethnicity"], by="la", against={"ethnicity": "White"})
    assert found.frame["characteristic"].unique(maintain_order=True).to_list() == ["fsm", "ethnicity"]
    assert set(found.frame.filter(characteristic="ethnicity")["reference"]) == {"White"}
    assert found.rows["rows"].sum() == PUPILS.height
    assert found.used == PUPILS["p8"].drop_nulls().len()
    missing = PUPILS.filter(pl.col("p8").is_not_null())["ethnicity"].null_count()
    assert found.notes == (f"ethnicity: {missing} pupils without it left out",)
    alone = sf.pupil_gaps(PUPILS, "p8", group="ethnicity", by="la")
    assert dict(alone.rows.iter_rows())["group is missing"] == missing


def test_years_have_pools_of_their_own() -> None:
    frame = pupils(years=(2018, 2019))
    both = sf.pupil_gaps(frame, "p8", group="fsm", comparison="national_other")
    for year in (2018, 2019):
        alone = sf.pupil_gaps(frame.filter(year=year).drop("year"), "p8", group="fsm", comparison="national_other")
        assert_frame_equal(both.frame.filter(year=year).drop("year"), alone.frame, rel_tol=1e-9)
    mixed = sf.pupil_gaps(frame, "p8", group="fsm", comparison="national_other", year=None)
    assert mixed.frame.select(pl.max("reference_n")).item() > both.frame.select(pl.max("reference_n")).item()


def test_groups_of_a_national_frame_have_the_same_names() -> None:
    """Nobody in England by that name would make every pupil there one of the others."""
    coded = pupils(300, seed=11).with_columns(fsm=pl.when("fsm").then(pl.lit("Y")).otherwise(pl.lit("N")))
    with pytest.raises(sf.exceptions.UnknownNameError, match="national: group of 'fsm' 'false' does not exist.* N, Y"):
        sf.pupil_gaps(PUPILS, "p8", group="fsm", comparison="national_other", national=coded)
    within = sf.pupil_gaps(PUPILS, "p8", group="fsm", national=coded).frame
    assert within["reference_n"].to_list() == sf.pupil_gaps(PUPILS, "p8", group="fsm").frame["reference_n"].to_list()


def test_a_national_frame_of_other_pupils() -> None:
    england = pupils(3_000, seed=11)
    found = sf.pupil_gaps(PUPILS, "p8", group="fsm", comparison="national_other", national=england)
    for row in rows(found):
        a = outcomes(PUPILS, "p8", urn=row["urn"], fsm=row["group"] == "true")
        same(row, welch(a, outcomes(england, "p8", fsm=row["group"] != "true")))
    used = england["p8"].drop_nulls().len()
    assert found.notes == (f"national_other: {used:,} pupils of the national frame",)


def small(n: int, others: int = 20, third: int = 0) -> pl.DataFrame:
    groups = ["a"] * n + ["b"] * others + ["c"] * third
    random = np.random.default_rng(5)
    return pl.DataFrame(
        {"urn": 1, "g": groups, "x": random.normal(size=len(groups))}, schema_overrides={"g": pl.String}
    )


@pytest.mark.parametrize(("n", "a", "b"), [(5, "below_minimum", "complementary"), (6, "ok", "ok"), (7, "ok", "ok")])
def test_the_smallest_group_that_is_shown(n: int, a: str, b: str) -> None:
    found = sf.pupil_gaps(small(n), "x", group="g", comparison=["within_school", "national_other"])
    assert found.frame["status"].to_list() == [a, b] * 2
    shown = found.frame["gap"].is_not_null().to_list()
    assert shown == [n >= 6] * 4
    hidden = found.frame.filter(pl.col("status") != "ok")
    figures = ["group_mean", "reference_mean", "group_sd", "reference_sd", "gap", "se", "ci_low", "p_value", "gap_sd"]
    assert all(hidden[name].null_count() == hidden.height for name in figures)
    assert found.frame["group_n"].to_list() == [n, 20] * 2


def test_a_small_group_cannot_be_worked_out_from_the_others() -> None:
    """One small group of three hides the next smallest too; two small ones hide each other."""
    one = sf.pupil_gaps(small(3, 20, 9), "x", group="g", against="all")
    assert one.frame["status"].to_list() == ["below_minimum", "ok", "complementary"]
    pairs = sf.pupil_gaps(small(3, 20, 9), "x", group="g", against="pairs")
    assert pairs.frame["status"].to_list() == ["below_minimum", "below_minimum", "complementary"]
    assert pairs.frame["reference_mean"].null_count() == 3
    named = sf.pupil_gaps(small(3, 20, 9), "x", group="g", against="c")
    assert named.frame.select("group", "status").rows() == [("a", "below_minimum"), ("b", "complementary")]
    two = sf.pupil_gaps(small(3, 20, 5), "x", group="g", against="all")
    assert two.frame["status"].to_list() == ["below_minimum", "ok", "below_minimum"]
    few = sf.pupil_gaps(small(3, 20, 2), "x", group="g", against="all")
    assert few.frame["status"].to_list() == ["below_minimum", "complementary", "below_minimum"]
    enough = sf.pupil_gaps(small(3, 20, 3), "x", group="g", against="all")
    assert enough.frame["status"].to_list() == ["below_minimum", "ok", "below_minimum"]
    free = sf.pupil_gaps(small(3, 20, 9), "x", group="g", against="all", min_group=1)
    assert free.frame["status"].to_list() == ["ok"] * 3


def three_schools(third: int, *, year: int = 2019) -> pl.DataFrame:
    """Schools of one authority, with that many pupils of group a in the last."""
    sizes = {(1, "a"): 30, (1, "b"): 60, (2, "a"): 25, (2, "b"): 90, (3, "a"): third, (3, "b"): 80}
    rows = [(urn, "301", year, group) for (urn, group), size in sizes.items() for _ in range(size)]
    frame = pl.DataFrame(
        rows, schema={"urn": pl.Int64, "la": pl.String, "year": pl.Int64, "g": pl.String}, orient="row"
    )
    return frame.with_columns(x=pl.Series(np.random.default_rng(5).normal(size=frame.height)))


@pytest.mark.parametrize("comparison", ["authority", "national_other"])
@pytest.mark.parametrize(("third", "guarded"), [(0, False), (1, True), (5, True), (6, False)])
def test_a_hidden_school_cannot_be_worked_out_from_the_pool(comparison: Any, third: int, guarded: bool) -> None:
    """The sum of a pool less the schools shown would be that of the school that is not."""
    free = three_schools(9, year=2018)
    frame = pl.concat([three_schools(third), free])
    word = "complementary" if guarded else "ok"
    for against in ("rest", "a", "pairs", "all"):
        found = sf.pupil_gaps(frame, "x", group="g", comparison=comparison, against=against).frame
        assert set(found.filter(year=2018)["status"]) == {"ok"}
        # The reference holds group a of all three schools.
        for urn, group in ((1, "b"), (2, "b"), (1, "a"), (2, "a")):
            row = found.filter(year=2019, urn=urn, group=group)
            if row.is_empty():
                continue
            holds_a = row["reference"][0] in ("a", "all pupils") or (row["reference"][0], group) == (
                "other pupils",
                "b",
            )
            assert row["status"].to_list() == [word if holds_a else "ok"], (against, urn, group)
            assert (row["reference_mean"][0] is None) is (holds_a and guarded)


@pytest.mark.parametrize(("third", "guarded"), [(0, False), (1, True), (5, True), (6, False)])
def test_nor_from_the_pool_of_the_neighbours(third: int, guarded: bool) -> None:
    elsewhere = three_schools(40).with_columns(pl.col("urn") + 10, la=pl.lit("302"))
    near = pl.DataFrame({"la": ["302", "301"], "neighbour_la": ["301", "302"]})
    frame = pl.concat([three_schools(third), elsewhere])
    found = sf.pupil_gaps(frame, "x", group="g", comparison="neighbours", neighbours=near).frame
    word = "complementary" if guarded else "ok"
    assert set(found.filter(pl.col("urn") > 10, group="b")["status"]) == {word}
    assert set(found.filter(pl.col("urn") > 10, group="a")["status"]) == {"ok"}
    assert set(found.filter(pl.col("urn") < 3)["status"]) == {"ok"}


def test_missing_groups_of_one_value_and_groups_without_outcomes() -> None:
    frame = pl.DataFrame(
        {
            "urn": [1] * 14 + [2] * 7,
            "g": ["a"] * 7 + ["b"] * 7 + ["a"] * 7,
            "x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0] + [None] * 7 + [2.0] * 7,
        }
    )
    found = sf.pupil_gaps(frame, "x", group="g")
    assert found.frame.select("urn", "group", "group_n", "status").rows() == [
        (1, "a", 7, "no_reference"),
        (1, "b", 0, "missing"),
        (2, "a", 7, "no_reference"),
        (2, "b", 0, "missing"),
    ]
    flat = pl.DataFrame({"g": ["a"] * 7 + ["b"] * 7, "x": [0.1] * 7 + [0.3] * 7})
    row = sf.pupil_gaps(flat, "x", group="g", by=None).frame.row(0, named=True)
    assert (row["status"], row["gap"], row["se"]) == ("no_error", pytest.approx(-0.2), None)
    assert row["group_sd"] == 0.0


def test_frames_without_pupils() -> None:
    empty = sf.pupil_gaps(PUPILS.clear(), "p8", group="fsm", comparison=["within_school", "national_other"])
    assert (empty.frame.height, empty.used) == (0, 0)
    nothing = sf.pupil_gaps(PUPILS.with_columns(p8=pl.lit(None, dtype=pl.Float64)), "p8", group="fsm")
    assert set(nothing.frame["status"]) == {"missing"}
    assert nothing.rows.rows() == [("used", 0), ("p8 is missing", PUPILS.height)]
    ungrouped = sf.pupil_gaps(PUPILS.with_columns(fsm=pl.lit(None)), "p8", group="fsm")
    assert ungrouped.frame.height == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.floats(-1e6, 1e6)), min_size=1, max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_pupils_against_numpy(given_pupils: list[tuple[int, int, float]]) -> None:
    frame = pl.DataFrame(given_pupils, schema={"urn": pl.Int64, "g": pl.Int64, "x": pl.Float64}, orient="row")
    found = sf.pupil_gaps(frame, "x", group="g", min_group=1, comparison=["within_school", "national_other"])
    for row in rows(found):
        group = int(row["group"])
        place = pl.col("urn") == row["urn"] if row["comparison"] == "within_school" else pl.lit(value=True)
        a = outcomes(frame, "x", urn=row["urn"], g=group)
        b = outcomes(frame.filter(place, pl.col("g") != group), "x")
        assert (row["group_n"], row["reference_n"]) == (len(a), len(b))
        if len(a) and len(b):
            assert row["gap"] == pytest.approx(a.mean() - b.mean(), rel=1e-9, abs=1e-6)
        if row["status"] == "ok":
            variance = np.var(a, ddof=1) / len(a) + np.var(b, ddof=1) / len(b)
            assert row["se"] == pytest.approx(np.sqrt(variance), rel=1e-4)


def test_large_numbers_do_not_swallow_small_differences() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=400)
    frame = pl.DataFrame({"g": ["a", "b"] * 200, "x": x})
    near = sf.pupil_gaps(frame, "x", group="g", by=None).frame
    far = sf.pupil_gaps(frame.with_columns(pl.col("x") + 1e9), "x", group="g", by=None).frame
    for name in ("gap", "se", "p_value"):
        assert far[name].to_list() == pytest.approx(near[name].to_list(), rel=1e-5)


@pytest.mark.parametrize(("method", "ours"), [("holm", "holm"), ("fdr_bh", "bh")])
def test_adjusted_p_values_equal_statsmodels(method: str, ours: Any) -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest", reason="statsmodels is the oracle")
    found = sf.pupil_gaps(
        PUPILS,
        "p8",
        group="ethnicity",
        comparison=["within_school", "national_other"],
        adjust=ours,
    ).frame
    assert found["p_value"].null_count() > 0
    for name in ("within_school", "national_other"):
        tests = found.filter(comparison=name).drop_nulls("p_value")
        expected = multitest.multipletests(tests["p_value"].to_numpy(), method=method)[1]
        assert tests["p_adjusted"].to_list() == pytest.approx(expected.tolist())
    assert found["p_adjusted"].null_count() == found["p_value"].null_count()


def test_benjamini_and_hochberg_equal_scipy() -> None:
    found = sf.pupil_gaps(PUPILS, "p8", group="fsm", adjust="bh").frame
    expected = stats.false_discovery_control(found["p_value"].to_numpy(), method="bh")
    assert found["p_adjusted"].to_list() == pytest.approx(expected.tolist())


def test_months_need_a_conversion_and_say_whose_it_is() -> None:
    assert "gap_months" not in sf.pupil_gaps(PUPILS, "p8", group="fsm").frame.columns
    found = sf.pupil_gaps(PUPILS, "p8", group="fsm", points_per_month=0.1)
    assert found.frame["gap_months"].to_list() == pytest.approx((found.frame["gap"] * 10).to_list())
    assert found.notes == ("gap_months: user-supplied conversion, 0.1 points per month",)


def test_neighbours_that_are_not_there_are_said() -> None:
    near = pl.DataFrame({"la": ["301", "301", "302"], "neighbour_la": ["302", "999", "301"]})
    found = sf.pupil_gaps(PUPILS, "p8", group="fsm", comparison="neighbours", neighbours=near)
    assert found.notes == (
        "neighbours of 301: 1 of 2 authorities have pupils in the frame",
        "neighbours: authority 303 is not in the list",
        "neighbours: authority 304 is not in the list",
    )
    assert set(found.frame.filter((pl.col("urn") - 100_000) % 4 > 1)["status"]) == {"no_reference"}
    bundled = sf.samples.statistical_neighbours()
    surrey = PUPILS.with_columns(la=pl.when(pl.col("la") == "301").then(pl.lit("936")).otherwise(pl.lit("919")))
    both = sf.pupil_gaps(surrey, "p8", group="fsm", comparison="neighbours", neighbours=bundled)
    assert both.frame.filter((pl.col("urn") - 100_000) % 4 == 0)["status"].unique().to_list() == ["ok"]


def test_an_authority_is_no_neighbour_of_its_own() -> None:
    near = pl.DataFrame({"la": ["301", "302", "303", "304"], "neighbour_la": ["302", "301", "304", "303"]})
    own = pl.concat([near, near.with_columns(neighbour_la="la")])
    found = [sf.pupil_gaps(PUPILS, "p8", group="fsm", comparison="neighbours", neighbours=one) for one in (near, own)]
    assert_frame_equal(found[0].frame, found[1].frame)


def test_pupils_without_authority_are_said() -> None:
    nowhere = PUPILS.with_columns(la=pl.when(pl.col("urn") != 100_003).then("la"))
    n = len(outcomes(PUPILS, "p8", urn=100_003))
    found = sf.pupil_gaps(nowhere, "p8", group="fsm", comparison="authority")
    assert found.notes == (f"la: {n} pupils of schools without it, in no authority",)
    assert found.frame.filter(urn=100_003)["status"].to_list() == ["no_reference"] * 2
    assert sf.pupil_gaps(nowhere, "p8", group="fsm").notes == ()
    assert sf.pupil_gaps(PUPILS, "p8", group="fsm", comparison="authority").notes == ()


def test_two_groups_against_each_other_are_one_test_twice() -> None:
    """Naming one of them in ``report`` is what the documentation asks for."""
    settings: dict[str, Any] = {"group": "fsm", "by": None, "adjust": "holm"}
    twice = sf.pupil_gaps(PUPILS, "p8", **settings).frame
    once = sf.pupil_gaps(PUPILS, "p8", **settings, report=["true"]).frame
    assert once["p_adjusted"].to_list() == once["p_value"].to_list()
    assert twice["p_adjusted"].max() == pytest.approx(2 * once["p_value"].item())


def test_report_chooses_rows_and_leaves_references_alone() -> None:
    every = sf.pupil_gaps(PUPILS, "p8", group="ethnicity", comparison="authority")
    some = sf.pupil_gaps(PUPILS, "p8", group="ethnicity", comparison="authority", report={"ethnicity": ["Black"]})
    assert_frame_equal(some.frame, every.frame.filter(group="Black"))


@pytest.mark.parametrize(
    "column", [pl.Categorical, pl.Enum(["false", "true"]), pl.Int8, pl.Float64, pl.String, pl.Int128]
)
def test_characteristics_of_any_kind_are_one(column: pl.DataType) -> None:
    text = pl.col("fsm").cast(pl.Int8) if column in (pl.Int8, pl.Float64, pl.Int128) else pl.col("fsm").cast(pl.String)
    frame = PUPILS.with_columns(text.cast(column).alias("fsm"), pl.col("urn").cast(pl.Float64))
    found = sf.pupil_gaps(frame, "p8", group="fsm").frame
    plain = sf.pupil_gaps(PUPILS, "p8", group="fsm").frame
    assert found["gap"].to_list() == pytest.approx(plain["gap"].to_list())
    assert found["urn"].to_list() == plain["urn"].to_list()


def test_lazy_arrow_and_pandas_frames_are_taken() -> None:
    expected = sf.pupil_gaps(PUPILS, "p8", group="fsm").frame
    for frame in (PUPILS.lazy(), PUPILS.to_arrow(), PUPILS.to_pandas()):
        assert_frame_equal(sf.pupil_gaps(frame, "p8", group="fsm").frame, expected)


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"value": "p9"}, sf.exceptions.UnknownNameError, "pupils: column 'p9' is not there. There are: urn"),
    (
        {"value": "ethnicity"},
        sf.exceptions.InputError,
        "'ethnicity' must hold numbers or true and false, it holds String",
    ),
    ({"group": "p8"}, sf.exceptions.InputError, "group: column 'p8' is the outcome"),
    ({"group": "pupil"}, sf.exceptions.InputError, "'pupil' holds 1,200 values; a characteristic has at most 100"),
    ({"group": []}, sf.exceptions.InputError, "group: name at least one"),
    ({"comparison": "region"}, sf.exceptions.UnknownNameError, "comparison 'region' does not exist"),
    ({"comparison": "authority", "by": None}, sf.exceptions.InputError, "need schools; name their column in by="),
    ({"comparison": "authority", "authority": "lea"}, sf.exceptions.UnknownNameError, "column 'lea' is not there"),
    ({"comparison": "neighbours"}, sf.exceptions.InputError, "neighbours: a frame of statistical neighbours is needed"),
    ({"method": "t"}, sf.exceptions.UnknownNameError, "method 't' does not exist"),
    ({"method": "known_sd"}, sf.exceptions.InputError, "known_sd: method 'known_sd' needs one"),
    ({"method": "welch", "known_sd": 1.2}, sf.exceptions.InputError, "method 'welch' does not take one"),
    ({"known_sd": 0}, sf.exceptions.InputError, "known_sd: a number above 0 is needed, not 0"),
    ({"points_per_month": -1}, sf.exceptions.InputError, "points_per_month: a number above 0"),
    ({"against": "yes"}, sf.exceptions.UnknownNameError, "group of 'fsm' 'yes' does not exist"),
    ({"against": {"eal": "rest"}}, sf.exceptions.UnknownNameError, "against: characteristic 'eal' does not exist"),
    ({"report": ["yes"]}, sf.exceptions.UnknownNameError, "report: group of 'fsm' 'yes' does not exist"),
    ({"adjust": "bonferroni"}, sf.exceptions.UnknownNameError, "adjust 'bonferroni' does not exist"),
    ({"min_group": 2.5}, sf.exceptions.InputError, "min_group: a whole number is needed, not 2.5"),
    ({"confidence": 95}, sf.exceptions.InputError, "confidence must lie between 0 and 1, not 95"),
    ({"by": "p8"}, sf.exceptions.InputError, "by: the name 'p8' stands for something else"),
    ({"method": "proportion"}, sf.exceptions.InputError, "must hold true and false, 0 and 1, or 0 and 100"),
    ({"comparison": "national_other", "national": "high"}, sf.exceptions.InputError, "national: a polars DataFrame"),
    ({"comparison": "national_other", "national": {True: "0.1"}}, sf.exceptions.InputError, "national: True: a number"),
]


@pytest.mark.parametrize(("wrong", "error", "message"), WRONG, ids=[message for _, _, message in WRONG])
def test_what_is_wrong_is_named(wrong: dict[str, Any], error: type[Exception], message: str) -> None:
    arguments = {"value": "p8", "group": "fsm", **wrong}
    with pytest.raises(error) as raised:
        sf.pupil_gaps(PUPILS, arguments.pop("value"), **arguments)
    assert message in str(raised.value)


def test_pupils_twice_infinite_outcomes_and_schools_in_two_authorities_are_refused() -> None:
    twice = pl.concat([PUPILS, PUPILS.head(1)])
    with pytest.raises(sf.exceptions.InputError, match=r"must name one row; 1 value .*: pupil P0 \(rows 0, 1200\)"):
        sf.pupil_gaps(twice, "p8", group="fsm", pupil="pupil")
    years = pl.concat([PUPILS.with_columns(year=pl.lit(year)) for year in (2018, 2019)])
    assert sf.pupil_gaps(years, "p8", group="fsm", pupil="pupil").used == 2 * PUPILS["p8"].drop_nulls().len()
    infinite = PUPILS.with_columns(p8=pl.when(pl.col("pupil") == "P3").then(float("-inf")).otherwise("p8"))
    with pytest.raises(sf.exceptions.InputError, match=r"'p8' must hold finite numbers; 1 value .*: -inf \(row 3\)"):
        sf.pupil_gaps(infinite, "p8", group="fsm")
    moved = PUPILS.with_columns(la=pl.when(pl.col("pupil") == "P3").then(pl.lit("999")).otherwise("la"))
    with pytest.raises(
        sf.exceptions.InputError, match="column 'la' must name one authority for each urn; not so: 1000"
    ):
        sf.pupil_gaps(moved, "p8", group="fsm", comparison="authority")
    assert sf.pupil_gaps(moved, "p8", group="fsm").frame.height == 24


def test_nan_is_missing() -> None:
    nan = PUPILS.with_columns(pl.col("p8").fill_null(float("nan")))
    assert_frame_equal(sf.pupil_gaps(nan, "p8", group="fsm").frame, sf.pupil_gaps(PUPILS, "p8", group="fsm").frame)
