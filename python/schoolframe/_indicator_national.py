"""National figures beside the figures of schools: which population, which release, mean or median."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from schoolframe import parameters
from schoolframe._indicator_sources import RELEASES, UNSAID

if TYPE_CHECKING:
    from schoolframe._indicator_sources import Block

__all__ = ["join_national", "set_medians"]

# Phases of the indicator frame by the groups of the national rows of absence and census.
_GROUPS = {
    "nursery": "primary",
    "infant": "primary",
    "junior": "primary",
    "primary": "primary",
    "secondary": "secondary",
    "special": "special",
}
# Measures that are compared with the median of schools; the tables print the mean of pupils.
_MEDIANS = ("ks2_2lp_eng_pct", "ks2_2lp_reading_pct", "ks2_2lp_writing_pct", "ks2_2lp_mat_pct")
# Where a substitute fills the measure, its median is that of the substitute.
_SUBSTITUTES = {"ks2_2lp_eng_pct": "ks2_2lp_reading_pct"}


def join_national(frame: pl.DataFrame, blocks: list[Block]) -> pl.DataFrame:
    """Add ``nat_x`` for the indicators that have a national figure in their own table.

    Figures of a key stage stand in the rows that have the key stage; figures of absence and exclusions by the kind of
    school (primary, secondary, special) in the rows of that phase or group of phases. Provisional and final figures
    differ, so a row takes the national figure of its own release.
    """
    group = pl.col("phase").replace_strict(_GROUPS, default=None, return_dtype=pl.String)
    frame = frame.with_columns(pl.coalesce(group, "_coarse").alias("_group"))
    for block in blocks:
        names = [name for name in block.national.columns if name not in ("year", "group", "_release")]
        names = [name for name in names if block.national[name].is_not_null().any()]
        if not names:
            continue
        renamed = {name: f"nat_{name}" for name in names}
        values = block.national.rename(renamed)
        if "group" in values.columns:
            values = values.select("year", pl.col("group").alias("_group"), *renamed.values())
            frame = frame.join(values, on=["year", "_group"], how="left", maintain_order="left")
        else:
            frame = _join_releases(frame, values.select("year", "_release", *renamed.values()), block.table)
    return frame.drop("_group")


def _join_releases(frame: pl.DataFrame, values: pl.DataFrame, table: str) -> pl.DataFrame:
    """Join the national figures of the row's release; where a side does not say which it is, the most final one."""
    names = [name for name in values.columns if name.startswith("nat_")]
    asked = pl.DataFrame({"_asked": [*RELEASES.values(), UNSAID]}, schema={"_asked": pl.Int8})
    same = pl.col("_release") == pl.col("_asked")
    answers = (
        values.join(asked, how="cross")
        .filter(same | (pl.col("_release") == UNSAID) | (pl.col("_asked") == UNSAID))
        .sort("year", "_asked", ~same, "_release")
        .unique(["year", "_asked"], keep="first")
        .rename({"_asked": f"_release_{table}"})
    )
    frame = frame.join(answers.drop("_release"), on=["year", f"_release_{table}"], how="left", maintain_order="left")
    return frame.with_columns(pl.when(pl.col(f"_{table}")).then(pl.col(name)).alias(name) for name in names)


def set_medians(frame: pl.DataFrame, *, substitutes: bool) -> pl.DataFrame:
    """Put the median of schools in the place of the mean of pupils, for measures that are compared with it.

    The medians are reference values (``median_x``) with their sources. Without one the figure is missing: the mean is
    several points away, and taking it for the median would put schools on the wrong side of the line.

    Args:
        frame: An indicator frame with ``_ks2`` (the row has that key stage).
        substitutes: Whether a near measure may fill an indicator; its median goes with it.

    Returns:
        The frame, with ``nat_x`` for the measures it has.
    """
    verified = parameters.reference_values(verified_only=True).filter(pl.col("year").is_not_null())
    for name in _MEDIANS:
        if name not in frame.columns:
            continue
        listed = [name, _SUBSTITUTES[name]] if substitutes and name in _SUBSTITUTES else [name]
        known: dict[int, float] = {}
        for median in reversed(listed):
            known |= dict(verified.filter(name=f"median_{median}").select("year", "value").iter_rows())
        years = pl.col("year").replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Float64)
        frame = frame.with_columns(pl.when("_ks2").then(years).alias(f"nat_{name}"))
    return frame
