"""What the categories of an authority's schools cost: visits, days and money, against what there is to give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._assignment import Assignment
from schoolframe._frames import as_frame, require_columns
from schoolframe.exceptions import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["SupportPlan", "support_plan"]

_KEYS = ["urn", "year", "phase"]


@dataclass(frozen=True)
class SupportPlan:
    """Support that follows from categories, added up for an authority.

    Attributes:
        schools: One row per school, year and number of its support: ``urn``, ``year``, ``phase``, ``category``, ``id``,
            ``text``, ``unit``, ``bound`` (exactly, at_least, at_most), ``per``, ``amount`` (each time), ``a_year``
            (amount times how often it comes in a school year of three terms; once for what is given once or for a case;
            missing for months and weeks), ``decision`` (must, or may: a person decides), ``funding``, ``variant``,
            ``counted`` (whether it is part of the totals), ``line``.
        totals: Per unit: number of schools, ``least`` and ``most`` a year. An ``at_least`` has no most, an ``at_most``
            has the least 0, and what a person decides has the least 0.
        charges: Per school with days: ``days``, ``pays`` (days the school pays for), ``school_pays`` in pounds,
            ``authority_days`` (the others), ``authority_cost`` (at the rate of the table, in pounds), ``marked`` (the
            table is not written for the phase), ``reason`` where there is no charge.
        capacity: Days, visits, meetings and schools a year that there are: ``amount``; for days, if any were given, how
            many are ``planned`` and ``left`` (negative: too many).
        open_schools: Schools whose category is open, so that nothing is planned for them.
        provenance: What the categories rest on.
    """

    schools: pl.DataFrame
    totals: pl.DataFrame
    charges: pl.DataFrame
    capacity: pl.DataFrame
    open_schools: pl.DataFrame
    provenance: tuple[dict[str, Any], ...]

    def by_category(self) -> pl.DataFrame:
        """Add up the numbers by category.

        Returns:
            ``category``, ``unit``, ``schools``, ``least``, ``most`` a year.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": [1], "safety_threatened": [True]})
            >>> plan = sf.support_plan(sf.Framework.load("southend_2017").assign(schools, phase="primary"))
            >>> plan.by_category().columns
            ['category', 'unit', 'schools', 'least', 'most']
        """
        return _totals(self.schools, ["category", "unit"])

    def __len__(self) -> int:
        """Number of schools and years that something is planned for."""
        return self.schools.select(_KEYS).n_unique()

    def __repr__(self) -> str:
        """Return how many schools are planned for and how many are open."""
        return f"SupportPlan({len(self)} schools planned for, {self.open_schools.height} with an open category)"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>" + self.totals._repr_html_()


def support_plan(
    assignments: Assignment | Sequence[Assignment],
    *,
    days: object = None,
    variants: Iterable[str] = (),
) -> SupportPlan:
    """Add up the support that follows from categories: visits, days, meetings and money, for an authority.

    The numbers are those of the paper. A number for a category is counted once for each of its schools; what comes
    round (a term, half a term) is counted for a school year of three terms. A school whose category is open is named in
    ``open_schools`` and not counted. With ``days`` each school's charge follows from the table of the paper
    (:meth:`Framework.charge`).

    Args:
        assignments: One assignment, or those of several phases under one framework.
        days: Frame with ``urn`` (perhaps ``year``) and ``days``: how many days of consultant time each school receives.
        variants: Names of variants that apply, such as ``"with_package"``; support written for another variant is left
            out. Without any, all are listed and those with a variant are not counted.

    Returns:
        The plan.

    Raises:
        InputError: If the assignments are of several frameworks, a school of ``days`` was not assigned or occurs twice,
            or a number of days is missing, negative or not finite.
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
    given: list[Assignment] = [assignments] if isinstance(assignments, Assignment) else list(assignments)
    if not given:
        msg = "assignments: at least one is needed"
        raise InputError(msg)
    framework = given[0].framework
    if any(other.framework != framework for other in given):
        names = ", ".join(sorted({other.framework.name for other in given}))
        msg = f"assignments: all must be made under one framework, with the same readings and thresholds; got {names}"
        raise InputError(msg)
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
        *_KEYS,
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
    frames = [one.frame.select(*_KEYS, "category", "status", "possible", "reason") for one in given]
    assigned = pl.concat(frames)
    charges = _charges(given, assigned, days)
    totals = _totals(schools, ["unit"])
    capacity = _capacity(framework.capacity(), charges)
    open_schools = assigned.filter(pl.col("category").is_null()).drop("category")
    return SupportPlan(schools, totals, charges, capacity, open_schools, tuple(one.provenance for one in given))


