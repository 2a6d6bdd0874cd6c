"""The published performance tables: every row, every cell and every code, against the csv module."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
import pytest

import _published_tables as published
from schoolframe.readers import read_performance_tables
from schoolframe.readers._performance_layouts import measure_names

if TYPE_CHECKING:
    from pathlib import Path

    from schoolframe.readers import PerformanceTables

LEVELS = ("schools", "authorities", "national")


def names_of(file: published.Published, header: list[str]) -> list[str]:
    return measure_names(header, file.year)


@pytest.fixture(scope="module")
def surrey(data: Path) -> dict[tuple[str, int], PerformanceTables]:
    return {(file.table, file.year): read_performance_tables(data / file.name) for file in published.SURREY}


@pytest.mark.parametrize("file", published.FILES, ids=lambda file: file.name)
class TestEveryFile:
    def test_table_year_and_release_are_recognised(self, data: Path, file: published.Published) -> None:
        tables = read_performance_tables(data / file.name)
        for level in LEVELS:
            frame = getattr(tables, level)
            if frame.height:
                found = frame.select("table", "year", "release").unique().rows()
                assert found == [(file.table, file.year, file.release)]
        assert tables.files.select("table", "year", "release").row(0) == (file.table, str(file.year), file.release)

    def test_rows_in_are_rows_out(self, data: Path, file: published.Published) -> None:
        tables = read_performance_tables(data / file.name)
        assert {level: getattr(tables, level).height for level in LEVELS} == file.levels
        types = pl.concat(getattr(tables, level).select("rectype") for level in LEVELS).to_series()
        assert dict(Counter(rectype or 0 for rectype in types)) == file.rows
        assert sum(file.rows.values()) == len(published.rows(data / file.name)[1])

    def test_every_cell_is_its_number_or_null(self, data: Path, file: published.Published) -> None:
        header, rows = published.rows(data / file.name)
        names = names_of(file, header)
        tables = read_performance_tables(data / file.name)
        by_type = Counter[str]()
        expected: dict[str, list[list[str]]] = {level: [] for level in LEVELS}
        for _, row in rows:
            expected[level_of(file, names, row)].append(row)
            by_type[level_of(file, names, row)] += 1
        compared = 0
        for level in LEVELS:
            frame = getattr(tables, level)
            for place, name in enumerate(names):
                if name in published.LABELS | published.TEXTS | {"ACADEMIC_YEAR"} or frame.is_empty():
                    continue
                cells = [published.number(row[place]) if place < len(row) else None for row in expected[level]]
                assert frame[name].to_list() == cells, f"{level}, {name}"
                compared += len(cells)
        assert compared == sum(by_type.values()) * len(
            set(names) - published.LABELS - published.TEXTS - {"ACADEMIC_YEAR"}
        )

    def test_labels_are_kept_as_published(self, data: Path, file: published.Published) -> None:
        header, rows = published.rows(data / file.name)
        names = names_of(file, header)
        schools = read_performance_tables(data / file.name).schools
        expected = [row for _, row in rows if level_of(file, names, row) == "schools"]
        keys = {"LEA": "la", "ESTAB": "estab", "SCHNAME": "school_name"}
        for name in set(names) & published.LABELS - {"URN", "RECTYPE"}:
            place = names.index(name)
            cells = [row[place].strip() or None if place < len(row) else None for row in expected]
            assert schools[keys.get(name, name)].to_list() == cells, name
        assert schools["urn"].to_list() == [int(row[names.index("URN")]) for row in expected]

    def test_codes_are_counted_as_by_hand(self, data: Path, file: published.Published) -> None:
        header, rows = published.rows(data / file.name)
        names = names_of(file, header)
        expected: Counter[tuple[str, str]] = Counter()
        for _, row in rows:
            for place, name in enumerate(names):
                if name in published.LABELS or name == "ACADEMIC_YEAR":
                    continue
                cell = row[place] if place < len(row) else ""
                if name in published.TEXTS:
                    if cell.strip() in published.MEANINGS:
                        expected[name, published.MEANINGS[cell.strip()]] += 1
                elif published.number(cell) is None:
                    expected[name, published.MEANINGS[cell]] += 1
        tables = read_performance_tables(data / file.name)
        counted = {(column, meaning): cells for column, meaning, cells in tables.code_counts().iter_rows()}
        assert counted == dict(expected)
        assert tables.codes.height == sum(expected.values())
        long = tables.codes.group_by("column", "meaning").len().rows()
        assert {(column, meaning): cells for column, meaning, cells in long} == dict(expected)


def level_of(file: published.Published, names: list[str], row: list[str]) -> str:
    rectype = int(row[names.index("RECTYPE")]) if "RECTYPE" in names else 0
    single = published.Published("", file.table, 0, None, {rectype: 1})
    return next(level for level, rows in single.levels.items() if rows)


def test_codes_name_the_line_and_keep_the_text(data: Path, surrey: dict[tuple[str, int], PerformanceTables]) -> None:
    for file in published.SURREY:
        header, rows = published.rows(data / file.name)
        names = names_of(file, header)
        expected: list[tuple[int, str, str | None]] = []
        for line, row in rows:
            for place, name in enumerate(names):
                if name not in published.LABELS:
                    if place >= len(row):
                        expected.append((line, name, None))
                    elif published.number(row[place]) is None:
                        expected.append((line, name, row[place]))
        codes = surrey[file.table, file.year].codes
        assert sorted(codes.select("line", "column", "text").rows(), key=str) == sorted(expected, key=str)
        assert codes["source"].unique().to_list() == [file.name.partition("/")[2]]
        # Schools come first, then the authority, then England; each by line.
        assert codes.filter(pl.col("rectype") < 3)["line"].is_sorted()
        assert codes["rectype"].is_in([1, 2]).cast(pl.Int8).is_sorted(descending=True)


def test_cells_read_by_eye(surrey: dict[tuple[str, int], PerformanceTables]) -> None:
    """Copied by hand from the files: St Paul's Catholic College, the authority and England."""
    columns = ["TPUP", "ATT8SCR", "P8MEA", "P8CILOW", "P8CIUPP", "P8MEA_NFSM6CLA1A", "PTL2BASICS_94", "PTMULTILAN_E"]
    cells = {
        2017: ((171, 53.3, 0.45, 0.26, 0.64, 0.39, 82, 4), (10066, 50, 0.13, 0.11, 0.16, 0.25, 73.0, 4.2)),
        2018: ((128, 53.8, 0.71, 0.48, 0.94, 0.78, 84, 3), (9841, 50.3, 0.17, 0.15, 0.2, 0.32, 72.0, 3.2)),
        2019: ((180, 52.1, 0.55, 0.36, 0.74, 0.62, 83, 7), (10388, 50.3, 0.18, 0.16, 0.21, 0.3, 73, 3)),
    }
    for year, (school, authority) in cells.items():
        tables = surrey["ks4", year]
        row = tables.schools.row(by_predicate=pl.col("urn") == 125311, named=True)
        assert tuple(row[column] for column in columns) == school
        assert (row["la"], row["estab"], row["laestab"]) == ("936", "5411", 9365411)
        assert tables.authorities.select(columns).row(0) == authority
        assert tables.authorities.select("la", "urn", "laestab").row(0) == ("936", None, None)
    england = surrey["ks4", 2018].national.select("rectype", "population", "ATT8SCR", "P8MEA", "PTL2BASICS_94")
    assert england.rows() == [(5, "all", 44.5, None, 59.4), (7, "state_funded", 46.5, -0.02, 64.2)]


