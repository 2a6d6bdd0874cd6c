"""Picking the columns of a table by name and turning their text into values, every doubtful cell reported."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe.exceptions import InputError, ReadError
from schoolframe.readers._dates import find_bad_dates, parse_dates
from schoolframe.readers._names import key, snake
from schoolframe.readers._values import to_numbers
from schoolframe.readers._years import academic_year, check_year, year_from_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schoolframe.readers._tabular import RawTable

__all__ = ["NOT_IN_FILE", "URN_NAMES", "ColumnPicker", "Unknown", "check_unknown", "complain"]

Unknown = Literal["raise", "warn"]

URN_NAMES = ("URN", "school_urn", "Unique reference number", "Unique reference number (URN)")
_EXAMPLES = 5
# The reason where the file has no column for a measure that other years or releases have.
NOT_IN_FILE = "not_in_file"
# Words that stand in a key column of a row that is no school: totals of the country, an authority or a kind of school.
_NO_KEY = frozenset({"", "nat", "na", "n/a", "null", "total", "z", "x", "-", ".", "none", "not applicable"})
# Names of columns whose digits are no quantity.
_LABEL = re.compile(
    r"(^|_)(code|codes|ukprn|urn|uprn|uid|id|estab|laestab|number|postcode|tel|telnum|telephone|phone|year|date)(_|$)"
)
# Words in their establishment number that name the kind of school.
_KINDS = frozenset({"pri", "sec", "spe"})


def check_unknown(unknown: str) -> None:
    """Refuse any word but ``raise`` and ``warn``."""
    if unknown not in ("raise", "warn"):
        msg = f"unknown: must be 'raise' or 'warn', not {unknown!r}"
        raise InputError(msg)


def complain(messages: Iterable[str], unknown: Unknown) -> None:
    """Raise all messages as one :class:`ReadError`, or give a warning for each.

    Raises:
        ReadError: If there are messages and ``unknown`` is ``raise``.
    """
    listed = list(messages)
    if not listed:
        return
    if unknown == "raise":
        listed.append("Pass unknown='warn' to read on; cells that cannot be read are null then.")
        raise ReadError("\n".join(listed))
    for message in listed:
        warnings.warn(message, UserWarning, stacklevel=4)


class ColumnPicker:
    r"""The columns of one raw table, taken one after the other by name, and the frame that grows from them.

    A column is found by any of its published names; spelling, case, spaces and punctuation do not count. What nobody
    took is left for :meth:`rest`. Faults are collected and raised together by :meth:`frame`.

    Example:
        >>> from schoolframe.readers._sources import SourceFile
        >>> from schoolframe.readers._tabular import find_tables
        >>> tables, _ = find_tables(SourceFile("a.csv", "a.csv", b"URN,Roll\n1,20", "text"), lambda names: True)
        >>> picker = ColumnPicker(tables[0], "raise")
        >>> picker.whole("urn", "URN")
        >>> picker.rest()
        >>> picker.frame()["urn", "roll"].row(0)
        (1, '20')
    """

    def __init__(self, table: RawTable, unknown: Unknown) -> None:
        self.table = table
        self.unknown: Unknown = unknown
        self.height = table.frame.height
        self._names: dict[str, str] = {}
        for name in table.frame.columns:
            self._names.setdefault(key(name), name)
        self._taken: set[str] = set()
        self._out: dict[str, pl.Series] = {}
        self._late: dict[str, pl.Series] = {}
        self._reasons: dict[str, pl.Series] = {}
        self._faults: list[str] = []

    # --- finding ---

    def column(self, names: Iterable[str]) -> str | None:
        """Return the name in the file of the first of ``names`` that the table has, untaken; None if it has none."""
        for name in names:
            found = self._names.get(key(name))
            if found is not None and found not in self._taken:
                return found
        return None

    def take(self, *names: str) -> pl.Series:
        """Return the text of the first column found and mark it as taken; all null if there is none."""
        found = self.column(names)
        if found is None:
            return pl.Series(names[0] if names else "", [None] * self.height, dtype=pl.String)
        self._taken.add(found)
        return self.table.frame[found]

    def peek(self, *names: str) -> pl.Series:
        """Return the text of the first column found, leaving it for others to take; all null if there is none."""
        for name in names:
            found = self._names.get(key(name))
            if found is not None:
                return self.table.frame[found]
        return pl.Series("", [None] * self.height, dtype=pl.String)

    def has(self, *names: str) -> bool:
        """Say whether the table has one of the columns, taken or not."""
        return any(key(name) in self._names for name in names)

    @property
    def left(self) -> list[str]:
        """The names of the columns nobody has taken, as in the file."""
        return [name for name in self.table.frame.columns if name not in self._taken]

    # --- converting ---

    def put(self, out: str, values: pl.Series) -> None:
        """Add a finished column."""
        self._out[out] = values.alias(out)

    def put_reason(self, out: str, reasons: pl.Series) -> None:
        """Add the column that says why numbers of ``out`` are missing."""
        self._reasons[f"{out}_reason"] = reasons.alias(f"{out}_reason")

    def get(self, out: str) -> pl.Series:
        """Return a column that was added."""
        return self._out[out] if out in self._out else self._late[out]

    def text(self, out: str, *names: str) -> None:
        """Add a column of text; ``NULL`` is null."""
        cells = self.take(*names)
        self.put(out, pl.select(pl.when(cells.str.to_uppercase() != "NULL").then(cells)).to_series())

    def whole(self, out: str, *names: str, dtype: type[pl.Int64 | pl.Int32 | pl.Int16 | pl.Int8] = pl.Int64) -> None:
        """Add a column of whole numbers that carry no codes, such as keys and ages; words for a total are null."""
        cells = self.take(*names)
        clean = cells.str.replace_all(",", "").str.replace(r"\.0+$", "")
        values = clean.cast(dtype, strict=False)
        told = cells.str.to_lowercase().is_in(list(_NO_KEY)).fill_null(value=True)
        self.fault(cells, values.is_null() & ~told, "a whole number")
        self.put(out, values)

    def measure(self, out: str, *names: str, whole: bool = False, overrides: Mapping[str, str] | None = None) -> None:
        """Add a column of numbers and, at the end of the frame, ``<out>_reason`` that says why a number is missing.

        Args:
            out: Name of the column.
            names: Its published names.
            whole: Whether only whole numbers are right; the column is Int64 then, else Float64.
            overrides: Codes that mean something else in this product.
        """
        absent = self.column(names) is None
        cells = self.take(*names)
        values, reasons, wrong = to_numbers(cells, overrides)
        self.fault(cells, wrong, "a number or a known code")
        if whole:
            broken = (values != values.floor()).fill_null(value=False)
            self.fault(cells, broken, "a whole number")
            values = pl.select(pl.when(~broken).then(values)).to_series().cast(pl.Int64, strict=False)
            reasons = pl.select(pl.when(broken).then(pl.lit("unknown")).otherwise(reasons)).to_series()
        if absent:
            reasons = pl.Series([NOT_IN_FILE] * self.height, dtype=pl.String)
        self.put(out, values)
        self.put_reason(out, reasons)

    def date(self, out: str, *names: str) -> None:
        """Add a column of dates."""
        cells = self.take(*names)
        values = parse_dates(cells)
        self.fault(cells, find_bad_dates(cells, values), "a date that exists in a form that is known")
        self.put(out, values)

    def flag(self, out: str, *names: str) -> None:
        """Add a Boolean column from 1 and 0, yes and no, true and false; anything else is null."""
        cells = self.take(*names).str.to_lowercase()
        yes = cells.is_in(["1", "yes", "y", "true"])
        no = cells.is_in(["0", "no", "n", "false"])
        self.put(out, pl.select(pl.when(yes).then(True).when(no).then(False)).to_series().cast(pl.Boolean))

    def codes(self, out: str, mapping: Mapping[str, str | int | None], what: str, *names: str) -> None:
        """Add a column of words from a closed list; a word not in ``mapping`` (lower case) is reported."""
        cells = self.take(*names)
        dtype = pl.Int8 if any(isinstance(value, int) for value in mapping.values()) else pl.String
        lowered = cells.str.to_lowercase()
        values = lowered.replace_strict(dict(mapping), default=None, return_dtype=dtype)
        known = lowered.is_in(list(mapping)).fill_null(value=True)
        self.fault(cells, ~known, what)
        self.put(out, values)

    def keys(self, *, la: Iterable[str], estab: Iterable[str], laestab: Iterable[str]) -> None:
        """Add ``la``, ``estab`` (text, zeros kept) and ``laestab``, each filled from the others where it can be."""
        numbers = self._digits(self.take(*laestab), "an authority and establishment number (seven digits)", 7)
        la_text = self._digits(self.take(*la), "the number of an authority (three digits)", 3)
        estab_text = self._digits(self.take(*estab), "an establishment number (four digits)", 4)
        frame = pl.DataFrame({"both": numbers, "la": la_text, "estab": estab_text}).select(
            la=pl.coalesce("la", pl.col("both").str.head(3)),
            estab=pl.coalesce("estab", pl.col("both").str.tail(4)),
            both=pl.coalesce("both", pl.col("la") + pl.col("estab")),
        )
        self.put("la", frame["la"])
        self.put("estab", frame["estab"])
        self.put("laestab", frame["both"].cast(pl.Int64, strict=False))

    def _digits(self, cells: pl.Series, what: str, length: int) -> pl.Series:
        told = cells.str.to_lowercase().is_in([*_NO_KEY, *_KINDS]).fill_null(value=True)
        clean = cells.str.replace(r"\.0+$", "").str.replace_all(r"[/ -]", "")
        right = clean.str.contains(rf"^\d{{1,{length}}}$").fill_null(value=False)
        self.fault(cells, ~right & ~told, what)
        return pl.select(pl.when(right).then(clean.str.zfill(length))).to_series()

    def year(self, given: int | None, *names: str) -> None:
        """Add ``year``: the academic year's end from a column, else the one given, else from the name of the file."""
        check_year(given)
        found = self.column(names)
        if found is None:
            number = given if given is not None else year_from_path(self.table.path)
            self.put("year", pl.Series([number] * self.height, dtype=pl.Int32))
            return
        cells = self.take(found)
        distinct = cells.unique().drop_nulls()
        years = {text: academic_year(text) for text in distinct}
        values = cells.replace_strict(years, default=None, return_dtype=pl.Int32) if years else cells.cast(pl.Int32)
        self.fault(cells, values.is_null() & cells.is_not_null(), "an academic year such as 201819")
        self.put("year", values)

    def drop_formulas(self) -> None:
        """Leave out columns of formulas, which show a word such as Report instead of an address."""
        for name in self.left:
            cells = self.table.frame[name].drop_nulls()
            if key(name) in ("reporurl", "reporturl", "weblink", "weblinkopensinnewwindow") and not (
                cells.str.contains("(?i)^http").any()
            ):
                self._taken.add(name)

    def strict_rest(self, pattern: str) -> None:
        """Add as measures, under their names in lower case, the columns nobody took whose name matches a pattern."""
        for name in self.left:
            if re.search(pattern, snake(name)):
                self.measure(snake(name), name)

    def rest(self, *, numbers: bool = False) -> None:
        """Add every column nobody took under its name in lower case.

        Args:
            numbers: Whether a column with nothing but numbers and known codes becomes a measure; else all are text.
                Columns that are named as codes, keys or addresses stay text in any case.
        """
        for name in self.left:
            base = snake(name) or "column"
            out, number = base, 1
            while out in self._out or out in self._late:
                number += 1
                out = f"{base}_{number}"
            cells = self.table.frame[name]
            self._taken.add(name)
            if numbers and not _LABEL.search(base):
                values, reasons, wrong = to_numbers(cells)
                if not wrong.any() and values.null_count() < len(values):
                    self._late[out] = values.alias(out)
                    self.put_reason(out, reasons)
                    continue
            self._late[out] = cells.alias(out)

    # --- faults and the end ---

    def fault(self, cells: pl.Series, wrong: pl.Series, what: str) -> None:
        """Collect a message about the cells marked as wrong."""
        wrong = wrong.fill_null(value=False)
        count = int(wrong.sum())
        if not count:
            return
        rows = wrong.arg_true().head(_EXAMPLES).to_list()
        self._faults.append(self.describe(cells.name, rows, [str(cells[row]) for row in rows], count, what))

    def describe(self, column: str, rows: list[int], values: list[str], count: int, what: str) -> str:
        """Return the message about cells of one column that are not what they should be."""
        lines = self.table.lines(rows)
        text = f"{self.table.name}, line {lines[0]}, column {column}: {_short(values[0])} is not {what}"
        if count > 1:
            more = ", ".join(f"line {line} {_short(value)}" for line, value in zip(lines[1:], values[1:], strict=True))
            rest = f" and {count - len(rows):,} more" if count > len(rows) else ""
            text += f" ({count:,} such cells; also {more}{rest})"
        return text

    def add_fault(self, message: str) -> None:
        """Collect a message of another kind."""
        self._faults.append(f"{self.table.name}: {message}")

    def settle(self) -> None:
        """Report the faults collected so far.

        Raises:
            ReadError: If there are any and the caller asked for errors.
        """
        faults, self._faults = self._faults, []
        complain(faults, self.unknown)

    def frame(self) -> pl.DataFrame:
        """Return the columns added so far; report what was wrong.

        Raises:
            ReadError: If a cell was wrong and the caller asked for errors.
        """
        self.settle()
        return pl.DataFrame([*self._out.values(), *self._late.values(), *self._reasons.values()])


def _short(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "...")
