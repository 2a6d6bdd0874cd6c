"""What would change: who moves, why, and why nobody does."""

from __future__ import annotations

import warnings
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import schoolframe as sf
from _profiles import CANDIDATE, GREEN, NEARLY, OPEN, RED, SOUTHEND, assigned, frame, school, six
from _southend import southend
from conftest import ROOT
from schoolframe._what_if import Moves, NoEffectWarning, compare_assignments, sensitivity, what_if
from schoolframe.exceptions import FrameworkError, InputError, UnknownNameError


def row(moves: Moves, urn: int) -> dict[str, Any]:
    return moves.frame.filter(pl.col("urn") == urn).row(0, named=True)


def no_effect(rows: pl.DataFrame, **changes: Any) -> str:
    """Return the reason of a change that must have none."""
    with pytest.warns(NoEffectWarning) as caught:
        moves = what_if(SOUTHEND, rows, phase="primary", **changes)
    assert moves.changed.is_empty()
    assert str(caught[0].message) == f"no school moves: {moves.no_effect}"
    assert caught[0].filename == __file__
    return moves.no_effect or ""


def test_columns() -> None:
    moves = what_if(SOUTHEND, six(), phase="primary", readings={"AMB-S17-BLUE": "B"})
    assert moves.frame.columns == [
        "urn",
        "year",
        "before",
        "after",
        "status_before",
        "status_after",
        "possible_before",
        "possible_after",
        "direction",
        "results",
        "changed",
        "why",
    ]


def test_blue_only_from_red() -> None:
    moves = what_if(SOUTHEND, six(), phase="primary", readings={"AMB-S17-BLUE": "B"})
    assert moves.changed["urn"].to_list() == [CANDIDATE, NEARLY]
    candidate, nearly = row(moves, CANDIDATE), row(moves, NEARLY)
    assert (candidate["before"], candidate["after"], candidate["direction"]) == ("Blue", "Amber", "better")
    assert (candidate["status_before"], candidate["status_after"]) == ("candidate", "determined")
    assert candidate["why"] == ["blue_trigger: applies no longer"]
    assert (nearly["before"], nearly["after"], nearly["direction"]) == (None, "Green", "settled")
    assert (nearly["possible_before"], nearly["possible_after"]) == (["Green", "Blue"], ["Green"])
    assert row(moves, GREEN)["why"] == []
    assert moves.no_effect is None
    assert repr(moves) == "Moves(6 schools: 1 better, 1 settled, 4 unchanged)"
    assert moves.summary().rows() == [
        ("better", 1, pytest.approx(100 / 6), 1),
        ("worse", 0, 0.0, 0),
        ("opened", 0, 0.0, 0),
        ("settled", 1, pytest.approx(100 / 6), 0),
        ("unchanged", 4, pytest.approx(400 / 6), 0),
    ]


def test_an_adjustment_that_comes_and_one_that_goes() -> None:
    moves = what_if(SOUTHEND, six(), phase="primary", readings={"AMB-S17-OFSTEDCAT": "B"})
    assert moves.changed["urn"].to_list() == [RED]
    red = row(moves, RED)
    assert (red["before"], red["after"], red["status_after"], red["direction"]) == ("Red", "Blue", "candidate", "worse")
    assert red["why"] == ["ofsted_category_blue: applies now", "ofsted_category_red: applies no longer"]


def test_criteria_that_begin_to_count() -> None:
    moves = what_if(SOUTHEND, six(), phase="primary", readings={"AMB-S17-TABLE": "B"})
    green = row(moves, GREEN)
    assert (green["after"], green["direction"]) == (None, "opened")
    assert "SOU17-ALL-GreenT-01: counts now (unknown)" in green["why"]
    back = compare_assignments(SOUTHEND.with_reading("AMB-S17-TABLE", "B").assign(six(), phase="primary"), assigned())
    assert row(back, GREEN)["direction"] == "settled"
    assert "SOU17-ALL-GreenT-01: counts no longer (was unknown)" in row(back, GREEN)["why"]


