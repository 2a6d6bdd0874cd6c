"""Expected progress: the transition table row by row, what counts and what does not, and codes that are no level."""

from __future__ import annotations

import csv
from importlib import resources
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf

LEVELS = ("W", "1", "2", "3", "4", "5", "6")
GRADES = ("U", "G", "F", "E", "D", "C", "B", "A", "A*")
REFUSED = (sf.exceptions.InputError, pl.exceptions.ComputeError)
with resources.files("schoolframe").joinpath("data/expected_progress.csv").open(encoding="utf-8") as file:
    TABLE = list(csv.DictReader(file))


def made(prior: Any, outcome: Any, **settings: Any) -> list[tuple[bool | None, str | None]]:
    settings = {"key_stages": "ks1_ks2", "allow_unverified": True, **settings}
    frame = pl.DataFrame({"p": prior, "o": outcome}, strict=False)
    return frame.select(sf.expected_progress("p", "o", **settings)).unnest("p").rows()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: "{key_stages} {levels} {prior}".format(**row))
def test_each_row_of_the_table_at_and_just_under_its_outcome(row: dict[str, str]) -> None:
    scale = LEVELS if row["key_stages"] == "ks1_ks2" else GRADES
    under = scale[scale.index(row["least"]) - 1]
    over = scale[min(scale.index(row["least"]) + 1, len(scale) - 1)]
    settings: dict[str, Any] = {"key_stages": row["key_stages"], "levels": int(row["levels"])}
    if row["status"] == "GK":
        assert made([row["prior"]], [over], **settings) == [(None, f"no rule for prior level {row['prior']}")]
        settings["assume"] = {row["prior"]: row["least"]}
    found = made([row["prior"]] * 3, [under, row["least"], over], **settings)
    assert [flag for flag, _ in found] == [False, True, True]


def test_no_row_of_the_table_is_verified_and_each_says_so() -> None:
    assert {row["status"] for row in TABLE} == {"S", "GK"}
    with pytest.raises(
        sf.exceptions.InputError, match=r"rules of 2 levels .* \(1 to 3, 2 to 4, 3 to 5, 4 to 6\) are not"
    ):
        sf.expected_progress("p", "o", key_stages="ks1_ks2")


def test_rules_that_the_caller_assumes_in_full_need_no_permission() -> None:
    own = {"1": "3", "2": "4", "3": "5", "4": "6"}
    assert made(["2"], ["4"], allow_unverified=False, assume=own) == [(True, None)]
    assert made(["W"], ["2"], allow_unverified=False, assume=own) == [(None, "no rule for prior level W")]
    with pytest.raises(sf.exceptions.InputError, match=r"\(4 to 6\) are not"):
        made(["2"], ["4"], allow_unverified=False, assume={"1": "3", "2": "4", "3": "5"})


@pytest.mark.parametrize("code", ["2", "2C", "2b", "L2", "l2a", "Level 2", " level 2B ", 2, 2.0])
def test_a_level_is_read_however_it_is_written(code: object) -> None:
    assert made([code, code], ["3", "4"]) == [(False, None), (True, None)]


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["2", "4B"]), pl.String])
def test_texts_of_every_type_are_read(dtype: Any) -> None:
    frame = pl.DataFrame({"p": pl.Series(["2", None], dtype=dtype), "o": pl.Series(["4B", "4B"], dtype=dtype)})
    got = frame.select(sf.expected_progress("p", "o", key_stages="ks1_ks2", allow_unverified=True)).unnest("p")
    assert got.rows() == [(True, None), (None, "prior level is missing")]


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt64, pl.Int128, pl.Float32])
def test_numbers_of_every_width_are_read(dtype: Any) -> None:
    frame = pl.DataFrame({"p": pl.Series([2, 3], dtype=dtype), "o": pl.Series([4, 4], dtype=dtype)})
    got = frame.select(sf.expected_progress("p", "o", key_stages="ks1_ks2", allow_unverified=True)).unnest("p")
    assert got["made"].to_list() == [True, False]


@pytest.mark.parametrize("value", [True, 4.5, float("inf"), b"2", [2]])
def test_what_is_no_level_is_refused(value: object) -> None:
    with pytest.raises(REFUSED, match="levels are texts or whole numbers|unknown code"):
        made(pl.Series([value]), ["4"])


def test_unknown_codes_are_named_with_their_number_and_first_row() -> None:
    with pytest.raises(REFUSED, match=r"prior: 2 unknown codes: 'X' \(2 times, first in row 1\); '9' \(1 times"):
        made(["2", "X", "X", "9"], ["4"] * 4)
    with pytest.raises(REFUSED, match=r"outcome: 1 unknown code: '4' .* A grade is one of U, G, F"):
        made(["4"], ["4"], key_stages="ks2_ks4")
    pupils = pl.DataFrame({"urn": [1, 1], "p": ["2", "N"], "o": ["4", "4"]})
    with pytest.raises(sf.exceptions.InputError, match=r"'N' \(1 times, first in row 1\)"):
        sf.expected_progress_rates(pupils, "p", "o", key_stages="ks1_ks2", allow_unverified=True)


def test_missing_absent_and_failed_are_three_things() -> None:
    found = made(["2", "2", "2", None, "A"], ["3", None, "A", "4", "4"], without_level=["A"])
    assert found == [
        (False, None),
        (None, "outcome is missing"),
        (False, None),
        (None, "prior level is missing"),
        (None, "prior level is missing"),
    ]


