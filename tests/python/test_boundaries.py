"""Boundary cases: those of the five frameworks hold and are as stored, those of an author's own framework are right."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

import schoolframe as sf
from conftest import ROOT

NAMES = sf.frameworks()["name"].to_list()
# How many stored cases of each framework are put to the library here, so that none drops out unseen.
ASKED = {
    "southend_2011": 280,
    "southend_2017": 346,
    "reading_2016": 40,
    "derby_winners": 286,
    "staffordshire_2008": 63,
}


def _tool() -> ModuleType:
    path = ROOT / "python" / "tools" / "build_boundary_cases.py"
    spec = importlib.util.spec_from_file_location("build_boundary_cases", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TOOL = _tool()


def stored(name: str) -> list[dict[str, Any]]:
    """The stored comparisons of a framework."""
    text = (TOOL.FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = TOOL.tomllib.loads(text)["use"]
    return rows


def answer(framework: sf.Framework, use: dict[str, Any], school: dict[str, Any], reading: float) -> str | None:
    """What the library says of a school, by the function that is meant for it; None where none shows it."""
    frame = pl.DataFrame([{"urn": 100_000, **school}])
    if use["list"] in {"criterion", "flag"}:
        trace = framework.assign(frame, phase=use["phase"]).trace.filter(pl.col("criterion") == use["clause"])
        return str(trace["result"][0])
    if use["list"] == "best_fit":
        share = framework.assign(frame, phase=use["phase"]).frame[f"{use['clause'].lower()}_share"][0]
        return str(share > use["value"]).lower()
    if use["list"] == "charge":
        bands = framework.charges().sort("above", nulls_last=False)
        pays = bands.filter(pl.col("id") == use["clause"])["pays"][0]
        return str(framework.charge(reading, phase=use["phase"])["pays"] <= pays).lower()
    if use["list"] == "dataset" and use["compared"] in {"lower", "upper"}:
        row = framework.dataset(frame, phase=use["phase"]).row(0, named=True)
        code = row.get(f"{use['indicator']}_code")
        if code is not None:
            return str(code == {"lower": "above", "upper": "below"}[use["compared"]]).lower()
        (flag,) = [value for value in row.values() if isinstance(value, bool)]
        return str(flag).lower()
    return None


@pytest.mark.parametrize("name", NAMES)
def test_the_stored_cases_are_those_that_are_built(name: str) -> None:
    assert TOOL.build(name) == (TOOL.FOLDER / f"{name}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_stored_case_holds(name: str) -> None:
    wrong, asked = [], 0
    for use in stored(name):
        framework = sf.Framework.load(name, readings=use.get("readings", {}))
        for case in use["case"]:
            held = answer(framework, use, case["school"], case["reading"])
            asked += held is not None
            if held not in {None, case["result"]}:
                wrong.append((use["clause"], use["threshold"], use["words"], case["side"], held, case["result"]))
    assert wrong == []
    assert asked >= ASKED[name]


def test_a_comparison_that_was_not_checked_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = TOOL.checked("southend_2017")
    monkeypatch.setattr(TOOL, "checked", lambda _: [row for row in rows if row.get("threshold") != "ri_ratings"])
    with pytest.raises(TOOL.UncheckedError, match=r"SOU17-ALL-RedT-03: .* ri_ratings was not checked"):
        TOOL.build("southend_2017")
    monkeypatch.setattr(TOOL, "checked", lambda _: [*rows, {**rows[0], "threshold": "no_such"}])
    with pytest.raises(TOOL.UncheckedError, match="there is no such comparison"):
        TOOL.build("southend_2017")


FRAMEWORK = """
format = 1

[framework]
id = "own"
title = "Own"
authority = "Own"
years = [2020, 2030]
document = "own.txt"
lines = 50
phases = ["primary"]

[[category]]
id = "A"
label = "A"
meaning = "A"
line = 1

[[category]]
id = "B"
label = "B"
meaning = "B"
line = 2

[thresholds]
quarter = { value = 0.25, unit = "share", line = 3, basis = "document", text = "" }
full = { value = 100, unit = "%", line = 4, basis = "document", text = "" }
few = { value = 2, unit = "count", line = 5, basis = "document", text = "" }
near = { value = 5, unit = "points", line = 6, basis = "document", text = "" }
years = { value = 3, unit = "years", line = 7, basis = "document", text = "" }
half = { value = 50, unit = "%", line = 8, basis = "document", text = "" }

[indicators]
share = { type = "number", min = 0, max = 1, text = "" }
rate = { type = "number", unit = "%", min = 0, max = 100, text = "" }
visits = { type = "count", text = "" }
calm = { type = "flag", text = "" }
tidy = { type = "choice", values = ["yes", "no"], text = "" }

