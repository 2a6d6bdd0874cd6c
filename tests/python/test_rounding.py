"""Rounding half away from zero as it is printed, and counts to a base."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schoolframe as sf
from schoolframe import round_counts, round_half_up
from schoolframe.exceptions import InputError


def rounded(value: float, decimals: int) -> float:
    got: float = pl.DataFrame({"x": [value]}).select(round_half_up("x", decimals))["x"][0]
    return got


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0.125, 2, 0.13),
        (2.675, 2, 2.68),
        (1.005, 2, 1.01),
        (-0.125, 2, -0.13),
        (0.5, 0, 1.0),
        (2.5, 0, 3.0),
        (2.4999, 0, 2.0),
        (0.15, 1, 0.2),
        (9.995, 2, 10.0),
        (-0.004, 2, 0.0),
        (1e300, 2, 1e300),
        (12345678.125, 2, 12345678.13),
    ],
)
def test_halves_go_away_from_zero_as_they_are_printed(value: float, decimals: int, expected: float) -> None:
    assert rounded(value, decimals) == expected
    assert str(rounded(value, decimals)) == str(expected)


@given(st.floats(-1e15, 1e15), st.integers(0, 10))
def test_it_is_decimal_arithmetic(value: float, decimals: int) -> None:
    expected = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    assert rounded(value, decimals) == float(expected)


def test_missing_and_impossible_values() -> None:
    frame = pl.DataFrame({"x": [None, float("nan"), 0.25]})
    assert frame.select(round_half_up("x", 1))["x"].to_list() == [None, None, 0.3]
    with pytest.raises(pl.exceptions.ComputeError, match="column 'x': must be a finite number; 1 value breaks"):
        pl.DataFrame({"x": [float("inf")]}).select(round_half_up("x"))
    for wrong in (-1, 16):
        with pytest.raises(InputError, match="decimals: a whole number"):
            round_half_up("x", wrong)
    with pytest.raises(InputError, match="decimals: a whole number is needed, not True"):
        round_half_up("x", True)  # a wrong argument


@given(st.integers(0, 10**9), st.integers(2, 100))
def test_counts_go_to_the_nearest_multiple(count: int, base: int) -> None:
    got = pl.DataFrame({"n": [count]}).select(round_counts("n", base))["n"][0]
    assert got == (2 * count + base) // (2 * base) * base


@pytest.mark.parametrize(
    ("count", "label"),
    [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (7, "5"), (8, "10"), (None, None)],
)
def test_the_form_of_the_exam_statistics(count: int | None, label: str | None) -> None:
    frame = pl.DataFrame({"n": [count]}, schema={"n": pl.Int64})
    assert frame.select(sf.round_counts("n", labels=True)).to_dict(as_series=False) == {"n": [label]}


def test_what_is_no_count_is_refused() -> None:
    for wrong in (-1.0, 2.5, float("inf")):
        with pytest.raises(pl.exceptions.ComputeError, match="must be a count, a whole number from 0"):
            pl.DataFrame({"n": [wrong]}).select(round_counts("n"))
    with pytest.raises(InputError, match="base: a whole number from 2"):
        round_counts("n", 1)
