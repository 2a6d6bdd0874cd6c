"""Empirical Bayes: school scores drawn towards the mean by as much as their numbers of pupils leave open."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import (
    require_confidence,
    require_number,
    require_text,
    require_texts,
    require_whole,
    require_word,
)
from schoolframe._artefact import Artefact, provenance
from schoolframe._design import usable_schools
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import KEY_SEPARATOR, joined_key, require_keys
from schoolframe._number_columns import number_column
from schoolframe._plugin import expression, numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["Shrinkage"]


class Shrinkage(Artefact):
    """How far scores of schools of a population differ beyond chance, ready to draw the scores of any school in.

    With ``v = sd^2 / n``, the sampling variance of a school's score: ``reliability = tau2 / (tau2 + v)``,
    ``shrunken = mean + reliability * (score - mean)``, ``se = sqrt(reliability * v)``, the spread of the school's true
    score given its published one, with ``mean`` and ``tau2`` taken as known.

    - ``"moments"``: ``mean`` is that of the schools, unweighted; ``tau2 = max(0, variance - mean of v)``, the variance
      with ``J - 1``.
    - ``"reml"``: ``tau2`` by restricted maximum likelihood, ``mean`` weighted by ``1 / (tau2 + v)``.

    With ``tau2 = 0`` the scores differ by no more than chance: every school is drawn in to the mean, with ``se`` 0.

    Source: Morris (1983); method of moments as in DerSimonian and Kacker (2007), unweighted.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"p8": [0.60, -0.80, 0.10, -0.20], "n": [40, 25, 180, 120]})
        >>> shrinkage = sf.Shrinkage.fit(schools, "p8", "n", sd=1.2827)
        >>> schools.select(shrinkage.apply("p8", "n")).unnest("p8")["shrunken"].round(2).to_list()
        [0.52, -0.67, 0.09, -0.19]
    """

    _kind: ClassVar[str] = "shrinkage"

    @classmethod
    def fit(
        cls,
        frame: object,
        score: str,
        n: str,
        *,
        sd: float,
        by: str | Sequence[str] | None = None,
        method: Literal["moments", "reml"] = "moments",
        min_group: int = 6,
        confidence: float = 0.95,
        source: str | None = None,
        year: int | None = None,
    ) -> Shrinkage:
        """Learn the mean and the variance between schools.

        Args:
            frame: One row per school.
            score: Column of the scores, numbers: means over pupils.
            n: Column of the numbers of pupils that the scores are means of.
            sd: Standard deviation of pupils within a school. That of all pupils, such as
                ``sf.reference_value("p8_sd", 2019)``, is a little larger: it draws in a little too far.
            by: Columns that make groups, each with a mean and a variance of its own (``"year"``).
            method: ``"moments"`` or ``"reml"``.
            min_group: Fewest pupils of a school that counts and, later, is shown; it does from ``min_group`` pupils on.
            confidence: Level of the intervals. For 0.95 they are -+ 1.96 se, otherwise the normal quantile.
            source: What the population is, in words; kept with the object.
            year: Results year of the population; kept with the object.

        Returns:
            The shrinkage. Schools without a score, a number or a group, and schools with fewer pupils than
            ``min_group``, do not count; :attr:`rows` says how many.

        Raises:
            InputError: For columns of the wrong type, infinite values, negative numbers of pupils, an ``sd`` that is
                not above 0, or a group with fewer than two schools that count.
            UnknownNameError: For a column or method that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"p8": [0.6, -0.8, 0.1, None], "n": [40, 25, 5, 120]})
            >>> sf.Shrinkage.fit(schools, "p8", "n", sd=1.2827).rows.rows()
            [('used', 2), ("'p8' is missing", 1), ('fewer than 6 pupils', 1)]
        """
        data = as_frame(frame)
        score, n = require_text(score, "score", "'p8'"), require_text(n, "n", "'p8_cohort'")
        groups = require_texts(by, "by") if by is not None else []
        require_columns(data, [score, n, *groups])
        require_keys(data, groups)
        minimum = require_whole(min_group, "min_group", 0)
        scores, pupils = number_column(data, score, "score"), number_column(data, n, "n", least=0)
        counts, rows = usable_schools(scores, pupils, data.select(groups), minimum)
        key = data.select(joined_key(groups).alias("group"))["group"].filter(counts) if groups else None
        fitted = _native.fit_shrinkage(
            scores.filter(counts),
            pupils.filter(counts),
            key,
            require_word(method, "method", ("moments", "reml")),
            require_number(sd, "sd"),
            minimum,
            require_confidence(confidence),
        )
        types = [str(data.schema[name]) for name in groups]
        content = {"score": score, "n": n, "by": groups, "key_types": types, "rows": rows.rows()}
        return cls._made(content | {"shrinkage": json.loads(fitted)} | provenance(source, year))

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        _native.check_shrinkage(json.dumps(content["shrinkage"]))
        names = ("score", "n", "by", "key_types", "rows", "source", "year")
        cls._made({name: content[name] for name in names}).rows  # noqa: B018

    @property
    def groups(self) -> pl.DataFrame:
        """What was learned, one row for each group in order of appearance.

        The columns of ``by`` (String), ``schools`` (Int64), ``pupils``, ``mean``, ``variance`` (of the scores),
        ``sampling_variance`` (mean of ``sd^2 / n``), ``tau2``, ``tau`` (its root) and ``reliability``
        (``tau2 / (tau2 + sampling_variance)``, that of a typical school) (Float64).
        """
        content = self._content
        figures = ("pupils", "mean", "variance", "sampling_variance", "tau2")
        rows = [
            ((group["key"] or "").split(KEY_SEPARATOR) if content["by"] else [])
            + [group["schools"], *(group[name] for name in figures)]
            for group in content["shrinkage"]["groups"]
        ]
        schema = dict.fromkeys(content["by"], pl.String) | {"schools": pl.Int64} | dict.fromkeys(figures, pl.Float64)
        return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            tau=pl.col("tau2").sqrt(), reliability=pl.col("tau2") / (pl.col("tau2") + pl.col("sampling_variance"))
        )

    def apply(self, score: IntoNumbers = None, n: IntoNumbers = None) -> pl.Expr:
        """Draw scores in towards the mean of their group, as an expression that needs no reference data.

        Args:
            score: Column name or expression; by default the column of the fit.
            n: Number of pupils; by default the column of the fit. Groups are read from the columns they were fitted by.

        Returns:
            A struct expression named after ``score``: ``shrunken``, ``reliability``, ``se``, ``ci_low``, ``ci_high``
            (Float64) and ``status`` (String): ``ok``; ``missing`` (score, number or group is missing or NaN);
            ``below_minimum`` (fewer pupils than ``min_group``: nothing is shown).

        Raises:
            polars.exceptions.ComputeError: When collected, for a column that is no number, infinite scores, negative
                numbers of pupils, or a group that was not there in the fit.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"p8": [0.60, -0.80, 0.10, -0.20], "n": [40, 25, 180, 5]})
            >>> shrinkage = sf.Shrinkage.fit(schools, "p8", "n", sd=1.2827)
            >>> schools.select(shrinkage.apply()).unnest("p8")["status"].to_list()
            ['ok', 'ok', 'ok', 'below_minimum']
        """
        content = self._content
        inputs = [
            numbers(content["score"] if score is None else score, "score"),
            numbers(content["n"] if n is None else n, "n"),
        ]
        if content["by"]:
            inputs.append(joined_key(content["by"]))
        return expression("shrink", inputs, json.dumps(content["shrinkage"]))

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        return (self.groups,)

    def _lines(self) -> list[str]:
        content = self._content
        rule = content["shrinkage"]["rule"]
        said = f"Shrinkage{self._origin()}: {content['score']}, by {rule['method']}, pupil-level sd {rule['sd']:g}"
        return [said, self._account()]
