"""Ranks, percentile ranks and bands of ranks: who stands where among the values of a group."""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_whole, require_word, unknown_name
from schoolframe._plugin import expression, finite, numbers
from schoolframe.exceptions import InputError
from schoolframe.parameters import reference_value, reference_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import Direction, IntoNumbers

__all__ = ["percentile_rank", "prior_attainment_band", "rank_bands", "rank_in_group"]

# Shares from the best, in per cent, at which ranks are cut, and the names of the bands, best first.
_SCHEMES: dict[str, tuple[tuple[float, ...], tuple[str, ...]]] = {
    "idsr_quintiles": ((20, 40, 60, 80), ("1", "2", "3", "4", "5")),
    "quartiles": ((25, 50, 75), ("1", "2", "3", "4")),
    "thirds": ((100 / 3, 200 / 3), ("high", "middle", "low")),
    "fft_benchmarks": ((5, 20, 50), ("top_5", "top_20", "top_50", "below")),
}


def percentile_rank(
    value: IntoNumbers,
    *,
    direction: Direction,
    method: Literal["midpoint", "strict", "idsr"] = "midpoint",
    weights: IntoNumbers = None,
    min_group: int = 20,
) -> pl.Expr:
    """Percentile rank of each value among all values of its group.

    Use it in ``select`` or ``with_columns`` for a rank among all rows, with ``.over(...)`` for a rank within groups.
    Equal values share a rank; they are compared as binary numbers, so round figures that were worked out in different
    ways first (7 / 25 * 100 is not 28.0). With ``W`` the sum of weights (1 each without weights) and ``n`` the number
    of values:

    - ``"midpoint"``: ``100 * (W_worse + W_tied / 2) / W``, 100 is best.
    - ``"strict"``: ``100 * worse / (n - 1)``, 100 is best; the best value has exactly 100, the worst 0.
    - ``"idsr"``: ``ceil(100 * average rank / n)`` with rank 1 for the best, so 1 is best: the scale of Ofsted's
      inspection data summary report, whose tie rule is not published (average ranks are used here). FFT's ranks run in
      the same direction, the top 5 per cent are 1 to 5; how FFT rounds is not published.

    Args:
        value: Column name or expression.
        direction: ``"higher_better"`` or ``"lower_better"``; there is no default, absence is not attainment.
        method: One of the above.
        weights: Weight of each value, for instance its cohort; for ``"midpoint"`` only. A value without weight has no
            rank.
        min_group: With fewer values than this there are no ranks: a percentile of a handful of schools says less than
            their order, which :func:`rank_in_group` gives.

    Returns:
        A Float64 expression named after ``value``; missing and NaN have no rank and do not count.

    Raises:
        InputError: For a ``min_group`` under 1, or weights with another method than ``"midpoint"``.
        UnknownNameError: For a word that is not one of those named.
        polars.exceptions.ComputeError: When collected, for a column that is no number, an infinite value, or a negative
            weight.

    Source: Ofsted, guide to the inspection data summary report, for ``"idsr"``; the others are definitions.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"p8": [0.4, -0.1, -0.1, 0.2, None]})
        >>> schools.select(sf.percentile_rank("p8", direction="higher_better", min_group=4))["p8"].to_list()
        [87.5, 25.0, 25.0, 62.5, None]
    """
    _check_group(min_group)
    _check_direction(direction)
    require_word(method, "method", ("midpoint", "strict", "idsr"))
    rule = _native.rank_rule(direction, method, min_group)
    ranked = finite(value, "value")
    if weights is not None:
        if method != "midpoint":
            msg = f"weights: only the method 'midpoint' takes weights, not {method!r}"
            raise InputError(msg)
        # A rank depends on the whole group, so polars may not cut the input into pieces.
        return expression("percentile_rank", [ranked, numbers(weights, "weights")], rule, elementwise=False)
    lower = direction == "lower_better"
    # Missing where there are too few values, and so is whatever is divided by it.
    n = _enough(ranked, min_group)
    if method == "midpoint":
        return (ranked.rank("average", descending=lower) - 0.5) * 100 / n
    if method == "strict":
        others = _enough(ranked, max(min_group, 2)) - 1
        return (ranked.rank("min", descending=lower) - 1).cast(pl.Float64) * 100 / others
    return (ranked.rank("average", descending=not lower) * 100 / n).ceil()


