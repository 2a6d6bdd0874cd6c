"""The sections about data: what the paper asks for, prints and aims at, and what has to be known about a school."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolframe.presentation._figures import academic_year
from schoolframe.presentation._framework_facts import figure_words
from schoolframe.presentation._framework_fields import ID, LINE, NOTE, SAYS, of_list, phases_field
from schoolframe.presentation._framework_page import Cell, Column
from schoolframe.presentation._framework_parts import Field, Part
from schoolframe.presentation._framework_words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.presentation._framework_facts import Facts

__all__ = ["DATA_PARTS"]

Record = dict[str, Any]
_RULES = {
    "code": "coded against the national figure",
    "next_benchmark": "indicative estimate from the benchmarks",
    "gaps": "differences of two groups",
    "test": "",
}
_SETTINGS = {
    "at threshold outside": "a difference of exactly the threshold counts as above or below",
    "at threshold in_line": "a difference of exactly the threshold counts as in line",
    "at threshold inline": "a difference of exactly the threshold counts as in line",
    "unit relative": "in per cent of the national figure",
    "unit points": "in points",
    "turn sign false": "above means higher",
    "turn sign true": "above means better",
    "step next": "the next benchmark, not yet reached",
    "step last": "the last benchmark reached",
    "at top none": "none beyond the highest",
    "at top benchmark": "the highest is held",
    "at top actual": "beyond the highest, the school's own result",
    "order refuse": "benchmarks that do not rise are refused",
    "order sort": "benchmarks that do not rise are sorted",
}
"""Settings of rules of data as the listing prints them, in words."""


def _datasets(facts: Facts) -> list[Record]:
    return [{**row, "last_line": facts.last_line(row["id"])} for row in facts.rows("datasets")]


def _computed(facts: Facts, row: Record) -> Cell:
    if row["rule_of"]:
        return Cell((f"by the rule of {row['rule_of']}",))
    if row["rule"] is None:
        return Cell()
    parameters = str(row["parameters"] or "")
    if row["rule"] == "test":
        parameters = facts.words(parameters)
    elif row["rule"] != "gaps":
        parameters = "; ".join(_SETTINGS.get(part, words_of(part)) for part in parameters.split(", "))
    said = _RULES.get(row["rule"], words_of(row["rule"]))
    numbers = facts.numbers(row["id"])
    quiet = [f"Column: {row['column']}"] if row["column"] else []
    quiet += ["Numbers: " + "; ".join(numbers)] if numbers else []
    return Cell((": ".join(part for part in (said, parameters) if part),), tuple(quiet))


def _register_note(_: Facts, rows: Sequence[Record]) -> str:
    return str(rows[0]["register_note"] or "")


def _years_before(_: Facts, row: Record) -> str:
    count = row["years_before"]
    return "" if not count else "the year before" if count == 1 else f"{count} years before"


def _year(_: Facts, row: Record) -> str:
    return "the current year" if row["year"] is None else academic_year(row["year"])


def _meant(facts: Facts, row: Record) -> str:
    name = str(row["indicator"])
    said = facts.vocabulary.said(name).replace("“", "").replace("”", "") if facts.vocabulary.knows(name) else ""
    return said[:1].upper() + said[1:]


def _allowed(_: Facts, row: Record) -> str:
    if row["values"]:
        return ", ".join(words_of(value) for value in row["values"])
    if row["type"] == "flag":
        return "yes or no"
    low, high = row["minimum"], row["maximum"]
    if low is None and high is None:
        return ""
    if high is None:
        return f"from {figure_words(low)}"
    return f"up to {figure_words(high)}" if low is None else f"{figure_words(low)} to {figure_words(high)}"


def _targets(facts: Facts, row: Record) -> Cell:
    return Cell(tuple(facts.numbers(row["id"])))


DATA_PARTS = (
    Part(
        "datasets",
        "Data that the paper asks for",
        "Data",
        _datasets,
        (
            LINE,
            ID,
            SAYS,
            Field(Column("Compared with", 13), "compared_with", optional=True),
            Field(Column("Years", 7), "years", optional=True),
            Field(Column("What is computed", 36), _computed, optional=True),
            Field(Column("Columns", 30, code=True), "indicators", optional=True),
            phases_field(16),
            NOTE,
        ),
        checks=True,
    ),
    Part(
        "registers",
        "Printed registers, column by column",
        "Registers",
        "registers",
        (
            LINE,
            Field(Column("Heading in the paper", 36, header=True), "heading"),
            Field(Column("Column", 30, code=True), "indicator", optional=True),
            Field(Column("Year", 15), _years_before, optional=True),
            Field(Column("Data row", 22, code=True), "dataset", optional=True),
            NOTE,
        ),
        grouped_by=("Register",),
        group=lambda _, row: (row["title"],),
        note_of=_register_note,
        cites="register_line",
        id_of=None,
        said="heading",
        checks=True,
    ),
    Part(
        "targets",
        "Targets of the authority",
        "Targets",
        of_list("target"),
        (
            LINE,
            ID,
            SAYS,
            Field(Column("Settled by", 13), lambda facts, row: facts.kind(row)),
            Field(Column("Numbers", 24), _targets, optional=True),
            Field(Column("Columns", 28, code=True), "indicators", optional=True),
            NOTE,
        ),
        checks=True,
    ),
    Part(
        "figures",
        "Figures that the paper prints",
        "Printed figures",
        "references",
        (
            LINE,
            Field(Column("Column", 36, header=True, code=True), "indicator"),
            Field(Column("What it is", 52), _meant, optional=True),
            Field(Column("Year", 10), _year, optional=True),
            Field(Column("Figure", 9), "value"),
            phases_field(22),
            NOTE,
        ),
        id_of=None,
        said="indicator",
        checks=True,
    ),
    Part(
        "constraints",
        "What cannot be true of a school",
        "Input checks",
        "constraints",
        (
            Field(Column("Name", 26, header=True, code=True), "id"),
            Field(Column("What is checked", 56), "text"),
            Field(Column("Test", 52), lambda facts, row: facts.tested(row, row.get("test"), users=(row["id"],))),
            phases_field(),
        ),
        intro=("A table that breaks one of these is refused, with the schools and columns at fault.",),
        indexed=False,
    ),
    Part(
        "indicators",
        "What has to be known about a school",
        "Indicators",
        "indicators",
        (
            Field(Column("Column", 36, header=True, code=True), "indicator"),
            Field(Column("What it is", 64), "text"),
            Field(Column("Unit", 12), "unit", optional=True),
            Field(Column("Allowed values", 44), _allowed),
            Field(Column("Can decide", 10), "decides"),
        ),
        intro=("One row per column that a table of schools may have; what has no column is unknown.",),
        id_of="indicator",
        indexed=False,
    ),
)
"""The sections about data, in the order of reading."""
