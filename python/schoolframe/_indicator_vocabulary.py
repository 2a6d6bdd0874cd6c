"""The vocabulary of indicators as the native library holds it, parsed once, and the frame that shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe import _native

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DTYPES", "Entry", "SourceColumn", "vocabulary", "vocabulary_frame"]

# The type of an indicator's column, by its kind. A list has no column.
DTYPES: Mapping[str, pl.DataType] = {
    "number": pl.Float64(),
    "count": pl.Int64(),
    "grade": pl.Int64(),
    "category": pl.String(),
    "flag": pl.Boolean(),
    "date": pl.Date(),
}

_SOURCE = pl.Struct(
    {
        "table": pl.String,
        "columns": pl.List(pl.String),
        "combine": pl.String,
        "from": pl.Int32,
        "to": pl.Int32,
        "checked": pl.List(pl.Int32),
        "substitute": pl.String,
        "note": pl.String,
    }
)


@dataclass(frozen=True)
class SourceColumn:
    """Where an indicator is published.

    Attributes:
        table: Kind of table: ks2, ks4, absence, exclusions, census, inspections, register.
        columns: The column, or several that are added up.
        first: First results year with it.
        last: Last results year known to have it.
        substitute: What it measures instead, if it is not the same; None if it is the same.
    """

    table: str
    columns: tuple[str, ...]
    first: int
    last: int
    substitute: str | None


@dataclass(frozen=True)
class Entry:
    """One indicator, as far as the frame needs it.

    Attributes:
        name: Its name.
        kind: number, count, grade, category, flag, date or list.
        unit: Unit of a number or count.
        polarity: higher_better, lower_better, first_better or none.
        scope: school, authority, rule or result.
        evidence: published, derived, held, judged or process.
        sources: Where it is published, in order of precedence.
        raw: Everything the vocabulary says.
    """

    name: str
    kind: str
    unit: str | None
    polarity: str
    scope: str
    evidence: str
    sources: tuple[SourceColumn, ...]
    raw: Mapping[str, Any]

    @property
    def dtype(self) -> pl.DataType | None:
        """The type of its column; None for a list."""
        return DTYPES.get(self.kind)

    @property
    def comparable(self) -> bool:
        """Whether a national figure of it says something: a measured number with a better side, no interval limit."""
        limit = self.name.endswith(("_ci_low", "_ci_high"))
        return self.kind == "number" and self.polarity in ("higher_better", "lower_better") and not limit


@cache
def vocabulary() -> Mapping[str, Entry]:
    """Return the indicators by name, in the order of the file."""
    return {record["name"]: _entry(record) for record in json.loads(_native.indicators_json())}


def _entry(record: dict[str, Any]) -> Entry:
    sources = tuple(
        SourceColumn(s["table"], tuple(s["columns"]), s["from"], s["to"], s["substitute"]) for s in record["sources"]
    )
    return Entry(
        record["name"],
        record["kind"],
        record["unit"],
        record["polarity"],
        record["scope"],
        record["evidence"],
        sources,
        record,
    )


def vocabulary_frame(entries: list[Entry], framework: str | None) -> pl.DataFrame:
    """Return the frame of :func:`schoolframe.indicators.indicators` for these entries."""
    schema: dict[str, Any] = {
        "name": pl.String,
        "label": pl.String,
        "kind": pl.String,
        "dtype": pl.String,
        "unit": pl.String,
        "polarity": pl.String,
        "scope": pl.String,
        "evidence": pl.String,
        "phases": pl.List(pl.String),
        "minimum": pl.Float64,
        "maximum": pl.Float64,
        "values": pl.List(pl.String),
        "not_applicable": pl.Boolean,
        "frameworks": pl.List(pl.String),
        "published_as": pl.String,
        "same_as": pl.String,
        "opposite_of": pl.String,
        "rule": pl.String,
        "note": pl.String,
        "members": pl.List(pl.String),
        "sources": pl.List(_SOURCE),
    }
    columns: dict[str, list[Any]] = {name: [] for name in schema}
    for entry in entries:
        raw = entry.raw
        values = raw["framework_values"].get(framework, raw["values"]) if framework else raw["values"]
        derived = {
            "dtype": str(entry.dtype) if entry.dtype is not None else None,
            "values": values,
            "published_as": published_as(entry),
        }
        for name in schema:
            columns[name].append(derived[name] if name in derived else raw.get(name))
    return pl.DataFrame(columns, schema=schema)


def published_as(entry: Entry) -> str | None:
    """Return one line that says which column of which table and years it is, or None if nobody publishes it."""
    parts = []
    for source in entry.sources:
        years = str(source.first) if source.first == source.last else f"{source.first}-{source.last}"
        mark = " (substitute)" if source.substitute else ""
        parts.append(f"{source.table}: {'+'.join(source.columns)} {years}{mark}")
    return "; ".join(parts) or None
