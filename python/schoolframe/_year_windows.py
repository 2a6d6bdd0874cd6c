"""Windows over results years: which years stand before a year, when some have no results at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from schoolframe._arguments import require_texts, require_whole
from schoolframe._key_columns import group_columns, refuse_repeated
from schoolframe._number_columns import years_column
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import polars as pl

__all__ = ["NO_RESULTS", "by_year", "end_years", "told", "window", "years_without"]

NO_RESULTS = (2020, 2021)
"""Results years without published results of schools: examinations and tests were cancelled."""


def by_year(
    frame: pl.DataFrame, by: str | Sequence[str], year: str, reserved: Collection[str]
) -> tuple[pl.DataFrame, list[str]]:
    """Return the columns that name a school and its year, the year as ``_year``, one row for each.

    Raises:
        InputError: For a school that stands twice in a year, a year that is none, or a column of ``by`` that has one of
            the names ``reserved`` for the result.

    Example:
        >>> import polars as pl
        >>> by_year(pl.DataFrame({"urn": [1], "year": [2019]}), "urn", "year", ())[1]
        ['urn']
    """
    if year in require_texts(by, "by"):
        msg = f"by: '{year}' is the year, it cannot name the school too"
        raise InputError(msg)
    keys = group_columns(frame, by, reserved=reserved)
    rows = frame.select(keys).with_columns(years_column(frame, year).alias("_year"))
    refuse_repeated(rows.rename({"_year": year}), [*keys, year])
    return rows, keys


def years_without(years: object, argument: str) -> frozenset[int]:
    """Return results years without results, checked.

    Example:
        >>> sorted(years_without(NO_RESULTS, "no_results"))
        [2020, 2021]
    """
    if isinstance(years, str) or not isinstance(years, Iterable):
        msg = f"{argument}: results years such as (2020, 2021) are needed, () for none, not {years!r}"
        raise InputError(msg)
    return frozenset(require_whole(year, argument, 1900) for year in years)


def window(end: int, length: int, no_results: frozenset[int], *, bridge: bool) -> list[int]:
    """Return ``length`` years, the latest first, that end with ``end``.

    With ``bridge`` years without results are passed over; without it they take their place and are missing.

    Example:
        >>> window(2022, 3, frozenset({2020, 2021}), bridge=True), window(2022, 3, frozenset({2020}), bridge=False)
        ([2022, 2019, 2018], [2022, 2021, 2020])
    """
    years: list[int] = []
    year = end
    while len(years) < length:
        if year == end or not bridge or year not in no_results:
            years.append(year)
        year -= 1
    return years


def end_years(years: pl.Series, as_of: int | None, *, rolling: bool, argument: str = "as_of") -> list[int]:
    """Return the years that windows end with: one, or each year of the frame.

    Example:
        >>> import polars as pl
        >>> years = pl.Series([2018, 2019, 2019])
        >>> end_years(years, None, rolling=False), end_years(years, None, rolling=True)
        ([2019], [2018, 2019])
    """
    there: list[int] = years.unique().sort().to_list()
    if as_of is not None:
        if rolling:
            msg = f"{argument}: leave it out with rolling=True, which ends a window with every year"
            raise InputError(msg)
        asked = require_whole(as_of, argument, 1900)
        if there and asked not in there:
            msg = f"{argument}: no row is of {asked}; there are: {', '.join(map(str, there))}"
            raise InputError(msg)
        return [asked]
    return there if rolling else there[-1:]


def told(no_results: frozenset[int], *, bridge: bool) -> str:
    """Return a note on the years without results: which they are, and whether a window passes over them.

    Example:
        >>> told(frozenset({2020, 2021}), bridge=True)
        'Years without results (2020, 2021) are passed over: 2022 follows 2019.'
    """
    if not no_results:
        return "Every year counts as a year of results."
    years = ", ".join(map(str, sorted(no_results)))
    how = "are passed over" if bridge else "take their place and are missing"
    # The gap is named by the year that ends it, one gap after another.
    gaps = [year + 1 for year in sorted(no_results) if year + 1 not in no_results]
    follows = [f"{after} {'follows' if bridge else 'does not follow'} {_before(after, no_results)}" for after in gaps]
    return f"Years without results ({years}) {how}: {', '.join(follows)}."


def _before(year: int, no_results: frozenset[int]) -> int:
    return next(one for one in range(year - 1, year - len(no_results) - 2, -1) if one not in no_results)
