"""Exclusions and suspensions, from schools to the country, keyed by authority and establishment number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._load import check_unique, load
from schoolframe.readers._tidy import is_tidy, put_school_keys, put_tidy_keys

if TYPE_CHECKING:
    from schoolframe.readers._columns import ColumnPicker, Unknown
    from schoolframe.readers._sources import Source

__all__ = ["read_exclusions"]

_MEASURES: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    ("schools", True, ("num_schools", "number_of_schools")),
    ("roll", True, ("headcount", "number_of_pupils")),
    ("perm_excl", False, ("perm_excl", "permanent_exclusions", "permanent_exclusion")),
    ("perm_excl_rate", False, ("perm_excl_rate", "permanent_exclusion_rate")),
    ("fixed_excl", False, ("fixed_excl", "suspension", "suspensions", "susp")),
    ("fixed_excl_rate", False, ("fixed_excl_rate", "susp_rate", "suspension_rate")),
    ("one_plus_fixed", False, ("one_plus_fixed", "one_plus_susp", "one_or_more_suspensions")),
    ("one_plus_fixed_rate", False, ("one_plus_fixed_rate", "one_plus_susp_rate", "one_or_more_suspensions_rate")),
)
# In the releases that still speak of fixed period exclusions x hides a count of 1 or 2 and what follows from it. In the
# release of 2016/17 no school has a published count of 1 or 2, and what the schools of an authority lack to its total
# is between 1 and 2 for each x, 1.3 on average. Later releases use x as official statistics do: not available.
_OLD_CODES = {"x": "suppressed"}


def read_exclusions(source: Source, *, year: int | None = None, unknown: Unknown = "raise") -> pl.DataFrame:
    """Read exclusions or suspensions in the tidy layout, any release: by school, authority, region or characteristic.

    Schools are keyed by ``laestab`` (authority number times 10,000 plus establishment number), not by URN, in releases
    up to 2018/19: join on it with the register of the same year. What was called a fixed period exclusion has been a
    suspension since 2019/20; the columns keep one name. Every row of the file is a row of the frame; filter on
    ``level``, ``school_type``, ``characteristic`` and ``academy_type`` before adding up. A school may stand twice in a
    year, once under each ``school_type``, mostly with no pupils in one of the two rows. A zip archive with the data and
    its dictionary (``.meta.csv``) can be passed as it is.

    Args:
        source: A path, bytes, a file object, or a list of these; CSV or workbook, plain or packed.
        year: The year in which the academic year ends, for files without a column that says it. The file wins.
        unknown: What to do with a cell that is neither a number nor a known code, and with a row whose keys stand
            twice: ``raise`` an error or ``warn`` and read on, the cell null and the row kept.

    Returns:
        A frame with ``year`` (Int32), ``level`` (String: ``school``, ``authority``, ``region``, ``national``),
        ``group``, ``urn`` (Int64), ``la``, ``estab`` (String), ``laestab`` (Int64), ``school_name``, ``la_name``,
        ``la_ons_code``, ``region_name``, ``region_code``, ``country_name``, ``country_code``, ``school_type``,
        ``academy_type`` (String), ``academy_open_date`` (Date), ``characteristic_group``, ``characteristic`` (String),
        the counts ``schools`` and ``roll`` (Int64), ``perm_excl``, ``fixed_excl`` and ``one_plus_fixed`` (Float64,
        because the permanent exclusions of 2006/07 to 2009/10 are estimates with decimals; the last one counts pupils
        with at least one fixed period exclusion), the rates ``perm_excl_rate``, ``fixed_excl_rate`` and
        ``one_plus_fixed_rate`` (Float64, per 100 pupils, may exceed 100), every further column (Float64 if it holds
        numbers and codes only, else text), one String column ``<measure>_reason`` per measure (null where there is a
        number, else why there is none; ``suppressed`` hides 1 or 2 in releases up to 2018/19), and ``source_file``.

    Raises:
        ReadError: If the file holds no exclusions, or is damaged, or ``unknown`` is ``raise`` and something is wrong in
            it.

    Example:
        >>> text = b\"\"\"time_period,geographic_level,old_la_code,laestab,headcount,perm_excl,perm_excl_rate
        ... 201617,School,935,9354604,1802,x,x
        ... 201617,Local authority,935,,104382,90,0.09\"\"\"
        >>> frame = read_exclusions(text)
        >>> frame.select("year", "level", "laestab", "roll", "perm_excl", "perm_excl_reason").row(1)
        (2017, 'authority', None, 104382, 90.0, None)
        >>> frame["perm_excl_rate"].to_list()
        [None, 0.09]
    """

    def build(columns: ColumnPicker) -> pl.DataFrame:
        return _build(columns, year)

    frame = load(source, "exclusions", unknown, build)
    places = ["year", "level", "urn", "laestab", "la", "la_ons_code", "region_code", "country_code"]
    splits = [name for name in frame.columns if frame.schema[name] == pl.String and not name.endswith("_reason")]
    keys = [*places, "academy_open_date", *(name for name in splits if name not in (*places, "source_file"))]
    check_unique(frame, keys, "rows", unknown, needed="level")
    return frame


def _build(columns: ColumnPicker, year: int | None) -> pl.DataFrame:
    columns.year(year, "time_period", "academic_year")
    if is_tidy(columns):
        put_tidy_keys(columns)
    else:
        put_school_keys(columns)
        columns.text("school_name", "school_name", "SCHNAME", "School name")
        columns.text("la_name", "la_name", "LANAME", "LA name")
        for name in ("la_ons_code", "region_name", "region_code", "country_name", "country_code"):
            columns.text(name, name)
    columns.text("school_type", "school_type", "education_phase", "SCHOOLTYPE")
    columns.text("academy_type", "academy_type")
    columns.date("academy_open_date", "academy_open_date")
    columns.text("characteristic_group", "characteristic_group", "breakdown_topic")
    columns.text("characteristic", "characteristic", "breakdown")
    overrides = _OLD_CODES if columns.has("fixed_excl", "fixed_excl_rate") else None
    for out, whole, names in _MEASURES:
        columns.measure(out, *names, whole=whole, overrides=overrides)
    columns.strict_rest(r"_(rate|percent)$")
    columns.rest(numbers=True)
    return columns.frame()
