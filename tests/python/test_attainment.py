"""Attainment 8 from slots, and the start of key stage 2 progress."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schoolframe as sf

SLOTS = ["e1", "e2", "e3"], ["o1", "o2", "o3"]
NAMES = ["eng", "mat", *SLOTS[0], *SLOTS[1]]
grade = st.one_of(st.none(), st.integers(0, 9))


def pupils(*rows: tuple[float | None, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict.fromkeys(NAMES, pl.Float64), orient="row")


def found(frame: pl.DataFrame, *, double: Any = True, **settings: Any) -> pl.DataFrame:
    expression = sf.attainment_8("eng", "mat", *SLOTS, english_double=double, **settings)
    return frame.select(expression).unnest("eng")


@given(st.lists(grade, min_size=8, max_size=8), st.booleans())
def test_the_sum_is_that_of_ten_weights(grades: list[int | None], double: bool) -> None:
    row = found(pupils(tuple(grades)), double=double).row(0, named=True)
    if all(one is None for one in grades):
        assert set(row.values()) == {None}
        return
    points = [one or 0 for one in grades]
    assert row["attainment_8"] == (2 if double else 1) * points[0] + 2 * points[1] + sum(points[2:])
    assert (row["ebacc"], row["open"]) == (sum(points[2:5]), sum(points[5:]))
    assert row["ebacc_filled"] == sum(one is not None for one in grades[2:5])
    assert row["open_filled"] == sum(one is not None for one in grades[5:])


def test_nine_in_every_slot_is_ninety() -> None:
    row = found(pupils((9,) * 8)).row(0, named=True)
    assert (row["english"], row["maths"], row["ebacc"], row["open"], row["attainment_8"]) == (18, 18, 27, 27, 90)


def test_what_is_not_known_stays_missing() -> None:
    frame = pupils((6, 5, 4, 4, 4, 3, 3, 3), (None, 5, None, None, None, None, None, None), (None,) * 8)
    unknown = found(frame, double=pl.lit(None, dtype=pl.Boolean))
    assert unknown["attainment_8"].to_list() == [None, 10, None]
    assert unknown["maths"].to_list() == [10, 10, None]
    zero = found(frame, no_entries="zero")
    assert zero["attainment_8"].to_list() == [43, 10, 0]
    assert zero["ebacc_filled"].to_list() == [3, 0, 0]


@pytest.mark.parametrize(("points", "good"), [(9, True), (9.01, False), (0, True), (-0.01, False)])
def test_points_outside_the_scale_are_refused_by_column(points: float, good: bool) -> None:
    frame = pupils((6, 5, 4, points, 4, 3, 3, 3))
    if good:
        assert found(frame)["ebacc"].item() == 8 + points
        return
    with pytest.raises(
        pl.exceptions.ComputeError, match=rf"column 'e2': points must lie between 0 and 9; 1 .*: {points}"
    ):
        found(frame)
    assert found(frame, points=(-1, 10))["ebacc"].item() == pytest.approx(8 + points)


def test_arguments_are_refused_by_name() -> None:
    with pytest.raises(sf.exceptions.InputError, match="ebacc: a list of up to three columns"):
        sf.attainment_8("e", "m", ["a", "b", "c", "d"], [], english_double=True)
    with pytest.raises(sf.exceptions.InputError, match="open: a list of up to three columns"):
        sf.attainment_8("e", "m", [], "abc", english_double=True)
    with pytest.raises(sf.exceptions.InputError, match="english_double"):
        sf.attainment_8("e", "m", [], [], english_double=1)  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.InputError, match="two rising numbers are needed, not 9 and 0"):
        sf.attainment_8("e", "m", [], [], english_double=True, points=(9, 0))
    with pytest.raises(sf.exceptions.UnknownNameError, match="no_entries 'nothing' does not exist"):
        sf.attainment_8("e", "m", [], [], english_double=True, no_entries="nothing")  # type: ignore[arg-type]
    with pytest.raises(pl.exceptions.ComputeError, match="column 'eng' must hold true or false, not f64"):
        found(pupils((6, 5, 4, 4, 4, 3, 3, 3)), double="eng")


def ks1(frame: pl.DataFrame, **settings: Any) -> list[float | None]:
    return frame.select(sf.ks1_prior_score("r", "w", "m", **settings))["r"].to_list()


def test_the_worked_example_of_2023() -> None:
    frame = pl.DataFrame({"r": ["EXS"], "w": ["WTS"], "m": ["GDS"]})
    assert ks1(frame, year=2023, allow_unverified=True) == [8.5]
    assert ks1(frame, scale={"gds": 10, "exs": 8, "wts": 6}) == [8.5]


def test_outcomes_are_read_leniently_and_missing_ones_make_no_score() -> None:
    frame = pl.DataFrame({"r": [" exs ", "EXS", "EXS", None], "w": ["EXS"] * 4, "m": ["exs", " ", None, "EXS"]})
    assert ks1(frame, scale={"EXS": 8}) == [8.0, None, None, None]
    category = frame.with_columns(pl.col("r", "w", "m").cast(pl.Categorical))
    assert ks1(category, scale={"EXS": 8}) == [8.0, None, None, None]
    assert ks1(frame.clear(), scale={"EXS": 8}) == []


def test_an_outcome_outside_the_scale_is_named_with_its_column() -> None:
    frame = pl.DataFrame({"r": ["EXS", "2B"], "w": ["EXS", "EXS"], "m": ["EXS", "EXS"]})
    with pytest.raises(pl.exceptions.InvalidOperationError, match=r"(?s)'r' for 1 out of 2 values: \[.2B.\]"):
        ks1(frame, scale={"EXS": 8})


def test_scales_are_never_taken_for_granted() -> None:
    frame = pl.DataFrame({"r": ["EXS"], "w": ["EXS"], "m": ["PKF"]})
    assert ks1(frame, year=2022, allow_unverified=True) == [6.0]
    with pytest.raises(sf.exceptions.InputError, match="not verified"):
        ks1(frame, year=2022)
    with pytest.raises(sf.exceptions.InputError, match="held for 2019, only for 2022, 2023"):
        ks1(frame, year=2019, allow_unverified=True)
    for wrong in ({}, {"scale": {"EXS": 8}, "year": 2023}):
        with pytest.raises(sf.exceptions.InputError, match="scale, year"):
            ks1(frame, **wrong)
    for scale in ([8], {}, {8: "EXS"}, {"EXS": "8"}, {"EXS": 8, "exs": 9}):
        with pytest.raises(sf.exceptions.InputError, match="scale"):
            ks1(frame, scale=scale)
