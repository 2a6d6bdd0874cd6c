"""Comparison groups and places in them: against scipy and numpy, at every minimum, over years, with what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schoolframe as sf

if TYPE_CHECKING:
    from collections.abc import Callable

NEIGHBOURS = pl.DataFrame({"la": ["1", "1", "2"], "neighbour_la": ["2", "3", "1"]})


def schools(size: int = 120, seed: int = 11) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "urn": np.arange(size) + 100_000,
            "la": rng.choice(["1", "2", "3"], size),
            "phase": rng.choice(["primary", "secondary"], size),
            "kind": rng.choice(["academy", "community"], size),
            "fsm": rng.gamma(2, 8, size),
            "p8": rng.normal(0, 0.4, size).round(1),
            "pupils": rng.integers(6, 200, size),
        }
    )


def groups(frame: pl.DataFrame, **settings: Any) -> sf.ComparisonGroups:
    similar = sf.similar_schools(frame, features=["fsm"], k=8)
    return sf.comparison_groups(frame, school_type="kind", neighbours=NEIGHBOURS, similar=similar, **settings)


def expected_members(frame: pl.DataFrame, school: dict[str, Any], comparison: str) -> list[int]:
    same = frame.filter(phase=school["phase"])
    near = NEIGHBOURS.filter(la=school["la"])["neighbour_la"].to_list()
    chosen = {
        "authority": same.filter(la=school["la"]),
        "statistical_neighbours": same.filter(pl.col("la").is_in(near)),
        "national": same,
        "national_type": same.filter(kind=school["kind"]),
    }
    if comparison == "similar_schools":
        others = same.filter(pl.col("urn") != school["urn"])
        return others.sort((pl.col("fsm") - school["fsm"]).abs(), "urn")["urn"].head(8).to_list()
    return chosen[comparison]["urn"].to_list()


def test_members_of_every_group_are_those_the_definition_says() -> None:
    frame = schools()
    made = groups(frame)
    assert made.comparisons == ["authority", "statistical_neighbours", "similar_schools", "national", "national_type"]
    for school in frame.sample(15, seed=2).iter_rows(named=True):
        for comparison in made.comparisons:
            row = made.schools.filter(urn=school["urn"], comparison=comparison).row(0, named=True)
            expected = expected_members(frame, school, comparison)
            if comparison == "statistical_neighbours" and school["la"] == "3":
                assert (row["group"], row["reason"]) == (None, "the authority has no neighbours in the list")
                continue
            members = made.members.filter(comparison=comparison, group=row["group"])["urn"].to_list()
            assert sorted(members) == sorted(expected)


@pytest.mark.parametrize("direction", ["higher_better", "lower_better"])
def test_places_equal_scipy_and_numpy(direction: Any) -> None:
    frame = schools()
    made = groups(frame)
    beside = sf.compare_to_groups(frame, "p8", made, direction=direction, n="pupils", sd=1.27)
    assert beside.height == frame.height * 5
    value_of = dict(frame.select("urn", "p8").iter_rows())
    sign = 1 if direction == "higher_better" else -1
    checked = 0
    for row in beside.filter(status="ok").iter_rows(named=True):
        held = made.members.filter(comparison=row["comparison"], group=row["group"])["urn"]
        held_values = np.array([value_of[urn] for urn in held])
        assert row["group_n"] == len(held_values)
        assert (row["mean"], row["median"]) == pytest.approx((held_values.mean(), np.median(held_values)))
        assert (row["q25"], row["q75"]) == pytest.approx(tuple(np.quantile(held_values, [0.25, 0.75])))
        assert row["rank"] == 1 + (sign * held_values > sign * row["value"]).sum()
        percentile = stats.percentileofscore(sign * held_values, sign * row["value"], kind="mean")
        assert row["percentile"] == (pytest.approx(percentile) if len(held_values) >= 20 else None)
        half = stats.norm.ppf(0.975) * 1.27 / np.sqrt(row["pupils"])
        assert row["difference"] == pytest.approx(row["value"] - held_values.mean())
        assert row["ci_high"] - row["difference"] == pytest.approx(half, rel=1e-3)
        assert row["in_group"] is (row["comparison"] not in ("statistical_neighbours", "similar_schools"))
        checked += 1
    assert checked > 400


def test_percentiles_of_members_are_percentile_ranks() -> None:
    frame = schools()
    beside = sf.compare_to_groups(frame, "p8", groups(frame)).filter(comparison="national")
    ranks = frame.with_columns(sf.percentile_rank("p8", direction="higher_better").over("phase").alias("rank"))
    assert beside["percentile"].to_list() == pytest.approx(ranks["rank"].to_list())


def of_size(size: int, **more: Any) -> pl.DataFrame:
    return pl.DataFrame(
        {"urn": range(size), "phase": ["primary"] * size, "p8": [float(i) for i in range(size)], **more}
    )


@pytest.mark.parametrize(("size", "status"), [(5, "group_below_minimum"), (6, "ok"), (7, "ok")])
def test_small_groups_are_not_shown(size: int, status: str) -> None:
    frame = of_size(size)
    beside = sf.compare_to_groups(frame, "p8", sf.comparison_groups(frame, la=None))
    assert beside["status"].unique().to_list() == [status]
    shown = [name for name in ("mean", "median", "q25", "rank", "difference") if beside[name].null_count() == 0]
    assert shown == ([] if size < 6 else ["mean", "median", "q25", "rank", "difference"])
    assert beside["group_n"].unique().to_list() == [size]


@pytest.mark.parametrize(("size", "percentile", "quartiles"), [(3, 0, 0), (4, 0, 4), (19, 0, 19), (20, 20, 20)])
def test_percentiles_need_20_schools_and_quartiles_4(size: int, percentile: int, quartiles: int) -> None:
    frame = of_size(size)
    beside = sf.compare_to_groups(frame, "p8", sf.comparison_groups(frame, la=None), min_group=1)
    assert beside["percentile"].count() == percentile
    assert beside["q25"].count() == beside["q75"].count() == quartiles
    assert beside["rank"].to_list() == list(range(size, 0, -1))


@pytest.mark.parametrize(("pupils", "status"), [(5, "below_minimum"), (6, "ok"), (None, "ok")])
def test_figures_of_few_pupils_are_not_shown(pupils: int | None, status: str) -> None:
    frame = of_size(8, n=[pupils] + [50] * 7)
    beside = sf.compare_to_groups(frame, "p8", sf.comparison_groups(frame, la=None), n="n", sd=1.0)
    first = beside.row(0, named=True)
    assert first["status"] == status
    hidden = {name for name in ("value", "rank", "difference", "mean", "se") if first[name] is None}
    assert hidden == {5: {"value", "rank", "difference", "mean", "se"}, 6: set(), None: {"se"}}[pupils]
    # A figure that is not shown is not in the mean either, from which it could be worked out.
    held = range(1 if status == "below_minimum" else 0, 8)
    assert beside["group_n"].to_list() == [len(held)] * 8
    assert beside.filter(pl.col("urn") > 0)["mean"].unique().to_list() == [sum(held) / len(held)]
    assert beside.filter(pl.col("urn") > 0)["rank"].to_list() == list(range(7, 0, -1))
    assert beside.filter(pl.col("urn") > 0)["method"].unique().to_list() == ["known_sd"]


def test_what_is_missing_is_said() -> None:
    frame = of_size(8).with_columns(
        p8=pl.when(pl.col("urn") == 0).then(float("nan")).otherwise("p8"),
        phase=pl.when(pl.col("urn") == 1).then(None).otherwise("phase"),
    )
    beside = sf.compare_to_groups(frame, "p8", sf.comparison_groups(frame, la=None))
    assert beside.select("status", "reason").rows()[:3] == [
        ("missing", None), ("no_group", "phase is missing"), ("ok", None),
    ]  # fmt: skip
    assert beside["mean"].to_list() == [4.5, None, *[4.5] * 6]
    stranger = pl.concat([frame, of_size(9).tail(1)])
    beside = sf.compare_to_groups(stranger, "p8", sf.comparison_groups(frame, la=None))
    assert beside.row(8, named=True)["reason"] == "not among the schools of the groups"
    assert beside.row(8, named=True)["status"] == "no_group"


def test_years_are_apart_and_groups_may_hold_for_all() -> None:
    years = pl.concat(
        [of_size(8).with_columns(year=pl.lit(2018)), of_size(8).with_columns(pl.col("p8") * 2, year=2019)]
    )
    by_year = sf.comparison_groups(years, la=None)
    assert by_year.by_year
    beside = sf.compare_to_groups(years, "p8", by_year)
    assert beside["mean"].to_list() == [3.5] * 8 + [7.0] * 8
    assert beside["year"].to_list() == [2018] * 8 + [2019] * 8
    for_all = sf.comparison_groups(of_size(8), la=None)
    assert sf.compare_to_groups(years, "p8", for_all)["mean"].to_list() == [3.5] * 8 + [7.0] * 8
    with pytest.raises(sf.exceptions.InputError, match="a column 'year' is needed"):
        sf.compare_to_groups(of_size(8), "p8", by_year)


def test_several_figures_have_directions_pupils_and_spreads_of_their_own() -> None:
    frame = of_size(8, absence=[float(i) for i in range(8)], n8=[100] * 8, s=[2.0] * 8)
    made = sf.comparison_groups(frame, la=None)
    beside = sf.compare_to_groups(
        frame, ["p8", "absence"], made, direction={"absence": "lower_better"}, n={"p8": "n8"}, sd={"p8": "s"}
    )
    assert beside["measure"].to_list() == ["p8", "absence"] * 8
    assert beside.filter(measure="p8")["rank"].to_list() == list(range(8, 0, -1))
    assert beside.filter(measure="absence")["rank"].to_list() == list(range(1, 9))
    assert beside.filter(measure="p8")["se"].unique().to_list() == [0.2]
    assert beside.filter(measure="absence")["se"].null_count() == 8


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=40))
def test_negative_zero_is_zero_and_ties_share_the_best_rank(data: list[int]) -> None:
    frame = of_size(len(data)).with_columns(
        p8=pl.Series([-0.0 if one == 0 and at % 2 else float(one) for at, one in enumerate(data)])
    )
    beside = sf.compare_to_groups(frame, "p8", sf.comparison_groups(frame, la=None))
    assert beside["rank"].to_list() == [1 + sum(other > one for other in data) for one in data]


def test_groups_of_england() -> None:
    register = sf.samples.register()
    made = sf.comparison_groups(register, school_type="type_group", neighbours=sf.samples.statistical_neighbours())
    sizes = made.sizes()
    southend = register.filter(la="882", phase="primary")
    assert sizes.filter(comparison="authority", group="882, primary")["schools"].item() == southend.height
    near = sf.samples.statistical_neighbours().filter(la="882")["neighbour_la"]
    expected = register.filter(pl.col("la").is_in(near.to_list()), phase="primary").height
    assert sizes.filter(comparison="statistical_neighbours", group="882, primary")["schools"].item() == expected
    assert made.schools.height == register.height * 4
    assert "882, primary" in made._repr_html_() or "ComparisonGroups(" in made._repr_html_()
    assert repr(made).startswith("ComparisonGroups(26,078 schools: authority ")


def test_an_authority_is_no_neighbour_of_its_own() -> None:
    frame = schools(40)
    own = pl.concat([NEIGHBOURS, NEIGHBOURS.with_columns(neighbour_la="la")])
    plain, listed = (sf.comparison_groups(frame, neighbours=one) for one in (NEIGHBOURS, own))
    assert plain.members.filter(comparison="statistical_neighbours").height > 0
    assert listed.members.equals(plain.members)


@pytest.mark.parametrize("schools_in_group", [6, 50])
def test_the_interval_is_too_wide_for_members_and_too_narrow_for_others(schools_in_group: int) -> None:
    """By what the documentation says, from repeated samples of schools that do not differ."""
    random = np.random.default_rng(2)
    k, pupils, repeats = schools_in_group, 25, 20_000
    means = random.normal(0, 1 / pupils**0.5, (repeats, k + 1))
    group = means[:, :k].mean(axis=1)
    frame = of_size(k + 1, n=[pupils] * (k + 1))
    members = frame.filter(pl.col("urn") < k)
    shown = sf.compare_to_groups(frame, "p8", sf.comparison_groups(members, la=None), n="n", sd=1.0)
    se = shown["se"][0]
    assert np.std(means[:, 0] - group) == pytest.approx(se * (1 - 1 / k) ** 0.5, rel=0.03)
    assert np.std(means[:, k] - group) == pytest.approx(se * (1 + 1 / k) ** 0.5, rel=0.03)


def test_bad_groups_are_refused() -> None:
    frame = schools(10)
    refused = (sf.exceptions.InputError, sf.exceptions.UnknownNameError)
    calls: list[tuple[Callable[[], Any], str]] = [
        (lambda: sf.comparison_groups(frame, phase="stage"), "column 'stage' is not there"),
        (
            lambda: sf.comparison_groups(pl.concat([frame, frame])),
            r"column 'urn' must name one row; 10 values .*: urn 100000 \(rows 0, 10\)",
        ),
        (lambda: sf.comparison_groups(frame, la=None, neighbours=NEIGHBOURS), "the authority of each school is needed"),
        (lambda: sf.comparison_groups(frame, neighbours=frame), "column 'neighbour_la' is not there"),
        (lambda: sf.comparison_groups(frame.with_columns(phase=pl.lit(1.5))), "column 'phase'"),
        (
            lambda: sf.comparison_groups(
                frame.with_columns(year=2019), similar=pl.DataFrame({"urn": [1], "neighbour_urn": [2]})
            ),
            "similar: the schools have years",
        ),
    ]
    for call, message in calls:
        with pytest.raises(refused, match=message):
            call()
    assert (
        "in no group: 1"
        in sf.comparison_groups(frame.with_columns(urn=pl.when(pl.int_range(10) > 0).then("urn"))).notes[0]
    )


def test_bad_comparisons_are_refused() -> None:
    frame = schools(10)
    made = sf.comparison_groups(frame)
    refused = (sf.exceptions.InputError, sf.exceptions.UnknownNameError)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"values": "P8"}, "column 'P8' is not there. Did you mean 'p8'"),
        ({"values": []}, "name at least one column"),
        ({"values": "kind", "direction": "lower_better"}, "column 'kind' must hold numbers"),
        ({"values": "fsm"}, "say 'higher_better' or 'lower_better' for 'fsm'"),
        ({"direction": "up"}, "direction 'up' does not exist"),
        ({"groups": frame}, "the result of comparison_groups is needed, not DataFrame"),
        ({"n": 5}, "n: the name of a column is needed"),
        ({"n": "pupils", "sd": 0.0}, "sd: a finite number above 0"),
        ({"sd": "p8"}, "column 'p8' must be above 0"),
        ({"n": "p8"}, r"column 'p8' must not be under 0; .*: -0.1 \(row 0\)"),
        ({"min_group": 0}, "min_group: a whole number from 1"),
        ({"confidence": 1.0}, "confidence"),
    ]
    for settings, message in bad:
        arguments = {"values": "p8", "groups": made, **settings}
        with pytest.raises(refused, match=message):
            sf.compare_to_groups(frame, arguments.pop("values"), arguments.pop("groups"), **arguments)
    with pytest.raises(sf.exceptions.InputError, match="must hold finite numbers"):
        sf.compare_to_groups(frame.with_columns(p8=pl.lit(float("inf"))), "p8", made)
    empty = sf.compare_to_groups(frame.clear(), "p8", made)
    assert empty.is_empty()
    assert empty.schema == sf.compare_to_groups(frame, "p8", made).schema