def test_key_stage_2_cells_read_by_eye(surrey: dict[tuple[str, int], PerformanceTables]) -> None:
    tables = surrey["ks2", 2019]
    columns = [
        "TELIG",
        "PTRWM_EXP",
        "READPROG",
        "READPROG_LOWER",
        "READPROG_UPPER",
        "MATCOV",
        "PTREAD_EXP",
        "PTREAD_AT",
    ]
    row = tables.schools.row(by_predicate=pl.col("urn") == 145543, named=True)
    assert [row[column] for column in columns] == [27, 78, 1.7, -0.6, 4.1, 89, 78, 0]
    assert [row[name] for name in ("school_name", "NFTYPE", "RELDENOM")] == [
        "Wyke Primary School",
        "ACC",
        "Does not apply",
    ]
    england = tables.national.select("rectype", "population", "TELIG", "PTRWM_EXP", "READPROG", "READPROG_UNADJUSTED")
    assert england.rows() == [(4, "all", 649249, 65, None, 0), (5, "state_funded", 644967, 65, None, 0)]
    authority = tables.authorities.select("rectype", "la", "school_name", "READPROG_DESCR", "PTRWM_EXP_NOTFSM6CLA1A")
    assert authority.row(0) == (3, "936", "Surrey", 2, 75)
    new = tables.codes_for("TOTPUPS", "new_school")
    assert new.select("line", "urn", "text").rows()[:2] == [(32, 146264, "NEW"), (33, 146438, "NEW")]


