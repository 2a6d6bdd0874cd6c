"""What the estimates of every model share: the columns that stay beside them, and the years that a model reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_texts, require_whole
from schoolframe._frames import require_columns
from schoolframe._key_columns import years_as_keys
from schoolframe._number_columns import refuse_rows
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["age_notes", "kept_columns", "refuse_years"]

_LAST_YEAR = 9999


def kept_columns(data: pl.DataFrame, keep: object, results: Sequence[str]) -> list[str]:
    """Return the columns of the input that stand beside the results, none of them with the name of a result.

    Example:
        >>> import polars as pl
        >>> kept_columns(pl.DataFrame({"upn": [1], "ks2": [99]}), "upn", ["outcome"])
        ['upn']
    """
    names = data.columns if keep is None else require_texts(keep, "keep")
    require_columns(data, names, "keep")
    for name in names:
        if name in results or names.count(name) > 1:
            msg = f"keep: '{name}' would stand twice in the result; rename yours, or say with keep=[...] what to keep"
            raise InputError(msg)
    return names


def refuse_years(data: pl.DataFrame, year: object, fitted: int | None, valid_for: int, argument: str) -> None:
    """Raise an error for a year, named or in the column ``year``, that a model does not reach.

    Example:
        >>> import polars as pl
        >>> refuse_years(pl.DataFrame({"year": [2019, 2022]}), None, 2019, 3, "pupils")
        >>> refuse_years(pl.DataFrame({"ks2": [99]}), 2023, 2019, 3, "pupils")
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: year: the model rests on results of 2019 and holds for 2019 to 2022 \
(valid_for=3), not for 2023; fit one on later results
    """
    asked = None if year is None else require_whole(year, "year")
    years = years_as_keys(data.select("year"), argument)["year"] if "year" in data.columns else None
    if fitted is None:
        return
    last = fitted + valid_for
    holds = f"the model rests on results of {fitted} and holds for {fitted} to {last} (valid_for={valid_for})"
    if asked is not None and not fitted <= asked <= last:
        msg = f"year: {holds}, not for {asked}; fit one on later results"
        raise InputError(msg)
    if years is not None:
        whole: pl.Series = years.cast(pl.Int64, strict=False)
        inside = whole.is_between(fitted, min(last, _LAST_YEAR)).fill_null(value=False)
        refuse_rows(data["year"], ~inside & years.is_not_null(), f"must be a year of the model: {holds}", argument)


def age_notes(data: pl.DataFrame, year: object, fitted: int | None) -> tuple[str, ...]:
    """Return what has to be said where nobody can tell whether a model is too old for the rows.

    Example:
        >>> import polars as pl
        >>> age_notes(pl.DataFrame({"ks2": [99]}), None, 2019)
        ('The results year of the rows is not known, nor whether the model of 2019 is too old for them.',)
    """
    if fitted is None:
        return ("The results year of the model was not said: whether it is too old is not known.",)
    if year is not None or ("year" in data.columns and data["year"].null_count() == 0):
        return ()
    return (f"The results year of the rows is not known, nor whether the model of {fitted} is too old for them.",)
