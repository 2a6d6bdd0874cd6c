"""The bundled samples: what is in them, that they are the originals, and that nothing of a person is."""

from __future__ import annotations

import csv
import doctest
import gzip
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from schoolframe import readers, samples
from schoolframe.indicators import indicator_frame

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SCHOOLFRAME_SHARED", ROOT.parent / "shared"))
DATA = SHARED / "data"
FOLDER = Path(samples.__file__).parent / "data"
BUILDER = ROOT / "python" / "tools" / "build_samples.py"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the published files are not there: {DATA}")
LIMIT = 6_000_000


def text_of(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode("utf-8-sig")


def test_all_files_together_stay_under_the_limit() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir() if path.suffix in (".gz", ".xlsx")}
    assert len(sizes) == 28
    assert sum(sizes.values()) < LIMIT


def test_packed_files_carry_no_time_and_no_name() -> None:
    for path in FOLDER.glob("*.gz"):
        head = path.read_bytes()[:10]
        assert head[:2] == b"\x1f\x8b", path.name
        assert head[3] == 0, path.name  # no name of the file
        assert head[4:8] == b"\0\0\0\0", path.name  # no time


@pytest.mark.parametrize(
    ("sample", "years", "schools"),
    [
        (samples.ks2, {2016: 16162, 2017: 16313, 2018: 16364, 2019: 16355}, 65194),
        (samples.ks4, {2016: 5335, 2017: 5399, 2018: 5519, 2019: 5495}, 21748),
        (samples.ks2_levels, {2013: 16036}, 16036),
        (samples.surrey_ks2, {2017: 232, 2018: 235, 2019: 239}, 706),
        (samples.surrey_ks4, {2017: 127, 2018: 127, 2019: 130}, 384),
    ],
)
def test_tables_have_the_rows_their_docstrings_state(
    sample: Callable[[], readers.PerformanceTables], years: dict[int, int], schools: int
) -> None:
    tables = sample()
    assert isinstance(tables, readers.PerformanceTables)
    assert dict(tables.schools.group_by("year").len().sort("year").iter_rows()) == years
    assert tables.schools.height == schools
    assert f"{schools:,} rows of schools" in " ".join((sample.__doc__ or "").split())
    counts = tables.national.group_by("year").len()
    assert counts["len"].unique().to_list() == [2]
    assert tables.schools["urn"].null_count() == 0
    assert tables.schools.select("urn", "year").is_unique().all()


@pytest.mark.parametrize(
    ("sample", "rows"),
    [
        (samples.inspections, 64622),
        (samples.register, 26078),
        (samples.links, 29817),
        (samples.absence, 41276),
        (samples.exclusions, 43860),
        (samples.census, 23942),
        (samples.attainment8_estimates, 102),
        (samples.transition_matrices, 9792),
        (samples.statistical_neighbours, 1580),
        (samples.authority_indicators, 35190),
    ],
)
def test_frames_have_the_rows_stated(sample: Callable[[], pl.DataFrame], rows: int) -> None:
    frame = sample()
    assert frame.height == rows
    changed = frame.insert_column(0, pl.lit(1).alias("changed_by_a_caller"))
    assert "changed_by_a_caller" in changed.columns
    assert "changed_by_a_caller" not in sample().columns


def test_every_function_says_source_licence_and_example() -> None:
    for name in samples.__all__:
        text = getattr(samples, name).__doc__
        assert ">>> import schoolframe as sf" in text, name
        assert "Returns:" in text, name
        if name not in ("licence", "southend"):
            assert "Source" in text, name
    assert "Open Government Licence v3.0" in samples.licence()
    assert "Crown copyright" in samples.licence()


