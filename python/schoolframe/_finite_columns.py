"""Columns of numbers as measures over frames take them: NaN is missing; infinite values and texts are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._column_checks import refuse
from schoolframe._frames import require_columns
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["finite_columns", "refuse_repeated"]


def finite_columns(frame: pl.DataFrame, names: Iterable[str], argument: str = "frame") -> pl.DataFrame:
    """Return the frame with the columns as Float64 without NaN, or raise an error that names column, row and value.

    Example:
        >>> import polars as pl
        >>> finite_columns(pl.DataFrame({"p8": [1, None]}), ["p8"])["p8"].to_list()
        [1.0, None]
    """
    wanted = list(dict.fromkeys(names))
    require_columns(frame, wanted, argument)
    for name in wanted:
        dtype = frame.schema[name]
        if not (dtype.is_numeric() or dtype == pl.Null):
            msg = f"{argument}: column '{name}' must hold numbers, not {dtype}"
            raise InputError(msg)
        values = frame[name].cast(pl.Float64)
        rows = values.is_infinite().fill_null(value=False).arg_true().to_list()
        refuse(argument, name, "must hold finite numbers", [f"{values[row]} (row {row})" for row in rows])
        frame = frame.with_columns(values.fill_nan(None).alias(name))
    return frame


def refuse_repeated(frame: pl.DataFrame, keys: list[str], argument: str = "frame") -> None:
    """Raise an error if a combination of the keys stands in two rows; rows with a missing key are not looked at.

    Example:
        >>> import polars as pl
        >>> refuse_repeated(pl.DataFrame({"urn": [100000, 100001]}), ["urn"])
    """
    there = frame.select(keys).drop_nulls()
    twice = there.filter(there.is_duplicated()).unique(maintain_order=True)
    said = [", ".join(f"{name} {value}" for name, value in row.items()) for row in twice.iter_rows(named=True)]
    refuse(argument, keys[0], f"must be given once for each {', '.join(keys)}", said)
