"""Gaps between groups of pupils, with interval and test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from schoolframe import _native
from schoolframe._frames import as_frame, require_columns
from schoolframe._plugin import expression, is_whole, numbers
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.parameters import reference_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["GAP_MEASURES", "GapMeasure", "gap_test", "progress_gaps"]

Method = Literal["known_sd", "welch", "proportion"]
Comparison = Literal["within_school", "national_other"]


@dataclass(frozen=True)
class GapMeasure:
    """Where a measure and its two groups stand in a frame.

    Args:
        name: Name of the measure in results.
        mean: Column of the mean (or percentage) of group A, the pupils the gap is about.
        n: Column of the number of pupils in group A.
        other_mean: Column of the mean of group B.
        other_n: Column of the number of pupils in group B.
        method: How the interval is worked out, see :func:`gap_test`.
        sd: Name of the reference value of the pupil-level standard deviation, for ``"known_sd"``.
        group_sd: Column of the standard deviation in group A, for ``"welch"``.
        other_sd: Column of the standard deviation in group B, for ``"welch"``.
        group: What group A is called.
        other: What group B is called.
        national_other: Name of the reference value that holds the national mean of group B.

    Example:
        >>> import schoolframe as sf
        >>> sf.GapMeasure("reading", "read_sen", "n_sen", "read_other", "n_other", method="welch").name
        'reading'
    """

    name: str
    mean: str
    n: str
    other_mean: str
    other_n: str
    method: Method = "known_sd"
    sd: str | None = None
    group_sd: str | None = None
    other_sd: str | None = None
    group: str = "disadvantaged"
    other: str = "not disadvantaged"
    national_other: str | None = None


def _disadvantage(name: str, mean: str, n: str, method: Method, sd: str | None = None) -> GapMeasure:
    # The Department spells the other pupils N in means of key stage 4, and NOT in counts and at key stage 2.
    other = {"P8MEA_{}": "NFSM6CLA1A", "P8PUP_{}": "NFSM6CLA1A", "ATT8SCR_{}": "NFSM6CLA1A"}
    return GapMeasure(
        name=name,
        mean=mean.format("FSM6CLA1A"),
        n=n.format("FSM6CLA1A"),
        other_mean=mean.format(other.get(mean, "NOTFSM6CLA1A")),
        other_n=n.format(other.get(n, "NOTFSM6CLA1A")),
        method=method,
        sd=sd,
        national_other=f"nat_{name}_non_disadvantaged",
    )


GAP_MEASURES: Mapping[str, GapMeasure] = {
    measure.name: measure
    for measure in (
        _disadvantage("p8", "P8MEA_{}", "P8PUP_{}", "known_sd", "p8_sd"),
        # No pupil-level spread of Attainment 8 is published: the gap is given without an interval.
        _disadvantage("a8", "ATT8SCR_{}", "T{}", "known_sd"),
        _disadvantage("ks2_progress_reading", "READPROG_{}", "T{}", "known_sd", "ks2_progress_reading_sd"),
        _disadvantage("ks2_progress_writing", "WRITPROG_{}", "T{}", "known_sd", "ks2_progress_writing_sd"),
        _disadvantage("ks2_progress_maths", "MATPROG_{}", "T{}", "known_sd", "ks2_progress_maths_sd"),
        _disadvantage("ks2_exp_rwm_pct", "PTRWM_EXP_{}", "T{}", "proportion"),
        _disadvantage("ks2_high_rwm_pct", "PTRWM_HIGH_{}", "T{}", "proportion"),
    )
}
"""Disadvantage gaps in the columns of the performance tables, by indicator name."""

_KEYS = ("year", "urn", "la", "la_name", "school_name", "phase")


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
    if not is_whole(min_group) or min_group < 0:
        msg = f"min_group: a whole number of at least 0 is needed, not {min_group!r}"
        raise InputError(msg)
    rule = _native.gap_rule(method, float(confidence), min_group, fixed)
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
    sd: float | Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    min_group: int = 6,
) -> pl.DataFrame:
    """Gaps between two groups of pupils for every school, year and measure.

    ``within_school`` is group A minus group B in the same school. ``national_other`` is group A in the school minus
    group B
    in England, taken as fixed: the published ``DIFFN_`` columns. Negative means that group A is behind. A small gap
    within a school can also mean that the others do badly, so both are given unless you choose.

    The number of pupils of a key stage 2 group is the number at the end of the key stage (``TFSM6CLA1A``): the tables
    give
    no number of pupils with a progress score by group, so these intervals are slightly too narrow where coverage is
    under 100 %.

    Args:
        frame: One row per school and year with a ``year`` column, such as ``read_performance_tables(...).schools``.
        measures: Names of :data:`GAP_MEASURES` or measures of your own; by default every one whose columns are there.
        comparison: One or both of ``"within_school"`` and ``"national_other"``.
        national: Where the national mean of group B comes from: nothing for the dated reference values; the national
        rows
            of the tables (a frame, the state-funded row is taken); or a mapping from measure to a number or to
            ``{year: number}``.
        sd: Pupil-level standard deviation for measures with a known one: nothing for the dated reference values, one
            number, or a mapping as above. Without one the gap is given and its interval is not (``no_error``).
        confidence: Level of the intervals.
        min_group: Fewest pupils a group must have to be shown (published tables show groups from 6).

    Returns:
        One row per row of ``frame``, measure and comparison: the key columns that are there (year, urn, la, la_name,
        school_name, phase), then ``measure``, ``comparison``, ``group``, ``reference`` (String), ``group_mean``,
        ``group_n``, ``reference_mean``, ``reference_n``, ``gap``, ``se``, ``ci_low``, ``ci_high``, ``statistic``,
        ``p_value`` (Float64), ``significant`` (Boolean: the interval excludes 0), ``method`` and ``status`` (String).

    Raises:
        InputError: If no measure's columns are there, or no national figure can be found for a year.
        UnknownNameError: For a measure or column that does not exist.

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
    chosen = _measures(data, measures)
    comparisons: list[Comparison] = [comparison] if isinstance(comparison, str) else list(comparison)
    for name in comparisons:
        if name not in ("within_school", "national_other"):
            msg = f"comparison '{name}' does not exist. There are: within_school, national_other."
            raise UnknownNameError(msg)
    if not comparisons:
        msg = "comparison: name at least one of within_school and national_other"
        raise InputError(msg)
    if "year" not in data.columns and (national is None or sd is None):
        msg = "frame: a 'year' column is needed to look up dated figures; add one, or give national= and sd= yourself"
        raise InputError(msg)
    years = _years(data)
    keys = [name for name in _KEYS if name in data.columns]
    parts: list[pl.DataFrame] = []
    for measure in chosen:
        spread = _by_year(sd, measure, years, lambda m, year: _reference(m.sd, year), "sd")
        for name in comparisons:
            fixed = name == "national_other"
            if fixed:
                source = _national_rows(national, measure) if _is_frame(national) else national
                values = _by_year(
                    source, measure, years, lambda m, year: _reference(m.national_other, year), "national"
                )
                missing = [year for year, value in values.items() if value is None]
                if missing:
                    listed = ", ".join(str(year) for year in missing)
                    msg = (
                        f"national: no verified mean of '{measure.other}' pupils in England for {measure.name} in "
                        f"{listed}; pass national={{'{measure.name}': {{{missing[0]}: ...}}}} or the national rows"
                    )
                    raise InputError(msg)
                reference_mean, reference_n = _lookup(values, years), pl.lit(None, dtype=pl.Float64)
            else:
                reference_mean, reference_n = pl.col(measure.other_mean), pl.col(measure.other_n).cast(pl.Float64)
            test = gap_test(
                measure.mean,
                measure.n,
                reference_mean,
                reference_n,
                method=measure.method,
                known_sd=_lookup(spread, years),
                sd=measure.group_sd,
                other_sd=measure.other_sd,
                fixed=fixed,
                confidence=confidence,
                min_group=min_group,
            )
            parts.append(
                data.select(
                    *keys,
                    pl.lit(measure.name).alias("measure"),
                    pl.lit(name).alias("comparison"),
                    pl.lit(measure.group).alias("group"),
                    pl.lit(f"{measure.other}, England" if fixed else measure.other).alias("reference"),
                    pl.col(measure.mean).cast(pl.Float64).alias("group_mean"),
                    pl.col(measure.n).cast(pl.Float64).alias("group_n"),
                    reference_mean.cast(pl.Float64).alias("reference_mean"),
                    reference_n.alias("reference_n"),
                    test.alias("test"),
                    pl.lit(measure.method).alias("method"),
                ).unnest("test")
            )
    significant = (pl.col("ci_low") > 0) | (pl.col("ci_high") < 0)
    columns = [*keys, "measure", "comparison", "group", "reference", "group_mean", "group_n", "reference_mean"]
    columns += [
        "reference_n",
        "gap",
        "se",
        "ci_low",
        "ci_high",
        "statistic",
        "p_value",
        "significant",
        "method",
        "status",
    ]
    return pl.concat(parts).with_columns(significant.alias("significant")).select(columns)


