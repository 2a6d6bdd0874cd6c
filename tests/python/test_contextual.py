"""Contextual value added against statsmodels and its own formulas, on random pupils."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError


def cohort(seed: int = 11, schools: int = 60) -> pl.DataFrame:
    """Pupils with prior attainment, two marks of context, and schools that differ in intake and effect."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), rng.integers(5, 60, schools))
    ks2 = np.clip(103 + 3 * rng.normal(size=schools)[school] + 7 * rng.normal(size=school.size), 80, 120).round(1)
    fsm = rng.random(school.size) < 0.27
    sen = rng.choice(["none", "K", "E"], school.size, p=[0.8, 0.16, 0.04])
    effect = 3 * rng.normal(size=schools)
    a8 = 45 + 1.2 * (ks2 - 103) + 0.03 * (ks2 - 103) ** 2 - 4 * fsm - 6 * (sen == "E") + effect[school]
    a8 = a8 + 9 * rng.normal(size=school.size)
    return pl.DataFrame({"urn": school + 100_000, "ks2": ks2, "fsm": fsm, "sen": sen, "a8": a8})


PUPILS = cohort()


def fitted(frame: pl.DataFrame = PUPILS, **given: object) -> sf.ContextualValueAdded:
    settings: dict[str, object] = {"reference": {"sen": "none"}, "centre": 1000} | given
    return sf.ContextualValueAdded.fit(frame, "a8", "ks2", ["fsm", "sen"], **settings)  # type: ignore[arg-type]


def test_equal_to_statsmodels() -> None:
    import statsmodels.formula.api as smf

    model = fitted()
    by_hand = PUPILS.with_columns(
        x1=pl.col("ks2") - pl.col("ks2").mean(),
        fsm=pl.col("fsm").cast(pl.Int8),
        mean=pl.col("ks2").mean().over("urn"),
        spread=pl.col("ks2").std().over("urn"),
    ).with_columns(x2=pl.col("x1") ** 2)
    formula = "a8 ~ x1 + x2 + fsm + C(sen, Treatment('none')) + mean + spread"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = smf.mixedlm(formula, by_hand.to_pandas(), groups="urn").fit()
    ours = dict(model.coefficients.select("term", "estimate").rows())
    names = {
        "Intercept": "intercept",
        "x1": "ks2",
        "x2": "ks2^2",
        "fsm": "fsm: true",
        "C(sen, Treatment('none'))[T.E]": "sen: E",
        "C(sen, Treatment('none'))[T.K]": "sen: K",
        "mean": "ks2: school mean",
        "spread": "ks2: school spread",
    }
    for name, value in theirs.fe_params.items():
        assert ours[names[str(name)]] == pytest.approx(value, rel=1e-3, abs=1e-3), name
    last = model.stages.row(-1, named=True)
    assert last["between"] == pytest.approx(float(theirs.cov_re.iloc[0, 0]), rel=1e-3)
    assert last["within"] == pytest.approx(theirs.scale, rel=1e-4)
    effects = [float(theirs.random_effects[urn].iloc[0]) for urn in model.effects["urn"].to_list()]
    assert (model.effects["value_added"] - 1000).to_list() == pytest.approx(effects, abs=2e-3)


def test_formulas_of_value_added() -> None:
    model = fitted()
    last = model.stages.row(-1, named=True)
    u, e = last["between"], last["within"]
    for row in model.effects.iter_rows(named=True):
        n = row["n"]
        if row["status"] == "below_minimum":
            assert n < 6
            assert row["value_added"] is None
            continue
        shrink = u / (u + e / n)
        assert row["reliability"] == pytest.approx(shrink)
        assert row["value_added"] == pytest.approx(1000 + shrink * row["mean_residual"])
        half = 1.96 * (u * (e / n) / (u + e / n)) ** 0.5
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((row["value_added"] - half, row["value_added"] + half))
    zero = fitted(centre=0).effects["value_added"]
    assert (model.effects["value_added"] - zero).drop_nulls().to_list() == pytest.approx(
        [1000.0] * zero.drop_nulls().len()
    )


