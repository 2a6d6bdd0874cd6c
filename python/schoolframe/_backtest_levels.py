"""How many schools reached each level, and whether schools that did well do so again."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._backtest_calibration import KEYS, groupings
from schoolframe._clustered import guarded
from schoolframe._sums import sums_by
from schoolframe._wilson import with_share

if TYPE_CHECKING:
    from schoolframe._backtest_asked import Asked

__all__ = ["levels", "rank_stability", "school_means"]

_SCHOOL = ("year", "outcome", "school", "size", "intake")
_TOP = 20
_DECIMALS = 9  # finer than anything published, coarser than the noise of a mean
_FEWEST = 4  # fewest schools of which a rank correlation has an interval


def school_means(rows: pl.DataFrame, wanted: Asked) -> pl.DataFrame:
    """Return the mean actual outcome, expected outcome and levels of each school, in the order of the rows."""
    keys = [name for name in _SCHOOL if name in rows.columns]
    values = ["actual", "expected", *(f"fft{level}" for level in wanted.levels)]
    parts = rows.select(*keys, *values, pl.lit(1.0).alias("_rows"), pl.col("n").fill_null(0.0))
    means = sums_by(parts, keys, [*values, "_rows", "n"])
    return means.with_columns(pl.col(values) / pl.col("_rows"))


def levels(schools: pl.DataFrame, wanted: Asked) -> pl.DataFrame:
    """Return the share of schools whose mean outcome reached each level, by group."""
    parts = []
    for by, group in groupings(wanted).items():
        keyed = schools.with_columns(pl.lit(by).alias("by"), group.alias("group"))
        for level in wanted.levels:
            reached = (pl.col("actual") - pl.col(f"fft{level}")).round(_DECIMALS) >= 0
            one = keyed.drop_nulls(f"fft{level}").with_columns(reached.cast(pl.Float64).alias("_reached"), schools=1.0)
            one = one.with_columns(_in=pl.col("_reached") * pl.col("n"))
            sums = sums_by(
                one.select(*KEYS, "schools", "_reached", "_in", "n"), KEYS, ["schools", "_reached", "_in", "n"]
            )
            parts.append(sums.with_columns(level=pl.lit(level, pl.Int64)))
    found = with_share(pl.concat(parts), "_reached", "schools")
    found = found.with_columns(_pupils=pl.when(pl.col("n") > 0).then(100 * pl.col("_in") / pl.col("n")))
    found = guarded(found, ["year", "outcome", "by", "level"], "n", wanted.min_group)
    return wanted.in_order(found).select(
        *KEYS,
        "level",
        pl.col("schools").cast(pl.Int64),
        pl.col("n").cast(pl.Int64).alias("pupils"),
        pl.col("_reached").cast(pl.Int64).alias("reached"),
        *("share", "ci_low", "ci_high"),
        pl.col("_pupils").alias("pupils_share"),
        "status",
    )


def rank_stability(schools: pl.DataFrame, wanted: Asked) -> pl.DataFrame:
    """Return how alike the ranks of schools are in each judged year and the one judged before it."""
    parts = [_EMPTY]
    for before, year in pairwise(wanted.years):
        both = _pairs(schools, before, year)
        for by, group in {"all": pl.lit("all"), "size": pl.col("size")}.items():
            keyed = both.with_columns(pl.lit(by).alias("by"), group.alias("group"))
            for (outcome, name), one in keyed.group_by("outcome", "group", maintain_order=True):
                figures = _stability(one) | {"outcome": outcome, "by": by, "group": name}
                parts.append(pl.DataFrame([{"before": before, "year": year, **figures}], schema=_EMPTY.schema))
    found = pl.concat(parts)
    found = guarded(found, ["year", "outcome", "by"], "pupils", wanted.min_group)
    few = (pl.col("status") == "ok") & pl.col("correlation").is_null()
    status = pl.when(few).then(pl.lit("not_defined")).otherwise("status")
    return wanted.in_order(found.with_columns(status=status)).drop("pupils")


def _pairs(schools: pl.DataFrame, before: int, year: int) -> pl.DataFrame:
    """Return schools judged in both years with both residuals, and whether each is in the top of these schools."""
    residual = (pl.col("actual") - pl.col("expected")).round(_DECIMALS)
    first = schools.filter(year=before).select("outcome", "school", residual.alias("first"))
    second = schools.filter(year=year).select("outcome", "school", "size", pl.col("n"), residual.alias("second"))
    both = second.join(first, on=["outcome", "school"], maintain_order="left")
    edge = 1 - _TOP / 100
    top = [
        (pl.col(name) >= pl.col(name).quantile(edge, interpolation="linear").over("outcome")).alias(f"{name}_top")
        for name in ("first", "second")
    ]
    return both.with_columns(top)


def _stability(one: pl.DataFrame) -> dict[str, object]:
    found = one.select(pl.corr("first", "second", method="spearman")).item()
    known = isinstance(found, float) and math.isfinite(found) and one.height >= _FEWEST
    correlation = max(-1.0, min(1.0, found)) if known else None
    stayed = one.select(
        (pl.col("first_top") & pl.col("second_top")).sum().alias("count"),
        pl.col("first_top").sum().alias("n"),
        (100 * pl.col("second_top").mean()).alias("by_chance"),
    )
    share = with_share(stayed, "count", "n").row(0, named=True)
    low, high = _interval(correlation, one.height)
    return {
        "schools": one.height,
        "pupils": float(one["n"].sum()),
        "correlation": correlation,
        "ci_low": low,
        "ci_high": high,
        "top": share["n"],
        "stayed": share["share"],
        "stayed_low": share["ci_low"],
        "stayed_high": share["ci_high"],
        "by_chance": share["by_chance"],
    }


def _interval(correlation: float | None, n: int) -> tuple[float | None, float | None]:
    """Return the 95 % interval of a rank correlation: Fisher's z with the variance of Bonett and Wright."""
    if correlation is None or abs(correlation) == 1:
        return None, None
    half = NormalDist().inv_cdf(0.975) * math.sqrt((1 + correlation**2 / 2) / (n - 3))
    middle = math.atanh(correlation)
    return math.tanh(middle - half), math.tanh(middle + half)


_EMPTY = pl.DataFrame(
    schema={
        "before": pl.Int32,
        "year": pl.Int32,
        **dict.fromkeys(("outcome", "by", "group"), pl.String),
        "schools": pl.Int64,
        **dict.fromkeys(("pupils", "correlation", "ci_low", "ci_high"), pl.Float64),
        "top": pl.Int64,
        **dict.fromkeys(("stayed", "stayed_low", "stayed_high", "by_chance"), pl.Float64),
    }
)
