"""Floor standards of 2007 to 2018 and the definition of coasting, for rows of schools and years.

Unknown is not false: a rule is decided as soon as the parts that are known decide it, and stays open otherwise. Columns
are named like indicators, so that :func:`schoolframe.indicator_frame` fits as it is. Values are compared as published.

Example:
    >>> import polars as pl
    >>> import schoolframe as sf
    >>> schools = pl.DataFrame({"urn": [1, 2], "year": [2015, 2015], "ks4_5ac_em_pct": [39.0, 39.0],
    ...     "ks4_3lp_eng_pct": [72.0, 73.0], "ks4_3lp_mat_pct": [60.0, 60.0]})
    >>> sf.floor_standard(schools, phase="secondary")["below_floor"].to_list()
    [True, False]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe._arguments import require_text, unknown_name
from schoolframe._key_columns import group_columns, refuse_repeated
from schoolframe._standard_rows import decide, evidence, flag_column
from schoolframe._standard_rules import COASTING, FLOOR, Rule, check_figures
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["coasting_standard", "floor_standard"]

Phase = Literal["primary", "secondary"]

_KEYS = ("year", "urn", "la", "la_name", "school_name", "phase")
_COASTING_YEARS = 3
# Columns of the result, and of the steps towards it: no school can be named by such a column.
_TAKEN = (
    *("criterion", "coasting", "years", "status", "reason", "rule", "compared", "verified", "unverified"),
    *("year", "met", "_year", "_coasting"),
    *(f"{name}_{back}" for name in ("met", "reason", "there") for back in range(1, _COASTING_YEARS)),
)


def floor_standard(
    frame: object,
    *,
    phase: Phase,
    figures: Mapping[str, float | Mapping[int, float]] | None = None,
    exempt: str | None = None,
    allow_unverified: bool = False,
) -> pl.DataFrame:
    """Whether each school was below the floor standard of its results year.

    Secondary: 2007 to 2009 under 30 % with five A* to C including English and maths (``ks4_5ac_em_pct``); 2010 to 2015
    under the year's figure and three levels of progress in English and in maths both under the median of schools; 2016
    to 2018 Progress 8 under -0.5 with its upper confidence limit under 0. Primary: 2008 and 2009 level 4 in English and
    maths under 55 %; 2010 to 2012 that under 60 % and two levels of progress in both under the median; 2013 to 2015
    level 4 in reading, writing and maths, and progress in all three; 2016 to 2018 expected standard under 65 % and
    progress insufficient: two or more subjects under -5 (reading), -7 (writing), -5 (maths), or one that is also
    significantly below average. Every comparison is strictly under: a school at a figure meets it.

    The upper limit is ``x_ci_high``; where it is missing the published band ``x_band`` says whether a score is
    significantly below average (4 or 5).

    Args:
        frame: One row per school and year with ``year`` and columns named like indicators; one that is absent is
            missing throughout.
        phase: ``"primary"`` or ``"secondary"``: whose standard.
        figures: Figures for which no source could be verified, by name, for all years or ``{year: number}``; they also
            replace a reference value. ``floor_ks2_cohort_minimum`` is one: 11 is commonly reported.
        exempt: Boolean column, true for schools the standard does not apply to (independent, new, hospital).
        allow_unverified: Whether figures from secondary sources may be used.

    Returns:
        One row per row, in its order: the key columns that are there (year, urn, la, la_name, school_name, phase), then
        ``below_floor`` (Boolean, missing where open or not applicable), ``status``: ``ok``; ``not_applicable`` (special
        school, referral unit, exempt; another phase without results of this one; from 2016 a cohort or coverage under
        the least); ``missing``
        (evidence is); ``no_figure`` (a figure has no source, or only a secondary one); ``no_standard`` (none in that
        year); ``reason`` (String), ``rule`` (String), ``compared`` (String, values against figures), ``verified``
        (Boolean, whether every figure of the year's rule was read in a primary source or computed) and ``unverified``
        (String, names of those that were not). A school whose ``phase`` is missing is taken as one it applies to; a
        missing coverage as enough, since a score is published only from 50 %. Where the cohort is missing, a school
        that would be below stays open.

    Raises:
        InputError: With the row, for a column of another type, infinite values, a year that is none, a share under 0 or
            over 100, a cohort under 0, an upper limit under its score, or a phase that the vocabulary does not have.
        UnknownNameError: For a phase, a figure that no rule uses, or a frame without the first column of a rule.

    Source: by figure, see ``sf.reference_values()``, names ``floor_...`` and ``median_...``.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> school = pl.DataFrame({"urn": 1, "year": 2017, "p8": -0.62, "p8_ci_high": -0.31, "ks4_cohort": 80})
        >>> sf.floor_standard(school, phase="secondary", allow_unverified=True).select("below_floor", "verified").row(0)
        (True, False)
        >>> sf.floor_standard(school, phase="secondary")["status"].item()
        'no_figure'
    """
    rules = _rules(FLOOR, phase)
    data, rows = evidence(frame, rules, exempt)
    decided = decide(rows, rules, phase, check_figures(figures, rules), allow_unverified=allow_unverified)
    return pl.concat(
        [data.select(_present(data)), decided.drop("_year").rename({"met": "below_floor"})], how="horizontal"
    )


def coasting_standard(
    frame: object,
    *,
    phase: Phase,
    by: str | Sequence[str] = "urn",
    exempt: str | None = None,
    early_p8: str | None = None,
) -> pl.DataFrame:
    """Whether each school was coasting: its results met the criterion of the year in three years running.

    Secondary, 2014: five A* to C including English and maths under 60 %, three levels of progress under 74 % in English
    and under 67 % in maths; 2015: under 60, 73 and 68; 2016 to 2018: Progress 8 under -0.25 and its upper confidence
    limit under 0. Primary, 2014: level 4 in reading, writing and maths under 85 %, two levels of progress under 94 %,
    96 % and 93 %; 2015: under 85, 94, 97 and 93; 2016 to 2018: expected standard under 85 % and in any of reading
    (under -2.5), writing (-3.5) and maths (-2.5) a score that is also significantly below average. Strictly under.

    Args:
        frame: One row per school and year, as for :func:`floor_standard`, with the two years before those asked about.
        phase: ``"primary"`` or ``"secondary"``.
        by: Columns that name the school. Predecessors are not followed: join their rows under the new number first.
        exempt: Boolean column, true where the definition does not apply.
        early_p8: Boolean column, true for schools that opted in to Progress 8 in 2015: in that year they also need
            Progress 8 under -0.25 with its upper limit under 0. Missing counts as not opted in.

    Returns:
        One row per row, in its order: the key columns, ``criterion`` (Boolean, this year's), ``coasting`` (Boolean,
        known for results of 2016 to 2018), ``years`` (String: the three years), ``status`` (``ok``, ``not_applicable``,
        ``missing``, ``no_standard``), ``reason``, ``rule``, ``compared`` (of this year) and ``verified`` as for
        :func:`floor_standard`. One year that does not meet its criterion settles it.

    Raises:
        InputError: For a school twice in a year, a column of ``by`` that is called as one of the result, and as
            :func:`floor_standard`.
        UnknownNameError: As :func:`floor_standard`.

    Source: Coasting Schools (England) Regulations 2017, SI 2017/9, regulations 4 and 5 (status P).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> school = pl.DataFrame({"urn": [1] * 3, "year": [2016, 2017, 2018], "p8": [-0.4, -0.3, -0.26],
        ...     "p8_ci_high": [-0.1, -0.05, -0.01]})
        >>> sf.coasting_standard(school, phase="secondary")["coasting"].to_list()
        [None, None, True]
    """
    rules = _rules(COASTING, phase)
    data, rows = evidence(frame, rules, exempt)
    keys = group_columns(data, by, reserved=_TAKEN)
    refuse_repeated(data.select(*keys, "year"), [*keys, "year"])
    if early_p8 is not None:
        if phase != "secondary":
            msg = "early_p8: only secondary schools could opt in to Progress 8"
            raise InputError(msg)
        rows = rows.with_columns(flag_column(data, early_p8, "_early"))
    decided = decide(rows, rules, phase, {}, allow_unverified=False)
    decided = pl.concat([data.select(keys), decided], how="horizontal")
    first = rules[0].first + _COASTING_YEARS - 1
    earlier = decided.select(*keys, "_year", "met", "reason")
    known: list[pl.Expr] = [pl.col("met")]
    lost = [_lost(pl.col("_year"), pl.col("met"), pl.col("reason"))]
    for back in range(1, _COASTING_YEARS):
        before = earlier.select(
            *keys,
            pl.col("_year") + back,
            pl.col("met").alias(f"met_{back}"),
            pl.col("reason").alias(f"reason_{back}"),
            pl.lit(value=True).alias(f"there_{back}"),
        )
        decided = decided.join(before, on=[*keys, "_year"], how="left", nulls_equal=True, maintain_order="left")
        known.append(pl.col(f"met_{back}"))
        why = pl.when(pl.col(f"there_{back}").is_null()).then(pl.lit("no row")).otherwise(pl.col(f"reason_{back}"))
        lost.append(_lost(pl.col("_year") - back, pl.col(f"met_{back}"), why))
    applies = pl.col("status") != "not_applicable"
    in_time = (pl.col("_year") >= first) & pl.col("rule").is_not_null()
    coasting = pl.when(applies & in_time).then(pl.all_horizontal(known))
    text = pl.concat_str(lost, separator="; ", ignore_nulls=True)
    return decided.with_columns(_coasting=coasting).select(
        *(data[name] for name in _present(data)),
        pl.col("met").alias("criterion"),
        pl.col("_coasting").alias("coasting"),
        pl.when(in_time)
        .then(
            pl.concat_str([(pl.col("_year") - back).cast(pl.String) for back in range(_COASTING_YEARS)], separator=", ")
        )
        .alias("years"),
        pl.when(~applies)
        .then(pl.lit("not_applicable"))
        .when(~in_time)
        .then(pl.lit("no_standard"))
        .when(pl.col("_coasting").is_not_null())
        .then(pl.lit("ok"))
        .otherwise(pl.lit("missing"))
        .alias("status"),
        pl.when(~applies)
        .then("reason")
        .when(~in_time)
        .then(pl.lit(f"coasting is decided on results of {first} to {rules[-1].last} and the two years before each"))
        .when(pl.col("_coasting").is_null())
        .then(text)
        .alias("reason"),
        "rule",
        "compared",
        "verified",
    )


def _lost(year: pl.Expr, met: pl.Expr, why: pl.Expr) -> pl.Expr:
    """Return what is missing in a year, or null if its criterion is known."""
    text = pl.concat_str([year.cast(pl.String), pl.lit(": "), why.fill_null("missing")])
    return pl.when(met.is_null()).then(text)


def _rules(table: Mapping[str, tuple[Rule, ...]], phase: str) -> tuple[Rule, ...]:
    if require_text(phase, "phase", "'primary'") not in table:
        raise unknown_name("phase", phase, table)
    return table[phase]


def _present(data: pl.DataFrame) -> list[str]:
    return [name for name in _KEYS if name in data.columns]
