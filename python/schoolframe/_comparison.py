"""Two assignments compared and explained: directions, then reasons for the schools that moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._moves import Moves, side_by_side
from schoolframe._no_effect import why_no_effect
from schoolframe._rules_changed import rules_changed
from schoolframe._truths import KEYS, changed_truths, reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schoolframe._assignment import Assignment
    from schoolframe.frameworks import Framework

__all__ = ["compared", "for_schools", "ranks"]


def ranks(categories: Sequence[str]) -> dict[str, int]:
    """Return the place of each category, 0 for the best.

    Example:
        >>> ranks(["Green", "Amber"])
        {'Green': 0, 'Amber': 1}
    """
    return {name: at for at, name in enumerate(categories)}


def for_schools(
    evidence: pl.DataFrame, before: Framework, after: Framework, phase: str
) -> Callable[[pl.Series], tuple[Assignment, Assignment]]:
    """Return a function that assigns only the schools it is given, earlier years included.

    The trace of the schools that move is all that is needed; that of the whole country is large.
    """

    def again(urns: pl.Series) -> tuple[Assignment, Assignment]:
        rows = evidence.filter(pl.col("urn").cast(pl.Int64).is_in(urns.to_list()))
        return before.assign(rows, phase=phase), after.assign(rows, phase=phase)

    return again


def compared(
    before: Assignment,
    after: Assignment,
    again: Callable[[pl.Series], tuple[Assignment, Assignment]],
    *,
    scales: tuple[Mapping[str, int], Mapping[str, int]] | None,
    same: Mapping[str, str] | None = None,
    note: str | None = None,
) -> Moves:
    """Compare two assignments of the same schools.

    Args:
        before: An assignment.
        after: Another one.
        again: Gives both assignments for some of the schools, from whose traces the reasons are read.
        scales: Ranks of the categories before and after; without them no direction.
        same: For two papers, criteria of the first that stand for others of the second.
        note: What has to be said about the comparison.
    """
    frame = side_by_side(before, after, scales=scales)
    moved = frame.filter("changed")
    if moved.is_empty():
        empty = pl.lit([], dtype=pl.List(pl.String))
        return Moves(frame.with_columns(why=empty), note, why_no_effect(before, after) if same is None else None)
    pair = again(moved["urn"].unique())
    steps = rules_changed(before.framework, after.framework, before.phase).steps if same is None else ()
    why = reasons(moved, *pair, changed_truths(pair[0].trace, pair[1].trace, same), steps)
    joined = frame.join(why, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    return Moves(joined.with_columns(pl.col("why").fill_null(pl.lit([], dtype=pl.List(pl.String)))), note)
