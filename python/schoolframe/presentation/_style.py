"""Colours with the words that go with them. No colour of this package stands alone, and none is hard to read.

Blue and orange keep apart under every common form of colour blindness. Pairs of background and text have a contrast of
at least 7 to 1 (level AAA of the Web Content Accessibility Guidelines); a test measures it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CATEGORY_TONES", "FONT", "INK", "MUTED", "TONES", "Tone", "contrast"]

FONT = "Arial"
INK = "#1B1F24"
MUTED = "#4A515A"
RULE = "#B7BEC7"
HEADER = "#E7EBF0"
PAPER = "#FFFFFF"

# Lines and points of charts: dark enough for a white page (3 to 1 or more), light enough to tell apart.
STRONG_GOOD = "#0B4F8A"
GOOD = "#3A84C4"
NEUTRAL = "#767D86"
ADVERSE = "#D9741A"
STRONG_ADVERSE = "#9A3B00"


@dataclass(frozen=True)
class Tone:
    """A background with the colour of the text on it."""

    background: str
    text: str


TONES = {
    "good": Tone("#CFE3F6", "#0A3358"),
    "adverse": Tone("#FBDCBB", "#5A2800"),
    "entry": Tone("#FFFBE0", INK),
    "quiet": Tone("#F3F5F7", "#3D444C"),
    "header": Tone(HEADER, INK),
    "summary": Tone("#F3F5F7", INK),
}
"""Backgrounds of cells by what they say."""

CATEGORY_TONES = {
    "green": Tone("#CDE9CF", "#0F3D17"),
    "amber": Tone("#FFE3A3", "#4D3400"),
    "red": Tone("#F8C9C4", "#5C0F0A"),
    "blue": Tone("#CFE3F6", "#0A3358"),
}
"""Backgrounds of the categories that a framework gives a colour; the name of the category always stands on it."""


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as the Web Content Accessibility Guidelines define it.

    Args:
        first: A colour as ``#RRGGBB``.
        second: Another one.

    Returns:
        ``(L1 + 0.05) / (L2 + 0.05)`` with the relative luminance of the lighter and the darker colour.

    Example:
        >>> contrast("#FFFFFF", "#000000")
        21.0
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
