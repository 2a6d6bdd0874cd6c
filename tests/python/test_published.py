"""What the Department for Education published is reproduced: bands and gap columns, row by row."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import schoolframe as sf
from _published_tables import FILES, SURREY, Published, rows


@pytest.fixture(scope="module")
def provisional(data: Path) -> sf.PerformanceTables:
    return sf.read_performance_tables(data / "ks4" / "england_2018-2019_ks4provisional.csv.gz")


def test_every_published_progress_8_band_of_2019(provisional: sf.PerformanceTables) -> None:
    """All rows that carry a band, special schools and authorities too."""
    columns = ["P8MEA", "P8CILOW", "P8CIUPP", "P8_BANDING"]
    rows = pl.concat([provisional.schools.select(columns), provisional.authorities.select(columns)])
    rows = rows.filter(pl.col("P8_BANDING").is_not_null())
    assert rows.height == 3551
    ours = rows.select(sf.progress_band("P8MEA", "P8CILOW", "P8CIUPP", year=2019))["P8MEA"]
    assert (ours == rows["P8_BANDING"].cast(pl.Int64)).sum() == 3551
    assert sorted(rows["P8_BANDING"].unique()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("year", [2018, 2019])
@pytest.mark.parametrize("subject", ["read", "writ", "mat"])
def test_every_published_key_stage_2_band_in_surrey(data: Path, year: int, subject: str) -> None:
    tables = sf.read_performance_tables(data / "ks2" / f"{year - 1}-{year}_936_ks2final.csv")
    name = f"{subject.upper()}PROG"
    rows = tables.schools
    if f"{name}_DESCR" not in rows.columns:
        later = sf.read_performance_tables(data / "ks2" / "2018-2019_936_ks2final.csv").schools
        bands = later.select("urn", pl.col(f"{name}_DESCR_18").alias(f"{name}_DESCR"))
        rows = rows.join(bands, on="urn", how="left")
    rows = rows.filter(pl.col(f"{name}_DESCR").is_not_null(), pl.col(name).is_not_null())
    assert rows.height > 150
    scheme = {"read": "ks2_reading", "writ": "ks2_writing", "mat": "ks2_maths"}[subject]
    ours = rows.select(sf.progress_band(name, f"{name}_LOWER", f"{name}_UPPER", scheme=scheme, year=year))[name]  # type: ignore[arg-type]
    different = rows.select("urn", name, f"{name}_LOWER", f"{name}_UPPER", f"{name}_DESCR").filter(
        ours != rows[f"{name}_DESCR"].cast(pl.Int64)
    )
    assert different.is_empty(), different


@pytest.mark.parametrize("year", [2018, 2019])
def test_every_published_progress_8_band_in_surrey(data: Path, year: int) -> None:
    """The final tables, the row of the authority too."""
    tables = sf.read_performance_tables(data / "ks4" / f"{year - 1}-{year}_936_ks4final.csv")
    columns = ["P8MEA", "P8CILOW", "P8CIUPP", "P8_BANDING"]
    rows = pl.concat([tables.schools.select(columns), tables.authorities.select(columns)])
    rows = rows.filter(pl.col("P8_BANDING").is_not_null())
    assert rows.height == 65
    ours = rows.select(sf.progress_band("P8MEA", "P8CILOW", "P8CIUPP", year=year))["P8MEA"]
    assert ours.to_list() == rows["P8_BANDING"].cast(pl.Int64).to_list()


@pytest.mark.parametrize("year", [2016, 2017])
@pytest.mark.parametrize("subject", ["READ", "WRIT", "MAT"])
def test_the_side_of_published_bands_without_published_thresholds(data: Path, year: int, subject: str) -> None:
    """The thresholds of 2016 and 2017 are not known; above, average and below follow from the interval alone."""
    schools = sf.read_performance_tables(data / "ks2" / "2017-2018_936_ks2final.csv").schools
    end = f"_{year % 100}"
    score, low, high, band = (
        f"{subject}PROG{part}{end}" for part in ("", "_LOWER", "_UPPER", "_DESCR")
    )  # fmt: skip
    rows = schools.filter(pl.all_horizontal(pl.col(score, low, high, band).is_not_null()))
    assert rows.height > 190
    ours = rows.select(sf.progress_band(score, low, high, scheme=(99.0, -99.0)))[score]
    assert ours.to_list() == rows[band].cast(pl.Int64).clip(2, 4).to_list()


BANDED = [
    ("ks4", 2018, "P8MEA", "P8_BANDING", "p8_band", 3394),
    ("ks4", 2019, "P8MEA", "P8_BANDING", "p8_band", 3420),
    ("ks2", 2018, "READPROG", "READPROG_DESCR", "ks2_progress_reading_band", 15023),
    ("ks2", 2018, "WRITPROG", "WRITPROG_DESCR", "ks2_progress_writing_band", 15076),
    ("ks2", 2018, "MATPROG", "MATPROG_DESCR", "ks2_progress_maths_band", 15011),
    ("ks2", 2019, "READPROG", "READPROG_DESCR", "ks2_progress_reading_band", 15217),
    ("ks2", 2019, "WRITPROG", "WRITPROG_DESCR", "ks2_progress_writing_band", 15244),
    ("ks2", 2019, "MATPROG", "MATPROG_DESCR", "ks2_progress_maths_band", 15217),
]


@pytest.mark.parametrize(("table", "year", "score", "band", "threshold", "height"), BANDED)
def test_published_bands_of_england_lie_on_their_side_of_the_thresholds(
    data: Path, table: str, year: int, score: str, band: str, threshold: str, height: int
) -> None:
    """Extracts of all England print bands without intervals; what a band says of its score holds in every row."""
    rows = sf.read_performance_tables(data / table / f"england_{year - 1}-{year}_{table}_cut.csv.gz").schools
    rows = rows.filter(pl.col(band).is_not_null())
    assert rows.height == height
    high = sf.reference_value(f"{threshold}_well_above", year)
    low = sf.reference_value(f"{threshold}_well_below", year)
    value = pl.col(score)
    beyond = value < low if table == "ks4" else value <= low
    sides = {
        1: value >= high,
        2: (value > 0) & (value < high),
        4: (value < 0) & ~beyond,
        5: beyond,
    }
    for code, side in sides.items():
        wrong = rows.filter((pl.col(band) == code) & ~side)
        assert wrong.is_empty(), wrong.select("urn", score, band)
    # With an interval that does not touch 0 the function gives the published band.
    edge = (
        pl.when(value > 0).then(value / 2).otherwise(value * 2),
        pl.when(value > 0).then(value * 2).otherwise(value / 2),
    )
    clear = rows.filter(pl.col(band) != 3)
    scheme = {"p8_band": "p8"}.get(threshold, threshold.replace("progress_", "").removesuffix("_band"))
    ours = clear.select(sf.progress_band(score, *edge, scheme=scheme, year=year))[score]  # type: ignore[arg-type]
    assert ours.to_list() == clear[band].cast(pl.Int64).to_list()


GAPS = {
    "p8": ("ks4", "DIFFN_P8MEA", 2),
    "a8": ("ks4", "DIFFN_ATT8", 1),
    "ks2_progress_reading": ("ks2", "DIFFN_READPROG", 1),
    "ks2_progress_writing": ("ks2", "DIFFN_WRITPROG", 1),
    "ks2_progress_maths": ("ks2", "DIFFN_MATPROG", 1),
    "ks2_exp_rwm_pct": ("ks2", "DIFFN_RWM_EXP", 0),
    "ks2_high_rwm_pct": ("ks2", "DIFFN_RWM_HIGH", 0),
}


@pytest.mark.parametrize("year", [2017, 2018, 2019])
@pytest.mark.parametrize("measure", GAPS)
def test_every_published_gap_to_other_pupils_in_england(data: Path, year: int, measure: str) -> None:
    table, column, decimals = GAPS[measure]
    tables = sf.read_performance_tables(data / table / f"{year - 1}-{year}_936_{table}final.csv")
    spec = sf.GAP_MEASURES[measure]
    gaps = sf.progress_gaps(
        tables.schools, measure, comparison="national_other", national=tables.national, min_group=0
    ).with_columns(tables.schools[column].alias("published"))
    both = gaps.filter(pl.col("published").is_not_null(), pl.col("gap").is_not_null())
    published = gaps["published"].is_not_null().sum()
    assert published > 20
    assert both.height == published, "every published gap has its parts"
    wrong = both.filter((pl.col("gap") - pl.col("published")).abs() > 0.5 * 10**-decimals + 1e-9)
    assert wrong.is_empty(), wrong.select("urn", "group_mean", "reference_mean", "gap", "published")
    assert spec.national_other is not None


@pytest.mark.parametrize("file", [file for file in FILES if file.table in ("ks2", "ks4")], ids=lambda file: file.name)
def test_every_published_gap_column_is_one_of_those(data: Path, file: Published) -> None:
    """No column of gaps to England is left out: they stand in the files of Surrey, those of England have none."""
    header = rows(data / file.name)[0]
    columns = {name for name in header if name.startswith("DIFFN_")}
    assert columns == (
        {column for table, column, _ in GAPS.values() if table == file.table} if file in SURREY else set()
    )


@pytest.mark.parametrize("year", [2017, 2018, 2019])
@pytest.mark.parametrize("measure", ["p8", "a8"])
def test_published_gaps_of_the_authority(data: Path, year: int, measure: str) -> None:
    _, column, decimals = GAPS[measure]
    tables = sf.read_performance_tables(data / "ks4" / f"{year - 1}-{year}_936_ks4final.csv")
    gaps = sf.progress_gaps(tables.authorities, measure, comparison="national_other", national=tables.national)
    published = tables.authorities[column].to_list()
    assert gaps["gap"].to_list() == pytest.approx(published, abs=0.5 * 10**-decimals + 1e-9)


OTHER_GROUPS = [name for name, measure in sf.GAP_MEASURES.items() if measure.group != "disadvantaged"]


@pytest.mark.parametrize("name", OTHER_GROUPS)
def test_gaps_of_every_group_that_is_published(name: str) -> None:
    """For every school of Surrey, with the numbers of pupils of the tables."""
    tables = sf.samples.surrey_ks2() if name.startswith("ks2") else sf.samples.surrey_ks4()
    measure = sf.GAP_MEASURES[name]
    gaps = sf.progress_gaps(tables.schools, name, comparison="within_school")
    # No spread of Attainment 8 is published.
    shown = gaps.filter(status="no_error" if name.startswith("a8") else "ok")
    # Few schools have six mobile pupils.
    assert shown.height > (10 if name == "p8_non_mobile" else 50)
    both = shown.join(tables.schools.select("urn", "year", measure.mean, measure.other_mean), on=["urn", "year"])
    assert both["gap"].to_list() == pytest.approx((both[measure.mean] - both[measure.other_mean]).to_list(), abs=1e-9)


@pytest.mark.parametrize("name", OTHER_GROUPS)
def test_gaps_of_every_group_to_england(name: str) -> None:
    tables = sf.samples.surrey_ks2() if name.startswith("ks2") else sf.samples.surrey_ks4()
    measure = sf.GAP_MEASURES[name]
    if name.startswith("ks2_progress") and measure.overlapping:
        # England's own progress at key stage 2 is 0 by construction, and not printed.
        with pytest.raises(sf.exceptions.InputError, match="no verified mean of all pupils in England"):
            sf.progress_gaps(tables.schools, name, national=tables.national)
        return
    gaps = sf.progress_gaps(tables.schools, name, comparison="national_other", national=tables.national)
    national = dict(tables.national.filter(population="state_funded").select("year", measure.other_mean).iter_rows())
    england = gaps.filter(pl.col("gap").is_not_null())
    assert england.height > 50
    expected = [row["group_mean"] - national[row["year"]] for row in england.rows(named=True)]
    assert england["gap"].to_list() == pytest.approx(expected)


@pytest.mark.parametrize("measure", ["p8", "ks2_progress_reading"])
def test_reference_values_are_the_national_rows(data: Path, measure: str) -> None:
    table = GAPS[measure][0]
    for year in (2017, 2018, 2019):
        tables = sf.read_performance_tables(data / table / f"{year - 1}-{year}_936_{table}final.csv")
        by_rows = sf.progress_gaps(tables.schools, measure, comparison="national_other", national=tables.national)
        by_values = sf.progress_gaps(tables.schools, measure, comparison="national_other")
        assert by_rows["gap"].to_list() == pytest.approx(by_values["gap"].to_list(), nan_ok=True)
