"""Who moves between two methods of banding: counted by hand, by numpy, and on the published tables of England."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf

pairs = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=60)


@given(pairs)
def test_the_cross_table_equals_numpy(data: list[tuple[int, int]]) -> None:
    frame = pl.DataFrame(data, schema={"a": pl.Int64, "b": pl.Int64}, orient="row")
    moves = sf.band_moves(frame, "a", "b")
    expected = np.zeros((5, 5), dtype=int)
    np.add.at(expected, (frame["a"].to_numpy() - 1, frame["b"].to_numpy() - 1), 1)
    table = moves.table()
    assert table.select(sf.PROGRESS_BANDS).to_numpy().tolist() == expected.tolist()
    assert table["schools"].to_list() == expected.sum(axis=1).tolist()
    assert table["first"].to_list() == list(sf.PROGRESS_BANDS)
    summary = dict(moves.summary().select("direction", "schools").iter_rows())
    assert summary == {
        "better": np.tril(expected, -1).sum(), "worse": np.triu(expected, 1).sum(), "unchanged": np.trace(expected),
    }  # fmt: skip
    assert moves.share == pytest.approx(100 - 100 * np.trace(expected) / len(data))
    far = sum(abs(a - b) >= 2 for a, b in data)
    assert moves.summary()["two_or_more"].sum() == far


def test_a_school_says_where_it_goes() -> None:
    frame = pl.DataFrame({"urn": [7, 8, 9], "school_name": ["A", "B", "C"], "a": [3, 1, 2], "b": [1, 2, 2]})
    moves = sf.band_moves(frame, "a", "b").moves
    assert moves.columns == ["urn", "school_name", "first", "second", "direction", "bands"]
    assert moves.rows() == [
        (7, "A", "average", "well above average", "better", 2),
        (8, "B", "well above average", "above average", "worse", -1),
        (9, "C", "above average", "above average", "unchanged", 0),
    ]
    assert moves["first"].dtype == pl.Enum(list(sf.PROGRESS_BANDS))


def test_schools_without_a_band_are_counted() -> None:
    frame = pl.DataFrame({"a": [1, None, 2, None, 3], "b": [1.0, 2.0, None, float("nan"), 3.0]})
    moves = sf.band_moves(frame, "a", "b", names=("old", "new"))
    assert moves.rows.rows() == [
        ("used", 2), ("no band by either method (old, new)", 1), ("no band by old", 1), ("no band by new", 1),
    ]  # fmt: skip
    assert "1 left out: no band by old" in moves._repr_html_()
    assert repr(moves) == "BandMoves(old to new: 0 of 2 schools move, 0 better, 0 worse)"
    none = sf.band_moves(frame.clear(), "a", "b", n="a")
    assert none.share is None
    assert none.summary()["share"].to_list() == [None] * 3
    assert none.by_size()["share"].to_list() == [None] * 4


@pytest.mark.parametrize(
    ("pupils", "size"),
    [
        (0, "under 30"), (29, "under 30"), (30, "30 to under 60"), (59, "30 to under 60"), (60, "60 and more"),
        (None, None),
    ],
)  # fmt: skip
def test_a_cohort_on_an_edge_begins_a_class(pupils: int | None, size: str | None) -> None:
    frame = pl.DataFrame({"a": [1], "b": [2], "n": [pupils]}, schema={"a": pl.Int64, "b": pl.Int64, "n": pl.Int64})
    moves = sf.band_moves(frame, "a", "b", n="n", sizes=[30, 60])
    assert moves.moves["size"].to_list() == [size]
    counts = moves.by_size()
    assert counts.filter(pl.col("schools") == 1).select("size", "worse", "share").rows() == [(size, 1, 100.0)]
    assert counts.height == (4 if size is None else 3)


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["high", "low"])])
def test_labels_are_bands_too(dtype: Any) -> None:
    frame = pl.DataFrame({"a": ["low", "high", None], "b": [1, 1, 1]}).with_columns(pl.col("a").cast(dtype))
    moves = sf.band_moves(frame, "a", "b", labels=["high", "low"])
    assert moves.moves["direction"].to_list() == ["better", "unchanged"]
    assert moves.labels == ["high", "low"]


def test_intervals_against_fifths_of_progress_8_in_2019() -> None:
    """Published bands of mainstream and special schools against fifths of all schools with a score."""
    schools = sf.samples.ks4().schools.filter(year=2019)
    fifths = sf.rank_bands("P8MEA", direction="higher_better", scheme="idsr_quintiles")
    moves = sf.band_moves(schools, "P8_BANDING", fifths, n="P8PUP")
    assert moves.table()["schools"].to_list() == [449, 509, 1146, 596, 701]
    assert moves.summary()["schools"].to_list() == [742, 71, 2588]
    mainstream = sf.band_moves(schools.filter(rectype=1), "P8_BANDING", fifths, n="P8PUP")
    assert mainstream.moves.height == 3058
    # A fifth is a fifth of all that have a score, those without a published band too.
    scores = schools.filter(rectype=1)["P8MEA"].drop_nulls()
    rank = scores.rank("average", descending=True) * 100 / scores.len()
    assert mainstream.moves.filter(pl.col("second") == "average").height <= ((rank > 40) & (rank <= 60)).sum()
    assert mainstream.moves.filter(direction="better").height == 468


@pytest.mark.parametrize(("year", "subject", "moved"), [
    (2018, "READ", 8382), (2018, "WRIT", 8366), (2018, "MAT", 7621),
    (2019, "READ", 8435), (2019, "WRIT", 8649), (2019, "MAT", 7866),
])  # fmt: skip
def test_intervals_against_fifths_at_key_stage_2(year: int, subject: str, moved: int) -> None:
    schools = sf.samples.ks2().schools.filter(year=year)
    fifths = sf.rank_bands(f"{subject}PROG", direction="higher_better", scheme="idsr_quintiles")
    moves = sf.band_moves(schools, f"{subject}PROG_DESCR", fifths)
    scored = schools.filter(pl.col(f"{subject}PROG").is_not_null())
    rank = stats.rankdata(-scored[f"{subject}PROG"].to_numpy())
    fifth = np.ceil(np.ceil(np.round(100 * rank / scored.height, 9)) / 20)
    band = scored[f"{subject}PROG_DESCR"].to_numpy()
    assert [moves.table()[name].sum() for name in sf.PROGRESS_BANDS] == [
        int(((fifth == at) & ~np.isnan(band)).sum()) for at in range(1, 6)
    ]
    there = ~np.isnan(band)
    assert (band[there] != fifth[there]).sum() == moved
    assert moves.summary()["schools"].to_list()[2] == moves.moves.height - moved


def test_the_object_is_frozen() -> None:
    moves = sf.band_moves(pl.DataFrame({"a": [1], "b": [1]}), "a", "b")
    assert isinstance(moves, sf.BandMoves)
    with pytest.raises(dataclasses.FrozenInstanceError):
        moves.names = ("x", "y")  # type: ignore[misc]


def test_bad_arguments_are_named() -> None:
    frame = pl.DataFrame({"a": [1, 6], "b": [1, 2], "n": [5, -1], "t": ["high", "top"], "f": [1.5, 2.0]})
    refused = (sf.exceptions.InputError, sf.exceptions.UnknownNameError)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"first": "a"}, "column 'a' must hold whole numbers from 1 to 5; 1 value breaks this rule: 6"),
        ({"first": "f"}, "column 'f' must hold whole numbers from 1 to 5; 1 value breaks this rule: 1.5"),
        ({"first": "t"}, "column 't' must hold well above average.*'high'; 'top'"),
        ({"first": "c"}, "column 'c' is not there"),
        ({"first": 3}, "a column name or an expression is needed, not 3"),
        ({"first": pl.col("b").sum()}, "must give one band for each row of the frame, it gives 1 rows"),
        ({"n": "n"}, r"column 'n' must not be under 0; .* -1 \(row 1\)"),
        ({"n": "t"}, "column 't' must hold numbers"),
        ({"n": "b", "sizes": [60, 30]}, "rising numbers above 0"),
        ({"n": "b", "sizes": []}, "rising numbers above 0"),
        ({"labels": ["one"]}, "at least two different names"),
        ({"labels": ["one", "one"]}, "at least two different names"),
        ({"names": ("x",)}, "names: two texts are needed"),
    ]
    for settings, message in bad:
        arguments = {"first": "b", "second": "b", **settings}
        with pytest.raises(refused, match=message):
            sf.band_moves(frame, arguments.pop("first"), arguments.pop("second"), **arguments)
    with pytest.raises(sf.exceptions.InputError, match="no cohort is known"):
        sf.band_moves(frame, "b", "b").by_size()
