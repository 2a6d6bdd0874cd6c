"""Joining the blocks of all tables into one row per school and year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe._indicator_sources import KEYS, PLACE, STAGES, Block, is_academy_type, is_independent_type
from schoolframe._indicator_vocabulary import vocabulary
from schoolframe.readers._areas import bundled_areas

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HEADLINE_GAPS", "add_headline", "finish", "join_blocks"]

FIRST = ["urn", "year", "phase", "la", "la_name", "school_name", "phase_source"]
_FLAGS = ["_ks2", "_ks4", "_outside", "_coarse"]
# Where the word for the school comes from, best first: its own row of the year.
_PLACE_ORDER = ("ks4", "ks2", "census", "absence", "exclusions")
# What is said of a phase that comes from there.
_SOURCES = {
    "register": "register",
    "ks4": "type and ages in the key stage 4 table",
    "ks2": "type and ages in the key stage 2 table",
    "census": "type in the census",
    "absence": "type in the absence table",
    "exclusions": "type in the exclusions table",
}
_WIDE = {
    "primary": ("infant", "junior", "primary", "middle"),
    "secondary": ("secondary",),
}
# A row with both key stages has two cohorts; a figure that belongs to one of them is unknown there.
_ONE_STAGE = ("disadv_cohort", "nondisadv_cohort", "disadv_pct", "sen_cohort")
HEADLINE_GAPS = {
    "ks2_exp_rwm_pct": "ks2_exp_rwm_gap_disadvantaged",
    "ks4_em_94_pct": "ks4_em_94_gap_disadvantaged",
    "ks4_em_95_pct": "ks4_em_95_gap_disadvantaged",
}


def join_blocks(blocks: list[Block], register: pl.DataFrame | None) -> pl.DataFrame:
    """Return one row per school and year found in a block, with place, phase and indicators.

    Args:
        blocks: The blocks; one without ``urn`` is joined by authority and establishment number.
        register: A register of schools, for what the tables do not say.

    Returns:
        A frame with ``FIRST``, the indicators of the blocks, and the columns ``_ks2``, ``_ks4`` (the row has
        that key stage), ``_outside`` (floor and coasting do not apply to the school), ``_coarse`` (the group of phases
        that the census names) and ``_release_ks2``, ``_release_ks4`` (the release of the row).
    """
    keyed = [block for block in blocks if "urn" in block.schools.columns]
    frame = pl.concat([block.schools.select(KEYS) for block in keyed]).unique().sort(KEYS)
    for block in keyed:
        frame = frame.join(_marked(block), on=KEYS, how="left", maintain_order="left")
    if register is not None:
        frame = frame.join(_register(register), on="urn", how="left", maintain_order="left")
    tables = [block.table for block in blocks]
    frame = frame.with_columns(_laestab(frame))
    for block in blocks:
        if "urn" not in block.schools.columns:
            marked = _marked(block, ["laestab", "year"])
            frame = frame.join(marked, on=["laestab", "year"], how="left", maintain_order="left")
    stages = {f"_{stage}": _present(frame, stage) for stage in ("ks2", "ks4")}
    frame = frame.with_columns(**stages)
    frame = frame.with_columns(*_phase(frame), _outside(frame), *_places(frame), *_indicators(frame, blocks))
    frame = frame.with_columns(
        pl.when(~(pl.col("_ks2") & pl.col("_ks4"))).then(pl.col(name)).alias(name)
        for name in _ONE_STAGE
        if name in frame.columns and {"ks2", "ks4"} <= set(tables)
    )
    frame = _la_name(frame)
    names = [name for name in vocabulary() if name in frame.columns and name not in FIRST]
    releases = [pl.col(f"_release§{table}").alias(f"_release_{table}") for table in tables if table in STAGES]
    return frame.select(*FIRST, *names, *_FLAGS, *releases)


def _marked(block: Block, keys: list[str] = KEYS) -> pl.DataFrame:
    """Return the block's columns with its name behind them, and a mark that the row is there."""
    renamed = {name: f"{name}§{block.table}" for name in block.schools.columns if name not in keys}
    return block.schools.rename(renamed).with_columns(pl.lit(value=True).alias(f"§{block.table}"))


def _register(register: pl.DataFrame) -> pl.DataFrame:
    keep = [name for name in (*PLACE, "school_type") if name in register.columns]
    rows = register.with_columns(pl.col("urn").cast(pl.Int64)).filter(pl.col("urn").is_not_null())
    rows = rows.sort("year", nulls_last=False, maintain_order=True) if "year" in rows.columns else rows
    rows = rows.unique("urn", keep="last", maintain_order=True)
    named = rows.select("urn", *(pl.col(name).alias(f"{name}§register") for name in keep))
    if "school_type" in keep:
        kind = pl.col("school_type§register")
        named = named.with_columns(
            is_academy_type(kind).alias("is_academy§register"),
            is_independent_type(kind).alias("_independent§register"),
        )
    return named


def _columns(frame: pl.DataFrame, name: str, order: tuple[str, ...]) -> list[pl.Expr]:
    return [pl.col(f"{name}§{source}") for source in order if f"{name}§{source}" in frame.columns]


def _first(frame: pl.DataFrame, name: str, order: tuple[str, ...], dtype: pl.DataType) -> pl.Expr:
    found = _columns(frame, name, order)
    return pl.coalesce(found) if found else pl.lit(None, dtype=dtype)