@pytest.mark.parametrize(("margin", "moved"), [(4.9, True), (5.0, False), (5.1, False)])
def test_at_just_under_and_just_over_the_threshold(margin: float, moved: bool) -> None:
    """English 85 against 90 is close at 5.0 and not at 4.9; with six Green criteria against five Red it decides."""
    rows = frame(school(1, "six_and_six", coasting_status="none", expected_progress_eng_pct=85.0), school(2, "red"))
    held = SOUTHEND.assign(rows, phase="primary").frame.row(0, named=True)
    assert (held["green_met"], held["red_met"], held["category"]) == (6, 5, "Green")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoEffectWarning)
        moves = what_if(SOUTHEND, rows, phase="primary", thresholds={"close_margin": margin})
    only = row(moves, 1)
    assert only["changed"] is moved
    assert (only["direction"], only["after"]) == (("worse", "Red") if moved else ("unchanged", "Green"))
    assert only["why"] == (["SOU17-ALL-Green-05: not met, was met"] if moved else [])
    assert row(moves, 2)["changed"] is False


def test_the_direction_turns_with_the_order() -> None:
    other = SOUTHEND.with_reading("AMB-S17-BLUE", "B").assign(six(), phase="primary")
    there, back = compare_assignments(assigned(), other), compare_assignments(other, assigned())
    turned = {"better": "worse", "worse": "better", "opened": "settled", "settled": "opened", "unchanged": "unchanged"}
    assert [turned[name] for name in there.frame["direction"]] == back.frame["direction"].to_list()
    assert there.frame["changed"].to_list() == back.frame["changed"].to_list()


def test_new_evidence_under_the_same_rules() -> None:
    rows = six().with_columns(
        safety_threatened=pl.when(pl.col("urn") == NEARLY).then(statement=False).otherwise("safety_threatened"),
        ofsted_overall=pl.when(pl.col("urn") == OPEN).then(2).otherwise("ofsted_overall"),
    )
    moves = compare_assignments(assigned(), assigned(rows))
    assert moves.changed.select("urn", "direction", "why").rows() == [
        (NEARLY, "settled", ["SOU17-ALL-Blue-07: not met, was unknown"])
    ]
    same = compare_assignments(assigned(), assigned())
    assert same.no_effect == "the rules are identical"
    assert same.summary().filter(direction="unchanged")["schools"].item() == 6


def test_another_set_of_possible_categories_is_a_change() -> None:
    then = frame(school(1, "six_and_six", joint_judgement=None, safety_threatened=None))
    now = then.with_columns(safety_threatened=pl.lit(value=False))
    moves = compare_assignments(assigned(then), assigned(now))
    only = row(moves, 1)
    assert (only["possible_before"], only["possible_after"]) == (["Green", "Red", "Blue"], ["Green", "Red"])
    assert (only["direction"], only["changed"], moves.no_effect) == ("unchanged", True, None)
    assert only["why"] == ["SOU17-ALL-Blue-07: not met, was unknown"]


# ---- Papers with other results, and with phases made of others


def paper(name: str) -> sf.Framework:
    return sf.Framework.load(ROOT / "src" / "frameworks" / "data" / f"{name}.toml")


def test_another_result_is_a_change() -> None:
    """A school under notice to improve is in stage 2 by the chart alone; its category stays as open as it was."""
    rows = pl.DataFrame({"urn": [1, 2], "ofsted_category": ["notice_to_improve", "none"]})
    moves = what_if(paper("staffordshire_2008"), rows, phase="secondary", readings={"AMB-STA-CHART": "B"})
    assert moves.frame.select("direction", "results", "changed").rows() == [
        ("unchanged", ["stage: 2, was none"], True),
        ("unchanged", [], False),
    ]
    assert "STA08-X-007: the rule itself differs" in row(moves, 1)["why"]


