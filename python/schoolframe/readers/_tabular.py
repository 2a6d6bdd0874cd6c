"""From an opened file to a table of text cells under its header, whatever stands above, beside or below it.

A file may carry title lines above the header, rows shorter than the header (trailing empty cells trimmed), rows longer
than it, blank lines, a header cell with a line break inside, or a table on the second sheet of a workbook. What comes
out is one frame of String columns per table, named as in the header, cells stripped, empty cells null.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import polars as pl

from schoolframe.exceptions import ReadError
from schoolframe.readers._names import key, snake
from schoolframe.readers._sources import SourceFile, read_sheet, sheet_names

__all__ = ["RawTable", "find_tables", "header_keys"]

_HEADER_DEPTH = 40
_EXAMPLES = 5

HeaderTest = Callable[[frozenset[str]], bool]


@dataclass(frozen=True)
class RawTable:
    """One table of text cells.

    Attributes:
        name: The file, and for a workbook the sheet, for messages.
        file: The file alone.
        sheet: The sheet of a workbook, or None.
        path: All that is known of where the file was.
        frame: String columns, one per header cell that is not empty or has cells below it.
        above: The text of the lines over the header, joined: title, date of the release.
    """

    name: str
    file: str
    sheet: str | None
    path: str
    frame: pl.DataFrame
    above: str
    _lines: Callable[[list[int]], list[int]] = field(repr=False)

    def lines(self, rows: list[int]) -> list[int]:
        """Return the line numbers in the file, counted from 1, of rows of ``frame``, counted from 0."""
        return self._lines(rows)


def find_tables(file: SourceFile, is_header: HeaderTest) -> tuple[list[RawTable], list[list[str]]]:
    """Return the tables of a file whose header passes a test, and the headers of what else was found.

    Args:
        file: An opened file.
        is_header: Told the squeezed names (see :func:`schoolframe.readers._names.key`) of a row's cells, says whether
            the row is the header wanted.

    Returns:
        The tables, and for each sheet or text without one the cells of its most header-like row.

    Raises:
        ReadError: If the file is empty, binary, damaged, or its quotes do not close.
    """
    tables: list[RawTable] = []
    others: list[list[str]] = []
    if file.kind == "parquet":
        tables_or_names: Iterator[RawTable | list[str]] = iter([_from_parquet(file, is_header)])
    elif file.kind == "workbook":
        tables_or_names = (_from_sheet(file, sheet, is_header) for sheet in sheet_names(file))
    else:
        tables_or_names = iter([_from_text(file, is_header)])
    for found in tables_or_names:
        if isinstance(found, RawTable):
            tables.append(found)
        else:
            others.append(found)
    return tables, others


def _header_names(cells: list[str]) -> list[str]:
    """Return the header cells as unique column names, line breaks and double spaces closed up."""
    names: list[str] = []
    for i, cell in enumerate(cells, start=1):
        name = " ".join((cell or "").split()) or f"column_{i}"
        unique, number = name, 1
        while unique in names:
            number += 1
            unique = f"{name} ({number})"
        names.append(unique)
    return names


def header_keys(cells: list[str]) -> frozenset[str]:
    """Return the squeezed names of the cells of a header that are not empty."""
    return frozenset(k for k in (key(cell or "") for cell in cells) if k)


def _best(rows: list[list[str]]) -> list[str]:
    """Return the row with the most different names, the first of several."""
    return max(rows, key=lambda row: len(header_keys(row)), default=[])


# --- text -------------------------------------------------------------------------------------------------------------


def _from_text(file: SourceFile, is_header: HeaderTest) -> RawTable | list[str]:
    data = _text(file)
    delimiter = _delimiter(data)
    rows, ends = _first_records(file.name, data, delimiter)
    for i, row in enumerate(rows):
        if is_header(header_keys(row)):
            above = " ".join(cell for cells in rows[:i] for cell in cells if cell)
            return _text_table(file, data, row, delimiter=delimiter, header_end=ends[i], above=above)
    return _best(rows)


def _text(file: SourceFile) -> bytes:
    data = file.utf8()
    return data.replace(b"\r", b"\n") if b"\r" in data and b"\n" not in data else data


def _delimiter(data: bytes) -> str:
    """Return tab or semicolon if the first lines have many of them and hardly a comma, else comma."""
    head = b"\n".join(data[:20_000].split(b"\n")[:_HEADER_DEPTH])
    for other in ("\t", ";"):
        if head.count(other.encode()) > 3 * head.count(b","):
            return other
    return ","


def _reader(data: bytes, delimiter: str, name: str = "the file") -> Iterator[tuple[list[str], int]]:
    """Yield the records of a text with the number of lines read up to the end of each."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield row, reader.line_num
    except csv.Error as error:  # a cell of more than 128 KiB is a quotation mark that nothing closes
        msg = f"{name}, near line {reader.line_num}: the text cannot be split into cells ({error}); is it truncated?"
        raise ReadError(msg) from error


