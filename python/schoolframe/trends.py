"""Trends of schools over several years, told apart by test: improving, declining, varying, steady."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import polars as pl

from schoolframe._arguments import require_whole, unknown_name
from schoolframe._chi_square import upper_tail
from schoolframe._frames import as_frame
from schoolframe._measured import Measured, account
from schoolframe._number_columns import number_column, share_of, spread_column
from schoolframe._typing import Direction
from schoolframe._year_windows import NO_RESULTS, by_year, end_years, told, window, years_without
from schoolframe.exceptions import InputError
from schoolframe.gaps import gap_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["TRENDS", "trend_class"]

TRENDS = ("improving", "declining", "varying", "steady")
"""What a trend is called."""

_MOST_YEARS = 30
# Columns of the result, and of the test and the fit on the way to it: no school can be named by such a column.
_TAKEN = (
    *("year", "trend", "slope", "se", "ci_low", "ci_high", "p_slope", "q", "p_varying", "q_line", "p_line", "n"),
    *("n_years", "years", "method", "status", "gap", "statistic", "df", "p_value"),
    *("_year", "_v", "_n", "_sd", "_w", "_t", "_slope", "_se", "_total", "_df", "_df_line", "_test"),
)


def trend_class(
    frame: object,
    value: str,
    n: str,
    sd: str | float,
    *,
    direction: Direction,
    by: str | Sequence[str] = "urn",
    year: str = "year",
    years: int = 4,
    min_years: int = 3,
    as_of: int | None = None,
    level: float = 0.05,
    bridge: bool = True,
    no_results: Iterable[int] = NO_RESULTS,
    confidence: float = 0.95,
    min_group: int = 6,
) -> Measured:
    """Class of a school's trend over several years, by test and not by eye.

    Each year's mean has the known error ``sd / sqrt(n)``, so weights are ``w = n / sd^2``. With the weighted means
    ``t0`` and ``v0`` and ``S = sum(w (t - t0)^2)``:

    - slope ``b = sum(w (t - t0)(v - v0)) / S``, ``se = 1 / sqrt(S)``, z test;
    - heterogeneity about the mean ``Q = sum(w (v - v0)^2)``, chi-square with years - 1 degrees of freedom;
    - about the line ``Q - b^2 S``, years - 2 degrees of freedom.

    ``improving`` or ``declining`` if the slope's p is at or under ``level``; otherwise ``varying`` if the p of ``Q``
    is; otherwise ``steady``. Steady means that no change is shown, not that there is none: with few pupils a large
    change goes unseen, which the interval of the slope tells. Of schools that do not change, a share of up to about
    twice ``level`` is called otherwise, so of many schools some are by chance.

    Args:
        frame: One row per school and year.
        value: Column of the measure, a mean over pupils.
        n: Column of the number of pupils.
        sd: Standard deviation of pupils: one number, or a column with that of the year.
        direction: Which end is good: ``"higher_better"`` or ``"lower_better"``.
        by: Columns that name the school.
        year: Column of the results year.
        years: How many years the window has, up to 30.
        min_years: Fewest of them that must be there, at least 3.
        as_of: Last year of the window; by default the latest year of the frame, for every school.
        level: Level of the tests.
        bridge: Whether years without results are passed over in the window. Time is counted in calendar years in any
            case: from 2019 to 2022 are three.
        no_results: The years without results.
        confidence: Level of the slope's interval.
        min_group: Years with fewer pupils do not count.

    Returns:
        One row per school: ``by``, ``year`` (the last), ``trend`` (Enum of :data:`TRENDS`), ``slope`` (per year, in
        units of the measure), ``se``, ``ci_low``, ``ci_high``, ``p_slope``, ``q``, ``p_varying`` (about the mean),
        ``q_line``, ``p_line`` (about the line: a low one beside a trend says that the trend is not straight), ``n``
        (pupils of all years), ``n_years``, ``years``, ``method`` (``weighted_least_squares``) and ``status``: ``ok`` or
        ``too_few_years``. ``rows`` says why rows do not count, ``notes`` whether 2022 follows 2019.

    Raises:
        InputError: For a school twice in a year, columns that are no numbers, infinite values, a negative ``n``, an
            ``sd`` that is not above 0, or a column of ``by`` that is called as one of the result.
        UnknownNameError: For a column or direction that does not exist.

    Source: weighted least squares with known variances; Cochran (1954) for the heterogeneity. The classes and the
        level are this package's choice.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> school = pl.DataFrame({"urn": [1] * 3, "year": [2017, 2018, 2019], "p8": [-0.5, -0.2, 0.2], "n": [180] * 3})
        >>> trend = sf.trend_class(school, "p8", "n", 1.25, direction="higher_better").frame
        >>> trend.select("trend", pl.col("slope", "ci_low", "ci_high").round(2, mode="half_away_from_zero")).row(0)
        ('improving', 0.35, 0.22, 0.48)
    """
    if direction not in get_args(Direction):
        raise unknown_name("direction", direction, get_args(Direction))
    data = as_frame(frame)
    rows, keys = by_year(data, by, year, _TAKEN)
    length = require_whole(years, "years", 3)
    fewest = require_whole(min_years, "min_years", 3)
    if not fewest <= length <= _MOST_YEARS:
        msg = f"years: a window of {fewest} (min_years) to {_MOST_YEARS} years is needed, not {length}"
        raise InputError(msg)
    smallest = max(require_whole(min_group, "min_group", 0), 1)
    alpha, cover = share_of(level, "level"), share_of(confidence, "confidence")
    rows = rows.with_columns(
        number_column(data, value).alias("_v"),
        number_column(data, n, least=0).alias("_n"),
        spread_column(data, sd).alias("_sd"),
    )
    ends = end_years(rows["_year"], as_of, rolling=False)
    without = years_without(no_results, "no_results")
    span = window(ends[0], length, without, bridge=bridge) if ends else []
    known = pl.all_horizontal(pl.col("_v", "_n", "_sd").is_not_null())
    counts = rows.filter(known & (pl.col("_n") >= smallest))
    inside = counts.filter(pl.col("_year").is_in(span)).sort(*keys, "_year", nulls_last=True)
    schools = rows.select(keys).unique().sort(keys, nulls_last=True)
    fitted = schools.join(_fit(inside, keys), on=keys, how="left", nulls_equal=True, maintain_order="left")
    fitted = fitted.with_columns(pl.col("n_years").fill_null(0))
    enough = pl.col("n_years") >= fewest
    figures = [pl.when(enough).then(name).alias(name) for name in ("_slope", "_se", "q", "q_line")]
    fitted = fitted.with_columns(figures).with_columns(_df=pl.col("n_years") - 1, _df_line=pl.col("n_years") - 2)
    test = gap_test("_slope", 1, 0.0, method="known_sd", known_sd="_se", fixed=True, confidence=cover, min_group=0)
    fitted = fitted.with_columns(test.alias("_test")).unnest("_test")
    fitted = fitted.with_columns(
        p_varying=upper_tail("q", "_df", length - 1), p_line=upper_tail("q_line", "_df_line", length - 2)
    )
    better = pl.col("_slope") > 0 if direction == "higher_better" else pl.col("_slope") < 0
    moved = pl.when(better).then(pl.lit("improving")).otherwise(pl.lit("declining"))
    still = pl.when(pl.col("p_varying") <= alpha).then(pl.lit("varying")).otherwise(pl.lit("steady"))
    trend = pl.when(enough).then(pl.when(pl.col("p_value") <= alpha).then(moved).otherwise(still))
    result = fitted.select(
        *keys,
        pl.lit(ends[0] if ends else None, dtype=pl.Int32).alias("year"),
        trend.cast(pl.Enum(list(TRENDS))).alias("trend"),
        pl.col("_slope").alias("slope"),
        "se",
        "ci_low",
        "ci_high",
        pl.col("p_value").alias("p_slope"),
        "q",
        "p_varying",
        "q_line",
        "p_line",
        pl.col("_total").alias("n"),
        "n_years",
        "years",
        pl.lit("weighted_least_squares").alias("method"),
        pl.when(enough).then(pl.lit("ok")).otherwise(pl.lit("too_few_years")).alias("status"),
    )
    complete = rows.filter(known)
    reasons = {
        "value, n or sd is missing": rows.height - complete.height,
        f"n is under {smallest}": complete.height - counts.height,
        "year is outside the window": counts.height - inside.height,
    }
    notes = (
        f"Tests at the level {alpha:g}, each school for itself; of many schools some are called by chance.",
        told(without, bridge=bridge),
    )
    return Measured(result, account(data.height, reasons), notes)


def _fit(inside: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return slope, its error and both sums of squares of each school, in year order."""
    w, t, v = pl.col("_w"), pl.col("_t"), pl.col("_v")
    centred = inside.with_columns(
        _w=pl.col("_n") / pl.col("_sd") ** 2, _t=pl.col("_year").cast(pl.Float64)
    ).with_columns(
        _t=t - ((w * t).sum() / w.sum()).over(keys),
        _v=v - ((w * v).sum() / w.sum()).over(keys),
    )
    s = (w * t * t).sum()
    slope = (w * t * v).sum() / s
    return centred.group_by(keys, maintain_order=True).agg(
        _slope=slope,
        _se=1 / s.sqrt(),
        q=(w * v * v).sum(),
        # The sum of squared residuals itself: a difference of two large numbers could come out under 0.
        q_line=(w * (v - slope * t) ** 2).sum(),
        _total=pl.col("_n").sum(),
        n_years=pl.len().cast(pl.Int64),
        years=pl.col("_year").sort(descending=True).cast(pl.String).str.join(", "),
    )
