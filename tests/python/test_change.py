"""What would have to change for a school to come into another category."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import schoolframe as sf

JUNIOR: dict[str, Any] = {
    "urn": 1,
    "ks2_l4em_pct": 59.0,
    "floor_ks2_l4em_pct": 60.0,
    "nat_ks2_l4em_pct": 74.0,
    "ks2_2lp_eng_pct": 80.0,
    "nat_ks2_2lp_eng_pct": 87.0,
    "ks2_2lp_mat_pct": 90.0,
    "nat_ks2_2lp_mat_pct": 86.0,
    "ofsted_nti": False,
    "ofsted_special_measures": False,
}


def junior(**values: object) -> sf.Assignment:
    return sf.Framework.load("southend_2011").assign(pl.DataFrame([{**JUNIOR, **values}]), phase="junior")


def test_the_smallest_change_up_is_progress_in_english_to_its_median() -> None:
    changes = junior().what_would_change(1, cohort=50)
    assert isinstance(changes, sf.Changes)
    first = changes.frame.filter(pl.col("direction") == "up", pl.col("alternative") == 1)
    # Below the floor with both subjects at or above the median is 3a (line 288): 80 has to become 87, inclusive.
    assert first.select("target", "indicator", "from", "to", "change", "exact").rows() == [
        ("3a", "ks2_2lp_eng_pct", "80", "87", 7.0, True)
    ]
    assert first["pupils"].to_list() == [4]  # 3.5 pupils of 50, rounded up
    assert "Up to 3a" in str(changes)


@pytest.mark.parametrize("fixed", [["ks2_2lp_eng_pct"], ["ks2_2lp_eng_pct", "ks2_2lp_mat_pct"]])
def test_what_is_fixed_does_not_change(fixed: list[str]) -> None:
    frame = junior().what_would_change(1, fixed=fixed).frame
    assert not set(fixed) & set(frame["indicator"])


def test_the_changes_lead_where_they_say() -> None:
    frame = junior().what_would_change(1).frame.filter(pl.col("kind") == "change", pl.col("found") == 0)
    assert frame.height > 0
    for (_, target, _), rows in frame.group_by(["direction", "target", "alternative"]):
        moved = {row["indicator"]: float(row["to"]) for row in rows.iter_rows(named=True)}
        assert junior(**moved).frame["category"].item() == target, moved


def test_at_the_edge_one_step_is_enough_downwards() -> None:
    frame = junior(ks2_2lp_eng_pct=87.0).what_would_change(1).frame
    down = frame.filter(pl.col("direction") == "down", pl.col("alternative") == 1)
    assert down.select("target", "indicator", "to").rows() == [("3b", "ks2_2lp_mat_pct", "85.9")] or down.select(
        "target", "indicator", "to"
    ).rows() == [("3b", "ks2_2lp_eng_pct", "86.9")]


def test_pupils_are_whole_and_rounded_up() -> None:
    def pupils(cohort: float | dict[str, float] | None) -> dict[str, int | None]:
        frame = junior().what_would_change(1, cohort=cohort).frame.filter(pl.col("kind") == "change")
        return {f"{row['indicator']} {row['change']:g}": row["pupils"] for row in frame.iter_rows(named=True)}

    # 7 points of 50 pupils are 3.5, so 4; of 100 exactly 7; of 10 0.7, so 1.
    assert [pupils(many)["ks2_2lp_eng_pct 7"] for many in (50, 100, 10)] == [4, 7, 1]
    by = pupils({"ks2_l4em_pct": 30})
    assert by["ks2_2lp_eng_pct 7"] is None, "no pupils are known for this one"
    assert set(pupils(None).values()) == {None}
    fewer = [many for change, many in pupils(50).items() if " -" in change]
    assert fewer
    assert all(many is not None and many < 0 for many in fewer)


def test_shares_of_lessons_have_no_pupils() -> None:
    framework = sf.Framework.load("southend_2011")
    units = framework.indicators().filter(pl.col("unit") == "%")["indicator"]
    assert "teach_good_plus_pct" in units
    school = {**JUNIOR, "teach_good_plus_pct": 60.0, "teach_sat_plus_pct": 90.0, "attendance_pct": 94.0}
    frame = framework.assign(pl.DataFrame([school]), phase="junior").what_would_change(1, cohort=50).frame
    lessons = frame.filter(pl.col("indicator").str.starts_with("teach_"), pl.col("kind") == "change")
    assert lessons["pupils"].null_count() == lessons.height


@pytest.mark.parametrize("evidence", [{"ofsted_overall": 4}, {"performance_percentile": 20.0}, {"progress_grade": 2}])
def test_an_open_school_always_has_an_answer(evidence: dict[str, Any]) -> None:
    schools = pl.DataFrame([{"urn": 1, **evidence}])
    assignment = sf.Framework.load("staffordshire_2008").assign(schools, phase="primary")
    assert assignment.frame["status"].item() == "undetermined"
    changes = assignment.what_would_change(1)
    possible = set(assignment.frame["possible"].item())
    said = {target for target in possible if any(f"into {target}" in note for note in changes.notes)}
    assert set(changes.frame["target"]) | said == possible
    assert {"1", "4"} <= set(changes.frame["target"])


def test_a_missing_national_figure_is_no_finding_about_the_school() -> None:
    held = {name: value for name, value in JUNIOR.items() if name != "nat_ks2_2lp_eng_pct"}
    assignment = sf.Framework.load("southend_2011").assign(pl.DataFrame([held]), phase="junior")
    assert assignment.frame["status"].item() == "undetermined"
    changes = assignment.what_would_change(1)
    # Everything about the school is known: nothing but the figure itself can settle it, and that is said.
    assert set(changes.frame["indicator"]) == {"nat_ks2_2lp_eng_pct"}
    words = "the national figure for ks2_2lp_eng_pct (nat_ks2_2lp_eng_pct) is not in the data"
    assert all(words in note for note in changes.notes)
    assert len(changes.notes) == len(set(changes.frame["target"]))


def test_findings_about_the_school_come_before_published_figures() -> None:
    unknown = {"nat_ks2_2lp_eng_pct", "ofsted_special_measures"}
    held = {name: value for name, value in JUNIOR.items() if name not in unknown}
    changes = sf.Framework.load("southend_2011").assign(pl.DataFrame([held]), phase="junior").what_would_change(1)
    found = dict(changes.frame.group_by("target").agg("indicator").iter_rows())
    # Special measures lead to 3b whatever the median is; 3a takes the median as well.
    assert found["3b"] == ["ofsted_special_measures"]
    assert set(found["3a"]) == unknown
    assert [note.split(":")[0] for note in changes.notes] == ["Settled into 3a"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"urn": 9}, sf.exceptions.InputError, "urn 9: no such school was assigned"),
        ({"urn": 1, "limit": 0}, sf.exceptions.InputError, "limit"),
        ({"urn": 1, "cohort": -5}, sf.exceptions.InputError, "pupils"),
        ({"urn": 1, "fixed": ["ks2_2lp_english"]}, sf.exceptions.UnknownNameError, "ks2_2lp_english"),
    ],
)
def test_bad_requests_are_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        junior().what_would_change(**arguments)
