"""What a model of estimates has learned, as frames."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe import _native

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["benchmarks_frame", "coefficients_frame", "outcomes_frame", "spread_frame"]


def outcomes_frame(models: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return one row for each outcome."""
    rows = [
        {
            "outcome": model["outcome"],
            "kind": "points" if model["grades"] is None else "grades",
            **{name: model[name] for name in ("pupils", "schools", "ranked", "mean", "sd", "between", "within")},
            "icc": model["between"] / (model["between"] + model["within"]),
            **{f"delta_{rank}": model["benchmarks"][rank - 1]["progress"] for rank in (50, 20, 5)},
            "logits": None if model["grades"] is None else model["grades"]["weight"],
        }
        for model in models
    ]
    figures = ("mean", "sd", "between", "within", "icc", "delta_50", "delta_20", "delta_5", "logits")
    schema = {
        **dict.fromkeys(("outcome", "kind"), pl.String),
        **dict.fromkeys(("pupils", "schools", "ranked"), pl.Int64),
        **dict.fromkeys(figures, pl.Float64),
    }
    return pl.DataFrame(rows, schema=schema)


def coefficients_frame(models: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return one row for each outcome and term."""
    rows = [
        (model["outcome"], term, estimate, row[-1] ** 0.5, logits)
        for model in models
        for term, estimate, row, logits in zip(
            _native.pupil_estimate_terms(json.dumps(model)),
            model["coefficients"],
            model["covariance"],
            _logits(model),
            strict=True,
        )
    ]
    schema = {"outcome": pl.String, "term": pl.String, **dict.fromkeys(("estimate", "se", "logits"), pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def benchmarks_frame(models: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return one row for each outcome and rank."""
    rows = [
        (model["outcome"], at + 1, one["progress"], one["se"])
        for model in models
        for at, one in enumerate(model["benchmarks"])
    ]
    schema = {"outcome": pl.String, "rank": pl.Int64, "progress": pl.Float64, "se": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def spread_frame(models: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return one row for each outcome and tenth of prior attainment."""
    rows = [
        (model["outcome"], point["prior"], point["sd"], point["pupils"]) for model in models for point in model["spread"]
    ]
    schema = {"outcome": pl.String, "prior": pl.Float64, "sd": pl.Float64, "pupils": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _logits(model: dict[str, Any]) -> list[float | None]:
    if model["grades"] is None:
        return [None] * len(model["coefficients"])
    return [None, *model["grades"]["coefficients"]]
