"""Where gaps stand in the columns of the performance tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["GAP_MEASURES", "GapMeasure", "Method"]

Method = Literal["known_sd", "welch", "proportion"]


@dataclass(frozen=True)
class GapMeasure:
    """Where a measure and its two groups stand in a frame.

    Args:
        name: Name of the measure in results.
        mean: Column of the mean (or percentage) of group A, the pupils the gap is about.
        n: Column of the number of pupils in group A.
        other_mean: Column of the mean of group B.
        other_n: Column of the number of pupils in group B.
        method: How the interval is worked out, see :func:`gap_test`.
        sd: Name of the reference value of the pupil-level standard deviation, for ``"known_sd"``.
        group_sd: Column of the standard deviation in group A, for ``"welch"``.
        other_sd: Column of the standard deviation in group B, for ``"welch"``.
        group: What group A is called.
        other: What group B is called.
        national_other: Name of the reference value that holds the national mean of group B.
        overlapping: Whether group B is all pupils, group A among them; for ``"known_sd"`` only.
        total_n: Column of the number of all pupils, which A and B together must not exceed.

    Example:
        >>> import schoolframe as sf
        >>> sf.GapMeasure("reading", "read_sen", "n_sen", "read_other", "n_other", method="welch").name
        'reading'
    """

    name: str
    mean: str
    n: str
    other_mean: str
    other_n: str
    method: Method = "known_sd"
    sd: str | None = None
    group_sd: str | None = None
    other_sd: str | None = None
    group: str = "disadvantaged"
    other: str = "not disadvantaged"
    national_other: str | None = None
    overlapping: bool = False
    total_n: str | None = None


@dataclass(frozen=True)
class _Groups:
    """Endings of the columns of means for group A and B (none: all pupils), and their columns of numbers."""

    name: str
    group: str
    other: str
    ending: str
    other_ending: str
    n: str
    other_n: str


def _groups(disadvantage: str, boys: str, prior: str, prior_n: str, mobile: str, mobile_n: str) -> list[_Groups]:
    """Groups of one key stage: ``boys`` and ``prior`` list endings and columns, as the key stage spells them."""
    boy, girl, boys_n, girls_n = boys.split()
    low, middle, high = prior.split()
    low_n, middle_n, high_n = prior_n.split()
    total = "TPUP" if boys_n == "BPUP" else "TELIG"
    return [
        _Groups("", "disadvantaged", "not disadvantaged", "FSM6CLA1A", disadvantage, "TFSM6CLA1A", "TNOTFSM6CLA1A"),
        _Groups("_boys", "boys", "girls", boy, girl, boys_n, girls_n),
        _Groups("_low_prior", "low prior attainment", "high prior attainment", low, high, low_n, high_n),
        _Groups("_middle_prior", "middle prior attainment", "high prior attainment", middle, high, middle_n, high_n),
        _Groups("_eal", "English as additional language", "all pupils", "EAL", "", "TEALGRP2", total),
        _Groups("_non_mobile", "non-mobile", "all pupils", mobile, "", mobile_n, total),
    ]


# The Department spells the other pupils N in means of key stage 4, and NOT in counts and at key stage 2.
_KS4 = _groups("NFSM6CLA1A", "BOYS GIRLS BPUP GPUP", "LO AV HI", "TPRIORLO TPRIORAV TPRIORHI", "NMOB", "TNMOB")
_KS2 = _groups("NOTFSM6CLA1A", "B G BELIG GELIG", "L M H", "TKS1GROUP_L TKS1GROUP_M TKS1GROUP_H", "MOBN", "TMOBN")


def _measures(
    name: str, stem: str, groups: list[_Groups], method: Method, sd: str | None = None, pupils: str | None = None
) -> Iterator[GapMeasure]:
    """Yield the gaps of a measure, disadvantage first; ``pupils`` is the stem of its own columns of numbers."""
    for at in groups:
        overlapping = not at.other_ending
        if overlapping and (method != "known_sd" or sd is None):
            continue
        other = f"_{at.other_ending}" if at.other_ending else ""
        found = GapMeasure(
            name=f"{name}{at.name}",
            mean=f"{stem}_{at.ending}",
            n=f"{pupils}_{at.ending}" if pupils else at.n,
            other_mean=f"{stem}{other}",
            other_n=f"{pupils}{other}" if pupils else at.other_n,
            method=method,
            sd=sd,
            group=at.group,
            other=at.other,
            overlapping=overlapping,
            total_n=pupils or groups[-1].other_n,
        )
        yield found if at.name else replace(found, national_other=f"nat_{name}_non_disadvantaged")


_PUBLISHED = [
    *_measures("p8", "P8MEA", _KS4, "known_sd", "p8_sd", "P8PUP"),
    # No pupil-level spread of Attainment 8 is published: the gap is given without an interval.
    *_measures("a8", "ATT8SCR", _KS4, "known_sd"),
    *_measures("ks2_progress_reading", "READPROG", _KS2, "known_sd", "ks2_progress_reading_sd"),
    *_measures("ks2_progress_writing", "WRITPROG", _KS2, "known_sd", "ks2_progress_writing_sd"),
    *_measures("ks2_progress_maths", "MATPROG", _KS2, "known_sd", "ks2_progress_maths_sd"),
    *_measures("ks2_exp_rwm_pct", "PTRWM_EXP", _KS2, "proportion"),
    *_measures("ks2_high_rwm_pct", "PTRWM_HIGH", _KS2, "proportion"),
]
GAP_MEASURES: Mapping[str, GapMeasure] = {
    measure.name: measure for measure in sorted(_PUBLISHED, key=lambda measure: measure.group != "disadvantaged")
}
"""Gaps in the columns of the performance tables: by indicator name for disadvantaged pupils, with ``_boys``,
``_low_prior``, ``_middle_prior``, ``_eal`` or ``_non_mobile`` behind it for the other groups that are published."""