def _times() -> pl.Expr:
    """How often a number counts in a year; what is given once, or for a case, counts once for each school."""
    single = pl.col("per").is_in(["once", "case"])
    return pl.when(single).then(1.0).otherwise("times_a_year")


def _variants(listed: pl.DataFrame, variants: Iterable[str]) -> list[str]:
    known = listed["variant"].drop_nulls().unique(maintain_order=True).to_list()
    chosen = [variants] if isinstance(variants, str) else list(variants)
    for name in chosen:
        if name not in known:
            msg = f"variant '{name}' does not exist. There are: {', '.join(known) or 'none'}."
            raise UnknownNameError(msg)
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
            pl.struct(_KEYS).n_unique().cast(pl.Int64).alias("schools"),
            least.sum().alias("least"),
            most.alias("most"),
        )
        .sort(by)
    )


def _charges(given: list[Assignment], assigned: pl.DataFrame, days: object) -> pl.DataFrame:
    schema = {
        "urn": pl.Int64,
        "year": pl.Int64,
        "phase": pl.String,
        "category": pl.String,
        "days": pl.Float64,
        "pays": pl.Float64,
        "school_pays": pl.Float64,
        "authority_days": pl.Float64,
        "authority_cost": pl.Float64,
        "marked": pl.Boolean,
        "reason": pl.String,
    }
    if days is None:
        return pl.DataFrame(schema=schema)
    framework = given[0].framework
    wanted = as_frame(days, argument="days")
    require_columns(wanted, ["urn", "days"])
    if not wanted.schema["days"].is_numeric():
        msg = f"column 'days' must hold numbers, not {wanted.schema['days']}"
        raise InputError(msg)
    keys = ["urn", "year"] if "year" in wanted.columns else ["urn"]
    wanted = wanted.select(pl.col(keys).cast(pl.Int64), pl.col("days").cast(pl.Float64))
    _refuse(wanted, pl.col("days").is_null() | ~pl.col("days").is_finite() | (pl.col("days") < 0), "must be 0 or more")
    repeated = wanted.filter(wanted.select(keys).is_duplicated())
    _refuse(repeated, pl.lit(value=True), "must be given once for each school")
    _refuse(wanted.join(assigned, on=keys, how="anti"), pl.lit(value=True), "belong to schools that were not assigned")
    rate = framework.charges()["rate"].first() or 0.0
    rows = []
    for row in wanted.join(assigned, on=keys, how="left", maintain_order="left").iter_rows(named=True):
        found: dict[str, Any] = {
            "urn": row["urn"],
            "year": row["year"],
            "phase": row["phase"],
            "category": row["category"],
            "days": row["days"],
        }
        try:
            charge = framework.charge(row["days"], phase=row["phase"])
        except InputError as error:
            found["reason"] = str(error)
        else:
            found |= {
                "pays": charge["pays"],
                "school_pays": charge["amount"],
                "marked": charge["marked"],
                "authority_days": row["days"] - charge["pays"],
                "authority_cost": (row["days"] - charge["pays"]) * rate,
            }
        rows.append(found)
    return pl.DataFrame(rows, schema=schema)


def _refuse(frame: pl.DataFrame, broken: pl.Expr, rule: str) -> None:
    wrong = frame.filter(broken)
    if wrong.is_empty():
        return
    examples = ", ".join(f"{row['days']} (urn {row['urn']})" for row in wrong.head(5).iter_rows(named=True))
    msg = f"column 'days': {wrong.height} values {rule}: {examples}"
    raise InputError(msg)


def _capacity(capacity: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    given = charges["days"].sum() if charges.height else None
    planned = pl.when(pl.col("unit") == "days").then(pl.lit(given, dtype=pl.Float64))
    yearly = capacity.filter(pl.col("per") == "year", pl.col("unit").is_in(["days", "visits", "meetings", "schools"]))
    return yearly.select(
        "id", "text", "unit", "amount", planned.alias("planned"), (pl.col("amount") - planned).alias("left"), "line"
    )
