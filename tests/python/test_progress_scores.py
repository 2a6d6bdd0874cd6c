"""Scores of schools from pupils: published intervals and bands, polars as oracle, suppression, wrong input."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats

import schoolframe as sf
from _secondary_pupils import OUTCOMES, secondary

P8 = sf.EstimateTable.bundled("p8", 2023)
PUPILS = secondary(5_000, schools=12, missing=0.06)


def same_start(year: int, measure: str = "p8", outcome: str = "attainment_8", divisor: float = 10) -> sf.EstimateTable:
    """A table in which every pupil has the estimate 50."""
    prior = "ks1_points" if measure == "ks2_progress" else "ks2_scaled_score"
    return sf.EstimateTable.from_frame(
        pl.DataFrame({"to": [120.0], outcome: [50.0]}),
        upper="to",
        outcomes={outcome: divisor},
        prior_attainment=prior,
        measure=measure,
        year=year,
    )


def school(score: float, n: int, table: sf.EstimateTable, **settings: Any) -> dict[str, Any]:
    """The row of a school of ``n`` pupils who all have that score."""
    outcome, divisor = table.frame.select("outcome", "divisor").row(0)
    pupils = pl.DataFrame({"urn": [1] * n, table.prior: [100.0] * n, outcome: [50 + divisor * score] * n})
    return sf.progress_scores(pupils, estimates=table, **settings).frame.row(0, named=True)


@pytest.mark.parametrize(
    ("n", "score", "low", "high", "band"),
    [
        (128, -0.08, -0.30, 0.14, 3),
        (95, 0.74, 0.48, 1.00, 1),
        (188, -0.06, -0.24, 0.13, 3),
        (178, -0.09, -0.28, 0.09, 3),
        (107, 0.09, -0.15, 0.34, 3),
        (164, 0.77, 0.58, 0.97, 1),
        (139, -0.18, -0.40, 0.03, 3),
        (105, -0.44, -0.69, -0.20, 4),
    ],
)
def test_published_intervals_and_bands_of_2019(n: int, score: float, low: float, high: float, band: int) -> None:
    row = school(score, n, same_start(2019))
    assert row["score"] == pytest.approx(score)
    # The published score is rounded to two decimals, and so are its limits.
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high), abs=0.0101)
    assert (row["band"], row["status"], row["sd_source"]) == (band, "ok", "p8_sd 2019 provisional")


def test_all_published_schools_of_2019() -> None:
    columns = ["urn", "P8MEA", "P8CILOW", "P8CIUPP", "P8PUP", "P8_BANDING"]
    published = sf.samples.ks4().schools.filter(year=2019).select(columns).drop_nulls(["P8MEA", "P8CILOW", "P8PUP"])
    assert published.height == 3_525
    # Every pupil is given the published score of the school.
    pupils = published.select(
        "urn",
        pl.int_ranges(pl.col("P8PUP").cast(pl.Int64)).alias("pupil"),
        ks2_scaled_score=100.0,
        attainment_8=50 + 10 * pl.col("P8MEA"),
    ).explode("pupil")
    found = sf.progress_scores(pupils, estimates=same_start(2019)).frame.join(published, on="urn")
    assert found["status"].unique().to_list() == ["ok"]
    for ours, theirs in (("ci_low", "P8CILOW"), ("ci_high", "P8CIUPP")):
        assert (found[ours] - found[theirs]).abs().max() < 0.0101
    rounded = pl.col("ci_low", "ci_high").round(2, mode="half_away_from_zero")
    alike = found.with_columns(rounded).filter(
        (pl.col("ci_low") - pl.col("P8CILOW")).abs() < 1e-9,
        (pl.col("ci_high") - pl.col("P8CIUPP")).abs() < 1e-9,
        pl.col("P8_BANDING").is_not_null(),
    )
    assert alike.height > 1_500
    assert alike["band"].to_list() == alike["P8_BANDING"].cast(pl.Int64).to_list()
    at_nought = published.filter((pl.col("P8CILOW") == 0) | (pl.col("P8CIUPP") == 0)).drop_nulls()
    assert (at_nought.height, at_nought["P8_BANDING"].unique().to_list()) == (55, [3.0])


@pytest.mark.parametrize(
    ("n", "half"), [(30, 0.459), (60, 0.325), (100, 0.251), (155, 0.202), (180, 0.187), (250, 0.159)]
)
def test_half_widths_of_2019(n: int, half: float) -> None:
    row = school(0.0, n, same_start(2019))
    assert row["ci_high"] == pytest.approx(half, abs=0.0005)


def test_the_test_school_of_the_ready_reckoner() -> None:
    scores = [0, 0.1, 0.2, 0.3, 0.4, 0.3, 0.2, 0.25, 0.3]
    pupils = pl.DataFrame({"ks2_scaled_score": [105.0] * 9, "attainment_8": [45.12 + 10 * score for score in scores]})
    table = sf.EstimateTable.bundled("p8", 2024)
    row = sf.progress_scores(pupils, estimates=table, by=None, outcomes="attainment_8").frame.row(0, named=True)
    assert row["score"] == pytest.approx(0.227778, abs=5e-7)
    assert row["ci_high"] - row["score"] == pytest.approx(0.925303, abs=5e-7)
    assert (round(row["ci_low"], 2), round(row["ci_high"], 2), row["band"]) == (-0.70, 1.15, 3)
    assert row["verified"]


@pytest.mark.parametrize(
    ("subject", "n", "score", "low", "high", "band"),
    [
        ("reading", 32, -5.7, -7.9, -3.6, 5),
        ("maths", 32, -7.3, -9.2, -5.5, 5),
        ("reading", 27, 6.5, 4.1, 8.8, 1),
        ("maths", 31, 5.6, 3.7, 7.5, 1),
        ("maths", 79, 1.2, 0.0, 2.4, 3),
        ("reading", 57, 0.7, -0.9, 2.3, 3),
    ],
)
def test_published_rows_of_key_stage_2_in_2019(
    subject: str, n: int, score: float, low: float, high: float, band: int
) -> None:
    row = school(score, n, same_start(2019, "ks2_progress", subject, 1))
    assert row["measure"] == f"ks2_progress_{subject}"
    # Scores and limits are published to one decimal.
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high), abs=0.1)
    assert row["band"] == band


@pytest.mark.parametrize(
    ("subject", "n", "half"),
    [("reading", 30, 2.21), ("writing", 30, 2.04), ("maths", 30, 1.93), ("reading", 100, 1.21), ("maths", 60, 1.36)],
)
def test_half_widths_of_key_stage_2(subject: str, n: int, half: float) -> None:
    row = school(0.0, n, same_start(2019, "ks2_progress", subject, 1))
    assert row["ci_high"] == pytest.approx(half, abs=0.01)


@pytest.mark.parametrize(("n", "status"), [(5, "below_minimum"), (6, "ok"), (7, "ok")])
def test_the_smallest_group_that_is_shown(n: int, status: str) -> None:
    row = school(0.3, n, same_start(2019))
    assert row["status"] == status
    hidden = ["score", "score_unadjusted", "n", "n_cohort", "coverage_pct", "n_adjusted", "se", "ci_low", "band"]
    assert {row[name] is None for name in hidden} == {status != "ok"}
    assert school(0.3, n, same_start(2019), min_group=n + 1)["status"] == "below_minimum"


@pytest.mark.parametrize(("without", "status"), [(9, "ok"), (10, "ok"), (11, "low_coverage")])
def test_the_smallest_coverage_that_is_shown(without: int, status: str) -> None:
    pupils = pl.DataFrame(
        {
            "urn": [1] * (10 + without),
            "ks2_scaled_score": [105.0] * 10 + [None] * without,
            "attainment_8": [50.0] * (10 + without),
        }
    )
    result = sf.progress_scores(pupils, estimates=P8, outcomes="attainment_8")
    row = result.frame.row(0, named=True)
    assert (row["status"], row["n"], row["n_cohort"]) == (status, 10, 10 + without)
    assert row["coverage_pct"] == pytest.approx(100 * 10 / (10 + without))
    assert {row[name] is None for name in ("score", "score_unadjusted", "ci_low", "band")} == {status != "ok"}
    assert result.left_out.rows() == [("prior attainment is missing", without)]


def test_a_small_group_of_a_large_cohort_shows_the_cohort_alone() -> None:
    pupils = pl.DataFrame({"urn": [1] * 20, "ks2_scaled_score": [105.0] * 5 + [None] * 15, "attainment_8": [50.0] * 20})
    row = sf.progress_scores(pupils, estimates=P8, outcomes="attainment_8").frame.row(0, named=True)
    assert (row["status"], row["n_cohort"], row["n"], row["coverage_pct"]) == ("below_minimum", 20, None, None)


def test_a_group_without_scores_is_shown_as_such() -> None:
    pupils = pl.DataFrame({"urn": [1] * 8, "ks2_scaled_score": [105.0] * 8, "attainment_8": [None] * 8})
    result = sf.progress_scores(pupils, estimates=P8, outcomes="attainment_8")
    row = result.frame.row(0, named=True)
    assert (row["status"], row["n"], row["score"], row["coverage_pct"]) == ("no_scores", 0, None, 0.0)
    assert (result.used, result.left_out.rows()) == (0, [("outcome is missing", 8)])
    few = sf.progress_scores(pupils.head(5), estimates=P8, outcomes="attainment_8").frame.row(0, named=True)
    assert (few["status"], few["n"], few["n_cohort"]) == ("no_scores", 0, None)


def oracle(pupils: pl.DataFrame, by: list[str], table: sf.EstimateTable) -> pl.DataFrame:
    """The same by polars' own joins and group-by."""
    scores = pupils.select(*by, table.scores().alias("s")).unnest("s")
    tidy = scores.drop_nulls(by).unpivot(index=by, on=table.score_names, variable_name="measure", value_name="x")
    return tidy.group_by(*by, "measure").agg(
        score=pl.col("x").mean(), n=pl.col("x").count().cast(pl.Int64), n_cohort=pl.len().cast(pl.Int64)
    )


