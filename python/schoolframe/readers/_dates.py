"""Dates as the published files write them, to one type.

Known forms: ``20130418``, ``2013-04-18`` and ``2013/04/18``, each also with a time behind it, ``18/04/2013``,
``18-04-2013``, ``18.04.2013``, ``18 April 2013``, ``18-Apr-2013`` and the day number of a workbook (``41382``). The day
comes first, always: the files are British, and a date such as ``04/18/2013`` is reported rather than turned round.
Years of two digits are reported as well, because the century would be a guess.
"""

from __future__ import annotations

import datetime as dt
import re

import polars as pl

from schoolframe.exceptions import InputError

__all__ = ["MISSING_DATES", "as_day", "find_bad_dates", "parse_date", "parse_dates"]

# Texts that stand where a date could be and say that there is none.
MISSING_DATES = frozenset(
    {"", "-", "--", ".", "..", ":", "#n/a", "c", "n/a", "na", "nan", "nat", "none", "null", "x", "z"}
    | {"not applicable", "not available", "not recorded", "not yet inspected", "total", "unknown"}
)

_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0)?")
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}")
_DAY_FIRST = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}")
_MONTH_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[- ]([A-Za-z]{3,9})\.?,?[- ](\d{4})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
# Day 1 of a workbook is 1 January 1900, and it counts a 29 February 1900 that never was: right from March 1900 on.
_SERIAL_ORIGIN = dt.date(1899, 12, 30)
_EARLIEST, _LATEST = 1500, 2200


def parse_date(text: str) -> dt.date | None:
    """Return the date that one cell names, or None if it is not a date in a known form.

    Args:
        text: The cell.

    Returns:
        The date; None for anything else, an impossible day such as 31 February included.

    Example:
        >>> parse_date("18/04/2013") == parse_date("20130418") == parse_date("2013-04-18 00:00:00")
        True
        >>> parse_date("31/02/2013") is None
        True
    """
    text = text.strip()
    if found := _COMPACT.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _MONTH_NAME.fullmatch(text):
        word = found[2].lower()
        months = [i for i, name in enumerate(_MONTHS, start=1) if name.startswith(word) or word == name[:4]]
        if len(months) != 1:
            return None
        day, month, year = int(found[1]), months[0], int(found[3])
    elif found := _SERIAL.fullmatch(text):
        return _SERIAL_ORIGIN + dt.timedelta(days=int(found[1]))
    else:
        return None
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def parse_dates(cells: pl.Series) -> pl.Series:
    """Return the dates of a column of text; null where there is none, or none that can be read.

    Args:
        cells: A String series.

    Returns:
        A Date series of the same name and length.

    Example:
        >>> parse_dates(pl.Series("seen", ["01-09-2017", "NULL", None])).to_list()
        [datetime.date(2017, 9, 1), None, None]
    """
    distinct = cells.unique().drop_nulls()
    parsed = [parse_date(text) for text in distinct]
    if not parsed:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.Date)
    replacement = pl.Series("new", parsed, dtype=pl.Date)
    dates: pl.Series = cells.replace_strict(distinct, replacement, default=None, return_dtype=pl.Date)
    return dates.alias(cells.name)


def find_bad_dates(cells: pl.Series, parsed: pl.Series) -> pl.Series:
    """Return a mask of the cells that hold something, yet neither a date nor a known word for none.

    Args:
        cells: The text, as given to :func:`parse_dates`.
        parsed: What :func:`parse_dates` made of it.

    Returns:
        A Boolean series, never null.

    Example:
        >>> cells = pl.Series(["31/02/2013", "NULL", "1/2/2013"])
        >>> find_bad_dates(cells, parse_dates(cells)).to_list()
        [True, False, False]
    """
    told = cells.str.strip_chars().str.to_lowercase().is_in(list(MISSING_DATES))
    return cells.is_not_null() & parsed.is_null() & ~told.fill_null(value=True)


def as_day(value: object, argument: str) -> dt.date | None:
    """Return the day that a caller passed, without the time of day; None stays None.

    Args:
        value: A date, a date with a time, or None.
        argument: Name of the caller's argument, for the message.

    Raises:
        InputError: If it is anything else. A text is not read: ``01/09/2019`` is two days.

    Example:
        >>> as_day(dt.datetime(2019, 9, 1, 12), "on")
        datetime.date(2019, 9, 1)
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if value is None or isinstance(value, dt.date):
        return value
    msg = f"{argument}: a date such as datetime.date(2019, 9, 1) is needed, not {value!r}"
    raise InputError(msg)
