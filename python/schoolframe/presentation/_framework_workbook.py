"""A framework as an Excel workbook: one sheet per section, headings that stay, room for the officer's remarks."""

from __future__ import annotations

import datetime as dt
import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schoolframe.presentation._extras import require
from schoolframe.presentation._formats import Formats, choice, print_set_up
from schoolframe.presentation._style import CATEGORY_TONES, HEADER, MUTED, RULE, TONES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schoolframe.presentation._framework_page import Cell, Column, Group, Page, Row, Section

__all__ = ["write_framework_workbook"]

_ANSWERS = ("agrees", "differs", "to discuss")
_WIDEST = 409.0  # the highest row that Excel has, in points
_LINE = 13.0  # points that a line of text takes
_WRAPPED = {"text_wrap": True, "valign": "top", "align": "left", "indent": 1}
_PER_WIDTH = 1.15  # letters of prose that a unit of width takes, less the indent
_GROUP_WIDTHS = (24.0, 26.0, 28.0)


def write_framework_workbook(page: Page, path: Path) -> None:
    """Write a page as a workbook; it appears when it is complete.

    Args:
        page: The page.
        path: Where to.
    """
    xlsxwriter = require("xlsxwriter", "the workbook of a framework")
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(content, options)
    workbook.set_properties(
        {
            "title": page.title,
            "subject": "School improvement framework, for checking against the paper",
            "author": page.authority,
            "created": dt.datetime(page.created, 9, 1),  # noqa: DTZ001 - workbooks hold no time zone
        }
    )
    places = _places(page)
    formats = Formats(workbook)
    for section in page.sections:
        _write_section(workbook, formats, page, section, places)
    workbook.close()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            file.write(content.getvalue())
            file.close()
            part.chmod(0o666 & ~_umask())
            os.replace(part, path)  # noqa: PTH105 - one step on every system
        except BaseException:
            file.close()
            part.unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _first_row(section: Section) -> int:
    """Row of the first entry: title, what is said, an empty row, headings."""
    return 2 + len(section.intro) + 1


def _places(page: Page) -> dict[str, str]:
    """Return where each id stands, as the target of a link."""
    found: dict[str, str] = {}
    for section in page.sections:
        if section.key == "index":
            continue
        for at, (_, row) in enumerate(_rows(section), start=_first_row(section)):
            if row.id is not None:
                found.setdefault(row.id, f"internal:'{section.sheet}'!A{at + 1}")
    return found


def _rows(section: Section) -> Iterator[tuple[Group, Row]]:
    return ((group, row) for group in section.groups for row in group.rows)


def _write_section(workbook: Any, formats: Formats, page: Page, section: Section, places: dict[str, str]) -> None:
    sheet = workbook.add_worksheet(section.sheet)
    kept = _kept(section)
    widths = [*(_group_width(section, at) for at in kept), *(column.width for column in section.columns)]
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheet.write_string(0, 0, section.title, formats(bold=True, font_size=14))
    sheet.set_row(0, 24)
    last = len(widths) - 1
    said = formats(font_color=MUTED, text_wrap=True, valign="top")
    for at, text in enumerate(section.intro, start=1):
        sheet.merge_range(at, 0, at, last, text, said)
        sheet.set_row(at, _height([(text, sum(widths))]))
    head_row = _first_row(section) - 1
    head = formats(bold=True, text_wrap=True, border=1, border_color=RULE, bg_color=HEADER, indent=1)
    headings = [*(section.grouped_by[at] for at in kept), *(column.heading for column in section.columns)]
    for at, heading in enumerate(headings):
        sheet.write_string(head_row, at, heading, head)
    sheet.set_row(head_row, _height([(text, width - 3) for text, width in zip(headings, widths, strict=True)]) + 6)
    row_at = head_row
    for group, row in _rows(section):
        row_at += 1
        heights = _write_row(sheet, formats, row_at, section, kept, group, row, places, widths)
        sheet.set_row(row_at, max(18.0, heights))
    if row_at > head_row:
        sheet.autofilter(head_row, 0, row_at, last)
    _let_check(sheet, formats, section, (head_row + 1, row_at), offset=len(kept))
    frozen = len(kept) + next((at + 1 for at, column in enumerate(section.columns) if column.header), 0)
    narrow = sum(widths[:frozen]) < 70
    print_set_up(
        sheet,
        f"{page.title}: {section.title}",
        rows=row_at + 1,
        columns=last,
        repeat=(head_row, head_row),
        freeze=(head_row + 1, frozen if narrow else 0),
    )