def test_none_is_a_religious_character(surrey: dict[tuple[str, int], PerformanceTables]) -> None:
    counts = {key: (tables.schools["RELDENOM"] == "None").sum() for key, tables in surrey.items()}
    assert counts == {
        ("ks2", 2017): 18,
        ("ks2", 2018): 19,
        ("ks2", 2019): 19,
        ("ks4", 2017): 57,
        ("ks4", 2018): 58,
        ("ks4", 2019): 60,
    }


@pytest.mark.parametrize("table", ["ks2", "ks4"])
class TestThreeYears:
    def test_years_become_one_long_frame(
        self, data: Path, surrey: dict[tuple[str, int], PerformanceTables], table: str
    ) -> None:
        files = [file for file in published.SURREY if file.table == table]
        tables = read_performance_tables([data / file.name for file in files])
        for level in LEVELS:
            frame = getattr(tables, level)
            assert frame.height == sum(file.levels[level] for file in files)
            for file in files:
                alone = getattr(surrey[table, file.year], level)
                together = frame.filter(year=file.year).select(alone.columns)
                assert together.equals(alone)
        assert tables.codes.height == sum(surrey[table, file.year].codes.height for file in files)

    def test_the_same_measure_is_in_the_same_column(
        self, surrey: dict[tuple[str, int], PerformanceTables], table: str
    ) -> None:
        """A year's figures stand again in the next two files; whatever its name there, they must be found again."""
        stems = {
            "ks2": ["PTRWM_EXP", "PTRWM_HIGH", "READPROG", "MATPROG", "READ_AVERAGE", "PTRWM_EXP_NOTFSM6CLA1A"],
            "ks4": [
                "ATT8SCR",
                "P8MEA",
                "P8MEA_NFSM6CLA1A",
                "PTL2BASICS_94",
                "PTL2BASICS_95",
                "PTEBACC_94",
                "TFSM6CLA1A",
            ],
        }
        found = 0
        for year in (2017, 2018):
            then = surrey[table, year].schools
            for later in range(year + 1, 2020):
                now = surrey[table, later].schools
                for stem in stems[table]:
                    name = f"{stem}_{year % 100}"
                    both = then.select("urn", stem).join(now.select("urn", name), on="urn").drop_nulls()
                    assert both.height >= 45, (name, later)
                    assert (both[stem] == both[name]).sum() > 0.95 * both.height, (name, later)
                    found += 1
        assert found == 3 * len(stems[table])


def test_slips_in_the_headers_of_single_years(surrey: dict[tuple[str, int], PerformanceTables]) -> None:
    then, now = surrey["ks4", 2018].schools, surrey["ks4", 2019].schools
    names = ["PTNOTFSM6CLA1ABASICS_94_17", "PTL2BASICS_94_17", "PTL2BASICS_95_17", "PTEBACC_94_FSM6CLA1A_17"]
    for name in names:
        both = then.select("urn", name).join(now.select("urn", pl.col(name).alias("now")), on="urn").drop_nulls()
        assert both.height >= 50
        assert (both[name] == both["now"]).all(), name


