"""Every figure of the written methods against the reference values, so that none was mistyped or left out.

The document is read where it is at hand, beside the published files; its tables are CSV blocks. Figures read in primary
sources or computed from published files must be there and equal; those of secondary sources must be marked as such.
"""

from __future__ import annotations

import csv
import io
import re

import polars as pl
import pytest

import schoolframe as sf
from conftest import SHARED
from schoolframe import _native

METHODS = SHARED / "reference" / "METHODS.md"
if not METHODS.is_file():
    pytest.skip(f"the written methods are not at {METHODS}", allow_module_level=True)

VERIFIED = ("P", "C")
VALUES = sf.reference_values()


def blocks() -> dict[str, list[dict[str, str]]]:
    """The CSV blocks of the document by their header."""
    found = re.findall(r"```csv\n(.*?)```", METHODS.read_text(encoding="utf-8"), re.DOTALL)
    tables = {}
    for text in found:
        rows = list(csv.DictReader(io.StringIO(text)))
        tables[text.split("\n", 1)[0]] = rows
    return tables


TABLES = blocks()


def table(start: str) -> list[dict[str, str]]:
    """The one block whose header begins so."""
    found = [rows for header, rows in TABLES.items() if header.startswith(start)]
    assert len(found) == 1, (start, list(TABLES))
    return found[0]


def status(text: str) -> str:
    """The first status a row names; several stand as [P/S], and the weaker one counts."""
    marks = re.findall(r"\[([A-Z/]+)[^\]]*\]", text)
    assert marks, text
    letters = marks[0].split("/")
    return next(letter for letter in ("GK", "U", "S", "C", "P") if letter in letters)


Wanted = tuple[str, int, float, str, float]


def wanted(name: str, year: str, value: str, mark: str, tolerance: float = 1e-9) -> list[Wanted]:
    return [(name, int(year), float(value), mark, tolerance)] if value.strip() else []


def spreads() -> list[Wanted]:
    found: list[Wanted] = []
    # What the brackets of the computed spreads leave open.
    margins = {"2016": 0.0066, "2017": 0.0075, "2018": 0.04, "2019": 0.0005}
    for row in table("year,version,sd_p8"):
        margin = margins.get(row["year"], 1e-9)
        if row["version"] == "provisional_unadjusted":
            found += wanted("p8_sd_unadjusted", row["year"], row["sd_p8"], "C", margin)
            continue
        for column, name in (
            ("sd_p8", "p8_sd"),
            ("sd_eng", "p8_sd_english"),
            ("sd_mat", "p8_sd_maths"),
            ("sd_ebacc", "p8_sd_ebacc"),
            ("sd_open", "p8_sd_open"),
        ):
            found += wanted(name, row["year"], row[column], status(row["status"]), margin)
    for row in table("year,sd_reading"):
        for subject in ("reading", "writing", "maths"):
            name = f"ks2_progress_{subject}_sd"
            found += wanted(name, row["year"], row[f"sd_{subject}"], status(row["status"]), 0.02)
    for row in table("year,subject,hi_well_above_ge"):
        name = f"ks2_progress_{row['subject']}_band"
        found += wanted(f"{name}_well_above", row["year"], row["hi_well_above_ge"], "C")
        found += wanted(f"{name}_well_below", row["year"], row["lo_well_below_le"], "C")
    return found


_POPULATIONS = {
    "all schools": "_all_schools",
    "state-funded": "",
    "all state-funded": "",
    "state-funded (as in tables)": "",
    "state-funded mainstream": "_mainstream",
    "state-funded disadvantaged": "_disadvantaged",
    "state-funded other": "_non_disadvantaged",
    "disadvantaged": "_disadvantaged",
    "other": "_non_disadvantaged",
    "mainstream disadvantaged": "_mainstream_disadvantaged",
    "mainstream other": "_mainstream_non_disadvantaged",
    "special": "_special",
}


