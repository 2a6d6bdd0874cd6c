"""The rows of a judged year beside their estimates, which were fitted on earlier years alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from schoolframe._artefact import Artefact
from schoolframe._backtest_asked import classed
from schoolframe._measured import Measured, accounted
from schoolframe.exceptions import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schoolframe._backtest_asked import Asked

__all__ = ["Estimates", "judged"]

# A name that no column of a caller has.
_ROW = "\x1frow"


class Estimates(Protocol):
    """Whatever gives estimates in the common shape."""

    def estimate(
        self, frame: pl.DataFrame, levels: Sequence[int], *, confidence: float, keep: Sequence[str]
    ) -> Measured:
        """Return one row for each row of the frame and outcome."""
        ...


def judged(wanted: Asked, fit: Callable[[pl.DataFrame], Any]) -> tuple[pl.DataFrame, pl.DataFrame, tuple[str, ...]]:
    """Fit on the years before each judged one, estimate it, and set what happened beside.

    Returns:
        One row per judged row and outcome that has both an estimate and an actual outcome; an account of all of them:
        ``year``, ``outcome``, ``reason``, ``rows``; the notes of the models.
    """
    if not callable(fit):
        msg = f"fit: a function that takes the rows of earlier years is needed, not {fit!r}"
        raise InputError(msg)
    parts, accounts, notes = [], [], []
    for year in wanted.years:
        model = _fitted(wanted, fit, year)
        found, said = _estimated(wanted, model, year)
        notes += said
        for place, outcome in enumerate(wanted.actual):
            one = found.filter(pl.col("outcome") == outcome).with_columns(pl.col(f"actual{place}").alias("actual"))
            rows = accounted(one, _reasons(one))
            accounts.append(
                rows.select(pl.lit(year, pl.Int32).alias("year"), pl.lit(outcome).alias("outcome"), pl.all())
            )
            usable = one.drop_nulls(["school", "actual", "expected"])
            if usable.is_empty():
                said_why = "; ".join(f"{number:,} rows: {reason}" for reason, number in rows.iter_rows() if number)
                msg = f"no row of {year} has both an estimate and an actual value of '{outcome}' ({said_why})"
                raise InputError(msg)
            parts.append(_graded(usable, wanted))
    return pl.concat(parts, how="diagonal").rechunk(), pl.concat(accounts), tuple(dict.fromkeys(notes))


def _fitted(wanted: Asked, fit: Callable[[pl.DataFrame], Any], year: int) -> Estimates:
    earlier = wanted.data.filter(wanted.rows["year"] < year).rechunk()
    model = fit(earlier)
    if not callable(getattr(model, "estimate", None)):
        msg = (
            f"fit: it must return a model with .estimate(frame, levels, confidence=, keep=), not {type(model).__name__}"
        )
        raise InputError(msg)
    if isinstance(model, Artefact) and model.year is not None and model.year >= year:
        msg = f"fit: the model says that it was fitted on {model.year}, so {year} cannot be judged by it"
        raise InputError(msg)
    # One that was published for an earlier year may have seen more rows than it is given here.
    if isinstance(model, Artefact) and model.year is None:
        seen = int(model.rows["rows"].sum())
        if seen > earlier.height:
            msg = (
                f"fit: the model does not say of which year it is, and accounts for {seen:,} rows where it was given "
                f"the {earlier.height:,} before {year}; fit it on those alone, or say its year"
            )
            raise InputError(msg)
    fitted: Estimates = model
    return fitted


def _estimated(wanted: Asked, model: Estimates, year: int) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows of a year and outcome with the ends of every confidence: ``low0``, ``high0`` and so on."""
    of_year = wanted.rows["year"] == year
    given = wanted.data.filter(of_year)
    rows = classed(wanted.rows.filter(of_year), wanted, given).with_row_index(_ROW)
    # What is to be estimated is not shown to the model.
    shown = given.drop(set(wanted.actual.values())).with_row_index(_ROW).rechunk()
    found = pl.DataFrame()
    notes: list[str] = []
    for at, confidence in enumerate(wanted.confidence):
        measured = model.estimate(shown, tuple(wanted.levels), confidence=confidence, keep=[_ROW])
        frame = _in_shape(measured, wanted)
        ends = [pl.col("expected_low").alias(f"low{at}"), pl.col("expected_high").alias(f"high{at}")]
        # What the model says of one confidence alone is left out where several are judged.
        notes = list(measured.notes) if at == 0 else [note for note in notes if note in measured.notes]
        if at == 0:
            unused = (
                "expected_low",
                "expected_high",
                *(f"fft{level}_{end}" for level in wanted.levels for end in _ENDS),
            )
            found = frame.with_columns(ends).drop(unused, strict=False)
        else:
            found = found.join(
                frame.select(_ROW, "outcome", *ends), on=[_ROW, "outcome"], how="left", maintain_order="left"
            )
    missing = [outcome for outcome in wanted.actual if outcome not in set(found["outcome"].unique())]
    if missing:
        there = found["outcome"].unique(maintain_order=True).drop_nulls().to_list()
        msg = f"actual: the model has no outcome '{missing[0]}'. There are: {', '.join(there) or 'none'}."
        raise UnknownNameError(msg)
    return found.join(rows, on=_ROW, how="left", maintain_order="left").drop(_ROW), notes


