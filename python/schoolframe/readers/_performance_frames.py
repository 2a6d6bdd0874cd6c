"""The rows of one level of one file as a frame: key columns of fixed types, then the measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe.exceptions import ReadError
from schoolframe.readers._performance_layouts import grades_changed_within, population_of, year_from_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schoolframe.readers._performance_header import Header
    from schoolframe.readers._performance_layouts import Level

__all__ = ["level_frame", "years_of_rows"]

_EXAMPLES = 5
_URN_OF_CONVERTER = "URN_AC"


def years_of_rows(header: Header, lines: pl.Series, values: pl.DataFrame) -> pl.Series:
    """Return the year of every row: that of the file, or what the column of years says.

    Raises:
        ReadError: If a row says no year, or if the years do not mean the same by a column.
    """
    if header.year is not None:
        return _constant("year", header.year, pl.Int32, lines.len())
    texts = values[header.names[header.keys["year"]]]
    known = {text: year_from_text(text or "") for text in texts.unique().to_list()}
    years = pl.Series("year", [known[text] for text in texts.to_list()], dtype=pl.Int32)
    _refuse(header, lines, texts, years.is_null(), "every row says its year (or pass year=)")
    said = sorted(years.unique().to_list())
    if said and grades_changed_within(header.headers, said[0], said[-1]):
        msg = (
            f"{header.source}: the file holds years before and after 2017, and its grade 5 columns mean A*-C before "
            "2017; read these years apart"
        )
        raise ReadError(msg)
    return years


def level_frame(header: Header, level: Level, lines: pl.Series, values: pl.DataFrame, years: pl.Series) -> pl.DataFrame:
    """Return the frame of one level.

    Args:
        header: What the header says.
        level: School, authority or national.
        lines: The line of each row.
        values: The columns of the file under their names.
        years: The year of each row.

    Returns:
        ``year``, ``table``, ``release``, ``rectype``, for England ``population``, ``la``, ``estab``, ``laestab``,
        ``urn``, ``school_name``, then the other columns in the order of the file.

    Raises:
        ReadError: If a key is not what it should be: a URN with letters, a school without a URN.
    """
    texts = {key: values[header.names[place]] for key, place in header.keys.items()}
    rows = lines.len()
    rectype = _whole(header, lines, texts.get("rectype"), "RECTYPE", rows).cast(pl.Int8).alias("rectype")
    urn = _whole(header, lines, texts.get("urn"), "URN", rows).alias("urn")
    if level == "school":
        _refuse(header, lines, urn.cast(pl.String), urn.is_null(), "a school has a URN")
    if level == "national":
        # Some releases repeat the record type in the column of the authority.
        texts = {key: text for key, text in texts.items() if key not in {"la", "estab", "laestab"}}
    la, estab, laestab = _places(header, lines, texts, rows)
    keys = [
        years,
        _constant("table", header.table, pl.String, rows),
        _constant("release", header.release, pl.String, rows),
        rectype,
    ]
    if level == "national":
        names = population_of(header.table)
        keys.append(rectype.replace_strict(names, default=None, return_dtype=pl.String).alias("population"))
    name = texts.get("school_name", _constant("school_name", None, pl.String, rows))
    keys += [la, estab, laestab, urn, name.alias("school_name")]
    measures = values.drop(header.names[place] for place in header.keys.values())
    if _URN_OF_CONVERTER in measures.columns and measures.schema[_URN_OF_CONVERTER] == pl.Float64:
        measures = measures.with_columns(pl.col(_URN_OF_CONVERTER).cast(pl.Int64))
    return pl.DataFrame(keys).hstack(measures)


def _constant(name: str, value: str | int | None, dtype: type[pl.DataType], rows: int) -> pl.Series:
    return pl.select(pl.repeat(value, rows, dtype=dtype).alias(name)).to_series()


def _places(
    header: Header, lines: pl.Series, texts: dict[str, pl.Series], rows: int
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return number of the authority, number of the school within it, and both together (LA number x 10000 + ESTAB)."""
    blank = _constant("blank", None, pl.String, rows)
    # Spreadsheets turn 936 into 936.0.
    la, estab, given = (texts.get(key, blank).str.strip_suffix(".0") for key in ("la", "estab", "laestab"))
    # LAESTAB is also written 936/2001.
    laestab = _whole(header, lines, given.str.replace_all(r"[/\s-]", ""), "LAESTAB", rows)
    frame: pl.DataFrame = pl.DataFrame([la.alias("la"), estab.alias("estab"), laestab.alias("laestab")])
    numbers = (pl.col("la").cast(pl.Int64, strict=False) * 10_000) + pl.col("estab").cast(pl.Int64, strict=False)
    frame = frame.with_columns(
        la=pl.coalesce("la", (pl.col("laestab") // 10_000).cast(pl.String)),
        estab=pl.coalesce("estab", (pl.col("laestab") % 10_000).cast(pl.String).str.zfill(4)),
        laestab=pl.coalesce("laestab", numbers),
    )
    return frame["la"], frame["estab"], frame["laestab"]


def _whole(header: Header, lines: pl.Series, texts: pl.Series | None, column: str, rows: int) -> pl.Series:
    """Return a key as whole numbers; blank is null."""
    if texts is None:
        return _constant(column, None, pl.Int64, rows)
    numbers: pl.Series = texts.str.strip_suffix(".0").cast(pl.Int64, strict=False)
    _refuse(header, lines, texts, numbers.is_null() & texts.is_not_null(), f"{column} is a whole number")
    return numbers


def _refuse(header: Header, lines: pl.Series, texts: pl.Series, wrong: pl.Series, rule: str) -> None:
    if not wrong.any():
        return
    count = int(wrong.sum())
    rows: Iterable[tuple[int, str | None]] = zip(lines.filter(wrong), texts.filter(wrong), strict=True)
    examples = "; ".join(f"line {line}: {text or 'blank'}" for line, text in list(rows)[:_EXAMPLES])
    broken = "row breaks" if count == 1 else "rows break"
    msg = f"{header.source}: {count:,} {broken} the rule that {rule}; {examples}"
    raise ReadError(msg)
