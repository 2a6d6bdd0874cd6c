"""Support of an authority: visits, days and money by category, against what there is to give."""

from __future__ import annotations

import polars as pl
import pytest

import schoolframe as sf

GRADES = [
    "progress_grade",
    "personal_development_grade",
    "teaching_grade",
    "curriculum_grade",
    "care_grade",
    "leadership_grade",
    "overall_effectiveness",
]


def staffordshire(*grades: int | None, phase: str = "secondary", years: tuple[int, ...] = ()) -> sf.Assignment:
    """One school for each grade, in each year if any are named; everything known and of a piece."""
    percentile = {1: 90.0, 2: 60.0, 3: 30.0, 4: 10.0}
    improving = {1: "all", 2: "most", 3: "some", 4: "none"}
    schools = pl.DataFrame(
        {
            "urn": range(1, len(grades) + 1),
            "performance_percentile": [percentile.get(grade or 0) for grade in grades],
            "groups_improving": [improving.get(grade or 0) for grade in grades],
            "group_variation_significant": [None if grade is None else grade == 4 for grade in grades],
            "group_underperformance_significant": [None if grade is None else grade == 4 for grade in grades],
            "capacity_to_improve": [None if grade is None else "limited" if grade == 4 else "good" for grade in grades],
            "significant_weakness": [None if grade is None else grade == 4 for grade in grades],
            "cva_significantly_below": [None if grade is None else grade == 4 for grade in grades],
            "sef_overall": pl.Series(grades, dtype=pl.Int64),
            "ofsted_overall": pl.Series(grades, dtype=pl.Int64),
            "flag_budget_problem": [False] * len(grades),
            "flag_health_safety": [False] * len(grades),
            "flag_complaints": [False] * len(grades),
            **{name: pl.Series(grades, dtype=pl.Int64) for name in GRADES},
        },
        schema_overrides={"urn": pl.Int64, "performance_percentile": pl.Float64, "groups_improving": pl.String},
    )
    if years:
        schools = schools.join(pl.DataFrame({"year": years}), how="cross")
    return sf.Framework.load("staffordshire_2008").assign(schools, phase=phase)


def test_consultant_days_are_paid_by_the_table_of_the_paper() -> None:
    result = staffordshire(4, 3, 2, 1, 4, 3)
    days = pl.DataFrame({"urn": [1, 2, 3, 4, 5, 6], "days": [23.0, 10.0, 10.5, 11.0, 50.0, 51.0]})
    plan = sf.support_plan(result, days=days)
    assert plan.charges.select("urn", "pays", "school_pays").rows() == [
        (1, 4.0, 1920.0),
        (2, 0.0, 0.0),
        (3, 2.0, 960.0),
        (4, 2.0, 960.0),
        (5, 8.0, 3840.0),
        (6, 10.0, 4800.0),
    ]
    assert plan.charges["authority_days"].to_list() == [19.0, 10.0, 8.5, 9.0, 42.0, 41.0]
    assert plan.charges["authority_cost"].to_list() == [9120.0, 4800.0, 4080.0, 4320.0, 20160.0, 19680.0]


@pytest.mark.parametrize(("days", "left"), [(169.0, 1.0), (170.0, 0.0), (171.0, -1.0)])
def test_the_capacity_of_170_days_is_met_exactly_at_170(days: float, left: float) -> None:
    plan = sf.support_plan(staffordshire(4), days=pl.DataFrame({"urn": [1], "days": [days]}))
    row = plan.capacity.filter(pl.col("id") == "STA08-ALL-FUND-14")
    assert row.select("amount", "planned", "left").row(0) == (170.0, days, left)


def test_each_year_has_its_own_capacity_and_its_own_totals() -> None:
    # 8 schools with 15 days: 120 of 170 in each year, not 240 in both.
    grades = [4] * 8
    both = staffordshire(*grades, years=(2008, 2009))
    days = pl.DataFrame({"urn": range(1, 9), "days": [15.0] * 8})
    plan = sf.support_plan(both, days=days)
    there = plan.capacity.filter(pl.col("id") == "STA08-ALL-FUND-14")
    assert there.select("year", "amount", "planned", "left").rows() == [
        (2008, 170.0, 120.0, 50.0),
        (2009, 170.0, 120.0, 50.0),
    ]
    assert plan.capacity["id"].to_list() == sf.support_plan(staffordshire(4)).capacity["id"].to_list() * 2
    for table, found in (("totals", plan.totals), ("by_category", plan.by_category())):
        assert found["year"].unique().sort().to_list() == [2008, 2009], table
        assert found["schools"].unique().to_list() == [8], table
        alone = sf.support_plan(staffordshire(*grades, years=(2009,)))
        one = alone.totals if table == "totals" else alone.by_category()
        assert found.filter(year=2009).equals(one), table
    assert repr(plan) == "SupportPlan(8 schools planned for, 0 with an open category)"
    assert len(plan) == 16


