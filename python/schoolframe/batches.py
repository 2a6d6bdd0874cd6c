"""The measures on Arrow record batches: anything of the Arrow C data interface in, the same with one column more out.

These functions call the same core as the polars expressions and involve no polars, so that any engine that speaks Arrow
(DuckDB, DataFusion, Spark, a cluster worker) can call them batch by batch. A stream in gives a stream out
(``__arrow_c_stream__``: hand it to ``pyarrow.table`` or ``polars.DataFrame``), a record batch gives a record batch
(``__arrow_c_array__``: hand it to ``pyarrow.record_batch`` or ``polars.DataFrame``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe import _native
from schoolframe._coding import coding_rule
from schoolframe._frames import refuse_objects
from schoolframe.exceptions import InputError
from schoolframe.progress import progress_band_rule

if TYPE_CHECKING:
    from schoolframe._native import ArrowBatch, ArrowStream
    from schoolframe._typing import Direction
    from schoolframe.bands import PercentileBands
    from schoolframe.frameworks import Framework
    from schoolframe.progress import ProgressScheme

__all__ = ["assign", "code_against_national", "next_benchmark", "percentile_band", "progress_band"]


def progress_band(
    data: object,
    score: str,
    lower: str,
    upper: str,
    *,
    scheme: ProgressScheme | tuple[float, float] = "p8",
    year: int | None = None,
    lower_edge_inclusive: bool | None = None,
    output: str = "band",
) -> ArrowStream | ArrowBatch:
    """Add the band of a progress score, see :func:`schoolframe.progress_band`.

    Args:
        data: An object with ``__arrow_c_stream__`` or ``__arrow_c_array__``.
        score: Column of the score.
        lower: Column of the lower limit.
        upper: Column of the upper limit.
        scheme: As there.
        year: As there.
        lower_edge_inclusive: As there.
        output: Name of the new column (Int64).

    Returns:
        The batches with the new column.

    Raises:
        InputError: For rows that break a rule, a column that is no number, or an ``output`` that exists.
        UnknownNameError: For a column that does not exist.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"p8": [0.5], "low": [0.2], "high": [0.8]})
        >>> pl.DataFrame(sf.batches.progress_band(schools, "p8", "low", "high"))["band"].to_list()
        [1]
    """
    rule = progress_band_rule(scheme, year=year, lower_edge_inclusive=lower_edge_inclusive)
    return _native.batch_progress_band(_typed(data), score, lower, upper, rule, output)


def percentile_band(
    data: object, bands: PercentileBands, value: str | None = None, *, output: str = "band"
) -> ArrowStream | ArrowBatch:
    """Add the percentile band of a value, see :class:`schoolframe.PercentileBands`.

    Args:
        data: An object with ``__arrow_c_stream__`` or ``__arrow_c_array__``.
        bands: Bands drawn before; those drawn by group read the columns they were drawn by.
        value: Column to band; by default the column the bands were drawn on.
        output: Name of the new column (Int64, 1 is best).

    Returns:
        The batches with the new column.

    Raises:
        InputError: For a column that is no number, or an ``output`` that exists.
        UnknownNameError: For a column, or a group that was not there when the bands were drawn.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> england = pl.DataFrame({"a8": [30.0, 40.0, 50.0, 60.0]})
        >>> bands = sf.PercentileBands.fit(england, "a8", direction="higher_better")
        >>> pl.DataFrame(sf.batches.percentile_band(england, bands))["band"].to_list()
        [4, 3, 2, 1]
    """
    column = bands.column if value is None else value
    if column is None:
        msg = "value: these bands do not remember a column, name one"
        raise InputError(msg)
    return _native.batch_percentile_band(_typed(data), column, bands.to_json(), output)


def code_against_national(
    data: object,
    value: str,
    national: str,
    *,
    threshold: float = 5.0,
    unit: Literal["points", "relative"] = "points",
    at_threshold: Literal["outside", "in_line"] = "outside",
    direction: Direction | None = None,
    turn_sign: bool = False,
    output: str = "code",
) -> ArrowStream | ArrowBatch:
    """Add the code of a value against the national figure, see :func:`schoolframe.code_against_national`.

    Args:
        data: An object with ``__arrow_c_stream__`` or ``__arrow_c_array__``.
        value: Column of the indicator.
        national: Column of the national figure.
        threshold: As there.
        unit: As there.
        at_threshold: As there.
        direction: As there.
        turn_sign: As there.
        output: Name of the new column, a struct of ``difference``, ``code`` and ``adverse``.

    Returns:
        The batches with the new column.

    Raises:
        InputError: For a bad rule, a column that is no number, an infinite value, or an ``output`` that exists.
        UnknownNameError: For a word or column that does not exist.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"rwm": [65.1, 50.0], "nat_rwm": [60.1, 60.1]})
        >>> coded = pl.DataFrame(sf.batches.code_against_national(schools, "rwm", "nat_rwm"))
        >>> coded["code"].struct.field("code").to_list()
        ['above', 'below']
    """
    rule = coding_rule(threshold, unit, at_threshold, direction, turn_sign)
    return _native.batch_code_against_national(_typed(data), value, national, rule, output)


def next_benchmark(
    data: object,
    actual: str,
    fft50: str,
    fft20: str,
    fft5: str,
    *,
    step: Literal["next", "last"] = "next",
    at_top: Literal["none", "benchmark", "actual"] = "none",
    order: Literal["refuse", "sort"] = "refuse",
    output: str = "next_benchmark",
) -> ArrowStream | ArrowBatch:
    """Add the FFT-style indicative estimate (not FFT data), see :func:`schoolframe.next_benchmark`.

    Args:
        data: An object with ``__arrow_c_stream__`` or ``__arrow_c_array__``.
        actual: Column of the result.
        fft50: Column of the benchmark of the average.
        fft20: Column of the benchmark of the top 20 per cent.
        fft5: Column of the benchmark of the top 5 per cent.
        step: As there.
        at_top: As there.
        order: As there.
        output: Name of the new column, a struct of ``estimate``, ``level`` and ``state``.

    Returns:
        The batches with the new column.

    Raises:
        InputError: For benchmarks in the wrong order, a column that is no number, or an ``output`` that exists.
        UnknownNameError: For a word or column that does not exist.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"a8": [44.0], "f50": [46.0], "f20": [50.0], "f5": [54.0]})
        >>> stepped = pl.DataFrame(sf.batches.next_benchmark(schools, "a8", "f50", "f20", "f5"))
        >>> stepped["next_benchmark"].struct.field("estimate").to_list()
        [46.0]
    """
    rule = _native.stepping_rule(step, at_top, order)
    return _native.batch_next_benchmark(_typed(data), actual, fft50, fft20, fft5, rule, output)


def assign(data: object, framework: Framework, *, phase: str) -> ArrowStream | ArrowBatch:
    """Put schools into categories, see :meth:`schoolframe.Framework.assign`.

    The batches of a stream are one table in parts: a school finds its earlier years wherever the table was cut, and the
    result is one batch.

    Args:
        data: An object with ``__arrow_c_stream__`` or ``__arrow_c_array__``; one row per school and year.
        framework: The framework.
        phase: The phase whose rules apply.

    Returns:
        One row per row of ``data``, with the columns of :attr:`schoolframe.Assignment.frame`.

    Raises:
        InputError: For values outside those allowed, or a column of evidence of a type that cannot be read.
        UnknownNameError: For a phase the framework does not know, or data without ``urn``.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"urn": [100000], "safety_threatened": [True]})
        >>> result = sf.batches.assign(schools, sf.Framework.load("southend_2017"), phase="secondary")
        >>> pl.DataFrame(result)["category"].to_list()
        ['Blue']
    """
    return _native.batch_assign(_typed(data), framework._native, phase)  # noqa: SLF001 the native object is the framework


def _typed(data: object) -> object:
    """Make a polars frame fit for Arrow: columns without a type get one, Python objects are refused.

    What polars exports of the first is not valid Arrow data; exporting the second ends the process in older versions.
    """
    if not isinstance(data, pl.DataFrame):
        return data
    refuse_objects(data, data.columns, "data")
    untyped = [name for name, dtype in data.schema.items() if dtype == pl.Null]
    return data.with_columns(pl.col(untyped).cast(pl.Float64)) if untyped else data
