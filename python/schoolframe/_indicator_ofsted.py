"""The last graded inspection before a stated date, for every school year of a frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from schoolframe._frames import as_frame, require_columns
from schoolframe.exceptions import InputError
from schoolframe.readers.urn_links import follow_urn_links

__all__ = ["On", "add_inspections"]

On = dt.date | Mapping[int, dt.date] | None

# Requires improvement replaced satisfactory on this day; both are grade 3.
_RI_FROM = dt.date(2012, 9, 1)
_RI = 3
_GRADE = "overall_effectiveness"
_DATE = "inspection_date"


def stated_dates(years: pl.Series, on: On) -> pl.Expr:
    """Return the date up to which inspections count, for the column ``year``.

    Args:
        years: The years of the frame.
        on: One date for all rows, a date for each year, or None for 1 September of the results year.

    Returns:
        A Date expression.

    Raises:
        InputError: If ``on`` is neither, or lacks a year of the frame.
    """
    if on is None:
        return pl.date(pl.col("year"), 9, 1)
    if isinstance(on, dt.datetime):
        on = on.date()
    if isinstance(on, dt.date):
        return pl.lit(on)
    if not isinstance(on, Mapping):
        msg = f"on: a date, a date for each year or None is needed, not {type(on).__qualname__}"
        raise InputError(msg)
    missing = sorted(set(years.unique().to_list()) - set(on))
    if missing:
        listed = ", ".join(str(year) for year in missing[:5])
        msg = f"on: there is no date for {'the year' if len(missing) == 1 else 'the years'} {listed}"
        raise InputError(msg)
    return pl.col("year").replace_strict(dict(on), return_dtype=pl.Date)


def add_inspections(frame: pl.DataFrame, inspections: object, links: object, on: On) -> pl.DataFrame:
    """Add ``ofsted_overall``, ``ofsted_date``, ``ofsted_months_ago`` and ``consecutive_ri_count``.

    Only inspections that gave a grade count, and only those that began before the stated date. With ``links`` a school
    without one of its own takes that of its predecessor, if it has exactly one line of predecessors.

    ``consecutive_ri_count`` is left out where the inspections are a snapshot, one per school: it needs a history.

    Args:
        frame: Rows with ``urn`` and ``year``.
        inspections: Inspections as the reader returns them.
        links: Links between URNs as their reader returns them, or None.
        on: See :func:`stated_dates`.

    Returns:
        The frame with the columns added.
    """
    graded = _graded(as_frame(inspections, "inspections"))
    history = graded["urn"].is_duplicated().any()
    rows = frame.select("urn", "year", stated_dates(frame["year"], on).alias("_on")).with_row_index("_row")
    found = _last_before(rows, graded)
    if links is not None:
        own = found.filter(pl.col(_GRADE).is_not_null())
        without = rows.join(own, on="_row", how="anti")
        heirs = _heirs(without, graded, as_frame(links, "links"))
        found = pl.concat([own, heirs])
    joined = rows.join(found, on="_row", how="left", maintain_order="left")
    months = (
        (pl.col("_on").dt.year() - pl.col(_DATE).dt.year()) * 12
        + pl.col("_on").dt.month().cast(pl.Int32)
        - pl.col(_DATE).dt.month().cast(pl.Int32)
        + (pl.col("_on").dt.day() > pl.col(_DATE).dt.day()).cast(pl.Int32)
    )
    added = joined.select(
        ofsted_overall=_GRADE, ofsted_date=_DATE, ofsted_months_ago=months, consecutive_ri_count="_run"
    )
    return frame.hstack(added if history else added.drop("consecutive_ri_count"))


def _graded(inspections: pl.DataFrame) -> pl.DataFrame:
    """Return the inspections with a grade, sorted, each with the number of grades 3 in a row that ends with it."""
    require_columns(inspections, ["urn", _DATE, _GRADE], "inspections")
    rows = (
        inspections.filter(pl.col("urn").is_not_null() & pl.col(_DATE).is_not_null() & pl.col(_GRADE).is_between(1, 4))
        .select(pl.col("urn").cast(pl.Int64), pl.col(_DATE).cast(pl.Date), pl.col(_GRADE).cast(pl.Int64))
        .unique(["urn", _DATE], keep="last", maintain_order=True)
        .sort("urn", _DATE)
    )
    needs = (pl.col(_GRADE) == _RI) & (pl.col(_DATE) >= _RI_FROM)
    spell = (~needs).cum_sum().over("urn")
    return rows.with_columns(needs.alias("_needs"), spell.alias("_spell")).select(
        "urn", _DATE, _GRADE, pl.col("_needs").cast(pl.Int64).cum_sum().over("urn", "_spell").alias("_run")
    )


def _last_before(rows: pl.DataFrame, graded: pl.DataFrame) -> pl.DataFrame:
    """Return for each row of ``rows`` the last inspection of its ``urn`` before ``_on``."""
    left = rows.select("_row", "urn", (pl.col("_on").dt.offset_by("-1d")).alias("_day")).sort("_day")
    right = graded.with_columns(_day=pl.col(_DATE)).sort("_day")
    joined = left.join_asof(right, on="_day", by="urn", strategy="backward", check_sortedness=False)
    return joined.select("_row", _DATE, _GRADE, "_run")


def _heirs(rows: pl.DataFrame, graded: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return the last inspection of the predecessors of schools without one."""
    empty = graded.clear().select(pl.lit(0, dtype=pl.UInt32).alias("_row"), _DATE, _GRADE, "_run")
    if rows.is_empty():
        return empty
    lines = follow_urn_links(links, rows["urn"].unique(), "predecessor").filter(~pl.col("ambiguous"))
    if lines.is_empty():
        return empty
    pairs = rows.join(lines.select("urn", "linked_urn"), on="urn", how="inner")
    asked = pairs.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("_row"), pl.col("linked_urn").alias("urn"), "_on")
    found = _last_before(asked, graded).rename({"_row": "_pair"})
    back = pairs.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("_pair"), "_row")
    best = back.join(found.drop_nulls(_GRADE), on="_pair").sort(_DATE).unique("_row", keep="last", maintain_order=True)
    return best.select("_row", _DATE, _GRADE, pl.col("_run"))
