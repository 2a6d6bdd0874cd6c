"""What goes into a history of categories: moderations, assignments and frames, checked and brought to one form."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from schoolframe._assignment import Assignment
from schoolframe._column_checks import listed, refuse, schools, whole_numbers, words
from schoolframe._frames import as_frame, require_columns
from schoolframe._scale import settled
from schoolframe.exceptions import InputError
from schoolframe.frameworks import Framework
from schoolframe.moderation import Moderation

__all__ = ["check_items", "common_framework", "read_item", "school_by_term"]


def check_items(items: object) -> list[tuple[str, object]]:
    """Return the pairs of term and item, refused unless they are pairs and each term is named once."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        msg = f"items: a list of (term, item) pairs is needed, not {type(items).__qualname__}"
        raise InputError(msg)
    for item in items:
        if not isinstance(item, tuple) or len(item) != 2 or not isinstance(item[0], str):
            shown = type(item).__qualname__
            msg = f"items: each must be a pair of a term (text) and a moderation, assignment or frame, not {shown}"
            raise InputError(msg)
    if not items:
        msg = "items: at least one term is needed"
        raise InputError(msg)
    names = [term for term, _ in items]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"items: a term must be named once; named more than once: {listed(twice, ', ')}"
        raise InputError(msg)
    return list(items)


def common_framework(items: list[tuple[str, object]], framework: Framework | None) -> Framework:
    """Return the one framework that all items are under."""
    if framework is not None and not isinstance(framework, Framework):
        msg = f"framework: a Framework is needed, not {type(framework).__qualname__}"
        raise InputError(msg)
    for term, item in items:
        if not isinstance(item, (Moderation, Assignment)):
            continue
        framework = framework or item.framework
        if (item.framework.name, item.framework.category_names) != (framework.name, framework.category_names):
            msg = f"items: '{term}' is under {item.framework.name}, not {framework.name}; one history has one scale"
            raise InputError(msg)
    if framework is None:
        msg = "framework: name the framework whose categories the frames hold"
        raise InputError(msg)
    return framework


def read_item(item: object, term: str, names: list[str], framework: str) -> pl.DataFrame:
    """Return ``urn``, ``phase``, ``category`` (missing unless settled) and ``status`` of one term."""
    argument = f"items, '{term}'"
    if isinstance(item, Moderation):
        decided = pl.col("moderated").is_not_null()
        status = pl.when(decided).then(pl.lit("moderated")).otherwise(pl.col("provisional_status")).alias("status")
        frame = item.frame.select("urn", "phase", pl.col("final").alias("category"), status)
    elif isinstance(item, Assignment):
        frame = item.frame.select("urn", "phase", settled(), "status")
    else:
        frame = _read_frame(item, argument, names, framework)
    twice = frame.filter(pl.col("urn").is_duplicated()).unique("urn", maintain_order=True)
    refuse(argument, "urn", "must occur once in a term; filter to one year first", schools(twice))
    return frame


def _read_frame(item: object, argument: str, names: list[str], framework: str) -> pl.DataFrame:
    frame = as_frame(item, argument)
    column = "final" if "final" in frame.columns else "category"
    require_columns(frame, ["urn", column], argument)
    optional = [name for name in ("phase", "status") if name in frame.columns]
    frame = frame.select("urn", column, *optional)
    frame = words(whole_numbers(frame, "urn", argument), column, argument, numbers=True)
    refuse(argument, "urn", "must name the school", schools(frame.filter(pl.col("urn").is_null()), "urn"))
    strange = schools(frame.filter(~pl.col(column).is_in(names)), column)
    refuse(argument, column, f"must be a category of {framework} ({', '.join(names)})", strange)
    for name in ("phase", "status"):
        if name in frame.columns:
            frame = words(frame, name, argument)
        else:
            frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    frame = frame.rename({column: "category"})
    if column == "category" and "status" in optional:
        waits = pl.col("status").is_in(["candidate", "undetermined"])
        frame = frame.with_columns(category=pl.when(~waits.fill_null(value=False)).then(pl.col("category")))
    return frame.select("urn", "phase", "category", "status")


def school_by_term(held: pl.DataFrame, items: list[tuple[str, object]]) -> pl.DataFrame:
    """Give every school a row in every term, and say why where it has no category."""
    terms = pl.DataFrame(
        {"order": list(range(1, len(items) + 1)), "term": [term for term, _ in items]},
        schema={"order": pl.Int64, "term": pl.String},
    )
    span = held.group_by("urn", maintain_order=True).agg(
        began=pl.col("order").min(), ended=pl.col("order").max(), phase_held=pl.col("phase").drop_nulls().last()
    )
    cells = terms.join(span, how="cross").join(
        held.drop("term").with_columns(present=True), on=["order", "urn"], how="left", maintain_order="left"
    )
    state = (
        pl.when(pl.col("present") & pl.col("category").is_not_null())
        .then(pl.lit("settled"))
        .when(pl.col("present"))
        .then(pl.lit("open"))
        .when(pl.col("order") < pl.col("began"))
        .then(pl.lit("not_yet"))
        .when(pl.col("order") > pl.col("ended"))
        .then(pl.lit("gone"))
        .otherwise(pl.lit("away"))
    )
    return cells.select(
        "order", "term", "urn", pl.coalesce("phase", "phase_held").alias("phase"), "category", "status", state=state
    )
