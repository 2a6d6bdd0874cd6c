"""Estimates of pupils as one long frame: checks at the door, the frame, its account and its notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._design import known_levels
from schoolframe._estimate_model_columns import as_month
from schoolframe._frames import require_columns
from schoolframe._measured import accounted
from schoolframe._number_columns import number_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["account_of", "checked_columns", "context_column", "long_frame"]

# Words of the account for the status of a row.
_REASONS = {
    "prior_missing": "prior attainment is missing",
    "prior_outside": "prior attainment is outside that of the fit",
    "covariate_missing": "context is missing",
    "covariate_outside": "context is outside that of the fit",
}


def context_column(term: Mapping[str, Any]) -> str:
    """Return the column of a term of context.

    Example:
        >>> context_column({"words": {"column": "sex", "levels": ["F", "M"]}}), context_column({"month": "born"})
        ('sex', 'born')
    """
    (inner,) = term.values()
    return str(inner["column"] if isinstance(inner, dict) else inner)


def checked_columns(data: pl.DataFrame, model: Mapping[str, Any]) -> pl.DataFrame:
    """Return the columns that a model reads, numbers as Float64, words as texts; others are errors naming rows."""
    columns: list[pl.Series] = []
    for start in model["starts"]:
        least, most = start["scale"] or (None, None)
        columns.append(number_column(data, start["column"], "pupils", least=least, most=most))
    for term in model["contexts"]:
        name = context_column(term)
        require_columns(data, [name], "pupils")
        if "words" in term:
            columns.append(known_levels(data[name], term["words"]["levels"]))
        else:
            values = number_column(data, name, "pupils")
            columns.append(as_month(values) if "month" in term else values)
    return pl.DataFrame(columns)


def long_frame(kept: pl.DataFrame, parts: Mapping[str, pl.DataFrame], order: Sequence[str]) -> pl.DataFrame:
    """Return one row for each pupil and outcome: the outcomes one after the other, in each the order of the pupils."""
    frames = []
    for outcome, figures in parts.items():
        named = pl.Series("outcome", [outcome], dtype=pl.String).new_from_index(0, figures.height)
        columns = [*kept.get_columns(), named.alias("outcome"), *figures.get_columns()]
        frames.append(pl.DataFrame(columns))
    return pl.concat(frames, how="diagonal").select([*kept.columns, "outcome", *order])


def account_of(parts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return how every pupil was used: ``used`` with an estimate of any outcome, else why there is none of the first.

    Example:
        >>> import polars as pl
        >>> account_of({"a8": pl.DataFrame({"status": ["ok", "prior_missing"]})}).rows()
        [('used', 1), ('prior attainment is missing', 1)]
    """
    states = pl.DataFrame([figures["status"].alias(str(at)) for at, figures in enumerate(parts.values())])
    without = pl.all_horizontal(pl.all().is_in(list(_REASONS)))
    return accounted(states, [(without & (pl.col("0") == state), words) for state, words in _REASONS.items()])
