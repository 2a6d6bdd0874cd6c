"""What schools are given against what the paper says, school by school, and against what the authority has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._frames import as_frame, require_columns
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from schoolframe.frameworks import Framework

__all__ = ["KEYS", "capacity_frame", "charge_frame", "limit_frame", "read_amounts", "refuse_repeats"]

KEYS = ["urn", "year", "phase"]
_GIVEN = ["days", "visits", "meetings", "schools"]


def refuse_repeats(assigned: pl.DataFrame) -> None:
    """Raise an error if assignments together hold a school twice in a year and phase: it would be counted twice."""
    repeated = assigned.filter(assigned.select(KEYS).is_duplicated()).select(KEYS).unique(maintain_order=True)
    if repeated.is_empty():
        return
    named = []
    for urn, year, phase in repeated.head(5).iter_rows():
        named.append(f"urn {urn} ({phase})" if year is None else f"urn {urn} ({phase}, {year})")
    more = f", and {repeated.height - 5:,} more" if repeated.height > 5 else ""
    msg = f"assignments: each school may be given once in a year and phase; more than once: {', '.join(named)}{more}"
    raise InputError(msg)


def read_amounts(given: object, unit: str, assigned: pl.DataFrame) -> pl.DataFrame | None:
    """Return the days or visits that schools are given, joined with their categories; None if nothing is given."""
    if given is None:
        return None
    wanted = as_frame(given, argument=unit)
    require_columns(wanted, ["urn", unit], unit)
    # An empty frame, or a column without any value, has no type yet.
    if not (wanted.schema[unit].is_numeric() or wanted.schema[unit] == pl.Null):
        msg = f"{unit}: column '{unit}' must hold numbers, not {wanted.schema[unit]}"
        raise InputError(msg)
    keys = ["urn", "year"] if "year" in wanted.columns else ["urn"]
    for name in keys:
        if not (wanted.schema[name].is_integer() or wanted.schema[name] == pl.Null):
            msg = f"{unit}: column '{name}' must hold whole numbers, not {wanted.schema[name]}"
            raise InputError(msg)
        far = wanted[name].filter(wanted[name].cast(pl.Int64, strict=False).is_null() & wanted[name].is_not_null())
        if not far.is_empty():
            msg = f"{unit}: column '{name}' must hold whole numbers from -2^63 to 2^63 - 1, not {far[0]}"
            raise InputError(msg)
    wanted = wanted.select(pl.col(keys).cast(pl.Int64), pl.col(unit).cast(pl.Float64))
    bad = pl.col(unit).is_null() | ~pl.col(unit).is_finite() | (pl.col(unit) < 0)
    _refuse(wanted.filter(bad), unit, "must be 0 or more")
    _refuse(wanted.filter(wanted.select(keys).is_duplicated()), unit, "must be given once for each school")
    # Assignments without years have a missing year in every row; a frame made from theirs has the same.
    strange = wanted.join(assigned, on=keys, how="anti", nulls_equal=True)
    _refuse(strange, unit, "belong to schools that were not assigned")
    return wanted.join(assigned, on=keys, how="left", nulls_equal=True, maintain_order="left")


def _refuse(wrong: pl.DataFrame, unit: str, rule: str) -> None:
    if wrong.is_empty():
        return
    examples = ", ".join(f"{row[unit]} (urn {row['urn']})" for row in wrong.head(5).iter_rows(named=True))
    values = "value" if wrong.height == 1 else "values"
    msg = f"{unit}: column '{unit}': {wrong.height} {values} {rule}: {examples}"
    raise InputError(msg)


def charge_frame(framework: Framework, given: pl.DataFrame | None) -> pl.DataFrame:
    """Return what each school pays for its days by the table of the paper, and what is left to the authority."""
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
    if given is None:
        return pl.DataFrame(schema=schema)
    rate = framework.charges()["rate"].first() or 0.0
    rows = []
    for row in given.iter_rows(named=True):
        found: dict[str, Any] = {name: row[name] for name in (*KEYS, "category", "days")}
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


def limit_frame(given: dict[str, pl.DataFrame], support: pl.DataFrame) -> pl.DataFrame:
    """Return what each school is given beside the least and the most its category has, unit by unit.

    Where variants exclude each other and none was chosen, the range spans all of them.
    """
    columns = [*KEYS, "category", "unit", "given", "least", "most", "within", "reason"]
    schema = dict.fromkeys(columns, pl.Float64()) | {"urn": pl.Int64(), "year": pl.Int64(), "within": pl.Boolean()}
    schema |= dict.fromkeys(("phase", "category", "unit", "reason"), pl.String())
    found = [pl.DataFrame(schema=schema)]
    for unit, frame in given.items():
        ranges = _ranges(support.filter(pl.col("unit") == unit, pl.col("a_year").is_not_null()))
        rows = frame.with_columns(pl.lit(unit).alias("unit"), pl.col(unit).alias("given")).join(
            ranges, on=KEYS, how="left", nulls_equal=True, maintain_order="left"
        )
        over, under = pl.col("given") > pl.col("most"), pl.col("given") < pl.col("least")
        number = "given", "most", "least"
        figure = {name: pl.col(name).cast(pl.String).str.strip_suffix(".0") for name in number}
        reason = (
            pl.when(pl.col("category").is_null() & pl.col("least").is_null())
            .then(pl.lit("the category is open"))
            .when(pl.col("least").is_null())
            .then(pl.format("the paper names no number of {} for category {}", pl.lit(unit), "category"))
            .when(over)
            .then(pl.format("{} {} are more than the {} of the paper", figure["given"], pl.lit(unit), figure["most"]))
            .when(under)
            .then(pl.format("{} {} are fewer than the {} of the paper", figure["given"], pl.lit(unit), figure["least"]))
        )
        within = pl.when(pl.col("least").is_not_null()).then(~(over.fill_null(value=False) | under))
        open_top = pl.when(pl.col("most").is_finite()).then("most")
        found.append(
            rows.with_columns(reason.alias("reason"), within.alias("within"), open_top.alias("most"))
            .select(columns)
            .cast(schema)  # type: ignore[arg-type]  # names with types are a schema
        )
    return pl.concat(found)


def _ranges(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the least and most a year of each school: what always counts, and the extremes of its variants."""
    certain = (pl.col("decision") == "must") & pl.col("bound").is_in(["exactly", "at_least"])
    sums = rows.group_by(*KEYS, "variant", maintain_order=True).agg(
        pl.when(certain).then("a_year").otherwise(0.0).sum().alias("least"),
        pl.when(pl.col("bound") == "at_least").then(float("inf")).otherwise("a_year").sum().alias("most"),
    )
    always = pl.col("variant").is_null()
    return sums.group_by(KEYS, maintain_order=True).agg(
        pl.col("least").filter(always).sum() + pl.col("least").filter(~always).min().fill_null(0.0),
        pl.col("most").filter(always).sum() + pl.col("most").filter(~always).max().fill_null(0.0),
    )


def capacity_frame(capacity: pl.DataFrame, years: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """Return what there is and what the paper reckons to need in each year; only what there is can be planned against.

    A capacity is one of a year, so the days of several years are never added up.
    """
    yearly = capacity.filter(pl.col("per") == "year", pl.col("unit").is_in(_GIVEN), pl.col("kind") != "budget")
    given = charges.group_by("year").agg(pl.col("days").sum().alias("given"))
    there = (pl.col("kind") == "available") & (pl.col("unit") == "days")
    return (
        years.join(yearly, how="cross", maintain_order="left_right")
        .join(given, on="year", how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.when(there).then("given").alias("planned"))
        .select(
            "year",
            "id",
            "kind",
            "text",
            "unit",
            "amount",
            "planned",
            (pl.col("amount") - pl.col("planned")).alias("left"),
            "line",
        )
    )
