"""The risk register: what stands in its cells, what is withheld, and what the workbook looks like."""

from __future__ import annotations

import datetime as dt
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schoolframe as sf
from _southend import authority, southend
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.presentation import register_table, risk_register
from schoolframe.presentation._content import build_register
from schoolframe.presentation._disclosure import GROUPS, small_groups
from schoolframe.presentation._figures import academic_year, figure, half_up, long_date
from schoolframe.presentation._sheets import Register
from schoolframe.presentation._style import CATEGORY_TONES, INK, MUTED, PAPER, TONES, contrast

OUTCOMES, CONTEXT = "KS4 outcomes", "Context"


def schools(**columns: list[Any]) -> pl.DataFrame:
    """A frame with these indicators; two schools named Ash and Birch, or as many as the columns are long."""
    height = len(next(iter(columns.values())))
    names = ["Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel"][:height]
    return pl.DataFrame({"urn": list(range(1, height + 1)), "school_name": names, "year": [2019] * height, **columns})


def built(frame: pl.DataFrame, **options: Any) -> Register:
    """The register of a frame before it becomes a workbook."""
    given_options: dict[str, Any] = {
        "phase": "secondary",
        "year": None,
        "authority": "Example",
        "national": None,
        "la_row": None,
        "codes": None,
        "periods": None,
        "title": None,
        "suppress": True,
        "minimum": 6,
        "threshold": 5.0,
    }
    return build_register(frame, **{**given_options, **options})


def texts(register: Register, name: str) -> list[str]:
    """What is printed in a column: the authority, England, then the schools."""
    for sheet in register.sheets:
        for at, column in enumerate(sheet.columns):
            if column.name == name:
                return [line.cells[at].text for line in sheet.lines]
    raise AssertionError(name)


def tones(register: Register, name: str) -> list[str | None]:
    """Backgrounds of a column."""
    for sheet in register.sheets:
        for at, column in enumerate(sheet.columns):
            if column.name == name:
                return [line.cells[at].tone for line in sheet.lines]
    raise AssertionError(name)


def grid(path: Path, sheet: str) -> list[list[Any]]:
    """Values of a sheet of a workbook."""
    return [list(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)]


def heading_column(page: Any, heading: str) -> int:
    """Number of the column under a heading of the second row of headings, or the first."""
    for row in (4, 3):
        for cell in page[row]:
            if cell.value == heading:
                return int(cell.column)
    raise AssertionError(heading)


# -- figures and colours ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (2.675, 2, "2.68"),
        (0.124, 2, "0.12"),
        (-0.004, 2, "0.00"),
        (69.95, 1, "70.0"),
    ],
)
def test_figures_round_halves_away_from_zero(value: float, decimals: int, text: str) -> None:
    assert figure(value, decimals) == text


@given(st.floats(-1000, 1000), st.integers(0, 3))
def test_rounding_moves_a_figure_by_half_a_unit_at_most(value: float, decimals: int) -> None:
    assert abs(half_up(value, decimals) - value) <= 0.5 * 10**-decimals + 1e-9


def test_years_and_days_in_words() -> None:
    assert (academic_year(2019), academic_year(2000), long_date(dt.date(2017, 10, 3))) == (
        "2018/19",
        "1999/00",
        "3 October 2017",
    )


def test_every_background_is_readable() -> None:
    for tone in (*TONES.values(), *CATEGORY_TONES.values()):
        assert contrast(tone.background, tone.text) >= 7, tone
    assert contrast(INK, PAPER) >= 7
    assert contrast(MUTED, PAPER) >= 7


# -- significance and coding -----------------------------------------------------------------------------


def test_an_interval_that_touches_zero_is_not_significant() -> None:
    frame = schools(
        p8=[0.2, 0.2, -0.2, -0.2, 0.0, 0.3],
        p8_ci_low=[0.01, 0.0, -0.4, -0.4, -0.2, None],
        p8_ci_high=[0.4, 0.4, -0.01, 0.0, 0.2, None],
    )
    register = built(frame)
    assert texts(register, "p8_significance")[2:] == [
        "significantly above",
        "not significantly different",
        "significantly below",
        "not significantly different",
        "not significantly different",
        "interval not held",
    ]
    assert tones(register, "p8")[2:] == ["good", None, "adverse", None, None, None]
    assert tones(register, "p8_significance")[2:] == ["good", None, "adverse", None, None, "quiet"]


