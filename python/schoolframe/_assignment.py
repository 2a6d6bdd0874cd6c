"""The result of putting schools into categories."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_number, require_texts, require_whole
from schoolframe._by_decision import mark_decisions
from schoolframe._change import Changes
from schoolframe._notebooks import as_html
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schoolframe import _native
    from schoolframe.frameworks import Framework

__all__ = ["Assignment"]


class Assignment:
    """Categories of schools under one framework, with everything that led to them.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"urn": [100000], "ofsted_overall": [2]})
        >>> assignment = sf.Framework.load("southend_2017").assign(schools, phase="secondary")
        >>> assignment.frame["possible"].to_list()
        [['Green', 'Amber', 'Red', 'Blue']]
    """

    def __init__(self, framework: Framework, native: _native.Assignment, unused: list[str] | None = None) -> None:
        self._framework = framework
        self._native = native
        self._unused = unused or []

    @property
    def framework(self) -> Framework:
        """The framework that was used."""
        return self._framework

    @property
    def phase(self) -> str:
        """The phase whose rules were applied."""
        return self._native.phase

    @property
    def absent(self) -> list[str]:
        """Columns of evidence that the framework asks for and the frame did not have."""
        return self._native.absent()

    @property
    def unused(self) -> list[str]:
        """Columns of the frame that the framework does not read."""
        return list(self._unused)

    @property
    def provenance(self) -> dict[str, Any]:
        """What the result rests on: framework, hash, phase, readings and changed thresholds."""
        return {
            "framework": self._framework.name,
            "content_hash": self._framework.content_hash,
            "phase": self.phase,
            "readings": self._framework.chosen(),
            "changed_thresholds": dict(self._framework._native.changed_thresholds()),  # noqa: SLF001 one object in two
            "without": self._framework._native.dropped(),  # noqa: SLF001 one object in two
            "added": self._framework._native.added(),  # noqa: SLF001 one object in two
        }

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row per row of the input, in its order.

        ``urn``, ``year``, ``phase``; ``category`` (missing unless settled); ``status``: ``determined``;
        ``undetermined`` (more than one category is possible, or the evidence fits none); ``candidate`` (the category
        follows once a person decides so); ``conflict`` (the category follows, but most of its known descriptors do not
        hold); ``invalid`` (passed over, see ``reason``). ``possible``: categories that some completion of the
        unknown items leads to, best first; ``exact`` says whether that set is exact or may hold too many.
        ``leading``: category on the evidence held, however little, so an indication and no result; ``otherwise``: for
        candidates, the category without that decision; ``best_fit``: chosen without a majority; ``deciding``: unknown
        indicators, the most decisive first; per counted category the criteria met, failed and unknown, and the share
        met in per cent; for a phase made of others, the category, status and possible categories of each; other results
        with ``..._by_decision``; where gates decide, ``mark`` (a word of the paper's reading) and ``descriptors``
        (``clean``, ``mixed``, ``conflict``); ``adjustments``, ``flags``, ``flags_unchecked``; ``reason`` in words.
        """
        return self._native.frame()

    @cached_property
    def trace(self) -> pl.DataFrame:
        """One row per school, year and test: value read, comparator, its source, result, role and source line."""
        return self._native.trace()

    @cached_property
    def deciding(self) -> pl.DataFrame:
        """One row per school, year and unknown indicator, the most decisive first."""
        return self._native.deciding()

    def support(self) -> pl.DataFrame:
        """List the support that follows for each school from its category and its other results.

        Returns:
            One row per school, year and item; none for schools without a category. ``decision`` is ``may`` where a
            person decides: where the paper leaves the item open, where the school is a candidate for the category (but
            not for what it gets in its category without that decision), and where a result it rests on is decided by a
            person.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": [100000], "safety_threatened": [True]})
            >>> sf.Framework.load("southend_2017").assign(schools, phase="secondary").support().height > 0
            True
        """
        return mark_decisions(self._native.support(), self.frame, self._framework.support())

    def explain(self, urn: int, year: int | None = None) -> str:
        """Say in plain English how a school's category comes about, criterion by criterion.

        Args:
            urn: The school.
            year: The year; without it the latest.

        Returns:
            Text of several lines.

        Raises:
            InputError: For a school or year that was not assigned.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": [100000], "ofsted_overall": [2]})
            >>> assignment = sf.Framework.load("southend_2017").assign(schools, phase="secondary")
            >>> "Undetermined: Green, Amber, Red or Blue possible" in assignment.explain(100000)
            True
        """
        return self._native.explain(*self._school(urn, year))

    def explain_table(self, urn: int, year: int | None = None) -> pl.DataFrame:
        """Give the same explanation as a table: every statement with the value read and what it is compared with.

        Args:
            urn: The school.
            year: The year; without it the latest.

        Returns:
            One row per statement and test: ``criterion``, ``category``, ``role`` in the decision, ``text``, ``result``
            of the statement, ``indicator``, ``value``, ``source`` of the value, ``test``, ``comparator``,
            ``comparator_value``, ``comparator_source``, ``passed`` (this test), ``line`` of the paper.

        Raises:
            InputError: For a school or year that was not assigned.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"urn": [100000], "ofsted_overall": [2]})
            >>> assignment = sf.Framework.load("southend_2017").assign(schools, phase="secondary")
            >>> table = assignment.explain_table(100000)
            >>> table.filter(pl.col("criterion") == "SOU17-ALL-Green-01").select("value", "test", "result").row(0)
            ('2', 'is one of 1, 2', 'true')
        """
        trace = self._native.trace([self._native.row(*self._school(urn, year))])
        texts = self._framework.criteria().select(pl.col("id").alias("criterion"), "text")
        return trace.join(texts, on="criterion", how="left", maintain_order="left").select(
            "criterion",
            "category",
            "role",
            "text",
            "result",
            "indicator",
            "value",
            "source",
            "test",
            "comparator",
            "comparator_value",
            "comparator_source",
            "passed",
            "line",
        )

    def what_would_change(
        self,
        urn: int,
        year: int | None = None,
        *,
        cohort: float | Mapping[str, float] | None = None,
        limit: int = 5,
        fixed: Iterable[str] = (),
    ) -> Changes:
        """Find the smallest changes that move a school one category up and one down, or settle an open category.

        Known values of the current year may change, unknown ones may be found out; comparators, earlier years and what
        passes by itself stay. The fewest indicators come first, then the fewest to find out, then the least points and
        steps. A number moves to the nearest figure that passes: exactly to an inclusive bound, else 0.1 beyond it (1
        for whole numbers). Nothing is proposed that breaks a constraint of the framework.

        Published figures (``nat_x``, ``la_x``, ``la_target_x``, ``floor_x``, ``benchmark_x``) are no properties of a
        school. Where one is missing, it is among what is to be found out only if nothing else leads to the category;
        a note then says that it is not in the data. Every answer has rows or a note that says why not.

        Args:
            urn: The school.
            year: The year; without it the latest.
            cohort: Pupils that percentages are shares of: one number, or by indicator; changes are then also given in
                pupils, rounded up to whole ones.
            limit: Most alternatives for each category.
            fixed: Further indicators that cannot change.

        Returns:
            Table, notes and text.

        Raises:
            InputError: For a school or year that was not assigned, a limit under 1, or pupils that are no positive
                number or belong to no percentage.
            UnknownNameError: For an indicator that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> school = pl.DataFrame(
            ...     {
            ...         "urn": [1],
            ...         "ks2_l4em_pct": [59.0],
            ...         "floor_ks2_l4em_pct": [60.0],
            ...         "nat_ks2_l4em_pct": [74.0],
            ...         "ks2_2lp_eng_pct": [80.0],
            ...         "nat_ks2_2lp_eng_pct": [87.0],
            ...         "ks2_2lp_mat_pct": [90.0],
            ...         "nat_ks2_2lp_mat_pct": [86.0],
            ...         "ofsted_nti": [False],
            ...         "ofsted_special_measures": [False],
            ...     }
            ... )
            >>> assignment = sf.Framework.load("southend_2011").assign(school, phase="junior")
            >>> assignment.frame["category"].item()
            '3b'
            >>> changes = assignment.what_would_change(1, cohort=50).frame
            >>> changes.filter(pl.col("direction") == "up", pl.col("alternative") == 1)["target"].unique().to_list()
            ['3a']
        """
        by = (
            {name: require_number(pupils, f"cohort['{name}']") for name, pupils in cohort.items()}
            if isinstance(cohort, Mapping)
            else None
        )
        pupils = None if cohort is None or by is not None else require_number(cohort, "cohort")
        urn, year = self._school(urn, year)
        frame, notes, text = self._native.what_would_change(
            urn, year, require_whole(limit, "limit", least=1), pupils, by, require_texts(fixed, "fixed")
        )
        return Changes(frame, tuple(notes), text)

    def _school(self, urn: int, year: int | None) -> tuple[int, int | None]:
        """Return the school and the year, checked to be there; the error says which there are."""
        urn, year = require_whole(urn, "urn"), None if year is None else require_whole(year, "year")
        try:
            self._native.row(urn, year)
        except InputError:
            rows = self.frame.select("urn", "year")
            years = rows.filter(urn=urn)["year"].sort().to_list()
            if years:
                listed = "none" if years[-1] is None else ", ".join(map(str, years))
                msg = f"year {year}: school {urn} was not assigned in it. Years of the school: {listed}."
                raise InputError(msg) from None
            known = rows["urn"].unique().sort()
            near = sorted(known.to_list(), key=lambda other: abs(other - urn))[:5]
            listed = ", ".join(map(str, sorted(near))) or "none"
            msg = (
                f"urn {urn}: no such school was assigned. There are {len(known):,}; the nearest numbers are: {listed}."
            )
            raise InputError(msg) from None
        return urn, year

    def __len__(self) -> int:
        """Number of rows assigned."""
        return self._native.height

    def __repr__(self) -> str:
        """Return the framework, the phase and how many schools have which status."""
        counts = self.frame["status"].value_counts(sort=True)
        listed = ", ".join(f"{count} {status}" for status, count in counts.iter_rows())
        return f"Assignment({self._framework.name}, {self.phase}: {listed or 'no rows'})"

    def _repr_html_(self) -> str:
        return as_html([repr(self)], self.frame)
