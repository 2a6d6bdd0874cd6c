"""Shrinkage against the published scores of England, formulas and a maximum found by scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

SCHOOLS = pl.DataFrame({"p8": [0.60, -0.80, 0.10, -0.20, 0.3], "n": [40, 25, 180, 120, 11]})


@pytest.fixture(scope="module")
def england(data: Path) -> pl.DataFrame:
    """The mainstream schools of the provisional file of 2018/19."""
    tables = sf.read_performance_tables(data / "ks4" / "england_2018-2019_ks4provisional.csv.gz")
    return tables.schools.filter(pl.col("rectype") == 1)


def test_progress_8_of_england_in_2019(england: pl.DataFrame) -> None:
    shrinkage = sf.Shrinkage.fit(england, "P8MEA", "P8PUP", sd=1.2827, min_group=11)
    found = shrinkage.groups.row(0, named=True)
    assert found["schools"] == 3180
    # The reference takes the variance over J, the estimate here over J - 1.
    assert found["variance"] * 3179 / 3180 == pytest.approx(0.22428, abs=5e-6)
    assert found["sampling_variance"] == pytest.approx(0.012896, abs=5e-7)
    assert found["tau2"] - found["variance"] / 3180 == pytest.approx(0.211385, abs=5e-7)
    assert found["tau"] == pytest.approx(0.460, abs=5e-4)
    assert found["reliability"] == pytest.approx(0.9425, abs=5e-5)
    shrunken = england.select(shrinkage.apply()).unnest("P8MEA")["shrunken"].drop_nulls()
    quantiles = [shrunken.quantile(part, interpolation="linear") for part in (0.05, 0.2, 0.25, 0.5, 0.75, 0.8, 0.95)]
    assert quantiles == pytest.approx([-0.736, -0.373, -0.297, -0.029, 0.270, 0.355, 0.733], abs=6e-4)
    assert shrinkage.rows["rows"].sum() == england.height


def test_worked_examples(england: pl.DataFrame) -> None:
    shrinkage = sf.Shrinkage.fit(england, "P8MEA", "P8PUP", sd=1.2827, min_group=11)
    frame = pl.DataFrame({"P8MEA": [0.60, 0.60, -0.80], "P8PUP": [40, 180, 25]})
    found = frame.select(shrinkage.apply()).unnest("P8MEA")
    assert found["reliability"].to_list() == pytest.approx([0.8371, 0.9586, 0.7626], abs=1e-4)
    assert found["shrunken"].to_list() == pytest.approx([0.4999, 0.5745, -0.6135], abs=1e-4)
    half = (found["ci_high"] - found["shrunken"]).to_numpy()
    assert half.tolist() == pytest.approx((1.96 * found["se"].to_numpy()).tolist())


score = st.floats(-2, 2)
number = st.integers(6, 300)


@given(st.lists(st.tuples(score, number), min_size=3, max_size=40), st.floats(0.2, 3))
def test_moments_and_restricted_likelihood(schools: list[tuple[float, int]], sd: float) -> None:
    y, n = (np.array(part, dtype=float) for part in zip(*schools, strict=True))
    v = sd**2 / n
    frame = pl.DataFrame({"y": y, "n": n})
    moments = sf.Shrinkage.fit(frame, "y", "n", sd=sd).groups.row(0, named=True)
    assert moments["tau2"] == pytest.approx(max(0.0, y.var(ddof=1) - v.mean()), abs=1e-12)
    assert moments["mean"] == pytest.approx(y.mean(), abs=1e-12)

    def criterion(tau2: float) -> float:
        w = 1 / (tau2 + v)
        mean = (w * y).sum() / w.sum()
        return float(np.log(tau2 + v).sum() + np.log(w.sum()) + (w * (y - mean) ** 2).sum())

    reml = sf.Shrinkage.fit(frame, "y", "n", sd=sd, method="reml").groups.row(0, named=True)
    upper = 4 * y.var() + 4 * v.max()
    best = optimize.minimize_scalar(criterion, bounds=(0, upper), method="bounded")
    assert criterion(reml["tau2"]) <= min(best.fun, criterion(0.0)) + 1e-9
    w = 1 / (reml["tau2"] + v)
    assert reml["mean"] == pytest.approx((w * y).sum() / w.sum(), abs=1e-9)


@pytest.mark.parametrize(("n", "status"), [(5, "below_minimum"), (6, "ok"), (7, "ok"), (None, "missing")])
def test_the_smallest_school_that_is_shown(n: int | None, status: str) -> None:
    shrinkage = sf.Shrinkage.fit(SCHOOLS, "p8", "n", sd=1.2827)
    frame = pl.DataFrame({"p8": [0.5], "n": [n]}, schema={"p8": pl.Float64, "n": pl.Int64})
    row = frame.select(shrinkage.apply()).unnest("p8").row(0, named=True)
    assert row["status"] == status
    assert all((row[name] is None) == (status != "ok") for name in ("shrunken", "reliability", "se", "ci_low"))
    fit = sf.Shrinkage.fit(pl.concat([SCHOOLS, frame]), "p8", "n", sd=1.2827)
    assert fit.groups["schools"].item() == (6 if status == "ok" else 5)


def test_schools_that_do_not_differ_are_drawn_to_the_mean() -> None:
    alike = pl.DataFrame({"p8": [0.10, 0.12, 0.08, 0.11], "n": [30, 40, 50, 60]})
    for method in ("moments", "reml"):
        shrinkage = sf.Shrinkage.fit(alike, "p8", "n", sd=1.2827, method=method)
        found = alike.select(shrinkage.apply()).unnest("p8")
        assert shrinkage.groups["tau2"].item() == 0.0
        assert found["shrunken"].to_list() == pytest.approx([shrinkage.groups["mean"].item()] * 4)
        assert found["se"].to_list() == [0.0] * 4


def test_groups_learn_apart() -> None:
    frame = pl.concat([SCHOOLS.with_columns(year=pl.lit(2018)), SCHOOLS.with_columns(pl.col("p8") + 1, year=2019)])
    both = frame.with_columns(phase=pl.lit("secondary"))
    shrinkage = sf.Shrinkage.fit(both, "p8", "n", sd=1.2827, by=["year", "phase"])
    assert shrinkage.groups.select("year", "phase", "schools").rows() == [
        ("2018", "secondary", 5),
        ("2019", "secondary", 5),
    ]
    found = both.select(shrinkage.apply()).unnest("p8")["shrunken"].to_numpy()
    assert (found[5:] - found[:5]).tolist() == pytest.approx([1.0] * 5)
    alone = SCHOOLS.select(sf.Shrinkage.fit(SCHOOLS, "p8", "n", sd=1.2827).apply()).unnest("p8")["shrunken"]
    assert found[:5].tolist() == pytest.approx(alone.to_list())
    with pytest.raises(pl.exceptions.ComputeError, match="group '2020.*does not exist"):
        both.with_columns(year=2020).select(shrinkage.apply())
    unknown = both.with_columns(year=pl.lit(None, dtype=pl.Int32)).select(shrinkage.apply()).unnest("p8")
    assert unknown["status"].unique().to_list() == ["missing"]


def test_the_text_reads_back() -> None:
    shrinkage = sf.Shrinkage.fit(SCHOOLS, "p8", "n", sd=1.2827, source="five schools", year=2019)
    again = sf.Shrinkage.from_json(shrinkage.to_json())
    assert again == shrinkage
    assert again.content_hash == shrinkage.content_hash
    assert "Shrinkage of five schools, 2019: p8, by moments" in repr(again)
    assert "<table" in again._repr_html_()
    for text in ("{}", "nothing", shrinkage.to_json().replace('"tau2":', '"tau":')):
        with pytest.raises(InputError):
            sf.Shrinkage.from_json(text)


def test_what_is_wrong_is_named() -> None:
    fit = sf.Shrinkage.fit
    with pytest.raises(UnknownNameError, match="column 'p9' is not there. There are: p8, n"):
        fit(SCHOOLS, "p9", "n", sd=1.0)
    with pytest.raises(InputError, match="score: column 'p8' must hold numbers, it holds String"):
        fit(SCHOOLS.with_columns(pl.col("p8").cast(pl.String)), "p8", "n", sd=1.0)
    with pytest.raises(InputError, match=r"n: column 'n' must not be under 0; 5 values .*: -40 \(row 0\)"):
        fit(SCHOOLS.with_columns(-pl.col("n")), "p8", "n", sd=1.0)
    with pytest.raises(InputError, match=r"column 'p8' must hold finite numbers; 5 values .*: inf \(row 0\)"):
        fit(SCHOOLS.with_columns(p8=pl.lit(float("inf"))), "p8", "n", sd=1.0)
    with pytest.raises(InputError, match="sd: a finite number above 0 is needed, not 0"):
        fit(SCHOOLS, "p8", "n", sd=0.0)
    with pytest.raises(InputError, match="at least 2 schools that count, and 0 do"):
        fit(SCHOOLS.clear(), "p8", "n", sd=1.0)
    with pytest.raises(InputError, match="at least 2 schools that count, and 1 do"):
        fit(SCHOOLS.head(1), "p8", "n", sd=1.0)
    with pytest.raises(UnknownNameError, match="method 'bayes' does not exist"):
        fit(SCHOOLS, "p8", "n", sd=1.0, method="bayes")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="sd: a number is needed"):
        fit(SCHOOLS, "p8", "n", sd="1.28")  # type: ignore[arg-type]
    shrinkage = fit(SCHOOLS, "p8", "n", sd=1.0)
    with pytest.raises(pl.exceptions.ComputeError, match="a number of pupils must be finite and not negative; 1 value"):
        pl.DataFrame({"p8": [0.1], "n": [-3.0]}).select(shrinkage.apply())
