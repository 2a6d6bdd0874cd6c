"""What models with a random intercept for each school share."""

from __future__ import annotations

import json

import polars as pl

from schoolframe import _native
from schoolframe._artefact import Artefact

__all__ = ["SchoolModel", "are_whole"]


class SchoolModel(Artefact):
    """An artefact that holds a fitted random-intercept model and says what the schools are called."""

    @property
    def _model(self) -> str:
        return json.dumps(self._content["model"])

    @property
    def _effects(self) -> pl.DataFrame:
        """Effects of the fit, the schools named as in the column they came from."""
        content = self._content
        name = pl.col("school").cast(pl.Int64) if content["whole_numbers"] else pl.col("school")
        frame = _native.random_intercept_effects(self._model)
        return frame.with_columns(name).rename({"school": content["school"]})


def are_whole(names: pl.Series) -> bool:
    """Return whether names of schools are whole numbers of 64 bits, which a model keeps as numbers.

    Example:
        >>> are_whole(pl.Series([100000])), are_whole(pl.Series(["A"])), are_whole(pl.Series([2**63], dtype=pl.UInt64))
        (True, False, False)
    """
    return names.dtype.is_integer() and names.cast(pl.Int64, strict=False).null_count() == 0