def test_percentages_are_coded_from_five_points_on_inclusive() -> None:
    frame = schools(
        ks4_em_94_pct=[69.6, 69.5, 59.6, 59.7, 64.6, None],
        persistent_absence_pct=[18.7, 18.6, 8.7, 8.8, None, 13.7],
    )
    register = built(frame, national={"ks4_em_94_pct": 64.6, "persistent_absence_pct": 13.7})
    assert texts(register, "ks4_em_94_pct")[2:] == ["69.6 above", "69.5", "59.6 below", "59.7", "64.6", "-"]
    assert tones(register, "ks4_em_94_pct")[2:] == ["good", None, "adverse", None, None, "quiet"]
    assert texts(register, "persistent_absence_pct")[2:] == ["18.7 above", "18.6", "8.7 below", "8.8", "-", "13.7"]
    assert tones(register, "persistent_absence_pct")[2:] == ["adverse", None, "good", None, "quiet", None]


def test_the_threshold_is_the_callers() -> None:
    register = built(schools(ks4_em_94_pct=[67.6, 67.5]), national={"ks4_em_94_pct": 64.6}, threshold=3.0)
    assert texts(register, "ks4_em_94_pct")[2:] == ["67.6 above", "67.5"]


def test_without_a_national_figure_nothing_is_coded() -> None:
    frame = schools(ks4_em_94_pct=[99.0, 1.0]).with_columns(year=pl.lit(2031))
    assert texts(built(frame), "ks4_em_94_pct") == ["-", "-", "99.0", "1.0"]


def test_the_scores_of_disadvantaged_pupils_carry_their_significance() -> None:
    frame = schools(
        disadvantaged=[-0.4, -0.4],
        p8_disadvantaged_ci_low=[-0.7, -0.9],
        p8_disadvantaged_ci_high=[-0.1, 0.1],
        non_disadvantaged=[0.26, 0.1],
    )
    register = built(frame)
    assert texts(register, "disadvantaged")[2:] == ["-0.40 below", "-0.40"]
    assert texts(register, "disadvantaged_progress_gap")[2:] == ["-0.66", "-0.50"]


# -- the template ----------------------------------------------------------------------------------------


def test_the_rows_printed_in_the_template() -> None:
    """Appendix IV of the strategy prints these rows above the schools."""
    la_row = {
        "ks4_cohort": 2105, "p8": 0.07, "p8_y1": -0.01, "p8_ci_low": 0.02, "p8_ci_high": 0.13, "a8": 50.3,
        "a8_y1": 53.5, "ks4_em_94_pct": 70.6, "ks4_em_95_pct": 53.9, "ebacc_entry_pct": 38.4, "ebacc_95_pct": 30.0,
        "disadv_cohort": 494, "disadvantaged": -0.5, "nondisadv_cohort": 1499, "non_disadvantaged": 0.26,
        "overall_absence_pct": 4.8, "persistent_absence_pct": 10.6, "perm_excl_rate": 0.0, "fixed_excl_rate": 11.5,
    }  # fmt: skip
    national = {
        "ks4_cohort": 528959, "p8": -0.03, "p8_y1": -0.03, "a8": 46.0, "a8_y1": 49.9, "ks4_em_94_pct": 63.3,
        "ks4_em_95_pct": 42.2, "ebacc_entry_pct": 38.1, "ebacc_95_pct": 21.1, "overall_absence_pct": 5.2,
        "persistent_absence_pct": 13.1, "perm_excl_rate": 0.2, "fixed_excl_rate": 8.46,
    }  # fmt: skip
    frame = schools(ks4_cohort=[150, 180], p8=[0.1, 0.2], p8_y1=[0.0, 0.1], a8=[50.0, 51.0], a8_y1=[49.0, 52.0])
    register = built(frame.with_columns(year=pl.lit(2017)), la_row=la_row, national=national)
    outcomes = [(column.name, cell.text) for column, cell in zip(*_line(register, 0, 0), strict=True)]
    assert outcomes == [
        ("ks4_cohort", "2105"), ("p8", "0.07"), ("p8_y1", "(-0.01)"), ("p8_significance", "significantly above"),
        ("p8_ci_low", "0.02"), ("p8_ci_high", "0.13"), ("a8", "50.3"), ("a8_y1", "(53.5)"),
        ("ks4_em_94_pct", "70.6 above"), ("ks4_em_95_pct", "53.9 above"), ("ebacc_entry_pct", "38.4"),
        ("ebacc_95_pct", "30.0 above"), ("coasting_status", "-"), ("below_floor", "-"),
    ]  # fmt: skip
    context = {column.name: cell.text for column, cell in zip(*_line(register, 1, 0), strict=True)}
    assert [context[name] for name in ("disadv_cohort", "disadvantaged", "nondisadv_cohort", "non_disadvantaged")] == [
        "494", "-0.50", "1499", "0.26",
    ]  # fmt: skip
    assert context["disadvantaged_progress_gap"] == "-0.76"
    assert (context["overall_absence_pct"], context["persistent_absence_pct"]) == ("4.8", "10.6")
    assert (context["perm_excl_rate"], context["fixed_excl_rate"]) == ("0.00", "11.50")
    country = {column.name: cell.text for column, cell in zip(*_line(register, 0, 1), strict=True)}
    assert (country["ks4_cohort"], country["p8"], country["p8_y1"], country["a8_y1"]) == (
        "528959", "-0.03", "(-0.03)", "(49.9)",
    )  # fmt: skip


