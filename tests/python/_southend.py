"""Southend's secondary schools 2018/19 as an indicator frame, put together by hand from the published files."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

SHARED = Path(os.environ.get("SCHOOLFRAME_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "data"
PROVISIONAL = DATA / "ks4" / "england_2018-2019_ks4provisional.csv.gz"
BEFORE = DATA / "ks4" / "england_2017-2018_ks4_cut.csv.gz"
INSPECTIONS = DATA / "ofsted" / "graded_inspections_2005-2020.csv.gz"
ABSENCE = DATA / "absence-exclusions" / "england_abs_2018-2019.csv.gz"

COLUMNS = {
    "TPUP": "ks4_cohort",
    "P8PUP": "p8_cohort",
    "P8MEA": "p8",
    "P8CILOW": "p8_ci_low",
    "P8CIUPP": "p8_ci_high",
    "ATT8SCR": "a8",
    "PTL2BASICS_94": "ks4_em_94_pct",
    "PTL2BASICS_95": "ks4_em_95_pct",
    "PTEBACC_E_PTQ_EE": "ebacc_entry_pct",
    "PTEBACC_95": "ebacc_95_pct",
}
BEFORE_COLUMNS = {
    "Progress 8": "p8_y1",
    "Attainment 8": "a8_y1",
    "Eng Maths Grade 5": "ks4_em_95_pct_y1",
    "Entering EBacc": "ebacc_entry_pct_y1",
}
GRADES = {"Outstanding": 1, "Good": 2, "Requires Improvement": 3, "Inadequate": 4}


def need(path: Path) -> Path:
    """Return the file, or skip the test with the reason."""
    if not path.exists():
        pytest.skip(f"{path.name} is not here; set SCHOOLFRAME_SHARED to the folder that holds data/")
    return path


def text_table(path: Path) -> pl.DataFrame:
    """Read a gzipped CSV file as text."""
    data = gzip.decompress(need(path).read_bytes())
    return pl.read_csv(io.BytesIO(data), infer_schema=False, encoding="utf8-lossy")


def number(name: str) -> pl.Expr:
    """Return a column as a number; anything else is missing."""
    return pl.col(name).str.strip_suffix("%").cast(pl.Float64, strict=False)


def provisional() -> pl.DataFrame:
    """Return the provisional key stage 4 table 2018/19 of Southend, authority row included, under indicator names."""
    raw = text_table(PROVISIONAL)
    return raw.rename({raw.columns[0]: "RECTYPE"}).filter(pl.col("LEA") == "882")


def southend() -> pl.DataFrame:
    """Return the mainstream state-funded schools with results, one row each."""
    raw = provisional().filter(
        (pl.col("RECTYPE") == "1") & number("ATT8SCR").is_not_null() & (pl.col("NFTYPE") != "IND")
    )
    frame = raw.select(
        pl.col("URN").cast(pl.Int64).alias("urn"),
        pl.lit(2019, dtype=pl.Int32).alias("year"),
        pl.lit("secondary").alias("phase"),
        pl.lit("882").alias("la"),
        pl.lit("Southend-on-Sea").alias("la_name"),
        pl.col("SCHNAME").alias("school_name"),
        *(number(column).alias(name) for column, name in COLUMNS.items()),
        pl.lit(value=True).alias("is_academy"),
    ).with_columns(pl.col("ks4_cohort", "p8_cohort").cast(pl.Int64))
    before = text_table(BEFORE).select(
        pl.col("URN").cast(pl.Int64, strict=False).alias("urn"),
        *(number(column).alias(name) for column, name in BEFORE_COLUMNS.items()),
    )
    absence = text_table(ABSENCE)
    absent = absence.select(
        pl.col("URN").cast(pl.Int64, strict=False).alias("urn"),
        number("PERCTOT").alias("overall_absence_pct"),
        number("PPERSABS10").alias("persistent_absence_pct"),
    )
    inspected = (
        text_table(INSPECTIONS)
        .select(
            pl.col("URN").cast(pl.Int64).alias("urn"),
            pl.col("Rating").replace_strict(GRADES, default=None, return_dtype=pl.Int64).alias("ofsted_overall"),
            pl.col("Inspection Date").str.to_date("%Y%m%d").alias("ofsted_date"),
        )
        .filter(pl.col("ofsted_date") < dt.date(2019, 9, 1))
        .sort("ofsted_date")
        .unique("urn", keep="last")
    )
    for other in (before, absent, inspected):
        frame = frame.join(other, on="urn", how="left")
    return frame.sort("school_name")


def authority() -> dict[str, Any]:
    """Return the row of the authority, under indicator names."""
    row = provisional().filter(pl.col("RECTYPE") == "4")
    return row.select(number(column).alias(name) for column, name in COLUMNS.items()).row(0, named=True)
