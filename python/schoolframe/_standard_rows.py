"""Deciding a floor standard or the definition of coasting for every row, with the reason where it stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._column_checks import refuse, words
from schoolframe._frames import as_frame, require_columns
from schoolframe._indicator_vocabulary import vocabulary
from schoolframe._number_columns import number_column, refuse_rows, years_column
from schoolframe._standard_rules import NEVER, PHASES, Figure, Rule, look_up, rule_of
from schoolframe.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["decide", "evidence", "flag_column"]

# Opting in to Progress 8 a year early added its criterion of 2016 to that of this year.
_EARLY_YEAR = 2015


def flag_column(data: pl.DataFrame, name: str | None, alias: str) -> pl.Series:
    """Return a Boolean column, missing as false; false throughout if none is named.

    Example:
        >>> import polars as pl
        >>> flag_column(pl.DataFrame({"new": [True, None]}), "new", "exempt").to_list()
        [True, False]
    """
    if name is None:
        return pl.Series(alias, [False] * data.height, dtype=pl.Boolean)
    require_columns(data, [name])
    if data.schema[name] not in (pl.Boolean, pl.Null):
        msg = f"frame: column '{name}' must hold true, false or nothing, it holds {data.schema[name]}"
        raise InputError(msg)
    flags: pl.Series = data[name].cast(pl.Boolean).fill_null(value=False).alias(alias)
    return flags


def evidence(frame: object, rules: Sequence[Rule], exempt: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the frame, and the columns that the rules read as numbers, with ``_year``, ``_phase`` and ``_exempt``.

    Example:
        >>> import polars as pl
        >>> from schoolframe._standard_rules import COASTING
        >>> data, rows = evidence(pl.DataFrame({"year": [2017], "p8": [0.1]}), COASTING["secondary"], None)
        >>> rows["p8_ci_high"].to_list()
        [None]
    """
    data = as_frame(frame)
    years = years_column(data, "year")
    used = {rule for year in years.unique().to_list() if (rule := rule_of(rules, year)) is not None}
    require_columns(data, [rule.under[0][0] for rule in rules if rule in used])
    names = sorted({name for rule in rules for name in rule.columns})
    nothing = pl.Series([None], dtype=pl.Float64).new_from_index(0, data.height)
    columns = {name: _checked(data, name) if name in data.columns else nothing for name in names}
    _refuse_crossed(data, columns)
    # Without a column, or without a word, a school is taken as one the standard applies to.
    if "phase" in data.columns:
        require_columns(data, ["phase"])
        phases = words(data.select("phase"), "phase", "frame")["phase"].str.to_lowercase()
        known: list[str] = vocabulary()["phase"].raw["values"]
        odd = phases.is_in(known).not_().fill_null(value=False).arg_true().to_list()
        refuse("frame", "phase", f"must be one of {', '.join(known)}", [f"{phases[row]!r} (row {row})" for row in odd])
    else:
        phases = nothing.cast(pl.String)
    rows = pl.DataFrame({**columns, "_year": years, "_phase": phases})
    return data, rows.with_columns(flag_column(data, exempt, "_exempt"))


