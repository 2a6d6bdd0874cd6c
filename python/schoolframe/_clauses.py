"""The clauses of two frameworks, and which of them stand for each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schoolframe._phases import applies, phases_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.frameworks import Framework

__all__ = ["LIMIT", "Clause", "Match", "clauses", "match"]

LIMIT = 0.5
"""Clauses of two papers at this distance or further do not stand for each other."""

_COMPARATOR = re.compile(r"^(nat|la_target|la|floor|benchmark)_")
_EARLIER = re.compile(r"_y\d+$")
_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Clause:
    """One entry of a framework's ledger, or one step of its policy.

    Attributes:
        kind: The list it stands in: criterion, flag, dataset, policy and so on.
        id: Its id there.
        line: Line of the paper.
        category: Its category.
        rank: Place of the category from 0 (best) to 1 (worst).
        text: What it says.
        test: What it tests, in words.
        indicators: What its test looks at, without comparators and earlier years. Facts that are shown beside the test
            and do not decide are left out.
        facts: Everything else that is compared, by name.
    """

    kind: str
    id: str
    line: int | None
    category: str | None
    rank: float | None
    text: str
    test: str | None
    indicators: frozenset[str]
    facts: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Match:
    """Two clauses that stand for each other, or one alone."""

    a: Clause | None
    b: Clause | None
    matched_by: str | None = None
    distance: float | None = None


def clauses(framework: Framework, phase: str | None) -> list[Clause]:
    """Return the ledger of a framework, then the steps of its policy; with a phase, those that apply in it.

    Example:
        >>> import schoolframe as sf
        >>> found = clauses(sf.Framework.load("southend_2017"), None)
        >>> found[0].id, found[0].rank, sorted(found[0].indicators), found[-1].kind
        ('SOU17-ALL-Green-01', 0.0, ['ofsted_overall'], 'policy')
    """
    names = framework.category_names
    ranks = {name: at / max(1, len(names) - 1) for at, name in enumerate(names)}
    reader = _Reader(framework)
    rules = {row["id"]: row for row in framework.datasets().iter_rows(named=True)}
    phases = None if phase is None else phases_in(framework, phase)
    found = []
    for row in framework.criteria().iter_rows(named=True):
        if not applies(row, phases):
            continue
        rule = rules.get(row["id"]) if row["list"] == "dataset" else None
        test = row["test"]
        if test is None and rule is not None and rule["rule"] is not None:
            test = ": ".join(str(rule[name]) for name in ("rule", "parameters") if rule[name] is not None)
        found.append(_clause(row, row["list"], row["id"], test, ranks, reader, ("role", "kind")))
    for row in framework.policy().iter_rows(named=True):
        if not applies(row, phases):
            continue
        start = row["from"]
        test = row["condition"] if not start else f"{row['condition']}, from {' or '.join(start)}"
        found.append(_clause(row, "policy", row["step"], test, ranks, reader, ("what", "decision")))
    return found


def match(a: Sequence[Clause], b: Sequence[Clause]) -> list[Match]:
    """Pair the clauses of two frameworks one to one: by id, then by what they look at and how good a category is.

    The distance of two clauses of the same list that test something, both with a category or both without, is
    ``1 - |A n B| / |A u B| + |r_a - r_b|``: A and B are the indicators they look at (comparators and earlier years
    count as their indicator), r the place of the category from 0 (best) to 1 (worst) on its own scale. Pairs below
    :data:`LIMIT` are taken from the nearest on; of equal distances first those with the same role, then in the order
    of the first framework and of the second. Words are never compared.

    Example:
        >>> import schoolframe as sf
        >>> found = clauses(sf.Framework.load("southend_2017"), None)
        >>> {one.matched_by for one in match(found, found)}
        {'id'}
    """
    by_id = {(one.kind, one.id): at for at, one in enumerate(b)}
    pairs: dict[int, tuple[int, str, float | None]] = {}
    for at, one in enumerate(a):
        place = by_id.get((one.kind, one.id))
        if place is not None:
            pairs[at] = (place, "id", None)
    taken = {place for place, _, _ in pairs.values()}
    near = []
    for at, one in enumerate(a):
        if at in pairs or one.test is None:
            continue
        for other_at, other in enumerate(b):
            if other_at in taken or other.test is None or not one.indicators & other.indicators:
                continue
            distance = _distance(one, other)
            if distance is not None and distance < LIMIT:
                near.append((distance, one.facts[0] != other.facts[0], at, other_at))
    for distance, _, at, other_at in sorted(near):
        if at not in pairs and other_at not in taken:
            pairs[at] = (other_at, "indicators", distance)
            taken.add(other_at)
    found = []
    for at, one in enumerate(a):
        if at in pairs:
            other_at, matched_by, distance_held = pairs[at]
            found.append(Match(one, b[other_at], matched_by, distance_held))
        else:
            found.append(Match(one, None))
    return [*found, *(Match(None, other) for at, other in enumerate(b) if at not in taken)]


def _distance(a: Clause, b: Clause) -> float | None:
    if a.kind != b.kind or (a.rank is None) != (b.rank is None):
        return None
    overlap = len(a.indicators & b.indicators) / len(a.indicators | b.indicators)
    apart = 0.0 if a.rank is None or b.rank is None else abs(a.rank - b.rank)
    return round(1 - overlap + apart, 9)


def _clause(
    row: dict[str, Any],
    kind: str,
    name: str,
    test: str | None,
    ranks: dict[str, float],
    reader: _Reader,
    facts: tuple[str, ...],
) -> Clause:
    category = row["category"]
    phases = tuple(sorted(row.get("phases") or ()))
    return Clause(
        kind=kind,
        id=name,
        line=row["line"],
        category=category,
        rank=ranks.get(category) if category is not None else None,
        text=row["text"],
        test=test,
        indicators=reader.indicators(test, row.get("indicators") or ()),
        facts=(*((fact, row[fact]) for fact in facts), ("phases", phases)),
    )


class _Reader:
    """Reads which indicators a test looks at; definitions and criteria that it names are looked into."""

    def __init__(self, framework: Framework) -> None:
        self.known = set(framework.indicators()["indicator"].to_list())
        self.tests = {row["id"]: row["test"] for row in framework.criteria().iter_rows(named=True) if row["test"]}

    def indicators(self, test: str | None, listed: Sequence[str]) -> frozenset[str]:
        """Return the indicators of a test, or those listed if it names none."""
        found, seen, texts = set[str](), set[str](), [test or ""]
        while texts:
            for word in _WORD.findall(texts.pop()):
                name = self._behind(word)
                if name in self.known:
                    found.add(name)
                elif word in self.tests and word not in seen:
                    seen.add(word)
                    texts.append(self.tests[word])
        return frozenset(found or (self._behind(name) for name in listed))

    def _behind(self, name: str) -> str:
        """Return the indicator behind a comparator or an earlier year."""
        bare = _EARLIER.sub("", name)
        behind = _COMPARATOR.sub("", bare)
        return behind if bare not in self.known and behind in self.known else bare
