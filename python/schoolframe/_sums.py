"""Sums over groups that are the same to the last bit whatever the number of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["sums_by"]


def sums_by(rows: pl.DataFrame, keys: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    """Return the sums of the columns by ``keys``, groups in order of appearance.

    A sum over groups may be taken in as many parts as there are threads; a list is added up in one.

    Example:
        >>> import polars as pl
        >>> sums_by(pl.DataFrame({"urn": [2, 1, 2], "n": [1, 2, 3]}), ["urn"], ["n"]).rows()
        [(2, 4), (1, 2)]
    """
    lists = rows.group_by(keys, maintain_order=True).agg(pl.col(columns))
    return lists.with_columns(pl.col(columns).list.sum())
