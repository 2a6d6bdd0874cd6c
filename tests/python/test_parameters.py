"""Reference values: their dates, their sources, and that they are what the published files say."""

from __future__ import annotations

import csv
import datetime as dt
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from schoolframe.exceptions import InputError, UnknownNameError
from schoolframe.parameters import ReferenceValue, reference_record, reference_value, reference_values

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = Path(os.environ.get("SCHOOLFRAME_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DATA = SHARED / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the published files are not there: {DATA}")
RATE_OF_TABLES = {2017: "2016-2017", 2018: "2017-2018", 2019: "2018-2019"}


def table_rows(stage: str, year: int) -> Iterator[dict[str, str]]:
    path = DATA / stage / f"{RATE_OF_TABLES[year]}_936_{stage}final.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = [name.upper() for name in next(reader)]
        for row in reader:
            yield dict(zip(header, row, strict=False))


def number(text: str | None) -> float | None:
    try:
        return float((text or "").strip().rstrip("%"))
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("name", "year", "wanted"),
    [
        ("p8_sd", 2022, 1.408359),
        ("p8_sd", 2023, 1.414023),
        ("p8_sd_english", 2024, 1.614052),
        ("p8_band_well_above", 2016, 0.5),
        ("p8_band_well_below", 2024, -0.5),
        ("ks2_progress_reading_band_well_above", 2019, 3.2),
        ("ks2_progress_writing_band_well_below", 2018, -2.7),
        ("nat_a8", 2019, 46.7),
        ("nat_p8", 2017, -0.03),
        ("nat_ks2_exp_rwm_pct", 2018, 64.0),
        ("nat_ks2_l4rwm_pct", 2014, 79.0),
        ("median_ks4_3lp_eng_pct", 2015, 73.0),
        ("coasting_ks2_progress_writing", 2016, -3.5),
        ("suppression_minimum", 2019, 6.0),
        ("coverage_minimum_pct", 2017, 50.0),
    ],
)
def test_values_are_those_of_their_sources(name: str, year: int, wanted: float) -> None:
    assert reference_value(name, year) == wanted


def test_a_year_without_a_value_is_an_error_that_lists_what_exists() -> None:
    with pytest.raises(InputError, match=r"'p8_sd' has no value for 2020; there are: 2016 \(provisional\), 2017"):
        reference_value("p8_sd", 2020)
    with pytest.raises(InputError, match="has no value for 2004"):
        reference_value("nat_ks4_5ac_em_pct", 2004)


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'nat_ks2_exp_rwm_pct'"):
        reference_value("nat_ks2_exp_rmw_pct", 2019)
    with pytest.raises(UnknownNameError, match="version 'draft' does not exist"):
        reference_value("p8_sd", 2019, version="draft")


def test_versions_are_chosen_by_name_and_the_most_final_is_the_default() -> None:
    assert reference_value("nat_a8", 2016) == 49.9
    assert reference_value("nat_a8", 2016, version="provisional") == 49.8
    with pytest.raises(
        InputError, match=r"no revised version for 2016; there are: 2016 \(provisional\), 2016 \(final\)"
    ):
        reference_value("nat_a8", 2016, version="revised")


def test_unverified_values_must_be_asked_for() -> None:
    with pytest.raises(InputError, match="is not verified"):
        reference_value("floor_ks2_progress_writing", 2016)
    assert reference_value("floor_ks2_progress_writing", 2016, allow_unverified=True) == -7.0
    assert not reference_record("floor_p8", 2018, allow_unverified=True).verified


@pytest.mark.parametrize("day", [dt.date(2015, 9, 1), dt.date(2018, 8, 31), dt.datetime(2017, 1, 1, 9)])
def test_both_ends_of_a_rule_are_inside(day: dt.date) -> None:
    assert reference_value("coasting_p8", day) == -0.25


@pytest.mark.parametrize("day", [dt.date(2015, 8, 31), dt.date(2018, 9, 1)])
def test_a_day_beyond_a_rule_is_an_error(day: dt.date) -> None:
    with pytest.raises(InputError, match=r"there are: 2015-09-01 to 2018-08-31"):
        reference_value("coasting_p8", day)


@pytest.mark.parametrize("year", [True, 19, 201819, "2019", 2019.0, None])
def test_a_year_is_a_calendar_year(year: object) -> None:
    with pytest.raises(InputError, match="year: a calendar year"):
        reference_value("p8_sd", year)  # type: ignore[arg-type]


