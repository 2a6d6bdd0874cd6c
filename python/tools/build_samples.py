"""Build the data files of ``schoolframe.samples`` from the published files they are cut from.

The files written are in the layout of the originals, cut to key columns and to the schools concerned, packed with gzip
without a time stamp: the same originals give the same bytes. What the originals of one product lack and another has
(the authority of a school, the figures for England) is put in from there; every such place says so. Afterwards the
tables are read back with the package's own readers and set against the originals.

Usage:
    python python/tools/build_samples.py --source FOLDER_WITH_THE_PUBLISHED_FILES
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import re
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastexcel
import polars as pl

from schoolframe.readers import read_performance_tables, read_urn_links
from schoolframe.readers.performance import canonical_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

OUT = Path(__file__).resolve().parents[1] / "schoolframe" / "samples" / "data"
LIMIT = 6_000_000
YEARS = (2016, 2017, 2018, 2019)
SURREY_YEARS = (2017, 2018, 2019)
EXCLUSION_YEARS = ("201516", "201617")
SNAPSHOT = "20180731"

Row = dict[str, str]
Table = tuple[list[str], list[Row]]

KS2 = [
    *("TELIG", "PTRWM_EXP", "PTRWM_HIGH", "PTREAD_EXP", "PTREAD_HIGH", "READ_AVERAGE", "PTGPS_EXP", "PTGPS_HIGH"),
    *("GPS_AVERAGE", "PTMAT_EXP", "PTMAT_HIGH", "MAT_AVERAGE", "READPROG", "READPROG_DESCR", "WRITPROG"),
    *("WRITPROG_DESCR", "MATPROG", "MATPROG_DESCR"),
]
KS2_2013 = [
    *("TKS1EXP_L", "TKS1EXP_M", "TKS1EXP_H", "TFSMCLA", "PTFSMCLA", "PT2READ12", "PT2WRITTA12", "PT2MATH12", "TAPS"),
    "AVGLEVEL",
]
KS4 = ["TPUP", "ATT8SCR", "P8MEA", "P8_BANDING", "PTEBACC_E_PTQ_EE", "EBACCAPS"]
KS4_2016 = ["PTL2BASICS_LL_PTQ_EE", "PTEBACC_PTQ_EE"]
KS4_LATER = ["PTL2BASICS_95", "PTEBACC_95"]
KS4_2019 = [
    *("TPUP", "ATT8SCR", "P8PUP", "TP8ADJ", "P8MEA", "P8CILOW", "P8CIUPP", "P8MEA_ORIG", "P8CILOW_ORIG"),
    *("P8CIUPP_ORIG", "P8_BANDING", "PTL2BASICS_94", "PTL2BASICS_95", "EBACCAPS", "PTEBACC_E_PTQ_EE", "PTEBACC_94"),
    *("PTEBACC_95", "PT5EM_94"),
]
PLACE = ["RECTYPE", "LEA", "ESTAB", "URN", "SCHNAME"]
# Rows for England at the two key stages: all schools, and state-funded schools.
ENGLAND = {"ks2": ("4", "5"), "ks4": ("5", "7")}
CENSUS = [
    *("URN", "LA", "ESTAB", "SCHOOLTYPE", "NOR", "NORG", "NORB", "TSENELSE", "PSENELSE", "TSENELK", "PSENELK"),
    *("NUMEAL", "PNUMEAL", "NUMFSM", "NUMFSMEVER", "PNUMFSMEVER"),
]
REGISTER = [
    *("URN", "LA", "ESTAB", "SCHNAME", "ICLOSE", "OPENDATE", "CLOSEDATE", "MINORGROUP", "NFTYPE", "AGEL", "AGEH"),
    *("GENDER", "RELDENOM", "ADMPOL", "OTHERURN"),
]
EXCLUSIONS = [
    *("time_period", "geographic_level", "region_name", "old_la_code", "la_name", "laestab", "academy_type"),
    *("school_type", "num_schools", "headcount", "perm_excl", "perm_excl_rate", "fixed_excl", "fixed_excl_rate"),
    *("one_plus_fixed", "one_plus_fixed_rate"),
]
# Counts of the transition matrices, as they are called in the sample.
TRANSITIONS = ["time_period", "version", "characteristic_type", "characteristic_value", "subjects", "ks2_prior"]
GRADES = ["num_u", *(f"num_{grade}" for grade in range(1, 10)), "num_x", "num_covid_impacted", "all_grades"]
LAIT = [
    *("KS2RWM_Expected_STD", "KS2R_Expected_STD", "KS2W_Teacher_Assess", "KS2M_Expected_STD", "AVG_Attain8_Score"),
    *("AVG_Prog8_Score", "DAP_KS4_ATT8", "NonDAP_KS4_ATT8", "DAP_KS4_Prog8", "NonDAP_KS4_Prog8", "FSP_NEW_GOODDEV"),
    *("KS1R_Expected_STD", "KS1W_Expected _STD", "KS1M_Expected _STD", "PriTotAbs", "SecTotAbs", "SFPriPerAbNew"),
    *("SFSecPerAbNew", "PriFixedEx", "SecFixedEx", "PriPermEx", "SecPermEx"),
]


# --- reading the originals --------------------------------------------------------------------------------------------


def rows_of(data: bytes) -> Table:
    """Return the header and the rows of a CSV file in UTF-8 or cp1252, cells stripped, short rows filled."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [" ".join(name.split()) for name in next(reader)]
    rows = [dict(zip(header, [cell.strip() for cell in row] + [""] * len(header), strict=False)) for row in reader]
    return header, [row for row in rows if any(row.values())]


