"""How figures of schools stand among those of their comparison groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import (
    known_keys,
    require_confidence,
    require_number,
    require_texts,
    require_whole,
    unknown_name,
)
from schoolframe._column_checks import whole_numbers
from schoolframe._frames import as_frame, require_columns
from schoolframe._indicator_vocabulary import vocabulary
from schoolframe._key_columns import refuse_repeated, years_as_keys
from schoolframe._number_columns import number_column, number_columns
from schoolframe.comparison_groups import ComparisonGroups
from schoolframe.exceptions import InputError
from schoolframe.gaps import gap_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import Direction

__all__ = ["compare_to_groups"]

_KEYS = ("year", "urn", "la", "la_name", "school_name", "phase")
# fmt: off
_COLUMNS = ("measure", "comparison", "group", "in_group", "value", "pupils", "group_n", "mean", "q25", "median", "q75",
            "rank", "percentile", "difference", "se", "ci_low", "ci_high", "method", "status", "reason")
# fmt: on
# Under these numbers of schools a percentile, and quartiles, say less than the order of the schools.
_LEAST_FOR_PERCENTILE = 20
_LEAST_FOR_QUARTILES = 4


def compare_to_groups(
    frame: object,
    values: str | Sequence[str],
    groups: ComparisonGroups,
    *,
    direction: Direction | Mapping[str, Direction] | None = None,
    n: str | Mapping[str, str] | None = None,
    sd: float | str | Mapping[str, float | str] | None = None,
    confidence: float = 0.95,
    min_group: int = 6,
    min_pupils: int = 6,
) -> pl.DataFrame:
    """Set every figure of every school beside all of its comparison groups at once.

    Means, medians and quartiles (type 7) are of schools, each counting once, among the members of the group that have
    the figure. The percentile is ``100 * (worse + tied / 2) / n`` among these members, 100 is best whatever the
    direction, a school that is a member counting as tied with itself. The difference is value minus mean; its interval
    is ``difference -+ z * sd / sqrt(pupils)``, with the mean of the group taken as known without error and ``z`` 1.96
    for 95 %. In a group of ``k`` schools of one size that is too wide for a member, whose own error is in the mean too,
    by ``1 / sqrt(1 - 1 / k)``, and too narrow for another school by ``sqrt(1 + 1 / k)``.

    Args:
        frame: One row per school (and year): ``urn``, the figures and what ``n`` and ``sd`` name. The figures of the
            members are taken from here too, so give all schools of the groups, not only those of interest.
        values: Columns of figures.
        groups: What :func:`comparison_groups` returns.
        direction: ``"higher_better"`` or ``"lower_better"``, for all figures or by figure; without it that of the
            vocabulary of indicators.
        n: Column with the number of pupils behind the figures, or a mapping from figure to column.
        sd: Pupil-level standard deviation of the figures: a number, a column, or a mapping from figure to either.
            Without ``n`` and ``sd`` the difference has no interval.
        confidence: Level of the intervals.
        min_group: Fewest schools with the figure that a group must have to be shown.
        min_pupils: Fewest pupils behind a school's figure for it to be shown, where ``n`` says how many there are.
            Figures of fewer pupils do not count in the groups either: the mean would give them away.

    Returns:
        One row per row of ``frame``, figure and comparison, in this order: the key columns that are there (year, urn,
        la, la_name, school_name, phase), then ``measure``, ``comparison``, ``group`` (String), ``in_group`` (Boolean:
        the school is a member), ``value``, ``pupils`` (Float64), ``group_n`` (Int64), ``mean``, ``q25``, ``median``,
        ``q75`` (Float64; quartiles from 4 schools), ``rank`` (Int64, 1 best, equal values share the best rank),
        ``percentile`` (Float64; from 20 schools), ``difference``, ``se``, ``ci_low``, ``ci_high`` (Float64),
        ``method``, ``status`` and ``reason`` (String). Status: ``ok``; ``missing`` (the school has no figure);
        ``below_minimum`` (of too few pupils, not shown); ``group_below_minimum`` (of too few schools, not shown);
        ``no_group`` (``reason`` says why).

    Raises:
        InputError: For groups without schools, a figure that is no number or infinite, a school given twice, negative
            pupils, a spread that is not above 0, a figure without direction, or years on one side only.
        UnknownNameError: For a column or direction that does not exist, or a figure of a mapping.

    Source: definitions of this package; minimum of 6 as in the performance tables.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({
        ...     "urn": range(1, 8), "la": ["882"] * 7, "phase": ["secondary"] * 7, "n": [100] * 7,
        ...     "p8": [-0.6, -0.2, 0.0, 0.1, 0.2, 0.2, 0.5],
        ... })
        >>> beside = sf.compare_to_groups(schools, "p8", sf.comparison_groups(schools), n="n", sd=1.27)
        >>> last = beside.filter(urn=7, comparison="authority")
        >>> last.select("group_n", "median", "rank", pl.col("difference", "ci_low", "ci_high").round(3)).row(0)
        (7, 0.1, 1, 0.471, 0.223, 0.72)
    """
    if not isinstance(groups, ComparisonGroups):
        msg = f"groups: the result of comparison_groups is needed, not {type(groups).__qualname__}"
        raise InputError(msg)
    if not groups.comparisons:
        msg = "groups: no school is in them; see their notes for the rows that were left out"
        raise InputError(msg)
    least_schools, least_pupils = (
        require_whole(min_group, "min_group", 1),
        require_whole(min_pupils, "min_pupils", 0),
    )
    confidence = require_confidence(confidence)
    data = as_frame(frame)
    measures = list(dict.fromkeys(require_texts(values, "values")))
    if not measures:
        msg = "values: name at least one column"
        raise InputError(msg)
    require_columns(data, ["urn", *measures])
    for name in ("urn", "year"):
        if name in measures:
            msg = f"values: column '{name}' says which row it is, it is no figure"
            raise InputError(msg)
    for argument, mapping in (("direction", direction), ("n", n), ("sd", sd)):
        known_keys(mapping, f"{argument}: figure", measures, data.columns)
    years = ["year"] if "year" in data.columns else []
    if groups.by_year and not years:
        msg = "frame: the groups differ from year to year, so a column 'year' is needed"
        raise InputError(msg)
    data = whole_numbers(data, "urn", "frame")
    refuse_repeated(data, ["urn", *years], known=["urn", *years])
    given = data
    if groups.by_year:
        data = years_as_keys(data, "frame", groups.schools.schema["year"])
    asked, members = _coded(groups, data, years)
    keys = ["_group", *years]
    school = ["urn", *(years if groups.by_year else [])]
    parts = []
    for at, measure in enumerate(measures):
        one_n, one_sd = _one(n, measure, "n"), _one(sd, measure, "sd")
        tall = _tall(data, measure, one_n, one_sd)
        shown = tall.filter(pl.col("value").is_not_null(), ~_of_few(least_pupils))
        held = members.join(shown, on=school, how="inner").select(*keys, "value")
        beside = asked.join(tall.drop("urn", *years), on="_row", how="left")
        beside = _placed(beside, held, keys, lower=_direction(direction, measure) == "lower_better")
        beside = _shown(beside, least_schools, least_pupils)
        with_error = one_n is not None and one_sd is not None
        beside = _with_difference(beside, confidence, with_error=with_error)
        beside = beside.with_columns(pl.lit(at).alias("_measure"), pl.lit(measure).alias("measure"))
        parts.append(beside.select("_row", "_measure", "_comparison", *_COLUMNS))
    every = pl.concat(parts).sort("_row", "_measure", "_comparison")
    named = given.select(name for name in _KEYS if name in data.columns)
    return named.select(pl.all().gather(every["_row"])).hstack(every.select(_COLUMNS))


def _coded(groups: ComparisonGroups, data: pl.DataFrame, years: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return every row of the frame with each of its groups, and the members, both with numbers for the groups."""
    school = ["urn", *(years if groups.by_year else [])]
    schools, members = groups.schools, groups.members
    name = ["comparison", "group"]
    numbers = schools.select(name).drop_nulls().unique(maintain_order=True).with_row_index("_group")
    members = members.join(numbers, on=name, how="inner").select(*school, "_group")
    itself = members.with_columns(pl.lit(value=True).alias("in_group"))
    rows = data.select("urn", *years).with_row_index("_row")
    parts = []
    for at, comparison in enumerate(groups.comparisons):
        of_schools = schools.filter(comparison=comparison).drop("comparison")
        part = rows.join(of_schools, on=school, how="left", maintain_order="left")
        parts.append(part.with_columns(pl.lit(at).alias("_comparison"), pl.lit(comparison).alias("comparison")))
    asked = pl.concat(parts).join(numbers, on=name, how="left").join(itself, on=[*school, "_group"], how="left")
    grouped = pl.col("group").is_not_null()
    return asked.with_columns(
        pl.when(grouped).then(pl.col("in_group").fill_null(value=False)).alias("in_group"),
        pl.when(~grouped).then(pl.col("reason").fill_null("not among the schools of the groups")).alias("reason"),
    ), members


