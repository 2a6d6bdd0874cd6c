"""Cells of published tables: number, or code with a meaning."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolframe.readers._cells import UNKNOWN, code_table, meaning_names, parse_cells

# The lists of abbreviations of the tables, and the shorthand of official statistics.
PUBLISHED = {
    "SUPP": "suppressed",
    "NE": "no_entries",
    "NA": "not_applicable",
    "NEW": "new_school",
    "NP": "not_published",
    "LOWCOV": "low_coverage",
    "SP": "small_percentage",
    "RE": "redacted",
    "SUPPMAT": "suppressed",
    "NELIG": "not_eligible",
    "NULL": "not_available",
    "null": "not_available",
    "UNAVAIL": "not_available",
    "z": "not_applicable",
    "c": "suppressed",
    "x": "not_available",
    "k": "rounds_to_zero",
    "low": "rounds_to_zero",
    "u": "low_reliability",
    ":": "not_available",
    "a": "average",
    "b": "break_in_series",
    "e": "estimated",
    "f": "forecast",
    "p": "provisional",
    "r": "revised",
    "t": "total",
    "w": "none_recorded",
    "N/A": "not_applicable",
    "n/a": "not_applicable",
    ".": "not_applicable",
    "..": "not_available",
    "-": "not_available",
    "": "blank",
    " ": "blank",
}


def parsed(*cells: str | None) -> list[tuple[float | None, int, str | None]]:
    return parse_cells(pl.Series(cells, dtype=pl.String)).rows()


def test_every_published_code_has_its_meaning() -> None:
    rows = parsed(*PUBLISHED)
    assert [meaning for _, _, meaning in rows] == list(PUBLISHED.values())
    assert {value for value, _, _ in rows} == {None}


def test_codes_and_texts_belong_together() -> None:
    table = code_table()
    assert table["code"].is_unique().all()
    assert table.filter(pl.col("text").is_null())["meaning"].to_list() == ["blank", "unknown"]
    texts = table.filter(pl.col("text").is_not_null())
    assert parse_cells(texts["text"]).select("code", "meaning").rows() == texts.select("code", "meaning").rows()
    assert set(PUBLISHED.values()) == set(meaning_names()) - {"unknown"}


def test_codes_keep_their_numbers() -> None:
    """The numbers stand in compact columns; files written by other versions must stay readable."""
    numbers = {"SUPP": 4, "NA": 6, "NE": 7, "NP": 8, "NEW": 9, "LOWCOV": 10, "": 1, " ": 2, "z": 20, "c": 21, "w": 38}
    assert [code for _, code, _ in parsed(*numbers)] == list(numbers.values())


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("61%", 61.0),
        ("68.30%", 68.3),
        ("1,234", 1234.0),
        ("1,234,567.5", 1234567.5),
        ("+0.3", 0.3),
        ("-0.3", -0.3),
        ("\u22120.3", -0.3),
        (" 12 ", 12.0),
        ("7.0000000000000007E-2", 0.07),
        (".5", 0.5),
    ],
)
def test_numbers(cell: str, number: float) -> None:
    assert parsed(cell) == [(number, 0, None)]


@pytest.mark.parametrize(
    "cell", ["4B", "11-16", "1,23", "two", "1 2", "None", "R", "Z", "12%%", "inf", "NaN%", "01/09/2018"]
)
def test_texts(cell: str) -> None:
    assert parsed(cell) == [(None, UNKNOWN, "unknown")]


def test_null_is_blank_and_other_types_are_read_as_text() -> None:
    assert parsed(None) == [(None, 1, "blank")]
    assert parse_cells(pl.Series([1, None, 3]))["value"].to_list() == [1.0, None, 3.0]
    assert parse_cells(pl.Series([], dtype=pl.String)).schema == {
        "value": pl.Float64,
        "code": pl.UInt8,
        "meaning": pl.String,
    }


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back(number: float) -> None:
    assert parsed(repr(number), f"{number!r}%") == [(number, 0, None)] * 2


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_thousands_separators(whole: int, decimals: int) -> None:
    text = f"{whole:,}.{'5' * decimals}" if decimals else f"{whole:,}"
    assert parsed(text) == parsed(text.replace(",", ""))


@given(st.lists(st.sampled_from([*PUBLISHED, "1", "2.5%", "word"]), max_size=40))
def test_a_cell_is_read_alike_in_any_company(cells: list[str]) -> None:
    assert parsed(*cells) == [row for cell in cells for row in parsed(cell)]
