"""Measures on 72,000 school-years, beside what polars or scipy offers for the same step."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.spatial import cKDTree

import schoolframe as sf

OURS = pytest.mark.parametrize("who", ["schoolframe"])


@pytest.mark.benchmark(group="progress band, 72,000 rows")
@pytest.mark.parametrize("who", ["schoolframe", "polars when/then (no checks)"])
def test_progress_band(benchmark: Any, schools: pl.DataFrame, who: str) -> None:
    score, low, high = pl.col("p8"), pl.col("low"), pl.col("high")
    written_out = (
        pl.when((low <= 0) & (high >= 0)).then(3)
        .when((low > 0) & (score >= 0.5)).then(1).when(low > 0).then(2)
        .when(score < -0.5).then(5).when(high < 0).then(4)
    )  # fmt: skip
    expression = sf.progress_band("p8", "low", "high") if who == "schoolframe" else written_out
    result = benchmark(lambda: schools.select(expression))
    assert result.height == schools.height


@pytest.mark.benchmark(group="percentile rank, 72,000 rows")
@pytest.mark.parametrize("who", ["schoolframe", "polars rank (no NaN rule)", "scipy percentileofscore"])
def test_percentile_rank(benchmark: Any, schools: pl.DataFrame, who: str) -> None:
    values = schools["p8"].to_numpy()
    calls = {
        "schoolframe": lambda: schools.select(sf.percentile_rank("p8", direction="higher_better")),
        "polars rank (no NaN rule)": lambda: schools.select((pl.col("p8").rank("average") - 0.5) * 100 / pl.len()),
        "scipy percentileofscore": lambda: stats.percentileofscore(values, values[:2_000], kind="mean"),
    }
    assert benchmark(calls[who]) is not None


@pytest.mark.benchmark(group="percentile rank in 3,000 groups, 1,000,000 rows")
@pytest.mark.parametrize("who", ["schoolframe", "polars rank (no NaN rule, no minimum)"])
def test_percentile_rank_in_groups(benchmark: Any, who: str) -> None:
    rng = np.random.default_rng(20190831)
    frame = pl.DataFrame({"group": rng.integers(0, 3_000, 1_000_000), "p8": rng.normal(0, 0.46, 1_000_000).round(2)})
    rank = sf.percentile_rank("p8", direction="higher_better") if who == "schoolframe" else pl.col("p8").rank("average")
    assert benchmark(lambda: frame.select(rank.over("group"))).height == frame.height


@pytest.mark.benchmark(group="20 similar schools of 24,000 by 5 features")
@pytest.mark.parametrize("who", ["schoolframe", "scipy cKDTree (no ties, nothing missing)"])
def test_similar_schools(benchmark: Any, who: str) -> None:
    rng = np.random.default_rng(20190831)
    names = ["a", "b", "c", "d", "e"]
    frame = pl.DataFrame({name: rng.normal(size=24_000) for name in names}).with_columns(
        urn=pl.int_range(100_000, 124_000), phase=pl.lit("primary")
    )

    def peer() -> Any:
        points = frame.select(names).to_numpy()
        tree = cKDTree(points / points.std(axis=0, ddof=1))
        return tree.query(tree.data, k=21, workers=-1)

    calls = {
        "schoolframe": lambda: sf.similar_schools(frame, features=names, k=20),
        "scipy cKDTree (no ties, nothing missing)": peer,
    }
    assert benchmark(calls[who]) is not None


@pytest.mark.benchmark(group="percentile bands fitted by year and applied, 72,000 rows")
@pytest.mark.parametrize("who", ["schoolframe", "polars quantile and join"])
def test_percentile_bands(benchmark: Any, schools: pl.DataFrame, who: str) -> None:
    def ours() -> pl.DataFrame:
        bands = sf.PercentileBands.fit(schools, "rwm", direction="higher_better", by="year")
        return schools.select(bands.apply())

    def peer() -> pl.DataFrame:
        cuts = schools.group_by("year").agg(
            pl.col("rwm").quantile(q, "linear").alias(f"q{index}") for index, q in enumerate([0.25, 0.5, 0.75])
        )
        joined = schools.join(cuts, on="year", how="left")
        return joined.select(4 - pl.sum_horizontal(pl.col("rwm") >= pl.col(f"q{index}") for index in range(3)))

    assert benchmark(ours if who == "schoolframe" else peer).height == schools.height


@pytest.mark.benchmark(group="code against national, 72,000 rows")
@pytest.mark.parametrize("who", ["schoolframe", "polars when/then (binary, not decimal)"])
def test_code_against_national(benchmark: Any, schools: pl.DataFrame, who: str) -> None:
    difference = pl.col("rwm") - 65
    written_out = pl.when(difference >= 5).then(pl.lit("above")).when(difference <= -5).then(pl.lit("below"))
    expression = (
        sf.code_against_national("rwm", 65) if who == "schoolframe" else written_out.otherwise(pl.lit("in_line"))
    )
    assert benchmark(lambda: schools.select(expression)).height == schools.height


@pytest.mark.benchmark(group="gap with interval and test, 72,000 rows")
@pytest.mark.parametrize("who", ["schoolframe", "scipy ttest_ind_from_stats"])
def test_gap(benchmark: Any, schools: pl.DataFrame, who: str) -> None:
    a, n_a, b, n_b = (schools[name].to_numpy() for name in ("mean_a", "n_a", "mean_b", "n_b"))
    gap = sf.gap_test("mean_a", "n_a", "mean_b", "n_b", method="welch", sd=1.2, other_sd=1.3)

    def peer() -> Any:
        test = stats.ttest_ind_from_stats(a, 1.2, n_a, b, 1.3, n_b, equal_var=False)
        var_a, var_b = 1.44 / n_a, 1.69 / n_b
        freedom = (var_a + var_b) ** 2 / (var_a**2 / (n_a - 1) + var_b**2 / (n_b - 1))
        return test, stats.t.ppf(0.975, freedom) * np.sqrt(var_a + var_b)

    calls = {
        "schoolframe": lambda: schools.select(gap),
        "scipy ttest_ind_from_stats": peer,
    }
    assert benchmark(calls[who]) is not None


@pytest.mark.benchmark(group="next benchmark, 72,000 rows")
@OURS
def test_next_benchmark(benchmark: Any, schools: pl.DataFrame, who: str) -> None:
    assert who == "schoolframe"
    result = benchmark(lambda: schools.select(sf.next_benchmark("rwm", "fft50", "fft20", "fft5")))
    assert result.height == schools.height
