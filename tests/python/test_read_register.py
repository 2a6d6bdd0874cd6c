"""Registers of schools: the list of the performance tables, the national register, phases, dates, bad input."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import warnings
from typing import TYPE_CHECKING

import openpyxl
import polars as pl
import pytest

from _reader_faults import SAMPLES, check_accepted_sources, check_bad_inputs
from schoolframe.exceptions import ReadError
from schoolframe.readers import read_inspections, read_school_register, school_phase

if TYPE_CHECKING:
    from pathlib import Path

SPINE = "registers/england_spine_2017-2018.xlsx.gz"
GIAS = (
    '"URN","LA (code)","LA (name)","EstablishmentNumber","EstablishmentName","TypeOfEstablishment (code)",'
    '"TypeOfEstablishment (name)","EstablishmentTypeGroup (name)","EstablishmentStatus (code)",'
    '"EstablishmentStatus (name)","OpenDate","CloseDate","PhaseOfEducation (code)","PhaseOfEducation (name)",'
    '"StatutoryLowAge","StatutoryHighAge","Gender (name)","ReligiousCharacter (name)","NumberOfPupils","PercentageFSM",'
    '"UKPRN","Postcode","LastChangedDate"\r\n'
)


def gias(*rows: str) -> bytes:
    return (GIAS + "\r\n".join(rows) + "\r\n").encode("cp1252")


@pytest.fixture(scope="module")
def spine(data: Path) -> pl.DataFrame:
    return read_school_register(data / SPINE)


@pytest.fixture(scope="module")
def sheet(data: Path) -> dict[str, list[object]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(gzip.decompress((data / SPINE).read_bytes())), read_only=True)
        header, *rows = book.worksheets[0].iter_rows(values_only=True)
    return {str(name): [row[i] for row in rows] for i, name in enumerate(header)}


def test_every_row_is_read(spine: pl.DataFrame, sheet: dict[str, list[object]]) -> None:
    assert spine.height == len(sheet["URN"]) == 26_078
    assert spine["urn"].to_list() == sheet["URN"]
    assert spine["laestab"].to_list() == sheet["LAESTAB"]
    assert spine["la"].to_list() == [str(la) for la in sheet["LA"]]
    assert spine["estab"].to_list() == [str(estab).zfill(4) for estab in sheet["ESTAB"]]
    assert spine["age_low"].to_list() == sheet["AGEL"]
    assert spine["age_high"].to_list() == sheet["AGEH"]
    assert spine["year"].unique().to_list() == [2018]


def test_dates_of_the_workbook(spine: pl.DataFrame, sheet: dict[str, list[object]]) -> None:
    for ours, theirs in (("open_date", "OPENDATE"), ("close_date", "CLOSEDATE")):
        days = [day.date() if isinstance(day, dt.datetime) else None for day in sheet[theirs]]
        assert spine[ours].to_list() == days
    assert spine["close_date"].drop_nulls().len() == 2_146


def test_other_urn_and_its_placeholder(spine: pl.DataFrame, sheet: dict[str, list[object]]) -> None:
    assert spine["other_urn"].to_list() == [None if urn == 999_999 else urn for urn in sheet["OTHERURN"]]
    assert sheet["OTHERURN"].count(999_999) == 4


def test_none_is_a_religious_character(spine: pl.DataFrame, sheet: dict[str, list[object]]) -> None:
    assert spine["religious_character"].to_list() == sheet["RELDENOM"]
    assert spine.filter(religious_character="None").height == 4_182


def test_a_closed_school_has_a_closing_date_and_no_other_has(spine: pl.DataFrame) -> None:
    assert spine.group_by("status").len().sort("status").rows() == [
        ("closed", 2_146),
        ("open", 23_786),
        ("open_proposed_to_close", 146),
    ]
    assert (spine["status"] == "closed").to_list() == spine["close_date"].is_not_null().to_list()


def test_cells_read_by_eye(spine: pl.DataFrame) -> None:
    first = spine.row(0, named=True)
    assert (first["urn"], first["school_name"], first["la_name"], first["school_type"], first["postcode"]) == (
        100000,
        "Sir John Cass's Foundation Primary School",
        "City of London",
        "Voluntary aided school",
        "EC3A 5DE",
    )
    last = spine.row(-1, named=True)
    assert (last["school_name"], last["open_date"], last["other_urn"], last["phase"]) == (
        "The Oaks Academy",
        dt.date(2019, 11, 1),
        142472,
        "secondary",
    )


def test_phases_against_the_flags_of_the_list(spine: pl.DataFrame) -> None:
    """ISPRIMARY and ISSECONDARY are the Department's own; the ages of the rule must not contradict them."""
    counts = dict(spine.group_by("phase").len().iter_rows())
    assert counts == {
        None: 26,
        "nursery": 6,
        "infant": 1_387,
        "junior": 1_137,
        "primary": 16_610,
        "middle": 142,
        "secondary": 3_911,
        "all_through": 793,
        "special": 1_688,
        "sixteen_plus": 378,
    }
    only_primary = spine.filter(pl.col("phase").is_in(["infant", "junior", "nursery"]))
    assert (only_primary["isprimary"] == "1").all()
    assert (only_primary["issecondary"] == "0").all()
    assert (spine.filter(phase="all_through")["isprimary"] == "1").all()
    assert (spine.filter(phase="all_through")["issecondary"] == "1").all()
    assert (spine.filter(phase="secondary")["issecondary"] == "1").all()
    assert (spine.filter(phase="primary")["isprimary"] == "1").all()


