"""Estimates by prior attainment: what pupils with the same start achieved, as an artefact that is applied anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_mapping, require_number, require_text, unknown_name
from schoolframe._estimate_content import EstimateContent
from schoolframe._estimate_groups import (
    about_table,
    bare_table,
    checked,
    counts,
    divisors,
    group_ends,
    results_year,
)
from schoolframe._estimate_pupils import refuse_between, require_one_year, used_pupils
from schoolframe._frames import as_frame, require_columns
from schoolframe._number_columns import number_column
from schoolframe._plugin import expression, numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from schoolframe._typing import IntoNumbers

__all__ = ["EstimateTable"]


class EstimateTable(EstimateContent):
    """Average results of pupils by group of prior attainment, from which progress is measured.

    A pupil belongs to the first group whose upper end is not below the pupil's prior attainment. The estimate of an
    outcome is the average of that group, and the score is ``(points - average) / divisor``.

    Make one with :meth:`bundled`, :meth:`fit`, :meth:`from_frame` or :meth:`from_json`; keep one with :meth:`to_json`.
    A table is frozen: :meth:`with_limits` and :meth:`calibrate_limits` return another one.

    A measure may be called Progress 8 (``"p8"``, in any spelling) only if it starts from key stage 2 results
    (``ks2_scaled_score`` or ``ks2_fine_level``), and key stage 2 progress (``"ks2_progress"``) only if it starts from
    ``ks1_points``, and only for years that have the measure: there is no Progress 8 for 2020, 2021, 2025 and 2026. A
    proxy, such as a cognitive ability test, carries the name of its start: ``progress_from_cat4``.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> table = sf.EstimateTable.bundled("p8", 2023)
        >>> pupils = pl.DataFrame({"ks2": [105.0, 98.0, 130.0], "attainment_8": [52.0, 30.0, 80.0]})
        >>> scores = pupils.select(table.scores("ks2", ["attainment_8"]).alias("score")).unnest("score")
        >>> scores.select("status", pl.col("p8").round(3)).rows()
        [('ok', 0.645), ('ok', -0.309), ('prior_outside', None)]
    """

    @classmethod
    def bundled(cls, measure: str, year: int, version: str | None = None) -> EstimateTable:
        """Return a published table that comes with the package.

        Args:
            measure: ``"p8"``: Attainment 8 and its elements by the mean of the key stage 2 reading and maths scaled
                scores, 34 groups from 59 to 120.
            year: Results year: 2022, 2023 (both revised) or 2024 (provisional).
            version: ``"revised"`` or ``"provisional"``; without it the one there is.

        Returns:
            The table: outcomes ``attainment_8`` (score ``p8``, divisor 10), ``english`` and ``maths`` (doubled, divisor
            2), ``ebacc`` and ``open`` (divisor 3).

        Raises:
            InputError: For a year without a table, or one that has no Progress 8, with the reason.
            UnknownNameError: For another measure.

        Source: Department for Education, key stage 4 ready reckoners, under the Open Government Licence v3.0.

        Example:
            >>> import schoolframe as sf
            >>> sf.EstimateTable.bundled("p8", 2024).score_names
            ['p8', 'p8_english', 'p8_maths', 'p8_ebacc', 'p8_open']
        """
        name = require_text(measure, "measure", "'p8'")
        wanted = None if version is None else require_text(version, "version", "'revised'")
        return cls(_native.bundled_estimates(name, results_year(year), wanted))

    @classmethod
    def fit(
        cls,
        pupils: object,
        *,
        prior: str,
        outcomes: str | Sequence[str] | Mapping[str, float],
        groups: str | int | Sequence[float] = "distinct",
        measure: str | None = None,
        prior_attainment: str | None = None,
        scores: Mapping[str, str] | None = None,
        lowest: float | None = None,
        year: int | None = None,
        version: str | None = None,
        population: str | None = None,
        source: str | None = None,
        allow_unverified: bool = False,
    ) -> EstimateTable:
        """Work out estimates from a population of pupils: group means, numbers and standard deviations (n - 1).

        Args:
            pupils: One row per pupil. A pupil without prior attainment, outside the groups, or without an outcome does
                not count for it; :attr:`frame` says how many did.
            prior: Column of prior attainment (numbers).
            outcomes: Columns of results (numbers) with their divisors, such as ``{"attainment_8": 10, "maths": 2}``;
                names alone have the divisor 1.
            groups: ``"distinct"``, every value a group of its own, so that a value between two of them belongs to the
                group of the higher one, and one below the lowest is outside; a named grouping (``"ks2_scaled_score"``,
                34 groups from 2022; ``"ks2_fine_level"``, 34 fine levels of 2016 to 2019, which needs
                ``allow_unverified``); a number of groups of about equal size, cut at type 7 quantiles, where equal
                values stay together; or rising upper ends, each inside its group.
            measure: Name of the measure; by default ``progress_from_`` and the prior attainment.
            prior_attainment: What the prior attainment is, if that is not the name of its column.
            scores: Names of the scores of outcomes; by default the measure and the outcome, and ``p8`` for
                ``attainment_8`` of the measure ``p8``.
            lowest: Lowest prior attainment that the table is for; by default the lowest of a named grouping, or of the
                pupils unless the upper ends are given, else none.
            year: Results year; needed where a name claims a published measure, and a column ``year`` of the pupils must
                hold no other year then.
            version: Version of the results.
            population: Who the pupils are, in words.
            source: Where the results come from, in words.
            allow_unverified: Whether a named grouping may be used that was only read in a secondary source.

        Returns:
            The table, with status ``fitted``; its ``rows`` say how every pupil was used. A group without pupils has no
            average.

        Raises:
            InputError: For a column that is no number, an infinite value, a divisor that is not above 0, a name that
                claims a published measure, see :class:`EstimateTable`, or prior attainment between the steps it comes
                in (0.5 for ``ks2_scaled_score``, 0.1 for ``ks2_fine_level``), with the row.
            UnknownNameError: For a column or grouping that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({"cat4": [90, 90, 110, 110], "a8": [30.0, 40.0, 55.0, 65.0]})
            >>> table = sf.EstimateTable.fit(pupils, prior="cat4", outcomes={"a8": 10}, year=2025)
            >>> table.frame.select("score", "prior_to", "mean", "n").rows()
            [('progress_from_cat4_a8', 90.0, 35.0, 2), ('progress_from_cat4_a8', 110.0, 60.0, 2)]
        """
        data = as_frame(pupils, "pupils")
        divided = divisors(outcomes)
        require_columns(data, [prior, *divided], "pupils")
        attainment = prior if prior_attainment is None else require_text(prior_attainment, "prior_attainment", "'cat4'")
        start = number_column(data, prior, "pupils")
        refuse_between(data, prior, attainment)
        about = about_table(lowest, year, version, population, source)
        bare = bare_table(
            divided,
            group_ends(data[prior], groups, allow_unverified=allow_unverified),
            measure=measure,
            prior=attainment,
            scores=scores,
            status="fitted",
            about=about,
        )
        empty = checked(bare)
        require_one_year([bare["measure"], *(one["score"] for one in bare["outcomes"])], bare["year"], data)
        points = {name: number_column(data, name, "pupils") for name in divided}
        group = data.select(cls(empty).apply(prior).struct.field("group")).to_series()
        bare["rows"] = used_pupils(start, group, points, "every outcome is missing")
        return cls(_native.fit_estimates(checked(bare), data[prior], [data[name] for name in divided]))

    @classmethod
    def from_frame(
        cls,
        frame: object,
        *,
        upper: str,
        outcomes: str | Sequence[str] | Mapping[str, float],
        prior_attainment: str,
        measure: str | None = None,
        scores: Mapping[str, str] | None = None,
        n: Mapping[str, str] | None = None,
        sd: Mapping[str, str] | None = None,
        minimum: Mapping[str, str] | None = None,
        lowest: float | None = None,
        year: int | None = None,
        version: str | None = None,
        population: str | None = None,
        source: str | None = None,
    ) -> EstimateTable:
        """Return a table of averages that the caller holds, such as published estimates of key stage 2.

        Args:
            frame: One row per group of prior attainment, in rising order.
            upper: Column of the upper end of each group, inside it.
            outcomes: Columns of averages with their divisors, as for :meth:`fit`; a missing average is none.
            prior_attainment: What the prior attainment is: ``"ks2_scaled_score"``, ``"ks2_fine_level"``,
                ``"ks1_points"``, or the name of another start.
            measure: As for :meth:`fit`.
            scores: As for :meth:`fit`.
            n: Column of the number of pupils, for outcomes that have one.
            sd: Column of the standard deviation in points, for outcomes that have one.
            minimum: Column of the fewest points that count in averages of schools, for outcomes that have one.
            lowest: Lowest prior attainment that the table is for.
            year: Results year.
            version: Version of the publication.
            population: Whose averages they are, in words.
            source: Where they were read, in words.

        Returns:
            The table, with status ``supplied``.

        Raises:
            InputError: As :meth:`fit`; for ends that do not rise strictly.
            UnknownNameError: For a column that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> groups = pl.DataFrame({"to": [5.0, 7.0, 10.0], "reading": [94.0, 101.5, 108.0]})
            >>> table = sf.EstimateTable.from_frame(
            ...     groups, upper="to", outcomes="reading", prior_attainment="ks1_points", measure="ks2_progress"
            ... )
            >>> table.score_names
            ['ks2_progress_reading']
        """
        data = as_frame(frame)
        divided = divisors(outcomes)
        extra = {"n": n, "sd": sd, "minimum": minimum}
        columns = {key: dict(require_mapping(given, key, "{'a8': 'a8_sd'}")) for key, given in extra.items()}
        for key, given in columns.items():
            for name in given:
                if name not in divided:
                    raise unknown_name(f"{key}: outcome", name, divided)
        require_columns(data, [upper, *divided, *(one for given in columns.values() for one in given.values())])
        bare = bare_table(
            divided,
            (None, number_column(data, upper).to_list()),
            measure=measure,
            prior=prior_attainment,
            scores=scores,
            status="supplied",
            about=about_table(lowest, year, version, population, source),
        )
        for outcome in bare["outcomes"]:
            outcome["mean"] = number_column(data, outcome["name"]).to_list()
            for key, given in columns.items():
                if outcome["name"] in given:
                    column = given[outcome["name"]]
                    outcome[key] = counts(data, column) if key == "n" else number_column(data, column).to_list()
        return cls(checked(bare))

    @classmethod
    def from_json(cls, text: str) -> EstimateTable:
        """Read a table that :meth:`to_json` wrote; every rule is checked again.

        Args:
            text: The JSON text.

        Returns:
            The table.

        Raises:
            InputError: For anything but a text that holds a table.

        Example:
            >>> import schoolframe as sf
            >>> table = sf.EstimateTable.bundled("p8", 2023)
            >>> sf.EstimateTable.from_json(table.to_json()) == table
            True
        """
        return cls(_native.read_estimates(require_text(text, "text", "that of to_json")))

    def to_json(self) -> str:
        """Return the table as JSON text.

        Returns:
            The text; :meth:`from_json` reads it back.

        Example:
            >>> import schoolframe as sf
            >>> '"measure":"p8"' in sf.EstimateTable.bundled("p8", 2023).to_json()
            True
        """
        return self._json

    def with_limits(
        self,
        sd_multiple: float,
        *,
        outcomes: str | Sequence[str] | None = None,
        sd: Mapping[str, float] | None = None,
    ) -> EstimateTable:
        """Return the table with limits on extremely negative scores.

        ``minimum = mean - sd_multiple * sd`` in points, for each group. In averages of schools and other groups of
        pupils (:func:`progress_scores`) fewer points count as the minimum; scores of single pupils stay as they are,
        and very high scores too. The multiple that published scores use was not found in any publication.

        Args:
            sd_multiple: How many standard deviations under the average the minimum lies, above 0.
            outcomes: Outcomes to limit; all of them by default.
            sd: Standard deviation in points by outcome, for every group; by default each group's own from :meth:`fit`.

        Returns:
            Another table. A group without a standard deviation of its own, or with one of 0, has no limit.

        Raises:
            InputError: For a multiple or an ``sd`` that is not above 0, or an outcome without a standard deviation.
            UnknownNameError: For an outcome that does not exist.

        Source: design of the limits: secondary reports of the accountability measures from 2018 (status S).

        Example:
            >>> import schoolframe as sf
            >>> table = sf.EstimateTable.bundled("p8", 2023)
            >>> limited = table.with_limits(2.5, outcomes="attainment_8", sd={"attainment_8": 14})
            >>> limited.frame.filter(outcome="attainment_8", group=19)["minimum"].round(2).item()
            10.55
        """
        multiple = require_number(sd_multiple, "sd_multiple")
        return self._limited(dict.fromkeys(self._chosen(outcomes), multiple), sd)

    def calibrate_limits(
        self,
        pupils: object,
        *,
        share: float = 0.01,
        prior: str | None = None,
        outcomes: str | Sequence[str] | Mapping[str, str] | None = None,
        sd: Mapping[str, float] | None = None,
    ) -> EstimateTable:
        """Return the table with limits that ``share`` of the pupils fall under.

        For each outcome ``sd_multiple = -q``, where ``q`` is the type 7 quantile at ``share`` of
        ``(points - mean) / sd`` over the pupils with both; see :meth:`with_limits`.

        Args:
            pupils: One row per pupil.
            share: Share of pupils to be limited, between 0 and 0.5.
            prior: Column of prior attainment; by default named as the table's.
            outcomes: Outcomes to limit, or a mapping from outcome to its column; all of them by default.
            sd: As for :meth:`with_limits`.

        Returns:
            Another table; its ``limit_rows`` say how every pupil was used.

        Raises:
            InputError: For a share outside its range, no pupil with a score, or a share so large that the minimum would
                not lie below the average.
            UnknownNameError: For a column or outcome that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({"cat4": [100] * 101, "a8": [float(x) for x in range(101)]})
            >>> table = sf.EstimateTable.fit(pupils, prior="cat4", outcomes={"a8": 10}, year=2025)
            >>> table.calibrate_limits(pupils, share=0.05).frame["minimum"].round(6).item()
            5.0
        """
        share = require_number(share, "share")
        if not 0 < share < 0.5:
            msg = f"share: a number between 0 and 0.5 is needed, not {share}"
            raise InputError(msg)
        data = as_frame(pupils, "pupils")
        prior = self.prior if prior is None else prior
        columns = self.outcome_columns(outcomes)
        require_columns(data, [prior, *columns.values()], "pupils")
        refuse_between(data, prior, self.prior)
        group = data.select(self.apply(prior).struct.field("group") - 1).to_series()
        multiples: dict[str, float] = {}
        counted: dict[str, pl.Series] = {}
        for name, column in columns.items():
            points = number_column(data, column, "pupils")
            mean, spread = pl.Series(self._outcome(name)["mean"], dtype=pl.Float64), self._spread(name, sd)
            spread = spread.set(spread == 0, None)
            z = (points - mean.gather(group)) / spread.gather(group)
            counted[name] = z
            cut = z.quantile(share, interpolation="linear")
            if cut is None or not cut < 0:
                msg = (
                    f"pupils: outcome '{name}' has no limit below the average for a share of {share} of {z.count()} "
                    "pupils with a score"
                )
                raise InputError(msg)
            multiples[name] = -cut
        reason = "outcome, estimate or standard deviation is missing"
        rows = used_pupils(number_column(data, prior, "pupils"), group, counted, reason)
        return self._limited(multiples, sd, rows)

    def apply(self, prior: IntoNumbers = None) -> pl.Expr:
        """Group of prior attainment and estimate of each outcome.

        Args:
            prior: Column name or expression; by default the column named as the table's prior attainment.

        Returns:
            A struct expression named after ``prior``: ``group`` (Int64, from 1), ``status`` (String: ``ok``,
            ``prior_missing``, ``prior_outside`` the table, ``no_estimate`` for the group) and one Float64 column of
            points for each outcome, named as it is.

        Raises:
            polars.exceptions.ComputeError: When collected, for a column that is no number, or an infinite value.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({"ks2": [105.0, 105.5, None]})
            >>> estimates = pupils.select(sf.EstimateTable.bundled("p8", 2024).apply("ks2")).unnest("ks2")
            >>> estimates.select("group", "status", "attainment_8").rows()
            [(19, 'ok', 45.12), (20, 'ok', 47.45), (None, 'prior_missing', None)]
        """
        return expression("prior_estimates", [numbers(self.prior if prior is None else prior, "prior")], self._json)

    def scores(
        self,
        prior: IntoNumbers = None,
        outcomes: str | Sequence[str] | Mapping[str, IntoNumbers] | None = None,
    ) -> pl.Expr:
        """Scores of pupils, ``(points - average) / divisor``, without limits.

        Args:
            prior: As for :meth:`apply`.
            outcomes: Outcomes to measure, whose columns are named as they are; or a mapping from outcome to column or
                expression. All of them by default.

        Returns:
            A struct expression named after ``prior``: ``status`` (as :meth:`apply`, and ``outcome_missing`` where every
            outcome is) and one Float64 column for each score.

        Raises:
            UnknownNameError: For an outcome that does not exist.
            polars.exceptions.ComputeError: When collected, for a column that is no number, or an infinite value.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> pupils = pl.DataFrame({"ks2": [105.0], "a8": [44.0]})
            >>> table = sf.EstimateTable.bundled("p8", 2024)
            >>> pupils.select(table.scores("ks2", {"attainment_8": "a8"})).unnest("ks2")["p8"].round(3).item()
            -0.112
        """
        names = self._chosen(list(outcomes) if isinstance(outcomes, Mapping) else outcomes)
        columns: Mapping[str, IntoNumbers] = (
            outcomes if isinstance(outcomes, Mapping) else dict(zip(names, names, strict=True))
        )
        inputs = [numbers(self.prior if prior is None else prior, "prior")]
        inputs += [numbers(columns[name], f"outcomes['{name}']") for name in names]
        return expression("pupil_scores", inputs, _native.score_rule(self._json, names))

    def _spread(self, name: str, sd: Mapping[str, float] | None) -> pl.Series:
        given = require_mapping(sd, "sd", "{'attainment_8': 14.1}")
        for one in given:
            if one not in self.outcomes:
                raise unknown_name("sd: outcome", one, self.outcomes)
        groups = len(self._content["upper"])
        if name in given:
            own = require_number(given[name], f"sd['{name}']")
            if not 0 < own < float("inf"):
                msg = f"sd['{name}']: a finite number above 0 is needed, not {own}"
                raise InputError(msg)
            return pl.Series([own] * groups, dtype=pl.Float64)
        own = self._outcome(name)["sd"]
        if own is None:
            msg = f"sd: the table holds no standard deviation of '{name}'; give sd={{'{name}': ...}} in points"
            raise InputError(msg)
        return pl.Series(own, dtype=pl.Float64)

    def _limited(
        self,
        multiples: Mapping[str, float],
        sd: Mapping[str, float] | None,
        rows: Sequence[tuple[str, int]] | None = None,
    ) -> EstimateTable:
        content = self._content | {"limit_rows": rows}
        for outcome in content["outcomes"]:
            name = outcome["name"]
            if name in multiples:
                spread = self._spread(name, sd)
                minimum = pl.Series(outcome["mean"], dtype=pl.Float64) - multiples[name] * spread
                outcome["minimum"] = minimum.set(spread == 0, None).to_list()
                outcome["sd_multiple"] = multiples[name]
        return EstimateTable(checked(content))
