"""What a call of pupil_gaps asks for, checked, and its pupils read; the arguments are explained there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_number, require_text, require_texts, require_whole, unknown_name
from schoolframe._column_checks import listed
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import key, label
from schoolframe._measured import accounted
from schoolframe._number_columns import number_columns, refuse_rows
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from schoolframe.gaps import Method

__all__ = [
    "RESULTS",
    "Asked",
    "account_of",
    "asked_for",
    "authorities_of",
    "england_of",
    "known_groups",
    "read",
    "reference_of",
    "reported",
    "without_authority",
]

_COMPARISONS = ("within_school", "national_other", "authority", "neighbours")
_METHODS = ("known_sd", "welch", "proportion")
RESULTS = (
    *("measure", "characteristic", "comparison", "group", "reference", "group_mean", "group_n", "reference_mean"),
    *("reference_n", "group_sd", "reference_sd", "gap", "se", "ci_low", "ci_high", "statistic", "p_value"),
    *("p_adjusted", "significant", "gap_sd", "gap_months", "method", "status"),
)


@dataclass(frozen=True)
class Asked:
    """The arguments that every step reads, checked."""

    value: str
    characteristics: list[str]
    by: list[str]
    years: list[str]
    authority: list[str]
    comparisons: list[str]
    method: Method
    known_sd: float | None
    neighbours: pl.DataFrame | None

    @property
    def keys(self) -> list[str]:
        return [*self.by, *self.years]


def asked_for(
    data: pl.DataFrame,
    value: str,
    group: str | Sequence[str],
    by: str | Sequence[str] | None,
    comparison: str | Sequence[str],
    method: Method | None,
    known_sd: float | None,
    neighbours: object | None,
    authority: str,
    year: str | None,
    points_per_month: float | None,
    min_group: int,
) -> Asked:
    characteristics = list(dict.fromkeys(require_texts(group, "group")))
    authority = require_text(authority, "authority", "'la'")
    year = None if year is None else require_text(year, "year", "'year'")
    keys = [] if by is None else list(dict.fromkeys(require_texts(by, "by")))
    comparisons = list(dict.fromkeys(require_texts(comparison, "comparison")))
    if not characteristics or not comparisons:
        msg = f"{'comparison' if characteristics else 'group'}: name at least one"
        raise InputError(msg)
    for name in comparisons:
        if name not in _COMPARISONS:
            raise unknown_name("comparison", name, _COMPARISONS)
    years = [] if year is None or (year == "year" and year not in data.columns) else [year]
    keys = [name for name in keys if name not in years]
    placed = [authority] if {"authority", "neighbours"} & set(comparisons) else []
    require_columns(data, [value, *characteristics, *keys, *years, *placed], "pupils")
    for name in [*keys, *years, *placed]:
        if name in RESULTS or name in {value, *characteristics} or name.startswith("_"):
            msg = f"by: the name '{name}' stands for something else in the result; rename the column"
            raise InputError(msg)
    if value in characteristics:
        msg = f"group: column '{value}' is the outcome"
        raise InputError(msg)
    if placed and not keys:
        msg = "comparison: 'authority' and 'neighbours' need schools; name their column in by="
        raise InputError(msg)
    if known_sd is not None and not 0 < require_number(known_sd, "known_sd") < float("inf"):
        msg = f"known_sd: a number above 0 is needed, not {known_sd!r}"
        raise InputError(msg)
    if points_per_month is not None and not 0 < require_number(points_per_month, "points_per_month") < float("inf"):
        msg = f"points_per_month: a number above 0 is needed, not {points_per_month!r}"
        raise InputError(msg)
    require_whole(min_group, "min_group", 0)
    chosen: Method = method or ("proportion" if data.schema[value] == pl.Boolean else "welch")
    if method is None and known_sd is not None and chosen == "welch":
        chosen = "known_sd"
    if chosen not in _METHODS:
        raise unknown_name("method", chosen, _METHODS)
    if (chosen == "known_sd") is not (known_sd is not None):
        msg = f"known_sd: method '{chosen}' {'needs' if chosen == 'known_sd' else 'does not take'} one"
        raise InputError(msg)
    near = None
    if "neighbours" in comparisons:
        if neighbours is None:
            msg = "neighbours: a frame of statistical neighbours is needed, such as samples.statistical_neighbours()"
            raise InputError(msg)
        near = as_frame(neighbours, "neighbours")
        require_columns(near, ["la", "neighbour_la"], "neighbours")
        near = (
            near.select(pl.col("la", "neighbour_la").cast(pl.String))
            .filter(pl.col("la") != pl.col("neighbour_la"))
            .unique()
            .sort("la", "neighbour_la")
        )
    return Asked(value, characteristics, keys, years, placed, comparisons, chosen, known_sd, near)


def read(data: pl.DataFrame, asked: Asked, keys: Sequence[str], argument: str) -> pl.DataFrame:
    for name in keys:
        data = key(data, name, argument)
        if name in asked.years and data.schema[name].is_integer():
            data = data.with_columns(pl.col(name).cast(pl.Int64))
    for name in asked.characteristics:
        data = label(data, name, argument)
    data = number_columns(data, [asked.value], argument, booleans=True)
    return _as_shares(data, asked.value, argument) if asked.method == "proportion" else data


def _as_shares(data: pl.DataFrame, value: str, argument: str) -> pl.DataFrame:
    """Return the frame with shares as 0 and 100."""
    numbers = data[value]
    hundred = numbers.max() == 100
    rule = "must hold true and false, 0 and 1, or 0 and 100 for a method of proportions"
    refuse_rows(numbers, ~numbers.is_in([0.0, 100.0 if hundred else 1.0]), rule, argument)
    return data if hundred else data.with_columns(pl.col(value) * 100)


def account_of(data: pl.DataFrame, asked: Asked) -> tuple[pl.DataFrame, list[str]]:
    """Return the account of the pupils, and notes where one characteristic of several is missing."""
    unplaced = pl.any_horizontal([pl.lit(value=False), *[pl.col(name).is_null() for name in asked.keys]])
    empty = pl.col(asked.value).is_null()
    none = pl.all_horizontal([pl.col(name).is_null() for name in asked.characteristics])
    reasons = [
        (unplaced, f"{' or '.join(asked.keys)} is missing"),
        (empty, f"{asked.value} is missing"),
        (none, "group is missing"),
    ]
    notes = []
    if len(asked.characteristics) > 1:
        counted = data.filter(~unplaced, ~empty, ~none).select(pl.col(asked.characteristics).null_count())
        notes = [f"{name}: {n:,} pupils without it left out" for name, n in counted.row(0, named=True).items() if n]
    return accounted(data, reasons), notes


def england_of(national: object, asked: Asked) -> pl.DataFrame:
    frame = as_frame(national, "national")
    columns = [*asked.years, *asked.characteristics, asked.value]
    require_columns(frame, columns, "national")
    if frame.schema[asked.value] == pl.Boolean and asked.method != "proportion":
        msg = f"national: column '{asked.value}' holds true and false, that of the pupils does not"
        raise InputError(msg)
    return read(frame.select(columns), asked, asked.years, "national").drop_nulls([*asked.years, asked.value])


def known_groups(england: pl.DataFrame, characteristic: str, labels: Sequence[str]) -> None:
    """Raise an error for a group of the pupils that nobody in England is in: its name must be spelt otherwise there."""
    there = england[characteristic].drop_nulls().unique().sort().to_list()
    for text in labels:
        if text not in there:
            raise unknown_name(f"national: group of '{characteristic}'", text, there)


def authorities_of(data: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Return the one authority of each school, as text in ``_la``."""
    if not asked.authority:
        return pl.DataFrame()
    column = asked.authority[0]
    places = data.select(*asked.keys, pl.col(column).cast(pl.String).alias("_la")).drop_nulls("_la").unique()
    several = (
        places.group_by(asked.keys).agg(pl.col("_la").sort()).filter(pl.col("_la").list.len() > 1).sort(asked.keys)
    )
    if several.height:
        shown = [f"{row[asked.by[0]]} ({', '.join(row['_la'])})" for row in several.head(6).iter_rows(named=True)]
        msg = f"pupils: column '{column}' must name one authority for each {asked.by[0]}; not so: {listed(shown)}"
        raise InputError(msg)
    return places.sort(asked.keys)