def _present(frame: pl.DataFrame, stage: str) -> pl.Expr:
    mark = f"§{stage}"
    return pl.col(mark).fill_null(value=False) if mark in frame.columns else pl.lit(value=False)


def _laestab(frame: pl.DataFrame) -> pl.Expr:
    order = (*_PLACE_ORDER, "register")
    both = _columns(frame, "laestab", order)
    la, estab = (_first(frame, name, order, pl.String()) for name in ("la", "estab"))
    joined = (la + estab.str.zfill(4)).cast(pl.Int64, strict=False)
    return pl.coalesce([*(column.cast(pl.Int64, strict=False) for column in both), joined]).alias("laestab")


def _places(frame: pl.DataFrame) -> list[pl.Expr]:
    order = (*_PLACE_ORDER, "register")
    return [_first(frame, name, order, pl.String()).alias(name) for name in ("la", "la_name", "school_name")]


def _phase(frame: pl.DataFrame) -> list[pl.Expr]:
    """Return the phase and where it comes from, or why it is missing.

    The register comes first, then what a table tells by type and ages, then the key stages. No phase is made of key
    stage 2 alone (a primary, junior or middle school), nor of the census's primary or secondary, a group of phases.
    """
    both, ks4 = pl.col("_ks2") & pl.col("_ks4"), pl.col("_ks4")
    order = ("register", *_PLACE_ORDER)
    known = [(pl.col(f"phase§{source}"), _SOURCES[source]) for source in order if f"phase§{source}" in frame.columns]
    known += [
        (pl.when(both).then(pl.lit("all_through")), "key stages 2 and 4"),
        (pl.when(ks4).then(pl.lit("secondary")), "key stage 4"),
    ]
    source = [pl.when(phase.is_not_null()).then(pl.lit(name)) for phase, name in known]
    coarse = _first(frame, "_coarse", _PLACE_ORDER, pl.String())
    reason = [
        pl.when("_ks2").then(pl.lit("unknown: key stage 2 alone is a primary, junior or middle school")),
        # A missing part makes the text missing in newer versions of polars only.
        pl.when(coarse.is_not_null()).then(pl.format("unknown: state-funded {} covers several phases", coarse)),
        pl.lit("unknown: no table gives type and ages"),
    ]
    return [
        pl.coalesce([phase for phase, _ in known]).alias("phase"),
        pl.coalesce([*source, *reason]).alias("phase_source"),
        coarse.alias("_coarse"),
    ]


def _outside(frame: pl.DataFrame) -> pl.Expr:
    """Whether some table says that the school is independent, special or a referral unit."""
    order = (*_PLACE_ORDER, "register")
    marks = _columns(frame, "_independent", order)
    marks += [column.is_in(("special", "pru")) for column in _columns(frame, "phase", order)]
    outside = pl.lit(value=False)
    for mark in marks:
        outside = outside | mark.fill_null(value=False)
    return outside.alias("_outside")


def _indicators(frame: pl.DataFrame, blocks: list[Block]) -> list[pl.Expr]:
    """One column per indicator: the first value that is not null, in the vocabulary's order of sources."""
    names = {name for block in blocks for name in block.indicators}
    if "is_academy§register" in frame.columns:
        names.add("is_academy")
    found = []
    for name in names - {"phase"}:
        order = tuple(dict.fromkeys(source.table for source in vocabulary()[name].sources))
        found.append(pl.coalesce(_columns(frame, name, order)).alias(name))
    return found


def _la_name(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the bundled name of the authority where no table gives one."""
    names = dict(bundled_areas().select("la", "la_name").iter_rows())
    bundled = pl.col("la").replace_strict(names, default=None, return_dtype=pl.String)
    return frame.with_columns(la_name=pl.coalesce(bundled, "la_name"))


def add_headline(frame: pl.DataFrame, headline: Mapping[str, str], *, national: bool) -> pl.DataFrame:
    """Add ``attainment_pct`` and ``pp_gap`` of the measure named for each phase."""
    for prefix in ("", "nat_") if national else ("",):
        value = pl.lit(None, dtype=pl.Float64)
        gap = pl.lit(None, dtype=pl.Float64)
        for phase, name in headline.items():
            rows = pl.col("phase").is_in(_WIDE.get(phase, (phase,)))
            if prefix + name in frame.columns:
                value = pl.when(rows).then(pl.col(prefix + name)).otherwise(value)
            difference = prefix + HEADLINE_GAPS.get(name, "")
            if difference in frame.columns:
                gap = pl.when(rows).then(pl.col(difference)).otherwise(gap)
        frame = frame.with_columns(value.alias(f"{prefix}attainment_pct"), gap.alias(f"{prefix}pp_gap"))
    return frame


def finish(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop the helper columns and columns without any value, give every column its type, order by the vocabulary."""
    entries = vocabulary()
    own = [name for name in entries if name in frame.columns and name not in FIRST]
    national = [f"nat_{name}" for name in entries if f"nat_{name}" in frame.columns]
    filled = [name for name in [*own, *national] if frame[name].is_not_null().any()]
    types = {name: entries[name.removeprefix("nat_") if name not in entries else name].dtype for name in filled}
    casts = []
    for name, dtype in types.items():
        if dtype is not None:
            casts.append(pl.col(name).cast(dtype))
        if f"{name}_verified" in frame.columns:
            casts.append(pl.col(f"{name}_verified"))
    first = [pl.col("urn").cast(pl.Int64), pl.col("year").cast(pl.Int32), *map(pl.col, FIRST[2:])]
    return frame.select(*first, *casts).sort("urn", "year")
