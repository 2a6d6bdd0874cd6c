"""Reading a table of 5,500 x 507, in time and in memory, beside polars' own untyped reading of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import schoolframe as sf

if TYPE_CHECKING:
    from pathlib import Path

PEAK = """
import resource, sys, polars as pl, schoolframe as sf
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sf.read_performance_tables(sys.argv[2], table="ks4", year=2019) if sys.argv[1] == "warm" else None
before = peak()
if sys.argv[1] == "schoolframe": kept = sf.read_performance_tables(sys.argv[3])
if sys.argv[1] == "polars": kept = pl.read_csv(sys.argv[3], infer_schema=False, truncate_ragged_lines=True)
print(peak() - before)
"""


def peak_memory(who: str, path: Path) -> float:
    """Growth of the peak resident memory in a process of its own, in bytes."""
    run = subprocess.run(
        [sys.executable, "-c", PEAK, who, str(path), str(path)], capture_output=True, text=True, check=True
    )
    return float(run.stdout) * 1024


@pytest.mark.benchmark(group="read 5,500 x 507 table")
@pytest.mark.parametrize("who", ["schoolframe (numbers and codes)", "polars read_csv (text)"])
def test_read_table(benchmark: Any, ks4_file: Path, who: str) -> None:
    calls = {
        "schoolframe (numbers and codes)": lambda: sf.read_performance_tables(ks4_file),
        "polars read_csv (text)": lambda: pl.read_csv(ks4_file, infer_schema=False, truncate_ragged_lines=True),
    }
    size = ks4_file.stat().st_size
    benchmark.extra_info["memory / file size"] = round(peak_memory(who.split(" ", maxsplit=1)[0], ks4_file) / size, 2)
    result = benchmark(calls[who])
    rows = result.schools.height if who.startswith("schoolframe") else result.height
    assert rows == 5_500
