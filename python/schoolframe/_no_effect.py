"""Why a change of rules moved no school: nothing differs, nothing is known, nobody is near, or others decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._column_checks import listed, schools
from schoolframe._rules_changed import rules_changed
from schoolframe._truths import KEYS, changed_truths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schoolframe._assignment import Assignment
    from schoolframe._rules_changed import RulesChanged

__all__ = ["why_no_effect"]


def why_no_effect(before: Assignment, after: Assignment, pairs: Iterable[tuple[Assignment, Assignment]]) -> str:
    """Say why nothing differs between two assignments for any school; ``pairs`` are both again, in parts."""
    if not len(before):
        return "there are no schools"
    rules = rules_changed(before.framework, after.framework, before.phase)
    if rules.nothing:
        return "the rules are identical"
    if not rules.decides:
        same = f"the rules that put {before.phase} schools in categories are identical"
        beside = listed(rules.beside, ", ")
        return f"{same}: {beside} only inform, raise a flag or stand in a register" if beside else same
    return _evidence(pairs, rules, len(before))


def _evidence(pairs: Iterable[tuple[Assignment, Assignment]], rules: RulesChanged, count: int) -> str:
    concerned = [*dict.fromkeys((*rules.deciding, *rules.waiting_for))]
    what = listed((*rules.deciding, *rules.steps), ", ")
    parts = [[one.trace.filter(pl.col("criterion").is_in(concerned)) for one in pair] for pair in pairs]
    rows = [pl.concat(side) for side in zip(*parts, strict=True)]
    both = pl.concat(rows)
    if not rules.unconditional and not both.is_empty() and (both["result"] == "unknown").all():
        missing = both.filter(pl.col("value").is_null())["indicator"].drop_nulls()
        lacking = listed(missing.unique(maintain_order=True).to_list(), ", ")
        school = "the one school" if count == 1 else f"all {count} schools"
        return f"no school's evidence reaches {what}: unknown for {school}; not known: {lacking}"
    # A criterion that begins or ceases to count says nothing as long as nobody knows whether it is met.
    truths = changed_truths(rows[0], rows[1]).with_columns(pl.col("was", "now").fill_null("unknown"))
    differ = truths.filter(pl.col("was") != pl.col("now")).select(KEYS).unique()
    if not differ.is_empty():
        said = "1 school" if differ.height == 1 else f"{differ.height} schools"
        return f"the truth of {what} differs for {said}, but no category hangs on it: other criteria decide"
    nearest = _nearest(*rows)
    if nearest:
        return f"no school lies between the old limit and the new one ({what}); {nearest}"
    return f"every school comes to the same under the old rule and the new one ({what})"


def _nearest(before: pl.DataFrame, after: pl.DataFrame) -> str:
    """Name the school nearest to a limit that differs between two traces."""
    place = [*KEYS, "criterion", "indicator"]
    limits = []
    for trace in (before, after):
        numbered = trace.with_columns(at=pl.int_range(pl.len()).over(place))
        limits.append(numbered.select(*place, "at", "value", "lower", "upper"))
    both = limits[0].join(limits[1], on=[*place, "at"], how="inner", nulls_equal=True, suffix="_new")
    value = pl.col("value").cast(pl.Float64, strict=False)
    parts = []
    for side in ("lower", "upper"):
        old, new = pl.col(side), pl.col(f"{side}_new")
        parts.append(
            both.filter(old.ne_missing(new), value.is_not_null(), new.is_not_null()).select(
                *place, value=value, limit=new, distance=(value - new).abs()
            )
        )
    found = pl.concat(parts).sort("distance", *KEYS, "criterion", nulls_last=True)
    if found.is_empty():
        return ""
    row = found.row(0, named=True)
    return (
        f"nearest to the new limit is {schools(found.head(1))[0]}, {row['indicator']} {row['value']:g} against "
        f"{row['limit']:g}, {row['distance']:.3g} away"
    )
