"""Statistical neighbours: ranks, names and numbers, abolished authorities, other layouts, bad input."""

from __future__ import annotations

import csv
import io
import warnings
from typing import TYPE_CHECKING

import openpyxl
import polars as pl
import pytest

from _reader_faults import check_accepted_sources, check_bad_inputs
from schoolframe.exceptions import ReadError
from schoolframe.readers import read_statistical_neighbours
from schoolframe.readers._areas import bundled_areas, name_key

if TYPE_CHECKING:
    from pathlib import Path

FILE = "la/statistical_neighbours_2025-05.xlsx"


@pytest.fixture(scope="module")
def neighbours(data: Path) -> pl.DataFrame:
    return read_statistical_neighbours(data / FILE)


@pytest.fixture(scope="module")
def sheet(data: Path) -> list[tuple[object, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(data / FILE, read_only=True)
        return [
            row for row in book.worksheets[0].iter_rows(values_only=True) if isinstance(row[0], int) and row[1] != 2
        ]


def test_every_authority_has_ten(neighbours: pl.DataFrame, sheet: list[tuple[object, ...]]) -> None:
    assert neighbours.height == 10 * len(sheet) == 1_580
    assert neighbours.group_by("la").agg(pl.col("rank").sort())["rank"].to_list() == [list(range(1, 11))] * 158
    expected = [
        (str(row[0]), rank, str(row[3 + 2 * rank]), str(row[4 + 2 * rank]).lower().replace(" ", "_"))
        for row in sheet
        for rank in range(1, 11)
    ]
    assert neighbours.select("la", "rank", "neighbour_la", "closeness").rows() == expected


def test_names_of_neighbours(neighbours: pl.DataFrame) -> None:
    southend = neighbours.filter(la="882")
    assert southend.select("rank", "neighbour_la", "neighbour_name", "closeness").rows()[:2] == [
        (1, "839", "Bournemouth, Christchurch and Poole", "very_close"),
        (2, "383", "Leeds", "very_close"),
    ]
    assert southend["la_name"].unique().to_list() == ["Southend-on-Sea"]
    assert neighbours["neighbour_name"].null_count() == 0


def test_abolished_authorities_are_marked(neighbours: pl.DataFrame) -> None:
    old = neighbours.filter(~pl.col("current"))
    assert old["la"].unique(maintain_order=True).to_list() == ["835", "836", "837", "928", "909"]
    assert neighbours.filter("current")["la"].n_unique() == 153


@pytest.mark.parametrize("codes", ["la/la_code_list.xlsx", "la/las.csv", "la/la_and_region_codes_meta_2019.csv"])
def test_lists_of_codes_can_be_given(data: Path, neighbours: pl.DataFrame, codes: str) -> None:
    frame = read_statistical_neighbours(data / FILE, la_codes=data / codes)
    assert frame.equals(neighbours)


def test_names_instead_of_numbers() -> None:
    text = (
        "Local authority,Statistical neighbour 1,Distance,Statistical neighbour 2,Distance\n"
        'Southend-on-Sea,Leeds,0.31,"Kingston upon Hull, City of",0.4\nSt Helens,Bristol,1,County Durham,2\n'
    )
    frame = read_statistical_neighbours(text.encode())
    assert frame.select("la", "la_name", "rank", "neighbour_la", "distance", "closeness").rows() == [
        ("882", "Southend-on-Sea", 1, "383", 0.31, None),
        ("882", "Southend-on-Sea", 2, "810", 0.4, None),
        ("342", "St Helens", 1, "801", 1.0, None),
        ("342", "St Helens", 2, "840", 2.0, None),
    ]


def test_a_long_table() -> None:
    header = b"la,la_name,rank,neighbour_la,closeness\n"
    text = header + b"882,Southend-on-Sea,1,839,Very close\n882,Southend-on-Sea,2,383,Close\n"
    frame = read_statistical_neighbours(text)
    assert frame.select("la", "rank", "neighbour_la", "neighbour_name", "closeness").rows() == [
        ("882", 1, "839", "Bournemouth, Christchurch and Poole", "very_close"),
        ("882", 2, "383", "Leeds", "close"),
    ]


def test_two_releases_stay_apart(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "sn_april_2021.xlsx"
    copy.write_bytes((data / FILE).read_bytes())
    frame = read_statistical_neighbours([data / FILE, copy])
    assert frame.group_by("source_file").len().sort("source_file").rows() == [
        ("sn_april_2021.xlsx", 1_580),
        ("statistical_neighbours_2025-05.xlsx", 1_580),
    ]


def fault(row: str) -> str:
    with pytest.raises(ReadError) as caught:
        read_statistical_neighbours(f"LA num,LA Name,SN1,SNP,SN2,SNP\n{row}\n".encode())
    return str(caught.value)


def test_what_does_not_fit_is_reported() -> None:
    assert "the neighbour is missing or not known by name in 1 case (line 2, Leeds, rank 2: None)" in fault(
        "383,Leeds,882,Close,,"
    )
    assert "not known by name in 1 case (line 2, Leeds, rank 1: Erewhon)" in fault("383,Leeds,Erewhon,Close,882,Close")
    assert "the authority is its own neighbour in 1 case" in fault("383,Leeds,383,Close,882,Close")
    assert "the neighbour is named more than once in 2 cases" in fault("383,Leeds,882,Close,882,Close")
    assert "not that of an authority in 1 case (line 2, Leeds, rank 1: 999)" in fault("383,Leeds,999,Close,882,Close")
    assert "the authority is not known by number or name in 2 cases" in fault(",Erewhon,383,Close,882,Close")
    assert "2 keys stand more than once among the neighbours: la 383, rank 1" in fault(
        "383,Leeds,880,Close,882,Close\n383,Leeds,881,Close,883,Close"
    )


def test_warn_keeps_the_row() -> None:
    text = b"LA num,LA Name,SN1,SNP\n383,Leeds,Erewhon,Close\n"
    with pytest.warns(UserWarning, match="Erewhon"):
        frame = read_statistical_neighbours(text, unknown="warn")
    assert frame.select("neighbour_la", "neighbour_name").rows() == [(None, "Erewhon")]


def test_the_bundled_list_is_the_published_one(data: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(data / "la" / "la_code_list.xlsx", read_only=True)
        published = {str(row[0]): (row[1], row[2]) for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)}
    bundled = bundled_areas()
    shown = {la: (name, region) for la, name, region in bundled.select("la", "la_name", "region").iter_rows()}
    assert shown == {la: told for la, told in published.items() if int(la) < 950}
    ons = {(code, la) for la, codes in bundled.select("la", "ons_codes").iter_rows() for code in codes.split()}
    with (data / "la" / "las.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert ons == {
        (row["new_la_code"], row["old_la_code"])
        for row in rows
        if row["new_la_code"].startswith("E") and row["old_la_code"].isdigit()
    }
    spellings = [
        (name_key(text), la)
        for la, name, aliases in bundled.select("la", "la_name", "aliases").iter_rows()
        for text in (name, *(aliases or "").split("|"))
        if text
    ]
    assert len({spelling for spelling, _ in spellings}) == len(spellings)


def test_the_bundled_list_says_where_it_comes_from() -> None:
    from importlib import resources

    text = resources.files("schoolframe.readers").joinpath("la_codes.csv").read_text()
    assert "Open Government Licence v3.0" in text.splitlines()[3]


def test_a_workbook_with_titles_and_notes(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Statistical neighbours"])
    sheet.append([None])
    sheet.append(["LA num", "LA Name", "SN1", "SNP"])
    sheet.append([882, "Southend-on-Sea", 839, "Very close"])
    sheet.append([None, "Source: somebody", None, None])
    other = book.create_sheet("Read me")
    other.append(["Nothing here"])
    buffer = io.BytesIO()
    book.save(buffer)
    frame = read_statistical_neighbours(buffer.getvalue())
    assert frame.select("la", "neighbour_la").rows() == [("882", "839")]


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_bad_inputs(read_statistical_neighbours, "neighbours", tmp_path, monkeypatch)  # type: ignore[arg-type]


def test_accepted_sources(tmp_path: Path) -> None:
    check_accepted_sources(read_statistical_neighbours, "neighbours", tmp_path)  # type: ignore[arg-type]
