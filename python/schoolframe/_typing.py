"""Names of types that several modules share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Direction", "IntoNumbers"]

IntoNumbers: TypeAlias = "str | pl.Expr | pl.Series | float | int | None"
"""A column name, an expression, a series, or one number that stands for every row; None is a missing number."""

Direction = Literal["higher_better", "lower_better"]
"""Which end of a measure is the good one."""
