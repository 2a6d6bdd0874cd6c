"""Evidence for benchmarks and memory of frameworks: seeded, as large as England, and free of contradictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

import schoolframe as sf

SCHOOLS, YEARS = 24_000, 10
_KINDS = 20_000


def evidence(
    framework: sf.Framework, phase: str, *, schools: int = SCHOOLS, years: int = YEARS, missing: float = 0.0
) -> pl.DataFrame:
    """Values of every indicator that takes part in deciding, for schools and years; comparators included."""
    kinds = _drawn(framework, missing)
    drawn = framework.assign(kinds, phase=phase, invalid="null", out_of_force="allow").frame
    valid = np.flatnonzero((drawn["status"] != "invalid").to_numpy())
    rows = schools * years
    picked = kinds[np.resize(valid, rows)]
    urn = np.repeat(np.arange(100_000, 100_000 + schools), years)
    return picked.with_columns(urn=urn, year=np.tile(np.arange(2010, 2010 + years), schools))


def _drawn(framework: sf.Framework, missing: float) -> pl.DataFrame:
    """Schools with values drawn at random, some of which contradict each other."""
    rng = np.random.default_rng(2017)
    columns: dict[str, Any] = {"urn": np.arange(_KINDS)}
    listed = framework.indicators().filter("decides", pl.col("type") != "text")
    for row in listed.iter_rows(named=True):
        low, high = row["minimum"] or 0.0, row["maximum"] or 100.0
        if row["type"] == "number":
            drawn: list[Any] = rng.uniform(low, high, _KINDS).round(1).tolist()
        else:
            allowed = _allowed(row)
            drawn = [allowed[at] for at in rng.integers(0, len(allowed), _KINDS)]
        gone = rng.random(_KINDS) < missing
        columns[row["indicator"]] = [None if lost else value for value, lost in zip(drawn, gone, strict=True)]
    return pl.DataFrame(columns)


def _allowed(row: dict[str, Any]) -> list[Any]:
    """The values of a flag, a count or a choice."""
    if row["type"] == "flag":
        return [True, False]
    if row["type"] == "count":
        return list(range(9))
    words: list[str] = row["values"]
    return [int(word) for word in words] if all(word.isdigit() for word in words) else words
