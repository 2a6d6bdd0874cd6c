"""The upper tail of the chi-square distribution for whole degrees of freedom, as a polars expression."""

from __future__ import annotations

import math

import polars as pl

from schoolframe.gaps import gap_test

__all__ = ["upper_tail"]


def upper_tail(statistic: str, freedom: str, most: int) -> pl.Expr:
    """Return ``Pr(X > statistic)`` with ``freedom`` degrees of freedom, from 1 to ``most``; missing elsewhere.

    ``Q(x; k + 2) = Q(x; k) + (x/2)^(k/2) exp(-x/2) / gamma(k/2 + 1)`` with ``Q(x; 2) = exp(-x/2)`` and ``Q(x; 1)`` the
    two-sided normal tail of ``sqrt(x)``. Every term is positive, so nothing cancels.

    Args:
        statistic: Column of the statistic, at least 0.
        freedom: Column of whole degrees of freedom.
        most: Largest number of degrees of freedom in the column.

    Example:
        >>> import polars as pl
        >>> tests = pl.DataFrame({"q": [3.841459, 5.991465], "df": [1, 2]})
        >>> tests.select(p=upper_tail("q", "df", 2).round(6, mode="half_away_from_zero"))["p"].to_list()
        [0.05, 0.05]
    """
    x = pl.col(statistic)
    normal = gap_test(x.sqrt(), 1, 0.0, method="known_sd", known_sd=1.0, fixed=True, min_group=0)
    tails = {1: normal.struct.field("p_value"), 2: (-x / 2).exp()}
    for k in range(1, most - 1):
        # By logarithms: a power of a large statistic would overflow beside an exponential that has vanished.
        tails[k + 2] = tails[k] + (k / 2 * (x / 2).log() - x / 2 - math.lgamma(k / 2 + 1)).exp()
    result = pl.lit(None, dtype=pl.Float64)
    for k in range(1, most + 1):
        result = pl.when(pl.col(freedom) == k).then(tails[k]).otherwise(result)
    return result