def _measures(frame: pl.DataFrame, measures: str | GapMeasure | Iterable[str | GapMeasure] | None) -> list[GapMeasure]:
    if measures is None:
        found = [m for m in GAP_MEASURES.values() if {m.mean, m.n, m.other_mean, m.other_n} <= set(frame.columns)]
        if not found:
            example = GAP_MEASURES["p8"]
            msg = (
                "frame: the columns of no gap measure are there; Progress 8, for instance, needs "
                f"{example.mean}, {example.n}, {example.other_mean} and {example.other_n}"
            )
            raise InputError(msg)
        return found
    chosen = []
    for measure in [measures] if isinstance(measures, (str, GapMeasure)) else measures:
        if isinstance(measure, str):
            if measure not in GAP_MEASURES:
                msg = f"gap measure '{measure}' does not exist. There are: {', '.join(GAP_MEASURES)}."
                raise UnknownNameError(msg)
            measure = GAP_MEASURES[measure]  # noqa: PLW2901 a name stands for its measure
        needed = [measure.mean, measure.n, measure.other_mean, measure.other_n, measure.group_sd, measure.other_sd]
        require_columns(frame, [name for name in needed if name is not None])
        chosen.append(measure)
    if not chosen:
        msg = "measures: name at least one"
        raise InputError(msg)
    return chosen