def _tall(data: pl.DataFrame, measure: str, n: str | float | None, sd: str | float | None) -> pl.DataFrame:
    """Return one row per school with a figure, its pupils and its spread."""
    if n is not None and not isinstance(n, str):
        msg = f"n: the name of a column is needed, not {n!r}"
        raise InputError(msg)
    data = number_columns(data, [measure])
    if n is not None:
        data = number_columns(data, [n], least=0)
    if isinstance(sd, str):
        data = data.with_columns(number_column(data, sd, above=0))
    elif sd is not None and not 0 < sd < float("inf"):
        msg = f"sd: a finite number above 0 is needed, not {sd}"
        raise InputError(msg)
    missing = pl.lit(None, dtype=pl.Float64)
    return data.with_row_index("_row").select(
        "_row",
        "urn",
        *(["year"] if "year" in data.columns else []),
        # Adding 0 turns -0 into 0, so that equal values are equal as keys.
        (pl.col(measure) + 0.0).alias("value"),
        (missing if n is None else pl.col(n)).alias("pupils"),
        (pl.col(sd) if isinstance(sd, str) else pl.lit(sd, dtype=pl.Float64)).alias("sd"),
    )


def _placed(beside: pl.DataFrame, held: pl.DataFrame, keys: list[str], *, lower: bool) -> pl.DataFrame:
    """Add the statistics of each group, and how many of its values are worse than a school's, equal to it, better."""
    value = pl.col("value")
    quartiles = [value.quantile(at, interpolation="linear").alias(f"q{at * 100:.0f}") for at in (0.25, 0.75)]
    statistics = (
        held.group_by(keys)
        .agg(
            pl.len().cast(pl.Int64).alias("group_n"),
            value.mean().alias("mean"),
            value.median().alias("median"),
            *quartiles,
        )
        .sort(keys)
        .with_columns((pl.col("group_n").cum_sum() - pl.col("group_n")).alias("_before"))
    )
    # Values that only a school outside the group has take part with a count of 0.
    asked = beside.filter(pl.col("_group").is_not_null() & value.is_not_null() & ~pl.col("in_group"))
    counted = pl.col("tied").sum().cast(pl.Int64)
    places = (
        pl.concat([held.with_columns(pl.lit(1).alias("tied")), asked.select(*keys, "value", pl.lit(0).alias("tied"))])
        .group_by(*keys, "value")
        .agg(counted)
        .sort(*keys, "value")
        .with_columns((pl.col("tied").cum_sum() - pl.col("tied")).alias("_smaller"))
    )
    beside = beside.join(statistics, on=keys, how="left").join(places, on=[*keys, "value"], how="left")
    smaller = pl.col("_smaller") - pl.col("_before")
    larger = pl.col("group_n") - smaller - pl.col("tied")
    better, worse = (smaller, larger) if lower else (larger, smaller)
    return beside.with_columns(
        pl.when(pl.col("group").is_not_null()).then(pl.col("group_n").fill_null(0)).alias("group_n"),
        (better + 1).alias("rank"),
        ((worse + pl.col("tied") / 2) * 100 / pl.col("group_n")).alias("percentile"),
    )


