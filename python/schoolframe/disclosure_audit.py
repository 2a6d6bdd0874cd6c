"""What somebody can work out about hidden counts from what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_flag, require_whole
from schoolframe._disclosure_cells import HIDDEN
from schoolframe._disclosure_tables import make_layout, parts, whole_counts
from schoolframe._frames import as_frame
from schoolframe.disclosure import Suppressed
from schoolframe.exceptions import InputError
from schoolframe.parameters import reference_value

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["audit_disclosure"]


def audit_disclosure(
    shown: object,
    count: str | None = None,
    *,
    group: str | None = None,
    school: str | None = None,
    grouping: str | None = None,
    by: str | Sequence[str] = (),
    total: str = "total",
    minimum: int | None = None,
    marks: bool = True,
) -> pl.DataFrame:
    """Attack a table: the range of every hidden count for one who knows all that is shown.

    The attacker knows that totals are the sum of their parts, that counts are whole and not negative, and, with
    ``marks``, which cells are small groups of 1 to ``minimum`` - 1 (of the other hidden cells, that they are not
    negative). For one way of splitting the pupils the ranges are exact; for several (``grouping``) they are those of
    real numbers, rounded inwards, so a range can still be a little wide. The attack knows nothing of how cells were
    chosen for suppression.

    Args:
        shown: A :class:`Suppressed`, whose columns are known; or a frame as it is to be shown, with null for hidden
            counts. A column ``suppression``, if there, says why; without it every null count is taken as hidden.
        count: Column of the counts, for a frame.
        group: As for :func:`suppress`, for a frame.
        school: As for :func:`suppress`, for a frame.
        grouping: As for :func:`suppress`, for a frame.
        by: As for :func:`suppress`, for a frame.
        total: As for :func:`suppress`, for a frame.
        minimum: As for :func:`suppress`, for a frame.
        marks: Whether the attacker knows which cells are primary. What is published with one code for all hidden cells
            does not say so; True is the stronger attack.

    Returns:
        One row per hidden cell: the key columns, ``suppression`` (String), ``low`` and ``high`` (Int64; null where
        nothing bounds it), and ``pinned`` (Boolean: one count is possible).

    Raises:
        InputError: If a hidden cell still has a count, no table agrees with what is shown, or as :func:`suppress`.
        UnknownNameError: For a column that is not there.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> school = pl.DataFrame({"group": ["sen", "other", None], "n": [None, 90, 94]})
        >>> sf.audit_disclosure(school, "n", group="group").rows()
        [('sen', 'hidden', 4, 4, True)]
    """
    require_flag(marks, "marks")
    if isinstance(shown, Suppressed):
        data, layout, smallest = shown.frame, shown.layout, shown.minimum
        if count is not None or group is not None or school is not None:
            msg = "count, group, school: what is suppressed knows its columns; leave them out"
            raise InputError(msg)
    else:
        data = as_frame(shown, "shown")
        if count is None:
            msg = "count: the column of the counts is needed"
            raise InputError(msg)
        data, layout = make_layout(data, count, group, school, grouping, by, total)
        given = reference_value("suppression_minimum", 2019) if minimum is None else require_whole(minimum, "minimum")
        smallest = int(given)
    counts = whole_counts(data, layout.count)
    if "suppression" in data.columns:
        statuses = data["suppression"].cast(pl.String).to_list()
    else:
        statuses = ["hidden" if known is None else "shown" for known in counts]
    hidden = [status in (*HIDDEN, "hidden") for status in statuses]
    still = [row for row, (away, known) in enumerate(zip(hidden, counts, strict=True)) if away and known is not None]
    if still:
        msg = f"shown: a hidden cell must have no count; {len(still)} still have one, the first in row {still[0]}"
        raise InputError(msg)
    low: list[int | None] = [None] * data.height
    high: list[int | None] = [None] * data.height
    for table in parts(data, layout, counts, hidden):
        small = [marks and statuses[row] == "primary" for row in table.rows]
        for row, (least, most) in zip(table.rows, _native.attack_cells(table.cells, small, smallest), strict=True):
            low[row], high[row] = least, most
    return (
        data.select(layout.keys)
        .with_columns(
            pl.Series("suppression", statuses, dtype=pl.String),
            pl.Series("low", low, dtype=pl.Int64),
            pl.Series("high", high, dtype=pl.Int64),
        )
        .filter(pl.Series(hidden, dtype=pl.Boolean))
        .with_columns((pl.col("low") == pl.col("high")).fill_null(value=False).alias("pinned"))
    )
