"""Codes against the national figure for every indicator of a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from schoolframe._arguments import known_keys, require_texts, require_whole, unknown_name
from schoolframe._column_checks import listed
from schoolframe._frames import as_frame, require_columns
from schoolframe._indicator_vocabulary import vocabulary
from schoolframe._number_columns import number_columns
from schoolframe.bands import code_against_national
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._indicator_vocabulary import Entry

__all__ = ["code_indicators"]

_KEYS = ("year", "urn", "la", "la_name", "school_name", "phase")
_UNITS = ("%", "pp")
_CODED = {"difference": pl.Float64, "code": pl.String, "adverse": pl.Boolean}


def code_indicators(
    frame: object,
    indicators: str | Sequence[str] | None = None,
    *,
    threshold: float = 5.0,
    unit: Literal["points", "relative"] = "points",
    at_threshold: Literal["outside", "in_line"] = "outside",
    turn_sign: bool = False,
    units: str | Sequence[str] = ("%",),
    n: str | Mapping[str, str] | None = None,
    min_group: int = 6,
) -> pl.DataFrame:
    """Code every indicator of an indicator frame against its national figure, with the polarity of the vocabulary.

    An indicator ``x`` is compared with the column ``nat_x`` of the same row, by the rule of
    :func:`code_against_national`: above if ``value - national >= threshold``, below if ``<= -threshold``, in line
    otherwise; exactly at the threshold is outside unless told otherwise. A threshold in percentage points says nothing
    about progress scores, points and ranks: these are listed and not coded.

    Args:
        frame: An indicator frame, such as :func:`indicator_frame` returns.
        indicators: Names of the vocabulary; by default every one of the frame that is a measured number.
        threshold: Size of a difference that matters, above 0.
        unit: ``"points"``, or ``"relative"`` for per cent of the national figure.
        at_threshold: Whether a difference equal to the threshold is outside it or in line.
        turn_sign: Code better and worse instead of higher and lower, where the indicator has a better side.
        units: Units that are coded: ``"%"``, and ``"pp"`` for gaps in percentage points.
        n: Column with the number of pupils behind the figures, or a mapping from indicator to column.
        min_group: Fewest pupils behind a figure for it to be shown, where ``n`` says how many there are.

    Returns:
        One row per row of ``frame`` and indicator, in this order: the key columns that are there (year, urn, la,
        la_name, school_name, phase), then ``indicator``, ``label``, ``unit``, ``polarity`` (String), ``value``,
        ``national``, ``difference`` (Float64), ``code`` (String: above, in_line, below), ``adverse`` (Boolean),
        ``status`` and ``reason`` (String). Status: ``coded``; ``no_polarity`` (coded, but neither side is the good one,
        so ``adverse`` is missing); ``missing`` (no value); ``below_minimum`` (of too few pupils, not shown);
        ``no_national`` (no national figure, or 0 for a relative threshold); ``not_percentage`` (``reason`` names the
        unit).

    Raises:
        InputError: For a threshold not above 0, a column that is no number or infinite, or a frame without indicators.
        UnknownNameError: For an indicator or unit that does not exist, or is not in the frame, or an indicator of ``n``
            that does not exist.

    Source: Southend-on-Sea Borough Council, school performance and intervention strategy 2017-19, line 352, for 5
    points.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({
        ...     "urn": [100000], "ks2_exp_rwm_pct": [59.9], "nat_ks2_exp_rwm_pct": [64.9], "overall_absence_pct": [4.2],
        ...     "p8": [0.3], "nat_p8": [-0.03],
        ... })
        >>> coded = sf.code_indicators(schools)
        >>> coded.select("indicator", "code", "adverse", "status").rows()  # doctest: +NORMALIZE_WHITESPACE
        [('p8', None, None, 'not_percentage'),
         ('ks2_exp_rwm_pct', 'below', True, 'coded'),
         ('overall_absence_pct', None, None, 'no_national')]
    """
    data = as_frame(frame)
    least = require_whole(min_group, "min_group", 0)
    coded_units = require_texts(units, "units")
    for one in coded_units:
        if one not in _UNITS:
            raise unknown_name("unit", one, _UNITS)
    rule: dict[str, Any] = {"threshold": threshold, "unit": unit, "at_threshold": at_threshold}
    # Raised here even if nothing is coded.
    code_against_national(0, 0, **rule)
    chosen = _chosen(data, indicators)
    measured = [name for name, entry in vocabulary().items() if entry.kind == "number"]
    known_keys(n, "n: indicator", [entry.name for entry in chosen], measured)
    keys = [name for name in _KEYS if name in data.columns]
    require_columns(data, keys)
    parts = [
        _coded(data, at, entry, keys, rule, coded_units, _pupils(n, entry.name), least, turn_sign=turn_sign)
        for at, entry in enumerate(chosen)
    ]
    return pl.concat(parts).sort("_row", "_at").drop("_row", "_at")


def _chosen(data: pl.DataFrame, indicators: str | Sequence[str] | None) -> list[Entry]:
    numeric = {name: entry for name, entry in vocabulary().items() if entry.kind == "number"}
    if indicators is None:
        found = [entry for name, entry in numeric.items() if name in data.columns]
        if not found:
            msg = f"frame: no column is a measured indicator; there are: {listed(data.columns, ', ') or 'none'}"
            raise InputError(msg)
        return found
    names = list(dict.fromkeys(require_texts(indicators, "indicators")))
    if not names:
        msg = "indicators: name at least one"
        raise InputError(msg)
    for name in names:
        if name not in numeric:
            raise unknown_name("measured indicator", name, numeric)
    require_columns(data, names)
    return [numeric[name] for name in names]


def _pupils(n: str | Mapping[str, str] | None, indicator: str) -> str | None:
    column = n.get(indicator) if isinstance(n, Mapping) else n
    if column is not None and not isinstance(column, str):
        msg = f"n: the name of a column is needed, not {column!r}"
        raise InputError(msg)
    return column


def _coded(
    data: pl.DataFrame,
    at: int,
    entry: Entry,
    keys: list[str],
    rule: dict[str, Any],
    units: list[str],
    pupils: str | None,
    least: int,
    *,
    turn_sign: bool,
) -> pl.DataFrame:
    """Return the rows of one indicator."""
    beside = f"nat_{entry.name}"
    numeric = number_columns(data, [name for name in (entry.name, beside) if name in data.columns])
    if pupils is not None:
        numeric = number_columns(numeric, [pupils], least=0)
    reason = None if entry.unit in units else f"unit: {entry.unit or 'none'}"
    directed = entry.polarity in ("higher_better", "lower_better")
    missing = pl.lit(None, dtype=pl.Float64)
    too_few = pl.lit(value=False) if pupils is None else (pl.col(pupils) < least).fill_null(value=False)
    rows = numeric.select(
        pl.int_range(pl.len()).alias("_row"),
        pl.lit(at).alias("_at"),
        *keys,
        pl.lit(entry.name).alias("indicator"),
        pl.lit(entry.raw["label"], dtype=pl.String).alias("label"),
        pl.lit(entry.unit, dtype=pl.String).alias("unit"),
        pl.lit(entry.polarity).alias("polarity"),
        pl.when(~too_few).then(pl.col(entry.name)).alias("value"),
        (pl.col(beside) if beside in data.columns else missing).alias("national"),
        too_few.alias("_few"),
    )
    if reason is None:
        code = code_against_national(
            "value",
            "national",
            direction=entry.polarity if directed else None,  # type: ignore[arg-type]  # one of the two words
            turn_sign=turn_sign and directed,
            **rule,
        )
        rows = rows.with_columns(code.alias("_code")).with_columns(
            pl.col("_code").struct.field(name).alias(name) for name in _CODED
        )
    else:
        rows = rows.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in _CODED.items())
    status = (
        pl.when(pl.lit(reason is not None))
        .then(pl.lit("not_percentage"))
        .when("_few")
        .then(pl.lit("below_minimum"))
        .when(pl.col("value").is_null())
        .then(pl.lit("missing"))
        .when(pl.col("code").is_null())
        .then(pl.lit("no_national"))
        .otherwise(pl.lit("coded" if directed else "no_polarity"))
    )
    return rows.select(
        "_row", "_at", *keys, "indicator", "label", "unit", "polarity", "value", "national", *_CODED,
        status.alias("status"), pl.lit(reason, dtype=pl.String).alias("reason"),
    )  # fmt: skip
