"""The stepping rule at, just under and just over each benchmark, and every reading of it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import schoolframe as sf


def step(actual: float | None, *benchmarks: float | None, **settings: Any) -> tuple[Any, ...]:
    frame = pl.DataFrame({"a8": [actual]}, schema={"a8": pl.Float64})
    return frame.select(sf.next_benchmark("a8", *benchmarks, **settings)).unnest("a8").row(0)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (45.9, (46.0, 50, "below_fft50")),
        (46.0, (50.0, 20, "reached_fft50")),
        (46.1, (50.0, 20, "reached_fft50")),
        (49.9, (50.0, 20, "reached_fft50")),
        (50.0, (54.0, 5, "reached_fft20")),
        (53.9, (54.0, 5, "reached_fft20")),
        (54.0, (None, None, "at_or_above_fft5")),
        (60.0, (None, None, "at_or_above_fft5")),
        (None, (None, None, None)),
        (float("nan"), (None, None, None)),
    ],
)
def test_default_reading(actual: float | None, expected: tuple[Any, ...]) -> None:
    assert step(actual, 46, 50, 54) == expected


def test_other_readings() -> None:
    assert step(47.0, 46, 50, 54, step="last") == (46.0, 50, "reached_fft50")
    assert step(51.0, 46, 50, 54, step="last") == (50.0, 20, "reached_fft20")
    assert step(60.0, 46, 50, 54, at_top="benchmark") == (54.0, 5, "at_or_above_fft5")
    assert step(60.0, 46, 50, 54, at_top="actual") == (60.0, 5, "at_or_above_fft5")
    assert step(47.0, 50, 46, 54, order="sort") == (50.0, 20, "reached_fft50")


def test_a_benchmark_that_is_not_needed_may_be_missing() -> None:
    assert step(40.0, 46, None, None) == (46.0, 50, "below_fft50")
    assert step(47.0, 46, None, 54) == (None, None, None)
    assert step(51.0, None, 50, 54) == (54.0, 5, "reached_fft20")


def test_wrong_order_and_wrong_words_are_errors() -> None:
    with pytest.raises(pl.exceptions.ComputeError, match="fft50 <= fft20 <= fft5; 1 value breaks this rule"):
        step(47.0, 50, 46, 54)
    with pytest.raises(sf.exceptions.UnknownNameError, match="step 'first' does not exist. There are: next, last"):
        sf.next_benchmark("a", 1, 2, 3, step="first")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.UnknownNameError, match="at_top"):
        sf.next_benchmark("a", 1, 2, 3, at_top="hold")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.UnknownNameError, match="order"):
        sf.next_benchmark("a", 1, 2, 3, order="any")  # type: ignore[arg-type]
