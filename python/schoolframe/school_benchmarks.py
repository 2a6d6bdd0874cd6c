"""School percentiles of progress, FFT-style (not FFT data): FFT50, FFT20 and FFT5 of any score."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import (
    require_flag,
    require_number,
    require_text,
    require_texts,
    require_whole,
    require_word,
)
from schoolframe._artefact import Artefact, provenance
from schoolframe._design import usable_schools
from schoolframe._estimate_levels import require_levels
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import KEY_SEPARATOR, joined_key, require_keys
from schoolframe._number_columns import number_column
from schoolframe._plugin import expression, numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["SchoolBenchmarks"]


class SchoolBenchmarks(Artefact):
    """Where the schools of a population stand at each rank from 1, the best, to 99: FFT-style (not FFT data).

    The benchmark of rank ``r`` is the type-7 quantile ``1 - r / 100`` of shrunken school scores (see
    :class:`Shrinkage`), schools unweighted: ``r = 50`` is the school in the middle (FFT50-style), 20 the top fifth, 5
    the top twentieth. Published scores would put the benchmarks too far apart: those of small schools are partly
    chance.

    Indicative, not a target, not FFT data. Source: FFT's description of its benchmarks as percentiles of schools'
    progress; Morris (1983) for the shrinkage.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"p8": [(at - 20) / 20 for at in range(41)], "n": [150] * 41})
        >>> benchmarks = sf.SchoolBenchmarks.fit(schools, "p8", "n", sd=1.2827)
        >>> [round(benchmarks.progress(rank), 2) for rank in (50, 20, 5)]
        [0.0, 0.58, 0.87]
    """

    _kind: ClassVar[str] = "school_benchmarks"

    @classmethod
    def fit(
        cls,
        schools: object,
        score: str,
        n: str,
        *,
        sd: float,
        method: Literal["moments", "reml"] = "moments",
        min_school: int = 11,
        min_group: int = 6,
        shrink: bool = True,
        by: str | Sequence[str] | None = None,
        source: str | None = None,
        year: int | None = None,
    ) -> SchoolBenchmarks:
        """Learn the percentiles of a population.

        Args:
            schools: One row per school.
            score: Column of the scores, numbers: means of the progress of pupils.
            n: Column of the numbers of pupils that the scores are means of.
            sd: Standard deviation of pupils within a school. That of all pupils, such as
                ``sf.reference_value("p8_sd", 2019)``, is a little larger: it draws in a little too far.
            method: How the variance between schools is estimated, ``"moments"`` or ``"reml"``.
            min_school: Fewest pupils of a school that counts; it does from ``min_school`` pupils on.
            min_group: Fewest pupils of a school that is placed later.
            shrink: Whether the benchmarks are those of shrunken scores; False takes the published ones.
            by: Columns that make groups, each with percentiles of its own (``"year"``).
            source: What the population is, in words; kept with the object.
            year: Results year of the population; kept with the object.

        Returns:
            The benchmarks. Schools without a score, a number or a group, and those under ``min_school``, do not count;
            :attr:`rows` says how many.

        Raises:
            InputError: For columns of the wrong type, infinite values, negative numbers of pupils, an ``sd`` that is
                not above 0, ``min_group`` above ``min_school``, or a group of fewer than 20 schools that count.
            UnknownNameError: For a column or method that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"p8": [at / 10 for at in range(30)], "n": [10] + [90] * 29})
            >>> sf.SchoolBenchmarks.fit(schools, "p8", "n", sd=1.2827).rows.rows()
            [('used', 29), ('fewer than 11 pupils', 1)]
        """
        data = as_frame(schools, "schools")
        score, n = require_text(score, "score", "'p8'"), require_text(n, "n", "'p8_cohort'")
        groups = require_texts(by, "by") if by is not None else []
        require_columns(data, [score, n, *groups], "schools")
        require_keys(data, groups)
        least, smallest = require_whole(min_school, "min_school", 0), require_whole(min_group, "min_group", 0)
        if smallest > least:
            msg = f"min_group: {smallest} is above min_school, {least}: a school that counts must be one that is shown"
            raise InputError(msg)
        scores, pupils = number_column(data, score, "score"), number_column(data, n, "n", least=0)
        counts, rows = usable_schools(scores, pupils, data.select(groups), least)
        key = data.select(joined_key(groups).alias("group"))["group"].filter(counts) if groups else None
        fitted = _native.fit_school_benchmarks(
            scores.filter(counts),
            pupils.filter(counts),
            key,
            require_word(method, "method", ("moments", "reml")),
            require_number(sd, "sd"),
            least,
            smallest,
            require_flag(shrink, "shrink"),
        )
        content = {"score": score, "n": n, "by": groups, "min_school": least, "rows": rows.rows()}
        return cls._made(content | {"benchmarks": json.loads(fitted)} | provenance(source, year))

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        _native.standing_rule(json.dumps(content["benchmarks"]), [50])
        require_whole(content["min_school"], "min_school", 0)
        names = ("score", "n", "by", "rows", "source", "year")
        cls._made({name: content[name] for name in names}).rows  # noqa: B018
        provenance(content["source"], content["year"])

    @property
    def frame(self) -> pl.DataFrame:
        """The benchmarks, one row for each group and rank from 1 to 99.

        The columns of ``by`` (String), ``rank`` (Int64), ``raw`` and ``shrunken`` (the published and the shrunken score
        at that rank) and ``progress`` (the benchmark minus that of rank 50) (Float64).
        """
        by = self._content["by"]
        kind = "shrunken" if self._content["benchmarks"]["shrink"] else "raw"
        frames = []
        for group in self._content["benchmarks"]["groups"]:
            names = (group["key"] or "").split(KEY_SEPARATOR) if by else []
            figures = pl.DataFrame({"raw": group["raw"], "shrunken": group["shrunken"]})
            frames.append(
                figures.select(
                    *(pl.lit(name).alias(column) for column, name in zip(by, names, strict=True)),
                    pl.int_range(1, 100).alias("rank"),
                    "raw",
                    "shrunken",
                    (pl.col(kind) - pl.col(kind).get(49)).alias("progress"),
                )
            )
        return pl.concat(frames)

    @property
    def groups(self) -> pl.DataFrame:
        """What the shrinkage learned, one row for each group.

        The columns of ``by`` (String), ``schools`` (Int64), ``mean``, ``tau2``, ``tau`` and ``reliability`` (Float64).
        """
        by = self._content["by"]
        rows = [
            [
                *((group["key"] or "").split(KEY_SEPARATOR) if by else []),
                *(group[name] for name in ("schools", "mean", "tau2", "sampling_variance")),
            ]
            for group in self._content["benchmarks"]["shrinkage"]["groups"]
        ]
        figures = dict.fromkeys(("mean", "tau2", "sampling_variance"), pl.Float64)
        schema = dict.fromkeys(by, pl.String) | {"schools": pl.Int64} | figures
        return pl.DataFrame(rows, schema=schema, orient="row").select(
            *by,
            "schools",
            "mean",
            "tau2",
            tau=pl.col("tau2").sqrt(),
            reliability=pl.col("tau2") / (pl.col("tau2") + pl.col("sampling_variance")),
        )

    def progress(self, rank: int) -> float:
        """Return how far the benchmark of a rank lies above that of the school in the middle.

        Args:
            rank: 1, the best, to 99.

        Returns:
            The difference, in the unit of the score; negative for ranks above 50.

        Raises:
            InputError: For another rank, or benchmarks of several groups: those stand in :attr:`frame`.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"p8": [(at - 20) / 20 for at in range(41)], "n": [150] * 41})
            >>> round(sf.SchoolBenchmarks.fit(schools, "p8", "n", sd=1.2827).progress(20), 2)
            0.58
        """
        (wanted,) = require_levels([rank], "rank")
        if self._content["by"]:
            msg = f"rank: these benchmarks are by {', '.join(self._content['by'])}; take the group's row of frame"
            raise InputError(msg)
        return float(self.frame["progress"].gather([wanted - 1]).item())

    def apply(self, score: IntoNumbers = None, n: IntoNumbers = None, *, ranks: Sequence[int] = (50, 20, 5)) -> pl.Expr:
        """Place schools among the benchmarks, as an expression that needs no reference data.

        The true score of a school is taken as normal about its shrunken score, with its standard error; the chance of a
        rank is the part of that distribution at or above the benchmark. A raw score of a small school says less.

        Args:
            score: Column name or expression; by default the column of the fit.
            n: Number of pupils; by default the column of the fit. Groups are read from the columns they were fitted by.
            ranks: Ranks asked, each from 1, the best, to 99.

        Returns:
            A struct expression named after ``score``: ``shrunken``, ``se``, for each rank ``chance_top_50`` and so on
            (Float64); ``level`` (Int64): the best of the ranks whose chance is at least 0.5, null if none is; and
            ``status`` (String): ``ok``; ``missing`` (score, number or group is missing or NaN); ``below_minimum``
            (fewer pupils than ``min_group``: nothing is shown); ``no_spread`` (the schools of the fit differ by no more
            than chance, so that there are no chances and no level). The year of a score is not looked at.

        Raises:
            InputError: For other ranks.
            polars.exceptions.ComputeError: When collected, for a column that is no number, infinite scores, negative
                numbers of pupils, or a group that was not there in the fit.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"p8": [(at - 20) / 20 for at in range(41)], "n": [150] * 41})
            >>> benchmarks = sf.SchoolBenchmarks.fit(schools, "p8", "n", sd=1.2827)
            >>> three = pl.DataFrame({"p8": [0.9, 0.9, 0.1], "n": [180, 12, 4]})
            >>> three.select(benchmarks.apply()).unnest("p8").select("level", "status").rows()
            [(5, 'ok'), (20, 'ok'), (None, 'below_minimum')]
        """
        content = self._content
        rule = _native.standing_rule(json.dumps(content["benchmarks"]), require_levels(ranks, "ranks"))
        inputs = [
            numbers(content["score"] if score is None else score, "score"),
            numbers(content["n"] if n is None else n, "n"),
        ]
        if content["by"]:
            inputs.append(joined_key(content["by"]))
        return expression("school_standing", inputs, rule)

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        return (self.groups, self.frame.filter(pl.col("rank").is_in([5, 20, 50])))

    def _lines(self) -> list[str]:
        content = self._content
        rule = content["benchmarks"]["shrinkage"]["rule"]
        kind = "shrunken" if content["benchmarks"]["shrink"] else "published"
        return [
            f"SchoolBenchmarks{self._origin()}: {content['score']}, percentiles of {kind} scores of schools",
            f"FFT-style, not FFT data; shrinkage by {rule['method']}, pupil-level sd {rule['sd']:g}",
            self._account(),
        ]
