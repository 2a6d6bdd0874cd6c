"""Pupils that estimates are made of or applied to: their years, their steps of prior attainment, and who counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe import _native
from schoolframe._column_checks import whole_numbers
from schoolframe._measured import account
from schoolframe._number_columns import number_column, refuse_rows, years_column
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["pupil_years", "refuse_between", "require_one_year", "used_pupils"]

# Steps that prior attainment comes in: the mean of two whole scaled scores, and fine levels of one decimal.
_STEPS = {"ks2_scaled_score": 0.5, "ks2_fine_level": 0.1}
_NOISE = 1e-6


def pupil_years(pupils: pl.DataFrame) -> list[int]:
    """Return the results years of pupils, from their column ``year`` if they have one.

    Example:
        >>> import polars as pl
        >>> pupil_years(pl.DataFrame({"year": [2024.0, None, 2023.0]}))
        [2023, 2024]
    """
    if "year" not in pupils.columns:
        return []
    known = pupils.select(pl.col("year").fill_nan(None) if pupils.schema["year"].is_float() else "year").drop_nulls()
    whole = whole_numbers(known, "year", "pupils")
    years: list[int] = years_column(whole, "year", "pupils").unique().sort().to_list()
    return years


def require_one_year(names: Iterable[str], year: int | None, pupils: pl.DataFrame) -> None:
    """Raise an error if a name claims a published measure, and the year is not said or pupils are of another one.

    Example:
        >>> import polars as pl
        >>> require_one_year(["progress_from_cat4"], None, pl.DataFrame({"year": [2023, 2024]}))
        >>> require_one_year(["p8"], 2024, pl.DataFrame({"year": [2024]}))
    """
    published = [name for name in names if _native.claimed_measure(name) is not None]
    if not published:
        return
    if year is None:
        msg = (
            f"year: '{published[0]}' is the name of a published measure, which is one of a results year; name the year"
        )
        raise InputError(msg)
    others = [one for one in pupil_years(pupils) if one != year]
    if others:
        told = ", ".join(map(str, others))
        msg = f"pupils: column 'year' holds {told}, but '{published[0]}' is to be the published measure of {year}"
        raise InputError(msg)


def refuse_between(pupils: pl.DataFrame, prior: str, attainment: str) -> None:
    """Raise an error that names rows whose prior attainment lies between the steps it comes in.

    Such a value was not rounded as the measure has it, and would be taken for the next higher group.

    Example:
        >>> import polars as pl
        >>> refuse_between(pl.DataFrame({"ks2": [4.84]}), "ks2", "ks2_fine_level")
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: pupils: column 'ks2' must hold multiples of 0.1, the steps of ks2_fine_level\
; 1 value breaks this rule: 4.84 (row 0)
    """
    step = _STEPS.get(attainment)
    if step is None:
        return
    steps = number_column(pupils, prior, "pupils") / step + _NOISE
    beyond = steps - steps.floor()
    farthest = beyond.max()
    if isinstance(farthest, float) and farthest > 2 * _NOISE:
        rule = f"must hold multiples of {step:g}, the steps of {attainment}"
        refuse_rows(pupils[prior], beyond > 2 * _NOISE, rule, "pupils")


def used_pupils(
    prior: pl.Series, group: pl.Series, outcomes: Mapping[str, pl.Series], reason: str
) -> list[tuple[str, int]]:
    """Return how every pupil was used: ``used`` if any outcome counts, else the first reason why none does.

    Args:
        prior: Prior attainment, missing as null.
        group: The group of it, null outside the table.
        outcomes: Of each outcome what counts, null where it does not.
        reason: Why no outcome counts, for those with a group.

    Example:
        >>> import polars as pl
        >>> used_pupils(pl.Series([1.0, None, 9.0]), pl.Series([1, None, None]), {"a8": pl.Series([5.0] * 3)}, "no a8")
        [('used', 1), ('prior attainment is missing', 1), ('prior attainment is outside the groups', 1)]
    """
    rows = pl.DataFrame({"prior": prior, "group": group})
    counts = pl.DataFrame(outcomes).select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    inside = rows["group"].is_not_null()
    left_out = {
        "prior attainment is missing": rows["prior"].null_count(),
        "prior attainment is outside the groups": int((rows["prior"].is_not_null() & ~inside).sum()),
        reason: int((inside & ~counts).sum()),
    }
    return list(account(rows.height, left_out).iter_rows())