[[criterion]]
id = "A-1"
category = "A"
part = "list"
line = 10
kind = "data"
text = "share"
test = { indicator = "share", above = "quarter" }

[[criterion]]
id = "A-2"
category = "A"
part = "list"
line = 11
kind = "data"
text = "rate"
test = { all = [{ indicator = "rate", at_least = "full" }, { indicator = "calm", is = true }] }

[[criterion]]
id = "B-1"
category = "B"
part = "list"
line = 12
kind = "data"
text = "visits"
test = { indicator = "visits", at_most = "few" }

[[criterion]]
id = "B-2"
category = "B"
part = "list"
line = 13
kind = "data"
text = "several"
test = { at_least_k = "few", of = [{ indicator = "calm", is = false }, { indicator = "tidy", is = "no" }, "B-1"] }

[[flag]]
id = "F-1"
name = "below"
line = 14
kind = "context_flag"
text = "below for years"
test = { indicator = "rate", below = "nat_rate", minus = "near", every_year = "years" }

[[flag]]
id = "F-2"
name = "many"
line = 15
kind = "context_flag"
text = "more than half"
test = { more_than_share = "half", of = [{ indicator = "calm", is = false }, { indicator = "tidy", is = "no" }] }

[decide.best_fit]
denominator = "known"
tie = "lower"
majority = "half"
line = 20
[decide.best_fit.count]
A = ["A-1", "A-2"]
B = ["B-1", "B-2"]
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> sf.Framework:
    path = tmp_path_factory.mktemp("own") / "own.toml"
    path.write_text(FRAMEWORK, encoding="utf-8")
    return sf.Framework.load(path)


def test_the_cases_of_a_framework_of_ones_own(own: sf.Framework) -> None:
    cases = own.boundary_cases()
    of = cases.select("threshold", "clause", "compared", "side", "reading", "of", "passed", "result").rows()
    assert of == [
        # A step finer than 0.1: 0.25 has two decimals.
        ("quarter", "A-1", "lower", "under", 0.24, None, "false", "false"),
        ("quarter", "A-1", "lower", "at", 0.25, None, "false", "false"),
        ("quarter", "A-1", "lower", "over", 0.26, None, "true", "true"),
        # Nothing lies over 100 per cent, and that the school is calm is not known.
        ("full", "A-2", "lower", "under", 99.9, None, "false", "false"),
        ("full", "A-2", "lower", "at", 100.0, None, "true", "unknown"),
        # Visits are whole; two of three parts is enough.
        ("few", "B-1", "upper", "under", 1.0, None, "true", "true"),
        ("few", "B-1", "upper", "at", 2.0, None, "true", "true"),
        ("few", "B-1", "upper", "over", 3.0, None, "false", "false"),
        ("few", "B-2", "parts", "under", 1.0, 3, "false", "false"),
        ("few", "B-2", "parts", "at", 2.0, 3, "true", "true"),
        ("few", "B-2", "parts", "over", 3.0, 3, "true", "true"),
        # 5 points below 50; the years before are clear of the limit.
        ("near", "F-1", "upper", "under", 44.9, None, "true", "true"),
        ("near", "F-1", "upper", "at", 45.0, None, "false", "false"),
        ("near", "F-1", "upper", "over", 45.1, None, "false", "false"),
        ("years", "F-1", "years", "under", 2.0, 3, "false", "false"),
        ("years", "F-1", "years", "at", 3.0, 3, "true", "true"),
        ("years", "F-1", "years", "over", 4.0, 3, "true", "true"),
        # One of two is half, and half is not more than half.
        ("half", "F-2", "parts", "under", 0.0, 2, "false", "false"),
        ("half", "F-2", "parts", "at", 1.0, 2, "false", "false"),
        ("half", "F-2", "parts", "over", 2.0, 2, "true", "true"),
        ("half", "A", "parts", "under", 0.0, 2, "false", "false"),
        ("half", "A", "parts", "at", 1.0, 2, "false", "false"),
        ("half", "A", "parts", "over", 2.0, 2, "true", "true"),
        ("half", "B", "parts", "under", 0.0, 2, "false", "false"),
        ("half", "B", "parts", "at", 1.0, 2, "false", "false"),
        ("half", "B", "parts", "over", 2.0, 2, "true", "true"),
    ]


def test_a_school_knows_only_what_its_comparison_takes(own: sf.Framework) -> None:
    cases = own.boundary_cases().filter((pl.col("clause") == "F-1") & (pl.col("side") == "at"))
    near, years = [TOOL.known(school) for school in cases["school"]]
    assert near["rate"] == 45.0
    assert near["nat_rate"] == 50.0
    assert set(near) == {f"{name}{back}" for name in ("rate", "nat_rate") for back in ("", "_y1", "_y2")}
    assert set(years) == set(near)
    assert cases["comparator"].to_list() == ["nat_rate", None]
    longer = own.boundary_cases().filter((pl.col("compared") == "years") & (pl.col("side") == "over"))
    (school,) = longer["school"]
    assert {"rate_y3", "nat_rate_y3"} <= set(TOOL.known(school))


