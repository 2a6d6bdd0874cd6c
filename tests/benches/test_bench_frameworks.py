"""Category assignment for the size of England; no peer does the same, so the figures stand alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import schoolframe as sf

SCHOOLS = 24_000


@pytest.fixture(scope="module")
def evidence() -> pl.DataFrame:
    """Evidence on every flag, grade and choice that decides under southend_2017, three in ten values missing."""
    rng = np.random.default_rng(2017)
    columns: dict[str, Any] = {"urn": np.arange(100_000, 100_000 + SCHOOLS)}
    rows = sf.Framework.load("southend_2017").indicators().filter("decides", pl.col("type").is_in(["flag", "choice"]))
    for name, kind, values in rows.select("indicator", "type", "values").iter_rows():
        missing = rng.random(SCHOOLS) < 0.3
        whole = kind == "choice" and all(value.isdigit() for value in values)
        allowed: list[Any] = [True, False] if kind == "flag" else [int(value) if whole else value for value in values]
        drawn = rng.integers(0, len(allowed), SCHOOLS)
        columns[name] = [None if gone else allowed[at] for gone, at in zip(missing, drawn, strict=True)]
    return pl.DataFrame(columns)


@pytest.mark.benchmark(group="southend_2017, 24,000 schools, 30 % of the evidence missing")
@pytest.mark.parametrize("who", ["schoolframe assign", "schoolframe assign and frame", "schoolframe batches.assign"])
def test_assign(benchmark: Any, evidence: pl.DataFrame, who: str) -> None:
    framework = sf.Framework.load("southend_2017")
    calls = {
        "schoolframe assign": lambda: framework.assign(evidence, phase="secondary"),
        "schoolframe assign and frame": lambda: framework.assign(evidence, phase="secondary").frame,
        "schoolframe batches.assign": lambda: sf.batches.assign(evidence, framework, phase="secondary"),
    }
    assert len(benchmark(calls[who])) == SCHOOLS
