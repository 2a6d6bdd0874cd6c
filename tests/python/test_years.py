"""Several years: weighted averages against numpy, runs against a loop, and what a missing year means."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schoolframe as sf

SCHOOL = pl.DataFrame({"urn": [1] * 3, "year": [2017, 2018, 2019], "v": [0.3, -0.1, 0.2], "n": [50, 100, 150]})


def one(frame: pl.DataFrame, **settings: Any) -> dict[str, Any]:
    return sf.multi_year_average(frame, "v", **settings).frame.row(0, named=True)


def test_weights_3_2_1_and_the_number_of_pupils() -> None:
    got = one(SCHOOL, n="n", sd=1.2)
    weights, pupils = np.array([3, 2, 1]), np.array([150, 100, 50])
    total = (weights * pupils).sum()
    assert got["value"] == pytest.approx((weights * pupils * [0.2, -0.1, 0.3]).sum() / total)
    se = 1.2 * np.sqrt((weights**2 * pupils).sum()) / total
    assert got["se"] == pytest.approx(se)
    assert got["ci_high"] - got["value"] == pytest.approx(1.96 * se)
    assert (got["n"], got["n_years"], got["years"], got["complete"]) == (300.0, 3, "2019, 2018, 2017", True)


def test_equal_cohorts_give_a_half_a_third_and_a_sixth() -> None:
    for place, share in enumerate([1 / 6, 1 / 3, 1 / 2]):
        frame = SCHOOL.with_columns(v=pl.Series(np.eye(3)[place]), n=80)
        assert one(frame, n="n")["value"] == pytest.approx(share)
        assert one(frame)["value"] == pytest.approx(share)


rows = st.lists(
    st.tuples(st.integers(1, 3), st.integers(2014, 2019), st.one_of(st.none(), st.floats(-5, 5)), st.integers(0, 200)),
    unique_by=lambda row: row[:2],
    min_size=1,
    max_size=18,
)


@given(rows, st.lists(st.floats(0.1, 9), min_size=1, max_size=5))
def test_the_average_is_that_of_numpy_and_no_row_is_lost(
    data: list[tuple[int, int, float | None, int]], weights: list[float]
) -> None:
    schema = {"urn": pl.Int64, "year": pl.Int64, "v": pl.Float64, "n": pl.Int64}
    frame = pl.DataFrame(data, schema=schema, orient="row")
    found = sf.multi_year_average(frame, "v", n="n", weights=weights, min_group=0)
    end = max(year for _, year, _, _ in data)
    assert found.rows["rows"].sum() == len(data)
    assert found.used == found.frame["n_years"].sum()
    assert found.frame["urn"].to_list() == sorted({urn for urn, *_ in data})
    for row in found.frame.iter_rows(named=True):
        own = [(end - y, v, n) for u, y, v, n in data if u == row["urn"] and v is not None and n > 0]
        own = [(back, v, n) for back, v, n in own if back < len(weights)]
        assert row["n_years"] == len(own)
        assert row["complete"] == (len(own) == len(weights))
        if own:
            expected = np.average([v for _, v, _ in own], weights=[weights[back] * n for back, _, n in own])
            assert row["value"] == pytest.approx(expected, abs=1e-12)
            assert row["status"] == "no_error"
        else:
            assert (row["value"], row["status"]) == (None, "missing")


def test_a_missing_year_is_reported_and_the_others_keep_their_weights() -> None:
    got = one(SCHOOL.filter(pl.col("year") != 2018), n="n")
    assert got["value"] == pytest.approx((3 * 150 * 0.2 + 50 * 0.3) / (3 * 150 + 50))
    assert (got["n_years"], got["years"], got["complete"]) == (2, "2019, 2017", False)


def test_years_without_results_are_passed_over_or_missing() -> None:
    frame = pl.DataFrame({"urn": [1] * 4, "year": [2018, 2019, 2022, 2023], "v": [1.0, 2.0, 3.0, 4.0]})
    over = one(frame)
    assert (over["years"], over["complete"]) == ("2023, 2022, 2019", True)
    assert over["value"] == pytest.approx((3 * 4 + 2 * 3 + 2) / 6)
    strict = one(frame, bridge=False)
    assert (strict["years"], strict["complete"]) == ("2023, 2022", False)
    own = one(frame, no_results=[2022])
    assert own["years"] == "2023"


def test_rolling_windows_end_with_each_year_and_as_of_with_one() -> None:
    found = sf.multi_year_average(SCHOOL, "v", weights=(1, 1), rolling=True)
    assert found.frame["year"].to_list() == [2017, 2018, 2019]
    assert found.frame["value"].to_list() == pytest.approx([0.3, 0.1, 0.05])
    assert found.frame["complete"].to_list() == [False, True, True]
    assert found.used == 3
    assert one(SCHOOL, as_of=2018, weights=(1,))["value"] == -0.1
    late = sf.multi_year_average(SCHOOL, "v", as_of=2018, weights=(1,))
    assert late.left_out.rows() == [("year is outside the window", 2)]


@pytest.mark.parametrize(("n", "status"), [(2.5, "below_minimum"), (3, "no_error"), (3.5, "no_error")])
def test_the_pupils_of_all_years_together_must_be_enough(n: float, status: str) -> None:
    frame = pl.DataFrame({"urn": [1, 1], "year": [2018, 2019], "v": [1.0, 1.0], "n": [n, n]})
    got = one(frame, n="n")
    assert got["status"] == status
    assert (got["value"] is None) is (status == "below_minimum")


def test_a_year_without_a_spread_leaves_the_error_unknown() -> None:
    frame = SCHOOL.with_columns(sd=pl.Series([1.2, None, 1.3]))
    got = one(frame, n="n", sd="sd")
    assert (got["status"], got["se"]) == ("no_error", None)
    full = one(SCHOOL.with_columns(sd=pl.Series([1.2, 1.25, 1.3])), n="n", sd="sd")
    assert full["se"] == pytest.approx(np.sqrt(9 * 150 * 1.3**2 + 4 * 100 * 1.25**2 + 50 * 1.2**2) / 700)


def test_what_is_wrong_with_an_average_is_named() -> None:
    twice = pl.concat([SCHOOL, SCHOOL.head(1)])
    with pytest.raises(
        sf.exceptions.InputError,
        match=r"column 'urn' with 'year' must name one row; 1 .*: urn 1, year 2017 \(rows 0, 3\)",
    ):
        sf.multi_year_average(twice, "v")
    with pytest.raises(sf.exceptions.InputError, match=r"column 'n' must not be under 0; .* -1 \(row 0\)"):
        sf.multi_year_average(SCHOOL.with_columns(n=-1), "v", n="n")
    with pytest.raises(sf.exceptions.InputError, match="column 'v' must hold numbers, it holds String"):
        sf.multi_year_average(SCHOOL.with_columns(v=pl.lit("x")), "v")
    with pytest.raises(sf.exceptions.InputError, match="must hold finite numbers"):
        sf.multi_year_average(SCHOOL.with_columns(v=float("inf")), "v")
    with pytest.raises(sf.exceptions.InputError, match="must hold a year such as 2019"):
        sf.multi_year_average(SCHOOL.with_columns(year=201819), "v")
    with pytest.raises(sf.exceptions.InputError, match="must hold whole numbers .* it holds String"):
        sf.multi_year_average(SCHOOL.with_columns(pl.col("year").cast(pl.String)), "v")
    with pytest.raises(sf.exceptions.InputError, match="weights: one or more numbers above 0"):
        sf.multi_year_average(SCHOOL, "v", weights=(3, 0))
    with pytest.raises(sf.exceptions.InputError, match="sd: an error needs the number of pupils"):
        sf.multi_year_average(SCHOOL, "v", sd=1.2)
    with pytest.raises(sf.exceptions.InputError, match="as_of: no row is of 2016; there are: 2017, 2018, 2019"):
        sf.multi_year_average(SCHOOL, "v", as_of=2016)
    with pytest.raises(sf.exceptions.UnknownNameError, match="column 'w' is not there"):
        sf.multi_year_average(SCHOOL, "w")
    with pytest.raises(sf.exceptions.InputError, match="'year' is the year"):
        sf.multi_year_average(SCHOOL, "v", by=["urn", "year"])
    assert sf.multi_year_average(SCHOOL.clear(), "v", n="n").frame.is_empty()
    nothing = sf.multi_year_average(SCHOOL.with_columns(v=pl.lit(None)), "v")
    assert nothing.frame["status"].to_list() == ["missing"]
    assert nothing.left_out.rows() == [("value is missing", 3)]


def flags(*values: bool | None, last: int = 2019) -> pl.DataFrame:
    years = range(last - len(values) + 1, last + 1)
    return pl.DataFrame(
        {"urn": [1] * len(values), "year": list(years), "flag": list(values)}, schema_overrides={"flag": pl.Boolean}
    )


@pytest.mark.parametrize(
    ("values", "consistent", "run", "reason"),
    [
        ((True, True, True), True, 3, None),
        ((True, True), None, 2, "not known in 2017"),
        ((False, True, True), False, 2, "does not hold in 2017"),
        ((True, True, True, True, True), True, 5, None),
        ((True, None, True), None, 1, "not known in 2018"),
        ((False, None, True), False, 1, "does not hold in 2017"),
        ((True, True, None), None, 0, "not known in 2019"),
        ((True, True, False), False, 0, "does not hold in 2019"),
        ((False, True, True, True), True, 3, None),
        ((False, False, True), False, 1, "does not hold in 2018, 2017"),
    ],
)
def test_what_holds_in_each_of_three_years(
    values: tuple[bool | None, ...], consistent: bool | None, run: int, reason: str | None
) -> None:
    row = sf.consistently(flags(*values), "flag").frame.row(0, named=True)
    assert (row["consistent"], row["run"], row["reason"]) == (consistent, run, reason)
    assert row["status"] == ("missing" if consistent is None else "ok")


def test_2019_and_2022_follow_each_other_only_when_told() -> None:
    frame = pl.DataFrame({"urn": [1] * 3, "year": [2018, 2019, 2022], "band": [4, 5, 4]})
    strict = sf.consistently(frame, pl.col("band") >= 4).frame.row(0, named=True)
    assert (strict["consistent"], strict["run"], strict["reason"]) == (None, 1, "not known in 2021, 2020")
    over = sf.consistently(frame, pl.col("band") >= 4, bridge=True).frame.row(0, named=True)
    assert (over["consistent"], over["run"]) == (True, 3)


def test_every_school_is_asked_about_the_same_years() -> None:
    frame = pl.concat(
        [flags(True, True, True), flags(True, True, True, last=2018).with_columns(urn=pl.lit(2, dtype=pl.Int64))]
    )
    found = sf.consistently(frame, "flag").frame
    assert found["consistent"].to_list() == [True, None]
    assert found["reason"].to_list() == [None, "not known in 2019"]
    before = sf.consistently(frame, "flag", as_of=2018)
    assert before.frame["consistent"].to_list() == [None, True]
    assert before.left_out.rows() == [("year is after 2018, or not one of results", 1)]


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(2012, 2019), st.sampled_from([True, False, None])),
        unique_by=lambda row: row[:2],
        min_size=1,
    ),
    st.integers(1, 5),
)
def test_runs_are_those_of_a_loop(data: list[tuple[int, int, bool | None]], years: int) -> None:
    frame = pl.DataFrame(data, schema={"urn": pl.Int64, "year": pl.Int64, "flag": pl.Boolean}, orient="row")
    found = sf.consistently(frame, "flag", years=years)
    held = {(urn, year): flag for urn, year, flag in data}
    end = max(year for _, year in held)
    assert found.rows["rows"].sum() == len(data)
    for row in found.frame.iter_rows(named=True):
        asked = [held.get((row["urn"], end - back)) for back in range(years)]
        run = 0
        while held.get((row["urn"], end - run)) is True:
            run += 1
        assert row["run"] == run
        assert row["n_years"] == sum(flag is not None for flag in asked)
        assert row["consistent"] == (False if False in asked else None if None in asked else True)


def test_what_is_wrong_with_a_flag_is_named() -> None:
    frame = flags(True, True, True).with_columns(band=pl.Series([1, 2, 3]))
    with pytest.raises(
        sf.exceptions.InputError, match="column 'band' must hold true, false or nothing; .*it holds Int64"
    ):
        sf.consistently(frame, "band")
    with pytest.raises(
        sf.exceptions.InputError, match="one value for each row is needed, the expression gives 2 for 3"
    ):
        sf.consistently(frame, pl.col("flag").head(2))
    with pytest.raises(sf.exceptions.InputError, match="a column of the expression is not there"):
        sf.consistently(frame, pl.col("flog"))
    with pytest.raises(sf.exceptions.InputError, match="flag: the name of a column or an expression"):
        sf.consistently(frame, flag=3)  # type: ignore[arg-type]
    with pytest.raises(sf.exceptions.InputError, match="must name one row"):
        sf.consistently(pl.concat([frame, frame]), "flag")
    with pytest.raises(sf.exceptions.InputError, match="years: a whole number from 1"):
        sf.consistently(frame, "flag", years=0)
    assert sf.consistently(frame.clear(), "flag").frame.is_empty()


def test_the_same_answer_in_any_order_of_rows() -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({"urn": np.repeat(np.arange(200), 5), "year": np.tile(np.arange(2015, 2020), 200),
                          "v": rng.normal(size=1000), "n": rng.integers(10, 200, 1000)})  # fmt: skip
    first = sf.multi_year_average(frame, "v", n="n", sd=1.0).frame
    assert sf.multi_year_average(frame.sample(fraction=1, shuffle=True, seed=2), "v", n="n", sd=1.0).frame.equals(first)
    held = sf.consistently(frame, pl.col("v") > 0).frame
    assert sf.consistently(frame.sample(fraction=1, shuffle=True, seed=2), pl.col("v") > 0).frame.equals(held)
