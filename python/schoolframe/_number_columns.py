"""Columns of numbers at the door of a measure: one type, missing values as null, and nothing infinite."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_number
from schoolframe._column_checks import refuse
from schoolframe._frames import require_columns
from schoolframe._plugin import numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schoolframe._typing import IntoNumbers

__all__ = [
    "as_numbers",
    "checked_numbers",
    "doubles",
    "number_column",
    "number_columns",
    "refuse_rows",
    "share_of",
    "spread_column",
    "years_column",
]


def as_numbers(
    column: pl.Series,
    argument: str = "frame",
    *,
    least: float | None = None,
    most: float | None = None,
    above: float | None = None,
    booleans: bool = False,
) -> pl.Series:
    """Return a series of numbers as Float64, NaN as missing.

    Args:
        column: The series.
        argument: What its frame is called in messages.
        least: Smallest value that is allowed, itself included.
        most: Largest value that is allowed, itself included.
        above: Value that every number must be above.
        booleans: Whether true and false are taken too, as 1 and 0.

    Raises:
        InputError: For another type, an infinite value or one that is too small or large, with row and value.

    Example:
        >>> import polars as pl
        >>> as_numbers(pl.Series("p8", [0.5, float("nan")])).to_list()
        [0.5, None]
    """
    dtype = column.dtype
    if not (dtype.is_numeric() or dtype == pl.Null or (booleans and dtype == pl.Boolean)):
        wanted = "numbers or true and false" if booleans else "numbers"
        msg = f"{argument}: column '{column.name}' must hold {wanted}, it holds {dtype}"
        raise InputError(msg)
    values = doubles(column)
    # One sum says whether any value is NaN or infinite, and the ends whether any is outside: columns are mostly clean.
    if not math.isfinite(values.sum() or 0.0):
        values = values.fill_nan(None)
        refuse_rows(column, values.is_infinite(), "must hold finite numbers", argument)
    low, high = values.min(), values.max()
    if not isinstance(low, float) or not isinstance(high, float):
        return values
    if least is not None and low < least:
        refuse_rows(column, values < least, f"must not be under {least:g}", argument)
    if most is not None and high > most:
        refuse_rows(column, values > most, f"must not be over {most:g}", argument)
    if above is not None and low <= above:
        refuse_rows(column, values <= above, f"must be above {above:g}", argument)
    return values


def doubles(column: pl.Series) -> pl.Series:
    """Return a column of numbers as Float64; a Float32 as the decimal it is written as, so that it keeps its threshold.

    Example:
        >>> import polars as pl
        >>> doubles(pl.Series([3.1], dtype=pl.Float32)).to_list()
        [3.1]
    """
    found: pl.Series = (column.cast(pl.String) if column.dtype == pl.Float32 else column).cast(pl.Float64)
    return found


def refuse_rows(column: pl.Series, broken: pl.Series, rule: str, argument: str = "frame") -> None:
    """Raise an error that names column, rule, values and rows, if any row breaks the rule.

    Example:
        >>> import polars as pl
        >>> ages = pl.Series("age", [7, 70])
        >>> refuse_rows(ages, ages > 19, "must be the age of a pupil")
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: frame: column 'age' must be the age of a pupil; 1 value breaks this rule: \
70 (row 1)
    """
    rows = broken.fill_null(value=False).arg_true()
    shown = zip(rows.to_list(), column.gather(rows).to_list(), strict=True)
    refuse(
        argument, column.name, rule, [f"{'missing' if value is None else value} (row {row})" for row, value in shown]
    )


def number_column(
    frame: pl.DataFrame,
    name: str,
    argument: str = "frame",
    *,
    least: float | None = None,
    most: float | None = None,
    above: float | None = None,
    booleans: bool = False,
) -> pl.Series:
    """Return a column of numbers as Float64, NaN as missing; see :func:`as_numbers`.

    Example:
        >>> import polars as pl
        >>> number_column(pl.DataFrame({"p8": [0.5, float("nan")]}), "p8").to_list()
        [0.5, None]
    """
    require_columns(frame, [name], argument)
    return as_numbers(frame[name], argument, least=least, most=most, above=above, booleans=booleans)


def number_columns(
    frame: pl.DataFrame,
    names: Iterable[str],
    argument: str = "frame",
    *,
    least: float | None = None,
    booleans: bool = False,
) -> pl.DataFrame:
    """Return the frame with columns of numbers as Float64, NaN as missing; see :func:`as_numbers`.

    Example:
        >>> import polars as pl
        >>> number_columns(pl.DataFrame({"urn": [1], "p8": [1]}), ["p8"]).row(0)
        (1, 1.0)
    """
    wanted = list(dict.fromkeys(names))
    require_columns(frame, wanted, argument)
    return frame.with_columns(as_numbers(frame[name], argument, least=least, booleans=booleans) for name in wanted)


def checked_numbers(value: IntoNumbers, argument: str) -> pl.Expr:
    """Return an expression of numbers that is checked like :func:`as_numbers` when collected.

    Example:
        >>> import polars as pl
        >>> pl.DataFrame({"aps": [15, None]}).select(checked_numbers("aps", "points"))["aps"].to_list()
        [15.0, None]
    """

    def check(column: pl.Series) -> pl.Series:
        return as_numbers(column, argument)

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
    wrong = (years < 1900) | (years > 2100) | years.is_null()
    refuse_rows(years, wrong, "must hold a year such as 2019 (for 2018/19) in every row", argument)
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