def _first_records(name: str, data: bytes, delimiter: str) -> tuple[list[list[str]], list[int]]:
    records = list(islice(_reader(data, delimiter, name), _HEADER_DEPTH))
    return [row for row, _ in records], [line for _, line in records]


def _text_table(
    file: SourceFile, data: bytes, header: list[str], *, delimiter: str, header_end: int, above: str
) -> RawTable:
    names = _header_names(header)
    schema = {f"c{i}": pl.String for i in range(len(names))}
    # A header of our own stands over the rows: polars would take the width of a file without one from its first row.
    body = _with_header(data, header_end, delimiter.join(schema))
    if body.count(b"\n", 0, -1) == 0 or not body[body.index(b"\n") :].strip():
        return _finish(file, pl.DataFrame(schema=schema), names, above=above, lines=_no_lines)
    _refuse_cut_text(file.name, body, delimiter, len(names))
    try:
        frame = _read_body(body, schema, delimiter, truncate=False)
    except pl.exceptions.ComputeError:
        _report_long_rows(file.name, body, delimiter, header_end, len(names))
        try:
            frame = _read_body(body, schema, delimiter, truncate=True)
        except pl.exceptions.ComputeError as error:
            msg = f"{file.name}: the text cannot be split into cells, a quotation mark is never closed (truncated?)"
            raise ReadError(msg) from error

    def lines(rows: list[int]) -> list[int]:
        return _record_lines(_with_header(_text(file), header_end, ""), delimiter, header_end, rows)

    return _finish(file, frame, names, above=above, lines=lines)


def _read_body(body: bytes, schema: dict[str, type[pl.String]], delimiter: str, *, truncate: bool) -> pl.DataFrame:
    return pl.read_csv(body, schema=schema, separator=delimiter, truncate_ragged_lines=truncate, infer_schema=False)


def _with_header(data: bytes, count: int, header: str) -> bytes:
    """Return the text with its first ``count`` lines replaced by one."""
    position = -1
    for _ in range(count):
        position = data.find(b"\n", position + 1)
        if position < 0:
            position = len(data)
            break
    return b"".join((header.encode(), b"\n", memoryview(data)[position + 1 :]))


def _refuse_cut_text(name: str, body: bytes, delimiter: str, width: int) -> None:
    """Refuse a text whose last line is cut off: it is short, unended, and all other rows have every cell.

    Where other rows are short too, short rows are the manner of the file and tell nothing.
    """
    if body.endswith((b"\n", b"\r")):
        return
    last = next(csv.reader([body[body.rfind(b"\n") + 1 :].decode(errors="replace")], delimiter=delimiter), [])
    if len(last) >= width or body.count(b"\n") < 2:
        return
    widths = [len(row) for row, _ in islice(_reader(body, delimiter), 1, None) if row]
    if len(widths) > 1 and all(each >= width for each in widths[:-1]):
        msg = (
            f"{name}: the file is truncated: the last row has {widths[-1]} of {width} cells and no line end, "
            "every other row is whole"
        )
        raise ReadError(msg)


def _report_long_rows(name: str, body: bytes, delimiter: str, header_end: int, width: int) -> None:
    """Warn of rows with more cells than the header names, unless the surplus cells are empty."""
    found: list[str] = []
    count = 0
    for row, line in islice(_reader(body, delimiter), 1, None):
        surplus = [cell for cell in row[width:] if cell.strip()]
        if surplus:
            count += 1
            if len(found) < _EXAMPLES:
                found.append(f"line {header_end + line - 1}: {surplus[0][:40]!r}")
    if count:
        rows = "1 row has" if count == 1 else f"{count:,} rows have"
        msg = f"{name}: {rows} more cells than the header ({width}); the surplus is left out ({'; '.join(found)})"
        warnings.warn(msg, UserWarning, stacklevel=2)


