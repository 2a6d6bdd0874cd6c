"""Prior attainment of pupils: the score that key stage 2 progress starts from."""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from schoolframe._arguments import require_number, require_whole
from schoolframe.exceptions import InputError
from schoolframe.parameters import reference_record, reference_values

__all__ = ["ks1_prior_score"]

_PREFIX = "ks1_points_"


def ks1_prior_score(
    reading: str | pl.Expr,
    writing: str | pl.Expr,
    maths: str | pl.Expr,
    *,
    scale: Mapping[str, float] | None = None,
    year: int | None = None,
    allow_unverified: bool = False,
) -> pl.Expr:
    """Average points at key stage 1, the start of key stage 2 progress.

    ``score = (english + maths) / 2`` with ``english = (reading + writing) / 2``: mathematics carries half the weight.
    Missing where any of the three is missing. Outcomes are read without regard to case and to white space around them;
    a blank one is missing.

    Args:
        reading: Column of teacher assessments (texts such as ``"EXS"``), or an expression.
        writing: The same for writing.
        maths: The same for mathematics.
        scale: Points of each outcome. No scale of any year was read in a primary source, so there is no default.
        year: In place of ``scale``: results year at key stage 2 whose scale is wanted. 2022 and 2023 are held as
            reference values from a secondary source; needs ``allow_unverified``.
        allow_unverified: Whether figures that were only read in a secondary source may be used.

    Returns:
        A Float64 expression named after ``reading``, in points.

    Raises:
        InputError: For neither or both of ``scale`` and ``year``, a year without a scale, an unverified scale that was
            not allowed, or a scale that is no mapping from texts to finite numbers.
        polars.exceptions.InvalidOperationError: When collected, for an outcome that is not in the scale; the message
            names the column, the values and their number.

    Source: weights and the points of 2022 and 2023: secondary reports of the primary progress measures (status S).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({"r": ["EXS", "GDS"], "w": ["WTS", None], "m": ["GDS", "GDS"]})
        >>> pupils.select(sf.ks1_prior_score("r", "w", "m", year=2023, allow_unverified=True))["r"].to_list()
        [8.5, None]
    """
    if (scale is None) == (year is None):
        msg = "scale, year: give the points of each outcome, or the year whose reported scale is to be used"
        raise InputError(msg)
    points = _reported(require_whole(year, "year"), allow_unverified=allow_unverified) if scale is None else _own(scale)
    given = {"reading": reading, "writing": writing, "maths": maths}
    r, w, m = (_points(outcome, points, argument) for argument, outcome in given.items())
    return ((r + w) / 2 + m) / 2


def _reported(year: int, *, allow_unverified: bool) -> dict[str, float]:
    held = reference_values().filter(pl.col("name").str.starts_with(_PREFIX))
    names = held.filter(pl.col("year") == year)["name"].to_list()
    if not names:
        years = ", ".join(str(one) for one in held["year"].unique().sort())
        msg = f"year: no scale of key stage 1 points is held for {year}, only for {years}; give scale= yourself"
        raise InputError(msg)
    records = [reference_record(name, year, allow_unverified=allow_unverified) for name in names]
    return {record.name.removeprefix(_PREFIX).upper(): record.value for record in records}


def _own(scale: object) -> dict[str, float]:
    if not isinstance(scale, Mapping) or not scale:
        msg = f"scale: a mapping from outcome to points such as {{'EXS': 8}} is needed, not {scale!r}"
        raise InputError(msg)
    points: dict[str, float] = {}
    for outcome, value in scale.items():
        if not isinstance(outcome, str) or not outcome.strip():
            msg = f"scale: outcomes are texts such as 'EXS', not {outcome!r}"
            raise InputError(msg)
        key = outcome.strip().upper()
        if key in points:
            msg = f"scale: outcome '{key}' is there twice"
            raise InputError(msg)
        points[key] = require_number(value, f"scale['{outcome}']")
        if not math.isfinite(points[key]):
            msg = f"scale['{outcome}']: a finite number is needed, not {value!r}"
            raise InputError(msg)
    return points


def _points(outcome: object, points: Mapping[str, float], argument: str) -> pl.Expr:
    if not isinstance(outcome, (str, pl.Expr)):
        msg = f"{argument}: the name of a column or an expression is needed, not {outcome!r}"
        raise InputError(msg)
    column = pl.col(outcome) if isinstance(outcome, str) else outcome
    text = column.cast(pl.String).str.strip_chars().str.to_uppercase()
    # An Enum refuses every text that is not in the scale, and says which, where and how many.
    known = pl.when(text != "").then(text).cast(pl.Enum(list(points)))
    return known.replace_strict(list(points), list(points.values()), return_dtype=pl.Float64)
