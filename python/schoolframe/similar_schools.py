"""Similar schools: for every school the nearest ones of its phase by intake, needs, size or what the caller names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_number, require_text, require_texts, require_whole, unknown_name
from schoolframe._column_checks import listed, whole_numbers, words
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import refuse_repeated
from schoolframe._measured import Measured, account
from schoolframe._number_columns import number_columns
from schoolframe.exceptions import InputError

__all__ = ["similar_schools"]

_SCHEMA = {
    "urn": pl.Int64,
    "neighbour_urn": pl.Int64,
    "rank": pl.Int64,
    "distance": pl.Float64,
    "n_features": pl.Int64,
    "tie_at_end": pl.Boolean,
}


def similar_schools(
    frame: object,
    *,
    features: Sequence[str] | Mapping[str, float],
    k: int = 20,
    phase: str = "phase",
    scale: Literal["sd", "mad"] = "sd",
    min_features: int | None = None,
) -> Measured:
    """Find the ``k`` most similar schools of every school: same phase, nearest by several features at once.

    Give schools of all England: the scale of a feature is its spread among the schools of the phase that are there.
    With ``z`` a feature divided by its scale, ``w`` its weight and ``S`` the features that both schools have::

        distance = sqrt( sum over S of w (z_a - z_b)^2 / sum over S of w )

    so that a distance of 1 is one standard deviation apart on average. A school is never its own neighbour. Among equal
    distances (equal to nine decimals) the lower URN comes first, and ``tie_at_end`` says where the list was cut inside
    such a tie. With a ``year`` column schools are compared within their year.

    Args:
        frame: One row per school (and year), with ``urn`` (whole numbers), the phase, the features and perhaps
            ``year``.
        features: Columns of numbers, or a mapping from column to weight (above 0); without weights all count alike.
            Take what a school cannot change: prior attainment, disadvantage, special needs, size.
        k: Number of neighbours.
        phase: Column of texts in which both schools must agree exactly.
        scale: ``"sd"``, the standard deviation with n - 1, or ``"mad"``, the median distance from the median, which a
            few extreme schools do not widen.
        min_features: Fewest features that a school must have, and two schools must share; by default all. A feature
            that is missing is left out of the pair, never filled in.

    Returns:
        :class:`Measured`. Its frame has a row for each school and neighbour, ordered by year, phase, URN and rank:
        ``year`` if it was there, the phase (String), ``urn``, ``neighbour_urn``, ``rank`` (Int64, 1 is nearest),
        ``distance`` (Float64, in scales), ``n_features`` (Int64, shared by the two) and ``tie_at_end`` (Boolean). Its
        rows account for the schools: those that have neighbours, and why others have none.

    Raises:
        InputError: For a feature that is no number, infinite or without spread by ``"mad"`` though its values differ, a
            weight that is not above 0, a school given twice, or a ``k`` or ``min_features`` that cannot be.
        UnknownNameError: For a column or scale that does not exist.

    Source: a definition of this package. Official lists of similar schools use other features and are not reproduced.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({
        ...     "urn": [1, 2, 3, 4], "phase": ["primary"] * 3 + ["special"], "fsm_pct": [5.0, 10.0, 40.0, 50.0],
        ...     "roll": [200, 210, 400, 90],
        ... })
        >>> near = sf.similar_schools(schools, features=["fsm_pct", "roll"], k=1)
        >>> near.frame.select("urn", "neighbour_urn", pl.col("distance").round(2)).rows()
        [(1, 2, 0.2), (2, 1, 0.2), (3, 2, 1.64)]
        >>> near.rows.rows()
        [('used', 3), ('no other school of its phase', 1)]
    """
    weights = _weights(features)
    k = require_whole(k, "k", 1)
    least = len(weights) if min_features is None else require_whole(min_features, "min_features", 1)
    if least > len(weights):
        msg = f"min_features: at most {len(weights)}, the number of features, not {least}"
        raise InputError(msg)
    if scale not in ("sd", "mad"):
        raise unknown_name("scale", scale, ["sd", "mad"])
    data = as_frame(frame)
    within = [*(["year"] if "year" in data.columns else []), require_text(phase, "phase", "'phase'")]
    _refuse_names(phase, list(weights))
    require_columns(data, ["urn", *within, *weights])
    data = words(whole_numbers(data, "urn", "frame"), phase, "frame", numbers=True)
    data = number_columns(data, weights).select([*within, "urn", *weights])
    keys = ["urn", *within[:-1]]
    refuse_repeated(data, keys, known=keys)

    height = data.height
    left_out: dict[str, int] = {}
    for reason, known in (
        ("urn is missing", pl.col("urn").is_not_null()),
        *((f"{name} is missing", pl.col(name).is_not_null()) for name in within),
        (_too_few(list(weights), least), pl.sum_horizontal(pl.col(*weights).is_not_null()) >= least),
    ):
        kept = data.filter(known)
        left_out[reason] = data.height - kept.height
        data = kept
    parts = [_empty(data, within)]
    for key, schools in sorted(data.partition_by(within, as_dict=True).items(), key=lambda part: _order(part[0])):
        ordered = schools.sort("urn")
        near = _nearest(ordered, weights, k, least, scale, key)
        parts.append(near)
        alone = schools.height - near["urn"].n_unique()
        reason = "no other school of its phase" if schools.height == 1 else "no school shares enough features"
        left_out[reason] = left_out.get(reason, 0) + alone
    return Measured(pl.concat(parts), account(height, left_out), _notes(weights, scale, k, data))


def _weights(features: object) -> dict[str, float]:
    if isinstance(features, Mapping):
        weights = {name: require_number(weight, f"features: weight of '{name}'") for name, weight in features.items()}
    else:
        weights = dict.fromkeys(require_texts(features, "features"), 1.0)
    if not weights:
        msg = "features: name at least one column"
        raise InputError(msg)
    for name, weight in weights.items():
        if not 0 < weight < float("inf"):
            msg = f"features: the weight of '{name}' must be a finite number above 0, not {weight}"
            raise InputError(msg)
    return weights


def _refuse_names(phase: str, features: list[str]) -> None:
    if phase in (*_SCHEMA, "year"):
        msg = f"phase: the name '{phase}' stands for something else in the result; rename the column"
        raise InputError(msg)
    for name in features:
        if name in ("urn", "year", phase):
            msg = f"features: column '{name}' says which schools are compared, it is no feature of theirs"
            raise InputError(msg)


def _too_few(features: list[str], least: int) -> str:
    if least < len(features):
        return f"fewer than {least} of {len(features)} features are there"
    return f"a feature is missing ({listed(features, ', ')})"


def _order(key: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(f"{value:>20}" if isinstance(value, int) else str(value) for value in key)


def _empty(data: pl.DataFrame, within: list[str]) -> pl.DataFrame:
    return pl.DataFrame(schema={**{name: data.schema[name] for name in within}, **_SCHEMA})


def _nearest(
    schools: pl.DataFrame, weights: dict[str, float], k: int, least: int, scale: str, key: tuple[Any, ...]
) -> pl.DataFrame:
    columns = [_scaled(schools[name], scale, key) for name in weights]
    near = _native.nearest_rows(columns, list(weights.values()), k, least)
    urn = schools["urn"]
    within = [name for name in schools.columns if name not in ("urn", *weights)]
    return near.select(
        *(pl.lit(value, dtype=schools.schema[name]).alias(name) for name, value in zip(within, key, strict=True)),
        pl.lit(urn).gather(pl.col("school")).alias("urn"),
        pl.lit(urn).gather(pl.col("neighbour")).alias("neighbour_urn"),
        "rank",
        "distance",
        pl.col("features").alias("n_features"),
        "tie_at_end",
    )


def _scaled(values: pl.Series, scale: str, key: tuple[Any, ...]) -> pl.Series:
    lowest, highest = values.min(), values.max()
    if lowest == highest:
        # All alike, or one school: there is nothing to tell apart.
        nothing: pl.Series = values - values
        return nothing
    found = values.std() if scale == "sd" else (values - values.median()).abs().median()
    spread = float(found) if isinstance(found, (int, float)) else 0.0
    where = ", ".join(str(part) for part in key)
    if spread == 0:
        msg = (
            f"features: column '{values.name}' has a median distance of 0 from its median in {where}: more than half "
            "of the schools have one value; use scale='sd'"
        )
        raise InputError(msg)
    scaled: pl.Series = values / spread
    if not (math.isfinite(spread) and scaled.drop_nulls().is_finite().all()):
        msg = f"features: column '{values.name}' cannot be scaled in {where}: its values are too large or too far apart"
        raise InputError(msg)
    return scaled


def _notes(weights: dict[str, float], scale: str, k: int, data: pl.DataFrame) -> tuple[str, ...]:
    told = ", ".join(name if weight == 1 else f"{name} (weight {weight:g})" for name, weight in weights.items())
    spread = "standard deviation" if scale == "sd" else "median distance from the median"
    note = (
        f"up to {k} nearest schools of the same phase by {told}; each feature divided by its {spread} among the "
        f"{data.height:,} schools compared, phase by phase"
    )
    return (note,)
