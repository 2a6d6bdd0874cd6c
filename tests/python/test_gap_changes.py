"""Changes of gaps against plain arithmetic, the weighted line of numpy and the tests of scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf
from _pupils import pupils


def gaps(*rows: tuple[int, float | None, float | None], urn: int = 1) -> pl.DataFrame:
    columns = {"year": pl.Int64, "gap": pl.Float64, "se": pl.Float64}
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(urn=pl.lit(urn))


def only(frame: object, **arguments: Any) -> dict[str, Any]:
    found = sf.gap_changes(frame, **arguments).frame
    assert found.height == 1
    return found.row(0, named=True)


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.05, 2)), min_size=3, max_size=8), st.floats(0.5, 0.999))
@settings(deadline=None)
def test_change_and_trend_against_numpy_and_scipy(points: list[tuple[float, float]], confidence: float) -> None:
    rows = [(2010 + at, gap, se) for at, (gap, se) in enumerate(points)]
    row = only(gaps(*rows), confidence=confidence)
    (first, first_se), (last, last_se) = points[0], points[-1]
    se = np.hypot(first_se, last_se)
    z = stats.norm.ppf(0.5 + confidence / 2)
    assert row["change"] == pytest.approx(last - first, abs=1e-12)
    assert row["se"] == pytest.approx(se)
    assert row["ci_low"] == pytest.approx(last - first - z * se, rel=1e-7, abs=1e-9)
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(abs(last - first) / se), rel=1e-6, abs=1e-12)
    years = np.arange(len(points), dtype=float)
    values, errors = np.array(points).T
    line, covariance = np.polyfit(years, values, 1, w=1 / errors, cov="unscaled")
    assert row["slope"] == pytest.approx(line[0], rel=1e-6, abs=1e-9)
    assert row["slope_se"] == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-6)
    assert row["slope_p_value"] == pytest.approx(
        2 * stats.norm.sf(abs(line[0]) / np.sqrt(covariance[0, 0])), rel=1e-5, abs=1e-12
    )
    assert row["years"] == len(points)


def test_the_trend_equals_statsmodels() -> None:
    linear = pytest.importorskip("statsmodels.api", reason="statsmodels is the oracle")
    values, errors = np.array([-0.5, -0.42, -0.47, -0.3]), np.array([0.1, 0.2, 0.15, 0.05])
    row = only(gaps(*[(2016 + at, values[at], errors[at]) for at in range(4)]))
    fit = linear.WLS(values, linear.add_constant(np.arange(4.0)), weights=errors**-2).fit(cov_type="fixed scale")
    assert (row["slope"], row["slope_se"]) == pytest.approx((fit.params[1], fit.bse[1]))


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        (-0.5, -0.9, "widening"),
        (-0.9, -0.5, "narrowing"),
        (0.5, 0.9, "widening"),
        (0.9, 0.5, "narrowing"),
        (-0.5, 0.4, "crossed_zero"),
        (0.2, -0.9, "crossed_zero"),
        (0.0, -0.5, "widening"),
        (-0.5, 0.0, "narrowing"),
        (-0.5, -0.51, "no_significant_change"),
        (-0.01, 0.01, "no_significant_change"),
    ],
)
def test_what_a_change_is_called(first: float, last: float, word: str) -> None:
    assert only(gaps((2018, first, 0.05), (2019, last, 0.05)))["class"] == word
    trend = only(gaps((2017, first, 0.02), (2018, (first + last) / 2, 0.02), (2019, last, 0.02)))
    assert trend["slope_class"] == word


@pytest.mark.parametrize(("change", "word"), [(1.9, "no_significant_change"), (1.96, "widening"), (2.1, "widening")])
def test_the_interval_decides_what_is_significant(change: float, word: str) -> None:
    se = np.sqrt(0.5)
    assert only(gaps((2018, 1.0, se), (2019, 1.0 + change, se)))["class"] == word


def test_two_years_have_no_trend_and_three_have() -> None:
    two = only(gaps((2018, -0.5, 0.1), (2019, -0.2, 0.1)))
    assert (two["years"], two["slope"], two["slope_class"]) == (2, None, None)
    assert only(gaps((2017, -0.5, 0.1), (2018, -0.2, 0.1), (2019, -0.2, 0.1)))["slope"] == pytest.approx(0.15)


def test_years_that_are_missing_and_errors_that_are() -> None:
    frame = pl.concat(
        [
            gaps((2018, -0.5, 0.1), (2019, -0.2, 0.1), urn=1),
            gaps((2018, None, None), (2019, -0.2, 0.1), urn=2),
            gaps((2019, -0.2, 0.1), urn=3),
            gaps((2018, -0.5, None), (2019, -0.2, 0.1), urn=4),
            gaps((2018, -0.5, 0.0), (2019, -0.2, 0.1), urn=5),
        ]
    )
    found = sf.gap_changes(frame)
    assert found.frame["status"].to_list() == ["ok", "missing", "missing", "no_error", "no_error"]
    assert found.frame["change"].to_list() == pytest.approx([0.3, None, None, 0.3, 0.3])
    assert found.frame["class"].null_count() == 4
    assert dict(found.rows.iter_rows()) == {"used": 6, "gap is missing or not shown": 1, "se is missing or 0": 2}
    assert "2018 to 2019" in found.notes[0]


def test_the_years_of_the_change_can_be_named() -> None:
    frame = gaps((2016, -0.9, 0.1), (2017, -0.5, 0.1), (2019, -0.2, 0.1))
    assert only(frame)["change"] == pytest.approx(0.7)
    row = only(frame, between=(2017, 2019))
    assert (row["first_year"], row["last_year"], row["change"]) == (2017, 2019, pytest.approx(0.3))
    assert only(frame, between=(2017, 2018))["status"] == "missing"


def test_results_of_every_function_of_gaps_are_followed() -> None:
    frame = pupils(3_000, years=(2017, 2018, 2019))
    measured = sf.pupil_gaps(frame, "p8", group=["fsm", "ethnicity"], comparison=["within_school", "national_other"])
    changes = sf.gap_changes(measured, adjust="holm")
    assert changes.frame.height == 12 * 6 * 2
    row = changes.frame.filter(urn=100_003, characteristic="fsm", group="true", comparison="within_school").row(
        0, named=True
    )
    old, new = (
        measured.frame.filter(urn=100_003, characteristic="fsm", group="true", comparison="within_school", year=year)
        for year in (2017, 2019)
    )
    assert row["change"] == pytest.approx(new["gap"][0] - old["gap"][0])
    assert row["p_adjusted"] >= row["p_value"]
    tables = pl.DataFrame(
        {
            "year": [2018, 2019],
            "urn": [1, 1],
            "P8MEA_FSM6CLA1A": [-0.5, -0.2],
            "P8PUP_FSM6CLA1A": [40, 60],
            "P8MEA_NFSM6CLA1A": [0.1, 0.1],
            "P8PUP_NFSM6CLA1A": [100, 100],
        }
    )
    published = sf.gap_changes(sf.progress_gaps(tables, "p8"))
    assert published.frame["comparison"].to_list() == ["within_school", "national_other"]
    assert published.frame["change"][0] == pytest.approx(0.3)
    test = sf.gap_test("a", "n", "b", "m", method="known_sd", known_sd=1.2)
    bare = pl.DataFrame({"year": [2018, 2019], "a": [-0.5, -0.2], "n": [40, 50], "b": [0.1, 0.1], "m": [90, 90]})
    assert only(bare.select("year", test).unnest("a"), by=None)["change"] == pytest.approx(0.3)
    index = sf.gap_index(frame, "p8", "fsm", by="la")
    assert sf.gap_changes(index, by="la", gap="index").frame["status"].to_list() == ["ok"] * 4


def test_frames_without_gaps() -> None:
    empty = sf.gap_changes(gaps().clear())
    assert (empty.frame.height, empty.used) == (0, 0)
    nothing = sf.gap_changes(gaps((2018, None, None), (2019, None, None)))
    assert (nothing.frame["status"].to_list(), nothing.used) == (["missing"], 0)


PAIR = gaps((2018, -0.5, 0.1), (2019, -0.2, 0.1))


@pytest.mark.parametrize(
    ("frame", "arguments", "message"),
    [
        (
            pl.concat([PAIR, PAIR]),
            {},
            r"'urn' with 'year' must name one row, or name what .* by=; 2 .*: urn 1, year 2018 \(rows 0, 2\); urn 1",
        ),
        (PAIR.head(1), {}, "column 'year' holds one year, 2018; a change needs two"),
        (PAIR.with_columns(year=pl.lit("2018/19")), {}, "'year' must hold whole numbers .* not String"),
        (PAIR.with_columns(gap=pl.lit(float("inf"))), {}, r"'gap' must hold finite numbers; .* inf \(row 0\)"),
        (PAIR.with_columns(se=-pl.col("se")), {}, r"'se' must not be under 0; .* -0.1 \(row 0\)"),
        (PAIR.with_columns(gap=pl.lit("a")), {}, "'gap' must hold numbers, it holds String"),
        (PAIR, {"between": (2019, 2018)}, "between: the first year must come before the last"),
        (PAIR, {"between": 2018}, "between: two years such as"),
        (PAIR, {"confidence": 95}, "confidence must lie between 0 and 1, not 95"),
    ],
)
def test_what_is_wrong_is_named(frame: pl.DataFrame, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(sf.exceptions.InputError, match=message):
        sf.gap_changes(frame, **arguments)


def test_names_that_do_not_exist_are_listed() -> None:
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'la' is not there"):
        sf.gap_changes(PAIR, by="la")
    with pytest.raises(sf.exceptions.UnknownNameError, match="adjust 'bonferroni' does not exist"):
        sf.gap_changes(PAIR, adjust="bonferroni")  # type: ignore[arg-type]
