"""Projections against outcomes: figures against statsmodels and scipy, boundaries, Southend's criteria."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError

FIGURES = ["bias", "bias_se", "bias_low", "bias_high", "p_value", "spread", "mae", "rmse"]
LINE = ["slope", "slope_se", "intercept", "intercept_se", "correlation"]


def pairs(differences: list[float], n: int | None = None) -> pl.DataFrame:
    """One school's subjects, projected above an outcome of 50 by the differences."""
    frame = pl.DataFrame({"urn": 1, "projected": [50.0 + one for one in differences], "actual": 50.0})
    return frame if n is None else frame.with_columns(n=n)


def verdict(frame: pl.DataFrame, **more: Any) -> tuple[str | None, str]:
    found = sf.predictions_match(frame, "projected", "actual", **({"min_group": 1} | more)).frame
    return found["predictions_match"].item(), found["status"].item()


def accuracy(frame: pl.DataFrame, **more: Any) -> dict[str, Any]:
    found = sf.projection_accuracy(frame, "projected", "actual", **({"min_group": 1} | more)).frame
    return found.row(0, named=True)


@given(st.integers(3, 40), st.integers(0, 10_000))
def test_figures_are_those_of_statsmodels_and_scipy(rows: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    actual = draw.normal(50, 12, rows)
    projected = actual + draw.normal(2, 5, rows)
    frame = pl.DataFrame({"projected": projected, "actual": actual})
    found = accuracy(frame, confidence=0.9, within=4.0)
    difference = projected - actual
    test = stats.ttest_1samp(difference, 0)
    interval = test.confidence_interval(0.9)
    expected = [difference.mean(), stats.sem(difference), interval.low, interval.high, test.pvalue]
    expected += [difference.std(ddof=1), abs(difference).mean(), np.sqrt((difference**2).mean())]
    np.testing.assert_allclose([found[name] for name in FIGURES], expected, rtol=1e-6, atol=1e-9)
    line = sm.OLS(actual, sm.add_constant(projected)).fit()
    expected = [line.params[1], line.bse[1], line.params[0], line.bse[0], np.corrcoef(projected, actual)[0, 1]]
    np.testing.assert_allclose([found[name] for name in LINE], expected, rtol=1e-5, atol=1e-8)
    assert found["within"] == pytest.approx(100 * (abs(difference) <= 4).mean())
    assert found["status"] == "ok"


@pytest.mark.parametrize("rows", [900, 1_001, 1_002, 30_000])
def test_intervals_of_many_rows(rows: int) -> None:
    difference = np.random.default_rng(rows).normal(1, 5, rows)
    frame = pl.DataFrame({"urn": 1, "projected": 50 + difference, "actual": 50.0})
    interval = stats.ttest_1samp(50 + difference - 50, 0).confidence_interval(0.95)
    found = accuracy(frame)
    assert (found["bias_low"], found["bias_high"]) == pytest.approx((interval.low, interval.high), rel=1e-6)


def test_projections_against_an_estimate() -> None:
    frame = pl.DataFrame(
        {
            "urn": ["a"] * 4 + ["b"] * 3,
            "projected": [60.0, 50.0, 70.0, 40.0, 50.0, 60.0, 70.0],
            "actual": [58.0, 52.0, 68.0, 41.0, 50.0, 60.0, 70.0],
            "expected": [50.0, 50.0, 60.0, 50.0, 50.0, 60.0, None],
            "n": [120] * 7,
        }
    )
    measured = sf.projection_accuracy(frame, "projected", "actual", estimate="expected", n="n", by="urn", sd=12.0)
    found = measured.frame
    assert measured.rows.rows() == [("used", 6), ("'expected' is missing", 1)]
    assert found["urn"].to_list() == ["a", "b"]
    assert found["rows"].to_list() == [4, 2]
    assert found["pupils"].to_list() == [480, 240]
    own, other = (4 + 4 + 4 + 1) / 4, (64 + 4 + 64 + 81) / 4
    first = found.row(0, named=True)
    assert first["skill"] == pytest.approx(1 - own / other)
    assert first["estimate_rmse"] == pytest.approx(other**0.5)
    assert first["estimate_bias"] == pytest.approx(-2.25)
    assert first["chance"] == pytest.approx(12 / 120**0.5)
    second = found.row(1, named=True)
    # The estimate was never wrong: there is nothing to be better than.
    assert (second["skill"], second["status"], second["p_value"]) == (None, "two_rows", None)


@pytest.mark.parametrize(
    ("projected", "actual", "status", "missing"),
    [
        ([60.0], [58.0], "one_row", ["bias_se", "bias_low", "bias_high", "p_value", "spread", *LINE]),
        ([60.0, 50.0], [58.0, 51.0], "two_rows", ["slope_se", "intercept_se"]),
        ([60.1, 60.1, 60.1], [58.0, 51.0, 50.0], "no_line", LINE),
        ([60.0, 50.0, 40.0], [50.0, 50.0, 50.0], "ok", ["correlation"]),
        ([60.0, 50.0, 40.0], [58.0, 48.0, 38.0], "ok", ["p_value"]),
    ],
)
def test_what_cannot_be_had_is_missing(
    projected: list[float], actual: list[float], status: str, missing: list[str]
) -> None:
    found = accuracy(pl.DataFrame({"projected": projected, "actual": actual}))
    assert found["status"] == status
    nulls = [name for name in (*FIGURES, *LINE) if found[name] is None]
    assert nulls == missing
    assert not any(isinstance(value, float) and np.isnan(value) for value in found.values())


@pytest.mark.parametrize(("n", "shown"), [(5, False), (6, True), (7, True)])
def test_small_groups_are_not_shown(n: int, shown: bool) -> None:
    frame = pairs([1.0], n)
    for run in (sf.projection_accuracy, sf.predictions_match):
        row = run(frame, "projected", "actual", n="n", by="urn").frame.row(0, named=True)
        assert (row["status"] == "below_minimum") != shown
        assert all((row[name] is None) != shown for name in ("rows", "pupils"))
    pupils = pairs([1.0] * n)
    row = sf.projection_accuracy(pupils, "projected", "actual", by="urn").frame.row(0, named=True)
    assert (row["bias"] is None, row["rows"] is None) == (not shown, not shown)


@pytest.mark.parametrize(("n", "shown"), [(5, False), (6, True)])
def test_subjects_of_the_same_few_pupils_are_not_shown(n: int, shown: bool) -> None:
    frame = pairs([1.0, 2.0, -1.0, 0.5], n)
    for run in (sf.projection_accuracy, sf.predictions_match):
        row = run(frame, "projected", "actual", n="n", by="urn").frame.row(0, named=True)
        assert (row["status"] == "below_minimum") != shown
        assert (row["pupils"] is None) != shown


@pytest.mark.parametrize(
    ("projected", "actual", "refused"),
    [
        ([0.6, 0.5, 0.7], [0.2, 0.9, 0.1], True),
        ([-0.4, 0.0, 0.7], [0.2, 0.9, 1.0], True),
        ([0.6, 0.5, 0.7], [0.2, 0.9, 1.01], False),
        ([0.0, 1.0, 0.0], [0.0, 0.0, 1.0], False),
    ],
)
def test_a_distance_that_nothing_could_exceed_is_refused(
    projected: list[float], actual: list[float], refused: bool
) -> None:
    frame = pl.DataFrame({"urn": 1, "projected": projected, "actual": actual})
    if refused:
        with pytest.raises(InputError, match="within: 5 is wider than the values of 'projected' and 'actual'"):
            verdict(frame)
        assert verdict(frame, within=1.99)[1] in ("ok", "open")
    else:
        assert verdict(frame)[1] in ("ok", "open")


def test_the_distance_itself_is_within() -> None:
    frame = pl.DataFrame({"projected": [65.1, 65.1, 65.1], "actual": [60.1, 60.09, 70.1]})
    assert accuracy(frame, within=5.0)["within"] == pytest.approx(200 / 3)
    assert accuracy(frame)["within"] is None


@given(st.lists(st.floats(-12, 12), min_size=3, max_size=30), st.floats(1, 8))
def test_the_signed_match_is_two_one_sided_tests(differences: list[float], within: float) -> None:
    projected, actual = 50 + np.array(differences), np.full(len(differences), 50.0)
    if np.std(projected) < 1e-6:
        return
    p_value, *_ = ttost_paired(projected, actual, -within, within)
    if abs(p_value - 0.05) < 1e-6:
        return
    frame = pl.DataFrame({"urn": 1, "projected": projected, "actual": actual})
    close, _ = verdict(frame, of="signed", within=within)
    assert (close == "close") == (p_value < 0.05)
    low, high = stats.ttest_1samp(projected - actual, 0).confidence_interval(0.9)
    outside = low > within or high < -within
    assert (close == "varied") == outside


@given(st.lists(st.floats(-12, 12), min_size=3, max_size=30))
def test_the_absolute_match_is_that_of_the_distances(differences: list[float]) -> None:
    distances = np.abs(50 + np.array(differences) - 50)
    if np.std(distances) < 1e-6:
        return
    found = sf.predictions_match(pairs(differences), "projected", "actual", min_group=1).frame.row(0, named=True)
    low, high = stats.ttest_1samp(distances, 0).confidence_interval(0.9)
    assert found["difference"] == pytest.approx(distances.mean(), abs=1e-8)
    assert (found["low"], found["high"]) == (pytest.approx(max(low, 0), abs=1e-7), pytest.approx(high, abs=1e-7))


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([5.0, 5.0, -5.0], ("close", "ok")),
        ([4.999, 4.999, -4.999], ("close", "ok")),
        ([5.001, 5.001, -5.001], ("varied", "ok")),
        ([4.0, 6.0, -5.0], (None, "open")),
        ([1.0, 2.0, -1.0, 0.0, 1.5], ("close", "ok")),
        ([20.0, -22.0, 19.0, -21.0], ("varied", "ok")),
    ],
)
def test_edges(differences: list[float], expected: tuple[str | None, str]) -> None:
    assert verdict(pairs(differences)) == expected


