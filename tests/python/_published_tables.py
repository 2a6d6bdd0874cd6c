"""The published performance tables, read with nothing but the csv module, to check the reader against."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Written out by hand from the lists of abbreviations of the tables.
MEANINGS = {
    "": "blank",
    " ": "blank",
    "SUPP": "suppressed",
    "NA": "not_applicable",
    "NE": "no_entries",
    "NP": "not_published",
    "NEW": "new_school",
    "LOWCOV": "low_coverage",
    "NOT AVAIL": "not_available",
}
# Columns of the published files whose cells are no numbers.
LABELS = {
    *("RECTYPE", "LEA", "ESTAB", "URN", "SCHNAME", "SCHNAME_AC", "ADDRESS1", "ADDRESS2", "ADDRESS3", "TOWN", "PCODE"),
    *("PCODE2", "TELNUM", "PCON_CODE", "PCON_NAME", "OPEN_AC", "NFTYPE", "RELDENOM", "ADMPOL", "ADMPOL_2017"),
    *("ADMPOL_PT", "EGENDER", "AGERANGE", "CONFEXAM", "OFSTEDRATING", "INSPECTIONDT", "WEB", "SCHTYPE", "GENDER"),
    *("RELIGION", "COLOUR1", "COLOUR2", "PHASE", "GRAMMAR"),
}
TEXTS = {"AVGLEVEL", "READING_PROGRESS_DESC", "WRITING_PROGRESS_DESC", "MATHS_PROGRESS_DESC", "P8_DESC"}


@dataclass(frozen=True)
class Published:
    """A file with what is known of it: name, table, year, release, rows by record type (0 where there is none)."""

    name: str
    table: str
    year: int
    release: str | None
    rows: dict[int, int]

    @property
    def levels(self) -> dict[str, int]:
        level = {0: "schools", 1: "schools", 2: "schools", 3: "authorities", 5: "national", 7: "national"}
        level[4] = "national" if self.table == "ks2" else "authorities"
        counts: Counter[str] = Counter()
        for rectype, rows in self.rows.items():
            counts[level[rectype]] += rows
        return {name: counts[name] for name in ("schools", "authorities", "national")}


FILES = [
    Published("ks2/2016-2017_936_ks2final.csv", "ks2", 2017, "final", {1: 219, 2: 13, 3: 1, 4: 1, 5: 1}),
    Published("ks2/2017-2018_936_ks2final.csv", "ks2", 2018, "final", {1: 222, 2: 13, 3: 1, 4: 1, 5: 1}),
    Published("ks2/2018-2019_936_ks2final.csv", "ks2", 2019, "final", {1: 223, 2: 16, 3: 1, 4: 1, 5: 1}),
    Published(
        "ks2/england_2012-2013_ks2final_selected_columns.csv.gz",
        "ks2",
        2013,
        "final",
        {1: 15351, 2: 685, 3: 152, 4: 1, 5: 1},
    ),
    Published("ks2/england_2015-2016_ks2_cut.csv.gz", "ks2", 2016, None, {0: 16162}),
    Published("ks2/england_2016-2017_ks2_cut.csv.gz", "ks2", 2017, None, {0: 16313}),
    Published("ks2/england_2017-2018_ks2_cut.csv.gz", "ks2", 2018, None, {0: 16364}),
    Published("ks2/england_2018-2019_ks2_cut.csv.gz", "ks2", 2019, None, {1: 15608, 2: 747}),
    Published("ks4/2016-2017_936_ks4final.csv", "ks4", 2017, "final", {1: 94, 2: 33, 4: 1, 5: 1, 7: 1}),
    Published("ks4/2017-2018_936_ks4final.csv", "ks4", 2018, "final", {1: 92, 2: 35, 4: 1, 5: 1, 7: 1}),
    Published("ks4/2018-2019_936_ks4final.csv", "ks4", 2019, "final", {1: 94, 2: 36, 4: 1, 5: 1, 7: 1}),
    Published("ks4/england_2015-2016_ks4_cut.csv.gz", "ks4", 2016, None, {0: 5335}),
    Published("ks4/england_2016-2017_ks4_cut.csv.gz", "ks4", 2017, None, {0: 5399}),
    Published("ks4/england_2017-2018_ks4_cut.csv.gz", "ks4", 2018, None, {0: 5519}),
    Published("ks4/england_2018-2019_ks4_cut.csv.gz", "ks4", 2019, None, {1: 4313, 2: 1203}),
    Published(
        "ks4/england_2018-2019_ks4provisional.csv.gz",
        "ks4",
        2019,
        "provisional",
        {1: 4296, 2: 1199, 4: 155, 5: 1, 7: 1},
    ),
]
SURREY = [file for file in FILES if "936" in file.name]


def content(path: Path) -> bytes:
    """Return the bytes of a file, unpacked."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and the rows with the line on which each begins."""
    reader = csv.reader(io.StringIO(content(path).decode("utf-8-sig"), newline=""))
    header = next(reader)
    found = []
    line = reader.line_num + 1
    for row in reader:
        found.append((line, row))
        line = reader.line_num + 1
    return header, found


def number(text: str) -> float | None:
    """Return the number that a cell shows, the plain way."""
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        return None
