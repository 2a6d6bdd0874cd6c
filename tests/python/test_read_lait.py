"""The data of the local authority interactive tool: values, years, labels, levels, dictionary, bad input."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pytest

from _reader_faults import SAMPLES, check_accepted_sources, check_bad_inputs
from schoolframe.exceptions import ReadError
from schoolframe.readers import read_lait, read_lait_dictionary

if TYPE_CHECKING:
    from pathlib import Path

DATA_FILE = "la/lait_back_data_2016-2025.parquet"
DICTIONARY = "la/lait_data_dictionary.csv"


@pytest.fixture(scope="module")
def lait(data: Path) -> pl.DataFrame:
    return read_lait(data / DATA_FILE, dictionary=data / DICTIONARY)


@pytest.fixture(scope="module")
def raw(data: Path) -> pd.DataFrame:
    return pd.read_parquet(data / DATA_FILE)


def test_size(lait: pl.DataFrame) -> None:
    assert lait.height == 641_070
    assert lait["indicator"].n_unique() == 434


def test_every_value_is_its_number_or_its_reason(lait: pl.DataFrame, raw: pd.DataFrame) -> None:
    cells = raw["Values"].to_list()
    assert lait["value"].to_list() == [None if cell == "-" else float(cell) for cell in cells]
    assert lait["value_reason"].to_list() == ["not_available" if cell == "-" else None for cell in cells]
    assert lait["indicator"].to_list() == raw["Short Desc"].to_list()
    assert lait["years"].to_list() == raw["Years"].to_list()
    assert lait["la_name"].to_list() == raw["LA and Regions"].to_list()


def test_levels_and_numbers_of_areas(lait: pl.DataFrame, raw: pd.DataFrame) -> None:
    areas = lait.group_by("level").agg(pl.col("la_name").n_unique()).sort("level").rows()
    assert areas == [("authority", 158), ("national", 1), ("region", 11)]
    numbers = [str(int(number)) if number < 950 else None for number in raw["LA Number"]]
    assert lait["la"].to_list() == numbers
    assert lait.filter(la="882").select("la_name", "region").unique().rows() == [("Southend-on-Sea", "East of England")]


def test_every_row_of_an_indicator_has_its_label(lait: pl.DataFrame, raw: pd.DataFrame) -> None:
    assert lait["label"].null_count() == 0
    published = dict(raw.dropna(subset=["Data item"]).groupby("Short Desc")["Data item"].first())
    assert len(published) == 290
    shown = dict(lait.select("indicator", "label").unique().iter_rows())
    assert len(shown) == 434
    assert all(shown[indicator] == label for indicator, label in published.items())


def test_labels_without_the_dictionary(data: Path) -> None:
    frame = read_lait(data / DATA_FILE)
    assert frame.filter(pl.col("label").is_null())["indicator"].n_unique() == 434 - 290
    assert frame["topic"].null_count() == frame.height


def test_the_dictionary_may_be_among_the_sources(data: Path, lait: pl.DataFrame) -> None:
    assert read_lait([data / DICTIONARY, data / DATA_FILE]).equals(lait)


def test_dictionary_columns(data: Path, lait: pl.DataFrame) -> None:
    with (data / DICTIONARY).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    words = read_lait_dictionary(data / DICTIONARY)
    assert words.height == len(rows) == 448
    assert words["indicator"].to_list() == [row["Measure_short"] for row in rows]
    mortality = (
        lait.filter(indicator="InfMort").select("topic", "polarity", "unit", "year_type", "decimals", "label").unique()
    )
    assert mortality.rows() == [
        ("Health and Wellbeing", "low", "Rate per 1000 live births", "Calendar Year", None, mortality["label"].item())
    ]
    assert lait["polarity"].unique().sort().to_list() == [None, "high", "low"]
    twice = lait.filter(pl.col("topic").str.contains("; ", literal=True))["indicator"].n_unique()
    assert twice == 14


def test_cells_read_by_eye(lait: pl.DataFrame) -> None:
    first = lait.row(0, named=True)
    assert (
        first["indicator"],
        first["years"],
        first["year_start"],
        first["year_end"],
        first["la"],
        first["value"],
    ) == (
        "RTA",
        "2014-16",
        2014,
        2016,
        "301",
        12.13,
    )


YEARS = {
    "2016": (2016, 2016, None),
    "2015-16": (2015, 2016, None),
    "2015/16": (2015, 2016, None),
    "2014-16": (2014, 2016, None),
    "2013/14-15/16": (2013, 2016, None),
    "2021/22-23/24": (2021, 2024, None),
    "2016-17 (OT)": (2016, 2017, "ot"),
    "2018 (Rev)": (2018, 2018, "rev"),
    "2020 (Final)": (2020, 2020, "final"),
    "2025 (prov)": (2025, 2025, "prov"),
    "1999-00": (1999, 2000, None),
    "2017-2018": (2017, 2018, None),
    "2019.0": (2019, 2019, None),
    "Autumn 2019": (2019, 2019, "autumn"),
    "0": (None, None, None),
}


@pytest.mark.parametrize(("text", "expected"), YEARS.items())
def test_years(text: str, expected: tuple[int | None, int | None, str | None]) -> None:
    frame = read_lait(SAMPLES["lait"].text.replace(b"2018-19", text.encode()))
    assert frame.select("years", "year_start", "year_end", "year_status").row(0) == (text, *expected)
    assert frame["year"].to_list() == [expected[1]]


def test_years_of_the_file_are_all_read(lait: pl.DataFrame) -> None:
    distinct = lait.select("years", "year_start", "year_end").unique()
    assert distinct.height == 65
    assert distinct.filter(pl.col("year_end").is_null())["years"].to_list() == ["0"]
    assert lait.filter(years="0").height == 170
    assert distinct["year_end"].max() == 2026
    assert distinct["year_start"].min() == 2013


@pytest.mark.parametrize("text", ["Trend", "2018-17", "2016-30", "201"])
def test_years_that_cannot_be_read_are_reported(text: str) -> None:
    with pytest.raises(ReadError, match=rf"<bytes>, line 2, column Years: '{text}' is not a year or a span of years"):
        read_lait(SAMPLES["lait"].text.replace(b"2018-19", text.encode()))


def test_other_releases_without_numbers_and_regions() -> None:
    text = (
        "Short Desc,Years,LA and Regions,Values\n"
        'A,2020,"Bristol, City of",7.0000000000000007E-2\n'
        "A,2020,St Helens,1\nA,2020,Cheshire West & Chester,2\n"
        "A,2020,England_all_schools,c\nA,2020,Inner London,-\n"
    )
    frame = read_lait(text.encode())
    assert frame.select("level", "la", "value", "value_reason").rows() == [
        ("authority", "801", 0.07, None),
        ("authority", "342", 1.0, None),
        ("authority", "896", 2.0, None),
        ("national", None, None, "suppressed"),
        ("region", None, None, "not_available"),
    ]


def test_an_unknown_authority_is_reported() -> None:
    text = b"Short Desc,Years,LA and Regions,Values\nA,2020,Erewhon,1\n"
    with pytest.raises(ReadError, match=r"line 2, column LA and Regions: 'Erewhon' is not the name of an authority"):
        read_lait(text)
    with pytest.warns(UserWarning, match="Erewhon"):
        assert read_lait(text, unknown="warn").select("la", "la_name", "value").row(0) == (None, "Erewhon", 1.0)


def test_words_where_numbers_belong_are_named() -> None:
    with pytest.raises(ReadError, match=r"<bytes>, line 2, column Values: 'lots' is not a number or a known code"):
        read_lait(SAMPLES["lait"].text.replace(b"65.2", b"lots"))


def test_a_row_that_stands_twice_is_reported() -> None:
    sample = SAMPLES["lait"]
    with pytest.raises(
        ReadError, match=r"1 key stands more than once among the rows: indicator KS2_RWM, years 2018-19"
    ):
        read_lait(sample.text + f"{sample.row}\n".encode())


def test_the_dictionary_alone_is_not_the_data(data: Path) -> None:
    with pytest.raises(ReadError, match="only the dictionary"):
        read_lait(data / DICTIONARY)


def test_a_damaged_parquet_file_is_refused(data: Path) -> None:
    whole = (data / DATA_FILE).read_bytes()
    with pytest.raises(ReadError, match="damaged|truncated|binary"):
        read_lait(whole[: len(whole) // 2])
    with pytest.raises(ReadError, match="Parquet file is damaged"):
        read_lait(b"PAR1" + whole[2_000:-2_000] + b"PAR1")


def test_parquet_of_another_product_is_refused() -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"urn": [1], "nor": [2], "numfsm": [3]}).write_parquet(buffer)
    with pytest.raises(ReadError, match=r"looks like the school census by school \(sf\.read_census\)"):
        read_lait(buffer.getvalue())


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_bad_inputs(read_lait, "lait", tmp_path, monkeypatch)  # type: ignore[arg-type]


def test_accepted_sources(tmp_path: Path) -> None:
    check_accepted_sources(read_lait, "lait", tmp_path)  # type: ignore[arg-type]
