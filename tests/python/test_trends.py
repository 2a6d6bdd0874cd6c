"""Trends against numpy's weighted least squares and scipy's distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf
from schoolframe._chi_square import upper_tail

SD = 1.25


def school(*values: float | None, n: int = 180, last: int = 2019) -> pl.DataFrame:
    years = list(range(last - len(values) + 1, last + 1))
    rows = len(values)
    return pl.DataFrame({"urn": [1] * rows, "year": years, "v": list(values), "n": [n] * rows})


def trend(frame: pl.DataFrame, **settings: Any) -> dict[str, Any]:
    return sf.trend_class(frame, "v", "n", SD, **{"direction": "higher_better", **settings}).frame.row(0, named=True)


points = st.lists(
    st.tuples(st.integers(2012, 2019), st.floats(-2, 2), st.integers(6, 300)),
    unique_by=lambda row: row[0],
    min_size=3,
    max_size=8,
)


@given(points, st.floats(0.3, 3))
def test_slope_heterogeneity_and_their_tests(data: list[tuple[int, float, int]], sd: float) -> None:
    frame = pl.DataFrame(data, schema={"year": pl.Int64, "v": pl.Float64, "n": pl.Int64}, orient="row")
    frame = frame.with_columns(urn=1)
    got = sf.trend_class(frame, "v", "n", sd, direction="higher_better", years=8).frame.row(0, named=True)
    t, v, n = (np.array(column, dtype=float) for column in zip(*data, strict=True))
    w = n / sd**2
    design = np.column_stack([np.ones_like(t), t - 2015])
    covariance = np.linalg.inv(design.T @ (w[:, None] * design))
    intercept, slope = covariance @ design.T @ (w * v)
    se = covariance[1, 1] ** 0.5
    residuals = v - intercept - slope * (t - 2015)
    q = (w * (v - np.average(v, weights=w)) ** 2).sum()
    q_line = (w * residuals**2).sum()
    assert (got["slope"], got["se"]) == (pytest.approx(slope, abs=1e-9), pytest.approx(se, rel=1e-9))
    assert got["p_slope"] == pytest.approx(2 * stats.norm.sf(abs(slope) / se), rel=1e-6, abs=1e-12)
    assert (got["q"], got["q_line"]) == (
        pytest.approx(q, rel=1e-7, abs=1e-7),
        pytest.approx(q_line, rel=1e-6, abs=1e-6),
    )
    assert got["p_varying"] == pytest.approx(stats.chi2.sf(got["q"], len(t) - 1), rel=1e-8, abs=1e-14)
    assert got["p_line"] == pytest.approx(stats.chi2.sf(got["q_line"], len(t) - 2), rel=1e-8, abs=1e-14)
    moved = "improving" if slope > 0 else "declining"
    still = "varying" if got["p_varying"] <= 0.05 else "steady"
    assert got["trend"] == (moved if got["p_slope"] <= 0.05 else still)


def test_against_statsmodels() -> None:
    models = pytest.importorskip("statsmodels.api", reason="statsmodels is no part of the development environment")
    frame = school(0.1, -0.2, 0.4, 0.3).with_columns(n=pl.Series([100, 150, 80, 200]))
    fit = models.WLS(
        frame["v"].to_numpy(), models.add_constant(np.arange(4.0)), weights=frame["n"].to_numpy() / SD**2
    ).fit(cov_type="fixed scale")
    got = trend(frame)
    assert (got["slope"], got["se"]) == (pytest.approx(fit.params[1]), pytest.approx(fit.bse[1]))


@pytest.mark.parametrize("freedom", range(1, 30))
def test_the_upper_tail_of_chi_square(freedom: int) -> None:
    x = [0.0, 1e-9, 0.01, 0.5, 1.0, freedom / 2, float(freedom), 2.0 * freedom, 60.0, 300.0, 1e5, 1e30]
    got = pl.DataFrame({"q": x, "df": [freedom] * len(x)}).select(p=upper_tail("q", "df", 29))["p"].to_list()
    assert got == pytest.approx(list(stats.chi2.sf(x, freedom)), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ((-0.5, -0.2, 0.2), "improving"),
        ((0.5, 0.2, -0.2), "declining"),
        ((0.1, 0.12, 0.09), "steady"),
        ((0.5, -0.5, -0.5, 0.5), "varying"),
    ],
)
def test_the_four_classes(values: tuple[float, ...], name: str) -> None:
    assert trend(school(*values))["trend"] == name
    assert name in sf.TRENDS
    mirrored = {"improving": "declining", "declining": "improving"}.get(name, name)
    assert trend(school(*values), direction="lower_better")["trend"] == mirrored


def test_the_level_is_inclusive_and_decides() -> None:
    frame = school(-0.1, 0.0, 0.2)
    p = trend(frame)["p_slope"]
    assert trend(frame, level=p)["trend"] == "improving"
    assert trend(frame, level=p * 0.999)["trend"] == "steady"


@pytest.mark.parametrize(("years", "status"), [(2, "too_few_years"), (3, "ok"), (4, "ok")])
def test_two_years_are_no_trend(years: int, status: str) -> None:
    got = trend(school(*np.linspace(-0.5, 0.5, years)))
    assert got["status"] == status
    assert all((got[name] is None) is (status != "ok") for name in ("trend", "slope", "se", "p_slope", "q", "p_line"))


def test_time_is_counted_in_calendar_years_across_the_gap() -> None:
    frame = pl.DataFrame({"urn": [1] * 3, "year": [2018, 2019, 2022], "v": [0.0, 0.1, 0.4], "n": [180] * 3})
    assert trend(frame)["slope"] == pytest.approx(0.1)
    assert trend(frame)["years"] == "2022, 2019, 2018"
    assert trend(frame, bridge=False)["status"] == "too_few_years"


def test_rows_that_do_not_count_are_accounted_for() -> None:
    frame = pl.concat(
        [
            school(0.0, 0.1, None, 0.2, 0.3),
            school(0.1, 0.2, 0.3, 0.4, 0.5, n=5).with_columns(urn=pl.lit(2, dtype=pl.Int64)),
        ]
    )
    found = sf.trend_class(frame, "v", "n", SD, direction="higher_better")
    assert found.frame["status"].to_list() == ["ok", "too_few_years"]
    assert found.rows.rows() == [
        ("used", 3),
        ("value, n or sd is missing", 1),
        ("n is under 6", 5),
        ("year is outside the window", 1),
    ]
    assert "some are called by chance" in found.notes[0]


def test_of_schools_that_do_not_change_few_are_called_otherwise() -> None:
    rng = np.random.default_rng(5)
    schools, years = 4000, 4
    frame = pl.DataFrame(
        {
            "urn": np.repeat(np.arange(schools), years),
            "year": np.tile(np.arange(2016, 2020), schools),
            "v": rng.normal(0, SD / 12, schools * years),
            "n": [144] * (schools * years),
        }
    )
    found = sf.trend_class(frame, "v", "n", SD, direction="higher_better").frame
    moved = found.filter(pl.col("trend") != "steady").height
    assert 0.05 <= moved / schools <= 0.1
    assert (found["p_slope"] <= 0.05).mean() == pytest.approx(0.05, abs=0.012)
    assert (found["p_varying"] <= 0.05).mean() == pytest.approx(0.05, abs=0.012)


def test_what_is_wrong_is_named() -> None:
    frame = school(0.1, 0.2, 0.3)
    with pytest.raises(sf.exceptions.UnknownNameError, match="direction 'up' does not exist"):
        trend(frame, direction="up")
    with pytest.raises(sf.exceptions.InputError, match="years: a window of 3"):
        trend(frame, years=31)
    with pytest.raises(sf.exceptions.InputError, match="min_years: a whole number from 3"):
        trend(frame, min_years=2)
    with pytest.raises(sf.exceptions.InputError, match="sd: a number above 0 is needed, not 0"):
        sf.trend_class(frame, "v", "n", 0, direction="higher_better")
    with pytest.raises(sf.exceptions.InputError, match="column 'sd' must be above 0"):
        sf.trend_class(frame.with_columns(sd=0.0), "v", "n", "sd", direction="higher_better")
    with pytest.raises(sf.exceptions.InputError, match="must name one row"):
        trend(pl.concat([frame, frame]))
    with pytest.raises(sf.exceptions.InputError, match="must hold numbers"):
        trend(frame.with_columns(v=pl.lit("x")))
    assert sf.trend_class(frame.clear(), "v", "n", SD, direction="higher_better").frame.is_empty()
    nothing = sf.trend_class(frame.with_columns(v=pl.lit(None)), "v", "n", SD, direction="higher_better")
    assert nothing.frame["status"].to_list() == ["too_few_years"]