def without_authority(data: pl.DataFrame, authorities: pl.DataFrame, asked: Asked) -> list[str]:
    """Say how many pupils with an outcome are in schools that no row places in an authority."""
    if not asked.authority:
        return []
    n = data.drop_nulls(asked.value).join(authorities, on=asked.keys, how="anti", nulls_equal=True).height
    return [f"{asked.authority[0]}: {n:,} pupils of schools without it, in no authority"] if n else []


def reference_of(against: object, characteristic: str, labels: Sequence[str]) -> str:
    chosen = against.get(characteristic, "rest") if isinstance(against, Mapping) else against
    text = str(chosen).lower() if isinstance(chosen, bool) else str(chosen)
    if text not in labels and text not in ("rest", "all", "pairs"):
        raise unknown_name(f"against: group of '{characteristic}'", chosen, ["rest", "all", "pairs", *labels])
    return text


def reported(report: object | None, characteristic: str, labels: Sequence[str]) -> list[str] | None:
    chosen = report.get(characteristic) if isinstance(report, Mapping) else report
    if chosen is None:
        return None
    given = list(chosen) if isinstance(chosen, (list, tuple, set, frozenset)) else [chosen]
    texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in given]
    for text in texts:
        if text not in labels:
            raise unknown_name(f"report: group of '{characteristic}'", text, labels)
    return texts
