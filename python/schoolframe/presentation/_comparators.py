"""The two rows above the schools: the authority and the country, each figure with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._frames import as_frame
from schoolframe._indicator_vocabulary import vocabulary
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.parameters import reference_record
from schoolframe.presentation._figures import academic_year

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.presentation._layout import Field

__all__ = ["Comparator", "authority_row", "national_row"]


@dataclass
class Comparator:
    """Figures of the authority or the country.

    Attributes:
        values: By indicator, this year.
        last_year: By indicator, the year before.
        sources: Where each figure of ``values`` comes from, in words.
    """

    values: dict[str, Any] = field(default_factory=dict)
    last_year: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)


def authority_row(given: object, fields: Sequence[Field], *, year: int, la: str | None) -> Comparator:
    """Read the authority's figures.

    Args:
        given: Nothing; a mapping from indicator to figure, ``x_y1`` for the year before; or a frame with indicators or
            with the columns of the performance tables, as ``read_performance_tables(...).authorities`` gives them.
        fields: The columns of the register.
        year: The results year.
        la: Number of the authority, to find its row in a frame.

    Returns:
        What was found; it may be empty.

    Raises:
        InputError: For a frame without exactly one row for the authority and year.
    """
    if given is None:
        return Comparator()
    if isinstance(given, Mapping):
        rows: dict[int, Mapping[str, Any]] = {year: given}
        said = "as given for the authority"
    else:
        rows = _frame_rows(as_frame(given, "la_row"), year, la)
        said = "row of the authority in the frame given"
    found = Comparator()
    for column in fields:
        for name in column.sources:
            value = _read(rows.get(year), name)
            if value is not None and name not in found.values:
                found.values[name], found.sources[name] = value, said
            before = _read(rows.get(year), f"{name}_y1")
            before = _read(rows.get(year - 1), name) if before is None else before
            if before is not None:
                found.last_year.setdefault(name, before)
        for name in column.interval or ():
            if (value := _read(rows.get(year), name)) is not None:
                found.values[name] = value
    return found


def national_row(
    given: Mapping[str, float] | None,
    frame: pl.DataFrame,
    fields: Sequence[Field],
    *,
    year: int,
    previous: pl.DataFrame,
) -> Comparator:
    """Find the national figures: those given, then those of the frame, then the dated reference values.

    Args:
        given: Figures by indicator, with or without ``nat_`` in front; ``x_y1`` for the year before.
        frame: The schools of the year.
        fields: The columns of the register.
        year: The results year.
        previous: The schools of the year before.

    Returns:
        What was found.

    Raises:
        InputError: If a column ``nat_x`` holds more than one figure.
    """
    given = {name.removeprefix("nat_"): value for name, value in (given or {}).items()}
    found = Comparator()
    for column in fields:
        for name in column.sources:
            value, source = given.get(name), "as given"
            if value is None:
                value, source = _only(frame, f"nat_{name}"), "columns nat_ of the frame given"
            if value is None:
                value, source = _reference((*column.reference, name), year)
            if value is not None:
                found.values[name], found.sources[name] = float(value), source
            if not column.last_year:
                continue
            before = given.get(f"{name}_y1")
            before = _only(frame, f"nat_{name}_y1") if before is None else before
            before = _only(previous, f"nat_{name}") if before is None else before
            before = _reference((*column.reference, name), year - 1)[0] if before is None else before
            if before is not None:
                found.last_year[name] = float(before)
    return found


def _frame_rows(frame: pl.DataFrame, year: int, la: str | None) -> dict[int, Mapping[str, Any]]:
    if "la" in frame.columns and la is not None:
        frame = frame.filter(pl.col("la") == la)
    if "year" not in frame.columns:
        frame = frame.with_columns(pl.lit(year).alias("year"))
    rows: dict[int, Mapping[str, Any]] = {}
    for row in frame.iter_rows(named=True):
        if row["year"] in rows:
            msg = f"la_row: one row per year is needed, there are several for {row['year']}; keep the authority's own"
            raise InputError(msg)
        rows[row["year"]] = row
    if year not in rows:
        held = ", ".join(str(known) for known in sorted(rows)) or "none"
        who = "" if la is None else f" for authority {la}"
        msg = f"la_row: no row{who} for {year} ({academic_year(year)}); years there: {held}"
        raise InputError(msg)
    return rows


def _read(row: Mapping[str, Any] | None, name: str) -> Any:
    """Return an indicator from a row that has it under its own name or that of the key stage 4 table."""
    if row is None:
        return None
    if row.get(name) is not None:
        return row[name]
    entry = vocabulary().get(name)
    for source in () if entry is None else entry.sources:
        if source.table == "ks4" and len(source.columns) == 1 and row.get(source.columns[0]) is not None:
            return row[source.columns[0]]
    return None


def _only(frame: pl.DataFrame, name: str) -> float | None:
    """Return the one figure of a column of national figures."""
    if name not in frame.columns:
        return None
    values = frame[name].drop_nulls().unique().sort().to_list()
    if len(values) > 1:
        listed = ", ".join(str(value) for value in values[:5])
        msg = f"frame: column '{name}' holds {len(values)} figures ({listed}); one is needed, or pass national="
        raise InputError(msg)
    return float(values[0]) if values else None


def _reference(names: Sequence[str], year: int) -> tuple[float | None, str]:
    for name in names:
        try:
            record = reference_record(f"nat_{name}", year)
        except (InputError, UnknownNameError):
            continue
        return record.value, f"{record.source_title} ({record.source_document}, {record.source_page})"
    return None, ""
