"""The register as cells, before it becomes a workbook or a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from schoolframe._frames import as_frame, require_columns
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.parameters import reference_record
from schoolframe.presentation._cells import (
    EMPTY,
    SIGNIFICANCE,
    TO_FILL_IN,
    Cell,
    Mark,
    coded,
    make_cell,
    reason,
    significance,
)
from schoolframe.presentation._comparators import Comparator, authority_row, national_row
from schoolframe.presentation._disclosure import GROUPS, small_groups
from schoolframe.presentation._figures import academic_year, figure, half_up
from schoolframe.presentation._layout import PAGES
from schoolframe.presentation._schools import known_codes, of_authority, results_year, schools_of_year
from schoolframe.presentation._sheets import Column, Line, Register, Sheet, make_legend

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe.presentation._layout import Field, Page

__all__ = ["build_register"]

_STANDARDS = {"coasting_status": "coasting_p8", "below_floor": "floor_p8"}
_Key = tuple[int, str]
_Kind = Literal["authority", "national", "school"]
_SCHOOL: _Kind = "school"


def build_register(
    frame: object,
    *,
    phase: str,
    year: int | None,
    authority: str,
    national: Mapping[str, float] | None,
    la_row: object,
    codes: object,
    periods: Mapping[str, str] | None,
    title: str | None,
    suppress: bool,
    minimum: int,
    threshold: float,
) -> Register:
    """Turn an indicator frame into the cells of the register; see ``risk_register`` for the arguments."""
    if phase not in PAGES:
        msg = f"phase: there is a register for {', '.join(sorted(PAGES))}, not for {phase!r}"
        raise UnknownNameError(msg)
    data = as_frame(frame)
    require_columns(data, ["urn", "school_name"])
    data = of_authority(data, authority)
    year = results_year(data, year)
    rows, before = schools_of_year(data, phase, year)
    pages = PAGES[phase]
    fields = [field for page in pages for field in page.fields]
    numbers = set(rows["la"].drop_nulls().to_list()) if "la" in rows.columns else set()
    la = str(next(iter(numbers))) if len(numbers) == 1 else None
    comparators = (
        authority_row(la_row, fields, year=year, la=la),
        national_row(national, rows, fields, year=year, previous=before),
    )
    schools = list(rows.iter_rows(named=True))
    earlier = {row["urn"]: row for row in before.iter_rows(named=True)}
    known = known_codes(codes, rows["urn"].to_list(), year)
    hidden = set[_Key]()
    if suppress:
        totals = [name for name in comparators[0].values if "cohort" in name]
        withheld = [
            (at, name)
            for at, school in enumerate(schools)
            for (urn, when, name), code in known.items()
            if urn == school["urn"] and when == year and code == "suppressed"
        ]
        hidden = small_groups(schools, GROUPS[phase], withheld=withheld, totals=totals, minimum=minimum)
        hidden |= _last_year_hidden(schools, earlier, hidden, phase, minimum)
    maker = _Maker(schools, earlier, comparators, known, hidden, year, set(data.columns), threshold)
    title = title or f"{authority} secondary school risk register: key stage 4, autumn {year}"
    sheets = tuple(maker.sheet(page, title, periods or {}) for page in pages)
    found = [
        (
            who,
            " ".join((field.heading if not field.span else f"{field.span}: {field.heading}").split()),
            one.sources[name],
        )
        for who, one in zip((authority, "England"), comparators, strict=True)
        for field in fields
        for name in field.sources
        if name in one.sources
    ]
    return Register(
        title=title,
        authority=authority,
        year=year,
        sheets=sheets,
        comparators=tuple(found),
        suppressed=sum(cell.reason == "suppressed" for sheet in sheets for line in sheet.lines for cell in line.cells),
        minimum=minimum if suppress else None,
        threshold=threshold,
        urns=tuple(int(school["urn"]) for school in schools),
    )


class _Maker:
    """Makes the cells; holds what all of them need."""

    def __init__(
        self,
        schools: list[dict[str, Any]],
        earlier: dict[int, dict[str, Any]],
        comparators: tuple[Comparator, Comparator],
        codes: dict[tuple[int, int, str], str],
        hidden: set[_Key],
        year: int,
        columns: set[str],
        threshold: float,
    ) -> None:
        self.schools, self.earlier, self.codes, self.hidden = schools, earlier, codes, hidden
        self.authority, self.national = comparators
        self.year, self.columns, self.threshold = year, columns, threshold

    def sheet(self, page: Page, title: str, periods: Mapping[str, str]) -> Sheet:
        """Return one page of the register."""
        fields = [
            replace(field, span=f"{field.span}, {periods.get(field.period, academic_year(self.year))}")
            if field.period
            else field
            for field in page.fields
        ]
        columns: list[Column] = []
        cells: list[list[Cell]] = []  # by column, then line: authority, national, schools
        for field in fields:
            columns.append(Column(field))
            cells.append(self._column(field))
            if field.last_year and (past := self._last_year(field)) is not None:
                columns.append(Column(field, last_year=True))
                cells.append(past)
        above: list[tuple[str, _Kind, int | None]] = [
            ("Local authority", "authority", None),
            ("National (state-funded schools)", "national", None),
        ]
        names = [str(row["school_name"]) for row in self.schools]
        urns = [int(row["urn"]) for row in self.schools]
        # A closed school and its successor often share a name.
        said = [f"{name} ({urn})" if names.count(name) > 1 else name for name, urn in zip(names, urns, strict=True)]
        labels = [*above, *((name, _SCHOOL, urn) for name, urn in zip(said, urns, strict=True))]
        lines = tuple(
            Line(label, kind, tuple(column[at] for column in cells), urn)
            for at, (label, kind, urn) in enumerate(labels)
        )
        return Sheet(
            page, title, tuple(columns), lines, make_legend(columns, lines, year=self.year, threshold=self.threshold)
        )

    def _column(self, field: Field) -> list[Cell]:
        rows = [self.authority.values, self.national.values, *self.schools]
        values = [self._value(row, field) for row in rows]
        marks: list[tuple[Mark | None, bool | None]] = [(None, None)] * len(rows)
        if field.kind == "significance":
            return self._significance(rows)
        if field.coded is not None and values[1] is not None:
            marks = coded(values, values[1], field.coded, self.threshold)
            marks[1] = (None, None)
        elif field.name == "p8":
            # The word stands in the column beside it.
            words = significance([dict(row) for row in rows], "p8", "p8_ci_low", "p8_ci_high")
            marks = [(None, _adverse(word)) for word in words]
        elif field.interval is not None:
            scored = [{"score": value, **row} for value, row in zip(values, rows, strict=True)]
            found = significance(scored, "score", *field.interval)
            marks = [(word if word != "in_line" else None, _adverse(word)) for word in found]  # type: ignore[misc]
        cells = []
        for at, (row, value, mark) in enumerate(zip(rows, values, marks, strict=True)):
            # The authority is at 0 and the schools start at 2; hidden cells count schools from 0, -1 is the authority.
            spot = -1 if at == 0 else at - 2
            if at != 1 and (spot, field.name) in self.hidden:
                cells.append(reason("suppressed"))
            elif value is not None:
                cells.append(make_cell(field, value, row, mark))
            elif at < 2:
                cells.append(EMPTY if field.officer else Cell("-"))
            else:
                cells.append(self._absent(field, row, self.year))
        return cells

    def _value(self, row: Mapping[str, Any], field: Field) -> Any:
        for name in field.sources:
            if row.get(name) is not None:
                return row[name]
        if field.name == "disadvantaged_progress_gap":
            one, other = (
                next((row[name] for name in (side, f"p8_{side}") if row.get(name) is not None), None)
                for side in ("disadvantaged", "non_disadvantaged")
            )
            if one is not None and other is not None:
                return half_up(one, 2) - half_up(other, 2)
        return None

    def _significance(self, rows: list[Any]) -> list[Cell]:
        found = significance([dict(row) for row in rows], "p8", "p8_ci_low", "p8_ci_high")
        cells = []
        for at, (row, word) in enumerate(zip(rows, found, strict=True)):
            if at >= 2 and (at - 2, "p8_significance") in self.hidden:
                cells.append(reason("suppressed"))
            elif word is not None:
                tone = {"above": "good", "below": "adverse"}.get(word)
                mark: Any = word if word != "in_line" else None
                cells.append(Cell(SIGNIFICANCE[word], SIGNIFICANCE[word], mark, tone))
            elif row.get("p8") is not None and at != 1:
                cells.append(Cell("interval not held", tone="quiet", reason="not_held"))
            else:
                cells.append(Cell("-"))
        return cells

    def _last_year(self, field: Field) -> list[Cell] | None:
        """Return the column in brackets, or None if nobody has a figure for the year before."""
        rows: list[Cell] = []
        name = next((name for name in field.sources if f"{name}_y1" in self.columns), field.name)
        for one in (self.authority, self.national):
            value = next((one.last_year[known] for known in field.sources if known in one.last_year), None)
            rows.append(_bracketed(value, field))
        anything = False
        for at, school in enumerate(self.schools):
            past = self.earlier.get(school["urn"], {})
            value = school.get(f"{name}_y1")
            value = past.get(name) if value is None else value
            anything = anything or value is not None
            if (at, f"{field.name}_y1") in self.hidden:
                rows.append(Cell("(x)", reason="suppressed", tone="quiet"))
            elif value is None:
                code = self.codes.get((school["urn"], self.year - 1, name))
                shown = "" if code is None else reason(code).text
                rows.append(EMPTY if shown in ("", "-") else Cell(f"({shown})", reason=code, tone="quiet"))
            else:
                rows.append(_bracketed(value, field))
        return rows if anything else None

    def _absent(self, field: Field, row: Mapping[str, Any], year: int) -> Cell:
        """Return the cell of a school without a value: the source's code, else whether anybody holds the indicator."""
        for name in field.sources:
            code = self.codes.get((int(row["urn"]), year, name))
            if code is not None:
                return reason(code)
        if field.officer:
            return TO_FILL_IN
        standard = _STANDARDS.get(field.name)
        if standard is not None and not _applies(standard, year):
            return reason("ended")
        held = any(school.get(name) is not None for school in self.schools for name in field.sources)
        return reason("missing" if held else "not_held")


