"""How results show themselves in a notebook: lines of text, and frames behind them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

__all__ = ["as_html"]


def as_html(lines: Iterable[str], *frames: pl.DataFrame) -> str:
    """Return the HTML of lines of text, each a paragraph, with frames behind them as polars renders them.

    Example:
        >>> as_html(["n < 6: suppressed"])
        '<p>n &lt; 6: suppressed</p>'
    """
    told = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return told + "".join(frame._repr_html_() for frame in frames)  # polars' own rendering for notebooks
