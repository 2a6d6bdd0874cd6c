"""One row per public expression: how the contract tests call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

import schoolframe as sf

if TYPE_CHECKING:
    from collections.abc import Callable

REFERENCE = pl.DataFrame({"x": [float(value) for value in range(1, 41)], "g": ["a", "b"] * 20})
BANDS = sf.PercentileBands.fit(REFERENCE, "x", direction="higher_better")
FRAMEWORK = sf.Framework.load("southend_2017")
SCORES = pl.DataFrame({"x": [1.0, 5.0, 9.0, 14.0, 22.0, 30.0], "n": [20, 30, 40, 50, 60, 70], "g": ["a", "b"] * 3})
SHRINKAGE = sf.Shrinkage.fit(SCORES, "x", "n", sd=10.0)
SHRINKAGE_GROUPED = sf.Shrinkage.fit(SCORES, "x", "n", sd=10.0, by="g")
FUNNEL = sf.FunnelLimits.fit(SCORES, "x", "n", sd=10.0, overdispersion="additive")
ESTIMATES = sf.EstimateTable.fit(
    REFERENCE.with_columns(n=pl.col("x") * 2), prior="x", outcomes={"n": 2}, groups=8, lowest=0
)
CARRIED_YEARS = pl.DataFrame(
    {"urn": list(range(30)) * 2, "year": [2018] * 30 + [2019] * 30, "n": [60] * 60}
).with_columns(x=pl.col("urn") / 4 + (pl.col("urn") * pl.col("year") % 7) / 9)
CARRIED = sf.CarriedForward.fit(CARRIED_YEARS, "x", "n", sd=1.0)
POPULATION = REFERENCE.with_columns(n=pl.lit(100), y=pl.col("x") * 2 + pl.Series([0.0, 3.0, 1.0, 7.0] * 10))
STANDING = sf.SchoolBenchmarks.fit(POPULATION, "x", "n", sd=10.0)
STANDING_GROUPED = sf.SchoolBenchmarks.fit(POPULATION, "x", "n", sd=10.0, by="g")
INTAKE = sf.SchoolEstimateModel.fit(POPULATION, "y", "x", "n", sd=10.0)
_ROW = pl.int_range(600, eager=True)
PUPILS = pl.DataFrame({"urn": _ROW % 12, "x": _ROW * 7 % 41, "n": _ROW * 11 % 29, "g": _ROW % 5 < 2}).with_columns(
    pl.when("g").then(pl.lit("a")).otherwise(pl.lit("b")).alias("g"),
    y=pl.col("x") / 2 + pl.col("n") / 9 + pl.col("urn") / 4 + _ROW * 17 % 13,
)
PUPILS = PUPILS.with_columns(grade=(pl.col("y") / 4).floor().clip(0, 9))
MODEL_OF_NUMBERS = sf.EstimateModel.fit(PUPILS, "y", "x", "n", year=2019)
MODEL_OF_GRADES = sf.EstimateModel.fit(PUPILS, "grade", "x", "g", grades=["grade"])
GROUPED = sf.PercentileBands.fit(REFERENCE, "x", direction="higher_better", by="g")
CHANCES = sf.GradeChances.from_frame(
    pl.DataFrame(
        {
            "subject": ["s", "s"],
            "band": ["lower", "upper"],
            "prior_from": [0.0, 20.0],
            "prior_to": [15.0, 30.0],
            "1": [30, 10],
            "2": [10, 30],
        }
    ),
    grades=["1", "2"],
)


@dataclass(frozen=True)
class Expression:
    """An expression with the numeric columns it reads; ``others`` are columns that are no numbers."""

    name: str
    plugin: str
    columns: tuple[str, ...]
    build: Callable[..., pl.Expr]
    elementwise: bool = True
    others: tuple[str, ...] = ()


EXPRESSIONS = [
    Expression("progress_band", "progress_band", ("score", "low", "high"), sf.progress_band),
    Expression("round_half_up", "round_half_up", ("score",), lambda score: sf.round_half_up(score, 1)),
    Expression("round_counts", "round_counts", ("x",), sf.round_counts),
    Expression(
        "percentile_rank",
        "finite_numbers",
        ("x",),
        lambda x: sf.percentile_rank(x, direction="higher_better", min_group=1),
        elementwise=False,
    ),
    Expression(
        "percentile_rank idsr",
        "finite_numbers",
        ("x",),
        lambda x: sf.percentile_rank(x, direction="lower_better", method="idsr", min_group=1),
        elementwise=False,
    ),
    Expression(
        "rank_in_group",
        "finite_numbers",
        ("x",),
        lambda x: sf.rank_in_group(x, direction="higher_better"),
        elementwise=False,
    ),
    Expression(
        "rank_bands",
        "finite_numbers",
        ("x",),
        lambda x: sf.rank_bands(x, direction="higher_better", scheme="thirds", min_group=1),
        elementwise=False,
    ),
    Expression("prior_attainment_band", "finite_numbers", ("x",), lambda x: sf.prior_attainment_band(x, year=2011)),
    Expression(
        "percentile_rank weighted",
        "percentile_rank",
        ("x", "n"),
        lambda x, n: sf.percentile_rank(x, direction="lower_better", weights=n, min_group=1),
        elementwise=False,
    ),
    Expression("CarriedForward.apply", "finite_numbers", ("x", "n"), CARRIED.apply),
    Expression("PercentileBands.apply", "percentile_band", ("x",), BANDS.apply),
    Expression("GradeChances.apply", "finite_numbers", ("x",), lambda x: CHANCES.apply(x, "s", shift=0.5)),
    Expression("PercentileBands.apply grouped", "percentile_band", ("x",), GROUPED.apply, others=("g",)),
    Expression(
        "code_against_national",
        "code_against_national",
        ("x", "national"),
        lambda x, national: sf.code_against_national(x, national, direction="lower_better"),
    ),
    Expression("next_benchmark", "next_benchmark", ("x", "f50", "f20", "f5"), sf.next_benchmark),
    Expression(
        "gap_test known_sd",
        "gap",
        ("x", "n", "national", "m", "sd"),
        lambda x, n, national, m, sd: sf.gap_test(x, n, national, m, method="known_sd", known_sd=sd),
    ),
    Expression(
        "gap_test proportion",
        "gap",
        ("x", "n", "national"),
        lambda x, n, national: sf.gap_test(x, n, national, method="proportion", fixed=True),
    ),
    Expression("Shrinkage.apply", "shrink", ("x", "n"), SHRINKAGE.apply),
    Expression("Shrinkage.apply grouped", "shrink", ("x", "n"), SHRINKAGE_GROUPED.apply, others=("g",)),
    Expression("FunnelLimits.apply", "funnel_position", ("x", "n"), FUNNEL.apply),
    Expression("SchoolBenchmarks.apply", "school_standing", ("x", "n"), STANDING.apply),
    Expression("SchoolBenchmarks.apply grouped", "school_standing", ("x", "n"), STANDING_GROUPED.apply, others=("g",)),
    Expression("SchoolEstimateModel.apply", "school_estimate", ("n",), lambda n: INTAKE.apply(n=n), others=("x",)),
    Expression(
        "attainment_8",
        "attainment_8",
        ("x", "n", "m", "f50"),
        lambda x, n, m, f50: sf.attainment_8(x, n, [m], [f50], english_double=True, points=(0, 10_000)),
    ),
    Expression("EstimateTable.apply", "prior_estimates", ("x",), ESTIMATES.apply),
    Expression(
        "EstimateModel.apply",
        "pupil_estimates",
        ("x", "n"),
        lambda x, n: MODEL_OF_NUMBERS.apply(columns={"x": x, "n": n}, missing_prior="wider"),
    ),
    Expression(
        "EstimateModel.apply grades",
        "pupil_estimates",
        ("x",),
        lambda x: MODEL_OF_GRADES.apply("grade", levels=[20], columns={"x": x}),
        others=("g",),
    ),
    Expression("EstimateTable.scores", "pupil_scores", ("x", "n"), lambda x, n: ESTIMATES.scores(x, {"n": n})),
]
# A category reads its evidence by name, so it is not called with other columns in their place.
CATEGORY = FRAMEWORK.expression(["performance_percentile_national", "ofsted_overall", "flag_new_head"], phase="primary")
IDS = [expression.name for expression in EXPRESSIONS]


def ordinary(rows: int = 24) -> pl.DataFrame:
    """A frame with every column an expression of the registry reads, some values missing."""
    index = range(rows)
    return pl.DataFrame(
        {
            "row": list(index),
            "g": ["a" if row % 3 else "b" for row in index],
            "score": [None if row % 7 == 6 else (row - 10) / 10 for row in index],
            "low": [(row - 10) / 10 - 0.3 for row in index],
            "high": [(row - 10) / 10 + 0.3 for row in index],
            "x": [None if row % 5 == 4 else float(row * 3 % 41) for row in index],
            "n": [float(row + 3) for row in index],
            "m": [float(40 - row % 40) for row in index],
            "sd": [1.25] * rows,
            "national": [20.0] * rows,
            "f50": [10.0] * rows,
            "f20": [20.0] * rows,
            "f5": [30.0] * rows,
        }
    )
