"""Columns as measures take them, the account of rows, and the lines of a notebook: what several modules share."""

from __future__ import annotations

import polars as pl
import pytest

import schoolframe as sf
from schoolframe._key_columns import refuse_repeated
from schoolframe._measured import accounted, complete
from schoolframe._notebooks import as_html
from schoolframe._number_columns import as_numbers, number_columns, refuse_rows

InputError = sf.exceptions.InputError
NAN, INF = float("nan"), float("inf")


def test_numbers_are_floats_without_nan() -> None:
    frame = number_columns(pl.DataFrame({"n": [1, 2], "p8": [NAN, 0.5], "la": ["a", "b"]}), ["p8", "n", "p8"])
    assert frame.rows() == [(1.0, None, "a"), (2.0, 0.5, "b")]
    assert as_numbers(pl.Series("n", [None])).dtype == pl.Float64


@pytest.mark.parametrize(
    ("values", "limits", "message"),
    [
        (
            [0.5, -INF, INF],
            {},
            r"pupils: column 'x' must hold finite numbers; 2 values .*: -inf \(row 1\); inf \(row 2\)",
        ),
        ([None, -1, 0], {"least": 0}, r"pupils: column 'x' must not be under 0; 1 value .*: -1 \(row 1\)"),
        ([None, 1, 0], {"above": 0}, r"pupils: column 'x' must be above 0; 1 value .*: 0 \(row 2\)"),
        (["1"], {}, "pupils: column 'x' must hold numbers, it holds String"),
        ([True], {}, "pupils: column 'x' must hold numbers, it holds Boolean"),
        (["1"], {"booleans": True}, "pupils: column 'x' must hold numbers or true and false, it holds String"),
    ],
)
def test_numbers_that_cannot_be_are_refused(values: list[object], limits: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_numbers(pl.Series("x", values), "pupils", **limits)  # type: ignore[arg-type]  # true is a number here


def test_a_missing_value_that_breaks_a_rule_is_called_missing() -> None:
    column = pl.Series("n", [3, None])
    with pytest.raises(InputError, match=r"1 value breaks this rule: missing \(row 1\)"):
        refuse_rows(column, column.is_null(), "must be there")


def test_keys_that_repeat_are_named_with_their_rows() -> None:
    frame = pl.DataFrame({"urn": [1, 2, 1, None, None, 1], "year": [2019, 2019, 2019, 2019, 2019, 2018]})
    keys = ["urn", "year"]
    message = r"column 'urn' with 'year' must name one row; 1 value .*: urn 1, year 2019 \(rows 0, 2\)$"
    with pytest.raises(InputError, match=message):
        refuse_repeated(frame, keys, known=["urn"])
    with pytest.raises(InputError, match=r"2 values .*; urn missing, year 2019 \(rows 3, 4\)$"):
        refuse_repeated(frame, keys)
    refuse_repeated(frame.filter(pl.col("urn").is_null()), keys, known=keys)
    many = pl.DataFrame({"urn": [7] * 9})
    with pytest.raises(InputError, match=r"urn 7 \(rows 0, 1, 2, 3, 4, \.\.\.\)"):
        refuse_repeated(many, ["urn"])


def test_a_row_counts_under_its_first_reason() -> None:
    frame = pl.DataFrame({"urn": [1, None, 1, None], "p8": [0.1, None, None, 0.2]})
    first, second = pl.col("urn").is_null(), pl.col("p8").is_null()
    assert accounted(frame, [(first, "a"), (second, "b")]).rows() == [("used", 1), ("a", 2), ("b", 1)]
    assert accounted(frame, [(first, "gone"), (second, "gone")]).rows() == [("used", 1), ("gone", 3)]
    assert accounted(frame, []).rows() == [("used", 4)]


def test_rows_are_complete_in_the_columns_that_are_named() -> None:
    frame = pl.DataFrame({"urn": [1, None, 1], "p8": [0.1, None, None]})
    kept, rows = complete(frame, ["p8", "urn", "p8"])
    assert kept.rows() == [(1, 0.1)]
    assert rows.rows() == [("used", 1), ("'p8' is missing", 2)]
    assert complete(frame, [])[0].height == 3


def test_lines_of_a_notebook_are_escaped_and_frames_follow_in_order() -> None:
    text = as_html(["<b>", "a & b"], pl.DataFrame({"one": [1]}), pl.DataFrame({"two": [2]}))
    assert text.startswith("<p>&lt;b&gt;</p><p>a &amp; b</p>")
    assert 0 < text.index("<th>one") < text.index("<th>two")