def test_a_phase_made_of_others() -> None:
    """The rules for infants and juniors decide about primary schools."""
    rows = pl.DataFrame({"urn": [1, 2], "ofsted_special_measures": [True, None], "ofsted_nti": [False, None]})
    moves = what_if(paper("southend_2011"), rows, phase="primary", readings={"AMB-S11-NTI": "B"})
    measures = row(moves, 1)
    assert (measures["before"], measures["after"], measures["direction"]) == (None, "4", "settled")
    assert measures["possible_before"] == ["3b", "4"]
    assert measures["results"] == ["infant_category: 4, was none", "junior_category: 4, was none"]
    assert "special_measures_infant: applies now" in measures["why"]
    table = sensitivity(paper("southend_2011"), rows, "primary")
    assert table.filter(reading="AMB-S11-NTI", option="B").select("moved", "settled", "decides").row(0) == (1, 1, True)


def test_rules_of_another_phase_do_not_count() -> None:
    rows = pl.DataFrame({"urn": [1], "ofsted_special_measures": [True]})
    with pytest.warns(NoEffectWarning, match="the rules that put special schools in categories are identical"):
        what_if(paper("southend_2011"), rows, phase="special", readings={"AMB-S11-MEDIAN86": "B"})
    table = sensitivity(paper("southend_2011"), rows, "special")
    assert table.filter(reading="AMB-S11-MEDIAN86")["decides"].to_list() == [False]


# ---- Why nobody moves


def test_identical_rules() -> None:
    assert no_effect(six(), thresholds={"close_margin": 5}) == "the rules are identical"
    assert no_effect(six(), readings={"AMB-S17-BLUE": "A"}) == "the rules are identical"


def test_rules_that_do_not_decide() -> None:
    reason = no_effect(six(), thresholds={"drop_size": 3})
    assert reason.endswith("identical: SOU17-ALL-FLAG-06 only inform, raise a flag or stand in a register")
    reason = no_effect(six(), readings={"AMB-S17-CUMUL": "B"})
    assert reason == "the rules that put primary schools in categories are identical"
    assert no_effect(six(), thresholds={"improvement_terms": 3}) == reason


def test_nobody_is_known() -> None:
    reason = no_effect(frame(school(1), school(2)), thresholds={"close_margin": 4})
    assert reason.startswith("no school's evidence reaches SOU17-ALL-Green-05: unknown for all 2 schools; not known: ")
    assert "expected_progress_eng_pct, expected_progress_mat_pct" in reason
    assert "unknown for the one school" in no_effect(frame(school(1)), thresholds={"close_margin": 4})
    reason = no_effect(frame(school(1, "green", inconsistent_results=None)), readings={"AMB-S17-2RI": "B"})
    assert reason.startswith("no school's evidence reaches SOU17-ALL-RedT-03: unknown for the one school")


def test_nobody_is_near() -> None:
    reason = no_effect(six(), thresholds={"close_margin": 4})
    # Maths of the Amber school: 80 against 88 - 4.
    assert reason == (
        "no school lies between the old limit and the new one (SOU17-ALL-Green-05); nearest to the new limit is "
        "school 100001, expected_progress_mat_pct 80 against 84, 4 away"
    )


def test_other_criteria_decide() -> None:
    reason = no_effect(six(), thresholds={"close_margin": 11})
    assert reason == (
        "the truth of SOU17-ALL-Green-05 differs for 2 schools, but no category hangs on it: other criteria decide"
    )
    reason = no_effect(six(), thresholds={"majority": 40})
    assert reason == "every school comes to the same under the old rule and the new one (best_fit)"
    # What begins to count and is not known has no truth that could differ.
    reason = no_effect(six(), readings={"AMB-S17-MAJ": "B"})
    assert reason.endswith("the new one (SOU17-ALL-Green-14, SOU17-ALL-Amber-15, best_fit)")


def test_nobody_there() -> None:
    assert no_effect(six().head(0), thresholds={"close_margin": 4}) == "there are no schools"
    assert no_effect(pl.DataFrame(schema={"urn": pl.Int64}), readings={"AMB-S17-BLUE": "B"}) == "there are no schools"


def test_a_change_with_effect_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert what_if(SOUTHEND, six(), phase="primary", readings={"AMB-S17-BLUE": "B"}).changed.height == 2


