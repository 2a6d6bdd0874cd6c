"""The spread of pupil scores that an interval rests on, and the published bands that a score has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import require_number, unknown_name
from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.parameters import reference_record
from schoolframe.progress import progress_band

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from schoolframe.estimate_table import EstimateTable

__all__ = ["Spread", "band", "require_spread", "spread_of"]

_REFERENCES = {
    "p8": "p8_sd",
    "p8_english": "p8_sd_english",
    "p8_maths": "p8_sd_maths",
    "p8_ebacc": "p8_sd_ebacc",
    "p8_open": "p8_sd_open",
    "ks2_progress_reading": "ks2_progress_reading_sd",
    "ks2_progress_writing": "ks2_progress_writing_sd",
    "ks2_progress_maths": "ks2_progress_maths_sd",
}
# Scheme, and the decimals that scores and limits are published with: bands follow from the rounded values. Of the 55
# schools of 2018/19 with a published limit of 0.00 every one is average, where unrounded limits would split them.
_BANDS: dict[str, tuple[Any, int]] = {
    "p8": ("p8", 2),
    "ks2_progress_reading": ("ks2_reading", 1),
    "ks2_progress_writing": ("ks2_writing", 1),
    "ks2_progress_maths": ("ks2_maths", 1),
}


@dataclass(frozen=True)
class Spread:
    """A pupil-level standard deviation and where it comes from.

    Example:
        >>> Spread(1.4, "known_sd", "given by the caller", False).value
        1.4
    """

    value: float | None
    method: str | None
    source: str | None
    verified: bool
    note: str | None = None


def require_spread(sd: object, names: Collection[str]) -> None:
    """Raise an error unless every standard deviation given belongs to a score or outcome that is measured.

    Example:
        >>> require_spread({"p8": 1.4}, {"p8", "attainment_8"})
    """
    if isinstance(sd, Mapping):
        for name in sd:
            if name not in names:
                raise unknown_name("sd: score or outcome", name, sorted(names))
    elif sd is not None and sd != "estimate" and len(names) > 2:
        msg = f"sd: scores have a standard deviation each; give a mapping such as {{'{min(names)}': {sd!r}}}"
        raise InputError(msg)


def spread_of(table: EstimateTable, outcome: str, score: str, sd: object, estimated: float | None) -> Spread:
    """Return the spread of a score: given, estimated from the pupils, or the reference value of the table's year.

    Example:
        >>> from schoolframe.estimate_table import EstimateTable
        >>> spread_of(EstimateTable.bundled("p8", 2023), "attainment_8", "p8", None, None).value
        1.414023
    """
    if sd == "estimate":
        note = "Standard deviation: estimated from the pupils given, which holds for them alone."
        return Spread(estimated, "estimated_sd", "estimated from these pupils", verified=False, note=note)
    given = sd.get(score, sd.get(outcome)) if isinstance(sd, Mapping) else sd
    if given is not None:
        value = require_number(given, "sd")
        if not 0 < value < float("inf"):
            msg = f"sd: a finite number above 0 is needed for {score}, not {value}"
            raise InputError(msg)
        return Spread(value, "known_sd", "given by the caller", verified=False)
    missing = f"No standard deviation of {score}{'' if table.year is None else f' in {table.year}'} is known: give sd=."
    nothing = Spread(None, None, None, verified=False, note=missing)
    name = _REFERENCES.get(score)
    if name is None or table.year is None:
        return nothing
    for version in dict.fromkeys([table.version, None]):
        try:
            record = reference_record(name, table.year, version=version)
        except (InputError, UnknownNameError):
            continue
        source = f"{name} {record.year}{'' if record.version is None else f' {record.version}'}"
        return Spread(record.value, "known_sd", source, verified=record.verified and table.verified)
    return nothing


def band(table: EstimateTable, measures: Sequence[str]) -> pl.Expr:
    """Return the published band of each row's score, missing where there is no scheme for the measure and year.

    Published bands rest on the limits of 95 per cent, whatever the level of the interval that is shown.

    Example:
        >>> import polars as pl
        >>> from schoolframe.estimate_table import EstimateTable
        >>> rows = pl.DataFrame({"measure": ["p8"], "score": [0.6], "se": [0.2]})
        >>> rows.select(band(EstimateTable.bundled("p8", 2023), ["p8"]))["band"].to_list()
        [1]
    """
    found = pl.lit(None, dtype=pl.Int64)
    for measure in measures:
        if measure not in _BANDS or table.year is None:
            continue
        scheme, decimals = _BANDS[measure]
        of_row = pl.col("measure") == measure
        columns = [
            pl.when(of_row)
            .then(pl.col("score") + half * pl.col("se"))
            .round(9, mode="half_away_from_zero")
            .round(decimals, mode="half_away_from_zero")
            for half in (0.0, -1.96, 1.96)
        ]
        try:
            of_measure = progress_band(columns[0], columns[1], columns[2], scheme=scheme, year=table.year)
        except (InputError, UnknownNameError):
            continue
        found = pl.coalesce(of_measure, found)
    return found.alias("band")
