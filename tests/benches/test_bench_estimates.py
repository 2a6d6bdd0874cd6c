"""Estimates of pupils for the size of England: time and memory, beside least squares by statsmodels on one outcome."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import schoolframe as sf

if TYPE_CHECKING:
    from pathlib import Path

OUTCOMES = ["y0", "y1", "y2"]
# Linux only. The high-water mark is reset after a small fit, so that imports do not count.
STATUS = """
import sys, polars as pl, schoolframe as sf
def status(name):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(name))
outcomes = ["y0", "y1", "y2"]
def fitted(frame):
    return sf.EstimateModel.fit(frame, outcomes, "ks2", "sex", month_of_birth="month", min_school=1, min_group=1)
"""
FIT_PEAK = """
frame = pl.read_parquet(sys.argv[1])
fitted(frame.head(20_000))
before = status("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
fitted(frame)
print((status("VmHWM") - before) / frame.estimated_size())
"""
STREAM_PEAK = """
model = fitted(pl.scan_parquet(sys.argv[1]).head(20_000).collect())
before = status("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
# Means are taken, for a file that is written needs memory of its own.
means = [model.apply(outcome).struct.field("fft20").mean().alias(outcome) for outcome in outcomes]
found = pl.scan_parquet(sys.argv[1]).select(means).collect(engine="streaming")
assert found.null_count().sum_horizontal().item() == 0
print((status("VmHWM") - before) / 2**20)
"""


def pupils(rows: int) -> pl.DataFrame:
    """Random pupils in random schools, three outcomes in points and as grades."""
    rng = np.random.default_rng(20190831)
    school = rng.integers(0, 3_400, rows)
    ks2 = np.clip(np.round(2 * rng.normal(104, 8, rows)) / 2, 80, 120)
    male, month = rng.random(rows) < 0.5, rng.integers(1, 13, rows)
    effect = rng.normal(size=3_400)[school]
    linear = 1.4 * (ks2 - 104) - 3 * male - 0.15 * month
    points = {name: 45 + linear + 4 * effect + 9 * rng.normal(size=rows) for name in OUTCOMES}
    cuts = np.linspace(-4, 4, 9)
    grades = {f"g{at}": np.searchsorted(cuts, linear / 5 + 0.8 * effect + rng.logistic(size=rows)) for at in range(3)}
    sex = np.where(male, "M", "F")
    return pl.DataFrame({"urn": 100_000 + school, "ks2": ks2, "sex": sex, "month": month, **points, **grades})


def measured(script: str, *arguments: Path) -> float:
    call = [sys.executable, "-c", STATUS + script, *map(str, arguments)]
    return float(subprocess.run(call, capture_output=True, text=True, check=True).stdout)


@pytest.mark.benchmark(group="estimates, 600,000 pupils, 3 outcomes, fitted and estimated at 3 ranks")
@pytest.mark.parametrize("kind", ["points", "grades"])
def test_estimates_of_england(benchmark: Any, tmp_path: Path, kind: str) -> None:
    names = OUTCOMES if kind == "points" else ["g0", "g1", "g2"]
    frame = pupils(600_000).select("urn", "ks2", "sex", "month", *names)
    grades = None if kind == "points" else names

    def run() -> pl.DataFrame:
        model = sf.EstimateModel.fit(frame, names, "ks2", "sex", month_of_birth="month", grades=grades)
        return model.estimate(frame, keep=["urn"]).frame

    assert benchmark.pedantic(run, rounds=3, warmup_rounds=1).height == 1_800_000
    if kind == "points":
        frame.write_parquet(tmp_path / "pupils.parquet")
        benchmark.extra_info["memory of the fit / frame"] = round(measured(FIT_PEAK, tmp_path / "pupils.parquet"), 2)


@pytest.mark.benchmark(group="estimates as an expression in the streaming engine")
@pytest.mark.parametrize("rows", [600_000, 2_400_000])
def test_streaming(benchmark: Any, tmp_path: Path, rows: int) -> None:
    pupils(rows).write_parquet(tmp_path / "pupils.parquet", row_group_size=100_000)
    peak = benchmark.pedantic(lambda: measured(STREAM_PEAK, tmp_path / "pupils.parquet"), rounds=1)
    benchmark.extra_info["peak MiB"] = round(peak)
    assert peak > 0


@pytest.mark.benchmark(group="expected outcome of 100,000 pupils, one outcome")
@pytest.mark.parametrize("who", ["schoolframe", "statsmodels OLS"])
def test_beside_least_squares(benchmark: Any, who: str) -> None:
    frame = pupils(100_000).with_columns(male=(pl.col("sex") == "M").cast(pl.Float64))

    def ours() -> np.ndarray:
        model = sf.EstimateModel.fit(frame, "y0", "ks2", "sex", month_of_birth="month", method="moments")
        return model.estimate(frame, keep=[]).frame["expected"].to_numpy()

    def plain() -> np.ndarray:
        import statsmodels.formula.api as smf

        given = frame.to_pandas()
        return np.asarray(
            smf.ols("y0 ~ cr(ks2, df=4) + male + month - 1", given).fit().get_prediction(given).predicted_mean
        )

    assert benchmark.pedantic(ours if who == "schoolframe" else plain, rounds=3, warmup_rounds=1).size == 100_000
