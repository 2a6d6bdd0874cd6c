"""Columns of contextual value added: who counts, shapes of prior attainment, intake of the school."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe import _native
from schoolframe._arguments import unknown_name
from schoolframe._design import is_words, known_levels
from schoolframe._key_columns import school_names
from schoolframe._measured import USED, account, complete
from schoolframe._number_columns import number_column
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["context_columns", "kept_pupils", "known_context", "prior_columns", "school_prior_columns", "shape_of"]

# Percentiles of the pupils at which a spline of five knots bends.
_KNOTS = (0.05, 0.275, 0.5, 0.725, 0.95)


def kept_pupils(
    data: pl.DataFrame, school: str, outcome: str, priors: Sequence[str], contexts: Sequence[str], *, spread: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the pupils with every value, numbers as Float64, and the account of all of them.

    With ``spread`` pupils alone in their school are left out: their prior attainment has no spread.

    Example:
        >>> import polars as pl
        >>> data = pl.DataFrame({"urn": [1, 1, 2], "a8": [40, 50, 60], "ks2": [99, 101, None]})
        >>> kept_pupils(data, "urn", "a8", ["ks2"], [], spread=True)[1].rows()
        [('used', 2), ("'ks2' is missing", 1)]
    """
    names = [school, outcome, *priors, *contexts]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        msg = f"outcome, prior, context and school: column '{double[0]}' is named twice"
        raise InputError(msg)
    numbers = [number_column(data, outcome, "outcome"), *(number_column(data, name, "prior") for name in priors)]
    words = [data[name] if is_words(data.schema[name]) else number_column(data, name, "context") for name in contexts]
    kept, rows = complete(pl.DataFrame([school_names(data[school]), *numbers, *words]), names)
    if spread:
        alone = pl.len().over(school) == 1
        several = kept.filter(~alone)
        left_out = {reason: count for reason, count in rows.iter_rows() if reason != USED}
        left_out["alone in the school, no spread of prior attainment"] = kept.height - several.height
        kept, rows = several, account(data.height, left_out)
    if kept.is_empty():
        msg = f"pupils: no row counts, with a value in each of {', '.join(names)}"
        raise InputError(msg)
    # A filter leaves as many chunks as there are threads, and a mean is summed chunk by chunk.
    return kept.rechunk(), rows


def known_context(data: pl.DataFrame, words: Mapping[str, list[str]]) -> pl.DataFrame:
    """Return the frame with columns of words as texts; levels that were not in the fit are refused.

    Example:
        >>> import polars as pl
        >>> known_context(pl.DataFrame({"sen": ["N"]}), {"sen": ["N", "K"]})["sen"].to_list()
        ['N']
    """
    return data.with_columns(known_levels(data[name], levels) for name, levels in words.items())


def shape_of(values: pl.Series, shape: str, degree: int) -> dict[str, Any]:
    """Return the shape of a column of prior attainment, learned from its values.

    Example:
        >>> import polars as pl
        >>> shape_of(pl.Series([98.0, 102.0]), "polynomial", 2)
        {'powers': {'centre': 100.0, 'degree': 2}}
    """
    if shape == "polynomial":
        if not 1 <= degree <= 5:
            msg = f"degree: 1 to 5 is needed, not {degree}"
            raise InputError(msg)
        return {"powers": {"centre": values.mean(), "degree": degree}}
    if shape != "spline":
        raise unknown_name("shape", shape, ["polynomial", "spline"])
    knots = [values.quantile(part, interpolation="linear") for part in _KNOTS]
    if sorted(set(knots)) != knots:  # type: ignore[type-var]  # no value is missing
        few = f"'{values.name}' has too few different values for the knots of a spline"
        msg = f"prior: {few}, {knots}; use another shape"
        raise InputError(msg)
    return {"spline": {"knots": knots}}


def prior_columns(kept: pl.DataFrame, shapes: Mapping[str, Mapping[str, Any]]) -> list[pl.Series]:
    """Return the columns of prior attainment under their shapes, named after it.

    Example:
        >>> import polars as pl
        >>> kept = pl.DataFrame({"ks2": [98.0, 104.0]})
        >>> [column.to_list() for column in prior_columns(kept, {"ks2": {"powers": {"centre": 100.0, "degree": 2}}})]
        [[-2.0, 4.0], [4.0, 16.0]]
    """
    found: list[pl.Series] = []
    for name, shape in shapes.items():
        columns = _native.prior_basis(kept[name].rechunk(), json.dumps(shape))
        pattern = "{}^{}" if "powers" in shape else "{} spline {}"
        found += [column.alias(name if at == 0 else pattern.format(name, at + 1)) for at, column in enumerate(columns)]
    return found


def context_columns(kept: pl.DataFrame, contexts: Sequence[str]) -> list[pl.Series]:
    """Return the columns of the context as they stand.

    Example:
        >>> import polars as pl
        >>> [column.name for column in context_columns(pl.DataFrame({"sen": ["N"], "fsm": [0]}), ["fsm"])]
        ['fsm']
    """
    return [kept[name] for name in contexts]


def school_prior_columns(kept: pl.DataFrame, school: str, priors: Sequence[str]) -> list[pl.Series]:
    """Return mean and standard deviation (``n - 1``) of prior attainment in each pupil's school.

    Example:
        >>> import polars as pl
        >>> kept = pl.DataFrame({"urn": [1, 1, 2, 2], "ks2": [98.0, 102.0, 100.0, 104.0]})
        >>> [column.round(2).to_list() for column in school_prior_columns(kept, "urn", ["ks2"])]
        [[100.0, 100.0, 102.0, 102.0], [2.83, 2.83, 2.83, 2.83]]
    """
    measures = [
        part.over(school).alias(f"{name}: school {word}")
        for name in priors
        for word, part in (("mean", pl.col(name).mean()), ("spread", pl.col(name).std()))
    ]
    return kept.select(measures).get_columns()