def unpack(path: Path) -> bytes:
    """Return the content of a file, unpacked."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def performance(path: Path, year: int) -> list[Row]:
    """Return the rows of a performance table under canonical column names."""
    data = unpack(path)
    header, rows = rows_of(data)
    # The reader knows what a renamed extract means; its column order is the order of the file.
    tables = read_performance_tables(io.BytesIO(data), year=year)
    known = [name for name in tables.schools.columns if name.isupper() or re.fullmatch(r"[A-Z0-9_]+", name)]
    measures = [name for name in header if canonical_name(name) not in _LABELS]
    names = dict(zip(measures, known, strict=True))
    names.update({name: canonical_name(name) for name in header if canonical_name(name) in _LABELS})
    return [{names[column]: cell for column, cell in row.items() if column in names} for row in rows]


_LABELS = {"RECTYPE", "LEA", "ESTAB", "URN", "SCHNAME", "ACADEMIC_YEAR"}


# --- who and where a school is ----------------------------------------------------------------------------------------


class Places:
    """Authority, establishment number, name and kind of the schools, from everything published that has them."""

    def __init__(self, source: Path) -> None:
        self.register = _sheet(unpack(source / "registers" / "england_spine_2017-2018.xlsx.gz"))
        self.listed = {row["URN"] for row in self.register}
        self.known: dict[str, tuple[str, str]] = {}
        self.names: dict[str, str] = {row["URN"]: row["SCHNAME"] for row in self.register}
        self.special = {row["URN"] for row in self.register if "special" in row["NFTYPE"].lower()}
        for row in self.register:
            self._add(row["URN"], row["LA"], row["ESTAB"])
        others = (
            ("absence-exclusions/england_abs_2018-2019.csv.gz", "LA"),
            ("registers/england_census_2018-2019.csv.gz", "LA"),
            ("ks4/england_2018-2019_ks4provisional.csv.gz", "LEA"),
            ("absence-exclusions/england_abs_2012-2013.csv.gz", "LA"),
        )
        for name, la in others:
            for row in rows_of(unpack(source / name))[1]:
                self._add(row["URN"], row[la], row["ESTAB"])
        self._follow(source / "registers" / "gias_links_2021.csv.gz")

    def _add(self, urn: str, la: str, estab: str) -> None:
        if urn.isdigit() and la.isdigit() and estab.isdigit():
            self.known.setdefault(urn, (la, estab.zfill(4)))

    def _follow(self, path: Path) -> None:
        """A school in no list is in the authority of its successor; its name is in the register of links."""
        links = read_urn_links(path)
        named = links.select("linked_urn", "linked_name").drop_nulls().unique("linked_urn", keep="first")
        for urn, name in named.sort("linked_urn").iter_rows():
            self.names.setdefault(str(urn), name)
        successors = links.filter(direction="successor").select("urn", "linked_urn").sort("urn", "linked_urn")
        for _ in range(3):
            for urn, other in successors.iter_rows():
                if str(urn) not in self.known and str(other) in self.known:
                    self.known[str(urn)] = (self.known[str(other)][0], "")

    def put(self, row: Row) -> Row:
        """Return the row with authority, establishment number, name (if the register lacks it) and record type."""
        urn = row["URN"]
        la, estab = self.known.get(urn, ("", ""))
        name = "" if urn in self.listed else self.names.get(urn, "")
        kind = row.get("RECTYPE") or ("2" if urn in self.special else "1")
        return {**row, "RECTYPE": kind, "LEA": la, "ESTAB": estab, "SCHNAME": name}


def _sheet(data: bytes) -> list[Row]:
    frame = fastexcel.read_excel(data).load_sheet(0, dtypes="string").to_polars().fill_null("")
    return [{name: str(cell).strip() for name, cell in row.items()} for row in frame.iter_rows(named=True)]


# --- writing ----------------------------------------------------------------------------------------------------------


def write(name: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write a packed CSV file and return the number of rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([row.get(column, "") for column in columns])
        count += 1
    write_packed(name, text.getvalue().encode())
    return count


def write_packed(name: str, data: bytes) -> None:
    """Write bytes packed with gzip: no name, no time, one level of compression."""
    (OUT / f"{name}.gz").write_bytes(gzip.compress(data, compresslevel=9, mtime=0))


def by_place(rows: Iterable[Row]) -> list[Row]:
    """Return rows by authority, establishment and URN, so that they pack well."""
    return sorted(rows, key=lambda row: (row.get("LEA", ""), row.get("ESTAB", ""), int(row["URN"])))


# --- the samples ------------------------------------------------------------------------------------------------------


def england(source: Path, stage: str, year: int) -> list[Row]:
    """Return the rows for England: those of the tables, and for 2016 what the tables of 2017 carry of it."""
    carried = year < min(SURREY_YEARS)
    path = source / stage / f"{max(year, 2017) - 1}-{max(year, 2017)}_936_{stage}final.csv"
    rows = [row for row in performance(path, max(year, 2017)) if row["RECTYPE"] in ENGLAND[stage]]
    if not carried:
        return [{key: cell for key, cell in row.items() if key not in PLACE or key == "RECTYPE"} for row in rows]
    tail = f"_{year % 100}"
    found = []
    for row in rows:
        old: Row = {"RECTYPE": row["RECTYPE"]}
        for key, cell in row.items():
            base = key.replace(f"{tail}_PTQ_EE", "_PTQ_EE").removesuffix(tail)
            if base != key and cell:
                old[base] = cell
        old["PTL2BASICS_LL_PTQ_EE"] = old.get("PTL2BASICS_PTQ_EE", "")
        found.append(old)
    return found


def build_ks2(source: Path, places: Places) -> None:
    """Key stage 2, all England, four years, and the older measures of 2012/13."""
    for year in YEARS:
        rows = performance(source / "ks2" / f"england_{year - 1}-{year}_ks2_cut.csv.gz", year)
        columns = [*PLACE, *(name for name in KS2 if any(name in row for row in rows[:1]))]
        schools = by_place(places.put(row) for row in rows)
        write(f"england_{year - 1}-{year}_ks2.csv", columns, [*schools, *england(source, "ks2", year)])
    rows = performance(source / "ks2" / "england_2012-2013_ks2final_selected_columns.csv.gz", 2013)
    schools = by_place(places.put(row) for row in rows if row["URN"])
    nation = [row for row in rows if row["RECTYPE"] in ENGLAND["ks2"]]
    write("england_2012-2013_ks2final.csv", [*PLACE, *KS2_2013], [*schools, *nation])


def build_ks4(source: Path, places: Places) -> None:
    """Key stage 4, all England, four years; 2018/19 is the provisional release with authorities and England."""
    for year in YEARS[:-1]:
        rows = performance(source / "ks4" / f"england_{year - 1}-{year}_ks4_cut.csv.gz", year)
        own = KS4_2016 if year == 2016 else KS4_LATER
        columns = [*PLACE, *(name for name in [*KS4, *own] if name in rows[0])]
        schools = by_place(places.put(row) for row in rows)
        write(f"england_{year - 1}-{year}_ks4.csv", columns, [*schools, *england(source, "ks4", year)])
    _, rows = rows_of(unpack(source / "ks4" / "england_2018-2019_ks4provisional.csv.gz"))
    schools = [row for row in rows if row["URN"]]
    for row in schools:
        row["SCHNAME"] = "" if row["URN"] in places.listed else row["SCHNAME"]
    others = [{**row, "SCHNAME": ""} for row in rows if not row["URN"]]
    columns = [*PLACE, "ICLOSE", "NFTYPE", *KS4_2019]
    write("england_2018-2019_ks4provisional.csv", columns, [*by_place(schools), *others])


def build_surrey(source: Path) -> None:
    """The tables of one authority with every column, as published."""
    for stage in ("ks2", "ks4"):
        for year in SURREY_YEARS:
            name = f"{year - 1}-{year}_936_{stage}final.csv"
            write_packed(name, (source / stage / name).read_bytes())


def build_register(places: Places) -> None:
    """The list of schools of 2017/18, without addresses."""
    rows = []
    for row in places.register:
        dates = {name: row[name].removesuffix(" 00:00:00") for name in ("OPENDATE", "CLOSEDATE")}
        rows.append({**row, **dates, "LEA": row["LA"]})
    write("england_2017-2018_register.csv", REGISTER, by_place(rows))


def build_inspections(source: Path) -> None:
    """Graded inspections, and Ofsted's snapshot for schools without one by its date: mostly what a predecessor got."""
    _, rows = rows_of(unpack(source / "ofsted" / "graded_inspections_2005-2020.csv.gz"))
    rows.sort(key=lambda row: (int(row["URN"]), row["Inspection Date"], row["Rating"]))
    write("graded_inspections_2005-2020.csv", ["URN", "Rating", "Inspection Date"], rows)
    inspected = {row["URN"] for row in rows if row["Inspection Date"] <= SNAPSHOT}
    latest = _sheet((source / "ofsted" / "ofsted_latest_2018-07-31.xlsx").read_bytes())
    others = [row for row in latest if row["URN"] not in inspected and row["Overall effectiveness"] in "1234"]
    for row in others:
        for name in ("Inspection date", "Publication date"):
            row[name] = row[name].removesuffix(" 00:00:00")
    others.sort(key=lambda row: int(row["URN"]))
    columns = ["URN", "Ofsted phase", "Inspection date", "Publication date", "Overall effectiveness"]
    write("ofsted_latest_2018-07-31.csv", columns, others)


