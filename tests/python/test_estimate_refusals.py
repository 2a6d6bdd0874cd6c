"""Estimates of pupils: input that cannot be is refused, with the column, the rows and the rule."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import schoolframe as sf
from _estimate_cohort import cohort

YEAR = cohort(1, 150)
POINTS = sf.EstimateModel.fit(YEAR, "a8", "ks2", "sex", month_of_birth="month", year=2019)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"month": 13}, r"month_of_birth: column 'month' must be a month of birth .* 13.* \(row 4\)"),
        ({"month": 0}, r"must be a month of birth .*\(row 4\)"),
        ({"ks2": 125.0}, r"column 'ks2' must not be over 120; 1 value breaks this rule: 125.0 \(row 4\)"),
        ({"ks2": 58.5}, r"column 'ks2' must not be under 59; .* \(row 4\)"),
        ({"a8": float("inf")}, r"column 'a8' must hold finite numbers.* \(row 4\)"),
        ({"maths": 10}, r"column 'maths' must hold the grades 0, 1.*10 \(row 4\)"),
    ],
)
def test_values_off_their_scale_are_named(change: dict[str, Any], told: str) -> None:
    ((name, value),) = change.items()
    broken = pl.when(pl.int_range(pl.len()) == 4).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
    frame = YEAR.head(2000).with_columns(broken)
    with pytest.raises(sf.exceptions.InputError, match=told):
        sf.EstimateModel.fit(
            frame, ["a8", "maths"], "ks2", month_of_birth="month", prior_range=(59, 120), grades="maths"
        )


def test_estimates_refuse_what_the_fit_did_not_know() -> None:
    pupils = pl.DataFrame({"ks2": [100.0, 99.0], "sex": ["F", "X"], "month": [1, 13]})
    with pytest.raises(sf.exceptions.InputError, match="levels that the model does not know, 'X' in 1 rows"):
        POINTS.estimate(pupils)
    with pytest.raises(sf.exceptions.InputError, match=r"month of birth.* \(row 1\)"):
        POINTS.estimate(pupils.with_columns(sex=pl.lit("F")))
    with pytest.raises(pl.exceptions.ComputeError, match="which the model does not know; it knows F, M"):
        pupils.select(POINTS.apply())
    with pytest.raises(sf.exceptions.UnknownNameError, match="sex"):
        POINTS.estimate(pupils.drop("sex"))
    with pytest.raises(sf.exceptions.InputError, match="'fft50' would stand twice in the result"):
        POINTS.estimate(YEAR.head(1).with_columns(fft50=1))
    assert POINTS.estimate(YEAR.head(1).with_columns(fft50=1), keep=["urn"], year=2019).used == 1


def test_small_outcomes_and_few_schools_are_refused_by_name() -> None:
    few = YEAR.with_columns(pl.when(pl.int_range(pl.len()) < 12).then("a8").alias("latin"))
    with pytest.raises(sf.exceptions.InputError, match=r"outcome 'latin': 12 pupils have it .* min_pupils \(100\)"):
        sf.EstimateModel.fit(few, ["a8", "latin"], "ks2")
    hundred = YEAR.with_columns(pl.when(pl.int_range(pl.len()) < 100).then("a8").alias("latin"))
    with pytest.raises(sf.exceptions.InputError, match=r"outcome 'latin': \d+ schools? ha(s|ve) at least 11 pupils"):
        sf.EstimateModel.fit(hundred, "latin", "ks2")
    with pytest.raises(sf.exceptions.InputError, match="99 pupils have it"):
        sf.EstimateModel.fit(YEAR.head(99), "a8", "ks2")


@pytest.mark.parametrize("levels", [(), (0,), (100,), (50, 50), (5.5,), "50", 50, (True,)])
def test_levels_are_ranks(levels: Any) -> None:
    with pytest.raises(sf.exceptions.InputError, match="levels"):
        POINTS.estimate(YEAR.head(1), levels=levels)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"groups": 5}, "belong to shape='groups'"),
        ({"shape": "groups"}, "needs a named grouping"),
        ({"shape": "groups", "groups": []}, "two or more upper ends"),
        ({"shape": "groups", "groups": [110, 100]}, "that rise"),
        ({"shape": "groups", "groups": [100, float("inf")]}, "groups: a finite number is needed"),
        (
            {"shape": "groups", "groups": [80, 80.5, 120]},
            r"fewer than 6 pupils are in these groups of 'ks2': to 80.5 \(",
        ),
        ({"prior_range": (59,)}, "prior_range: the lowest and the highest"),
        ({"min_school": 5}, "min_school: 5 pupils are fewer than min_group"),
        ({"min_group": 10**5, "min_school": 10**5}, r"fewer than twice min_group \(200000\)"),
        ({"context": "ks2"}, "column 'ks2' is named twice"),
        ({"reference": {"month": "1"}}, "not among the columns of words"),
        ({"valid_for": -1}, "valid_for"),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments: dict[str, Any], told: str) -> None:
    few = YEAR.with_columns(pl.when(pl.col("ks2") == 80.5).then(80.0).otherwise("ks2").alias("ks2"))
    few = pl.concat([few, few.head(3).with_columns(ks2=80.5)])
    with pytest.raises(sf.exceptions.InputError, match=told):
        sf.EstimateModel.fit(few, "a8", "ks2", **arguments)


def test_a_model_is_not_named_after_another_year_than_its_pupils() -> None:
    years = YEAR.with_columns(year=pl.lit(2018, dtype=pl.Int32) + pl.int_range(pl.len()) % 2)
    assert sf.EstimateModel.fit(years, "a8", "ks2", year=2019).year == 2019
    assert sf.EstimateModel.fit(years, "a8", "ks2").year is None
    for wrong in (2018, 2020):
        with pytest.raises(sf.exceptions.InputError, match=f"column 'year' are those of 2019, not of {wrong}"):
            sf.EstimateModel.fit(years, "a8", "ks2", year=wrong)


def test_levels_of_few_pupils_are_refused() -> None:
    def rare(number: int) -> pl.DataFrame:
        row = pl.int_range(pl.len())
        return YEAR.with_columns(sex=pl.when(row < number).then(pl.lit("X")).otherwise("sex"))

    assert sf.EstimateModel.fit(rare(6), "a8", "ks2", "sex").outcomes.height == 1
    with pytest.raises(sf.exceptions.InputError, match=r"outcome 'a8': context: fewer than 6 pupils .*'X' \(5\)"):
        sf.EstimateModel.fit(rare(5), "a8", "ks2", "sex")
    words = YEAR.with_columns(male=pl.col("sex") == "M", sex=pl.col("sex").cast(pl.Enum(["M", "F"])))
    by_enum = sf.EstimateModel.fit(words, "a8", "ks2", "sex").coefficients
    by_flag = sf.EstimateModel.fit(words, "a8", "ks2", "male", reference={"male": True}).coefficients
    assert by_enum["term"][-1] == "sex: F"
    assert by_flag["term"][-1] == "male: false"
    assert by_enum.drop("term").equals(by_flag.drop("term"))


def test_numbers_of_context_end_where_the_fit_does() -> None:
    rows = pl.int_range(pl.len())
    pupils = YEAR.with_columns(idaci=(rows * 7 % 61) / 100, flag=(rows % 9 == 0).cast(pl.Int8))
    model = sf.EstimateModel.fit(pupils, "a8", "ks2", ["idaci", "flag"], year=2019)
    asked = pl.DataFrame({"ks2": [100.0] * 5, "idaci": [0.0, 0.6, 0.61, 0.3, None], "flag": [0, 1, 0, 2, 0]})
    found = model.estimate(asked, year=2019)
    assert found.frame["status"].to_list() == [
        "ok",
        "ok",
        "covariate_outside",
        "covariate_outside",
        "covariate_missing",
    ]
    assert found.frame["expected"].null_count() == 3
    assert dict(found.rows.rows())["context is outside that of the fit"] == 2
    assert asked.lazy().select(model.apply()).collect().unnest("ks2")["status"].equals(found.frame["status"])


@pytest.mark.parametrize(("pupils", "kept"), [(5, False), (6, True)])
def test_a_number_that_few_pupils_have_is_refused(pupils: int, kept: bool) -> None:
    frame = YEAR.with_columns(looked_after=(pl.int_range(pl.len()) % 500 < 1) & (pl.int_range(pl.len()) < 500 * pupils))
    frame = frame.with_columns(pl.col("looked_after").cast(pl.Int8))
    assert frame["looked_after"].sum() == pupils
    if kept:
        assert sf.EstimateModel.fit(frame, "a8", "ks2", "looked_after").outcomes.height == 1
    else:
        with pytest.raises(sf.exceptions.InputError, match="'a8': context: column 'looked_after': fewer than 6 pupils"):
            sf.EstimateModel.fit(frame, "a8", "ks2", "looked_after")


def test_ranks_are_read_once_and_the_year_of_the_rows_is_asked_for() -> None:
    both = sf.EstimateModel.fit(YEAR, ["a8", "maths"], "ks2", year=2019)
    once = both.estimate(YEAR.head(3), iter([20]), keep=[])  # type: ignore[arg-type]  # whatever can be gone through
    assert once.frame["fft20"].null_count() == 0
    assert "nor whether the model of 2019 is too old" in once.notes[-1]
    assert "too old" not in both.estimate(YEAR.head(3), year=2020).notes[-1]
    with pytest.raises(sf.exceptions.InputError, match=r"holds for 2019 to 2022 .*2030 \(row 0\)"):
        both.estimate(YEAR.head(1).with_columns(year=2030), year=2020)
    for confidence in (1 - 1e-16, 1.0):
        with pytest.raises(sf.exceptions.InputError, match="confidence"):
            both.estimate(YEAR.head(3), confidence=confidence)


@pytest.mark.parametrize("part", ["rows", "covariance", "nested"])
def test_a_text_with_a_broken_part_is_refused_when_it_is_read(part: str) -> None:
    text = POINTS.to_json()
    broken = {
        "rows": text.replace('"rows":[', '"rows":[5,'),
        "covariance": text.replace('"covariance":[[', '"covariance":[[-'),
        "nested": "[" * 100_000,
    }[part]
    assert broken != text
    with pytest.raises(sf.exceptions.InputError):
        sf.EstimateModel.from_json(broken)
