"""How well estimates would have done: fitted on earlier years, judged on a later one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._backtest_asked import asked
from schoolframe._backtest_calibration import calibration, grades, reliability
from schoolframe._backtest_judged import judged
from schoolframe._backtest_levels import levels as reached_levels
from schoolframe._backtest_levels import rank_stability, school_means
from schoolframe._notebooks import as_html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["EstimateBacktest", "backtest_estimates"]


@dataclass(frozen=True, eq=False, repr=False)
class EstimateBacktest:
    """What estimates were worth in years that they were not fitted on, made by :func:`backtest_estimates`.

    Shares are in per cent; intervals are those of 95 %. ``ci_low`` to ``ci_high`` is Wilson's interval as if rows were
    independent. Pupils of a school are not: they share its effect of the year. ``cluster_low`` to ``cluster_high``
    allows for that and is the honest one; it is missing with one school, and short with fewer than about 30. Groups are
    named by ``by`` (``all``, ``size``, ``intake``, ``expected``: tenths of the expected outcome) and ``group``.
    ``status`` is ``ok``, ``below_minimum`` (fewer pupils than ``min_group``), ``complementary`` (it would give a
    smaller one away) or ``not_defined``; without ``ok`` figures are missing.

    Attributes:
        calibration: By year, outcome, group and ``nominal`` (Float64, per cent): ``n`` (rows judged), ``schools``
            (Int64), ``held``: share whose actual outcome lies within ``expected_low`` to ``expected_high``, both
            included, ``ci_low``, ``ci_high``, ``cluster_low``, ``cluster_high``, ``bias`` (mean of expected minus
            actual: above 0 estimates were too high), ``bias_se`` (allowing for schools), ``rmse``, ``mae`` (Float64),
            ``status``.
        grades: Where the outcome is a grade, by year, outcome, group and ``measure``: the share of pupils who reached
            the headline grade (``reached``), did better (``exceeded``), got it (``exact``), or were at most one grade
            off (``within_one``), with ``n``, ``schools``, the intervals and ``status``.
        reliability: Where the outcome is a grade, by year, outcome, ``grade`` (Int64, its place from 0) and ``tenth``
            (Int64: chance of that grade or better from 0 up to under 10 %, and so on, 100 % in the last; missing for
            all): ``n``, ``schools``, ``chance`` (mean, per cent), ``share`` who got it or better, the intervals,
            ``brier`` (mean of the squared difference, 0 best) and ``status``. Chances are those of a school at the
            middle rank (level 50, or the first level asked for), so over many schools shares lie a little
            nearer to a half.
        levels: By year, outcome, group and ``level`` (Int64): ``schools``, ``pupils`` in them, ``reached`` (Int64:
            schools whose mean actual outcome is at or above the mean of their level), ``share`` of schools, ``ci_low``,
            ``ci_high``, ``pupils_share`` (per cent of pupils in such schools) and ``status``. A level ``r`` stands for
            the top ``r`` % of schools' lasting progress; small schools reach it, and miss it, more often by chance.
        rank_stability: For each pair of judged years that follow each other (``before``, ``year``), outcome and group
            (``all``, ``size`` in the later year): ``schools`` judged in both, ``correlation`` (Spearman's, of the mean
            of actual minus expected), ``ci_low``, ``ci_high`` (Fisher's z with the variance of Bonett and Wright,
            2000), ``top`` (Int64: schools of the group in the top 20 % before, of all judged in both years), ``stayed``
            (share of them in the top 20 % again), ``stayed_low``, ``stayed_high`` (Wilson), ``by_chance`` (share of the
            group in the later top 20 %: what would stay if the years had nothing to do with each other). Empty with one
            judged year, or no school in both.
        rows: How every row of the judged years was used, by ``year`` and ``outcome``: ``reason`` and ``rows``.
        notes: What a reader has to know.

    Example:
        >>> import schoolframe as sf
        >>> pupils = sf.simulate_pupils(40, 30, years=(2018, 2019), seed=1).pupils
        >>> def fit(earlier):
        ...     return sf.EstimateModel.fit(earlier, "attainment_8", "ks2", ["gender"], year=2018)
        >>> test = sf.backtest_estimates(pupils, fit, actual={"attainment_8": "attainment_8"})
        >>> test.rows.rows()[0]
        (2019, 'attainment_8', 'used', 1142)
    """

    calibration: pl.DataFrame
    grades: pl.DataFrame
    reliability: pl.DataFrame
    levels: pl.DataFrame
    rank_stability: pl.DataFrame
    rows: pl.DataFrame
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Return what was judged, and how often intervals held."""
        return "\n".join([self._head(), *self._held(), *self.notes])

    def _repr_html_(self) -> str:
        frames = [self.calibration, self.levels, *(one for one in self._optional() if not one.is_empty())]
        every = [
            one.filter(by="all") if "by" in one.columns else one.filter(pl.col("tenth").is_null()) for one in frames
        ]
        return as_html([self._head(), *self._held(), *self.notes], *every, self.rows)

    def _optional(self) -> tuple[pl.DataFrame, ...]:
        return self.grades, self.reliability, self.rank_stability

    def _head(self) -> str:
        years = ", ".join(map(str, self.rows["year"].unique().sort().to_list()))
        outcomes = ", ".join(self.rows["outcome"].unique(maintain_order=True).to_list())
        return f"EstimateBacktest of {outcomes}, judged in {years}, fitted on the years before"

    def _held(self) -> list[str]:
        shown = self.calibration.filter(pl.col("by") == "all", pl.col("status") == "ok")
        return [
            f"{outcome} {year}: intervals of {nominal:g} % held {held:.1f} % of {n:,} outcomes"
            + ("" if low is None else f" ({low:.1f} to {high:.1f} % allowing for schools)")
            for year, outcome, nominal, held, n, low, high in shown.select(
                "year", "outcome", "nominal", "held", "n", "cluster_low", "cluster_high"
            ).iter_rows()
        ]