def test_a_changed_threshold_moves_its_cases(own: sf.Framework) -> None:
    cases = own.with_threshold("few", 3).boundary_cases().filter(pl.col("threshold") == "few")
    readings = cases.filter(pl.col("clause") == "B-1")["reading"].to_list()
    assert readings == [2.0, 3.0, 4.0]
    # There are no four parts.
    assert cases.filter(pl.col("clause") == "B-2")["reading"].to_list() == [2.0, 3.0]


ELSEWHERE = """
[decide.best_fit.require]
A = { indicator = "visits", at_most = "few" }

[indicators.hours]
type = "number"
text = ""

[[constraint]]
id = "enough_hours"
text = "no school is open for less"
test = { indicator = "hours", at_least = "few" }

[[flag]]
id = "F-3"
name = "short"
line = 16
kind = "context_flag"
text = "short"
test = { indicator = "hours", at_most = "few" }

[[adjust]]
id = "cap"
text = "cap"
line = 21
when = { indicator = "visits", above = "few" }
no_better_than = "B"
decision = "must"

[[result]]
id = "tier"
line = 22
text = "tier"
values = ["x", "y"]

[[result.rule]]
id = "tier_x"
line = 23
text = "x"
value = "x"
unknown = "no"
when = { all = [{ indicator = "rate", below = "full" }, { indicator = "calm", is = true }] }
"""


def test_conditions_outside_the_criteria_have_cases(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(FRAMEWORK + ELSEWHERE, encoding="utf-8")
    cases = sf.Framework.load(tmp_path / "own.toml").boundary_cases()
    of = cases.filter(pl.col("clause").is_in(["require A", "enough_hours", "F-3", "cap", "tier_x"]))
    assert set(of.select("list", "clause", "side", "reading", "passed", "result", "line").rows()) == {
        ("require", "require A", "under", 1.0, "true", "true", 20),
        ("require", "require A", "at", 2.0, "true", "true", 20),
        ("require", "require A", "over", 3.0, "false", "false", 20),
        ("constraint", "enough_hours", "under", 1.9, "false", "false", None),
        ("constraint", "enough_hours", "at", 2.0, "true", "true", None),
        ("constraint", "enough_hours", "over", 2.1, "true", "true", None),
        # Under it there is no school: the constraint is broken.
        ("flag", "F-3", "at", 2.0, "true", "true", 16),
        ("flag", "F-3", "over", 2.1, "false", "false", 16),
        ("adjust", "cap", "under", 1.0, "false", "false", 21),
        ("adjust", "cap", "at", 2.0, "false", "false", 21),
        ("adjust", "cap", "over", 3.0, "true", "true", 21),
        # That the school is calm is not known, and unknown counts as no.
        ("result", "tier_x", "under", 99.9, "true", "false", 23),
        ("result", "tier_x", "at", 100.0, "false", "false", 23),
    }


def test_a_framework_without_a_number_has_no_cases(tmp_path: Path) -> None:
    text = FRAMEWORK[: FRAMEWORK.index("[[criterion]]")] + FRAMEWORK[FRAMEWORK.index("[decide.best_fit]") :]
    criterion = """
[[criterion]]
id = "A-1"
category = "A"
part = "list"
line = 10
kind = "judgement"
text = "calm"
test = { indicator = "calm", is = true }
"""
    (tmp_path / "own.toml").write_text(
        text.replace('["A-1", "A-2"]', "[]").replace('["B-1", "B-2"]', "[]") + criterion, encoding="utf-8"
    )
    cases = sf.Framework.load(tmp_path / "own.toml").boundary_cases()
    assert cases.height == 0
    assert cases.select("school").unnest("school").columns == ["urn"]


def test_sums_of_points_are_tried_as_well() -> None:
    framework = sf.Framework.load(ROOT / "docs" / "examples" / "exampleshire.toml")
    cases = framework.boundary_cases().filter(pl.col("compared") == "points")
    sides = cases.group_by("threshold", maintain_order=True).agg("side", "reading", "passed")
    value = dict(framework.thresholds().select("name", "value").iter_rows())
    assert sides.height == 2
    for threshold, names, sums, passed in sides.iter_rows():
        assert names == ["under", "at", "over"]
        assert sums == [value[threshold] - 1, value[threshold], value[threshold] + 1]
        assert passed == ["false", "true", "true"]
