"""Formats, lists and print set-up that the sheets of the workbook share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from schoolframe.presentation._style import FONT, INK, MUTED, RULE, TONES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.presentation._cells import Cell
    from schoolframe.presentation._sheets import Column

__all__ = ["Formats", "choice", "number_format", "print_set_up"]

_A4 = 9


class Formats:
    """Cell formats, each made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def __call__(self, **properties: object) -> Any:
        """Return the format with these properties on top of the usual font."""
        properties = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter", **properties}
        key = tuple(sorted(properties.items(), key=lambda item: item[0]))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]

    def cell(self, cell: Cell, column: Column, kind: str, *, paired: bool, beside: Cell | None) -> Any:
        """Return the format of a cell.

        Args:
            cell: The cell.
            column: Its column.
            kind: Kind of its line.
            paired: Whether last year's figure follows, in one box with it.
            beside: For last year's figure, the cell of this year: the box has one background.
        """
        properties: dict[str, object] = {"border": 1, "border_color": RULE, "align": "center", "text_wrap": True}
        if kind != "school":
            properties |= {"bold": True, "bg_color": TONES["summary"].background}
        if column.field.kind in ("grade", "significance", "judgement", "free"):
            properties |= {"align": "left", "indent": 1}
        if column.last_year:
            properties |= {"left": 0, "align": "left", "font_color": MUTED, "bold": False}
        elif paired:
            properties |= {"right": 0, "align": "right"}
        name = beside.tone if beside is not None and beside.tone in ("good", "adverse") else cell.tone
        tone = TONES.get(name or "")
        if tone is not None and not (name == "quiet" and kind != "school"):
            properties |= {"bg_color": tone.background, "font_color": tone.text}
        if isinstance(cell.value, dt.date):
            properties |= {"num_format": "d mmm yyyy"}
        elif isinstance(cell.value, (int, float)):
            properties |= {"num_format": number_format(cell, last_year=column.last_year)}
        return self(**properties)


def number_format(cell: Cell, *, last_year: bool) -> str:
    """Return the number format that prints the cell as its text: the cell stays a number that can be sorted."""
    places = "0" if cell.decimals == 0 else "0." + "0" * cell.decimals
    if last_year:
        return f'"("{places}")";"(-"{places}")"'
    return places if cell.mark is None else f'{places}" {cell.mark}"'


def choice(choices: Sequence[str], heading: str) -> dict[str, object]:
    """Return the options of a cell that takes one of these words."""
    return {
        "validate": "list",
        "source": list(choices),
        "ignore_blank": True,
        "input_title": heading[:32],
        "input_message": "Choose from the list.",
        "error_title": "Not in the list",
        "error_message": f"Choose one of: {', '.join(choices)}"[:255],
    }


def print_set_up(
    page: Any,
    title: str,
    *,
    rows: int,
    columns: int,
    repeat: tuple[int, int] | None,
    freeze: tuple[int, int] | None,
) -> None:
    """Set the page up: A4 landscape, one page wide, headings on every page, title and page number at the foot."""
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.print_area(0, 0, rows - 1, columns)
    if repeat is not None:
        page.repeat_rows(*repeat)
    if freeze is not None:
        page.freeze_panes(*freeze)
    page.set_footer(f"&L&8{title.replace('&', '&&')}&R&8Page &P of &N")
