"""The median line against numpy, and value added against scipy."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf

REFUSED = (sf.exceptions.InputError, pl.exceptions.ComputeError)
LINE = sf.MedianLine("ks1", "ks2", ((9.0, 21.0, 40), (15.0, 27.0, 60), (21.0, 36.0, 50)), 10, "England", 2006)


def population(seed: int = 7, pupils: int = 2000) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    prior = rng.integers(3, 14, pupils) * 2.0 - 1
    return pl.DataFrame({"ks1": prior, "ks2": np.round(10 + 1.1 * prior + rng.normal(0, 3, pupils), 1)})


def test_points_are_medians_and_the_line_between_is_straight() -> None:
    pupils = population()
    line = sf.MedianLine.fit(pupils, "ks1", "ks2", min_n=30)
    for x, median, n in line.points:
        own = pupils.filter(ks1=x)["ks2"].to_numpy()
        assert median == pytest.approx(np.median(own))
        assert n == len(own)
    at = np.linspace(line.points[0][0], line.points[-1][0], 301)
    got = pl.DataFrame({"ks1": at}).select(line.apply())["ks1"].to_numpy()
    assert got == pytest.approx(np.interp(at, [p[0] for p in line.points], [p[1] for p in line.points]), abs=1e-9)


def test_the_line_goes_exactly_through_its_points_and_ends_with_them() -> None:
    xs = [9.0, 15.0, 21.0, 8.999, 21.001, 12.0, None, float("nan")]
    got = pl.DataFrame({"x": xs}).select(LINE.apply("x"))["x"].to_list()
    assert got == [21.0, 27.0, 36.0, None, None, 24.0, None, None]


@pytest.mark.parametrize(("n", "kept"), [(9, False), (10, True), (11, True)])
def test_a_point_needs_its_number_of_pupils(n: int, kept: bool) -> None:
    pupils = pl.DataFrame({"x": [1.0] * 20 + [2.0] * n + [3.0] * 20, "y": [1.0] * 20 + [9.0] * n + [3.0] * 20})
    line = sf.MedianLine.fit(pupils, "x", "y")
    assert [x for x, _, _ in line.points] == ([1.0, 2.0, 3.0] if kept else [1.0, 3.0])
    # Pupils at a value without a point are measured against the line between its neighbours.
    assert pl.DataFrame({"x": [2]}).select(line.apply())["x"].item() == (9.0 if kept else 2.0)


def schools(seed: int = 3) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return population(seed, 400).with_columns(urn=pl.Series(rng.integers(1, 9, 400)))


def test_value_added_with_the_school_s_own_spread_is_the_t_interval() -> None:
    line = sf.MedianLine.fit(population(), "ks1", "ks2")
    pupils = schools()
    found = line.value_added(pupils, centre=100)
    distance = pupils["ks2"] - pupils.select(line.apply())["ks1"]
    for row in found.frame.iter_rows(named=True):
        own = distance.filter(pupils["urn"] == row["urn"]).to_numpy()
        se = own.std(ddof=1) / len(own) ** 0.5
        low, high = stats.t.interval(0.95, len(own) - 1, own.mean(), se)
        assert row["va"] == pytest.approx(100 + own.mean(), abs=1e-9)
        assert row["se"] == pytest.approx(se)
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((100 + low, 100 + high), abs=1e-6)
        assert row["significant"] == (low > 0 or high < 0)
        assert (row["n"], row["method"], row["status"]) == (len(own), "own_sd", "ok")


def test_value_added_with_a_known_spread_uses_1_96() -> None:
    pupils = pl.DataFrame({"urn": [1] * 25, "ks1": [15.0] * 25, "ks2": [28.0] * 25})
    row = LINE.value_added(pupils, sd=5, centre=1000).frame.row(0, named=True)
    assert (row["va"], row["se"]) == (1001.0, 1.0)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((1001 - 1.96, 1001 + 1.96))
    assert row["method"] == "known_sd"
    plain = LINE.value_added(pupils, sd=5).frame.row(0, named=True)
    assert plain["va"] == 1.0


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from([None, 9.0, 15.0, 30.0]), st.sampled_from([None, 20.0, 30.0]))
    )
)
def test_no_pupil_is_lost(rows: list[tuple[int, float | None, float | None]]) -> None:
    schema = {"urn": pl.Int64, "ks1": pl.Float64, "ks2": pl.Float64}
    found = LINE.value_added(pl.DataFrame(rows, schema=schema, orient="row"), sd=3, min_group=0)
    assert found.rows["rows"].sum() == len(rows)
    assert found.used == found.frame["n"].sum()
    assert set(found.left_out["reason"]) <= {"ks1 is missing", "ks1 is outside the line", "ks2 is missing"}
    assert set(found.frame.filter(n=0)["status"]) <= {"no_pupils"}


def test_small_schools_and_schools_without_spread() -> None:
    pupils = pl.DataFrame({"urn": [1] * 5 + [2] * 6, "ks1": [15.0] * 11, "ks2": [28.0] * 11})
    found = LINE.value_added(pupils).frame
    assert found["status"].to_list() == ["below_minimum", "no_error"]
    assert found["va"].to_list() == [None, 1.0]
    assert found["ci_low"].to_list() == [None, None]


def test_the_line_is_kept_as_text_with_its_source() -> None:
    again = sf.MedianLine.from_json(LINE.to_json())
    assert again == LINE
    assert again.content_hash == LINE.content_hash
    assert repr(LINE) == "MedianLine(ks2 by ks1, 3 points, England, 2006 (150 pupils))"
    moved = sf.MedianLine("ks1", "ks2", ((9.0, 21.5, 40), *LINE.points[1:]), 10, "England", 2006)
    assert moved.content_hash != LINE.content_hash
    assert LINE.value_added(pl.DataFrame({"urn": [1], "ks1": [9.0], "ks2": [9.0]})).notes == (
        "Against the median line of England, 2006 (150 pupils).",
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"format": "bands"},
        {"points": []},
        {"points": [[1, 2, 20], [1, 3, 20]]},
        {"points": [[1, 2, 20], [2, 3, 5]]},
        {"points": [[1, 2, 20], [2, float("inf"), 20]]},
        {"points": [[1, 2], [2, 3]]},
        {"min_n": "many"},
    ],
)
def test_text_that_breaks_a_rule_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(sf.exceptions.InputError, match="text:"):
        sf.MedianLine.from_json(json.dumps({**json.loads(LINE.to_json()), **broken}))
    with pytest.raises(sf.exceptions.InputError, match="text:"):
        sf.MedianLine.from_json("no line")


def test_what_is_wrong_is_named() -> None:
    pupils = pl.DataFrame({"urn": [1, 1], "ks1": [9.0, float("inf")], "ks2": ["21", "22"]})
    with pytest.raises(sf.exceptions.InputError, match=r"column 'ks1' must hold finite numbers; .* inf \(row 1\)"):
        sf.MedianLine.fit(pupils, "ks1", "ks1")
    with pytest.raises(sf.exceptions.InputError, match="column 'ks2' must hold numbers, it holds String"):
        sf.MedianLine.fit(pupils.with_columns(ks1=1.0), "ks1", "ks2")
    with pytest.raises(
        sf.exceptions.InputError, match="two values of 'ks1' with at least 10 pupils each, there are 0 of 0"
    ):
        sf.MedianLine.fit(pl.DataFrame({"ks1": [None], "ks2": [None]}), "ks1", "ks2")
    with pytest.raises(sf.exceptions.InputError, match="there is 1 of 2 values"):
        sf.MedianLine.fit(pl.DataFrame({"x": [1] * 10 + [2], "y": [1] * 11}), "x", "y")
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'ks3' is not there"):
        sf.MedianLine.fit(pupils.with_columns(ks1=1.0), "ks1", "ks3")
    with pytest.raises(sf.exceptions.InputError, match="centre and sd"):
        LINE.value_added(pl.DataFrame({"urn": [1], "ks1": [9], "ks2": [9]}), sd=0)
    with pytest.raises(REFUSED, match="column 'ks2' must hold numbers"):
        pupils.select(LINE.apply("ks2"))
    empty = pl.DataFrame(schema={"urn": pl.Int64, "ks1": pl.Float64, "ks2": pl.Float64})
    assert LINE.value_added(empty).frame.is_empty()
