"""Pupils in schools: a random-intercept model, and the effect of each school with its uncertainty."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import (
    require_confidence,
    require_mapping,
    require_text,
    require_texts,
    require_whole,
    require_word,
)
from schoolframe._artefact import provenance
from schoolframe._design import (
    check_levels,
    design,
    is_words,
    known_levels,
    levels_of,
    school_codes,
    terms_of,
)
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import school_names
from schoolframe._measured import complete
from schoolframe._number_columns import number_column
from schoolframe._school_model import SchoolModel, are_whole
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["RandomInterceptModel"]

# A school's column keeps its name in the frame of effects, so it cannot have the name of a figure.
_FIGURES = ("n", "mean_residual", "effect", "se", "ci_low", "ci_high", "reliability", "status", "predicted")
# Names that no column of a caller has.
_KEY, _ROW = "\x1fkey", "\x1frow"


class RandomInterceptModel(SchoolModel):
    """A model of pupils in schools: ``outcome = x'b + u_school + e``, with the effect of every school.

    ``u ~ N(0, between)``, ``e ~ N(0, within)``; REML by default. With the ratio ``r = between / within`` the likelihood
    is a function of ``r`` alone. It is looked for over 0 and above, so schools that do not differ give ``between = 0``.

    Make one with :meth:`fit` or :meth:`from_json`. It holds figures of schools and of the whole, none of pupils;
    schools with fewer than ``min_group`` pupils count in the fit, but nothing is kept of them but their number, nor of
    the school that would give them away.

    Source: Laird and Ware (1982); Leckie and Goldstein (2017) on school effects. Equal to lme4's ``lmer`` and
    statsmodels' ``MixedLM``.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({
        ...     "urn": [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3],
        ...     "ks2": [98, 102, 104, 108, 97, 101, 105, 109, 96, 100, 104, 112],
        ...     "a8": [41.0, 47.5, 48.5, 56.0, 36.5, 43.0, 47.0, 55.5, 44.0, 50.5, 56.5, 68.5],
        ... })
        >>> model = sf.RandomInterceptModel.fit(pupils, "a8", ["ks2"], min_group=4)
        >>> model.effects.select("urn", "n", pl.col("effect").round(1)).rows()
        [(1, 4, -1.3), (2, 4, -4.0), (3, 4, 5.3)]
    """

    _kind: ClassVar[str] = "random_intercept"

    @classmethod
    def fit(
        cls,
        pupils: object,
        outcome: str,
        fixed: str | Sequence[str] = (),
        *,
        school: str = "urn",
        method: Literal["reml", "ml"] = "reml",
        reference: Mapping[str, object] | None = None,
        confidence: float = 0.95,
        min_group: int = 6,
        source: str | None = None,
        year: int | None = None,
    ) -> RandomInterceptModel:
        """Fit a model on one row per pupil.

        Args:
            pupils: One row per pupil. Rows with a missing (or NaN) outcome, covariate or school are left out, and
                counted in :attr:`rows` under the first column that is missing.
            outcome: Column of numbers.
            fixed: Columns of the covariates; the intercept is always there. Numbers count as they are; texts,
                Categorical, Enum and Boolean columns become one term for each level but the reference.
            school: Column that names the school: whole numbers or texts.
            method: ``"reml"``, restricted maximum likelihood, or ``"ml"``.
            reference: Reference level of a column of words, such as ``{"sen": "none"}``; by default its first level: of
                an Enum in its order, of texts by letter, of Boolean false.
            confidence: Level of the intervals. For 0.95 they are estimate -+ 1.96 se, otherwise the normal quantile.
            min_group: Fewest pupils a school must have for its effect to be shown; it is from ``min_group`` pupils on.
                A level of a column of words needs as many, for its coefficient would say what the few achieved.
            source: What the pupils are, in words; kept with the model.
            year: Results year, 2019 for 2018/19; kept with the model.

        Returns:
            The model.

        Raises:
            InputError: For columns of the wrong type, infinite values, levels of fewer pupils than ``min_group``, fewer
                than two schools, covariates that do not
                vary or follow from others (they are named), or an outcome without spread within schools.
            UnknownNameError: For a column, level or method that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({"urn": [1] * 6 + [2] * 6 + [3] * 6, "a8": [50, 52, 49, 55, 51, None] * 3})
            >>> sf.RandomInterceptModel.fit(pupils, "a8", min_group=5).rows.rows()
            [('used', 15), ("'a8' is missing", 3)]
        """
        data = as_frame(pupils, "pupils")
        outcome, school = require_text(outcome, "outcome", "'a8'"), require_text(school, "school", "'urn'")
        covariates = require_texts(fixed, "fixed")
        require_columns(data, [outcome, school, *covariates], "pupils")
        _refuse_doubles(outcome, school, covariates)
        asked = require_mapping(reference, "reference", "{'sen': 'none'}")
        level, minimum = require_confidence(confidence), require_whole(min_group, "min_group", 0)
        require_word(method, "method", ("reml", "ml"))
        origin = provenance(source, year)
        words = [name for name in covariates if is_words(data.schema[name])]
        for name in asked:
            if name not in words:
                msg = f"reference: '{name}' is not among the columns of words in fixed: {', '.join(words) or 'none'}"
                raise InputError(msg)
        columns = [number_column(data, name, "fixed") for name in covariates if name not in words]
        columns += [data[name] for name in words]
        whole = pl.DataFrame([data[school], number_column(data, outcome, "outcome"), *columns])
        kept, rows = complete(whole, [school, outcome, *covariates])
        if kept.is_empty():
            msg = f"pupils: no row has a value in each of {', '.join([school, outcome, *covariates])}"
            raise InputError(msg)
        levels = {name: levels_of(kept[name], asked.get(name)) for name in words}
        check_levels(kept, levels, minimum, "fixed")
        names, codes = school_codes(kept[school])
        parts = design(kept, [name for name in covariates if name not in words], levels, covariates)
        model = _native.fit_random_intercept(
            kept[outcome].rechunk(),
            parts.columns,
            parts.terms,
            codes,
            names.cast(pl.String).to_list(),
            require_text(method, "method", "'reml'"),
            level,
            minimum,
        )
        content = {"school": school, "whole_numbers": are_whole(names), "rows": rows.rows(), "model": json.loads(model)}
        return cls._made(content | origin)

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        _native.check_random_intercept(json.dumps(content["model"]))
        cls._made({name: content[name] for name in ("school", "whole_numbers", "rows", "source", "year")}).rows  # noqa: B018

    @property
    def coefficients(self) -> pl.DataFrame:
        """Coefficients, the intercept first.

        ``term``, ``column``, ``level``, ``reference`` (String), ``estimate``, ``se``, ``z``, ``p_value``, ``ci_low``,
        ``ci_high`` (Float64). Test and interval are those of the normal distribution.
        """
        return _native.random_intercept_coefficients(self._model)

    @property
    def effects(self) -> pl.DataFrame:
        """Effects of schools, in the order of the school's column, which keeps its name.

        ``n`` (Int64); ``mean_residual``: mean of outcome minus prediction from the covariates; ``effect``:
        ``reliability * mean_residual``, the best linear unbiased prediction of ``u``; ``se``:
        ``sqrt(between * (1 - reliability))``, the spread of ``u`` given the data with coefficients and variances taken
        as known, as in lme4's ``ranef(condVar=TRUE)``; ``ci_low``, ``ci_high``; ``reliability``:
        ``between / (between + within / n)`` (Float64); ``status`` (String): ``ok``; ``below_minimum`` for a school
        with fewer pupils than ``min_group``, of which nothing else is shown; ``complementary`` for the next smallest
        school (of equals the first), which is not shown either where the smaller ones have fewer than ``min_group``
        pupils together: the effects of a fit add up to 0, so theirs would follow from the others.
        """
        return self._effects

    @property
    def variances(self) -> pl.DataFrame:
        """Variances and likelihood, one row.

        ``between``, ``within``, ``icc`` (the share between schools), ``log_likelihood`` (restricted under REML)
        (Float64), ``method`` (String), ``pupils``, ``schools`` (Int64).
        """
        model = self._content["model"]
        between, within = model["between"], model["within"]
        return pl.DataFrame(
            {
                "between": [between],
                "within": [within],
                "icc": [between / (between + within)],
                "log_likelihood": [model["log_likelihood"]],
                "method": [model["method"]],
                "pupils": [model["pupils"]],
                "schools": [len(model["effects"])],
            }
        )

    def predict(self, pupils: object) -> pl.DataFrame:
        """Predict the outcome of pupils from their covariates and their school's effect.

        Args:
            pupils: One row per pupil, with the columns of the covariates and the school.

        Returns:
            One row for each row of ``pupils``, in their order: the school's column, ``predicted`` (from the covariates
            plus the effect where there is one), ``effect``, ``se`` (Float64: how far a pupil's outcome typically lies
            from the prediction, ``sqrt(error of the coefficients + error of the effect + within)``; without an effect
            the variance between schools takes the place of its error) and ``status`` (String): ``ok``; ``new_school``
            (the school is missing or was not among the fitted ones: predicted from the covariates alone);
            ``below_minimum`` and ``complementary`` (its effect is not held: the same); ``covariate_missing`` (no
            prediction). The errors of coefficients and effect are added up as if independent. They are not: with few
            schools the mean is taken too low where the effect is taken too high, so that for a pupil like the others of
            a fitted school ``se`` is too large.

        Raises:
            InputError: For columns of the wrong type, infinite values, or levels the model does not know.
            UnknownNameError: For a column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> a8 = [50, 52, 49, 55, 51, 49, 61, 58, 60, 63, 59, 57]
            >>> model = sf.RandomInterceptModel.fit(pl.DataFrame({"urn": [1] * 6 + [2] * 6, "a8": a8}), "a8")
            >>> found = model.predict(pl.DataFrame({"urn": [1, 3]}))
            >>> found.select("urn", pl.col("predicted").round(1), "status").rows()
            [(1, 51.1, 'ok'), (3, 55.3, 'new_school')]
        """
        data = as_frame(pupils, "pupils")
        content = self._content
        school = content["school"]
        numbers, words, order = terms_of(content["model"]["coefficients"])
        require_columns(data, [school, *order], "pupils")
        columns = [number_column(data, name, "pupils") for name in numbers]
        columns += [known_levels(data[name], levels) for name, levels in words.items()]
        frame = pl.DataFrame([pl.int_range(data.height, eager=True).alias(_ROW), *columns])
        kept, _ = complete(frame, order)
        parts = design(kept, numbers, words, order)
        fitted = _native.predict_random_intercept(self._model, parts.columns, parts.terms, kept.height)
        fitted = fitted.with_columns(kept[_ROW])
        key = school_names(data[school], "pupils").cast(pl.String).alias(_KEY)
        effects = self.effects.select(
            pl.col(school).cast(pl.String).alias(_KEY), "effect", pl.col("se").alias("own"), "status"
        )
        model = content["model"]
        joined = (
            pl.DataFrame([data[school], key, pl.int_range(data.height, eager=True).alias(_ROW)])
            .join(effects, on=_KEY, how="left", maintain_order="left")
            .join(fitted, on=_ROW, how="left", maintain_order="left")
        )
        variance = pl.col("variance") + pl.col("own").pow(2).fill_null(model["between"]) + model["within"]
        held = pl.when(pl.col("fixed").is_not_null())
        return joined.select(
            school,
            predicted=pl.col("fixed") + pl.col("effect").fill_null(0.0),
            effect="effect",
            se=variance.sqrt(),
            status=held.then(pl.col("status").fill_null("new_school")).otherwise(pl.lit("covariate_missing")),
        )

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        return (self.coefficients,)

    def _lines(self) -> list[str]:
        content = self._content
        model = content["model"]
        _, _, order = terms_of(model["coefficients"])
        figures = self.variances.row(0, named=True)
        terms = ", ".join(["intercept", *order])
        head = f"RandomInterceptModel{self._origin()}: {model['outcome']} on {terms}"
        shares = f"variance between schools {figures['between']:.4g}, within {figures['within']:.4g}"
        how = f"{figures['method'].upper()}, log-likelihood {figures['log_likelihood']:.2f}"
        return [
            f"{head}; {figures['schools']:,} schools by {content['school']}",
            f"{shares}, share between {figures['icc']:.3f} ({how})",
            self._account(),
        ]


def _refuse_doubles(outcome: str, school: str, covariates: list[str]) -> None:
    if school in _FIGURES:
        msg = f"school: a column cannot be called '{school}' here, rename it"
        raise InputError(msg)
    names = [outcome, school, *covariates]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        msg = f"outcome, school and fixed: column '{double[0]}' is named twice"
        raise InputError(msg)