@pytest.mark.parametrize("by", [["urn"], ["urn", "fsm"], ["fsm"]])
def test_scores_equal_those_of_polars(by: list[str]) -> None:
    result = sf.progress_scores(PUPILS, estimates=P8, by=by, min_group=1, min_coverage=0)
    ours = result.frame.select(*by, "measure", "score", "n", "n_cohort").sort(*by, "measure")
    assert_frame_equal(ours, oracle(PUPILS, by, P8).sort(*by, "measure"), abs_tol=1e-12)
    assert result.frame.select(by).equals(result.frame.sort(by, maintain_order=True).select(by))
    assert result.frame["measure"].to_list()[:5] == P8.score_names


def test_every_kind_of_key_makes_the_same_groups() -> None:
    plain = sf.progress_scores(PUPILS, estimates=P8, by="urn").frame.drop("urn")
    names = [str(urn) for urn in PUPILS["urn"].drop_nulls().unique().sort()]
    for dtype in (pl.Int32, pl.UInt64, pl.String, pl.Enum(names)):
        cast = PUPILS.with_columns(pl.col("urn").cast(pl.String).cast(dtype))
        assert_frame_equal(sf.progress_scores(cast, estimates=P8).frame.drop("urn"), plain)
    category = PUPILS.with_columns(pl.col("urn").cast(pl.String).cast(pl.Categorical))
    assert sf.progress_scores(category, estimates=P8).frame.height == plain.height
    far = PUPILS.with_columns(pl.col("urn") * 10_000_000_000)
    assert_frame_equal(sf.progress_scores(far, estimates=P8).frame.drop("urn"), plain)
    parts = pl.concat([PUPILS[:17], PUPILS[17:3000], PUPILS[3000:]], rechunk=False)
    assert_frame_equal(sf.progress_scores(parts, estimates=P8).frame.drop("urn"), plain)
    assert_frame_equal(sf.progress_scores(PUPILS.lazy(), estimates=P8).frame.drop("urn"), plain)
    assert_frame_equal(sf.progress_scores(PUPILS.to_arrow(), estimates=P8).frame.drop("urn"), plain)


