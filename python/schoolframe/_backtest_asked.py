"""What a back-test is asked for: checked once, by name, before anything is fitted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import (
    require_confidence,
    require_mapping,
    require_numbers,
    require_text,
    require_whole,
    unknown_name,
)
from schoolframe._estimate_levels import require_levels
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import key, school_names
from schoolframe._number_columns import as_numbers, number_column, years_column
from schoolframe._size_classes import size_classes
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["TENTHS", "UNKNOWN", "Asked", "asked", "classed"]

UNKNOWN = "not known"
_QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")
TENTHS = tuple(f"tenth {tenth}" for tenth in range(1, 11))


@dataclass(frozen=True)
class Asked:
    """A checked frame, and what is wanted of it.

    Attributes:
        data: The frame as it was given.
        rows: One row for each of it: ``year``, ``school`` (String), ``n`` (pupils the row stands for), and for each
            outcome its actual value by place: ``actual0`` (Float64) and so on.
        actual: Column of each outcome.
        years: The judged years.
        levels: Ranks of the levels.
        confidence: Levels of the intervals that are judged.
        intake: Column by which schools are cut into quarters.
        size_bands: Sizes at which classes begin.
        min_group: Fewest pupils of a group that is shown.
        schools: Whether a row is a school.
    """

    data: pl.DataFrame
    rows: pl.DataFrame
    actual: dict[str, str]
    years: list[int]
    levels: list[int]
    confidence: list[float]
    intake: str | None
    size_bands: list[float]
    min_group: int
    schools: bool

    def in_order(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return figures by year, outcomes as asked, all, then classes of size and intake rising, tenths by number."""
        sizes = size_classes(pl.Series("n", [], dtype=pl.Float64), self.size_bands).dtype
        classes = sizes.categories.to_list() if isinstance(sizes, pl.Enum) else []
        groups = ["all", *classes, *_QUARTERS, *TENTHS, UNKNOWN]
        order = {"outcome": list(self.actual), "by": ["all", "size", "intake", "expected"], "group": groups}
        places = [pl.col(name).replace_strict(known, range(len(known)), default=None) for name, known in order.items()]
        return frame.sort("year", *places, maintain_order=True)


def asked(
    frame: object,
    *,
    actual: Mapping[str, str],
    year: str,
    school: str,
    test: int | Sequence[int] | None,
    levels: Sequence[int],
    confidence: float | Sequence[float],
    n: str | None,
    intake: str | None,
    size_bands: Sequence[float],
    min_group: int,
) -> Asked:
    """Return the frame and what is wanted of it, or raise an error that names what is wrong."""
    data = as_frame(frame)
    outcomes = {
        require_text(outcome, "actual", "'attainment_8'"): require_text(column, "actual", "'attainment_8'")
        for outcome, column in require_mapping(actual, "actual", "{'attainment_8': 'attainment_8'}").items()
    }
    if not outcomes:
        msg = "actual: name the column of at least one outcome, such as {'attainment_8': 'attainment_8'}"
        raise InputError(msg)
    year, school = require_text(year, "year", "'year'"), require_text(school, "school", "'urn'")
    require_columns(data, [school, *outcomes.values()])
    years = years_column(data, year)
    columns = [_actual(data[column]).alias(f"actual{at}") for at, column in enumerate(outcomes.values())]
    if n is None:
        pupils = pl.repeat(1.0, data.height, eager=True).alias("n")
    else:
        pupils = number_column(data, require_text(n, "n", "'p8_cohort'"), least=0).alias("n")
    if intake is not None:
        number_column(data, require_text(intake, "intake", "'ks2'"), booleans=True)
    edges = require_numbers(size_bands, "size_bands")
    size_classes(pl.Series("n", [1.0]), edges, "size_bands")
    named = school_names(key(data, school, "frame")[school]).cast(pl.String).alias("school")
    return Asked(
        data=data,
        rows=pl.DataFrame([years.alias("year"), named, pupils, *columns]),
        actual=outcomes,
        years=_judged(years, test),
        levels=require_levels(levels),
        confidence=_confidence(confidence),
        intake=intake,
        size_bands=edges,
        min_group=require_whole(min_group, "min_group", 0),
        schools=n is not None,
    )


def _actual(column: pl.Series) -> pl.Series:
    """Return outcomes as numbers; the grades of an Enum as their places, from 0."""
    if isinstance(column.dtype, pl.Enum):
        places: pl.Series = column.to_physical().cast(pl.Float64)
        return places
    return as_numbers(column, "actual", booleans=False)


def _judged(years: pl.Series, test: int | Sequence[int] | None) -> list[int]:
    there: list[int] = years.unique().sort().to_list()
    if len(there) < 2:
        found = "there is none" if not there else f"there is {there[0]} only"
        msg = f"year: a back-test needs at least two years, one to judge and an earlier one to fit; {found}"
        raise InputError(msg)
    if test is None:
        return there[-1:]
    given = [test] if isinstance(test, int) else _whole_years(test)
    if not given or any(before >= after for before, after in pairwise(given)):
        msg = f"test: rising years are needed, each once, not {given}"
        raise InputError(msg)
    for one in given:
        if one not in there:
            raise unknown_name("test: year", one, there)
    if given[0] == there[0]:
        msg = f"test: {given[0]} is the first year of the frame, so there is no earlier one to fit"
        raise InputError(msg)
    return given


def _whole_years(test: object) -> list[int]:
    if isinstance(test, str) or not isinstance(test, Iterable):
        msg = f"test: a year or rising years are needed, such as [2018, 2019], not {test!r}"
        raise InputError(msg)
    return [require_whole(one, "test") for one in test]


def _confidence(confidence: float | Sequence[float]) -> list[float]:
    several = confidence if isinstance(confidence, Iterable) and not isinstance(confidence, str) else [confidence]
    given = [require_confidence(one) for one in several]
    if not given or len(set(given)) != len(given):
        msg = f"confidence: levels above 0 and below 1 are needed, each once, not {given}"
        raise InputError(msg)
    return given


def classed(rows: pl.DataFrame, wanted: Asked, given: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a judged year with the size and intake of their schools in classes: ``size``, ``intake``.

    The size of a school is the number of its rows, or ``n`` where a row is a school. The intake is the mean of the
    column over the school's rows that have it; schools are cut into quarters by it, unweighted, ties together.

    Args:
        rows: The rows with ``school`` and ``n``.
        wanted: What the back-test was asked for.
        given: The same rows as they were given.
    """
    cohort = rows["n"] if wanted.schools else rows.select(pl.len().over("school"))["len"].cast(pl.Float64)
    classes = size_classes(cohort, wanted.size_bands).cast(pl.String).fill_null(UNKNOWN)
    rows = rows.with_columns(classes.alias("size"))
    if wanted.intake is None:
        return rows
    value = number_column(given, wanted.intake, booleans=True).alias("intake")
    schools = pl.DataFrame([rows["school"], value]).group_by("school", maintain_order=True).agg("intake")
    schools = schools.with_columns(pl.col("intake").list.mean())
    there = pl.col("intake").is_not_null()
    place = (pl.col("intake").rank("min") - 1) * len(_QUARTERS) // there.sum()
    quarter = place.cast(pl.Int64).replace_strict(
        range(len(_QUARTERS)), _QUARTERS, default=UNKNOWN, return_dtype=pl.String
    )
    schools = schools.with_columns(quarter.fill_null(UNKNOWN).alias("intake"))
    return rows.join(schools, on="school", how="left", nulls_equal=True, maintain_order="left")
