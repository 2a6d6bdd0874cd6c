"""The register as an Excel workbook: the same input gives the same bytes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from schoolframe.presentation._category_sheet import write_categories
from schoolframe.presentation._extras import require
from schoolframe.presentation._formats import Formats, choice, print_set_up
from schoolframe.presentation._layout import GRADE_WORDS
from schoolframe.presentation._style import HEADER, INK, MUTED, RULE, TONES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from schoolframe.presentation._categories import Categories
    from schoolframe.presentation._cells import Cell
    from schoolframe.presentation._sheets import Register, Sheet

__all__ = ["write_workbook"]

_TITLE_ROW, _SPAN_ROW, _HEAD_ROW, _FIRST_ROW = 0, 2, 3, 4
_SCHOOLS_ROW = _FIRST_ROW + 2
_NAME_WIDTH = 31


def write_workbook(
    register: Register, categories: Categories | None, about: Sequence[tuple[str, str]], path: Path, as_of: dt.date
) -> None:
    """Write the register.

    Args:
        register: The cells.
        categories: Categories under a framework, for a sheet of their own.
        about: Lines of the last sheet: what, and what about it.
        path: Where to; a file that is there is replaced.
        as_of: Date of the figures, written as the date of creation: a clock would give other bytes every time.
    """
    xlsxwriter = require("xlsxwriter", "the workbook of the risk register")
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        workbook.set_properties(
            {
                "title": register.title,
                "subject": "School risk register",
                "author": register.authority,
                "created": dt.datetime(as_of.year, as_of.month, as_of.day, tzinfo=dt.timezone.utc).replace(tzinfo=None),
            }
        )
        formats = Formats(workbook)
        for sheet in register.sheets:
            _write_sheet(workbook, formats, sheet)
        if categories is not None:
            write_categories(workbook, formats, register, categories)
        _write_about(workbook, formats, register, about)


def _write_sheet(workbook: Any, formats: Formats, sheet: Sheet) -> None:
    page = workbook.add_worksheet(sheet.page.sheet)
    last = len(sheet.columns)
    page.set_column(0, 0, _NAME_WIDTH)
    for at, column in enumerate(sheet.columns, start=1):
        page.set_column(at, at, 6.5 if column.last_year else column.field.width)
    page.write(_TITLE_ROW, 0, sheet.title, formats(bold=True, font_size=14))
    page.set_row(_TITLE_ROW, 24)
    _write_heads(page, formats, sheet)
    for at, line in enumerate(sheet.lines):
        row = _FIRST_ROW + at
        page.set_row(row, 18 if line.kind == "school" else 20)
        bold = {"bold": True, "bg_color": TONES["summary"].background} if line.kind != "school" else {}
        page.write_string(row, 0, line.label, formats(border=1, border_color=RULE, text_wrap=True, indent=1, **bold))
        for column_at, (column, cell) in enumerate(zip(sheet.columns, line.cells, strict=True), start=1):
            following = sheet.columns[column_at] if column_at < len(sheet.columns) else column
            paired = following.last_year and not column.last_year
            beside = line.cells[column_at - 2] if column.last_year else None
            _write_cell(page, row, column_at, cell, formats.cell(cell, column, line.kind, paired=paired, beside=beside))
    _let_fill_in(page, formats, sheet)
    row = _FIRST_ROW + len(sheet.lines) + 1
    for legend in sheet.legend:
        tone = TONES.get(legend.tone or "")
        colours = {} if tone is None else {"bg_color": tone.background, "font_color": tone.text}
        page.write_string(row, 0, legend.key or " ", formats(border=1, border_color=RULE, align="center", **colours))
        page.write_string(row, 1, legend.meaning, formats(font_color=MUTED, indent=1))
        row += 1
    print_set_up(
        page,
        sheet.title,
        rows=row,
        columns=last,
        repeat=(_SPAN_ROW, _HEAD_ROW),
        freeze=(_SCHOOLS_ROW, 1),
    )


def _write_heads(page: Any, formats: Formats, sheet: Sheet) -> None:
    """Write two rows of headings: spans above, columns below; a column without a span takes both."""
    head = formats(
        bold=True, text_wrap=True, align="center", border=1, border_color=RULE, bg_color=HEADER, font_color=INK
    )
    page.set_row(_SPAN_ROW, 30)
    page.set_row(_HEAD_ROW, 44)
    page.merge_range(_SPAN_ROW, 0, _HEAD_ROW, 0, "School name", head)
    at = 1
    for span, width in _runs([column.field.span for column in sheet.columns]):
        if span and width > 1:
            page.merge_range(_SPAN_ROW, at, _SPAN_ROW, at + width - 1, span, head)
        elif span:
            page.write_string(_SPAN_ROW, at, span, head)
        at += width
    for number, column in enumerate(sheet.columns, start=1):
        if column.last_year:
            continue
        wide = number < len(sheet.columns) and sheet.columns[number].last_year
        top = _HEAD_ROW if column.field.span else _SPAN_ROW
        if wide or top != _HEAD_ROW:
            page.merge_range(top, number, _HEAD_ROW, number + int(wide), column.field.heading, head)
        else:
            page.write_string(_HEAD_ROW, number, column.field.heading, head)


def _runs(spans: Sequence[str]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for span in spans:
        if found and found[-1][0] == span:
            found[-1] = (span, found[-1][1] + 1)
        else:
            found.append((span, 1))
    return found


def _write_cell(page: Any, row: int, column: int, cell: Cell, style: Any) -> None:
    if cell.value is None:
        if cell.text:
            page.write_string(row, column, cell.text, style)
        else:
            page.write_blank(row, column, None, style)
    elif isinstance(cell.value, dt.date):
        page.write_datetime(row, column, cell.value, style)
    elif isinstance(cell.value, str):
        page.write_string(row, column, cell.value, style)
    else:
        page.write_number(row, column, cell.value, style)


def _let_fill_in(page: Any, formats: Formats, sheet: Sheet) -> None:
    """Offer a list where an officer fills in a word, and mark what is adverse by words and colour."""
    last = _FIRST_ROW + len(sheet.lines) - 1
    if last < _SCHOOLS_ROW:
        return
    for at, column in enumerate(sheet.columns, start=1):
        field = column.field
        if not field.officer:
            continue
        area = (_SCHOOLS_ROW, at, last, at)
        if field.kind == "free":
            page.data_validation(
                *area, {"validate": "any", "input_title": field.heading, "input_message": "The officer's own words."}
            )
            continue
        choices = ["Yes", "No"] if field.kind == "flag" else list(GRADE_WORDS.values())
        page.data_validation(*area, choice(choices, field.heading))
        if field.name == "causing_concern":
            tone = TONES["adverse"]
            page.conditional_format(
                *area,
                {
                    "type": "cell",
                    "criteria": "==",
                    "value": '"Yes"',
                    "format": formats(bg_color=tone.background, font_color=tone.text),
                },
            )


def _write_about(workbook: Any, formats: Formats, register: Register, about: Sequence[tuple[str, str]]) -> None:
    page = workbook.add_worksheet("Notes and sources")
    title = "Notes and sources"
    page.write(0, 0, title, formats(bold=True, font_size=14))
    page.set_row(0, 24)
    page.set_column(0, 0, 44)
    page.set_column(1, 1, 110)
    row = 2
    for what, said in about:
        wrapped = {"text_wrap": True, "valign": "top"}
        page.write_string(row, 0, what, formats(bold=True, **wrapped))
        page.write_string(row, 1, said, formats(**wrapped))
        page.set_row(row, 14 * max(1, -(-len(said) // 120), -(-len(what) // 46)) + 3)
        row += 1
    print_set_up(page, register.title, rows=row, columns=1, repeat=None, freeze=None)