def _checked(data: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of numbers; a cohort or a share under 0, or a share over 100 per cent, is no figure."""
    share = name.endswith("_pct")
    return number_column(
        data, name, least=0 if share or name.endswith("_cohort") else None, most=100 if share else None
    )


def _refuse_crossed(data: pl.DataFrame, columns: Mapping[str, pl.Series]) -> None:
    """Raise an error for upper confidence limits that lie under their score."""
    for name, upper in columns.items():
        score = columns.get(name.removesuffix("_ci_high"))
        if name.endswith("_ci_high") and name in data.columns and score is not None:
            refuse_rows(data[name], upper < score, f"must not be under '{name.removesuffix('_ci_high')}'")


def decide(
    rows: pl.DataFrame,
    rules: Sequence[Rule],
    phase: str,
    given: Mapping[str, Mapping[int | None, float]],
    *,
    allow_unverified: bool,
) -> pl.DataFrame:
    """Return the result of each row in its order, year by year; figures change with the year.

    Returns:
        ``_year``, ``met`` (Boolean), ``status``, ``reason``, ``rule``, ``compared``, ``verified``, ``unverified``.

    Example:
        >>> import polars as pl
        >>> from schoolframe._standard_rules import COASTING
        >>> data = pl.DataFrame({"year": [2017], "p8": [-0.1]})
        >>> _, rows = evidence(data, COASTING["secondary"], None)
        >>> decide(rows, COASTING["secondary"], "secondary", {}, allow_unverified=False)["met"].to_list()
        [False]
    """
    numbered = rows.with_row_index("_row")
    parts = []
    for year in rows["_year"].unique().sort().to_list():
        block = numbered.filter(pl.col("_year") == year)
        rule = rule_of(rules, year)
        if rule is None:
            parts.append(block.select("_row", "_year", *_no_rule(rules, year)))
            continue
        found = {name: look_up(name, year, given, allow_unverified=allow_unverified) for name in rule.figures}
        parts.append(block.select("_row", "_year", *_apply(rule, found, phase, year, "_early" in rows.columns)))
    if not parts:
        parts = [numbered.select("_row", "_year", *_no_rule(rules, rules[0].first))]
    return pl.concat(parts).sort("_row").drop("_row")


def _no_rule(rules: Sequence[Rule], year: int) -> list[pl.Expr]:
    text = pl.lit(None, dtype=pl.String)
    flag = pl.lit(None, dtype=pl.Boolean)
    return [
        flag.alias("met"),
        pl.lit("no_standard").alias("status"),
        pl.lit(f"there is no standard for {year}; there is for {rules[0].first} to {rules[-1].last}").alias("reason"),
        text.alias("rule"),
        text.alias("compared"),
        flag.alias("verified"),
        text.alias("unverified"),
    ]


def _apply(rule: Rule, figures: Mapping[str, Figure], phase: str, year: int, early: bool) -> list[pl.Expr]:
    below = {name: _below_average(name) for name in rule.significant}
    limit = look_up("coasting_p8", _EARLY_YEAR + 1, {}, allow_unverified=False).value
    opted = (pl.col("p8") < limit) & _below_average("p8") if early and year == _EARLY_YEAR else None

    def under(column: str, name: str, fill: bool | None) -> pl.Expr:
        value = figures[name].value
        # A comparison with a figure that may not be used is unknown, whatever the school's value.
        unknown = pl.when(pl.col(column).is_not_null()).then(pl.lit(fill, dtype=pl.Boolean))
        return unknown if value is None else pl.col(column) < value

    def verdict(fill: bool | None = None) -> pl.Expr:
        """Return whether the rule is met; with ``fill``, as if figures that are not there were against the school."""
        met = rule.decide({column: under(column, name, fill) for column, name in rule.under}, below)
        if rule.cohort is not None:
            met &= ~under(*rule.cohort, None if fill is None else not fill)
        return met if opted is None else pl.when("_early").then(met & opted).otherwise(met)

    met = verdict()
    needed = [column for column, _ in rule.under]
    missing = [pl.when(pl.col(column).is_null()).then(pl.lit(column)) for column in needed]
    missing += [pl.when(below[name].is_null()).then(pl.lit(f"{name}_ci_high")) for name in rule.significant]
    # A middle school may be registered as secondary: the key stage it has results of decides, not the word alone.
    without = pl.all_horizontal(pl.col(column).is_null() for column in needed)
    other = ~pl.col("_phase").is_in(PHASES[phase]) & without
    out: list[tuple[pl.Expr, pl.Expr]] = [
        (pl.col("_phase").is_in(NEVER) | other, pl.concat_str([pl.lit("phase is "), pl.col("_phase")])),
        (pl.col("_exempt"), pl.lit("exempt")),
    ]
    sizes = [pair for pair in (rule.cohort, rule.coverage) if pair is not None]
    out += [(under(*pair, None), _limit_text(pair[0], figures[pair[1]])) for pair in sizes]
    if rule.cohort is not None:
        missing.append(pl.when(pl.col(rule.cohort[0]).is_null()).then(pl.lit(rule.cohort[0])))
    if opted is not None:
        for name, gap in (("p8", pl.col("p8").is_null()), ("p8_ci_high", _below_average("p8").is_null())):
            missing.append(pl.when(pl.col("_early") & gap).then(pl.lit(name)))
    outside = [condition.fill_null(value=False) for condition, _ in out]
    excluded = pl.any_horizontal(outside)
    met = pl.when(~excluded).then(met)
    why = pl.coalesce([pl.when(condition).then(text) for condition, (_, text) in zip(outside, out, strict=True)])
    faults = [figure.fault for figure in figures.values() if figure.fault is not None]
    doubtful = [figure.name for figure in figures.values() if not figure.verified and figure.fault is None]
    gaps = pl.concat_str([pl.concat_str(missing, separator=", ", ignore_nulls=True), pl.lit(" missing")])
    # Evidence is enough if the figures alone would settle it, even those that would count against the school.
    no_figure = pl.lit(bool(faults)) & verdict(fill=True).is_not_null()
    return [
        met.alias("met"),
        pl.when(excluded)
        .then(pl.lit("not_applicable"))
        .when(met.is_not_null())
        .then(pl.lit("ok"))
        .when(no_figure)
        .then(pl.lit("no_figure"))
        .otherwise(pl.lit("missing"))
        .alias("status"),
        pl.when(excluded)
        .then(why)
        .when(met.is_not_null())
        .then(pl.lit(None, dtype=pl.String))
        .when(no_figure)
        .then(pl.lit("; ".join(faults)))
        .otherwise(gaps)
        .alias("reason"),
        pl.lit(rule.name).alias("rule"),
        pl.concat_str([*_texts(rule, figures)], separator="; ").alias("compared"),
        pl.lit(not faults and not doubtful).alias("verified"),
        pl.lit(", ".join(doubtful) or None, dtype=pl.String).alias("unverified"),
    ]


def _below_average(name: str) -> pl.Expr:
    """Whether a score is significantly below average: by its upper limit, or else by the published band."""
    return pl.coalesce(pl.col(f"{name}_ci_high") < 0, pl.col(f"{name}_band") >= 4)


def _limit_text(column: str, figure: Figure) -> pl.Expr:
    least = "" if figure.value is None else f"{figure.value:g}"
    return pl.concat_str([pl.lit(f"{column} "), pl.col(column).cast(pl.String), pl.lit(f" is under {least}")])


def _texts(rule: Rule, figures: Mapping[str, Figure]) -> list[pl.Expr]:
    """Return each value with the figure it is held against, and the upper limits with 0."""

    def told(column: str, against: str) -> pl.Expr:
        value = pl.col(column).cast(pl.String).fill_null("missing")
        return pl.concat_str([pl.lit(f"{column} "), value, pl.lit(f" against {against}")])

    parts = []
    for column, name in rule.under:
        value = figures[name].value
        parts.append(told(column, "no figure" if value is None else f"{value:g}"))
    return parts + [told(f"{name}_ci_high", "0") for name in rule.significant]