def _shown(beside: pl.DataFrame, least_schools: int, least_pupils: int) -> pl.DataFrame:
    """Say how each comparison stands, and hide what is of too few schools or pupils."""
    status = (
        pl.when(pl.col("group").is_null())
        .then(pl.lit("no_group"))
        .when(_of_few(least_pupils))
        .then(pl.lit("below_minimum"))
        .when(pl.col("value").is_null())
        .then(pl.lit("missing"))
        .when(pl.col("group_n") < least_schools)
        .then(pl.lit("group_below_minimum"))
        .otherwise(pl.lit("ok"))
    )
    enough = pl.col("group_n") >= least_schools
    of_group = pl.col("status").is_in(["ok", "missing"]) & enough
    of_school = pl.col("status") == "ok"
    quartiles = of_group & (pl.col("group_n") >= _LEAST_FOR_QUARTILES)
    percentile = of_school & (pl.col("group_n") >= _LEAST_FOR_PERCENTILE)
    return beside.with_columns(status.alias("status")).with_columns(
        pl.when(~_of_few(least_pupils)).then("value").alias("value"),
        *(pl.when(of_group).then(name).alias(name) for name in ("mean", "median")),
        *(pl.when(quartiles).then(name).alias(name) for name in ("q25", "q75")),
        pl.when(of_school).then("rank").alias("rank"),
        pl.when(percentile).then("percentile").alias("percentile"),
    )