def test_phases_against_ofsted(data: Path, spine: pl.DataFrame) -> None:
    ofsted = read_inspections(data / "ofsted" / "ofsted_latest_2018-07-31.xlsx").select("urn", ofsted="phase")
    joined = spine.join(ofsted, on="urn").filter(pl.col("phase") != "middle")
    wide = joined.with_columns(
        wide=pl.col("phase").replace({"infant": "primary", "junior": "primary", "all_through": "secondary"})
    )
    agreeing = wide.filter(pl.col("wide") == pl.col("ofsted")).height
    assert joined.height > 20_000
    assert agreeing / joined.height > 0.999


@pytest.mark.parametrize(
    ("kind", "low", "high", "phase"),
    [
        ("Community school", 2, 5, "nursery"),
        ("Community school", 2, 6, "infant"),
        ("Community school", 5, 7, "infant"),
        ("Community school", 4, 8, "infant"),
        ("Community school", 4, 9, "primary"),
        ("Community school", 6, 11, "primary"),
        ("Community school", 3, 13, "primary"),
        ("Community school", 3, 14, "all_through"),
        ("Community school", 7, 11, "junior"),
        ("Community school", 7, 12, "middle"),
        ("Community school", 8, 12, "middle"),
        ("Community school", 9, 13, "middle"),
        ("Community school", 10, 14, "middle"),
        ("Community school", 8, 15, "all_through"),
        ("Community school", 9, 15, "secondary"),
        ("Community school", 11, 14, "secondary"),
        ("Community school", 11, 18, "secondary"),
        ("Academy converter", 15, 19, "secondary"),
        ("Academy converter", 16, 19, "sixteen_plus"),
        ("University technical college", 14, 19, "secondary"),
        ("City technology college", 11, 18, "secondary"),
        ("General further education college", 14, 99, "sixteen_plus"),
        ("Sixth form college", 14, 19, "sixteen_plus"),
        ("Free schools 16 to 19", 0, 0, "sixteen_plus"),
        ("FESI", 14, 99, "sixteen_plus"),
        ("Specialist designated college", 16, 99, "sixteen_plus"),
        ("Local authority nursery school", 2, 11, "nursery"),
        ("Community special school", 4, 11, "special"),
        ("Other independent special school", 16, 19, "special"),
        ("NMSS", 5, 16, "special"),
        ("Pupil referral unit", 11, 16, "pru"),
        ("Free schools alternative provision", 14, 16, "pru"),
        ("Academy alternative provision converter", 5, 11, "pru"),
        ("Children's centre", 0, 5, None),
        ("Higher education institutions", 18, 99, None),
        ("Community school", None, 11, None),
        ("Community school", 0, 0, None),
        (None, 5, 7, "infant"),
    ],
)
def test_rule_of_phases_at_its_boundaries(
    kind: str | None, low: int | None, high: int | None, phase: str | None
) -> None:
    frame = pl.DataFrame(
        {"kind": [kind], "low": [low], "high": [high]}, schema={"kind": pl.String, "low": pl.Int16, "high": pl.Int16}
    )
    assert frame.select(school_phase(pl.col("kind"), pl.col("low"), pl.col("high"))).item() == phase


