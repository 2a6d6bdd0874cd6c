"""From what the readers return to blocks of one table: keys, who the school is, indicators under their own names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._frames import as_frame, require_columns
from schoolframe._indicator_vocabulary import Entry, vocabulary
from schoolframe.exceptions import InputError
from schoolframe.readers._columns import NOT_IN_FILE
from schoolframe.readers.performance import PerformanceTables
from schoolframe.readers.register import school_phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolframe._indicator_vocabulary import SourceColumn

__all__ = [
    "RELEASES",
    "UNSAID",
    "Block",
    "code_rows",
    "is_academy_type",
    "is_independent_type",
    "performance_blocks",
    "table_block",
]

KEYS = ["urn", "year"]
# Columns of a block that say who the school is, beside its indicators.
PLACE = ["la", "estab", "laestab", "la_name", "school_name", "phase"]
# Kinds of performance tables, and the rows of the country that stand for state-funded schools.
STAGES = ("ks2", "ks4")
STATE_FUNDED = "state_funded"
SPECIAL = "2"
_ACADEMY_CODES = (
    "AC|ACC|ACCS|ACS|F|FS|UTC|SS|FSS|FUTC|FAP|ACAP|ACCAP|FSAP|AC1619|ACC1619|F1619|ACSPEC|FSPEC"  # codes of the tables
)
_ACADEMY = rf"(?i)academy|free school|university technical college|studio school|^({_ACADEMY_CODES})$"
_INDEPENDENT = r"(?i)\bindependent\b|^(IND|INDSPEC|INDSPS)$"
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
# Releases of one table, the one that counts first. A file that does not say comes last.
RELEASES = {"final": 0, "revised": 1, "provisional": 2}
UNSAID = 3
# Absence counts as persistent from this share of sessions missed, by indicator.
_PERSISTENT = {"persistent_absence_pct": 10, "persistent_absence_15_pct": 15}


@dataclass(frozen=True)
class Block:
    """One table of school years.

    Attributes:
        table: ks2, ks4, absence, exclusions or census.
        schools: ``urn`` and ``year``, unique together, columns of ``PLACE``, of performance tables ``_release`` (a
            number of ``RELEASES``, or ``UNSAID``), and indicators.
        national: ``year`` (and ``group`` where figures differ by phase, ``_release`` of performance tables) with
            national figures of the same indicators.
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


def sourced(table: str, *, substitutes: bool) -> list[tuple[Entry, list[SourceColumn]]]:
    """Return the indicators of a table with the columns they come from, in the order of the vocabulary."""
    found = []
    for entry in vocabulary().values():
        sources = [s for s in entry.sources if s.table == table and (substitutes or s.substitute is None)]
        if sources:
            found.append((entry, sources))
    return found


def performance_blocks(performance: object, *, substitutes: bool) -> list[Block]:
    """Return one block per kind of table (ks2, ks4) found in performance tables.

    Of several releases of one school and year the most final counts as a whole. Where tables of one release have the
    same school and year, the first one given wins, value by value.
    """
    tables = _as_tables(performance)
    found = []
    for stage in STAGES:
        schools = [_performance_schools(t.schools.filter(table=stage), stage, substitutes) for t in tables]
        nations = [_performance_national(t.national.filter(table=stage), stage, substitutes) for t in tables]
        schools = [frame for frame in schools if frame.height]
        if schools:
            nations = [frame for frame in nations if frame.height] or nations[:1]
            found.append(Block(stage, _first_wins(schools, KEYS), _first_wins(nations, ["year", "_release"])))
    return found


def _as_tables(performance: object) -> list[PerformanceTables]:
    given = list(performance) if isinstance(performance, (list, tuple)) else [performance]
    found: list[PerformanceTables] = []
    for number, one in enumerate(given):
        if not isinstance(one, PerformanceTables):
            argument = f"performance[{number}]" if isinstance(performance, (list, tuple)) else "performance"
            kind = f"{type(one).__module__}.{type(one).__qualname__}"
            msg = f"{argument}: performance tables as read_performance_tables returns them are needed, not {kind}"
            raise InputError(msg)
        found.append(one)
    return found


def _release(frame: pl.DataFrame) -> pl.Expr:
    if "release" not in frame.columns:
        return pl.lit(UNSAID, dtype=pl.Int8).alias("_release")
    return pl.col("release").replace_strict(RELEASES, default=UNSAID, return_dtype=pl.Int8).alias("_release")


def _first_wins(frames: list[pl.DataFrame], keys: list[str]) -> pl.DataFrame:
    """Put frames under each other; where keys repeat keep the best release, of it the first value of every column."""
    joined = pl.concat(frames, how="diagonal_relaxed") if len(frames) > 1 else frames[0]
    released = "_release" in joined.columns
    double = joined.select(pl.struct(keys).is_duplicated()).to_series()
    if double.any():
        rows = joined.filter(double)
        if released:
            rows = rows.filter(pl.col("_release") == pl.col("_release").min().over(keys))
        rows = rows.group_by(keys, maintain_order=True).agg(pl.all().exclude(keys).drop_nulls().first())
        joined = pl.concat([joined.filter(~double), rows.select(joined.columns)])
    return joined


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
    exprs = [pl.col("urn").cast(pl.Int64), pl.col("year").cast(pl.Int32), _release(frame)]
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
    rows = (
        national.filter(pl.col("population") == STATE_FUNDED) if "population" in national.columns else national.clear()
    )
    values = rows.select(pl.col("year").cast(pl.Int32), _release(rows), *_values(rows, stage, substitutes=substitutes))
    keys = ("year", "_release")
    return values.select(name for name in values.columns if name in keys or vocabulary()[name].comparable)


