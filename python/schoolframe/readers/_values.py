"""Text cells to numbers, each missing number with the reason why it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._cells import UNKNOWN, parse_cells

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["to_numbers"]


def to_numbers(cells: pl.Series, overrides: Mapping[str, str] | None = None) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return numbers, reasons and a mark on the cells that are neither number nor known code.

    Args:
        cells: Text, stripped.
        overrides: Codes that mean something else in this product, with their meaning.

    Returns:
        Float64 values (null where there is no number), String reasons (null where there is one), and a Boolean mask,
        never null, of the cells that are neither; their reason is ``unknown``.

    Example:
        >>> values, reasons, wrong = to_numbers(pl.Series(["61%", "1,234", "SUPP", None, "eleven"]))
        >>> values.to_list(), reasons.to_list()
        ([61.0, 1234.0, None, None, None], [None, None, 'suppressed', 'blank', 'unknown'])
        >>> wrong.to_list()
        [False, False, False, False, True]
    """
    meaning: pl.Expr = pl.col("meaning")
    if overrides:
        stated = cells.replace_strict(dict(overrides), default=None, return_dtype=pl.String)
        meaning = pl.when(pl.col("code") > 0).then(pl.coalesce(pl.lit(stated), meaning))
    parsed = parse_cells(cells).select("value", reason=meaning, wrong=pl.col("code") == UNKNOWN)
    return parsed["value"].alias(cells.name), parsed["reason"], parsed["wrong"]