def test_every_pupil_is_accounted_for() -> None:
    result = sf.progress_scores(PUPILS, estimates=P8, outcomes=["attainment_8", "maths"])
    scored = PUPILS.select("urn", P8.scores(None, ["attainment_8", "maths"]).alias("s")).unnest("s")
    known = scored.filter(pl.col("urn").is_not_null())
    used = known.filter(pl.any_horizontal(pl.col("p8", "p8_maths").is_not_null())).height
    assert result.used == used
    expected = {
        "group is missing": PUPILS["urn"].null_count(),
        "prior attainment is missing": known.filter(status="prior_missing").height,
        "outcome is missing": known.filter(status="outcome_missing").height,
    }
    assert dict(result.left_out.rows()) == expected
    assert result.rows["rows"].sum() == PUPILS.height


def test_prior_attainment_outside_the_table_is_named() -> None:
    pupils = pl.DataFrame(
        {"urn": [1] * 10, "ks2_scaled_score": [105.0] * 8 + [130.0, 12.0], "attainment_8": [50.0] * 10}
    )
    result = sf.progress_scores(pupils, estimates=P8, outcomes="attainment_8")
    assert result.left_out.rows() == [("prior attainment is outside the table", 2)]
    assert (
        "Prior attainment 'ks2_scaled_score' outside the table (59 to 120), for instance at rows 8, 9." in result.notes
    )


