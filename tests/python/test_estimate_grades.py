"""Estimates of grades: the ordered model, chances on other pupils, and grades that cannot be."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest

import schoolframe as sf
from _estimate_cohort import cohort
from schoolframe._contextual_columns import prior_columns, shape_of

YEAR = cohort(11, 300)
MODEL = sf.EstimateModel.fit(
    YEAR, ["maths", "english"], "ks2", "sex", month_of_birth="month", grades=["maths", "english"]
)
NAMES = [str(grade) for grade in range(10)]


def at_least(frame: pl.DataFrame, rank: int) -> np.ndarray:
    """Chances of each grade or better, one row for each pupil."""
    return np.array(frame[f"fft{rank}_chances"].to_list())


def test_the_ordered_model_is_that_of_statsmodels() -> None:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    some = cohort(12, 30, (40, 60))
    model = sf.EstimateModel.fit(some, "maths", "ks2", "sex", grades="maths", min_group=1)
    shape = shape_of(some["ks2"], "spline", 1)
    terms = pl.DataFrame(prior_columns(some.select("ks2"), {"ks2": shape})).with_columns(
        male=(some["sex"] == "M").cast(pl.Float64)
    )
    linear = sf.RandomInterceptModel.fit(
        pl.concat([some.select("urn", "maths"), terms], how="horizontal"), "maths", terms.columns, min_group=1
    )
    effects = some.join(linear.effects.select("urn", u="effect"), on="urn", how="left", maintain_order="left")["u"]
    x = np.column_stack([terms.to_numpy(), effects.to_numpy()])
    # Columns of like size, or the optimiser stops early.
    centre, scale = x.mean(axis=0), x.std(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = OrderedModel(some["maths"].to_numpy(), (x - centre) / scale, distr="logit").fit(
            method="bfgs", disp=False, maxiter=2000, gtol=1e-8
        )
    expected = np.asarray(fitted.params)[: x.shape[1]] / scale
    found = model.coefficients["logits"].to_numpy()
    assert np.allclose(found[1:], expected[:-1], rtol=2e-4, atol=1e-5)
    assert model.outcomes["logits"].item() == pytest.approx(expected[-1], rel=2e-4)
    chances = at_least(model.estimate(some, levels=[50]).frame, 50)
    share = fitted.predict((np.column_stack([terms.to_numpy(), np.zeros(some.height)]) - centre) / scale)
    delta = model.benchmarks.filter(rank=50)["progress"].item() * model.outcomes["logits"].item()
    typical = 1 - np.cumsum(share, axis=1)[:, :-1]
    moved = 1 / (1 + (1 - typical) / typical * np.exp(-delta))
    assert np.allclose(chances[:, 1:], moved, atol=2e-4)


def test_chances_are_true_on_other_pupils() -> None:
    later = cohort(13, 300)
    found = MODEL.estimate(later, levels=[50, 20]).frame.filter(outcome="maths", status="ok")
    frame = found.with_columns(
        held=pl.col("maths").is_between("expected_low", "expected_high"),
        tenth=pl.col("ks2").rank("ordinal") * 10 // (pl.len() + 1),
    )
    held = frame["held"].mean()
    assert isinstance(held, float)
    # Grades come in steps: an interval holds the confidence or more.
    assert 0.80 < held < 0.93
    assert (frame.group_by("tenth").agg(pl.col("held").mean())["held"] > 0.77).all()
    # Over all schools the expected grade is the mean grade, tenth by tenth.
    means = frame.group_by("tenth").agg(pl.col("maths", "expected").mean())
    assert np.allclose(means["maths"], means["expected"], atol=0.12)
    # In schools whose true progress is about that of rank 20, as many pupils as stated have each grade or better.
    effects = later.group_by("urn").agg(pl.col("effect").first())["effect"]
    low, high = effects.quantile(0.72, "linear"), effects.quantile(0.88, "linear")
    near = found.filter(pl.col("effect").is_between(low, high))
    reached = np.array([(near["maths"] >= grade).mean() for grade in range(10)])
    assert np.allclose(at_least(near, 20).mean(axis=0), reached, atol=0.035)


def test_headlines_means_and_intervals_are_read_off_the_chances() -> None:
    found = MODEL.estimate(YEAR.head(500), confidence=0.8).frame.filter(status="ok")
    for rank in (50, 20, 5):
        chances = at_least(found, rank)
        assert (chances[:, 0] == 1).all()
        assert (np.diff(chances, axis=1) <= 0).all()
        headline = np.array([np.flatnonzero(row >= 0.5)[-1] for row in chances])
        assert found[f"fft{rank}_headline"].to_list() == [NAMES[grade] for grade in headline]
        assert np.allclose(found[f"fft{rank}"], chances[:, 1:].sum(axis=1))
        low, high = found[f"fft{rank}_low"].to_numpy().astype(int), found[f"fft{rank}_high"].to_numpy().astype(int)
        padded = np.column_stack([chances, np.zeros(len(chances))])
        rows = np.arange(len(chances))
        assert (padded[rows, low] - padded[rows, high + 1] >= 0.8 - 1e-12).all()
        assert (1 - padded[rows, low] <= 0.1 + 1e-12).all()
        assert (padded[rows, high + 1] <= 0.1 + 1e-12).all()
    assert (found["fft5"] > found["fft20"]).all()
    shift = np.log(at_least(found, 5)[:, 5] / (1 - at_least(found, 5)[:, 5]))
    shift -= np.log(at_least(found, 50)[:, 5] / (1 - at_least(found, 50)[:, 5]))
    maths = MODEL.outcomes.row(0, named=True)
    expected = (maths["delta_5"] - maths["delta_50"]) * maths["logits"]
    assert np.allclose(shift[: found.filter(outcome="maths").height], expected)


def test_pupils_without_prior_attainment_get_the_shares_of_all() -> None:
    pupils = pl.DataFrame({"ks2": [None], "sex": ["F"], "month": [1]}, schema_overrides={"ks2": pl.Float64})
    found = MODEL.estimate(pupils, missing_prior="wider").frame.filter(outcome="maths")
    assert found["status"].item() == "all_pupils"
    assert found["expected"].item() == pytest.approx(YEAR["maths"].mean())
    shares = np.array([(YEAR["maths"] >= grade).mean() for grade in range(10)])
    maths = MODEL.outcomes.row(0, named=True)
    odds = shares[1:] / (1 - shares[1:]) * np.exp(maths["delta_5"] * maths["logits"])
    assert np.allclose(at_least(found, 5)[0, 1:], odds / (1 + odds))


def test_grades_are_known_by_name_enum_or_number() -> None:
    words = ["U", *NAMES[1:]]
    text = YEAR.with_columns(pl.col("maths").replace_strict(list(range(10)), words, return_dtype=pl.String))
    by_name = sf.EstimateModel.fit(text, "maths", "ks2", grades={"maths": words})
    by_enum = sf.EstimateModel.fit(text.cast({"maths": pl.Enum(words)}), "maths", "ks2", grades=["maths"])
    by_number = sf.EstimateModel.fit(YEAR.cast({"maths": pl.Float32}), "maths", "ks2", grades=["maths"])
    assert by_name == by_enum
    assert by_name.coefficients.equals(by_number.coefficients)
    low = pl.DataFrame({"ks2": [85.0]})
    assert by_name.estimate(low).frame["fft50_headline"].item() == "U"
    assert by_number.estimate(low).frame["fft50_headline"].item() == "0"


def test_grades_that_nobody_has_keep_their_places() -> None:
    some = YEAR.with_columns(maths=pl.when(pl.col("maths").is_in([0, 5])).then(pl.col("maths") + 1).otherwise("maths"))
    model = sf.EstimateModel.fit(some, "maths", "ks2", grades=["maths"])
    found = model.estimate(pl.DataFrame({"ks2": [100.0]}), levels=[50])
    chances = at_least(found.frame, 50)[0]
    assert len(chances) == 10
    assert chances[1] == 1
    assert chances[5] == chances[6] < chances[4]
    assert any("No pupil of the fit had these grades in maths: 0, 5" in note for note in found.notes)


def few(number: int) -> pl.DataFrame:
    """Pupils of whom so many have a 9."""
    row = pl.int_range(pl.len())
    return YEAR.with_columns(maths=pl.when(row < number).then(9).otherwise(pl.col("maths").clip(0, 8)))


def test_a_grade_of_few_pupils_is_refused() -> None:
    assert sf.EstimateModel.fit(few(6), "maths", "ks2", grades=["maths"]).outcomes.height == 1
    with pytest.raises(
        sf.exceptions.InputError, match=r"outcome 'maths': fewer than 6 pupils have these grades: '9' \(5\)"
    ):
        sf.EstimateModel.fit(few(5), "maths", "ks2", grades=["maths"])


@pytest.mark.parametrize(
    ("frame", "grades", "told"),
    [
        (YEAR.with_columns(maths=pl.col("maths") + 0.5), ["maths"], "must hold whole grades"),
        (YEAR.with_columns(maths=pl.lit("A")), ["maths"], "name its grades"),
        (YEAR, {"maths": ["1", "2"]}, r"must hold the grades 1, 2"),
        (YEAR, {"maths": ["1", "1"]}, "each once"),
        (YEAR, {"maths": ["1"]}, "two or more grades"),
        (YEAR, ["latin"], "outcome 'latin' does not exist"),
        (YEAR.with_columns(maths=4), ["maths"], "outcome 'maths'.*same value"),
    ],
)
def test_grades_that_cannot_be_are_refused(frame: pl.DataFrame, grades: Any, told: str) -> None:
    with pytest.raises((sf.exceptions.InputError, sf.exceptions.UnknownNameError), match=told):
        sf.EstimateModel.fit(frame, "maths", "ks2", grades=grades)


def test_a_column_that_separates_the_grades_is_named() -> None:
    frame = YEAR.with_columns(
        passed=pl.when(pl.col("maths") >= 5).then(pl.lit("yes")).otherwise(pl.lit("no")),
    )
    with pytest.raises(sf.exceptions.InputError, match="outcome 'maths': .*passed: yes.*separates"):
        sf.EstimateModel.fit(frame, "maths", "ks2", "passed", grades=["maths"])
