"""Gaps of schools put together for an authority, a trust or a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_text, require_texts
from schoolframe._column_checks import listed
from schoolframe._frames import require_columns
from schoolframe._gap_frames import IDENTITY, gap_frame
from schoolframe._key_columns import key, refuse_repeated
from schoolframe._measured import Measured, accounted
from schoolframe._number_columns import number_columns
from schoolframe.exceptions import InputError
from schoolframe.gaps import gap_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.gaps import Method

__all__ = ["aggregate_gaps"]

_METHODS: tuple[Method, ...] = ("known_sd", "welch", "proportion")
_SIDES = ("group", "reference")
_FIGURES = (
    *("group_mean", "group_n", "reference_mean", "reference_n", "group_sd", "reference_sd"),
    *("gap", "se", "ci_low", "ci_high", "statistic", "p_value"),
)


def aggregate_gaps(
    gaps: object,
    *,
    by: str | Sequence[str] = "la",
    year: str = "year",
    confidence: float = 0.95,
    min_group: int = 6,
) -> Measured:
    """Gaps of schools put together by pupils: for an authority, a trust, a region, never as the mean of school gaps.

    For each side of the gap, ``mean = sum(n * school mean) / sum(n)`` over the schools that show it, and the gap is the
    difference of the two means. With a known standard deviation or shares the interval is that of :func:`gap_test` for
    all these pupils; otherwise the spread of all pupils is put together from that within the schools and that between
    their means, ``(n_total - 1) sd^2 = sum((n - 1) sd_school^2 + n (school mean - mean)^2)``, so that the result is the
    one that :func:`pupil_gaps` would give for the place as a whole.

    A side whose figures are not shown, or that has no pupils, is left out of its own sum alone: a school without
    disadvantaged pupils still counts among the others. Suppressed groups are small, but left out; ``group_left_out``
    and ``reference_left_out`` say how many schools with pupils are. They are no random ones: in published tables most
    are small special schools, so that a gap put together from the others is smaller than that of all pupils.

    Args:
        gaps: Result of :func:`pupil_gaps` or :func:`progress_gaps` with a column that says where each school belongs.
        by: Columns of the place: authority, trust, region.
        year: Column of the year; years are kept apart where it is there. One of another name than ``year`` must be.
        confidence: Level of the intervals.
        min_group: Fewest pupils that both sides must have to be shown.

    Returns:
        A :class:`Measured`. Its frame has one row per place, year and gap: ``by`` and ``year``, the columns measure,
        characteristic, comparison, group and reference that are there, ``schools`` (Int64, with at least one side
        shown), ``group_left_out``, ``reference_left_out`` (Int64, schools whose side is not shown although it has
        pupils or their number is unknown), ``group_mean`` to ``p_value`` as :func:`progress_gaps`, ``significant``,
        ``method`` and ``status``. The account counts the rows of ``gaps``.

        Where the reference is outside the school (``national_other``, ``authority``, ``neighbours``) it must be the
        same for all schools of a place and is taken once.

    Raises:
        InputError: For a reference outside the school that differs within a place, several methods in one gap,
            references that hold the group itself (``all pupils``), a school (``urn``) that is there twice for one gap,
            or columns of the wrong kind.
        UnknownNameError: For a column that does not exist.

    Source: Department for Education: figures of authorities in the performance tables are means of pupils.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({
        ...     "year": 2019, "urn": [1, 2], "la": "936", "P8MEA_FSM6CLA1A": [-0.4, 0.0], "P8PUP_FSM6CLA1A": [30, 10],
        ...     "P8MEA_NFSM6CLA1A": [0.1, 0.3], "P8PUP_NFSM6CLA1A": [100, 60],
        ... })
        >>> whole = sf.aggregate_gaps(sf.progress_gaps(schools, "p8", comparison="within_school"))
        >>> whole.frame.select("schools", "group_n", pl.col("group_mean", "reference_mean", "gap").round(3)).row(0)
        (2, 40.0, -0.3, 0.175, -0.475)
    """
    data = gap_frame(gaps)
    places = list(dict.fromkeys(require_texts(by, "by")))
    if not places:
        msg = "by: name at least one column"
        raise InputError(msg)
    columns = ["group_mean", "group_n", "reference_mean", "reference_n", "group_sd", "reference_sd"]
    require_columns(data, [*places, *columns, "method"], "gaps")
    years = _years(data, require_text(year, "year", "'year'"), places)
    keys = [*places, *years, *[name for name in IDENTITY if name in data.columns and name not in places]]
    require_columns(data, keys, "gaps")
    for name in [*places, *years]:
        data = key(data, name, "gaps")
    data = number_columns(data, ["group_mean", "reference_mean"], "gaps")
    data = number_columns(data, ["group_n", "reference_n", "group_sd", "reference_sd"], "gaps", least=0)
    if "reference" in data.columns and data["reference"].cast(pl.String).str.starts_with("all pupils").any():
        msg = "gaps: 'all pupils' hold the group itself; put together gaps to the other pupils instead"
        raise InputError(msg)
    outside = pl.col("comparison") != "within_school" if "comparison" in data.columns else pl.lit(value=False)
    data = data.with_columns(outside.alias("_outside")).with_columns(_shown(side) for side in _SIDES)
    unplaced = pl.any_horizontal([pl.col(name).is_null() for name in [*places, *years]])
    reasons = [
        (unplaced, f"{' or '.join([*places, *years])} is missing"),
        (~pl.col("_group") & ~pl.col("_reference"), "neither side is shown"),
        (~pl.col("_group") & pl.col("_outside"), "the group is not shown"),
    ]
    rows = accounted(data, reasons)
    data = data.filter(~unplaced)
    _one_method(data, keys)
    _refuse_doubles(data, keys)
    found = data.group_by(keys, maintain_order=True).agg(
        (pl.col("_group") | (pl.col("_reference") & ~pl.col("_outside"))).sum().cast(pl.Int64).alias("schools"),
        pl.col("method").first(),
        pl.col("_outside").first(),
        pl.col("reference_mean").drop_nulls().n_unique().alias("_references"),
        *[expression for side in _SIDES for expression in _side(side)],
    )
    found = _once(found, keys)
    return Measured(_tested(found, keys, confidence, min_group), rows, _notes(found))


def _shown(side: str) -> pl.Expr:
    there = pl.col(f"{side}_mean").is_not_null()
    counted = (pl.col(f"{side}_n") > 0).fill_null(value=False)
    # A figure taken as fixed has no number of pupils.
    fixed = pl.col(f"{side}_n").is_null() & pl.col("_outside") & pl.lit(side == "reference")
    return (there & (counted | fixed)).alias(f"_{side}")


def _side(side: str) -> list[pl.Expr]:
    """Return number, mean and spread of all pupils of a side."""
    shown = pl.col(f"_{side}")
    n, mean, sd = (pl.col(f"{side}_{name}").filter(shown) for name in ("n", "mean", "sd"))
    total = n.sum()
    middle = (n * mean).sum() / total
    around = ((n - 1).clip(0) * pl.when(n > 1).then(sd).otherwise(0.0) ** 2 + n * (mean - middle) ** 2).sum()
    known = pl.when(n > 1).then(sd).otherwise(0.0).is_not_null().all()
    withheld = ~shown & (pl.col(f"{side}_n") != 0).fill_null(value=True)
    return [
        withheld.sum().cast(pl.Int64).alias(f"{side}_left_out"),
        total.alias(f"{side}_n"),
        pl.when(total > 0).then(middle).alias(f"{side}_mean"),
        pl.when(known & (total > 1)).then((around / (total - 1)).sqrt()).alias(f"_{side}_around"),
        pl.col(f"{side}_sd").filter(shown).first().alias(f"_{side}_known"),
        pl.col(f"{side}_mean").filter(shown).first().alias(f"_{side}_first"),
        pl.col(f"{side}_n").filter(shown).first().alias(f"_{side}_first_n"),
    ]


def _years(data: pl.DataFrame, year: str, places: list[str]) -> list[str]:
    """Return the column of the year, if there is one; one that is asked for by name must be there."""
    if year != "year":
        require_columns(data, [year], "gaps")
    return [year] if year in data.columns and year not in places else []


def _refuse_doubles(data: pl.DataFrame, keys: list[str]) -> None:
    """Raise an error for a school that stands twice for one gap: its pupils would count twice."""
    if "urn" in data.columns and "urn" not in keys:
        data = key(data, "urn", "gaps")
        refuse_repeated(data, ["urn", *keys], "gaps", known=["urn"])


def _one_method(data: pl.DataFrame, keys: list[str]) -> None:
    methods = {"nothing" if method is None else method for method in data["method"].cast(pl.String)}
    unknown = sorted(methods - set(_METHODS))
    if unknown:
        msg = f"gaps: column 'method' must hold {', '.join(_METHODS)}, it holds {listed(unknown, ', ')}"
        raise InputError(msg)
    mixed = data.group_by(keys, maintain_order=True).agg(pl.col("method").n_unique()).filter(pl.col("method") > 1)
    if mixed.height:
        shown = [", ".join(map(str, row)) for row in mixed.select(keys).head(6).iter_rows()]
        msg = f"gaps: one gap has several methods: {listed(shown)}"
        raise InputError(msg)


def _once(found: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Take a reference outside the schools once; it must be one."""
    several = found.filter(pl.col("_outside") & (pl.col("_references") > 1))
    if several.height:
        shown = [", ".join(map(str, row)) for row in several.select(keys).head(6).iter_rows()]
        msg = f"gaps: the schools of a place are compared with several references: {listed(shown)}"
        raise InputError(msg)
    outside = pl.col("_outside")
    return found.with_columns(
        pl.when(outside).then("_reference_first").otherwise("reference_mean").alias("reference_mean"),
        pl.when(outside).then("_reference_first_n").otherwise("reference_n").alias("reference_n"),
        pl.when(outside).then("_reference_known").otherwise("_reference_around").alias("_reference_around"),
        pl.when(outside).then(0).otherwise("reference_left_out").alias("reference_left_out"),
    )