def rank_in_group(
    value: IntoNumbers, *, direction: Direction, ties: Literal["min", "average", "max", "dense"] = "min"
) -> pl.Expr:
    """Rank of each value in its group, 1 for the best.

    Use it alone for a rank among all rows, with ``.over(...)`` for a rank within groups. ``"min"`` gives equal values
    the best of their ranks and leaves a hole after them (1, 2, 2, 4): the rule of the Department for Education's local
    authority tool. Values are compared as 64-bit floats: 7 / 25 * 100 is not 28.0, and whole numbers above 2^53 may tie
    with their neighbours.

    Args:
        value: Column name or expression.
        direction: ``"higher_better"`` or ``"lower_better"``.
        ties: What equal values get: ``"min"`` the best, ``"max"`` the worst, ``"average"`` the mean of their ranks;
            ``"dense"`` leaves no hole after them (1, 2, 2, 3).

    Returns:
        An Int64 expression named after ``value``, Float64 for ``"average"``; missing and NaN have no rank.

    Raises:
        UnknownNameError: For a word that is not one of those named.
        polars.exceptions.ComputeError: When collected, for a column that is no number, or an infinite value.

    Source: Department for Education, local authority interactive tool, published code, for ``"min"``.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> authorities = pl.DataFrame({"absence": [4.1, 3.9, 4.1, 5.0, None]})
        >>> authorities.select(sf.rank_in_group("absence", direction="lower_better"))["absence"].to_list()
        [2, 1, 2, 4, None]
    """
    _check_direction(direction)
    require_word(ties, "ties", ("min", "average", "max", "dense"))
    rank = finite(value, "value").rank(ties, descending=direction == "higher_better")
    return rank if ties == "average" else rank.cast(pl.Int64)


def rank_bands(
    value: IntoNumbers,
    *,
    direction: Direction,
    scheme: Literal["idsr_quintiles", "quartiles", "thirds", "fft_benchmarks"] | Sequence[float],
    labels: bool = False,
    min_group: int = 20,
) -> pl.Expr:
    """Band of each value by its rank in the group, 1 is best: exact shares of the schools or pupils ranked.

    With ``n`` values and average rank ``r``, 1 for the best, a value is in the first band whose share reaches
    ``100 * r / n``; a value exactly at a share is inside. Equal values share a band, so bands differ from their shares
    by the ties alone. Use it with ``.over(...)`` for bands within groups. Bands of values that can be kept and applied
    to other schools are :class:`PercentileBands`.

    Schemes, shares in per cent from the best:

    - ``"idsr_quintiles"``: percentiles 1 to 20 are quintile 1, 21 to 40 quintile 2, and so on; 1 is highest.
    - ``"quartiles"``: 25, 50, 75.
    - ``"thirds"``: ``high``, ``middle`` and ``low``, exact thirds of ranked prior attainment, as used for target
      setting.
    - ``"fft_benchmarks"``: ``top_5``, ``top_20``, ``top_50``, ``below``: the shares behind FFT5, FFT20 and FFT50 (ranks
      of your own figures, not FFT data).
    - Your own rising shares, each above 0 and under 100.

    Args:
        value: Column name or expression.
        direction: ``"higher_better"`` or ``"lower_better"``.
        scheme: One of the above.
        labels: Return the labels as an Enum, best first, instead of numbers.
        min_group: With fewer values than this there are no bands.

    Returns:
        An Int64 expression named after ``value``, or an Enum; missing and NaN have no band.

    Raises:
        InputError: For shares that do not rise between 0 and 100, or a ``min_group`` under 1.
        UnknownNameError: For a direction or scheme that does not exist.
        polars.exceptions.ComputeError: When collected, for a column that is no number, or an infinite value.

    Source: Ofsted, guide to the inspection data summary report, for its quintiles (the tie rule is not published);
    FFT's help pages for thirds and benchmarks.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({"prior": [96.0, 101.0, 104.5, 104.5, 109.0, 115.0]})
        >>> thirds = sf.rank_bands("prior", direction="higher_better", scheme="thirds", labels=True, min_group=3)
        >>> pupils.select(thirds)["prior"].to_list()
        ['low', 'low', 'middle', 'middle', 'high', 'high']
    """
    _check_group(min_group)
    _check_direction(direction)
    shares, names = _shares(scheme)
    ranked = finite(value, "value")
    share = ranked.rank("average", descending=direction == "higher_better") * 100 / _enough(ranked, min_group)
    band = reduce(operator.add, [(share > cut).cast(pl.Int64) for cut in shares]) + 1
    if not labels:
        return band
    return band.replace_strict(list(range(1, len(names) + 1)), list(names), default=None, return_dtype=pl.Enum(names))


