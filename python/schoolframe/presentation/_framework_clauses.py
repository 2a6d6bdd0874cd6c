"""The clauses of a framework: by category, phase and part of the paper, each with its test and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolframe.presentation._framework_fields import ID, LINE, NOTE, category_words, of_list, phase_words
from schoolframe.presentation._framework_page import Cell, Column
from schoolframe.presentation._framework_parts import Field
from schoolframe.presentation._framework_words import spelt, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.presentation._framework_facts import Facts

__all__ = [
    "CLAUSE_FIELDS",
    "clause_group",
    "clause_intro",
    "clause_note",
    "clause_title",
    "clauses",
    "exits",
    "how_tested",
]

Record = dict[str, Any]
_EXIT = "exit"
_ROLES = {
    "counts": "one that counts is part of the share of its category",
    "gate": "a gate leads to a category",
    "descriptor": "a descriptor describes the category beside its gate",
    "adjusts": "one that may change the category says how",
    "informs": "one that informs decides nothing",
}


def clauses(facts: Facts) -> list[Record]:
    """Return what a school meets or not, category by category."""
    return _by_category(facts, [row for row in of_list("criterion")(facts) if row["part"] != _EXIT])


def exits(facts: Facts) -> list[Record]:
    """Return what a school has to meet to leave a category."""
    return _by_category(facts, [row for row in of_list("criterion")(facts) if row["part"] == _EXIT])


def _by_category(facts: Facts, rows: Sequence[Record]) -> list[Record]:
    """Sort by category, then phases, then part, each in the order of the file; the order of clauses stays."""
    categories = {name: at for at, name in enumerate(facts.framework.category_names)}
    phases: dict[tuple[str, ...], int] = {}
    parts: dict[str, int] = {}
    for row in rows:
        phases.setdefault(tuple(row["phases"]), len(phases))
        parts.setdefault(row["part"], len(parts))
    return sorted(
        rows,
        key=lambda row: (
            categories.get(row["category"], len(categories)),
            phases[tuple(row["phases"])],
            parts[row["part"]],
        ),
    )


def clause_group(facts: Facts, row: Record) -> tuple[str, ...]:
    """Return category, phases and part of a clause; a part that is named like the phases is not repeated."""
    phases = spelt(phase_words(facts, row["phases"]))
    part = spelt(str(row["part"] or ""))
    return (str(row["category"] or ""), phases, "" if part == phases else part)


def clause_intro(facts: Facts) -> tuple[str, ...]:
    """Return what the words for what a clause does mean, those that occur."""
    roles = {part for row in clauses(facts) for part in str(row["role"]).split(" and ")}
    said = [words for role, words in _ROLES.items() if role in roles]
    return (f"What a clause does: {'; '.join(said)}.",) if said else ()


def clause_title(facts: Facts, values: tuple[str, ...]) -> str:
    """Return the heading of clauses of one category, phase and part."""
    category, *rest = values
    return ": ".join(
        text for text in (category_words(facts, category), ", ".join(said for said in rest if said)) if text
    )


def clause_note(_: Facts, rows: Sequence[Record]) -> str:
    """Return how many clauses there are and how many of them count."""
    counted = sum("counts" in str(row["role"]).split(" and ") for row in rows)
    said = f"{len(rows)} clause{'' if len(rows) == 1 else 's'}"
    return f"{said}, {counted} of them count{'s' if counted == 1 else ''}." if counted else f"{said}."


def how_tested(facts: Facts, row: Record) -> Cell:
    """Return how a clause is tested."""
    return facts.tested(row, row.get("test"), users=(row["id"],))


def _says(_: Facts, row: Record) -> Cell:
    aspect = (f"Aspect: {words_of(row['aspect'])}",) if row.get("aspect") else ()
    return Cell((str(row["text"]),), aspect)


CLAUSE_FIELDS = (
    LINE,
    ID,
    Field(Column("What the paper says, in our words", 35), _says),
    Field(Column("How it is tested", 46), how_tested),
    Field(Column("Settled by", 13), lambda facts, row: facts.kind(row)),
    Field(Column("What it does", 15), lambda facts, row: facts.role(row)),
    NOTE,
)
"""The columns of clauses."""
