"""Groups of prior attainment, and the bare table that averages are filled into."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_mapping, require_number, require_text, require_texts, require_whole
from schoolframe._number_columns import doubles
from schoolframe.exceptions import InputError

__all__ = [
    "NOISE",
    "about_table",
    "bare_table",
    "checked",
    "counts",
    "divisors",
    "group_ends",
    "results_year",
]

FORMAT = 1
# Ends are compared as decimals: differences under half of the ninth decimal are binary noise.
NOISE = 5e-10


def group_ends(prior: pl.Series, groups: object, *, allow_unverified: bool = False) -> tuple[float | None, list[float]]:
    """Return the lowest prior attainment and the upper end of each group.

    ``groups`` is ``"distinct"``, the name of a grouping, a number of groups of equal size, or upper ends.

    Example:
        >>> import polars as pl
        >>> group_ends(pl.Series([1.0, 2.0, 2.0, 3.0, 4.0, None]), 2)
        (1.0, [2.0, 4.0])
    """
    if isinstance(groups, str) and groups != "distinct":
        lowest, ends, verified = _native.prior_grouping(groups)
        if not (verified or allow_unverified):
            msg = (
                f"groups: the grouping '{groups}' is not verified (read in a secondary source); allow_unverified=True "
                "uses it all the same"
            )
            raise InputError(msg)
        return lowest, ends
    if isinstance(groups, Sequence) and not isinstance(groups, str):
        return None, [require_number(end, "groups") for end in groups]
    values = _present(prior)
    if isinstance(groups, str):
        # Values that differ by binary noise alone are one.
        ends = _ends(values)
        return ends[0], ends
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1:
        msg = f"groups: 'distinct', the name of a grouping, a number of groups or rising upper ends, not {groups!r}"
        raise InputError(msg)
    cuts = [values.quantile(cut / groups, interpolation="linear") for cut in range(1, groups + 1)]
    # Many pupils of one prior attainment stay together, so there may be fewer groups than were asked for.
    ends = _ends(pl.Series(cuts, dtype=pl.Float64))
    return float(values.sort()[0]), ends


def _ends(values: pl.Series) -> list[float]:
    ends: list[float] = values.round(9, mode="half_away_from_zero").unique().sort().to_list()
    return ends


def _present(prior: pl.Series) -> pl.Series:
    if not (prior.dtype.is_numeric() or prior.dtype == pl.Null):
        msg = f"column '{prior.name}' must hold numbers, not {prior.dtype}"
        raise InputError(msg)
    known: pl.Series = doubles(prior).fill_nan(None).drop_nulls()
    values: pl.Series = known.filter(known.is_finite())
    if values.is_empty():
        msg = f"pupils: column '{prior.name}' holds no prior attainment to make groups of"
        raise InputError(msg)
    return values


def divisors(outcomes: object) -> dict[str, float]:
    """Return outcomes with their divisors; a name or several names alone have the divisor 1.

    Example:
        >>> divisors(["reading", "maths"])
        {'reading': 1.0, 'maths': 1.0}
    """
    if isinstance(outcomes, Mapping):
        found = {
            require_text(name, "outcomes", "'attainment_8'"): require_number(divisor, f"outcomes['{name}']")
            for name, divisor in outcomes.items()
        }
    else:
        found = dict.fromkeys(require_texts(outcomes, "outcomes"), 1.0)
    if not found:
        msg = "outcomes: name at least one column of results"
        raise InputError(msg)
    return found


def bare_table(
    outcomes: Mapping[str, float],
    ends: tuple[float | None, Sequence[float]],
    *,
    measure: str | None,
    prior: str,
    scores: Mapping[str, str] | None,
    status: str,
    about: Mapping[str, object],
) -> dict[str, Any]:
    """Return a table without averages, as the native library reads it.

    Example:
        >>> table = bare_table(
        ...     {"a8": 10.0}, (None, [1.0]), measure=None, prior="cat4", scores=None, status="fitted", about={}
        ... )
        >>> table["measure"], table["outcomes"][0]["score"]
        ('progress_from_cat4', 'progress_from_cat4_a8')
    """
    measure = f"progress_from_{prior}" if measure is None else require_text(measure, "measure", "'p8'")
    named = {
        name: require_text(score, f"scores['{name}']", "'p8'")
        for name, score in require_mapping(scores, "scores", "{'attainment_8': 'p8'}").items()
    }
    unknown = [name for name in named if name not in outcomes]
    if unknown:
        msg = f"scores: '{unknown[0]}' is no outcome; there are: {', '.join(outcomes)}"
        raise InputError(msg)
    lowest, upper = ends
    empty = [None] * len(upper)
    return {
        "format": FORMAT,
        "measure": measure,
        "prior": prior,
        "year": about.get("year"),
        "version": about.get("version"),
        "population": about.get("population"),
        "source": about.get("source"),
        "status": status,
        "lowest": about["lowest"] if about.get("lowest") is not None else lowest,
        "upper": list(upper),
        "outcomes": [
            {
                "name": name,
                "score": named.get(name, _score(measure, name)),
                "divisor": divisor,
                "mean": empty,
                "n": None,
                "sd": None,
                "minimum": None,
                "sd_multiple": None,
            }
            for name, divisor in outcomes.items()
        ],
    }


def _score(measure: str, outcome: str) -> str:
    return "p8" if (measure, outcome) == ("p8", "attainment_8") else f"{measure}_{outcome}"


def checked(table: Mapping[str, Any]) -> str:
    """Return the text of a table after every rule was checked.

    Example:
        >>> checked({"format": float("nan")})
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: estimates: only finite numbers and texts can be kept (Out of range float \
values are not JSON compliant)
    """
    try:
        text = json.dumps(table, allow_nan=False)
    except (TypeError, ValueError) as error:
        msg = f"estimates: only finite numbers and texts can be kept ({error})"
        raise InputError(msg) from None
    return _native.read_estimates(text)


def results_year(year: object) -> int:
    """Return a results year, or raise an error that names the argument.

    Example:
        >>> results_year(2023)
        2023
    """
    whole = require_whole(year, "year")
    if not 1900 <= whole <= 2100:
        msg = f"year: a calendar year such as 2023 (for 2022/23) is needed, not {whole}"
        raise InputError(msg)
    return whole


def about_table(lowest: object, year: object, version: object, population: object, source: object) -> dict[str, object]:
    """Return what a table says of itself, checked.

    Example:
        >>> about_table(None, 2023, None, None, None)["year"]
        2023
    """
    return {
        "lowest": None if lowest is None else require_number(lowest, "lowest"),
        "year": None if year is None else results_year(year),
        "version": version,
        "population": population,
        "source": source,
    }


def counts(data: pl.DataFrame, column: str) -> list[Any]:
    """Return a column of numbers of pupils as a list.

    Example:
        >>> counts(pl.DataFrame({"n": [6, 0]}), "n")
        [6, 0]
    """
    dtype = data.schema[column]
    if not dtype.is_integer() or data[column].null_count() or (data[column] < 0).any():
        msg = f"column '{column}' must hold numbers of pupils, whole and not below 0, none missing"
        raise InputError(msg)
    return data[column].to_list()
