"""School percentiles of progress: the anchors of 2019, chances against scipy, boundaries, refusals."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError

SD = 1.2827


@pytest.fixture(scope="module")
def england() -> pl.DataFrame:
    """The mainstream schools of the provisional file of 2018/19."""
    tables = sf.samples.ks4().schools
    return tables.filter(pl.col("year") == 2019, pl.col("rectype") == 1)


@pytest.fixture(scope="module")
def benchmarks(england: pl.DataFrame) -> sf.SchoolBenchmarks:
    return sf.SchoolBenchmarks.fit(england, "P8MEA", "P8PUP", sd=SD, year=2019, source="secondary schools of England")


def spread(schools: int, pupils: int = 100) -> pl.DataFrame:
    return pl.DataFrame({"x": [at / 10 for at in range(schools)], "n": [pupils] * schools})


def test_anchors_of_progress_8_in_2019(benchmarks: sf.SchoolBenchmarks) -> None:
    assert benchmarks.groups["schools"].item() == 3180
    assert benchmarks.groups["tau2"].item() == pytest.approx(0.211385 + 0.22428 / 3179, abs=1e-6)
    frame = benchmarks.frame
    assert frame["rank"].to_list() == list(range(1, 100))
    ranks = [95, 80, 75, 50, 25, 20, 5]
    rows = frame[[rank - 1 for rank in ranks]]
    assert rows["shrunken"].to_list() == pytest.approx([-0.736, -0.373, -0.297, -0.029, 0.270, 0.355, 0.733], abs=6e-4)
    assert rows["raw"].to_list() == pytest.approx([-0.79, -0.39, -0.31, -0.03, 0.29, 0.38, 0.78], abs=5e-3)
    assert benchmarks.progress(20) == pytest.approx(0.38, abs=5e-3)
    assert benchmarks.progress(5) == pytest.approx(0.76, abs=5e-3)
    assert benchmarks.progress(50) == 0.0
    assert "not FFT data" in repr(benchmarks)
    assert dict(benchmarks.rows.rows())["used"] == 3180


def test_worked_examples_of_shrinkage(benchmarks: sf.SchoolBenchmarks) -> None:
    three = pl.DataFrame({"P8MEA": [0.60, 0.60, -0.80], "P8PUP": [40, 180, 25]})
    found = three.select(benchmarks.apply()).unnest("P8MEA")
    assert found["shrunken"].to_list() == pytest.approx([0.4999, 0.5745, -0.6135], abs=1e-4)
    reliability = [0.8371, 0.9586, 0.7626]
    expected = [(b * SD**2 / n) ** 0.5 for b, n in zip(reliability, [40, 180, 25], strict=True)]
    assert found["se"].to_list() == pytest.approx(expected, rel=1e-4)


def test_chances_are_tails_of_the_normal(england: pl.DataFrame, benchmarks: sf.SchoolBenchmarks) -> None:
    some = england.head(200)
    found = some.select(benchmarks.apply(ranks=(25, 5))).unnest("P8MEA").drop_nulls("shrunken")
    assert found.columns == ["shrunken", "se", "chance_top_25", "chance_top_5", "level", "status"]
    for rank in (25, 5):
        benchmark = benchmarks.frame["shrunken"][rank - 1]
        oracle = stats.norm.sf(benchmark, found["shrunken"].to_numpy(), found["se"].to_numpy())
        np.testing.assert_allclose(found[f"chance_top_{rank}"].to_numpy(), oracle, rtol=1e-9, atol=1e-12)
    reached = pl.when(pl.col("chance_top_5") >= 0.5).then(5).when(pl.col("chance_top_25") >= 0.5).then(25)
    assert found["level"].to_list() == found.select(reached.alias("level"))["level"].to_list()


def test_a_level_is_reached_at_an_even_chance() -> None:
    benchmarks = sf.SchoolBenchmarks.fit(spread(101), "x", "n", sd=1.0)
    # Rank 20 of 0.0, 0.1 .. 10.0 is the school with 8.0: its own shrunken score is the benchmark.
    found = pl.DataFrame({"x": [7.999, 8.0, 8.001], "n": [100] * 3}).select(benchmarks.apply(ranks=[20])).unnest("x")
    chances = found["chance_top_20"].to_list()
    assert chances[0] < 0.5 < chances[2]
    assert chances[1] == pytest.approx(0.5, abs=1e-9)
    assert [found["level"][0], found["level"][2]] == [None, 20]


def test_raw_benchmarks_lie_farther_apart(england: pl.DataFrame, benchmarks: sf.SchoolBenchmarks) -> None:
    raw = sf.SchoolBenchmarks.fit(england, "P8MEA", "P8PUP", sd=SD, shrink=False)
    assert raw.progress(5) > benchmarks.progress(5)
    assert raw.progress(5) == pytest.approx(raw.frame["raw"][4] - raw.frame["raw"][49])
    assert raw.frame.select("raw", "shrunken").equals(benchmarks.frame.select("raw", "shrunken"))


@pytest.mark.parametrize("method", ["moments", "reml"])
def test_the_shrinkage_is_that_of_shrinkage(england: pl.DataFrame, method: str) -> None:
    benchmarks = sf.SchoolBenchmarks.fit(england, "P8MEA", "P8PUP", sd=SD, method=method)  # type: ignore[arg-type]
    shrinkage = sf.Shrinkage.fit(england, "P8MEA", "P8PUP", sd=SD, method=method, min_group=11)  # type: ignore[arg-type]
    same = shrinkage.groups.select("schools", "mean", "tau2", "tau", "reliability")
    assert benchmarks.groups.rows() == same.rows()


def test_key_stage_2_progress_in_2019() -> None:
    """Raw quantiles of schools, one decimal: reading, writing and maths. The table holds no numbers of pupils."""
    schools = sf.samples.ks2().schools.filter(pl.col("year") == 2019, pl.col("rectype") == 1).with_columns(n=40)
    anchors = {
        "READPROG": [-3.7, -1.8, 0.1, 2.1, 4.1],
        "WRITPROG": [-3.6, -1.6, 0.2, 1.8, 3.4],
        "MATPROG": [-4.1, -2.0, 0.0, 2.0, 3.9],
    }
    for score, expected in anchors.items():
        fit = sf.SchoolBenchmarks.fit(schools, score, "n", sd=6.0)
        assert fit.groups["schools"].item() == pytest.approx(14_830, abs=20)
        raw = fit.frame["raw"]
        assert [raw[rank - 1] for rank in (95, 80, 50, 20, 5)] == pytest.approx(expected, abs=0.05)


def test_groups_learn_apart() -> None:
    both = pl.concat([spread(30).with_columns(year=2018), spread(30).with_columns(pl.col("x") + 1, year=2019)])
    benchmarks = sf.SchoolBenchmarks.fit(both, "x", "n", sd=1.0, by="year")
    frame = benchmarks.frame
    assert frame.columns == ["year", "rank", "raw", "shrunken", "progress"]
    later, earlier = (frame.filter(pl.col("year") == year)["raw"] for year in ("2019", "2018"))
    assert (later - earlier).to_list() == pytest.approx([1.0] * 99)
    found = both.select(benchmarks.apply()).unnest("x")
    assert found["level"][:30].to_list() == found["level"][30:].to_list()
    with pytest.raises(InputError, match="rank: these benchmarks are by year"):
        benchmarks.progress(20)
    with pytest.raises(pl.exceptions.ComputeError, match="group '2020'.*does not exist"):
        both.with_columns(year=2020).select(benchmarks.apply())


@pytest.mark.parametrize(("n", "status"), [(5, "below_minimum"), (6, "ok"), (None, "missing")])
def test_the_smallest_school_that_is_placed(n: int | None, status: str) -> None:
    benchmarks = sf.SchoolBenchmarks.fit(spread(30), "x", "n", sd=1.0)
    frame = pl.DataFrame({"x": [1.0], "n": [n]}, schema={"x": pl.Float64, "n": pl.Int64})
    row = frame.select(benchmarks.apply()).unnest("x").row(0, named=True)
    assert row["status"] == status
    assert all((row[name] is None) == (status != "ok") for name in ("shrunken", "se", "chance_top_50"))


@pytest.mark.parametrize(("pupils", "counts"), [(10, 0), (11, 1), (12, 1)])
def test_the_smallest_school_that_counts(pupils: int, counts: int) -> None:
    frame = pl.concat([spread(30), pl.DataFrame({"x": [1.0], "n": [pupils]})])
    assert sf.SchoolBenchmarks.fit(frame, "x", "n", sd=1.0).groups["schools"].item() == 30 + counts


def test_schools_that_do_not_differ_have_no_level() -> None:
    alike = pl.DataFrame({"x": [0.1, 0.2] * 15, "n": [30] * 30})
    benchmarks = sf.SchoolBenchmarks.fit(alike, "x", "n", sd=3.0)
    row = pl.DataFrame({"x": [4.0], "n": [30]}).select(benchmarks.apply()).unnest("x").row(0, named=True)
    assert (row["status"], row["level"], row["chance_top_5"]) == ("no_spread", None, None)
    assert row["se"] == 0.0


def test_kept_as_text(benchmarks: sf.SchoolBenchmarks) -> None:
    text = benchmarks.to_json()
    again = sf.SchoolBenchmarks.from_json(text)
    assert again == benchmarks
    assert again.content_hash == benchmarks.content_hash
    assert (again.source, again.year) == ("secondary schools of England", 2019)
    assert "schools" in again._repr_html_()
    content = json.loads(text)
    for change in (
        {"min_school": -1},
        {"year": "2019"},
        {"benchmarks": content["benchmarks"] | {"groups": []}},
        {"rows": "all"},
        {"kind": "shrinkage"},
    ):
        with pytest.raises(InputError):
            sf.SchoolBenchmarks.from_json(json.dumps(content | change))


def test_refusals() -> None:
    fit = sf.SchoolBenchmarks.fit
    with pytest.raises(InputError, match="at least 20 schools that count, and 19 do"):
        fit(spread(19), "x", "n", sd=1.0)
    with pytest.raises(InputError, match="min_group: 12 is above min_school, 11"):
        fit(spread(30), "x", "n", sd=1.0, min_group=12)
    with pytest.raises(InputError, match="sd: a finite number above 0"):
        fit(spread(30), "x", "n", sd=0.0)
    with pytest.raises(UnknownNameError, match="'y'"):
        fit(spread(30), "y", "n", sd=1.0)
    with pytest.raises(InputError, match="by: column 'x' must hold texts or whole numbers"):
        fit(spread(30), "x", "n", sd=1.0, by="x")
    with pytest.raises(UnknownNameError, match="method"):
        fit(spread(30), "x", "n", sd=1.0, method="ml")  # type: ignore[arg-type]
    benchmarks = fit(spread(30), "x", "n", sd=1.0)
    for ranks in ([], [0], [100], [20, 20], [2.5], "20"):
        with pytest.raises(InputError, match="ranks"):
            benchmarks.apply(ranks=ranks)  # type: ignore[arg-type]
    with pytest.raises(pl.exceptions.ComputeError, match="finite"):
        pl.DataFrame({"x": [float("inf")], "n": [50]}).select(benchmarks.apply())


@given(st.lists(st.floats(-3, 3), min_size=20, max_size=60), st.integers(11, 300))
def test_quantiles_are_type_7(scores: list[float], n: int) -> None:
    frame = pl.DataFrame({"x": scores, "n": [n] * len(scores)})
    benchmarks = sf.SchoolBenchmarks.fit(frame, "x", "n", sd=1.0)
    oracle = np.quantile(scores, 1 - np.arange(1, 100) / 100)
    np.testing.assert_allclose(benchmarks.frame["raw"].to_numpy(), oracle, atol=1e-9)
    assert benchmarks.frame["shrunken"].is_sorted(descending=True)
