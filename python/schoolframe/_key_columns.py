"""Columns that name schools, years, authorities or groups: their types, and keys that must not repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_texts
from schoolframe._column_checks import in_64_bits, refuse, whole_numbers
from schoolframe._frames import require_columns
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = [
    "KEY_SEPARATOR",
    "group_columns",
    "is_key",
    "joined_key",
    "key",
    "label",
    "refuse_repeated",
    "require_keys",
    "school_names",
    "years_as_keys",
]

KEY_SEPARATOR = "\x1f"
"""What stands between the parts of a joined key: a character that no name holds."""

# More values than any characteristic has; an identifier or a score given as one has more.
_MOST_GROUPS = 100
_SHOWN_ROWS = 5


def is_key(dtype: pl.DataType) -> bool:
    """Return whether a column of this type names groups as it stands: texts, whole numbers, true and false.

    Example:
        >>> import polars as pl
        >>> is_key(pl.Int32()), is_key(pl.Float64())
        (True, False)
    """
    return dtype.is_integer() or isinstance(dtype, (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Null))


def group_columns(
    frame: pl.DataFrame, by: str | Sequence[str], argument: str = "by", *, reserved: Collection[str] = ()
) -> list[str]:
    """Return the columns that name a group, checked; none may have a name that the result uses (``reserved``).

    Example:
        >>> import polars as pl
        >>> group_columns(pl.DataFrame({"urn": [100000]}), "urn")
        ['urn']
    """
    names = require_texts(by, argument)
    if not names:
        msg = f"{argument}: name at least one column"
        raise InputError(msg)
    if len(set(names)) != len(names):
        msg = f"{argument}: name each column once, not {by!r}"
        raise InputError(msg)
    taken = [name for name in names if name in reserved]
    if taken:
        msg = (
            f"{argument}: a column of the result, or a step towards it, is called '{taken[0]}' too; rename yours first"
        )
        raise InputError(msg)
    require_columns(frame, names)
    for name in names:
        dtype = frame.schema[name]
        if dtype.is_nested() or dtype.is_float():
            msg = f"{argument}: column '{name}' holds {dtype}, which names no group; use whole numbers or texts"
            raise InputError(msg)
    return names


def require_keys(frame: pl.DataFrame, names: Sequence[str], argument: str = "by") -> None:
    """Raise an error unless every column names groups as it stands.

    Example:
        >>> import polars as pl
        >>> require_keys(pl.DataFrame({"year": [2019]}), ["year"])
    """
    for name in names:
        if not is_key(frame.schema[name]):
            msg = (
                f"{argument}: column '{name}' must hold texts or whole numbers to name groups, "
                f"it holds {frame.schema[name]}"
            )
            raise InputError(msg)


def joined_key(groups: Sequence[str]) -> pl.Expr:
    """Return an expression that names the group of a row, its columns put together; one column stays as it is.

    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"year": [2019], "phase": ["primary"]})
        >>> frame.select(joined_key(["year", "phase"])).item().split(KEY_SEPARATOR)
        ['2019', 'primary']
    """
    if not groups:
        msg = "by: name at least one column"
        raise InputError(msg)
    if len(groups) == 1:
        return pl.col(groups[0])
    return pl.concat_str([pl.col(name).cast(pl.String) for name in groups], separator=KEY_SEPARATOR)


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
    if not (is_key(dtype) or dtype == pl.Date):
        msg = f"{argument}: column '{column}' must hold texts, whole numbers or dates to name groups, it holds {dtype}"
        raise InputError(msg)
    if dtype.is_integer():
        in_64_bits(frame[column], argument)
    return frame


def years_as_keys(frame: pl.DataFrame, argument: str, like: pl.DataType | None = None) -> pl.DataFrame:
    """Return the frame with its column ``year`` as Int64 or String, or as another frame has it.

    Example:
        >>> import polars as pl
        >>> years_as_keys(pl.DataFrame({"year": ["2019"]}), "frame", pl.Int64())["year"].to_list()
        [2019]
    """
    frame = key(frame, "year", argument)
    dtype = frame.schema["year"]
    if isinstance(dtype, (pl.Categorical, pl.Enum)):
        frame = frame.with_columns(pl.col("year").cast(pl.String))
    elif dtype == pl.Null or dtype.is_integer():
        frame = frame.with_columns(pl.col("year").cast(pl.Int64))
    if like is None or frame.schema["year"] == like:
        return frame
    found: pl.Series = frame["year"].cast(like, strict=False)
    lost = (frame["year"].is_not_null() & found.is_null()).arg_true().to_list()
    broken = [f"{frame['year'][row]} (row {row})" for row in lost]
    refuse(argument, "year", "must hold years as the other frame does", broken)
    return frame.with_columns(found)


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


def school_names(schools: pl.Series, argument: str = "school") -> pl.Series:
    """Return a column that names schools, as whole numbers or as texts; other types are refused.

    Example:
        >>> import polars as pl
        >>> school_names(pl.Series("urn", [1.0]))
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: school: column 'urn' must hold whole numbers or texts that name schools, \
it holds Float64
    """
    dtype = schools.dtype
    if isinstance(dtype, (pl.Categorical, pl.Enum, pl.Null)):
        texts: pl.Series = schools.cast(pl.String)
        return texts
    if dtype.is_integer() or dtype == pl.String:
        return schools
    msg = f"{argument}: column '{schools.name}' must hold whole numbers or texts that name schools, it holds {dtype}"
    raise InputError(msg)


def refuse_repeated(
    frame: pl.DataFrame, keys: Sequence[str], argument: str = "frame", *, known: Sequence[str] = (), hint: str = ""
) -> None:
    """Raise an error that names keys and rows, if a combination of the keys stands in several rows.

    Args:
        frame: The frame.
        keys: The columns that name a row together.
        argument: What the frame is called in messages.
        known: Keys without which a row is not looked at; a missing value of any other is a value like others.
        hint: What follows the rule in the message.

    Example:
        >>> import polars as pl
        >>> refuse_repeated(pl.DataFrame({"upn": ["A", "A", None, None]}), ["upn"], "pupils", known=["upn"])
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: pupils: column 'upn' must name one row; 1 value breaks this rule: upn A \
(rows 0, 1)
    """
    there = frame.select(keys).with_row_index("_row")
    there = there.drop_nulls(known) if known else there
    twice = there.filter(there.select(keys).is_duplicated())
    if twice.is_empty():
        return
    found = twice.group_by(keys, maintain_order=True).agg(pl.col("_row"))
    beside = f"with {' and '.join(repr(name) for name in keys[1:])} " if len(keys) > 1 else ""
    shown = [_repeated(row) for row in found.iter_rows(named=True)]
    refuse(argument, keys[0], f"{beside}must name one row{hint}", shown)


def _repeated(row: dict[str, Any]) -> str:
    rows = row.pop("_row")
    named = ", ".join(f"{name} {'missing' if value is None else value}" for name, value in row.items())
    more = ", ..." if len(rows) > _SHOWN_ROWS else ""
    return f"{named} (rows {', '.join(map(str, rows[:_SHOWN_ROWS]))}{more})"