def test_the_national_register() -> None:
    frame = read_school_register(
        gias(
            '"100000","201","City of London","3614","St Anne’s Café School","02","Voluntary aided school","Local '
            'authority maintained schools","1","Open","01-09-1920","","2","Primary","3","11","Mixed","Does not apply",'
            '"276","13.4","10079319","EC3A 5DE","09-11-2023"',
            '"100001","000","Does not apply","","Old Place","99","Community school","Closed","2","Closed","",'
            '"31-08-2005","4","Middle deemed secondary","","","Not applicable","None","","","","",""',
            '"100002","202","Camden","1045","New Place","35","Free schools","Free Schools","4","Proposed to open",'
            '"01-09-2026","","0","Not applicable","","","Mixed","","","","","NW1 1AA",""',
        )
    )
    first, second, third = frame.iter_rows(named=True)
    assert (first["school_name"], first["la"], first["la_name"], first["laestab"]) == (
        "St Anne’s Café School",
        "201",
        "City of London",
        2013614,
    )
    assert (first["status"], first["phase"], first["phase_published"], first["roll"]) == (
        "open",
        "primary",
        "Primary",
        276,
    )
    assert first["open_date"] == dt.date(1920, 9, 1)
    assert first["ukprn"] == "10079319"
    assert (first["fsm_pct"], first["capacity_reason"], second["fsm_pct_reason"]) == (13.4, "not_in_file", "blank")
    assert (second["status"], second["close_date"], second["phase"], second["estab"]) == (
        "closed",
        dt.date(2005, 8, 31),
        "middle",
        None,
    )
    assert second["religious_character"] == "None"
    assert (third["status"], third["phase"], third["open_date"]) == ("proposed_to_open", None, dt.date(2026, 9, 1))


def test_grades_in_the_national_register() -> None:
    text = (
        b'"URN","LA (code)","EstablishmentNumber","EstablishmentName","TypeOfEstablishment (name)","OfstedLastInsp",'
        b'"OfstedSpecialMeasures (name)","OfstedRating (name)"\n'
        b'115850,"850","2000","Alton Infant School","Community school","23-01-2019","Not applicable","Good"\n'
        b'115851,"850","2001","Anstey","Community school","02-05-2019","In special measures","Special Measures"\n'
        b'115852,"850","2002","Balksbury","Community school","","",""\n'
    )
    frame = read_inspections(text)
    assert frame.select("laestab", "grade", "inspection_date", "category_of_concern").rows() == [
        (8502000, 2, dt.date(2019, 1, 23), "none"),
        (8502001, 4, dt.date(2019, 5, 2), "special_measures"),
        (8502002, None, None, None),
    ]
    assert read_school_register(text)["urn"].to_list() == [115850, 115851, 115852]


def test_the_later_school_list() -> None:
    text = (
        b"URN,LANAME,LA,ESTAB,LAESTAB,SCHNAME,TOWN,POSTCODE,SCHSTATUS,OPENDATE,CLOSEDATE,MINORGROUP,SCHOOLTYPE,AGELOW,"
        b"AGEHIGH,GENDER,RELCHAR,OFSTEDRATING\n"
        b'100000,City of London,201,3614,2013614,Hill,London,EC3A 5DE,"Open, but proposed to close",01/09/1990,,'
        b"Maintained school,Community school,9,13,Mixed,None,Good\n"
    )
    row = read_school_register(text).row(0, named=True)
    assert (row["status"], row["phase"], row["religious_character"]) == ("open_proposed_to_close", "middle", "None")
    assert (row["open_date"], row["type_group"], row["ofstedrating"]) == (
        dt.date(1990, 9, 1),
        "Maintained school",
        "Good",
    )


