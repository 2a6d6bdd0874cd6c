"""Gaps between groups of pupils, with interval and test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import (
    known_keys,
    require_confidence,
    require_flag,
    require_texts,
    require_whole,
    require_word,
    unknown_name,
)
from schoolframe._frames import as_frame
from schoolframe._gap_figures import (
    by_year,
    check_numbers,
    is_frame,
    looked_up,
    measures_of,
    national_rows,
    reference,
    with_authority,
    years_of,
)
from schoolframe._gap_measures import GAP_MEASURES, GapMeasure, Method
from schoolframe._p_values import Adjustment, adjusted
from schoolframe._plugin import expression, numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["GAP_MEASURES", "GapMeasure", "Method", "gap_test", "progress_gaps"]

Comparison = Literal["within_school", "national_other", "authority"]
_COMPARISONS = ("within_school", "national_other", "authority")
_KEYS = ("year", "urn", "la", "la_name", "school_name", "phase")
_FIGURES = (
    *("group_mean", "group_n", "reference_mean", "reference_n", "group_sd", "reference_sd"),
    *("gap", "se", "ci_low", "ci_high", "statistic", "p_value"),
)


# No group is larger; the native library counts up to it.
_MOST_PUPILS = 2**32 - 1


def gap_test(
    mean: IntoNumbers,
    n: IntoNumbers,
    other_mean: IntoNumbers,
    other_n: IntoNumbers = None,
    *,
    method: Method,
    known_sd: IntoNumbers = None,
    sd: IntoNumbers = None,
    other_sd: IntoNumbers = None,
    fixed: bool = False,
    confidence: float = 0.95,
    min_group: int = 6,
) -> pl.Expr:
    """Gap between group A and group B, A minus B, with its interval and test.

    - ``"known_sd"``: means with one known pupil-level standard deviation, ``se = known_sd * sqrt(1/n_a + 1/n_b)``, z
    test;
      for 95 % the factor is 1.96, as in the published intervals of progress scores.
    - ``"welch"``: means with a standard deviation each, ``se = sqrt(sd_a^2/n_a + sd_b^2/n_b)``, Welch's t.
    - ``"proportion"``: percentages 0 to 100, Newcombe's interval from Wilson's, z test with the pooled share.

    Two intervals that overlap do not mean that a gap is not significant: this is the test of the difference.

    Args:
        mean: Mean or percentage of group A; column name, expression or number.
        n: Pupils in group A.
        other_mean: Mean or percentage of group B, or the fixed figure.
        other_n: Pupils in group B; not used when ``fixed``.
        method: One of the above.
        known_sd: Pupil-level standard deviation for ``"known_sd"``.
        sd: Standard deviation in group A for ``"welch"``.
        other_sd: Standard deviation in group B for ``"welch"``.
        fixed: Take ``other_mean`` as known without error, such as a national mean of half a million pupils.
        confidence: Level of the interval.
        min_group: Fewest pupils a group must have; a gap with a smaller group is not shown.

    Returns:
        A struct expression named after ``mean``: ``gap``, ``se``, ``ci_low``, ``ci_high``, ``statistic``, ``p_value``
        (Float64) and ``status`` (String): ``ok``; ``missing`` (a mean or number is missing); ``below_minimum`` (a
        group is
        too small, nothing is shown); ``no_error`` (the gap is known, its error is not).

    Raises:
        InputError: For a confidence outside 0..1 or a negative ``min_group``.
        UnknownNameError: For a method that does not exist.
        polars.exceptions.ComputeError: When collected, for a column that is no number or impossible values.

    Source: known_sd: Department for Education, Progress 8 technical guide; proportion: Newcombe (1998), method 10.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> school = pl.DataFrame({"dis": [-0.40], "n_dis": [20], "other": [0.10], "n_other": [100]})
        >>> gap = sf.gap_test("dis", "n_dis", "other", "n_other", method="known_sd", known_sd=1.2827)
        >>> school.select(gap).unnest("dis").select(pl.col("gap", "ci_low", "ci_high").round(3)).row(0)
        (-0.5, -1.116, 0.116)
    """
    rule = _native.gap_rule(
        require_word(method, "method", ("known_sd", "welch", "proportion")),
        require_confidence(confidence),
        min(require_whole(min_group, "min_group", 0), _MOST_PUPILS),
        require_flag(fixed, "fixed"),
    )
    inputs = [
        numbers(mean, "mean"),
        numbers(n, "n"),
        numbers(sd, "sd"),
        numbers(other_mean, "other_mean"),
        numbers(other_n, "other_n"),
        numbers(other_sd, "other_sd"),
        numbers(known_sd, "known_sd"),
    ]
    return expression("gap", inputs, rule)


def progress_gaps(
    frame: object,
    measures: str | GapMeasure | Sequence[str | GapMeasure] | None = None,
    *,
    comparison: Comparison | Sequence[Comparison] = ("within_school", "national_other"),
    national: object | None = None,
    authorities: object | None = None,
    sd: float | Mapping[str, Any] | None = None,
    adjust: Adjustment | None = None,
    confidence: float = 0.95,
    min_group: int = 6,
) -> pl.DataFrame:
    """Gaps between two groups of pupils for every school, year and measure.

    ``within_school`` is group A minus group B in the same school. ``national_other`` is group A in the school minus
    group B in England, taken as fixed: the published ``DIFFN_`` columns. Negative means that group A is behind. A small
    gap within a school can also mean that the others do badly, so both are given unless you choose.

    Where all pupils are the reference (``_eal``, ``_non_mobile``: the tables say nothing of those outside the group),
    group A is among them. The gap is then the gap to the pupils outside it times their share, and so is its standard
    error.

    The number of pupils of a key stage 2 group is the number at the end of the key stage (``TFSM6CLA1A``): the tables
    give no number of pupils with a progress score by group, so these intervals are slightly too narrow where coverage
    is under 100 %.

    Args:
        frame: One row per school and year with a ``year`` column, such as ``read_performance_tables(...).schools``.
        measures: Names of :data:`GAP_MEASURES` or measures of your own; by default every disadvantage gap whose columns
            are there. Gaps of other groups (``"p8_boys"``, ``"ks2_progress_reading_eal"``) are named.
        comparison: One or several of ``"within_school"``, ``"national_other"`` and ``"authority"``, group A in the
            school minus group B in its authority.
        national: Where the national mean of group B comes from: nothing for the dated reference values; the national
            rows of the tables (a frame, the state-funded row is taken); or a mapping from measure to a number or to
            ``{year: number}``.
        authorities: The rows of the authorities, such as ``read_performance_tables(...).authorities``, for
            ``"authority"``; found by ``year`` and ``la``.
        sd: Pupil-level standard deviation for measures with a known one: nothing for the dated reference values, one
            number, or a mapping as above. Without one the gap is given and its interval is not (``no_error``).
        adjust: ``"holm"`` or ``"bh"`` (Benjamini and Hochberg) to add ``p_adjusted``; the family of tests is all gaps
            of the result with the same ``comparison`` and year.
        confidence: Level of the intervals.
        min_group: Fewest pupils a group must have to be shown (published tables show groups from 6).

    Returns:
        One row per row of ``frame``, measure and comparison: the key columns that are there (year, urn, la, la_name,
        school_name, phase), then ``measure``, ``comparison``, ``group``, ``reference`` (String), ``group_mean``,
        ``group_n``, ``reference_mean``, ``reference_n``, ``group_sd``, ``reference_sd`` (the known one, or those of the
        columns), ``gap``, ``se``, ``ci_low``, ``ci_high``, ``statistic``, ``p_value``, ``p_adjusted`` (if asked for,
        Float64), ``significant`` (Boolean: the interval excludes 0), ``method`` and ``status`` (String, see
        :func:`gap_test`). Where a group is below the minimum its mean is not shown, nor, within a school, that of the
        other group.

    Raises:
        InputError: If no measure's columns are there, no national figure can be found for a year, a column holds texts
            or infinite values, a number of pupils is negative, two groups have more pupils than there are, or a figure
            of ``national`` or ``sd`` is no finite number.
        UnknownNameError: For a measure or column that does not exist, in a mapping too.

    Source: gap to national other: Department for Education, performance tables; see also :func:`gap_test`.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({
        ...     "year": [2019], "urn": [100000], "P8MEA_FSM6CLA1A": [-0.26], "P8PUP_FSM6CLA1A": [25],
        ...     "P8MEA_NFSM6CLA1A": [0.2], "P8PUP_NFSM6CLA1A": [90],
        ... })
        >>> gaps = sf.progress_gaps(schools, "p8", national={"p8": 0.13})
        >>> gaps.select("comparison", pl.col("gap").round(2), "significant").rows()
        [('within_school', -0.46, False), ('national_other', -0.39, False)]
    """
    data = as_frame(frame)
    chosen = measures_of(data, measures)
    for argument, given in (("national", national), ("sd", sd)):
        known_keys(given, f"{argument}: measure", [measure.name for measure in chosen], GAP_MEASURES)
    comparisons = require_texts(comparison, "comparison")
    for name in comparisons:
        if name not in _COMPARISONS:
            raise unknown_name("comparison", name, _COMPARISONS)
    if not comparisons:
        msg = f"comparison: name at least one of {', '.join(_COMPARISONS)}"
        raise InputError(msg)
    if "year" not in data.columns and (national is None or sd is None):
        msg = "frame: a 'year' column is needed to look up dated figures; add one, or give national= and sd= yourself"
        raise InputError(msg)
    years = years_of(data)
    check_numbers(data, chosen)
    keys = [name for name in _KEYS if name in data.columns]
    parts: list[pl.DataFrame] = []
    for measure in chosen:
        spread = by_year(sd, measure, years, lambda m, year: reference(m.sd, year), "sd")
        for name in comparisons:
            rows = data
            place = ""
            if name == "national_other":
                other_mean = looked_up(_england(national, measure, years), years)
                other_n = pl.lit(None, dtype=pl.Float64)
                place = ", England"
            elif name == "authority":
                rows = with_authority(data, authorities, measure)
                other_mean, other_n, place = pl.col("_mean"), pl.col("_n"), ", authority"
            else:
                other_mean, other_n = pl.col(measure.other_mean), pl.col(measure.other_n).cast(pl.Float64)
            found = _tested(
                rows,
                measure,
                name,
                other_mean.cast(pl.Float64),
                other_n,
                looked_up(spread, years),
                confidence,
                min_group,
            )
            parts.append(
                found.select(
                    *keys,
                    pl.lit(measure.name).alias("measure"),
                    pl.lit(name).alias("comparison"),
                    pl.lit(measure.group).alias("group"),
                    pl.lit(f"{measure.other}{place}").alias("reference"),
                    *_FIGURES,
                    ((pl.col("ci_low") > 0) | (pl.col("ci_high") < 0)).alias("significant"),
                    pl.lit(measure.method).alias("method"),
                    "status",
                )
            )
    return adjusted(pl.concat(parts), adjust, ["comparison", *(["year"] if "year" in keys else [])])


def _england(national: object | None, measure: GapMeasure, years: list[int | None]) -> dict[int | None, float | None]:
    source = national_rows(national, measure) if is_frame(national) else national
    values = by_year(source, measure, years, lambda m, year: reference(m.national_other, year), "national")
    missing = [year for year, value in values.items() if value is None]
    if missing:
        listed = ", ".join(str(year) for year in missing)
        others = "all pupils" if measure.overlapping else f"'{measure.other}' pupils"
        msg = (
            f"national: no verified mean of {others} in England for {measure.name} in "
            f"{listed}; pass national={{'{measure.name}': {{{missing[0]}: ...}}}} or the national rows"
        )
        raise InputError(msg)
    return values


def _tested(
    rows: pl.DataFrame,
    measure: GapMeasure,
    comparison: str,
    other_mean: pl.Expr,
    other_n: pl.Expr,
    spread: pl.Expr,
    confidence: float,
    min_group: int,
) -> pl.DataFrame:
    """Return the rows with the figures of a gap; where all pupils are the reference, tested against those outside."""
    fixed = comparison == "national_other"
    mean, number = pl.col(measure.mean).cast(pl.Float64), pl.col(measure.n).cast(pl.Float64)
    outside_mean, outside_n, share = other_mean, other_n, pl.lit(1.0)
    if measure.overlapping and not fixed:
        outside_n = other_n - number
        outside_mean = (other_mean * other_n - mean * number) / outside_n
        share = outside_n / other_n
    test = gap_test(
        mean,
        number,
        outside_mean,
        outside_n,
        method=measure.method,
        known_sd=spread,
        sd=measure.group_sd,
        other_sd=measure.other_sd,
        fixed=fixed,
        confidence=confidence,
        min_group=min_group,
    )
    own_sd, other_sd = (_spread(measure, column, spread) for column in (measure.group_sd, measure.other_sd))
    found = rows.with_columns(
        mean.alias("group_mean"),
        number.alias("group_n"),
        other_mean.alias("reference_mean"),
        other_n.alias("reference_n"),
        own_sd.alias("group_sd"),
        (pl.lit(None, dtype=pl.Float64) if fixed else other_sd).alias("reference_sd"),
        share.alias("_share"),
        test.alias("_test"),
    ).unnest("_test")
    scaled = [pl.col(name) * pl.col("_share") for name in ("gap", "se", "ci_low", "ci_high")]
    hidden = pl.col("status") == "below_minimum"
    # A reference of many schools gives nobody away; one in the same school does, by what is left of the total.
    names = ["group_mean", "group_sd", *(["reference_mean", "reference_sd"] if comparison == "within_school" else [])]
    return found.with_columns(*scaled, *[pl.when(~hidden).then(pl.col(name)).alias(name) for name in names])


def _spread(measure: GapMeasure, column: str | None, known: pl.Expr) -> pl.Expr:
    if measure.method == "known_sd":
        return known
    if measure.method == "welch" and column is not None:
        return pl.col(column).cast(pl.Float64)
    return pl.lit(None, dtype=pl.Float64)
