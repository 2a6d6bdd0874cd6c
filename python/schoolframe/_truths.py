"""Why categories differ: the criteria whose truth differs between two assignments, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._rules_changed import BESIDE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe._assignment import Assignment

__all__ = ["KEYS", "changed_truths", "reasons"]

KEYS = ["urn", "year"]
_WORDS = {"true": "met", "false": "not met", "unknown": "unknown"}


def changed_truths(before: pl.DataFrame, after: pl.DataFrame, same: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Return the deciding criteria whose truth differs: ``urn``, ``year``, ``criterion``, ``was``, ``now``.

    Args:
        before: A trace.
        after: Another one.
        same: Criteria of ``before`` that stand for others of ``after`` (two papers); all others are then left out.
    """
    sides = [_truths(trace, name) for trace, name in ((before, "was"), (after, "now"))]
    on = [*KEYS, "criterion"]
    if same is not None:
        first = sides[0].filter(pl.col("criterion").is_in(list(same)))
        shown = pl.col("criterion").replace_strict(
            list(same), [old if old == new else f"{old} / {new}" for old, new in same.items()], return_dtype=pl.String
        )
        sides[0] = first.with_columns(
            shown=shown, criterion=pl.col("criterion").replace_strict(list(same), list(same.values()))
        )
        both = sides[0].join(sides[1], on=on, how="inner", nulls_equal=True).with_columns(criterion="shown")
    else:
        both = sides[0].join(sides[1], on=on, how="full", nulls_equal=True, coalesce=True)
    return both.filter(pl.col("was").ne_missing(pl.col("now"))).select(*on, "was", "now")


def reasons(
    changed: pl.DataFrame, before: Assignment, after: Assignment, truths: pl.DataFrame, steps: Sequence[str]
) -> pl.DataFrame:
    """Say for each school of ``changed`` why it moved: ``urn``, ``year``, ``why``.

    Criteria first, in the order of their ids, then the adjustments that came or went, and where neither explains the
    move the steps of the policy that differ.
    """
    criteria = truths.sort("criterion").group_by(KEYS, maintain_order=True).agg(criteria=_in_words())
    adjustments = [
        one.frame.select(*KEYS, pl.col("adjustments").alias(name)) for one, name in ((before, "old"), (after, "new"))
    ]
    frame = changed.select(KEYS).join(criteria, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    for side in adjustments:
        frame = frame.join(side, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    came = pl.col("new").list.set_difference("old").list.eval(pl.element() + ": applies now")
    went = pl.col("old").list.set_difference("new").list.eval(pl.element() + ": applies no longer")
    rules = pl.lit([f"{step}: the rule itself differs" for step in steps], dtype=pl.List(pl.String))
    nothing = pl.lit([], dtype=pl.List(pl.String))
    frame = frame.with_columns(why=pl.concat_list(pl.col("criteria").fill_null(nothing), came, went))
    return frame.select(*KEYS, pl.when(pl.col("why").list.len() == 0).then(rules).otherwise(pl.col("why")).alias("why"))


def _truths(trace: pl.DataFrame, name: str) -> pl.DataFrame:
    deciding = trace.filter(~pl.col("role").is_in(list(BESIDE)))
    return deciding.select(*KEYS, "criterion", pl.col("result").alias(name)).unique(maintain_order=True)


def _in_words() -> pl.Expr:
    was, now = (
        pl.col(side).replace_strict(list(_WORDS), list(_WORDS.values()), default=pl.col(side))
        for side in ("was", "now")
    )
    return (
        pl.when(pl.col("was").is_null())
        .then(pl.format("{}: counts now ({})", "criterion", now))
        .when(pl.col("now").is_null())
        .then(pl.format("{}: counts no longer (was {})", "criterion", was))
        .otherwise(pl.format("{}: {}, was {}", "criterion", now, was))
    )
