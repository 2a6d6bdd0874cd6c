"""Which rules differ between two frameworks with common ids: what decides, and what only informs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schoolframe._phases import applies, phases_in

if TYPE_CHECKING:
    from schoolframe.frameworks import Framework

__all__ = ["BESIDE", "RulesChanged", "rules_changed"]

BESIDE = ("informs", "flag", "register", "process", "support", "target", "result", "charge", "capacity")
"""Roles of clauses that do not lead to a category."""

_COMPARED = ("role", "category", "test", "indicators", "phases")


@dataclass(frozen=True)
class RulesChanged:
    """Ids of what differs.

    Attributes:
        deciding: Criteria and definitions that may lead to a category under at least one of the two.
        beside: Other clauses: they inform, raise a flag or stand in a register.
        steps: Steps of the policy, those that give a result included, support left out.
        waiting_for: What the conditions of changed steps name, and the criteria that name a changed definition.
        unconditional: Whether a changed step has no condition, so that it reaches every school.
        other: Whether anything else differs: thresholds, data that do not decide, support.
    """

    deciding: tuple[str, ...]
    beside: tuple[str, ...]
    steps: tuple[str, ...]
    waiting_for: tuple[str, ...]
    unconditional: bool
    other: bool

    @property
    def decides(self) -> bool:
        """Whether any rule that leads to a category differs."""
        return bool(self.deciding or self.steps)

    @property
    def nothing(self) -> bool:
        """Whether the two are the same in every respect that is listed."""
        return not (self.deciding or self.beside or self.steps or self.other)


def rules_changed(before: Framework, after: Framework, phase: str) -> RulesChanged:
    """Compare what two frameworks list: criteria, policy, thresholds, data.

    Example:
        >>> import schoolframe as sf
        >>> southend = sf.Framework.load("southend_2017")
        >>> rules_changed(southend, southend.with_threshold("close_margin", 4), "primary").deciding
        ('SOU17-ALL-Green-05',)
        >>> rules_changed(southend, southend.with_reading("AMB-S17-BLUE", "B"), "primary").steps
        ('blue_trigger',)
    """
    phases = phases_in(before, phase) | phases_in(after, phase)
    old, new = (_clauses(one, phases) for one in (before, after))
    deciding: list[str] = []
    beside: list[str] = []
    for name in [*old, *(name for name in new if name not in old)]:
        one, other = old.get(name), new.get(name)
        if one != other:
            roles = {clause["role"] for clause in (one, other) if clause is not None}
            (beside if roles <= set(BESIDE) else deciding).append(name)
    old_steps, new_steps = (_steps(one, phases) for one in (before, after))
    names = [*old_steps, *(name for name in new_steps if name not in old_steps)]
    steps = tuple(name for name in names if old_steps.get(name) != new_steps.get(name))
    found = [listed[name]["condition"] for name in steps for listed in (old_steps, new_steps) if name in listed]
    named = {word for condition in found for word in _words(condition)}
    elsewhere = any(
        not getattr(before, listing)().equals(getattr(after, listing)())
        for listing in ("thresholds", "datasets", "support", "policy")
    )
    known = old | new
    waiting = [name for name in known if name in named]
    defined = {name for name in deciding if known[name]["role"] == "definition"}
    waiting += [name for name, clause in known.items() if defined & _words(clause["test"])]
    return RulesChanged(tuple(deciding), tuple(beside), steps, tuple(dict.fromkeys(waiting)), None in found, elsewhere)


def _clauses(framework: Framework, phases: frozenset[str]) -> dict[str, dict[str, object]]:
    rows = framework.criteria().iter_rows(named=True)
    return {row["id"]: {name: row[name] for name in _COMPARED} for row in rows if applies(row, phases)}


def _steps(framework: Framework, phases: frozenset[str]) -> dict[str, dict[str, object]]:
    rows = framework.policy().drop("line", strict=False).iter_rows(named=True)
    return {row["step"]: row for row in rows if row["what"] != "support" and applies(row, phases)}


def _words(condition: object) -> set[str]:
    return set(re.findall(r"[\w.-]+", condition)) if isinstance(condition, str) else set()
