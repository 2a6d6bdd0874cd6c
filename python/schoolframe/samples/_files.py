"""Finding the bundled files and handing them to the readers."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from functools import cache, wraps
from importlib import resources
from typing import TYPE_CHECKING

import polars as pl

from schoolframe.readers import PerformanceTables, read_performance_tables, read_school_register

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Read = TypeVar("Read")

__all__ = ["bundled", "performance", "read_bytes", "register", "through"]


def bundled(read: Callable[[], pl.DataFrame]) -> Callable[[], pl.DataFrame]:
    """Read once and hand out a copy each time, which shares the data, so that no caller can change another's frame."""
    kept = cache(read)

    @wraps(read)
    def copy() -> pl.DataFrame:
        return kept().clone()

    return copy


def read_bytes(name: str) -> bytes:
    """Return the content of a bundled file."""
    return (resources.files(__package__) / "data" / name).read_bytes()


def through(reader: Callable[[list[str]], Read], *names: str) -> Read:
    """Return what a reader makes of bundled files."""
    folder = resources.files(__package__) / "data"
    with ExitStack() as stack:
        paths = [stack.enter_context(resources.as_file(folder / name)) for name in names]
        return reader([str(path) for path in paths])


@cache
def register() -> pl.DataFrame:
    """Return the list of schools of 2017/18."""
    return through(read_school_register, "england_2017-2018_register.csv.gz")


@cache
def performance(*names: str) -> PerformanceTables:
    """Return performance tables; the names of schools, which stand once in the list of schools, are put back."""
    tables = through(read_performance_tables, *names)
    known = register().select("urn", "school_name")
    named = tables.schools.join(known, on="urn", how="left", maintain_order="left", suffix="_listed")
    schools = named.with_columns(school_name=pl.coalesce("school_name", "school_name_listed"))
    return dataclasses.replace(tables, schools=schools.drop("school_name_listed"))