def test_rows_longer_than_the_header() -> None:
    sample = SAMPLES["register"]
    plain = read_school_register(sample.text)
    empty_surplus = read_school_register(f"{sample.header}\r\n{sample.row},,,\r\n".encode())
    assert empty_surplus.equals(plain)
    with pytest.warns(UserWarning, match=r"<bytes>: 1 row has more cells than the header \(11\).*line 2: 'more'"):
        cut = read_school_register(f"{sample.header}\r\n{sample.row},more\r\n".encode())
    assert cut.equals(plain)


def test_rows_shorter_than_the_header() -> None:
    sample = SAMPLES["register"]
    frame = read_school_register(f"{sample.header}\r\n100001,201,3615\r\n{sample.row}\r\n".encode())
    assert frame["urn"].to_list() == [100001, 100000]
    assert frame["school_name"].to_list() == [None, "Hill"]


def test_a_line_break_in_the_header_and_in_a_cell() -> None:
    text = b'"URN","SCH\nNAME",SCHNAME,NFTYPE,AGEL,AGEH,LA\r\n1,x,"Hill\nSchool",Community school,eleven,11,201\r\n'
    with pytest.raises(ReadError, match=r"<bytes>, line 3, column AGEL: 'eleven' is not a whole number"):
        read_school_register(text)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("20130418", dt.date(2013, 4, 18)),
        ("2013-04-18 00:00:00", dt.date(2013, 4, 18)),
        ("2013-04-18T00:00:00.000Z", dt.date(2013, 4, 18)),
        ("18/04/2013", dt.date(2013, 4, 18)),
        ("18/04/2013 00:00", dt.date(2013, 4, 18)),
        ("18-04-2013", dt.date(2013, 4, 18)),
        ("8/4/2013", dt.date(2013, 4, 8)),
        ("18 April 2013", dt.date(2013, 4, 18)),
        ("18-Apr-2013", dt.date(2013, 4, 18)),
        ("1st Sept 2013", dt.date(2013, 9, 1)),
        ("41382", dt.date(2013, 4, 18)),
        ("NULL", None),
        ("", None),
        ("n/a", None),
    ],
)
def test_dates_in_every_form(cell: str, day: dt.date | None) -> None:
    text = SAMPLES["register"].text.replace(b"01/09/1990", cell.encode())
    assert read_school_register(text)["open_date"].to_list() == [day]


@pytest.mark.parametrize("cell", ["31/02/2013", "2013-13-01", "04/18/2013", "18/04/13", "20130431", "soon", "1/1/0013"])
def test_impossible_dates_are_reported_and_not_guessed(cell: str) -> None:
    text = SAMPLES["register"].text.replace(b"01/09/1990", cell.encode())
    with pytest.raises(ReadError, match=rf"<bytes>, line 2, column OPENDATE: '{cell}' is not a date"):
        read_school_register(text)
    with pytest.warns(UserWarning, match="is not a date"):
        assert read_school_register(text, unknown="warn")["open_date"].to_list() == [None]


def test_an_unknown_status_is_reported() -> None:
    assert read_school_register(SAMPLES["register"].text.replace(b"Hill,1,", b"Hill,0,"))["status"].to_list() == [None]
    with pytest.raises(ReadError, match=r"column ICLOSE: '7' is not a status of a school"):
        read_school_register(SAMPLES["register"].text.replace(b"Hill,1,", b"Hill,7,"))


def test_a_school_that_stands_twice_in_a_file_is_reported(tmp_path: Path) -> None:
    sample = SAMPLES["register"]
    with pytest.raises(ReadError, match="1 key stands more than once among the schools: urn 100000"):
        read_school_register(sample.text + f"{sample.row}\n".encode())
    for name in ("2016-2017_spine.csv", "2017-2018_spine.csv"):
        (tmp_path / name).write_bytes(sample.text)
    assert read_school_register(sorted(tmp_path.iterdir()))["year"].to_list() == [2017, 2018]


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_bad_inputs(read_school_register, "register", tmp_path, monkeypatch)  # type: ignore[arg-type]


def test_accepted_sources(tmp_path: Path) -> None:
    check_accepted_sources(read_school_register, "register", tmp_path)  # type: ignore[arg-type]
