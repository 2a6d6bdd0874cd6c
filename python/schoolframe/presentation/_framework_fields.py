"""Columns that several sections of a rendered framework share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolframe.presentation._framework_page import Column
from schoolframe.presentation._framework_parts import Field
from schoolframe.presentation._framework_words import spelt, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schoolframe.presentation._framework_facts import Facts

__all__ = ["ID", "LINE", "NOTE", "SAYS", "category_words", "of_list", "phase_words", "phases_field"]

Record = dict[str, Any]

LINE = Field(Column("Line", 8.5), lambda facts, row: facts.lines(row))
NOTE = Field(Column("Remarks", 30), "note", optional=True)
ID = Field(Column("Id", 21, header=True, code=True), "id")
SAYS = Field(Column("What the paper says, in our words", 44), "text")


def phase_words(facts: Facts, phases: Sequence[str] | None) -> str:
    """Return phases as they are printed; nothing for all of them."""
    if not phases or set(phases) == set(facts.framework.phases):
        return ""
    return ", ".join(words_of(phase) for phase in phases)


def phases_field(width: float = 14) -> Field:
    """Return the column of phases, left out where every row is for all of them."""
    return Field(
        Column("Phases", width), lambda facts, row: spelt(phase_words(facts, row.get("phases"))), optional=True
    )


def category_words(facts: Facts, category: str) -> str:
    """Return a category with what the paper calls it."""
    label = facts.labels.get(category)
    return category if not label or label == category else f"{category} ({label})"


def of_list(name: str) -> Callable[[Facts], list[Record]]:
    """Return what reads the rows of one list of the ledger."""
    return lambda facts: [row for row in facts.rows("criteria") if row["list"] == name]
