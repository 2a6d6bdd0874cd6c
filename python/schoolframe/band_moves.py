"""Who moves when schools are banded by another method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_texts
from schoolframe._column_checks import listed, refuse
from schoolframe._frames import as_frame, require_columns
from schoolframe._measured import accounted
from schoolframe._notebooks import as_html
from schoolframe._number_columns import as_numbers, number_column
from schoolframe._size_classes import size_classes
from schoolframe.exceptions import InputError
from schoolframe.progress import PROGRESS_BANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BandMoves", "band_moves"]

_KEYS = ("year", "urn", "la", "la_name", "school_name", "phase")
_DIRECTIONS = ("better", "worse", "unchanged")


@dataclass(frozen=True, eq=False, repr=False)
class BandMoves:
    """Schools under two methods of banding, made by :func:`band_moves`.

    Attributes:
        moves: One row per school that has both bands, in the order of the frame: the key columns that were there (year,
            urn, la, la_name, school_name, phase), ``first`` and ``second`` (Enum, best first), ``direction``
            (``better``, ``worse`` or ``unchanged``, from the first to the second), ``bands`` (Int64: how many bands
            better, negative for worse), and with a cohort ``n`` (Float64) and ``size`` (Enum, missing where n is).
        rows: How every input row was used: ``reason`` and ``rows``, which add up to the rows that went in.
        names: What the two methods are called.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"urn": [1, 2, 3], "interval": [3, 3, 1], "quintile": [1, 3, 2]})
        >>> sf.band_moves(schools, "interval", "quintile")
        BandMoves(interval to quintile: 2 of 3 schools move, 1 better, 1 worse)
    """

    moves: pl.DataFrame
    rows: pl.DataFrame
    names: tuple[str, str]

    @property
    def labels(self) -> list[str]:
        """Names of the bands, best first."""
        return _categories(self.moves, "first")

    @property
    def share(self) -> float | None:
        """Per cent of the schools with both bands that move; None if there is no school."""
        height = self.moves.height
        return 100 * self.moves.filter(pl.col("direction") != "unchanged").height / height if height else None

    def table(self) -> pl.DataFrame:
        """Count the schools of each pair of bands.

        Returns:
            One row per band of the first method, best first: ``first``, a column for each band of the second method
            (Int64), and ``schools``, their sum.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"a": [1, 1, 2], "b": [1, 2, 2]})
            >>> sf.band_moves(schools, "a", "b", labels=["high", "low"]).table().rows()
            [('high', 1, 1, 2), ('low', 0, 1, 1)]
        """
        bands = self.labels
        counted = [(pl.col("second") == band).sum().cast(pl.Int64).alias(band) for band in bands]
        counts = self.moves.group_by("first").agg(*counted, pl.len().cast(pl.Int64).alias("schools"))
        first = pl.DataFrame({"first": bands}, schema={"first": pl.Enum(bands)})
        return first.join(counts, on="first", how="left", maintain_order="left").with_columns(
            pl.col(*bands, "schools").fill_null(0)
        )

    def summary(self) -> pl.DataFrame:
        """Count the schools by direction.

        Returns:
            One row for ``better``, ``worse`` and ``unchanged`` each: ``direction``, ``schools`` (Int64), ``share`` (per
            cent, missing without schools), ``two_or_more`` (Int64: those that move two bands or more).

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"a": [3, 3, 1, 2], "b": [1, 3, 2, 2]})
            >>> sf.band_moves(schools, "a", "b").summary().rows()
            [('better', 1, 25.0, 1), ('worse', 1, 25.0, 0), ('unchanged', 2, 50.0, 0)]
        """
        far = (pl.col("bands").abs() >= 2).sum().cast(pl.Int64).alias("two_or_more")
        counts = self.moves.group_by("direction").agg(pl.len().cast(pl.Int64).alias("schools"), far)
        every = pl.DataFrame({"direction": _DIRECTIONS}).join(counts, on="direction", how="left", maintain_order="left")
        every = every.with_columns(pl.col("schools", "two_or_more").fill_null(0))
        share = pl.when(pl.col("schools").sum() > 0).then(100 * pl.col("schools") / pl.col("schools").sum())
        return every.select("direction", "schools", share.alias("share"), "two_or_more")

    def by_size(self) -> pl.DataFrame:
        """Count the schools that move by size of their cohort.

        Returns:
            One row per class of size, smallest first, and one without a name for schools whose cohort is not known, if
            there are any: ``size``, ``schools``, ``better``, ``worse``, ``unchanged`` (Int64), ``share`` that moves
            (per cent, missing without schools).

        Raises:
            InputError: If no cohort was named.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"a": [3, 3], "b": [1, 3], "pupils": [29, 30]})
            >>> sf.band_moves(schools, "a", "b", n="pupils", sizes=[30]).by_size().rows()
            [('under 30', 1, 1, 0, 0, 100.0), ('30 and more', 1, 0, 0, 1, 0.0)]
        """
        if "size" not in self.moves.columns:
            msg = "by_size: no cohort is known, name its column with n= when the moves are made"
            raise InputError(msg)
        counted = [(pl.col("direction") == name).sum().cast(pl.Int64).alias(name) for name in _DIRECTIONS]
        counts = self.moves.group_by("size").agg(pl.len().cast(pl.Int64).alias("schools"), *counted)
        classes = _categories(self.moves, "size")
        listed_sizes = [*classes, *([None] if self.moves["size"].null_count() else [])]
        sizes = pl.DataFrame({"size": listed_sizes}, schema={"size": pl.Enum(classes)})
        joined = sizes.join(counts, on="size", how="left", nulls_equal=True, maintain_order="left")
        joined = joined.with_columns(pl.col("schools", *_DIRECTIONS).fill_null(0))
        moved = pl.col("better") + pl.col("worse")
        share = pl.when(pl.col("schools") > 0).then(100 * moved / pl.col("schools"))
        return joined.with_columns(share.alias("share"))

    def __repr__(self) -> str:
        """Return how many schools move in which direction."""
        better, worse, unchanged = self.summary()["schools"]
        schools = "school" if self.moves.height == 1 else "schools"
        moved = (
            f"{better + worse:,} of {better + worse + unchanged:,} {schools} move, {better:,} better, {worse:,} worse"
        )
        return f"BandMoves({self.names[0]} to {self.names[1]}: {moved})"

    def _repr_html_(self) -> str:
        out = [f"{rows:,} left out: {reason}" for reason, rows in self.rows.iter_rows() if reason != "used"]
        frames = [self.table(), self.summary(), *([self.by_size()] if "size" in self.moves.columns else [])]
        return as_html([repr(self), *out], *frames)


def band_moves(
    frame: object,
    first: str | pl.Expr,
    second: str | pl.Expr,
    *,
    labels: Sequence[str] = PROGRESS_BANDS,
    names: tuple[str, str] | None = None,
    n: str | None = None,
    sizes: Sequence[float] = (30, 60, 120),
) -> BandMoves:
    """Set two methods of banding side by side: which schools move, how far, in which direction, of what size.

    Meant for bands that rest on intervals against bands of ranks (:func:`progress_band`, :func:`rank_bands`): with
    intervals a small school is average unless its score is far from 0, with ranks every fifth is in every band.

    Args:
        frame: One row per school.
        first: Bands of the first method: column or expression of whole numbers, 1 is best, or of the labels.
        second: Bands of the second method, on the same scale.
        labels: Names of the bands, best first; there are as many bands as names.
        names: What the two methods are called; by default the names of the columns.
        n: Column with the size of the cohort.
        sizes: Rising cohorts at which classes of size begin; a cohort equal to one is in the class it begins.

    Returns:
        The moves. Rows without one of the bands are left out and counted in ``rows``.

    Raises:
        InputError: For a band that is none of the numbers or labels, a cohort that is negative or no number, sizes that
            do not rise, or fewer than two labels or the same twice.
        UnknownNameError: For a column that is not there.

    Source: definition of this package; the Department for Education consulted in 2026 on bands without intervals.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> tables = sf.samples.ks4().schools.filter(year=2019)
        >>> fifths = sf.rank_bands("P8MEA", direction="higher_better", scheme="idsr_quintiles")
        >>> moves = sf.band_moves(tables, "P8_BANDING", fifths, names=("intervals", "fifths"), n="P8PUP")
        >>> moves.rows.rows()[0]
        ('used', 3401)
    """
    data = as_frame(frame)
    bands = require_texts(labels, "labels")
    if len(bands) < 2 or len(set(bands)) != len(bands):
        msg = f"labels: at least two different names are needed, not {bands}"
        raise InputError(msg)
    columns = [_bands(data, one, bands, argument) for one, argument in ((first, "first"), (second, "second"))]
    given = require_texts(names, "names") if names is not None else [column.name for column in columns]
    if len(given) != 2:
        msg = f"names: two texts are needed, not {names!r}"
        raise InputError(msg)
    called = (given[0], given[1])
    keys = [name for name in _KEYS if name in data.columns]
    require_columns(data, keys)
    both = pl.DataFrame([*data.select(keys), columns[0].alias("first"), columns[1].alias("second")])
    if n is not None:
        cohort = number_column(data, n, least=0)
        both = both.with_columns(cohort.alias("n"), size_classes(cohort, sizes).alias("size"))
    no_first, no_second = pl.col("first").is_null(), pl.col("second").is_null()
    gone = [
        (no_first & no_second, f"no band by either method ({called[0]}, {called[1]})"),
        (no_first, f"no band by {called[0]}"),
        (no_second, f"no band by {called[1]}"),
    ]
    change = pl.col("first") - pl.col("second")
    direction = pl.when(change > 0).then(pl.lit("better")).when(change < 0).then(pl.lit("worse"))
    word = pl.Enum(bands)
    named = [
        pl.col(name).replace_strict(range(1, len(bands) + 1), bands, return_dtype=word) for name in ("first", "second")
    ]
    moves = (
        both.drop_nulls(["first", "second"])
        .with_columns(direction.otherwise(pl.lit("unchanged")).alias("direction"), change.alias("bands"))
        .with_columns(named)
        .select(*keys, "first", "second", "direction", "bands", *(["n", "size"] if n is not None else []))
    )
    return BandMoves(moves, accounted(both, gone), called)


def _bands(data: pl.DataFrame, given: object, labels: list[str], argument: str) -> pl.Series:
    """Return bands as whole numbers from 1; labels are looked up."""
    if isinstance(given, str):
        require_columns(data, [given], argument)
        column = data[given]
    elif isinstance(given, pl.Expr):
        found = data.select(given)
        if found.width != 1 or found.height != data.height:
            msg = (
                f"{argument}: the expression must give one band for each row of the frame, it gives "
                f"{found.height} rows in {found.width} columns"
            )
            raise InputError(msg)
        column = found.to_series()
    else:
        msg = f"{argument}: a column name or an expression is needed, not {given!r}"
        raise InputError(msg)
    if isinstance(column.dtype, (pl.String, pl.Categorical, pl.Enum)):
        words = column.cast(pl.String)
        strange = words.filter(words.is_not_null() & ~words.is_in(labels)).unique(maintain_order=True)
        refuse(argument, column.name, f"must hold {listed(labels, ', ')}", [repr(word) for word in strange])
        coded: pl.Series = words.replace_strict(labels, range(1, len(labels) + 1), default=None, return_dtype=pl.Int64)
        return coded
    numbers = as_numbers(column, argument)
    inside = numbers.is_in([float(band) for band in range(1, len(labels) + 1)])
    strange = numbers.filter(numbers.is_not_null() & ~inside).unique(maintain_order=True)
    rule = f"must hold whole numbers from 1 to {len(labels)}"
    refuse(argument, column.name, rule, [f"{number:g}" for number in strange])
    whole: pl.Series = numbers.cast(pl.Int64)
    return whole


def _categories(frame: pl.DataFrame, column: str) -> list[str]:
    dtype = frame.schema[column]
    return dtype.categories.to_list() if isinstance(dtype, pl.Enum) else []
