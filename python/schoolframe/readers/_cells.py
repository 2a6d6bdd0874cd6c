"""Cells of published tables: a number, or a code that says why there is none.

The list of codes and the rule that tells numbers from codes live in the native library; this module gives them to the
readers. A code is one byte: 0 stands for a number, :data:`UNKNOWN` for a text that is neither a number nor a code.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from schoolframe import _native

__all__ = ["BLANK", "UNKNOWN", "code_table", "meaning_names", "parse_cells"]

UNKNOWN = 255
BLANK = "blank"


@cache
def code_table() -> pl.DataFrame:
    """Return every code: ``code`` (UInt8), ``text`` as it stands in files (String), ``meaning`` (String).

    Two codes have no text of their own: the cell that a short row does not have, and the unknown text.

    Example:
        >>> code_table().filter(pl.col("text") == "SUPP")["meaning"].item()
        'suppressed'
    """
    return pl.DataFrame(
        _native.cell_codes(),
        schema={"code": pl.UInt8, "text": pl.String, "meaning": pl.String},
        orient="row",
    )


@cache
def meaning_names() -> tuple[str, ...]:
    """Return the meanings that codes can have, in the order of the codes.

    Example:
        >>> meaning_names()[:4]
        ('blank', 'suppressed', 'not_applicable', 'no_entries')
    """
    return tuple(code_table()["meaning"].unique(maintain_order=True))


def parse_cells(cells: pl.Series) -> pl.DataFrame:
    """Return number, code and meaning of the cells of one column.

    Percent signs and thousands separators are dropped: ``61%`` is 61.0 and ``1,234`` is 1234.0. A null cell is blank.

    Args:
        cells: A column of texts.

    Returns:
        A frame of the same height: ``value`` (Float64, null where there is no number), ``code`` (UInt8, 0 for a
        number) and ``meaning`` (String, null for a number, ``unknown`` for a text that is no known code).

    Example:
        >>> parse_cells(pl.Series(["68.30%", "SUPP", "n/a", "4B"])).rows()
        [(68.3, 0, None), (None, 4, 'suppressed'), (None, 17, 'not_applicable'), (None, 255, 'unknown')]
    """
    from schoolframe._plugin import parse_cells as parsed  # noqa: PLC0415 - the plugin needs the built library

    table = code_table()
    meaning = pl.col("code").replace_strict(table["code"], table["meaning"], default=None, return_dtype=pl.String)
    frame: pl.DataFrame = cells.cast(pl.String).to_frame("cell").select(parsed(pl.col("cell")).alias("parsed"))
    return frame.unnest("parsed").with_columns(meaning=meaning)
