"""The data behind the local authority interactive tool (LAIT): hundreds of indicators for every authority."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from schoolframe.exceptions import ReadError
from schoolframe.readers._areas import level_of, name_key, read_area_names
from schoolframe.readers._columns import Unknown, check_unknown
from schoolframe.readers._dates import parse_dates
from schoolframe.readers._load import check_unique, load
from schoolframe.readers._names import snake
from schoolframe.readers._products import PRODUCTS
from schoolframe.readers._sources import SourceFile, iter_sources
from schoolframe.readers._tabular import find_tables

if TYPE_CHECKING:
    from schoolframe.readers._columns import ColumnPicker
    from schoolframe.readers._sources import Source

__all__ = ["read_lait", "read_lait_dictionary"]

_YEARS = re.compile(r"(\d{4})(?:/(\d{2}))?(?:-(\d{4}|\d{2})(?:/(\d{2}))?)?(?:\s*\((.*)\))?")
_FROM_DICTIONARY = {
    "topic": pl.String,
    "polarity": pl.String,
    "unit": pl.String,
    "year_type": pl.String,
    "decimals": pl.Int32,
}


def read_lait(source: Source, *, dictionary: Source | None = None, unknown: Unknown = "raise") -> pl.DataFrame:
    """Read the long data file of the local authority interactive tool, any release, with or without its dictionary.

    Every row of the file is a row of the frame. The tool writes the label of an indicator only in the rows of its first
    year, and of some never: here every row of an indicator has it, from the file or else from the dictionary. The text
    of ``Years`` is kept, and read into ``year_start`` and ``year_end``:

    ===================  =====  =====  ===========
    Years                start  end    year_status
    ===================  =====  =====  ===========
    2016                 2016   2016
    2015-16, 2015/16     2015   2016
    2014-16              2014   2016
    2013/14-15/16        2013   2016
    2016-17 (OT)         2016   2017   ot
    2018 (Rev)           2018   2018   rev
    0                    null   null
    ===================  =====  =====  ===========

    Args:
        source: The data (Parquet, CSV or workbook, plain or packed): a path, bytes, a file object, or a list of these.
            The dictionary may be among them.
        dictionary: The data dictionary (CSV or workbook), for topic, polarity, unit and labels.
        unknown: What to do with a value that is neither a number nor a known code, a year that cannot be read, and a
            row that stands twice: ``raise`` an error or ``warn`` and read on, the cell null and the row kept.

    Returns:
        A frame with ``indicator`` (String, the short name), ``label`` (String), ``years`` (String, as published),
        ``year_start``, ``year_end`` and ``year`` (Int32; ``year`` is ``year_end``), ``year_status`` (String), ``level``
        (String: ``authority``, ``region``, ``national``), ``la`` (String, null for regions and England),
        ``la_name`` (String: the name of the area, as published), ``region`` (String), ``value`` (Float64),
        ``value_reason`` (String: null where there is a value, else why there is none), then ``topic``, ``polarity``
        (``high`` or ``low`` is better, or null), ``unit``, ``year_type`` and ``decimals`` from the dictionary (null
        without it), any further column as text, and ``source_file``.

    Raises:
        ReadError: If the file is not of the tool, or is damaged, or ``unknown`` is ``raise`` and a cell is wrong.

    Example:
        >>> text = b\"\"\"Short Desc,Data item,Years,LA and Regions,Values,LA Number,Region
        ... KS2_RWM,Expected standard,2018-19,Southend-on-Sea,65.2,882,East of England
        ... KS2_RWM,,2019-20,Southend-on-Sea,-,882,East of England\"\"\"
        >>> read_lait(text).select("label", "la", "year", "value", "value_reason").rows()
        [('Expected standard', '882', 2019, 65.2, None), ('Expected standard', '882', 2020, None, 'not_available')]
    """
    check_unknown(unknown)
    data, among = _split(source)
    words = None
    if dictionary is not None or among:
        words = load(among if dictionary is None else dictionary, "lait_dictionary", unknown, _build_dictionary)
    frame = _with_dictionary(load(data, "lait", unknown, _build), words)
    check_unique(frame, ["indicator", "years", "la_name"], "rows", unknown)
    return frame


def read_lait_dictionary(source: Source) -> pl.DataFrame:
    r"""Read the data dictionary of the local authority interactive tool.

    Args:
        source: A path, bytes, a file object, or a list of these; CSV or workbook, plain or packed.

    Returns:
        One row per row of the file: ``indicator``, ``label``, ``topic``, ``polarity`` (``high``, ``low`` or null),
        ``unit``, ``year_type`` (String), ``decimals`` (Int32), ``last_update`` (Date, null if the file has words
        there), and every further column as text under its name in lower case. An indicator that belongs to two topics
        stands twice.

    Raises:
        ReadError: If the file is not the dictionary, or is damaged.

    Example:
        >>> text = b"Measure_short,Topic,Measure,Polarity,dps\nInfMort,Health,Infant mortality,Low,2"
        >>> read_lait_dictionary(text).row(0)[:4]
        ('InfMort', 'Infant mortality', 'Health', 'low')
    """
    return load(source, "lait_dictionary", "raise", _build_dictionary)


def _split(source: Source) -> tuple[list[SourceFile], list[SourceFile]]:
    """Return the files that hold data and those that are the dictionary."""
    data: list[SourceFile] = []
    dictionaries: list[SourceFile] = []
    for file in iter_sources(source):
        tables = find_tables(file, PRODUCTS["lait_dictionary"].matches)[0] if file.kind != "parquet" else []
        (dictionaries if tables else data).append(file)
    if not data:
        msg = f"{dictionaries[0].name}: this is only the dictionary of the interactive tool, its data is needed"
        raise ReadError(msg)
    return data, dictionaries


def _build(columns: ColumnPicker) -> pl.DataFrame:
    columns.text("indicator", "Short Desc", "Short description", "Measure_short")
    columns.text("label", "Data item", "Measure")
    years = columns.take("Years", "Year")
    columns.put("years", years)
    spans = {text: _span(text) for text in years.unique().drop_nulls()}
    bad = years.is_in([text for text, span in spans.items() if span is None])
    columns.fault(years, bad, "a year or a span of years")
    for out, part in (("year_start", 0), ("year_end", 1)):
        mapping = {text: span[part] if span else None for text, span in spans.items()}
        columns.put(out, years.replace_strict(mapping, default=None, return_dtype=pl.Int32))
    columns.put("year", columns.get("year_end"))
    states = {text: span[2] if span else None for text, span in spans.items()}
    columns.put("year_status", years.replace_strict(states, default=None, return_dtype=pl.String))
    _put_area(columns)
    region = columns.take("Region")
    columns.put("region", pl.select(pl.when(region != "NA").then(region)).to_series())
    columns.measure("value", "Values", "Value")
    columns.rest()
    return columns.frame()


def _put_area(columns: ColumnPicker) -> None:
    """Add ``level``, ``la`` and ``la_name``; a number that the file lacks comes from the name."""
    area = columns.take("LA and Regions", "LA name", "Area")
    number = columns.take("LA Number", "LA num", "la").str.replace(r"\.0+$", "")
    numbers, names = read_area_names(None)
    pairs = pl.DataFrame({"area": area, "number": number})
    distinct = pairs.unique(maintain_order=True)
    levels = [level_of(number, name) for name, number in distinct.iter_rows()]
    las = [
        None if level != "authority" else (number or numbers.get(name_key(name or "")))
        for (name, number), level in zip(distinct.iter_rows(), levels, strict=True)
    ]
    told = distinct.with_columns(
        level=pl.Series(levels, dtype=pl.String),
        la=pl.Series([la.zfill(3) if la else None for la in las], dtype=pl.String),
        shown=pl.Series([name or names.get(la or "") for (name, _), la in zip(distinct.iter_rows(), las, strict=True)]),
    )
    nameless = told.filter((pl.col("level") == "authority") & pl.col("la").is_null())["area"].drop_nulls()
    columns.fault(area, area.is_in(nameless.implode()), "the name of an authority")
    joined = pairs.join(told, on=["area", "number"], how="left", nulls_equal=True, maintain_order="left")
    for out, name in (("level", "level"), ("la", "la"), ("la_name", "shown")):
        columns.put(out, joined[name])


def _span(text: str) -> tuple[int | None, int | None, str | None] | None:
    """Return first year, last year and status of a text such as ``2016-17 (OT)``, or None if it cannot be read."""
    text = text.strip().removesuffix(".0")
    if text == "0":
        return None, None, None
    found = _YEARS.fullmatch(text)
    if found is None:
        single = re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", text)
        status = snake(re.sub(r"\d{4}", "", text))
        return (int(single[0]), int(single[0]), status or None) if len(single) == 1 else None
    start = int(found[1])
    last = next((part for part in (found[4], found[3], found[2]) if part), None)
    end = start if last is None else int(last) if len(last) == 4 else start - start % 100 + int(last)
    if end < start and last is not None and len(last) == 2:
        end += 100
    if not start <= end <= start + 10:
        return None
    return start, end, snake(found[5]) if found[5] else None


def _with_dictionary(frame: pl.DataFrame, words: pl.DataFrame | None) -> pl.DataFrame:
    """Fill the label of every row of an indicator and add what the dictionary says; topics of one indicator joined."""
    found = frame.lazy().group_by("indicator").agg(pl.col("label").drop_nulls().first())
    if words is None:
        empty = pl.DataFrame(schema={"indicator": pl.String, "label": pl.String, **_FROM_DICTIONARY})
        words = empty
    told = (
        words.lazy()
        .group_by("indicator", maintain_order=True)
        .agg(
            pl.col("label").drop_nulls().first().alias("told"),
            pl.col("topic").drop_nulls().unique(maintain_order=True).str.join("; ").replace("", None),
            *(pl.col(name).drop_nulls().first() for name in _FROM_DICTIONARY if name != "topic"),
        )
    )
    labels = found.join(told, on="indicator", how="left").with_columns(pl.coalesce("label", "told")).drop("told")
    names = [name for name in frame.columns if name != "source_file"]
    return (
        frame.lazy()
        .drop("label")
        .join(labels, on="indicator", how="left", maintain_order="left")
        .select(*names, *_FROM_DICTIONARY, "source_file")
        .collect()
    )


def _build_dictionary(columns: ColumnPicker) -> pl.DataFrame:
    columns.text("indicator", "Measure_short")
    columns.text("label", "Measure")
    columns.text("topic", "Topic")
    polarity = columns.take("Polarity").str.to_lowercase()
    columns.put("polarity", pl.select(pl.when(polarity.is_in(["high", "low"])).then(polarity)).to_series())
    for out, name in (("unit", "y_axis_name"), ("year_type", "Year_Type")):
        cells = columns.take(name)
        columns.put(out, pl.select(pl.when(cells != "NA").then(cells)).to_series())
    columns.put("decimals", columns.take("dps").cast(pl.Int32, strict=False))
    columns.put("last_update", parse_dates(columns.take("Last Update")))
    columns.rest()
    return columns.frame()
