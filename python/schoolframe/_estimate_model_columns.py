"""Columns that a model of estimates is fitted on: numbers, words, grades, and which pupils count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schoolframe._arguments import require_finite, require_mapping, require_text, require_texts, unknown_name
from schoolframe._design import is_words
from schoolframe._estimate_groups import NOISE, group_ends
from schoolframe._estimate_pupils import pupil_years
from schoolframe._frames import require_columns
from schoolframe._key_columns import school_names
from schoolframe._measured import account, accounted
from schoolframe._number_columns import number_column, refuse_rows
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "ModelColumns",
    "as_grades",
    "as_month",
    "column_names",
    "grade_names",
    "group_ends_of",
    "model_columns",
    "refuse_other_year",
    "refuse_varying",
]

_MONTH_RULE = "must be a month of birth from 1 (September) to 12 (August)"


@dataclass(frozen=True)
class ModelColumns:
    """Names of the columns of a model, by their part in it."""

    school: str
    outcomes: list[str]
    priors: list[str]
    contexts: list[str]
    month: str | None
    school_contexts: list[str]

    @property
    def covariates(self) -> list[str]:
        """All columns but the prior attainment, school and outcomes, in the order of their terms."""
        return [*self.contexts, *([] if self.month is None else [self.month]), *self.school_contexts]

    def check(self, data: pl.DataFrame, estimate_type: str) -> None:
        """Raise an error for names that do not exist or stand twice, or columns that the type does not take."""
        for argument, names in (("outcomes", self.outcomes), ("prior", self.priors)):
            if not names:
                msg = f"{argument}: name at least one column"
                raise InputError(msg)
        names = [self.school, *self.outcomes, *self.priors, *self.covariates]
        require_columns(data, names, "pupils")
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            msg = f"outcomes, prior, context and school: column '{double[0]}' is named twice"
            raise InputError(msg)
        if estimate_type == "A" and self.school_contexts:
            msg = (
                "school_context: estimates of type A rest on the pupil alone; use estimate_type='B' to compare with "
                f"similar schools, or leave {', '.join(self.school_contexts)} out"
            )
            raise InputError(msg)
        if estimate_type != "A" and not self.school_contexts:
            msg = (
                f"school_context: estimates of type {estimate_type} compare with similar schools; name columns that "
                "describe the school"
            )
            raise InputError(msg)


def model_columns(
    data: pl.DataFrame,
    names: ModelColumns,
    grades: Mapping[str, list[str]],
    scale: tuple[float, float] | None,
    ends: Mapping[str, tuple[float | None, list[float]]],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the columns of the fit for every pupil, and the account of all pupils.

    Numbers are Float64, grades their places from 0. Prior attainment outside the groups (``ends``) is missing.

    Example:
        >>> import polars as pl
        >>> data = pl.DataFrame({"urn": [1, 1, 2], "a8": [40, None, 60], "ks2": [99, 101, None]})
        >>> names = ModelColumns("urn", ["a8"], ["ks2"], [], None, [])
        >>> model_columns(data, names, {}, None, {})[1].rows()
        [('used', 1), ("'ks2' is missing", 1), ('every outcome is missing', 1)]
    """
    least, most = scale or (None, None)
    school = school_names(data[names.school])
    priors = [number_column(data, name, "prior", least=least, most=most) for name in names.priors]
    covariates = [_covariate(data, name) for name in names.contexts]
    if names.month is not None:
        covariates.append(as_month(number_column(data, names.month, "month_of_birth"), "month_of_birth"))
    covariates += [number_column(data, name, "school_context") for name in names.school_contexts]
    outcomes = [
        as_grades(data[name], grades[name]) if name in grades else number_column(data, name, "outcomes")
        for name in names.outcomes
    ]
    reasons = [(pl.col(names.school).is_null(), f"'{names.school}' is missing")]
    inside = {name: _inside(name, *ends[name]) for name in names.priors if name in ends}
    for name in names.priors:
        reasons.append((pl.col(name).is_null(), f"'{name}' is missing"))
        if name in inside:
            reasons.append((~inside[name], f"'{name}' is outside the groups"))
    reasons += [(pl.col(name).is_null(), f"'{name}' is missing") for name in names.covariates]
    reasons.append((pl.all_horizontal(pl.col(names.outcomes).is_null()), "every outcome is missing"))
    columns = pl.DataFrame([school, *priors, *covariates, *outcomes])
    whole = not inside and not any(column.null_count() for column in columns)
    rows = account(columns.height, {}) if whole else accounted(columns, reasons)
    return columns.with_columns(pl.when(holds).then(pl.col(name)).alias(name) for name, holds in inside.items()), rows


