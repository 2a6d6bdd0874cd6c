"""Two assignments compared and explained: directions, then reasons for the schools that moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import polars as pl

from schoolframe._moves import Moves, side_by_side
from schoolframe._no_effect import why_no_effect
from schoolframe._rules_changed import rules_changed
from schoolframe._truths import KEYS, changed_truths, reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from schoolframe._assignment import Assignment
    from schoolframe.frameworks import Framework

__all__ = ["Application", "Invalid", "OutOfForce", "compared", "for_schools", "ranks"]

Invalid: TypeAlias = Literal["raise", "null"]
OutOfForce: TypeAlias = Literal["raise", "null", "allow"]

_AT_ONCE = 2_000
"""Schools whose traces are held at the same time."""


@dataclass(frozen=True)
class Application:
    """How frameworks are applied: the arguments of ``Framework.assign`` that all sides of a comparison share."""

    phase: str
    invalid: Invalid = "raise"
    out_of_force: OutOfForce = "raise"

    def assign(self, framework: Framework, evidence: pl.DataFrame) -> Assignment:
        """Assign the schools of a frame under a framework."""
        return framework.assign(evidence, phase=self.phase, invalid=self.invalid, out_of_force=self.out_of_force)


def ranks(categories: Sequence[str]) -> dict[str, int]:
    """Return the place of each category, 0 for the best.

    Example:
        >>> ranks(["Green", "Amber"])
        {'Green': 0, 'Amber': 1}
    """
    return {name: at for at, name in enumerate(categories)}


def for_schools(
    evidence: pl.DataFrame, before: Framework, after: Framework, application: Application
) -> Callable[[pl.Series], Iterator[tuple[Assignment, Assignment]]]:
    """Return a function that assigns only the schools it is given, earlier years included, some at a time.

    The trace of the schools that move is all that is needed; that of the whole country is large.
    """

    def again(urns: pl.Series) -> Iterator[tuple[Assignment, Assignment]]:
        for start in range(0, len(urns), _AT_ONCE):
            some = urns.slice(start, _AT_ONCE).to_list()
            rows = evidence.filter(pl.col("urn").cast(pl.Int64).is_in(some))
            yield application.assign(before, rows), application.assign(after, rows)

    return again


def compared(
    before: Assignment,
    after: Assignment,
    again: Callable[[pl.Series], Iterator[tuple[Assignment, Assignment]]],
    *,
    scales: tuple[Mapping[str, int], Mapping[str, int]] | None,
    same: Mapping[str, str] | None = None,
    note: str | None = None,
) -> Moves:
    """Compare two assignments of the same schools.

    Args:
        before: An assignment.
        after: Another one.
        again: Gives both assignments once more for some of the schools, in parts; the reasons are in their traces.
        scales: Ranks of the categories before and after; without them no direction.
        same: For two papers, criteria of the first that stand for others of the second.
        note: What has to be said about the comparison.
    """
    frame = side_by_side(before, after, scales=scales)
    moved = frame.filter("changed")
    if moved.is_empty():
        empty = pl.lit([], dtype=pl.List(pl.String))
        every = again(frame["urn"].unique(maintain_order=True))
        return Moves(frame.with_columns(why=empty), note, why_no_effect(before, after, every) if same is None else None)
    steps = rules_changed(before.framework, after.framework, before.phase).steps if same is None else ()
    parts = []
    for one, other in again(moved["urn"].unique(maintain_order=True)):
        some = moved.join(one.frame.select(KEYS), on=KEYS, how="semi", nulls_equal=True)
        parts.append(reasons(some, one, other, changed_truths(one.trace, other.trace, same), steps))
    why = pl.concat(parts)
    joined = frame.join(why, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    return Moves(joined.with_columns(pl.col("why").fill_null(pl.lit([], dtype=pl.List(pl.String)))), note)
