"""Suppression of small groups before anything is shown or exported.

Groups of 1 to 5 pupils are withheld in the performance tables; so they are here, whatever the caller holds. What would
give a withheld figure away goes with it: the figures of the other pupils of the same school, the gap, and, where a
total is printed and only one school is withheld, the school with the next smallest group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    group, its complement and all figures about either are suppressed; 0 pupils are not. If a total is printed for a
    count and exactly one school's group is suppressed, so is the next smallest group, or, with no other school, the
    total is the caller's to suppress (``(-1, indicator)`` is returned).

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
    for group, at_group in zip(groups, hidden, strict=True):
        if len(at_group) == 1 and group.totalled and printed & set(group.counts):
            second = _next_smallest(schools, group, at_group)
            if second is None:
                cells |= {(-1, name) for name in group.counts}
            else:
                at_group.add(second)
                _spread(groups, hidden)
    for group, at_group in zip(groups, hidden, strict=True):
        cells |= {(at, name) for at in at_group for name in (*group.counts, *group.figures, *group.derived)}
    return cells


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


def _next_smallest(schools: Sequence[Mapping[str, object]], group: Group, hidden: set[int]) -> int | None:
    """Return the school with the smallest group above 0 that is still shown."""
    sizes: list[tuple[float, int]] = []
    for at, school in enumerate(schools):
        counts = [school.get(name) for name in group.counts]
        known = [float(count) for count in counts if isinstance(count, (int, float)) and count > 0]
        if at not in hidden and known:
            sizes.append((min(known), at))
    return min(sizes)[1] if sizes else None
