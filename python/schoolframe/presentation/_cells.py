"""From an indicator frame to the cells of the register: values, words, marks, and why a cell has none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from schoolframe.bands import code_against_national
from schoolframe.presentation._figures import figure, half_up, short_date
from schoolframe.presentation._layout import GRADE_WORDS, STATUS_WORDS
from schoolframe.progress import progress_band

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolframe.presentation._layout import Field

__all__ = ["REASONS", "Cell", "coded", "make_cell", "reason", "significance"]

Mark = Literal["above", "below"]

REASONS = {
    "suppressed": ("x", "suppressed because of low numbers"),
    "no_entries": ("NE", "no entries"),
    "not_published": ("NP", "not published by the source for this school"),
    "low_coverage": ("LC", "low coverage: fewer than half of the pupils are in the measure"),
    "not_applicable": ("n/a", "not applicable"),
    "not_eligible": ("n/a", "not applicable"),
    "new_school": ("new", "new school, no results yet"),
    "redacted": ("RE", "withheld by the source as unreliable"),
    "small_percentage": ("<0.5", "above 0 and below 0.5 %"),
    "rounds_to_zero": ("~0", "above 0, but 0 after rounding"),
    "missing": ("-", "no figure in the source"),
    "not_held": ("not held", "nobody has supplied this information"),
    "ended": ("ended", "the standard did not apply to this year's results"),
}
"""What stands in a cell without a value, and what it means; the first item is the key."""

# Codes of the tables that say no more than that there is nothing.
_PLAIN = {"blank": "missing", "not_available": "missing", "unknown": "missing"}
SIGNIFICANCE = {
    "above": "significantly above",
    "below": "significantly below",
    "in_line": "not significantly different",
}


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: What is printed, words included.
        value: The number, date or word behind it; None if there is none.
        mark: ``above`` or ``below``, for cells compared with the national figure.
        tone: Name of the background: ``good``, ``adverse``, ``entry``, ``quiet`` or nothing.
        reason: Why there is no value; a key of :data:`REASONS`.
        decimals: Places of a number.
    """

    text: str
    value: float | int | str | dt.date | None = None
    mark: Mark | None = None
    tone: str | None = None
    reason: str | None = None
    decimals: int = 0


EMPTY = Cell("")
TO_FILL_IN = Cell("", tone="entry")


def reason(key: str) -> Cell:
    """Return a cell without a value that says why.

    Example:
        >>> reason("suppressed").text, reason("not_held").text
        ('x', 'not held')
    """
    key = _PLAIN.get(key, key)
    return Cell(REASONS.get(key, (key.replace("_", " "), ""))[0], reason=key, tone="quiet")


def make_cell(field: Field, value: Any, row: Mapping[str, Any], mark: tuple[Mark | None, bool | None]) -> Cell:
    """Return the cell of a value that is there.

    Args:
        field: The column.
        value: The value, not None.
        row: The indicators of the school, for words that need more than one.
        mark: Whether the value is above or below national, and whether that is adverse.

    Returns:
        The cell.
    """
    if field.kind == "grade":
        return _grade(int(value), row)
    if field.kind == "judgement":
        word = GRADE_WORDS.get(int(value)) if isinstance(value, (int, float)) else None
        return Cell(word or str(value), word or str(value))
    if field.kind == "flag":
        word = "Yes" if value else "No"
        return Cell(word, word)
    if field.kind == "date":
        return Cell(short_date(value), value)
    if field.kind in ("word", "free", "significance"):
        word = STATUS_WORDS.get(str(value), str(value).replace("_", " "))
        return Cell(word, word)
    side, adverse = mark
    rounded = half_up(float(value), field.decimals)
    text = figure(float(value), field.decimals)
    number: float | int = int(rounded) if field.decimals == 0 else rounded
    tone = None if adverse is None else "adverse" if adverse else "good"
    return Cell(text if side is None else f"{text} {side}", number, side, tone, decimals=field.decimals)


def _grade(grade: int, row: Mapping[str, Any]) -> Cell:
    word = GRADE_WORDS.get(grade, str(grade))
    day = row.get("ofsted_date")
    if grade == 3 and isinstance(day, dt.date) and day < dt.date(2012, 9, 1):
        word = "Satisfactory"
    category = row.get("ofsted_category")
    if grade == 4 and category in ("serious_weaknesses", "special_measures"):
        word = f"{word} ({str(category).replace('_', ' ')})"
    return Cell(word, word)


def significance(rows: list[dict[str, Any]], score: str, lower: str, upper: str) -> list[str | None]:
    """Return ``above``, ``below``, ``in_line`` or None for each row: where the interval lies about 0.

    Zero is the mean of a progress score. An interval that touches 0 is in line. None without score or interval.
    """
    columns = {name: [_number(row.get(name)) for row in rows] for name in (score, lower, upper)}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64))
    words = ["above", "above", "in_line", "below", "below"]
    band = progress_band(score, lower, upper).replace_strict([1, 2, 3, 4, 5], words, default=None)
    return frame.select(band)[score].to_list()


def coded(
    values: list[float | None], national: float | None, direction: str, threshold: float
) -> list[tuple[Mark | None, bool | None]]:
    """Return for each value whether it is above or below national by the threshold, and whether that is adverse."""
    frame = pl.DataFrame({"value": values}, schema={"value": pl.Float64})
    code = code_against_national("value", national, threshold=threshold, direction=direction)  # type: ignore[arg-type]
    found = frame.select(code).unnest("value")
    return [
        (row["code"], row["adverse"]) if row["code"] in ("above", "below") else (None, None)
        for row in found.iter_rows(named=True)
    ]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
