"""The writers of tables: one sheet of values, some of them hidden, as CSV, workbook or page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe.presentation._extras import require
from schoolframe.presentation._formats import Formats, print_set_up
from schoolframe.presentation._style import FONT, HEADER, INK, MUTED, RULE

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Sheet", "write_csv", "write_html", "write_xlsx"]

# No clock: the same table gives the same bytes.
_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.timezone.utc).replace(tzinfo=None)


@dataclass(frozen=True)
class Sheet:
    """A table to be written.

    Attributes:
        frame: The values.
        away: For columns with hidden cells, which of them are hidden.
        code: What stands in a hidden cell.
        blanks: What stands in a cell without a value, by column.
        title: Title.
        notes: Lines below the table.
    """

    frame: pl.DataFrame
    away: dict[str, list[bool]]
    code: str
    blanks: dict[str, str]
    title: str
    notes: tuple[str, ...]

    def texts(self) -> pl.DataFrame:
        """Return every cell as text."""
        columns = []
        for name in self.frame.columns:
            text = self.frame[name].cast(pl.String).fill_null(self.blanks[name])
            hidden = pl.Series(self._hidden(name), dtype=pl.Boolean)
            columns.append(text.to_frame().select(pl.when(hidden).then(pl.lit(self.code)).otherwise(name).alias(name)))
        return pl.concat(columns, how="horizontal") if columns else self.frame

    def values(self, name: str) -> list[Any]:
        """Return the cells of a column, numbers as numbers, hidden ones as the code."""
        cells = zip(self.frame[name].to_list(), self._hidden(name), strict=True)
        return [self.code if hidden else self.blanks[name] if value is None else value for value, hidden in cells]

    def _hidden(self, name: str) -> list[bool]:
        return self.away.get(name, [False] * self.frame.height)


def write_csv(sheet: Sheet, path: Path) -> None:
    """Write the cells; a file of this kind holds no title and no notes."""
    sheet.texts().write_csv(path)


def write_xlsx(sheet: Sheet, path: Path) -> None:
    """Write a workbook of one page: title, table, notes."""
    xlsxwriter = require("xlsxwriter", "tables as workbooks")
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        workbook.set_properties({"title": sheet.title, "created": _CREATED})
        formats = Formats(workbook)
        page = workbook.add_worksheet("Table")
        page.write_string(0, 0, sheet.title, formats(bold=True, font_size=14))
        head = formats(bold=True, text_wrap=True, border=1, border_color=RULE, bg_color=HEADER)
        cell = formats(border=1, border_color=RULE)
        quiet = formats(border=1, border_color=RULE, align="right", font_color=MUTED)
        for at, name in enumerate(sheet.frame.columns):
            page.write_string(2, at, name, head)
            page.set_column(at, at, max(10, min(40, len(name) + 2)))
            for row, (value, hidden) in enumerate(
                zip(sheet.values(name), sheet.away.get(name, [False] * sheet.frame.height), strict=True)
            ):
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    page.write_number(3 + row, at, value, cell)
                else:
                    page.write_string(3 + row, at, str(value), quiet if hidden else cell)
        last = 3 + sheet.frame.height
        for at, line in enumerate(sheet.notes):
            page.write_string(last + 1 + at, 0, line, formats(font_color=MUTED))
        print_set_up(
            page,
            sheet.title,
            rows=last + 1 + len(sheet.notes),
            columns=max(sheet.frame.width - 1, 0),
            repeat=(2, 2),
            freeze=(3, 0),
        )


def write_html(sheet: Sheet, path: Path) -> None:
    """Write a page with the table: title above, notes below."""
    gt = require("great_tables", "tables as pages")
    table = gt.GT(sheet.texts(), id="table").tab_header(title=sheet.title)
    numeric = [name for name, dtype in sheet.frame.schema.items() if dtype.is_numeric()]
    if numeric:
        table = table.cols_align("right", columns=numeric)
    for line in sheet.notes:
        table = table.tab_source_note(line)
    table = table.tab_options(
        table_font_names=[FONT, "Helvetica", "sans-serif"],
        table_font_color=INK,
        column_labels_background_color=HEADER,
        column_labels_font_weight="bold",
        heading_align="left",
    )
    path.write_text(table.as_raw_html(make_page=True), encoding="utf-8")
