"""Whether a school's figure differs significantly from the national one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe._arguments import require_whole, unknown_name
from schoolframe._number_columns import share_of
from schoolframe._plugin import numbers
from schoolframe.gaps import gap_test

if TYPE_CHECKING:
    from schoolframe._typing import IntoNumbers

__all__ = ["significance_code"]

_METHODS = ("mean", "percentage")


def significance_code(
    value: IntoNumbers,
    n: IntoNumbers,
    national: IntoNumbers,
    *,
    method: Literal["mean", "percentage"],
    sd: IntoNumbers = None,
    level: float = 0.05,
    min_group: int = 6,
) -> pl.Expr:
    """Code a school's mean or percentage as significantly above, in line with or significantly below the national one.

    - ``"mean"``: ``z = (value - national) / (sd / sqrt(n))`` with the national standard deviation of pupils.
    - ``"percentage"``: ``z = (p - P) / sqrt(P (100 - P) / n)`` with the national percentage in the variance.

    The national figure is taken without error. The code is ``above`` or ``below`` if the two-sided p is at or under
    ``level``. It says nothing of size: with many pupils a small difference is significant, with few a large one is not.

    Args:
        value: Mean or percentage (0 to 100) of the school; column name, expression or number.
        n: Number of pupils it rests on.
        national: The national figure.
        method: ``"mean"`` or ``"percentage"``.
        sd: National standard deviation of pupils, for ``"mean"``.
        level: Level of the test.
        min_group: Fewest pupils; a smaller group has no code.

    Returns:
        A struct expression named after ``value``: ``difference``, ``z``, ``p_value`` (Float64), ``code`` (String:
        ``above``, ``in_line``, ``below``; missing where there is no test) and ``status`` (String): ``ok``, ``missing``,
        ``below_minimum`` or ``no_error`` (the difference is known, its error is not).

    Raises:
        InputError: For a level outside 0..1 or a negative ``min_group``.
        UnknownNameError: For a method that does not exist.
        polars.exceptions.ComputeError: When collected, for a column that is no number or impossible values.

    Source: the coding of RAISEonline as described in secondary sources (green above, blue below, at 95 %); that the
        variance holds the national percentage could not be verified.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"rwm": [80.0, 70.0, 45.0], "pupils": [60, 60, 60]})
        >>> code = sf.significance_code("rwm", "pupils", 65, method="percentage")
        >>> schools.select(code).unnest("rwm")["code"].to_list()
        ['above', 'in_line', 'below']
    """
    if method not in _METHODS:
        raise unknown_name("method", method, _METHODS)
    alpha = share_of(level, "level")
    test = gap_test(
        value,
        n,
        national,
        method="known_sd" if method == "mean" else "proportion",
        known_sd=sd,
        fixed=True,
        min_group=require_whole(min_group, "min_group", 0),
    ).struct
    gap, p = test.field("gap"), test.field("p_value")
    side = pl.when(gap > 0).then(pl.lit("above")).otherwise(pl.lit("below"))
    code = pl.when(p.is_not_null()).then(pl.when(p <= alpha).then(side).otherwise(pl.lit("in_line")))
    parts = [
        gap.alias("difference"),
        test.field("statistic").alias("z"),
        p.alias("p_value"),
        code.alias("code"),
        pl.when((test.field("status") == "ok") & p.is_null())
        .then(pl.lit("no_error"))
        .otherwise(test.field("status"))
        .alias("status"),
    ]
    coded = pl.struct(parts)
    named = numbers(value, "value").meta.output_name(raise_if_undetermined=False)
    return coded if named is None else coded.alias(named)