def national_ks4() -> list[Wanted]:
    measures = {
        "a8": "nat_a8",
        "basics_94_or_C": "nat_ks4_em_94_pct",
        "basics_95": "nat_ks4_em_95_pct",
        "ebacc_aps": "nat_ebacc_aps",
        "p8": "nat_p8",
        "ac5em": "nat_ks4_5ac_em_pct",
        "n_pupils": "nat_ks4_cohort",
    }
    found: list[Wanted] = []
    for row in table("year,version,population,a8"):
        given = row["version"] in ("CAG", "TAG")
        for column, name in measures.items():
            suffix = "_centre_assessed" if given and column != "n_pupils" else _POPULATIONS[row["population"]]
            found += wanted(name + suffix, row["year"], row[column] or "", status(row["status"]))
    return found


def national_ks2() -> list[Wanted]:
    measures = {
        "rwm_exp": "nat_ks2_exp_rwm_pct",
        "rwm_high": "nat_ks2_high_rwm_pct",
        "reading_exp": "nat_ks2_exp_reading_pct",
        "writing_exp": "nat_ks2_exp_writing_pct",
        "maths_exp": "nat_ks2_exp_maths_pct",
        "gps_exp": "nat_ks2_exp_gps_pct",
        "avg_reading": "nat_ks2_average_reading",
        "avg_maths": "nat_ks2_average_maths",
        "rwm_exp_disadvantaged": "nat_ks2_exp_rwm_pct_disadvantaged",
        "rwm_exp_other": "nat_ks2_exp_rwm_pct_non_disadvantaged",
        "n": "nat_ks2_cohort",
    }
    found: list[Wanted] = []
    for row in table("year,rwm_exp"):
        for column, name in measures.items():
            found += wanted(name, row["year"], row[column] or "", status(row["status"]))
    return found


_OLDER = {
    "L4+ English and maths": ["nat_ks2_l4em_pct"],
    "L4+ RWM": ["nat_ks2_l4rwm_pct"],
    "L4b+ RM and L4+ W": ["nat_ks2_l4b_rm_l4_w_pct"],
    "L5+ RWM": ["nat_ks2_l5rwm_pct"],
    "L4+ reading": ["nat_ks2_l4_reading_pct"],
    "L4+ writing": ["nat_ks2_l4_writing_pct"],
    "L4+ maths": ["nat_ks2_l4_maths_pct"],
    "L4+ RWM disadvantaged": ["nat_ks2_l4rwm_pct_disadvantaged"],
    "L4+ RWM other": ["nat_ks2_l4rwm_pct_non_disadvantaged"],
    "KS1-2 EP English (mean)": ["nat_ks2_2lp_eng_pct"],
    "KS1-2 EP maths (mean)": ["nat_ks2_2lp_mat_pct"],
    "KS1-2 EP English": ["median_ks2_2lp_eng_pct"],
    "KS1-2 EP maths": ["median_ks2_2lp_mat_pct"],
    "KS1-2 EP English (median school)": ["median_ks2_2lp_eng_pct"],
    "KS1-2 EP maths (median school)": ["median_ks2_2lp_mat_pct"],
    "KS1-2 EP reading/writing/maths medians": [f"median_ks2_2lp_{s}_pct" for s in ("reading", "writing", "mat")],
    "KS1-2 EP reading/writing/maths (mean)": [f"nat_ks2_2lp_{s}_pct" for s in ("reading", "writing", "mat")],
    "KS2-4 EP English/maths (mean)": [f"nat_ks4_3lp_{s}_pct" for s in ("eng", "mat")],
    "KS2-4 EP English/maths medians": [f"median_ks4_3lp_{s}_pct" for s in ("eng", "mat")],
}


def older() -> list[Wanted]:
    found: list[Wanted] = []
    for row in table("year,measure,value,status"):
        # A figure that only the project's own paper gives is no primary source.
        mark = "S" if row["status"] == "project source" else status(row["status"])
        names, values = _OLDER[row["measure"]], row["value"].split("/")
        assert len(names) == len(values), row
        for name, value in zip(names, values, strict=True):
            found += wanted(name, row["year"], value, mark)
    return found


def gap_index() -> list[Wanted]:
    found: list[Wanted] = []
    for row in table("year,ks2_gap_index"):
        given = "_centre_assessed" if "not comparable" in row["status"] else ""
        for stage in ("ks2", "ks4"):
            mark = "S" if row["year"] == "2019" and stage == "ks2" else status(row["status"])
            found += wanted(f"nat_gap_index_{stage}{given}", row["year"], row[f"{stage}_gap_index"], mark)
    return found