def refuse_varying(columns: pl.DataFrame, names: ModelColumns) -> None:
    """Raise an error that names a school in which a column of the school is not constant.

    Example:
        >>> import polars as pl
        >>> names = ModelColumns("urn", ["a8"], ["ks2"], [], None, ["fsm"])
        >>> refuse_varying(pl.DataFrame({"urn": [1, 1], "fsm": [0.1, 0.2]}), names)
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: school_context: column 'fsm' must be constant within a school, and school 1 \
has 2 values; make one with polars' over('urn')
    """
    for name in names.school_contexts:
        known = columns.lazy().select(names.school, name).drop_nulls()
        values = known.group_by(names.school).agg(pl.col(name).n_unique()).filter(pl.col(name) > 1)
        worst = values.sort(names.school).head(1).collect()
        if worst.height:
            school, count = worst.row(0)
            msg = (
                f"school_context: column '{name}' must be constant within a school, and school {school} has {count} "
                f"values; make one with polars' over('{names.school}')"
            )
            raise InputError(msg)


def refuse_other_year(data: pl.DataFrame, year: int | None) -> None:
    """Raise an error if the latest results of the pupils are not of the year that the model is to be of.

    Example:
        >>> import polars as pl
        >>> refuse_other_year(pl.DataFrame({"year": [2018, 2019]}), 2019)
        >>> refuse_other_year(pl.DataFrame({"year": [2018, 2019]}), 2023)
        Traceback (most recent call last):
        ...
        schoolframe.exceptions.InputError: year: the latest results in column 'year' are those of 2019, not of 2023
    """
    latest = None if year is None else max(pupil_years(data), default=None)
    if latest not in (None, year):
        msg = f"year: the latest results in column 'year' are those of {latest}, not of {year}"
        raise InputError(msg)


def as_month(values: pl.Series, argument: str = "pupils") -> pl.Series:
    """Return months of birth, 1 for September to 12 for August; others are an error that names rows.

    Example:
        >>> import polars as pl
        >>> as_month(pl.Series("month", [1.0, 12.0, None])).to_list()
        [1.0, 12.0, None]
    """
    broken = (values < 1) | (values > 12) | (values != values.floor())
    refuse_rows(values, broken, _MONTH_RULE, argument)
    return values


def grade_names(data: pl.DataFrame, grades: object, outcomes: Sequence[str]) -> dict[str, list[str]]:
    """Return the grades of each ordered outcome in rising order.

    Example:
        >>> import polars as pl
        >>> grade_names(pl.DataFrame({"maths": [4, 9]}), ["maths"], ["maths"])["maths"][:3]
        ['0', '1', '2']
    """
    if grades is None:
        return {}
    if isinstance(grades, str) or not hasattr(grades, "items"):
        found = {name: _own_grades(data, name) for name in require_texts(grades, "grades") if name in data.columns}
        named = require_texts(grades, "grades")
    else:
        given = require_mapping(grades, "grades", "{'maths': ['U', '1', '2']}")
        found = {name: require_texts(words, "grades") for name, words in given.items()}
        named = list(given)
    for name in named:
        if name not in outcomes:
            raise unknown_name("grades: outcome", name, outcomes)
        if len(found[name]) < 2 or len(set(found[name])) != len(found[name]):
            msg = f"grades: '{name}' needs two or more grades in rising order, each once, not {found[name]}"
            raise InputError(msg)
    return found