def prior_attainment_band(
    points: IntoNumbers, *, scheme: Literal["ks1_points"] = "ks1_points", year: int | None = None
) -> pl.Expr:
    """Low, middle or high prior attainment by fixed thresholds, as the performance tables had them.

    ``"ks1_points"``: average point score at key stage 1 under 12 is low, from 12 to under 18 middle, 18 and above high;
    both thresholds are inclusive upwards. For thirds of your own pupils see :func:`rank_bands`.

    Args:
        points: Average point score at key stage 1, column name or expression.
        scheme: The only one whose thresholds are verified.
        year: Results year of the tables. Other years may have had other thresholds, so there is no default; 2011 is
            held.

    Returns:
        An Enum expression (``low``, ``middle``, ``high``) named after ``points``; missing and NaN have no band.

    Raises:
        InputError: For no year, or one without verified thresholds.
        UnknownNameError: For another scheme.
        polars.exceptions.ComputeError: When collected, for a column that is no number, or an infinite value.

    Source: Department for Education, primary performance tables 2011.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({"ks1_aps": [11.9, 12.0, 17.9, 18.0, None]})
        >>> pupils.select(sf.prior_attainment_band("ks1_aps", year=2011))["ks1_aps"].to_list()
        ['low', 'middle', 'middle', 'high', None]
    """
    if scheme != "ks1_points":
        raise unknown_name("scheme", scheme, ["ks1_points"])
    if year is None:
        years = reference_values().filter(name=f"prior_attainment_{scheme}_middle_from")["year"].sort()
        held = ", ".join(map(str, years))
        msg = f"year: name the results year of the tables whose thresholds are meant; thresholds are held for {held}"
        raise InputError(msg)
    low, high = (reference_value(f"prior_attainment_{scheme}_{end}", year) for end in ("middle_from", "high_from"))
    value = finite(points, "points")
    names = ["low", "middle", "high"]
    passed = (value >= low).cast(pl.Int64) + (value >= high).cast(pl.Int64)
    return passed.replace_strict([0, 1, 2], names, default=None, return_dtype=pl.Enum(names))


def _enough(ranked: pl.Expr, least: int) -> pl.Expr:
    """Return the number of values, missing where there are fewer than ``least``."""
    n = ranked.count()
    return pl.when(n >= least).then(n)


def _shares(scheme: object) -> tuple[Sequence[float], Sequence[str]]:
    if isinstance(scheme, str):
        if scheme not in _SCHEMES:
            raise unknown_name("scheme", scheme, _SCHEMES)
        return _SCHEMES[scheme]
    numeric = isinstance(scheme, (list, tuple)) and all(
        isinstance(one, (int, float)) and not isinstance(one, bool) for one in scheme
    )
    shares = [float(one) for one in scheme] if numeric else []  # type: ignore[attr-defined]  # checked above
    if not shares or any(not low < high for low, high in zip([0.0, *shares], [*shares, 100.0], strict=True)):
        msg = f"scheme: a name, or shares that rise strictly between 0 and 100, such as [10, 90], not {scheme!r}"
        raise InputError(msg)
    return shares, [str(band) for band in range(1, len(shares) + 2)]


def _check_group(min_group: object) -> None:
    require_whole(min_group, "min_group", 1)


def _check_direction(direction: object) -> None:
    require_word(direction, "direction", ("higher_better", "lower_better"))
