"""From what the readers return to blocks of one table each: keys, who the school is, indicators under their own names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import polars as pl

from schoolframe._frames import as_frame, require_columns
from schoolframe._indicator_vocabulary import Entry, vocabulary
from schoolframe.exceptions import InputError
from schoolframe.readers.register import school_phase

__all__ = ["Block", "Tables", "is_academy_type", "is_independent_type", "performance_blocks", "table_block"]

KEYS = ["urn", "year"]
# Columns of a block that say who the school is, beside its indicators.
PLACE = ["la", "estab", "laestab", "la_name", "school_name", "phase"]
# The row of the country that stands for state-funded schools, by kind of table (RECTYPE).
STATE_FUNDED = {"ks2": "5", "ks4": "7"}
SPECIAL = "2"
_ACADEMY_CODES = (
    "AC|ACC|ACCS|ACS|F|FS|UTC|SS|FSS|FUTC|FAP|ACAP|ACCAP|FSAP|AC1619|ACC1619|F1619|ACSPEC|FSPEC"  # codes of the tables
)
_ACADEMY = rf"(?i)academy|free school|university technical college|studio school|^({_ACADEMY_CODES})$"
_INDEPENDENT = r"(?i)independent|^(IND|INDSPEC|INDSPS)$"
# Columns of the readers for the tables without DfE names: indicator, column.
_READ_AS: Mapping[str, Mapping[str, str]] = {
    "absence": {
        "overall_absence_pct": "overall_absence_pct",
        "persistent_absence_pct": "persistent_absence_pct",
        "persistent_absence_15_pct": "persistent_absence_pct",
    },
    "exclusions": {"perm_excl_rate": "perm_excl_rate", "fixed_excl_rate": "fixed_excl_rate"},
    "census": {"roll": "roll", "fsm_pct": "fsm_ever6_pct", "eal_pct": "eal_pct"},
}
# Absence counts as persistent from this share of sessions missed, by indicator.
_PERSISTENT = {"persistent_absence_pct": 10, "persistent_absence_15_pct": 15}


@runtime_checkable
class Tables(Protocol):
    """What the frame needs of performance tables: one frame for schools and one for the country."""

    @property
    def schools(self) -> pl.DataFrame: ...

    @property
    def national(self) -> pl.DataFrame: ...


@dataclass(frozen=True)
class Block:
    """One table of school years.

    Attributes:
        table: ks2, ks4, absence, exclusions or census.
        schools: ``urn`` and ``year``, unique together, columns of ``PLACE``, and indicators.
        national: ``year`` (and ``group`` where figures differ by phase) with national figures of the same indicators.
    """

    table: str
    schools: pl.DataFrame
    national: pl.DataFrame

    @property
    def indicators(self) -> list[str]:
        """The indicators it has."""
        return [name for name in self.schools.columns if name in vocabulary()]


def is_academy_type(school_type: pl.Expr) -> pl.Expr:
    """Return whether a published type of school, a name or a code, is an academy or free school."""
    return school_type.str.contains(_ACADEMY)


def is_independent_type(school_type: pl.Expr) -> pl.Expr:
    """Return whether a published type of school, a name or a code, is an independent school."""
    return school_type.str.contains(_INDEPENDENT)


def sourced(table: str, *, substitutes: bool) -> list[tuple[Entry, list[Any]]]:
    """Return the indicators of a table with the columns they come from, in the order of the vocabulary."""
    found = []
    for entry in vocabulary().values():
        sources = [s for s in entry.sources if s.table == table and (substitutes or s.substitute is None)]
        if sources:
            found.append((entry, sources))
    return found


def performance_blocks(performance: object, *, substitutes: bool) -> list[Block]:
    """Return one block per kind of table (ks2, ks4) found in performance tables.

    Where several tables have the same school and year, the first one given wins, value by value.
    """
    tables = _as_list(performance)
    parts: dict[str, list[pl.DataFrame]] = {}
    nations: dict[str, list[pl.DataFrame]] = {}
    for number, given in enumerate(tables):
        for stage, schools, national in _split(given, f"performance[{number}]" if len(tables) > 1 else "performance"):
            if stage not in STATE_FUNDED:
                continue
            parts.setdefault(stage, []).append(_performance_schools(schools, stage, substitutes))
            nations.setdefault(stage, []).append(_performance_national(national, stage, substitutes))
    return [Block(stage, _first_wins(parts[stage], KEYS), _first_wins(nations[stage], ["year"])) for stage in parts]


def _as_list(performance: object) -> list[object]:
    if isinstance(performance, Tables) or not isinstance(performance, Iterable):
        return [performance]
    return list(performance)


def _split(given: object, argument: str) -> list[tuple[str, pl.DataFrame, pl.DataFrame]]:
    """Return kind, schools and national rows, one entry per kind of table."""
    if not isinstance(given, Tables):
        msg = f"{argument}: performance tables as read_performance_tables returns them are needed, not {_kind(given)}"
        raise InputError(msg)
    schools, national = given.schools, given.national
    require_columns(schools, ["urn", "year"], f"{argument}.schools")
    stage = getattr(given, "table", None)
    if isinstance(stage, str):
        return [(stage.lower(), schools, national)]
    require_columns(schools, ["table"], f"{argument}.schools")
    stages = schools["table"].unique(maintain_order=True).to_list()
    return [(s, schools.filter(table=s), national.filter(table=s)) for s in stages]


def _kind(obj: object) -> str:
    return f"{type(obj).__module__}.{type(obj).__qualname__}"


def _first_wins(frames: list[pl.DataFrame], keys: list[str]) -> pl.DataFrame:
    """Put frames under each other; where keys repeat keep the first value that is not null of every column."""
    if len(frames) == 1 and not frames[0].select(pl.struct(keys).is_duplicated().any()).item():
        return frames[0]
    joined = pl.concat(frames, how="diagonal_relaxed")
    double = joined.select(pl.struct(keys).is_duplicated()).to_series()
    if not double.any():
        return joined
    merged = (
        joined.filter(double).group_by(keys, maintain_order=True).agg(pl.all().exclude(keys).drop_nulls().first())
    )
    return pl.concat([joined.filter(~double), merged.select(joined.columns)])


def _values(frame: pl.DataFrame, stage: str, *, substitutes: bool) -> list[pl.Expr]:
    """Return one expression per indicator of the table that the frame has a column for."""
    upper = {name.upper(): name for name in frame.columns}
    year = pl.col("year")
    found = []
    for entry, sources in sourced(stage, substitutes=substitutes):
        if entry.name == "is_academy":
            continue
        parts = []
        for source in sources:
            columns = [upper.get(column) for column in source.columns]
            if any(column is None for column in columns):
                continue
            value = pl.col(str(columns[0])).cast(pl.Float64, strict=False)
            for column in columns[1:]:
                value = value + pl.col(str(column)).cast(pl.Float64, strict=False)
            parts.append(pl.when(year.is_between(source.first, source.last)).then(value))
        if parts:
            found.append(_typed(pl.coalesce(parts) if len(parts) > 1 else parts[0], entry).alias(entry.name))
    return found


def _typed(value: pl.Expr, entry: Entry) -> pl.Expr:
    if entry.kind in ("count", "grade"):
        return value.round(mode="half_away_from_zero").cast(pl.Int64, strict=False)
    return value.cast(pl.Float64)


def _text(frame: pl.DataFrame, *names: str) -> pl.Expr | None:
    """Return the first of the columns the frame has, as text without white space around it."""
    upper = {name.upper(): name for name in frame.columns}
    found = next((upper[name.upper()] for name in names if name.upper() in upper), None)
    if found is None:
        return None
    text = pl.col(found).cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def _performance_schools(schools: pl.DataFrame, stage: str, substitutes: bool) -> pl.DataFrame:
    frame = schools.filter(pl.col("urn").is_not_null())
    named: dict[str, pl.Expr | None] = {
        "la": _text(frame, "la", "LEA"),
        "estab": _text(frame, "estab", "ESTAB"),
        "la_name": _text(frame, "la_name", "LANAME"),
        "school_name": _text(frame, "school_name", "SCHNAME"),
    }
    kind = _text(frame, "school_type", "NFTYPE")
    record = _text(frame, "rectype", "RECTYPE")
    ages = _text(frame, "age_range", "AGERANGE")
    given = _text(frame, "phase")
    exprs = [pl.col("urn").cast(pl.Int64), pl.col("year").cast(pl.Int32)]
    exprs += [expr.alias(name) for name, expr in named.items() if expr is not None]
    exprs.append(_phase(given, kind, record, ages).alias("phase"))
    if kind is not None:
        exprs.append(is_academy_type(kind).alias("is_academy"))
        exprs.append(is_independent_type(kind).alias("_independent"))
    return frame.select(*exprs, *_values(frame, stage, substitutes=substitutes))


def _phase(given: pl.Expr | None, kind: pl.Expr | None, record: pl.Expr | None, ages: pl.Expr | None) -> pl.Expr:
    """Return the phase as far as the table alone tells it; null where only the kind of table would."""
    parts = [] if given is None else [given]
    if record is not None:
        parts.append(pl.when(record == SPECIAL).then(pl.lit("special")))
    if ages is not None:
        low = ages.str.extract(r"^(\d+)", 1).cast(pl.Int16, strict=False)
        high = ages.str.extract(r"(\d+)$", 1).cast(pl.Int16, strict=False)
        parts.append(school_phase(kind if kind is not None else pl.lit(None, dtype=pl.String), low, high))
    return pl.coalesce(parts) if parts else pl.lit(None, dtype=pl.String)


def _performance_national(national: pl.DataFrame, stage: str, substitutes: bool) -> pl.DataFrame:
    record = _text(national, "rectype", "RECTYPE")
    if record is None or national.is_empty():
        return pl.DataFrame(schema={"year": pl.Int32})
    rows = national.filter(record == STATE_FUNDED[stage])
    values = rows.select(pl.col("year").cast(pl.Int32), *_values(rows, stage, substitutes=substitutes))
    keep = [name for name in values.columns if name == "year" or vocabulary()[name].comparable]
    return values.select(keep)


def table_block(frame: object, table: str) -> Block:
    """Return the block of an absence, exclusions or census frame as its reader returns it."""
    read = as_frame(frame, table)
    require_columns(read, ["year"], table)
    entries = {name: column for name, column in _READ_AS[table].items() if column in read.columns}
    for split in ("characteristic", "term"):
        if split in read.columns:
            text = pl.col(split).str.to_lowercase()
            read = read.filter(text.is_null() | text.is_in(["total", "all pupils", "all", "annual", "academic year"]))
    threshold = pl.col("persistent_threshold") if "persistent_threshold" in read.columns else None
    values = []
    for name, column in entries.items():
        value = _typed(pl.col(column), vocabulary()[name])
        if name in _PERSISTENT:
            if threshold is None:
                continue
            value = pl.when(threshold == _PERSISTENT[name]).then(value)
        values.append(value.alias(name))
    if table == "exclusions" and "roll" in read.columns:
        # A school that stands twice in a year has next to no pupils in one of the two rows: the other one wins.
        read = read.sort("roll", descending=True, nulls_last=True, maintain_order=True)
    level = pl.col("level") if "level" in read.columns else pl.lit("school")
    place = [name for name in PLACE if name in read.columns and name != "phase"]
    schools = read.filter(level == "school").select(
        *([pl.col("urn").cast(pl.Int64)] if "urn" in read.columns else []),
        pl.col("year").cast(pl.Int32),
        *place,
        *values,
    )
    national = pl.DataFrame(schema={"year": pl.Int32, "group": pl.String})
    if "group" in read.columns:
        rows = read.filter((level == "national") & pl.col("group").is_not_null())
        national = rows.select(pl.col("year").cast(pl.Int32), "group", *values)
        keep = ["year", "group", *(n for n in entries if n in national.columns and vocabulary()[n].comparable)]
        national = _first_wins([national.select(keep)], ["year", "group"])
    keyed = "urn" in schools.columns and schools["urn"].is_not_null().any()
    if not keyed and "laestab" in schools.columns:
        return Block(table, _first_wins([schools.drop("urn", strict=False)], ["laestab", "year"]), national)
    require_columns(schools, ["urn"], table)
    return Block(table, _first_wins([schools.filter(pl.col("urn").is_not_null())], KEYS), national)
