"""Checks of columns that a person has filled in: types, and values that break a rule, named with their school."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["dates", "flags", "in_64_bits", "listed", "refuse", "schools", "whole_numbers", "words"]

_EXAMPLES = 5


def refuse(argument: str, column: str, rule: str, broken: Sequence[str]) -> None:
    """Raise an error that names column, rule, number and up to five of the values, if any value breaks the rule.

    Example:
        >>> refuse("decisions", "moderated", "must be a category", ["'Purple' (school 100000)"])
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: decisions: column 'moderated' must be a category; 1 value breaks this rule: \
'Purple' (school 100000)
    """
    if not broken:
        return
    noun, verb = ("value", "breaks") if len(broken) == 1 else ("values", "break")
    msg = f"{argument}: column '{column}' {rule}; {len(broken)} {noun} {verb} this rule: {listed(broken)}"
    raise InputError(msg)


def listed(found: Sequence[str], separator: str = "; ") -> str:
    """Return up to five texts as one, and three dots where there are more.

    Example:
        >>> listed(["a", "b"])
        'a; b'
        >>> listed([str(at) for at in range(7)], ", ")
        '0, 1, 2, 3, 4, ...'
    """
    return separator.join(found[:_EXAMPLES]) + (f"{separator}..." if len(found) > _EXAMPLES else "")


def schools(frame: pl.DataFrame, column: str | None = None) -> list[str]:
    """Return a text for each row: the value of ``column`` if one is named, and the school with its year.

    Example:
        >>> import polars as pl
        >>> schools(pl.DataFrame({"urn": [100000], "year": [2018], "reason": [None]}), "reason")
        ['missing (school 100000, 2018)']
    """
    texts = []
    for row in frame.iter_rows(named=True):
        year = "" if row.get("year") is None else f", {row['year']}"
        school = f"school {'without urn' if row['urn'] is None else row['urn']}{year}"
        if column is None:
            texts.append(school)
            continue
        value = row[column]
        texts.append(f"{'missing' if value is None else repr(value) if isinstance(value, str) else value} ({school})")
    return texts


def whole_numbers(frame: pl.DataFrame, column: str, argument: str) -> pl.DataFrame:
    """Return the frame with a column of whole numbers as Int64; floats must be whole.

    Example:
        >>> import polars as pl
        >>> whole_numbers(pl.DataFrame({"urn": [100000.0]}), "urn", "decisions")["urn"].to_list()
        [100000]
    """
    dtype = frame.schema[column]
    if dtype == pl.Null or dtype.is_integer():
        return frame.with_columns(in_64_bits(frame[column], argument).cast(pl.Int64))
    if dtype.is_float():
        whole = pl.col(column).is_finite() & (pl.col(column).floor() == pl.col(column))
        broken = frame.filter(~whole)
        refuse(argument, column, "must hold whole numbers", [f"{value}" for value in broken[column].to_list()])
        return frame.with_columns(in_64_bits(frame[column], argument).cast(pl.Int64))
    msg = f"{argument}: column '{column}' must hold whole numbers, it holds {dtype}"
    raise InputError(msg)


def in_64_bits(column: pl.Series, argument: str) -> pl.Series:
    """Return a column of whole numbers, if each is one of -2^63 to 2^63 - 1.

    Example:
        >>> in_64_bits(pl.Series("urn", [2**63], dtype=pl.UInt64), "frame")
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: frame: column 'urn' must hold whole numbers from -2^63 to 2^63 - 1; 1 value \
breaks this rule: 9223372036854775808 (row 0)
    """
    lost = column.is_not_null() & column.cast(pl.Int64, strict=False).is_null()
    broken = [f"{column[row]} (row {row})" for row in lost.arg_true().to_list()]
    refuse(argument, column.name, "must hold whole numbers from -2^63 to 2^63 - 1", broken)
    return column


def words(frame: pl.DataFrame, column: str, argument: str, *, numbers: bool = False) -> pl.DataFrame:
    """Return the frame with a column of texts as String, without white space around them; blank is missing.

    With ``numbers`` whole numbers are taken as they are written: categories may be called 1, 2 and 3.

    Example:
        >>> import polars as pl
        >>> words(pl.DataFrame({"moderated": [1, None]}), "moderated", "decisions", numbers=True)["moderated"].to_list()
        ['1', None]
    """
    dtype = frame.schema[column]
    textual = isinstance(dtype, (pl.String, pl.Categorical, pl.Enum, pl.Null))
    if not textual and not (numbers and dtype.is_integer()):
        msg = f"{argument}: column '{column}' must hold texts, it holds {dtype}"
        raise InputError(msg)
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return frame.with_columns(pl.when(text != "").then(text).alias(column))


def dates(frame: pl.DataFrame, column: str, argument: str) -> pl.DataFrame:
    """Return the frame with a column of days as Date; a time of day is dropped.

    Example:
        >>> import polars as pl
        >>> dates(pl.DataFrame({"decided_on": ["2018-10-01"]}), "decided_on", "decisions")
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: decisions: column 'decided_on' must hold dates, it holds String; make them \
dates first, for instance with str.to_date()
    """
    dtype = frame.schema[column]
    if not isinstance(dtype, (pl.Date, pl.Datetime, pl.Null)):
        hint = "; make them dates first, for instance with str.to_date()" if dtype == pl.String else ""
        msg = f"{argument}: column '{column}' must hold dates, it holds {dtype}{hint}"
        raise InputError(msg)
    return frame.with_columns(pl.col(column).cast(pl.Date))


def flags(frame: pl.DataFrame, column: str, argument: str) -> pl.DataFrame:
    """Return the frame with a column of true and false as Boolean.

    Example:
        >>> import polars as pl
        >>> flags(pl.DataFrame({"agreed": [None]}), "agreed", "decisions").schema["agreed"]
        Boolean
    """
    dtype = frame.schema[column]
    if not isinstance(dtype, (pl.Boolean, pl.Null)):
        msg = f"{argument}: column '{column}' must hold true, false or nothing, it holds {dtype}"
        raise InputError(msg)
    return frame.with_columns(pl.col(column).cast(pl.Boolean))