class TestRenamedExtract:
    """Every renamed column against the original measure on the same schools."""

    @pytest.mark.parametrize("table", ["ks2", "ks4"])
    @pytest.mark.parametrize("year", [2017, 2018])
    def test_same_year(
        self, data: Path, surrey: dict[tuple[str, int], PerformanceTables], table: str, year: int
    ) -> None:
        extract = read_performance_tables(data / f"{table}/england_{year - 1}-{year}_{table}_cut.csv.gz").schools
        original = surrey[table, year].schools
        compared = []
        for name in extract.columns[9:]:
            if name.endswith("_DESC") or extract[name].null_count() == extract.height:
                continue
            assert name in original.columns, name
            both = extract.select("urn", name).join(original.select("urn", pl.col(name).alias("original")), on="urn")
            both = both.drop_nulls()
            assert both.height >= 50, name
            assert (both[name] == both["original"]).all(), name
            compared.append(name)
        assert (
            len(compared) == {("ks2", 2017): 17, ("ks2", 2018): 20, ("ks4", 2017): 12, ("ks4", 2018): 16}[table, year]
        )

    def test_the_year_before_the_originals(self, data: Path, surrey: dict[tuple[str, int], PerformanceTables]) -> None:
        pairs = {
            "ks2": ["READPROG", "WRITPROG", "MATPROG", "READ_AVERAGE", "MAT_AVERAGE", "PTRWM_EXP", "PTRWM_HIGH"],
            "ks4": ["P8MEA", "ATT8SCR"],
        }
        renamed = {
            "PTL2BASICS_LL_PTQ_EE": "PTL2BASICS_16_PTQ_EE",
            "PTEBACC_E_PTQ_EE": "PTEBACC_E_16_PTQ_EE",
            "PTEBACC_PTQ_EE": "PTEBACC_16_PTQ_EE",
        }
        for table, names in pairs.items():
            extract = read_performance_tables(data / f"{table}/england_2015-2016_{table}_cut.csv.gz").schools
            later = surrey[table, 2017].schools
            then = {**{name: f"{name}_16" for name in names}, **(renamed if table == "ks4" else {})}
            for name, carried in then.items():
                both = extract.select("urn", name).join(later.select("urn", carried), on="urn").drop_nulls()
                assert both.height >= 60, name
                assert (both[name] == both[carried]).all(), name
        assert "PTL2BASICS_95" not in extract.columns

    def test_pre_2017_standard_is_not_called_grade_5(self, data: Path) -> None:
        paths = [data / f"ks4/england_{year - 1}-{year}_ks4_cut.csv.gz" for year in (2016, 2017)]
        schools = read_performance_tables(paths).schools
        filled = schools.group_by("year").agg(pl.col("PTL2BASICS_LL_PTQ_EE", "PTL2BASICS_95").count()).sort("year")
        assert filled.rows() == [(2016, 4456, 0), (2017, 0, 4430)]


@pytest.mark.parametrize("table", ["ks2", "ks4"])
def test_all_files_of_a_table_together(data: Path, table: str) -> None:
    files = [file for file in published.FILES if file.table == table]
    tables = read_performance_tables([data / file.name for file in files])
    for level in LEVELS:
        assert getattr(tables, level).height == sum(file.levels[level] for file in files)
    assert tables.files.height == len(files)
    years = sorted({file.year for file in files})
    assert tables.schools["year"].unique().sort().to_list() == years
    assert repr(tables).startswith(f"PerformanceTables({table} {', '.join(map(str, years))}: ")


def test_both_tables_together(data: Path) -> None:
    files = [file for file in published.SURREY if file.year == 2019]
    tables = read_performance_tables([data / file.name for file in files])
    rows = tables.schools.group_by("table").len().sort("table").rows()
    assert rows == [("ks2", 239), ("ks4", 130)]
    assert tables.schools.filter(table="ks2")["P8MEA"].null_count() == 239
    assert repr(tables) == "PerformanceTables(ks2 2019; ks4 2019: 369 schools, 2 authorities, 4 national rows)"


def test_presentation(surrey: dict[tuple[str, int], PerformanceTables]) -> None:
    html = surrey["ks2", 2017]._repr_html_()
    assert "ks2 2017: 232 schools, 1 authority, 2 national rows" in html
    assert "<td>2016-2017_936_ks2final.csv</td>" in html
