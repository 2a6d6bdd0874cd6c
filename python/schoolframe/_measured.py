"""What a measure over a whole frame gives back: its figures, and an account of every row that went in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._notebooks import as_html
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["USED", "Measured", "account", "accounted", "complete"]

USED = "used"
_SCHEMA = {"reason": pl.String, "rows": pl.Int64}


@dataclass(frozen=True)
class Measured:
    """Figures of a measure, with an account of the rows they rest on.

    Attributes:
        frame: The figures, one row for each group; the measure says which columns.
        rows: How every input row was used: ``reason`` (String; ``used``, or why a row was left out) and ``rows``
            (Int64). The numbers add up to the rows that went in.
        notes: What a reader has to know: method, source of the figures used, figures that are not verified.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({"urn": [1] * 4, "fsm": [1, 1, 0, None], "p8": [0.1, -0.3, 0.2, 0.4]})
        >>> gaps = sf.pupil_gaps(pupils, "p8", group="fsm", method="welch", min_group=1)
        >>> gaps.rows.rows()
        [('used', 3), ('group is missing', 1)]
    """

    frame: pl.DataFrame
    rows: pl.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def used(self) -> int:
        """Number of input rows that count in the figures."""
        return int(self.rows.filter(pl.col("reason") == USED)["rows"].sum())

    @property
    def left_out(self) -> pl.DataFrame:
        """The reasons why rows were left out, with their number; empty if none was."""
        return self.rows.filter(pl.col("reason") != USED)

    def __repr__(self) -> str:
        """Return the account, the notes and the frame as text."""
        return "\n".join([self._account(), *self.notes, repr(self.frame)])

    def _repr_html_(self) -> str:
        return as_html([self._account(), *self.notes], self.frame)

    def _account(self) -> str:
        rest = ", ".join(f"{rows:,} left out: {reason}" for reason, rows in self.left_out.iter_rows())
        return f"{self.used:,} {'row' if self.used == 1 else 'rows'} used" + (f"; {rest}" if rest else "")


def account(height: int, left_out: Mapping[str, int]) -> pl.DataFrame:
    """Return the account of ``height`` input rows: those used, and each reason that left some out.

    Example:
        >>> account(10, {"prior attainment is missing": 2, "excluded": 0}).rows()
        [('used', 8), ('prior attainment is missing', 2)]
    """
    gone = {reason: rows for reason, rows in left_out.items() if rows}
    used = height - sum(gone.values())
    if used < 0:
        msg = f"the reasons leave out {sum(gone.values())} of {height} rows"
        raise InputError(msg)
    return pl.DataFrame([(USED, used), *gone.items()], schema=_SCHEMA, orient="row")


def accounted(frame: pl.DataFrame, reasons: Sequence[tuple[pl.Expr, str]]) -> pl.DataFrame:
    """Return the account of the rows: each counts once, under the first reason that holds.

    Example:
        >>> frame = pl.DataFrame({"urn": [1, None, 1], "p8": [0.1, None, None]})
        >>> reasons = [(pl.col("urn").is_null(), "urn is missing"), (pl.col("p8").is_null(), "p8 is missing")]
        >>> accounted(frame, reasons).rows()
        [('used', 1), ('urn is missing', 1), ('p8 is missing', 1)]
    """
    none = pl.lit(None, dtype=pl.String)
    first = pl.coalesce([*(pl.when(holds).then(pl.lit(words)) for holds, words in reasons), none])
    counted = dict(frame.select(first.alias("reason")).drop_nulls().group_by("reason").len().iter_rows())
    return account(frame.height, {words: counted.get(words, 0) for _, words in reasons})


def complete(frame: pl.DataFrame, columns: Iterable[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows without a missing value in the columns, and the account of all rows.

    A row counts under the first column, in the order given, that is missing in it.

    Example:
        >>> kept, rows = complete(pl.DataFrame({"urn": [1, None], "p8": [0.1, None]}), ["urn", "p8"])
        >>> kept.height, rows.rows()
        (1, [('used', 1), ("'urn' is missing", 1)])
    """
    names = list(dict.fromkeys(columns))
    rows = accounted(frame, [(pl.col(name).is_null(), f"'{name}' is missing") for name in names])
    return (frame.drop_nulls(names) if names else frame), rows