@given(st.lists(st.floats(-45.5, 40), min_size=6, max_size=40), st.floats(0.5, 3))
def test_limits_act_in_averages_and_never_lower_a_score(differences: list[float], multiple: float) -> None:
    table = P8.with_limits(multiple, outcomes="attainment_8", sd={"attainment_8": 14.0})
    pupils = pl.DataFrame(
        {"ks2_scaled_score": [105.0] * len(differences), "attainment_8": [45.55 + one for one in differences]}
    )
    row = sf.progress_scores(pupils, estimates=table, by=None, outcomes="attainment_8").frame.row(0, named=True)
    scores = np.array(differences) / 10
    lowest = -multiple * 14 / 10
    assert row["score_unadjusted"] == pytest.approx(scores.mean(), abs=1e-9)
    assert row["score"] == pytest.approx(scores.clip(min=lowest).mean(), abs=1e-9)
    near = (np.abs(scores - lowest) < 1e-9).sum()
    assert abs(row["n_adjusted"] - (scores < lowest).sum()) <= near
    assert row["score"] >= row["score_unadjusted"]


def test_the_spread_is_published_given_or_estimated_and_says_so() -> None:
    published = sf.progress_scores(PUPILS, estimates=P8)
    first = published.frame.head(5)
    assert first["sd"].to_list() == [1.414023, 1.635317, 1.489333, 1.635225, 1.623297]
    assert first["verified"].to_list() == [True] * 5
    assert first["sd_source"].to_list()[2] == "p8_sd_maths 2023 revised"
    given = sf.progress_scores(PUPILS, estimates=P8, sd={"p8": 2.0, "maths": 1.0}).frame.head(5)
    assert given["sd"].to_list() == [2.0, 1.635317, 1.0, 1.635225, 1.623297]
    assert given["verified"].to_list() == [False, True, False, True, True]
    estimated = sf.progress_scores(PUPILS, estimates=P8, by=None, sd="estimate", outcomes="maths")
    scores = PUPILS.select(P8.scores(None, "maths")).unnest("ks2_scaled_score")["p8_maths"]
    row = estimated.frame.row(0, named=True)
    assert row["sd"] == pytest.approx(scores.std(), rel=1e-9)
    assert (row["method"], row["verified"]) == ("estimated_sd", False)
    assert any("estimated from the pupils given" in note for note in estimated.notes)


@pytest.mark.parametrize(
    ("version", "sd", "source"),
    [
        ("provisional", 1.412814, "p8_sd 2023 provisional"),
        ("revised", 1.414023, "p8_sd 2023 revised"),
        # No standard deviation of the final release was published: the most final one there is stands in, and is named.
        ("final", 1.414023, "p8_sd 2023 revised"),
        (None, 1.414023, "p8_sd 2023 revised"),
    ],
)
def test_the_spread_is_that_of_the_version(version: str | None, sd: float, source: str) -> None:
    table = sf.EstimateTable.fit(
        PUPILS,
        prior="ks2_scaled_score",
        outcomes={"attainment_8": 10},
        groups="ks2_scaled_score",
        measure="p8",
        year=2023,
        version=version,
    )
    row = sf.progress_scores(PUPILS, estimates=table, by=None).frame.row(0, named=True)
    assert (row["sd"], row["sd_source"], row["verified"]) == (sd, source, False)


