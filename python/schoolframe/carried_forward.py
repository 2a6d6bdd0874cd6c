"""Last year's own score as an estimate: drawn in for chance, and for what does not last from year to year."""

from __future__ import annotations

import json
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from schoolframe._arguments import require_confidence, require_finite, require_number, require_text, require_whole
from schoolframe._artefact import Artefact, provenance
from schoolframe._estimate_levels import require_levels
from schoolframe._estimate_rows import kept_columns
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import refuse_repeated, school_names
from schoolframe._measured import Measured, accounted
from schoolframe._number_columns import number_column, refuse_rows, years_column
from schoolframe._plugin import finite
from schoolframe._school_intake import NO_SPREAD, pupils_column
from schoolframe.exceptions import InputError
from schoolframe.school_benchmarks import SchoolBenchmarks
from schoolframe.shrinkage import Shrinkage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["CarriedForward"]

# Names that no column of a caller has.
_KEY, _SCORE, _N, _AHEAD = "\x1fkey", "\x1fscore", "\x1fn", "\x1fahead"
_REASONS = {
    "missing": "no score in the fitted year, or no number of pupils",
    "below_minimum": "fewer than {} pupils",
}


class CarriedForward(Artefact):
    """A school's last score as the estimate of the next one: what "they will do as they did" is worth.

    With ``m`` and ``tau2``, mean and variance between schools of the last year (:class:`Shrinkage`, moments), ``B =
    tau2 / (tau2 + sd^2 / n)`` and the persistence ``r`` of schools' true scores from one year to the next, the score
    ``y`` gives ``expected = m + r^a B (y - m)`` for ``a`` years ahead, the best linear predictor. Outcomes spread
    around it by ``sqrt(tau2 (1 - r^(2 a) B) + sd^2 / n')``, ``n'`` the pupils of the later year. ``r`` is the
    covariance of the scores of the last two years over ``sqrt(tau2 tau2')``, all of the schools that are there in both,
    from 0 to 1. ``m``, ``tau2`` and ``r`` are taken as known. The level of rank ``r`` is that of
    :class:`SchoolBenchmarks`.

    It stands beside other estimates in :func:`backtest_estimates`: an estimate that does no better than last year's
    score says nothing new. FFT-style indicative estimate (not FFT data); indicative, not a target.

    Source: empirical Bayes prediction with autoregressive effects; definition of this package.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> years = pl.DataFrame({"urn": list(range(40)) * 2, "year": [2018] * 40 + [2019] * 40, "n": [150] * 80})
        >>> years = years.with_columns(p8=(pl.col("urn") - 20) / 25 + (pl.col("urn") * pl.col("year") % 7 - 3) / 10)
        >>> model = sf.CarriedForward.fit(years, "p8", "n", sd=1.2827)
        >>> round(model.persistence, 2)
        0.92
    """

    _kind: ClassVar[str] = "carried_forward"

    @classmethod
    def fit(
        cls,
        schools: object,
        score: str,
        n: str,
        *,
        sd: float,
        school: str = "urn",
        year: str = "year",
        min_school: int = 11,
        min_group: int = 6,
        persistence: float | None = None,
        source: str | None = None,
    ) -> CarriedForward:
        """Learn from the last two years of a frame; earlier ones do not count.

        Args:
            schools: One row per school and year.
            score: Column of the scores: means of pupils.
            n: Column of the numbers of pupils behind them.
            sd: Standard deviation of pupils within a school. That of all pupils, such as
                ``sf.reference_value("p8_sd", 2019)``, is a little larger: it draws in a little too far.
            school: Column that names the school.
            year: Column of results years.
            min_school: Fewest pupils of a school that counts in means, variances, persistence and levels; it does from
                ``min_school`` pupils on.
            min_group: Fewest pupils of a school that is kept and given an estimate.
            persistence: How far true scores last, from 0 to 1, in place of what two years show; needed where the frame
                has one year or fewer than 20 schools in both. With 0 the mean of all schools is expected of each, the
                estimate that any other should do better than.
            source: What the schools are, in words; kept with the model.

        Returns:
            The model; its ``year`` is the last one of the frame.

        Raises:
            InputError: For columns of the wrong type, a school that is there twice in a year, no row, fewer than 20
                schools that count in the last year, ``min_group`` above ``min_school``, or a persistence that is
                outside 0 to 1, or not known.
            UnknownNameError: For a column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": range(30), "year": 2019, "n": 90, "p8": [at / 20 for at in range(30)]})
            >>> sf.CarriedForward.fit(schools, "p8", "n", sd=1.2827, persistence=0.9).year
            2019
        """
        data = as_frame(schools, "schools")
        score, n = require_text(score, "score", "'p8'"), require_text(n, "n", "'p8_cohort'")
        school, year = require_text(school, "school", "'urn'"), require_text(year, "year", "'year'")
        require_columns(data, [score, n, school], "schools")
        years = years_column(data, year, "schools")
        if data.is_empty():
            msg = "schools: there is no row"
            raise InputError(msg)
        refuse_repeated(data, [school, year], "schools", known=[school])
        names = school_names(data[school], "schools").cast(pl.String).alias("school")
        scores, pupils = number_column(data, score, "schools"), pupils_column(data, n, "schools")
        rows = pl.DataFrame([names, years.alias("year"), scores.alias("score"), pupils.alias("n")])
        there = years.unique().sort().to_list()
        last = rows.filter(year=there[-1])
        options: dict[str, Any] = {"sd": require_number(sd, "sd"), "min_group": min_group}
        benchmarks = SchoolBenchmarks.fit(last, "score", "n", min_school=min_school, **options)
        least = require_whole(min_school, "min_school", 0)
        lasting = _persistence(rows, there, least, options["sd"]) if persistence is None else _lasting(persistence)
        kept = last.drop_nulls(["school", "score", "n"]).filter(pl.col("n") >= require_whole(min_group, "min_group", 0))
        content = {
            "score": score,
            "n": n,
            "school": school,
            "sd": options["sd"],
            "min_group": min_group,
            "persistence": lasting,
            "schools": kept.select("school", "score", "n").sort("school").rows(),
            "benchmarks": json.loads(benchmarks.to_json()),
            "rows": benchmarks.rows.rows(),
        }
        return cls._made(content | provenance(source, there[-1]))

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        SchoolBenchmarks.from_json(json.dumps(content["benchmarks"]))
        for name in ("score", "n", "school"):
            require_text(content[name], name, "'p8'")
        for name, score, n in content["schools"]:
            require_text(name, "schools", "'100000'")
            require_finite(score, "schools")
            require_finite(n, "schools")
        if not 0 < require_number(content["sd"], "sd") ** 2 < float("inf"):
            msg = f"sd: a number above 0 is needed, not {content['sd']}"
            raise InputError(msg)
        require_whole(content["min_group"], "min_group", 0)
        _lasting(content["persistence"])
        require_whole(provenance(content["source"], content["year"])["year"], "year")
        cls._made({"rows": content["rows"]}).rows  # noqa: B018

    @property
    def persistence(self) -> float:
        """Correlation of schools' true scores from one year to the next, or what was given."""
        found: float = self._content["persistence"]
        return found

    @property
    def benchmarks(self) -> SchoolBenchmarks:
        """The percentiles of schools in the last year, with mean and variance between schools."""
        return SchoolBenchmarks.from_json(json.dumps(self._content["benchmarks"]))

    def estimate(
        self,
        frame: object,
        levels: Sequence[int] = (50, 20, 5),
        *,
        confidence: float = 0.8,
        keep: str | Sequence[str] | None = None,
    ) -> Measured:
        """Estimate the scores of schools in later years.

        Args:
            frame: One row per school, with the columns of the school and of the pupils as the fit calls them; with a
                column ``year`` of later years, or without for the year after the fit.
            levels: School ranks asked, each from 1, the best, to 99.
            confidence: Level of the intervals, with normal quantiles.
            keep: Columns of the frame to keep; by default all.

        Returns:
            The rows of the frame with ``outcome`` (String), ``expected``, ``expected_low``, ``expected_high`` (the
            interval holds ``confidence`` of outcomes), for each level ``fft50``, ``fft50_low``, ``fft50_high`` and so
            on (a school at that rank, in any school the same but for chance among its pupils) (Float64) and ``status``
            (String): ``ok``, ``missing`` (no score in the fitted year, or no number of pupils) or ``below_minimum``.

        Raises:
            InputError: For columns of the wrong type, a year that is not after that of the fit, other levels, or a
                column with the name of a result.
            UnknownNameError: For a column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": range(30), "year": 2018, "n": 90, "p8": [at / 20 for at in range(30)]})
            >>> model = sf.CarriedForward.fit(schools, "p8", "n", sd=1.2827, persistence=0.9)
            >>> found = model.estimate(pl.DataFrame({"urn": [29, 99], "year": [2019, 2019], "n": [90, 90]}), [20]).frame
            >>> found.select("urn", pl.col("expected").round(2), "status").rows()
            [(29, 1.32, 'ok'), (99, None, 'missing')]
        """
        data = as_frame(frame)
        content = self._content
        require_columns(data, [content["school"], content["n"]])
        ranks, level = require_levels(levels), require_confidence(confidence)
        key = school_names(data[content["school"]], "frame").cast(pl.String).alias(_KEY)
        parts = pl.DataFrame([key, pupils_column(data, content["n"], "frame").alias(content["n"]), self._ahead(data)])
        known = pl.DataFrame(content["schools"], schema=_SCHOOLS, orient="row")
        parts = parts.join(known, on=_KEY, how="left", maintain_order="left")
        struct = self.apply(_SCORE, _N, pupils=content["n"], years=_AHEAD, levels=ranks, confidence=level)
        found = parts.select(struct.alias("found")).unnest("found")
        kept = data.select(kept_columns(data, keep, ["outcome", *found.columns]))
        named = pl.repeat(content["score"], data.height, dtype=pl.String, eager=True).alias("outcome")
        result = pl.DataFrame([*kept.get_columns(), named, *found.get_columns()])
        reasons = [(pl.col("status") == word, said.format(content["min_group"])) for word, said in _REASONS.items()]
        notes = self._notes(ranks, level)
        if "year" not in data.columns:
            notes = (*notes, f"the rows are taken to be of {content['year'] + 1}, for they have no column year")
        return Measured(result, accounted(found, reasons), notes)

    def apply(
        self,
        score: IntoNumbers = None,
        n: IntoNumbers = None,
        *,
        pupils: IntoNumbers = None,
        years: IntoNumbers = 1,
        levels: Sequence[int] = (50, 20, 5),
        confidence: float = 0.8,
    ) -> pl.Expr:
        """Carry scores forward as an expression, row by row, from columns of the last year.

        Args:
            score: The score of the fitted year; by default the column of the fit.
            n: Pupils behind it; by default the column of the fit.
            pupils: Pupils of the later year; by default ``n``.
            years: Years ahead, from 1; nothing is carried into the fitted year or back.
            levels: School ranks asked.
            confidence: Level of the intervals.

        Returns:
            A struct expression named after ``score``, with the figures of :meth:`estimate` from ``expected`` on; rows
            whose ``years`` are under 1 have the status ``not_ahead`` and no figures.

        Raises:
            InputError: For other levels or confidence.
            polars.exceptions.ComputeError: When collected, for a column that is no number, or infinite.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": range(30), "year": 2018, "n": 90, "p8": [at / 20 for at in range(30)]})
            >>> model = sf.CarriedForward.fit(schools, "p8", "n", sd=1.2827, persistence=0.9)
            >>> schools.lazy().select(model.apply(levels=[50])).collect().unnest("p8")["status"].unique().to_list()
            ['ok']
        """
        content = self._content
        ranks, level = require_levels(levels), require_confidence(confidence)
        z = NormalDist().inv_cdf(0.5 + level / 2)
        given = finite(content["score"] if score is None else score, "score")
        before = finite(content["n"] if n is None else n, "n")
        after = before if pupils is None else finite(pupils, "pupils")
        ahead = finite(years, "years")
        group = self.benchmarks.groups.row(0, named=True)
        mean, tau2, chance = group["mean"], group["tau2"], content["sd"] ** 2
        lasting = pl.lit(self.persistence).pow(ahead)
        reliability = tau2 / (tau2 + chance / before)
        expected = mean + lasting * reliability * (given - mean)
        spread = (tau2 * (1 - lasting**2 * reliability) + chance / after).sqrt()
        complete = given.is_not_null() & before.is_not_null() & after.is_not_null() & ahead.is_not_null()
        later = ahead >= 1
        shown = later & (pl.min_horizontal(before, after) >= max(content["min_group"], 1))
        figures = _with_ends("expected", expected, z * spread)
        quantiles = self.benchmarks.frame["shrunken"]
        for rank in ranks:
            figures |= _with_ends(f"fft{rank}", pl.lit(float(quantiles[rank - 1])), z * (chance / after).sqrt())
        status = pl.when(~complete).then(pl.lit("missing")).when(~later).then(pl.lit("not_ahead"))
        status = status.when(shown).then(pl.lit("ok"))
        held = [pl.when(complete & shown).then(figure).alias(name) for name, figure in figures.items()]
        struct = pl.struct(*held, status.otherwise(pl.lit("below_minimum")).alias("status"))
        return struct.alias(given.meta.output_name())

    def _ahead(self, data: pl.DataFrame) -> pl.Series:
        """Return how many years after the fit each row is."""
        last = self.year
        if last is None or "year" not in data.columns:
            return pl.repeat(1.0, data.height, eager=True).alias(_AHEAD)
        years = years_column(data, "year")
        refuse_rows(
            data["year"], years <= last, f"must be after {last}, the year of the scores that are carried forward"
        )
        ahead: pl.Series = (years - last).cast(pl.Float64).alias(_AHEAD)
        return ahead

    def _notes(self, ranks: Sequence[int], confidence: float) -> tuple[str, ...]:
        share, said = f"{100 * confidence:g} %", ", ".join(f"fft{rank}" for rank in ranks)
        lasting = f"true scores of two years that follow each other have a correlation of {self.persistence:.2f}"
        alike = self.benchmarks.groups["tau2"].item() <= 0
        return (
            f"FFT-style indicative estimate (not FFT data): the school's own score{self._origin()} carried forward",
            f"expected_low to expected_high holds {share} of outcomes, schools of all sizes together; {lasting}",
            f"{said}: in a school at that rank (1 is best); the intervals hold {share} of its outcomes by chance alone",
            "indicative, not a target",
            *([NO_SPREAD] if alike else []),
        )

    def _lines(self) -> list[str]:
        head = f"CarriedForward{self._origin()}: {self._content['score']}, persistence {self.persistence:.3f}"
        return [head, "FFT-style indicative estimates (not FFT data)", self._account()]

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        return (self.benchmarks.groups,)