def test_published_figures_do_not_reach_a_margin_of_expected_progress() -> None:
    """Expected progress ended in 2015: on the figures of 2018/19 its margin cannot matter."""
    rows = southend()
    with pytest.warns(NoEffectWarning, match="no school's evidence reaches SOU17-ALL-Green-05: unknown for all 12"):
        what_if(SOUTHEND, rows, phase="secondary", thresholds={"close_margin": 4})


# ---- Clauses


def edited(framework: sf.Framework, old: str, new: str) -> sf.Framework:
    """Return a framework from the text of another one with a change."""
    text = framework._native.text
    assert old in text
    return sf.Framework(type(framework._native).from_toml(text.replace(old, new), "southend_2017.toml"))


CLAUSE = """
[[criterion]]
id = "NEW-1"
category = "Amber"
part = "appendix_i"
line = 456
kind = "judgement"
text = "Good capacity to improve"
test = { indicator = "capacity_to_improve", is = "good" }
"""


def test_without_a_clause() -> None:
    moves = what_if(SOUTHEND, six(), phase="primary", without="SOU17-ALL-Blue-07")
    assert moves.changed.select("urn", "before", "after", "direction").rows() == [
        (CANDIDATE, "Blue", "Amber", "better"),
        (NEARLY, None, "Green", "settled"),
    ]
    assert row(moves, CANDIDATE)["why"][0] == "SOU17-ALL-Blue-07: counts no longer (was met)"
    assert row(moves, NEARLY)["why"][0] == "SOU17-ALL-Blue-07: counts no longer (was unknown)"
    both = what_if(SOUTHEND, six(), phase="primary", without=["SOU17-ALL-Blue-07", "SOU17-ALL-Blue-08"])
    assert_frame_equal(both.frame.drop("why"), moves.frame.drop("why"))
    with pytest.raises(UnknownNameError, match="SOU17-ALL-Blue-99"):
        what_if(SOUTHEND, six(), phase="primary", without="SOU17-ALL-Blue-99")


def test_with_another_clause() -> None:
    """One more Amber criterion: the school has 1 of 15 and still 13 of 13 Green ones, so nothing hangs on it."""
    with pytest.warns(NoEffectWarning, match="no category hangs on it: other criteria decide"):
        what_if(SOUTHEND, six(), phase="primary", clauses=[(CLAUSE, ("Amber", "NEW-1"))])
    # Five Red criteria of 13 become seven of 15, 46.7 per cent; six Green ones of 13 are 46.2 per cent.
    rows = frame(school(1, "six_and_six", coasting_status="none"))
    red = CLAUSE.replace("Amber", "Red").replace('is = "good"', 'is = "poor"')
    clauses = [(red.replace("NEW-1", name), ("Red", name)) for name in ("NEW-1", "NEW-2")]
    moves = what_if(SOUTHEND, rows, phase="primary", clauses=clauses)
    assert (row(moves, 1)["before"], row(moves, 1)["after"], row(moves, 1)["direction"]) == ("Green", "Red", "worse")
    assert row(moves, 1)["why"] == ["NEW-1: counts now (met)", "NEW-2: counts now (met)"]
    with pytest.raises(FrameworkError):
        what_if(SOUTHEND, rows, phase="primary", clauses="nonsense")


def test_years_out_of_force() -> None:
    rows = six(year=2012)
    with pytest.raises(InputError, match="2012"):
        what_if(SOUTHEND, rows, phase="primary", readings={"AMB-S17-BLUE": "B"})
    moves = what_if(SOUTHEND, rows, phase="primary", readings={"AMB-S17-BLUE": "B"}, out_of_force="allow")
    assert moves.changed.height == 2
    assert sensitivity(SOUTHEND, rows, "primary", out_of_force="allow")["moved"].max() == 3
    wrong = six().with_columns(ofsted_overall=pl.when(pl.col("urn") == RED).then(9).otherwise("ofsted_overall"))
    moves = what_if(SOUTHEND, wrong, phase="primary", readings={"AMB-S17-BLUE": "B"}, invalid="null")
    assert row(moves, RED)["status_after"] == "invalid"
    assert row(moves, RED)["changed"] is False