def table_block(frame: object, table: str) -> Block:
    """Return the block of an absence, exclusions or census frame as its reader returns it."""
    read = as_frame(frame, table)
    require_columns(read, ["year"], table)
    _refuse_null_years(read, table)
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
    place: list[str | pl.Expr] = [name for name in PLACE if name in read.columns and name != "phase"]
    if "school_type" in read.columns:
        nothing = pl.lit(None, dtype=pl.Int16)
        kind = pl.col("school_type")
        coarse = kind.str.to_lowercase().str.extract(r"^state-funded (primary|secondary)$")
        place += [school_phase(kind, nothing, nothing).alias("phase"), coarse.alias("_coarse")]
        place.append(is_independent_type(kind).alias("_independent"))
    schools = read.filter(level == "school").select(
        *([pl.col("urn").cast(pl.Int64)] if "urn" in read.columns else []),
        pl.col("year").cast(pl.Int32),
        *place,
        *values,
    )
    national = pl.DataFrame(schema={"year": pl.Int32, "group": pl.String})
    group = _group(read)
    if group is not None:
        rows = read.with_columns(group.alias("group")).filter((level == "national") & pl.col("group").is_not_null())
        national = rows.select(pl.col("year").cast(pl.Int32), "group", *values)
        keep = ["year", "group", *(n for n in entries if n in national.columns and vocabulary()[n].comparable)]
        national = _first_wins([national.select(keep)], ["year", "group"])
    keyed = "urn" in schools.columns and schools["urn"].is_not_null().any()
    if not keyed and "laestab" in schools.columns:
        return Block(table, _first_wins([schools.drop("urn", strict=False)], ["laestab", "year"]), national)
    require_columns(schools, ["urn"], table)
    return Block(table, _first_wins([schools.filter(pl.col("urn").is_not_null())], KEYS), national)


def _refuse_null_years(frame: pl.DataFrame, table: str) -> None:
    """Refuse rows that belong to no year: they would meet no other table and make rows of their own."""
    count = frame["year"].null_count()
    if count:
        rows = "row has" if count == 1 else "rows have"
        msg = f"{table}: {count:,} {rows} no year; pass year= to read_{table}"
        raise InputError(msg)


def _group(frame: pl.DataFrame) -> pl.Expr | None:
    """Return the kind of schools a row for England stands for: primary, secondary, special; null for all schools."""
    parts = [pl.col("group")] if "group" in frame.columns else []
    if "school_type" in frame.columns:
        parts.append(
            pl.col("school_type").str.to_lowercase().str.extract(r"^(?:state-funded )?(primary|secondary|special)")
        )
    return pl.coalesce(parts) if parts else None


def code_rows(performance: object, others: Mapping[str, object], *, substitutes: bool) -> pl.DataFrame:
    """Return the codes of the cells that left an indicator without a value, one row per school, year and indicator."""
    found = []
    if performance is not None:
        blocks = {block.table: block.schools for block in performance_blocks(performance, substitutes=substitutes)}
        for tables in _as_tables(performance):
            found += _performance_codes(tables, blocks, substitutes)
    for table, frame in others.items():
        if frame is not None:
            found += _table_codes(as_frame(frame, table), table)
    if performance is None and all(frame is None for frame in others.values()):
        msg = "a table is needed: performance, census, absence or exclusions"
        raise InputError(msg)
    schema = {"urn": pl.Int64, "year": pl.Int32, "indicator": pl.String, "table": pl.String, "code": pl.String}
    codes = pl.concat([pl.DataFrame(schema=schema), *(frame.select(list(schema)) for frame in found)])
    order = ["urn", "year", "indicator", "table"]
    return codes.unique(order, keep="first", maintain_order=True).sort(order)


def _performance_codes(
    tables: PerformanceTables, blocks: Mapping[str, pl.DataFrame], substitutes: bool
) -> list[pl.DataFrame]:
    found = []
    for stage, values in blocks.items():
        for entry, sources in sourced(stage, substitutes=substitutes):
            if entry.name not in values.columns:
                continue
            columns = [c for source in sources for c in source.columns if c in tables.schools.columns]
            if not columns:
                continue
            within = pl.any_horizontal(pl.col("year").is_between(source.first, source.last) for source in sources)
            codes = tables.codes_for(columns, level="school").filter((pl.col("table") == stage) & within)
            missing = values.filter(pl.col(entry.name).is_null()).select(KEYS)
            found.append(
                codes.select(
                    "urn", "year", pl.lit(entry.name).alias("indicator"), "table", pl.col("meaning").alias("code")
                )
                .drop_nulls("urn")
                .join(missing, on=KEYS, how="semi")
            )
    return found


def _table_codes(frame: pl.DataFrame, table: str) -> list[pl.DataFrame]:
    """Return the reasons of the columns of a table that its reader gives reasons for."""
    if "urn" not in frame.columns:
        return []
    schools = frame.filter((pl.col("level") == "school") & pl.col("urn").is_not_null())
    found = []
    for name, column in _READ_AS[table].items():
        reason = f"{column}_reason"
        if reason not in schools.columns:
            continue
        told = pl.col(reason).is_not_null() & (pl.col(reason) != NOT_IN_FILE)
        if name in _PERSISTENT:
            told = told & (pl.col("persistent_threshold") == _PERSISTENT[name])
        found.append(
            schools.filter(told).select(
                "urn",
                pl.col("year").cast(pl.Int32),
                pl.lit(name).alias("indicator"),
                pl.lit(table).alias("table"),
                pl.col(reason).alias("code"),
            )
        )
    return found
