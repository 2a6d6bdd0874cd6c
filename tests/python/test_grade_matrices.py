"""Chances of grades from a matrix of the caller's own: what it may hold, what is kept of it, and its text."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

import schoolframe as sf
from schoolframe.exceptions import InputError, UnknownNameError


@pytest.fixture(scope="module")
def chances() -> sf.GradeChances:
    return sf.GradeChances.bundled(2023)


def own() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "subject": ["Art", "Art"],
            "band": ["lower", "upper"],
            "prior_from": [1.0, 5.0],
            "prior_to": [4.9, 9.0],
            "low": [30, 10],
            "high": [10, 30],
            "absent": [10, 0],
        }
    )


def test_an_own_matrix() -> None:
    model = sf.GradeChances.from_frame(
        own(), grades=["low", "high"], points=[10, 30], no_grade="absent", prior="gcse", source="a trust", year=2025
    )
    assert model.frame.select("n", "mean", "headline").rows() == [(50, 12.0, "low"), (40, 25.0, "high")]
    row = pl.DataFrame({"x": [2.0]}).select(model.apply("x", "Art")).unnest("x").row(0, named=True)
    assert (row["at_least_low"], row["at_least_high"]) == (0.8, 0.2)
    assert (model.source, model.year, model.grades) == ("a trust", 2025, ["low", "high"])
    without = sf.GradeChances.from_frame(own(), grades=["low", "high"])
    assert without.frame["mean"].to_list() == [0.25, 0.75]
    # Most have no grade: there is no headline.
    most = own().with_columns(absent=pl.lit(100))
    assert sf.GradeChances.from_frame(most, grades=["low", "high"], no_grade="absent").frame["headline"].to_list() == [
        *(None, None),
    ]


@pytest.mark.parametrize(("pupils", "kept"), [(5, False), (6, True), (7, True)])
def test_nothing_of_fewer_pupils_than_the_minimum_is_kept(pupils: int, kept: bool) -> None:
    matrix = own().with_columns(low=pl.Series([30, pupils]), high=pl.Series([10, 0]))
    model = sf.GradeChances.from_frame(matrix, grades=["low", "high"])
    assert (json.loads(model.to_json())["counts"]["Art"][1] is not None) is kept
    assert model.frame["n"].to_list() == [40, pupils if kept else None]


def test_texts_are_read_back_and_checked(chances: sf.GradeChances) -> None:
    again = sf.GradeChances.from_json(chances.to_json())
    assert again == chances
    assert again.content_hash == chances.content_hash
    content = json.loads(chances.to_json())

    def broken(**changes: Any) -> str:
        return json.dumps(content | changes)

    for text, words in (
        (broken(points=[0.0] * 10), "points"),
        (broken(grades=["U"]), "grades"),
        (broken(counts={}), "no subject"),
        (broken(counts={"Art": [None]}), "must have 11 bands"),
        (broken(counts={"Art": [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]] + [None] * 10}), "6 pupils or more"),
        (broken(counts={"Art": [[-9] + [9] * 10] + [None] * 10}), "whole counts"),
        (broken(bands=[["a", 2, 1]] * 11), "must rise"),
        (broken(min_pupils=0), "min_pupils"),
        (broken(kind="shrinkage"), "grade_chances"),
        ("{}", "KeyError"),
    ):
        with pytest.raises(InputError, match=words):
            sf.GradeChances.from_json(text)


WRONG_MATRICES = {
    "overlap": (own().with_columns(prior_to=pl.Series([5.0, 9.0])), "begins before the band under it ends"),
    "backwards": (own().with_columns(prior_to=pl.Series([0.5, 9.0])), "must not be under 'prior_from'"),
    "no end": (own().with_columns(prior_to=pl.Series([None, 9.0])), "must hold an end of a band in every row"),
    "half a pupil": (own().with_columns(low=pl.Series([1.5, 2.0])), "must hold whole numbers of pupils"),
    "too many": (own().with_columns(low=pl.lit(1e300)), "must not be over 1e\\+09"),
    "under nobody": (own().with_columns(low=pl.Series([-1, 2])), "must not be under 0"),
    "twice": (pl.concat([own(), own()]), "must name one row"),
    "unnamed": (own().with_columns(subject=pl.Series([None, "Art"])), "must name the subjects in every row"),
    "numbers": (own().with_columns(subject=pl.Series([1, 2])), "must hold texts that name subjects"),
    "small": (own().with_columns(low=pl.lit(1), high=pl.lit(1)), "counts of 6 pupils or more"),
    "gone": (own().with_columns(low=pl.lit(None, dtype=pl.Int64)), "counts of 6 pupils or more"),
}


@pytest.mark.parametrize("name", WRONG_MATRICES)
def test_wrong_matrices_are_refused(name: str) -> None:
    matrix, words = WRONG_MATRICES[name]
    with pytest.raises(InputError, match=words):
        sf.GradeChances.from_frame(matrix, grades=["low", "high"])


def test_wrong_arguments_of_a_matrix_are_refused() -> None:
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"grades": ["low"]}, InputError, "two or more columns"),
        ({"points": [1, 1]}, InputError, "rising"),
        ({"points": [-1, 1]}, InputError, "rising from 0 or more"),
        ({"points": [1, 2, 3]}, InputError, "one number for each of the 2 grades"),
        ({"grades": ["low", "hgih"]}, UnknownNameError, "hgih"),
        ({"no_grade": "low"}, InputError, "no_grade: column 'low' is a grade too"),
        ({"min_pupils": 0}, InputError, "min_pupils"),
        ({"source": 3}, InputError, "source"),
    ]
    for arguments, error, words in cases:
        with pytest.raises(error, match=words):
            sf.GradeChances.from_frame(own(), **({"grades": ["low", "high"]} | arguments))


def test_grades_may_be_called_anything() -> None:
    names = {"low": "grades", "high": "total"}
    found = sf.GradeChances.from_frame(own().rename(names), grades=["grades", "total"])
    assert found.frame["mean"].to_list() == [0.25, 0.75]


@pytest.mark.parametrize(("pupils", "status"), [(29, "few_pupils"), (30, "ok"), (31, "ok")])
def test_thirty_pupils_are_enough(pupils: int, status: str) -> None:
    matrix = own().with_columns(low=pl.lit(pupils - 10), high=pl.lit(10))
    model = sf.GradeChances.from_frame(matrix, grades=["low", "high"])
    assert model.frame["status"].to_list() == [status] * 2
