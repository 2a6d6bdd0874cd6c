"""Random-intercept models against the full covariance matrix, statsmodels and lme4, and what they refuse."""

from __future__ import annotations

import json
import shutil
import subprocess
import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import schoolframe as sf
from _pupils_in_schools import covariates, pupils
from schoolframe.exceptions import InputError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

# Seed, schools, pupils a school, covariates, spread between schools: unbalanced, tiny schools, strong, weak, none.
DATA: dict[str, tuple[int, int, tuple[int, int], int, float]] = {
    "no covariate": (20, 20, (1, 30), 0, 0.5),
    "three covariates": (100, 60, (5, 30), 3, 0.46),
    "five covariates, small schools": (40, 40, (2, 9), 5, 1.5),
    "one covariate, wide range of sizes": (7, 20, (1, 120), 1, 0.3),
    "two covariates, schools alike": (30, 30, (3, 20), 2, 0.0),
}
every = pytest.mark.parametrize("case", DATA)
both = pytest.mark.parametrize("method", ["reml", "ml"])


def frame_of(case: str) -> pl.DataFrame:
    seed, schools, sizes, number, between = DATA[case]
    return pupils(seed, schools, sizes, number, between)


def fitted(frame: pl.DataFrame, method: Literal["reml", "ml"] = "reml") -> sf.RandomInterceptModel:
    return sf.RandomInterceptModel.fit(frame, "y", covariates(frame), method=method, min_group=1)


def dense(frame: pl.DataFrame, between: float, within: float, *, restricted: bool) -> tuple[float, Any, Any]:
    """Log-likelihood, coefficients and their covariances with the whole covariance matrix of the pupils."""
    y = frame["y"].to_numpy()
    x = np.column_stack([np.ones(frame.height), *(frame[name].to_numpy() for name in covariates(frame))])
    school = frame["urn"].to_numpy()
    v = within * np.eye(frame.height) + between * (school[:, None] == school[None, :])
    solved = np.linalg.solve(v, x)
    information = x.T @ solved
    beta = np.linalg.solve(information, solved.T @ y)
    residual = y - x @ beta
    twice = np.linalg.slogdet(v)[1] + residual @ np.linalg.solve(v, residual)
    degrees = y.size
    if restricted:
        twice += np.linalg.slogdet(information)[1]
        degrees -= x.shape[1]
    return -0.5 * (twice + degrees * np.log(2 * np.pi)), beta, np.linalg.inv(information)


@every
@both
def test_the_likelihood_is_that_of_the_full_covariance_and_greatest(case: str, method: Literal["reml", "ml"]) -> None:
    frame = frame_of(case)
    model = fitted(frame, method)
    found = model.variances.row(0, named=True)
    restricted = method == "reml"
    likelihood, beta, covariance = dense(frame, found["between"], found["within"], restricted=restricted)
    assert found["log_likelihood"] == pytest.approx(likelihood, rel=1e-9)
    assert model.coefficients["estimate"].to_list() == pytest.approx(beta.tolist(), rel=1e-7, abs=1e-9)
    assert model.coefficients["se"].to_list() == pytest.approx(np.sqrt(np.diag(covariance)).tolist(), rel=1e-8)
    for step_between, step_within in [(1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3), (1e-2, -1e-2)]:
        between = max(found["between"] + step_between, 0.0)
        beside, _, _ = dense(frame, between, found["within"] + step_within, restricted=restricted)
        assert beside <= likelihood + 1e-9
    assert (case == "two covariates, schools alike") == (found["between"] == 0.0)


