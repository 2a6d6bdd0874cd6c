"""A column of every polars type, and a process that feeds them all to one function (see contracts/test_dtypes.py)."""

from __future__ import annotations

import sys
import tempfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

import schoolframe as sf
from _estimate_stand_ins import Stated
from _registry import (
    BANDS,
    CARRIED,
    CARRIED_YEARS,
    CATEGORY,
    CHANCES,
    ESTIMATES,
    EXPRESSIONS,
    FRAMEWORK,
    MODEL_OF_GRADES,
    POPULATION,
    PUPILS,
)
from schoolframe._plugin import parse_cells

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 6


def columns() -> dict[str, pl.Series]:
    """A series of every type, with a missing value at its end."""
    text = ["a", "b", "a", "c", "b", None]
    when = datetime(2019, 9, 1, 12, 30)
    numeric = [
        pl.Int8,
        pl.Int16,
        pl.Int32,
        pl.Int64,
        pl.Int128,
        pl.UInt8,
        pl.UInt16,
        pl.UInt32,
        pl.UInt64,
        pl.Float32,
        pl.Float64,
    ]
    series: dict[str, pl.Series] = {str(t()): pl.Series([1, 2, 3, 4, 5, None], dtype=t) for t in numeric}
    for name in ("UInt128", "Float16"):
        if hasattr(pl, name):
            series[name] = pl.Series([1, 2, 3, 4, 5, None]).cast(getattr(pl, name))
    series |= {
        "Decimal": pl.Series([Decimal("1.5")] * 5 + [None], dtype=pl.Decimal(12, 2)),
        "Decimal38": pl.Series([Decimal(10) ** 30] * 5 + [None], dtype=pl.Decimal(38, 2)),
        "Boolean": pl.Series([True, False, True, True, False, None]),
        "String": pl.Series(text),
        "Categorical": pl.Series(text, dtype=pl.Categorical),
        "Enum": pl.Series(text, dtype=pl.Enum(["a", "b", "c"])),
        "Binary": pl.Series([b"a", b"\x00", b"", b"d", b"e", None]),
        "Date": pl.Series([date(2019, 9, 1)] * 5 + [None]),
        "Datetime": pl.Series([when] * 5 + [None]),
        "Datetime ns": pl.Series([when] * 5 + [None], dtype=pl.Datetime("ns")),
        "Datetime zone": pl.Series([when] * 5 + [None], dtype=pl.Datetime("us")).dt.replace_time_zone("Europe/London"),
        "Duration": pl.Series([timedelta(days=1)] * 5 + [None]),
        "Time": pl.Series([time(9)] * 5 + [None]),
        "Null": pl.Series([None] * ROWS),
        "List": pl.Series([[1.0, 2.0], [], [None], [3.0], [4.0], None]),
        "List String": pl.Series([["a"], [], ["b"], ["c"], ["d"], None]),
        "Array": pl.Series([[1.0, 2.0]] * 5 + [None], dtype=pl.Array(pl.Float64, 2)),
        "Struct": pl.Series([{"a": 1, "b": "x"}] * 5 + [None]),
        "Struct nested": pl.Series([{"a": {"b": [1, 2]}}] * 5 + [None]),
        "List Struct": pl.Series([[{"a": 1}]] * 5 + [None]),
        "List Enum": pl.Series([["a"]] * 5 + [None], dtype=pl.List(pl.Enum(["a"]))),
        "Struct Categorical": pl.Series([{"a": "x"}] * 5 + [None], dtype=pl.Struct({"a": pl.Categorical})),
        "Object": pl.Series([object()] * ROWS, dtype=pl.Object),
        "Infinite": pl.Series([float("inf"), float("-inf"), float("nan"), 0.0, -0.0, None]),
        "Int64 extreme": pl.Series([2**63 - 1, -(2**63), 0, 1, 2, None]),
        "UInt64 extreme": pl.Series([2**64 - 1, 0, 1, 2, 3, None], dtype=pl.UInt64),
        "NUL text": pl.Series(["\x00", "a\x00b", "", "c", "d", None]),
    }
    return series


