"""From a tidy frame to the tables that disclosure control protects: cells by group and school, and which are totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from schoolframe._arguments import require_text, require_texts
from schoolframe._column_checks import listed, refuse
from schoolframe._frames import require_columns
from schoolframe._key_columns import is_key
from schoolframe._key_columns import key as whole_key
from schoolframe._number_columns import as_numbers, refuse_rows
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_COUNT", "Layout", "Part", "Row", "make_layout", "parts", "whole_counts"]

MAX_COUNT = 2**40
"""Largest count that is taken."""

Row: TypeAlias = "tuple[int, int | None, int | None, int | None, bool, tuple[int, int, bool] | None]"
"""Grouping, group, school, count, whether it is withheld, and, for a numerator, its limits and whether it is small."""


@dataclass(frozen=True)
class Layout:
    """Which columns say where a cell stands.

    Attributes:
        count: Column of the counts.
        group: Column of the groups, if cells stand for groups.
        school: Column of the schools, if cells stand for schools.
        grouping: Column that tells ways of splitting the pupils apart.
        by: Columns whose values keep tables apart.
        total: Text that marks a total beside null.
    """

    count: str
    group: str | None
    school: str | None
    grouping: str | None
    by: tuple[str, ...]
    total: str

    @property
    def keys(self) -> list[str]:
        """Columns that say which cell a row is."""
        return [*self.by, *(name for name in (self.school, self.grouping, self.group) if name is not None)]


@dataclass(frozen=True)
class Part:
    """Tables that share nothing with others.

    Attributes:
        rows: Positions of its rows in the frame.
        cells: What the native library takes.
        names: Values behind the numbers of groupings, groups and schools.
        label: Values of ``by``, for messages.
    """

    rows: list[int]
    cells: list[Row]
    names: tuple[list[Any], list[Any], list[Any]]
    label: str

    def describe(self, grouping: int, group: int | None, school: int | None) -> str:
        """Return what a cell is called in a message."""
        groupings, groups, schools = self.names
        words = [self.label] if self.label else []
        words += [f"school {schools[school]}"] if school is not None and schools else []
        words += [f"'{groupings[grouping]}'"] if group is None and len(groupings) > 1 else []
        words += [f"group '{groups[group]}'"] if group is not None and groups else []
        return ", ".join(words) or "all"


def make_layout(
    frame: pl.DataFrame,
    count: str,
    group: str | None,
    school: str | None,
    grouping: str | None,
    by: str | Sequence[str],
    total: str,
) -> tuple[pl.DataFrame, Layout]:
    """Check the columns that say where a cell stands; return the frame with float keys made whole, and their names.

    Example:
        >>> frame = pl.DataFrame({"urn": [1.0, None], "group": ["fsm", "fsm"], "n": [4, 4]})
        >>> frame, layout = make_layout(frame, "n", "group", "urn", None, (), "total")
        >>> layout.keys, frame["urn"].to_list()
        (['urn', 'group'], [1, None])
    """
    given = {"count": count, "total": total, "group": group, "school": school, "grouping": grouping}
    for argument, value in given.items():
        if value is not None or argument in ("count", "total"):
            require_text(value, argument, f"'{argument}'")
    layout = Layout(count, group, school, grouping, tuple(require_texts(by, "by")), total)
    if group is None and school is None:
        msg = "group, school: name the column of the groups, that of the schools, or both"
        raise InputError(msg)
    if grouping is not None and group is None:
        msg = "grouping: ways of splitting the pupils need the column of their groups: group="
        raise InputError(msg)
    require_columns(frame, [*layout.keys, count])
    names = [*layout.keys, count]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        msg = f"frame: column '{double[0]}' is named twice among count, group, school, grouping and by"
        raise InputError(msg)
    for name in layout.keys:
        dtype = frame.schema[name]
        if not (is_key(dtype) or dtype.is_float()):
            msg = f"frame: column '{name}' must hold texts or whole numbers, it holds {dtype}"
            raise InputError(msg)
        frame = whole_key(frame, name, "frame")
    return frame, layout


def whole_counts(frame: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of counts as Int64; NaN is missing.

    Raises:
        InputError: For a column that holds no numbers, or counts that are infinite, negative, not whole or enormous.

    Example:
        >>> whole_counts(pl.DataFrame({"n": [4.0, None, float("nan")]}), "n").to_list()
        [4, None, None]
    """
    column: pl.Series = frame[name]
    number = as_numbers(column)
    refuse_rows(column, number != number.floor(), "must hold whole numbers")
    refuse_rows(column, (number < 0) | (number > MAX_COUNT), f"must hold counts from 0 to {MAX_COUNT}")
    counts: pl.Series = number.cast(pl.Int64)
    return counts


