"""Percentile ranks and bands against scipy and numpy, codes at, under and over the threshold."""

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

values = st.lists(st.one_of(st.none(), st.integers(-20, 20).map(float), st.just(float("nan"))), min_size=5, max_size=60)


def rank(data: list[float | None], **settings: Any) -> list[float | None]:
    frame = pl.DataFrame({"x": data}, schema={"x": pl.Float64})
    settings = {"direction": "higher_better", "min_group": 1, **settings}
    return frame.select(sf.percentile_rank("x", **settings))["x"].to_list()


@given(values)
def test_midpoint_ranks_equal_scipy(data: list[float | None]) -> None:
    held = [value for value in data if value is not None and not np.isnan(value)]
    expected = [
        None if value is None or np.isnan(value) else stats.percentileofscore(held, value, kind="mean")
        for value in data
    ]
    assert rank(data) == pytest.approx(expected, abs=1e-9)


@given(values)
def test_lower_better_mirrors_higher_better(data: list[float | None]) -> None:
    mirrored = [None if value is None else -value for value in data]
    assert rank(data, direction="lower_better") == pytest.approx(rank(mirrored), abs=1e-9)


@given(values)
def test_idsr_ranks_come_from_average_ranks(data: list[float | None]) -> None:
    held = np.array([value for value in data if value is not None and not np.isnan(value)])
    if held.size == 0:
        return
    average = stats.rankdata(-held, method="average")
    expected = [int(np.ceil(round(100 * r / held.size, 9))) for r in average]
    assert [value for value in rank(data, method="idsr") if value is not None] == expected


def test_strict_ranks_run_from_0_to_100() -> None:
    assert rank([3.0, 1.0, 2.0, 2.0], method="strict") == pytest.approx([100.0, 0.0, 100 / 3, 100 / 3])


def test_weights_count_as_pupils() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 2.0, 3.0], "pupils": [10, 20, 30, 40]})
    got = frame.select(sf.percentile_rank("x", direction="higher_better", weights="pupils", min_group=1))["x"]
    assert got.to_list() == pytest.approx([5.0, 35.0, 35.0, 80.0])


@pytest.mark.parametrize(("size", "ranked"), [(19, False), (20, True), (21, True)])
def test_small_groups_have_no_percentile(size: int, ranked: bool) -> None:
    got = pl.DataFrame({"x": [float(i) for i in range(size)]}).select(
        sf.percentile_rank("x", direction="higher_better")
    )["x"]
    assert (got.null_count() == 0) is ranked


def test_rank_words_and_sizes_are_checked() -> None:
    with pytest.raises(sf.exceptions.UnknownNameError, match="direction 'up' does not exist. There are: higher_better"):
        sf.percentile_rank("x", direction="up")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.UnknownNameError, match="method"):
        sf.percentile_rank("x", direction="higher_better", method="middle")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.InputError, match="min_group"):
        sf.percentile_rank("x", direction="higher_better", min_group=0)
    with pytest.raises(sf.exceptions.InputError, match="only the method 'midpoint' takes weights"):
        sf.percentile_rank("x", direction="higher_better", method="idsr", weights="n")
    frame = pl.DataFrame({"x": [1.0, 2.0], "n": [1.0, -1.0]})
    with pytest.raises(pl.exceptions.ComputeError, match="a weight must be finite and not negative; 1 value breaks"):
        frame.select(sf.percentile_rank("x", direction="higher_better", weights="n"))


@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=80))
def test_cuts_are_type_7_quantiles(data: list[float]) -> None:
    bands = sf.PercentileBands.fit(pl.DataFrame({"x": data}), "x", scheme="deciles", direction="higher_better")
    expected = np.quantile(np.array(data), [i / 10 for i in range(1, 10)])
    assert bands.cuts()["cut"].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(st.lists(st.integers(-300, 300).map(lambda value: value / 100), min_size=8, max_size=40))
def test_a_published_value_on_a_cut_is_on_it(data: list[float]) -> None:
    """Cuts are compared as decimals: -0.8899999999999999 is the score -0.89."""
    bands = sf.PercentileBands.fit(pl.DataFrame({"x": data}), "x", direction="higher_better")
    cuts = [round(cut, 6) for cut in bands.cuts()["cut"]]
    got = pl.DataFrame({"x": data}).select(bands.apply())["x"].to_list()
    assert got == [4 - sum(value >= cut for cut in cuts) for value in data]


def test_bands_are_fitted_on_england_and_applied_anywhere() -> None:
    england = pl.DataFrame({"x": [float(i) for i in range(101)]})
    bands = sf.PercentileBands.fit(england, "x", scheme="southend_2017", direction="higher_better", source="England")
    somewhere = pl.DataFrame({"y": [24.9, 25.0, 74.9, 75.0, None, float("nan")]})
    assert somewhere.select(bands.apply("y"))["y"].to_list() == [3, 2, 2, 1, None, None]
    named = somewhere.select(bands.apply("y", labels=True))["y"]
    assert named.dtype == pl.Enum(["upper_quartile", "middle", "lower_quartile"])
    assert named.to_list()[:4] == ["lower_quartile", "middle", "middle", "upper_quartile"]
    assert named.sort(nulls_last=True)[0] == "upper_quartile"
    assert repr(bands) == "PercentileBands(southend_2017 of x, higher_better, 101 values)"


