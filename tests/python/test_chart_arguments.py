"""What charts refuse: arguments and columns of the wrong kind, by name, before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.presentation import band_chart, estimate_chart, funnel_chart, gap_chart, interval_chart, step_chart

SCHOOLS = pl.DataFrame(
    {
        "school_name": ["Ash", "Birch", "Cedar"],
        "year": [2018, 2019, 2019],
        "p8": [0.5, 0.1, 4.0],
        "p8_ci_low": [0.1, -0.1, 3.5],
        "p8_ci_high": [0.9, 0.3, 4.5],
        "n": [60, 90, 120],
        "band": ["upper", "lower", "lower"],
        "fft50": [0.6, 0.6, 0.6],
        "fft20": [0.7, 0.7, 0.7],
        "fft5": [0.8, 0.8, 0.8],
    }
)
LIMITS = sf.FunnelLimits.fit(SCHOOLS, "p8", "n", sd=1.25, target=0.0)
GAPS = sf.progress_gaps(
    SCHOOLS.with_columns(o=pl.lit(0.2), n_o=pl.lit(80)),
    sf.GapMeasure("own", "p8", "n", "o", "n_o"),
    comparison="within_school",
    sd=1.25,
)
Draw = Callable[..., Any]


def any_of(*values: Any) -> list[Any]:
    return [*values]


def intervals(frame: pl.DataFrame = SCHOOLS, **options: Any) -> Any:
    return interval_chart(frame, **options)


def funnel(frame: pl.DataFrame = SCHOOLS, **options: Any) -> Any:
    return funnel_chart(frame, **{"limits": LIMITS, **options})


def gaps(frame: pl.DataFrame = GAPS, **options: Any) -> Any:
    return gap_chart(frame, **options)


def steps(frame: pl.DataFrame = SCHOOLS, **options: Any) -> Any:
    return step_chart(frame, "p8", **options)


def estimates(frame: pl.DataFrame = SCHOOLS, **options: Any) -> Any:
    ranges = frame.with_columns(outcome=pl.lit("p8"), expected_low=pl.col("p8_ci_low"), expected_high="p8_ci_high")
    return estimate_chart(ranges, "school_name", **options)


def bands(frame: pl.DataFrame = SCHOOLS, **options: Any) -> Any:
    return band_chart(frame, "band", "school_name", **options)


@pytest.mark.parametrize("draw", [intervals, funnel, gaps, steps, estimates, bands])
@pytest.mark.parametrize("wrong", [None, "wide", [520], True, 0, -1, 1e9, float("nan")], ids=repr)
def test_widths_are_numbers_of_pixels(draw: Draw, wrong: Any) -> None:
    assert draw(width=300).to_dict()
    with pytest.raises(InputError, match="width: a number"):
        draw(width=wrong)


@pytest.mark.parametrize(
    ("draw", "argument"),
    [
        *((draw, "title") for draw in (intervals, funnel, gaps, steps, estimates, bands)),
        *((draw, "axis") for draw in (intervals, funnel, gaps, steps, estimates)),
        *((draw, "subtitle") for draw in (steps, estimates, bands)),
    ],
)
@pytest.mark.parametrize("wrong", [-1, [], {}, True, pl.col("p8")], ids=str)
def test_titles_are_texts(draw: Draw, argument: str, wrong: Any) -> None:
    assert draw(**{argument: "Schools"}).to_dict()
    with pytest.raises(InputError, match=f"{argument}: a text such as"):
        draw(**{argument: wrong})


@pytest.mark.parametrize(
    ("draw", "columns"),
    [
        (intervals, ["p8", "p8_ci_low", "p8_ci_high"]),
        (funnel, ["p8", "n"]),
        (gaps, ["gap", "ci_low", "ci_high"]),
        (steps, ["p8", "fft50", "fft20", "fft5"]),
        (estimates, ["p8_ci_low", "p8_ci_high", "fft50", "fft20", "fft5"]),
    ],
)
@pytest.mark.parametrize("wrong", ["abc", [1.0], float("inf")], ids=str)
def test_columns_of_numbers_are_named_if_they_hold_none(draw: Draw, columns: list[str], wrong: Any) -> None:
    frame = GAPS if draw is gaps else SCHOOLS
    for name in columns:
        with pytest.raises(
            InputError,
            match="must hold (finite )?numbers"
            if draw is estimates
            else f"column '{name}' must hold (finite )?numbers",
        ):
            draw(frame.with_columns(pl.lit(wrong).alias(name)))


@pytest.mark.parametrize("draw", [intervals, funnel, gaps, steps, estimates, bands])
def test_names_that_cannot_be_written_are_refused(draw: Draw) -> None:
    frame = GAPS if draw is gaps else SCHOOLS
    with pytest.raises(InputError, match="column 'school_name' must hold texts, it holds List"):
        draw(frame.with_columns(school_name=pl.lit(["Ash"])))


def test_gaps_are_of_a_measure_a_year_and_a_comparison_that_are_there() -> None:
    with pytest.raises(UnknownNameError, match="measure 'p9' does not exist. There are: own"):
        gaps(measure="p9")
    with pytest.raises(UnknownNameError, match="year '2017' does not exist.*There are: 2018, 2019"):
        gaps(year=2017)
    for wrong in any_of(1, ["own"], True):
        with pytest.raises(InputError, match="measure: a text such as"):
            gaps(measure=wrong)
    for wrong in any_of("2019", [2019], 2019.5):
        with pytest.raises(InputError, match="year: a whole number is needed"):
            gaps(year=wrong)
    with pytest.raises(UnknownNameError, match="comparison 'nowhere' does not exist. There are: within_school, nat"):
        gaps(GAPS.with_columns(comparison=pl.lit("nowhere")))
    for column in ("measure", "comparison", "status"):
        with pytest.raises(InputError, match=f"gaps: column '{column}' must hold texts, it holds"):
            gaps(GAPS.with_columns(pl.lit(1.5).alias(column)))
    with pytest.raises(InputError, match="gaps: there is no gap to draw"):
        gaps(GAPS.with_columns(comparison=pl.lit(None, dtype=pl.String), gap=None))
    for kind in (pl.Float64, pl.String):
        drawn = gaps(GAPS.with_columns(pl.col("year").cast(pl.Int64).cast(kind)), year=2018).to_dict()
        assert [row["school"] for row in drawn["hconcat"][0]["layer"][1]["data"]["values"]] == ["Ash"]


def test_funnels_need_limits_names_and_numbers_of_pupils_that_can_be() -> None:
    for wrong in any_of(None, "p8", {}):
        with pytest.raises(InputError, match="limits: the result of FunnelLimits.fit is needed"):
            funnel(limits=wrong)
    for wrong in any_of(None, "8", 2.5, [8], -1):
        with pytest.raises(InputError, match="names: a whole number"):
            funnel(names=wrong)
    with pytest.raises(InputError, match="direction: one of 'higher_better', 'lower_better' is needed, not None"):
        funnel(direction=None)
    with pytest.raises(InputError, match="height: a number"):
        funnel(height=None)
    enormous = SCHOOLS.with_columns(n=pl.Series([2**64 - 1] * 3, dtype=pl.UInt64))
    with pytest.raises(InputError, match="column 'n' must hold numbers of pupils, at most 1099511627776"):
        funnel(enormous)
    far = funnel().to_dict()["layer"]
    assert any(row.get("school") == "Cedar" for layer in far[-4:] for row in layer["data"]["values"])
    for nobody in (pl.lit(None), pl.lit(None, dtype=pl.String)):
        drawn = funnel(SCHOOLS.with_columns(school_name=nobody)).to_dict()["layer"]
        assert len(drawn[-5]["data"]["values"]) == 3
        assert not any(layer["data"]["values"] for layer in drawn[-4:])


def test_scores_outside_their_limits_are_named_by_their_column() -> None:
    with pytest.raises(pl.exceptions.ComputeError, match="column 'p8': a score must lie within its limits"):
        intervals(SCHOOLS.with_columns(p8=pl.lit(9.0)))
    percent = sf.FunnelLimits.fit(SCHOOLS.with_columns(pct=pl.lit(50.0)), "pct", "n", sd=None)
    with pytest.raises(pl.exceptions.ComputeError, match="column 'pct': a percentage must lie between 0 and 100"):
        funnel(SCHOOLS.with_columns(pct=pl.lit(101.0)), limits=percent)
    with pytest.raises(InputError, match="national: a number is needed"):
        intervals(national="0.1")


@pytest.mark.parametrize("argument", ["bands", "order"])
def test_bands_and_groups_in_order_are_texts(argument: str) -> None:
    for wrong in any_of(1, [1, 2], [None]):
        with pytest.raises(InputError, match=f"{argument}: texts are needed"):
            bands(SCHOOLS, **{argument: wrong})
    with pytest.raises(InputError, match=f"{argument}: name at least one"):
        bands(SCHOOLS, **{argument: []})
    with pytest.raises(InputError, match="names: texts are needed"):
        steps(names=[1, 2, 3])