def _line(register: Register, sheet: int, line: int) -> tuple[Any, Any]:
    one = register.sheets[sheet]
    return one.columns, one.lines[line].cells


def test_last_year_comes_from_earlier_rows_too() -> None:
    now = schools(p8=[0.1, 0.2], a8=[50.0, 51.0])
    before = now.with_columns(year=pl.lit(2018, dtype=pl.Int64), p8=pl.Series([0.05, None]))
    register = built(pl.concat([before, now]))
    assert register.year == 2019
    assert texts(register, "p8_y1")[2:] == ["(0.05)", ""]
    assert texts(register, "p8_y1")[1] == "(-0.02)"  # the dated national figure of the year before


def test_national_figures_of_the_frame_win_over_dated_ones_and_their_source_is_said() -> None:
    frame = schools(a8=[50.0, 51.0], nat_a8=[46.5, 46.5])
    register = built(frame)
    assert texts(register, "a8")[1] == "46.5"
    assert ("England", "Attainment 8 score", "columns nat_ of the frame given") in register.comparators
    dated = built(frame.drop("nat_a8"))
    assert texts(dated, "a8")[1] == "46.7"
    assert any("England row, state-funded schools" in said for who, _, said in dated.comparators if who == "England")
    with pytest.raises(InputError, match=r"column 'nat_a8' holds 2 figures \(46\.5, 46\.7\)"):
        built(frame.with_columns(nat_a8=pl.Series([46.5, 46.7])))


def test_the_national_figures_of_absence_are_those_of_secondary_schools() -> None:
    register = built(schools(overall_absence_pct=[5.0, 6.0]))
    assert texts(register, "overall_absence_pct")[1] == figure(
        sf.reference_value("nat_overall_absence_pct_secondary", 2019), 1
    )


def test_the_authority_may_be_a_row_of_the_performance_tables() -> None:
    rows = pl.DataFrame({"la": ["882", "883"], "year": [2019, 2019], "P8MEA": [0.11, 0.5], "TPUP": [2058, 900]})
    frame = schools(p8=[0.1, 0.2]).with_columns(la=pl.lit("882"))
    register = built(frame, la_row=rows)
    assert (texts(register, "p8")[0], texts(register, "ks4_cohort")[0]) == ("0.11", "2058")
    with pytest.raises(InputError, match="la_row: no row for authority 882 for 2019"):
        built(frame, la_row=rows.filter(pl.col("la") == "883"))


# -- why a cell has no figure ----------------------------------------------------------------------------


