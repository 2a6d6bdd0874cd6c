"""What the categories of an authority's schools cost: visits, days and money, against what there is to give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_texts, unknown_name
from schoolframe._assignment import Assignment
from schoolframe._notebooks import as_html
from schoolframe._support_limits import KEYS, capacity_frame, charge_frame, limit_frame, read_amounts, refuse_repeats
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["SupportPlan", "support_plan"]


@dataclass(frozen=True)
class SupportPlan:
    """Support that follows from categories, added up for an authority.

    Attributes:
        schools: One row per school, year and number of its support: ``urn``, ``year``, ``phase``, ``category``, ``id``,
            ``text``, ``unit``, ``bound`` (exactly, at_least, at_most), ``per``, ``amount`` (each time), ``a_year``
            (amount times how often it comes in a school year of three terms; once for what is given once or for a case;
            missing for months and weeks), ``decision`` (must, or may: a person decides), ``funding``, ``variant``,
            ``counted`` (whether it is part of the totals), ``line``.
        totals: Per ``year`` (missing where the assignments have none) and ``unit``: number of ``schools``, ``least``
            and ``most`` in that year. An ``at_least`` has no most, an ``at_most`` has the least 0, and what a person
            decides has the least 0.
        charges: Per school with days: ``days``, ``pays`` (days the school pays for), ``school_pays`` in pounds,
            ``authority_days`` (the others), ``authority_cost`` (at the rate of the table, in pounds), ``marked`` (the
            table is not written for the phase), ``reason`` where there is no charge.
        limits: Per school and unit with given days or visits: ``given``, ``least`` and ``most`` a year that the paper
            names for its category (an ``at_least`` has no most), ``within`` (missing where the paper names no number or
            the category is open) and ``reason``. Days that a table charges for have no limit.
        capacity: For each ``year`` of the assignments (missing where they have none) the days, visits, meetings and
            schools of a year, by ``kind``: ``available`` (there) or ``needed`` (what the paper reckons the work to
            take): ``amount``. For days that are there, if any were given in that year, how many are ``planned`` and
            ``left`` (negative: too many).
        open_schools: Schools whose category is open, so that nothing is planned for them, and why: ``status``,
            ``possible``, ``reason`` (with what to find out first).
        provenance: What the categories rest on.
    """

    schools: pl.DataFrame
    totals: pl.DataFrame
    charges: pl.DataFrame
    limits: pl.DataFrame
    capacity: pl.DataFrame
    open_schools: pl.DataFrame
    provenance: tuple[dict[str, Any], ...]

    def by_category(self) -> pl.DataFrame:
        """Add up the numbers by year and category.

        Returns:
            ``year``, ``category``, ``unit``, ``schools``, ``least``, ``most`` in that year.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": [1], "safety_threatened": [True]})
            >>> plan = sf.support_plan(sf.Framework.load("southend_2017").assign(schools, phase="primary"))
            >>> plan.by_category().columns
            ['year', 'category', 'unit', 'schools', 'least', 'most']
        """
        return _totals(self.schools, ["year", "category", "unit"])

    def __len__(self) -> int:
        """Number of schools and years that something is planned for."""
        return self.schools.select(KEYS).n_unique()

    def __repr__(self) -> str:
        """Return how many schools are planned for, are open, and get more or less than the paper says."""
        outside = self.limits.filter(~pl.col("within")).height
        limits = f", {outside} outside the numbers of the paper" if outside else ""
        planned, unsettled = self.schools["urn"].n_unique(), self.open_schools["urn"].n_unique()
        return f"SupportPlan({planned} schools planned for, {unsettled} with an open category{limits})"

    def _repr_html_(self) -> str:
        return as_html([repr(self)], self.totals)


def support_plan(
    assignments: Assignment | Sequence[Assignment],
    *,
    days: object = None,
    visits: object = None,
    variants: Iterable[str] = (),
) -> SupportPlan:
    """Add up the support that follows from categories: visits, days, meetings and money, for an authority.

    The numbers are those of the paper. A number for a category is counted once for each of its schools; what comes
    round (a term, half a term) is counted for a school year of three terms. A school whose category is open is named in
    ``open_schools`` and not counted. With ``days`` each school's charge follows from the table of the paper
    (:meth:`Framework.charge`); without such a table days, and always visits, are held against the numbers for the
    school's category. A school that gets more or fewer is named in ``limits``.

    Args:
        assignments: One assignment, or those of several phases under one framework.
        days: Frame with ``urn`` (perhaps ``year``) and ``days``: how many days of consultant time each school
            receives; under a framework without a charge, days of support a year.
        visits: Frame with ``urn`` (perhaps ``year``) and ``visits``: how many visits a year each school receives.
        variants: Names of variants that apply, such as ``"with_package"``; support written for another variant is left
            out. Without any, all are listed and those with a variant are not counted.

    Returns:
        The plan.

    Raises:
        InputError: If the assignments are of several frameworks or hold a school twice in a year and phase, a school of
            ``days`` or ``visits`` was not assigned or occurs twice, or a number is missing, negative or not finite.
        UnknownNameError: For a variant that the framework does not have, or a column that is not there.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> framework = sf.Framework.load("staffordshire_2008")
        >>> schools = pl.DataFrame({"urn": [1], "performance_percentile": [10.0], "overall_effectiveness": [4]})
        >>> result = framework.assign(schools, phase="secondary")
        >>> plan = sf.support_plan(result, days=pl.DataFrame({"urn": [1], "days": [23.0]}))
        >>> plan.charges.select("days", "pays", "school_pays").row(0)
        (23.0, 4.0, 1920.0)
    """
    if not isinstance(assignments, (Assignment, list, tuple)):
        kind = type(assignments).__qualname__
        msg = f"assignments: the result of Framework.assign is needed, or a list of them, not {kind}"
        raise InputError(msg)
    given: list[Assignment] = [assignments] if isinstance(assignments, Assignment) else list(assignments)
    for one in given:
        if not isinstance(one, Assignment):
            msg = f"assignments: the result of Framework.assign is needed, not {type(one).__qualname__}"
            raise InputError(msg)
    if not given:
        msg = "assignments: at least one is needed"
        raise InputError(msg)
    framework = given[0].framework
    if any(other.framework != framework for other in given):
        names = ", ".join(sorted({other.framework.name for other in given}))
        msg = f"assignments: all must be made under one framework, with the same readings and thresholds; got {names}"
        raise InputError(msg)
    shown = (*KEYS, "category", "status", "possible", "reason")
    assigned = pl.concat([one.frame.select(shown) for one in given])
    refuse_repeats(assigned)
    support = pl.concat([one.support().with_columns(pl.lit(one.phase).alias("phase")) for one in given])
    numbers = (
        framework.quantities()
        .select("id", "unit", "bound", "per", "amount", "times_a_year")
        .unique(maintain_order=True)
    )
    chosen = _variants(framework.support(), variants)
    rows = (
        support.join(numbers, on="id", how="inner", maintain_order="left")
        .with_columns((pl.col("amount") * _times()).alias("a_year"))
        .with_columns(
            pl.when(pl.col("variant").is_null() | pl.col("variant").is_in(chosen))
            .then(True)
            .otherwise(False)
            .alias("counted")
        )
    )
    if chosen:
        rows = rows.filter("counted")
    schools = rows.select(
        *KEYS,
        "category",
        "id",
        "text",
        "unit",
        "bound",
        "per",
        "amount",
        "a_year",
        "decision",
        "funding",
        "variant",
        "counted",
        "line",
    )
    known = assigned.select(*KEYS, "category")
    amounts = {unit: read_amounts(frame, unit, known) for unit, frame in (("days", days), ("visits", visits))}
    charged = framework.charges().height > 0
    limited = {u: f for u, f in amounts.items() if f is not None and not (u == "days" and charged)}
    charges = charge_frame(framework, amounts["days"])
    return SupportPlan(
        schools,
        _totals(schools, ["year", "unit"]),
        charges,
        limit_frame(limited, schools),
        capacity_frame(framework.capacity(), assigned.select("year").unique().sort("year"), charges),
        assigned.filter(pl.col("category").is_null()).drop("category"),
        tuple(one.provenance for one in given),
    )


def _times() -> pl.Expr:
    """How often a number counts in a year; what is given once, or for a case, counts once for each school."""
    single = pl.col("per").is_in(["once", "case"])
    return pl.when(single).then(1.0).otherwise("times_a_year")


def _variants(listed: pl.DataFrame, variants: Iterable[str]) -> list[str]:
    known = listed["variant"].drop_nulls().unique(maintain_order=True).to_list()
    chosen = require_texts(variants, "variants")
    for name in chosen:
        if name not in known:
            raise unknown_name("variant", name, known)
    return chosen


def _totals(schools: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    counted = schools.filter("counted", pl.col("a_year").is_not_null())
    must = pl.col("decision") == "must"
    least = pl.when(must & pl.col("bound").is_in(["exactly", "at_least"])).then("a_year").otherwise(0.0)
    # One open end leaves the sum open.
    open_end = (pl.col("bound") == "at_least").any()
    most = pl.when(~open_end).then(pl.col("a_year").sum())
    return (
        counted.group_by(by, maintain_order=True)
        .agg(
            pl.col("urn").n_unique().cast(pl.Int64).alias("schools"),
            least.sum().alias("least"),
            most.alias("most"),
        )
        .sort(by)
    )