def test_errors_that_cancel_are_no_match() -> None:
    frame = pairs([20.0, -20.0] * 20)
    assert verdict(frame) == ("varied", "ok")
    assert verdict(frame, of="signed", within=6.0) == ("close", "ok")


def test_one_pair_rests_on_its_pupils() -> None:
    assert verdict(pairs([1.0])) == (None, "no_interval")
    # Wilson's 90 per cent interval of 50 per cent of 30 pupils is 35.6 to 64.4, of 3,000 it is 48.5 to 51.5.
    assert verdict(pairs([1.0], 30), n="n") == (None, "open")
    assert verdict(pairs([1.0], 3_000), n="n") == ("close", "ok")
    assert verdict(pairs([21.0], 30), n="n") == ("varied", "ok")
    means = {"n": "n", "sd": 14.5}
    # 1.6449 * 14.5 / sqrt(100) = 2.385.
    assert verdict(pairs([2.61], 100), **means) == ("close", "ok")
    assert verdict(pairs([2.62], 100), **means) == (None, "open")
    assert verdict(pairs([7.38], 100), **means) == (None, "open")
    assert verdict(pairs([7.39], 100), **means) == ("varied", "ok")
    sure = pl.DataFrame({"urn": [1], "projected": [100.0], "actual": [100.0], "n": [8]})
    assert verdict(sure, n="n") == (None, "open")


