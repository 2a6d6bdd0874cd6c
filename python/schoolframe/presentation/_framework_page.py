"""What a rendered framework holds, before it is Markdown, HTML or a workbook: sections of one table each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Cell", "Column", "Group", "Page", "Row", "Section", "lines_text", "plain"]


@dataclass(frozen=True)
class Cell:
    """A cell: paragraphs of text, with quieter ones below them.

    Attributes:
        text: Paragraphs.
        quiet: Paragraphs that only some readers need, such as names of columns.
        number: The value of a cell that is a number; ``text`` is how it is printed.
    """

    text: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    number: float | None = None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """All paragraphs."""
        return (*self.text, *self.quiet)


def plain(value: object) -> Cell:
    """Return a cell of a value: nothing for None, an empty text and an empty list.

    Example:
        >>> plain("maths").text, plain(None).text, plain(4.0)
        (('maths',), (), Cell(text=('4',), quiet=(), number=4.0))
    """
    if isinstance(value, Cell):
        return value
    if value is None or value in ("", []):
        return Cell()
    if isinstance(value, bool):
        return Cell(("yes" if value else "no",))
    if isinstance(value, (int, float)):
        return Cell((f"{value:.10g}",), number=float(value))
    if isinstance(value, (list, tuple)):
        return Cell((", ".join(str(item) for item in value),))
    return Cell((str(value),))


def lines_text(first: int | None, last: int | None) -> str:
    """Return lines of a document as they are printed.

    Example:
        >>> lines_text(222, 231), lines_text(216, None), lines_text(None, None)
        ('222-231', '216', '')
    """
    if first is None:
        return ""
    return str(first) if last is None or last <= first else f"{first}-{last}"


@dataclass(frozen=True)
class Column:
    """A column of a section.

    Attributes:
        heading: Its heading.
        width: Characters it takes.
        header: Whether it names the row.
        entry: Whether an officer fills it in.
        code: Whether it holds names rather than prose.
    """

    heading: str
    width: float
    header: bool = False
    entry: bool = False
    code: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a section.

    Attributes:
        cells: One for each column that is not filled in by an officer.
        id: What other rows call it; they link to it.
        lines: First and last line of the document, if it rests on one.
        said: What the index says about it.
        colour: Colour word of the category it is about.
    """

    cells: tuple[Cell, ...]
    id: str | None = None
    lines: tuple[int, int] | None = None
    said: str = ""
    colour: str | None = None


@dataclass(frozen=True)
class Group:
    """Rows that belong together under a heading.

    Attributes:
        values: What they share, one text for each of ``Section.grouped_by``.
        rows: The rows.
        title: The heading; made of the values if empty.
        note: What is said under the heading.
        colour: Colour word of the category they are about.
        id: What other rows call it.
    """

    values: tuple[str, ...]
    rows: tuple[Row, ...]
    title: str = ""
    note: str = ""
    colour: str | None = None
    id: str | None = None

    @property
    def heading(self) -> str:
        """The heading."""
        return self.title or ", ".join(value for value in self.values if value)


@dataclass(frozen=True)
class Section:
    """A section: one table, perhaps in groups.

    Attributes:
        key: Name that links use.
        title: Heading.
        sheet: Name of its sheet in the workbook.
        intro: What is said before the table.
        columns: Its columns.
        groups: Its rows.
        grouped_by: Headings of what groups share; in the workbook they are columns.
        indexed: Whether the index by line holds its rows.
        cited: Lines that headings and remarks of the section rest on, beside those of its rows.
    """

    key: str
    title: str
    sheet: str
    intro: tuple[str, ...]
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    grouped_by: tuple[str, ...] = ()
    indexed: bool = True
    cited: tuple[int, ...] = ()

    @property
    def rows(self) -> Iterator[Row]:
        """All rows."""
        return (row for group in self.groups for row in group.rows)

    @property
    def told(self) -> tuple[Column, ...]:
        """Columns that the framework fills; an officer fills the others."""
        return tuple(column for column in self.columns if not column.entry)


@dataclass(frozen=True)
class Page:
    """A framework as it is printed.

    Attributes:
        title: Heading of the page.
        subtitle: The line under it.
        sections: In the order in which an officer reads them.
        created: First calendar year in force, for the date that workbooks carry.
        authority: Whose framework it is.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    created: int
    authority: str

    @property
    def ids(self) -> list[str]:
        """What rows and groups are called, each once, in order."""
        groups = [group for section in self.sections for group in section.groups]
        named = [one for group in groups for one in (group.id, *(row.id for row in group.rows))]
        return list(dict.fromkeys(one for one in named if one is not None))
