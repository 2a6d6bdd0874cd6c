"""Invented pupils, from a seed: nobody's data."""

from __future__ import annotations

import numpy as np
import polars as pl

OUTCOMES = ("attainment_8", "english", "maths", "ebacc", "open")


def secondary(rows: int, *, schools: int = 10, seed: int = 8, missing: float = 0.0) -> pl.DataFrame:
    """Pupils at the end of key stage 4 whose elements add up to Attainment 8."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(0, 1, rows)
    prior = ((105 + 6 * ability + rng.normal(0, 3, rows)).clip(59, 120) * 2).round() / 2
    frame = pl.DataFrame(
        {
            "pupil": np.arange(rows),
            "urn": rng.integers(100_000, 100_000 + schools, rows),
            "fsm": rng.random(rows) < 0.25,
            "ks2_scaled_score": prior,
            "english": 2 * (4.7 + 1.7 * ability + rng.normal(0, 1, rows)).clip(0, 9).round(),
            "maths": 2 * (4.5 + 1.8 * ability + rng.normal(0, 1, rows)).clip(0, 9).round(),
            "ebacc": 3 * (4.1 + 1.9 * ability + rng.normal(0, 1, rows)).clip(0, 9).round(1),
            "open": 3 * (4.5 + 1.6 * ability + rng.normal(0, 1, rows)).clip(0, 9).round(1),
        }
    )
    frame = frame.with_columns(attainment_8=pl.sum_horizontal("english", "maths", "ebacc", "open"))
    holes = [
        pl.when(pl.Series(rng.random(rows) >= missing)).then(name).alias(name)
        for name in ("urn", "ks2_scaled_score", *OUTCOMES)
    ]
    return frame.with_columns(holes) if missing else frame