@every
@both
def test_equal_to_statsmodels(case: str, method: Literal["reml", "ml"]) -> None:
    import statsmodels.formula.api as smf

    frame = frame_of(case)
    formula = "y ~ " + (" + ".join(covariates(frame)) or "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a border and of steps that fail
        theirs = smf.mixedlm(formula, frame.to_pandas(), groups="urn").fit(reml=method == "reml")
    model = fitted(frame, method)
    ours = model.variances.row(0, named=True)
    assert ours["log_likelihood"] >= theirs.llf - 1e-7
    if case == "two covariates, schools alike":
        # At the border it stops short of the greatest likelihood, or not, as its optimiser goes.
        return
    assert ours["log_likelihood"] == pytest.approx(theirs.llf, abs=1e-4)
    assert ours["between"] == pytest.approx(float(theirs.cov_re.iloc[0, 0]), rel=2e-4, abs=2e-3)
    assert ours["within"] == pytest.approx(theirs.scale, rel=1e-3)
    estimates = theirs.fe_params.to_numpy()
    assert model.coefficients["estimate"].to_list() == pytest.approx(estimates.tolist(), abs=5e-4)
    effects = [float(theirs.random_effects[urn].iloc[0]) for urn in model.effects["urn"].to_list()]
    assert model.effects["effect"].to_list() == pytest.approx(effects, abs=1e-4)


LME4 = """
suppressPackageStartupMessages(library(lme4))
arguments <- commandArgs(TRUE)
d <- read.csv(arguments[1])
model <- lmer(as.formula(arguments[2]), d, REML = arguments[3] == "reml",
  control = lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-12)))
effects <- ranef(model, condVar = TRUE)$urn
numbers <- function(x) paste0("[", paste(format(x, digits = 17), collapse = ","), "]")
cat(sprintf('{"variances":%s,"likelihood":%s,"estimates":%s,"se":%s,"effects":%s,"condsd":%s}',
  numbers(as.data.frame(VarCorr(model))$vcov), numbers(as.numeric(logLik(model))), numbers(fixef(model)),
  numbers(sqrt(diag(as.matrix(vcov(model))))), numbers(effects[, 1]), numbers(sqrt(c(attr(effects, "postVar"))))))
"""


def lme4_is_there() -> bool:
    if shutil.which("Rscript") is None:
        return False
    probe = subprocess.run(["Rscript", "-e", "library(lme4)"], capture_output=True, check=False, timeout=120)
    return probe.returncode == 0


@pytest.mark.skipif(not lme4_is_there(), reason="Rscript with the package lme4 is not installed")
@every
@both
def test_equal_to_lme4(case: str, method: Literal["reml", "ml"], tmp_path: Path) -> None:
    frame = frame_of(case)
    frame.write_csv(tmp_path / "pupils.csv")
    (tmp_path / "fit.R").write_text(LME4, encoding="utf-8")
    formula = " + ".join(["y ~ 1", *covariates(frame), "(1 | urn)"])
    call = ["Rscript", str(tmp_path / "fit.R"), str(tmp_path / "pupils.csv"), formula, method]
    run = subprocess.run(call, capture_output=True, text=True, check=True, timeout=120)
    theirs = json.loads(run.stdout)
    model = fitted(frame, method)
    ours = model.variances.row(0, named=True)
    assert ours["log_likelihood"] == pytest.approx(theirs["likelihood"][0], abs=1e-7)
    assert [ours["between"], ours["within"]] == pytest.approx(theirs["variances"], rel=1e-5, abs=1e-7)
    assert model.coefficients["estimate"].to_list() == pytest.approx(theirs["estimates"], rel=1e-5, abs=1e-6)
    assert model.coefficients["se"].to_list() == pytest.approx(theirs["se"], rel=1e-5)
    assert model.effects["effect"].to_list() == pytest.approx(theirs["effects"], rel=1e-4, abs=1e-6)
    assert model.effects["se"].to_list() == pytest.approx(theirs["condsd"], rel=1e-4, abs=1e-6)


def test_effects_follow_from_the_variances() -> None:
    model = fitted(frame_of("three covariates"))
    figures = model.variances.row(0, named=True)
    between, within = figures["between"], figures["within"]
    assert figures["icc"] == pytest.approx(between / (between + within))
    for row in model.effects.iter_rows(named=True):
        share = between / (between + within / row["n"])
        assert row["reliability"] == pytest.approx(share)
        assert row["effect"] == pytest.approx(share * row["mean_residual"])
        assert row["se"] == pytest.approx((between * (within / row["n"]) / (between + within / row["n"])) ** 0.5)
        assert row["ci_low"] == pytest.approx(row["effect"] - 1.96 * row["se"])
    assert model.effects["urn"].is_sorted()


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_order_of_rows_and_names_of_schools_do_not_matter(seed: int) -> None:
    frame = pupils(seed, 12, (2, 12), 2)
    model = fitted(frame)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed).with_columns(pl.col("urn").cast(pl.String))
    other = fitted(shuffled)
    assert_frame_equal(other.coefficients, model.coefficients, rel_tol=1e-6, abs_tol=1e-8)
    renamed = other.effects.with_columns(pl.col("urn").cast(pl.Int64))
    assert_frame_equal(renamed, model.effects, rel_tol=1e-5, abs_tol=1e-7)


