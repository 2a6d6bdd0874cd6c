"""The way from a caller's source to one frame, the same for every reader."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import polars as pl

from schoolframe.exceptions import ReadError
from schoolframe.readers._columns import NOT_IN_FILE, ColumnPicker, Unknown, check_unknown, complain
from schoolframe.readers._products import PRODUCTS, Product, looks_like, missing_groups
from schoolframe.readers._sources import Source, SourceFile, iter_sources
from schoolframe.readers._tabular import RawTable, find_tables, header_keys

__all__ = ["Build", "check_unique", "load", "raw_tables"]

Build = Callable[[ColumnPicker], pl.DataFrame]

_EXAMPLES = 5


def load(
    source: Source | list[SourceFile], product: str, unknown: Unknown, build: Build, *, sheet: str | None = None
) -> pl.DataFrame:
    """Read every file of a source as one product and put the frames under each other.

    Args:
        source: What the caller of the reader passed, or files already opened.
        product: Name in :data:`schoolframe.readers._products.PRODUCTS`.
        unknown: What to do about doubtful cells, ``raise`` or ``warn``.
        build: Makes the frame of one table.
        sheet: Name of the sheet to read of a workbook; the first that looks right if not given.

    Returns:
        One frame with a last column ``source_file``.

    Raises:
        ReadError: If a file is not of the product, or has no rows, or a cell is wrong and ``unknown`` is ``raise``.
    """
    check_unknown(unknown)
    frames = []
    for table in raw_tables(source, PRODUCTS[product], product, sheet):
        built = build(ColumnPicker(table, unknown))
        frames.append(built.with_columns(pl.lit(table.file).alias("source_file")))
    if len(frames) == 1:
        return frames[0]
    joined = pl.concat(frames, how="diagonal_relaxed")
    # A measure that only some of the files have is missing for a reason as well.
    measures = [name for name in joined.columns if f"{name}_reason" in joined.columns]
    return joined.with_columns(
        pl.when(pl.col(name).is_null() & pl.col(f"{name}_reason").is_null())
        .then(pl.lit(NOT_IN_FILE))
        .otherwise(pl.col(f"{name}_reason"))
        .alias(f"{name}_reason")
        for name in measures
    ).select(pl.exclude("source_file"), "source_file")


def raw_tables(
    source: Source | list[SourceFile], product: Product, name: str, sheet: str | None = None
) -> Iterator[RawTable]:
    """Yield the tables of a product in a source, one per file; other members of an archive are passed over.

    Raises:
        ReadError: If a file the caller named, or every member of an archive, is something else.
    """
    passed: dict[str, list[str]] = {}
    read_from: set[str] = set()
    for file in _files(source):
        tables, others = find_tables(file, product.matches)
        if sheet is not None and file.kind == "workbook":
            there = ", ".join(repr(table.sheet) for table in tables) or "none"
            tables = [table for table in tables if table.sheet == sheet]
            if not tables:
                msg = f"{file.name}: there is no sheet {sheet!r} that is {product.label}; sheets that are: {there}"
                raise ReadError(msg)
        if tables:
            if file.archive:
                read_from.add(file.archive)
            if len(tables) > 1:
                left = ", ".join(repr(table.sheet) for table in tables[1:])
                msg = f"{tables[0].name} is read, not the other sheets like it: {left}"
                warnings.warn(msg, UserWarning, stacklevel=4)
            yield _with_rows(tables[0])
            continue
        message = _refusal(file, product, name, others)
        if file.archive is None:
            raise ReadError(message)
        passed.setdefault(file.archive, []).append(message)
    for archive, messages in passed.items():
        if archive not in read_from:
            messages.sort(key=lambda message: PRODUCTS["metadata"].label in message)  # what matters first
            raise ReadError("\n".join(messages[:_EXAMPLES]))


def _files(source: Source | list[SourceFile]) -> Iterator[SourceFile]:
    if isinstance(source, list) and source and all(isinstance(file, SourceFile) for file in source):
        yield from cast("list[SourceFile]", source)
    else:
        yield from iter_sources(cast("Source", source))


def _with_rows(table: RawTable) -> RawTable:
    if table.frame.is_empty():
        msg = f"{table.name}: there is a header but no row below it"
        raise ReadError(msg)
    return table


def _refusal(file: SourceFile, product: Product, name: str, headers: list[list[str]]) -> str:
    header = max(headers, key=lambda row: len(header_keys(row)), default=[])
    keys = header_keys(header)
    if not keys:
        return f"{file.name}: this is not {product.label}, it has no header"
    guess = looks_like(keys, but=name)
    if guess:
        return f"{file.name}: this is not {product.label}; {guess}"
    lacking = " and ".join(
        f"none of {', '.join(group[:4])}" if len(group) > 1 else f"no {group[0]}"
        for group in missing_groups(product, keys)
    )
    shown = [cell for cell in header if cell.strip()]
    seen = ", ".join(cell[:40] for cell in shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")
    return (
        f"{file.name}: this is not {product.label}: there is {lacking or 'a column of another product'} (found {seen})"
    )


def check_unique(frame: pl.DataFrame, keys: Sequence[str], what: str, unknown: Unknown, needed: str = "") -> None:
    """Report rows that share a key.

    Args:
        frame: The frame read.
        keys: The columns that tell its rows apart.
        what: What a row is, in the plural, for the message.
        unknown: ``raise`` or ``warn``.
        needed: Rows in which this column is null count as keyless; the first of ``keys`` if not given.

    Raises:
        ReadError: If rows share a key and ``unknown`` is ``raise``.
    """
    held = frame.drop_nulls(needed or keys[0]) if frame[needed or keys[0]].null_count() else frame
    if held.select(keys).hash_rows().n_unique() == held.height:
        return
    repeated = (
        held.lazy()
        .select(*keys, pl.col("source_file").alias("_file"))
        .group_by(keys, maintain_order=True)
        .agg(pl.len().alias("rows"), pl.col("_file").unique().sort().str.join(" and ").alias("files"))
        .filter(pl.col("rows") > 1)
        .collect()
    )
    if repeated.is_empty():
        return
    examples = "; ".join(
        ", ".join(f"{name} {row[name]}" for name in keys if row[name] is not None and name != "source_file")
        + f" ({row['rows']} rows)"
        for row in repeated.head(_EXAMPLES).iter_rows(named=True)
    )
    count = repeated.height
    keys_text = "key stands" if count == 1 else "keys stand"
    files = repeated["files"][0]
    complain([f"{files}: {count:,} {keys_text} more than once among the {what}: {examples}"], unknown)
