"""One file of the school performance tables into frames: numbers, and the codes of the cells that are none."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import polars as pl

from schoolframe import _native
from schoolframe.exceptions import ReadError
from schoolframe.progress import PROGRESS_BANDS
from schoolframe.readers._cells import UNKNOWN
from schoolframe.readers._performance_codes import CodedRows
from schoolframe.readers._performance_frames import level_frame, years_of_rows
from schoolframe.readers._performance_header import FileOptions, Header, find_header
from schoolframe.readers._performance_layouts import LEVELS
from schoolframe.readers._performance_names import is_band, is_percentage
from schoolframe.readers._sources import SourceFile, read_sheet, sheet_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schoolframe.readers._performance_layouts import Level

__all__ = ["FileTable", "read_file"]

_EXAMPLES = 5
_MARKS = (b"\xff\xfe", b"\xfe\xff")
# The row of a new or closing school ends where the measures begin, or after up to three counts of pupils.
_COUNTS = range(4)
_BANDS = {word: float(number) for number, word in enumerate(PROGRESS_BANDS, start=1)}


@dataclass(frozen=True)
class FileTable:
    """One file as frames.

    Attributes:
        header: What the header says.
        frames: A frame for each level that has rows.
        coded: The codes of each level that has rows.
    """

    header: Header
    frames: Mapping[Level, pl.DataFrame]
    coded: tuple[CodedRows, ...]


def read_file(file: SourceFile, options: FileOptions) -> FileTable | None:
    """Read one file.

    Args:
        file: The file.
        options: What the caller said about it.

    Returns:
        The file as frames, or None for a member of an archive that is another product.

    Raises:
        ReadError: If the file is damaged or another product, or holds what the tables do not.
    """
    if file.kind == "workbook":
        read = _read_workbook(file, options)
    elif file.kind == "parquet":
        read = "it is a Parquet file; CSV or a workbook is needed"
    else:
        read = _read_text(file, options)
        if not isinstance(read, str) and _holds_fractions(read):
            msg = f"{file.name}: no percentage is above 1; if they are fractions of one, multiply them by 100"
            warnings.warn(msg, UserWarning, stacklevel=2)
    if not isinstance(read, str):
        return read
    if file.archive is not None:
        return None
    msg = f"{file.name}: this is not a school performance table of key stage 2 or 4: {read}"
    raise ReadError(msg)


def _read_workbook(file: SourceFile, options: FileOptions) -> FileTable | str:
    """Read the first sheet that holds a table; give the reasons if none does."""
    reasons = []
    for sheet in sheet_names(file):
        # Line breaks inside a cell would count as lines; a line of the text is to be a row of the sheet.
        cells = read_sheet(file, sheet).with_columns(pl.all().str.replace_all(r"[\r\n]+", " "))
        if not cells.height:
            reasons.append(f"sheet {sheet!r} is empty")
            continue
        text = cells.write_csv(include_header=False).encode()
        read = _read_text(SourceFile(file.name, file.path, text, "text", file.archive), options)
        if not isinstance(read, str):
            return _undo_fractions(read)
        reasons.append(f"sheet {sheet!r}: {read}")
    return "; ".join(reasons)


def _undo_fractions(read: FileTable) -> FileTable:
    """Turn percentages that a spreadsheet keeps as fractions of one into percentages.

    A table saved from a spreadsheet shows 61 % and holds 0.61.
    """
    if not _holds_fractions(read):
        return read
    names = [name for name in read.header.names if is_percentage(name)]
    frames = {
        level: frame.with_columns(
            # Ten decimals take away what the multiplication adds: 0.57 * 100 is 56.99999999999999.
            (pl.col(name) * 100).round(10)
            for name in names
            if name in frame.columns and frame.schema[name] == pl.Float64
        )
        for level, frame in read.frames.items()
    }
    return FileTable(read.header, frames, read.coded)


def _holds_fractions(read: FileTable) -> bool:
    """Say whether no percentage of the whole table is above 1 and at least one is not whole."""
    whole = True
    for name in filter(is_percentage, read.header.names):
        for frame in read.frames.values():
            if name not in frame.columns or frame.schema[name] != pl.Float64:
                continue
            column = frame[name].drop_nulls()
            if (column > 1).any():
                return False
            whole = whole and bool((column == column.round()).all())
    return not whole


def _read_text(file: SourceFile, options: FileOptions) -> FileTable | str:
    """Read the file in pieces; if it is not UTF-8, read it whole in the encoding that it has.

    Returns:
        The file as frames, or why it is another product.
    """
    pieces = file.chunks()
    start = list(_first(pieces, 2))
    whole = options.encoding is not None or not start or start[0].isspace() or start[0].startswith(_MARKS)
    whole = whole or b"\0" in start[0]
    if not whole:
        try:
            return _read_pieces(file, start, pieces, options)
        except UnicodeError:
            pass
    return _read_pieces(file, [file.utf8(options.encoding)], iter(()), options)


def _first(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    for _ in range(count):
        piece = next(pieces, b"")
        if piece:
            yield piece


def _read_pieces(file: SourceFile, start: list[bytes], rest: Iterator[bytes], options: FileOptions) -> FileTable | str:
    try:
        header = find_header(file, start[0], options, whole=len(start) == 1)
        if isinstance(header, str):
            return header
        table = _read_cells(header, start[0], chain(start[1:], rest), file.size)
    except (UnicodeError, ReadError):
        raise
    except ValueError as error:
        msg = f"{file.name}, {error}"
        raise ReadError(msg) from error
    _check(header, table, options)
    return _frames(header, table)


def _read_cells(header: Header, first: bytes, rest: Iterable[bytes], size: int | None) -> _native.CellTable:
    # Room for the rows is made once: by the size of the file, if known, and the length of the rows in the first piece.
    lines = first.count(b"\n") + first.count(b"\r") - first.count(b"\r\n")
    rows = lines if size is None else int(lines * max(size, len(first)) / len(first) * 1.02) + 2
    reader = _native.CellReader(header.names, header.kinds, header.key(), ord(header.delimiter), header.next_line, rows)
    reader.feed(first[header.next :])
    for piece in rest:
        reader.feed(piece)
    return reader.finish()


def _check(header: Header, table: _native.CellTable, options: FileOptions) -> None:
    """Report what the cells of the tables are not."""
    parts = table.parts()
    if all(pl.DataFrame(lines).is_empty() for lines, _, _ in parts):
        msg = f"{header.source}: the file has a header and no rows"
        raise ReadError(msg)
    if header.rectype is not None:
        lines, values, _ = (pl.DataFrame(part) for part in parts[len(LEVELS)])
        if lines.height:
            known = ", ".join(f"{rectype} {level}" for rectype, level in header.record_types.items())
            found = _listed(
                f"line {line}: {value or 'blank'}"
                for line, value in zip(lines["line"], values.to_series(0), strict=True)
            )
            msg = (
                f"{header.source}: {_count(lines.height, 'row has', 'rows have')} a record type that {header.table} "
                f"does not have (known: {known}); {found}. Pass rectypes= to say what it is."
            )
            raise ReadError(msg)
    faults = [*_unknown_cells(header, table), *_long_rows(header, table), *_truncation(header, table)]
    if faults and options.unknown == "raise":
        raise ReadError("\n".join(faults))
    for fault in faults:
        warnings.warn(fault, UserWarning, stacklevel=2)


def _unknown_cells(header: Header, table: _native.CellTable) -> Iterator[str]:
    odd = [
        (line, header.headers[column], text)
        for _, _, column, line, code, text in table.odd
        if code == UNKNOWN and _band(header.names[column], text) is None
    ]
    if odd:
        yield (
            f"{header.source}: {_count(len(odd), 'cell is', 'cells are')} neither a number nor a known code; "
            + _listed(f"line {line}, column {column}: {text!r}" for line, column, text in odd)
        )


def _band(name: str, text: str) -> float | None:
    """Return the number of a band that a table spells out: ``Well above average`` is 1."""
    return _BANDS.get(text.strip().lower()) if is_band(name) else None


def _long_rows(header: Header, table: _native.CellTable) -> Iterator[str]:
    if table.extra:
        yield (
            f"{header.source}: {_count(len(table.extra), 'row is', 'rows are')} longer than the header of "
            f"{len(header.names)} columns; "
            + _listed(f"line {line} has {cells} cells, beyond it stands {text!r}" for line, cells, text in table.extra)
        )


def _truncation(header: Header, table: _native.CellTable) -> Iterator[str]:
    """Report a last row that looks cut off: no line end, too short, and of a length that no other row has.

    Rows are trimmed at their end, so a short row is no sign by itself. Rows of authorities and England, and rows of
    schools that end where their measures begin, have lengths of their own and are left alone.
    """
    if table.last is None:
        return
    line, cells, part, terminated, recurs = table.last
    at_labels = header.labels is not None and cells - header.labels in _COUNTS
    if not terminated and not recurs and part == 0 and cells < len(header.names) and not at_labels:
        yield (
            f"{header.source}, line {line}: the file looks truncated: its last row has {cells} of {len(header.names)} "
            "cells, which no other row has, and no line end"
        )


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _listed(items: Iterable[str]) -> str:
    shown = list(items)
    more = f"; and {len(shown) - _EXAMPLES:,} more" if len(shown) > _EXAMPLES else ""
    return "; ".join(shown[:_EXAMPLES]) + more


def _frames(header: Header, table: _native.CellTable) -> FileTable:
    frames: dict[Level, pl.DataFrame] = {}
    coded = []
    for place, (level, part) in enumerate(zip(LEVELS, table.parts(), strict=False)):
        lines, values, codes = (pl.DataFrame(stream) for stream in part)
        if not lines.height:
            continue
        odd = [(row, header.names[column], text) for at, row, column, _, _, text in table.odd if at == place]
        values, codes, odd = _number_bands(values, codes, odd)
        years = years_of_rows(header, lines["line"], values)
        frame = level_frame(header, level, lines["line"], values, years)
        frames[level] = frame
        texts = pl.DataFrame(odd, schema={"row": pl.UInt32, "column": pl.String, "text": pl.String}, orient="row")
        keys = frame.select(
            "year", "table", pl.lit(header.source).alias("source"), lines["line"], "rectype", "la", "urn"
        )
        coded.append(CodedRows(level, keys, codes, texts))
    return FileTable(header, frames, tuple(coded))


def _number_bands(
    values: pl.DataFrame, codes: pl.DataFrame, odd: list[tuple[int, str, str]]
) -> tuple[pl.DataFrame, pl.DataFrame, list[tuple[int, str, str]]]:
    """Put the number in the place of every band that is spelt out; such a cell is no code and no odd text."""
    found: dict[str, tuple[list[int], list[float]]] = {}
    rest = []
    for row, name, text in odd:
        band = _band(name, text)
        if band is None:
            rest.append((row, name, text))
        else:
            rows, bands = found.setdefault(name, ([], []))
            rows.append(row)
            bands.append(band)
    numbered = {name: values[name].clone().scatter(rows, bands) for name, (rows, bands) in found.items()}
    unmarked = {name: codes[name].clone().scatter(rows, 0) for name, (rows, _) in found.items()}
    return values.with_columns(**numbered), codes.with_columns(**unmarked), rest