def thresholds() -> list[Wanted]:
    names = {
        "p8_well_above": "p8_band_well_above",
        "p8_well_below": "p8_band_well_below",
        "floor_p8": "floor_p8",
        "coasting_p8": "coasting_p8",
        "inspection_exempt_p8": "inspection_exempt_p8",
        "floor_rwm": "floor_ks2_exp_rwm_pct",
        "floor_read": "floor_ks2_progress_reading",
        "floor_writ": "floor_ks2_progress_writing",
        "floor_mat": "floor_ks2_progress_maths",
        "coasting_read": "coasting_ks2_progress_reading",
        "coasting_writ": "coasting_ks2_progress_writing",
        "coasting_mat": "coasting_ks2_progress_maths",
        "low_coverage": "coverage_minimum_pct",
    }
    found: list[Wanted] = []
    for row in table("rule,phase,years"):
        first, last = row["years"].split("-")
        if row["rule"] == "coasting_rwm":
            found += wanted("coasting_ks2_l4rwm_pct", "2014", row["value"], "P")
            found += wanted("coasting_ks2_exp_rwm_pct", last, row["value"], "P")
        elif row["rule"] == "suppress_n":
            # What is suppressed up to 5 is shown from 6.
            found += wanted("suppression_minimum", last, str(float(row["value"]) + 1), "P")
        elif row["rule"] in names:
            for year in (first, last):
                found += wanted(names[row["rule"]], year, row["value"], status(row["status"]))
        else:
            assert row["rule"] in ("p8_above", "p8_below"), row  # the ends of these two are the other two
    return found


def floors() -> list[Wanted]:
    attainment = {"5ACEM": "floor_ks4_5ac_em_pct", "L4EM": "floor_ks2_l4em_pct", "L4RWM": "floor_ks2_l4rwm_pct"}
    found: list[Wanted] = []
    for row in table("year,phase,attainment_measure"):
        # Several years stand in the table of thresholds; rows of general knowledge are no figures.
        if "-" in row["year"] or row["status"].startswith("[GK]"):
            continue
        # Some rows name the status of their medians, not of the attainment: that is secondary then.
        firm = re.match(r"\[P(/S)?\](?! medians)", row["status"]) is not None
        found += wanted(attainment[row["attainment_measure"]], row["year"], row["attainment_lt"], "P" if firm else "S")
    return found


# Beside the tables, in running text.
TEXT: list[Wanted] = [
    *((f"ks4_va_sd_{s}", 2023, v, "P", 1e-9) for s, v in
      (("science", 1.466372), ("humanities", 1.796712), ("languages", 1.982004))),
    *((f"ks4_va_sd_{s}", 2024, v, "P", 1e-9) for s, v in
      (("science", 1.456564513), ("humanities", 1.775990694), ("languages", 1.95913665))),
    *((name, year, value, "P", 1e-9) for name, year, value in (
        ("nat_a8_boys", 2019, 44.0), ("nat_p8_boys", 2019, -0.27), ("nat_a8_boys", 2022, 46.3),
        ("nat_p8_boys", 2022, -0.21), ("nat_a8_boys", 2023, 43.9), ("nat_p8_boys", 2023, -0.17),
        ("schools_below_floor_secondary", 2007, 631.0), ("schools_below_floor_secondary", 2008, 440.0),
        ("schools_below_floor_secondary", 2015, 312.0), ("schools_below_floor_primary", 2011, 1310.0),
        ("median_ks4_3lp_eng_pct", 2014, 74.0), ("median_ks4_3lp_mat_pct", 2014, 67.0),
        ("median_ks4_3lp_eng_pct", 2015, 73.0), ("median_ks4_3lp_mat_pct", 2015, 68.0),
        ("coasting_ks4_5ac_em_pct", 2014, 60.0), ("coasting_ks4_5ac_em_pct", 2015, 60.0),
        ("nat_p8_non_disadvantaged", 2017, 0.11), ("nat_p8_disadvantaged", 2017, -0.40),
        *((f"nat_ks2_progress_{s}_non_disadvantaged", y, v) for y, row in
          ((2017, (0.3, 0.2, 0.3)), (2018, (0.3, 0.2, 0.3)), (2019, (0.3, 0.3, 0.4)))
          for s, v in zip(("reading", "writing", "maths"), row, strict=True)),
    )),
]  # fmt: skip

