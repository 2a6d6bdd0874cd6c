"""Rows and columns of a model over pupils: what is complete, and how columns of words become terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from schoolframe._arguments import unknown_name
from schoolframe._key_columns import school_names
from schoolframe._measured import accounted
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "Design",
    "check_levels",
    "design",
    "is_words",
    "known_levels",
    "levels_of",
    "school_codes",
    "terms_of",
    "usable_schools",
]

Term = tuple[str, str, int, "tuple[int, str, str] | None"]
"""Name, column, place of the values among the columns, and for a level its code, its name and the reference."""


@dataclass(frozen=True)
class Design:
    """Columns of a model without missing values, as the native library takes them."""

    columns: list[pl.Series]
    terms: list[Term]


def is_words(dtype: pl.DataType) -> bool:
    """Return whether a column of this type holds words, which become one term for each level.

    Example:
        >>> import polars as pl
        >>> is_words(pl.Boolean()), is_words(pl.Int8())
        (True, False)
    """
    return isinstance(dtype, (pl.Boolean, pl.String, pl.Categorical, pl.Enum))


def school_codes(schools: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the schools in rising order, and the place of each row's school among them.

    Example:
        >>> import polars as pl
        >>> names, codes = school_codes(pl.Series("urn", [12, 11, 12]))
        >>> names.to_list(), codes.to_list()
        ([11, 12], [1, 0, 1])
    """
    schools = school_names(schools)
    names = schools.unique().sort()
    # A place among whole numbers is looked up; a rank would sort all rows, in several times their memory.
    places = names.search_sorted(schools) if schools.dtype.is_integer() else schools.rank("dense") - 1
    return names, places.cast(pl.UInt32).rechunk()


def levels_of(values: pl.Series, reference: object | None, argument: str = "reference") -> list[str]:
    """Return the levels of a column of words that occur, the reference first.

    The reference is by default the first level: of an Enum in its order, of texts in the order of their letters, of
    true and false it is false.

    Example:
        >>> import polars as pl
        >>> levels_of(pl.Series("sen", ["K", "N", "E", "N"]), "N")
        ['N', 'E', 'K']
    """
    present = values.drop_nulls().unique()
    if isinstance(values.dtype, pl.Enum):
        found = [level for level in values.dtype.categories.to_list() if level in set(present.to_list())]
    else:
        found = present.cast(pl.String).sort().to_list()
    if reference is None:
        return found
    wanted = str(reference).lower() if isinstance(reference, bool) else str(reference)
    if wanted not in found:
        raise unknown_name(f"{argument}: level of '{values.name}'", wanted, found)
    return [wanted, *(level for level in found if level != wanted)]


def check_levels(kept: pl.DataFrame, levels: Mapping[str, Sequence[str]], minimum: int, argument: str) -> None:
    """Raise an error if a column of words has a single level, or a level that too few pupils have.

    The coefficient of a level that one pupil has says what that pupil's outcome was.

    Example:
        >>> import polars as pl
        >>> check_levels(pl.DataFrame({"sen": ["N", "K"]}), {"sen": ["N", "K"]}, 1, "fixed")
    """
    for name, found in levels.items():
        if len(found) < 2:
            msg = f"{argument}: column '{name}' has the single level '{found[0]}' in the rows that count"
            raise InputError(msg)
        counted = kept[name].value_counts()
        sizes = dict(counted.with_columns(pl.col(name).cast(pl.String)).iter_rows())
        small = [f"'{level}' ({sizes[level]})" for level in found if sizes[level] < minimum]
        if small:
            msg = (
                f"{argument}: fewer than {minimum} pupils have these levels of '{name}': {', '.join(small)}; "
                "join them with others, or lower min_group"
            )
            raise InputError(msg)


def known_levels(values: pl.Series, levels: list[str]) -> pl.Series:
    """Return a column of words as texts, unless it holds a level that the model does not know.

    Example:
        >>> import polars as pl
        >>> known_levels(pl.Series("sen", ["N", None]), ["N", "K"]).to_list()
        ['N', None]
    """
    if not (is_words(values.dtype) or values.dtype == pl.Null):
        msg = f"pupils: column '{values.name}' must hold words, as in the fit, it holds {values.dtype}"
        raise InputError(msg)
    texts: pl.Series = values.cast(pl.String)
    unknown = texts.filter(texts.is_not_null() & ~texts.is_in(levels))
    if unknown.len():
        shown = ", ".join(repr(level) for level in unknown.unique().sort().head(5).to_list())
        msg = (
            f"pupils: column '{values.name}' holds levels that the model does not know, {shown} in {unknown.len()} "
            f"rows; it knows {', '.join(levels)}"
        )
        raise InputError(msg)
    return texts


def design(
    frame: pl.DataFrame, numbers: Sequence[str], words: Mapping[str, Sequence[str]], order: Sequence[str]
) -> Design:
    """Return the terms of complete rows in the order of their columns; ``words`` holds levels, the reference first.

    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"ks2": [100.0, 104.0], "sen": ["N", "K"]})
        >>> [term[0] for term in design(frame, ["ks2"], {"sen": ["N", "K"]}, ["ks2", "sen"]).terms]
        ['ks2', 'sen: K']
    """
    columns: list[pl.Series] = []
    terms: list[Term] = []
    for name in order:
        at = len(columns)
        if name in numbers:
            columns.append(frame[name].cast(pl.Float64).rechunk())
            terms.append((name, name, at, None))
            continue
        levels = list(words[name])
        codes = frame[name].cast(pl.String).replace_strict(levels, list(range(len(levels))), return_dtype=pl.UInt32)
        columns.append(codes.rechunk())
        terms += [(f"{name}: {level}", name, at, (code, level, levels[0])) for code, level in enumerate(levels) if code]
    return Design(columns, terms)


def usable_schools(
    score: pl.Series, n: pl.Series, groups: pl.DataFrame, minimum: int
) -> tuple[pl.Series, pl.DataFrame]:
    """Return which schools count in a fit, and the account of all of them.

    Example:
        >>> import polars as pl
        >>> score, n = pl.Series("p8", [0.1, 0.2, None]), pl.Series("n", [5.0, 6.0, 7.0])
        >>> usable_schools(score, n, pl.DataFrame(), 6)[1].rows()
        [('used', 1), ("'p8' is missing", 1), ('fewer than 6 pupils', 1)]
    """
    columns = [score, n, *groups.get_columns()]
    numbered = pl.DataFrame([column.alias(str(at)) for at, column in enumerate(columns)])
    reasons = [(pl.col(str(at)).is_null(), f"'{column.name}' is missing") for at, column in enumerate(columns)]
    least = max(minimum, 1)
    reasons.append((pl.col("1") < least, f"fewer than {least} pupils"))
    counts = ~pl.any_horizontal([holds for holds, _ in reasons])
    return numbered.select(counts).to_series(), accounted(numbered, reasons)


def terms_of(coefficients: Iterable[Mapping[str, Any]]) -> tuple[list[str], dict[str, list[str]], list[str]]:
    """Return the columns of numbers, the levels of columns of words and the order of columns of a fitted model.

    Example:
        >>> terms_of([{"term": "ks2", "column": "ks2", "level": None, "reference": None}])
        (['ks2'], {}, ['ks2'])
    """
    numbers: list[str] = []
    words: dict[str, list[str]] = {}
    for one in coefficients:
        column = one["column"]
        if column is None:
            continue
        if one["level"] is None:
            numbers.append(column)
        else:
            words.setdefault(column, [one["reference"]]).append(one["level"])
    order = list(dict.fromkeys(one["column"] for one in coefficients if one["column"] is not None))
    return numbers, words, order