@pytest.mark.parametrize(("outcome", "flag"), [("C", None), ("B", True), ("A", True)])
def test_a_pupil_without_prior_level_counts_from_the_outcome_named(outcome: str, flag: bool | None) -> None:
    found = made([None], [outcome], key_stages="ks2_ks4", no_prior_from="B")
    assert found == [(flag, None if flag else "prior level is missing")]


def test_four_levels_are_more_than_expected_and_hold_where_defined() -> None:
    found = made(["4", "4", "5", "5", "3"], ["C", "B", "B", "A", "A"], key_stages="ks2_ks4", levels=4)
    assert [flag for flag, _ in found] == [False, True, False, True, None]
    with pytest.raises(
        sf.exceptions.UnknownNameError, match="levels of progress for ks1_ks2 '3' does not exist. .*: 2"
    ):
        made(["2"], ["4"], levels=3)
    with pytest.raises(sf.exceptions.UnknownNameError, match="key_stages 'ks3_ks4' does not exist"):
        made(["2"], ["4"], key_stages="ks3_ks4")
    with pytest.raises(sf.exceptions.UnknownNameError, match="assume: level 'Z' does not exist"):
        made(["2"], ["4"], assume={"Z": "4"})


def test_the_expression_works_lazily_streaming_and_in_groups() -> None:
    frame = pl.DataFrame({"g": [1, 1, 2], "p": ["2", "3", "1"], "o": ["4", "4", "3"]})
    flag = sf.expected_progress("p", "o", key_stages="ks1_ks2", allow_unverified=True).struct.field("made")
    assert frame.lazy().select(flag).collect()["made"].to_list() == [True, False, True]
    assert frame.lazy().select(flag).collect(engine="streaming")["made"].to_list() == [True, False, True]
    assert frame.group_by("g", maintain_order=True).agg(flag.sum())["made"].to_list() == [1, 1]


codes = st.sampled_from([None, *LEVELS, "2C", "4A", "A"])


@given(st.lists(st.tuples(st.integers(1, 4), codes, codes), min_size=1, max_size=120))
def test_rates_count_what_the_expression_says_and_lose_nobody(rows: list[tuple[int, str | None, str | None]]) -> None:
    schema = {"urn": pl.Int64, "p": pl.String, "o": pl.String}
    pupils = pl.DataFrame(rows, schema=schema, orient="row")
    settings: dict[str, Any] = {"key_stages": "ks1_ks2", "without_level": ["A"], "allow_unverified": True}
    rates = sf.expected_progress_rates(pupils, "p", "o", min_group=0, **settings)
    flags = pupils.with_columns(sf.expected_progress("p", "o", **settings).struct.field("made"))
    assert rates.rows["rows"].sum() == pupils.height
    assert rates.used == flags["made"].count() == rates.frame["n"].sum()
    for row in rates.frame.iter_rows(named=True):
        own = flags.filter(urn=row["urn"])["made"].drop_nulls()
        assert row["n"] == own.len()
        if own.len():
            assert row["made"] == own.sum()
            low, high = stats.binomtest(int(own.sum()), own.len()).proportion_ci(method="wilson")
            assert (row["ci_low"], row["ci_high"]) == pytest.approx((100 * low, 100 * high), abs=1e-9)


@pytest.mark.parametrize(("n", "status"), [(5, "below_minimum"), (6, "ok"), (7, "ok")])
def test_small_schools_are_not_shown(n: int, status: str) -> None:
    pupils = pl.DataFrame({"urn": [1] * n, "p": ["2"] * n, "o": ["4"] * n})
    row = sf.expected_progress_rates(pupils, "p", "o", key_stages="ks1_ks2", allow_unverified=True).frame.row(
        0, named=True
    )
    assert row["status"] == status
    assert all((row[name] is None) is (status != "ok") for name in ("n", "made", "made_pct", "ci_low", "ci_high"))


def test_rates_say_what_they_rest_on() -> None:
    pupils = pl.DataFrame({"urn": [1] * 6, "p": ["2"] * 5 + ["W"], "o": ["4"] * 6})
    rates = sf.expected_progress_rates(
        pupils, "p", "o", key_stages="ks1_ks2", allow_unverified=True, assume={"W": "2"}, no_prior_from="4"
    )
    assert rates.notes[0].startswith("Expected progress depends on prior attainment")
    assert rates.notes[1] == "Not verified, read in secondary sources: 1 to 3, 2 to 4, 3 to 5, 4 to 6."
    assert rates.notes[2] == "Assumed by the caller: W to 2."
    assert rates.notes[3] == "Pupils without a prior level count as having made progress from 4."


def test_bad_frames_are_refused_by_name_and_an_empty_one_is_empty() -> None:
    settings: dict[str, Any] = {"key_stages": "ks1_ks2", "allow_unverified": True}
    empty = pl.DataFrame(schema={"urn": pl.Int64, "p": pl.String, "o": pl.String})
    assert sf.expected_progress_rates(empty, "p", "o", **settings).frame.is_empty()
    nothing = pl.DataFrame({"urn": [1], "p": [None], "o": [None]})
    assert sf.expected_progress_rates(nothing, "p", "o", **settings).frame["status"].to_list() == ["no_pupils"]
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'q' is not there"):
        sf.expected_progress_rates(empty, "q", "o", **settings)
    with pytest.raises(sf.exceptions.InputError, match="confidence: a number above 0 and below 1"):
        sf.expected_progress_rates(empty, "p", "o", confidence=95, **settings)
    with pytest.raises(sf.exceptions.InputError, match="column 'urn' holds Float64, which names no group"):
        sf.expected_progress_rates(empty.cast({"urn": pl.Float64}), "p", "o", **settings)
