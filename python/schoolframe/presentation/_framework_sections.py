"""The sections about categories: what they are, how one is decided, every clause, numbers and readings in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolframe.presentation._framework_about import READ_ME, about
from schoolframe.presentation._framework_clauses import (
    CLAUSE_FIELDS,
    clause_group,
    clause_intro,
    clause_note,
    clause_title,
    clauses,
    exits,
    how_tested,
)
from schoolframe.presentation._framework_fields import ID, LINE, NOTE, SAYS, of_list, phase_words, phases_field
from schoolframe.presentation._framework_page import Column
from schoolframe.presentation._framework_parts import Field, Part
from schoolframe.presentation._framework_steps import decides, happens, result_note, results, steps, when
from schoolframe.presentation._framework_words import spelt, words_of

if TYPE_CHECKING:
    from schoolframe.presentation._framework_facts import Facts

__all__ = ["CATEGORY_PARTS"]

Record = dict[str, Any]
_LISTS = {"result": "rule of another result", "support": "support", "combine": "phases put together"}


def _basis(_: Facts, row: Record) -> str:
    return "printed" if row["basis"] == "document" else "not printed: ours, to be agreed"


def _in_force(_: Facts, row: Record) -> str:
    return ", ".join(said for said, holds in (("in force", row["chosen"]), ("the default", row["default"])) if holds)


def _idle(facts: Facts) -> list[Record]:
    """Return rules and offers of the ledger that another option of a reading would put in force."""
    active = {row["step"] for row in facts.rows("policy")} | {row["id"] for row in facts.rows("support")}
    rows = [row for row in facts.rows("criteria") if row["list"] in ("result", "support", "combine")]
    return [row for row in rows if row["id"] not in active]


def _flag_group(facts: Facts, row: Record) -> tuple[str, ...]:
    return (spelt(phase_words(facts, row["phases"])),)


CATEGORY_PARTS = (
    Part(
        "about",
        "What this is",
        "About",
        about,
        (Field(Column("What", 26, header=True), "what"), Field(Column("Said", 100), "said")),
        intro=READ_ME,
        id_of=None,
        indexed=False,
    ),
    Part(
        "categories",
        "Categories, the best first",
        "Categories",
        "categories",
        (
            LINE,
            Field(Column("Category", 14, header=True), "category"),
            Field(Column("What the paper calls it", 36), "label"),
            Field(Column("What it means", 64), "meaning"),
            Field(Column("Criteria that count", 12), "counted", optional=True),
        ),
        id_of=None,
        said="label",
        colour="category",
        checks=True,
    ),
    Part(
        "decision",
        "How a category is decided, step by step",
        "Decision",
        steps,
        (
            Field(Column("Step", 7), "number"),
            LINE,
            phases_field(),
            Field(Column("Name", 21, header=True, code=True), "step"),
            Field(Column("What happens", 44), happens),
            Field(Column("When", 56), when),
            Field(Column("Who decides", 16), decides),
        ),
        intro=("The steps are taken in this order; each starts from the category of the one before.",),
        id_of="step",
        checks=True,
    ),
    Part(
        "definitions",
        "Conditions with a name",
        "Definitions",
        of_list("definition"),
        (
            LINE,
            Field(Column("Name", 31, header=True, code=True), "id"),
            SAYS,
            Field(Column("When it holds", 56), how_tested),
            phases_field(),
        ),
        intro=("Tests and steps use these names for the condition beside them.",),
        checks=True,
    ),
    Part(
        "clauses",
        "Every clause, category by category",
        "Clauses",
        clauses,
        CLAUSE_FIELDS,
        intro=clause_intro,
        grouped_by=("Category", "Phases", "Part of the paper"),
        group=clause_group,
        title_of=clause_title,
        note_of=clause_note,
        group_colour=True,
        checks=True,
    ),
    Part(
        "exits",
        "Leaving a category",
        "Exit conditions",
        exits,
        CLAUSE_FIELDS,
        grouped_by=("Category that is left", "Phases", "Part of the paper"),
        group=clause_group,
        title_of=clause_title,
        group_colour=True,
        checks=True,
    ),
    Part(
        "flags",
        "Flags: shown beside the category, they decide nothing",
        "Flags",
        of_list("flag"),
        CLAUSE_FIELDS,
        grouped_by=("Phases",),
        group=_flag_group,
        checks=True,
    ),
    Part(
        "results",
        "What else follows",
        "Results",
        results,
        (
            LINE,
            Field(Column("Id", 21, header=True, code=True), "step"),
            SAYS,
            Field(Column("Value", 16), lambda _, row: words_of(row["value"])),
            Field(Column("Categories", 12), lambda _, row: row["from"], optional=True),
            Field(Column("When", 46), lambda facts, row: facts.tested(row, row["condition"], users=(row["step"],))),
            phases_field(),
            Field(Column("Who decides", 14), decides),
            NOTE,
        ),
        intro=("Rules are taken in order; the first that applies gives the value. Without one there is no value.",),
        grouped_by=("Result",),
        group=lambda _, row: (spelt(row["result"]),),
        note_of=result_note,
        cites="result_line",
        id_of="step",
        checks=True,
    ),
    Part(
        "thresholds",
        "Numbers in force",
        "Numbers",
        "thresholds",
        (
            LINE,
            Field(Column("Name", 26, header=True, code=True), "name"),
            Field(Column("Value", 9), "value"),
            Field(Column("Unit", 12), "unit"),
            Field(
                Column("In the file", 9),
                lambda _, row: None if row["value"] == row["written"] else row["written"],
                optional=True,
            ),
            Field(Column("Printed or ours", 19), _basis),
            Field(Column("What it is for", 52), "text"),
            Field(Column("Used by", 30, code=True), "used_by"),
        ),
        id_of="name",
        checks=True,
    ),
    Part(
        "readings",
        "Readings: where the paper can be read in more than one way",
        "Readings",
        "readings",
        (
            Field(Column("Option", 8, header=True), "option"),
            Field(Column("What it says", 64), "text"),
            Field(Column("In force", 14), _in_force),
            Field(Column("What it changes", 40, code=True), "changes"),
        ),
        grouped_by=("Reading", "Question", "Why this default"),
        group=lambda _, row: (row["reading"], row["question"], row["reason"]),
        title_of=lambda _, values: f"{values[0]}: {values[1]}",
        note_of=lambda _, rows: f"Why this default: {rows[0]['reason']}.",
        id_of=None,
        group_id=True,
        checks=True,
        indexed=False,
    ),
    Part(
        "idle",
        "Not in force under these readings",
        "Not in force",
        _idle,
        (LINE, ID, SAYS, Field(Column("What it is", 20), lambda _, row: _LISTS[row["list"]]), NOTE),
        intro=("Another option of a reading puts these in force.",),
        checks=True,
    ),
)
"""The sections about categories, in the order of reading."""
