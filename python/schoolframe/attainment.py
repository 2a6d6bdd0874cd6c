"""Attainment 8 of pupils from the points of their slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_number, require_word
from schoolframe._plugin import expression, numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["attainment_8"]


def attainment_8(
    english: IntoNumbers,
    maths: IntoNumbers,
    ebacc: Sequence[IntoNumbers],
    open: Sequence[IntoNumbers],  # noqa: A002  # the name of the element
    *,
    english_double: str | pl.Expr | bool,
    points: tuple[float, float] = (0, 9),
    no_entries: Literal["missing", "zero"] = "missing",
) -> pl.Expr:
    """Attainment 8 and its four elements from the points of each slot.

    ``attainment_8 = w * english + 2 * maths + sum(ebacc) + sum(open)`` with ``w = 2`` where both English language and
    literature were taken, else 1. An empty slot (missing or NaN) has no points; it is not left out of a mean. Which
    qualification fills which slot, and that none fills two, is for the caller to settle.

    Where it is not known whether both were taken, and the English points are not 0, the English element and
    ``attainment_8`` are missing, the other elements are not.

    Args:
        english: Points of the better of English language and literature, undoubled; column name, expression or number.
        maths: Points of mathematics, undoubled.
        ebacc: Up to three columns with points of the best other subjects of the English Baccalaureate.
        open: Up to three columns with points of the best remaining qualifications.
        english_double: Whether both English language and literature were taken: a Boolean column, an expression, or one
            answer for all.
        points: Fewest and most points of a slot, both allowed: 0 to 9 for grades 9 to 1.
        no_entries: A pupil without points in any slot has ``"missing"`` results, because a pupil who entered nothing
            cannot be told from one whose results are not held, or ``"zero"`` points, as published for pupils at the end
            of the key stage who entered nothing.

    Returns:
        A struct expression named after ``english``: ``english`` and ``maths`` (weighted), ``ebacc``, ``open``,
        ``attainment_8`` (Float64, points), ``ebacc_filled`` and ``open_filled`` (Int64, slots with points).

    Raises:
        InputError: For more than three slots, or a scale that does not rise.
        polars.exceptions.ComputeError: When collected, for a column that is no number, a flag that is no Boolean, or
            points outside ``points``; the message names column, values and their number.

    Source: Department for Education, secondary accountability measures.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({
        ...     "eng": [6, 6], "both": [True, False], "mat": [5, 5],
        ...     "e1": [5, 5], "e2": [5, 4], "e3": [4, None], "o1": [6, 6], "o2": [5, 5], "o3": [5, None],
        ... })
        >>> found = sf.attainment_8("eng", "mat", ["e1", "e2", "e3"], ["o1", "o2", "o3"], english_double="both")
        >>> pupils.select(found).unnest("eng").select("english", "attainment_8", "ebacc_filled").rows()
        [(12.0, 52.0, 3), (6.0, 36.0, 2)]
    """
    _require_slots(ebacc, "ebacc")
    _require_slots(open, "open")
    low, high = _scale(points)
    require_word(no_entries, "no_entries", ("missing", "zero"))
    rule = _native.attainment_rule(low, high, no_entries, len(ebacc))
    inputs = [numbers(english, "english"), numbers(maths, "maths"), _flag(english_double)]
    inputs += [numbers(slot, "ebacc") for slot in ebacc]
    inputs += [numbers(slot, "open") for slot in open]
    return expression("attainment_8", inputs, rule)


def _require_slots(slots: object, argument: str) -> None:
    if not isinstance(slots, (list, tuple)) or len(slots) > 3:
        msg = f"{argument}: a list of up to three columns is needed, not {slots!r}"
        raise InputError(msg)


def _scale(points: object) -> tuple[float, float]:
    if not isinstance(points, (list, tuple)) or len(points) != 2:
        msg = f"points: two numbers are needed, (fewest, most), not {points!r}"
        raise InputError(msg)
    return require_number(points[0], "points"), require_number(points[1], "points")


def _flag(value: object) -> pl.Expr:
    if isinstance(value, pl.Expr):
        return value
    if isinstance(value, str):
        return pl.col(value)
    if isinstance(value, bool):
        return pl.lit(value)
    msg = f"english_double: a Boolean column, an expression, True or False is needed, not {value!r}"
    raise InputError(msg)