def test_a_record_says_where_the_value_was_read() -> None:
    record = reference_record("nat_p8", 2019)
    assert (record.value, record.unit, record.year, record.version) == (-0.03, "points", 2019, "final")
    assert record.valid_from == dt.date(2018, 9, 1)
    assert record.valid_to == dt.date(2019, 8, 31)
    assert "RECTYPE 7" in record.source_page


def test_every_value_has_a_source_a_unit_and_dates_in_order() -> None:
    frame = reference_values()
    assert frame.height > 400
    for column in ("label", "unit", "source_title", "source_document", "source_page"):
        assert frame.filter(pl.col(column).is_null() | (pl.col(column).str.strip_chars() == "")).is_empty(), column
    assert frame.filter(pl.col("from") > pl.col("to")).is_empty()
    assert frame.filter(pl.col("verified") != pl.col("status").is_in(["P", "C"])).is_empty()
    assert frame.filter(pl.col("tolerance").is_not_null() & (pl.col("status") != "C")).is_empty()
    assert set(reference_values(verified_only=True)["status"].unique()) == {"P", "C"}


def test_every_value_can_be_looked_up_by_its_year() -> None:
    rows = reference_values().filter(pl.col("year").is_not_null()).select("name", "year", "version", "value").rows()
    for name, year, version, value in rows:
        found = reference_value(name, year, version=version, allow_unverified=True)
        assert found == value or version is None, (name, year)


@needs_data
@pytest.mark.parametrize("year", [2017, 2018, 2019])
def test_national_key_stage_2_figures_are_those_of_the_tables(year: int) -> None:
    row = next(row for row in table_rows("ks2", year) if row["RECTYPE"] == "5")
    columns = {
        "nat_ks2_exp_rwm_pct": "PTRWM_EXP",
        "nat_ks2_high_rwm_pct": "PTRWM_HIGH",
        "nat_ks2_exp_reading_pct": "PTREAD_EXP",
        "nat_ks2_exp_writing_pct": "PTWRITTA_EXP",
        "nat_ks2_exp_maths_pct": "PTMAT_EXP",
        "nat_ks2_exp_gps_pct": "PTGPS_EXP",
        "nat_ks2_average_reading": "READ_AVERAGE",
        "nat_ks2_average_maths": "MAT_AVERAGE",
        "nat_ks2_exp_rwm_pct_disadvantaged": "PTRWM_EXP_FSM6CLA1A",
        "nat_ks2_exp_rwm_pct_non_disadvantaged": "PTRWM_EXP_NOTFSM6CLA1A",
        "nat_ks2_progress_reading_disadvantaged": "READPROG_FSM6CLA1A",
        "nat_ks2_progress_writing_non_disadvantaged": "WRITPROG_NOTFSM6CLA1A",
        "nat_ks2_progress_maths_non_disadvantaged": "MATPROG_NOTFSM6CLA1A",
    }
    got = {name: reference_value(name, year) for name in columns}
    assert got == {name: number(row[column]) for name, column in columns.items()}


@needs_data
@pytest.mark.parametrize("year", [2017, 2018, 2019])
def test_national_key_stage_4_figures_are_those_of_the_tables(year: int) -> None:
    row = next(row for row in table_rows("ks4", year) if row["RECTYPE"] == "7")
    columns = {
        "nat_a8": "ATT8SCR",
        "nat_p8": "P8MEA",
        "nat_p8_disadvantaged": "P8MEA_FSM6CLA1A",
        "nat_p8_non_disadvantaged": "P8MEA_NFSM6CLA1A",
        "nat_a8_disadvantaged": "ATT8SCR_FSM6CLA1A",
        "nat_ks4_em_94_pct": "PTL2BASICS_94",
        "nat_ks4_em_95_pct": "PTL2BASICS_95",
        "nat_ks4_em_94_pct_disadvantaged": "PTFSM6CLA1ABASICS_94",
        "nat_ebacc_entry_pct": "PTEBACC_E_PTQ_EE",
        "nat_ebacc_95_pct": "PTEBACC_95",
    }
    for name, column in columns.items():
        printed = number(row[column])
        assert printed is not None
        # The tables of 2018/19 print whole percentages where the statistical release has a decimal.
        margin = 0.5 if year == 2019 and name.endswith("_pct") else 0.0
        assert abs(reference_value(name, year) - printed) <= margin, name


def spread(stage: str, year: int, sizes: list[tuple[int, float, float]], decimals: int) -> tuple[float, float]:
    """Return the standard deviations that fit every published interval: limit = score +- 1.96 sd / sqrt(n), rounded."""
    error = 0.5 * 10**-decimals
    low = max(((upper - lower) / 2 - error) * math.sqrt(n) / 1.96 for n, lower, upper in sizes)
    high = min(((upper - lower) / 2 + error) * math.sqrt(n) / 1.96 for n, lower, upper in sizes)
    assert low < high, f"no standard deviation fits all rows of {stage} {year}"
    return low, high