def test_missing_suppressed_and_not_held_are_told_apart() -> None:
    frame = schools(a8=[50.0, None, None, None], p8=[0.1, None, None, None])
    codes = pl.DataFrame(
        {
            "urn": [2, 2, 3],
            "year": [2019, 2019, 2019],
            "indicator": ["a8", "p8", "p8"],
            "code": ["suppressed", "low_coverage", "no_entries"],
        }
    )
    register = built(frame, codes=codes)
    assert texts(register, "a8")[2:] == ["50.0", "x", "-", "-"]
    assert texts(register, "p8")[2:] == ["0.10", "LC", "NE", "-"]
    assert texts(register, "fixed_excl_rate")[2:] == ["not held"] * 4
    assert texts(register, "flag_new_head")[2:] == [""] * 4
    legend = {entry.key: entry.meaning for sheet in register.sheets for entry in sheet.legend}
    assert {"x", "LC", "NE", "-", "not held"} <= set(legend)
    assert "NP" not in legend


def test_standards_that_had_ended_are_not_called_missing() -> None:
    frame = schools(p8=[-0.6, 0.2])
    assert texts(built(frame), "below_floor")[2:] == ["ended", "ended"]
    earlier = frame.with_columns(year=pl.lit(2017), below_floor=pl.Series([True, None]))
    assert texts(built(earlier), "below_floor")[2:] == ["Yes", "-"]
    assert texts(built(earlier), "coasting_status")[2:] == ["not held", "not held"]


def test_grades_flags_and_words() -> None:
    frame = schools(
        ofsted_overall=[1, 2, 3, 3, 4, None],
        ofsted_date=[dt.date(2018, 12, 4)] * 3 + [dt.date(2012, 8, 31), dt.date(2017, 12, 5), None],
        ofsted_category=[None, None, None, None, "special_measures", None],
        flag_new_head=[True, False, None, None, None, None],
        coasting_status=["at_risk", "none", "coasting", "failed_to_recover", None, None],
        sbc_overall=[2, None, None, None, None, None],
        trajectory=["improving", None, None, None, None, None],
    )
    register = built(frame)
    assert texts(register, "ofsted_overall")[2:] == [
        "Outstanding", "Good", "Requires improvement", "Satisfactory", "Inadequate (special measures)", "-",
    ]  # fmt: skip
    assert texts(register, "ofsted_date")[2] == "4 Dec 2018"
    assert texts(register, "flag_new_head")[2:5] == ["Yes", "No", ""]
    assert texts(register, "coasting_status")[2:6] == ["At risk", "No", "Coasting", "Failed to recover"]
    assert texts(register, "sbc_overall")[2:4] == ["Good", ""]
    assert texts(register, "trajectory")[2:4] == ["improving", ""]


# -- disclosure ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "shown"), [(0, True), (1, False), (5, False), (6, True)])
def test_groups_of_one_to_five_are_suppressed_with_their_complement(count: int, shown: bool) -> None:
    frame = schools(
        ks4_cohort=[100, 120],
        disadv_cohort=[count, 40],
        nondisadv_cohort=[100 - count, 80],
        disadvantaged=[-0.4, -0.3],
        non_disadvantaged=[0.1, 0.2],
        disadvantaged_progress_gap=[-0.5, -0.5],
    )
    register = built(frame)
    names = ("disadv_cohort", "nondisadv_cohort", "disadvantaged", "non_disadvantaged", "disadvantaged_progress_gap")
    assert [texts(register, name)[2] == "x" for name in names] == [not shown] * 5
    assert [texts(register, name)[3] for name in names] == ["40", "80", "-0.30", "0.20", "-0.50"]
    assert texts(register, "ks4_cohort")[2] == "100"


def test_a_small_cohort_hides_every_outcome_of_the_school() -> None:
    frame = schools(
        ks4_cohort=[5, 6], p8=[0.5, 0.4], p8_ci_low=[0.1, 0.1], p8_ci_high=[0.9, 0.9], a8=[50.0, 60.0], a8_y1=[1.0, 2.0]
    )
    register = built(frame)
    for name in ("ks4_cohort", "p8", "p8_significance", "p8_ci_low", "p8_ci_high", "a8"):
        assert texts(register, name)[2] == "x", name
        assert texts(register, name)[3] != "x", name
    assert texts(register, "a8_y1")[2:] == ["(x)", "(2.0)"]
    assert texts(register, "disadv_cohort")[2] == "x"
    assert register.suppressed > 0