def test_a_year_for_which_no_days_are_given_has_nothing_planned() -> None:
    both = staffordshire(4, years=(2008, 2009))
    plan = sf.support_plan(both, days=pl.DataFrame({"urn": [1], "year": [2009], "days": [15.0]}))
    there = plan.capacity.filter(pl.col("id") == "STA08-ALL-FUND-14")
    assert there.select("year", "planned", "left").rows() == [(2008, None, None), (2009, 15.0, 155.0)]


def test_a_school_of_two_phases_is_one_school() -> None:
    plan = sf.support_plan([staffordshire(4), staffordshire(4, phase="primary")])
    assert plan.totals["schools"].unique().to_list() == [1]
    assert plan.totals["year"].to_list() == [None] * plan.totals.height


def test_without_days_nothing_is_planned_against_the_capacity() -> None:
    plan = sf.support_plan(staffordshire(4))
    assert plan.charges.is_empty()
    assert plan.capacity["planned"].null_count() == plan.capacity.height > 0


def test_every_school_has_five_days_of_its_partner_and_one_of_concern_the_audit() -> None:
    plan = sf.support_plan(staffordshire(1, 2, 4))
    partner = plan.schools.filter(pl.col("id") == "STA08-ALL-FUND-01")
    assert partner.select("urn", "a_year").rows() == [(1, 5.0), (2, 5.0), (3, 5.0)]
    audit = plan.schools.filter(pl.col("id") == "STA08-ALL-FUND-12", pl.col("unit") == "pounds")
    assert audit.select("urn", "bound", "a_year").rows() == [(3, "at_most", 2500.0)]
    pounds = plan.totals.filter(pl.col("unit") == "pounds")
    assert pounds.select("schools", "least", "most").row(0) == (1, 0.0, 4500.0)


def test_schools_with_an_open_category_are_named_and_not_counted() -> None:
    plan = sf.support_plan(staffordshire(2, None))
    assert isinstance(plan, sf.SupportPlan)
    assert len(plan) == 1
    assert plan.open_schools["urn"].to_list() == [2]
    assert plan.schools["urn"].unique().to_list() == [1]


def test_visits_of_derby_depend_on_the_package() -> None:
    schools = pl.DataFrame({"urn": [1], "salient_category": ["1"]})
    framework = sf.Framework.load("derby_winners").with_reading("AMB-DER-BESTFIT", "B")
    result = framework.assign(schools, phase="primary")
    listed = sf.support_plan(result).schools.filter(pl.col("unit") == "visits")
    variants = dict(listed.select("variant", "amount").rows())
    for name, amount in variants.items():
        counted = sf.support_plan(result, variants=[name]).totals.filter(pl.col("unit") == "visits")
        assert counted.select("least", "most").row(0) == (amount, amount)
    assert sorted(variants.values()) == [1.0, 3.0]


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ({"urn": [1], "days": [-1.0]}, "must be 0 or more: -1.0 (urn 1)"),
        ({"urn": [1], "days": [None]}, "must be 0 or more"),
        ({"urn": [1], "days": [float("nan")]}, "must be 0 or more"),
        ({"urn": [1, 1], "days": [1.0, 2.0]}, "must be given once for each school"),
        ({"urn": [9], "days": [1.0]}, "belong to schools that were not assigned: 1.0 (urn 9)"),
        ({"urn": [1], "days": ["many"]}, "must hold numbers"),
    ],
)
def test_bad_days_are_refused(days: dict[str, list[object]], message: str) -> None:
    frame = pl.DataFrame(days, schema_overrides={} if isinstance(days["days"][0], str) else {"days": pl.Float64})
    with pytest.raises(sf.exceptions.InputError) as caught:
        sf.support_plan(staffordshire(4), days=frame)
    assert message in str(caught.value)


def test_names_that_do_not_exist_are_refused_with_those_that_do() -> None:
    with pytest.raises(sf.exceptions.UnknownNameError, match="'package' does not exist"):
        sf.support_plan(staffordshire(4), variants=["package"])
    with pytest.raises(sf.exceptions.UnknownNameError, match="days"):
        sf.support_plan(staffordshire(4), days=pl.DataFrame({"urn": [1]}))
    other = sf.Framework.load("southend_2017").assign(pl.DataFrame({"urn": [1]}), phase="primary")
    with pytest.raises(sf.exceptions.InputError, match="one framework"):
        sf.support_plan([staffordshire(4), other])
    with pytest.raises(sf.exceptions.InputError, match="at least one"):
        sf.support_plan([])


def test_a_phase_the_table_is_not_written_for_is_marked_or_has_a_reason() -> None:
    days = pl.DataFrame({"urn": [1], "days": [15.0]})
    primary = sf.support_plan(staffordshire(4, phase="primary"), days=days).charges
    assert primary.select("pays", "marked").row(0) == (2.0, True)
    special = sf.support_plan(staffordshire(4, phase="special"), days=days).charges
    assert special["pays"].item() is None
    assert "not written for phase 'special'" in special["reason"].item()
