"""Record batches give the answers of the expressions; frames of other libraries are accepted where a frame is."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

import schoolframe as sf
from _registry import BANDS, FRAMEWORK, GROUPED, ordinary

PAIRS = {
    "progress_band": (
        lambda data: sf.batches.progress_band(data, "score", "low", "high", output="out"),
        lambda: sf.progress_band("score", "low", "high"),
    ),
    "percentile_band": (
        lambda data: sf.batches.percentile_band(data, BANDS, output="out"),
        lambda: BANDS.apply(),
    ),
    "percentile_band grouped": (
        lambda data: sf.batches.percentile_band(data, GROUPED, output="out"),
        lambda: GROUPED.apply(),
    ),
    "code_against_national": (
        lambda data: sf.batches.code_against_national(data, "x", "national", direction="lower_better", output="out"),
        lambda: sf.code_against_national("x", "national", direction="lower_better"),
    ),
    "next_benchmark": (
        lambda data: sf.batches.next_benchmark(data, "x", "f50", "f20", "f5", output="out"),
        lambda: sf.next_benchmark("x", "f50", "f20", "f5"),
    ),
}
every = pytest.mark.parametrize(("batch", "expression"), PAIRS.values(), ids=list(PAIRS))


def duck(frame: pl.DataFrame) -> Any:
    connection = duckdb.connect()
    connection.register("schools", frame.to_arrow())
    return connection.sql(f"select * from schools order by {frame.columns[0]}")


SOURCES: dict[str, Any] = {
    "polars frame": lambda frame: frame,
    "pyarrow table": lambda frame: frame.to_arrow(),
    "pyarrow table of several batches": lambda frame: pa.Table.from_batches(
        frame.to_arrow().to_batches(max_chunksize=5)
    ),
    "pyarrow batch": lambda frame: frame.to_arrow().combine_chunks().to_batches()[0],
    "pyarrow reader": lambda frame: frame.to_arrow().to_reader(max_chunksize=7),
    "duckdb": duck,
}


@every
@pytest.mark.parametrize("source", SOURCES)
def test_batches_equal_expressions(batch: Any, expression: Any, source: str) -> None:
    frame = ordinary()
    expected = frame.with_columns(expression().alias("out"))
    result = pl.DataFrame(batch(SOURCES[source](frame)))
    assert_frame_equal(result, expected)


@every
def test_batches_of_no_rows_have_the_right_columns(batch: Any, expression: Any) -> None:
    frame = ordinary().clear()
    expected = frame.with_columns(expression().alias("out"))
    assert pl.DataFrame(batch(frame)).schema == expected.schema
    none = pa.Table.from_batches([], schema=frame.to_arrow().schema)
    assert pl.DataFrame(batch(none)).schema == expected.schema


@every
def test_readers_take_the_result(batch: Any, expression: Any) -> None:
    frame = ordinary()
    expected = frame.with_columns(expression().alias("out"))
    table = pa.table(batch(frame))
    assert table.num_rows == len(batch(frame)) == frame.height
    assert_frame_equal(pl.DataFrame(table), expected)
    record = pa.record_batch(batch(frame.to_arrow().combine_chunks().to_batches()[0]))
    assert_frame_equal(pl.DataFrame(record), expected)
    connection = duckdb.connect()
    connection.register("result", table)
    assert connection.sql("select count(*) from result").fetchall() == [(frame.height,)]


def test_bad_columns_are_named() -> None:
    frame = ordinary()
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'scor' does not exist. Did you mean 'score'?"):
        sf.batches.progress_band(frame, "scor", "low", "high")
    with pytest.raises(sf.exceptions.InputError, match="column 'g' must hold numbers, not"):
        sf.batches.progress_band(frame, "g", "low", "high")
    with pytest.raises(sf.exceptions.InputError, match="output column 'low' is in the batch already"):
        sf.batches.progress_band(frame, "score", "low", "high", output="low")
    with pytest.raises(sf.exceptions.InputError, match="Arrow C data interface is needed"):
        sf.batches.progress_band({"score": [1.0]}, "score", "low", "high")


@pytest.mark.parametrize("source", SOURCES)
def test_categories_of_batches_equal_those_of_frames(source: str) -> None:
    rows = range(24)
    frame = pl.DataFrame(
        {
            "row": list(rows),
            "urn": [100_000 + row for row in rows],
            "ofsted_overall": [None if row % 5 == 4 else row % 4 + 1 for row in rows],
            "coasting_status": [None if row % 3 else "coasting" for row in rows],
            "safety_threatened": [True if row == 7 else None for row in rows],
            "school_name": [f"School {row}" for row in rows],
        }
    )
    expected = FRAMEWORK.assign(frame, phase="primary").frame
    assert_frame_equal(pl.DataFrame(sf.batches.assign(SOURCES[source](frame), FRAMEWORK, phase="primary")), expected)
    lazily = frame.lazy().select(
        FRAMEWORK.expression(["ofsted_overall", "coasting_status", "safety_threatened"], phase="primary")
    )
    assert lazily.collect_schema() == lazily.collect().schema
    streamed = lazily.collect(engine="streaming").unnest("category")
    assert_frame_equal(streamed, expected.drop("urn", "year"))


def test_a_school_finds_its_earlier_years_across_batches() -> None:
    frame = pl.DataFrame(
        {
            "urn": [100_000] * 3 + [100_001] * 3,
            "year": [2015, 2016, 2017] * 2,
            "progress_em": [0.4, 0.3, 0.2, 0.4, -0.3, 0.2],
        }
    )
    whole = FRAMEWORK.assign(frame, phase="primary").frame
    assert whole["amber_failed"].to_list() == [0, 0, 1, 0, 0, 0]
    parts = pa.Table.from_batches(frame.to_arrow().to_batches(max_chunksize=1))
    assert_frame_equal(pl.DataFrame(sf.batches.assign(parts, FRAMEWORK, phase="primary")), whole)
    twice = pa.concat_tables([frame.to_arrow(), frame.to_arrow()])
    with pytest.raises(sf.exceptions.InputError, match="must occur once"):
        sf.batches.assign(twice, FRAMEWORK, phase="primary")


def test_python_objects_are_refused_before_they_are_exported() -> None:
    frame = ordinary(6).with_columns(pl.Series("note", [object()] * 6, dtype=pl.Object))
    with pytest.raises(sf.exceptions.InputError, match="data: column 'note' holds Python objects"):
        sf.batches.progress_band(frame, "score", "low", "high")
    with pytest.raises(sf.exceptions.InputError, match="frame: column 'note' holds Python objects"):
        sf.PercentileBands.fit(frame, "note", direction="higher_better")


FRAMES: dict[str, Any] = {
    "lazy frame": lambda frame: frame.lazy(),
    "pyarrow table": lambda frame: frame.to_arrow(),
    "pandas frame": lambda frame: frame.to_pandas(use_pyarrow_extension_array=True),
    "duckdb result": duck,
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_of_other_libraries_are_accepted(kind: str) -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    fitted = sf.PercentileBands.fit(FRAMES[kind](frame), "x", direction="higher_better")
    assert fitted == sf.PercentileBands.fit(frame, "x", direction="higher_better")


def test_a_pandas_frame_of_numpy_columns_is_accepted() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    assert sf.PercentileBands.fit(frame, "x", direction="higher_better").cuts()["cut"].to_list() == [1.75, 2.5, 3.25]


def test_anything_else_is_refused() -> None:
    with pytest.raises(sf.exceptions.InputError, match="Arrow C stream interface.*not builtins.dict"):
        sf.PercentileBands.fit({"x": [1.0]}, "x", direction="higher_better")


def test_a_polars_column_without_type_is_missing_everywhere() -> None:
    frame = pl.DataFrame({"p8": [0.5, None], "low": [0.2, None], "high": [0.8, None], "empty": [None, None]})
    beside = pl.DataFrame(sf.batches.progress_band(frame, "p8", "low", "high"))
    assert beside.rows() == [(0.5, 0.2, 0.8, None, 1), (None, None, None, None, None)]
    inside = pl.DataFrame(sf.batches.progress_band(frame, "empty", "low", "high"))
    assert inside["band"].to_list() == [None, None]
