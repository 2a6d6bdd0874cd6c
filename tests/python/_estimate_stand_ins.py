"""Small models in the common shape of estimates, whose answers can be worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._measured import Measured, account

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Stated:
    """Estimates that stand in the frame: ``e`` with ``e -+ half * confidence``, levels ``e + (50 - rank) / 100``."""

    half: float = 10.0
    outcome: str = "a8"
    grades: int = 0
    seen: list[pl.DataFrame] = field(default_factory=list)

    def estimate(
        self, frame: pl.DataFrame, levels: Sequence[int] = (50, 20, 5), *, confidence: float = 0.8, keep: Any = None
    ) -> Measured:
        self.seen.append(frame)
        e = pl.col("e")
        status = pl.when(e.is_null()).then(pl.lit("prior_missing")).otherwise(pl.lit("ok"))
        columns = [
            pl.lit(self.outcome).alias("outcome"),
            e.alias("expected"),
            (e - self.half * confidence).alias("expected_low"),
            (e + self.half * confidence).alias("expected_high"),
        ]
        for level in levels:
            columns.append((e + (50 - level) / 100).alias(f"fft{level}"))
            if self.grades:
                columns.append(pl.col("headline").alias(f"fft{level}_headline"))
                columns.append(pl.col("chances").alias(f"fft{level}_chances"))
        found = frame.select(*(frame.columns if keep is None else keep), *columns, status.alias("status"))
        return Measured(found, account(found.height, {}), ("stated by hand",))
