"""Which figures of a table of gaps are about a small group: the rule for pairs of groups of one school."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._disclosure_tables import whole_counts
from schoolframe._pupil_asked import RESULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["hidden_gaps", "is_gap_table"]

_MARKS = {"comparison", "group_n", "reference_n", "gap", "status"}
# What a result of gaps says beside its place and measure; every other column names the place.
_RESULTS = {*RESULTS, "schools", "group_left_out", "reference_left_out", "reason"} - {"measure"}
_FIGURES = (
    "group_mean",
    "group_n",
    "reference_mean",
    "reference_n",
    "group_sd",
    "reference_sd",
    "gap",
    "gap_sd",
    "gap_months",
    "se",
    "ci_low",
    "ci_high",
    "statistic",
    "p_value",
    "p_adjusted",
    "significant",
)


def is_gap_table(frame: pl.DataFrame) -> bool:
    """Return whether a frame has the columns of :func:`schoolframe.progress_gaps`.

    Example:
        >>> is_gap_table(pl.DataFrame({"gap": [0.1]}))
        False
    """
    return set(frame.columns) >= _MARKS


def hidden_gaps(frame: pl.DataFrame, minimum: int) -> Mapping[str, pl.Series]:
    """Return which cells are hidden: all figures of a school and measure one of whose groups is small.

    Both groups go, in every comparison: beside the cohort, the larger one gives the smaller one away. A school (or
    trust, or region) is named by the columns that hold no result of the gaps, floats apart.

    Example:
        >>> rows = pl.DataFrame({"urn": [1, 1], "comparison": ["a", "b"], "group_n": [90, 90], "reference_n": [4, None],
        ...     "gap": [0.1, 0.2], "status": ["below_minimum", "ok"]})
        >>> hidden_gaps(rows, 6)["gap"].to_list()
        [True, True]
    """
    small = pl.Series("small", [False] * frame.height, dtype=pl.Boolean)
    for name in ("group_n", "reference_n"):
        small = small | whole_counts(frame, name).is_between(1, minimum - 1).fill_null(value=False)
    keys = [name for name, dtype in frame.schema.items() if name not in _RESULTS and not dtype.is_float()]
    if keys:
        away = frame.select(*keys, small.alias("small")).select(pl.col("small").any().over(keys))["small"]
    else:
        away = pl.Series("small", [small.any()] * frame.height, dtype=pl.Boolean)
    return {name: away for name in _FIGURES if name in frame.columns}
