"""How gaps change from one year to another, and over several years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_confidence, require_texts, require_whole
from schoolframe._frames import require_columns
from schoolframe._gap_frames import IDENTITY, gap_frame
from schoolframe._key_columns import key, refuse_repeated
from schoolframe._measured import Measured, accounted
from schoolframe._number_columns import number_columns
from schoolframe._p_values import Adjustment, adjusted
from schoolframe._plugin import expression
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["gap_changes"]

_APART = ", or name what tells them apart in by="
_LEAST_YEARS = 3
_CHANGE = (
    *("first_year", "last_year", "first_gap", "last_gap", "change", "se", "ci_low", "ci_high"),
    *("statistic", "p_value"),
)
_TREND = ("slope", "slope_se", "slope_ci_low", "slope_ci_high", "slope_statistic", "slope_p_value")
_RESULTS = (*IDENTITY, *_CHANGE, "p_adjusted", "class", "years", *_TREND, "slope_class", "status")


def gap_changes(
    gaps: object,
    *,
    by: str | Sequence[str] | None = "urn",
    year: str = "year",
    gap: str = "gap",
    se: str = "se",
    between: tuple[int, int] | None = None,
    adjust: Adjustment | None = None,
    confidence: float = 0.95,
) -> Measured:
    """Change of each gap between two years and its trend over all years, with interval and test.

    Change::

        change = gap_last - gap_first        se = sqrt(se_first^2 + se_last^2)        z = change / se

    which takes the pupils of two years for different, independent pupils. The trend is the line through the gaps of all
    years, each weighted with ``1 / se^2``, tested with the standard error that follows from theirs; it needs three
    years.

    Changes are named by what happens to the distance from 0, whatever the sign of the gap (a negative gap means that
    the group is behind): ``widening``, the gap moves away from 0; ``narrowing``, it moves towards 0; ``crossed_zero``,
    it changes sides, so that who was behind is ahead; ``no_significant_change``, the interval of the change holds 0. A
    gap that narrows because the other pupils do worse is no improvement: look at both levels.

    Args:
        gaps: Result of :func:`pupil_gaps`, :func:`progress_gaps` or :func:`aggregate_gaps`, or any frame with a gap and
            its standard error, such as :func:`gap_test` gives. Gaps are followed by ``by`` and by those of the columns
            measure, characteristic, comparison, group and reference that are there.
        by: Columns that name a school; nothing for one place.
        year: Column of the year, whole numbers.
        gap: Column of the gap; ``"index"`` for :func:`gap_index`.
        se: Column of its standard error.
        between: First and last year of the change; by default the first and the last year of the frame.
        adjust: ``"holm"`` or ``"bh"`` to add ``p_adjusted`` of the changes; the family of tests is all changes with the
            same comparison (of the whole frame where there is no such column).
        confidence: Level of the intervals.

    Returns:
        A :class:`Measured`. Its frame has one row per gap followed: ``by`` and the columns that say what gap it is,
        ``first_year``, ``last_year`` (Int64), ``first_gap``, ``last_gap``, ``change``, ``se``, ``ci_low``, ``ci_high``,
        ``statistic``, ``p_value``, ``p_adjusted`` (if asked for, Float64), ``class`` (String, as above), ``years``
        (Int64, the years with a gap and its error), ``slope`` (points a year), ``slope_se``, ``slope_ci_low``,
        ``slope_ci_high``, ``slope_statistic``, ``slope_p_value`` (Float64), ``slope_class`` (as ``class``, for the ends
        of the line) and ``status``: ``ok``; ``missing`` (the gap of one of the two years is not there or not shown);
        ``no_error`` (the change is known, its error is not). The account counts the rows of ``gaps``.

    Raises:
        InputError: For a gap that is there twice in a year, fewer than two years, an infinite gap, a negative standard
            error, or columns of the wrong kind.
        UnknownNameError: For a column that does not exist.

    Source: definitions; weighted least squares with known variances.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> gaps = pl.DataFrame({"urn": 1, "year": [2017, 2018, 2019], "gap": [-0.9, -0.6, -0.2], "se": 0.2})
        >>> changes = sf.gap_changes(gaps).frame
        >>> changes.select(pl.col("change", "se", "slope", "slope_se").round(3), "class").row(0)
        (0.7, 0.283, 0.35, 0.141, 'narrowing')
    """
    data = gap_frame(gaps)
    places = [] if by is None else list(dict.fromkeys(require_texts(by, "by")))
    require_columns(data, [*places, year, gap, se], "gaps")
    for name in [*places, year]:
        if name in _RESULTS:
            msg = f"by: the name '{name}' stands for something else in the result; rename the column"
            raise InputError(msg)
    keys = [*places, *[name for name in IDENTITY if name in data.columns and name not in places]]
    require_columns(data, keys, "gaps")
    data = _read(data.select(*keys, year, gap, se), places, year, gap, se)
    rule = _native.normal_rule(require_confidence(confidence))
    reasons = [
        (pl.col("_year").is_null(), f"{year} is missing"),
        (pl.col("_gap").is_null(), f"{gap} is missing or not shown"),
        (pl.col("_se").is_null(), f"{se} is missing or 0"),
    ]
    rows = accounted(data, reasons)
    refuse_repeated(data.rename({"_year": year}), [*keys, year], "gaps", known=[year], hint=_APART)
    data = data.drop_nulls("_year")
    first, last = _between(data, between, year)
    ends = _ends(first, last)
    found = data.group_by(keys, maintain_order=True).agg(ends) if keys else data.select(ends)
    found = _tested(found, rule).with_columns(
        pl.lit(first, dtype=pl.Int64).alias("first_year"), pl.lit(last, dtype=pl.Int64).alias("last_year")
    )
    found = adjusted(found, adjust, ["comparison"] if "comparison" in keys else ["first_year"])
    notes = (f"change from {first} to {last}; the pupils of two years are taken as independent",)
    results = [name for name in _RESULTS if name in found.columns and name not in keys]
    return Measured(found.select(*keys, *results), rows, notes)


def _read(data: pl.DataFrame, places: list[str], year: str, gap: str, se: str) -> pl.DataFrame:
    for name in places:
        data = key(data, name, "gaps")
    dtype = data.schema[year]
    if not (dtype.is_integer() or dtype == pl.Null):
        msg = f"gaps: column '{year}' must hold whole numbers (2019 for 2018/19), not {dtype}"
        raise InputError(msg)
    data = number_columns(number_columns(data, [gap], "gaps"), [se], "gaps", least=0)
    return data.select(
        pl.exclude(year, gap, se),
        pl.col(year).cast(pl.Int64).alias("_year"),
        pl.col(gap).alias("_gap"),
        pl.when(pl.col(se) > 0).then(pl.col(se)).alias("_se"),
    )


def _between(data: pl.DataFrame, between: tuple[int, int] | None, year: str) -> tuple[int | None, int | None]:
    if between is not None:
        given: object = between  # whatever the annotation says, a caller may pass anything
        if not isinstance(given, (tuple, list)) or len(given) != 2:
            msg = f"between: two years such as (2018, 2019) are needed, not {between!r}"
            raise InputError(msg)
        first, last = (require_whole(one, "between") for one in given)
        if first >= last:
            msg = f"between: the first year must come before the last, not {between!r}"
            raise InputError(msg)
        return first, last
    if data.is_empty():
        return None, None
    years = data["_year"].unique().sort().to_list()
    if len(years) < 2:
        msg = f"gaps: column '{year}' holds one year, {years[0]}; a change needs two"
        raise InputError(msg)
    return years[0], years[-1]


def _ends(first: int | None, last: int | None) -> list[pl.Expr]:
    """Return gaps and errors of the two years, and the weighted line through all years, for each gap followed."""
    usable = pl.col("_gap").is_not_null() & pl.col("_se").is_not_null()
    years, gaps = pl.col("_year").filter(usable).cast(pl.Float64), pl.col("_gap").filter(usable)
    weights = 1 / pl.col("_se").filter(usable) ** 2
    # Both taken from their weighted means, so that years in the thousands cost no digits.
    middle, level = (weights * years).sum() / weights.sum(), (weights * gaps).sum() / weights.sum()
    across = (weights * (years - middle) ** 2).sum()
    enough = usable.sum() >= _LEAST_YEARS
    slope = (weights * (years - middle) * (gaps - level)).sum() / across
    columns = [
        pl.col(f"_{name}").filter(pl.col("_year") == pl.lit(at, dtype=pl.Int64)).first().alias(f"{end}_{name}")
        for end, at in (("first", first), ("last", last))
        for name in ("gap", "se")
    ]
    return [
        *columns,
        usable.sum().cast(pl.Int64).alias("years"),
        pl.when(enough).then(slope).alias("slope"),
        pl.when(enough).then(1 / across.sqrt()).alias("slope_se"),
        (level + slope * (years.min() - middle)).alias("_line_first"),
        (level + slope * (years.max() - middle)).alias("_line_last"),
    ]


def _tested(found: pl.DataFrame, rule: str) -> pl.DataFrame:
    found = found.with_columns(
        (pl.col("last_gap") - pl.col("first_gap")).alias("change"),
        (pl.col("first_se") ** 2 + pl.col("last_se") ** 2).sqrt().alias("se"),
    )
    tests = {"": ("change", "se"), "slope_": ("slope", "slope_se")}
    for prefix, (estimate, error) in tests.items():
        test = expression("normal_test", [pl.col(estimate), pl.col(error)], rule)
        names = [f"{prefix}{name}" for name in ("ci_low", "ci_high", "statistic", "p_value")]
        found = found.with_columns(test.struct.rename_fields(names).alias("_test")).unnest("_test")
    status = (
        pl.when(pl.col("change").is_null())
        .then(pl.lit("missing"))
        .when(pl.col("se").is_null())
        .then(pl.lit("no_error"))
        .otherwise(pl.lit("ok"))
    )
    return found.with_columns(
        _class("first_gap", "last_gap", "").alias("class"),
        _class("_line_first", "_line_last", "slope_").alias("slope_class"),
        status.alias("status"),
    )


def _class(first: str, last: str, prefix: str) -> pl.Expr:
    before, after = pl.col(first), pl.col(last)
    low, high = pl.col(f"{prefix}ci_low"), pl.col(f"{prefix}ci_high")
    return (
        pl.when(low.is_null())
        .then(None)
        .when((low <= 0) & (high >= 0))
        .then(pl.lit("no_significant_change"))
        .when(before.sign() * after.sign() < 0)
        .then(pl.lit("crossed_zero"))
        .when(after.abs() > before.abs())
        .then(pl.lit("widening"))
        .otherwise(pl.lit("narrowing"))
    )