def test_columns_of_words_become_terms() -> None:
    frame = frame_of("no covariate").with_columns(
        sen=pl.int_range(pl.len()).replace_strict({0: "N", 1: "K", 2: "E", 3: "N"}, default="N"),
        girl=pl.int_range(pl.len()) % 3 == 0,
        term=pl.Series(["spring", "autumn"] * 1000)[: frame_of("no covariate").height].cast(
            pl.Enum(["autumn", "spring"])
        ),
    )
    model = sf.RandomInterceptModel.fit(frame, "y", ["sen", "girl", "term"], reference={"sen": "N"}, min_group=1)
    terms = model.coefficients.select("term", "column", "level", "reference").rows()
    assert terms == [
        ("intercept", None, None, None),
        ("sen: E", "sen", "E", "N"),
        ("sen: K", "sen", "K", "N"),
        ("girl: true", "girl", "true", "false"),
        ("term: spring", "term", "spring", "autumn"),
    ]
    by_hand = frame.with_columns(
        x0=(pl.col("sen") == "E").cast(pl.Float64),
        x1=(pl.col("sen") == "K").cast(pl.Float64),
        x2=pl.col("girl").cast(pl.Float64),
        x3=(pl.col("term") == "spring").cast(pl.Float64),
    )
    assert model.coefficients["estimate"].to_list() == fitted(by_hand).coefficients["estimate"].to_list()
    with pytest.raises(InputError, match=r"fewer than 6 pupils have these levels of 'sen': 'E' \(1\), 'K' \(1\); join"):
        sf.RandomInterceptModel.fit(frame, "y", ["sen"])
    with pytest.raises(UnknownNameError, match="level of 'sen' 'none' does not exist.*There are: E, K, N"):
        sf.RandomInterceptModel.fit(frame, "y", ["sen"], reference={"sen": "none"})
    with pytest.raises(InputError, match="reference: 'y' is not among the columns of words in fixed: sen"):
        sf.RandomInterceptModel.fit(frame, "y", ["sen"], reference={"y": "none"})


def test_every_row_is_accounted_for() -> None:
    frame = frame_of("three covariates").with_columns(
        urn=pl.when(pl.int_range(pl.len()) < 2).then(None).otherwise(pl.col("urn")),
        y=pl.when(pl.int_range(pl.len()) < 5).then(float("nan")).otherwise(pl.col("y")),
        x1=pl.when(pl.int_range(pl.len()) == 9).then(None).otherwise(pl.col("x1")),
    )
    model = fitted(frame)
    left_out = [("'urn' is missing", 2), ("'y' is missing", 3), ("'x1' is missing", 1)]
    assert model.rows.rows() == [("used", frame.height - 6), *left_out]
    assert model.rows["rows"].sum() == frame.height
    complete = frame.slice(5).filter(pl.col("x1").is_not_null())
    assert model.coefficients.equals(fitted(complete).coefficients)