def backtest_estimates(
    frame: object,
    fit: Callable[[pl.DataFrame], Any],
    *,
    actual: Mapping[str, str],
    year: str = "year",
    school: str = "urn",
    test: int | Sequence[int] | None = None,
    levels: Sequence[int] = (50, 20, 5),
    confidence: float | Sequence[float] = (0.5, 0.8, 0.95),
    n: str | None = None,
    intake: str | None = None,
    size_bands: Sequence[float] = (30, 60, 120),
    min_group: int = 6,
) -> EstimateBacktest:
    """Judge estimates on a year they were not fitted on: did intervals hold, were levels reached, do ranks last?

    For each judged year the rows of all years before it go to ``fit``, and the model that comes back estimates the rows
    of the year, of which it does not see the columns of the actual outcomes. So nothing of a judged year can get into
    its estimates, unless ``fit`` looks elsewhere; a model of this package that says it was fitted on the judged year or
    later is refused, and so is one that names no year and accounts for more rows than it was given. ``fit`` may also
    return what was published for an earlier year.

    Args:
        frame: One row per pupil (or school, with ``n``) and year.
        fit: Function of the rows of earlier years that returns a model with
            ``.estimate(frame, levels, confidence=, keep=)``, such as :class:`EstimateModel` or
            :class:`SchoolEstimateModel`.
        actual: Column of the actual outcome for each outcome of the model: numbers, for grades their places from 0, or
            an Enum with the lowest grade first. Missing (NaN too) where it is not known.
        year: Column of results years.
        school: Column that names the school.
        test: The judged year, or several rising ones; by default the last of the frame. Each is fitted anew.
        levels: Ranks of the levels: whole, from 1 to 99.
        confidence: Levels of the intervals that are judged, above 0 and below 1.
        n: Number of pupils behind a row, where rows are schools. Without it rows are pupils, and the size of a school
            is the number of its rows in the judged year.
        intake: Column of numbers, true or false, by whose mean schools are cut into quarters (of schools, ties
            together).
        size_bands: Rising sizes at which classes of size begin; a size equal to one is in the class it begins.
        min_group: Fewest pupils of a group that is shown.

    Returns:
        The back-test.

    Raises:
        InputError: For fewer than two years, judged years that do not rise or are the first, a ``fit`` that is no
            function or returns no such model, a model that was fitted on a judged year, a judged year without any row
            that has both an estimate and an actual outcome, columns of the wrong type, or arguments out of range.
        UnknownNameError: For a column, year or outcome that does not exist.

    Source: definition of this package. Spread of a ratio over clusters: Cochran (1977), section 6.3; Wilson's interval
    with the number of independent rows: Korn and Graubard (1998) in spirit.

    Example:
        >>> import schoolframe as sf
        >>> pupils = sf.simulate_pupils(40, 30, years=(2017, 2018, 2019), seed=1).pupils
        >>> def fit(earlier):
        ...     return sf.EstimateModel.fit(earlier, "attainment_8", "ks2", year=earlier["year"].max())
        >>> test = sf.backtest_estimates(
        ...     pupils, fit, actual={"attainment_8": "attainment_8"}, test=[2018, 2019], confidence=0.8
        ... )
        >>> test.rank_stability.filter(by="all").select("before", "year", "schools").rows()
        [(2018, 2019, 40)]
    """
    wanted = asked(
        frame,
        actual=actual,
        year=year,
        school=school,
        test=test,
        levels=levels,
        confidence=confidence,
        n=n,
        intake=intake,
        size_bands=size_bands,
        min_group=min_group,
    )
    rows, used, said = judged(wanted, fit)
    schools = school_means(rows, wanted)
    lone = len(wanted.years) == 1
    ranks = rank_stability(schools, wanted)
    met = set(ranks.select("before", "year").iter_rows())
    notes = [
        *said,
        "back-test: each year judged by a model fitted on the years before it alone",
        "intervals that allow for schools (cluster_low to cluster_high) are the honest ones: pupils of one are alike",
        *(["ranks from year to year need two judged years, for example test=[2018, 2019]"] if lone else []),
        *(
            f"no school was judged in both {one} and {two}"
            for one, two in pairwise(wanted.years)
            if (one, two) not in met
        ),
    ]
    return EstimateBacktest(
        calibration=calibration(rows, wanted),
        grades=grades(rows, wanted),
        reliability=reliability(rows, wanted),
        levels=reached_levels(schools, wanted),
        rank_stability=ranks,
        rows=used,
        notes=tuple(dict.fromkeys(notes)),
    )
