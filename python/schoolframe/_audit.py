"""The arithmetic of the audit of a moderation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._scale import position, settled
from schoolframe._wilson import with_share
from schoolframe.exceptions import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["audit"]

_BY = ("provisional", "provisional_status", "moderated", "decided_by", "phase", "year", "term")
_OF_DECISIONS = ("moderated", "decided_by", "term")


def audit(frame: pl.DataFrame, by: Sequence[str], categories: Sequence[str], confidence: float) -> pl.DataFrame:
    """Return the measures of :meth:`schoolframe.moderation.Moderation.audit`."""
    allowed = [name for name in _BY if name in frame.columns]
    for name in by:
        if name not in allowed:
            msg = f"by: '{name}' is no column to break the audit down by. There are: {', '.join(allowed)}."
            raise UnknownNameError(msg)
    keys = list(dict.fromkeys(by))
    decided = pl.col("moderated").is_not_null()
    if any(name in _OF_DECISIONS for name in keys):
        frame = frame.filter(decided)
    frame = frame.with_columns(before=settled("provisional", "provisional_status"))
    every = pl.col("urn").is_not_null()
    on_settled = decided & pl.col("before").is_not_null()
    known = pl.col("outside_possible").is_not_null()
    view = decided & pl.col("agreed_by_school").is_not_null()
    measures = [
        ("decided", decided, every),
        ("awaiting", pl.col("awaiting"), every),
        ("kept", pl.col("direction") == "same", on_settled),
        ("overridden", pl.col("overridden"), on_settled),
        ("better", pl.col("direction") == "better", on_settled),
        ("worse", pl.col("direction") == "worse", on_settled),
        ("settles", pl.col("direction") == "settles", decided),
        ("outside_possible", pl.col("outside_possible"), known),
        (
            "settles_outside_possible",
            pl.col("outside_possible") & (pl.col("direction") == "settles"),
            known & (pl.col("direction") == "settles"),
        ),
        ("agreed", pl.col("agreed_by_school") & decided, view),
        ("overridden_agreed", pl.col("agreed_by_school") & pl.col("overridden"), view & pl.col("overridden")),
    ]
    rows = [_row(frame, keys, at, name, None, mask, of) for at, (name, mask, of) in enumerate(measures)]
    for name, column in (("before", "before"), ("after", "final")):
        for category in [*categories, None]:
            mask = pl.col(column).is_null() if category is None else pl.col(column) == category
            rows.append(_row(frame, keys, len(rows), name, category or "open", mask, every))
    table = with_share(pl.concat(rows), "count", "n", confidence=confidence)
    order = [position(pl.col(key), categories) if key in ("provisional", "moderated") else pl.col(key) for key in keys]
    return table.sort(*order, "order", nulls_last=True, maintain_order=True).drop("order")


def _row(
    frame: pl.DataFrame, keys: list[str], order: int, measure: str, category: str | None, mask: pl.Expr, of: pl.Expr
) -> pl.DataFrame:
    """Count one measure, for all schools or for each group; a missing answer does not count."""
    counts = [
        pl.lit(measure).alias("measure"),
        pl.lit(category, dtype=pl.String).alias("category"),
        mask.fill_null(value=False).sum().cast(pl.Int64).alias("count"),
        of.fill_null(value=False).sum().cast(pl.Int64).alias("n"),
    ]
    found = frame.group_by(keys).agg(counts) if keys else frame.select(counts)
    return found.with_columns(order=pl.lit(order))
