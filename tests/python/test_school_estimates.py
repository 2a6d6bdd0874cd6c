"""Estimates of schools by intake: oracles, real schools, boundaries, refusals, Southend's benchmarks."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

import schoolframe as sf
from schoolframe._size_classes import size_classes
from schoolframe.exceptions import InputError, UnknownNameError

INTAKE = ["fsm_ever6_pct", "eal_pct", "sen_support_pct", "gender"]


def invented(schools: int = 120, seed: int = 1) -> pl.DataFrame:
    """Schools with an outcome that follows from two columns, and more spread than chance."""
    draw = np.random.default_rng(seed)
    fsm, n = draw.uniform(2, 60, schools), draw.integers(20, 250, schools)
    gender = draw.choice(["Mixed", "Girls", "Boys"], schools, p=[0.7, 0.2, 0.1])
    a8 = 55 - 0.3 * fsm + 4 * (gender == "Girls") + draw.normal(0, 4, schools) + draw.normal(0, 15, schools) / n**0.5
    return pl.DataFrame({"urn": range(schools), "fsm": fsm, "gender": gender, "n": n, "a8": a8})


@pytest.fixture(scope="module")
def england() -> pl.DataFrame:
    """Every school with results of 2019, with the intake of the census of that January."""
    census = sf.samples.census().filter(pl.col("level") == "school")
    register = sf.samples.register().select("urn", "gender", "admissions_policy", "type_group")
    return census.select("urn", "fsm_ever6_pct", "eal_pct", "sen_support_pct").join(register, on="urn")


@pytest.fixture(scope="module")
def secondary(england: pl.DataFrame) -> pl.DataFrame:
    results = sf.samples.ks4().schools.filter(pl.col("year") == 2019, pl.col("rectype") == 1)
    results = results.select("urn", "la", "school_name", "year", a8="ATT8SCR", n="TPUP")
    of_state = pl.col("type_group").is_in(["Academy", "Maintained School"])
    return results.join(england, on="urn").filter(of_state, pl.col("admissions_policy") == "Non-selective")


@pytest.fixture(scope="module")
def primary(england: pl.DataFrame) -> pl.DataFrame:
    results = sf.samples.ks2().schools.filter(pl.col("year") == 2018, pl.col("rectype") == 1)
    results = results.select("urn", "la", "school_name", "year", ks2_exp_rwm_pct="PTRWM_EXP", n="TELIG")
    return results.join(england, on="urn")


def fit(frame: pl.DataFrame, **more: Any) -> sf.SchoolEstimateModel:
    return sf.SchoolEstimateModel.fit(frame, "a8", ["fsm", "gender"], "n", **({"sd": 15.0} | more))


def matrices(frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design with Boys as the reference, outcome and sampling variance."""
    gender = frame["gender"].to_numpy()
    x = np.column_stack([np.ones(frame.height), frame["fsm"], gender == "Girls", gender == "Mixed"]).astype(float)
    return x, frame["a8"].to_numpy(), 15.0**2 / frame["n"].to_numpy()


