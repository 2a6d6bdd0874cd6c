"""Adjustment of p-values where many gaps are tested at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import polars as pl

from schoolframe._arguments import unknown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Adjustment", "adjusted"]

Adjustment: TypeAlias = Literal["holm", "bh"]
_METHODS = ("holm", "bh")


def adjusted(frame: pl.DataFrame, method: str | None, family: Sequence[str]) -> pl.DataFrame:
    """Return the frame with a column ``p_adjusted``; without a method as it is.

    With the ``m`` p-values of a family in ascending order: Holm takes the running maximum of ``(m - i + 1) p_i``,
    Benjamini and Hochberg the running minimum from above of ``m p_i / i``; both at most 1. A missing p-value is no test
    and does not count.

    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"of": ["a"] * 3, "p_value": [0.02, None, 0.01]})
        >>> adjusted(frame, "holm", ["of"])["p_adjusted"].to_list()
        [0.02, None, 0.02]
    """
    if method is None:
        return frame
    if method not in _METHODS:
        raise unknown_name("adjust", method, _METHODS)
    # The order of equal p-values changes nothing: the running extreme gives them one result.
    tests = frame.select(*family, "p_value").with_row_index("_row").drop_nulls("p_value").sort(*family, "p_value")
    tests = tests.with_columns(_i=pl.int_range(1, pl.len() + 1).over(family), _m=pl.len().over(family))
    if method == "holm":
        found = ((pl.col("_m") - pl.col("_i") + 1) * pl.col("p_value")).cum_max().over(family)
    else:
        found = (pl.col("_m") / pl.col("_i") * pl.col("p_value")).cum_min(reverse=True).over(family)
    tests = tests.select("_row", pl.min_horizontal(found, 1.0).alias("p_adjusted"))
    joined = frame.with_row_index("_row").join(tests, on="_row", how="left", maintain_order="left")
    return joined.drop("_row")
