"""Frames of gaps, as several functions give and take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._column_checks import refuse
from schoolframe._frames import as_frame, require_columns
from schoolframe._measured import Measured
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["IDENTITY", "gap_frame", "number_columns"]

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


def number_columns(
    frame: pl.DataFrame, names: Sequence[str], argument: str, *, least: float | None = None
) -> pl.DataFrame:
    """Return the frame with columns as Float64; NaN is missing, an infinite value or one below ``least`` an error.

    Example:
        >>> import polars as pl
        >>> number_columns(pl.DataFrame({"se": [1, None]}), ["se"], "gaps")["se"].to_list()
        [1.0, None]
    """
    require_columns(frame, names, argument)
    for name in names:
        dtype = frame.schema[name]
        if not (dtype.is_numeric() or dtype == pl.Null):
            msg = f"{argument}: column '{name}' must hold numbers, it holds {dtype}"
            raise InputError(msg)
        frame = frame.with_columns(pl.col(name).cast(pl.Float64).fill_nan(None))
        odd = pl.col(name).is_infinite() | ((pl.col(name) < least) if least is not None else pl.lit(value=False))
        rows = frame.select(odd.arg_true()).to_series().to_list()
        rule = "must hold finite numbers" + (f" of at least {least:g}" if least is not None else "")
        refuse(argument, name, rule, [f"{frame[name][row]} (row {row})" for row in rows])
    return frame
