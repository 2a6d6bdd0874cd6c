"""Threshold measures from pupils, and their denominators."""

from __future__ import annotations

import itertools
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf

CODES: dict[str, Any] = {"english": pl.String, "maths": pl.String, "reading": pl.String, "writing": pl.String}


def measure(name: Any, pupils: dict[str, Any], **settings: Any) -> dict[str, Any]:
    rows = len(next(iter(pupils.values())))
    frame = pl.DataFrame(
        {"urn": [1] * rows, **pupils}, schema_overrides={k: v for k, v in CODES.items() if k in pupils}
    )
    return sf.threshold_measures(frame, name, **{"min_group": 0, **settings}).frame.row(0, named=True)


@pytest.mark.parametrize("english", ["3A", "4C", "5"])
@pytest.mark.parametrize("maths", ["3", "4", "5B"])
def test_level_4_in_both_subjects_is_needed_and_enough(english: str, maths: str) -> None:
    got = measure("ks2_l4em_pct", {"english": [english], "maths": [maths]})
    assert got["reached"] == int(english >= "4" and maths >= "4")


def test_reading_writing_and_maths_all_count() -> None:
    for levels in itertools.product("345", repeat=3):
        got = measure(
            "ks2_l4rwm_pct", dict(zip(("reading", "writing", "maths"), ([code] for code in levels), strict=True))
        )
        assert got["reached"] == int(min(levels) >= "4")


@pytest.mark.parametrize(
    ("passes", "english", "maths", "reached"),
    [(5, "C", "C", 1), (4, "C", "C", 0), (6, "A*", "B", 1), (5, "D", "C", 0), (9, "C", "D", 0), (5, "U", "A", 0)],
)
def test_five_passes_with_both_subjects(passes: int, english: str, maths: str, reached: int) -> None:
    got = measure("ks4_5ac_em_pct", {"english": [english], "maths": [maths], "passes": [passes]})
    assert got["reached"] == reached


def test_who_is_absent_has_not_reached_it_and_what_is_missing_is_counted() -> None:
    pupils = {"english": ["4", "4", "A", None, "4"], "maths": ["4", None, "4", "3", "4"]}
    all_of_them = measure("ks2_l4em_pct", pupils, without_level=["A"])
    assert (all_of_them["n"], all_of_them["reached"], all_of_them["n_open"], all_of_them["pct"]) == (5, 2, 1, 40.0)
    known = measure("ks2_l4em_pct", pupils, without_level=["A"], missing="exclude")
    assert (known["n"], known["reached"], known["n_open"]) == (4, 2, 1)
    frame = pl.DataFrame({"urn": [1] * 5, **pupils})
    left = sf.threshold_measures(frame, "ks2_l4em_pct", without_level=["A"], missing="exclude").left_out
    assert left.rows() == [("result is missing", 1)]


level = st.sampled_from(["3", "4", "5", None])


@given(st.lists(st.tuples(st.integers(1, 3), level, level), min_size=1, max_size=100))
def test_shares_and_intervals_are_those_of_scipy(rows: list[tuple[int, str | None, str | None]]) -> None:
    schema = {"urn": pl.Int64, "english": pl.String, "maths": pl.String}
    pupils = pl.DataFrame(rows, schema=schema, orient="row")
    got = sf.threshold_measures(pupils, "ks2_l4em_pct", min_group=0)
    assert got.frame["n"].sum() == len(rows) == got.rows["rows"].sum()
    for row in got.frame.iter_rows(named=True):
        own = [r for r in rows if r[0] == row["urn"]]
        reached = sum((e or "0") >= "4" and (m or "0") >= "4" for _, e, m in own)
        low, high = stats.binomtest(reached, len(own)).proportion_ci(method="wilson")
        assert (row["n"], row["reached"]) == (len(own), reached)
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((100 * low, 100 * high), abs=1e-9)


@pytest.mark.parametrize(("n", "status"), [(5, "below_minimum"), (6, "ok"), (7, "ok")])
def test_small_schools_are_not_shown(n: int, status: str) -> None:
    got = measure("ks2_l4em_pct", {"english": ["4"] * n, "maths": [None] * n}, min_group=6)
    assert got["status"] == status
    assert all((got[name] is None) is (status != "ok") for name in ("reached", "pct", "ci_low", "ci_high", "n_open"))


def test_several_measures_own_columns_and_a_measure_of_ones_own() -> None:
    pupils = pl.DataFrame({"urn": [1] * 6, "year": [2013] * 6, "ENG": ["5"] * 6, "maths": ["4"] * 6, "r": ["5"] * 6,
                           "writing": ["5"] * 6})  # fmt: skip
    own = sf.ThresholdMeasure("ks2_l5_eng_pct", ("english",), "level", "5")
    got = sf.threshold_measures(
        pupils, ["ks2_l4em_pct", "ks2_l4rwm_pct", own], by=["urn", "year"], columns={"english": "ENG", "reading": "r"}
    )
    assert got.frame.select("measure", "urn", "year", "reached").rows() == [
        ("ks2_l4em_pct", 1, 2013, 6),
        ("ks2_l4rwm_pct", 1, 2013, 6),
        ("ks2_l5_eng_pct", 1, 2013, 6),
    ]
    assert set(sf.THRESHOLD_MEASURES) <= set(sf.indicators()["name"])


def test_what_is_wrong_is_named() -> None:
    pupils = pl.DataFrame({"urn": [1], "english": ["C"], "maths": ["C"], "passes": [-1]})
    with pytest.raises(
        sf.exceptions.UnknownNameError, match="threshold measure 'l4em' does not exist. Did you mean 'ks2_l4em"
    ):
        sf.threshold_measures(pupils, "l4em")
    with pytest.raises(sf.exceptions.UnknownNameError, match="missing 'drop' does not exist"):
        sf.threshold_measures(pupils, "ks2_l4em_pct", missing="drop")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.InputError, match=r"column 'passes' must not be under 0; 1 value .* -1 \(row 0\)"):
        sf.threshold_measures(pupils, "ks4_5ac_em_pct")
    with pytest.raises(sf.exceptions.InputError, match="column 'passes' must hold numbers, it holds String"):
        sf.threshold_measures(pupils.with_columns(passes=pl.lit("5")), "ks4_5ac_em_pct")
    with pytest.raises(
        sf.exceptions.InputError, match=r"column 'english': 1 unknown code: 'C' \(1 times, first in row 0\)"
    ):
        sf.threshold_measures(pupils, "ks2_l4em_pct")
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'reading' is not there"):
        sf.threshold_measures(pupils, "ks2_l4rwm_pct")
    with pytest.raises(sf.exceptions.InputError, match="measures: name at least one"):
        sf.threshold_measures(pupils, [])
