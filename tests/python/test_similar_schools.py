"""Similar schools against all pairs in numpy and scipy's tree; ties, missing features, threads, bad input."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.spatial import cKDTree

import schoolframe as sf


def schools(size: int = 300, seed: int = 5) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "urn": 100_000 + rng.permutation(size),
            "phase": np.where(np.arange(size) % 3 == 0, "secondary", "primary"),
            "prior": rng.normal(104, 3, size),
            "fsm": rng.gamma(2, 8, size),
            "roll": rng.integers(30, 900, size),
        }
    )


def near(frame: object, **settings: Any) -> pl.DataFrame:
    return sf.similar_schools(frame, **{"features": ["prior", "fsm", "roll"], "k": 5, **settings}).frame


def test_neighbours_are_those_of_a_tree_within_the_phase() -> None:
    frame = schools()
    found = near(frame)
    for phase in ("primary", "secondary"):
        part = frame.filter(phase=phase).sort("urn")
        points = part.select("prior", "fsm", "roll").to_numpy()
        tree = cKDTree(points / points.std(axis=0, ddof=1))
        distance, at = tree.query(tree.data, k=6)
        urn = part["urn"].to_numpy()
        ours = found.filter(phase=phase)
        assert ours["neighbour_urn"].to_list() == urn[at[:, 1:]].ravel().tolist()
        assert ours["distance"].to_numpy() == pytest.approx(distance[:, 1:].ravel() / np.sqrt(3), abs=1e-9)
        assert ours["urn"].to_list() == np.repeat(urn, 5).tolist()
    assert found["rank"].to_list() == [1, 2, 3, 4, 5] * 300
    assert found["n_features"].unique().to_list() == [3]
    assert not (found["urn"] == found["neighbour_urn"]).any()


rows = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 4)), st.integers(0, 3)), min_size=4, max_size=25)


@given(rows, st.integers(1, 4), st.floats(0.5, 3))
def test_weights_and_missing_features_equal_all_pairs(data: list[Any], k: int, weight: float) -> None:
    frame = pl.DataFrame(data, schema={"a": pl.Float64, "b": pl.Float64}, orient="row")
    frame = frame.with_columns(urn=pl.int_range(len(data)), phase=pl.lit("primary"))
    found = sf.similar_schools(frame, features={"a": weight, "b": 1.0}, k=k, min_features=1).frame
    points = frame.select("a", "b").to_numpy()
    spread = np.array([np.nanstd(column, ddof=1) if np.isfinite(column).sum() > 1 else 0 for column in points.T])
    scaled = points / np.where(spread > 0, spread, 1)
    weights = np.array([weight, 1.0])
    for school in range(len(data)):
        square = weights * (scaled - scaled[school]) ** 2
        shared = np.isfinite(square)
        distance = np.sqrt(np.nansum(square, axis=1) / (shared * weights).sum(axis=1)).round(9)
        order = [int(at) for at in np.lexsort((np.arange(len(data)), distance)) if at != school][:k]
        ours = found.filter(urn=school)
        assert ours["distance"].to_numpy() == pytest.approx(distance[order], abs=2e-9)
        assert ours["n_features"].to_list() == shared[ours["neighbour_urn"].to_numpy()].sum(axis=1).tolist()


def test_ties_keep_the_lower_urn_and_say_so() -> None:
    frame = pl.DataFrame({"urn": [5, 4, 3, 2, 1], "phase": ["p"] * 5, "x": [0.0, 1.0, 1.0, 1.0, 9.0]})
    found = sf.similar_schools(frame, features="x", k=2).frame.filter(urn=5)
    assert found["neighbour_urn"].to_list() == [2, 3]
    assert found["tie_at_end"].to_list() == [True, True]
    found = sf.similar_schools(frame, features="x", k=3).frame.filter(urn=5)
    assert found["neighbour_urn"].to_list() == [2, 3, 4]
    assert not found["tie_at_end"].any()


def test_the_order_of_rows_does_not_matter() -> None:
    frame = schools().with_columns(pl.col("roll") // 300, pl.col("fsm").round(0), pl.col("prior").round(0))
    assert_frame_equal(near(frame), near(frame.sample(fraction=1.0, shuffle=True, seed=3)))


def test_years_are_apart() -> None:
    one, other = schools(60, 1), schools(60, 2)
    both = pl.concat([one.with_columns(year=pl.lit(2019)), other.with_columns(year=pl.lit(2018))])
    found = near(both)
    assert found.columns[:3] == ["year", "phase", "urn"]
    assert_frame_equal(found.filter(year=2019).drop("year"), near(one))
    assert_frame_equal(found.filter(year=2018).drop("year"), near(other))
    assert found["year"].is_sorted()


def test_every_school_is_accounted_for() -> None:
    frame = pl.DataFrame(
        {
            "urn": [1, 2, 3, 4, None, 6, 7],
            "phase": ["p", "p", "p", "s", "p", None, "p"],
            "x": [1.0, 2.0, None, 1.0, 1.0, 1.0, float("nan")],
        }
    )
    result = sf.similar_schools(frame, features=["x"], k=3)
    assert result.rows.rows() == [
        ("used", 2), ("urn is missing", 1), ("phase is missing", 1), ("a feature is missing (x)", 2),
        ("no other school of its phase", 1),
    ]  # fmt: skip
    assert result.frame.select("urn", "neighbour_urn").rows() == [(1, 2), (2, 1)]
    assert "standard deviation among the 3 schools" in result.notes[0]


def test_schools_that_share_too_little_are_not_compared() -> None:
    frame = pl.DataFrame({"urn": [1, 2, 3], "phase": ["p"] * 3, "x": [1.0, 2.0, None], "y": [None, None, 1.0]})
    result = sf.similar_schools(frame, features=["x", "y"], k=3, min_features=1)
    assert result.frame.select("urn", "neighbour_urn", "n_features").rows() == [(1, 2, 1), (2, 1, 1)]
    assert result.rows.rows() == [("used", 2), ("no school shares enough features", 1)]
    few = sf.similar_schools(frame, features=["x", "y"], k=3)
    assert few.frame.is_empty()
    assert few.rows.rows() == [("used", 0), ("a feature is missing (x, y)", 3)]


def test_a_feature_in_which_all_agree_tells_nothing_apart() -> None:
    frame = pl.DataFrame({"urn": [1, 2, 3], "phase": ["p"] * 3, "x": [1.0, 2.0, 4.0], "same": [7.0] * 3})
    for scale in ("sd", "mad"):
        found = sf.similar_schools(frame, features=["x", "same"], k=1, scale=scale).frame
        assert found["neighbour_urn"].to_list() == [2, 1, 2]


def test_the_median_distance_is_not_widened_by_a_few() -> None:
    frame = pl.DataFrame({"urn": range(5), "phase": ["p"] * 5, "x": [0.0, 1.0, 2.0, 3.0, 1000.0]})
    found = sf.similar_schools(frame, features=["x"], k=1, scale="mad").frame
    assert found["distance"].to_list()[:2] == [1.0, 1.0]
    most_alike = frame.with_columns(x=pl.Series([5.0, 5.0, 5.0, 5.0, 9.0]))
    with pytest.raises(sf.exceptions.InputError, match="column 'x' has a median distance of 0.*use scale='sd'"):
        sf.similar_schools(most_alike, features=["x"], scale="mad")


@pytest.mark.newest
def test_any_number_of_threads_gives_the_same_answer() -> None:
    script = (
        "import test_similar_schools as t; f = t.schools(4000, 9); "
        "print(t.near(f.with_columns(t.pl.col('fsm').round(0))).hash_rows(seed=1).sum())"
    )
    answers = set()
    for threads in ("1", "2", "5"):
        child = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True,
            cwd=Path(__file__).parent, env={**os.environ, "POLARS_MAX_THREADS": threads},
        )  # fmt: skip
        answers.add(child.stdout)
    assert len(answers) == 1


def test_frames_of_other_libraries_and_types_are_read() -> None:
    frame = schools(40)
    expected = near(frame)
    assert_frame_equal(near(frame.lazy()), expected)
    assert_frame_equal(near(frame.to_arrow()), expected)
    assert_frame_equal(near(frame.with_columns(pl.col("phase").cast(pl.Categorical))), expected)
    assert_frame_equal(near(frame.with_columns(pl.col("urn").cast(pl.Float64))), expected)


def test_no_rows_have_the_right_columns() -> None:
    result = sf.similar_schools(schools().clear(), features=["fsm"])
    assert result.frame.schema == near(schools()).schema
    assert result.rows.rows() == [("used", 0)]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"features": []}, "name at least one column"),
    ({"features": ["phase"]}, "column 'phase' says which schools are compared"),
    ({"features": ["frm"]}, "column 'frm' is not there. Did you mean 'fsm'"),
    ({"features": {"fsm": 0}}, "weight of 'fsm' must be a finite number above 0"),
    ({"features": {"fsm": float("inf")}}, "weight of 'fsm' must be a finite number above 0"),
    ({"features": {"fsm": "much"}}, "weight of 'fsm': a number is needed"),
    ({"k": 0}, "k: a whole number from 1"),
    ({"min_features": 4}, "min_features: at most 3"),
    ({"min_features": 0}, "min_features: a whole number from 1"),
    ({"scale": "iqr"}, "scale 'iqr' does not exist"),
    ({"phase": "stage"}, "column 'stage' is not there"),
]


@pytest.mark.parametrize(("settings", "message"), BAD)
def test_bad_arguments_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises((sf.exceptions.InputError, sf.exceptions.UnknownNameError), match=message):
        near(schools(10), **settings)


def test_bad_values_are_named() -> None:
    frame = schools(10)
    with pytest.raises(sf.exceptions.InputError, match=r"column 'fsm' must hold finite numbers.*inf \(row 0\)"):
        near(frame.with_columns(fsm=pl.when(pl.int_range(10) == 0).then(float("inf")).otherwise("fsm")))
    with pytest.raises(sf.exceptions.InputError, match=r"must name one row; 10 values.*urn 10000\d \(rows 0, 10\)"):
        near(pl.concat([frame, frame]))
    with pytest.raises(sf.exceptions.InputError, match="column 'fsm' cannot be scaled in p"):
        near(frame.with_columns(fsm=pl.when(pl.int_range(10) < 2).then(1e308).otherwise(-1e308)))
