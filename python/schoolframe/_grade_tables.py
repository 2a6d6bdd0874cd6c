"""Figures of a matrix of grades, one row for each band and two for prior attainment that is in none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._grade_distribution import figures_of, reached, require_shift, shifted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["STATUS", "band_figures", "shift_of", "usable"]

STATUS = ("ok", "few_pupils", "prior_outside", "prior_missing")


def usable(content: Mapping[str, Any], subject: str) -> list[tuple[int, list[float]] | None]:
    """Return pupils and chances of each band that has ``min_pupils`` pupils, None for the others."""
    counted = content["counts"][subject]
    return [
        None if counts is None or sum(counts) < content["min_pupils"] else (sum(counts), reached(counts))
        for counts in counted
    ]


def shift_of(content: Mapping[str, Any], subject: str, rise: float, what: str) -> float:
    """Return the shift that raises the mean of a subject over its bands by ``rise`` points."""
    bands = [band for band in usable(content, subject) if band is not None]
    return require_shift(rise, bands, content["points"], f"{what}: '{subject}'") if bands else 0.0


def band_figures(content: Mapping[str, Any], subject: str, shift: float, confidence: float) -> pl.DataFrame:
    """Return the figures of each band under a shift, and of prior attainment outside the bands and missing.

    ``mean``, ``low``, ``high`` (Float64, points), ``headline`` (String), ``chances`` (List(Float64): of each grade or
    better), ``n`` (Int64) and ``status``.
    """
    grades, points = content["grades"], content["points"]
    rows: list[Sequence[Any]] = []
    for band, counts in zip(usable(content, subject), content["counts"][subject], strict=True):
        if band is None:
            rows.append((None, None, None, None, None, None if counts is None else sum(counts), "few_pupils"))
            continue
        chances = shifted(band[1], shift)
        mean, low, high, place = figures_of(chances, points, confidence)
        rows.append((mean, low, high, None if place is None else grades[place], chances, band[0], "ok"))
    rows += [(*[None] * 6, status) for status in ("prior_outside", "prior_missing")]
    schema: dict[str, Any] = {
        **dict.fromkeys(("mean", "low", "high"), pl.Float64),
        "headline": pl.String,
        "chances": pl.List(pl.Float64),
        "n": pl.Int64,
        "status": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
