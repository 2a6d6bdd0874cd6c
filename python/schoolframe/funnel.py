"""Funnel limits: how far a school's score may lie from a target before it is more than chance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_number, require_numbers, require_text, require_whole
from schoolframe._artefact import Artefact, provenance
from schoolframe._design import usable_schools
from schoolframe._frames import as_frame, require_columns
from schoolframe._number_columns import number_column
from schoolframe._plugin import expression, numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import IntoNumbers

__all__ = ["FunnelLimits"]


class FunnelLimits(Artefact):
    """Control limits of a funnel plot, learned on a population and applied to any school.

    Standard error of a school of ``n`` pupils: ``se = sd / sqrt(n)`` for means, ``sqrt(p (100 - p) / n)`` at the target
    ``p`` for percentages. Limits at level ``L``: ``target -+ q * se_adjusted``, ``q`` the normal quantile of
    ``(1 + L) / 2`` (1.96 for 0.95). With ``z = (score - target) / se``, the farthest ``share`` of z on each side drawn
    in to its quantile (or left out), over ``I`` schools:

    - ``phi = mean(z^2)``; ``"multiplicative"``: ``se_adjusted = se * sqrt(max(phi, 1))``;
    - ``tau2 = max(0, (I phi - (I - 1)) / (sum w - sum w^2 / sum w))``, ``w = 1 / se^2``; ``"additive"``:
      ``se_adjusted = sqrt(se^2 + tau2)``.

    Exact limits of percentages are quantiles of the binomial distribution, interpolated between counts.

    Source: Spiegelhalter (2005), Funnel plots for comparing institutional performance; Spiegelhalter et al. (2012) for
    the additive model.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"p8": [0.60, -0.80, 0.10, -0.20], "n": [40, 25, 180, 120]})
        >>> limits = sf.FunnelLimits.fit(schools, "p8", "n", sd=1.2827, target=0.0)
        >>> schools.select(limits.apply()).unnest("p8")["class"].to_list()
        ['above_95', 'below_99.8', 'within', 'within']
    """

    _kind: ClassVar[str] = "funnel_limits"

    @classmethod
    def fit(
        cls,
        frame: object,
        score: str,
        n: str,
        *,
        sd: float | None,
        target: float | None = None,
        overdispersion: Literal["additive", "multiplicative"] | None = None,
        winsorise: float | None = None,
        trim: float | None = None,
        levels: Sequence[float] = (0.95, 0.998),
        limits: Literal["normal", "exact"] = "normal",
        min_group: int = 6,
        source: str | None = None,
        year: int | None = None,
    ) -> FunnelLimits:
        """Learn the target and the over-dispersion.

        Args:
            frame: One row per school.
            score: Column of the scores: means of pupils, or percentages of pupils from 0 to 100.
            n: Column of the numbers of pupils.
            sd: Standard deviation of pupils, such as ``sf.reference_value("p8_sd", 2019)``; None for percentages.
            target: What schools are held against; by default ``sum(n * score) / sum(n)``.
            overdispersion: Allowance for schools that differ by more than chance, see above; None for none.
            winsorise: Share of z on each side that is drawn in, 0.1 by default.
            trim: Share of z on each side that is left out instead.
            levels: Rising levels of the limits.
            limits: ``"exact"`` takes the limits of percentages from the binomial distribution; not together with an
                allowance for over-dispersion.
            min_group: Fewest pupils of a school that counts and, later, is shown; it does from ``min_group`` pupils on.
            source: What the population is, in words; kept with the object.
            year: Results year of the population; kept with the object.

        Returns:
            The limits. Schools without a score or number, and with fewer pupils than ``min_group``, do not count;
            :attr:`rows` says how many.

        Raises:
            InputError: For columns of the wrong type, impossible values, shares outside 0 to 0.5, levels that do not
                rise, a target that is none or too far from the scores, or too few schools.
            UnknownNameError: For a column or word that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"rwm": [55.0, 71.0, 80.0, 62.0], "n": [60, 30, 25, 90]})
            >>> limits = sf.FunnelLimits.fit(schools, "rwm", "n", sd=None, target=65.0, limits="exact")
            >>> schools.select(limits.apply()).unnest("rwm").select(pl.col("low_95", "high_95").round(1)).row(0)
            (51.9, 76.1)
        """
        data = as_frame(frame)
        score, n = require_text(score, "score", "'p8'"), require_text(n, "n", "'p8_cohort'")
        require_columns(data, [score, n])
        minimum = require_whole(min_group, "min_group", 0)
        if winsorise is not None and trim is not None:
            msg = "winsorise and trim: the farthest scores are drawn in or left out, give one of the two"
            raise InputError(msg)
        if limits not in ("normal", "exact"):
            msg = f"limits: 'normal' or 'exact', not {limits!r}"
            raise InputError(msg)
        allowance = "none" if overdispersion is None else require_text(overdispersion, "overdispersion", "'additive'")
        asked = require_numbers(levels, "levels")
        named = [_level_name(level) for level in asked]
        if len(set(named)) < len(named):
            msg = f"levels: two levels have one name, {', '.join(named)}; they must differ in ten digits"
            raise InputError(msg)
        if limits == "exact" and sd is not None:
            msg = "limits: only percentages (sd=None) have exact limits"
            raise InputError(msg)
        share = require_number(trim, "trim") if trim is not None else 0.1
        share = require_number(winsorise, "winsorise") if winsorise is not None else share
        scores, pupils = number_column(data, score, "score"), number_column(data, n, "n", least=0)
        counts, rows = usable_schools(scores, pupils, data.select([]), minimum)
        fitted = _native.fit_funnel(
            scores.filter(counts),
            pupils.filter(counts),
            None if target is None else require_number(target, "target"),
            None if sd is None else require_number(sd, "sd"),
            limits == "exact",
            allowance,
            "winsorise" if trim is None else "trim",
            share,
            asked,
            minimum,
        )
        content = {"score": score, "n": n, "rows": rows.rows(), "limits": json.loads(fitted)}
        return cls._made(content | provenance(source, year))

    @classmethod
    def _validate(cls, content: dict[str, Any]) -> None:
        _native.check_funnel(json.dumps(content["limits"]))
        cls._made({name: content[name] for name in ("score", "n", "rows", "source", "year")}).rows  # noqa: B018

    @property
    def figures(self) -> pl.DataFrame:
        """What was learned, one row.

        ``target``, ``phi``, ``tau2``, ``tau``, ``pupils`` (Float64), ``schools``, ``phi_schools`` (Int64: those that
        over-dispersion was worked out on), ``overdispersion`` (String) and ``target_given`` (Boolean).
        """
        limits = self._content["limits"]
        return pl.DataFrame(
            {
                "target": [float(limits["target"])],
                "phi": [float(limits["phi"])],
                "tau2": [float(limits["tau2"])],
                "tau": [float(limits["tau2"]) ** 0.5],
                "pupils": [float(limits["pupils"])],
                "schools": [limits["schools"]],
                "phi_schools": [limits["phi_schools"]],
                "overdispersion": [limits["rule"]["overdispersion"]],
                "target_given": [limits["target_given"]],
            }
        )

    @property
    def target(self) -> float:
        """The score that schools are held against."""
        return float(self._content["limits"]["target"])

    @property
    def levels(self) -> list[str]:
        """Names of the levels as they stand in the names of columns and classes, such as ``95`` and ``99.8``."""
        return [_level_name(level) for level in self._content["limits"]["rule"]["levels"]]

    @property
    def score(self) -> str:
        """Column of the scores in the fit."""
        return str(self._content["score"])

    @property
    def n(self) -> str:
        """Column of the numbers of pupils in the fit."""
        return str(self._content["n"])

    @property
    def min_group(self) -> int:
        """Fewest pupils of a school that counts and is shown."""
        return int(self._content["limits"]["rule"]["min_group"])

    def apply(self, score: IntoNumbers = None, n: IntoNumbers = None) -> pl.Expr:
        """Place schools in the funnel, as an expression that needs no reference data.

        Args:
            score: Column name or expression; by default the column of the fit.
            n: Number of pupils; by default the column of the fit.

        Returns:
            A struct expression named after ``score``: for each level, innermost first, ``low_95`` and ``high_95`` and
            so on; ``z``; ``z_adjusted`` (with the allowance for over-dispersion) (Float64); ``class`` (String):
            ``within``, or the outermost limits that the score lies beyond, ``above_95``, ``below_99.8``; a score on a
            limit lies within it; ``status`` (String): ``ok``, ``missing`` (score or number is missing or NaN),
            ``below_minimum`` (fewer pupils than ``min_group``: nothing is shown).

        Raises:
            polars.exceptions.ComputeError: When collected, for a column that is no number or impossible values.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> schools = pl.DataFrame({"p8": [0.60, -0.80, 0.10], "n": [40, 5, 180]})
            >>> limits = sf.FunnelLimits.fit(schools, "p8", "n", sd=1.2827)
            >>> schools.select(limits.apply()).unnest("p8").select("class", "status").rows()
            [('above_95', 'ok'), (None, 'below_minimum'), ('within', 'ok')]
        """
        inputs = [
            numbers(self.score if score is None else score, "score"),
            numbers(self.n if n is None else n, "n"),
        ]
        return expression("funnel_position", inputs, json.dumps(self._content["limits"]))

    def _lines(self) -> list[str]:
        figures = self.figures.row(0, named=True)
        given = "given" if figures["target_given"] else "mean of the pupils"
        levels = ", ".join(f"{level} %" for level in self.levels)
        head = f"FunnelLimits{self._origin()}: {self.score}, target {figures['target']:.4g} ({given}), levels {levels}"
        spread = f"over-dispersion: phi {figures['phi']:.3f}, tau {figures['tau']:.3f}"
        return [head, f"{spread}; allowance: {figures['overdispersion']}", self._account()]


def _level_name(level: float) -> str:
    """Return a level in per cent, as it stands in the names of columns."""
    return f"{round(100 * level, 8):.10g}"