def test_local_authority_tool_puts_a_value_on_a_cut_with_the_lower_values() -> None:
    frame = pl.DataFrame({"x": [float(i) for i in range(101)]})
    high = sf.PercentileBands.fit(frame, "x", scheme="lait_quartiles", direction="higher_better")
    low = sf.PercentileBands.fit(frame, "x", scheme="lait_quartiles", direction="lower_better")
    probe = pl.DataFrame({"x": [25.0, 25.1, 75.0, 75.1]})
    assert probe.select(high.apply(labels=True))["x"].to_list() == ["D", "C", "B", "A"]
    assert probe.select(low.apply(labels=True))["x"].to_list() == ["A", "B", "C", "D"]


def test_groups_have_cuts_of_their_own_and_unknown_groups_are_named() -> None:
    frame = pl.DataFrame(
        {"year": [2018] * 4 + [2019] * 4, "phase": ["primary"] * 8, "x": [1.0, 2.0, 3.0, 4.0, 11.0, 12.0, 13.0, 14.0]}
    )
    bands = sf.PercentileBands.fit(frame, "x", direction="higher_better", by=["year", "phase"])
    assert frame.select(bands.apply())["x"].to_list() == [4, 3, 2, 1] * 2
    assert bands.cuts()["group"].unique(maintain_order=True).to_list() == ["2018, primary", "2019, primary"]
    later = frame.with_columns(pl.lit(2020).alias("year"))
    with pytest.raises(pl.exceptions.ComputeError, match="group '2020.primary' does not exist"):
        later.select(bands.apply())
    missing = frame.with_columns(pl.lit(None, dtype=pl.Int64).alias("year"))
    assert missing.select(bands.apply())["x"].null_count() == 8


def test_artefact_survives_json_and_refuses_a_damaged_one() -> None:
    bands = sf.PercentileBands.fit(pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]}), "x", direction="lower_better")
    again = sf.PercentileBands.from_json(bands.to_json())
    assert again == bands
    assert again.content_hash == bands.content_hash
    assert len(bands.content_hash) == 64
    content = json.loads(bands.to_json())
    for damage, message in [
        ({"format": 2}, "format 2"),
        ({"typo": 1}, "typo"),
        ({"groups": [{"key": None, "n": 4, "cuts": [3.0, 2.0, 1.0]}]}, "rising cuts"),
        ({"direction": "up"}, "up"),
        ({"groups": []}, "one group without a name, not 0 groups"),
        ({"groups": content["groups"] * 2}, "not 2 groups of which 0 are named and 1 differ"),
        ({"by": ["year"]}, "groups with distinct names"),
    ]:
        with pytest.raises(sf.exceptions.InputError, match=message):
            sf.PercentileBands.from_json(json.dumps(content | damage))
    with pytest.raises(sf.exceptions.InputError, match="does not hold percentile bands"):
        sf.PercentileBands.from_json("{")


@given(st.lists(st.tuples(st.floats(-100, 100), st.integers(0, 9)), min_size=6, max_size=40))
def test_weighted_cuts_are_those_of_repeated_values(data: list[tuple[float, int]]) -> None:
    frame = pl.DataFrame(data, schema={"x": pl.Float64, "pupils": pl.Int64}, orient="row")
    counted = frame.filter(pl.col("pupils") > 0)
    if counted.height < 5:
        return
    bands = sf.PercentileBands.fit(frame, "x", scheme="quintiles", direction="higher_better", weights="pupils")
    expected = np.quantile(np.repeat(counted["x"].to_numpy(), counted["pupils"].to_numpy()), [0.2, 0.4, 0.6, 0.8])
    assert bands.cuts()["cut"].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert bands.cuts()["n"].unique().to_list() == [counted.height]


def test_weights_of_one_change_nothing_and_are_remembered() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 5.0, 9.0, 9.0], "one": [1] * 5, "g": ["a"] * 5})
    plain = sf.PercentileBands.fit(frame, "x", direction="higher_better")
    weighted = sf.PercentileBands.fit(frame, "x", direction="higher_better", weights="one", by="g")
    assert weighted.cuts()["cut"].to_list() == plain.cuts()["cut"].to_list()
    assert json.loads(weighted.to_json())["weights"] == "one"
    assert "weights" not in json.loads(plain.to_json())
    assert sf.PercentileBands.from_json(weighted.to_json()) == weighted


