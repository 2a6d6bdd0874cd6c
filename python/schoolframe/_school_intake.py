"""Rows and columns of a model of schools: who counts, and how intake in numbers and words is handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_texts
from schoolframe._design import is_words, levels_of
from schoolframe._number_columns import number_column, refuse_rows
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "NO_SPREAD",
    "intake_column",
    "intake_names",
    "intake_places",
    "place_of",
    "pupils_column",
]

NO_SPREAD = "schools of the fit differ by no more than chance: no rank can be told from another, so all levels are one"
"""Note where the variance between schools was found to be 0."""

_FEWEST_OF_A_LEVEL = 2


def intake_names(intake: str | Sequence[str], taken: Sequence[str]) -> list[str]:
    """Return the columns of the intake, each once and none with another part in the model.

    Example:
        >>> intake_names(["fsm_pct", "gender"], ["a8", "n"])
        ['fsm_pct', 'gender']
    """
    names = require_texts(intake, "intake")
    if not names:
        msg = "intake: name at least one column"
        raise InputError(msg)
    double = next((name for at, name in enumerate(names) if name in names[:at] or name in taken), None)
    if double is not None:
        msg = f"intake: column '{double}' is named twice in the model"
        raise InputError(msg)
    return names


def pupils_column(frame: pl.DataFrame, name: str, argument: str) -> pl.Series:
    """Return numbers of pupils as Float64: whole, from 0.

    Example:
        >>> import polars as pl
        >>> pupils_column(pl.DataFrame({"n": [120, None]}), "n", "n").to_list()
        [120.0, None]
    """
    pupils = number_column(frame, name, argument, least=0)
    refuse_rows(frame[name], pupils != pupils.floor(), "must hold whole numbers of pupils", argument)
    return pupils


def intake_column(frame: pl.DataFrame, name: str, argument: str) -> pl.Series:
    """Return a column of the intake: numbers as Float64, words as they stand.

    Example:
        >>> import polars as pl
        >>> intake_column(pl.DataFrame({"fsm_pct": [12, None]}), "fsm_pct", "intake").to_list()
        [12.0, None]
    """
    return frame[name] if is_words(frame.schema[name]) else number_column(frame, name, argument)


def intake_places(
    kept: pl.DataFrame, names: Sequence[str], reference: Mapping[str, Any]
) -> list[tuple[str, pl.Series, list[str] | None]]:
    """Return the columns of the intake as floats: numbers, or places of words among levels, the reference first.

    Example:
        >>> import polars as pl
        >>> kept = pl.DataFrame({"gender": ["Mixed", "Girls", "Mixed", "Girls"]})
        >>> [(name, column.to_list(), levels) for name, column, levels in intake_places(kept, ["gender"], {})]
        [('gender', [1.0, 0.0, 1.0, 0.0], ['Girls', 'Mixed'])]
    """
    found: list[tuple[str, pl.Series, list[str] | None]] = []
    for name in names:
        column = kept[name]
        if not is_words(column.dtype):
            if name in reference:
                msg = f"reference: column '{name}' holds numbers, which have no level of reference"
                raise InputError(msg)
            found.append((name, column.rechunk(), None))
            continue
        levels = levels_of(column, reference.get(name))
        if len(levels) < 2:
            msg = f"intake: column '{name}' is '{levels[0]}' in every school that counts"
            raise InputError(msg)
        sizes = dict(column.cast(pl.String).value_counts().iter_rows())
        rare = [f"'{level}'" for level in levels if sizes[level] < _FEWEST_OF_A_LEVEL]
        if rare:
            msg = (
                f"intake: a single school has these levels of '{name}': {', '.join(rare)}; "
                "join them with others, or leave those schools out"
            )
            raise InputError(msg)
        found.append((name, kept.select(place_of(name, levels)).to_series().rechunk(), levels))
    return found


def place_of(name: str, levels: Sequence[str]) -> pl.Expr:
    """Return an expression for the place of a word among its levels: -1 for one that is none of them, null stays null.

    Example:
        >>> import polars as pl
        >>> pl.DataFrame({"g": ["b", "x", None]}).select(place_of("g", ["a", "b"]))["g"].to_list()
        [1.0, -1.0, None]
    """
    places = [float(place) for place in range(len(levels))]
    words = pl.col(name).cast(pl.String)
    return pl.when(words.is_not_null()).then(
        words.replace_strict(list(levels), places, default=-1.0, return_dtype=pl.Float64)
    )
