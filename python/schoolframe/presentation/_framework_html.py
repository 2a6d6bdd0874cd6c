"""A framework as one HTML page: it needs nothing from outside, prints, and can be read by a screen reader."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from schoolframe.presentation._framework_style import STYLE
from schoolframe.presentation._style import CATEGORY_TONES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schoolframe.presentation._framework_page import Cell, Column, Group, Page, Row, Section

__all__ = ["render_html"]

_BOX = '<span class="box" role="img" aria-label="to be ticked"></span>'


def render_html(page: Page) -> str:
    """Return a page as HTML.

    Args:
        page: The page.

    Returns:
        A complete document that ends in a line break.
    """
    links = _Links({name: re.sub(r"[^\w-]", "-", name) for name in page.ids})
    return "\n".join(_lines(page, links)) + "\n"


class _Links:
    """Turns ids inside a text into links to the rows that have them."""

    def __init__(self, anchors: Mapping[str, str]) -> None:
        self._anchors = anchors
        self._placed: set[str] = set()
        self._found = re.compile(r"(?<![\w-])[A-Za-z0-9][\w-]*(?![\w-])")

    def text(self, text: str) -> str:
        """Return a text with its ids as links."""
        told = []
        at = 0
        for found in self._found.finditer(text):
            name = found.group()
            if name not in self._anchors or not ("-" in name or "_" in name):
                continue
            told += [escape(text[at : found.start()], quote=False), self._link(name)]
            at = found.end()
        return "".join(told) + escape(text[at:], quote=False)

    def _link(self, name: str) -> str:
        return f'<a href="#{self._anchors[name]}">{escape(name)}</a>'

    def place(self, name: str | None) -> str:
        """Return the attribute that makes a row the target of its id; each id has one target."""
        if name is None or name in self._placed or name not in self._anchors:
            return ""
        self._placed.add(name)
        return f' id="{self._anchors[name]}"'


def _lines(page: Page, links: _Links) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en-GB">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(page.title)}</title>"
    yield f"<style>\n{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield '<a class="skip" href="#main">To the content</a>'
    yield "<header>"
    yield f"<h1>{escape(page.title)}</h1>"
    yield f"<p>{escape(page.subtitle)}</p>"
    yield "</header>"
    yield '<nav aria-label="Contents">'
    yield "<h2>Contents</h2>"
    yield "<ol>"
    for section in page.sections:
        yield f'<li><a href="#section-{section.key}">{escape(section.title)}</a></li>'
    yield "</ol>"
    yield "</nav>"
    yield '<main id="main">'
    for section in page.sections:
        yield from _section(section, links)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _section(section: Section, links: _Links) -> Iterator[str]:
    yield f'<section id="section-{section.key}" aria-labelledby="heading-{section.key}">'
    yield f'<h2 id="heading-{section.key}">{escape(section.title)}</h2>'
    for paragraph in section.intro:
        yield f"<p>{links.text(paragraph)}</p>"
    for group in section.groups:
        if group.heading:
            yield f"<h3{links.place(group.id)}>{_marked(escape(group.heading), group.colour)}</h3>"
        if group.note:
            yield f"<p>{links.text(group.note)}</p>"
        yield from _table(section, group, links)
    yield "</section>"


def _table(section: Section, group: Group, links: _Links) -> Iterator[str]:
    caption = f"{section.title}: {group.heading}" if group.heading else section.title
    yield f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}">'
    yield "<table>"
    yield f"<caption>{escape(caption)}</caption>"
    width = sum(column.width for column in section.columns)
    yield "<colgroup>"
    for column in section.columns:
        yield f'<col style="width:{100 * column.width / width:.1f}%">'
    yield "</colgroup>"
    headings = "".join(f'<th scope="col">{escape(column.heading)}</th>' for column in section.columns)
    yield f"<thead><tr>{headings}</tr></thead>"
    yield "<tbody>"
    for row in group.rows:
        yield _row(section.columns, row, links, place=section.key != "index")
    yield "</tbody>"
    yield "</table>"
    yield "</div>"


def _row(columns: Sequence[Column], row: Row, links: _Links, *, place: bool) -> str:
    cells = []
    told = iter(row.cells)
    boxed = False
    for column in columns:
        if column.entry:
            cells.append("<td></td>" if boxed else f'<td class="check">{_BOX}</td>')
            boxed = True
            continue
        cell = next(told)
        inner = _cell(cell, column, links, own=row.id)
        inner = _marked(inner, row.colour) if column.header else inner
        tag, scope = ("th", ' scope="row"') if column.header else ("td", "")
        kind = ' class="number"' if cell.number is not None else ""
        cells.append(f"<{tag}{scope}{kind}>{inner}</{tag}>")
    return f"<tr{links.place(row.id) if place else ''}>{''.join(cells)}</tr>"


def _cell(cell: Cell, column: Column, links: _Links, *, own: str | None) -> str:
    parts = []
    for text in cell.text:
        inner = escape(text, quote=False) if column.header and text == own else links.text(text)
        parts.append(f"<code>{_breakable(inner)}</code>" if column.code else inner)
    said = "<br>".join(parts)
    quiet = "".join(f'<p class="quiet">{links.text(text)}</p>' for text in cell.quiet)
    return said + quiet


def _breakable(inner: str) -> str:
    """Let long names break after an underscore or hyphen, outside of tags."""
    return re.sub(r"([_-])(?![^<]*>)", r"\1<wbr>", inner)


def _marked(inner: str, colour: str | None) -> str:
    tone = CATEGORY_TONES.get((colour or "").lower())
    if tone is None:
        return inner
    return f'<span class="mark" style="background:{tone.background};color:{tone.text}">{inner}</span>'
