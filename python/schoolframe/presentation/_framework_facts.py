"""What the listings of a framework say, joined: numbers by their users, roles by what follows, notes by id."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from schoolframe.presentation._framework_page import Cell, lines_text
from schoolframe.presentation._framework_words import Vocabulary, condition_words, short_label, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe.frameworks import Framework

__all__ = ["Facts", "figure_words", "following", "number_words"]

_ROLES = {
    "adjusts": "may change the category",
    "informs": "informs, does not decide",
    "gate": "gate",
    "descriptor": "descriptor",
}
_KINDS = {
    "data": "data",
    "judgement": "judgement",
    "inspection": "inspection",
    "context_flag": "context",
    "process": "process",
}


class Facts:
    """The listings of one framework, read once.

    Args:
        framework: The framework, under its readings and thresholds in force.
    """

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self._rows: dict[str, list[dict[str, Any]]] = {}

    @cached_property
    def native(self) -> Any:
        """The framework of the library, which knows its header."""
        return self.framework._native  # noqa: SLF001 - the header of the file has no listing

    def rows(self, listing: str) -> list[dict[str, Any]]:
        """Return the rows of a listing."""
        if listing not in self._rows:
            self._rows[listing] = self.native.listing(listing).to_dicts()
        return self._rows[listing]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The indicators."""
        rows = self.rows("indicators")
        return Vocabulary(
            labels={row["indicator"]: short_label(row["text"]) for row in rows},
            values={row["indicator"]: row["values"] or () for row in rows},
            flags=frozenset(row["indicator"] for row in rows if row["type"] == "flag"),
        )

    @cached_property
    def ledger(self) -> Mapping[str, Mapping[str, Any]]:
        """Rows of ``Framework.criteria`` by id."""
        return {row["id"]: row for row in self.rows("criteria")}

    @cached_property
    def colours(self) -> Mapping[str, str]:
        """Colour words of categories."""
        return {row["category"]: row["colour"] for row in self.rows("categories") if row["colour"]}

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What the paper calls the categories."""
        return {row["category"]: row["label"] for row in self.rows("categories")}

    @cached_property
    def _numbers(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self.rows("thresholds"):
            for user in row["used_by"]:
                found.setdefault(user, []).append(number_words(row))
        return found

    def numbers(self, *ids: str | None) -> list[str]:
        """Return the thresholds that these ids use, in words."""
        return list(dict.fromkeys(said for one in ids if one is not None for said in self._numbers.get(one, ())))

    def defined(self, condition: str | None) -> list[str]:
        """Return the definitions that a condition rests on, those that they rest on included."""
        found: dict[str, None] = {}
        waiting = [condition or ""]
        while waiting:
            for name in sorted(_ids(waiting.pop())):
                if name not in found and self.ledger.get(name, {}).get("list") == "definition":
                    found[name] = None
                    waiting.append(self.ledger[name]["test"] or "")
        return list(found)

    def spelt_out(self, condition: str) -> str:
        """Return a condition in words; one that is no more than the name of a definition says what that asks."""
        name, asked = condition, condition
        while self.ledger.get(asked, {}).get("list") == "definition":
            asked = str(self.ledger[asked]["test"])
        return self.words(asked) if asked == name else f"{self.words(asked)} ({name})"

    def named(self, condition: str | None) -> str:
        """Return a condition in words; one that is no more than an id says what that is."""
        words = self.words(condition)
        row = self.ledger.get(words)
        return words if row is None else f"{row['text']} ({words})"

    def words(self, condition: str | None) -> str:
        """Return a condition in words."""
        return "" if condition is None else condition_words(condition, self.vocabulary)

    def tested(self, row: Mapping[str, Any], condition: str | None, *, users: Sequence[str] = ()) -> Cell:
        """Return how something is tested: in words, with the numbers in force and the columns it reads."""
        text = [self.spelt_out(condition)] if condition else []
        text += [f"Only where {self.words(applies)}" for applies in [row.get("applies")] if applies]
        quiet = [f"Shown beside it: {self.words(fact)}" for fact in row.get("also") or ()]
        numbers = self.numbers(*users, *self.defined(condition))
        quiet += ["Numbers: " + "; ".join(numbers)] if numbers else []
        quiet += ["Columns: " + ", ".join(row["indicators"])] if row.get("indicators") else []
        return Cell(tuple(text), tuple(quiet))

    @cached_property
    def _effects(self) -> Mapping[str, list[str]]:
        """What follows from each id by the steps of the policy."""
        found: dict[str, list[str]] = {}
        for step in self.rows("policy"):
            for one in _ids(step["condition"] or "") & self.ledger.keys():
                found.setdefault(one, []).append(following(step))
        return found

    def role(self, row: Mapping[str, Any]) -> str:
        """Return what a criterion does."""
        role = str(row["role"])
        follows = list(dict.fromkeys(effect for effect in self._effects.get(row["id"], ()) if effect))
        said = [part if part == "counts" else "" for part in role.split(" and ")]
        said = [part for part in said if part] + follows
        return "; ".join(said) or _ROLES.get(role, words_of(role))

    @staticmethod
    def kind(row: Mapping[str, Any]) -> str:
        """Return who or what settles a clause."""
        return _KINDS.get(row["kind"], words_of(str(row["kind"])))

    @staticmethod
    def lines(row: Mapping[str, Any]) -> Cell:
        """Return the lines of the document a row rests on."""
        first, last = row.get("line"), row.get("last_line")
        said = lines_text(first, last)
        return Cell((said,), number=float(first) if first is not None and said == str(first) else None)

    def last_line(self, one: str) -> int | None:
        """Return the last line of a row of the ledger, if it runs over several."""
        found = self.ledger.get(one, {}).get("last_line")
        return None if found is None else int(found)


def number_words(row: Mapping[str, Any]) -> str:
    """Return a threshold in words.

    Example:
        >>> number_words({"name": "close", "value": 5.0, "written": 5.0, "unit": "points", "basis": "default"})
        'close = 5 points (not printed)'
    """
    said = f"{row['name']} = {figure_words(row['value'])}{_unit(row['unit'])}"
    if row["value"] != row["written"]:
        return f"{said} (changed; in the file {figure_words(row['written'])})"
    return said if row["basis"] == "document" else f"{said} (not printed)"


def figure_words(value: float) -> str:
    """Return a number as it is printed, with commas from ten thousand on.

    Example:
        >>> figure_words(9328820.0), figure_words(2008.0), figure_words(33.333333333333336)
        ('9,328,820', '2008', '33.33333333')
    """
    return f"{value:,.10g}" if abs(value) >= 10_000 else f"{value:.10g}"


def _unit(unit: str | None) -> str:
    return "" if unit in (None, "", "count") else "%" if unit == "%" else f" {unit}"


def following(step: Mapping[str, Any]) -> str:
    """Return what a step of the policy does to the category.

    Example:
        >>> following({"what": "no_better_than", "category": "Red", "decision": "must"})
        'Red at best'
    """
    what, category, may = step["what"], step["category"], step["decision"] == "may"
    if what == "measure":
        return "gives points"
    if category is None:
        return ""
    told = {
        "to": f"may lead to {category}" if may else f"leads to {category}",
        "no_better_than": f"{category} at best",
        "no_worse_than": f"{category} at worst",
        "moves": f"moves {category}",
        "gate": f"gate to {category}",
        "require": f"needed for {category}",
        "result": f"leads to {words_of(category)}",
    }.get(what, "")
    return f"{told}, if a person decides so" if told and may and what != "to" else told


def _ids(condition: str) -> set[str]:
    return {word.strip("(),;") for word in condition.split()}
