"""A sheet of the register as a table of great_tables."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe.presentation._extras import require
from schoolframe.presentation._style import FONT, HEADER, INK, MUTED, RULE, TONES

if TYPE_CHECKING:
    from schoolframe.presentation._cells import Cell
    from schoolframe.presentation._sheets import Sheet

__all__ = ["make_table"]

_LEFT = ("grade", "significance", "judgement", "free")


def make_table(sheet: Sheet) -> Any:
    """Return the sheet as a ``GT``: texts as printed, backgrounds by tone, the legend as notes."""
    gt = require("great_tables", "tables in a notebook")
    own = [column for column in sheet.columns if not column.last_year]
    texts: dict[str, list[str]] = {"school_name": [line.label for line in sheet.lines]}
    tones: list[tuple[str, int, str]] = []
    for at, column in enumerate(sheet.columns):
        cells = [line.cells[at] for line in sheet.lines]
        if column.last_year:
            pairs = zip(texts[column.field.name], cells, strict=True)
            texts[column.field.name] = [f"{text} {cell.text}".strip() for text, cell in pairs]
            continue
        texts[column.name] = [_unbroken(cell) for cell in cells]
        tones += [
            (column.name, row, cell.tone)
            for row, cell in enumerate(cells)
            if cell.tone in TONES and not (cell.tone == "quiet" and row < 2)
        ]
    table = gt.GT(pl.DataFrame(texts), rowname_col="school_name", id=f"register-{sheet.page.key}")
    table = table.tab_header(title=sheet.title).tab_stubhead("School name")
    for span in dict.fromkeys(column.field.span for column in own if column.field.span):
        table = table.tab_spanner(span, columns=[column.name for column in own if column.field.span == span])
    table = table.cols_label({column.name: column.field.heading for column in own})
    table = (
        table.cols_align("center").cols_align(
            "left", columns=[column.name for column in own if column.field.kind in _LEFT] or None
        )
        if any(column.field.kind in _LEFT for column in own)
        else table.cols_align("center")
    )
    summary = [row for row, line in enumerate(sheet.lines) if line.kind != "school"]
    fill = gt.style.fill(color=TONES["summary"].background)
    bold = gt.style.text(weight="bold")
    table = table.tab_style([fill, bold], [gt.loc.body(rows=summary), gt.loc.stub(rows=summary)])
    for tone_name in dict.fromkeys(tone for _, _, tone in tones):
        tone = TONES[tone_name]
        places = [gt.loc.body(columns=name, rows=[row]) for name, row, key in tones if key == tone_name]
        table = table.tab_style([gt.style.fill(color=tone.background), gt.style.text(color=tone.text)], places)
    for legend in sheet.legend:
        key = gt.html(_swatch(legend.key, legend.tone)) if legend.tone else None
        said = legend.meaning if not legend.key else f"{legend.key}: {legend.meaning}"
        table = table.tab_source_note(said if key is None else gt.html(f"{key.text} {legend.meaning}"))
    return table.tab_options(
        table_font_names=[FONT, "Helvetica", "sans-serif"],
        table_font_color=INK,
        table_font_size="12px",
        heading_title_font_size="16px",
        heading_align="left",
        column_labels_background_color=HEADER,
        column_labels_font_weight="bold",
        table_body_hlines_color=RULE,
        data_row_padding="3px",
        source_notes_font_size="11px",
    )


def _unbroken(cell: Cell) -> str:
    """Return the text of a number or date on one line."""
    return cell.text.replace(" ", "\N{NO-BREAK SPACE}") if isinstance(cell.value, (int, float, dt.date)) else cell.text


def _swatch(key: str, tone: str | None) -> str:
    colours = TONES[tone or "quiet"]
    return (
        f'<span style="background:{colours.background};color:{colours.text};border:1px solid {MUTED};padding:0 6px;">'
        f"{key or '&nbsp;'}</span>"
    )
