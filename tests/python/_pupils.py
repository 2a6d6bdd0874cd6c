"""Invented pupils, and gaps worked out the plain way: school by school with numpy and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from scipy import stats

ETHNICITIES = ["Asian", "Black", "Mixed", "White"]


def pupils(rows: int = 1_200, schools: int = 12, seed: int = 7, *, years: tuple[int, ...] = ()) -> pl.DataFrame:
    """Pupils of several authorities; some outcomes and characteristics are missing."""
    random = np.random.default_rng(seed)
    urn = random.integers(0, schools, rows)
    fsm = random.random(rows) < 0.1 + 0.4 * urn / schools
    p8 = random.normal(0.1 - 0.5 * fsm + 0.2 * np.sin(urn), 1.2, rows)
    frame = pl.DataFrame(
        {
            "urn": 100_000 + urn,
            "la": (301 + urn % 4).astype(str),
            "pupil": [f"P{number}" for number in range(rows)],
            "fsm": fsm,
            "ethnicity": random.choice(ETHNICITIES, rows, p=[0.15, 0.1, 0.1, 0.65]),
            "p8": p8,
            "passed": random.random(rows) < 0.7 - 0.2 * fsm,
        }
    )
    missing = pl.Series(random.random(rows) < 0.03)
    frame = frame.with_columns(
        pl.when(~missing).then("p8").alias("p8"),
        pl.when(~pl.Series(random.random(rows) < 0.02)).then("ethnicity").alias("ethnicity"),
    )
    return frame if not years else frame.with_columns(year=pl.Series(random.choice(years, rows)))


def welch(a: np.ndarray, b: np.ndarray, confidence: float = 0.95) -> dict[str, float]:
    """Welch's gap by scipy."""
    test = stats.ttest_ind(a, b, equal_var=False)
    interval = test.confidence_interval(confidence)
    return {
        "group_mean": float(np.mean(a)),
        "group_n": len(a),
        "reference_mean": float(np.mean(b)),
        "reference_n": len(b),
        "gap": float(np.mean(a) - np.mean(b)),
        "ci_low": float(interval.low),
        "ci_high": float(interval.high),
        "statistic": float(test.statistic),
        "p_value": float(test.pvalue),
    }


def outcomes(frame: pl.DataFrame, value: str, **where: Any) -> np.ndarray:
    """The outcomes of the pupils for whom all conditions hold."""
    chosen = frame.filter([pl.col(name) == wanted for name, wanted in where.items()]) if where else frame
    found: np.ndarray = chosen[value].drop_nulls().cast(pl.Float64).to_numpy()
    return found
