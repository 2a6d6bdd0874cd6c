"""Two frameworks, or two versions or readings of one: which clauses differ, and which schools move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._clauses import clauses, match
from schoolframe._comparison import Application, compared, for_schools, ranks
from schoolframe._frames import as_frame
from schoolframe._notebooks import as_html
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.frameworks import Framework

if TYPE_CHECKING:
    from schoolframe._assignment import Assignment
    from schoolframe._clauses import Clause, Match
    from schoolframe._comparison import Invalid, OutOfForce
    from schoolframe._moves import Moves

__all__ = ["FrameworkDiff", "diff"]

_CHANGES = ("added", "removed", "changed", "same")


@dataclass(frozen=True, eq=False, repr=False)
class FrameworkDiff:
    """What differs between two frameworks.

    Attributes:
        a: The first framework.
        b: The second.
        clauses: One row per clause, those of ``a`` in their order, then those that only ``b`` has: ``change``
            (``added``, ``removed``, ``changed``, ``same``), ``list`` (criterion, flag, dataset, policy and so on),
            ``a_id``, ``b_id``, ``a_line``, ``b_line``, ``a_category``, ``b_category``, ``a_text``, ``b_text``,
            ``a_test``, ``b_test``; ``differs``: what changed, by name; ``matched_by``: ``id`` or ``indicators``, and
            for the latter the ``distance``. A ``line`` that differs alone is no change.
        thresholds: One row per name of a threshold: ``change``, ``name``, ``a_value``, ``b_value``, ``a_unit``,
            ``b_unit``, ``a_line``, ``b_line``, ``a_text``, ``b_text``; changed if value or unit are.
        moves: The schools under ``a`` and under ``b``, if a frame was given.
        note: How the categories were compared.

    Example:
        >>> import schoolframe as sf
        >>> from schoolframe.framework_diff import diff
        >>> southend = sf.Framework.load("southend_2017")
        >>> diff(southend, southend.with_threshold("close_margin", 4))
        FrameworkDiff(southend_2017 against southend_2017: 1 clause changed, 0 added, 0 removed; 1 threshold differs)
    """

    a: Framework
    b: Framework
    clauses: pl.DataFrame
    thresholds: pl.DataFrame
    moves: Moves | None
    note: str

    def summary(self) -> pl.DataFrame:
        """Count the clauses by list and change.

        Returns:
            One row per list: ``list``, ``added``, ``removed``, ``changed``, ``same``.

        Example:
            >>> import schoolframe as sf
            >>> from schoolframe.framework_diff import diff
            >>> southend = sf.Framework.load("southend_2017")
            >>> table = diff(southend, southend.with_reading("AMB-S17-BLUE", "B")).summary()
            >>> table.filter(pl.col("list") == "policy").row(0)
            ('policy', 0, 0, 1, 3)
        """
        counts = [(pl.col("change") == change).sum().cast(pl.Int64).alias(change) for change in _CHANGES]
        return self.clauses.group_by("list", maintain_order=True).agg(counts)

    def __len__(self) -> int:
        """Number of clauses."""
        return self.clauses.height

    def __repr__(self) -> str:
        """Return both names and how many clauses and thresholds differ."""
        counts = dict(self.clauses["change"].value_counts().iter_rows())
        changed = counts.get("changed", 0)
        limits = self.thresholds.filter(pl.col("change") != "same").height
        moves = "" if self.moves is None else f"; {self.moves!r}"
        return (
            f"FrameworkDiff({self.a.name} against {self.b.name}: {changed} {'clause' if changed == 1 else 'clauses'} "
            f"changed, {counts.get('added', 0)} added, {counts.get('removed', 0)} removed; {limits} "
            f"{'threshold differs' if limits == 1 else 'thresholds differ'}{moves})"
        )

    def _repr_html_(self) -> str:
        return as_html([repr(self), self.note], self.clauses.filter(pl.col("change") != "same"))


def diff(
    a: Framework,
    b: Framework,
    frame: object | None = None,
    *,
    phase: str | None = None,
    categories: Mapping[str, str] | None = None,
    invalid: Invalid = "raise",
    out_of_force: OutOfForce = "raise",
) -> FrameworkDiff:
    """Compare two frameworks clause by clause, and on data school by school.

    Clauses are matched by id, so that versions and readings of one framework line up. What is left is matched across
    two papers by what it tests: the distance of two clauses of the same list (both with a category or both without)
    is ``1 - shared indicators / all indicators + difference of the places of their categories``, each place from 0
    (best) to 1 (worst) on its own scale; comparators and earlier years count as their indicator. Pairs nearer than 0.5
    are taken from the nearest on, one to one; of equal distances first those with the same role, then in the order of
    both files. Words are never compared. What stays alone is added or removed.

    A clause matched by id is ``changed`` if its category, text, test or role differs, one matched across papers if its
    test, role or (where the categories can be compared) its category does. Facts that a criterion shows and does not
    decide by are no part of its test. Under two papers only criteria that were matched say why a school moves.

    Args:
        a: A framework.
        b: Another one, or the same under other readings or thresholds.
        frame: Evidence, as for :meth:`Framework.assign`, to see which schools move; needs ``phase``.
        phase: The phase: clauses that do not apply in it are left out.
        categories: For each category of ``a`` the one of ``b`` that it corresponds to, for the direction of moves.
            Without it categories are compared by name if both have the same ones, by place if there are equally many,
            and otherwise not at all: direction is then missing, and :attr:`FrameworkDiff.note` says so.
        invalid: As for :meth:`Framework.assign`.
        out_of_force: As for :meth:`Framework.assign`; papers of different years need ``"allow"`` for dated data.

    Returns:
        The differences.

    Raises:
        InputError: For a frame without a phase, and for everything that :meth:`Framework.assign` refuses, with the
            framework that refuses it.
        UnknownNameError: For a phase or a category that does not exist.

    Example:
        >>> import schoolframe as sf
        >>> from schoolframe.framework_diff import diff
        >>> southend = sf.Framework.load("southend_2017")
        >>> changes = diff(southend, southend.with_threshold("close_margin", 4))
        >>> changes.clauses.filter(pl.col("change") == "changed").select("a_id", "a_line", "differs").row(0)
        ('SOU17-ALL-Green-05', 451, ['test'])
        >>> changes.thresholds.filter(pl.col("change") == "changed").select("name", "a_value", "b_value").row(0)
        ('close_margin', 5.0, 4.0)
    """
    for one, argument in ((a, "a"), (b, "b")):
        if not isinstance(one, Framework):
            msg = f"{argument}: a Framework is needed, not {type(one).__qualname__}"
            raise InputError(msg)
        if phase is not None and phase not in one.phases:
            msg = f"phase: {one.name} has no phase {phase!r}. There are: {', '.join(one.phases)}."
            raise UnknownNameError(msg)
    scales, note = _scales(a, b, categories)
    pairs = match(clauses(a, phase), clauses(b, phase))
    moves = None
    if frame is not None:
        if phase is None:
            msg = "phase: name the phase under whose rules the schools are to be compared"
            raise InputError(msg)
        evidence = as_frame(frame)
        application = Application(phase, invalid, out_of_force)
        before, after = (_assign(one, evidence, application) for one in (a, b))
        # Versions of one paper share ids; of two papers only the criteria that stand for each other can be compared.
        shared = any(one.matched_by == "id" and one.a is not None and one.a.kind == "criterion" for one in pairs)
        same = None if shared or a.name == b.name else {one.a.id: one.b.id for one in pairs if one.a and one.b}
        again = for_schools(evidence, a, b, application)
        moves = compared(before, after, again, scales=scales, same=same, note=note)
    return FrameworkDiff(a, b, _table(pairs, scales), _thresholds(a, b), moves, note)


def _assign(framework: Framework, evidence: pl.DataFrame, application: Application) -> Assignment:
    try:
        return application.assign(framework, evidence)
    except InputError as error:
        msg = f"under {framework.name}: {error}"
        raise InputError(msg) from error


def _scales(
    a: Framework, b: Framework, categories: Mapping[str, str] | None
) -> tuple[tuple[dict[str, int], dict[str, int]] | None, str]:
    """Return the ranks of both sets of categories on the scale of ``b``, and how they were found."""
    first, second = a.category_names, b.category_names
    places = ranks(second)
    if categories is not None:
        if not isinstance(categories, Mapping):
            shown = type(categories).__qualname__
            msg = f"categories: a mapping from categories of {a.name} to those of {b.name} is needed, not {shown}"
            raise InputError(msg)
        for given, existing, name in ((categories, first, a.name), (categories.values(), second, b.name)):
            strange = [one for one in given if one not in existing]
            if strange:
                msg = f"categories: '{strange[0]}' is no category of {name}. There are: {', '.join(existing)}."
                raise UnknownNameError(msg)
        left = [one for one in first if one not in categories]
        note = "categories are compared as given: " + ", ".join(f"{one} as {to}" for one, to in categories.items())
        note += f"; without a counterpart, and so without a direction: {', '.join(left)}" if left else ""
        return ({one: places[to] for one, to in categories.items()}, places), note
    if first == second:
        return (places, places), "both have the same categories"
    if len(first) == len(second):
        shown = ", ".join(f"{one} as {to}" for one, to in zip(first, second, strict=True))
        return (ranks(first), places), f"categories are compared by their place: {shown}"
    note = (
        f"direction is not given: {a.name} has {len(first)} categories ({', '.join(first)}) and {b.name} {len(second)} "
        f"({', '.join(second)}); say with categories= which correspond"
    )
    return None, note


def _table(pairs: list[Match], scales: tuple[dict[str, int], dict[str, int]] | None) -> pl.DataFrame:
    rows = []
    for pair in pairs:
        a, b = pair.a, pair.b
        differs = [] if a is None or b is None else _differs(a, b, pair.matched_by == "id", scales)
        decisive = [name for name in differs if name != "line"]
        alone = "added" if a is None else "removed" if b is None else None
        row: dict[str, Any] = {"change": alone or ("changed" if decisive else "same")}
        row["list"] = next(one.kind for one in (a, b) if one is not None)
        for side, one in (("a", a), ("b", b)):
            for name in ("id", "line", "category", "text", "test"):
                row[f"{side}_{name}"] = None if one is None else getattr(one, name)
        rows.append(row | {"differs": differs, "matched_by": pair.matched_by, "distance": pair.distance})
    schema: dict[str, Any] = {"change": pl.String, "list": pl.String}
    for name, dtype in (("id", pl.String), ("line", pl.Int64), ("category", pl.String)):
        schema |= {f"a_{name}": dtype, f"b_{name}": dtype}
    schema |= dict.fromkeys(("a_text", "b_text", "a_test", "b_test"), pl.String)
    schema |= {"differs": pl.List(pl.String), "matched_by": pl.String, "distance": pl.Float64}
    return pl.DataFrame(rows, schema=schema)


def _differs(a: Clause, b: Clause, by_id: bool, scales: tuple[dict[str, int], dict[str, int]] | None) -> list[str]:
    """Name what differs; across papers categories differ by place, and texts and lines always."""
    found = []
    if by_id:
        found += ["category"] if a.category != b.category else []
        found += ["text"] if a.text != b.text else []
    elif scales is not None and a.category is not None and b.category is not None:
        found += ["category"] if scales[0].get(a.category) != scales[1].get(b.category) else []
    found += ["test"] if a.test != b.test else []
    found += ["indicators"] if a.indicators != b.indicators else []
    found += [name for (name, one), (_, other) in zip(a.facts, b.facts, strict=True) if one != other]
    found += ["line"] if by_id and a.line != b.line else []
    return found


def _thresholds(a: Framework, b: Framework) -> pl.DataFrame:
    columns = ("value", "unit", "line", "text")
    sides = [
        one.thresholds().select("name", *(pl.col(name).alias(f"{side}_{name}") for name in columns))
        for one, side in ((a, "a"), (b, "b"))
    ]
    both = sides[0].join(sides[1], on="name", how="full", coalesce=True, maintain_order="left_right")
    known = set(a.thresholds()["name"]), set(b.thresholds()["name"])
    differ = pl.col("a_value").ne_missing(pl.col("b_value")) | pl.col("a_unit").ne_missing(pl.col("b_unit"))
    change = (
        pl.when(~pl.col("name").is_in(list(known[0])))
        .then(pl.lit("added"))
        .when(~pl.col("name").is_in(list(known[1])))
        .then(pl.lit("removed"))
        .when(differ)
        .then(pl.lit("changed"))
        .otherwise(pl.lit("same"))
    )
    return both.select(change.alias("change"), "name", *(f"{side}_{name}" for name in columns for side in ("a", "b")))
