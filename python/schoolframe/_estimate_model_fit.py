"""Fits the model of each outcome on the pupils who have it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_finite, require_mapping, require_numbers
from schoolframe._contextual_columns import shape_of
from schoolframe._design import check_levels, is_words, levels_of, school_codes
from schoolframe._estimate_groups import NOISE
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe._estimate_model_columns import ModelColumns

__all__ = ["FitSettings", "fit_outcome", "references", "scale_ends"]


@dataclass(frozen=True)
class FitSettings:
    """What holds for every outcome."""

    method: str
    shrink: bool
    min_school: int
    min_group: int
    min_pupils: int
    scale: tuple[float, float] | None
    ends: Mapping[str, tuple[float | None, list[float]]]
    reference: Mapping[str, Any]


def scale_ends(prior_range: object) -> tuple[float, float] | None:
    """Return the ends of the scale of prior attainment, if they are named.

    Example:
        >>> scale_ends((59, 120))
        (59.0, 120.0)
    """
    if prior_range is None:
        return None
    ends = [require_finite(end, "prior_range") for end in require_numbers(prior_range, "prior_range")]
    if len(ends) != 2 or ends[0] >= ends[1]:
        msg = f"prior_range: the lowest and the highest value of the scale are needed, (59, 120), not {prior_range!r}"
        raise InputError(msg)
    return ends[0], ends[1]


def references(reference: object, words: Sequence[str]) -> Mapping[str, Any]:
    """Return the reference levels that are asked for; they belong to columns of words.

    Example:
        >>> dict(references({"sen": "none"}, ["sen"]))
        {'sen': 'none'}
    """
    asked = require_mapping(reference, "reference", "{'sen': 'none'}")
    for name in asked:
        if name not in words:
            msg = f"reference: '{name}' is not among the columns of words in context: {', '.join(words) or 'none'}"
            raise InputError(msg)
    return asked


def fit_outcome(
    columns: pl.DataFrame, names: ModelColumns, outcome: str, grades: list[str], settings: FitSettings
) -> dict[str, Any]:
    """Return the model of one outcome as the content of its JSON text."""
    needed = [names.school, outcome, *names.priors, *names.covariates]
    # Picked by name, for an expression would make one piece of every column.
    kept = columns[needed]
    if any(column.null_count() for column in kept):
        kept = kept.drop_nulls()
    least, named = max((settings.min_pupils, "min_pupils"), (2 * settings.min_group, "twice min_group"))
    if kept.height < least:
        have = "pupil has" if kept.height == 1 else "pupils have"
        msg = (
            f"outcome '{outcome}': {kept.height} {have} it and everything else, fewer than {named} ({least}); leave it "
            "out, or join it with a similar one"
        )
        raise InputError(msg)
    try:
        starts = [_start(kept[name], settings) for name in names.priors]
        contexts = [_context(kept, name, names, settings) for name in names.covariates]
    except InputError as error:
        msg = f"outcome '{outcome}': {error}"
        raise type(error)(msg) from None
    schools, codes = school_codes(kept[names.school])
    points, priors = kept[outcome].rechunk(), [kept[name].rechunk() for name in names.priors]
    # Texts and names of schools are codes by now; they would be held beside everything else.
    del kept
    text = _native.fit_pupil_estimates(
        points,
        priors,
        json.dumps(starts),
        [values for _, values in contexts],
        json.dumps([term for term, _ in contexts]),
        codes,
        len(schools),
        grades,
        settings.method,
        settings.min_school,
        settings.min_group,
        settings.shrink,
    )
    model: dict[str, Any] = json.loads(text)
    return model


def _start(values: pl.Series, settings: FitSettings) -> dict[str, Any]:
    name = values.name
    if name not in settings.ends:
        shape = {"spline": shape_of(values, "spline", 1)["spline"]["knots"]}
        return {"column": name, "shape": shape, "lowest": None, "scale": settings.scale}
    lowest, ends = settings.ends[name]
    groups = (pl.Series(ends, dtype=pl.Float64) + NOISE).search_sorted(values, side="left")
    sizes = dict(groups.value_counts().iter_rows())
    small = [f"to {ends[group]:g} ({sizes[group]})" for group in sorted(sizes) if sizes[group] < settings.min_group]
    if small:
        msg = (
            f"groups: fewer than {settings.min_group} pupils are in these groups of '{name}': {', '.join(small)}; "
            "join them with others, or lower min_group"
        )
        raise InputError(msg)
    shape = {"groups": {"upper": ends, "filled": sorted(sizes)}}
    return {"column": name, "shape": shape, "lowest": lowest, "scale": settings.scale}


def _context(kept: pl.DataFrame, name: str, names: ModelColumns, settings: FitSettings) -> tuple[Any, pl.Series]:
    values = kept[name]
    if not is_words(values.dtype):
        return {"month" if name == names.month else "numbers": name}, values.rechunk()
    levels = levels_of(values, settings.reference.get(name))
    check_levels(kept, {name: levels}, settings.min_group, "context")
    # Texts became an Enum at the door; the places of its categories become those of the levels.
    categories = values.dtype.categories.to_list()  # type: ignore[attr-defined]  # an Enum
    places = pl.Series([levels.index(one) if one in levels else 0 for one in categories], dtype=pl.UInt32)
    return {"words": {"column": name, "levels": levels}}, places.gather(values.to_physical()).rechunk()
