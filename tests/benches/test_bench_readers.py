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

# Linux only. The high-water mark is reset after a small table was read, so that what importing and the first call need
# neither hides nor adds to what reading needs.
PEAK = """
import sys, polars as pl, schoolframe as sf
def status(name):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(name))
who, path, small = sys.argv[1:]
def read(path):
    if who == "schoolframe":
        return sf.read_performance_tables(path)
    return pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)
read(small)
before = status("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
kept = read(path)
print(status("VmHWM") - before)
"""


def peak_memory(who: str, path: Path, small: Path) -> float:
    """Growth of the peak resident memory while reading, in a process of its own, in bytes."""
    command = [sys.executable, "-c", PEAK, who, str(path), str(small)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(run.stdout)


@pytest.mark.benchmark(group="read 5,500 x 507 table")
@pytest.mark.parametrize("who", ["schoolframe (numbers and codes)", "polars read_csv (text)"])
def test_read_table(benchmark: Any, ks4_file: Path, ks4_original: Path, who: str) -> None:
    calls = {
        "schoolframe (numbers and codes)": lambda: sf.read_performance_tables(ks4_file),
        "polars read_csv (text)": lambda: pl.read_csv(ks4_file, infer_schema=False, truncate_ragged_lines=True),
    }
    peak = peak_memory(who.split(" ", maxsplit=1)[0], ks4_file, ks4_original)
    benchmark.extra_info["memory / file size"] = round(peak / ks4_file.stat().st_size, 2)
    result = benchmark(calls[who])
    if who.startswith("schoolframe"):
        assert sum(part.height for part in (result.schools, result.authorities, result.national)) == 5_500
    else:
        assert result.height == 5_500