def _tested(found: pl.DataFrame, keys: list[str], confidence: float, min_group: int) -> pl.DataFrame:
    parts = []
    for (method, fixed), part in _by_method(found):
        known = method == "known_sd"
        ending = "known" if known else "around"
        unknown = pl.lit(None, dtype=pl.Float64)
        with_spread = part.with_columns(
            (unknown if method == "proportion" else pl.col(f"_{side}_{ending}")).alias(f"{side}_sd") for side in _SIDES
        )
        test = gap_test(
            "group_mean",
            "group_n",
            "reference_mean",
            "reference_n",
            method=method,
            known_sd="group_sd" if known else None,
            sd="group_sd",
            other_sd="reference_sd",
            fixed=fixed,
            confidence=confidence,
            min_group=min_group,
        )
        parts.append(with_spread.with_columns(test.alias("_test")).unnest("_test"))
    hidden = pl.col("status") == "below_minimum"
    names = ["group_mean", "reference_mean", "group_sd", "reference_sd"]
    tested = (
        pl.concat(parts).sort("_row").with_columns([pl.when(~hidden).then(pl.col(name)).alias(name) for name in names])
    )
    significant = ((pl.col("ci_low") > 0) | (pl.col("ci_high") < 0)).alias("significant")
    counted = ("schools", "group_left_out", "reference_left_out")
    return tested.select(*keys, *counted, *_FIGURES, significant, "method", "status")


def _by_method(found: pl.DataFrame) -> list[tuple[tuple[Method, bool], pl.DataFrame]]:
    fixed = pl.col("_outside") & pl.col("reference_n").is_null()
    rows = found.with_row_index("_row").with_columns(fixed.alias("_fixed"), pl.col("method").cast(pl.String))
    if rows.is_empty():
        return [(("known_sd", False), rows)]
    parts = [
        (method, taken, rows.filter(method=method, _fixed=taken)) for method in _METHODS for taken in (False, True)
    ]
    return [((method, taken), part) for method, taken, part in parts if part.height]


def _notes(found: pl.DataFrame) -> tuple[str, ...]:
    notes = []
    for side in _SIDES:
        schools = int(found[f"{side}_left_out"].sum())
        if schools:
            notes.append(f"{side}: left out where it is not shown, {schools:,} times a school and gap")
    return tuple(notes)
