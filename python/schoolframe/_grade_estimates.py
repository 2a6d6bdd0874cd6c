"""Estimates of pupils from a matrix of grades: what is asked, the long frame, its account and its notes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_finite, require_texts, require_whole, unknown_name
from schoolframe._grade_tables import band_figures, shift_of
from schoolframe._measured import accounted
from schoolframe.exceptions import InputError
from schoolframe.school_benchmarks import SchoolBenchmarks

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PROGRESS", "asked_subjects", "levels_table", "long_frame", "notes_of", "progress_of", "row_account"]

PROGRESS: Mapping[int, float] = MappingProxyType({50: 0.0, 20: 0.38, 5: 0.76})
"""Grades above the school in the middle at three ranks: shrunken Progress 8 of 2018/19, schools of 11 pupils on."""

_PROGRESS_SOURCE = (
    "computed from the provisional Progress 8 of 2018/19 (3,180 mainstream schools, shrunken), which is a mean over "
    "subjects: the same is taken for every subject"
)


def asked_subjects(subjects: object, known: Sequence[str]) -> list[str]:
    """Return the subjects asked for, each once; an unknown one is an error that names the nearest.

    Example:
        >>> asked_subjects("Mathematics", ["English Language", "Mathematics"])
        ['Mathematics']
    """
    names = require_texts(subjects, "subjects")
    for name in names:
        if name not in known:
            raise unknown_name("subject", name, known, most=40)
    if not names or len(set(names)) != len(names):
        msg = f"subjects: name at least one, and none twice, not {names!r}"
        raise InputError(msg)
    return names


def progress_of(progress: object, levels: Sequence[int]) -> dict[int, float]:
    """Return the progress of schools at each rank asked for, in points; a better rank must not have less.

    Benchmarks of schools have progress at every rank, in the unit of their score.

    Example:
        >>> progress_of({50: 0, 20: 0.4}, [20])
        {20: 0.4}
    """
    if isinstance(progress, SchoolBenchmarks):
        return {level: progress.progress(level) for level in levels}
    if not isinstance(progress, Mapping):
        kind = type(progress).__name__
        msg = f"progress: a mapping from rank to points such as {{50: 0.0, 20: 0.38}} or SchoolBenchmarks, not {kind}"
        raise InputError(msg)
    given = {
        require_whole(rank, "progress: rank"): require_finite(points, f"progress[{rank!r}]")
        for rank, points in progress.items()
    }
    for level in levels:
        if level not in given:
            there = ", ".join(map(str, given)) or "none"
            msg = f"progress: there is none of schools at rank {level}; ranks given: {there}"
            raise InputError(msg)
    ranked = sorted(given.items())
    for (better, more), (worse, less) in pairwise(ranked):
        if more < less:
            msg = (
                f"progress: schools at rank {better} cannot have made less ({more:g}) than those at rank {worse} "
                f"({less:g})"
            )
            raise InputError(msg)
    return {level: given[level] for level in levels}


def levels_table(
    content: Mapping[str, Any], subjects: Sequence[str], progress: Mapping[int, float], confidence: float
) -> pl.DataFrame:
    """Return the results of every subject and place of prior attainment, in the order of the result."""
    parts = []
    for subject in subjects:
        plain = band_figures(content, subject, 0.0, confidence)
        columns = [pl.repeat(subject, plain.height, dtype=pl.String, eager=True).alias("outcome")]
        columns += [plain[old].alias(new) for old, new in _EXPECTED]
        for level, rise in progress.items():
            shift = shift_of(content, subject, rise, f"progress[{level}]")
            figures = band_figures(content, subject, shift, confidence)
            columns += [figures[old].alias(f"fft{level}{new}") for old, new in _RANKED]
        parts.append(pl.DataFrame([*columns, plain["status"]]))
    return pl.concat(parts)


_EXPECTED = (("mean", "expected"), ("low", "expected_low"), ("high", "expected_high"))
_RANKED = (("mean", ""), ("low", "_low"), ("high", "_high"), ("headline", "_headline"), ("chances", "_chances"))


def long_frame(data: pl.DataFrame, place: pl.Series, table: pl.DataFrame, subjects: int) -> pl.DataFrame:
    """Return one row for each input row and subject, the subjects one after the other: the input, then the results."""
    places = table.height // subjects
    parts = (table.slice(at * places, places)[place] for at in range(subjects))
    return pl.concat([data.hstack(part) if data.width else part for part in parts])


def row_account(table: pl.DataFrame, place: pl.Series, subjects: int) -> pl.DataFrame:
    """Return the account of the input rows: a row is used that has an estimate in any subject."""
    places = table.height // subjects
    any_ok = [bool((table["status"].gather_every(places, offset=at) == "ok").any()) for at in range(places)]
    frame = pl.DataFrame({"place": place, "any": pl.Series(any_ok).gather(place)})
    reasons = [
        (pl.col("place") == places - 1, "prior attainment is missing"),
        (pl.col("place") == places - 2, "prior attainment is in no band"),
        (~pl.col("any"), "too few pupils in the band"),
    ]
    return accounted(frame, reasons)


def notes_of(
    content: Mapping[str, Any],
    origin: str,
    rises: Mapping[int, float],
    confidence: float,
    *,
    progress: object,
    years: Sequence[int],
) -> tuple[str, ...]:
    """Return what a reader of estimates has to know; ``years`` are results years of the pupils that are said."""
    given = ", ".join(f"{points:g} at rank {rank}" for rank, points in rises.items())
    if isinstance(progress, SchoolBenchmarks):
        words = repr(progress).splitlines()[0]
    else:
        words = _PROGRESS_SOURCE if progress is PROGRESS else "as given"
    return (
        f"FFT-style indicative estimate (not FFT data), not a target: chances of pupils who took the subject{origin}.",
        (
            f"Intervals are grades that hold at least {100 * confidence:g} % of outcomes. Those of fft have the spread "
            "of all schools together, which is a little wider than that within a school."
        ),
        f"Progress of schools in points of one subject: {given}; {words}.",
        *_years_apart(content["year"], years),
        *content["notes"],
    )


def _years_apart(of: int | None, years: Sequence[int]) -> tuple[str, ...]:
    """Return a note if pupils are of other years than the matrix: grades of one year are not those of another."""
    others = ", ".join(str(year) for year in years if year != of)
    if not others:
        return ()
    results = "does not say its year" if of is None else f"is of results of {of}"
    said = (
        f"The matrix {results}, pupils are of {others}: grading and pupils change from year to year, and the intervals "
        "do not allow for it."
    )
    return (said,)
