"""Figures that gaps of the performance tables are worked out with: measures, spreads and means of England, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from schoolframe._arguments import require_finite, require_whole, unknown_name
from schoolframe._column_checks import refuse
from schoolframe._frames import as_frame, require_columns
from schoolframe._gap_measures import GAP_MEASURES, GapMeasure
from schoolframe._key_columns import key
from schoolframe._number_columns import number_column, number_columns
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.parameters import reference_value

__all__ = [
    "by_year",
    "check_numbers",
    "is_frame",
    "looked_up",
    "measures_of",
    "national_rows",
    "reference",
    "with_authority",
    "years_of",
]


def measures_of(
    frame: pl.DataFrame, measures: str | GapMeasure | Iterable[str | GapMeasure] | None
) -> list[GapMeasure]:
    if measures is None:
        there = set(frame.columns)
        published = [measure for measure in GAP_MEASURES.values() if measure.group == "disadvantaged"]
        found = [m for m in published if {m.mean, m.n, m.other_mean, m.other_n} <= there]
        if not found:
            example = GAP_MEASURES["p8"]
            msg = (
                "frame: the columns of no gap measure are there; Progress 8, for instance, needs "
                f"{example.mean}, {example.n}, {example.other_mean} and {example.other_n}"
            )
            raise InputError(msg)
        return found
    chosen = []
    for measure in [measures] if isinstance(measures, str) or not isinstance(measures, Iterable) else measures:
        if not isinstance(measure, (str, GapMeasure)):
            msg = f"measures: names of GAP_MEASURES or a GapMeasure are needed, not {measure!r}"
            raise InputError(msg)
        if isinstance(measure, str):
            if measure not in GAP_MEASURES:
                raise unknown_name("gap measure", measure, GAP_MEASURES, most=len(GAP_MEASURES))
            measure = GAP_MEASURES[measure]  # noqa: PLW2901 a name stands for its measure
        needed = [measure.mean, measure.n, measure.other_mean, measure.other_n, measure.group_sd, measure.other_sd]
        require_columns(frame, [name for name in needed if name is not None])
        if measure.overlapping and measure.method != "known_sd":
            msg = f"measures: '{measure.name}' has all pupils as its group B, which needs the method 'known_sd'"
            raise InputError(msg)
        chosen.append(measure)
    if not chosen:
        msg = "measures: name at least one"
        raise InputError(msg)
    return chosen


def years_of(frame: pl.DataFrame, argument: str = "frame") -> list[int | None]:
    if "year" not in frame.columns:
        return [None]
    if not frame.schema["year"].is_integer():
        msg = f"{argument}: column 'year' must hold whole numbers (2019 for 2018/19), not {frame.schema['year']}"
        raise InputError(msg)
    return sorted(frame["year"].drop_nulls().unique().to_list())


def by_year(
    given: Any, measure: GapMeasure, years: list[int | None], default: Any, argument: str
) -> dict[int | None, float | None]:
    if given is None:
        return {year: default(measure, year) for year in years}
    if isinstance(given, Mapping):
        if measure.name not in given:
            return {year: default(measure, year) for year in years}
        given = given[measure.name]
    if isinstance(given, Mapping):
        known = {
            require_whole(year, f"{argument}: year of {measure.name}"): one
            if one is None
            else require_finite(one, f"{argument}: {measure.name} in {year}")
            for year, one in given.items()
        }
        return {year: None if year is None else known.get(year) for year in years}
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        msg = f"{argument}: a number, or a mapping from measure to number or to {{year: number}}, not {given!r}"
        raise InputError(msg)
    return dict.fromkeys(years, require_finite(given, argument))


def reference(name: str | None, year: int | None) -> float | None:
    if name is None or year is None:
        return None
    try:
        return reference_value(name, year)
    except (InputError, UnknownNameError):
        return None


def is_frame(national: object | None) -> bool:
    return isinstance(national, (pl.DataFrame, pl.LazyFrame)) or hasattr(national, "__arrow_c_stream__")


def national_rows(national: object, measure: GapMeasure) -> dict[str, dict[int, float]]:
    rows = as_frame(national, "national")
    require_columns(rows, ["year", measure.other_mean], "national")
    if "population" in rows.columns and "state_funded" in rows["population"].to_list():
        rows = rows.filter(pl.col("population") == "state_funded")
    years_of(rows, "national")
    rows = number_columns(rows, [measure.other_mean], "national").select("year", measure.other_mean).drop_nulls()
    if rows["year"].is_duplicated().any():
        msg = f"national: several rows hold {measure.other_mean} for one year; keep one row per year"
        raise InputError(msg)
    return {measure.name: dict(rows.iter_rows())}


def with_authority(frame: pl.DataFrame, authorities: object | None, measure: GapMeasure) -> pl.DataFrame:
    """Return the frame with the mean and number of group B in each school's authority, ``_mean`` and ``_n``.

    Example:
        >>> import polars as pl
        >>> measure = GapMeasure("p8", "a", "n_a", "b", "n_b")
        >>> places = pl.DataFrame({"year": [2019], "la": ["936"], "b": [0.3], "n_b": [8000]})
        >>> with_authority(pl.DataFrame({"year": [2019, 2019], "la": ["936", "850"]}), places, measure).rows()
        [(2019, '936', 0.3, 8000.0), (2019, '850', None, None)]
    """
    if authorities is None:
        msg = "authorities: the rows of the authorities are needed, such as read_performance_tables(...).authorities"
        raise InputError(msg)
    places = as_frame(authorities, "authorities")
    keys = ["year", "la"] if "year" in frame.columns else ["la"]
    require_columns(frame, keys)
    require_columns(places, [*keys, measure.other_mean, measure.other_n], "authorities")
    places = number_columns(places, [measure.other_mean], "authorities")
    places = number_columns(places, [measure.other_n], "authorities", least=0)
    # An authority is the same one as a number and as a text.
    named = {name: f"_key_{name}" for name in keys}
    for name in keys:
        frame = frame.with_columns(key(frame, name, "frame")[name].cast(pl.String).alias(named[name]))
        places = key(places, name, "authorities")
    figures = places.select(
        *[pl.col(name).cast(pl.String).alias(named[name]) for name in keys],
        pl.col(measure.other_mean).alias("_mean"),
        pl.col(measure.other_n).alias("_n"),
    )
    if figures.select(named.values()).is_duplicated().any():
        msg = "authorities: an authority has several rows for one year; keep one row per year"
        raise InputError(msg)
    return frame.join(figures, on=list(named.values()), how="left", maintain_order="left").drop(named.values())


def looked_up(values: Mapping[int | None, float | None], years: list[int | None]) -> pl.Expr:
    if years == [None] or len(set(values.values())) <= 1:
        value = next(iter(values.values()), None)
        return pl.lit(value, dtype=pl.Float64)
    known = list(values)
    return pl.col("year").replace_strict(known, [values[year] for year in known], default=None, return_dtype=pl.Float64)


def check_numbers(frame: pl.DataFrame, measures: Iterable[GapMeasure]) -> None:
    """Raise an error that names column and row for texts, infinite values, negative numbers and sums above the total.

    Example:
        >>> import polars as pl
        >>> schools = pl.DataFrame({"a": [0.1], "n_a": [20], "b": [0.2], "n_b": [30], "n": [49]})
        >>> check_numbers(schools, [GapMeasure("p8", "a", "n_a", "b", "n_b", total_n="n")])
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: frame: column 'n' must hold at least 'n_a' and 'n_b' together; 1 value \
breaks this rule: 49 < 20 + 30 (row 0)
    """
    checked: set[str] = set()
    for measure in measures:
        counts = [measure.n, measure.other_n]
        total = measure.total_n
        if total is not None and total in frame.columns:
            counts.append(total)
        names = [*counts, measure.mean, measure.other_mean, measure.group_sd, measure.other_sd]
        for name in dict.fromkeys(names):
            if name is None or name in checked:
                continue
            checked.add(name)
            number_column(frame, name, least=0 if name in counts else None)
        if measure.overlapping:
            _check_sum(frame, [measure.n], measure.other_n)
        elif total in counts:
            _check_sum(frame, [measure.n, measure.other_n], str(total))


def _check_sum(frame: pl.DataFrame, parts: list[str], total: str) -> None:
    together = pl.sum_horizontal([pl.col(name).cast(pl.Float64) for name in parts], ignore_nulls=False)
    rows = frame.select((together > pl.col(total).cast(pl.Float64)).fill_null(value=False).arg_true()).to_series()
    shown = [f"{frame[total][row]} < {' + '.join(str(frame[name][row]) for name in parts)} (row {row})" for row in rows]
    names = " and ".join(f"'{name}'" for name in parts) + (" together" if len(parts) > 1 else "")
    refuse("frame", total, f"must hold at least {names}", shown)
