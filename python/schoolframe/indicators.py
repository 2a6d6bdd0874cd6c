"""Indicators: the vocabulary that frameworks speak, and the frame that fills it from published tables.

:func:`indicators` is the vocabulary as a frame: name, label, unit, polarity, allowed values, phases, and the column of
the published table each comes from. :func:`indicator_frame` turns what the readers return into one row per school and
year under these names. :func:`indicator_codes` says why a value is missing.

Nothing is made up. What no table gives is absent or null, and an indicator that is a judgement is never filled.

Example:
    >>> import schoolframe as sf
    >>> sf.indicators().filter(name="p8").select("unit", "polarity", "published_as").row(0)
    ('points', 'higher_better', 'ks4: P8MEA 2016-2024')
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schoolframe import _native
from schoolframe._frames import as_frame, require_columns
from schoolframe._indicator_frame import add_headline, finish, join_blocks
from schoolframe._indicator_national import join_national, set_medians
from schoolframe._indicator_ofsted import add_inspections
from schoolframe._indicator_rules import add_coasting, add_derived, add_floor
from schoolframe._indicator_sources import code_rows, performance_blocks, table_block
from schoolframe._indicator_vocabulary import vocabulary, vocabulary_frame
from schoolframe.exceptions import InputError, UnknownNameError

if TYPE_CHECKING:
    import polars as pl

    from schoolframe._indicator_ofsted import On

__all__ = ["ResolvedIndicator", "indicator_codes", "indicator_frame", "indicators", "resolve_indicator"]

_HEADLINES = (
    "ks2_exp_rwm_pct",
    "ks2_l4em_pct",
    "ks2_l4rwm_pct",
    "ks4_em_94_pct",
    "ks4_em_95_pct",
    "ks4_5ac_em_pct",
    "a8",
)


@dataclass(frozen=True)
class ResolvedIndicator:
    """What the name of a column stands for.

    Attributes:
        indicator: Name of the indicator.
        comparator: ``national``, ``la_target``, ``floor`` or ``benchmark``; None for the school's own value.
        years_before: 0, 1 or 2 (``_y1``, ``_y2``).

    Example:
        >>> import schoolframe as sf
        >>> sf.resolve_indicator("a8_y1") == sf.ResolvedIndicator("a8", None, 1)
        True
    """

    indicator: str
    comparator: str | None
    years_before: int


def indicators(phase: str | None = None, framework: str | None = None) -> pl.DataFrame:
    """Return the vocabulary of indicators, one row each.

    Args:
        phase: Only indicators that exist in this phase (those without a phase exist in all).
        framework: Only indicators that a criterion of this framework names; ``values`` are those of the framework.

    Returns:
        A frame with ``name``, ``label``, ``kind`` (number, count, grade, category, flag, date, list), ``dtype`` (of its
        column in an indicator frame), ``unit``, ``polarity`` (``higher_better``, ``lower_better``, ``first_better``
        where words are listed from best to worst, ``none``), ``scope`` (school, authority, rule, result), ``evidence``
        (published, derived, held, judged, process), ``phases`` (List, empty for all), ``minimum``, ``maximum``,
        ``values`` (List), ``not_applicable`` (whether that is a value of its own), ``frameworks`` (List),
        ``published_as`` (table, column and years in one line), ``same_as`` and ``opposite_of`` (another name for the
        quantity, or for its opposite), ``rule`` (of derived ones), ``note``, ``members`` (of lists) and ``sources``
        (List of Struct: table, columns, combine, from, to, checked, substitute, note).

    Raises:
        UnknownNameError: If no indicator has the phase or the framework; the message lists those that exist.

    Example:
        >>> import schoolframe as sf
        >>> sf.indicators(framework="derby_winners").filter(name="capacity_to_improve")["values"].to_list()
        [['true', 'false']]
        >>> sf.indicators("secondary").filter(name="ks2_exp_rwm_pct").height
        0
    """
    entries = list(vocabulary().values())
    if phase is not None:
        _known("phase", phase, sorted({p for entry in entries for p in entry.raw["phases"]}))
        entries = [entry for entry in entries if not entry.raw["phases"] or phase in entry.raw["phases"]]
    if framework is not None:
        _known("framework", framework, sorted({f for entry in entries for f in entry.raw["frameworks"]}))
        entries = [entry for entry in entries if framework in entry.raw["frameworks"]]
    return vocabulary_frame(entries, framework)


def resolve_indicator(name: str) -> ResolvedIndicator:
    """Take the name of a column apart: indicator, comparator, years before.

    Args:
        name: A column name such as ``p8``, ``p8_y1``, ``nat_p8`` or ``la_target_ks1_em_pct``.

    Returns:
        What it stands for.

    Raises:
        UnknownNameError: If it is no indicator; the message names the nearest one.

    Example:
        >>> import schoolframe as sf
        >>> sf.resolve_indicator("nat_ks2_exp_rwm_pct_y1")
        ResolvedIndicator(indicator='ks2_exp_rwm_pct', comparator='national', years_before=1)
    """
    found = json.loads(_native.resolve_indicator_json(name))
    return ResolvedIndicator(found["indicator"], found["comparator"], found["years_before"])


def indicator_frame(
    performance: object = None,
    *,
    inspections: object = None,
    census: object = None,
    absence: object = None,
    exclusions: object = None,
    register: object = None,
    links: object = None,
    on: On = None,
    headline: Mapping[str, str] | None = None,
    national: bool = True,
    derive: bool = True,
    substitutes: bool = False,
) -> pl.DataFrame:
    """Return one row per school and year with indicators under the names of the vocabulary.

    Rows are the schools and years found in performance tables, census, absence and (where they have URNs) exclusions;
    inspections, register and links add columns only. A school that changes its URN in the course of a year has a row
    under each number that a table of that year uses; :func:`follow_urn_links` finds such pairs. Where several tables
    give one indicator, the order in the vocabulary decides value by value (``roll``: census, then key stage 4, then key
    stage 2); among performance tables of one kind and year, the one given first. A figure that belongs to one key
    stage's cohort (``disadv_cohort``, ``sen_cohort`` ...) is null in rows that have both.

    National figures are those printed in the same tables: the England row for state-funded schools (RECTYPE 5 at key
    stage 2, 7 at key stage 4), and in absence and census the England row for primary, secondary or special schools by
    phase of the row. Rows of one release (provisional, revised, final) take the figure of that release, never of
    another one. The tables print none for key stage 2 progress.

    They are means of pupils, with one exception: two levels of progress (``nat_ks2_2lp_...``), which the floor standard
    and Southend's paper of 2011 compare with the median of schools. There the median stands (``median_x`` in
    :func:`reference_values`, verified ones), and nothing where none is known; the mean is several points away.

    ``phase`` is that of the register where one is given; else ``special`` where a table marks a special school, else
    from type and ages where the table has them, else by key stages: ``all_through`` with both, ``secondary`` with key
    stage 4. Otherwise it is missing: key stage 2 alone is a primary, junior or middle school, and "state-funded
    primary" of the census is an infant school as well. ``phase_source`` says where it comes from or why it is missing.

    Args:
        performance: One or several results of ``read_performance_tables``.
        inspections: Result of ``read_inspections``. ``ofsted_overall`` is the grade of the last graded inspection
            before the stated date.
        census: Result of ``read_census``.
        absence: Result of ``read_absence``; of tidy files the rows for the whole year and all pupils are used.
        exclusions: Result of ``read_exclusions``, joined by authority and establishment number.
        register: Result of ``read_school_register``, for phase, names and authority; it holds for all years.
        links: Result of ``read_urn_links``: a school without an inspection of its own takes its predecessor's, or one
            that files carry under its successor and that is older than the link.
        on: The stated date: one for all rows, one per year (a mapping), or None for 1 September of the results year
            (1 September 2019 for 2018/19). Inspections on or after it do not count.
        headline: The measure that stands for attainment, by phase, such as ``{"primary": "ks2_exp_rwm_pct",
            "secondary": "ks4_em_94_pct"}``: fills ``attainment_pct``, ``nat_attainment_pct`` and ``pp_gap``.
            ``primary`` covers infant, junior, primary and middle schools.
        national: Whether to add national figures.
        derive: Whether to add what follows by an exact rule: gaps (disadvantaged minus other), ``attendance_pct``,
            ``below_floor`` and ``coasting`` (2016 to 2018; their rules are in :func:`indicators`, those of the floor
            were read in secondary sources), and the measures of the phase.
        substitutes: Whether a column that measures something near may fill an indicator; :func:`indicators` says which.

    Returns:
        A frame sorted by ``urn`` and ``year``: ``urn`` (Int64), ``year`` (Int32), ``phase``, ``la``, ``la_name``,
        ``school_name``, ``phase_source`` (String), then indicators in the order of the vocabulary (numbers Float64,
        counts and grades Int64, flags Boolean, words String, dates Date), then ``nat_x``. Columns without any value are
        left out. Beside ``below_floor`` stands ``below_floor_verified``: false, as the thresholds were read in
        secondary sources; :func:`floor_standard` names them.

    Raises:
        InputError: If no table with schools and years is given, an argument is not what its reader returns, ``on``
            lacks a year, a table has rows without a year, or ``headline`` names a measure that cannot be one.
        UnknownNameError: If ``headline`` names a phase that does not exist.

    Example:
        >>> import schoolframe as sf
        >>> frame = sf.indicator_frame(sf.samples.surrey_ks4())
        >>> row = frame.filter(urn=125249, year=2019)
        >>> row.select("p8", "p8_ci_low", "p8_ci_high", "p8_gap_disadvantaged", "nat_p8").row(0)
        (0.14, -0.12, 0.41, -1.25, -0.03)
    """
    blocks = [] if performance is None else performance_blocks(performance, substitutes=substitutes)
    for table, given in (("census", census), ("absence", absence), ("exclusions", exclusions)):
        if given is not None:
            blocks.append(table_block(given, table))
    if not any("urn" in block.schools.columns for block in blocks):
        msg = "a table with schools (urn) and years is needed: performance, census or absence"
        raise InputError(msg)
    listed = None
    if register is not None:
        listed = as_frame(register, "register")
        require_columns(listed, ["urn"], "register")
    _check_headline(headline)
    frame = join_blocks(blocks, listed)
    if national:
        frame = join_national(frame, blocks)
    if inspections is not None:
        frame = add_inspections(frame, inspections, links, on)
    if derive:
        frame = add_derived(frame)
        frame = add_derived(frame, "nat_") if national else frame
        frame = add_coasting(add_floor(frame))
    if national:
        frame = set_medians(frame, substitutes=substitutes)
    if headline is not None:
        frame = add_headline(frame, headline, national=national)
    return finish(frame)


def indicator_codes(
    performance: object = None,
    *,
    census: object = None,
    absence: object = None,
    exclusions: object = None,
    substitutes: bool = False,
) -> pl.DataFrame:
    """Return why values are missing: one row per school, year and indicator with a published code.

    Suppressed, low coverage, not published, no entries and blank are different answers; this keeps them apart. Cells
    that hold a value have no row, nor have indicators that the tables lack.

    Args:
        performance: As for :func:`indicator_frame`.
        census: As for :func:`indicator_frame`.
        absence: As for :func:`indicator_frame`.
        exclusions: Result of ``read_exclusions`` with URNs; without them its codes cannot be told to schools.
        substitutes: As for :func:`indicator_frame`.

    Returns:
        A frame with ``urn``, ``year``, ``indicator``, ``table`` and ``code`` (String), sorted by all of them.

    Raises:
        InputError: If nothing is given, or an argument is not what its reader returns.

    Example:
        >>> import schoolframe as sf
        >>> codes = sf.indicator_codes(sf.samples.surrey_ks2())
        >>> codes.filter(indicator="ks2_exp_rwm_pct_disadvantaged")["code"].value_counts(sort=True)["code"][0]
        'suppressed'
    """
    others = {"census": census, "absence": absence, "exclusions": exclusions}
    return code_rows(performance, others, substitutes=substitutes)


def _check_headline(headline: Mapping[str, str] | None) -> None:
    if headline is not None and not isinstance(headline, Mapping):
        msg = f"headline: a mapping from phase to measure is needed, such as {{'secondary': 'a8'}}, not {headline!r}"
        raise InputError(msg)
    phases = sorted({phase for entry in vocabulary().values() for phase in entry.raw["phases"]})
    for phase, name in (headline or {}).items():
        _known("headline: phase", phase, phases)
        if name not in _HEADLINES:
            listed = ", ".join(_HEADLINES)
            msg = f"headline: {name!r} for {phase!r} is no headline measure; there are: {listed}"
            raise InputError(msg)


def _known(kind: str, name: str, names: list[str]) -> None:
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    msg = f"{kind} '{name}' does not exist.{hint} There are: {', '.join(names)}."
    raise UnknownNameError(msg)
