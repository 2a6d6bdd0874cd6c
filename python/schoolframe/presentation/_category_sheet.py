"""The sheet of categories: what is settled, what is open, what would decide, and room for the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolframe.presentation._categories import STATUS, category_tone, label_of
from schoolframe.presentation._formats import choice, print_set_up
from schoolframe.presentation._style import CATEGORY_TONES, HEADER, MUTED, RULE, TONES

if TYPE_CHECKING:
    from schoolframe.presentation._categories import Categories
    from schoolframe.presentation._formats import Formats
    from schoolframe.presentation._sheets import Register

__all__ = ["write_categories"]

_READING = "Unknown evidence counts neither for nor against a school. Where it could change the category, that is open."


def write_categories(workbook: Any, formats: Formats, register: Register, categories: Categories) -> None:
    """Write one row per school of the register."""
    page = workbook.add_worksheet("Categories")
    name = dict(categories.framework).get("Framework", "the framework")
    title = f"{register.authority}: categories, autumn {register.year}"
    page.write(0, 0, title, formats(bold=True, font_size=14))
    page.set_row(0, 24)
    page.write_string(1, 0, f"{name}. {_READING}", formats(font_color=MUTED))
    heads = [
        ("School name", 34), ("Category", 26), ("Status", 26), ("Still possible", 22),
        ("On the evidence held", 14), ("Would decide it (the most decisive first)", 58), ("Flags", 24),
        ("Decision of the sub-group", 26), ("Reason for the decision", 32),
    ]  # fmt: skip
    head = formats(bold=True, text_wrap=True, align="center", border=1, border_color=RULE, bg_color=HEADER)
    page.set_row(2, 32)
    for at, (heading, width) in enumerate(heads):
        page.set_column(at, at, width)
        page.write_string(2, at, heading, head)
    box: dict[str, object] = {"border": 1, "border_color": RULE, "text_wrap": True, "valign": "top"}
    entry = TONES["entry"]
    blank = formats(**box, bg_color=entry.background, font_color=entry.text)
    lines = [line for line in register.sheets[0].lines if line.kind == "school"]
    for row, line in enumerate(lines, start=3):
        one = categories.schools.get(line.urn or 0)
        page.write_string(row, 0, line.label, formats(**box))
        if one is None:
            for at in range(1, 7):
                page.write_string(row, at, "not assigned" if at == 1 else "-", formats(**box, font_color=MUTED))
        else:
            tone = CATEGORY_TONES.get(category_tone(one.category) or "")
            colours = {} if tone is None else {"bg_color": tone.background, "font_color": tone.text}
            said = categories.said(one.category) if one.category is not None else "none yet"
            page.write_string(row, 1, said, formats(**box, **colours))
            page.write_string(row, 2, STATUS.get(one.status, one.status), formats(**box))
            page.write_string(row, 3, " or ".join(one.possible) or "-", formats(**box))
            page.write_string(row, 4, one.leading or "-", formats(**box))
            deciding = "; ".join(label_of(name) for name in one.deciding[:4])
            more = len(one.deciding) - 4
            deciding += f"; and {more} more" if more > 0 else ""
            page.write_string(row, 5, deciding or "-", formats(**box))
            page.write_string(row, 6, "; ".join(flag.replace("_", " ") for flag in one.flags) or "-", formats(**box))
            page.set_row(row, 15 * max(2, -(-len(deciding) // 56)) + 2)
        page.write_blank(row, 7, None, blank)
        page.write_blank(row, 8, None, blank)
    last = 2 + len(lines)
    choices = [categories.said(name) for name in categories.names]
    if choices and len(",".join(choices)) <= 255:  # the longest list that a cell may carry
        page.data_validation(3, 7, last, 7, choice(choices, "Decision of the sub-group"))
    for name in categories.names:
        tone = CATEGORY_TONES.get(category_tone(name) or "")
        if tone is not None:
            chosen = formats(bg_color=tone.background, font_color=tone.text)
            rule = {"type": "cell", "criteria": "==", "value": f'"{categories.said(name)}"', "format": chosen}
            page.conditional_format(3, 7, last, 7, rule)
    print_set_up(page, title, rows=last + 1, columns=len(heads) - 1, repeat=(2, 2), freeze=(3, 1))