def test_stages_are_those_of_models_of_their_own() -> None:
    model = fitted()
    stages = model.stages
    assert stages["stage"].to_list() == ["none", "prior", "context", "school_prior"]
    assert stages["explained_within"].head(3).is_sorted()
    alone = sf.RandomInterceptModel.fit(PUPILS, "a8").variances.row(0, named=True)
    assert (stages["between"][0], stages["within"][0]) == pytest.approx((alone["between"], alone["within"]))
    share = 1 - stages["between"][1] / stages["between"][0]
    assert stages["explained_between"][1] == pytest.approx(share)
    staged = model.coefficients.select("term", "stage").rows()
    assert staged == [
        ("intercept", None),
        ("ks2", "prior"),
        ("ks2^2", "prior"),
        ("fsm: true", "context"),
        ("sen: E", "context"),
        ("sen: K", "context"),
        ("ks2: school mean", "school_prior"),
        ("ks2: school spread", "school_prior"),
    ]
    assert fitted(school_prior=False).stages["stage"].to_list() == ["none", "prior", "context"]


@pytest.mark.parametrize("shape", ["polynomial", "spline"])
def test_applied_to_its_own_pupils_it_gives_the_effects_of_the_fit(shape: str) -> None:
    model = fitted(shape=shape)
    applied = model.apply(PUPILS)
    assert_frame_equal(applied.frame, model.effects, rel_tol=1e-9, abs_tol=1e-9)
    assert applied.rows.rows() == [("used", PUPILS.height)]
    some = PUPILS.filter(pl.col("urn") < 100_005)
    assert_frame_equal(model.apply(some).frame, model.effects.head(5), rel_tol=1e-9, abs_tol=1e-9)


def test_a_school_that_is_hidden_cannot_be_worked_out() -> None:
    sizes = {100_002: 4, 100_003: 8, 100_004: 9}
    sized = [PUPILS.filter(urn=urn).head(size) for urn, size in sizes.items()]
    few = pl.concat([*sized, PUPILS.filter(pl.col("urn") > 100_004, pl.len().over("urn") > 9)])
    model = sf.ContextualValueAdded.fit(few, "a8", ["ks2"])
    assert model.effects["status"].to_list()[:3] == ["below_minimum", "complementary", "ok"]
    assert model.effects.filter(pl.col("status") != "ok")["mean_residual"].null_count() == 2
    assert_frame_equal(model.apply(few).frame, model.effects, rel_tol=1e-9, abs_tol=1e-9)
    # The school that the fit holds back is held back among others too, and needs no second one.
    two = model.apply(pl.concat(sized[1:])).frame
    assert two["status"].to_list() == ["complementary", "ok"]
    others = few.filter(pl.col("urn").is_in([100_005, 100_006]))
    small = model.apply(others.filter(pl.int_range(pl.len()).over("urn") < pl.col("urn") - 99_999)).frame
    assert small.select("n", "status").rows() == [(6, "ok"), (7, "ok")]
    hidden = model.apply(others.filter(pl.int_range(pl.len()).over("urn") < pl.col("urn") - 100_000)).frame
    assert hidden.select("n", "status").rows() == [(5, "below_minimum"), (6, "complementary")]


def test_a_spline_is_the_restricted_cubic_spline() -> None:
    model = fitted(shape="spline", school_prior=False)
    knots = [PUPILS["ks2"].quantile(part, interpolation="linear") for part in (0.05, 0.275, 0.5, 0.725, 0.95)]
    assert json.loads(model.to_json())["prior"]["ks2"]["spline"]["knots"] == pytest.approx(knots)
    x = PUPILS["ks2"].to_numpy()
    t = np.array(knots, dtype=float)

    def cube(distance: Any) -> Any:
        return np.clip(distance, 0, None) ** 3

    columns = {"x0": x}
    for k in range(3):
        tail = cube(x - t[3]) * (t[4] - t[k]) - cube(x - t[4]) * (t[3] - t[k])
        columns[f"x{k + 1}"] = (cube(x - t[k]) - tail / (t[4] - t[3])) / (t[4] - t[0]) ** 2
    by_hand = PUPILS.with_columns(**{name: pl.Series(column) for name, column in columns.items()})
    other = sf.RandomInterceptModel.fit(by_hand, "a8", [*columns, "fsm", "sen"], reference={"sen": "none"})
    assert model.coefficients["estimate"].to_list() == pytest.approx(other.coefficients["estimate"].to_list(), rel=1e-6)


