"""The sheet of notes and sources: where every figure is from and by which rules it was marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schoolframe._native import __version__
from schoolframe.presentation._figures import academic_year, long_date

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from schoolframe.presentation._categories import Categories
    from schoolframe.presentation._sheets import Register

__all__ = ["about_lines"]

_SIGNIFICANCE = (
    "Significantly above: the whole 95% confidence interval is above 0, the mean of the measure. Significantly below: "
    "all of it is below 0. An interval that touches 0 is not significant."
)
_CODING = (
    "Above or below: {threshold:g} percentage points or more from the national figure (strategy, line 352). Absence "
    "and exclusions are coded by value too; there, above is adverse."
)
_OPEN = "NOT suppressed: this workbook shows groups of any size and must not leave the team."
_SUPPRESSED = (
    "Groups of 1 to {largest} pupils are suppressed (x), with the other pupils of the same school, the gap, and under "
    "a printed total further schools with small groups, until no hidden number can be worked out. "
    "Cells suppressed here or by the source: {cells}."
)
_CATEGORIES = (
    "Worked out from the criteria of the framework that the figures answer. Unknown is not false: a category is "
    "settled only if nothing unknown could change it. The decision is the sub-group's."
)


def about_lines(
    register: Register,
    categories: Categories | None,
    sources: Mapping[str, str] | Sequence[str],
    as_of: dt.date | None,
    attribution: str | None,
) -> list[tuple[str, str]]:
    """Return the lines of the sheet: what, and what is said about it."""
    lines = [
        ("Register", register.title),
        ("Results year", academic_year(register.year) + ("" if as_of is None else f", figures of {long_date(as_of)}")),
        ("Template", "Southend-on-Sea, school performance and intervention strategy 2017-19, appendix IV (secondary)"),
    ]
    if isinstance(sources, str):
        lines.append(("Source of the figures", sources))
    elif isinstance(sources, Mapping):
        lines += [(f"Source: {what}", said) for what, said in sources.items()]
    elif sources:
        lines += [("Source of the figures", said) for said in sources]
    else:
        lines.append(("Source of the figures", "not stated"))
    if attribution:
        lines.append(("Licence", attribution))
    disclosure = _OPEN
    if register.minimum is not None:
        disclosure = _SUPPRESSED.format(largest=register.minimum - 1, cells=register.suppressed)
    lines += [
        ("Progress 8 against national average", _SIGNIFICANCE),
        ("Coding of percentages", _CODING.format(threshold=register.threshold)),
        ("Rounding", "Figures are compared as they are held and printed rounded, halves away from zero."),
        ("Disclosure", disclosure),
    ]
    if categories is not None:
        lines += categories.framework
        lines.append(("Categories", _CATEGORIES))
    by_source: dict[tuple[str, str], list[str]] = {}
    for who, what, said in register.comparators:
        whats = by_source.setdefault((who, said), [])
        whats += [] if what in whats else [what]
    lines += [(f"Figures of {who}", f"{said}: {'; '.join(whats)}") for (who, said), whats in by_source.items()]
    lines += [("Content (SHA-256)", register.content_hash), ("Made with", f"schoolframe {__version__}")]
    return lines
