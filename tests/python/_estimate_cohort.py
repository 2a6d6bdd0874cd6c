"""Invented pupils of a year: what they reach follows prior attainment, sex, month of birth and school."""

from __future__ import annotations

import numpy as np
import polars as pl


def spread(ks2: np.ndarray) -> np.ndarray:
    """Standard deviation within schools: wide at low prior attainment, narrow at high."""
    return 12 - 7 * (ks2 - 80) / 40


def cohort(seed: int, schools: int, sizes: tuple[int, int] = (5, 200), between: float = 4.0) -> pl.DataFrame:
    """Pupils with urn, ks2, sex, month, a8 (points), maths and english (grades 0 to 9)."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), rng.integers(*sizes, size=schools))
    rows = school.size
    ks2 = np.clip(np.round(2 * rng.normal(104, 8, rows)) / 2, 80, 120)
    sex = np.where(rng.random(rows) < 0.5, "F", "M")
    month = rng.integers(1, 13, rows)
    effect = between * rng.normal(size=schools)
    linear = 45 + 1.4 * (ks2 - 104) + 0.02 * (ks2 - 104) ** 2 - 3 * (sex == "M") - 0.15 * month
    a8 = linear + effect[school] + spread(ks2) * rng.normal(size=rows)
    logit = (linear - 45) / 5 + effect[school] / 5
    # Logistic noise: the chance of a grade or better is a logistic function of the distance from its cut.
    maths = np.searchsorted(np.linspace(-4, 4, 9), logit + rng.logistic(size=rows))
    english = np.searchsorted(np.linspace(-5, 3, 9), logit + rng.logistic(size=rows))
    return pl.DataFrame(
        {
            "urn": 100_000 + school,
            "ks2": ks2,
            "sex": sex,
            "month": month,
            "a8": a8,
            "maths": maths.astype(np.int64),
            "english": english.astype(np.int64),
            "effect": effect[school],
        }
    )