def test_chance_among_pupils_counts_in_several_rows() -> None:
    # Two subjects hit to the point: without pupils there is no spread, with ten pupils each there is chance.
    assert verdict(pairs([0.0, 0.0])) == ("close", "ok")
    assert verdict(pairs([0.0, 0.0], 10), n="n") == (None, "open")


def test_southends_criteria_end_to_end() -> None:
    subjects = pl.DataFrame(
        {
            "urn": [1] * 5 + [2] * 5 + [3] * 2,
            "projected": [60.0, 55.0, 70.0, 48.0, 62.0, 80.0, 40.0, 75.0, 52.0, 66.0, 60.0, 55.0],
            "actual": [59.0, 56.0, 69.0, 48.0, 63.0, 58.0, 61.0, 52.0, 75.0, 45.0, 58.0, 45.0],
        }
    )
    match = sf.predictions_match(subjects, "projected", "actual", min_group=1)
    assert match.frame["predictions_match"].to_list() == ["close", "varied", None]
    assert match.frame["status"].to_list() == ["ok", "ok", "open"]
    schools = pl.DataFrame(
        {"urn": [1, 2, 3], "year": 2018, "self_evaluation": "accurate", "joint_judgement": "fragile"}
    )
    evidence = schools.join(match.frame.select("urn", "predictions_match"), on="urn", how="left")
    trace = sf.Framework.load("southend_2017").assign(evidence, phase="secondary").trace
    for criterion, results in (
        ("SOU17-ALL-Green-03", ["true", "false", "unknown"]),
        ("SOU17-ALL-Amber-02", ["false", "true", "unknown"]),
    ):
        found = trace.filter(pl.col("criterion") == criterion).unique(["urn", "result"]).sort("urn")
        assert found["result"].to_list() == results


