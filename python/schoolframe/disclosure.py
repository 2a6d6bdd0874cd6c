"""Suppression of small groups in tables with totals, so that what is hidden cannot be worked out from what is shown."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_texts, require_whole
from schoolframe._column_checks import flags
from schoolframe._disclosure_cells import HIDDEN, protect
from schoolframe._disclosure_tables import Layout, make_layout, parts, whole_counts
from schoolframe._frames import as_frame, require_columns
from schoolframe._percentages import percentage_reasons
from schoolframe.exceptions import InputError
from schoolframe.parameters import reference_value

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["DisclosureWarning", "Suppressed", "suppress"]

STATUSES = ("shown", "primary", "complementary", "source", "missing")


class DisclosureWarning(UserWarning):
    """Something may be given away: a cell that no suppression protects, or an export without suppression."""


@dataclass(frozen=True)
class Suppressed:
    """A frame in which small groups are hidden. It holds no hidden count.

    Attributes:
        frame: The rows as they came, hidden counts and the figures that go with them null, and the column ``suppression``
            (String): ``shown``, ``primary`` (a small group), ``complementary`` (it would give another one away),
            ``source`` (withheld where the figures come from) or ``missing``. The column is for you: whoever knows which
            cells are primary knows more, so leave it out of what you publish, as :meth:`published` does.
        cells: How many rows have each status: ``suppression`` (String), ``rows`` (Int64).
        unprotected: Rows that are hidden and can be worked out nevertheless, by one who knows the rule and which cells
            are small; it happens where a whole cohort is small.
        notes: What holds, in words.
        layout: Which columns say where a cell stands.
        minimum: Smallest count that is shown beside 0.
        hidden: Columns that are hidden with the counts.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> school = pl.DataFrame({"group": ["sen", "other", None], "n": [4, 90, 94]})
        >>> sf.suppress(school, "n", group="group").cells.rows()
        [('shown', 1), ('primary', 1), ('complementary', 1)]
    """

    frame: pl.DataFrame
    cells: pl.DataFrame
    unprotected: pl.DataFrame
    notes: tuple[str, ...]
    layout: Layout
    minimum: int
    hidden: tuple[str, ...] = ()

    def published(self, code: str = "c") -> pl.DataFrame:
        """Return the frame to be published: a code in every hidden cell, the same whatever the reason.

        Args:
            code: What stands in a hidden cell; ``c`` (confidential) is the sign of government statistics.

        Returns:
            The frame without the columns about suppression; columns with hidden cells are String.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> school = pl.DataFrame({"group": ["sen", "other", None], "n": [4, 90, 94]})
            >>> sf.suppress(school, "n", group="group").published()["n"].to_list()
            ['c', 'c', '94']
        """
        hidden = pl.col("suppression").is_in(HIDDEN)
        coded = []
        for name in (self.layout.count, *self.hidden):
            own = f"{name}_suppression"
            away = pl.col("suppression").is_in(HIDDEN)
    anywhere = away.any().over(keys) if keys else away.any()
    reason = pl.when(away).then(pl.col("suppression")).when(anywhere).then(pl.lit("complementary"))
    reasons = frame.select(reason.otherwise(pl.lit("shown")).alias("reason"))["reason"]
    for name in derived:
        frame = _with_reason(frame, name, reasons)
    return frame


def _with_reason(frame: pl.DataFrame, name: str, reasons: pl.Series) -> pl.DataFrame:
    """Hide a figure wherever its reason is not that it is shown or missing, and put the reason beside it."""
    own = reasons.alias(f"{name}_suppression")
    shown = pl.col(own.name).is_in(["shown", "missing"])
    return frame.with_columns(own).with_columns(pl.when(shown).then(pl.col(name)).alias(name))


def _notes(minimum: int, protection: int, *, complementary: bool) -> tuple[str, ...]:
    first = f"Counts of 1 to {minimum - 1} are hidden, with the figures about them; 0 is shown."
    if not complementary:
        return first, "NOT protected: totals can give hidden counts away."
    return (
        first,
        f"Every hidden count has at least two possible values, {protection} apart or more for a small group, for one who "
        "knows all that is shown, the rule and which cells are small.",
        "What is known from other tables, or from another edition of this one, is not taken into account.",
    )

