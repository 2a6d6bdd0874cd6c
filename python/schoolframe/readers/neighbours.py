"""Statistical neighbours: for every authority the authorities most like it, in order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._areas import name_key, read_area_names
from schoolframe.readers._load import check_unique, load
from schoolframe.readers._names import key, snake
from schoolframe.readers._values import to_numbers

if TYPE_CHECKING:
    from schoolframe.readers._areas import AreaNames
    from schoolframe.readers._columns import ColumnPicker, Unknown
    from schoolframe.readers._sources import Source

__all__ = ["read_statistical_neighbours"]

_NEIGHBOUR = re.compile(
    r"(?:sn|statisticalneighbour|nearestneighbour|neighbour|nn)0?(\d{1,2})(?:name|code|la|lanumber|lanum|number)?"
)
_CLOSENESS = re.compile(
    r"(?:snp|(?:sn|statisticalneighbour|neighbour)\d*(?:closeness|distance|proximity|score)|closeness|distance)\d*"
)
_NUMBER = ("LA number", "LA num", "LA code", "la", "LEA", "old_la_code", "LA (code)")
_NAME = ("LA Name", "la_name", "Local authority", "LA (name)", "Authority")
_LONG_NUMBER = ("neighbour_la", "neighbour LA number", "neighbour")
_LONG_NAME = ("neighbour_name", "neighbour LA name")
_EXAMPLES = 5
_REGION = ("GOReg", "Region", "region_name")


def read_statistical_neighbours(
    source: Source, *, la_codes: Source | None = None, unknown: Unknown = "raise"
) -> pl.DataFrame:
    r"""Read the workbook of statistical neighbours, any release: one row per authority and neighbour.

    The workbook has one row per authority and a pair of columns (neighbour, closeness) for each rank; neighbours may be
    numbers or names. A long table with columns for authority, rank and neighbour is read as well. Rows below a heading
    that begins with Old are authorities that no longer exist; they are kept and marked. Blank rows and such headings
    are no authorities and have no row in the result.

    Args:
        source: A path, bytes, a file object, or a list of these; workbook or CSV, plain or packed.
        la_codes: A list of authorities with number and name (``la_code_list.xlsx``, ``las.csv``), used over the list
            that comes with the package to turn names into numbers and numbers into names.
        unknown: What to do with a neighbour that is no known authority, is missing, is named twice or is the authority
            itself: ``raise`` an error or ``warn`` and read on, with what the file says.

    Returns:
        A frame ordered as the file, then by rank: ``la``, ``la_name`` (String), ``region`` (String, as published),
        ``rank`` (Int32, 1 is the closest), ``neighbour_la``, ``neighbour_name`` (String), ``closeness`` (String, in the
        words of the file with small letters and underscores, such as ``very_close``), ``distance`` (Float64, where the
        file has a number instead), ``current`` (Boolean, false for abolished authorities) and ``source_file``.

    Raises:
        ReadError: If the file is no list of statistical neighbours, or is damaged, or ``unknown`` is ``raise`` and
            something is wrong in it.

    Example:
        >>> text = b"LA num,LA Name,GOReg,SN1,SNP,SN2,SNP\n882,Southend-on-Sea,East of England,839,Very close,383,Close"
        >>> frame = read_statistical_neighbours(text)
        >>> frame.select("la", "rank", "neighbour_la", "neighbour_name", "closeness").row(1)
        ('882', 2, '383', 'Leeds', 'close')
    """
    names = read_area_names(la_codes)

    def build(columns: ColumnPicker) -> pl.DataFrame:
        return _build(columns, names)

    frame = load(source, "neighbours", unknown, build)
    check_unique(frame, ["la", "rank", "source_file"], "neighbours", unknown)
    return frame


def _build(columns: ColumnPicker, names: AreaNames) -> pl.DataFrame:
    sheet = columns.table.frame
    frame = pl.DataFrame(
        {
            "row": pl.int_range(sheet.height, dtype=pl.UInt32, eager=True),
            "number": columns.peek(*_NUMBER),
            "name": columns.peek(*_NAME),
            "region": columns.peek(*_REGION),
        }
    )
    old = pl.col("number").is_null() & pl.col("name").str.contains(r"(?i)^old\b").fill_null(value=False)
    frame = frame.with_columns(current=~old.cum_sum().cast(pl.Boolean))
    ranks = _ranks(sheet.columns)
    if ranks:
        nothing = pl.lit(None, dtype=pl.String)
        cells = [
            sheet.select(
                row=pl.int_range(pl.len(), dtype=pl.UInt32),
                rank=pl.lit(rank, dtype=pl.Int32),
                neighbour=pl.col(neighbour),
                closeness=pl.col(closeness) if closeness else nothing,
            )
            for rank, neighbour, closeness in ranks
        ]
        long = frame.join(pl.concat(cells), on="row").sort("row", "rank")
        held = pl.col("neighbour").is_not_null().any().over("row")  # else a heading or a note
    else:
        long = frame.with_columns(
            columns.peek("rank", "SN rank").cast(pl.Int32, strict=False).alias("rank"),
            columns.peek(*_LONG_NUMBER, *_LONG_NAME).alias("neighbour"),
            columns.peek("closeness", "distance", "SNP").alias("closeness"),
        )
        held = pl.col("neighbour").is_not_null()
    return _named(columns, long.filter(held), names)


def _named(columns: ColumnPicker, long: pl.DataFrame, names: AreaNames) -> pl.DataFrame:
    """Turn numbers and names into each other, and report what does not fit."""
    numbers, spelled = names
    own = {number: name for number, name in zip(long["number"], long["name"], strict=True) if number and name}
    spelled = {**spelled, **own}
    numbers = {**numbers, **{name_key(name): number for number, name in own.items()}}

    def number_of(text: str | None) -> str | None:
        if text is None:
            return None
        bare = text.removesuffix(".0")
        return bare.zfill(3) if bare.isdigit() else numbers.get(name_key(text))

    las = [number_of(number) or number_of(name) for number, name in zip(long["number"], long["name"], strict=True)]
    neighbours = [number_of(text) for text in long["neighbour"]]
    shown = [
        spelled.get(la or "", text if text and not text.isdigit() else None)
        for la, text in zip(neighbours, long["neighbour"], strict=True)
    ]
    distance, _, _ = to_numbers(long["closeness"])
    words = {text: snake(text) for text in long["closeness"].unique().drop_nulls()}
    done = long.select(
        "row",
        pl.Series("la", las, dtype=pl.String),
        pl.Series("la_name", [n or spelled.get(la or "") for n, la in zip(long["name"], las, strict=True)], pl.String),
        "region",
        "rank",
        pl.Series("neighbour_la", neighbours, dtype=pl.String),
        pl.Series("neighbour_name", shown, dtype=pl.String),
        pl.col("closeness").replace_strict(words, default=None, return_dtype=pl.String),
        distance.alias("distance"),
        "current",
    ).with_columns(closeness=pl.when(pl.col("distance").is_null()).then("closeness"))
    _check(columns, done, spelled)
    return done.drop("row")


def _check(columns: ColumnPicker, done: pl.DataFrame, spelled: dict[str, str]) -> None:
    twice = pl.struct("row", "neighbour_la").is_duplicated() & pl.col("neighbour_la").is_not_null()
    rules = (
        (pl.col("la").is_null(), "the authority is not known by number or name"),
        (pl.col("neighbour_la").is_null(), "the neighbour is missing or not known by name"),
        (~pl.col("neighbour_la").is_in(list(spelled)), "the neighbour's number is not that of an authority"),
        (pl.col("neighbour_la") == pl.col("la"), "the authority is its own neighbour"),
        (twice, "the neighbour is named more than once"),
        (pl.col("rank").is_null(), "the rank is missing"),
    )
    for rule, what in rules:
        bad = done.filter(rule.fill_null(value=False))
        if bad.is_empty():
            continue
        lines = columns.table.lines(bad["row"].head(_EXAMPLES).to_list())
        examples = "; ".join(
            f"line {line}, {row['la_name'] or row['la']}, rank {row['rank']}: "
            f"{row['neighbour_name'] or row['neighbour_la']}"
            for line, row in zip(lines, bad.head(_EXAMPLES).iter_rows(named=True), strict=True)
        )
        columns.add_fault(f"{what} in {bad.height:,} {'case' if bad.height == 1 else 'cases'} ({examples})")
    columns.settle()


def _ranks(header: list[str]) -> list[tuple[int, str, str | None]]:
    """Return rank, column of the neighbour and column of its closeness, which stands to the right of it if anywhere."""
    found: dict[int, tuple[int, str, str | None]] = {}
    for i, name in enumerate(header):
        match = _NEIGHBOUR.fullmatch(key(name))
        if match is None or int(match[1]) in found:
            continue
        beside = header[i + 1] if i + 1 < len(header) else ""
        found[int(match[1])] = (int(match[1]), name, beside if _CLOSENESS.fullmatch(key(beside)) else None)
    return [found[rank] for rank in sorted(found)]
