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