def test_few_pupils_with_progress_hide_the_progress_score_only() -> None:
    register = built(schools(ks4_cohort=[100, 100], p8_cohort=[5, 90], p8=[0.5, 0.4], a8=[50.0, 60.0]))
    assert texts(register, "p8")[2:] == ["x", "0.40"]
    assert texts(register, "a8")[2:] == ["50.0", "60.0"]


def test_under_a_printed_total_the_next_smallest_school_goes_too() -> None:
    frame = schools(disadv_cohort=[4, 30, 12], nondisadv_cohort=[90, 80, 70], disadvantaged=[-0.4, -0.3, -0.2])
    assert texts(built(frame), "disadv_cohort")[2:] == ["x", "30", "12"]
    register = built(frame, la_row={"disadv_cohort": 46, "nondisadv_cohort": 240})
    assert texts(register, "disadv_cohort") == ["46", "-", "x", "30", "x"]
    assert texts(register, "nondisadv_cohort") == ["240", "-", "x", "80", "x"]
    assert texts(register, "disadvantaged")[2:] == ["x", "-0.30", "x"]


def test_a_lone_school_takes_the_total_with_it() -> None:
    frame = schools(disadv_cohort=[4], nondisadv_cohort=[90])
    register = built(frame, la_row={"disadv_cohort": 4, "nondisadv_cohort": 90})
    assert texts(register, "disadv_cohort") == ["x", "-", "x"]
    assert texts(register, "nondisadv_cohort") == ["x", "-", "x"]


def test_a_count_that_the_source_withheld_is_protected_as_well() -> None:
    frame = schools(disadv_cohort=[None, 30, 12], nondisadv_cohort=[90, 80, 70])
    codes = pl.DataFrame({"urn": [1], "year": [2019], "indicator": ["disadv_cohort"], "code": ["suppressed"]})
    register = built(frame, codes=codes, la_row={"disadv_cohort": 46})
    assert texts(register, "disadv_cohort")[2:] == ["x", "30", "x"]
    assert texts(register, "nondisadv_cohort")[2:] == ["x", "80", "x"]


def test_suppression_can_be_turned_off_and_the_workbook_says_so(tmp_path: Path) -> None:
    frame = schools(disadv_cohort=[4, 30], nondisadv_cohort=[90, 80])
    assert texts(built(frame, suppress=False), "disadv_cohort")[2:] == ["4", "30"]
    path = risk_register(frame, tmp_path / "open.xlsx", authority="Example", suppress=False)
    notes = {row[0]: row[1] for row in grid(path, "Notes and sources")}
    assert notes["Disclosure"].startswith("NOT suppressed")


counts = st.one_of(st.none(), st.integers(0, 40))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=6),
    st.sets(st.sampled_from(["ks4_cohort", "disadv_cohort", "nondisadv_cohort"])),
)
def test_no_small_group_can_be_worked_out(
    rows: list[tuple[int | None, int | None, int | None]], totals: set[str]
) -> None:
    """Attack: read small counts, subtract a printed part from a printed whole, a printed column from its total."""
    names = ("ks4_cohort", "disadv_cohort", "nondisadv_cohort")
    data = [dict(zip(names, row, strict=True)) for row in rows]
    hidden = small_groups(data, GROUPS["secondary"], totals=totals)
    figures = {"disadv_cohort": "disadvantaged", "nondisadv_cohort": "non_disadvantaged", "ks4_cohort": "a8"}
    for at, row in enumerate(data):
        for name in names:
            value = row[name]
            if value is not None and 0 < value < 6:
                assert (at, name) in hidden
            if (at, name) in hidden:
                assert (at, figures[name]) in hidden
                assert (at, "disadvantaged_progress_gap") in hidden
        assert ((at, "disadv_cohort") in hidden) == ((at, "nondisadv_cohort") in hidden)
        if (at, "ks4_cohort") in hidden:
            assert (at, "disadv_cohort") in hidden
    for name in totals:
        gone = [at for at in range(len(data)) if (at, name) in hidden]
        others = [at for at in range(len(data)) if at not in gone and (data[at][name] or 0) > 0]
        if len(gone) == 1:
            assert (-1, name) in hidden, "one suppressed cell under a printed total"
            assert not others


