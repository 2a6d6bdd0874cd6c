"""The categories of the schools in words: what is settled, what is still possible, what would decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._assignment import Assignment
from schoolframe._frames import as_frame, require_columns
from schoolframe._indicator_vocabulary import vocabulary
from schoolframe.exceptions import InputError
from schoolframe.presentation._style import CATEGORY_TONES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["STATUS", "Categories", "Category", "label_of", "read_categories"]

STATUS = {
    "determined": "settled by the evidence held",
    "undetermined": "open: evidence is missing",
    "candidate": "for a person to decide",
    "conflict": "the evidence fits no category",
}
"""Statuses of an assignment in words."""

_SUFFIXES = {"_y1": ", a year before", "_y2": ", two years before"}
_PREFIXES = {
    "nat_": "national: ",
    "la_target_": "target of the authority: ",
    "floor_": "floor: ",
    "benchmark_": "benchmark: ",
}


@dataclass(frozen=True)
class Category:
    """What is known about the category of one school.

    Attributes:
        urn: The school.
        category: Its category, if that is settled.
        status: Determined, undetermined, candidate or conflict.
        possible: Categories still possible, the best first.
        leading: Category on the evidence held, however little that is.
        known: Counted criteria with an answer.
        counted: All counted criteria.
        deciding: Unknown indicators, the most decisive first.
        flags: Flags raised.
    """

    urn: int
    category: str | None
    status: str
    possible: tuple[str, ...]
    leading: str | None
    known: int | None
    counted: int | None
    deciding: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Categories:
    """Categories of the schools under one framework.

    Attributes:
        schools: By URN.
        names: Categories of the framework, the best first; those found, if there is no framework.
        labels: What the framework calls them.
        meanings: What the framework says they mean.
        framework: What is known about the framework, as lines: what, and what about it.
    """

    schools: Mapping[int, Category]
    names: tuple[str, ...]
    labels: Mapping[str, str]
    meanings: Mapping[str, str]
    framework: tuple[tuple[str, str], ...]

    def said(self, name: str) -> str:
        """Return a category with what it is called."""
        label = self.labels.get(name)
        return name if not label or label == name else f"{name}: {label[0].lower()}{label[1:]}"


def label_of(name: str) -> str:
    """Return an indicator in words, comparators and earlier years included.

    Example:
        >>> label_of("ofsted_overall")
        'Overall effectiveness at the last graded inspection'
        >>> label_of("no_such_indicator")
        'no such indicator'
    """
    entries = vocabulary()
    if name in entries:
        return str(entries[name].raw["label"])
    for suffix, words in _SUFFIXES.items():
        if name.endswith(suffix):
            return label_of(name.removesuffix(suffix)) + words
    for prefix, words in _PREFIXES.items():
        if name.startswith(prefix) and name.removeprefix(prefix) in entries:
            return words + label_of(name.removeprefix(prefix))
    return name.replace("_", " ")


def read_categories(assignment: object, urns: Sequence[int], year: int) -> Categories | None:
    """Read an assignment, or a frame with its columns.

    Args:
        assignment: Nothing, a result of ``Framework.assign``, or a frame with ``urn``, ``status`` and ``possible``.
        urns: Schools of the register.
        year: The results year; rows of other years are left out.

    Returns:
        The categories, or None if there is no assignment.

    Raises:
        InputError: If a school has several rows, or none of the schools is there.
    """
    if assignment is None:
        return None
    frame = assignment.frame if isinstance(assignment, Assignment) else as_frame(assignment, "assignment")
    require_columns(frame, ["urn", "category", "status", "possible"], "assignment")
    frame = frame.filter(pl.col("urn").is_in(list(urns)))
    if "year" in frame.columns and frame["year"].is_not_null().any():
        frame = frame.filter(pl.col("year") == year)
    if frame.is_empty():
        msg = f"assignment: none of the {len(urns)} schools of the register is there for {year}"
        raise InputError(msg)
    double = frame.filter(frame["urn"].is_duplicated())["urn"].unique().sort().to_list()
    if double:
        listed = ", ".join(str(urn) for urn in double[:5])
        msg = f"assignment: one row per school is needed for {year}; several rows: {listed}"
        raise InputError(msg)
    schools = {int(row["urn"]): _category(row) for row in frame.iter_rows(named=True)}
    if isinstance(assignment, Assignment):
        framework = assignment.framework
        listing = framework.categories()
        labels = dict(listing.select("category", "label").iter_rows())
        meanings = dict(listing.select("category", "meaning").iter_rows())
        return Categories(schools, tuple(framework.category_names), labels, meanings, _framework(assignment))
    found = {name for one in schools.values() for name in (*one.possible, one.category) if name is not None}
    return Categories(schools, tuple(sorted(found)), {}, {}, ())


def _category(row: Mapping[str, Any]) -> Category:
    def several(name: str) -> tuple[str, ...]:
        return tuple(str(item) for item in row.get(name) or ())

    leading = row.get("leading")
    answered = [value for name, value in row.items() if name.endswith(("_met", "_failed"))]
    unknown = [value for name, value in row.items() if name.endswith("_unknown")]
    known = sum(value or 0 for value in answered) if answered else None
    return Category(
        urn=int(row["urn"]),
        category=None if row["category"] is None else str(row["category"]),
        status=str(row["status"]),
        possible=several("possible"),
        leading=None if leading is None else str(leading),
        known=known,
        counted=None if known is None else known + sum(value or 0 for value in unknown),
        deciding=several("deciding"),
        flags=several("flags"),
    )


def _framework(assignment: Assignment) -> tuple[tuple[str, str], ...]:
    framework = assignment.framework
    said = [
        ("Framework", f"{framework.title}, {framework.authority} ({framework.name})"),
        ("Framework, content hash", framework.content_hash),
    ]
    provenance = assignment.provenance
    readings = ", ".join(f"{name}={option}" for name, option in provenance["readings"].items())
    if readings:
        said.append(("Framework, readings in force", readings))
    changed = ", ".join(f"{name}={value}" for name, value in provenance["changed_thresholds"].items())
    if changed:
        said.append(("Framework, changed thresholds", changed))
    return tuple(said)


def category_tone(name: str | None) -> str | None:
    """Return the key of the background of a category, if its name is a colour that has one."""
    return name.lower() if name is not None and name.lower() in CATEGORY_TONES else None
