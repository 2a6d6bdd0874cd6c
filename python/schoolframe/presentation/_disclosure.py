"""Suppression of small groups before anything is shown or exported.

Groups of 1 to 5 pupils are withheld in the performance tables; so they are here, whatever the caller holds. What would
give a withheld figure away goes with it: the figures of the other pupils of the same school, the gap, and, where totals
are printed, the schools with the next smallest groups, until nothing can be worked out (:func:`schoolframe.suppress`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schoolframe import _native
from schoolframe._disclosure_cells import HIDDEN
from schoolframe._disclosure_tables import MAX_COUNT
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schoolframe._disclosure_tables import Row

__all__ = ["GROUPS", "Group", "small_groups"]


@dataclass(frozen=True)
class Group:
    """Pupils that are counted together, with the figures about them.

    Attributes:
        counts: Indicators that count the group; they may differ a little (cohort, pupils with progress).
        figures: Indicators that say something about the group.
        complement: Position of the group that holds the other pupils of the school, if there is one.
        derived: Indicators that are worked out from the group and its complement.
        totalled: Whether the group's first count is printed for the authority.
    """

    counts: tuple[str, ...]
    figures: tuple[str, ...]
    complement: int | None = None
    derived: tuple[str, ...] = ()
    totalled: bool = True


_LEAST = 3
"""Smallest minimum of the native search; what is hidden under a smaller one is protected as if it were this."""

_P8 = ("p8", "p8_ci_low", "p8_ci_high", "p8_significance", "below_floor", "coasting_status")
_GAPS = ("disadvantaged_progress_gap", "p8_gap_disadvantaged")
_RATES = ("a8", "ks4_em_94_pct", "ks4_em_95_pct", "ebacc_entry_pct", "ebacc_95_pct")


def _side(counts: tuple[str, ...], score: str) -> tuple[str, ...]:
    return (*counts, score, f"p8_{score}", f"p8_{score}_ci_low", f"p8_{score}_ci_high")


_DISADVANTAGED = ("disadv_cohort", "p8_disadvantaged_cohort")
_OTHER = ("nondisadv_cohort", "p8_non_disadvantaged_cohort")
_SIDES = (*_side(_DISADVANTAGED, "disadvantaged"), *_side(_OTHER, "non_disadvantaged"))

GROUPS = {
    "secondary": (
        Group(("ks4_cohort", "cohort"), ("p8_cohort", *_P8, *_RATES, *_SIDES), derived=_GAPS),
        Group(("p8_cohort",), (*_P8, *_SIDES), derived=_GAPS, totalled=False),
        Group(_DISADVANTAGED, _side((), "disadvantaged"), complement=3, derived=_GAPS),
        Group(_OTHER, _side((), "non_disadvantaged"), complement=2, derived=_GAPS),
    )
}
"""Groups of pupils whose figures stand in the register, by phase."""


def small_groups(
    schools: Sequence[Mapping[str, object]],
    groups: Sequence[Group],
    *,
    withheld: Iterable[tuple[int, str]] = (),
    totals: Iterable[str] = (),
    minimum: int = 6,
) -> set[tuple[int, str]]:
    """Return the cells that must not be shown, as (position of the school, indicator).

    A group is small if any of its counts lies between 1 and ``minimum`` - 1, or its source withheld the count. A small
    group, its complement and all figures about either are suppressed; 0 pupils are not. Under printed totals, further
    schools are suppressed until no hidden count can be worked out, those with the smallest groups first; where there is
    no other school, the total is the caller's to suppress (``(-1, indicator)`` is returned).

    Args:
        schools: One mapping from indicator to value per school.
        groups: The groups.
        withheld: Cells that the source suppressed, as positions and indicators.
        totals: Counts for which a total of the authority is printed.
        minimum: Smallest group that may be shown.

    Returns:
        The cells.

    Example:
        >>> schools = [{"disadv_cohort": 4, "nondisadv_cohort": 90}, {"disadv_cohort": 20, "nondisadv_cohort": 80}]
        >>> sorted(name for at, name in small_groups(schools, GROUPS["secondary"]) if at == 0 and "cohort" in name)
        ['disadv_cohort', 'nondisadv_cohort', 'p8_disadvantaged_cohort', 'p8_non_disadvantaged_cohort']
    """
    source = set(withheld)
    printed = set(totals)
    hidden: list[set[int]] = [
        {at for at, school in enumerate(schools) if _is_small(school, group, at, source, minimum)} for group in groups
    ]
    _spread(groups, hidden)
    cells: set[tuple[int, str]] = set()
    totalled = [at for at, group in enumerate(groups) if group.totalled and printed & set(group.counts)]
    # One total after the other: what the first takes along is a partner under the next.
    for last in range(1, len(totalled) + 1):
        while _protect(schools, groups, hidden, totalled[:last], cells, minimum):
            _spread(groups, hidden)
    for group, at_group in zip(groups, hidden, strict=True):
        cells |= {(at, name) for at in at_group for name in (*group.counts, *group.figures, *group.derived)}
    return cells


def _protect(
    schools: Sequence[Mapping[str, object]],
    groups: Sequence[Group],
    hidden: list[set[int]],
    totalled: Sequence[int],
    cells: set[tuple[int, str]],
    minimum: int,
) -> bool:
    """Hide the schools that protect those hidden under the totals; totals go into ``cells``. Whether any school was."""
    changed = False
    for table in _tables(groups, totalled):
        rows, slots = _rows(schools, groups, hidden, table, totalled, minimum)
        rule = (max(minimum, _LEAST), 1, True)
        statuses, _, wrong = _native.suppress_cells(rows, *rule)
        if wrong:
            msg = f"the counts of {', '.join(groups[group].counts[0] for group in table)} do not add up; none is shown"
            raise InputError(msg)
        for (group, school), status in zip(slots, statuses, strict=True):
            if status not in HIDDEN:
                continue
            if school is None:
                cells |= {(-1, name) for name in groups[group].counts}
            elif school not in hidden[group]:
                hidden[group].add(school)
                changed = True
    return changed


def _tables(groups: Sequence[Group], totalled: Sequence[int]) -> list[tuple[int, ...]]:
    """Return what is protected together under a printed total: a group and its complement, or a group alone."""
    pairs = {tuple(sorted((at, group.complement))) for at, group in enumerate(groups) if group.complement is not None}
    alone = {(at,) for at, group in enumerate(groups) if group.complement is None}
    return [table for table in sorted(pairs | alone) if set(table) & set(totalled)]


def _rows(
    schools: Sequence[Mapping[str, object]],
    groups: Sequence[Group],
    hidden: list[set[int]],
    table: tuple[int, ...],
    totalled: Sequence[int],
    minimum: int,
) -> tuple[list[Row], list[tuple[int, int | None]]]:
    """Return the cells of a table for the native search, and which group and school each is."""
    parts = {group: [_size(school, groups[group]) for school in schools] for group in table}
    counted = {name for group in table for name in groups[group].counts}
    whole = next((at for at, group in enumerate(groups) if group.totalled and counted <= set(group.figures)), None)
    cohorts = [None if whole is None else _size(school, groups[whole]) for school in schools]
    for at, cohort in enumerate(cohorts):
        _fill(parts, at, cohort, hidden)
    rows: list[Row] = []
    slots: list[tuple[int, int | None]] = []
    for place, (group, sizes) in enumerate(parts.items()):
        rows += [(0, place, at, size, at in hidden[group], None) for at, size in enumerate(sizes)]
        slots += [(group, at) for at in range(len(sizes))]
        if group in totalled:
            # What the total holds of schools without a count is not known here; it is taken as no small group.
            unknown = minimum if None in sizes else 0
            rows.append((0, place, None, sum(size or 0 for size in sizes) + unknown, False, None))
            slots.append((group, None))
    if whole is None:
        return rows, slots
    sums = [None if None in sizes else sum(sizes) for sizes in zip(*parts.values(), strict=True)]
    for at, (size, cohort) in enumerate(zip(sums, cohorts, strict=True)):
        if size is not None and cohort is not None:
            rows.append((0, None, at, size, at in hidden[whole], None))
            slots.append((whole, at))
    if whole in totalled and None not in sums:
        rows.append((0, None, None, sum(size or 0 for size in sums), False, None))
        slots.append((whole, None))
    return rows, slots


def _fill(parts: dict[int, list[int | None]], at: int, cohort: int | None, hidden: list[set[int]]) -> None:
    """Put in the counts of a school that are not known: what its cohort leaves, and 1 where the source withheld one."""
    for group, sizes in parts.items():
        if sizes[at] is not None:
            continue
        others = [other[at] for name, other in parts.items() if name != group]
        if cohort is not None and others and None not in others:
            sizes[at] = max(cohort - sum(size or 0 for size in others), 0)
        elif at in hidden[group]:
            sizes[at] = 1


def _spread(groups: Sequence[Group], hidden: list[set[int]]) -> None:
    """Hide the parts of a hidden whole, and the complement of a hidden part."""
    for at, group in enumerate(groups):
        for part_at, part in enumerate(groups):
            if part_at != at and set(part.counts) & set(group.figures):
                hidden[part_at] |= hidden[at]
    for at, group in enumerate(groups):
        if group.complement is not None:
            hidden[at] |= hidden[group.complement]


def _is_small(school: Mapping[str, object], group: Group, at: int, source: set[tuple[int, str]], minimum: int) -> bool:
    if any((at, name) in source for name in group.counts):
        return True
    counts = [school.get(name) for name in group.counts]
    return any(isinstance(count, (int, float)) and 0 < count < minimum for count in counts)


def _size(school: Mapping[str, object], group: Group) -> int | None:
    """Return the smallest of the counts of a group that are known."""
    counts = [school.get(name) for name in group.counts]
    known = [int(count) for count in counts if isinstance(count, (int, float)) and 0 <= count < MAX_COUNT]
    return min(known) if known else None
