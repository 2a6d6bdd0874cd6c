"""Wilson's interval of a share, as polars expressions."""

from __future__ import annotations

from statistics import NormalDist

import polars as pl

from schoolframe.exceptions import InputError

__all__ = ["with_share"]


def with_share(frame: pl.DataFrame, count: str, n: str, *, confidence: float = 0.95) -> pl.DataFrame:
    """Add the share of ``count`` in ``n`` with its interval, in per cent: ``share``, ``ci_low``, ``ci_high``.

    Wilson's interval: with p = count / n and z the normal quantile of the confidence (1.96 for 95 %),
    ``(p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)``. All three are missing where n is 0.

    Args:
        frame: A frame with both columns.
        count: Column of those that are counted.
        n: Column of all of them.
        confidence: Level of the interval, above 0 and below 1.

    Returns:
        The frame with three columns more.

    Raises:
        InputError: For a confidence outside 0..1.

    Source: Wilson (1927).

    Example:
        >>> import polars as pl
        >>> shares = with_share(pl.DataFrame({"count": [5, 0], "n": [20, 0]}), "count", "n")
        >>> shares.select(pl.col("share", "ci_low", "ci_high").round(2)).rows()
        [(25.0, 11.19, 46.87), (None, None, None)]
    """
    level: object = confidence
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        msg = f"confidence: a number above 0 and below 1 is needed, not {confidence!r}"
        raise InputError(msg)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    size = pl.when(pl.col(n) > 0).then(pl.col(n).cast(pl.Float64))
    p = pl.col(count).cast(pl.Float64) / size
    middle = p + z * z / (2 * size)
    half = z * (p * (1 - p) / size + z * z / (4 * size * size)).sqrt()
    whole = 1 + z * z / size
    return frame.with_columns(
        share=100 * p,
        ci_low=(100 * (middle - half) / whole).clip(0, 100),
        ci_high=(100 * (middle + half) / whole).clip(0, 100),
    )
