"""Names of local authorities to their numbers, and back."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers._columns import ColumnPicker
from schoolframe.readers._load import raw_tables
from schoolframe.readers._products import PRODUCTS

if TYPE_CHECKING:
    from schoolframe.readers._sources import Source

__all__ = ["AreaNames", "bundled_areas", "name_key", "read_area_names"]

# Squeezed name to number, and number to name.
AreaNames = tuple[dict[str, str], dict[str, str]]

_REGIONS = frozenset(
    {"eastmidlands", "eastofengland", "innerlondon", "london", "londoninner", "londonouter", "northeast", "northwest"}
    | {"outerlondon", "southeast", "southwest", "westmidlands", "yorkshireandthehumber"}
)
# Numbers from here on are no authorities: 970 and 1000 England, 980 to 990 regions.
_FIRST_AGGREGATE = 950


def name_key(name: str) -> str:
    """Return a name of a place squeezed so that its usual spellings are equal.

    Example:
        >>> name_key("Cheshire West & Chester") == name_key("Cheshire West and Chester")
        True
    """
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("&", "and"))


@cache
def bundled_areas() -> pl.DataFrame:
    """Return the list of local authorities that comes with the package."""
    text = resources.files("schoolframe.readers").joinpath("la_codes.csv").read_bytes()
    return pl.read_csv(text, comment_prefix="#", infer_schema=False)


@cache
def _bundled_names() -> AreaNames:
    numbers: dict[str, str] = {}
    names: dict[str, str] = {}
    for la, name, aliases in bundled_areas().select("la", "la_name", "aliases").iter_rows():
        names[la] = name
        for spelling in (name, *(aliases or "").split("|")):
            if spelling:
                numbers[name_key(spelling)] = la
    return numbers, names


def read_area_names(source: Source | None) -> AreaNames:
    r"""Return names and numbers of authorities: the bundled ones, and over them those of a list the caller has.

    Args:
        source: A list of authorities with a column for the number (LA Number, LEA, old_la_code) and one for the name
            (LA Name, la_name), or None.

    Returns:
        Squeezed name to number, and number to name.

    Raises:
        ReadError: If the source is no such list.

    Example:
        >>> numbers, names = read_area_names(b"LA Number,LA Name\n999,Erewhon")
        >>> numbers[name_key("erewhon")], names["999"], names["882"]
        ('999', 'Erewhon', 'Southend-on-Sea')
    """
    numbers, names = (dict(mapping) for mapping in _bundled_names())
    if source is not None:
        for table in raw_tables(source, PRODUCTS["la_codes"], "la_codes"):
            columns = ColumnPicker(table, "raise")
            la = columns.take("LA Number", "old_la_code", "LEA", "la").str.replace(r"\.0+$", "")
            name = columns.take("LA Name", "la_name", "LANAME")
            for number, text in zip(la, name, strict=True):
                if number and text and number.isdigit():
                    names[number] = text
                    numbers[name_key(text)] = number
    return numbers, names


def level_of(number: str | None, name: str | None) -> str:
    """Return ``national``, ``region`` or ``authority`` for a number or, without one, a name.

    Example:
        >>> level_of("970", "England"), level_of(None, "London (Inner)"), level_of("882", None)
        ('national', 'region', 'authority')
    """
    squeezed = name_key(name or "")
    if squeezed.startswith("england"):
        return "national"
    if squeezed in _REGIONS or (number is not None and number.isdigit() and int(number) >= _FIRST_AGGREGATE):
        return "region"
    return "authority"
