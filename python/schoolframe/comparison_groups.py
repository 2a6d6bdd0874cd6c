"""Comparison groups: which schools a school is set beside, and how its figures stand among theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_text
from schoolframe._column_checks import whole_numbers, words
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import refuse_repeated, years_as_keys
from schoolframe._measured import Measured
from schoolframe._notebooks import as_html
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMPARISONS", "ComparisonGroups", "comparison_groups"]

COMPARISONS = ("authority", "statistical_neighbours", "similar_schools", "national", "national_type")
"""Names of the comparison groups, in the order in which they are shown."""


@dataclass(frozen=True, eq=False, repr=False)
class ComparisonGroups:
    """The comparison groups of schools, made by :func:`comparison_groups`.

    Attributes:
        schools: Which group each school is set beside: ``year`` if there was one, ``urn``, ``comparison``, ``group``
            (its name, String; missing where the school has none) and ``reason`` (why it has none).
        members: The schools of each group: ``year`` if there was one, ``comparison``, ``group``, ``urn``.
        notes: What each comparison is.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"urn": [1, 2, 3], "la": ["882"] * 3, "phase": ["primary", "primary", "special"]})
        >>> sf.comparison_groups(schools)
        ComparisonGroups(3 schools: authority 2 groups, national 2 groups)
    """

    schools: pl.DataFrame
    members: pl.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def comparisons(self) -> list[str]:
        """Names of the comparisons that were made, in order."""
        there = set(self.schools["comparison"].unique())
        return [name for name in COMPARISONS if name in there]

    @property
    def by_year(self) -> bool:
        """Whether a school may belong to other groups in other years."""
        return "year" in self.schools.columns

    def sizes(self) -> pl.DataFrame:
        """Count the schools of every group.

        Returns:
            One row per group: ``comparison``, ``group``, ``year`` if there was one, and ``schools`` (Int64).

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": [1, 2], "la": ["882", "881"], "phase": ["primary", "primary"]})
            >>> sf.comparison_groups(schools).sizes().rows()
            [('authority', '881, primary', 1), ('authority', '882, primary', 1), ('national', 'primary', 2)]
        """
        keys = ["comparison", "group", *(["year"] if self.by_year else [])]
        counts = self.members.group_by(keys).agg(schools=pl.len().cast(pl.Int64))
        return counts.sort(pl.col("comparison").cast(pl.Enum(COMPARISONS)), *keys[1:])

    def __repr__(self) -> str:
        """Return how many schools there are, and how many groups by comparison."""
        groups = self.members.group_by("comparison").agg(pl.col("group").n_unique())
        counts = dict(groups.iter_rows())
        told = ", ".join(f"{name} {_counted(counts.get(name, 0), 'group')}" for name in self.comparisons)
        return f"ComparisonGroups({_counted(self.schools['urn'].n_unique(), 'school')}: {told})"

    def _repr_html_(self) -> str:
        return as_html([repr(self), *self.notes], self.sizes())


def comparison_groups(
    frame: object,
    *,
    phase: str = "phase",
    la: str | None = "la",
    school_type: str | None = None,
    neighbours: object = None,
    similar: object = None,
) -> ComparisonGroups:
    """Put every school beside its authority, its authority's statistical neighbours, similar schools and England.

    Every comparison is with schools of the same phase, in the same year where there are years:

    - ``authority``: all schools of the authority, the school itself too.
    - ``statistical_neighbours``: all schools of the authorities listed as neighbours of its authority; its own
      authority is not among them, even if it is listed.
    - ``similar_schools``: the schools that :func:`similar_schools` found for it; never itself.
    - ``national``: all schools of the phase in ``frame``, the school itself too.
    - ``national_type``: those of the same type as well.

    Give schools of all England, whatever the schools of interest are: groups are made of the rows of this frame alone.

    Args:
        frame: One row per school (and year): ``urn``, the phase, the authority and perhaps ``year`` and the type.
        phase: Column of the phase.
        la: Column of the authority's number; None leaves out ``authority`` and ``statistical_neighbours``.
        school_type: Column of the type of school; without it there is no ``national_type``.
        neighbours: What :func:`read_statistical_neighbours` returns, or a frame with ``la`` and ``neighbour_la``.
        similar: What :func:`similar_schools` returns, or a frame with ``urn``, ``neighbour_urn`` and perhaps ``year``.

    Returns:
        The groups. A school without one has a row that says why; rows without ``urn`` or ``year`` are counted in the
        notes.

    Raises:
        InputError: For a school given twice in a year, a URN that is no whole number, neighbours without ``la``, or
            similar schools of other years than the frame has.
        UnknownNameError: For a column that is not there.

    Source: statistical neighbours: Department for Education, local authority interactive tool.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> groups = sf.comparison_groups(sf.samples.register(), neighbours=sf.samples.statistical_neighbours())
        >>> groups.sizes().filter(group="882, primary").rows()
        [('authority', '882, primary', 2018, 33), ('statistical_neighbours', '882, primary', 2018, 1216)]
    """
    data = as_frame(frame)
    years = ["year"] if "year" in data.columns else []
    require_text(phase, "phase", "'phase'")
    texts = list(dict.fromkeys(name for name in (phase, la, school_type) if name is not None))
    require_columns(data, ["urn", *texts, *years])
    data = whole_numbers(data, "urn", "frame")
    if years:
        data = years_as_keys(data, "frame")
    for name in texts:
        data = words(data, name, "frame", numbers=True)
    refuse_repeated(data, ["urn", *years], known=["urn", *years])
    named = data.select(*years, "urn", *texts).drop_nulls(["urn", *years])
    maker = _Maker(named, years, phase)
    if named.height < data.height:
        maker.notes.append(
            f"rows without urn{' or year' if years else ''}, in no group: {data.height - named.height:,}"
        )
    if la is not None:
        maker.by_columns("authority", [la], "all schools of the authority and phase")
    if neighbours is not None:
        if la is None:
            msg = "neighbours: the authority of each school is needed, name its column with la="
            raise InputError(msg)
        maker.neighbours(la, as_frame(neighbours, "neighbours"))
    if similar is not None:
        found = similar.frame if isinstance(similar, Measured) else as_frame(similar, "similar")
        maker.similar(found)
    maker.by_columns("national", [], "all schools of the phase")
    if school_type is not None:
        maker.by_columns("national_type", [school_type], "all schools of the phase and type")
    return ComparisonGroups(pl.concat(maker.schools), pl.concat(maker.members), tuple(maker.notes))


class _Maker:
    """Gathers the groups of one frame, comparison by comparison."""

    def __init__(self, data: pl.DataFrame, years: list[str], phase: str) -> None:
        self.data, self.years, self.phase = data, years, phase
        self.schools: list[pl.DataFrame] = []
        self.members: list[pl.DataFrame] = []
        self.notes: list[str] = []

    def by_columns(self, comparison: str, columns: Sequence[str], note: str) -> None:
        """Add groups of schools that agree in the columns and the phase."""
        grouped = self._grouped([*columns, self.phase])
        self._add(comparison, grouped, grouped.filter(pl.col("group").is_not_null()), note)

    def neighbours(self, la: str, listed: pl.DataFrame) -> None:
        """Add groups of all schools of the phase in the neighbour authorities."""
        require_columns(listed, ["la", "neighbour_la"], "neighbours")
        for name in ("la", "neighbour_la"):
            listed = words(listed, name, "neighbours", numbers=True)
        pairs = (
            listed.select(pl.col("la").alias("_of"), pl.col("neighbour_la").alias(la))
            .filter(pl.col("_of") != pl.col(la))
            .unique()
        )
        unlisted = pl.col(la).is_not_null() & ~pl.col(la).is_in(pairs["_of"].unique().to_list())
        asking = self._grouped([la, self.phase], {"the authority has no neighbours in the list": unlisted})
        known = self.data.filter(pl.col(self.phase).is_not_null()).join(pairs, on=la, how="inner")
        members = known.with_columns(pl.concat_str("_of", self.phase, separator=", ").alias("group"))
        members = members.join(asking.select(*self.years, "group"), on=[*self.years, "group"], how="semi")
        self._add("statistical_neighbours", asking, members, "all schools of the phase in the neighbour authorities")

    def similar(self, found: pl.DataFrame) -> None:
        """Add one group for every school with similar ones."""
        require_columns(found, ["urn", "neighbour_urn"], "similar")
        if self.years and "year" not in found.columns:
            msg = "similar: the schools have years, so the similar ones need a column 'year' too"
            raise InputError(msg)
        found = whole_numbers(whole_numbers(found, "urn", "similar"), "neighbour_urn", "similar")
        if self.years:
            found = years_as_keys(found, "similar", self.data.schema["year"])
        keys = [*self.years, "urn"]
        pairs = found.select(*keys, "neighbour_urn").unique().with_columns(pl.col("urn").cast(pl.String).alias("group"))
        alone = self.data.join(pairs, on=keys, how="anti").select(*keys, pl.lit(value=True).alias("_alone"))
        asking = self.data.join(alone, on=keys, how="left", maintain_order="left").with_columns(
            pl.when(pl.col("_alone").is_null()).then(pl.col("urn").cast(pl.String)).alias("group"),
            pl.when("_alone").then(pl.lit("no similar schools were found")).alias("reason"),
        )
        members = pairs.join(asking.select(keys), on=keys, how="semi")
        members = members.select(*self.years, "group", pl.col("neighbour_urn").alias("urn"))
        self._add("similar_schools", asking, members, "the schools found most similar, never the school itself")

    def _grouped(self, columns: list[str], refused: dict[str, pl.Expr] | None = None) -> pl.DataFrame:
        """Return the schools with the name of their group, or why they have none."""
        reason = pl.lit(None, dtype=pl.String)
        for why, rule in (refused or {}).items():
            reason = pl.when(rule).then(pl.lit(why)).otherwise(reason)
        for name in columns:
            reason = pl.when(pl.col(name).is_null()).then(pl.lit(f"{name} is missing")).otherwise(reason)
        text = pl.concat_str(columns, separator=", ")
        data = self.data.with_columns(reason.alias("reason"))
        return data.with_columns(pl.when(pl.col("reason").is_null()).then(text).alias("group"))

    def _add(self, comparison: str, asking: pl.DataFrame, members: pl.DataFrame, note: str) -> None:
        name = pl.lit(comparison).alias("comparison")
        self.schools.append(asking.select(*self.years, "urn", name, "group", "reason"))
        self.members.append(members.select(*self.years, name, "group", "urn").sort(*self.years, "group", "urn"))
        self.notes.append(f"{comparison}: {note}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
