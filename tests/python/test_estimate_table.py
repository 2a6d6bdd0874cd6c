"""Tables of estimates: the published ones, fitted ones against polars and numpy, limits, names that claim too much."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import schoolframe as sf
from _secondary_pupils import OUTCOMES, secondary

P8 = dict(zip(OUTCOMES, (10, 2, 2, 3, 3), strict=True))
YEARS = [2022, 2023, 2024]
PUPILS = secondary(20_000)


def fitted(pupils: pl.DataFrame = PUPILS, **settings: Any) -> sf.EstimateTable:
    given: dict[str, Any] = {
        "prior": "ks2_scaled_score",
        "outcomes": P8,
        "groups": "ks2_scaled_score",
        "measure": "p8",
        "year": 2024,
    }
    return sf.EstimateTable.fit(pupils, **(given | settings))


@pytest.mark.parametrize(
    ("year", "points", "score"), [(2023, 52.0, 0.645), (2024, 44.0, -0.112)], ids=["2023 revised", "2024 provisional"]
)
def test_worked_examples_of_a_pupil(year: int, points: float, score: float) -> None:
    table = sf.EstimateTable.bundled("p8", year)
    found = pl.DataFrame({"ks2": [105.0]}).select(table.scores("ks2", {"attainment_8": points})).unnest("ks2")
    assert found["p8"].item() == pytest.approx(score, abs=1e-9)
    assert pl.DataFrame({"ks2": [105.0]}).select(table.apply("ks2")).unnest("ks2")["group"].item() == 19


@pytest.mark.parametrize("year", YEARS)
def test_bundled_tables_are_those_of_the_sample_and_add_up(year: int) -> None:
    frame = sf.EstimateTable.bundled("p8", year).frame
    wide = frame.pivot(on="outcome", index=["group", "prior_to"], values="mean")
    sample = sf.samples.attainment8_estimates().filter(year=year)
    assert wide.height == 34
    assert wide["prior_to"].to_list() == sample["ks2_high"].to_list()
    for ours, theirs in zip(OUTCOMES, ("a8", "english", "maths", "ebacc", "open"), strict=True):
        assert wide[ours].to_list() == sample[theirs].to_list()
    difference = wide["attainment_8"] - wide["english"] - wide["maths"] - wide["ebacc"] - wide["open"]
    assert difference.abs().max() <= 0.0201


@pytest.mark.parametrize(
    ("prior", "group", "status"),
    [
        (58.5, None, "prior_outside"),
        (59.0, 1, "ok"),
        (82.0, 1, "ok"),
        (82.5, 2, "ok"),
        (115.0, 29, "ok"),
        (115.5, 30, "ok"),
        (119.5, 34, "ok"),
        (120.0, 34, "ok"),
        (120.5, None, "prior_outside"),
        (float("nan"), None, "prior_missing"),
        (None, None, "prior_missing"),
    ],
)
def test_groups_at_their_ends(prior: float | None, group: int | None, status: str) -> None:
    frame = pl.DataFrame({"ks2": [prior]}, schema={"ks2": pl.Float64})
    row = frame.select(sf.EstimateTable.bundled("p8", 2023).apply("ks2")).unnest("ks2").row(0, named=True)
    assert (row["group"], row["status"]) == (group, status)
    assert (row["attainment_8"] is None) is (group is None)


@pytest.mark.parametrize("year", [2020, 2021, 2025, 2026])
def test_years_without_progress_8_say_why_and_point_to_proxies(year: int) -> None:
    with pytest.raises(sf.exceptions.InputError, match=f"no Progress 8 for {year}: .*a name of its own"):
        sf.EstimateTable.bundled("p8", year)
    with pytest.raises(sf.exceptions.InputError, match=f"no Progress 8 for {year}"):
        fitted(year=year)


def test_other_years_and_measures_say_what_exists() -> None:
    with pytest.raises(sf.exceptions.InputError, match="for 2019; there are: 2022 revised, 2023 revised, 2024 prov"):
        sf.EstimateTable.bundled("p8", 2019)
    with pytest.raises(sf.exceptions.InputError, match="2024 revised"):
        sf.EstimateTable.bundled("p8", 2024, "revised")
    with pytest.raises(sf.exceptions.UnknownNameError, match="There are: p8"):
        sf.EstimateTable.bundled("progress 8", 2024)
    with pytest.raises(sf.exceptions.InputError, match="year"):
        sf.EstimateTable.bundled("p8", 24)


@pytest.mark.parametrize("measure", ["p8", "P8", "Progress 8", "progress-8", "p8_proxy_cat4", "my_p8", "Prog 8"])
def test_a_proxy_never_carries_the_published_name(measure: str) -> None:
    pupils = PUPILS.rename({"ks2_scaled_score": "cat4"})
    with pytest.raises(sf.exceptions.InputError, match="'progress_from_cat4'"):
        fitted(pupils, prior="cat4", groups=10, measure=measure, year=2025)
    with pytest.raises(sf.exceptions.InputError, match="starts from key stage 2 results"):
        fitted(pupils, prior="cat4", groups=10, measure=None, year=2025, scores={"attainment_8": measure})
    with pytest.raises(sf.exceptions.InputError, match="starts from key stage 2 results"):
        fitted(pupils, prior="cat4", prior_attainment="ks1_points", groups=10, measure=measure, year=2025)


def test_a_proxy_is_named_after_its_start() -> None:
    pupils = PUPILS.rename({"ks2_scaled_score": "cat4"})
    table = fitted(pupils, prior="cat4", groups=10, measure=None, year=2025)
    assert table.proxy
    assert table.score_names[:2] == ["progress_from_cat4_attainment_8", "progress_from_cat4_english"]
    assert pupils.select(table.scores()).unnest("cat4").columns == ["status", *table.score_names]
    with pytest.raises(sf.exceptions.InputError, match="its name must say so"):
        fitted(pupils, prior="cat4", groups=10, measure="progress", year=2025)
    assert not fitted().proxy
    assert not sf.EstimateTable.bundled("p8", 2023).proxy


def test_key_stage_2_progress_starts_from_key_stage_1() -> None:
    groups = pl.DataFrame({"to": [5.0, 10.0], "reading": [95.0, 105.0], "n": [10, 20], "sd": [5.0, None]})
    settings: dict[str, Any] = {"upper": "to", "outcomes": "reading", "measure": "ks2_progress"}
    table = sf.EstimateTable.from_frame(
        groups, prior_attainment="ks1_points", year=2023, n={"reading": "n"}, sd={"reading": "sd"}, **settings
    )
    assert (table.score_names, table.proxy, table.status) == (["ks2_progress_reading"], False, "supplied")
    assert table.frame.select("prior_above", "prior_to", "mean", "n", "sd").rows() == [
        (None, 5.0, 95.0, 10, 5.0),
        (5.0, 10.0, 105.0, 20, None),
    ]
    spelt = sf.EstimateTable.from_frame(
        groups, prior_attainment="ks1_points", year=2023, **(settings | {"measure": "KS2 Progress"})
    )
    assert not spelt.proxy
    with pytest.raises(sf.exceptions.InputError, match="starts from key stage 1 results"):
        sf.EstimateTable.from_frame(groups, prior_attainment="eyfs", year=2023, **settings)
    with pytest.raises(sf.exceptions.InputError, match="no key stage 2 progress for 2024"):
        sf.EstimateTable.from_frame(groups, prior_attainment="ks1_points", year=2024, **settings)


def test_fitted_means_equal_those_of_polars() -> None:
    pupils = secondary(20_000, missing=0.1)
    table = fitted(pupils)
    groups = pupils.select(table.apply().alias("e")).unnest("e")["group"]
    for name in OUTCOMES:
        known = pupils.select(name).with_columns(groups.alias("group")).drop_nulls()
        oracle = known.group_by("group").agg(mean=pl.col(name).mean(), n=pl.len().cast(pl.Int64), sd=pl.col(name).std())
        ours = table.frame.filter(pl.col("outcome") == name, pl.col("n") > 0)
        assert_frame_equal(ours.select("group", "mean", "n", "sd"), oracle.sort("group"), rel_tol=1e-9)
    assert fitted(pupils.lazy()) == fitted(pupils.to_arrow()) == table  # type: ignore[arg-type]


def test_scores_of_the_fitted_pupils_average_nought_in_every_group_and_add_up() -> None:
    table = fitted()
    scores = PUPILS.select(table.scores().alias("s"), table.apply().struct.field("group").alias("group")).unnest("s")
    means = scores.group_by("group").agg(pl.col(table.score_names).mean().abs())
    assert means.select(pl.max_horizontal(table.score_names).max()).item() < 1e-10
    weighted = 2 * scores["p8_english"] + 2 * scores["p8_maths"] + 3 * scores["p8_ebacc"] + 3 * scores["p8_open"]
    assert (10 * scores["p8"] - weighted).abs().max() < 1e-9


@given(st.lists(st.integers(0, 18), min_size=4, max_size=4), st.integers(118, 240), st.sampled_from(YEARS))
def test_ten_times_the_score_is_the_weighted_sum_of_its_elements(points: list[int], twice: int, year: int) -> None:
    table = sf.EstimateTable.bundled("p8", year)
    elements = dict(zip(("english", "maths", "ebacc", "open"), map(float, points), strict=True))
    row = pl.DataFrame({"ks2_scaled_score": [twice / 2], "attainment_8": [float(sum(points))], **elements})
    score = row.select(table.scores()).unnest("ks2_scaled_score").row(0, named=True)
    weighted = 2 * score["p8_english"] + 2 * score["p8_maths"] + 3 * score["p8_ebacc"] + 3 * score["p8_open"]
    assert 10 * score["p8"] == pytest.approx(weighted, abs=0.0201)


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(-50, 50)), min_size=1, max_size=60), st.integers(1, 8))
def test_every_way_to_make_groups_holds_every_pupil(rows: list[tuple[int, float]], groups: int) -> None:
    pupils = pl.DataFrame(rows, schema={"start": pl.Float64, "points": pl.Float64}, orient="row")
    settings: dict[str, Any] = {"prior": "start", "outcomes": "points"}
    distinct = sf.EstimateTable.fit(pupils, **settings)
    assert distinct.frame["prior_to"].to_list() == sorted({float(start) for start, _ in rows})
    equal = sf.EstimateTable.fit(pupils, groups=groups, **settings)
    assert equal.frame.height <= groups
    for table in (distinct, equal):
        assert table.frame["n"].sum() == len(rows)
        assert pupils.select(table.apply().struct.field("status"))["status"].unique().to_list() == ["ok"]


def test_groups_of_equal_size_are_cut_at_quantiles_of_type_7() -> None:
    ends = fitted(groups=5).frame.filter(outcome="attainment_8")["prior_to"].to_list()
    assert ends == np.quantile(PUPILS["ks2_scaled_score"].to_numpy(), [0.2, 0.4, 0.6, 0.8, 1.0]).tolist()
    assert fitted(groups=5).prior_range == (PUPILS["ks2_scaled_score"].min(), ends[-1])
    assert fitted(groups=[100.0, 120.0]).frame.filter(outcome="maths")["prior_above"].to_list() == [None, 100.0]


def test_the_fine_levels_of_2016_to_2019() -> None:
    fine = pl.DataFrame({"ks2_fine_level": [1.4, 2.6, 2.8, 2.81, 4.85, 5.8, 5.9], "a8": [20.0] * 7})
    settings: dict[str, Any] = {"prior": "ks2_fine_level", "outcomes": {"a8": 10}, "groups": "ks2_fine_level"}
    whole = fine.with_columns(pl.col("ks2_fine_level").round(1, mode="half_away_from_zero"))
    with pytest.raises(sf.exceptions.InputError, match="grouping 'ks2_fine_level' is not verified"):
        sf.EstimateTable.fit(whole, **settings)
    table = sf.EstimateTable.fit(whole, **settings, allow_unverified=True)
    assert not table.verified
    assert table.frame.height == 34
    assert fine.select(table.apply()).unnest("ks2_fine_level")["group"].to_list() == [1, 4, 4, 5, 25, 34, None]
    with pytest.raises(sf.exceptions.UnknownNameError, match="There are: ks2_scaled_score, ks2_fine_level"):
        fitted(groups="ks2_levels")


def test_a_group_without_pupils_has_no_estimate() -> None:
    table = sf.EstimateTable.fit(pl.DataFrame({"x": [1.0], "y": [5.0]}), prior="x", outcomes="y", groups=[1, 2])
    got = pl.DataFrame({"x": [1.0, 2.0, 3.0], "y": [6.0] * 3}).select(table.scores()).unnest("x")
    assert got.rows() == [("ok", 1.0), ("no_estimate", None), ("prior_outside", None)]
    beside = pl.DataFrame({"x": [1.0], "y": [None]}, schema={"x": pl.Float64, "y": pl.Float64})
    assert beside.select(table.scores()).unnest("x").rows() == [("outcome_missing", None)]


def test_json_goes_both_ways_and_is_checked() -> None:
    table = fitted().with_limits(2.3)
    assert sf.EstimateTable.from_json(table.to_json()) == table
    assert sf.EstimateTable.from_json(json.dumps(json.loads(table.to_json()), indent=1)) == table
    assert len(table.content_hash) == 64
    assert table.content_hash != fitted().content_hash
    content = json.loads(table.to_json())
    for damage, message in [
        ({"typo": 1}, "unknown field `typo`"),
        ({"upper": content["upper"][::-1]}, "must rise strictly"),
        ({"upper": content["upper"][:-1]}, "one mean for each of the 33 groups"),
        ({"outcomes": content["outcomes"] * 2}, "two columns of results"),
        ({"outcomes": []}, "at least one outcome"),
        ({"prior": "cat4"}, "starts from key stage 2 results"),
        ({"status": "X"}, "unknown variant"),
    ]:
        with pytest.raises(sf.exceptions.InputError, match=message):
            sf.EstimateTable.from_json(json.dumps(content | damage))
    with pytest.raises(sf.exceptions.InputError, match="does not hold estimates"):
        sf.EstimateTable.from_json("[]")


def test_limits_lie_a_multiple_of_the_spread_below_the_mean() -> None:
    frame = fitted().with_limits(2.0, outcomes=["attainment_8"]).frame
    limited = frame.filter(outcome="attainment_8").drop_nulls("sd").filter(pl.col("sd") > 0)
    assert limited["minimum"].to_list() == pytest.approx((limited["mean"] - 2 * limited["sd"]).to_list())
    assert frame.filter(outcome="maths")["minimum"].null_count() == 34
    given = sf.EstimateTable.bundled("p8", 2023).with_limits(2.0, outcomes="maths", sd={"maths": 3.0}).frame
    maths = given.filter(outcome="maths")
    assert maths["minimum"].to_list() == pytest.approx((maths["mean"] - 6).to_list())


def test_a_group_without_spread_has_no_limit() -> None:
    pupils = pl.DataFrame({"x": [1, 1, 2, 3, 3], "y": [4.0, 8.0, 7.0, 5.0, 5.0]})
    table = sf.EstimateTable.fit(pupils, prior="x", outcomes="y").with_limits(2)
    assert table.frame["sd"].to_list() == [pytest.approx(8**0.5), None, 0.0]
    assert table.frame["minimum"].to_list() == [pytest.approx(6 - 2 * 8**0.5), None, None]
    assert table.limits == {"progress_from_x_y": 2.0}
    with pytest.raises(sf.exceptions.UnknownNameError, match="sd: outcome 'z' does not exist"):
        table.with_limits(2, sd={"z": 1.0})


@pytest.mark.parametrize("share", [0.01, 0.025, 0.1])
def test_calibrated_limits_equal_numpy_and_limit_that_share(share: float) -> None:
    table = fitted(groups=8).calibrate_limits(PUPILS, share=share)
    columns = table.apply().struct.field("group"), pl.col("attainment_8").alias("points")
    frame = fitted(groups=8).frame.filter(outcome="attainment_8").select("group", "mean", "sd")
    joined = PUPILS.select(*columns).join(frame, on="group")
    z = ((joined["points"] - joined["mean"]) / joined["sd"]).to_numpy()
    content = json.loads(table.to_json())["outcomes"][0]
    assert content["sd_multiple"] == pytest.approx(-np.quantile(z, share), rel=1e-12)
    scores = sf.progress_scores(PUPILS, estimates=table, by=None, outcomes="attainment_8").frame
    assert scores["n_adjusted"].item() == pytest.approx(share * PUPILS.height, abs=2)
    assert scores["score"].item() > scores["score_unadjusted"].item()
    assert table == fitted(groups=8).calibrate_limits(PUPILS.sample(fraction=1, shuffle=True, seed=1), share=share)


def test_limits_are_refused_with_the_reason() -> None:
    bundled = sf.EstimateTable.bundled("p8", 2023)
    with pytest.raises(sf.exceptions.InputError, match="holds no standard deviation of 'attainment_8'"):
        bundled.with_limits(2.3)
    with pytest.raises(sf.exceptions.InputError, match="multiple of the standard deviation"):
        fitted().with_limits(0)
    with pytest.raises(sf.exceptions.UnknownNameError, match="outcome 'science' does not exist"):
        fitted().with_limits(2, outcomes="science")
    for share in (0, 0.5, -1):
        with pytest.raises(sf.exceptions.InputError, match="share: a number between 0 and 0.5"):
            fitted().calibrate_limits(PUPILS, share=share)
    with pytest.raises(sf.exceptions.InputError, match="no limit below the average .* of 0 pupils"):
        fitted().calibrate_limits(PUPILS.clear())


FIT_FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"prior": "ks2"}, "column 'ks2' is not there"),
    ({"outcomes": []}, "outcomes: name at least one"),
    ({"outcomes": {"attainment_8": 0}}, "divisor must be a finite number above 0"),
    ({"outcomes": {"attainment_8": "ten"}}, r"outcomes\['attainment_8'\]: a number is needed"),
    ({"groups": 0}, "groups: 'distinct'"),
    ({"groups": True}, "groups: 'distinct'"),
    ({"groups": [2, 1]}, "must rise strictly"),
    ({"groups": []}, "1 to 10000 groups"),
    ({"lowest": 130}, "lies above the first upper end"),
    ({"scores": {"science": "x"}}, "'science' is no outcome"),
    ({"year": "2024"}, "year: a whole number"),
    ({"measure": 8}, "measure: a text"),
]


@pytest.mark.parametrize(("settings", "message"), FIT_FAULTS)
def test_wrong_arguments_of_fit_are_refused_by_name(settings: dict[str, Any], message: str) -> None:
    with pytest.raises((sf.exceptions.InputError, sf.exceptions.UnknownNameError), match=message):
        fitted(**settings)


def test_wrong_columns_are_refused_by_name_row_and_value() -> None:
    text = PUPILS.with_columns(pl.col("maths").cast(pl.String))
    with pytest.raises(sf.exceptions.InputError, match="column 'maths' must hold numbers, it holds String"):
        fitted(text)
    infinite = PUPILS.with_columns(
        pl.when(pl.int_range(pl.len()) == 7).then(float("-inf")).otherwise("maths").alias("maths")
    )
    with pytest.raises(
        sf.exceptions.InputError, match=r"column 'maths' must hold finite numbers; 1 .*: -inf \(row 7\)"
    ):
        fitted(infinite)
    with pytest.raises(
        sf.exceptions.InputError, match=r"pupils: column 'maths' must hold finite numbers; .*: -inf \(row 7\)"
    ):
        fitted().calibrate_limits(infinite)
    for empty in (PUPILS.clear(), PUPILS.with_columns(ks2_scaled_score=None)):
        with pytest.raises(sf.exceptions.InputError, match="holds no prior attainment to make groups of"):
            fitted(empty, groups="distinct")
        assert fitted(empty).frame["n"].sum() == 0
    frame = pl.DataFrame({"to": [1.0, 2.0], "a": ["x", "y"], "n": [-1, 2]})
    with pytest.raises(sf.exceptions.InputError, match="column 'a' must hold numbers"):
        sf.EstimateTable.from_frame(frame, upper="to", outcomes="a", prior_attainment="x")
    with pytest.raises(sf.exceptions.InputError, match="column 'n' must hold numbers of pupils"):
        sf.EstimateTable.from_frame(frame, upper="to", outcomes="to", prior_attainment="x", n={"to": "n"})
    with pytest.raises(sf.exceptions.UnknownNameError, match="n: outcome 'b' does not exist"):
        sf.EstimateTable.from_frame(frame, upper="to", outcomes="to", prior_attainment="x", n={"b": "n"})


def test_repr_says_what_the_table_is() -> None:
    assert repr(sf.EstimateTable.bundled("p8", 2024)) == (
        "EstimateTable(p8 2024 provisional, from ks2_scaled_score in 34 groups: "
        "attainment_8, english, maths, ebacc, open)"
    )
    assert repr(fitted(groups=1).with_limits(2)).endswith(
        "in 1 group: attainment_8, english, maths, ebacc, open, with limits)"
    )
