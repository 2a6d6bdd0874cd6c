"""A school's own projections against what happened: how accurate they are, and whether they match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from schoolframe import _native
from schoolframe._arguments import require_confidence, require_finite, require_text, require_whole, require_word
from schoolframe._frames import as_frame, require_columns
from schoolframe._key_columns import group_columns
from schoolframe._measured import Measured, complete
from schoolframe._number_columns import number_column, refuse_rows
from schoolframe._school_intake import pupils_column
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["predictions_match", "projection_accuracy"]

# Squares of squares of larger numbers are no numbers any more.
_LARGEST = 1e60
_ACCURACY = [
    "bias",
    "bias_se",
    "bias_low",
    "bias_high",
    "p_value",
    "spread",
    "chance",
    "mae",
    "rmse",
    "slope",
    "slope_se",
    "intercept",
    "intercept_se",
    "correlation",
    "within",
]
_RESULTS = ["rows", "pupils", *_ACCURACY, *(f"estimate_{name}" for name in _ACCURACY), "skill", "status", "_group"]
_MATCH = ["rows", "pupils", "difference", "low", "high", "predictions_match", "status", "_group"]


def projection_accuracy(
    frame: object,
    projected: str,
    actual: str,
    *,
    estimate: str | None = None,
    n: str | None = None,
    by: str | Sequence[str] | None = None,
    sd: float | None = None,
    confidence: float = 0.95,
    within: float | None = None,
    min_group: int = 6,
) -> Measured:
    """How a school's own projections turned out, against what happened and against an estimate.

    With ``d = projected - actual`` over the ``m`` rows of a group, each counted once: bias is the mean of d, with
    ``bias_se = s / sqrt(m)`` and Student's t with ``m - 1`` degrees of freedom; spread is s, the standard deviation of
    d (``m - 1``); ``mae = mean |d|``; ``rmse = sqrt(mean d^2)``; the line is ordinary least squares of actual on
    projected (slope 1 and intercept 0: well calibrated); ``skill = 1 - MSE(projected) / MSE(estimate)``: above 0 the
    school knew more than the estimate.

    Args:
        frame: One row per pupil, or per subject, year or school.
        projected: Column of what the school projected, numbers.
        actual: Column of what happened, in the same unit.
        estimate: Column of an estimate to compare with, such as ``expected`` of a model; rows without it do not count.
        n: Column of the whole numbers of pupils that a row's figures are means of; None where each row is one pupil.
            Rows weigh the same; ``n`` counts for ``min_group`` and for ``chance``.
        by: Columns that make groups: school, subject, year; None for one row over all.
        sd: Standard deviation of pupils, where ``n`` is given: ``chance = sqrt(mean(sd^2 / n))``, the spread of
            differences if only chance among the pupils kept projections from coming true.
        confidence: Level of the interval of the bias.
        within: Distance, itself included, for the share of rows within it.
        min_group: Fewest pupils of a group that is shown; it is from ``min_group`` pupils on. With ``n`` the largest
            row of the group counts, for rows may be subjects of the same pupils; without it, give each pupil one row.

    Returns:
        Figures, one row for each group in order of appearance: the columns of ``by``; ``rows`` (Int64); with ``n``
        ``pupils`` (Float64, the sum of ``n``: a pupil of several rows counts in each); ``bias``, ``bias_se``,
        ``bias_low``, ``bias_high``, ``p_value``, ``spread``, ``chance`` (null without ``sd``), ``mae``, ``rmse``,
        ``slope``, ``slope_se``, ``intercept``, ``intercept_se``, ``correlation``, ``within`` (in per cent; null unless
        asked) (Float64); with ``estimate`` the same with ``estimate_`` before them, and ``skill`` (null where the
        estimate is never wrong); ``status`` (String): ``ok``; ``below_minimum`` (figures, rows and pupils are not
        shown); ``one_row`` (no spread, no line); ``two_rows`` (a line without standard errors); ``no_line`` (one and
        the same projection in all rows). What cannot be had is null. Rows with a missing value are left out and
        accounted for.

    Raises:
        InputError: For columns of the wrong type, values beyond 1e60, numbers of pupils not whole or under 1, ``sd``
            without ``n``, or ``sd`` or ``within`` out of range.
        UnknownNameError: For a column that does not exist.

    Source: Student's t and ordinary least squares; skill as in forecast verification (Murphy 1988).

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> subjects = pl.DataFrame({
        ...     "urn": [1] * 4, "n": [150] * 4, "projected": [62, 58, 71, 49], "actual": [60, 55, 64, 49],
        ... })
        >>> found = sf.projection_accuracy(subjects, "projected", "actual", n="n", by="urn", within=5).frame
        >>> found.select("bias", "mae", "within", "status").row(0)
        (3.0, 3.0, 75.0, 'ok')
    """
    spread, distance = _above_zero(sd, "sd"), None if within is None else _distance(within)
    if spread is not None and n is None:
        msg = "sd: the spread of pupils needs n, the column of the numbers of pupils behind each row"
        raise InputError(msg)
    extra = [] if estimate is None else [require_text(estimate, "estimate", "'expected'")]
    asked = _asked(frame, projected, actual, extra, n, by, _RESULTS, min_group)
    arguments = (asked.n, asked.group, asked.groups, require_confidence(confidence), distance, spread, asked.minimum)
    found = _native.projection_accuracy(asked.kept[projected], asked.kept[actual], *arguments)
    figures = asked.sizes(hidden=found["status"] == "below_minimum").hstack(found.drop("status"))
    if estimate is not None:
        other = _native.projection_accuracy(asked.kept[estimate], asked.kept[actual], *arguments)
        figures = figures.hstack(other.select(pl.col(name).alias(f"estimate_{name}") for name in _ACCURACY))
        wrong = pl.when(pl.col("estimate_rmse") > 0).then((pl.col("rmse") / pl.col("estimate_rmse")) ** 2)
        figures = figures.with_columns(skill=1 - wrong)
    notes = ["differences are projected minus actual: above 0 the projection was too high"]
    if estimate is not None:
        notes.append(f"estimate_: '{estimate}' against actual; skill above 0: the projection was nearer than it")
    return Measured(figures.hstack([found["status"]]), asked.rows, tuple(notes))


def predictions_match(
    frame: object,
    projected: str,
    actual: str,
    *,
    n: str | None = None,
    within: float = 5.0,
    confidence: float = 0.9,
    of: Literal["absolute", "signed"] = "absolute",
    sd: float | None = None,
    by: str | Sequence[str] = "urn",
    min_group: int = 6,
) -> Measured:
    """Whether a school's predictions match what happened, by a test: the indicator ``predictions_match``.

    ``close`` if the interval of the difference lies in ``-within`` to ``within``, both included; ``varied`` if it lies
    wholly outside; otherwise the answer is missing: too few rows or pupils to say, which is not the same as no. At
    confidence 0.9 that is two one-sided tests at 5 per cent.

    The difference is the mean of ``|projected - actual|`` over subjects, years or pupils: predictions that are far out
    upwards in one subject and downwards in another do not match, although their mean does. ``of="signed"`` takes the
    mean of ``projected - actual``. With ``m >= 2`` rows the interval is ``mean -+ t * se``, t with ``m - 1`` degrees of
    freedom, ``se = s / sqrt(m)``; with ``n`` it is at least the error that chance among the pupils gives, ``sqrt(sum v)
    / m``. With one row the interval is that of the outcome of its ``n`` pupils: Wilson's for percentages, ``-+ z sd /
    sqrt(n)`` for means.

    Args:
        frame: One row per pupil, or per subject or year of a school.
        projected: Column of what the school predicted, numbers.
        actual: Column of what happened, in the same unit.
        n: Column of the whole numbers of pupils that a row's figures are of; None where each row is one pupil.
        within: Largest difference that still is a match. The papers give no number; 5 points is this package's choice.
        confidence: Level of the interval.
        of: ``"absolute"`` or ``"signed"``.
        sd: Standard deviation of pupils where figures are means; None where they are percentages from 0 to 100.
        by: Columns that name a school, and a year where there are several.
        min_group: Fewest pupils of a school that is answered for; it is from ``min_group`` pupils on. With ``n`` the
            largest row counts, for rows may be subjects of the same pupils; without it, give each pupil one row.

    Returns:
        Figures, one row for each group in order of appearance: the columns of ``by``; ``rows`` (Int64); with ``n``
        ``pupils``; ``difference``, ``low``, ``high`` (Float64); ``predictions_match`` (String: ``close``, ``varied`` or
        null), ready to be joined to an indicator frame; ``status`` (String): ``ok``; ``open`` (the interval reaches
        over the edge); ``no_interval`` (one row without ``n``); ``below_minimum`` (nothing is shown).

    Raises:
        InputError: For columns of the wrong type, values beyond 1e60, numbers of pupils not whole or under 1,
            percentages off 0 to 100 where ``n`` is given without ``sd``, ``sd`` without ``n``, ``within`` under 0, or
            one that is wider than all values lie apart because they are shares from 0 to 1.
        UnknownNameError: For a column or word that does not exist.

    Source: criteria of Southend-on-Sea 2017-19 ("predictions and actual outcomes match closely"; "too varied and wide
    of actual outcomes"); Schuirmann (1987) for the two one-sided tests.

    Example:
        >>> import polars as pl
        >>> import schoolframe as sf
        >>> subjects = pl.DataFrame({
        ...     "urn": [1] * 4 + [2] * 2, "projected": [62, 58, 70, 49, 80, 60], "actual": [60, 57, 69, 49, 51, 60],
        ...     "n": [900, 900, 900, 900, 30, 30],
        ... })
        >>> found = sf.predictions_match(subjects, "projected", "actual", n="n").frame
        >>> found.select("urn", "predictions_match", "status").rows()
        [(1, 'close', 'ok'), (2, None, 'open')]
    """
    spread, distance = _above_zero(sd, "sd"), _distance(within)
    if spread is not None and n is None:
        msg = "sd: the spread of pupils needs n, the column of the numbers of pupils behind each row"
        raise InputError(msg)
    asked = _asked(frame, projected, actual, [], n, by, _MATCH, min_group, percentages=n is not None and spread is None)
    _refuse_shares(asked.kept.select(projected, actual), distance)
    found = _native.predictions_match(
        asked.kept[projected],
        asked.kept[actual],
        asked.n,
        asked.group,
        asked.groups,
        distance,
        require_confidence(confidence),
        require_word(of, "of", ("absolute", "signed")),
        spread,
        asked.minimum,
    )
    what = "mean distance of projected and actual" if of == "absolute" else "mean of projected minus actual"
    notes = (
        f"{what}, with its {100 * confidence:g} % interval; close: within {distance:g}, varied: wholly outside",
        "no answer is not a no: the rows or pupils are too few to tell",
    )
    return Measured(asked.sizes(hidden=found["status"] == "below_minimum").hstack(found), asked.rows, notes)


@dataclass(frozen=True)
class _Asked:
    """Complete rows, the group of each, and what the groups are called."""

    kept: pl.DataFrame
    rows: pl.DataFrame
    keys: pl.DataFrame
    group: pl.Series
    n: pl.Series | None
    minimum: int

    @property
    def groups(self) -> int:
        """Number of groups; without columns that make some, all rows are one."""
        return self.keys.height if self.keys.width else min(self.kept.height, 1)

    def sizes(self, *, hidden: pl.Series) -> pl.DataFrame:
        """Return the groups with their numbers of rows and pupils, except of those that are hidden."""
        sums = [pl.len().cast(pl.Int64).alias("rows")] + (
            [] if self.n is None else [pl.col(self.n.name).sum().alias("pupils")]
        )
        counted = self.kept.with_columns(self.group).group_by("_group").agg(sums).sort("_group").drop("_group")
        shown = counted.with_columns(hidden.alias("_hidden")).select(
            pl.when(~pl.col("_hidden")).then(pl.col(name)).alias(name) for name in counted.columns
        )
        return self.keys.hstack(shown) if self.keys.width else shown


def _asked(
    frame: object,
    projected: str,
    actual: str,
    extra: Sequence[str],
    n: str | None,
    by: str | Sequence[str] | None,
    reserved: Sequence[str],
    min_group: int,
    *,
    percentages: bool = False,
) -> _Asked:
    """Return the complete rows in groups, every column checked."""
    data = as_frame(frame)
    figures = [require_text(projected, "projected", "'projected'"), require_text(actual, "actual", "'a8'"), *extra]
    groups = [] if by is None else group_columns(data, by, reserved=reserved)
    size = [] if n is None else [require_text(n, "n", "'n'")]
    names = [*groups, *figures, *size]
    double = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if double is not None:
        msg = f"projected, actual, estimate, n and by: column '{double}' is named twice"
        raise InputError(msg)
    require_columns(data, names)
    low, high = (0.0, 100.0) if percentages else (-_LARGEST, _LARGEST)
    columns = [data[name] for name in groups]
    columns += [number_column(data, name, least=low, most=high) for name in figures]
    for name in size:
        pupils = pupils_column(data, name, "frame")
        refuse_rows(data[name], pupils < 1, "must be at least 1 pupil", "frame")
        columns.append(pupils)
    kept, rows = complete(pl.DataFrame(columns), names)
    kept = kept.rechunk()
    keys = kept.select(groups).unique(maintain_order=True)
    if groups:
        numbered = kept.select(groups).join(keys.with_row_index("_group"), on=groups, how="left", maintain_order="left")
        group = numbered["_group"].rechunk()
    else:
        group = pl.Series("_group", [0] * kept.height, dtype=pl.UInt32)
    return _Asked(kept, rows, keys, group, kept[n] if n else None, require_whole(min_group, "min_group", 0))


def _distance(value: object) -> float:
    """Return the largest difference that counts as a match."""
    distance = require_finite(value, "within")
    if distance < 0:
        msg = f"within: a number from 0 is needed, not {value!r}"
        raise InputError(msg)
    return distance


def _refuse_shares(figures: pl.DataFrame, within: float) -> None:
    """Raise an error where values within -1 to 1, not all of them whole, can never be farther apart than ``within``."""
    values = pl.concat([column.rename("value") for column in figures.get_columns()])
    largest, whole = values.abs().max(), (values == values.floor()).all()
    if isinstance(largest, float) and largest <= 1 and not whole and within >= 2:
        names = " and ".join(f"'{name}'" for name in figures.columns)
        msg = (
            f"within: {within:g} is wider than the values of {names} can lie apart, which are all from -1 to 1; "
            "give percentages in place of shares, or within in the unit of the columns"
        )
        raise InputError(msg)


def _above_zero(value: object, argument: str) -> float | None:
    """Return a spread, or none."""
    if value is None:
        return None
    number = require_finite(value, argument)
    if number <= 0:
        msg = f"{argument}: a number above 0 is needed, not {value!r}"
        raise InputError(msg)
    return number
