"""Reading the Department for Education's school performance tables of key stage 2 and key stage 4."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import polars as pl

from schoolframe.exceptions import InputError, ReadError, UnknownNameError
from schoolframe.readers._performance_file import read_file
from schoolframe.readers._performance_header import FileOptions
from schoolframe.readers._performance_layouts import LEVELS, Level, TableName
from schoolframe.readers._performance_names import canonical_name
from schoolframe.readers._performance_tables import PerformanceTables
from schoolframe.readers._sources import iter_sources
from schoolframe.readers._years import check_year

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.readers._performance_file import FileTable
    from schoolframe.readers._sources import Source, SourceFile

__all__ = ["PerformanceTables", "canonical_name", "read_performance_tables"]

_EXAMPLES = 5
_Said = TypeVar("_Said", str, int, TableName)
_KEYS: dict[str, pl.DataType | type[pl.DataType]] = {
    "year": pl.Int32,
    "table": pl.String,
    "release": pl.String,
    "rectype": pl.Int8,
    "la": pl.String,
    "estab": pl.String,
    "laestab": pl.Int64,
    "urn": pl.Int64,
    "school_name": pl.String,
}


def read_performance_tables(
    source: Source,
    table: TableName | Mapping[str, TableName] | None = None,
    year: int | Mapping[str, int] | None = None,
    *,
    release: str | Mapping[str, str] | None = None,
    unknown: Literal["raise", "warn"] = "raise",
    duplicates: Literal["raise", "warn"] = "raise",
    text_columns: Sequence[str] = (),
    number_columns: Sequence[str] = (),
    rectypes: Mapping[int, Level] | None = None,
    encoding: str | None = None,
) -> PerformanceTables:
    r"""Read school performance tables of key stage 2 or 4: any authority, any year, one file or many.

    The files may be the Department's own, provisional, revised or final, of one authority or of England, or cut to some
    of their columns. Columns are known by name and rule, never by position; rows may be shorter or longer than the
    header. Several files become one long frame; measures that only some of them have are null in the others.

    - The table is recognised by its measures, the year by the suffixes of the columns that carry earlier years along
      (``_17``, ``_18``), or by a column of years, or else by the name of the file or its folder (``2018-2019``).
    - Which rows are schools, authorities and England is read from RECTYPE, whose numbers mean different things in the
      two tables; a file without RECTYPE holds schools.
    - ``61%``, ``68.30%``, ``1,234`` and ``-0.3`` are numbers. Everything else in a measure is a code with a meaning, or
      is reported.
    - Percentages that a workbook holds as fractions of one are multiplied by 100; in a text file, which may as well
      mean what it says, they are left as they are with a warning.

    Args:
        source: A path, bytes, a file object, or a list of these; CSV or Excel workbook, plain, gzip or zip. Members of
            a zip archive that are other products are passed over.
        table: ``ks2`` or ``ks4``, for all files or by file name; by default recognised.
        year: The calendar year in which the academic year ends, for all files or by file name; by default recognised.
        release: For all files or by file name; by default taken from the name of the file.
        unknown: What to do with a cell that is neither a number nor a known code, with text beyond the last column, and
            with a last row that looks cut off: ``raise``, or ``warn`` and go on (the cell is then null and has the
            meaning ``unknown``).
        duplicates: What to do when a URN comes twice in the same table, year and release: ``raise`` or ``warn``.
        text_columns: Columns to read as texts.
        number_columns: Columns to read as numbers.
        rectypes: Further record types with what they are: ``{9: "school"}``.
        encoding: Encoding of the text; by default UTF-8 or what a byte order mark says, else Windows-1252.

    Returns:
        The tables.

    Raises:
        ReadError: If a file is missing, empty, damaged, truncated or another product, if its year cannot be recognised,
            or if it holds what ``unknown`` refuses. The message names file, line, column and value.
        InputError: If an argument is wrong, a URN comes twice, or two files disagree whether a column is text.

    Example:
        >>> import schoolframe as sf
        >>> header = b"RECTYPE,LEA,ESTAB,URN,SCHNAME,P8MEA,PTL2BASICS_95"
        >>> data = header + b"\n1,936,4000,125264,Hill School,-0.12,43%\n4,936,,,,0.21,48.30%"
        >>> tables = sf.read_performance_tables(data, year=2019)
        >>> tables.schools.select("year", "table", "laestab", "P8MEA", "PTL2BASICS_95").row(0)
        (2019, 'ks4', 9364000, -0.12, 43.0)
        >>> tables.authorities.select("la", "PTL2BASICS_95").row(0)
        ('936', 48.3)
    """
    _check_arguments(table, unknown, duplicates, rectypes)
    for one_year in year.values() if isinstance(year, Mapping) else [year]:
        check_year(one_year)
    kinds: dict[str, Literal["text", "number"]] = {canonical_name(name): "text" for name in text_columns}
    kinds.update({canonical_name(name): "number" for name in number_columns})
    read: list[FileTable] = []
    passed_over: list[str] = []
    seen: set[str] = set()
    for file in iter_sources(source):
        options = FileOptions(
            table=_for_file(table, file),
            year=_for_file(year, file),
            release=_for_file(release, file),
            unknown=unknown,
            kinds=kinds,
            rectypes=rectypes or {},
            encoding=encoding,
        )
        seen.add(file.name)
        one = read_file(file, options)
        if one is None:
            passed_over.append(file.name)
        else:
            read.append(one)
    if not read:
        shown = ", ".join(passed_over[:_EXAMPLES])
        msg = f"no file of the archive is a performance table of key stage 2 or 4; it has {shown}"
        raise ReadError(msg)
    _check_mappings({"table": table, "year": year, "release": release}, seen)
    _check_kinds(kinds, read)
    tables = PerformanceTables(
        schools=_concat(read, "school"),
        authorities=_concat(read, "authority"),
        national=_concat(read, "national"),
        files=_files(read),
        _coded=tuple(part for one in read for part in one.coded),
    )
    _check_duplicates(tables, duplicates)
    return tables


def _check_arguments(table: object, unknown: object, duplicates: object, rectypes: Mapping[int, Level] | None) -> None:
    names = table.values() if isinstance(table, Mapping) else [table]
    for name in names:
        if name is not None and name not in get_args(TableName):
            msg = f"table: {name!r} is not a table; there are {', '.join(get_args(TableName))}"
            raise UnknownNameError(msg)
    for argument, value in (("unknown", unknown), ("duplicates", duplicates)):
        if value not in {"raise", "warn"}:
            msg = f"{argument}: {value!r} is not possible; it is 'raise' or 'warn'"
            raise InputError(msg)
    for rectype, level in (rectypes or {}).items():
        if level not in LEVELS:
            msg = f"rectypes: {rectype} cannot be {level!r}; there are {', '.join(LEVELS)}"
            raise UnknownNameError(msg)


def _for_file(value: _Said | Mapping[str, _Said] | None, file: SourceFile) -> _Said | None:
    """Return what an argument says about one file: the same for all, or by its name."""
    return value.get(file.name) if isinstance(value, Mapping) else value


def _check_mappings(arguments: Mapping[str, object], seen: set[str]) -> None:
    for argument, value in arguments.items():
        if isinstance(value, Mapping):
            unknown = [name for name in value if name not in seen]
            if unknown:
                msg = f"{argument}: there is no file {unknown[0]!r}; there are {', '.join(sorted(seen)[:_EXAMPLES])}"
                raise UnknownNameError(msg)


def _check_kinds(kinds: Mapping[str, str], read: Sequence[FileTable]) -> None:
    known = {name for one in read for name in one.header.names}
    for name, kind in kinds.items():
        if name not in known:
            msg = f"{kind}_columns: there is no column {name!r}"
            raise UnknownNameError(msg)


def _concat(read: Sequence[FileTable], level: Level) -> pl.DataFrame:
    """Put the frames of one level below each other; a column that a file does not have is null there."""
    frames = [one.frames[level] for one in read if level in one.frames]
    if not frames:
        keys = dict(_KEYS)
        if level == "national":
            keys = {**dict(list(keys.items())[:4]), "population": pl.String, **dict(list(keys.items())[4:])}
        return pl.DataFrame(schema=keys)
    if len(frames) == 1:
        return frames[0]
    kinds: dict[str, pl.DataType] = {}
    owners: dict[str, str] = {}
    for one in read:
        frame = one.frames.get(level)
        for name, kind in frame.schema.items() if frame is not None else ():
            if frame is not None and frame[name].null_count() < frame.height and kinds.get(name) != kind:
                if name in kinds:
                    msg = (
                        f"column {name} holds {_word(kinds[name])} in {owners[name]} and {_word(kind)} in "
                        f"{one.header.source}; pass text_columns= or number_columns= to read both alike"
                    )
                    raise InputError(msg)
                kinds[name], owners[name] = kind, one.header.source
    # A column without any value takes the type that it has elsewhere.
    alike = [
        frame.with_columns(
            pl.lit(None, dtype=kinds[name]).alias(name)
            for name, kind in frame.schema.items()
            if kinds.get(name, kind) != kind
        )
        for frame in frames
    ]
    return pl.concat(alike, how="diagonal")


def _word(kind: pl.DataType) -> str:
    return "texts" if kind == pl.String else "numbers"


def _files(read: Sequence[FileTable]) -> pl.DataFrame:
    rows = []
    for one in read:
        years = sorted({year for frame in one.frames.values() for year in frame["year"].unique()})
        counts = [one.frames[level].height if level in one.frames else 0 for level in LEVELS]
        header = one.header
        rows.append(
            (header.source, header.table, ", ".join(map(str, years)), header.release, *counts, len(header.names))
        )
    names = ("source", "table", "year", "release", "schools", "authorities", "national", "columns")
    types = (pl.String, pl.String, pl.String, pl.String, pl.UInt32, pl.UInt32, pl.UInt32, pl.UInt32)
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def _check_duplicates(tables: PerformanceTables, duplicates: Literal["raise", "warn"]) -> None:
    """Report schools that come twice in the same table, year and release."""
    keys = ["year", "table", "release", "urn"]
    schools = tables.schools.select(keys)
    if not schools.is_duplicated().any():
        return
    places = pl.concat(part.keys for part in tables._coded if part.level == "school")  # noqa: SLF001
    rows = (
        schools.with_columns(places["source"], places["line"])
        .group_by(keys, maintain_order=True)
        .agg(pl.len(), pl.format("{}, line {}", "source", "line").str.join("; ").alias("places"))
        .filter(pl.col("len") > 1)
    )
    examples = "; ".join(
        f"URN {row['urn']} in {row['table']} {row['year']} ({row['places']})"
        for row in rows.head(_EXAMPLES).iter_rows(named=True)
    )
    more = f"; and {rows.height - _EXAMPLES:,} more" if rows.height > _EXAMPLES else ""
    what = "school comes" if rows.height == 1 else "schools come"
    msg = f"{rows.height:,} {what} more than once in the same table, year and release: {examples}{more}"
    if duplicates == "raise":
        raise InputError(msg)
    warnings.warn(msg, UserWarning, stacklevel=3)