def parts(frame: pl.DataFrame, layout: Layout, counts: pl.Series, withheld: list[bool]) -> list[Part]:
    """Return the tables of a frame, those with different values of ``by`` apart.

    Raises:
        InputError: For a cell that stands in several rows, a group without grouping, or totals of one school that
            differ.
    """
    ways = _keys(frame, layout.grouping, layout.total)
    groups = _keys(frame, layout.group, layout.total)
    schools = _keys(frame, layout.school, layout.total)
    numbers: list[int | None] = counts.to_list()
    if layout.grouping is not None:
        lost = [
            row for row, (way, group) in enumerate(zip(ways, groups, strict=True)) if way is None and group is not None
        ]
        broken = [f"{groups[row]!r} (row {row})" for row in lost]
        refuse("frame", layout.grouping, "must say which grouping a group belongs to", broken)
    keyed: dict[tuple[Any, ...], list[int]] = {}
    for row, key in enumerate(frame.select(layout.by).rows() if layout.by else [()] * frame.height):
        keyed.setdefault(key, []).append(row)
    found = []
    for key, rows in keyed.items():
        label = ", ".join(f"{name} {value}" for name, value in zip(layout.by, key, strict=True))
        where = [(ways[row], groups[row], schools[row]) for row in rows]
        names = tuple(_sorted({one[at] for one in where} - {None}) for at in range(3))
        at_way, at_group, at_school = ({value: at for at, value in enumerate(known)} for known in names)
        cells: list[Row] = []
        for row, (way, group, school) in zip(rows, where, strict=True):
            # A frame of schools alone holds one group, a frame of groups alone one school.
            group_at = 0 if layout.group is None else at_group.get(group)
            school_at = 0 if layout.school is None else at_school.get(school)
            cells.append((at_way.get(way, 0), group_at, school_at, numbers[row], withheld[row], None))
        part = Part(rows, cells, names, label)  # type: ignore[arg-type]  # three lists
        _refuse_doubles(part, layout, ways)
        found.append(part)
    return found


def _keys(frame: pl.DataFrame, name: str | None, total: str) -> list[Any]:
    """Return the values of a key column; null and the word for totals are None."""
    if name is None:
        return [None] * frame.height
    column = frame[name]
    if column.dtype.is_integer() or column.dtype == pl.Boolean:
        return column.to_list()
    word = total.strip().lower()
    texts = column.cast(pl.String).to_list()
    return [None if text is None or text.strip().lower() == word else text for text in texts]


def _sorted(values: set[Any]) -> list[Any]:
    return sorted(values)


def _refuse_doubles(part: Part, layout: Layout, ways: list[Any]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    totals: dict[int | None, tuple[int | None, bool]] = {}
    for row, (way, group, school, count, withheld, _) in zip(part.rows, part.cells, strict=True):
        key = (ways[row] if group is None else way, group, school)
        if key in seen:
            msg = (
                f"frame: a cell must stand in one row; {part.describe(way, group, school)} stands in rows {seen[key]} "
                f"and {row}; columns that keep tables apart are named in by="
            )
            raise InputError(msg)
        seen[key] = row
        if group is not None:
            continue
        known = totals.setdefault(school, (count, withheld))
        if known != (count, withheld):
            values = listed([str(known[0]), str(count)], " and ")
            msg = (
                f"frame: the total of {part.describe(way, None, school)} must be the same in every grouping, it is "
                f"{values}; groupings of different pupils are kept apart by by=['{layout.grouping}']"
            )
            raise InputError(msg)
