"""Why a change of rules moved no school: nothing differs, nothing is known, nobody is near, or others decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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


@dataclass
class _Evidence:
    """What the traces of all parts say about the criteria concerned."""

    concerned: list[str]
    held: bool = False
    known: bool = False
    lacking: dict[str, None] = field(default_factory=dict)
    differ: int = 0
    nearest: dict[str, Any] | None = None

    def add(self, before: Assignment, after: Assignment) -> None:
        """Take in some of the schools."""
        rows = [one.trace.filter(pl.col("criterion").is_in(self.concerned)) for one in (before, after)]
        both = pl.concat(rows)
        self.held = self.held or not both.is_empty()
        self.known = self.known or bool((both["result"] != "unknown").any())
        missing = both.filter(pl.col("value").is_null())["indicator"].drop_nulls().unique(maintain_order=True)
        self.lacking |= dict.fromkeys(missing.to_list())
        # A criterion that begins or ceases to count says nothing as long as nobody knows whether it is met.
        truths = changed_truths(rows[0], rows[1]).with_columns(pl.col("was", "now").fill_null("unknown"))
        self.differ += truths.filter(pl.col("was") != pl.col("now")).select(KEYS).n_unique()
        near = _nearest(rows[0], rows[1])
        if near is not None and (self.nearest is None or near["distance"] < self.nearest["distance"]):
            self.nearest = near


def _evidence(pairs: Iterable[tuple[Assignment, Assignment]], rules: RulesChanged, count: int) -> str:
    found = _Evidence([*dict.fromkeys((*rules.deciding, *rules.waiting_for))])
    for one, other in pairs:
        found.add(one, other)
    what = listed((*rules.deciding, *rules.steps), ", ")
    if not rules.unconditional and found.held and not found.known:
        lacking = listed(list(found.lacking), ", ")
        school = "the one school" if count == 1 else f"all {count} schools"
        return f"no school's evidence reaches {what}: unknown for {school}; not known: {lacking}"
    if found.differ:
        said = "1 school" if found.differ == 1 else f"{found.differ} schools"
        return f"the truth of {what} differs for {said}, but no category hangs on it: other criteria decide"
    if found.nearest is not None:
        near = found.nearest
        return (
            f"no school lies between the old limit and the new one ({what}); nearest to the new limit is "
            f"{near['school']}, {near['indicator']} {near['value']:g} against {near['limit']:g}, "
            f"{near['distance']:.3g} away"
        )
    return f"every school comes to the same under the old rule and the new one ({what})"


def _nearest(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, Any] | None:
    """Return the school nearest to a limit that differs between two traces."""
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
    found = pl.concat(parts).sort("distance", *KEYS, "criterion", nulls_last=True).head(1)
    return None if found.is_empty() else {**found.row(0, named=True), "school": schools(found)[0]}
