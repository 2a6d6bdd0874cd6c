"""The register as printed: sheets, lines and columns of cells, and the legend under them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from schoolframe.presentation._cells import REASONS, Cell
from schoolframe.presentation._figures import academic_year

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.presentation._layout import Field, Page

__all__ = ["Column", "Legend", "Line", "Register", "Sheet", "make_legend"]


@dataclass(frozen=True)
class Column:
    """A printed column: a field of the layout, or last year's figure beside it."""

    field: Field
    last_year: bool = False

    @property
    def name(self) -> str:
        """The indicator; last year's has ``_y1``."""
        return f"{self.field.name}_y1" if self.last_year else self.field.name


@dataclass(frozen=True)
class Line:
    """A printed row."""

    label: str
    kind: Literal["authority", "national", "school"]
    cells: tuple[Cell, ...]
    urn: int | None = None


@dataclass(frozen=True)
class Legend:
    """One line under the table: a background or a key, and what it means."""

    key: str
    meaning: str
    tone: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A printed page of the register."""

    page: Page
    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    legend: tuple[Legend, ...]


@dataclass(frozen=True)
class Register:
    """Everything the workbook prints."""

    title: str
    authority: str
    year: int
    sheets: tuple[Sheet, ...]
    comparators: tuple[tuple[str, str, str], ...]
    suppressed: int
    minimum: int | None
    threshold: float
    urns: tuple[int, ...]

    @property
    def content_hash(self) -> str:
        """SHA-256 of all that is shown. Figures that are not shown do not enter it, so it cannot give them away."""
        shown = [
            [sheet.title, [column.name for column in sheet.columns]]
            + [[line.label, line.urn, [cell.text for cell in line.cells]] for line in sheet.lines]
            for sheet in self.sheets
        ]
        return hashlib.sha256(json.dumps(shown, ensure_ascii=True).encode()).hexdigest()


def make_legend(columns: Sequence[Column], lines: Sequence[Line], *, year: int, threshold: float) -> tuple[Legend, ...]:
    """Return what a reader of the sheet needs to know about its colours, words and keys, and nothing else."""
    legend = []
    shown = [cell for line in lines for cell in line.cells]
    scored = [at for at, column in enumerate(columns) if column.field.kind == "significance" or column.field.interval]
    if any(line.cells[at].tone in ("good", "adverse") for line in lines for at in scored):
        whole = "average: the whole 95% confidence interval is"
        legend += [
            Legend("above", f"Progress 8 score significantly above national {whole} above 0", "good"),
            Legend("below", f"Progress 8 score significantly below national {whole} below 0", "adverse"),
        ]
    directions = {
        column.field.coded
        for at, column in enumerate(columns)
        if column.field.coded is not None and any(line.cells[at].mark is not None for line in lines)
    }
    if directions:
        points = f"{threshold:g} percentage points"
        turned = directions == {"lower_better"}
        good, adverse = ("below", "above") if turned else ("above", "below")
        what = "Absence or exclusions" if turned else "Result"
        legend += [
            Legend(good, f"{what} {points} or more {good} national (favourable)", "good"),
            Legend(adverse, f"{what} {points} or more {adverse} national (adverse)", "adverse"),
        ]
    if any(column.last_year for column in columns):
        legend.append(Legend("( )", f"Figures in brackets denote last year's outcomes ({academic_year(year - 1)})"))
    if any(cell.tone == "entry" for cell in shown):
        legend.append(Legend("", "To be filled in by the authority", "entry"))
    used = {cell.reason for cell in shown}
    legend += [Legend(*REASONS[key]) for key in REASONS if key in used]
    return tuple(dict.fromkeys(legend))