# -- choosing the schools --------------------------------------------------------------------------------


def test_phase_year_and_authority_are_chosen() -> None:
    frame = schools(p8=[0.1, 0.2, 0.3, 0.4]).with_columns(
        phase=pl.Series(["secondary", "special", "all_through", "secondary"]),
        la_name=pl.Series(["Example", "Example", "Example", "Elsewhere"]),
    )
    assert [line.label for line in built(frame).sheets[0].lines[2:]] == ["Ash", "Cedar"]
    with pytest.raises(InputError, match=r"schools of 2 authorities \(Elsewhere, Example\), none of them 'Nowhere'"):
        built(frame, authority="Nowhere")
    with pytest.raises(InputError, match=r"frame: no secondary school for 2019; phases there: special: 1"):
        built(frame.filter(pl.col("phase") == "special"))
    with pytest.raises(InputError, match=r"year: no school for 2016; years there: 2019"):
        built(frame, year=2016)


def test_schools_that_share_a_name_carry_their_number() -> None:
    frame = schools(p8=[0.1, 0.2, 0.3]).with_columns(school_name=pl.Series(["Ash", "Birch", "Ash"]))
    assert [line.label for line in built(frame).sheets[0].lines[2:]] == ["Ash (1)", "Ash (3)", "Birch"]


def test_bad_input_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    frame = schools(p8=[0.1, 0.2])
    with pytest.raises(InputError, match="several rows or no number: 1"):
        built(pl.concat([frame, frame.head(1)]))
    with pytest.raises(InputError, match="name the results year"):
        built(frame.drop("year"))
    with pytest.raises(UnknownNameError, match="'school_name'"):
        built(frame.drop("school_name"))
    with pytest.raises(InputError, match=r"ends in \.xlsx, not 'register\.csv'"):
        risk_register(frame, tmp_path / "register.csv")
    with pytest.raises(UnknownNameError, match="attendance does not exist"):
        risk_register(frame, tmp_path / "register.xlsx", periods={"attendance": "2015/16"})
    with pytest.raises(UnknownNameError, match="there is a register for secondary, not for 'primary'"):
        risk_register(frame, tmp_path / "register.xlsx", phase="primary")  # type: ignore[arg-type]
    with pytest.raises(pl.exceptions.ComputeError):
        built(schools(p8=[0.5], p8_ci_low=[0.6], p8_ci_high=[0.9]))
    assert not list(tmp_path.iterdir())


def test_other_frames_are_welcome(tmp_path: Path) -> None:
    table = schools(p8=[0.1, 0.2]).to_arrow()
    assert risk_register(table, tmp_path / "arrow.xlsx", authority="Example").exists()
    assert risk_register(schools(p8=[0.1]).lazy(), tmp_path / "lazy.xlsx", authority="Example").exists()


# -- the workbook ----------------------------------------------------------------------------------------


def test_the_workbook_of_southend(tmp_path: Path) -> None:
    path = risk_register(
        southend(), tmp_path / "deep" / "southend.xlsx", la_row=authority(), sources=["provisional tables"]
    )
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [OUTCOMES, CONTEXT, "Notes and sources"]
    page = book[OUTCOMES]
    rows = {row[0].value: row for row in page.iter_rows()}
    assert page["A1"].value == "Southend-on-Sea secondary school risk register: key stage 4, autumn 2019"
    boys = rows["Southend High School for Boys"]
    score = heading_column(page, "Score") - 1
    assert [cell.value for cell in boys[1 : score + 5]] == [173, 0.53, 0.73, "significantly above", 0.33, 0.73]
    assert boys[score].number_format == "0.00"
    assert boys[score + 1].number_format == '"("0.00")";"(-"0.00")"'
    assert boys[score].fill.fgColor.rgb == "FF" + TONES["good"].background[1:]
    chase = rows["Chase High School"]
    assert [cell.value for cell in chase[score : score + 3]] == [-0.66, -0.95, "significantly below"]
    assert chase[score].fill.fgColor.rgb == "FF" + TONES["adverse"].background[1:]
    em94 = heading_column(page, "% 9-4") - 1
    assert (chase[em94].value, chase[em94].number_format) == (47.0, '0.0" below"')
    assert [cell.value for cell in rows["Local authority"]][1:3] == [2058, 0.11]
    assert rows["National (state-funded schools)"][score].value == -0.03
    names = [name for name in rows if isinstance(name, str) and ("School" in name or "Academy" in name)]
    schools_of_page = [name for name in names if name not in (page["A1"].value, "School name")]
    assert len(schools_of_page) == 12
    assert schools_of_page == sorted(schools_of_page)


