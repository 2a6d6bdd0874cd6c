"""The cells that were not numbers, kept in one byte each until somebody asks for them.

A national table has millions of cells without a number. Beside each frame of numbers stands a frame of codes with only
those columns that have any; the long frame, one row for each such cell, is built from it on request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from schoolframe.exceptions import UnknownNameError
from schoolframe.readers._cells import code_table, meaning_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schoolframe.readers._performance_layouts import Level

__all__ = ["CODES_SCHEMA", "CodedRows", "count_codes", "long_codes"]

CODES_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "year": pl.Int32,
    "table": pl.String,
    "source": pl.String,
    "line": pl.UInt32,
    "rectype": pl.Int8,
    "la": pl.String,
    "urn": pl.Int64,
    "column": pl.String,
    "text": pl.String,
    "meaning": pl.String,
}


@dataclass(frozen=True)
class CodedRows:
    """The codes of the rows of one level of one file.

    Attributes:
        level: School, authority or national.
        keys: The columns of the long frame that say which row it is; as long as ``codes``.
        codes: One UInt8 column for each column that has a code; 0 is a number.
        texts: Cells whose text is not the one their code stands for: ``row`` (UInt32), ``column``, ``text``.
    """

    level: Level
    keys: pl.DataFrame = field(repr=False)
    codes: pl.DataFrame = field(repr=False)
    texts: pl.DataFrame = field(repr=False)


def long_codes(
    parts: Iterable[CodedRows], columns: Sequence[str] | None = None, meanings: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return one row for each cell that is not a number, part by part, by line and column.

    Args:
        parts: The codes.
        columns: Only these columns.
        meanings: Only these meanings.

    Returns:
        A frame with the columns of :data:`CODES_SCHEMA`.

    Raises:
        UnknownNameError: If there is no such meaning.
    """
    wanted = None if meanings is None else _codes_of(meanings)
    frames = [frame for part in parts for frame in _long_part(part, columns, wanted)]
    if not frames:
        return pl.DataFrame(schema=CODES_SCHEMA)
    return pl.concat(frames).select(pl.col(name).cast(dtype) for name, dtype in CODES_SCHEMA.items())


def count_codes(parts: Iterable[CodedRows]) -> pl.DataFrame:
    """Return how many cells of each column have each meaning, without building the long frame.

    Args:
        parts: The codes.

    Returns:
        ``column``, ``meaning`` (String) and ``cells`` (UInt32), sorted.
    """
    counts: dict[tuple[str, int], int] = {}
    for part in parts:
        for column in part.codes.iter_columns():
            for code, cells in column.value_counts().iter_rows():
                if code:
                    counts[column.name, code] = counts.get((column.name, code), 0) + cells
    rows = [(column, code, cells) for (column, code), cells in counts.items()]
    schema = {"column": pl.String, "code": pl.UInt8, "cells": pl.UInt32}
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .join(code_table(), on="code", how="left")
        .group_by("column", "meaning")
        .agg(pl.col("cells").sum())
        .sort("column", "meaning")
    )


def _codes_of(meanings: Sequence[str]) -> list[int]:
    known = meaning_names()
    unknown = [meaning for meaning in meanings if meaning not in known]
    if unknown:
        msg = f"meanings: {unknown[0]!r} is not a meaning; there are {', '.join(known)}"
        raise UnknownNameError(msg)
    return code_table().filter(pl.col("meaning").is_in(list(meanings)))["code"].to_list()


def _long_part(part: CodedRows, columns: Sequence[str] | None, wanted: list[int] | None) -> list[pl.DataFrame]:
    pieces = []
    for place, name in enumerate(part.codes.columns):
        if columns is not None and name not in columns:
            continue
        codes = part.codes[name]
        rows = (codes != 0 if wanted is None else codes.is_in(wanted)).arg_true()
        if rows.len():
            found = pl.DataFrame({"row": rows, "code": codes.gather(rows)})
            pieces.append(found.with_columns(place=pl.lit(place, dtype=pl.UInt32), column=pl.lit(name)))
    if not pieces:
        return []
    cells = pl.concat(pieces).sort("row", "place").join(code_table(), on="code", how="left", maintain_order="left")
    if part.texts.height:
        cells = cells.join(
            part.texts.rename({"text": "odd"}), on=["row", "column"], how="left", maintain_order="left"
        ).with_columns(text=pl.coalesce("odd", "text"))
    return [pl.concat([part.keys[cells["row"]], cells.select("column", "text", "meaning")], how="horizontal")]