def build_links(source: Path) -> None:
    """Links between schools, without names."""
    _, rows = rows_of(unpack(source / "registers" / "gias_links_2021.csv.gz"))
    rows.sort(key=lambda row: (int(row["URN"]), int(row["LinkURN"]), row["LinkType"], row["LinkEstablishedDate"]))
    write("links_2021.csv", ["URN", "LinkURN", "LinkType", "LinkEstablishedDate"], rows)


def build_absence_and_census(source: Path) -> None:
    """Absence of two years, the census of one."""
    for year in (2013, 2019):
        header, rows = rows_of(unpack(source / "absence-exclusions" / f"england_abs_{year - 1}-{year}.csv.gz"))
        write(f"england_{year - 1}-{year}_absence.csv", header, rows)
    _, rows = rows_of(unpack(source / "registers" / "england_census_2018-2019.csv.gz"))
    write("england_2018-2019_census.csv", CENSUS, rows)


def build_exclusions(source: Path) -> None:
    """Exclusions of two years, by school, authority, region and country."""
    with zipfile.ZipFile(source / "absence-exclusions" / "exclusions_by_geographic_level.zip") as archive:
        frame = pl.read_csv(archive.read("exclusions_by_geographic_level.csv"), infer_schema=False)
    frame = frame.filter(pl.col("time_period").is_in(EXCLUSION_YEARS)).select(EXCLUSIONS).fill_null("")
    kept = frame.rows(named=True)
    order = ("time_period", "geographic_level", "laestab", "old_la_code", "region_name", "school_type", "academy_type")
    kept.sort(key=lambda row: tuple(row[name] for name in order))
    write("exclusions_2015-2017.csv", EXCLUSIONS, kept)


