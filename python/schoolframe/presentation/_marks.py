"""Colours, shapes and settings that the charts share. Every colour comes with a shape and a word."""

from __future__ import annotations

from typing import Any

from schoolframe.presentation._style import (
    ADVERSE,
    FONT,
    GOOD,
    INK,
    MUTED,
    NEUTRAL,
    PAPER,
    RULE,
    STRONG_ADVERSE,
    STRONG_GOOD,
)

__all__ = ["BAND_COLOURS", "BAND_SHAPES", "GAP_COLOURS", "GAP_SHAPES", "STEP_COLOURS", "ladder", "settings"]

BAND_COLOURS = {
    "well above average": STRONG_GOOD,
    "above average": GOOD,
    "average": NEUTRAL,
    "below average": ADVERSE,
    "well below average": STRONG_ADVERSE,
    "interval not held": MUTED,
}
BAND_SHAPES = {
    "well above average": "diamond",
    "above average": "triangle-up",
    "average": "circle",
    "below average": "triangle-down",
    "well below average": "square",
    "interval not held": "cross",
}
GAP_COLOURS = {
    "significantly ahead": STRONG_GOOD,
    "not significant": NEUTRAL,
    "significantly behind": ADVERSE,
    "no interval": MUTED,
}
GAP_SHAPES = {
    "significantly ahead": "triangle-up",
    "not significant": "circle",
    "significantly behind": "triangle-down",
    "no interval": "cross",
}
STEP_COLOURS = ("#9CC5EA", GOOD, STRONG_GOOD)
_SKY = "#5A9FDA"  # light enough for dark letters on it
_LADDERS = {
    2: [_SKY, ADVERSE],
    3: [_SKY, "#C9CED4", ADVERSE],
    4: [STRONG_GOOD, "#8DBBE3", "#F2B57C", STRONG_ADVERSE],
    5: [STRONG_GOOD, "#8DBBE3", "#C9CED4", "#F2B57C", STRONG_ADVERSE],
}


def ladder(steps: int) -> list[str]:
    """Return colours for bands from best to worst; beyond five, blues to oranges repeat no colour but grow closer.

    Example:
        >>> len(ladder(4)), len(set(ladder(10)))
        (4, 10)
    """
    if steps in _LADDERS:
        return _LADDERS[steps]
    if steps < 2:
        return [NEUTRAL]
    return [_between(_SKY, ADVERSE, at / (steps - 1)) for at in range(steps)]


def _between(first: str, last: str, share: float) -> str:
    """Return a colour on the way from one to another over a light middle."""
    ends = (first, "#E3E6EA", last)
    at = share * 2
    start, end = (ends[0], ends[1]) if at <= 1 else (ends[1], ends[2])
    part = at if at <= 1 else at - 1
    levels = [
        round(int(start[spot : spot + 2], 16) * (1 - part) + int(end[spot : spot + 2], 16) * part) for spot in (1, 3, 5)
    ]
    return "#" + "".join(f"{level:02X}" for level in levels)


def settings() -> dict[str, Any]:
    """Return the settings of every chart: readable at the width of a notebook, no decoration."""
    return {
        "background": PAPER,
        "font": f"{FONT}, Helvetica, sans-serif",
        "view": {"stroke": None},
        "axis": {
            "labelColor": INK,
            "labelFontSize": 12,
            "labelLimit": 260,
            "titleColor": INK,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": "#E7EBF0",
            "domainColor": RULE,
            "tickColor": RULE,
        },
        "axisY": {"grid": False, "domain": False, "ticks": False, "labelPadding": 8},
        "title": {
            "anchor": "start",
            "frame": "group",
            "color": INK,
            "fontSize": 15,
            "fontWeight": "bold",
            "subtitleColor": MUTED,
            "subtitleFontSize": 12,
            "offset": 12,
        },
        "legend": {"labelColor": INK, "labelFontSize": 12, "titleColor": INK, "titleFontSize": 12, "orient": "top"},
        "header": {"labelColor": INK, "labelFontSize": 12, "titleFontSize": 12},
    }
