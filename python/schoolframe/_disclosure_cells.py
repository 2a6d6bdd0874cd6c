"""The native search for what must be hidden, over all tables of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolframe import _native
from schoolframe._column_checks import listed
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._disclosure_tables import Part

__all__ = ["HIDDEN", "protect"]

HIDDEN = ("primary", "complementary", "source")
"""Statuses of hidden cells."""


def protect(
    tables: Sequence[Part],
    height: int,
    rule: tuple[int, int, bool],
    what: str = "frame",
    hint: str = "Groups that overlap belong to different groupings (grouping=); a part that is left out needs a row",
) -> tuple[list[str], list[int]]:
    """Return the status of every row, and the rows that are hidden and not protected.

    Args:
        tables: The tables.
        height: Rows of the frame.
        rule: Smallest count that is shown, width of ranges, whether to protect hidden cells.
        what: What the counts are, to begin a message with.
        hint: What to do about totals that are not the sum of their parts.

    Returns:
        Statuses, and positions of rows.

    Raises:
        InputError: For totals that are not the sum of their parts.
    """
    statuses = ["missing"] * height
    unprotected: list[int] = []
    broken: list[str] = []
    for table in tables:
        found, open_cells, wrong = _native.suppress_cells(table.cells, *rule)
        for row, status in zip(table.rows, found, strict=True):
            statuses[row] = status
        unprotected += [table.rows[at] for at in open_cells]
        broken += [
            f"{table.describe(grouping, group, school)}: total {whole}, parts {sums}"
            for grouping, group, school, whole, sums in wrong
        ]
    if broken:
        one = "1 is not" if len(broken) == 1 else f"{len(broken)} are not"
        msg = f"{what}: a total must be the sum of its parts; {one}: {listed(broken)}. {hint}"
        raise InputError(msg)
    return statuses, sorted(unprotected)
