"""Significance against the national figure, by the formulas and at the edge of the level."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf


def coded(value: float | None, n: float | None, national: float | None, **settings: Any) -> dict[str, Any]:
    frame = pl.DataFrame(
        {"v": [value], "n": [n], "nat": [national]}, schema=dict.fromkeys(("v", "n", "nat"), pl.Float64)
    )
    return frame.select(sf.significance_code("v", "n", "nat", **settings)).unnest("v").row(0, named=True)


@given(st.integers(6, 500), st.floats(1, 99), st.data())
def test_percentages_use_the_national_one_in_the_variance(n: int, national: float, data: st.DataObject) -> None:
    p = 100 * data.draw(st.integers(0, n)) / n
    got = coded(p, n, national, method="percentage")
    z = (p - national) / (national * (100 - national) / n) ** 0.5
    assert got["z"] == pytest.approx(z, rel=1e-9, abs=1e-9)
    assert got["p_value"] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-6, abs=1e-12)
    assert got["difference"] == pytest.approx(p - national, abs=1e-9)
    assert got["code"] == ("in_line" if got["p_value"] > 0.05 else "above" if p > national else "below")


@given(st.integers(6, 500), st.floats(-3, 3), st.floats(-1, 1), st.floats(0.1, 5))
def test_means_use_the_national_spread(n: int, mean: float, national: float, sd: float) -> None:
    got = coded(mean, n, national, method="mean", sd=sd)
    z = (mean - national) / (sd / n**0.5)
    assert got["z"] == pytest.approx(z, rel=1e-9, abs=1e-9)
    assert got["p_value"] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-6, abs=1e-12)


def test_the_level_is_inclusive() -> None:
    p = coded(0.3, 60, 0.0, method="mean", sd=1.2)["p_value"]
    assert coded(0.3, 60, 0.0, method="mean", sd=1.2, level=p)["code"] == "above"
    assert coded(-0.3, 60, 0.0, method="mean", sd=1.2, level=p)["code"] == "below"
    assert coded(0.3, 60, 0.0, method="mean", sd=1.2, level=p * (1 - 1e-9))["code"] == "in_line"


@pytest.mark.parametrize(("n", "status"), [(5, "below_minimum"), (6, "ok"), (7, "ok")])
def test_small_groups_have_no_code(n: int, status: str) -> None:
    got = coded(90, n, 50, method="percentage")
    assert got["status"] == status
    assert all((got[name] is None) is (status != "ok") for name in ("code", "z", "p_value", "difference"))


def test_missing_is_not_in_line() -> None:
    assert coded(None, 60, 65, method="percentage")["status"] == "missing"
    assert coded(60, None, 65, method="percentage")["code"] is None
    assert coded(60, 60, None, method="percentage")["code"] is None
    unsure = coded(0.3, 60, 0.0, method="mean")
    assert (unsure["status"], unsure["code"], unsure["difference"]) == ("no_error", None, 0.3)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(
        sf.exceptions.UnknownNameError, match="method 'share' does not exist. There are: mean, percentage"
    ):
        coded(60, 60, 65, method="share")
    with pytest.raises(sf.exceptions.InputError, match="level: a number above 0 and below 1"):
        coded(60, 60, 65, method="percentage", level=5)
    with pytest.raises(sf.exceptions.InputError, match="min_group: a whole number from 0"):
        coded(60, 60, 65, method="percentage", min_group=-1)
    with pytest.raises(pl.exceptions.ComputeError, match="percent"):
        coded(160, 60, 65, method="percentage")
    texts = pl.DataFrame({"v": ["60"], "n": [60]})
    with pytest.raises(pl.exceptions.ComputeError):
        texts.select(sf.significance_code("v", "n", 65, method="percentage"))


def test_it_is_named_after_its_value_and_works_lazily() -> None:
    frame = pl.DataFrame({"rwm": [80.0, 45.0], "n": [60, 60]})
    code = sf.significance_code(pl.col("rwm"), "n", 65, method="percentage")
    assert frame.lazy().select(code).collect(engine="streaming").unnest("rwm")["code"].to_list() == ["above", "below"]