def _own_grades(data: pl.DataFrame, name: str) -> list[str]:
    dtype = data.schema[name]
    if isinstance(dtype, pl.Enum):
        own: list[str] = dtype.categories.to_list()
        return own
    if not (dtype.is_numeric() or dtype == pl.Null):
        msg = (
            f"grades: '{name}' must hold whole numbers from 0 to 9 or an Enum in rising order, it holds {dtype}; "
            f"name its grades: grades={{'{name}': [...]}}"
        )
        raise InputError(msg)
    return [str(grade) for grade in range(10)]


def as_grades(values: pl.Series, grades: Sequence[str]) -> pl.Series:
    """Return the places of grades, 0 for the lowest, as Float64; others are an error that names rows.

    Example:
        >>> import polars as pl
        >>> as_grades(pl.Series("maths", ["U", "4", None]), ["U", "4", "5"]).to_list()
        [0.0, 1.0, None]
    """
    dtype = values.dtype
    if dtype.is_float() or dtype.is_decimal():
        whole = values.cast(pl.Float64).fill_nan(None)
        refuse_rows(values, whole != whole.floor(), "must hold whole grades", "outcomes")
        texts = whole.cast(pl.Int64).cast(pl.String)
    elif dtype.is_integer() or is_words(dtype) or dtype == pl.Null:
        texts = values.cast(pl.String)
    else:
        msg = f"outcomes: column '{values.name}' must hold grades, it holds {dtype}"
        raise InputError(msg)
    unknown = texts.is_not_null() & ~texts.is_in(list(grades))
    refuse_rows(values, unknown, f"must hold the grades {', '.join(grades)}", "outcomes")
    places: pl.Series = texts.cast(pl.Enum(grades)).to_physical().cast(pl.Float64)
    return places


def group_ends_of(
    data: pl.DataFrame, priors: Sequence[str], shape: str, groups: object, *, allow_unverified: bool
) -> dict[str, tuple[float | None, list[float]]]:
    """Return the lowest value and the upper ends of the groups of each prior attainment; none for a spline.

    Example:
        >>> import polars as pl
        >>> group_ends_of(pl.DataFrame({"ks2": [90, 110]}), ["ks2"], "groups", [100, 120], allow_unverified=False)
        {'ks2': (None, [100.0, 120.0])}
    """
    if shape == "spline":
        if groups is not None:
            msg = "groups: they belong to shape='groups', not to a spline"
            raise InputError(msg)
        return {}
    if groups is None:
        msg = "groups: shape='groups' needs a named grouping, a number of groups or rising upper ends"
        raise InputError(msg)
    found = {}
    for name in priors:
        lowest, ends = group_ends(number_column(data, name, "prior"), groups, allow_unverified=allow_unverified)
        ends = [require_finite(end, "groups") for end in ends]
        if len(ends) < 2 or sorted(set(ends)) != ends:
            msg = f"groups: two or more upper ends of '{name}' that rise are needed, not {ends}"
            raise InputError(msg)
        found[name] = (lowest, ends)
    return found


def _covariate(data: pl.DataFrame, name: str) -> pl.Series:
    if not is_words(data.schema[name]):
        return number_column(data, name, "context")
    if isinstance(data.schema[name], pl.Enum):
        return data[name]
    # A byte a row in place of a text, and the levels in the order of their letters as before.
    texts = data[name].cast(pl.String)
    found: pl.Series = texts.cast(pl.Enum(texts.drop_nulls().unique().sort()))
    return found


def _inside(name: str, lowest: float | None, ends: list[float]) -> pl.Expr:
    inside = pl.col(name) <= ends[-1] + NOISE
    return inside if lowest is None else inside & (pl.col(name) >= lowest - NOISE)


def column_names(
    outcomes: object, prior: object, context: object, school: object, month: object, school_context: object
) -> ModelColumns:
    """Return the names of the columns, checked as arguments.

    Example:
        >>> column_names("a8", "ks2", (), "urn", "month", ()).covariates
        ['month']
    """
    return ModelColumns(
        require_text(school, "school", "'urn'"),
        require_texts(outcomes, "outcomes"),
        require_texts(prior, "prior"),
        require_texts(context, "context"),
        None if month is None else require_text(month, "month_of_birth", "'month'"),
        require_texts(school_context, "school_context"),
    )
