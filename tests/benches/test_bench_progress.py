"""Progress scores of England's schools from 600,000 pupils, beside polars' bare means of the same columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import schoolframe as sf

PUPILS, SCHOOLS = 600_000, 3_400
OUTCOMES = ["attainment_8", "english", "maths"]


@pytest.fixture(scope="module")
def pupils() -> pl.DataFrame:
    rng = np.random.default_rng(20240822)
    prior = (rng.normal(105, 7, PUPILS).clip(59, 120) * 2).round() / 2
    return pl.DataFrame(
        {
            "urn": rng.integers(100_000, 100_000 + SCHOOLS, PUPILS),
            "ks2_scaled_score": prior,
            "attainment_8": (prior - 59 + rng.normal(0, 14, PUPILS)).clip(0, 90).round(1),
            "english": rng.normal(9.5, 3.5, PUPILS).clip(0, 18).round(),
            "maths": rng.normal(9.2, 4.0, PUPILS).clip(0, 18).round(),
        }
    )


@pytest.mark.benchmark(group="progress scores of 3,400 schools from 600,000 pupils, 3 outcomes", warmup=True)
@pytest.mark.parametrize("who", ["schoolframe (scores, intervals, bands)", "polars group_by mean (no scores)"])
def test_progress_scores(benchmark: Any, pupils: pl.DataFrame, who: str) -> None:
    table = sf.EstimateTable.bundled("p8", 2024).with_limits(2.3, outcomes="attainment_8", sd={"attainment_8": 14.1})

    def ours() -> pl.DataFrame:
        return sf.progress_scores(pupils, estimates=table, outcomes=OUTCOMES).frame

    def peer() -> pl.DataFrame:
        return pupils.group_by("urn").agg(pl.col(OUTCOMES).mean())

    result = benchmark(ours if who.startswith("schoolframe") else peer)
    assert result["urn"].n_unique() == SCHOOLS


@pytest.mark.benchmark(group="scores of 600,000 pupils, 3 outcomes", warmup=True)
@pytest.mark.parametrize("who", ["schoolframe", "polars join and arithmetic (no ends, no status)"])
def test_pupil_scores(benchmark: Any, pupils: pl.DataFrame, who: str) -> None:
    table = sf.EstimateTable.bundled("p8", 2024)
    ends = table.frame.filter(outcome="attainment_8")["prior_to"]
    means = table.frame.pivot(on="outcome", index="prior_to", values="mean").sort("prior_to")

    def ours() -> pl.DataFrame:
        return pupils.select(table.scores(None, OUTCOMES)).unnest("ks2_scaled_score")

    def peer() -> pl.DataFrame:
        joined = pupils.with_columns(prior_to=ends.gather(ends.search_sorted(pupils["ks2_scaled_score"]))).join(
            means, on="prior_to", how="left", suffix="_mean"
        )
        divisors = zip(OUTCOMES, (10, 2, 2), strict=True)
        return joined.select((pl.col(name) - pl.col(f"{name}_mean")) / divisor for name, divisor in divisors)

    assert benchmark(ours if who == "schoolframe" else peer).height == PUPILS