def _kept(section: Section) -> list[int]:
    """Positions of what groups share that is not empty everywhere."""
    return [
        at for at in range(len(section.grouped_by)) if any(group.values[at] for group in section.groups if group.values)
    ]


def _group_width(section: Section, at: int) -> float:
    longest = max(len(group.values[at]) for group in section.groups)
    return max(min(len(section.grouped_by[at]) + 4.0, 13.0), min(longest + 3.0, _GROUP_WIDTHS[min(at, 2)]))


def _write_row(
    sheet: Any,
    formats: Formats,
    at: int,
    section: Section,
    kept: Sequence[int],
    group: Group,
    row: Row,
    places: dict[str, str],
    widths: Sequence[float],
) -> float:
    box: dict[str, object] = {"border": 1, "border_color": RULE, **_WRAPPED}
    texts: list[tuple[str, float]] = []
    for position, value in enumerate(kept):
        text = group.values[value]
        tone = _tone(group.colour) if value == 0 else {}
        sheet.write_string(at, position, text, formats(**box, **tone))
        texts.append((text, widths[position]))
    told = iter(row.cells)
    for position, column in enumerate(section.columns, start=len(kept)):
        if column.entry:
            entry = TONES["entry"]
            sheet.write_blank(at, position, None, formats(**box, bg_color=entry.background, font_color=entry.text))
            continue
        cell = next(told)
        style = {**box, **({"bold": True} if column.header else {}), **(_tone(row.colour) if column.header else {})}
        texts.append((_write_cell(sheet, formats, (at, position), cell, column, style, places), column.width))
    return _height(texts)


def _write_cell(
    sheet: Any,
    formats: Formats,
    place: tuple[int, int],
    cell: Cell,
    column: Column,
    style: dict[str, object],
    places: dict[str, str],
) -> str:
    """Write a cell and return its text."""
    text = "\n".join(cell.paragraphs)
    target = places.get(text) if column.code and not column.header else None
    if cell.number is not None:
        commas = "#,##0" if abs(cell.number) >= 10_000 and cell.number == int(cell.number) else "General"
        sheet.write_number(*place, cell.number, formats(**style, num_format=commas))
    elif not text:
        sheet.write_blank(*place, None, formats(**style))
    elif target is not None:
        sheet.write_url(*place, target, formats(**style, underline=1), text)
    elif cell.quiet and cell.text:
        loud = formats(**{key: value for key, value in style.items() if key == "bold"})
        pieces = [loud, "\n".join(cell.text) + "\n", formats(font_color=MUTED, font_size=9), "\n".join(cell.quiet)]
        sheet.write_rich_string(*place, *pieces, formats(**style))
    else:
        sheet.write_string(*place, text, formats(**style))
    return text


def _tone(colour: str | None) -> dict[str, object]:
    tone = CATEGORY_TONES.get((colour or "").lower())
    return {} if tone is None else {"bg_color": tone.background, "font_color": tone.text}


def _height(texts: Sequence[tuple[str, float]]) -> float:
    """Return the points that the highest of several wrapped texts takes in its column."""
    lines = 1
    for text, width in texts:
        wrapped = sum(max(1, -(-len(part) // max(1, int(width * _PER_WIDTH)))) for part in text.split("\n"))
        lines = max(lines, wrapped)
    return min(_WIDEST, _LINE * lines + 5)


def _let_check(sheet: Any, formats: Formats, section: Section, rows: tuple[int, int], *, offset: int) -> None:
    """Offer the answers where an officer ticks, and mark what differs by word and colour."""
    first, last = rows
    entries = [at for at, column in enumerate(section.columns, start=offset) if column.entry]
    if not entries or last < first:
        return
    area = (first, entries[0], last, entries[0])
    sheet.data_validation(*area, choice(_ANSWERS, "Checked against the paper"))
    tones = {"agrees": TONES["good"], "differs": TONES["adverse"]}
    for word, tone in tones.items():
        style = formats(bg_color=tone.background, font_color=tone.text)
        sheet.conditional_format(*area, {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": style})
