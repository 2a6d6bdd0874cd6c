"""FFT-style indicative estimates (not FFT data) of pupils: what similar pupils went on to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from schoolframe._arguments import (
    require_flag,
    require_mapping,
    require_whole,
    require_word,
    unknown_name,
)
from schoolframe._artefact import provenance
from schoolframe._design import is_words
from schoolframe._estimate_model_columns import (
    column_names,
    grade_names,
    group_ends_of,
    model_columns,
    refuse_other_year,
    refuse_varying,
)
from schoolframe._estimate_model_content import EstimateModelContent
from schoolframe._estimate_model_fit import FitSettings, fit_outcome, references, scale_ends
from schoolframe._estimate_model_needed import certain, needed_frame, require_targets, typical
from schoolframe._estimate_model_pupils import (
    account_of,
    checked_columns,
    context_column,
    long_frame,
)
from schoolframe._estimate_rows import age_notes, kept_columns, refuse_years
from schoolframe._frames import as_frame
from schoolframe._measured import Measured
from schoolframe._plugin import expression, numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["EstimateModel"]


class EstimateModel(EstimateModelContent):
    """FFT-style indicative estimates (not FFT data): what similar pupils reached, and in schools at which rank.

    Similar pupils have the same prior attainment and context. For an outcome in points:

    - ``expected = f(prior) + b'context``, f a natural cubic spline or group means: what similar pupils reach in the
      typical school, the one whose effect is 0. Its interval ``-+ z sqrt(spread(prior)^2 + between + x'Vx)`` holds the
      stated share of outcomes, whatever school the pupil is in.
    - ``fft{r} = expected + delta_r``: what they reach in the school at rank r of the progress of schools; rank 1 is
      best, 50 is the school in the middle. ``delta_r`` is the type 7 quantile ``1 - r / 100`` of the shrunken effects
      of schools, each counting once. Its interval ``-+ z sqrt(spread(prior)^2 + x'Vx + se(delta_r)^2)`` is that of
      pupils within such a school.

    ``spread(prior)`` is the standard deviation within schools by tenth of the first prior attainment, linear between
    the tenths and flat outside; V are the covariances of the coefficients.

    For ordered grades ``Pr(grade g or better) = logistic(b'x + s u - cut_g)`` is fitted with the shrunken effect u of
    the pupil's school, found on the numbers of the grades; its coefficient s turns grades of progress into logits.
    ``fft{r}`` has ``u = delta_r``; ``expected`` averages over ``u ~ N(0, between)`` (Gauss-Hermite, nine points).
    Figures are the mean place among the grades from 0, intervals the grades that leave at most half of the rest to
    either side: grades come in steps, so they hold the confidence or more.

    An estimate is indicative. It is no target and no FFT data, whose form and coefficients are not public. Make a model
    with :meth:`fit` or :meth:`from_json`; it holds no figures of single pupils, and schools only as ranks.

    Source: FFT Education, help pages on estimates (similar pupils, benchmarks 50, 20 and 5, mid-points), and guides to
    the older types A, B and D; the model is an open one in their place.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> row = pl.int_range(480, eager=True)
        >>> pupils = pl.DataFrame({"urn": row % 12, "ks2": 90.0 + row * 7 % 29, "noise": row * 11 % 13})
        >>> pupils = pupils.with_columns(a8=pl.col("ks2") / 2 + pl.col("urn") / 4 + pl.col("noise") / 3)
        >>> model = sf.EstimateModel.fit(pupils, "a8", "ks2", year=2019)
        >>> found = model.estimate(pl.DataFrame({"ks2": [100, None]}), year=2020).frame
        >>> found.select("outcome", pl.col("fft50", "fft5").round(1), "status").rows()
        [('a8', 53.4, 54.6, 'ok'), ('a8', None, None, 'prior_missing')]
    """

    @classmethod
    def fit(
        cls,
        pupils: object,
        outcomes: str | Sequence[str],
        prior: str | Sequence[str],
        context: str | Sequence[str] = (),
        *,
        school: str = "urn",
        school_context: str | Sequence[str] = (),
        estimate_type: Literal["A", "B", "D"] = "A",
        grades: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        shape: Literal["spline", "groups"] = "spline",
        groups: str | int | Sequence[float] | None = None,
        method: Literal["reml", "ml", "moments"] = "reml",
        reference: Mapping[str, object] | None = None,
        month_of_birth: str | None = None,
        prior_range: Sequence[float] | None = None,
        min_school: int = 11,
        min_group: int = 6,
        min_pupils: int = 100,
        shrink: bool = True,
        year: int | None = None,
        valid_for: int = 3,
        source: str | None = None,
        allow_unverified: bool = False,
    ) -> EstimateModel:
        """Fit a model on a nation, an authority or a trust: one row per pupil with results.

        Args:
            pupils: One row per pupil. Each outcome is fitted on the pupils who have it and everything else; a missing
                (or NaN) value in the other columns leaves a pupil out, and :attr:`rows` says so.
            outcomes: Columns of results: points, or grades where ``grades`` names them.
            prior: Columns of prior attainment, numbers; the spread follows the first.
            context: Columns of the pupil's context: numbers count as they are, and reach as far as ``min_group`` pupils
                have them or lie beyond; columns of words become one term for each level but the reference.
            school: Column that names the school: whole numbers or texts.
            school_context: Columns that describe the school, numbers that are constant within it, for type B and D;
                made with polars: ``pl.col("fsm").mean().over("urn")``.
            estimate_type: ``"A"``: similar pupils; ``"B"``: similar pupils in similar schools; ``"D"``: as B, with rank
                25, the top quarter of similar schools, as default of ``levels``.
            grades: Ordered outcomes with their grades in rising order, ``{"maths": ["U", "1", "2"]}``; or names alone,
                for whole numbers from 0 to 9 and Enum columns in rising order.
            shape: ``"spline"``: a natural cubic spline with knots at the percentiles 5, 27.5, 50, 72.5 and 95;
                ``"groups"``: means of groups.
            groups: Groups for ``shape="groups"``, as in :meth:`EstimateTable.fit`: a named grouping, a number of groups
                or rising upper ends, each inside its group.
            method: ``"reml"`` or ``"ml"`` as in :class:`RandomInterceptModel`, with slopes as they are within schools;
                ``"moments"``: least squares over all pupils, then ``between = max(0, var(rbar_j) - mean(within /
                n_j))`` from the mean residuals of schools.
            reference: Reference level of a column of words, as in :class:`RandomInterceptModel`.
            month_of_birth: Column of the month of birth, whole numbers from 1 (September) to 12 (August); it counts as
                a number.
            prior_range: Lowest and highest value of the scale of prior attainment, such as ``(59, 120)``: a value off
                it is an error, here and later.
            min_school: Fewest pupils of a school that counts in the ranks; it does from ``min_school`` pupils on, which
                must not be under ``min_group``.
            min_group: Fewest pupils of a level, a group of prior attainment and a grade; and how many pupils must have
                the ends of prior attainment and of numbers of context that estimates are made between, or lie beyond
                them. So many must also differ from the rest in a number of context.
            min_pupils: Fewest pupils of an outcome.
            shrink: Whether ranks are those of shrunken effects; mean residuals overstate the spread of small schools.
            year: Results year of the pupils, 2019 for 2018/19; where a column ``year`` says it, the latest of them.
            valid_for: For how many years after ``year`` estimates are made.
            source: What the pupils are, in words.
            allow_unverified: Whether a named grouping may be used that was only read in a secondary source.

        Returns:
            The model.

        Raises:
            InputError: For columns of the wrong type, infinite values, months of birth or prior attainment off their
                scale (with the rows), results that are not of the year named, an outcome of fewer pupils than
                ``min_pupils`` or fewer than 11 schools with ``min_school`` pupils, levels, groups, numbers of context
                and grades of fewer pupils than ``min_group``, columns of the school that are not constant (with a
                school), covariates that follow from others, and columns that separate the grades; the outcome is named.
            UnknownNameError: For a column, level or word that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> row = pl.int_range(480, eager=True)
            >>> pupils = pl.DataFrame({"urn": row % 12, "ks2": 90.0 + row * 7 % 29, "sex": (row % 5 < 2).cast(pl.Int8)})
            >>> grade = (pl.col("ks2") / 10 - 8 + pl.col("urn") / 12 + (row * 11 % 13) / 6).floor().cast(pl.Int64)
            >>> pupils = pupils.with_columns(maths=grade.clip(0, 9))
            >>> model = sf.EstimateModel.fit(pupils, "maths", "ks2", "sex", grades="maths", source="invented")
            >>> model.outcomes.select("outcome", "kind", "pupils", "schools").rows()
            [('maths', 'grades', 480, 12)]
        """
        data = as_frame(pupils, "pupils")
        names = column_names(outcomes, prior, context, school, month_of_birth, school_context)
        kind = require_word(estimate_type, "estimate_type", ("A", "B", "D"))
        names.check(data, kind)
        shape = require_word(shape, "shape", ("spline", "groups"))  # type: ignore[assignment]  # one of the two
        verified = require_flag(allow_unverified, "allow_unverified")
        ends = group_ends_of(data, names.priors, shape, groups, allow_unverified=verified)
        known = grade_names(data, grades, names.outcomes)
        words = [name for name in names.contexts if is_words(data.schema[name])]
        settings = FitSettings(
            method=require_word(method, "method", ("reml", "ml", "moments")),
            shrink=require_flag(shrink, "shrink"),
            min_school=require_whole(min_school, "min_school", 1),
            min_group=require_whole(min_group, "min_group", 0),
            min_pupils=require_whole(min_pupils, "min_pupils", 1),
            scale=scale_ends(prior_range),
            ends=ends,
            reference=references(reference, words),
        )
        if settings.min_school < settings.min_group:
            msg = (
                f"min_school: {min_school} pupils are fewer than min_group ({min_group}), from which ranks may be kept"
            )
            raise InputError(msg)
        origin = provenance(source, year)
        refuse_other_year(data, origin["year"])
        years = require_whole(valid_for, "valid_for", 0)
        columns, rows = model_columns(data, names, known, settings.scale, ends)
        refuse_varying(columns, names)
        models = [fit_outcome(columns, names, name, known.get(name, []), settings) for name in names.outcomes]
        content = {
            "school": names.school,
            "estimate_type": kind,
            "school_context": names.school_contexts,
            "method": settings.method,
            "shrink": settings.shrink,
            "min_school": settings.min_school,
            "min_group": settings.min_group,
            "valid_for": years,
            "rows": rows.rows(),
            "models": models,
        }
        return cls._made(content | origin)

    def apply(
        self,
        outcome: str | None = None,
        *,
        levels: Sequence[int] | None = None,
        confidence: float = 0.8,
        missing_prior: Literal["none", "wider"] = "none",
        columns: Mapping[str, IntoNumbers] | None = None,
    ) -> pl.Expr:
        """Estimate an outcome as an expression, row by row, lazily and in the streaming engine.

        Args:
            outcome: The outcome; it can be left out where the model has one.
            levels: Ranks of schools, see :meth:`estimate`.
            confidence: Level of the intervals.
            missing_prior: See :meth:`estimate`.
            columns: Expressions in place of columns of the fit, by their names; by default the columns themselves.

        Returns:
            A struct expression named after the first prior attainment, with the figures of :meth:`estimate`. Years are
            not looked at.

        Raises:
            InputError: For levels, a confidence or a word that cannot be.
            UnknownNameError: For an outcome or column that the model does not have.
            polars.exceptions.ComputeError: When collected, for columns of the wrong type, infinite values, values off
                their scale, or levels that the model does not know.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> row = pl.int_range(480, eager=True)
            >>> pupils = pl.DataFrame({"urn": row % 12, "ks2": 90.0 + row * 7 % 29, "noise": row * 11 % 13})
            >>> pupils = pupils.with_columns(a8=pl.col("ks2") / 2 + pl.col("urn") / 4 + pl.col("noise") / 3)
            >>> model = sf.EstimateModel.fit(pupils, "a8", "ks2")
            >>> found = pupils.lazy().head(2).select(model.apply(levels=[20])).unnest("ks2").collect()
            >>> found["fft20"].round(1).to_list()
            [49.1, 52.7]
        """
        model = self._model(outcome)
        given = require_mapping(columns, "columns", "{'ks2': 'ks2_scaled_score'}")
        starts = [start["column"] for start in model["starts"]]
        contexts = [context_column(term) for term in model["contexts"]]
        for name in given:
            if name not in (*starts, *contexts):
                raise unknown_name("columns: column", name, [*starts, *contexts])
        rule = self._rule(model, levels, confidence, missing_prior)
        return expression(
            "pupil_estimates", [numbers(given.get(name, name), name) for name in [*starts, *contexts]], rule
        )

    def estimate(
        self,
        pupils: object,
        levels: Sequence[int] | None = None,
        *,
        confidence: float = 0.8,
        keep: str | Sequence[str] | None = None,
        missing_prior: Literal["none", "wider"] = "none",
        year: int | None = None,
    ) -> Measured:
        """Estimate every outcome for pupils, with or without results.

        Args:
            pupils: One row per pupil, with prior attainment and context as in the fit.
            levels: Ranks of schools, whole numbers from 1 (the best) to 99, each once; by default 50, 20 and 5, of type
                D 25.
            confidence: Share of outcomes that an interval holds.
            keep: Columns of the input that stand in the result; all of them by default.
            missing_prior: ``"none"``: pupils without prior attainment get no estimate; ``"wider"``: they get that of
                all pupils of the fit, with the spread of all, marked ``all_pupils``.
            year: Results year that the estimates are for; a column ``year`` says it for each pupil.

        Returns:
            A :class:`Measured`. Its frame has one row for each pupil and outcome, the outcomes one after the other: the
            columns kept, ``outcome`` (String), ``expected``, ``expected_low``, ``expected_high``, for each level
            ``fft{r}``, ``fft{r}_low``, ``fft{r}_high`` (Float64), where any outcome is a grade ``fft{r}_headline``
            (String: the highest grade with a chance of at least 0.5 of it or better) and ``fft{r}_chances``
            (List(Float64): the chance of each grade or better, in the order of the grades), and ``status`` (String):
            ``ok``; ``prior_missing``; ``prior_outside``, beyond the prior attainment of the fit; ``covariate_missing``;
            ``covariate_outside``, a number beyond the context of the fit; ``all_pupils``. Without an estimate the
            figures are missing.

        Raises:
            InputError: For columns of the wrong type, infinite values, levels of words that the model does not know,
                months of birth or prior attainment off their scale, pupils of a year that the model does not reach, or
                a column that has the name of a figure.
            UnknownNameError: For a column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> row = pl.int_range(480, eager=True)
            >>> pupils = pl.DataFrame({"urn": row % 12, "ks2": 90.0 + row * 7 % 29, "noise": row * 11 % 13})
            >>> pupils = pupils.with_columns(a8=pl.col("ks2") / 2 + pl.col("urn") / 4 + pl.col("noise") / 3)
            >>> model = sf.EstimateModel.fit(pupils, "a8", "ks2")
            >>> found = model.estimate(pl.DataFrame({"upn": [1, 2], "ks2": [100, 140]}), levels=[20])
            >>> found.rows.rows()
            [('used', 1), ('prior attainment is outside that of the fit', 1)]
            >>> found.frame.select("upn", pl.col("expected_low", "expected_high").round(1)).rows()
            [(1, 51.4, 55.4), (2, None, None)]
        """
        data = as_frame(pupils, "pupils")
        content = self._content
        refuse_years(data, year, self.year, content["valid_for"], "pupils")
        models = {model["outcome"]: model for model in content["models"]}
        ranks = self._levels(levels)
        parts = self._estimated(data, models, ranks, confidence, missing_prior)
        order = self._figures(ranks, graded=any(model["grades"] is not None for model in models.values()))
        kept = data.select(kept_columns(data, keep, ["outcome", *order]))
        notes = (*self._notes(confidence), *age_notes(data, year, self.year))
        return Measured(long_frame(kept, parts, order), account_of(parts), notes)

    def progress_needed(
        self, pupils: object, targets: Mapping[str, float], *, confidence: float = 0.8, year: int | None = None
    ) -> Measured:
        """Say which progress would bring a cohort's mean to a target, and at which rank schools had it (type C).

        Args:
            pupils: One row per pupil of the cohort, as in :meth:`estimate`.
            targets: The mean to be reached by outcome, in points.
            confidence: Level of the interval.
            year: As in :meth:`estimate`.

        Returns:
            A :class:`Measured`. Its frame has one row for each target: ``outcome`` (String), ``pupils`` (Int64; those
            with an estimate), ``typical`` (their mean in the typical school), ``target``,
            ``progress = target - typical``, ``progress_low``, ``progress_high`` (Float64; so far the mean of so many
            pupils varies by chance, and ``typical`` may be off: its error is common to all pupils), ``rank`` (Int64;
            the worst rank of schools with so much progress) and ``status`` (String): ``ok``; ``beyond_rank_1``, more
            than 99 per cent of schools had; ``below_minimum``, fewer than ``min_group`` pupils, of which nothing is
            shown.

        Raises:
            InputError: As :meth:`estimate`, and for a target of a grade or one that is no finite number.
            UnknownNameError: For an outcome or column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> row = pl.int_range(480, eager=True)
            >>> pupils = pl.DataFrame({"urn": row % 12, "ks2": 90.0 + row * 7 % 29, "noise": row * 11 % 13})
            >>> pupils = pupils.with_columns(a8=pl.col("ks2") / 2 + pl.col("urn") / 4 + pl.col("noise") / 3)
            >>> model = sf.EstimateModel.fit(pupils, "a8", "ks2")
            >>> found = model.progress_needed(pupils.head(60), {"a8": 56.0}).frame
            >>> found.select("pupils", pl.col("typical", "progress").round(2), "rank", "status").rows()
            [(60, 55.2, 0.8, 20, 'ok')]
        """
        data = as_frame(pupils, "pupils")
        content = self._content
        refuse_years(data, year, self.year, content["valid_for"], "pupils")
        asked = require_targets(targets, content["models"])
        models = {name: self._model(name) for name in asked}
        parts, errors = (
            self._estimated(data, {name: kind(model) for name, model in models.items()}, [50], confidence, "none")
            for kind in (typical, certain)
        )
        frame = needed_frame(asked, models, parts, errors, content["min_group"])
        notes = (*self._notes(confidence), *age_notes(data, year, self.year))
        return Measured(frame, account_of(parts), notes)

    def _estimated(
        self,
        data: pl.DataFrame,
        models: Mapping[str, Mapping[str, Any]],
        levels: object,
        confidence: object,
        missing_prior: object,
    ) -> dict[str, pl.DataFrame]:
        asked = []
        for model in models.values():
            rule = self._rule(model, levels, confidence, missing_prior)
            columns = checked_columns(data, model)
            inputs = [pl.col(name) for name in columns.columns]
            asked.append(columns.lazy().select(expression("pupil_estimates", inputs, rule)))
        found = [figures.to_series().struct.unnest() for figures in pl.collect_all(asked)]
        return dict(zip(models, found, strict=True))