def _record_lines(body: bytes, delimiter: str, header_end: int, rows: list[int]) -> list[int]:
    """Return the first line of each wanted record; blank lines are no records."""
    wanted = set(rows)
    found: dict[int, int] = {}
    number, end = -1, 1
    for row, line in islice(_reader(body, delimiter), 1, None):
        start, end = end + 1, line
        if not any(cell.strip() for cell in row):
            continue
        number += 1
        if number in wanted:
            found[number] = header_end + start - 1
            if len(found) == len(wanted):
                break
    return [found.get(row, 0) for row in rows]


def _no_lines(rows: list[int]) -> list[int]:
    return [0 for _ in rows]


# --- workbooks and Parquet --------------------------------------------------------------------------------------------


def _from_sheet(file: SourceFile, sheet: str, is_header: HeaderTest) -> RawTable | list[str]:
    frame = read_sheet(file, sheet)
    if frame.is_empty():
        return []
    head = [[cell or "" for cell in row] for row in frame.head(_HEADER_DEPTH).iter_rows()]
    for i, row in enumerate(head):
        if not is_header(header_keys(row)):
            continue
        body = frame.slice(i + 1)
        above = " ".join(cell for cells in head[:i] for cell in cells if cell)
        filled = _not_blank(body)
        numbers = body.select((pl.int_range(pl.len()) + i + 2).alias("line")).filter(filled)["line"]
        positions = numbers.to_list()

        def lines(rows: list[int], positions: list[int] = positions) -> list[int]:
            return [positions[row] for row in rows]

        return _finish(file, body, _header_names(row), above=above, lines=lines, sheet=sheet)
    return _best(head)


def _from_parquet(file: SourceFile, is_header: HeaderTest) -> RawTable | list[str]:
    try:
        frame = pl.read_parquet(io.BytesIO(file.data))
    except (pl.exceptions.PolarsError, OSError) as error:
        msg = f"{file.name}: the Parquet file is damaged ({error})"
        raise ReadError(msg) from error
    if not is_header(header_keys(frame.columns)):
        return frame.columns
    text = frame.select(pl.all().cast(pl.String))
    return _finish(file, text, frame.columns, above="", lines=lambda rows: [row + 1 for row in rows])


# --- common end -------------------------------------------------------------------------------------------------------


def _not_blank(frame: pl.DataFrame) -> pl.Series:
    if frame.width == 0:
        return pl.Series([], dtype=pl.Boolean)
    return frame.select(
        pl.any_horizontal((pl.all().is_not_null()) & (pl.all().str.strip_chars() != "")).fill_null(value=False)
    ).to_series()


def _finish(
    file: SourceFile,
    frame: pl.DataFrame,
    names: list[str],
    *,
    above: str,
    lines: Callable[[list[int]], list[int]],
    sheet: str | None = None,
) -> RawTable:
    """Name the columns, strip the cells, drop blank rows and nameless columns without a cell."""
    width = min(len(names), frame.width)
    frame = frame.select(frame.columns[:width]).rename(dict(zip(frame.columns[:width], names[:width], strict=True)))
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(missing) for missing in names[width:])
    filled = _not_blank(frame)
    if not filled.all():
        frame = frame.filter(filled)
    # An empty cell and an absent one are the same. Most columns need nothing, and are not copied then.
    untidy = frame.select(pl.all().str.contains(r"^\s|\s$|^$").any())
    frame = frame.with_columns(
        pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name).str.strip_chars()).alias(name)
        for name in frame.columns
        if frame.height and untidy[name].item()
    )
    nameless = [c for c in frame.columns if snake(c).startswith("column_") and frame[c].null_count() == frame.height]
    name = file.name if sheet is None else f"{file.name}, sheet {sheet!r}"
    return RawTable(name, file.name, sheet, file.path, frame.drop(nameless), above, lines)
