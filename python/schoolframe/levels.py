"""Expected progress between key stages in national curriculum levels, for results to 2015.

A pupil makes expected progress if the outcome is at least the one that the transition table names for the prior level.
The table is data with the status of each row; none was read in a primary source, so it is used on request only.

Example:
    >>> import polars as pl
    >>> import schoolframe as sf
    >>> pupils = pl.DataFrame({"ks1": ["2C", "3", "1"], "ks2": ["4", "4", "3"]})
    >>> made = sf.expected_progress("ks1", "ks2", key_stages="ks1_ks2", allow_unverified=True)
    >>> pupils.select(made).unnest("ks1")["made"].to_list()
    [True, False, True]
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, NamedTuple

import polars as pl

from schoolframe._arguments import require_mapping, require_text, require_whole, unknown_name
from schoolframe._attainment_codes import SCALES, Scale, codes_without, steps, whole_step
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import group_columns
from schoolframe._measured import Measured, account
from schoolframe._number_columns import share_of
from schoolframe._plugin import numbers
from schoolframe._shares import TAKEN, school_shares
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["expected_progress", "expected_progress_rates"]

KeyStages = Literal["ks1_ks2", "ks2_ks4"]

_SCALES: dict[str, tuple[Scale, Scale]] = {"ks1_ks2": ("level", "level"), "ks2_ks4": ("level", "grade")}
_STRUCT = pl.Struct({"made": pl.Boolean, "reason": pl.String})
_PRIOR_NOTE = (
    "Expected progress depends on prior attainment: pupils of higher prior levels make it more often, so compare "
    "schools of like intake."
)
NO_PRIOR = "prior level is missing"
NO_OUTCOME = "outcome is missing"


class _Rule(NamedTuple):
    """The transition table of one question: least outcome by prior level, and the level from which no prior counts."""

    scales: tuple[Scale, Scale]
    least: dict[int, int]
    no_prior_from: int | None
    without: frozenset[str]
    notes: tuple[str, ...]


def expected_progress(
    prior: IntoNumbers,
    outcome: IntoNumbers,
    *,
    key_stages: KeyStages,
    levels: int | None = None,
    assume: Mapping[str, str] | None = None,
    no_prior_from: str | None = None,
    without_level: Sequence[str] = (),
    allow_unverified: bool = False,
) -> pl.Expr:
    """Whether each pupil made the expected levels of progress.

    ``made = outcome >= least[prior]``, in whole levels: 2C, 2B and 2A are level 2. From key stage 1 to 2, two levels:
    1 to 3, 2 to 4, 3 to 5, 4 to 6. From key stage 2 to 4, three levels: 5 to B, 4 to C, 3 to D; four levels ("better
    than expected"): 5 to A, 4 to B. An outcome equal to the least is enough.

    Args:
        prior: Level at the earlier key stage: ``W`` (working towards 1), ``1`` to ``6``, with or without a sub-level or
            an L before it (``4b``, ``L5``, ``5``).
        outcome: Level at key stage 2, or grade at key stage 4 (``A*`` to ``G``, ``U``).
        key_stages: ``"ks1_ks2"`` or ``"ks2_ks4"``.
        levels: Levels of progress asked for: 2 from key stage 1 to 2, 3 (the default) or 4 from key stage 2 to 4.
        assume: Least outcome for prior levels whose rule could not be verified, such as ``{"W": "2"}``; it also stands
            in the place of a rule of the table.
        no_prior_from: Outcome from which a pupil without a prior level counts as having made progress, such as ``"4"``
            or ``"B"``. Without it pupils without a prior level do not count. Pupils are read in whole levels, so
            neither this nor ``assume`` may name a sub-level.
        without_level: Codes of pupils who have no level or grade, such as ``("A", "D")``: absent and disapplied. As
            prior they are no prior level; as outcome the pupil has not made progress. A code that is on the scale is
            read as what it is there: among grades A and D are the grades A and D.
        allow_unverified: Whether rules that were only read in secondary sources may be used; so far that is all.

    Returns:
        A struct expression named after ``prior``: ``made`` (Boolean, missing where the pupil does not count) and
        ``reason`` (String, why it is missing): ``prior level is missing``, ``outcome is missing``, or that no rule
        exists for the prior level.

    Raises:
        InputError: For rules that are not verified, a sub-level as a threshold, and when collected for codes that are
            no level, with their number (older versions of polars raise it as ComputeError).
        UnknownNameError: For key stages or levels of progress without rules; the message lists those that exist.

    Source: secondary guides to levels of progress (status S). In 2011 the Department took teacher assessment where
        a test was below level 3: give the level that counts.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({"ks2": ["4b", "5", "3", None], "gcse": ["C", "C", "D", "A"]})
        >>> made = sf.expected_progress("ks2", "gcse", key_stages="ks2_ks4", allow_unverified=True)
        >>> pupils.select(made).unnest("ks2").rows()
        [(True, None), (False, None), (True, None), (None, 'prior level is missing')]
    """
    rule = _rule(key_stages, levels, assume, no_prior_from, without_level, allow_unverified=allow_unverified)

    def decide(columns: Sequence[pl.Series]) -> pl.Series:
        rows = max(column.len() for column in columns)
        before, after = (column.new_from_index(0, rows) if column.len() == 1 else column for column in columns)
        return _decide(before, after, rule).to_struct(columns[0].name)

    inputs = [numbers(prior, "prior"), numbers(outcome, "outcome")]
    return pl.map_batches(inputs, decide, return_dtype=_STRUCT, is_elementwise=True)


def expected_progress_rates(
    pupils: object,
    prior: str,
    outcome: str,
    *,
    key_stages: KeyStages,
    by: str | Sequence[str] = "urn",
    levels: int | None = None,
    assume: Mapping[str, str] | None = None,
    no_prior_from: str | None = None,
    without_level: Sequence[str] = (),
    allow_unverified: bool = False,
    confidence: float = 0.95,
    min_group: int = 6,
) -> Measured:
    """Share of pupils who made the expected levels of progress, by school.

    ``made_pct = 100 * made / n`` over pupils with a prior level, an outcome and a rule, with Wilson's interval.

    Args:
        pupils: One row per pupil.
        prior: Column of the prior level, see :func:`expected_progress`.
        outcome: Column of the outcome.
        key_stages: As there.
        by: Columns that name the school, or the school and year.
        levels: As there.
        assume: As there.
        no_prior_from: As there.
        without_level: As there.
        allow_unverified: As there.
        confidence: Level of the intervals.
        min_group: Fewest pupils a school must have to be shown.

    Returns:
        One row per school: ``by``, ``n`` (Int64, pupils who count; missing with ``below_minimum``), ``made`` (Int64),
        ``made_pct``, ``ci_low``, ``ci_high`` (Float64, per cent), ``method`` (``wilson``) and ``status`` (``ok``,
        ``below_minimum``, ``no_pupils``); ``rows`` says why pupils do not count.

    Raises:
        InputError: As :func:`expected_progress`, with code, number and row; for a confidence outside 0..1, or a column
            of ``by`` that is called as one of the result.
        UnknownNameError: For a column that does not exist.

    Source: as :func:`expected_progress`; interval: Wilson (1927).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({"urn": [100000] * 8, "ks1": ["2"] * 8, "ks2": ["4"] * 6 + ["3"] * 2})
        >>> rates = sf.expected_progress_rates(pupils, "ks1", "ks2", key_stages="ks1_ks2", allow_unverified=True)
        >>> rates.frame.select("n", "made_pct", pl.col("ci_low", "ci_high").round(1, mode="half_away_from_zero")).row(0)
        (8, 75.0, 40.9, 92.9)
    """
    rule = _rule(key_stages, levels, assume, no_prior_from, without_level, allow_unverified=allow_unverified)
    frame = as_frame(pupils, "pupils")
    require_columns(frame, [prior, outcome], "pupils")
    keys = group_columns(frame, by, reserved=(*TAKEN, "made", "made_pct"))
    smallest = require_whole(min_group, "min_group", 0)
    level = share_of(confidence, "confidence")
    decided = _decide(frame[prior], frame[outcome], rule)
    flags = frame.select(keys).with_columns(decided["made"].alias("flag"))
    shares = school_shares(flags, keys, count="made", pct="made_pct", confidence=level, min_group=smallest)
    reasons = decided["reason"].drop_nulls().value_counts(sort=True).sort("count", "reason", descending=[True, False])
    return Measured(shares, account(frame.height, dict(reasons.iter_rows())), (_PRIOR_NOTE, *rule.notes))


def _decide(prior: pl.Series, outcome: pl.Series, rule: _Rule) -> pl.DataFrame:
    """Return ``made`` and ``reason`` for each pupil."""
    before, _ = steps(prior, rule.scales[0], rule.without, "prior")
    after, without = steps(outcome, rule.scales[1], rule.without, "outcome")
    data = pl.DataFrame({"before": before, "after": after, "without": without})
    least = pl.col("before").replace_strict(
        list(rule.least), list(rule.least.values()), default=None, return_dtype=pl.Int8
    )
    made = pl.when("without").then(pl.lit(value=False)).otherwise(pl.col("after") >= least)
    late = pl.lit(value=False)
    if rule.no_prior_from is not None:
        late = (pl.col("after") >= rule.no_prior_from).fill_null(value=False)
    levels = pl.col("before").replace_strict(
        list(range(len(SCALES["level"]))), list(SCALES["level"]), default=None, return_dtype=pl.String
    )
    no_rule = pl.lit("no rule for prior level ") + levels
    return data.select(
        made=pl.when(pl.col("before").is_null())
        .then(pl.when(late).then(pl.lit(value=True)))
        .when(least.is_not_null())
        .then(made),
        reason=pl.when(pl.col("before").is_null())
        .then(pl.when(~late).then(pl.lit(NO_PRIOR)))
        .when(least.is_null())
        .then(no_rule)
        .when(pl.col("after").is_null() & ~pl.col("without"))
        .then(pl.lit(NO_OUTCOME)),
    )


@cache
def _table() -> tuple[dict[str, str], ...]:
    path = resources.files("schoolframe") / "data" / "expected_progress.csv"
    return tuple(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def _rule(
    key_stages: str,
    levels: int | None,
    assume: Mapping[str, str] | None,
    no_prior_from: str | None,
    without_level: Sequence[str],
    *,
    allow_unverified: bool,
) -> _Rule:
    if key_stages not in _SCALES:
        raise unknown_name("key_stages", key_stages, _SCALES)
    scales = _SCALES[key_stages]
    there = sorted({int(row["levels"]) for row in _table() if row["key_stages"] == key_stages})
    asked = there[0] if levels is None else require_whole(levels, "levels")
    if asked not in there:
        raise unknown_name(f"levels of progress for {key_stages}", asked, there)
    assumed = {
        _step(prior, scales[0], "assume"): _step(outcome, scales[1], "assume")
        for prior, outcome in require_mapping(assume, "assume", "{'W': '2'}").items()
    }
    least: dict[int, int] = {}
    for row in _table():
        prior = _step(row["prior"], scales[0], "prior")
        # General knowledge is no source: such a row is there to say what a caller may choose to assume.
        wanted = row["key_stages"] == key_stages and int(row["levels"]) == asked and row["status"] != "GK"
        if wanted and prior not in assumed:
            least[prior] = _step(row["least"], scales[1], "least")
    secondary = [f"{SCALES[scales[0]][prior]} to {SCALES[scales[1]][after]}" for prior, after in least.items()]
    if secondary and not allow_unverified:
        msg = (
            f"key_stages: the rules of {asked} levels of progress for {key_stages} ({', '.join(secondary)}) are not "
            "verified (read in secondary sources); allow_unverified=True uses them all the same"
        )
        raise InputError(msg)
    notes = [f"Not verified, read in secondary sources: {', '.join(secondary)}."] if secondary else []
    if assumed:
        told = [f"{SCALES[scales[0]][prior]} to {SCALES[scales[1]][after]}" for prior, after in assumed.items()]
        notes.append(f"Assumed by the caller: {', '.join(told)}.")
    late = None
    if no_prior_from is not None:
        late = _step(no_prior_from, scales[1], "no_prior_from")
        notes.append(f"Pupils without a prior level count as having made progress from {no_prior_from}.")
    return _Rule(scales, least | assumed, late, codes_without(without_level, "without_level"), tuple(notes))


def _step(code: object, scale: Scale, argument: str) -> int:
    step = whole_step(require_text(code, argument, "'4'"), scale, argument)
    if step is None:
        raise unknown_name(f"{argument}: {scale}", code, SCALES[scale])
    return step
