"""Absence by school and in tidy files: measures, thresholds, levels, reasons, bad input."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

from _reader_faults import SAMPLES, check_accepted_sources, check_bad_inputs
from schoolframe.exceptions import ReadError
from schoolframe.readers import read_absence

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "absence-exclusions"
BY_SCHOOL = {
    2013: ("england_abs_2012-2013.csv.gz", "PPERSABS15", 15),
    2019: ("england_abs_2018-2019.csv.gz", "PPERSABS10", 10),
}


def school_rows(data: Path, year: int) -> list[dict[str, str]]:
    text = gzip.decompress((data / FOLDER / BY_SCHOOL[year][0]).read_bytes()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(("year", "rows"), [(2013, 20_059), (2019, 21_217)])
def test_every_cell_of_the_school_tables(data: Path, year: int, rows: int) -> None:
    name, persistent, threshold = BY_SCHOOL[year]
    frame = read_absence(data / FOLDER / name)
    raw = school_rows(data, year)
    assert frame.height == len(raw) == rows
    assert frame["year"].unique().to_list() == [year]
    assert frame["persistent_threshold"].unique().to_list() == [threshold]

    def number(cell: str) -> float | None:
        return None if cell in ("SUPP", "", "NP") else float(cell)

    assert frame["overall_absence_pct"].to_list() == [number(row["PERCTOT"]) for row in raw]
    assert frame["persistent_absence_pct"].to_list() == [number(row[persistent]) for row in raw]
    suppressed = [row[persistent] == "SUPP" for row in raw]
    assert (frame["persistent_absence_pct_reason"] == "suppressed").fill_null(value=False).to_list() == suppressed
    assert frame["urn"].to_list() == [int(row["URN"]) if row["URN"] else None for row in raw]


def test_cells_read_by_eye(data: Path) -> None:
    frame = read_absence(data / FOLDER / "england_abs_2018-2019.csv.gz")
    first = frame.row(0, named=True)
    assert (first["urn"], first["laestab"], first["overall_absence_pct"], first["persistent_absence_pct"]) == (
        100000,
        2013614,
        2.6,
        3.4,
    )
    assert frame.filter(level="national").select("group", "overall_absence_pct", "persistent_absence_pct").rows() == [
        ("primary", 4.0, 8.2),
        ("secondary", 5.5, 13.7),
        ("special", 10.1, 28.8),
    ]


def test_two_years_together_keep_their_thresholds(data: Path) -> None:
    frame = read_absence([data / FOLDER / name for name, _, _ in BY_SCHOOL.values()])
    assert frame.group_by("year", "persistent_threshold").len().sort("year").rows() == [
        (2013, 15, 20_059),
        (2019, 10, 21_217),
    ]


def test_attendance_is_what_absence_leaves() -> None:
    frame = read_absence(b"LA,ESTAB,URN,PERCTOT,PPERSABS10\n201,3614,1,4.1,3\n201,3615,2,SUPP,3\n201,3616,3,0.3,1\n")
    assert frame["attendance_pct"].to_list() == [95.9, None, 99.7]


@pytest.fixture(scope="module")
def terms(data: Path) -> pl.DataFrame:
    return read_absence(data / FOLDER / "absence_by_term.zip")


def tidy_rows(data: Path) -> list[dict[str, str]]:
    with zipfile.ZipFile(data / FOLDER / "absence_by_term.zip") as archive:
        return list(csv.DictReader(io.StringIO(archive.read("absence_by_term.csv").decode())))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("overall_absence_pct", "sess_overall_percent"),
        ("authorised_absence_pct", "sess_authorised_percent"),
        ("unauthorised_absence_pct", "sess_unauthorised_percent"),
        ("sessions_possible", "sess_possible"),
        ("sessions_missed", "sess_overall"),
        ("sess_auth_illness", "sess_auth_illness"),
        ("sess_auth_ext_holiday", "sess_auth_ext_holiday"),
        ("sess_overall_totalreasons", "sess_overall_totalreasons"),
    ],
)
def test_every_cell_of_the_tidy_file(data: Path, terms: pl.DataFrame, ours: str, theirs: str) -> None:
    raw = tidy_rows(data)
    assert terms.height == len(raw) == 9_680
    assert terms[ours].to_list() == [None if row[theirs] == "." else float(row[theirs]) for row in raw]
    assert terms[f"{ours}_reason"].to_list() == ["not_applicable" if row[theirs] == "." else None for row in raw]


def test_tidy_keys(data: Path, terms: pl.DataFrame) -> None:
    raw = tidy_rows(data)
    assert terms["la"].to_list() == [row["old_la_code"] or None for row in raw]
    assert terms["la_name"].to_list() == [row["la_name"] or None for row in raw]
    assert terms["term"].to_list() == [row["term"] for row in raw]
    assert terms["year"].to_list() == [int(row["time_period"][:4]) + 1 for row in raw]
    assert terms["level"].unique().sort().to_list() == ["authority", "national", "region"]
    national = terms.filter(level="national", year=2017, school_type="State-funded primary", term="Total").row(
        0, named=True
    )
    assert (national["sessions_possible"], national["overall_absence_pct"], national["attendance_pct"]) == (
        1_404_325_264,
        4.0,
        96.0,
    )


def test_authorised_and_unauthorised_add_up(terms: pl.DataFrame) -> None:
    both = terms["sessions_authorised"] + terms["sessions_unauthorised"]
    assert (both == terms["sessions_missed"]).all()


def test_later_tidy_files_with_schools() -> None:
    text = (
        b"time_period,time_identifier,geographic_level,school_urn,school_laestab,school_name,old_la_code,education_phase,"
        b"enrolments,sess_overall_percent,enrolments_pa_10_exact_percent,enrolments_pa_50_exact_percent,sess_auth_illness_rate\n"
        b"202324,Academic year,School,100001,2013615,Hill,201,State-funded primary,285,6.0,14.2,c,3.1\n"
        b"202324,Academic year,School,100002,2013616,Dale,201,State-funded primary,30,z,x,low,3.1\n"
    )
    frame = read_absence(text)
    first, second = frame.iter_rows(named=True)
    assert (first["urn"], first["la"], first["laestab"], first["year"], first["school_type"]) == (
        100001,
        "201",
        2013615,
        2024,
        "State-funded primary",
    )
    assert (first["overall_absence_pct"], first["persistent_absence_pct"], first["persistent_threshold"]) == (
        6.0,
        14.2,
        10,
    )
    assert first["severe_absence_pct_reason"] == "suppressed"
    assert (second["overall_absence_pct_reason"], second["persistent_absence_pct_reason"]) == (
        "not_applicable",
        "not_available",
    )
    assert second["severe_absence_pct_reason"] == "rounds_to_zero"
    assert frame["sess_auth_illness_rate"].to_list() == [3.1, 3.1]


def test_no_measure_of_a_tidy_file_may_hold_words() -> None:
    text = b"time_period,geographic_level,sess_overall_percent,sess_auth_other\n201617,National,4,few\n"
    with pytest.raises(ReadError, match=r"<bytes>, line 2, column sess_auth_other: 'few' is not a number"):
        read_absence(text)


def test_an_impossible_year_is_reported() -> None:
    text = b"time_period,geographic_level,sess_overall_percent\n201619,National,4\n"
    with pytest.raises(ReadError, match=r"line 2, column time_period: '201619' is not an academic year"):
        read_absence(text)


def test_columns_are_the_same_for_school_tables_and_samples(data: Path) -> None:
    frame = read_absence(data / FOLDER / "england_abs_2018-2019.csv.gz")
    assert read_absence(SAMPLES["absence"].text).schema == frame.schema


def test_a_row_that_stands_twice_is_reported() -> None:
    sample = SAMPLES["absence"]
    with pytest.raises(ReadError, match=r"1 key stands more than once among the rows: .*urn 100000"):
        read_absence(sample.text + f"{sample.row}\n".encode())


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_bad_inputs(read_absence, "absence", tmp_path, monkeypatch)  # type: ignore[arg-type]


def test_accepted_sources(tmp_path: Path) -> None:
    check_accepted_sources(read_absence, "absence", tmp_path)  # type: ignore[arg-type]