def build_estimates(source: Path) -> None:
    """Attainment 8 estimates with their slots: one table of three years."""
    rows = []
    for year, release in ((2022, "revised"), (2023, "revised"), (2024, "provisional")):
        _, splits = rows_of((source / "estimates" / f"p8_{year}_{release}_att8_splits.csv").read_bytes())
        _, plain = rows_of((source / "estimates" / f"p8_{year}_{release}_estimates.csv").read_bytes())
        for split, estimate in zip(splits, plain, strict=True):
            group, span, *figures = list(split.values())
            if [group, *figures[:5]] != list(estimate.values()):
                msg = f"estimates {year}, group {group}: the two files differ"
                raise ValueError(msg)
            low, high = span.split(" to ")
            names = ("a8", "english", "maths", "ebacc", "open", "ebacc_slots", "open_slots")
            row = {"year": str(year), "release": release, "group": group, "ks2_low": low, "ks2_high": high}
            rows.append({**row, **dict(zip(names, figures, strict=True))})
    write("attainment8_estimates.csv", list(rows[0]), rows)


def build_transitions(source: Path) -> None:
    """Key stage 2 band to GCSE grade: the counts of three years, all subjects and pupil groups, without percentages."""
    rows = []
    for year in (2021, 2022, 2023):
        _, published = rows_of(unpack(source / "estimates" / f"transition_matrices_{year}_grades_9to1.csv.gz"))
        # The spelling of KS2_Prior and All_Grades changed in 2022, and the order of columns; 2021 counts no pupils as
        # affected by Covid.
        for row in published:
            small = {name.lower(): cell for name, cell in row.items()}
            grades = [int(small[name]) for name in GRADES[:-1] if small.get(name)]
            if sum(grades) != int(small["all_grades"]):
                msg = (
                    f"transition matrices {year}: the grades of {small['subjects']}, {small['ks2_prior']} do not add up"
                )
                raise ValueError(msg)
            rows.append(small)
    write("transition_matrices_2021-2023.csv", [*TRANSITIONS, *GRADES], rows)


