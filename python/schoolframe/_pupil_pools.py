"""Sums of pupils by group, and the pools they are compared with: school, authority, neighbours, England.

Every figure is a sum over the pupils of a group: number, sum of the outcome and sum of its squares, both taken from a
common centre so that large numbers do not swallow small differences. Pools are sums of such sums. The pupils that are
not in a group are added up from the other groups, before and behind it in the list, never by subtraction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._sums import sums_by

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SUMS", "every_group", "figures", "pooled", "rest", "sums", "totals"]

SUMS = ("_n", "_sum", "_squares")
_LARGE = 1e-12


def sums(rows: pl.DataFrame, value: str, group: str, keys: Sequence[str], centre: float) -> pl.DataFrame:
    """Return number of pupils with an outcome, sum and sum of squares, by ``keys`` and ``_group``, in their order.

    A group without any outcome has a row with no pupils.

    Example:
        >>> import polars as pl
        >>> pupils = pl.DataFrame({"fsm": ["1", "0", "1"], "p8": [1.0, 2.0, None]})
        >>> sums(pupils, "p8", "fsm", [], 0.0).rows()
        [('0', 1, 2.0, 4.0), ('1', 1, 1.0, 1.0)]
    """
    away = pl.col(value) - centre
    columns = [*keys, "_group"]
    rows = rows.select(
        *keys,
        pl.col(group).alias("_group"),
        away.is_not_null().cast(pl.Int64).alias("_n"),
        away.alias("_sum"),
        (away**2).alias("_squares"),
    )
    return sums_by(rows.drop_nulls(columns), columns, SUMS).sort(columns)


def every_group(groups: pl.DataFrame, keys: Sequence[str], labels: Sequence[str]) -> pl.DataFrame:
    """Return the sums with a row of no pupils for each group that a place does not have.

    Example:
        >>> import polars as pl
        >>> schools = pl.DataFrame({"urn": [1, 1, 2], "_group": ["a", "b", "b"], "_n": [3, 4, 5],
        ...     "_sum": [1.0, 2.0, 3.0], "_squares": [1.0, 2.0, 3.0]})
        >>> every_group(schools, ["urn"], ["a", "b"]).rows()
        [(1, 'a', 3, 1.0, 1.0), (1, 'b', 4, 2.0, 2.0), (2, 'a', 0, 0.0, 0.0), (2, 'b', 5, 3.0, 3.0)]
    """
    every = pl.DataFrame({"_group": labels}, schema={"_group": pl.String})
    if keys:
        places = groups.select(keys).unique(maintain_order=True)
        every = places.join(every, how="cross", maintain_order="left_right")
    on = [*keys, "_group"]
    found = every.join(groups, on=on, how="left", nulls_equal=True, maintain_order="left")
    return found.with_columns(pl.col(SUMS).fill_null(0))


def pooled(groups: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the sums of all pupils of each group in a pool, by ``keys``.

    Example:
        >>> import polars as pl
        >>> schools = pl.DataFrame({"urn": [1, 2], "_group": ["a", "a"], "_n": [3, 4], "_sum": [1.0, 2.0],
        ...     "_squares": [1.0, 2.0]})
        >>> pooled(schools, []).rows()
        [('a', 7, 3.0, 3.0)]
    """
    columns = [*keys, "_group"]
    return sums_by(groups.select(*columns, *SUMS), columns, SUMS).sort(columns)


def totals(pool: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the sums of all groups of a pool together, by ``keys``.

    Example:
        >>> import polars as pl
        >>> pool = pl.DataFrame({"_group": ["a", "b"], "_n": [3, 4], "_sum": [1.0, 2.0], "_squares": [1.0, 2.0]})
        >>> totals(pool, []).rows()
        [(7, 3.0, 3.0)]
    """
    if not keys:
        return sums_by(pool.select(*SUMS).with_columns(_all=pl.lit(value=True)), ["_all"], SUMS).drop("_all")
    return sums_by(pool.select(*keys, *SUMS), keys, SUMS)


def rest(pool: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return, for each group of a pool, the sums of all other groups.

    Example:
        >>> import polars as pl
        >>> pool = pl.DataFrame({"_group": ["a", "b"], "_n": [3, 4], "_sum": [1.0, 2.0], "_squares": [1.0, 2.0]})
        >>> rest(pool, []).rows()
        [('a', 4, 2.0, 2.0), ('b', 3, 1.0, 1.0)]
    """
    before = [pl.col(name).cum_sum().shift(1, fill_value=0) for name in SUMS]
    behind = [pl.col(name).cum_sum(reverse=True).shift(-1, fill_value=0) for name in SUMS]
    added = [(first + last).alias(name) for first, last, name in zip(before, behind, SUMS, strict=True)]
    return pool.with_columns([sum_.over(keys) for sum_ in added] if keys else added)


def figures(prefix: str, centre: float) -> list[pl.Expr]:
    """Return expressions of mean, number and standard deviation (n - 1) from the sums with that prefix.

    A spread below a millionth of the distance from the centre is no more than rounding, and is none.

    Example:
        >>> import polars as pl
        >>> pl.DataFrame({"_n": [2], "_sum": [2.0], "_squares": [4.0]}).select(figures("", 10.0)).row(0)
        (11.0, 2, 1.4142135623730951)
    """
    n, total, squares = (pl.col(f"{prefix}{name}") for name in SUMS)
    mean = centre + total / n
    around = squares - total**2 / n
    around = pl.when(around > _LARGE * squares).then(around).otherwise(0.0)
    spread = pl.when(n > 1).then((around / (n - 1)).sqrt())
    return [
        pl.when(n > 0).then(mean).alias(f"{prefix}_mean"),
        n.fill_null(0).alias(f"{prefix}_count"),
        spread.alias(f"{prefix}_sd"),
    ]
