"""The last graded inspection before a stated date, for every school year of a frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._frames import as_frame
from schoolframe.exceptions import InputError
from schoolframe.readers._dates import as_day
from schoolframe.readers.inspections import graded_only, latest_inspection, typed_inspections
from schoolframe.readers.urn_links import follow_urn_links

if TYPE_CHECKING:
    from typing import TypeAlias

__all__ = ["On", "add_inspections", "stated_dates"]

On: TypeAlias = "dt.date | Mapping[int, dt.date] | None"

# Requires improvement replaced satisfactory on this day; both are grade 3.
_RI_FROM = dt.date(2012, 9, 1)
_RI = 3
_FOUND = [
    "ofsted_overall",
    "ofsted_date",
    "ofsted_lm_grade",
    "ofsted_category",
    "ofsted_nti",
    "ofsted_special_measures",
]
_ROW = ["_row", "urn", "_on", "inspected", *_FOUND]


def stated_dates(years: pl.Series, on: On) -> pl.Expr:
    """Return the date up to which inspections count, from the column ``year``.

    Args:
        years: The years of the frame.
        on: One date for all rows, a date for each year, or None for 1 September of the results year.

    Returns:
        A Date expression.

    Raises:
        InputError: If ``on`` is neither, lacks a year of the frame, or holds something that is no date.
    """
    if on is None:
        return pl.date(pl.col("year"), 9, 1)
    if isinstance(on, dt.datetime):
        on = on.date()
    if isinstance(on, dt.date):
        return pl.lit(on, dtype=pl.Date)
    if not isinstance(on, Mapping):
        msg = f"on: a date, a date for each year or None is needed, not {type(on).__qualname__}"
        raise InputError(msg)
    days = {year: as_day(day, f"on[{year!r}]") for year, day in on.items()}
    missing = sorted(set(years.unique().to_list()) - {year for year, day in days.items() if day is not None})
    if missing:
        listed = ", ".join(str(year) for year in missing[:5])
        msg = f"on: there is no date for {'the year' if len(missing) == 1 else 'the years'} {listed}"
        raise InputError(msg)
    return pl.col("year").replace_strict(days, return_dtype=pl.Date)


def add_inspections(frame: pl.DataFrame, inspections: object, links: object, on: On) -> pl.DataFrame:
    """Add what the last graded inspection before the stated date found, and how long ago it was.

    What counts as a graded inspection is said at :func:`schoolframe.readers.inspections.latest_inspection`; here the
    stated date itself does not count any more. With ``links`` a school without an inspection of its own takes that of
    its predecessor, and failing that one that stands under its successor but is older than the link: files carry the
    inspections of a school that converted under the new number. Only single lines of links are followed.

    ``consecutive_ri_count`` is left out where no school has more than one graded inspection: it needs a history.

    Args:
        frame: Rows with ``urn`` and ``year``.
        inspections: Inspections as their reader returns them.
        links: Links between URNs as their reader returns them, or None.
        on: See :func:`stated_dates`.

    Returns:
        The frame with ``ofsted_overall``, ``ofsted_date``, ``ofsted_months_ago``, ``ofsted_lm_grade``,
        ``ofsted_category``, ``ofsted_nti``, ``ofsted_special_measures`` and ``consecutive_ri_count``.
    """
    events = graded_only(typed_inspections(as_frame(inspections, "inspections"), "inspections"))
    rows = frame.select("urn", stated_dates(frame["year"], on).alias("_on")).with_row_index("_row")
    days = rows["_on"].unique().drop_nulls().sort().to_list()
    latest = pl.concat(
        latest_inspection(events, day - dt.timedelta(days=1)).select("urn", pl.lit(day).alias("_on"), *_FOUND)
        for day in days
    )
    found = rows.join(latest, on=["urn", "_on"], how="inner").with_columns(inspected="urn").select(_ROW)
    if links is not None:
        chain = as_frame(links, "links")
        for side in (_of_predecessor, _carried_by_successor):
            found = pl.concat([found, side(rows.join(found, on="_row", how="anti"), latest, chain)])
    runs = _runs(events)
    history = runs["urn"].is_duplicated().any()
    found = found.join(runs, left_on=["inspected", "ofsted_date"], right_on=["urn", "ofsted_date"], how="left")
    joined = rows.join(found.drop("_on", "urn"), on="_row", how="left", maintain_order="left")
    # The start of the next month counts as a month begun: the same day of the month does not.
    day, date = pl.col("_on"), pl.col("ofsted_date")
    months = (day.dt.year() - date.dt.year()).cast(pl.Int64) * 12 + (
        day.dt.month().cast(pl.Int64) - date.dt.month().cast(pl.Int64) + (day.dt.day() > date.dt.day()).cast(pl.Int64)
    )
    added = joined.select(*_FOUND, months.alias("ofsted_months_ago"), "consecutive_ri_count")
    return frame.hstack(added if history else added.drop("consecutive_ri_count"))


def _runs(events: pl.DataFrame) -> pl.DataFrame:
    """Return for each graded inspection how many in a row, up to and with it, found requires improvement."""
    rows = (
        events.select("urn", ofsted_date="inspection_date", grade="grade")
        .filter(pl.col("urn").is_not_null() & pl.col("ofsted_date").is_not_null() & pl.col("grade").is_between(1, 4))
        .unique(["urn", "ofsted_date"], keep="last", maintain_order=True)
        .sort("urn", "ofsted_date")
    )
    needs = (pl.col("grade") == _RI) & (pl.col("ofsted_date") >= _RI_FROM)
    return (
        rows.with_columns(needs.alias("_needs"), (~needs).cum_sum().over("urn").alias("_spell"))
        .with_columns(pl.col("_needs").cast(pl.Int64).cum_sum().over("urn", "_spell").alias("consecutive_ri_count"))
        .select("urn", "ofsted_date", "consecutive_ri_count")
    )


def _of_predecessor(rows: pl.DataFrame, latest: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return the last inspection of the predecessors of schools that have none."""
    lines = follow_urn_links(links, rows["urn"].unique(), "predecessor").filter(~pl.col("ambiguous"))
    return _newest(rows.join(lines.select("urn", inspected="linked_urn"), on="urn", how="inner"), latest)


def _carried_by_successor(rows: pl.DataFrame, latest: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return for schools without an inspection the one that stands under their successor and is older than it."""
    lines = follow_urn_links(links, rows["urn"].unique(), "successor").filter(~pl.col("ambiguous"))
    pairs = rows.join(lines.select("urn", "link_date", inspected="linked_urn"), on="urn", how="inner")
    return _newest(pairs, latest, pl.col("ofsted_date") < pl.col("link_date"))


def _newest(pairs: pl.DataFrame, latest: pl.DataFrame, *conditions: pl.Expr) -> pl.DataFrame:
    return (
        pairs.join(latest, left_on=["inspected", "_on"], right_on=["urn", "_on"], how="inner")
        .filter(*conditions)
        .sort("_row", "ofsted_date")
        .unique("_row", keep="last", maintain_order=True)
        .select(_ROW)
    )
