"""The sheet of categories: what is settled, what is open, what would decide, and room for the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolframe.presentation._categories import STATUS, category_tone, label_of
from schoolframe.presentation._formats import choice, print_set_up
from schoolframe.presentation._style import CATEGORY_TONES, HEADER, MUTED, RULE, TONES

if TYPE_CHECKING:
    from schoolframe.presentation._categories import Categories, Category
    from schoolframe.presentation._formats import Formats
    from schoolframe.presentation._sheets import Register

__all__ = ["write_categories"]

_READING = "Unknown evidence counts neither for nor against a school. Where it could change the category, that is open."
_HEADS = (
    ("School name", 31),
    ("Category", 23),
    ("Status", 19),
    ("Still possible", 19),
    ("On the evidence held so far", 19),
    ("Would decide it, the most decisive first", 52),
    ("Flags", 19),
    ("Decision of the sub-group", 24),
    ("Reason for the decision", 28),
)
_FIRST = 3
_DECISION = 7
_SHOWN = 3  # deciding items that are spelt out


def write_categories(workbook: Any, formats: Formats, register: Register, categories: Categories) -> None:
    """Write one row per school of the register."""
    page = workbook.add_worksheet("Categories")
    name = dict(categories.framework).get("Framework", "the framework")
    title = f"{register.authority}: categories, autumn {register.year}"
    page.write(0, 0, title, formats(bold=True, font_size=14))
    page.set_row(0, 24)
    page.write_string(1, 0, f"{name}. {_READING}", formats(font_color=MUTED))
    page.set_row(1, 20)
    head = formats(bold=True, text_wrap=True, align="center", border=1, border_color=RULE, bg_color=HEADER)
    page.set_row(2, 32)
    for at, (heading, width) in enumerate(_HEADS):
        page.set_column(at, at, width)
        page.write_string(2, at, heading, head)
    box: dict[str, object] = {"border": 1, "border_color": RULE, "text_wrap": True, "indent": 1}
    blank = formats(**box, bg_color=TONES["entry"].background, font_color=TONES["entry"].text)
    lines = [line for line in register.sheets[0].lines if line.kind == "school"]
    for row, line in enumerate(lines, start=_FIRST):
        one = categories.schools.get(line.urn or 0)
        texts = ["not assigned", *("-" for _ in range(5))] if one is None else _texts(one, categories)
        for at, text in enumerate([line.label, *texts]):
            tone = CATEGORY_TONES.get(category_tone(one.category) or "") if one is not None and at == 1 else None
            colours = {} if tone is None else {"bg_color": tone.background, "font_color": tone.text}
            page.write_string(row, at, text, formats(**box, **colours))
        page.write_blank(row, _DECISION, None, blank)
        page.write_blank(row, _DECISION + 1, None, blank)
        widest = max(-(-len(text) // int(width)) for text, (_, width) in zip(texts, _HEADS[1:], strict=False))
        page.set_row(row, 13.5 * max(2, widest) + 4)
    _let_decide(page, formats, categories, _FIRST + len(lines) - 1)
    row = _FIRST + len(lines) + 1
    for name in categories.names:
        tone = CATEGORY_TONES.get(category_tone(name) or "")
        colours = {} if tone is None else {"bg_color": tone.background, "font_color": tone.text}
        page.write_string(row, 0, categories.said(name), formats(**box, **colours))
        page.write_string(row, 1, categories.meanings.get(name, ""), formats(font_color=MUTED, indent=1))
        page.set_row(row, 18)
        row += 1
    print_set_up(page, title, rows=row, columns=len(_HEADS) - 1, repeat=(2, 2), freeze=(_FIRST, 1))


def _texts(one: Category, categories: Categories) -> list[str]:
    """Return the cells of a school between its name and the decision.

    Of a school without a category, the leading one is named only where more than half of the counted criteria are
    known. On less it would stand there like a result, although one inspection grade may be all there is behind it.
    """
    held = one.leading or "none yet"
    if one.known is not None and one.counted is not None:
        thin = one.category is None and one.leading is not None and 2 * one.known <= one.counted
        held = "too little to name one" if thin else held
        held += f" ({one.known} of {one.counted} criteria known)"
    deciding = "; ".join(label_of(name) for name in one.deciding[:_SHOWN])
    more = len(one.deciding) - _SHOWN
    if more > 0:
        deciding += f"; and {more} more"
    return [
        "none yet" if one.category is None else categories.said(one.category),
        STATUS.get(one.status, one.status),
        _either(one.possible),
        held,
        deciding or "-",
        "; ".join(flag.replace("_", " ") for flag in one.flags) or "-",
    ]


def _either(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return "".join(names) or "-"
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _let_decide(page: Any, formats: Formats, categories: Categories, last: int) -> None:
    """Offer the categories in the column of the decision, each with its colour once chosen."""
    choices = [categories.said(name) for name in categories.names]
    if not choices or last < _FIRST:
        return
    if len(",".join(choices)) <= 255:  # the longest list that Excel takes
        page.data_validation(_FIRST, _DECISION, last, _DECISION, choice(choices, "Decision of the sub-group"))
    for name, said in zip(categories.names, choices, strict=True):
        tone = CATEGORY_TONES.get(category_tone(name) or "")
        if tone is not None:
            chosen = formats(bg_color=tone.background, font_color=tone.text)
            rule = {"type": "cell", "criteria": "==", "value": f'"{said}"', "format": chosen}
            page.conditional_format(_FIRST, _DECISION, last, _DECISION, rule)
