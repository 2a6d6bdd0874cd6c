"""What a suppression gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._disclosure_cells import HIDDEN
from schoolframe._notebooks import as_html

if TYPE_CHECKING:
    from schoolframe._disclosure_tables import Layout

__all__ = ["DisclosureWarning", "Suppressed"]


class DisclosureWarning(UserWarning):
    """Something may be given away: a cell that no suppression protects, or an export without suppression."""


@dataclass(frozen=True)
class Suppressed:
    """A frame in which small groups are hidden. It holds no hidden count.

    Attributes:
        frame: The rows as they came, hidden counts and the figures that go with them null, and the column
            ``suppression`` (String): ``shown``, ``primary`` (a small group), ``complementary`` (it would give another
            one away), ``source`` (withheld where the figures come from) or ``missing`` (no count; the figures that go
            with it are hidden). A column with reasons of its own has them in ``<name>_suppression``. These columns are
            for you: whoever knows which cells are primary knows more, so leave them out of what you publish, as
            :meth:`published` does.
        cells: How many rows have each status: ``suppression`` (String), ``rows`` (Int64).
        unprotected: Rows that are hidden and can be worked out nevertheless, by one who knows the rule and guesses
            which cells are small; it happens where a whole cohort is small.
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

    @property
    def columns(self) -> list[str]:
        """Names of the columns without those about suppression."""
        marks = {"suppression", *(f"{name}_suppression" for name in self.hidden)}
        return [name for name in self.frame.columns if name not in marks]

    def away(self, name: str) -> pl.Series:
        """Return which cells of a column are hidden (Boolean); nothing is hidden in the key columns.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> school = pl.DataFrame({"group": ["sen", "other", None], "n": [4, 90, 94]})
            >>> sf.suppress(school, "n", group="group").away("n").to_list()
            [True, True, False]
        """
        if name == self.layout.count:
            # A count that is missing was never there to be hidden.
            return self.frame.select(pl.col("suppression").is_in(HIDDEN).alias(name))[name]
        if name not in self.hidden:
            return pl.Series(name, [False] * self.frame.height, dtype=pl.Boolean)
        own = f"{name}_suppression"
        reason = pl.col(own if own in self.frame.columns else "suppression")
        return self.frame.select((reason != "shown").alias(name))[name]

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
        coded = [
            self.frame.select(
                pl.when(self.away(name)).then(pl.lit(code)).otherwise(pl.col(name).cast(pl.String)).alias(name)
            )[name]
            for name in dict.fromkeys((self.layout.count, *self.hidden))
        ]
        return self.frame.with_columns(coded).select(self.columns)

    def __repr__(self) -> str:
        """Return the account, the notes and the frame as text."""
        return "\n".join([self._account(), *self.notes, repr(self.frame)])

    def _repr_html_(self) -> str:
        return as_html([self._account(), *self.notes], self.frame)

    def _account(self) -> str:
        return ", ".join(f"{rows:,} {status}" for status, rows in self.cells.iter_rows())
