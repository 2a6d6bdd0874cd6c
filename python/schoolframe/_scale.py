"""Where categories stand on their scale, and which of them a school holds without a further decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SETTLED", "direction", "position", "settled", "steps"]

SETTLED = ("determined", "conflict")
"""Statuses under which a category, where there is one, holds as the rules give it."""


def position(category: pl.Expr, names: Sequence[str]) -> pl.Expr:
    """Return the place of a category on its scale, 0 for the best; missing for a missing or unknown category.

    Example:
        >>> import polars as pl
        >>> pl.DataFrame({"c": ["B", None, "A"]}).select(position(pl.col("c"), ["A", "B"]))["c"].to_list()
        [1, None, 0]
    """
    places = {name: at for at, name in enumerate(names)}
    return category.replace_strict(list(places), list(places.values()), default=None, return_dtype=pl.Int64)


def steps(before: pl.Expr, after: pl.Expr, names: Sequence[str], after_names: Sequence[str] | None = None) -> pl.Expr:
    """Return the steps from one category to another, positive towards the best; missing where either is missing.

    Example:
        >>> import polars as pl
        >>> moves = pl.DataFrame({"from": ["C", "A", None], "to": ["A", "B", "A"]})
        >>> moves.select(s=steps(pl.col("from"), pl.col("to"), ["A", "B", "C"]))["s"].to_list()
        [2, -1, None]
    """
    return position(before, names) - position(after, names if after_names is None else after_names)


def direction(moved: pl.Expr) -> pl.Expr:
    """Return ``better``, ``worse`` or ``same`` for steps of :func:`steps`.

    Example:
        >>> import polars as pl
        >>> pl.DataFrame({"s": [2, -1, 0, None]}).select(direction(pl.col("s")))["s"].to_list()
        ['better', 'worse', 'same', None]
    """
    return moved.sign().replace_strict([1, -1, 0], ["better", "worse", "same"], default=None, return_dtype=pl.String)


def settled(category: str = "category", status: str = "status") -> pl.Expr:
    """Return the category that holds without a further decision; missing for a candidate and an open school.

    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"category": ["A", "A", None], "status": ["determined", "candidate", "undetermined"]})
        >>> frame.select(settled())["category"].to_list()
        ['A', None, None]
    """
    return pl.when(pl.col(status).is_in(list(SETTLED))).then(pl.col(category)).alias(category)
