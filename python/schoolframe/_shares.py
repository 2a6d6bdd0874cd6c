"""Shares of pupils by school: counted, with Wilson's interval, small groups not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._wilson import with_share

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TAKEN", "school_shares"]

TAKEN = ("n", "ci_low", "ci_high", "method", "status", "flag", "true", "share")
"""Names that a group's own columns cannot have."""


def school_shares(
    flags: pl.DataFrame, by: Sequence[str], *, count: str, pct: str, confidence: float, min_group: int
) -> pl.DataFrame:
    """Return one row per group: how many pupils count, how many of them are true, the share and its interval.

    Args:
        flags: The columns ``by`` and the Boolean column ``flag``, null where a pupil does not count.
        by: Columns that name the group; groups come in the order of their names.
        count: Name of the column of those who are true.
        pct: Name of the share, in per cent.
        confidence: Level of Wilson's interval.
        min_group: Fewest pupils a group must have to be shown.

    Returns:
        ``by``, ``n`` (missing where there are fewer than ``min_group``, but not none), ``count``, ``pct``, ``ci_low``,
        ``ci_high``, ``method`` (``wilson``) and ``status``: ``ok``, ``below_minimum``, or ``no_pupils`` where nobody
        counts.

    Example:
        >>> import polars as pl
        >>> flags = pl.DataFrame({"urn": [1] * 8 + [2], "flag": [True] * 6 + [False] * 2 + [None]})
        >>> shares = school_shares(flags, ["urn"], count="made", pct="pct", confidence=0.95, min_group=6)
        >>> shares.select("n", "made", "pct", "status").rows()
        [(8, 6, 75.0, 'ok'), (0, None, None, 'no_pupils')]
    """
    counted = flags.group_by(by, maintain_order=True).agg(
        n=pl.col("flag").is_not_null().sum().cast(pl.Int64),
        true=pl.col("flag").fill_null(value=False).sum().cast(pl.Int64),
    )
    shares = with_share(counted, "true", "n", confidence=confidence)
    shown = (pl.col("n") >= min_group) & (pl.col("n") > 0)
    status = (
        pl.when(pl.col("n") == 0)
        .then(pl.lit("no_pupils"))
        .when(shown)
        .then(pl.lit("ok"))
        .otherwise(pl.lit("below_minimum"))
    )
    return shares.sort(by, nulls_last=True, maintain_order=True).select(
        *by,
        # A number under the minimum is not shown either; 0 says that nobody counts.
        pl.when(shown | (pl.col("n") == 0)).then("n").alias("n"),
        pl.when(shown).then("true").alias(count),
        pl.when(shown).then("share").alias(pct),
        pl.when(shown).then("ci_low").alias("ci_low"),
        pl.when(shown).then("ci_high").alias("ci_high"),
        pl.lit("wilson").alias("method"),
        status.alias("status"),
    )
