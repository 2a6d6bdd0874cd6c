"""Two frameworks clause by clause: matched by id, then by what they test; and the schools that move."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import schoolframe as sf
from _profiles import AMBER, CANDIDATE, GREEN, NEARLY, OPEN, RED, SOUTHEND, six
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.framework_diff import FrameworkDiff, diff

MINI = """
format = 1
[framework]
id = "mini"
title = "Three steps"
authority = "Nowhere"
years = [2018, 2019]
document = "made for a test"
lines = 9
phases = ["primary"]
[[category]]
id = "A"
label = "Good"
meaning = "Good"
colour = "green"
line = 1
[[category]]
id = "B"
label = "Middling"
meaning = "Middling"
colour = "amber"
line = 1
[[category]]
id = "C"
label = "Poor"
meaning = "Poor"
colour = "red"
line = 1
[thresholds.majority]
value = 60
unit = "%"
line = 2
basis = "document"
text = "More than this is a majority"
[thresholds.limit]
value = 2
unit = "count"
line = 2
basis = "document"
text = "Inspections in a row"
[indicators]
ofsted_overall = { type = "choice", values = [1, 2, 3, 4], text = "Grade" }
parent_engagement = { type = "choice", values = ["highly_successful", "appropriate", "weak"], text = "Parents" }
consecutive_ri_count = { type = "count", unit = "inspections", text = "Inspections in a row" }
[decide.best_fit]
denominator = "known"
tie = "lower"
majority = "majority"
line = 3
[decide.best_fit.count]
A = ["MIN-A-01", "MIN-A-02"]
B = ["MIN-B-01"]
C = ["MIN-C-01", "MIN-C-02"]
[[criterion]]
id = "MIN-A-01"
category = "A"
part = "table"
line = 4
kind = "inspection"
text = "Good or better"
test = { indicator = "ofsted_overall", one_of = [1, 2] }
[[criterion]]
id = "MIN-A-02"
category = "A"
part = "table"
line = 5
kind = "judgement"
text = "Parents are with it"
test = { indicator = "parent_engagement", is = "highly_successful" }
[[criterion]]
id = "MIN-B-01"
category = "B"
part = "table"
line = 6
kind = "inspection"
text = "Requires improvement"
test = { indicator = "ofsted_overall", is = 3 }
[[criterion]]
id = "MIN-C-01"
category = "C"
part = "table"
line = 7
kind = "inspection"
text = "Inadequate"
test = { indicator = "ofsted_overall", is = 4 }
[[criterion]]
id = "MIN-C-02"
category = "C"
part = "table"
line = 8
kind = "inspection"
text = "Again and again"
test = { indicator = "consecutive_ri_count", at_least = "limit" }
"""


def framework(text: str) -> sf.Framework:
    return sf.Framework(type(SOUTHEND._native).from_toml(text, "own.toml"))


MINI_FRAMEWORK = framework(MINI)


def version(*changes: tuple[str, str]) -> sf.Framework:
    """Return southend_2017 with changes of its text."""
    text = SOUTHEND._native.text
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return framework(text)


def changed(found: FrameworkDiff) -> list[tuple[str, str | None, str | None, list[str]]]:
    rows = found.clauses.filter(pl.col("change") != "same").select("change", "a_id", "b_id", "differs").rows()
    return [(str(change), a, b, list(differs)) for change, a, b, differs in rows]


def test_a_framework_and_itself() -> None:
    found = diff(SOUTHEND, SOUTHEND)
    assert found.clauses["change"].unique().to_list() == ["same"]
    assert found.clauses["matched_by"].unique().to_list() == ["id"]
    ledger = SOUTHEND.criteria()["id"].to_list() + SOUTHEND.policy()["step"].to_list()
    assert found.clauses["a_id"].to_list() == found.clauses["b_id"].to_list() == ledger
    assert found.thresholds["change"].unique().to_list() == ["same"]
    assert (found.moves, found.note, len(found)) == (None, "both have the same categories", len(ledger))


def test_a_threshold_changes_the_clauses_that_use_it() -> None:
    found = diff(SOUTHEND, SOUTHEND.with_threshold("close_margin", 4))
    assert changed(found) == [("changed", "SOU17-ALL-Green-05", "SOU17-ALL-Green-05", ["test"])]
    clause = found.clauses.filter(change="changed").row(0, named=True)
    assert "nat_expected_progress_eng_pct - 5" in clause["a_test"]
    assert "nat_expected_progress_eng_pct - 4" in clause["b_test"]
    limit = found.thresholds.filter(change="changed").row(0, named=True)
    assert (limit["name"], limit["a_value"], limit["b_value"], limit["a_line"]) == ("close_margin", 5.0, 4.0, 352)
    assert repr(found).endswith(": 1 clause changed, 0 added, 0 removed; 1 threshold differs)")


@pytest.mark.parametrize(
    ("reading", "option", "expected"),
    [
        ("AMB-S17-BLUE", "B", [("changed", "blue_trigger", "blue_trigger", ["test"])]),
        ("AMB-S17-CUMUL", "B", [("changed", "support", "support", ["text"])]),
        ("AMB-S17-THR-UNIT", "B", [("changed", "SOU17-ALL-DATA-01", "SOU17-ALL-DATA-01", ["test"])]),
        ("AMB-S17-2RI", "B", [("changed", "SOU17-ALL-RedT-03", "SOU17-ALL-RedT-03", ["role"])]),
        (
            "AMB-S17-OFSTEDCAT",
            "C",
            [
                ("changed", "SOU17-ALL-Red-01", "SOU17-ALL-Red-01", ["role"]),
                ("removed", "ofsted_category_red", None, []),
            ],
        ),
    ],
)
def test_a_reading_shows_as_the_clauses_it_changes(reading: str, option: str, expected: list[Any]) -> None:
    assert changed(diff(SOUTHEND, SOUTHEND.with_reading(reading, option))) == expected


def test_another_version() -> None:
    found = diff(
        SOUTHEND,
        version(
            ('text = "Achievement variable"', 'text = "Results differ between years"'),
            (
                'id = "SOU17-ALL-Green-12"\ncategory = "Green"\npart = "appendix_i"\nline = 451',
                'id = "SOU17-ALL-Green-12"\ncategory = "Green"\npart = "appendix_i"\nline = 452',
            ),
            ('{ indicator = "aspects_not_yet_good", is = true }', '{ indicator = "aspects_not_yet_good", is = false }'),
        ),
    )
    assert changed(found) == [
        ("changed", "SOU17-ALL-Amber-04", "SOU17-ALL-Amber-04", ["test"]),
        ("changed", "SOU17-ALL-Amber-05", "SOU17-ALL-Amber-05", ["text"]),
    ]
    # Another line is told and is no change of the rule.
    moved = found.clauses.filter(a_id="SOU17-ALL-Green-12").row(0, named=True)
    assert (moved["change"], moved["a_line"], moved["b_line"], moved["differs"]) == ("same", 451, 452, ["line"])


def test_a_paper_with_other_ids_is_matched_by_what_it_tests() -> None:
    other = version(("SOU17-ALL-", "NEW-"), ('id = "southend_2017"', 'id = "new"'))
    found = diff(SOUTHEND, other)
    criteria = found.clauses.filter(pl.col("a_test").is_not_null(), list="criterion")
    assert set(criteria["matched_by"]) == {"indicators"}
    assert set(criteria["distance"]) == {0.0}
    # Several bullets test alike: of these the role decides, then the order, so that each finds its own.
    expected = [name.replace("SOU17-ALL-", "NEW-") for name in criteria["a_id"]]
    assert criteria["b_id"].to_list() == expected
    assert set(criteria["change"]) == {"same"}
    # What tests nothing is never guessed from its words.
    rest = found.clauses.filter(list="support")
    assert set(rest["change"]) == {"added", "removed"}
    assert found.clauses.equals(diff(SOUTHEND, other).clauses)


def test_one_to_one() -> None:
    for a, b in ((SOUTHEND, MINI_FRAMEWORK), (MINI_FRAMEWORK, SOUTHEND)):
        rows = diff(a, b).clauses
        for side, one in (("a", a), ("b", b)):
            held = rows.filter(pl.col(f"{side}_id").is_not_null()).select("list", f"{side}_id")
            assert held.height == one.criteria().height + one.policy().height
            assert not held.is_duplicated().any()
        alone = rows.filter(pl.col("change").is_in(["added", "removed"]))
        assert alone["matched_by"].null_count() == alone.height
        assert rows.filter(pl.col("distance") >= 0.5).is_empty()


def test_distances_by_hand() -> None:
    """Places: A 0, B 1/2, C 1 against Green 0, Amber 1/3, Red 2/3, Blue 1."""
    found = diff(MINI_FRAMEWORK, SOUTHEND)
    pairs = {
        row["a_id"]: (row["b_id"], row["distance"], row["change"], row["differs"])
        for row in found.clauses.filter(list="criterion", matched_by="indicators").iter_rows(named=True)
    }
    assert pairs == {
        "MIN-A-01": ("SOU17-ALL-Green-01", 0.0, "same", []),
        "MIN-A-02": ("SOU17-ALL-Green-12", 0.0, "same", []),
        # Amber is 1/6 from B. Amber 16 looks at the grade as well, but it informs and Amber 01 counts.
        "MIN-B-01": ("SOU17-ALL-Amber-01", pytest.approx(1 / 6), "same", []),
        # Two ratings of requires improvement stand in Red, 1/3 from C.
        "MIN-C-02": ("SOU17-ALL-RedT-03", pytest.approx(1 / 3), "changed", ["role"]),
    }
    # No criterion of Red or Blue looks at the grade alone.
    assert found.clauses.filter(a_id="MIN-C-01")["change"].item() == "removed"
    best = found.clauses.filter(a_id="best_fit").row(0, named=True)
    assert (best["matched_by"], best["change"], best["differs"]) == ("id", "changed", ["text", "line"])


def test_of_equal_distances_the_same_role_goes_first() -> None:
    informs = MINI[MINI.index('[[criterion]]\nid = "MIN-A-01"') : MINI.index('[[criterion]]\nid = "MIN-A-02"')]
    text = MINI.replace(informs, informs.replace("MIN-A-01", "MIN-A-00") + informs)
    pairs = dict(diff(framework(text), SOUTHEND).clauses.select("a_id", "b_id").iter_rows())
    # In the order of the file the one that informs would take the one that counts.
    assert pairs["MIN-A-01"] == "SOU17-ALL-Green-01"
    assert pairs["MIN-A-00"] == "SOU17-ALL-GreenII-07"


def test_a_category_differs_if_the_analyst_says_so() -> None:
    for last, expected in (("Blue", ["category", "role"]), ("Red", ["role"])):
        found = diff(MINI_FRAMEWORK, SOUTHEND, categories={"A": "Green", "B": "Amber", "C": last})
        assert found.clauses.filter(a_id="MIN-C-02")["differs"].item().to_list() == expected


# ---- Schools


def test_moves_under_two_readings() -> None:
    other = SOUTHEND.with_reading("AMB-S17-BLUE", "B")
    found = diff(SOUTHEND, other, six(), phase="primary")
    assert found.moves is not None
    assert found.moves.changed.select("urn", "direction").rows() == [(CANDIDATE, "better"), (NEARLY, "settled")]
    same = diff(SOUTHEND, SOUTHEND, six(), phase="primary").moves
    assert same is not None
    assert same.no_effect == "the rules are identical"


def test_scales_of_different_length_are_not_compared_unless_the_analyst_does() -> None:
    found = diff(SOUTHEND, MINI_FRAMEWORK, six(), phase="primary")
    assert found.note == (
        "direction is not given: southend_2017 has 4 categories (Green, Amber, Red, Blue) and mini 3 (A, B, C); "
        "say with categories= which correspond"
    )
    assert found.moves is not None
    assert found.moves.note == found.note
    rows = found.moves.frame.select("urn", "before", "after", "direction").rows()
    assert rows == [
        (GREEN, "Green", "A", None),
        (AMBER, "Amber", "B", None),
        (RED, "Red", "C", None),
        (OPEN, None, None, "unchanged"),
        (CANDIDATE, "Blue", "B", None),
        (NEARLY, None, "A", "settled"),
    ]


COMPLETE = six().with_columns(consecutive_ri_count=pl.when(pl.col("urn") == RED).then(2).otherwise(0))
MAPPING = {"Green": "A", "Amber": "B", "Red": "C", "Blue": "C"}


@pytest.mark.parametrize(
    ("categories", "directions"),
    [
        # Under the small paper: A, B, C, open, B and A.
        (None, [None, None, None, "unchanged", None, "settled"]),
        (MAPPING, ["unchanged", "unchanged", "unchanged", "unchanged", "better", "settled"]),
        ({**MAPPING, "Green": "B"}, ["better", "unchanged", "unchanged", "unchanged", "better", "settled"]),
        ({**MAPPING, "Amber": "A"}, ["unchanged", "worse", "unchanged", "unchanged", "better", "settled"]),
        ({"Red": "C"}, [None, None, "unchanged", "unchanged", None, "settled"]),
    ],
)
def test_directions_between_two_papers(categories: dict[str, str] | None, directions: list[str | None]) -> None:
    found = diff(SOUTHEND, MINI_FRAMEWORK, COMPLETE, phase="primary", categories=categories)
    assert found.moves is not None
    assert found.moves.frame["after"].to_list() == ["A", "B", "C", None, "B", "A"]
    assert found.moves.frame["direction"].to_list() == directions
    assert found.moves.summary()["schools"].sum() == 6
    if categories is not None and len(categories) == 1:
        assert found.note.endswith("without a counterpart, and so without a direction: Green, Amber, Blue")


def test_scales_of_equal_length_are_compared_by_place() -> None:
    text = MINI.replace('id = "mini"', 'id = "small"').replace("MIN-", "SMA-")
    for old, new in (("A", "1"), ("B", "2"), ("C", "3")):
        text = text.replace(f'id = "{old}"', f'id = "{new}"').replace(f'category = "{old}"', f'category = "{new}"')
        text = text.replace(f"\n{old} = [", f"\n{new} = [")
    text = text.replace("one_of = [1, 2]", "is = 1").replace('at_least = "limit"', 'above = "limit"')
    found = diff(MINI_FRAMEWORK, framework(text), COMPLETE, phase="primary")
    assert found.note == "categories are compared by their place: A as 1, B as 2, C as 3"
    assert found.moves is not None
    rows = {row["urn"]: row for row in found.moves.frame.iter_rows(named=True)}
    # Parents alone make the good school 1; two ratings are no longer above the limit, and special measures still are.
    assert (rows[GREEN]["before"], rows[GREEN]["after"], rows[GREEN]["direction"]) == ("A", "1", "unchanged")
    assert rows[GREEN]["changed"] is False
    assert (rows[RED]["before"], rows[RED]["after"], rows[RED]["direction"]) == ("C", "3", "unchanged")
    assert [row["why"] for row in rows.values() if not row["changed"]] == [[]] * 6
    assert diff(MINI_FRAMEWORK, framework(text)).clauses.filter(a_id="MIN-A-01")["differs"].item().to_list() == ["test"]


def test_why_names_both_clauses() -> None:
    found = diff(SOUTHEND, MINI_FRAMEWORK, COMPLETE, phase="primary", categories=MAPPING)
    assert found.moves is not None
    why = found.moves.frame.filter(urn=CANDIDATE)["why"].item().to_list()
    assert why == ["blue_trigger: applies no longer"]


def test_papers_of_different_years() -> None:
    rows = six(year=2019)
    old = MINI.replace("years = [2018, 2019]", "years = [2012, 2013]")
    with pytest.raises(InputError, match="under mini: .*2019"):
        diff(SOUTHEND, framework(old), rows, phase="primary")
    moves = diff(SOUTHEND, framework(old), rows, phase="primary", out_of_force="allow").moves
    assert moves is not None
    assert moves.frame["after"].to_list() == ["A", "B", "C", None, "B", "A"]


# ---- What is refused


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"frame": six()}, InputError, "phase: name the phase"),
        ({"phase": "nursery"}, UnknownNameError, "southend_2017 has no phase 'nursery'. There are: infant, junior"),
        ({"phase": "secondary"}, UnknownNameError, "mini has no phase 'secondary'. There are: primary"),
        ({"categories": {"Grün": "A"}}, UnknownNameError, "'Grün' is no category of southend_2017. There are: Green"),
        ({"categories": {"Green": "D"}}, UnknownNameError, "'D' is no category of mini. There are: A, B, C"),
        ({"categories": ["Green"]}, InputError, "a mapping from categories of southend_2017 to those of mini"),
        ({"frame": {"urn": [1]}, "phase": "primary"}, InputError, "a polars DataFrame"),
        ({"frame": pl.DataFrame({"school": [1]}), "phase": "primary"}, UnknownNameError, "'urn' is not there"),
        (
            {"frame": pl.DataFrame({"urn": [1], "consecutive_ri_count": [-1]}), "phase": "primary"},
            InputError,
            "under southend_2017: column 'consecutive_ri_count'",
        ),
        ({"frame": pl.DataFrame({"urn": ["a"]}), "phase": "primary"}, InputError, "'urn' must hold whole numbers"),
    ],
)
def test_what_is_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        diff(SOUTHEND, MINI_FRAMEWORK, **arguments)


def test_frameworks_are_needed() -> None:
    with pytest.raises(InputError, match="a: a Framework is needed, not str"):
        diff("southend_2017", SOUTHEND)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="b: a Framework is needed, not NoneType"):
        diff(SOUTHEND, None)  # type: ignore[arg-type]


def test_nobody_and_nothing_known() -> None:
    empty = diff(SOUTHEND, MINI_FRAMEWORK, six().head(0), phase="primary").moves
    assert empty is not None
    assert len(empty) == 0
    unknown = pl.DataFrame({"urn": [1], "ofsted_overall": [None]})
    moves = diff(SOUTHEND, MINI_FRAMEWORK, unknown, phase="primary").moves
    assert moves is not None
    assert moves.frame.select("before", "after", "direction", "changed").rows() == [(None, None, "unchanged", False)]


def test_a_phase_leaves_out_what_does_not_apply() -> None:
    everywhere, secondary = diff(SOUTHEND, SOUTHEND), diff(SOUTHEND, SOUTHEND, phase="secondary")
    assert len(secondary) < len(everywhere)
    primary_only = SOUTHEND.criteria().filter(pl.col("phases").list.contains("primary"))["id"]
    assert not set(primary_only.to_list()) - set(everywhere.clauses["a_id"])
    held = set(secondary.clauses["a_id"])
    listed = SOUTHEND.criteria().filter(pl.col("phases").list.len() > 0, ~pl.col("phases").list.contains("secondary"))
    assert listed.height > 0
    assert not held & set(listed["id"])


def test_summary_counts_every_clause() -> None:
    found = diff(SOUTHEND, MINI_FRAMEWORK)
    table = found.summary()
    assert table.select(pl.sum_horizontal(pl.exclude("list"))).sum().item() == len(found)
    support = table.filter(list="support").row(0, named=True)
    assert (support["removed"], support["added"]) == (SOUTHEND.criteria().filter(list="support").height, 0)


def test_shown_in_a_notebook() -> None:
    found = diff(SOUTHEND, SOUTHEND.with_threshold("close_margin", 4))
    shown = found._repr_html_()
    assert shown.startswith("<p>FrameworkDiff(southend_2017 against southend_2017: 1 clause changed, ")
    assert "SOU17-ALL-Green-05" in shown
    assert "SOU17-ALL-Green-06" not in shown
