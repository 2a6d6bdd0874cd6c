"""National curriculum levels and GCSE grades as written in files, read as steps of one scale."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe._arguments import require_texts
from schoolframe._column_checks import listed
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["SCALES", "Scale", "codes_without", "step_of", "steps", "whole_step"]

Scale = Literal["level", "grade"]

SCALES: dict[Scale, tuple[str, ...]] = {
    "level": ("W", "1", "2", "3", "4", "5", "6"),
    "grade": ("U", "G", "F", "E", "D", "C", "B", "A", "A*"),
}
"""Whole levels from working towards 1 to 6, and GCSE grades from ungraded to A*, the lowest first."""

_WRITTEN: dict[Scale, re.Pattern[str]] = {
    # A sub-level (4C, 4B, 4A) counts as its whole level.
    "level": re.compile(r"(?:LEVEL\s*|L\s*)?(W|[1-6])(?:(?<=[1-6])[ABC])?"),
    "grade": re.compile(r"(A\*|[A-GU])"),
}


def step_of(code: str, scale: Scale) -> int | None:
    """Return the step of a level or grade on its scale, counted from 0; None if it is neither.

    Example:
        >>> [step_of(code, "level") for code in ("W", "4b", "L5", "level 3", "7")]
        [0, 4, 5, 3, None]
        >>> step_of("A*", "grade")
        8
    """
    found = _WRITTEN[scale].fullmatch(code.strip().upper())
    return SCALES[scale].index(found.group(1)) if found else None


def whole_step(code: str, scale: Scale, argument: str) -> int | None:
    """Return the step of a threshold; a sub-level is refused, because pupils are read in whole levels.

    Example:
        >>> whole_step("4", "level", "least"), whole_step("A", "grade", "least")
        (4, 7)
        >>> whole_step("4B", "level", "least")
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: least: pupils are read in whole levels, so '4B' would count as '4'; name a \
whole level
    """
    if scale == "level" and re.search(r"[1-6]\s*[ABC]$", code.strip().upper()):
        whole = code.strip()[:-1].strip()
        msg = f"{argument}: pupils are read in whole levels, so '{code}' would count as '{whole}'; name a whole level"
        raise InputError(msg)
    return step_of(code, scale)


def codes_without(codes: Sequence[str], argument: str) -> frozenset[str]:
    """Return codes that stand for no level or grade, in capitals.

    Example:
        >>> sorted(codes_without(["a", "D"], "without_level"))
        ['A', 'D']
    """
    return frozenset(code.strip().upper() for code in require_texts(codes, argument))


def steps(codes: pl.Series, scale: Scale, without: Collection[str], argument: str) -> tuple[pl.Series, pl.Series]:
    """Return the steps of a column of levels or grades, and where a code stands that is none.

    Args:
        codes: Levels or grades; texts, whole numbers, Categorical or Enum. Blank, null and NaN are missing.
        scale: ``"level"`` or ``"grade"``.
        without: Codes that stand for no level, in capitals; one that is on the scale is read as what it is there.
        argument: What the column is called in messages.

    Returns:
        The steps (Int8, null where there is none), and a Boolean column, true where one of ``without`` stands.

    Raises:
        InputError: For a code that is neither, with how often each stands and the first row, or another type.

    Example:
        >>> import polars as pl
        >>> found, none = steps(pl.Series(["4B", "A", None]), "level", {"A"}, "prior")
        >>> found.to_list(), none.to_list()
        ([4, None, None], [False, True, False])
        >>> steps(pl.Series(["A"]), "grade", {"A"}, "outcome")[0].to_list()
        [7]
    """
    text = _texts(codes, argument)
    distinct = [code for code in text.unique(maintain_order=True).to_list() if code is not None]
    # A (absent) and D (disapplied) are codes of levels; among grades they are grades.
    without = {code for code in without if step_of(code, scale) is None}
    known = {code: step_of(code, scale) for code in distinct}
    unknown = [code for code, step in known.items() if step is None and code.upper() not in without]
    if unknown:
        rows = {code: (text == code).fill_null(value=False).arg_true() for code in unknown}
        shown = [f"'{code}' ({where.len()} times, first in row {where[0]})" for code, where in rows.items()]
        msg = (
            f"{argument}: {len(unknown)} unknown code{'s' if len(unknown) > 1 else ''}: {listed(shown)}. "
            f"A {scale} is one of {', '.join(SCALES[scale])}; name codes of pupils without one in without_level"
        )
        raise InputError(msg)
    old = pl.Series(list(known), dtype=pl.String)
    found = text.replace_strict(old, pl.Series(list(known.values()), dtype=pl.Int8), default=None, return_dtype=pl.Int8)
    none = pl.Series([code.upper() in without for code in known], dtype=pl.Boolean)
    return found, text.replace_strict(old, none, default=False, return_dtype=pl.Boolean)


def _texts(codes: pl.Series, argument: str) -> pl.Series:
    """Return codes as texts; 4.0 is written 4, blank is missing."""
    dtype = codes.dtype
    if dtype.is_float():
        whole = (pl.col("x").floor() == pl.col("x")) & (pl.col("x").abs() < 100)
        number = pl.when(whole).then(pl.col("x")).cast(pl.Int64)
        text = pl.coalesce(number.cast(pl.String), pl.col("x").cast(pl.String))
        return codes.fill_nan(None).rename("x").to_frame().select(text.alias("x")).to_series()
    textual = isinstance(dtype, (pl.String, pl.Categorical, pl.Enum, pl.Null))
    if not textual and not dtype.is_integer():
        msg = f"{argument}: levels are texts or whole numbers, the column holds {dtype}"
        raise InputError(msg)
    text = pl.col("x").cast(pl.String).str.strip_chars()
    return codes.rename("x").to_frame().select(pl.when(text != "").then(text).alias("x")).to_series()
