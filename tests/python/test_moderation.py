"""Moderation: decisions beside the rules, what is refused, and the audit counted by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from _profiles import AMBER, CANDIDATE, GREEN, NEARLY, OPEN, RED, SOUTHEND, assigned, frame, school, six
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.moderation import Moderation, moderate

DAY = dt.date(2018, 10, 1)
SCHEMA: dict[str, Any] = {
    "urn": pl.Int64,
    "moderated": pl.String,
    "decided_by": pl.String,
    "decided_on": pl.Date,
    "reason": pl.String,
    "agreed_by_school": pl.Boolean,
}
ASSIGNMENT = assigned()


def decision(urn: int, moderated: str, reason: str | None = "visit", **other: Any) -> dict[str, Any]:
    return {
        "urn": urn,
        "moderated": moderated,
        "decided_by": "sub-group",
        "decided_on": DAY,
        "reason": reason,
        "agreed_by_school": None,
        **other,
    }


def decisions(*rows: dict[str, Any]) -> pl.DataFrame:
    extra = {name: pl.Int64 if name == "year" else pl.String for row in rows for name in row if name not in SCHEMA}
    return pl.DataFrame(list(rows), schema={**SCHEMA, **extra})


def of(moderation: Moderation, urn: int) -> dict[str, Any]:
    return moderation.frame.filter(pl.col("urn") == urn).row(0, named=True)


def test_the_six_are_what_they_are_meant_to_be() -> None:
    assert ASSIGNMENT.frame.select("category", "status", "otherwise", "possible").rows() == [
        ("Green", "determined", None, ["Green"]),
        ("Amber", "determined", None, ["Amber"]),
        ("Red", "determined", None, ["Red"]),
        (None, "undetermined", None, ["Green", "Amber", "Red", "Blue"]),
        ("Blue", "candidate", "Amber", ["Blue"]),
        (None, "undetermined", None, ["Green", "Blue"]),
    ]


def test_without_decisions_only_settled_categories_are_final() -> None:
    result = moderate(ASSIGNMENT, decisions())
    assert result.frame["final"].to_list() == ["Green", "Amber", "Red", None, None, None]
    assert result.frame["awaiting"].to_list() == [False, False, False, True, True, True]
    assert result.awaiting["urn"].to_list() == [OPEN, CANDIDATE, NEARLY]
    for column in ("overridden", "direction", "steps", "moderated", "outside_possible"):
        assert result.frame[column].null_count() == 6, column
    assert repr(result) == "Moderation(southend_2017: 6 schools, 0 decided, 0 overridden, 3 awaiting)"


@pytest.mark.parametrize(
    ("urn", "moderated", "overridden", "direction", "steps", "outside"),
    [
        (GREEN, "Green", False, "same", 0, False),
        (GREEN, "Blue", True, "worse", -3, True),
        (AMBER, "Green", True, "better", 1, True),
        (AMBER, "Red", True, "worse", -1, True),
        (RED, "Green", True, "better", 2, True),
        (OPEN, "Red", False, "settles", None, False),
        (CANDIDATE, "Blue", False, "settles", None, False),
        (CANDIDATE, "Amber", False, "settles", None, False),  # the category without the decision
        (CANDIDATE, "Green", False, "settles", None, True),
        (NEARLY, "Green", False, "settles", None, False),
        (NEARLY, "Amber", False, "settles", None, True),
    ],
)
def test_one_decision(
    urn: int, moderated: str, overridden: bool, direction: str, steps: int | None, outside: bool
) -> None:
    row = of(moderate(ASSIGNMENT, decisions(decision(urn, moderated))), urn)
    assert row["final"] == row["moderated"] == moderated
    assert (row["overridden"], row["direction"], row["steps"]) == (overridden, direction, steps)
    assert row["outside_possible"] is outside
    assert (row["awaiting"], row["decided_by"], row["decided_on"], row["reason"]) == (False, "sub-group", DAY, "visit")


def test_the_rest_of_the_candidates_evidence_may_be_open() -> None:
    # Nothing but the trigger is known: without the decision any category may be right.
    lone = assigned(frame(school(CANDIDATE, safety_threatened=True)))
    assert lone.frame.select("status", "otherwise").row(0) == ("candidate", None)
    assert of(moderate(lone, decisions(decision(CANDIDATE, "Red", None))), CANDIDATE)["outside_possible"] is None


def test_the_latest_decision_counts_and_earlier_ones_are_kept() -> None:
    rows = [
        decision(AMBER, "Green", decided_on=dt.date(2019, 3, 1), decided_by="director"),
        decision(AMBER, "Red", decided_on=dt.date(2018, 10, 1)),
        decision(AMBER, "Amber", decided_on=dt.date(2019, 1, 1), reason=None),
    ]
    result = moderate(ASSIGNMENT, decisions(*rows))
    assert of(result, AMBER)["final"] == "Green"
    assert of(result, AMBER)["decided_by"] == "director"
    assert result.decisions["in_force"].to_list() == [True, False, False]
    assert result.decisions["moderated"].to_list() == ["Green", "Red", "Amber"]
    assert result.provenance["decisions_in_force"] == 1
    assert result.provenance["decisions_superseded"] == 2
    assert result.frame.height == 6


def test_the_evidence_is_not_touched() -> None:
    result = moderate(ASSIGNMENT, decisions(decision(AMBER, "Red"))).frame
    expected = ASSIGNMENT.frame.select("urn", "year", "phase", provisional="category", provisional_status="status")
    assert_frame_equal(result.select(expected.columns), expected)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([decision(AMBER, "Purple")], r"'moderated' must be a category of southend_2017 \(Green, Amber, Red, Blue\)"),
        ([decision(AMBER, "amber")], r"'amber' \(school 100001\) \(did you mean 'Amber'\?\)"),
        ([decision(AMBER, "Red", None)], r"'reason' must say why .*1 value breaks this rule: Amber moderated to Red"),
        ([decision(AMBER, "Red", "  ")], "'reason' must say why"),
        ([decision(NEARLY, "Red", None)], r"'reason' .* open moderated to Red \(school 100005\)"),
        ([decision(999_999, "Red")], "'urn' must name schools that were assigned; 1 value breaks this rule: 999999"),
        (
            [decision(AMBER, "Red"), decision(AMBER, "Green")],
            r"'decided_on' must differ .* 2018-10-01 \(school 100001\)",
        ),
        ([decision(AMBER, "Red", decided_by=" ")], "'decided_by' must say who decided"),
        ([decision(AMBER, "Red", decided_on=None)], "'decided_on' must say on which day"),
        ([{**decision(AMBER, "Red"), "urn": None}], "'urn' must name the school; 1 value breaks this rule: missing"),
        ([{**decision(AMBER, "Red"), "moderated": None}], r"'moderated' must name the category .* \(school 100001\)"),
        (
            [decision(AMBER, "Red", provisional="Green")],
            r"'provisional' must be the category .*'Green', now 'Amber' \(school 100001\)",
        ),
        (
            [decision(NEARLY, "Blue", provisional="Green")],
            r"'Green', now open \(Green, Blue\) \(school 100005\)",
        ),
        ([decision(AMBER, "Red", provisional="Grey")], "'provisional' must be a category of southend_2017"),
        ([decision(AMBER, "Red", provisonal="Amber")], "'provisonal' is not known; did you mean 'provisional'"),
        ([decision(AMBER, "Red", year=2018)], "'year' names years, and the schools were assigned without any"),
    ],
)
def test_what_is_refused(rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        moderate(ASSIGNMENT, decisions(*rows))


def test_up_to_five_examples() -> None:
    rows = [decision(900_000 + at, "Red") for at in range(7)]
    with pytest.raises(InputError, match="7 values break this rule: 900000; 900001; 900002; 900003; 900004; ...$"):
        moderate(ASSIGNMENT, decisions(*rows))


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("urn", ["100001"], "'urn' must hold whole numbers, it holds String"),
        ("urn", [100001.5], "'urn' must hold whole numbers; 1 value breaks this rule: 100001.5"),
        ("urn", [float("nan")], "'urn' must hold whole numbers; 1 value breaks this rule: nan"),
        ("moderated", [1.5], "'moderated' must hold texts, it holds Float64"),
        ("moderated", [3], "must be a category of southend_2017"),
        ("decided_on", ["2018-10-01"], "'decided_on' must hold dates, it holds String; make them dates first"),
        ("decided_by", [7], "'decided_by' must hold texts, it holds Int64"),
        ("reason", [True], "'reason' must hold texts, it holds Boolean"),
        ("agreed_by_school", ["yes"], "'agreed_by_school' must hold true, false or nothing, it holds String"),
    ],
)
def test_wrong_types_are_refused(column: str, values: list[Any], message: str) -> None:
    rows = decisions(decision(AMBER, "Amber")).with_columns(pl.Series(column, values))
    with pytest.raises(InputError, match=message):
        moderate(ASSIGNMENT, rows)


def test_types_that_mean_the_same_are_taken() -> None:
    rows = decisions(decision(AMBER, "Red")).with_columns(
        pl.col("urn").cast(pl.Float64),
        pl.col("moderated").cast(pl.Categorical),
        pl.col("decided_on").cast(pl.Datetime),
        agreed_by_school=pl.lit(None),
    )
    expected = moderate(ASSIGNMENT, decisions(decision(AMBER, "Red"))).frame
    for form in (rows, rows.lazy(), rows.to_arrow()):
        assert_frame_equal(moderate(ASSIGNMENT, form).frame, expected)


def test_a_missing_column_lists_what_exists() -> None:
    with pytest.raises(UnknownNameError, match="decisions: column 'reason' is not there"):
        moderate(ASSIGNMENT, decisions().drop("reason"))
    with pytest.raises(InputError, match="decisions: a polars DataFrame"):
        moderate(ASSIGNMENT, {"urn": [1]})


def test_an_all_missing_column_of_schools_is_refused() -> None:
    rows = pl.DataFrame([dict.fromkeys(SCHEMA)] * 2)
    with pytest.raises(InputError, match="'urn' must name the school; 2 values break this rule"):
        moderate(ASSIGNMENT, rows)


def test_empty_on_both_sides() -> None:
    nobody = assigned(pl.DataFrame(schema={"urn": pl.Int64}))
    result = moderate(nobody, decisions())
    assert (len(result), result.decisions.height) == (0, 0)
    audit = result.audit()
    assert audit["n"].sum() == 0
    assert audit["share"].null_count() == audit.height
    assert result.audit("decided_by").is_empty()


def test_years() -> None:
    two = assigned(pl.concat([six(year=2018), six(year=2019)]))
    with pytest.raises(
        InputError, match=r"'year' is needed, 1 school was assigned for several years: school 100001 \("
    ):
        moderate(two, decisions(decision(AMBER, "Red")))
    result = moderate(two, decisions(decision(AMBER, "Red", year=2019)))
    assert result.frame.filter(pl.col("urn") == AMBER).select("year", "final").rows() == [
        (2018, "Amber"),
        (2019, "Red"),
    ]
    with pytest.raises(InputError, match=r"100001 in 2020 \(assigned: 2018, 2019\)"):
        moderate(two, decisions(decision(AMBER, "Red", year=2020)))
    # One year per school: the year may be left out, or be missing in a row.
    one = assigned(six(year=2018))
    some = decisions(decision(AMBER, "Red", year=2018), {**decision(RED, "Amber"), "year": None})
    assert moderate(one, some).frame["moderated"].to_list() == [None, "Red", "Amber", None, None, None]


def test_several_phases_at_once() -> None:
    both = [assigned(six().filter(pl.col("urn") < RED)), assigned(six().filter(pl.col("urn") >= RED), "secondary")]
    result = moderate(both, decisions(decision(AMBER, "Red"), decision(RED, "Amber")))
    assert result.frame["phase"].to_list() == ["primary"] * 2 + ["secondary"] * 4
    assert result.frame["final"].to_list() == ["Green", "Red", "Amber", None, None, None]
    with pytest.raises(InputError, match="'urn' must occur once in all assignments together; 6 values"):
        moderate([ASSIGNMENT, ASSIGNMENT], decisions())
    other = SOUTHEND.with_reading("AMB-S17-BLUE", "B").assign(six().head(1), phase="secondary")
    with pytest.raises(InputError, match="under one framework, readings and thresholds included"):
        moderate([ASSIGNMENT, other], decisions())
    with pytest.raises(InputError, match="at least one"):
        moderate([], decisions())
    with pytest.raises(InputError, match=r"Framework.assign is needed, or a list of them, not DataFrame"):
        moderate(ASSIGNMENT.frame, decisions())  # type: ignore[arg-type]


def test_term_is_carried_along() -> None:
    result = moderate(ASSIGNMENT, decisions(decision(AMBER, "Red", term="autumn 2018")))
    assert of(result, AMBER)["term"] == "autumn 2018"
    assert result.audit("term").filter(measure="overridden").select("term", "count").rows() == [("autumn 2018", 1)]


# ---- The audit


AUDITED = moderate(
    ASSIGNMENT,
    decisions(
        decision(GREEN, "Green", None, agreed_by_school=True),
        decision(AMBER, "Green", agreed_by_school=True, decided_by="director"),
        decision(RED, "Amber", agreed_by_school=False),
        decision(CANDIDATE, "Blue", None),
        decision(NEARLY, "Red", agreed_by_school=False),
    ),
)


def measure(name: str, audit: pl.DataFrame) -> tuple[int, int]:
    row = audit.filter(pl.col("measure") == name).select("count", "n").row(0)
    return int(row[0]), int(row[1])


@pytest.mark.parametrize(
    ("name", "count", "n"),
    [
        ("decided", 5, 6),
        ("awaiting", 1, 6),
        ("kept", 1, 3),
        ("overridden", 2, 3),
        ("better", 2, 3),
        ("worse", 0, 3),
        ("settles", 2, 5),
        ("outside_possible", 3, 5),  # two overrides, and Red for a school that can only be Green or Blue
        ("settles_outside_possible", 1, 2),
        ("agreed", 2, 4),
        ("overridden_agreed", 1, 2),
    ],
)
def test_audit_counted_by_hand(name: str, count: int, n: int) -> None:
    assert measure(name, AUDITED.audit()) == (count, n)


def test_audit_of_the_categories() -> None:
    audit = AUDITED.audit()
    before = audit.filter(measure="before").select("category", "count").rows()
    after = audit.filter(measure="after").select("category", "count").rows()
    assert before == [("Green", 1), ("Amber", 1), ("Red", 1), ("Blue", 0), ("open", 3)]
    assert after == [("Green", 2), ("Amber", 1), ("Red", 1), ("Blue", 1), ("open", 1)]
    assert set(audit.filter(pl.col("measure").is_in(["before", "after"]))["n"]) == {6}


def test_audit_by_decider_and_category() -> None:
    audit = AUDITED.audit(by=["decided_by"])
    rows = audit.filter(measure="overridden").select("decided_by", "count", "n").rows()
    assert rows == [("director", 1, 1), ("sub-group", 1, 2)]
    by_category = AUDITED.audit(by="provisional").filter(measure="decided").select("provisional", "count", "n").rows()
    # The Blue candidate stands under Blue; the two open schools without a category come last.
    assert by_category == [("Green", 1, 1), ("Amber", 1, 1), ("Red", 1, 1), ("Blue", 1, 1), (None, 1, 2)]
    both = AUDITED.audit(by=["phase", "decided_by"])
    assert both.columns[:3] == ["phase", "decided_by", "measure"]
    with pytest.raises(UnknownNameError, match="'reason' is no column .* There are: provisional, provisional_status"):
        AUDITED.audit(by="reason")


def test_intervals_are_wilsons() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is the oracle of the interval")
    for confidence in (0.95, 0.8):
        for row in AUDITED.audit(confidence=confidence).iter_rows(named=True):
            oracle = stats.binomtest(row["count"], row["n"]).proportion_ci(confidence, method="wilson")
            assert row["share"] == pytest.approx(100 * row["count"] / row["n"])
            assert (row["ci_low"], row["ci_high"]) == pytest.approx((100 * oracle.low, 100 * oracle.high), abs=1e-9)


@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan"), True, "0.95"])
def test_a_confidence_that_is_none(confidence: Any) -> None:
    with pytest.raises(InputError, match="confidence"):
        AUDITED.audit(confidence=confidence)


@given(
    st.dictionaries(
        st.sampled_from([GREEN, AMBER, RED, OPEN, CANDIDATE, NEARLY]),
        st.tuples(st.sampled_from(["Green", "Amber", "Red", "Blue"]), st.sampled_from([True, False, None])),
    )
)
def test_counts_add_up(chosen: dict[int, tuple[str, bool | None]]) -> None:
    rows = [decision(urn, category, agreed_by_school=view) for urn, (category, view) in chosen.items()]
    audit = moderate(ASSIGNMENT, decisions(*rows)).audit()
    counts = dict(audit.filter(pl.col("category").is_null()).select("measure", "count").iter_rows())
    assert counts["decided"] == len(chosen) == counts["kept"] + counts["overridden"] + counts["settles"]
    assert counts["overridden"] == counts["better"] + counts["worse"]
    assert counts["outside_possible"] == counts["overridden"] + counts["settles_outside_possible"]
    for name in ("before", "after"):
        assert audit.filter(measure=name)["count"].sum() == 6
    assert audit.filter(measure="after", category="open")["count"].item() == counts["awaiting"]
    assert audit["ci_low"].drop_nulls().is_between(0, 100).all()


def test_shown_in_a_notebook() -> None:
    assert AUDITED._repr_html_().startswith(
        "<p>Moderation(southend_2017: 6 schools, 5 decided, 2 overridden, 1 awaiting)"
    )
    assert "<table" in AUDITED._repr_html_()
