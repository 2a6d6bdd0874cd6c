"""Percentages that give few pupils away: their numerators are counts, and are protected as counts are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._column_checks import refuse
from schoolframe._disclosure_cells import HIDDEN, protect
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._disclosure_tables import Part, Row

__all__ = ["percentage_reasons"]

_WORDS = {"primary": "numerator", "complementary": "complementary", "source": "extreme"}


def percentage_reasons(
    frame: pl.DataFrame,
    name: str,
    tables: Sequence[Part],
    statuses: Sequence[str],
    rule: tuple[int, int, bool],
    *,
    numerators: bool,
    extremes_below: int | None,
) -> tuple[list[str], list[int]]:
    """Return for every row whether a percentage may be shown, and the rows whose numerators nothing protects.

    A percentage may be ``shown``, or has the status of its count, or another reason why it may not.

    A numerator k of n pupils is small if k or n - k lies between 1 and the minimum - 1 (``numerator``); 0 and n are
    extreme in groups of fewer than ``extremes_below`` (``extreme``). Hidden numerators are protected under their totals
    (``complementary``), where one knows of each that it lies between 0 and n.
    """
    dtype = frame.schema[name]
    if not (dtype.is_numeric() or dtype == pl.Null):
        msg = f"percentages: column '{name}' must hold percentages, it holds {dtype}"
        raise InputError(msg)
    shares = frame[name].cast(pl.Float64).fill_nan(None).to_list()
    wrong = [f"{share} (row {row})" for row, share in enumerate(shares) if share is not None and not 0 <= share <= 100]
    refuse("percentages", name, "must hold percentages from 0 to 100", wrong)
    if not numerators:
        return list(statuses), []
    minimum = rule[0]
    parts = []
    for table in tables:
        cells: list[Row] = []
        for row, cell in zip(table.rows, table.cells, strict=True):
            pupils, share = cell[3], shares[row]
            if pupils is None or share is None:
                cells.append((*cell[:3], None, statuses[row] in HIDDEN, None))
                continue
            part = min(pupils, int(share * pupils / 100 + 0.5))
            low, high = _small_side(part, pupils, minimum)
            extreme = extremes_below is not None and pupils < extremes_below and pupils > 0 and part in (0, pupils)
            small = (low, high) != (0, pupils)
            cells.append((*cell[:3], part, statuses[row] in HIDDEN or extreme, (low, high, small)))
        parts.append(replace(table, cells=cells))
    hint = "Numerators are worked out from percentage and count: give percentages that are not rounded"
    found, unprotected = protect(parts, frame.height, rule, f"percentages: column '{name}'", hint)
    reasons = [
        own if own in HIDDEN or own == "missing" else _WORDS.get(status, "shown")
        for own, status in zip(statuses, found, strict=True)
    ]
    return reasons, [row for row in unprotected if statuses[row] not in HIDDEN]


def _small_side(part: int, pupils: int, minimum: int) -> tuple[int, int]:
    """Return the limits of a numerator: those of a small group if it or its rest is one, else 0 and all pupils."""
    if 0 < part < minimum:
        return 1, min(minimum - 1, pupils)
    if 0 < pupils - part < minimum:
        return max(pupils - minimum + 1, 0), pupils - 1
    return 0, pupils
