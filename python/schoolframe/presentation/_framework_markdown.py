"""A framework as Markdown: headings, paragraphs and tables that any viewer of Markdown shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schoolframe.presentation._framework_page import Cell, Column, Page, Section

__all__ = ["render_markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")
_BOX = "☐"


def render_markdown(page: Page) -> str:
    """Return a page as Markdown.

    Args:
        page: The page.

    Returns:
        Text that ends in a line break.
    """
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield f"# {_escaped(page.title)}"
    yield ""
    yield _escaped(page.subtitle)
    yield ""
    for section in page.sections:
        yield f"- [{_escaped(section.title)}](#{_anchor(section.title)})"
    for section in page.sections:
        yield ""
        yield f"## {_escaped(section.title)}"
        for paragraph in section.intro:
            yield ""
            yield _escaped(paragraph)
        yield from _tables(section)


def _tables(section: Section) -> Iterator[str]:
    for group in section.groups:
        if group.heading:
            yield ""
            yield f"### {_escaped(group.heading)}"
        if group.note:
            yield ""
            yield _escaped(group.note)
        yield ""
        yield _row([_escaped(column.heading) for column in section.columns])
        yield _row(["---"] * len(section.columns))
        for row in group.rows:
            yield _row(_cells(section.columns, row.cells))


def _cells(columns: Sequence[Column], cells: Sequence[Cell]) -> Iterator[str]:
    told = iter(cells)
    boxed = False
    for column in columns:
        if column.entry:
            yield "" if boxed else _BOX
            boxed = True
            continue
        cell = next(told)
        text = [_coded(part) if column.code else _escaped(part) for part in cell.text]
        quiet = [f"_{_escaped(part)}_" for part in cell.quiet]
        yield "<br>".join((*text, *quiet))


def _row(cells: Sequence[str] | Iterator[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _coded(text: str) -> str:
    """Return names, separated by commas, each as code."""
    return ", ".join(f"`{name}`" for name in text.replace("|", "\\|").split(", "))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _anchor(title: str) -> str:
    """Return the anchor that viewers of Markdown give a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
