"""Frames of gaps, as several functions give and take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolframe._frames import as_frame
from schoolframe._measured import Measured

if TYPE_CHECKING:
    import polars as pl

__all__ = ["IDENTITY", "gap_frame"]

# What a gap is, beside its place and year.
IDENTITY = ("measure", "characteristic", "comparison", "group", "reference")


def gap_frame(gaps: object, argument: str = "gaps") -> pl.DataFrame:
    """Return the frame of gaps, that of a :class:`Measured` too.

    Example:
        >>> import polars as pl
        >>> gap_frame(pl.LazyFrame({"gap": [-0.5]})).height
        1
    """
    return gaps.frame if isinstance(gaps, Measured) else as_frame(gaps, argument)
