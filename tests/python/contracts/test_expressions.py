"""Every expression keeps the contract of polars: schema, engines, chunks, groups, windows, lengths, missing values."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from _registry import EXPRESSIONS, IDS, Expression, ordinary

every = pytest.mark.parametrize("expression", EXPRESSIONS, ids=IDS)
several = pytest.mark.parametrize(
    "expression", [row for row in EXPRESSIONS if len(row.columns) > 1], ids=lambda expression: expression.name
)
aligned = pytest.mark.parametrize(
    "expression",
    [row for row in EXPRESSIONS if len(row.columns) > 1 and row.elementwise],
    ids=lambda expression: expression.name,
)


def call(expression: Expression, **replaced: object) -> pl.Expr:
    return expression.build(*(replaced.get(name, name) for name in expression.columns)).alias("result")


def answer(expression: Expression, frame: pl.DataFrame) -> pl.Series:
    return frame.select(call(expression))["result"]


FRAMES = {
    "ordinary": ordinary(),
    "empty": ordinary().clear(),
    "one row": ordinary().head(1),
    "all null": ordinary()
    .select(pl.col("row", "g"), pl.lit(None, dtype=pl.Float64).alias("x"))
    .pipe(
        lambda frame: frame.with_columns(
            [pl.col("x").alias(name) for name in ordinary().columns if name not in ("row", "g")]
        )
    ),
}


@every
@pytest.mark.parametrize("kind", FRAMES)
def test_declared_dtype_is_returned(expression: Expression, kind: str) -> None:
    lazy = FRAMES[kind].lazy().select(call(expression))
    declared = lazy.collect_schema()
    assert declared == lazy.collect().schema
    assert lazy.collect().height == FRAMES[kind].height


@every
def test_result_is_named_after_the_first_input(expression: Expression) -> None:
    frame = ordinary()
    assert frame.select(expression.build(*expression.columns)).columns == [expression.columns[0]]


@every
def test_with_columns_and_streaming_agree_with_select(expression: Expression) -> None:
    frame = ordinary(5000)
    expected = answer(expression, frame)
    assert_series_equal(frame.with_columns(call(expression))["result"], expected)
    streamed = frame.lazy().with_columns(call(expression)).sort("row").collect(engine="streaming")
    assert_series_equal(streamed["result"], expected)


@every
def test_several_chunks_give_the_same_answer(expression: Expression) -> None:
    frame = ordinary(24)
    chunked = pl.concat([frame[:5], frame[5:6], frame[6:20], frame[20:]], rechunk=False)
    assert chunked["x"].n_chunks() == 4
    assert_series_equal(answer(expression, chunked), answer(expression, frame))


@every
def test_group_by_and_over_agree_with_each_group_alone(expression: Expression) -> None:
    frame = ordinary(24)
    alone = pl.concat(
        [part.with_columns(call(expression)) for part in frame.partition_by("g", maintain_order=True)]
    ).sort("row")
    window = frame.with_columns(call(expression).over("g"))
    assert_frame_equal(window, alone)
    grouped = (
        frame.group_by("g", maintain_order=True)
        .agg(pl.col("row"), call(expression))
        .explode("row", "result")
        .sort("row")
    )
    assert_series_equal(grouped["result"], alone["result"])


@every
def test_groups_of_one_row(expression: Expression) -> None:
    frame = ordinary(4)
    grouped = frame.group_by("row", maintain_order=True).agg(call(expression)).explode("result")
    alone = pl.concat([part.select(call(expression)) for part in frame.partition_by("row", maintain_order=True)])
    assert_series_equal(grouped["result"], alone["result"])


@every
def test_nan_is_missing(expression: Expression) -> None:
    first = expression.columns[0]
    frame = ordinary()
    null = frame.with_columns(pl.when(pl.col("row") % 2 == 0).then(None).otherwise(pl.col(first)).alias(first))
    nan = frame.with_columns(pl.when(pl.col("row") % 2 == 0).then(float("nan")).otherwise(pl.col(first)).alias(first))
    assert_series_equal(answer(expression, nan), answer(expression, null))


@aligned
def test_a_single_value_stands_for_every_row(expression: Expression) -> None:
    frame = ordinary().filter(pl.col("score").is_between(-0.2, 0.2) | (pl.col("row") > 24))
    last = expression.columns[-1]
    value = 50.0 if last != "high" else 1.0
    by_number = frame.select(call(expression, **{last: value}))
    by_column = frame.with_columns(pl.lit(value).alias(last)).select(call(expression))
    assert_frame_equal(by_number, by_column)


@several
def test_other_lengths_are_an_error_that_names_them(expression: Expression) -> None:
    last = expression.columns[-1]
    with pytest.raises(pl.exceptions.PolarsError, match="different length|3 weights were given for 24 values|lengths"):
        ordinary().select(call(expression, **{last: pl.Series([1.0, 2.0, 3.0])}))


@every
def test_text_where_numbers_belong_is_refused_by_name(expression: Expression) -> None:
    first = expression.columns[0]
    frame = ordinary().with_columns(pl.col(first).cast(pl.String))
    with pytest.raises(pl.exceptions.ComputeError, match=f"column '{first}' must hold numbers, not str"):
        answer(expression, frame)


@every
def test_a_column_that_is_not_there_is_named(expression: Expression) -> None:
    first = expression.columns[0]
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match=first):
        answer(expression, ordinary().drop(first))


@every
@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt16, pl.Int64, pl.Float32, pl.Decimal(10, 2)], ids=str)
def test_every_numeric_type_counts_as_numbers(expression: Expression, dtype: pl.DataType) -> None:
    whole = ordinary().with_columns(pl.col(name).round(0) for name in expression.columns)
    whole = whole.with_columns(
        (pl.col(name) + (20 if name in ("score", "low", "high") else 0)).alias(name) for name in expression.columns
    )
    cast = whole.with_columns(pl.col(name).cast(dtype) for name in expression.columns)
    assert_series_equal(answer(expression, cast), answer(expression, whole))