@pytest.mark.parametrize(("size", "shown"), [(5, False), (6, True), (7, True)])
def test_small_schools_count_and_are_not_shown(size: int, shown: bool) -> None:
    frame = pupils(3, 8, (20, 30)).filter((pl.col("urn") != 100_000) | (pl.int_range(pl.len()).over("urn") < size))
    model = sf.RandomInterceptModel.fit(frame, "y")
    row = model.effects.row(0, named=True)
    assert (row["urn"], row["n"], row["status"]) == (100_000, size, "ok" if shown else "below_minimum")
    assert all((row[name] is not None) == shown for name in ("mean_residual", "effect", "se", "ci_low", "reliability"))
    assert model.variances["pupils"].item() == frame.height
    if not shown:
        assert '"figures":null,"n":5,"school":"100000"' in model.to_json()
        # Without the next smallest too, its residual would follow from those of the others.
        least = model.effects["n"].tail(-1).arg_min()
        assert least is not None
        assert model.effects["status"].tail(-1).to_list() == [
            "complementary" if at == least else "ok" for at in range(model.effects.height - 1)
        ]
        assert model.to_json().count('"figures":null') == 2
        assert model.predict(frame.filter(urn=100_001 + least).head(1))["status"].to_list() == ["complementary"]


def test_the_reliable_residuals_of_a_fit_add_up_to_nothing() -> None:
    """Why one hidden school is not hidden: the others give it."""
    frame = pupils(6, 8, (6, 30))
    effects = sf.RandomInterceptModel.fit(frame, "y", covariates(frame), min_group=0).effects
    weighted = effects["reliability"] * effects["mean_residual"]
    assert weighted.sum() == pytest.approx(0.0, abs=1e-8)
    few = frame.filter((pl.col("urn") != 100_000) | (pl.int_range(pl.len()).over("urn") < 3))
    hidden = sf.RandomInterceptModel.fit(few, "y", covariates(few)).effects.filter(pl.col("effect").is_null())
    assert hidden.height > 1
    assert hidden["n"].sum() >= 6


def test_predictions() -> None:
    frame = frame_of("three covariates")
    model = sf.RandomInterceptModel.fit(frame, "y", covariates(frame), min_group=10)
    asked = (
        frame.head(3)
        .vstack(frame.tail(1))
        .with_columns(
            urn=pl.Series([100_000, 999_999, None, frame["urn"][-1]], dtype=pl.Int64),
            x2=pl.Series([*frame["x2"].head(3).to_list(), None], dtype=pl.Float64),
        )
    )
    found = model.predict(asked)
    assert found["status"].to_list() == ["ok", "new_school", "new_school", "covariate_missing"]
    estimates = model.coefficients["estimate"].to_numpy()
    rows = asked.select(pl.lit(1.0), *covariates(frame)).head(3).to_numpy()
    effect = model.effects.row(0, named=True)
    fixed = rows @ estimates
    assert found["predicted"].to_list() == pytest.approx([fixed[0] + effect["effect"], fixed[1], fixed[2], None])
    figures = model.variances.row(0, named=True)
    _, _, covariance = dense(frame, figures["between"], figures["within"], restricted=True)
    own = rows[1] @ covariance @ rows[1]
    assert found["se"][1] == pytest.approx((own + figures["between"] + figures["within"]) ** 0.5)
    assert found["se"][0] < found["se"][1]
    words = sf.RandomInterceptModel.fit(frame.with_columns(g=pl.Series(["a", "b"] * 5000)[: frame.height]), "y", ["g"])
    with pytest.raises(InputError, match="column 'g' holds levels that the model does not know, 'c' in 1 rows"):
        words.predict(pl.DataFrame({"urn": [1, 2], "g": ["a", "c"]}))


