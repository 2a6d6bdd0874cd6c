"""Which support follows by itself, and which only once a person decides."""

from __future__ import annotations

import polars as pl

__all__ = ["mark_decisions"]

_KEYS = ["urn", "year"]
_FLAG = "_by_decision"


def mark_decisions(listed: pl.DataFrame, assigned: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Return support with the decision ``may`` wherever it follows only once a person decides.

    That is so for a candidate, except for what the school gets anyway in its category without that decision, and for
    what rests on another result that a person decides.

    Args:
        listed: Support of schools with ``urn``, ``year``, ``id`` and ``decision``.
        assigned: The frame of the assignment.
        offers: The support of the framework, with ``category``, ``id`` and ``results``.

    Returns:
        The rows in their order.
    """
    anyway = offers.filter(pl.col("category").is_not_null(), pl.col("results").list.len() == 0)
    anyway = anyway.select(otherwise="category", id="id", anyway=pl.lit(value=True)).unique()
    candidates = assigned.filter(status="candidate").select(*_KEYS, "otherwise", candidate=pl.lit(value=True))
    needs = (
        offers.select("id", "results")
        .explode("results")
        .drop_nulls("results")
        .select("id", result=pl.col("results").str.split("=").list.first())
        .unique()
    )
    flags = [name for name in assigned.columns if name.endswith(_FLAG)]
    open_results = [assigned.filter(name).select(*_KEYS, result=pl.lit(name.removesuffix(_FLAG))) for name in flags]
    rests = (
        pl.concat(open_results).join(needs, on="result").select(*_KEYS, "id", rests=pl.lit(value=True)).unique()
        if open_results
        else assigned.clear().select(*_KEYS, id=pl.lit(""), rests=pl.lit(value=True))
    )
    found = (
        listed.join(candidates, on=_KEYS, how="left", nulls_equal=True, maintain_order="left")
        .join(anyway, on=["otherwise", "id"], how="left", maintain_order="left")
        .join(rests, on=[*_KEYS, "id"], how="left", nulls_equal=True, maintain_order="left")
    )
    decided = (pl.col("candidate") & pl.col("anyway").is_null()) | pl.col("rests")
    return found.with_columns(pl.when(decided).then(pl.lit("may")).otherwise("decision").alias("decision")).select(
        listed.columns
    )
