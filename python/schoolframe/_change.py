"""What would have to change for a school to come into another category."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Changes"]


@dataclass(frozen=True)
class Changes:
    """The smallest changes that move a school to the next better and the next worse category, or settle an open one.

    Attributes:
        frame: One row per alternative and indicator: ``urn``, ``year``, ``direction`` (up, down, settle), ``target``
            (category), ``status`` the school would have, ``alternative`` (1 is the smallest), ``changes`` (indicators
            in all), ``found`` (those of them to be found out), ``size`` (points and steps in all), ``kind`` (change,
            find_out), ``indicator``, ``from`` (missing where unknown), ``to``, ``change`` (points with their sign;
            steps for choices), ``unit``, ``pupils`` (more, or fewer if negative), ``criteria`` (those whose result
            changes), ``exact`` (nothing smaller exists).
        notes: What has to be said beside it: that there is no better category, that a search was cut off.
        text: The same in plain English.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> school = pl.DataFrame({"urn": [1], "sen_progress_grade": ["satisfactory"], "ofsted_nti": [False]})
        >>> school = school.with_columns(ofsted_special_measures=False)
        >>> changes = sf.Framework.load("southend_2011").assign(school, phase="special").what_would_change(1)
        >>> changes.frame.select("direction", "target", "from", "to").row(0)
        ('up', '2b', 'satisfactory', 'sometimes_good')
    """

    frame: pl.DataFrame
    notes: tuple[str, ...]
    text: str

    def __len__(self) -> int:
        """Number of rows of the table."""
        return self.frame.height

    def __str__(self) -> str:
        """Return the text."""
        return self.text

    def __repr__(self) -> str:
        """Return the text, as a notebook without HTML shows it."""
        return self.text

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text, quote=False)}</pre>"
