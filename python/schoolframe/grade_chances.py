"""Chances of grades from transition matrices: what pupils with the same start reached in England, or elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from schoolframe import samples
from schoolframe._arguments import (
    require_confidence,
    require_finite,
    require_text,
    require_texts,
    require_whole,
    require_word,
    unknown_name,
)
from schoolframe._artefact import provenance
from schoolframe._estimate_levels import require_levels
from schoolframe._estimate_pupils import pupil_years
from schoolframe._estimate_rows import kept_columns
from schoolframe._frames import as_frame, require_columns
from schoolframe._grade_content import GradeContent
from schoolframe._grade_estimates import (
    PROGRESS,
    asked_subjects,
    levels_table,
    long_frame,
    notes_of,
    progress_of,
    row_account,
)
from schoolframe._grade_tables import band_figures
from schoolframe._measured import Measured
from schoolframe._number_columns import number_column
from schoolframe._plugin import finite
from schoolframe._transition_content import (
    band_list,
    checked_points,
    counts_by_subject,
    place_in,
    texts_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

    from schoolframe._typing import IntoNumbers
    from schoolframe.school_benchmarks import SchoolBenchmarks

__all__ = ["GradeChances"]

_GRADES = ("U", *map(str, range(1, 10)))
_DENOMINATORS = ("all", "graded")
_WITHOUT = {
    "all": "Pupils without a result count: they are below every grade and have 0 points.",
    "graded": "Pupils without a result were left out: the chances are of pupils with a grade.",
}
_YEARS = {
    2021: "Grades of 2021 were assessed by teachers, because examinations were cancelled, and higher than before.",
    2022: "Grading of 2022 was eased, about midway between 2019 and 2021: its chances are high for other years.",
}


class GradeChances(GradeContent):
    """How many pupils of each band of prior attainment reached each grade of each subject, and the chances that follow.

    The chance of a grade or better is the share of the band's pupils that reached it. The headline is the highest grade
    with a chance of at least 0.5. These are FFT-style indicative estimates (not FFT data), not targets.

    Make one with :meth:`bundled`, :meth:`from_frame` or :meth:`from_json`; it is frozen.

    Source: Department for Education, key stage 2 to key stage 4 transition matrices.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> chances = sf.GradeChances.bundled(2023)
        >>> pupils = pl.DataFrame({"ks2": [101.0, 106.0, 112.5, 125.0]})
        >>> maths = pupils.select(chances.apply("ks2", "Mathematics")).unnest("ks2")
        >>> maths.select("headline", pl.col("at_least_4").round(4), "n", "status").rows()[:2]
        [('4', 0.6096, 58428, 'ok'), ('5', 0.8448, 88250, 'ok')]
        >>> maths["status"].to_list()[2:]
        ['ok', 'prior_outside']
    """

    @classmethod
    def bundled(
        cls,
        year: int,
        characteristic: str = "All Pupils",
        *,
        denominator: Literal["all", "graded"] = "all",
        min_pupils: int = 30,
    ) -> Self:
        """Return a published matrix that comes with the package: key stage 2 to GCSE, grades 9 to 1.

        Args:
            year: Results year: 2021, 2022 or 2023.
            characteristic: Whose grades: ``"All Pupils"``, or ``"Female Pupils"``, ``"Male Pupils"``, ``"Disadvantaged
                Pupils"``, ``"Non Disadvantaged Pupils"``, ``"EAL Pupils"``, ``"Non EAL Pupils"``, ``"SEN Pupils"``,
                ``"Non SEN Pupils"``.
            denominator: ``"all"``: pupils without a result, and those that had none because of Covid, count as below
                every grade; ``"graded"``: they are left out.
            min_pupils: Fewest pupils of a band for chances; a band has them from ``min_pupils`` on.

        Returns:
            The chances, 11 bands of the mean of the reading and maths scaled scores (``ks2_scaled_score``) from 59 to
            120 in steps of 0.5, and 33 or 34 subjects as spelt in that year. Bands with fewer than 6 pupils are not
            kept.

        Raises:
            InputError: For a year without a matrix, with those there are.
            UnknownNameError: For another characteristic or denominator.

        Source: see :func:`schoolframe.samples.transition_matrices` (status P).

        Example:
            >>> import schoolframe as sf
            >>> chances = sf.GradeChances.bundled(2022, "Female Pupils")
            >>> len(chances.subjects), chances.year
            (34, 2022)
        """
        frame = samples.transition_matrices(require_whole(year, "year"))
        groups = frame["group"].unique().sort().to_list()
        if characteristic not in groups:
            raise unknown_name("characteristic", characteristic, groups)
        rule = require_word(denominator, "denominator", _DENOMINATORS)
        frame = frame.filter(pl.col("group") == characteristic)
        release = frame["release"].item(0)
        # 2021 counts nobody as affected by Covid.
        frame = frame.with_columns(pl.col("covid_impacted").fill_null(0))
        return cls._of(
            frame,
            "subject",
            "band",
            ("ks2_low", "ks2_high"),
            _GRADES,
            None,
            no_grade=("no_result", "covid_impacted") if rule == "all" else (),
            prior="ks2_scaled_score",
            min_pupils=min_pupils,
            min_group=6,
            notes=[_WITHOUT[rule], *([_YEARS[year]] if year in _YEARS else [])],
            group=characteristic,
            about=provenance(f"transition matrices of the Department for Education, {release}", year),
        )

    @classmethod
    def from_frame(
        cls,
        frame: object,
        *,
        grades: Sequence[str],
        points: Sequence[float] | None = None,
        subject: str = "subject",
        band: str = "band",
        ends: tuple[str, str] = ("prior_from", "prior_to"),
        no_grade: str | Sequence[str] = (),
        prior: str = "prior",
        group: str | None = None,
        min_pupils: int = 30,
        min_group: int = 6,
        source: str | None = None,
        year: int | None = None,
    ) -> Self:
        """Return the chances of a matrix that the caller holds: own subjects, grades and bands.

        Args:
            frame: One row for each subject and band, with one column of counts of pupils for each grade.
            grades: Columns of the grades, the lowest first.
            points: Points of the grades, rising from 0 or more; 0, 1, 2 ... by default.
            subject: Column that names the subject.
            band: Column that names the band.
            ends: Columns of the lowest and the highest prior attainment of the band, both inside it.
            no_grade: Columns of pupils without a grade that count as below every grade, with 0 points.
            prior: What the prior attainment is.
            group: Whose grades they are, in words.
            min_pupils: Fewest pupils of a band for chances; a band has them from ``min_pupils`` on.
            min_group: Bands with fewer pupils than this are not kept at all. Counts of single grades in the other bands
                are kept as they are given: give none that must not be published.
            source: Where the counts come from, in words.
            year: Results year.

        Returns:
            The chances; :attr:`rows` says which rows count. A row with a missing count does not.

        Raises:
            InputError: For counts that are no whole numbers from 0, bands that overlap or have two pairs of ends, a
                subject and band in two rows, fewer than two grades, points that do not rise, or no row that counts.
            UnknownNameError: For a column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> matrix = pl.DataFrame(
            ...     {
            ...         "subject": ["Biology"] * 2,
            ...         "band": ["4 to 5", "6 to 9"],
            ...         "prior_from": [4, 6],
            ...         "prior_to": [5.9, 9],
            ...         "E": [30, 5],
            ...         "C": [20, 20],
            ...         "A": [5, 40],
            ...     }
            ... )
            >>> chances = sf.GradeChances.from_frame(matrix, grades=["E", "C", "A"], points=[16, 32, 48])
            >>> chances.frame.select("band", "n", "headline").rows()
            [('4 to 5', 55, 'E'), ('6 to 9', 65, 'A')]
        """
        return cls._of(
            as_frame(frame),
            require_text(subject, "subject", "'subject'"),
            require_text(band, "band", "'band'"),
            _pair(ends),
            require_texts(grades, "grades"),
            points,
            no_grade=require_texts(no_grade, "no_grade"),
            prior=require_text(prior, "prior", "'ks2_scaled_score'"),
            min_pupils=min_pupils,
            min_group=min_group,
            notes=[],
            group=None if group is None else require_text(group, "group", "'all pupils'"),
            about=provenance(source, year),
        )

    @classmethod
    def _of(
        cls,
        data: pl.DataFrame,
        subject: str,
        band: str,
        ends: tuple[str, str],
        grades: Sequence[str],
        points: object,
        *,
        no_grade: Sequence[str],
        prior: str,
        min_pupils: int,
        min_group: int,
        notes: Sequence[str],
        group: str | None,
        about: Mapping[str, Any],
    ) -> Self:
        least = require_whole(min_group, "min_group", 0)
        require_columns(data, [subject, band, *ends, *grades, *no_grade])
        data = data.with_columns(texts_of(data, subject, "subjects"), texts_of(data, band, "bands"))
        steps = checked_points(grades, points)
        bands = band_list(data, band, ends, "frame")
        counts, rows = counts_by_subject(data, subject, band, bands, grades, no_grade, least)
        content = {
            "prior": prior,
            "group": group,
            "grades": list(grades),
            "points": steps,
            "bands": [list(one) for one in bands],
            "counts": counts,
            "min_pupils": require_whole(min_pupils, "min_pupils", 1),
            "min_group": least,
            "notes": list(notes),
            "rows": rows.rows(),
        }
        return cls._made({**content, **about})

    def apply(self, prior: IntoNumbers, subject: str, *, shift: float = 0.0, confidence: float = 0.8) -> pl.Expr:
        """Return the figures of each pupil's band as an expression.

        Args:
            prior: Column name or expression of prior attainment.
            subject: A subject of :attr:`subjects`.
            shift: Logits that every chance is moved by: ``p e^d / (1 - p + p e^d)``. Chances of 0 and 1 stay what they
                are.
            confidence: Level of the interval of outcomes, above 0 and below 1.

        Returns:
            A struct expression named after ``prior``: ``mean``, ``low``, ``high`` (Float64, points: the mean, and the
            grades between which at least ``confidence`` of pupils lie), ``headline`` (String: highest grade with a
            chance of at least 0.5; missing where most have no grade), ``at_least_`` and each grade (Float64: chance of
            it or better), ``n`` (Int64, pupils of the band) and ``status`` (String): ``ok``; ``prior_missing``;
            ``prior_outside``, where the value is in no band: below the lowest, above the highest, or between two;
            ``few_pupils``, where the band has fewer than ``min_pupils`` pupils in the subject. Nothing is worked out
            from a neighbouring band.

        Raises:
            InputError: For a shift that is no finite number, or a confidence outside 0..1.
            UnknownNameError: For a subject that does not exist, with the nearest.
            polars.exceptions.ComputeError: When collected, for a column that is no number, or an infinite value.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({"ks2": [111.0, 79.7]})
            >>> maths = pupils.select(sf.GradeChances.bundled(2023).apply("ks2", "Mathematics")).unnest("ks2")
            >>> maths.select(pl.col("mean").round(2), "low", "high", "headline", "status").rows()
            [(6.29, 4.0, 8.0, '6', 'ok'), (None, None, None, None, 'prior_outside')]
        """
        content = self._content
        (name,) = asked_subjects(require_text(subject, "subject", "'Mathematics'"), self.subjects)
        table = band_figures(content, name, require_finite(shift, "shift"), require_confidence(confidence))
        chances = [
            pl.col("chances").list.get(place, null_on_oob=True).alias(f"at_least_{grade}")
            for place, grade in enumerate(content["grades"])
        ]
        table = table.select("mean", "low", "high", "headline", *chances, "n", "status")
        bands = content["bands"]

        def look_up(values: pl.Series) -> pl.Series:
            return table[place_in(bands, values)].to_struct(values.name)

        checked = finite(prior, "prior")
        return checked.map_batches(look_up, return_dtype=pl.Struct(table.schema), is_elementwise=True)

    def estimate(
        self,
        pupils: object,
        levels: Sequence[int] = (50, 20, 5),
        *,
        subjects: str | Sequence[str] | None = None,
        prior: str = "ks2",
        progress: Mapping[int, float] | SchoolBenchmarks = PROGRESS,
        confidence: float = 0.8,
        keep: str | Sequence[str] | None = None,
    ) -> Measured:
        """Return FFT-style indicative estimates (not FFT data) of pupils, at schools of several ranks.

        For a rank r, the chances of every band are moved by one shift on the logit scale, that which raises the mean
        points of the subject over all pupils of the matrix by ``progress[r]``. So the whole distribution moves, and
        pupils whose grade is all but certain move least.

        Args:
            pupils: One row per pupil; with a column ``year`` of results years the notes say where the matrix is of
                another year.
            levels: Ranks of schools, whole numbers from 1 (the best) to 99, each once.
            subjects: Subjects of :attr:`subjects`; all of them by default.
            prior: Column of prior attainment, numbers.
            progress: Points in one subject that schools at a rank are above the school in the middle. By default 0,
                0.38 and 0.76 at the ranks 50, 20 and 5: shrunken Progress 8 of 2018/19, which is a mean over subjects,
                the same for every subject. It was worked out from 3,180 mainstream schools.
                :class:`SchoolBenchmarks` of a score in points of one subject, such as Progress 8, give any rank.
            confidence: Level of the intervals, above 0 and below 1.
            keep: Columns of the input that stand in the result; all of them by default.

        Returns:
            ``frame`` has one row for each input row and subject, the subjects one after the other: the columns kept;
            ``outcome`` (String, the subject); ``expected``, ``expected_low``, ``expected_high`` (Float64, points: what
            pupils of the band reached in all schools, and the grades between which at least ``confidence`` of them
            lie); for each rank r ``fft{r}``, ``fft{r}_low``, ``fft{r}_high`` (the same at a school of that rank),
            ``fft{r}_headline`` (String) and ``fft{r}_chances`` (List(Float64): of each grade of :attr:`grades` or
            better); and ``status`` as :meth:`apply` has it. ``rows`` counts input rows; one is used that has an
            estimate in any subject.

            Intervals end at whole grades and so hold more than ``confidence``. A matrix does not part the spread
            between schools from that within, so those of a rank are a little too wide.

        Raises:
            InputError: For a column of the wrong type or infinite values, ranks that cannot be, a rank without
                progress, progress that falls towards better ranks or that the grades leave no room for, or a column
                that would stand in the result twice.
            UnknownNameError: For a column or subject that does not exist.

        Source: shift of a national distribution on the logit scale: docs/methods.md; ranks: FFT, "FFT20".

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({"upn": ["A", "B"], "ks2": [101.0, None]})
            >>> found = sf.GradeChances.bundled(2023).estimate(pupils, subjects="Mathematics", keep="upn")
            >>> figures = pl.col("expected", "fft20", "fft5").round(2)
            >>> found.frame.select("upn", figures, "fft20_headline", "status").rows()
            [('A', 3.77, 4.13, 4.5, '4', 'ok'), ('B', None, None, None, None, 'prior_missing')]
        """
        data = as_frame(pupils, "pupils")
        column = require_text(prior, "prior", "'ks2'")
        values = number_column(data, column, "pupils")
        ranks = require_levels(levels)
        names = self.subjects if subjects is None else asked_subjects(subjects, self.subjects)
        rises = progress_of(progress, ranks)
        level = require_confidence(confidence)
        table = levels_table(self._content, names, rises, level)
        stay = data.select(kept_columns(data, keep, table.columns))
        place = place_in(self._content["bands"], values)
        frame = long_frame(stay, place, table, len(names))
        notes = notes_of(self._content, self._about(), rises, level, progress=progress, years=pupil_years(data))
        return Measured(frame, row_account(table, place, len(names)), notes)


def _pair(ends: object) -> tuple[str, str]:
    low, high = (*require_texts(ends, "ends"), "", "")[:2]
    return low, high
