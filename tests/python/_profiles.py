"""Schools whose evidence is complete, from the worked cases of southend_2017, with changes."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import polars as pl

import schoolframe as sf
from conftest import ROOT

_tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
_PROFILES = _tomllib.loads((ROOT / "tests" / "cases" / "southend_2017.toml").read_text(encoding="utf-8"))["profiles"]

SOUTHEND = sf.Framework.load("southend_2017")
GREEN, AMBER, RED, OPEN, CANDIDATE, NEARLY = range(100_000, 100_006)


def profile(name: str) -> dict[str, Any]:
    """Return the evidence of a profile; ``green``, ``amber`` and ``red`` are complete."""
    own = dict(_PROFILES[name])
    base = own.pop("based_on", None)
    return {**(profile(base) if base else {}), **own}


def school(urn: int, name: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return one school: a profile (nothing known without one) with changes."""
    return {"urn": urn, **(profile(name) if name else {}), **changes}


def frame(*schools: dict[str, Any]) -> pl.DataFrame:
    """Return the schools as a frame; what one of them lacks is missing."""
    return pl.concat([pl.DataFrame([row]) for row in schools], how="diagonal_relaxed")


def six(**changes: Any) -> pl.DataFrame:
    """Green, Amber and Red; one of which nothing is known; a Blue candidate, else Amber; one Green or Blue."""
    return frame(
        *(school(urn, name, **changes) for urn, name in ((GREEN, "green"), (AMBER, "amber"), (RED, "red"))),
        school(OPEN, **changes),
        school(CANDIDATE, "amber", safety_threatened=True, **changes),
        school(NEARLY, "green", safety_threatened=None, **changes),
    )


def assigned(rows: pl.DataFrame | None = None, phase: str = "primary") -> sf.Assignment:
    """Return the provisional categories of the six, or of other rows."""
    return SOUTHEND.assign(six() if rows is None else rows, phase=phase)
