"""The gap index: how far apart two groups stand in one order of merit, from -10 to 10."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe import _native
from schoolframe._arguments import (
    require_confidence,
    require_text,
    require_texts,
    require_whole,
    unknown_name,
)
from schoolframe._column_checks import refuse
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import key, label, refuse_repeated
from schoolframe._measured import Measured, account, accounted
from schoolframe._number_columns import number_columns, refuse_rows
from schoolframe._plugin import expression
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["gap_index", "gap_index_from_counts"]

_FIGURES = (
    *("group_n", "reference_n", "group_rank", "reference_rank", "superiority", "index", "se", "ci_low", "ci_high"),
    *("statistic", "p_value", "method", "status"),
)
_RESULTS = ("measure", "group", "reference", *_FIGURES)


def gap_index(
    pupils: object,
    score: str,
    group: str,
    *,
    member: object = True,
    by: str | Sequence[str] | None = None,
    year: str | None = "year",
    pupil: str | None = None,
    confidence: float = 0.95,
    min_group: int = 6,
) -> Measured:
    """Gap index of a group of pupils against all other pupils: the difference of their mean ranks, scaled to -10 to 10.

    All pupils with a score are ranked together, 1 is the lowest, ties share their average rank. With ``R`` the mean
    ranks of the other pupils and of the group, and ``N`` the number of pupils::

        index = 20 * (R_other - R_group) / N = 20 * (P - 0.5)

    where ``P`` is the probability that a random other pupil has a higher score than a random pupil of the group, ties
    counted half. It is positive where the group is behind (other gaps of this package are negative there), 0 without a
    gap, and does not depend on the scale of the score.

    The standard error of ``P`` is that of DeLong and others (1988), from the spread of each pupil's share of pupils of
    the other group below (above) them; the interval is cut at -10 and 10. The test is that of Mann and Whitney with
    ties, without correction for continuity. For all pupils of England the interval says how far the index would differ
    among other pupils like them.

    Args:
        pupils: One row per pupil (and year).
        score: Column of the score, numbers; only their order counts. NaN is missing.
        group: Column that says who is in the group.
        member: Value of that column for pupils in the group; everybody else with a value is an other pupil.
        by: Columns of places; pupils are ranked within each, so that indices of two places are not comparable with the
            national one. By default all pupils together.
        year: Column of the year; where it is there, each year is ranked on its own.
        pupil: Column that identifies pupils; one who is there twice (in a year) is an error.
        confidence: Level of the interval.
        min_group: Fewest pupils that both groups must have to be shown.

    Returns:
        A :class:`Measured`. Its frame has one row per place and year: their columns, ``measure`` (the name of the
        score), ``group``, ``reference`` (String), ``group_n``, ``reference_n`` (Int64), ``group_rank``,
        ``reference_rank`` (mean ranks), ``superiority`` (``P``), ``index``, ``se``, ``ci_low``, ``ci_high`` (of the
        index), ``statistic``, ``p_value`` (Float64), ``method`` (``delong``) and ``status`` (String): ``ok``;
        ``missing`` (a group has no pupil with a score); ``below_minimum``; ``no_error`` (the groups do not overlap, or
        have one score: there is no interval).

    Raises:
        InputError: For a column of the wrong kind, an infinite score, or a pupil who is there twice.
        UnknownNameError: For a column that does not exist, or a ``member`` that no pupil has.

    Source: Department for Education, key stage 2 and 4 disadvantage gap index; the scale was confirmed by its published
        values, its text was not found. Standard error: DeLong, DeLong and Clarke-Pearson (1988).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({"fsm": [True] * 6 + [False] * 6, "grade": [1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 7, 8]})
        >>> found = sf.gap_index(pupils, "grade", "fsm")
        >>> found.frame.select("superiority", "index", pl.col("ci_low", "ci_high").round(2)).row(0)
        (0.7777777777777778, 5.555555555555555, 0.13, 10.0)
    """
    data = as_frame(pupils, "pupils")
    if score == group:
        msg = f"group: column '{group}' is the score; name the column that says who is in the group"
        raise InputError(msg)
    keys = _keys(data, by, year, {score, group}, "pupils")
    require_columns(data, [score, group], "pupils")
    if pupil is not None:
        require_columns(data, [pupil], "pupils")
        refuse_repeated(data, [pupil, *(name for name in keys if name == year)], "pupils", known=[pupil])
    data = data.select(*keys, score, group)
    for name in keys:
        data = key(data, name, "pupils")
    data = number_columns(label(data, group, "pupils"), [score], "pupils", booleans=True)
    wanted = str(member).lower() if isinstance(member, bool) else str(member)
    labels = data[group].drop_nulls().unique().sort().to_list()
    if labels and wanted not in labels:
        raise unknown_name(f"member: group of '{group}'", wanted, labels)
    unplaced = pl.any_horizontal([pl.lit(value=False), *[pl.col(name).is_null() for name in keys]])
    reasons = [
        (unplaced, f"{' or '.join(keys)} is missing"),
        (pl.col(score).is_null(), f"{score} is missing"),
        (pl.col(group).is_null(), "group is missing"),
    ]
    rows = accounted(data, reasons)
    inside = pl.col(group) == wanted
    levels = (
        data.drop_nulls()
        .group_by(*keys, pl.col(score).alias("_level"))
        .agg(inside.sum().alias("_group"), (~inside).sum().alias("_other"))
    )
    found = _indices(levels, keys, confidence, min_group)
    return Measured(_named(found, keys, score, wanted, "other pupils"), rows, (_SIGN,))


def gap_index_from_counts(
    counts: object,
    level: str,
    group: str,
    other: str,
    *,
    by: str | Sequence[str] | None = None,
    year: str | None = "year",
    confidence: float = 0.95,
    min_group: int = 6,
) -> Measured:
    """Gap index from numbers of pupils by grade, such as a published table; exact, as from the pupils themselves.

    Formula, interval and test are those of :func:`gap_index`.

    Args:
        counts: One row per grade (and place and year).
        level: Column of the grade: numbers, or an Enum whose order is that of the grades, lowest first. Several rows of
            one grade are added up.
        group: Column of the number of pupils in the group with that grade, whole numbers.
        other: Column of the number of other pupils with that grade.
        by: Columns of places.
        year: Column of the year; where it is there, each year is ranked on its own.
        confidence: Level of the interval.
        min_group: Fewest pupils that both groups must have to be shown.

    Returns:
        A :class:`Measured` as from :func:`gap_index`; ``group`` and ``reference`` are the names of the two columns. Its
        account counts rows of the table.

    Raises:
        InputError: For a count that is missing (a suppressed cell would bend the index), negative or not whole, or a
            grade that is missing or has no order.
        UnknownNameError: For a column that does not exist.

    Source: as :func:`gap_index`.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> maths = pl.DataFrame({
        ...     "grade": range(10),
        ...     "disadvantaged": [5256, 14828, 19742, 23624, 29472, 21241, 10963, 7084, 4535, 1775],
        ...     "other": [3198, 12871, 24698, 42912, 82281, 85440, 57861, 44854, 37272, 20083],
        ... })
        >>> found = sf.gap_index_from_counts(maths, "grade", "disadvantaged", "other")
        >>> found.frame.select(pl.col("superiority").round(5), pl.col("index").round(3)).row(0)
        (0.6821, 3.642)
    """
    data = as_frame(counts, "counts")
    require_columns(data, [level, group, other], "counts")
    keys = _keys(data, by, year, {level, group, other}, "counts")
    data = data.select(*keys, level, group, other)
    for name in keys:
        data = key(data, name, "counts")
    dtype = data.schema[level]
    if isinstance(dtype, pl.Enum):
        data = data.with_columns(pl.col(level).to_physical())
    elif not (dtype.is_numeric() or dtype == pl.Null):
        msg = f"counts: column '{level}' must hold numbers or an Enum in the order of grades, it holds {dtype}"
        raise InputError(msg)
    data = number_columns(data, [level, group, other], "counts", booleans=True)
    for name in (group, other):
        numbers = data[name]
        odd = numbers.is_null() | (numbers < 0) | (numbers != numbers.floor())
        refuse_rows(numbers, odd, "must hold numbers of pupils, whole and not negative", "counts")
        refuse_rows(numbers, numbers > _MOST_PUPILS, "must hold numbers of pupils, at most 2^53", "counts")
    blank = data.select(pl.any_horizontal([pl.col(name).is_null() for name in [*keys, level]]).arg_true()).to_series()
    refuse("counts", level, "and the keys must not be missing", [f"row {row}" for row in blank.to_list()])
    levels = data.select(
        *keys, pl.col(level).alias("_level"), pl.col(group).alias("_group"), pl.col(other).alias("_other")
    )
    found = _indices(levels, keys, confidence, min_group)
    return Measured(_named(found, keys, level, group, other), account(data.height, {}), (_SIGN,))


# Above it a float no longer tells a number from the next.
_MOST_PUPILS = 2**53
_SIGN = "index: positive where the group is behind, -10 to 10"


def _keys(
    data: pl.DataFrame, by: str | Sequence[str] | None, year: str | None, taken: set[str], argument: str
) -> list[str]:
    keys = [] if by is None else list(dict.fromkeys(require_texts(by, "by")))
    year = None if year is None else require_text(year, "year", "'year'")
    if year is not None and (year != "year" or year in data.columns) and year not in keys:
        keys.append(year)
    require_columns(data, keys, argument)
    for name in keys:
        if name in _RESULTS or name in taken or name.startswith("_"):
            msg = f"by: the name '{name}' stands for something else in the result; rename the column"
            raise InputError(msg)
    return keys


def _indices(levels: pl.DataFrame, keys: list[str], confidence: float, min_group: int) -> pl.DataFrame:
    rule = _native.gap_index_rule(require_confidence(confidence), require_whole(min_group, "min_group", 0))
    index = expression(
        "gap_index", [pl.col("_level"), pl.col("_group"), pl.col("_other")], rule, elementwise=False, scalar=True
    )
    if keys:
        return levels.group_by(keys).agg(index.alias("_index")).sort(keys).unnest("_index")
    return levels.select(index.alias("_index")).unnest("_index")


def _named(found: pl.DataFrame, keys: list[str], measure: str, group: str, reference: str) -> pl.DataFrame:
    words = {"measure": measure, "group": group, "reference": reference, "method": "delong"}
    return found.with_columns([pl.lit(text).alias(name) for name, text in words.items()]).select(*keys, *_RESULTS)
