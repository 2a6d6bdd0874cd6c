"""Last year's score as an estimate: by formula, and judged on the published years."""

from __future__ import annotations

import json
import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

import schoolframe as sf
from schoolframe._size_classes import size_classes
from schoolframe.exceptions import InputError, UnknownNameError


def two_years(schools: int = 200, seed: int = 4, r: float = 0.8, years: tuple[int, int] = (2018, 2019)) -> pl.DataFrame:
    """Schools whose true scores have a known correlation."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=schools)
    second = r * first + math.sqrt(1 - r * r) * rng.normal(size=schools)
    n = rng.integers(11, 200, schools)
    parts = [
        pl.DataFrame(
            {
                "urn": range(schools),
                "year": year,
                "n": n,
                "p8": 0.46 * true + 1.28 / np.sqrt(n) * rng.normal(size=schools),
            }
        )
        for year, true in zip(years, (first, second), strict=True)
    ]
    return pl.concat(parts)


def test_formula() -> None:
    frame = two_years()
    model = sf.CarriedForward.fit(frame, "p8", "n", sd=1.28)
    last = frame.filter(year=2019)
    y, n = last["p8"].to_numpy(), last["n"].to_numpy()
    v = 1.28**2 / n
    mean, tau2 = y.mean(), y.var(ddof=1) - v.mean()
    before = frame.filter(year=2018)["p8"].to_numpy()
    tau2_before = before.var(ddof=1) - v.mean()
    r = np.cov(before, y)[0, 1] / math.sqrt(tau2 * tau2_before)
    assert model.persistence == pytest.approx(r)
    ahead = last.select("urn", "n", year=pl.lit(2021))
    for rows, years in ((ahead, 2), (ahead.drop("year"), 1)):
        found = model.estimate(rows, [20], confidence=0.9).frame
        b = tau2 / (tau2 + v)
        expected = mean + r**years * b * (y - mean)
        half = stats.norm.ppf(0.95) * np.sqrt(tau2 * (1 - r ** (2 * years) * b) + v)
        assert found["expected"].to_list() == pytest.approx(expected.tolist())
        assert found["expected_low"].to_list() == pytest.approx((expected - half).tolist())
        assert found["expected_high"].to_list() == pytest.approx((expected + half).tolist())
        level = np.quantile(mean + b * (y - mean), 0.8)
        assert found["fft20"].to_list() == pytest.approx([level] * 200)
        chance = stats.norm.ppf(0.95) * np.sqrt(v)
        assert (found["fft20_high"] - found["fft20"]).to_list() == pytest.approx(chance.tolist())
    apart = sf.CarriedForward.fit(two_years(years=(2015, 2019)), "p8", "n", sd=1.28)
    assert apart.persistence == pytest.approx(r ** (1 / 4))


def test_persistence_is_found() -> None:
    # The spread of the estimate over 40 draws of 400 schools, and the truth within three standard errors of their mean.
    found = [sf.CarriedForward.fit(two_years(400, seed), "p8", "n", sd=1.28).persistence for seed in range(40)]
    assert abs(np.mean(found) - 0.8) < 3 * np.std(found) / math.sqrt(40)
    assert abs(np.mean(found) - 0.75) > 3 * np.std(found) / math.sqrt(40)


def test_intervals_hold_where_the_truth_is_known() -> None:
    held = []
    for seed in range(10):
        made = sf.simulate_pupils(600, (11, 200), years=(2017, 2018, 2019), seed=seed, parameters={"ks2_missing": 0.0})
        effects = made.schools.with_columns(chance=12.8 / pl.col("pupils").sqrt())
        noise = np.random.default_rng(seed).normal(size=effects.height)
        schools = effects.with_columns(va=pl.col("attainment_8_effect") + pl.col("chance") * pl.Series(noise))
        test = sf.backtest_estimates(
            schools,
            lambda rows: sf.CarriedForward.fit(rows, "va", "pupils", sd=12.8),
            actual={"va": "va"},
            n="pupils",
            confidence=0.8,
        )
        held.append(test.calibration.filter(by="all")["held"].item())
    assert 78 < np.mean(held) < 82, held


def published(score: str) -> pl.DataFrame:
    """Mainstream schools of England with their scores and numbers of pupils, 2016 to 2019."""
    if score == "P8MEA":
        schools = sf.samples.ks4().schools.filter(rectype=1).with_columns(n=pl.coalesce("P8PUP", "TPUP"))
    else:
        # The table of 2019 has no cohort: that of the year before stands for it.
        schools = sf.samples.ks2().schools.filter(rectype=1).sort("urn", "year")
        schools = schools.with_columns(n=pl.col("TELIG").forward_fill().over("urn"))
    return schools.select("urn", "year", score, "n").drop_nulls(score)


# Score, standard deviation of pupils, then of 2019: share held by 80 % intervals, error, error of the mean of all
# schools, rank correlation of scores with 2018, share of the top 20 % that stayed there.
JUDGED = [
    ("P8MEA", "p8_sd", 88.1, 0.240, 0.472, 0.850, 78.3),
    ("READPROG", "ks2_progress_reading_sd", 81.1, 2.039, 2.378, 0.503, 46.1),
    ("WRITPROG", "ks2_progress_writing_sd", 84.4, 1.827, 2.124, 0.499, 47.5),
    ("MATPROG", "ks2_progress_maths_sd", 83.3, 1.928, 2.396, 0.576, 52.4),
]


@pytest.mark.parametrize(("score", "sd", "held", "rmse", "of_the_mean", "correlation", "stayed"), JUDGED)
def test_last_years_score_judged_in_2019(
    score: str, sd: str, held: float, rmse: float, of_the_mean: float, correlation: float, stayed: float
) -> None:
    schools, spread = published(score), sf.reference_value(sd, 2019)

    def judged(persistence: float | None, test: list[int]) -> sf.EstimateBacktest:
        return sf.backtest_estimates(
            schools,
            lambda rows: sf.CarriedForward.fit(rows, score, "n", sd=spread, persistence=persistence),
            actual={score: score},
            n="n",
            test=test,
            confidence=0.8,
        )

    carried = judged(None, [2019]).calibration.filter(by="all").row(0, named=True)
    assert (carried["held"], carried["rmse"]) == (pytest.approx(held, abs=0.05), pytest.approx(rmse, abs=5e-4))
    # Of scores themselves: the mean of all schools is expected of each.
    mean = judged(0.0, [2018, 2019])
    assert mean.calibration.filter(by="all", year=2019)["rmse"].item() == pytest.approx(of_the_mean, abs=5e-4)
    ranks = mean.rank_stability.filter(by="all").row(0, named=True)
    assert ranks["correlation"] == pytest.approx(correlation, abs=5e-4)
    assert ranks["stayed"] == pytest.approx(stayed, abs=0.05)
    # Taken as if scores lasted for ever, intervals of 80 % hold far less.
    assert judged(1.0, [2019]).calibration.filter(by="all")["held"].item() < 70


def test_what_the_documentation_says_of_sizes_and_of_several_years() -> None:
    schools, sd = published("P8MEA"), sf.reference_value("p8_sd", 2019)
    of_2019 = schools.filter(year=2019)

    def held(before: int, persistence: float | None = None) -> pl.DataFrame:
        earlier = schools.filter(pl.col("year") <= before)
        model = sf.CarriedForward.fit(earlier, "P8MEA", "n", sd=sd, persistence=persistence)
        found = model.estimate(of_2019).frame.filter(status="ok")
        return found.select("n", held=100 * pl.col("P8MEA").is_between("expected_low", "expected_high"))

    one = held(2018)
    sizes = one.group_by(size_classes(one["n"], [30, 60, 120]).alias("size")).agg(pl.col("held").mean()).sort("size")
    assert sizes["held"].to_list() == pytest.approx([72.2, 79.2, 82.9, 90.3], abs=0.05)
    # Scores lasted longer from 2018 to 2019 than before: with that persistence intervals are nearly what they say.
    lasting = sf.CarriedForward.fit(schools, "P8MEA", "n", sd=sd).persistence
    assert lasting == pytest.approx(0.916, abs=5e-4)
    assert held(2018, lasting)["held"].mean() == pytest.approx(82.8, abs=0.05)
    assert held(2017)["held"].mean() == pytest.approx(87.6, abs=0.05)


@pytest.mark.parametrize(
    ("score", "year", "expected"), [("P8MEA", 2018, 0.852), ("P8MEA", 2016, 0.670), ("MATPROG", 2016, 0.362)]
)
def test_ranks_of_published_scores(score: str, year: int, expected: float) -> None:
    schools = published(score)
    both = schools.filter(year=year).join(schools.filter(year=2019), on="urn")
    assert stats.spearmanr(both[score], both[f"{score}_right"])[0] == pytest.approx(expected, abs=5e-4)


def test_nothing_is_carried_back() -> None:
    model = sf.CarriedForward.fit(two_years(), "p8", "n", sd=1.28)
    rows = pl.DataFrame({"p8": [1.2] * 5, "n": [150] * 5, "ahead": [-3.0, 0.0, 0.999, 1.0, 2.5]})
    found = rows.select(model.apply(years="ahead")).unnest("p8")
    assert found["status"].to_list() == ["not_ahead"] * 3 + ["ok"] * 2
    assert found.drop("status").null_count().row(0) == (3,) * (found.width - 1)


def test_ranks_that_are_one_are_said_to_be() -> None:
    years = two_years()
    far, alike = (sf.CarriedForward.fit(years, "p8", "n", sd=sd, persistence=0.8) for sd in (1.28, 100.0))
    notes = [model.estimate(years.filter(year=2019).drop("year")).notes for model in (far, alike)]
    assert [any("no rank can be told from another" in note for note in said) for said in notes] == [False, True]


def test_statuses_and_years() -> None:
    model = sf.CarriedForward.fit(two_years(), "p8", "n", sd=1.28, min_group=6)
    rows = pl.DataFrame({"urn": [0, 999, 0, 0, None], "n": [30, 30, 5, None, 30], "year": [2020] * 5})
    found = model.estimate(rows)
    assert found.frame["status"].to_list() == ["ok", "missing", "below_minimum", "missing", "missing"]
    assert found.rows["rows"].sum() == 5
    assert found.frame.columns[:7] == ["urn", "n", "year", "outcome", "expected", "expected_low", "expected_high"]
    assert found.frame.columns[7:] == [f"fft{rank}{end}" for rank in (50, 20, 5) for end in ("", "_low", "_high")] + [
        "status"
    ]
    assert any("FFT-style indicative estimate (not FFT data)" in note for note in found.notes)
    with pytest.raises(InputError, match="column 'year' must be after 2019"):
        model.estimate(rows.with_columns(year=pl.lit(2019)))
    small = pl.concat(
        [two_years(), pl.DataFrame({"urn": [500], "year": [2019], "n": [5], "p8": [0.4]}, two_years().schema)]
    )
    kept = sf.CarriedForward.fit(small, "p8", "n", sd=1.28)
    assert kept.estimate(pl.DataFrame({"urn": [500], "n": [20]})).frame["status"].to_list() == ["missing"]
    assert '"500"' not in kept.to_json()


def test_the_expression_is_the_estimate() -> None:
    model = sf.CarriedForward.fit(two_years(), "p8", "n", sd=1.28)
    last = two_years().filter(year=2019)
    by_name = model.estimate(last.select("urn", "n")).frame
    lazily = last.lazy().select(model.apply()).collect(engine="streaming").unnest("p8")
    assert lazily.equals(by_name.select(lazily.columns))


def test_the_text_reads_back() -> None:
    model = sf.CarriedForward.fit(two_years(), "p8", "n", sd=1.28, source="invented")
    again = sf.CarriedForward.from_json(model.to_json())
    assert again == model
    assert again.year == 2019
    assert "CarriedForward of invented, 2019: p8, persistence" in repr(model)
    assert "<table" in model._repr_html_()
    content = json.loads(model.to_json())
    wrong: dict[str, list[object]] = {
        "persistence": [None, 1.5, "x"],
        "sd": [0, None],
        "year": [None],
        "schools": [[["1", "a"]]],
        "benchmarks": [{}],
    }
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(InputError):
                sf.CarriedForward.from_json(json.dumps(content | {name: value}))


def test_what_is_wrong_is_named() -> None:
    fit, frame = sf.CarriedForward.fit, two_years()
    with pytest.raises(InputError, match="persistence: it cannot be worked out from 2019 alone"):
        fit(frame.filter(year=2019), "p8", "n", sd=1.28)
    apart = frame.with_columns(urn=pl.when(year=2018).then(pl.col("urn") + 1000).otherwise("urn"))
    with pytest.raises(
        InputError, match="persistence: 0 schools with 11 pupils or more are there in both 2018 and 2019"
    ):
        fit(apart, "p8", "n", sd=1.28)
    with pytest.raises(InputError, match="persistence: a number from 0 to 1 is needed, not 1.2"):
        fit(frame, "p8", "n", sd=1.28, persistence=1.2)
    with pytest.raises(InputError, match="schools: there is no row"):
        fit(frame.clear(), "p8", "n", sd=1.28)
    with pytest.raises(InputError, match="column 'urn' with 'year' must name one row"):
        fit(pl.concat([frame, frame.head(1)]), "p8", "n", sd=1.28)
    with pytest.raises(UnknownNameError, match="column 'p9' is not there"):
        fit(frame, "p9", "n", sd=1.28)
    with pytest.raises(InputError, match="whole numbers of pupils"):
        fit(frame.with_columns(pl.col("n") + 0.5), "p8", "n", sd=1.28)


def test_rows_without_a_year_are_said_to_be_taken_for_the_next_one() -> None:
    model = sf.CarriedForward.fit(two_years(), "p8", "n", sd=1.28)
    rows = pl.DataFrame({"urn": range(4), "n": [100] * 4})
    assert "taken to be of 2020" in model.estimate(rows).notes[-1]
    assert not any("taken to be" in note for note in model.estimate(rows.with_columns(year=2021)).notes)
