"""Absence: overall and persistent, by school or in the tidy files of official statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._load import check_unique, load
from schoolframe.readers._tidy import is_tidy, put_school_keys, put_tidy_keys

if TYPE_CHECKING:
    from schoolframe.readers._columns import ColumnPicker, Unknown
    from schoolframe.readers._sources import Source

__all__ = ["read_absence"]

# A pupil is persistently absent who misses this share of the sessions: 20 % to 2009/10, 15 % to 2014/15, 10 % since.
_PERSISTENT = {
    "PPERSABS10": 10,
    "PPERSABS15": 15,
    "PPERSABS20": 20,
    "enrolments_pa_10_exact_percent": 10,
    "enrolments_pa10_exact_percent": 10,
}
_RATES = (
    ("overall_absence_pct", ("PERCTOT", "sess_overall_percent")),
    ("persistent_absence_pct", tuple(_PERSISTENT)),
    ("severe_absence_pct", ("enrolments_pa_50_exact_percent", "PPERSABS50")),
    ("authorised_absence_pct", ("PERCAUTH", "sess_authorised_percent")),
    ("unauthorised_absence_pct", ("PERCUA", "PERCUNAUTH", "sess_unauthorised_percent")),
)
_COUNTS = (
    ("enrolments", ("enrolments", "NOE")),
    ("sessions_possible", ("sess_possible",)),
    ("sessions_missed", ("sess_overall",)),
    ("sessions_authorised", ("sess_authorised",)),
    ("sessions_unauthorised", ("sess_unauthorised",)),
)


def read_absence(source: Source, *, year: int | None = None, unknown: Unknown = "raise") -> pl.DataFrame:
    r"""Read absence figures: the table by school (``england_abs.csv``) or a tidy file, any authority, year or release.

    Every row of the file is a row of the frame; ``level`` tells schools, authorities, regions and England apart, and
    in tidy files ``term``, ``school_type``, ``characteristic_group`` and ``characteristic`` tell apart the rows of one
    place: filter on all of them (``Total`` where there is a total) before adding up. A zip archive with the data and
    its dictionary (``.meta.csv``) can be passed as it is.

    Args:
        source: A path, bytes, a file object, or a list of these; CSV or workbook, plain or packed.
        year: The year in which the academic year ends, for files that neither say it nor have it in their name
            (``2018-2019`` in a file or folder name gives 2019). The file wins.
        unknown: What to do with a cell that is neither a number nor a known code, and with a row whose keys stand
            twice: ``raise`` an error or ``warn`` and read on, the cell null and the row kept.

    Returns:
        A frame with ``year`` (Int32), ``level`` (String: ``school``, ``authority``, ``region``, ``national``),
        ``group`` (String: ``primary``, ``secondary`` or ``special`` in the rows for England of a table by school),
        ``urn`` (Int64), ``la``, ``estab`` (String), ``laestab`` (Int64), ``school_name``, ``la_name``, ``la_ons_code``,
        ``region_name``, ``region_code``, ``country_name``, ``country_code``, ``term``, ``school_type``,
        ``characteristic_group``, ``characteristic`` (String); the rates, Float64 on 0-100: ``overall_absence_pct``,
        ``attendance_pct`` (100 minus the former), ``persistent_absence_pct``, ``persistent_threshold`` (Int8: 10, 15 or
        20, the share of sessions missed from which absence counts as persistent in this file; figures of different
        thresholds must not be compared), ``severe_absence_pct``, ``authorised_absence_pct``,
        ``unauthorised_absence_pct``; the counts, Int64: ``enrolments``, ``sessions_possible``, ``sessions_missed``,
        ``sessions_authorised``, ``sessions_unauthorised``; every further column (Float64 if it holds numbers and codes
        only, else text); one String column ``<measure>_reason`` per measure (null where there is a number, else why
        there is none); and ``source_file``.

    Raises:
        ReadError: If the file holds no absence figures, or is damaged, or ``unknown`` is ``raise`` and something is
            wrong in it.

    Example:
        >>> text = b"LA,ESTAB,URN,PERCTOT,PPERSABS10\n201,3614,100000,2.6,SUPP\nNAT,PRI,,4,8.2"
        >>> frame = read_absence(text, year=2019)
        >>> frame.select("level", "overall_absence_pct", "attendance_pct", "persistent_absence_pct").rows()
        [('school', 2.6, 97.4, None), ('national', 4.0, 96.0, 8.2)]
        >>> frame["persistent_absence_pct_reason"].to_list()
        ['suppressed', None]
    """

    def build(columns: ColumnPicker) -> pl.DataFrame:
        return _build(columns, year)

    frame = load(source, "absence", unknown, build)
    places = ["year", "level", "group", "urn", "laestab", "la", "la_ons_code", "region_code", "country_code"]
    splits = [name for name in frame.columns if frame.schema[name] == pl.String and not name.endswith("_reason")]
    keys = [*places, *(name for name in splits if name not in (*places, "source_file"))]
    check_unique(frame, keys, "rows", unknown, needed="level")
    return frame


def _build(columns: ColumnPicker, year: int | None) -> pl.DataFrame:
    columns.year(year, "time_period", "academic_year")
    if is_tidy(columns):
        put_tidy_keys(columns)
    else:
        put_school_keys(columns)
        for name in ("school_name", "la_name", "la_ons_code", "region_name", "region_code"):
            columns.text(name, {"school_name": "SCHNAME", "la_name": "LANAME"}.get(name, name))
        columns.text("country_name", "country_name")
        columns.text("country_code", "country_code")
    columns.text("term", "term", "absence_terms", "time_identifier_term")
    columns.text("school_type", "school_type", "education_phase", "SCHOOLTYPE")
    columns.text("characteristic_group", "characteristic_group", "breakdown_topic")
    columns.text("characteristic", "characteristic", "breakdown")
    threshold = next((_PERSISTENT[name] for name in _PERSISTENT if columns.has(name)), None)
    for out, names in _RATES:
        columns.measure(out, *names)
        if out == "overall_absence_pct":
            attendance = (100.0 - columns.get(out)).round(10)  # away with the dust of binary fractions
            columns.put("attendance_pct", attendance)
        if out == "persistent_absence_pct":
            columns.put("persistent_threshold", pl.Series([threshold] * columns.height, dtype=pl.Int8))
    for out, names in _COUNTS:
        columns.measure(out, *names, whole=True)
    columns.strict_rest(r"^(sess|enrolments|num_)")
    columns.rest(numbers=True)
    return columns.frame()
