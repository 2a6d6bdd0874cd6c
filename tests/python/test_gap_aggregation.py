"""Gaps of schools put together: the gap of all pupils, and the published rows of an authority."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import schoolframe as sf
from _pupils import outcomes, pupils

PUPILS = pupils(2_400, 20)
COMMON = (
    "group",
    "group_mean",
    "group_n",
    "reference_mean",
    "reference_n",
    "gap",
    "se",
    "ci_low",
    "ci_high",
    "p_value",
)


@pytest.mark.parametrize("group", ["fsm", "ethnicity"])
@pytest.mark.parametrize("settings", [{}, {"known_sd": 1.25}, {"value": "passed"}], ids=["welch", "known", "shares"])
def test_schools_put_together_are_the_pupils_of_the_place(group: str, settings: dict[str, Any]) -> None:
    settings = {"value": "p8", "group": group, "min_group": 1, **settings}
    value = settings.pop("value")
    schools = sf.pupil_gaps(PUPILS, value, by=["urn", "la"], **settings)
    together = sf.aggregate_gaps(schools, min_group=1)
    at_once = sf.pupil_gaps(PUPILS, value, by="la", **settings)
    columns = ["la", *COMMON]
    assert_frame_equal(
        together.frame.select(columns).sort("la", "group"),
        at_once.frame.select(columns).sort("la", "group"),
        check_dtypes=False,
        rel_tol=1e-9,
        abs_tol=1e-12,
    )
    assert set(together.frame["schools"]) == {5}
    assert set(together.frame["status"]) == {"ok"}


def test_schools_without_the_group_count_among_the_others_of_their_place() -> None:
    """In one school nobody is Black, in another nobody is anything else."""
    absent = PUPILS.filter(
        (pl.col("urn") != 100_004) | (pl.col("ethnicity") != "Black"),
        (pl.col("urn") != 100_008) | (pl.col("ethnicity") == "Black"),
    )
    schools = sf.pupil_gaps(absent, "p8", group="ethnicity", by=["urn", "la"], min_group=1)
    assert schools.frame.height == 20 * 4
    together = sf.aggregate_gaps(schools, min_group=1)
    at_once = sf.pupil_gaps(absent, "p8", group="ethnicity", by="la", min_group=1)
    columns = ["la", *COMMON]
    assert_frame_equal(
        together.frame.select(columns).sort("la", "group"),
        at_once.frame.select(columns).sort("la", "group"),
        check_dtypes=False,
        rel_tol=1e-9,
        abs_tol=1e-12,
    )
    row = together.frame.filter(la="301", group="Black").row(0, named=True)
    assert (row["schools"], row["group_left_out"], row["reference_left_out"]) == (5, 0, 0)


def test_the_mean_of_pupils_is_not_the_mean_of_schools() -> None:
    frame = pl.DataFrame(
        {
            "la": "936",
            "urn": [1, 2],
            "comparison": "within_school",
            "group_mean": [-1.0, 0.0],
            "group_n": [90, 10],
            "reference_mean": [0.0, 0.0],
            "reference_n": [10, 90],
            "group_sd": 1.0,
            "reference_sd": 1.0,
            "method": "known_sd",
            "status": "ok",
        }
    )
    row = sf.aggregate_gaps(frame).frame.row(0, named=True)
    assert row["gap"] == pytest.approx(-0.9)
    assert row["se"] == pytest.approx(np.sqrt(1 / 100 + 1 / 100))


def test_suppressed_groups_are_left_out_and_counted() -> None:
    few = (pl.col("urn") == 100_004) & pl.col("fsm") & pl.col("p8").is_not_null()
    small = pl.concat([PUPILS.filter((pl.col("urn") != 100_004) | ~pl.col("fsm")), PUPILS.filter(few).head(4)])
    schools = sf.pupil_gaps(small, "p8", group="fsm", by=["urn", "la"], report=["true"])
    found = sf.aggregate_gaps(schools)
    hit = found.frame.filter(la="301").row(0, named=True)
    assert (hit["schools"], hit["group_left_out"], hit["reference_left_out"]) == (4, 1, 1)
    kept = small.filter(pl.col("urn") != 100_004)
    assert hit["group_mean"] == pytest.approx(outcomes(kept, "p8", la="301", fsm=True).mean())
    assert dict(found.rows.iter_rows()) == {"used": 19, "neither side is shown": 1}
    assert found.notes == (
        "group: left out where it is not shown, 1 times a school and gap",
        "reference: left out where it is not shown, 1 times a school and gap",
    )


def test_a_school_without_the_group_counts_among_the_others() -> None:
    none = PUPILS.filter((pl.col("urn") != 100_004) | ~pl.col("fsm"))
    schools = pl.DataFrame({"urn": none["urn"].unique().sort()})
    table = schools.with_columns(
        la=(301 + (pl.col("urn") - 100_000) % 4).cast(pl.String),
        year=pl.lit(2019, dtype=pl.Int64),
        P8MEA_FSM6CLA1A=pl.Series([_mean(none, urn, fsm=True) for urn in schools["urn"]]),
        P8PUP_FSM6CLA1A=pl.Series([len(outcomes(none, "p8", urn=urn, fsm=True)) for urn in schools["urn"]]),
        P8MEA_NFSM6CLA1A=pl.Series([_mean(none, urn, fsm=False) for urn in schools["urn"]]),
        P8PUP_NFSM6CLA1A=pl.Series([len(outcomes(none, "p8", urn=urn, fsm=False)) for urn in schools["urn"]]),
    )
    found = sf.aggregate_gaps(sf.progress_gaps(table, "p8", comparison="within_school", min_group=1)).frame
    for row in found.rows(named=True):
        assert row["group_mean"] == pytest.approx(outcomes(none, "p8", la=row["la"], fsm=True).mean())
        assert row["reference_n"] == len(outcomes(none, "p8", la=row["la"], fsm=False))
        assert (row["schools"], row["group_left_out"]) == (5, 0)


def _mean(frame: pl.DataFrame, urn: int, *, fsm: bool) -> float | None:
    found = outcomes(frame, "p8", urn=urn, fsm=fsm)
    return float(found.mean()) if len(found) else None


def test_a_reference_outside_the_schools_is_taken_once() -> None:
    schools = sf.pupil_gaps(PUPILS, "p8", group="fsm", by=["urn", "la"], comparison=["national_other", "authority"])
    found = sf.aggregate_gaps(schools).frame
    for row in found.rows(named=True):
        everywhere = row["comparison"] == "national_other"
        other = outcomes(PUPILS if everywhere else PUPILS.filter(la=row["la"]), "p8", fsm=row["group"] != "true")
        assert (row["reference_n"], row["reference_mean"]) == (len(other), pytest.approx(other.mean()))
        assert row["reference_left_out"] == 0
    by_region = schools.frame.with_columns(region=pl.lit("South"))
    with pytest.raises(sf.exceptions.InputError, match="compared with several references: South"):
        sf.aggregate_gaps(by_region.filter(comparison="authority"), by="region")
    fixed = sf.pupil_gaps(
        PUPILS, "p8", group="fsm", by=["urn", "la"], comparison="national_other", national=0.1, known_sd=1.25
    )
    row = sf.aggregate_gaps(fixed).frame.filter(la="301", group="true").row(0, named=True)
    assert (row["reference_mean"], row["reference_n"]) == (0.1, None)
    assert row["se"] == pytest.approx(1.25 / np.sqrt(row["group_n"]))


@pytest.mark.parametrize("measure", ["p8", "p8_boys"])
def test_what_is_missing_from_the_published_rows_of_surrey_is_special_schools(measure: str) -> None:
    """Most groups left out are those of small special schools, whose Progress 8 was -1.69 in England in 2018."""
    tables = sf.samples.surrey_ks4()
    gaps = sf.progress_gaps(tables.schools, measure, comparison="within_school", min_group=1)
    found = sf.aggregate_gaps(gaps).frame
    spec = sf.GAP_MEASURES[measure]
    both = found.join(tables.authorities.with_columns(pl.col("year").cast(pl.Int64)), on=["la", "year"])
    assert both["year"].to_list() == [2017, 2018, 2019]
    for row in both.rows(named=True):
        missing = row[spec.n] - row["group_n"]
        assert 0 < missing < 0.06 * row[spec.n]
        behind = (row[spec.n] * row[spec.mean] - row["group_n"] * row["group_mean"]) / missing
        assert -2.2 < behind < -1.3
        assert row["reference_mean"] == pytest.approx(row[spec.other_mean], abs=0.03)
        assert row["group_left_out"] > 50


@pytest.mark.parametrize(("measure", "tolerance"), [("ks2_progress_reading", 0.1), ("ks2_exp_rwm_pct", 1.0)])
def test_the_published_rows_of_surrey_are_reached_at_key_stage_2(measure: str, tolerance: float) -> None:
    """Schools' figures are rounded to 0.1 and 1, and small groups suppressed."""
    tables = sf.samples.surrey_ks2()
    gaps = sf.progress_gaps(tables.schools, measure, comparison="within_school", min_group=1)
    found = sf.aggregate_gaps(gaps).frame
    spec = sf.GAP_MEASURES[measure]
    both = found.join(tables.authorities.with_columns(pl.col("year").cast(pl.Int64)), on=["la", "year"])
    assert both.height == 3
    assert both["group_mean"].to_list() == pytest.approx(both[spec.mean].to_list(), abs=tolerance)