_FEWEST = 20  # fewest schools in both years of which a persistence is worked out
_SCHOOLS = {_KEY: pl.String, _SCORE: pl.Float64, _N: pl.Float64}


def _with_ends(name: str, middle: pl.Expr, half: pl.Expr) -> dict[str, pl.Expr]:
    return {name: middle, f"{name}_low": middle - half, f"{name}_high": middle + half}


def _lasting(persistence: object) -> float:
    number = require_number(persistence, "persistence")
    if not 0 <= number <= 1:
        msg = f"persistence: a number from 0 to 1 is needed, not {persistence!r}"
        raise InputError(msg)
    return number


def _persistence(rows: pl.DataFrame, years: list[int], least: int, sd: float) -> float:
    """Return the correlation of true scores in the last two years, per year between them."""
    if len(years) < 2:
        msg = f"persistence: it cannot be worked out from {years[0]} alone; give two years, or a value from 0 to 1"
        raise InputError(msg)
    counted = rows.drop_nulls().filter(pl.col("n") >= max(least, 1))
    before, last = (counted.filter(year=year) for year in years[-2:])
    both = before.join(last, on="school", maintain_order="left").rechunk()
    if both.height < _FEWEST:
        msg = (
            f"persistence: {both.height} schools with {least} pupils or more are there in both {years[-2]} and "
            f"{years[-1]}, and {_FEWEST} are needed; give a value from 0 to 1"
        )
        raise InputError(msg)
    pairs = (("score", "n"), ("score_right", "n_right"))
    tau2 = [Shrinkage.fit(both, score, n, sd=sd, min_group=least).groups["tau2"].item() for score, n in pairs]
    between = (tau2[0] * tau2[1]) ** 0.5
    covariance = both.select(pl.cov("score", "score_right")).item()
    found = max(0.0, min(1.0, covariance / between)) if between > 0 else 0.0
    return float(found ** (1 / (years[-1] - years[-2])))
