"""Frameworks: the worked cases of tests/cases, errors with file and line, readings and thresholds as switches."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import schoolframe as sf

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "tests" / "cases").glob("*.toml")
}
CASES = [(name, case) for name, file in FILES.items() for case in file["case"]]
DATA_CASES = [(name, case) for name, case in CASES if {"dataset", "error"} & set(case["expect"])]
URN = 100_000


def profile(file: dict[str, Any], name: str) -> dict[str, Any]:
    own = dict(file["profiles"][name])
    base = own.pop("based_on", None)
    return {**(profile(file, base) if base else {}), **own}


def school(file: dict[str, Any], case: dict[str, Any], urn: int = URN) -> list[dict[str, Any]]:
    current = {**(profile(file, case["base"]) if "base" in case else {}), **case.get("with", {})}
    for name in case.get("without", []):
        del current[name]
    if "year" in case:
        current["year"] = case["year"]
    return [{"urn": urn, **row} for row in [current, *case.get("earlier", [])]]


def framework(name: str, case: dict[str, Any]) -> sf.Framework:
    return sf.Framework.load(name, readings=case.get("readings", {}))


def title(value: object) -> str | None:
    """Return the name of a case, for the name of its test."""
    return str(value["name"]) if isinstance(value, dict) else None


def missing(value: object) -> object:
    """Return the value of a case file, where an empty text stands for a missing value."""
    return None if value == "" else value


@pytest.mark.parametrize(("name", "case"), CASES, ids=title)
def test_worked_case(name: str, case: dict[str, Any]) -> None:
    file, expect = FILES[name], case["expect"]
    rows = pl.DataFrame(school(file, case))
    phase = case.get("phase", "primary")
    if "refused" in expect:
        with pytest.raises(sf.exceptions.InputError, match=re.escape(expect["refused"])):
            framework(name, case).assign(rows, phase=phase)
        passed = framework(name, case).assign(rows, phase=phase, invalid="null").frame.row(0, named=True)
        assert (passed["status"], passed["category"], passed["possible"]) == ("invalid", None, [])
        assert expect["refused"] in passed["reason"]
        return
    result = framework(name, case).assign(rows, phase=phase)
    row = result.frame.row(0, named=True)
    for column, value in expect.get("results", {}).items():
        assert row[column] == missing(value), column
    for column in ("mark", "descriptors"):
        if column in expect:
            assert row[column] == missing(expect[column]), column
    for side, category in expect.get("sides", {}).items():
        assert row[f"{side}_category"] == missing(category), side
    for column in ("category", "status", "leading", "otherwise", "possible", "adjustments", "flags", "exact"):
        if column in expect:
            assert row[column] == missing(expect[column]), column
    if "flags_unchecked" in expect:
        assert not set(expect["flags_unchecked"]) - set(row["flags_unchecked"])
        assert bool(expect["flags_unchecked"]) == bool(row["flags_unchecked"])
    if "deciding" in expect:
        assert row["deciding"][: len(expect["deciding"]) or None] == expect["deciding"]
    if "best_fit" in expect:
        assert row["best_fit"] == (None if expect["best_fit"] == "open" else expect["best_fit"])
    for category, met in expect.get("met", {}).items():
        assert row[f"{category.lower()}_met"] == met
    for category, share in expect.get("shares", {}).items():
        assert row[f"{category.lower()}_share"] == pytest.approx(share, abs=0.005)
    trace = result.trace.filter(pl.col("urn") == URN)
    if "year" in case:
        trace = trace.filter(pl.col("year") == case["year"])
    for short, truth in expect.get("criteria", {}).items():
        held = trace.filter(pl.col("criterion") == file["prefix"] + short)["result"].unique().to_list()
        assert held == [truth], short
    if "support" in expect:
        assert result.support()["id"].to_list() == [file["prefix"] + short for short in expect["support"]]


@pytest.mark.parametrize(("name", "case"), DATA_CASES, ids=title)
def test_worked_case_of_data(name: str, case: dict[str, Any]) -> None:
    rows = pl.DataFrame(school(FILES[name], case))
    used, phase = framework(name, case), case.get("phase", "primary")
    if "error" in case["expect"]:
        with pytest.raises(sf.exceptions.InputError, match=case["expect"]["error"]):
            used.dataset(rows, phase=phase)
        return
    row = used.dataset(rows, phase=phase).row(0, named=True)
    for column, value in case["expect"]["dataset"].items():
        assert row[column] == missing(value), column


def test_rows_do_not_depend_on_each_other() -> None:
    file = FILES["southend_2017"]
    cases = [case for case in file["case"] if not case.get("readings") and case.get("phase", "primary") == "primary"]
    rows = [row for at, case in enumerate(cases) for row in school(file, case, URN + at)]
    together = pl.concat([pl.DataFrame([row]) for row in rows], how="diagonal_relaxed")
    # Earlier rows are schools of their own year: they have a result, and it is the same alone and together.
    result = sf.Framework.load("southend_2017").assign(together, phase="primary").frame
    assert result.height == len(rows)
    for at, case in enumerate(cases):
        alone = (
            sf.Framework.load("southend_2017").assign(pl.DataFrame(school(file, case, URN + at)), phase="primary").frame
        )
        assert_frame_equal(result.filter(pl.col("urn") == URN + at), alone)


def test_any_frame_is_taken() -> None:
    rows = pl.DataFrame({"urn": [URN], "ofsted_overall": [3], "school_name": ["X"]})
    rows = rows.with_columns(opened=pl.date(2010, 9, 1))
    used = sf.Framework.load("southend_2017")
    expected = used.assign(rows.select("urn", "ofsted_overall"), phase="primary").frame
    for frame in (rows, rows.lazy(), rows.to_arrow(), rows.to_pandas()):
        assert_frame_equal(used.assign(frame, phase="primary").frame, expected)


def test_own_file_is_read_with_file_and_line_in_every_error(tmp_path: Path) -> None:
    text = (ROOT / "src" / "frameworks" / "data" / "southend_2017.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('id = "southend_2017"', 'id = "own"'), encoding="utf-8")
    assert sf.Framework.load(own).name == "own"
    assert sf.Framework.load(str(own), readings={"AMB-S17-BLUE": "B"}).chosen()["AMB-S17-BLUE"] == "B"
    line = text[: text.index("aspect = ")].count("\n") + 1
    own.write_text(text.replace("aspect = ", "aspekt = ", 1), encoding="utf-8")
    with pytest.raises(
        sf.exceptions.FrameworkError, match=f"own.toml, line {line}: unknown key 'aspekt'; did you mean 'aspect'"
    ):
        sf.Framework.load(own)
    own.write_bytes(b"\xff\xfe")
    with pytest.raises(sf.exceptions.ReadError, match="own.toml"):
        sf.Framework.load(own)
    with pytest.raises(sf.exceptions.ReadError, match="nowhere.toml"):
        sf.Framework.load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: sf.Framework.load("southend2017"),
            "framework 'southend2017' does not exist. Did you mean 'southend_2017'",
        ),
        (
            lambda: sf.Framework.load("southend_2017", readings={"AMB-S17-MJA": "B"}),
            "reading 'AMB-S17-MJA' does not exist. Did you mean 'AMB-S17-MAJ'",
        ),
        (lambda: sf.Framework.load("southend_2017", readings={"AMB-S17-MAJ": "Z"}), "There are: A, B"),
        (lambda: sf.Framework.load("southend_2017").with_threshold("drop", 1.0), "threshold 'drop' does not exist"),
        (
            lambda: sf.Framework.load("southend_2017").assign(pl.DataFrame({"urn": [URN]}), phase="primry"),
            "phase 'primry' does not exist. Did you mean 'primary'",
        ),
    ],
)
def test_unknown_names_list_what_exists(call: Any, message: str) -> None:
    with pytest.raises(sf.exceptions.UnknownNameError, match=message):
        call()


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("ofsted_overall", [7], "must be one of 1, 2, 3, 4; 1 value breaks this rule: 7"),
        ("expected_progress_eng_pct", [140.0], "from 0 to 100; 1 value breaks this rule: 140"),
        ("progress_em", [float("nan")], "1 value breaks this rule: NaN"),
        ("joint_judgement", ["Fragile"], "must be one of securely_good, fragile, inadequate"),
        ("safety_threatened", ["yes"], "must hold true or false"),
    ],
)
def test_bad_values_are_refused(column: str, values: list[Any], message: str) -> None:
    rows = pl.DataFrame({"urn": [URN], column: values})
    with pytest.raises(sf.exceptions.InputError, match=message):
        sf.Framework.load("southend_2017").assign(rows, phase="primary")


@pytest.mark.parametrize(
    "dtype", [pl.Int8, pl.UInt64, pl.Float32, pl.String, pl.Categorical, pl.Enum(["1", "2", "3", "4"])]
)
def test_grades_of_any_type(dtype: Any) -> None:
    rows = pl.DataFrame({"urn": [URN, URN + 1], "ofsted_overall": [3, None]}).with_columns(
        pl.col("ofsted_overall").cast(pl.String).cast(dtype)
    )
    flags = sf.Framework.load("southend_2017").assign(rows, phase="primary").frame["flags"].to_list()
    assert flags == [["requires_improvement"], []]


def test_what_if() -> None:
    rows = pl.DataFrame({"urn": [URN], "performance_drop": [4.0]})
    used = sf.Framework.load("southend_2017")
    changed = used.with_threshold("drop_size", 4.0)
    assert used.assign(rows, phase="primary").frame["flags"].to_list() == [[]]
    assert changed.assign(rows, phase="primary").frame["flags"].to_list() == [["performance_drop"]]
    assert changed.content_hash != used.content_hash
    assert changed.assign(rows, phase="primary").provenance["changed_thresholds"] == {"drop_size": 4.0}


def test_listings_hold_the_whole_paper() -> None:
    used = sf.Framework.load("southend_2017")
    assert used.criteria().height == 184
    assert used.criteria()["id"].n_unique() == 184
    assert used.categories()["category"].to_list() == ["Green", "Amber", "Red", "Blue"]
    assert used.thresholds().filter(pl.col("line").is_null()).is_empty()
    assert used.readings().filter(pl.col("default"))["reading"].n_unique() == used.readings()["reading"].n_unique()
    assert set(used.support()["category"]) == {"Green", "Amber", "Red", "Blue"}
    assert "same_test" in used.lint()["rule"].to_list()


def test_every_reading_can_be_switched_and_moves_the_hash() -> None:
    used = sf.Framework.load("southend_2017")
    for reading, option, default in used.readings().select("reading", "option", "default").iter_rows():
        assert (used.with_reading(reading, option).content_hash == used.content_hash) is default


def test_explanation_names_criteria_values_and_support() -> None:
    rows = pl.DataFrame({"urn": [URN], "year": [2018], "safety_threatened": [True]})
    result = sf.Framework.load("southend_2017").assign(rows, phase="special")
    text = result.explain(URN)
    assert "met       SOU17-ALL-Blue-07" in text
    assert "safety_threatened = true" in text
    assert "Warning notice" in text
    with pytest.raises(sf.exceptions.InputError, match="urn 1: no such school was assigned"):
        result.explain(1)


def test_evidence_that_is_asked_for_and_absent_is_listed() -> None:
    result = sf.Framework.load("southend_2017").assign(
        pl.DataFrame({"urn": [URN], "ofsted_overall": [2]}), phase="primary"
    )
    assert "joint_judgement" in result.absent
    assert "ofsted_overall" not in result.absent
    assert result.frame["status"].item() == "undetermined"
    assert result.deciding["indicator"][0] == result.frame["deciding"][0][0]


def test_the_result_is_an_assignment_that_names_its_framework() -> None:
    schools = pl.DataFrame({"urn": [100_000], "ofsted_overall": [2]})
    assignment = sf.Framework.load("southend_2017", readings={"AMB-S17-MAJ": "B"}).assign(schools, phase="primary")
    assert isinstance(assignment, sf.Assignment)
    assert assignment.provenance["framework"] == "southend_2017"
    assert assignment.provenance["readings"]["AMB-S17-MAJ"] == "B"
    assert assignment.provenance["content_hash"] == assignment.framework.content_hash
    assert len(assignment) == 1
    assert repr(assignment) == "Assignment(southend_2017, primary: 1 undetermined)"


def test_a_column_that_is_not_read_is_listed_and_a_near_name_is_named() -> None:
    rows = pl.DataFrame({"urn": [URN], "ks2_l4em_pct": [70.0], "teach_goodplus_pct": [80.0], "school_name": ["X"]})
    with pytest.warns(sf.exceptions.UnusedColumnWarning, match="did you mean 'teach_good_plus_pct'"):
        result = sf.Framework.load("southend_2011").assign(rows, phase="junior")
    assert result.unused == ["teach_goodplus_pct", "school_name"]


def test_columns_of_other_frameworks_are_no_misspellings(recwarn: pytest.WarningsRecorder) -> None:
    rows = pl.DataFrame({"urn": [URN], "ks2_exp_rwm_pct": [70.0], "performance_percentile_national": [80.0]})
    result = sf.Framework.load("staffordshire_2008").assign(rows, phase="primary")
    assert result.unused == ["ks2_exp_rwm_pct", "performance_percentile_national"]
    assert not recwarn.list


def test_years_out_of_force_are_refused_passed_over_or_allowed() -> None:
    used = sf.Framework.load("southend_2017")
    rows = pl.DataFrame({"urn": [URN, URN + 1], "year": [2019, 2005], "safety_threatened": [True, True]})
    with pytest.raises(sf.exceptions.InputError, match="must be from 2017 to 2019"):
        used.assign(rows, phase="primary")
    passed = used.assign(rows, phase="primary", out_of_force="null").frame
    assert passed["status"].to_list() == ["candidate", "invalid"]
    assert "2005 lies outside the years of the framework" in passed["reason"][1]
    allowed = used.assign(rows, phase="primary", out_of_force="allow").frame
    assert allowed["category"].to_list() == ["Blue", "Blue"]


def test_earlier_rows_of_a_school_are_its_history() -> None:
    rows = pl.DataFrame({"urn": [URN, URN], "year": [2019, 2016], "safety_threatened": [True, True]})
    frame = sf.Framework.load("southend_2017").assign(rows, phase="primary").frame
    assert frame["status"].to_list() == ["candidate", "invalid"]
    assert "read as an earlier year only" in frame["reason"][1]


@pytest.mark.parametrize(("value", "rule"), [(140.0, "from 0 to 100"), (-0.1, "from 0 to 100"), (float("nan"), "from")])
def test_impossible_values_are_refused_or_passed_over(value: float, rule: str) -> None:
    rows = pl.DataFrame({"urn": [URN, URN + 1], "ks2_l4em_pct": [value, 60.0]})
    used = sf.Framework.load("southend_2011")
    with pytest.raises(sf.exceptions.InputError, match=f"ks2_l4em_pct.*{rule}.*{URN}"):
        used.assign(rows, phase="junior")
    frame = used.assign(rows, phase="junior", invalid="null").frame
    assert frame["status"].to_list() == ["invalid", "undetermined"]
    assert rule in frame["reason"][0]
