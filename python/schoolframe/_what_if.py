"""What would change: the same schools under other thresholds, readings or clauses, and which readings matter."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_mapping, require_text, require_texts
from schoolframe._assignment import Assignment
from schoolframe._comparison import Application, compared, for_schools, ranks
from schoolframe._frames import as_frame
from schoolframe._moves import DIRECTIONS, Moves, side_by_side
from schoolframe._rules_changed import rules_changed
from schoolframe.exceptions import FrameworkError, InputError
from schoolframe.frameworks import Framework

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe._comparison import Invalid, OutOfForce

__all__ = ["Moves", "NoEffectWarning", "compare_assignments", "sensitivity", "what_if"]


class NoEffectWarning(UserWarning):
    """A change of rules that changes nothing for any of the schools given; the message says why."""


def compare_assignments(before: Assignment, after: Assignment) -> Moves:
    """Set two assignments of the same schools side by side: other rules, or other evidence.

    Args:
        before: An assignment.
        after: Another one of the same schools and years, with the same categories.

    Returns:
        The moves. If nothing differs, :attr:`Moves.no_effect` says why.

    Raises:
        InputError: For assignments of other schools, years or phases, or with other categories
            (``framework_diff.diff`` compares frameworks).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> from schoolframe._what_if import compare_assignments
        >>> southend = sf.Framework.load("southend_2017")
        >>> then = southend.assign(pl.DataFrame({"urn": [100000]}), phase="primary")
        >>> now = southend.assign(pl.DataFrame({"urn": [100000], "safety_threatened": [True]}), phase="primary")
        >>> moves = compare_assignments(then, now).frame
        >>> moves.select("before", "after", "status_after", "direction", "why").row(0)
        (None, 'Blue', 'candidate', 'settled', ['SOU17-ALL-Blue-07: met, was unknown', 'blue_trigger: applies now'])
    """
    for one, argument in ((before, "before"), (after, "after")):
        if not isinstance(one, Assignment):
            msg = f"{argument}: the result of Framework.assign is needed, not {type(one).__qualname__}"
            raise InputError(msg)
    if before.phase != after.phase:
        msg = f"after: the phases must be the same, they are {before.phase} and {after.phase}"
        raise InputError(msg)
    names = before.framework.category_names
    if names != after.framework.category_names:
        msg = (
            f"after: the categories of {before.framework.name} ({', '.join(names)}) and {after.framework.name} "
            f"({', '.join(after.framework.category_names)}) differ; framework_diff.diff compares frameworks"
        )
        raise InputError(msg)
    return compared(before, after, lambda _: iter([(before, after)]), scales=(ranks(names), ranks(names)))


def what_if(
    framework: Framework,
    frame: object,
    *,
    phase: str,
    thresholds: Mapping[str, float] | None = None,
    readings: Mapping[str, str] | None = None,
    without: str | Sequence[str] = (),
    clauses: str | Sequence[str | tuple[str, tuple[str, str] | None]] = (),
    invalid: Invalid = "raise",
    out_of_force: OutOfForce = "raise",
) -> Moves:
    """Put schools into categories under a framework and under a changed one, and say who moves and why.

    Args:
        framework: The framework as it is.
        frame: Evidence, as for :meth:`Framework.assign`.
        phase: The phase whose rules apply.
        thresholds: Other values of thresholds, by name.
        readings: Other options of readings, by id.
        without: Ids of clauses to leave out.
        clauses: Clauses to add, each as TOML text, or as a pair of the text and ``(category, id)`` of the criterion
            that counts for a category, see :meth:`Framework.with_clause`.
        invalid: As for :meth:`Framework.assign`.
        out_of_force: As for :meth:`Framework.assign`.

    Returns:
        The moves.

    Raises:
        InputError: If no change is named, and for everything that :meth:`Framework.assign` refuses.
        UnknownNameError: For a threshold, reading, option or clause that does not exist.
        FrameworkError: For a value or clause that the framework does not allow.

    Warns:
        NoEffectWarning: If no school's category, status, set of possible categories or other result changes, with the
            reason: the rules are identical, no school's evidence reaches the clause, all schools are far from the
            threshold, or other criteria decide.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> from schoolframe._what_if import what_if
        >>> schools = pl.DataFrame({"urn": [100000], "safety_threatened": [True]})
        >>> moves = what_if(
        ...     sf.Framework.load("southend_2017"), schools, phase="primary", readings={"AMB-S17-BLUE": "B"}
        ... )
        >>> moves.changed.select("before", "after", "possible_after", "why").row(0)
        ('Blue', None, ['Green', 'Amber', 'Blue'], ['blue_trigger: applies no longer'])
    """
    _refuse_other(framework)
    thresholds = require_mapping(thresholds, "thresholds", "{'close_margin': 3}")
    readings = require_mapping(readings, "readings", "{'AMB-S17-MAJ': 'B'}")
    left_out = require_texts(without, "without")
    if not isinstance(clauses, (str, list, tuple)):
        msg = f"clauses: a text or a list of them is needed, not {clauses!r}"
        raise InputError(msg)
    added = [_clause(one) for one in ([clauses] if isinstance(clauses, str) else clauses)]
    if not (thresholds or readings or left_out or added):
        msg = "what_if: name a change: thresholds, readings, without or clauses"
        raise InputError(msg)
    other = framework
    for reading, option in readings.items():
        other = other.with_reading(reading, option)
    for clause in added:
        other = other.with_clause(clause[0], counts_for=clause[1])
    if left_out:
        other = other.without(*left_out)
    for name, value in thresholds.items():
        other = other.with_threshold(name, value)
    evidence = as_frame(frame)
    application = Application(phase, invalid, out_of_force)
    before, after = (application.assign(one, evidence) for one in (framework, other))

    scale = ranks(framework.category_names)
    moves = compared(before, after, for_schools(evidence, framework, other, application), scales=(scale, scale))
    if moves.no_effect is not None:
        warnings.warn(f"no school moves: {moves.no_effect}", NoEffectWarning, stacklevel=2)
    return moves


def sensitivity(
    framework: Framework,
    frame: object,
    phase: str,
    *,
    invalid: Invalid = "raise",
    out_of_force: OutOfForce = "raise",
) -> pl.DataFrame:
    """Switch every reading to each of its other options, one at a time, and count the schools that move.

    Args:
        framework: The framework; readings that are chosen stay chosen while another one is switched.
        frame: Evidence, as for :meth:`Framework.assign`.
        phase: The phase whose rules apply.
        invalid: As for :meth:`Framework.assign`.
        out_of_force: As for :meth:`Framework.assign`.

    Returns:
        One row per option that is not in force, the one with the most moves first: ``reading``, ``question``,
        ``option``, ``text``, ``schools``, ``moved`` (another category, or held more or less firmly), ``better``,
        ``worse``, ``opened``, ``settled``, ``touched`` (another status, set of possible categories or result as well),
        ``decides``: whether the option may lead to another category or result in this phase; ``note``: why an option
        could not be tried, with missing counts.

    Raises:
        UnknownNameError: For a phase the framework does not know, or a frame without ``urn``.
        InputError: For everything that :meth:`Framework.assign` refuses.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> from schoolframe._what_if import sensitivity
        >>> schools = pl.DataFrame({"urn": [100000, 100001], "safety_threatened": [True, None]})
        >>> table = sensitivity(sf.Framework.load("southend_2017"), schools, "primary")
        >>> table.select("reading", "option", "moved", "opened").row(0)
        ('AMB-S17-BLUE', 'B', 1, 1)
    """
    _refuse_other(framework)
    evidence = as_frame(frame)
    application = Application(phase, invalid, out_of_force)
    before = application.assign(framework, evidence)
    scale = ranks(framework.category_names)
    rows = []
    for reading in framework.readings().filter(~pl.col("chosen")).iter_rows(named=True):
        row = {name: reading[name] for name in ("reading", "question", "option", "text")}
        row |= {"schools": len(before), "note": None}
        rows.append(row)
        try:
            other = framework.with_reading(reading["reading"], reading["option"])
        except (FrameworkError, InputError) as error:
            row |= {"note": str(error)}
            continue
        decides = rules_changed(framework, other, phase).decides
        row |= {"decides": decides, "moved": 0, "touched": 0} | dict.fromkeys(DIRECTIONS[:-1], 0)
        if not decides:
            continue
        moves = side_by_side(before, application.assign(other, evidence), scales=(scale, scale))
        counts = dict(moves["direction"].value_counts().iter_rows())
        row |= {name: counts.get(name, 0) for name in DIRECTIONS[:-1]}
        row |= {"moved": len(before) - counts.get("unchanged", 0), "touched": moves["changed"].sum()}
    counted = ("schools", "moved", *DIRECTIONS[:-1], "touched")
    schema: dict[str, Any] = dict.fromkeys(("reading", "question", "option", "text"), pl.String)
    schema |= dict.fromkeys(counted, pl.Int64) | {"decides": pl.Boolean, "note": pl.String}
    table = pl.DataFrame(rows, schema=schema)
    return table.sort("moved", "touched", "reading", "option", descending=[True, True, False, False], nulls_last=True)


def _clause(given: object) -> tuple[str, Any]:
    """Return the text of a clause and what it counts for."""
    if isinstance(given, str):
        return given, None
    if isinstance(given, (tuple, list)) and len(given) == 2:
        return require_text(given[0], "clauses", "'[[criterion]]...'"), given[1]
    msg = f"clauses: each must be a text, or a pair of a text and (category, id), not {given!r}"
    raise InputError(msg)


def _refuse_other(framework: object) -> None:
    if not isinstance(framework, Framework):
        msg = f"framework: a Framework is needed, such as Framework.load('southend_2017'), not {framework!r}"
        raise InputError(msg)