ALL = [*spreads(), *national_ks4(), *national_ks2(), *older(), *gap_index(), *thresholds(), *floors(), *TEXT]
FIRM = [row for row in ALL if row[3] in VERIFIED]
SECONDARY = [row for row in ALL if row[3] == "S"]


def held(name: str, year: int) -> pl.DataFrame:
    """The reference values of a name that hold in a results year, in every version."""
    inside = (pl.col("from") <= pl.date(year, 8, 31)) & (pl.col("to") >= pl.date(year - 1, 9, 1))
    return VALUES.filter(inside, name=name)


def named(row: Wanted) -> str:
    return f"{row[0]} {row[1]} {row[2]:g}"


def test_the_tables_are_read_in_full() -> None:
    assert len(FIRM) > 190
    assert len(SECONDARY) > 40
    assert {"GK", "U"} >= {row[3] for row in ALL} - {"P", "C", "S"}


@pytest.mark.parametrize("row", FIRM, ids=named)
def test_a_verified_figure_is_a_reference_value(row: Wanted) -> None:
    name, year, value, _, tolerance = row
    found = held(name, year).filter("verified")
    assert found.height > 0, f"no verified value; there are {held(name, year)['value'].to_list()}"
    assert min(abs(one - value) for one in found["value"]) <= tolerance, found["value"].to_list()


@pytest.mark.parametrize("row", SECONDARY, ids=named)
def test_a_figure_of_a_secondary_source_is_marked_or_replaced_by_a_verified_one(row: Wanted) -> None:
    name, year, value, _, _ = row
    found = held(name, year)
    assert found.height > 0
    if not found["verified"].any():
        assert value in found["value"].to_list()
        with pytest.raises(sf.exceptions.InputError, match="is not verified"):
            sf.reference_value(name, year)


CODES = {
    "SUPP": "suppressed", "NE": "no_entries", "NA": "not_applicable", "NEW": "new_school", "NP": "not_published",
    "LOWCOV": "low_coverage", "SP": "small_percentage", "RE": "redacted", "z": "not_applicable", "c": "suppressed",
    "x": "not_available", "k": "rounds_to_zero", "low": "rounds_to_zero", "u": "low_reliability", ":": "not_available",
    "a": "average", "b": "break_in_series", "e": "estimated", "f": "forecast", "p": "provisional", "r": "revised",
    "t": "total", "w": "none_recorded",
}  # fmt: skip


def test_every_code_of_the_published_files_is_known_by_its_meaning() -> None:
    text = METHODS.read_text(encoding="utf-8").split("## 8. ")[1].split("## 9. ")[0]
    listed = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    written = {code for cell in listed for code in re.split(r"[ /]+", cell)}
    assert set(CODES) <= written
    known = {code: meaning for _, code, meaning in _native.cell_codes()}
    assert {code: known.get(code) for code in CODES} == CODES


def test_nothing_from_general_knowledge_is_a_reference_value() -> None:
    assert set(VALUES["status"]) == {"P", "C", "S"}
    for name, year in [
        ("floor_ks4_5ac_em_pct", 2010),
        ("floor_ks4_5ac_em_pct", 2011),
        ("floor_ks4_5ac_em_pct", 2013),
        ("median_ks4_3lp_eng_pct", 2013),
        ("median_ks2_2lp_eng_pct", 2011),
        ("floor_ks2_l4rwm_pct", 2013),
        ("ks2_progress_reading_sd", 2016),
        ("ks2_progress_maths_sd", 2022),
        ("ks2_progress_reading_band_well_above", 2017),
    ]:
        with pytest.raises(sf.exceptions.InputError, match=f"has no value for {year}; there are: "):
            sf.reference_value(name, year, allow_unverified=True)
