"""Columns of pupil frames: outcomes, keys and characteristics, read as what they must be or refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._column_checks import listed, refuse, whole_numbers
from schoolframe._measured import account
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["accounted", "key", "label", "outcome", "unique_pupils"]

# More values than any characteristic has; an identifier or a score given as one has more.
_MOST_GROUPS = 100


def outcome(frame: pl.DataFrame, column: str, argument: str, *, shares: bool) -> pl.DataFrame:
    """Return the frame with a column of numbers as Float64; NaN is missing, an infinite value an error.

    With ``shares`` the values become 0 and 100: true and false, 0 and 1, or 0 and 100.

    Example:
        >>> import polars as pl
        >>> outcome(pl.DataFrame({"met": [True, None]}), "met", "pupils", shares=True)["met"].to_list()
        [100.0, None]
    """
    dtype = frame.schema[column]
    if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
        msg = f"{argument}: column '{column}' must hold numbers or true and false, it holds {dtype}"
        raise InputError(msg)
    frame = frame.with_columns(pl.col(column).cast(pl.Float64).fill_nan(None))
    rows = frame.select(pl.col(column).is_infinite().arg_true()).to_series().to_list()
    values = frame[column]
    refuse(argument, column, "must hold finite numbers", [f"{values[row]} (row {row})" for row in rows])
    if not shares:
        return frame
    top = values.max()
    odd = frame.select((~pl.col(column).is_in([0.0, top if top == 100 else 1.0])).arg_true()).to_series().to_list()
    rule = "must hold true and false, 0 and 1, or 0 and 100 for a method of proportions"
    refuse(argument, column, rule, [f"{values[row]} (row {row})" for row in odd])
    return frame if top == 100 else frame.with_columns(pl.col(column) * 100)


def key(frame: pl.DataFrame, column: str, argument: str) -> pl.DataFrame:
    """Return the frame with a column that names schools, authorities or years, floats made whole.

    Example:
        >>> import polars as pl
        >>> key(pl.DataFrame({"urn": [100000.0, float("nan")]}), "urn", "pupils")["urn"].to_list()
        [100000, None]
    """
    dtype = frame.schema[column]
    if dtype.is_float():
        return whole_numbers(frame.with_columns(pl.col(column).fill_nan(None)), column, argument)
    named = dtype.is_integer() or isinstance(dtype, (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Date, pl.Null))
    if not named:
        msg = f"{argument}: column '{column}' must hold texts, whole numbers or dates to name groups, it holds {dtype}"
        raise InputError(msg)
    return frame


def label(frame: pl.DataFrame, column: str, argument: str) -> pl.DataFrame:
    """Return the frame with a characteristic as text: ``true`` and ``false``, whole numbers as written, blank missing.

    Example:
        >>> import polars as pl
        >>> label(pl.DataFrame({"fsm": [1.0, 0.0, None]}), "fsm", "pupils")["fsm"].to_list()
        ['1', '0', None]
    """
    text = pl.col(column).cast(pl.String).str.strip_chars()
    frame = key(frame, column, argument).with_columns(pl.when(text != "").then(text).alias(column))
    groups = frame[column].drop_nulls().n_unique()
    if groups > _MOST_GROUPS:
        msg = f"{argument}: column '{column}' holds {groups:,} values; a characteristic has at most {_MOST_GROUPS}"
        raise InputError(msg)
    return frame


def accounted(frame: pl.DataFrame, reasons: Sequence[tuple[pl.Expr, str]]) -> pl.DataFrame:
    """Return the account of the rows: each counts once, under the first reason that holds.

    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"urn": [1, None, 1], "p8": [0.1, None, None]})
        >>> reasons = [(pl.col("urn").is_null(), "urn is missing"), (pl.col("p8").is_null(), "p8 is missing")]
        >>> accounted(frame, reasons).rows()
        [('used', 1), ('urn is missing', 1), ('p8 is missing', 1)]
    """
    first = pl.coalesce([pl.when(holds).then(pl.lit(at)) for at, (holds, _) in enumerate(reasons)])
    counted = dict(frame.select(first.alias("at")).drop_nulls().group_by("at").len().iter_rows())
    return account(frame.height, {words: counted.get(at, 0) for at, (_, words) in enumerate(reasons)})


def unique_pupils(frame: pl.DataFrame, pupil: str, within: Sequence[str], argument: str) -> None:
    """Raise an error if a pupil is there twice.

    Example:
        >>> import polars as pl
        >>> unique_pupils(pl.DataFrame({"upn": ["A", "A"]}), "upn", [], "pupils")
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: pupils: column 'upn' must name a pupil once; 1 pupil is there more than \
once: 'A' (rows 0, 1)
    """
    columns = [pupil, *within]
    known = frame.select(columns).with_row_index("_row").drop_nulls(pupil)
    twice = known.filter(pl.struct(columns).is_duplicated())
    if twice.is_empty():
        return
    found = twice.group_by(columns, maintain_order=True).agg(pl.col("_row").head(5))
    shown = [f"{row[pupil]!r} (rows {', '.join(map(str, row['_row']))})" for row in found.head(6).iter_rows(named=True)]
    noun = "1 pupil is" if found.height == 1 else f"{found.height:,} pupils are"
    once = "once" + (f" in each {' and '.join(within)}" if within else "")
    msg = f"{argument}: column '{pupil}' must name a pupil {once}; {noun} there more than once: {listed(shown)}"
    raise InputError(msg)
