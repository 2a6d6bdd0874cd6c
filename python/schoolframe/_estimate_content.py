"""What a table of estimates holds, read from its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_text, require_texts, unknown_name
from schoolframe._artefact import KeptAsText
from schoolframe._estimate_groups import checked
from schoolframe.exceptions import InputError

__all__ = ["EstimateContent"]

_FRAME: dict[str, Any] = {
    "outcome": pl.String,
    "score": pl.String,
    "divisor": pl.Float64,
    "group": pl.Int64,
    "prior_above": pl.Float64,
    "prior_to": pl.Float64,
    "mean": pl.Float64,
    "n": pl.Int64,
    "sd": pl.Float64,
    "minimum": pl.Float64,
}
_ROWS: dict[str, Any] = {"reason": pl.String, "rows": pl.Int64}


class EstimateContent(KeptAsText):
    """The parts of a table of estimates.

    Example:
        >>> from schoolframe.estimate_table import EstimateTable
        >>> EstimateTable.bundled("p8", 2023).prior
        'ks2_scaled_score'
    """

    @property
    def measure(self) -> str:
        """Name of the measure."""
        return str(self._content["measure"])

    @property
    def prior(self) -> str:
        """Name of the prior attainment; by default also of its column."""
        return str(self._content["prior"])

    @property
    def prior_range(self) -> tuple[float | None, float]:
        """Lowest (if the first group has a lower end) and highest prior attainment that the table is for."""
        content = self._content
        return content["lowest"], content["upper"][-1]

    @property
    def year(self) -> int | None:
        """Results year of the averages."""
        year: int | None = self._content["year"]
        return year

    @property
    def version(self) -> str | None:
        """Version of the publication."""
        version: str | None = self._content["version"]
        return version

    @property
    def source(self) -> str | None:
        """Where the averages come from, in words."""
        source: str | None = self._content["source"]
        return source

    @property
    def status(self) -> str:
        """``P``, ``C`` or ``S`` for published averages, else ``fitted`` or ``supplied``."""
        return str(self._content["status"])

    @property
    def verified(self) -> bool:
        """Whether the averages were read in a primary source or computed from published files."""
        return self.status in ("P", "C")

    @property
    def proxy(self) -> bool:
        """Whether the measure is no published one and starts from anything but key stage 2 results."""
        return _native.estimates_are_proxy(self._json)

    @property
    def outcomes(self) -> list[str]:
        """Names of the outcomes: the columns that hold their points."""
        return [outcome["name"] for outcome in self._content["outcomes"]]

    @property
    def score_names(self) -> list[str]:
        """Names of their scores, in the same order."""
        return [outcome["score"] for outcome in self._content["outcomes"]]

    @property
    def limits(self) -> dict[str, float | None]:
        """Scores with limits, and how many standard deviations under the average they lie, if they were set so."""
        limited = [outcome for outcome in self._content["outcomes"] if outcome["minimum"]]
        return {outcome["score"]: outcome["sd_multiple"] for outcome in limited}

    @property
    def frame(self) -> pl.DataFrame:
        """The averages, one row for each outcome and group.

        ``outcome``, ``score`` (String), ``divisor`` (Float64), ``group`` (Int64, from 1), ``prior_above`` (not inside;
        missing for the first group) and ``prior_to`` (inside), ``mean``, ``sd``, ``minimum`` (Float64, points) and
        ``n`` (Int64).
        """
        content = self._content
        upper = content["upper"]
        above = [None, *upper[:-1]]
        rows = []
        for outcome in content["outcomes"]:
            lists = [outcome[key] or [None] * len(upper) for key in ("mean", "n", "sd", "minimum")]
            head = (outcome["name"], outcome["score"], outcome["divisor"])
            rows += [(*head, at + 1, above[at], upper[at], *(each[at] for each in lists)) for at in range(len(upper))]
        return pl.DataFrame(rows, schema=_FRAME, orient="row")

    @property
    def rows(self) -> pl.DataFrame:
        """How the pupils were used that the averages are of: ``reason`` (``used``, or why not) and ``rows``.

        A pupil is used who counts for any outcome; ``n`` of :attr:`frame` says how many count for each. Empty for a
        table that was not fitted.
        """
        return pl.DataFrame(self._content.get("rows") or [], schema=_ROWS, orient="row")

    @property
    def limit_rows(self) -> pl.DataFrame:
        """How the pupils were used that the limits were set by, as :attr:`rows`; empty if limits were set otherwise."""
        return pl.DataFrame(self._content.get("limit_rows") or [], schema=_ROWS, orient="row")

    def require_year(self, year: int) -> None:
        """Raise an error if there is no such measure for the pupils of a results year.

        Args:
            year: Results year of the pupils.

        Raises:
            InputError: With the reason, for a published measure that the year does not have.

        Example:
            >>> import schoolframe as sf
            >>> sf.EstimateTable.bundled("p8", 2024).require_year(2023)
        """
        checked(self._content | {"year": year})

    def outcome_columns(self, outcomes: str | Sequence[str] | Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the outcomes named, each with the column that holds its points.

        Args:
            outcomes: Outcomes, or a mapping from outcome to column; all of them by default.

        Returns:
            A mapping from outcome to column.

        Raises:
            InputError: For a column that is no text.
            UnknownNameError: For an outcome that does not exist.

        Example:
            >>> import schoolframe as sf
            >>> sf.EstimateTable.bundled("p8", 2023).outcome_columns({"maths": "maths_points"})
            {'maths': 'maths_points'}
        """
        if not isinstance(outcomes, Mapping):
            return {name: name for name in self._chosen(outcomes)}
        return {
            name: require_text(outcomes[name], f"outcomes['{name}']", "'points'")
            for name in self._chosen(list(outcomes))
        }

    def _chosen(self, outcomes: str | Sequence[str] | None) -> list[str]:
        if outcomes is None:
            return self.outcomes
        names = require_texts(outcomes, "outcomes")
        for name in names:
            if name not in self.outcomes:
                raise unknown_name("outcome", name, self.outcomes)
        if not names or len(set(names)) != len(names):
            msg = f"outcomes: name at least one, and none twice, not {names!r}"
            raise InputError(msg)
        return names

    def _outcome(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self._content["outcomes"] if one["name"] == name)
        return found

    def __repr__(self) -> str:
        """Return the measure, year and version, the start and the outcomes."""
        content = self._content
        when = "".join(f" {part}" for part in (content["year"], content["version"]) if part is not None)
        groups = len(content["upper"])
        noun = "group" if groups == 1 else "groups"
        limits = ", with limits" if self.limits else ""
        return (
            f"EstimateTable({content['measure']}{when}, from {content['prior']} in {groups} {noun}: "
            f"{', '.join(self.outcomes)}{limits})"
        )
