"""Which phases' rules apply in a phase: its own, and for a phase made of others those of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from schoolframe.frameworks import Framework

__all__ = ["applies", "phases_in"]


def phases_in(framework: Framework, phase: str) -> frozenset[str]:
    """Return the phase and the phases it is made of.

    Example:
        >>> import schoolframe as sf
        >>> sorted(phases_in(sf.Framework.load("southend_2017"), "primary"))
        ['primary']
    """
    # The parts show in the columns of a result: a phase made of others reports the category of each.
    nobody = pl.DataFrame(schema={"urn": pl.Int64})
    columns = framework.assign(nobody, phase=phase).frame.columns
    return frozenset([phase, *(other for other in framework.phases if f"{other}_category" in columns)])


def applies(row: dict[str, object], phases: frozenset[str] | None) -> bool:
    """Return whether a row of a listing applies in any of the phases; a row without phases applies in all.

    Example:
        >>> applies({"phases": ["infant"]}, frozenset(["junior"])), applies({"phases": []}, frozenset(["junior"]))
        (False, True)
    """
    own = row.get("phases")
    return phases is None or not isinstance(own, list) or not own or not phases.isdisjoint(own)
