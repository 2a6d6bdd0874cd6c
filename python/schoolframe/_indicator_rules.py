"""Indicators that follow from published columns by an exact rule: gaps, floor standard, coasting definition.

Unknown is not false. Conditions are polars expressions with three values: ``false & null`` is false, ``true & null`` is
null, so a rule is decided as soon as the parts that are known decide it and stays null otherwise.

Thresholds are compared with the figures as published: whole percentages at key stage 2, one decimal for key stage 2
progress, two decimals for Progress 8.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from schoolframe import parameters

__all__ = ["add_coasting", "add_derived", "add_floor"]

_SUBJECTS = ("reading", "writing", "maths")
_RULE_YEARS = (2016, 2017, 2018)
# Smallest cohorts the floor standard was applied to.
_KS4_COHORT = 6
_KS2_COHORT = 11

# Difference of two columns, the second taken off the first.
_GAPS = {
    "p8_gap_disadvantaged": ("p8_disadvantaged", "p8_non_disadvantaged"),
    "a8_gap_disadvantaged": ("a8_disadvantaged", "a8_non_disadvantaged"),
    "ks4_em_94_gap_disadvantaged": ("ks4_em_94_pct_disadvantaged", "ks4_em_94_pct_non_disadvantaged"),
    "ks4_em_95_gap_disadvantaged": ("ks4_em_95_pct_disadvantaged", "ks4_em_95_pct_non_disadvantaged"),
    "ks2_exp_rwm_gap_disadvantaged": ("ks2_exp_rwm_pct_disadvantaged", "ks2_exp_rwm_pct_non_disadvantaged"),
    **{
        f"ks2_progress_{s}_gap_disadvantaged": (
            f"ks2_progress_{s}_disadvantaged",
            f"ks2_progress_{s}_non_disadvantaged",
        )
        for s in _SUBJECTS
    },
}
# The measure of the phase: name, key stage 4 column, key stage 2 column. Unknown where a row has both key stages.
_BY_STAGE = {
    "disadvantaged": ("p8_disadvantaged", "ks2_exp_rwm_pct_disadvantaged"),
    "non_disadvantaged": ("p8_non_disadvantaged", "ks2_exp_rwm_pct_non_disadvantaged"),
    "disadvantaged_progress_gap": ("p8_gap_disadvantaged", None),
    "actual": ("a8", "ks2_exp_rwm_pct"),
    "expected_progress_eng_pct": ("ks4_3lp_eng_pct", "ks2_2lp_eng_pct"),
    "expected_progress_mat_pct": ("ks4_3lp_mat_pct", "ks2_2lp_mat_pct"),
}
# Decimals of the difference of two published figures; more would be noise of binary fractions.
_DECIMALS = 6


def add_derived(frame: pl.DataFrame, prefix: str = "") -> pl.DataFrame:
    """Add gaps, attendance and the measures of the phase, where the columns they need are there.

    Args:
        frame: An indicator frame with the Boolean columns ``_ks2`` and ``_ks4`` (the row has that key stage).
        prefix: ``nat_`` for national figures.

    Returns:
        The frame with the columns added.
    """
    has = frame.columns.__contains__

    def difference(first: str, second: str) -> pl.Expr:
        return (pl.col(prefix + first) - pl.col(prefix + second)).round(_DECIMALS)

    gaps = [
        difference(first, second).alias(prefix + name)
        for name, (first, second) in _GAPS.items()
        if has(prefix + first) and has(prefix + second)
    ]
    if has(f"{prefix}overall_absence_pct"):
        gaps.append((100.0 - pl.col(f"{prefix}overall_absence_pct")).round(_DECIMALS).alias(f"{prefix}attendance_pct"))
    frame = frame.with_columns(gaps)
    has = frame.columns.__contains__
    stages = []
    for name, (ks4, ks2) in _BY_STAGE.items():
        parts = []
        if has(prefix + ks4):
            parts.append(pl.when(pl.col("_ks4") & ~pl.col("_ks2")).then(pl.col(prefix + ks4)))
        if ks2 is not None and has(prefix + ks2):
            parts.append(pl.when(pl.col("_ks2") & ~pl.col("_ks4")).then(pl.col(prefix + ks2)))
        if parts:
            stages.append(pl.coalesce(parts).cast(pl.Float64).alias(prefix + name))
    return frame.with_columns(stages)


def add_floor(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``below_floor`` for the results years 2016 to 2018; null in other years.

    Key stage 4: Progress 8 under the threshold and its upper confidence limit below 0. Key stage 2: attainment under
    the threshold and progress insufficient, which is two or more subjects under theirs, or one that is also
    significantly below average. A row with both key stages is below if either is. Where a file has no confidence
    limits, the published band says whether a score is significantly below average (bands 4 and 5).

    Args:
        frame: An indicator frame with ``_ks2``, ``_ks4`` and ``_outside`` (the rules do not hold for the school).

    Returns:
        The frame, with the column where it can be computed, and ``below_floor_verified``.
    """
    has = frame.columns.__contains__
    stages: list[pl.Expr] = []
    if has("p8"):
        enough = _cohort(frame, "ks4_cohort", _KS4_COHORT)
        below = (pl.col("p8") < _threshold("floor_p8")) & _significantly_below(frame, "p8")
        stages.append(pl.when(pl.col("_ks4") & enough).then(below))
    if has("ks2_exp_rwm_pct"):
        under, surely = [], []
        for subject in _SUBJECTS:
            name = f"ks2_progress_{subject}"
            if not has(name):
                under.append(pl.lit(None, dtype=pl.Boolean))
                surely.append(pl.lit(None, dtype=pl.Boolean))
                continue
            miss = pl.col(name) < _threshold(f"floor_{name}")
            under.append(miss)
            surely.append(miss & _significantly_below(frame, name))
        a, b, c = under
        insufficient = (a & b) | (a & c) | (b & c) | surely[0] | surely[1] | surely[2]
        below = (pl.col("ks2_exp_rwm_pct") < _threshold("floor_ks2_exp_rwm_pct")) & insufficient
        stages.append(pl.when(pl.col("_ks2") & _cohort(frame, "ks2_cohort", _KS2_COHORT)).then(below))
    if not stages:
        return frame
    # The thresholds and the smallest cohorts were read in secondary sources only; the mark goes with every result.
    verified = pl.when(pl.col("below_floor").is_not_null()).then(pl.lit(value=False))
    return _add_rule(frame, "below_floor", stages, _RULE_YEARS).with_columns(below_floor_verified=verified)