def test_the_examples_run() -> None:
    result = doctest.testmod(samples, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 30
    assert result.failed == 0


def test_no_file_holds_addresses_or_telephones_beyond_the_published_table_of_one_authority() -> None:
    for path in FOLDER.glob("*.csv.gz"):
        if "_936_" in path.name:  # byte for byte as published
            continue
        header = next(csv.reader(io.StringIO(text_of(path))))
        assert not {name for name in header if re.search(r"TELNUM|STREET|ADDRESS|POSTCODE|PCODE|WEB|EMAIL|HEAD", name)}


def test_no_group_of_five_pupils_or_fewer_has_a_result() -> None:
    for sample, stage in ((samples.surrey_ks2, "ks2"), (samples.surrey_ks4, "ks4")):
        schools = sample().schools
        size, result = (
            ("TFSM6CLA1A", "PTRWM_EXP_FSM6CLA1A") if stage == "ks2" else ("P8PUP_FSM6CLA1A", "P8MEA_FSM6CLA1A")
        )
        small = schools.filter(pl.col(size).is_between(1, 5) & pl.col(result).is_not_null())
        assert small.is_empty(), stage
    cohorts = samples.ks2().schools.filter(pl.col("TELIG").is_between(1, 5))
    assert cohorts["PTRWM_EXP"].is_not_null().sum() == 0


@needs_data
@pytest.mark.parametrize("stage", ["ks2", "ks4"])
@pytest.mark.parametrize("year", [2017, 2018, 2019])
def test_the_surrey_tables_are_the_originals_byte_for_byte(stage: str, year: int) -> None:
    name = f"{year - 1}-{year}_936_{stage}final.csv"
    assert gzip.decompress((FOLDER / f"{name}.gz").read_bytes()) == (DATA / stage / name).read_bytes()


@needs_data
@pytest.mark.parametrize("year", [2016, 2017, 2018, 2019])
def test_the_national_tables_hold_the_figures_of_the_originals(year: int) -> None:
    pairs = [(samples.ks2(), f"ks2/england_{year - 1}-{year}_ks2_cut.csv.gz")]
    last = "ks4provisional" if year == 2019 else "ks4_cut"
    pairs.append((samples.ks4(), f"ks4/england_{year - 1}-{year}_{last}.csv.gz"))
    for tables, path in pairs:
        original = readers.read_performance_tables(DATA / path, year=year).schools.sort("urn")
        built = tables.schools.filter(year=year).sort("urn")
        measures = [name for name in original.columns if name.isupper() and name in built.columns]
        measures = [name for name in measures if original.schema[name] == pl.Float64]
        assert len(measures) >= 6
        assert built.select("urn", *measures).equals(original.select("urn", *measures))


def test_schools_have_authority_and_name() -> None:
    for tables in (samples.ks2(), samples.ks4()):
        schools = tables.schools
        assert schools["la"].null_count() <= 52
        assert schools.filter(pl.col("la").is_not_null() & ~pl.col("la").str.contains(r"^\d{3}$")).is_empty()
        assert schools["school_name"].null_count() < 0.01 * schools.height
        known = set(samples.authorities()["la"])
        assert set(schools["la"].drop_nulls()) <= known


def test_special_schools_are_marked_as_in_the_originals_that_say_it() -> None:
    later = samples.ks2().schools.filter(year=2019).select("urn", kind="rectype")
    earlier = samples.ks2().schools.filter(year=2018).select("urn", "rectype")
    both = earlier.join(later, on="urn")
    assert both.height > 15_000
    assert both.filter(pl.col("rectype") != pl.col("kind")).height <= 5


def test_england_of_2016_is_what_the_tables_of_2017_carry() -> None:
    row = samples.ks2().national.filter(year=2016, population="state_funded")
    assert row.select("PTRWM_EXP", "PTRWM_HIGH", "READ_AVERAGE", "MAT_AVERAGE").row(0) == (53.0, 5.0, 103.0, 103.0)
    row = samples.ks4().national.filter(year=2016, population="state_funded")
    assert row.select("P8MEA", "ATT8SCR", "PTL2BASICS_LL_PTQ_EE", "PTEBACC_E_PTQ_EE").row(0) == (
        -0.03,
        49.9,
        63.0,
        39.7,
    )


@needs_data
def test_estimates_are_the_published_ones() -> None:
    frame = samples.attainment8_estimates()
    assert frame.group_by("year", "release").len().sort("year").rows() == [
        *((2022, "revised", 34), (2023, "revised", 34), (2024, "provisional", 34)),
    ]
    for year, release in ((2022, "revised"), (2023, "revised"), (2024, "provisional")):
        path = DATA / "estimates" / f"p8_{year}_{release}_estimates.csv"
        original = pl.read_csv(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        built = frame.filter(year=year).select("group", "a8", "english", "maths", "ebacc", "open")
        assert [tuple(map(float, row)) for row in built.rows()] == [tuple(map(float, row)) for row in original.rows()]
    parts = pl.col("english") + pl.col("maths") + pl.col("ebacc") + pl.col("open")
    assert frame.select((parts - pl.col("a8")).abs().max()).item() < 0.03
    gaps = frame.sort("year", "group").select((pl.col("ks2_low") - pl.col("ks2_high").shift(1)).over("year"))
    assert gaps.drop_nulls()["ks2_low"].unique().to_list() == [0.5]


@needs_data
@pytest.mark.parametrize("year", [2021, 2022, 2023])
def test_transition_matrices_are_the_published_ones(year: int) -> None:
    path = DATA / "estimates" / f"transition_matrices_{year}_grades_9to1.csv.gz"
    original = pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema=False)
    original = original.rename({name: name.lower() for name in original.columns})
    built = samples.transition_matrices(year)
    pairs = {"characteristic_value": "group", "subjects": "subject", "ks2_prior": "band"}
    pairs |= {f"num_{grade.lower()}": grade for grade in ("U", *map(str, range(1, 10)))}
    pairs |= {"num_x": "no_result", "all_grades": "pupils"}
    expected = original.select(pl.col(old).alias(new) for old, new in pairs.items())
    assert built.select(pl.col(name).cast(pl.String) for name in pairs.values()).equals(expected)
    assert set(original["time_period"]) == {f"{year - 1}{year % 100}"}


def test_neighbours_and_authorities_fit_together() -> None:
    neighbours = samples.statistical_neighbours().filter("current")
    assert neighbours.group_by("la").len()["len"].unique().to_list() == [10]
    known = set(samples.authorities()["la"])
    assert set(neighbours["la"]) | set(neighbours["neighbour_la"]) <= known
    assert samples.authorities()["la"].is_unique().all()
    assert neighbours.filter(la="882")["rank"].to_list() == list(range(1, 11))


def test_southend_can_be_studied() -> None:
    frame = samples.southend()
    assert frame["la"].unique().to_list() == ["882"]
    assert frame["la_name"].unique().to_list() == ["Southend-on-Sea"]
    assert frame.select("urn", "year").is_unique().all()
    primary = frame.filter(
        pl.col("phase").is_in(["junior", "primary"]) | pl.col("phase").is_null(), pl.col("ks2_cohort").is_not_null()
    )
    counts = (
        primary.group_by("year").agg(pl.len(), pl.col("ks2_progress_reading", "ks2_exp_rwm_pct").count()).sort("year")
    )
    assert counts.rows() == [(2016, 30, 30, 30), (2017, 30, 30, 30), (2018, 29, 29, 29)]
    # Schools that had another number before the list of schools of 2018 stay without a phase, and say so.
    unknown = frame.filter(pl.col("phase").is_null())
    assert dict(unknown["year"].value_counts().iter_rows()) == {2016: 13, 2017: 6}
    assert unknown["phase_source"].unique().to_list() == [
        "unknown: key stage 2 alone is a primary, junior or middle school"
    ]
    secondary = frame.filter(pl.col("phase") == "secondary", pl.col("p8").is_not_null())
    counts = secondary.group_by("year").agg(pl.col("p8", "p8_ci_low", "ofsted_overall").count()).sort("year")
    assert counts.rows() == [(2016, 14, 0, 12), (2017, 13, 0, 11), (2018, 12, 0, 12), (2019, 12, 12, 12)]
    last = frame.filter(pl.col("phase").is_in(["infant", "junior", "primary"]), pl.col("year") == 2019)
    state = last.filter(pl.col("overall_absence_pct").is_not_null())
    assert state.height == 33
    assert state["ofsted_overall"].is_not_null().all()
    assert state["nat_overall_absence_pct"].unique().to_list() == [4.0]


def test_the_national_frame_has_each_school_once_and_no_inspection_after_its_date() -> None:
    arguments = {"inspections": samples.inspections(), "register": samples.register()}
    tables = [samples.ks2(), samples.ks4()]
    frame = indicator_frame(tables, **arguments)  # type: ignore[arg-type]
    assert frame.height > 80_000
    assert not frame.select("urn", "year").is_duplicated().any()
    stated = frame.drop_nulls("ofsted_date").filter(pl.col("ofsted_date") >= pl.date(pl.col("year"), 9, 1))
    assert stated.is_empty()


@needs_data
def test_the_build_script_makes_the_same_bytes(tmp_path: Path) -> None:
    copied = tmp_path / "python"
    (copied / "tools").mkdir(parents=True)
    (copied / "schoolframe" / "samples").mkdir(parents=True)
    script = copied / "tools" / "build_samples.py"
    script.write_bytes(BUILDER.read_bytes())
    run = subprocess.run(
        [sys.executable, str(script), "--source", str(DATA)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    built = copied / "schoolframe" / "samples" / "data"
    names = sorted(path.name for path in built.iterdir())
    assert names == sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".gz", ".xlsx"))
    # Another build of zlib may pack the same content into other bytes: compare what is inside.
    for name in names:
        a, b = ((folder / name).read_bytes() for folder in (built, FOLDER))
        assert (gzip.decompress(a) == gzip.decompress(b)) if name.endswith(".gz") else a == b, name