def test_order_and_chunks_change_nothing() -> None:
    draw = np.random.default_rng(5)
    frame = pl.DataFrame(
        {
            "urn": draw.integers(0, 9, 400),
            "year": draw.integers(2018, 2020, 400),
            "projected": draw.normal(50, 10, 400),
            "actual": draw.normal(50, 10, 400),
            "n": draw.integers(10, 200, 400),
        }
    )
    chunked = pl.concat([frame[:13], frame[13:200], frame[200:]], rechunk=False)
    for run in (sf.projection_accuracy, sf.predictions_match):
        options: dict[str, Any] = {"n": "n", "by": ["urn", "year"], "sd": 10.0}
        found = run(frame, "projected", "actual", **options)
        assert run(chunked, "projected", "actual", **options).frame.equals(found.frame)
        assert run(frame.lazy(), "projected", "actual", **options).frame.equals(found.frame)
        assert found.frame.select("urn", "year").equals(frame.select("urn", "year").unique(maintain_order=True))
    assert sf.projection_accuracy(frame.clear(), "projected", "actual").frame.is_empty()
    assert sf.predictions_match(frame.clear(), "projected", "actual").frame.is_empty()


def test_refusals() -> None:
    frame = pairs([1.0, 2.0], 50)
    for run in (sf.projection_accuracy, sf.predictions_match):
        with pytest.raises(UnknownNameError, match="'forecast'"):
            run(frame, "forecast", "actual")
        with pytest.raises(InputError, match="'actual' is named twice"):
            run(frame, "actual", "actual")
        with pytest.raises(InputError, match="sd: the spread of pupils needs n"):
            run(frame, "projected", "actual", sd=12.0)
        with pytest.raises(InputError, match="sd: a number above 0"):
            run(frame, "projected", "actual", n="n", sd=0.0)
        with pytest.raises(InputError, match="within: a number from 0"):
            run(frame, "projected", "actual", within=-1.0)
        with pytest.raises(InputError, match="confidence"):
            run(frame, "projected", "actual", confidence=1.0)
        with pytest.raises(InputError, match=r"'n' must be at least 1 pupil.*0.* \(row 0\)"):
            run(frame.with_columns(n=0), "projected", "actual", n="n")
        with pytest.raises(InputError, match="'n' must hold whole numbers"):
            run(frame.with_columns(n=7.5), "projected", "actual", n="n")
        with pytest.raises(InputError, match="by: a column of the result"):
            run(frame.with_columns(status=1), "projected", "actual", by="status")
        with pytest.raises(InputError, match="'projected' must not be over 1e\\+60"):
            run(frame.with_columns(projected=1e61), "projected", "actual")
        with pytest.raises(InputError, match="'projected' must hold numbers"):
            run(frame.with_columns(projected=pl.lit("a")), "projected", "actual")
    with pytest.raises(InputError, match=r"'projected' must not be over 100"):
        sf.predictions_match(frame.with_columns(projected=101.0), "projected", "actual", n="n")
    assert verdict(frame.with_columns(projected=101.0), n="n", sd=10.0) == ("varied", "ok")
    with pytest.raises(UnknownNameError, match="of"):
        sf.predictions_match(frame, "projected", "actual", of="both")  # type: ignore[arg-type]


def test_missing_values_are_accounted_for() -> None:
    frame = pl.DataFrame(
        {"urn": [1, 1, None, 1], "projected": [50.0, None, 1.0, float("nan")], "actual": [51.0, 1.0, 1.0, 1.0]}
    )
    found = sf.projection_accuracy(frame, "projected", "actual", by="urn", min_group=1)
    assert found.rows.rows() == [("used", 1), ("'urn' is missing", 1), ("'projected' is missing", 2)]
    assert found.frame["status"].to_list() == ["one_row"]
