"""Bands of progress scores, as the performance tables publish them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe import _native
from schoolframe._plugin import expression, numbers
from schoolframe.exceptions import InputError
from schoolframe.parameters import reference_value

if TYPE_CHECKING:
    from schoolframe._typing import IntoNumbers

__all__ = ["PROGRESS_BANDS", "progress_band", "progress_band_rule"]

PROGRESS_BANDS = ("well above average", "above average", "average", "below average", "well below average")
"""Labels of the codes 1 to 5."""

ProgressScheme = Literal["p8", "ks2_reading", "ks2_writing", "ks2_maths"]


def progress_band_rule(
    scheme: ProgressScheme | tuple[float, float] = "p8",
    *,
    year: int | None = None,
    lower_edge_inclusive: bool | None = None,
) -> str:
    """Return the thresholds of :func:`progress_band` as JSON text, checked; batches are given the same text."""
    if isinstance(scheme, tuple):
        if year is not None:
            msg = "year: thresholds given as numbers hold for any year, leave it out"
            raise InputError(msg)
        if len(scheme) != 2:
            msg = f"scheme: two thresholds are needed, (well_above, well_below), not {scheme!r}"
            raise InputError(msg)
        return _native.progress_band_rule(float(scheme[0]), float(scheme[1]), bool(lower_edge_inclusive))
    if scheme not in ("p8", "ks2_reading", "ks2_writing", "ks2_maths"):
        msg = f"scheme: 'p8', 'ks2_reading', 'ks2_writing', 'ks2_maths' or (well_above, well_below), not {scheme!r}"
        raise InputError(msg)
    if lower_edge_inclusive is not None:
        msg = "lower_edge_inclusive: a named scheme has its own edges, leave it out"
        raise InputError(msg)
    if scheme == "p8":
        when = 2019 if year is None else year
        name, inclusive = "p8_band", False
    else:
        if year is None:
            msg = f"year: the thresholds of {scheme} are set each year, name the results year (2019 for 2018/19)"
            raise InputError(msg)
        when = year
        name, inclusive = f"ks2_progress_{scheme.removeprefix('ks2_')}_band", True
    return _native.progress_band_rule(
        reference_value(f"{name}_well_above", when), reference_value(f"{name}_well_below", when), inclusive
    )


def progress_band(
    score: IntoNumbers,
    lower: IntoNumbers,
    upper: IntoNumbers,
    *,
    scheme: ProgressScheme | tuple[float, float] = "p8",
    year: int | None = None,
    lower_edge_inclusive: bool | None = None,
    labels: bool = False,
) -> pl.Expr:
    """Band of a progress score with its confidence limits, 1 (well above) to 5 (well below average).

    The interval decides first: ``lower <= 0 <= upper`` is average, both ends inclusive. Above it, ``score >=
    well_above`` is well above, otherwise above. Below it, Progress 8 calls ``score < -0.5`` well below (-0.50 itself is
    below, +0.50 is well above), key stage 2 ``score <= threshold``. Values are compared as they are given: published
    scores and limits, rounded as they are, give the published bands.

    Args:
        score: Progress score; column name, expression or number. Grades for Progress 8, scaled-score points for key
            stage 2.
        lower: Lower 95 % confidence limit.
        upper: Upper 95 % confidence limit.
        scheme: ``"p8"`` (+0.5 and -0.5, 2016 to 2019 and 2022 to 2024), ``"ks2_reading"``, ``"ks2_writing"``,
            ``"ks2_maths"`` (2018 and 2019), or your own ``(well_above, well_below)``.
        year: Results year (2019 for 2018/19); needed for key stage 2, whose thresholds change.
        lower_edge_inclusive: For your own thresholds: whether a score equal to ``well_below`` is well below.
        labels: Return the words of :data:`PROGRESS_BANDS` as an Enum instead of codes.

    Returns:
        An Int64 expression named after ``score``, or an Enum with ``labels``. Missing or NaN in, missing out.

    Raises:
        InputError: For thresholds not of the form well_below < 0 < well_above, a missing year, or one without published
            thresholds (there is no Progress 8 of 2020 and 2021), with the years that have some.
        polars.exceptions.ComputeError: When collected, for a column that is no number or rows that break
            ``lower <= score <= upper``.

    Source: Department for Education, Progress 8 bandings; the key stage 2 thresholds are read off published bands.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"p8": [0.50, -0.50, 0.74], "low": [0.2, -0.8, 0.0], "high": [0.8, -0.2, 1.48]})
        >>> schools.select(sf.progress_band("p8", "low", "high"))["p8"].to_list()
        [1, 4, 3]
        >>> schools.select(sf.progress_band("p8", "low", "high", labels=True))["p8"].to_list()
        ['well above average', 'below average', 'average']
    """
    rule = progress_band_rule(scheme, year=year, lower_edge_inclusive=lower_edge_inclusive)
    inputs = [numbers(score, "score"), numbers(lower, "lower"), numbers(upper, "upper")]
    band = expression("progress_band", inputs, rule)
    if not labels:
        return band
    return band.replace_strict(
        [1, 2, 3, 4, 5], list(PROGRESS_BANDS), default=None, return_dtype=pl.Enum(list(PROGRESS_BANDS))
    )
