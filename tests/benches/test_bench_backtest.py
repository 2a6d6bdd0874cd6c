"""Invented pupils and back-tests for the size of England."""

from __future__ import annotations

from typing import Any

import pytest

import schoolframe as sf

SCHOOLS = 8_200  # of 5 to 300 pupils: 600,000 a year


@pytest.mark.benchmark(group="600,000 invented pupils")
def test_invented_pupils(benchmark: Any) -> None:
    made = benchmark.pedantic(lambda: sf.simulate_pupils(SCHOOLS, seed=1), rounds=3, warmup_rounds=1)
    assert 590_000 < made.pupils.height < 610_000


@pytest.mark.benchmark(group="back-test of 600,000 pupils, fitted on 600,000 of the year before")
def test_backtest_of_england(benchmark: Any) -> None:
    pupils = sf.simulate_pupils(SCHOOLS, years=(2018, 2019), seed=1).pupils
    points = {"attainment_8": "attainment_8"}

    def run() -> sf.EstimateBacktest:
        return sf.backtest_estimates(
            pupils,
            lambda rows: sf.EstimateModel.fit(rows, "attainment_8", "ks2", "gender", month_of_birth="month_of_birth"),
            actual=points,
            intake="ks2",
            confidence=0.8,
        )

    test = benchmark.pedantic(run, rounds=3, warmup_rounds=1)
    assert test.calibration.filter(by="all")["n"].item() > 550_000