def test_without_a_spread_there_is_a_score_and_no_interval() -> None:
    cat = PUPILS.rename({"ks2_scaled_score": "cat4"})
    table = sf.EstimateTable.fit(cat, prior="cat4", outcomes={"attainment_8": 10}, groups=10, year=2025)
    result = sf.progress_scores(cat, estimates=table)
    frame = result.frame
    assert frame["status"].unique().to_list() == ["no_error"]
    assert frame["measure"].unique().to_list() == ["progress_from_cat4_attainment_8"]
    assert frame["score"].null_count() == 0
    assert frame["ci_low"].null_count() == frame["band"].null_count() == frame.height
    assert any("A proxy: progress from cat4" in note for note in result.notes)
    assert any("give sd=" in note for note in result.notes)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_the_level_of_the_interval(confidence: float) -> None:
    row = sf.progress_scores(PUPILS, estimates=P8, by=None, confidence=confidence).frame.row(0, named=True)
    z = 1.96 if confidence == 0.95 else stats.norm.ppf(0.5 + confidence / 2)
    assert row["se"] == pytest.approx(row["sd"] / row["n"] ** 0.5)
    assert row["ci_high"] - row["score"] == pytest.approx(z * row["se"])


def test_pupils_of_another_year_are_noted() -> None:
    years = PUPILS.with_columns(year=pl.lit(2022))
    assert "Pupils of 2022 are measured against estimates of 2023." in sf.progress_scores(years, estimates=P8).notes
    same = PUPILS.with_columns(year=pl.lit(2023))
    assert not any("are measured against" in note for note in sf.progress_scores(same, estimates=P8).notes)


@pytest.mark.parametrize("year", [2020, 2021, 2025, 2026])
def test_pupils_of_a_year_without_progress_8_are_refused(year: int) -> None:
    pupils = PUPILS.with_columns(year=pl.lit(year))
    with pytest.raises(sf.exceptions.InputError, match=f"no Progress 8 for {year}"):
        sf.progress_scores(pupils, estimates=sf.EstimateTable.bundled("p8", 2024))
    own = sf.EstimateTable.fit(
        pupils.rename({"ks2_scaled_score": "cat4"}), prior="cat4", outcomes="maths", groups=5, year=2024
    )
    renamed = pupils.rename({"ks2_scaled_score": "cat4"})
    assert sf.progress_scores(renamed, estimates=own).frame["measure"].unique().to_list() == [
        "progress_from_cat4_maths"
    ]


def test_a_pupil_given_twice_is_refused() -> None:
    assert sf.progress_scores(PUPILS, estimates=P8, pupil="pupil").used > 0
    twice = pl.concat([PUPILS, PUPILS[10:12]])
    with pytest.raises(
        sf.exceptions.InputError,
        match=r"'pupil' must name one row; 2 values .*: pupil 10 \(rows 10, 5000\); pupil 11 \(rows 11, 5001\)",
    ):
        sf.progress_scores(twice, estimates=P8, pupil="pupil")
    years = pl.concat([PUPILS.with_columns(year=2022), PUPILS.with_columns(year=2023)])
    assert sf.progress_scores(years, estimates=P8, pupil=["pupil", "year"]).used > 0


def test_notes_say_what_is_limited() -> None:
    limited = P8.with_limits(2.3, outcomes="attainment_8", sd={"attainment_8": 14.0})
    with_limits = sf.progress_scores(PUPILS, estimates=limited).notes
    assert "Extremely negative scores are limited: p8 (2.3 standard deviations under the average)." in with_limits
    assert "Extremely negative scores are limited: none." in sf.progress_scores(PUPILS, estimates=P8).notes


def test_from_key_stage_1_to_the_scores_of_schools() -> None:
    rng = np.random.default_rng(2)
    levels = np.array(["WTS", "EXS", "GDS"])
    start = rng.integers(0, 3, (3_000, 3))
    pupils = pl.DataFrame({name: levels[start[:, at]] for at, name in enumerate("rwm")}).with_columns(
        urn=pl.Series(rng.integers(1, 30, 3_000)),
        reading=pl.Series(92 + 5 * start.mean(axis=1) + rng.normal(0, 5, 3_000)),
        maths=pl.Series(91 + 6 * start.mean(axis=1) + rng.normal(0, 5, 3_000)),
    )
    scale = {"WTS": 6, "EXS": 8, "GDS": 10}
    pupils = pupils.with_columns(sf.ks1_prior_score("r", "w", "m", scale=scale).alias("ks1_points"))
    table = sf.EstimateTable.fit(
        pupils, prior="ks1_points", outcomes=["reading", "maths"], measure="ks2_progress", year=2019
    )
    result = sf.progress_scores(pupils, estimates=table)
    assert result.frame["sd_source"].unique().sort().to_list() == [
        "ks2_progress_maths_sd 2019 final",
        "ks2_progress_reading_sd 2019 final",
    ]
    assert result.frame["verified"].any() is False
    assert result.frame["band"].null_count() == 0
    weighted = result.frame.group_by("measure").agg((pl.col("score") * pl.col("n")).sum().abs())
    assert weighted["score"].max() < 1e-6  # type: ignore[operator]


