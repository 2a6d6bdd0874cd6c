"""Progress scores of schools and other groups of pupils, with their intervals, from pupils."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_number, require_texts, require_whole
from schoolframe._estimate_pupils import pupil_years, refuse_between
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import refuse_repeated
from schoolframe._measured import Measured, account
from schoolframe._number_columns import number_column
from schoolframe._progress_spread import band, require_spread, spread_of
from schoolframe.estimate_table import EstimateTable
from schoolframe.exceptions import InputError
from schoolframe.parameters import reference_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe._progress_spread import Spread

__all__ = ["progress_scores"]

_REASONS = {
    "group_missing": "group is missing",
    "prior_missing": "prior attainment is missing",
    "prior_outside": "prior attainment is outside the table",
    "no_estimate": "no estimate for the prior attainment",
    "outcome_missing": "outcome is missing",
}
_COLUMNS = [
    "measure",
    "score",
    "score_unadjusted",
    "n",
    "n_cohort",
    "coverage_pct",
    "n_adjusted",
    "sd",
    "se",
    "ci_low",
    "ci_high",
    "band",
    "method",
    "sd_source",
    "status",
    "verified",
]
# What a small group must not show: the number of pupils with a score could be worked out from each of them.
_HIDDEN = ["score", "score_unadjusted", "n", "coverage_pct", "n_adjusted", "se", "ci_low", "ci_high"]
_NOT_SCORED = ["score", "score_unadjusted", "n_adjusted", "se", "ci_low", "ci_high"]


def progress_scores(
    pupils: object,
    *,
    estimates: EstimateTable,
    by: str | Sequence[str] | None = "urn",
    prior: str | None = None,
    outcomes: str | Sequence[str] | Mapping[str, str] | None = None,
    pupil: str | Sequence[str] | None = None,
    sd: float | Mapping[str, float] | Literal["estimate"] | None = None,
    confidence: float = 0.95,
    min_group: int = 6,
    min_coverage: float = 50.0,
) -> Measured:
    """Progress scores of schools, or of any groups of pupils, with confidence intervals.

    A pupil's score is ``(points - estimate) / divisor``. The score of a group is the mean over its pupils with a score,
    ``se = sd / sqrt(n)`` and the interval ``score -+ z * se`` with ``z`` = 1.96 for 95 %, as published: ``sd`` is one
    pupil-level standard deviation for the whole country, the same for a school and for a group of its pupils. Where the
    table has limits on extremely negative scores (:meth:`EstimateTable.with_limits`), ``score`` counts lower scores as
    the limit and ``score_unadjusted`` does not.

    Args:
        pupils: One row per pupil. A column ``year``, if there is one, holds their results year, whole (2024 for
            2023/24): years that have no such measure are refused, other years than that of the table are noted.
        estimates: The table that progress is measured from.
        by: Columns that make the groups (texts, whole numbers, Booleans, categories): ``"urn"``, or ``["urn", "fsm"]``
            for pupil groups; ``None`` for all pupils together.
        prior: Column of prior attainment; by default named as the table's, for instance ``ks2_scaled_score``.
        outcomes: Outcomes to measure, whose columns are named as they are, or a mapping from outcome to column; all
            outcomes of the table by default.
        pupil: Columns that identify a pupil; a pupil given twice is an error.
        sd: Pupil-level standard deviation of the scores: nothing for the reference value of the table's year and
            version (``p8_sd`` and its like); a number for a single outcome, or a mapping from score or outcome to
            number; ``"estimate"`` for that of the pupils given, which holds for England only if they are all of
            England's.
        confidence: Level of the intervals, between 0 and 1.
        min_group: Fewest pupils with a score that a result is shown for; the published tables show 6 and more.
        min_coverage: Smallest share of the group, in per cent, that must have a score; exactly this share is shown.

    Returns:
        ``frame``: one row per group and score, ordered by group and then as the table has its outcomes: the columns of
        ``by``, then ``measure`` (String, name of the score), ``score``, ``score_unadjusted`` (Float64, grades or
        points), ``n`` (Int64, pupils with a score), ``n_cohort`` (Int64, all pupils of the group), ``coverage_pct``
        (Float64, 0 to 100), ``n_adjusted`` (Int64), ``sd``, ``se``, ``ci_low``, ``ci_high`` (Float64), ``band``
        (Int64, 1 to 5, where published bands exist; see :func:`progress_band`), ``method`` (String: ``known_sd``,
        ``estimated_sd``), ``sd_source``, ``status`` (String) and ``verified`` (Boolean: averages, standard
        deviation and limits are all published figures). Scores are not rounded; bands are those of scores and limits
        rounded as they are published, Progress 8 to two decimals, key stage 2 to one.

        ``status`` is the first that applies: ``no_scores`` (no pupil has one), ``below_minimum`` (fewer than
        ``min_group``, published as SUPP: scores and numbers are missing), ``low_coverage`` (published as LOWCOV: scores
        are missing), ``no_error`` (no standard deviation is known: no interval), ``ok``. An ``n_cohort`` under
        ``min_group`` is missing too.

        ``rows`` counts pupils in no score by reason, ``notes`` says where the figures come from.

    Raises:
        InputError: For a column of the wrong type, an infinite value (with its row), a pupil given twice, pupils of a
            year without the measure (Progress 8 in 2020, 2021, 2025 and 2026), prior attainment between the steps it
            comes in (0.5 for ``ks2_scaled_score``, 0.1 for ``ks2_fine_level``), an Attainment 8 of Progress 8 under 0
            or over 95, or an argument outside its range.
        UnknownNameError: For a column or outcome that does not exist.

    Source: Department for Education, key stage 4 ready reckoner (scores, interval) and performance tables
        (suppression, coverage).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({"urn": [1] * 8, "ks2": [105.0] * 7 + [None], "attainment_8": [52.0] * 8})
        >>> table = sf.EstimateTable.bundled("p8", 2023)
        >>> result = sf.progress_scores(pupils, estimates=table, prior="ks2", outcomes="attainment_8")
        >>> result.frame.select("measure", pl.col("score", "ci_low").round(3), "n", "coverage_pct", "band").rows()
        [('p8', 0.645, -0.403, 7, 87.5, 3)]
        >>> result.rows.rows()
        [('used', 7), ('prior attainment is missing', 1)]
    """
    if not isinstance(estimates, EstimateTable):
        msg = f"estimates: an EstimateTable is needed, not {type(estimates).__qualname__}"
        raise InputError(msg)
    z = _factor(confidence)
    fewest = require_whole(min_group, "min_group", 0)
    coverage = require_number(min_coverage, "min_coverage")
    if not 0 <= coverage <= 100:
        msg = f"min_coverage: a percentage from 0 to 100 is needed, not {min_coverage!r}"
        raise InputError(msg)
    keys = [] if by is None else require_texts(by, "by")
    if by is not None and (
        not keys or len(set(keys)) != len(keys) or set(keys) & {*_COLUMNS, "sum", "sum_unadjusted", "order"}
    ):
        msg = f"by: name columns, none twice and none called as a column of the result, not {by!r}"
        raise InputError(msg)
    data = as_frame(pupils, "pupils")
    prior = estimates.prior if prior is None else prior
    columns = estimates.outcome_columns(outcomes)
    require_columns(data, [*keys, prior, *columns.values()], "pupils")
    refuse_between(data, prior, estimates.prior)
    _refuse_impossible(data, estimates, columns)
    years = pupil_years(data)
    for year in years:
        estimates.require_year(year)
    if pupil is not None:
        names_of_pupils = require_texts(pupil, "pupil")
        require_columns(data, names_of_pupils, "pupils")
        refuse_repeated(data, names_of_pupils, "pupils", known=names_of_pupils)

    names = list(columns)
    rule = _native.score_rule(estimates.to_json(), names)
    series = [data[column] for column in columns.values()]
    sums, first, left_out, outside, estimated = _native.group_scores(
        rule, [data[key] for key in keys], data[prior], series
    )
    of_name = dict(zip(estimates.outcomes, estimates.score_names, strict=True))
    measures = [of_name[name] for name in names]
    require_spread(sd, {*names, *measures})
    spreads = [
        spread_of(estimates, name, of_name[name], sd, pupils_sd)
        for name, pupils_sd in zip(names, estimated, strict=True)
    ]
    frame = _labelled(sums, data.select(keys)[first] if keys else None, spreads, measures)
    frame = _with_errors(frame, z, fewest, coverage)
    # Limits that the caller chose are no published figure.
    frame = frame.with_columns(verified=pl.col("verified") & ~pl.col("measure").is_in(list(estimates.limits)))
    frame = frame.with_columns(band(estimates, measures)).sort(*keys, "order")
    counts = {_REASONS[reason]: count for reason, count in left_out}
    notes = _notes(years, estimates, spreads, outside, prior)
    return Measured(frame.select(*keys, *_COLUMNS), account(data.height, counts), notes)


def _factor(confidence: float) -> float:
    level = require_number(confidence, "confidence")
    if not 0 < level < 1:
        msg = f"confidence: a number between 0 and 1 is needed, not {confidence!r}"
        raise InputError(msg)
    return 1.96 if level == 0.95 else NormalDist().inv_cdf(0.5 + level / 2)


def _labelled(
    sums: pl.DataFrame, keys: pl.DataFrame | None, spreads: Sequence[Spread], measures: Sequence[str]
) -> pl.DataFrame:
    """Put the groups and the scores beside their sums, which come score by score."""
    width = len(measures)
    groups = sums.height // width
    order = pl.int_range(pl.len(), dtype=pl.Int64) // max(groups, 1)
    frame = sums.with_columns(order.alias("order"))
    about = pl.DataFrame(
        {
            "order": range(width),
            "measure": measures,
            "sd": [spread.value for spread in spreads],
            "method": [spread.method for spread in spreads],
            "sd_source": [spread.source for spread in spreads],
            "verified": [spread.verified for spread in spreads],
        },
        schema_overrides={
            "order": pl.Int64,
            "sd": pl.Float64,
            "method": pl.String,
            "sd_source": pl.String,
            "verified": pl.Boolean,
        },
    )
    frame = frame.with_columns(about.select(pl.exclude("order").gather(frame["order"])))
    if keys is None:
        return frame
    return frame.with_columns(pl.concat([keys] * width))


def _with_errors(frame: pl.DataFrame, z: float, min_group: int, min_coverage: float) -> pl.DataFrame:
    n = pl.col("n")
    known = pl.col("sd").is_not_null()
    frame = frame.with_columns(
        score=pl.col("sum") / n,
        score_unadjusted=pl.col("sum_unadjusted") / n,
        coverage_pct=100 * n / pl.col("n_cohort"),
        se=pl.col("sd") / n.cast(pl.Float64).sqrt(),
    ).with_columns(
        ci_low=pl.col("score") - z * pl.col("se"),
        ci_high=pl.col("score") + z * pl.col("se"),
        status=pl.when(n == 0)
        .then(pl.lit("no_scores"))
        .when(n < min_group)
        .then(pl.lit("below_minimum"))
        .when(pl.col("coverage_pct") < min_coverage)
        .then(pl.lit("low_coverage"))
        .when(~known)
        .then(pl.lit("no_error"))
        .otherwise(pl.lit("ok")),
    )
    small, shown = pl.col("status") == "below_minimum", pl.col("status").is_in(["ok", "no_error"])
    return frame.with_columns(
        *(pl.when(~small & (shown | (name not in _NOT_SCORED))).then(name).alias(name) for name in _HIDDEN),
        pl.when(pl.col("n_cohort") >= min_group).then("n_cohort").alias("n_cohort"),
    )


def _refuse_impossible(data: pl.DataFrame, estimates: EstimateTable, columns: Mapping[str, str]) -> None:
    """Raise an error for an Attainment 8 that no pupil can have, in years for which the largest one is held."""
    for outcome, column in columns.items():
        if outcome != "attainment_8" or _native.claimed_measure(estimates.measure) != "p8" or estimates.year is None:
            continue
        try:
            most = reference_value("attainment_8_most_points", estimates.year)
        except InputError:
            continue
        number_column(data, column, "pupils", least=0, most=most)


def _notes(
    years: Sequence[int],
    estimates: EstimateTable,
    spreads: Sequence[Spread],
    outside: Sequence[tuple[int, float]],
    prior: str,
) -> tuple[str, ...]:
    when = "".join(f" {part}" for part in (estimates.year, estimates.version) if part is not None)
    where = estimates.source or {"fitted": "fitted to pupils", "supplied": "supplied by the caller"}.get(
        estimates.status
    )
    notes = [f"Estimates: {estimates.measure}{when}, from {estimates.prior}; {where}."]
    if estimates.proxy:
        notes.append(f"A proxy: progress from {estimates.prior}, which is no published measure.")
    limits = [
        f"{score}{'' if multiple is None else f' ({multiple:.3g} standard deviations under the average)'}"
        for score, multiple in estimates.limits.items()
    ]
    notes.append(f"Extremely negative scores are limited: {', '.join(limits) or 'none'}.")
    notes += dict.fromkeys(f"Standard deviation: {spread.source}." for spread in spreads if spread.note is None)
    notes += dict.fromkeys(spread.note for spread in spreads if spread.note is not None)
    if outside:
        lowest, highest = estimates.prior_range
        span = f"{highest:g} at most" if lowest is None else f"{lowest:g} to {highest:g}"
        # Rows and no values: notes go into what is exported, and a value is a pupil's own.
        shown = ", ".join(str(row) for row, _ in outside)
        notes.append(f"Prior attainment '{prior}' outside the table ({span}), for instance at rows {shown}.")
    if estimates.year is not None and any(year != estimates.year for year in years):
        listed = ", ".join(str(year) for year in years)
        notes.append(f"Pupils of {listed} are measured against estimates of {estimates.year}.")
    return tuple(notes)