def with_column(name: str, series: pl.Series, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(series.alias(name))


def numbers(names: list[str]) -> pl.DataFrame:
    return pl.DataFrame({name: [1.0, 2.0, 3.0, 4.0, 5.0, None] for name in names})


GAP_COLUMNS = ["P8MEA_FSM6CLA1A", "P8PUP_FSM6CLA1A", "P8MEA_NFSM6CLA1A", "P8PUP_NFSM6CLA1A"]


def gaps(series: pl.Series, column: str) -> object:
    frame = numbers(GAP_COLUMNS).with_columns(pl.lit(2019).alias("year"))
    return sf.progress_gaps(with_column(column, series, frame), "p8", national={"p8": 0.1}, sd=1.2)


def schools() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "urn": [1, 2, 3, 4, 5, 6],
            "performance_percentile_national": [10.0, 20.0, 30.0, 40.0, 50.0, None],
            "ofsted_overall": [1, 2, 3, 4, 1, None],
            "flag_new_head": [True, False, True, False, True, None],
        }
    )


def each_column(
    call: Callable[[pl.DataFrame], object],
    series: pl.Series,
    frame: pl.DataFrame | None = None,
    names: tuple[str, ...] = (),
) -> list[object]:
    """Call with the series in place of every named column in turn; an exception is the outcome if each call fails."""
    whole = schools() if frame is None else frame
    results: list[object] = []
    failed: Exception | None = None
    for name in names or whole.columns:
        try:
            results.append(call(with_column(name, series, whole)))
        except Exception as error:  # noqa: BLE001 as in main
            failed = error
    if failed is not None and not results:
        raise failed
    return results


