"""Which rows of an indicator frame stand in the register: one authority, one phase, one year."""

from __future__ import annotations

import polars as pl

from schoolframe._frames import as_frame, require_columns
from schoolframe.exceptions import InputError

__all__ = ["known_codes", "of_authority", "results_year", "schools_of_year"]

PHASES = {"secondary": ("secondary", "all_through")}


def of_authority(frame: pl.DataFrame, authority: str) -> pl.DataFrame:
    """Return the rows of one authority; the frame may hold several if it has their names."""
    if "la_name" in frame.columns:
        names = frame["la_name"].drop_nulls().unique().sort().to_list()
        if authority in names:
            return frame.filter(pl.col("la_name") == authority)
    column = next((name for name in ("la", "la_name") if name in frame.columns), None)
    several = [] if column is None else frame[column].drop_nulls().unique().sort().to_list()
    if len(several) > 1:
        listed = ", ".join(str(name) for name in several[:5]) + (", ..." if len(several) > 5 else "")
        msg = f"frame: schools of {len(several)} authorities ({listed}), none of them '{authority}'; keep one authority"
        raise InputError(msg)
    return frame


def results_year(frame: pl.DataFrame, year: int | None) -> int:
    """Return the year asked for, or the last one in the frame."""
    if "year" not in frame.columns:
        if year is None:
            msg = "year: name the results year (2019 for 2018/19), the frame has no column 'year'"
            raise InputError(msg)
        return year
    held = sorted(frame["year"].drop_nulls().unique().to_list())
    if not held:
        msg = "frame: there is no school with a year, so there is nothing to register"
        raise InputError(msg)
    year = held[-1] if year is None else year
    if year not in held:
        listed = ", ".join(str(known) for known in held)
        msg = f"year: no school for {year}; years there: {listed}"
        raise InputError(msg)
    return int(year)


def schools_of_year(frame: pl.DataFrame, phase: str, year: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the schools of the phase and year by name, and the same schools the year before."""
    rows = frame.filter(pl.col("year") == year) if "year" in frame.columns else frame
    if "phase" in rows.columns:
        kept = rows.filter(pl.col("phase").is_in(PHASES[phase]))
        if kept.is_empty() and not rows.is_empty():
            counts = ", ".join(f"{name}: {n}" for name, n in rows.group_by("phase").len().sort("phase").iter_rows())
            msg = f"frame: no {phase} school for {year}; phases there: {counts}"
            raise InputError(msg)
        rows = kept
    if rows.is_empty():
        msg = "frame: it has no schools"
        raise InputError(msg)
    double = rows.filter(rows["urn"].is_duplicated())["urn"].unique().sort().to_list()
    if double or rows["urn"].null_count():
        listed = ", ".join(str(urn) for urn in double[:5]) or "missing urn"
        msg = f"frame: one row per school is needed for {year}; several rows or no number: {listed}"
        raise InputError(msg)
    before = frame.filter(pl.col("year") == year - 1) if "year" in frame.columns else frame.clear()
    before = before.filter(pl.col("urn").is_in(rows["urn"].to_list())).unique("urn", keep="first", maintain_order=True)
    return rows.sort("school_name", "urn"), before


def known_codes(codes: object, urns: list[int], year: int) -> dict[tuple[int, int, str], str]:
    """Return why values are missing, by school, year and indicator, from a frame of ``indicator_codes``."""
    if codes is None:
        return {}
    frame = as_frame(codes, "codes")
    require_columns(frame, ["urn", "year", "indicator", "code"], "codes")
    kept = frame.filter(pl.col("urn").is_in(urns) & pl.col("year").is_in([year, year - 1]))
    return {
        (int(urn), int(when), str(name)): str(code)
        for urn, when, name, code in kept.select("urn", "year", "indicator", "code").iter_rows()
    }