def add_coasting(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``coasting`` and ``coasting_status`` for 2018, from the three results years 2016 to 2018.

    A year counts against the school at key stage 4 if Progress 8 is under -0.25 with its upper limit below 0, at key
    stage 2 if attainment is under 85% and progress in one subject is under its threshold with its upper limit below 0.
    Earlier years are rows of the same ``urn``; predecessors are not followed.

    Args:
        frame: An indicator frame with ``_ks2``, ``_ks4`` and ``_outside``.

    Returns:
        The frame, with the columns where they can be computed: ``coasting`` true, false or null; ``coasting_status``
        ``coasting`` or null, because the other words are judgements.
    """
    has = frame.columns.__contains__
    stages: list[pl.Expr] = []
    if has("p8"):
        year = (pl.col("p8") < _threshold("coasting_p8")) & _significantly_below(frame, "p8")
        stages.append(pl.when("_ks4").then(_three_years(year)))
    if has("ks2_exp_rwm_pct"):
        low = pl.lit(value=False)
        for subject in _SUBJECTS:
            name = f"ks2_progress_{subject}"
            part = pl.lit(None, dtype=pl.Boolean)
            if has(name):
                part = (pl.col(name) < _threshold(f"coasting_{name}")) & _significantly_below(frame, name)
            low = low | part
        year = (pl.col("ks2_exp_rwm_pct") < _threshold("coasting_ks2_exp_rwm_pct")) & low
        stages.append(pl.when("_ks2").then(_three_years(year)))
    if not stages or not frame.select((pl.col("year") == _RULE_YEARS[-1]).any()).item():
        return frame
    order = frame.with_row_index("_row").sort("urn", "year")
    ruled = _add_rule(order, "coasting", stages, _RULE_YEARS[-1:]).sort("_row").drop("_row")
    return ruled.with_columns(coasting_status=pl.when("coasting").then(pl.lit("coasting")))


def _three_years(year: pl.Expr) -> pl.Expr:
    """Return whether the condition holds in this year and the two before; rows are sorted by school and year."""
    parts = [year]
    for back in (1, 2):
        earlier = year.shift(back).over("urn")
        right = pl.col("year").shift(back).over("urn") == pl.col("year") - back
        parts.append(pl.when(right).then(earlier))
    return parts[0] & parts[1] & parts[2]


def _add_rule(frame: pl.DataFrame, name: str, stages: list[pl.Expr], years: tuple[int, ...]) -> pl.DataFrame:
    if not stages:
        return frame
    joined = stages[0]
    for stage in stages[1:]:
        # A stage the school does not have is null and must not make the other one unknown.
        joined = pl.when(pl.col("_ks2") & pl.col("_ks4")).then(joined | stage).otherwise(pl.coalesce(joined, stage))
    holds = pl.col("year").is_in(years) & ~pl.col("_outside")
    return frame.with_columns(pl.when(holds).then(joined).alias(name))


def _significantly_below(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return whether the upper confidence limit is below 0, from the limit or else from the published band."""
    known = []
    if f"{name}_ci_high" in frame.columns:
        known.append(pl.col(f"{name}_ci_high") < 0)
    if f"{name}_band" in frame.columns:
        known.append(pl.col(f"{name}_band") >= 4)
    return pl.coalesce(known) if known else pl.lit(None, dtype=pl.Boolean)


def _cohort(frame: pl.DataFrame, name: str, smallest: int) -> pl.Expr:
    return pl.col(name) >= smallest if name in frame.columns else pl.lit(value=False)


@cache
def _threshold(name: str) -> float:
    """Return a threshold of the rules of 2016 to 2018; those of the floor were read in secondary sources."""
    return parameters.reference_value(name, _RULE_YEARS[-1], allow_unverified=True)
