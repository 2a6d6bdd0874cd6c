"""The floor standards and the definition of coasting, year by year: which columns are held against which figures.

The figures are reference values; here stand only the columns, and how the comparisons go together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe._arguments import require_mapping, require_number, require_whole, unknown_name
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.parameters import reference_record

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COASTING", "FLOOR", "NEVER", "PHASES", "Figure", "Rule", "check_figures", "look_up", "rule_of"]

Join = Literal["attainment", "under_every_median", "significant", "floor_of_2016", "coasting_of_2016"]

PHASES: dict[str, tuple[str, ...]] = {
    "primary": ("primary", "junior", "middle", "all_through"),
    "secondary": ("secondary", "all_through"),
}
"""The phases of schools that a standard of a phase is made for."""

NEVER = ("special", "pru")
"""Phases of schools that no standard applies to."""

_SUBJECTS = ("ks2_progress_reading", "ks2_progress_writing", "ks2_progress_maths")
_TWO_LEVELS = ("ks2_2lp_reading_pct", "ks2_2lp_writing_pct", "ks2_2lp_mat_pct")
_ENGLISH_MATHS = ("ks2_2lp_eng_pct", "ks2_2lp_mat_pct")
_THREE_LEVELS = ("ks4_3lp_eng_pct", "ks4_3lp_mat_pct")


@dataclass(frozen=True)
class Rule:
    """The rule of some results years.

    Attributes:
        name: Name in results.
        first: First results year.
        last: Last one.
        join: How the comparisons go together.
        under: Columns, each with the name of the figure it must be under; attainment, or Progress 8, comes first.
        cohort: Column of the cohort with the name of the smallest one that counts.
        coverage: Column of coverage with the name of the least one that counts.
    """

    name: str
    first: int
    last: int
    join: Join
    under: tuple[tuple[str, str], ...]
    cohort: tuple[str, str] | None = None
    coverage: tuple[str, str] | None = None

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of all figures of the rule."""
        limits = [pair for pair in (self.cohort, self.coverage) if pair is not None]
        return tuple(figure for _, figure in (*self.under, *limits))

    @property
    def significant(self) -> tuple[str, ...]:
        """Columns of scores whose upper confidence limit counts."""
        if self.join == "significant":
            return (self.under[0][0],)
        return _SUBJECTS if self.join in ("floor_of_2016", "coasting_of_2016") else ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the rule may read."""
        limits = [f"{name}{end}" for name in self.significant for end in ("_ci_high", "_band")]
        sizes = [pair[0] for pair in (self.cohort, self.coverage) if pair is not None]
        return (*(column for column, _ in self.under), *limits, *sizes)

    def decide(self, under: Mapping[str, pl.Expr], below: Mapping[str, pl.Expr]) -> pl.Expr:
        """Return whether the rule is met, in three values, from what is under its figure and significantly below 0."""
        first, *rest = (under[column] for column, _ in self.under)
        if self.join == "attainment":
            return first
        if self.join == "under_every_median":
            return pl.all_horizontal(first, *rest)
        if self.join == "significant":
            return first & below[self.under[0][0]]
        surely = [under[name] & below[name] for name in _SUBJECTS]
        if self.join == "coasting_of_2016":
            return first & pl.any_horizontal(surely)
        a, b, c = (under[name] for name in _SUBJECTS)
        # Two subjects under their figures are insufficient progress; one is if it is also significantly below average.
        return first & pl.any_horizontal(a & b, a & c, b & c, *surely)


def _medians(columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((column, f"median_{column}") for column in columns)


def _figures(prefix: str, columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((column, f"{prefix}_{column}") for column in columns)


_RWM = "ks2_exp_rwm_pct"
FLOOR: dict[str, tuple[Rule, ...]] = {
    "secondary": (
        Rule("floor_secondary_2007", 2007, 2009, "attainment", _figures("floor", ["ks4_5ac_em_pct"])),
        Rule(
            "floor_secondary_2010",
            2010,
            2015,
            "under_every_median",
            _figures("floor", ["ks4_5ac_em_pct"]) + _medians(_THREE_LEVELS),
        ),
        Rule(
            "floor_secondary_2016",
            2016,
            2018,
            "significant",
            _figures("floor", ["p8"]),
            ("ks4_cohort", "floor_ks4_cohort_minimum"),
            ("p8_coverage_pct", "floor_p8_coverage_minimum_pct"),
        ),
    ),
    "primary": (
        Rule("floor_primary_2008", 2008, 2009, "attainment", _figures("floor", ["ks2_l4em_pct"])),
        Rule(
            "floor_primary_2010",
            2010,
            2012,
            "under_every_median",
            _figures("floor", ["ks2_l4em_pct"]) + _medians(_ENGLISH_MATHS),
        ),
        Rule(
            "floor_primary_2013",
            2013,
            2015,
            "under_every_median",
            _figures("floor", ["ks2_l4rwm_pct"]) + _medians(_TWO_LEVELS),
        ),
        Rule(
            "floor_primary_2016",
            2016,
            2018,
            "floor_of_2016",
            _figures("floor", [_RWM, *_SUBJECTS]),
            ("ks2_cohort", "floor_ks2_cohort_minimum"),
        ),
    ),
}
"""Floor standards by phase. The figure ``floor_ks2_cohort_minimum`` has no source: the caller gives it."""

COASTING: dict[str, tuple[Rule, ...]] = {
    "secondary": (
        Rule(
            "coasting_secondary_2014",
            2014,
            2015,
            "under_every_median",
            _figures("coasting", ["ks4_5ac_em_pct"]) + _medians(_THREE_LEVELS),
        ),
        Rule("coasting_secondary_2016", 2016, 2018, "significant", _figures("coasting", ["p8"])),
    ),
    "primary": (
        Rule(
            "coasting_primary_2014",
            2014,
            2015,
            "under_every_median",
            _figures("coasting", ["ks2_l4rwm_pct"]) + _medians(_TWO_LEVELS),
        ),
        Rule("coasting_primary_2016", 2016, 2018, "coasting_of_2016", _figures("coasting", [_RWM, *_SUBJECTS])),
    ),
}
"""The criterion of each year in the definition of coasting, by phase."""


@dataclass(frozen=True)
class Figure:
    """A figure of one year as a rule uses it.

    Attributes:
        name: The name.
        value: The value; None if there is none, or it may not be used.
        verified: Whether it was read in a primary source or computed from published files.
        fault: Why there is no value.
    """

    name: str
    value: float | None
    verified: bool
    fault: str | None = None


def rule_of(rules: Sequence[Rule], year: int) -> Rule | None:
    """Return the rule of a results year, if there is one.

    Example:
        >>> rule_of(FLOOR["secondary"], 2015).name, rule_of(FLOOR["secondary"], 2019)
        ('floor_secondary_2010', None)
    """
    return next((rule for rule in rules if rule.first <= year <= rule.last), None)


def check_figures(figures: object, rules: Sequence[Rule]) -> dict[str, dict[int | None, float]]:
    """Return the figures that the caller gives, by name and year; the year None stands for all years.

    Raises:
        InputError: For something that is no mapping from names to numbers, or to ``{year: number}``.
        UnknownNameError: For a name that no rule uses.

    Example:
        >>> check_figures({"floor_p8": -0.5}, FLOOR["secondary"])
        {'floor_p8': {None: -0.5}}
    """
    there = sorted({name for rule in rules for name in rule.figures})
    given: dict[str, dict[int | None, float]] = {}
    for name, value in require_mapping(figures, "figures", "{'floor_ks2_cohort_minimum': 11}").items():
        if name not in there:
            raise unknown_name("figures: figure", name, there)
        by_year = value.items() if isinstance(value, Mapping) else [(None, value)]
        given[name] = {_year(year): _finite(one, f"figures: {name}") for year, one in by_year}
    return given


def _year(year: object) -> int | None:
    return None if year is None else require_whole(year, "figures: year", 1900)


def _finite(value: object, argument: str) -> float:
    number = require_number(value, argument)
    if not math.isfinite(number):
        msg = f"{argument}: a finite number is needed, not {value!r}"
        raise InputError(msg)
    return number


def look_up(name: str, year: int, given: Mapping[str, Mapping[int | None, float]], *, allow_unverified: bool) -> Figure:
    """Return a figure of a year: the caller's, or the reference value.

    Example:
        >>> look_up("coasting_p8", 2016, {}, allow_unverified=False)
        Figure(name='coasting_p8', value=-0.25, verified=True, fault=None)
        >>> look_up("floor_p8", 2016, {}, allow_unverified=False).value is None
        True
    """
    own = given.get(name, {})
    if year in own or None in own:
        return Figure(name, own.get(year, own.get(None)), verified=False)
    try:
        record = reference_record(name, year, allow_unverified=True)
    except (InputError, UnknownNameError):
        fault = f"no source gives {name} for {year}; figures={{'{name}': {{{year}: ...}}}} takes yours"
        return Figure(name, None, verified=False, fault=fault)
    if record.verified or allow_unverified:
        return Figure(name, record.value, record.verified)
    fault = f"{name} was read in a secondary source only; allow_unverified=True uses it all the same"
    return Figure(name, None, verified=False, fault=fault)
