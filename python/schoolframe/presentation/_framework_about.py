"""What a framework is: authority, paper, years, readings and numbers in force, and how to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolframe._native import __version__
from schoolframe.presentation._figures import academic_year
from schoolframe.presentation._framework_facts import figure_words
from schoolframe.presentation._framework_words import words_of

if TYPE_CHECKING:
    from schoolframe.presentation._framework_facts import Facts

__all__ = ["READ_ME", "about"]

Record = dict[str, Any]


def about(facts: Facts) -> list[Record]:
    """Return what is known about the framework as a whole: what, and what about it."""
    native = facts.native
    first, last = native.years
    said: list[tuple[str, str | None]] = [
        ("Authority", native.authority),
        ("Paper", native.title),
        ("In force", f"{academic_year(first)} to {academic_year(last)}"),
        ("Source document", f"{native.document}; every line number below is a line of it"),
        ("Phases", ", ".join(words_of(phase) for phase in native.phases)),
        ("Categories, best first", ", ".join(native.category_ids)),
        ("Remarks on the paper", native.note),
        ("Readings in force", _readings_in_force(facts)),
        ("Numbers changed", _changed(facts)),
        ("Clauses left out", ", ".join(native.dropped())),
        ("Clauses added", ", ".join(f"{clause} for {category}" for category, clause in native.added())),
        ("Name in the library", f"{native.id} (content {native.hash()}, schoolframe {__version__})"),
    ]
    return [{"what": what, "said": text} for what, text in said if text]


def _readings_in_force(facts: Facts) -> str | None:
    readings = facts.rows("readings")
    if not readings:
        return None
    other = {row["reading"]: row["option"] for row in readings if row["chosen"] and not row["default"]}
    count = len({row["reading"] for row in readings})
    if not other:
        return f"the default of each of the {count}" if count > 1 else "the default of the one there is"
    return "; ".join(f"{name} = {option}" for name, option in other.items()) + "; all others the default"


def _changed(facts: Facts) -> str | None:
    changed = [row for row in facts.rows("thresholds") if row["value"] != row["written"]]
    values = ((row["name"], figure_words(row["value"]), figure_words(row["written"])) for row in changed)
    return "; ".join(f"{name} = {value} instead of {written}" for name, value, written in values) or None


READ_ME = (
    (
        "This page holds what the library applies, clause by clause, so that it can be checked against the paper. "
        "The words are ours; the line numbers lead to the paper's own."
    ),
    (
        "A clause is settled by data (computed), judgement (a person's), inspection (the inspectorate's finding) or "
        "context. What is not known about a school counts neither for nor against it."
    ),
    (
        "Numbers marked as not printed stand for a word of the paper (close to, consistently); they are ours. "
        "Where the paper can be read in more than one way, each way stands under readings."
    ),
    (
        "To check: walk down the index by line beside the paper, or take the clauses category by category. "
        "Tick what agrees, and write beside it what does not."
    ),
)
"""How to read and check the page."""
