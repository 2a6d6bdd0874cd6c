"""Threshold measures of the years before 2016, from pupils.

Example:
    >>> import polars as pl
    >>> import schoolframe as sf
    >>> pupils = pl.DataFrame({"urn": [100000] * 6, "english": ["4"] * 5 + ["3"], "maths": ["4"] * 4 + ["3"] * 2})
    >>> sf.threshold_measures(pupils, "ks2_l4em_pct").frame.select("n", "reached").row(0)
    (6, 4)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe._arguments import require_mapping, require_text, require_whole, unknown_name
from schoolframe._attainment_codes import SCALES, Scale, codes_without, steps, whole_step
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import group_columns
from schoolframe._measured import Measured, account
from schoolframe._number_columns import number_column, refuse_rows, share_of
from schoolframe._shares import TAKEN, school_shares
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["THRESHOLD_MEASURES", "ThresholdMeasure", "threshold_measures"]


@dataclass(frozen=True)
class ThresholdMeasure:
    """A share of pupils who reach a level or grade in every subject named.

    Attributes:
        name: Name of the indicator.
        subjects: Columns of levels or grades.
        scale: ``"level"`` or ``"grade"``.
        least: Level or grade that is enough. Pupils are read in whole levels, so it is no sub-level.
        count: Column of a number of passes, if some are asked for as well.
        least_count: How many are enough.

    Example:
        >>> import schoolframe as sf
        >>> sf.ThresholdMeasure("ks2_l5rwm_pct", ("reading", "writing", "maths"), "level", "5").least
        '5'
    """

    name: str
    subjects: tuple[str, ...]
    scale: Scale
    least: str
    count: str | None = None
    least_count: int = 0


THRESHOLD_MEASURES: Mapping[str, ThresholdMeasure] = {
    measure.name: measure
    for measure in (
        ThresholdMeasure("ks2_l4em_pct", ("english", "maths"), "level", "4"),
        ThresholdMeasure("ks2_l4rwm_pct", ("reading", "writing", "maths"), "level", "4"),
        ThresholdMeasure("ks4_5ac_em_pct", ("english", "maths"), "grade", "C", "passes", 5),
    )
}
"""The measures of the published tables, by the name of the indicator."""


def threshold_measures(
    pupils: object,
    measures: str | ThresholdMeasure | Sequence[str | ThresholdMeasure],
    *,
    by: str | Sequence[str] = "urn",
    columns: Mapping[str, str] | None = None,
    missing: Literal["not_reached", "exclude"] = "not_reached",
    without_level: Sequence[str] = (),
    confidence: float = 0.95,
    min_group: int = 6,
) -> Measured:
    """Share of pupils who reach a threshold, by school: level 4 or above in English and maths, and the like.

    ``pct = 100 * reached / n``, with Wilson's interval; ``reached`` if every subject is at the level or grade or above
    it and, for ``ks4_5ac_em_pct``, there are five or more passes at A* to C (GCSEs and equivalents). ``n`` is all
    eligible pupils, as in the tables: one who was absent has not reached it. A pupil whose known results are under the
    threshold has not reached it either, whatever is missing beside them.

    Args:
        pupils: One row per eligible pupil. Levels as for :func:`expected_progress`; ``passes`` is a whole number.
        measures: Names of :data:`THRESHOLD_MEASURES` (``ks2_l4em_pct``, ``ks2_l4rwm_pct``, ``ks4_5ac_em_pct``) or
            measures of your own.
        by: Columns that name the school, or the school and year.
        columns: Columns of your frame for the subjects and counts of the measures (``english``, ``passes``).
        missing: What a pupil counts as whose missing results leave it open: ``"not_reached"``, as in the tables, or
            ``"exclude"``.
        without_level: Codes of pupils without a level or grade, such as ``("X",)``: not reached. A code that is on the
            scale is read as what it is there: among levels A and D are absent and disapplied, among grades grades.
        confidence: Level of the intervals.
        min_group: Fewest pupils a school must have to be shown.

    Returns:
        One row per measure and school: ``measure`` (String), ``by``, ``n``, ``reached`` (Int64), ``pct``, ``ci_low``,
        ``ci_high`` (Float64, per cent), ``method``, ``status`` (``ok``, ``below_minimum``, ``no_pupils``) and
        ``n_open`` (Int64, pupils whose missing results leave it open). With ``below_minimum`` no number is shown.
        ``rows`` counts pupils once per measure.

    Raises:
        InputError: For unknown levels, with their number and first row, a sub-level as threshold, passes that are no
            whole number (with the row), or a column of ``by`` that is called as one of the result.
        UnknownNameError: For a measure or column that does not exist, or a subject that no measure chosen has.

    Source: all eligible pupils as denominator: secondary descriptions of the tables; interval: Wilson (1927).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({
        ...     "urn": [100000] * 6,
        ...     "english": ["C", "B", "C", "D", "A", None], "maths": ["C", "C", "A*", "A", "C", "C"],
        ...     "passes": [5, 4, 9, 8, 6, 5],
        ... })
        >>> sf.threshold_measures(pupils, "ks4_5ac_em_pct").frame.select("n", "reached", "pct", "n_open").row(0)
        (6, 3, 50.0, 1)
    """
    if missing not in ("not_reached", "exclude"):
        raise unknown_name("missing", missing, ["not_reached", "exclude"])
    frame = as_frame(pupils, "pupils")
    keys = group_columns(frame, by, reserved=(*TAKEN, "measure", "reached", "pct", "open", "n_open"))
    smallest = require_whole(min_group, "min_group", 0)
    level = share_of(confidence, "confidence")
    without = codes_without(without_level, "without_level")
    parts: list[pl.DataFrame] = []
    gone = 0
    chosen = _chosen(measures)
    named = _named(columns, chosen)
    for measure in chosen:
        reached = _reached(frame, measure, named, without)
        open_ = reached.is_null()
        flag = reached.fill_null(value=False) if missing == "not_reached" else reached
        gone += int(flag.is_null().sum())
        flags = frame.select(keys).with_columns(flag.alias("flag"), open_.alias("open"))
        shares = school_shares(flags, keys, count="reached", pct="pct", confidence=level, min_group=smallest)
        left = flags.group_by(keys).agg(n_open=pl.col("open").sum().cast(pl.Int64))
        joined = shares.join(left, on=keys, how="left", nulls_equal=True, maintain_order="left")
        # Where nobody counts, a few pupils whose result is open are a small group themselves.
        many = (pl.col("status") == "ok") | ((pl.col("status") == "no_pupils") & (pl.col("n_open") >= smallest))
        shown = pl.when(many).then("n_open").alias("n_open")
        parts.append(joined.select(pl.lit(measure.name).alias("measure"), pl.exclude("n_open"), shown))
    told = "do not count" if missing == "exclude" else "count as not reached"
    notes = (f"n is all eligible pupils; those whose missing results leave it open (n_open) {told}.",)
    return Measured(pl.concat(parts), account(frame.height * len(chosen), {"result is missing": gone}), notes)


def _chosen(measures: object) -> list[ThresholdMeasure]:
    chosen = []
    given = measures if isinstance(measures, Iterable) and not isinstance(measures, str) else [measures]
    for measure in given:
        if isinstance(measure, ThresholdMeasure):
            chosen.append(measure)
            continue
        name = require_text(measure, "measures", "'ks2_l4em_pct'")
        if name not in THRESHOLD_MEASURES:
            raise unknown_name("threshold measure", name, THRESHOLD_MEASURES)
        chosen.append(THRESHOLD_MEASURES[name])
    if not chosen:
        msg = "measures: name at least one"
        raise InputError(msg)
    return chosen


def _named(columns: object, chosen: Sequence[ThresholdMeasure]) -> dict[str, str]:
    """Return the columns that the caller names, each for a subject or count of the measures chosen."""
    there = list(dict.fromkeys(name for one in chosen for name in (*one.subjects, one.count) if name is not None))
    found: dict[str, str] = {}
    for subject, name in require_mapping(columns, "columns", "{'english': 'KS2ENG'}").items():
        if subject not in there:
            raise unknown_name("columns: subject", subject, there)
        found[subject] = require_text(name, f"columns['{subject}']", "'KS2ENG'")
    return found


def _reached(
    frame: pl.DataFrame, measure: ThresholdMeasure, columns: Mapping[str, str], without: frozenset[str]
) -> pl.Series:
    """Return whether each pupil reaches the threshold; missing where that is open."""
    if require_text(measure.scale, f"measure {measure.name}: scale", "'grade'") not in SCALES:
        raise unknown_name("scale", measure.scale, SCALES)
    least = whole_step(
        require_text(measure.least, f"measure {measure.name}: least", "'4'"), measure.scale, f"measure {measure.name}"
    )
    if least is None:
        raise unknown_name(f"measure {measure.name}: {measure.scale}", measure.least, SCALES[measure.scale])
    parts: dict[str, pl.Series] = {}
    for subject in measure.subjects:
        name = columns.get(subject, subject)
        require_columns(frame, [name], "pupils")
        found, none = steps(frame[name], measure.scale, without, f"pupils: column '{name}'")
        parts[subject] = (found >= least).set(none, False)  # the value that is set
    if measure.count is not None:
        name = columns.get(measure.count, measure.count)
        passes = number_column(frame, name, "pupils", least=0)
        refuse_rows(frame[name], passes != passes.floor(), "must hold whole numbers", "pupils")
        parts[measure.count] = passes >= measure.least_count
    return pl.DataFrame(parts).select(pl.all_horizontal(pl.all()).alias("reached")).to_series()