def test_the_smallest_place_that_is_shown() -> None:
    place = PUPILS.filter(pl.col("la") == "301", pl.col("p8").is_not_null())
    frame = pl.concat([place.filter(~pl.col("fsm")), place.filter("fsm").head(7)])
    n = frame.filter("fsm")["p8"].drop_nulls().len()
    schools = sf.pupil_gaps(frame, "p8", group="fsm", by=["urn", "la"], min_group=1, report=["true"])
    for least, status in [(n, "ok"), (n + 1, "below_minimum")]:
        row = sf.aggregate_gaps(schools, min_group=least).frame.row(0, named=True)
        assert (row["status"], row["group_mean"] is None) == (status, status != "ok")


def test_what_is_wrong_is_named() -> None:
    schools = sf.pupil_gaps(PUPILS, "p8", group="fsm", by=["urn", "la"])
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'trust' is not there"):
        sf.aggregate_gaps(schools, by="trust")
    with pytest.raises(sf.exceptions.InputError, match="'all pupils' hold the group itself"):
        sf.aggregate_gaps(sf.pupil_gaps(PUPILS, "p8", group="fsm", by=["urn", "la"], against="all"))
    with pytest.raises(sf.exceptions.InputError, match="'group_n' must not be under 0; .* -3"):
        sf.aggregate_gaps(schools.frame.with_columns(group_n=pl.lit(-3)))
    with pytest.raises(sf.exceptions.InputError, match="'method' must hold known_sd, welch, proportion, it holds t"):
        sf.aggregate_gaps(schools.frame.with_columns(method=pl.lit("t")))
    with pytest.raises(sf.exceptions.InputError, match="proportion, it holds nothing"):
        sf.aggregate_gaps(schools.frame.with_columns(method=pl.lit(None)))
    mixed = schools.frame.with_columns(method=pl.Series(["welch", "known_sd"] * 20))
    with pytest.raises(sf.exceptions.InputError, match="one gap has several methods"):
        sf.aggregate_gaps(mixed.with_columns(group=pl.lit("x")))
    empty = sf.aggregate_gaps(schools.frame.clear())
    assert (empty.frame.height, empty.used) == (0, 0)
