"""What the charts share: inline data, scales, reference lines, checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_number, require_text
from schoolframe._number_columns import number_column
from schoolframe.exceptions import InputError
from schoolframe.presentation._style import INK, MUTED

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "SIGNED",
    "STEP",
    "check_labels",
    "check_sizes",
    "check_texts",
    "count",
    "named",
    "numbers_of",
    "reach",
    "reference_line",
    "scale_of",
    "sizeable",
    "values",
]

STEP = 22
"""Height of a school in pixels."""

_MOST_PIXELS = 20_000

SIGNED = "datum.value == 0 ? '0' : format(datum.value, '+.1f')"
"""Labels of an axis of differences."""


def values(alt: Any, frame: pl.DataFrame) -> Any:
    """Return the rows as inline data: the specification holds all it needs, whatever the frame library."""
    return alt.Data(values=frame.to_dicts())


def check_texts(**texts: object) -> None:
    """Raise an error that names the argument, unless every one is a text."""
    for argument, value in texts.items():
        require_text(value, argument, "'Progress 8'")


def check_sizes(**sizes: object) -> None:
    """Raise an error that names the argument, unless every one is a number of pixels."""
    for argument, value in sizes.items():
        if not 0 < require_number(value, argument) <= _MOST_PIXELS:
            msg = f"{argument}: a number of pixels above 0 and up to {_MOST_PIXELS:,} is needed, not {value!r}"
            raise InputError(msg)


def check_labels(frame: pl.DataFrame, *names: str, argument: str = "frame") -> None:
    """Raise an error that names the column, unless every one holds what can be written beside a mark."""
    for name in names:
        dtype = frame.schema[name]
        if dtype.is_nested() or dtype in (pl.Binary, pl.Duration, pl.Object):
            msg = f"{argument}: column '{name}' must hold texts, it holds {dtype}"
            raise InputError(msg)


def scale_of(alt: Any, names: Sequence[str], of: dict[str, str]) -> Any:
    """Return the scale that gives each word its colour or shape."""
    return alt.Scale(domain=list(names), range=[of[name] for name in names])


def reference_line(alt: Any, at: float, said: str | None, *, dashed: bool = False, left: bool = False) -> Any:
    """Return a vertical line with what it is, written to its right or left."""
    mark: dict[str, Any] = {"color": INK if not dashed else MUTED, "strokeWidth": 1}
    if dashed:
        mark["strokeDash"] = [5, 4]
    rule = alt.Chart(values(alt, pl.DataFrame({"at": [float(at)]}))).mark_rule(**mark).encode(x="at:Q")
    if said is None:
        return rule
    text = (
        alt.Chart(values(alt, pl.DataFrame({"at": [float(at)], "said": [said]})))
        .mark_text(align="right" if left else "left", dx=-4 if left else 4, dy=-8, fontSize=11, color=MUTED)
        .encode(x="at:Q", y=alt.value(0), text="said:N")
    )
    return alt.layer(rule, text)


def numbers_of(**columns: str) -> list[pl.Expr]:
    """Return columns as numbers under other names; NaN is missing."""
    return [pl.col(column).cast(pl.Float64).fill_nan(None).alias(name) for name, column in columns.items()]


_SIDES = ("disadv_cohort", "nondisadv_cohort", "p8_disadvantaged_cohort", "p8_non_disadvantaged_cohort")


def sizeable(frame: pl.DataFrame, pupils: str | None, minimum: int, value: str) -> tuple[pl.DataFrame, list[str]]:
    """Return the schools with enough pupils to be shown, and what to say about the others.

    Without ``pupils`` the cohorts of the vocabulary that ``value`` is about are used where the frame has them: those of
    key stage 2 or 4, and, for a figure of disadvantaged or other pupils, both sides.
    """
    cohorts = _cohorts(value) if pupils is None else (pupils,)
    kept = frame
    for name in cohorts:
        if name in frame.columns or pupils is not None:
            kept = kept.filter(~number_column(kept, name, least=0).is_between(1, minimum - 1).fill_null(value=False))
    left_out = frame.height - kept.height
    return kept, [] if not left_out else [f"{count(left_out, 'school')} with fewer than {minimum} pupils not shown"]


def _cohorts(value: str) -> tuple[str, ...]:
    whole = ("ks2_cohort",) if value.startswith("ks2_") else ("p8_cohort", "ks4_cohort")
    return (*whole, *_SIDES) if "disadvantaged" in value else whole


def named(rows: pl.DataFrame, value: str, what: str = "school") -> pl.DataFrame:
    """Return the rows, if there are any and every school, or what else they are of, stands there once."""
    if rows.is_empty():
        msg = f"frame: no {what} has a value in '{value}'"
        raise InputError(msg)
    double = rows.filter(rows["school"].is_duplicated())["school"].unique().sort().to_list()
    if double:
        listed = ", ".join(str(name) for name in double[:5])
        msg = f"frame: one row per {what} is needed; several rows: {listed}"
        raise InputError(msg)
    return rows


def reach(rows: pl.DataFrame, *columns: str) -> tuple[float, float]:
    """Return the least and the greatest value of the columns, with a margin."""
    values = pl.concat([rows[name].cast(pl.Float64).drop_nulls().alias("value") for name in columns])
    low, high = float(values.min() or 0.0), float(values.max() or 0.0)
    margin = max(0.05 * (high - low), 0.05)
    return round(low - margin, 4), round(high + margin, 4)


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
