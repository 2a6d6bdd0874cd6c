"""Percentile bands drawn on a reference population, and codes against the national figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_numbers, require_text, require_texts, require_word
from schoolframe._artefact import KeptAsText
from schoolframe._coding import coding_rule
from schoolframe._frames import as_frame, require_columns
from schoolframe._number_columns import as_numbers
from schoolframe._plugin import expression, numbers
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolframe._typing import Direction, IntoNumbers

__all__ = ["PercentileBands", "code_against_national"]

# Joins the texts of several group columns; the native library joins with the same character.
_KEY_SEPARATOR = "\x1f"


class PercentileBands(KeptAsText):
    """Percentile bands drawn on a reference population, ready to be applied anywhere.

    Cuts are type 7 quantiles (R's default, numpy's ``linear``) of the values that are present. A band is found by
    comparing
    a value with the cuts, so equal values always share a band; missing and NaN have none. Band 1 is the best.

    Make one with :meth:`fit` or :meth:`from_json`; keep one with :meth:`to_json`. Applying needs no reference data.

    Schemes:

    - ``"quartiles"``, ``"quintiles"``, ``"deciles"``: labels ``"1"`` (best) to ``"4"``, ``"5"``, ``"10"``; a value on a
      cut belongs to the higher values.
    - ``"thirds"``: ``high``, ``middle``, ``low``, cut at 33 1/3 and 66 2/3; exact thirds by rank are made by
      :func:`rank_bands`.
    - ``"lait_quartiles"``: ``"A"`` (best) to ``"D"``, a value on a cut belongs to the lower values, as in the
      Department for Education's local authority tool, so that the two directions treat ties differently.
    - ``"southend_2017"``: ``upper_quartile`` from the 75th percentile, ``middle``, ``lower_quartile`` under the 25th.
    - ``"staffordshire_2008"``: ``"1"`` to ``"4"``, the lower edge inclusive: 75 is in 1, 50 in 2, 25 in 3.

    The inspection data summary report's quintiles are shares of ranks, not cuts of values: see :func:`rank_bands`.
    Published bands of progress scores rest on intervals: see :func:`progress_band`.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> england = pl.DataFrame({"p8": [x / 10 for x in range(-10, 11)]})
        >>> bands = sf.PercentileBands.fit(england, "p8", scheme="southend_2017", direction="higher_better")
        >>> pl.DataFrame({"p8": [-0.6, 0.0, 0.5, None]}).select(bands.apply("p8", labels=True))["p8"].to_list()
        ['lower_quartile', 'middle', 'upper_quartile', None]
    """

    @classmethod
    def fit(
        cls,
        frame: object,
        column: str,
        *,
        scheme: str = "quartiles",
        direction: Direction,
        by: str | Sequence[str] | None = None,
        weights: str | None = None,
        percentiles: Sequence[float] | None = None,
        labels: Sequence[str] | None = None,
        at_cut: Literal["higher", "lower"] = "higher",
        source: str | None = None,
    ) -> PercentileBands:
        """Draw bands on a reference population.

        Args:
            frame: The reference population, one row per school.
            column: Column of numbers to draw the bands on.
            scheme: A named scheme, or a name of your own together with ``percentiles`` and ``labels``.
            direction: ``"higher_better"`` or ``"lower_better"``.
            by: Columns that make groups, each with its own cuts (for instance ``"year"``).
            weights: Column of whole numbers, for instance pupils: each value counts that many times, so that cuts are
                the type 7 quantiles of the list in which it stands that often. A school whose weight is missing or 0
                does not count. Without weights every school counts once, as in the published bands.
            percentiles: Rising percentiles strictly between 0 and 100 at which to cut.
            labels: One label more than there are cuts, best band first.
            at_cut: Whether a value equal to a cut of your own scheme belongs to the higher or the lower values.
            source: What the population is, in words; kept with the bands.

        Returns:
            The bands.

        Raises:
            InputError: For a column that is no number, a group with fewer values than bands, an infinite value, a
                weight that is negative or no whole number, or a bad scheme.
            UnknownNameError: For a column or scheme that does not exist.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> frame = pl.DataFrame({"year": [2018] * 4 + [2019] * 4, "p8": [0.0, 0.1, 0.2, 0.3, 1.0, 1.1, 1.2, 1.3]})
            >>> bands = sf.PercentileBands.fit(frame, "p8", direction="higher_better", by="year")
            >>> [round(cut, 3) for cut in bands.cuts()["cut"]]
            [0.075, 0.15, 0.225, 1.075, 1.15, 1.225]
        """
        data = as_frame(frame)
        by = [] if by is None else require_texts(by, "by")
        scheme, column = require_text(scheme, "scheme", "'quartiles'"), require_text(column, "column", "'p8'")
        require_word(direction, "direction", ("higher_better", "lower_better"))
        require_word(at_cut, "at_cut", ("higher", "lower"))
        weighted = [] if weights is None else [weights]
        require_columns(data, [column, *weighted, *by])
        for name in (column, *weighted):
            if not (data.schema[name].is_numeric() or data.schema[name] == pl.Null):
                msg = f"column '{name}' must hold numbers, not {data.schema[name]}"
                raise InputError(msg)
        text = _native.band_scheme(
            scheme,
            None if percentiles is None else require_numbers(percentiles, "percentiles"),
            None if labels is None else require_texts(labels, "labels"),
            at_cut,
        )
        keys = data.select(_keys(by).alias("key"))["key"] if by else None
        values = as_numbers(data[column])
        counts = None if weights is None else data[weights].cast(pl.Float64)
        fitted = _native.fit_percentile_bands(values, counts, keys, text, direction, source, by)
        return cls(fitted)

    @classmethod
    def from_json(cls, text: str) -> PercentileBands:
        """Read bands that :meth:`to_json` wrote; every rule is checked again.

        Args:
            text: The JSON text.

        Returns:
            The bands.

        Raises:
            InputError: For text that does not hold percentile bands.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> frame = pl.DataFrame({"a8": [30.0, 40.0, 50.0, 60.0]})
            >>> bands = sf.PercentileBands.fit(frame, "a8", direction="higher_better")
            >>> sf.PercentileBands.from_json(bands.to_json()) == bands
            True
        """
        return cls(_native.read_percentile_bands(text))

    def to_json(self) -> str:
        """Return the bands as JSON text: scheme, direction, source, groups with their number of values and cuts.

        Returns:
            The text; :meth:`from_json` reads it back.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> frame = pl.DataFrame({"a8": [30.0, 40.0, 50.0, 60.0]})
            >>> '"cuts":[37.5,45.0,52.5]' in sf.PercentileBands.fit(frame, "a8", direction="higher_better").to_json()
            True
        """
        return self._json

    @property
    def labels(self) -> list[str]:
        """Labels, best band first."""
        return list(self._content["scheme"]["labels"])

    @property
    def column(self) -> str | None:
        """Column the bands were drawn on."""
        column: str | None = self._content["column"]
        return column

    @property
    def by(self) -> list[str]:
        """Columns that make the groups."""
        return list(self._content["by"])

    def cuts(self) -> pl.DataFrame:
        """Return the cut points: ``group`` (String), ``n`` (Int64), ``percentile`` and ``cut`` (Float64).

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> frame = pl.DataFrame({"a8": [30.0, 40.0, 50.0, 60.0]})
            >>> sf.PercentileBands.fit(frame, "a8", direction="higher_better").cuts()["cut"].to_list()
            [37.5, 45.0, 52.5]
        """
        content = self._content
        rows = [
            (None if group["key"] is None else group["key"].replace(_KEY_SEPARATOR, ", "), group["n"], percentile, cut)
            for group in content["groups"]
            for percentile, cut in zip(content["scheme"]["percentiles"], group["cuts"], strict=True)
        ]
        schema = {"group": pl.String, "n": pl.Int64, "percentile": pl.Float64, "cut": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def apply(self, value: IntoNumbers = None, *, labels: bool = False) -> pl.Expr:
        """Band of each value, 1 is best, as an expression that needs no reference data.

        Args:
            value: Column name or expression; by default the column the bands were drawn on. Bands drawn by group read
                the columns they were drawn by.
            labels: Return the labels as an Enum, best first, instead of numbers.

        Returns:
            An Int64 expression named after ``value``, or an Enum; missing and NaN have no band.

        Raises:
            InputError: If no column is named and the bands remember none.
            polars.exceptions.ComputeError: When collected, for a column that is no number, an infinite value, or a
                group that was not there when the bands were drawn.

        Example:
            >>> import polars as pl
            >>> import schoolframe as sf
            >>> frame = pl.DataFrame({"absence": [3.0, 4.0, 5.0, 6.0]})
            >>> bands = sf.PercentileBands.fit(frame, "absence", direction="lower_better")
            >>> frame.select(bands.apply())["absence"].to_list()
            [1, 2, 3, 4]
        """
        column = self.column if value is None else value
        if column is None:
            msg = "value: these bands do not remember a column, name one"
            raise InputError(msg)
        inputs = [numbers(column, "value")]
        if self.by:
            inputs.append(_keys(self.by))
        band = expression("percentile_band", inputs, self._json)
        if not labels:
            return band
        names = self.labels
        return band.replace_strict(list(range(1, len(names) + 1)), names, default=None, return_dtype=pl.Enum(names))

    def __repr__(self) -> str:
        """Return the scheme, the direction and what the bands were drawn on."""
        content = self._content
        groups = "" if not content["by"] else f", {len(content['groups'])} groups by {', '.join(content['by'])}"
        total = sum(group["n"] for group in content["groups"])
        return (
            f"PercentileBands({content['scheme']['name']} of {content['column']}, {content['direction']}, "
            f"{total} values{groups})"
        )


def _keys(by: Sequence[str]) -> pl.Expr:
    if len(by) == 1:
        return pl.col(by[0]).cast(pl.String)
    return pl.concat_str([pl.col(name).cast(pl.String) for name in by], separator=_KEY_SEPARATOR)


def code_against_national(
    value: IntoNumbers,
    national: IntoNumbers,
    *,
    threshold: float = 5.0,
    unit: Literal["points", "relative"] = "points",
    at_threshold: Literal["outside", "in_line"] = "outside",
    direction: Direction | None = None,
    turn_sign: bool = False,
) -> pl.Expr:
    """Code an indicator against the national figure: above, in line or below by a threshold.

    ``difference = value - national``; above if ``difference >= threshold``, below if ``difference <= -threshold``, in
    line
    otherwise. The difference is compared in decimal: 65.1 against 60.1 is exactly 5. Meant for percentages; progress
    scores have an interval of their own, see :func:`progress_band`.

    Args:
        value: The indicator, in percent.
        national: The national figure: column, expression or number.
        threshold: Size of a difference that matters, above 0.
        unit: ``"points"``, or ``"relative"`` for per cent of the national figure (AMB-S17-THR-UNIT A and B).
        at_threshold: Whether a difference equal to the threshold is outside it or in line (AMB-S17-THR-EQ A and B).
        direction: Which end is good; with it the result marks what is adverse.
        turn_sign: Code better and worse instead of higher and lower, so that less absence is "above"
            (AMB-S17-THR-DIR B); needs ``direction``.

    Returns:
        A struct expression named after ``value``: ``difference`` (Float64, points), ``code`` (String: above, in_line,
        below) and ``adverse`` (Boolean; missing without a direction). All are missing where either figure is missing or
        NaN, or where a relative threshold has a national figure of 0.

    Raises:
        InputError: For a threshold that is not above 0, ``turn_sign`` without ``direction``, or an argument of another
            kind.
        UnknownNameError: For a word that is not one of those named.
        polars.exceptions.ComputeError: When collected, for a column that is no number, or an infinite value.

    Source: Southend-on-Sea Borough Council, school performance and intervention strategy 2017-19, line 352.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> schools = pl.DataFrame({"rwm": [65.1, 65.0, 55.1]})
        >>> schools.select(sf.code_against_national("rwm", 60.1)).unnest("rwm")["code"].to_list()
        ['above', 'in_line', 'below']
    """
    rule = coding_rule(threshold, unit, at_threshold, direction, turn_sign)
    return expression("code_against_national", [numbers(value, "value"), numbers(national, "national")], rule)