def reml(x: np.ndarray, y: np.ndarray, v: np.ndarray) -> float:
    """The variance between schools by restricted likelihood, written plainly."""

    def criterion(tau2: float) -> float:
        w = 1 / (tau2 + v)
        a = x.T @ (w[:, None] * x)
        b = np.linalg.solve(a, x.T @ (w * y))
        return float(np.log(tau2 + v).sum() + np.linalg.slogdet(a)[1] + (w * (y - x @ b) ** 2).sum())

    top = 4 * float(np.var(y)) + 4 * float(v.max())
    grid = np.concatenate([[0.0], np.geomspace(1e-6, top, 200)])
    best = int(np.argmin([criterion(value) for value in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, 200)]
    found = optimize.minimize_scalar(criterion, bounds=(low, high), method="bounded", options={"xatol": 1e-12})
    return 0.0 if criterion(0.0) <= found.fun else float(found.x)


def test_coefficients_are_those_of_weighted_least_squares() -> None:
    frame = invented()
    model = fit(frame)
    x, y, v = matrices(frame)
    tau2 = model.variances["tau2"].item()
    oracle = sm.WLS(y, x, weights=1 / (tau2 + v)).fit(cov_type="fixed scale")
    found = model.coefficients
    assert found["term"].to_list() == ["intercept", "fsm", "gender: Girls", "gender: Mixed"]
    assert found["reference"].to_list() == [None, None, "Boys", "Boys"]
    np.testing.assert_allclose(found["estimate"], oracle.params, rtol=1e-9)
    np.testing.assert_allclose(found["se"], oracle.bse, rtol=1e-9)
    np.testing.assert_allclose(found["p_value"], oracle.pvalues, rtol=1e-6, atol=1e-12)
    residuals = y - oracle.fittedvalues
    figures = model.variances.row(0, named=True)
    assert figures["residual_sd"] == pytest.approx(np.sqrt((residuals**2).sum() / (len(y) - 4)), rel=1e-9)
    assert figures["r2"] == pytest.approx(1 - (residuals**2).sum() / ((y - y.mean()) ** 2).sum(), rel=1e-9)
    assert figures["sampling_variance"] == pytest.approx(v.mean())
    alone = reml(np.ones((len(y), 1)), y, v)
    assert figures["r2_between"] == pytest.approx(1 - tau2 / alone, rel=1e-5)


@given(st.integers(0, 10_000), st.integers(20, 60))
@settings(max_examples=25)
def test_the_variance_between_schools(seed: int, schools: int) -> None:
    frame = invented(schools, seed)
    if min(frame["gender"].value_counts()["count"].to_list()) < 2 or frame["gender"].n_unique() < 3:
        return
    x, y, v = matrices(frame)
    assert fit(frame).variances["tau2"].item() == pytest.approx(reml(x, y, v), rel=1e-4, abs=1e-6)
    hat = x @ np.linalg.solve(x.T @ x, x.T)
    residuals = y - hat @ y
    moments = ((residuals**2).sum() - (v * (1 - np.diag(hat))).sum()) / (schools - 4)
    assert fit(frame, method="moments").variances["tau2"].item() == pytest.approx(max(0.0, moments), rel=1e-9, abs=1e-9)


def test_intervals_and_benchmarks() -> None:
    frame = invented()
    model = fit(frame, year=2019, source="invented schools")
    x, y, v = matrices(frame)
    tau2 = model.variances["tau2"].item()
    w = 1 / (tau2 + v)
    covariance = np.linalg.inv(x.T @ (w[:, None] * x))
    b = covariance @ x.T @ (w * y)
    shrunken = tau2 / (tau2 + v) * (y - x @ b)
    deltas = np.quantile(shrunken, 1 - np.arange(1, 100) / 100)
    np.testing.assert_allclose(model.benchmarks["shrunken"], deltas, atol=1e-9)
    measured = model.estimate(frame, [50, 20], confidence=0.9)
    found = measured.frame
    results = ["outcome", "expected", "expected_low", "expected_high"]
    results += ["fft50", "fft50_low", "fft50_high", "fft20", "fft20_low", "fft20_high", "status"]
    assert found.columns == [*frame.columns, *results]
    z = stats.norm.ppf(0.95)
    error = ((x @ covariance) * x).sum(axis=1)
    half = z * np.sqrt(tau2 + v + error)
    np.testing.assert_allclose(found["expected"], x @ b)
    np.testing.assert_allclose(found["expected_high"], x @ b + half)
    np.testing.assert_allclose(found["expected_low"], x @ b - half)
    np.testing.assert_allclose(found["fft20"], x @ b + deltas[19])
    np.testing.assert_allclose(found["fft20_low"], x @ b + deltas[19] - z * np.sqrt(v + error))
    assert found["outcome"].unique().to_list() == ["a8"]
    assert "not FFT data" in measured.notes[0]
    assert "invented schools, 2019" in measured.notes[0]
    assert measured.used == frame.height


def test_percentages_are_fitted_on_the_empirical_logit() -> None:
    draw = np.random.default_rng(3)
    fsm, n = draw.uniform(0, 60, 150), draw.integers(12, 90, 150)
    share = 1 / (1 + np.exp(-(1.5 - 0.04 * fsm + draw.normal(0, 0.4, 150))))
    count = draw.binomial(n, share)
    count[:2] = [n[0], 0]
    frame = pl.DataFrame({"fsm": fsm, "n": n, "rwm": 100 * count / n})
    model = sf.SchoolEstimateModel.fit(frame, "rwm", "fsm", "n", unit="percentage")
    x, y = np.column_stack([np.ones(150), fsm]), np.log((count + 0.5) / (n - count + 0.5))
    share = np.full(150, (count.sum() + 0.5) / (n.sum() + 1))
    for _ in range(4):
        v = 1 / (n * share * (1 - share))
        tau2 = reml(x, y, v)
        b = sm.WLS(y, x, weights=1 / (tau2 + v)).fit().params
        share = 1 / (1 + np.exp(-x @ b))
    assert model.variances["tau2"].item() == pytest.approx(tau2, rel=1e-4)
    np.testing.assert_allclose(model.coefficients["estimate"], b, rtol=1e-4)
    found = model.estimate(frame, confidence=0.999).frame
    np.testing.assert_allclose(found["expected"], 100 * share, rtol=1e-4)
    figures = found.select(pl.col("^expected.*|fft.*$")).to_numpy()
    assert 0 < figures.min() < figures.max() < 100


def test_secondary_schools_of_2019(secondary: pl.DataFrame) -> None:
    model = sf.SchoolEstimateModel.fit(secondary, "a8", INTAKE, "n", sd=14.5, year=2019, source="England")
    figures = model.variances.row(0, named=True)
    assert figures["schools"] > 2500
    assert 0.4 < figures["r2"] < 0.9
    slopes = dict(model.coefficients.select("term", "estimate").iter_rows())
    assert slopes["fsm_ever6_pct"] < 0
    assert slopes["gender: Girls"] > 0
    found = model.estimate(secondary).frame.filter(pl.col("status") == "ok", pl.col("a8").is_not_null())
    inside = found.select(pl.col("a8").is_between("expected_low", "expected_high").mean()).item()
    assert inside == pytest.approx(0.8, abs=0.04)
    reached = [found.select((pl.col("a8") >= pl.col(f"fft{rank}")).mean()).item() for rank in (50, 20, 5)]
    assert reached == pytest.approx([0.5, 0.2, 0.05], abs=0.03)


def test_a_year_that_was_not_fitted_by_size(england: pl.DataFrame) -> None:
    """Intervals hold what they say over all sizes, less in small schools, as the documentation has it."""
    results = sf.samples.ks4().schools.filter(pl.col("rectype") == 1).select("urn", "year", a8="ATT8SCR", n="TPUP")
    of_state = pl.col("type_group").is_in(["Academy", "Maintained School"])
    schools = results.join(england, on="urn").filter(of_state, pl.col("admissions_policy") == "Non-selective")
    model = sf.SchoolEstimateModel.fit(schools.filter(year=2018), "a8", INTAKE, "n", sd=14.5, year=2018)
    found = model.estimate(schools.filter(year=2019)).frame.filter(pl.col("status") == "ok", pl.col("a8").is_not_null())
    held = found.select("n", held=100 * pl.col("a8").is_between("expected_low", "expected_high"))
    assert held.height == 2769
    assert held["held"].mean() == pytest.approx(81.1, abs=0.1)
    sizes = held.group_by(size_classes(held["n"], [60, 120, 180]).alias("size")).agg(pl.col("held").mean()).sort("size")
    assert sizes["held"].to_list() == pytest.approx([70.3, 75.8, 80.8, 84.6], abs=0.1)


def test_primary_schools_stay_percentages(primary: pl.DataFrame) -> None:
    model = sf.SchoolEstimateModel.fit(
        primary, "ks2_exp_rwm_pct", INTAKE[:3], "n", unit="percentage", year=2018, source="England"
    )
    assert model.variances["schools"].item() > 10_000
    found = model.estimate(primary).frame.filter(pl.col("status") == "ok", pl.col("ks2_exp_rwm_pct").is_not_null())
    inside = found.select(pl.col("ks2_exp_rwm_pct").is_between("expected_low", "expected_high").mean()).item()
    assert inside == pytest.approx(0.8, abs=0.04)


def southend(frame: pl.DataFrame, model: sf.SchoolEstimateModel, actual: str) -> pl.DataFrame:
    """Estimates of Southend's schools with the step to the next benchmark."""
    estimated = model.estimate(frame.filter(pl.col("la") == "882", pl.col(actual).is_not_null())).frame
    return estimated.with_columns(sf.next_benchmark(actual, "fft50", "fft20", "fft5").alias("next"))


def test_southends_schools_step_to_their_next_benchmark(secondary: pl.DataFrame, primary: pl.DataFrame) -> None:
    a8 = sf.SchoolEstimateModel.fit(secondary, "a8", INTAKE, "n", sd=14.5, year=2019)
    rwm = sf.SchoolEstimateModel.fit(primary, "ks2_exp_rwm_pct", INTAKE[:3], "n", unit="percentage", year=2018)
    for found, schools in (
        (southend(secondary, a8, "a8"), 8),
        (southend(primary, rwm, "ks2_exp_rwm_pct"), 24),
    ):
        assert found.height >= schools
        step = found.unnest("next")
        assert (step["state"].is_not_null() == (step["status"] == "ok")).all()
        assert (step["status"] == "ok").sum() >= schools - 3


def test_estimates_go_straight_into_the_framework(secondary: pl.DataFrame) -> None:
    model = sf.SchoolEstimateModel.fit(secondary, "a8", INTAKE, "n", sd=14.5, year=2019)
    found = southend(secondary, model, "a8").filter(pl.col("status") == "ok")
    evidence = found.select("urn", "year", "a8", "fft50", "fft20", "fft5")
    result = sf.Framework.load("southend_2017").assign(evidence, phase="secondary")
    levels = found.select(pl.col("next").struct.field("level"))["level"].to_list()
    assert levels.count(50) < len(levels)
    assert not {"a8", "fft50", "fft20", "fft5"} & set(result.unused)
    assert result.frame["urn"].to_list() == found["urn"].to_list()


def test_the_expression_agrees_and_streams() -> None:
    frame = invented(400)
    model = fit(frame)
    expected = model.estimate(frame).frame.drop(frame.columns, "outcome")
    lazy = frame.lazy().select(model.apply().alias("found")).unnest("found")
    assert lazy.collect_schema() == expected.schema
    assert lazy.collect().equals(expected)
    chunked = pl.concat([frame[:7], frame[7:350], frame[350:]], rechunk=False)
    assert chunked.select(model.apply().alias("found")).unnest("found").equals(expected)
    again = sf.SchoolEstimateModel.from_json(model.to_json())
    assert again == model
    assert again.estimate(frame).frame.equals(model.estimate(frame).frame)
    assert "not pupil progress" in repr(model)
    assert "fsm" in model._repr_html_()


def test_the_order_and_the_chunks_of_the_fit_change_nothing() -> None:
    frame = invented(300)
    chunked = pl.concat([frame[:100], frame[100:101], frame[101:]], rechunk=False)
    assert fit(chunked) == fit(frame)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "ok"),
        ({"n": 5}, "below_minimum"),
        ({"n": 6}, "ok"),
        ({"n": 0}, "below_minimum"),
        ({"n": None}, "n_missing"),
        ({"fsm": None}, "intake_missing"),
        ({"gender": None}, "intake_missing"),
        ({"gender": "Other"}, "intake_unknown"),
        ({"fsm": "low"}, "ok"),
        ({"fsm": "under"}, "intake_outside"),
        ({"fsm": "high"}, "ok"),
        ({"fsm": "over"}, "intake_outside"),
    ],
)
def test_states(change: dict[str, Any], status: str) -> None:
    frame = invented()
    edges = {"low": frame["fsm"].min(), "high": frame["fsm"].max()}
    edges |= {"under": edges["low"] - 1e-9, "over": edges["high"] + 1e-9}  # type: ignore[operator]
    row: dict[str, Any] = {"fsm": 20.0, "gender": "Mixed", "n": 100} | change
    row["fsm"] = edges.get(row["fsm"], row["fsm"])
    schema = {"fsm": pl.Float64, "gender": pl.String, "n": pl.Int64}
    measured = fit(frame).estimate(pl.DataFrame([row], schema=schema))
    found = measured.frame.row(0, named=True)
    assert found["status"] == status
    assert all((found[name] is None) == (status != "ok") for name in ("expected", "expected_low", "fft50", "fft5_high"))
    assert measured.used == (status == "ok")


