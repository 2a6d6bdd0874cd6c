"""Contextual value added: schools' effects after prior attainment, pupils' context and the school's intake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import (
    require_confidence,
    require_mapping,
    require_number,
    require_text,
    require_texts,
    require_whole,
    require_word,
)
from schoolframe._artefact import provenance
from schoolframe._contextual_columns import (
    context_columns,
    kept_pupils,
    known_context,
    prior_columns,
    school_prior_columns,
    shape_of,
)
from schoolframe._design import check_levels, design, is_words, levels_of, school_codes, terms_of
from schoolframe._frames import as_frame, require_columns
from schoolframe._measured import Measured
from schoolframe._school_model import SchoolModel, are_whole
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ContextualValueAdded"]

_STAGES = ("prior", "context", "school_prior")


class ContextualValueAdded(SchoolModel):
    """Contextual value added of schools, in stages, on a random-intercept model.

    Stages: prior attainment (powers or a natural cubic spline), context of the pupil, mean and spread (standard
    deviation, ``n - 1``) of prior attainment in the school. What is left is the school's, shrunken by its number of
    pupils:

    - ``reliability = between / (between + within / n)``
    - ``value_added = centre + reliability * mean_residual``
    - interval ``value_added -+ 1.96 * sqrt(between * (within / n) / (between + within / n))``

    Fit it on a nation and apply it to an authority: :meth:`apply` takes the coefficients and variances of the fit.
    Contextual value added says what schools did with intakes like theirs; it also sets lower expectations for pupils
    whose groups did worse, so it stands beside value added without context and does not replace it.

    Source: Department for Education, guide to contextual value added 2007 (the stages; its coefficients are not
    public).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> pupils = pl.DataFrame({
        ...     "urn": [urn for urn in range(1, 9) for _ in range(6)],
        ...     "ks2": [95.0 + (7 * row) % 17 for row in range(48)],
        ...     "a8": [40.0 + (7 * row) % 17 + 2 * (row // 6 % 3) + row % 2 for row in range(48)],
        ... })
        >>> model = sf.ContextualValueAdded.fit(pupils, "a8", ["ks2"], degree=1, school_prior=False, centre=1000)
        >>> model.effects.select("urn", pl.col("value_added").round(1)).rows()[:3]
        [(1, 998.3), (2, 1000.2), (3, 1002.2)]
    """

    _kind: ClassVar[str] = "contextual_value_added"

    @classmethod
    def fit(
        cls,
        pupils: object,
        outcome: str,
        prior: str | Sequence[str],
        context: str | Sequence[str] = (),
        *,
        school: str = "urn",
        school_prior: bool = True,
        shape: Literal["polynomial", "spline"] = "polynomial",
        degree: int = 2,
        centre: float = 0.0,
        method: Literal["reml", "ml"] = "reml",
        reference: Mapping[str, object] | None = None,
        confidence: float = 0.95,
        min_group: int = 6,
        source: str | None = None,
        year: int | None = None,
    ) -> ContextualValueAdded:
        """Fit the stages on one row per pupil.

        Args:
            pupils: One row per pupil. Rows with a missing (or NaN) value in a column that is read are left out and
                counted in :attr:`rows`; with ``school_prior`` also pupils alone in their school, whose prior attainment
                has no spread.
            outcome: Column of numbers.
            prior: Columns of prior attainment, numbers.
            context: Columns of the pupils' context: numbers count as they are, columns of words become one term for
                each level but the reference.
            school: Column that names the school: whole numbers or texts.
            school_prior: Whether mean and spread of prior attainment in the school are the third stage. They are worked
                out over the pupils that count.
            shape: ``"polynomial"``: powers of the distance from the mean up to ``degree``; ``"spline"``: a natural
                cubic spline with knots at the percentiles 5, 27.5, 50, 72.5 and 95 of the pupils.
            degree: Highest power, 1 to 5.
            centre: What is added to the shrunken residual, in the unit of the outcome; 0 leaves it as a difference.
                Published tables are said to have been centred on 1000 (key stage 2 to 4) and 100 (key stage 1 to 2).
            method: ``"reml"`` or ``"ml"``.
            reference: Reference level of a column of words; see :meth:`RandomInterceptModel.fit`.
            confidence: Level of the intervals.
            min_group: Fewest pupils of a school that is shown, and of a level of the context; from ``min_group`` on.
            source: What the pupils are, in words; kept with the model.
            year: Results year; kept with the model.

        Returns:
            The model.

        Raises:
            InputError: As :meth:`RandomInterceptModel.fit`; also for a degree outside 1 to 5, or prior attainment with
                too few different values for the knots of a spline.
            UnknownNameError: For a column, level or word that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({
            ...     "urn": [urn for urn in range(1, 9) for _ in range(6)],
            ...     "ks2": [95.0 + (7 * row) % 17 for row in range(48)],
            ...     "sen": ["none", "none", "K"] * 16,
            ...     "a8": [40.0 + (7 * row) % 17 + 2 * (row // 6 % 3) + row % 2 for row in range(48)],
            ... })
            >>> model = sf.ContextualValueAdded.fit(pupils, "a8", "ks2", "sen", reference={"sen": "none"})
            >>> model.coefficients["term"].to_list()
            ['intercept', 'ks2', 'ks2^2', 'sen: K', 'ks2: school mean', 'ks2: school spread']
        """
        data = as_frame(pupils, "pupils")
        outcome, school = require_text(outcome, "outcome", "'a8'"), require_text(school, "school", "'urn'")
        priors, contexts = require_texts(prior, "prior"), require_texts(context, "context")
        middle = require_number(centre, "centre")
        if not priors:
            msg = "prior: name at least one column"
            raise InputError(msg)
        require_columns(data, [outcome, school, *priors, *contexts], "pupils")
        asked = require_mapping(reference, "reference", "{'sen': 'none'}")
        kept, rows = kept_pupils(data, school, outcome, priors, contexts, spread=bool(school_prior))
        words = [name for name in contexts if is_words(kept.schema[name])]
        levels = {name: levels_of(kept[name], asked.get(name)) for name in words}
        _refuse(asked, words)
        minimum = require_whole(min_group, "min_group", 0)
        check_levels(kept, levels, minimum, "context")
        shapes = {name: shape_of(kept[name], shape, require_whole(degree, "degree")) for name in priors}
        parts = {"prior": prior_columns(kept, shapes), "context": context_columns(kept, contexts)}
        parts["school_prior"] = school_prior_columns(kept, school, priors) if school_prior else []
        _refuse_doubles([column.name for stage in _STAGES for column in parts[stage]])
        names, codes = school_codes(kept[school])
        settings = (require_word(method, "method", ("reml", "ml")), require_confidence(confidence), minimum)

        def fitted(stages: Sequence[str]) -> dict[str, Any]:
            columns = [column for stage in stages for column in parts[stage]]
            order = [column.name for column in columns]
            built = design(pl.DataFrame(columns), [name for name in order if name not in levels], levels, order)
            given = (kept[outcome].rechunk(), built.columns, built.terms, codes, names.cast(pl.String).to_list())
            model: dict[str, Any] = json.loads(_native.fit_random_intercept(*given, *settings))
            return model

        used = [stage for stage in _STAGES if parts[stage]]
        models = [fitted(used[:count]) for count in range(len(used) + 1)]
        stages = [
            [stage, model["between"], model["within"]] for stage, model in zip(["none", *used], models, strict=True)
        ]
        content = {
            "school": school,
            "whole_numbers": are_whole(names),
            "outcome": outcome,
            "prior": shapes,
            "context": contexts,
            "centre": middle,
            "columns": {column.name: stage for stage in used for column in parts[stage]},
            "stages": stages,
            "rows": rows.rows(),
            "model": models[-1],
        }
        return cls._made(content | provenance(source, year))

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        _native.check_random_intercept(json.dumps(content["model"]))
        names = ("school", "whole_numbers", "outcome", "prior", "context", "centre", "columns", "stages", "rows")
        made = cls._made({name: content[name] for name in (*names, "source", "year")})
        made.rows, made.stages  # noqa: B018  # read once: a wrong shape ends here

    @property
    def coefficients(self) -> pl.DataFrame:
        """Coefficients of the last stage, as :attr:`RandomInterceptModel.coefficients`, with ``stage`` (String)."""
        stage = self._content["columns"]
        frame = _native.random_intercept_coefficients(self._model)
        return frame.with_columns(
            stage=pl.col("column").replace_strict(
                list(stage), list(stage.values()), default=None, return_dtype=pl.String
            )
        )

    @property
    def stages(self) -> pl.DataFrame:
        """What each stage explains, one row a stage from ``none`` on.

        ``stage`` (String), ``between``, ``within`` (the variances that are left), ``explained_between``,
        ``explained_within`` (the share of the first row's variance that is gone, Float64; context can also raise the
        variance between schools, the share is then negative).
        """
        schema = {"stage": pl.String, "between": pl.Float64, "within": pl.Float64}
        frame = pl.DataFrame(self._content["stages"], schema=schema, orient="row")
        return frame.with_columns(
            explained_between=pl.when(pl.col("between").first() > 0).then(
                1 - pl.col("between") / pl.col("between").first()
            ),
            explained_within=1 - pl.col("within") / pl.col("within").first(),
        )

    @property
    def effects(self) -> pl.DataFrame:
        """Value added of the schools of the fit, in the order of the school's column, which keeps its name.

        ``n`` (Int64), ``mean_residual``, ``reliability``, ``value_added``, ``se``, ``ci_low``, ``ci_high`` (Float64),
        ``status`` (String): ``ok``; ``below_minimum`` for a school with fewer pupils than ``min_group``, of which
        nothing else is kept; ``complementary`` for one that is not kept to protect the smaller ones, as in
        :attr:`RandomInterceptModel.effects`.
        """
        content = self._content
        shifted = [
            (pl.col(column) + content["centre"]).alias(column) for column in ("value_added", "ci_low", "ci_high")
        ]
        frame = self._effects.rename({"effect": "value_added"})
        return frame.with_columns(shifted).select(
            content["school"], "n", "mean_residual", "reliability", "value_added", "se", "ci_low", "ci_high", "status"
        )

    def apply(self, pupils: object) -> Measured:
        """Work out the value added of other pupils' schools with the coefficients and variances of the fit.

        Args:
            pupils: One row per pupil, with the columns of the fit, the outcome included.

        Returns:
            A :class:`Measured`: its frame has the columns of :attr:`effects`, its rows say which pupils were left out.
            A school that the fit holds back as ``complementary`` is held back here too.

        Raises:
            InputError: For columns of the wrong type, infinite values, levels the model does not know, or no pupil with
                every value.
            UnknownNameError: For a column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({
            ...     "urn": [urn for urn in range(1, 9) for _ in range(6)],
            ...     "ks2": [95.0 + (7 * row) % 17 for row in range(48)],
            ...     "a8": [40.0 + (7 * row) % 17 + 2 * (row // 6 % 3) + row % 2 for row in range(48)],
            ... })
            >>> model = sf.ContextualValueAdded.fit(pupils, "a8", ["ks2"], degree=1, school_prior=False)
            >>> found = model.apply(pupils.slice(6, 15)).frame
            >>> found.select("urn", "n", pl.col("value_added").round(1), "status").rows()
            [(2, 6, None, 'complementary'), (3, 6, 2.2, 'ok'), (4, 3, None, 'below_minimum')]
        """
        data = as_frame(pupils, "pupils")
        content = self._content
        school, outcome, model = content["school"], content["outcome"], content["model"]
        priors, contexts = list(content["prior"]), content["context"]
        require_columns(data, [outcome, school, *priors, *contexts], "pupils")
        school_prior = "school_prior" in content["columns"].values()
        numbers, words, order = terms_of(model["coefficients"])
        data = known_context(data, words)
        kept, rows = kept_pupils(data, school, outcome, priors, contexts, spread=school_prior)
        columns = prior_columns(kept, content["prior"]) + context_columns(kept, contexts)
        columns += school_prior_columns(kept, school, priors) if school_prior else []
        built = design(pl.DataFrame(columns), numbers, words, order)
        fixed = _native.predict_random_intercept(self._model, built.columns, built.terms, kept.height)["fixed"]
        rate = pl.col("n") * model["between"] / (pl.col("n") * model["between"] + model["within"])
        half = _native.normal_multiplier(model["confidence"]) * pl.col("se")
        few, n = model["min_group"], pl.col("n")
        # What the fit holds back would follow from its normal equations, were it shown here.
        held = self._effects.filter(status="complementary")[school].cast(pl.String).to_list()
        shown = (n >= few) & ~pl.col(school).cast(pl.String).is_in(held)
        hidden = pl.when(~shown).then(n).sum().is_between(1, few - 1)
        shown &= ~(hidden & (pl.when(shown).then(n).rank("ordinal") == 1).fill_null(value=False))
        figures = ("mean_residual", "reliability", "value_added", "se", "ci_low", "ci_high")
        frame = (
            kept.select(school, mean_residual=pl.col(outcome) - fixed)
            # Over a window each school is added up in the order of its rows, whatever the number of threads.
            .with_columns(pl.col("mean_residual").mean().over(school), pl.len().over(school).cast(pl.Int64).alias("n"))
            .unique(school, keep="first")
            .sort(school)
            .with_columns(reliability=rate)
            .with_columns(
                value_added=content["centre"] + pl.col("reliability") * pl.col("mean_residual"),
                se=(model["between"] * (1 - pl.col("reliability"))).sqrt(),
            )
            .with_columns(ci_low=pl.col("value_added") - half, ci_high=pl.col("value_added") + half)
            .select(
                school,
                "n",
                *(pl.when(shown).then(pl.col(name)).alias(name) for name in figures),
                status=pl.when(shown)
                .then(pl.lit("ok"))
                .otherwise(pl.when(n < few).then(pl.lit("below_minimum")).otherwise(pl.lit("complementary"))),
            )
        )
        notes = (f"Coefficients and variances{self._origin() or ' of the fit'}, {model['pupils']:,} pupils.",)
        return Measured(frame, rows, notes)

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        return (self.stages,)

    def _lines(self) -> list[str]:
        content = self._content
        schools = len(content["model"]["effects"])
        head = f"ContextualValueAdded{self._origin()}: {content['outcome']} centred on {content['centre']:g}"
        return [f"{head}; {schools:,} schools by {content['school']}", self._account()]


def _refuse_doubles(names: list[str]) -> None:
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        msg = f"context: '{double[0]}' is the name of a term of prior attainment; rename the column"
        raise InputError(msg)


def _refuse(asked: Mapping[str, Any], words: list[str]) -> None:
    for name in asked:
        if name not in words:
            msg = f"reference: '{name}' is not among the columns of words in context: {', '.join(words) or 'none'}"
            raise InputError(msg)
