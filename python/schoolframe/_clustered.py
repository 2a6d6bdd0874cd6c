"""Shares of pupils with two intervals: as if pupils were independent, and with pupils of a school alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._sums import sums_by
from schoolframe._wilson import with_share

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["clustered", "guarded"]


def clustered(rows: pl.DataFrame, keys: Sequence[str], counted: str, summed: Sequence[str] = ()) -> pl.DataFrame:
    """Return the share of rows that are counted, by ``keys``, with Wilson's interval and one that knows of schools.

    With ``h`` counted of ``n`` rows in each of ``J`` schools and the share ``p``, the variance of ``p`` is
    ``J / (J - 1) * sum((h - p n)^2) / N^2``, the ratio estimator's; ``p (1 - p)`` over it is the number of independent
    rows that would leave as much open, at most ``N``; where all or none are counted, the number of schools. Wilson's
    interval with that number is ``cluster_low`` to ``cluster_high``; it is missing with one school.

    Args:
        rows: The keys, ``school`` and the Boolean or whole column ``counted``.
        keys: Columns that name a group.
        counted: Column of the rows that are counted.
        summed: Columns whose sums, and whose sums of squares over schools with those of their products with ``n``, are
            wanted too.

    Returns:
        ``keys``, ``n``, ``schools``, ``count`` (Int64), ``share``, ``ci_low``, ``ci_high``, ``cluster_low``,
        ``cluster_high`` (Float64, per cent), and for each of ``summed`` its ``sum_``, its ``mean_`` and the ``se_`` of
        that by schools.

    Example:
        >>> import polars as pl
        >>> rows = pl.DataFrame({"of": ["a"] * 4, "school": [1, 1, 2, 2], "held": [True, True, False, False]})
        >>> found = clustered(rows, ["of"], "held")
        >>> found.select("n", "schools", "share", pl.col("ci_low", "cluster_low").round(1)).rows()
        [(4, 2, 50.0, 15.0, 5.5)]
    """
    one = (pl.lit(1.0).alias("_n"), pl.col(counted).cast(pl.Float64).alias("_count"))
    schools = sums_by(rows.select(*keys, "school", *one, *summed), [*keys, "school"], ["_n", "_count", *summed])
    measured = ("_count", *summed)
    schools = schools.with_columns(
        pl.lit(1.0).alias("_schools"),
        (pl.col("_n") ** 2).alias("_n_squares"),
        *((pl.col(of) ** 2).alias(f"{of}_squares") for of in measured),
        *((pl.col(of) * pl.col("_n")).alias(f"{of}_products") for of in measured),
    )
    found = sums_by(schools.drop("school"), keys, [name for name in schools.columns if name not in (*keys, "school")])
    found = with_share(found.with_columns(_variance(of).alias(f"{of}_variance") for of in measured), "_count", "_n")
    share, variance = pl.col("share") / 100, pl.col("_count_variance")
    free = share * (1 - share)
    independent = pl.when(free <= 0).then("_schools").when(variance > 0).then(free / variance).otherwise("_n")
    found = found.with_columns(_worth=pl.when(pl.col("_schools") > 1).then(pl.min_horizontal(independent, "_n")))
    by_schools = with_share(found.select("_worth", _of=share * pl.col("_worth")), "_of", "_worth")
    return found.select(
        *keys,
        pl.col("_n").cast(pl.Int64).alias("n"),
        pl.col("_schools").cast(pl.Int64).alias("schools"),
        pl.col("_count").cast(pl.Int64).alias("count"),
        *("share", "ci_low", "ci_high"),
        by_schools["ci_low"].alias("cluster_low"),
        by_schools["ci_high"].alias("cluster_high"),
        *(pl.col(of).alias(f"sum_{of}") for of in summed),
        *((pl.col(of) / pl.col("_n")).alias(f"mean_{of}") for of in summed),
        *(pl.col(f"{of}_variance").sqrt().alias(f"se_{of}") for of in summed),
    )


def _variance(of: str) -> pl.Expr:
    """Return the variance of a ratio of sums over schools."""
    n, schools = pl.col("_n"), pl.col("_schools")
    ratio = pl.col(of) / n
    spread = pl.col(f"{of}_squares") - 2 * ratio * pl.col(f"{of}_products") + ratio**2 * pl.col("_n_squares")
    return pl.when(schools > 1).then(pl.max_horizontal(spread, 0.0) * schools / (schools - 1) / n**2)


def guarded(
    groups: pl.DataFrame, keys: Sequence[str], pupils: str, min_group: int, *, group: str = "group"
) -> pl.DataFrame:
    """Add ``status``, and take the figures of groups away that would tell of fewer than ``min_group`` pupils.

    A group under the minimum is ``below_minimum``; where those of one partition hold fewer than the minimum together,
    the next smallest is ``complementary``, for they would follow from the total.

    Args:
        groups: ``keys``, the group, and figures.
        keys: Columns that name a partition into groups.
        pupils: Column with the number of pupils of a group; it is taken away like the figures.
        min_group: Fewest pupils of a group that is shown.
        group: Column that names the group.

    Example:
        >>> import polars as pl
        >>> groups = pl.DataFrame({"by": ["size"] * 3, "group": ["a", "b", "c"], "n": [5, 9, 8]})
        >>> guarded(groups, ["by"], "n", 6).rows()
        [('size', 'a', None, 'below_minimum'), ('size', 'b', 9, 'ok'), ('size', 'c', None, 'complementary')]
    """
    few = pl.col(pupils) < min_group
    hidden = pl.when(few).then(pl.col(pupils)).sum().over(keys)
    next_smallest = pl.when(~few).then(pl.col(pupils)).rank("ordinal").over(keys) == 1
    complementary = few.any().over(keys) & (hidden < min_group) & next_smallest.fill_null(value=False)
    status = pl.when(few).then(pl.lit("below_minimum")).when(complementary).then(pl.lit("complementary"))
    groups = groups.with_columns(status.otherwise(pl.lit("ok")).alias("status"))
    shown = pl.when(pl.col("status") == "ok")
    named = (*keys, group, "status")
    return groups.with_columns(shown.then(pl.col(name)).alias(name) for name in groups.columns if name not in named)
