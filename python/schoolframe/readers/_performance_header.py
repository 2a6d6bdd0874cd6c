"""The header of one file: which table of which year it is, and what each column holds."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from schoolframe import _native
from schoolframe.exceptions import ReadError
from schoolframe.readers._names import key
from schoolframe.readers._performance_layouts import (
    LEVELS,
    RECORD_TYPES,
    key_columns,
    measure_names,
    recognise_table,
    release_from_path,
    year_from_columns,
    year_from_path,
    year_from_text,
)
from schoolframe.readers._performance_names import canonical_name, column_kind, measure_kind
from schoolframe.readers._products import looks_like

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe.readers._performance_layouts import Level, TableName
    from schoolframe.readers._sources import SourceFile

__all__ = ["FileOptions", "Header", "find_header"]

# How far down a header may stand, below titles and notes.
_SEARCH = 30
_DELIMITERS = (",", ";", "\t", "|")
_LETTERS = {"number": "n", "text": "t", "label": "l", "auto": "a"}
# So many measures of the other table make a file the other table, whatever the caller says.
_CERTAIN = 3
_GRADES_CHANGED = 2017


@dataclass(frozen=True)
class FileOptions:
    """What the caller said about one file.

    Attributes:
        table: Which table it is; None to recognise it.
        year: Of which year it is; None to recognise it.
        release: Which release it is; None to take it from the name of the file.
        unknown: What to do with a cell that is neither a number nor a known code.
        kinds: Kinds of columns that the caller fixed, by canonical name.
        rectypes: Record types beyond the known ones.
        encoding: Encoding of text; None to recognise it.
    """

    table: TableName | None = None
    year: int | None = None
    release: str | None = None
    unknown: Literal["raise", "warn"] = "raise"
    kinds: Mapping[str, Literal["text", "number"]] = field(default_factory=dict)
    rectypes: Mapping[int, Level] = field(default_factory=dict)
    encoding: str | None = None


@dataclass(frozen=True)
class Header:
    """What the header of a file says.

    Attributes:
        source: Name of the file.
        table: Which table it is.
        year: Of which year it is; None if every row says so itself.
        release: Which release it is, if known.
        headers: The header as it stands in the file.
        names: The name of each column in the frames.
        kinds: The kind of each column, one letter each.
        keys: Where the columns stand that say which school, authority and year a row is about.
        record_types: What each record type means.
        delimiter: What stands between two cells.
        next: Where the rows begin, in bytes.
        next_line: On which line the rows begin.
        labels: How many columns stand before the first measure, None if there is no measure.
    """

    source: str
    table: TableName
    year: int | None
    release: str | None
    headers: list[str] = field(repr=False)
    names: list[str] = field(repr=False)
    kinds: str = field(repr=False)
    keys: Mapping[str, int]
    record_types: Mapping[int, Level]
    delimiter: str
    next: int
    next_line: int
    labels: int | None

    @property
    def rectype(self) -> int | None:
        """Where the record type stands, None if the file has none and all its rows are schools."""
        return self.keys.get("rectype")

    def key(self) -> tuple[int, list[tuple[str, int]], int] | None:
        """Return how the native reader tells the levels apart; a record type is also known as 1.0."""
        if self.rectype is None:
            return None
        values = [
            (text, LEVELS.index(level))
            for rectype, level in self.record_types.items()
            for text in (f"{rectype}", f"{rectype}.0")
        ]
        return self.rectype, values, len(LEVELS)


def find_header(file: SourceFile, start: bytes, options: FileOptions, *, whole: bool) -> Header | str:
    """Find the header of a text file and recognise the table.

    Args:
        file: The file, for its name.
        start: Its first bytes, in UTF-8.
        options: What the caller said about it.
        whole: Whether ``start`` is the whole file.

    Returns:
        The header, or why the file is another product.

    Raises:
        ReadError: If it is a performance table, but not the one that was asked for, or of an unknown year.
    """
    found = _header_record(start, whole=whole)
    if isinstance(found, str):
        return found
    delimiter, (_, end, next_line, headers), first_row = found
    canonical = [canonical_name(header) for header in headers]
    keys = key_columns(canonical)
    table, reason = _table(file, measure_names(headers, None), options.table)
    if table is None:
        return _guess(headers) or reason
    year, year_by_row = _year(file, canonical, keys, first_row, options)
    names = _unique(file, headers, measure_names(headers, year))
    fixed = options.kinds
    key_places = set(keys.values())
    kinds = [
        "label" if place in key_places else fixed.get(name) or column_kind(name) for place, name in enumerate(names)
    ]
    measures = [place for place, name in enumerate(names) if place not in key_places and measure_kind(name)]
    return Header(
        source=file.name,
        table=table,
        year=None if year_by_row else year,
        release=options.release or release_from_path(file.path),
        headers=headers,
        names=names,
        kinds="".join(_LETTERS[kind] for kind in kinds),
        keys=keys,
        record_types={**RECORD_TYPES[table], **options.rectypes},
        delimiter=delimiter,
        next=end,
        next_line=next_line,
        labels=min(measures, default=None),
    )


_Record = tuple[int, int, int, list[str]]


def _header_record(start: bytes, *, whole: bool) -> tuple[str, _Record, list[str]] | str:
    """Return the delimiter, the first record that is a header, and the record after it."""
    first: list[str] = []
    for delimiter in _DELIMITERS:
        try:
            records = _native.split_records(start, ord(delimiter), _SEARCH + 1, whole)
        except UnicodeError:
            raise
        except ValueError:
            # The header may be sound although a later row is not; the reader will find the place and name it.
            records = [record for limit in range(1, _SEARCH + 1) for record in _records(start, delimiter, limit)]
        first = first or (records[0][3] if records else [])
        for place, record in enumerate(records):
            if len(record[3]) > 1 and _is_header(record[3]):
                return delimiter, record, records[place + 1][3] if place + 1 < len(records) else []
    shown = ", ".join(repr(cell) for cell in first[:4])
    return _guess(first) or f"no header with a column URN in its first {_SEARCH} lines; it begins with {shown}"


def _is_header(cells: Sequence[str]) -> bool:
    """Say whether a record names the URN or the record type beside a measure, or the URN and no numbers.

    A dictionary of columns names one of them in a row, beside the number of the column.
    """
    names = measure_names(cells, None)
    keys = key_columns(names)
    if any(recognise_table(names).values()):
        return bool(keys.keys() & {"urn", "rectype"})
    return "urn" in keys and not any(cell.strip().isdecimal() for cell in cells)


def _guess(headers: Sequence[str]) -> str:
    """Say which other product a header is of, as far as the readers know it."""
    return looks_like(frozenset(key(header) for header in headers))


def _records(start: bytes, delimiter: str, limit: int) -> list[_Record]:
    try:
        return _native.split_records(start, ord(delimiter), limit, last=True)[limit - 1 :]
    except ValueError:
        return []


def _table(file: SourceFile, names: Sequence[str], asked: TableName | None) -> tuple[TableName | None, str]:
    """Return which table the columns are of, or None and why they are of none."""
    scores = recognise_table(names)
    best = max(scores, key=lambda table: scores[table])
    if asked is not None:
        if scores[asked] or (scores[best] < _CERTAIN and file.archive is None):
            return asked, ""
        reason = (
            f"this is not {asked} but {best}: {scores[best]} of its columns are measures of {best} and none is a "
            f"measure of {asked}"
        )
        if file.archive is None:
            msg = f"{file.name}: {reason}"
            raise ReadError(msg)
        return None, reason
    if not scores[best]:
        shown = ", ".join(name for name in names[:6] if name)
        return None, f"none of its {len(names)} columns is a measure of either ({shown}, ...)"
    if len([table for table in scores if scores[table] == scores[best]]) > 1:
        msg = f"{file.name}: the columns could be {' or '.join(scores)}; pass table= to say which"
        raise ReadError(msg)
    return best, ""


def _year(
    file: SourceFile, names: Sequence[str], keys: Mapping[str, int], row: Sequence[str], options: FileOptions
) -> tuple[int, bool]:
    """Return the year of the file, or of its first row, and whether every row says its own year."""
    if options.year is not None:
        return options.year, False
    place = keys.get("year")
    if place is not None:
        by_row = year_from_text(row[place]) if place < len(row) else None
        return by_row or _GRADES_CHANGED, True
    content, path = year_from_columns(names), year_from_path(file.path)
    year = content or path
    if year is None:
        msg = (
            f"{file.name}: neither a column nor the name of the file says of which year it is; pass year=, the "
            "calendar year in which the academic year ends"
        )
        raise ReadError(msg)
    if content is not None and path is not None and content != path:
        msg = (
            f"{file.name}: by its columns the file is of {content}, by its name of {path}; {content} is taken. "
            "Pass year= to settle it."
        )
        warnings.warn(msg, UserWarning, stacklevel=2)
    return year, False


def _unique(file: SourceFile, headers: Sequence[str], names: Sequence[str]) -> list[str]:
    """Give every column a name of its own: the canonical one, or for a second column of that name a marked one."""
    given = Counter(names)
    taken: Counter[str] = Counter()
    unique = []
    doubled = []
    for place, (header, name) in enumerate(zip(headers, names, strict=True), start=1):
        taken[name] += 1
        if not name:
            unique.append(f"COLUMN_{place}")
        elif taken[name] == 1:
            unique.append(name)
        else:
            marked = f"{name}_DUPLICATE_{taken[name]}"
            while marked in given:
                marked += "_"
            doubled.append(f"column {place}, {header!r}, is {marked}")
            unique.append(marked)
    if doubled:
        msg = f"{file.name}: several columns have the same name; {'; '.join(doubled[:5])}"
        warnings.warn(msg, UserWarning, stacklevel=2)
    return unique
