"""Figures as they are printed: rounded half away from zero, as the published tables are."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["academic_year", "figure", "half_up", "long_date", "short_date"]

_MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June", "July", "August")
_MONTHS += ("September", "October", "November", "December")


def half_up(value: float, decimals: int) -> float:
    """Return ``value`` rounded to ``decimals`` places, halves away from zero, judged on its shortest decimal text.

    Python's own ``round`` gives 0.12 for 0.125 and works on the binary value behind 2.675.

    Example:
        >>> half_up(2.675, 2), half_up(-0.125, 2), half_up(0.5, 0)
        (2.68, -0.13, 1.0)
    """
    rounded = float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))
    return rounded + 0.0  # no minus before a zero


def figure(value: float, decimals: int) -> str:
    """Return ``value`` as text with exactly ``decimals`` places and no thousands separator.

    Example:
        >>> figure(-0.125, 2), figure(2105, 0), figure(-0.001, 2)
        ('-0.13', '2105', '0.00')
    """
    return f"{half_up(value, decimals):.{decimals}f}"


def academic_year(year: int) -> str:
    """Return the academic year that ends in ``year``.

    Example:
        >>> academic_year(2019), academic_year(2000)
        ('2018/19', '1999/00')
    """
    return f"{year - 1}/{year % 100:02d}"


def long_date(day: dt.date) -> str:
    """Return a day in words, the same under every locale.

    Example:
        >>> import datetime as dt
        >>> long_date(dt.date(2017, 10, 3))
        '3 October 2017'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: dt.date) -> str:
    """Return a day as it is printed in a narrow column.

    Example:
        >>> import datetime as dt
        >>> short_date(dt.date(2017, 10, 3))
        '3 Oct 2017'
    """
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"