def _of_few(least_pupils: int) -> pl.Expr:
    return (pl.col("pupils") < least_pupils).fill_null(value=False)


def _with_difference(beside: pl.DataFrame, confidence: float, *, with_error: bool) -> pl.DataFrame:
    """Add the difference from the mean of the group, and its interval where pupils and spread are known."""
    of_school = pl.col("status") == "ok"
    known = gap_test(
        pl.when(of_school).then("value"),
        "pupils",
        "mean",
        method="known_sd",
        known_sd="sd",
        fixed=True,
        confidence=confidence,
        min_group=0,
    )
    names = ("se", "ci_low", "ci_high")
    if with_error:
        beside = beside.with_columns(known.alias("_test"))
        error = [pl.col("_test").struct.field(name).alias(name) for name in names]
    else:
        error = [pl.lit(None, dtype=pl.Float64).alias(name) for name in names]
    beside = beside.with_columns(pl.when(of_school).then(pl.col("value") - pl.col("mean")).alias("difference"), *error)
    return beside.with_columns(pl.when(pl.col("se").is_not_null()).then(pl.lit("known_sd")).alias("method"))


def _one(given: object, measure: str, argument: str) -> str | float | None:
    """Return what one figure is given of an argument for all or by figure."""
    found = given.get(measure) if isinstance(given, Mapping) else given
    if found is None or isinstance(found, str):
        return found
    return require_number(found, argument)


def _direction(given: object, measure: str) -> Direction:
    found = given.get(measure) if isinstance(given, Mapping) else given
    if found is None:
        entry = vocabulary().get(measure)
        found = None if entry is None else entry.polarity
        if found not in ("higher_better", "lower_better"):
            msg = f"direction: say 'higher_better' or 'lower_better' for '{measure}', which has no direction of its own"
            raise InputError(msg)
    if found not in ("higher_better", "lower_better"):
        raise unknown_name("direction", found, ["higher_better", "lower_better"])
    return found
