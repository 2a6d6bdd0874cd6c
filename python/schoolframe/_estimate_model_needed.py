"""The progress that would bring a cohort to a target, and the rank of schools that had it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_finite, require_mapping, unknown_name
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["certain", "needed_frame", "rank_of", "require_targets", "typical"]

_FIGURES = ("typical", "target", "progress", "progress_low", "progress_high")
_SCHEMA = {
    "outcome": pl.String,
    "pupils": pl.Int64,
    **dict.fromkeys(_FIGURES, pl.Float64),
    "rank": pl.Int64,
    "status": pl.String,
}


def require_targets(targets: object, models: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the target of each outcome that has one; they are outcomes in points."""
    given = require_mapping(targets, "targets", "{'a8': 52.0}")
    points = [model["outcome"] for model in models if model["grades"] is None]
    graded = [model["outcome"] for model in models if model["grades"] is not None]
    if not given:
        msg = "targets: name an outcome and its target, {'a8': 52.0}"
        raise InputError(msg)
    for name in given:
        if name in graded:
            msg = f"targets: '{name}' is a grade; the progress that is needed is worked out for outcomes in points"
            raise InputError(msg)
        if name not in points:
            raise unknown_name("targets: outcome", name, points)
    return {name: require_finite(value, "targets") for name, value in given.items()}


def rank_of(progress: float, benchmarks: Sequence[float]) -> int | None:
    """Return the worst rank of schools that have so much progress; None where rank 1 has less.

    Example:
        >>> rank_of(1.0, [2.0, 1.0, 0.0]), rank_of(1.01, [2.0, 1.0, 0.0]), rank_of(2.01, [2.0, 1.0, 0.0])
        (2, 1, None)
    """
    return sum(one >= progress for one in benchmarks) or None


def typical(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model of pupils in the typical school: schools do not differ.

    Example:
        >>> typical({"between": 4.0})
        {'between': 0.0}
    """
    return {**model, "between": 0.0}


def certain(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model of pupils who reach what is expected of them: only the error of its coefficients is left.

    Example:
        >>> certain({"between": 4.0, "spread": [{"prior": 99.0, "sd": 9.0}]})
        {'between': 0.0, 'spread': [{'prior': 99.0, 'sd': 0.0}]}
    """
    return {**typical(model), "spread": [{**point, "sd": 0.0} for point in model["spread"]]}


def needed_frame(
    targets: Mapping[str, float],
    models: Mapping[str, Mapping[str, Any]],
    parts: Mapping[str, pl.DataFrame],
    errors: Mapping[str, pl.DataFrame],
    minimum: int,
) -> pl.DataFrame:
    """Return one row for each target, from the cohort's estimates by the models :func:`typical` and :func:`certain`.

    Pupils vary each on their own. The error of the coefficients is common to them: that of their mean is no more than
    the mean of their errors.
    """
    rows: list[tuple[object, ...]] = []
    for name, target in targets.items():
        error = (pl.col("expected_high") - pl.col("expected")).alias("error")
        known = parts[name].with_columns(errors[name].select(error).to_series()).filter(status="ok").rechunk()
        size = known.height
        if size < max(minimum, 1):
            rows.append((name, None, None, target, None, None, None, None, "below_minimum"))
            continue
        both = (pl.col("expected_high") - pl.col("expected")).pow(2)
        squares = (both - pl.col("error").pow(2)).sum()
        expected, chance, common = known.select(pl.col("expected").mean(), squares, pl.col("error").mean()).row(0)
        half = (max(chance, 0.0) / size**2 + common**2) ** 0.5
        progress = target - expected
        rank = rank_of(progress, [one["progress"] for one in models[name]["benchmarks"]])
        status = "beyond_rank_1" if rank is None else "ok"
        rows.append((name, size, expected, target, progress, progress - half, progress + half, rank, status))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
