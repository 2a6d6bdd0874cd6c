"""Several years of results: weighted averages, trends by test, and what holds year after year.

A year is the calendar year in which the academic year ends. 2020 and 2021 have no results; every function says what
that means for its windows (``bridge``).

Example:
    >>> import polars as pl
    >>> import schoolframe as sf
    >>> school = pl.DataFrame({"urn": [1] * 3, "year": [2017, 2018, 2019], "va": [0.1, 0.2, 0.4], "n": [100] * 3})
    >>> sf.multi_year_average(school, "va", n="n").frame.select("n", "n_years", "complete").row(0)
    (300.0, 3, True)
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_number, require_whole
from schoolframe._column_checks import refuse
from schoolframe._frames import as_frame
from schoolframe._measured import Measured, account
from schoolframe._number_columns import number_column, share_of, spread_column
from schoolframe._year_windows import NO_RESULTS, by_year, end_years, told, window, years_without
from schoolframe.exceptions import InputError
from schoolframe.gaps import gap_test

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["consistently", "multi_year_average"]

# Columns of the results, and of the steps towards them: no school can be named by such a column.
_OF_AVERAGE = (
    *("year", "value", "n", "n_years", "years", "complete", "se", "ci_low", "ci_high", "method", "status"),
    *("gap", "statistic", "df", "p_value", "_year", "_v", "_n", "_sd", "_row", "_w", "_mean", "_total", "_se", "_test"),
)
_OF_FLAG = (
    *("year", "consistent", "run", "n_years", "status", "reason"),
    *("_year", "_flag", "_row", "_place", "_lost", "_against"),
)


def multi_year_average(
    frame: object,
    value: str,
    *,
    n: str | None = None,
    weights: Sequence[float] = (3, 2, 1),
    by: str | Sequence[str] = "urn",
    year: str = "year",
    as_of: int | None = None,
    rolling: bool = False,
    bridge: bool = True,
    no_results: Iterable[int] = NO_RESULTS,
    sd: str | float | None = None,
    confidence: float = 0.95,
    min_group: int = 6,
) -> Measured:
    """Average of several years, the latest with the most weight.

    ``value = sum(w n v) / sum(w n)`` over the years of the window that the school has; ``w`` is 3 for the latest year
    of the window, 2 for the one before, 1 for the one before that. With ``sd``, the standard deviation of pupils,
    ``se = sqrt(sum(w^2 n sd^2)) / sum(w n)``: the years are taken as different pupils.

    Args:
        frame: One row per school and year.
        value: Column of the measure.
        n: Column of the number of pupils; without it every year weighs as many.
        weights: Weight of each year, the latest first; as many as the window has years.
        by: Columns that name the school.
        year: Column of the results year.
        as_of: Last year of the window; by default the latest year of the frame, for every school.
        rolling: Make a window that ends with each year of the frame.
        bridge: Whether years without results are passed over (2022 then follows 2019) or take a place in the window and
            are missing in it.
        no_results: The years without results.
        sd: Standard deviation of pupils: one number, or a column with that of the year. Needs ``n``.
        confidence: Level of the intervals.
        min_group: Fewest pupils in all years together for a school to be shown, where ``n`` is given.

    Returns:
        One row per school and window: ``by``, ``year`` (the last of the window), ``value`` (Float64), ``n`` (Float64,
        pupils of all years; missing without ``n``, and with ``below_minimum``), ``n_years`` (Int64), ``years`` (String,
        those that count, latest first), ``complete`` (Boolean: every year of the window is there), ``se``, ``ci_low``,
        ``ci_high``, ``method`` (``weighted_mean``) and ``status``: ``ok``, ``no_error`` (no ``sd``), ``below_minimum``,
        ``missing`` (no year of the window). ``rows`` says why rows do not count; with ``rolling`` a row counts if any
        window uses it.

    Raises:
        InputError: For a school twice in a year, columns that are no numbers, infinite values, a negative ``n``,
            weights that are not above 0, or a column of ``by`` that is called as one of the result.
        UnknownNameError: For a column that does not exist.

    Source: weights 3, 2, 1 and cohort size: Fischer Family Trust, help pages (status S); any weights may be given.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> school = pl.DataFrame({"urn": [1, 1], "year": [2018, 2019], "p8": [-0.2, 0.1], "pupils": [100, 50]})
        >>> average = sf.multi_year_average(school, "p8", n="pupils", sd=1.25)
        >>> average.frame.select("value", "n_years", "years", "complete").row(0)
        (-0.07142857142857142, 2, '2019, 2018', False)
    """
    data = as_frame(frame)
    rows, keys = by_year(data, by, year, _OF_AVERAGE)
    factors = _factors(weights)
    if sd is not None and n is None:
        msg = "sd: an error needs the number of pupils; name its column in n"
        raise InputError(msg)
    level = share_of(confidence, "confidence")
    smallest = require_whole(min_group, "min_group", 0)
    pupils = pl.Series([1.0]).new_from_index(0, data.height) if n is None else number_column(data, n, least=0)
    rows = rows.with_columns(
        number_column(data, value).alias("_v"), pupils.alias("_n"), spread_column(data, sd).alias("_sd")
    ).with_row_index("_row")
    counts = rows.filter(pl.col("_v").is_not_null() & (pl.col("_n") > 0))
    without = years_without(no_results, "no_results")
    ends = end_years(rows["_year"], as_of, rolling=rolling)
    parts, used = [], set()
    for end in ends:
        years = window(end, len(factors), without, bridge=bridge)
        weighed = pl.DataFrame({"_year": years, "_w": factors}, schema={"_year": pl.Int32, "_w": pl.Float64})
        inside = counts.join(weighed, on="_year").sort(*keys, "_year", descending=[False] * len(keys) + [True])
        used.update(inside["_row"].to_list())
        schools = rows.select(keys).unique().sort(keys, nulls_last=True)
        averaged = inside.group_by(keys, maintain_order=True).agg(**_averages(len(factors)))
        parts.append(
            schools.join(averaged, on=keys, how="left", nulls_equal=True, maintain_order="left").with_columns(
                pl.lit(end, dtype=pl.Int32).alias("year")
            )
        )
    found = pl.concat(parts) if parts else _nothing(rows, keys)
    pupil_total = pl.lit(None, dtype=pl.Float64) if n is None else pl.col("_total")
    # Without numbers of pupils nothing is too small; the test only carries the error on.
    group = pl.lit(max(smallest, 1), dtype=pl.Float64) if n is None else pl.col("_total")
    test = gap_test(
        "_mean",
        group,
        0.0,
        method="known_sd",
        known_sd=pl.col("_se") * group.sqrt(),
        fixed=True,
        confidence=level,
        min_group=smallest,
    )
    result = found.with_columns(test.alias("_test")).unnest("_test").sort(*keys, "year", nulls_last=True)
    final = result.select(
        *keys,
        "year",
        pl.col("gap").alias("value"),
        pl.when((pl.col("status") != "below_minimum") | (pupil_total == 0)).then(pupil_total).alias("n"),
        pl.col("n_years").fill_null(0),
        "years",
        pl.col("complete").fill_null(value=False),
        "se",
        "ci_low",
        "ci_high",
        pl.lit("weighted_mean").alias("method"),
        "status",
    )
    reasons = {
        "value is missing": rows["_v"].is_null().sum(),
        "n is missing": rows.filter(pl.col("_v").is_not_null() & pl.col("_n").is_null()).height,
        "n is 0": rows.filter(pl.col("_v").is_not_null() & (pl.col("_n") == 0)).height,
        "year is outside the window": counts.height - len(used),
    }
    listed = ", ".join(f"{factor:g}" for factor in factors)
    notes = (f"Weights {listed}, latest year first.", told(without, bridge=bridge))
    return Measured(final, account(data.height, {reason: int(count) for reason, count in reasons.items()}), notes)


def _factors(weights: object) -> list[float]:
    if isinstance(weights, str) or not isinstance(weights, Iterable):
        msg = f"weights: numbers such as (3, 2, 1) are needed, not {weights!r}"
        raise InputError(msg)
    factors = [require_number(weight, "weights") for weight in weights]
    if not factors or not all(0 < factor < math.inf for factor in factors):
        msg = f"weights: one or more numbers above 0 are needed, not {factors!r}"
        raise InputError(msg)
    return factors


def _averages(length: int) -> dict[str, pl.Expr]:
    """Return the aggregates of one window; ``n_years`` counts the years that the school has."""
    weight = pl.col("_w") * pl.col("_n")
    variance = (pl.col("_w") ** 2 * pl.col("_n") * pl.col("_sd") ** 2).sum()
    # One year without a spread leaves the error of the whole unknown.
    known = pl.col("_sd").is_not_null().all()
    return {
        "_mean": (weight * pl.col("_v")).sum() / weight.sum(),
        "_total": pl.col("_n").sum(),
        "_se": pl.when(known).then(variance.sqrt() / weight.sum()),
        "n_years": pl.len().cast(pl.Int64),
        "years": pl.col("_year").cast(pl.String).str.join(", "),
        "complete": pl.len() == length,
    }


def _nothing(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    numbers = dict.fromkeys(("_mean", "_total", "_se"), pl.Float64)
    schema = {"n_years": pl.Int64, "years": pl.String, "complete": pl.Boolean, "year": pl.Int32}
    return pl.DataFrame(schema={**rows.select(keys).schema, **numbers, **schema})


def consistently(
    frame: object,
    flag: str | pl.Expr,
    *,
    years: int = 3,
    by: str | Sequence[str] = "urn",
    year: str = "year",
    as_of: int | None = None,
    bridge: bool = False,
    no_results: Iterable[int] = NO_RESULTS,
) -> Measured:
    """Whether something holds in each of the latest years of a school, and for how long it has held.

    Unknown is not false: one year in which the flag is false settles it; a year that is missing leaves it open unless
    another one settles it.

    Args:
        frame: One row per school and year.
        flag: Boolean column, or an expression such as ``pl.col("band") >= 4``.
        years: How many years.
        by: Columns that name the school.
        year: Column of the results year.
        as_of: The last of the years; by default the latest year of the frame, for every school.
        bridge: Whether years without results are passed over, so that 2022 follows 2019. Without it they are missing
            and end a run.
        no_results: The years without results.

    Returns:
        One row per school: ``by``, ``year`` (the last), ``consistent`` (Boolean, missing where it is open), ``run``
        (Int64, years in a row up to the last in which it held; 0 if it is false or unknown there), ``n_years``
        (Int64, of the years asked for, how many are known), ``status`` (``ok`` or ``missing``) and ``reason`` (String,
        the years that are missing, or in which it does not hold). ``rows`` says why rows do not count, ``notes``
        whether 2022 follows 2019.

    Raises:
        InputError: For a school twice in a year, a flag that is not Boolean, or a column of ``by`` that is called as
            one of the result.
        UnknownNameError: For a column that does not exist.

    Source: definition.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> school = pl.DataFrame({"urn": [1] * 4, "year": [2016, 2017, 2018, 2019], "band": [3, 5, 4, 4]})
        >>> sf.consistently(school, pl.col("band") >= 4).frame.select("consistent", "run").row(0)
        (True, 3)
    """
    data = as_frame(frame)
    rows, keys = by_year(data, by, year, _OF_FLAG)
    length = require_whole(years, "years", 1)
    flags = _flags(data, flag)
    rows = rows.with_columns(flags.alias("_flag")).with_row_index("_row")
    without = years_without(no_results, "no_results")
    ends = end_years(rows["_year"], as_of, rolling=False)
    notes = (told(without, bridge=bridge),)
    if not ends:
        schema = {"year": pl.Int32, "consistent": pl.Boolean, "run": pl.Int64, "n_years": pl.Int64}
        text = {"status": pl.String, "reason": pl.String}
        return Measured(pl.DataFrame(schema={**rows.select(keys).schema, **schema, **text}), account(0, {}), notes)
    end = ends[0]
    span = max(length, end - min(rows["_year"].to_list()) + 1)
    order = window(end, span, without, bridge=bridge)
    places = pl.DataFrame({"_year": order, "_place": range(span)}, schema={"_year": pl.Int32, "_place": pl.Int64})
    placed = rows.join(places, on="_year")
    asked = pl.DataFrame({"_year": order[:length]}, schema={"_year": pl.Int32}).with_row_index("_place")
    schools = rows.select(keys).unique().sort(keys, nulls_last=True)
    grid = schools.join(asked.with_columns(pl.col("_place").cast(pl.Int64)), how="cross", maintain_order="left_right")
    grid = grid.join(placed.select(*keys, "_year", "_flag"), on=[*keys, "_year"], how="left", nulls_equal=True)
    grid = grid.sort(*keys, "_place", nulls_last=True)
    lost, against = pl.col("_flag").is_null(), (~pl.col("_flag")).fill_null(value=False)
    named = pl.col("_year").cast(pl.String)
    answers = grid.group_by(keys, maintain_order=True).agg(
        consistent=pl.when(against.any()).then(pl.lit(value=False)).when(~lost.any()).then(pl.lit(value=True)),
        n_years=(~lost).sum().cast(pl.Int64),
        _lost=named.filter(lost).str.join(", "),
        _against=named.filter(against).str.join(", "),
    )
    held = placed.filter(pl.col("_flag").fill_null(value=False)).sort(*keys, "_place", nulls_last=True)
    # A run goes on as long as the n-th year that holds is the n-th year back.
    runs = held.group_by(keys, maintain_order=True).agg(
        run=(pl.col("_place") == pl.int_range(pl.len(), dtype=pl.Int64)).sum().cast(pl.Int64)
    )
    result = answers.join(runs, on=keys, how="left", nulls_equal=True, maintain_order="left").select(
        *keys,
        pl.lit(end, dtype=pl.Int32).alias("year"),
        "consistent",
        pl.col("run").fill_null(0),
        "n_years",
        pl.when(pl.col("consistent").is_null()).then(pl.lit("missing")).otherwise(pl.lit("ok")).alias("status"),
        pl.when(pl.col("consistent").is_null())
        .then(pl.lit("not known in ") + pl.col("_lost"))
        .when(~pl.col("consistent"))
        .then(pl.lit("does not hold in ") + pl.col("_against"))
        .alias("reason"),
    )
    known = rows.filter(pl.col("_flag").is_not_null())
    reasons = {
        "flag is missing": data.height - known.height,
        f"year is after {end}, or not one of results": known.filter(~pl.col("_year").is_in(order)).height,
    }
    return Measured(result, account(data.height, reasons), notes)


def _flags(data: pl.DataFrame, flag: str | pl.Expr) -> pl.Series:
    """Return the flags of all rows, refused unless they are true and false."""
    if not isinstance(flag, (str, pl.Expr)):
        msg = f"flag: the name of a column or an expression is needed, not {type(flag).__qualname__}"
        raise InputError(msg)
    try:
        found = data.select(pl.col(flag) if isinstance(flag, str) else flag).to_series()
    except pl.exceptions.ColumnNotFoundError as error:
        msg = f"flag: a column of the expression is not there: {error}"
        raise InputError(msg) from None
    if found.dtype not in (pl.Boolean, pl.Null):
        refuse("frame", found.name, "must hold true, false or nothing", [f"it holds {found.dtype}"])
    if found.len() != data.height:
        msg = f"flag: one value for each row is needed, the expression gives {found.len()} for {data.height} rows"
        raise InputError(msg)
    flags: pl.Series = found.cast(pl.Boolean)
    return flags
