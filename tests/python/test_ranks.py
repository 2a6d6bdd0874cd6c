"""Ranks, bands of ranks and bands of prior attainment against scipy, and at, under and over every share."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_series_equal
from scipy import stats

import schoolframe as sf

values = st.lists(st.one_of(st.none(), st.integers(-9, 9).map(float), st.just(float("nan"))), min_size=1, max_size=50)


def column(data: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame({"x": data}, schema={"x": pl.Float64})


def bands(data: list[float | None], scheme: Any, **settings: Any) -> list[Any]:
    settings = {"direction": "higher_better", "min_group": 1, **settings}
    return column(data).select(sf.rank_bands("x", scheme=scheme, **settings))["x"].to_list()


@given(values, st.sampled_from(["min", "average", "max", "dense"]), st.sampled_from(["higher_better", "lower_better"]))
def test_ranks_equal_scipy(data: list[float | None], ties: Any, direction: Any) -> None:
    held = np.array([value for value in data if value is not None and not np.isnan(value)])
    expected = stats.rankdata(-held if direction == "higher_better" else held, method=ties)
    ranks = column(data).select(sf.rank_in_group("x", direction=direction, ties=ties))["x"]
    assert ranks.dtype == (pl.Float64 if ties == "average" else pl.Int64)
    assert ranks.drop_nulls().to_list() == expected.tolist()


def test_the_authority_tool_gives_ties_the_best_rank_and_missing_ones_none() -> None:
    frame = column([61.0, 72.0, 61.0, 50.0, None])
    best = frame.select(sf.rank_in_group("x", direction="higher_better"))["x"].to_list()
    assert best == [2, 1, 2, 4, None]
    assert frame.select(sf.rank_in_group("x", direction="lower_better"))["x"].to_list() == [2, 4, 2, 1, None]


def test_ranks_stay_within_their_group() -> None:
    frame = pl.DataFrame({"year": [2018, 2018, 2019, 2019], "x": [1.0, 2.0, 9.0, 8.0]})
    ranked = frame.with_columns(
        sf.rank_in_group("x", direction="higher_better").over("year").alias("rank"),
        sf.rank_bands("x", direction="higher_better", scheme=[50], min_group=1).over("year").alias("half"),
    )
    assert ranked["rank"].to_list() == [2, 1, 1, 2]
    assert ranked["half"].to_list() == [2, 1, 1, 2]


@given(values, st.sampled_from(["higher_better", "lower_better"]))
def test_ranks_by_polars_equal_those_of_the_library_with_weights_of_one(
    data: list[float | None], direction: Any
) -> None:
    frame = column(data)
    plain = frame.select(sf.percentile_rank("x", direction=direction, min_group=1))["x"]
    ones = frame.select(sf.percentile_rank("x", direction=direction, min_group=1, weights=pl.lit(1.0)))["x"]
    assert_series_equal(plain, ones)


@given(values)
def test_quintiles_are_the_fifths_of_the_percentile(data: list[float | None]) -> None:
    percentile = column(data).select(sf.percentile_rank("x", direction="higher_better", method="idsr", min_group=1))[
        "x"
    ]
    expected = [None if one is None else int(np.ceil(one / 20)) for one in percentile]
    assert bands(data, "idsr_quintiles") == expected


@pytest.mark.parametrize(
    ("scheme", "edges"),
    [
        ("idsr_quintiles", [20, 40, 60, 80]), ("quartiles", [25, 50, 75]), ("fft_benchmarks", [5, 20, 50]),
        ([10, 90], [10, 90]),
    ],
)  # fmt: skip
def test_a_rank_at_a_share_is_inside_and_the_next_one_outside(scheme: Any, edges: list[int]) -> None:
    hundred: list[float | None] = [float(100 - rank) for rank in range(1, 101)]
    got = bands(hundred, scheme)
    for band, edge in enumerate(edges, start=1):
        assert (got[edge - 1], got[edge]) == (band, band + 1)
    assert (got[0], got[-1]) == (1, len(edges) + 1)


@pytest.mark.parametrize(("size", "counts"), [(9, [3, 3, 3]), (10, [3, 3, 4]), (11, [3, 4, 4]), (12, [4, 4, 4])])
def test_thirds_are_exact(size: int, counts: list[int]) -> None:
    got = bands([float(i) for i in range(size)], "thirds", labels=True)
    assert [got.count(name) for name in ("high", "middle", "low")] == counts
    assert got[-1] == "high"


def test_thirds_keep_equal_pupils_together() -> None:
    assert bands([5.0] * 6, "thirds", labels=True) == ["middle"] * 6
    assert bands([1.0, 2.0, 2.0, 2.0, 2.0, 3.0], "thirds", labels=True) == ["low", *["middle"] * 4, "high"]


def test_lower_better_turns_bands_around() -> None:
    data: list[float | None] = [1.0, 2.0, 3.0, 4.0, None]
    assert bands(data, "quartiles", direction="lower_better") == [1, 2, 3, 4, None]
    assert bands(data, "quartiles") == [4, 3, 2, 1, None]


@pytest.mark.parametrize(("size", "banded"), [(19, False), (20, True)])
def test_few_values_have_no_bands(size: int, banded: bool) -> None:
    got = column([float(i) for i in range(size)]).select(
        sf.rank_bands("x", direction="higher_better", scheme="quartiles")
    )["x"]
    assert (got.null_count() == 0) is banded


@pytest.mark.parametrize("call", [
    lambda: sf.percentile_rank("x", direction="higher_better", min_group=1),
    lambda: sf.percentile_rank("x", direction="higher_better", weights="n", min_group=1),
    lambda: sf.rank_in_group("x", direction="higher_better"),
    lambda: sf.rank_bands("x", direction="higher_better", scheme="quartiles", min_group=1),
    lambda: sf.prior_attainment_band("x", year=2011),
])  # fmt: skip
def test_infinite_values_are_named(call: Any) -> None:
    frame = pl.DataFrame({"x": [1.0, None, float("-inf")], "n": [1, 1, 1]})
    with pytest.raises(pl.exceptions.ComputeError, match="column 'x': must be a finite number; 1 value.*x -inf"):
        frame.select(call())


def test_words_and_shares_are_checked() -> None:
    with pytest.raises(sf.exceptions.UnknownNameError, match="scheme 'idsr' does not exist. Did you mean 'idsr_quint"):
        bands([1.0], "idsr")
    with pytest.raises(sf.exceptions.UnknownNameError, match="direction 'up'"):
        bands([1.0], "thirds", direction="up")
    with pytest.raises(sf.exceptions.UnknownNameError, match="direction 'up'"):
        sf.rank_in_group("x", direction="up")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.UnknownNameError, match="ties 'ordinal'"):
        sf.rank_in_group("x", direction="higher_better", ties="ordinal")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.InputError, match="min_group"):
        bands([1.0], "thirds", min_group=0)
    for shares in ([], [0], [100], [50, 50], [60, 40], [True], ["50"], None):
        with pytest.raises(sf.exceptions.InputError, match="rise strictly between 0 and 100"):
            bands([1.0], shares)


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (11.99, "low"), (12.0, "middle"), (12.01, "middle"), (17.99, "middle"), (18.0, "high"), (18.01, "high"),
        (None, None),
    ],
)  # fmt: skip
def test_prior_attainment_at_its_thresholds(points: float | None, band: str | None) -> None:
    got = column([points, float("nan")]).select(sf.prior_attainment_band("x", year=2011))["x"]
    assert got.to_list() == [band, None]
    assert got.dtype == pl.Enum(["low", "middle", "high"])


def test_prior_attainment_without_verified_thresholds_is_refused() -> None:
    with pytest.raises(sf.exceptions.InputError, match="no value for 2016; there are: 2011"):
        sf.prior_attainment_band("x", year=2016)
    with pytest.raises(sf.exceptions.UnknownNameError, match="scheme 'ks2' does not exist"):
        sf.prior_attainment_band("x", scheme="ks2")  # type: ignore[arg-type]


def test_values_are_compared_as_they_are_not_as_decimals() -> None:
    """Codes against a national figure compare nine decimals; ranks do not, as their documentation says."""
    frame = pl.DataFrame({"rate": [7 / 25 * 100, 28.0]})
    assert frame["rate"][0] != 28.0
    rank = sf.rank_in_group("rate", direction="higher_better")
    assert frame.select(rank)["rate"].to_list() == [1, 2]
    assert frame.select(pl.col("rate").round(9, mode="half_away_from_zero")).select(rank)["rate"].to_list() == [1, 1]
    large = pl.DataFrame({"rate": [2**53, 2**53 + 1]})
    assert large.select(rank)["rate"].to_list() == [1, 1]
