"""Gaps between groups of pupils, from a frame of pupils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import polars as pl

from schoolframe._arguments import unknown_name
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import refuse_repeated
from schoolframe._measured import Measured
from schoolframe._p_values import Adjustment, adjusted
from schoolframe._pupil_asked import (
    RESULTS,
    Asked,
    account_of,
    asked_for,
    authorities_of,
    england_of,
    known_groups,
    read,
    reference_of,
    reported,
    without_authority,
)
from schoolframe._pupil_comparison import (
    beside,
    compared_with,
    exposed,
    fixed_figure,
    hidden_alone,
    neighbours_found,
    pool_of,
    protected,
    tested,
)
from schoolframe._pupil_pools import every_group, figures, sums

if TYPE_CHECKING:
    from schoolframe.gaps import Method

__all__ = ["pupil_gaps"]

PupilComparison: TypeAlias = Literal["within_school", "national_other", "authority", "neighbours"]


def pupil_gaps(
    pupils: object,
    value: str,
    *,
    group: str | Sequence[str],
    by: str | Sequence[str] | None = "urn",
    against: object = "rest",
    comparison: PupilComparison | Sequence[PupilComparison] = "within_school",
    method: Method | None = None,
    known_sd: float | None = None,
    national: object | None = None,
    neighbours: object | None = None,
    authority: str = "la",
    year: str | None = "year",
    pupil: str | None = None,
    report: object | None = None,
    points_per_month: float | None = None,
    adjust: Adjustment | None = None,
    confidence: float = 0.95,
    min_group: int = 6,
) -> Measured:
    """Gaps between groups of pupils for every school, with interval and test, from a frame of pupils.

    The gap is the mean of the group minus the mean of its reference: negative means that the group is behind. Both
    levels stand beside it, because a small gap within a school can also mean that the other pupils do badly. Standard
    errors, intervals and tests are those of :func:`gap_test`.

    Who the reference is, ``against``, and where it is looked for, ``comparison``, are two questions. Groups compared
    with ``"all"`` pupils are part of their reference: the gap is then the gap to the pupils outside the group times
    their share of all pupils, and its standard error and interval shrink by the same factor; its test is that of the
    gap to the pupils outside the group.

    Args:
        pupils: One row per pupil (and year).
        value: Column of the outcome: a number, or true and false for a share of pupils. Missing and NaN are left out
            and counted.
        group: Column of a characteristic, or several: any column of texts, whole numbers or true and false with up to
            100 values. Each characteristic has rows of its own, named in ``characteristic``. Missing is no group.
        by: Columns that name a school (a trust, a region); nothing for all pupils together.
        against: ``"rest"``, each group against all other pupils; ``"all"``, against all pupils; ``"pairs"``, every pair
            of groups once, the first in the alphabet minus the second; a value of the characteristic, which every
            other group is compared with; or a mapping from characteristic to one of these values.
        comparison: One or several of ``"within_school"`` (the reference is in the same school), ``"national_other"``
            (in England), ``"authority"`` (in the school's authority, the school itself included) and ``"neighbours"``
            (in the authorities that are statistical neighbours of the school's, never in its own).
        method: ``"known_sd"``, ``"welch"`` or ``"proportion"`` (Newcombe's interval whatever the numbers, so also
            under 30 pupils and near 0 and 100), see :func:`gap_test`. By default ``"proportion"`` for a column of true
            and false, ``"known_sd"`` where one is given, ``"welch"`` otherwise.
        known_sd: Standard deviation of pupils in England, for ``"known_sd"``.
        national: Where the pupils of England are for ``"national_other"``: nothing if ``pupils`` is all of England; a
            frame of pupils with the same columns, taken as others than those of ``pupils`` (it must have every group
            that they have, by the same name); or a figure taken as fixed,
            a number, a mapping from group to number, or from characteristic to these.
        neighbours: Frame of statistical neighbours with ``la`` and ``neighbour_la``, see
            :func:`read_statistical_neighbours`; needed for ``"neighbours"``.
        authority: Column of the authority; needed for ``"authority"`` and ``"neighbours"``.
        year: Column of the year; where it is there, pools are formed in each year.
        pupil: Column that identifies pupils; one who is there twice (in a year) is an error.
        report: Groups to give rows for, a list or a mapping from characteristic to a list; by default every group. The
            others still count in references.
        points_per_month: Points that stand for one month, to add ``gap_months``. The conversion is yours: no official
            one is published, and the result is not comparable with published gaps in months.
        adjust: ``"holm"`` or ``"bh"`` (Benjamini and Hochberg) to add ``p_adjusted``; the family of tests is all gaps
            of the result with the same ``comparison`` and year. Against the rest, a characteristic of two values makes
            one test twice: name one of them in ``report``, so that it counts once.
        confidence: Level of the intervals.
        min_group: Fewest pupils with an outcome that a group and its reference must have to be shown. Where the smaller
            groups of a school have fewer pupils together, the next smallest is not shown either: they could be worked
            out. Nor is a reference in authorities, or in England as it is in ``pupils``, where the schools whose
            group is hidden have fewer pupils of it together.

    Returns:
        A :class:`Measured`. Its frame has one row per school (and year), characteristic, comparison, group (of all
        that there are in ``pupils``, also those that a school does not have) and reference: the columns of ``by`` and
        ``year``, ``measure`` (the name of the outcome), ``characteristic``, ``comparison``, ``group``, ``reference``
        (String), ``group_mean`` (Float64), ``group_n`` (Int64, pupils with an
        outcome), ``reference_mean``, ``reference_n``, ``group_sd``, ``reference_sd`` (the known one, or those of the
        pupils with n - 1), ``gap``, ``se``, ``ci_low``, ``ci_high``, ``statistic``, ``p_value``, ``p_adjusted`` (if
        asked for), ``significant`` (Boolean: the interval excludes 0), ``gap_sd`` (the gap in standard deviations: the
        known one, or that of all pupils of England, or of the frame, with a value in that year; missing for shares),
        ``gap_months`` (if asked for), ``method`` and ``status`` (String): ``ok``; ``missing`` (no pupil of the group
        has an outcome); ``no_reference`` (there is nobody to compare with); ``below_minimum`` (group or reference is
        too small, nothing is shown); ``complementary`` (not shown, to protect a smaller group); ``no_error`` (the gap
        is known, its error is not: a single pupil, or no spread at all). Shares are percentages.

    Raises:
        InputError: For a column of the wrong kind, an infinite outcome, a pupil who is there twice, a school in two
            authorities, or arguments that do not go together.
        UnknownNameError: For a column, group or word that does not exist.

    Source: definitions of gaps: Department for Education, performance tables; intervals: see :func:`gap_test`.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({
        ...     "urn": [100000] * 16, "fsm": [True, False] * 8,
        ...     "p8": [-0.8, 0.3, -0.2, 0.5, 0.1, -0.4, -0.9, 0.6, 0.0, 0.2, -0.6, 0.4, -0.4, 0.1, 0.2, None],
        ... })
        >>> gaps = sf.pupil_gaps(pupils, "p8", group="fsm", report=["true"])
        >>> gaps.frame.select("group_n", "reference_n", pl.col("gap", "ci_low", "ci_high").round(3)).row(0)
        (8, 7, -0.568, -0.986, -0.15)
        >>> gaps.rows.rows()
        [('used', 15), ('p8 is missing', 1)]
    """
    data = as_frame(pupils, "pupils")
    asked = asked_for(
        data, value, group, by, comparison, method, known_sd, neighbours, authority, year, points_per_month, min_group
    )
    characteristics = asked.characteristics
    for argument, given in (("against", against), ("report", report)):
        for name in given if isinstance(given, Mapping) else ():
            if name not in characteristics:
                raise unknown_name(f"{argument}: characteristic", name, characteristics)
    if pupil is not None:
        require_columns(data, [pupil], "pupils")
        refuse_repeated(data, [pupil, *asked.years], "pupils", known=[pupil])
    columns = list(dict.fromkeys([*asked.keys, *asked.authority, *characteristics, value]))
    data = read(data.select(columns), asked, [*asked.keys, *asked.authority], "pupils")
    rows, notes = account_of(data, asked)
    data = data.drop_nulls(asked.keys) if asked.keys else data
    centre = data[value].median()
    centre = float(centre) if isinstance(centre, (int, float)) else 0.0
    england = None
    if national is not None and not isinstance(national, (int, float, Mapping)):
        england = england_of(national, asked)
    authorities = authorities_of(data, asked)
    notes += without_authority(data, authorities, asked)
    spread = _spread(data if england is None else england, asked, centre)
    parts = []
    for characteristic in characteristics:
        groups = sums(data, value, characteristic, asked.keys, centre)
        labels = groups["_group"].unique().sort().to_list()
        reference = reference_of(against, characteristic, labels)
        chosen = reported(report, characteristic, labels)
        groups = protected(every_group(groups, asked.keys, labels), asked.keys, min_group)
        if england is not None and "national_other" in asked.comparisons:
            known_groups(england, characteristic, labels)
        for name in asked.comparisons:
            if name == "national_other" and england is None and national is not None:
                compared = fixed_figure(groups, national, characteristic, reference)
            else:
                pool, keys, own = pool_of(name, groups, england, authorities, asked, characteristic, centre)
                if name == "neighbours":
                    notes += neighbours_found(authorities, asked)
                compared = compared_with(groups, pool, keys, reference, asked.keys, own)
                if own == "part" or name == "neighbours":
                    small = hidden_alone(groups, min_group)
                    hidden, _, _ = pool_of(name, small, england, authorities, asked, characteristic, centre)
                    compared = exposed(compared, hidden, keys, min_group)
            if chosen is not None:
                compared = compared.filter(pl.col("_group").is_in(chosen))
            parts.append(
                tested(compared, asked, centre, confidence, min_group).with_columns(
                    pl.lit(characteristic).alias("characteristic"), pl.lit(name).alias("comparison")
                )
            )
    found = _finished(pl.concat(parts), asked, spread, points_per_month, adjust)
    if points_per_month is not None:
        notes.append(f"gap_months: user-supplied conversion, {points_per_month} points per month")
    if england is not None:
        notes.append(f"national_other: {england.height:,} pupils of the national frame")
    return Measured(found, rows, tuple(dict.fromkeys(notes)))


def _spread(data: pl.DataFrame, asked: Asked, centre: float) -> pl.DataFrame | None:
    """Return the standard deviation of all pupils with an outcome, by year, in ``_spread``."""
    if asked.method != "welch":
        return None
    everybody = sums(data.with_columns(_everybody=pl.lit("")), asked.value, "_everybody", asked.years, centre)
    return everybody.select(*asked.years, *figures("", centre)).select(*asked.years, pl.col("_sd").alias("_spread"))


def _finished(
    found: pl.DataFrame, asked: Asked, spread: pl.DataFrame | None, points_per_month: float | None, adjust: str | None
) -> pl.DataFrame:
    significant = (pl.col("ci_low") > 0) | (pl.col("ci_high") < 0)
    found = found.with_columns(
        measure=pl.lit(asked.value),
        method=pl.lit(asked.method),
        significant=significant,
    )
    if asked.method == "known_sd":
        found = found.with_columns(_spread=pl.lit(asked.known_sd, dtype=pl.Float64))
    elif spread is None:
        found = found.with_columns(_spread=pl.lit(None, dtype=pl.Float64))
    else:
        found = beside(found, spread, asked.years)
    scale = pl.when(pl.col("_spread") > 0).then(pl.col("_spread"))
    found = found.with_columns((pl.col("gap") / scale).alias("gap_sd"))
    if points_per_month is not None:
        found = found.with_columns((pl.col("gap") / points_per_month).alias("gap_months"))
    found = adjusted(found, adjust, ["comparison", *asked.years])
    return found.select(*asked.keys, *[name for name in RESULTS if name in found.columns])
