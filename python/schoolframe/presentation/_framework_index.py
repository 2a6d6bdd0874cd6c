"""The index by line: everything that rests on a line of the paper, and the lines that nothing rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolframe.presentation._framework_page import Cell, Column, Group, Row, Section, lines_text
from schoolframe.presentation._framework_parts import CHECKS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["index_by_line", "uncited"]

_MOST = 120


def uncited(cited: Sequence[tuple[int, int]], last: int) -> list[tuple[int, int]]:
    """Return the runs of lines that no row rests on.

    Args:
        cited: First and last line of each row.
        last: The last line of the document.

    Returns:
        First and last line of each run.

    Example:
        >>> uncited([(3, 4), (6, 6), (4, 4)], 8)
        [(1, 2), (5, 5), (7, 8)]
    """
    held = {line for first, end in cited for line in range(first, end + 1)}
    runs: list[tuple[int, int]] = []
    for line in range(1, last + 1):
        if line in held:
            continue
        if runs and runs[-1][1] == line - 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return runs


def index_by_line(sections: Sequence[Section], lines: int | None) -> Section:
    """Return the index of everything that the sections print.

    Args:
        sections: The sections.
        lines: Number of lines of the document, if it is known.
    """
    entries = [(row, section) for section in sections if section.indexed for row in section.rows if row.lines]
    order = sorted(entries, key=lambda entry: entry[0].lines or (0, 0))
    rows = tuple(
        Row(
            (
                Cell((lines_text(*row.lines),), number=float(row.lines[0]) if row.lines[0] == row.lines[1] else None),
                Cell((row.id,) if row.id else ()),
                Cell((row.said,) if row.said else ()),
                Cell((section.title,)),
            ),
            lines=row.lines,
        )
        for row, section in order
        if row.lines is not None
    )
    cited = [row.lines for row, _ in order if row.lines is not None]
    cited += [(line, line) for section in sections for line in section.cited]
    last = lines if lines is not None else max((end for _, end in cited), default=0)
    gaps = uncited(cited, last)
    said = ", ".join(lines_text(*gap) for gap in gaps[:_MOST]) + (", ..." if len(gaps) > _MOST else "")
    beyond = "" if lines is not None else f" (up to line {last}, the last one that is cited)"
    intro = (
        "Walk down the paper with this list. A row that runs over several lines stands under its first one.",
        f"Lines that nothing here rests on{beyond}: {said or 'none'}.",
        "Those lines hold headings, narrative or nothing; what decides or obliges should not be among them.",
    )
    columns = (
        Column("Line", 9, header=True),
        Column("Id", 26, code=True),
        Column("What", 84),
        Column("Section", 34),
        *CHECKS,
    )
    return Section("index", "Index by line of the paper", "Index by line", intro, columns, (Group((), rows),))
