"""Gaps against scipy and against worked examples; the published gap columns are in test_published.py."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf

mean = st.floats(-3, 3)
pupils = st.integers(6, 400)
spread = st.floats(0.05, 3)


def test(frame: pl.DataFrame, **settings: Any) -> dict[str, Any]:
    expression = sf.gap_test("a", "n_a", "b", "n_b", **settings)
    return frame.select(expression).unnest("a").row(0, named=True)


test.__test__ = False  # type: ignore[attr-defined]


def pair(a: float | None, n_a: float | None, b: float | None, n_b: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"a": [a], "n_a": [n_a], "b": [b], "n_b": [n_b]}, schema_overrides=dict.fromkeys("ab", pl.Float64)
    )


@given(mean, pupils, spread, mean, pupils, spread)
def test_welch_equals_scipy(a: float, n_a: int, sd_a: float, b: float, n_b: int, sd_b: float) -> None:
    got = test(pair(a, n_a, b, n_b), method="welch", sd=sd_a, other_sd=sd_b)
    expected = stats.ttest_ind_from_stats(a, sd_a, n_a, b, sd_b, n_b, equal_var=False)
    assert got["statistic"] == pytest.approx(expected.statistic, rel=1e-9, abs=1e-12)
    assert got["p_value"] == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)
    half = got["ci_high"] - got["gap"]
    freedom = (sd_a**2 / n_a + sd_b**2 / n_b) ** 2 / (
        (sd_a**2 / n_a) ** 2 / (n_a - 1) + (sd_b**2 / n_b) ** 2 / (n_b - 1)
    )
    assert half == pytest.approx(stats.t.ppf(0.975, freedom) * got["se"], rel=1e-7)


@pytest.mark.parametrize("freedom", [999, 1_000, 1_001, 10_000, 100_000, 1_000_000, 6_000_000, 10_000_000])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_intervals_of_many_pupils_are_those_of_scipy(freedom: int, confidence: float) -> None:
    got = test(
        pair(0.2, freedom + 1, 0.0, None), method="welch", sd=1.0, other_sd=1.0, fixed=True, confidence=confidence
    )
    expected = stats.t.ppf(0.5 + confidence / 2, freedom) * got["se"]
    assert got["ci_high"] - got["gap"] == pytest.approx(expected, rel=1e-9)


@given(mean, pupils, mean, pupils, spread, st.floats(0.5, 0.999))
def test_known_spread_equals_the_normal_test(
    a: float, n_a: int, b: float, n_b: int, sd: float, confidence: float
) -> None:
    got = test(pair(a, n_a, b, n_b), method="known_sd", known_sd=sd, confidence=confidence)
    se = sd * (1 / n_a + 1 / n_b) ** 0.5
    z = 1.96 if confidence == 0.95 else stats.norm.ppf(0.5 + confidence / 2)
    assert got["se"] == pytest.approx(se)
    assert got["p_value"] == pytest.approx(2 * stats.norm.sf(abs(a - b) / se), rel=1e-6, abs=1e-12)
    assert got["ci_low"] == pytest.approx(a - b - z * se, rel=1e-7, abs=1e-9)


@given(st.integers(6, 300), st.integers(6, 300), st.data())
def test_newcombe_interval_is_built_from_wilson_intervals(n_a: int, n_b: int, data: st.DataObject) -> None:
    x_a, x_b = data.draw(st.integers(0, n_a)), data.draw(st.integers(0, n_b))
    got = test(pair(100 * x_a / n_a, n_a, 100 * x_b / n_b, n_b), method="proportion")
    low_a, high_a = stats.binomtest(x_a, n_a).proportion_ci(method="wilson")
    low_b, high_b = stats.binomtest(x_b, n_b).proportion_ci(method="wilson")
    p_a, p_b = x_a / n_a, x_b / n_b
    low = p_a - p_b - ((p_a - low_a) ** 2 + (high_b - p_b) ** 2) ** 0.5
    high = p_a - p_b + ((high_a - p_a) ** 2 + (p_b - low_b) ** 2) ** 0.5
    assert (got["ci_low"], got["ci_high"]) == pytest.approx((100 * low, 100 * high), abs=1e-6)


def test_worked_example_of_the_known_spread() -> None:
    got = test(pair(-0.40, 20, 0.10, 100), method="known_sd", known_sd=1.2827)
    assert got["gap"] == pytest.approx(-0.5)
    assert got["se"] == pytest.approx(0.3142, abs=5e-5)
    assert got["statistic"] == pytest.approx(-1.591, abs=5e-4)
    assert (got["ci_low"], got["ci_high"]) == pytest.approx((-1.116, 0.116), abs=5e-4)


@pytest.mark.parametrize(("n", "status"), [(0, "below_minimum"), (5, "below_minimum"), (6, "ok"), (7, "ok")])
def test_the_smallest_group_that_is_shown(n: int, status: str) -> None:
    got = test(pair(-0.4, n, 0.1, 100), method="known_sd", known_sd=1.2)
    assert got["status"] == status
    assert (got["gap"] is None) is (status != "ok")
    other = test(pair(-0.4, 100, 0.1, n), method="known_sd", known_sd=1.2)
    assert other["status"] == status


def test_missing_is_not_the_same_as_without_error() -> None:
    assert test(pair(None, 20, 0.1, 100), method="known_sd", known_sd=1.2)["status"] == "missing"
    assert test(pair(-0.4, None, 0.1, 100), method="known_sd", known_sd=1.2)["status"] == "missing"
    unsure = test(pair(-0.4, 20, 0.1, 100), method="known_sd")
    assert (unsure["status"], unsure["gap"], unsure["ci_low"]) == ("no_error", pytest.approx(-0.5), None)


SCHOOLS = pl.DataFrame(
    {
        "year": [2018, 2019, 2019],
        "urn": [1, 1, 2],
        "P8MEA_FSM6CLA1A": [-0.5, -0.4, None],
        "P8PUP_FSM6CLA1A": [30, 20, 10],
        "P8MEA_NFSM6CLA1A": [0.1, 0.1, 0.4],
        "P8PUP_NFSM6CLA1A": [100, 100, 80],
    }
)


def test_every_school_measure_and_comparison_has_a_row() -> None:
    gaps = sf.progress_gaps(SCHOOLS)
    assert gaps.height == 6
    assert gaps["comparison"].to_list() == ["within_school"] * 3 + ["national_other"] * 3
    assert gaps["status"].to_list() == ["ok", "ok", "missing"] * 2
    assert gaps["significant"].to_list()[2] is None
    assert gaps["method"].unique().to_list() == ["known_sd"]
    national = gaps.filter(comparison="national_other")
    assert national["reference_mean"].to_list() == pytest.approx([0.13, 0.13, 0.13], abs=0.03)


def test_national_figures_come_from_where_the_caller_says() -> None:
    by_number = sf.progress_gaps(SCHOOLS, "p8", comparison="national_other", national={"p8": 0.2})
    by_year = sf.progress_gaps(SCHOOLS, "p8", comparison="national_other", national={"p8": {2018: 0.2, 2019: 0.3}})
    rows = pl.DataFrame({"year": [2018, 2019], "P8MEA_NFSM6CLA1A": [0.2, 0.3]})
    by_frame = sf.progress_gaps(SCHOOLS, "p8", comparison="national_other", national=rows)
    assert by_number["gap"].to_list() == pytest.approx([-0.7, -0.6, None])
    assert by_year["gap"].to_list() == pytest.approx([-0.7, -0.7, None])
    assert by_frame.equals(by_year)
    with pytest.raises(sf.exceptions.InputError, match="no verified mean of 'not disadvantaged' pupils .* in 2018"):
        sf.progress_gaps(SCHOOLS, "p8", national={"p8": {2019: 0.3}})


def test_a_measure_of_ones_own() -> None:
    frame = pl.DataFrame({"a": [3.0], "n_a": [30], "sd_a": [1.0], "b": [4.0], "n_b": [40], "sd_b": [2.0]})
    measure = sf.GapMeasure(
        "reading", "a", "n_a", "b", "n_b", method="welch", group_sd="sd_a", other_sd="sd_b", group="SEN", other="no SEN"
    )
    gaps = sf.progress_gaps(frame, measure, comparison="within_school", national={}, sd={})
    row = gaps.row(0, named=True)
    expected = stats.ttest_ind_from_stats(3.0, 1.0, 30, 4.0, 2.0, 40, equal_var=False)
    assert row["p_value"] == pytest.approx(expected.pvalue, rel=1e-6)
    assert (row["group"], row["reference"], row["significant"]) == ("SEN", "no SEN", True)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(sf.exceptions.UnknownNameError, match="gap measure 'p9' does not exist. There are: p8, a8"):
        sf.progress_gaps(SCHOOLS, "p9")
    with pytest.raises(sf.exceptions.UnknownNameError, match="'P8PUP_FSM6CLA1A' is not there"):
        sf.progress_gaps(SCHOOLS.drop("P8PUP_FSM6CLA1A"), "p8")
    with pytest.raises(sf.exceptions.InputError, match="the columns of no gap measure are there"):
        sf.progress_gaps(pl.DataFrame({"year": [2019]}))
    with pytest.raises(sf.exceptions.InputError, match="a 'year' column is needed"):
        sf.progress_gaps(SCHOOLS.drop("year"), "p8")
    with pytest.raises(sf.exceptions.UnknownNameError, match="comparison 'within' does not exist"):
        sf.progress_gaps(SCHOOLS, "p8", comparison="within")  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.InputError, match="confidence must lie between 0 and 1, not 95"):
        sf.progress_gaps(SCHOOLS, "p8", confidence=95)
    with pytest.raises(pl.exceptions.ComputeError, match="a percentage must lie between 0 and 100; 1 value breaks"):
        pair(101.0, 20, 50.0, 20).select(sf.gap_test("a", "n_a", "b", "n_b", method="proportion"))


def test_an_empty_frame_and_one_school() -> None:
    assert sf.progress_gaps(SCHOOLS.clear(), "p8").height == 0
    assert sf.progress_gaps(SCHOOLS.head(1), "p8").height == 2


def test_a_group_of_all_pupils_is_compared_with_those_outside_it() -> None:
    """The gap to all pupils, with the error of a group that is part of them."""
    frame = pl.DataFrame({"year": [2019], "P8MEA_EAL": [0.5], "P8PUP_EAL": [30], "P8MEA": [0.2], "P8PUP": [100]})
    row = sf.progress_gaps(frame, "p8_eal", comparison="within_school", sd=1.25).row(0, named=True)
    assert (row["gap"], row["reference_mean"], row["reference_n"]) == (pytest.approx(0.3), 0.2, 100)
    assert row["se"] == pytest.approx(0.7 * 1.25 * (1 / 30 + 1 / 70) ** 0.5)
    assert row["statistic"] == pytest.approx(row["gap"] / row["se"])
    assert row["reference"] == "all pupils"
    few = frame.with_columns(P8PUP_EAL=pl.lit(95))
    hidden = sf.progress_gaps(few, "p8_eal", comparison="within_school", sd=1.25).row(0, named=True)
    assert (hidden["status"], hidden["gap"], hidden["reference_mean"]) == ("below_minimum", None, None)
    with pytest.raises(
        sf.exceptions.InputError, match=r"'P8PUP' must hold at least 'P8PUP_EAL'; .* 100 < 101 \(row 0\)"
    ):
        sf.progress_gaps(frame.with_columns(P8PUP_EAL=pl.lit(101)), "p8_eal", comparison="within_school")
    own = sf.GapMeasure("x", "P8MEA_EAL", "P8PUP_EAL", "P8MEA", "P8PUP", method="welch", overlapping=True)
    with pytest.raises(sf.exceptions.InputError, match="'x' has all pupils as its group B, which needs .* 'known_sd'"):
        sf.progress_gaps(frame, own, comparison="within_school")


def test_a_group_is_compared_with_its_authority() -> None:
    schools = SCHOOLS.with_columns(la=pl.Series(["936", "936", "850"]))
    authorities = pl.DataFrame(
        {"year": [2018, 2019], "la": ["936", "936"], "P8MEA_NFSM6CLA1A": [0.3, 0.2], "P8PUP_NFSM6CLA1A": [7000, 8000]}
    )
    gaps = sf.progress_gaps(schools, "p8", comparison="authority", authorities=authorities, sd=1.25)
    assert gaps["gap"].to_list() == pytest.approx([-0.8, -0.6, None])
    assert gaps["se"][1] == pytest.approx(1.25 * (1 / 20 + 1 / 8000) ** 0.5)
    assert gaps["status"].to_list() == ["ok", "ok", "missing"]
    assert gaps["reference"][0] == "not disadvantaged, authority"
    with pytest.raises(sf.exceptions.InputError, match="authorities: the rows of the authorities are needed"):
        sf.progress_gaps(schools, "p8", comparison="authority")
    twice = pl.concat([authorities, authorities])
    with pytest.raises(sf.exceptions.InputError, match="several rows for one year"):
        sf.progress_gaps(schools, "p8", comparison="authority", authorities=twice)


@pytest.mark.parametrize(("n", "shown"), [(5, False), (6, True)])
def test_a_mean_of_few_pupils_is_not_shown_nor_what_would_give_it_away(n: int, shown: bool) -> None:
    gaps = sf.progress_gaps(SCHOOLS.head(1).with_columns(P8PUP_FSM6CLA1A=pl.lit(n)), "p8")
    assert (gaps["group_mean"].is_not_null() == shown).all()
    within = gaps.filter(comparison="within_school").row(0, named=True)
    assert (within["reference_mean"] is not None) is shown
    assert gaps.filter(comparison="national_other")["reference_mean"].is_not_null().all()


def test_numbers_that_cannot_be_are_named_with_column_and_row() -> None:
    total = SCHOOLS.with_columns(P8PUP=pl.Series([130, 119, 90]))
    with pytest.raises(
        sf.exceptions.InputError,
        match=r"'P8PUP' must hold at least 'P8PUP_FSM.*' and 'P8PUP_NFSM.*' together; 1 .* 119 < 20 \+ 100 \(row 1\)",
    ):
        sf.progress_gaps(total, "p8")
    assert sf.progress_gaps(total.with_columns(P8PUP=pl.Series([130, 120, 90])), "p8").height == 6
    for column, value, message in [
        (
            "P8PUP_FSM6CLA1A",
            -1,
            r"'P8PUP_FSM6CLA1A' must not be under 0; .* -1 \(row 0\)",
        ),
        ("P8MEA_FSM6CLA1A", float("inf"), r"'P8MEA_FSM6CLA1A' must hold finite numbers; .* inf \(row 0\)"),
        ("P8MEA_NFSM6CLA1A", "SUPP", "'P8MEA_NFSM6CLA1A' must hold numbers, it holds String"),
    ]:
        with pytest.raises(sf.exceptions.InputError, match=message):
            sf.progress_gaps(SCHOOLS.with_columns(pl.lit(value).alias(column)), "p8")


def test_measures_name_columns_that_the_tables_have() -> None:
    ks4, ks2 = sf.samples.surrey_ks4(), sf.samples.surrey_ks2()
    for measure in sf.GAP_MEASURES.values():
        tables = ks2 if measure.name.startswith("ks2") else ks4
        for rows in (tables.schools, tables.authorities, tables.national):
            columns = {measure.mean, measure.n, measure.other_mean, measure.other_n, measure.total_n}
            assert columns <= set(rows.columns), measure.name
    assert len(sf.GAP_MEASURES) == 36
    assert {measure.group for measure in list(sf.GAP_MEASURES.values())[:7]} == {"disadvantaged"}


@given(st.integers(6, 300), st.data())
def test_a_share_against_a_fixed_figure_has_wilson_s_interval(n: int, data: st.DataObject) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion", reason="statsmodels is the oracle")
    count, figure = data.draw(st.integers(0, n)), data.draw(st.floats(1, 99))
    got = test(pair(100 * count / n, n, figure, None), method="proportion", fixed=True)
    low, high = proportion.proportion_confint(count, n, method="wilson")
    assert (got["ci_low"], got["ci_high"]) == pytest.approx((100 * low - figure, 100 * high - figure), abs=1e-6)
    z = (count / n - figure / 100) / (figure / 100 * (1 - figure / 100) / n) ** 0.5
    assert got["statistic"] == pytest.approx(z, rel=1e-6, abs=1e-9)


def test_p_values_are_adjusted_within_a_year_and_comparison() -> None:
    schools = sf.samples.surrey_ks4().schools
    gaps = sf.progress_gaps(schools, "p8", adjust="bh")
    assert gaps.drop("p_adjusted").equals(sf.progress_gaps(schools, "p8"))
    tested = gaps.drop_nulls("p_value")
    assert tested.height > 300
    for _, family in tested.group_by("year", "comparison"):
        expected = stats.false_discovery_control(family["p_value"].to_numpy(), method="bh")
        assert family["p_adjusted"].to_list() == pytest.approx(expected.tolist())
    assert gaps["p_adjusted"].null_count() == gaps["p_value"].null_count()
