"""Exclusions and suspensions: levels, keys, what x hides, later names, bad input."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
import pytest

from _reader_faults import SAMPLES, check_accepted_sources, check_bad_inputs
from schoolframe.exceptions import ReadError
from schoolframe.readers import read_exclusions

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "absence-exclusions"
PUBLISHED = {
    "roll": "headcount",
    "perm_excl": "perm_excl",
    "perm_excl_rate": "perm_excl_rate",
    "fixed_excl": "fixed_excl",
    "fixed_excl_rate": "fixed_excl_rate",
    "one_plus_fixed": "one_plus_fixed",
    "one_plus_fixed_rate": "one_plus_fixed_rate",
}


@pytest.fixture(scope="module")
def places(data: Path) -> pl.DataFrame:
    return read_exclusions(data / FOLDER / "exclusions_by_geographic_level.zip")


@pytest.fixture(scope="module")
def raw(data: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(data / FOLDER / "exclusions_by_geographic_level.zip") as archive:
        text = archive.read("exclusions_by_geographic_level.csv").decode()
    header, *rows = csv.reader(io.StringIO(text))
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}


def test_every_row_is_read_at_its_level(places: pl.DataFrame, raw: dict[str, list[str]]) -> None:
    assert places.height == len(raw["estab"]) == 242_170
    words = {"School": "school", "Local authority": "authority", "Regional": "region", "National": "national"}
    assert places["level"].to_list() == [words[level] for level in raw["geographic_level"]]
    assert places["year"].to_list() == [int(period[:4]) + 1 for period in raw["time_period"]]
    assert places["laestab"].to_list() == [int(cell) if cell else None for cell in raw["laestab"]]
    assert places["la"].to_list() == [cell or None for cell in raw["old_la_code"]]


@pytest.mark.parametrize(("ours", "theirs"), PUBLISHED.items())
def test_every_cell_is_its_number_or_its_reason(
    places: pl.DataFrame, raw: dict[str, list[str]], ours: str, theirs: str
) -> None:
    reasons = {"x": "suppressed", ".": "not_applicable"}
    assert places[ours].to_list() == [None if cell in reasons else float(cell) for cell in raw[theirs]]
    assert places[f"{ours}_reason"].to_list() == [reasons.get(cell) for cell in raw[theirs]]


def test_cells_read_by_eye(places: pl.DataFrame) -> None:
    names = [
        "roll",
        "perm_excl",
        "perm_excl_rate",
        "fixed_excl",
        "fixed_excl_rate",
        "one_plus_fixed",
        "one_plus_fixed_rate",
    ]
    sixth_form = places.filter(laestab=2054003, year=2017)
    assert sixth_form.select(names).rows() == [(14, 0.0, 0.0, 7.0, 50.0, 5.0, 35.71)]
    assert sixth_form.select("academy_type", "academy_open_date", "la_name", "estab").rows() == [
        ("16-19 free school", dt.date(2016, 9, 1), "Hammersmith and Fulham", "4003")
    ]
    special = places.filter(laestab=9387022, year=2007)
    assert special.select("roll", "fixed_excl", "fixed_excl_rate", "one_plus_fixed_rate").rows() == [
        (44, 57.0, 129.55, 45.45)
    ]


def test_keys_of_schools_are_authority_and_establishment(places: pl.DataFrame) -> None:
    schools = places.filter(level="school")
    assert schools.height == 235_050
    built = schools["la"].cast(pl.Int64) * 10_000 + schools["estab"].cast(pl.Int64)
    assert (built == schools["laestab"]).all()
    assert schools["urn"].null_count() == schools.height


def test_x_hides_one_or_two(places: pl.DataFrame) -> None:
    """No school has a published count of fixed period exclusions of 1 or 2, and totals leave 1 to 2 for each x."""
    schools = places.filter(level="school")
    assert schools.filter(pl.col("fixed_excl").is_between(0, 3, closed="none")).height == 0
    known = schools.group_by("year", "la", "school_type").agg(
        pl.col("fixed_excl").sum().alias("known"), (pl.col("fixed_excl_reason") == "suppressed").sum().alias("hidden")
    )
    totals = places.filter(level="authority", academy_type="Total").select(
        "year", "la", "school_type", total="fixed_excl"
    )
    left = (
        totals.join(known, on=["year", "la", "school_type"])
        .drop_nulls("total")
        .filter(pl.col("hidden") > 0)
        .select(each=(pl.col("total") - pl.col("known")) / pl.col("hidden"))["each"]
    )
    assert left.len() > 2_000
    assert left.is_between(1.0, 2.0).all()


def test_schools_add_up_to_authorities(places: pl.DataFrame) -> None:
    schools = (
        places.filter(level="school").group_by("year", "la", "school_type").agg(pl.col("roll").sum().alias("added"))
    )
    totals = places.filter(level="authority", academy_type="Total").select("year", "la", "school_type", total="roll")
    joined = totals.join(schools, on=["year", "la", "school_type"])
    assert joined.height > 4_000
    same = joined.filter(pl.col("added") == pl.col("total")).height
    assert same / joined.height > 0.99


def test_by_characteristic(data: Path) -> None:
    frame = read_exclusions(data / FOLDER / "exclusions_by_characteristic.zip")
    with zipfile.ZipFile(data / FOLDER / "exclusions_by_characteristic.zip") as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("exclusions_by_characteristic.csv").decode())))
    assert frame.height == len(rows) == 4_586
    assert frame["characteristic"].to_list() == [row["characteristic"] for row in rows]
    boys = frame.filter(year=2017, school_type="Total", characteristic="Gender male").row(0, named=True)
    assert (boys["roll"], boys["perm_excl"], boys["fixed_excl_rate"]) == (4_090_410, 6_035.0, 6.91)
    assert Counter(frame["perm_excl_reason"])["suppressed"] == 578


def test_suspensions_are_the_later_name_and_x_keeps_its_later_meaning() -> None:
    text = (
        b"time_period,geographic_level,school_urn,school_laestab,education_phase,headcount,suspension,susp_rate,"
        b"one_plus_susp,one_plus_susp_rate,perm_excl,perm_excl_rate\n"
        b"202425,School,100001,2013614,State-funded secondary,1000,120,12.0,80,8.0,x,c\n"
    )
    row = read_exclusions(text).row(0, named=True)
    assert (row["urn"], row["laestab"], row["la"], row["year"]) == (100001, 2013614, "201", 2025)
    assert (row["fixed_excl"], row["fixed_excl_rate"], row["one_plus_fixed"], row["one_plus_fixed_rate"]) == (
        120.0,
        12.0,
        80.0,
        8.0,
    )
    assert (row["perm_excl_reason"], row["perm_excl_rate_reason"]) == ("not_available", "suppressed")


def test_columns_are_the_same_for_every_file(places: pl.DataFrame) -> None:
    sample = read_exclusions(SAMPLES["exclusions"].text)
    assert set(sample.columns) <= set(places.columns)
    assert {name: places.schema[name] for name in sample.columns} == dict(sample.schema)


def test_words_where_numbers_belong_are_named() -> None:
    text = SAMPLES["exclusions"].text.replace(b",3,0.17", b",three,0.17")
    with pytest.raises(ReadError, match=r"<bytes>, line 2, column perm_excl: 'three' is not a number or a known code"):
        read_exclusions(text)
    with pytest.warns(UserWarning, match="'three'"):
        frame = read_exclusions(text, unknown="warn")
    assert frame.select("perm_excl", "perm_excl_reason", "perm_excl_rate").row(0) == (None, "unknown", 0.17)


def test_a_row_that_stands_twice_is_reported() -> None:
    sample = SAMPLES["exclusions"]
    with pytest.raises(ReadError, match=r"1 key stands more than once among the rows: year 2017, level school"):
        read_exclusions(sample.text + f"{sample.row}\n".encode())


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_bad_inputs(read_exclusions, "exclusions", tmp_path, monkeypatch)  # type: ignore[arg-type]


def test_accepted_sources(tmp_path: Path) -> None:
    check_accepted_sources(read_exclusions, "exclusions", tmp_path)  # type: ignore[arg-type]