def test_the_text_reads_back_and_holds_no_pupil() -> None:
    frame = frame_of("three covariates")
    model = sf.RandomInterceptModel.fit(frame, "y", covariates(frame), source="made up", year=2019)
    again = sf.RandomInterceptModel.from_json(model.to_json())
    assert again == model
    assert again.content_hash == model.content_hash
    assert_frame_equal(again.effects, model.effects)
    assert (model.source, model.year) == ("made up", 2019)
    assert "RandomInterceptModel of made up, 2019: y on intercept, x0, x1, x2; 60 schools by urn" in repr(model)
    assert "<table" in model._repr_html_()
    content = json.loads(model.to_json())
    assert set(content["model"]["effects"][0]) == {"school", "n", "figures"}
    for text in ("{}", "[]", "no", '{"kind": "shrinkage", "format": 1}', model.to_json().replace('"within":', '"w":')):
        with pytest.raises(InputError):
            sf.RandomInterceptModel.from_json(text)


def test_what_is_wrong_is_named() -> None:
    frame = frame_of("three covariates")
    fit = sf.RandomInterceptModel.fit
    with pytest.raises(UnknownNameError, match="column 'x9' is not there"):
        fit(frame, "y", ["x9"])
    with pytest.raises(InputError, match="'twice' follows from 'x0', so their coefficients cannot be told apart"):
        fit(frame.with_columns(twice=2 * pl.col("x0") + 1), "y", ["x0", "twice"])
    with pytest.raises(InputError, match="'same' has the same value in every row that counts"):
        fit(frame.with_columns(same=pl.lit(0.1)), "y", ["same"])
    with pytest.raises(InputError, match="column 'g' has the single level 'a'"):
        fit(frame.with_columns(g=pl.lit("a")), "y", ["g"])
    with pytest.raises(InputError, match="outcome: column 'y' must hold numbers, it holds String"):
        fit(frame.with_columns(pl.col("y").cast(pl.String)), "y")
    infinite = frame.with_columns(
        pl.when(pl.int_range(pl.len()) == 7).then(float("-inf")).otherwise(pl.col("x0")).alias("x0")
    )
    with pytest.raises(InputError, match=r"fixed: column 'x0' must hold finite numbers; 1 value .*: -inf \(row 7\)"):
        fit(infinite, "y", ["x0"])
    with pytest.raises(InputError, match="'urn' must hold whole numbers or texts that name schools, it holds Float64"):
        fit(frame.with_columns(pl.col("urn").cast(pl.Float64)), "y")
    with pytest.raises(InputError, match="needs 2 schools, not 1"):
        fit(frame.filter(pl.col("urn") == 100_000), "y")
    with pytest.raises(InputError, match="every school has a single pupil"):
        fit(frame.unique("urn", keep="first"), "y")
    with pytest.raises(InputError, match="no spread within schools"):
        fit(frame.with_columns(y=pl.col("urn").cast(pl.Float64).sin()), "y")
    with pytest.raises(InputError, match="no row has a value in each of urn, y"):
        fit(frame.clear(), "y")
    with pytest.raises(InputError, match="no row has a value in each of urn, y"):
        fit(frame.with_columns(y=pl.lit(None, dtype=pl.Float64)), "y")
    with pytest.raises(InputError, match="column 'y' is named twice"):
        fit(frame, "y", ["y"])
    with pytest.raises(InputError, match="a column cannot be called 'n' here"):
        fit(frame.rename({"urn": "n"}), "y", school="n")
    with pytest.raises(UnknownNameError, match="method 'rml' does not exist"):
        fit(frame, "y", method="rml")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="confidence must lie between 0 and 1, not 95"):
        fit(frame, "y", confidence=95)
    with pytest.raises(InputError, match="min_group: a whole number"):
        fit(frame, "y", min_group=-1)
    with pytest.raises(InputError, match="year: a whole number is needed"):
        fit(frame, "y", year="2018/19")  # type: ignore[arg-type]
