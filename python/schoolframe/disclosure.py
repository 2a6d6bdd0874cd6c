"""Suppression of small groups in tables with totals, so that what is hidden cannot be worked out from what is shown."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_texts, require_whole
from schoolframe._column_checks import flags, listed
from schoolframe._disclosure_cells import HIDDEN, protect
from schoolframe._disclosure_tables import make_layout, parts, whole_counts
from schoolframe._frames import as_frame, require_columns
from schoolframe._percentages import percentage_reasons
from schoolframe._suppressed import DisclosureWarning, Suppressed
from schoolframe.exceptions import InputError
from schoolframe.parameters import reference_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._disclosure_tables import Layout

__all__ = ["DisclosureWarning", "Suppressed", "published_minimum", "suppress"]

STATUSES = ("shown", "primary", "complementary", "source", "missing")
# Whole numbers under these names say which row it is; they are no figures about its pupils.
_NAMES = ("year", "urn", "la", "laestab")


def published_minimum() -> int:
    """Return the smallest group that the performance tables show, from the reference values.

    Example:
        >>> published_minimum()
        6
    """
    return int(reference_value("suppression_minimum", 2019))


def suppress(
    frame: object,
    count: str,
    *,
    group: str | None = None,
    school: str | None = None,
    grouping: str | None = None,
    by: str | Sequence[str] = (),
    total: str = "total",
    values: str | Sequence[str] = (),
    derived: str | Sequence[str] = (),
    percentages: str | Sequence[str] = (),
    shown: str | Sequence[str] = (),
    numerators: bool = False,
    extremes_below: int | None = None,
    withheld: str | None = None,
    minimum: int | None = None,
    protection: int = 1,
    complementary: bool = True,
) -> Suppressed:
    """Hide small groups, and what would give them away, in a tidy table of counts.

    A count of 1 to ``minimum`` - 1 is hidden (primary); 0 may be shown. Further counts are hidden (complementary) until

    - for every hidden count there is a second table of whole, non-negative numbers that agrees with all that is shown
      and has 1 to ``minimum`` - 1 in every primary cell: it differs by ``protection`` or more in a primary cell, and by
      1 or more in any other. Whoever knows all that is shown, the totals and the rule, and is not told which cells are
      small, cannot work the count out.
    - under a shown total, the hidden cells together hold 0 or at least ``minimum`` pupils.

    The cells with fewest pupils are taken; a 0 only if nothing else helps, a total after that. Equal ones are taken in
    the order of their names. One row is one cell. Totals are rows, marked by null or the word of ``total`` in the
    column of the groups (all pupils of the school), of the schools (the group in all schools), or both. A group that
    has no row in a school is taken as 0 and known to be 0; a total that has no row is taken as not published.

    Every other column of numbers has to be named, as ``values``, ``derived``, ``percentages`` or ``shown``. One that is
    not is hidden with the count, with a :class:`DisclosureWarning`. Columns of texts, dates, true and false stay as
    they are unless they are named, and so do whole numbers called ``year``, ``urn``, ``la`` or ``laestab``.

    Args:
        frame: One row per cell. Schools and other keys that are floats, as pandas makes them beside missing values, are
            made whole numbers.
        count: Column of the numbers of pupils.
        group: Column of the groups, which split all pupils once: disadvantaged and other.
        school: Column of the schools.
        grouping: Column that names the way of splitting, where one cohort is split in several: ``disadvantage``,
            ``sex``. They share the totals of the schools. Groupings of different cohorts belong in ``by``.
        by: Columns whose values keep tables apart, such as year or subject.
        total: Word that marks a total, whatever its case.
        values: Columns about the pupils of the row (means, percentages, intervals): hidden with the count, and where
            the count is missing: nobody knows how few pupils they are about.
        derived: Columns worked out from several groups of the school, such as a gap: hidden if any group of the same
            school and grouping is, or has no count.
        percentages: Columns of percentages (0 to 100) of ``count``: hidden as ``values`` are, and by ``numerators`` and
            ``extremes_below``.
        shown: Columns of numbers that say nothing about the pupils of the row, such as a national figure: never hidden.
        numerators: Whether to hide percentages whose numerator, or whose rest, is a small group; their totals are taken
            care of as those of the counts are. Needs percentages precise enough to give whole numerators that add up.
        extremes_below: With ``numerators``, hide 0 % and 100 % in groups of fewer pupils than this, too: they say
            something about everybody.
        withheld: Column (Boolean) that says that the source withheld the count. Such cells stay hidden, and nothing
            else gives them away.
        minimum: Smallest count that is shown beside 0; by default the published rule, the reference value
            ``suppression_minimum``, 6. At least 3: under that, hidden counts could only be 1.
        protection: Width that the range of possible counts of a primary cell has at least, 1 to ``minimum`` - 2.
        complementary: Whether to protect hidden cells; without, totals can give them away.

    Returns:
        A :class:`Suppressed`: every row in its place, hidden figures null, with the reason.

    Raises:
        InputError: For counts that are no whole numbers from 0, a cell in two rows, totals that their groups do not add
            up to, or an argument outside its range.
        UnknownNameError: For a column that is not there.

    Source: rule of 1 to 5: Department for Education, performance tables 2016/17 to 2018/19, abbreviations, SUPP.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({
        ...     "urn": [1, 1, 1, 2, 2, 2, None, None, None],
        ...     "group": ["dis", "other", "total"] * 3,
        ...     "n": [4, 90, 94, 20, 80, 100, 24, 170, 194],
        ... })
        >>> safe = sf.suppress(pupils, "n", group="group", school="urn")
        >>> safe.frame["n"].to_list()
        [None, None, 94, None, None, 100, 24, 170, 194]
    """
    data, layout = make_layout(as_frame(frame), count, group, school, grouping, by, total)
    given = {"values": values, "derived": derived, "percentages": percentages, "shown": shown}
    columns = {argument: require_texts(names, argument) for argument, names in given.items()}
    open_names = columns.pop("shown")
    named = [name for names in columns.values() for name in names]
    require_columns(data, [*named, *open_names, *([withheld] if withheld is not None else [])])
    _refuse_names(data, layout, [*named, *open_names])
    unnamed = _unnamed(data, [*layout.keys, layout.count, *named, *open_names])
    columns["values"] += unnamed
    named += unnamed
    smallest = published_minimum() if minimum is None else require_whole(minimum, "minimum")
    rule = (smallest, require_whole(protection, "protection"), bool(complementary))
    _check_percentages(columns["percentages"], extremes_below, numerators=numerators)
    marked = [False] * data.height
    if withheld is not None:
        marked = flags(data, withheld, "frame")[withheld].fill_null(value=False).to_list()
    tables = parts(data, layout, whole_counts(data, count), marked)
    statuses, open_rows = protect(tables, data.height, rule)
    result = data.with_columns(pl.Series("suppression", statuses, dtype=pl.String))
    kept = ~pl.col("suppression").is_in(HIDDEN)
    known = pl.col("suppression") == "shown"
    result = result.with_columns(
        pl.when(kept).then(pl.col(count)).alias(count),
        *[pl.when(known).then(pl.col(name)).alias(name) for name in columns["values"]],
    )
    result = _hide_derived(result, layout, columns["derived"])
    for name in columns["percentages"]:
        reasons, given_away = percentage_reasons(
            data, name, tables, statuses, rule, numerators=numerators, extremes_below=extremes_below
        )
        open_rows = sorted({*open_rows, *given_away})
        result = _with_reason(result, name, pl.Series(reasons, dtype=pl.String))
    found = pl.DataFrame(
        [(status, statuses.count(status)) for status in STATUSES if status in statuses],
        schema={"suppression": pl.String, "rows": pl.Int64},
        orient="row",
    )
    if unnamed:
        warnings.warn(
            f"frame: columns that no argument names are hidden with the count: {listed(unnamed, ', ')}; name them in "
            "values, derived or percentages, or in shown if they say nothing about these pupils",
            DisclosureWarning,
            stacklevel=2,
        )
    if open_rows:
        noun = "1 hidden figure" if len(open_rows) == 1 else f"{len(open_rows)} hidden figures"
        warnings.warn(
            f"{noun} can be worked out by one who knows the rule, because the whole cohort is small or protection is "
            "more than the totals leave; see .unprotected, and leave these schools out",
            DisclosureWarning,
            stacklevel=2,
        )
    unprotected = result[open_rows].select(*layout.keys, "suppression")
    return Suppressed(result, found, unprotected, _notes(rule), layout, smallest, tuple(named))


def _unnamed(data: pl.DataFrame, named: Sequence[str]) -> list[str]:
    """Return the columns of numbers that no argument names: they may be figures about the pupils."""
    known = set(named)
    return [
        name
        for name, dtype in data.schema.items()
        if name not in known and dtype.is_numeric() and not (name in _NAMES and dtype.is_integer())
    ]


def _refuse_names(data: pl.DataFrame, layout: Layout, named: Sequence[str]) -> None:
    known = [*layout.keys, layout.count, *named]
    double = sorted({name for name in known if known.count(name) > 1})
    if double:
        msg = f"frame: column '{double[0]}' is named twice; a column has one part to play"
        raise InputError(msg)
    taken = [name for name in ("suppression", *(f"{name}_suppression" for name in named)) if name in data.columns]
    if taken:
        msg = f"frame: column '{taken[0]}' is there already; drop or rename it, the result has a column of this name"
        raise InputError(msg)


def _check_percentages(names: Sequence[str], extremes_below: int | None, *, numerators: bool) -> None:
    if numerators and not names:
        msg = "percentages: name the columns whose numerators are looked at"
        raise InputError(msg)
    if extremes_below is None:
        return
    require_whole(extremes_below, "extremes_below", least=0)
    if not numerators:
        msg = "extremes_below: needs numerators=True, so that totals do not give 0 % and 100 % away"
        raise InputError(msg)


def _hide_derived(frame: pl.DataFrame, layout: Layout, derived: Sequence[str]) -> pl.DataFrame:
    """Hide figures worked out from several groups of a school, and say which way they went."""
    keys = [*layout.by, *(name for name in (layout.school, layout.grouping) if name is not None)]
    away = pl.col("suppression") != "shown"
    anywhere = away.any().over(keys) if keys else away.any()
    reason = pl.when(away).then(pl.col("suppression")).when(anywhere).then(pl.lit("complementary"))
    reasons = frame.select(reason.otherwise(pl.lit("shown")).alias("reason"))["reason"]
    for name in derived:
        frame = _with_reason(frame, name, reasons)
    return frame


def _with_reason(frame: pl.DataFrame, name: str, reasons: pl.Series) -> pl.DataFrame:
    """Hide a figure wherever its reason is not that it is shown, and put the reason beside it."""
    own = reasons.alias(f"{name}_suppression")
    return frame.with_columns(own).with_columns(pl.when(pl.col(own.name) == "shown").then(pl.col(name)).alias(name))


def _notes(rule: tuple[int, int, bool]) -> tuple[str, ...]:
    minimum, protection, complementary = rule
    first = f"Counts of 1 to {minimum - 1} are hidden, with the figures about them; 0 is shown."
    if not complementary:
        return first, "NOT protected: totals can give hidden counts away."
    second = (
        f"Every hidden count that is not listed as unprotected has several possible values, {protection} apart or more "
        "for a small group, for one who knows all that is shown and the rule. Do not publish which cells are small."
    )
    return first, second, "What is known from other tables, or another edition of this one, is not taken into account."