def test_the_workbook_prints_on_one_page_wide_and_stays_in_view(tmp_path: Path) -> None:
    path = risk_register(southend(), tmp_path / "southend.xlsx")
    book = openpyxl.load_workbook(path)
    for name in (OUTCOMES, CONTEXT):
        page = book[name]
        assert page.freeze_panes == "B7"
        assert page.page_setup.orientation == "landscape"
        assert (page.page_setup.fitToHeight, page.page_setup.paperSize) == (0, 9)
        assert page.page_setup.fitToWidth in {None, 1}  # 1 is what nothing means
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.print_title_rows == "$3:$4"
        assert page.oddFooter.left.text.startswith("Southend-on-Sea")


def test_officers_choose_from_lists(tmp_path: Path) -> None:
    path = risk_register(southend(), tmp_path / "southend.xlsx")
    page = openpyxl.load_workbook(path)[CONTEXT]
    lists = {
        page.cell(4, next(iter(rule.sqref.ranges)).min_col).value: rule.formula1
        for rule in page.data_validations.dataValidation
        if rule.type == "list"
    }
    assert lists["New head"] == '"Yes,No"'
    assert lists["Judgement of the authority"] == '"Outstanding,Good,Requires improvement,Inadequate"'
    column = heading_column(page, "Causing concern")
    assert page.cell(7, column).value is None
    assert page.cell(7, column).fill.fgColor.rgb == "FF" + TONES["entry"].background[1:]
    assert len(page.conditional_formatting) == 1


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    frame = southend()
    assignment = sf.Framework.load("southend_2017").assign(frame, phase="secondary")
    first = risk_register(frame, tmp_path / "a.xlsx", assignment=assignment)
    second = risk_register(frame, tmp_path / "b.xlsx", assignment=assignment)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as book:
        core = book.read("docProps/core.xml").decode()
    assert core.count("2019-10-01T00:00:00Z") == 2
    assert str(dt.datetime.now(tz=dt.timezone.utc).year) not in core.replace("2019-10-01", "")


def test_the_hash_follows_what_is_shown_and_gives_nothing_away() -> None:
    frame = schools(disadv_cohort=[4, 30, 12], nondisadv_cohort=[90, 80, 70], a8=[50.0, 51.0, 52.0])
    hidden = frame.with_columns(disadv_cohort=pl.Series([3, 30, 12]), nondisadv_cohort=pl.Series([91, 80, 70]))
    shown = frame.with_columns(a8=pl.Series([50.1, 51.0, 52.0]))
    assert built(frame).content_hash == built(hidden).content_hash
    assert built(frame).content_hash != built(shown).content_hash


def test_notes_say_where_every_figure_is_from(tmp_path: Path) -> None:
    frame = southend()
    framework = sf.Framework.load("southend_2017")
    path = risk_register(
        frame,
        tmp_path / "southend.xlsx",
        la_row=authority(),
        assignment=framework.assign(frame, phase="secondary"),
        sources={"key stage 4": "performance tables 2018/19, provisional"},
        as_of=dt.date(2019, 10, 17),
    )
    notes = [(row[0], row[1]) for row in grid(path, "Notes and sources")]
    said = dict(notes)
    assert said["Results year"] == "2018/19, figures of 17 October 2019"
    assert said["Source: key stage 4"] == "performance tables 2018/19, provisional"
    assert said["Framework, content hash"] == framework.content_hash
    assert "Open Government Licence v3.0" in said["Licence"]
    assert any(what == "Figures of England" and "Progress 8 overall: Score" in about for what, about in notes)
    assert len(said["Content (SHA-256)"]) == 64