def test_every_row_is_accounted_for() -> None:
    alone = pl.DataFrame({"urn": [1], "ks2": [100.0], "fsm": [False], "sen": ["none"], "a8": [40.0]})
    frame = pl.concat([PUPILS, alone]).with_columns(
        fsm=pl.when(pl.int_range(pl.len()) < 3).then(None).otherwise(pl.col("fsm"))
    )
    model = fitted(frame)
    reasons = [("'fsm' is missing", 3), ("alone in the school, no spread of prior attainment", 1)]
    assert model.rows.rows() == [("used", frame.height - 4), *reasons]
    assert model.apply(frame).rows.rows() == model.rows.rows()
    without = fitted(frame, school_prior=False)
    assert without.rows.rows() == [("used", frame.height - 3), reasons[0]]


def test_the_text_reads_back() -> None:
    model = fitted(source="made up", year=2019)
    again = sf.ContextualValueAdded.from_json(model.to_json())
    assert again == model
    assert_frame_equal(again.apply(PUPILS).frame, model.apply(PUPILS).frame)
    assert "ContextualValueAdded of made up, 2019: a8 centred on 1000; 60 schools by urn" in repr(again)
    assert "<table" in again._repr_html_()
    for text in ("{}", "nothing", model.to_json().replace('"stages":', '"steps":')):
        with pytest.raises(InputError):
            sf.ContextualValueAdded.from_json(text)


def test_what_is_wrong_is_named() -> None:
    fit = sf.ContextualValueAdded.fit
    with pytest.raises(UnknownNameError, match="column 'ks1' is not there"):
        fit(PUPILS, "a8", "ks1")
    with pytest.raises(InputError, match="prior: column 'sen' must hold numbers, it holds String"):
        fit(PUPILS, "a8", "sen")
    with pytest.raises(InputError, match="prior: name at least one column"):
        fit(PUPILS, "a8", [])
    with pytest.raises(InputError, match="degree: 1 to 5 is needed, not 6"):
        fit(PUPILS, "a8", "ks2", degree=6)
    with pytest.raises(UnknownNameError, match="shape 'loess' does not exist. There are: polynomial, spline"):
        fit(PUPILS, "a8", "ks2", shape="loess")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'ks2' has too few different values for the knots of a spline"):
        fit(PUPILS.with_columns((pl.col("ks2") / 20).floor()), "a8", "ks2", shape="spline")
    with pytest.raises(InputError, match="reference: 'fsm1' is not among the columns of words"):
        fitted(reference={"fsm1": "x"})
    few = PUPILS.with_columns(sen=pl.when(pl.int_range(pl.len()) < 5).then(pl.lit("P")).otherwise(pl.col("sen")))
    with pytest.raises(InputError, match=r"context: fewer than 6 pupils have these levels of 'sen': 'P' \(5\)"):
        fitted(few)
    assert fitted(few, min_group=5).coefficients["level"].to_list().count("P") == 1
    with pytest.raises(InputError, match="column 'ks2' is named twice"):
        fit(PUPILS, "a8", "ks2", "ks2")
    with pytest.raises(InputError, match="no row counts"):
        fit(PUPILS.clear(), "a8", "ks2")
    with pytest.raises(InputError, match="needs 2 schools, not 1"):
        fit(PUPILS.filter(pl.col("urn") == 100_000), "a8", "ks2", school_prior=False)
    with pytest.raises(InputError, match="column 'sen' holds levels that the model does not know, 'X' in "):
        fitted().apply(PUPILS.with_columns(sen=pl.lit("X")))
    with pytest.raises(InputError, match="outcome: column 'a8' must hold finite numbers"):
        fitted(PUPILS.with_columns(a8=pl.lit(float("inf"))))