@pytest.mark.parametrize(("n", "counts"), [(10, 0), (11, 1)])
def test_the_smallest_school_that_counts(n: int, counts: int) -> None:
    frame = invented(50).with_columns(n=100)
    more = frame.head(1).with_columns(n=n)
    assert fit(pl.concat([frame, more])).variances["schools"].item() == 50 + counts


def test_years_outside_the_model_are_refused() -> None:
    frame = invented()
    model = fit(frame, year=2019, valid_for=2)
    for year in (2019, 2021):
        assert model.estimate(frame.with_columns(year=year)).used == frame.height
        assert model.estimate(frame, year=year).used == frame.height
    for year in (2018, 2022):
        with pytest.raises(InputError, match="year.*2019 to 2021"):
            model.estimate(frame.with_columns(year=year))
        with pytest.raises(InputError, match="year: .*2019 to 2021"):
            model.estimate(frame, year=year)
    with pytest.raises(InputError, match=r"year.*2019 to 2021.*2019/20 \(row 0\)"):
        model.estimate(frame.with_columns(year=pl.lit("2019/20")))
    assert model.estimate(frame.with_columns(year=pl.lit("2020"))).used == frame.height
    assert fit(frame, year=2019, valid_for=2**63 - 1).estimate(frame.with_columns(year=2030)).used == frame.height
    undated = fit(frame).estimate(frame.with_columns(year=1999))
    assert undated.used == frame.height
    assert "year of the model was not said" in undated.notes[-1]
    assert not any("not said" in note for note in fit(frame, year=2019, source="here").estimate(frame).notes)