LINKS = sf.samples.links().head(ROWS)
INSPECTIONS = sf.samples.inspections().head(ROWS)
ABSENCE = sf.samples.absence().filter(pl.col("level") == "school").head(ROWS)
SCHOOLS = pl.DataFrame(
    {
        "urn": range(100_000, 100_000 + ROWS),
        "year": [2019] * ROWS,
        "la": ["1", "2"] * (ROWS // 2),
        "la_name": ["A", "B"] * (ROWS // 2),
        "school_name": [f"School {row}" for row in range(ROWS)],
        "phase": ["secondary"] * ROWS,
        "x": [float(row) for row in range(ROWS)],
        "y": [float(row * row + 1) for row in range(ROWS)],
        "n": [100] * ROWS,
    }
)
CHARTED = pl.DataFrame(
    {
        "urn": range(100_000, 100_000 + ROWS),
        "year": [2019] * ROWS,
        "phase": ["secondary"] * ROWS,
        "school_name": [f"School {row}" for row in range(ROWS)],
        "p8": [0.1, -0.2, 0.3, 0.0, None, 0.5],
        "p8_ci_low": [-0.1, -0.4, 0.1, -0.2, None, 0.3],
        "p8_ci_high": [0.3, 0.0, 0.5, 0.2, None, 0.7],
        "ks4_em_95_pct": [40.0, 50.0, 60.0, None, 30.0, 20.0],
    }
)


GROUPED_PUPILS = pl.DataFrame(
    {
        "urn": [1, 1, 1, 1, 2, 2],
        "la": ["936"] * ROWS,
        "year": [2018, 2018, 2019, 2019, 2018, 2019],
        "fsm": [True, False, True, False, True, None],
        "p8": [0.1, -0.2, 0.3, 0.0, None, 0.5],
    }
)
GRADES = pl.DataFrame({"grade": range(ROWS), "a": [1, 2, 3, 4, 5, 6], "b": [6, 5, 4, 3, 2, 1]})


def pupil_gaps(frame: pl.DataFrame, national: pl.DataFrame | None = None) -> pl.DataFrame:
    comparisons: Any = ("within_school", "national_other", "authority")
    found = sf.pupil_gaps(
        frame, "p8", group="fsm", by=["urn", "la"], comparison=comparisons, national=national, min_group=1
    )
    return found.frame


def follow(frame: pl.DataFrame) -> object:
    return sf.follow_urn_links(frame, LINKS["urn"])


def gap_chart(series: pl.Series) -> object:
    frame = numbers(GAP_COLUMNS).with_columns(pl.lit(2019).alias("year"), CHARTED["school_name"])
    gaps = sf.progress_gaps(frame, "p8", comparison="within_school", national={"p8": 0.1}, sd=1.2)
    return each_column(sf.presentation.gap_chart, series, gaps)


def register(frame: pl.DataFrame) -> object:
    with tempfile.TemporaryDirectory() as folder:
        return sf.presentation.risk_register(frame, Path(folder) / "register.xlsx")


def assigned(frame: pl.DataFrame) -> object:
    result = FRAMEWORK.assign(frame, phase="primary")
    return result.frame, result.trace


PRIOR_PUPILS = numbers(["x", "n"]).with_columns(urn=pl.lit(1), pupil=pl.int_range(pl.len()))


MATRIX = pl.DataFrame(
    {
        "subject": ["s"] * ROWS,
        "band": [str(band) for band in range(ROWS)],
        "prior_from": [float(band) for band in range(ROWS)],
        "prior_to": [band + 0.5 for band in range(ROWS)],
        "low": [20] * ROWS,
        "high": [20] * ROWS,
    }
)


def fitted(frame: pl.DataFrame) -> object:
    table = sf.EstimateTable.fit(frame, prior="x", outcomes="n", groups=2, lowest=0)
    return table.calibrate_limits(frame, share=0.4)


def progress(frame: pl.DataFrame) -> object:
    return sf.progress_scores(frame, estimates=ESTIMATES, pupil="pupil")


def ks1(frame: pl.DataFrame) -> object:
    return frame.lazy().select(sf.ks1_prior_score("r", "w", "m", scale={"a": 8, "b": 6, "c": 4})).collect()


GROUP_COUNTS = pl.DataFrame(
    {
        "urn": [1, 1, 1, 2, 2, 2],
        "group": ["dis", "other", "total"] * 2,
        "n": [4, 90, 94, 20, 80, 100],
        "p8": [0.1, 0.2, 0.3, None, 0.1, 0.2],
        "pct": [25.0, 50.0, 50.0, 10.0, 20.0, 20.0],
        "gone": [False, False, False, True, False, None],
    }
)


def suppress(frame: pl.DataFrame) -> object:
    names: dict[str, Any] = {"group": "group", "school": "urn"}
    safe = sf.suppress(frame, "n", values="p8", percentages="pct", withheld="gone", **names)
    return safe.published(), sf.audit_disclosure(safe)


def export(frame: pl.DataFrame) -> object:
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("csv", "xlsx", "html"):
            sf.presentation.export_table(frame, Path(folder) / f"table.{ending}", counts={"n": "p8"})
    return frame


FRAME_FUNCTIONS: dict[str, Callable[[pl.Series], Any]] = {
    "PercentileBands.fit": lambda x: sf.PercentileBands.fit(x.to_frame("x"), "x", direction="higher_better"),
    "PercentileBands.fit by": lambda x: sf.PercentileBands.fit(
        numbers(["x"]).with_columns(x.alias("g")),
        "x",
        direction="higher_better",
        by="g",
        scheme="halves",
        percentiles=[50],
        labels=["upper", "lower"],
    ),
    "PercentileBands.fit weights": lambda x: sf.PercentileBands.fit(
        numbers(["x"]).with_columns(x.alias("w")), "x", direction="higher_better", weights="w"
    ),
    "similar_schools": lambda x: each_column(
        lambda frame: sf.similar_schools(frame, features=["x", "y"], k=2).frame,
        x,
        SCHOOLS,
        ("urn", "year", "phase", "x"),
    ),
    "comparison_groups": lambda x: each_column(
        lambda frame: sf.comparison_groups(frame, school_type="phase").sizes(),
        x,
        SCHOOLS,
        ("urn", "year", "phase", "la"),
    ),
    "comparison_groups neighbours": lambda x: each_column(
        lambda frame: sf.comparison_groups(SCHOOLS, neighbours=frame).sizes(),
        x,
        pl.DataFrame({"la": ["1"] * ROWS, "neighbour_la": ["2"] * ROWS}),
    ),
    "comparison_groups similar": lambda x: each_column(
        lambda frame: sf.comparison_groups(SCHOOLS, similar=frame).sizes(),
        x,
        SCHOOLS.select("urn", "year", pl.col("urn").reverse().alias("neighbour_urn")),
    ),
    "compare_to_groups": lambda x: each_column(
        lambda frame: sf.compare_to_groups(
            frame, "x", sf.comparison_groups(SCHOOLS), direction="higher_better", n="n", sd="y", min_group=1
        ),
        x,
        SCHOOLS,
    ),
    "code_indicators": lambda x: each_column(
        lambda frame: sf.code_indicators(frame, n="n"),
        x,
        SCHOOLS.with_columns(ks2_exp_rwm_pct=60.0, nat_ks2_exp_rwm_pct=65.0),
    ),
    "band_moves": lambda x: each_column(
        lambda frame: (moves := sf.band_moves(frame, "b", "c", n="n"), moves.table(), moves.by_size())[0].moves,
        x,
        SCHOOLS.with_columns(b=pl.lit(1), c=pl.lit(2)),
    ),
    "Framework.assign": lambda x: each_column(assigned, x),
    "Framework.expression": lambda x: each_column(lambda frame: frame.lazy().select(CATEGORY).collect(), x),
    "batches.assign": lambda x: each_column(
        lambda frame: pl.DataFrame(sf.batches.assign(frame, FRAMEWORK, phase="primary")), x
    ),
    "parse_cells": lambda x: x.to_frame("x").lazy().select(parse_cells(pl.col("x"))).collect(),
    "follow_urn_links": lambda x: each_column(follow, x, LINKS),
    "latest_inspection": lambda x: each_column(
        sf.latest_inspection, x, INSPECTIONS, ("urn", "grade", "inspection_date", "event")
    ),
    "combine_inspections": lambda x: each_column(
        lambda frame: sf.combine_inspections(frame, INSPECTIONS), x, INSPECTIONS, ("urn", "grade", "inspection_date")
    ),
    "indicator_frame": lambda x: each_column(
        lambda frame: sf.indicator_frame(absence=frame), x, ABSENCE, ("urn", "year", "level", "overall_absence_pct")
    ),
    "suppress": lambda x: each_column(suppress, x, GROUP_COUNTS),
    "presentation.export_table": lambda x: each_column(export, x, GROUP_COUNTS, ("n", "p8")),
    "presentation.interval_chart": lambda x: each_column(sf.presentation.interval_chart, x, CHARTED),
    "presentation.gap_chart": gap_chart,
    "presentation.risk_register": lambda x: each_column(register, x, CHARTED),
    "EstimateTable.fit": lambda x: each_column(fitted, x, PRIOR_PUPILS, ("x", "n")),
    "EstimateTable.from_frame": lambda x: sf.EstimateTable.from_frame(
        with_column("mean", x, pl.DataFrame({"to": range(ROWS)})), upper="to", outcomes="mean", prior_attainment="x"
    ),
    "GradeChances.from_frame": lambda x: each_column(
        lambda frame: sf.GradeChances.from_frame(frame, grades=["low", "high"]).frame, x, MATRIX
    ),
    "GradeChances.estimate": lambda x: each_column(
        lambda frame: CHANCES.estimate(frame, [50], subjects="s", prior="x").frame, x, PRIOR_PUPILS, ("x",)
    ),
    "progress_scores": lambda x: each_column(progress, x, PRIOR_PUPILS),
    "ks1_prior_score": lambda x: each_column(ks1, x, pl.DataFrame(dict.fromkeys("rwm", ["a"] * ROWS))),
    "attainment_8 flag": lambda x: (
        with_column("both", x, numbers(["e", "m"]))
        .lazy()
        .select(sf.attainment_8("e", "m", [], [], english_double="both"))
        .collect()
    ),
    "progress_gaps mean": lambda x: gaps(x, GAP_COLUMNS[0]),
    "progress_gaps n": lambda x: gaps(x, GAP_COLUMNS[1]),
    "progress_gaps year": lambda x: gaps(x, "year"),
    "pupil_gaps": lambda x: each_column(pupil_gaps, x, GROUPED_PUPILS),
    "pupil_gaps national": lambda x: each_column(
        lambda frame: pupil_gaps(GROUPED_PUPILS, national=frame), x, GROUPED_PUPILS
    ),
    "gap_index": lambda x: each_column(
        lambda frame: sf.gap_index(frame, "p8", "fsm", by="urn").frame, x, GROUPED_PUPILS
    ),
    "gap_index_from_counts": lambda x: each_column(
        lambda frame: sf.gap_index_from_counts(frame.drop_nulls(), "grade", "a", "b").frame, x, GRADES
    ),
    "gap_changes": lambda x: each_column(
        lambda frame: sf.gap_changes(frame).frame, x, pupil_gaps(GROUPED_PUPILS).head(ROWS)
    ),
    "aggregate_gaps": lambda x: each_column(
        lambda frame: sf.aggregate_gaps(frame).frame, x, pupil_gaps(GROUPED_PUPILS).head(ROWS)
    ),
    "batches.percentile_band": lambda x: pl.DataFrame(sf.batches.percentile_band(x.to_frame("x"), BANDS)),
    "batches.progress_band": lambda x: pl.DataFrame(
        sf.batches.progress_band(with_column("score", x, numbers(["low", "high"])), "score", "low", "high")
    ),
    "batches.code_against_national": lambda x: pl.DataFrame(
        sf.batches.code_against_national(with_column("x", x, numbers(["n"])), "x", "n")
    ),
    "batches.next_benchmark": lambda x: pl.DataFrame(
        sf.batches.next_benchmark(with_column("x", x, numbers(["f50", "f20", "f5"])), "x", "f50", "f20", "f5")
    ),
}


LEVELS = pl.DataFrame({"urn": [1] * ROWS, "ks1": ["2"] * ROWS, "ks2": ["4"] * ROWS})
POINTS = pl.DataFrame({"urn": [1] * ROWS, "x": [1.0, 1.0, 1.0, 2.0, 2.0, 2.0], "y": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
YEARS = pl.DataFrame(
    {
        "urn": range(ROWS),
        "year": [2017] * ROWS,
        "p8": [-0.8] * ROWS,
        "p8_ci_high": [-0.2] * ROWS,
        "ks4_cohort": [80] * ROWS,
        "phase": ["secondary"] * ROWS,
        "flag": [True] * ROWS,
    }
)
LINE = sf.MedianLine("x", "y", ((1.0, 2.0, 10), (5.0, 6.0, 10)), 10)

INTAKE = sf.SchoolEstimateModel.fit(POPULATION, "y", ["x", "g"], "n", sd=10.0)
PROJECTED = pl.DataFrame(
    {
        "urn": [1, 1, 1, 2, 2, 2],
        "p": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "a": [2.0, 2.0, 4.0, 4.0, 6.0, 7.0],
        "n": [9] * ROWS,
    }
)
MANY = pl.DataFrame(
    {"x": [0.5, 0.1, 0.4, 0.2, 0.9, 0.7], "y": [1.0, 2.0, 4.0, 1.0, 5.0, 3.0], "n": [50] * ROWS, "g": ["a"] * ROWS}
)


def five_times(frame: pl.DataFrame) -> pl.DataFrame:
    """A population of thirty schools."""
    return pl.concat([frame] * 5)


FRAME_FUNCTIONS |= {
    "SchoolBenchmarks.fit": lambda x: each_column(
        lambda frame: sf.SchoolBenchmarks.fit(five_times(frame), "x", "n", sd=1.0, by="g", min_school=6), x, MANY
    ),
    "SchoolEstimateModel.fit": lambda x: each_column(
        lambda frame: sf.SchoolEstimateModel.fit(five_times(frame), "x", "y", "n", sd=1.0), x, MANY
    ),
    "SchoolEstimateModel.estimate": lambda x: each_column(
        lambda frame: INTAKE.estimate(frame).frame,
        x,
        pl.DataFrame({"x": [1.0, 5.0, 9.0, 12.0, 30.0, None], "g": ["a"] * ROWS, "n": [50] * ROWS}),
    ),
    "projection_accuracy": lambda x: each_column(
        lambda frame: sf.projection_accuracy(frame, "p", "a", estimate="n", n="n2", by="urn", sd=2.0).frame,
        x,
        PROJECTED.with_columns(n2=pl.col("n")),
    ),
    "predictions_match": lambda x: each_column(
        lambda frame: sf.predictions_match(frame, "p", "a", n="n").frame, x, PROJECTED
    ),
    "expected_progress_rates": lambda x: each_column(
        lambda frame: (
            sf.expected_progress_rates(frame, "ks1", "ks2", key_stages="ks1_ks2", allow_unverified=True).frame
        ),
        x,
        LEVELS,
    ),
    "expected_progress": lambda x: each_column(
        lambda frame: (
            frame.lazy()
            .select(sf.expected_progress("ks1", "ks2", key_stages="ks1_ks2", allow_unverified=True))
            .collect()
        ),
        x,
        LEVELS,
        ("ks1", "ks2"),
    ),
    "threshold_measures": lambda x: each_column(
        lambda frame: sf.threshold_measures(frame, "ks2_l4em_pct", columns={"english": "ks1", "maths": "ks2"}).frame,
        x,
        LEVELS,
    ),
    "MedianLine.fit": lambda x: each_column(
        lambda frame: sf.MedianLine.fit(frame, "x", "y", min_n=1), x, POINTS, ("x", "y")
    ),
    "MedianLine.value_added": lambda x: each_column(lambda frame: LINE.value_added(frame).frame, x, POINTS),
    "floor_standard": lambda x: each_column(
        lambda frame: sf.floor_standard(frame, phase="secondary", exempt="flag", allow_unverified=True), x, YEARS
    ),
    "coasting_standard": lambda x: each_column(
        lambda frame: sf.coasting_standard(frame, phase="secondary", exempt="flag"), x, YEARS
    ),
    "significance_code": lambda x: (
        x.to_frame("v").lazy().select(sf.significance_code("v", 30, 0.1, method="mean", sd=1.2)).collect()
    ),
    "multi_year_average": lambda x: each_column(
        lambda frame: sf.multi_year_average(frame, "p8", n="ks4_cohort", sd=1.2).frame,
        x,
        YEARS,
        ("urn", "year", "p8", "ks4_cohort"),
    ),
    "trend_class": lambda x: each_column(
        lambda frame: sf.trend_class(frame, "p8", "ks4_cohort", 1.2, direction="higher_better").frame,
        x,
        YEARS,
        ("urn", "year", "p8", "ks4_cohort"),
    ),
    "consistently": lambda x: each_column(
        lambda frame: sf.consistently(frame, "flag").frame, x, YEARS, ("urn", "year", "flag")
    ),
}

NESTED = pl.DataFrame(
    {
        "urn": [1, 1, 2, 2, 3, 3],
        "y": [1.0, 2.0, 4.0, 3.0, 5.0, 7.0],
        "x": [0.0, 1.0, 3.0, 2.0, 0.5, 1.0],
        "g": list("ababba"),
    }
)
MODEL = sf.RandomInterceptModel.fit(NESTED, "y", ["g"], min_group=1)
SCORED = pl.DataFrame(
    {"x": [1.0, 2.0, 4.0, 3.0, 5.0, 7.0], "n": [10, 20, 30, 40, 50, 60], "g": ["a", "a", "b", "b", "a", "b"]}
)
FRAME_FUNCTIONS |= {
    "RandomInterceptModel.fit": lambda x: each_column(
        lambda frame: sf.RandomInterceptModel.fit(frame, "y", ["x", "g"], min_group=1).effects, x, NESTED
    ),
    "RandomInterceptModel.predict": lambda x: each_column(MODEL.predict, x, NESTED.select("urn", "g")),
    "ContextualValueAdded.fit": lambda x: each_column(
        lambda frame: sf.ContextualValueAdded.fit(frame, "y", "x", degree=1, school_prior=False).effects, x, NESTED
    ),
    "Shrinkage.fit": lambda x: each_column(lambda frame: sf.Shrinkage.fit(frame, "x", "n", sd=1.0, by="g"), x, SCORED),
    "FunnelLimits.fit": lambda x: each_column(lambda frame: sf.FunnelLimits.fit(frame, "x", "n", sd=1.0), x, SCORED),
}

JUDGED = pl.DataFrame(
    {
        "urn": [1, 1, 1, 2, 2, 2],
        "year": [2018, 2019, 2019, 2018, 2019, 2019],
        "a8": [50.0, 40.0, 45.0, 60.0, 55.0, 50.0],
        "e": [49.0, 44.0, 44.0, 58.0, 57.0, 57.0],
        "n": [10, 20, 30, 40, 50, 60],
    }
)
FRAME_FUNCTIONS |= {
    "backtest_estimates": lambda x: each_column(
        lambda frame: (
            sf.backtest_estimates(
                frame, lambda rows: Stated(), actual={"a8": "a8"}, n="n", intake="n", min_group=1
            ).levels
        ),
        x,
        JUDGED,
        ("urn", "year", "a8", "n"),
    ),
    "CarriedForward.fit": lambda x: each_column(
        lambda frame: sf.CarriedForward.fit(frame, "x", "n", sd=1.0).persistence,
        pl.concat([x] * (CARRIED_YEARS.height // ROWS)),
        CARRIED_YEARS,
    ),
    "CarriedForward.estimate": lambda x: each_column(
        lambda frame: CARRIED.estimate(frame).frame, x, JUDGED.select("urn", "n", year=2020)
    ),
}

COHORT = PUPILS.head(100 * ROWS).with_columns(
    urn=pl.int_range(pl.len()) // 50, m=1 + pl.int_range(pl.len()) % 12, s=pl.int_range(pl.len()) // 50 % 5
)
FRAME_FUNCTIONS |= {
    "EstimateModel.fit": lambda x: each_column(
        lambda frame: sf.EstimateModel.fit(
            frame, ["y", "grade"], "x", ["n", "g"], month_of_birth="m", grades=["grade"]
        ),
        pl.concat([x] * 100),
        COHORT,
    ),
    "EstimateModel.fit groups": lambda x: each_column(
        lambda frame: sf.EstimateModel.fit(
            frame, "y", "x", shape="groups", groups=3, school_context="s", estimate_type="B", min_group=1
        ),
        pl.concat([x] * 100),
        COHORT,
        ("x", "s", "urn", "y"),
    ),
    "EstimateModel.estimate": lambda x: each_column(
        lambda frame: MODEL_OF_GRADES.estimate(frame, missing_prior="wider").frame,
        x,
        COHORT.head(ROWS).select("x", "g", "urn"),
    ),
}


def expression_case(index: int) -> Callable[[pl.Series], Any]:
    expression = EXPRESSIONS[index]
    names = [*expression.columns, *expression.others]

    def run(series: pl.Series) -> Any:
        results = []
        for name in names:
            frame = numbers(names).with_columns(pl.lit("a").alias("g"))
            frame = with_column(name, series, frame)
            results.append(frame.lazy().select(expression.build(*expression.columns)).collect())
        return results

    return run


def main(case: str) -> None:
    kind, name = case.split(":", 1)
    function = expression_case(int(name)) if kind == "expression" else FRAME_FUNCTIONS[name]
    for dtype, series in columns().items():
        try:
            function(series)
            outcome, message = "result", ""
        except Exception as error:  # noqa: BLE001 every exception is a good end; a panic is a BaseException and is not
            outcome, message = "exception", f"{type(error).__name__}: {error}".replace("\n", " ")[:160]
        print(dtype, outcome, message, sep="\t", flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
