"""Two assignments of the same schools, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._column_checks import listed, schools
from schoolframe._notebooks import as_html
from schoolframe._scale import SETTLED
from schoolframe._truths import KEYS
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe._assignment import Assignment

__all__ = ["DIRECTIONS", "Moves", "side_by_side"]

DIRECTIONS = ("better", "worse", "opened", "settled", "unchanged")


@dataclass(frozen=True, eq=False, repr=False)
class Moves:
    """What becomes of each school under other rules or other evidence.

    Attributes:
        frame: One row per school and year in the order of the first assignment: ``urn``, ``year``, ``before``,
            ``after`` (categories; that of a candidate is the one a person may decide on), ``status_before``,
            ``status_after``, ``possible_before``, ``possible_after``; ``direction``: ``better`` or ``worse`` between
            two categories, ``opened`` and ``settled`` where a category is no longer, or now, as firmly held (none, then
            candidate, then settled by the rules), else ``unchanged``; missing where two scales cannot be compared;
            ``results``: what else of the result differs, in words (level of support, stage of concern, mark, category
            in each phase that the phase is made of);
            ``changed``: whether category, status, set of possible categories (where the scales can be compared) or a
            result differ; ``why``: for these schools the criteria whose truth differs, in words.
        note: What has to be said about the comparison as a whole.
        no_effect: Why nothing changed for any school; missing if something did.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> from schoolframe._what_if import what_if
        >>> schools = pl.DataFrame({"urn": [100000, 100001], "safety_threatened": [True, None]})
        >>> southend = sf.Framework.load("southend_2017")
        >>> what_if(southend, schools, phase="primary", readings={"AMB-S17-BLUE": "B"})
        Moves(2 schools: 1 opened, 1 unchanged)
    """

    frame: pl.DataFrame
    note: str | None = None
    no_effect: str | None = None

    @property
    def changed(self) -> pl.DataFrame:
        """The schools for which anything differs: category, status, set of possible categories or a result."""
        return self.frame.filter("changed")

    def summary(self) -> pl.DataFrame:
        """Count the schools by direction.

        Returns:
            One row per direction, those without schools too: ``direction``, ``schools``, ``share`` (per cent),
            ``candidates``: how many of them are candidates before or after, so that a person decides. A last row
            without a direction counts schools whose two scales cannot be compared, if there are any.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> from schoolframe._what_if import what_if
            >>> schools = pl.DataFrame({"urn": [100000, 100001], "safety_threatened": [True, None]})
            >>> moves = what_if(
            ...     sf.Framework.load("southend_2017"), schools, phase="primary", readings={"AMB-S17-BLUE": "B"}
            ... )
            >>> moves.summary().filter(pl.col("schools") > 0).rows()
            [('opened', 1, 50.0, 1), ('unchanged', 1, 50.0, 0)]
        """
        candidate = (pl.col("status_before") == "candidate") | (pl.col("status_after") == "candidate")
        counts = self.frame.group_by("direction").agg(
            schools=pl.len().cast(pl.Int64), candidates=candidate.sum().cast(pl.Int64)
        )
        rows: list[str | None] = [*DIRECTIONS]
        rows += [None] if self.frame["direction"].null_count() else []
        total = self.frame.height
        share = pl.when(total > 0).then(100 * pl.col("schools") / total)
        return (
            pl.DataFrame({"direction": rows}, schema={"direction": pl.String})
            .join(counts, on="direction", how="left", nulls_equal=True, maintain_order="left")
            .with_columns(pl.col("schools", "candidates").fill_null(0))
            .select("direction", "schools", share.alias("share"), "candidates")
        )

    def __len__(self) -> int:
        """Number of rows."""
        return self.frame.height

    def __repr__(self) -> str:
        """Return how many schools moved in which direction."""
        counts = self.summary().filter(pl.col("schools") > 0)
        said = [f"{count} {direction or 'not compared'}" for direction, count, *_ in counts.iter_rows()]
        noun = "school" if self.frame.height == 1 else "schools"
        return f"Moves({self.frame.height} {noun}{': ' if said else ''}{', '.join(said)})"

    def _repr_html_(self) -> str:
        return as_html([repr(self), *(text for text in (self.note, self.no_effect) if text)], self.frame)


def side_by_side(
    before: Assignment, after: Assignment, *, scales: tuple[Mapping[str, int], Mapping[str, int]] | None
) -> pl.DataFrame:
    """Join two assignments of the same schools; directions follow from the ranks of categories, 0 the best.

    ``scales`` holds the ranks before and after. Without them, or for a category without one, the direction between two
    categories is missing.
    """
    frames = [
        one.frame.select(
            *KEYS,
            pl.col("category").alias(name),
            pl.col("status").alias(f"status_{name}"),
            pl.col("possible").alias(f"possible_{name}"),
        )
        for one, name in ((before, "before"), (after, "after"))
    ]
    _check_schools(*frames)
    results = _results(before.frame, after.frame, before.framework.phases)
    joined = frames[0].join(frames[1], on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    both = (None, None) if scales is None else scales
    old, new = (_rank(pl.col(name), scale) for name, scale in zip(("before", "after"), both, strict=True))
    firmness = [
        pl.when(pl.col(name).is_null()).then(0).when(pl.col(f"status_{name}").is_in(list(SETTLED))).then(2).otherwise(1)
        for name in ("before", "after")
    ]
    two = pl.col("before").is_not_null() & pl.col("after").is_not_null()
    direction = (
        pl.when(two & (old.is_null() | new.is_null()))
        .then(None)
        .when(two & (new < old))
        .then(pl.lit("better"))
        .when(two & (new > old))
        .then(pl.lit("worse"))
        .when(firmness[1] < firmness[0])
        .then(pl.lit("opened"))
        .when(firmness[1] > firmness[0])
        .then(pl.lit("settled"))
        .otherwise(pl.lit("unchanged"))
    )
    possible = [
        pl.lit(0) if not scale else _ranked(f"possible_{name}", scale)
        for name, scale in zip(("before", "after"), both, strict=True)
    ]
    differs = (
        direction.ne_missing("unchanged")
        | pl.col("status_before").ne_missing(pl.col("status_after"))
        | possible[0].ne_missing(possible[1])
        | (pl.col("results").list.len() > 0)
    )
    joined = joined.join(results, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    return joined.select(
        *KEYS,
        "before",
        "after",
        "status_before",
        "status_after",
        "possible_before",
        "possible_after",
        direction=direction,
        results="results",
        changed=differs,
    )


def _results(before: pl.DataFrame, after: pl.DataFrame, phases: Sequence[str]) -> pl.DataFrame:
    """Say which other results differ, by school.

    Results of the framework have ``x_by_decision`` beside ``x``; the mark of a gate and, for a phase made of others,
    the category in each of these stand alone.
    """
    ends = "_by_decision"
    names = [name.removesuffix(ends) for name in before.columns if name.endswith(ends)]
    names += [name for name in ("mark", *(f"{phase}_category" for phase in phases)) if name in before.columns]
    names = [name for name in names if name in after.columns]
    if not names:
        return before.select(*KEYS, pl.lit([], dtype=pl.List(pl.String)).alias("results"))
    both = before.join(after, on=KEYS, how="left", nulls_equal=True, suffix="_after", maintain_order="left")
    said = []
    for name in names:
        was, now = (
            _result(f"{name}{side}", f"{name}{ends}{side}" if f"{name}{ends}" in before.columns else None)
            for side in ("", "_after")
        )
        said.append(pl.when(was != now).then(pl.format(f"{name}: {{}}, was {{}}", now, was)))
    return both.select(*KEYS, pl.concat_list(said).list.drop_nulls().alias("results"))


def _result(value: str, decision: str | None) -> pl.Expr:
    shown = pl.col(value).fill_null("none")
    if decision is None:
        return shown
    return pl.when(pl.col(decision).fill_null(value=False)).then(shown + " if a person decides so").otherwise(shown)


def _ranked(possible: str, scale: Mapping[str, int]) -> pl.Expr:
    """Return a set of categories as the ranks of its members; two papers name the same place differently."""
    named = pl.element().replace_strict(list(scale), list(scale.values()), default=None, return_dtype=pl.Int64)
    return pl.col(possible).list.eval(named).list.unique().list.sort()


def _rank(category: pl.Expr, ranks: Mapping[str, int] | None) -> pl.Expr:
    if not ranks:
        return pl.lit(None, dtype=pl.Int64)
    return category.replace_strict(list(ranks), list(ranks.values()), default=None, return_dtype=pl.Int64)


def _check_schools(before: pl.DataFrame, after: pl.DataFrame) -> None:
    for one, other, lacking in ((before, after, "after"), (after, before, "before")):
        alone = one.join(other, on=KEYS, how="anti", nulls_equal=True)
        if not alone.is_empty():
            noun, verb = ("school", "is") if alone.height == 1 else ("schools", "are")
            msg = (
                f"{lacking}: {alone.height} {noun} of the other assignment {verb} missing: {listed(schools(alone))}; "
                "both must be of the same schools and years (category_history follows schools over time)"
            )
            raise InputError(msg)