@needs_data
@pytest.mark.parametrize(
    ("name", "year", "suffix", "rows"),
    [
        ("p8_sd", 2017, "", 65),
        ("p8_sd", 2018, "", 64),
        ("p8_sd_unadjusted", 2018, "_ORIG", 64),
        ("p8_sd", 2019, "", 64),
        ("p8_sd_unadjusted", 2019, "_ORIG", 64),
    ],
)
def test_spread_of_progress_8_follows_from_the_published_intervals(
    name: str, year: int, suffix: str, rows: int
) -> None:
    sizes = []
    for row in table_rows("ks4", year):
        values = [number(row.get(c)) for c in ("P8PUP", f"P8CILOW{suffix}", f"P8CIUPP{suffix}")]
        if row["RECTYPE"] in ("1", "2") and None not in values:
            n, lower, upper = (float(value) for value in values if value is not None)
            sizes.append((int(n), lower, upper))
    assert len(sizes) == rows
    low, high = spread("ks4", year, sizes, 2)
    record = reference_record(name, year)
    assert record.tolerance is not None
    assert low <= record.value <= high
    if record.version == "final":  # the tolerance is half the range that fits
        assert record.value - record.tolerance <= low
        assert record.value + record.tolerance >= high


@needs_data
@pytest.mark.parametrize("year", [2017, 2018, 2019])
@pytest.mark.parametrize(("subject", "stem"), [("reading", "READ"), ("writing", "WRIT"), ("maths", "MAT")])
def test_spread_of_key_stage_2_progress_follows_from_the_published_intervals(
    year: int, subject: str, stem: str
) -> None:
    sizes = []
    for row in table_rows("ks2", year):
        columns = ("TELIG", f"{stem}COV", f"{stem}PROG_LOWER", f"{stem}PROG_UPPER")
        values = [number(row.get(column)) for column in columns]
        if row["RECTYPE"] not in ("1", "2") or None in values:
            continue
        n, coverage, lower, upper = (float(value) for value in values if value is not None)
        fitting = [k for k in range(1, int(n) + 1) if math.floor(100 * k / n + 0.5) == coverage]
        if len(fitting) == 1:
            sizes.append((fitting[0], lower, upper))
    assert len(sizes) > 200
    low, high = spread("ks2", year, sizes, 1)
    record = reference_record(f"ks2_progress_{subject}_sd", year)
    assert record.tolerance is not None
    assert low <= record.value <= high
    assert record.value - record.tolerance <= low + 5e-4
    assert record.value + record.tolerance >= high - 5e-4


@needs_data
def test_later_national_figures_are_those_of_the_authority_tool() -> None:
    rows = pl.read_parquet(DATA / "la" / "lait_back_data_2016-2025.parquet").filter(
        pl.col("LA and Regions") == "England"
    )
    measures = {
        "nat_ks2_exp_rwm_pct": "KS2RWM_Expected_STD",
        "nat_ks2_exp_writing_pct": "KS2W_Teacher_Assess",
        "nat_p8": "AVG_Prog8_Score",
        "nat_p8_disadvantaged": "DAP_KS4_Prog8",
        "nat_a8_non_disadvantaged": "NonDAP_KS4_ATT8",
        "nat_overall_absence_pct_secondary": "SecTotAbs",
        "nat_persistent_absence_pct_primary": "SFPriPerAbNew",
        "nat_eyfs_gld_pct": "FSP_NEW_GOODDEV",
        "nat_ks1_exp_maths_pct": "KS1M_Expected _STD",
    }
    for name, code in measures.items():
        printed = dict(rows.filter(pl.col("Short Desc") == code).select("Years", "Values").iter_rows())
        values = reference_values().filter(
            (pl.col("name") == name) & pl.col("source_title").str.starts_with("Local authority interactive tool")
        )
        assert values.height >= 2, name
        for year, value in values.select("year", "value").iter_rows():
            assert value == pytest.approx(float(printed[str(year)]), abs=1e-9), (name, year)


def test_a_record_is_a_frozen_reference_value() -> None:
    record = reference_record("p8_sd", 2023)
    assert isinstance(record, ReferenceValue)
    assert record.value == reference_value("p8_sd", 2023)
    with pytest.raises(AttributeError):
        record.value = 1.0  # type: ignore[misc]
