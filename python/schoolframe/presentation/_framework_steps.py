"""How a category is decided, step by step, from the policy of a framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolframe.presentation._framework_facts import following
from schoolframe.presentation._framework_page import Cell
from schoolframe.presentation._framework_words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schoolframe.presentation._framework_facts import Facts

__all__ = ["decides", "happens", "result_note", "results", "steps", "when"]

Record = dict[str, Any]
_PART_OF = {"require": "best_fit", "gate": "gates", "contest": "gates"}
_ONE_STEP = ("best_fit", "gates", "measure", "band", "matrix")


def steps(facts: Facts) -> list[Record]:
    """Return the steps to a category with their numbers.

    Rows of one measure, of the bands and of one row of a matrix are put together. What leads to other results and not
    to a category is left out.
    """
    told: list[Record] = []
    number, before = 0, None
    for row in facts.rows("policy"):
        if row["what"] == "result":
            continue
        what = _PART_OF.get(row["what"], row["what"])
        opens = row["what"] in ("best_fit", "gates")
        number += not (what == before and what in _ONE_STEP and not opens)
        before = what
        last = told[-1] if told else None
        if last is not None and last["number"] == number and _same(last, row):
            last["rows"].append(row)
        else:
            told.append({**row, "number": number, "rows": [row]})
    return told


def _same(first: Record, row: Record) -> bool:
    """Return whether two rows are told together."""
    if first["what"] != row["what"]:
        return False
    if row["what"] == "matrix":
        return _level(first) == _level(row)
    return row["what"] == "band" or (row["what"] == "measure" and bool(first["step"] == row["step"]))


def _level(row: Record) -> str:
    return str(row["text"]).partition(" with ")[0]


def happens(facts: Facts, row: Record) -> Cell:
    """Return what happens in a step."""
    told = _TOLD.get(row["what"])
    if told is not None:
        return told(facts, row["rows"])
    said = str(row["text"] or "")
    follows = following(row)
    text = [f"{follows[0].upper()}{follows[1:]}."] if follows else []
    return Cell((*text, said) if said else tuple(text))


def _measure(_: Facts, rows: Sequence[Record]) -> Cell:
    what = str(rows[0]["text"]).rpartition(": ")[0]
    return Cell((f"Points for: {what[:1].lower()}{what[1:]}. The first that holds gives its points; none gives 0.",))


def _bands(facts: Facts, rows: Sequence[Record]) -> Cell:
    return Cell(tuple(f"{row['text']}: {_shown(facts, row['category'])}" for row in rows))


def _matrix(facts: Facts, rows: Sequence[Record]) -> Cell:
    columns = (f"{_shown(facts, row['category'])} with {words_of(row['text'].partition(' with ')[2])}" for row in rows)
    return Cell((f"{words_of(_level(rows[0]))}: {', '.join(columns)}",))


_TOLD: dict[str, Callable[[Facts, Sequence[Record]], Cell]] = {"measure": _measure, "band": _bands, "matrix": _matrix}


def _shown(facts: Facts, name: str) -> str:
    """Return a category as it is, and a level in words."""
    return name if name in facts.framework.category_names else words_of(name)


def when(facts: Facts, row: Record) -> Cell:
    """Return when a step is taken, with its numbers in force."""
    if row["what"] == "measure":
        told = [f"{_points(one)}: {facts.named(one['condition'])}" for one in row["rows"]]
    else:
        words = facts.named(row["condition"])
        if row["from"]:
            words = f"Only from {' or '.join(row['from'])}" + (f": {words}" if words else "")
        told = [words] if words else []
    used = [row["step"], *(name for one in row["rows"] for name in facts.defined(one["condition"]))]
    numbers = facts.numbers(*([] if row["what"] == "measure" else used))
    return Cell(tuple(told), ("Numbers: " + "; ".join(numbers),) if numbers else ())


def _points(row: Record) -> str:
    points = str(row["text"]).rpartition(": ")[2]
    return "1 point" if points == "1 points" else points


def decides(_: Facts, row: Record) -> str:
    """Return who decides in a step."""
    return "a person decides" if row["decision"] == "may" else "follows by rule"


def result_note(facts: Facts, rows: Sequence[Record]) -> str:
    """Return what is said about a result as a whole."""
    row = next((one for one in facts.rows("results") if one["result"] == rows[0]["result"]), None)
    if row is None:
        return ""
    values = f"Line {row['line']}: {row['text'][:1].lower()}{row['text'][1:]}, one of {', '.join(row['values'])}."
    return f"{values} {row['note']}" if row["note"] else values


def results(facts: Facts) -> list[Record]:
    """Return the rules of other results, with the name of the result apart from the value."""
    told = []
    lines = {row["result"]: row["line"] for row in facts.rows("results")}
    for row in facts.rows("policy"):
        if row["what"] == "result":
            result, _, value = str(row["category"]).partition(" ")
            more = {key: facts.ledger.get(row["step"], {}).get(key) for key in ("note", "indicators")}
            told.append(
                {**row, **more, "result": result, "value": value, "result_line": lines.get(result, row["line"])}
            )
    return told
