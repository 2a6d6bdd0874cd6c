"""The vocabulary of indicators, and the frame that fills it from published tables."""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolframe import readers, samples
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.frameworks import Framework
from schoolframe.indicators import (
    ResolvedIndicator,
    indicator_codes,
    indicator_frame,
    indicators,
    resolve_indicator,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolframe.readers import PerformanceTables

SHARED = Path(os.environ.get("SCHOOLFRAME_SHARED", Path(__file__).resolve().parents[3] / "shared"))
LEDGER = SHARED / "reference" / "criteria.csv"
DATA = SHARED / "data"
needs_ledger = pytest.mark.skipif(not LEDGER.is_file(), reason=f"the ledger of criteria is not there: {LEDGER}")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the published files are not there: {DATA}")
FRAMEWORKS = ("southend_2011", "southend_2017", "reading_2016", "derby_winners", "staffordshire_2008")


def tables(text: str, year: int = 2018, table: Any = None) -> PerformanceTables:
    return readers.read_performance_tables(text.encode(), table, year)


def value(frame: pl.DataFrame, name: str, urn: int = 1, year: int = 2018) -> Any:
    rows = frame.filter(urn=urn, year=year)
    return rows[name].item() if name in frame.columns else None


# --- the vocabulary ---------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"(?P<name>[a-z][a-z0-9_]*)|(?P<values>\{[^}]*\})|(?P<unit>\[[^\]]*\])|(?P<flag>\(bool\))|[;,\s]+")


def ledger() -> Iterator[tuple[str, str, list[str], list[str] | None]]:
    """Yield id, framework, names and values of every group of names in the ``indicators`` column."""
    with LEDGER.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = row["indicators"] or ""
            if text.startswith("all "):  # "all infant and junior indicators", "all LA measures": names of lists
                yield row["id"], row["framework"], [text.lower().replace(" ", "_")], None
                continue
            text = re.sub(r"\s(and|or)\s(?![^\[]*\])", ";", text.replace(" or not_applicable", ""))
            names: list[str] = []
            place = 0
            while place < len(text):
                found = TOKEN.match(text, place)
                assert found is not None, f"{row['id']}: {text[place:]!r}"
                place = found.end()
                if found["name"]:
                    names.append(found["name"])
                elif found["values"] or found["flag"]:
                    values = ["true", "false"] if found["flag"] else found["values"][1:-1].split(",")
                    yield row["id"], row["framework"], names, values
                    names = []
                elif found["unit"] or ";" in found[0]:
                    yield row["id"], row["framework"], names, None
                    names = []
            yield row["id"], row["framework"], names, None


@needs_ledger
def test_every_indicator_of_the_ledger_is_in_the_vocabulary() -> None:
    names = {(name, id_) for id_, _, group, _ in ledger() for name in group}
    missing: dict[str, str] = {}
    for name, id_ in sorted(names):
        try:
            resolve_indicator(name)
        except UnknownNameError:
            missing.setdefault(name, id_)
    assert not missing
    assert len({name for name, _ in names}) > 250


@needs_ledger
def test_every_indicator_names_the_frameworks_that_use_it_and_their_values() -> None:
    used: dict[str, set[str]] = {}
    wrong = []
    for id_, framework, names, values in ledger():
        for name in names:
            base = resolve_indicator(name).indicator
            used.setdefault(base if base == name else "", set()).add(framework)
            if values is None:
                continue
            rows = indicators(framework=framework).filter(name=base)
            kind, listed = rows.select("kind", "values").row(0)
            if kind == "flag":
                assert values == ["true", "false"], id_
            elif set(listed) != set(values):
                wrong.append((id_, name, values, listed))
    assert not wrong
    listed = {row[0]: set(row[1]) for row in indicators().select("name", "frameworks").iter_rows() if row[1]}
    assert not {name: found for name, found in used.items() if name and not found <= listed.get(name, set())}
    # A framework file may ask for more than the ledger names; what it does not ask for is not listed.
    declared = {name: set(Framework.load(name).indicators()["indicator"]) for name in FRAMEWORKS}
    further = {(name, one) for name, found in listed.items() for one in found - used.get(name, set())}
    assert not {(name, one) for name, one in further if name not in declared[one]}


@needs_ledger
def test_every_comparator_in_a_threshold_resolves() -> None:
    with LEDGER.open(encoding="utf-8", newline="") as file:
        found = {
            name
            for row in csv.DictReader(file)
            for name in re.findall(r"\b(?:nat|la_target|floor|benchmark)_\w+", row["threshold"] or "")
        }
    assert len(found) > 10
    for name in sorted(found):
        resolved = resolve_indicator(name)
        assert resolved.comparator is not None or resolved.indicator == name


@needs_data
@pytest.mark.parametrize("year", [2017, 2018, 2019])
@pytest.mark.parametrize("stage", ["ks2", "ks4"])
def test_columns_marked_as_checked_are_in_the_files(stage: str, year: int) -> None:
    span = f"{year - 1}-{year}"
    headers = {"ks2": [f"{span}_936_ks2final.csv"], "ks4": [f"{span}_936_ks4final.csv"]}[stage]
    columns: set[str] = set()
    for name in headers:
        with (DATA / stage / name).open(encoding="utf-8-sig", newline="") as file:
            columns |= {column.upper() for column in next(csv.reader(file))}
    sources = indicators().select("name", "sources").explode("sources").unnest("sources").filter(table=stage)
    checked = sources.filter(pl.col("checked").list.contains(year))
    assert checked.height > 30
    for name, wanted in checked.select("name", "columns").iter_rows():
        assert set(wanted) <= columns, name
    # And the other way round: a year inside the range of a source that the file lacks is not marked as checked.
    inside = sources.filter((pl.col("from") <= year) & (pl.col("to") >= year) & ~pl.col("checked").list.contains(year))
    for name, wanted in inside.select("name", "columns").iter_rows():
        assert not set(wanted) <= columns, name


def test_the_vocabulary_is_a_frame_that_can_be_narrowed() -> None:
    frame = indicators()
    assert frame["name"].is_unique().all()
    row = frame.filter(name="ks4_em_95_pct").row(0, named=True)
    assert (row["unit"], row["polarity"], row["dtype"]) == ("%", "higher_better", "Float64")
    assert row["published_as"] == "ks4: PTL2BASICS_95 2017-2025"
    assert "ks2_exp_rwm_pct" not in indicators("secondary")["name"].to_list()
    assert "ofsted_overall" in indicators("secondary")["name"].to_list()
    values = {
        name: indicators(framework=name).filter(name="capacity_to_improve")["values"].to_list()
        for name in ("southend_2017", "staffordshire_2008", "derby_winners")
    }
    assert values == {
        "southend_2017": [["good", "limited", "poor"]],
        "staffordshire_2008": [["good", "limited"]],
        "derby_winners": [["true", "false"]],
    }


def test_unknown_phases_frameworks_and_names_are_answered_with_what_exists() -> None:
    with pytest.raises(UnknownNameError, match="phase 'secundary' does not exist. Did you mean 'secondary'"):
        indicators("secundary")
    with pytest.raises(UnknownNameError, match="framework 'southend' does not exist"):
        indicators(framework="southend")
    with pytest.raises(UnknownNameError, match="Did you mean 'p8_ci_low'"):
        resolve_indicator("p8_cilow")


def test_judged_indicators_have_no_source_and_are_never_filled() -> None:
    vocabulary = indicators()
    closed = vocabulary.filter(pl.col("evidence").is_in(["judged", "held", "process"]))
    assert closed.height > 150
    assert closed["sources"].list.len().sum() == 0
    frame = samples.southend()
    own = {name.removeprefix("nat_") for name in frame.columns}
    assert not own & set(closed["name"].to_list())


@given(
    st.sampled_from(indicators()["name"].to_list()),
    st.sampled_from(["", "nat_", "la_target_", "floor_", "benchmark_"]),
    st.sampled_from(["", "_y1", "_y2"]),
)
def test_a_name_put_together_is_taken_apart(name: str, prefix: str, suffix: str) -> None:
    words = {"": None, "nat_": "national", "la_target_": "la_target", "floor_": "floor", "benchmark_": "benchmark"}
    resolved = resolve_indicator(f"{prefix}{name}{suffix}")
    whole = {"", "_y1", "_y2"}
    if f"{prefix}{name}" in set(indicators()["name"]) and prefix:  # floor_pct is a name of its own
        assert resolved.comparator in (None, words[prefix])
    else:
        assert (resolved.indicator, resolved.comparator) == (name, words[prefix])
    assert resolved.years_before == sorted(whole).index(suffix)


# --- the frame --------------------------------------------------------------------------------------------------------

KS4 = "RECTYPE,LEA,ESTAB,URN,SCHNAME,NFTYPE,AGERANGE,TPUP,P8MEA,P8CILOW,P8CIUPP,PTL2BASICS_95,PTL2BASICS_94,ATT8SCR"


def test_columns_become_indicators_with_place_phase_and_type() -> None:
    frame = indicator_frame(
        tables(
            f"{KS4}\n1,882,4001,1,Hill,ACC,11-18,100,0.25,0.05,0.45,43%,64.2%,47.1\n7,,,,,,,5000,-0.02,,,43.3%,64.2%,46.5"
        )
    )
    assert frame.select("urn", "year", "phase", "la", "la_name", "school_name").row(0) == (
        *(1, 2018, "secondary", "882", "Southend-on-Sea", "Hill"),
    )
    assert frame.select("ks4_cohort", "a8", "p8", "p8_ci_low", "p8_ci_high", "ks4_em_94_pct", "ks4_em_95_pct").row(
        0
    ) == (*(100, 47.1, 0.25, 0.05, 0.45, 64.2, 43.0),)
    assert frame.select("nat_p8", "nat_ks4_em_95_pct", "is_academy").row(0) == (-0.02, 43.3, True)
    types = {row[0]: row[1] for row in indicators().select("name", "dtype").iter_rows()}
    for name, dtype in frame.schema.items():
        base = name.removeprefix("nat_") if name not in types else name
        if base in types:
            assert str(dtype) == types[base], name
    assert frame.schema["urn"] == pl.Int64
    assert frame.schema["year"] == pl.Int32


def test_a_column_counts_only_in_the_years_of_its_source() -> None:
    text = "RECTYPE,URN,P8MEA,PTL2BASICS_95,PTL2BASICS_LL_PTQ_EE\n1,1,0.1,50%,60%"
    assert indicator_frame(tables(text, 2016)).select("ks4_em_94_pct").row(0) == (60.0,)
    assert "ks4_em_95_pct" not in indicator_frame(tables(text, 2016)).columns
    assert indicator_frame(tables(text, 2017)).select("ks4_em_95_pct").row(0) == (50.0,)
    assert "ks4_em_94_pct" not in indicator_frame(tables(text, 2017)).columns


def test_a_substitute_is_used_only_when_asked_for() -> None:
    text = "RECTYPE,URN,PT2READ12,PT2MATH12,PT2WRITTA12\n1,1,88%,90%,91%"
    plain = indicator_frame(tables(text, 2013))
    assert "ks2_2lp_eng_pct" not in plain.columns
    assert plain.select("ks2_2lp_reading_pct", "ks2_2lp_mat_pct").row(0) == (88.0, 90.0)
    assert indicator_frame(tables(text, 2013), substitutes=True).select("ks2_2lp_eng_pct").row(0) == (88.0,)


def test_several_columns_are_added_and_one_unknown_part_makes_the_sum_unknown() -> None:
    text = "RECTYPE,URN,P8MEA,SENSE4,SENAPK4\n1,1,0.1,4,10\n1,2,0.1,SUPP,10"
    frame = indicator_frame(tables(text, 2017))
    assert [value(frame, "sen_cohort", urn, 2017) for urn in (1, 2)] == [14, None]


def test_a_gap_is_disadvantaged_minus_other_and_unknown_if_a_side_is_suppressed() -> None:
    text = "RECTYPE,URN,P8MEA,P8MEA_FSM6CLA1A,P8MEA_NFSM6CLA1A\n1,1,0.1,-0.4,0.3\n1,2,0.1,SUPP,0.3\n7,,-0.02,-0.44,0.13"
    frame = indicator_frame(tables(text))
    assert frame["p8_gap_disadvantaged"].to_list() == [-0.7, None]
    assert frame["disadvantaged_progress_gap"].to_list() == [-0.7, None]
    assert frame["nat_p8_gap_disadvantaged"].to_list() == [-0.57, -0.57]
    assert frame["disadvantaged"].to_list() == [-0.4, None]


@pytest.mark.parametrize(
    ("p8", "high", "wanted"),
    [
        *[("-0.51", "-0.01", True), ("-0.5", "-0.01", False), ("-0.49", "-0.01", False), ("-0.51", "0", False)],
        *[("-0.51", "0.01", False), ("-0.51", "SUPP", None), ("-0.4", "SUPP", False), ("SUPP", "SUPP", None)],
    ],
)
def test_the_secondary_floor_at_its_edges(p8: str, high: str, wanted: bool | None) -> None:
    text = f"RECTYPE,URN,TPUP,P8MEA,P8CIUPP\n1,1,100,{p8},{high}\n1,2,100,-0.9,-0.6"
    frame = indicator_frame(tables(text))
    assert value(frame, "below_floor") is wanted
    assert value(frame, "below_floor", 2) is True


@pytest.mark.parametrize(("band", "wanted"), [("5", True), ("3", False), ("SUPP", None)])
def test_the_published_band_stands_in_for_a_limit_that_is_not_published(band: str, wanted: bool | None) -> None:
    text = f"RECTYPE,URN,TPUP,P8MEA,P8_BANDING\n1,1,100,-0.7,{band}\n1,2,100,0.1,3"
    assert value(indicator_frame(tables(text)), "below_floor") is wanted


@pytest.mark.parametrize(
    ("row", "year"),
    [
        *[("2,1,100,-0.9,-0.6", 2018), ("1,1,5,-0.9,-0.6", 2018), ("1,1,100,-0.9,-0.6", 2019)],
        ("1,1,100,-0.9,-0.6", 2022),
    ],
)
def test_the_floor_is_not_applied_to_special_schools_small_cohorts_and_other_years(row: str, year: int) -> None:
    frame = indicator_frame(tables(f"RECTYPE,URN,TPUP,P8MEA,P8CIUPP\n{row}", year))
    assert value(frame, "below_floor", year=year) is None


def ks2_row(rwm: str, *progress: tuple[str, str], cohort: str = "30") -> str:
    names = [f"{stem}PROG,{stem}PROG_UPPER" for stem in ("READ", "WRIT", "MAT")]
    cells = [f"{score},{upper}" for score, upper in progress]
    return (
        f"RECTYPE,URN,TELIG,PTRWM_EXP,{','.join(names)}\n1,1,{cohort},{rwm},{','.join(cells)}\n1,2,30,70%,0,1,0,1,0,1"
    )


@pytest.mark.parametrize(
    ("rwm", "progress", "wanted"),
    [
        ("64%", (("-5.1", "-1"), ("0", "1"), ("0", "1")), True),
        ("65%", (("-5.1", "-1"), ("0", "1"), ("0", "1")), False),
        ("64%", (("-5", "-1"), ("-7", "-1"), ("-5", "-1")), False),
        ("64%", (("-5.1", "0"), ("0", "1"), ("0", "1")), False),
        ("64%", (("-5.1", "0.5"), ("-7.1", "0.5"), ("0", "1")), True),
        ("64%", (("0", "1"), ("-7.1", "-2"), ("0", "1")), True),
        ("64%", (("0", "1"), ("-6.9", "-2"), ("0", "1")), False),
        ("64%", (("SUPP", "SUPP"), ("0", "1"), ("0", "1")), None),
        ("64%", (("SUPP", "SUPP"), ("0", "1"), ("-5.1", "-1")), True),
        ("SUPP", (("0", "1"), ("0", "1"), ("0", "1")), False),
        ("SUPP", (("-9", "-5"), ("0", "1"), ("0", "1")), None),
    ],
)
def test_the_primary_floor_at_its_edges(rwm: str, progress: tuple[tuple[str, str], ...], wanted: bool | None) -> None:
    assert value(indicator_frame(tables(ks2_row(rwm, *progress))), "below_floor") is wanted


def test_the_primary_floor_leaves_out_cohorts_under_eleven() -> None:
    poor = (("-9", "-5"), ("-9", "-5"), ("-9", "-5"))
    cohorts = {"10": None, "11": True}
    for cohort, wanted in cohorts.items():
        assert value(indicator_frame(tables(ks2_row("20%", *poor, cohort=cohort))), "below_floor") is wanted


def coasting(*years: tuple[int, str, str]) -> pl.DataFrame:
    given = [tables(f"RECTYPE,URN,TPUP,P8MEA,P8CIUPP\n1,1,100,{p8},{up}", year) for year, p8, up in years]
    return indicator_frame(given)


@pytest.mark.parametrize(
    ("scores", "wanted"),
    [
        ((("-0.26", "-0.01"), ("-0.26", "-0.01"), ("-0.26", "-0.01")), True),
        ((("-0.26", "-0.01"), ("-0.25", "-0.01"), ("-0.26", "-0.01")), False),
        ((("-0.26", "-0.01"), ("-0.26", "0"), ("-0.26", "-0.01")), False),
        ((("SUPP", "SUPP"), ("-0.26", "-0.01"), ("-0.26", "-0.01")), None),
        ((("SUPP", "SUPP"), ("0.2", "0.4"), ("-0.26", "-0.01")), False),
    ],
)
def test_coasting_needs_three_years(scores: tuple[tuple[str, str], ...], wanted: bool | None) -> None:
    years = [(2016 + place, p8, up) for place, (p8, up) in enumerate(scores)]
    frame = coasting(*years)
    assert value(frame, "coasting") is wanted
    assert value(frame, "coasting", year=2017) is None
    assert value(frame, "coasting_status") == ("coasting" if wanted else None)


def test_coasting_is_unknown_when_a_year_is_not_held() -> None:
    assert value(coasting((2017, "-0.3", "-0.1"), (2018, "-0.3", "-0.1")), "coasting") is None
    assert value(coasting((2017, "0.3", "0.5"), (2018, "-0.3", "-0.1")), "coasting") is False


def test_the_most_final_release_counts_as_a_whole() -> None:
    text = "RECTYPE,URN,TPUP,P8MEA,P8CILOW\n1,1,{n},{p8},{low}"

    def read(release: str, n: int, p8: float, low: str) -> PerformanceTables:
        content = text.format(n=n, p8=p8, low=low).encode()
        return readers.read_performance_tables(content, "ks4", 2019, release=release)

    provisional, final = read("provisional", 100, 0.11, "0.01"), read("final", 101, 0.12, "SUPP")
    for order in ([provisional, final], [final, provisional]):
        frame = indicator_frame(order)
        assert frame.height == 1
        assert frame.select("ks4_cohort", "p8").row(0) == (101, 0.12)
        assert "p8_ci_low" not in frame.columns  # the final release has none: the provisional one is not mixed in


def test_tables_of_one_release_complete_each_other_the_first_one_wins() -> None:
    first = tables("RECTYPE,URN,P8MEA\n1,1,0.1")
    second = tables("RECTYPE,URN,P8MEA,ATT8SCR\n1,1,0.2,50")
    assert indicator_frame([first, second]).select("p8", "a8").row(0) == (0.1, 50.0)
    assert indicator_frame([second, first]).select("p8", "a8").row(0) == (0.2, 50.0)


def test_roll_comes_from_the_census_before_the_tables() -> None:
    given = tables("RECTYPE,URN,TOTPUPS,PTRWM_EXP\n1,1,200,60%\n1,2,300,60%")
    census = readers.read_census(
        b"URN,LA,ESTAB,SCHOOLTYPE,NOR,PNUMEAL\n1,882,2001,State-funded primary,210,5", year=2018
    )
    frame = indicator_frame(given, census=census)
    assert [value(frame, "roll", urn) for urn in (1, 2)] == [210, 300]


def test_a_school_with_both_key_stages_has_no_single_cohort() -> None:
    primary = tables("RECTYPE,URN,PTRWM_EXP,TFSM6CLA1A,AGERANGE\n1,1,60%,10,\n1,2,60%,12,", table="ks2")
    secondary = tables("RECTYPE,URN,P8MEA,TFSM6CLA1A\n1,1,0.1,20", table="ks4")
    frame = indicator_frame([primary, secondary])
    assert [value(frame, "disadv_cohort", urn) for urn in (1, 2)] == [None, 12]
    assert [value(frame, "phase", urn) for urn in (1, 2)] == ["all_through", None]
    assert [value(frame, "actual", urn) for urn in (1, 2)] == [None, 60.0]


def test_phase_comes_from_the_register_then_the_type_and_ages() -> None:
    given = tables(
        "RECTYPE,URN,PTRWM_EXP,NFTYPE,AGERANGE\n1,1,60%,CY,7-11\n1,2,60%,CY,4-11\n2,3,60%,CYS,4-11\n1,4,60%,CY,"
    )
    frame = indicator_frame(given)
    assert frame["phase"].to_list() == ["junior", "primary", "special", None]
    register = readers.read_school_register(b"URN,LA,SCHNAME,NFTYPE,AGEL,AGEH\n4,882,Hill,Community school,9,13")
    frame = indicator_frame(given, register=register)
    assert frame["phase"].to_list() == ["junior", "primary", "special", "middle"]
    assert value(frame, "school_name", 4) == "Hill"
    assert value(frame, "la", 4) == "882"


def test_exclusions_are_joined_by_authority_and_establishment() -> None:
    given = tables("RECTYPE,LEA,ESTAB,URN,PTRWM_EXP\n1,882,2001,1,60%", 2017)
    text = b"""time_period,geographic_level,old_la_code,laestab,school_type,headcount,perm_excl_rate,fixed_excl_rate
201617,School,882,8822001,State-funded secondary,0,0,0
201617,School,882,8822001,State-funded primary,200,0.5,x
201617,National,,,State-funded primary,4000000,0.03,1.37"""
    frame = indicator_frame(given, exclusions=readers.read_exclusions(text))
    assert frame.select("perm_excl_rate", "nat_perm_excl_rate", "nat_fixed_excl_rate").row(0) == (0.5, 0.03, 1.37)


def test_absence_of_the_older_definition_is_another_indicator() -> None:
    old = readers.read_absence(b"LA,ESTAB,URN,PERCTOT,PPERSABS15\n882,2001,1,4.5,6.1\nNAT,PRI,,4.2,5", year=2013)
    new = readers.read_absence(b"LA,ESTAB,URN,PERCTOT,PPERSABS10\n882,2001,1,4.4,9.9\nNAT,PRI,,4,8.2", year=2019)
    register = readers.read_school_register(b"URN,LA,SCHNAME,NFTYPE,AGEL,AGEH\n1,882,Hill,Community school,4,11")
    frame = indicator_frame(absence=pl.concat([old, new]), register=register)
    assert value(frame, "persistent_absence_pct", year=2013) is None
    assert value(frame, "persistent_absence_15_pct", year=2013) == 6.1
    assert value(frame, "persistent_absence_pct", year=2019) == 9.9
    assert value(frame, "attendance_pct", year=2019) == 95.6
    assert value(frame, "nat_persistent_absence_pct", year=2019) == 8.2
    assert value(frame, "nat_persistent_absence_15_pct", year=2013) == 5.0


# --- inspections ------------------------------------------------------------------------------------------------------


def history(*rows: tuple[int, str, str]) -> pl.DataFrame:
    lines = "\n".join(f"{urn},{grade},{day}" for urn, grade, day in rows)
    return readers.read_inspections(f"URN,Rating,Inspection Date\n{lines}".encode())


PLAIN = "RECTYPE,URN,P8MEA\n1,1,0.1\n1,2,0.1"


@pytest.mark.parametrize(
    ("on", "grade", "months"),
    [
        (None, 3, 36),  # 1 September 2018; the inspection of that very day does not count
        (dt.date(2018, 9, 2), 2, 1),
        (dt.date(2015, 9, 1), 4, 24),
        ({2018: dt.date(2015, 9, 2)}, 3, 1),
    ],
)
def test_the_last_graded_inspection_before_the_stated_date(on: Any, grade: int, months: int) -> None:
    inspections = history(
        (1, "Inadequate", "20130901"), (1, "Requires Improvement", "20150901"), (1, "Good", "20180901")
    )
    frame = indicator_frame(tables(PLAIN), inspections=inspections, on=on)
    assert value(frame, "ofsted_overall") == grade
    assert value(frame, "ofsted_months_ago") == months
    assert value(frame, "ofsted_overall", 2) is None


def test_months_since_the_inspection_at_three_years() -> None:
    months = {"20150901": 36, "20150831": 37, "20150902": 36}
    for day, wanted in months.items():
        frame = indicator_frame(tables(PLAIN), inspections=history((1, "Good", day)))
        assert value(frame, "ofsted_months_ago") == wanted, day


def test_a_run_of_requires_improvement_counts_back_and_leaves_satisfactory_out() -> None:
    inspections = history(
        *(
            (1, "Satisfactory", "20120301"),
            (1, "Requires Improvement", "20130301"),
            (1, "Requires Improvement", "20150301"),
        ),
        *((2, "Requires Improvement", "20130301"), (2, "Good", "20150301")),
    )
    frame = indicator_frame(tables(PLAIN), inspections=inspections)
    assert [value(frame, "consecutive_ri_count", urn) for urn in (1, 2)] == [2, 0]


def test_a_snapshot_with_one_inspection_per_school_gives_no_runs() -> None:
    frame = indicator_frame(tables(PLAIN), inspections=history((1, "Requires Improvement", "20150301")))
    assert "consecutive_ri_count" not in frame.columns
    assert value(frame, "ofsted_overall") == 3


def test_a_school_takes_the_inspection_of_its_predecessor_and_its_own_before_that() -> None:
    links = readers.read_urn_links(
        b"URN,LinkURN,LinkType,LinkEstablishedDate\n1,90,Predecessor,01-09-2015\n2,91,Predecessor,01-09-2015\n"
        b"2,92,Predecessor - merged,01-09-2015"
    )
    inspections = history((90, "Inadequate", "20140101"), (91, "Good", "20140101"), (92, "Good", "20140101"))
    frame = indicator_frame(tables(PLAIN), inspections=inspections, links=links)
    assert value(frame, "ofsted_overall") == 4
    assert value(frame, "ofsted_overall", 2) is None  # two predecessors: neither is the school's own past
    assert "ofsted_overall" not in indicator_frame(tables(PLAIN), inspections=inspections).columns
    own = pl.concat([inspections, history((1, "Good", "20170101"))])
    assert value(indicator_frame(tables(PLAIN), inspections=own, links=links), "ofsted_overall") == 2


def test_an_inspection_carried_by_the_successor_counts_if_it_is_older_than_the_link() -> None:
    links = readers.read_urn_links(
        b"URN,LinkURN,LinkType,LinkEstablishedDate\n1,90,Successor,01-09-2017\n2,91,Successor,01-09-2017"
    )
    inspections = history((90, "Good", "20140101"), (91, "Good", "20180101"))
    frame = indicator_frame(tables(PLAIN), inspections=inspections, links=links)
    assert [value(frame, "ofsted_overall", urn) for urn in (1, 2)] == [2, None]


# --- what is refused --------------------------------------------------------------------------------------------------


def test_arguments_that_are_not_what_a_reader_returns_are_refused() -> None:
    with pytest.raises(InputError, match="a table with schools"):
        indicator_frame()
    with pytest.raises(
        InputError, match=r"performance\[1\]: performance tables as read_performance_tables returns them"
    ):
        indicator_frame([tables(PLAIN), pl.DataFrame()])
    with pytest.raises(InputError, match="on: there is no date for the year 2018"):
        indicator_frame(tables(PLAIN), inspections=history((1, "Good", "20150301")), on={2017: dt.date(2017, 9, 1)})
    with pytest.raises(InputError, match="on: a date, a date for each year or None is needed, not str"):
        indicator_frame(tables(PLAIN), inspections=history((1, "Good", "20150301")), on="2018")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'p8' for 'secondary' is no headline measure"):
        indicator_frame(tables(PLAIN), headline={"secondary": "p8"})
    with pytest.raises(InputError, match="absence: a polars DataFrame"):
        indicator_frame(tables(PLAIN), absence="absence.csv")


def test_a_headline_measure_fills_attainment_and_the_pupil_premium_gap() -> None:
    text = (
        "RECTYPE,URN,AGERANGE,PTRWM_EXP,PTRWM_EXP_FSM6CLA1A,PTRWM_EXP_NotFSM6CLA1A\n1,1,4-11,60%,45%,66%\n"
        "1,2,7-11,70%,SUPP,72%\n1,3,,80%,70%,85%\n5,,,64%,51%,70%"
    )
    frame = indicator_frame(tables(text), headline={"primary": "ks2_exp_rwm_pct"})
    # The third school may be of any phase with key stage 2, so no headline is its own.
    assert frame["attainment_pct"].to_list() == [60.0, 70.0, None]
    assert frame["pp_gap"].to_list() == [-21.0, None, None]
    assert frame["nat_attainment_pct"].to_list() == [64.0, 64.0, None]
    assert "attainment_pct" not in indicator_frame(tables(text)).columns


def test_switches_leave_national_and_derived_columns_out() -> None:
    frame = indicator_frame(samples.surrey_ks4(), national=False, derive=False)
    assert not [name for name in frame.columns if name.startswith("nat_")]
    assert not {"below_floor", "p8_gap_disadvantaged", "disadvantaged", "actual"} & set(frame.columns)


# --- codes ------------------------------------------------------------------------------------------------------------


def test_codes_say_why_a_value_is_missing() -> None:
    codes = indicator_codes(tables("RECTYPE,URN,P8MEA,ATT8SCR\n1,1,LOWCOV,40\n1,2,SUPP,SUPP\n1,3,0.1,NE\n7,,SUPP,40"))
    assert codes.rows() == [
        (1, 2018, "p8", "ks4", "low_coverage"),
        (2, 2018, "a8", "ks4", "suppressed"),
        (2, 2018, "p8", "ks4", "suppressed"),
        (3, 2018, "a8", "ks4", "no_entries"),
    ]


def test_codes_of_other_tables_and_none_where_another_table_has_the_value() -> None:
    absence = readers.read_absence(b"LA,ESTAB,URN,PERCTOT,PPERSABS10\n882,2001,1,4.5,SUPP", year=2018)
    suppressed = tables("RECTYPE,URN,P8MEA\n1,1,SUPP")
    codes = indicator_codes([suppressed, tables("RECTYPE,URN,P8MEA\n1,1,0.3")], absence=absence)
    assert codes.rows() == [(1, 2018, "persistent_absence_pct", "absence", "suppressed")]
    with pytest.raises(InputError, match="a table is needed"):
        indicator_codes()


def test_every_missing_value_of_the_surrey_tables_has_a_code() -> None:
    given = samples.surrey_ks4()
    frame = indicator_frame(given, national=False, derive=False)
    codes = indicator_codes(given)
    for name in ("p8", "p8_ci_low", "p8_disadvantaged", "ks4_em_95_pct"):
        missing = frame.filter(pl.col(name).is_null()).select("urn", "year").sort("urn", "year")
        coded = codes.filter(indicator=name).select("urn", "year").sort("urn", "year")
        assert missing.equals(coded), name
    counts = dict(codes.filter(indicator="p8_disadvantaged")["code"].value_counts().iter_rows())
    assert set(counts) <= {
        "suppressed",
        "not_published",
        "no_entries",
        "blank",
        "low_coverage",
        "not_applicable",
        "new_school",
    }
    assert counts["suppressed"] > 10


# --- the whole country ------------------------------------------------------------------------------------------------


def test_real_rows_of_surrey() -> None:
    frame = indicator_frame([samples.surrey_ks2(), samples.surrey_ks4()])
    # URN 139070: key stage 2 progress 2019 as in the published table; band 5 is well below average.
    row = frame.filter(urn=139070, year=2019)
    assert row.select("ks2_progress_reading", "ks2_progress_reading_ci_low", "ks2_progress_reading_ci_high").row(0) == (
        *(-5.7, -7.9, -3.6),
    )
    assert row.select("ks2_progress_reading_band", "ks2_progress_maths", "ks2_progress_maths_band").row(0) == (
        5,
        -7.3,
        5,
    )
    # URN 140810: an interval that begins at exactly 0.0 is average.
    assert frame.filter(urn=140810, year=2019).select("ks2_progress_maths_ci_low", "ks2_progress_maths_band").row(
        0
    ) == (0.0, 3)
    national = (
        frame.filter(pl.col("ks2_exp_rwm_pct").is_not_null())
        .group_by("year")
        .agg(pl.col("nat_ks2_exp_rwm_pct").unique(), pl.col("nat_ks2_exp_rwm_gap_disadvantaged").unique())
    )
    assert sorted(national.iter_rows()) == [(2017, [61.0], [-20.0]), (2018, [64.0], [-19.0]), (2019, [65.0], [-20.0])]


def test_the_primary_floor_finds_about_as_many_schools_as_the_department_did() -> None:
    # The Department counted 364 primary schools below the floor in 2018 (3% of schools); it leaves out some schools
    # that closed, the tables here do not.
    frame = indicator_frame(samples.ks2(), register=samples.register())
    below = frame.filter("below_floor", year=2018)
    assert 340 <= below.height <= 400
    assert frame.filter(pl.col("below_floor").is_not_null(), pl.col("year") == 2019).is_empty()


def test_one_row_per_school_and_year_for_the_whole_country() -> None:
    frame = indicator_frame(
        [samples.ks2(), samples.ks4()], inspections=samples.inspections(), register=samples.register()
    )
    assert frame.height == frame.select("urn", "year").n_unique()
    assert frame.select("urn", "year").equals(frame.select("urn", "year").sort("urn", "year"))
    schools = pl.concat([samples.ks2().schools.select("urn", "year"), samples.ks4().schools.select("urn", "year")])
    assert frame.height == schools.n_unique()
    for name, low, high in indicators().select("name", "minimum", "maximum").iter_rows():
        if name in frame.columns and low is not None:
            assert frame[name].min() is None or float(frame[name].min()) >= low, name
        if name in frame.columns and high is not None:
            assert frame[name].max() is None or float(frame[name].max()) <= high, name
    assert not frame.select(pl.selectors.float().is_nan().any()).row(0).count(True)


def test_a_resolved_name_is_a_resolved_indicator() -> None:
    assert resolve_indicator("nat_a8_y2") == ResolvedIndicator("a8", "national", 2)


def test_a_table_without_years_is_refused() -> None:
    census = readers.read_census(b"URN,NOR,NUMFSM\n100000,90,9\n100001,80,8")
    with pytest.raises(InputError, match=r"census: 2 rows have no year; pass year= to read_census"):
        indicator_frame(census=census)


def test_headline_names_phases_that_exist() -> None:
    given = tables("URN,P8MEA,ATT8SCR\n100000,0.1,50")
    with pytest.raises(UnknownNameError, match="headline: phase 'secundary' does not exist. Did you mean 'secondary'"):
        indicator_frame(given, headline={"secundary": "a8"})
    with pytest.raises(InputError, match="headline: a mapping from phase to measure"):
        indicator_frame(given, headline="a8")  # type: ignore[arg-type]


def test_a_stated_date_for_each_year_is_a_date() -> None:
    given = tables("URN,P8MEA,ATT8SCR\n100000,0.1,50")
    inspections = readers.read_inspections(b"URN,Rating,Inspection Date\n100000,Good,20130418")
    with pytest.raises(InputError, match=r"on\[2018\]: a date such as"):
        indicator_frame(given, inspections=inspections, on={2018: "2018-09-01"})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="on: there is no date for the year 2018"):
        indicator_frame(given, inspections=inspections, on={2018: None})  # type: ignore[dict-item]


