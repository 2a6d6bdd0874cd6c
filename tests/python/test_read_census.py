"""The school census by school: keys, measures, reasons for missing numbers, other years and layouts, bad input."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
import pytest

from _reader_faults import SAMPLES, check_accepted_sources, check_bad_inputs
from schoolframe.exceptions import InputError, ReadError
from schoolframe.readers import read_census

if TYPE_CHECKING:
    from pathlib import Path

FILE = "registers/england_census_2018-2019.csv.gz"
PUBLISHED = {
    "roll": "NOR",
    "girls": "NORG",
    "boys": "NORB",
    "girls_pct": "PNORG",
    "boys_pct": "PNORB",
    "sen_plan": "TSENELSE",
    "sen_plan_pct": "PSENELSE",
    "sen_support": "TSENELK",
    "sen_support_pct": "PSENELK",
    "eal": "NUMEAL",
    "eal_pct": "PNUMEAL",
    "english_first": "NUMENGFL",
    "english_first_pct": "PNUMENGFL",
    "language_unclassified": "NUMUNCFL",
    "language_unclassified_pct": "PNUMUNCFL",
    "fsm": "NUMFSM",
    "fsm_ever6": "NUMFSMEVER",
    "fsm_ever6_pct": "PNUMFSMEVER",
}


@pytest.fixture(scope="module")
def census(data: Path) -> pl.DataFrame:
    return read_census(data / FILE)


def raw_rows(data: Path) -> list[dict[str, str]]:
    text = gzip.decompress((data / FILE).read_bytes()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_row_is_read_at_its_level(data: Path, census: pl.DataFrame) -> None:
    rows = raw_rows(data)
    assert census.height == len(rows) == 23_942
    schools = [row for row in rows if row["URN"].isdigit()]
    assert census.filter(level="school")["urn"].to_list() == [int(row["URN"]) for row in schools]
    assert census.filter(level="national").select("group", "urn", "la", "laestab").rows() == [
        ("primary", None, None, None),
        ("secondary", None, None, None),
        ("special", None, None, None),
    ]
    assert census["year"].unique().to_list() == [2019]


@pytest.mark.parametrize(("ours", "theirs"), PUBLISHED.items())
def test_every_cell_is_its_number_or_its_reason(data: Path, census: pl.DataFrame, ours: str, theirs: str) -> None:
    cells = [row[theirs] for row in raw_rows(data)]
    assert census[ours].to_list() == [float(cell) if cell != "NA" else None for cell in cells]
    assert census[f"{ours}_reason"].to_list() == ["not_applicable" if cell == "NA" else None for cell in cells]


def test_cells_read_by_eye(census: pl.DataFrame) -> None:
    first = census.row(0, named=True)
    assert (first["urn"], first["la"], first["estab"], first["laestab"]) == (100000, "201", "3614", 2013614)
    assert (first["school_type"], first["roll"], first["eal_pct"], first["fsm_ever6_pct"]) == (
        "State-funded primary",
        285,
        49.5,
        16.2,
    )
    special = census.filter(group="special").row(0, named=True)
    assert (special["roll"], special["sen_plan_pct"], special["fsm"], special["fsm_ever6"]) == (
        121_738,
        98.3,
        47_048,
        53_935,
    )


def test_independent_schools_have_no_meals_and_a_reason(census: pl.DataFrame) -> None:
    independent = census.filter(pl.col("school_type") == "Independent school")
    assert independent.height == 1_935
    assert independent["fsm"].null_count() == 1_935
    assert Counter(independent["fsm_reason"]) == {"not_applicable": 1_935}
    assert independent["roll"].null_count() == 0


def test_schools_add_up_to_the_country(census: pl.DataFrame) -> None:
    """The rows for England count the state-funded schools of the file; the difference is below one pupil in 200."""
    for group, kinds in (
        ("primary", ["State-funded primary"]),
        ("secondary", ["State-funded secondary"]),
        ("special", ["State-funded special school"]),
    ):
        total = census.filter(pl.col("group") == group)["roll"].item()
        added = census.filter((pl.col("level") == "school") & pl.col("school_type").is_in(kinds))["roll"].sum()
        assert added == pytest.approx(total, rel=0.005)


def test_columns_are_the_same_whatever_the_file_has(census: pl.DataFrame) -> None:
    small = read_census(SAMPLES["census"].text)
    assert small.schema == census.schema
    assert small["year"].to_list() == [None]
    assert small["fsm"].to_list() == [None]
    assert small["fsm_reason"].to_list() == ["not_in_file"]


def test_other_spelling_order_and_percent_signs() -> None:
    text = b'pnumeal,Nor, laestab ,urn,PNUMFSM,Quintile\n49.5%,"1,285",201/3614,100000,SUPP,3\n'
    row = read_census(text, year=2022).row(0, named=True)
    assert (row["urn"], row["la"], row["estab"], row["laestab"], row["year"]) == (100000, "201", "3614", 2013614, 2022)
    assert (row["roll"], row["eal_pct"], row["fsm_pct"], row["fsm_pct_reason"]) == (1285, 49.5, None, "suppressed")
    assert (row["quintile"], row["quintile_reason"]) == (3.0, None)


def test_keys_keep_their_zeros() -> None:
    row = read_census(b"URN,LA,ESTAB,NOR,NUMFSM\n100000,201,12,5,1\n").row(0, named=True)
    assert (row["estab"], row["laestab"]) == ("0012", 2010012)


def test_an_authority_row_is_told_apart() -> None:
    frame = read_census(b"URN,LA,ESTAB,NOR,NUMFSM\n100000,201,3614,285,32\n,201,,900,90\nNAT,,SPE,5,1\n")
    assert frame["level"].to_list() == ["school", "authority", "national"]


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("2018-2019_england_census.csv", 2019),
        ("2018-19_census.csv", 2019),
        ("census_201819.csv", 2019),
        ("census_2018-2020.csv", None),
        ("census_2019-12-31.csv", None),
        ("census 2019.csv", None),
    ],
)
def test_year_from_the_name_of_the_file(tmp_path: Path, name: str, year: int | None) -> None:
    (tmp_path / name).write_bytes(SAMPLES["census"].text)
    assert read_census(tmp_path / name)["year"].to_list() == [year]


def test_several_years_stand_under_each_other(tmp_path: Path) -> None:
    for name in ("2017-2018_census.csv", "2018-2019_census.csv"):
        (tmp_path / name).write_bytes(SAMPLES["census"].text)
    frame = read_census(sorted(tmp_path.iterdir()))
    assert frame["year"].to_list() == [2018, 2019]
    assert frame["source_file"].to_list() == ["2017-2018_census.csv", "2018-2019_census.csv"]


def test_a_measure_of_one_file_only_is_not_in_the_other() -> None:
    frame = read_census([b"URN,NOR,NUMFSM,NUMX\n1,2,1,7\n", b"URN,NOR,NUMFSM\n2,2,1\n"])
    assert frame.select("numx", "numx_reason").rows() == [(7.0, None), (None, "not_in_file")]


def test_a_school_that_stands_twice_is_reported() -> None:
    sample = SAMPLES["census"]
    text = sample.text + f"{sample.row}\n".encode()
    with pytest.raises(ReadError, match=r"<bytes>: 1 key stands more than once among the schools: urn 100000"):
        read_census(text)
    with pytest.warns(UserWarning, match="more than once"):
        assert read_census(text, unknown="warn").height == 2


def test_words_where_numbers_belong_are_named() -> None:
    text = b"URN,LA,ESTAB,NOR,NUMEAL\n1,201,3614,many,1\n2,201,3615,10,Z\n3,two,3616,10.5,1\n"
    with pytest.raises(ReadError) as caught:
        read_census(text)
    message = str(caught.value)
    assert "<bytes>, line 2, column NOR: 'many' is not a number or a known code" in message
    assert "<bytes>, line 4, column NOR: '10.5' is not a whole number" in message
    assert "<bytes>, line 3, column NUMEAL: 'Z' is not a number or a known code" in message
    assert "<bytes>, line 4, column LA: 'two' is not the number of an authority" in message
    with pytest.warns(UserWarning, match="is not") as warned:
        frame = read_census(text, unknown="warn")
    assert len(warned) == 4
    assert frame["roll"].to_list() == [None, 10, None]
    assert frame["roll_reason"].to_list() == ["unknown", None, "unknown"]
    assert frame["la"].to_list() == ["201", "201", None]


def test_many_bad_cells_are_counted_and_five_shown() -> None:
    rows = b"".join(b"%d,201,3614,x%d,1\n" % (i, i) for i in range(1, 9))
    with pytest.raises(ReadError, match=r"'x1' is not a number.* \(8 such cells; also line 3 'x2'.* and 3 more\)"):
        read_census(b"URN,LA,ESTAB,NOR,NUMEAL\n" + rows)


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_bad_inputs(read_census, "census", tmp_path, monkeypatch)  # type: ignore[arg-type]


def test_accepted_sources(tmp_path: Path) -> None:
    check_accepted_sources(read_census, "census", tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize("year", ["2019", 19, 201819, 2019.0, True])
def test_a_year_that_is_none_is_refused(year: object) -> None:
    with pytest.raises(InputError, match="year: the calendar year .* such as 2019 for 2018/19"):
        read_census(b"URN,NOR,NUMFSM\n100000,90,9", year=year)  # type: ignore[arg-type]
