"""National figures beside schools: the population, the release, and whether it is a mean or a median."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from schoolframe import readers, samples
from schoolframe.frameworks import Framework
from schoolframe.indicators import indicator_frame
from schoolframe.parameters import reference_record, reference_value

if TYPE_CHECKING:
    from schoolframe.readers import PerformanceTables

PROGRESS = ("reading", "writing", "mat")


def levels(year: int) -> PerformanceTables:
    """Return a key stage 2 table of levels: one school, and England with means that are no medians."""
    maths = "PT2MATH" if year >= 2015 else "PT2MATH12"
    text = f"RECTYPE,URN,LEA,ESTAB,{maths}\n1,100000,201,2001,90%\n4,,,,80%\n5,,,,81%"
    return readers.read_performance_tables(text.encode(), "ks2", year)


def test_two_levels_of_progress_stand_beside_the_median_of_schools_and_not_the_mean() -> None:
    frame = indicator_frame(samples.ks2_levels(), substitutes=True)
    said = {name: frame[f"nat_ks2_2lp_{name}_pct"].unique().to_list() for name in (*PROGRESS, "eng")}
    # The England row prints 88, 92 and 88. English is filled from reading, and so is its median.
    assert said == {"reading": [91.0], "writing": [95.0], "mat": [91.0], "eng": [91.0]}
    assert "nat_ks2_2lp_eng_pct" not in indicator_frame(samples.ks2_levels()).columns


def test_the_medians_of_2013_are_those_of_the_published_rows() -> None:
    schools = samples.ks2_levels().schools.filter(pl.col("rectype") == 1)
    for name, column in zip(PROGRESS, ("PT2READ12", "PT2WRITTA12", "PT2MATH12"), strict=True):
        record = reference_record(f"median_ks2_2lp_{name}_pct", 2013)
        assert (record.value, record.status, record.tolerance) == (schools[column].median(), "C", 1.0)


@pytest.mark.parametrize(("year", "median"), [(2014, 93.0), (2015, 93.0)])
def test_a_published_median_stands_in_any_table_of_its_year(year: int, median: float) -> None:
    frame = indicator_frame(levels(year))
    assert frame["nat_ks2_2lp_mat_pct"].to_list() == [median] == [reference_value("median_ks2_2lp_mat_pct", year)]


@pytest.mark.parametrize("year", [2011, 2012])
def test_without_a_verified_median_there_is_no_national_figure(year: int) -> None:
    assert "nat_ks2_2lp_mat_pct" not in indicator_frame(levels(year)).columns


def test_without_national_figures_there_is_no_median_either() -> None:
    assert not [name for name in indicator_frame(levels(2014), national=False).columns if name.startswith("nat_")]


def test_measures_of_the_phase_keep_the_mean() -> None:
    frame = indicator_frame(levels(2014))
    assert frame["nat_expected_progress_mat_pct"].to_list() == [81.0]


@pytest.mark.parametrize(("maths", "category"), [(91.0, "2a"), (90.0, "2b")])
def test_a_junior_school_is_held_against_the_median(maths: float, category: str) -> None:
    # 90% is above the mean of pupils (88) and below the median of schools (91).
    text = f"RECTYPE,URN,AGERANGE,PT2READ12,PT2MATH12\n1,100000,7-11,95%,{maths:.0f}%\n5,,,88%,88%"
    tables = readers.read_performance_tables(text.encode(), "ks2", 2013)
    schools = indicator_frame(tables, substitutes=True).with_columns(
        ks2_l4em_pct=pl.lit(70.0),
        floor_ks2_l4em_pct=pl.lit(60.0),
        nat_ks2_l4em_pct=pl.lit(75.0),
        ofsted_nti=pl.lit(value=False),
        ofsted_special_measures=pl.lit(value=False),
    )
    assert schools["phase"].to_list() == ["junior"]
    assigned = Framework.load("southend_2011").assign(schools, phase="junior")
    assert assigned.frame["category"].to_list() == [category]


FINAL = "RECTYPE,URN,LEA,ESTAB,ATT8SCR\n1,100000,201,2001,50\n7,,,,46.7"
PROVISIONAL = "RECTYPE,URN,LEA,ESTAB,ATT8SCR\n1,100000,201,2001,51\n1,100001,201,2002,40\n7,,,,46.5"


def ks4(text: str, release: str | None) -> PerformanceTables:
    return readers.read_performance_tables(text.encode(), "ks4", 2019, release=release)


def test_each_row_takes_the_national_figure_of_its_own_release() -> None:
    frame = indicator_frame([ks4(FINAL, "final"), ks4(PROVISIONAL, "provisional")])
    assert frame.select("urn", "a8", "nat_a8").rows() == [(100000, 50.0, 46.7), (100001, 40.0, 46.5)]


def test_a_final_row_is_never_held_against_a_provisional_figure() -> None:
    without = "\n".join(FINAL.splitlines()[:2])
    frame = indicator_frame([ks4(without, "final"), ks4(PROVISIONAL, "provisional")])
    assert frame.select("urn", "a8", "nat_a8").rows() == [(100000, 50.0, None), (100001, 40.0, 46.5)]


@pytest.mark.parametrize(
    ("school", "country", "figure"),
    [(None, "provisional", 46.5), ("final", None, 46.5), (None, None, 46.5), ("final", "provisional", None)],
)
def test_a_table_that_does_not_say_its_release_goes_with_any(
    school: str | None, country: str | None, figure: float | None
) -> None:
    without = "\n".join(FINAL.splitlines()[:2])
    frame = indicator_frame([ks4(without, school), ks4(PROVISIONAL, country)])
    row = frame.filter(urn=100000).to_dicts()[0]
    assert row["nat_a8"] == figure


def test_the_most_final_figure_answers_a_row_without_a_release() -> None:
    without = "\n".join(FINAL.splitlines()[:2])
    other = PROVISIONAL.replace("100000", "100002")
    frame = indicator_frame(
        [ks4(without, None), ks4(other, "provisional"), ks4(FINAL.replace("100000", "100003"), "final")]
    )
    assert frame.filter(urn=100000)["nat_a8"].to_list() == [46.7]


def test_state_funded_schools_are_the_country() -> None:
    text = "RECTYPE,URN,LEA,ESTAB,ATT8SCR\n1,100000,201,2001,50\n5,,,,44.7\n7,,,,46.7"
    assert indicator_frame(ks4(text, "final"))["nat_a8"].to_list() == [46.7]
