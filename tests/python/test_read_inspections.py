"""Ofsted inspections: histories, snapshots of every layout, report cards, the last grade on a day, two sources."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import warnings
from collections import Counter
from typing import TYPE_CHECKING

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from _reader_faults import SAMPLES, check_accepted_sources, check_bad_inputs
from schoolframe.exceptions import InputError, ReadError
from schoolframe.readers import combine_inspections, inspection_framework, latest_inspection, read_inspections
from schoolframe.readers._dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HISTORY = "ofsted/graded_inspections_2005-2020.csv.gz"
SNAPSHOT = "ofsted/ofsted_latest_2018-07-31.xlsx"


@pytest.fixture(scope="module")
def history(data: Path) -> pl.DataFrame:
    return read_inspections(data / HISTORY)


@pytest.fixture(scope="module")
def snapshot(data: Path) -> pl.DataFrame:
    return read_inspections(data / SNAPSHOT)


# --- the history -----------------------------------------------------------------------------------------------------


def test_every_cell_of_the_history(data: Path, history: pl.DataFrame) -> None:
    rows = list(csv.DictReader(io.StringIO(gzip.decompress((data / HISTORY).read_bytes()).decode())))
    grades = {"Outstanding": 1, "Good": 2, "Satisfactory": 3, "Requires Improvement": 3, "Inadequate": 4}
    assert history.height == len(rows) == 60_134
    assert history["urn"].to_list() == [int(row["URN"]) for row in rows]
    assert history["grade"].to_list() == [grades[row["Rating"]] for row in rows]
    assert history["grade_label"].to_list() == [row["Rating"].lower().replace(" ", "_") for row in rows]
    days = [dt.date(int(d[:4]), int(d[4:6]), int(d[6:])) for d in (row["Inspection Date"] for row in rows)]
    assert history["inspection_date"].to_list() == days


def test_size_and_span_of_the_history(history: pl.DataFrame) -> None:
    assert history["urn"].n_unique() == 20_614
    assert (history["inspection_date"].min(), history["inspection_date"].max()) == (
        dt.date(2005, 9, 12),
        dt.date(2020, 2, 26),
    )
    assert history["grade_reason"].null_count() == history.height


def test_repeated_rows_are_marked(history: pl.DataFrame) -> None:
    assert history.filter("is_repeat").select("urn", "inspection_date").sort("urn").rows() == [
        (131288, dt.date(2018, 3, 6)),
        (133646, dt.date(2014, 10, 8)),
        (137699, dt.date(2013, 12, 4)),
    ]


def test_frameworks_of_the_history(history: pl.DataFrame) -> None:
    counts = dict(history.group_by("framework").len().iter_rows())
    assert counts == {
        "inspection_2005": 31_047,
        "inspection_2012": 16_015,
        "common_2015": 11_627,
        "education_2019": 1_445,
    }
    assert "requires_improvement" not in history.filter(framework="inspection_2005")["grade_label"].to_list()


# --- the snapshot ----------------------------------------------------------------------------------------------------


def test_every_cell_of_the_snapshot(data: Path, snapshot: pl.DataFrame) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(data / SNAPSHOT, read_only=True)
        rows = list(book.worksheets[0].iter_rows(min_row=2, max_col=6, values_only=True))
    assert snapshot.height == len(rows) == 21_739
    assert snapshot["urn"].to_list() == [row[0] for row in rows]
    assert snapshot["school_name"].to_list() == [str(row[1]).strip() for row in rows]
    assert snapshot["phase"].to_list() == [str(row[2]).lower() for row in rows]
    assert snapshot["inspection_date"].to_list() == [row[3].date() for row in rows]
    assert snapshot["publication_date"].to_list() == [row[4].date() for row in rows]
    assert snapshot["grade"].to_list() == [row[5] for row in rows]


def test_the_column_of_formulas_is_left_out(snapshot: pl.DataFrame) -> None:
    assert "reporurl" not in snapshot.columns
    assert snapshot["category_of_concern"].null_count() == 789  # grade 4; the workbook does not say which category
    assert Counter(snapshot["grade"]) == {1: 4_498, 2: 14_114, 3: 2_338, 4: 789}


def test_the_two_sources_agree_on_the_grade(history: pl.DataFrame, snapshot: pl.DataFrame) -> None:
    """The last graded inspection of the history before the snapshot was compiled has its grade for 99.5 %."""
    last = latest_inspection(history, dt.date(2018, 7, 15))
    joined = snapshot.join(last, on="urn")
    assert joined.height == 17_247
    agreement = (joined["grade"] == joined["ofsted_overall"]).mean()
    assert agreement == pytest.approx(0.995, abs=0.0005)
    near = joined.filter((pl.col("inspection_date") - pl.col("ofsted_date")).dt.total_days().abs() <= 1)
    assert near.height > 11_000
    assert (near["grade"] == near["ofsted_overall"]).all()


def test_combined_sources_do_not_double_inspections(history: pl.DataFrame, snapshot: pl.DataFrame) -> None:
    both = combine_inspections(history, snapshot, tolerance_days=1)
    merged = both.filter(pl.col("days_apart").is_not_null())
    assert both.height == history.height + snapshot.height - merged.height
    assert merged.height > 11_000
    assert Counter(merged["days_apart"]).most_common(1)[0][0] == 1
    assert not merged["grades_differ"].any()
    assert merged["publication_date"].null_count() == 0
    assert both.head(history.height)["inspection_date"].equals(history["inspection_date"])
    exact = combine_inspections(history, snapshot, tolerance_days=0)
    same_day = set(history.select("urn", "inspection_date").rows()) & set(
        snapshot.select("urn", "inspection_date").rows()
    )
    assert exact.filter(pl.col("days_apart").is_not_null()).height == len(same_day) > 600


# --- layouts of other releases ---------------------------------------------------------------------------------------

FULL_2019 = {
    "Web link": "http://reports.example/100000",
    "URN": "140000",
    "LAESTAB": "2011000",
    "School name": "Hill – St Anne’s",
    "Ofsted phase": "Secondary",
    "Type of education": "Academy Converter",
    "Region": "London",
    "Local authority": "City of London",
    "Date of latest section 8 inspection": "12/03/2019",
    "Section 8 inspection publication date": "04/04/2019",
    "Did the latest section 8 inspection convert to a full inspection?": "No",
    "Section 8 inspection overall outcome": "School remains Good",
    "Inspection number of latest full inspection": "10001",
    "Inspection type": "S8 Deemed S5 Inspection",
    "Inspection type grouping": "Schools - S5",
    "Event type grouping": "Section 8 deemed section 5 (excluding short inspections)",
    "Inspection start date": "01/02/2016",
    "Inspection end date": "02/02/2016",
    "Publication date": "01/03/2016",
    "URN at time of latest full inspection": "100050",
    "Overall effectiveness": "4",
    "Category of concern": "SM",
    "Outcomes for children and learners": "4",
    "Quality of teaching, learning and assessment": "4",
    "Effectiveness of leadership and management": "3",
    "Is safeguarding effective?": "No",
    "Personal development, behaviour and welfare": "4",
    "Early years provision (where applicable)": "NULL",
    "16 to 19 study programmes": "9",
    "Previous full inspection number": "ITS9",
    "Previous inspection start date": "26/09/2008",
    "Previous publication date": "17/10/2008",
    "URN at time of previous full inspection": "100050",
    "Previous full inspection overall effectiveness": "3",
    "Previous category of concern": "NULL",
}


def text_of(*rows: dict[str, str], above: str = "") -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return (above + buffer.getvalue()).encode("cp1252")


def test_the_full_layout_of_2019() -> None:
    row = read_inspections(text_of(FULL_2019)).row(0, named=True)
    assert (row["urn"], row["urn_inspected"], row["la"], row["la_name"], row["phase"]) == (
        140000,
        100050,
        "201",
        "City of London",
        "secondary",
    )
    assert row["school_name"] == "Hill – St Anne’s"
    assert (row["event"], row["inspection_start"], row["inspection_end"]) == (
        "graded",
        dt.date(2016, 2, 1),
        dt.date(2016, 2, 2),
    )
    assert (row["inspection_date"], row["publication_date"]) == (dt.date(2016, 2, 1), dt.date(2016, 3, 1))
    assert (row["grade"], row["grade_label"], row["category_of_concern"]) == (4, "inadequate", "special_measures")
    assert (row["outcomes"], row["teaching"], row["leadership_and_management"]) == (4, 4, 3)
    assert (row["early_years_reason"], row["sixth_form_reason"]) == ("not_available", "not_applicable")
    assert row["quality_of_education_reason"] == "not_in_file"
    assert row["safeguarding_effective"] is False
    assert (row["previous_grade"], row["previous_urn"], row["previous_inspection_date"]) == (
        3,
        100050,
        dt.date(2008, 9, 26),
    )
    assert (row["ungraded_date"], row["ungraded_outcome"]) == (dt.date(2019, 3, 12), "School remains Good")
    assert row["report_card_date"] is None


def test_graded_layout_of_2023_with_a_title_line_and_no_overall_grade() -> None:
    later = {
        "URN": "100001",
        "LAESTAB": "2013615",
        "Inspection type": "S5 Inspection",
        "Inspection number of latest graded inspection": "10300000",
        "Inspection start date": "08/10/2024",
        "Publication date": "20/11/2024",
        "URN at time of latest graded inspection": "100001",
        "Overall effectiveness": "Not judged",
        "Category of concern": "NULL",
        "Quality of education": "2",
        "Behaviour and attitudes": "1",
        "Personal development": "2",
        "Effectiveness of leadership and management": "2",
        "Safeguarding is effective?": "Yes",
        "Sixth form provision (where applicable)": "9",
        "Previous graded inspection overall effectiveness": "2",
        "Previous inspection start date": "01/05/2018",
    }
    title = '"Management information - as at 31 Dec 2024",,,\r\n\r\n'
    frame = read_inspections(text_of(later, above=title))
    row = frame.row(0, named=True)
    assert (row["grade"], row["grade_reason"], row["category_of_concern"]) == (None, "not_judged", None)
    assert (row["behaviour_and_attitudes"], row["leadership_and_management"], row["safeguarding_effective"]) == (
        1,
        2,
        True,
    )
    assert row["framework"] == "education_2019"
    assert latest_inspection(frame).select("ofsted_overall", "ofsted_date", "grade_label").row(0) == (
        2,
        dt.date(2018, 5, 1),
        "good",
    )


CARD = {
    "URN": "100000",
    "LAESTAB": "2013614",
    "Inspection number": "555",
    "Inspection start date": "18/11/2025",
    "Publication date": "20/01/2026",
    "Category of concern": "NULL",
    "Safeguarding standards": "Met",
    "Inclusion": "Strong standard",
    "Curriculum and teaching": "Expected standard",
    "Achievement": "Needs attention",
    "Attendance and behaviour": "Exceptional",
    "Personal development and wellbeing": "Urgent improvement",
    "Leadership and governance": "Expected standard",
}
BESIDE = {
    "Inspection start date of latest OEIF graded inspection": "12/03/2024",
    "Publication date of latest OEIF graded inspection": "20/04/2024",
    "URN at time of latest OEIF graded inspection": "100000",
    "Latest OEIF overall effectiveness": "2",
    "Latest OEIF quality of education": "2",
    "Latest OEIF  safeguarding is effective?": "Yes",
    "Latest OEIF category of concern": "NULL",
}


def test_report_cards_stand_beside_the_last_grade() -> None:
    row = read_inspections(text_of({**CARD, **BESIDE})).row(0, named=True)
    assert (row["grade"], row["inspection_date"], row["publication_date"]) == (
        2,
        dt.date(2024, 3, 12),
        dt.date(2024, 4, 20),
    )
    assert (row["quality_of_education"], row["framework"], row["inspection_number"]) == (2, "education_2019", None)
    assert (row["report_card_date"], row["report_card_publication_date"]) == (
        dt.date(2025, 11, 18),
        dt.date(2026, 1, 20),
    )
    assert row["report_card_inspection_number"] == "555"
    assert (row["rc_safeguarding"], row["rc_inclusion"], row["rc_achievement"]) == (
        "Met",
        "Strong standard",
        "Needs attention",
    )
    assert (row["achievement"], row["achievement_reason"]) == (None, "not_in_file")


def test_report_cards_alone_are_never_grades() -> None:
    row = read_inspections(text_of(CARD)).row(0, named=True)
    assert (row["grade"], row["grade_reason"], row["framework"]) == (None, "report_card", "report_card_2025")
    assert (row["report_card_date"], row["rc_attendance_and_behaviour"]) == (dt.date(2025, 11, 18), "Exceptional")
    assert latest_inspection(read_inspections(text_of(CARD))).height == 0


@pytest.mark.parametrize(
    ("day", "grade", "reason"),
    [("09/11/2025", 2, None), ("10/11/2025", None, "report_card"), ("11/11/2025", None, "report_card")],
)
def test_no_grade_from_the_first_day_of_report_cards(day: str, grade: int | None, reason: str | None) -> None:
    frame = read_inspections(f"URN,Overall effectiveness,Inspection start date\n1,2,{day}\n".encode())
    assert frame.select("grade", "grade_reason").row(0) == (grade, reason)


def test_a_workbook_with_titles_excel_dates_and_formulas() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("Contents").write(0, 0, "What is in here")
    sheet = book.add_worksheet("Most recent inspections")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write(0, 0, "Management information as at 28 February 2022")
    names = ["Web link", "URN", "Ofsted phase", "Inspection start date", "Overall effectiveness", "Category of concern"]
    for i, name in enumerate(names):
        sheet.write(3, i, name)
    for i, (urn, phase, start, grade, category) in enumerate(
        [(100000, "PRU", dt.date(2022, 1, 12), 4, "SWK"), (100001, "All-through", dt.date(2012, 8, 31), 3, "NULL")],
        start=4,
    ):
        sheet.write_formula(i, 0, '=HYPERLINK("http://x","Report")', value="Report")
        sheet.write(i, 1, urn)
        sheet.write(i, 2, phase)
        sheet.write_datetime(i, 3, dt.datetime(start.year, start.month, start.day), day)
        sheet.write(i, 4, grade)
        sheet.write(i, 5, category)
    book.close()
    frame = read_inspections(buffer.getvalue())
    assert frame.select("urn", "phase", "inspection_date", "grade", "grade_label", "category_of_concern").rows() == [
        (100000, "pru", dt.date(2022, 1, 12), 4, "inadequate", "serious_weaknesses"),
        (100001, "all_through", dt.date(2012, 8, 31), 3, "satisfactory", "none"),
    ]
    assert "web_link" not in frame.columns


def test_a_workbook_with_two_lists() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    for name, grade in (("In year", 3), ("Most recent", 2)):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["URN", "Overall effectiveness", "Inspection start date"])
        sheet.write_row(1, 0, [100000, grade, "01/02/2016"])
    book.close()
    with pytest.warns(UserWarning, match=r"sheet 'In year' is read, not the other sheets like it: 'Most recent'"):
        assert read_inspections(buffer.getvalue())["grade"].to_list() == [3]
    assert read_inspections(buffer.getvalue(), sheet="Most recent")["grade"].to_list() == [2]
    with pytest.raises(ReadError, match=r"no sheet 'Latest' that is .*; sheets that are: 'In year', 'Most recent'"):
        read_inspections(buffer.getvalue(), sheet="Latest")


@pytest.mark.parametrize(
    ("words", "event"),
    [
        ("S5 Inspection", "graded"),
        ("Schools - S5", "graded"),
        ("S8 Deemed S5 Inspection", "graded"),
        ("Short inspection converted", "graded"),
        ("S8 Short Inspection", "short"),
        ("Maintained Academy and School Short inspection", "short"),
        ("Graded inspection", "graded"),
        ("Ungraded inspection", "ungraded"),
        ("S8 No Formal Designation Visit", "urgent"),
        ("Urgent inspection", "urgent"),
        ("S5 Special Measures Monitoring", "monitoring"),
        ("Schools - S8", "ungraded"),
        ("Something new", "other"),
        ("NULL", None),
    ],
)
def test_events(words: str, event: str | None) -> None:
    frame = read_inspections(
        f"URN,Overall effectiveness,Inspection start date,Inspection type\n1,2,01/02/2016,{words}\n".encode()
    )
    assert frame["event"].to_list() == [event]


@pytest.mark.parametrize(
    ("cell", "grade", "label", "reason"),
    [
        ("1", 1, "outstanding", None),
        ("2.0", 2, "good", None),
        ("3", 3, "requires_improvement", None),
        ("4", 4, "inadequate", None),
        ("Grade 2", 2, "good", None),
        ("OUTSTANDING", 1, "outstanding", None),
        ("Special Measures", 4, "inadequate", None),
        ("Satisfactory / Requires improvement", 3, "requires_improvement", None),
        ("9", None, None, "not_applicable"),
        ("NULL", None, None, "not_available"),
        ("", None, None, "blank"),
        ("Not judged", None, None, "not_judged"),
        ("Strong standard", None, None, "report_card"),
    ],
)
def test_grades_and_reasons(cell: str, grade: int | None, label: str | None, reason: str | None) -> None:
    frame = read_inspections(f"URN,Overall effectiveness,Inspection start date\n1,{cell},01/02/2016\n".encode())
    assert frame.select("grade", "grade_label", "grade_reason").row(0) == (grade, label, reason)
    assert frame.schema["grade"] == pl.Int8


@pytest.mark.parametrize(
    ("grade", "category", "expected"),
    [
        (4, "SM", "special_measures"),
        (4, "SWK", "serious_weaknesses"),
        (4, "NTI", "notice_to_improve"),
        (4, "Has serious weaknesses", "serious_weaknesses"),
        (4, "Special measures (SM)", "special_measures"),
        (4, "Not in special measures", None),
        (4, "NULL", None),
        (2, "NULL", "none"),
        (9, "NULL", None),
        (9, "SM", "special_measures"),
    ],
)
def test_categories_of_concern(grade: int, category: str, expected: str | None) -> None:
    text = f"URN,Overall effectiveness,Inspection start date,Category of concern\n1,{grade},01/02/2010,{category}\n"
    assert read_inspections(text.encode())["category_of_concern"].to_list() == [expected]


FIRST_DAYS = [
    (dt.date(2005, 9, 1), "before_2005", "inspection_2005"),
    (dt.date(2012, 9, 1), "inspection_2005", "inspection_2012"),
    (dt.date(2015, 9, 1), "inspection_2012", "common_2015"),
    (dt.date(2019, 9, 1), "common_2015", "education_2019"),
    (dt.date(2025, 11, 10), "education_2019", "report_card_2025"),
]


@pytest.mark.parametrize(("first", "before", "since"), FIRST_DAYS)
def test_frameworks_at_their_first_days(first: dt.date, before: str, since: str) -> None:
    days = pl.DataFrame({"day": [first - dt.timedelta(days=1), first, first + dt.timedelta(days=1), None]})
    assert days.select(inspection_framework(pl.col("day"))).to_series().to_list() == [before, since, since, None]


@pytest.mark.parametrize(("day", "label"), [("31/08/2012", "satisfactory"), ("01/09/2012", "requires_improvement")])
def test_the_third_grade_changes_its_name(day: str, label: str) -> None:
    frame = read_inspections(f"URN,Overall effectiveness,Inspection start date\n1,3,{day}\n".encode())
    assert frame["grade_label"].to_list() == [label]


def test_a_history_and_a_snapshot_read_together_have_the_columns_of_both(data: Path) -> None:
    frame = read_inspections([data / HISTORY, data / SNAPSHOT])
    assert frame.height == 60_134 + 21_739
    assert frame.columns[-1] == "source_file"
    assert frame.group_by("source_file").len().sort("source_file")["len"].to_list() == [60_134, 21_739]


# --- the last inspection on a day ------------------------------------------------------------------------------------


def history_of(*rows: tuple[int, str, str]) -> pl.DataFrame:
    return read_inspections(
        ("URN,Rating,Inspection Date\n" + "\n".join(",".join(map(str, row)) for row in rows)).encode()
    )


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (dt.date(2008, 9, 25), []),
        (dt.date(2008, 9, 26), [(3, 0)]),
        (dt.date(2008, 10, 26), [(3, 1)]),
        (dt.date(2008, 10, 27), [(3, 2)]),
        (dt.date(2011, 9, 26), [(3, 36)]),
        (dt.date(2011, 9, 27), [(3, 37)]),
        (dt.date(2013, 4, 17), [(3, 55)]),
        (dt.date(2013, 4, 18), [(2, 0)]),
        (None, [(2, None)]),
    ],
)
def test_last_inspection_at_the_boundaries(on: dt.date | None, expected: list[tuple[int, int | None]]) -> None:
    frame = history_of((1, "Good", "20130418"), (1, "Satisfactory", "20080926"))
    assert latest_inspection(frame, on).select("ofsted_overall", "ofsted_months_ago").rows() == expected


@given(st.dates(dt.date(2005, 9, 1), dt.date(2025, 6, 30)), st.integers(0, 200))
def test_months_are_the_least_that_reach_the_day(day: dt.date, ahead: int) -> None:
    on = day + dt.timedelta(days=ahead * 11)
    frame = latest_inspection(history_of((1, "Good", day.strftime("%Y%m%d"))), on)
    months = frame["ofsted_months_ago"].item()
    steps = pl.select(
        reached=pl.lit(day).dt.offset_by(f"{months}mo"), short=pl.lit(day).dt.offset_by(f"{max(months - 1, 0)}mo")
    )
    assert steps["reached"].item() >= on
    assert months == 0 or steps["short"].item() < on


def test_categories_and_flags_for_frameworks() -> None:
    text = (
        "URN,Overall effectiveness,Inspection start date,Category of concern,"
        "Effectiveness of leadership and management\n"
        "1,4,01/02/2010,NTI,3\n2,4,01/02/2014,SWK,4\n3,4,01/02/2014,SM,4\n4,4,01/02/2014,NULL,4\n"
        "5,3,01/02/2014,NULL,2\n6,9,01/02/2014,,1\n"
    )
    last = latest_inspection(read_inspections(text.encode()))
    assert last.select("urn", "ofsted_category", "ofsted_nti", "ofsted_special_measures", "ofsted_lm_grade").rows() == [
        (1, "serious_weaknesses", True, False, 3),
        (2, "serious_weaknesses", True, False, 4),
        (3, "special_measures", False, True, 4),
        (4, None, None, None, 4),
        (5, "none", False, False, 2),
    ]


def test_by_date_of_publication() -> None:
    header = b"URN,Overall effectiveness,Inspection start date,Publication date\n"
    text = header + b"1,2,18/04/2013,14/05/2013\n2,1,18/04/2013,NULL\n"
    frame = read_inspections(text)
    before = latest_inspection(frame, dt.date(2013, 5, 13), by="publication_date")
    after = latest_inspection(frame, dt.date(2013, 5, 14), by="publication_date")
    assert before.height == 0
    assert after["urn"].to_list() == [1]
    assert latest_inspection(frame, dt.date(2013, 5, 13))["urn"].to_list() == [1, 2]


def test_of_two_on_one_day_the_one_published_later_counts() -> None:
    text = (
        b"URN,Inspection number,Overall effectiveness,Inspection start date,Publication date\n"
        b"1,b,2,18/05/2017,28/02/2018\n1,a,4,18/05/2017,01/06/2017\n"
    )
    assert latest_inspection(read_inspections(text))["ofsted_overall"].to_list() == [2]


def test_latest_is_what_sorting_gives(history: pl.DataFrame) -> None:
    on = dt.date(2016, 1, 1)
    best: dict[int, tuple[dt.date, int]] = {}
    for urn, day, grade in history.select("urn", "inspection_date", "grade").iter_rows():
        if day <= on and (urn not in best or day >= best[urn][0]):
            best[urn] = (day, grade)
    last = latest_inspection(history, on)
    assert {
        urn: (day, grade) for urn, day, grade in last.select("urn", "ofsted_date", "ofsted_overall").iter_rows()
    } == best


def test_wrong_arguments_are_refused() -> None:
    frame = history_of((1, "Good", "20130418"))
    with pytest.raises(InputError, match="by: must be"):
        latest_inspection(frame, by="grade")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="inspections: the column 'grade' is missing"):
        latest_inspection(frame.drop("grade"))
    with pytest.raises(InputError, match="tolerance_days: must be 0 or more, not -1"):
        combine_inspections(frame, frame, tolerance_days=-1)
    with pytest.raises(InputError, match="second: the column 'urn' is missing"):
        combine_inspections(frame, frame.drop("urn"))


# --- two sources -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tolerance", "rows"), [(0, 2), (1, 2), (2, 1), (3, 1)])
def test_tolerance_at_its_boundary(tolerance: int, rows: int) -> None:
    a, b = history_of((1, "Good", "20130418")), history_of((1, "Good", "20130420"))
    assert combine_inspections(a, b, tolerance_days=tolerance).height == rows
    assert combine_inspections(b, a, tolerance_days=tolerance).height == rows


def test_nearest_wins_once_and_disagreement_is_shown() -> None:
    a = history_of((1, "Good", "20130418"), (2, "Inadequate", "20130418"))
    b = history_of(
        (1, "Good", "20130419"), (1, "Outstanding", "20130418"), (2, "Good", "20130417"), (3, "Good", "20130418")
    )
    both = combine_inspections(a, b, tolerance_days=3)
    assert both.select("urn", "grade", "inspection_date", "days_apart", "grades_differ").rows() == [
        (1, 2, dt.date(2013, 4, 18), 0, True),
        (2, 4, dt.date(2013, 4, 18), -1, True),
        (1, 2, dt.date(2013, 4, 19), None, None),
        (3, 2, dt.date(2013, 4, 18), None, None),
    ]


def test_combining_with_itself_changes_nothing(snapshot: pl.DataFrame) -> None:
    both = combine_inspections(snapshot, snapshot)
    assert both.drop("days_apart", "grades_differ").equals(snapshot)


pairs = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 12)), max_size=8, unique=True)


def greedy(
    first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]], tolerance: int
) -> dict[int, tuple[int, int]]:
    """Row of the first source to its partner and the days between, nearest pairs made first."""
    near = sorted(
        (abs(day - other), i, j, day - other)
        for i, (urn, other) in enumerate(first)
        for j, (school, day) in enumerate(second)
        if urn == school and abs(day - other) <= tolerance
    )
    made: dict[int, tuple[int, int]] = {}
    for _, i, j, days in near:
        if i not in made and j not in [partner for partner, _ in made.values()]:
            made[i] = (j, days)
    return made


@given(pairs, pairs, st.integers(0, 4))
def test_pairs_are_made_like_by_hand(
    first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]], tolerance: int
) -> None:
    start = dt.date(2015, 3, 1)

    def frame(rows: Sequence[tuple[int, int]]) -> pl.DataFrame:
        columns = {
            "urn": [urn for urn, _ in rows],
            "inspection_date": [start + dt.timedelta(days=day) for _, day in rows],
            "grade": [2] * len(rows),
        }
        return pl.DataFrame(columns, schema={"urn": pl.Int64, "inspection_date": pl.Date, "grade": pl.Int8})

    both = combine_inspections(frame(first), frame(second), tolerance_days=tolerance)
    made = greedy(first, second, tolerance)
    assert both.head(len(first))["days_apart"].to_list() == [
        made[i][1] if i in made else None for i in range(len(first))
    ]
    taken = {partner for partner, _ in made.values()}
    added = [(urn, start + dt.timedelta(days=day)) for j, (urn, day) in enumerate(second) if j not in taken]
    assert both.slice(len(first)).select("urn", "inspection_date").rows() == added


# --- dates -----------------------------------------------------------------------------------------------------------

FORMS = [
    "%Y%m%d",
    "%Y-%m-%d",
    "%Y-%m-%d 00:00:00",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d/%m/%Y 00:00",
]


@given(st.dates(dt.date(1900, 3, 1), dt.date(2199, 12, 31)), st.sampled_from(FORMS))
def test_any_day_in_any_form_reads_back(day: dt.date, form: str) -> None:
    assert parse_date(day.strftime(form)) == day


@given(st.dates(dt.date(1927, 6, 1), dt.date(2173, 1, 1)))
def test_day_numbers_of_workbooks(day: dt.date) -> None:
    assert parse_date(str((day - dt.date(1899, 12, 30)).days)) == day


@given(st.text(max_size=12))
def test_no_text_breaks_the_dates(text: str) -> None:
    found = parse_date(text)
    assert found is None or 1500 <= found.year <= 2200


@given(st.integers(1, 31), st.integers(1, 12), st.integers(1990, 2030))
def test_days_that_do_not_exist_are_none(day: int, month: int, year: int) -> None:
    try:
        expected: dt.date | None = dt.date(year, month, day)
    except ValueError:
        expected = None
    assert parse_date(f"{day}/{month}/{year}") == expected
    assert parse_date(f"{year}{month:02}{day:02}") == expected


# --- bad input -------------------------------------------------------------------------------------------------------


def test_unknown_grades_dates_and_categories_are_named() -> None:
    text = (
        b"URN,Overall effectiveness,Inspection start date,Category of concern,Ofsted phase\n"
        b"1,5,01/02/2016,NULL,Primary\n2,Superb,31/02/2016,XX,Infant-ish\n"
    )
    with pytest.raises(ReadError) as caught:
        read_inspections(text)
    message = str(caught.value)
    assert (
        "<bytes>, line 2, column Overall effectiveness: '5' is not a grade from 1 to 4 or a word for none (2 such"
        in message
    )
    assert "line 3 'Superb'" in message
    assert "line 3, column Inspection start date: '31/02/2016' is not a date that exists" in message
    assert "line 3, column Category of concern: 'XX' is not a category of concern that is known" in message
    with pytest.warns(UserWarning, match="is not") as warned:
        frame = read_inspections(text, unknown="warn")
    assert len(warned) == 3
    assert frame.select("grade", "grade_reason").rows() == [(None, "unknown"), (None, "unknown")]
    assert frame["phase"].to_list() == ["primary", "infant_ish"]


def test_two_grades_for_one_day_are_reported() -> None:
    text = SAMPLES["inspections"].text + b"100000,Inadequate,20130418\n"
    with pytest.raises(ReadError, match=r"1 inspection has more than one grade \(URN 100000 on 2013-04-18: 2 and 4\)"):
        read_inspections(text)
    with pytest.warns(UserWarning, match="more than one grade"):
        assert read_inspections(text, unknown="warn")["is_repeat"].to_list() == [False, False]


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_bad_inputs(read_inspections, "inspections", tmp_path, monkeypatch)  # type: ignore[arg-type]


def test_accepted_sources(tmp_path: Path) -> None:
    check_accepted_sources(read_inspections, "inspections", tmp_path)  # type: ignore[arg-type]


def test_a_day_that_is_no_date_is_refused() -> None:
    inspections = read_inspections(b"URN,Rating,Inspection Date\n1,Good,20130418")
    for day in ("2013-04-18", 2013):
        with pytest.raises(InputError, match="on: a date such as"):
            latest_inspection(inspections, day)  # type: ignore[arg-type]
    noon = latest_inspection(inspections, dt.datetime(2013, 4, 18, 12))
    assert noon.equals(latest_inspection(inspections, dt.date(2013, 4, 18)))
    assert noon["ofsted_months_ago"].item() == 0


def test_columns_of_another_type_are_refused_and_not_compared_as_texts() -> None:
    inspections = read_inspections(b"URN,Rating,Inspection Date\n1,Good,20130418")
    wrong = {"urn": "whole numbers", "grade": "whole numbers", "inspection_date": "dates"}
    for name, kind in wrong.items():
        texts = inspections.with_columns(pl.col(name).cast(pl.String))
        with pytest.raises(InputError, match=f"inspections: the column '{name}' must hold {kind}, not String"):
            latest_inspection(texts)
        with pytest.raises(InputError, match=f"second: the column '{name}' must hold {kind}"):
            combine_inspections(inspections, texts)
    with pytest.raises(InputError, match="'grade' must hold whole numbers"):
        latest_inspection(inspections.with_columns(grade=pl.lit(2.5)))


def test_types_of_other_libraries_are_taken_back() -> None:
    text = b"URN,Rating,Inspection Date\n1,Good,20130418\n2,,20130418"
    inspections = read_inspections(text)
    elsewhere = inspections.with_columns(
        pl.col("inspection_date").cast(pl.Datetime("ns")),
        pl.col("grade").cast(pl.Float64).fill_null(float("nan")),
        pl.lit(None).alias("publication_date"),
    )
    got = latest_inspection(elsewhere)
    assert got.equals(latest_inspection(inspections))
    assert got.schema == latest_inspection(inspections).schema


def test_a_visit_that_judges_no_grade_is_not_the_last_graded_inspection() -> None:
    header = "URN,Inspection number,Inspection type,Inspection start date,Overall effectiveness"
    visits = [
        "1,10,S5 Inspection,01/03/2016,3",
        "1,11,S8 Monitoring,01/03/2018,3",
        "1,12,S8 Short inspection,01/03/2019,3",
    ]
    history = read_inspections("\n".join([header, *visits]).encode())
    assert history["event"].to_list() == ["graded", "monitoring", "short"]
    assert latest_inspection(history)["ofsted_date"].to_list() == [dt.date(2016, 3, 1)]


def test_a_snapshot_keeps_the_grade_that_stands_whatever_the_last_visit_was() -> None:
    text = (
        b"URN,Inspection type,Inspection start date,Overall effectiveness,"
        b"Previous full inspection overall effectiveness,Previous inspection start date\n"
        b"1,S8 Short inspection,01/03/2019,2,3,01/03/2012"
    )
    assert latest_inspection(read_inspections(text))["ofsted_overall"].to_list() == [2]
