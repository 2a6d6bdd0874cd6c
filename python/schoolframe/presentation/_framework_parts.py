"""How a listing becomes a section: which columns, in which words, in which groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schoolframe.presentation._framework_page import Cell, Column, Group, Row, Section, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schoolframe.presentation._framework_facts import Facts

__all__ = ["Field", "Part", "build", "checked"]

Record = dict[str, Any]
CHECKS = (Column("Checked", 11, entry=True), Column("Remark of the officer", 22, entry=True))
"""What an officer fills in beside a clause."""


@dataclass(frozen=True)
class Field:
    """A column of a section.

    Attributes:
        column: How it is headed.
        of: Its cell for a row: a column of the listing, or a function.
        optional: Whether the column is left out where all its cells are empty.
    """

    column: Column
    of: str | Callable[[Facts, Record], Any]
    optional: bool = False

    def cell(self, facts: Facts, row: Record) -> Cell:
        """Return the cell of a row."""
        return plain(row.get(self.of) if isinstance(self.of, str) else self.of(facts, row))


@dataclass(frozen=True)
class Part:
    """A section as data.

    Attributes:
        key: Name that links use.
        title: Heading.
        sheet: Name of its sheet in the workbook, 31 characters at most.
        rows: The rows: the name of a listing, or a function.
        fields: Its columns.
        intro: What is said before the table: texts, or a function.
        grouped_by: Headings of what groups share.
        group: The texts that a row shares with its group; rows in a run with the same texts make one.
        title_of: Heading of a group, made of its texts if not given.
        note_of: What is said under the heading of a group, from its rows.
        id_of: Column of the listing that other rows refer to.
        said: Column of the listing that the index prints.
        colour: Column of the listing that names a category, if rows are marked by its colour.
        group_colour: Whether the first text of a group is a category.
        group_id: Whether the first text of a group is what other rows call it.
        checks: Whether an officer ticks its rows.
        indexed: Whether the index by line holds its rows.
        cites: Column of the listing with a line that a heading rests on, if there is one.
    """

    key: str
    title: str
    sheet: str
    rows: str | Callable[[Facts], Sequence[Record]]
    fields: tuple[Field, ...]
    intro: tuple[str, ...] | Callable[[Facts], tuple[str, ...]] = ()
    grouped_by: tuple[str, ...] = ()
    group: Callable[[Facts, Record], tuple[str, ...]] | None = None
    title_of: Callable[[Facts, tuple[str, ...]], str] | None = None
    note_of: Callable[[Facts, Sequence[Record]], str] | None = None
    id_of: str | None = "id"
    said: str = "text"
    colour: str | None = None
    group_colour: bool = False
    group_id: bool = False
    checks: bool = False
    indexed: bool = True
    cites: str | None = None


def checked(fields: Sequence[Field]) -> tuple[Column, ...]:
    """Return the columns of fields and those that an officer fills in."""
    return (*(field.column for field in fields), *CHECKS)


def build(part: Part, facts: Facts) -> Section | None:
    """Return a section, or None if there is nothing to print.

    Args:
        part: The section as data.
        facts: The framework.
    """
    records = facts.rows(part.rows) if isinstance(part.rows, str) else list(part.rows(facts))
    if not records:
        return None
    fields = [
        field
        for field in part.fields
        if not field.optional or any(field.cell(facts, record).paragraphs for record in records)
    ]
    runs: list[tuple[tuple[str, ...], list[Record]]] = []
    for record in records:
        values = () if part.group is None else part.group(facts, record)
        if not runs or runs[-1][0] != values:
            runs.append((values, []))
        runs[-1][1].append(record)
    groups = tuple(_group(part, facts, values, members, fields) for values, members in runs)
    intro = part.intro(facts) if callable(part.intro) else part.intro
    columns = checked(fields) if part.checks else tuple(field.column for field in fields)
    cited = [] if part.cites is None else [int(record[part.cites]) for record in records]
    return Section(
        part.key,
        part.title,
        part.sheet,
        intro,
        columns,
        groups,
        grouped_by=part.grouped_by,
        indexed=part.indexed,
        cited=tuple(dict.fromkeys(cited)),
    )


def _group(
    part: Part, facts: Facts, values: tuple[str, ...], members: Sequence[Record], fields: Sequence[Field]
) -> Group:
    rows = tuple(_row(part, facts, record, fields) for record in members)
    return Group(
        values,
        rows,
        title="" if part.title_of is None else part.title_of(facts, values),
        note="" if part.note_of is None else part.note_of(facts, members),
        colour=facts.colours.get(values[0]) if part.group_colour and values else None,
        id=values[0] if part.group_id and values else None,
    )


def _row(part: Part, facts: Facts, record: Mapping[str, Any], fields: Sequence[Field]) -> Row:
    first, last = record.get("line"), record.get("last_line")
    return Row(
        tuple(field.cell(facts, dict(record)) for field in fields),
        id=None if part.id_of is None else record.get(part.id_of),
        lines=None if first is None else (int(first), int(last if last is not None else first)),
        said=str(record.get(part.said) or ""),
        colour=None if part.colour is None else facts.colours.get(str(record.get(part.colour))),
    )
