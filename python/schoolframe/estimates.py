"""FFT-style indicative estimates (not FFT data)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from schoolframe import _native
from schoolframe._plugin import expression, numbers

if TYPE_CHECKING:
    import polars as pl

    from schoolframe._typing import IntoNumbers

__all__ = ["next_benchmark"]


def next_benchmark(
    actual: IntoNumbers,
    fft50: IntoNumbers,
    fft20: IntoNumbers,
    fft5: IntoNumbers,
    *,
    step: Literal["next", "last"] = "next",
    at_top: Literal["none", "benchmark", "actual"] = "none",
    order: Literal["refuse", "sort"] = "refuse",
) -> pl.Expr:
    """FFT-style indicative estimate (not FFT data): the next benchmark that a result has not reached.

    A benchmark is reached when ``actual >= benchmark``. Under FFT50 the estimate is FFT50; from FFT50 it is FFT20; from
    FFT20 it is FFT5; from FFT5 there is none. The benchmarks are the results that schools like this one would have with
    the progress of the 50th, the top 20th and the top 5th per cent of schools, so they rise.

    Args:
        actual: The school's result: a percentage of pupils or an Attainment 8 score.
        fft50: Benchmark of the average, in the unit of ``actual``.
        fft20: Benchmark of the top 20 per cent.
        fft5: Benchmark of the top 5 per cent.
        step: ``"next"``: the benchmark not yet reached; ``"last"``: the last one reached (AMB-S17-FFT-THAT A and B).
        at_top: At or above FFT5: no estimate, the FFT5 benchmark, or the school's own result (AMB-S17-FFT5).
        order: Benchmarks that do not rise are an error, or are sorted (AMB-S17-FFT-ORDER).

    Returns:
        A struct expression named after ``actual``: ``estimate`` (Float64), ``level`` (Int64: 50, 20 or 5) and ``state``
        (String: below_fft50, reached_fft50, reached_fft20, at_or_above_fft5). All three are missing where the result or
        a benchmark that is needed to tell is missing or NaN.

    Raises:
        UnknownNameError: For a word that is not one of those named.
        polars.exceptions.ComputeError: When collected, for a column that is no number or benchmarks in the wrong order.

    Source: Southend-on-Sea Borough Council, school performance and intervention strategy 2017-19, lines 410-432.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"a8": [44.0, 46.0, 55.0]})
        >>> schools.select(sf.next_benchmark("a8", 46, 50, 54)).unnest("a8")["estimate"].to_list()
        [46.0, 50.0, None]
    """
    rule = _native.stepping_rule(step, at_top, order)
    inputs = [numbers(actual, "actual"), numbers(fft50, "fft50"), numbers(fft20, "fft20"), numbers(fft5, "fft5")]
    return expression("next_benchmark", inputs, rule)
