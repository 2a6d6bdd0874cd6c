"""Classes of schools by the number of their pupils."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["size_classes"]


def size_classes(cohort: pl.Series, sizes: Iterable[float], argument: str = "sizes") -> pl.Series:
    """Return the class of each cohort as an Enum, smallest first; a cohort equal to an edge is in the class it begins.

    Example:
        >>> import polars as pl
        >>> size_classes(pl.Series("n", [29, 30, None]), [30]).to_list()
        ['under 30', '30 and more', None]
    """
    edges = require_numbers(sizes, argument)
    if not edges or edges[0] <= 0 or any(not low < high for low, high in pairwise(edges)):
        msg = f"{argument}: rising numbers above 0 are needed, such as [30, 60], not {edges}"
        raise InputError(msg)
    between = [f"{low:g} to under {high:g}" for low, high in pairwise(edges)]
    classes = [f"under {edges[0]:g}", *between, f"{edges[-1]:g} and more"]
    at = pl.sum_horizontal((pl.col("n") >= edge).cast(pl.Int64) for edge in edges)
    frame = cohort.rename("n").to_frame().select(pl.when(pl.col("n").is_not_null()).then(at).alias("size"))
    named: pl.Series = frame["size"].replace_strict(
        range(len(classes)), classes, default=None, return_dtype=pl.Enum(classes)
    )
    return named
