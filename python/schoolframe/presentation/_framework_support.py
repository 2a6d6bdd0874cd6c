"""The sections about what follows: support, what a school pays, what the authority has, calendar and process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolframe.presentation._framework_facts import figure_words
from schoolframe.presentation._framework_fields import (
    ID,
    LINE,
    NOTE,
    SAYS,
    category_words,
    phase_words,
    phases_field,
)
from schoolframe.presentation._framework_page import Cell, Column
from schoolframe.presentation._framework_parts import Field, Part
from schoolframe.presentation._framework_words import spelt, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe.presentation._framework_facts import Facts

__all__ = ["SUPPORT_PARTS"]

Record = dict[str, Any]
_PAYS = {
    "charged": "charged to the school",
    "matched": "matched, or from a shared fund",
    "charged_or_matched": "charged or matched",
    "authority": "paid by the authority",
}
_ROUNDING = {
    "up": "Between two bands the higher one holds.",
    "down": "Between two bands the lower one holds.",
    "pro_rata": "Between two bands it is in proportion.",
}
_TOPICS = (
    "categorisation",
    "calendar",
    "roles",
    "movement",
    "monitoring",
    "intervention",
    "exit",
    "dispute",
    "support",
    "funding",
    "structure",
    "data",
)


def _offers(facts: Facts) -> list[Record]:
    """Return each offer once, under the category that the paper lists it for."""
    found: dict[tuple[str, str | None], Record] = {}
    for row in facts.rows("support"):
        key = (row["id"], row["category"])
        if key not in found and row["category"] == row["from"]:
            found[key] = {**row, "note": facts.ledger.get(row["id"], {}).get("note")}
    return list(found.values())


def _builds_up(facts: Facts) -> tuple[str, ...]:
    adds: dict[str, list[str]] = {}
    for row in facts.rows("support"):
        if row["category"] != row["from"] and row["from"] not in adds.setdefault(row["category"], []):
            adds[row["category"]].append(row["from"])
    if not adds:
        return ("Each list stands alone.",)
    said = "; ".join(f"{category} also has what {' and '.join(others)} has" for category, others in adds.items())
    return (f"Each offer is listed once. {said}.",)


def _where(facts: Facts, row: Record) -> str:
    """Return what else an offer depends on."""
    said = [words_of(one).replace("=", " is ") for one in row.get("results") or ()]
    said += [words_of(row["variant"])] if row.get("variant") else []
    phases = phase_words(facts, row.get("phases"))
    return "; ".join([*said, phases] if phases else said)


def _pays(_: Facts, row: Record) -> str:
    funding = str(row["funding"] or "")
    return _PAYS.get(funding, words_of(funding))


def _follows(_: Facts, row: Record) -> str:
    return "may be given" if row["decision"] == "may" else "is given"


def _quantity(facts: Facts, row: Record) -> Cell:
    numbers = facts.numbers(row["id"])
    return Cell(tuple(row.get("quantity") or ()), ("Numbers: " + "; ".join(numbers),) if numbers else ())


def _amount(_: Facts, row: Record) -> Cell:
    return Cell((figure_words(row["amount"]),), number=row["amount"])


def _pounds(_: Facts, row: Record) -> Cell:
    pounds = row["pays"] * row["rate"]
    return Cell((figure_words(pounds),), number=pounds)


def _charge_note(facts: Facts, rows: Sequence[Record]) -> str:
    first = rows[0]
    said = [f"Each of the {words_of(first['unit'])} that a school pays for is {figure_words(first['rate'])} pounds."]
    said += [_ROUNDING.get(first["rounding"], words_of(first["rounding"]))]
    marked = phase_words(facts, first["marked_phases"])
    said += [f"Applied with a mark, although not written for them: {marked}."] if marked else []
    said += [first["note"]] if first["note"] else []
    return " ".join(said)


def _process(facts: Facts) -> list[Record]:
    rows = [{**row, "last_line": facts.last_line(row["id"])} for row in facts.rows("process")]
    order = {topic: at for at, topic in enumerate(_TOPICS)}
    return sorted(rows, key=lambda row: order.get(row["topic"], len(order)))


SUPPORT_PARTS = (
    Part(
        "support",
        "Support, category by category",
        "Support",
        _offers,
        (
            LINE,
            ID,
            SAYS,
            Field(Column("How much", 26), _quantity, optional=True),
            Field(Column("Who pays", 20), _pays, optional=True),
            Field(Column("Given or may be given", 14), _follows),
            Field(Column("Only where", 20), _where, optional=True),
            NOTE,
        ),
        intro=_builds_up,
        grouped_by=("Category",),
        group=lambda _, row: (str(row["category"] or "Given by another result"),),
        title_of=lambda facts, values: category_words(facts, values[0]),
        group_colour=True,
        checks=True,
    ),
    Part(
        "charges",
        "What a school pays",
        "Charges",
        "charges",
        (
            LINE,
            ID,
            SAYS,
            Field(Column("More than", 9), "above"),
            Field(Column("Up to", 9), "up_to"),
            Field(Column("Of what", 9), "unit"),
            Field(Column("The school pays for", 11), "pays"),
            Field(Column("In pounds", 11), _pounds),
            phases_field(18),
        ),
        grouped_by=("Charge",),
        group=lambda _, row: (spelt(row["charge"]),),
        note_of=_charge_note,
        cites="charge_line",
        checks=True,
    ),
    Part(
        "capacity",
        "What the authority has, needs and spends",
        "Capacity",
        "capacity",
        (
            LINE,
            ID,
            SAYS,
            Field(Column("Kind", 10), "kind"),
            Field(Column("How much", 14), _amount),
            Field(Column("Of what", 12), lambda _, row: words_of(row["unit"])),
            Field(Column("Per", 10), lambda _, row: words_of(row["per"] or ""), optional=True),
            NOTE,
        ),
        checks=True,
    ),
    Part(
        "process",
        "Review calendar and process",
        "Process",
        _process,
        (
            LINE,
            ID,
            SAYS,
            Field(Column("When", 20), "when", optional=True),
            Field(Column("Who", 24), "who", optional=True),
            Field(Column("Categories", 13), "categories", optional=True),
            phases_field(),
            Field(Column("How much", 24), _quantity, optional=True),
            NOTE,
        ),
        grouped_by=("Topic",),
        group=lambda _, row: (spelt(row["topic"]),),
        checks=True,
    ),
)
"""The sections about what follows, in the order of reading."""
