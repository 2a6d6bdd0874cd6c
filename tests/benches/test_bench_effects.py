"""School effects beside statsmodels and lme4: time for 20,000 pupils, time and memory for the size of England."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import schoolframe as sf

if TYPE_CHECKING:
    from pathlib import Path

FORMULA = "y ~ x0 + x1 + x2"
# lme4 times itself, so that starting R and reading the file do not count.
LME4 = """
suppressPackageStartupMessages(library(lme4))
d <- read.csv(commandArgs(TRUE)[1])
for (round in 1:6) cat(system.time(lmer(y ~ x0 + x1 + x2 + (1 | urn), d))[["elapsed"]], "\\n")
"""
# Linux only. The high-water mark is reset after a small fit, so that imports do not count.
PEAK = """
import sys, polars as pl, schoolframe as sf
def status(name):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(name))
frame = pl.read_parquet(sys.argv[1])
fixed = [name for name in frame.columns if name.startswith("x")]
sf.RandomInterceptModel.fit(frame.head(2_000), "y", fixed)
before = status("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
model = sf.RandomInterceptModel.fit(frame, "y", fixed)
print((status("VmHWM") - before) / frame.estimated_size())
"""


def pupils(rows: int, schools: int, covariates: int) -> pl.DataFrame:
    """Random pupils in random schools."""
    rng = np.random.default_rng(20190831)
    school = rng.integers(0, schools, rows)
    x = rng.normal(size=(rows, covariates)) + 0.5 * rng.normal(size=(schools, covariates))[school]
    y = 3 + x.sum(axis=1) + 0.46 * rng.normal(size=schools)[school] + rng.normal(size=rows)
    return pl.DataFrame({"urn": 100_000 + school, "y": y, **{f"x{at}": x[:, at] for at in range(covariates)}})


@pytest.mark.benchmark(group="random-intercept model, 20,000 pupils, 250 schools, 3 covariates")
@pytest.mark.parametrize("who", ["schoolframe", "statsmodels MixedLM"])
def test_model(benchmark: Any, tmp_path: Path, who: str) -> None:
    frame = pupils(20_000, 250, 3)
    if who == "schoolframe":
        run = lambda: sf.RandomInterceptModel.fit(frame, "y", ["x0", "x1", "x2"])  # noqa: E731
        assert benchmark.pedantic(run, rounds=10, warmup_rounds=1).effects.height == 250
        seconds = lme4_seconds(frame, tmp_path)
        benchmark.extra_info["lme4"] = "not installed" if seconds is None else f"{1000 * seconds:.0f} ms inside R"
        return
    import statsmodels.formula.api as smf

    given = frame.to_pandas()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = benchmark.pedantic(lambda: smf.mixedlm(FORMULA, given, groups="urn").fit(), rounds=3)
    assert len(fitted.random_effects) == 250


def lme4_seconds(frame: pl.DataFrame, folder: Path) -> float | None:
    """Return the median time of five fits by lme4, without starting R and reading the file; None if it is not there."""
    if shutil.which("Rscript") is None:
        return None
    frame.write_csv(folder / "pupils.csv")
    (folder / "time.R").write_text(LME4, encoding="utf-8")
    call = ["Rscript", str(folder / "time.R"), str(folder / "pupils.csv")]
    run = subprocess.run(call, capture_output=True, text=True, check=False)
    return None if run.returncode else float(np.median([float(line) for line in run.stdout.split()][1:]))


@pytest.mark.benchmark(group="random-intercept model, 600,000 pupils, 3,400 schools, 10 covariates")
@pytest.mark.parametrize("who", ["schoolframe"])
def test_model_of_england(benchmark: Any, tmp_path: Path, who: str) -> None:
    frame = pupils(600_000, 3_400, 10)
    fixed = [f"x{at}" for at in range(10)]
    frame.write_parquet(tmp_path / "pupils.parquet")
    call = [sys.executable, "-c", PEAK, str(tmp_path / "pupils.parquet")]
    run = subprocess.run(call, capture_output=True, text=True, check=True)
    benchmark.extra_info["memory / frame"] = round(float(run.stdout), 2)
    model = benchmark.pedantic(lambda: sf.RandomInterceptModel.fit(frame, "y", fixed), rounds=3, warmup_rounds=1)
    assert who == "schoolframe"
    assert model.variances["schools"].item() == 3_400


@pytest.mark.benchmark(group="shrinkage and funnel positions, 72,000 rows")
@pytest.mark.parametrize("who", ["schoolframe Shrinkage", "schoolframe FunnelLimits"])
def test_shrinkage_and_funnel(benchmark: Any, schools: pl.DataFrame, who: str) -> None:
    def shrink() -> pl.DataFrame:
        return schools.select(sf.Shrinkage.fit(schools, "mean_a", "n_a", sd=1.28, method="reml").apply())

    def funnel() -> pl.DataFrame:
        limits = sf.FunnelLimits.fit(schools, "mean_a", "n_a", sd=1.28, overdispersion="additive")
        return schools.select(limits.apply())

    assert benchmark(shrink if who.endswith("Shrinkage") else funnel).height == schools.height
