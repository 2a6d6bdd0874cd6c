"""How often intervals held, how far estimates were off, and whether chances of grades came true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._backtest_asked import TENTHS
from schoolframe._clustered import clustered, guarded

if TYPE_CHECKING:
    from schoolframe._backtest_asked import Asked

__all__ = ["KEYS", "calibration", "grades", "groupings", "reliability"]

KEYS = ("year", "outcome", "by", "group")
_INTERVALS = ("ci_low", "ci_high", "cluster_low", "cluster_high")


def groupings(wanted: Asked) -> dict[str, pl.Expr]:
    """Return the ways in which schools are grouped: ``all``, by ``size``, by ``intake`` if one is named."""
    found = {"all": pl.lit("all"), "size": pl.col("size")}
    return found if wanted.intake is None else {**found, "intake": pl.col("intake")}


def calibration(rows: pl.DataFrame, wanted: Asked) -> pl.DataFrame:
    """Return the share of intervals that held the actual outcome, and the errors, by group."""
    # Ties stay together: rows with one estimate are in one tenth.
    place = ((pl.col("expected").rank("min") - 1) * 10 // pl.len()).over("year", "outcome").cast(pl.Int64)
    tenths = place.replace_strict(range(10), TENTHS, return_dtype=pl.String)
    error = pl.col("expected") - pl.col("actual")
    rows = rows.with_columns(_error=error, _square=error**2, _size=error.abs(), _pupils=pl.col("n").fill_null(0.0))
    parts = []
    for by, group in {**groupings(wanted), "expected": tenths}.items():
        keyed = rows.with_columns(pl.lit(by).alias("by"), group.alias("group"))
        for at, nominal in enumerate(wanted.confidence):
            held = pl.col("actual").is_between(f"low{at}", f"high{at}")
            found = clustered(keyed.with_columns(held.alias("_held")), KEYS, "_held", _ERRORS)
            parts.append(found.with_columns(nominal=pl.lit(100 * nominal)))
    figures = guarded(pl.concat(parts), ["year", "outcome", "by", "nominal"], "sum__pupils", wanted.min_group)
    return wanted.in_order(figures).select(
        *KEYS,
        *("nominal", "n", "schools"),
        pl.col("share").alias("held"),
        *_INTERVALS,
        pl.col("mean__error").alias("bias"),
        pl.col("se__error").alias("bias_se"),
        pl.col("mean__square").sqrt().alias("rmse"),
        pl.col("mean__size").alias("mae"),
        "status",
    )


_ERRORS = ("_error", "_square", "_size", "_pupils")
_HEADLINES = {
    "reached": pl.col("actual") >= pl.col("headline"),
    "exceeded": pl.col("actual") > pl.col("headline"),
    "exact": pl.col("actual") == pl.col("headline"),
    "within_one": (pl.col("actual") - pl.col("headline")).abs() <= 1,
}


def grades(rows: pl.DataFrame, wanted: Asked) -> pl.DataFrame:
    """Return the share of pupils who reached their headline grade, exceeded it, got it, or were within one of it."""
    graded = _graded(rows)
    parts = [_EMPTY_GRADES]
    for by, group in groupings(wanted).items():
        keyed = graded.with_columns(pl.lit(by).alias("by"), group.alias("group"))
        for measure, holds in _HEADLINES.items():
            found = clustered(keyed.with_columns(holds.alias("_holds")), KEYS, "_holds", ["n"])
            parts.append(found.with_columns(measure=pl.lit(measure)))
    figures = guarded(
        pl.concat(parts, how="diagonal_relaxed"), ["year", "outcome", "by", "measure"], "sum_n", wanted.min_group
    )
    return wanted.in_order(figures).select(*KEYS, "measure", "n", "schools", "share", *_INTERVALS, "status")


def reliability(rows: pl.DataFrame, wanted: Asked) -> pl.DataFrame:
    """Return, by grade and tenth of the chance of it or better, the mean chance beside the share who got it."""
    graded = _graded(rows)
    parts = [_EMPTY_CHANCES]
    most = graded["chances"].list.len().max() if graded.height else None
    for grade in range(1, most if isinstance(most, int) else 0):
        chance = pl.col("chances").list.get(grade, null_on_oob=True)
        one = graded.with_columns(_chance=chance, _got=pl.col("actual") >= grade).drop_nulls("_chance")
        one = one.with_columns(_square=(pl.col("_chance") - pl.col("_got")) ** 2)
        tenth = pl.min_horizontal((pl.col("_chance") * 10).floor().cast(pl.Int64) + 1, 10)
        for of in (pl.lit(None, pl.Int64), tenth):
            found = clustered(one.with_columns(tenth=of), [*_CHANCE_KEYS, "tenth"], "_got", ["_chance", "_square", "n"])
            parts.append(found.with_columns(grade=pl.lit(grade, pl.Int64)))
    figures = pl.concat(parts, how="diagonal_relaxed").with_columns(part=pl.col("tenth").is_null())
    figures = guarded(figures, ["year", "outcome", "grade", "part"], "sum_n", wanted.min_group, group="tenth")
    outcomes = list(wanted.actual)
    order = pl.col("outcome").replace_strict(outcomes, range(len(outcomes)), default=None)
    return figures.sort("year", order, "grade", "tenth", nulls_last=False, maintain_order=True).select(
        *_CHANCE_KEYS,
        *("grade", "tenth", "n", "schools"),
        (100 * pl.col("mean__chance")).alias("chance"),
        *("share", *_INTERVALS),
        pl.col("mean__square").alias("brier"),
        "status",
    )


_CHANCE_KEYS = ("year", "outcome")
_FOUND = {
    "year": pl.Int32,
    "outcome": pl.String,
    **dict.fromkeys(("n", "schools", "count"), pl.Int64),
    **dict.fromkeys(("share", *_INTERVALS, "sum_n"), pl.Float64),
}
_EMPTY_GRADES = pl.DataFrame(schema={**_FOUND, "by": pl.String, "group": pl.String, "measure": pl.String})
_EMPTY_CHANCES = pl.DataFrame(
    schema={
        **_FOUND,
        **dict.fromkeys(("grade", "tenth"), pl.Int64),
        **dict.fromkeys(("mean__chance", "mean__square"), pl.Float64),
    }
)


def _graded(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of outcomes that are grades."""
    if "chances" in rows.columns:
        return rows.drop_nulls(["headline", "chances"])
    nothing = [pl.lit(None, pl.Float64).alias("headline"), pl.lit(None, pl.List(pl.Float64)).alias("chances")]
    return rows.clear().with_columns(nothing)