def test_columns_that_are_kept() -> None:
    frame = invented()
    model = fit(frame)
    found = model.estimate(frame, [50], keep=["urn"]).frame
    assert found.columns[:3] == ["urn", "outcome", "expected"]
    with pytest.raises(InputError, match="'fft50'.*rename yours, or say with keep"):
        model.estimate(frame.with_columns(fft50=1.0))
    assert model.estimate(frame.with_columns(fft50=1.0), keep="urn").frame.width == 15
    with pytest.raises(UnknownNameError, match="keep"):
        model.estimate(frame, keep=["name"])


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("fsm", {"fsm": pl.lit(3.0)}, "column 'fsm' is 3 in every school that counts"),
    ("fsm twice", {"fsm2": pl.col("fsm") * 2 + 1}, "'fsm2' follows from the columns before it"),
    ("half a pupil", {"n": pl.col("n") + 0.5}, "n: column 'n' must hold whole numbers of pupils"),
    ("nobody", {"n": pl.when(pl.col("urn") > 0).then(pl.col("n")).otherwise(0)}, "must not be 0 where there is"),
    ("endless", {"a8": pl.lit(float("inf"))}, "column 'a8' must hold finite numbers"),
    ("one gender", {"gender": pl.lit("Mixed")}, "'gender' is 'Mixed' in every school"),
    ("lone", {"gender": pl.when(pl.col("urn") == 5).then(pl.lit("X")).otherwise("gender")}, "a single school.*'X'"),
    ("text", {"a8": pl.col("a8").cast(pl.String)}, "outcome: column 'a8' must hold numbers"),
    ("same", {"a8": pl.lit(50.0)}, "same outcome"),
]