def _adverse(word: str | None) -> bool | None:
    return None if word in (None, "in_line") else word == "below"


def _bracketed(value: Any, field: Field) -> Cell:
    if value is None:
        return EMPTY
    return Cell(f"({figure(value, field.decimals)})", half_up(value, field.decimals), decimals=field.decimals)


def _applies(standard: str, year: int) -> bool:
    try:
        reference_record(standard, year, allow_unverified=True)
    except InputError:
        return False
    return True


def _last_year_hidden(
    schools: Sequence[Mapping[str, Any]],
    earlier: Mapping[int, Mapping[str, Any]],
    hidden: set[_Key],
    phase: str,
    minimum: int,
) -> set[_Key]:
    """Hide last year's figures of groups that were small then, or are small now where last year's size is unknown."""
    names = {name for group in GROUPS[phase] for name in (*group.counts, *group.figures)}
    past = [
        {name: school.get(f"{name}_y1", earlier.get(school["urn"], {}).get(name)) for name in names}
        for school in schools
    ]
    found = {(at, f"{name}_y1") for at, name in small_groups(past, GROUPS[phase], minimum=minimum)}
    whole = GROUPS[phase][0]
    for at, row in enumerate(past):
        if all(row.get(name) is None for name in whole.counts):
            found |= {(at, f"{name}_y1") for spot, name in hidden if spot == at}
    return found
