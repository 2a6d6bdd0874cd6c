"""Columns of numbers at the door of a measure: one type, missing values as null, and nothing infinite."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_number, require_texts
from schoolframe._column_checks import refuse
from schoolframe._frames import require_columns
from schoolframe._plugin import numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import IntoNumbers

__all__ = [
    "checked_numbers",
    "group_columns",
    "number_column",
    "refuse_duplicates",
    "share_of",
    "spread_column",
    "years_column",
]


def number_column(
    frame: pl.DataFrame, name: str, argument: str = "frame", *, least: float | None = None, above: float | None = None
) -> pl.Series:
    """Return a column of numbers as Float64, NaN as missing.

    Args:
        frame: The frame.
        name: The column.
        argument: What the frame is called in messages.
        least: Smallest value that is allowed, itself included.
        above: Value that every number must be above.

    Raises:
        InputError: For a column of another type, an infinite value or one that is too small, with row and value.

    Example:
        >>> import polars as pl
        >>> number_column(pl.DataFrame({"p8": [0.5, float("nan")]}), "p8").to_list()
        [0.5, None]
    """
    require_columns(frame, [name], argument)
    dtype = frame.schema[name]
    if not (dtype.is_numeric() or dtype == pl.Null):
        msg = f"{argument}: column '{name}' must hold numbers, it holds {dtype}"
        raise InputError(msg)
    values: pl.Series = frame[name].cast(pl.Float64).fill_nan(None)
    rules = [(values.is_infinite(), "must hold finite numbers")]
    if least is not None:
        rules.append((values < least, f"must not be under {least:g}"))
    if above is not None:
        rules.append((values <= above, f"must be above {above:g}"))
    for broken, rule in rules:
        rows = broken.fill_null(value=False).arg_true().to_list()
        refuse(argument, name, rule, [f"{values[row]:g} (row {row})" for row in rows])
    return values


def checked_numbers(value: IntoNumbers, argument: str) -> pl.Expr:
    """Return an expression of numbers that is checked like :func:`number_column` when collected.

    Example:
        >>> import polars as pl
        >>> pl.DataFrame({"aps": [15, None]}).select(checked_numbers("aps", "points"))["aps"].to_list()
        [15.0, None]
    """

    def check(column: pl.Series) -> pl.Series:
        return number_column(column.to_frame(), column.name, argument)

    return numbers(value, argument).map_batches(check, return_dtype=pl.Float64, is_elementwise=True)


def years_column(frame: pl.DataFrame, name: str, argument: str = "frame") -> pl.Series:
    """Return a column of results years as Int32; a year is a whole number such as 2019 for 2018/19.

    Example:
        >>> import polars as pl
        >>> years_column(pl.DataFrame({"year": [2018, 2019]}), "year").to_list()
        [2018, 2019]
    """
    require_columns(frame, [name], argument)
    dtype = frame.schema[name]
    if not dtype.is_integer():
        msg = f"{argument}: column '{name}' must hold whole numbers (2019 for 2018/19), it holds {dtype}"
        raise InputError(msg)
    years = frame[name]
    wrong = ((years < 1900) | (years > 2100) | years.is_null()).arg_true().to_list()
    shown = [f"{'missing' if years[row] is None else years[row]} (row {row})" for row in wrong]
    refuse(argument, name, "must hold a year such as 2019 (for 2018/19) in every row", shown)
    whole: pl.Series = years.cast(pl.Int32)
    return whole


def spread_column(frame: pl.DataFrame, sd: str | float | None) -> pl.Series:
    """Return a standard deviation for every row: a column's, one number, or none.

    Example:
        >>> import polars as pl
        >>> spread_column(pl.DataFrame({"urn": [1, 2]}), 1.2).to_list()
        [1.2, 1.2]
    """
    if isinstance(sd, str):
        return number_column(frame, sd, above=0)
    spread = None if sd is None else require_number(sd, "sd")
    if spread is not None and not 0 < spread < math.inf:
        msg = f"sd: a number above 0 is needed, not {sd!r}"
        raise InputError(msg)
    return pl.Series([spread] * frame.height, dtype=pl.Float64)


def group_columns(frame: pl.DataFrame, by: str | Sequence[str], argument: str = "by") -> list[str]:
    """Return the columns that name a group, checked.

    Example:
        >>> import polars as pl
        >>> group_columns(pl.DataFrame({"urn": [100000]}), "urn")
        ['urn']
    """
    names = require_texts(by, argument)
    if not names:
        msg = f"{argument}: name at least one column"
        raise InputError(msg)
    require_columns(frame, names)
    for name in names:
        dtype = frame.schema[name]
        if dtype.is_nested() or dtype.is_float():
            msg = f"{argument}: column '{name}' holds {dtype}, which names no group; use whole numbers or texts"
            raise InputError(msg)
    return names


def refuse_duplicates(frame: pl.DataFrame, keys: Sequence[str], argument: str = "frame") -> None:
    """Raise an error that names the keys of rows that stand more than once.

    Example:
        >>> import polars as pl
        >>> refuse_duplicates(pl.DataFrame({"urn": [100000, 100001], "year": [2019, 2019]}), ["urn", "year"])
    """
    twice = frame.filter(frame.select(keys).is_duplicated()).select(keys).unique(maintain_order=True)
    refuse(argument, keys[0], f"and {', '.join(keys[1:])} must name one row", [str(row) for row in twice.iter_rows()])


def share_of(value: object, argument: str) -> float:
    """Return a number above 0 and below 1, or raise an error that names the argument.

    Example:
        >>> share_of(0.95, "confidence")
        0.95
    """
    number = require_number(value, argument)
    if not 0 < number < 1:
        msg = f"{argument}: a number above 0 and below 1 is needed, not {value!r}"
        raise InputError(msg)
    return number
