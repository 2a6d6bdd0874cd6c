"""What reading a large table costs in memory; the time it takes is in tests/benches."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import _published_tables as published
from schoolframe.readers import read_performance_tables

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 5500

MEMORY = """
import sys, pathlib
import polars as pl
from schoolframe.readers import read_performance_tables

small, large = sys.argv[1:]
def held(kind):
    line = next(line for line in open("/proc/self/status") if line.startswith(kind))
    return int(line.split()[1]) * 1024
read_performance_tables(small)
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = held("VmRSS")
tables = read_performance_tables(large, year=2019)
print((held("VmHWM") - before) / pathlib.Path(large).stat().st_size)
"""


@pytest.fixture(scope="module")
def small(data: Path) -> Path:
    return data / "ks4/2018-2019_936_ks4final.csv"


@pytest.fixture(scope="module")
def large(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of Surrey repeated to 5,500 rows of 507 columns; every repetition has URNs of its own."""
    header, *rows = small.read_bytes().rstrip().split(b"\r\n")
    out = [header]
    for repetition in range(1, ROWS):
        for row in rows:
            cells = row.split(b",", 4)
            if cells[3]:
                cells[3] = b"%d" % (int(cells[3]) + repetition * 1_000_000)
            out.append(b",".join(cells))
        if len(out) > ROWS:
            break
    path = tmp_path_factory.mktemp("large") / "2018-2019_ks4final.csv"
    path.write_bytes(b"\r\n".join(out[: ROWS + 1]) + b"\r\n")
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_memory_is_at_most_three_times_the_file(small: Path, large: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, small, large], check=True, capture_output=True, text=True, timeout=120
    )
    assert float(done.stdout) <= 3.0


def test_a_million_codes_can_be_asked_for_in_part(small: Path, large: Path) -> None:
    header, rows = published.rows(small)
    measures = [place for place, name in enumerate(header) if name not in published.LABELS]
    missing = [
        sum(place >= len(row) or published.number(row[place]) is None for place in measures)
        for _, row in rows
        if row[0] in {"1", "2"}
    ]
    repetitions, rest = divmod(ROWS, len(rows))
    tables = read_performance_tables(large)
    counts = tables.code_counts("school")
    assert counts["cells"].sum() == repetitions * sum(missing) + sum(missing[:rest]) > 1_000_000
    part = tables.codes_for("P8MEA", "not_published", "school")
    assert part.height == counts.filter(column="P8MEA", meaning="not_published")["cells"].item()