@pytest.mark.parametrize("weight", [-1.0, 0.5, float("inf")])
def test_weights_that_do_not_count_pupils_are_refused(weight: float) -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "w": [weight, 1.0, 1.0, 1.0]})
    with pytest.raises(sf.exceptions.InputError, match="whole number and not negative; 1 value breaks"):
        sf.PercentileBands.fit(frame, "x", direction="higher_better", weights="w")
    with pytest.raises(sf.exceptions.InputError, match="column 'w' must hold numbers, not String"):
        sf.PercentileBands.fit(frame.with_columns(w=pl.lit("many")), "x", direction="higher_better", weights="w")


def test_thirds_of_values_are_cut_at_a_third() -> None:
    frame = pl.DataFrame({"x": [float(i) for i in range(10)]})
    bands = sf.PercentileBands.fit(frame, "x", scheme="thirds", direction="higher_better")
    assert bands.cuts()["cut"].to_list() == pytest.approx([3.0, 6.0])
    got = pl.DataFrame({"x": [2.99, 3.0, 5.99, 6.0]}).select(bands.apply(labels=True))["x"].to_list()
    assert got == ["low", "middle", "middle", "high"]


def test_staffordshire_puts_each_edge_into_the_better_band() -> None:
    frame = pl.DataFrame({"x": [float(i) for i in range(101)]})
    bands = sf.PercentileBands.fit(frame, "x", scheme="staffordshire_2008", direction="higher_better")
    got = pl.DataFrame({"x": [75.0, 74.9, 50.0, 49.9, 25.0, 24.9]}).select(bands.apply(labels=True))["x"].to_list()
    assert got == ["1", "2", "2", "3", "3", "4"]


def test_bad_reference_populations_are_refused() -> None:
    fit = sf.PercentileBands.fit
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'P8' is not there. Did you mean 'p8'?"):
        fit(pl.DataFrame({"p8": [1.0]}), "P8", direction="higher_better")
    with pytest.raises(sf.exceptions.InputError, match="column 'p8' must hold numbers, not String"):
        fit(pl.DataFrame({"p8": ["a"]}), "p8", direction="higher_better")
    with pytest.raises(sf.exceptions.InputError, match="4 bands need at least 4 values, and 3 are present"):
        fit(pl.DataFrame({"p8": [1.0, 2.0, 3.0, None]}), "p8", direction="higher_better")
    with pytest.raises(sf.exceptions.InputError, match="none is present"):
        fit(pl.DataFrame({"p8": []}, schema={"p8": pl.Float64}), "p8", direction="higher_better")
    with pytest.raises(sf.exceptions.InputError, match="'p8' must hold finite numbers; 1 value breaks.*inf .row 1."):
        fit(pl.DataFrame({"p8": [1.0, float("inf"), 2.0, 3.0]}), "p8", direction="higher_better")
    with pytest.raises(sf.exceptions.UnknownNameError, match="Did you mean 'quartiles'"):
        fit(pl.DataFrame({"p8": [1.0]}), "p8", scheme="quartile", direction="higher_better")
    with pytest.raises(sf.exceptions.InputError, match="2 percentiles make 3 bands, but 2 labels were given"):
        fit(
            pl.DataFrame({"p8": [1.0]}), "p8", scheme="own", percentiles=[25, 75], labels=["a", "b"],
            direction="higher_better",
        )  # fmt: skip


def codes(value: float | None, national: float | None, **settings: Any) -> tuple[Any, ...]:
    frame = pl.DataFrame({"x": [value]}, schema={"x": pl.Float64})
    return frame.select(sf.code_against_national("x", national, **settings)).unnest("x").row(0)


@pytest.mark.parametrize(
    ("value", "code"),
    [(65.1, "above"), (65.0999, "in_line"), (65.2, "above"), (60.1, "in_line"), (55.1, "below"), (55.1001, "in_line")],
)
def test_exactly_five_points_counts(value: float, code: str) -> None:
    assert codes(value, 60.1)[1] == code


def test_readings_of_the_threshold() -> None:
    assert codes(65.1, 60.1, at_threshold="in_line")[1] == "in_line"
    assert codes(63.0, 60.0, unit="relative")[1] == "above"
    assert codes(63.0, 60.0)[1] == "in_line"
    assert codes(10.0, 4.0, direction="lower_better") == (6.0, "above", True)
    assert codes(10.0, 4.0, direction="lower_better", turn_sign=True) == (6.0, "below", True)
    assert codes(None, 60.0) == (None, None, None)
    assert codes(60.0, None) == (None, None, None)


def test_bad_rules_are_refused_when_the_expression_is_built() -> None:
    with pytest.raises(sf.exceptions.InputError, match="threshold must be a finite number above 0, not -5"):
        sf.code_against_national("x", 60, threshold=-5)
    with pytest.raises(sf.exceptions.InputError, match="turn_sign needs a direction"):
        sf.code_against_national("x", 60, turn_sign=True)
    with pytest.raises(sf.exceptions.InputError, match="national: a column name, an expression or a number"):
        sf.code_against_national("x", [60])  # type: ignore[arg-type]
