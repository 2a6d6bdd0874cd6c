"""What the columns of school tables and of tidy statistics share: level of the row, keys, names of places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._names import snake

if TYPE_CHECKING:
    from schoolframe.readers._columns import ColumnPicker

__all__ = ["is_tidy", "put_school_keys", "put_tidy_keys"]

# In the tables for England the establishment number of a national row names the kind of school.
_GROUPS = {"PRI": "primary", "SEC": "secondary", "SPE": "special"}
_LEVELS = {"school": "school", "local authority": "authority", "regional": "region", "national": "national"}
_LA = ("LA", "LEA", "old_la_code", "la_code", "LA (code)")
_LAESTAB = ("LAESTAB", "school_laestab", "DfE number")
_ESTAB = ("ESTAB", "EstablishmentNumber", "estab_number")


def is_tidy(columns: ColumnPicker) -> bool:
    """Say whether a table is in the tidy layout of official statistics."""
    return columns.has("geographic_level") and columns.has("time_period")


def put_school_keys(columns: ColumnPicker) -> None:
    """Add ``level``, ``group``, ``urn``, ``la``, ``estab`` and ``laestab`` of a table with one row per school.

    A row is national if NAT stands in its URN or authority; a school if it has a URN or an establishment number; an
    authority's if it has only the authority's number; else national.
    """
    frame = pl.DataFrame(
        {
            "urn": columns.peek("URN", "school_urn"),
            "la": columns.peek(*_LA),
            "estab": columns.peek(*_ESTAB),
            "laestab": columns.peek(*_LAESTAB),
        }
    )
    nation = pl.any_horizontal(pl.col("urn", "la").str.to_uppercase() == "NAT").fill_null(value=False)
    school = pl.any_horizontal(pl.col("urn", "estab", "laestab").str.contains(r"^\d+(\.0+)?$")).fill_null(value=False)
    authority = pl.col("la").str.contains(r"^\d+$").fill_null(value=False)
    told = frame.select(
        level=pl.when(nation)
        .then(pl.lit("national"))
        .when(school)
        .then(pl.lit("school"))
        .when(authority)
        .then(pl.lit("authority"))
        .otherwise(pl.lit("national")),
        group=pl.col("estab").str.to_uppercase().replace_strict(_GROUPS, default=None, return_dtype=pl.String),
    )
    columns.put("level", told["level"])
    columns.put("group", told["group"])
    columns.whole("urn", "URN", "school_urn")
    columns.keys(la=_LA, estab=_ESTAB, laestab=_LAESTAB)


def put_tidy_keys(columns: ColumnPicker) -> None:
    """Add ``level``, ``urn``, ``la``, ``estab``, ``laestab`` and the names of places of a tidy file."""
    levels = columns.take("geographic_level")
    words = {text: _LEVELS.get(text.lower(), snake(text)) for text in levels.unique().drop_nulls()}
    columns.put("level", levels.replace_strict(words, default=None, return_dtype=pl.String))
    columns.put("group", pl.Series([None] * columns.height, dtype=pl.String))
    columns.whole("urn", "school_urn", "URN")
    columns.keys(la=_LA, estab=_ESTAB, laestab=_LAESTAB)
    columns.text("school_name", "school_name", "SCHNAME")
    columns.text("la_name", "la_name")
    columns.text("la_ons_code", "new_la_code")
    columns.text("region_name", "region_name")
    columns.text("region_code", "region_code")
    columns.text("country_name", "country_name")
    columns.text("country_code", "country_code")
