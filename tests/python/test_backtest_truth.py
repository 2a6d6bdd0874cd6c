"""Estimates of invented pupils, judged where the truth is known: intervals, chances, levels, coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import schoolframe as sf

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEDS = (1, 2, 3, 4)
CONTEXT = ("gender", "fsm")
ACTUAL = {"attainment_8": "attainment_8", "maths": "maths"}


def fit(rows: pl.DataFrame, **asked: Any) -> sf.EstimateModel:
    return sf.EstimateModel.fit(
        rows,
        list(ACTUAL),
        "ks2",
        CONTEXT,
        month_of_birth="month_of_birth",
        grades=["maths"],
        reference={"gender": "M"},
        year=int(rows["year"].max()),  # type: ignore[arg-type]
        **asked,
    )


def made(seed: int) -> pl.DataFrame:
    """About 16,000 pupils a year in 220 schools of 5 to 300."""
    return sf.simulate_pupils(220, (5, 300), years=(2018, 2019), seed=seed).pupils


@pytest.fixture(scope="module")
def judged() -> list[sf.EstimateBacktest]:
    bands = (15, 30, 60, 120)
    return [sf.backtest_estimates(made(seed), fit, actual=ACTUAL, intake="ks2", size_bands=bands) for seed in SEEDS]


def pooled(tests: Sequence[sf.EstimateBacktest], outcome: str, nominal: float) -> pl.DataFrame:
    """Share held by group over all seeds."""
    every = pl.concat([test.calibration for test in tests]).filter(outcome=outcome, nominal=nominal)
    weighted = (pl.col("held") * pl.col("n")).sum() / pl.col("n").sum()
    return every.group_by("by", "group", maintain_order=True).agg(held=weighted, n=pl.col("n").sum())


def test_intervals_hold_what_they_say(judged: list[sf.EstimateBacktest]) -> None:
    for test in judged:
        every = test.calibration.filter(by="all", outcome="attainment_8")
        for nominal, held, low, high in every.select("nominal", "held", "cluster_low", "cluster_high").iter_rows():
            assert abs(held - nominal) < 2, (nominal, held)
            assert low - 1 < nominal < high + 1
    for _, group, held, n in pooled(judged, "attainment_8", 80.0).iter_rows():
        # By size of school, by intake and along the estimates; four standard errors where a group is small.
        assert abs(held - 80) < max(2.0, 400 * math.sqrt(0.16 / n)), (group, held, n)


def test_grades_come_in_steps_so_their_intervals_hold_more(judged: list[sf.EstimateBacktest]) -> None:
    for nominal in (50.0, 80.0, 95.0):
        held = pooled(judged, "maths", nominal).filter(by="all")["held"].item()
        assert held > nominal
    assert pooled(judged, "maths", 80.0).filter(by="all")["held"].item() < 93


@dataclass
class Altered:
    """A model whose intervals are drawn in, or whose estimates are moved: what a back-test has to notice."""

    model: sf.EstimateModel
    factor: float = 1.0
    moved: float = 0.0

    def estimate(
        self, frame: pl.DataFrame, levels: Sequence[int], *, confidence: float, keep: Sequence[str]
    ) -> sf.Measured:
        found = self.model.estimate(frame, levels, confidence=confidence, keep=keep)
        e = pl.col("expected")
        ends = [
            (e + self.factor * (pl.col(name) - e) + self.moved).alias(name)
            for name in ("expected_low", "expected_high")
        ]
        return sf.Measured(found.frame.with_columns(*ends, e + self.moved), found.rows, found.notes)


def test_what_is_wrong_would_be_noticed() -> None:
    pupils, only = made(1), {"attainment_8": "attainment_8"}
    narrow = sf.backtest_estimates(pupils, lambda rows: Altered(fit(rows), factor=0.8), actual=only, confidence=0.8)
    assert narrow.calibration.filter(by="all")["cluster_high"].item() < 78
    moved = sf.backtest_estimates(pupils, lambda rows: Altered(fit(rows), moved=3.0), actual=only, confidence=0.8)
    bias, error = moved.calibration.filter(by="all").select("bias", "bias_se").row(0)
    assert bias > 3 * error


def test_chances_come_true(judged: list[sf.EstimateBacktest]) -> None:
    found = pl.concat([test.reliability for test in judged]).filter(pl.col("n") >= 300)
    off = (pl.col("share") - pl.col("chance")).abs()
    # Chances are those of a typical school, so shares lie a little nearer to a half; none is far off.
    assert found.select(off.max()).item() < 9
    assert found.filter(pl.col("tenth").is_null()).select(off.max()).item() < 3.5
    middle = found.drop_nulls("tenth").group_by("tenth").agg(pl.col("chance", "share").mean()).sort("tenth")
    assert middle["share"].is_sorted()
    assert middle.select((pl.col("share") - pl.col("chance")).abs().max()).item() < 3
    shares = pl.concat([test.grades for test in judged]).filter(by="all")
    reached = shares.filter(measure="reached")["share"]
    assert reached.min() > 50  # type: ignore[operator]  # the headline is the highest grade with an even chance


def test_published_chances_of_an_earlier_year_are_judged_too() -> None:
    """Invented maths grades follow the matrix of 2022/23, so its chances come true, but for what is invented."""
    pupils = sf.simulate_pupils(200, (60, 200), years=(2023, 2024), seed=3).pupils
    published = SimpleNamespace(estimate=partial(sf.GradeChances.bundled(2023).estimate, subjects="Mathematics"))
    test = sf.backtest_estimates(pupils, lambda rows: published, actual={"Mathematics": "maths"}, confidence=0.8)
    every = test.reliability.filter(pl.col("tenth").is_null())
    assert every["grade"].to_list() == list(range(1, 10))
    assert every.select((pl.col("share") - pl.col("chance")).abs().max()).item() < 2
    assert 80 < test.calibration.filter(by="all")["held"].item() < 93


def test_levels_are_reached_as_often_as_they_say_and_more_often_in_small_schools(
    judged: list[sf.EstimateBacktest],
) -> None:
    every = pl.concat([test.levels for test in judged]).filter(outcome="attainment_8")
    every = every.group_by("by", "group", "level", maintain_order=True).agg(pl.col("reached", "schools").sum())
    share = {(group, level): (100 * reached / n, n) for _, group, level, reached, n in every.iter_rows()}
    for level in (50, 20, 5):
        large, n = share["120 and more", level]
        assert abs(large - level) < 4 * math.sqrt(level * (100 - level) / n) + 3, level
    # Of the smallest schools far more than 5 % reach the level of the top 5 %: by chance.
    assert share["under 15", 5][0] > 5 + 2 * math.sqrt(5 * 95 / share["under 15", 5][1])
    assert share["under 15", 5][0] > share["120 and more", 5][0]


def test_raw_benchmarks_lie_too_far_apart() -> None:
    models = [fit(made(seed), shrink=shrink) for seed in SEEDS for shrink in (True, False)]
    progress = [model.benchmarks.filter(outcome="attainment_8", rank=5)["progress"].item() for model in models]
    # The true level of the top 5 % is 1.645 * 4.6 above the middle; raw means of small schools overstate it.
    truth = 1.6449 * 4.6
    shrunken, raw = progress[::2], progress[1::2]
    assert all(one < other for one, other in zip(shrunken, raw, strict=True))
    assert abs(sum(shrunken) / 4 - truth) < abs(sum(raw) / 4 - truth)


def test_ranks_last_longer_in_large_schools() -> None:
    pupils = sf.simulate_pupils(300, (5, 300), years=(2017, 2018, 2019), seed=5).pupils
    test = sf.backtest_estimates(
        pupils, fit, actual={"attainment_8": "attainment_8"}, test=[2018, 2019], size_bands=[30, 120], confidence=0.8
    )
    found = {row["group"]: row for row in test.rank_stability.iter_rows(named=True)}
    assert found["120 and more"]["correlation"] > found["under 30"]["correlation"] + 0.1
    # Large schools show nearly the persistence that they were made with, 0.88.
    assert found["120 and more"]["ci_low"] - 0.05 < 0.88 < found["120 and more"]["ci_high"] + 0.1
    assert found["all"]["stayed"] > 2 * found["all"]["by_chance"]


def test_models_of_grades_find_what_they_were_made_of() -> None:
    """Squared distances of each coefficient over eight seeds, in logits, against chi-squared with 8 degrees."""
    known = {"gender: F": ("maths_girl", 1), "fsm: true": ("grade_fsm", 1), "month_of_birth": ("grade_month", 1)}
    sums = dict.fromkeys(known, 0.0)
    wrong = 0.0
    for seed in range(11, 19):
        one = sf.simulate_pupils(60, (60, 200), seed=seed, parameters={"ks2_missing": 0.0})
        rows = fit(one.pupils).coefficients.filter(outcome="maths")
        for term, (name, _) in known.items():
            truth = one.parameters.filter(parameter=name)["value"].item()
            logits, estimate, se = rows.filter(term=term).select("logits", "estimate", "se").row(0)
            error = abs(se * logits / estimate)  # the relative error of the linear model stands in for that in logits
            sums[term] += ((logits - truth) / error) ** 2
            if term == "fsm: true":
                wrong += ((logits + 0.2) / error) ** 2
    assert all(value < 26.1 for value in sums.values()), sums
    assert wrong > 26.1


def test_estimates_of_schools_from_their_intake_hold_too() -> None:
    """Means of invented pupils by school and year, from the mean at key stage 2 and the share of free meals."""
    held = []
    for seed in SEEDS:
        pupils = sf.simulate_pupils(
            400, (11, 200), years=(2018, 2019), seed=seed, parameters={"ks2_missing": 0.0}
        ).pupils
        by = pupils.group_by("urn", "year", maintain_order=True)
        schools = by.agg(pl.col("attainment_8", "ks2").mean(), pl.col("fsm").mean() * 100, n=pl.len())

        def model(rows: pl.DataFrame) -> sf.SchoolEstimateModel:
            return sf.SchoolEstimateModel.fit(rows, "attainment_8", ["ks2", "fsm"], "n", sd=14.0, year=2018)

        test = sf.backtest_estimates(
            schools, model, actual={"attainment_8": "attainment_8"}, n="n", intake="fsm", confidence=0.8
        )
        held.append(test.calibration.filter(by="all"))
    every = pl.concat(held)
    share = every.select((pl.col("held") * pl.col("n")).sum() / pl.col("n").sum()).item()
    assert 78 < share < 83, every