# ---- What is refused


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({}, InputError, "name a change: thresholds, readings, without or clauses"),
        ({"thresholds": {}, "readings": {}}, InputError, "name a change"),
        ({"thresholds": {"close": 4}}, UnknownNameError, "threshold 'close' does not exist"),
        ({"readings": {"AMB-S17-BLEU": "B"}}, UnknownNameError, "reading 'AMB-S17-BLEU' does not exist"),
        ({"thresholds": {"progress_years": 2.5}}, FrameworkError, "whole number"),
    ],
)
def test_changes_that_are_none(changes: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        what_if(SOUTHEND, six(), phase="primary", **changes)


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        (pl.DataFrame({"school": [1]}), UnknownNameError, "column 'urn' is not there"),
        (pl.DataFrame({"urn": ["a"]}), InputError, "'urn' must hold whole numbers"),
        (pl.DataFrame({"urn": [None]}), InputError, "'urn' must hold whole numbers"),
        (pl.DataFrame({"urn": [1], "ofsted_overall": [9]}), InputError, "must be one of 1, 2, 3, 4"),
        ({"urn": [1]}, InputError, "a polars DataFrame"),
    ],
)
def test_evidence_that_is_none(rows: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        what_if(SOUTHEND, rows, phase="primary", readings={"AMB-S17-BLUE": "B"})
    with pytest.raises(error, match=message):
        sensitivity(SOUTHEND, rows, "primary")


def test_assignments_that_do_not_go_together() -> None:
    fewer = assigned(six().head(4))
    with pytest.raises(InputError, match="after: 2 schools of the other assignment are missing: school 100004; school"):
        compare_assignments(assigned(), fewer)
    with pytest.raises(InputError, match="before: 2 schools of the other assignment are missing"):
        compare_assignments(fewer, assigned())
    with pytest.raises(InputError, match="the phases must be the same, they are primary and secondary"):
        compare_assignments(assigned(), assigned(phase="secondary"))
    with pytest.raises(InputError, match="before: the result of Framework.assign is needed, not DataFrame"):
        compare_assignments(six(), assigned())  # type: ignore[arg-type]
    # Another paper with the same categories can be compared, one with others cannot.
    own = edited(SOUTHEND, 'id = "southend_2017"', 'id = "own"')
    assert compare_assignments(assigned(), own.assign(six(), phase="primary")).changed.is_empty()
    text = SOUTHEND._native.text.replace('"Blue"', '"Violet"').replace("\nBlue = ", "\nViolet = ")
    violet = sf.Framework(type(SOUTHEND._native).from_toml(text, "violet.toml"))
    with pytest.raises(InputError, match=r"the categories of southend_2017 \(Green, .* framework_diff.diff compares"):
        compare_assignments(assigned(), violet.assign(six(), phase="primary"))


def test_years_are_kept_apart() -> None:
    rows = pl.concat([six(year=2018), six(year=2019)])
    moves = what_if(SOUTHEND, rows, phase="primary", readings={"AMB-S17-BLUE": "B"})
    assert moves.changed.select("urn", "year").rows() == [
        (CANDIDATE, 2018),
        (NEARLY, 2018),
        (CANDIDATE, 2019),
        (NEARLY, 2019),
    ]
    assert all(len(why) == 1 for why in moves.changed["why"])


def test_any_frame_is_taken() -> None:
    expected = what_if(SOUTHEND, six(), phase="primary", readings={"AMB-S17-BLUE": "B"}).frame
    for form in (six().lazy(), six().to_arrow(), six().with_columns(pl.col("urn").cast(pl.Float64))):
        moves = what_if(SOUTHEND, form, phase="primary", readings={"AMB-S17-BLUE": "B"})
        assert_frame_equal(moves.frame, expected)


# ---- Sensitivity


def test_sensitivity_agrees_with_trying_each_option() -> None:
    table = sensitivity(SOUTHEND, six(), "primary")
    assert table.height == SOUTHEND.readings().filter(~pl.col("chosen")).height
    for option in table.iter_rows(named=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoEffectWarning)
            moves = what_if(SOUTHEND, six(), phase="primary", readings={option["reading"]: option["option"]})
        counts = dict(moves.summary().select("direction", "schools").iter_rows())
        for direction in ("better", "worse", "opened", "settled"):
            assert option[direction] == counts[direction], (option["reading"], direction)
        assert option["moved"] == 6 - counts["unchanged"]
        assert option["touched"] == moves.changed.height
        assert option["decides"] or option["touched"] == 0
    assert table["moved"].to_list() == sorted(table["moved"], reverse=True)
    assert table.select("reading", "option", "moved").row(0) == ("AMB-S17-TABLE", "B", 3)


def test_an_option_that_cannot_be_chosen_beside_another() -> None:
    chosen = SOUTHEND.with_reading("AMB-S17-THR-UNIT", "B")
    row = sensitivity(chosen, six(), "primary").filter(reading="AMB-S17-THR-EQ").row(0, named=True)
    assert "both change the rule of SOU17-ALL-DATA-01" in row["note"]
    assert (row["moved"], row["decides"]) == (None, None)
    # The way back to the default is an option as well.
    back = sensitivity(chosen, six(), "primary").filter(reading="AMB-S17-THR-UNIT")
    assert back.select("option", "moved").rows() == [("A", 0)]


def test_sensitivity_of_nobody() -> None:
    table = sensitivity(SOUTHEND, six().head(0), "primary")
    assert table["moved"].sum() == 0
    assert table["schools"].unique().to_list() == [0]
    with pytest.raises(UnknownNameError, match="phase 'primry' does not exist"):
        sensitivity(SOUTHEND, six(), "primry")


FLAGS = ["safety_threatened", "serious_finance_concern", "aspects_not_yet_good", "safeguarding_effective"]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["green", "amber", "red", "seven_green", "six_and_six"]),
            st.lists(st.sampled_from([True, False, None]), min_size=4, max_size=4),
            st.sampled_from([1, 2, 3, 4, None]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([("AMB-S17-BLUE", "B"), ("AMB-S17-OFSTEDCAT", "B"), ("AMB-S17-LIMBS", "B"), ("AMB-S17-MAJ", "B")]),
)
def test_directions_follow_from_both_assignments(schools: list[Any], reading: tuple[str, str]) -> None:
    rows = frame(
        *(
            school(at, name, **dict(zip(FLAGS, values, strict=True)), ofsted_overall=grade)
            for at, (name, values, grade) in enumerate(schools)
        )
    )
    before = SOUTHEND.assign(rows, phase="primary")
    after = SOUTHEND.with_reading(*reading).assign(rows, phase="primary")
    moves = compare_assignments(before, after)
    names = SOUTHEND.category_names
    firmness = {"determined": 2, "candidate": 1, "undetermined": 0, "conflict": 0}
    for one in moves.frame.iter_rows(named=True):
        if one["before"] and one["after"] and one["before"] != one["after"]:
            better = names.index(one["after"]) < names.index(one["before"])
            assert one["direction"] == ("better" if better else "worse")
        else:
            change = firmness[one["status_after"]] - firmness[one["status_before"]]
            assert one["direction"] == ("settled" if change > 0 else "opened" if change < 0 else "unchanged")
        same = all(one[f"{name}_before"] == one[f"{name}_after"] for name in ("status", "possible"))
        assert one["changed"] == (not same or one["before"] != one["after"])
        assert bool(one["why"]) == one["changed"]
    assert (moves.no_effect is None) == (moves.changed.height > 0)


def test_shown_in_a_notebook() -> None:
    moves = what_if(SOUTHEND, six(), phase="primary", readings={"AMB-S17-BLUE": "B"})
    assert moves._repr_html_().startswith("<p>Moves(6 schools: 1 better, 1 settled, 4 unchanged)</p><")
    nothing = compare_assignments(assigned(), assigned())
    assert "<p>the rules are identical</p>" in nothing._repr_html_()
