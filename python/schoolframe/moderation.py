"""Moderation: what people decide about categories, kept apart from what the rules give, and audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._assignment import Assignment
from schoolframe._audit import audit
from schoolframe._column_checks import refuse, schools
from schoolframe._decisions import match_schools, read_decisions
from schoolframe._notebooks import as_html
from schoolframe._scale import direction, settled, steps
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from schoolframe.frameworks import Framework

__all__ = ["Moderation", "moderate"]


@dataclass(frozen=True, eq=False, repr=False)
class Moderation:
    """Categories after moderation, with the decisions that led to them.

    Attributes:
        framework: The framework under which the schools were assigned.
        frame: One row per school and year in the order of the assignment: ``urn``, ``year``, ``phase``;
            ``provisional`` and ``provisional_status`` as the rules give them; ``moderated``, the category decided on;
            ``final``: the moderated category, else the provisional one if it is settled, else missing;
            ``overridden``: whether a decision replaced a settled category (missing without a decision);
            ``direction``: ``better``, ``worse`` or ``same`` against a settled category, ``settles`` where the rules
            left the category open or to a person; ``steps`` from the one to the other, positive towards the best;
            ``decided_by``, ``decided_on``, ``reason``, ``agreed_by_school`` and, if the decisions have it, ``term``;
            ``awaiting``: whether there is no final category yet; ``outside_possible``: whether the decision names a
            category that the evidence rules out (missing where the rules leave no set to compare with); ``possible``.
        decisions: Every decision with its year, the earlier ones too; ``in_force`` marks the latest of each school.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> from schoolframe.moderation import moderate
        >>> schools = pl.DataFrame({"urn": [100000], "ofsted_overall": [2]})
        >>> moderation = moderate(
        ...     sf.Framework.load("southend_2017").assign(schools, phase="primary"),
        ...     pl.DataFrame(schema={"urn": pl.Int64, "moderated": pl.String, "decided_by": pl.String,
        ...                          "decided_on": pl.Date, "reason": pl.String, "agreed_by_school": pl.Boolean}),
        ... )
        >>> moderation
        Moderation(southend_2017: 1 school, 0 decided, 0 overridden, 1 awaiting)
    """

    framework: Framework
    frame: pl.DataFrame
    decisions: pl.DataFrame

    @property
    def awaiting(self) -> pl.DataFrame:
        """The schools that still need a decision."""
        return self.frame.filter("awaiting")

    @property
    def provenance(self) -> dict[str, Any]:
        """What the result rests on: framework, hash, readings, and how many decisions are in force and superseded."""
        in_force = int(self.decisions["in_force"].sum())
        return {
            "framework": self.framework.name,
            "content_hash": self.framework.content_hash,
            "readings": self.framework.chosen(),
            "decisions_in_force": in_force,
            "decisions_superseded": self.decisions.height - in_force,
        }

    def audit(self, by: str | Sequence[str] = (), *, confidence: float = 0.95) -> pl.DataFrame:
        """Count what moderation did: how often, in which direction, against which evidence, with whose agreement.

        Each measure is a count out of ``n``:

        - ``decided``, ``awaiting``: out of all schools.
        - ``kept``, ``overridden``, ``better``, ``worse``: out of the decisions on a settled category.
        - ``settles``: decisions on a category that the rules left open, out of all decisions.
        - ``outside_possible``: decisions for a category that the evidence rules out, out of the decisions where that
          is known; ``settles_outside_possible``: those among the decisions on an open category. An override of a
          settled category always lies outside.
        - ``agreed``, ``overridden_agreed``: decisions and overrides that the school agreed with, out of those where
          its view is known.
        - ``before``, ``after``: schools in each category (and ``open``) without and with the decisions, out of all.

        The interval is Wilson's, ``(p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)``. The schools are all
        there are; it says how far the share would vary if the same panel met as many schools of this kind again.

        Args:
            by: Columns of :attr:`frame` to break it down by: ``provisional``, ``provisional_status``, ``moderated``,
                ``decided_by``, ``phase``, ``year``, ``term``. By ``moderated``, ``decided_by`` and ``term`` only
                schools with a decision are counted.
            confidence: Level of the intervals.

        Returns:
            The columns of ``by``, then ``measure``, ``category`` (for ``before`` and ``after``), ``count``, ``n``
            (Int64), ``share``, ``ci_low``, ``ci_high`` (per cent; missing where n is 0).

        Raises:
            UnknownNameError: For a column that is not one of these.
            InputError: For a confidence outside 0..1.

        Example:
            >>> import datetime as dt
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> from schoolframe.moderation import moderate
            >>> schools = pl.DataFrame({"urn": [100000, 100001], "ofsted_overall": [2, 3]})
            >>> decisions = pl.DataFrame({
            ...     "urn": [100001], "moderated": ["Amber"], "decided_by": ["sub-group"],
            ...     "decided_on": [dt.date(2018, 10, 1)], "reason": ["visit in September"], "agreed_by_school": [True],
            ... })
            >>> assignment = sf.Framework.load("southend_2017").assign(schools, phase="primary")
            >>> audit = moderate(assignment, decisions).audit()
            >>> audit.filter(pl.col("measure") == "decided").select("count", "n", "share").row(0)
            (1, 2, 50.0)
        """
        names = [by] if isinstance(by, str) else list(by)
        return audit(self.frame, names, self.framework.category_names, confidence)

    def __len__(self) -> int:
        """Number of rows."""
        return self.frame.height

    def __repr__(self) -> str:
        """Return the framework and how many schools were decided, overridden and still wait."""
        counts = self.frame.select(
            pl.col("moderated").is_not_null().sum(), pl.col("overridden").sum(), pl.col("awaiting").sum()
        ).row(0)
        noun = "school" if self.frame.height == 1 else "schools"
        return (
            f"Moderation({self.framework.name}: {self.frame.height} {noun}, {counts[0]} decided, "
            f"{counts[1]} overridden, {counts[2]} awaiting)"
        )

    def _repr_html_(self) -> str:
        return as_html([repr(self)], self.frame)


def moderate(assignment: Assignment | Sequence[Assignment], decisions: object) -> Moderation:
    """Put people's decisions beside the categories that the rules give.

    The evidence is not touched: the provisional category stays as the rules gave it, the decision stands beside it with
    its author, day and reason. The latest decision of a school counts, earlier ones are kept. A school without a
    decision keeps its provisional category if that is settled (status ``determined``, or ``conflict`` with a category);
    a candidate and an undetermined school wait for a decision.

    Args:
        assignment: Provisional categories, or several assignments under one framework (one per phase).
        decisions: One row per decision: ``urn``; ``moderated`` (category); ``decided_by``; ``decided_on`` (date);
            ``reason``, which an override and a decision against the evidence must have; ``agreed_by_school`` (true,
            false or missing). ``year`` may be left out for schools assigned for one year. ``term`` is carried along.
            ``provisional``, if given, is what the decision was taken on: where it is not missing it must be the
            category of the assignment, so that a decision does not outlive its evidence. Other columns are ignored.

    Returns:
        The moderation.

    Raises:
        UnknownNameError: For a column that is not there.
        InputError: For a missing school, category, author or day, a category the framework does not have, a school
            that was not assigned, two decisions for one school on one day, an override without a reason, a
            provisional category that no longer follows, columns of the wrong type, or assignments that do not go
            together.

    Example:
        >>> import datetime as dt
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> from schoolframe.moderation import moderate
        >>> schools = pl.DataFrame({"urn": [100000, 100001], "ofsted_overall": [2, 3]})
        >>> decisions = pl.DataFrame({
        ...     "urn": [100001], "moderated": ["Amber"], "decided_by": ["sub-group"],
        ...     "decided_on": [dt.date(2018, 10, 1)], "reason": ["visit in September"], "agreed_by_school": [True],
        ... })
        >>> assignment = sf.Framework.load("southend_2017").assign(schools, phase="primary")
        >>> moderate(assignment, decisions).frame.select("urn", "final", "direction", "awaiting").rows()
        [(100000, None, None, True), (100001, 'Amber', 'settles', False)]
    """
    assignments = _assignments(assignment)
    framework = assignments[0].framework
    names = framework.category_names
    provisional = _provisional(assignments)
    read = match_schools(read_decisions(decisions, names, framework.name), provisional)
    counting = read.filter("in_force").drop("in_force", *(["provisional"] if "provisional" in read.columns else []))
    frame = provisional.join(counting, on=["urn", "year"], how="left", nulls_equal=True, maintain_order="left")
    decided = pl.col("moderated").is_not_null()
    frame = (
        frame.with_columns(standing=settled("provisional", "provisional_status"))
        .with_columns(outside_possible=_outside())
        .with_columns(
            final=pl.coalesce("moderated", "standing"),
            overridden=pl.when(decided).then(
                pl.col("standing").is_not_null() & pl.col("standing").ne_missing(pl.col("moderated"))
            ),
            steps=steps(pl.col("standing"), pl.col("moderated"), names),
        )
        .with_columns(
            direction=pl.when(decided & pl.col("standing").is_null())
            .then(pl.lit("settles"))
            .otherwise(direction(pl.col("steps"))),
            awaiting=pl.col("final").is_null(),
        )
    )
    _check_reasons(frame)
    term = ["term"] if "term" in frame.columns else []
    columns = ["urn", "year", "phase", "provisional", "provisional_status", "moderated", "final", "overridden"]
    columns += ["direction", "steps", "decided_by", "decided_on", "reason", "agreed_by_school", *term]
    columns += ["awaiting", "outside_possible", "possible"]
    return Moderation(framework, frame.select(columns), read)


def _assignments(given: object) -> list[Assignment]:
    found: list[Assignment] = []
    for one in given if isinstance(given, Sequence) and not isinstance(given, str) else [given]:
        if not isinstance(one, Assignment):
            shown = type(one).__qualname__
            msg = f"assignment: the result of Framework.assign is needed, or a list of them, not {shown}"
            raise InputError(msg)
        found.append(one)
    if not found:
        msg = "assignment: at least one is needed"
        raise InputError(msg)
    first = found[0].framework
    for one in found[1:]:
        if one.framework != first:
            shown = " and ".join(f"{used.name} ({used.content_hash})" for used in (first, one.framework))
            msg = f"assignment: all must be made under one framework, readings and thresholds included, not {shown}"
            raise InputError(msg)
    return found


def _provisional(assignments: list[Assignment]) -> pl.DataFrame:
    frame = pl.concat(
        one.frame.select(
            "urn",
            "year",
            "phase",
            pl.col("category").alias("provisional"),
            pl.col("status").alias("provisional_status"),
            "possible",
            "otherwise",
        )
        for one in assignments
    )
    twice = frame.filter(pl.struct("urn", "year").is_duplicated()).unique(["urn", "year"], maintain_order=True)
    refuse("assignment", "urn", "must occur once in all assignments together", schools(twice))
    return frame


def _outside() -> pl.Expr:
    """Whether a decision names a category that the evidence rules out; missing where that is not known.

    What a candidate becomes without the decision is in ``otherwise``; where that is open, so is the answer.
    """
    candidate = pl.col("provisional_status") == "candidate"
    return (
        pl.when(pl.col("moderated").is_null())
        .then(None)
        .when(pl.col("possible").list.contains(pl.col("moderated")))
        .then(statement=False)
        .when(candidate & pl.col("otherwise").is_null())
        .then(None)
        .when(candidate & (pl.col("otherwise") == pl.col("moderated")))
        .then(statement=False)
        .when(pl.col("possible").list.len() > 0)
        .then(statement=True)
    )


def _check_reasons(frame: pl.DataFrame) -> None:
    departs = pl.col("overridden") | pl.col("outside_possible").fill_null(value=False)
    silent = frame.filter(departs, pl.col("reason").is_null())
    said = [
        f"{row['provisional'] or 'open'} moderated to {row['moderated']} ({school})"
        for row, school in zip(silent.iter_rows(named=True), schools(silent), strict=True)
    ]
    refuse("decisions", "reason", "must say why a decision departs from what the rules give", said)
