"""Support that a person decides, limits of a category, and days needed beside days there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import schoolframe as sf
from test_support_plan import staffordshire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def derby(*categories: str, **columns: Sequence[object]) -> sf.Assignment:
    """One school for each category, settled by the criteria an adviser calls salient."""
    schools = pl.DataFrame({"urn": range(1, len(categories) + 1), "salient_category": categories, **columns})
    framework = sf.Framework.load("derby_winners").with_reading("AMB-DER-BESTFIT", "B")
    return framework.assign(schools, phase="primary")


def given(unit: str, *amounts: float) -> pl.DataFrame:
    return pl.DataFrame({"urn": range(1, len(amounts) + 1), unit: [float(amount) for amount in amounts]})


# --- what a person decides --------------------------------------------------------------------------------------------


def test_a_candidate_keeps_what_it_gets_anyway_and_may_get_the_rest() -> None:
    result = derby("1", "2", flag_complaints=[True, None])
    assert result.frame.select("category", "status", "otherwise").rows() == [
        ("1TV", "candidate", "1"),
        ("2", "determined", None),
    ]
    listed = result.support().filter(urn=1)
    assert dict(listed.select("id", "decision").rows()) == {
        "DER-ALL-SUP1-01": "must",
        "DER-X-01": "must",
        "DER-ALL-SUP1-02": "must",
        "DER-ALL-SUP1-03": "must",
        "DER-ALL-SUP1TV2TV-01": "may",
        "DER-ALL-SUP1TV2TV-02": "may",
    }
    assert result.support().filter(urn=2)["decision"].unique().to_list() == ["must"]


def test_the_support_of_a_candidate_without_another_category_is_never_due() -> None:
    schools = pl.DataFrame({"urn": [1, 2], "safety_threatened": [True, True]})
    blue = sf.Framework.load("southend_2017").assign(schools, phase="primary")
    assert blue.frame["status"].to_list() == ["candidate", "candidate"]
    assert blue.support().height > 0
    assert blue.support()["decision"].unique().to_list() == ["may"]


TWICE = """format = 1
[framework]
id = "twice"
title = "Visits"
authority = "Nowhere"
years = [2018, 2020]
document = "visits.txt"
lines = 20
phases = ["primary"]
[[category]]
id = "A"
label = "A"
meaning = "fine"
line = 1
[[category]]
id = "B"
label = "B"
meaning = "not fine"
line = 2
[thresholds.visits]
value = 3
unit = "visits"
line = 3
basis = "document"
text = "Visits"
[indicators]
weak = { type = "flag", text = "Weak" }
alarm = { type = "flag", text = "Alarm" }
[[criterion]]
id = "T-1"
category = "A"
part = "all"
line = 4
kind = "judgement"
text = "Not weak"
test = { indicator = "weak", is = false }
[[criterion]]
id = "T-2"
category = "B"
part = "all"
line = 5
kind = "judgement"
text = "Weak"
test = { indicator = "weak", is = true }
[decide.gates]
line = 6
[[decide.gates.gate]]
id = "a"
category = "A"
line = 6
when = "T-1"
[[decide.gates.gate]]
id = "b"
category = "B"
line = 7
when = "T-2"
[[adjust]]
id = "alarm"
text = "A person may move the school to B"
line = 8
when = { indicator = "alarm", is = true }
to = "B"
decision = "may"
unknown = "no"
[[result]]
id = "watch"
line = 9
text = "Watched"
values = ["yes", "no"]
[[result.rule]]
id = "T-3"
line = 9
text = "May be watched"
value = "yes"
when = { indicator = "alarm", is = true }
decision = "may"
[[result.rule]]
id = "T-4"
line = 9
text = "Else not"
value = "no"
[[support]]
id = "T-5"
category = "B"
line = 10
text = "Visits in B"
decision = "must"
quantity = [{ amount = "visits", unit = "visits", bound = "exactly", per = "year" }]
[[support]]
id = "T-6"
results = { watch = "yes" }
line = 11
text = "Visits to watch"
decision = "must"
quantity = [{ amount = "visits", unit = "visits", bound = "exactly", per = "year" }]
"""


def load(folder: Path, text: str) -> sf.Framework:
    path = folder / "twice.toml"
    path.write_text(text, encoding="utf-8")
    return sf.Framework.load(path)


def test_what_a_person_decides_counts_nothing_in_the_least(tmp_path: Path) -> None:
    # One school is in B by itself, one may be moved to B and may be watched, one is in B and may be watched.
    schools = pl.DataFrame({"urn": [1, 2, 3], "weak": [True, False, True], "alarm": [False, True, True]})
    result = load(tmp_path, TWICE).assign(schools, phase="primary")
    plan = sf.support_plan(result)
    assert plan.schools.select("urn", "id", "decision").rows() == [
        (1, "T-5", "must"),
        (2, "T-5", "may"),
        (2, "T-6", "may"),
        (3, "T-5", "must"),
        (3, "T-6", "may"),
    ]
    assert plan.totals.select("schools", "least", "most").row(0) == (3, 6.0, 15.0)


def test_a_factor_of_concern_is_confirmed_by_a_person() -> None:
    plan = sf.support_plan(staffordshire(4))
    audit = plan.schools.filter(pl.col("id") == "STA08-ALL-FUND-12")
    assert audit["decision"].unique().to_list() == ["may"]
    partner = plan.schools.filter(pl.col("id") == "STA08-ALL-FUND-01")
    assert partner["decision"].to_list() == ["must"]


# --- limits of a category ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "days", "within", "reason"),
    [
        ("3b", 10, True, None),
        ("3b", 10.5, False, "10.5 days are more than the 10 of the paper"),
        ("4", 30, True, None),
        ("4", 31, False, "31 days are more than the 30 of the paper"),
        ("4", 0, True, None),
        ("1", 1, None, "the paper names no number of days for category 1"),
    ],
)
def test_days_are_held_against_the_limit_of_the_category(
    category: str, days: float, within: bool | None, reason: str | None
) -> None:
    plan = sf.support_plan(derby(category), days=given("days", days))
    assert plan.limits.select("urn", "category", "unit", "given", "within", "reason").rows() == [
        (1, category, "days", float(days), within, reason)
    ]


@pytest.mark.parametrize(
    ("category", "variants", "visits", "within", "least", "most"),
    [
        ("1", (), 1, True, 1.0, 3.0),
        ("1", (), 3, True, 1.0, 3.0),
        ("1", (), 4, False, 1.0, 3.0),
        ("1", (), 0, False, 1.0, 3.0),
        ("2", ("with_package",), 3, True, 3.0, 3.0),
        ("2", ("with_package",), 2, False, 3.0, 3.0),
        ("2", ("without_package",), 3, False, 1.0, 1.0),
        ("3a", (), 2, False, 3.0, None),
        ("3a", (), 3, True, 3.0, None),
        ("3a", (), 30, True, 3.0, None),
    ],
)
def test_visits_are_held_against_what_the_package_allows(
    category: str, variants: tuple[str, ...], visits: float, within: bool, least: float, most: float | None
) -> None:
    plan = sf.support_plan(derby(category), visits=given("visits", visits), variants=variants)
    assert plan.limits.select("within", "least", "most").rows() == [(within, least, most)]
    assert (plan.limits["reason"].item() is None) is within


def test_the_schools_over_their_limit_are_named() -> None:
    plan = sf.support_plan(derby("3b", "4", "3b"), days=given("days", 11, 11, 9))
    over = plan.limits.filter(~pl.col("within"))
    assert over.select("urn", "given", "most").rows() == [(1, 11.0, 10.0)]
    assert (
        repr(plan) == "SupportPlan(3 schools planned for, 0 with an open category, 1 outside the numbers of the paper)"
    )


def test_a_school_that_is_given_twice_is_refused() -> None:
    # Counted twice, 11 days would be within 2 x 10.
    once = derby("3b")
    with pytest.raises(sf.exceptions.InputError) as caught:
        sf.support_plan([once, once], days=given("days", 11))
    assert str(caught.value) == (
        "assignments: each school may be given once in a year and phase; more than once: urn 1 (primary)"
    )
    many = derby(*["3b"] * 7, year=[2015] * 7)
    with pytest.raises(sf.exceptions.InputError, match=r"urn 5 \(primary, 2015\), and 2 more$"):
        sf.support_plan([many, many])


def test_a_school_may_be_given_in_several_phases_and_years() -> None:
    plan = sf.support_plan([staffordshire(4), staffordshire(4, phase="primary")])
    assert len(plan) == 2
    assert len(sf.support_plan([derby("4", year=[2015]), derby("4", year=[2016])])) == 2


def test_a_school_with_an_open_category_has_no_limit_yet() -> None:
    schools = pl.DataFrame({"urn": [1]})
    plan = sf.support_plan(sf.Framework.load("derby_winners").assign(schools, phase="primary"), days=given("days", 40))
    assert plan.limits.select("category", "within", "reason").rows() == [(None, None, "the category is open")]


def test_days_of_a_charge_have_no_limit_and_visits_have_one() -> None:
    plan = sf.support_plan(staffordshire(4), days=given("days", 60), visits=given("visits", 1))
    assert plan.limits["unit"].to_list() == ["visits"]
    assert plan.charges["school_pays"].to_list() == [4800.0]


def test_visits_are_checked_like_days() -> None:
    with pytest.raises(sf.exceptions.InputError, match=r"visits: column 'visits': 1 value must be 0 or more: -1.0"):
        sf.support_plan(derby("1"), visits=given("visits", -1))
    with pytest.raises(sf.exceptions.UnknownNameError, match="visits: column 'visits' is not there"):
        sf.support_plan(derby("1"), visits=given("days", 1))
    text = pl.DataFrame({"urn": ["one"], "visits": [1.0]})
    with pytest.raises(sf.exceptions.InputError, match="visits: column 'urn' must hold whole numbers, not String"):
        sf.support_plan(derby("1"), visits=text)


def test_amounts_made_from_an_assignment_without_years_belong_to_it() -> None:
    result = derby("3b", "4")
    days = result.frame.select("urn", "year", days=pl.lit(9.0))
    assert sf.support_plan(result, days=days).limits.select("urn", "year", "within").rows() == [
        (1, None, True),
        (2, None, True),
    ]
    untyped = pl.DataFrame({"urn": [1], "year": [None], "days": [11.0]})
    assert sf.support_plan(result, days=untyped).limits.select("urn", "within").rows() == [(1, False)]
    elsewhen = days.with_columns(year=2015)
    with pytest.raises(sf.exceptions.InputError, match="2 values belong to schools that were not assigned"):
        sf.support_plan(result, days=elsewhen)


@pytest.mark.parametrize("unit", ["days", "visits"])
def test_a_frame_without_rows_gives_nothing(unit: str) -> None:
    empty: dict[str, object] = {unit: pl.DataFrame({"urn": [], unit: []})}
    plan = sf.support_plan(derby("3b"), days=empty.get("days"), visits=empty.get("visits"))
    assert plan.limits.is_empty()
    assert plan.charges.is_empty()
    assert plan.capacity["planned"].null_count() == plan.capacity.height


def test_numbers_of_schools_of_any_width_are_read_or_refused_by_name() -> None:
    wide = given("days", 9).with_columns(pl.col("urn").cast(pl.UInt64))
    assert sf.support_plan(derby("3b"), days=wide).limits["within"].to_list() == [True]
    far = pl.DataFrame({"urn": [2**64 - 1], "days": [9.0]}, schema_overrides={"urn": pl.UInt64})
    with pytest.raises(sf.exceptions.InputError) as caught:
        sf.support_plan(derby("3b"), days=far)
    assert str(caught.value) == (
        "days: column 'urn' must hold whole numbers from -2^63 to 2^63 - 1, not 18446744073709551615"
    )
    for missing in ({"urn": [None], "days": [9.0]}, {"urn": [1], "days": [None]}):
        with pytest.raises(sf.exceptions.InputError, match="days: column 'days': 1 value "):
            sf.support_plan(derby("3b"), days=pl.DataFrame(missing))


# --- need and capacity ------------------------------------------------------------------------------------------------


def test_days_needed_are_listed_apart_from_the_days_there_are() -> None:
    plan = sf.support_plan(staffordshire(4), days=given("days", 23))
    assert plan.capacity.select("id", "kind", "unit", "amount", "planned", "left").rows() == [
        ("STA08-ALL-FUND-14", "available", "days", 170.0, 23.0, 147.0),
        ("STA08-X-125", "available", "schools", 20.0, None, None),
        ("STA08-X-126", "needed", "days", 180.0, None, None),
    ]


def test_budget_lines_are_no_capacity() -> None:
    listed = sf.Framework.load("staffordshire_2008").capacity()
    kinds = listed.group_by("kind").agg(pl.col("unit").unique().sort()).sort("kind")
    assert kinds.rows() == [("available", ["days", "schools"]), ("budget", ["pounds"]), ("needed", ["days"])]


def test_a_kind_of_capacity_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    text = TWICE + (
        '[[capacity]]\nid = "T-7"\nkind = "wanted"\nunit = "visits"\namount = "visits"\nper = "year"\nline = 12\n'
        'text = "Visits"\n'
    )
    with pytest.raises(sf.exceptions.FrameworkError, match="wanted"):
        load(tmp_path, text)


# --- open schools -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("southend_2011", "primary"),
        ("southend_2017", "primary"),
        ("reading_2016", "secondary"),
        ("derby_winners", "primary"),
        ("staffordshire_2008", "secondary"),
    ],
)
def test_open_schools_say_why_and_what_to_find_out(name: str, phase: str) -> None:
    plan = sf.support_plan(sf.Framework.load(name).assign(pl.DataFrame({"urn": [1]}), phase=phase))
    reason = plan.open_schools["reason"].item()
    assert reason.startswith("Undetermined: ")
    assert "Find out first: " in reason