def test_categories_with_what_would_decide(tmp_path: Path) -> None:
    frame = schools(ofsted_overall=[2, 4, 2], safety_threatened=[None, None, True])
    assignment = sf.Framework.load("southend_2017").assign(frame, phase="secondary")
    assert assignment.frame["status"].to_list() == ["undetermined", "undetermined", "candidate"]
    path = risk_register(frame, tmp_path / "categories.xlsx", authority="Example", assignment=assignment)
    page = openpyxl.load_workbook(path)["Categories"]
    rows = {row[0].value: [cell.value for cell in row] for row in page.iter_rows(min_row=4)}
    assert rows["Ash"][1:4] == ["none yet", "open: evidence is missing", "Green, Amber, Red or Blue"]
    # One inspection grade makes Green lead; on so little no category is named.
    assert assignment.frame["leading"].to_list()[0] == "Green"
    assert rows["Ash"][4] == "too little to name one (2 of 40 criteria known)"
    assert rows["Cedar"][4].startswith("Blue (")
    assert "more" in rows["Ash"][5]
    assert rows["Cedar"][1:4] == ["Blue: formal intervention", "for a person to decide", "Blue"]
    blue = next(row[1] for row in page.iter_rows(min_row=4) if row[0].value == "Cedar")
    assert blue.fill.fgColor.rgb == "FF" + CATEGORY_TONES["blue"].background[1:]
    (rule,) = page.data_validations.dataValidation
    assert rule.formula1 == (
        '"Green: self-improving school,Amber: vulnerable school,Red: school requiring rapid improvement,'
        'Blue: formal intervention"'
    )


def test_an_assignment_of_other_schools_is_refused(tmp_path: Path) -> None:
    frame = schools(ofsted_overall=[2, 4])
    other = sf.Framework.load("southend_2017").assign(frame.with_columns(urn=pl.col("urn") + 100), phase="secondary")
    with pytest.raises(InputError, match="none of the 2 schools of the register is there for 2019"):
        risk_register(frame, tmp_path / "other.xlsx", authority="Example", assignment=other)


def test_texts_are_never_taken_for_formulas(tmp_path: Path) -> None:
    frame = schools(a8=[50.0]).with_columns(school_name=pl.lit("=1+1"), trajectory=pl.lit("=HYPERLINK(1)"))
    path = risk_register(frame, tmp_path / "formulas.xlsx", authority="Example")
    for page in openpyxl.load_workbook(path):
        assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)


@pytest.mark.parametrize(("library", "act"), [("xlsxwriter", "workbook"), ("great_tables", "table")])
def test_a_missing_library_says_how_to_get_it(
    library: str, act: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    frame = schools(p8=[0.1])
    with pytest.raises(ImportError, match=rf"{library} is needed for .*: pip install schoolframe\[notebook\]"):
        risk_register(frame, tmp_path / "r.xlsx") if act == "workbook" else register_table(frame)


# -- the table of a notebook -----------------------------------------------------------------------------


def test_the_table_says_what_the_workbook_says() -> None:
    frame = southend()
    html = register_table(frame, la_row=authority()).as_raw_html()
    assert "Southend-on-Sea secondary school risk register" in html
    assert html.count("significantly below") >= 3
    assert "47.0\N{NO-BREAK SPACE}below" in html
    assert "-0.66 (-0.95)" in html
    assert TONES["adverse"].background.lower() in html.lower()
    context = register_table(frame, sheet="context").as_raw_html()
    assert "Requires improvement" in context
    with pytest.raises(UnknownNameError, match=r"There are: outcomes, context\."):
        register_table(frame, sheet="other")  # type: ignore[arg-type]


def test_an_empty_frame_is_said_to_be_empty(tmp_path: Path) -> None:
    frame = pl.DataFrame(schema={"urn": pl.Int64, "year": pl.Int64, "school_name": pl.String, "p8": pl.Float64})
    with pytest.raises(InputError, match="there is no school with a year"):
        risk_register(frame, tmp_path / "register.xlsx")
    assert not list(tmp_path.iterdir())
