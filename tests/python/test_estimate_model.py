"""Estimates of pupils: against other models of the same data, on other pupils, and what they refuse."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import schoolframe as sf
from _estimate_cohort import cohort
from schoolframe._contextual_columns import prior_columns, shape_of

YEAR = cohort(1, 150)
POINTS = sf.EstimateModel.fit(YEAR, "a8", "ks2", "sex", month_of_birth="month", year=2019, source="invented pupils")
Z80 = 1.2815515655446004


def basis(frame: pl.DataFrame) -> pl.DataFrame:
    """Terms of the spline, sex and month, as a frame of numbers."""
    shape = shape_of(frame["ks2"], "spline", 1)
    columns = prior_columns(frame.select("ks2"), {"ks2": shape})
    return pl.DataFrame(columns).with_columns(male=(frame["sex"] == "M").cast(pl.Float64), month=frame["month"])


def test_coefficients_and_variances_are_those_of_a_random_intercept() -> None:
    terms = basis(YEAR)
    frame = pl.concat([YEAR.select("urn", "a8"), terms], how="horizontal")
    model = sf.RandomInterceptModel.fit(frame, "a8", terms.columns)
    found = POINTS.coefficients
    assert found["term"].to_list() == [
        "intercept",
        "ks2",
        "ks2 spline 2",
        "ks2 spline 3",
        "ks2 spline 4",
        "sex: M",
        "month",
    ]
    assert np.allclose(found["estimate"], model.coefficients["estimate"], rtol=1e-9)
    assert np.allclose(found["se"], model.coefficients["se"], rtol=1e-9)
    assert np.allclose(
        POINTS.outcomes.select("between", "within", "icc").row(0), model.variances.row(0)[:3], rtol=1e-12
    )
    sizes = model.effects.filter(pl.col("n") >= 11)["effect"].to_numpy()
    ranks = np.arange(1, 100)
    assert np.allclose(POINTS.benchmarks["progress"], np.quantile(sizes, 1 - ranks / 100), rtol=1e-9, atol=1e-12)
    assert POINTS.outcomes["ranked"].item() == sizes.size < POINTS.outcomes["schools"].item()
    share = 0.8
    error = np.sqrt(share * (1 - share) / sizes.size)
    half = (np.quantile(sizes, share + error) - np.quantile(sizes, share - error)) / 2
    assert POINTS.benchmarks.filter(rank=20)["se"].item() == pytest.approx(half, rel=1e-9)


def test_moments_are_those_of_least_squares() -> None:
    model = sf.EstimateModel.fit(
        YEAR, "a8", "ks2", "sex", month_of_birth="month", method="moments", min_school=1, min_group=1
    )
    x = np.column_stack([np.ones(YEAR.height), basis(YEAR).to_numpy()])
    y, school = YEAR["a8"].to_numpy(), (YEAR["urn"] - 100_000).to_numpy()
    b, *_ = np.linalg.lstsq(x, y, rcond=None)
    r = y - x @ b
    n = np.bincount(school)
    means = np.bincount(school, r) / n
    within = np.sum((r - means[school]) ** 2) / (r.size - n.size)
    between = max(0.0, means.var(ddof=1) - np.mean(within / n))
    figures = model.outcomes.row(0, named=True)
    assert (figures["between"], figures["within"]) == pytest.approx((between, within), rel=1e-8)
    found = model.coefficients["estimate"].to_numpy()
    assert np.allclose(found[1:], b[1:], rtol=1e-6)
    assert found[0] == pytest.approx(b[0] + means.mean(), rel=1e-8)
    effects = between / (between + within / n) * (means - means.mean())
    assert np.allclose(model.benchmarks["progress"], np.quantile(effects, 1 - np.arange(1, 100) / 100), atol=1e-8)
    raw = sf.EstimateModel.fit(
        YEAR, "a8", "ks2", "sex", month_of_birth="month", method="moments", min_school=1, min_group=1, shrink=False
    )
    raw_effects = np.quantile(means - means.mean(), 1 - np.arange(1, 100) / 100)
    assert np.allclose(raw.benchmarks["progress"], raw_effects, atol=1e-8)
    # Errors of coefficients allow for schools: against the sandwich worked out with dense matrices.
    a = np.linalg.inv(x.T @ x)
    sums = np.array([x[school == one].sum(axis=0) for one in range(n.size)])
    v = a @ (within * x.T @ x + between * sums.T @ sums) @ a
    assert np.allclose(model.coefficients["se"], np.sqrt(np.diag(v)), rtol=1e-5)


def test_group_means_are_those_of_the_groups() -> None:
    ends = [95.5, 100.0, 104.5, 110.0, 120.0]
    model = sf.EstimateModel.fit(YEAR, "a8", "ks2", shape="groups", groups=ends, method="moments")
    groups = YEAR.with_columns(to=pl.Series(ends).gather(pl.Series(ends).search_sorted(YEAR["ks2"], side="left")))
    means = groups.group_by("to").agg(pl.col("a8").mean()).sort("to")
    found = model.estimate(pl.DataFrame({"ks2": [*ends, 95.5001, 120.5]})).frame
    assert found["status"].to_list() == ["ok"] * 6 + ["prior_outside"]
    apart = (found["expected"][:5] - means["a8"]).to_numpy()
    # Least squares gives the means of groups, moved as one to the typical school.
    assert np.allclose(apart, apart[0], atol=1e-9)
    assert found["expected"][5] == found["expected"][1]


@pytest.mark.parametrize("method", ["reml", "moments"])
def test_intervals_hold_what_they_say_on_other_pupils(method: Any) -> None:
    fitted = cohort(2, 400)
    later = cohort(3, 400)
    model = sf.EstimateModel.fit(fitted, "a8", "ks2", "sex", month_of_birth="month", method=method, year=2019)
    found = model.estimate(later).frame.filter(status="ok")
    held = found.with_columns(
        held=pl.col("a8").is_between("expected_low", "expected_high"),
        tenth=pl.col("ks2").rank("ordinal") * 10 // (pl.len() + 1),
        large=pl.len().over("urn") > 100,
    )
    assert held.height > 0.995 * later.height
    overall = held["held"].mean()
    assert isinstance(overall, float)
    assert 0.78 < overall < 0.82
    by_tenth = held.group_by("tenth").agg(pl.col("held").mean())["held"]
    assert by_tenth.is_between(0.77, 0.83).all(), by_tenth.to_list()
    by_size = held.group_by("large").agg(pl.col("held").mean())["held"]
    assert by_size.is_between(0.77, 0.83).all(), by_size.to_list()
    # The progress of a rank is that of the schools that were made, but for what shrinkage takes off.
    made = np.array(fitted.group_by("urn").agg(pl.col("effect").first())["effect"])
    for rank in (20, 5):
        true = np.quantile(made, 1 - rank / 100) - np.quantile(made, 0.5)
        middle, delta = (model.benchmarks.filter(rank=one)["progress"].item() for one in (50, rank))
        assert delta - middle == pytest.approx(true, rel=0.12)


def test_a_rank_adds_its_progress_and_narrows_the_interval() -> None:
    found = POINTS.estimate(YEAR, levels=[1, 50, 99]).frame
    for rank in (1, 50, 99):
        delta = POINTS.benchmarks.filter(rank=rank)["progress"].item()
        assert np.allclose(found[f"fft{rank}"] - found["expected"], delta)
    assert abs(POINTS.benchmarks.filter(rank=50)["progress"].item()) < 0.7
    own = found["fft50_high"] - found["fft50_low"]
    assert (own < found["expected_high"] - found["expected_low"]).all()
    spread = POINTS.spread
    assert spread.height == 10
    assert spread["sd"][0] > 1.5 * spread["sd"][-1]
    beyond = POINTS.estimate(pl.DataFrame({"ks2": [85.0], "sex": ["F"], "month": [1]})).frame
    assert (beyond["expected_high"] - beyond["expected"]).item() > Z80 * spread["sd"][0]


def test_reasons_and_the_wider_answer() -> None:
    low, high = POINTS._content["models"][0]["starts"][0]["low"], POINTS._content["models"][0]["starts"][0]["high"]
    pupils = pl.DataFrame(
        {
            "ks2": [None, float("nan"), low, low - 0.5, high, high + 0.5, 100, 100],
            "sex": ["F", None, "F", "F", "M", "M", None, "F"],
            "month": [1, 1, 1, 1, 12, 12, 1, None],
        }
    )
    found = POINTS.estimate(pupils, year=2020)
    missing, outside, context = "prior_missing", "prior_outside", "covariate_missing"
    expected = [missing, missing, "ok", outside, "ok", outside, context, context]
    assert found.frame["status"].to_list() == expected
    figures = found.frame.select(pl.selectors.starts_with("fft", "expected"))
    assert all((column.is_not_null() == (found.frame["status"] == "ok")).all() for column in figures)
    assert found.rows.rows() == [
        ("used", 2),
        ("prior attainment is missing", 2),
        ("prior attainment is outside that of the fit", 2),
        ("context is missing", 2),
    ]
    wider = POINTS.estimate(pupils, missing_prior="wider", year=2020).frame
    assert wider["status"].to_list() == ["all_pupils"] * 2 + expected[2:]
    assert wider["expected"][0] == pytest.approx(YEAR["a8"].mean())
    half = Z80 * YEAR["a8"].std()  # type: ignore[operator]  # a number
    assert wider["expected_high"][0] - wider["expected"][0] == pytest.approx(half)
    assert wider["fft5_high"][0] - wider["fft5"][0] < half


def test_context_beyond_that_of_the_fit_has_no_estimate() -> None:
    rng = np.random.default_rng(4)
    income = rng.normal(30, 8, YEAR.height)
    income[5] = 1e4
    frame = YEAR.with_columns(income=income, intake=(pl.col("ks2") / 3).mean().over("urn"))
    model = sf.EstimateModel.fit(frame, "a8", "ks2", "income", school_context="intake", estimate_type="B")
    low, high = (np.sort(income)[at] for at in (5, -6))
    beyond = high + 1e-6
    pupils = pl.DataFrame({"ks2": [100.0] * 6, "income": [low, high, low - 1e-6, beyond, 30.0, None]})
    pupils = pupils.with_columns(intake=pl.Series([34.7] * 4 + [50.0, 34.7]))
    found = model.estimate(pupils)
    outside = "covariate_outside"
    assert found.frame["status"].to_list() == ["ok", "ok", outside, outside, outside, "covariate_missing"]
    assert found.frame["fft5_high"].is_not_null().sum() == 2
    assert found.rows.row(-1) == ("context is outside that of the fit", 3)
    # What text makes of a figure changes nothing at the ends: every school but those of few pupils is inside.
    within = model.estimate(frame.filter(pl.col("income").is_between(20, 40))).frame
    assert (within["status"] != "ok").sum() < 30


def test_a_number_that_few_pupils_have_is_refused() -> None:
    def flagged(number: int) -> pl.DataFrame:
        return YEAR.with_columns(looked_after=(pl.int_range(pl.len()) < number).cast(pl.Int8))

    assert sf.EstimateModel.fit(flagged(6), "a8", "ks2", "looked_after").coefficients.height == 6
    with pytest.raises(sf.exceptions.InputError, match="'looked_after': fewer than 6 pupils have less than 0, and"):
        sf.EstimateModel.fit(flagged(5), "a8", "ks2", "looked_after")


def test_ends_are_compared_as_decimals() -> None:
    """Fine levels are thirds and sixths, which no text and no ninth decimal holds to the last binary digit."""
    thirds = YEAR.with_columns(ks2=pl.col("ks2").round() / 3)
    ends = [33.0, 34.333333333, 36.666666667, 40.0]
    model = sf.EstimateModel.fit(thirds, "a8", "ks2", shape="groups", groups=ends)
    found = model.estimate(pl.DataFrame({"ks2": [103 / 3, 103.1 / 3, 110 / 3, 110.1 / 3]})).frame["expected"]
    by_group = model.estimate(pl.DataFrame({"ks2": [34.0, 35.0, 36.0, 37.0]})).frame["expected"]
    assert found.equals(by_group)
    for factor in (1 / 3, 1.00731234567891, 0.1 + 0.2, 1 / 7, np.pi):
        scaled = YEAR.head(3000).with_columns(pl.col("ks2") * factor)
        values = scaled["ks2"].sort()
        fitted = sf.EstimateModel.fit(scaled, "a8", "ks2", method="moments")
        ends_of = pl.DataFrame({"ks2": [values[5], values[-6]]})
        for one in (fitted, sf.EstimateModel.from_json(fitted.to_json())):
            assert one.estimate(ends_of).frame["status"].to_list() == ["ok", "ok"], factor


def test_years_that_the_model_does_not_reach_are_refused() -> None:
    pupils = pl.DataFrame({"ks2": [100.0], "sex": ["F"], "month": [1]})
    for year in (2019, 2022):
        assert POINTS.estimate(pupils, year=year).used == 1
        assert POINTS.estimate(pupils.with_columns(year=year)).used == 1
    for year in (2018, 2023):
        told = f"holds for 2019 to 2022 .*{year}"
        with pytest.raises(sf.exceptions.InputError, match=told):
            POINTS.estimate(pupils, year=year)
        with pytest.raises(sf.exceptions.InputError, match=told):
            POINTS.estimate(pupils.with_columns(year=year))
    unknown = sf.EstimateModel.fit(YEAR, "a8", "ks2")
    assert "not known" in unknown.estimate(pupils).notes[-1]
    assert unknown.estimate(pupils.with_columns(year=1999)).used == 1


def test_notes_say_what_an_estimate_is() -> None:
    notes = " ".join(POINTS.estimate(YEAR.head(3), confidence=0.9, year=2019).notes)
    for words in (
        "FFT-style indicative estimate (not FFT data)",
        "not a target",
        "invented pupils, 2019",
        "90 %",
        "type A",
    ):
        assert words in notes
    assert "not FFT data" in repr(POINTS)
    assert "not FFT data" in POINTS._repr_html_()


def test_a_model_of_few_schools_says_so() -> None:
    for schools, said in ((29, True), (30, False)):
        model = sf.EstimateModel.fit(cohort(8, schools, (12, 20)), "a8", "ks2")
        notes = " ".join(model.estimate(YEAR.head(3)).notes)
        assert (f"a8 rests on {schools} schools, fewer than 30: intervals may hold less than they say" in notes) is said


def test_the_artefact_is_its_text() -> None:
    again = sf.EstimateModel.from_json(POINTS.to_json())
    assert again == POINTS
    assert again.content_hash == POINTS.content_hash
    assert (again.source, again.year) == ("invented pupils", 2019)
    assert_frame_equal(again.estimate(YEAR).frame, POINTS.estimate(YEAR).frame)

    def changed(change: Any) -> str:
        content = json.loads(POINTS.to_json())
        change(content["models"][0])
        return json.dumps(content)

    for change in (
        lambda model: model["benchmarks"].pop(),
        lambda model: model["benchmarks"].reverse(),
        lambda model: model["coefficients"].pop(),
        lambda model: model.update(within=-1.0),
        lambda model: model["spread"].clear(),
        lambda model: model.update(extra=1),
        lambda model: model["starts"].clear(),
        # Intervals would be missing beside an estimate.
        lambda model: model["covariance"][0].__setitem__(0, -1e4),
        lambda model: model["covariance"][6].__setitem__(0, 1e4),
        lambda model: model.update(ranked=10),
        lambda model: model["context_ends"].pop(),
    ):
        with pytest.raises(sf.exceptions.InputError, match="model of estimates|not what a EstimateModel"):
            sf.EstimateModel.from_json(changed(change))
    with pytest.raises(sf.exceptions.InputError):
        sf.EstimateModel.from_json("{}")


def test_nothing_kept_rests_on_few_pupils() -> None:
    content = POINTS._content["models"][0]
    values = YEAR["ks2"].sort()
    assert content["starts"][0]["low"] == values[5]
    assert content["starts"][0]["high"] == values[-6]
    assert POINTS.spread["pupils"].min() >= 30  # type: ignore[operator]  # a number
    text = POINTS.to_json()
    assert "100003" not in text
    assert "100149" not in text


def test_figures_do_not_depend_on_chunks_or_company() -> None:
    chunked = pl.concat([YEAR[:7], YEAR[7:8], YEAR[8:]], rechunk=False)
    model = sf.EstimateModel.fit(
        chunked, "a8", "ks2", "sex", month_of_birth="month", year=2019, source="invented pupils"
    )
    assert model == POINTS
    whole = POINTS.estimate(YEAR, keep="urn").frame
    assert_frame_equal(whole[100:110], POINTS.estimate(YEAR[100:110], keep="urn").frame)
    lazily = YEAR.lazy().select(POINTS.apply()).collect(engine="streaming").unnest("ks2")
    assert_frame_equal(lazily, whole.drop("urn", "outcome"))


def test_several_outcomes_use_the_pupils_who_have_them() -> None:
    some = YEAR.with_columns(pl.when(pl.int_range(pl.len()) % 3 == 0).then("maths").alias("maths"))
    model = sf.EstimateModel.fit(some, ["a8", "maths"], "ks2", grades={"maths": [str(grade) for grade in range(10)]})
    assert model.outcomes["pupils"].to_list() == [YEAR.height, (YEAR.height + 2) // 3]
    found = model.estimate(YEAR.head(4), keep=["urn"], levels=[20]).frame
    assert found.columns == [
        "urn", "outcome", "expected", "expected_low", "expected_high", "fft20", "fft20_low", "fft20_high",
        "fft20_headline", "fft20_chances", "status",
    ]  # fmt: skip
    assert found["outcome"].to_list() == ["a8"] * 4 + ["maths"] * 4
    assert found["fft20_chances"].null_count() == 4
    assert found.schema["fft20_chances"] == pl.List(pl.Float64)


def test_similar_schools() -> None:
    frame = YEAR.with_columns(intake=pl.col("ks2").mean().over("urn"))
    with pytest.raises(sf.exceptions.InputError, match="type A rest on the pupil alone"):
        sf.EstimateModel.fit(frame, "a8", "ks2", school_context="intake")
    with pytest.raises(sf.exceptions.InputError, match="type B compare with similar schools"):
        sf.EstimateModel.fit(frame, "a8", "ks2", estimate_type="B")
    model = sf.EstimateModel.fit(frame, "a8", "ks2", school_context="intake", estimate_type="D")
    found = model.estimate(frame.head(2)).frame
    assert "fft25" in found.columns
    assert "fft50" not in found.columns
    wrong = frame.with_columns(pl.when(pl.int_range(pl.len()) == 0).then(0.0).otherwise("intake").alias("intake"))
    with pytest.raises(sf.exceptions.InputError, match="constant within a school, and school 100000 has 2 values"):
        sf.EstimateModel.fit(wrong, "a8", "ks2", school_context="intake", estimate_type="B")


@settings(max_examples=25, deadline=None)
@given(
    ks2=st.lists(st.floats(60, 140, allow_nan=False) | st.none() | st.just(float("nan")), min_size=1, max_size=20),
    confidence=st.floats(0.01, 0.99),
)
def test_every_row_has_figures_in_order_or_a_reason(ks2: list[float | None], confidence: float) -> None:
    pupils = pl.DataFrame({"ks2": pl.Series(ks2, dtype=pl.Float64), "sex": ["F"] * len(ks2), "month": [3] * len(ks2)})
    found = POINTS.estimate(pupils, levels=[50, 20, 5], confidence=confidence, year=2019).frame
    assert found.height == len(ks2)
    there = found.filter(status="ok")
    assert found.filter(pl.col("status") != "ok")["fft5"].null_count() == found.height - there.height
    assert (there["fft50"] <= there["fft20"]).all()
    assert (there["fft20"] <= there["fft5"]).all()
    assert (there["fft20_low"] < there["fft20"]).all()
    assert (there["fft20"] < there["fft20_high"]).all()


def test_progress_that_a_target_needs() -> None:
    cohort_of = YEAR.filter(pl.col("urn") == YEAR["urn"][0])
    typical = POINTS.estimate(cohort_of, keep=[]).frame["expected"].mean()
    assert isinstance(typical, float)
    progress = POINTS.benchmarks["progress"]
    for target, rank, status in [
        (typical + progress[19] - 1e-9, 20, "ok"),
        (typical + progress[19] + 1e-9, 19, "ok"),
        (typical + progress[0] + 1e-6, None, "beyond_rank_1"),
        (typical - 1e6, 99, "ok"),
    ]:
        found = POINTS.progress_needed(cohort_of, {"a8": target}).frame.row(0, named=True)
        assert (found["rank"], found["status"]) == (rank, status)
        assert found["progress"] == pytest.approx(target - typical)
    # Pupils vary each on their own, but the error of the coefficients is common to all of them.
    terms = pl.DataFrame(prior_columns(cohort_of.select("ks2"), {"ks2": shape_of(YEAR["ks2"], "spline", 1)}))
    terms = terms.with_columns(male=(cohort_of["sex"] == "M").cast(pl.Float64), month=cohort_of["month"])
    x = np.column_stack([np.ones(terms.height), terms.to_numpy()])
    lower = np.array([row + [0.0] * (7 - len(row)) for row in POINTS._content["models"][0]["covariance"]])
    v = lower + np.tril(lower, -1).T
    spread = np.interp(cohort_of["ks2"], POINTS.spread["prior"], POINTS.spread["sd"])
    chance = (spread**2).sum() / len(x) ** 2
    half = found["progress_high"] - found["progress"]
    errors = np.sqrt(np.einsum("ij,jk,ik->i", x, v, x))
    assert half == pytest.approx(Z80 * np.sqrt(chance + errors.mean() ** 2))
    exact = Z80 * np.sqrt(chance + x.mean(axis=0) @ v @ x.mean(axis=0))
    assert exact <= half < 1.1 * exact
    for pupils, shown in ((5, "below_minimum"), (6, "ok")):
        few = POINTS.progress_needed(YEAR.head(pupils), {"a8": 30}).frame
        assert few["status"].item() == shown
        assert few["typical"].null_count() == (shown != "ok")
    with pytest.raises(sf.exceptions.UnknownNameError, match="outcome 'english' does not exist"):
        POINTS.progress_needed(YEAR, {"english": 5})
    with pytest.raises(sf.exceptions.InputError, match="targets"):
        POINTS.progress_needed(YEAR, {})