@pytest.mark.parametrize(("name", "columns", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused_populations(name: str, columns: dict[str, pl.Expr], message: str) -> None:
    frame = invented().with_columns(**columns)
    intake = ["fsm", "gender", *(["fsm2"] if "fsm2" in columns else [])]
    with pytest.raises(InputError, match=message):
        sf.SchoolEstimateModel.fit(frame, "a8", intake, "n", sd=15.0)


def test_refused_arguments() -> None:
    frame = invented()
    run = sf.SchoolEstimateModel.fit
    with pytest.raises(InputError, match="sd: outcomes in points need"):
        run(frame, "a8", "fsm", "n")
    with pytest.raises(InputError, match="sd: percentages take none"):
        run(frame, "a8", "fsm", "n", unit="percentage", sd=15.0)
    over = frame.with_columns(a8=pl.when(pl.col("urn") == 7).then(100.01).otherwise("a8"))
    with pytest.raises(InputError, match=r"'a8' must not be over 100.*100\.01 \(row 7\)"):
        run(over, "a8", "fsm", "n", unit="percentage")
    with pytest.raises(InputError, match="intake: name at least one column"):
        run(frame, "a8", [], "n", sd=15.0)
    with pytest.raises(InputError, match="'a8' is named twice"):
        run(frame, "a8", ["fsm", "a8"], "n", sd=15.0)
    with pytest.raises(UnknownNameError, match="'idaci'"):
        run(frame, "a8", "idaci", "n", sd=15.0)
    with pytest.raises(UnknownNameError, match="level of 'gender' 'mixed'"):
        run(frame, "a8", "gender", "n", sd=15.0, reference={"gender": "mixed"})
    with pytest.raises(InputError, match="reference: column 'fsm' holds numbers"):
        run(frame, "a8", "fsm", "n", sd=15.0, reference={"fsm": 1})
    with pytest.raises(InputError, match="more schools than that"):
        run(frame.head(2), "a8", "fsm", "n", sd=15.0)
    with pytest.raises(InputError, match="no row counts"):
        run(frame.with_columns(n=3), "a8", "fsm", "n", sd=15.0)
    model = fit(frame)
    for levels in ([], [0], [20, 20]):
        with pytest.raises(InputError, match="levels"):
            model.estimate(frame, levels)
    with pytest.raises(InputError, match="confidence"):
        model.apply(confidence=1.0)
    with pytest.raises(InputError, match="column 'gender' must hold words"):
        model.estimate(frame.with_columns(gender=1))
    with pytest.raises(InputError, match="'n' must hold whole numbers"):
        model.estimate(frame.with_columns(n=7.5))
    with pytest.raises(UnknownNameError, match="'fsm'"):
        model.estimate(frame.drop("fsm"))


def test_levels_need_twenty_schools() -> None:
    frame = invented().with_columns(n=100)
    assert sf.SchoolEstimateModel.fit(frame.head(20), "a8", "fsm", "n", sd=15.0).variances["schools"].item() == 20
    with pytest.raises(InputError, match="at least 20 schools that count, and 19 do"):
        sf.SchoolEstimateModel.fit(frame.head(19), "a8", "fsm", "n", sd=15.0)


def test_shares_are_no_percentages() -> None:
    frame = invented().with_columns(n=100, rwm=pl.col("fsm") / 60)
    with pytest.raises(InputError, match="column 'rwm' is at most .* not shares"):
        sf.SchoolEstimateModel.fit(frame, "rwm", "fsm", "n", unit="percentage")
    rare = frame.with_columns(rwm=1.01 * pl.col("rwm") / frame["rwm"].max())
    assert sf.SchoolEstimateModel.fit(rare, "rwm", "fsm", "n", unit="percentage").variances["schools"].item() == 120


def test_notes_say_what_the_figures_are() -> None:
    frame = invented().with_columns(rwm=pl.col("a8").clip(0, 100))
    points = fit(frame).estimate(frame).notes
    share = sf.SchoolEstimateModel.fit(frame, "rwm", "fsm", "n", unit="percentage").estimate(frame).notes
    assert [any("median" in note for note in notes) for notes in (points, share)] == [False, True]
    assert any("where small schools differ more, it holds fewer of theirs" in note for note in points)
    few = frame.head(4).with_columns(n=pl.Series([5, 6, 10, 11]))
    (note,) = [note for note in fit(frame).estimate(few).notes if "part of the fit" in note]
    assert note.startswith("2 of the schools with estimates have fewer than 11 pupils")
    assert not any("part of the fit" in note for note in points)
    alike = fit(frame, sd=1000.0)
    assert alike.variances["tau2"].item() == 0
    said = [
        any("no rank can be told from another" in note for note in notes)
        for notes in (points, alike.estimate(frame).notes)
    ]
    assert said == [False, True]


def test_texts_that_no_fit_wrote_are_refused() -> None:
    model = fit(invented())
    content = json.loads(model.to_json())
    changes: list[dict[str, Any]] = [{"tau2": -1.0}, {"benchmarks": [0.0]}, {"columns": []}, {"coefficients": [1.0]}]
    for change in changes:
        with pytest.raises(InputError):
            sf.SchoolEstimateModel.from_json(json.dumps(content | {"model": content["model"] | change}))
    outside: list[dict[str, Any]] = [{"valid_for": -1}, {"n": 3}, {"source": 4}]
    for outer in outside:
        with pytest.raises(InputError):
            sf.SchoolEstimateModel.from_json(json.dumps(content | outer))


def test_words_of_every_kind() -> None:
    frame = invented()
    plain = fit(frame)
    for dtype in (pl.Categorical, pl.Enum(["Boys", "Girls", "Mixed"])):
        cast = frame.with_columns(pl.col("gender").cast(dtype))
        assert fit(cast).coefficients.equals(plain.coefficients)
        assert plain.estimate(cast, keep="urn").frame.equals(plain.estimate(frame, keep="urn").frame)
    flags = frame.with_columns(girls=pl.col("gender") == "Girls")
    model = sf.SchoolEstimateModel.fit(flags, "a8", ["fsm", "girls"], "n", sd=15.0)
    assert model.coefficients["term"].to_list() == ["intercept", "fsm", "girls: true"]
    mixed = fit(frame, reference={"gender": "Mixed"})
    assert mixed.coefficients["reference"].to_list()[2:] == ["Mixed", "Mixed"]
    np.testing.assert_allclose(mixed.estimate(frame).frame["expected"], plain.estimate(frame).frame["expected"])
