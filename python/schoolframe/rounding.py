"""Rounding as published tables have it: halves away from zero, and counts to a base."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_whole
from schoolframe._plugin import expression, numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from schoolframe._typing import IntoNumbers

__all__ = ["round_counts", "round_half_up"]

_MOST_DECIMALS = 15
"""Places that a float holds."""


def round_half_up(value: IntoNumbers, decimals: int = 0) -> pl.Expr:
    """Round to decimal places, halves away from zero, judged on the number as it is printed.

    2.675 becomes 2.68 and 1.005 becomes 1.01, although the binary numbers behind them lie just below the half; -0.125
    becomes -0.13. The published tables round so: percentages of key stage 2 to 0 places, its progress scores and
    Attainment 8 to 1, Progress 8 to 2.

    Args:
        value: Column name, expression, series or number.
        decimals: Places, 0 to 15.

    Returns:
        A Float64 expression named after ``value``. Null stays null, NaN becomes null; there is no minus before a zero.

    Raises:
        InputError: For other ``decimals``.
        polars.exceptions.ComputeError: When collected, for a column that is no number, or infinite values.

    Source: rounding in the performance tables of the Department for Education.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pl.DataFrame({"p8": [0.125, 2.675, 1.005, -0.125]}).select(sf.round_half_up("p8", 2))["p8"].to_list()
        [0.13, 2.68, 1.01, -0.13]
    """
    places = require_whole(decimals, "decimals", least=0)
    if places > _MOST_DECIMALS:
        msg = f"decimals: a whole number from 0 to {_MOST_DECIMALS} is needed, not {places}"
        raise InputError(msg)
    return expression("round_half_up", [numbers(value, "value")], str(places))


def round_counts(count: IntoNumbers, base: int = 5, *, labels: bool = False) -> pl.Expr:
    """Round counts to the nearest multiple of a base, halves up.

    With ``labels`` the result is text, and a count from 1 to ``base`` - 1 is ``fewer than 5``: the form of Ofqual's
    statistics, where 0 is 0 and everything else a multiple of 5.

    Rounding alone is no disclosure control where totals are printed: two groups of 4 under a total of 10 (8 before
    rounding) can only be 4 and 4. Use :func:`suppress` for tables with totals.

    Args:
        count: Column name, expression, series or number; counts from 0.
        base: The base, at least 2.
        labels: Whether to return text.

    Returns:
        A Float64 expression of whole numbers, or a String one with ``labels``, named after ``count``. Null stays null,
        NaN becomes null.

    Raises:
        InputError: For a base under 2.
        polars.exceptions.ComputeError: When collected, for a column that is no number, or counts that are no whole
            numbers
            from 0.

    Source: Ofqual, rounding and "fewer than 5" in its statistical releases.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> entries = pl.DataFrame({"entries": [0, 1, 4, 7, 8]})
        >>> entries.select(sf.round_counts("entries"))["entries"].to_list()
        [0.0, 0.0, 5.0, 5.0, 10.0]
        >>> entries.select(sf.round_counts("entries", labels=True))["entries"].to_list()
        ['0', 'fewer than 5', 'fewer than 5', '5', '10']
    """
    unit = require_whole(base, "base", least=2)
    rounded = expression("round_counts", [numbers(count, "count")], f"{unit}.0")
    if not labels:
        return rounded
    exact = expression("round_counts", [numbers(count, "count")], "1.0")
    small = ((exact > 0) & (exact < unit)).fill_null(value=False)
    text = rounded.cast(pl.Int64).cast(pl.String)
    return pl.when(~small).then(text).otherwise(pl.lit(f"fewer than {unit}"))