def build_authorities(source: Path) -> None:
    """Authorities with number, code, region and type; their neighbours; key figures of ten years."""
    codes = _sheet((source / "la" / "la_code_list.xlsx").read_bytes())
    _, live = rows_of((source / "la" / "las.csv").read_bytes())
    ons = {row["old_la_code"]: row["new_la_code"] for row in live if row["status"] == "live"}
    rows = [
        {
            "la": row["LA Number"],
            "la_name": row["LA Name"],
            "region": row["Region"],
            "la_type": row["Type"],
            "la_ons_code": ons.get(row["LA Number"], ""),
        }
        for row in codes
        if row["LA Number"].isdigit()
    ]
    rows.sort(key=lambda row: row["la"])
    write("authorities.csv", list(rows[0]), rows)
    (OUT / "statistical_neighbours_2025-05.xlsx").write_bytes(
        (source / "la" / "statistical_neighbours_2025-05.xlsx").read_bytes()
    )
    frame = pl.read_parquet(source / "la" / "lait_back_data_2016-2025.parquet")
    kept = frame.filter(pl.col("Short Desc").is_in(LAIT)).with_row_index("_row")
    order = {name: place for place, name in enumerate(LAIT)}
    kept = kept.sort(pl.col("Short Desc").replace_strict(order), "_row").drop("_row")
    text = kept.with_columns(pl.col("LA Number").cast(pl.Int64).cast(pl.String)).write_csv()
    write_packed("lait_2016-2025.csv", text.encode())