def test_urns_of_a_register_may_be_texts() -> None:
    given = tables("URN,P8MEA,ATT8SCR\n100000,0.1,50")
    register = pl.DataFrame({"urn": ["100000"], "phase": ["secondary"], "la_name": ["Nowhere"]})
    assert indicator_frame(given, register=register)["phase"].to_list() == ["secondary"]


def test_a_monitoring_visit_does_not_count_as_one_more_judgement() -> None:
    given = tables("URN,P8MEA,ATT8SCR\n100000,0.1,50")
    header = "URN,Inspection type,Inspection start date,Overall effectiveness"
    visits = [
        "100000,S5 Inspection,01/03/2013,3",
        "100000,S5 Inspection,01/03/2015,3",
        "100000,Monitoring,01/03/2016,3",
    ]
    inspections = readers.read_inspections("\n".join([header, *visits]).encode())
    frame = indicator_frame(given, inspections=inspections)
    assert frame.select("ofsted_date", "consecutive_ri_count").rows() == [(dt.date(2015, 3, 1), 2)]


def test_what_rests_on_unverified_figures_says_so() -> None:
    frame = indicator_frame(samples.ks4())
    decided = frame.filter(pl.col("below_floor").is_not_null())
    assert decided.height > 5000
    assert decided["below_floor_verified"].unique().to_list() == [False]
    open_rows = frame.filter(pl.col("below_floor").is_null())
    assert open_rows["below_floor_verified"].null_count() == open_rows.height
    assert frame.columns[frame.columns.index("below_floor") + 1] == "below_floor_verified"
