"""FFT-style indicative estimates (not FFT data) for schools: what schools with the same intake go on to reach."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import (
    known_keys,
    require_confidence,
    require_mapping,
    require_number,
    require_text,
    require_whole,
    require_word,
)
from schoolframe._artefact import Artefact, provenance
from schoolframe._design import is_words, usable_schools
from schoolframe._estimate_levels import require_levels
from schoolframe._estimate_rows import age_notes, kept_columns, refuse_years
from schoolframe._frames import as_frame, require_columns
from schoolframe._measured import Measured, accounted
from schoolframe._number_columns import number_column, refuse_rows
from schoolframe._plugin import expression, numbers
from schoolframe._school_intake import (
    NO_SPREAD,
    intake_column,
    intake_names,
    intake_places,
    place_of,
    pupils_column,
)
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["SchoolEstimateModel"]

_REASONS = {
    "intake_missing": "intake is missing",
    "n_missing": "number of pupils is missing",
    "below_minimum": "fewer than {} pupils",
    "intake_outside": "intake outside the schools of the fit",
    "intake_unknown": "intake of a kind that the fit did not meet",
}


class SchoolEstimateModel(Artefact):
    """What schools with a given intake reach: expected for intake, not the progress of pupils.

    For school ``j`` with outcome ``y_j``, intake ``x_j`` and ``n_j`` pupils: ``y_j = x_j'b + u_j + e_j`` with ``var(u)
    = tau2`` between schools of one intake, and ``var(e_j) = v_j`` known. For means ``v = sd^2 / n``. Percentages are
    taken on the empirical logit ``ln((k + 0.5) / (n - k + 0.5))``, ``k = n p / 100``, with ``v = 1 / (n q (1 - q))``,
    ``q`` the fitted share (at first that of all pupils, then worked out anew three times), and brought back, so that
    nothing leaves 0 to 100. ``b`` is weighted by ``1 / (tau2 + v)``; ``tau2`` is found by restricted maximum likelihood
    or by moments (Prasad and Rao). The benchmark of rank ``r`` is ``x'b`` plus the type-7 quantile ``1 - r / 100`` of
    the shrunken residuals ``tau2 / (tau2 + v) * (y - x'b)``.

    FFT-style indicative estimate (not FFT data); indicative, not a target. Source: Fay and Herriot (1979); Prasad and
    Rao (1990) for the moments; FFT's description of its benchmarks as percentiles of schools.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"fsm_pct": [float(at % 40) for at in range(80)], "n": [150] * 80}).with_columns(
        ...     a8=55 - 0.3 * pl.col("fsm_pct") + pl.int_range(80) * 7 % 11
        ... )
        >>> model = sf.SchoolEstimateModel.fit(schools, "a8", "fsm_pct", "n", sd=14.5, year=2019)
        >>> row = model.estimate(pl.DataFrame({"fsm_pct": [20.0], "n": [150]})).frame.row(0, named=True)
        >>> [round(row[name]) for name in ("expected", "fft50", "fft20", "fft5")]
        [54, 54, 57, 58]
    """

    _kind: ClassVar[str] = "school_estimate_model"

    @classmethod
    def fit(
        cls,
        schools: object,
        outcome: str,
        intake: str | Sequence[str],
        n: str,
        *,
        unit: Literal["points", "percentage"] = "points",
        sd: float | None = None,
        method: Literal["reml", "moments"] = "reml",
        min_school: int = 11,
        min_group: int = 6,
        reference: Mapping[str, object] | None = None,
        year: int | None = None,
        valid_for: int = 3,
        source: str | None = None,
    ) -> SchoolEstimateModel:
        """Learn what schools reach with their intake.

        Args:
            schools: One row per school: a population, or one authority's schools if they are many.
            outcome: Column of the outcome: a mean of pupils such as Attainment 8, or a percentage of pupils.
            intake: Columns of the intake: numbers enter as they stand; texts, Enum and true or false as their levels.
            n: Column of the numbers of pupils behind the outcome, whole.
            unit: ``"points"`` for means, ``"percentage"`` for percentages from 0 to 100.
            sd: Standard deviation of pupils within a school; for means only.
            method: How the variance between schools is estimated, ``"reml"`` or ``"moments"``.
            min_school: Fewest pupils of a school that counts; it does from ``min_school`` pupils on.
            min_group: Fewest pupils of a school that is given an estimate.
            reference: For columns of words, the level that the others are compared with; by default the first one.
            year: Results year of the population; kept with the model.
            valid_for: Years after ``year`` in which the model may still be used.
            source: What the population is, in words; kept with the model.

        Returns:
            The model. Schools with a gap and those under ``min_school`` do not count; :attr:`rows` says how many.

        Raises:
            InputError: For columns of the wrong type, infinite values, percentages off 0 to 100, numbers of pupils that
                are not whole or are 0 beside an outcome, columns of the intake that are constant or follow from others,
                a level that a single school has, an ``sd`` that is missing or not wanted, or fewer than 20 schools
                that count.
            UnknownNameError: For a column, level, unit or method that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"fsm_pct": [5.0 + at for at in range(30)], "n": [60] * 30}).with_columns(
            ...     rwm=90 - pl.col("fsm_pct") + pl.int_range(30) * 5 % 7
            ... )
            >>> model = sf.SchoolEstimateModel.fit(schools, "rwm", "fsm_pct", "n", unit="percentage")
            >>> model.coefficients["term"].to_list()
            ['intercept', 'fsm_pct']
        """
        data = as_frame(schools, "schools")
        outcome, n = require_text(outcome, "outcome", "'a8'"), require_text(n, "n", "'ks4_cohort'")
        names = intake_names(intake, [outcome, n])
        require_columns(data, [outcome, n, *names], "schools")
        least, smallest = require_whole(min_school, "min_school", 0), require_whole(min_group, "min_group", 0)
        if smallest > least:
            msg = f"min_group: {smallest} is above min_school, {least}: a school that counts must be one that is shown"
            raise InputError(msg)
        references = require_mapping(reference, "reference", "{'gender': 'Mixed'}")
        known_keys(references, "reference: column", names)
        percentage = require_word(unit, "unit", ("points", "percentage")) == "percentage"
        low, high = (0.0, 100.0) if percentage else (None, None)
        outcomes = number_column(data, outcome, "outcome", least=low, most=high)
        pupils = pupils_column(data, n, "n")
        refuse_rows(data[n], (pupils == 0) & outcomes.is_not_null(), "must not be 0 where there is an outcome", "n")
        columns = pl.DataFrame([intake_column(data, name, "intake") for name in names])
        counts, rows = usable_schools(outcomes, pupils, columns, least)
        if not counts.any():
            msg = f"schools: no row counts, with a value in each of {', '.join([outcome, n, *names])}"
            raise InputError(msg)
        if percentage:
            _refuse_shares(outcomes.filter(counts), outcome)
        fitted = _native.fit_intake_model(
            outcomes.filter(counts).rechunk(),
            pupils.filter(counts).rechunk(),
            intake_places(columns.filter(counts), names, references),
            percentage,
            None if sd is None else require_number(sd, "sd"),
            require_word(method, "method", ("reml", "moments")),
            smallest,
        )
        content = {
            "outcome": outcome,
            "n": n,
            "min_school": least,
            "valid_for": require_whole(valid_for, "valid_for", 0),
        }
        return cls._made(content | {"model": json.loads(fitted), "rows": rows.rows()} | provenance(source, year))

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        _native.intake_rule(json.dumps(content["model"]), [50], 0.8)
        for name in ("min_school", "valid_for"):
            require_whole(content[name], name, 0)
        for name in ("outcome", "n"):
            require_text(content[name], name, "'a8'")
        provenance(content["source"], content["year"])
        cls._made({"rows": content["rows"]}).rows  # noqa: B018

    @property
    def _model(self) -> dict[str, Any]:
        model: dict[str, Any] = self._content["model"]
        return model

    @property
    def intake(self) -> list[str]:
        """Columns of the intake, in order."""
        return [column["name"] for column in self._model["columns"]]

    @property
    def coefficients(self) -> pl.DataFrame:
        """The coefficients, the intercept first (every number of the intake 0, every word the reference).

        ``term``, ``column``, ``level``, ``reference`` (String), ``estimate``, ``se``, ``z``, ``p_value``, ``ci_low``,
        ``ci_high`` (Float64; 95 %); in points, or in logits for percentages.
        """
        return _native.intake_coefficients(json.dumps(self._model))

    @property
    def variances(self) -> pl.DataFrame:
        """How far schools differ, one row; in points, or in logits for percentages.

        ``schools`` (Int64), ``tau2`` (between schools of one intake), ``tau`` (its root), ``sampling_variance`` (mean
        of ``v``), ``residual_sd`` (``sqrt(sum r^2 / (J - p))``), ``r2`` (``1 - sum r^2 / sum (y - mean)^2``,
        unweighted), ``r2_between`` (``1 - tau2`` over that without intake; null where that is 0) (Float64).
        """
        model = self._model
        names = ("schools", "tau2", "sampling_variance", "residual_sd", "r2", "tau2_of_all")
        return pl.DataFrame({name: [model[name]] for name in names}).select(
            "schools",
            "tau2",
            pl.col("tau2").sqrt().alias("tau"),
            "sampling_variance",
            "residual_sd",
            "r2",
            pl.when(pl.col("tau2_of_all") > 0).then(1 - pl.col("tau2") / pl.col("tau2_of_all")).alias("r2_between"),
        )

    @property
    def benchmarks(self) -> pl.DataFrame:
        """Shrunken residuals at the ranks 1, the best, to 99; in points, or in logits for percentages.

        ``rank`` (Int64), ``shrunken`` (what is added to the expected outcome), ``progress`` (the same minus that of
        rank 50) (Float64).
        """
        values = pl.Series("shrunken", self._model["benchmarks"], dtype=pl.Float64)
        return pl.DataFrame({"rank": range(1, 100), "shrunken": values}).with_columns(
            progress=pl.col("shrunken") - pl.col("shrunken").get(49)
        )

    def estimate(
        self,
        frame: object,
        levels: Sequence[int] = (50, 20, 5),
        *,
        confidence: float = 0.8,
        keep: str | Sequence[str] | None = None,
        year: int | None = None,
    ) -> Measured:
        """Estimate the outcome of schools from their intake.

        Args:
            frame: One row per school, with the columns of the intake and the numbers of pupils as the fit calls them.
            levels: School ranks asked, each from 1, the best, to 99.
            confidence: Level of the intervals, with normal quantiles (0.8: 1.28 standard errors on either side).
            keep: Columns of the frame to keep; by default all.
            year: Results year that is estimated; a column ``year`` says it for each school.

        Returns:
            The rows of the frame with ``outcome`` (String); ``expected``, ``expected_low``, ``expected_high`` (what
            schools with this intake reach, of percentages the median; the interval holds ``confidence`` of their
            outcomes: the variance between schools, one for all sizes, chance among the pupils, and the error of the
            coefficients); for each level ``fft50``,
            ``fft50_low``, ``fft50_high`` and so on (in a school at that rank: chance and the error of the coefficients
            alone) (Float64); and ``status`` (String): ``ok``, or why there is none: ``intake_missing``, ``n_missing``,
            ``below_minimum`` (fewer pupils than ``min_group``), ``intake_outside`` (a number beyond those of the fit:
            nothing is extrapolated), ``intake_unknown`` (a word that the fit did not meet).

        Raises:
            InputError: For columns of the wrong type, infinite values, numbers of pupils that are not whole,
                other levels, a column with the name of a result, or a year outside those of the model.
            UnknownNameError: For a column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"fsm_pct": [float(at % 40) for at in range(80)], "n": [150] * 80}).with_columns(
            ...     a8=55 - 0.3 * pl.col("fsm_pct") + pl.int_range(80) * 7 % 11
            ... )
            >>> model = sf.SchoolEstimateModel.fit(schools, "a8", "fsm_pct", "n", sd=14.5)
            >>> ours = pl.DataFrame({"urn": [1, 2], "a8": [51.0, 40.0], "fsm_pct": [20.0, 55.0], "n": [150, 90]})
            >>> found = model.estimate(ours).frame
            >>> found["status"].to_list()
            ['ok', 'intake_outside']
            >>> found.select(sf.next_benchmark("a8", "fft50", "fft20", "fft5")).unnest("a8")["state"].to_list()
            ['below_fft50', None]
        """
        data = as_frame(frame)
        content = self._content
        ranks = require_levels(levels)
        require_columns(data, [content["n"], *self.intake])
        refuse_years(data, year, self.year, content["valid_for"], "frame")
        checked = [pupils_column(data, content["n"], "frame")]
        for column in self._model["columns"]:
            words = "levels" in column["values"]
            name = column["name"]
            checked.append(_words(data, name) if words else number_column(data, name))
        found = pl.DataFrame(checked).select(self.apply(ranks, confidence=confidence).alias("found")).unnest("found")
        kept = data.select(kept_columns(data, keep, ["outcome", *found.columns]))
        named = pl.repeat(content["outcome"], data.height, dtype=pl.String, eager=True).alias("outcome")
        result = pl.DataFrame([*kept.get_columns(), named, *found.get_columns()])
        minimum = self._model["min_group"]
        reasons = [(pl.col("status") == word, said.format(max(minimum, 1))) for word, said in _REASONS.items()]
        small = found.select(((pl.col("status") == "ok") & (checked[0] < content["min_school"])).sum()).item()
        notes = (*self._notes(ranks, confidence, small), *age_notes(data, year, self.year))
        return Measured(result, accounted(found, reasons), notes)

    def apply(self, levels: Sequence[int] = (50, 20, 5), *, confidence: float = 0.8, n: IntoNumbers = None) -> pl.Expr:
        """Estimate as an expression, row by row, from the columns of the intake under the names of the fit.

        Args:
            levels: School ranks asked, each from 1, the best, to 99.
            confidence: Level of the intervals.
            n: Number of pupils; by default the column of the fit.

        Returns:
            A struct expression named after ``n``: ``expected``, ``expected_low``, ``expected_high``, ``fft50``,
            ``fft50_low``, ``fft50_high`` and so on (Float64), ``status`` (String), as :meth:`estimate` gives them. The
            year is not looked at.

        Raises:
            InputError: For other levels or confidence.
            polars.exceptions.ComputeError: When collected, for a column that is no number, or impossible values.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"fsm_pct": [float(at % 40) for at in range(80)], "n": [150] * 80}).with_columns(
            ...     a8=55 - 0.3 * pl.col("fsm_pct") + pl.int_range(80) * 7 % 11
            ... )
            >>> model = sf.SchoolEstimateModel.fit(schools, "a8", "fsm_pct", "n", sd=14.5)
            >>> schools.lazy().select(model.apply([20]).alias("a8")).collect().unnest("a8")["status"].unique().to_list()
            ['ok']
        """
        rule = _native.intake_rule(json.dumps(self._model), require_levels(levels), require_confidence(confidence))
        inputs = [numbers(self._content["n"] if n is None else n, "n")]
        for column in self._model["columns"]:
            levels_known = column["values"].get("levels")
            inputs.append(place_of(column["name"], levels_known) if levels_known else pl.col(column["name"]))
        return expression("school_estimate", inputs, rule)

    def _notes(self, ranks: Sequence[int], confidence: float, small: int) -> tuple[str, ...]:
        said = ", ".join(f"fft{rank}" for rank in ranks)
        origin = self._origin() or " of schools whose source was not said"
        share = f"{100 * confidence:g} %"
        held = (
            f"expected_low to expected_high holds {share} of outcomes of schools with this intake, all sizes together; "
            "where small schools differ more, it holds fewer of theirs"
        )
        beyond = (
            f"{small:,} of the schools with estimates have fewer than {self._content['min_school']} pupils; no such "
            "school was part of the fit, and their intervals are likely too short"
        )
        median = ("expected is a median: half of schools with this intake lie above it",)
        return (
            f"FFT-style indicative estimate (not FFT data), expected for intake, not pupil progress; model{origin}",
            held,
            *(median if self._model["unit"] == "percentage" else ()),
            f"{said}: in a school at that rank (1 is best); the intervals hold {share} of its outcomes by chance alone",
            "indicative, not a target",
            *([beyond] if small else []),
            *([NO_SPREAD] if self._model["tau2"] <= 0 else []),
        )

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        return (self.coefficients, self.variances, self.benchmarks.filter(pl.col("rank").is_in([5, 20, 50])))

    def _lines(self) -> list[str]:
        unit = "percentage, in logits" if self._model["unit"] == "percentage" else "points"
        head = f"SchoolEstimateModel{self._origin()}: {self._content['outcome']} ({unit}) on {', '.join(self.intake)}"
        said = "expected for intake; not pupil progress; FFT-style indicative estimates (not FFT data)"
        return [head, said, self._account()]


def _refuse_shares(outcomes: pl.Series, name: str) -> None:
    """Raise an error for shares from 0 to 1 in place of percentages: all would seem to reach next to nothing."""
    highest = outcomes.max()
    if isinstance(highest, float) and 0 < highest <= 1:
        msg = f"outcome: column '{name}' is at most {highest:g}; percentages from 0 to 100 are needed, not shares"
        raise InputError(msg)


def _words(data: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of words, or raise an error if it holds something else."""
    column = data[name]
    if not (is_words(column.dtype) or column.dtype == pl.Null):
        msg = f"frame: column '{name}' must hold words, as in the fit, it holds {column.dtype}"
        raise InputError(msg)
    return column