# --- proof ------------------------------------------------------------------------------------------------------------


def check(source: Path) -> Iterator[str]:
    """Read the tables back and yield a line for each that says how they compare with the originals."""
    pairs = [
        *((f"england_{y - 1}-{y}_ks2.csv.gz", f"ks2/england_{y - 1}-{y}_ks2_cut.csv.gz", y) for y in YEARS),
        *((f"england_{y - 1}-{y}_ks4.csv.gz", f"ks4/england_{y - 1}-{y}_ks4_cut.csv.gz", y) for y in YEARS[:-1]),
        ("england_2018-2019_ks4provisional.csv.gz", "ks4/england_2018-2019_ks4provisional.csv.gz", 2019),
        ("england_2012-2013_ks2final.csv.gz", "ks2/england_2012-2013_ks2final_selected_columns.csv.gz", 2013),
    ]
    for name, original, year in pairs:
        built = read_performance_tables(OUT / name, year=year)
        first = read_performance_tables(source / original, year=year)
        measures = [c for c in built.schools.columns if c in first.schools.columns and re.fullmatch(r"[A-Z0-9_]+", c)]
        measures = [c for c in measures if c not in _LABELS]
        a, b = (tables.schools.select("urn", *measures).sort("urn") for tables in (built, first))
        if not a.equals(b):
            msg = f"{name}: the schools differ from {original}"
            raise ValueError(msg)
        codes = [
            tables.codes_for(measures, level="school").select("urn", "column", "meaning").sort("urn", "column")
            for tables in (built, first)
        ]
        if not codes[0].equals(codes[1]):
            msg = f"{name}: the codes differ from {original}"
            raise ValueError(msg)
        without = built.schools["la"].null_count()
        yield f"{name}: {a.height:,} schools equal in {len(measures)} measures, {without} without authority"


def build(source: Path) -> None:
    """Write all files, prove them and print what was written."""
    OUT.mkdir(parents=True, exist_ok=True)
    for path in OUT.iterdir():
        if path.suffix in (".gz", ".xlsx"):
            path.unlink()
    places = Places(source)
    build_ks2(source, places)
    build_ks4(source, places)
    build_surrey(source)
    build_register(places)
    build_inspections(source)
    build_links(source)
    build_absence_and_census(source)
    build_exclusions(source)
    build_estimates(source)
    build_transitions(source)
    build_authorities(source)
    for line in check(source):
        print(line)
    total = 0
    for path in sorted(OUT.iterdir()):
        total += path.stat().st_size
        print(f"{path.stat().st_size:>9,}  {path.name}")
    print(f"{total:>9,}  in all")
    if total > LIMIT:
        msg = f"the samples have {total:,} bytes, more than {LIMIT:,}"
        raise ValueError(msg)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description="Build the bundled samples.")
    parser.add_argument("--source", type=Path, required=True, help="folder with the published files")
    given: Any = parser.parse_args(arguments)
    build(given.source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
