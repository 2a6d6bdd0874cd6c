"""Academic years out of the many ways in which they are written."""

from __future__ import annotations

import re
from numbers import Integral
from pathlib import PurePosixPath

from schoolframe.exceptions import InputError

__all__ = ["academic_year", "check_year", "year_from_path"]

_FIRST, _LAST = 1990, 2100

# A two-digit end that two more digits follow is the month of a date: 2011-12-31 is no span.
_SPAN = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_/ ]?((?:19|20)\d{2}|\d{2}(?![-_/]\d{2}(?!\d)))(?!\d)")
_SINGLE = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")


def academic_year(text: str) -> int | None:
    """Return the calendar year in which an academic year ends.

    Args:
        text: ``201617``, ``2016-17``, ``2016/17``, ``2016-2017`` or a single year, which stands for itself.

    Returns:
        The year; None if the text names no year, or two that do not follow each other.

    Example:
        >>> [academic_year(text) for text in ("201617", "2016/17", "2016-2017", "2017", "201619")]
        [2017, 2017, 2017, 2017, None]
    """
    text = text.strip().removesuffix(".0")
    if found := _SPAN.fullmatch(text):
        return _end(found)
    return int(text) if _SINGLE.fullmatch(text) else None


def check_year(year: object) -> None:
    """Refuse a year that is no calendar year: ``"2019"``, ``19`` and ``201819`` would make rows that match nothing.

    Args:
        year: What a caller passed; None says nothing about the year.

    Raises:
        InputError: If it is anything but a whole number from 1990 to 2100.

    Example:
        >>> check_year(2019)
    """
    if year is None or (type(year) is not bool and isinstance(year, Integral) and _FIRST <= int(year) <= _LAST):
        return
    msg = f"year: the calendar year in which the academic year ends is needed, such as 2019 for 2018/19, not {year!r}"
    raise InputError(msg)


def year_from_path(path: str) -> int | None:
    """Return the academic year that a file or folder name gives, the name nearest to the file first.

    Only a span of two years counts (``2018-2019``, ``2018_19``, ``201819``): a single year in a file name may be the
    year of publication.

    Args:
        path: A path or file name.

    Returns:
        The year in which the academic year ends, or None.

    Example:
        >>> year_from_path("tables/2018-2019/england_census.csv")
        2019
    """
    for part in reversed(PurePosixPath(path.replace("\\", "/")).parts):
        ends = {end for found in _SPAN.finditer(part) if (end := _end(found)) is not None}
        if len(ends) == 1:
            return ends.pop()
    return None


def _end(found: re.Match[str]) -> int | None:
    start, end = int(found[1]), found[2]
    if len(end) == 4:
        return int(end) if int(end) == start + 1 else None
    return start + 1 if (start + 1) % 100 == int(end) else None