def test_empty_and_missing_everything() -> None:
    whole = sf.progress_scores(PUPILS, estimates=P8)
    empty = sf.progress_scores(PUPILS.clear(), estimates=P8)
    assert (empty.frame.schema, empty.frame.height, empty.used) == (whole.frame.schema, 0, 0)
    missing = sf.progress_scores(PUPILS.with_columns(urn=None), estimates=P8)
    assert missing.frame.height == 0
    assert missing.left_out.rows() == [("group is missing", PUPILS.height)]
    none = sf.progress_scores(PUPILS.with_columns(ks2_scaled_score=None), estimates=P8)
    assert set(none.frame["status"]) == {"no_scores"}


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"estimates": "p8"}, "estimates: an EstimateTable is needed, not str"),
    ({"by": "school"}, "column 'school' is not there"),
    ({"by": []}, "by: name columns"),
    ({"by": ["urn", "urn"]}, "by: name columns"),
    ({"by": "n"}, "by: name columns"),
    ({"by": "maths"}, "column 'maths' must hold texts or whole numbers to name groups, not f64"),
    ({"prior": "ks2"}, "column 'ks2' is not there"),
    ({"outcomes": "science"}, "outcome 'science' does not exist"),
    ({"outcomes": {"maths": "mat"}}, "column 'mat' is not there"),
    ({"pupil": "upn"}, "column 'upn' is not there"),
    ({"sd": 1.4}, "sd: scores have a standard deviation each"),
    ({"sd": {"p8_math": 1.4}}, "sd: score or outcome 'p8_math' does not exist. Did you mean 'p8_maths'"),
    ({"sd": 0, "outcomes": "maths"}, "sd: a finite number above 0"),
    ({"sd": "known", "outcomes": "maths"}, "sd: a number is needed, not 'known'"),
    ({"confidence": 1}, "confidence: a number between 0 and 1"),
    ({"min_group": -1}, "min_group: a whole number from 0"),
    ({"min_coverage": 101}, "min_coverage: a percentage from 0 to 100"),
]


@pytest.mark.parametrize(("settings", "message"), FAULTS)
def test_wrong_arguments_are_refused_by_name(settings: dict[str, Any], message: str) -> None:
    with pytest.raises((sf.exceptions.InputError, sf.exceptions.UnknownNameError), match=message):
        sf.progress_scores(PUPILS, **({"estimates": P8} | settings))


def test_wrong_values_are_refused_by_column_row_and_value() -> None:
    text = PUPILS.with_columns(pl.col("english").cast(pl.String))
    with pytest.raises(sf.exceptions.InputError, match="column 'english' must hold numbers, not str"):
        sf.progress_scores(text, estimates=P8)
    for name, told in (("ks2_scaled_score", r" must hold finite numbers; 1 .*: inf \(row 3\)"),
                       ("open", ": must be a finite number; 1 .*: inf at row 3")):  # fmt: skip
        infinite = PUPILS.with_columns(
            pl.when(pl.int_range(pl.len()) == 3).then(float("inf")).otherwise(name).alias(name)
        )
        with pytest.raises(sf.exceptions.InputError, match=f"column '{name}'{told}"):
            sf.progress_scores(infinite, estimates=P8)
    with pytest.raises(sf.exceptions.InputError, match="pupils: a polars DataFrame"):
        sf.progress_scores([1], estimates=P8)


def test_columns_may_be_called_otherwise() -> None:
    renamed = PUPILS.rename({"ks2_scaled_score": "start", "maths": "mat"})
    ours = sf.progress_scores(renamed, estimates=P8, prior="start", outcomes={"maths": "mat"}).frame
    assert_frame_equal(ours, sf.progress_scores(PUPILS, estimates=P8, outcomes="maths").frame)
    assert set(OUTCOMES) == set(P8.outcomes)
