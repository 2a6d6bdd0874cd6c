"""What a matrix of grades holds: bands of prior attainment, grades, and counts of pupils by subject."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_finite, require_texts
from schoolframe._column_checks import listed
from schoolframe._frames import require_columns
from schoolframe._key_columns import refuse_repeated
from schoolframe._measured import accounted
from schoolframe._number_columns import number_column, refuse_rows
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["band_list", "check_matrix", "checked_points", "counts_by_subject", "place_in", "texts_of"]

_NOISE = 5e-10
"""Ends are compared as decimals: smaller differences are binary noise."""
_MOST = 1e9
"""More pupils than any count has."""


def checked_points(grades: Sequence[str], points: object) -> list[float]:
    """Return the points of the grades, 0, 1, 2 ... by default; they must rise from 0 or more.

    Example:
        >>> checked_points(["U", "1", "2"], None)
        [0.0, 1.0, 2.0]
    """
    if len(grades) < 2 or len(set(grades)) != len(grades):
        msg = f"grades: two or more columns are needed, the lowest grade first, each once, not {list(grades)!r}"
        raise InputError(msg)
    if points is None:
        return [float(place) for place in range(len(grades))]
    given = points if isinstance(points, (list, tuple)) else [points]
    found = [require_finite(point, "points") for point in given]
    rising = all(low < high for low, high in pairwise(found))
    if len(found) != len(grades) or not rising or found[0] < 0:
        msg = (
            f"points: one number for each of the {len(grades)} grades is needed, rising from 0 or more, not {points!r}"
        )
        raise InputError(msg)
    return found


def band_list(data: pl.DataFrame, band: str, ends: tuple[str, str], argument: str) -> list[tuple[str, float, float]]:
    """Return the bands by rising ends; both ends are inside, and no value lies in two bands.

    Example:
        >>> frame = pl.DataFrame({"band": ["b", "a"], "from": [90, 80], "to": [99.5, 89.5]})
        >>> band_list(frame, "band", ("from", "to"), "frame")
        [('a', 80.0, 89.5), ('b', 90.0, 99.5)]
    """
    low, high = (number_column(data, name, argument) for name in ends)
    for end, values in zip(ends, (low, high), strict=True):
        refuse_rows(values.alias(end), values.is_null(), "must hold an end of a band in every row", argument)
    refuse_rows(high, high < low, f"must not be under '{low.name}'", argument)
    bands = pl.DataFrame([data[band].alias("band"), low.alias("low"), high.alias("high")]).unique(maintain_order=True)
    bands = bands.sort("low", "high")
    double = bands.filter(pl.col("band").is_duplicated())["band"].unique().to_list()
    over = bands.filter(pl.col("low") <= pl.col("high").shift(1) + _NOISE)["band"].to_list()
    for found, words in ((double, "has other ends in another row"), (over, "begins before the band under it ends")):
        if found:
            msg = f"{argument}: band '{found[0]}' {words}"
            raise InputError(msg)
    return list(bands.iter_rows())


def counts_by_subject(
    data: pl.DataFrame,
    subject: str,
    band: str,
    bands: Sequence[tuple[str, float, float]],
    columns: Sequence[str],
    no_grade: Sequence[str],
    min_group: int,
) -> tuple[dict[str, list[list[int] | None]], pl.DataFrame]:
    """Return the counts of each subject, one list for each band, those without a grade first; and the account of rows.

    A band with a missing count or with fewer than ``min_group`` pupils is None: nothing of it is kept.
    """
    both = [name for name in no_grade if name in columns]
    if both:
        msg = f"no_grade: column '{both[0]}' is a grade too"
        raise InputError(msg)
    whole = [number_column(data, name, "frame", least=0, most=_MOST) for name in (*no_grade, *columns)]
    for counts in whole:
        refuse_rows(counts, counts.floor() != counts, "must hold whole numbers of pupils", "frame")
    refuse_repeated(data, [subject, band])
    # Grades may be called anything, so the columns get names of their own.
    counted = [counts.cast(pl.Int64).alias(f"count {at}") for at, counts in enumerate(whole)]
    used = pl.DataFrame([data[subject].alias("subject"), data[band].alias("band"), *counted])
    names = [counts.name for counts in counted]
    none, graded = names[: len(no_grade)], names[len(no_grade) :]
    used = used.with_columns(
        pl.sum_horizontal(pl.lit(0), *none, ignore_nulls=False).alias("none"),
        pl.sum_horizontal(names, ignore_nulls=False).alias("total"),
        pl.concat_list(graded).alias("grades"),
    )
    missing = pl.col("total").is_null()
    few = (pl.col("total") < min_group).fill_null(value=False)
    rows = accounted(used, [(missing, "a count is missing"), (few, f"fewer than {min_group} pupils")])
    found: dict[str, list[list[int] | None]] = {}
    place = {name: at for at, (name, _, _) in enumerate(bands)}
    for name, where, without, grades in used.filter(~missing, ~few).select("subject", "band", "none", "grades").rows():
        found.setdefault(name, [None] * len(bands))[place[where]] = [without, *grades]
    if not found:
        msg = f"frame: no subject has a band with counts of {min_group} pupils or more"
        raise InputError(msg)
    return dict(sorted(found.items())), rows


def texts_of(data: pl.DataFrame, name: str, what: str) -> pl.Series:
    """Return a column of texts without gaps."""
    require_columns(data, [name])
    if data.schema[name] not in (pl.String, pl.Categorical) and not isinstance(data.schema[name], pl.Enum):
        msg = f"frame: column '{name}' must hold texts that name {what}, it holds {data.schema[name]}"
        raise InputError(msg)
    texts: pl.Series = data[name].cast(pl.String)
    refuse_rows(texts, texts.is_null(), f"must name the {what} in every row", "frame")
    return texts


def check_matrix(content: dict[str, Any]) -> None:
    """Check every rule of a text again: bands that rise, counts that fit the grades, no band of few pupils."""
    grades = require_texts(content["grades"], "grades")
    checked_points(grades, content["points"])
    ends = [(float(low), float(high)) for _, low, high in content["bands"]]
    if (
        not ends
        or any(high < low for low, high in ends)
        or any(below[1] >= above[0] for below, above in pairwise(ends))
    ):
        msg = f"bands: their ends must rise, not {listed([f'{low:g} to {high:g}' for low, high in ends])}"
        raise InputError(msg)
    least = content["min_group"]
    if not content["counts"]:
        msg = "counts: there is no subject"
        raise InputError(msg)
    for name, bands in content["counts"].items():
        if len(bands) != len(ends):
            msg = f"subject '{name}' must have {len(ends)} bands, it has {len(bands)}"
            raise InputError(msg)
        for counts in bands:
            if counts is None:
                continue
            whole = all(type(count) is int and count >= 0 for count in counts)
            if len(counts) != len(grades) + 1 or not whole or sum(counts) < max(least, 1):
                msg = (
                    f"subject '{name}': a band must have whole counts of {len(grades)} grades, together {least} pupils "
                    "or more"
                )
                raise InputError(msg)


def place_in(bands: Sequence[tuple[str, float, float]], prior: pl.Series) -> pl.Series:
    """Return the place of the band of each prior attainment (Float64): after the last band those outside, then missing.

    Example:
        >>> place_in([("a", 80, 89.5), ("b", 90, 99.5)], pl.Series([80.0, 89.7, 99.5, 100.0, None])).to_list()
        [0, 2, 1, 2, 3]
    """
    low = pl.Series([low for _, low, _ in bands], dtype=pl.Float64)
    high = pl.Series([high for _, _, high in bands], dtype=pl.Float64)
    known = prior.fill_null(float("-inf"))
    after = low.search_sorted(known + _NOISE, side="right").cast(pl.Int64)
    at = pl.DataFrame({"prior": prior, "at": after - 1, "high": high.gather((after - 1).clip(0))})
    outside = (pl.col("at") < 0) | (pl.col("prior") > pl.col("high") + _NOISE)
    chosen = (
        pl.when(pl.col("prior").is_null())
        .then(len(bands) + 1)
        .when(outside)
        .then(len(bands))
        .otherwise(pl.col("at"))
        .cast(pl.Int64)
    )
    return at.select(chosen.alias(prior.name)).to_series()
