"""Dated reference values: national figures, standard deviations and thresholds, each with its source.

A year is the calendar year in which the academic year ends: 2019 is 2018/19. There is no default. A year or day that no
value holds for is an error that lists those that have one, and a figure that was only read in a secondary source is not
given out unless asked for.

Names follow the columns of an indicator frame: ``nat_x`` is the national figure of the indicator ``x``, ``floor_x``,
``coasting_x`` and ``median_x`` are thresholds for it. Beside these stand the standard deviations (``p8_sd``,
``ks2_progress_reading_sd``), the edges of published bands and the rules of disclosure.

Example:
    >>> import schoolframe as sf
    >>> sf.reference_value("nat_ks2_exp_rwm_pct", 2019)
    65.0
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from schoolframe import _native
from schoolframe.exceptions import InputError

__all__ = ["ReferenceValue", "reference_record", "reference_value", "reference_values"]

_SCHEMA: dict[str, Any] = {
    "name": pl.String,
    "label": pl.String,
    "unit": pl.String,
    "family": pl.String,
    "year": pl.Int32,
    "from": pl.Date,
    "to": pl.Date,
    "version": pl.String,
    "value": pl.Float64,
    "tolerance": pl.Float64,
    "status": pl.String,
    "verified": pl.Boolean,
    "source_title": pl.String,
    "source_document": pl.String,
    "source_page": pl.String,
    "note": pl.String,
}


@dataclass(frozen=True)
class ReferenceValue:
    """One dated value with everything that is known about it.

    Attributes:
        name: The name.
        label: What it is, in words.
        unit: Unit of the value; percentages are 0 to 100.
        value: The value.
        valid_from: First day it holds for.
        valid_to: Last day it holds for.
        year: The results year, if it is the figure of one academic year.
        version: ``provisional``, ``revised`` or ``final``, where the publication says so.
        tolerance: Largest difference from the exact value, where it is known only so far.
        status: ``P`` read in a primary source, ``C`` computed from published files, ``S`` read in a secondary source.
        verified: Whether the status is P or C.
        source_title: Title of the publication.
        source_document: Document or file.
        source_page: Page, row, table or regulation.
        note: Anything to know before use.

    Example:
        >>> import schoolframe as sf
        >>> record = sf.reference_record("p8_sd", 2023)
        >>> isinstance(record, sf.ReferenceValue), record.verified
        (True, True)
    """

    name: str
    label: str
    unit: str
    value: float
    valid_from: dt.date
    valid_to: dt.date
    year: int | None
    version: str | None
    tolerance: float | None
    status: str
    verified: bool
    source_title: str
    source_document: str
    source_page: str
    note: str | None


def reference_value(
    name: str,
    year: int | dt.date,
    *,
    version: str | None = None,
    allow_unverified: bool = False,
) -> float:
    """Return the reference value of that name for a results year or a day.

    Args:
        name: Name of the value; :func:`reference_values` lists them.
        year: The calendar year in which the academic year ends (2019 is 2018/19), or a day. A value answers for a year
            if it holds for all of it, and for a day if the day is not before its first nor after its last.
        version: ``provisional``, ``revised`` or ``final``. Without it the most final one that may be used answers.
        allow_unverified: Whether figures that were only read in a secondary source may answer.

    Returns:
        The value, in the unit that :func:`reference_record` names.

    Raises:
        UnknownNameError: If there is no such name or version; the message lists those that exist.
        InputError: If no value holds for ``year``, none has the ``version``, or only unverified ones do. The message
            lists what exists.

    Example:
        >>> import schoolframe as sf
        >>> sf.reference_value("p8_sd", 2023), sf.reference_value("p8_sd", 2023, version="provisional")
        (1.414023, 1.412814)
        >>> sf.reference_value("floor_p8", 2017, allow_unverified=True)
        -0.5
    """
    return reference_record(name, year, version=version, allow_unverified=allow_unverified).value


def reference_record(
    name: str,
    year: int | dt.date,
    *,
    version: str | None = None,
    allow_unverified: bool = False,
) -> ReferenceValue:
    """Return a reference value together with its unit, source, status and the days it holds for.

    Args:
        name: Name of the value.
        year: Results year or day, as for :func:`reference_value`.
        version: Version of the publication, as for :func:`reference_value`.
        allow_unverified: Whether figures that were only read in a secondary source may answer.

    Returns:
        The value and what is known about it.

    Raises:
        UnknownNameError: As :func:`reference_value`.
        InputError: As :func:`reference_value`.

    Example:
        >>> import schoolframe as sf
        >>> record = sf.reference_record("coasting_p8", 2017)
        >>> record.value, record.unit, record.source_document, record.source_page
        (-0.25, 'points', 'SI 2017/9', 'regulation 5')
    """
    record = json.loads(_native.reference_value_json(name, _when(year), version, allow_unverified))
    return ReferenceValue(
        name=record["name"],
        label=record["label"],
        unit=record["unit"],
        value=float(record["value"]),
        valid_from=dt.date.fromisoformat(record["from"]),
        valid_to=dt.date.fromisoformat(record["to"]),
        year=record["year"],
        version=record["version"],
        tolerance=record["tolerance"],
        status=record["status"],
        verified=record["verified"],
        source_title=record["source_title"],
        source_document=record["source_document"],
        source_page=record["source_page"],
        note=record["note"],
    )


def reference_values(*, verified_only: bool = False) -> pl.DataFrame:
    """Return every reference value, one row each.

    Args:
        verified_only: Whether to leave out figures that were only read in a secondary source.

    Returns:
        A frame with ``name``, ``label``, ``unit``, ``family``, ``year`` (Int32, null for a rule of several years),
        ``from`` and ``to`` (Date, both inside), ``version``, ``value``, ``tolerance``, ``status``, ``verified``,
        ``source_title``, ``source_document``, ``source_page`` and ``note``.

    Example:
        >>> import schoolframe as sf
        >>> frame = sf.reference_values()
        >>> frame.filter(name="nat_p8").select("year", "value").head(2).rows()
        [(2016, -0.03), (2017, -0.03)]
    """
    rows = json.loads(_native.reference_values_json())
    for row in rows:
        row["from"], row["to"] = dt.date.fromisoformat(row["from"]), dt.date.fromisoformat(row["to"])
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    return frame.filter("verified") if verified_only else frame


def _when(year: int | dt.date) -> str:
    """Return the text that the native function reads: ``2019`` or ``2019-03-01``."""
    if isinstance(year, dt.datetime):
        year = year.date()
    if isinstance(year, dt.date):
        return year.isoformat()
    whole: object = year  # whatever the annotation says, a caller may pass anything
    if isinstance(whole, bool) or not isinstance(whole, int) or not 1900 <= whole <= 2100:
        msg = f"year: a calendar year such as 2019 (for 2018/19) or a date is needed, not {year!r}"
        raise InputError(msg)
    return str(year)
