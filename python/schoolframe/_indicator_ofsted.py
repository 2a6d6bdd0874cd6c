"""The last graded inspection before a stated date, for every school year of a frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Union

import polars as pl

from schoolframe._frames import as_frame, require_columns
from schoolframe.exceptions import InputError
from schoolframe.readers.urn_links import follow_urn_links

__all__ = ["On", "add_inspections", "stated_dates"]

On = Union[dt.date, Mapping[int, dt.date], None]

# Requires improvement replaced satisfactory on this day; both are grade 3.
_RI_FROM = dt.date(2012, 9, 1)
_RI = 3
# Kinds of visit that give no overall grade; where a file does not tell the kind, a grade is a graded inspection.
_UNGRADED = ("short", "ungraded", "monitoring", "urgent", "report_card")
# The lower category was notice to improve until August 2012 and is serious weaknesses since.
_LOWER = ("notice_to_improve", "serious_weaknesses")
_CATEGORY = {
    "none": "none",
    "special_measures": "special_measures",
    "serious_weaknesses": "serious_weaknesses",
    "notice_to_improve": "serious_weaknesses",
}
_FOUND = ["_row", "inspection_date", "grade", "leadership_and_management", "category_of_concern", "_run"]


def stated_dates(years: pl.Series, on: On) -> pl.Expr:
    """Return the date up to which inspections count, from the column ``year``.

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
        return pl.lit(on, dtype=pl.Date)
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
    """Add what the last graded inspection before the stated date found, and how long ago it was.

    Only inspections with an overall grade count, and only those dated before the stated date. With ``links`` a school
    without one of its own takes that of its predecessor, if one line of predecessors leads to it.

    ``consecutive_ri_count`` is left out where no school has more than one inspection: it needs a history.

    Args:
        frame: Rows with ``urn`` and ``year``.
        inspections: Inspections as their reader returns them; the previous inspection of a snapshot counts too.
        links: Links between URNs as their reader returns them, or None.
        on: See :func:`stated_dates`.

    Returns:
        The frame with ``ofsted_overall``, ``ofsted_date``, ``ofsted_months_ago``, ``ofsted_lm_grade``,
        ``ofsted_category``, ``ofsted_nti``, ``ofsted_special_measures`` and ``consecutive_ri_count``.
    """
    graded = _graded(as_frame(inspections, "inspections"))
    rows = frame.select("urn", "year", stated_dates(frame["year"], on).alias("_on")).with_row_index("_row")
    found = _last_before(rows, graded)
    if links is not None:
        own = found.filter(pl.col("grade").is_not_null())
        heirs = _heirs(rows.join(own, on="_row", how="anti"), graded, as_frame(links, "links"))
        found = pl.concat([own, heirs])
    joined = rows.join(found, on="_row", how="left", maintain_order="left")
    date, day, category = pl.col("inspection_date"), pl.col("_on"), pl.col("category_of_concern")
    months = (
        (day.dt.year() - date.dt.year()).cast(pl.Int64) * 12
        + day.dt.month().cast(pl.Int64)
        - date.dt.month().cast(pl.Int64)
        + (day.dt.day() > date.dt.day()).cast(pl.Int64)
    )
    added = joined.select(
        ofsted_overall="grade",
        ofsted_date="inspection_date",
        ofsted_months_ago=months,
        ofsted_lm_grade="leadership_and_management",
        ofsted_category=category.replace_strict(_CATEGORY, default=None, return_dtype=pl.String),
        ofsted_nti=category.is_in(_LOWER),
        ofsted_special_measures=category == "special_measures",
        consecutive_ri_count="_run",
    )
    history = graded["urn"].is_duplicated().any()
    return frame.hstack(added if history else added.drop("consecutive_ri_count"))


def _graded(inspections: pl.DataFrame) -> pl.DataFrame:
    """Return the inspections with a grade, sorted, each with the number of grades 3 in a row that ends with it."""
    require_columns(inspections, ["urn", "inspection_date", "grade"], "inspections")
    has = inspections.columns.__contains__

    def optional(name: str, dtype: pl.DataType) -> pl.Expr:
        return (pl.col(name) if has(name) else pl.lit(None)).cast(dtype).alias(name)

    told = inspections if not has("event") else inspections.filter(~pl.col("event").is_in(_UNGRADED).fill_null(value=False))
    rows = told.select(
        pl.col("urn").cast(pl.Int64),
        pl.col("inspection_date").cast(pl.Date),
        pl.col("grade").cast(pl.Int64),
        optional("leadership_and_management", pl.Int64()),
        optional("category_of_concern", pl.String()),
    )
    if has("previous_grade") and has("previous_inspection_date"):
        before = inspections.select(
            pl.col("urn").cast(pl.Int64),
            pl.col("previous_inspection_date").cast(pl.Date).alias("inspection_date"),
            pl.col("previous_grade").cast(pl.Int64).alias("grade"),
            pl.lit(None, dtype=pl.Int64).alias("leadership_and_management"),
            optional("previous_category_of_concern", pl.String()).alias("category_of_concern"),
        )
        rows = pl.concat([before, rows])
    rows = (
        rows.filter(
            pl.col("urn").is_not_null() & pl.col("inspection_date").is_not_null() & pl.col("grade").is_between(1, 4)
        )
        .unique(["urn", "inspection_date"], keep="last", maintain_order=True)
        .sort("urn", "inspection_date")
    )
    needs = (pl.col("grade") == _RI) & (pl.col("inspection_date") >= _RI_FROM)
    return (
        rows.with_columns(needs.alias("_needs"), (~needs).cum_sum().over("urn").alias("_spell"))
        .with_columns(pl.col("_needs").cast(pl.Int64).cum_sum().over("urn", "_spell").alias("_run"))
        .drop("_needs", "_spell")
    )


def _last_before(rows: pl.DataFrame, graded: pl.DataFrame) -> pl.DataFrame:
    """Return for each row of ``rows`` the last inspection of its ``urn`` before ``_on``."""
    left = rows.select("_row", "urn", (pl.col("_on") - pl.duration(days=1)).alias("_day")).sort("_day")
    right = graded.with_columns(_day=pl.col("inspection_date")).sort("_day")
    joined = left.join_asof(right, on="_day", by="urn", strategy="backward", check_sortedness=False)
    return joined.select(_FOUND)


def _heirs(rows: pl.DataFrame, graded: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return the last inspection of the predecessors of schools without one."""
    lines = follow_urn_links(links, rows["urn"].unique(), "predecessor").filter(~pl.col("ambiguous"))
    pairs = rows.join(lines.select("urn", "linked_urn"), on="urn", how="inner").with_row_index("_pair")
    asked = pairs.select(pl.col("_pair").alias("_row"), pl.col("linked_urn").alias("urn"), "_on")
    found = _last_before(asked, graded).drop_nulls("grade").rename({"_row": "_pair"})
    latest = pairs.select("_pair", "_row").join(found, on="_pair", how="inner").sort("inspection_date")
    return latest.unique("_row", keep="last", maintain_order=True).select(_FOUND)
