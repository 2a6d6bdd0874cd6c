"""The decisions of people about categories: read, checked, and joined with the schools they are about."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._column_checks import dates, flags, listed, refuse, schools, whole_numbers, words
from schoolframe._frames import as_frame, require_columns
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["match_schools", "read_decisions"]

_NEEDED = ("urn", "moderated", "decided_by", "decided_on", "reason", "agreed_by_school")
_OPTIONAL = ("year", "term", "provisional")
_ARGUMENT = "decisions"


def read_decisions(decisions: object, categories: Sequence[str], framework: str) -> pl.DataFrame:
    """Return the decisions with the types they must have, each value checked for itself."""
    data = as_frame(decisions, _ARGUMENT)
    require_columns(data, _NEEDED, _ARGUMENT)
    for name in _OPTIONAL:
        if name in data.columns:
            continue
        others = [column for column in data.columns if column not in (*_NEEDED, *_OPTIONAL)]
        near = difflib.get_close_matches(name, others, n=1, cutoff=0.85)
        if near:
            msg = f"{_ARGUMENT}: column '{near[0]}' is not known; did you mean '{name}'? Rename or drop it"
            raise InputError(msg)
    data = data.select(*_NEEDED, *(name for name in _OPTIONAL if name in data.columns))
    for name in ("urn", "year"):
        if name in data.columns:
            data = whole_numbers(data, name, _ARGUMENT)
    for name in ("moderated", "provisional", "decided_by", "reason", "term"):
        if name in data.columns:
            named = name in ("moderated", "provisional", "term")
            data = words(data, name, _ARGUMENT, numbers=named)
    data = flags(dates(data, "decided_on", _ARGUMENT), "agreed_by_school", _ARGUMENT)
    for name, why in (
        ("urn", "must name the school"),
        ("moderated", "must name the category decided on; leave out schools without a decision"),
        ("decided_by", "must say who decided"),
        ("decided_on", "must say on which day it was decided"),
    ):
        refuse(_ARGUMENT, name, why, schools(data.filter(pl.col(name).is_null()), name))
    for name in ("moderated", "provisional"):
        if name not in data.columns:
            continue
        strange = data.filter(~pl.col(name).is_in(list(categories)))
        rule = f"must be a category of {framework} ({', '.join(categories)})"
        said = schools(strange, name)
        said[:1] = [text + _nearest(strange[name][0], categories) for text in said[:1]]
        refuse(_ARGUMENT, name, rule, said)
    return data


def match_schools(decisions: pl.DataFrame, provisional: pl.DataFrame) -> pl.DataFrame:
    """Give each decision the year of its school, refuse unknown schools, and mark the decision that counts."""
    decisions = _with_year(decisions, provisional)
    keys = ["urn", "year"]
    unknown = decisions.join(provisional, on=keys, how="anti", nulls_equal=True)
    if not unknown.is_empty():
        held = provisional.group_by("urn").agg(pl.col("year").sort())
        known = dict(held.filter(pl.col("urn").is_in(unknown["urn"].unique().to_list())).iter_rows())
        said = []
        for urn, year in unknown.select(keys).iter_rows():
            years = ", ".join("no year" if one is None else str(one) for one in known.get(urn, []))
            said.append(f"{urn} in {year} (assigned: {years})" if years else f"{urn}")
        refuse(_ARGUMENT, "urn", "must name schools that were assigned", said)
    twice = decisions.filter(pl.struct("urn", "year", "decided_on").is_duplicated()).unique(
        ["urn", "year", "decided_on"], maintain_order=True
    )
    refuse(_ARGUMENT, "decided_on", "must differ between two decisions for one school", schools(twice, "decided_on"))
    latest = pl.col("decided_on") == pl.col("decided_on").max().over(keys)
    decisions = decisions.with_columns(in_force=latest)
    if "provisional" in decisions.columns:
        _check_provisional(decisions, provisional)
    return decisions


def _nearest(strange: str, categories: Sequence[str]) -> str:
    lower = {name.lower(): name for name in categories}
    near = difflib.get_close_matches(strange.lower(), list(lower), n=1)
    return f" (did you mean '{lower[near[0]]}'?)" if near else ""


def _with_year(decisions: pl.DataFrame, provisional: pl.DataFrame) -> pl.DataFrame:
    """Fill in the year of schools that were assigned for one year only."""
    if "year" not in decisions.columns:
        decisions = decisions.with_columns(year=pl.lit(None, dtype=pl.Int64))
    elif provisional["year"].null_count() == provisional.height and decisions["year"].null_count() < decisions.height:
        msg = f"{_ARGUMENT}: column 'year' names years, and the schools were assigned without any; leave it out"
        raise InputError(msg)
    years = provisional.group_by("urn").agg(only=pl.col("year").first(), years=pl.col("year").sort())
    joined = decisions.join(years, on="urn", how="left", maintain_order="left")
    several = joined.filter(pl.col("year").is_null(), pl.col("years").list.len() > 1)
    if not several.is_empty():
        said = [
            f"school {urn} ({', '.join(str(year) for year in held)})"
            for urn, held in several.select("urn", "years").unique("urn", maintain_order=True).iter_rows()
        ]
        noun = "school was" if len(said) == 1 else "schools were"
        msg = f"{_ARGUMENT}: column 'year' is needed, {len(said)} {noun} assigned for several years: {listed(said)}"
        raise InputError(msg)
    return joined.with_columns(pl.coalesce("year", "only").alias("year")).drop("only", "years")


def _check_provisional(decisions: pl.DataFrame, provisional: pl.DataFrame) -> None:
    """Refuse a decision in force that was taken on another provisional category than the one that follows now."""
    stated = decisions.filter("in_force", pl.col("provisional").is_not_null()).rename({"provisional": "stated"})
    both = stated.join(provisional, on=["urn", "year"], how="left", nulls_equal=True, maintain_order="left")
    differ = both.filter(pl.col("stated").ne_missing(pl.col("provisional")))
    said = [
        f"'{row['stated']}', now "
        + (f"'{row['provisional']}'" if row["provisional"] else f"open ({', '.join(row['possible']) or 'none fits'})")
        + f" ({school})"
        for row, school in zip(differ.iter_rows(named=True), schools(differ), strict=True)
    ]
    refuse(_ARGUMENT, "provisional", "must be the category that the assignment gives; take the decision again", said)