_ENDS = ("low", "high")
_LIKELY = 0.5


def _in_shape(measured: object, wanted: Asked) -> pl.DataFrame:
    frame = getattr(measured, "frame", None)
    needed = [_ROW, "outcome", "expected", "expected_low", "expected_high", "status"]
    needed += [f"fft{level}" for level in wanted.levels]
    if not isinstance(frame, pl.DataFrame):
        msg = f"fit: .estimate must return a Measured, not {type(measured).__name__}"
        raise InputError(msg)
    lacking = [name for name in needed if name not in frame.columns]
    if lacking:
        called = ", ".join("the column to keep" if name == _ROW else f"'{name}'" for name in lacking)
        msg = f"fit: the frame of .estimate lacks {called}"
        raise InputError(msg)
    if frame.select(_ROW, "outcome").is_duplicated().any():
        msg = "fit: .estimate must return one row for each row and outcome, and some are there twice"
        raise InputError(msg)
    return frame.with_columns(pl.col(pl.Float32, pl.Float64).fill_nan(None))


def _reasons(frame: pl.DataFrame) -> list[tuple[pl.Expr, str]]:
    """Return why a row cannot be judged: what the frame lacks first, then what the model says."""
    without = pl.col("expected").is_null()
    stated = frame.filter(without)["status"].unique(maintain_order=True).drop_nulls().to_list()
    return [
        (pl.col("school").is_null(), "the school is missing"),
        (pl.col("actual").is_null(), "the actual outcome is missing"),
        *((without & (pl.col("status") == status), f"no estimate: {status}") for status in stated),
        (without, "no estimate"),
    ]


def _graded(rows: pl.DataFrame, wanted: Asked) -> pl.DataFrame:
    """Return the rows of an outcome with the headline grade as a number: ``headline``."""
    level = 50 if 50 in wanted.levels else wanted.levels[0]
    chances, headline = f"fft{level}_chances", f"fft{level}_headline"
    if chances not in rows.columns or rows[chances].null_count() == rows.height:
        return rows
    # Its place among the grades, whatever they are called: so many of them have a chance of at least a half.
    place = pl.col(chances).list.eval(pl.element() >= _LIKELY).list.sum().cast(pl.Float64) - 1
    likely = pl.when(pl.col(headline).is_not_null()).then(place)
    graded = rows.with_columns(likely.alias("headline"), pl.col(chances).alias("chances"))
    return graded.drop(f"fft{one}_{end}" for one in wanted.levels for end in ("headline", "chances"))