def _years(frame: pl.DataFrame) -> list[int | None]:
    if "year" not in frame.columns:
        return [None]
    if not frame.schema["year"].is_integer():
        msg = f"column 'year' must hold whole numbers (2019 for 2018/19), not {frame.schema['year']}"
        raise InputError(msg)
    return sorted(frame["year"].drop_nulls().unique().to_list())


def _by_year(
    given: Any, measure: GapMeasure, years: list[int | None], default: Any, argument: str
) -> dict[int | None, float | None]:
    if given is None:
        return {year: default(measure, year) for year in years}
    if isinstance(given, Mapping):
        if measure.name not in given:
            return {year: default(measure, year) for year in years}
        given = given[measure.name]
    if isinstance(given, Mapping):
        return {year: given.get(year) for year in years}
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        msg = f"{argument}: a number, or a mapping from measure to number or to {{year: number}}, not {given!r}"
        raise InputError(msg)
    return dict.fromkeys(years, float(given))


def _reference(name: str | None, year: int | None) -> float | None:
    if name is None or year is None:
        return None
    try:
        return reference_value(name, year)
    except (InputError, UnknownNameError):
        return None


def _is_frame(national: object | None) -> bool:
    return isinstance(national, (pl.DataFrame, pl.LazyFrame)) or hasattr(national, "__arrow_c_stream__")


def _national_rows(national: object, measure: GapMeasure) -> dict[str, dict[int, float]]:
    rows = as_frame(national, "national")
    require_columns(rows, ["year", measure.other_mean], "national")
    if "population" in rows.columns and "state_funded" in rows["population"].to_list():
        rows = rows.filter(pl.col("population") == "state_funded")
    rows = rows.select("year", pl.col(measure.other_mean).cast(pl.Float64)).drop_nulls()
    if rows["year"].is_duplicated().any():
        msg = f"national: several rows hold {measure.other_mean} for one year; keep one row per year"
        raise InputError(msg)
    return {measure.name: dict(rows.iter_rows())}


def _lookup(values: Mapping[int | None, float | None], years: list[int | None]) -> pl.Expr:
    if years == [None] or len(set(values.values())) <= 1:
        value = next(iter(values.values()), None)
        return pl.lit(value, dtype=pl.Float64)
    known = list(values)
    return pl.col("year").replace_strict(known, [values[year] for year in known], default=None, return_dtype=pl.Float64)
